//! AJV's strict mode: what is allowed in a schema, and more likely a mistake than meant.
//!
//! AJV finds these while it compiles, so what it does not compile it does not complain of: a definition that nothing refers
//! to, or the other branches of an `anyOf` of which one accepts everything. This goes its way.
//!
//! # Invariants
//! - Work is bounded, whatever refers to whatever. A schema that takes more is refused: it could hide a mistake.
//! - The schema compiles, so its keywords have values of the right kind.
//!
//! Start at [`check`].

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use stockade_text::shorten;

use super::dialect::Dialect;
use super::document::Doc;
use super::error::SchemaError;
use super::number;
use super::options::{Level, RemoveAdditional, UseDefaults, ValidationOptions};
use super::pattern::Patterns;
use super::pointer::{Pointer, Token};
use super::program::Types;
use super::refs::Place;
use super::target::Targets;

/// Most keywords, and items of their lists, that are looked at. They count again for each reference.
const MAX_WORK: usize = 200_000;
/// Most remarks that are kept.
const MAX_REMARKS: usize = 10;

/// Looks a schema over, and returns what is odd about it but allowed by `options`.
///
/// # Errors
/// The first thing that is not allowed.
pub(super) fn check<'a>(
    root: &Place<'a>,
    targets: &mut Targets<'a>,
    dialect: Dialect,
    options: ValidationOptions,
    patterns: &mut Patterns,
) -> Result<Vec<SchemaError>, SchemaError> {
    if options.strict.is_off() {
        return Ok(Vec::new());
    }
    let mut strict = Strict {
        targets,
        dialect,
        options,
        patterns,
        work: 0,
        is_over: false,
        known: HashSet::new(),
        functions: Vec::new(),
        remarks: Vec::new(),
    };
    strict.function(root.clone());
    while let Some(place) = strict.functions.pop() {
        if options.use_defaults != UseDefaults::Off
            && place.doc.get("default").is_some()
            && strict.has_rules(place.doc)
        {
            strict.schema_rule(&place, "default", || {
                "it is ignored in the root of a schema".into()
            })?;
        }
        strict.visit(&place, &mut Context::default())?;
    }
    Ok(strict.remarks)
}

struct Strict<'a, 's> {
    targets: &'s mut Targets<'a>,
    dialect: Dialect,
    options: ValidationOptions,
    patterns: &'s mut Patterns,
    work: usize,
    /// Whether the work has become too much.
    is_over: bool,
    /// By their addresses, the schemas that AJV makes functions of.
    known: HashSet<*const Doc>,
    /// Those of them that have not been looked at.
    functions: Vec<Place<'a>>,
    remarks: Vec<SchemaError>,
}

/// What surrounds a schema.
#[derive(Clone, Default)]
struct Context<'a> {
    /// The types that the value has for certain, in AJV's order.
    types: Vec<u8>,
    /// Whether a keyword like `anyOf` is around.
    composite: bool,
    /// Members of the value that have been named: a list that AJV shares among the schemas for one value, and starts anew
    /// where it goes into a member or an item.
    named: Rc<RefCell<HashSet<&'a str>>>,
}

type Checked = Result<(), SchemaError>;

