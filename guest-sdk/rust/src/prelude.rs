//! What a crate of controllers needs: `use stockade_sdk::prelude::*;`.

pub use crate::{
    Args, Binary, Context, Error, Hook, HookOutcome, HostError, HttpContext, HttpHookOutcome,
    HttpResponse, Json, Payload, Response, Result, ServerOptions, bail, controller, delete, event,
    get, handle_error, head, hook, http_controller, jwt, on_connection, on_disconnection, options,
    patch, post, put, render_error, session, store, sub_controller, user_required, validate,
};
