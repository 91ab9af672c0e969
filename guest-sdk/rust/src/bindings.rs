//! The contract, as wit-bindgen reads it. Its `unsafe` stays in generated code.

wit_bindgen::generate!({
    path: "../../wit",
    world: "handler",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "stockade_sdk::__private::bindings",
    export_macro_name: "__export",
});

/// The world as components export it: with the macros of [`crate::answers`] in the place of the generated ones.
pub mod events {
    pub mod exports {
        pub mod stockade {
            pub mod handler {
                pub mod controller {
                    pub use crate::__export_controller as __export_stockade_handler_controller_0_1_0_cabi;
                    pub use crate::bindings::exports::stockade::handler::controller::*;
                }
            }
        }
    }
}

/// The world with HTTP, for components that have it: all others would have to export it, too.
pub mod http {
    pub use stockade_sdk_http::__export_http;
    /// The types of this world's steps.
    pub use stockade_sdk_http::exports::stockade::handler::controller as steps;

    /// What is in both worlds is exported by the macros of the other one, which this one's finds here: a component is the
    /// same [`Exports`](crate::exports::Exports) in both.
    pub mod exports {
        pub mod stockade {
            pub mod handler {
                pub use crate::bindings::events::exports::stockade::handler::controller;

                pub mod http_controller {
                    pub use crate::__export_http_controller as __export_stockade_handler_http_controller_0_1_0_cabi;
                    pub use stockade_sdk_http::exports::stockade::handler::http_controller::*;
                }
            }
        }
    }
}
