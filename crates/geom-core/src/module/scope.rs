//! The manifold of the parameter that a module traversal is visiting.
//!
//! Burn's `ModuleOptimizer` hands an optimizer one tensor and one gradient at a time, and calls it
//! synchronously from inside the parameter's `map`. [`ManifoldParam`](crate::ManifoldParam) opens a
//! scope around that call, so an optimizer can ask [`current`] which manifold the tensor lives
//! on. With no scope open, the parameter is an ordinary Euclidean one.
//!
//! Code that holds the manifold has no need of a scope: [`ErasedManifold::of`] gives it the same
//! view.

use std::cell::{Cell, RefCell};

use crate::manifold::Manifold;
use crate::manifold::erased::ErasedManifold;

thread_local! {
    static STACK: RefCell<Vec<ErasedManifold<'static>>> = const { RefCell::new(Vec::new()) };
    /// How often [`current`] was asked on this thread: how an optimizer, which asks for every
    /// parameter, is told from a traversal that copies or averages.
    static QUESTIONS: Cell<u64> = const { Cell::new(0) };
}

/// Closes its scope when dropped, also when the code inside panics.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        STACK.with_borrow_mut(|stack| {
            stack.pop();
        });
    }
}

/// Runs `body` with `manifold` as the current manifold of this thread. Scopes nest.
pub fn enter<M: Manifold, R>(manifold: &M, body: impl FnOnce() -> R) -> R {
    // A copy of a manifold is a handful of scalars or one shared parameter.
    let erased = ErasedManifold::shared(manifold.valid());
    STACK.with_borrow_mut(|stack| stack.push(erased));
    let _guard = Guard;
    body()
}

/// The manifold whose scope is open on this thread, if any. Its tensors carry no gradient graph.
///
/// Whoever asks is taken for an optimizer: points follow a learnable curvature that it moves.
pub fn current() -> Option<ErasedManifold<'static>> {
    QUESTIONS.set(QUESTIONS.get().wrapping_add(1));
    STACK.with_borrow(|stack| stack.last().cloned())
}

/// What `body` returns, and whether somebody asked for the [`current`] manifold meanwhile.
pub(crate) fn noticing_questions<R>(body: impl FnOnce() -> R) -> (R, bool) {
    let before = QUESTIONS.get();
    let result = body();
    (result, QUESTIONS.get() != before)
}
