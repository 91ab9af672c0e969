//! Brings an instance back to where it was when it had started, which is as good as a new one and costs a tenth.
//!
//! All that an instance can keep from one event to the next is in its memories, globals, tables, dropped segments and
//! handles; a component whose code changes tables or drops segments is not restored ([`instrument`]), and neither is an
//! instance whose memory has grown or that has held a handle. Globals are saved and restored by a module that is added to
//! the component, memories by the host: the kernel knows which pages have been written since the instance was made.
//!
//! Whatever is not certain is no reason to guess: the instance is dropped and the next event gets a new one.
//!
//! # Invariants
//! - Nothing of the guest's own runs while an instance is saved or restored.
//! - A page is restored if it has been written, by whomever: the kernel counts, not the guest.

mod base_image;
mod faults;

use std::sync::OnceLock;

use futures::FutureExt;
use wasmtime::{
    Store, StoreContextMut,
    component::{
        Component, ComponentExportIndex, ComponentNamedList, Instance, Lift, Linker, TypedFunc,
        WasmList,
    },
};

use super::{deadline::PollId, store};
use crate::{
    host::StoreCtx,
    pages::{Memory, Page},
};
use base_image::BaseImage;
use faults::Faults;
use stockade_instrument::{FOUND_MEMORY, NotRestorable, RESTORE, SAVE};

/// Pages that may have been written in all of an instance's memories, by its start and its events. One that has written
/// more is dropped, and its pages go back to the system.
const MAX_WRITTEN: usize = 256;
/// Epochs that saving and restoring may take: no limit, since it is the host's own code, which ends.
const NO_DEADLINE: u64 = 1 << 40;
/// Bytes of a page of WebAssembly, which is another one than the kernel's.
const WASM_PAGE: usize = 64 << 10;

/// The functions that were added to a component.
pub(super) struct Functions {
    save: ComponentExportIndex,
    restore: ComponentExportIndex,
    /// Made from the first instance of which there is a snapshot.
    image: OnceLock<BaseImage>,
}

/// A page of a memory, both by number.
type Place = (usize, usize);

/// What an instance had when it had started.
pub(super) struct Snapshot {
    memories: Vec<Memory>,
    /// Pages that the start has written, in order.
    started: Vec<(Place, Box<Page>)>,
    /// Pages that have been written, by the start or by an event, as of `seen`; in order.
    written: Vec<Place>,
    seen: Option<Seen>,
    restore: TypedFunc<(), (bool,)>,
}

/// When the pages that have been written were looked for last: in this poll, before which the thread had so many faults.
#[derive(Clone, Copy)]
struct Seen {
    poll: PollId,
    faults: Faults,
}

impl Functions {
    /// Finds them in a component that [`instrument`] has made. Another one's own must not be taken for them.
    pub(super) fn of(component: &Component) -> Option<Self> {
        let function = |name| component.get_export_index(None, name);
        Some(Self {
            save: function(SAVE)?,
            restore: function(RESTORE)?,
            image: OnceLock::new(),
        })
    }

    /// Saves what `instance`, which has just started, has; or says why that cannot be.
    ///
    /// # Errors
    /// Those of wasmtime, after which the instance must not be used.
    pub(super) fn take(
        &self,
        store: &mut Store<StoreCtx>,
        instance: &Instance,
    ) -> wasmtime::Result<Result<Snapshot, NotRestorable>> {
        // It may keep a secret, or a time, that should be another one for each event.
        if store.data().has_asked_wasi() {
            return Ok(Err(NotRestorable::Start));
        }
        let save = instance.get_typed_func::<(), ()>(&mut *store, self.save)?;
        let restore = instance.get_typed_func(&mut *store, self.restore)?;
        let fuel = store.hostcall_fuel();
        // The host looks at the whole memory and copies nothing.
        store.set_hostcall_fuel(usize::MAX);
        store.data_mut().found_memories = Some(Vec::new());
        let saved = call(store, save);
        store.set_hostcall_fuel(fuel);
        let found = store.data_mut().found_memories.take();
        saved?;
        let found: Option<Vec<_>> = found.unwrap_or_default().into_iter().collect();
        let Some(memories) = found else {
            return Ok(Err(NotRestorable::Size));
        };
        let Some(written) = written(&memories) else {
            return Ok(Err(NotRestorable::Size));
        };
        if !store.data_mut().keep(written.len() * size_of::<Page>()) {
            return Ok(Err(NotRestorable::Size));
        }
        store.data_mut().note_memory();
        let started = copies(&memories, &written);
        self.image.get_or_init(|| image(&memories, &written));
        Ok(Ok(Snapshot {
            memories,
            started,
            written,
            seen: None,
            restore,
        }))
    }

