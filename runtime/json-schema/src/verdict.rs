//! Whether a value satisfies a schema: nothing but yes or no, within a budget.
//!
//! # Invariants
//! - Every schema looked at costs steps, and the steps are bounded; so is the recursion.
//! - Once a run has become long, the answer of a reference for a value is remembered. Recursion
//!   goes through references only, so from there on the work is at most the schema's size times
//!   the payload's, whatever the schema's shape; 2^n paths cost n.
//!
//! Start at [`Verdict::accepts`].

mod array;
mod object;
mod seen;

use std::collections::HashMap;
use std::marker::PhantomData;

use serde_json::Value;

use super::equal::equal;
use super::program::{
    Array, Condition, General, Node, NodeId, Object, Program, Reference, Rules, Sub, Types,
};

pub(super) use array::cost_of_comparing;
pub(super) use seen::Seen;

/// Steps that one run may take, about ten nanoseconds each.
pub(super) const MAX_STEPS: usize = 4_000_000;

/// Schemas inside each other at most, counted through references, properties and items.
const MAX_DEPTH: usize = 512;

/// Steps after which answers are remembered. Ordinary payloads never get there.
const MEMORY_FROM: usize = 2_000;

/// The budget is used up, so there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

/// The answer, if there was time for one.
pub(super) type Outcome = Result<bool, Exhausted>;

/// A run over one payload, which lives for `'v`.
pub(super) struct Verdict<'p, 'v> {
    program: &'p Program,
    steps: usize,
    depth: usize,
    /// Answers by schema and the value's address, which stays put while it is borrowed.
    memory: Option<HashMap<(NodeId, *const Value), bool>>,
    /// Whether the value at hand lives shorter than the payload: its address means nothing.
    transient: bool,
    payload: PhantomData<&'v Value>,
}

impl<'p, 'v> Verdict<'p, 'v> {
    /// A run with a full budget.
    pub(super) fn new(program: &'p Program) -> Self {
        Self::starting(program, 0, 0, false)
    }

    /// Whether the schema accepts the value.
    pub(super) fn accepts(&mut self, id: NodeId, value: &'v Value) -> Outcome {
        self.visit(id, value, &mut Seen::ignored())
    }

    /// Whether the schema accepts a property's name.
    pub(super) fn accepts_name(&mut self, id: NodeId, name: &str) -> Outcome {
        self.spend(1 + name.len() / 64)?;
        let name = Value::String(name.to_owned());
        let mut inner = self.for_names();
        let outcome = inner.accepts(id, &name);
        self.resume(&inner);
        outcome
    }

