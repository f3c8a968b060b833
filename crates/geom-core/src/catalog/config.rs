//! The manifolds a configuration file or a command line can name.

use serde::{Deserialize, Serialize};

use crate::catalog::kind::ManifoldKind;
use crate::catalog::list::{for_each_manifold, listed};
use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifolds::{AnyManifold, DynamicProduct, Factor, Power, Scaled};

macro_rules! configurations {
    (
        vectors { $($Vector:ident { $($vp:ident)? } $vname:tt [$($valias:tt),*] $vt:ident;)+ }
        matrices { $($Matrix:ident { $($mp:ident)? } $mname:tt [$($malias:tt),*] $mt:ident;)+ }
    ) => {
        /// A manifold by name and parameters. The names are those of [`ManifoldKind`], aliases among them.
        ///
        /// # Examples
        /// ```
        /// use geom_core::{Manifold, ManifoldConfig, ManifoldVisitor};
        ///
        /// struct Name;
        /// impl ManifoldVisitor for Name {
        ///     type Output = &'static str;
        ///     fn visit<M: Manifold>(self, manifold: M) -> &'static str {
        ///         manifold.name()
        ///     }
        /// }
        ///
        /// assert_eq!(ManifoldConfig::PoincareBall { c: 1.0 }.build(Name), Ok("poincare-ball"));
        /// assert!(ManifoldConfig::PoincareBall { c: -1.0 }.build(Name).is_err());
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
        pub enum ManifoldConfig {
            $(
                #[doc = concat!("[`", stringify!($Vector), "`](crate::", stringify!($Vector), ").")]
                $(#[serde(alias = $valias)])*
                $Vector $({
                    /// The curvature: its magnitude $c$, or $\kappa$ with its sign.
                    $vp: f64,
                })?,
            )+
            $(
                #[doc = concat!("[`", stringify!($Matrix), "`](crate::", stringify!($Matrix), ").")]
                $(#[serde(alias = $malias)])*
                $Matrix $({
                    /// The curvature.
                    $mp: f64,
                })?,
            )+
            /// [`DynamicProduct`], of manifolds of vectors.
            Product {
                /// The factors, at least one.
                factors: Vec<FactorConfig>,
            },
            /// [`Scaled`], of a manifold of vectors.
            Scaled {
                /// What distances are multiplied by.
                scale: f64,
                /// The manifold to scale.
                base: Box<ManifoldConfig>,
            },
            /// [`Power`], of a manifold of vectors.
            Power {
                /// How many points make one.
                count: usize,
                /// The manifold of each of them.
                base: Box<ManifoldConfig>,
            },
        }

        impl ManifoldConfig {
            /// Which manifold it is; `None` if it is made of others.
            pub fn kind(&self) -> Option<ManifoldKind> {
                Some(match self {
                    $(Self::$Vector { .. } => ManifoldKind::$Vector,)+
                    $(Self::$Matrix { .. } => ManifoldKind::$Matrix,)+
                    Self::Product { .. } | Self::Scaled { .. } | Self::Power { .. } => return None,
                })
            }

            /// Builds the manifold with fixed curvature and runs `visitor` on it.
            ///
            /// # Errors
            /// [`GeometryError`] if the manifold does not take these parameters, or a part of it is no
            /// manifold of vectors.
            pub fn build<V: ManifoldVisitor>(&self, visitor: V) -> Result<V::Output, GeometryError> {
                Ok(match self {
                    $(Self::$Vector $({ $vp })? => visitor.visit(listed!($Vector $($vp)?)),)+
                    $(Self::$Matrix $({ $mp })? => visitor.visit(listed!($Matrix $($mp)?)),)+
                    Self::Product { factors } => visitor.visit(product(factors)?),
                    Self::Scaled { scale, base } => visitor.visit(Scaled::try_new(base.build_part()?, *scale)?),
                    Self::Power { count, base } => visitor.visit(Power::new(base.build_part()?, *count)),
                })
            }

            /// The manifold of vectors as a part of another.
            pub(crate) fn build_part(&self) -> Result<AnyManifold, GeometryError> {
                Ok(match self {
                    $(Self::$Vector $({ $vp })? => listed!($Vector $($vp)?).into(),)+
                    $(Self::$Matrix { .. })|+
                    | Self::Product { .. }
                    | Self::Scaled { .. }
                    | Self::Power { .. } => {
                        return Err(GeometryError::NotAPart {
                            manifold: format!("{self:?}"),
                        });
                    }
                })
            }
        }
    };
}
for_each_manifold!(configurations);

/// One factor of [`ManifoldConfig::Product`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorConfig {
    /// The manifold, of vectors and no product itself.
    pub manifold: ManifoldConfig,
    /// Its intrinsic dimension.
    pub dim: usize,
}

/// Code that works on any manifold, to be handed to [`ManifoldConfig::build`].
pub trait ManifoldVisitor {
    /// What it returns.
    type Output;

    /// Runs on the manifold that the configuration names.
    fn visit<M: Manifold>(self, manifold: M) -> Self::Output;
}

/// The product of factors in a file.
pub(crate) fn product(factors: &[FactorConfig]) -> Result<DynamicProduct, GeometryError> {
    let factors: Result<Vec<_>, _> = factors.iter().map(FactorConfig::build).collect();
    DynamicProduct::try_new(factors?)
}

impl FactorConfig {
    pub(crate) fn build(&self) -> Result<Factor, GeometryError> {
        Ok(Factor::new(self.manifold.build_part()?, self.dim))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Name;

    impl ManifoldVisitor for Name {
        type Output = String;

        fn visit<M: Manifold>(self, manifold: M) -> String {
            format!("{} {:?}", manifold.name(), manifold.metric_parameters())
        }
    }

    #[test]
    fn a_configuration_reads_back_what_it_writes() {
        let config = ManifoldConfig::PoincareBall { c: 0.5 };
        let text = serde_json::to_string(&config).expect("plain data");
        assert_eq!(text, r#"{"name":"poincare-ball","c":0.5}"#);
        assert_eq!(
            serde_json::from_str::<ManifoldConfig>(&text).expect("valid"),
            config
        );
    }

    #[test]
    fn a_product_can_be_written_down() {
        let text = r#"{"name": "product", "factors": [
            {"manifold": {"name": "poincare-ball", "c": 2.0}, "dim": 3},
            {"manifold": {"name": "sphere"}, "dim": 2}
        ]}"#;
        let config: ManifoldConfig = serde_json::from_str(text).expect("valid");
        assert_eq!(config.build(Name), Ok("product [-2.0, 1.0]".to_owned()));
        let text = r#"{"name": "scaled", "scale": 3.0, "base": {"name": "sphere"}}"#;
        let config: ManifoldConfig = serde_json::from_str(text).expect("valid");
        assert_eq!(config.build(Name), Ok("scaled [1.0, 3.0]".to_owned()));
    }

    #[test]
    fn parts_that_are_no_manifolds_of_vectors_are_refused() {
        let nested = ManifoldConfig::Power {
            count: 2,
            base: Box::new(ManifoldConfig::Oblique),
        };
        let error = nested.build(Name).expect_err("matrices");
        assert!(matches!(error, GeometryError::NotAPart { .. }));
        let empty = ManifoldConfig::Product {
            factors: Vec::new(),
        };
        assert_eq!(empty.build(Name), Err(GeometryError::NoFactors));
    }

    #[test]
    fn a_misspelt_parameter_is_refused() {
        assert!(
            serde_json::from_str::<ManifoldConfig>(r#"{"name":"hyperboloid","k":1.0}"#).is_err()
        );
    }
}
