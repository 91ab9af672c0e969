//! The report for people. Writing to a string cannot fail.

use std::{collections::HashMap, fmt::Write};

use bytesize::ByteSize;
use stockade_text::printable;

use super::report::{
    Component, EventReport, FreshReport, HookReport, HttpReport, Need, OptionsReport, Report,
    StepReport,
};
use crate::commands::style::{Colour, Style};

/// Characters that a column is wide at most. What is longer moves the rest of its line.
const MAX_COLUMN: usize = 40;

/// One line about a route.
type Row = [String; 3];

/// Writes the report. Routes stand in columns: event or request, handler, steps.
pub(super) fn text(report: &Report<'_>, style: Style) -> String {
    let mut out = String::new();
    if !report.accepted {
        let refused = format!("{} is refused:", report.file);
        let _ = writeln!(out, "{}", style.paint(Colour::Red, refused));
        for reason in &report.reasons {
            let _ = writeln!(out, "  - {}", printable(reason));
        }
    }
    if let Some(component) = &report.component {
        write_component(&mut out, &report.file, component, style);
    }
    out
}

fn write_component(out: &mut String, file: &str, component: &Component<'_>, style: Style) {
    let size = ByteSize::b(component.bytes as u64);
    let file = style.paint(Colour::Bold, file);
    let _ = writeln!(out, "{file}  {size}, version {}", component.version);
    if !component.sdk.is_empty() {
        let _ = writeln!(out, "built with {}", printable(component.sdk));
    }
    let mut schemas = Schemas::default();
    write_namespaces(out, component, &mut schemas, style);
    write_http(out, &component.http, &mut schemas, style);
    schemas.write(out, style);
    write_fresh(out, &component.fresh_instances, style);
    write_options(out, &component.options, style);
    heading(out, "imports", style);
    for import in component.imports {
        let _ = writeln!(out, "  {}", printable(import));
    }
    if component.imports.is_empty() {
        out.push_str("  nothing\n");
    }
}

fn heading(out: &mut String, text: &str, style: Style) {
    let _ = writeln!(out, "\n{}", style.paint(Colour::Bold, text));
}

fn write_namespaces<'a>(
    out: &mut String,
    component: &Component<'a>,
    schemas: &mut Schemas<'a>,
    style: Style,
) {
    for namespace in &component.namespaces {
        let hears = [
            (namespace.matching, namespace.matching != "exact"),
            ("on-connection", namespace.on_connection),
            ("on-disconnection", namespace.on_disconnection),
            ("handle-error", namespace.handle_error),
        ];
        let hears = hears.iter().filter(|(_, wanted)| *wanted);
        let hears: Vec<_> = hears.map(|(name, _)| *name).collect();
        let name = format!("namespace {}", printable(namespace.name));
        let _ = write!(out, "\n{}", style.paint(Colour::Bold, name));
        if !hears.is_empty() {
            let hears = format!("({})", hears.join(", "));
            let _ = write!(out, "  {}", style.paint(Colour::Grey, hears));
        }
        out.push('\n');
        let mut rows = Vec::new();
        if !namespace.connection_steps.is_empty() {
            let steps = schemas.steps(&namespace.connection_steps);
            rows.push(["(connecting)".to_owned(), String::new(), steps]);
        }
        rows.extend(namespace.events.iter().map(|event| {
            let steps = schemas.steps(&event.steps);
            [event_cell(event), handler_cell(event.handler), steps]
        }));
        write_rows(out, ["event", "handler", "steps"], &rows, style);
    }
}

fn write_http<'a>(
    out: &mut String,
    http: &HttpReport<'a>,
    schemas: &mut Schemas<'a>,
    style: Style,
) {
    let routes = match http {
        HttpReport::Nothing => return,
        HttpReport::IncomingHandler => {
            heading(out, "http", style);
            out.push_str("  wasi:http/incoming-handler\n");
            return;
        }
        HttpReport::Routes(routes) => routes,
    };
    heading(out, "http", style);
    let rows = routes.iter().map(|route| {
        let steps = schemas.steps(&route.steps);
        let request = printable(route.route).into_owned();
        [request, handler_cell(route.handler), steps]
    });
    let rows: Vec<_> = rows.collect();
    write_rows(out, ["request", "handler", "steps"], &rows, style);
}

fn event_cell(event: &EventReport<'_>) -> String {
    let name = printable(event.event);
    let mut cell = match (event.catch_all, &*name) {
        (false, name) => name.to_owned(),
        (true, "") => "(all other events)".to_owned(),
        (true, start) => format!("{start}… (all others that begin so)"),
    };
    if event.concurrent {
        cell.push_str(" (concurrent)");
    }
    cell
}

fn handler_cell(name: Option<&str>) -> String {
    name.map(|name| printable(name).into_owned())
        .unwrap_or_default()
}

