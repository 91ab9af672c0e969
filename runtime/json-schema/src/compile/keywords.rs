//! The keywords of one schema, each checked and put into its group in AJV's order.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use serde_json::Number;
use stockade_text::shorten;

use super::super::dialect::Dialect;
use super::super::document::Doc;
use super::super::equal::{self, Search};
use super::super::error::SchemaError;
use super::super::format::Format;
use super::super::number;
use super::super::options::Strict;
use super::super::pattern::Pattern;
use super::super::pointer::Token;
use super::super::program::{
    Additional, Array, Bound, Condition, Contains, General, Group, Need, Node, NodeId, Numeric,
    Object, Rules, Sub, Text, Types,
};
use super::super::refs::Place;
use super::super::uri;
use super::{Compiler, changes, refused};

type Result<T> = std::result::Result<T, SchemaError>;

/// The members of `patternProperties`.
type Members = Vec<(Arc<Pattern>, Sub)>;

/// Keywords that change what a schema accepts and that are not implemented: ignoring them would
/// accept too much.
const UNSUPPORTED: [&str; 6] = [
    "$dynamicRef",
    "$recursiveRef",
    "formatMinimum",
    "formatMaximum",
    "formatExclusiveMinimum",
    "formatExclusiveMaximum",
];

impl<'a> Compiler<'a> {
    /// Compiles one schema.
    pub(super) fn schema(&mut self, place: &Place<'a>) -> Result<Node> {
        if let Doc::Bool(accepts) = place.doc {
            return Ok(if *accepts { Node::Always } else { Node::Never });
        }
        if let Some(keyword) = UNSUPPORTED
            .iter()
            .find(|name| place.doc.get(name).is_some())
        {
            return Err(SchemaError::Unsupported {
                at: place.at.member(keyword).to_string(),
            });
        }
        self.notes(place)?;
        let changes = self.options.change_payloads();
        let mut rules = Rules {
            types: self.types(place)?,
            ..Rules::default()
        };
        self.any(place, &mut rules.any)?;
        self.number(place, &mut rules.number)?;
        self.string(place, &mut rules.string)?;
        self.array(place, &mut rules.array)?;
        self.object(place, &mut rules.object)?;
        self.definitions(place)?;
        if changes {
            for default in changes::written(place) {
                self.copying(place, "default", default)?;
            }
            rules.changes = changes::of(place, &rules.object).map(Box::new);
        }
        rules.weight = rules.cost();
        // AJV skips what surrounds a schema that accepts everything, such as an `anyOf` with its changes, only if it has
        // no keyword at all.
        let skipped = !changes || !self.dialect.is_more_than_ref(place.doc);
        Ok(if rules.is_empty() && skipped {
            Node::Always
        } else {
            Node::Rules(Box::new(rules))
        })
    }

    /// Keywords that say nothing of payloads, but have values of one kind.
    fn notes(&self, place: &Place<'a>) -> Result<()> {
        if place.doc.get("id").is_some() {
            return Err(keyword(place, "id", "id is a keyword of draft-04: use $id"));
        }
        let texts = [
            "title",
            "description",
            "$comment",
            "contentMediaType",
            "contentEncoding",
        ];
        // Of 2020-12, where it has no meaning any more.
        let anchor = (self.dialect == Dialect::Draft2020).then_some("$recursiveAnchor");
        for name in texts.into_iter().chain(anchor) {
            if place
                .doc
                .get(name)
                .is_some_and(|value| value.as_str().is_none())
            {
                return Err(keyword(place, name, "it must be a string"));
            }
        }
        let flags = match self.dialect {
            Dialect::Draft07 => &["readOnly"][..],
            Dialect::Draft2019 => &["readOnly", "writeOnly", "deprecated", "$recursiveAnchor"],
            Dialect::Draft2020 => &["readOnly", "writeOnly", "deprecated"],
        };
        for name in flags {
            if !matches!(place.doc.get(name), None | Some(Doc::Bool(_))) {
                return Err(keyword(place, name, "it must be a boolean"));
            }
        }
        if place
            .doc
            .get("examples")
            .is_some_and(|list| list.as_array().is_none())
        {
            return Err(keyword(place, "examples", "examples must be a list"));
        }
        Ok(())
    }

