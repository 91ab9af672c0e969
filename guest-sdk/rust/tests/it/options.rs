//! What a component asks of the server.

use serde_json::{Value, json};
use stockade_sdk::prelude::*;
use stockade_sdk::testing::manifest;

struct Chat;
struct Quiet;

stockade_sdk::serve! { App: "/quiet" => Quiet, "/" => Chat }

#[controller]
impl Chat {
    #[options]
    fn options() -> ServerOptions {
        ServerOptions {
            connect_timeout: Some(60_000),
            ..Default::default()
        }
    }
}

#[controller]
impl Quiet {}

#[test]
fn options_of_any_namespace_are_the_servers() {
    let options = manifest::<App>().options.unwrap();
    let options: Value = serde_json::from_str(&options).unwrap();
    assert_eq!(options, json!({ "connectTimeout": 60000 }));
    assert_eq!(manifest::<Quiet>().options, None);
}
