//! Schemas and payloads made to take for ever, to recurse or to eat memory.

use serde_json::{Value, json};

use super::super::Schema;
use super::schema;

/// Steps that stand for a run in proportion to the schema and the payload: a small part of the budget.
const FEW: usize = 20_000;

/// The answer in both modes, on a small stack.
fn answer(schema: Schema, payload: Value) -> Result<(), String> {
    let run = move || {
        let first = schema.validate(&payload, 1);
        let all = schema.validate(&payload, 32);
        assert_eq!(first.is_ok(), all.is_ok());
        first.map_err(|violations| violations.last().map_or("", |last| last.keyword).to_owned())
    };
    // Half of what Tokio's workers have.
    let thread = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(run)
        .unwrap();
    thread.join().unwrap()
}

fn nested(depth: usize, inner: Value) -> Value {
    (0..depth).fold(inner, |value, _| json!([value]))
}

/// `d0` is two `d1`, each of which is two `d2`, …
fn doubling(levels: usize, keyword: &str, last: Value) -> Schema {
    let mut definitions = serde_json::Map::new();
    for i in 0..levels {
        let next = json!({"$ref": format!("#/definitions/d{}", i + 1)});
        definitions.insert(format!("d{i}"), json!({keyword: [next, next]}));
    }
    definitions.insert(format!("d{levels}"), last);
    schema(&json!({"$ref": "#/definitions/d0", "definitions": definitions}))
}

#[test]
fn doubling_chains_take_linear_time() {
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let schema = || doubling(30, keyword, json!({"type": "string"}));
        assert!(answer(schema(), json!(5)).is_err(), "{keyword}");
        for payload in [json!(5), json!("a")] {
            let steps = schema().steps(&payload).unwrap();
            assert!(steps < FEW, "{keyword}: {steps}");
        }
    }
    assert_eq!(
        answer(doubling(30, "allOf", json!({"type": "string"})), json!("a")),
        Ok(())
    );
}

#[test]
fn doubling_in_property_names_ends() {
    let mut definitions = serde_json::Map::new();
    for i in 0..30 {
        let next = json!({"$ref": format!("#/definitions/d{}", i + 1)});
        definitions.insert(format!("d{i}"), json!({"allOf": [next, next]}));
    }
    definitions.insert("d30".to_owned(), json!({"type": "string"}));
    let schema = schema(&json!({
        "propertyNames": {"$ref": "#/definitions/d0"}, "definitions": definitions}));
    assert_eq!(
        answer(schema, json!({"a": 1})),
        Err("complexity".to_owned())
    );
}

#[test]
fn ambiguous_recursion_takes_linear_time() {
    let node = json!({"$ref": "#/definitions/n"});
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let branch = json!({"type": "array", "items": node});
        let schema = schema(&json!({"$ref": "#/definitions/n", "definitions": {
            "n": {keyword: [branch, branch, {"type": "string"}]}}}));
        let steps = schema.steps(&nested(60, json!(5))).unwrap();
        assert!(steps < FEW, "{keyword}: {steps}");
        assert!(answer(schema, nested(60, json!(5))).is_err(), "{keyword}");
    }
}

#[test]
fn tagged_unions_of_trees_are_fine() {
    let node = json!({"$ref": "#/definitions/e"});
    let variant = |tag: &str| {
        json!({"type": "object", "required": ["op", "a"], "properties": {
            "a": node, "b": node, "op": {"const": tag}}})
    };
    let variants = ["add", "sub", "mul", "div", "pow", "mod"].map(variant);
    let text = json!({"$ref": "#/definitions/e", "definitions": {
        "e": {"oneOf": variants.into_iter().chain([json!({"type": "number"})]).collect::<Vec<_>>()}}});
    let tree =
        |leaf: Value| (0..50).fold(leaf, |inner, _| json!({"op": "pow", "a": inner, "b": 1}));
    assert_eq!(answer(schema(&text), tree(json!(1))), Ok(()));
    assert!(answer(schema(&text), tree(json!("x"))).is_err());
}

