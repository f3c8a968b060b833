//! A cost on a manifold, and what a solver asks of it.

use burn::tensor::{Device, Tensor};
use geom_core::Manifold;
use geom_core::numerics::{Limits, to_vec_f64};
use serde::{Deserialize, Serialize};

use super::cost::{Cost, SecondOrder};
use super::error::Quantity;
use super::stored;
use crate::geometry::Geometry;
use crate::step_map::StepMap;

/// Minimize a cost over a manifold: $\min_{x\in M} f(x)$.
///
/// A point is one point of the manifold or a batch of them; a batch is a single point of the product
/// manifold, whose inner product is the sum over all rows.
///
/// # Examples
/// ```
/// use burn::tensor::Tensor;
/// use geom_core::{Manifold, PoincareBall};
/// use geom_optim::solvers::Problem;
///
/// let ball = PoincareBall::new(1.0);
/// let cost = move |x: Tensor<2>| ball.distance(x.clone(), x.zeros_like()).sum();
/// let problem = Problem::new(PoincareBall::new(1.0), cost);
/// assert_eq!(problem.manifold().name(), "poincare-ball");
/// ```
#[derive(Clone, Debug)]
pub struct Problem<M, C> {
    manifold: M,
    cost: C,
}

impl<M: Manifold, C> Problem<M, C> {
    /// The problem of minimizing `cost` over `manifold`.
    pub fn new(manifold: M, cost: C) -> Self {
        Self {
            // A learnable curvature would put every step of the solver on the tape.
            manifold: manifold.valid(),
            cost,
        }
    }

    /// The manifold.
    pub fn manifold(&self) -> &M {
        &self.manifold
    }

    /// The cost.
    pub fn cost(&self) -> &C {
        &self.cost
    }
}

/// How often a run has evaluated its cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluations {
    /// Evaluations of the cost, each with its gradient.
    pub costs: usize,
    /// Products of the Hessian with a vector.
    pub hessian_vectors: usize,
}

/// A point with everything a solver knows there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Iterate<const D: usize> {
    /// The point, or batch of points.
    #[serde(with = "stored::tensor")]
    pub point: Tensor<D>,
    /// $f(x)$.
    #[serde(with = "stored::float")]
    pub cost: f64,
    /// $\nabla f(x)$ in ambient coordinates, as automatic differentiation returns it.
    #[serde(with = "stored::tensor")]
    pub ambient_gradient: Tensor<D>,
    /// $\operatorname{grad} f(x)$, a tangent vector.
    #[serde(with = "stored::tensor")]
    pub gradient: Tensor<D>,
    /// $\lVert\operatorname{grad} f(x)\rVert_x$.
    #[serde(with = "stored::float")]
    pub gradient_norm: f64,
}

impl<const D: usize> Iterate<D> {
    /// What is infinite or not a number.
    pub(crate) fn broken(&self) -> Option<Quantity> {
        if !self.cost.is_finite() {
            Some(Quantity::Cost)
        } else if !self.gradient_norm.is_finite() {
            Some(Quantity::Gradient)
        } else {
            None
        }
    }

    /// The same iterate on a device.
    pub fn to_device(self, device: &Device) -> Self {
        Self {
            point: self.point.to_device(device),
            ambient_gradient: self.ambient_gradient.to_device(device),
            gradient: self.gradient.to_device(device),
            ..self
        }
    }
}

/// The verbs of a [`Problem`], counted: geometry of the whole batch, cost and derivatives.
#[derive(Debug)]
pub struct Oracle<'a, M, C> {
    problem: &'a Problem<M, C>,
    map: StepMap,
    evaluations: Evaluations,
    scale: f64,
}

impl<'a, M: Manifold, C> Oracle<'a, M, C> {
    /// An oracle that has counted `evaluations` so far and steps along `map`. `scale` is the size of
    /// the numbers that the cost is computed from, as far as the run has seen.
    pub(crate) fn new(
        problem: &'a Problem<M, C>,
        map: StepMap,
        evaluations: Evaluations,
        scale: f64,
    ) -> Self {
        Self {
            problem,
            map,
            evaluations,
            scale,
        }
    }

