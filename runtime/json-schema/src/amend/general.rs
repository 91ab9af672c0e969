//! Keywords for any value, most of which apply other schemas to it.

use super::{
    Amend, At, Condition, Failure, General, Node, NodeId, Outcome, Path, Place, Reference, Sub, Val,
};

impl<'p> Amend<'p> {
    pub(super) fn any(&mut self, rules: &'p [General], data: &mut Val, at: At<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules {
            valid &= match rule {
                General::Ref(reference) => self.reference(reference, data, at)?,
                General::Const { value, written } => {
                    self.heap.equals(data, value) || self.fail(at, || Failure::constant(written))?
                }
                General::Enum { values, written } => {
                    values.iter().any(|value| self.heap.equals(data, value))
                        || self.fail(at, || Failure::choice(written))?
                }
                General::Not(sub) => self.not(sub, data, at)?,
                General::AnyOf(subs) => self.any_of(subs, data, at)?,
                General::OneOf(subs) => self.one_of(subs, data, at)?,
                General::AllOf(subs) => self.all_of(subs, data, at)?,
                General::If(condition) => self.condition(condition, data, at)?,
            };
            if at.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    /// A target that AJV compiles in place works on the same variable. Another is a function: it gets a copy, and knows
    /// nothing of what is around it.
    fn reference(&mut self, to: &Reference, data: &mut Val, at: At<'_>) -> Outcome {
        let schema = &Path::Start(&to.path);
        if to.inline {
            return self.visit(to.node, data, at.schema(schema));
        }
        let at = At {
            place: Place {
                schema,
                composite: false,
                name: None,
                ..at.place
            },
            slot: at.slot,
            mode: self.mode(),
        };
        self.visit(to.node, &mut data.clone(), at)
    }

    fn not(&mut self, sub: &Sub, data: &mut Val, at: At<'_>) -> Outcome {
        if !self.quietly(|this| this.visit(sub.node, data, at.hushed()))? {
            return Ok(true);
        }
        self.fail(at, Failure::not)
    }

    fn any_of(&mut self, subs: &[Sub], data: &mut Val, at: At<'_>) -> Outcome {
        // AJV leaves out the whole keyword where a branch accepts everything, and with it the other branches' changes.
        let all = self.program.all_branches;
        if !all && subs.iter().any(|sub| self.is_always(sub.node)) {
            return Ok(true);
        }
        let before = self.errors.mark();
        let valid = self.tentatively(|this| {
            let mut any = false;
            for sub in subs {
                let at = at.composed();
                any |= this.visit(sub.node, data, at.schema(&at.place.then(&sub.path)))?;
                if any && !all {
                    break;
                }
            }
            Ok(any)
        })?;
        if valid {
            self.errors.reset(before);
            return Ok(true);
        }
        self.fail(at, Failure::any_of)
    }

    fn one_of(&mut self, subs: &[Sub], data: &mut Val, at: At<'_>) -> Outcome {
        let before = self.errors.mark();
        let mut first = None;
        let mut passing = None;
        let valid = self.tentatively(|this| {
            for (i, sub) in subs.iter().enumerate() {
                let at = at.composed();
                if !this.visit(sub.node, data, at.schema(&at.place.then(&sub.path)))? {
                    continue;
                }
                if let Some(first) = first {
                    passing = Some([first, i]);
                    return Ok(false);
                }
                first = Some(i);
            }
            Ok(first.is_some())
        })?;
        if valid {
            self.errors.reset(before);
            return Ok(true);
        }
        self.fail(at, || Failure::one_of(passing))
    }

    fn all_of(&mut self, subs: &[Sub], data: &mut Val, at: At<'_>) -> Outcome {
        let mut valid = true;
        for sub in subs {
            valid &= self.visit(sub.node, data, at.schema(&at.place.then(&sub.path)))?;
            if at.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    /// The test changes values too, but AJV only runs it if a branch may have something to say.
    fn condition(&mut self, rule: &Condition, data: &mut Val, at: At<'_>) -> Outcome {
        let then = rule.then.filter(|branch| !self.is_always(*branch));
        let otherwise = rule.otherwise.filter(|branch| !self.is_always(*branch));
        if then.is_none() && otherwise.is_none() {
            return Ok(true);
        }
        let holds = self.quietly(|this| this.visit(rule.test, data, at.hushed()))?;
        let (keyword, path, branch) = if holds {
            ("then", "/then", then)
        } else {
            ("else", "/else", otherwise)
        };
        let Some(branch) = branch else {
            return Ok(true);
        };
        let valid = self.visit(branch, data, at.schema(&at.place.then(path)))?;
        if valid || at.leaves() {
            return Ok(valid);
        }
        self.fail(at, || Failure::branch(keyword))
    }

    pub(super) fn is_always(&self, id: NodeId) -> bool {
        matches!(self.program.node(id), Node::Always)
    }
}
