//! The two kinds of controllers.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// What a controller handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// `#[controller]`.
    Events,
    /// `#[http_controller]`.
    Http,
}

impl Flavour {
    /// The type of its context.
    pub(crate) fn context(self) -> TokenStream {
        match self {
            Self::Events => quote! { ::stockade_sdk::Context },
            Self::Http => quote! { ::stockade_sdk::HttpContext },
        }
    }

    /// The name of the function that makes the hook with this index.
    pub(crate) fn hook(self, index: u32) -> Ident {
        let name = match self {
            Self::Events => format!("__hook_{index}"),
            Self::Http => format!("__http_hook_{index}"),
        };
        Ident::new(&name, Span::mixed_site())
    }

    /// How authors write its context.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Events => "`ctx: &Context`",
            Self::Http => "`ctx: &HttpContext`",
        }
    }

    /// What marks its blocks.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Events => "`#[controller]`",
            Self::Http => "`#[http_controller]`",
        }
    }

    /// What marks its handlers, as an example.
    pub(crate) fn handler_mark(self) -> &'static str {
        match self {
            Self::Events => "`#[event(\"…\")]`",
            Self::Http => "`#[get(\"/…\")]`",
        }
    }

    /// What its handlers handle.
    pub(crate) fn handled(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Http => "HTTP requests",
        }
    }

    /// What its handlers take as second argument.
    pub(crate) fn content(self) -> &'static str {
        match self {
            Self::Events => "payload",
            Self::Http => "body",
        }
    }
}
