//! What the log says about sockets that come and go, and about each of their events.

use std::time::{Duration, Instant};

use tracing::Level;

use crate::response::{Rejection, Response};
use stockade_sandbox::host::{LogSource, MAX_NAME, MessageId};
use stockade_text::excerpt;

/// Bytes of a line beside the names in it.
const OVERHEAD: usize = 200;

/// A tenant's lines about its sockets. They have a rate of their own, so that clients cannot use up that of the component.
pub struct Traffic {
    level: TrafficLevel,
    source: LogSource,
}

/// How important those lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficLevel {
    /// They are left out unless somebody asks for them.
    Debug,
    /// They are logged, as in FoalTS.
    Info,
}

/// A line of that level, of the target by which a filter asks for them.
macro_rules! line {
    ($traffic:expr, $($line:tt)+) => {
        match $traffic.level {
            TrafficLevel::Debug => tracing::debug!(target: "sockets", $($line)+),
            TrafficLevel::Info => tracing::info!(target: "sockets", $($line)+),
        }
    };
}

impl Traffic {
    /// The lines of `tenant`, up to `per_second` bytes of them.
    pub fn new(level: TrafficLevel, tenant: &str, per_second: usize) -> Self {
        Self {
            level,
            source: LogSource::new(tenant, per_second),
        }
    }

    /// A socket is connected; `recovered` where its client has come back.
    pub fn connected(&self, namespace: &str, socket: &str, recovered: bool) {
        if self.admits(namespace.len()) {
            line!(
                self,
                tenant = self.source.tenant(),
                namespace,
                socket,
                recovered,
                "socket connected"
            );
        }
    }

    /// A socket has gone, for this reason.
    pub fn disconnected(&self, namespace: &str, socket: &str, reason: &str) {
        if self.admits(namespace.len() + reason.len()) {
            line!(
                self,
                tenant = self.source.tenant(),
                namespace,
                socket,
                reason,
                "socket disconnected"
            );
        }
    }

    /// An event has been handled, since `began`; its handler may have a name.
    pub(crate) fn handled(
        &self,
        (namespace, socket): (&str, &str),
        (event, message_id): (&str, MessageId),
        handler: Option<&str>,
        response: &Response,
        began: Instant,
    ) {
        if self.admits(namespace.len() + event.len() + handler.map_or(0, str::len)) {
            let status = match response {
                Response::Ok(_) => "ok",
                Response::Error(_) => "error",
                Response::Raw(_) => "raw",
            };
            line!(
                self,
                tenant = self.source.tenant(),
                namespace,
                socket,
                event,
                %message_id,
                handler,
                status,
                milliseconds = milliseconds(began.elapsed()),
                "event handled"
            );
        }
    }

    /// An event has been refused before it needed an instance: it has no route, its payload is not valid, or its client may
    /// not send it.
    pub(crate) fn refused(
        &self,
        (namespace, socket): (&str, &str),
        event: &str,
        rejection: &Rejection,
    ) {
        let reason = rejection.to_string();
        let reason = excerpt(&reason);
        if self.admits(namespace.len() + event.len() + reason.len()) {
            line!(
                self,
                tenant = self.source.tenant(),
                namespace,
                socket,
                event,
                status = "error",
                code = rejection.code(),
                reason,
                "event refused"
            );
        }
    }

    /// Whether anybody reads these lines. Where nobody does, this is all that they cost.
    pub fn is_read(&self) -> bool {
        match self.level {
            TrafficLevel::Debug => tracing::enabled!(target: "sockets", Level::DEBUG),
            TrafficLevel::Info => tracing::enabled!(target: "sockets", Level::INFO),
        }
    }

    fn admits(&self, bytes: usize) -> bool {
        self.is_read() && self.source.admits(bytes + OVERHEAD)
    }
}

/// The beginning of an event's name, as its packet has it; for events that nothing else has read yet.
pub(crate) fn name_in(packet: &str) -> &str {
    let first = packet.trim_start().strip_prefix('[').unwrap_or_default();
    let first = first.trim_start();
    let first = first.get(..first.floor_char_boundary(MAX_NAME));
    let first = first.unwrap_or_default();
    let mut escaped = false;
    match first.strip_prefix('"') {
        Some(text) => {
            let end = text.find(|character| {
                let ends = character == '"' && !escaped;
                escaped = character == '\\' && !escaped;
                ends
            });
            text.get(..end.unwrap_or(text.len())).unwrap_or_default()
        }
        None => first.split([',', ']']).next().unwrap_or_default(),
    }
}

/// With three digits behind the point.
fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_packets() {
        for (packet, name) in [
            (r#"["ping",{"a":1}]"#, "ping"),
            (r#" [ "a \"b\\" , 1]"#, r#"a \"b\\"#),
            ("[12,3]", "12"),
            ("[]", ""),
            ("", ""),
            ("{}", ""),
            ("[\"", ""),
            ("[\"cut", "cut"),
        ] {
            assert_eq!(name_in(packet), name, "{packet}");
        }
        let long = format!("[\"{}\"]", "ö".repeat(1_000));
        assert_eq!(name_in(&long), "ö".repeat((MAX_NAME - 1) / 2));
    }
}
