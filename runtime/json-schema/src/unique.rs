//! Of two members with one name the last counts, at the place of the first: JSON.parse's reading, put into the text.
//!
//! Parsers differ there: some take the first, some the last, some refuse both. What the host looks at and what a guest
//! reads has to be the same, so no text with two such members is handed on.
//!
//! # Invariants
//! - Time and memory grow with the text and no faster, whatever the names.
//! - Nothing but members is changed: numbers, strings and white space stay as they are written.
//!
//! Start at [`rewrite`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::scan::{Facts, Scanner, Spelling};

/// Levels of objects and arrays that are gone into. Callers have a lower limit.
const MAX_DEPTH: usize = 128;

/// The text without members that another one overrides; `None` if there are none, or if `json` is not JSON.
pub(super) fn rewrite(json: &str) -> Option<String> {
    let mut search = Search {
        scanner: Scanner::new(json),
        json,
        edits: BTreeMap::new(),
    };
    search.value(MAX_DEPTH)?;
    if search.edits.is_empty() {
        return None;
    }
    let mut written = String::with_capacity(json.len());
    write(&mut written, json, &search.edits, 0..json.len())?;
    Some(written)
}

/// What takes the place of a part of the text, by where that begins.
type Edits = BTreeMap<usize, Edit>;

struct Edit {
    /// Where the part ends.
    end: usize,
    /// Another part, or an empty one.
    with: Range<usize>,
}

/// A run over the text that collects edits.
struct Search<'a> {
    scanner: Scanner<'a>,
    json: &'a str,
    edits: Edits,
}

/// What a member's name means: the same bytes for the same name, however it is written.
#[derive(Eq)]
struct Name<'a>(Cow<'a, [u8]>);

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        #[cfg(test)]
        tests::COMPARED.with(|compared| compared.set(compared.get() + 1));
        self.0 == other.0
    }
}

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// The values of members with one name.
struct Values {
    first: Range<usize>,
    last: Range<usize>,
}

impl<'a> Search<'a> {
    /// Reads a value, and returns where it is.
    fn value(&mut self, levels: usize) -> Option<Range<usize>> {
        let upcoming = self.scanner.upcoming()?;
        let start = self.scanner.place();
        match upcoming {
            b'{' => self.object(levels.checked_sub(1)?)?,
            b'[' => self.array(levels.checked_sub(1)?)?,
            _ => drop(self.scanner.value()?),
        }
        Some(start..self.scanner.place())
    }

    fn array(&mut self, levels: usize) -> Option<()> {
        self.scanner.eat(b'[').then_some(())?;
        if self.scanner.eat(b']') {
            return Some(());
        }
        loop {
            self.value(levels)?;
            if !self.scanner.eat(b',') {
                return self.scanner.eat(b']').then_some(());
            }
        }
    }

    fn object(&mut self, levels: usize) -> Option<()> {
        self.scanner.eat(b'{').then_some(())?;
        if self.scanner.eat(b'}') {
            return Some(());
        }
        let mut members: HashMap<Name<'a>, Values> = HashMap::new();
        let mut comma = self.scanner.place();
        loop {
            let name = self.name()?;
            self.scanner.eat(b':').then_some(())?;
            let value = self.value(levels)?;
            match members.entry(name) {
                Entry::Vacant(member) => {
                    let first = value.clone();
                    member.insert(Values { first, last: value });
                }
                Entry::Occupied(mut member) => {
                    let end = value.end;
                    member.get_mut().last = value;
                    self.edits.insert(comma, Edit { end, with: 0..0 });
                }
            }
            self.scanner.skip_space();
            comma = self.scanner.place();
            if !self.scanner.eat(b',') {
                break;
            }
        }
        for Values { first, last } in members.into_values() {
            if first != last {
                let (end, with) = (first.end, last);
                self.edits.insert(first.start, Edit { end, with });
            }
        }
        self.scanner.eat(b'}').then_some(())
    }

    /// Reads a member's name.
    fn name(&mut self) -> Option<Name<'a>> {
        self.scanner.skip_space();
        let start = self.scanner.place() + 1;
        let spelling = self.scanner.string(&mut Facts::default())?;
        let written = self.json.get(start..self.scanner.place() - 1)?;
        Some(Name(match spelling {
            Spelling::Plain => Cow::Borrowed(written.as_bytes()),
            Spelling::Escaped => Cow::Owned(unescape(written)?),
        }))
    }
}

/// Writes a part of the text. Goes as deep as the text does.
fn write(written: &mut String, json: &str, edits: &Edits, part: Range<usize>) -> Option<()> {
    let mut at = part.start;
    while let Some((start, edit)) = edits.range(at..part.end).next() {
        written.push_str(json.get(at..*start)?);
        write(written, json, edits, edit.with.clone())?;
        at = edit.end;
    }
    written.push_str(json.get(at..part.end)?);
    Some(())
}

