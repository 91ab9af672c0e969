//! Why a value does not satisfy a schema: AJV's error objects in AJV's order.
//!
//! Runs only once the verdict is no. Wherever AJV would try something and take its errors back,
//! `verdict` is asked first, so whatever is recorded stays and the list is a prefix of AJV's.
//!
//! # Invariants
//! - At most `limit` objects are recorded, and none once they are [`MAX_WRITTEN`] bytes long:
//!   a client chooses the names in the paths. The run ends with the last one.
//! - Steps are bounded as in `verdict`, which does the deciding.
//!
//! Start at [`Explain::run`].

mod array;
mod leaf;
mod object;

use serde_json::Value;

use super::equal::equal;
use super::failure::Failure;
use super::place::{Path, Place};
use super::program::{
    Condition, General, Group, Node, NodeId, Program, Reference, Rules, Sub, Types,
};
use super::verdict::{Exhausted, Verdict};
use super::violation::Violation;

/// Bytes of JSON after which nothing is added.
pub(super) const MAX_WRITTEN: usize = 64 * 1024;

/// How much AJV is asked to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `allErrors: false`.
    First,
    /// `allErrors: true`.
    All,
}

/// Why a run ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The list is as long as it may be.
    Full,
    /// The budget is used up.
    Exhausted,
}

/// Whether the value is valid as far as looked at.
type Outcome = Result<bool, Stop>;

