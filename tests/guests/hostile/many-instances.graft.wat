;; Makes 1,000,000 core instances out of a few lines: ten in each of ten, six levels deep.
(component
  (component $c6
    (component $c5
      (component $c4
        (component $c3
          (component $c2
            (core module $module)
            (core instance (instantiate $module)) (core instance (instantiate $module))
            (core instance (instantiate $module)) (core instance (instantiate $module))
            (core instance (instantiate $module)) (core instance (instantiate $module))
            (core instance (instantiate $module)) (core instance (instantiate $module))
            (core instance (instantiate $module)) (core instance (instantiate $module)))
          (instance (instantiate $c2)) (instance (instantiate $c2))
          (instance (instantiate $c2)) (instance (instantiate $c2))
          (instance (instantiate $c2)) (instance (instantiate $c2))
          (instance (instantiate $c2)) (instance (instantiate $c2))
          (instance (instantiate $c2)) (instance (instantiate $c2)))
        (instance (instantiate $c3)) (instance (instantiate $c3))
        (instance (instantiate $c3)) (instance (instantiate $c3))
        (instance (instantiate $c3)) (instance (instantiate $c3))
        (instance (instantiate $c3)) (instance (instantiate $c3))
        (instance (instantiate $c3)) (instance (instantiate $c3)))
      (instance (instantiate $c4)) (instance (instantiate $c4))
      (instance (instantiate $c4)) (instance (instantiate $c4))
      (instance (instantiate $c4)) (instance (instantiate $c4))
      (instance (instantiate $c4)) (instance (instantiate $c4))
      (instance (instantiate $c4)) (instance (instantiate $c4)))
    (instance (instantiate $c5)) (instance (instantiate $c5))
    (instance (instantiate $c5)) (instance (instantiate $c5))
    (instance (instantiate $c5)) (instance (instantiate $c5))
    (instance (instantiate $c5)) (instance (instantiate $c5))
    (instance (instantiate $c5)) (instance (instantiate $c5)))
  (instance (instantiate $c6)) (instance (instantiate $c6))
  (instance (instantiate $c6)) (instance (instantiate $c6))
  (instance (instantiate $c6)) (instance (instantiate $c6))
  (instance (instantiate $c6)) (instance (instantiate $c6))
  (instance (instantiate $c6)) (instance (instantiate $c6)))
