//! What the test guests in Rust share: raw bindings, and harmless versions of all that a controller exports.
//!
//! A guest implements [`Attack`] and calls [`guest!`] with the type.

/// The contract, as wit-bindgen reads it.
#[allow(missing_docs)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "handler",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "guest_kit::bindings",
    });
}

use std::marker::PhantomData;

use bindings::exports::stockade::handler::controller::{
    Guest, HookOutcome, Manifest, NameMatching, Namespace, Payload, Response, Route, Thrown,
};

/// What the guest does on the event `attack`.
pub trait Attack {
    /// Does it, and answers with this JSON text.
    fn attack() -> String;

    /// What it does besides while it is asked for its manifest.
    fn describing() {}
}

/// The exports of a guest that attacks with `A`.
pub struct Kit<A>(PhantomData<A>);

const PING: u32 = 0;

impl<A: Attack> Guest for Kit<A> {
    fn describe() -> Manifest {
        A::describing();
        let events = ["ping", "attack"];
        let routes = (PING..)
            .zip(events)
            .map(|(handler, event)| Route {
                event: event.to_owned(),
                steps: Vec::new(),
                handler,
                handler_name: String::new(),
                catch_all: false,
                concurrent: false,
            })
            .collect();
        let namespace = Namespace {
            name: "/".to_owned(),
            routes,
            connection_steps: Vec::new(),
            on_connection: false,
            on_disconnection: false,
            handle_error: false,
            matching: NameMatching::Exact,
        };
        Manifest {
            sdk: "test kit for Rust".to_owned(),
            namespaces: vec![namespace],
            schemas: Vec::new(),
            hook_names: Vec::new(),
            options: None,
        }
    }

    fn on_connection() -> Result<(), Thrown> {
        Ok(())
    }

    fn run_hook(_hook: u32) -> Result<HookOutcome, Thrown> {
        Ok(HookOutcome::Pass)
    }

    fn handle_event(handler: u32, _json: Option<String>) -> Result<Response, Thrown> {
        let json = if handler == PING {
            "\"pong\"".to_owned()
        } else {
            A::attack()
        };
        Ok(Response::Ok(Some(Payload {
            json,
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

/// Exports a type that implements [`Attack`] as the component's controller.
#[macro_export]
macro_rules! guest {
    ($attack:ty) => {
        type Guest = $crate::Kit<$attack>;
        $crate::bindings::export!(Guest with_types_in $crate::bindings);
    };
}
