//! What the comparison with AJV (`tests/it/ajv.rs`) cannot show: refusals and hostile input.

mod amend;
mod hostile;
mod refused;

use serde_json::{Value, json};

use super::format::Format;
use super::{Schema, Violation};

fn schema(value: &Value) -> Schema {
    Schema::compile(&value.to_string()).unwrap()
}

fn violations(schema: &str, payload: &Value, limit: usize) -> Vec<Violation> {
    Schema::compile(schema)
        .unwrap()
        .validate(payload, limit)
        .unwrap_err()
}

#[test]
fn violations_are_written_as_ajv_writes_them() {
    let text = r#"{"required":["name"],"dependencies":{"a":["b"]}}"#;
    let written = serde_json::to_string(&violations(text, &json!({"a": 1}), 32)).unwrap();
    assert_eq!(
        written,
        concat!(
            r##"[{"instancePath":"","schemaPath":"#/required","keyword":"required","##,
            r##""params":{"missingProperty":"name"},"##,
            r##""message":"must have required property 'name'"},"##,
            r##"{"instancePath":"","schemaPath":"#/dependencies","keyword":"dependencies","##,
            r##""params":{"property":"a","missingProperty":"b","depsCount":1,"deps":"b"},"##,
            r##""message":"must have property b when property a is present"}]"##,
        )
    );
}

#[test]
fn params_keep_the_order_of_the_schema() {
    let text = r#"{"enum":[{"z":1,"a":5.0}]}"#;
    let written = serde_json::to_string(&violations(text, &json!(1), 1)).unwrap();
    assert!(
        written.contains(r#"{"allowedValues":[{"z":1,"a":5}]}"#),
        "{written}"
    );
}

#[test]
fn properties_are_checked_in_the_order_of_the_schema() {
    let text = r#"{"properties":{"b":{"type":"string"},"a":{"type":"string"}}}"#;
    let found = violations(text, &json!({"a": 1, "b": 1}), 1);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instance_path, "/b");
}

#[test]
fn the_limit_cuts_the_list() {
    let text = r#"{"items":{"type":"string"}}"#;
    let payload = json!(vec![1; 100]);
    assert_eq!(violations(text, &payload, 1).len(), 1);
    assert_eq!(violations(text, &payload, 5).len(), 5);
    assert_eq!(violations(text, &payload, 1000).len(), 32);
}

#[test]
fn long_names_do_not_multiply() {
    let text = r#"{"additionalProperties":{"items":{"type":"string"}}}"#;
    let payload = json!({ "x".repeat(100_000): vec![1; 100] });
    assert_eq!(violations(text, &payload, 32).len(), 1);
}

#[test]
fn big_integers_are_told_apart() {
    let schema = schema(&json!({"const": 9_007_199_254_740_993_u64}));
    assert!(
        schema
            .validate(&json!(9_007_199_254_740_993_u64), 1)
            .is_ok()
    );
    assert!(
        schema
            .validate(&json!(9_007_199_254_740_992_u64), 1)
            .is_err()
    );
}

#[test]
fn whole_floats_are_integers() {
    let schema = schema(&json!({"type": "integer", "enum": [1, 2]}));
    assert!(schema.validate(&json!(1.0), 1).is_ok());
}

#[test]
fn formats_of_rust_generators_are_accepted() {
    for name in [
        "uint", "uint8", "uint64", "int8", "int16", "int64", "double",
    ] {
        assert!(Format::named(name).is_some(), "{name}");
    }
}

#[test]
fn built_in_expressions_compile() {
    let valid = [
        ("uri", "http://a/"),
        ("uri-reference", "/a"),
        ("uri-template", "/{a}"),
        ("ipv6", "::1"),
        ("url", "http://a.bc"),
    ];
    for (name, text) in valid {
        let schema = schema(&json!({"format": name}));
        assert!(schema.validate(&json!(text), 1).is_ok(), "{name}");
    }
}

#[test]
fn schemas_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Schema>();
}
