//! The contract of components with HTTP, as wit-bindgen reads it. `stockade-sdk` uses it; nobody else needs to.
//!
//! A component exports all that its world has, so those without HTTP have a world of their own, in `stockade-sdk`. The
//! macros that export the two have one name for what is in both, and within one crate they would meet.
#![cfg(target_family = "wasm")]
#![allow(missing_docs, reason = "the contract has them where they matter")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "handler-with-http",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "stockade_sdk::__private::bindings::http",
    export_macro_name: "__export_http",
});
