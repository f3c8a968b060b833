//! A space that is chosen at run time.

use std::fmt;
use std::str::FromStr;

use burn::module::Module;
use burn::tensor::{Tensor, TensorCreationOptions};
use geom_core::{Curvature, Euclidean, Hyperboloid, PoincareBall, SignedCurvature, Stereographic};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::OriginChart;

/// A space of constant curvature, or a product of such, known at run time: what a configuration file
/// or a command line names.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::spaces::{OriginChart, SpaceConfig};
///
/// let config: SpaceConfig = "product:poincare=2,euclidean=3".parse().unwrap();
/// let space = config.init(1.0, false, &Device::flex()).unwrap();
/// let x = space.exp0(Tensor::<2>::ones([4, 5], &Device::flex()));
/// assert_eq!(x.dims(), [4, 5]);
/// ```
#[derive(Module, Debug)]
// A space is a few words, and a box per layer would cost an allocation for nothing.
#[allow(clippy::large_enum_variant)]
pub enum Space {
    /// [`Euclidean`].
    Euclidean(Euclidean),
    /// [`PoincareBall`].
    PoincareBall(PoincareBall),
    /// [`Hyperboloid`].
    Hyperboloid(Hyperboloid),
    /// [`Stereographic`].
    Stereographic(Stereographic),
    /// Several of them side by side.
    Product(ProductSpace),
}

/// Spaces side by side: coordinates are those of the factors, one after the other, and
/// $d(x, y)^2 = \sum_k d_k(x_k, y_k)^2$.
///
/// # References
/// Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product Spaces*, §3.
#[derive(Module, Debug)]
pub struct ProductSpace {
    factors: Vec<Space>,
    dims: Vec<usize>,
}

/// The name of a [`Space`]: `euclidean`, `poincare`, `hyperboloid`, `stereographic`, or
/// `product:NAME=DIM,NAME=DIM,...`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SpaceConfig {
    /// [`Euclidean`].
    Euclidean,
    /// [`PoincareBall`].
    Poincare,
    /// [`Hyperboloid`].
    Hyperboloid,
    /// [`Stereographic`], which takes a signed curvature.
    Stereographic,
    /// A [`ProductSpace`] of those above with their dimensions.
    Product(Vec<(SpaceConfig, usize)>),
}

/// A space that cannot be had.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// No space has this name.
    #[error(
        "unknown space {name:?}: one of euclidean, poincare, hyperboloid, stereographic, or \
         product:NAME=DIM,NAME=DIM"
    )]
    Unknown {
        /// The name.
        name: String,
    },
    /// A factor of a product has no dimension that is a positive number.
    #[error("factor {factor:?} of a product needs a dimension of at least 1, as in poincare=8")]
    Factor {
        /// The factor.
        factor: String,
    },
    /// A model does not exist in this space.
    #[error("there is no {model} in the space {space}")]
    Model {
        /// The model.
        model: String,
        /// The space.
        space: String,
    },
    /// The curvature is not one of this space.
    #[error("{0}")]
    Curvature(#[from] geom_core::GeometryError),
    /// The dimensions of a product do not add up.
    #[error("the factors of {space} have {sum} dimensions, and {dim} are asked for")]
    Dimension {
        /// The space.
        space: String,
        /// The sum of its factors' dimensions.
        sum: usize,
        /// What was asked for.
        dim: usize,
    },
}

