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
mod basic;
mod cli;
mod cluster;
mod examples;
mod foal_samples;
mod harness;
mod host_calls;
mod hostile_clients;
mod hostile_guests;
mod isolation;
mod pipeline;
mod transports;
