//! `#[controller]`: from an `impl` block to `stockade_sdk::Controller`.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, ItemImpl, LitStr, Path, Token, Type};

use crate::attribute::{self, Kind};
use crate::method::{self, Call, Handler, Method};
use crate::step::Step;

/// What an `impl` block says about its controller.
#[derive(Default)]
struct Controller {
    /// Our attributes, as the author named them.
    attributes: Vec<Path>,
    steps: Vec<Step>,
    sub_controllers: Vec<SubController>,
    handlers: Vec<Handler>,
    on_connection: Option<Call>,
    on_disconnection: Option<Call>,
    handle_error: Option<Call>,
}

struct SubController {
    prefix: LitStr,
    controller: Type,
}

/// The names of the arguments of generated methods, out of reach for the author's expressions.
struct Names {
    routes: Ident,
    ctx: Ident,
}

/// Emits the block without our attributes, and the implementation or what is wrong.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match read(arguments, item.clone()) {
        Ok((block, Ok(controller))) => {
            let implementation = controller.implement(&block.self_ty);
            quote! { #block #implementation }
        }
        Ok((block, Err(error))) => {
            let error = error.into_compile_error();
            quote! { #block #error }
        }
        Err(error) => {
            let error = error.into_compile_error();
            quote! { #error #item }
        }
    }
}

/// Takes our attributes out of the block, and reads them.
fn read(arguments: TokenStream, item: TokenStream) -> syn::Result<(ItemImpl, syn::Result<Controller>)> {
    let is_block = item.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "impl"));
    if !is_block {
        let message = "`#[controller]` marks an `impl` block: `#[controller] impl Products { … }`";
        return Err(syn::Error::new(first_span(&item), message));
    }
    let mut block: ItemImpl = syn::parse2(item)?;
    let mut errors = Errors::default();
    errors.check(check_block(arguments, &block));
    let controller = Controller::read(&mut block, &mut errors);
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

fn check_block(arguments: TokenStream, block: &ItemImpl) -> syn::Result<()> {
    if !arguments.is_empty() {
        let message = "`#[controller]` takes no arguments: hooks and sub-controllers have attributes of their own, below it";
        return Err(syn::Error::new_spanned(arguments, message));
    }
    if let Some((path, _)) = &block.trait_ {
        return Err(syn::Error::new_spanned(path, "a controller is an `impl` block of the type itself, not of a trait"));
    }
    if !block.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(&block.generics, "a controller cannot be generic"));
    }
    Ok(())
}

impl Controller {
    fn read(block: &mut ItemImpl, errors: &mut Errors) -> Self {
        let mut controller = Self { attributes: attribute::paths(block), ..Self::default() };
        for (kind, attribute) in attribute::take(&mut block.attrs) {
            errors.check(controller.add_attribute(kind, &attribute));
        }
        for item in &mut block.items {
            match item {
                ImplItem::Fn(function) => {
                    if let Some(Some(method)) = errors.check(method::read(function)) {
                        errors.check(controller.add_method(method));
                    }
                }
                ImplItem::Const(item) => refuse(&mut item.attrs, errors),
                ImplItem::Type(item) => refuse(&mut item.attrs, errors),
                ImplItem::Macro(item) => refuse(&mut item.attrs, errors),
                _ => {}
            }
        }
        errors.check(check_events(&controller.handlers));
        controller
    }

