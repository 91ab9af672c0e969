//! The contract, as wit-bindgen reads it. Its `unsafe` is the only one here, and stays in generated code.

wit_bindgen::generate!({
    path: "../../wit",
    world: "handler",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "stockade_sdk::__private::bindings",
    export_macro_name: "__export",
});
