//! Components that must not be served: `inspect` says why, soon, and with the exit code 1.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{binary, component, output};

/// What an inspection may take on a busy machine. The worst of them takes two seconds on an idle one.
pub(super) const SOON: Duration = Duration::from_secs(15);

fn inspect(guest: &str) -> (Option<i32>, Value) {
    let started = Instant::now();
    let mut inspect = Command::new(binary());
    let output = output(inspect.args(["inspect", "--json"]).arg(component(guest)));
    assert!(
        started.elapsed() < SOON,
        "{guest} took {:?}",
        started.elapsed()
    );
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| panic!("{guest}: {output:?}"));
    (output.status.code(), report)
}

fn refused(guest: &str, reason: &str) {
    let (code, report) = inspect(guest);
    assert_eq!(code, Some(1), "{report}");
    assert_eq!(report["accepted"], false);
    assert!(report.get("namespaces").is_none(), "{report}");
    let reasons: Vec<_> = report["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        reasons.iter().any(|given| given.contains(reason)),
        "{guest}: {reasons:?}, not {reason:?}"
    );
    let length: usize = reasons.iter().map(|given| given.len()).sum();
    assert!(
        length < 8_192,
        "{guest} makes the operator read {length} bytes"
    );
}

macro_rules! refused {
    ($($name:ident: $guest:literal => $reason:literal;)*) => {
        $(
            #[test]
            fn $name() {
                refused($guest, $reason);
            }
        )*
    };
}

refused! {
    describe_that_hangs: "describe-hangs" => "CPU time";
    describe_that_traps: "describe-traps" => "unreachable";
    names_with_control_characters: "describe-ansi" => "control characters";
    describe_with_100_mb_of_schemas: "describe-100mb" => "too much data";
    describe_with_100_000_routes: "describe-many-routes" => "too much data";
    describe_with_a_million_steps: "describe-many-steps" => "too much data";
    describe_with_20_000_names_of_hooks: "describe-many-hook-names" => "20000 names of hooks";
    manifest_without_namespace: "describe-no-namespace" => "no namespace";
    namespace_twice: "describe-duplicate-namespace" => "namespace \"/chat\" appears twice";
    event_twice: "describe-duplicate-event" => "event \"ping\" of namespace \"/\" appears twice";
    namespace_without_slash: "describe-relative-namespace" => "namespace \"chat\"";
    event_without_name: "describe-empty-event" => "a name has 1 to 256 bytes";
    event_with_a_long_name: "describe-long-event" => "a name has 1 to 256 bytes";
    event_with_a_reserved_name: "describe-reserved-event" => "\"disconnecting\"";
    namespace_pattern_without_a_parameters_name: "describe-bad-pattern" => "a parameter has a name";
    namespace_regex_that_grows: "describe-big-regex" => "it is too big";
    namespace_regex_that_is_none: "describe-no-regex" => "regular expression";
    schema_that_is_not_there: "describe-unknown-schema" => "refers to schema 3";
    schema_that_is_not_json: "schema-not-json" => "not valid JSON";
    schema_with_a_bad_keyword: "schema-bad-keyword" => "event \"attack\" of namespace \"/\": its schema: at #/type";
    schema_in_an_unknown_dialect: "schema-unknown-dialect" => "$schema";
    schema_that_refers_to_the_network: "schema-remote-ref" => "http://127.0.0.1:9/schema.json";
    schema_that_refers_to_a_file: "schema-file-ref" => "file:///etc/passwd";
    schema_of_10_000_levels: "schema-deep" => "at most 65536";
    schema_that_refers_to_itself: "schema-endless-ref" => "refers to itself";
    schema_that_takes_exponential_time: "schema-exponential" => "nested for one value";
    pattern_that_grows: "regex-size" => "too big";
    pattern_that_looks_ahead: "regex-lookahead" => "look-ahead";
    name_of_the_hosts: "reserved-name" => "names that begin with `stockade-` are the host's";
    core_module: "not-a-component" => "not a component";
    component_without_the_contract: "missing-export" => "stockade:handler/controller";
    component_of_an_earlier_contract: "earlier-contract" => "build the component again";
    import_that_nobody_offers: "wrong-import" => "stockade:guests/unknown";
    loop_in_the_start_function: "start-loop" => "CPU time";
    memory_of_one_gib: "huge-initial-memory" => "memory";
    table_of_ten_million_elements: "huge-table" => "table";
    component_of_500_memories: "many-memories" => "exceeds";
    component_of_a_million_instances: "many-instances" => "core module instances";
    shared_memory: "shared-memory" => "threads";
}

#[test]
fn describe_cannot_reach_clients() {
    let (code, report) = inspect("describe-calls-host");
    assert_eq!(
        (code, &report["accepted"]),
        (Some(0), &Value::Bool(true)),
        "{report}"
    );
}

