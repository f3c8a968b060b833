//! The manifold of the parameter that a module traversal is visiting.
//!
//! Burn's `ModuleOptimizer` hands an optimizer one tensor and one gradient at a time, and calls it
//! synchronously from inside the parameter's `map`. [`ManifoldParam`](crate::ManifoldParam) opens a
//! scope around that call, so an optimizer can ask [`current`] which manifold the tensor lives
//! on. With no scope open, the parameter is an ordinary Euclidean one.

use std::cell::RefCell;
use std::rc::Rc;

use burn::tensor::Tensor;

use crate::manifold::Manifold;

/// What an optimizer needs of a manifold, with the tensor rank erased.
///
/// Points are flattened to rank 3: `[1, n, d]` for vector manifolds, `[n, rows, columns]` for
/// matrix manifolds. [`Current`] does the flattening.
trait Erased {
    fn name(&self) -> &'static str;
    fn point_rank(&self) -> usize;
    fn sectional_curvature(&self) -> Option<f64>;
    fn exp(&self, x: Tensor<3>, v: Tensor<3>) -> Tensor<3>;
    fn retract(&self, x: Tensor<3>, v: Tensor<3>) -> Tensor<3>;
    fn inner(&self, x: Tensor<3>, v: Tensor<3>, w: Tensor<3>) -> Tensor<3>;
    fn project(&self, x: Tensor<3>) -> Tensor<3>;
    fn project_tangent(&self, x: Tensor<3>, u: Tensor<3>) -> Tensor<3>;
    fn riemannian_gradient(&self, x: Tensor<3>, g: Tensor<3>) -> Tensor<3>;
    fn transport(&self, x: Tensor<3>, y: Tensor<3>, v: Tensor<3>) -> Tensor<3>;
}

impl<M: Manifold> Erased for M {
    fn name(&self) -> &'static str {
        Manifold::name(self)
    }
    fn point_rank(&self) -> usize {
        M::POINT_RANK
    }
    fn sectional_curvature(&self) -> Option<f64> {
        Manifold::sectional_curvature(self)
    }
    fn exp(&self, x: Tensor<3>, v: Tensor<3>) -> Tensor<3> {
        Manifold::exp(self, x, v)
    }
    fn retract(&self, x: Tensor<3>, v: Tensor<3>) -> Tensor<3> {
        Manifold::retract(self, x, v)
    }
    fn inner(&self, x: Tensor<3>, v: Tensor<3>, w: Tensor<3>) -> Tensor<3> {
        Manifold::inner(self, x, v, w)
    }
    fn project(&self, x: Tensor<3>) -> Tensor<3> {
        Manifold::project(self, x)
    }
    fn project_tangent(&self, x: Tensor<3>, u: Tensor<3>) -> Tensor<3> {
        Manifold::project_tangent(self, x, u)
    }
    fn riemannian_gradient(&self, x: Tensor<3>, g: Tensor<3>) -> Tensor<3> {
        Manifold::riemannian_gradient(self, x, g)
    }
    fn transport(&self, x: Tensor<3>, y: Tensor<3>, v: Tensor<3>) -> Tensor<3> {
        Manifold::transport(self, x, y, v)
    }
}

thread_local! {
    static STACK: RefCell<Vec<Rc<dyn Erased>>> = const { RefCell::new(Vec::new()) };
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
    // A clone of a manifold is a handful of scalars or one shared parameter.
    let erased: Rc<dyn Erased> = Rc::new(manifold.clone().valid());
    STACK.with_borrow_mut(|stack| stack.push(erased));
    let _guard = Guard;
    body()
}

/// The manifold whose scope is open on this thread, if any.
pub fn current() -> Option<Current> {
    STACK
        .with_borrow(|stack| stack.last().cloned())
        .map(|manifold| Current { manifold })
}

/// The current manifold, for tensors of any rank.
///
/// The methods are those of [`Manifold`]; tensors carry no gradient graph.
#[derive(Clone)]
pub struct Current {
    manifold: Rc<dyn Erased>,
}

impl Current {
    /// [`Manifold::name`].
    pub fn name(&self) -> &'static str {
        self.manifold.name()
    }

    /// [`Manifold::POINT_RANK`].
    pub fn point_rank(&self) -> usize {
        self.manifold.point_rank()
    }

    /// [`Manifold::sectional_curvature`].
    pub fn sectional_curvature(&self) -> Option<f64> {
        self.manifold.sectional_curvature()
    }

    /// [`Manifold::exp`].
    pub fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        self.manifold
            .exp(self.flatten(x), self.flatten(v))
            .reshape(shape)
    }

    /// [`Manifold::retract`].
    pub fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        self.manifold
            .retract(self.flatten(x), self.flatten(v))
            .reshape(shape)
    }

    /// [`Manifold::inner`]; the point axes have size 1.
    pub fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        let mut shape = x.dims();
        for axis in shape.iter_mut().rev().take(self.point_rank()) {
            *axis = 1;
        }
        self.manifold
            .inner(self.flatten(x), self.flatten(v), self.flatten(w))
            .reshape(shape)
    }

    /// [`Manifold::project`].
    pub fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        self.manifold.project(self.flatten(x)).reshape(shape)
    }

    /// [`Manifold::project_tangent`].
    pub fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        self.manifold
            .project_tangent(self.flatten(x), self.flatten(u))
            .reshape(shape)
    }

    /// [`Manifold::riemannian_gradient`].
    pub fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, g: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        self.manifold
            .riemannian_gradient(self.flatten(x), self.flatten(g))
            .reshape(shape)
    }

    /// [`Manifold::transport`].
    pub fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let shape = x.dims();
        self.manifold
            .transport(self.flatten(x), self.flatten(y), self.flatten(v))
            .reshape(shape)
    }

    fn flatten<const D: usize>(&self, x: Tensor<D>) -> Tensor<3> {
        let shape = x.dims();
        let elements: usize = shape.iter().product();
        let last = shape[D - 1];
        match self.point_rank() {
            0 | 1 => x.reshape([1, elements / last.max(1), last]),
            _ => {
                let rows = shape[D - 2];
                x.reshape([elements / (rows * last).max(1), rows, last])
            }
        }
    }
}
