//! The module that is added to a component: it saves the globals of the component's instances and brings them back.

use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, ImportSection, MemoryType, Module, TypeSection, ValType,
};
/// The instance that the helper imports everything from.
pub(crate) const IMPORTS: &str = "state";
/// Its exports.
pub(crate) const SAVE: &str = "save";
pub(crate) const RESTORE: &str = "restore";

/// From this size on a memory is too large for a list of the canonical ABI, and an empty one is shown instead; in pages of
/// 64 KiB.
const TOO_LARGE: i32 = 4096;

pub(crate) fn global_import(index: u32) -> String {
    format!("global-{index}")
}

pub(crate) fn memory_import(index: u32) -> String {
    format!("memory-{index}")
}

pub(crate) fn found_import(index: u32) -> String {
    format!("found-{index}")
}

/// Types of functions, by their place in the type section.
const SAVE_TYPE: u32 = 0;
const RESTORE_TYPE: u32 = 1;
const FOUND_TYPE: u32 = 2;

/// A helper for so many memories and these globals.
///
/// `save` keeps all globals and sizes and calls `found-M` with the place, the pages and the bytes of each memory; `restore`
/// sets the globals to what was kept, and gives 1 where all memories have the size that they had.
pub(crate) fn helper(globals: &[ValType], memories: u32) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([], [ValType::I32]);
    types.ty().function([ValType::I32; 4], []);

    let mut imports = ImportSection::new();
    let mut kept = GlobalSection::new();
    for (index, kind) in (0..).zip(globals) {
        let global = GlobalType {
            val_type: *kind,
            mutable: true,
            shared: false,
        };
        imports.import(IMPORTS, &global_import(index), EntityType::Global(global));
        kept.global(global, &zero(*kind));
    }
    for index in 0..memories {
        imports.import(IMPORTS, &memory_import(index), ANY_MEMORY);
        kept.global(SIZE, &zero(SIZE.val_type));
    }
    for index in 0..memories {
        let found = EntityType::Function(FOUND_TYPE);
        imports.import(IMPORTS, &found_import(index), found);
    }

    let mut functions = FunctionSection::new();
    functions.function(SAVE_TYPE).function(RESTORE_TYPE);

    let globals = globals.len() as u32;
    let mut exports = ExportSection::new();
    exports.export(SAVE, ExportKind::Func, memories).export(
        RESTORE,
        ExportKind::Func,
        memories + 1,
    );

    let mut code = CodeSection::new();
    code.function(&save(globals, memories))
        .function(&restore(globals, memories));

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&kept)
        .section(&exports)
        .section(&code);
    module.finish()
}

/// What a copy begins with.
fn zero(kind: ValType) -> ConstExpr {
    match kind {
        ValType::I64 => ConstExpr::i64_const(0),
        ValType::F32 => ConstExpr::f32_const(0.0.into()),
        ValType::F64 => ConstExpr::f64_const(0.0.into()),
        ValType::V128 => ConstExpr::v128_const(0),
        ValType::I32 | ValType::Ref(_) => ConstExpr::i32_const(0),
    }
}

const ANY_MEMORY: MemoryType = MemoryType {
    minimum: 0,
    maximum: None,
    memory64: false,
    shared: false,
    page_size_log2: None,
};

const SIZE: GlobalType = GlobalType {
    val_type: ValType::I32,
    mutable: true,
    shared: false,
};

fn save(globals: u32, memories: u32) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    // The copies follow the originals, one for one; then come the sizes.
    for index in 0..globals {
        code.global_get(index).global_set(globals + index);
    }
    for index in 0..memories {
        let pages = 2 * globals + index;
        code.memory_size(index).global_set(pages);
        code.i32_const(index.cast_signed()).global_get(pages);
        code.i32_const(0);
        code.global_get(pages).i32_const(16).i32_shl().i32_const(0);
        code.global_get(pages)
            .i32_const(TOO_LARGE)
            .i32_lt_u()
            .select();
        code.call(index);
    }
    code.end();
    function
}

fn restore(globals: u32, memories: u32) -> Function {
    let mut function = Function::new([]);
    let mut code = function.instructions();
    for index in 0..globals {
        code.global_get(globals + index).global_set(index);
    }
    code.i32_const(1);
    for index in 0..memories {
        code.memory_size(index).global_get(2 * globals + index);
        code.i32_eq().i32_and();
    }
    code.end();
    function
}
