//! Reads JSON text once and builds nothing: where a value ends, and what the checks of payloads ask of it.
//!
//! Whatever it can read `serde_json` can, too. What it cannot is left to that: to say what is wrong with it, or to find
//! that nothing is.

/// What was found out about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// Levels of objects and arrays.
    pub depth: usize,
    /// Elements, where it is an array.
    pub elements: Option<usize>,
    /// Whether some string starts as the key of a placeholder does.
    pub underscores: bool,
    /// Whether some string has `\u` in it.
    pub escapes: bool,
    /// Whether two members of one object may have the same name: false only if none have.
    pub repeats: bool,
}

/// What `text` is, if that is one value that can be read here, with nothing but white space around it.
pub fn whole(text: &str) -> Option<Facts> {
    let mut scanner = Scanner::new(text);
    let facts = scanner.value()?;
    scanner.is_done().then_some(facts)
}

/// How a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As it is.
    Plain,
    /// With escapes.
    Escaped,
}

/// A place in a text.
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// The objects and arrays around a place, a bit for each: set for an object.
#[derive(Default)]
struct Nesting {
    objects: u128,
    depth: u32,
}

impl Nesting {
    fn open(&mut self, is_object: bool) -> Option<()> {
        if self.depth == u128::BITS {
            return None;
        }
        self.objects = self.objects << 1 | u128::from(is_object);
        self.depth += 1;
        Some(())
    }

    fn close(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

/// Names that are remembered at a time in the objects of an ordinary payload, and how many more there may be.
const FEW_NAMES: usize = 32;
const MORE_NAMES: usize = 256 - FEW_NAMES;

/// The names of members so far, of the objects around a place.
///
/// A name is remembered by a mark of eight bytes, so this tells apart what can be told apart without reading names again. The
/// rest is left to `unique`: long names that look alike, names with escapes, and objects with hundreds of members.
#[derive(Default)]
pub struct Names {
    /// Those of the outermost object come first. In front of each inner one stands where the object around it begins.
    marks: [u64; FEW_NAMES],
    /// Those that come after them. Nothing is written here before there are any.
    more: Option<[u64; MORE_NAMES]>,
    used: usize,
    /// Where the innermost object begins.
    start: usize,
    /// Whether two may be the same. Nothing more is remembered then.
    repeat: bool,
}

impl Names {
    /// Goes into an object.
    fn open(&mut self) {
        let around = self.start;
        self.push(around as u64);
        self.start = self.used;
    }

    /// Comes out of it.
    fn close(&mut self) {
        if self.repeat {
            return;
        }
        self.used = self.start - 1;
        let around = match self.used.checked_sub(FEW_NAMES) {
            None => self.marks.get(self.used),
            Some(place) => self.more.as_ref().and_then(|more| more.get(place)),
        };
        self.start = around.map_or(0, |around| *around as usize);
    }

    /// Adds a name of the innermost object, as it is written between its quotes. Returns whether it is certainly new.
    pub fn add(&mut self, name: &[u8]) -> bool {
        let mark = mark(name);
        let known = self
            .marks
            .get(self.start..self.used.min(FEW_NAMES))
            .unwrap_or_default();
        self.repeat |= known.contains(&mark);
        if let Some(more) = &self.more {
            let start = self.start.saturating_sub(FEW_NAMES);
            let end = self.used.saturating_sub(FEW_NAMES);
            self.repeat |= more.get(start..end).unwrap_or_default().contains(&mark);
        }
        self.push(mark);
        !self.repeat
    }

    fn push(&mut self, mark: u64) {
        let place = match self.used.checked_sub(FEW_NAMES) {
            None => self.marks.get_mut(self.used),
            Some(place) => self.more.get_or_insert([0; MORE_NAMES]).get_mut(place),
        };
        match place {
            Some(place) if !self.repeat => {
                *place = mark;
                self.used += 1;
            }
            _ => self.repeat = true,
        }
    }
}

/// The same for the same name, and seldom the same for two.
fn mark(name: &[u8]) -> u64 {
    let ends = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => {
            let middle = name.get(name.len() / 2 - 4..);
            let middle = middle.and_then(<[u8]>::first_chunk).unwrap_or(first);
            u64::from_le_bytes(*first)
                ^ u64::from_le_bytes(*last).rotate_left(23)
                ^ u64::from_le_bytes(*middle).rotate_left(47)
        }
        _ => match (name.first_chunk(), name.last_chunk()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
            }
            _ => name
                .iter()
                .fold(0, |mark, byte| mark << 8 | u64::from(*byte)),
        },
    };
    ends ^ (name.len() as u64) << 56
}

