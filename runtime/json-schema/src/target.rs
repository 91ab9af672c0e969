//! Where references lead, as the compiler and strict mode have to agree on it.
//!
//! # Invariants
//! - Each reference is looked up once, however often it is followed, and all of them share a budget of work.
//! - Whether a part of the document has references is found out once for each part.

use std::collections::HashMap;

use stockade_text::shorten;

use super::dialect::Dialect;
use super::document::Doc;
use super::error::SchemaError;
use super::limits::{MAX_LOOKS, MAX_NESTING};
use super::refs::{Lost, Place, Refs};

/// The references of a document and what is known of their targets.
pub(super) struct Targets<'a> {
    refs: Refs<'a>,
    dialect: Dialect,
    /// What `$ref` names, by the address of the schema that has it.
    found: HashMap<*const Doc, Result<Place<'a>, Lost>>,
    /// The answers of [`has_ref`](Self::has_ref).
    having: HashMap<*const Doc, bool>,
    /// Members that were looked at.
    work: usize,
}

impl<'a> Targets<'a> {
    /// Those of a document with these identifiers.
    pub(super) fn new(refs: Refs<'a>, dialect: Dialect) -> Self {
        Self {
            refs,
            dialect,
            found: HashMap::new(),
            having: HashMap::new(),
            work: 0,
        }
    }

