;; Exports the functions of the contract by their names, with other types: `handle-event` is as it was before it got payloads.
(component
  (core module $module
    (func (export "nothing"))
    (func (export "handle") (param i32)))
  (core instance $instance (instantiate $module))
  (func $nothing (canon lift (core func $instance "nothing")))
  (func $handle (param "handler" u32) (canon lift (core func $instance "handle")))
  (instance $controller
    (export "describe" (func $nothing))
    (export "on-connection" (func $nothing))
    (export "run-hook" (func $handle))
    (export "handle-event" (func $handle))
    (export "run-post-hook" (func $handle))
    (export "handle-error" (func $nothing))
    (export "on-disconnection" (func $nothing)))
  (export "stockade:handler/controller@0.1.0" (instance $controller)))
