//! Schemas that do not compile, and what is said about them.

use serde_json::{Value, json};

use super::super::{Schema, SchemaError};

fn refusal(value: &Value) -> SchemaError {
    Schema::compile(&value.to_string()).expect_err("the schema is refused")
}

#[test]
fn malformed_keywords_are_named_by_pointer() {
    let cases = [
        (
            json!({"properties": {"a/b": {"type": "strin"}}}),
            "#/properties/a~1b/type",
        ),
        (json!({"items": 5}), "#/items"),
        (json!({"minLength": -1}), "#/minLength"),
        (json!({"maxItems": 1.5}), "#/maxItems"),
        (json!({"required": "a"}), "#/required"),
        (json!({"enum": []}), "#/enum"),
        (json!({"anyOf": []}), "#/anyOf"),
        (json!({"multipleOf": 0}), "#/multipleOf"),
        (json!({"pattern": 5}), "#/pattern"),
        (json!({"nullable": true}), "#/nullable"),
        (
            json!({"definitions": {"unused": {"type": []}}}),
            "#/definitions/unused/type",
        ),
        (json!({"dependencies": {"a": [1]}}), "#/dependencies"),
        (json!({"$ref": 5}), "#/$ref"),
    ];
    for (schema, pointer) in cases {
        match refusal(&schema) {
            SchemaError::Keyword { at, .. } => assert_eq!(at, pointer),
            other => panic!("{schema}: {other}"),
        }
    }
}

#[test]
fn text_is_capped() {
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(65_536));
    assert!(matches!(
        Schema::compile(&long),
        Err(SchemaError::TooLarge { .. })
    ));
    let deep = format!("{}true{}", "{\"not\":".repeat(65), "}".repeat(65));
    assert!(matches!(Schema::compile(&deep), Err(SchemaError::TooDeep)));
    let deeper = "[".repeat(60_000);
    assert!(matches!(
        Schema::compile(&deeper),
        Err(SchemaError::Json(_))
    ));
    assert!(matches!(Schema::compile("{"), Err(SchemaError::Json(_))));
    assert!(matches!(
        Schema::compile("5"),
        Err(SchemaError::Keyword { .. })
    ));
}

#[test]
fn dialects_are_those_that_are_documented() {
    for uri in [
        "http://json-schema.org/draft-04/schema#",
        "https://example.com/mine",
        "x",
    ] {
        assert!(
            matches!(
                refusal(&json!({"$schema": uri})),
                SchemaError::Dialect { .. }
            ),
            "{uri}"
        );
    }
    for uri in [
        "http://json-schema.org/draft-07/schema",
        "http://json-schema.org/draft-06/schema#",
    ] {
        assert!(
            Schema::compile(&json!({"$schema": uri}).to_string()).is_ok(),
            "{uri}"
        );
    }
}

#[test]
fn references_stay_inside() {
    let outside = [
        "http://example.com/x",
        "https://json-schema.org/draft/2020-12/schema",
        "file:///etc/passwd",
        "other.json",
        "/etc/passwd",
        "//host/x",
    ];
    for reference in outside {
        let refusal = refusal(&json!({"properties": {"a": {"$ref": reference}}}));
        assert!(
            matches!(refusal, SchemaError::Outside { .. }),
            "{reference}: {refusal}"
        );
    }
    for reference in ["#/definitions/x", "#x", "#/%zz", "#/properties/a/title"] {
        let schema = json!({"title": "t", "properties": {"a": {"title": "t", "$ref": reference}}});
        let refusal = refusal(&schema);
        assert!(
            matches!(refusal, SchemaError::Dangling { .. }),
            "{reference}: {refusal}"
        );
    }
}

#[test]
fn identifiers_are_unique() {
    let twice = json!({"definitions": {"a": {"$id": "#x"}, "b": {"$id": "#x"}}});
    assert!(matches!(refusal(&twice), SchemaError::Ambiguous { .. }));
}

#[test]
fn loops_that_consume_nothing_are_found() {
    let loops = [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"not": {"$ref": "#"}}),
        json!({"if": {"$ref": "#"}, "then": true}),
        json!({"dependencies": {"a": {"$ref": "#"}}}),
        json!({"$ref": "#/definitions/a", "definitions": {
            "a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}}),
        json!({"properties": {"p": {"$ref": "#/definitions/a"}}, "definitions": {
            "a": {"anyOf": [{"type": "null"}, {"oneOf": [{"$ref": "#/definitions/a"}]}]}}}),
        json!({"definitions": {"a": {"$ref": "#/definitions/a"}}}),
    ];
    for schema in loops {
        let refusal = refusal(&schema);
        assert!(
            matches!(refusal, SchemaError::Loop { .. }),
            "{schema}: {refusal}"
        );
    }
}

#[test]
fn long_chains_of_references_are_refused() {
    let definitions: serde_json::Map<_, _> = (0..1000)
        .map(|i| {
            (
                format!("d{i}"),
                json!({"allOf": [{"$ref": format!("#/definitions/d{}", i + 1)}]}),
            )
        })
        .chain([("d1000".to_owned(), json!(true))])
        .collect();
    let schema = json!({"$ref": "#/definitions/d0", "definitions": definitions});
    assert!(matches!(refusal(&schema), SchemaError::Nesting { .. }));
}

#[test]
fn patterns_must_be_linear() {
    let cases = [
        (r"(?=a)b", "look-around"),
        (r"(?<!a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        (r"((a{1,1000}){1,1000}){1,1000}", "too big"),
        (r"(", "regular expression"),
    ];
    for (pattern, reason) in cases {
        for schema in [
            json!({"pattern": pattern}),
            json!({"patternProperties": {pattern: true}}),
        ] {
            match refusal(&schema) {
                error @ SchemaError::Pattern { .. } => {
                    assert!(error.to_string().contains(reason), "{error}");
                }
                other => panic!("{pattern}: {other}"),
            }
        }
    }
}

#[test]
fn patterns_are_counted() {
    let patterns: Vec<_> = (0..65)
        .map(|i| json!({"pattern": format!("{i}")}))
        .collect();
    assert!(matches!(
        refusal(&json!({"anyOf": patterns})),
        SchemaError::TooManyPatterns { .. }
    ));
    let same = vec![json!({"pattern": "a"}); 1000];
    assert!(Schema::compile(&json!({"anyOf": same}).to_string()).is_ok());
}

#[test]
fn what_is_not_implemented_is_refused() {
    for keyword in ["$dynamicRef", "$recursiveRef", "formatMinimum"] {
        let refusal = refusal(&json!({keyword: "#"}));
        assert!(
            matches!(refusal, SchemaError::Unsupported { .. }),
            "{keyword}: {refusal}"
        );
    }
    assert!(matches!(
        refusal(&json!({"format": "made-up"})),
        SchemaError::Format { .. }
    ));
}
