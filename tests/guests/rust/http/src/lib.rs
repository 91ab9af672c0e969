//! HTTP controllers, sessions and tokens on raw bindings: one route for each thing that the host promises.

wit_bindgen::generate!({
    path: "../../../../wit",
    world: "handler-with-http",
    generate_all,
});

use exports::stockade::handler::{
    controller::{self, HookOutcome, Manifest, NameMatching, Namespace, Requirement, Route, Step},
    http_controller::{
        self, HookName, HookOutcome as HttpHookOutcome, Manifest as HttpManifest, Request,
        Response as HttpResponse, Route as HttpRoute,
    },
};
use serde_json::{Value, json};
use stockade::handler::{
    context, server, session, socket,
    types::{Payload, Response, Thrown},
};

struct Guest;

export!(Guest);

const SCHEMA: &str = r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}"#;

/// The namespaces: `/` reads sessions if there are any, the others turn clients away that bring nothing.
const NAMESPACES: [(&str, &[Step]); 5] = [
    ("/", &[Step::Session(Requirement::Optional)]),
    ("/members", &[Step::Session(Requirement::Required)]),
    ("/tokens", &[Step::Jwt(Requirement::Required)]),
    ("/users", &[Step::UserRequired]),
    (REFUSED, &[]),
];

/// Nobody gets in, and reads why.
const REFUSED: &str = "/refused";

const EVENTS: [(&str, &[Step]); 5] = [
    ("whoami", &[]),
    ("secret", &[Step::Session(Requirement::Required)]),
    ("token", &[Step::Jwt(Requirement::Required)]),
    ("remember", &[]),
    ("recall", &[]),
];

/// A route's handler is its place in this list.
const ROUTES: [(&str, &str, &[Step]); 28] = [
    ("GET", "/hello", &[]),
    ("POST", "/echo/:id", &[]),
    ("POST", "/users", &[Step::Validate(0)]),
    ("GET", "/forbidden", &[Step::Hook(0), Step::Hook(1)]),
    ("GET", "/posted", &[Step::Hook(2)]),
    ("GET", "/state", &[Step::Hook(3)]),
    ("GET", "/throw", &[]),
    ("GET", "/denied", &[Step::Hook(2)]),
    ("GET", "/trap", &[]),
    ("GET", "/spin", &[]),
    ("GET", "/bad-status", &[]),
    ("GET", "/bad-header", &[]),
    ("GET", "/huge", &[]),
    ("GET", "/socket", &[]),
    ("POST", "/login", &[Step::Session(Requirement::Optional)]),
    ("POST", "/logout", &[Step::Session(Requirement::Optional)]),
    ("GET", "/me", &[Step::Session(Requirement::Required)]),
    ("GET", "/token", &[Step::Jwt(Requirement::Required)]),
    ("GET", "/maybe-token", &[Step::Jwt(Requirement::Optional)]),
    ("GET", "/users-only", &[Step::UserRequired]),
    ("GET", "/files/*path", &[]),
    ("POST", "/renew", &[Step::Session(Requirement::Required)]),
    ("PUT", "/visits", &[Step::Session(Requirement::Required)]),
    ("GET", "/sessions-for-ever", &[]),
    ("POST", "/emit", &[]),
    (
        "POST",
        "/forget-user",
        &[Step::Session(Requirement::Required)],
    ),
    (
        "GET",
        "/users-with-session",
        &[Step::Session(Requirement::Required), Step::UserRequired],
    ),
    ("POST", "/slow", &[]),
];

/// The hooks of requests that have a name.
const HOOK_NAMES: [(u32, &str); 2] = [(0, "forbid"), (2, "mark")];

impl controller::Guest for Guest {
    fn describe() -> Manifest {
        let namespaces = NAMESPACES.iter().map(|(name, steps)| Namespace {
            name: (*name).to_owned(),
            routes: EVENTS
                .iter()
                .zip(0..)
                .map(|((event, steps), handler)| Route {
                    event: (*event).to_owned(),
                    steps: steps.to_vec(),
                    handler,
                    handler_name: String::new(),
                    catch_all: false,
                    concurrent: false,
                })
                .collect(),
            connection_steps: steps.to_vec(),
            on_connection: *name == REFUSED,
            on_disconnection: false,
            handle_error: false,
            matching: NameMatching::Exact,
        });
        Manifest {
            sdk: "raw Rust".to_owned(),
            namespaces: namespaces.collect(),
            schemas: Vec::new(),
            hook_names: Vec::new(),
            options: None,
        }
    }

