//! HTTP requests and their answers.

mod bad_request;
mod body;
mod context;
mod cookie;
pub(crate) mod percent;
mod request;
mod response;

pub use bad_request::BadRequest;
pub use body::FromBody;
pub use context::HttpContext;
pub use cookie::{Cookie, SameSite};
pub use request::HttpRequest;
pub use response::HttpResponse;
