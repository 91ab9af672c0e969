//! Guests in the WebAssembly text format, for what no compiler would produce.

use anyhow::{Context, Result};
use wasm_encoder::{Component, ComponentInstanceSection, ComponentSectionId, RawSection};
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use crate::bindings;
use crate::clang::Kit;
use crate::guest::{self, Guest};
use crate::layout::Layout;

/// The preamble of a component: magic number, version and layer.
const PREAMBLE: usize = 8;

/// Encodes the text, be it a component or a core module.
pub(crate) fn assemble(guest: &Guest) -> Result<Vec<u8>> {
    wat::parse_file(&guest.path).map_err(Into::into)
}

/// Encodes the text, a core module of the tests' world, as a component.
pub(crate) fn componentize(guest: &Guest, layout: &Layout) -> Result<Vec<u8>> {
    let mut module = assemble(guest)?;
    let (resolve, world) = bindings::world(layout)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default()
        .module(&module)
        .context("read the world out of the core module")?
        .validate(true)
        .encode()
        .context("encode the component")
}

/// Builds the plain guest and nests the component of the text in it, so that whoever instantiates the one instantiates
/// the other.
pub(crate) fn graft(guest: &Guest, layout: &Layout, kit: &Kit) -> Result<Vec<u8>> {
    let scion = assemble(guest)?;
    let mut component = kit.build(&guest::plain(layout), guest::PLAIN)?;

    let mut sections = Component::new();
    sections.section(&RawSection {
        id: ComponentSectionId::Component.into(),
        data: &scion,
    });
    let mut instances = ComponentInstanceSection::new();
    let nothing: [(&str, wasm_encoder::ComponentExportKind, u32); 0] = [];
    instances.instantiate(nested(&component)?, nothing);
    sections.section(&instances);
    component.extend(sections.finish().into_iter().skip(PREAMBLE));
    Ok(component)
}

/// How many components the outermost component defines, which is the index of the next one.
fn nested(component: &[u8]) -> Result<u32> {
    let mut depth = 0_u32;
    let mut count = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.context("parse the plain guest")? {
            Payload::ComponentSection { .. } => {
                count += u32::from(depth == 0);
                depth += 1;
            }
            Payload::ModuleSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(count)
}
