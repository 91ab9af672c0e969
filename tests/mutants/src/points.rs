//! Finds what can be changed in a source file, and writes each change into it as a branch on a switch.
//!
//! Operands are never written twice, so changes can be nested in each other; and no line is added, so a line of the copy is
//! the line of the original.

use std::{cmp::Reverse, ops::Range};

use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ExprIf, ExprUnary, ExprWhile, GenericArgument, ImplItem,
    Item, Pat, PathArguments, ReturnType, Signature, Stmt, TraitItem, Type, UnOp,
    spanned::Spanned,
    visit::{self, Visit},
};

/// A mutant: one change of one file.
pub(crate) struct Point {
    /// By which it is switched on.
    pub(crate) number: usize,
    pub(crate) line: usize,
    /// What is changed: the original, and what is there instead.
    pub(crate) change: String,
    /// It would not compile, so it is not made.
    pub(crate) refused: bool,
    /// Where it is in the copy. The compiler complains there if the change has other types.
    pub(crate) copy: Range<usize>,
}

/// What replaces the bytes of `range`, or goes in there if it is empty.
struct Edit {
    range: Range<usize>,
    /// The end of something outer comes after that of something inner, and before what begins there.
    order: Result<usize, Reverse<usize>>,
    text: String,
    point: usize,
}

/// The points of a file, numbered from `first` on, and the file with all of them but those whose change `is_refused`.
pub(crate) fn find(
    source: &str,
    first: usize,
    is_refused: &dyn Fn(&str) -> bool,
) -> syn::Result<(Vec<Point>, String)> {
    let file = syn::parse_file(source)?;
    let mut finder = Finder {
        source,
        first,
        is_refused,
        points: Vec::new(),
        edits: Vec::new(),
    };
    finder.visit_file(&file);
    let copy = finder.write();
    Ok((finder.points, copy))
}

struct Finder<'s> {
    source: &'s str,
    first: usize,
    is_refused: &'s dyn Fn(&str) -> bool,
    points: Vec<Point>,
    edits: Vec<Edit>,
}

impl Finder<'_> {
    /// A new point, with its number.
    fn point(&mut self, place: &impl Spanned, change: String) -> usize {
        let number = self.first + self.points.len();
        self.points.push(Point {
            number,
            line: place.span().start().line,
            refused: (self.is_refused)(&change),
            change,
            copy: 0..0,
        });
        number
    }

    fn edit(&mut self, point: usize, range: Range<usize>, is_end: bool, text: String) {
        let order = self.edits.len();
        let made = self.points.get(point - self.first);
        if made.is_some_and(|made| !made.refused) {
            self.edits.push(Edit {
                range,
                order: if is_end {
                    Err(Reverse(order))
                } else {
                    Ok(order)
                },
                text,
                point,
            });
        }
    }

    /// Puts text before and behind something.
    fn wrap(&mut self, point: usize, place: &impl Spanned, before: String, behind: &str) {
        let Range { start, end } = place.span().byte_range();
        self.edit(point, start..start, false, before);
        self.edit(point, end..end, true, behind.to_owned());
    }

    fn replace(&mut self, point: usize, place: &impl Spanned, text: &str) {
        self.edit(point, place.span().byte_range(), false, text.to_owned());
    }

    fn text(&self, place: &impl Spanned) -> String {
        let text = self.source.get(place.span().byte_range());
        let words: Vec<_> = text.unwrap_or_default().split_whitespace().collect();
        words.join(" ")
    }

    /// Returns at once, where the type makes it simple to say what.
    fn body(&mut self, signature: &Signature, block: &Block) {
        let name = &signature.ident;
        let values = match &signature.output {
            ReturnType::Default if block.stmts.is_empty() => Vec::new(),
            ReturnType::Default => vec![String::new()],
            ReturnType::Type(_, kind) => defaults(kind),
        };
        let text = self.text(block);
        let body = text.trim_matches(['{', '}', ' ']);
        for value in values.iter().filter(|value| **value != body) {
            let change = match value.as_str() {
                "" => format!("{name}() does nothing"),
                _ => format!("{name}() returns {value}"),
            };
            let number = self.point(name, change);
            let start = block.span().byte_range().start + 1;
            let text = format!("if crate::mutant({number}) {{ return {value}; }}");
            self.edit(number, start..start, false, text);
        }
    }

    /// Makes a condition false or, where it may be, true. What binds names stays as it is.
    fn condition(&mut self, condition: &Expr, may_hold: bool) {
        match condition {
            Expr::Let(_) => {}
            Expr::Binary(ExprBinary {
                left,
                op: BinOp::And(_),
                right,
                ..
            }) if binds(condition) => {
                self.condition(left, may_hold);
                self.condition(right, may_hold);
            }
            _ => {
                for value in [false, true].into_iter().take(1 + usize::from(may_hold)) {
                    let text = self.text(condition);
                    let number = self.point(condition, format!("`{text}` is {value}"));
                    let before = match value {
                        true => format!("(crate::mutant({number}) || ("),
                        false => format!("(!crate::mutant({number}) && ("),
                    };
                    self.wrap(number, condition, before, "))");
                }
            }
        }
    }

    /// Leaves out something that has no value.
    fn leave_out(&mut self, place: &impl Spanned) {
        let number = self.point(place, format!("without `{}`", self.text(place)));
        let before = format!("if !crate::mutant({number}) {{ ");
        self.wrap(number, place, before, " }");
    }

    fn write(&mut self) -> String {
        self.edits
            .sort_by_key(|edit| (edit.range.start, edit.order.is_ok(), edit.order));
        let mut copy = String::new();
        let mut done = 0;
        for edit in &self.edits {
            copy += self.source.get(done..edit.range.start).unwrap_or_default();
            let start = copy.len();
            copy += &edit.text;
            done = edit.range.end;
            if let Some(point) = self.points.get_mut(edit.point - self.first) {
                if point.copy.is_empty() {
                    point.copy.start = start;
                }
                point.copy.end = copy.len();
            }
        }
        copy += self.source.get(done..).unwrap_or_default();
        copy
    }
}

