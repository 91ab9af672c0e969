//! Schemas that do not compile, and what is said about them.

use serde_json::{Value, json};

use super::super::{Schema, SchemaError, Strict, ValidationOptions};

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

#[test]
fn unknown_keywords_are_refused_with_the_nearest_one() {
    for (schema, expected) in [
        (
            json!({"type": "object", "requierd": ["a"]}),
            "at #: unknown keyword \"requierd\", did you mean \"required\"?",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string", "maxlength": 1}}}),
            "at #/properties/a: unknown keyword \"maxlength\", did you mean \"maxLength\"?",
        ),
        (
            json!({"discriminator": {"propertyName": "a"}}),
            "at #: unknown keyword \"discriminator\"",
        ),
        (json!({"x-vendor": 1}), "at #: unknown keyword \"x-vendor\""),
        (
            json!({"dependentRequired": {}}),
            "at #: unknown keyword \"dependentRequired\": it belongs to another dialect, which $schema has to name: \
             \"https://json-schema.org/draft/2019-09/schema\"",
        ),
        (
            json!({"if": {"type": "string"}}),
            "at #/if: it is ignored without \"then\" and \"else\" (strict mode)",
        ),
    ] {
        assert_eq!(refusal(&schema).to_string(), expected);
    }
}

#[test]
fn strictness_is_a_setting() {
    let unknown = json!({"type": "object", "requierd": ["a"]}).to_string();
    let open = json!({"properties": {"a": {"type": "string"}}}).to_string();
    let required = json!({"type": "object", "required": ["a"]}).to_string();
    let remarks = |text: &str, strict| {
        let options = ValidationOptions {
            strict,
            ..ValidationOptions::default()
        };
        Schema::compile_with(text, options)
            .map(|schema| schema.remarks().len())
            .ok()
    };
    for (strict, expected) in [
        (Strict::Default, [None, Some(1), Some(0)]),
        (Strict::On, [None, None, None]),
        (Strict::Log, [Some(1), Some(1), Some(1)]),
        (Strict::Off, [Some(0), Some(0), Some(0)]),
    ] {
        let found = [&unknown, &open, &required].map(|text| remarks(text, strict));
        assert_eq!(found, expected, "{strict:?}");
    }
}

/// Compiling says so instead of finding nothing: the search had to end somewhere.
#[test]
fn what_strict_mode_cannot_look_through_is_refused() {
    let list = |count: usize| (0..count).map(|at| format!("p{at}")).collect::<Vec<_>>();
    let members = |count: usize| {
        let members = list(count).into_iter().map(|name| (name, json!({})));
        Value::Object(members.collect())
    };
    let long = "x".repeat(15_000);
    for repeated in [
        json!({"type": "object", "properties": members(1_000)}),
        json!({"type": "object", "properties": members(1_000), "required": list(1_000)}),
        json!({"type": "object", "patternProperties": {"^(p|q)*$": {"type": "string"}}, "properties": members(1_000)}),
        json!({"type": "object", "properties": {long.as_str(): {}}, "required": [long]}),
    ] {
        let schema = |count: usize| {
            let all = vec![json!({"$ref": "#/definitions/a"}); count];
            json!({"type": "object", "allOf": all, "definitions": {"a": repeated}}).to_string()
        };
        let error = Schema::compile(&schema(800)).unwrap_err();
        assert!(matches!(error, SchemaError::Unchecked { .. }), "{error}");
        assert!(error.to_string().contains("strict = \"log\""), "{error}");
        let options = ValidationOptions {
            strict: Strict::Log,
            ..ValidationOptions::default()
        };
        let logged = Schema::compile_with(&schema(800), options).unwrap();
        let is_said = |error: &SchemaError| matches!(error, SchemaError::Unchecked { .. });
        assert!(logged.remarks().iter().any(is_said));
        assert!(logged.remarks().len() <= 10);
        let few = Schema::compile_with(&schema(10), options).unwrap();
        assert!(!few.remarks().iter().any(is_said));
    }
}

/// What the Rust SDK's payloads become.
#[test]
fn schemas_of_rust_generators_are_no_mistakes() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Order",
        "description": "What a client orders.",
        "type": "object",
        "properties": {
            "count": {"type": "integer", "format": "uint32", "minimum": 0},
            "size": {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255, "default": 1},
            "price": {"type": "number", "format": "double"},
            "note": {"type": ["string", "null"], "default": null},
            "mark": {"type": "string", "minLength": 1, "maxLength": 1},
            "kind": {"description": "Which one.", "$ref": "#/$defs/Kind"},
            "maybe": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]},
            "place": {
                "type": "array",
                "prefixItems": [
                    {"type": "integer", "format": "int64"},
                    {"type": "string", "format": "date-time"},
                ],
                "minItems": 2,
                "maxItems": 2,
            },
            "names": {"type": "array", "items": {"type": "string"}, "uniqueItems": true},
            "more": {"type": "object", "additionalProperties": true},
            "anything": true,
            "id": {"type": "string", "format": "uuid"},
        },
        "required": ["count", "kind", "place"],
        "additionalProperties": false,
        "examples": [{}],
        "$defs": {
            "Kind": {
                "oneOf": [
                    {"description": "Plain.", "type": "string", "const": "plain"},
                    {"type": "string", "enum": ["a", "b"]},
                    {
                        "type": "object",
                        "properties": {"boxed": {"type": "integer", "format": "uint", "minimum": 0}},
                        "required": ["boxed"],
                        "additionalProperties": false,
                    },
                ],
            },
        },
    });
    let compiled = Schema::compile(&schema.to_string()).unwrap();
    let remarks: Vec<_> = compiled.remarks().iter().map(ToString::to_string).collect();
    assert_eq!(remarks, [""; 0]);
}

