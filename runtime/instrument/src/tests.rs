//! Which components can be restored, and what becomes of them.

use wasmparser::{Parser, Payload, Validator, WasmFeatures};

use crate::{NotRestorable, instrument};

/// A component of one core module.
fn module(contents: &str) -> String {
    format!("(component (core module $m {contents}) (core instance (instantiate $m)))")
}

fn read(text: &str) -> Result<Vec<u8>, NotRestorable> {
    instrument(&wat::parse_str(text).unwrap()).unwrap()
}

fn valid(text: &str) -> Vec<u8> {
    let wasm = read(text).unwrap_or_else(|obstacle| panic!("{obstacle}: {text}"));
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&wasm)
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    wasm
}

/// The exports of all core modules of a component but the helper, which is the last.
fn core_exports(wasm: &[u8]) -> Vec<String> {
    let exports = indexed_exports(wasm).into_iter();
    exports.map(|(name, _)| name).collect()
}

/// The same with their indices.
fn indexed_exports(wasm: &[u8]) -> Vec<(String, u32)> {
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } => modules.push(Vec::new()),
            Payload::ExportSection(exports) => {
                let exports = exports.into_iter().map(Result::unwrap);
                let exports = exports.map(|export| (export.name.to_owned(), export.index));
                modules.last_mut().unwrap().extend(exports);
            }
            _ => {}
        }
    }
    modules.pop();
    modules.concat()
}

