//! What `stockade test` prints.

use std::{fmt::Write, time::Duration};

use serde::Serialize;
use serde_json::Value;

use stockade_testing::script::{CaseReport, Difference, Failure, Script, ScriptCase};
use stockade_text::printable;

use crate::commands::style::{Colour, Style};

/// Lines of log that are shown of a failed case: the last ones.
const MAX_LOG: usize = 50;

/// What `--json` prints.
#[derive(Default, Serialize)]
pub(super) struct Report {
    passed: usize,
    failed: usize,
    skipped: usize,
    cases: Vec<Outcome>,
}

/// One case that has run.
#[derive(Serialize)]
pub(super) struct Outcome {
    script: String,
    line: usize,
    name: String,
    passed: bool,
    milliseconds: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureReport>,
    /// Of failed cases only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
}

#[derive(Serialize)]
struct FailureReport {
    step: usize,
    line: usize,
    message: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Difference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<Value>,
}

impl Report {
    pub(super) fn new(skipped: usize) -> Self {
        Self {
            skipped,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        match outcome.passed {
            true => self.passed += 1,
            false => self.failed += 1,
        }
        self.cases.push(outcome);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed > 0
    }

    /// The last line.
    pub(super) fn summary(&self, style: Style, took: Duration) -> String {
        let mut parts = vec![style.paint(Colour::Green, format!("{} passed", self.passed))];
        if self.failed > 0 {
            parts.push(style.paint(Colour::Red, format!("{} failed", self.failed)));
        }
        if self.skipped > 0 {
            parts.push(format!("{} skipped", self.skipped));
        }
        format!("{} in {:.2} s", parts.join(", "), took.as_secs_f64())
    }
}

impl Outcome {
    pub(super) fn new(script: &Script, case: &ScriptCase, report: CaseReport) -> Self {
        let CaseReport { took, failure, log } = report;
        Self {
            script: script.path.display().to_string(),
            line: case.line,
            name: case.name.clone(),
            passed: failure.is_none(),
            milliseconds: took.as_millis(),
            log: match failure {
                Some(_) => log,
                None => Vec::new(),
            },
            failure: failure.map(FailureReport::from),
        }
    }

    /// A line, and more where it failed. Writing to a string cannot fail.
    pub(super) fn text(&self, style: Style) -> String {
        let took = style.paint(Colour::Grey, format!("({} ms)", self.milliseconds));
        let Some(failure) = &self.failure else {
            let tick = style.paint(Colour::Green, "✓");
            return format!("  {tick} {} {took}\n", self.name);
        };
        let cross = style.paint(Colour::Red, "✗");
        let mut out = format!("  {cross} {} {took}\n", self.name);
        let message = style.paint(Colour::Red, printable(&failure.message));
        let _ = writeln!(out, "      {message}");
        let place = format!("step {}, {}:{}", failure.step, self.script, failure.line);
        let _ = writeln!(out, "      {}", style.paint(Colour::Grey, place));
        for difference in &failure.differences {
            write_difference(&mut out, difference, style);
        }
        if let Some(actual) = &failure.actual {
            let _ = writeln!(out, "      what came:");
            indented(&mut out, "        ", &pretty(actual));
        }
        if !self.log.is_empty() {
            let hidden = self.log.len().saturating_sub(MAX_LOG);
            let _ = match hidden {
                0 => writeln!(out, "      log:"),
                hidden => writeln!(out, "      log, without its first {hidden} lines:"),
            };
            for line in self.log.iter().skip(hidden) {
                let _ = writeln!(out, "        {}", printable(line));
            }
        }
        out
    }
}

impl From<Failure> for FailureReport {
    fn from(failure: Failure) -> Self {
        let Failure {
            step,
            line,
            message,
            differences,
            actual,
        } = failure;
        Self {
            step,
            line,
            message,
            differences,
            actual,
        }
    }
}

fn write_difference(out: &mut String, difference: &Difference, style: Style) {
    let Difference {
        path,
        expected,
        actual,
    } = difference;
    let _ = writeln!(out, "      {}", printable(path));
    for (colour, sign, value) in [
        (Colour::Green, "- expected", expected),
        (Colour::Red, "+ actual  ", actual),
    ] {
        let value = value.as_ref();
        let value = value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
        let line = format!("{sign} {value}");
        let _ = writeln!(out, "        {}", style.paint(colour, printable(&line)));
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn indented(out: &mut String, indent: &str, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{indent}{}", printable(line));
    }
}
