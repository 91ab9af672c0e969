//! What authors read when something is wrong, and where.

use super::*;

/// The errors of a controller, each as the tokens it points at and its message.
fn errors(arguments: &str, item: &str) -> Vec<(String, String)> {
    errors_of(Flavour::Events, arguments, item)
}

fn errors_of(flavour: Flavour, arguments: &str, item: &str) -> Vec<(String, String)> {
    let read = read(flavour, arguments.parse().unwrap(), item.parse().unwrap());
    let error = match read {
        Ok((_, Ok(_))) => return Vec::new(),
        Ok((_, Err(error))) | Err(error) => error,
    };
    error
        .into_iter()
        .map(|error| {
            (
                error.span().source_text().unwrap_or_default(),
                error.to_string(),
            )
        })
        .collect()
}

/// Checks the only error of a controller with these items.
#[track_caller]
fn assert_error(items: &str, at: &str, message: &str) {
    assert_eq!(
        errors("", &format!("impl Products {{ {items} }}")),
        [(at.to_owned(), message.to_owned())]
    );
}

#[track_caller]
fn assert_fine(items: &str) {
    assert_eq!(errors("", &format!("impl Products {{ {items} }}")), []);
}

#[test]
fn controller_is_an_inherent_impl_block() {
    let not_a_block = "`#[controller]` marks an `impl` block: `#[controller] impl Products { … }`";
    assert_eq!(
        errors("", "struct Products;"),
        [("struct".to_owned(), not_a_block.to_owned())]
    );
    assert_eq!(
        errors("", "impl Controller for Products {}"),
        [(
            "Controller".to_owned(),
            "a controller is an `impl` block of the type itself, not of a trait".to_owned()
        )]
    );
    assert_eq!(
        errors("", "impl<T> Products<T> {}"),
        [(
            "<T>".to_owned(),
            "a controller cannot be generic".to_owned()
        )]
    );
}

#[test]
fn controller_has_no_arguments() {
    let message = "`#[controller]` takes no arguments: hooks and sub-controllers have attributes of their own, below it";
    assert_eq!(
        errors("root", "impl Products {}"),
        [("root".to_owned(), message.to_owned())]
    );
}

#[test]
fn attributes_of_the_block_are_checked() {
    let of_block = |attribute: &str| errors("", &format!("{attribute} impl Products {{}}"));
    let message = "this attribute marks a method";
    assert_eq!(
        of_block("#[event(\"a\")]"),
        [("event".to_owned(), message.to_owned())]
    );
    let message = "write `#[sub_controller(\"users \", UserController)]`";
    assert_eq!(
        of_block("#[sub_controller]"),
        [("sub_controller".to_owned(), message.to_owned())]
    );
    assert_eq!(
        of_block("#[sub_controller(Users)]"),
        [("Users".to_owned(), message.to_owned())]
    );
    let message = "a controller has no payload of its own: write `#[validate(schema = …)]`";
    assert_eq!(
        of_block("#[validate]"),
        [("validate".to_owned(), message.to_owned())]
    );
}

#[test]
fn event_marks_a_function() {
    let message = "this attribute marks a method: `fn name(ctx: &Context)`";
    assert_error(
        r#"#[event("create")] const CREATE: u8 = 0;"#,
        "event",
        message,
    );
    assert_error(
        r#"#[stockade_sdk::event("create")] type Create = u8;"#,
        "stockade_sdk::event",
        message,
    );
}

