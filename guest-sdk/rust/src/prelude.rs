//! What a crate of controllers needs: `use stockade_sdk::prelude::*;`.

pub use crate::{
    Args, Binary, Context, Error, Hook, HookOutcome, Payload, Response, Result, bail, controller,
    event, handle_error, hook, on_connection, on_disconnection, sub_controller, validate,
};
