//! What an instance has after it has been restored, whatever its event has written, and wherever it ran.

use std::{pin::pin, sync::Arc, thread, time::Duration};

use futures::FutureExt;
use wasmtime::component::{ComponentNamedList, Lift, Lower};

use super::*;
use crate::{
    Fault,
    exports::Exports,
    host::Common,
    pages::{self, PAGE},
    testing::Component,
    within,
};

/// Two modules, the second one twice. `write` adds 1 to the first and the last byte of a page of the kernel's, and to a global.
/// `change` changes all other globals; `changed` has a bit for each of all globals that is not what it was at the start.
const GUEST: &str = r#"
  (core module $first
    (memory 64 65) (memory 2)
    (data (memory 1) (i32.const 0x1ffe) "data on two pages")
    (global $kept (mut i32) (i32.const 1))
    (global $i32 (mut i32) (i32.const 2)) (global $i64 (mut i64) (i64.const 3))
    (global $f32 (mut f32) (f32.const 4)) (global $f64 (mut f64) (f64.const 5))
    (global $v128 (mut v128) (v128.const i64x2 6 7))
    (func $start
      (i64.store 0 (i32.const 0x3000) (i64.const 8)) (i64.store 1 (i32.const 0x2ff8) (i64.const 9))
      (global.set $kept (i32.const 10)) (global.set $i64 (i64.const 11)))
    (start $start)
    (func (export "write") (param $memory i32) (param $page i32)
      (local $first i32) (local $last i32)
      (local.set $first (i32.mul (local.get $page) (i32.const 4096)))
      (local.set $last (i32.add (local.get $first) (i32.const 4095)))
      (global.set $kept (i32.add (global.get $kept) (i32.const 1)))
      (if (local.get $memory)
        (then
          (i32.store8 1 (local.get $first) (i32.add (i32.load8_u 1 (local.get $first)) (i32.const 1)))
          (i32.store8 1 (local.get $last) (i32.add (i32.load8_u 1 (local.get $last)) (i32.const 1))))
        (else
          (i32.store8 0 (local.get $first) (i32.add (i32.load8_u 0 (local.get $first)) (i32.const 1)))
          (i32.store8 0 (local.get $last) (i32.add (i32.load8_u 0 (local.get $last)) (i32.const 1))))))
    (func (export "change")
      (global.set $i32 (i32.const 12)) (global.set $i64 (i64.const 13)) (global.set $f32 (f32.const 14))
      (global.set $f64 (f64.const 15)) (global.set $v128 (v128.const i64x2 6 16)))
    (func (export "changed") (result i32)
      (i32.ne (global.get $kept) (i32.const 10))
      (i32.shl (i32.ne (global.get $i32) (i32.const 2)) (i32.const 1)) i32.or
      (i32.shl (i64.ne (global.get $i64) (i64.const 11)) (i32.const 2)) i32.or
      (i32.shl (f32.ne (global.get $f32) (f32.const 4)) (i32.const 3)) i32.or
      (i32.shl (f64.ne (global.get $f64) (f64.const 5)) (i32.const 4)) i32.or
      (i32.shl (v128.any_true (v128.xor (global.get $v128) (v128.const i64x2 6 7))) (i32.const 5)) i32.or)
    (func (export "grow") (drop (memory.grow 0 (i32.const 1)))))
  (core module $second
    (memory 2)
    (global $kept (mut i64) (i64.const 1))
    (data (i32.const 0x5000) "data")
    (func $start (i64.store (i32.const 0x1ff80) (i64.const 2)))
    (start $start)
    (func (export "write") (param $memory i32) (param $page i32)
      (local $first i32) (local $last i32)
      (local.set $first (i32.mul (local.get $page) (i32.const 4096)))
      (local.set $last (i32.add (local.get $first) (i32.const 4095)))
      (global.set $kept (i64.add (global.get $kept) (i64.const 1)))
      (i32.store8 (local.get $first) (i32.add (i32.load8_u (local.get $first)) (i32.const 1)))
      (i32.store8 (local.get $last) (i32.add (i32.load8_u (local.get $last)) (i32.const 1))))
    (func (export "changed") (result i32) (i64.ne (global.get $kept) (i64.const 1))))
  (core instance $one (instantiate $first))
  (core instance $two (instantiate $second))
  (core instance $three (instantiate $second))
  (func (export "write-one") (param "memory" u32) (param "page" u32) (canon lift (core func $one "write")))
  (func (export "write-two") (param "memory" u32) (param "page" u32) (canon lift (core func $two "write")))
  (func (export "write-three") (param "memory" u32) (param "page" u32) (canon lift (core func $three "write")))
  (func (export "changed-one") (result u32) (canon lift (core func $one "changed")))
  (func (export "changed-two") (result u32) (canon lift (core func $two "changed")))
  (func (export "changed-three") (result u32) (canon lift (core func $three "changed")))
  (func (export "change") (canon lift (core func $one "change")))
  (func (export "grow") (canon lift (core func $one "grow")))"#;

