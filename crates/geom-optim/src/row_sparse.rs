//! Lazy steps on the few rows of a large table that a batch touches.

use burn::config::Config;
use burn::module::{Module, Param, ParamId};
use burn::optim::LearningRate;
use burn::tensor::{DType, IndexingUpdateOp, Int, Tensor};
use geom_core::numerics::{is_half, single};
use geom_core::{Manifold, SettingError};

use crate::builder::expect_valid;
use crate::geometry::Geometry;
use crate::row_gradient::RowGradient;
use crate::setting::check_adam;
use crate::step_map::StepMap;

/// Stochastic gradient descent on the touched rows of a table.
///
/// For every row $i$ of the gradient, with $g_i$ its ambient value and $\eta$ the learning rate:
///
/// $$
/// \begin{aligned}
/// r_i &= \operatorname{grad} f(x_i) \text{ from } g_i && (1)\\\\
/// x_i &\leftarrow \pi\bigl(\exp_{x_i}(-\eta\\, r_i)\bigr) && (2)
/// \end{aligned}
/// $$
///
/// It equals a dense step of [`RiemannianSgd`](crate::RiemannianSgd) without momentum: rows that are
/// not touched have no gradient and keep every bit. On flat space (2) is $x_i - \eta g_i$.
///
/// # Cost
/// The rows are gathered, stepped and written back, $O(b\\,d)$ for $b$ rows of width $d$, whatever the
/// size of the table. Writing back happens in place on the CPU backends when the table is the only
/// handle on its memory, so pass the table itself, not a clone that another variable still holds:
/// a shared table is copied, $O(n\\,d)$.
///
/// # Examples
///
/// A batch differentiates with respect to the gathered rows alone; the table stays off the tape.
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_optim::{RowGradient, RowSparseSgd, StepMap};
///
/// let device = Device::default();
/// let ball = PoincareBall::new(1.0);
/// let table = Tensor::<2>::from_data([[0.1, 0.2], [0.3, -0.4], [-0.5, 0.0]], &device);
///
/// let rows = Tensor::<1, Int>::from_data([0, 2], &device);
/// let points = Tensor::from_inner(table.clone().select(0, rows.clone())).require_grad();
/// let [u, v] = [points.clone().narrow(0, 0, 1), points.clone().narrow(0, 1, 1)];
/// let before = ball.distance(u, v);
/// let values = points.grad(&before.sum().backward()).expect("the rows are on the tape");
///
/// let sgd = RowSparseSgd::new(StepMap::ExponentialMap);
/// let table = sgd.step(&ball, 0.1, table, RowGradient::from_unique(rows, values));
/// let untouched: Vec<f32> = table.narrow(0, 1, 1).into_data().iter().collect();
/// assert_eq!(untouched, [0.3, -0.4]);
/// ```
///
/// # References
/// Nickel and Kiela (2017), *Poincaré embeddings for learning hierarchical representations*.
#[derive(Clone, Debug, Default)]
pub struct RowSparseSgd {
    step: StepMap,
}

impl RowSparseSgd {
    /// Steps along `step`.
    pub fn new(step: StepMap) -> Self {
        Self { step }
    }

    /// Steps the rows of `gradient` and returns the table.
    ///
    /// # Shapes
    /// - `table`: `[n, d]`, every row a point of `manifold`; likewise the result
    ///
    /// # Panics
    /// If the table is tracked by automatic differentiation, or its width is not that of the
    /// gradient. Rows must lie below `n`, which not every backend checks.
    pub fn step<M: Manifold>(
        &self,
        manifold: &M,
        lr: LearningRate,
        table: Tensor<2>,
        gradient: RowGradient,
    ) -> Tensor<2> {
        let (rows, gradient) = checked_parts::<M>(&table, gradient);
        let (x, gradient) = (single(gather(&table, &rows)), single(gradient));
        let manifold = manifold.valid();
        let geometry = Geometry::of(&manifold);
        let direction = geometry.step_gradient(&x, gradient);
        let next = geometry.advance(self.step, x, direction, -lr);
        scatter(table, &rows, next)
    }
}

/// Configuration of [`RowSparseAdam`].
///
/// | Setting | Default | Range | Purpose |
/// |---|---|---|---|
/// | `beta_1` | 0.9 | [0, 1) | decay of the first moment |
/// | `beta_2` | 0.999 | [0, 1) | decay of the second moment |
/// | `epsilon` | 1e-5 | positive | keeps the division finite |
/// | `step` | exponential map | | how a tangent vector becomes the next point |
#[derive(Config, Debug)]
pub struct RowSparseAdamConfig {
    /// Decay of the first moment, in [0, 1).
    #[config(default = 0.9)]
    pub beta_1: f32,
    /// Decay of the second moment, in [0, 1).
    #[config(default = 0.999)]
    pub beta_2: f32,
    /// Added to the root of the second moment; positive.
    #[config(default = 1e-5)]
    pub epsilon: f32,
    /// How a step in the tangent space becomes the next point.
    #[config(default = "StepMap::ExponentialMap")]
    pub step: StepMap,
}

