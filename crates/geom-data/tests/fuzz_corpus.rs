//! The fuzzer's corpus and random changes of it, a bounded run: nothing panics, and nothing costs more
//! memory than a fixed multiple of its length.

#![allow(unsafe_code, reason = "an allocator that counts")]

mod fuzzing;

use geom_data::graph::hgcn::{self, HgcnSet};
use geom_data::graph::planetoid;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the bytes in use, and their peak.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let in_use = IN_USE.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(in_use, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Memory is counted for the whole process, so that one test measures at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Memory that any input may cost.
const BASE: usize = 1 << 20;

/// Runs `check` and asserts that it needed no more than `BASE` and `factor` bytes a byte of `input`.
fn bounded(input: &[u8], factor: usize, check: impl FnOnce(&[u8])) {
    let before = IN_USE.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    check(input);
    let used = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    let limit = BASE + factor * input.len();
    assert!(
        used <= limit,
        "{used} bytes for an input of {}: {:?}",
        input.len(),
        shown(input)
    );
}

/// An input as text, so that a failure can be put into the corpus.
fn shown(input: &[u8]) -> String {
    input
        .iter()
        .take(2_000)
        .map(|byte| byte.escape_ascii().to_string())
        .collect()
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{directory:?} is empty");
    paths
        .into_iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

/// Bytes that numbers, lengths and instructions turn on.
const TELLING: [&[u8]; 16] = [
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"0",
    b"-1",
    b"4294967296",
    b"18446744073709551616",
    b"nan",
    b"inf",
    b"1e999",
    b"\t",
    b",",
    b"\n",
];

/// One input with a few random changes.
fn changed(seeds: &[Vec<u8>], rng: &mut impl Rng) -> Vec<u8> {
    let mut input = seeds.choose(rng).expect("a seed").clone();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=input.len());
        let end = rng.random_range(at..=input.len().min(at + 16));
        match rng.random_range(0..7) {
            0 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
            1 if at < input.len() => input[at] = rng.random(),
            2 => drop(input.drain(at..end)),
            3 => {
                let part = input[at..end].to_vec();
                input.splice(at..at, part.repeat(rng.random_range(1..4)));
            }
            4 => drop(input.splice(at..end, TELLING.choose(rng).expect("some").iter().copied())),
            5 => input.truncate(at),
            _ => {
                let other = seeds.choose(rng).expect("a seed");
                let from = rng.random_range(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
    input
}

/// The corpus of a target, and `count` changes of it.
fn run(target: &str, count: usize, factor: usize, check: fn(&[u8])) {
    let _alone = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let seeds = corpus(target);
    for seed in &seeds {
        bounded(seed, factor, check);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(count as u64);
    for _ in 0..count {
        bounded(&changed(&seeds, &mut rng), factor, check);
    }
}

#[test]
fn pickles_neither_panic_nor_swell() {
    // A value takes 32 bytes, and the arrays they are in double as they grow.
    run("pickle", 200_000, 256, fuzzing::pickle);
}

#[test]
fn npy_files_neither_panic_nor_swell() {
    // The smallest elements are bytes, which become 8 bytes each, or texts of 24.
    run("npy", 200_000, 128, fuzzing::npy);
}

#[test]
fn npz_files_neither_panic_nor_swell() {
    // Deflate packs up to 1032 bytes into one.
    run("npz", 20_000, 128 * 1_032, fuzzing::npz);
}

#[test]
fn edge_lists_neither_panic_nor_swell() {
    run("edges", 3_000, 256, fuzzing::edges);
}

#[test]
fn features_neither_panic_nor_swell() {
    run("features", 3_000, 512, fuzzing::features);
}

#[test]
fn folders_neither_panic_nor_swell() {
    // An entry of two bytes may tell of a hundred nodes, of which labels and a split take 24 bytes each.
    run("folder", 3_000, 4_096, fuzzing::folder);
}

#[test]
fn graphml_files_neither_panic_nor_swell() {
    // A node of 13 bytes has an id in two lists and a row.
    run("graphml", 3_000, 256, fuzzing::graphml);
}

/// Changes one file of a sound set at a time.
fn run_set(files: &[&str], count: usize, read: impl Fn(&Path) -> bool) {
    let _alone = ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let sound = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/sets");
    let directory = fuzzing::scratch();
    let contents: Vec<Vec<u8>> = files
        .iter()
        .map(|file| fs::read(sound.join(file)).unwrap())
        .collect();
    for (file, content) in files.iter().zip(&contents) {
        fs::write(directory.path().join(file), content).unwrap();
    }
    assert!(read(directory.path()), "the set is sound as it is");
    let total: usize = contents.iter().map(Vec::len).sum();
    let mut rng = ChaCha8Rng::seed_from_u64(count as u64);
    for _ in 0..count {
        let which = rng.random_range(0..files.len());
        let path = directory.path().join(files[which]);
        fs::write(&path, changed(&contents, &mut rng)).unwrap();
        // The sets are small: this is about what one claims to hold.
        bounded(&[], 0, |_| {
            read(directory.path());
        });
        fs::write(&path, &contents[which]).unwrap();
    }
    assert!(total < 64 << 10, "small enough for that bound");
}

#[test]
fn planetoid_sets_neither_panic_nor_swell() {
    let files = planetoid::PARTS.map(|part| format!("ind.tiny.{part}"));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    run_set(&files, 3_000, |directory| {
        planetoid::read_raw(directory, "tiny").is_ok()
    });
}

#[test]
fn hgcn_sets_neither_panic_nor_swell() {
    for (set, count) in [(HgcnSet::Airport, 2_000), (HgcnSet::DiseaseLp, 2_000)] {
        run_set(set.files(), count, |directory| {
            hgcn::read_raw(directory, set).is_ok()
        });
    }
}
