//! Validation that changes the payload: AJV with `useDefaults`, `coerceTypes` or `removeAdditional`.
//!
//! What AJV changes depends on the order in which its generated code runs, on where that code gives up, and on its
//! variables: a `$ref` to a function of its own coerces the parent's property, and not the variable that the caller goes on
//! with. So this goes AJV's way step by step, changing a [`Heap`] and collecting errors, which it takes back where AJV does.
//!
//! # Invariants
//! - Steps are bounded as in `verdict`. Nothing is remembered here, since values change: a payload of which the errors take
//!   exponentially long to find is refused.
//! - What is added to a payload is counted before it is there.
//! - The list of errors is a prefix of AJV's.
//!
//! Start at [`amend`].

mod array;
mod errors;
mod general;
mod object;

use serde_json::Number;
use thiserror::Error;

use super::coerce::{coerce, is_scalar};
use super::explain::Mode;
use super::failure::Failure;
use super::heap::{ArrayId, Heap, ObjectId, Val};
use super::options::{CoerceTypes, RemoveAdditional, UseDefaults, ValidationOptions};
use super::place::{Path, Place};
use super::program::{
    Additional, Array, Changes, Condition, Contains, DefaultValue, General, Group, Need, Node,
    NodeId, Numeric, Object, Program, Reference, Rules, Sub, Text, Types,
};
use super::verdict::{Exhausted, MAX_STEPS, Verdict};
use super::violation::Violation;
use errors::Errors;

/// Why there is no payload to go on with.
#[derive(Debug, Error)]
pub enum AmendError {
    /// The text has what JSON cannot mean.
    #[error("the payload cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The payload does not satisfy the schema.
    #[error("the payload is not valid")]
    Invalid(Vec<Violation>),
    /// With its defaults it is longer than it may be.
    #[error("the payload with its defaults is longer than it may be")]
    TooLarge,
}

/// Why a run ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The list is as long as it may be, and the answer is no.
    Full,
    /// The budget is used up.
    Exhausted,
    /// The payload is as long as it may be.
    TooLarge,
}

/// Whether the value is valid as far as looked at.
type Outcome = Result<bool, Stop>;

impl From<Exhausted> for Stop {
    fn from(Exhausted: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// Validates the payload in `text` and changes it as the options say.
///
/// Gives the new text, or nothing where no value was changed. `room` is how many bytes defaults may add.
///
/// # Errors
/// See [`AmendError`].
pub(super) fn amend(
    program: &Program,
    options: ValidationOptions,
    text: &str,
    room: usize,
) -> Result<Option<String>, AmendError> {
    let (heap, root) = Heap::parse(text)?;
    let mut amend = Amend {
        program,
        options,
        verdict: Verdict::new(program),
        heap,
        errors: Errors::default(),
        room,
        tentative: 0,
        names: 0,
    };
    let at = At {
        place: Place {
            instance: &Path::Start(""),
            schema: &Path::Start("#"),
            composite: false,
            name: None,
        },
        slot: Slot::Root,
        mode: amend.mode(),
    };
    // AJV cannot change the root: it coerces a variable, and its caller keeps what it has.
    match amend.visit(NodeId::ROOT, &mut root.clone(), at) {
        Ok(true) if amend.heap.is_changed() => Ok(Some(amend.heap.write(&root)?)),
        Ok(true) => Ok(None),
        Ok(false) | Err(Stop::Full) => Err(AmendError::Invalid(amend.errors.into_list())),
        Err(Stop::Exhausted) => {
            let violation = Violation::too_complex(MAX_STEPS);
            Err(AmendError::Invalid(vec![violation]))
        }
        Err(Stop::TooLarge) => Err(AmendError::TooLarge),
    }
}

/// A run over one payload.
struct Amend<'p> {
    program: &'p Program,
    options: ValidationOptions,
    /// Keeps the budget.
    verdict: Verdict<'p, 'static>,
    heap: Heap,
    errors: Errors,
    /// Bytes that defaults may still add.
    room: usize,
    /// Keywords around that may take errors back.
    tentative: usize,
    /// `propertyNames` around: a name is not coerced.
    names: usize,
}

/// Where the run is.
#[derive(Clone, Copy)]
struct At<'a> {
    place: Place<'a>,
    /// What else holds the value at hand.
    slot: Slot<'a>,
    /// Whether AJV collects errors here or stops at the first.
    mode: Mode,
}

/// The property that AJV writes a coerced value to.
#[derive(Clone, Copy)]
enum Slot<'a> {
    /// None.
    Root,
    Member(ObjectId, &'a str),
    Item(ArrayId, usize),
}

impl<'p> Amend<'p> {
    fn visit(&mut self, id: NodeId, data: &mut Val, at: At<'_>) -> Outcome {
        let program = self.program;
        match program.node(id) {
            Node::Always => Ok(self.verdict.spend(1).map(|()| true)?),
            Node::Never => {
                self.verdict.spend(1)?;
                self.fail(at, Failure::never)
            }
            Node::Rules(rules) => {
                self.verdict.enter(rules.weight)?;
                let outcome = self.rules(rules, data, at);
                self.verdict.leave();
                outcome
            }
        }
    }

    /// The keywords of one schema, group by group.
    fn rules(&mut self, rules: &'p Rules, data: &mut Val, at: At<'_>) -> Outcome {
        let mut valid = true;
        if let Some(types) = &rules.types
            && (types.within.is_none() || types.is_coercible(self.options))
            && !data.is_of(types.mask)
        {
            valid = self.coerce(types, data, at)?;
            // Within `anyOf` and the like, AJV still looks at the first group after a mismatch.
            if at.is_over(valid) && !at.place.composite {
                return Ok(false);
            }
        }
        valid &= self.any(&rules.any, data, at)?;
        for group in [Group::Number, Group::String, Group::Array, Group::Object] {
            if at.is_over(valid) {
                return Ok(false);
            }
            valid &= self.group(group, rules, data, at)?;
        }
        Ok(valid)
    }

