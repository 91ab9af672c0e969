//! Where an error was thrown, as the stack of a guest's language tells it.
//!
//! Each language writes stacks in its own way, and guests write what they like: what is not understood is no place.

/// Bytes that are looked at, of a stack's beginning or of its end.
const MAX_LOOKED_AT: usize = 8 << 10;
/// Bytes of a file's name.
const MAX_FILE: usize = 256;

/// A place in a guest's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceLocation<'a> {
    /// Its file, without folders.
    pub(super) file: &'a str,
    /// From 1.
    pub(super) line: u32,
    /// From 1 or 0, as the language counts.
    pub(super) column: Option<u32>,
}

impl<'a> SourceLocation<'a> {
    /// The innermost place that `stack` names.
    pub(super) fn innermost(stack: &'a str) -> Option<Self> {
        let begin = stack.get(..stack.floor_char_boundary(MAX_LOOKED_AT))?;
        let end =
            stack.get(stack.ceil_char_boundary(stack.len().saturating_sub(MAX_LOOKED_AT))..)?;
        // Lines of JavaScript's form come before those with an `@`, which may be part of a message.
        end.lines()
            .rev()
            .find_map(python)
            .or_else(|| begin.lines().find_map(javascript))
            .or_else(|| begin.lines().find_map(go))
            .or_else(|| begin.lines().find_map(spidermonkey))
    }

    /// `file:line:column` or `file:line`.
    fn read(text: &'a str) -> Option<Self> {
        let (rest, last) = number(text)?;
        match number(rest) {
            Some((file, line)) => Self::new(file, line, Some(last)),
            None => Self::new(rest, last, None),
        }
    }

    fn new(path: &'a str, line: u32, column: Option<u32>) -> Option<Self> {
        let file = path.rsplit(['/', '\\']).next()?;
        let is_name = !file.is_empty()
            && file.len() <= MAX_FILE
            && !file.contains(|c: char| c.is_control() || matches!(c, ')' | ':'));
        is_name.then_some(Self { file, line, column })
    }
}

/// The number behind the last colon, and what is before that.
fn number(text: &str) -> Option<(&str, u32)> {
    let (rest, digits) = text.rsplit_once(':')?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((rest, digits.parse().ok()?))
}

/// `File "/app/shop.py", line 12, in handler`; the innermost frame is the last one.
fn python(line: &str) -> Option<SourceLocation<'_>> {
    let rest = line.trim_start().strip_prefix("File \"")?;
    let (path, rest) = rest.split_once("\", line ")?;
    let digits = rest.split(',').next()?.trim_end();
    SourceLocation::new(path, digits.parse().ok()?, None)
}

/// `at f (file.js:12:3)`, `at file.js:12:3`: V8 and QuickJS; `at src/lib.rs:12:5`: Rust. QuickJS may leave out columns.
fn javascript(line: &str) -> Option<SourceLocation<'_>> {
    let frame = line.trim().strip_prefix("at ")?;
    let place = match frame.strip_suffix(')') {
        Some(frame) => frame.rsplit_once('(')?.1,
        None => frame,
    };
    SourceLocation::read(place)
}

/// A tab, then `/app/main.go:12 +0x1d`. The runtime's own frames, which take the stack, are not where anything was thrown.
fn go(line: &str) -> Option<SourceLocation<'_>> {
    let frame = line.strip_prefix('\t')?;
    let place = frame.split(" +0x").next()?.trim_end();
    let is_own = place.contains(".go:") && !place.contains("/src/runtime/");
    is_own.then(|| SourceLocation::read(place))?
}

