//! The table of manifolds: what each is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::catalog::list::for_each_manifold;

macro_rules! kinds {
    (
        vectors { $($Vector:ident { $($vp:ident)? } $vname:tt $valiases:tt $vt:ident;)+ }
        matrices { $($Matrix:ident { $($mp:ident)? } $mname:tt $maliases:tt $mt:ident;)+ }
    ) => {
        /// One of the manifolds of this crate, without its parameters: a row of the table of names.
        ///
        /// Files, flags and code call a manifold by the name that it has itself,
        /// [`Manifold::name`](crate::Manifold::name), and may call it by those of the literature:
        ///
        /// | kind | name | also |
        /// |---|---|---|
        /// | [`Euclidean`](crate::Euclidean) | `euclidean` | `flat` |
        /// | [`PoincareBall`](crate::PoincareBall) | `poincare-ball` | `poincare`, `ball` |
        /// | [`Hyperboloid`](crate::Hyperboloid) | `hyperboloid` | `lorentz` |
        /// | [`Stereographic`](crate::Stereographic) | `stereographic` | `kappa-stereographic` |
        /// | [`HalfSpace`](crate::HalfSpace) | `half-space` | `upper-half-space` |
        /// | [`KleinBall`](crate::KleinBall) | `klein-ball` | `klein`, `beltrami-klein` |
        /// | [`Sphere`](crate::Sphere) | `sphere` | `hypersphere` |
        /// | [`Oblique`](crate::Oblique) | `oblique` | |
        /// | [`Torus`](crate::Torus) | `torus` | `flat-torus` |
        /// | [`ProbabilitySimplex`](crate::ProbabilitySimplex) | `probability-simplex` | `simplex` |
        /// | [`PositiveOrthant`](crate::PositiveOrthant) | `positive-orthant` | `orthant` |
        /// | [`BirkhoffPolytope`](crate::BirkhoffPolytope) | `birkhoff-polytope` | `birkhoff` |
        ///
        /// # Examples
        /// ```
        /// use geom_core::ManifoldKind;
        ///
        /// assert_eq!("lorentz".parse(), Ok(ManifoldKind::Hyperboloid));
        /// assert_eq!(ManifoldKind::PoincareBall.to_string(), "poincare-ball");
        /// let error = "lorenz".parse::<ManifoldKind>().unwrap_err();
        /// assert!(error.to_string().contains("hyperboloid (or lorentz)"));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[non_exhaustive]
        pub enum ManifoldKind {
            $(
                #[doc = concat!("[`", stringify!($Vector), "`](crate::", stringify!($Vector), ").")]
                $Vector,
            )+
            $(
                #[doc = concat!("[`", stringify!($Matrix), "`](crate::", stringify!($Matrix), ").")]
                $Matrix,
            )+
        }

        impl ManifoldKind {
            /// All of them.
            pub const ALL: [Self; [$(stringify!($Vector),)+ $(stringify!($Matrix)),+].len()] =
                [$(Self::$Vector,)+ $(Self::$Matrix),+];

            /// Whether points are vectors; otherwise they are matrices.
            pub fn is_of_vectors(self) -> bool {
                match self {
                    $(Self::$Vector => true,)+
                    $(Self::$Matrix => false,)+
                }
            }

            fn names(self) -> (&'static str, &'static [&'static str]) {
                match self {
                    $(Self::$Vector => ($vname, &$valiases),)+
                    $(Self::$Matrix => ($mname, &$maliases),)+
                }
            }

            /// The name of its parameter.
            fn parameter(self) -> Option<&'static str> {
                match self {
                    $(Self::$Vector => first(&[$(stringify!($vp))?]),)+
                    $(Self::$Matrix => first(&[$(stringify!($mp))?]),)+
                }
            }
        }
    };
}
for_each_manifold!(kinds);

fn first(of: &[&'static str]) -> Option<&'static str> {
    of.first().copied()
}

/// No manifold has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown manifold {name:?}; expected one of {}", known())]
pub struct UnknownManifold {
    /// The name.
    pub name: String,
}

impl ManifoldKind {
    /// The name that [`Display`](fmt::Display) writes, that of the manifold itself.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// Other names that are read.
    pub fn aliases(self) -> &'static [&'static str] {
        self.names().1
    }

    /// Whether it takes a curvature: a magnitude $c > 0$, or for the stereographic model $\kappa$ of
    /// either sign.
    pub fn has_curvature(self) -> bool {
        self.parameter().is_some()
    }
}

/// All names, for messages.
fn known() -> String {
    let names = ManifoldKind::ALL.map(|kind| match kind.aliases() {
        [] => kind.name().to_owned(),
        aliases => format!("{} (or {})", kind.name(), aliases.join(", ")),
    });
    names.join(", ")
}

impl fmt::Display for ManifoldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ManifoldKind {
    type Err = UnknownManifold;

    fn from_str(name: &str) -> Result<Self, UnknownManifold> {
        let called = |kind: &Self| kind.name() == name || kind.aliases().contains(&name);
        Self::ALL
            .into_iter()
            .find(called)
            .ok_or_else(|| UnknownManifold {
                name: name.to_owned(),
            })
    }
}

impl TryFrom<String> for ManifoldKind {
    type Error = UnknownManifold;

    fn try_from(name: String) -> Result<Self, UnknownManifold> {
        name.parse()
    }
}

impl From<ManifoldKind> for String {
    fn from(kind: ManifoldKind) -> Self {
        kind.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Manifold, ManifoldConfig, ManifoldVisitor};

    struct Name;

    impl ManifoldVisitor for Name {
        type Output = &'static str;

        fn visit<M: Manifold>(self, manifold: M) -> &'static str {
            manifold.name()
        }
    }

    /// A configuration as a file would have it.
    fn config(kind: ManifoldKind, name: &str) -> ManifoldConfig {
        let parameter = match kind.parameter() {
            Some(parameter) => format!(r#", "{parameter}": 0.5"#),
            None => String::new(),
        };
        let text = format!(r#"{{"name": "{name}"{parameter}}}"#);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn every_name_is_read_and_the_manifold_has_it_itself() {
        for kind in ManifoldKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            assert_eq!(config(kind, kind.name()).build(Name), Ok(kind.name()));
            for alias in kind.aliases() {
                assert_eq!(alias.parse(), Ok(kind), "{alias}");
            }
        }
    }

    #[test]
    fn files_may_use_the_names_of_the_literature_too() {
        for kind in ManifoldKind::ALL {
            for alias in kind.aliases() {
                let read = config(kind, alias);
                assert_eq!(read, config(kind, kind.name()), "{alias}");
                assert_eq!(read.kind(), Some(kind), "{alias}");
            }
        }
    }

    #[test]
    fn no_name_is_that_of_two() {
        let names: Vec<&str> = ManifoldKind::ALL
            .iter()
            .flat_map(|kind| kind.aliases().iter().copied().chain([kind.name()]))
            .collect();
        let mut distinct = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), names.len());
    }

    #[test]
    fn a_manifold_that_is_not_in_the_table_is_named_with_those_that_are() {
        let error = "poincar".parse::<ManifoldKind>().expect_err("misspelt");
        let message = error.to_string();
        assert!(message.contains("\"poincar\""), "{message}");
        assert!(
            message.contains("poincare-ball (or poincare, ball)"),
            "{message}"
        );
    }
}