impl<'a> Strict<'a, '_> {
    /// Looks at a schema of its own, once.
    fn function(&mut self, place: Place<'a>) {
        if self.known.insert(std::ptr::from_ref(place.doc)) {
            self.functions.push(place);
        }
    }

    fn visit(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        let Some(members) = place.doc.as_object() else {
            return Ok(());
        };
        if !self.spend(members.iter().map(|(_, value)| work(value)).sum(), place)? {
            return Ok(());
        }
        self.names_only(place)?;
        if self.dialect == Dialect::Draft2019
            && matches!(place.doc.get("$recursiveAnchor"), Some(Doc::Bool(false)))
        {
            self.schema_rule(place, "$recursiveAnchor", || {
                "it is ignored if it is false".into()
            })?;
        }
        let reference = place.doc.get("$ref").and_then(Doc::as_str);
        if !self.dialect.is_more_than_ref(place.doc) {
            return reference.map_or(Ok(()), |to| self.reference(place, to, around));
        }
        self.types(place, around)?;
        if let Some(to) = reference {
            self.reference(place, to, around)?;
        }
        self.any(place, around)?;
        self.defaults(place, around)?;
        self.array(place, around)?;
        self.object(place, around)
    }

    fn reference(&mut self, place: &Place<'a>, to: &str, around: &mut Context<'a>) -> Checked {
        let target = self.targets.find(place, to)?;
        if self.targets.has_ref(target.doc) {
            self.function(target);
            return Ok(());
        }
        let types = std::mem::take(&mut around.types);
        let visited = self.visit(&target, around);
        around.types = types;
        visited
    }

    /// AJV's `strictTypes`: a keyword for values of some type says nothing unless `type` does, and types do not contradict
    /// those of the schema around.
    fn types(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        let level = self.options.strict.types();
        let types = types_of(place.doc);
        let rule = |strict: &mut Self, message: String| {
            strict.rule(level, || SchemaError::strict(&place.at, message))
        };
        if around.types.is_empty() {
            around.types = types.clone();
        } else if !types.is_empty() {
            for kind in &types {
                if !includes(&around.types, *kind) {
                    let context: Vec<_> =
                        around.types.iter().map(|kind| Types::name(*kind)).collect();
                    let (name, context) = (Types::name(*kind), context.join(","));
                    rule(
                        self,
                        format!("type {name:?} is not allowed by the types around it, {context:?}"),
                    )?;
                }
            }
            around.types = around
                .types
                .iter()
                .filter_map(|kind| narrowed(*kind, &types))
                .collect();
        }
        if types.len() > 1 && !(types.len() == 2 && types.contains(&Types::NULL)) {
            rule(self, "it has several types".into())?;
        }
        let Some(members) = place.doc.as_object() else {
            return Ok(());
        };
        for (keyword, _) in members {
            let wanted = self.dialect.types_for(keyword);
            let applies = |wanted: &u8| {
                around.types.contains(wanted)
                    || (*wanted == Types::NUMBER && around.types.contains(&Types::INTEGER))
            };
            if !wanted.is_empty() && !wanted.iter().any(applies) {
                let wanted: Vec<_> = wanted.iter().map(|kind| Types::name(*kind)).collect();
                rule(
                    self,
                    format!(
                        "type {:?} is missing for keyword {keyword:?}",
                        wanted.join(",")
                    ),
                )?;
            }
        }
        Ok(())
    }

    fn any(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        self.same(place, "not", &mut around.composed())?;
        if let Some(branches) = place.doc.get("anyOf").and_then(Doc::as_array) {
            // AJV skips such an `anyOf`, unless others need to know what it has looked at.
            let accepts = |branch: &Doc| !self.has_rules(branch);
            let until = match self.dialect {
                Dialect::Draft07 => branches.iter().position(accepts),
                _ => None,
            };
            for (at, branch) in branches.iter().enumerate() {
                let skipped = until.is_some_and(|until| at > until || self.has_rules(branch));
                let branch = place.grandchild("anyOf", Token::Item(at), branch);
                match skipped {
                    true if until.is_some_and(|until| at < until) => self.names_only(&branch)?,
                    true => {}
                    false => self.visit(&branch, &mut around.composed())?,
                }
            }
        }
        self.each(place, "oneOf", Context::composed, around)?;
        self.each(place, "allOf", Context::clone, around)?;
        self.condition(place, around)
    }

    fn condition(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        let has = |keyword| place.doc.get(keyword).is_some();
        if !has("if") {
            for keyword in ["then", "else"] {
                if has(keyword) {
                    self.schema_rule(place, keyword, || "it is ignored without \"if\"".into())?;
                }
            }
            return Ok(());
        }
        if !has("then") && !has("else") {
            return self.schema_rule(place, "if", || {
                "it is ignored without \"then\" and \"else\"".into()
            });
        }
        let has_rules = |keyword| {
            place
                .doc
                .get(keyword)
                .is_some_and(|doc| self.has_rules(doc))
        };
        if has_rules("then") || has_rules("else") {
            self.same(place, "if", &mut around.composed())?;
        }
        self.same(place, "then", &mut around.clone())?;
        self.same(place, "else", &mut around.clone())
    }

    /// A default that would never be filled in.
    fn defaults(&mut self, place: &Place<'a>, around: &Context<'a>) -> Checked {
        if self.options.use_defaults == UseDefaults::Off || !around.composite {
            return Ok(());
        }
        for keyword in ["properties", "items"] {
            let children = match place.doc.get(keyword) {
                Some(all @ Doc::Object(_)) if keyword == "properties" => all.children(),
                Some(all @ Doc::Array(_)) if keyword == "items" => all.children(),
                _ => continue,
            };
            for (name, child) in children {
                if child.get("default").is_some() {
                    let child = place.grandchild(keyword, name, child);
                    self.schema_rule(&child, "default", || {
                        "it is ignored within \"anyOf\" and the like".into()
                    })?;
                }
            }
        }
        Ok(())
    }

    fn array(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        let (tuple, rest) = match self.dialect {
            Dialect::Draft2020 => ("prefixItems", "items"),
            _ => ("items", "additionalItems"),
        };
        let list = place.doc.get(tuple).and_then(Doc::as_array);
        if rest == "additionalItems" && place.doc.get(rest).is_some() {
            match list {
                None => self.schema_rule(place, rest, || {
                    "it is ignored unless \"items\" is a list of schemas".into()
                })?,
                Some(_) => self.child(place, rest, around)?,
            }
        }
        match list {
            Some(list) => {
                self.tuple(place, tuple, rest, list.len())?;
                self.each(place, tuple, Context::inside, around)?;
                around.named = Rc::default();
            }
            None => self.child(place, tuple, around)?,
        }
        if rest == "items" {
            self.child(place, rest, around)?;
        }
        self.contains(place, around)?;
        self.child(place, "unevaluatedItems", around)
    }

    /// AJV's `strictTuples`: a list of schemas says how many items there are.
    fn tuple(&mut self, place: &Place<'a>, tuple: &str, rest: &str, length: usize) -> Checked {
        let count = |keyword| match place.doc.get(keyword) {
            Some(Doc::Number(count)) => Some(number::to_f64(count)),
            _ => None,
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "there are not that many schemas"
        )]
        let length = length as f64;
        let is_closed = matches!(place.doc.get(rest), Some(Doc::Bool(false)));
        if count("minItems") == Some(length) && (is_closed || count("maxItems") == Some(length)) {
            return Ok(());
        }
        self.rule(self.options.strict.tuples(), || {
            let message = format!(
                "{tuple:?} is a list of {length} schemas, but minItems or maxItems/{rest} are not specified or different"
            );
            SchemaError::strict(&place.at, message)
        })
    }

    fn contains(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        let counts = ["minContains", "maxContains"].map(|keyword| match place.doc.get(keyword) {
            Some(Doc::Number(count)) if self.dialect >= Dialect::Draft2019 => {
                Some(number::to_f64(count))
            }
            _ => None,
        });
        if place.doc.get("contains").is_none() {
            for (count, keyword) in counts.iter().zip(["minContains", "maxContains"]) {
                if count.is_some() {
                    self.schema_rule(place, keyword, || {
                        "it is ignored without \"contains\"".into()
                    })?;
                }
            }
            return Ok(());
        }
        match counts {
            [Some(0.0), None] => self.schema_rule(place, "contains", || {
                "it is ignored if \"minContains\" is 0 and there is no \"maxContains\"".into()
            }),
            [min, Some(max)] if min.unwrap_or(1.0) > max => {
                self.schema_rule(place, "minContains", || {
                    "it is above \"maxContains\", so nothing is valid".into()
                })
            }
            _ => {
                around.named = Rc::default();
                self.same(place, "contains", &mut around.inside().composed())
            }
        }
    }

    fn object(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        self.required(place, around)?;
        if place.doc.get("propertyNames").is_some() {
            around.named = Rc::default();
            let mut name = around.inside().composed();
            name.types.push(Types::STRING);
            self.same(place, "propertyNames", &mut name)?;
        }
        match self.options.remove_additional {
            RemoveAdditional::All => {}
            RemoveAdditional::Failing => {
                around.named = Rc::default();
                self.same(
                    place,
                    "additionalProperties",
                    &mut around.inside().composed(),
                )?;
            }
            _ => self.child(place, "additionalProperties", around)?,
        }
        self.members(place, "dependencies", around)?;
        if let Some(properties) = place.doc.get("properties").and_then(Doc::as_object) {
            let names = properties.iter().map(|(name, _)| name.as_str());
            around.named.borrow_mut().extend(names);
            for (name, property) in properties {
                let has_rules = self.has_rules(property);
                let property = place.grandchild("properties", Token::Member(name), property);
                if has_rules {
                    around.named = Rc::default();
                }
                self.visit(&property, &mut around.inside())?;
                around.named.borrow_mut().insert(name);
            }
        }
        self.patterns(place, around)?;
        if self.dialect >= Dialect::Draft2019 {
            self.members(place, "dependentSchemas", around)?;
            self.child(place, "unevaluatedProperties", around)?;
        }
        Ok(())
    }

    /// AJV's `strictRequired`: what is required is among the properties.
    fn required(&mut self, place: &Place<'a>, around: &Context<'a>) -> Checked {
        let level = self.options.strict.required();
        let names = place
            .doc
            .get("required")
            .and_then(Doc::as_array)
            .unwrap_or_default();
        if level == Level::Ignore || names.is_empty() {
            return Ok(());
        }
        let properties = place
            .doc
            .get("properties")
            .and_then(Doc::as_object)
            .unwrap_or_default();
        let properties: HashSet<_> = properties.iter().map(|(name, _)| name.as_str()).collect();
        for name in names.iter().filter_map(Doc::as_str) {
            if !properties.contains(name) && !around.named.borrow().contains(name) {
                self.rule(level, || {
                    let message = format!(
                        "required property {:?} is not among the properties",
                        shorten(name)
                    );
                    SchemaError::strict(&place.at, message)
                })?;
            }
        }
        Ok(())
    }

    /// Schemas for the value itself, under names.
    fn members(
        &mut self,
        place: &Place<'a>,
        keyword: &'static str,
        around: &mut Context<'a>,
    ) -> Checked {
        let members = place
            .doc
            .get(keyword)
            .and_then(Doc::as_object)
            .unwrap_or_default();
        for (name, member) in members {
            let member = place.grandchild(keyword, Token::Member(name), member);
            self.visit(&member, &mut around.clone())?;
        }
        Ok(())
    }

    fn patterns(&mut self, place: &Place<'a>, around: &mut Context<'a>) -> Checked {
        let all = place
            .doc
            .get("patternProperties")
            .and_then(Doc::as_object)
            .unwrap_or_default();
        let properties = place
            .doc
            .get("properties")
            .and_then(Doc::as_object)
            .unwrap_or_default();
        // AJV does not look at patterns of which none asks for anything.
        let is_void = all.iter().all(|(_, schema)| !self.has_rules(schema))
            && (self.dialect == Dialect::Draft07
                || place.doc.get("additionalProperties").is_some());
        for (source, schema) in all {
            let schema = place.grandchild("patternProperties", Token::Member(source), schema);
            if !is_void && !properties.is_empty() {
                let pattern = self.patterns.compile(source, &schema.at)?;
                for (name, _) in properties {
                    if !self.spend(pattern.cost(name), &schema)? {
                        return Ok(());
                    }
                    if pattern.matches(name) {
                        let message = format!(
                            "property {:?} matches the pattern, so both schemas count",
                            shorten(name)
                        );
                        let level = self.options.strict.schema();
                        self.rule(level, || SchemaError::strict(&schema.at, message))?;
                    }
                }
            }
            around.named = Rc::default();
            self.visit(&schema, &mut around.inside())?;
        }
        Ok(())
    }

    /// Takes from the budget of work, and says whether there was so much left.
    ///
    /// # Errors
    /// If there was not, and mistakes are refused: the rest of the schema has not been checked.
    fn spend(&mut self, work: usize, place: &Place<'a>) -> Result<bool, SchemaError> {
        if self.is_over {
            return Ok(false);
        }
        self.work = self.work.saturating_add(work);
        if self.work <= MAX_WORK {
            return Ok(true);
        }
        self.is_over = true;
        // This one has to be seen.
        self.remarks.truncate(MAX_REMARKS - 1);
        self.rule(self.options.strict.schema(), || SchemaError::Unchecked {
            at: place.at.to_string(),
        })?;
        Ok(false)
    }

    /// Only the names of a schema's keywords.
    fn names_only(&mut self, place: &Place<'a>) -> Checked {
        let (level, dialect) = (self.options.strict.schema(), self.dialect);
        for (keyword, _) in place.doc.as_object().unwrap_or_default() {
            if !dialect.knows(keyword) {
                self.rule(level, || unknown(&place.at, keyword, dialect))?;
            }
        }
        Ok(())
    }

    /// Whether a schema asks for anything: AJV does not compile those that do not.
    fn has_rules(&self, schema: &Doc) -> bool {
        match schema {
            Doc::Bool(accepts) => !accepts,
            schema => schema.get("$ref").is_some() || self.dialect.is_more_than_ref(schema),
        }
    }

    /// What AJV's `strictSchema` has to say of a keyword.
    fn schema_rule(
        &mut self,
        place: &Place<'a>,
        keyword: &'static str,
        message: impl FnOnce() -> String,
    ) -> Checked {
        self.rule(self.options.strict.schema(), || {
            SchemaError::strict(&place.at.member(keyword), message())
        })
    }

    fn rule(&mut self, level: Level, error: impl FnOnce() -> SchemaError) -> Checked {
        match level {
            Level::Ignore => Ok(()),
            Level::Refuse => Err(error()),
            Level::Log => {
                if self.remarks.len() < MAX_REMARKS {
                    self.remarks.push(error());
                }
                Ok(())
            }
        }
    }

    /// A schema for a member or an item.
    fn child(
        &mut self,
        place: &Place<'a>,
        keyword: &'static str,
        around: &mut Context<'a>,
    ) -> Checked {
        if place.doc.get(keyword).is_some() {
            around.named = Rc::default();
        }
        self.same(place, keyword, &mut around.inside())
    }

    /// A schema in this context.
    fn same(
        &mut self,
        place: &Place<'a>,
        keyword: &'static str,
        around: &mut Context<'a>,
    ) -> Checked {
        match place.doc.get(keyword) {
            Some(schema) => self.visit(&place.member(keyword, schema), around),
            None => Ok(()),
        }
    }

    fn each(
        &mut self,
        place: &Place<'a>,
        keyword: &'static str,
        context: impl Fn(&Context<'a>) -> Context<'a>,
        around: &Context<'a>,
    ) -> Checked {
        let list = place
            .doc
            .get(keyword)
            .and_then(Doc::as_array)
            .unwrap_or_default();
        for (at, schema) in list.iter().enumerate() {
            let schema = place.grandchild(keyword, Token::Item(at), schema);
            self.visit(&schema, &mut context(around))?;
        }
        Ok(())
    }
}

