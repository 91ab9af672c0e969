//! How a client came in, packed: it stays for as long as the client does, and few ask for it.

use std::sync::Arc;

use crate::bindings::stockade::handler::types;

/// What a client said of itself when it came in.
#[derive(Debug, Clone)]
pub struct Handshake {
    request: Arc<FirstRequest>,
    auth: Box<str>,
    issued: u64,
}

/// The request that a connection began with. All sockets of the connection share it.
#[derive(Debug)]
pub struct FirstRequest {
    /// All strings, one after the other: URL, address, names and values of headers, then of the query.
    text: Box<str>,
    /// Where each of them ends.
    ends: Box<[u32]>,
    headers: usize,
}

/// Strings before the pairs.
const SINGLE: usize = 2;

impl FirstRequest {
    /// Packs a request. Whoever reads requests has bounded their size.
    pub fn new(
        url: &str,
        address: &str,
        headers: &[(String, String)],
        query: &[(String, String)],
    ) -> Self {
        let pairs = headers.iter().chain(query);
        let pairs = pairs.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let mut text = String::new();
        let strings = [url, address].into_iter().chain(pairs);
        let ends = strings.map(|string| {
            text.push_str(string);
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        });
        let ends = ends.collect();
        Self {
            text: text.into(),
            ends,
            headers: headers.len(),
        }
    }

    fn string(&self, index: usize) -> &str {
        let end = |index: usize| self.ends.get(index).map_or(0, |end| *end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        self.text.get(start..end(index)).unwrap_or_default()
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let indices = (SINGLE..self.ends.len()).step_by(2);
        indices.map(|index| (self.string(index), self.string(index + 1)))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.ends)
    }
}

impl Handshake {
    /// The handshake of a client that came in with `request` and gave `auth`, at `issued`, in milliseconds since 1970.
    pub fn new(request: Arc<FirstRequest>, auth: &str, issued: u64) -> Self {
        Self {
            request,
            auth: auth.into(),
            issued,
        }
    }

    /// JSON, an object.
    pub fn auth(&self) -> &str {
        &self.auth
    }

    /// The client's IP address.
    pub fn address(&self) -> &str {
        self.request.string(1)
    }

    /// When the client connected, in milliseconds since 1970.
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// The values of a header, whose name is in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.request.pairs().take(self.request.headers);
        headers.filter_map(move |(header, value)| (header == name).then_some(value))
    }

    /// The same as the guest gets it.
    pub fn record(&self) -> types::Handshake {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut pairs = self.request.pairs().map(owned);
        types::Handshake {
            headers: pairs.by_ref().take(self.request.headers).collect(),
            query: pairs.collect(),
            auth: self.auth.to_string(),
            address: self.address().to_owned(),
            issued: self.issued,
            url: self.request.string(0).to_owned(),
            // TLS ends in front of this server.
            secure: false,
        }
    }

    /// Bytes that it takes to keep.
    pub(super) fn size(&self) -> usize {
        self.request.size() + self.auth.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_was_packed_comes_out_again() {
        let headers = pairs(&[("host", "x"), ("cookie", "a=é"), ("cookie", ""), ("", "b")]);
        let query = pairs(&[("cookie", "none"), ("EIO", "4")]);
        let request = FirstRequest::new("/socket.io/?EIO=4", "::1", &headers, &query);
        let handshake = Handshake::new(Arc::new(request), "{}", 7);
        let record = handshake.record();
        assert_eq!((&record.headers, &record.query), (&headers, &query));
        assert_eq!(record.url, "/socket.io/?EIO=4");
        assert_eq!(record.address, "::1");
        assert_eq!((&*record.auth, record.issued), ("{}", 7));
        assert_eq!(handshake.header("cookie").collect::<Vec<_>>(), ["a=é", ""]);
        assert_eq!(handshake.header("eio").count(), 0);
    }

    #[test]
    fn request_without_anything_is_one() {
        let request = FirstRequest::new("", "", &[], &[]);
        let record = Handshake::new(Arc::new(request), "", 0).record();
        assert!(record.headers.is_empty() && record.query.is_empty());
    }
}