/// `f@file.js:12:3`, as SpiderMonkey writes it.
fn spidermonkey(line: &str) -> Option<SourceLocation<'_>> {
    let (_, place) = line.trim().rsplit_once('@')?;
    SourceLocation::read(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, line: u32, column: impl Into<Option<u32>>) -> Option<SourceLocation<'_>> {
        Some(SourceLocation {
            file,
            line,
            column: column.into(),
        })
    }

    #[test]
    fn stacks_of_v8_are_read() {
        let stack = "TypeError: a@b.c:1 (x.js:9:9)\n    at <anonymous>\n    at Shop.create (file:///app/build/shop.js:12:3)\n    \
                     at async next (/app/other.js:1:1)";
        assert_eq!(SourceLocation::innermost(stack), place("shop.js", 12, 3));
        let stack = "Error\n    at C:\\app\\shop.js:7:15\n";
        assert_eq!(SourceLocation::innermost(stack), place("shop.js", 7, 15));
    }

    #[test]
    fn stacks_of_quickjs_are_read() {
        let stack =
            "    at parse (native)\n    at run (basic.js:84:21)\n    at attempt (basic.js:130)\n";
        assert_eq!(SourceLocation::innermost(stack), place("basic.js", 84, 21));
        let stack = "    at parse (native)\n    at attempt (basic.js:130)\n";
        assert_eq!(
            SourceLocation::innermost(stack),
            place("basic.js", 130, None)
        );
    }

    #[test]
    fn stacks_of_spidermonkey_are_read() {
        let stack = "create@/app/shop.js:12:3\n@/app/shop.js:40:1\n";
        assert_eq!(SourceLocation::innermost(stack), place("shop.js", 12, 3));
        assert_eq!(
            SourceLocation::innermost("@shop.js:40:1"),
            place("shop.js", 40, 1)
        );
    }

    #[test]
    fn stacks_of_the_rust_sdk_are_read() {
        let stack = "    at src/lib.rs:12:5\ncaused by: no such file: /etc/a.rs:1:1";
        assert_eq!(SourceLocation::innermost(stack), place("lib.rs", 12, 5));
    }

    #[test]
    fn stacks_of_python_are_read_from_their_end() {
        let stack = "Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in handle\n    at (x)\n  \
                     File \"/app/shop.py\", line 12, in create\n    raise Denied()\n    ^^^^^\nshop.Denied: at (no.py:1:1)\n";
        assert_eq!(SourceLocation::innermost(stack), place("shop.py", 12, None));
        let stack = "  File \"<string>\", line 1\n    x\nSyntaxError";
        assert_eq!(SourceLocation::innermost(stack), place("<string>", 1, None));
    }

    #[test]
    fn stacks_of_go_are_read() {
        let stack = "goroutine 1 [running]:\nruntime/debug.Stack()\n\t/usr/lib/go/src/runtime/debug/stack.go:26 +0x5e\n\
                     main.create(...)\n\t/app/shop.go:12\nmain.main()\n\t/app/main.go:5 +0x1d\n";
        assert_eq!(SourceLocation::innermost(stack), place("shop.go", 12, None));
        assert_eq!(
            SourceLocation::innermost("\tmain.go:5 +0x1d"),
            place("main.go", 5, None)
        );
    }

    #[test]
    fn what_is_no_stack_has_no_place() {
        for stack in [
            "",
            "\n\n",
            "at ",
            "at (",
            "at )",
            "at :1:2",
            "at f (:1)",
            "at /:1:2",
            "at x.js:",
            "at x.js:+1:-2",
            "at x.js:1:99999999999",
            "at x.js:99999999999:1",
            "at a\u{1b}b.js:1:2",
            "somewhere:1:2",
            "File \"x.py",
            "File \"x.py\", line",
            "File \"x.py\", line x",
            "\t+0x1d",
            "\tx.rs:1 +0x1d",
            "@",
            "a@b",
            "::::",
        ] {
            assert_eq!(SourceLocation::innermost(stack), None, "{stack:?}");
        }
    }

    #[test]
    fn long_stacks_are_not_read_to_their_end() {
        let stack = format!(
            "{}\n    at x.js:1:2\n{}",
            "ö".repeat(5_000),
            "ö".repeat(5_000)
        );
        assert_eq!(SourceLocation::innermost(&stack), None);
        let stack = format!("    at x.js:1:2\n{}", "ö".repeat(500_000));
        assert_eq!(SourceLocation::innermost(&stack), place("x.js", 1, 2));
        let stack = format!("{}\nFile \"x.py\", line 1, in f", "ö".repeat(500_000));
        assert_eq!(SourceLocation::innermost(&stack), place("x.py", 1, None));
        let name = "x".repeat(MAX_FILE + 1);
        assert_eq!(SourceLocation::innermost(&format!("at {name}:1:2")), None);
    }

    #[test]
    fn no_text_hurts() {
        // All short texts of what the formats are made of.
        let pieces = [
            "at ",
            "(",
            ")",
            ":",
            "1",
            "@",
            "\n",
            "\t",
            "File \"",
            "\", line ",
            ",",
            "ö",
        ];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            texts = texts
                .iter()
                .flat_map(|text| pieces.iter().map(move |piece| format!("{text}{piece}")))
                .collect();
            for text in &texts {
                let _ = SourceLocation::innermost(text);
            }
        }
    }
}
