//! Sessions, users, and the steps of the host that find out who a client is.

use std::time::Duration;

use serde_json::json;
use stockade_sdk::HttpRequest;
use stockade_sdk::manifest::{Requirement, Step};
use stockade_sdk::prelude::*;
use stockade_sdk::testing::{
    FakeServer, RecordingSocket, connect, dispatch, dispatch_http, http_manifest, manifest,
};

fn passes(_ctx: &Context) {}

struct Shop;

#[controller]
#[session(optional)]
#[hook(passes)]
#[validate(schema = "true")]
#[user_required]
impl Shop {
    #[event("add")]
    #[session]
    fn add(ctx: &Context, product: String) -> Result<Response> {
        let Some(session) = ctx.session()? else {
            return Response::error("no session");
        };
        let mut cart: Vec<String> = session.get("cart")?.unwrap_or_default();
        cart.push(product);
        session.set("cart", &cart)?;
        Response::ok(cart)
    }

    #[event("token")]
    #[jwt]
    #[jwt(optional)]
    fn token() {}

    #[on_connection]
    fn on_connection(ctx: &Context) -> Result<()> {
        let name: Option<String> = ctx.user()?;
        ctx.socket().join(name.unwrap_or_default())
    }
}

struct Auth;

#[http_controller]
impl Auth {
    #[post("/login")]
    fn log_in(ctx: &HttpContext, name: String) -> Result<HttpResponse> {
        let session = ctx.create_session()?;
        session.set_user(&name)?;
        HttpResponse::ok((session.id(), ctx.user::<String>()?))
    }

    #[post("/renew")]
    #[session]
    fn renew(ctx: &HttpContext) -> Result<HttpResponse> {
        match ctx.session()? {
            Some(session) => HttpResponse::ok(session.regenerate_id()?),
            None => HttpResponse::unauthorized(()),
        }
    }

    #[post("/logout")]
    #[session]
    #[user_required]
    fn log_out(ctx: &HttpContext) -> Result<HttpResponse> {
        if let Some(session) = ctx.session()? {
            session.destroy()?;
        }
        assert_eq!(ctx.user::<String>()?, None);
        HttpResponse::no_content()
    }

    #[get("/cart")]
    fn cart(ctx: &HttpContext) -> Result<HttpResponse> {
        let id: String = ctx.query("id")?.unwrap_or_default();
        match ctx.open_session(&id)? {
            Some(session) => HttpResponse::ok((
                session.user::<String>()?,
                session.get::<Vec<String>>("cart")?,
            )),
            None => HttpResponse::not_found(()),
        }
    }
}

fn post(server: &FakeServer, request: HttpRequest) -> HttpResponse {
    dispatch_http::<Auth>(&HttpContext::with_server(request, server))
}

fn add(socket: &RecordingSocket, product: &str) -> Response {
    dispatch::<Shop>(&Context::with_socket("add", product, socket))
}

#[test]
fn steps_of_the_host_keep_their_place_and_guard_the_connection() {
    let namespace = manifest::<Shop>().namespaces.remove(0);
    assert_eq!(
        namespace.connection_steps,
        [Step::Session(Requirement::Optional), Step::UserRequired]
    );
    assert!(matches!(
        namespace.routes[0].steps.as_slice(),
        [
            Step::Session(Requirement::Optional),
            Step::Hook(_),
            Step::Validate(0),
            Step::UserRequired,
            Step::Session(Requirement::Required),
        ]
    ));
    assert_eq!(
        namespace.routes[1].steps[4..],
        [
            Step::Jwt(Requirement::Required),
            Step::Jwt(Requirement::Optional)
        ]
    );
    assert_eq!(
        http_manifest::<Auth>().routes[2].steps,
        [Step::Session(Requirement::Required), Step::UserRequired]
    );
}

#[test]
fn session_begun_over_http_is_used_on_the_socket() {
    let server = FakeServer::new();
    let response = post(&server, HttpRequest::post("/login", "ann"));
    assert_eq!(response.body, br#"["session-1","ann"]"#);

    let socket = server
        .connect("a")
        .with_auth(json!({ "token": "session-1" }));
    connect::<Shop>(&Context::with_socket("", (), &socket)).unwrap();
    assert_eq!(socket.rooms(), ["ann"]);
    assert_eq!(socket.session_id().as_deref(), Some("session-1"));
    assert_eq!(add(&socket, "tea"), Response::ok(["tea"]).unwrap());
    assert_eq!(add(&socket, "milk"), Response::ok(["tea", "milk"]).unwrap());

    let cart = post(&server, HttpRequest::get("/cart?id=session-1"));
    assert_eq!(cart.body, br#"["ann",["tea","milk"]]"#);

    let log_out = HttpRequest::post("/logout", ()).with_header("authorization", "Bearer session-1");
    assert_eq!(post(&server, log_out).status, 204);
    assert!(!server.has_session("session-1"));
    assert!(!add(&socket, "bread").is_ok());
}

#[test]
fn strangers_are_turned_away() {
    let server = FakeServer::new();
    let refused = post(&server, HttpRequest::post("/logout", ()));
    assert_eq!(refused.status, 401);
    let session = server.create_session(());
    let nobody = HttpRequest::post("/logout", ()).with_cookie("sid", &session);
    assert_eq!(post(&server, nobody).status, 401);

    let socket = server.connect("a");
    let error = connect::<Shop>(&Context::with_socket("", (), &socket)).unwrap_err();
    assert_eq!(error.name(), "UNAUTHORIZED");
    let response = dispatch::<Shop>(&Context::with_socket("token", (), &socket));
    assert!(!response.is_ok());
    let socket = socket.with_user("ann");
    assert!(dispatch::<Shop>(&Context::with_socket("token", (), &socket)).is_ok());
    assert!(!add(&socket, "tea").is_ok());
}

#[test]
fn session_ends_when_it_is_not_used() {
    let server = FakeServer::new();
    let id = server.create_session("ann");
    let socket = server.connect("a").with_user("ann").with_session(&id);
    for _ in 0..3 {
        server.advance(Duration::from_secs(14 * 60));
        assert!(add(&socket, "tea").is_ok());
    }
    server.advance(Duration::from_secs(15 * 60));
    assert!(!server.has_session(&id));
    assert!(!add(&socket, "tea").is_ok());
}

#[test]
fn regenerated_id_keeps_the_content() {
    let server = FakeServer::new();
    let old = server.create_session("ann");
    let request = HttpRequest::post("/renew", ()).with_cookie("sid", &old);
    assert_eq!(post(&server, request).body, br#""session-2""#);
    assert!(!server.has_session(&old));
    let cart = post(&server, HttpRequest::get("/cart?id=session-2"));
    assert_eq!(cart.body, br#"["ann",null]"#);
    let cart = post(&server, HttpRequest::get("/cart?id=session-1"));
    assert_eq!(cart.status, 404);
}

#[test]
fn ended_session_keeps_nothing() {
    let ctx = Context::new("a", ());
    assert!(ctx.session().unwrap().is_none());
    let session = ctx.create_session().unwrap();
    session.set("a", &1).unwrap();
    session.remove("a").unwrap();
    assert_eq!(session.get::<u8>("a").unwrap(), None);
    session.clear_user().unwrap();
    session.clone().destroy().unwrap();
    assert_eq!(session.id(), "");
    assert!(session.set("a", &1).is_err());
    assert!(session.set_user(&1).is_err());
    assert!(session.regenerate_id().is_err());
    assert_eq!(session.get::<u8>("a").unwrap(), None);
}