    fn add_attribute(&mut self, kind: Kind, attribute: &Attribute) -> syn::Result<()> {
        match kind {
            Kind::Hook => self.steps.push(Step::hook(attribute)?),
            Kind::Validate if matches!(attribute.meta, syn::Meta::Path(_)) => {
                let message = "a controller has no payload of its own: write `#[validate(schema = …)]`";
                return Err(syn::Error::new_spanned(attribute.path(), message));
            }
            Kind::Validate => self.steps.push(Step::validate(attribute, None)?),
            Kind::SubController => self.sub_controllers.push(SubController::read(attribute)?),
            Kind::Event | Kind::OnConnection | Kind::OnDisconnection | Kind::HandleError => {
                return Err(syn::Error::new_spanned(attribute.path(), "this attribute marks a method"));
            }
        }
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
        };
        if slot.replace(call).is_some() {
            return Err(syn::Error::new_spanned(name, "a controller has one method of this kind"));
        }
        Ok(())
    }

    fn implement(&self, controller: &Type) -> TokenStream {
        let names = Names { routes: mixed("routes"), ctx: mixed("ctx") };
        let describe = self.describe(&names.routes);
        let handle = self.handle(&names.ctx);
        let hook = self.hook(&names.ctx);
        let lifecycle = self.lifecycle(&names.ctx);
        let handlers = self.handlers.len() as u32;
        let hooks = self.hooks().count() as u32;
        let sub_controllers = self.sub_controllers.iter().rev().fold(quote! { () }, |rest, sub| {
            let controller = &sub.controller;
            quote! { (#controller, #rest) }
        });
        let assertions = self.sub_controllers.iter().map(SubController::assertion);
        let mentions = self.attributes.iter().map(attribute::mention);
        quote! {
            #[automatically_derived]
            impl ::stockade_sdk::Controller for #controller {
                const HANDLERS: u32 = #handlers;
                const HOOKS: u32 = #hooks;
                type SubControllers = #sub_controllers;
                #describe
                #handle
                #hook
                #lifecycle
            }
            #(#assertions)*
            #(#mentions)*
        }
    }

    fn describe(&self, routes: &Ident) -> TokenStream {
        let mut hooks = 0;
        let steps: TokenStream = self.steps.iter().map(|step| step.describe(routes, &mut hooks)).collect();
        let events = self.handlers.iter().zip(0u32..).map(|(handler, id)| {
            let steps: TokenStream = handler.steps.iter().map(|step| step.describe(routes, &mut hooks)).collect();
            let event = &handler.event;
            quote! { #steps #routes.event(#event, #id); }
        });
        let events: TokenStream = events.collect();
        let sub_controllers = self.sub_controllers.iter().map(|SubController { prefix, controller }| {
            quote! { #routes.sub_controller::<#controller>(#prefix); }
        });
        quote! {
            fn describe(#routes: &mut ::stockade_sdk::__private::Routes<'_>) {
                #steps
                #routes.end_of_controller_steps();
                #events
                #(#sub_controllers)*
            }
        }
    }

    fn handle(&self, ctx: &Ident) -> TokenStream {
        let arms = self.handlers.iter().zip(0u32..).map(|(handler, id)| {
            let call = handler.call(ctx);
            quote! { #id => #call, }
        });
        quote! {
            fn handle(id: u32, #ctx: &::stockade_sdk::Context) -> ::stockade_sdk::Result<::stockade_sdk::Response> {
                match id {
                    #(#arms)*
                    _ => ::stockade_sdk::__private::unknown(),
                }
            }
        }
    }

    fn hook(&self, ctx: &Ident) -> TokenStream {
        let step = mixed("step");
        let arms = self.hooks().zip(0u32..).map(|(hook, index)| {
            let run = quote_spanned! { hook.span() => ::stockade_sdk::__private::run_hook };
            quote! { #index => #run(#hook, #step, #ctx), }
        });
        quote! {
            fn hook(
                index: u32,
                #step: u8,
                #ctx: &::stockade_sdk::Context,
            ) -> ::stockade_sdk::Result<::stockade_sdk::HookOutcome> {
                match index {
                    #(#arms)*
                    _ => ::stockade_sdk::__private::unknown(),
                }
            }
        }
    }

    fn lifecycle(&self, ctx: &Ident) -> TokenStream {
        let (reason, error) = (quote! { reason }, quote! { error });
        let done = quote! { __private::IntoDone::into_done };
        let context = quote! { #ctx };
        let on_connection = self.on_connection.as_ref().map(|call| {
            let call = call.run([&context].into_iter(), done.clone());
            quote! {
                const ON_CONNECTION: bool = true;
                fn on_connection(#ctx: &::stockade_sdk::Context) -> ::stockade_sdk::Result<()> {
                    #call
                }
            }
        });
        let on_disconnection = self.on_disconnection.as_ref().map(|call| {
            let call = call.run([&context, &reason].into_iter(), done);
            quote! {
                const ON_DISCONNECTION: bool = true;
                fn on_disconnection(#ctx: &::stockade_sdk::Context, reason: &str) -> ::stockade_sdk::Result<()> {
                    #call
                }
            }
        });
        let handle_error = self.handle_error.as_ref().map(|call| {
            let call = call.run([&error, &context].into_iter(), quote! { IntoResponse::into_response });
            quote! {
                const HANDLE_ERROR: bool = true;
                fn handle_error(
                    error: ::stockade_sdk::Error,
                    #ctx: &::stockade_sdk::Context,
                ) -> ::stockade_sdk::Result<::stockade_sdk::Response> {
                    #call
                }
            }
        });
        quote! { #on_connection #on_disconnection #handle_error }
    }

    /// All hooks, in the order of their indices: the controller's, then each handler's.
    fn hooks(&self) -> impl Iterator<Item = &syn::Expr> {
        let steps = self.steps.iter().chain(self.handlers.iter().flat_map(|handler| &handler.steps));
        steps.filter_map(|step| if let Step::Hook(hook) = step { Some(hook) } else { None })
    }
}

impl SubController {
    fn read(attribute: &Attribute) -> syn::Result<Self> {
        let expected = "write `#[sub_controller(\"users \", UserController)]`";
        let Ok(list) = attribute.meta.require_list() else {
            return Err(syn::Error::new_spanned(attribute.path(), expected));
        };
        list.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            let prefix = input.parse().map_err(|error| syn::Error::new(error.span(), expected))?;
            input.parse::<Token![,]>().map_err(|error| syn::Error::new(error.span(), expected))?;
            Ok(Self { prefix, controller: input.parse()? })
        })
    }

    /// Refuses a sub-controller whose methods would never be called.
    fn assertion(&self) -> TokenStream {
        let controller = &self.controller;
        quote_spanned! { controller.span() =>
            const _: () = ::core::assert!(
                !::stockade_sdk::__private::serves_a_namespace::<#controller>(),
                "a sub-controller cannot have `#[on_connection]`, `#[on_disconnection]` or `#[handle_error]`: \
                 they belong to the controller of the namespace",
            );
        }
    }
}

fn check_events(handlers: &[Handler]) -> syn::Result<()> {
    let mut known = HashMap::new();
    for handler in handlers {
        let name = handler.event.value();
        if known.contains_key(&name) {
            let message = format!("this controller has an event `{name}` already");
            return Err(syn::Error::new_spanned(&handler.event, message));
        }
        known.insert(name, ());
    }
    Ok(())
}

/// Our attributes on something that is no method.
fn refuse(attributes: &mut Vec<Attribute>, errors: &mut Errors) {
    for (_, attribute) in attribute::take(attributes) {
        let error = syn::Error::new_spanned(attribute.path(), "this attribute marks a method: `fn name(ctx: &Context)`");
        errors.check::<()>(Err(error));
    }
}

fn mixed(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

#[cfg(test)]
mod tests;