impl Context<'_> {
    /// A member or an item of the value.
    fn inside(&self) -> Self {
        Self {
            composite: self.composite,
            ..Self::default()
        }
    }

    /// The same value, within a keyword like `anyOf`.
    fn composed(&self) -> Self {
        Self {
            composite: true,
            ..self.clone()
        }
    }
}

/// What looking at a keyword with that value takes.
fn work(value: &Doc) -> usize {
    let text = |text: &str| 1 + text.len() / 64;
    match value {
        Doc::Array(items) => items
            .iter()
            .fold(1, |sum, item| sum + item.as_str().map_or(1, text)),
        Doc::Object(members) => members.iter().fold(1, |sum, (name, _)| sum + text(name)),
        _ => 1,
    }
}

/// The types that a schema names, `nullable` included.
fn types_of(schema: &Doc) -> Vec<u8> {
    let bit = |name: &Doc| name.as_str().and_then(Types::bit);
    let mut types: Vec<_> = match schema.get("type") {
        Some(Doc::Array(names)) => names.iter().filter_map(bit).collect(),
        Some(name) => bit(name).into_iter().collect(),
        None => Vec::new(),
    };
    if matches!(schema.get("nullable"), Some(Doc::Bool(true))) && !types.contains(&Types::NULL) {
        types.push(Types::NULL);
    }
    types
}

