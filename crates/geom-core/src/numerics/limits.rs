//! The constants of the number formats.

use burn::tensor::DType;

/// The constants of a number format, each with its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Distance from 1 to the next larger number.
    pub epsilon: f64,
    /// Distance from the largest number below 1 to 1, $\varepsilon/2$: no ball point can be closer
    /// to the boundary, so nothing is clipped before it.
    pub boundary_gap: f64,
    /// The distance from the origin of a ball point (curvature −1) at the gap,
    /// $2\operatorname{artanh}(1 - \varepsilon/2)$: 17.3 in `f32`, 37.4 in `f64`. The hyperboloid
    /// keeps to the same radius, where its angles are resolved no better than the ball's.
    pub max_radius: f64,
    /// The longest step of the hyperboloid's exponential map, `1.5 * max_radius`:
    /// $\cosh(t)\sinh(\text{radius})$ must stay representable after squaring (1e36 in `f32`).
    pub max_step: f64,
    /// Largest relative violation of a defining equation that counts as rounding:
    /// `1000 * epsilon`, the error of summing a thousand coordinates one by one.
    pub membership: f64,
    /// Below this squared argument a series of four terms replaces the closed form:
    /// $\varepsilon^{1/4}$, where the first term left out falls below rounding.
    pub series: f64,
    /// Smallest coordinate of the probability simplex, $\varepsilon^2$: its root, the coordinate on the
    /// sphere, is one rounding away from the facet. 1.4e-14 in `f32`, 4.9e-32 in `f64`.
    pub min_probability: f64,
    /// Largest $|\ln x|$ of a coordinate of the positive orthant, a third of that of the smallest
    /// normal number: $x^{-3}$, the derivative of the metric, stays representable. 29 in `f32`, 236
    /// in `f64`.
    pub max_log: f64,
    /// The largest length that can be squared, and its double too: $2^{60}$ in `f32`, $2^{500}$ in `f64`.
    pub max_squarable: f64,
    /// A factor that makes the squares of any row of numbers representable: $2^{-78}$ in `f32`,
    /// $2^{-544}$ in `f64`.
    pub(crate) shrink: f64,
}

/// Of the coordinates of points in half precision, all else being computed in `f32`.
const HALF_ROUNDINGS: f64 = 16.0;

impl Limits {
    /// [`membership`](Self::membership) of a float dtype, of half precision too: 0.016 in `f16`, 0.13 in
    /// `bf16`.
    pub fn membership_of(dtype: DType) -> f64 {
        match dtype {
            DType::F16 => HALF_ROUNDINGS * 2f64.powi(-10),
            DType::BF16 => HALF_ROUNDINGS * 2f64.powi(-7),
            _ => Self::of(dtype).membership,
        }
    }

    /// The constants of a float dtype.
    ///
    /// # Panics
    /// For formats below 32 bits: `f16` has neither range nor digits for hyperbolic functions, and
    /// verbs [compute with it in `f32`](crate::half_precision).
    pub fn of(dtype: DType) -> Self {
        let (epsilon, smallest, max_squarable, shrink) = match dtype {
            DType::F64 => (f64::EPSILON, f64::MIN_POSITIVE, 500, -544),
            DType::F32 | DType::Flex32 => (f32::EPSILON.into(), f32::MIN_POSITIVE.into(), 60, -78),
            other => panic!("geometry needs f32 or f64 tensors, got {other:?}; cast them first"),
        };
        let boundary_gap = epsilon / 2.0;
        let max_radius = ((2.0 - boundary_gap) / boundary_gap).ln();
        Self {
            epsilon,
            boundary_gap,
            max_radius,
            max_step: 1.5 * max_radius,
            membership: 1000.0 * epsilon,
            series: epsilon.powf(0.25),
            min_probability: epsilon.powi(2),
            max_log: -smallest.ln() / 3.0,
            max_squarable: 2f64.powi(max_squarable),
            shrink: 2f64.powi(shrink),
        }
    }
}