/// Constants, patterns and types are left alone: what is in them is evaluated when they are compiled.
impl Visit<'_> for Finder<'_> {
    fn visit_item(&mut self, item: &Item) {
        match item {
            Item::Mod(module) if is_test(&module.attrs) => {}
            Item::Impl(block) if is_test(&block.attrs) => {}
            Item::Fn(function) if is_test(&function.attrs) => {}
            Item::Fn(function) => self.function(&function.sig, &function.block),
            Item::Mod(_) | Item::Impl(_) | Item::Trait(_) => visit::visit_item(self, item),
            _ => {}
        }
    }

    fn visit_impl_item(&mut self, item: &ImplItem) {
        if let ImplItem::Fn(function) = item
            && !is_test(&function.attrs)
        {
            self.function(&function.sig, &function.block);
        }
    }

    fn visit_trait_item(&mut self, item: &TraitItem) {
        if let TraitItem::Fn(function) = item
            && let Some(block) = &function.default
        {
            self.function(&function.sig, block);
        }
    }

    fn visit_stmt(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Expr(expression, Some(_)) if is_call(expression) => self.leave_out(statement),
            Stmt::Local(local) if matches!(local.pat, Pat::Wild(_)) => self.leave_out(statement),
            _ => {}
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &Expr) {
        match expression {
            Expr::Assign(_) => self.leave_out(expression),
            Expr::Binary(binary) => self.binary(expression, binary),
            Expr::Unary(ExprUnary {
                op: UnOp::Not(not),
                expr,
                ..
            }) => {
                let change = format!("`{}` without `!`", self.text(expression));
                let number = self.point(expression, change);
                self.replace(number, not, "((");
                let end = expr.span().byte_range().end;
                let behind = format!(") == crate::mutant({number}))");
                self.edit(number, end..end, true, behind);
            }
            Expr::If(ExprIf { cond, .. }) => self.condition(cond, true),
            // One that always holds would only hang.
            Expr::While(ExprWhile { cond, .. }) => self.condition(cond, false),
            Expr::Macro(call) if call.mac.path.is_ident("pin") => {
                if let Ok(inner) = call.mac.parse_body::<Expr>() {
                    self.visit_expr(&inner);
                }
            }
            _ => {}
        }
        match expression {
            Expr::Const(_) => {}
            Expr::Repeat(repeat) => self.visit_expr(&repeat.expr),
            _ => visit::visit_expr(self, expression),
        }
    }

    fn visit_arm(&mut self, arm: &Arm) {
        if let Pat::Guard(pattern) = &arm.pat {
            self.condition(&pattern.guard, true);
            self.visit_expr(&pattern.guard);
        }
        if is_call(&arm.body) {
            self.leave_out(&arm.body);
        }
        self.visit_expr(&arm.body);
    }

    fn visit_pat(&mut self, _: &Pat) {}

    fn visit_type(&mut self, _: &Type) {}

    fn visit_path_arguments(&mut self, _: &PathArguments) {}
}

impl Finder<'_> {
    fn function(&mut self, signature: &Signature, block: &Block) {
        if signature.constness.is_none() {
            self.body(signature, block);
            self.visit_block(block);
        }
    }

    fn binary(&mut self, expression: &Expr, binary: &ExprBinary) {
        let ExprBinary {
            left, op, right, ..
        } = binary;
        let other = match op {
            BinOp::Lt(_) => "<=",
            BinOp::Le(_) => "<",
            BinOp::Gt(_) => ">=",
            BinOp::Ge(_) => ">",
            BinOp::Eq(_) => "!=",
            BinOp::Ne(_) => "==",
            BinOp::Add(_) => "-",
            BinOp::Sub(_) => "+",
            BinOp::And(_) if !binds(expression) => "||",
            BinOp::Or(_) => "&&",
            BinOp::AddAssign(_) | BinOp::SubAssign(_) => return self.leave_out(expression),
            _ => return,
        };
        let change = format!("`{}` with `{other}`", self.text(expression));
        let number = self.point(op, change);
        let own = self.text(op);
        let (before, between, behind) = match op {
            // The right one may not be evaluated.
            BinOp::And(_) | BinOp::Or(_) => {
                let equal = if other == "||" { "==" } else { "!=" };
                let decide = format!("{{ it_is => if it_is {equal} crate::mutant({number})");
                let between = format!(" {decide} {{ it_is }} else {{ ");
                ("(match ", between, " } })".to_owned())
            }
            BinOp::Add(_) | BinOp::Sub(_) => (
                "(match ((",
                "), (".to_owned(),
                switched(number, "left", other, &own, "right"),
            ),
            _ => (
                "(match (&(",
                "), &(".to_owned(),
                switched(number, "*left", other, &own, "*right"),
            ),
        };
        let Range { start, .. } = left.span().byte_range();
        let Range { end, .. } = right.span().byte_range();
        self.edit(number, start..start, false, before.to_owned());
        self.replace(number, op, &between);
        self.edit(number, end..end, true, behind);
    }
}