impl SpaceConfig {
    /// Builds the space with curvature `c`, which trains if `learnable`.
    ///
    /// Hyperbolic spaces have curvature $-c$; the stereographic model takes $\kappa = -c$, which may
    /// have either sign; a flat space takes none.
    ///
    /// # Errors
    /// [`SpaceError::Curvature`] if the space has no curvature $-c$.
    pub fn init(
        &self,
        c: f64,
        learnable: bool,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<Space, SpaceError> {
        let options = options.into();
        let curvature = || {
            if learnable {
                Curvature::try_learnable(c, options.clone())
            } else {
                Curvature::try_fixed(c)
            }
        };
        Ok(match self {
            Self::Euclidean => Space::Euclidean(Euclidean::new()),
            Self::Poincare => Space::PoincareBall(PoincareBall::with_curvature(curvature()?)),
            Self::Hyperboloid => Space::Hyperboloid(Hyperboloid::with_curvature(curvature()?)),
            Self::Stereographic => {
                let fixed = SignedCurvature::try_fixed(-c)?;
                let curvature = if learnable {
                    SignedCurvature::learnable(-c, options.clone())
                } else {
                    fixed
                };
                Space::Stereographic(Stereographic::with_curvature(curvature))
            }
            Self::Product(factors) => {
                let spaces: Result<Vec<_>, _> = factors
                    .iter()
                    .map(|(factor, _)| factor.init(c, learnable, options.clone()))
                    .collect();
                Space::Product(ProductSpace {
                    factors: spaces?,
                    dims: factors.iter().map(|&(_, dim)| dim).collect(),
                })
            }
        })
    }

    /// Whether distances in it are those of vectors.
    pub fn is_euclidean(&self) -> bool {
        match self {
            Self::Euclidean => true,
            Self::Product(factors) => factors.iter().all(|(factor, _)| factor.is_euclidean()),
            _ => false,
        }
    }

    /// Whether it has points of dimension `dim`.
    ///
    /// # Errors
    /// [`SpaceError::Dimension`] if it is a product of another dimension.
    pub fn check_dim(&self, dim: usize) -> Result<(), SpaceError> {
        let Self::Product(factors) = self else {
            return Ok(());
        };
        let sum: usize = factors.iter().map(|&(_, dim)| dim).sum();
        if sum == dim {
            return Ok(());
        }
        let space = self.to_string();
        Err(SpaceError::Dimension { space, sum, dim })
    }
}

impl fmt::Display for SpaceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Euclidean => f.write_str("euclidean"),
            Self::Poincare => f.write_str("poincare"),
            Self::Hyperboloid => f.write_str("hyperboloid"),
            Self::Stereographic => f.write_str("stereographic"),
            Self::Product(factors) => {
                for (index, (factor, dim)) in factors.iter().enumerate() {
                    let before = if index == 0 { "product:" } else { "," };
                    write!(f, "{before}{factor}={dim}")?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for SpaceConfig {
    type Err = SpaceError;

    fn from_str(name: &str) -> Result<Self, SpaceError> {
        match name {
            "euclidean" => return Ok(Self::Euclidean),
            "poincare" => return Ok(Self::Poincare),
            "hyperboloid" => return Ok(Self::Hyperboloid),
            "stereographic" => return Ok(Self::Stereographic),
            _ => {}
        }
        let Some(factors) = name.strip_prefix("product:") else {
            let name = name.to_owned();
            return Err(SpaceError::Unknown { name });
        };
        let factors = factors.split(',').map(|text| {
            let wrong = || SpaceError::Factor {
                factor: text.to_owned(),
            };
            let (name, dim) = text.split_once('=').ok_or_else(wrong)?;
            let dim = dim.parse().ok().filter(|&dim| dim > 0).ok_or_else(wrong)?;
            Ok((name.parse()?, dim))
        });
        factors.collect::<Result<_, _>>().map(Self::Product)
    }
}

impl TryFrom<String> for SpaceConfig {
    type Error = SpaceError;

    fn try_from(name: String) -> Result<Self, SpaceError> {
        name.parse()
    }
}

impl From<SpaceConfig> for String {
    fn from(config: SpaceConfig) -> Self {
        config.to_string()
    }
}

/// Evaluates `$call` with `$space` bound to the space inside.
macro_rules! inside {
    ($any:expr, $space:ident => $call:expr) => {
        match $any {
            Space::Euclidean($space) => $call,
            Space::PoincareBall($space) => $call,
            Space::Hyperboloid($space) => $call,
            Space::Stereographic($space) => $call,
            Space::Product($space) => $call,
        }
    };
}

impl OriginChart for Space {
    fn ambient_dim(&self, dim: usize) -> usize {
        inside!(self, space => OriginChart::ambient_dim(space, dim))
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::exp0(space, v))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::log0(space, x))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::translate(space, x, v))
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::distance(space, x, y))
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::exp(space, x, v))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::log(space, x, y))
    }
}

impl ProductSpace {
    /// The parts of `x` that belong to the factors, each of `width(factor, dim)` coordinates.
    fn parts<const D: usize>(
        &self,
        x: Tensor<D>,
        width: impl Fn(&Space, usize) -> usize,
    ) -> Vec<Tensor<D>> {
        let mut start = 0;
        self.factors
            .iter()
            .zip(&self.dims)
            .map(|(space, &dim)| {
                let part = x.clone().narrow(D - 1, start, width(space, dim));
                start += width(space, dim);
                part
            })
            .collect()
    }

    fn vectors<const D: usize>(&self, v: Tensor<D>) -> Vec<Tensor<D>> {
        self.parts(v, |_, dim| dim)
    }

