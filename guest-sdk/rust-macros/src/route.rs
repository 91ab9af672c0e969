//! What a handler handles: an event by its name, or an HTTP request by method and path.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, LitStr, Meta, Token, parse::ParseStream};

const MOST_BYTES: usize = 256;

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
        match name.value().len() {
            0 => Err(syn::Error::new_spanned(
                name,
                "the name of an event is not empty",
            )),
            1..=MOST_BYTES => Ok(route),
            _ => Err(syn::Error::new_spanned(
                name,
                "the name of an event has at most 256 bytes",
            )),
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

    /// The code that adds it to `routes`.
    pub(crate) fn describe(&self, routes: &Ident, id: u32) -> TokenStream {
        match self {
            Self::Event(name, concurrent) => quote! { #routes.event(#name, #id, #concurrent); },
            Self::AnyEvent(_, concurrent) => quote! { #routes.catch_all(#id, #concurrent); },
            Self::Request(method, path) => quote! { #routes.request(#method, #path, #id); },
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
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment == ":" || segment == "*" {
            return Some("a parameter has a name: `:id`, `*rest`");
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
