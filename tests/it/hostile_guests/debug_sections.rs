//! Debugging information that attacks whoever reads it. It is in components that trap, because a trap is when it would be
//! read.

use std::{
    ffi::OsStr,
    path::PathBuf,
    process::{Command, Output},
    time::Instant,
};

use serde_json::Value;

use super::{
    beside, kind,
    load::{SOON, leb},
    pong,
};
use crate::harness::{Stockade, Wire, binary, component, output};

/// What a server may need for traps, beyond what it had before. Each of these sections would cost several times as much.
const NEEDED: u64 = 96 << 20;
/// Bytes of a backtrace: 32 names of 256 bytes.
const BACKTRACE: usize = 32 * 300;

/// A section's name, and what is in it.
type Section = (&'static str, Vec<u8>);

/// Functions that are inlined in one another, ten thousand times: readers recurse.
fn nested_functions() -> Vec<Section> {
    let mut entries = [covering(1), covering(2)].concat();
    entries.extend([3; 10_000]);
    entries.extend([0; 10_002]);
    let abbreviations = [
        abbreviation(1, COMPILE_UNIT, &RANGE),
        abbreviation(2, SUBPROGRAM, &RANGE),
        abbreviation(3, INLINED_SUBROUTINE, &[]),
        END.to_vec(),
    ];
    vec![
        (".debug_abbrev", abbreviations.concat()),
        (".debug_info", unit(0, &entries)),
    ]
}

/// Three hundred units, each of which has nearly all of twenty thousand abbreviations: readers make a table for each.
fn many_abbreviations() -> Vec<Section> {
    let mut abbreviations = Vec::new();
    let mut units = Vec::new();
    for code in 1..=20_000 {
        if code <= 300 {
            units.extend(unit(abbreviations.len() as u32, &leb(code)));
        }
        abbreviations.extend(abbreviation(code, SUBPROGRAM, &[]));
    }
    abbreviations.extend(END);
    vec![(".debug_abbrev", abbreviations), (".debug_info", units)]
}

/// A function's name of a megabyte, two hundred times for each frame; and names of functions that are long, wrong or of no
/// function.
fn huge_names() -> Vec<Section> {
    let name = |entry: Vec<u8>| [&*entry, &[0; 4]].concat();
    let mut entries = [covering(1), name(covering(2))].concat();
    for _ in 0..200 {
        entries.extend(name(covering(3)));
    }
    entries.extend([0; 202]);
    let named = [&RANGE[..], &[LINKAGE_NAME]].concat();
    let abbreviations = [
        abbreviation(1, COMPILE_UNIT, &RANGE),
        abbreviation(2, SUBPROGRAM, &named),
        abbreviation(3, INLINED_SUBROUTINE, &named),
        END.to_vec(),
    ];
    let mut names = leb(50_000);
    for function in 0..50_000 {
        let name = match function {
            ..100 => "x".repeat(60_000),
            _ => "\u{1b}[2J\n    at forged".to_owned(),
        };
        names.extend([leb(function), leb(name.len()), name.into()].concat());
    }
    vec![
        (".debug_abbrev", abbreviations.concat()),
        (".debug_info", unit(0, &entries)),
        (".debug_str", [&[b'y'; 1 << 20], &[0][..]].concat()),
        ("name", [&[1], &*leb(names.len()), &names].concat()),
    ]
}

const COMPILE_UNIT: u8 = 0x11;
const INLINED_SUBROUTINE: u8 = 0x1d;
const SUBPROGRAM: u8 = 0x2e;
/// What an entry may say, and in which form: where its code begins, as an address, and how long it is.
const RANGE: [[u8; 2]; 2] = [[0x11, 0x01], [0x12, 0x06]];
/// The offset of its name in `.debug_str`.
const LINKAGE_NAME: [u8; 2] = [0x6e, 0x0e];
/// Of a list of abbreviations.
const END: [u8; 1] = [0];

/// How entries with this number are written; all may have others in them, but those without attributes of a subprogram.
fn abbreviation(code: usize, tag: u8, attributes: &[[u8; 2]]) -> Vec<u8> {
    let has_children = u8::from(tag != SUBPROGRAM || !attributes.is_empty());
    let head = [&*leb(code), &[tag, has_children]].concat();
    [&*head, attributes.as_flattened(), &[0, 0]].concat()
}

/// An entry that covers all code, in whatever function a trap is.
fn covering(code: u8) -> Vec<u8> {
    let begin = 1_u32.to_le_bytes();
    let length = (u32::MAX - 16).to_le_bytes();
    [&[code], &begin[..], &length].concat()
}

/// A unit of DWARF 4 whose abbreviations are at this offset.
fn unit(abbreviations: u32, entries: &[u8]) -> Vec<u8> {
    let version = 4_u16.to_le_bytes();
    let address_size = [4];
    let body = [
        &version[..],
        &abbreviations.to_le_bytes(),
        &address_size,
        entries,
    ]
    .concat();
    [&(body.len() as u32).to_le_bytes()[..], &body].concat()
}

/// A test guest with these custom sections in each of its modules.
struct Hostile {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Hostile {
    fn new(guest: &str, sections: &[Section]) -> Self {
        let mut custom = Vec::new();
        for (name, content) in sections {
            let body = [&*leb(name.len()), name.as_bytes(), content].concat();
            custom.extend(section(0, &body));
        }
        let wasm = std::fs::read(component(guest)).unwrap();
        let (header, mut rest) = wasm.split_at(8);
        let mut hostile = header.to_vec();
        let mut modules = 0;
        while let [id, after @ ..] = rest {
            let (length, after) = number(after);
            let (body, after) = after.split_at(length);
            rest = after;
            let extra = match id {
                1 => &*custom,
                _ => &[],
            };
            modules += usize::from(*id == 1);
            hostile.extend(section(*id, &[body, extra].concat()));
        }
        assert!(modules > 0, "{guest} has no modules");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hostile.wasm");
        std::fs::write(&path, hostile).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    fn stockade(&self, command: &str, args: &[&OsStr]) -> Output {
        let started = Instant::now();
        let mut stockade = Command::new(binary());
        let stockade = stockade.arg(command).arg(&self.path).args(args);
        let output = output(stockade);
        assert!(started.elapsed() < SOON, "took {:?}", started.elapsed());
        output
    }
}

fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id], &*leb(body.len()), body].concat()
}

