use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::*;

const LIMITS: StoreLimits = StoreLimits {
    key: 100,
    value: 1_000,
    bytes: 10_000,
};

/// A file that goes with its folder.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("store.redb")
    }

    fn store(&self) -> Store {
        embedded(&self.path(), LIMITS)
    }
}

fn embedded(path: &Path, limits: StoreLimits) -> Store {
    Store::new(&StoreConfig::Embedded(path.to_owned()), limits)
}

/// A test that holds for each kind of store that needs no server; Redis has the same in `tests/it/store.rs`.
macro_rules! for_each_store {
    ($($name:ident($store:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn check($store: Store) $body

            #[tokio::test]
            async fn in_memory() {
                check(Store::memory(LIMITS)).await;
            }

            #[tokio::test]
            async fn in_a_file() {
                let folder = Folder::new();
                check(folder.store()).await;
            }
        }
    )*};
}

async fn keys(bucket: &Bucket) -> Vec<String> {
    let (mut keys, mut cursor) = (Vec::new(), None);
    loop {
        let page = bucket.list_keys(cursor).await.unwrap();
        keys.extend(page.keys);
        cursor = page.cursor;
        if cursor.is_none() {
            return keys;
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

for_each_store! {
    what_is_set_is_there_until_it_is_deleted(store) {
        let bucket = store.bucket("t", "b");
        assert_eq!(bucket.get("k").await.unwrap(), None);
        bucket.set("k", text("one"), None).await.unwrap();
        bucket.set("k", text("two"), None).await.unwrap();
        bucket.set("empty", Vec::new(), None).await.unwrap();
        assert_eq!(bucket.get("k").await.unwrap(), Some(text("two")));
        assert_eq!(bucket.get("empty").await.unwrap(), Some(Vec::new()));
        assert!(bucket.exists("k").await.unwrap());
        bucket.delete("k").await.unwrap();
        bucket.delete("k").await.unwrap();
        assert_eq!(bucket.get("k").await.unwrap(), None);
        assert!(!bucket.exists("k").await.unwrap());
        assert_eq!(keys(&bucket).await, ["empty"]);
    }

    keys_cross_neither_tenants_nor_buckets(store) {
        let buckets = [("a", "b"), ("a", "c"), ("b", "b"), ("ab", ""), ("", "ab")];
        for (tenant, bucket) in buckets {
            let name = format!("{tenant}/{bucket}");
            store.bucket(tenant, bucket).set("k", text(&name), None).await.unwrap();
        }
        for (tenant, bucket) in buckets {
            let name = format!("{tenant}/{bucket}");
            let bucket = store.bucket(tenant, bucket);
            assert_eq!(bucket.get("k").await.unwrap(), Some(text(&name)));
            assert_eq!(keys(&bucket).await, ["k"]);
        }
    }

    lists_are_in_order_and_in_pages(store) {
        let limits = StoreLimits { bytes: 10 << 20, ..LIMITS };
        let store = Store { limits, ..store };
        let bucket = store.bucket("t", "b");
        store.bucket("t", "a").set("before", Vec::new(), None).await.unwrap();
        store.bucket("t", "c").set("after", Vec::new(), None).await.unwrap();
        let expected: Vec<String> = (0..2_500).map(|n| format!("{n:05}")).collect();
        for some in expected.chunks(500).rev() {
            let entries = some.iter().rev().map(|key| (key.clone(), Vec::new()));
            bucket.set_many(entries.collect(), None).await.unwrap();
        }
        assert_eq!(keys(&bucket).await, expected);
        let page = bucket.list_keys(None).await.unwrap();
        assert_eq!((page.keys.len(), page.cursor.as_deref()), (1_000, Some("00999")));
        let page = bucket.list_keys(Some("02498x".into())).await.unwrap();
        assert_eq!(page, Page { keys: vec!["02499".into()], cursor: None });
    }

    pages_are_bounded_in_bytes(store) {
        let limits = StoreLimits { key: 100_000, value: 0, bytes: 1 << 20 };
        let store = Store { limits, ..store };
        let bucket = store.bucket("t", "b");
        let long: Vec<String> = (0..6).map(|n| format!("{n}{}", "x".repeat(99_999))).collect();
        for key in &long {
            bucket.set(key, Vec::new(), None).await.unwrap();
        }
        let page = bucket.list_keys(None).await.unwrap();
        assert_eq!((&*page.keys, page.cursor.as_ref()), (&long[..2], Some(&long[1])));
        assert_eq!(keys(&bucket).await, long);
    }

    increments_count_from_nothing_and_stay_in_64_bits(store) {
        let bucket = store.bucket("t", "b");
        assert_eq!(bucket.increment("n", 5).await.unwrap(), 5);
        assert_eq!(bucket.increment("n", -7).await.unwrap(), -2);
        assert_eq!(bucket.get("n").await.unwrap(), Some(text("-2")));
        assert_eq!(bucket.increment("large", i64::MAX - 1).await.unwrap(), i64::MAX - 1);
        let error = bucket.increment("large", 2).await.unwrap_err();
        assert!(matches!(error, StoreError::OutOfRange));
        assert_eq!(bucket.increment("large", 1).await.unwrap(), i64::MAX);
        for value in ["x", "", "007", "+1", " 1", "9223372036854775808", "1.5"] {
            bucket.set("text", text(value), None).await.unwrap();
            let error = bucket.increment("text", 1).await.unwrap_err();
            assert!(matches!(error, StoreError::NotANumber), "{value:?}: {error}");
            assert_eq!(bucket.get("text").await.unwrap(), Some(text(value)));
        }
    }

    swaps_need_what_they_expect(store) {
        let bucket = store.bucket("t", "b");
        let swap = async |expected: Option<&[u8]>, value: &str| {
            bucket.compare_and_swap("k", expected, text(value), None).await.unwrap()
        };
        assert!(!swap(Some(b""), "a").await);
        assert!(swap(None, "a").await);
        assert!(!swap(None, "b").await);
        assert!(!swap(Some(b"x"), "b").await);
        assert!(swap(Some(b"a"), "b").await);
        assert_eq!(bucket.get("k").await.unwrap(), Some(text("b")));
    }

    many_keys_in_one_call(store) {
        let bucket = store.bucket("t", "b");
        let entries = [("a", "1"), ("b", "2"), ("a", "3")];
        let entries = entries.map(|(key, value)| (key.to_owned(), text(value)));
        bucket.set_many(entries.to_vec(), None).await.unwrap();
        let names = ["b", "none", "a", "b"].map(str::to_owned).to_vec();
        let values = bucket.get_many(names).await.unwrap();
        assert_eq!(values, [Some(text("2")), None, Some(text("3")), Some(text("2"))]);
        bucket.delete_many(vec!["a".into(), "none".into(), "a".into()]).await.unwrap();
        assert_eq!(keys(&bucket).await, ["b"]);
        let error = bucket.get_many(vec!["k".into(); MAX_BATCH_KEYS + 1]).await.unwrap_err();
        assert!(matches!(error, StoreError::TooManyKeys { .. }));
        assert_eq!(bucket.get_many(Vec::new()).await.unwrap(), []);
    }

    what_many_keys_read_is_bounded(store) {
        let limits = StoreLimits { value: 300_000, bytes: 2_000_000, ..LIMITS };
        let store = Store { limits, ..store };
        let bucket = store.bucket("t", "b");
        bucket.set("k", vec![0; 300_000], None).await.unwrap();
        assert_eq!(bucket.get_many(vec!["k".into(); 3]).await.unwrap().len(), 3);
        let error = bucket.get_many(vec!["k".into(); 4]).await.unwrap_err();
        assert!(matches!(error, StoreError::BatchTooLarge { limit: MAX_BATCH_BYTES }));
    }

    sizes_are_bounded(store) {
        let bucket = store.bucket("t", "b");
        let long = "k".repeat(101);
        for error in [
            bucket.get(&long).await.unwrap_err(),
            bucket.set(&long, Vec::new(), None).await.unwrap_err(),
            bucket.delete_many(vec![long.clone()]).await.unwrap_err(),
            bucket.list_keys(Some(long.clone())).await.unwrap_err(),
            bucket.increment(&long, 1).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::KeyTooLarge { limit: 100 }), "{error}");
        }
        let large = vec![0; 1_001];
        for error in [
            bucket.set("k", large.clone(), None).await.unwrap_err(),
            bucket.set_many(vec![("k".into(), large.clone())], None).await.unwrap_err(),
            bucket.compare_and_swap("k", None, large, None).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::ValueTooLarge { limit: 1_000 }), "{error}");
        }
    }

    tenants_have_a_quota_over_all_their_buckets(store) {
        let buckets = [store.bucket("t", "a"), store.bucket("t", "b")];
        // Each counts 64 + 2 + 934 = 1,000 bytes.
        for n in 0..10 {
            let bucket = &buckets[n % 2];
            bucket.set(&format!("{n:02}"), vec![0; 934], None).await.unwrap();
        }
        for error in [
            buckets[0].set("new", Vec::new(), None).await.unwrap_err(),
            buckets[0].set("00", vec![0; 935], None).await.unwrap_err(),
            buckets[1].increment("n", 1).await.unwrap_err(),
            buckets[1].compare_and_swap("new", None, Vec::new(), None).await.unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::Full { limit: 10_000 }), "{error}");
        }
        let both = vec![("00".into(), Vec::new()), ("big".into(), vec![0; 935])];
        buckets[0].set_many(both, None).await.unwrap_err();
        assert_eq!(buckets[0].get("00").await.unwrap(), Some(vec![0; 934]), "all or nothing");
        store.bucket("other", "a").set("k", vec![0; 900], None).await.unwrap();
        buckets[0].set("00", vec![1; 934], None).await.unwrap();
        buckets[1].delete("01").await.unwrap();
        buckets[0].set("new", vec![0; 900], None).await.unwrap();
    }

    expired_entries_are_absent_and_free_their_room(store) {
        let bucket = store.bucket("t", "b");
        let soon = Some(Duration::from_millis(30));
        let later = Some(Duration::from_secs(1_000));
        for n in 0..9 {
            bucket.set(&format!("{n}"), vec![0; 935], soon).await.unwrap();
        }
        bucket.set("later", text("1"), later).await.unwrap();
        bucket.set("0", text("1"), None).await.unwrap();
        bucket.set("1", text("1"), later).await.unwrap();
        while bucket.exists("8").await.unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(bucket.get("8").await.unwrap(), None);
        assert_eq!(keys(&bucket).await, ["0", "1", "later"]);
        assert_eq!(bucket.increment("8", 1).await.unwrap(), 1, "an expired number is none");
        assert!(!bucket.compare_and_swap("7", Some(&[0; 935]), text("x"), None).await.unwrap());
        // Once they have been swept, there is room for as many again.
        for n in 0..9 {
            let set = async || bucket.set(&format!("again {n}"), vec![0; 920], None).await;
            while let Err(error) = set().await {
                assert!(matches!(error, StoreError::Full { .. }), "{error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        assert_eq!(bucket.get("later").await.unwrap(), Some(text("1")));
    }

    concurrent_increments_are_all_counted(store) {
        let tasks = (0..200).map(|_| {
            let bucket = store.bucket("t", "b");
            tokio::spawn(async move { bucket.increment("n", 1).await.unwrap() })
        });
        let mut sums = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            sums.push(task.await.unwrap());
        }
        sums.sort_unstable();
        assert_eq!(sums, (1..=200).collect::<Vec<i64>>());
    }
}

#[tokio::test]
async fn file_is_made_by_the_first_write() {
    let folder = Folder::new();
    let store = folder.store();
    store.prepare().await.unwrap();
    let bucket = store.bucket("t", "b");
    assert_eq!(bucket.get("k").await.unwrap(), None);
    assert_eq!(keys(&bucket).await, Vec::<String>::new());
    assert_eq!(bucket.get_many(vec!["k".into()]).await.unwrap(), [None]);
    assert!(!folder.path().exists());
    bucket.set("k", text("v"), None).await.unwrap();
    assert!(folder.path().exists());
}

#[tokio::test]
async fn file_outlives_its_store() {
    let folder = Folder::new();
    let long = Some(Duration::from_secs(1_000));
    let store = folder.store();
    let bucket = store.bucket("t", "b");
    for n in 0..9 {
        bucket
            .set(&format!("{n}"), vec![0; 935], long)
            .await
            .unwrap();
    }
    drop((store, bucket));
    let bucket = folder.store().bucket("t", "b");
    assert_eq!(bucket.get("3").await.unwrap(), Some(vec![0; 935]));
    let error = bucket.set("9", vec![0; 1_000], None).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Full { .. }),
        "the count outlives it as well"
    );
}

