//! Why instances are not restored.

use serde::{Deserialize, Serialize};

/// Why instances of a component cannot be restored. Each event gets a new one then, which takes longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NotRestorable {
    /// Its code changes a table.
    #[error("its code changes a table")]
    Table,
    /// Its code drops segments.
    #[error("its code drops data or element segments")]
    Segment,
    /// A global that can change holds a reference.
    #[error("a global that can change holds a reference")]
    Global,
    /// A memory has 64-bit addresses, is shared or has pages of its own size.
    #[error("a memory has 64-bit addresses, is shared or has pages of another size")]
    Memory,
    /// A core module exports something unusual.
    #[error("a core module exports a tag, or a name that begins with `stockade-`")]
    Export,
    /// Core modules are in components within it, imported, exported or aliased.
    #[error("it is composed of components, or has core modules of others")]
    Nested,
    /// It has resources of its own, or asynchronous functions.
    #[error("it makes resources of its own, or uses asynchronous functions")]
    Builtin,
    /// It does not validate. The compiler says what is wrong with it.
    #[error("it is not valid")]
    Invalid,
    /// This machine does not tell pages that were written.
    #[error(
        "the kernel does not say which pages have been written (Linux 6.7 does, with pages of 4 KiB)"
    )]
    Kernel,
    /// Its start has used WASI, and may keep what should be another one for each event.
    #[error("its start asks WASI for something, such as randomness or the time")]
    Start,
    /// It has written much when it has started, has no room for a copy of that, or has very large memories.
    #[error("its start writes over a megabyte, or its memories have over 256 MiB")]
    Size,
}

impl From<wasmparser::Error> for NotRestorable {
    fn from(_: wasmparser::Error) -> Self {
        Self::Invalid
    }
}