/// Writes rows under a line of titles. Columns in which nothing stands are left out.
fn write_rows(out: &mut String, titles: [&str; 3], rows: &[Row], style: Style) {
    if rows.is_empty() {
        return;
    }
    let titles = titles.map(ToOwned::to_owned);
    let widths = [0, 1, 2].map(|column| width(&titles, rows, column));
    let line = |row: &Row| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            if let Some(width) = width {
                let _ = write!(line, "  {cell:<width$}");
            }
        }
        line.trim_end().to_owned()
    };
    let _ = writeln!(out, "{}", style.paint(Colour::Grey, line(&titles)));
    for row in rows {
        let _ = writeln!(out, "{}", line(row));
    }
}

/// The width of a column, or `None` if nothing stands in it.
fn width(titles: &Row, rows: &[Row], column: usize) -> Option<usize> {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let widest = cells.map(|cell| cell.chars().count()).max()?;
    let title = titles.get(column)?.chars().count();
    (widest > 0).then_some(widest.max(title).min(MAX_COLUMN))
}

/// The schemas of `validate` steps, numbered from 1 in the order in which they are met.
#[derive(Default)]
struct Schemas<'a> {
    numbers: HashMap<&'a str, usize>,
    texts: Vec<&'a str>,
}

impl<'a> Schemas<'a> {
    /// The steps of a route in one cell.
    fn steps(&mut self, steps: &[StepReport<'a>]) -> String {
        let steps: Vec<_> = steps.iter().map(|step| self.step(step)).collect();
        steps.join(" → ")
    }

    fn step(&mut self, step: &StepReport<'a>) -> String {
        let native = |name: &str, need: &Need| match need {
            Need::Optional => format!("{name} (optional)"),
            Need::Required => name.to_owned(),
        };
        match step {
            StepReport::Validate(schema) => format!("validate {}", self.number(schema.get())),
            StepReport::Session(need) => native("session", need),
            StepReport::Jwt(need) => native("jwt", need),
            StepReport::UserRequired => "user-required".to_owned(),
            StepReport::Hook(HookReport { hook, name }) => match name {
                Some(name) => printable(name).into_owned(),
                None => format!("hook {hook}"),
            },
        }
    }

    fn number(&mut self, schema: &'a str) -> usize {
        *self.numbers.entry(schema).or_insert_with(|| {
            self.texts.push(schema);
            self.texts.len()
        })
    }

    fn write(&self, out: &mut String, style: Style) {
        if self.texts.is_empty() {
            return;
        }
        heading(out, "schemas", style);
        let width = self.texts.len().to_string().len();
        for (schema, number) in self.texts.iter().zip(1..) {
            let _ = writeln!(out, "  {number:<width$}  {}", printable(schema));
        }
    }
}

fn write_fresh(out: &mut String, fresh: &FreshReport, style: Style) {
    heading(out, "fresh instances", style);
    let _ = match fresh {
        FreshReport::Restored => writeln!(out, "  restored after each event"),
        FreshReport::Made(why) => {
            writeln!(out, "  made for each event, which takes longer: {why}")
        }
    };
}

fn write_options(out: &mut String, OptionsReport(options): &OptionsReport<'_>, style: Style) {
    heading(out, "options", style);
    for (name, value) in options.in_force() {
        let value = value.to_string();
        let _ = write!(out, "  {name:<24} {}", printable(&value));
        if options.is_set(&name) {
            let _ = write!(out, "  {}", style.paint(Colour::Grey, "(the component's)"));
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 3]) -> Row {
        cells.map(ToOwned::to_owned)
    }

    fn rows(rows: &[Row], style: Style) -> String {
        let mut out = String::new();
        write_rows(&mut out, ["event", "handler", "steps"], rows, style);
        out
    }

    #[test]
    fn columns_are_aligned() {
        let plain = Style { colours: false };
        let shown = rows(
            &[
                row(["größe", "A::b", "one → two"]),
                row(["create product", "", ""]),
                row([&"x".repeat(MAX_COLUMN + 1), "A::c", "one"]),
            ],
            plain,
        );
        let expected = [
            format!("  {:<40}  handler  steps", "event"),
            format!("  {:<40}  A::b     one → two", "größe"),
            "  create product".to_owned(),
            format!("  {}  A::c     one", "x".repeat(MAX_COLUMN + 1)),
        ];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn columns_without_text_are_left_out() {
        let plain = Style { colours: false };
        let shown = rows(&[row(["ping", "", "jwt"])], plain);
        assert_eq!(shown, "  event  steps\n  ping   jwt\n");
        assert_eq!(rows(&[], plain), "");
    }

    #[test]
    fn titles_are_grey_on_terminals() {
        let shown = rows(&[row(["ping", "", ""])], Style { colours: true });
        assert_eq!(shown, "\u{1b}[90m  event\u{1b}[0m\n  ping\n");
    }

    #[test]
    fn schemas_are_numbered_once() {
        let (one, two) = (r#"{"type":"object"}"#, "true");
        let mut schemas = Schemas::default();
        let numbers = [one, two, one].map(|schema| schemas.number(schema));
        assert_eq!(numbers, [1, 2, 1]);
        let mut out = String::new();
        schemas.write(&mut out, Style { colours: false });
        assert_eq!(out, format!("\nschemas\n  1  {one}\n  2  {two}\n"));
    }
}
