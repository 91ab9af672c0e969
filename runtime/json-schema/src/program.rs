//! A schema compiled into rules, grouped and ordered as AJV evaluates them.
//!
//! AJV looks at `type`, then at the keywords for any value, then at those for numbers, strings,
//! arrays and objects; which error comes first follows from that. `compile` builds this form,
//! `verdict` says yes or no by it, `explain` says why not.

use std::sync::Arc;

use serde_json::{Number, Value};

use super::document::Doc;
use super::equal;
use super::format::Format;
use super::number;
use super::options::{CoerceTypes, ValidationOptions};
use super::pattern::Pattern;

/// All schemas of a document; the root is the first.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) nodes: Vec<Node>,
    /// Whether `unevaluatedProperties` or `unevaluatedItems` occurs.
    pub(super) unevaluated: bool,
    /// Whether AJV, for the sake of such keywords, looks at all branches of an `anyOf`.
    pub(super) all_branches: bool,
}

/// A schema's place in its [`Program`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) u32);

impl NodeId {
    pub(super) const ROOT: Self = Self(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Program {
    /// The schema of that number.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.index()).unwrap_or(&Node::Always)
    }
}

/// One schema.
#[derive(Debug)]
pub(super) enum Node {
    /// `true`, or an object without keywords.
    Always,
    /// `false`.
    Never,
    Rules(Box<Rules>),
}

/// The keywords of one schema.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub(super) types: Option<Types>,
    pub(super) any: Vec<General>,
    pub(super) number: Vec<Numeric>,
    pub(super) string: Vec<Text>,
    pub(super) array: Vec<Array>,
    pub(super) object: Vec<Object>,
    /// What options that change payloads need besides.
    pub(super) changes: Option<Box<Changes>>,
    /// Steps that looking at this schema costs by itself.
    pub(super) weight: usize,
}

/// How a schema changes values, if the options say so.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Defaults of `properties`.
    pub(super) members: Vec<(Arc<str>, DefaultValue)>,
    /// Defaults of a list of `items`.
    pub(super) items: Vec<(usize, DefaultValue)>,
    /// What `removeAdditional: "all"` makes of `properties` without `additionalProperties`.
    pub(super) unnamed: Option<Additional>,
}

/// A `default`.
#[derive(Debug)]
pub(super) struct DefaultValue {
    pub(super) value: Doc,
    /// Its length as JSON.
    pub(super) bytes: usize,
}

/// A subschema with the steps of the schema path that lead to it, as `/properties/name`.
#[derive(Debug)]
pub(super) struct Sub {
    pub(super) node: NodeId,
    pub(super) path: String,
}

/// `type` and `nullable`.
#[derive(Debug)]
pub(super) struct Types {
    pub(super) mask: u8,
    /// The bits of the mask in the order in which AJV tries to coerce to them.
    pub(super) order: Vec<u8>,
    /// As AJV reports it.
    pub(super) written: Arc<Doc>,
    /// The group that reports a mismatch in passing: AJV checks a lone type together with the
    /// keywords for it, if there are any, and everything else before all keywords.
    pub(super) within: Option<Group>,
}

/// A group of keywords that only look at values of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Number,
    String,
    Array,
    Object,
}

/// Keywords for any value.
#[derive(Debug)]
pub(super) enum General {
    Ref(Reference),
    Const {
        value: Value,
        written: Arc<Doc>,
    },
    Enum {
        values: Vec<Value>,
        written: Arc<Doc>,
    },
    Not(Sub),
    AnyOf(Vec<Sub>),
    OneOf(Vec<Sub>),
    AllOf(Vec<Sub>),
    If(Condition),
}

/// `$ref`.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) node: NodeId,
    /// Where the schema paths of the target's errors start.
    pub(super) path: String,
    /// Whether AJV compiles the target in place. If not, the target starts over: it knows nothing
    /// of an `anyOf` or `propertyNames` around it.
    pub(super) inline: bool,
}

/// `if` with `then` and `else`.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) test: NodeId,
    pub(super) then: Option<NodeId>,
    pub(super) otherwise: Option<NodeId>,
}

/// Keywords for numbers.
#[derive(Debug)]
pub(super) enum Numeric {
    Bound {
        bound: Bound,
        limit: Number,
    },
    MultipleOf(Number),
    Format {
        check: fn(&Number) -> bool,
        name: Arc<str>,
    },
}

/// The four comparisons.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    Maximum,
    Minimum,
    ExclusiveMaximum,
    ExclusiveMinimum,
}

/// Keywords for strings.
#[derive(Debug)]
pub(super) enum Text {
    MaxLength(Number),
    MinLength(Number),
    Pattern(Arc<Pattern>),
    Format {
        check: fn(&str) -> bool,
        half_steps_per_byte: usize,
        name: Arc<str>,
    },
}