    fn types(&self, place: &Place<'a>) -> Result<Option<Types>> {
        let nullable = match place.doc.get("nullable") {
            None => false,
            Some(Doc::Bool(nullable)) => *nullable,
            Some(_) => return Err(keyword(place, "nullable", "nullable must be a boolean")),
        };
        let Some(written) = place.doc.get("type") else {
            let alone = place.doc.get("nullable").is_some();
            return if alone {
                Err(keyword(place, "nullable", "nullable needs a type"))
            } else {
                Ok(None)
            };
        };
        let expected = "type must be one of the seven types or a list of them";
        let bit = |name: &Doc| {
            let bit = name.as_str().and_then(Types::bit);
            bit.ok_or_else(|| keyword(place, "type", expected))
        };
        let mut written = written.clone();
        let mut order = match &written {
            Doc::Array(names) if names.is_empty() => return Err(keyword(place, "type", expected)),
            Doc::Array(names) => names.iter().map(bit).collect::<Result<Vec<_>>>()?,
            name => vec![bit(name)?],
        };
        if repeats(&order) {
            return Err(keyword(place, "type", "type must not name one twice"));
        }
        let is_refused = matches!(place.doc.get("nullable"), Some(Doc::Bool(false)));
        if is_refused && order.contains(&Types::NULL) {
            return Err(keyword(
                place,
                "nullable",
                "nullable contradicts the type null",
            ));
        }
        if nullable && !order.contains(&Types::NULL) {
            order.push(Types::NULL);
            // AJV extends the list that it then reports; a lone name it leaves alone.
            if let Doc::Array(names) = &mut written {
                names.push(Doc::String("null".to_owned()));
            }
        }
        let mask = order.iter().fold(0, |mask, bit| mask | bit);
        let within = Group::of(mask).filter(|group| {
            self.dialect
                .group(*group)
                .iter()
                .any(|keyword| place.doc.get(keyword).is_some())
        });
        Ok(Some(Types {
            mask,
            order,
            written: Arc::new(written),
            within,
        }))
    }

    fn any(&mut self, place: &Place<'a>, rules: &mut Vec<General>) -> Result<()> {
        if let Some(reference) = place.doc.get("$ref") {
            let text = reference
                .as_str()
                .ok_or_else(|| keyword(place, "$ref", "$ref must be a string"))?;
            rules.push(General::Ref(self.reference(place, text)?));
        }
        if let Some(value) = place.doc.get("const") {
            self.copying(place, "const", value)?;
            rules.push(General::Const {
                value: value.to_value(),
                written: Arc::new(value.clone()),
            });
        }
        if let Some(list) = place.doc.get("enum") {
            self.copying(place, "enum", list)?;
            let values = list.as_array().filter(|values| !values.is_empty());
            let values =
                values.ok_or_else(|| keyword(place, "enum", "enum must be a list of values"))?;
            let values: Vec<_> = values.iter().map(Doc::to_value).collect();
            if self.dialect == Dialect::Draft07
                && equal::duplicate(&values, Search::LastRepeat, |_| true).is_some()
            {
                return Err(keyword(place, "enum", "enum must not have a value twice"));
            }
            rules.push(General::Enum {
                values,
                written: Arc::new(list.clone()),
            });
        }
        if let Some(sub) = self.sub(place, "not")? {
            rules.push(General::Not(sub));
        }
        if place.doc.get("anyOf").is_some() {
            rules.push(General::AnyOf(self.list(place, "anyOf")?));
        }
        if place.doc.get("oneOf").is_some() {
            rules.push(General::OneOf(self.list(place, "oneOf")?));
        }
        if place.doc.get("allOf").is_some() {
            rules.push(General::AllOf(self.list(place, "allOf")?));
        }
        let test = self.sub(place, "if")?;
        let (then, otherwise) = (self.sub(place, "then")?, self.sub(place, "else")?);
        if let Some(test) = test
            && (then.is_some() || otherwise.is_some())
        {
            let node = |sub: Option<Sub>| sub.map(|sub| sub.node);
            let (then, otherwise) = (node(then), node(otherwise));
            rules.push(General::If(Condition {
                test: test.node,
                then,
                otherwise,
            }));
        }
        Ok(())
    }

    /// An unknown format is an error, unless AJV would not mind.
    fn format(&self, place: &Place<'a>) -> Result<Option<(Format, &'a str)>> {
        let Some(doc) = place.doc.get("format") else {
            return Ok(None);
        };
        let name = doc
            .as_str()
            .ok_or_else(|| keyword(place, "format", "format must be a string"))?;
        match Format::named(name) {
            Some(format) => Ok(Some((format, name))),
            None if self.options.strict == Strict::Off => Ok(None),
            None => Err(SchemaError::Format {
                at: place.at.member("format").to_string(),
                name: shorten(name),
            }),
        }
    }

