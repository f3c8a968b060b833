//! Points and tangent vectors by regime, the same on every backend and in every run.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::manifold::Manifold;
use crate::manifold::point_size::PointSize;
use crate::numerics::Limits;

/// Where on the manifold a law is tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regime {
    /// Its name in failures.
    pub name: &'static str,
    /// Distance of the points from the origin, in units of the curvature radius.
    pub radius: f64,
}

/// The regimes in which laws hold to a stated accuracy.
pub const REGIMES: [Regime; 4] = [
    Regime {
        name: "origin",
        radius: 0.0,
    },
    Regime {
        name: "near the origin",
        radius: 1e-3,
    },
    Regime {
        name: "generic",
        radius: 1.0,
    },
    Regime {
        name: "far out",
        radius: 3.0,
    },
];

/// Points tried at once.
pub const ROWS: usize = 12;

/// Rank of every tensor of the suite: a batch axis and up to three point axes, unused ones of size 1.
pub const RANK: usize = 4;

/// How much of the injectivity radius a point may be away from the origin, and a step from a point:
/// below one half, so that two points and the geodesic between them stay inside.
const SHARE: f64 = 0.45;

/// A manifold with everything needed to draw test points on it.
#[derive(Debug, Clone)]
pub struct Case<'a, M> {
    /// The manifold.
    pub manifold: &'a M,
    /// How large its points are.
    pub size: PointSize,
    /// Device of the tensors.
    pub device: Device,
    /// Float format of the tensors.
    pub dtype: DType,
    /// Where the points lie.
    pub regime: Regime,
}

impl<M: Manifold> Case<'_, M> {
    /// The unit of length, $1/\sqrt{|\kappa|}$, or 1 where there is no curvature.
    pub fn unit(&self) -> f64 {
        match self.manifold.sectional_curvature() {
            Some(curvature) if curvature != 0.0 => curvature.abs().sqrt().recip(),
            _ => 1.0,
        }
    }

    /// Distance of the regime's points from the origin, as a length.
    pub fn radius(&self) -> f64 {
        self.within(self.regime.radius)
    }

    /// A length given in units, kept below a share of the injectivity radius.
    pub fn within(&self, units: f64) -> f64 {
        let largest = SHARE * self.manifold.injectivity_radius(&self.point());
        (units * self.unit()).min(largest)
    }

    /// The longest way out: to the cut locus or the edge where there is one, otherwise to the
    /// outermost point that the number format has.
    pub fn edge(&self) -> f64 {
        let largest = self.manifold.injectivity_radius(&self.point());
        (self.limits().max_radius * self.unit()).min(largest)
    }

    /// By how much rounding of coordinates grows at this radius: $e^{2r}$, once for the resolution
    /// of the points and once for that of the tangent vectors.
    pub fn amplification(&self) -> f64 {
        (2.0 * self.radius() / self.unit()).exp()
    }

    /// Constants of the float format.
    pub fn limits(&self) -> Limits {
        Limits::of(self.dtype)
    }

    /// Shape of one point.
    pub fn point(&self) -> Vec<usize> {
        let point = self.manifold.point_shape(self.size.clone());
        let axes = point.axes().to_vec();
        assert_eq!(axes.len(), M::POINT_RANK, "the shape of one point");
        axes
    }

    /// Shape of a batch of points.
    pub fn shape(&self) -> [usize; RANK] {
        let point = self.point();
        let mut shape = [1; RANK];
        shape[0] = ROWS;
        shape[RANK - point.len()..].copy_from_slice(&point);
        shape
    }

    /// Numbers between −1 and 1, in the shape of points; `salt` chooses the stream.
    pub fn ambient(&self, salt: u64) -> Tensor<RANK> {
        let shape = self.shape();
        let mut state = salt.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let values: Vec<f64> = (0..shape.iter().product())
            .map(|_| uniform(&mut state))
            .collect();
        Tensor::from_data(TensorData::new(values, shape), (&self.device, self.dtype))
    }

    /// The origin, once per row.
    pub fn origin(&self) -> Tensor<RANK> {
        let origin = self.manifold.origin(self.shape(), &self.device);
        self.manifold.project(origin.cast(self.dtype))
    }

    /// Points in the regime.
    pub fn points(&self, salt: u64) -> Tensor<RANK> {
        self.points_at(self.radius(), salt)
    }

    /// Points at another distance from the origin than that of the regime, and away from the origin:
    /// what depends on the distances of two points cancels where they are equal.
    pub fn points_elsewhere(&self, salt: u64) -> Tensor<RANK> {
        self.points_at(self.within(0.6 * self.regime.radius + 0.3), salt)
    }

    /// Points at distance `radius` from the origin.
    pub fn points_at(&self, radius: f64, salt: u64) -> Tensor<RANK> {
        let origin = self.origin();
        let v = self.tangents(&origin, salt, radius);
        self.manifold.exp(origin, v)
    }

    /// Tangent vectors at `x` of this length.
    pub fn tangents(&self, x: &Tensor<RANK>, salt: u64, length: f64) -> Tensor<RANK> {
        let u = self.manifold.project_tangent(x.clone(), self.ambient(salt));
        let norm = self.manifold.norm(x.clone(), u.clone());
        // Next to the boundary a tangent vector may round to zero, and then stays zero.
        let zero = norm.clone().equal_elem(0.0);
        u * norm.mask_fill(zero, 1.0).recip().mul_scalar(length)
    }
}

/// The next number of the SplitMix64 sequence, as a number in (−1, 1).
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}
