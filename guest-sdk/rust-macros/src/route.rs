//! What a handler handles: an event by its name, or an HTTP request by method and path.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, LitStr, Meta, Token, parse::ParseStream};

const MOST_BYTES: usize = 256;
/// Names that Socket.IO keeps for itself, on the client or on the server. The host refuses them, too.
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// What leads to a handler.
pub(crate) enum Route {
    /// The event of this name, and whether it is concurrent.
    Event(LitStr, bool),
    /// All events that have no handler of their own, and whether they are concurrent.
    AnyEvent(Ident, bool),
    /// Requests of this method to this path, which may be empty where a prefix stands before it.
    Request(&'static str, LitStr),
}

impl Route {
    /// Reads `#[event("…")]` and `#[event(any)]`, either with `concurrent` behind it.
    pub(crate) fn event(mark: &Attribute) -> syn::Result<Self> {
        let expected = "name the event: `#[event(\"create product\")]`, or write `#[event(any)]`";
        let Ok(list) = mark.meta.require_list() else {
            return Err(syn::Error::new_spanned(mark.path(), expected));
        };
        let named = |input: ParseStream<'_>| {
            if input.peek(syn::Ident) {
                let any: Ident = input.parse()?;
                return match any == "any" {
                    true => Ok(Self::AnyEvent(any, is_concurrent(input)?)),
                    false => Err(syn::Error::new_spanned(any, expected)),
                };
            }
            Ok(Self::Event(text(input, expected)?, is_concurrent(input)?))
        };
        let route = list.parse_args_with(named)?;
        let Self::Event(name, _) = &route else {
            return Ok(route);
        };
        match event_fault(&name.value()) {
            Some(fault) => Err(syn::Error::new_spanned(name, fault)),
            None => Ok(route),
        }
    }

    /// Reads `#[get("/…")]` and the like.
    pub(crate) fn request(method: &'static str, mark: &Attribute) -> syn::Result<Self> {
        let name = method.to_ascii_lowercase();
        let expected = format!("name the path: `#[{name}(\"/users/:id\")]`");
        let extra = format!("`#[{name}]` takes a path and nothing else");
        let path = match &mark.meta {
            // The path is that of the sub-controller.
            Meta::Path(path) => {
                let span = path.segments.last().map(|segment| segment.ident.span());
                LitStr::new("", span.unwrap_or_else(proc_macro2::Span::call_site))
            }
            Meta::List(list) => only_text(list, &expected, &extra)?,
            Meta::NameValue(meta) => {
                return Err(syn::Error::new_spanned(meta.eq_token, expected));
            }
        };
        match fault(&path.value()) {
            Some(fault) => Err(syn::Error::new_spanned(&path, fault)),
            None => Ok(Self::Request(method, path)),
        }
    }

    /// The code that adds it to `routes`, with the id and the name of its handler.
    pub(crate) fn describe(&self, routes: &Ident, (id, handler): (u32, &str)) -> TokenStream {
        let handler = quote! { (#id, #handler) };
        match self {
            Self::Event(name, concurrent) => {
                quote! { #routes.event(#name, #handler, #concurrent); }
            }
            Self::AnyEvent(_, concurrent) => quote! { #routes.catch_all(#handler, #concurrent); },
            Self::Request(method, path) => quote! { #routes.request(#method, #path, #handler); },
        }
    }

    /// What no other handler of the controller may have.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Event(name, _) => format!("an event `{}`", name.value()),
            Self::AnyEvent(..) => "a handler of any event".to_owned(),
            Self::Request(method, path) => format!("a route `{method} {}`", path.value()),
        }
    }

    /// The author's words.
    pub(crate) fn text(&self) -> &dyn ToTokens {
        match self {
            Self::Event(text, _) | Self::Request(_, text) => text,
            Self::AnyEvent(any, _) => any,
        }
    }
}

/// What is wrong with the name of an event.
fn event_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the name of an event is not empty".to_owned());
    }
    if RESERVED.contains(&name) {
        let instead = match name {
            "connect" => ": mark what runs for new clients with `#[on_connection]`",
            "disconnect" | "disconnecting" => {
                ": mark what runs when a client has left with `#[on_disconnection]`"
            }
            _ => "",
        };
        return Some(format!("Socket.IO reserves the name `{name}`{instead}"));
    }
    name_fault(name).map(|fault| format!("the name of an event has {fault}"))
}

/// What is wrong with a name, or with a part of one.
fn name_fault(name: &str) -> Option<&'static str> {
    if name.len() > MOST_BYTES {
        return Some("at most 256 bytes");
    }
    name.contains(char::is_control)
        .then_some("no control characters")
}

/// Checks the prefix of a sub-controller of events.
pub(crate) fn check_event_prefix(prefix: &LitStr) -> syn::Result<()> {
    match name_fault(&prefix.value()) {
        Some(fault) => {
            let message = format!("the prefix of an event's name has {fault}");
            Err(syn::Error::new_spanned(prefix, message))
        }
        None => Ok(()),
    }
}

/// Checks the prefix of a sub-controller of HTTP requests.
pub(crate) fn check_prefix(prefix: &LitStr) -> syn::Result<()> {
    let fault = match prefix.value() {
        text if text.contains('*') => Some("a prefix has no `*`: that matches all the rest"),
        text if text.ends_with('/') => {
            Some("paths are concatenated: a prefix does not end with `/`")
        }
        text => fault(&text),
    };
    match fault {
        Some(fault) => Err(syn::Error::new_spanned(prefix, fault)),
        None => Ok(()),
    }
}

/// What is wrong with a path.
fn fault(path: &str) -> Option<&'static str> {
    if path.len() > MOST_BYTES {
        return Some("a path has at most 256 bytes");
    }
    let Some(rest) = path.strip_prefix('/') else {
        return (!path.is_empty()).then_some("a path begins with `/`");
    };
    if path.contains(['?', '#']) {
        return Some("a path has no query: `ctx.query(\"name\")` reads that");
    }
    if path.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Some("a path has no spaces and no control characters");
    }
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment == ":" || segment == "*" {
            return Some("a parameter has a name: `:id`, `*rest`");
        }
        if let Some(name) = segment.strip_prefix([':', '*'])
            && !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            return Some("the name of a parameter has letters, digits and `_` only");
        }
        if segment.starts_with('*') && segments.peek().is_some() {
            return Some("`*` matches all the rest: nothing follows it");
        }
    }
    None
}

fn only_text(list: &syn::MetaList, expected: &str, extra: &str) -> syn::Result<LitStr> {
    list.parse_args_with(|input: ParseStream<'_>| {
        let text = text(input, expected)?;
        if input.is_empty() {
            return Ok(text);
        }
        Err(input.error(extra))
    })
}

fn text(input: ParseStream<'_>, expected: &str) -> syn::Result<LitStr> {
    input
        .parse()
        .map_err(|error| syn::Error::new(error.span(), expected))
}

/// Reads the end of `#[event(…)]`: nothing, or `, concurrent`.
fn is_concurrent(input: ParseStream<'_>) -> syn::Result<bool> {
    if input.is_empty() {
        return Ok(false);
    }
    let refused = input.error(
        "`#[event]` takes the name of the event or `any`, and `concurrent` or nothing behind it",
    );
    let word = input
        .parse::<Token![,]>()
        .and_then(|_| input.parse::<Ident>());
    match word {
        Ok(word) if word == "concurrent" && input.is_empty() => Ok(true),
        _ => Err(refused),
    }
}
