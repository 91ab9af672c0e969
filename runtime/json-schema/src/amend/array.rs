//! Keywords for arrays.

use super::super::check;
use super::super::equal::Search;
use super::super::verdict::cost_of_comparing;
use super::{
    Amend, Array, ArrayId, At, Changes, Contains, Failure, Node, NodeId, Outcome, Path, Rules,
    Slot, Stop, Sub, UseDefaults, Val,
};

impl<'p> Amend<'p> {
    pub(super) fn array(&mut self, rules: &'p Rules, id: ArrayId, at: At<'_>) -> Outcome {
        if let Some(changes) = &rules.changes {
            self.default_items(changes, id, at)?;
        }
        let len = self.heap.items(id).len();
        let mut valid = true;
        for rule in &rules.array {
            valid &= match rule {
                Array::MaxItems(limit) if check::above(len, limit) => {
                    self.fail(at, || Failure::limit(limit, "maxItems", "more", "items"))?
                }
                Array::MinItems(limit) if check::below(len, limit) => {
                    self.fail(at, || Failure::limit(limit, "minItems", "fewer", "items"))?
                }
                Array::MaxItems(_) | Array::MinItems(_) => true,
                Array::Tuple { items } => self.tuple(items, id, at)?,
                Array::Items {
                    from,
                    keyword,
                    item,
                } => self.items(*item, id, *from, &at.place.then(path(keyword)), at)?,
                Array::NoItems { from, keyword } if len > *from => self.fail(at, || {
                    Failure::limit(&(*from).into(), keyword, "more", "items")
                })?,
                Array::NoItems { .. } => true,
                Array::Contains(contains) => self.contains(contains, id, at)?,
                Array::Unique { search, types } => self.unique(id, *search, *types, at)?,
                Array::Unevaluated { item } => self.unevaluated_items(*item, rules, id, at)?,
            };
            if at.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    /// Fills in what is missing in a list, except inside of keywords like `anyOf`.
    fn default_items(&mut self, changes: &'p Changes, id: ArrayId, at: At<'_>) -> Result<(), Stop> {
        if self.options.use_defaults == UseDefaults::Off || at.place.composite {
            return Ok(());
        }
        for (index, default) in &changes.items {
            let items = self.heap.items(id);
            if self.wants_default(items.get(*index)) {
                // Each item that is skipped becomes a `null` in the text.
                self.take_room(5 * (index + 1).saturating_sub(items.len()))?;
                let value = self.default(default)?;
                self.heap.set_item(id, *index, value);
            }
        }
        Ok(())
    }

    fn tuple(&mut self, subs: &'p [Sub], id: ArrayId, at: At<'_>) -> Outcome {
        let mut valid = true;
        let len = self.heap.items(id).len();
        for (index, sub) in subs.iter().enumerate().take(len) {
            valid &= self.item(sub.node, id, index, &at.place.then(&sub.path), at)?;
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn items(
        &mut self,
        sub: NodeId,
        id: ArrayId,
        from: usize,
        path: &Path<'_>,
        at: At<'_>,
    ) -> Outcome {
        let mut valid = true;
        for index in from..self.heap.items(id).len() {
            valid &= self.item(sub, id, index, path, at)?;
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn item(
        &mut self,
        sub: NodeId,
        id: ArrayId,
        index: usize,
        path: &Path<'_>,
        at: At<'_>,
    ) -> Outcome {
        let Some(mut item) = self.heap.items(id).get(index).cloned() else {
            return Ok(true);
        };
        let instance = at.place.item(index);
        let at = at.inside(&instance, path, Slot::Item(id, index));
        self.visit(sub, &mut item, at)
    }

    /// The items' errors come first, except where AJV returns the last error alone.
    fn contains(&mut self, rule: &'p Contains, id: ArrayId, at: At<'_>) -> Outcome {
        if rule.is_void() {
            return Ok(true);
        }
        let before = self.errors.mark();
        let mut count = 0;
        if !rule.is_impossible() {
            let len = self.heap.items(id).len();
            self.tentatively(|this| {
                for index in 0..len {
                    let path = at.place.then("/contains");
                    count += usize::from(this.item(rule.item, id, index, &path, at.composed())?);
                    let settled = match &rule.max {
                        Some(max) => check::above(count, max),
                        None => !check::below(count, &rule.min),
                    };
                    if settled {
                        break;
                    }
                }
                Ok(true)
            })?;
        }
        let too_many = rule
            .max
            .as_ref()
            .is_some_and(|max| check::above(count, max));
        let valid = !rule.is_impossible() && !too_many && !check::below(count, &rule.min);
        if valid || at.leaves() {
            self.errors.reset(before);
        }
        if valid {
            return Ok(true);
        }
        self.fail(at, || Failure::contains(rule))
    }

    fn unique(&mut self, id: ArrayId, search: Search, types: Option<u8>, at: At<'_>) -> Outcome {
        let items: Vec<_> = self
            .heap
            .items(id)
            .iter()
            .map(|item| self.heap.value(item))
            .collect();
        self.verdict
            .spend(items.iter().map(cost_of_comparing).sum())?;
        match check::repeated(&items, search, types) {
            None => Ok(true),
            Some(pair) => self.fail(at, || Failure::duplicate(pair, search)),
        }
    }

    fn unevaluated_items(
        &mut self,
        sub: NodeId,
        rules: &'p Rules,
        id: ArrayId,
        at: At<'_>,
    ) -> Outcome {
        let value = self.heap.value(&Val::Array(id));
        self.verdict.spend(cost_of_comparing(&value))?;
        let mut run = self.verdict.for_names();
        let from = run.seen(rules, &value)?.first_items();
        self.verdict.resume(&run);
        let Some(from) = from else {
            return Ok(true);
        };
        if !matches!(self.program.node(sub), Node::Never) {
            return self.items(sub, id, from, &at.place.then("/unevaluatedItems"), at);
        }
        if self.heap.items(id).len() <= from {
            return Ok(true);
        }
        self.fail(at, || {
            Failure::limit(&from.into(), "unevaluatedItems", "more", "items")
        })
    }
}

fn path(keyword: &str) -> &'static str {
    if keyword == "items" {
        "/items"
    } else {
        "/additionalItems"
    }
}
