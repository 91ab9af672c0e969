;; Has a memory of 64 KiB in each of 500 instances, five times ten times ten.
(component
  (component $hundred
    (component $ten
      (core module $module (memory 1))
      (core instance (instantiate $module)) (core instance (instantiate $module))
      (core instance (instantiate $module)) (core instance (instantiate $module))
      (core instance (instantiate $module)) (core instance (instantiate $module))
      (core instance (instantiate $module)) (core instance (instantiate $module))
      (core instance (instantiate $module)) (core instance (instantiate $module)))
    (instance (instantiate $ten)) (instance (instantiate $ten))
    (instance (instantiate $ten)) (instance (instantiate $ten))
    (instance (instantiate $ten)) (instance (instantiate $ten))
    (instance (instantiate $ten)) (instance (instantiate $ten))
    (instance (instantiate $ten)) (instance (instantiate $ten)))
  (instance (instantiate $hundred)) (instance (instantiate $hundred))
  (instance (instantiate $hundred)) (instance (instantiate $hundred))
  (instance (instantiate $hundred)))