impl RowSparseAdamConfig {
    /// Checks that every setting is in its range.
    ///
    /// # Errors
    /// [`SettingError`], naming the first one that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        check_adam(self.beta_1, self.beta_2, self.epsilon)
    }

    /// [`try_init`](Self::try_init) for settings known to be valid.
    ///
    /// # Panics
    /// If a setting is out of range.
    pub fn init(&self) -> RowSparseAdam {
        expect_valid(self.try_init())
    }

    /// The optimizer.
    ///
    /// # Errors
    /// [`SettingError`], naming the first setting out of range.
    pub fn try_init(&self) -> Result<RowSparseAdam, SettingError> {
        self.check()?;
        Ok(RowSparseAdam {
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            step: self.step,
        })
    }
}

/// Adam on the touched rows of a table, with lazy moments.
///
/// For every row $i$ of the gradient, with $t_i$ the number of batches that touched it, this one
/// included:
///
/// $$
/// \begin{aligned}
/// t_i &\leftarrow t_i + 1 && (1)\\\\
/// r_i &= \operatorname{grad} f(x_i) \text{ from } g_i && (2)\\\\
/// m_i &\leftarrow \beta_1 m_i + (1-\beta_1)\\, r_i && (3)\\\\
/// v_i &\leftarrow \beta_2 v_i + (1-\beta_2)\\, \lVert r_i\rVert_{x_i}^2 && (4)\\\\
/// d_i &= \frac{m_i/(1-\beta_1^{t_i})}{\sqrt{v_i/(1-\beta_2^{t_i})} + \varepsilon} && (5)\\\\
/// x_i' &= \pi\bigl(\exp_{x_i}(-\eta\\, d_i)\bigr),\quad m_i \leftarrow P_{x_i\to x_i'}\\, m_i,\quad
/// x_i \leftarrow x_i' && (6)
/// \end{aligned}
/// $$
///
/// The moments of a row that is not touched rest as they are, and its bias correction uses its own
/// count, so a rare row gets full-sized first steps whenever it comes. While every batch touches every
/// row this is [`RiemannianAdam`](crate::RiemannianAdam) with
/// [`SecondMoment::PerPoint`](crate::SecondMoment::PerPoint), also on flat space.
///
/// The moments belong to the manifold they were gathered on: pass the same one, with the same
/// curvature, at every step.
///
/// # Cost
/// As [`RowSparseSgd`]; the table and the state are passed by value so that all of them can be written
/// in place.
///
/// # References
/// Bécigneul and Ganea (2019), *Riemannian adaptive optimization methods*.
#[derive(Clone, Debug)]
pub struct RowSparseAdam {
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    step: StepMap,
}

/// State of [`RowSparseAdam`]: what is remembered of each row of a table.
///
/// It is a Burn [`Module`] (without trainable parameters), so it saves, loads and moves to a device as
/// modules do, alone or as a field of the module that holds the table.
#[derive(Module, Debug)]
pub struct RowSparseAdamState {
    /// First moments, each tangent at its row: `[n, d]`.
    pub moment_1: Param<Tensor<2>>,
    /// Second moments, one number per row: `[n, 1]`.
    pub moment_2: Param<Tensor<2>>,
    /// How many batches have touched each row: `[n]`.
    pub steps: Param<Tensor<1, Int>>,
}

impl RowSparseAdamState {
    /// The state before the first step on `table`.
    pub fn zeros(table: &Tensor<2>) -> Self {
        let [rows, width] = table.dims();
        let table = table.clone().without_autodiff();
        let device = table.device();
        // A second moment is soon below what half precision has.
        let dtype = match is_half(table.dtype()) {
            true => DType::F32,
            false => table.dtype(),
        };
        Self {
            moment_1: untrained(Tensor::zeros([rows, width], (&device, dtype))),
            moment_2: untrained(Tensor::zeros([rows, 1], (&device, dtype))),
            steps: Param::initialized(ParamId::new(), Tensor::zeros([rows], &device)),
        }
    }
}

/// A tensor that a module records and no optimizer trains.
fn untrained(value: Tensor<2>) -> Param<Tensor<2>> {
    Param::initialized(ParamId::new(), value)
}