#[test]
fn recursion_over_a_deep_payload_fits_the_stack() {
    // Sixty schemas for each value, on a payload as deep as the parser lets it be.
    let mut definitions = serde_json::Map::new();
    for i in 0..29 {
        let next = json!({"$ref": format!("#/definitions/d{}", i + 1)});
        definitions.insert(format!("d{i}"), json!({"allOf": [next]}));
    }
    definitions.insert(
        "d29".to_owned(),
        json!({"items": {"$ref": "#/definitions/d0"}}),
    );
    let text = json!({"$ref": "#/definitions/d0", "definitions": definitions});
    assert_eq!(
        answer(schema(&text), nested(120, json!(1))),
        Err("complexity".to_owned())
    );
    assert_eq!(answer(schema(&text), nested(7, json!(1))), Ok(()));

    let simple = json!({"anyOf": [{"type": "string"}, {"items": {"$ref": "#"}}]});
    assert_eq!(answer(schema(&simple), nested(120, json!("x"))), Ok(()));
    let failing = json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]});
    assert!(answer(schema(&failing), nested(120, json!(1))).is_err());
}

#[test]
fn many_schemas_for_many_items_run_out_of_steps() {
    let lists = vec![json!({"items": {"minimum": 0}}); 1500];
    let schema = schema(&json!({"allOf": lists}));
    assert_eq!(
        answer(schema, json!(vec![1; 100_000])),
        Err("complexity".to_owned())
    );
}

#[test]
fn big_ordinary_payloads_are_validated() {
    let text = json!({"type": "array", "uniqueItems": true, "items": {
        "type": "object", "required": ["id"], "additionalProperties": false,
        "properties": {"id": {"type": "integer"}, "name": {"type": "string", "maxLength": 20}}}});
    let items: Vec<_> = (0..30_000)
        .map(|i| json!({"id": i, "name": "somebody"}))
        .collect();
    assert_eq!(answer(schema(&text), json!(items)), Ok(()));
}

#[test]
fn unique_items_are_found_by_hash() {
    let text = json!({"uniqueItems": true});
    let items: Vec<_> = (0..100_000).map(|i| json!([i])).collect();
    assert_eq!(answer(schema(&text), json!(items)), Ok(()));
    let mut repeating = items;
    repeating.push(json!([0]));
    assert_eq!(
        answer(schema(&text), json!(repeating)),
        Err("uniqueItems".to_owned())
    );
}

#[test]
fn patterns_that_backtrack_elsewhere_are_linear() {
    let text = json!({"pattern": "^(a+)+$"});
    let evil = "a".repeat(500_000) + "!";
    assert_eq!(
        answer(schema(&text), json!(evil)),
        Err("pattern".to_owned())
    );
}

#[test]
fn big_patterns_are_charged_by_the_byte() {
    let text = json!({"pattern": "[ab]*a[ab]{300}c"});
    assert_eq!(
        answer(schema(&text), json!("ab".repeat(500_000))),
        Err("complexity".to_owned())
    );
    assert_eq!(
        answer(schema(&text), json!("ab".repeat(100))),
        Err("pattern".to_owned())
    );
}

#[test]
fn unevaluated_with_doubling_ends() {
    let mut definitions = serde_json::Map::new();
    for i in 0..30 {
        let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
        definitions.insert(format!("d{i}"), json!({"anyOf": [next, next]}));
    }
    definitions.insert("d30".to_owned(), json!({"properties": {"a": true}}));
    let text = json!({"$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/d0", "$defs": definitions, "unevaluatedProperties": false});
    assert_eq!(
        answer(schema(&text), json!({"a": 1})),
        Err("complexity".to_owned())
    );
}

