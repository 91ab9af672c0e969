//! Unit tests of controllers and hooks: plain `cargo test`, without server and without wasm.
//!
//! [`Context::new`] and [`Context::with_socket`] are FoalTS's `new WebsocketContext(eventName, payload, socket)`. A
//! handler is a function: call it. [`dispatch`] runs a whole event through hooks, handler and post-hooks, as the host
//! does, **but for the validation of its payload**: that is the host's work, and tests give valid payloads.
//! [`manifest`] shows the schemas.
//!
//! ```
//! use stockade_sdk::prelude::*;
//! use stockade_sdk::testing::{Emit, RecordingSocket, dispatch};
//!
//! struct Rooms;
//!
//! #[controller]
//! impl Rooms {
//!     #[event("join")]
//!     fn join(ctx: &Context, room: String) -> Result<Response> {
//!         ctx.socket().join(&room)?;
//!         ctx.socket().to(&room).emit("joined", ctx.socket().id())?;
//!         Response::ok(())
//!     }
//! }
//!
//! let socket = RecordingSocket::new().with_id("ann");
//! let ctx = Context::with_socket("join", "lobby", &socket);
//! assert_eq!(dispatch::<Rooms>(&ctx), Response::ok(()).unwrap());
//! assert_eq!(socket.rooms(), ["lobby"]);
//! assert_eq!(socket.emits(), [Emit::to_others("joined", "ann").r#in("lobby")]);
//! ```
//!
//! [`HttpContext::new`] and [`dispatch_http`] do the same for HTTP requests. A [`FakeServer`] connects several sockets and
//! requests: who receives what, sessions that expire, stores, and a clock that the test moves.
//!
//! Nothing here is shared between tests, so they may run in parallel.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a mistake in a test ends that test"
)]

mod dispatch;
mod emit;
mod request;
mod server;
mod socket;

pub use dispatch::{connect, disconnect, dispatch, dispatch_http, http_manifest, manifest};
pub use emit::{Emit, Received, Recipients};
pub use server::FakeServer;
pub use socket::{Action, RecordingSocket};

pub(crate) use server::{Identity, SessionState, Store};
pub(crate) use socket::SocketState;

use crate::host::Host;
use crate::{Context, HttpContext, HttpRequest, IntoArguments};

/// For unit tests.
impl Context {
    /// The context of an event that a client sent; `()` is no payload, [`Args`](crate::Args) are several arguments.
    ///
    /// # Panics
    /// The payload cannot be serialised.
    #[track_caller]
    pub fn new(event_name: &str, payload: impl IntoArguments) -> Self {
        Self::with_socket(event_name, payload, &RecordingSocket::new())
    }

    /// The same, of this client. What happens to the client can be read from `socket`, and another context with it is
    /// another event of the same client.
    ///
    /// # Panics
    /// The payload cannot be serialised.
    #[track_caller]
    pub fn with_socket(
        event_name: &str,
        payload: impl IntoArguments,
        socket: &RecordingSocket,
    ) -> Self {
        let arguments = payload
            .into_arguments()
            .expect("the payload is serialisable");
        Self::of(Host::event(event_name, arguments, socket.clone()))
    }
}

/// For unit tests.
impl HttpContext {
    /// The context of a request to a server of its own.
    pub fn new(request: HttpRequest) -> Self {
        Self::with_server(request, &FakeServer::new())
    }

    /// The context of a request to this server. What happens to its sockets, sessions and stores can be read from there.
    pub fn with_server(request: HttpRequest, server: &FakeServer) -> Self {
        let route = [&request.method, " ", &request.path].concat();
        Self::of(Host::request(&route, server.clone()), request.into())
    }
}
