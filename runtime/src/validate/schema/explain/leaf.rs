//! Keywords that look at one value and no further.

use std::sync::Arc;

use serde_json::{Number, Value};

use super::super::document::Doc;
use super::super::equal::equal;
use super::super::number;
use super::super::program::{Bound, Numeric, Text, Types};
use super::super::violation::Fields;
use super::{Explain, Outcome, Place};

impl Explain<'_, '_> {
    /// The schema `false`.
    pub(super) fn never(&mut self, at: Place<'_>) -> Outcome {
        self.fail(
            at,
            "false schema",
            Fields::None {},
            "boolean schema is false".to_owned(),
        )
    }

    /// A failed `type`.
    pub(super) fn mismatch(&mut self, types: &Types, at: Place<'_>) -> Outcome {
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
        self.fail(at, "type", fields, format!("must be {names}"))
    }

    pub(super) fn constant(
        &mut self,
        wanted: &Value,
        written: &Arc<Doc>,
        value: &Value,
        at: Place<'_>,
    ) -> Outcome {
        if equal(wanted, value) {
            return Ok(true);
        }
        let fields = Fields::AllowedValue {
            allowed_value: Arc::clone(written),
        };
        self.fail(at, "const", fields, "must be equal to constant".to_owned())
    }

    pub(super) fn choice(
        &mut self,
        values: &[Value],
        written: &Arc<Doc>,
        value: &Value,
        at: Place<'_>,
    ) -> Outcome {
        if values.iter().any(|wanted| equal(wanted, value)) {
            return Ok(true);
        }
        let fields = Fields::AllowedValues {
            allowed_values: Arc::clone(written),
        };
        self.fail(
            at,
            "enum",
            fields,
            "must be equal to one of the allowed values".to_owned(),
        )
    }

    pub(super) fn number(&mut self, rules: &[Numeric], value: &Number, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules.iter().filter(|rule| !rule.holds(value)) {
            valid = match rule {
                Numeric::Bound { bound, limit } => self.bound(*bound, limit, at)?,
                Numeric::MultipleOf(divisor) => {
                    let message = format!("must be multiple of {}", number::to_js(divisor));
                    let fields = Fields::MultipleOf {
                        multiple_of: divisor.clone(),
                    };
                    self.fail(at, "multipleOf", fields, message)?
                }
                Numeric::Format { name, .. } => self.format(name, at)?,
            };
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    pub(super) fn string(&mut self, rules: &[Text], text: &str, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules {
            self.verdict.spend(rule.cost(text))?;
            if rule.holds(text) {
                continue;
            }
            valid = match rule {
                Text::MaxLength(limit) => {
                    self.limit(limit, at, "maxLength", "more", "characters")?
                }
                Text::MinLength(limit) => {
                    self.limit(limit, at, "minLength", "fewer", "characters")?
                }
                Text::Pattern(pattern) => {
                    let message = format!("must match pattern \"{}\"", pattern.source());
                    let fields = Fields::Pattern {
                        pattern: Arc::clone(pattern.source()),
                    };
                    self.fail(at, "pattern", fields, message)?
                }
                Text::Format { name, .. } => self.format(name, at)?,
            };
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    /// A failed count of characters, items or properties.
    pub(super) fn limit(
        &mut self,
        limit: &Number,
        at: Place<'_>,
        keyword: &'static str,
        comparison: &str,
        things: &str,
    ) -> Outcome {
        let message = format!(
            "must NOT have {comparison} than {} {things}",
            number::to_js(limit)
        );
        self.fail(
            at,
            keyword,
            Fields::Limit {
                limit: limit.clone(),
            },
            message,
        )
    }

    fn bound(&mut self, bound: Bound, limit: &Number, at: Place<'_>) -> Outcome {
        let (keyword, comparison) = match bound {
            Bound::Maximum => ("maximum", "<="),
            Bound::Minimum => ("minimum", ">="),
            Bound::ExclusiveMaximum => ("exclusiveMaximum", "<"),
            Bound::ExclusiveMinimum => ("exclusiveMinimum", ">"),
        };
        let message = format!("must be {comparison} {}", number::to_js(limit));
        self.fail(
            at,
            keyword,
            Fields::Comparison {
                comparison,
                limit: limit.clone(),
            },
            message,
        )
    }

    fn format(&mut self, name: &Arc<str>, at: Place<'_>) -> Outcome {
        let message = format!("must match format \"{name}\"");
        self.fail(
            at,
            "format",
            Fields::Format {
                format: Arc::clone(name),
            },
            message,
        )
    }
}
