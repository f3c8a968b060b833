//! Named points at which a test can stop the program; nothing at all in release builds.
//!
//! A debug build reads the environment variable `GEOM_FAILPOINT`:
//!
//! | value | effect |
//! |---|---|
//! | `abort POINT N` | the `N`-th time that `POINT` is reached, the process ends without cleaning up |
//! | `pause POINT N FILE` | it makes `FILE` then, and waits until `FILE` is removed |
//!
//! Every file that [`write`](super::write) replaces has the points `NAME/begin`, `NAME/half` (a part
//! of the content is written), `NAME/synced` and `NAME/renamed`. The program adds points of its own.

/// Reaches the point `name`.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reach(_name: &str) {}

/// Whether the next time that `name` is reached is the one that stops.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) fn is_next(_name: &str) -> bool {
    false
}

#[cfg(debug_assertions)]
pub(crate) use armed::is_next;
#[cfg(debug_assertions)]
pub use armed::reach;

#[cfg(debug_assertions)]
mod armed {
    use std::path::{Path, PathBuf};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    enum Action {
        Abort,
        Pause(PathBuf),
    }

    struct Failpoint {
        action: Action,
        name: String,
        /// How often the point has still to be reached, the stop included.
        left: AtomicUsize,
    }

    impl Failpoint {
        /// None for a text that is not of the documented form.
        fn parse(text: &str) -> Option<Self> {
            let words: Vec<&str> = text.split_whitespace().collect();
            let (action, name, count) = match words[..] {
                ["abort", name, count] => (Action::Abort, name, count),
                ["pause", name, count, file] => (Action::Pause(file.into()), name, count),
                _ => return None,
            };
            Some(Self {
                action,
                name: name.to_owned(),
                left: AtomicUsize::new(count.parse().ok()?),
            })
        }
    }

    fn failpoint() -> Option<&'static Failpoint> {
        static ARMED: OnceLock<Option<Failpoint>> = OnceLock::new();
        ARMED
            .get_or_init(|| Failpoint::parse(&std::env::var("GEOM_FAILPOINT").ok()?))
            .as_ref()
    }

    /// Reaches the point `name`.
    pub fn reach(name: &str) {
        let Some(failpoint) = failpoint().filter(|failpoint| failpoint.name == name) else {
            return;
        };
        if failpoint.left.fetch_sub(1, Ordering::SeqCst) != 1 {
            return;
        }
        match &failpoint.action {
            Action::Abort => std::process::abort(),
            Action::Pause(file) => wait_for_removal(file),
        }
    }

    /// Whether the next time that `name` is reached is the one that stops.
    pub(crate) fn is_next(name: &str) -> bool {
        failpoint().is_some_and(|failpoint| {
            failpoint.name == name && failpoint.left.load(Ordering::SeqCst) == 1
        })
    }

    fn wait_for_removal(file: &Path) {
        // A test that cannot make the file would wait for it in vain, and says so itself.
        let _ = std::fs::write(file, "");
        while file.exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_the_documented_forms_are_failpoints() {
            assert!(Failpoint::parse("abort epoch 3").is_some());
            assert!(Failpoint::parse("pause epoch 3 some.file").is_some());
            for text in ["", "abort", "abort epoch", "abort epoch x", "pause epoch 3"] {
                assert!(Failpoint::parse(text).is_none(), "{text:?}");
            }
        }
    }
}
