;; Loops for ever in its start function.
(component
  (core module $module
    (func $start (loop $again (br $again)))
    (start $start))
  (core instance (instantiate $module)))
