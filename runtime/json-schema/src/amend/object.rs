//! Keywords for objects.

use std::sync::Arc;

use super::super::check;
use super::super::pattern::Pattern;
use super::super::verdict::cost_of_comparing;
use super::{
    Additional, Amend, At, Changes, DefaultValue, Failure, Need, Node, NodeId, Object, ObjectId,
    Outcome, Path, Place, RemoveAdditional, Rules, Slot, Stop, Sub, UseDefaults, Val,
};

impl<'p> Amend<'p> {
    pub(super) fn object(&mut self, rules: &'p Rules, id: ObjectId, at: At<'_>) -> Outcome {
        if let Some(changes) = &rules.changes {
            self.default_members(changes, id, at)?;
        }
        let mut valid = true;
        for rule in &rules.object {
            let len = self.heap.members(id).len();
            valid &= match rule {
                Object::MaxProperties(limit) if check::above(len, limit) => self
                    .fail(at, || {
                        Failure::limit(limit, "maxProperties", "more", "properties")
                    })?,
                Object::MinProperties(limit) if check::below(len, limit) => self
                    .fail(at, || {
                        Failure::limit(limit, "minProperties", "fewer", "properties")
                    })?,
                Object::MaxProperties(_) | Object::MinProperties(_) => true,
                Object::Required(names) => self.required(names, id, at)?,
                Object::Names(names) => self.names(*names, id, at)?,
                Object::Additional(additional) => self.additional(additional, id, at)?,
                Object::Needs { keyword, needs } => self.needs(keyword, needs, id, at)?,
                Object::Dependent(subs) => self.dependent(subs, id, at)?,
                Object::Properties(subs) => self.properties(rules, subs, id, at)?,
                Object::Patterns(patterns) => self.patterns(patterns, id, at)?,
                Object::Unevaluated { member } => self.unevaluated(*member, rules, id, at)?,
            };
            if at.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    /// Whether a default goes where this is.
    pub(super) fn wants_default(&self, present: Option<&Val>) -> bool {
        match present {
            None | Some(Val::Undefined) => true,
            Some(Val::Null) => self.options.use_defaults == UseDefaults::Empty,
            Some(Val::String(text)) => {
                self.options.use_defaults == UseDefaults::Empty && text.is_empty()
            }
            Some(_) => false,
        }
    }

    /// A copy of a default, if there is room for it.
    pub(super) fn default(&mut self, default: &'p DefaultValue) -> Result<Val, Stop> {
        self.take_room(default.bytes)?;
        self.verdict.spend(1 + default.bytes)?;
        Ok(self.heap.copy(&default.value))
    }

    /// Fills in what is missing, except inside of keywords like `anyOf`.
    fn default_members(
        &mut self,
        changes: &'p Changes,
        id: ObjectId,
        at: At<'_>,
    ) -> Result<(), Stop> {
        if !self.fills_in(id, at) {
            return Ok(());
        }
        for (name, default) in &changes.members {
            if self.wants_default(self.heap.members(id).get(name)) {
                // With its quotes, colon and comma.
                self.take_room(name.len() + 4)?;
                let value = self.default(default)?;
                self.heap.set_member(id, Arc::clone(name), value);
            }
        }
        Ok(())
    }

    /// Whether the object gets defaults here.
    fn fills_in(&self, id: ObjectId, at: At<'_>) -> bool {
        self.options.use_defaults != UseDefaults::Off
            && !at.place.composite
            && !self.heap.members(id).is_opaque()
    }

    /// The names of the members, to go through them while they change.
    fn member_names(&mut self, id: ObjectId) -> Result<Vec<Arc<str>>, Stop> {
        let names = self.heap.members(id).names();
        self.verdict.spend(names.len())?;
        Ok(names)
    }

    fn required(&mut self, names: &'p [Arc<str>], id: ObjectId, at: At<'_>) -> Outcome {
        let mut valid = true;
        for name in names {
            if self.heap.members(id).contains(name) {
                continue;
            }
            valid = self.fail(at, || Failure::required(name))?;
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn names(&mut self, sub: NodeId, id: ObjectId, at: At<'_>) -> Outcome {
        let mut valid = true;
        for name in self.member_names(id)? {
            let path = at.place.then("/propertyNames");
            let inner = At {
                place: Place {
                    name: Some(&name),
                    ..at.place.schema(&path).composed()
                },
                slot: Slot::Root,
                mode: at.mode,
            };
            self.names += 1;
            let accepted = self.visit(sub, &mut Val::String(Arc::clone(&name)), inner)?;
            self.names -= 1;
            if accepted {
                continue;
            }
            valid = self.fail(at, || Failure::name(&name))?;
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn additional(&mut self, rule: &'p Additional, id: ObjectId, at: At<'_>) -> Outcome {
        let forbidden = matches!(self.program.node(rule.member), Node::Never);
        let remove = self.options.remove_additional;
        if remove == RemoveAdditional::All || (remove != RemoveAdditional::Off && forbidden) {
            self.remove(rule, id)?;
            return Ok(true);
        }
        let mut valid = true;
        for name in self.member_names(id)? {
            self.verdict.spend(rule.cost(&name))?;
            if !rule.covers(&name) {
                continue;
            }
            let path = at.place.then("/additionalProperties");
            valid &= if forbidden {
                self.fail(at, || Failure::additional(&name))?
            } else if remove == RemoveAdditional::Failing {
                if !self.quietly(|this| this.member(rule.member, id, &name, &path, at.hushed()))? {
                    self.heap.remove_member(id, &name);
                }
                true
            } else {
                self.member(rule.member, id, &name, &path, at)?
            };
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    /// Removes what the rule covers.
    fn remove(&mut self, rule: &'p Additional, id: ObjectId) -> Result<(), Stop> {
        for name in self.member_names(id)? {
            self.verdict.spend(rule.cost(&name))?;
            if rule.covers(&name) {
                self.heap.remove_member(id, &name);
            }
        }
        Ok(())
    }

    fn needs(
        &mut self,
        keyword: &'static str,
        needs: &'p [Need],
        id: ObjectId,
        at: At<'_>,
    ) -> Outcome {
        let mut valid = true;
        for need in needs {
            if !self.heap.members(id).contains(&need.property) {
                continue;
            }
            for missing in &need.missing {
                if self.heap.members(id).contains(missing) {
                    continue;
                }
                valid = self.fail(at, || Failure::needed(keyword, need, missing))?;
                if at.is_over(valid) {
                    return Ok(false);
                }
            }
        }
        Ok(valid)
    }

    fn dependent(&mut self, subs: &'p [(String, Sub)], id: ObjectId, at: At<'_>) -> Outcome {
        let mut valid = true;
        for (name, sub) in subs {
            if self.heap.members(id).contains(name) {
                let path = at.place.then(&sub.path);
                valid &= self.visit(sub.node, &mut Val::Object(id), at.schema(&path))?;
            }
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn properties(
        &mut self,
        rules: &'p Rules,
        subs: &'p [(String, Sub)],
        id: ObjectId,
        at: At<'_>,
    ) -> Outcome {
        let changes = rules.changes.as_deref();
        if self.options.remove_additional == RemoveAdditional::All
            && let Some(unnamed) = changes.and_then(|changes| changes.unnamed.as_ref())
        {
            self.remove(unnamed, id)?;
        }
        let filled = self.fills_in(id, at);
        let defaults = changes.map_or(&[][..], |changes| &changes.members);
        // In the order of `subs`, of which they are some.
        let mut defaults = defaults.iter().map(|(name, _)| &**name).peekable();
        let mut valid = true;
        for (name, sub) in subs {
            let path = at.place.then(&sub.path);
            let defaulted = defaults.next_if_eq(&name.as_str()).is_some();
            valid &= if filled && defaulted && !self.heap.members(id).contains(name) {
                // AJV takes for granted what it has filled in, although a keyword in between may have removed it.
                let instance = at.place.member(name);
                let at = at.inside(&instance, &path, Slot::Member(id, name));
                self.visit(sub.node, &mut Val::Undefined, at)?
            } else {
                self.member(sub.node, id, name, &path, at)?
            };
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn patterns(
        &mut self,
        patterns: &'p [(Arc<Pattern>, Sub)],
        id: ObjectId,
        at: At<'_>,
    ) -> Outcome {
        let mut valid = true;
        for (pattern, sub) in patterns {
            for name in self.member_names(id)? {
                self.verdict.spend(pattern.cost(&name))?;
                if pattern.matches(&name) {
                    valid &= self.member(sub.node, id, &name, &at.place.then(&sub.path), at)?;
                }
                if at.is_over(valid) {
                    return Ok(false);
                }
            }
        }
        Ok(valid)
    }

    fn unevaluated(&mut self, sub: NodeId, rules: &'p Rules, id: ObjectId, at: At<'_>) -> Outcome {
        let value = self.heap.value(&Val::Object(id));
        self.verdict.spend(cost_of_comparing(&value))?;
        let mut names = self.member_names(id)?;
        let mut run = self.verdict.for_names();
        let seen = run.seen(rules, &value)?;
        names.retain(|name| !seen.has_member(name));
        self.verdict.resume(&run);
        let forbidden = matches!(self.program.node(sub), Node::Never);
        let mut valid = true;
        for name in names {
            valid &= if forbidden {
                self.fail(at, || Failure::unevaluated(&name))?
            } else {
                self.member(sub, id, &name, &at.place.then("/unevaluatedProperties"), at)?
            };
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    /// Applies a schema to a member, if it is there.
    fn member(
        &mut self,
        sub: NodeId,
        id: ObjectId,
        name: &str,
        path: &Path<'_>,
        at: At<'_>,
    ) -> Outcome {
        let Some(mut value) = self.heap.members(id).get(name).cloned() else {
            return Ok(true);
        };
        let instance = at.place.member(name);
        let at = at.inside(&instance, path, Slot::Member(id, name));
        self.visit(sub, &mut value, at)
    }
}
