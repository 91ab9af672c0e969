//! Keywords for objects.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::check;
use super::super::failure::Failure;
use super::super::pattern::Pattern;
use super::super::program::{Additional, Need, Node, NodeId, Object, Rules, Sub};
use super::{Explain, Outcome, Place};

type Members = Map<String, Value>;

impl<'p, 'v> Explain<'p, 'v> {
    pub(super) fn object(&mut self, rules: &'p Rules, value: &'v Value, at: Place<'_>) -> Outcome {
        let Value::Object(members) = value else {
            return Ok(true);
        };
        let mut valid = true;
        for rule in &rules.object {
            valid &= match rule {
                Object::MaxProperties(limit) if check::above(members.len(), limit) => self.fail(
                    at,
                    Failure::limit(limit, "maxProperties", "more", "properties"),
                )?,
                Object::MinProperties(limit) if check::below(members.len(), limit) => self.fail(
                    at,
                    Failure::limit(limit, "minProperties", "fewer", "properties"),
                )?,
                Object::MaxProperties(_) | Object::MinProperties(_) => true,
                Object::Required(names) => self.required(names, members, at)?,
                Object::Names(names) => self.names(*names, members, at)?,
                Object::Additional(additional) => self.additional(additional, members, at)?,
                Object::Needs { keyword, needs } => self.needs(keyword, needs, members, at)?,
                Object::Dependent(subs) => self.dependent(subs, value, members, at)?,
                Object::Properties(subs) => self.properties(subs, members, at)?,
                Object::Patterns(patterns) => self.patterns(patterns, members, at)?,
                Object::Unevaluated { member } => self.unevaluated(*member, rules, value, at)?,
            };
            if self.is_over(valid) {
                return Ok(false);
            }
        }
        Ok(valid)
    }

    fn required(&mut self, names: &[Arc<str>], members: &Members, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for name in names.iter().filter(|name| !members.contains_key(&***name)) {
            valid = self.fail(at, Failure::required(name))?;
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn names(&mut self, sub: NodeId, members: &Members, at: Place<'_>) -> Outcome {
        let mut valid = true;
        for name in members.keys() {
            if self.verdict.accepts_name(sub, name)? {
                continue;
            }
            self.name(sub, name, at)?;
            valid = self.fail(at, Failure::name(name))?;
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    /// What is wrong with a name. The run of its own is there because a name is no value of the
    /// payload.
    fn name(&mut self, sub: NodeId, name: &str, at: Place<'_>) -> Outcome {
        let value = Value::String(name.to_owned());
        let mut inner = Explain {
            program: self.program,
            verdict: self.verdict.for_names(),
            mode: self.mode,
            limit: self.limit,
            written: self.written,
            violations: std::mem::take(&mut self.violations),
        };
        let path = at.then("/propertyNames");
        let place = Place {
            name: Some(name),
            ..at.schema(&path).composed()
        };
        let outcome = inner.visit(sub, &value, place);
        self.verdict.resume(&inner.verdict);
        self.violations = inner.violations;
        self.written = inner.written;
        outcome
    }

    fn additional(&mut self, rule: &'p Additional, members: &'v Members, at: Place<'_>) -> Outcome {
        let forbidden = matches!(self.program.node(rule.member), Node::Never);
        let mut valid = true;
        for (name, member) in members {
            self.verdict.spend(rule.cost(name))?;
            if !rule.covers(name) {
                continue;
            }
            valid &= if forbidden {
                self.fail(at, Failure::additional(name))?
            } else {
                let path = at.then("/additionalProperties");
                self.visit(rule.member, member, at.at(&at.member(name), &path))?
            };
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn needs(
        &mut self,
        keyword: &'static str,
        needs: &[Need],
        members: &Members,
        at: Place<'_>,
    ) -> Outcome {
        let mut valid = true;
        for need in needs {
            for missing in check::missing(need, members) {
                valid = self.fail(at, Failure::needed(keyword, need, missing))?;
                if self.is_over(valid) {
                    return Ok(false);
                }
            }
        }
        Ok(valid)
    }

    fn dependent(
        &mut self,
        subs: &'p [(String, Sub)],
        value: &'v Value,
        members: &Members,
        at: Place<'_>,
    ) -> Outcome {
        let mut valid = true;
        for (_, sub) in subs.iter().filter(|(name, _)| members.contains_key(name)) {
            valid &= self.visit(sub.node, value, at.schema(&at.then(&sub.path)))?;
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn properties(
        &mut self,
        subs: &'p [(String, Sub)],
        members: &'v Members,
        at: Place<'_>,
    ) -> Outcome {
        let mut valid = true;
        for (name, sub) in subs {
            if let Some(member) = members.get(name) {
                valid &= self.visit(
                    sub.node,
                    member,
                    at.at(&at.member(name), &at.then(&sub.path)),
                )?;
            }
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }

    fn patterns(
        &mut self,
        patterns: &'p [(Arc<Pattern>, Sub)],
        members: &'v Members,
        at: Place<'_>,
    ) -> Outcome {
        let mut valid = true;
        for (pattern, sub) in patterns {
            for (name, member) in members {
                self.verdict.spend(pattern.cost(name))?;
                if pattern.matches(name) {
                    let path = at.then(&sub.path);
                    valid &= self.visit(sub.node, member, at.at(&at.member(name), &path))?;
                }
                if self.is_over(valid) {
                    return Ok(false);
                }
            }
        }
        Ok(valid)
    }

    fn unevaluated(
        &mut self,
        sub: NodeId,
        rules: &'p Rules,
        value: &'v Value,
        at: Place<'_>,
    ) -> Outcome {
        let Value::Object(members) = value else {
            return Ok(true);
        };
        let seen = self.verdict.seen(rules, value)?;
        self.verdict.spend(8 * members.len())?;
        let forbidden = matches!(self.program.node(sub), Node::Never);
        let mut valid = true;
        for (name, member) in members.iter().filter(|(name, _)| !seen.has_member(name)) {
            valid &= if forbidden {
                self.fail(at, Failure::unevaluated(name))?
            } else {
                let path = at.then("/unevaluatedProperties");
                self.visit(sub, member, at.at(&at.member(name), &path))?
            };
            if self.is_over(valid) {
                break;
            }
        }
        Ok(valid)
    }
}