    fn on_connection() -> Result<(), Thrown> {
        Err(Thrown {
            data: Some(r#"{"until":"tomorrow","tries":[1,2]}"#.into()),
            ..thrown("Closed", "come back tomorrow")
        })
    }

    fn run_hook(_hook: u32) -> Result<HookOutcome, Thrown> {
        Ok(HookOutcome::Pass)
    }

    fn handle_event(handler: u32, _json: Option<String>) -> Result<Response, Thrown> {
        let answer = match EVENTS[handler as usize].0 {
            "remember" => {
                let payload = context::payload().unwrap().unwrap();
                json!(session::set("thing", Some(&payload.json)).is_ok())
            }
            "recall" => parsed(session::get("thing").unwrap()),
            _ => json!({
                "user": parsed(context::user().unwrap()),
                "session": session::id().unwrap().is_some(),
                "session user": parsed(session::user().unwrap()),
            }),
        };
        Ok(Response::Ok(Some(Payload {
            json: answer.to_string(),
            attachments: Vec::new(),
        })))
    }

    fn run_post_hook(_post_hook: u32, _response: Response) -> Result<Option<Response>, Thrown> {
        Ok(None)
    }

    fn handle_error(error: Thrown) -> Result<Response, Thrown> {
        Err(error)
    }

    fn on_disconnection(_reason: String) -> Result<(), Thrown> {
        Ok(())
    }
}

impl http_controller::Guest for Guest {
    fn describe() -> HttpManifest {
        let routes = ROUTES
            .iter()
            .zip(0..)
            .map(|((method, path, steps), handler)| HttpRoute {
                http_method: (*method).to_owned(),
                path: (*path).to_owned(),
                steps: steps.to_vec(),
                handler,
                handler_name: path.trim_start_matches('/').to_owned(),
            });
        let hook_names = HOOK_NAMES.iter().map(|(hook, name)| HookName {
            hook: *hook,
            name: (*name).to_owned(),
        });
        HttpManifest {
            routes: routes.collect(),
            schemas: vec![SCHEMA.to_owned()],
            hook_names: hook_names.collect(),
            handle_error: true,
        }
    }

    fn run_hook(hook: u32, request: Request) -> Result<HttpHookOutcome, Thrown> {
        Ok(match hook {
            0 => HttpHookOutcome::Answer(answer(403, &json!({ "path": request.path }))),
            1 => panic!("this hook must not run"),
            2 => HttpHookOutcome::PostHook(7),
            _ => {
                context::set_state("from the hook", Some("\"handed over\"")).unwrap();
                HttpHookOutcome::Pass
            }
        })
    }

