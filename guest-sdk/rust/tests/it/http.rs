//! HTTP controllers: routes, requests and answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stockade_sdk::manifest::Step;
use stockade_sdk::prelude::*;
use stockade_sdk::testing::{Emit, FakeServer, Received, dispatch_http, http_manifest};
use stockade_sdk::{BadRequest, Cookie, HttpRequest, Outcome, render_error};

#[derive(Serialize, Deserialize, JsonSchema)]
struct NewUser {
    name: String,
}

struct Users;
struct Admin;
struct Sockets;

/// Both sides of one component, under one name.
mod served {
    use super::{Sockets, Users};

    stockade_sdk::serve! { Sockets, http = Users }
}

mod served_with_namespaces {
    use super::{Sockets, Users};

    stockade_sdk::serve! { pub(super) App: "/" => Sockets, "/admin" => Sockets, http = Users }
}

mod unnamed {
    use super::{Sockets, Users};

    stockade_sdk::serve! { "/" => Sockets, "/admin" => Sockets, http = Users }
}

#[controller]
impl Sockets {}

fn noting<X: stockade_sdk::Exchange>(ctx: &X) -> Result<Outcome<X>> {
    let words: Vec<String> = ctx.state("words")?.unwrap_or_default();
    ctx.set_state("words", &[words, vec!["hook".to_owned()]].concat())?;
    Outcome::pass()
}

fn json_only(ctx: &HttpContext) -> Result<HttpHookOutcome> {
    match ctx.request().header("Content-Type") {
        Some("application/json") => HttpHookOutcome::pass(),
        _ => HttpHookOutcome::answer(HttpResponse::bad_request("JSON only")),
    }
}

fn signed(name: &'static str) -> impl Hook<HttpContext> {
    move |_ctx: &HttpContext| {
        HttpHookOutcome::post_hook(move |ctx, response| {
            let route = ctx.route();
            *response = response
                .clone()
                .header("x-signed", [name, " ", &route].concat());
            Ok(())
        })
    }
}

#[http_controller]
#[hook(noting)]
#[sub_controller("/admin", Admin)]
impl Users {
    #[get("/")]
    fn index() -> HttpResponse {
        HttpResponse::new(200).html("<h1>Users</h1>")
    }

    #[post("/users")]
    #[hook(json_only)]
    #[validate]
    fn create(ctx: &HttpContext, user: NewUser) -> Result<HttpResponse> {
        ctx.server().emit("refresh users", ())?;
        HttpResponse::created(user)
    }

    #[get("/users/:id")]
    #[hook((signed("a"), signed("b")))]
    fn show(ctx: &HttpContext) -> Result<HttpResponse> {
        let id: u32 = ctx.param("id")?;
        let words: Option<Vec<String>> = ctx.state("words")?;
        HttpResponse::ok(json!({ "id": id, "q": ctx.query::<u8>("q")?, "words": words }))
    }

    #[get("/users/me")]
    fn me(ctx: &HttpContext) -> Result<HttpResponse> {
        let request = ctx.request();
        HttpResponse::ok((request.cookie("name"), &request.address, ctx.route()))
    }

    #[put("/users/:id/picture")]
    fn picture(ctx: &HttpContext) {
        assert_eq!(ctx.request().body, [1, 2, 3]);
    }

    #[delete("/users/:id")]
    fn delete(_ctx: &HttpContext, reason: Option<String>) -> Result<HttpResponse> {
        match reason {
            Some(_) => HttpResponse::no_content(),
            None => bail!("no reason"),
        }
    }

    #[options("/users")]
    fn allowed() -> Result<HttpResponse> {
        Ok(HttpResponse::no_content()?.header("Allow", "POST"))
    }

    #[patch("/users/:id")]
    fn not_allowed() -> Result<HttpResponse> {
        Err(BadRequest::new("users do not change"))?
    }

    #[head("/users")]
    fn head() {}
}

#[http_controller]
#[hook(signed("admin"))]
impl Admin {
    #[get]
    fn index(ctx: &HttpContext) -> Result<HttpResponse> {
        HttpResponse::ok(ctx.state::<Vec<String>>("words")?)
    }

    #[get("/files/*path")]
    fn file(ctx: &HttpContext) -> Result<HttpResponse> {
        HttpResponse::ok(ctx.param::<String>("path")?)
    }
}

