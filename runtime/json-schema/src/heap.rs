//! A payload as JavaScript holds it while AJV changes it.
//!
//! Scalars are values; arrays and objects are references, so a variable and a property may hold the same one, and one that
//! has left the payload can still be looked at. AJV's generated code depends on all of this.
//!
//! # Invariants
//! - Members are in JavaScript's order: array indices first, ascending, then as added.
//! - An opaque object is never changed. Placeholders of attachments are opaque: each stands for bytes.
//! - Nothing contains itself, so whatever recurses over a value ends.

mod members;
mod text;

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Number, Value};

use super::document::Doc;
use super::number;
use super::program::Types;

pub(super) use members::Members;

/// What a variable or a property holds.
#[derive(Debug, Clone)]
pub(super) enum Val {
    /// An item that was skipped when a later one was added.
    Undefined,
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Array(ArrayId),
    Object(ObjectId),
}

/// An array of a [`Heap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ArrayId(usize);

/// An object of a [`Heap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ObjectId(usize);

/// All arrays and objects that there are, or were, in a payload.
#[derive(Debug, Default)]
pub(super) struct Heap {
    arrays: Vec<Vec<Val>>,
    objects: Vec<Members>,
    changed: bool,
}

impl Heap {
    /// The items of an array.
    pub(super) fn items(&self, id: ArrayId) -> &[Val] {
        self.arrays.get(id.0).map_or(&[], Vec::as_slice)
    }

    /// The members of an object.
    pub(super) fn members(&self, id: ObjectId) -> &Members {
        static NONE: Members = Members::new();
        self.objects.get(id.0).unwrap_or(&NONE)
    }

    /// A new array.
    pub(super) fn array(&mut self, items: Vec<Val>) -> Val {
        self.arrays.push(items);
        Val::Array(ArrayId(self.arrays.len() - 1))
    }

    /// A new object.
    pub(super) fn object(&mut self, members: Members) -> Val {
        self.objects.push(members);
        Val::Object(ObjectId(self.objects.len() - 1))
    }

    /// A deep copy of a part of a schema.
    pub(super) fn copy(&mut self, doc: &Doc) -> Val {
        match doc {
            Doc::Null => Val::Null,
            Doc::Bool(value) => Val::Bool(*value),
            Doc::Number(value) => Val::Number(value.clone()),
            Doc::String(text) => Val::String(text.as_str().into()),
            Doc::Array(items) => {
                let items = items.iter().map(|item| self.copy(item)).collect();
                self.array(items)
            }
            Doc::Object(fields) => {
                let mut members = Members::default();
                for (name, value) in fields {
                    members.set(name.as_str().into(), self.copy(value));
                }
                self.object(members)
            }
        }
    }

    /// Sets an item; those in between that do not exist become undefined.
    pub(super) fn set_item(&mut self, id: ArrayId, index: usize, value: Val) {
        let Some(items) = self.arrays.get_mut(id.0) else {
            return;
        };
        if index >= items.len() {
            items.resize(index + 1, Val::Undefined);
        }
        if let Some(item) = items.get_mut(index) {
            *item = value;
            self.changed = true;
        }
    }

    /// Sets a member, unless the object is opaque.
    pub(super) fn set_member(&mut self, id: ObjectId, name: Arc<str>, value: Val) {
        if let Some(members) = self.changeable(id) {
            members.set(name, value);
            self.changed = true;
        }
    }

    /// Removes a member, unless the object is opaque.
    pub(super) fn remove_member(&mut self, id: ObjectId, name: &str) {
        if let Some(members) = self.changeable(id) {
            self.changed |= members.remove(name);
        }
    }

    /// Whether a value of the payload is another than it was.
    pub(super) fn is_changed(&self) -> bool {
        self.changed
    }

    /// The same value without order, for comparisons. What is undefined becomes `null`, as in JSON.
    pub(super) fn value(&self, val: &Val) -> Value {
        match val {
            Val::Undefined | Val::Null => Value::Null,
            Val::Bool(value) => Value::Bool(*value),
            Val::Number(value) => Value::Number(value.clone()),
            Val::String(text) => Value::String(text.as_ref().to_owned()),
            Val::Array(id) => self
                .items(*id)
                .iter()
                .map(|item| self.value(item))
                .collect(),
            Val::Object(id) => {
                let members = self.members(*id).iter();
                members
                    .map(|(name, value)| (name.as_ref().to_owned(), self.value(value)))
                    .collect()
            }
        }
    }

    /// Whether `val` is the JSON value `wanted`.
    pub(super) fn equals(&self, val: &Val, wanted: &Value) -> bool {
        match (val, wanted) {
            (Val::Null, Value::Null) => true,
            (Val::Bool(val), Value::Bool(wanted)) => val == wanted,
            (Val::Number(val), Value::Number(wanted)) => {
                number::compare(val, wanted) == Ordering::Equal
            }
            (Val::String(val), Value::String(wanted)) => **val == **wanted,
            (Val::Array(id), Value::Array(wanted)) => {
                let items = self.items(*id);
                items.len() == wanted.len()
                    && items
                        .iter()
                        .zip(wanted)
                        .all(|(item, wanted)| self.equals(item, wanted))
            }
            (Val::Object(id), Value::Object(wanted)) => {
                let members = self.members(*id);
                members.len() == wanted.len()
                    && wanted.iter().all(|(name, wanted)| {
                        members
                            .get(name)
                            .is_some_and(|value| self.equals(value, wanted))
                    })
            }
            _ => false,
        }
    }

    fn changeable(&mut self, id: ObjectId) -> Option<&mut Members> {
        let members = self.objects.get_mut(id.0)?;
        (!members.is_opaque()).then_some(members)
    }
}

impl Val {
    /// Whether the value is of one of the types.
    pub(super) fn is_of(&self, mask: u8) -> bool {
        let bit = match self {
            Self::Undefined => 0,
            Self::Null => Types::NULL,
            Self::Bool(_) => Types::BOOLEAN,
            Self::Number(number) => return Types::admit_number(mask, number),
            Self::String(_) => Types::STRING,
            Self::Array(_) => Types::ARRAY,
            Self::Object(_) => Types::OBJECT,
        };
        mask & bit != 0
    }
}