    fn group(&mut self, group: Group, rules: &'p Rules, data: &Val, at: At<'_>) -> Outcome {
        match (group, data) {
            (Group::Number, Val::Number(value)) => self.number(&rules.number, value, at),
            (Group::String, Val::String(text)) => self.string(&rules.string, text, at),
            (Group::Array, Val::Array(id)) => self.array(rules, *id, at),
            (Group::Object, Val::Object(id)) => self.object(rules, *id, at),
            _ => match rules.mismatch_within(group) {
                Some(types) if !types.is_coercible(self.options) => {
                    self.fail(at, || Failure::mismatch(types))
                }
                _ => Ok(true),
            },
        }
    }

    fn number(&mut self, rules: &'p [Numeric], value: &Number, at: At<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules.iter().filter(|rule| !rule.holds(value)) {
            valid = self.fail(at, || Failure::number(rule))?;
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn string(&mut self, rules: &'p [Text], text: &str, at: At<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules {
            self.verdict.spend(rule.cost(text))?;
            if rule.holds(text) {
                continue;
            }
            valid = self.fail(at, || Failure::text(rule))?;
            if at.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    /// Makes the value one of the types, or reports that it is none.
    fn coerce(&mut self, types: &'p Types, data: &mut Val, at: At<'_>) -> Outcome {
        if self.names > 0 || !types.is_coercible(self.options) {
            return self.fail(at, || Failure::mismatch(types));
        }
        let mut coerced = None;
        if self.options.coerce_types == CoerceTypes::Array
            && let Val::Array(id) = data
            && let [only] = self.heap.items(*id)
        {
            // AJV takes the item out even if that does not help. With several types it asks for all of them at once, which
            // none is; then only what can be coerced will do.
            *data = only.clone();
            coerced = (types.is_one() && data.is_of(types.mask)).then(|| data.clone());
        }
        if let Val::String(text) = data {
            // Each type may read it once.
            self.verdict.spend(types.order.len() * text.len() / 8)?;
        }
        for to in &types.order {
            if coerced.is_none() {
                coerced = self.coerce_to(*to, data)?;
            }
        }
        let Some(coerced) = coerced else {
            return self.fail(at, || Failure::mismatch(types));
        };
        *data = coerced.clone();
        match at.slot {
            Slot::Root => {}
            Slot::Member(id, name) => self.heap.set_member(id, name.into(), coerced),
            Slot::Item(id, index) => self.heap.set_item(id, index, coerced),
        }
        Ok(true)
    }

    fn coerce_to(&mut self, to: u8, data: &Val) -> Result<Option<Val>, Stop> {
        if to != Types::ARRAY {
            return Ok(coerce(data, to));
        }
        if self.options.coerce_types != CoerceTypes::Array || !is_scalar(data) {
            return Ok(None);
        }
        // An array that may soon be replaced by its item again, but stays on the heap.
        self.verdict.spend(16)?;
        self.take_room(2)?;
        Ok(Some(self.heap.array(vec![data.clone()])))
    }

    /// Takes what a default is about to add.
    fn take_room(&mut self, bytes: usize) -> Result<(), Stop> {
        self.room = self.room.checked_sub(bytes).ok_or(Stop::TooLarge)?;
        Ok(())
    }

    /// How AJV itself is set.
    fn mode(&self) -> Mode {
        if self.options.all_errors {
            Mode::All
        } else {
            Mode::First
        }
    }

    /// Records a violation; the answer is no.
    fn fail(&mut self, at: At<'_>, failure: impl FnOnce() -> Failure) -> Outcome {
        self.errors.add(|| at.place.violation(failure()));
        if self.tentative == 0 && self.errors.is_full() {
            return Err(Stop::Full);
        }
        Ok(false)
    }

    /// Runs what may take its errors back.
    fn tentatively(&mut self, run: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        self.tentative += 1;
        let outcome = run(self);
        self.tentative -= 1;
        outcome
    }

    /// Runs what only matters for its answer, as AJV does with `createErrors: false`.
    fn quietly(&mut self, run: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let before = self.errors.hush();
        let outcome = self.tentatively(run);
        self.errors.restore(before);
        outcome
    }
}

impl<'a> At<'a> {
    /// The same value under another schema.
    fn schema<'b>(self, schema: &'b Path<'b>) -> At<'b>
    where
        'a: 'b,
    {
        At {
            place: self.place.schema(schema),
            ..self
        }
    }

    /// A member or an item under another schema.
    fn inside<'b>(self, instance: &'b Path<'b>, schema: &'b Path<'b>, slot: Slot<'b>) -> At<'b>
    where
        'a: 'b,
    {
        At {
            place: self.place.at(instance, schema),
            slot,
            mode: self.mode,
        }
    }

    /// The same place inside a keyword like `anyOf`.
    fn composed(self) -> Self {
        Self {
            place: self.place.composed(),
            ..self
        }
    }

    /// The same place inside a keyword like `not`, of which no error remains.
    fn hushed(self) -> Self {
        Self {
            mode: Mode::First,
            ..self.composed()
        }
    }

    /// Whether AJV looks no further in this schema.
    fn is_over(self, valid: bool) -> bool {
        !valid && self.mode == Mode::First
    }

    /// Whether AJV returns right after the first error, leaving out what would enclose it.
    fn leaves(self) -> bool {
        self.mode == Mode::First && !self.place.composite
    }
}