fn ask(request: HttpRequest) -> HttpResponse {
    dispatch_http::<Users>(&HttpContext::new(request))
}

fn body(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn paths_are_concatenated() {
    let manifest = http_manifest::<Users>();
    let routes: Vec<_> = manifest
        .routes
        .iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(
        routes,
        [
            "GET /",
            "POST /users",
            "GET /users/:id",
            "GET /users/me",
            "PUT /users/:id/picture",
            "DELETE /users/:id",
            "OPTIONS /users",
            "PATCH /users/:id",
            "HEAD /users",
            "GET /admin",
            "GET /admin/files/*path",
        ]
    );
    assert!(!manifest.handle_error);
}

#[test]
fn steps_keep_their_order() {
    let manifest = http_manifest::<Users>();
    let steps = &manifest.routes[1].steps;
    assert!(matches!(
        steps.as_slice(),
        [Step::Hook(_), Step::Hook(_), Step::Validate(0)]
    ));
    assert_eq!(manifest.routes[2].steps.len(), 3);
    let names = manifest.hook_names.iter().map(|hook| &*hook.name);
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["noting", "json_only", "signed", "signed", "signed"]
    );
    assert_eq!(manifest.routes[1].handler_name, "Users::create");
}

#[test]
fn body_is_read_and_sockets_hear_of_it() {
    let server = FakeServer::new();
    let ann = server.connect("ann");
    let request = HttpRequest::post("/users", json!({ "name": "Bob" }));
    let response =
        dispatch_http::<served_with_namespaces::App>(&HttpContext::with_server(request, &server));
    assert_eq!(response.status, 201);
    assert_eq!(body(&response), json!({ "name": "Bob" }));
    assert_eq!(server.emits(), [Emit::to_all("/", "refresh users", ())]);
    assert_eq!(ann.received(), [Received::new("refresh users", ())]);
}

#[test]
fn hook_answers() {
    let response = ask(HttpRequest::new("POST", "/users").with_body("name=Bob"));
    assert_eq!(
        (response.status, body(&response)),
        (400, json!("JSON only"))
    );
}