    fn number(&self, place: &Place<'a>, rules: &mut Vec<Numeric>) -> Result<()> {
        let bounds = [
            ("maximum", Bound::Maximum),
            ("minimum", Bound::Minimum),
            ("exclusiveMaximum", Bound::ExclusiveMaximum),
            ("exclusiveMinimum", Bound::ExclusiveMinimum),
        ];
        for (name, bound) in bounds {
            if let Some(limit) = number(place, name)? {
                rules.push(Numeric::Bound { bound, limit });
            }
        }
        if let Some(divisor) = number(place, "multipleOf")? {
            if number::to_f64(&divisor) <= 0.0 {
                return Err(keyword(place, "multipleOf", "multipleOf must be above 0"));
            }
            rules.push(Numeric::MultipleOf(divisor));
        }
        if let Some((format, name)) = self.format(place)? {
            rules.extend(Numeric::format(format, name));
        }
        Ok(())
    }

    fn string(&mut self, place: &Place<'a>, rules: &mut Vec<Text>) -> Result<()> {
        rules.extend(count(place, "maxLength")?.map(Text::MaxLength));
        rules.extend(count(place, "minLength")?.map(Text::MinLength));
        if let Some(pattern) = place.doc.get("pattern") {
            let source = pattern.as_str();
            let source =
                source.ok_or_else(|| keyword(place, "pattern", "pattern must be a string"))?;
            rules.push(Text::Pattern(
                self.patterns.compile(source, &place.at.member("pattern"))?,
            ));
        }
        if let Some((format, name)) = self.format(place)? {
            rules.extend(Text::format(format, name));
        }
        Ok(())
    }

    fn array(&mut self, place: &Place<'a>, rules: &mut Vec<Array>) -> Result<()> {
        rules.extend(count(place, "maxItems")?.map(Array::MaxItems));
        rules.extend(count(place, "minItems")?.map(Array::MinItems));
        if self.dialect == Dialect::Draft2020 {
            self.items_2020(place, rules)?;
        } else {
            self.items(place, rules)?;
        }
        if let Some(contains) = self.contains(place)? {
            rules.push(Array::Contains(contains));
        }
        match place.doc.get("uniqueItems") {
            None | Some(Doc::Bool(false)) => {}
            Some(Doc::Bool(true)) => rules.push(self.unique(place)),
            Some(_) => {
                return Err(keyword(
                    place,
                    "uniqueItems",
                    "uniqueItems must be a boolean",
                ));
            }
        }
        if self.dialect >= Dialect::Draft2019
            && let Some(sub) = self.sub(place, "unevaluatedItems")?
        {
            rules.push(Array::Unevaluated { item: sub.node });
        }
        Ok(())
    }

    /// `items` as a schema or a list, and `additionalItems` behind a list.
    fn items(&mut self, place: &Place<'a>, rules: &mut Vec<Array>) -> Result<()> {
        let rest = self.sub(place, "additionalItems")?;
        let Some(Doc::Array(list)) = place.doc.get("items") else {
            let item = self.sub(place, "items")?;
            rules.extend(item.map(|item| Array::Items {
                from: 0,
                keyword: "items",
                item: item.node,
            }));
            return Ok(());
        };
        rules.extend(rest.map(|rest| self.rest(place, "additionalItems", list.len(), rest)));
        let items = self.list(place, "items")?;
        rules.push(Array::Tuple { items });
        Ok(())
    }

    /// `prefixItems`, and `items` behind them.
    fn items_2020(&mut self, place: &Place<'a>, rules: &mut Vec<Array>) -> Result<()> {
        let item = self.sub(place, "items")?;
        let Some(list) = place.doc.get("prefixItems") else {
            rules.extend(item.map(|item| Array::Items {
                from: 0,
                keyword: "items",
                item: item.node,
            }));
            return Ok(());
        };
        let from = list.as_array().map_or(0, <[Doc]>::len);
        let items = self.list(place, "prefixItems")?;
        rules.push(Array::Tuple { items });
        rules.extend(item.map(|item| self.rest(place, "items", from, item)));
        Ok(())
    }

