//! Whether a text is a regular expression of ECMA-262 (2024): what `new RegExp` says of it, with the flag `u` and without.
//!
//! AJV compiles `pattern` with the flag, and judges the format `regex` without it, by the old browsers' grammar (annex B), in
//! which nearly everything means something. Nothing is matched here.
//!
//! # Invariants
//! - Time and memory grow with the text and no faster. Nothing recurses: open groups are a list.
//!
//! Start at [`check`].

mod properties;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex_automata::meta::Regex;

/// Groups that V8 can number.
const MAX_CAPTURES: u32 = 32_767;
/// What V8 takes larger counts of repetitions for.
const MANY: u32 = 0x7fff_ffff;

/// The flags of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flags {
    /// `u`.
    Unicode,
    /// None.
    None,
}

/// Reads the expression, and says what is wrong with it if anything is.
pub(super) fn check(source: &str, flags: Flags) -> Result<(), &'static str> {
    let is_unicode = flags == Flags::Unicode;
    let mut parser = Parser::new(source, is_unicode, is_unicode);
    parser.expression()?;
    if !is_unicode && !parser.names.is_empty() {
        // Where there are names, `\k` refers to one. This takes a second reading, because it may stand in front of them.
        parser = Parser::new(source, false, true);
        parser.expression()?;
    }
    parser.references()
}

/// What is left of a text.
#[derive(Clone)]
struct Rest<'a>(std::str::Chars<'a>);

impl<'a> Rest<'a> {
    fn of(text: &'a str) -> Self {
        Self(text.chars())
    }

    fn as_str(&self) -> &'a str {
        self.0.as_str()
    }
}

impl Iterator for Rest<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        #[cfg(test)]
        tests::READ.with(|read| read.set(read.get() + 1));
        self.0.next()
    }
}

struct Parser<'a> {
    rest: Rest<'a>,
    is_unicode: bool,
    /// Whether `\k` refers to a group.
    has_references: bool,
    captures: u32,
    names: HashSet<String>,
    /// The largest number that is referred to, and all names.
    largest: u32,
    named: Vec<String>,
}

/// A group that has been opened.
#[derive(Clone, Copy)]
enum Group {
    Plain,
    Ahead,
    Behind,
}

/// What a quantifier would be for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Atom,
    Nothing,
}

/// What stands at one place of a class: its first and its last unit, which differ if the character takes two.
#[derive(Clone, Copy)]
enum ClassAtom {
    Set,
    Units(u32, u32),
}

type Parsed<T> = Result<T, &'static str>;

const CLASS: &str = "a character class is not closed";
const END: &str = "\\ at the end";
const ESCAPE: &str = "invalid escape";
const GROUP: &str = "invalid group";
const NAME: &str = "invalid name of a group";
const NOTHING: &str = "nothing to repeat";
const ORDER: &str = "a range is out of order";
const REFERENCE: &str = "a reference to a group that does not exist";

impl<'a> Parser<'a> {
    fn new(source: &'a str, is_unicode: bool, has_references: bool) -> Self {
        Self {
            rest: Rest::of(source),
            is_unicode,
            has_references,
            captures: 0,
            names: HashSet::new(),
            largest: 0,
            named: Vec::new(),
        }
    }

    fn expression(&mut self) -> Parsed<()> {
        let mut open = Vec::new();
        let mut last = Last::Nothing;
        while let Some(c) = self.rest.next() {
            last = match c {
                '^' | '$' | '|' => Last::Nothing,
                '(' => {
                    open.push(self.group()?);
                    Last::Nothing
                }
                ')' => match open.pop().ok_or("unmatched )")? {
                    Group::Plain => Last::Atom,
                    Group::Ahead if !self.is_unicode => Last::Atom,
                    Group::Ahead | Group::Behind => Last::Nothing,
                },
                '[' => self.class()?,
                '\\' => self.escape()?,
                '*' | '+' | '?' => self.repeat(last)?,
                '{' => match self.counts() {
                    Some((min, max)) if min <= max => self.repeat(last)?,
                    Some(_) => return Err("numbers are out of order in a quantifier"),
                    None if self.is_unicode => return Err("incomplete quantifier"),
                    None => Last::Atom,
                },
                ']' | '}' if self.is_unicode => return Err("a lone bracket"),
                _ => Last::Atom,
            };
        }
        match open.is_empty() {
            true => Ok(()),
            false => Err("a group is not closed"),
        }
    }

