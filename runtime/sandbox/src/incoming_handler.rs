//! Requests to a component that exports the standard `wasi:http/incoming-handler`.

use bytes::Bytes;
use futures::{
    FutureExt,
    future::{Either, select},
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::oneshot;
use wasmtime_wasi_http::{
    Error, WasiHttpView,
    p2::{bindings::http::types::Scheme, body::HyperOutgoingBody},
};

use super::{Fault, Instance, exports::HttpExport};

impl Instance {
    /// Hands `request` to the component and collects its answer, `limit` bytes of body at most.
    ///
    /// # Errors
    /// The fault that ended the request; an answer that is too large, missing or left unfinished is one.
    pub async fn handle_incoming(
        &mut self,
        request: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, Fault> {
        let (sender, receiver) = oneshot::channel();
        let prepared = self.prepare(request, sender);
        let (handler, request, answer) = self.checked(prepared)?;
        let (called, collected) = {
            // A guest that writes a long body waits for the host to take it, so both have to go on at once.
            let call = std::pin::pin!(handler.call_handle(&mut self.store, request, answer));
            let collect = tokio::task::unconstrained(collect(receiver, limit));
            match select(std::pin::pin!(collect), call).await {
                Either::Left((collected, call)) => (call.await, Some(collected)),
                // Whatever the guest has written is there now, and nothing will follow.
                Either::Right((called, collected)) => (called, collected.now_or_never()),
            }
        };
        self.checked(called)?;
        collected
            .unwrap_or(Err("the guest did not finish its answer".into()))
            .map_err(|message| {
                self.faulted = true;
                Fault::broken_promise(message)
            })
    }

    fn prepare(
        &mut self,
        request: Request<Bytes>,
        sender: oneshot::Sender<
            Result<
                Response<HyperOutgoingBody>,
                wasmtime_wasi_http::p2::bindings::http::types::ErrorCode,
            >,
        >,
    ) -> wasmtime::Result<(
        wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler::Guest,
        wasmtime::component::Resource<wasmtime_wasi_http::p2::types::HostIncomingRequest>,
        wasmtime::component::Resource<wasmtime_wasi_http::p2::types::HostResponseOutparam>,
    )> {
        let HttpExport::IncomingHandler(indices) = self.exports.http() else {
            wasmtime::bail!("the component has no incoming handler");
        };
        let handler = indices.load(&mut self.store, &self.instance)?;
        let request = request.map(|body| Full::new(body).map_err(never));
        let mut http = self.store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request)?;
        let answer = http.new_response_outparam(sender)?;
        Ok((handler, request, answer))
    }
}

async fn collect(
    receiver: oneshot::Receiver<
        Result<
            Response<HyperOutgoingBody>,
            wasmtime_wasi_http::p2::bindings::http::types::ErrorCode,
        >,
    >,
    limit: usize,
) -> Result<Response<Bytes>, String> {
    let response = match receiver.await {
        Ok(Ok(response)) => response,
        Ok(Err(code)) => return Err(format!("the guest answered with an error: {code}")),
        Err(_) => return Err("the guest did not answer".into()),
    };
    let (parts, body) = response.into_parts();
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(Response::from_parts(parts, body.to_bytes())),
        Err(error) => Err(format!("the body of the answer: {error}")),
    }
}

fn never(impossible: std::convert::Infallible) -> Error {
    match impossible {}
}
