//! Where schemas come from, and their place among the steps.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use stockade_sdk::manifest::Step;
use stockade_sdk::prelude::*;
use stockade_sdk::testing::{dispatch, manifest};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema matters")]
struct NewProduct {
    name: String,
    maker: Option<Maker>,
    picture: Option<Binary>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema matters")]
struct Maker {
    town: String,
}

fn passes(_ctx: &Context) {}

struct Validated;

#[controller]
#[hook(passes)]
#[validate(schema = "true")]
impl Validated {
    #[event("type")]
    #[validate]
    #[hook(passes)]
    fn of_type(_ctx: &Context, _product: NewProduct) {}

    #[event("literal")]
    #[hook(passes)]
    #[validate(schema = r#"{ "type": "string", "maxLength": 10 }"#)]
    fn literal(_ctx: &Context, text: String) -> Result<Response> {
        Response::ok(text)
    }

    #[event("file")]
    #[validate(file = "tests/it/product.json")]
    #[validate]
    fn file(_ctx: &Context, _product: NewProduct) {}
}

fn schema(index: usize) -> Value {
    serde_json::from_str(&manifest::<Validated>().schemas[index]).unwrap()
}

#[test]
fn schema_is_the_payload_types() {
    assert_eq!(
        schema(1),
        json!({
            "type": "object",
            "properties": {
                "name": { "type": "string" },
                "maker": { "anyOf": [{ "$ref": "#/definitions/Maker" }, { "type": "null" }] },
                "picture": {
                    "type": ["object", "null"],
                    "properties": {
                        "_placeholder": { "const": true },
                        "num": { "type": "integer", "minimum": 0 }
                    },
                    "required": ["_placeholder", "num"],
                    "additionalProperties": false
                }
            },
            "required": ["name"],
            "additionalProperties": false,
            "definitions": {
                "Maker": {
                    "type": "object",
                    "properties": { "town": { "type": "string" } },
                    "required": ["town"]
                }
            }
        })
    );
}

#[test]
fn schema_is_written_in_the_attribute_or_a_file() {
    assert_eq!(schema(0), json!(true));
    assert_eq!(schema(2), json!({ "type": "string", "maxLength": 10 }));
    assert_eq!(schema(3)["required"], json!(["name"]));
}

#[test]
fn validation_keeps_its_place_among_hooks() {
    let manifest = manifest::<Validated>();
    let kinds = |route: usize| {
        let steps = &manifest.namespaces[0].routes[route].steps;
        steps.iter().map(|step| match step {
            Step::Validate(schema) => Some(*schema),
            _ => None,
        })
    };
    assert!(kinds(0).eq([None, Some(0), Some(1), None]));
    assert!(kinds(1).eq([None, Some(0), None, Some(2)]));
    assert!(kinds(2).eq([None, Some(0), Some(3), Some(1)]));
}

#[test]
fn same_schema_is_sent_once() {
    assert_eq!(manifest::<Validated>().schemas.len(), 4);
}

#[test]
fn tests_skip_validation() {
    let ctx = Context::new("literal", "far too long a text");
    assert!(dispatch::<Validated>(&ctx).is_ok());
}