#[test]
fn event_has_a_name() {
    let message = "name the event: `#[event(\"create product\")]`, or write `#[event(any)]`";
    assert_error("#[event] fn create() {}", "event", message);
    assert_error("#[event(create)] fn create() {}", "create", message);
    assert_fine("#[event(any)] fn create() {}");
    assert_error(
        "#[event(any)] fn a() {} #[event(any)] fn b() {}",
        "any",
        "this controller has a handler of any event already",
    );
    assert_error(
        r#"#[event("")] fn create() {}"#,
        r#""""#,
        "the name of an event is not empty",
    );
    let long = format!("\"{}\"", "a".repeat(257));
    assert_error(
        &format!("#[event({long})] fn f() {{}}"),
        &long,
        "the name of an event has at most 256 bytes",
    );
    let message =
        "`#[event]` takes the name of the event or `any`, and `concurrent` or nothing behind it";
    for arguments in [
        r#""create", validate"#,
        r#""create" concurrent"#,
        r#""create", concurrent, concurrent"#,
        r#""create","#,
    ] {
        let at = if arguments.contains(',') {
            ","
        } else {
            "concurrent"
        };
        assert_error(
            &format!("#[event({arguments})] fn create() {{}}"),
            at,
            message,
        );
    }
    assert_fine(r#"#[event("create", concurrent)] fn create() {}"#);
    assert_error("#[event(any, all)] fn create() {}", ",", message);
    assert_fine("#[event(any, concurrent)] fn create() {}");
}

#[test]
fn events_of_a_controller_differ() {
    assert_error(
        r#"#[event("create")] fn a() {} #[event("delete")] fn b() {} #[event("create")] fn c() {}"#,
        r#""create""#,
        "this controller has an event `create` already",
    );
}

#[test]
fn handler_is_a_synchronous_function_without_self() {
    let message = "handlers are synchronous: remove `async`; a call of the host that waits suspends this event alone";
    assert_error(
        r#"#[event("a")] async fn a(ctx: &Context) {}"#,
        "async",
        message,
    );
    let message = "a controller keeps nothing between events: remove `self`, and keep what has to last with \
                   `ctx.socket().set_data(…)` or `ctx.set_user(…)`";
    assert_error(
        r#"#[event("a")] fn a(&self, ctx: &Context) {}"#,
        "&self",
        message,
    );
    assert_error(
        r#"#[event("a")] fn a(mut self: Box<Self>) {}"#,
        "mut self: Box<Self>",
        message,
    );
    assert_error(
        r#"#[event("a")] fn a<T>(ctx: &Context, payload: T) {}"#,
        "<T>",
        "the host calls this method: it cannot be generic",
    );
}

#[test]
fn handler_takes_context_and_payload() {
    assert_fine(
        r#"#[event("a")] fn a() {} #[event("b")] fn b(ctx: &Context, _: Option<u8>) -> Result<Response> {}"#,
    );
    let message = "a handler takes `ctx: &Context` and at most one payload";
    assert_error(
        r#"#[event("a")] fn a(ctx: &Context, b: u8, c: u8) {}"#,
        "c: u8",
        message,
    );
    let message = "the first argument is the context: `ctx: &Context`";
    assert_error(
        r#"#[event("a")] fn a(product: NewProduct) {}"#,
        "NewProduct",
        message,
    );
    let message = "a handler owns its payload: remove the `&`";
    assert_error(
        r#"#[event("a")] fn a(ctx: &Context, product: &NewProduct) {}"#,
        "&",
        message,
    );
}

#[test]
fn validation_needs_a_schema() {
    let message = "`#[validate]` takes the schema of the payload: add an argument `payload: T` to the handler, \
                   or write `#[validate(schema = r#\"{…}\"#)]`";
    assert_error(
        r#"#[event("a")] #[validate] fn a(ctx: &Context) {}"#,
        "validate",
        message,
    );
    let message = "unknown argument `scheme`: `#[validate]` takes `schema = r#\"{…}\"#` or `file = \"schema.json\"`, \
                   or nothing for the schema of the payload's type";
    assert_error(
        r#"#[event("a")] #[validate(scheme = "{}")] fn a() {}"#,
        "scheme",
        message,
    );
    let message = "write `#[validate(schema = …)]` or `#[validate(file = …)]`";
    assert_error(
        r#"#[event("a")] #[validate = "{}"] fn a() {}"#,
        "=",
        message,
    );
}

#[test]
fn schema_is_json() {
    assert_fine(r##"#[event("a")] #[validate(schema = r#"{"type":"string"}"#)] fn a() {}"##);
    assert_error(
        r#"#[event("a")] #[validate(schema = "{type: string}")] fn a() {}"#,
        r#""{type: string}""#,
        "the schema is not JSON: key must be a string at line 1 column 2",
    );
    assert_error(
        r#"#[event("a")] #[validate(schema = "[]")] fn a() {}"#,
        r#""[]""#,
        "the schema is not a JSON Schema: that is an object",
    );
}

#[test]
fn schema_file_is_there() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    assert_error(
        r#"#[event("a")] #[validate(file = "no/product.json")] fn a() {}"#,
        r#""no/product.json""#,
        &format!("cannot read {root}/no/product.json: No such file or directory (os error 2)"),
    );
    assert_error(
        r#"#[event("a")] #[validate(file = "Cargo.toml")] fn a() {}"#,
        r#""Cargo.toml""#,
        "`Cargo.toml` is not JSON: expected value at line 1 column 2",
    );
}

#[test]
fn hooks_come_before_handlers() {
    assert_error(
        r#"#[event("a")] #[hook] fn a() {}"#,
        "hook",
        "name the hook: `#[hook(logged_in)]`",
    );
    assert_error(
        r#"#[event("a")] #[hook(first, second)] fn a() {}"#,
        ",",
        "write one `#[hook(…)]` for each hook, or merge them: `#[hook((a, b))]`",
    );
    assert_error(
        "#[hook(first)] fn a() {}",
        "hook",
        "hooks and validation come before a handler: mark the method with `#[event(\"…\")]`",
    );
    assert_error(
        "#[on_connection] #[hook(first)] fn a() {}",
        "hook",
        "hooks and validation come before handlers of events only",
    );
}

#[test]
fn method_has_one_role() {
    let message = "a method has one role: remove one of these attributes";
    assert_error(r#"#[event("a")] #[event("b")] fn a() {}"#, "event", message);
    assert_error(
        r#"#[event("a")] #[on_connection] fn a() {}"#,
        "on_connection",
        message,
    );
    let message = "a controller has one method of this kind";
    assert_error(
        "#[on_connection] fn a() {} #[on_connection] fn b() {}",
        "b",
        message,
    );
}

#[test]
fn lifecycle_methods_are_marked_and_take_what_they_are_given() {
    assert_fine(
        "#[on_connection] fn on_connection(ctx: &Context) {} #[handle_error] fn e(error: Error) {}",
    );
    let message =
        "a name alone does nothing: mark this method with `#[on_connection]`, or rename it";
    assert_error(
        "fn on_connection(ctx: &Context) {}",
        "on_connection",
        message,
    );
    let message = "it takes `ctx: &Context`";
    assert_error(
        "#[on_connection] fn a(ctx: &Context, b: u8) {}",
        "b: u8",
        message,
    );
    let message = "it takes `error: Error` and `ctx: &Context`";
    assert_error("#[handle_error] fn a() {}", "a", message);
    assert_error(
        "#[on_disconnection(x)] fn a() {}",
        "x",
        "this attribute takes no arguments",
    );
}

#[test]
fn all_errors_are_told_at_once() {
    let found = errors(
        "",
        r#"impl Products { #[event("")] fn a() {} #[event("b")] async fn b() {} }"#,
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn own_attributes_stay() {
    let item = r#"impl P { #[event("a")] #[inline] #[other::event] fn a() {} }"#;
    let expanded = expand(Flavour::Events, TokenStream::new(), item.parse().unwrap()).to_string();
    assert!(
        expanded.contains("# [inline] # [other :: event] fn a"),
        "{expanded}"
    );
}

mod http {
    //! The same of `#[http_controller]`.

    use super::*;

    #[track_caller]
    fn assert_error(item: &str, at: &str, message: &str) {
        assert_eq!(
            super::errors_of(Flavour::Http, "", item),
            [(at.to_owned(), message.to_owned())]
        );
    }

    /// Checks the only error of a controller with these items.
    #[track_caller]
    fn assert_item_error(items: &str, at: &str, message: &str) {
        assert_error(&format!("impl Users {{ {items} }}"), at, message);
    }

    #[test]
    fn every_method_has_its_attribute() {
        let item = r#"impl Users {
            #[get] fn a() {} #[post("/")] fn b() {} #[put("/a/:b/*c")] fn c(ctx: &HttpContext, d: D) {}
            #[patch("/a")] fn d() {} #[delete("/a")] fn e() {} #[head("/a")] fn f() {}
            #[options("/a")] fn options(ctx: &HttpContext) {} #[handle_error] fn g(e: Error) {}
        }"#;
        assert_eq!(super::errors_of(Flavour::Http, "", item), []);
    }

    #[test]
    fn block_is_an_inherent_one() {
        let message =
            "`#[http_controller]` marks an `impl` block: `#[http_controller] impl Products { … }`";
        assert_error("struct Users;", "struct", message);
    }

    #[test]
    fn path_is_proper() {
        let message = "name the path: `#[get(\"/users/:id\")]`";
        assert_item_error("#[get(users)] fn a() {}", "users", message);
        assert_item_error("#[get = \"/\"] fn a() {}", "=", message);
        let message = "`#[post]` takes a path and nothing else";
        assert_item_error(r#"#[post("/a", json)] fn a() {}"#, ",", message);
        let wrong = [
            ("users", "a path begins with `/`"),
            (
                "/a?b",
                "a path has no query: `ctx.query(\"name\")` reads that",
            ),
            ("/a/:", "a parameter has a name: `:id`, `*rest`"),
            ("/*a/b", "`*` matches all the rest: nothing follows it"),
        ];
        for (path, message) in wrong {
            let path = format!("{path:?}");
            assert_item_error(&format!("#[get({path})] fn a() {{}}"), &path, message);
        }
        let long = format!("\"/{}\"", "a".repeat(256));
        let item = format!("#[get({long})] fn a() {{}}");
        assert_item_error(&item, &long, "a path has at most 256 bytes");
    }

    #[test]
    fn prefix_is_proper() {
        let of_block = |prefix: &str| format!("#[sub_controller({prefix}, Admin)] impl Users {{}}");
        let wrong = [
            (
                r#""/admin/""#,
                "paths are concatenated: a prefix does not end with `/`",
            ),
            (
                r#""/*all""#,
                "a prefix has no `*`: that matches all the rest",
            ),
            (r#""admin ""#, "a path begins with `/`"),
            (
                "Admin",
                "write `#[sub_controller(\"/users\", UserController)]`",
            ),
        ];
        for (prefix, message) in wrong {
            assert_error(&of_block(prefix), prefix, message);
        }
    }

    #[test]
    fn routes_of_a_controller_differ() {
        assert_item_error(
            r#"#[get("/a")] fn a() {} #[post("/a")] fn b() {} #[get("/a")] fn c() {}"#,
            r#""/a""#,
            "this controller has a route `GET /a` already",
        );
    }

    #[test]
    fn events_belong_elsewhere() {
        let message = "this attribute belongs into an `impl` block marked `#[controller]`; \
                       this one is marked `#[http_controller]`";
        assert_item_error(r#"#[event("a")] fn a() {}"#, "event", message);
        assert_item_error("#[on_connection] fn a() {}", "on_connection", message);
    }

    #[test]
    fn handler_takes_context_and_body() {
        let message = "a handler takes `ctx: &HttpContext` and at most one body";
        assert_item_error(
            r#"#[get("/")] fn a(ctx: &HttpContext, b: u8, c: u8) {}"#,
            "c: u8",
            message,
        );
        let message = "the first argument is the context: `ctx: &HttpContext`";
        assert_item_error(r#"#[get("/")] fn a(user: User) {}"#, "User", message);
        let message = "`#[validate]` takes the schema of the body: add an argument `body: T` to the handler, \
                       or write `#[validate(schema = r#\"{…}\"#)]`";
        assert_item_error(r#"#[get("/")] #[validate] fn a() {}"#, "validate", message);
        let message =
            "hooks and validation come before a handler: mark the method with `#[get(\"/…\")]`";
        assert_item_error("#[hook(a)] fn a() {}", "hook", message);
    }
}

#[test]
fn requests_belong_elsewhere() {
    let message = "this attribute belongs into an `impl` block marked `#[http_controller]`; \
                   this one is marked `#[controller]`";
    assert_error(r#"#[get("/")] fn a() {}"#, "get", message);
}

#[test]
fn steps_of_the_host_are_required_or_optional() {
    assert_fine(
        r#"#[event("a")] #[jwt] #[jwt(optional)] #[session] #[session(optional)] #[user_required] fn a() {}"#,
    );
    let message = "write `#[jwt]` or `#[jwt(optional)]`";
    assert_error(
        r#"#[event("a")] #[jwt(required)] fn a() {}"#,
        "required",
        message,
    );
    let message = "write `#[session]` or `#[session(optional)]`";
    assert_error(r#"#[event("a")] #[session = "a"] fn a() {}"#, "=", message);
    let message = "this attribute takes no arguments";
    assert_error(
        r#"#[event("a")] #[user_required(optional)] fn a() {}"#,
        "optional",
        message,
    );
    let message =
        "hooks and validation come before a handler: mark the method with `#[event(\"…\")]`";
    assert_error("#[jwt] fn a() {}", "jwt", message);
}

#[test]
fn options_take_nothing() {
    assert_fine("#[options] fn options() -> ServerOptions {}");
    assert_error(
        "#[options] fn options(ctx: &Context) -> ServerOptions {}",
        "ctx: &Context",
        "it takes nothing: no client is there yet",
    );
    assert_error(
        r#"#[options("/")] fn a() {}"#,
        r#""/""#,
        "this attribute takes no arguments",
    );
    assert_error(
        "fn options() -> ServerOptions {}",
        "options",
        "a name alone does nothing: mark this method with `#[options]`, or rename it",
    );
}

#[test]
fn event_has_a_name_that_the_host_accepts() {
    let reserved = [
        (
            "connect",
            ": mark what runs for new clients with `#[on_connection]`",
        ),
        ("connect_error", ""),
        (
            "disconnect",
            ": mark what runs when a client has left with `#[on_disconnection]`",
        ),
        (
            "disconnecting",
            ": mark what runs when a client has left with `#[on_disconnection]`",
        ),
        ("newListener", ""),
        ("removeListener", ""),
    ];
    for (name, instead) in reserved {
        let message = format!("Socket.IO reserves the name `{name}`{instead}");
        let name = format!("{name:?}");
        assert_error(&format!("#[event({name})] fn f() {{}}"), &name, &message);
    }
    assert_error(
        r#"#[event("a\nb")] fn f() {}"#,
        r#""a\nb""#,
        "the name of an event has no control characters",
    );
    let prefix = errors("", r#"#[sub_controller("a\t", Users)] impl Products {}"#);
    let message = "the prefix of an event's name has no control characters";
    assert_eq!(prefix, [(r#""a\t""#.to_owned(), message.to_owned())]);
}

#[test]
fn each_event_that_appears_twice_is_told() {
    let items = r#"#[event("a")] fn a() {} #[event("a")] fn b() {} #[event("b")] fn c() {} #[event("b")] fn d() {}"#;
    assert_eq!(errors("", &format!("impl Products {{ {items} }}")).len(), 2);
}

#[test]
fn misspelt_type_in_a_schema_is_told_with_its_place() {
    let types = "array, boolean, integer, null, number, object, string";
    for (schema, at, wrong) in [
        (r#"{ "type": "strin" }"#, "#/type", r#""strin""#),
        (r#"{ "type": ["string", 5] }"#, "#/type", "5"),
        (
            r#"{ "properties": { "a/b": { "items": [{ "type": "int" }] } } }"#,
            "#/properties/a~1b/items/0/type",
            r#""int""#,
        ),
    ] {
        let text = format!("r#\"{schema}\"#");
        assert_error(
            &format!(r#"#[event("a")] #[validate(schema = {text})] fn a() {{}}"#),
            &text,
            &format!("the schema: at {at}: {wrong} is not a type; types are {types}"),
        );
    }
    let schema = r#"{ "properties": { "type": { "type": "string" } }, "enum": [{ "type": "x" }] }"#;
    assert_fine(&format!(
        r##"#[event("a")] #[validate(schema = r#"{schema}"#)] fn a() {{}}"##
    ));
}

#[test]
fn paths_are_what_the_host_accepts() {
    for (path, message) in [
        ("/a b", "a path has no spaces and no control characters"),
        (
            "/:a-b",
            "the name of a parameter has letters, digits and `_` only",
        ),
    ] {
        let path = format!("{path:?}");
        let item = format!("impl Users {{ #[get({path})] fn a() {{}} }}");
        let found = errors_of(Flavour::Http, "", &item);
        assert_eq!(found, [(path, message.to_owned())]);
    }
}

/// Without the stub, each use of the controller would be an error of its own.
#[test]
fn controller_with_mistakes_stays_a_controller() {
    for item in [
        r#"impl Products { #[event("")] #[hook(a)] fn a() {} }"#,
        "#[hook(a)] struct Products;",
        "#[hook(a)] enum Products {}",
    ] {
        let expanded = expand(Flavour::Events, TokenStream::new(), item.parse().unwrap());
        let expanded = expanded.to_string();
        let stub = "impl :: stockade_sdk :: Controller < :: stockade_sdk :: Context > for Products";
        assert!(expanded.contains(stub), "{expanded}");
        assert_eq!(expanded.matches("compile_error").count(), 1, "{expanded}");
        assert!(!expanded.contains("[hook"), "{expanded}");
    }
}

/// The compiler says what is wrong with the item, and must say nothing else.
#[test]
fn block_that_is_no_proper_rust_is_a_controller_as_well() {
    let item = r#"#[hook(a)] impl Products { #[event("a")] #[inline] fn a(ctx: &Context b: u8) { #[event] } }"#;
    let expanded = expand(Flavour::Events, TokenStream::new(), item.parse().unwrap());
    let expanded = expanded.to_string();
    let stub = "impl :: stockade_sdk :: Controller < :: stockade_sdk :: Context > for Products";
    assert!(expanded.contains(stub), "{expanded}");
    assert!(expanded.contains("# [inline]"), "{expanded}");
    assert!(!expanded.contains("[hook"), "{expanded}");
    assert!(!expanded.contains(r#"[event ("a")]"#), "{expanded}");
}

#[test]
fn bodies_of_methods_are_the_compilers_affair() {
    let item = r#"impl Products { #[event("a")] fn a() { one two } const B: u8 = { 3 four }; fn c() { five } }"#;
    let expanded = expand(Flavour::Events, TokenStream::new(), item.parse().unwrap());
    let expanded = expanded.to_string();
    let block =
        "impl Products { fn a () { one two } const B : u8 = { 3 four } ; fn c () { five } }";
    assert!(expanded.starts_with(block), "{expanded}");
    assert!(!expanded.contains("compile_error"), "{expanded}");
}
