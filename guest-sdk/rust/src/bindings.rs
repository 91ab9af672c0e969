//! The contract, as wit-bindgen reads it.
#![expect(clippy::allow_attributes, reason = "generated")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "handler",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "stockade_sdk::__private::bindings",
    export_macro_name: "__export",
});