    fn rest(&self, place: &Place<'a>, keyword: &'static str, from: usize, rest: Sub) -> Array {
        match place.doc.get(keyword) {
            Some(Doc::Bool(false)) => Array::NoItems { from, keyword },
            _ => Array::Items {
                from,
                keyword,
                item: rest.node,
            },
        }
    }

    /// The counts exist since 2019-09.
    fn contains(&mut self, place: &Place<'a>) -> Result<Option<Contains>> {
        let Some(sub) = self.sub(place, "contains")? else {
            return Ok(None);
        };
        let (mut min, mut max) = (None, None);
        if self.dialect >= Dialect::Draft2019 {
            min = count(place, "minContains")?;
            max = count(place, "maxContains")?;
        }
        Ok(Some(Contains {
            item: sub.node,
            min: min.unwrap_or_else(|| 1.into()),
            max,
        }))
    }

    /// AJV has a quick search for items of scalar types, which names another pair.
    fn unique(&self, place: &Place<'a>) -> Array {
        let scalar = place
            .doc
            .get("items")
            .filter(|items| items.as_object().is_some())
            .and_then(|items| {
                let place = Place {
                    doc: items,
                    ..place.clone()
                };
                let mask = self.types(&place).ok().flatten()?.mask;
                (mask & (Types::OBJECT | Types::ARRAY) == 0).then_some(mask)
            });
        let search = if scalar.is_some() {
            Search::LastRepeated
        } else {
            Search::LastRepeat
        };
        Array::Unique {
            search,
            types: scalar,
        }
    }

    fn object(&mut self, place: &Place<'a>, rules: &mut Vec<Object>) -> Result<()> {
        rules.extend(count(place, "maxProperties")?.map(Object::MaxProperties));
        rules.extend(count(place, "minProperties")?.map(Object::MinProperties));
        if let Some(list) = place.doc.get("required") {
            rules.push(Object::Required(names(place, "required", list)?));
        }
        rules.extend(
            self.sub(place, "propertyNames")?
                .map(|names| Object::Names(names.node)),
        );
        let properties = self.members(place, "properties")?;
        let patterns = self.pattern_properties(place)?;
        if let Some(sub) = self.sub(place, "additionalProperties")? {
            rules.push(Object::Additional(Additional::beside(
                sub.node,
                properties.iter().flatten(),
                patterns.iter().flatten(),
            )));
        }
        self.dependencies(place, "dependencies", rules)?;
        rules.extend(properties.map(Object::Properties));
        rules.extend(patterns.map(Object::Patterns));
        if self.dialect >= Dialect::Draft2019 {
            self.needs(place, "dependentRequired", rules)?;
            rules.extend(
                self.members(place, "dependentSchemas")?
                    .map(Object::Dependent),
            );
            let rest = self.sub(place, "unevaluatedProperties")?;
            rules.extend(rest.map(|rest| Object::Unevaluated { member: rest.node }));
        }
        Ok(())
    }

    fn pattern_properties(&mut self, place: &Place<'a>) -> Result<Option<Members>> {
        let Some(members) = self.members(place, "patternProperties")? else {
            return Ok(None);
        };
        let compiled = members.into_iter().map(|(source, sub)| {
            let at = place.at.member("patternProperties");
            let at = at.member(&source);
            Ok((self.patterns.compile(&source, &at)?, sub))
        });
        compiled.collect::<Result<_>>().map(Some)
    }

    /// Lists first, then schemas, as AJV splits them.
    fn dependencies(
        &mut self,
        place: &Place<'a>,
        name: &'static str,
        rules: &mut Vec<Object>,
    ) -> Result<()> {
        let Some(all) = place.doc.get(name) else {
            return Ok(());
        };
        let members = all.as_object();
        let members =
            members.ok_or_else(|| keyword(place, name, "dependencies must be an object"))?;
        let (lists, schemas): (Vec<_>, Vec<_>) = members
            .iter()
            .partition(|(_, value)| value.as_array().is_some());
        let needs = lists
            .into_iter()
            .map(|(property, list)| need(place, name, property, list));
        rules.push(Object::Needs {
            keyword: name,
            needs: needs.collect::<Result<_>>()?,
        });
        let schemas = schemas.into_iter().map(|(property, schema)| {
            Ok((
                property.clone(),
                self.child(place, name, Token::Member(property), schema)?,
            ))
        });
        rules.push(Object::Dependent(schemas.collect::<Result<_>>()?));
        Ok(())
    }

