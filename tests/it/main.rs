//! Drives the `stockade` binary as its users do: real components, the real `socket.io-client`, nothing mocked.
//!
//! One file for each behaviour. [`harness`] starts servers and clients; the guests are described in `../guests/README.md`
//! and the client's commands in `../client/README.md`. `make test` builds all that these tests need.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as expected fails its test"
)]

mod ajv;
mod ajv_changes;
mod arguments;
mod basic;
mod browser;
mod cli;
mod cluster;
mod compiler;
mod concurrent;
mod docs;
mod examples;
mod foal_samples;
mod harness;
mod host_calls;
mod hostile_clients;
mod hostile_guests;
mod http;
mod identity;
mod isolation;
mod logs;
mod namespaces;
mod options;
mod pipeline;
mod protocol;
mod python;
mod recovery;
mod releases;
mod restored;
mod sdk;
mod sdk_options;
mod sockets;
mod store;
mod structure;
mod testkit;
mod transports;
mod validation;