/// Pages of the smallest of its memories.
const PAGES: usize = 32;
/// Its memories.
const MEMORIES: usize = 4;

/// An instance.
struct Guest {
    store: Store<StoreCtx>,
    instance: Instance,
    exports: Arc<Exports>,
    common: Arc<Common>,
}

/// One that has been saved.
struct Saved {
    guest: Guest,
    snapshot: Snapshot,
    /// What its memories had then.
    contents: Vec<Vec<Page>>,
}

impl Component {
    fn start(&self) -> Guest {
        let mut store = store::new(&self.engine, self.common.clone());
        store.set_epoch_deadline(NO_DEADLINE);
        let started = self.exports.instantiate(&mut store).now_or_never();
        Guest {
            instance: started.unwrap().unwrap(),
            store,
            exports: self.exports.clone(),
            common: self.common.clone(),
        }
    }
}

impl Guest {
    fn save(mut self) -> Result<Saved, NotRestorable> {
        let exports = self.exports.clone();
        let functions = exports.snapshot.as_ref().unwrap();
        let snapshot = functions.take(&mut self.store, &self.instance).unwrap()?;
        let contents = contents(&snapshot.memories);
        Ok(Saved {
            guest: self,
            snapshot,
            contents,
        })
    }

    fn call<P, R>(&mut self, name: &str, parameters: P) -> R
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let store = &mut self.store;
        let function = self.instance.get_typed_func::<P, R>(&mut *store, name);
        let function = function.unwrap();
        store.set_epoch_deadline(NO_DEADLINE);
        let called = function.call_async(store, parameters).now_or_never();
        called.unwrap().unwrap()
    }

    fn write(&mut self, (memory, page): Place) {
        let name = ["write-one", "write-one", "write-two", "write-three"][memory];
        let place = (u32::try_from(memory).unwrap(), u32::try_from(page).unwrap());
        self.call::<_, ()>(name, place);
    }
}

impl Saved {
    fn new() -> Self {
        Component::new(GUEST, |_| {}).start().save().unwrap()
    }

    /// Ends an event that was begun in the poll `began`.
    fn restore(&mut self, began: Option<PollId>) -> bool {
        let exports = self.guest.exports.clone();
        let functions = exports.snapshot.as_ref().unwrap();
        functions.restore(&mut self.guest.store, &mut self.snapshot, began)
    }

    /// An event that does not wait, from its beginning to its end; whether the instance could be restored.
    fn event(&mut self, run: impl FnOnce(&mut Guest)) -> bool {
        in_a_poll(|| {
            let began = PollId::current();
            run(&mut self.guest);
            self.restore(began)
        })
    }

    /// As if this thread had not got a page since pages were looked for.
    fn forget_faults(&mut self) {
        let seen = self.snapshot.seen.as_mut().unwrap();
        seen.faults = Faults::of_thread().unwrap();
    }

    /// Whether a page is what it was when the instance was saved.
    fn is_fresh(&self, (memory, page): Place) -> bool {
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: the instance is alive, and no guest runs in it.
        let now = unsafe { self.snapshot.memories[memory].page(page) };
        *now.unwrap() == self.contents[memory][page]
    }