/// The text of a refusal goes to logs.
#[test]
fn what_is_said_of_hostile_schemas_is_one_short_line() {
    let name = "\n\u{1b}[31m\u{202e}x/".repeat(1_000);
    let draft = "https://json-schema.org/draft/2019-09/schema";
    let nested = (0..10).fold(
        json!({"type": 5}),
        |inner, at| json!({"properties": {format!("{at}\n{}", &name[..3_993]): inner}}),
    );
    let twice = json!({"$id": format!("#{name}")});
    let patterns: Vec<_> = (0..65)
        .map(|at| json!({"properties": {&name[..99]: {"pattern": at.to_string()}}}))
        .collect();
    let chain: serde_json::Map<_, _> = (0..70)
        .map(|at| {
            let next = json!({"allOf": [{"$ref": format!("#/definitions/{}", at + 1)}]});
            (at.to_string(), next)
        })
        .chain([("70".to_owned(), json!(true))])
        .collect();
    let schemas = [
        nested,
        json!({"$schema": name}),
        json!({"$schema": draft, "$dynamicRef": name}),
        json!({name.as_str(): 1}),
        json!({"format": name}),
        json!({"pattern": format!("({name}")}),
        json!({"patternProperties": {format!("({name}"): true}}),
        json!({"patternProperties": {format!("(?={}", &name[..891]): true}}),
        json!({"$ref": format!("http://x/{name}")}),
        json!({"$ref": format!("#/{name}")}),
        json!({"definitions": {"a": twice, "b": twice}}),
        json!({"properties": {name.as_str(): {"$ref": "#"}, "b": {"allOf": [{"$ref": "#/properties/b"}]}}}),
        json!({"allOf": patterns}),
        json!({"definitions": chain}),
        json!({"properties": {name.as_str(): {"if": true}}}),
        json!({"type": "object", "required": [name]}),
        json!({"type": "object", "patternProperties": {"x": {"type": "null"}}, "properties": {name.as_str(): {"type": "null"}}}),
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": [name], "items": {}}),
    ];
    for schema in schemas {
        let options = ValidationOptions {
            strict: Strict::On,
            ..ValidationOptions::default()
        };
        let text = schema.to_string();
        let error = Schema::compile_with(&text, options).unwrap_err();
        let said = error.to_string();
        assert!(said.chars().count() < 1_500, "{said}");
        assert!(!said.contains(stockade_text::is_unprintable), "{said:?}");
        // No text of the schema is held by the error in full either.
        assert!(format!("{error:?}").len() < 4_000, "{error:?}");
    }
}

#[test]
fn identifiers_within_each_other_do_not_multiply() {
    let definitions: serde_json::Map<_, _> = (0..1_000)
        .map(|at| (at.to_string(), json!({"$id": format!("{at}")})))
        .collect();
    let long = "x".repeat(20_000);
    let named = json!({"$id": format!("http://x/{long}/"), "definitions": definitions});
    let in_data = json!({"default": named, "$ref": "#/default/definitions/0"});
    for schema in [named, in_data] {
        let refusal = refusal(&schema);
        let is_refused = matches!(
            refusal,
            SchemaError::Keyword { .. } | SchemaError::Dangling { .. }
        );
        assert!(is_refused, "{refusal}");
    }
}

#[test]
fn values_within_each_other_are_copied_so_often_and_no_more() {
    let list = |length: usize, levels: usize| {
        let values = json!(vec![0; length]);
        (0..levels).fold(values, |inner, _| json!({"const": inner}))
    };
    let schema = |length: usize| {
        let refs: Vec<_> = (1..50)
            .map(|level| json!({"$ref": format!("#{}", "/const".repeat(level))}))
            .collect();
        let mut schema = list(length, 50);
        schema["allOf"] = json!(refs);
        schema
    };
    let options = ValidationOptions {
        strict: Strict::Off,
        ..ValidationOptions::default()
    };
    assert!(Schema::compile_with(&schema(100).to_string(), options).is_ok());
    let refusal = Schema::compile_with(&schema(20_000).to_string(), options).unwrap_err();
    assert!(matches!(refusal, SchemaError::Keyword { .. }), "{refusal}");
    // Once is always fine.
    assert!(Schema::compile_with(&list(30_000, 1).to_string(), options).is_ok());
}
