//! Methods of a controller that the host calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, ImplItemFn, ReturnType, Signature, Token, Type};

use crate::attribute::{self, Kind};
use crate::flavour::Flavour;
use crate::route::Route;
use crate::span::generated_at;
use crate::step::Step;

/// A method with an attribute of ours.
pub(crate) enum Method {
    Handler(Handler),
    OnConnection(Ident, Call),
    OnDisconnection(Ident, Call),
    HandleError(Ident, Call),
    Options(Ident, Call),
}

/// The handler of an event or of HTTP requests.
pub(crate) struct Handler {
    pub(crate) route: Route,
    pub(crate) steps: Vec<Step>,
    /// Runs it with the context of this name and answers `Result<Response>`.
    call: Call,
}

/// The call of a method: its name, the types of its arguments, and where its result is written.
pub(crate) struct Call {
    name: Ident,
    arguments: Vec<Type>,
    output: Span,
}

/// Takes our attributes from a method and reads them. `None` is an ordinary method.
pub(crate) fn read(method: &mut ImplItemFn, flavour: Flavour) -> syn::Result<Option<Method>> {
    let attributes = attribute::take(&mut method.attrs);
    let signature = &method.sig;
    let mut roles = attributes.iter().filter(|(kind, _)| !kind.is_step());

    let Some((kind, mark)) = roles.next() else {
        return match attributes.first() {
            Some((_, step)) => Err(syn::Error::new_spanned(
                step.path(),
                format!(
                    "hooks and validation come before a handler: mark the method with {}",
                    flavour.handler_mark()
                ),
            )),
            None => forgotten(&signature.ident, flavour).map(|()| None),
        };
    };
    if let Some((_, second)) = roles.next() {
        return Err(syn::Error::new_spanned(
            second.path(),
            "a method has one role: remove one of these attributes",
        ));
    }
    let method = match (flavour, *kind) {
        (Flavour::Events, Kind::Event) => {
            let route = Route::event(mark)?;
            return handler(route, &attributes, signature, flavour).map(Some);
        }
        (Flavour::Http, Kind::Request(_) | Kind::Options) => {
            let verb = match kind {
                Kind::Request(verb) => verb,
                _ => "OPTIONS",
            };
            let route = Route::request(verb, mark)?;
            return handler(route, &attributes, signature, flavour).map(Some);
        }
        (_, kind) => lifecycle(kind, mark, signature, flavour)?,
    };
    match attributes.iter().find(|(other, _)| other.is_step()) {
        None => Ok(Some(method)),
        Some((_, step)) => Err(syn::Error::new_spanned(
            step.path(),
            format!(
                "hooks and validation come before handlers of {} only",
                flavour.handled()
            ),
        )),
    }
}

/// Reads a method that handles no event and no request.
fn lifecycle(
    kind: Kind,
    mark: &Attribute,
    signature: &Signature,
    flavour: Flavour,
) -> syn::Result<Method> {
    let name = signature.ident.clone();
    let context = flavour.argument();
    let of = |arguments: usize, expected: &str| {
        attribute::no_arguments(mark)?;
        call(signature, arguments, expected)
    };
    Ok(match (flavour, kind) {
        (Flavour::Events, Kind::OnConnection) => {
            Method::OnConnection(name, of(1, &format!("it takes {context}"))?)
        }
        (Flavour::Events, Kind::OnDisconnection) => {
            let expected = format!("it takes {context} and `reason: &str`");
            Method::OnDisconnection(name, of(2, &expected)?)
        }
        (_, Kind::HandleError) => {
            let expected = format!("it takes `error: Error` and {context}");
            let call = of(2, &expected)?;
            if call.arguments.is_empty() {
                return Err(syn::Error::new_spanned(name, expected));
            }
            Method::HandleError(name, call)
        }
        (Flavour::Events, Kind::Options) => {
            Method::Options(name, of(0, "it takes nothing: no client is there yet")?)
        }
        (_, Kind::SubController) => {
            let message = "`#[sub_controller]` belongs on the `impl` block";
            return Err(syn::Error::new_spanned(mark.path(), message));
        }
        _ => {
            let other = match flavour {
                Flavour::Events => Flavour::Http,
                Flavour::Http => Flavour::Events,
            };
            let message = format!(
                "this attribute belongs into an `impl` block marked {}; this one is marked {}",
                other.mark(),
                flavour.mark()
            );
            return Err(syn::Error::new_spanned(mark.path(), message));
        }
    })
}

