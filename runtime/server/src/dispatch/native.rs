//! The native steps: those that the host runs itself, and that cost no instance.

use super::identity;
use crate::{manifest::Step, response::Rejection, tenant::Tenant};
use stockade_json_schema::Schema;
use stockade_sandbox::host::ClientState;

/// Runs `steps` up to the first that is the guest's, and returns how many that were. `validate` validates what the client
/// has sent.
///
/// # Errors
/// The rejection that the client gets.
pub(super) async fn run(
    tenant: &Tenant,
    client: &ClientState,
    steps: &[Step],
    mut validate: impl FnMut(&Schema) -> Result<(), Rejection>,
) -> Result<usize, Rejection> {
    for (count, step) in steps.iter().enumerate() {
        match step {
            Step::Hook(_) => return Ok(count),
            Step::Validate(schema) => validate(&schema.schema)?,
            Step::Session(_) | Step::Jwt(_) | Step::UserRequired => {
                // On the heap: few events have such a step, and reading a session takes much.
                Box::pin(identity::step(tenant, client, step)).await?;
            }
        }
    }
    Ok(steps.len())
}