    /// Looks at all that it has.
    fn assert_fresh(&mut self) {
        for (memory, (now, then)) in contents(&self.snapshot.memories)
            .iter()
            .zip(&self.contents)
            .enumerate()
        {
            let changed: Vec<_> = (0..then.len())
                .filter(|page| now[*page] != then[*page])
                .collect();
            assert_eq!(changed, [0; 0], "pages of memory {memory}");
        }
        for name in ["changed-one", "changed-two", "changed-three"] {
            assert_eq!(self.guest.call::<_, (u32,)>(name, ()), (0,), "{name}");
        }
    }
}

/// All that is in these memories, whose instance lives and does not run.
fn contents(memories: &[Memory]) -> Vec<Vec<Page>> {
    let contents = |memory: &Memory| {
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: as the caller says.
        unsafe { memory.contents() }.to_vec()
    };
    memories.iter().map(contents).collect()
}

/// Does some work in a poll of its own.
fn in_a_poll<T>(work: impl FnOnce() -> T) -> T {
    let work = pin!(async { Ok::<_, Fault>(work()) });
    let done = within(Duration::MAX, work).now_or_never();
    done.unwrap().unwrap()
}

fn on_another_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// All of the first pages of all memories, of each memory the first, then of each the second.
fn places() -> impl Iterator<Item = Place> {
    (0..PAGES).flat_map(|page| (0..MEMORIES).map(move |memory| (memory, page)))
}

#[test]
fn all_that_an_event_has_changed_is_brought_back() {
    let mut saved = Saved::new();
    assert_eq!(saved.snapshot.memories.len(), MEMORIES);
    for _ in 0..3 {
        let restored = saved.event(|guest| {
            places().for_each(|place| guest.write(place));
            guest.call::<_, ()>("change", ());
            assert_eq!(guest.call::<_, (u32,)>("changed-one", ()), (0b11_1111,));
            assert_eq!(guest.call::<_, (u32,)>("changed-two", ()), (1,));
            assert_eq!(guest.call::<_, (u32,)>("changed-three", ()), (1,));
        });
        assert!(restored);
        saved.assert_fresh();
    }
}

#[test]
fn page_that_only_a_later_event_writes_is_found() {
    let mut saved = Saved::new();
    for place in places() {
        assert!(saved.event(|guest| guest.write(place)));
        assert!(saved.is_fresh(place), "{place:?}");
    }
    saved.assert_fresh();
    // Now all are known, and no write is a fault.
    for place in places() {
        assert!(saved.event(|guest| guest.write(place)));
        assert!(saved.is_fresh(place), "{place:?}, the second time");
    }
    saved.assert_fresh();
}

#[test]
fn page_that_was_written_on_another_thread_is_found() {
    let mut saved = Saved::new();
    assert!(saved.event(|guest| guest.write((0, 0))));
    for place in places() {
        let began = in_a_poll(PollId::current);
        on_another_thread(|| in_a_poll(|| saved.guest.write(place)));
        let restored = in_a_poll(|| {
            saved.forget_faults();
            saved.restore(began)
        });
        assert!(restored);
        assert!(saved.is_fresh(place), "{place:?}");
    }
    saved.assert_fresh();
}

#[test]
fn counts_of_two_threads_are_not_compared() {
    let mut saved = Saved::new();
    for place in places() {
        assert!(on_another_thread(|| saved.event(|_| {})));
        let restored = in_a_poll(|| {
            let began = PollId::current();
            saved.guest.write(place);
            saved.forget_faults();
            saved.restore(began)
        });
        assert!(restored);
        assert!(saved.is_fresh(place), "{place:?}");
    }
    saved.assert_fresh();
}

#[test]
fn event_outside_of_a_poll_is_no_reason_to_skip_looking() {
    let mut saved = Saved::new();
    for place in places() {
        assert!(saved.event(|_| {}));
        saved.guest.write(place);
        saved.forget_faults();
        assert!(saved.restore(None));
        assert!(saved.is_fresh(place), "{place:?}");
    }
    saved.assert_fresh();
}

#[test]
fn pages_are_not_looked_for_where_there_can_be_no_others() {
    let mut saved = Saved::new();
    assert!(saved.event(|guest| guest.write((0, 0))));
    let place = (1, 20);
    let restored = in_a_poll(|| {
        let began = PollId::current();
        // No thread of an event's.
        on_another_thread(|| saved.guest.write(place));
        saved.forget_faults();
        saved.restore(began)
    });
    assert!(restored);
    assert!(!saved.snapshot.written.contains(&place));
}

