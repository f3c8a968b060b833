//! The manifolds a configuration file or a command line can name.

use serde::{Deserialize, Serialize};

use crate::error::GeometryError;
use crate::manifold::Manifold;
use crate::manifolds::{Euclidean, Hyperboloid, PoincareBall};

/// A manifold by name and parameters.
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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ManifoldConfig {
    /// [`Euclidean`].
    Euclidean,
    /// [`PoincareBall`].
    PoincareBall {
        /// Curvature magnitude.
        c: f64,
    },
    /// [`Hyperboloid`].
    Hyperboloid {
        /// Curvature magnitude.
        c: f64,
    },
}

/// Code that works on any manifold, to be handed to [`ManifoldConfig::build`].
pub trait ManifoldVisitor {
    /// What it returns.
    type Output;

    /// Runs on the manifold that the configuration names.
    fn visit<M: Manifold>(self, manifold: M) -> Self::Output;
}

impl ManifoldConfig {
    /// Builds the manifold with fixed curvature and runs `visitor` on it.
    ///
    /// # Errors
    /// [`GeometryError`] if the manifold does not take these parameters.
    pub fn build<V: ManifoldVisitor>(&self, visitor: V) -> Result<V::Output, GeometryError> {
        Ok(match *self {
            Self::Euclidean => visitor.visit(Euclidean::new()),
            Self::PoincareBall { c } => visitor.visit(PoincareBall::try_new(c)?),
            Self::Hyperboloid { c } => visitor.visit(Hyperboloid::try_new(c)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_misspelt_parameter_is_refused() {
        assert!(
            serde_json::from_str::<ManifoldConfig>(r#"{"name":"hyperboloid","k":1.0}"#).is_err()
        );
    }
}
