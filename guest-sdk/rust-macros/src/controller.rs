//! `#[controller]` and `#[http_controller]`: from an `impl` block to `stockade_sdk::Controller`.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Generics, ImplItem, Item, ItemImpl, LitStr, Path, Token, Type};

use crate::attribute::{self, Kind};
use crate::flavour::Flavour;
use crate::method::{self, Call, Handler, Method};
use crate::route;
use crate::step::Step;

mod bodies;
mod implementation;

/// What an `impl` block says about its controller.
struct Controller {
    flavour: Flavour,
    /// Our attributes, as the author named them.
    attributes: Vec<Path>,
    steps: Vec<Step>,
    sub_controllers: Vec<SubController>,
    handlers: Vec<Handler>,
    on_connection: Option<Call>,
    on_disconnection: Option<Call>,
    handle_error: Option<Call>,
    options: Option<Call>,
}

struct SubController {
    prefix: LitStr,
    controller: Type,
}

/// Emits the block without our attributes, and the implementation or what is wrong.
///
/// What is wrong comes with a stub of an implementation: without one, the compiler would also complain where the
/// controller is used.
pub(crate) fn expand(flavour: Flavour, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let (headings, bodies) = bodies::take(item.clone());
    match read(flavour, arguments, headings) {
        Ok((block, Ok(controller))) => {
            let implementation = controller.implement(&block.self_ty);
            let block = bodies::put_back(block.into_token_stream(), bodies);
            quote! { #block #implementation }
        }
        Ok((block, Err(error))) => {
            let error = error.into_compile_error();
            let stub = implementation::stub(flavour, &block.self_ty, &block.generics);
            let block = bodies::put_back(block.into_token_stream(), bodies);
            quote! { #block #error #stub }
        }
        Err(error) => {
            let error = error.into_compile_error();
            let item = without_attributes(flavour, item);
            quote! { #error #item }
        }
    }
}

/// An item that cannot be read as an `impl` block, without our attributes: each of them would complain as well. A type
/// becomes a controller, which is what its author wanted of it.
fn without_attributes(flavour: Flavour, item: TokenStream) -> TokenStream {
    let Ok(mut item) = syn::parse2::<Item>(item.clone()) else {
        return broken_block(flavour, item);
    };
    let (attributes, ty) = match &mut item {
        Item::Struct(item) => (&mut item.attrs, Some((&item.ident, &item.generics))),
        Item::Enum(item) => (&mut item.attrs, Some((&item.ident, &item.generics))),
        Item::Fn(item) => (&mut item.attrs, None),
        Item::Mod(item) => (&mut item.attrs, None),
        Item::Trait(item) => (&mut item.attrs, None),
        _ => return quote! { #item },
    };
    attribute::take(attributes);
    let stub = ty.map(|(name, generics)| {
        let (_, arguments, _) = generics.split_for_impl();
        implementation::stub(flavour, &syn::parse_quote! { #name #arguments }, generics)
    });
    quote! { #item #stub }
}

/// The same for an `impl` block that is no proper Rust.
fn broken_block(flavour: Flavour, block: TokenStream) -> TokenStream {
    let after_impl = block
        .clone()
        .into_iter()
        .skip_while(|token| !is_impl(token));
    let ty: TokenStream = after_impl
        .skip(1)
        .take_while(|token| !matches!(token, TokenTree::Group(_)))
        .collect();
    let ty = syn::parse2::<Type>(ty).ok();
    let stub = ty.map(|ty| implementation::stub(flavour, &ty, &Generics::default()));
    let block = attribute::strip(block);
    quote! { #block #stub }
}

fn is_impl(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "impl")
}

/// Takes our attributes out of the block, and reads them.
fn read(
    flavour: Flavour,
    arguments: TokenStream,
    item: TokenStream,
) -> syn::Result<(ItemImpl, syn::Result<Controller>)> {
    if !item.clone().into_iter().any(|token| is_impl(&token)) {
        let mark = flavour.mark();
        let message = format!(
            "{mark} marks an `impl` block: `{} impl Products {{ … }}`",
            mark.trim_matches('`')
        );
        return Err(syn::Error::new(first_span(&item), message));
    }
    let mut block: ItemImpl = syn::parse2(item)?;
    let mut errors = Errors::default();
    errors.check(check_block(flavour, arguments, &block));
    let controller = Controller::read(flavour, &mut block, &mut errors);
    Ok((block, errors.0.map_or(Ok(controller), Err)))
}

/// Everything that is wrong, so that authors learn it at once.
#[derive(Default)]
struct Errors(Option<syn::Error>);

impl Errors {
    fn check<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        match (result, &mut self.0) {
            (Ok(value), _) => return Some(value),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), none) => *none = Some(error),
        }
        None
    }
}

fn check_block(flavour: Flavour, arguments: TokenStream, block: &ItemImpl) -> syn::Result<()> {
    if !arguments.is_empty() {
        let message = format!(
            "{} takes no arguments: hooks and sub-controllers have attributes of their own, below it",
            flavour.mark()
        );
        return Err(syn::Error::new_spanned(arguments, message));
    }
    if let Some((path, _)) = &block.trait_ {
        return Err(syn::Error::new_spanned(
            path,
            "a controller is an `impl` block of the type itself, not of a trait",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &block.generics,
            "a controller cannot be generic",
        ));
    }
    Ok(())
}

impl Controller {
    fn read(flavour: Flavour, block: &mut ItemImpl, errors: &mut Errors) -> Self {
        let mut controller = Self {
            flavour,
            attributes: attribute::paths(block),
            steps: Vec::new(),
            sub_controllers: Vec::new(),
            handlers: Vec::new(),
            on_connection: None,
            on_disconnection: None,
            handle_error: None,
            options: None,
        };
        for (kind, attribute) in attribute::take(&mut block.attrs) {
            errors.check(controller.add_attribute(kind, &attribute));
        }
        for item in &mut block.items {
            match item {
                ImplItem::Fn(function) => {
                    if let Some(Some(method)) = errors.check(method::read(function, flavour)) {
                        errors.check(controller.add_method(method));
                    }
                }
                ImplItem::Const(item) => refuse(flavour, &mut item.attrs, errors),
                ImplItem::Type(item) => refuse(flavour, &mut item.attrs, errors),
                ImplItem::Macro(item) => refuse(flavour, &mut item.attrs, errors),
                _ => {}
            }
        }
        check_routes(&controller.handlers, errors);
        controller
    }

    fn add_attribute(&mut self, kind: Kind, attribute: &Attribute) -> syn::Result<()> {
        if kind == Kind::Validate && matches!(attribute.meta, syn::Meta::Path(_)) {
            let message = format!(
                "a controller has no {} of its own: write `#[validate(schema = …)]`",
                self.flavour.content()
            );
            return Err(syn::Error::new_spanned(attribute.path(), message));
        }
        if let Some(step) = Step::read(kind, attribute, None, self.flavour) {
            self.steps.push(step?);
            return Ok(());
        }
        if kind != Kind::SubController {
            return Err(syn::Error::new_spanned(
                attribute.path(),
                "this attribute marks a method",
            ));
        }
        let sub_controller = SubController::read(attribute, self.flavour)?;
        self.sub_controllers.push(sub_controller);
        Ok(())
    }

    fn add_method(&mut self, method: Method) -> syn::Result<()> {
        let (name, call, slot) = match method {
            Method::Handler(handler) => {
                self.handlers.push(handler);
                return Ok(());
            }
            Method::OnConnection(name, call) => (name, call, &mut self.on_connection),
            Method::OnDisconnection(name, call) => (name, call, &mut self.on_disconnection),
            Method::HandleError(name, call) => (name, call, &mut self.handle_error),
            Method::Options(name, call) => (name, call, &mut self.options),
        };
        if slot.replace(call).is_some() {
            return Err(syn::Error::new_spanned(
                name,
                "a controller has one method of this kind",
            ));
        }
        Ok(())
    }
}

impl SubController {
    fn read(attribute: &Attribute, flavour: Flavour) -> syn::Result<Self> {
        let expected = match flavour {
            Flavour::Events => "write `#[sub_controller(\"users \", UserController)]`",
            Flavour::Http => "write `#[sub_controller(\"/users\", UserController)]`",
        };
        let Ok(list) = attribute.meta.require_list() else {
            return Err(syn::Error::new_spanned(attribute.path(), expected));
        };
        list.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            let prefix = input
                .parse()
                .map_err(|error| syn::Error::new(error.span(), expected))?;
            match flavour {
                Flavour::Events => route::check_event_prefix(&prefix)?,
                Flavour::Http => route::check_prefix(&prefix)?,
            }
            input
                .parse::<Token![,]>()
                .map_err(|error| syn::Error::new(error.span(), expected))?;
            Ok(Self {
                prefix,
                controller: input.parse()?,
            })
        })
    }
}

fn check_routes(handlers: &[Handler], errors: &mut Errors) {
    let mut known = HashSet::new();
    for handler in handlers {
        let key = handler.route.key();
        let message = format!("this controller has {key} already");
        if !known.insert(key) {
            let error = syn::Error::new_spanned(handler.route.text(), message);
            errors.check::<()>(Err(error));
        }
    }
}

/// Our attributes on something that is no method.
fn refuse(flavour: Flavour, attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    let argument = flavour.argument().trim_matches('`');
    for (_, attribute) in attribute::take(attributes) {
        let message = format!("this attribute marks a method: `fn name({argument})`");
        let error = syn::Error::new_spanned(attribute.path(), message);
        errors.check::<()>(Err(error));
    }
}

fn first_span(tokens: &TokenStream) -> Span {
    tokens
        .clone()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |token| token.span())
}

#[cfg(test)]
mod tests;