#[test]
fn page_that_looks_as_if_it_had_not_been_written_is_restored() {
    let mut saved = Saved::new();
    let (place, started) = ((3, 7), (0, 3));
    assert!(saved.event(|guest| guest.write(place)));
    for place in [place, started] {
        assert!(saved.snapshot.written.contains(&place));
    }
    // Has the kernel forget what the event before and the start have written there.
    let memory = saved.snapshot.memories[started.0];
    #[expect(unsafe_code, reason = "writes memory by its address")]
    // SAFETY: the instance is alive, and no guest runs in it.
    unsafe {
        let page = memory.page(started.1).unwrap();
        let advice = rustix::mm::Advice::LinuxDontNeed;
        rustix::mm::madvise(page.as_mut_ptr().cast(), PAGE, advice).unwrap();
    }
    assert!(!saved.is_fresh(started));
    assert!(saved.event(|guest| guest.write((2, 9))));
    saved.assert_fresh();
}

#[test]
fn instance_with_more_written_pages_than_may_be_is_not_restored() {
    let mut saved = Saved::new();
    let first = saved.snapshot.written.len();
    let fits = MAX_WRITTEN - first;
    let mut others = (PAGES..).map(|page| (0, page));
    assert!(saved.event(|guest| {
        others
            .by_ref()
            .take(fits)
            .for_each(|place| guest.write(place))
    }));
    assert_eq!(saved.snapshot.written.len(), MAX_WRITTEN);
    saved.assert_fresh();
    // In another memory than where the others are.
    assert!(!saved.event(|guest| guest.write((3, 12))));

    let mut saved = Saved::new();
    let too_many = (PAGES..).map(|page| (0, page)).take(fits + 1);
    assert!(!saved.event(|guest| too_many.for_each(|place| guest.write(place))));
}

#[test]
fn instance_with_pages_in_too_many_places_is_not_restored() {
    let scattered = |guest: &mut Guest, count| {
        let pages = (PAGES..).step_by(2).take(count);
        pages.for_each(|page| guest.write((0, page)));
    };
    let known = {
        let saved = Saved::new();
        let first = saved.snapshot.written.iter();
        // The start has written pages that are none of one another's neighbours.
        first.filter(|(memory, _)| *memory == 0).count()
    };
    let mut saved = Saved::new();
    assert!(saved.event(|guest| scattered(guest, pages::MAX_REGIONS - known)));
    saved.assert_fresh();
    let mut saved = Saved::new();
    assert!(!saved.event(|guest| scattered(guest, pages::MAX_REGIONS - known + 1)));
}

#[test]
fn instance_whose_memory_has_grown_is_not_restored() {
    let mut saved = Saved::new();
    assert!(!saved.event(|guest| guest.call("grow", ())));
    assert!(!saved.event(|_| {}));
}

#[test]
fn instances_of_a_component_restore_their_own_start() {
    let component = Component::new(GUEST, |_| {});
    let (mut one, mut other) = (component.start(), component.start());
    // As if the start of one had written there, and not the other one's.
    let (place, its_own) = ((0, 9), (2, 9));
    one.write(place);
    other.write(its_own);
    let (mut one, mut other) = (one.save().unwrap(), other.save().unwrap());
    for saved in [&mut one, &mut other] {
        assert!(saved.event(|guest| guest.write(its_own)));
        assert!(saved.is_fresh(its_own));
    }
    assert!(one.event(|guest| guest.write(place)));
    assert!(one.is_fresh(place));
    // Nobody knows what it was there.
    assert!(!other.event(|guest| guest.write(place)));
}

