//! The name of a space, and what is wrong with it.

use std::fmt;
use std::str::FromStr;

use burn::tensor::TensorCreationOptions;
use geom_core::{Curvature, Euclidean, Hyperboloid, PoincareBall, SignedCurvature, Stereographic};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ProductSpace, Space};

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

    /// Whether a factor takes a signed curvature, so that 0 and spheres are possible.
    pub fn is_signed(&self) -> bool {
        match self {
            Self::Stereographic => true,
            Self::Product(factors) => factors.iter().any(|(factor, _)| factor.is_signed()),
            _ => false,
        }
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

#[cfg(test)]
mod tests {
    use super::*;
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
}