    fn handle_request(handler: u32, request: Request) -> Result<HttpResponse, Thrown> {
        let path = ROUTES[handler as usize].1;
        Ok(match path {
            "/hello" | "/posted" => HttpResponse {
                status: 200,
                headers: vec![("content-type".into(), "text/plain".into())],
                body: b"hello".to_vec(),
            },
            "/users" => {
                let everyone = socket::Target {
                    rooms: Vec::new(),
                    except: Vec::new(),
                };
                let arguments = Payload {
                    json: format!("[{}]", String::from_utf8(request.body).unwrap()),
                    attachments: Vec::new(),
                };
                let event = "refresh users";
                server::emit("/", &everyone, event, &arguments, socket::Delivery::empty()).unwrap();
                answer(
                    201,
                    &json!({ "sockets": server::fetch_sockets("/", &everyone).unwrap().sockets.len() }),
                )
            }
            // The event that the body names.
            "/emit" => {
                let everyone = socket::Target {
                    rooms: Vec::new(),
                    except: Vec::new(),
                };
                let event = String::from_utf8(request.body).unwrap();
                let nothing = Payload {
                    json: "[]".into(),
                    attachments: Vec::new(),
                };
                let emitted =
                    server::emit("/", &everyone, &event, &nothing, socket::Delivery::empty());
                let why = emitted.err().map(|error| match error {
                    server::Error::InvalidArgument(rule) => rule,
                    other => other.to_string(),
                });
                answer(200, &json!(why))
            }
            "/state" => answer(200, &parsed(context::state("from the hook").unwrap())),
            "/throw" => return Err(thrown("Error", "not for clients")),
            "/denied" => return Err(thrown("PermissionDenied", "not yours")),
            "/trap" => panic!("trapped"),
            "/spin" => loop {
                std::hint::black_box(0);
            },
            "/bad-status" => answer(99, &Value::Null),
            "/bad-header" => HttpResponse {
                headers: vec![("transfer-encoding".into(), "chunked".into())],
                ..answer(200, &Value::Null)
            },
            "/huge" => HttpResponse {
                body: vec![b'x'; 2_000_000],
                ..answer(200, &Value::Null)
            },
            "/socket" => answer(
                200,
                &json!({
                    "id": format!("{:?}", socket::id()),
                    "emit": format!("{:?}", socket::emit("e", &nothing(), socket::Delivery::empty())),
                    "namespace": format!("{:?}", context::namespace()),
                    "payload": context::payload().unwrap().is_some(),
                    "event": context::event_name().unwrap(),
                }),
            ),
            "/login" => {
                let id = match session::id().unwrap() {
                    Some(_) => session::regenerate_id().unwrap(),
                    None => session::create().unwrap(),
                };
                let user = String::from_utf8(request.body).unwrap();
                match session::set_user(Some(&user)) {
                    Ok(()) => answer(200, &json!({ "token": id })),
                    Err(error) => answer(400, &json!(format!("{error:?}"))),
                }
            }
            "/logout" => {
                session::destroy().unwrap();
                answer(200, &parsed(context::user().unwrap()))
            }
            "/forget-user" => {
                session::set_user(None).unwrap();
                answer(200, &Value::Null)
            }
            "/renew" => answer(200, &json!({ "token": session::regenerate_id().unwrap() })),
            "/visits" => {
                let visits = parsed(session::get("visits").unwrap())
                    .as_u64()
                    .unwrap_or(0)
                    + 1;
                session::set("visits", Some(&visits.to_string())).unwrap();
                answer(200, &json!(visits))
            }
            "/slow" => {
                std::thread::sleep(std::time::Duration::from_secs(2));
                answer(200, &json!("at last"))
            }
            "/sessions-for-ever" => {
                let mut made = 0;
                while session::create().is_ok() {
                    made += 1;
                }
                answer(200, &json!(made))
            }
            "/me" | "/token" | "/maybe-token" | "/users-only" | "/users-with-session" => {
                answer(200, &parsed(context::user().unwrap()))
            }
            _ => answer(
                200,
                &json!({
                    "method": request.http_method,
                    "path": request.path,
                    "params": request.params,
                    "query": request.query,
                    "header": request.headers.iter().find(|(name, _)| name == "x-test"),
                    "body": String::from_utf8_lossy(&request.body),
                    "address": request.address,
                }),
            ),
        })
    }

    fn run_post_hook(
        post_hook: u32,
        mut response: HttpResponse,
    ) -> Result<Option<HttpResponse>, Thrown> {
        response
            .headers
            .push(("x-post-hook".into(), post_hook.to_string()));
        Ok(Some(response))
    }

    fn handle_error(error: Thrown) -> Result<HttpResponse, Thrown> {
        match &*error.name {
            "PermissionDenied" => Ok(answer(403, &json!("Permission is denied"))),
            _ => Err(error),
        }
    }
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_string().into_bytes(),
    }
}

fn nothing() -> Payload {
    Payload {
        json: "[]".into(),
        attachments: Vec::new(),
    }
}

fn thrown(name: &str, message: &str) -> Thrown {
    Thrown {
        name: name.into(),
        message: message.into(),
        stack: None,
        data: None,
    }
}

fn parsed(json: Option<String>) -> Value {
    json.map_or(Value::Null, |json| serde_json::from_str(&json).unwrap())
}