#[test]
fn parameters_are_typed() {
    let response = ask(HttpRequest::get("/users/7?q=3&q=4&r=a%20b+c"));
    assert_eq!(
        body(&response),
        json!({ "id": 7, "q": 3, "words": ["hook"] })
    );
    assert_eq!(
        response.headers,
        [
            ("content-type", "application/json"),
            ("x-signed", "b GET /users/:id"),
            ("x-signed", "a GET /users/:id"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    let response = ask(HttpRequest::get("/admin/files/a/b%20c"));
    assert_eq!(body(&response), json!("a/b c"));
    assert_eq!(body(&ask(HttpRequest::get("/admin"))), json!(["hook"]));
}

#[test]
fn what_cannot_be_read_is_the_clients_fault() {
    let bad = |message: &str| json!({ "code": "BAD_REQUEST", "message": message });
    let response = ask(HttpRequest::get("/users/seven"));
    assert_eq!(response.status, 400);
    assert_eq!(
        body(&response),
        bad("the parameter id of the path is invalid")
    );
    let response = ask(HttpRequest::get("/users/7?q=300"));
    assert_eq!(
        body(&response),
        bad("the parameter q of the query is invalid")
    );
    let response = ask(HttpRequest::post("/users", json!({ "title": 3 })));
    assert_eq!(response.status, 400);
    let violation = json!({
        "instancePath": "",
        "schemaPath": "#/type",
        "keyword": "type",
        "params": {},
        "message": "missing field `name`"
    });
    assert_eq!(body(&response), json!({ "body": [violation] }));
    let request = HttpRequest::new("POST", "/users").with_body("{");
    let response = ask(request.with_header("content-type", "application/json"));
    assert_eq!(
        body(&response),
        bad("the body is not JSON: EOF while parsing an object at line 1 column 1")
    );
    let response = ask(HttpRequest::new("PATCH", "/users/7"));
    assert_eq!(body(&response), bad("users do not change"));
}

#[test]
fn handlers_answer_nothing_or_any_content() {
    let page = ask(HttpRequest::get("/"));
    assert_eq!(page.body, b"<h1>Users</h1>");
    let head = ask(HttpRequest::new("HEAD", "/"));
    assert_eq!(head.status, 200);
    let picture = HttpRequest::new("PUT", "/users/7/picture").with_body([1, 2, 3]);
    assert_eq!(ask(picture).status, 204);
    assert_eq!(ask(HttpRequest::new("HEAD", "/users")).status, 204);
    let allowed = ask(HttpRequest::new("OPTIONS", "/users"));
    assert_eq!(allowed.headers, [("allow".to_owned(), "POST".to_owned())]);
}

#[test]
fn written_segments_go_before_parameters() {
    let request = HttpRequest::get("/users/me")
        .with_cookie("name", "A%20B")
        .with_address("10.0.0.1");
    assert_eq!(
        body(&ask(request)),
        json!(["A B", "10.0.0.1", "GET /users/me"])
    );
}

#[test]
fn handler_can_be_called_directly() {
    let ctx = HttpContext::new(HttpRequest::get("/users/7").with_param("id", "7"));
    assert_eq!(Users::show(&ctx).unwrap().status, 200);
    let ctx = HttpContext::new(HttpRequest::get("/users/7"));
    let error = Users::show(&ctx).unwrap_err();
    assert!(error.is::<BadRequest>());
}

#[test]
fn thrown_error_is_an_internal_one() {
    let server = FakeServer::new();
    let request = HttpRequest::new("DELETE", "/users/7");
    let response = dispatch_http::<Users>(&HttpContext::with_server(request, &server));
    assert_eq!(response.status, 500);
    assert_eq!(body(&response)["code"], "INTERNAL_SERVER_ERROR");
    assert_eq!(server.thrown(), ["Error: no reason"]);
    let request = HttpRequest::new("DELETE", "/users/7").with_json("spam");
    assert_eq!(ask(request).status, 204);
}

struct Handled;

#[http_controller]
impl Handled {
    #[get("/:what")]
    fn get(ctx: &HttpContext) -> Result<HttpResponse> {
        match ctx.param::<String>("what")?.as_str() {
            "mine" => Err(std::fmt::Error)?,
            "number" => HttpResponse::ok(ctx.query::<u8>("n")?),
            _ => bail!("not mine"),
        }
    }

    #[handle_error]
    fn handle_error(error: Error, ctx: &HttpContext) -> Result<HttpResponse> {
        if error.is::<std::fmt::Error>() {
            return HttpResponse::conflict(ctx.request().path.as_str());
        }
        render_error(error, ctx)
    }
}

#[test]
fn error_handler_sees_the_request_and_can_leave_it_to_the_default() {
    let ask = |path: &str| dispatch_http::<Handled>(&HttpContext::new(HttpRequest::get(path)));
    let mine = ask("/mine");
    assert_eq!((mine.status, body(&mine)), (409, json!("/mine")));
    assert_eq!(ask("/other").status, 500);
    assert_eq!(ask("/number?n=x").status, 400);
    assert!(http_manifest::<Handled>().handle_error);
}

#[test]
fn responses_have_the_statuses_of_their_names() {
    let responses = [
        HttpResponse::ok(1),
        HttpResponse::created(1),
        HttpResponse::no_content(),
        HttpResponse::redirect("/"),
        HttpResponse::bad_request(1),
        HttpResponse::unauthorized(1),
        HttpResponse::forbidden(1),
        HttpResponse::not_found(1),
        HttpResponse::conflict(1),
        HttpResponse::internal_error(1),
    ];
    let statuses = responses.map(|response| response.unwrap().status);
    assert_eq!(statuses, [200, 201, 204, 302, 400, 401, 403, 404, 409, 500]);
    assert_eq!(
        HttpResponse::ok(()).unwrap(),
        HttpResponse::new(200),
        "no content"
    );
    let response = HttpResponse::new(200)
        .text("a")
        .bytes("image/png", [1])
        .cookie(("a", "b"))
        .cookie(Cookie::removal("c"));
    let headers: Vec<_> = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    assert_eq!(
        headers,
        [
            "content-type: image/png",
            "set-cookie: a=b; Path=/",
            "set-cookie: c=; Path=/; Max-Age=0"
        ]
    );
}
