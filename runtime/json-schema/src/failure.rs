//! What each keyword says when it fails: its name, `params` and `message`, in AJV's words.

use std::sync::Arc;

use serde_json::Number;

use super::document::Doc;
use super::equal::{Duplicate, Search};
use super::number;
use super::program::{Bound, Contains, Need, Numeric, Text, Types};
use super::violation::Fields;

/// An error object without its place.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) keyword: &'static str,
    pub(super) fields: Fields,
    pub(super) message: String,
}

impl Failure {
    fn new(keyword: &'static str, fields: Fields, message: impl Into<String>) -> Self {
        Self {
            keyword,
            fields,
            message: message.into(),
        }
    }

    /// The schema `false`.
    pub(super) fn never() -> Self {
        Self::new("false schema", Fields::None {}, "boolean schema is false")
    }

    /// A failed `type`.
    pub(super) fn mismatch(types: &Types) -> Self {
        let names = match &*types.written {
            Doc::Array(names) => names
                .iter()
                .filter_map(Doc::as_str)
                .collect::<Vec<_>>()
                .join(","),
            name => name.as_str().unwrap_or_default().to_owned(),
        };
        let fields = Fields::Type {
            r#type: Arc::clone(&types.written),
        };
        Self::new("type", fields, format!("must be {names}"))
    }

    pub(super) fn constant(written: &Arc<Doc>) -> Self {
        let fields = Fields::AllowedValue {
            allowed_value: Arc::clone(written),
        };
        Self::new("const", fields, "must be equal to constant")
    }

    pub(super) fn choice(written: &Arc<Doc>) -> Self {
        let fields = Fields::AllowedValues {
            allowed_values: Arc::clone(written),
        };
        Self::new("enum", fields, "must be equal to one of the allowed values")
    }

    pub(super) fn not() -> Self {
        Self::new("not", Fields::None {}, "must NOT be valid")
    }

    pub(super) fn any_of() -> Self {
        Self::new("anyOf", Fields::None {}, "must match a schema in anyOf")
    }

    /// With the two branches that match, or none.
    pub(super) fn one_of(passing_schemas: Option<[usize; 2]>) -> Self {
        let fields = Fields::PassingSchemas { passing_schemas };
        Self::new("oneOf", fields, "must match exactly one schema in oneOf")
    }

    /// `then` or `else`, in which an `if` failed.
    pub(super) fn branch(failing_keyword: &'static str) -> Self {
        let fields = Fields::FailingKeyword { failing_keyword };
        let message = format!("must match \"{failing_keyword}\" schema");
        Self::new("if", fields, message)
    }

    pub(super) fn number(rule: &Numeric) -> Self {
        match rule {
            Numeric::Bound { bound, limit } => Self::bound(*bound, limit),
            Numeric::MultipleOf(divisor) => {
                let fields = Fields::MultipleOf {
                    multiple_of: divisor.clone(),
                };
                let message = format!("must be multiple of {}", number::to_js(divisor));
                Self::new("multipleOf", fields, message)
            }
            Numeric::Format { name, .. } => Self::format(name),
        }
    }

    pub(super) fn text(rule: &Text) -> Self {
        match rule {
            Text::MaxLength(limit) => Self::limit(limit, "maxLength", "more", "characters"),
            Text::MinLength(limit) => Self::limit(limit, "minLength", "fewer", "characters"),
            Text::Pattern(pattern) => {
                let fields = Fields::Pattern {
                    pattern: Arc::clone(pattern.source()),
                };
                let message = format!("must match pattern \"{}\"", pattern.source());
                Self::new("pattern", fields, message)
            }
            Text::Format { name, .. } => Self::format(name),
        }
    }

    /// A failed count of characters, items or properties.
    pub(super) fn limit(
        limit: &Number,
        keyword: &'static str,
        comparison: &str,
        things: &str,
    ) -> Self {
        let message = format!(
            "must NOT have {comparison} than {} {things}",
            number::to_js(limit)
        );
        let limit = limit.clone();
        Self::new(keyword, Fields::Limit { limit }, message)
    }

    pub(super) fn contains(rule: &Contains) -> Self {
        let min = number::to_js(&rule.min);
        let message = match &rule.max {
            None => format!("must contain at least {min} valid item(s)"),
            Some(max) => {
                let max = number::to_js(max);
                format!("must contain at least {min} and no more than {max} valid item(s)")
            }
        };
        let fields = Fields::Contains {
            min_contains: rule.min.clone(),
            max_contains: rule.max.clone(),
        };
        Self::new("contains", fields, message)
    }

    pub(super) fn duplicate(pair: Duplicate, search: Search) -> Self {
        let (i, j) = match search {
            Search::LastRepeat => (pair.later, pair.earlier),
            Search::LastRepeated => (pair.earlier, pair.later),
        };
        let message = format!("must NOT have duplicate items (items ## {j} and {i} are identical)");
        Self::new("uniqueItems", Fields::Duplicate { i, j }, message)
    }

    pub(super) fn required(name: &Arc<str>) -> Self {
        let fields = Fields::MissingProperty {
            missing_property: Arc::clone(name),
        };
        let message = format!("must have required property '{name}'");
        Self::new("required", fields, message)
    }

    pub(super) fn name(name: &str) -> Self {
        let fields = Fields::PropertyName {
            property_name: name.to_owned(),
        };
        Self::new("propertyNames", fields, "property name must be valid")
    }

    pub(super) fn additional(name: &str) -> Self {
        let fields = Fields::AdditionalProperty {
            additional_property: name.to_owned(),
        };
        Self::new(
            "additionalProperties",
            fields,
            "must NOT have additional properties",
        )
    }

    pub(super) fn unevaluated(name: &str) -> Self {
        let fields = Fields::UnevaluatedProperty {
            unevaluated_property: name.to_owned(),
        };
        Self::new(
            "unevaluatedProperties",
            fields,
            "must NOT have unevaluated properties",
        )
    }

    /// `dependencies` or `dependentRequired` without one of the properties needed.
    pub(super) fn needed(keyword: &'static str, need: &Need, missing: &Arc<str>) -> Self {
        let things = if need.missing.len() == 1 {
            "property"
        } else {
            "properties"
        };
        let message = format!(
            "must have {things} {} when property {} is present",
            need.list, need.property
        );
        let fields = Fields::Dependency {
            property: Arc::clone(&need.property),
            missing_property: Arc::clone(missing),
            deps_count: need.missing.len(),
            deps: Arc::clone(&need.list),
        };
        Self::new(keyword, fields, message)
    }

    fn bound(bound: Bound, limit: &Number) -> Self {
        let (keyword, comparison) = match bound {
            Bound::Maximum => ("maximum", "<="),
            Bound::Minimum => ("minimum", ">="),
            Bound::ExclusiveMaximum => ("exclusiveMaximum", "<"),
            Bound::ExclusiveMinimum => ("exclusiveMinimum", ">"),
        };
        let message = format!("must be {comparison} {}", number::to_js(limit));
        let limit = limit.clone();
        Self::new(keyword, Fields::Comparison { comparison, limit }, message)
    }

    fn format(name: &Arc<str>) -> Self {
        let fields = Fields::Format {
            format: Arc::clone(name),
        };
        Self::new("format", fields, format!("must match format \"{name}\""))
    }
}
