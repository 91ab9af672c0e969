//! Ids that cannot be guessed.

use super::SessionError;

/// Bytes of randomness.
const BYTES: usize = 32;
/// Characters for six bits each.
const LENGTH: usize = 43;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Creates an id: 256 random bits in base64url.
pub(super) fn random() -> Result<String, SessionError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(SessionError::Random)?;
    Ok(encode(&bytes))
}

/// Returns whether `text` can be an id. Other texts may be as long as a header, and are not looked up in the store.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

fn encode(bytes: &[u8]) -> String {
    let groups = bytes.chunks(3).flat_map(|group| {
        let bits = group
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        // Left aligned in 24 bits; six bits for each character that has some.
        let bits = bits << (8 * (3 - group.len()));
        (0..=group.len()).map(move |at| (bits >> (18 - 6 * at)) & 63)
    });
    let characters = groups.filter_map(|six| ALPHABET.get(six as usize));
    characters.map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_in_base64url() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (&[0xff, 0xef, 0xbe], "_---"),
        ] {
            assert_eq!(encode(bytes), text);
        }
    }

    #[test]
    fn ids_differ_and_are_ids() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_ne!(one, other);
        assert!(is_id(&one) && is_id(&other));
        assert!(
            !is_id(&one[1..]) && !is_id(&format!("{one}A")) && !is_id(&one.replace(&one[..1], "+"))
        );
    }
}