/// A number as WebAssembly writes it, and what follows.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let end = 1 + bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let (number, rest) = bytes.split_at(end);
    let digits = number.iter().rev().map(|byte| usize::from(byte & 0x7f));
    (digits.fold(0, |number, digit| number << 7 | digit), rest)
}

/// Events trap again and again: each is answered, a neighbour is served meanwhile, and the server needs little for it.
async fn run(sections: Vec<Section>) {
    let hostile = Hostile::new("unreachable", &sections);
    let server = Stockade::of(hostile.path.clone()).arg("--debug");
    let mut server = server.start().await;
    let mut neighbour = Wire::connect(&server.addr).await;
    let mut attacker = Wire::connect(&server.addr).await;
    let before = server.peak();
    for _ in 0..3 {
        let answer = beside(&mut neighbour, attacker.ask("attack", "null")).await;
        let error = &answer["error"];
        assert_eq!(error["name"], "Trap", "{answer}");
        let stack = error["stack"].as_str().unwrap();
        assert!(!stack.is_empty() && stack.len() < BACKTRACE, "{stack}");
        assert!(!stack.contains('\u{1b}'), "{stack}");
    }
    assert_eq!(attacker.ask("ping", "null").await, pong());
    let needed = server.peak().saturating_sub(before);
    assert!(needed < NEEDED, "{needed} bytes");
    let line = server.logged("the trap", kind("Trap")).await;
    assert!(line.to_string().len() < 2 * BACKTRACE, "{line}");
    assert!(server.is_running());
}

/// `describe` traps: the component is refused, with the reason.
fn inspect(sections: Vec<Section>) {
    let hostile = Hostile::new("describe-traps", &sections);
    let output = hostile.stockade("inspect", &["--json".as_ref()]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let reason = report["reasons"][0].as_str().unwrap();
    assert!(reason.contains("unreachable"), "{reason}");
}

/// The same, where it is tested; and an event that traps is an internal error there, too.
fn test(sections: Vec<Section>) {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.toml");
    let steps = r#"[[case]]
name = "the trap"
steps = [
{ client = "a", connects = "/" },
{ client = "a", emits = "attack", ack = { status = "error", error = { "$contains" = { code = "INTERNAL_SERVER_ERROR" } } } },
{ client = "a", emits = "ping", ack = { status = "ok", data = "pong" } },
]
"#;
    std::fs::write(&script, steps).unwrap();
    for (guest, code) in [("unreachable", 0), ("describe-traps", 2)] {
        let hostile = Hostile::new(guest, &sections);
        let output = hostile.stockade("test", &[script.as_os_str()]);
        assert_eq!(output.status.code(), Some(code), "{guest}: {output:?}");
    }
}

macro_rules! sections {
    ($($name:ident,)*) => {
        $(
            mod $name {
                #[tokio::test]
                async fn do_not_hurt_the_server() {
                    super::run(super::$name()).await;
                }

                #[test]
                fn do_not_hurt_an_inspection() {
                    super::inspect(super::$name());
                }

                #[test]
                fn do_not_hurt_a_test() {
                    super::test(super::$name());
                }
            }
        )*
    };
}

sections! {
    nested_functions,
    many_abbreviations,
    huge_names,
}
