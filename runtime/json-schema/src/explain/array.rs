//! Keywords for arrays.

use serde_json::Value;

use super::super::check;
use super::super::equal::Search;
use super::super::failure::Failure;
use super::super::program::{Array, Contains, Node, NodeId, Rules, Sub};
use super::super::verdict::cost_of_comparing;
use super::{Explain, Outcome, Place};

impl<'p, 'v> Explain<'p, 'v> {
    pub(super) fn array(&mut self, rules: &'p Rules, value: &'v Value, at: Place<'_>) -> Outcome {
        let Value::Array(items) = value else {
            return Ok(true);
        };
        let mut valid = true;
        for rule in &rules.array {
            valid &= match rule {
                Array::MaxItems(limit) if check::above(items.len(), limit) => {
                    self.fail(at, Failure::limit(limit, "maxItems", "more", "items"))?
                }
                Array::MinItems(limit) if check::below(items.len(), limit) => {
                    self.fail(at, Failure::limit(limit, "minItems", "fewer", "items"))?
                }
                Array::MaxItems(_) | Array::MinItems(_) => true,
                Array::Tuple { items: subs } => self.tuple(subs, items, at)?,
                Array::Items {
                    from,
                    keyword,
                    item,
                } => self.items(*item, items, *from, at, path(keyword))?,
                Array::NoItems { from, keyword } if items.len() > *from => self.fail(
                    at,
                    Failure::limit(&(*from).into(), keyword, "more", "items"),
                )?,
                Array::NoItems { .. } => true,
                Array::Contains(contains) => self.contains(contains, items, at)?,
                Array::Unique { search, types } => self.unique(items, *search, *types, at)?,
                Array::Unevaluated { item } => self.unevaluated_items(*item, rules, value, at)?,
            };
            if self.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    fn tuple(&mut self, subs: &[Sub], items: &'v [Value], at: Place<'_>) -> Outcome {
        let mut valid = true;
        for (i, (sub, item)) in subs.iter().zip(items).enumerate() {
            valid &= self.visit(sub.node, item, at.at(&at.item(i), &at.then(&sub.path)))?;
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn items(
        &mut self,
        sub: NodeId,
        items: &'v [Value],
        from: usize,
        at: Place<'_>,
        path: &str,
    ) -> Outcome {
        let mut valid = true;
        for (i, item) in items.iter().enumerate().skip(from) {
            valid &= self.visit(sub, item, at.at(&at.item(i), &at.then(path)))?;
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    /// The items' errors come first, except where AJV returns the last error alone.
    fn contains(&mut self, rule: &'p Contains, items: &'v [Value], at: Place<'_>) -> Outcome {
        if rule.is_void() {
            return Ok(true);
        }
        let mut count = 0;
        let mut failing = Vec::new();
        for (i, item) in items.iter().enumerate() {
            if self.verdict.accepts(rule.item, item)? {
                count += 1;
            } else {
                failing.push((i, item));
            }
            if rule
                .max
                .as_ref()
                .is_some_and(|max| check::above(count, max))
            {
                break;
            }
        }
        let too_many = rule
            .max
            .as_ref()
            .is_some_and(|max| check::above(count, max));
        if !too_many && !check::below(count, &rule.min) {
            return Ok(true);
        }
        if !self.leaves(at) && !rule.is_impossible() {
            for (i, item) in failing {
                let (instance, schema) = (at.item(i), at.then("/contains"));
                self.visit(rule.item, item, at.at(&instance, &schema).composed())?;
            }
        }
        self.fail(at, Failure::contains(rule))
    }

    fn unique(
        &mut self,
        items: &[Value],
        search: Search,
        types: Option<u8>,
        at: Place<'_>,
    ) -> Outcome {
        self.verdict
            .spend(items.iter().map(cost_of_comparing).sum())?;
        let Some(pair) = check::repeated(items, search, types) else {
            return Ok(true);
        };
        self.fail(at, Failure::duplicate(pair, search))
    }

    fn unevaluated_items(
        &mut self,
        sub: NodeId,
        rules: &'p Rules,
        value: &'v Value,
        at: Place<'_>,
    ) -> Outcome {
        let Value::Array(items) = value else {
            return Ok(true);
        };
        let Some(from) = self.verdict.seen(rules, value)?.first_items() else {
            return Ok(true);
        };
        if !matches!(self.program.node(sub), Node::Never) {
            return self.items(sub, items, from, at, "/unevaluatedItems");
        }
        if items.len() <= from {
            return Ok(true);
        }
        let failure = Failure::limit(&from.into(), "unevaluatedItems", "more", "items");
        self.fail(at, failure)
    }
}

fn path(keyword: &str) -> &'static str {
    if keyword == "items" {
        "/items"
    } else {
        "/additionalItems"
    }
}
