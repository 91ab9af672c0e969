//! A packet whose attachments are on their way: each is a message of its own.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{
    mailbox::{QueueBudget, QueuePermit},
    packet::{Incoming, Malformed},
};

/// How long all attachments of one packet may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// What is there so far.
pub(super) struct Partial {
    packet: Incoming,
    missing: usize,
    bytes: usize,
    since: Instant,
    /// What it takes to keep, counted among what waits in the mailboxes.
    held: Vec<QueuePermit>,
}

/// What may be kept.
#[derive(Clone, Copy)]
pub(super) struct Allowance<'a> {
    /// Bytes of all attachments.
    pub(super) bytes: usize,
    /// Number of attachments.
    pub(super) count: usize,
    pub(super) queued: &'a QueueBudget,
}

impl Partial {
    /// The beginning of a packet that announces `missing` attachments.
    pub(super) fn new(
        packet: Incoming,
        missing: usize,
        allowance: Allowance<'_>,
    ) -> Result<Self, Malformed> {
        if missing > allowance.count {
            return Err(Malformed("too many attachments"));
        }
        let held = allowance.queued.hold(packet.data.len()).ok_or(FULL)?;
        Ok(Self {
            packet,
            missing,
            bytes: 0,
            since: Instant::now(),
            held: vec![held],
        })
    }

    /// Takes the next attachment; answers the packet when it is complete.
    pub(super) fn add(
        mut self,
        attachment: Bytes,
        allowance: Allowance<'_>,
    ) -> Result<Complete, Malformed> {
        self.bytes = self.bytes.saturating_add(attachment.len());
        if self.bytes > allowance.bytes {
            return Err(Malformed("too large attachments"));
        }
        let held = allowance.queued.hold(attachment.len()).ok_or(FULL)?;
        self.held.push(held);
        // A copy: a slice would keep all of what it was read with, and only the slice is counted.
        self.packet
            .attachments
            .push(Bytes::copy_from_slice(&attachment));
        self.missing -= 1;
        Ok(match self.missing {
            0 => Complete::Packet(self.packet),
            _ => Complete::NotYet(self),
        })
    }

    /// When it has taken too long.
    pub(super) fn deadline(&self) -> Instant {
        self.since + PATIENCE
    }
}

const FULL: Malformed = Malformed("too many attachments of all clients are under way");

/// What an attachment makes of a packet.
pub(super) enum Complete {
    Packet(Incoming),
    NotYet(Partial),
}