#[tokio::test]
async fn file_in_use_is_named() {
    let folder = Folder::new();
    let holder = folder.store().bucket("t", "b");
    holder.set("k", text("v"), None).await.unwrap();
    let error = folder.store().prepare().await.unwrap_err().to_string();
    assert!(
        error.contains("store.redb is in use by another process"),
        "{error}"
    );
    let other = folder.store().bucket("t", "b");
    other.get("k").await.unwrap_err();
    other.set("k", text("w"), None).await.unwrap_err();
    drop(holder);
    // Nothing has to be restarted once it is free.
    assert_eq!(other.get("k").await.unwrap(), Some(text("v")));
    other.set("k", text("w"), None).await.unwrap();
}

#[tokio::test]
async fn file_that_is_no_store_is_named() {
    let folder = Folder::new();
    for contents in [&b"not a store"[..], &[0; 100_000], &[0xff; 4_096]] {
        std::fs::write(folder.path(), contents).unwrap();
        let error = folder.store().prepare().await.unwrap_err().to_string();
        assert!(
            error.contains("store.redb is not a store, or it is damaged"),
            "{error}"
        );
        assert_eq!(
            std::fs::read(folder.path()).unwrap(),
            contents,
            "it is left alone"
        );
    }
}

#[tokio::test]
async fn truncated_file_is_an_error_not_a_panic() {
    let folder = Folder::new();
    let bucket = folder.store().bucket("t", "b");
    for n in 0..10 {
        bucket
            .set(&format!("{n}"), vec![1; 900], None)
            .await
            .unwrap();
    }
    drop(bucket);
    let whole = std::fs::read(folder.path()).unwrap();
    for half in [whole.len() / 2, 5_000, 300] {
        std::fs::write(folder.path(), &whole[..half]).unwrap();
        let store = folder.store();
        let error = store.prepare().await.err().map(|error| error.to_string());
        let read = store.bucket("t", "b").get("1").await;
        assert!(error.is_some() || read.is_err(), "{half}: {read:?}");
    }
}

#[tokio::test]
async fn folder_that_is_not_there_is_named() {
    let store = embedded(Path::new("/nowhere/store.redb"), LIMITS);
    let bucket = store.bucket("t", "b");
    let error = bucket
        .set("k", text("v"), None)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("/nowhere/store.redb cannot be opened"),
        "{error}"
    );
}

#[tokio::test]
async fn writes_that_wait_share_a_transaction() {
    let folder = Folder::new();
    let store = Store {
        limits: StoreLimits {
            bytes: 10 << 20,
            ..LIMITS
        },
        ..folder.store()
    };
    let bucket = Arc::new(store.bucket("t", "b"));
    let started = std::time::Instant::now();
    let writes = (0..2_000).map(|n| {
        let bucket = bucket.clone();
        tokio::spawn(async move { bucket.set(&format!("{n}"), vec![0; 100], None).await })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    // One at a time they would take 2,000 times the disk's own time.
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(keys(&bucket).await.len(), 2_000);
}