fn handler(
    route: Route,
    attributes: &[(Kind, Attribute)],
    signature: &Signature,
    flavour: Flavour,
) -> syn::Result<Method> {
    let (context, content) = (flavour.argument(), flavour.content());
    let expected = format!("a handler takes {context} and at most one {content}");
    let call = call(signature, 2, &expected)?;
    call.check_context(flavour)?;
    if let Some(Type::Reference(reference)) = call.arguments.get(1) {
        return Err(syn::Error::new_spanned(
            reference.and_token,
            format!("a handler owns its {content}: remove the `&`"),
        ));
    }
    let steps = attributes
        .iter()
        .filter_map(|(kind, attribute)| {
            Step::read(*kind, attribute, call.arguments.get(1), flavour)
        })
        .collect::<syn::Result<_>>()?;
    Ok(Method::Handler(Handler { route, steps, call }))
}

/// Checks what all methods that the host calls have in common.
fn call(signature: &Signature, most: usize, expected: &str) -> syn::Result<Call> {
    if let Some(asyncness) = signature.asyncness {
        let message = "handlers are synchronous: remove `async`; a call of the host that waits suspends this event alone";
        return Err(syn::Error::new_spanned(asyncness, message));
    }
    if !signature.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &signature.generics,
            "the host calls this method: it cannot be generic",
        ));
    }
    let arguments = typed(&signature.inputs)?;
    if let Some(extra) = signature.inputs.iter().nth(most) {
        return Err(syn::Error::new_spanned(extra, expected));
    }
    let output = match &signature.output {
        ReturnType::Default => signature.ident.span(),
        ReturnType::Type(_, output) => output.span(),
    };
    Ok(Call {
        name: signature.ident.clone(),
        arguments,
        output,
    })
}

fn typed(inputs: &Punctuated<FnArg, Token![,]>) -> syn::Result<Vec<Type>> {
    let typed = inputs.iter().map(|input| match input {
        FnArg::Typed(argument) => Ok((*argument.ty).clone()),
        FnArg::Receiver(receiver) => Err(syn::Error::new_spanned(
            receiver,
            "a controller keeps nothing between events: remove `self`, and keep what has to last with \
             `ctx.socket().set_data(…)` or `ctx.set_user(…)`",
        )),
    });
    typed.collect()
}

/// A method that is called like one of ours, without the attribute, would never run.
fn forgotten(name: &Ident, flavour: Flavour) -> syn::Result<()> {
    let known: &[&str] = match flavour {
        Flavour::Events => &[
            "on_connection",
            "on_disconnection",
            "handle_error",
            "options",
        ],
        Flavour::Http => &["handle_error"],
    };
    if known.iter().any(|known| name == known) {
        let message =
            format!("a name alone does nothing: mark this method with `#[{name}]`, or rename it");
        return Err(syn::Error::new_spanned(name, message));
    }
    Ok(())
}

impl Handler {
    /// As the author wrote it.
    pub(crate) fn name(&self) -> String {
        self.call.name.unraw().to_string()
    }

    /// Runs the handler: a `Result` of its flavour's response.
    pub(crate) fn call(&self, ctx: &Ident, flavour: Flavour) -> TokenStream {
        let payload = Ident::new("payload", Span::mixed_site());
        let from = match flavour {
            Flavour::Events => quote! { FromPayload>::from_payload },
            Flavour::Http => quote! { FromBody>::from_body },
        };
        let read = self.call.arguments.get(1).map(|ty| {
            quote_spanned! { generated_at(ty.span()) => let #payload = <#ty as ::stockade_sdk::#from(#ctx)?; }
        });
        let context = flavour.context();
        let respond = quote! { IntoResponse::<#context>::into_response };
        let call = self.call.run([ctx, &payload], &respond);
        quote! { { #read #call } }
    }
}

impl Call {
    /// Runs the method with as many of these arguments as it takes, and converts its result with a function of
    /// `stockade_sdk`.
    ///
    /// All of it is located at the types that the author wrote: there the compiler says which they can be.
    pub(crate) fn run(&self, arguments: [&Ident; 2], convert: &TokenStream) -> TokenStream {
        let name = &self.name;
        let arguments = self
            .arguments
            .iter()
            .zip(arguments)
            .map(|(ty, argument)| Ident::new(&argument.to_string(), generated_at(ty.span())));
        quote_spanned! { generated_at(self.output) => ::stockade_sdk::#convert(Self::#name(#(#arguments),*)) }
    }

    fn check_context(&self, flavour: Flavour) -> syn::Result<()> {
        match self.arguments.first() {
            None | Some(Type::Reference(_)) => Ok(()),
            Some(other) => Err(syn::Error::new_spanned(
                other,
                format!("the first argument is the context: {}", flavour.argument()),
            )),
        }
    }
}
