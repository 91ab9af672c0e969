//! Random ids of sessions and sockets. A session's id is a secret of its client.

use std::fmt;

/// Characters of an id, with six random bits each.
const LENGTH: usize = 20;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Twenty random base64url characters, as in Socket.IO.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id([u8; LENGTH]);

impl Id {
    /// Creates an id that cannot be guessed.
    ///
    /// # Errors
    /// The operating system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut id = [0; LENGTH];
        getrandom::fill(&mut id)?;
        for byte in &mut id {
            let letter = ALPHABET.get(usize::from(*byte & 63));
            *byte = letter.copied().unwrap_or(b'A');
        }
        Ok(Self(id))
    }

    /// Parses an id; `None` if `text` cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let id: [u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || [b'-', b'_'].contains(byte);
        id.iter().all(known).then_some(Self(id))
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        // ASCII by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_are_read_back() {
        let (one, two) = (Id::random().unwrap(), Id::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.as_str().len(), 20);
        assert_eq!(Id::parse(one.as_str()), Some(one));
    }

    #[test]
    fn other_texts_are_not_ids() {
        for text in ["", "lobby", "AAAAAAAAAAAAAAAAAAA,", "AAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
