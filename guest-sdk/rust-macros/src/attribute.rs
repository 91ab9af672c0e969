//! Telling our attributes from others.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, ImplItem, ItemImpl, Meta, Path};

/// Ours, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event,
    /// Marks a handler of HTTP requests of this method.
    Request(&'static str),
    /// Options of the server for `#[controller]`, a method of HTTP for `#[http_controller]`.
    Options,
    Hook,
    Validate,
    Jwt,
    Session,
    UserRequired,
    SubController,
    OnConnection,
    OnDisconnection,
    HandleError,
}

impl Kind {
    const ALL: [(&str, Self); 17] = [
        ("event", Self::Event),
        ("get", Self::Request("GET")),
        ("post", Self::Request("POST")),
        ("put", Self::Request("PUT")),
        ("patch", Self::Request("PATCH")),
        ("delete", Self::Request("DELETE")),
        ("head", Self::Request("HEAD")),
        ("options", Self::Options),
        ("hook", Self::Hook),
        ("validate", Self::Validate),
        ("jwt", Self::Jwt),
        ("session", Self::Session),
        ("user_required", Self::UserRequired),
        ("sub_controller", Self::SubController),
        ("on_connection", Self::OnConnection),
        ("on_disconnection", Self::OnDisconnection),
        ("handle_error", Self::HandleError),
    ];

    /// Whether it is a step before a handler.
    pub(crate) fn is_step(self) -> bool {
        matches!(
            self,
            Self::Hook | Self::Validate | Self::Jwt | Self::Session | Self::UserRequired
        )
    }

    /// What an attribute is, if it is ours: `#[event]` or `#[stockade_sdk::event]`.
    fn of(path: &Path) -> Option<Self> {
        let mut segments = path.segments.iter().rev();
        let name = segments.next()?;
        if segments
            .next()
            .is_some_and(|parent| parent.ident != "stockade_sdk")
        {
            return None;
        }
        Self::ALL
            .into_iter()
            .find(|(known, _)| name.ident == known)
            .map(|(_, kind)| kind)
    }
}

/// The paths of our attributes in a block, as the author wrote them: of each kind the first.
pub(crate) fn paths(block: &ItemImpl) -> Vec<Path> {
    let of_methods = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(&method.attrs),
        _ => None,
    });
    let mut found: Vec<(Kind, &Path)> = Vec::new();
    for attribute in block.attrs.iter().chain(of_methods.flatten()) {
        let path = attribute.path();
        if let Some(kind) = Kind::of(path)
            && !found.iter().any(|(known, _)| *known == kind)
        {
            found.push((kind, path));
        }
    }
    found.into_iter().map(|(_, path)| path.clone()).collect()
}

/// Takes our attributes out of a list, which keeps the others.
pub(crate) fn take(attributes: &mut Vec<Attribute>) -> Vec<(Kind, Attribute)> {
    let (ours, others): (Vec<_>, Vec<_>) = attributes
        .drain(..)
        .map(|attribute| (Kind::of(attribute.path()), attribute))
        .partition(|(kind, _)| kind.is_some());
    attributes.extend(others.into_iter().map(|(_, attribute)| attribute));
    ours.into_iter()
        .filter_map(|(kind, attribute)| Some((kind?, attribute)))
        .collect()
}

/// Takes our attributes out of tokens that cannot be parsed: at the top, and directly in braces there.
pub(crate) fn strip(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let is_after_mark =
            matches!(kept.last(), Some(TokenTree::Punct(mark)) if mark.as_char() == '#');
        match token {
            TokenTree::Group(group) if is_after_mark && is_ours(group.stream()) => {
                kept.pop();
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                kept.push(Group::new(Delimiter::Brace, strip(group.stream())).into());
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

/// Whether this stands in the brackets of one of our attributes.
fn is_ours(attribute: TokenStream) -> bool {
    let meta = syn::parse2::<Meta>(attribute);
    meta.is_ok_and(|meta| Kind::of(meta.path()).is_some())
}

/// Refuses arguments of an attribute that has none.
pub(crate) fn no_arguments(attribute: &Attribute) -> syn::Result<()> {
    match &attribute.meta {
        Meta::Path(_) => Ok(()),
        Meta::List(list) => Err(syn::Error::new_spanned(
            &list.tokens,
            "this attribute takes no arguments",
        )),
        Meta::NameValue(meta) => Err(syn::Error::new_spanned(
            &meta.value,
            "this attribute takes no arguments",
        )),
    }
}

/// Uses an attribute that `#[controller]` or `#[http_controller]` has taken: otherwise its import would count as unused, and editors would not
/// know it.
pub(crate) fn mention(path: &Path) -> TokenStream {
    quote! { #[#path(__taken)] const _: () = (); }
}

/// One of our attributes where no controller took it: it stands outside of one, or above its mark.
pub(crate) fn stray(name: &str, arguments: &TokenStream, item: TokenStream) -> TokenStream {
    if arguments.to_string() == "__taken" {
        return TokenStream::new();
    }
    let marks = match Kind::ALL.into_iter().find(|(known, _)| *known == name) {
        Some((_, Kind::Request(_))) => "`#[http_controller]`",
        Some((_, Kind::Event | Kind::OnConnection | Kind::OnDisconnection)) => "`#[controller]`",
        _ => "`#[controller]` or `#[http_controller]`",
    };
    let message =
        format!("`#[{name}]` belongs into an `impl` block marked {marks}, or below that mark");
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote! { #error #item }
}
