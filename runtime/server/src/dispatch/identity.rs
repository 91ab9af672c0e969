//! The native steps that find out who a client is.

use std::sync::Arc;

use crate::{manifest::Step, response::Rejection, tenant::Tenant};
use stockade_auth::{credentials, session::SessionError};
use stockade_sandbox::{
    Requirement,
    host::{ClientState, Handshake},
};

/// Runs a `session`, `jwt` or `user-required` step.
///
/// # Errors
/// The rejection that the client gets; the messages are FoalTS's where it has them.
pub(super) async fn step(
    tenant: &Tenant,
    client: &ClientState,
    step: &Step,
) -> Result<(), Rejection> {
    match step {
        Step::Session(requirement) => session(tenant, client, *requirement).await,
        Step::Jwt(requirement) => jwt(tenant, client, *requirement),
        Step::UserRequired if !client.has_user() => unauthorized("there is no user: log in first"),
        Step::UserRequired | Step::Validate(_) | Step::Hook(_) => Ok(()),
    }
}

/// Reads the client's session, which may have ended meanwhile, and takes its user over.
async fn session(
    tenant: &Tenant,
    client: &ClientState,
    requirement: Requirement,
) -> Result<(), Rejection> {
    let brought = match client.session_id() {
        Some(id) => Some(id.to_string()),
        None => brought(client.handshake(), &tenant.session_cookie.name)?,
    };
    let found = match &brought {
        Some(id) => tenant.sessions.renew(id).await.map_err(away)?,
        None => None,
    };
    let Some(session) = found else {
        if client.session_id().is_some() {
            client.set_session_id(None);
            client.user().set(None);
        }
        return match requirement {
            Requirement::Optional => Ok(()),
            Requirement::Required if brought.is_some() => unauthorized("token invalid or expired"),
            Requirement::Required => unauthorized("Session token not found."),
        };
    };
    client.set_session_id(Some(session.id()));
    client.set_session_user(session.user());
    Ok(())
}

/// Verifies the client's token, at most once a second for a socket, and makes its claims the user.
fn jwt(tenant: &Tenant, client: &ClientState, requirement: Requirement) -> Result<(), Rejection> {
    let Some(jwt) = &tenant.jwt else {
        // Refused at load, so nobody should see this.
        return unauthorized("this server has no keys for tokens");
    };
    let now = tenant.clock.now();
    let claims = match client.claims(now) {
        Some(claims) => claims,
        None => {
            let cookie = jwt.cookie.as_deref();
            let Some(token) = brought(client.handshake(), cookie.unwrap_or_default())? else {
                return match requirement {
                    Requirement::Optional => Ok(()),
                    Requirement::Required => unauthorized("JSON Web Token not found."),
                };
            };
            let claims: Arc<str> = match jwt.verifier.verify(&token, now) {
                Ok(claims) => claims.json.into(),
                Err(error) => return unauthorized(&error.to_string()),
            };
            client.set_claims(claims.clone(), now);
            claims
        }
    };
    client.user().set(Some(&claims));
    Ok(())
}

/// What the client gave to be known by: in the `auth` of its handshake, as a bearer or in a cookie.
fn brought(handshake: &Handshake, cookie: &str) -> Result<Option<String>, Rejection> {
    let cookie = (!cookie.is_empty()).then_some(cookie);
    match credentials::token(handshake.auth(), |name| handshake.header(name), cookie) {
        Ok(token) => Ok(token.map(|token| token.into_owned())),
        Err(error) => unauthorized(&error.to_string()),
    }
}

fn unauthorized<T>(reason: &str) -> Result<T, Rejection> {
    Err(Rejection::Unauthorized(reason.to_owned()))
}

fn away(error: SessionError) -> Rejection {
    tracing::error!(%error, "a session cannot be read");
    Rejection::ServiceUnavailable
}