    /// Whether all groups are there that are referred to.
    fn references(&self) -> Parsed<()> {
        let is_known = |name: &String| self.names.contains(name);
        let numbers_hold = !self.is_unicode || self.largest <= self.captures;
        match numbers_hold && self.named.iter().all(is_known) {
            true => Ok(()),
            false => Err(REFERENCE),
        }
    }

    /// Behind a quantifier.
    fn repeat(&mut self, last: Last) -> Parsed<Last> {
        if last == Last::Nothing {
            return Err(NOTHING);
        }
        self.eat('?');
        Ok(Last::Nothing)
    }

    /// The rest of `{2}`, `{2,}` or `{2,3}`, if there is one.
    fn counts(&mut self) -> Option<(u32, u32)> {
        let mut ahead = self.rest.clone();
        let (min, mut c) = number(&mut ahead);
        let min = min?;
        let mut max = min;
        if c == Some(',') {
            let (more, next) = number(&mut ahead);
            max = more.unwrap_or(MANY);
            c = next;
        }
        if c != Some('}') {
            return None;
        }
        self.rest = ahead;
        Some((min, max))
    }

    /// Behind a parenthesis.
    fn group(&mut self) -> Parsed<Group> {
        if self.eat('?') {
            match self.rest.next().ok_or(GROUP)? {
                ':' => return Ok(Group::Plain),
                '=' | '!' => return Ok(Group::Ahead),
                '<' if self.eat('=') || self.eat('!') => return Ok(Group::Behind),
                '<' => {
                    let name = self.name()?;
                    if !self.names.insert(name) {
                        return Err("two groups have the same name");
                    }
                }
                _ => return Err(GROUP),
            }
        }
        self.captures += 1;
        match self.captures > MAX_CAPTURES {
            true => Err("too many groups"),
            false => Ok(Group::Plain),
        }
    }

