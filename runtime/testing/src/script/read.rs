//! From TOML to steps: everything that is wrong with a script is found here, before any of it runs.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{
    Script, ScriptCase,
    step::{
        Ack, Action, Body, Connect, Emit, Receive, Refused, Request, Response, State, Step, Store,
    },
    toml::{Item, Source, Table},
};

/// The keys that say what a step does. Steps without one look at a client, by one of [`LOOKS`].
const VERBS: [&str; 10] = [
    "connects",
    "emits",
    "receives",
    "receives-nothing",
    "forgets",
    "answers",
    "requests",
    "disconnects",
    "advance",
    "store",
];
const LOOKS: [&str; 4] = ["connected", "rooms", "user", "data"];

/// A script cannot be run. Says where, and what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{}:{line}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What, and the key that may be meant.
        reason: String,
    },
}

/// Reads the script in `path`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read(path: &Path) -> Result<Script, ScriptError> {
    let text = std::fs::read_to_string(path).map_err(|error| ScriptError::Read {
        path: path.to_owned(),
        error,
    })?;
    parse(path, &text)
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Script, ScriptError> {
    let source = Source { path, text };
    let mut document = source.document()?;
    let clock = document.take("clock").map(Item::time).transpose()?;
    let cases = document.need("case")?.tables("a case")?;
    document.done()?;
    if cases.is_empty() {
        return Err(source.error(1, "there are no cases"));
    }
    let mut read: Vec<ScriptCase> = Vec::with_capacity(cases.len());
    for table in cases {
        let mut case = self::case(table)?;
        case.clock = case.clock.or(clock);
        if let Some(other) = read.iter().find(|other| other.name == case.name) {
            let line = other.line;
            let reason = format!("the case in line {line} has the same name");
            return Err(source.error(case.line, reason));
        }
        read.push(case);
    }
    Ok(Script {
        path: path.to_owned(),
        cases: read,
    })
}

fn case(mut table: Table<'_>) -> Result<ScriptCase, ScriptError> {
    let (source, line) = (table.source, table.line);
    let name = table.need("name")?.string()?;
    let clock = table.take("clock").map(Item::time).transpose()?;
    let steps = table.need("steps")?.tables("a step")?;
    table.done()?;
    if steps.is_empty() {
        return Err(source.error(line, format!("the case {name:?} has no steps")));
    }
    Ok(ScriptCase {
        name,
        line,
        clock,
        steps: steps.into_iter().map(step).collect::<Result<_, _>>()?,
    })
}

fn step(mut table: Table<'_>) -> Result<Step, ScriptError> {
    let line = table.line;
    let verbs: Vec<_> = VERBS.into_iter().filter(|verb| table.has(verb)).collect();
    let action = match *verbs {
        [] => look(&mut table)?,
        [verb] => {
            table.call(format!("a step with `{verb}`"));
            action(&mut table, verb)?
        }
        [one, other, ..] => {
            let reason = format!("a step does one thing: `{one}` or `{other}`");
            return Err(table.source.error(line, reason));
        }
    };
    table.done()?;
    Ok(Step { line, action })
}

fn look(table: &mut Table<'_>) -> Result<Action, ScriptError> {
    if !LOOKS.map(|key| table.has(key)).contains(&true) {
        table.misspelt(&[VERBS.as_slice(), &LOOKS].concat())?;
        let (verbs, looks) = (VERBS.join(", "), LOOKS.join(", "));
        let reason = format!("a step needs one of {verbs}; or, to look at a client, of {looks}");
        return Err(table.source.error(table.line, reason));
    }
    Ok(Action::State(State {
        client: client(table)?,
        connected: table.take("connected").map(Item::boolean).transpose()?,
        rooms: table.take("rooms").map(Item::json).transpose()?,
        user: table.take("user").map(Item::json).transpose()?,
        data: table.take("data").map(Item::json).transpose()?,
    }))
}

