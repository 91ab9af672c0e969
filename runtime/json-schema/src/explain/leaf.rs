//! Keywords that look at one value and no further.

use serde_json::Number;

use super::super::failure::Failure;
use super::super::program::{Numeric, Text};
use super::{Explain, Outcome, Place};

impl Explain<'_, '_> {
    pub(super) fn number(&mut self, rules: &[Numeric], value: &Number, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for rule in rules.iter().filter(|rule| !rule.holds(value)) {
            valid = self.fail(at, Failure::number(rule))?;
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
            valid = self.fail(at, Failure::text(rule))?;
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }
}