#[test]
fn start_that_writes_too_much_is_an_obstacle() {
    let guest = |pages| {
        let contents = format!(
            "(core module $m (memory 17)
               (func $start (local $page i32)
                 (loop $next
                   (i32.store8 (i32.mul (local.get $page) (i32.const 4096)) (i32.const 1))
                   (local.set $page (i32.add (local.get $page) (i32.const 1)))
                   (br_if $next (i32.lt_u (local.get $page) (i32.const {pages})))))
               (start $start))
             (core instance (instantiate $m))"
        );
        Component::new(&contents, |_| {}).start().save()
    };
    let saved = guest(MAX_WRITTEN).unwrap();
    assert_eq!(saved.snapshot.started.len(), MAX_WRITTEN);
    assert_eq!(guest(MAX_WRITTEN + 1).err(), Some(NotRestorable::Size));
}

#[test]
fn memory_that_no_list_can_have_is_an_obstacle() {
    let guest = |pages| {
        let contents =
            format!("(core module $m (memory {pages})) (core instance (instantiate $m))");
        Component::new(&contents, |_| {}).start()
    };
    let mut largest = guest(4095);
    largest.store.set_hostcall_fuel(1234);
    let saved = largest.save().unwrap();
    assert_eq!(saved.guest.store.hostcall_fuel(), 1234);
    assert_eq!(guest(4096).save().err(), Some(NotRestorable::Size));
}

#[test]
fn what_is_saved_counts_as_memory_of_the_instance() {
    let before = Component::new(GUEST, |_| {}).start();
    let own = before.common.memory.used();
    let saved = before.save().unwrap();
    let started = saved.snapshot.started.len() * PAGE;
    assert!(started > 0);
    assert_eq!(saved.guest.common.memory.used(), own + started);
    let limited = |memory| {
        let component = Component::new(GUEST, |limits| limits.memory = memory);
        component.start().save().err()
    };
    assert_eq!(limited(own + started), None);
    assert_eq!(limited(own + started - 1), Some(NotRestorable::Size));
}

#[test]
fn memory_that_is_not_made_of_pages_is_none() {
    let pages = vec![[0_u8; PAGE]; 3];
    let bytes = pages.as_flattened();
    let start = bytes.as_ptr().align_offset(PAGE);
    assert!(Memory::new(&bytes[start..start + PAGE]).is_some());
    assert!(Memory::new(&bytes[start + 1..start + 1 + PAGE]).is_none());
    assert!(Memory::new(&bytes[start..start + PAGE - 1]).is_none());
}

#[test]
fn memory_has_no_page_behind_its_last() {
    let saved = Saved::new();
    for memory in &saved.snapshot.memories {
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: the instance is alive, and no guest runs in it.
        let (pages, beyond) = unsafe { (memory.contents().len(), memory.page(usize::MAX)) };
        assert!(beyond.is_none());
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: as before.
        let (last, next) = unsafe { (memory.page(pages - 1), memory.page(pages)) };
        assert!(last.is_some() && next.is_none());
    }
}

#[test]
fn pages_are_never_huge() {
    let saved = Saved::new();
    let mappings = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let around = |address: usize| {
        let mut found = false;
        mappings.lines().find_map(|line| {
            let range = line
                .split(' ')
                .next()
                .and_then(|range| range.split_once('-'));
            let number = |text| usize::from_str_radix(text, 16).ok();
            if let Some((start, end)) = range
                && let (Some(start), Some(end)) = (number(start), number(end))
            {
                found = (start..end).contains(&address);
            }
            line.strip_prefix("VmFlags:").filter(|_| found)
        })
    };
    for memory in &saved.snapshot.memories {
        #[expect(unsafe_code, reason = "reads memory by its address")]
        // SAFETY: the instance is alive, and no guest runs in it.
        let address = unsafe { memory.contents() }.as_ptr().addr();
        let flags = around(address).unwrap();
        assert!(flags.split(' ').any(|flag| flag == "nh"), "{flags}");
    }
}

#[test]
fn guest_is_interrupted_again_after_it_was_saved_or_restored() {
    for restored in [false, true] {
        let mut saved = Saved::new();
        assert!(!restored || saved.event(|_| {}));
        let Guest {
            store, instance, ..
        } = &mut saved.guest;
        store.engine().increment_epoch();
        let change = instance.get_typed_func::<(), ()>(&mut *store, "change");
        let called = change.unwrap().call_async(store, ()).now_or_never();
        // It has let others go first.
        assert!(called.is_none());
    }
}
