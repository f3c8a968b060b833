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

/// The one rank that erased methods take: a batch axis and up to three point axes.
const RANK: usize = 4;

/// What an optimizer needs of a manifold, with the tensor rank erased.
///
/// Points are flattened to rank [`RANK`]: `[n, 1, 1, d]` for vector manifolds, `[n, 1, rows, columns]`
/// for matrix manifolds. [`Current`] does the flattening.
trait Erased {
    fn name(&self) -> &'static str;
    fn point_rank(&self) -> usize;
    fn sectional_curvature(&self) -> Option<f64>;
    fn metric_parameters(&self) -> Vec<f64>;
    fn follow_tangent(&self, previous: &[f64], x: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK>;
    fn exp(&self, x: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK>;
    fn retract(&self, x: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK>;
    fn inner(&self, x: Tensor<RANK>, v: Tensor<RANK>, w: Tensor<RANK>) -> Tensor<RANK>;
    fn component_inner(&self, x: Tensor<RANK>, v: Tensor<RANK>, w: Tensor<RANK>) -> Tensor<RANK>;
    fn project(&self, x: Tensor<RANK>) -> Tensor<RANK>;
    fn project_tangent(&self, x: Tensor<RANK>, u: Tensor<RANK>) -> Tensor<RANK>;
    fn riemannian_gradient(&self, x: Tensor<RANK>, g: Tensor<RANK>) -> Tensor<RANK>;
    fn transport(&self, x: Tensor<RANK>, y: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK>;
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
    fn metric_parameters(&self) -> Vec<f64> {
        Manifold::metric_parameters(self)
    }
    fn follow_tangent(&self, previous: &[f64], x: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::follow_tangent(self, previous, x, v)
    }
    fn exp(&self, x: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::exp(self, x, v)
    }
    fn retract(&self, x: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::retract(self, x, v)
    }
    fn inner(&self, x: Tensor<RANK>, v: Tensor<RANK>, w: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::inner(self, x, v, w)
    }
    fn component_inner(&self, x: Tensor<RANK>, v: Tensor<RANK>, w: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::component_inner(self, x, v, w)
    }
    fn project(&self, x: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::project(self, x)
    }
    fn project_tangent(&self, x: Tensor<RANK>, u: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::project_tangent(self, x, u)
    }
    fn riemannian_gradient(&self, x: Tensor<RANK>, g: Tensor<RANK>) -> Tensor<RANK> {
        Manifold::riemannian_gradient(self, x, g)
    }
    fn transport(&self, x: Tensor<RANK>, y: Tensor<RANK>, v: Tensor<RANK>) -> Tensor<RANK> {
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

    /// [`Manifold::metric_parameters`].
    pub fn metric_parameters(&self) -> Vec<f64> {
        self.manifold.metric_parameters()
    }

    /// [`Manifold::follow_tangent`].
    pub fn follow_tangent<const D: usize>(
        &self,
        previous: &[f64],
        x: Tensor<D>,
        v: Tensor<D>,
    ) -> Tensor<D> {
        let shape = x.dims();
        self.manifold
            .follow_tangent(previous, self.flatten(x), self.flatten(v))
            .reshape(shape)
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

    /// [`Manifold::component_inner`]; broadcasts against `x`.
    pub fn component_inner<const D: usize>(
        &self,
        x: Tensor<D>,
        v: Tensor<D>,
        w: Tensor<D>,
    ) -> Tensor<D> {
        let dims = x.dims();
        let inner =
            self.manifold
                .component_inner(self.flatten(x), self.flatten(v), self.flatten(w));
        let mut shape = dims;
        let point = self.point_rank();
        shape[D - point..].copy_from_slice(&inner.dims()[RANK - point..]);
        inner.reshape(shape)
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

    fn flatten<const D: usize>(&self, x: Tensor<D>) -> Tensor<RANK> {
        let dims = x.dims();
        let point = self.point_rank();
        assert!(
            point <= D && point < RANK,
            "points of {} have {point} axes, got shape {dims:?}",
            self.name(),
        );
        let mut shape = [1; RANK];
        shape[0] = dims[..D - point].iter().product();
        shape[RANK - point..].copy_from_slice(&dims[D - point..]);
        x.reshape(shape)
    }
}
