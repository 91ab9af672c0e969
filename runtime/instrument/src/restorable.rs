//! Gives a component two more functions, by which the host saves what its instances keep and brings it back.
//!
//! The component's own code stays as it is: its core modules export what they have to themselves, and a small module is
//! added that imports it. Runs where components are compiled, on hostile input, and fails closed: what is not understood
//! is left alone.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection,
    ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentSectionId,
    ComponentTypeRef, ComponentTypeSection, ComponentValType, ExportKind, InstanceSection,
    ModuleArg, PrimitiveValType, RawSection, ValType,
};
use wasmparser::{
    CanonicalFunction, CanonicalOption as ParsedOption, Encoding, Instance, Parser, Payload,
    ValidPayload, Validator, WasmFeatures, types::TypesRef,
};

use crate::NotRestorable;
use crate::names::{FOUND_MEMORY, RESERVED, RESTORE, SAVE};
use crate::{
    core_module::{CoreModule, global_export, memory_export},
    helper::{self, helper},
};

/// A component uses a name that the host has for itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("uses the name `{0}`: names that begin with `{RESERVED}` are the host's")]
pub struct ReservedName(String);

/// A component whose instances can be restored, or why they cannot.
///
/// # Errors
/// [`ReservedName`]: such a component could pretend to be what this makes.
pub fn instrument(wasm: &[u8]) -> Result<Result<Vec<u8>, NotRestorable>, ReservedName> {
    match reserved_name(wasm) {
        Ok(None) => Ok(instrument_valid(wasm)),
        Ok(Some(name)) => Err(ReservedName(name)),
        Err(_) => Ok(Err(NotRestorable::Invalid)),
    }
}

fn reserved_name(wasm: &[u8]) -> wasmparser::Result<Option<String>> {
    // Names that differ in case alone are the same to the component model.
    let is_reserved = |name: &&str| {
        let start = name.as_bytes().get(..RESERVED.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(RESERVED.as_bytes()))
    };
    for payload in Parser::new(0).parse_all(wasm) {
        let mut names = Vec::new();
        match payload? {
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    names.push(import?.name.name);
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    names.push(export?.name.name);
                }
            }
            _ => {}
        }
        if let Some(name) = names.into_iter().find(is_reserved) {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
}

fn instrument_valid(wasm: &[u8]) -> Result<Vec<u8>, NotRestorable> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut outline = Outline::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        let validated = validator.payload(&payload)?;
        outline.add(wasm, payload)?;
        if outline.depth == 0
            && let ValidPayload::End(types) = validated
        {
            return outline.extended(types.as_ref());
        }
    }
    Err(NotRestorable::Invalid)
}

/// What matters here of a component, while it is being read.
#[derive(Default)]
struct Outline {
    /// How many components and modules are open.
    depth: usize,
    /// What has been read of the outermost one, its modules with more exports.
    component: Component,
    modules: Vec<CoreModule>,
    /// The module of each core instance; none where that only names things of others.
    instances: Vec<Option<u32>>,
}

impl Outline {
    fn add(&mut self, wasm: &[u8], payload: Payload<'_>) -> Result<(), NotRestorable> {
        match payload {
            Payload::Version { encoding, .. } => {
                if self.depth == 0 && encoding == Encoding::Module {
                    return Err(NotRestorable::Invalid);
                }
                self.depth += 1;
            }
            Payload::End(_) => self.depth -= 1,
            _ if self.depth == 1 => self.add_outermost(wasm, payload)?,
            Payload::ModuleSection { .. }
            | Payload::InstanceSection(_)
            | Payload::ComponentCanonicalSection(_) => return Err(NotRestorable::Nested),
            _ => {}
        }
        Ok(())
    }

    fn add_outermost(&mut self, wasm: &[u8], payload: Payload<'_>) -> Result<(), NotRestorable> {
        let section = payload.as_section().ok_or(NotRestorable::Invalid)?;
        let data = wasm.get(section.1).unwrap_or_default();
        match payload {
            Payload::ModuleSection { .. } => {
                let module = CoreModule::read(data)?;
                self.component.section(&RawSection {
                    id: section.0,
                    data: &module.wasm,
                });
                self.modules.push(module);
                return Ok(());
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    self.instances.push(match instance? {
                        Instance::Instantiate { module_index, .. } => Some(module_index),
                        Instance::FromExports(_) => None,
                    });
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    check_function(&function?)?;
                }
            }
            _ => {}
        }
        self.component.section(&RawSection {
            id: section.0,
            data,
        });
        Ok(())
    }

    /// The component with the helper, and with the functions that the host calls.
    fn extended(mut self, types: TypesRef<'_>) -> Result<Vec<u8>, NotRestorable> {
        // A module that is imported, exported or aliased has an index of its own. An index that means another thing here than in
        // the component would leave state behind.
        let modules = types.module_count() as usize;
        let instances = types.core_instance_count() as usize;
        if modules != self.modules.len() || instances != self.instances.len() {
            return Err(NotRestorable::Nested);
        }
        let mut found = State::default();
        for (instance, module) in (0..).zip(&self.instances) {
            if let Some(module) = module {
                let module = self.modules.get(*module as usize);
                found.add(instance, module.ok_or(NotRestorable::Nested)?);
            }
        }
        found.append(&mut self.component, types);
        Ok(self.component.finish())
    }
}

