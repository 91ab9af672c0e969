//! Accepts payloads of the plainest schemas by their text, while that is read: most events then need no tree of their payload.
//!
//! Nothing is refused here. What is not accepted, because it does not match or because telling would take more than a
//! look, is left to `verdict`, and so is every payload of a schema that has no shape.

use serde_json::{Map, Value};

use crate::scan::{Facts, Names, Scanner};

/// Objects within each other.
const MAX_DEPTH: usize = 16;
/// Digits of a number that is in range whatever they are.
const MAX_DIGITS: usize = 15;

/// What a schema asks for, where that is only types and properties.
#[derive(Debug)]
pub enum Shape {
    /// A string.
    String,
    /// A boolean.
    Boolean,
    /// `null`.
    Null,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// An object.
    Object(Object),
}

/// What a schema asks of an object.
#[derive(Debug)]
pub struct Object {
    properties: Vec<(Box<str>, Shape)>,
    /// A bit for each property.
    required: u64,
    /// Whether there may be others.
    additional: bool,
}

impl Shape {
    /// The shape of the schema in `text`, which has been compiled; none where it has other keywords.
    pub(super) fn of(text: &str) -> Option<Self> {
        let schema: Value = serde_json::from_str(text).ok()?;
        let mut schema = schema.as_object()?.clone();
        schema.remove("$schema");
        Self::of_schema(&schema, MAX_DEPTH)
    }

    fn of_schema(schema: &Map<String, Value>, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        let kind = schema.get("type")?.as_str()?;
        let is_object = kind == "object";
        let is_known = |keyword: &String| match keyword.as_str() {
            "type" | "title" | "description" | "$comment" => true,
            "properties" | "required" | "additionalProperties" => is_object,
            _ => false,
        };
        if !schema.keys().all(is_known) {
            return None;
        }
        Some(match kind {
            "string" => Self::String,
            "boolean" => Self::Boolean,
            "null" => Self::Null,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "object" => Self::Object(Object::of_schema(schema, depth)?),
            _ => return None,
        })
    }

    /// Whether `text` is JSON and has this shape for certain.
    pub fn accepts(&self, text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        self.read(&mut scanner).is_some() && scanner.is_done()
    }

    /// Reads a value that has this shape for certain.
    #[inline]
    pub fn read(&self, scanner: &mut Scanner<'_>) -> Option<Facts> {
        let mut facts = Facts::default();
        self.reads(scanner, &mut facts, 0).map(|()| facts)
    }

    /// The same, within so many objects.
    fn reads(&self, scanner: &mut Scanner<'_>, facts: &mut Facts, depth: usize) -> Option<()> {
        match (self, scanner.upcoming()?) {
            (Self::String, b'"') | (Self::Boolean, b't' | b'f') | (Self::Null, b'n') => {
                simple(scanner, facts)
            }
            (Self::Number | Self::Integer, b'-' | b'0'..=b'9') => {
                let number = scanner.plain_number()?;
                let is_integer = !number.contains('.');
                let is_in_range = number.len() <= MAX_DIGITS && !number.contains(['e', 'E']);
                (is_in_range && (is_integer || matches!(self, Self::Number))).then_some(())
            }
            (Self::Object(object), b'{') => object.reads(scanner, facts, depth + 1),
            _ => None,
        }
    }
}

impl Object {
    fn of_schema(schema: &Map<String, Value>, depth: usize) -> Option<Self> {
        let mut properties = Vec::new();
        if let Some(all) = schema.get("properties") {
            for (name, schema) in all.as_object()? {
                let shape = Shape::of_schema(schema.as_object()?, depth)?;
                properties.push((name.as_str().into(), shape));
            }
        }
        if properties.len() > u64::BITS as usize {
            return None;
        }
        let additional = match schema.get("additionalProperties") {
            None => true,
            Some(allowed) => allowed.as_bool()?,
        };
        let mut object = Self {
            properties,
            required: 0,
            additional,
        };
        if let Some(required) = schema.get("required") {
            for name in required.as_array()? {
                object.required |= 1 << object.place(name.as_str()?)?;
            }
        }
        Some(object)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.properties
            .iter()
            .position(|(known, _)| **known == *name)
    }