/// What stands between the quotes of a string, without its escapes. Half of a surrogate pair is no character, so these are bytes:
/// UTF-8, which here has halves as well.
fn unescape(written: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(written.len());
    let mut push = |point: u32| match char::from_u32(point) {
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => bytes.extend([
            0xed,
            0x80 | (point >> 6 & 0x3f) as u8,
            0x80 | (point & 0x3f) as u8,
        ]),
    };
    let mut half = None::<u32>;
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        let point = match c {
            '\\' => match chars.next()? {
                'b' => 8,
                'f' => 12,
                'n' => 10,
                'r' => 13,
                't' => 9,
                'u' => {
                    let digits = chars.as_str().get(..4)?;
                    chars = chars.as_str().get(4..)?.chars();
                    u32::from_str_radix(digits, 16).ok()?
                }
                other => u32::from(other),
            },
            c => u32::from(c),
        };
        match (half.take(), point) {
            (Some(high), 0xdc00..=0xdfff) => {
                push(0x1_0000 + ((high - 0xd800) << 10) + (point - 0xdc00))
            }
            (before, _) => {
                before.into_iter().for_each(&mut push);
                match point {
                    0xd800..=0xdbff => half = Some(point),
                    _ => push(point),
                }
            }
        }
    }
    half.into_iter().for_each(push);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::scan;

    thread_local! {
        /// Pairs of names that were compared.
        pub(super) static COMPARED: Cell<usize> = const { Cell::new(0) };
    }

    /// The text as it is handed on.
    fn read(json: &str) -> String {
        let facts = scan::whole(json).unwrap();
        let rewritten = rewrite(json);
        assert!(facts.repeats || rewritten.is_none(), "{json}");
        rewritten.unwrap_or_else(|| json.to_owned())
    }

    #[test]
    fn last_value_counts_at_the_place_of_the_first() {
        for (json, expected) in [
            (r#"{"id":"evil","id":1}"#, r#"{"id":1}"#),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"a":1,"a":2,"b":3,"a":4,"b":5}"#, r#"{"a":4,"b":5}"#),
            (r#"[{"a":1,"a":{"b":1,"b":2}}]"#, r#"[{"a":{"b":2}}]"#),
            (r#"{"a":{"b":1,"b":2},"a":3}"#, r#"{"a":3}"#),
            (
                r#"{"a":3,"a":{"b":1,"c":0,"b":{"d":1,"d":[]}}}"#,
                r#"{"a":{"b":{"d":[]},"c":0}}"#,
            ),
            (
                " { \"a\" : 1 , \"b\":2 ,\n\"a\" : [ ] } ",
                " { \"a\" : [ ] , \"b\":2  } ",
            ),
            (r#"{"__proto__":1,"__proto__":2}"#, r#"{"__proto__":2}"#),
            (r#"{"":1e999,"":"\ud800"}"#, r#"{"":"\ud800"}"#),
            (
                r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#,
                r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#,
            ),
        ] {
            assert_eq!(read(json), expected);
            assert!(rewrite(expected).is_none(), "{expected}");
        }
    }

    #[test]
    fn names_are_compared_by_what_they_mean() {
        for (one, other) in [
            ("id", r"\u0069d"),
            ("/", r"\/"),
            (r"\n", r"\u000A"),
            ("\u{1f600}", r"\ud83d\ude00"),
            (r"\ud83d", r"\uD83D"),
            (r"\ude00\ud83d", r"\uDE00\uD83D"),
        ] {
            let json = format!("{{\"{one}\":1,\"{other}\":2}}");
            assert_eq!(read(&json), format!("{{\"{one}\":2}}"));
        }
        for (one, other) in [
            ("id", "Id"),
            (r"\ud83d", r"\ud83e"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83d\ude00", r"\ude00\ud83d"),
            (r"\\u0069", "i"),
        ] {
            let json = format!("{{\"{one}\":1,\"{other}\":2}}");
            assert!(rewrite(&json).is_none(), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_left_alone() {
        let deep = format!("{}{{\"a\":1,\"a\":2}}{}", "[".repeat(200), "]".repeat(200));
        for json in ["", "{", r#"{"a":1,"a":2"#, r#"{"a":1 "a":2}"#, &deep] {
            assert!(rewrite(json).is_none(), "{json}");
        }
    }

    /// Whatever repeats, the text means what it meant.
    #[test]
    fn every_reader_that_takes_the_last_reads_the_same() {
        let mut seed = 1u32;
        let mut roll = |sides: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % sides
        };
        let mut rewritten = 0;
        for _ in 0..2_000 {
            let json = made_up(&mut roll, 4);
            let tree = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
            let read = read(&json);
            rewritten += u32::from(read != json);
            assert_eq!(tree(&read), tree(&json), "{json}");
            assert!(rewrite(&read).is_none(), "{json}");
        }
        assert!(rewritten > 500, "{rewritten}");
    }

    fn made_up(roll: &mut impl FnMut(u32) -> u32, depth: u32) -> String {
        match roll(if depth == 0 { 2 } else { 5 }) {
            0 => roll(10).to_string(),
            1 => "\"a\"".into(),
            2 => {
                let items: Vec<_> = (0..roll(3)).map(|_| made_up(roll, depth - 1)).collect();
                format!("[{}]", items.join(", "))
            }
            _ => {
                let names = ["a", "b", "\\u0061", "a much longer name"];
                let members: Vec<_> = (0..roll(5))
                    .map(|_| {
                        let name = names[roll(4) as usize];
                        format!("\"{name}\" :{}", made_up(roll, depth - 1))
                    })
                    .collect();
                format!("{{{}}}", members.join(" ,"))
            }
        }
    }

    #[test]
    fn a_name_is_compared_with_few_others() {
        let compared = |members: &[String]| {
            COMPARED.with(|compared| compared.set(0));
            let read = rewrite(&format!("{{{}}}", members.join(",")));
            (read, COMPARED.with(Cell::get))
        };
        let distinct: Vec<_> = (0..10_000).map(|at| format!("\"{at}\":0")).collect();
        let (read, count) = compared(&distinct);
        assert!(read.is_none() && count < 2 * distinct.len(), "{count}");
        let same = vec![r#""a":{"b":1,"b":2}"#.to_owned(); 10_000];
        let (read, count) = compared(&same);
        assert_eq!(read.as_deref(), Some(r#"{"a":{"b":2}}"#));
        assert!(count < 4 * same.len(), "{count}");
    }
}
