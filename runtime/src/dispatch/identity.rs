//! The native steps that find out who a client is.

use crate::{host::ClientState, manifest::Step, response::Rejection, tenant::Tenant};

/// Runs a `session`, `jwt` or `user-required` step.
///
/// # Errors
/// The rejection that the client gets.
pub(super) async fn step(
    _tenant: &Tenant,
    client: &ClientState,
    step: &Step,
) -> Result<(), Rejection> {
    match step {
        Step::UserRequired if !client.has_user() => Err(Rejection::Unauthorized(
            "there is no user: log in first".into(),
        )),
        _ => Ok(()),
    }
}
