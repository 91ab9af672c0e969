//! `stockade:handler/session`: the session that the current event or request belongs to.

use crate::sandbox::{CallError, StoreCtx, bindings::stockade::handler::session};

type Answer<T> = wasmtime::Result<Result<T, CallError>>;

impl session::Host for StoreCtx {
    async fn id(&mut self) -> Answer<Option<String>> {
        Ok(Err(CallError::NoEvent))
    }
    async fn create(&mut self) -> Answer<String> {
        Ok(Err(CallError::NoEvent))
    }
    async fn open(&mut self, _: String) -> Answer<bool> {
        Ok(Err(CallError::NoEvent))
    }
    async fn get(&mut self, _: String) -> Answer<Option<String>> {
        Ok(Err(CallError::NoEvent))
    }
    async fn set(&mut self, _: String, _: Option<String>) -> Answer<()> {
        Ok(Err(CallError::NoEvent))
    }
    async fn user(&mut self) -> Answer<Option<String>> {
        Ok(Err(CallError::NoEvent))
    }
    async fn set_user(&mut self, _: Option<String>) -> Answer<()> {
        Ok(Err(CallError::NoEvent))
    }
    async fn regenerate_id(&mut self) -> Answer<String> {
        Ok(Err(CallError::NoEvent))
    }
    async fn destroy(&mut self) -> Answer<()> {
        Ok(Err(CallError::NoEvent))
    }
}