    /// A run on the same budget over a value outside of the payload.
    pub(super) fn for_names<'n>(&self) -> Verdict<'p, 'n> {
        Verdict::starting(self.program, self.steps, self.depth, true)
    }

    /// Goes on where a run from [`for_names`](Self::for_names) ended.
    pub(super) fn resume(&mut self, inner: &Verdict<'_, '_>) {
        self.steps = inner.steps;
    }

    /// Goes into a schema of that weight.
    pub(super) fn enter(&mut self, weight: usize) -> Result<(), Exhausted> {
        self.spend(weight)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            Err(Exhausted)
        } else {
            Ok(())
        }
    }

    /// Comes out of it. A run that is exhausted need not.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// What the schema's other keywords look at in the value, whether or not they hold.
    pub(super) fn seen(
        &mut self,
        rules: &'p Rules,
        value: &'v Value,
    ) -> Result<Seen<'v>, Exhausted> {
        let mut seen = Seen::default();
        for rule in rules.any.chunks(1) {
            self.any(rule, value, &mut seen)?;
        }
        if let Value::Array(items) = value {
            for rule in rules
                .array
                .chunks(1)
                .filter(|rule| !matches!(rule, [Array::Unevaluated { .. }]))
            {
                self.array(rule, items, &mut seen)?;
            }
        }
        if let Value::Object(members) = value {
            for rule in rules
                .object
                .chunks(1)
                .filter(|rule| !matches!(rule, [Object::Unevaluated { .. }]))
            {
                self.object(rule, value, members, &mut seen)?;
            }
        }
        Ok(seen)
    }

    fn starting(program: &'p Program, steps: usize, depth: usize, transient: bool) -> Self {
        Self {
            program,
            steps,
            depth,
            memory: None,
            transient,
            payload: PhantomData,
        }
    }

    /// Steps that were taken.
    #[cfg(test)]
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            Err(Exhausted)
        } else {
            Ok(())
        }
    }

    fn visit(&mut self, id: NodeId, value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let program = self.program;
        match program.node(id) {
            // There may be as many as there are values.
            Node::Always => self.spend(1).map(|()| true),
            Node::Never => self.spend(1).map(|()| false),
            Node::Rules(rules) => {
                self.enter(rules.weight)?;
                let outcome = if program.unevaluated && rules.has_unevaluated() {
                    self.apart(rules, value, seen)
                } else {
                    self.rules(rules, value, seen)
                };
                self.leave();
                outcome
            }
        }
    }

    /// A schema with `unevaluated…` knows what it saw itself and not what others around it saw.
    fn apart(&mut self, rules: &'p Rules, value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let mut own = Seen::default();
        let outcome = self.rules(rules, value, &mut own)?;
        self.merge(seen, own)?;
        Ok(outcome)
    }

    fn rules(&mut self, rules: &'p Rules, value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let admitted = rules
            .types
            .as_ref()
            .is_none_or(|types| Types::admit(types.mask, value));
        if !admitted || !self.any(&rules.any, value, seen)? {
            return Ok(false);
        }
        match value {
            Value::Number(number) => Ok(rules.number.iter().all(|rule| rule.holds(number))),
            Value::String(text) => {
                for rule in &rules.string {
                    self.spend(rule.cost(text))?;
                    if !rule.holds(text) {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Value::Array(items) => self.array(&rules.array, items, seen),
            Value::Object(members) => self.object(&rules.object, value, members, seen),
            Value::Null | Value::Bool(_) => Ok(true),
        }
    }

    fn any(&mut self, rules: &'p [General], value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        for rule in rules {
            let holds = match rule {
                General::Ref(reference) => self.reference(reference, value, seen)?,
                General::Const { value: wanted, .. } => equal(wanted, value),
                General::Enum { values, .. } => values.iter().any(|wanted| equal(wanted, value)),
                General::Not(sub) => !self.accepts(sub.node, value)?,
                General::AnyOf(subs) => self.any_of(subs, value, seen)?,
                General::OneOf(subs) => self.one_of(subs, value, seen)?,
                General::AllOf(subs) => self.all_of(subs, value, seen)?,
                General::If(condition) => self.condition(condition, value, seen)?,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn reference(&mut self, to: &Reference, value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let remember = self.steps > MEMORY_FROM && !self.transient && seen.is_ignored();
        if !remember {
            return self.visit(to.node, value, seen);
        }
        let key = (to.node, std::ptr::from_ref(value));
        if let Some(known) = self.memory.as_ref().and_then(|memory| memory.get(&key)) {
            return Ok(*known);
        }
        let outcome = self.visit(to.node, value, seen)?;
        self.memory.get_or_insert_default().insert(key, outcome);
        Ok(outcome)
    }

    /// What failing branches saw does not count. All are looked at if what they see matters.
    fn any_of(&mut self, subs: &[Sub], value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let mut any = false;
        for sub in subs {
            any |= self.branch(sub.node, value, seen)?;
            if any && seen.is_ignored() {
                break;
            }
        }
        Ok(any)
    }

    fn one_of(&mut self, subs: &[Sub], value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let mut one = false;
        for sub in subs {
            if self.branch(sub.node, value, seen)? {
                if one {
                    return Ok(false);
                }
                one = true;
            }
        }
        Ok(one)
    }

    fn all_of(&mut self, subs: &[Sub], value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        for sub in subs {
            if !self.visit(sub.node, value, seen)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// AJV counts what `if` looked at whether or not it held.
    fn condition(&mut self, rule: &Condition, value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        let branch = if self.visit(rule.test, value, seen)? {
            rule.then
        } else {
            rule.otherwise
        };
        branch.map_or(Ok(true), |branch| self.branch(branch, value, seen))
    }

    /// A schema whose view counts only if it accepts.
    fn branch(&mut self, id: NodeId, value: &'v Value, seen: &mut Seen<'v>) -> Outcome {
        if seen.is_ignored() {
            return self.visit(id, value, seen);
        }
        let mut own = Seen::default();
        let accepted = self.visit(id, value, &mut own)?;
        if accepted {
            self.merge(seen, own)?;
        }
        Ok(accepted)
    }

    /// Every schema around has its own list of what was looked at.
    fn merge(&mut self, seen: &mut Seen<'v>, own: Seen<'v>) -> Result<(), Exhausted> {
        self.spend(24 * own.len())?;
        seen.merge(own);
        Ok(())
    }
}