/// Keywords for arrays.
#[derive(Debug)]
pub(super) enum Array {
    MaxItems(Number),
    MinItems(Number),
    /// A schema for each place.
    Tuple {
        items: Vec<Sub>,
    },
    /// A schema for the items from some place on. `closed` is the keyword that forbids them.
    Items {
        from: usize,
        keyword: &'static str,
        item: NodeId,
    },
    NoItems {
        from: usize,
        keyword: &'static str,
    },
    Contains(Contains),
    /// The search tells which pair AJV names; with scalar `items` it skips items of other types.
    Unique {
        search: equal::Search,
        types: Option<u8>,
    },
    Unevaluated {
        item: NodeId,
    },
}

/// `contains` with its counts.
#[derive(Debug)]
pub(super) struct Contains {
    pub(super) item: NodeId,
    pub(super) min: Number,
    pub(super) max: Option<Number>,
}

/// Keywords for objects.
#[derive(Debug)]
pub(super) enum Object {
    MaxProperties(Number),
    MinProperties(Number),
    Required(Vec<Arc<str>>),
    Names(NodeId),
    Additional(Additional),
    /// `dependencies` with lists, or `dependentRequired`.
    Needs {
        keyword: &'static str,
        needs: Vec<Need>,
    },
    /// `dependencies` with schemas, or `dependentSchemas`.
    Dependent(Vec<(String, Sub)>),
    Properties(Vec<(String, Sub)>),
    Patterns(Vec<(Arc<Pattern>, Sub)>),
    Unevaluated {
        member: NodeId,
    },
}

/// `additionalProperties` and what it does not apply to.
#[derive(Debug)]
pub(super) struct Additional {
    pub(super) member: NodeId,
    /// Sorted.
    pub(super) named: Vec<String>,
    pub(super) patterns: Vec<Arc<Pattern>>,
}

/// The members that must be there if another is.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) property: Arc<str>,
    pub(super) missing: Vec<Arc<str>>,
    /// Comma-separated.
    pub(super) list: Arc<str>,
}

impl Group {
    /// The group of a lone type that has one.
    pub(super) fn of(mask: u8) -> Option<Self> {
        Some(match mask {
            Types::NUMBER => Self::Number,
            Types::STRING => Self::String,
            Types::ARRAY => Self::Array,
            Types::OBJECT => Self::Object,
            _ => return None,
        })
    }
}

impl Node {
    /// Whether the schema wants to know what its other keywords looked at.
    pub(super) fn has_unevaluated(&self) -> bool {
        match self {
            Self::Rules(rules) => rules.has_unevaluated(),
            _ => false,
        }
    }
}

impl Rules {
    /// Whether the schema accepts everything.
    pub(super) fn is_empty(&self) -> bool {
        let groups = self.any.len() + self.number.len() + self.string.len();
        self.types.is_none() && groups + self.array.len() + self.object.len() == 0
    }

    /// Whether the schema wants to know what its other keywords looked at.
    pub(super) fn has_unevaluated(&self) -> bool {
        self.array
            .iter()
            .any(|rule| matches!(rule, Array::Unevaluated { .. }))
            || self
                .object
                .iter()
                .any(|rule| matches!(rule, Object::Unevaluated { .. }))
    }

    /// Steps for everything in this schema that does not depend on the value's size.
    pub(super) fn cost(&self) -> usize {
        let leaves = 1 + self.number.len() + self.string.len() + self.array.len();
        leaves
            + self.any.iter().map(General::cost).sum::<usize>()
            + self.object.iter().map(Object::cost).sum::<usize>()
    }

    /// Whether a mismatch of `type` is reported by `group`.
    pub(super) fn mismatch_within(&self, group: Group) -> Option<&Types> {
        self.types
            .as_ref()
            .filter(|types| types.within == Some(group))
    }
}

impl General {
    fn cost(&self) -> usize {
        match self {
            Self::Const { value, .. } => size(value),
            Self::Enum { values, .. } => values.iter().map(size).sum(),
            _ => 1,
        }
    }
}

impl Object {
    fn cost(&self) -> usize {
        1 + match self {
            Self::Required(names) => names.iter().map(|name| text(name)).sum(),
            Self::Needs { needs, .. } => {
                let names = |need: &Need| need.missing.iter().map(|name| text(name)).sum::<usize>();
                needs
                    .iter()
                    .map(|need| text(&need.property) + names(need))
                    .sum()
            }
            Self::Dependent(members) | Self::Properties(members) => {
                members.iter().map(|(name, _)| text(name)).sum()
            }
            _ => 0,
        }
    }
}