/// Whatever is asked of each member or item counts, even if the answer is always yes.
#[test]
fn nothing_is_free_if_there_is_much_of_it() {
    let draft = "https://json-schema.org/draft/2019-09/schema";
    let members = |count: usize| {
        let members = (0..count).map(|at| (at.to_string(), json!(at)));
        Value::Object(members.collect())
    };
    let all = |keyword: &str| vec![json!({keyword: true}); 1_500];
    let merging = (0..28).fold(
        json!({"patternProperties": {"": true}}),
        |inner, _| json!({"anyOf": [inner]}),
    );
    let big: Vec<_> = (0..100_000).map(|at| u64::MAX - at).collect();
    let ids: Vec<_> = (0..50_000u64).map(|at| (1 << 60) + at).collect();
    for (text, payload) in [
        (
            json!({"$schema": draft, "allOf": all("unevaluatedProperties")}),
            members(50_000),
        ),
        (
            json!({"$schema": draft, "allOf": all("unevaluatedItems")}),
            json!(vec![1; 50_000]),
        ),
        (json!({"allOf": all("items")}), json!(vec![1; 50_000])),
        (
            json!({"allOf": all("additionalProperties")}),
            members(50_000),
        ),
        (json!({"allOf": all("propertyNames")}), members(50_000)),
        (
            json!({"$schema": draft, "unevaluatedProperties": false, "allOf": [merging, merging]}),
            members(50_000),
        ),
        (json!({"uniqueItems": true}), json!(big)),
        (json!({"format": "regex"}), json!("(?<a>)".repeat(150_000))),
    ] {
        let cut = text.to_string().chars().take(80).collect::<String>();
        assert_eq!(
            answer(schema(&text), payload),
            Err("complexity".to_owned()),
            "{cut}"
        );
    }
    // What is usual is far below.
    assert_eq!(
        answer(schema(&json!({"uniqueItems": true})), json!(ids)),
        Ok(())
    );
    assert_eq!(answer(schema(&json!({"items": true})), json!(ids)), Ok(()));
    assert_eq!(
        answer(
            schema(&json!({"format": "regex"})),
            json!("(a)".repeat(5_000))
        ),
        Ok(())
    );
}

#[test]
fn long_texts_of_a_schema_cost_more() {
    let long = "x".repeat(32_000);
    let steps = |text: &Value, payload: &Value| schema(text).steps(payload).unwrap();
    for text in [
        json!({"const": long}),
        json!({"enum": [long]}),
        json!({"const": {long.as_str(): 1}}),
        json!({"required": [long]}),
        json!({"properties": {long.as_str(): {}}}),
        json!({"dependencies": {long.as_str(): []}}),
    ] {
        let steps = steps(&text, &json!({}));
        assert!((500..600).contains(&steps), "{steps}");
    }
    assert!(
        steps(
            &json!({"additionalProperties": {}, "properties": {"a": {}}}),
            &json!({long: 1})
        ) > 500
    );
    assert!(steps(&json!({"const": "short"}), &json!("short")) < 5);
}

/// As deep, as wide or as far apart as numbers and branches can be, a step is a step.
#[test]
fn extreme_numbers_and_branches_take_few_steps() {
    let conditions = (0..30).fold(
        json!({"minimum": 1}),
        |inner, _| json!({"if": inner, "then": {"if": {}, "then": {}}, "else": {"not": {}}}),
    );
    for (text, payload) in [
        (json!({"multipleOf": 5e-324}), json!(1.7e308)),
        (json!({"multipleOf": 1.7e308}), json!(5e-324)),
        (
            json!({"maximum": 1.7e308, "multipleOf": 1e-300}),
            json!(u64::MAX),
        ),
        (json!({"minItems": 1e308}), json!([])),
        (json!({"maxLength": 1e308, "minLength": 1e300}), json!("a")),
        (conditions, json!(5)),
    ] {
        let steps = schema(&text).steps(&payload).unwrap();
        assert!(steps < 1_000, "{text}: {steps}");
        let _ = answer(schema(&text), payload);
    }
}
