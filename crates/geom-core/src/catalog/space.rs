//! A manifold of vectors by its name and curvature.

use std::fmt;
use std::str::FromStr;

use burn::config::Config;
use burn::tensor::TensorCreationOptions;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::kind::{ManifoldKind, UnknownManifold};
use crate::catalog::list::for_each_manifold;
use crate::error::GeometryError;
use crate::manifolds::{self, AnyManifold, DynamicProduct, Factor};
use crate::metric::Curvature;
use crate::metric::SignedCurvature;

/// A manifold of vectors as a command line names it, its curvature aside: a [`ManifoldKind`] by any of
/// its names, or `product:NAME=DIM,NAME=DIM,...`.
///
/// # Examples
/// ```
/// use geom_core::{ManifoldKind, SpaceName};
///
/// assert_eq!("lorentz".parse(), Ok(SpaceName::Single(ManifoldKind::Hyperboloid)));
/// let product: SpaceName = "product:poincare=8,euclidean=4".parse()?;
/// assert_eq!(product.to_string(), "product:poincare-ball=8,euclidean=4");
/// # Ok::<(), geom_core::SpaceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SpaceName {
    /// One manifold.
    Single(ManifoldKind),
    /// A [`DynamicProduct`] of manifolds with their dimensions.
    Product(Vec<(ManifoldKind, usize)>),
}

