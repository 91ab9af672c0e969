//! What developers read when a schema is wrong.

use super::*;

fn route(event: &str, schema: u32) -> stockade_sandbox::Route {
    stockade_sandbox::Route {
        event: event.to_owned(),
        steps: vec![stockade_sandbox::Step::Validate(schema)],
        handler: 0,
        handler_name: String::new(),
        catch_all: false,
        concurrent: false,
    }
}

#[test]
fn schema_that_is_wrong_is_named_by_its_event() {
    let wrong = r#"{ "type": 5 }"#.to_owned();
    let manifest = stockade_sandbox::Manifest {
        sdk: String::new(),
        namespaces: vec![stockade_sandbox::Namespace {
            name: "/".to_owned(),
            routes: vec![
                route("list products", 0),
                route("create product", 1),
                route("change product", 1),
                route("delete product", 1),
                route("find \"product\"", 2),
            ],
            connection_steps: Vec::new(),
            on_connection: false,
            on_disconnection: false,
            handle_error: false,
            matching: stockade_sandbox::NameMatching::Exact,
        }],
        schemas: vec!["true".to_owned(), wrong.clone(), wrong.clone(), wrong],
        hook_names: Vec::new(),
        options: None,
    };
    let reasons = Api::new(manifest, ValidationOptions::default()).unwrap_err();
    let reasons: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    let cause = Schema::compile(r#"{ "type": 5 }"#).unwrap_err();
    assert!(cause.to_string().contains("#/type"), "{cause}");
    assert_eq!(
        reasons,
        [
            format!(r#"event "create product" of namespace "/" and 2 more: its schema: {cause}"#),
            format!(r#"event "find \"product\"" of namespace "/": its schema: {cause}"#),
            format!("schema 3, which no route uses: its schema: {cause}"),
        ]
    );
}

#[test]
fn schema_that_is_wrong_is_named_by_its_route() {
    let manifest = stockade_sandbox::HttpManifest {
        routes: vec![stockade_sandbox::HttpRoute {
            http_method: "POST".to_owned(),
            path: "/products".to_owned(),
            steps: vec![stockade_sandbox::Step::Validate(0)],
            handler: 0,
            handler_name: String::new(),
        }],
        schemas: vec![r#"{ "type": "strin" }"#.to_owned()],
        hook_names: Vec::new(),
        handle_error: false,
    };
    let reasons = HttpApi::new(manifest, ValidationOptions::default()).unwrap_err();
    let reason = reasons[0].to_string();
    assert!(
        reason.starts_with(r#"route "POST /products": its schema: "#),
        "{reason}"
    );
}
