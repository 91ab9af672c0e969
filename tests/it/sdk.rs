//! The SDK as a newcomer meets it: what the README says is all that a guest needs, and its mistakes are told once.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Stockade, output, root};

/// A mistake of the SDK's `tests/mistakes.md`.
struct Mistake {
    title: String,
    source: String,
    errors: String,
}

/// The first block of the README in this language that contains `text`.
fn block(language: &str, text: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = readme.split("\n```").map(|block| block.split_once('\n'));
    let block = blocks
        .flatten()
        .find(|(first, block)| *first == language && block.contains(text));
    block
        .unwrap_or_else(|| panic!("no {language} block has {text}"))
        .1
        .to_owned()
}

/// A crate with the README's `Cargo.toml`, under this name, beside the checkout's versions of its dependencies.
fn guest(name: &str, source: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sdk = root().canonicalize().unwrap().join("guest-sdk/rust");
    let manifest = block("toml", "[package]")
        .replace("name = \"shop\"", &format!("name = {name:?}"))
        .replace("../stockade/guest-sdk/rust", &sdk.display().to_string());
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), source).unwrap();
    folder
}

/// Builds it as a component, as the README says.
fn build_guest(name: &str, folder: &Path) -> Output {
    let mut build = Command::new(root().join("scripts/build-guest.sh"));
    let manifest = folder.join("Cargo.toml");
    output(build.arg("--manifest-path").arg(manifest).arg(name))
}

/// Builds one block of the README as a component.
fn build(name: &str, source: &str) -> PathBuf {
    let folder = guest(name, source);
    let output = build_guest(name, folder.path());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    root().join(format!("target/guest/{name}.wasm"))
}

#[tokio::test]
async fn first_handler_of_the_readme_serves() {
    let shop = build("readme-shop", &block("rust", "impl Products"));
    let server = Stockade::of(shop);
    let server = server.config("store = \"memory\"").start().await;
    let (ann, bob) = (server.client().await, server.client().await);
    let answer = ann
        .ask("create product", json!({ "name": "product 1" }))
        .await;
    assert_eq!(answer, json!({ "status": "ok" }));
    assert_eq!(bob.next("refresh products").await, json!([]));
    let answer = ann.ask("create product", json!({})).await;
    let error = &answer["error"];
    assert_eq!(error["code"], "VALIDATION_PAYLOAD_ERROR");
    assert_eq!(error["payload"][0]["params"]["missingProperty"], "name");
}

#[tokio::test]
async fn relay_of_the_readme_passes_payloads_on_as_they_came() {
    let relay = build("readme-relay", &block("rust", "impl Relay"));
    let server = Stockade::of(relay).start().await;
    let (ann, bob) = (server.client().await, server.client().await);
    assert_eq!(bob.ask("join", json!("tea")).await["status"], "ok");
    let (one, two) = (json!({ "$bin": "AQI=" }), json!({ "$bin": "Aw==" }));
    let content = json!({ "z": [one, { "text": "x", "file": two }], "a": 1.5 });
    let message = json!({ "room": "tea", "content": content });
    let answer = ann.ask("relay", message).await;
    assert_eq!(answer, json!({ "status": "ok", "data": content }));
    assert_eq!(bob.next("message").await, json!([content]));
    let answer = ann.ask("size", json!({ "a": [two], "file": one })).await;
    assert_eq!(answer, json!({ "status": "ok", "data": 2 }));

    // Not what the handler takes: the client's fault.
    let answer = ann.ask("join", json!(["tea"])).await;
    let violation = json!({
        "instancePath": "",
        "schemaPath": "#/type",
        "keyword": "type",
        "params": {},
        "message": "invalid type: sequence, expected a string"
    });
    let error = json!({ "code": "VALIDATION_PAYLOAD_ERROR", "payload": [violation] });
    assert_eq!(answer, json!({ "status": "error", "error": error }));
    let answer = ann.ask("relay", json!({ "room": one, "content": 1 })).await;
    assert_eq!(answer["error"]["payload"][0]["instancePath"], "/room");
}