#[test]
fn modules_export_what_can_change() {
    let everything = module(
        "(global i32 (i32.const 1))
         (global (mut i32) (i32.const 2)) (global (mut i64) (i64.const 3))
         (global (mut f32) (f32.const 4)) (global (mut f64) (f64.const 5))
         (global (mut v128) (v128.const i64x2 6 7))
         (memory 1) (memory (export \"m\") 2 9)
         (table 3 funcref) (elem (i32.const 0) $f)
         (func $f (export \"f\") (drop (memory.grow (i32.const 1))))
         (start $f) (data (i32.const 0) \"data\")",
    );
    let mut expected = vec!["m".to_owned(), "f".to_owned()];
    expected.extend((0..5).map(|index| format!("stockade-global-{index}")));
    expected.extend((0..2).map(|index| format!("stockade-memory-{index}")));
    assert_eq!(core_exports(&valid(&everything)), expected);
}

#[test]
fn section_of_exports_is_put_where_it_belongs() {
    for contents in [
        "",
        "(memory 1)",
        "(memory 1) (func) (start 0)",
        "(memory 1) (func $f) (table 1 funcref) (elem (i32.const 0) $f)",
        "(memory 1) (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))) (data \"x\")",
        "(global (mut i32) (i32.const 0)) (memory 1) (data (i32.const 0) \"x\")",
        "(@custom \"first\" (before first) \"\") (memory 1) (@custom \"last\" (after last) \"\")",
    ] {
        valid(&module(contents));
    }
}

#[test]
fn imported_state_is_saved_once() {
    let linked = "(component
        (core module $one (memory (export \"m\") 1) (global (export \"g\") (mut i32) (i32.const 0)))
        (core module $two
            (import \"one\" \"m\" (memory 1)) (import \"one\" \"g\" (global (mut i32)))
            (global (mut i64) (i64.const 0)) (memory 1))
        (core instance $first (instantiate $one))
        (core instance $second (instantiate $one))
        (core instance (instantiate $two (with \"one\" (instance $second)))))";
    let exports = indexed_exports(&valid(linked));
    let own =
        |index| ["stockade-global-0", "stockade-memory-0"].map(|name| (name.to_owned(), index));
    assert_eq!(exports.get(2..4), Some(&own(0)[..]));
    // What is imported comes before it.
    assert_eq!(exports.get(4..6), Some(&own(1)[..]));
    assert_eq!(exports.len(), 6);
}

#[test]
fn indices_count_what_a_component_has_already() {
    valid(
        "(component
            (import \"a\" (func $a (param \"x\" string)))
            (import \"b\" (instance $b (export \"t\" (type (sub resource))) (export \"f\" (func))))
            (type $list (list u32))
            (alias export $b \"t\" (type $t))
            (alias export $b \"f\" (func $f))
            (core module $m (memory (export \"m\") 1) (global (export \"g\") (mut i32) (i32.const 0))
                (func (export \"f\")) (func (export \"realloc\") (param i32 i32 i32 i32) (result i32)
                    (i32.const 0)))
            (core instance $i (instantiate $m))
            (alias core export $i \"m\" (core memory $mem))
            (alias core export $i \"g\" (core global $g))
            (core func $lowered (canon lower (func $a) (memory $mem)))
            (core func $drop (canon resource.drop $t))
            (func $lifted (canon lift (core func $i \"f\")))
            (export \"lifted\" (func $lifted))
            (component $inner (import \"f\" (func)) (export \"f\" (func 0)))
            (instance $inner (instantiate $inner (with \"f\" (func $lifted))))
            (export \"inner\" (instance $inner)))",
    );
}

#[test]
fn what_cannot_be_brought_back_is_an_obstacle() {
    let table = "(table 1 funcref) (elem $e funcref (ref.null func))";
    for (contents, obstacle) in [
        (
            "(func (table.set 0 (i32.const 0) (ref.null func)))",
            NotRestorable::Table,
        ),
        (
            "(func (drop (table.grow 0 (ref.null func) (i32.const 1))))",
            NotRestorable::Table,
        ),
        (
            "(func (table.fill 0 (i32.const 0) (ref.null func) (i32.const 1)))",
            NotRestorable::Table,
        ),
        (
            "(func (table.copy (i32.const 0) (i32.const 0) (i32.const 1)))",
            NotRestorable::Table,
        ),
        (
            "(func (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))",
            NotRestorable::Table,
        ),
        ("(func (elem.drop $e))", NotRestorable::Segment),
        (
            "(memory 1) (data $d \"x\") (func (data.drop $d))",
            NotRestorable::Segment,
        ),
        (
            "(global (mut funcref) (ref.null func))",
            NotRestorable::Global,
        ),
        (
            "(global (mut externref) (ref.null extern))",
            NotRestorable::Global,
        ),
        (
            "(func (export \"stockade-memory-0\"))",
            NotRestorable::Export,
        ),
        (
            "(global (shared mut i32) (i32.const 0))",
            NotRestorable::Global,
        ),
        ("(memory i64 1)", NotRestorable::Memory),
        ("(memory 1 1 shared)", NotRestorable::Memory),
    ] {
        let text = module(&format!("{table} {contents}"));
        assert_eq!(read(&text).err(), Some(obstacle), "{text}");
    }
    for (text, obstacle) in [
        (
            "(component (component (core module)))",
            NotRestorable::Nested,
        ),
        (
            "(component (import \"m\" (core module)))",
            NotRestorable::Nested,
        ),
        (
            "(component (core module $m) (export \"m\" (core module $m)))",
            NotRestorable::Nested,
        ),
        (
            "(component (import \"i\" (instance $i (export \"m\" (core module))))
                (alias export $i \"m\" (core module $m)))",
            NotRestorable::Nested,
        ),
        (
            "(component (core module $m)
                (component (alias outer 1 $m (core module $n)) (core instance (instantiate $n))))",
            NotRestorable::Nested,
        ),
        (
            "(component $c (core module $a (memory 1) (global (mut i32) (i32.const 0)))
                (alias outer $c 0 (core module $b)) (core module $d)
                (core instance (instantiate $b)))",
            NotRestorable::Nested,
        ),
        (
            "(component (type $t (resource (rep i32))) (core func (canon resource.new $t)))",
            NotRestorable::Builtin,
        ),
        (
            "(component (type $t (resource (rep i32))) (core func (canon resource.rep $t)))",
            NotRestorable::Builtin,
        ),
        ("(module)", NotRestorable::Invalid),
    ] {
        assert_eq!(
            wat::parse_str(text)
                .map(|_| ())
                .map_err(|error| error.to_string()),
            Ok(())
        );
        assert_eq!(read(text).err(), Some(obstacle), "{text}");
    }
    assert_eq!(
        instrument(b"\0asm").unwrap().err(),
        Some(NotRestorable::Invalid)
    );
}

#[test]
fn names_of_the_host_are_refused_wherever_they_are() {
    let obstacle_first =
        "(component (core module $m (table 1 funcref) (func (elem.drop 0)) (elem funcref))
        (core instance $i (instantiate $m))
        (import \"stockade-found-memory\" (func)))";
    for text in [
        "(component (import \"stockade-found-memory\" (func)))",
        "(component (import \"f\" (func $f)) (export \"stockade-save\" (func $f)))",
        "(component (component (import \"stockade-restore\" (func))))",
        "(component (import \"f\" (func $f)) (export \"STOCKADE-SAVE\" (func $f)))",
        obstacle_first,
    ] {
        let wasm = wat::parse_str(text).unwrap();
        assert!(instrument(&wasm).is_err(), "{text}");
    }
    valid("(component (import \"stockade\" (func)))");
}