impl<'a> Scanner<'a> {
    /// At the beginning of `text`.
    #[inline]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Goes back to where it has been.
    #[inline]
    pub fn go_back(&mut self, place: usize) {
        self.at = place;
    }

    /// How far it has read.
    #[inline]
    pub fn place(&self) -> usize {
        self.at
    }

    /// Whether there is nothing but white space left.
    #[inline]
    pub fn is_done(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    /// Reads this byte, if it comes next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    /// The byte that comes next.
    #[inline]
    pub fn upcoming(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    /// Reads a number, and gives its text.
    pub fn plain_number(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.number()?;
        self.text.get(start..self.at)
    }

    /// Reads a string without escapes, and gives what is in it.
    pub fn plain_string(&mut self) -> Option<&'a str> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        self.skip_plain();
        let text = self.text.get(start..self.at)?;
        self.eat_here(b'"').then_some(text)
    }

    /// Reads a value.
    pub fn value(&mut self) -> Option<Facts> {
        let mut nesting = Nesting::default();
        let mut facts = Facts::default();
        let mut names = Names::default();
        loop {
            self.skip_space();
            let opened = match self.peek()? {
                b'"' => {
                    self.string(&mut facts)?;
                    false
                }
                b'{' => {
                    self.at += 1;
                    nesting.open(true)?;
                    names.open();
                    true
                }
                b'[' => {
                    self.at += 1;
                    nesting.open(false)?;
                    if nesting.depth == 1 {
                        facts.elements = Some(0);
                    }
                    true
                }
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                _ => self.number()?,
            };
            if opened {
                facts.depth = facts.depth.max(nesting.depth as usize);
                if !self.eat(closing(&nesting)) {
                    self.count(&nesting, &mut facts);
                    if nesting.in_object() {
                        self.key(&mut facts, &mut names)?;
                    }
                    continue;
                }
                close(&mut nesting, &mut names);
            }
            // A value has ended, and with it perhaps those around it.
            loop {
                if nesting.depth == 0 {
                    facts.repeats = names.repeat;
                    return Some(facts);
                }
                if self.eat(b',') {
                    self.count(&nesting, &mut facts);
                    if nesting.in_object() {
                        self.key(&mut facts, &mut names)?;
                    }
                    break;
                }
                if !self.eat_here(closing(&nesting)) {
                    return None;
                }
                close(&mut nesting, &mut names);
            }
        }
    }

    /// Counts an element of the outermost array.
    fn count(&self, nesting: &Nesting, facts: &mut Facts) {
        if nesting.depth == 1
            && let Some(elements) = &mut facts.elements
        {
            *elements += 1;
        }
    }

    fn key(&mut self, facts: &mut Facts, names: &mut Names) -> Option<()> {
        self.skip_space();
        let start = self.at + 1;
        match self.string(facts)? {
            Spelling::Plain => drop(names.add(self.bytes().get(start..self.at - 1)?)),
            // It may be the same as one that is written in another way.
            Spelling::Escaped => names.repeat = true,
        }
        self.eat(b':').then_some(())
    }

    /// Reads a string, if one comes next.
    pub fn string(&mut self, facts: &mut Facts) -> Option<Spelling> {
        self.eat_here(b'"').then_some(())?;
        facts.underscores |= self.peek() == Some(b'_');
        let mut spelling = Spelling::Plain;
        loop {
            self.skip_plain();
            match self.next()? {
                b'"' => return Some(spelling),
                b'\\' => {
                    spelling = Spelling::Escaped;
                    match self.next()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            facts.escapes = true;
                            for _ in 0..4 {
                                self.next().filter(u8::is_ascii_hexdigit)?;
                            }
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    fn literal(&mut self, literal: &str) -> Option<bool> {
        let rest = self.bytes().get(self.at..)?;
        self.at += literal.len();
        rest.starts_with(literal.as_bytes()).then_some(false)
    }

    fn number(&mut self) -> Option<bool> {
        self.eat_here(b'-');
        if !self.eat_here(b'0') {
            self.digits()?;
        }
        if self.eat_here(b'.') {
            self.digits()?;
        }
        if self.eat_here(b'e') || self.eat_here(b'E') {
            let _ = self.eat_here(b'+') || self.eat_here(b'-');
            self.digits()?;
        }
        Some(false)
    }

    /// Reads digits, one at least.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    /// Goes on to the next byte that is not simply part of a string: its end, an escape, or what may not be in one.
    fn skip_plain(&mut self) {
        let rest = self.bytes().get(self.at..).unwrap_or_default();
        let (words, tail) = rest.as_chunks::<8>();
        for word in words {
            if let Some(place) = first_special(u64::from_le_bytes(*word)) {
                self.at += place;
                return;
            }
            self.at += 8;
        }
        if tail.is_empty() {
            return;
        }
        let end = match self.bytes().last_chunk::<8>() {
            // The zeros that come after the text count as special.
            Some(last) => first_special(u64::from_le_bytes(*last) >> (64 - 8 * tail.len())),
            None => tail.iter().position(|byte| is_special(*byte)),
        };
        self.at += end.unwrap_or(tail.len());
    }

    /// Goes on to what is not white space.
    #[inline]
    pub fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Reads this byte, if it comes next without white space in front of it.
    fn eat_here(&mut self, byte: u8) -> bool {
        let eaten = self.peek() == Some(byte);
        self.at += usize::from(eaten);
        eaten
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }
}

fn close(nesting: &mut Nesting, names: &mut Names) {
    if nesting.in_object() {
        names.close();
    }
    nesting.close();
}

fn closing(nesting: &Nesting) -> u8 {
    match nesting.in_object() {
        true => b'}',
        false => b']',
    }
}

/// Which of eight bytes, the lowest first, is the first that is special.
fn first_special(word: u64) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // Subtracting borrows through the highest bit of each byte that was zero. One above such a byte may show as well,
    // but never one below, and it is the lowest that counts.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = zeros(word ^ (ONES * u64::from(b'"')));
    let escape = zeros(word ^ (ONES * u64::from(b'\\')));
    let found = (control | quote | escape) & HIGHS;
    (found != 0).then(|| (found.trailing_zeros() / 8) as usize)
}

/// What ends a string, begins an escape, or may not be in a string.
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    const VALUES: [&str; 24] = [
        "null",
        " true ",
        "false",
        "0",
        "-0.5e+10",
        "12E3",
        "\"\"",
        r#""a \" \\ \/ \b\f\n\r\t \u00e9 é 漢 and some more""#,
        r#""\ud800""#,
        "[]",
        "{}",
        "[ ]",
        "{ }",
        "[1,2,[3,{}]]",
        r#"{"a":[{"b":null}],"_placeholder":true}"#,
        "\t[\n1 ,\r2 ]",
        r#"{"a" : "b" , "c" : 1e400}"#,
        "[[[[[[]]]]]]",
        r#"{"":""}"#,
        "[\"12345678\",\"1234567\\n\"]",
        "123456789012345678901234567890",
        "[true,false,null]",
        r#"["漢字漢字漢字漢字"]"#,
        "[0,-1]",
    ];

    /// Whatever it reads `serde_json` reads; and of what that reads it can read all but what is too deep.
    fn agree(text: &str) {
        let read = serde_json::from_str::<&RawValue>(text).is_ok();
        assert_eq!(whole(text).is_some(), read, "{text:?}");
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for value in VALUES {
            assert!(whole(value).is_some(), "{value}");
            agree(value);
        }
    }

    #[test]
    fn damaged_text_is_judged_as_by_serde_json() {
        let damage = [
            "", "\"", "\\", ",", ":", "{", "}", "[", "]", "0", "-", ".", "e", "u", "\u{1}",
            "\u{1f}", " ", "t", "é", "\u{7f}", "_",
        ];
        for value in VALUES {
            let places = (0..=value.len()).filter(|at| value.is_char_boundary(*at));
            for at in places {
                let (before, after) = value.split_at(at);
                let mut rest = after.chars();
                rest.next();
                for piece in damage {
                    agree(&format!("{before}{piece}{after}"));
                    agree(&format!("{before}{piece}{}", rest.as_str()));
                }
                agree(before);
                agree(after);
            }
        }
    }

    #[test]
    fn what_is_special_is_found_wherever_it_stands() {
        for byte in 0..0x80 {
            for at in 0..20 {
                let mut text = "x".repeat(20);
                text.replace_range(at..=at, char::from(byte).encode_utf8(&mut [0; 4]));
                let mut scanner = Scanner::new(&text);
                scanner.skip_plain();
                let end = if is_special(byte) { at } else { 20 };
                assert_eq!(scanner.place(), end, "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn facts_are_about_what_is_there() {
        let facts = whole(r#"[{"a":[1,2]},"_b","\u0041"]"#).unwrap();
        assert_eq!((facts.depth, facts.elements), (3, Some(3)));
        assert!(facts.underscores && facts.escapes);
        let facts = whole(r#"{"a_":[],"b":["[[[["]}"#).unwrap();
        assert_eq!((facts.depth, facts.elements), (2, None));
        assert!(!facts.underscores && !facts.escapes);
        assert_eq!(whole("[ ]").unwrap().elements, Some(0));
        assert_eq!(whole("[[],[1,2]]").unwrap().elements, Some(2));
    }

    #[test]
    fn names_that_repeat_are_found() {
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|at| format!("\"{at}\":{{}}")).collect();
            format!("{{{}}}", members.join(","))
        };
        let repeats = |text: &str| whole(text).unwrap().repeats;
        for text in [
            r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}"#,
            r#"{"":1,"a":1,"aa":1,"aaa":1,"aaaa":1,"aaaaa":1,"aaaaaaaa":1,"aaaaaaaaa":1}"#,
            r#"[{"a":{"b":{}}},{"a":{"b":{}}},"a","a"]"#,
            r#"{"options_first_enabled":1,"options_other_enabled":1}"#,
            &many(30),
            &many(31),
            &many(32),
            &many(33),
            &many(254),
            // Each name more than once, but in objects of their own, at both sides of the limit.
            &format!("[{0},{0},{{\"a\":{0},\"b\":{0}}}]", many(100)),
        ] {
            assert!(!repeats(text), "{text}");
        }
        for text in [
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"x":{"id":{},"y":[{"z":1}],"id":1}}"#,
            r#"[[{"a":[]},{"b":1,"b":1}]]"#,
            r#"{"":1,"":2}"#,
            r#"{"a long name of a member":1,"a long name of a member":2}"#,
            r#"{"id":1,"\u0069d":2}"#,
            r#"{"a/":1,"a\/":2}"#,
            &many(20).replace("\"19\"", "\"0\""),
            &many(250).replace("\"249\"", "\"0\""),
            &many(250).replace("\"249\"", "\"248\""),
            &many(250).replace("\"248\":{}", r#""248":{"a":1,"a":2}"#),
            &many(100).replace("\"99\":{}", "\"b\":{\"a\":1},\"0\":{}"),
        ] {
            assert!(repeats(text), "{text}");
        }
        // These do not; that is for others to find out.
        assert!(repeats(&many(300)));
        assert!(repeats(r#"{"\n":1}"#));
    }

    #[test]
    fn what_is_too_deep_is_left_to_others() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(whole(&nested(128)).unwrap().depth, 128);
        assert!(whole(&nested(129)).is_none());
    }
}
