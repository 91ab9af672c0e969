//! The basic suite with another client library: python-socketio.
//!
//! `../python` has the suites. Each prints its steps; the first that fails names the step.

use crate::harness::{Restarted, Script, root};

async fn passes(suite: &str, guest: &'static str) {
    let mut server = Restarted::run(guest, "").await;
    let python = root().join("tests/python/.venv/bin/python");
    let arguments = ["suite.py", suite, &server.url()];
    let script = Script::start("tests/python", python, &arguments);
    server.serve(script).await;
}

#[tokio::test]
async fn guest_in_c_passes_the_basic_suite() {
    passes("basic", "basic-c").await;
}

#[tokio::test]
async fn guest_in_javascript_passes_the_basic_suite() {
    passes("basic", "basic-js").await;
}

#[tokio::test]
async fn guest_in_rust_serves_the_first_sample() {
    passes("products", "products").await;
}

#[tokio::test]
async fn guests_emit_with_acknowledgements_and_over_namespaces() {
    passes("caller", "caller").await;
}

#[tokio::test]
async fn event_names_are_any_text() {
    passes("names", "caller").await;
}