impl From<Exhausted> for Stop {
    fn from(Exhausted: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// A run over one payload.
pub(super) struct Explain<'p, 'v> {
    program: &'p Program,
    verdict: Verdict<'p, 'v>,
    mode: Mode,
    limit: usize,
    written: usize,
    violations: Vec<Violation>,
}

impl<'p, 'v> Explain<'p, 'v> {
    /// Lists what is wrong with the payload: at most `limit` objects, and what was found so far
    /// if the budget does not reach.
    pub(super) fn run(
        program: &'p Program,
        value: &'v Value,
        mode: Mode,
        limit: usize,
    ) -> Vec<Violation> {
        let verdict = Verdict::new(program);
        let mut explain = Self {
            program,
            verdict,
            mode,
            limit,
            written: 0,
            violations: Vec::new(),
        };
        let place = Place {
            instance: &Path::Start(""),
            schema: &Path::Start("#"),
            composite: false,
            name: None,
        };
        // How the run ended shows in the list.
        let _: Outcome = explain.visit(NodeId::ROOT, value, place);
        explain.violations
    }

    fn visit(&mut self, id: NodeId, value: &'v Value, at: Place<'_>) -> Outcome {
        let program = self.program;
        match program.node(id) {
            Node::Always => Ok(self.verdict.spend(1).map(|()| true)?),
            Node::Never => self.fail(at, Failure::never()),
            Node::Rules(rules) => {
                self.verdict.enter(rules.weight)?;
                let outcome = self.rules(rules, value, at);
                self.verdict.leave();
                outcome
            }
        }
    }

    /// The keywords of one schema, group by group.
    fn rules(&mut self, rules: &'p Rules, value: &'v Value, at: Place<'_>) -> Outcome {
        let mut valid = true;
        if let Some(types) = &rules.types
            && types.within.is_none()
            && !Types::admit(types.mask, value)
        {
            valid = self.fail(at, Failure::mismatch(types))?;
            // Within `anyOf` and the like, AJV still looks at the first group after a mismatch.
            if self.is_over(valid) && !at.composite {
                return Ok(false);
            }
        }
        valid &= self.any(&rules.any, value, at)?;
        for group in [Group::Number, Group::String, Group::Array, Group::Object] {
            if self.is_over(valid) {
                return Ok(false);
            }
            valid &= self.group(group, rules, value, at)?;
        }
        Ok(valid)
    }

    fn group(
        &mut self,
        group: Group,
        rules: &'p Rules,
        value: &'v Value,
        at: Place<'_>,
    ) -> Outcome {
        match (group, value) {
            (Group::Number, Value::Number(number)) => self.number(&rules.number, number, at),
            (Group::String, Value::String(text)) => self.string(&rules.string, text, at),
            (Group::Array, Value::Array(_)) => self.array(rules, value, at),
            (Group::Object, Value::Object(_)) => self.object(rules, value, at),
            _ => match rules.mismatch_within(group) {
                Some(types) => self.fail(at, Failure::mismatch(types)),
                None => Ok(true),
            },
        }
    }

    fn any(&mut self, rules: &'p [General], value: &'v Value, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules {
            valid &= match rule {
                General::Ref(reference) => self.reference(reference, value, at)?,
                General::Const {
                    value: wanted,
                    written,
                } => equal(wanted, value) || self.fail(at, Failure::constant(written))?,
                General::Enum { values, written } => {
                    values.iter().any(|wanted| equal(wanted, value))
                        || self.fail(at, Failure::choice(written))?
                }
                General::Not(sub) => self.not(sub, value, at)?,
                General::AnyOf(subs) => self.any_of(subs, value, at)?,
                General::OneOf(subs) => self.one_of(subs, value, at)?,
                General::AllOf(subs) => self.all_of(subs, value, at)?,
                General::If(condition) => self.condition(condition, value, at)?,
            };
            if self.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    /// Asks for the verdict first: valid targets are the ones that can be reached exponentially
    /// often without ever adding to the list.
    fn reference(&mut self, to: &Reference, value: &'v Value, at: Place<'_>) -> Outcome {
        if self.verdict.accepts(to.node, value)? {
            return Ok(true);
        }
        let schema = &Path::Start(&to.path);
        let (composite, name) = if to.inline {
            (at.composite, at.name)
        } else {
            (false, None)
        };
        self.visit(
            to.node,
            value,
            Place {
                schema,
                composite,
                name,
                ..at
            },
        )
    }

    fn not(&mut self, sub: &Sub, value: &'v Value, at: Place<'_>) -> Outcome {
        if !self.verdict.accepts(sub.node, value)? {
            return Ok(true);
        }
        self.fail(at, Failure::not())
    }

    fn any_of(&mut self, subs: &[Sub], value: &'v Value, at: Place<'_>) -> Outcome {
        for sub in subs {
            if self.verdict.accepts(sub.node, value)? {
                return Ok(true);
            }
        }
        for sub in subs {
            self.visit(sub.node, value, at.schema(&at.then(&sub.path)).composed())?;
        }
        self.fail(at, Failure::any_of())
    }

    fn one_of(&mut self, subs: &[Sub], value: &'v Value, at: Place<'_>) -> Outcome {
        let mut passing = Vec::new();
        for (i, sub) in subs.iter().enumerate() {
            if passing.len() < 2 && self.verdict.accepts(sub.node, value)? {
                passing.push(i);
            }
        }
        let (tried, passing) = match passing[..] {
            [_] => return Ok(true),
            [first, second, ..] => (second, Some([first, second])),
            [] => (subs.len(), None),
        };
        for (i, sub) in subs.iter().enumerate().take(tried) {
            if passing.is_none_or(|[first, _]| i != first) {
                self.visit(sub.node, value, at.schema(&at.then(&sub.path)).composed())?;
            }
        }
        self.fail(at, Failure::one_of(passing))
    }

    fn all_of(&mut self, subs: &[Sub], value: &'v Value, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for sub in subs {
            valid &= self.visit(sub.node, value, at.schema(&at.then(&sub.path)))?;
            if self.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    /// The branch's own error comes first, and alone if AJV stops there.
    fn condition(&mut self, rule: &Condition, value: &'v Value, at: Place<'_>) -> Outcome {
        let holds = self.verdict.accepts(rule.test, value)?;
        let (keyword, branch) = if holds {
            ("then", rule.then)
        } else {
            ("else", rule.otherwise)
        };
        let Some(branch) = branch else {
            return Ok(true);
        };
        let path = if holds { "/then" } else { "/else" };
        let valid = self.visit(branch, value, at.schema(&at.then(path)))?;
        if valid || self.leaves(at) {
            return Ok(valid);
        }
        self.fail(at, Failure::branch(keyword))
    }

    /// Whether AJV looks no further in this schema.
    fn is_over(&self, valid: bool) -> bool {
        !valid && self.mode == Mode::First
    }

    /// Whether AJV returns right after the first error, leaving out what would enclose it.
    fn leaves(&self, at: Place<'_>) -> bool {
        self.mode == Mode::First && !at.composite
    }

    /// Records a violation; the answer is no.
    fn fail(&mut self, at: Place<'_>, failure: Failure) -> Outcome {
        let violation = at.violation(failure);
        self.written += serde_json::to_string(&violation).map_or(0, |text| text.len());
        self.violations.push(violation);
        let full = self.violations.len() >= self.limit || self.written >= MAX_WRITTEN;
        if full { Err(Stop::Full) } else { Ok(false) }
    }
}
