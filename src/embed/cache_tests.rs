//! Tests of `cache.rs`.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Letters counted, and how many texts it was asked for; with stance or without.
struct Letters(AtomicUsize, bool);

impl Embedder for Letters {
    fn id(&self) -> String {
        "letters".into()
    }
    fn dims(&self) -> usize {
        2
    }
    fn stance_dims(&self) -> usize {
        usize::from(self.1)
    }
    fn precision(&self) -> String {
        String::new()
    }
    fn embed(&self, texts: &[&str], progress: &Progress) -> Result<Embedded, EmbedError> {
        self.0.fetch_add(texts.len(), Ordering::Relaxed);
        progress.add(texts.len());
        let data = texts.iter().flat_map(|t| [t.len() as f32, 1.0]).collect();
        let stance = texts.iter().map(|t| -(t.len() as f32)).collect();
        Ok(Embedded {
            vectors: Vectors::new(2, data),
            coverage: vec![0.5; texts.len()],
            stance: self.1.then(|| Vectors::new(1, stance)),
        })
    }
}

fn texts(n: usize) -> Vec<String> {
    (0..n).map(|i| "x".repeat(i)).collect()
}

fn run(path: &Path, limit: u64, n: usize) -> (Embedded, usize) {
    embedded(path, limit, n, true)
}

fn embedded(path: &Path, limit: u64, n: usize, stance: bool) -> (Embedded, usize) {
    let letters = Arc::new(Letters(AtomicUsize::new(0), stance));
    let cached = Cached::new(letters.clone(), VectorCache::open(path, limit).unwrap());
    let owned = texts(n);
    let refs: Vec<&str> = owned.iter().map(String::as_str).collect();
    let progress = Progress::default();
    let out = cached.embed(&refs, &progress).unwrap();
    assert_eq!(progress.done.load(Ordering::Relaxed), n);
    (out, letters.0.load(Ordering::Relaxed))
}

#[test]
fn seen_texts_are_not_embedded_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/vectors.db");
    let (first, asked) = run(&path, u64::MAX, 40);
    assert_eq!(asked, 40);
    let (second, asked) = run(&path, u64::MAX, 60);
    assert_eq!(asked, 20);
    assert_eq!(second.vectors.rows(0..40), first.vectors.as_slice());
    assert_eq!(run(&path, u64::MAX, 60).1, 0);
}

#[test]
fn vectors_alone_are_read_of_whole_entries() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors.db");
    let (whole, _) = run(&path, u64::MAX, 30);
    let (alone, asked) = embedded(&path, u64::MAX, 30, false);
    assert_eq!((asked, alone.stance.map(|s| s.len())), (0, None));
    assert_eq!(alone.vectors, whole.vectors);
    assert_eq!(run(&path, u64::MAX, 30), (whole, 0), "stance is still there");
}

#[test]
fn a_file_that_another_program_holds_is_not_thrown_away() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors.db");
    run(&path, u64::MAX, 40);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert!(VectorCache::open_within(&path, u64::MAX, Duration::ZERO).is_none());
    drop(other);
    assert_eq!(run(&path, u64::MAX, 40).1, 0);
}

#[test]
fn a_damaged_entry_is_computed_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors.db");
    let (want, _) = run(&path, u64::MAX, 30);
    let db = Connection::open(&path).unwrap();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    {
        let mut q = db.prepare("SELECT key FROM vector").unwrap();
        let mut rows = q.query([]).unwrap();
        while let Some(r) = rows.next().unwrap() {
            keys.push(r.get(0).unwrap());
        }
    }
    db.execute("UPDATE vector SET data = zeroblob(20) WHERE key = ?1", [&keys[3]]).unwrap();
    db.execute("UPDATE vector SET data = x'00' WHERE key = ?1", [&keys[4]]).unwrap();
    drop(db);
    assert_eq!(run(&path, u64::MAX, 30), (want.clone(), 2));
    std::fs::write(&path, "this is no database at all, and long enough to be taken for one".repeat(99)).unwrap();
    assert_eq!(run(&path, u64::MAX, 30), (want, 30));
    assert_eq!(run(&path, u64::MAX, 30).1, 0);
}

#[test]
fn it_stays_within_its_limit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors.db");
    run(&path, 60_000, 1500);
    let cache = VectorCache::open(&path, 60_000).unwrap();
    let size = cache.size();
    assert!(size.bytes <= 60_000 && size.entries > 100, "{size:?}");
    cache.clear().unwrap();
    assert_eq!(cache.size().entries, 0);
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("vectors.db");
    let (want, _) = run(&path, u64::MAX, 30);
    std::thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| assert_eq!(run(&path, u64::MAX, 300).0.vectors.rows(0..30), want.vectors.as_slice()));
        }
    });
}
