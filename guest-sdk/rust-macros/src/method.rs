//! Methods of a controller that the host calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, ImplItemFn, LitStr, ReturnType, Signature, Token, Type};

use crate::attribute::{self, Kind};
use crate::span::generated_at;
use crate::step::Step;

/// A method with an attribute of ours.
pub(crate) enum Method {
    Handler(Handler),
    OnConnection(Ident, Call),
    OnDisconnection(Ident, Call),
    HandleError(Ident, Call),
}

/// The handler of an event.
pub(crate) struct Handler {
    pub(crate) event: LitStr,
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
pub(crate) fn read(method: &mut ImplItemFn) -> syn::Result<Option<Method>> {
    let attributes = attribute::take(&mut method.attrs);
    let signature = &method.sig;
    let role = |kind: &Kind| !matches!(kind, Kind::Hook | Kind::Validate);
    let mut roles = attributes.iter().filter(|(kind, _)| role(kind));

    let Some((kind, mark)) = roles.next() else {
        return match attributes.first() {
            Some((_, step)) => Err(syn::Error::new_spanned(
                step.path(),
                "hooks and validation come before a handler: mark the method with `#[event(\"…\")]`",
            )),
            None => forgotten(&signature.ident).map(|()| None),
        };
    };
    if let Some((_, second)) = roles.next() {
        return Err(syn::Error::new_spanned(
            second.path(),
            "a method has one role: remove one of these attributes",
        ));
    }
    if let Some((_, step)) = attributes
        .iter()
        .find(|(other, _)| *kind != Kind::Event && !role(other))
    {
        return Err(syn::Error::new_spanned(
            step.path(),
            "hooks and validation come before handlers of events only",
        ));
    }

    let name = signature.ident.clone();
    let method = match kind {
        Kind::Event => Method::Handler(handler(mark, &attributes, signature)?),
        Kind::OnConnection => {
            attribute::no_arguments(mark)?;
            Method::OnConnection(name, call(signature, 1, "it takes `ctx: &Context`")?)
        }
        Kind::OnDisconnection => {
            attribute::no_arguments(mark)?;
            Method::OnDisconnection(
                name,
                call(signature, 2, "it takes `ctx: &Context` and `reason: &str`")?,
            )
        }
        Kind::HandleError => {
            attribute::no_arguments(mark)?;
            let expected = "it takes `error: Error` and `ctx: &Context`";
            let call = call(signature, 2, expected)?;
            if call.arguments.is_empty() {
                return Err(syn::Error::new_spanned(&signature.ident, expected));
            }
            Method::HandleError(name, call)
        }
        Kind::SubController | Kind::Hook | Kind::Validate => {
            let message = "`#[sub_controller]` belongs on the `impl` block";
            return Err(syn::Error::new_spanned(mark.path(), message));
        }
    };
    Ok(Some(method))
}

fn handler(
    mark: &Attribute,
    attributes: &[(Kind, Attribute)],
    signature: &Signature,
) -> syn::Result<Handler> {
    let event = event_name(mark)?;
    let call = call(
        signature,
        2,
        "a handler takes `ctx: &Context` and at most one payload",
    )?;
    call.check_context()?;
    if let Some(Type::Reference(reference)) = call.arguments.get(1) {
        return Err(syn::Error::new_spanned(
            reference.and_token,
            "a handler owns its payload: remove the `&`",
        ));
    }
    let steps = attributes
        .iter()
        .filter_map(|(kind, attribute)| match kind {
            Kind::Hook => Some(Step::hook(attribute)),
            Kind::Validate => Some(Step::validate(attribute, call.arguments.get(1))),
            _ => None,
        })
        .collect::<syn::Result<_>>()?;
    Ok(Handler { event, steps, call })
}

fn event_name(mark: &Attribute) -> syn::Result<LitStr> {
    let expected = "name the event: `#[event(\"create product\")]`";
    let Ok(list) = mark.meta.require_list() else {
        return Err(syn::Error::new_spanned(mark.path(), expected));
    };
    let mut arguments = list.parse_args_with(|input: syn::parse::ParseStream<'_>| {
        let name: LitStr = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), expected))?;
        if input.is_empty() {
            return Ok(vec![name]);
        }
        Err(input.error("`#[event]` takes the name of the event and nothing else"))
    })?;
    let name = arguments.remove(0);
    match name.value().len() {
        0 => Err(syn::Error::new_spanned(
            &name,
            "the name of an event is not empty",
        )),
        1..=256 => Ok(name),
        _ => Err(syn::Error::new_spanned(
            &name,
            "the name of an event has at most 256 bytes",
        )),
    }
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
fn forgotten(name: &Ident) -> syn::Result<()> {
    if ["on_connection", "on_disconnection", "handle_error"]
        .iter()
        .any(|known| name == known)
    {
        let message =
            format!("a name alone does nothing: mark this method with `#[{name}]`, or rename it");
        return Err(syn::Error::new_spanned(name, message));
    }
    Ok(())
}

impl Handler {
    /// Runs the handler: `Result<Response>`.
    pub(crate) fn call(&self, ctx: &Ident) -> TokenStream {
        let payload = Ident::new("payload", Span::mixed_site());
        let read = self.call.arguments.get(1).map(|ty| {
            quote_spanned! { generated_at(ty.span()) => let #payload = <#ty as ::stockade_sdk::FromPayload>::from_payload(#ctx)?; }
        });
        let respond = quote! { IntoResponse::into_response };
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

    fn check_context(&self) -> syn::Result<()> {
        match self.arguments.first() {
            None | Some(Type::Reference(_)) => Ok(()),
            Some(other) => Err(syn::Error::new_spanned(
                other,
                "the first argument is the context: `ctx: &Context`",
            )),
        }
    }
}
