//! What one core module of a component keeps between two calls, and a way to reach it.

use std::ops::Range;

use wasm_encoder::{ExportKind, ExportSection, RawSection, SectionId, ValType};
use wasmparser::{ExternalKind, FunctionBody, GlobalType, Operator, Parser, Payload, TypeRef};

use crate::NotRestorable;
use crate::names::RESERVED;

/// The state of an instance of a module, and the module with all of it exported.
pub(crate) struct CoreModule {
    /// The types of its own globals that can change, by the order of their exports.
    pub(crate) globals: Vec<ValType>,
    /// Its own memories.
    pub(crate) memories: u32,
    /// The bytes, with exports for the above.
    pub(crate) wasm: Vec<u8>,
}

/// The export by which the helper reaches a global.
pub(crate) fn global_export(index: u32) -> String {
    format!("{RESERVED}global-{index}")
}

/// The same for a memory.
pub(crate) fn memory_export(index: u32) -> String {
    format!("{RESERVED}memory-{index}")
}

impl CoreModule {
    /// Reads a module that has been validated.
    ///
    /// # Errors
    /// What its instances may change that cannot be brought back.
    pub(crate) fn read(wasm: &[u8]) -> Result<Self, NotRestorable> {
        let mut contents = Contents::default();
        for payload in Parser::new(0).parse_all(wasm) {
            contents.add(payload?)?;
        }
        Ok(Self {
            wasm: contents.with_exports(wasm)?,
            globals: contents.globals.iter().map(|(_, kind)| *kind).collect(),
            memories: contents.memories.len() as u32,
        })
    }
}

/// What matters here of a module, while it is being read.
#[derive(Default)]
struct Contents<'a> {
    all_globals: u32,
    globals: Vec<(u32, ValType)>,
    all_memories: u32,
    memories: Vec<u32>,
    exports: Vec<wasmparser::Export<'a>>,
    sections: Vec<(u8, Range<usize>)>,
}

impl<'a> Contents<'a> {
    fn add(&mut self, payload: Payload<'a>) -> Result<(), NotRestorable> {
        if let Some(section) = payload.as_section() {
            self.sections.push(section);
        }
        match payload {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    self.import(import?.ty);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory?;
                    if memory.memory64 || memory.shared || memory.page_size_log2.is_some() {
                        return Err(NotRestorable::Memory);
                    }
                    self.memories.push(self.all_memories);
                    self.all_memories += 1;
                }
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    self.global(global?.ty)?;
                }
            }
            Payload::ExportSection(exports) => {
                self.exports = exports.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionEntry(body) => check_code(&body)?,
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, kind: TypeRef) {
        match kind {
            TypeRef::Global(_) => self.all_globals += 1,
            TypeRef::Memory(_) => self.all_memories += 1,
            _ => {}
        }
    }

    fn global(&mut self, kind: GlobalType) -> Result<(), NotRestorable> {
        let index = self.all_globals;
        self.all_globals += 1;
        if !kind.mutable {
            return Ok(());
        }
        let content = match kind.content_type {
            _ if kind.shared => return Err(NotRestorable::Global),
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            wasmparser::ValType::V128 => ValType::V128,
            wasmparser::ValType::Ref(_) => return Err(NotRestorable::Global),
        };
        self.globals.push((index, content));
        Ok(())
    }

    /// The module with an export section that has more in it, or has been added.
    fn with_exports(&self, wasm: &[u8]) -> Result<Vec<u8>, NotRestorable> {
        let mut exports = Some(self.exports()?);
        let mut module = wasm_encoder::Module::new();
        for (id, range) in &self.sections {
            if follows_exports(*id)
                && let Some(exports) = exports.take()
            {
                module.section(&exports);
            }
            if *id != SectionId::Export as u8 {
                let data = wasm.get(range.clone()).unwrap_or_default();
                module.section(&RawSection { id: *id, data });
            }
        }
        if let Some(exports) = exports {
            module.section(&exports);
        }
        Ok(module.finish())
    }

    fn exports(&self) -> Result<ExportSection, NotRestorable> {
        let mut section = ExportSection::new();
        for export in &self.exports {
            if export.name.starts_with(RESERVED) {
                return Err(NotRestorable::Export);
            }
            let kind = match export.kind {
                ExternalKind::Func => ExportKind::Func,
                ExternalKind::Table => ExportKind::Table,
                ExternalKind::Memory => ExportKind::Memory,
                ExternalKind::Global => ExportKind::Global,
                ExternalKind::Tag | ExternalKind::FuncExact => return Err(NotRestorable::Export),
            };
            section.export(export.name, kind, export.index);
        }
        for (order, (index, _)) in (0..).zip(&self.globals) {
            section.export(&global_export(order), ExportKind::Global, *index);
        }
        for (order, index) in (0..).zip(&self.memories) {
            section.export(&memory_export(order), ExportKind::Memory, *index);
        }
        Ok(section)
    }
}

/// Whether a section comes after that of the exports, in the order that the specification demands.
fn follows_exports(id: u8) -> bool {
    const FOLLOWING: [SectionId; 5] = [
        SectionId::Start,
        SectionId::Element,
        SectionId::DataCount,
        SectionId::Code,
        SectionId::Data,
    ];
    FOLLOWING.iter().any(|following| *following as u8 == id)
}

/// Tables and segments cannot be brought back, so code must not change them. What is in a table when an instance has
/// started stays there.
fn check_code(body: &FunctionBody<'_>) -> Result<(), NotRestorable> {
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        match operators.read()? {
            Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. } => return Err(NotRestorable::Table),
            Operator::DataDrop { .. } | Operator::ElemDrop { .. } => {
                return Err(NotRestorable::Segment);
            }
            Operator::MemoryDiscard { .. } => return Err(NotRestorable::Memory),
            _ => {}
        }
    }
    Ok(())
}
