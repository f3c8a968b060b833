//! Formulas by name.

use geom_kernels::rows::Kind;

use super::Rows;
use crate::metric::Coefficient;

/// A formula on `N` inputs and a coefficient, such as a curvature. The type is its name.
pub(crate) trait Formula<const N: usize>: 'static {
    /// What each input is: the coordinates of a point, or one number for a row.
    const INPUTS: [Kind; N] = [Kind::VECTOR; N];

    /// The formula.
    fn rows<T: Rows>(c: &Coefficient<T>, inputs: [T; N]) -> T;
}

/// Defines formulas: types whose names are theirs.
///
/// `Name(c; x, y) = { … }` is a formula on points `x` and `y` with the coefficient `c`, generic over
/// `T: Rows`.
macro_rules! formulas {
    ($($(#[$meta:meta])* $name:ident($c:ident; $($input:ident),+) = $body:block)+) => {$(
        $(#[$meta])*
        pub(crate) struct $name;

        impl $crate::rows::Formula<{ [$(stringify!($input)),+].len() }> for $name {
            fn rows<T: $crate::rows::Rows>(
                $c: &$crate::metric::Coefficient<T>,
                [$($input),+]: [T; { [$(stringify!($input)),+].len() }],
            ) -> T $body
        }
    )+};
}
pub(crate) use formulas;