/// Why a space does not exist.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// No manifold has this name.
    #[error("{0}; or a product such as product:poincare=8,euclidean=4")]
    Unknown(#[from] UnknownManifold),
    /// The points of the manifold are matrices.
    #[error("the points of {kind} are matrices; a space for layers has vectors")]
    NotVectors {
        /// The manifold.
        kind: ManifoldKind,
    },
    /// A factor of a product has no dimension, or one that is not a positive number.
    #[error("factor {factor:?} of a product needs a dimension of at least 1, as in poincare=8")]
    Factor {
        /// The factor.
        factor: String,
    },
    /// The curvature, or another parameter, is not one of this space.
    #[error("{0}")]
    Geometry(#[from] GeometryError),
    /// The dimensions of a product do not add up.
    #[error("the factors of {space} have {sum} dimensions together, not {dim}")]
    Dimension {
        /// The space.
        space: SpaceName,
        /// The sum of its factors' dimensions.
        sum: usize,
        /// What was asked for.
        dim: usize,
    },
}

impl SpaceName {
    /// The manifolds it is made of.
    pub fn kinds(&self) -> Vec<ManifoldKind> {
        match self {
            Self::Single(kind) => vec![*kind],
            Self::Product(factors) => factors.iter().map(|&(kind, _)| kind).collect(),
        }
    }

    /// Whether a factor takes a signed curvature, so that 0 and spheres are possible.
    pub fn is_signed(&self) -> bool {
        self.kinds().contains(&ManifoldKind::Stereographic)
    }

    /// Whether distances in it are those of vectors.
    pub fn is_euclidean(&self) -> bool {
        let kinds = self.kinds();
        kinds.iter().all(|&kind| kind == ManifoldKind::Euclidean)
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
        let space = self.clone();
        Err(SpaceError::Dimension { space, sum, dim })
    }
}

impl From<ManifoldKind> for SpaceName {
    fn from(kind: ManifoldKind) -> Self {
        Self::Single(kind)
    }
}

impl fmt::Display for SpaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(kind) => kind.fmt(f),
            Self::Product(factors) => {
                for (index, (kind, dim)) in factors.iter().enumerate() {
                    let before = if index == 0 { "product:" } else { "," };
                    write!(f, "{before}{kind}={dim}")?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for SpaceName {
    type Err = SpaceError;

    fn from_str(name: &str) -> Result<Self, SpaceError> {
        let Some(factors) = name.strip_prefix("product:") else {
            return Ok(Self::Single(of_vectors(name)?));
        };
        let factors = factors.split(',').map(|text| {
            let wrong = || SpaceError::Factor {
                factor: text.to_owned(),
            };
            let (name, dim) = text.split_once('=').ok_or_else(wrong)?;
            let dim = dim.parse().ok().filter(|&dim| dim > 0).ok_or_else(wrong)?;
            Ok((of_vectors(name)?, dim))
        });
        factors.collect::<Result<_, _>>().map(Self::Product)
    }
}

/// The manifold of vectors with this name.
fn of_vectors(name: &str) -> Result<ManifoldKind, SpaceError> {
    let kind = name.parse::<ManifoldKind>()?;
    match kind.is_of_vectors() {
        true => Ok(kind),
        false => Err(SpaceError::NotVectors { kind }),
    }
}

impl TryFrom<String> for SpaceName {
    type Error = SpaceError;

    fn try_from(name: String) -> Result<Self, SpaceError> {
        name.parse()
    }
}

impl From<SpaceName> for String {
    fn from(name: SpaceName) -> Self {
        name.to_string()
    }
}

/// A space for the layers of a network, whole: its name, its curvature, and whether that trains.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, ManifoldKind, Pointed, SpaceConfig};
///
/// let config = SpaceConfig::new(ManifoldKind::HalfSpace.into()).with_curvature(0.5);
/// let space = config.init(&Device::flex());
/// let x = space.exp0(Tensor::<2>::ones([4, 3], &Device::flex()));
/// assert!(space.check_point(x).is_ok());
/// ```
#[derive(Config, Debug, PartialEq)]
pub struct SpaceConfig {
    /// Which space.
    pub name: SpaceName,
    /// The magnitude $c$ of the curvature $-c$ of hyperbolic spaces. The stereographic model takes
    /// $\kappa = -c$, which may have either sign. All others have a curvature of their own and do not
    /// look at this.
    #[config(default = 1.0)]
    pub curvature: f64,
    /// Whether the curvature trains, each factor of a product its own.
    #[config(default = false)]
    pub learnable: bool,
}

/// The manifold of a kind, with the curvature of a configuration.
macro_rules! space_of_kind {
    (
        ($config:expr, $kind:expr, $options:expr)
        vectors { $($Vector:ident { $($parameter:ident)? } $name:tt $aliases:tt $vt:ident;)+ }
        matrices { $($Matrix:ident $mp:tt $mname:tt $maliases:tt $mt:ident;)+ }
    ) => {
        match $kind {
            $(ManifoldKind::$Vector => {
                Ok(space!(($config, $options) $Vector $($parameter)?).into())
            })+
            $(ManifoldKind::$Matrix)|+ => Err(SpaceError::NotVectors { kind: $kind }),
        }
    };
}
macro_rules! space {
    ($given:tt $Manifold:ident) => {
        manifolds::$Manifold::new()
    };
    (($config:expr, $options:expr) $Manifold:ident c) => {
        manifolds::$Manifold::with_curvature($config.magnitude($options)?)
    };
    (($config:expr, $options:expr) $Manifold:ident kappa) => {
        manifolds::$Manifold::with_curvature($config.signed($options)?)
    };
}
impl SpaceConfig {
    /// The space.
    ///
    /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype: where a
    /// learnable curvature is.
    ///
    /// # Panics
    /// If the space does not exist with this curvature; [`try_init`](Self::try_init) is for settings
    /// from outside.
    pub fn init(&self, options: impl Into<TensorCreationOptions>) -> AnyManifold {
        self.try_init(options)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The space, checked.
    ///
    /// # Errors
    /// [`SpaceError`] if the space does not exist with this curvature, or its points are matrices.
    pub fn try_init(
        &self,
        options: impl Into<TensorCreationOptions>,
    ) -> Result<AnyManifold, SpaceError> {
        let options = options.into();
        match &self.name {
            SpaceName::Single(kind) => self.single(*kind, options),
            SpaceName::Product(factors) => {
                let factors: Result<Vec<Factor>, SpaceError> = factors
                    .iter()
                    .map(|&(kind, dim)| Ok(Factor::new(self.single(kind, options.clone())?, dim)))
                    .collect();
                Ok(DynamicProduct::try_new(factors?)?.into())
            }
        }
    }

    fn single(
        &self,
        kind: ManifoldKind,
        options: TensorCreationOptions,
    ) -> Result<AnyManifold, SpaceError> {
        for_each_manifold!(space_of_kind(self, kind, options))
    }

    fn magnitude(&self, options: TensorCreationOptions) -> Result<Curvature, GeometryError> {
        match self.learnable {
            true => Curvature::try_learnable(self.curvature, options),
            false => Curvature::try_fixed(self.curvature),
        }
    }

    fn signed(&self, options: TensorCreationOptions) -> Result<SignedCurvature, GeometryError> {
        let kappa = -self.curvature;
        match self.learnable {
            true => SignedCurvature::try_learnable(kappa, options),
            false => SignedCurvature::try_fixed(kappa),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Manifold;
    use burn::tensor::Device;

    #[test]
    fn names_are_read_back() {
        for name in [
            "euclidean",
            "poincare-ball",
            "hyperboloid",
            "half-space",
            "product:poincare-ball=8,hyperboloid=4,euclidean=4",
        ] {
            assert_eq!(name.parse::<SpaceName>().unwrap().to_string(), name);
        }
        let alias: SpaceName = "product:poincare=8,lorentz=4".parse().unwrap();
        assert_eq!(alias.to_string(), "product:poincare-ball=8,hyperboloid=4");
    }

    #[test]
    fn wrong_names_are_named() {
        let error = |name: &str| name.parse::<SpaceName>().unwrap_err();
        assert!(matches!(error("poincar"), SpaceError::Unknown(_)));
        assert!(matches!(error("oblique"), SpaceError::NotVectors { .. }));
        for factor in ["product:poincare", "product:poincare=0", "product:"] {
            assert!(matches!(error(factor), SpaceError::Factor { .. }));
        }
        assert!(matches!(error("product:what=2"), SpaceError::Unknown(_)));
    }

    #[test]
    fn every_manifold_of_vectors_is_built_under_its_name() {
        for kind in ManifoldKind::ALL {
            let space = SpaceConfig::new(kind.into()).with_curvature(0.5);
            match space.try_init(&Device::flex()) {
                Ok(manifold) => assert_eq!(manifold.name(), kind.name()),
                Err(error) => assert_eq!(error, SpaceError::NotVectors { kind }),
            }
        }
    }

    #[test]
    fn a_product_of_another_dimension_is_refused() {
        let name: SpaceName = "product:poincare=8,euclidean=4".parse().unwrap();
        assert_eq!(name.check_dim(12), Ok(()));
        assert!(matches!(
            name.check_dim(16),
            Err(SpaceError::Dimension {
                sum: 12,
                dim: 16,
                ..
            })
        ));
    }

    #[test]
    fn a_curvature_of_the_wrong_sign_is_refused() {
        let build = |kind: ManifoldKind, c| {
            let config = SpaceConfig::new(kind.into()).with_curvature(c);
            let config = config.with_learnable(true);
            config.try_init(&Device::flex())
        };
        assert!(matches!(
            build(ManifoldKind::PoincareBall, -1.0),
            Err(SpaceError::Geometry(_))
        ));
        assert!(build(ManifoldKind::Stereographic, -1.0).is_ok());
        assert!(matches!(
            build(ManifoldKind::Stereographic, f64::NAN),
            Err(SpaceError::Geometry(_))
        ));
    }

    #[test]
    fn settings_read_back_what_they_write() {
        let name: SpaceName = "product:poincare=2,sphere=3".parse().unwrap();
        let config = SpaceConfig::new(name).with_learnable(true);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<SpaceConfig>(&text).unwrap(), config);
    }
}
