//! What the documentation says exists.

use std::{collections::HashSet, fs, path::Path};

use crate::harness::root;

/// `file::test` of every test below `folder`. A file in a folder counts under its own name and under the folder's.
fn tests_below(folder: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, found);
            continue;
        }
        let names = [path.file_stem(), path.parent().and_then(Path::file_name)];
        let text = fs::read_to_string(&path).unwrap_or_default();
        for (attribute, line) in text.lines().zip(text.lines().skip(1)) {
            let test = line.trim().trim_start_matches("async ");
            let test = test
                .strip_prefix("fn ")
                .and_then(|rest| rest.split('(').next());
            if let (true, Some(test)) = (attribute.trim().ends_with("test]"), test) {
                let names = names.iter().flatten().map(|name| name.to_string_lossy());
                found.extend(names.map(|name| format!("{name}::{test}")));
            }
        }
    }
}

#[test]
fn each_row_of_the_parity_table_is_shown_by_tests_that_exist() {
    let mut tests = HashSet::new();
    for folder in ["tests/it", "guest-sdk/rust/tests/it", "examples"] {
        tests_below(&root().join(folder), &mut tests);
    }
    let text = fs::read_to_string(root().join("docs/foal-parity.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let mut checked = 0;
    for row in rows.take_while(|row| !row.starts_with("| missing")) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let shown = cells.last().unwrap().trim();
        if cells.len() < 3 || shown == "shown by" || shown.starts_with("---") {
            continue;
        }
        let names: Vec<_> = shown
            .split(", ")
            .map(|name| name.trim_matches('`'))
            .collect();
        assert!(
            !names.is_empty() && cells.iter().all(|cell| !cell.trim().is_empty()),
            "{row}"
        );
        for name in names {
            assert!(tests.contains(name), "there is no test {name}: {row}");
        }
        checked += 1;
    }
    assert!(checked > 50, "the table has {checked} rows");
}
