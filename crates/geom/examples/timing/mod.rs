//! Times of operations, for the examples that measure.

use std::any::Any;
use std::time::{Duration, Instant};

/// Runs one repetition; what it returns is dropped outside the time.
pub(crate) type Operation = Box<dyn FnMut() -> Box<dyn Any>>;

/// An operation, the pass that is timed, and how to run it.
pub(crate) type Named = (&'static str, &'static str, Operation);

/// The medians of processor and clock time, in milliseconds.
pub(crate) fn time(run: &mut Operation) -> (f64, f64) {
    const WARM_UP: usize = 2;
    const LEAST: usize = 7;
    const BUDGET: Duration = Duration::from_millis(400);
    for _ in 0..WARM_UP {
        run();
    }
    let start = Instant::now();
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    while cpu.len() < LEAST || start.elapsed() < BUDGET {
        let (clock, processor) = (Instant::now(), processor_time());
        let result = run();
        cpu.push((processor_time() - processor) * 1e3);
        wall.push(clock.elapsed().as_secs_f64() * 1e3);
        drop(result);
    }
    (median(cpu), median(wall))
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Seconds that the processor has spent on this program, on all threads.
fn processor_time() -> f64 {
    cpu_time::ProcessTime::now().as_duration().as_secs_f64()
}
