//! The verbs of a manifold as formulas to be recorded, for programs that join several of them.

use geom_kernels::rows::Node;

use crate::metric::Coefficient;

/// A formula on `N` inputs, being recorded.
pub type RowVerb<const N: usize> = fn(&Coefficient<Node>, [Node; N]) -> Node;

/// The verbs of a manifold of vectors, as formulas: what a step of an optimizer is made of.
///
/// Each takes the curvature magnitude $c$ first, where the manifold has one, and then what the verb of
/// the same name takes.
#[derive(Debug)]
pub struct RowVerbs {
    /// Whether there is a curvature magnitude: that of the negated [`metric`](crate::Manifold::metric)
    /// parameter.
    pub curved: bool,
    /// [`exp`](crate::Manifold::exp).
    pub exp: RowVerb<2>,
    /// [`retract`](crate::Manifold::retract).
    pub retract: RowVerb<2>,
    /// [`inner`](crate::Manifold::inner).
    pub inner: RowVerb<3>,
    /// [`project`](crate::Manifold::project).
    pub project: RowVerb<1>,
    /// [`riemannian_gradient`](crate::Manifold::riemannian_gradient).
    pub riemannian_gradient: RowVerb<2>,
    /// [`transport`](crate::Manifold::transport).
    pub transport: RowVerb<3>,
}

/// The table of verbs from formulas of the same names.
macro_rules! row_verbs {
    (curved: $curved:literal) => {
        $crate::rows::RowVerbs {
            curved: $curved,
            exp: <Exp as $crate::rows::Formula<2>>::rows,
            retract: <Retract as $crate::rows::Formula<2>>::rows,
            inner: <Inner as $crate::rows::Formula<3>>::rows,
            project: <Project as $crate::rows::Formula<1>>::rows,
            riemannian_gradient: <RiemannianGradient as $crate::rows::Formula<2>>::rows,
            transport: <Transport as $crate::rows::Formula<3>>::rows,
        }
    };
}
pub(crate) use row_verbs;