    /// A group's name, behind `<`.
    fn name(&mut self) -> Parsed<String> {
        static IDENTIFIER: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"^[\p{ID_Start}$_][\p{ID_Continue}$\u{200c}\u{200d}]*$").ok()
        });
        let mut name = String::new();
        loop {
            let c = match self.rest.next().ok_or(NAME)? {
                '>' => break,
                '\\' => {
                    let point = self.eat('u').then(|| self.code_point()).flatten();
                    point.and_then(char::from_u32).ok_or(NAME)?
                }
                c => c,
            };
            name.push(c);
        }
        let is_simple = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        if name.chars().all(is_simple) {
            let is_name = name.starts_with(|c: char| !c.is_ascii_digit());
            return is_name.then_some(name).ok_or(NAME);
        }
        let identifier = IDENTIFIER.as_ref().ok_or(NAME)?;
        match identifier.is_match(&name) {
            true => Ok(name),
            false => Err(NAME),
        }
    }

    /// Behind a backslash, outside of a class.
    fn escape(&mut self) -> Parsed<Last> {
        match self.rest.next().ok_or(END)? {
            'b' | 'B' => return Ok(Last::Nothing),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {}
            'k' if self.has_references => {
                if !self.eat('<') {
                    return Err("invalid reference to a group");
                }
                let name = self.name()?;
                self.named.push(name);
            }
            'p' | 'P' if self.is_unicode => self.property()?,
            digit @ '1'..='9' if self.is_unicode => {
                let mut number = digit.to_digit(10).unwrap_or(0);
                while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
                    self.rest.next();
                    number = number.saturating_mul(10).saturating_add(digit);
                }
                self.largest = self.largest.max(number);
            }
            '0' if self.is_unicode && self.peek_is(|c| c.is_ascii_digit()) => return Err(ESCAPE),
            '0'..='9' => {}
            c => drop(self.character(c)?),
        }
        Ok(Last::Atom)
    }

    /// Behind an opening bracket.
    fn class(&mut self) -> Parsed<Last> {
        self.eat('^');
        // The second half of a character that ended a range, without the flag: it may begin another one.
        let mut half = None;
        loop {
            let from = match half.take() {
                Some(half) => ClassAtom::Units(half, half),
                None => match self.rest.next().ok_or(CLASS)? {
                    ']' => return Ok(Last::Atom),
                    c => self.class_atom(c)?,
                },
            };
            if !self.peek_is(|c| c == '-') {
                continue;
            }
            self.rest.next();
            let to = match self.peek().ok_or(CLASS)? {
                ']' => continue,
                c => {
                    self.rest.next();
                    self.class_atom(c)?
                }
            };
            match (from, to) {
                (ClassAtom::Units(_, from), ClassAtom::Units(to, _)) if from > to => {
                    return Err(ORDER);
                }
                (_, ClassAtom::Units(first, last)) if first != last => half = Some(last),
                (ClassAtom::Units(..), ClassAtom::Units(..)) => {}
                _ if self.is_unicode => return Err("invalid character class"),
                _ => {}
            }
        }
    }

    fn class_atom(&mut self, c: char) -> Parsed<ClassAtom> {
        if c != '\\' {
            return Ok(self.units(u32::from(c)));
        }
        let before = self.rest.clone();
        let point = match self.rest.next().ok_or(END)? {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => return Ok(ClassAtom::Set),
            'p' | 'P' if self.is_unicode => {
                self.property()?;
                return Ok(ClassAtom::Set);
            }
            'b' => 8,
            '-' if self.is_unicode => u32::from('-'),
            '0' if self.is_unicode && !self.peek_is(|c| c.is_ascii_digit()) => 0,
            '0'..='9' if self.is_unicode => return Err(ESCAPE),
            digit @ '0'..='7' => self.octal(digit),
            // What makes a control character is more than letters in a class. Otherwise the backslash stands for itself, and the
            // letter comes next.
            'c' if !self.is_unicode => {
                match self
                    .peek()
                    .filter(|c| *c == '_' || c.is_ascii_alphanumeric())
                {
                    Some(control) => {
                        self.rest.next();
                        u32::from(control) % 32
                    }
                    None => {
                        self.rest = before;
                        u32::from('\\')
                    }
                }
            }
            c => self.character(c)?,
        };
        Ok(self.units(point))
    }

    /// What an escape of a character stands for, behind its first letter.
    fn character(&mut self, c: char) -> Parsed<u32> {
        let is_legacy = !self.is_unicode;
        Ok(match c {
            't' => 9,
            'n' => 10,
            'v' => 11,
            'f' => 12,
            'r' => 13,
            'c' => match self.peek().filter(char::is_ascii_alphabetic) {
                Some(letter) => {
                    self.rest.next();
                    u32::from(letter) % 32
                }
                // The backslash stands for itself.
                None if is_legacy => u32::from('\\'),
                None => return Err(ESCAPE),
            },
            'x' => match self.hex(2) {
                Some(point) => point,
                None if is_legacy => u32::from('x'),
                None => return Err(ESCAPE),
            },
            'u' => match self.escaped_unit() {
                Some(point) => point,
                None if is_legacy => u32::from('u'),
                None => return Err(ESCAPE),
            },
            'k' if self.has_references => return Err(ESCAPE),
            c if is_legacy || "^$\\.*+?()[]{}|/".contains(c) => u32::from(c),
            _ => return Err(ESCAPE),
        })
    }

    /// Behind `\u`, as far as this mode of reading goes.
    fn escaped_unit(&mut self) -> Option<u32> {
        match self.is_unicode {
            true => self.code_point(),
            false => self.hex(4),
        }
    }

    /// Behind `\u`: four digits, eight for two halves of a pair, or any number in braces.
    fn code_point(&mut self) -> Option<u32> {
        if self.peek_is(|c| c == '{') {
            self.rest.next();
            let mut point = None::<u32>;
            loop {
                let c = self.rest.next()?;
                if c == '}' {
                    return point;
                }
                let more = point
                    .unwrap_or(0)
                    .checked_mul(16)?
                    .checked_add(c.to_digit(16)?)?;
                point = Some(more).filter(|point| *point <= 0x10_ffff);
                point?;
            }
        }
        let high = self.hex(4)?;
        if (0xd800..0xdc00).contains(&high) {
            let before = self.rest.clone();
            if self.eat('\\')
                && self.eat('u')
                && let Some(low @ 0xdc00..0xe000) = self.hex(4)
            {
                return Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
            self.rest = before;
        }
        Some(high)
    }

    /// So many hexadecimal digits, if they are there.
    fn hex(&mut self, digits: usize) -> Option<u32> {
        let mut ahead = self.rest.clone();
        let mut value = 0;
        for _ in 0..digits {
            value = value * 16 + ahead.next()?.to_digit(16)?;
        }
        self.rest = ahead;
        Some(value)
    }

    /// As many octal digits as make a byte.
    fn octal(&mut self, first: char) -> u32 {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            match self.peek().and_then(|c| c.to_digit(8)) {
                Some(digit) if value < 32 => {
                    self.rest.next();
                    value = value * 8 + digit;
                }
                _ => break,
            }
        }
        value
    }

    /// A property of Unicode in braces.
    fn property(&mut self) -> Parsed<()> {
        let rest = self.rest.as_str().strip_prefix('{');
        let found = rest.and_then(|rest| rest.split_once('}'));
        let (property, rest) = found.ok_or("invalid property name")?;
        self.rest = Rest::of(rest);
        match properties::is_known(property) {
            true => Ok(()),
            false => Err("invalid property name"),
        }
    }

    /// A character of a class. Without the flag `u`, one beyond the first plane counts as two.
    fn units(&self, point: u32) -> ClassAtom {
        match char::from_u32(point) {
            Some(c) if !self.is_unicode => {
                let mut units = [0; 2];
                match c.encode_utf16(&mut units) {
                    [high, low] => ClassAtom::Units(u32::from(*high), u32::from(*low)),
                    _ => ClassAtom::Units(point, point),
                }
            }
            _ => ClassAtom::Units(point, point),
        }
    }

    fn eat(&mut self, c: char) -> bool {
        let eaten = self.peek_is(|next| next == c);
        if eaten {
            self.rest.next();
        }
        eaten
    }

    fn peek_is(&self, is: impl FnOnce(char) -> bool) -> bool {
        self.peek().is_some_and(is)
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }
}

