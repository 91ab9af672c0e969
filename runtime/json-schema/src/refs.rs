//! Identifiers and references inside one document. Nothing is ever fetched.
//!
//! A first walk collects what `$id`, `$anchor` and `$dynamicAnchor` name; afterwards references
//! are looked up there or followed as JSON pointers.

use std::collections::{HashMap, hash_map::Entry};
use std::rc::Rc;

use stockade_text::shorten;

use super::document::Doc;
use super::error::SchemaError;
use super::pointer::{Pointer, Token};
use super::uri;

/// Longest identifier of a schema within a document, in bytes. Each schema below has it in front of its own.
pub(super) const MAX_BASE: usize = 2 * 1024;

/// A value of the document and where it is.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) doc: &'a Doc,
    /// For error messages.
    pub(super) at: Pointer<'a>,
    /// The URI against which identifiers and references in it are resolved, without fragment.
    pub(super) base: Rc<str>,
}

/// Why a reference leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Outside,
    Dangling,
}

/// All identifiers of a document.
#[derive(Debug)]
pub(super) struct Refs<'a> {
    /// By absolute URI, with `#name` for anchors. The root is there under its base.
    named: HashMap<String, Place<'a>>,
}

impl<'a> Place<'a> {
    /// The root of a document.
    pub(super) fn root(doc: &'a Doc) -> Self {
        Self {
            doc,
            at: Pointer::ROOT,
            base: "".into(),
        }
        .rebased()
    }

    /// A child by its reference token.
    pub(super) fn child(&self, token: Token<'a>, doc: &'a Doc) -> Self {
        Self {
            doc,
            at: self.at.then(token),
            base: Rc::clone(&self.base),
        }
        .rebased()
    }

    /// A child by its name.
    pub(super) fn member(&self, name: &'a str, doc: &'a Doc) -> Self {
        self.child(Token::Member(name), doc)
    }

    /// A child of a child, as `properties` holds them.
    pub(super) fn grandchild(&self, keyword: &'a str, token: Token<'a>, doc: &'a Doc) -> Self {
        Self {
            doc,
            at: self.at.member(keyword).then(token),
            base: Rc::clone(&self.base),
        }
        .rebased()
    }

    /// Refuses a place whose base is so long that many places like it would fill the memory.
    pub(super) fn check_base(&self) -> Result<(), SchemaError> {
        match self.base.len() > MAX_BASE {
            true => Err(SchemaError::Keyword {
                at: self.at.member("$id").to_string(),
                expected: "the identifier, with those around it, is longer than 2048 bytes",
            }),
            false => Ok(()),
        }
    }

    /// With the base that its own `$id` sets.
    fn rebased(mut self) -> Self {
        if let Some(id) = self.doc.get("$id").and_then(Doc::as_str) {
            let (path, _) = uri::split_fragment(id);
            if !path.is_empty() {
                self.base = uri::resolve(&self.base, path).into();
            }
        }
        self
    }
}

impl<'a> Refs<'a> {
    /// Collects the identifiers under `root`.
    pub(super) fn collect(root: &Place<'a>) -> Result<Self, SchemaError> {
        let mut refs = Self {
            named: HashMap::new(),
        };
        refs.named.insert(root.base.to_string(), root.clone());
        let mut pending = vec![root.clone()];
        while let Some(place) = pending.pop() {
            place.check_base()?;
            refs.name(&place)?;
            for (token, child) in place.doc.children() {
                if !matches!(token, Token::Member(name) if is_data(name)) {
                    pending.push(place.child(token, child));
                }
            }
        }
        Ok(refs)
    }

    /// Finds what `reference` in a schema with that base names. What that takes is added to `work`.
    pub(super) fn find(
        &self,
        base: &str,
        reference: &str,
        work: &mut usize,
    ) -> Result<Place<'a>, Lost> {
        let absolute = uri::resolve(base, reference);
        *work = work.saturating_add(1 + absolute.len() / 16);
        let (resource, fragment) = uri::split_fragment(&absolute);
        let resource_root = self.named.get(resource).ok_or(Lost::Outside)?;
        match fragment {
            "" => Ok(resource_root.clone()),
            pointer if pointer.starts_with('/') => follow(resource_root, pointer, work),
            _ => self
                .named
                .get(absolute.as_str())
                .cloned()
                .ok_or(Lost::Dangling),
        }
    }

    fn name(&mut self, place: &Place<'a>) -> Result<(), SchemaError> {
        let text = |keyword| place.doc.get(keyword).and_then(Doc::as_str);
        if let Some(id) = text("$id") {
            let (path, fragment) = uri::split_fragment(id);
            if !path.is_empty() && !place.at.is_root() {
                self.insert(place.base.to_string(), place)?;
            }
            if !fragment.is_empty() {
                self.insert(format!("{}#{fragment}", place.base), place)?;
            }
        }
        for anchor in ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text) {
            self.insert(format!("{}#{anchor}", place.base), place)?;
        }
        Ok(())
    }

    fn insert(&mut self, id: String, place: &Place<'a>) -> Result<(), SchemaError> {
        match self.named.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(place.clone());
                Ok(())
            }
            Entry::Occupied(entry) => Err(SchemaError::Ambiguous {
                at: place.at.to_string(),
                id: shorten(entry.key()),
            }),
        }
    }
}

/// Follows a JSON pointer written as a URI fragment. AJV takes `#/` for the root, too.
fn follow<'a>(from: &Place<'a>, pointer: &str, work: &mut usize) -> Result<Place<'a>, Lost> {
    let tokens = pointer.strip_prefix('/').filter(|rest| !rest.is_empty());
    let mut place = from.clone();
    for token in tokens.into_iter().flat_map(|rest| rest.split('/')) {
        let token = uri::unescape_token(token).ok_or(Lost::Dangling)?;
        let (token, child) = place.doc.child(&token, work).ok_or(Lost::Dangling)?;
        place = place.child(token, child);
        // In data: `collect` has not looked for identifiers there.
        if place.base.len() > MAX_BASE {
            return Err(Lost::Dangling);
        }
    }
    Ok(place)
}

/// Keywords whose values are data, in which nothing is an identifier.
fn is_data(keyword: &str) -> bool {
    matches!(keyword, "enum" | "const" | "default" | "examples")
}
