//! `stockade:handler/context`: the current event.

use std::sync::Arc;

use crate::{
    CallError, Payload,
    bindings::stockade::handler::{context, types},
    payload,
};
use stockade_json_schema::text;

use super::{EventCtx, StoreCtx, TenantCtx};

/// Bytes of JSON that may stay with a socket as its user or its data.
pub const MAX_KEPT: usize = 64 << 10;

type Answer<T> = wasmtime::Result<Result<T, CallError>>;

impl StoreCtx {
    pub(super) fn event(&mut self) -> Result<&mut EventCtx, CallError> {
        Ok(self.current()?.0)
    }
}

impl types::Host for StoreCtx {}

impl context::Host for StoreCtx {
    fn event_name(&mut self) -> Answer<String> {
        Ok(self.event().map(|event| event.name.to_string()))
    }

    fn payload(&mut self) -> Answer<Option<Payload>> {
        let payload = self.event().map(|event| event.payload.clone());
        let size = payload
            .iter()
            .flatten()
            .map(|payload| payload::size(payload));
        self.charge(size.sum())?;
        Ok(payload.map(|payload| payload.map(Arc::unwrap_or_clone)))
    }

    fn arguments(&mut self) -> Answer<Payload> {
        let size = self.event().map_or(0, |event| event.arguments_size());
        // Before they are put together, which costs as much.
        self.charge(size)?;
        Ok(self.event().map(|event| event.arguments()))
    }

    fn message_id(&mut self) -> Answer<String> {
        Ok(self.event().map(|event| event.message_id.to_string()))
    }

    fn namespace(&mut self) -> Answer<String> {
        Ok(self
            .event()
            .and_then(|event| Ok(event.socket()?.namespace().to_owned())))
    }

    fn state(&mut self, key: String) -> Answer<Option<String>> {
        let value = self.event().map(|event| event.state.get(&key));
        let bytes = value.iter().flatten().map(String::len).sum::<usize>();
        self.charge(key.len() + bytes)?;
        Ok(value)
    }

    fn set_state(&mut self, key: String, value: Option<String>) -> Answer<()> {
        self.charge(key.len() + value.as_ref().map_or(0, String::len))?;
        Ok(self.event().and_then(|event| event.state.set(key, value)))
    }

    fn user(&mut self) -> Answer<Option<String>> {
        let user = self.event().map(|event| event.client().user().get());
        self.charge(user.iter().flatten().map(String::len).sum())?;
        Ok(user)
    }

    fn set_user(&mut self, user: Option<String>) -> Answer<()> {
        self.charge(user.as_ref().map_or(0, String::len))?;
        Ok(self.current().and_then(|(event, tenant)| {
            check_kept(tenant, user.as_deref())?;
            event.client().user().set(user.as_deref());
            Ok(())
        }))
    }

    fn namespace_pattern(&mut self) -> Answer<String> {
        Ok(self
            .event()
            .and_then(|event| Ok(event.socket()?.matched_namespace())))
    }

    fn namespace_params(&mut self) -> Answer<Vec<(String, String)>> {
        let params = self
            .event()
            .and_then(|event| Ok(event.socket()?.namespace_params()));
        let pairs = params.iter().flatten();
        self.charge(pairs.map(|(name, value)| name.len() + value.len()).sum())?;
        Ok(params)
    }
}

/// Refuses what is not JSON, or too large to stay with a socket.
pub(super) fn check_kept(tenant: &TenantCtx, json: Option<&str>) -> Result<(), CallError> {
    let Some(json) = json else { return Ok(()) };
    if json.len() > MAX_KEPT {
        return Err(CallError::LimitExceeded(
            "64 KiB of JSON with a socket".into(),
        ));
    }
    text::check(json, tenant.limits.depth)
        .map(drop)
        .map_err(|error| CallError::InvalidArgument(error.to_string()))
}
