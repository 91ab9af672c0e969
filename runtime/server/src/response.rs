//! Stage 4: the one place where answers to clients are made.
//!
//! Every answer is a [`Response`] with JSON inside, made by a guest or, for what went wrong, here. Causes do not reach
//! clients unless `debug` is on; they go to the log, with tenant, event and message id.
//!
//! # Invariants
//! - Whatever an error's cause, its response has the shape of FoalTS: `code` and `message`, or violations.

mod ack;
mod error_renderer;
pub mod http;
mod rejection;
mod source_location;

pub use ack::Ack;
pub use error_renderer::ErrorRenderer;
pub use rejection::Rejection;

pub use stockade_sandbox::Response;
