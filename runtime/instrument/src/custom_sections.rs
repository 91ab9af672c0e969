//! Drops what a component carries for tools, before anything else reads it.
//!
//! Custom sections hold what compilers and tools tell each other: debugging information, names, versions, types. A component
//! runs without any of them, and all of them are the tenant's to write. wasmtime keeps some in the compiled code and reads
//! them in the serving process, outside all limits. So none gets there but the names of functions, which make a backtrace
//! readable: few, short, and ready to be shown.

use std::fmt::{self, Write};

use wasm_encoder::{ComponentSectionId, NameMap, NameSection, RawSection, Section};
use wasmparser::{Encoding, KnownCustom, Name, NameSectionReader, Parser, Payload};

use stockade_text::is_unprintable;

/// Names of functions that are kept of a component, in all of its modules. Componentised Python has some 20,000.
const MAX_NAMES: usize = 200_000;
/// Bytes that are kept of a name.
const MAX_NAME: usize = 256;
/// Bytes of all names that are kept.
const MAX_BYTES: usize = 8 << 20;
/// Bytes of a name that is demangled. Compilers hash what would be longer.
const MAX_MANGLED: usize = 8 << 10;

/// The component without its custom sections and those of all modules and components in it. Of the names of functions, some
/// are kept.
///
/// # Errors
/// Where the sections of `wasm` cannot be told apart.
pub fn without_custom_sections(wasm: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut names = Names::default();
    // What is being read, from the outermost component inwards.
    let mut open: Vec<Part> = Vec::new();
    let mut done = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match &payload {
            Payload::Version {
                encoding, range, ..
            } => {
                let header = wasm.get(range.clone()).unwrap_or_default();
                open.push(Part {
                    encoding: *encoding,
                    bytes: header.to_vec(),
                });
            }
            // What is in them follows.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {}
            Payload::CustomSection(section) => {
                if let Some(part) = open.last_mut()
                    && part.encoding == Encoding::Module
                    && let KnownCustom::Name(section) = section.as_known()
                    && let Some(section) = names.of_functions(section)
                {
                    section.append_to(&mut part.bytes);
                }
            }
            Payload::End(_) => {
                let Some(part) = open.pop() else { break };
                match open.last_mut() {
                    Some(around) => part.as_section().append_to(&mut around.bytes),
                    None => done = part.bytes,
                }
            }
            payload => {
                if let (Some(part), Some((id, range))) = (open.last_mut(), payload.as_section()) {
                    let data = wasm.get(range).unwrap_or_default();
                    RawSection { id, data }.append_to(&mut part.bytes);
                }
            }
        }
    }
    Ok(done)
}

/// A module or a component that has not been read to its end.
struct Part {
    encoding: Encoding,
    /// What has been kept of it so far.
    bytes: Vec<u8>,
}

impl Part {
    /// The section that it is of the component around it.
    fn as_section(&self) -> RawSection<'_> {
        let id = match self.encoding {
            Encoding::Module => ComponentSectionId::CoreModule,
            Encoding::Component => ComponentSectionId::Component,
        };
        RawSection {
            id: id as u8,
            data: &self.bytes,
        }
    }
}

/// How many more names may be kept.
struct Names {
    count: usize,
    bytes: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            count: MAX_NAMES,
            bytes: MAX_BYTES,
        }
    }
}

impl Names {
    /// What is kept of a section, if anything. What is wrong with it costs the names behind that, nothing else.
    fn of_functions(&mut self, section: NameSectionReader<'_>) -> Option<NameSection> {
        let mut kept = NameMap::new();
        for subsection in section {
            let Ok(subsection) = subsection else { break };
            let Name::Function(functions) = subsection else {
                continue;
            };
            for function in functions {
                let Ok(function) = function else { break };
                let name = demangled(function.name);
                let left = self.bytes.checked_sub(name.len());
                let (Some(count), Some(bytes)) = (self.count.checked_sub(1), left) else {
                    break;
                };
                (self.count, self.bytes) = (count, bytes);
                kept.append(function.index, &name);
            }
        }
        if kept.is_empty() {
            return None;
        }
        let mut section = NameSection::new();
        section.functions(&kept);
        Some(section)
    }
}

/// A function's name as people read it, cut where it is long.
fn demangled(name: &str) -> String {
    let mut bounded = BoundedName(String::new());
    // Ends with an error where there is no more room, which is no loss.
    let _ = match rustc_demangle::try_demangle(name) {
        Ok(text) if name.len() <= MAX_MANGLED => write!(bounded, "{text:#}"),
        _ => bounded.write_str(name),
    };
    bounded.0
}

/// At most [`MAX_NAME`] bytes, none of which a terminal would obey.
struct BoundedName(String);

impl Write for BoundedName {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|character| {
            let character = match is_unprintable(character) {
                true => char::REPLACEMENT_CHARACTER,
                false => character,
            };
            if self.0.len() + character.len_utf8() > MAX_NAME {
                return Err(fmt::Error);
            }
            self.0.push(character);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, Component, CustomSection, Function, FunctionSection, Module, ModuleSection,
        NestedComponentSection, TypeSection,
    };

    use super::*;