    /// Gives an instance back what it had when `snapshot` was taken. The store's own part is [`StoreCtx::renew`].
    ///
    /// `false` where it could not; such an instance must not be used again. `began` is the poll in which the instance has
    /// been given its event.
    pub(super) fn restore(
        &self,
        store: &mut Store<StoreCtx>,
        snapshot: &mut Snapshot,
        began: Option<PollId>,
    ) -> bool {
        // First, for it says whether a memory has grown: such a memory may have moved.
        if !matches!(call(store, snapshot.restore), Ok((true,))) || !snapshot.look(began) {
            return false;
        }
        let restore_page = |place: &Place| {
            let memory = snapshot.memories.get(place.0);
            #[expect(unsafe_code, reason = "writes memory by its address")]
            // SAFETY: the instance lives as long as its store, which is borrowed here, so no guest runs.
            let bytes = memory.and_then(|memory| unsafe { memory.page(place.1) });
            let image = self.image.get();
            bytes.zip(image).is_some_and(|(bytes, image)| {
                snapshot.restore_started(*place, bytes) || image.restore(*place, bytes)
            })
        };
        snapshot.written.iter().all(restore_page)
    }
}

impl Snapshot {
    /// Finds the pages that have been written, if there can be others than before. `false` where they are too many.
    fn look(&mut self, began: Option<PollId>) -> bool {
        let faults = Faults::of_thread();
        let now = PollId::current();
        let nothing_new = matches!(
            (self.seen, began, now, faults),
            // The guest has run on this thread all the time, and the thread has not got a page since it was here last.
            (Some(seen), Some(began), Some(now), Some(faults))
                if began == now && now.has_thread_of(seen.poll) && faults == seen.faults
        );
        if !nothing_new {
            let Some(written) = written(&self.memories) else {
                return false;
            };
            // Whatever has been written once is restored for good, even if it looks untouched: the kernel may have found
            // that a page is like another one.
            self.written.extend(written);
            self.written.sort_unstable();
            self.written.dedup();
        }
        self.seen = now.zip(faults).map(|(poll, faults)| Seen { poll, faults });
        true
    }

    /// Restores a page that the start had written.
    fn restore_started(&self, place: Place, bytes: &mut Page) -> bool {
        let found = self
            .started
            .binary_search_by_key(&place, |(place, _)| *place);
        let page = found.ok().and_then(|index| self.started.get(index));
        if let Some((_, page)) = page {
            bytes.copy_from_slice(&**page);
        }
        page.is_some()
    }
}

/// Offers what a component's [`SAVE`] calls.
pub(super) fn add_to_linker(linker: &mut Linker<StoreCtx>) -> wasmtime::Result<()> {
    linker.root().func_wrap(
        FOUND_MEMORY,
        |mut store: StoreContextMut<'_, StoreCtx>, found: (u32, u32, WasmList<u8>)| {
            let (_, pages, bytes) = found;
            let bytes = bytes.as_le_slice(&store);
            let is_all = bytes.len() == pages as usize * WASM_PAGE;
            let memory = is_all.then(|| Memory::new(bytes)).flatten();
            if let Some(memories) = &mut store.data_mut().found_memories {
                memories.push(memory);
            }
            Ok(())
        },
    )
}

/// Calls a function of the helper, which neither waits nor yields.
fn call<R>(store: &mut Store<StoreCtx>, function: TypedFunc<(), R>) -> wasmtime::Result<R>
where
    R: ComponentNamedList + Lift + 'static,
{
    store.set_epoch_deadline(NO_DEADLINE);
    let called = function.call_async(&mut *store, ()).now_or_never();
    store::arm(store);
    called.unwrap_or_else(|| Err(wasmtime::format_err!("saving or restoring has waited")))
}

/// The pages that have been written, in order; none where they are too many.
fn written(memories: &[Memory]) -> Option<Vec<Place>> {
    let mut written = Vec::new();
    for (number, memory) in memories.iter().enumerate() {
        let left = MAX_WRITTEN - written.len();
        memory
            .written(left, |page| written.push((number, page)))
            .ok()?;
    }
    Some(written)
}

/// What these pages have now, in an instance whose store the caller has borrowed.
fn copies(memories: &[Memory], places: &[Place]) -> Vec<(Place, Box<Page>)> {
    let copy = |place: &Place| {
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: the instance is alive, and no guest runs in it.
        let page = unsafe { memories.get(place.0)?.page(place.1) }?;
        Some((*place, Box::new(*page)))
    };
    places.iter().filter_map(copy).collect()
}

/// What these memories have now but in the pages that have been `written`, as for [`copies`].
fn image(memories: &[Memory], written: &[Place]) -> BaseImage {
    let mut image = BaseImage::default();
    for (number, memory) in memories.iter().enumerate() {
        let is_written = |page| written.binary_search(&(number, page)).is_ok();
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: the instance is alive, and no guest runs in it.
        unsafe {
            image.add(memory, is_written);
        }
    }
    image
}

#[cfg(test)]
mod tests;
