;; Declares a table of ten million elements.
(component
  (core module $module (table 10000000 funcref))
  (core instance (instantiate $module)))
