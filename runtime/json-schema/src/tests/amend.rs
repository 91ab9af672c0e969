//! Payloads that validation changes: what the comparison with AJV does not show.

use serde_json::json;

use super::super::{
    AmendError, CoerceTypes, RemoveAdditional, Schema, Strict, UseDefaults, ValidationOptions,
};

const FOAL: ValidationOptions = ValidationOptions {
    strict: Strict::Off,
    all_errors: false,
    use_defaults: UseDefaults::Missing,
    coerce_types: CoerceTypes::Scalars,
    remove_additional: RemoveAdditional::Forbidden,
};

const EVERYTHING: ValidationOptions = ValidationOptions {
    strict: Strict::Off,
    all_errors: true,
    use_defaults: UseDefaults::Empty,
    coerce_types: CoerceTypes::Array,
    remove_additional: RemoveAdditional::All,
};

const ROOM: usize = 1 << 20;

fn schema(schema: &serde_json::Value, options: ValidationOptions) -> Schema {
    Schema::compile_with(&schema.to_string(), options).unwrap()
}

/// What the answer says: the new text, or the keyword that failed last.
fn amend(schema: &Schema, text: &str) -> Result<Option<String>, String> {
    schema.amend(text, ROOM).map_err(|error| match error {
        AmendError::Invalid(violations) => violations.last().unwrap().keyword.to_owned(),
        error => error.to_string(),
    })
}

/// The same on a small stack.
fn amend_hostile(schema: Schema, text: String) -> Result<Option<String>, String> {
    let run = move || amend(&schema, &text);
    // Half of what Tokio's workers have.
    let thread = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(run)
        .unwrap();
    thread.join().unwrap()
}

