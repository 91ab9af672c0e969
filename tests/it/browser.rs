//! The chat example's page in Chromium, as two people see it. `../browser/chat.mjs` is the scenario.

use crate::harness::{Restarted, Script, root};

#[tokio::test]
async fn two_people_chat_through_a_restart_of_the_server() {
    let pictures = root().join("target/browser");
    std::fs::create_dir_all(&pictures).unwrap();
    let mut site = Script::start("examples/chat", "node", &["serve.mjs", "0"]);
    let page = site.line().await.expect("the page is not served");
    let origin = page.trim_end_matches('/');
    let cors = format!("[cors]\norigins = [\"{origin}\"]");
    let mut server = Restarted::run("chat", &cors).await;
    let arguments = ["chat.mjs", &page, &server.url(), pictures.to_str().unwrap()];
    let script = Script::start("tests/browser", "node", &arguments);
    server.serve(script).await;
}
