//! Every manifold that a configuration can name, for tests that run over all of them.

use crate::catalog::config::{FactorConfig, ManifoldConfig, product};
use crate::catalog::list::{for_each_manifold, listed};
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifold::point_size::PointSize;
use crate::manifold::sample::Sample;
use crate::manifold::transport::ParallelTransport;
use crate::manifolds::{AnyManifold, Power, Scaled};

/// The manifolds of the list, with all their curvatures.
macro_rules! with_curvatures {
    (
        ($curvatures:expr)
        vectors { $($Vector:ident { $($vp:ident)? } $vname:tt $valiases:tt $vt:ident;)+ }
        matrices { $($Matrix:ident { $($mp:ident)? } $mname:tt $maliases:tt $mt:ident;)+ }
    ) => {{
        let mut list = Vec::new();
        $(list.extend(with_curvature!($curvatures, $Vector $($vp)?));)+
        $(list.extend(with_curvature!($curvatures, $Matrix $($mp)?));)+
        list
    }};
}

macro_rules! with_curvature {
    ($curvatures:expr, $Manifold:ident) => {
        [ManifoldConfig::$Manifold]
    };
    ($curvatures:expr, $Manifold:ident c) => {
        $curvatures.iter().map(|&c| ManifoldConfig::$Manifold { c })
    };
    // Both signs, and through zero.
    ($curvatures:expr, $Manifold:ident kappa) => {
        $curvatures
            .iter()
            .flat_map(|&c| [-c, c])
            .chain([0.0])
            .map(|kappa| ManifoldConfig::$Manifold { kappa })
    };
}

/// Every manifold, those with a curvature once for each magnitude in `curvatures`, and every way to make
/// one of others.
pub fn configurations(curvatures: &[f64]) -> Vec<ManifoldConfig> {
    let mut list = for_each_manifold!(with_curvatures(curvatures));
    list.extend(composites());
    list
}

/// One of each of those that are made of others.
fn composites() -> [ManifoldConfig; 3] {
    use ManifoldConfig::*;
    [
        Product {
            factors: vec![
                factor(PoincareBall { c: 0.7 }, 2),
                factor(Sphere, 2),
                factor(Euclidean, 1),
            ],
        },
        Scaled {
            scale: 1.3,
            base: Box::new(Hyperboloid { c: 0.5 }),
        },
        Power {
            count: 3,
            base: Box::new(PoincareBall { c: 1.2 }),
        },
    ]
}

fn factor(manifold: ManifoldConfig, dim: usize) -> FactorConfig {
    FactorConfig { manifold, dim }
}

/// A size that points of the manifold may have, one that grows with `dim`: the dimension for vectors. A
/// dimension does not determine the shape of matrices, so for those it is an example, which has its arm
/// here.
pub fn example_size(config: &ManifoldConfig, dim: usize) -> PointSize {
    use ManifoldConfig::*;
    match config {
        // Several spheres, so that the point is a proper product.
        Oblique => PointSize::from([dim + 1, 3]),
        BirkhoffPolytope => PointSize::from([dim, dim]),
        Power { count, base } => {
            let mut shape = vec![*count];
            match base.build_part() {
                Ok(base) => shape.extend(base.point_shape(dim).axes()),
                Err(error) => panic!("{error}"),
            }
            PointSize::Shape(shape)
        }
        // Of vectors.
        _ => PointSize::Dim(dim),
    }
}

/// Every manifold of vectors that a configuration can name, as one known at run time.
pub fn any_manifolds(curvatures: &[f64]) -> Vec<AnyManifold> {
    let configurations = configurations(curvatures);
    configurations
        .iter()
        .filter_map(|config| config.build_part().ok())
        .collect()
}

/// Code that works on any manifold with parallel transport, for [`build_transport`].
pub trait TransportVisitor {
    /// What it returns.
    type Output;

    /// Runs on the manifold that the configuration names.
    fn visit<M: ParallelTransport>(self, manifold: M) -> Self::Output;
}

/// What the visitor makes of a manifold that has parallel transport.
macro_rules! transported {
    ($visitor:expr, transport, $manifold:expr) => {
        $visitor.visit($manifold)
    };
    ($visitor:expr, none, $manifold:expr) => {
        return Ok(None)
    };
}

/// Builds the manifold and runs `visitor` on it if it has [`ParallelTransport`]; `None` if it has
/// not.
///
/// # Errors
/// Those of [`ManifoldConfig::build`].
pub fn build_transport<V: TransportVisitor>(
    config: &ManifoldConfig,
    visitor: V,
) -> Result<Option<V::Output>, GeometryError> {
    use ManifoldConfig as Config;
    macro_rules! build {
        (
            vectors { $($Vector:ident { $($vp:ident)? } $vn:tt $va:tt $vt:ident;)+ }
            matrices { $($Matrix:ident { $($mp:ident)? } $mn:tt $ma:tt $mt:ident;)+ }
        ) => {
            match config {
                $(Config::$Vector $({ $vp })? => {
                    transported!(visitor, $vt, listed!($Vector $($vp)?))
                })+
                $(Config::$Matrix $({ $mp })? => {
                    transported!(visitor, $mt, listed!($Matrix $($mp)?))
                })+
                Config::Product { factors } => visitor.visit(product(factors)?),
                Config::Scaled { scale, base } => {
                    visitor.visit(Scaled::try_new(base.build_part()?, *scale)?)
                }
                Config::Power { count, base } => visitor.visit(Power::new(base.build_part()?, *count)),
            }
        };
    }
    Ok(Some(for_each_manifold!(build)))
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
    macro_rules! build {
        (
            vectors { $($Vector:ident { $($vp:ident)? } $vn:tt $va:tt $vt:ident;)+ }
            matrices { $($Matrix:ident { $($mp:ident)? } $mn:tt $ma:tt $mt:ident;)+ }
        ) => {
            match config {
                $(Config::$Vector $({ $vp })? => visitor.visit(listed!($Vector $($vp)?)),)+
                $(Config::$Matrix $({ $mp })? => visitor.visit(listed!($Matrix $($mp)?)),)+
                Config::Product { factors } => visitor.visit(product(factors)?),
                Config::Scaled { scale, base } => {
                    visitor.visit(Scaled::try_new(base.build_part()?, *scale)?)
                }
                Config::Power { count, base } => visitor.visit(Power::new(base.build_part()?, *count)),
            }
        };
    }
    Ok(for_each_manifold!(build))
}