    fn reads(&self, scanner: &mut Scanner<'_>, facts: &mut Facts, depth: usize) -> Option<()> {
        facts.depth = facts.depth.max(depth);
        let mut seen = 0u64;
        let mut others = None::<Names>;
        scanner.eat(b'{').then_some(())?;
        if !scanner.eat(b'}') {
            loop {
                let name = scanner.plain_string()?;
                facts.underscores |= name.starts_with('_');
                scanner.eat(b':').then_some(())?;
                match self.place(name) {
                    Some(place) => {
                        let bit = 1 << place;
                        // Of two values the last counts: for that there has to be a tree.
                        (seen & bit == 0).then_some(())?;
                        seen |= bit;
                        self.properties.get(place)?.1.reads(scanner, facts, depth)?;
                    }
                    None if self.additional => {
                        let others = others.get_or_insert_default();
                        others.add(name.as_bytes()).then_some(())?;
                        simple(scanner, facts)?;
                    }
                    None => return None,
                }
                if !scanner.eat(b',') {
                    break;
                }
            }
            scanner.eat(b'}').then_some(())?;
        }
        (seen & self.required == self.required).then_some(())
    }
}

/// Reads a value that any reader of JSON can read: a string without `\u`, a literal, or a short number.
fn simple(scanner: &mut Scanner<'_>, facts: &mut Facts) -> Option<()> {
    match scanner.upcoming()? {
        b'{' | b'[' => None,
        b'-' | b'0'..=b'9' => Shape::Number.reads(scanner, facts, 0),
        b'"' => {
            scanner.string(facts)?;
            (!facts.escapes).then_some(())
        }
        _ => scanner.value().map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schema, scan};

    const PRODUCT: &str = r#"{"$schema":"http://json-schema.org/draft-07/schema#","title":"Product","type":"object",
        "properties":{"name":{"type":"string"},"count":{"type":"integer"},"price":{"type":"number"},
            "new":{"type":"boolean"},"none":{"type":"null"},
            "size":{"type":"object","properties":{"unit":{"type":"string"}},"required":["unit"]}},
        "required":["name"],"additionalProperties":false}"#;

    fn accepts(schema: &str, payload: &str) -> bool {
        Shape::of(schema).unwrap().accepts(payload)
    }

    #[test]
    fn plain_payloads_are_accepted() {
        for payload in [
            r#"{"name":"a"}"#,
            r#" { "name" : "a\n\"b" , "count" : -12 } "#,
            r#"{"price":1.5,"new":true,"none":null,"name":""}"#,
            r#"{"size":{"unit":"cm","height":3,"more":"é"},"name":"a"}"#,
        ] {
            assert!(accepts(PRODUCT, payload), "{payload}");
        }
        assert!(accepts(r#"{"type":"object"}"#, "{}"));
        assert!(accepts(r#"{"type":"integer"}"#, "0"));
        assert!(accepts(r#"{"type":"string"}"#, "\"\""));
    }

    #[test]
    fn others_are_left_to_the_verdict() {
        for payload in [
            "{}",
            "null",
            "[]",
            r#"{"name":1}"#,
            r#"{"name":null}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a","size":{"unit":"cm","more":1,"more":2}}"#,
            r#"{"n\u0061me":"a"}"#,
            r#"{"name":"\ud800"}"#,
            r#"{"name":"a","other":1}"#,
            r#"{"name":"a","count":1.0}"#,
            r#"{"name":"a","count":1e2}"#,
            r#"{"name":"a","price":1e999}"#,
            r#"{"name":"a","price":1234567890123456}"#,
            r#"{"name":"a","size":{}}"#,
            r#"{"name":"a","size":{"unit":"cm","more":{}}}"#,
            r#"{"name":"a","new":"true"}"#,
        ] {
            assert!(!accepts(PRODUCT, payload), "{payload}");
        }
    }

    #[test]
    fn schemas_with_other_keywords_have_no_shape() {
        for schema in [
            "true",
            "{}",
            r#"{"type":["string","null"]}"#,
            r#"{"type":"string","minLength":1}"#,
            r#"{"type":"array"}"#,
            r#"{"properties":{}}"#,
            r#"{"type":"string","properties":{}}"#,
            r#"{"type":"object","required":["a"]}"#,
            r#"{"type":"object","properties":{"a":true}}"#,
            r#"{"type":"object","properties":{"a":{"type":"string","format":"email"}}}"#,
            r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
            r#"{"type":"object","patternProperties":{}}"#,
            r#"{"type":"object","properties":{"a":{"$schema":"x","type":"string"}}}"#,
        ] {
            assert!(Shape::of(schema).is_none(), "{schema}");
        }
    }

    #[test]
    fn facts_are_those_that_any_reader_finds() {
        for payload in [
            r#"{"name":"_a"}"#,
            r#"{"size":{"unit":"cm","_more":1},"name":"\n"}"#,
            r#" {"name":""}"#,
        ] {
            let read = Shape::of(PRODUCT).unwrap().read(&mut Scanner::new(payload));
            assert_eq!(read, scan::whole(payload), "{payload}");
            assert!(read.is_some());
        }
    }

    /// Texts that differ from a valid one in one place.
    #[test]
    fn whatever_is_accepted_is_json() {
        let schema = Schema::compile(PRODUCT).unwrap();
        let valid =
            r#"{"name":"a\\","count":-10,"price":1.5,"new":true,"none":null,"size":{"unit":""}}"#;
        assert!(accepts(PRODUCT, valid));
        let others = [
            "", "{", "}", "[", "]", "\"", ",", ":", "\\", " ", "0", "-", ".", "e", "t", "\u{1}",
        ];
        let mut accepted = 0;
        for place in 0..valid.len() {
            for other in others {
                for end in [place, place + 1] {
                    let text = format!("{}{other}{}", &valid[..place], &valid[end..]);
                    if accepts(PRODUCT, &text) {
                        accepted += 1;
                        let tree = serde_json::from_str(&text).unwrap();
                        assert!(schema.validate(&tree, 1).is_ok(), "{text}");
                    }
                }
            }
        }
        assert!(accepted > 100, "{accepted}");
    }

    /// All payloads that three values under three names make.
    #[test]
    fn whatever_is_accepted_is_valid() {
        let values = [
            r#""a""#,
            r#""\u0061""#,
            "1",
            "-0",
            "1.0",
            "2.5",
            "1e3",
            "true",
            "null",
            "{}",
            "[1]",
            r#"{"unit":"a"}"#,
            r#"{"unit":1}"#,
        ];
        let names = ["name", "count", "price", "new", "none", "size", "other"];
        let schema = Schema::compile(PRODUCT).unwrap();
        let open = PRODUCT.replace(
            "\"additionalProperties\":false",
            "\"additionalProperties\":true",
        );
        let open_schema = Schema::compile(&open).unwrap();
        let mut accepted = 0;
        for (first, one) in names
            .iter()
            .flat_map(|name| values.map(|value| (name, value)))
        {
            for (second, other) in names
                .iter()
                .flat_map(|name| values.map(|value| (name, value)))
            {
                let payload = format!("{{\"{first}\":{one},\"{second}\":{other}}}");
                let tree = serde_json::from_str(&payload).unwrap();
                for (text, schema) in [(PRODUCT, &schema), (&*open, &open_schema)] {
                    if accepts(text, &payload) {
                        accepted += 1;
                        assert!(schema.validate(&tree, 1).is_ok(), "{payload}");
                        let read = Shape::of(text).unwrap().read(&mut Scanner::new(&payload));
                        assert_eq!(read, scan::whole(&payload), "{payload}");
                    }
                }
            }
        }
        assert!(accepted > 30, "{accepted}");
    }
}
