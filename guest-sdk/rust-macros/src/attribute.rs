//! Telling our attributes from others.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, ImplItem, ItemImpl, Meta, Path};

/// Ours, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Event,
    Hook,
    Validate,
    SubController,
    OnConnection,
    OnDisconnection,
    HandleError,
}

impl Kind {
    const ALL: [(&str, Self); 7] = [
        ("event", Self::Event),
        ("hook", Self::Hook),
        ("validate", Self::Validate),
        ("sub_controller", Self::SubController),
        ("on_connection", Self::OnConnection),
        ("on_disconnection", Self::OnDisconnection),
        ("handle_error", Self::HandleError),
    ];

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

/// Uses an attribute that `#[controller]` has taken: otherwise its import would count as unused, and editors would not
/// know it.
pub(crate) fn mention(path: &Path) -> TokenStream {
    quote! { #[#path(__taken)] const _: () = (); }
}

/// One of our attributes where no `#[controller]` took it: it stands outside of one, or above it.
pub(crate) fn stray(name: &str, arguments: &TokenStream, item: TokenStream) -> TokenStream {
    if arguments.to_string() == "__taken" {
        return TokenStream::new();
    }
    let message = format!(
        "`#[{name}]` belongs into an `impl` block marked `#[controller]`, or below that mark"
    );
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote! { #error #item }
}
