//! The chat example's page in Chromium, as two people see it. `../browser/chat.mjs` is the scenario.

use crate::harness::{Restarted, Script, root};

#[tokio::test]
async fn two_people_chat_through_a_restart_of_the_server() {
    let pictures = root().join("target/browser");
    std::fs::create_dir_all(&pictures).unwrap();
    // As in the example's own stockade.toml, but from wherever the tests run.
    let examples = root().join("examples");
    let page = examples.join("chat/public");
    let client = examples.join("node_modules/socket.io-client/dist");
    let config = format!("static = {page:?}\n[socket]\nclient = {client:?}");
    let mut server = Restarted::run("chat", &config).await;
    let arguments = ["chat.mjs", &server.url(), pictures.to_str().unwrap()];
    let script = Script::start("tests/browser", "node", &arguments);
    server.serve(script).await;
}
