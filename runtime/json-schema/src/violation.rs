//! The error objects that clients read, exactly as AJV 8 writes them.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Number;

use super::document::Doc;

/// One AJV 8 error object; it serializes with AJV's field names and order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// JSON pointer to the invalid value.
    pub instance_path: String,
    /// URI fragment of the keyword that failed.
    pub schema_path: String,
    /// Name of that keyword.
    pub keyword: &'static str,
    /// What the keyword requires.
    pub params: Params,
    /// What the keyword requires, in English.
    pub message: String,
    /// Inside `propertyNames`: the property's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property_name: Option<String>,
}

/// `params` of an error object. AJV decides which keyword has which fields.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Params(pub(super) Fields);

/// The fields, in AJV's order.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(super) enum Fields {
    None {},
    Type {
        r#type: Arc<Doc>,
    },
    AllowedValue {
        allowed_value: Arc<Doc>,
    },
    AllowedValues {
        allowed_values: Arc<Doc>,
    },
    Comparison {
        comparison: &'static str,
        limit: Number,
    },
    Limit {
        limit: Number,
    },
    MultipleOf {
        multiple_of: Number,
    },
    Pattern {
        pattern: Arc<str>,
    },
    Format {
        format: Arc<str>,
    },
    Duplicate {
        i: usize,
        j: usize,
    },
    MissingProperty {
        missing_property: Arc<str>,
    },
    AdditionalProperty {
        additional_property: String,
    },
    UnevaluatedProperty {
        unevaluated_property: String,
    },
    PropertyName {
        property_name: String,
    },
    Dependency {
        property: Arc<str>,
        missing_property: Arc<str>,
        deps_count: usize,
        deps: Arc<str>,
    },
    Contains {
        min_contains: Number,
        #[serde(skip_serializing_if = "Option::is_none")]
        max_contains: Option<Number>,
    },
    PassingSchemas {
        passing_schemas: Option<[usize; 2]>,
    },
    FailingKeyword {
        failing_keyword: &'static str,
    },
    Steps {
        max_steps: usize,
    },
}

impl Violation {
    /// Returns the error for a payload that needs more than `max_steps` to validate. AJV has no such limit.
    pub(super) fn too_complex(max_steps: usize) -> Self {
        Self {
            instance_path: String::new(),
            schema_path: "#".to_owned(),
            keyword: "complexity",
            params: Params(Fields::Steps { max_steps }),
            message: "must be simple enough to validate".to_owned(),
            property_name: None,
        }
    }
}