/// The end of a `match` of two operands.
fn switched(number: usize, left: &str, other: &str, own: &str, right: &str) -> String {
    let one = format!("{left} {other} {right}");
    let two = format!("{left} {own} {right}");
    format!(")) {{ (left, right) => if crate::mutant({number}) {{ {one} }} else {{ {two} }} }})")
}

/// Whether a condition has `let` in it.
fn binds(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(both) => {
            matches!(both.op, BinOp::And(_)) && (binds(&both.left) || binds(&both.right))
        }
        _ => false,
    }
}

/// Whether this calls something, and does nothing else. `Ok(…)` does not.
fn is_call(expression: &Expr) -> bool {
    match expression {
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => {
                let name = function.path.segments.last();
                name.is_some_and(|name| !name.ident.to_string().starts_with(char::is_uppercase))
            }
            _ => true,
        },
        Expr::MethodCall(_) => true,
        Expr::Try(inner) => is_call(&inner.expr),
        Expr::Await(inner) => is_call(&inner.base),
        _ => false,
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("cfg") && list.is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Simple values of a type.
fn defaults(kind: &Type) -> Vec<String> {
    let simple: &[&str] = match kind {
        Type::Tuple(tuple) if tuple.elems.is_empty() => &["()"],
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return Vec::new();
            };
            match last.ident.to_string().as_str() {
                "bool" => &["false", "true"],
                "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" | "isize" => &["0"],
                "Option" => &["None"],
                "String" => &["String::new()"],
                "Vec" => &["Vec::new()"],
                "Result" => {
                    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                        return Vec::new();
                    };
                    let Some(GenericArgument::Type(good)) = arguments.args.first() else {
                        return Vec::new();
                    };
                    let good = defaults(good).into_iter();
                    return good.map(|value| format!("Ok({value})")).collect();
                }
                _ => &[],
            }
        }
        _ => &[],
    };
    simple.iter().map(|value| (*value).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with all its points, and what they change.
    fn found(source: &str) -> (String, Vec<String>) {
        let (points, copy) = find(source, 1, &|_| false).unwrap();
        syn::parse_file(&copy).unwrap();
        let changes = points.into_iter().map(|point| point.change).collect();
        (copy, changes)
    }

    #[test]
    fn operators_have_a_switch_each() {
        let (copy, changes) = found("fn f() -> char { let x = !(a < b && c); y }");
        let changed = [
            "`!(a < b && c)` without `!`",
            "`a < b && c` with `||`",
            "`a < b` with `<=`",
        ];
        assert_eq!(changes, changed);
        assert!(copy.contains("crate::mutant(3) { *left <= *right } else { *left < *right }"));
    }

    #[test]
    fn nested_points_are_well_formed() {
        let source = "fn f(x: u8) -> Result<bool, E> {
            if let Some(y) = z && x + y > 1 || !q {
                self.a(x)?;
                while b == c && !d { e.f = g - 1; h += 1; }
            }
            match x { 1 if y => a = b, _ => pin!(async { c && d }).await }
            Ok(false)
        }";
        let (copy, changes) = found(source);
        assert_eq!(copy.lines().count(), source.lines().count());
        assert!(changes.contains(&"f() returns Ok(true)".into()));
        assert!(changes.contains(&"`c && d` with `||`".into()));
        assert!(changes.contains(&"without `a = b`".into()));
    }

    #[test]
    fn constants_and_tests_are_left_alone() {
        let source = "const A: usize = 1 + 2; static B: bool = !true; const fn c() -> u8 { 1 + 2 }
            struct S([u8; 1 + 2]); fn d(_: [u8; 1 + 2]) -> S { S([0; 1 + 2]) }
            #[cfg(test)] mod tests { fn f() -> bool { 1 < 2 } }";
        assert_eq!(found(source), (source.to_owned(), Vec::new()));
    }

    #[test]
    fn refused_points_are_not_made() {
        let source = "fn f() -> S { (a < b, c < d) }";
        let (points, copy) = find(source, 7, &|change| change == "`a < b` with `<=`").unwrap();
        assert!(points[0].refused && !points[1].refused);
        assert!(copy.starts_with("fn f() -> S { (a < b, (match (&(c"));
        assert!(copy.contains("mutant(8)"));
    }
}
