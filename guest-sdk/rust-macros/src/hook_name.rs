//! What people call a hook: the name of its function, as its author wrote it.

use quote::ToTokens;
use syn::{Expr, Path};

/// The names of the hooks that were merged into one; just one for others. Empty where an expression has none.
pub(crate) fn names(hook: &Expr) -> Vec<String> {
    match hook {
        Expr::Tuple(merged) => merged.elems.iter().flat_map(names).collect(),
        Expr::Paren(inner) => names(&inner.expr),
        Expr::Group(inner) => names(&inner.expr),
        single => vec![name(single)],
    }
}

fn name(hook: &Expr) -> String {
    match hook {
        Expr::Path(function) => text(&function.path),
        Expr::Struct(value) => text(&value.path),
        Expr::Macro(call) => format!("{}!", text(&call.mac.path)),
        // Not with its arguments: they may be secrets, and names are in logs.
        Expr::Call(call) => name(&call.func),
        Expr::MethodCall(call) => name(&call.receiver),
        Expr::Reference(reference) => name(&reference.expr),
        Expr::Paren(inner) => name(&inner.expr),
        Expr::Group(inner) => name(&inner.expr),
        Expr::Closure(_) => "closure".to_owned(),
        _ => String::new(),
    }
}

fn text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_called_after_their_functions() {
        for (hook, expected) in [
            ("logged_in", &["logged_in"] as &[_]),
            ("hooks::only(\"admin\")", &["hooks::only"]),
            ("role::<Admin>()", &["role::<Admin>"]),
            ("Quota::new(5).per_second()", &["Quota::new"]),
            ("Quota { events: 5 }", &["Quota"]),
            ("|ctx: &Context| note(ctx)", &["closure"]),
            ("limit!(5)", &["limit!"]),
            (
                "(logged_in, (only(1), |_: &Context| {}))",
                &["logged_in", "only", "closure"],
            ),
            ("(logged_in)", &["logged_in"]),
            ("HOOKS[0]", &[""]),
        ] {
            let expression = syn::parse_str(hook).unwrap();
            assert_eq!(names(&expression), expected, "{hook}");
        }
    }
}
