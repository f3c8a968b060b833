//! Every manifold that a configuration can name, for tests that run over all of them.

use crate::catalog::config::{FactorConfig, ManifoldConfig};
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::PointSize;
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::{
    AnyManifold, BirkhoffPolytope, DynamicProduct, Euclidean, HalfSpace, Hyperboloid, KleinBall,
    Oblique, PoincareBall, PositiveOrthant, Power, ProbabilitySimplex, Scaled, Sphere,
    Stereographic, Torus,
};

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

/// A size that points of the manifold may have, one that grows with `dim`: the dimension for vectors. A
/// dimension does not determine the shape of matrices, so for those it is an example.
///
/// A manifold that is missing here does not compile.
pub fn example_size(config: &ManifoldConfig, dim: usize) -> PointSize {
    use ManifoldConfig::*;
    match config {
        // Several spheres, so that the point is a proper product.
        Oblique => PointSize::from([dim + 1, 3]),
        BirkhoffPolytope => PointSize::from([dim, dim]),
        Power { count, base } => {
            let mut shape = vec![*count];
            match base.part() {
                Ok(base) => shape.extend(base.point_shape(dim).axes()),
                Err(error) => panic!("{error}"),
            }
            PointSize::Shape(shape)
        }
        Euclidean
        | PoincareBall { .. }
        | Hyperboloid { .. }
        | Stereographic { .. }
        | HalfSpace { .. }
        | KleinBall { .. }
        | Sphere
        | Torus
        | ProbabilitySimplex
        | PositiveOrthant
        | Product { .. }
        | Scaled { .. } => PointSize::Dim(dim),
    }
}

/// Every manifold of vectors that a configuration can name, as one known at run time.
pub fn any_manifolds(curvatures: &[f64]) -> Vec<AnyManifold> {
    let configurations = configurations(curvatures);
    configurations
        .iter()
        .filter_map(|config| config.part().ok())
        .collect()
}

/// Code that works on any manifold with parallel transport, for [`build_transport`].
pub trait TransportVisitor {
    /// What it returns.
    type Output;

    /// Runs on the manifold that the configuration names.
    fn visit<M: ParallelTransport>(self, manifold: M) -> Self::Output;
}

/// Builds the manifold and runs `visitor` on it if it has [`ParallelTransport`]; `None` if it has
/// not.
///
/// A manifold that is missing here does not compile, and one that has parallel transport is named
/// with it.
///
/// # Errors
/// Those of [`ManifoldConfig::build`].
pub fn build_transport<V: TransportVisitor>(
    config: &ManifoldConfig,
    visitor: V,
) -> Result<Option<V::Output>, GeometryError> {
    use ManifoldConfig as Config;
    Ok(Some(match config {
        Config::Euclidean => visitor.visit(Euclidean::new()),
        Config::PoincareBall { c } => visitor.visit(PoincareBall::try_new(*c)?),
        Config::Hyperboloid { c } => visitor.visit(Hyperboloid::try_new(*c)?),
        Config::Stereographic { kappa } => visitor.visit(Stereographic::try_new(*kappa)?),
        Config::HalfSpace { c } => visitor.visit(HalfSpace::try_new(*c)?),
        Config::KleinBall { c } => visitor.visit(KleinBall::try_new(*c)?),
        Config::Sphere => visitor.visit(Sphere::new()),
        Config::Oblique => visitor.visit(Oblique::new()),
        Config::Torus => visitor.visit(Torus::new()),
        Config::ProbabilitySimplex => visitor.visit(ProbabilitySimplex::new()),
        Config::PositiveOrthant => visitor.visit(PositiveOrthant::new()),
        // Its transport is a projection: no closed form is known.
        Config::BirkhoffPolytope => return Ok(None),
        Config::Product { factors } => visitor.visit(product(factors)?),
        Config::Scaled { scale, base } => visitor.visit(Scaled::try_new(base.part()?, *scale)?),
        Config::Power { count, base } => visitor.visit(Power::new(base.part()?, *count)),
    }))
}

/// Code that works on any manifold with random points, for [`build_sample`].
pub trait SampleVisitor {
    /// What it returns.
    type Output;

    /// Runs on the manifold that the configuration names.
    fn visit<M: Sample>(self, manifold: M) -> Self::Output;
}

/// Builds the manifold and runs `visitor` on it: every one has [`Sample`].
///
/// # Errors
/// Those of [`ManifoldConfig::build`].
pub fn build_sample<V: SampleVisitor>(
    config: &ManifoldConfig,
    visitor: V,
) -> Result<V::Output, GeometryError> {
    use ManifoldConfig as Config;
    Ok(match config {
        Config::Euclidean => visitor.visit(Euclidean::new()),
        Config::PoincareBall { c } => visitor.visit(PoincareBall::try_new(*c)?),
        Config::Hyperboloid { c } => visitor.visit(Hyperboloid::try_new(*c)?),
        Config::Stereographic { kappa } => visitor.visit(Stereographic::try_new(*kappa)?),
        Config::HalfSpace { c } => visitor.visit(HalfSpace::try_new(*c)?),
        Config::KleinBall { c } => visitor.visit(KleinBall::try_new(*c)?),
        Config::Sphere => visitor.visit(Sphere::new()),
        Config::Oblique => visitor.visit(Oblique::new()),
        Config::Torus => visitor.visit(Torus::new()),
        Config::ProbabilitySimplex => visitor.visit(ProbabilitySimplex::new()),
        Config::PositiveOrthant => visitor.visit(PositiveOrthant::new()),
        Config::BirkhoffPolytope => visitor.visit(BirkhoffPolytope::new()),
        Config::Product { factors } => visitor.visit(product(factors)?),
        Config::Scaled { scale, base } => visitor.visit(Scaled::try_new(base.part()?, *scale)?),
        Config::Power { count, base } => visitor.visit(Power::new(base.part()?, *count)),
    })
}

fn product(factors: &[FactorConfig]) -> Result<DynamicProduct, GeometryError> {
    let factors: Result<Vec<_>, _> = factors.iter().map(FactorConfig::build).collect();
    DynamicProduct::try_new(factors?)
}