fn action(table: &mut Table<'_>, verb: &'static str) -> Result<Action, ScriptError> {
    let said = table.need(verb)?;
    Ok(match verb {
        "connects" => Action::Connect(Connect {
            namespace: said.string()?,
            client: client(table)?,
            auth: table.take("auth").map(Item::json).transpose()?,
            headers: pairs(table, "headers")?,
            query: pairs(table, "query")?,
            refused: table.take("refused").map(refused).transpose()?,
        }),
        "emits" => Action::Emit(Emit {
            event: said.string()?,
            client: client(table)?,
            arguments: arguments(table, "payload")?.unwrap_or_default(),
            ack: ack(table)?,
        }),
        "receives" => Action::Receive(Receive {
            event: said.string()?,
            client: client(table)?,
            arguments: arguments(table, "with")?,
            volatile: table.take("volatile").map(Item::boolean).transpose()?,
        }),
        "answers" => Action::Answer {
            event: said.string()?,
            client: client(table)?,
            arguments: arguments(table, "with")?.unwrap_or_default(),
        },
        "requests" => Action::Request(request(table, said)?),
        "advance" => {
            let line = said.line();
            let time = said.string()?;
            Action::Advance(humantime::parse_duration(&time).map_err(|_| {
                let reason = "`advance`: has to be a duration such as \"30s\" or \"2h\"";
                table.source.error(line, reason)
            })?)
        }
        "store" => store(table, said)?,
        flag => {
            said.really()?;
            let client = client(table)?;
            match flag {
                "forgets" => Action::Forget { client },
                "disconnects" => Action::Disconnect { client },
                _ => Action::ReceiveNothing { client },
            }
        }
    })
}

fn client(table: &mut Table<'_>) -> Result<String, ScriptError> {
    table.need("client")?.string()
}

fn pairs(table: &mut Table<'_>, key: &'static str) -> Result<Vec<(String, Value)>, ScriptError> {
    let pairs = table.take(key).map(Item::pairs).transpose()?;
    Ok(pairs.unwrap_or_default())
}

/// `only` is the only argument, `arguments` are all.
fn arguments(table: &mut Table<'_>, only: &'static str) -> Result<Option<Vec<Value>>, ScriptError> {
    match (table.take(only), table.take("arguments")) {
        (Some(_), Some(both)) => {
            Err(both.error(format!("stands instead of `{only}`, not beside it")))
        }
        (Some(only), None) => Ok(Some(vec![only.json()?])),
        (None, arguments) => arguments.map(Item::list).transpose(),
    }
}

/// What is expected of an acknowledgement: of the only argument that it has, or of all.
fn ack(table: &mut Table<'_>) -> Result<Option<Ack>, ScriptError> {
    let only = expected(table, "ack", "ack-contains")?;
    match (only, table.take("ack-arguments")) {
        (Some(_), Some(both)) => {
            Err(both.error("stands instead of `ack` or `ack-contains`, not beside it"))
        }
        (Some(only), None) => Ok(Some(Ack::Only(only))),
        (None, all) => Ok(all.map(Item::list).transpose()?.map(Ack::All)),
    }
}

/// What has to be so exactly, or in what it mentions.
fn expected(
    table: &mut Table<'_>,
    exactly: &'static str,
    contains: &'static str,
) -> Result<Option<Value>, ScriptError> {
    match (table.take(exactly), table.take(contains)) {
        (Some(_), Some(both)) => {
            let reason = format!("stands instead of `{exactly}`, not beside it");
            Err(both.error(reason))
        }
        (Some(exactly), None) => exactly.json().map(Some),
        (None, Some(contains)) => {
            let value = contains.json()?;
            Ok(Some(serde_json::json!({ super::names::CONTAINS: value })))
        }
        (None, None) => Ok(None),
    }
}

fn refused(item: Item<'_>) -> Result<Refused, ScriptError> {
    if item.is_boolean() {
        item.really()?;
        return Ok(Refused::Somehow);
    }
    if !item.is_table() {
        return Ok(Refused::With {
            message: Some(item.string()?.into()),
            data: None,
        });
    }
    let mut table = item.table("`refused`")?;
    let refused = Refused::With {
        message: table.take("message").map(Item::json).transpose()?,
        data: table.take("data").map(Item::json).transpose()?,
    };
    table.done()?;
    Ok(refused)
}

fn request(table: &mut Table<'_>, said: Item<'_>) -> Result<Request, ScriptError> {
    let line = said.line();
    let said = said.string()?;
    let target = said
        .split_once(' ')
        .filter(|(method, path)| !method.is_empty() && path.starts_with('/'));
    let Some((method, path)) = target else {
        let reason = "`requests`: has to be a method and a path, such as \"GET /products\"";
        return Err(table.source.error(line, reason));
    };
    let body = match (table.take("json"), table.take("body")) {
        (Some(_), Some(both)) => return Err(both.error("stands instead of `json`, not beside it")),
        (Some(json), None) => Body::Json(json.json()?),
        (None, Some(text)) => Body::Text(text.json()?),
        (None, None) => Body::None,
    };
    let response = table.take("response").map(response).transpose()?;
    Ok(Request {
        client: table.take("client").map(Item::string).transpose()?,
        method: method.to_owned(),
        path: path.to_owned(),
        headers: pairs(table, "headers")?,
        body,
        response: response.unwrap_or_default(),
    })
}