    /// Where `$ref` in a schema leads. A target that is nothing but a reference by pointer is skipped.
    pub(super) fn find(
        &mut self,
        place: &Place<'a>,
        reference: &str,
    ) -> Result<Place<'a>, SchemaError> {
        let found = self.follow(place, reference);
        let at = || place.at.member("$ref").to_string();
        if self.work > MAX_LOOKS {
            return Err(SchemaError::References { at: at() });
        }
        let found = found.and_then(|target| match target.doc.is_schema() {
            true => Ok(target),
            false => Err(Lost::Dangling),
        });
        found.map_err(|lost| match lost {
            Lost::Outside => SchemaError::Outside {
                at: at(),
                reference: shorten(reference),
            },
            Lost::Dangling => SchemaError::Dangling {
                at: at(),
                reference: shorten(reference),
            },
        })
    }

    fn follow(&mut self, place: &Place<'a>, reference: &str) -> Result<Place<'a>, Lost> {
        let mut target = self.named(place, reference)?;
        for _ in 0..MAX_NESTING {
            self.work = self.work.saturating_add(1);
            let Some(next) = target.doc.get("$ref").and_then(Doc::as_str) else {
                break;
            };
            if self.dialect.is_more_than_ref(target.doc) || !reference.contains('/') {
                break;
            }
            target = self.named(&target, next)?;
        }
        Ok(target)
    }

    /// What the reference of a schema names.
    fn named(&mut self, place: &Place<'a>, reference: &str) -> Result<Place<'a>, Lost> {
        let address = std::ptr::from_ref(place.doc);
        if let Some(found) = self.found.get(&address) {
            return found.clone();
        }
        let found = match self.work > MAX_LOOKS {
            true => Err(Lost::Dangling),
            false => self.refs.find(&place.base, reference, &mut self.work),
        };
        self.found.insert(address, found.clone());
        found
    }

    /// AJV's question before it compiles a target in place. The names count wherever they occur, even
    /// as properties.
    pub(super) fn has_ref(&mut self, doc: &Doc) -> bool {
        const NAMES: [&str; 5] = [
            "$ref",
            "$recursiveRef",
            "$recursiveAnchor",
            "$dynamicRef",
            "$dynamicAnchor",
        ];
        let address = std::ptr::from_ref(doc);
        if let Some(known) = self.having.get(&address) {
            return *known;
        }
        let has_ref = match doc {
            Doc::Object(members) => members
                .iter()
                .any(|(key, value)| NAMES.contains(&key.as_str()) || self.has_ref(value)),
            Doc::Array(items) => items.iter().any(|item| self.has_ref(item)),
            _ => return false,
        };
        self.work = self.work.saturating_add(1);
        self.having.insert(address, has_ref);
        has_ref
    }

    /// Members that were looked at so far.
    #[cfg(test)]
    pub(super) fn work(&self) -> usize {
        self.work
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// A document of `count` definitions, each with the text that `written` gives for its number.
    fn work(count: usize, written: impl Fn(usize) -> String) -> Result<usize, SchemaError> {
        let mut text = String::from("{\"d\":{");
        for at in 0..count {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\"{at}\":{}", written(at));
        }
        text.push_str("}}");
        let doc = Doc::parse(&text)?;
        let root = Place::root(&doc);
        let mut targets = Targets::new(Refs::collect(&root)?, Dialect::Draft07);
        let mut pending = vec![root];
        while let Some(place) = pending.pop() {
            let reference = place.doc.get("$ref").and_then(Doc::as_str);
            // As often as strict mode may come by.
            for _ in 0..10 {
                if let Some(reference) = reference {
                    let target = targets.find(&place, reference)?;
                    targets.has_ref(target.doc);
                }
            }
            let children = place.doc.children().into_iter();
            pending.extend(children.map(|(token, child)| place.child(token, child)));
        }
        Ok(targets.work())
    }

    #[test]
    fn each_reference_of_a_chain_is_looked_up_once() {
        let next = |at: usize| format!("{{\"$ref\":\"#/d/{}\"}}", (at + 1) % 1_000);
        // A look-up goes through half of the definitions; a step of a chain is one more.
        let looks = work(1_000, next).unwrap();
        assert!(
            looks < 1_000 * (1_000 / 2 + 10 * 2 * MAX_NESTING),
            "{looks}"
        );
    }

    #[test]
    fn parts_of_a_document_are_searched_for_references_once() {
        let to_all = |_: usize| "{\"a\":[{},{},{},{}],\"$ref\":\"#/x\"}".to_owned();
        assert!(work(1, to_all).is_err());
        let text = |count: usize| {
            let refs = vec!["{\"$ref\":\"#/0\"}"; count].join(",");
            format!("{{\"0\":[{}],\"1\":[{refs}]}}", vec!["[]"; count].join(","))
        };
        let searched = |count: usize| {
            let doc = Doc::parse(&text(count)).unwrap();
            let refs = Refs::collect(&Place::root(&doc)).unwrap();
            let mut targets = Targets::new(refs, Dialect::Draft07);
            let plain = doc.get("0").unwrap();
            (0..count).for_each(|_| assert!(!targets.has_ref(plain)));
            targets.work()
        };
        assert_eq!(searched(1_000), 1_001);
    }

    #[test]
    fn look_ups_have_a_budget() {
        // Many references that go through many members at each of many levels.
        let members = (0..600)
            .map(|at| format!("\"{at}\":0,"))
            .collect::<String>();
        let levels = 40;
        let deep = format!("{{{members}\"d\":").repeat(8) + "true" + &"}".repeat(8);
        let refs = vec!["{\"$ref\":\"#/d/d/d/d/d/d/d/d\"}"; 10 * levels].join(",");
        let text = format!("{{\"anyOf\":[{refs}],\"d\":{deep}}}");
        let doc = Doc::parse(&text).unwrap();
        let root = Place::root(&doc);
        let mut targets = Targets::new(Refs::collect(&root).unwrap(), Dialect::Draft07);
        targets.work = MAX_LOOKS - 100_000;
        let all = doc.get("anyOf").and_then(Doc::as_array).unwrap();
        let mut found = 0;
        for item in all {
            let place = root.member("anyOf", item);
            match targets.find(&place, "#/d/d/d/d/d/d/d/d") {
                Ok(_) => found += 1,
                Err(error) => assert!(matches!(error, SchemaError::References { .. })),
            }
        }
        assert!((10..all.len() / 2).contains(&found), "{found}");
        // What is left over is at most what one look-up costs.
        assert!(targets.work() < MAX_LOOKS + 10_000, "{}", targets.work());
    }
}
