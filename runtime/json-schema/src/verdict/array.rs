//! Keywords for arrays.

use serde_json::Value;

use super::super::check;
use super::super::program::{Array, Contains, Node, NodeId};
use super::{Exhausted, Outcome, Seen, Verdict};

impl<'p, 'v> Verdict<'p, 'v> {
    pub(super) fn array(
        &mut self,
        rules: &'p [Array],
        items: &'v [Value],
        seen: &mut Seen<'v>,
    ) -> Outcome {
        for rule in rules {
            let holds = match rule {
                Array::MaxItems(limit) => !check::above(items.len(), limit),
                Array::MinItems(limit) => !check::below(items.len(), limit),
                Array::Tuple { items: subs } => {
                    seen.items(subs.len());
                    self.tuple(subs.iter().map(|sub| sub.node), items)?
                }
                Array::Items { from, item, .. } => {
                    seen.every_item();
                    self.items(*item, items.get(*from..).unwrap_or_default())?
                }
                Array::NoItems { from, .. } => {
                    seen.every_item();
                    items.len() <= *from
                }
                Array::Contains(contains) => self.contains(contains, items, seen)?,
                Array::Unique { search, types } => {
                    self.spend(items.iter().map(cost_of_comparing).sum())?;
                    check::repeated(items, *search, *types).is_none()
                }
                Array::Unevaluated { item } => {
                    let rest = seen.first_items().and_then(|seen| items.get(seen..));
                    seen.every_item();
                    self.items(*item, rest.unwrap_or_default())?
                }
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn tuple(&mut self, subs: impl Iterator<Item = NodeId>, items: &'v [Value]) -> Outcome {
        for (sub, item) in subs.zip(items) {
            if !self.accepts(sub, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn items(&mut self, sub: NodeId, items: &'v [Value]) -> Outcome {
        for item in items {
            if !self.accepts(sub, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// AJV counts all items as looked at, not only the matching ones.
    fn contains(&mut self, rule: &Contains, items: &'v [Value], seen: &mut Seen<'v>) -> Outcome {
        if rule.is_void() {
            return Ok(true);
        }
        if !matches!(self.program.node(rule.item), Node::Always) {
            seen.every_item();
        }
        let count = self.count(rule, items)?;
        let enough = !check::below(count, &rule.min);
        Ok(enough
            && rule
                .max
                .as_ref()
                .is_none_or(|max| !check::above(count, max)))
    }

    /// Matching items, as far as they need counting.
    fn count(&mut self, rule: &Contains, items: &'v [Value]) -> Result<usize, Exhausted> {
        let mut count = 0;
        for item in items {
            count += usize::from(self.accepts(rule.item, item)?);
            let settled = match &rule.max {
                Some(max) => check::above(count, max),
                None => !check::below(count, &rule.min),
            };
            if settled {
                break;
            }
        }
        Ok(count)
    }
}

/// Steps that comparing a value with others costs.
pub(in super::super) fn cost_of_comparing(value: &Value) -> usize {
    4 + match value {
        // Doubles skip integers of that size, and those between two have one hash: they are compared with each other.
        Value::Number(number) => {
            let size = number.as_i128().map_or(0, i128::unsigned_abs);
            usize::try_from(size >> 56).unwrap_or_default()
        }
        Value::String(text) => text.len() / 64,
        Value::Array(items) => items.iter().map(cost_of_comparing).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| 4 + key.len() / 64 + cost_of_comparing(value))
            .sum(),
        _ => 0,
    }
}