    /// A module of `functions` functions with these names.
    fn module(functions: u32, names: &[(u32, &str)]) -> Module {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut declared = FunctionSection::new();
        let mut code = CodeSection::new();
        for _ in 0..functions {
            declared.function(0);
            let mut body = Function::new([]);
            body.instructions().end();
            code.function(&body);
        }
        let mut map = NameMap::new();
        for (index, name) in names {
            map.append(*index, name);
        }
        let mut section = NameSection::new();
        section.module("the module's own");
        section.functions(&map);
        let mut module = Module::new();
        module
            .section(&custom(".debug_info"))
            .section(&types)
            .section(&declared)
            .section(&custom("producers"))
            .section(&code)
            .section(&section)
            .section(&custom(".debug_abbrev"));
        module
    }

    fn custom(name: &str) -> CustomSection<'_> {
        CustomSection {
            name: name.into(),
            data: b"secret"[..].into(),
        }
    }

    fn component(module: &Module) -> Vec<u8> {
        let mut inner = Component::new();
        inner
            .section(&ModuleSection(module))
            .section(&custom("inner"));
        let mut component = Component::new();
        component
            .section(&custom("component-name"))
            .section(&NestedComponentSection(&inner))
            .section(&ModuleSection(module))
            .section(&custom("name"));
        component.finish()
    }

    /// The custom sections of all parts, and the names of functions.
    fn customs(wasm: &[u8]) -> (Vec<String>, Vec<(u32, String)>) {
        let mut sections = Vec::new();
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::CustomSection(section) = payload.unwrap() {
                sections.push(section.name().to_owned());
                if let KnownCustom::Name(reader) = section.as_known() {
                    for subsection in reader {
                        let Name::Function(functions) = subsection.unwrap() else {
                            panic!("more than names of functions");
                        };
                        for naming in functions {
                            let naming = naming.unwrap();
                            names.push((naming.index, naming.name.to_owned()));
                        }
                    }
                }
            }
        }
        (sections, names)
    }

    #[test]
    fn nothing_but_names_of_functions_is_left() {
        let wasm = component(&module(
            2,
            &[(1, "_ZN4core9panicking5panic17h0123456789abcdefE")],
        ));
        let bare = without_custom_sections(&wasm).unwrap();
        wasmparser::Validator::new().validate_all(&bare).unwrap();
        let (sections, names) = customs(&bare);
        assert_eq!(sections, ["name", "name"]);
        let name = (1, "core::panicking::panic".to_owned());
        assert_eq!(names, [name.clone(), name]);
        assert!(!bare.windows(6).any(|bytes| bytes == b"secret"));
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        let mut without = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        without.section(&types);
        let wasm = component(&without);
        let once = without_custom_sections(&wasm).unwrap();
        assert_eq!(without_custom_sections(&once).unwrap(), once);
        let mut inner = Component::new();
        inner.section(&ModuleSection(&without));
        let mut expected = Component::new();
        expected
            .section(&NestedComponentSection(&inner))
            .section(&ModuleSection(&without));
        assert_eq!(once, expected.finish());
    }

    #[test]
    fn names_are_short_and_harmless() {
        let long = "n".repeat(90_000);
        let names = [
            (0, &*long),
            (1, "\u{1b}[31mred\n    at fake"),
            (2, "öffnen"),
        ];
        let bare = without_custom_sections(&component(&module(3, &names))).unwrap();
        let (_, names) = customs(&bare);
        assert_eq!(names[0].1, "n".repeat(MAX_NAME));
        assert_eq!(names[1].1, "\u{fffd}[31mred\u{fffd}    at fake");
        assert_eq!(names[2].1, "öffnen");
    }

    #[test]
    fn names_are_few() {
        let name = "x".repeat(MAX_NAME);
        let all: Vec<_> = (0..40_000).map(|index| (index, &*name)).collect();
        let bare = without_custom_sections(&component(&module(1, &all))).unwrap();
        assert_eq!(customs(&bare).1.len(), MAX_BYTES / MAX_NAME);
        let all: Vec<_> = (0..150_000).map(|index| (index, "")).collect();
        let bare = without_custom_sections(&component(&module(1, &all))).unwrap();
        assert_eq!(customs(&bare).1.len(), MAX_NAMES);
    }

    #[test]
    fn demangled_names_are_short() {
        // A function with a thousand types.
        let name = demangled(&format!("_RINvC1a1b{}E", "h".repeat(1_000)));
        assert!(name.starts_with("a::b::<u8, u8"), "{name}");
        assert!(name.len() <= MAX_NAME);
        let name = demangled(&format!("_RINvC1a1b{}E", "h".repeat(MAX_MANGLED)));
        assert!(name.starts_with("_RINvC1a1bhh"), "{name}");
    }

    #[test]
    fn broken_names_are_left_out() {
        let mut component = Component::new();
        let mut module = module(1, &[(0, "good")]);
        module.section(&CustomSection {
            name: "name".into(),
            data: [1, 0xff, 0xff, 0xff, 0x0f, 3, 0, 0xff, 0xff][..].into(),
        });
        component.section(&ModuleSection(&module));
        let bare = without_custom_sections(&component.finish()).unwrap();
        assert_eq!(customs(&bare).1, [(0, "good".to_owned())]);
    }

    #[test]
    fn broken_components_are_errors() {
        let wasm = component(&module(1, &[(0, "f")]));
        for end in 8..wasm.len() {
            // Where a section ends, a component may.
            if let Ok(bare) = without_custom_sections(&wasm[..end]) {
                assert!(bare.len() <= wasm.len());
            }
        }
        assert!(without_custom_sections(&wasm[..wasm.len() - 3]).is_err());
    }
}
