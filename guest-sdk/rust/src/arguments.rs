//! The arguments of an emitted event, and of a client's acknowledgement.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, IntoDeserializer, SeqAccess, Visitor,
};

use crate::payload::is_nothing;
use crate::{Error, Payload, Result};

/// Several arguments at once: a tuple or a list, one argument for each element.
///
/// `socket.emit("moved", Args((3, 4)))` is `socket.emit('moved', 3, 4)` in JavaScript. Without `Args`, a tuple is one
/// argument, an array. It also reads a client's acknowledgement of several arguments, and an event of several: a handler takes
/// `Args((x, y)): Args<(u8, u8)>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Args<T>(pub T);

/// What an event can be emitted with: `()` for no argument, any serialisable value for one, [`Args`] for several.
#[diagnostic::on_unimplemented(
    message = "an event cannot be emitted with `{Self}`",
    label = "not serialisable",
    note = "emit `()` for no argument, a value that derives `serde::Serialize`, or `Args((a, b))` for several"
)]
pub trait IntoArguments {
    /// The arguments as a JSON array.
    ///
    /// # Errors
    /// The value cannot be serialised.
    fn into_arguments(self) -> Result<Payload>;
}

impl<T: Serialize> IntoArguments for T {
    #[track_caller]
    fn into_arguments(self) -> Result<Payload> {
        let mut arguments = Payload::write(&(&self,))?;
        if is_nothing::<T>() && arguments.json == "[null]" {
            "[]".clone_into(&mut arguments.json);
        }
        Ok(arguments)
    }
}

impl<T: Serialize> IntoArguments for Args<T> {
    #[track_caller]
    fn into_arguments(self) -> Result<Payload> {
        let arguments = Payload::write(&self.0)?;
        if arguments.json.starts_with('[') {
            Ok(arguments)
        } else {
            Err(Error::new("`Args` holds a tuple or a list"))
        }
    }
}

/// What a client's acknowledgement can be read as: its first argument, or all of them as [`Args`].
///
/// An acknowledgement without argument reads as `null`.
#[diagnostic::on_unimplemented(
    message = "a client's acknowledgement cannot be read as `{Self}`",
    label = "not deserialisable",
    note = "read it as a type that derives `serde::Deserialize`, or as `Args<(A, B)>`"
)]
pub trait FromArguments: Sized {
    /// Reads the JSON array of arguments.
    ///
    /// # Errors
    /// The client answered something else.
    fn from_arguments(arguments: &Payload) -> Result<Self>;
}

impl<T: DeserializeOwned> FromArguments for T {
    #[track_caller]
    fn from_arguments(arguments: &Payload) -> Result<Self> {
        Ok(read::<First<T>>(arguments)?.0)
    }
}

impl<T: DeserializeOwned> FromArguments for Args<T> {
    #[track_caller]
    fn from_arguments(arguments: &Payload) -> Result<Self> {
        read(arguments).map(Self)
    }
}

/// Another client's mistake is not the fault of the one whose event is handled, so this is no `PayloadError`.
#[track_caller]
fn read<T: DeserializeOwned>(arguments: &Payload) -> Result<T> {
    match arguments.read() {
        Ok(value) => Ok(value),
        Err(cause) => {
            let message = format!("the client's acknowledgement is of another type: {cause}");
            Err(Error::named("AcknowledgementError", message))
        }
    }
}

/// The first element of a list, whatever follows.
struct First<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_seq(FirstVisitor(PhantomData))
            .map(Self)
    }
}

struct FirstVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        let Some(first) = seq.next_element()? else {
            return T::deserialize(().into_deserializer());
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(arguments: impl IntoArguments) -> String {
        arguments.into_arguments().unwrap().json
    }

    fn read<T: FromArguments>(json: &str) -> Result<T> {
        T::from_arguments(&Payload {
            json: json.to_owned(),
            attachments: Vec::new(),
        })
    }

    #[test]
    fn values_become_argument_lists() {
        assert_eq!(json(()), "[]");
        assert_eq!(json("a"), r#"["a"]"#);
        assert_eq!(json(None::<u8>), "[null]");
        assert_eq!(json((1, "b")), r#"[[1,"b"]]"#);
        assert_eq!(json(Args((1, "b"))), r#"[1,"b"]"#);
        assert_eq!(json(Args(Vec::<u8>::new())), "[]");
        assert!(Args(3).into_arguments().is_err());
    }

    #[test]
    fn acknowledgements_are_read_by_their_first_argument() {
        assert_eq!(read::<u8>("[3]").unwrap(), 3);
        assert_eq!(read::<u8>(r#"[3,"x"]"#).unwrap(), 3);
        assert_eq!(read::<Option<u8>>("[]").unwrap(), None);
        read::<()>("[]").unwrap();
        assert!(read::<u8>("[]").is_err());
        assert_eq!(
            read::<Args<(u8, String)>>(r#"[3,"x"]"#).unwrap(),
            Args((3, "x".to_owned()))
        );
    }
}
