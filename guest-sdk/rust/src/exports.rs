//! The contract's export, over the functions of [`crate::component`].

use std::marker::PhantomData;

use crate::bindings::exports::stockade::handler::controller as wit;
use crate::component::{self, Component, HookStep};
use crate::host::Host;
use crate::manifest::{HookName, Manifest, NameMatching, Requirement, Step};
use crate::{Context, Error, Payload, Response, Result};

mod http;

/// A component as the host calls it: its events, and its HTTP requests if it serves them.
#[doc(hidden)]
pub struct Exports<C, H = ()>(PhantomData<(C, H)>);

impl<C: Component, H> wit::Guest for Exports<C, H> {
    fn describe() -> wit::Manifest {
        component::describe::<C>().into()
    }

    fn on_connection() -> Result<(), wit::Thrown> {
        Ok(component::on_connection::<C>(&current())?)
    }

    fn run_hook(hook: u32) -> Result<wit::HookOutcome, wit::Thrown> {
        Ok(
            match component::run_hook::<_, C::Roots>(hook, &current())? {
                HookStep::Pass => wit::HookOutcome::Pass,
                HookStep::Answer(response) => wit::HookOutcome::Answer(response.into()),
                HookStep::PostHook(id) => wit::HookOutcome::PostHook(id),
            },
        )
    }

    fn handle_event(handler: u32, json: Option<String>) -> Result<wit::Response, wit::Thrown> {
        let ctx = current().with_payload(json.map(Payload::of_text));
        Ok(component::handle::<_, C::Roots>(handler, &ctx)?.into())
    }

    fn run_post_hook(
        post_hook: u32,
        response: wit::Response,
    ) -> Result<Option<wit::Response>, wit::Thrown> {
        let response =
            component::run_post_hook::<_, C::Roots>(post_hook, response.into(), &current())?;
        Ok(Some(response.into()))
    }

    fn handle_error(error: wit::Thrown) -> Result<wit::Response, wit::Thrown> {
        let error = Error::from_parts(error.name, error.message, error.stack, error.data);
        Ok(component::handle_error::<C>(error, &current())?.into())
    }

    fn on_disconnection(reason: String) -> Result<(), wit::Thrown> {
        Ok(component::on_disconnection::<C>(&reason, &current())?)
    }
}

fn current() -> Context {
    Context::of(host())
}

fn host() -> Host {
    #[cfg(feature = "log")]
    crate::logger::install();
    Host::current()
}

impl From<Response> for wit::Response {
    fn from(response: Response) -> Self {
        match response {
            Response::Ok(payload) => Self::Ok(payload.map(Into::into)),
            Response::Error(payload) => Self::Error(payload.map(Into::into)),
            Response::Raw(arguments) => Self::Raw(arguments.into()),
        }
    }
}

impl From<wit::Response> for Response {
    fn from(response: wit::Response) -> Self {
        match response {
            wit::Response::Ok(payload) => Self::Ok(payload.map(Into::into)),
            wit::Response::Error(payload) => Self::Error(payload.map(Into::into)),
            wit::Response::Raw(arguments) => Self::Raw(arguments.into()),
        }
    }
}

impl From<Manifest> for wit::Manifest {
    fn from(manifest: Manifest) -> Self {
        let namespaces = manifest
            .namespaces
            .into_iter()
            .map(|namespace| wit::Namespace {
                name: namespace.name,
                routes: namespace.routes.into_iter().map(Into::into).collect(),
                connection_steps: steps(namespace.connection_steps),
                on_connection: namespace.on_connection,
                on_disconnection: namespace.on_disconnection,
                handle_error: namespace.handle_error,
                matching: match namespace.matching {
                    NameMatching::Exact => wit::NameMatching::Exact,
                    NameMatching::Pattern => wit::NameMatching::Pattern,
                    NameMatching::Regex => wit::NameMatching::Regex,
                },
            });
        Self {
            sdk: concat!("stockade-sdk ", env!("CARGO_PKG_VERSION"), " (Rust)").to_owned(),
            namespaces: namespaces.collect(),
            schemas: manifest.schemas,
            hook_names: hook_names(manifest.hook_names),
            options: manifest.options,
        }
    }
}

impl From<crate::manifest::Route> for wit::Route {
    fn from(route: crate::manifest::Route) -> Self {
        Self {
            event: route.event,
            steps: steps(route.steps),
            handler: route.handler,
            handler_name: route.handler_name,
            catch_all: route.catch_all,
            concurrent: route.concurrent,
        }
    }
}

/// What both worlds have, each in types of its own.
macro_rules! convert {
    ($thrown:ty, $wit:ident) => {
        impl From<Error> for $thrown {
            fn from(error: Error) -> Self {
                Self {
                    name: error.name().to_owned(),
                    message: error.message().to_owned(),
                    stack: error.stack().map(ToOwned::to_owned),
                    data: error.data().map(ToOwned::to_owned),
                }
            }
        }

        impl From<Step> for $wit::Step {
            fn from(step: Step) -> Self {
                match step {
                    Step::Validate(schema) => Self::Validate(schema),
                    Step::Hook(hook) => Self::Hook(hook),
                    Step::Session(requirement) => Self::Session(requirement.into()),
                    Step::Jwt(requirement) => Self::Jwt(requirement.into()),
                    Step::UserRequired => Self::UserRequired,
                }
            }
        }

        impl From<HookName> for $wit::HookName {
            fn from(HookName { hook, name }: HookName) -> Self {
                Self { hook, name }
            }
        }

        impl From<Requirement> for $wit::Requirement {
            fn from(requirement: Requirement) -> Self {
                match requirement {
                    Requirement::Optional => Self::Optional,
                    Requirement::Required => Self::Required,
                }
            }
        }
    };
}
use convert;

convert!(wit::Thrown, wit);

fn hook_names<T: From<HookName>>(names: Vec<HookName>) -> Vec<T> {
    names.into_iter().map(Into::into).collect()
}

fn steps<T: From<Step>>(steps: Vec<Step>) -> Vec<T> {
    steps.into_iter().map(Into::into).collect()
}
