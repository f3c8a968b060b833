//! The list of manifolds that have a name.

/// Calls a macro with the list of manifolds, the one place where they are enumerated: behind the
/// arguments, if there are any.
///
/// An entry is the type, its parameter where it has one (`c`, a curvature magnitude, or `kappa`, a signed
/// curvature), its name, other names that are read, and whether there is parallel transport in closed
/// form. Manifolds of vectors, which may be parts of others and spaces of layers, come apart from those of
/// matrices. What is made of manifolds has no entry.
macro_rules! for_each_manifold {
    ($then:ident $($arguments:tt)*) => {
        $then! {
            $($arguments)*
            vectors {
                Euclidean {} "euclidean" ["flat"] transport;
                PoincareBall { c } "poincare-ball" ["poincare", "ball"] transport;
                Hyperboloid { c } "hyperboloid" ["lorentz"] transport;
                Stereographic { kappa } "stereographic" ["kappa-stereographic"] transport;
                HalfSpace { c } "half-space" ["upper-half-space"] transport;
                KleinBall { c } "klein-ball" ["klein", "beltrami-klein"] transport;
                Sphere {} "sphere" ["hypersphere"] transport;
                Torus {} "torus" ["flat-torus"] transport;
                ProbabilitySimplex {} "probability-simplex" ["simplex"] transport;
                PositiveOrthant {} "positive-orthant" ["orthant"] transport;
            }
            matrices {
                Oblique {} "oblique" [] transport;
                // Its transport is a projection: no closed form is known.
                BirkhoffPolytope {} "birkhoff-polytope" ["birkhoff"] none;
            }
        }
    };
}
pub(crate) use for_each_manifold;

/// A manifold of the list, from a reference to its parameter; in a function that returns a
/// [`GeometryError`](crate::GeometryError).
macro_rules! listed {
    ($Manifold:ident) => {
        $crate::manifolds::$Manifold::new()
    };
    ($Manifold:ident $parameter:ident) => {
        $crate::manifolds::$Manifold::try_new(*$parameter)?
    };
}
pub(crate) use listed;