#[test]
fn files_that_are_no_components_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let header = *b"\0asm\x0d\0\x01\0";
    let component = std::fs::read(component("plain")).unwrap();
    // What `wasmtime compile` writes is an ELF file: machine code, never to be run for a tenant.
    let files: [(&str, Vec<u8>); 7] = [
        ("empty", Vec::new()),
        ("text", b"(component)".to_vec()),
        ("elf", b"\x7fELF\x02\x01\x01\0wasmtime".to_vec()),
        ("header only", header.to_vec()),
        (
            "header and nonsense",
            [header.as_slice(), &[0xff; 1_000]].concat(),
        ),
        ("cut off", component[..component.len() / 2].to_vec()),
        (
            "section of 4 GiB",
            [header.as_slice(), &[1, 0xff, 0xff, 0xff, 0xff, 0x0f]].concat(),
        ),
    ];
    for (name, bytes) in files {
        let path = folder.path().join("file.wasm");
        std::fs::write(&path, bytes).unwrap();
        let started = Instant::now();
        let mut inspect = Command::new(binary());
        let output = output(inspect.args(["inspect", "--json"]).arg(&path));
        assert!(
            started.elapsed() < SOON,
            "{name} took {:?}",
            started.elapsed()
        );
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{name}: {output:?}"));
        // An empty component compiles, and then lacks the contract.
        assert_eq!(
            (output.status.code(), &report["accepted"]),
            (Some(1), &Value::Bool(false)),
            "{name}"
        );
    }
}

#[test]
fn component_cut_or_bent_anywhere_does_not_hurt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bent.wasm");
    let component = std::fs::read(component("plain")).unwrap();
    for round in 0..20 {
        let mut bent = component.clone();
        let at = 8 + round * (component.len() - 9) / 20;
        bent[at] ^= 0x15;
        std::fs::write(&path, bent).unwrap();
        let mut inspect = Command::new(binary());
        let output = output(inspect.args(["inspect", "--json"]).arg(&path));
        let report: Result<Value, _> = serde_json::from_slice(&output.stdout);
        assert!(report.is_ok(), "byte {at}: {output:?}");
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "byte {at}: {output:?}"
        );
    }
}

/// A number as WebAssembly writes it.
pub(super) fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A section with one item.
fn section(id: u8, item: &[u8]) -> Vec<u8> {
    [&[id], &*leb(item.len() + 1), &[1], item].concat()
}

/// A component that imports a function under this name, which is not allowed, and which the complaint repeats.
fn importing(name: &[u8]) -> Vec<u8> {
    let import = [&[0], &*leb(name.len()), name, &[1, 0]].concat();
    let function = section(7, &[0x40, 0, 1, 0]);
    let header = b"\0asm\x0d\0\x01\0".as_slice();
    [header, &function, &section(10, &import)].concat()
}

#[test]
fn names_do_not_command_the_operators_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("red.wasm");
    std::fs::write(&path, importing("\u{1b}[31m\u{202e}\r\nforged".as_bytes())).unwrap();
    for command in ["inspect", "run"] {
        let mut stockade = Command::new(binary());
        let output = output(stockade.arg(command).arg(&path));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let shown = [output.stdout, output.stderr].concat();
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("forged"), "{shown:?}");
        assert!(
            !shown.contains(['\u{1b}', '\u{202e}', '\r']) && !shown.contains("\nforged"),
            "{shown:?}"
        );
    }
}

#[tokio::test]
async fn long_complaints_of_the_compiler_do_not_stop_it() {
    let name = [b"A_".as_slice(), &[b'a'; 99_000]].concat();
    let component = importing(&name);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wasm");
    std::fs::write(&path, component).unwrap();
    let output = tokio::process::Command::new(binary())
        .args(["inspect", "--json"])
        .arg(&path)
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(8), output).await;
    let output = output.expect("the inspection hangs").unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), &report["accepted"]),
        (Some(1), &Value::Bool(false))
    );
}

/// Names for people are no reason to refuse a component. They are cut, and escaped where people read them.
#[test]
fn names_for_people_are_cut_and_escaped() {
    let (code, report) = inspect("describe-wild-names");
    assert_eq!(code, Some(0), "{report}");
    let attack = &report["namespaces"][0]["events"][0];
    assert_eq!(attack["steps"][1]["name"], "x".repeat(256));
    assert_eq!(attack["steps"][0]["name"], "\u{1b}[2J\nnamespace /secret");

    let mut inspect = Command::new(binary());
    let output = output(inspect.arg("inspect").arg(component("describe-wild-names")));
    let shown = String::from_utf8(output.stdout).unwrap();
    let obeyed = |character: char| character.is_control() && character != '\n';
    assert!(!shown.contains(obeyed), "{shown:?}");
    assert!(shown.contains("\\u{1b}[2J\\nnamespace /secret"), "{shown}");
    let namespaces = shown.lines().filter(|line| line.starts_with("namespace"));
    assert_eq!(namespaces.count(), 1, "{shown}");
}

#[test]
fn files_that_are_too_large_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.wasm");
    // All of it is a hole.
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    for command in ["inspect", "run"] {
        let started = Instant::now();
        let mut stockade = Command::new(binary());
        let output = output(stockade.arg(command).arg(&path));
        assert!(started.elapsed() < SOON, "took {:?}", started.elapsed());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(shown.contains("has 1099511627776 bytes"), "{shown}");
    }
}

#[test]
fn component_of_more_imports_than_anybody_offers() {
    let empty_interface = section(7, &[0x42, 0]);
    let mut imports = leb(300);
    for number in 0..300 {
        let name = format!("wasi:cli/none{number}@0.2.0");
        imports.extend([&[0], &*leb(name.len()), name.as_bytes(), &[5, 0]].concat());
    }
    let header = b"\0asm\x0d\0\x01\0".as_slice();
    let imports = [&[10], &*leb(imports.len()), &imports].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("imports.wasm");
    std::fs::write(&path, [header, &empty_interface, &imports].concat()).unwrap();
    let mut stockade = Command::new(binary());
    let output = output(stockade.arg("inspect").arg(&path));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("more than 256 interfaces"), "{shown}");
}
