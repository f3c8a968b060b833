//! Every manifold that a configuration can name, for tests that run over all of them.

use crate::config::{FactorConfig, ManifoldConfig};

/// Every manifold, those with a curvature once for each magnitude in `curvatures`.
///
/// A manifold that is missing here does not compile.
pub fn configurations(curvatures: &[f64]) -> Vec<ManifoldConfig> {
    let mut list = Vec::new();
    let mut config = first();
    loop {
        list.extend(with_curvatures(&config, curvatures));
        match next(&config) {
            Some(following) => config = following,
            None => return list,
        }
    }
}

fn first() -> ManifoldConfig {
    ManifoldConfig::Euclidean
}

/// The manifold after another; the match is what makes the list complete.
fn next(config: &ManifoldConfig) -> Option<ManifoldConfig> {
    use ManifoldConfig::*;
    Some(match config {
        Euclidean => PoincareBall { c: 1.0 },
        PoincareBall { .. } => Hyperboloid { c: 1.0 },
        Hyperboloid { .. } => Stereographic { kappa: 1.0 },
        Stereographic { .. } => HalfSpace { c: 1.0 },
        HalfSpace { .. } => KleinBall { c: 1.0 },
        KleinBall { .. } => Sphere,
        Sphere => Oblique,
        Oblique => Torus,
        Torus => ProbabilitySimplex,
        ProbabilitySimplex => PositiveOrthant,
        PositiveOrthant => BirkhoffPolytope,
        BirkhoffPolytope => Product {
            factors: vec![
                factor(PoincareBall { c: 0.7 }, 2),
                factor(Sphere, 2),
                factor(Euclidean, 1),
            ],
        },
        Product { .. } => Scaled {
            scale: 1.3,
            base: Box::new(Hyperboloid { c: 0.5 }),
        },
        Scaled { .. } => Power {
            count: 3,
            base: Box::new(PoincareBall { c: 1.2 }),
        },
        Power { .. } => return None,
    })
}

fn factor(manifold: ManifoldConfig, dim: usize) -> FactorConfig {
    FactorConfig { manifold, dim }
}

fn with_curvatures(config: &ManifoldConfig, curvatures: &[f64]) -> Vec<ManifoldConfig> {
    use ManifoldConfig::*;
    let each = |make: fn(f64) -> ManifoldConfig| curvatures.iter().map(|&c| make(c)).collect();
    match config {
        PoincareBall { .. } => each(|c| PoincareBall { c }),
        Hyperboloid { .. } => each(|c| Hyperboloid { c }),
        Stereographic { .. } => {
            // Both signs, and through zero.
            let signed = curvatures.iter().flat_map(|&c| [-c, c]).chain([0.0]);
            signed.map(|kappa| Stereographic { kappa }).collect()
        }
        HalfSpace { .. } => each(|c| HalfSpace { c }),
        KleinBall { .. } => each(|c| KleinBall { c }),
        other => vec![other.clone()],
    }
}