impl RowSparseAdam {
    /// Steps the rows of `gradient` and returns the table and the new state.
    ///
    /// # Shapes
    /// - `table`: `[n, d]`, every row a point of `manifold`; likewise the result
    ///
    /// # Panics
    /// If the table is tracked by automatic differentiation, or its width is not that of the
    /// gradient. Rows must lie below `n`, which not every backend checks.
    pub fn step<M: Manifold>(
        &self,
        manifold: &M,
        lr: LearningRate,
        table: Tensor<2>,
        gradient: RowGradient,
        state: RowSparseAdamState,
    ) -> (Tensor<2>, RowSparseAdamState) {
        let (rows, gradient) = checked_parts::<M>(&table, gradient);
        let (x, gradient) = (single(gather(&table, &rows)), single(gradient));

        let steps = state.steps.map(|steps| {
            let once = rows.ones_like().cast(steps.dtype());
            steps.select_assign(0, rows.clone(), once, IndexingUpdateOp::Add)
        });
        let time = steps
            .val()
            .select(0, rows.clone())
            .float()
            .cast(x.dtype())
            .unsqueeze_dim(1);
        let moment_1 = gather(&state.moment_1, &rows);
        let moment_2 = gather(&state.moment_2, &rows);

        let manifold = manifold.valid();
        let geometry = Geometry::of(&manifold);
        let gradient = geometry.step_gradient(&x, gradient);
        let square = geometry.squared_norm(&x, gradient.clone());
        let moment_1 = moment_1
            .mul_scalar(self.beta_1)
            .add(gradient.mul_scalar(1.0 - self.beta_1));
        let moment_2 = moment_2
            .mul_scalar(self.beta_2)
            .add(square.mul_scalar(1.0 - self.beta_2));

        let mean = moment_1
            .clone()
            .div(bias_correction(self.beta_1, time.clone()));
        let root = moment_2
            .clone()
            .div(bias_correction(self.beta_2, time))
            .sqrt();
        let direction = mean.div(root.add_scalar(self.epsilon));

        let next = geometry.advance(self.step, x.clone(), direction, -lr);
        let moment_1 = geometry.transport(x, next.clone(), moment_1);
        let table = scatter(table, &rows, next);
        let moment_1 = state
            .moment_1
            .map(|moments| scatter(moments, &rows, moment_1));
        let moment_2 = state
            .moment_2
            .map(|moments| scatter(moments, &rows, moment_2));
        (
            table,
            RowSparseAdamState {
                moment_1,
                moment_2,
                steps,
            },
        )
    }
}

/// $1 - \beta^t$ for a tensor of step counts $t \ge 1$.
///
/// # Numerics
/// With $h = \tanh(-\tfrac t2 \ln\beta)$ it is $2h/(1+h)$, which does not cancel while $\beta^t$ is
/// close to 1.
fn bias_correction(beta: f32, time: Tensor<2>) -> Tensor<2> {
    if beta == 0.0 {
        return time.ones_like();
    }
    let h = time.mul_scalar(-0.5 * f64::from(beta).ln()).tanh();
    h.clone().mul_scalar(2.0).div(h.add_scalar(1.0))
}

/// The rows and values of a gradient that fits the table.
fn checked_parts<M: Manifold>(
    table: &Tensor<2>,
    gradient: RowGradient,
) -> (Tensor<1, Int>, Tensor<2>) {
    const {
        assert!(
            M::POINT_RANK == 1,
            "a row of a table holds one point, so points must be vectors"
        )
    };
    assert!(
        !table.is_autodiff(),
        "the table must be off the tape: pass `table.inner()`"
    );
    let (rows, values) = gradient.into_parts();
    let ([_, width], [_, given]) = (table.dims(), values.dims());
    assert_eq!(
        width, given,
        "the table has rows of width {width}, the gradient of width {given}"
    );
    (rows, values)
}

/// The rows as a tensor of their own; the handle on the table that this takes is gone on return.
fn gather(table: &Tensor<2>, rows: &Tensor<1, Int>) -> Tensor<2> {
    table.clone().select(0, rows.clone())
}

/// Replaces the rows; in place where the table is the only handle on its memory.
fn scatter(table: Tensor<2>, rows: &Tensor<1, Int>, values: Tensor<2>) -> Tensor<2> {
    let values = match values.dtype() == table.dtype() {
        true => values,
        false => values.cast(table.dtype()),
    };
    table.select_assign(0, rows.clone(), values, IndexingUpdateOp::Assign)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tolerance};

    use super::*;

    #[test]
    fn the_bias_correction_keeps_its_digits_from_the_first_step_to_the_millionth() {
        let counts = [1.0, 2.0, 10.0, 1e3, 1e6];
        for (beta, dtype, tolerance) in [
            (0.9_f32, DType::F64, 1e-14),
            (0.999, DType::F64, 1e-14),
            (0.9, DType::F32, 1e-6),
            (0.999, DType::F32, 1e-6),
        ] {
            let time = Tensor::<2>::from_data([counts], (&Device::default(), dtype));
            let expected = counts.map(|t| -(t * f64::from(beta).ln()).exp_m1());
            let expected = Tensor::<2>::from_data([expected], (&Device::default(), DType::F64));
            let found = bias_correction(beta, time).cast(DType::F64);
            found
                .into_data()
                .assert_approx_eq(&expected.into_data(), Tolerance::<f64>::relative(tolerance));
        }
    }

    #[test]
    fn without_first_moment_decay_there_is_no_bias() {
        let time = Tensor::<2>::from_data([[1.0, 5.0]], &Device::default());
        let found: Vec<f32> = bias_correction(0.0, time).into_data().iter().collect();
        assert_eq!(found, [1.0, 1.0]);
    }
}
