;; A core module.
(module
  (memory (export "memory") 1)
  (func (export "handle-event") (param i32)))