fn response(item: Item<'_>) -> Result<Response, ScriptError> {
    let mut table = item.table("`response`")?;
    let response = Response {
        status: table.take("status").map(Item::json).transpose()?,
        headers: pairs(&mut table, "headers")?,
        json: expected(&mut table, "json", "json-contains")?,
        body: table.take("body").map(Item::json).transpose()?,
    };
    table.done()?;
    Ok(response)
}

fn store(table: &mut Table<'_>, said: Item<'_>) -> Result<Action, ScriptError> {
    let store = Store {
        bucket: said.string()?,
        set: pairs(table, "set")?,
        holds: pairs(table, "holds")?,
        keys: table.take("keys").map(Item::json).transpose()?,
    };
    table.done()?;
    if store.set.is_empty() && store.holds.is_empty() && store.keys.is_none() {
        let reason = "`store` needs one of set, holds, keys";
        return Err(table.source.error(table.line, reason));
    }
    Ok(Action::Store(store))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(Path::new("t.toml"), text).unwrap_err().to_string()
    }

    fn step_error(step: &str) -> String {
        error(&format!("[[case]]\nname = \"n\"\nsteps = [\n  {step},\n]"))
    }

    #[test]
    fn errors_name_the_line_and_the_key_that_is_meant() {
        for (step, expected) in [
            (
                r#"{ client = "a", emit = "x" }"#,
                "t.toml:4: a step has no key `emit`; did you mean `emits`?",
            ),
            (
                r#"{ client = "a", emits = "x", acks = {} }"#,
                "t.toml:4: a step with `emits` has no key `acks`; did you mean `ack`?",
            ),
            (
                r#"{ clinet = "a", emits = "x" }"#,
                "t.toml:4: a step with `emits` has no key `clinet`; did you mean `client`?",
            ),
            (
                r#"{ emits = "x", payload = 1 }"#,
                "t.toml:4: a step with `emits` needs `client`",
            ),
            (
                r#"{ client = "a", emits = "x", receives = "y" }"#,
                "t.toml:4: a step does one thing: `emits` or `receives`",
            ),
            (
                r#"{ client = "a", receives = "y", with = 1, arguments = [] }"#,
                "t.toml:4: `arguments`: stands instead of `with`, not beside it",
            ),
            (
                r#"{ client = "a", emits = "y", payload = 1, arguments = [] }"#,
                "t.toml:4: `arguments`: stands instead of `payload`, not beside it",
            ),
            (
                r#"{ client = "a", emits = "y", ack = 1, ack-arguments = [] }"#,
                "t.toml:4: `ack-arguments`: stands instead of `ack` or `ack-contains`, not beside it",
            ),
            (
                r#"{ client = "a", emits = "y", payload = { x = { "$jsno" = "1" } } }"#,
                "t.toml:4: there is no `$jsno`; did you mean `$json`?",
            ),
            (
                r#"{ advance = "soon" }"#,
                "t.toml:4: `advance`: has to be a duration such as \"30s\" or \"2h\"",
            ),
            (
                r#"{ requests = "/x" }"#,
                "t.toml:4: `requests`: has to be a method and a path, such as \"GET /products\"",
            ),
            (
                r#"{ requests = "GET /", response = { stauts = 200 } }"#,
                "t.toml:4: `response` has no key `stauts`; did you mean `status`?",
            ),
            (
                r#"{ client = "a", forgets = false }"#,
                "t.toml:4: `forgets`: can only be true",
            ),
        ] {
            assert_eq!(step_error(step), expected, "{step}");
        }
    }

    #[test]
    fn cases_need_a_name_of_their_own_and_steps() {
        assert_eq!(error(""), "t.toml:1: a script needs `case`");
        assert_eq!(
            error("[[cases]]"),
            "t.toml:1: a script has no key `cases`; did you mean `case`?"
        );
        let case =
            |name: &str| format!("[[case]]\nname = \"{name}\"\nsteps = [{{ advance = \"1s\" }}]\n");
        assert_eq!(
            error(&format!("{}{}", case("a"), case("a"))),
            "t.toml:4: the case in line 1 has the same name"
        );
        assert_eq!(
            error("[[case]]\nname = \"a\"\nsteps = []"),
            "t.toml:1: the case \"a\" has no steps"
        );
        assert!(error("[[case]\n").starts_with("t.toml:1: "));
    }

    #[test]
    fn steps_may_be_tables_of_their_own() {
        let text = "[[case]]\nname = \"n\"\n\n[[case.steps]]\nadvance = \"1h\"\n\n[[case.steps]]\nclient = \"a\"\nconnects = \"/\"\n";
        let script = parse(Path::new("t.toml"), text).unwrap();
        let lines: Vec<_> = script.cases[0].steps.iter().map(|step| step.line).collect();
        assert_eq!(lines, [4, 7]);
    }
}
