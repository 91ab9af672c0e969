//! A guest's hooks and handlers: the ids that it knows them by, and the names that people do.

use std::{collections::HashMap, fmt, sync::Arc};

use stockade_sandbox::HookName;

/// Bytes of a name.
const MAX_NAME: usize = 256;

/// A hook or a handler.
#[derive(Debug, Clone)]
pub struct GuestFunction {
    kind: Kind,
    /// What the guest gets.
    pub id: u32,
    /// May be empty. The guest's text: whoever shows it escapes it.
    name: Arc<str>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Hook,
    Handler,
}

impl GuestFunction {
    pub(super) fn handler(id: u32, name: &str) -> Self {
        Self {
            kind: Kind::Handler,
            id,
            name: cut(name),
        }
    }

    /// What the component calls it, if it does.
    pub fn name(&self) -> Option<&str> {
        Some(&*self.name).filter(|name| !name.is_empty())
    }
}

/// Its name, or its id, such as `hook 0`.
impl fmt::Display for GuestFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.kind) {
            (Some(name), _) => f.write_str(name),
            (None, Kind::Hook) => write!(f, "hook {}", self.id),
            (None, Kind::Handler) => write!(f, "handler {}", self.id),
        }
    }
}

/// The names of a component's hooks.
#[derive(Default)]
pub(super) struct HookNames(HashMap<u32, Arc<str>>);

impl HookNames {
    pub(super) fn new(names: &[HookName]) -> Self {
        let mut known = HashMap::new();
        for HookName { hook, name } in names {
            known.entry(*hook).or_insert_with(|| cut(name));
        }
        Self(known)
    }

    pub(super) fn hook(&self, id: u32) -> GuestFunction {
        GuestFunction {
            kind: Kind::Hook,
            id,
            name: self.0.get(&id).cloned().unwrap_or_default(),
        }
    }
}

/// As much of a name as is kept.
fn cut(name: &str) -> Arc<str> {
    let end = name.floor_char_boundary(MAX_NAME);
    name.get(..end).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(hook: u32, name: &str) -> HookName {
        HookName {
            hook,
            name: name.to_owned(),
        }
    }

    #[test]
    fn functions_without_name_are_called_by_their_ids() {
        let names = HookNames::new(&[name(3, "logged_in"), name(3, "again"), name(4, "")]);
        let shown = |id| names.hook(id).to_string();
        assert_eq!(
            [shown(3), shown(4), shown(5)],
            ["logged_in", "hook 4", "hook 5"]
        );
        let handler = |name| GuestFunction::handler(7, name).to_string();
        assert_eq!([handler("A::b"), handler("")], ["A::b", "handler 7"]);
    }

    #[test]
    fn names_are_cut_between_characters() {
        let long = format!("a{}", "ö".repeat(1_000));
        let kept = format!("a{}", "ö".repeat((MAX_NAME - 1) / 2));
        assert_eq!(GuestFunction::handler(0, &long).to_string(), kept);
        let names = HookNames::new(&[name(0, &long)]);
        assert_eq!(names.hook(0).to_string(), kept);
    }
}
