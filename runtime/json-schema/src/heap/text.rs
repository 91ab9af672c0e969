//! From JSON text to a heap and back.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::super::number;
use super::{Heap, Members, Val};

impl Heap {
    /// Reads a payload. Of a repeated name the last value counts, at the first one's place, as in JavaScript.
    ///
    /// # Errors
    /// Text that is not JSON, or has what JSON cannot mean: numbers out of range, half a surrogate pair.
    pub(in super::super) fn parse(text: &str) -> serde_json::Result<(Self, Val)> {
        let mut heap = Self::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let val = Reader(&mut heap).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok((heap, val))
    }

    /// Writes a value as JSON.
    pub(in super::super) fn write(&self, val: &Val) -> serde_json::Result<String> {
        serde_json::to_string(&Written { heap: self, val })
    }
}

/// Reads one value into a heap.
struct Reader<'h>(&'h mut Heap);

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Val;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Val, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Val;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Val, E> {
        Ok(Val::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Val, E> {
        Ok(Val::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Val, E> {
        Ok(Val::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Val, E> {
        Ok(Val::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Val, E> {
        number::from_f64(value)
            .map(Val::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Val, E> {
        Ok(Val::String(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Val, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Reader(self.0))? {
            items.push(item);
        }
        Ok(self.0.array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Val, A::Error> {
        let mut members = Members::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(Reader(self.0))?;
            members.set(name.into(), value);
        }
        Ok(self.0.object(members))
    }
}

/// A value with the heap that it is in.
struct Written<'h> {
    heap: &'h Heap,
    val: &'h Val,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let heap = self.heap;
        match self.val {
            Val::Undefined | Val::Null => serializer.serialize_unit(),
            Val::Bool(value) => serializer.serialize_bool(*value),
            Val::Number(value) => value.serialize(serializer),
            Val::String(text) => serializer.serialize_str(text),
            Val::Array(id) => {
                serializer.collect_seq(heap.items(*id).iter().map(|val| Written { heap, val }))
            }
            Val::Object(id) => {
                let members = heap.members(*id);
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, val) in members.iter() {
                    map.serialize_entry(&**name, &Written { heap, val })?;
                }
                map.end()
            }
        }
    }
}
