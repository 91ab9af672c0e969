//! Steps before a handler: `#[hook(…)]`, `#[validate…]`, and those of the host that find out who the client is.

use std::path::Path;

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use serde_json::Value;
use syn::parse::Parse;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, LitStr, Meta, Token, Type};

use crate::attribute::{self, Kind};
use crate::flavour::Flavour;
use crate::hook_name;
use crate::schema;
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
    /// The host finds out who the client is: a variant of `manifest::Step`.
    Native(TokenStream),
}

impl Step {
    /// Reads a step before a handler that takes content of this type, if any; `None` where the attribute is no step.
    pub(crate) fn read(
        kind: Kind,
        attribute: &Attribute,
        content: Option<&Type>,
        flavour: Flavour,
    ) -> Option<syn::Result<Self>> {
        Some(match kind {
            Kind::Hook => Self::hook(attribute),
            Kind::Validate => Self::validate(attribute, content, flavour),
            Kind::Jwt => Self::native(attribute, "jwt", &quote! { Jwt }),
            Kind::Session => Self::native(attribute, "session", &quote! { Session }),
            Kind::UserRequired => {
                attribute::no_arguments(attribute).map(|()| Self::Native(quote! { UserRequired }))
            }
            _ => return None,
        })
    }

    /// Reads `#[jwt]` or `#[jwt(optional)]`.
    fn native(attribute: &Attribute, name: &str, variant: &TokenStream) -> syn::Result<Self> {
        let expected = format!("write `#[{name}]` or `#[{name}(optional)]`");
        let requirement = match &attribute.meta {
            Meta::Path(_) => quote! { Required },
            Meta::List(list) if list.tokens.to_string() == "optional" => quote! { Optional },
            Meta::List(list) => return Err(syn::Error::new_spanned(&list.tokens, expected)),
            Meta::NameValue(meta) => {
                return Err(syn::Error::new_spanned(meta.eq_token, expected));
            }
        };
        Ok(Self::Native(
            quote! { #variant(::stockade_sdk::__private::Requirement::#requirement) },
        ))
    }

    /// Reads `#[hook(…)]`.
    fn hook(attribute: &Attribute) -> syn::Result<Self> {
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

    /// Reads `#[validate…]`; without argument it needs the content's type.
    fn validate(
        attribute: &Attribute,
        content: Option<&Type>,
        flavour: Flavour,
    ) -> syn::Result<Self> {
        match &attribute.meta {
            Meta::Path(path) => match content {
                Some(content) => Ok(Self::ValidateType(content.clone())),
                None => {
                    let content = flavour.content();
                    let message = format!(
                        "`#[validate]` takes the schema of the {content}: add an argument `{content}: T` to the handler, \
                         or write `#[validate(schema = r#\"{{…}}\"#)]`"
                    );
                    Err(syn::Error::new_spanned(path, message))
                }
            },
            Meta::List(list) => list.parse_args::<Schema>().map(|schema| schema.0),
            Meta::NameValue(meta) => Err(syn::Error::new_spanned(
                meta.eq_token,
                "write `#[validate(schema = …)]` or `#[validate(file = …)]`",
            )),
        }
    }

    /// The code that adds this step to `routes`. A hook's index is the one after those counted so far.
    pub(crate) fn describe(
        &self,
        routes: &Ident,
        hooks: &mut u32,
        flavour: Flavour,
    ) -> TokenStream {
        match self {
            Self::Hook(hook) => {
                let index = *hooks;
                *hooks += 1;
                let make = flavour.hook(index);
                let names = hook_name::names(hook);
                quote_spanned! { generated_at(hook.span()) => #routes.hook(#index, Self::#make, &[#(#names),*]); }
            }
            Self::ValidateType(payload) => {
                quote_spanned! { generated_at(payload.span()) => #routes.validate::<#payload>(); }
            }
            Self::Native(step) => {
                quote! { #routes.native(::stockade_sdk::__private::Step::#step); }
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
        Ok(schema @ (Value::Object(_) | Value::Bool(_))) => match schema::fault(&schema) {
            Some(fault) => Err(syn::Error::new_spanned(at, format!("{what}: {fault}"))),
            None => Ok(()),
        },
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