    fn needs(&self, place: &Place<'a>, name: &'static str, rules: &mut Vec<Object>) -> Result<()> {
        let Some(all) = place.doc.get(name) else {
            return Ok(());
        };
        let members = all.as_object();
        let members =
            members.ok_or_else(|| keyword(place, name, "it must be an object of lists"))?;
        let needs = members
            .iter()
            .map(|(property, list)| need(place, name, property, list));
        rules.push(Object::Needs {
            keyword: name,
            needs: needs.collect::<Result<_>>()?,
        });
        Ok(())
    }

    /// Definitions are compiled although nothing may refer to them, so that mistakes show.
    fn definitions(&mut self, place: &Place<'a>) -> Result<()> {
        for name in ["definitions", "$defs"] {
            self.members(place, name)?;
        }
        Ok(())
    }

    fn sub(&mut self, place: &Place<'a>, name: &'a str) -> Result<Option<Sub>> {
        let Some(doc) = place.doc.get(name) else {
            return Ok(None);
        };
        let node = self.node(place.member(name, doc))?;
        Ok(Some(Sub {
            node,
            path: format!("/{name}"),
        }))
    }

    fn list(&mut self, place: &Place<'a>, name: &'a str) -> Result<Vec<Sub>> {
        let list = place
            .doc
            .get(name)
            .and_then(Doc::as_array)
            .filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| keyword(place, name, "it must be a list of schemas"))?;
        let subs = list
            .iter()
            .enumerate()
            .map(|(i, doc)| self.child(place, name, Token::Item(i), doc));
        subs.collect()
    }

    fn members(&mut self, place: &Place<'a>, name: &'a str) -> Result<Option<Vec<(String, Sub)>>> {
        let Some(all) = place.doc.get(name) else {
            return Ok(None);
        };
        let members = all.as_object();
        let members =
            members.ok_or_else(|| keyword(place, name, "it must be an object of schemas"))?;
        let subs = members.iter().map(|(key, doc)| {
            Ok((
                key.clone(),
                self.child(place, name, Token::Member(key), doc)?,
            ))
        });
        subs.collect::<Result<_>>().map(Some)
    }

    fn child(
        &mut self,
        place: &Place<'a>,
        name: &'a str,
        token: Token<'a>,
        doc: &'a Doc,
    ) -> Result<Sub> {
        let node: NodeId = self.node(place.grandchild(name, token, doc))?;
        let path = match token {
            Token::Member(key) => format!("/{name}/{}", uri::encode_token(key)),
            Token::Item(index) => format!("/{name}/{index}"),
        };
        Ok(Sub { node, path })
    }
}

fn number(place: &Place<'_>, name: &str) -> Result<Option<Number>> {
    match place.doc.get(name) {
        None => Ok(None),
        Some(Doc::Number(number)) => Ok(Some(number.clone())),
        Some(_) => Err(keyword(place, name, "it must be a number")),
    }
}

fn count(place: &Place<'_>, name: &str) -> Result<Option<Number>> {
    let found = number(place, name)?;
    match &found {
        Some(count) if !number::is_integer(count) || number::to_f64(count) < 0.0 => {
            Err(keyword(place, name, "it must be a whole number from 0"))
        }
        _ => Ok(found),
    }
}

fn names(place: &Place<'_>, name: &str, list: &Doc) -> Result<Vec<Arc<str>>> {
    let names = list.as_array().and_then(|list| {
        list.iter()
            .map(|name| name.as_str().map(Arc::from))
            .collect()
    });
    let names: Vec<Arc<str>> =
        names.ok_or_else(|| keyword(place, name, "it must be a list of names"))?;
    match repeats(&names) {
        true => Err(keyword(place, name, "it must not have a name twice")),
        false => Ok(names),
    }
}

/// Whether one of them is there twice.
fn repeats<T: Eq + Hash>(items: &[T]) -> bool {
    let mut seen = HashSet::new();
    !items.iter().all(|item| seen.insert(item))
}

fn need(place: &Place<'_>, name: &str, property: &str, list: &Doc) -> Result<Need> {
    let missing = names(place, name, list)?;
    let list = missing.join(", ").into();
    Ok(Need {
        property: property.into(),
        missing,
        list,
    })
}

fn keyword(place: &Place<'_>, name: &str, expected: &'static str) -> SchemaError {
    refused(&place.at.member(name), expected)
}
