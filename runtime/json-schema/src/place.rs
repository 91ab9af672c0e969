//! Where an error is, in the payload and in the schema.
//!
//! Both paths are lists on the stack, written out only for errors.

use super::failure::Failure;
use super::uri;
use super::violation::{Params, Violation};

/// A position in the payload and the schema that is applied there.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) instance: &'a Path<'a>,
    pub(super) schema: &'a Path<'a>,
    /// Whether a keyword like `anyOf` is around, which makes AJV collect instead of return.
    pub(super) composite: bool,
    /// The property name under test, inside `propertyNames`.
    pub(super) name: Option<&'a str>,
}

/// A path from its end to its start.
pub(super) enum Path<'a> {
    Start(&'a str),
    /// As it is.
    Text {
        before: &'a Path<'a>,
        text: &'a str,
    },
    /// A member, to be escaped.
    Member {
        before: &'a Path<'a>,
        name: &'a str,
    },
    Item {
        before: &'a Path<'a>,
        index: usize,
    },
}

impl<'a> Place<'a> {
    /// The schema path continued.
    pub(super) fn then(&self, text: &'a str) -> Path<'a> {
        Path::Text {
            before: self.schema,
            text,
        }
    }

    /// The instance path continued by a member.
    pub(super) fn member(&self, name: &'a str) -> Path<'a> {
        Path::Member {
            before: self.instance,
            name,
        }
    }

    /// The instance path continued by an item.
    pub(super) fn item(&self, index: usize) -> Path<'a> {
        Path::Item {
            before: self.instance,
            index,
        }
    }

    /// The same value under another schema.
    pub(super) fn schema<'b>(self, schema: &'b Path<'b>) -> Place<'b>
    where
        'a: 'b,
    {
        Place { schema, ..self }
    }

    /// Another value under another schema.
    pub(super) fn at<'b>(self, instance: &'b Path<'b>, schema: &'b Path<'b>) -> Place<'b>
    where
        'a: 'b,
    {
        Place {
            instance,
            schema,
            ..self
        }
    }

    /// The same place inside a keyword like `anyOf`.
    pub(super) fn composed(self) -> Self {
        Self {
            composite: true,
            ..self
        }
    }

    /// The error object for a keyword here.
    pub(super) fn violation(self, failure: Failure) -> Violation {
        let mut schema_path = self.schema.written();
        schema_path.push('/');
        schema_path.push_str(failure.keyword);
        Violation {
            instance_path: self.instance.written(),
            schema_path,
            keyword: failure.keyword,
            params: Params(failure.fields),
            message: failure.message,
            property_name: self.name.map(str::to_owned),
        }
    }
}

impl Path<'_> {
    fn written(&self) -> String {
        let mut parts = Vec::new();
        let mut path = self;
        let mut written = loop {
            parts.push(path);
            match path {
                Self::Start(start) => break (*start).to_owned(),
                Self::Text { before, .. }
                | Self::Member { before, .. }
                | Self::Item { before, .. } => {
                    path = before;
                }
            }
        };
        for part in parts.into_iter().rev() {
            match part {
                Self::Start(_) => {}
                Self::Text { text, .. } => written.push_str(text),
                Self::Member { name, .. } => {
                    written.push('/');
                    written.push_str(&uri::escape_token(name));
                }
                Self::Item { index, .. } => written.push_str(&format!("/{index}")),
            }
        }
        written
    }
}