/// Whether a value of that type is of one of these.
fn includes(types: &[u8], kind: u8) -> bool {
    types.contains(&kind) || (kind == Types::INTEGER && types.contains(&Types::NUMBER))
}

/// What is left of a type where these are asked for as well.
fn narrowed(kind: u8, types: &[u8]) -> Option<u8> {
    match kind {
        kind if includes(types, kind) => Some(kind),
        Types::NUMBER if types.contains(&Types::INTEGER) => Some(Types::INTEGER),
        _ => None,
    }
}

/// About a keyword that does not exist in this dialect, with the nearest one that does.
fn unknown(at: &Pointer<'_>, keyword: &str, dialect: Dialect) -> SchemaError {
    let keyword = shorten(keyword);
    let newer = [Dialect::Draft2019, Dialect::Draft2020];
    let hint = match newer.into_iter().find(|newer| newer.knows(&keyword)) {
        Some(newer) => format!(
            ": it belongs to another dialect, which $schema has to name: {:?}",
            newer.uri()
        ),
        None => dialect
            .nearest(&keyword)
            .map_or_else(String::new, |nearest| {
                format!(", did you mean {nearest:?}?")
            }),
    };
    SchemaError::UnknownKeyword {
        at: at.to_string(),
        keyword,
        hint,
    }
}