#[test]
fn each_mistake_is_told_once_where_it_is() {
    let path = root().join("guest-sdk/rust/tests/mistakes.md");
    let text = fs::read_to_string(path).unwrap();
    let (head, sections) = text.split_once("\n## ").unwrap();
    let common = fenced(head, "rust");
    let mistakes: Vec<_> = sections.split("\n## ").map(mistake).collect();

    let folder = guest("mistakes", "");
    let mut manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap();
    fs::create_dir(folder.path().join("examples")).unwrap();
    for (index, mistake) in mistakes.iter().enumerate() {
        let source = &mistake.source;
        let source = format!("{common}\n{source}\nstockade_sdk::serve!(Products);\n");
        let name = format!("m{index}");
        write!(
            manifest,
            "\n[[example]]\nname = {name:?}\ncrate-type = [\"lib\"]\n"
        )
        .unwrap();
        fs::write(folder.path().join(format!("examples/{name}.rs")), source).unwrap();
    }
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    let mut found = check_examples(folder.path());

    let mut actual = head.to_owned();
    let mut wrong = Vec::new();
    for (index, mistake) in mistakes.iter().enumerate() {
        let Mistake {
            title,
            source,
            errors,
        } = mistake;
        let now = found.remove(&format!("m{index}")).unwrap_or_default();
        write!(
            actual,
            "\n## {title}\n\n```rust\n{source}```\n\n```text\n{now}```\n"
        )
        .unwrap();
        if now != *errors {
            wrong.push(format!("{title}:\n{now}"));
        }
    }
    if !wrong.is_empty() {
        let path = root().join("target/mistakes.md");
        fs::write(&path, actual).unwrap();
        let path = path.display();
        panic!("{}\nAll as it is now: {path}", wrong.join("\n"));
    }
}

/// The first block in this language.
fn fenced(text: &str, language: &str) -> String {
    let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn mistake(section: &str) -> Mistake {
    Mistake {
        title: section.lines().next().unwrap().to_owned(),
        source: fenced(section, "rust"),
        errors: fenced(section, "text"),
    }
}

#[test]
fn component_of_an_earlier_build_is_not_taken_for_this_one() {
    let folder = guest("readme-rlib", "");
    let path = folder.path().join("Cargo.toml");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(path, manifest.replace("\"cdylib\", ", "")).unwrap();
    let built = root().join("target/guest/wasm32-wasip2/release");
    fs::create_dir_all(&built).unwrap();
    fs::write(built.join("readme_rlib.wasm"), "earlier").unwrap();
    let output = build_guest("readme-rlib", folder.path());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("needs [lib] crate-type = [\"cdylib\"]"),
        "{errors}"
    );
}

#[test]
fn http_controller_of_the_readme_compiles() {
    let products = block("rust", "impl Products");
    let (products, _) = products.split_once("stockade_sdk::serve!").unwrap();
    let shop = block("rust", "impl Shop");
    let folder = guest("readme-http", &format!("{products}{shop}"));
    let output = output(&mut check(folder.path()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

/// `cargo check`, for this machine: the macros are the same as for WebAssembly.
fn check(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command
        .arg("check")
        .arg("--target-dir")
        .arg(root().join("target/mistakes"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(folder);
    command
}

/// What the compiler says about each example: its errors, and the code that each points at.
fn check_examples(folder: &Path) -> BTreeMap<String, String> {
    let mut check = check(folder);
    let examples = ["--examples", "--keep-going", "--message-format", "json"];
    let output = output(check.args(examples));
    let mut errors = BTreeMap::<_, String>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = &line["message"];
        if line["reason"] != "compiler-message" || message["level"] != "error" {
            continue;
        }
        // The count of the errors.
        let spans = message["spans"].as_array().unwrap();
        if spans.is_empty() {
            continue;
        }
        let name = line["target"]["name"].as_str().unwrap().to_owned();
        let errors = errors.entry(name).or_default();
        writeln!(errors, "error: {}", message["message"].as_str().unwrap()).unwrap();
        for span in spans.iter().filter(|span| span["is_primary"] == true) {
            let label = span["label"].as_str().map(|label| format!(": {label}"));
            let code = pointed_at(span);
            writeln!(errors, "  at {code}{}", label.unwrap_or_default()).unwrap();
        }
    }
    assert!(
        !errors.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    errors
}

/// The code of a span, which is in one line.
fn pointed_at(span: &Value) -> String {
    let line = &span["text"][0];
    let column = |name: &str| line[name].as_u64().unwrap() as usize - 1;
    let text = line["text"].as_str().unwrap().chars();
    let (start, end) = (column("highlight_start"), column("highlight_end"));
    text.skip(start).take(end - start).collect()
}
