//! Keywords for objects.

use serde_json::{Map, Value};

use super::super::check;
use super::super::pattern::Pattern;
use super::super::program::{Additional, NodeId, Object, Sub};
use super::{Outcome, Seen, Verdict};

type Members = Map<String, Value>;

impl<'p, 'v> Verdict<'p, 'v> {
    pub(super) fn object(
        &mut self,
        rules: &'p [Object],
        value: &'v Value,
        members: &'v Members,
        seen: &mut Seen<'v>,
    ) -> Outcome {
        for rule in rules {
            let holds = match rule {
                Object::MaxProperties(limit) => !check::above(members.len(), limit),
                Object::MinProperties(limit) => !check::below(members.len(), limit),
                Object::Required(names) => names.iter().all(|name| members.contains_key(&**name)),
                Object::Names(names) => self.names(*names, members)?,
                Object::Additional(additional) => {
                    seen.every_member();
                    self.additional(additional, members)?
                }
                Object::Needs { needs, .. } => needs
                    .iter()
                    .all(|need| check::missing(need, members).next().is_none()),
                Object::Dependent(subs) => self.dependent(subs, value, members, seen)?,
                Object::Properties(subs) => self.properties(subs, members, seen)?,
                Object::Patterns(patterns) => {
                    let mut holds = true;
                    for (pattern, sub) in patterns {
                        holds = holds && self.matching(pattern, sub.node, members, seen)?;
                    }
                    holds
                }
                Object::Unevaluated { member } => self.unevaluated(*member, members, seen)?,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn names(&mut self, sub: NodeId, members: &'v Members) -> Outcome {
        for name in members.keys() {
            if !self.accepts_name(sub, name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn additional(&mut self, rule: &'p Additional, members: &'v Members) -> Outcome {
        for (name, member) in members {
            self.spend(rule.cost(name))?;
            if rule.covers(name) && !self.accepts(rule.member, member)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn dependent(
        &mut self,
        subs: &'p [(String, Sub)],
        value: &'v Value,
        members: &'v Members,
        seen: &mut Seen<'v>,
    ) -> Outcome {
        for (name, sub) in subs {
            if members.contains_key(name) && !self.branch(sub.node, value, seen)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn properties(
        &mut self,
        subs: &'p [(String, Sub)],
        members: &'v Members,
        seen: &mut Seen<'v>,
    ) -> Outcome {
        for (name, sub) in subs {
            if let Some((name, member)) = members.get_key_value(name) {
                seen.member(name);
                if !self.accepts(sub.node, member)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn matching(
        &mut self,
        pattern: &Pattern,
        sub: NodeId,
        members: &'v Members,
        seen: &mut Seen<'v>,
    ) -> Outcome {
        for (name, member) in members {
            self.spend(pattern.cost(name))?;
            if pattern.matches(name) {
                seen.member(name);
                if !self.accepts(sub, member)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn unevaluated(&mut self, sub: NodeId, members: &'v Members, seen: &mut Seen<'v>) -> Outcome {
        self.spend(8 * members.len())?;
        for (name, member) in members {
            if !seen.has_member(name) && !self.accepts(sub, member)? {
                return Ok(false);
            }
        }
        seen.every_member();
        Ok(true)
    }
}