#[test]
fn text_is_left_alone_where_nothing_changes() {
    let schema = schema(
        &json!({"type": "object", "properties": {"a": {"type": "number"}}}),
        FOAL,
    );
    assert_eq!(amend(&schema, r#"{ "b": 1.0, "a": 1e2 }"#), Ok(None));
}

#[test]
fn keys_keep_their_order_and_defaults_come_last() {
    let schema = schema(
        &json!({"properties": {"m": {"default": 1}, "2": {"default": 2}}}),
        FOAL,
    );
    let changed = amend(&schema, r#"{"z":[1.50,"\u00e9"],"a":{"y":null,"b":{}}}"#);
    let wanted = r#"{"2":2,"z":[1.5,"é"],"a":{"y":null,"b":{}},"m":1}"#;
    assert_eq!(changed.unwrap().as_deref(), Some(wanted));
}

#[test]
fn root_is_coerced_to_be_checked_only() {
    let schema = schema(&json!({"type": "integer", "minimum": 3}), FOAL);
    assert_eq!(amend(&schema, r#""5""#), Ok(None));
    assert_eq!(amend(&schema, r#""2""#), Err("minimum".to_owned()));
}

#[test]
fn digits_are_kept_where_ajv_rounds() {
    let types = json!({"properties": {"n": {"type": "integer"}, "s": {"type": "string"}}});
    let changed = amend(
        &schema(&types, FOAL),
        r#"{"n":"9007199254740993","s":9007199254740993}"#,
    );
    let wanted = r#"{"n":9007199254740993,"s":"9007199254740993"}"#;
    assert_eq!(changed.unwrap().as_deref(), Some(wanted));
}

#[test]
fn placeholders_of_attachments_stay_whole() {
    let strict = json!({
        "properties": {
            "file": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"num": {"type": "string"}, "more": {"default": 1}},
            },
        },
    });
    let file = r#"{"_placeholder":true,"num":0}"#;
    let schema = schema(&strict, EVERYTHING);
    assert_eq!(amend(&schema, &format!(r#"{{"file":{file}}}"#)), Ok(None));
    let changed = amend(&schema, &format!(r#"{{"x":1,"file":{file}}}"#));
    assert_eq!(changed.unwrap(), Some(format!(r#"{{"file":{file}}}"#)));
}

#[test]
fn names_are_not_coerced() {
    let schema = schema(&json!({"propertyNames": {"type": "integer"}}), EVERYTHING);
    assert_eq!(
        amend(&schema, r#"{"1":1}"#),
        Err("propertyNames".to_owned())
    );
    assert_eq!(amend(&schema, "{}"), Ok(None));
}

#[test]
fn defaults_are_counted_before_they_are_there() {
    let long = "a".repeat(10_000);
    let items =
        json!({"items": {"properties": {"a": {"default": long}, "b": {"default": [[], []]}}}});
    let schema = schema(&items, FOAL);
    let text = json!(vec![json!({}); 100_000]).to_string();
    assert!(matches!(
        schema.amend(&text, 1_000_000),
        Err(AmendError::TooLarge)
    ));
    assert!(matches!(
        schema.amend("[{}]", 10_000),
        Err(AmendError::TooLarge)
    ));
    assert!(matches!(schema.amend("[{}]", 10_030), Ok(Some(_))));
}

#[test]
fn holes_before_a_default_are_counted() {
    let mut items = vec![json!({}); 5_000];
    items.push(json!({"default": 1}));
    let schema = schema(&json!({"items": items}), FOAL);
    assert!(matches!(
        schema.amend("[]", 1_000),
        Err(AmendError::TooLarge)
    ));
    let changed = schema.amend("[]", 30_000).unwrap().unwrap();
    assert!(changed.starts_with("[null,") && changed.ends_with(",1]"));
}

#[test]
fn defaults_that_call_for_defaults_end() {
    let node = json!({
        "properties": {"next": {"default": {}, "allOf": [{"$ref": "#/definitions/node"}]}},
    });
    let endless = json!({"$ref": "#/definitions/node", "definitions": {"node": node}});
    let answer = amend_hostile(schema(&endless, FOAL), "{}".to_owned());
    assert_eq!(answer, Err("complexity".to_owned()));
}

#[test]
fn doubling_chains_end() {
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let mut definitions = serde_json::Map::new();
        for i in 0..30 {
            let next = json!({"$ref": format!("#/definitions/d{}", i + 1)});
            definitions.insert(format!("d{i}"), json!({keyword: [next, next]}));
        }
        definitions.insert("d30".to_owned(), json!({"type": "integer"}));
        let doubling = json!({"$ref": "#/definitions/d0", "definitions": definitions});
        for options in [FOAL, EVERYTHING] {
            let answer = amend_hostile(schema(&doubling, options), r#""x""#.to_owned());
            assert!(answer.is_err(), "{keyword}");
        }
    }
}

#[test]
fn values_wrapped_and_unwrapped_for_ever_end() {
    let both = json!({"allOf": [{"type": "array"}, {"type": "string"}]});
    let many = json!({"items": {"allOf": vec![both; 500]}});
    let text = json!(vec!["a"; 50_000]).to_string();
    let answer = amend_hostile(schema(&many, EVERYTHING), text);
    assert!(answer.is_err());
}

#[test]
fn deep_payloads_fit_the_stack() {
    let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
    let mut wrapped = json!({"items": {"$ref": "#"}, "default": 1});
    for _ in 0..15 {
        wrapped = json!({"anyOf": [wrapped]});
    }
    assert_eq!(
        amend_hostile(schema(&wrapped, EVERYTHING), nested(20)),
        Ok(None)
    );
    let answer = amend_hostile(schema(&wrapped, EVERYTHING), nested(100));
    assert_eq!(answer, Err("complexity".to_owned()));
}

#[test]
fn many_members_are_found_quickly() {
    let names: serde_json::Map<_, _> = (0..50_000).map(|i| (format!("k{i}"), json!(i))).collect();
    let text = json!(names).to_string();
    let closed = json!({"properties": {"k7": {"type": "string"}}, "additionalProperties": false});
    let changed = amend_hostile(schema(&closed, FOAL), text);
    assert_eq!(changed.unwrap().as_deref(), Some(r#"{"k7":"7"}"#));
}
