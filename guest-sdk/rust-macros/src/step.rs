//! Steps before a handler: `#[hook(…)]` and `#[validate…]`.

use std::path::Path;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::Parse;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, LitStr, Meta, Token, Type};

use crate::span::generated_at;

/// One step, as written.
pub(crate) enum Step {
    Hook(Expr),
    /// The schema of the payload's type.
    ValidateType(Type),
    /// A schema written in the attribute.
    ValidateJson(LitStr),
    /// A schema in this file.
    ValidateFile(LitStr),
}

impl Step {
    /// Reads `#[hook(…)]`.
    pub(crate) fn hook(attribute: &Attribute) -> syn::Result<Self> {
        let Meta::List(list) = &attribute.meta else {
            let message = "name the hook: `#[hook(logged_in)]`";
            return Err(syn::Error::new_spanned(attribute.path(), message));
        };
        let parser = |input: syn::parse::ParseStream<'_>| {
            let hook = input.parse()?;
            if input.is_empty() {
                return Ok(hook);
            }
            Err(input
                .error("write one `#[hook(…)]` for each hook, or merge them: `#[hook((a, b))]`"))
        };
        list.parse_args_with(parser).map(Self::Hook)
    }

    /// Reads `#[validate…]`; without argument it needs the payload's type.
    pub(crate) fn validate(attribute: &Attribute, payload: Option<&Type>) -> syn::Result<Self> {
        match &attribute.meta {
            Meta::Path(path) => match payload {
                Some(payload) => Ok(Self::ValidateType(payload.clone())),
                None => Err(syn::Error::new_spanned(
                    path,
                    "`#[validate]` takes the schema of the payload: add an argument `payload: T` to the handler, \
                     or write `#[validate(schema = r#\"{…}\"#)]`",
                )),
            },
            Meta::List(list) => list.parse_args::<Schema>().map(|schema| schema.0),
            Meta::NameValue(meta) => Err(syn::Error::new_spanned(
                meta.eq_token,
                "write `#[validate(schema = …)]` or `#[validate(file = …)]`",
            )),
        }
    }

    /// The code that adds this step to `routes`. A hook's index is the one after those counted so far.
    pub(crate) fn describe(&self, routes: &Ident, hooks: &mut u32) -> TokenStream {
        match self {
            Self::Hook(hook) => {
                let index = *hooks;
                *hooks += 1;
                quote_spanned! { generated_at(hook.span()) => #routes.hook(#index, || #hook); }
            }
            Self::ValidateType(payload) => {
                quote_spanned! { generated_at(payload.span()) => #routes.validate::<#payload>(); }
            }
            Self::ValidateJson(schema) => quote! { #routes.validate_with(#schema); },
            Self::ValidateFile(file) => quote! {
                #routes.validate_with(::core::include_str!(
                    ::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #file)
                ));
            },
        }
    }
}

/// `schema = "…"` or `file = "…"`.
struct Schema(Step);

impl Parse for Schema {
    fn parse(input: syn::parse::ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if name != "schema" && name != "file" {
            let message = format!(
                "unknown argument `{name}`: `#[validate]` takes `schema = r#\"{{…}}\"#` or `file = \"schema.json\"`, \
                 or nothing for the schema of the payload's type"
            );
            return Err(syn::Error::new(name.span(), message));
        }
        input.parse::<Token![=]>()?;
        let value: LitStr = input.parse()?;
        if !input.is_empty() {
            return Err(input.error("`#[validate]` takes one schema"));
        }
        if name == "schema" {
            check(&value.value(), &value, "the schema")?;
            Ok(Self(Step::ValidateJson(value)))
        } else {
            check(&read(&value)?, &value, &format!("`{}`", value.value()))?;
            Ok(Self(Step::ValidateFile(value)))
        }
    }
}

/// Reads a file named relative to the crate.
fn read(file: &LitStr) -> syn::Result<String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path = Path::new(&root).join(file.value());
    std::fs::read_to_string(&path).map_err(|error| {
        syn::Error::new_spanned(file, format!("cannot read {}: {error}", path.display()))
    })
}

fn check(schema: &str, at: &LitStr, what: &str) -> syn::Result<()> {
    match serde_json::from_str(schema) {
        Ok(serde_json::Value::Object(_) | serde_json::Value::Bool(_)) => Ok(()),
        Ok(_) => Err(syn::Error::new_spanned(
            at,
            format!("{what} is not a JSON Schema: that is an object"),
        )),
        Err(error) => Err(syn::Error::new_spanned(
            at,
            format!("{what} is not JSON: {error}"),
        )),
    }
}
