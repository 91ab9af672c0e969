//! What `#[controller]` and `#[http_controller]` emit.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Type};

use super::{Controller, SubController};
use crate::attribute;
use crate::flavour::Flavour;
use crate::span::generated_at;
use crate::step::Step;

impl Controller {
    /// The implementation of `stockade_sdk::Controller` for the block's type.
    pub(super) fn implement(&self, controller: &Type) -> TokenStream {
        let (routes, ctx) = (mixed("routes"), mixed("ctx"));
        let describe = self.describe(controller, &routes);
        let handle = self.handle(&ctx);
        let hook = self.hook(&ctx);
        let lifecycle = self.lifecycle(&ctx);
        let (handlers, hooks) = self.counts();
        let sub_controllers = self.sub_controllers();
        let context = self.flavour.context();
        let assertions = self
            .sub_controllers
            .iter()
            .map(|sub_controller| sub_controller.assertion(self.flavour));
        let make_hooks = self.make_hooks(controller);
        let mentions = self.attributes.iter().map(attribute::mention);
        quote! {
            #[automatically_derived]
            impl ::stockade_sdk::Controller<#context> for #controller {
                const HANDLERS: u32 = #handlers + #sub_controllers::HANDLERS;
                const HOOKS: u32 = #hooks + #sub_controllers::HOOKS;
                #describe
                #handle
                #hook
                #lifecycle
            }
            #make_hooks
            #(#assertions)*
            #(#mentions)*
        }
    }

    /// How many handlers and hooks the block itself has.
    fn counts(&self) -> (u32, u32) {
        (self.handlers.len() as u32, self.hooks().count() as u32)
    }

    /// All sub-controllers, as one type that finds the one to run.
    fn sub_controllers(&self) -> TokenStream {
        let list = self.sub_controllers.iter().rev();
        let list = list.fold(quote! { () }, |rest, SubController { controller, .. }| {
            quote! { (#controller, #rest) }
        });
        let context = self.flavour.context();
        quote! { <#list as ::stockade_sdk::__private::Controllers<#context>> }
    }

    fn describe(&self, controller: &Type, routes: &Ident) -> TokenStream {
        let controller = name_of(controller);
        let (handlers, own_hooks) = self.counts();
        let mut hooks = 0;
        let steps: TokenStream = self
            .steps
            .iter()
            .map(|step| step.describe(routes, &mut hooks, self.flavour))
            .collect();
        let events = self.handlers.iter().zip(0u32..).map(|(handler, id)| {
            let steps: TokenStream = handler
                .steps
                .iter()
                .map(|step| step.describe(routes, &mut hooks, self.flavour))
                .collect();
            let name = format!("{controller}::{}", handler.name());
            let route = handler.route.describe(routes, (id, &name));
            quote! { #steps #route }
        });
        let events: TokenStream = events.collect();
        let sub_controllers =
            self.sub_controllers
                .iter()
                .map(|SubController { prefix, controller }| {
                    quote! { #routes.sub_controller::<#controller>(#prefix); }
                });
        let context = self.flavour.context();
        quote! {
            fn describe(#routes: &mut ::stockade_sdk::__private::Routes<'_, #context>) {
                #routes.begin(#handlers, #own_hooks);
                #steps
                #routes.end_of_controller_steps();
                #events
                #(#sub_controllers)*
            }
        }
    }

    /// Functions that make the hooks. An expression that is no hook stands in generated code once, so it is one mistake.
    fn make_hooks(&self, controller: &Type) -> TokenStream {
        let context = self.flavour.context();
        let hooks = self.hooks().zip(0u32..).map(|(hook, index)| {
            let name = self.flavour.hook(index);
            quote_spanned! { generated_at(hook.span()) =>
                fn #name() -> impl ::stockade_sdk::Hook<#context> { #hook }
            }
        });
        quote! { impl #controller { #(#hooks)* } }
    }

    fn handle(&self, ctx: &Ident) -> TokenStream {
        let id = mixed("id");
        let arms = self.handlers.iter().zip(0u32..).map(|(handler, id)| {
            let call = handler.call(ctx, self.flavour);
            quote! { #id => #call, }
        });
        let (handlers, _) = self.counts();
        let sub_controllers = self.sub_controllers();
        let context = self.flavour.context();
        quote! {
            fn handle(
                #id: u32,
                #ctx: &#context,
            ) -> ::stockade_sdk::Result<<#context as ::stockade_sdk::Exchange>::Response> {
                match #id {
                    #(#arms)*
                    _ => #sub_controllers::handle(#id - #handlers, #ctx),
                }
            }
        }
    }

    fn hook(&self, ctx: &Ident) -> TokenStream {
        let (index, step) = (mixed("index"), mixed("step"));
        let context = self.flavour.context();
        let arms = self.hooks().zip(0u32..).map(|(hook, index)| {
            let name = self.flavour.hook(index);
            let hook = quote_spanned! { generated_at(hook.span()) => Self::#name() };
            quote! { #index => ::stockade_sdk::Hook::<#context>::run(&#hook, #step, #ctx), }
        });
        let (_, hooks) = self.counts();
        let sub_controllers = self.sub_controllers();
        quote! {
            fn hook(
                #index: u32,
                #step: u8,
                #ctx: &#context,
            ) -> ::stockade_sdk::Result<::stockade_sdk::Outcome<#context>> {
                match #index {
                    #(#arms)*
                    _ => #sub_controllers::hook(#index - #hooks, #step, #ctx),
                }
            }
        }
    }

    fn lifecycle(&self, ctx: &Ident) -> TokenStream {
        let (reason, error) = (mixed("reason"), mixed("error"));
        let done = quote! { __private::IntoDone::into_done };
        let context = self.flavour.context();
        let respond = quote! { IntoResponse::<#context>::into_response };
        let on_connection = self.on_connection.as_ref().map(|call| {
            let call = call.run([ctx, &reason], &done);
            quote! {
                const ON_CONNECTION: bool = true;
                fn on_connection(#ctx: &::stockade_sdk::Context) -> ::stockade_sdk::Result<()> {
                    #call
                }
            }
        });
        let on_disconnection = self.on_disconnection.as_ref().map(|call| {
            let call = call.run([ctx, &reason], &done);
            quote! {
                const ON_DISCONNECTION: bool = true;
                fn on_disconnection(#ctx: &::stockade_sdk::Context, #reason: &str) -> ::stockade_sdk::Result<()> {
                    #call
                }
            }
        });
        let handle_error = self.handle_error.as_ref().map(|call| {
            let call = call.run([&error, ctx], &respond);
            quote! {
                const HANDLE_ERROR: bool = true;
                fn handle_error(
                    #error: ::stockade_sdk::Error,
                    #ctx: &#context,
                ) -> ::stockade_sdk::Result<<#context as ::stockade_sdk::Exchange>::Response> {
                    #call
                }
            }
        });
        let options = self.options.as_ref().map(|call| {
            let call = call.run([ctx, &reason], &quote! { __private::options });
            quote! {
                const OPTIONS: bool = true;
                fn options() -> ::stockade_sdk::ServerOptions {
                    #call
                }
            }
        });
        quote! { #on_connection #on_disconnection #handle_error #options }
    }

    /// All hooks, in the order of their indices: the controller's, then each handler's.
    fn hooks(&self) -> impl Iterator<Item = &syn::Expr> {
        let steps = self
            .steps
            .iter()
            .chain(self.handlers.iter().flat_map(|handler| &handler.steps));
        steps.filter_map(|step| {
            if let Step::Hook(hook) = step {
                Some(hook)
            } else {
                None
            }
        })
    }
}

impl SubController {
    /// Refuses a sub-controller whose methods would never be called.
    fn assertion(&self, flavour: Flavour) -> TokenStream {
        let controller = &self.controller;
        let context = flavour.context();
        let message = match flavour {
            Flavour::Events => {
                "a sub-controller cannot have `#[on_connection]`, `#[on_disconnection]`, `#[handle_error]` or `#[options]`: \
                 they belong to the controller of the namespace"
            }
            Flavour::Http => {
                "a sub-controller cannot have `#[handle_error]`: it belongs to the outermost HTTP controller"
            }
        };
        quote_spanned! { generated_at(controller.span()) =>
            const _: () = ::core::assert!(
                !::stockade_sdk::__private::is_outermost::<#context, #controller>(),
                #message,
            );
        }
    }
}

/// An implementation that serves nothing, for a controller with mistakes.
pub(super) fn stub(flavour: Flavour, controller: &Type, generics: &Generics) -> TokenStream {
    let context = flavour.context();
    let (parameters, _, bounds) = generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #parameters ::stockade_sdk::Controller<#context> for #controller #bounds {
            const HANDLERS: u32 = 0;
            const HOOKS: u32 = 0;
            fn describe(_: &mut ::stockade_sdk::__private::Routes<'_, #context>) {}
            fn handle(
                _: u32,
                _: &#context,
            ) -> ::stockade_sdk::Result<<#context as ::stockade_sdk::Exchange>::Response> {
                ::core::unreachable!()
            }
            fn hook(
                _: u32,
                _: u8,
                _: &#context,
            ) -> ::stockade_sdk::Result<::stockade_sdk::Outcome<#context>> {
                ::core::unreachable!()
            }
        }
    }
}

/// What people call a controller: its type, without the path to it.
fn name_of(controller: &Type) -> String {
    let last = match controller {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    };
    let name = last.map_or_else(|| controller.to_token_stream(), ToTokens::to_token_stream);
    name.to_string().replace(' ', "")
}

/// A name out of reach for the author's expressions.
fn mixed(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