/// What all core instances of a component keep, as aliases of their exports.
#[derive(Default)]
struct State {
    aliases: ComponentAliasSection,
    globals: Vec<ValType>,
    memories: u32,
}

impl State {
    fn add(&mut self, instance: u32, module: &CoreModule) {
        for (index, kind) in (0..).zip(&module.globals) {
            self.aliases.alias(Alias::CoreInstanceExport {
                instance,
                kind: ExportKind::Global,
                name: &global_export(index),
            });
            self.globals.push(*kind);
        }
        for index in 0..module.memories {
            self.aliases.alias(Alias::CoreInstanceExport {
                instance,
                kind: ExportKind::Memory,
                name: &memory_export(index),
            });
            self.memories += 1;
        }
    }

    /// Adds the helper to `component`. What is new there has the indices from those of `types` on.
    fn append(&self, component: &mut Component, types: TypesRef<'_>) {
        let bytes = types.component_type_count();
        let (found_type, save_type, restore_type) = (bytes + 1, bytes + 2, bytes + 3);
        let mut definitions = ComponentTypeSection::new();
        definitions.defined_type().list(PrimitiveValType::U8);
        let word = ComponentValType::Primitive(PrimitiveValType::U32);
        definitions
            .function()
            .params([
                ("memory", word),
                ("pages", word),
                ("bytes", ComponentValType::Type(bytes)),
            ])
            .result(None);
        definitions
            .function()
            .params::<_, ComponentValType>([])
            .result(None);
        definitions
            .function()
            .params::<_, ComponentValType>([])
            .result(Some(ComponentValType::Primitive(PrimitiveValType::Bool)));

        let found = types.component_function_count();
        let mut imports = ComponentImportSection::new();
        imports.import(FOUND_MEMORY, ComponentTypeRef::Func(found_type));

        let first_memory = types.memory_count();
        let mut lowered = CanonicalFunctionSection::new();
        for index in 0..self.memories {
            lowered.lower(found, [CanonicalOption::Memory(first_memory + index)]);
        }

        let first_function = types.function_count();
        let helper = helper(&self.globals, self.memories);
        let state = types.core_instance_count();
        let mut instances = InstanceSection::new();
        instances.export_items(self.helper_imports(types));
        let arguments = [(helper::IMPORTS, ModuleArg::Instance(state))];
        instances.instantiate(types.module_count(), arguments);

        let mut functions = ComponentAliasSection::new();
        for name in [helper::SAVE, helper::RESTORE] {
            functions.alias(Alias::CoreInstanceExport {
                instance: state + 1,
                kind: ExportKind::Func,
                name,
            });
        }
        let save = first_function + self.memories;
        let mut lifted = CanonicalFunctionSection::new();
        lifted.lift(save, save_type, []);
        lifted.lift(save + 1, restore_type, []);

        let mut exports = ComponentExportSection::new();
        exports.export(SAVE, ComponentExportKind::Func, found + 1, None);
        exports.export(RESTORE, ComponentExportKind::Func, found + 2, None);

        component
            .section(&definitions)
            .section(&imports)
            .section(&self.aliases)
            .section(&lowered)
            .section(&RawSection {
                id: ComponentSectionId::CoreModule as u8,
                data: &helper,
            })
            .section(&instances)
            .section(&functions)
            .section(&lifted)
            .section(&exports);
    }

    fn helper_imports(&self, types: TypesRef<'_>) -> Vec<(String, ExportKind, u32)> {
        let globals = (0..).zip(&self.globals).map(|(index, _)| {
            let name = helper::global_import(index);
            (name, ExportKind::Global, types.global_count() + index)
        });
        let memories = (0..self.memories).map(|index| {
            let name = helper::memory_import(index);
            (name, ExportKind::Memory, types.memory_count() + index)
        });
        let found = (0..self.memories).map(|index| {
            let name = helper::found_import(index);
            (name, ExportKind::Func, types.function_count() + index)
        });
        globals.chain(memories).chain(found).collect()
    }
}

/// Only the host makes handles, and it notices; a guest that made some itself could keep something in their numbers.
fn check_function(function: &CanonicalFunction) -> Result<(), NotRestorable> {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            let is_usual = |option: &ParsedOption| {
                !matches!(
                    option,
                    ParsedOption::Async | ParsedOption::Callback(_) | ParsedOption::Gc
                )
            };
            match options.iter().all(is_usual) {
                true => Ok(()),
                false => Err(NotRestorable::Builtin),
            }
        }
        CanonicalFunction::ResourceDrop { .. } => Ok(()),
        _ => Err(NotRestorable::Builtin),
    }
}