/// Reads digits and what comes after them.
fn number(chars: &mut Rest<'_>) -> (Option<u32>, Option<char>) {
    let mut number = None::<u32>;
    loop {
        let c = chars.next();
        let Some(digit) = c.and_then(|c| c.to_digit(10)) else {
            return (number, c);
        };
        let more = number.unwrap_or(0).saturating_mul(10).saturating_add(digit);
        number = Some(more.min(MANY));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// Characters that were looked at.
        pub(super) static READ: Cell<usize> = const { Cell::new(0) };
    }

    fn judged(source: &str) -> (bool, bool) {
        let is_fine = |flags| check(source, flags).is_ok();
        (is_fine(Flags::None), is_fine(Flags::Unicode))
    }

    /// `tests/ajv` compares many more with Node.
    #[test]
    fn old_grammar_counts_without_the_flag_alone() {
        for source in [
            "]",
            "{",
            "}",
            "a{,2}",
            "[[:alpha:]]",
            r"\Z",
            r"\-",
            r"\c",
            r"\8",
            r"\p{Greek}",
            r"[\w-a]",
            "(?=a)*",
        ] {
            assert_eq!(judged(source), (true, false), "{source}");
        }
        for source in ["(?<1a>)", "(?<>)", "(?<a b>)", "(?<é-)"] {
            assert_eq!(judged(source), (false, false), "{source}");
        }
        for source in [
            "(?<$_a1>)",
            "(?<é1>)",
            "",
            r"(?<a>.)\k<a>",
            r"\u{1}",
            "(a|b)*?",
            "[^]",
        ] {
            assert_eq!(judged(source), (true, true), "{source}");
        }
        // Without the flag these are four halves, of which the middle ones are out of order.
        assert_eq!(judged("[😀-😁]"), (false, true));
        for source in [
            "(",
            ")",
            "[",
            "*",
            "a**",
            "a{2,1}",
            "[b-a]",
            "(?<a>)(?<a>)",
            "\\",
            "(?i",
        ] {
            assert_eq!(judged(source), (false, false), "{source}");
        }
    }

    #[test]
    fn hostile_texts_are_read_in_proportion_and_need_no_stack() {
        let read = |source: &str| {
            READ.with(|read| read.set(0));
            judged(source);
            READ.with(Cell::get)
        };
        let names = |count: usize| {
            let names = (0..count).map(|at| format!(r"(?<n{at}>)\k<n{at}>"));
            names.collect::<String>()
        };
        let sources: [(&str, &dyn Fn(usize) -> String); 10] = [
            ("groups", &|n| "(".repeat(n) + &")".repeat(n)),
            ("nameless groups", &|n| "(?:".repeat(n) + &")".repeat(n)),
            ("counts", &|n| "{1".repeat(n)),
            ("classes", &|n| "[".repeat(n)),
            ("code points", &|n| r"\u{".repeat(n)),
            ("properties", &|n| r"\p{".repeat(n)),
            ("references", &|n| r"(?<a>)".to_owned() + &r"\k<".repeat(n)),
            ("digits", &|n| "a{".to_owned() + &"1".repeat(n) + "}"),
            ("a name", &|n| "(?<".to_owned() + &"a".repeat(n)),
            ("names", &|n| names(n / 10)),
        ];
        for (what, source) in sources {
            let (few, many) = (source(20_000), source(200_000));
            // At most two readings in each mode, each of which looks at a character a few times.
            assert!(read(&few) <= 16 * few.len() + 16, "{what}: {}", read(&few));
            assert!(
                read(&many) <= 16 * many.len() + 16,
                "{what}: {}",
                read(&many)
            );
        }
    }
}
