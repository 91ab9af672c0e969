;; Exports the handler of events as it was before it got their payloads.
(component
  (core module $module
    (func (export "handle") (param i32)))
  (core instance $instance (instantiate $module))
  (func $handle (param "handler" u32) (canon lift (core func $instance "handle")))
  (instance $controller (export "handle-event" (func $handle)))
  (export "stockade:handler/controller@0.1.0" (instance $controller)))
