//! Work on the nodes of a table, block by block, with any number of threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Nodes a worker takes at once.
pub const BLOCK: usize = 64;

/// Runs `work` on every block with `threads` workers, each with its own state; results in order, whatever
/// the number of workers. `None` if `stop` was raised before the end.
pub fn in_blocks<S, R: Send>(
    blocks: usize,
    threads: usize,
    stop: &AtomicBool,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, usize) -> R + Sync,
) -> Option<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut state = state();
        let mut done = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let block = next.fetch_add(1, Ordering::Relaxed);
            if block >= blocks {
                break;
            }
            done.push((block, work(&mut state, block)));
        }
        done
    };
    let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..threads.max(1)).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for handle in handles {
            match handle.join() {
                Ok(part) => results.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|&(block, _)| block);
    (results.len() == blocks).then(|| results.into_iter().map(|(_, result)| result).collect())
}
