;; Imports what the host has for itself.
(component
  (import "stockade-found-memory" (func (param "memory" u32) (param "pages" u32) (param "bytes" (list u8)))))
