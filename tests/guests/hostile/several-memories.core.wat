;; Keeps things in four memories and a global, and does with them what the payload, a text, says letter by letter:
;;
;;   r      reads all of them: what they add up to goes into the list that it answers
;;   wMPP   adds 1 to the first and the last word of page PP, of 4 KiB, of memory M, and 1 to the global
;;   a      asks the client with `ask`, and waits for its answer
;;
;; The first page of memory 0 is no part of that: it has what the contract's functions are called with.
(module
  (import "stockade:handler/socket@0.1.0" "emit-with-ack"
    (func $emit-with-ack (param i32 i32 i32 i32 i32 i32 i32 i32)))

  ;; Starts with zeros, with data, with what the start function has written, with all of these.
  (memory $zeros (export "memory") 2 2)
  (memory $data 2 2)
  (memory $started 2 2)
  (memory $all 2 2)
  (data (memory $data) (i32.const 0x0000) "\01\00\00\00\02")
  (data (memory $data) (i32.const 0x4ffc) "\03\00\00\00\04")
  (data (memory $data) (i32.const 0x1fffc) "\05")
  (data (memory $all) (i32.const 0x3000) "\06")

  (global $kept (mut i64) (i64.const 1))
  ;; Where the next argument goes, and the next character of the answer.
  (global $arguments (mut i32) (i32.const 1024))
  (global $answer (mut i32) (i32.const 512))

  (start $start)
  (func $start
    (i32.store $started (i32.const 0x0ffc) (i32.const 7))
    (i32.store $started (i32.const 0x8000) (i32.const 8))
    (i32.store $all (i32.const 0x3004) (i32.const 9))
    (i32.store $all (i32.const 0x9000) (i32.const 10))
    (global.set $kept (i64.const 11)))

  ;; The manifest: namespace `/`, event `touch`.
  (data (memory $zeros) (i32.const 16)
    "\00\00\00\00\00\00\00\00" "\40\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00" "\00")
  (data (memory $zeros) (i32.const 64)
    "\80\00\00\00\01\00\00\00" "\60\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00")
  (data (memory $zeros) (i32.const 96)
    "\84\00\00\00\05\00\00\00" "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00")
  (data (memory $zeros) (i32.const 128) "/   touch   ask []")

  (func (export "stockade:handler/controller@0.1.0#describe") (result i32)
    (i32.const 16))

  (func (export "stockade:handler/controller@0.1.0#handle-event") (param $handler i32)
      (param $is-some i32) (param $text i32) (param $length i32) (result i32)
    (local $end i32) (local $letter i32) (local $answered i32)
    (local.set $end (i32.add (local.get $text) (local.get $length)))
    (call $put (i32.const 0x5b))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $text) (local.get $end)))
        (local.set $letter (i32.load8_u (local.get $text)))
        (local.set $text (i32.add (local.get $text) (i32.const 1)))
        (if (i32.eq (local.get $letter) (i32.const 0x72)) (then
          (if (local.get $answered) (then (call $put (i32.const 0x2c))))
          (local.set $answered (i32.const 1))
          (call $put-number (call $sum))))
        (if (i32.eq (local.get $letter) (i32.const 0x77)) (then
          (call $write
            (call $digit (local.get $text))
            (i32.add
              (i32.mul (call $digit (i32.add (local.get $text) (i32.const 1))) (i32.const 10))
              (call $digit (i32.add (local.get $text) (i32.const 2)))))
          (local.set $text (i32.add (local.get $text) (i32.const 3)))))
        (if (i32.eq (local.get $letter) (i32.const 0x61)) (then
          ;; The event `ask` with `[]`, for ten seconds.
          (call $emit-with-ack (i32.const 140) (i32.const 3) (i32.const 144) (i32.const 2)
            (i32.const 0) (i32.const 0) (i32.const 10000) (i32.const 224))
          (if (i32.load8_u (i32.const 224)) (then unreachable))))
        (br $next)))
    (call $put (i32.const 0x5d))
    ;; Ok, with a payload without attachments.
    (i32.store (i32.const 192) (i32.const 0))
    (i32.store (i32.const 196) (i32.const 0))
    (i32.store (i32.const 200) (i32.const 1))
    (i32.store (i32.const 204) (i32.const 512))
    (i32.store (i32.const 208) (i32.sub (global.get $answer) (i32.const 512)))
    (i32.store (i32.const 212) (i32.const 0))
    (i32.store (i32.const 216) (i32.const 0))
    (i32.const 192))

  (func $digit (param $text i32) (result i32)
    (i32.sub (i32.load8_u (local.get $text)) (i32.const 0x30)))

  (func $put (param $letter i32)
    (if (i32.ge_u (global.get $answer) (i32.const 1024)) (then unreachable))
    (i32.store8 (global.get $answer) (local.get $letter))
    (global.set $answer (i32.add (global.get $answer) (i32.const 1))))

  (func $put-number (param $number i32)
    (local $divisor i32)
    (local.set $divisor (i32.const 1000000000))
    (block $fits
      (loop $next
        (br_if $fits (i32.eq (local.get $divisor) (i32.const 1)))
        (br_if $fits (i32.ge_u (local.get $number) (local.get $divisor)))
        (local.set $divisor (i32.div_u (local.get $divisor) (i32.const 10)))
        (br $next)))
    (loop $next
      (call $put (i32.add (i32.const 0x30) (i32.div_u (local.get $number) (local.get $divisor))))
      (local.set $number (i32.rem_u (local.get $number) (local.get $divisor)))
      (local.set $divisor (i32.div_u (local.get $divisor) (i32.const 10)))
      (br_if $next (local.get $divisor))))

  (func $sum (result i32)
    (local $place i32) (local $sum i32)
    (local.set $sum (i32.wrap_i64 (global.get $kept)))
    (local.set $place (i32.const 4096))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load $zeros (local.get $place))))
      (local.set $place (i32.add (local.get $place) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $place) (i32.const 0x20000))))
    (local.set $place (i32.const 0))
    (loop $next
      (local.set $sum (i32.add (local.get $sum) (i32.load $data (local.get $place))))
      (local.set $sum (i32.add (local.get $sum) (i32.load $started (local.get $place))))
      (local.set $sum (i32.add (local.get $sum) (i32.load $all (local.get $place))))
      (local.set $place (i32.add (local.get $place) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $place) (i32.const 0x20000))))
    (local.get $sum))

  (func $write (param $memory i32) (param $page i32)
    (local $first i32) (local $last i32)
    (local.set $first (i32.mul (local.get $page) (i32.const 4096)))
    (local.set $last (i32.add (local.get $first) (i32.const 4092)))
    (global.set $kept (i64.add (global.get $kept) (i64.const 1)))
    (block $is-all (block $is-started (block $is-data (block $is-zeros
      (br_table $is-zeros $is-data $is-started $is-all (local.get $memory)))
        (i32.store $zeros (local.get $first) (i32.add (i32.load $zeros (local.get $first)) (i32.const 1)))
        (i32.store $zeros (local.get $last) (i32.add (i32.load $zeros (local.get $last)) (i32.const 1)))
        return)
      (i32.store $data (local.get $first) (i32.add (i32.load $data (local.get $first)) (i32.const 1)))
      (i32.store $data (local.get $last) (i32.add (i32.load $data (local.get $last)) (i32.const 1)))
      return)
    (i32.store $started (local.get $first) (i32.add (i32.load $started (local.get $first)) (i32.const 1)))
    (i32.store $started (local.get $last) (i32.add (i32.load $started (local.get $last)) (i32.const 1)))
    return)
    (i32.store $all (local.get $first) (i32.add (i32.load $all (local.get $first)) (i32.const 1)))
    (i32.store $all (local.get $last) (i32.add (i32.load $all (local.get $last)) (i32.const 1))))

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
      (result i32)
    (local $place i32)
    (local.set $place (i32.and (i32.add (global.get $arguments) (i32.const 7)) (i32.const -8)))
    (global.set $arguments (i32.add (local.get $place) (local.get $size)))
    (if (i32.gt_u (global.get $arguments) (i32.const 4096)) (then unreachable))
    (local.get $place))

  ;; What its manifest does not promise, and nobody calls.
  (func (export "stockade:handler/controller@0.1.0#on-connection") (result i32) unreachable)
  (func (export "stockade:handler/controller@0.1.0#run-hook") (param i32) (result i32) unreachable)
  (func (export "stockade:handler/controller@0.1.0#run-post-hook")
    (param i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "stockade:handler/controller@0.1.0#handle-error")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "stockade:handler/controller@0.1.0#on-disconnection") (param i32 i32) (result i32)
    unreachable))
