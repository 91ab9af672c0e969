//! Errors in the file show the line that is wrong, which may be one with a secret.

/// What marks a line that is not shown.
const MARKS: [&str; 3] = ["secret", "jwks", "jwt ="];

/// `text` with stars for the values of secrets, everything at its old place.
pub(super) fn secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut hidden = false;
    for line in text.split_inclusive('\n') {
        let secret = MARKS.iter().any(|mark| line.contains(mark));
        let (key, value) = match line.split_once('=') {
            _ if hidden => ("", line),
            Some((key, _)) if secret => line.split_at(key.len() + 1),
            _ => (line, ""),
        };
        shown.push_str(key);
        shown.extend(value.bytes().map(|byte| match byte {
            b'\n' => '\n',
            _ => '*',
        }));
        // Where such a value ends is not certain in a file that is wrong.
        hidden |= ["\"\"\"", "'''"].iter().any(|quote| value.contains(quote));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_are_starred_in_place() {
        let text = "listen = \"a\"\n[jwt]\nsecret = \"ü=x\nissuer = \"me\"\n";
        let shown = secrets(text);
        assert_eq!(
            shown,
            "listen = \"a\"\n[jwt]\nsecret =******\nissuer = \"me\"\n"
        );
        assert_eq!(shown.len(), text.len());
    }

    #[test]
    fn text_of_several_lines_hides_the_rest() {
        let shown = secrets("debug = true\njwt.jwks = '''\n{\"k\":1}\n'''\nlisten = 3\n");
        assert_eq!(
            shown,
            "debug = true\njwt.jwks =****\n*******\n***\n**********\n"
        );
    }
}