    fn points<const D: usize>(&self, x: Tensor<D>) -> Vec<Tensor<D>> {
        self.parts(x, |space, dim| space.ambient_dim(dim))
    }

    /// `map` in every factor.
    fn each<const D: usize>(
        &self,
        x: Vec<Tensor<D>>,
        y: Vec<Tensor<D>>,
        map: impl Fn(&Space, Tensor<D>, Tensor<D>) -> Tensor<D>,
    ) -> Tensor<D> {
        let pairs = x.into_iter().zip(y);
        let parts = self.factors.iter().zip(pairs);
        Tensor::cat(
            parts.map(|(space, (x, y))| map(space, x, y)).collect(),
            D - 1,
        )
    }
}

impl OriginChart for ProductSpace {
    /// # Panics
    /// If `dim` is not the sum of the factors' dimensions.
    fn ambient_dim(&self, dim: usize) -> usize {
        let sum: usize = self.dims.iter().sum();
        assert_eq!(dim, sum, "dimension of a product space");
        let parts = self.factors.iter().zip(&self.dims);
        parts.map(|(space, &dim)| space.ambient_dim(dim)).sum()
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let v = self.vectors(v);
        self.each(v.clone(), v, |space, v, _| space.exp0(v))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let x = self.points(x);
        self.each(x.clone(), x, |space, x, _| space.log0(x))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.each(self.points(x), self.vectors(v), Space::translate)
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let parts = self.each(self.points(x), self.points(y), Space::distance);
        geom_core::numerics::norm(parts)
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.each(self.points(x), self.points(v), OriginChart::exp)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.each(self.points(x), self.points(y), OriginChart::log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_equal, normal};
    use burn::tensor::DType;
    use burn::tensor::Device;

    #[test]
    fn names_are_read_back() {
        for name in [
            "euclidean",
            "poincare",
            "hyperboloid",
            "stereographic",
            "product:poincare=8,hyperboloid=4,euclidean=4",
        ] {
            assert_eq!(name.parse::<SpaceConfig>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn wrong_names_are_named() {
        let error = |name: &str| name.parse::<SpaceConfig>().unwrap_err();
        assert!(matches!(error("poincar"), SpaceError::Unknown { .. }));
        assert!(matches!(
            error("product:poincare"),
            SpaceError::Factor { .. }
        ));
        assert!(matches!(
            error("product:poincare=0"),
            SpaceError::Factor { .. }
        ));
        assert!(matches!(
            error("product:what=2"),
            SpaceError::Unknown { .. }
        ));
    }

    #[test]
    fn a_product_of_another_dimension_is_refused() {
        let config: SpaceConfig = "product:poincare=8,euclidean=4".parse().unwrap();
        assert_eq!(config.check_dim(12), Ok(()));
        assert!(matches!(
            config.check_dim(16),
            Err(SpaceError::Dimension {
                sum: 12,
                dim: 16,
                ..
            })
        ));
    }

    #[test]
    fn a_curvature_of_the_wrong_sign_is_refused() {
        let device = Device::flex();
        let build = |config: SpaceConfig, c| config.init(c, true, &device);
        assert!(matches!(
            build(SpaceConfig::Poincare, -1.0),
            Err(SpaceError::Curvature(_))
        ));
        assert!(build(SpaceConfig::Stereographic, -1.0).is_ok());
        assert!(matches!(
            build(SpaceConfig::Stereographic, f64::NAN),
            Err(SpaceError::Curvature(_))
        ));
    }

    #[test]
    fn a_product_measures_the_root_of_the_sum_of_squares() {
        let device = Device::flex();
        let config: SpaceConfig = "product:hyperboloid=2,euclidean=3".parse().unwrap();
        let space = config.init(1.0, false, &device).unwrap();
        let [v, w]: [Tensor<2>; 2] = [1, 2].map(|seed| normal([6, 5], 0.5, seed, DType::F64));
        let [x, y] = [v.clone(), w.clone()].map(|v| space.exp0(v));
        assert_eq!(x.dims(), [6, 6]);
        let hyperboloid = Hyperboloid::new(1.0);
        let first = OriginChart::distance(
            &hyperboloid,
            x.clone().narrow(1, 0, 3),
            y.clone().narrow(1, 0, 3),
        );
        let second = (v - w).narrow(1, 2, 3).square().sum_dim(1);
        let expected = (first.square() + second).sqrt();
        assert_equal(space.distance(x, y), expected);
    }
}