    /// The manifold.
    pub fn manifold(&self) -> &'a M {
        &self.problem.manifold
    }

    /// What was counted so far.
    pub fn evaluations(&self) -> Evaluations {
        self.evaluations
    }

    /// The inner product of the product manifold, $\sum_i \langle v_i, w_i\rangle_{x_i}$, summed in
    /// double precision.
    pub fn inner<const D: usize>(&self, x: &Tensor<D>, v: &Tensor<D>, w: &Tensor<D>) -> f64 {
        let products = self.manifold().inner(x.clone(), v.clone(), w.clone());
        to_vec_f64(products).iter().sum()
    }

    /// The norm of the product manifold.
    pub fn norm<const D: usize>(&self, x: &Tensor<D>, v: &Tensor<D>) -> f64 {
        // A tangent vector of a pseudo-Euclidean ambient space can come out below zero by rounding.
        self.inner(x, v, v).max(0.0).sqrt()
    }

    /// The length of the longest row of a tangent vector.
    pub fn max_row_norm<const D: usize>(&self, x: &Tensor<D>, v: &Tensor<D>) -> f64 {
        let lengths = self.manifold().norm(x.clone(), v.clone());
        to_vec_f64(lengths).into_iter().fold(0.0, f64::max)
    }

    /// The longest step that a row may take and still be told from its shadow behind the cut locus.
    pub fn injectivity_radius<const D: usize>(&self, x: &Tensor<D>) -> f64 {
        let shape = x.dims();
        let point = &shape[D - M::POINT_RANK..];
        self.manifold().injectivity_radius(point)
    }

    /// The guarded verbs that solvers share with optimizers.
    fn geometry(&self) -> Geometry<'a> {
        Geometry::of(self.manifold())
    }

    /// The point that the step `v` leads to from `x`. A row whose step leaves the number format stays
    /// where it is.
    pub fn advance<const D: usize>(&self, x: &Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.geometry().advance(self.map, x.clone(), v, 1.0)
    }

    /// Carries a tangent vector from `x` to `y`. A row that leaves the number format starts anew,
    /// with zero.
    pub fn transport<const D: usize>(
        &self,
        x: &Tensor<D>,
        y: &Tensor<D>,
        v: &Tensor<D>,
    ) -> Tensor<D> {
        self.geometry().transport(x.clone(), y.clone(), v.clone())
    }

    /// The orthogonal projection of an ambient vector onto the tangent space at `x`.
    pub fn project_tangent<const D: usize>(&self, x: &Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.geometry().project_tangent(x, u)
    }

    /// Cost and gradient at a point.
    ///
    /// # Panics
    /// If the cost is not one number.
    pub fn evaluate<const D: usize>(&mut self, point: Tensor<D>) -> Iterate<D>
    where
        C: Cost<D>,
    {
        self.evaluations.costs += 1;
        let (cost, ambient_gradient) = self.problem.cost.cost_and_gradient(point.clone());
        let shape = cost.dims();
        assert_eq!(
            shape,
            [1],
            "a cost is one number: expected shape [1], got {shape:?}"
        );
        let gradient = self
            .geometry()
            .riemannian_gradient(&point, ambient_gradient.clone());
        let gradient_norm = self.norm(&point, &gradient);
        Iterate {
            cost: to_vec_f64(cost)[0],
            gradient_norm,
            point,
            ambient_gradient,
            gradient,
        }
    }

    /// The Riemannian Hessian at an iterate, applied to a tangent vector.
    pub fn hessian<const D: usize>(&mut self, at: &Iterate<D>, v: &Tensor<D>) -> Tensor<D>
    where
        C: SecondOrder<D>,
    {
        self.evaluations.hessian_vectors += 1;
        let product = self
            .problem
            .cost
            .hessian_vector(at.point.clone(), v.clone());
        self.manifold().riemannian_hessian(
            at.point.clone(),
            at.ambient_gradient.clone(),
            product,
            v.clone(),
        )
    }

    /// The change of cost that may be rounding: [`Limits::membership`] of the larger of the cost at
    /// the start of the run and the cost now.
    ///
    /// A cost is often the small difference of large numbers. How large they are, the solver cannot
    /// know; the cost at the start is the best hint it has.
    pub fn rounding<const D: usize>(&self, at: &Iterate<D>) -> f64 {
        Limits::of(at.point.dtype()).membership * self.scale.max(at.cost.abs())
    }
}
