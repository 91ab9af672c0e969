//! JSON with binary data in it, and payloads with attachments beside them.

use serde_json::{Map, Value, json};

use super::base64;
use stockade_sandbox::Payload;

/// The key that stands for binary data.
pub(super) const BASE64: &str = "$base64";

/// The payload that `value` is.
pub(super) fn encode(value: &Value) -> Payload {
    let mut attachments = Vec::new();
    let value = take_out(value, &mut attachments);
    Payload {
        json: value.to_string(),
        attachments,
    }
}

/// The value that a payload is; what is not JSON is shown as it is.
pub(super) fn decode(json: &str, attachments: &[Vec<u8>]) -> Value {
    match serde_json::from_str(json) {
        Ok(value) => put_in(value, attachments),
        Err(_) => Value::String(json.to_owned()),
    }
}

/// The binary data that `object` stands for.
pub(super) fn binary(object: &Map<String, Value>) -> Option<Vec<u8>> {
    match (object.len(), object.get(BASE64)) {
        (1, Some(Value::String(text))) => base64::decode(text),
        _ => None,
    }
}

fn take_out(value: &Value, attachments: &mut Vec<Vec<u8>>) -> Value {
    match value {
        Value::Object(object) => {
            if let Some(bytes) = binary(object) {
                let placeholder = json!({ "_placeholder": true, "num": attachments.len() });
                attachments.push(bytes);
                return placeholder;
            }
            let members = object.iter();
            members
                .map(|(key, value)| (key.clone(), take_out(value, attachments)))
                .collect()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| take_out(item, attachments))
            .collect(),
        value => value.clone(),
    }
}

fn put_in(value: Value, attachments: &[Vec<u8>]) -> Value {
    match value {
        Value::Object(object) => match attachment(&object, attachments) {
            Some(bytes) => json!({ BASE64: base64::encode(bytes) }),
            None => object
                .into_iter()
                .map(|(key, value)| (key, put_in(value, attachments)))
                .collect(),
        },
        Value::Array(items) => items
            .into_iter()
            .map(|item| put_in(item, attachments))
            .collect(),
        value => value,
    }
}

fn attachment<'a>(object: &Map<String, Value>, attachments: &'a [Vec<u8>]) -> Option<&'a [u8]> {
    let number = match (object.get("_placeholder"), object.get("num")) {
        (Some(Value::Bool(true)), Some(number)) => number.as_u64()?,
        _ => return None,
    };
    let bytes = attachments.get(usize::try_from(number).ok()?)?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_data_goes_out_and_comes_back() {
        let value = json!([{ "file": { "$base64": "aGk=" } }, { "$base64": "" }, null]);
        let payload = encode(&value);
        assert_eq!(payload.attachments, [b"hi".to_vec(), Vec::new()]);
        let placeholders =
            r#"[{"file":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1},null]"#;
        assert_eq!(payload.json, placeholders);
        assert_eq!(decode(&payload.json, &payload.attachments), value);
    }

    #[test]
    fn what_only_resembles_binary_data_stays() {
        for value in [
            json!({ "$base64": "?" }),
            json!({ "$base64": "aGk=", "more": 1 }),
        ] {
            let payload = encode(&value);
            assert!(payload.attachments.is_empty());
            assert_eq!(decode(&payload.json, &[]), value);
        }
        let placeholder = json!({ "_placeholder": true, "num": 3 });
        assert_eq!(decode(&placeholder.to_string(), &[]), placeholder);
    }
}
