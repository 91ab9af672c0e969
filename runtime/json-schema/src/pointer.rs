//! Where something is in a schema: a JSON pointer, written out only for errors.
//!
//! # Invariants
//! - A pointer costs one segment of memory: what leads to it is shared with its neighbours.
//! - What is shown is one line of bounded length, whatever the names are.

use std::fmt;
use std::rc::Rc;

use stockade_text::{printable, shorten};

use super::uri;

/// Characters of a pointer that are shown in any case. Of a longer one the middle is left out.
const MAX_SHOWN: usize = 256;

/// Segments that are shown of a pointer that is too long, at its start and at its end.
const ENDS: (usize, usize) = (2, 3);

/// What leads from a value to a child: a member's name or an item's index.
#[derive(Debug, Clone, Copy)]
pub(super) enum Token<'a> {
    Member(&'a str),
    Item(usize),
}

/// A pointer from its end to its start.
#[derive(Debug, Clone)]
pub(super) struct Pointer<'a>(Option<Rc<Segment<'a>>>);

#[derive(Debug)]
struct Segment<'a> {
    before: Pointer<'a>,
    token: Token<'a>,
}

impl<'a> Pointer<'a> {
    /// The whole document.
    pub(super) const ROOT: Self = Self(None);

    /// Whether this is the whole document.
    pub(super) fn is_root(&self) -> bool {
        self.0.is_none()
    }

    /// The pointer continued by a member's name.
    pub(super) fn member(&self, name: &'a str) -> Self {
        self.then(Token::Member(name))
    }

    /// The pointer continued.
    pub(super) fn then(&self, token: Token<'a>) -> Self {
        Self(Some(Rc::new(Segment {
            before: self.clone(),
            token,
        })))
    }

    /// Whether the last segments of both follow one and the same.
    #[cfg(test)]
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => match (&one.before.0, &other.before.0) {
                (Some(one), Some(other)) => Rc::ptr_eq(one, other),
                (None, None) => true,
                _ => false,
            },
            _ => false,
        }
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Vec::new();
        let mut pointer = self;
        while let Some(segment) = &pointer.0 {
            shown.push(match segment.token {
                Token::Member(name) => shorten(&printable(&uri::escape_token(name))),
                Token::Item(index) => index.to_string(),
            });
            pointer = &segment.before;
        }
        shown.reverse();
        let length: usize = shown.iter().map(|part| 1 + part.chars().count()).sum();
        if length > MAX_SHOWN && shown.len() > ENDS.0 + ENDS.1 {
            let end = shown.len() - ENDS.1;
            shown.splice(ENDS.0..end, ["…".to_owned()]);
        }
        f.write_str("#")?;
        shown.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Doc;
    use crate::refs::Place;

    #[test]
    fn neighbours_share_what_leads_to_them() {
        let doc = Doc::parse(r#"{"a":[{},{}]}"#).unwrap();
        let list = Place::root(&doc).member("a", doc.get("a").unwrap());
        let items: Vec<_> = list.doc.children();
        let places: Vec<_> = items
            .into_iter()
            .map(|(token, doc)| list.child(token, doc))
            .collect();
        assert_eq!(places[1].at.to_string(), "#/a/1");
        assert!(places[0].at.is_shared_with(&places[1].at));
    }

    #[test]
    fn usual_pointers_are_shown_whole() {
        let pointer = Pointer::ROOT.member("properties").member("a/b~");
        assert_eq!(pointer.to_string(), "#/properties/a~1b~0");
        let names = ["properties", "address"].repeat(6);
        let pointer = names
            .iter()
            .fold(Pointer::ROOT, |pointer, name| pointer.member(name));
        assert_eq!(pointer.to_string(), format!("#/{}", names.join("/")));
    }

    #[test]
    fn hostile_pointers_are_short_and_on_one_line() {
        let long = "/\n\u{202e}".repeat(10_000);
        let pointer = (0..64).fold(Pointer::ROOT, |pointer, _| pointer.member(&long));
        let shown = pointer.to_string();
        assert!(shown.chars().count() < 400, "{shown}");
        assert!(!shown.contains(stockade_text::is_unprintable), "{shown:?}");
        assert!(shown.contains("/…/"), "{shown}");
    }
}
