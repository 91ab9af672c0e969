//! What a node brings into a tenant's cluster.

use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::tenant::Tenant;
use stockade_sandbox::{
    host::{Adapter, LogSource},
    limits::Limits,
};

/// What stands in a channel's name as it is. Above all not the colon, which would let one tenant's channels be another's.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// One node's part of a tenant.
pub(super) struct Member {
    pub(super) tenant: String,
    /// What the names of the tenant's channels begin with.
    pub(super) channel: String,
    pub(super) limits: Arc<Limits>,
    pub(super) log: LogSource,
    /// The sockets of this node.
    pub(super) local: Arc<dyn Adapter>,
}

impl Member {
    pub(super) fn new(tenant: &Tenant, local: Arc<dyn Adapter>) -> Self {
        Self {
            channel: channel(&tenant.name),
            tenant: tenant.name.clone(),
            limits: tenant.limits.clone(),
            log: tenant.log.clone(),
            local,
        }
    }
}

fn channel(tenant: &str) -> String {
    format!("stockade:{}", utf8_percent_encode(tenant, PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tenant_can_be_named_like_the_channel_of_another() {
        assert_eq!(channel("my-chat_2.1"), "stockade:my-chat_2.1");
        assert_eq!(channel("chat:all"), "stockade:chat%3Aall");
        assert_ne!(channel("chat%3Aall"), channel("chat:all"));
    }
}
