//! How the allocator treats freed memory.

/// Keeps freed memory for the next buffer, where the program runs on the GNU allocator; elsewhere it
/// does nothing. For programs, at their start: it is a decision for the whole process, and memory
/// once used is not given back to the system before the process ends.
///
/// Every step of a training takes and frees the same buffers. The GNU allocator gives those of more
/// than 32 MiB back to the system at once and maps them anew the next time, at a page fault for every
/// 4 KiB: on a graph with ten million edges this was two fifths of the time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_freed_memory() {
    // SAFETY: mallopt takes two numbers, no pointers, and sets a parameter under the allocator's own
    // lock. Each buffer bears how it was made, so that those mapped before are unmapped when freed.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        // Never trims.
        libc::mallopt(libc::M_TRIM_THRESHOLD, -1);
        // One heap for all threads, for those of single threads end at 64 MiB; steps allocate from
        // one thread. It grows by as much at a time.
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TOP_PAD, 64 << 20);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_freed_memory() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_before_and_after_are_whole_in_every_thread() {
        const SIZE: usize = 48 << 20;
        let before = vec![1u8; SIZE];
        keep_freed_memory();
        let sums = [2u8, 3].map(|value| {
            std::thread::spawn(move || {
                let mut sum = 0;
                for _ in 0..3 {
                    let buffer = vec![value; SIZE];
                    sum += buffer.iter().map(|&byte| u64::from(byte)).sum::<u64>();
                }
                sum
            })
        });
        let sums = sums.map(|thread| thread.join().unwrap());
        assert_eq!(sums, [6, 9].map(|value| value * SIZE as u64));
        assert!(before.iter().all(|&byte| byte == 1));
        drop(before);
        assert!(vec![0u8; SIZE].iter().all(|&byte| byte == 0));
    }
}
