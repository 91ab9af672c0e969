//! What a component may import, and the check that it wants nothing else.

use wasmtime::component::{Component, HasData, Linker};

use super::{Code, Engine, bindings::HandlerWithHttp, exports::Exports, host::StoreCtx, snapshot};
use stockade_instrument::FOUND_MEMORY;
use stockade_text::{excerpt, printable};

/// A component does not fit the contract.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It asks for an interface that the host does not offer.
    #[error(
        "imports `{0}`, which Stockade does not offer: a component may import the interfaces of stockade:handler@0.1.0, \
         wasi:logging, wasi:keyvalue and WASI 0.2"
    )]
    UnknownImport(String),
    /// It asks for more than the host offers: interfaces with nothing in them are offered by whatever name.
    #[error(
        "imports more than {MAX_IMPORTS} interfaces, or some with names of over {MAX_NAME} bytes"
    )]
    TooManyImports,
    /// It does not export what the host calls, or types differ from the contract's.
    #[error("does not fit the contract stockade:handler@0.1.0: {0}")]
    Contract(String),
}

/// Imports of a component. The host offers some fifty.
const MAX_IMPORTS: usize = 256;
/// Bytes of an import's name.
const MAX_NAME: usize = 256;

impl From<wasmtime::Error> for LinkError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Contract(escaped(&format!("{error:#}")))
    }
}

/// The imports of `component`, by interface name.
pub fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    component
        .component_type()
        .imports(engine.wasmtime())
        .map(|(name, _)| name.to_owned())
        // The host's own, which no component has of itself.
        .filter(|name| name != FOUND_MEMORY)
        .collect()
}

/// Escapes and shortens a message that may contain names of the component.
fn escaped(text: &str) -> String {
    printable(excerpt(text)).into_owned()
}

/// The data that the contract's own interfaces work on: all of it.
struct ContractData;

impl HasData for ContractData {
    type Data<'a> = &'a mut StoreCtx;
}

/// Links everything that the contract and WASI offer to a component.
pub(super) fn link(engine: &Engine, code: &Code) -> Result<Exports, LinkError> {
    let Code {
        component,
        obstacle,
    } = code;
    let mut linker = Linker::<StoreCtx>::new(engine.wasmtime());
    let offered = wasmtime_wasi::p2::add_to_linker_async(&mut linker)
        .and_then(|()| wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker))
        .and_then(|()| snapshot::add_to_linker(&mut linker))
        .and_then(|()| HandlerWithHttp::add_to_linker::<_, ContractData>(&mut linker, |ctx| ctx));
    offered?;
    let imports = imports(engine, component);
    if let Some(name) = imports.iter().find(|name| !offers(name)) {
        return Err(LinkError::UnknownImport(escaped(name)));
    }
    if imports.len() > MAX_IMPORTS || imports.iter().any(|name| name.len() > MAX_NAME) {
        return Err(LinkError::TooManyImports);
    }
    let pre = linker.instantiate_pre(component).map_err(|error| {
        error.context(
            "it imports other functions than this version of the contract offers (was it built for another one?)",
        )
    })?;
    // By their names alone they could be the component's own.
    let snapshot = match obstacle {
        None => snapshot::Functions::of(component),
        Some(_) => None,
    };
    Ok(Exports::new(pre, snapshot)?)
}

fn offers(import: &str) -> bool {
    const PACKAGES: [&str; 10] = [
        "stockade:handler/",
        "wasi:logging/",
        "wasi:keyvalue/",
        "wasi:cli/",
        "wasi:clocks/",
        "wasi:filesystem/",
        "wasi:http/",
        "wasi:io/",
        "wasi:random/",
        "wasi:sockets/",
    ];
    PACKAGES.iter().any(|package| import.starts_with(package))
}