/// Steps that comparing a value with one of the payload costs: one for each value inside, and more for long texts.
fn size(value: &Value) -> usize {
    match value {
        Value::String(value) => text(value),
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => members
            .iter()
            .fold(1, |sum, (name, value)| sum + name.len() / 64 + size(value)),
        _ => 1,
    }
}

/// Steps that comparing a text, or finding a member of that name, costs.
fn text(text: &str) -> usize {
    1 + text.len() / 64
}

impl Types {
    pub(super) const NULL: u8 = 1;
    pub(super) const BOOLEAN: u8 = 2;
    pub(super) const NUMBER: u8 = 4;
    pub(super) const INTEGER: u8 = 8;
    pub(super) const STRING: u8 = 16;
    pub(super) const ARRAY: u8 = 32;
    pub(super) const OBJECT: u8 = 64;

    /// The bit of a type's name.
    pub(super) fn bit(name: &str) -> Option<u8> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "number" => Self::NUMBER,
            "integer" => Self::INTEGER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }

    /// The name of a bit.
    pub(super) fn name(bit: u8) -> &'static str {
        match bit {
            Self::NULL => "null",
            Self::BOOLEAN => "boolean",
            Self::NUMBER => "number",
            Self::INTEGER => "integer",
            Self::STRING => "string",
            Self::ARRAY => "array",
            _ => "object",
        }
    }

    /// Whether the value is of one of the types.
    pub(super) fn admit(mask: u8, value: &Value) -> bool {
        let bit = match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) => return Self::admit_number(mask, number),
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        };
        mask & bit != 0
    }
}

impl Types {
    /// Whether the number is of one of the types.
    pub(super) fn admit_number(mask: u8, number: &Number) -> bool {
        let whole = mask & Self::INTEGER != 0 && number::is_integer(number);
        whole || mask & Self::NUMBER != 0
    }

    /// Whether there is only one: integers are numbers.
    pub(super) fn is_one(&self) -> bool {
        match self.mask {
            mask if mask & Self::NUMBER != 0 => mask & !Self::INTEGER == Self::NUMBER,
            mask => mask.is_power_of_two(),
        }
    }

    /// Whether a mismatch may be mended: AJV then looks at the type before all keywords.
    pub(super) fn is_coercible(&self, options: ValidationOptions) -> bool {
        let coercible = match options.coerce_types {
            CoerceTypes::Off => 0,
            CoerceTypes::Scalars => !(Self::ARRAY | Self::OBJECT),
            CoerceTypes::Array => !Self::OBJECT,
        };
        self.mask & coercible != 0
    }
}

impl Contains {
    /// Whether no number of matching items will do.
    pub(super) fn is_impossible(&self) -> bool {
        let (min, max) = (
            number::to_f64(&self.min),
            self.max.as_ref().map(number::to_f64),
        );
        max.is_some_and(|max| max < min)
    }

    /// Whether any number of matching items will do.
    pub(super) fn is_void(&self) -> bool {
        self.max.is_none() && number::to_f64(&self.min) == 0.0
    }
}

impl Additional {
    /// Applies to what is neither in `properties` nor in `patternProperties`.
    pub(super) fn beside<'a>(
        member: NodeId,
        properties: impl Iterator<Item = &'a (String, Sub)>,
        patterns: impl Iterator<Item = &'a (Arc<Pattern>, Sub)>,
    ) -> Self {
        let mut named: Vec<_> = properties.map(|(name, _)| name.clone()).collect();
        named.sort_unstable();
        Self {
            member,
            named,
            patterns: patterns.map(|(pattern, _)| Arc::clone(pattern)).collect(),
        }
    }

    /// Steps that finding out about one name costs.
    pub(super) fn cost(&self, name: &str) -> usize {
        self.patterns.iter().fold(text(name), |sum, pattern| {
            sum.saturating_add(pattern.cost(name))
        })
    }

    /// Whether the keyword applies to a member of that name.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.named
            .binary_search_by(|known| known.as_str().cmp(name))
            .is_err()
            && !self.patterns.iter().any(|pattern| pattern.matches(name))
    }
}

/// Which formats became rules: see [`Format`].
impl Numeric {
    pub(super) fn format(format: Format, name: &str) -> Option<Self> {
        match format {
            Format::Number(check) => Some(Self::Format {
                check,
                name: name.into(),
            }),
            _ => None,
        }
    }
}

impl Text {
    pub(super) fn format(format: Format, name: &str) -> Option<Self> {
        match format {
            Format::Text {
                check,
                half_steps_per_byte,
            } => Some(Self::Format {
                check,
                half_steps_per_byte,
                name: name.into(),
            }),
            _ => None,
        }
    }
}
