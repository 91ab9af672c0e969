//! The contract, as wit-bindgen reads it. Its `unsafe` is the only one here, and stays in generated code.

wit_bindgen::generate!({
    path: "../../wit",
    world: "handler",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "stockade_sdk::__private::bindings",
    export_macro_name: "__export",
});

/// The world with HTTP, for components that have it: all others would have to export it, too.
pub mod http {
    mod generated {
        wit_bindgen::generate!({
            path: "../../wit",
            world: "handler-with-http",
            with: {
                "stockade:handler/types@0.1.0": crate::bindings::stockade::handler::types,
                "stockade:handler/context@0.1.0": crate::bindings::stockade::handler::context,
                "stockade:handler/socket@0.1.0": crate::bindings::stockade::handler::socket,
                "stockade:handler/server@0.1.0": crate::bindings::stockade::handler::server,
                "stockade:handler/session@0.1.0": crate::bindings::stockade::handler::session,
                "wasi:logging/logging@0.1.0-draft": crate::bindings::wasi::logging::logging,
                "wasi:keyvalue/store@0.2.0-draft2": crate::bindings::wasi::keyvalue::store,
                "wasi:keyvalue/atomics@0.2.0-draft2": crate::bindings::wasi::keyvalue::atomics,
                "wasi:keyvalue/batch@0.2.0-draft2": crate::bindings::wasi::keyvalue::batch,
            },
            pub_export_macro: true,
            default_bindings_module: "stockade_sdk::__private::bindings::http",
            export_macro_name: "__export_http",
        });
    }

    pub use generated::__export_http;
    /// The types of this world's steps.
    pub use generated::exports::stockade::handler::controller as steps;

    /// Exports cannot be mapped to those of the other world. But the macro that exports looks for them by these paths, so
    /// that a component is the same [`Exports`](crate::exports::Exports) in both worlds.
    pub mod exports {
        pub mod stockade {
            pub mod handler {
                pub use super::super::super::generated::exports::stockade::handler::http_controller;
                pub use crate::bindings::exports::stockade::handler::controller;
            }
        }
    }
}
