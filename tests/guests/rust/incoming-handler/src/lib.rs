//! A component that serves HTTP by the standard `wasi:http/incoming-handler`, as any other host would take it.

use std::io::{Read, Write};

use guest_kit::{
    Attack,
    bindings::stockade::handler::{server, socket, types::Payload},
};
use wasip2::http::{
    outgoing_handler,
    types::{
        Fields, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam,
        Scheme,
    },
};

struct Events;

impl Attack for Events {
    fn attack() -> String {
        "\"harmless\"".to_owned()
    }
}

guest_kit::guest!(Events);

struct Site;

wasip2::http::proxy::export!(Site);

impl wasip2::exports::http::incoming_handler::Guest for Site {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        match path.as_str() {
            "/silent" => {}
            "/trap" => panic!("trapped"),
            "/spin" => loop {
                std::hint::spin_loop();
            },
            "/unfinished" => {
                let response = OutgoingResponse::new(Fields::new());
                let body = response.body().unwrap();
                ResponseOutparam::set(out, Ok(response));
                std::mem::forget(body);
            }
            "/outside" => {
                let request = OutgoingRequest::new(Fields::new());
                request.set_scheme(Some(&Scheme::Http)).unwrap();
                request.set_authority(Some("127.0.0.1:1")).unwrap();
                request.set_path_with_query(Some("/")).unwrap();
                let sent = outgoing_handler::handle(request, None);
                let outcome = sent.map(|future| {
                    future.subscribe().block();
                    format!("{:?}", future.get().map(|done| done.map(|sent| sent.err())))
                });
                answer(out, 200, format!("{outcome:?}").as_bytes());
            }
            "/emit" => {
                let everyone = socket::Target {
                    rooms: Vec::new(),
                    except: Vec::new(),
                };
                let arguments = Payload {
                    json: "[\"from http\"]".to_owned(),
                    attachments: Vec::new(),
                };
                let none = socket::Delivery::empty();
                let sent = server::emit("/", &everyone, "news", &arguments, none);
                answer(out, 200, format!("{sent:?}").as_bytes());
            }
            "/large" => answer(out, 200, &vec![b'x'; 900_000]),
            "/too-large" => answer(out, 200, &vec![b'x'; 2_000_000]),
            path if path.starts_with("/status/") => {
                let status = path.trim_start_matches("/status/").parse().unwrap();
                answer(out, status, b"");
            }
            path if path.starts_with("/header/") => {
                let name = path.trim_start_matches("/header/").to_owned();
                let headers = Fields::from_list(&[(name, b"1".to_vec())]).unwrap();
                let response = OutgoingResponse::new(headers);
                let body = response.body().unwrap();
                ResponseOutparam::set(out, Ok(response));
                drop(body.write().unwrap());
                let _ = OutgoingBody::finish(body, None);
            }
            _ => {
                let mut body = Vec::new();
                let incoming = request.consume().unwrap();
                let mut stream = incoming.stream().unwrap();
                stream.read_to_end(&mut body).unwrap();
                answer(out, 201, &[path.as_bytes(), b" ", &body].concat());
            }
        }
    }
}

fn answer(out: ResponseOutparam, status: u16, text: &[u8]) {
    let headers = Fields::from_list(&[("x-made-by".to_owned(), b"incoming-handler".to_vec())]);
    let response = OutgoingResponse::new(headers.unwrap());
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    let mut stream = body.write().unwrap();
    // A body that the host refuses fails here.
    let _ = stream.write_all(text).and_then(|()| Write::flush(&mut stream));
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
}
