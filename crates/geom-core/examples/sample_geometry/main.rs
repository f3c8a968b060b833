//! Points, vectors and what every verb of every manifold makes of them, as JSON on the standard
//! output: what `tools/compare_with_peers.py` holds against other libraries and exact arithmetic.

mod reach;
mod verbs;

use burn::tensor::{DType, Device, Tensor};
use geom_core::config::FactorConfig;
use geom_core::numerics::to_vec_f64;
use geom_core::testing::example_size;
use geom_core::testing::sampling::{Case, RANK, Regime};
use geom_core::{
    Manifold, ManifoldConfig, ManifoldVisitor, PoincareBall, PointSize, SphereSubspace,
    Stereographic,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use reach::Reach;
use verbs::{FACTOR, MATRIX, gradients, gyrovector, mean, nothing, values, weights};

type Rows = Tensor<RANK>;
type Named = (&'static str, Rows);

/// Intrinsic dimension of the points; the size of matrices.
const DIM: usize = 3;
/// Curvature magnitudes.
const CURVATURES: [f64; 3] = [0.25, 1.0, 4.0];
const SIGNED_CURVATURES: [f64; 5] = [-1.0, -1e-4, 0.0, 1e-4, 1.0];
/// The distance of close points and the length of short vectors, in units of the curvature radius.
const CLOSE: f64 = 1e-6;
/// Where the points lie; how far `y` is from `x`, if not anywhere; how long the vectors are.
const REGIMES: [(&str, f64, Option<f64>, f64); 4] = [
    ("near the origin", 1e-3, None, 0.7),
    ("generic", 1.0, None, 0.7),
    ("far out", 4.0, None, 0.7),
    ("close pairs", 1.0, Some(CLOSE), CLOSE),
];

/// Every manifold with the size of its points, but for those that `main` builds itself.
fn manifolds() -> Vec<(ManifoldConfig, PointSize)> {
    use ManifoldConfig::*;
    let mut list = vec![Euclidean, Sphere, Oblique, Torus];
    list.extend(CURVATURES.into_iter().flat_map(hyperbolic));
    list.extend(SIGNED_CURVATURES.map(|kappa| Stereographic { kappa }));
    list.extend([ProbabilitySimplex, PositiveOrthant, BirkhoffPolytope]);
    let ball = || PoincareBall { c: 1.0 };
    let base = || Box::new(ball());
    list.push(Scaled {
        scale: 1.5,
        base: base(),
    });
    list.push(Power {
        count: 2,
        base: base(),
    });
    let mut list: Vec<_> = list
        .into_iter()
        .map(|config| {
            let size = example_size(&config, DIM);
            (config, size)
        })
        .collect();
    let factors = [ball(), Sphere, Euclidean].map(|manifold| FactorConfig { manifold, dim: 2 });
    let dim = 2 * factors.len();
    let factors = factors.into();
    list.push((Product { factors }, dim.into()));
    list
}

/// The models of hyperbolic space, of curvature $-c$.
fn hyperbolic(c: f64) -> [ManifoldConfig; 4] {
    [
        ManifoldConfig::PoincareBall { c },
        ManifoldConfig::Hyperboloid { c },
        ManifoldConfig::KleinBall { c },
        ManifoldConfig::HalfSpace { c },
    ]
}

fn case<M>(manifold: &M, size: PointSize, dtype: DType, regime: Regime) -> Case<'_, M> {
    Case {
        manifold,
        size,
        device: Device::flex(),
        dtype,
        regime,
    }
}

/// Points `x` and `y`, tangent vectors `v` and `w` at `x`, and `u`, any vector: also the weights that
/// turn a vector into a number to differentiate.
fn inputs<M: Manifold>(case: &Case<M>, apart: Option<f64>, length: f64) -> [Named; 5] {
    let x = case.points(1);
    let tangents = |salt, length| case.tangents(&x, salt, case.within(length));
    let y = match apart {
        Some(distance) => case.manifold.exp(x.clone(), tangents(5, distance)),
        None => case.points_at(0.8 * case.radius(), 2),
    };
    let (v, w, u) = (tangents(3, length), tangents(4, length), case.ambient(6));
    [("x", x), ("y", y), ("v", v), ("w", w), ("u", u)]
}

/// All results on one manifold, by regime.
fn sample<M: Manifold>(
    config: impl Serialize,
    m: &M,
    size: PointSize,
    more: fn(&M, &[Named; 5]) -> Vec<Named>,
) -> Vec<Value> {
    let record = |(name, radius, apart, length)| {
        let inputs = inputs(
            &case(m, size.clone(), DType::F64, Regime { name, radius }),
            apart,
            length,
        );
        let mut ours = values(m, &inputs);
        ours.extend(gradients(m, &inputs));
        ours.push(("frechet_mean", mean(m, inputs[0].1.clone())));
        ours.extend(more(m, &inputs));
        json!({
            "manifold": config,
            "point_shape": m.point_shape(size.clone()).axes(),
            "regime": name,
            "inputs": object(inputs),
            "ours": object(ours),
        })
    };
    REGIMES.map(record).into()
}

struct Sample<'a>(&'a ManifoldConfig, PointSize);

impl ManifoldVisitor for Sample<'_> {
    type Output = Vec<Value>;

    fn visit<M: Manifold>(self, m: M) -> Vec<Value> {
        sample(self.0, &m, self.1, nothing)
    }
}

/// Each tensor as a list of rows.
fn object(tensors: impl IntoIterator<Item = Named>) -> Map<String, Value> {
    let rows = |(name, t): Named| {
        let width = t.dims()[1..].iter().product();
        (
            name.to_owned(),
            json!(to_vec_f64(t).chunks(width).collect::<Vec<_>>()),
        )
    };
    tensors.into_iter().map(rows).collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut records = Vec::new();
    for (config, size) in manifolds() {
        records.extend(match config {
            ManifoldConfig::PoincareBall { c } => {
                sample(&config, &PoincareBall::new(c), size, gyrovector)
            }
            ManifoldConfig::Stereographic { kappa } => {
                sample(&config, &Stereographic::new(kappa), size, gyrovector)
            }
            _ => config.build(Sample(&config, size))?,
        });
    }
    let normals = [[1.0, 1.0, 1.0, 1.0]];
    let subspace = Tensor::from_data(normals, (&Device::flex(), DType::F64));
    let config = json!({ "name": "sphere-subspace", "complement": normals });
    records.extend(sample(
        config,
        &SphereSubspace::complement(subspace)?,
        (DIM - 1).into(),
        nothing,
    ));

    let mut reach = Vec::new();
    for config in hyperbolic(1.0) {
        for dtype in [DType::F32, DType::F64] {
            reach.push(config.build(Reach(&config, dtype))?);
        }
    }
    let constants = json!({ "factor": FACTOR, "matrix": MATRIX, "weights": weights() });
    let file = json!({ "constants": constants, "records": records, "reach": reach });
    Ok(serde_json::to_writer(std::io::stdout().lock(), &file)?)
}
