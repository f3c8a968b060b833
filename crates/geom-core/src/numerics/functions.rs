//! Functions of a *squared* argument, such as $\operatorname{tanhc}(q) = \tanh(\sqrt q)/\sqrt q$: smooth
//! at $q = 0$ although the square root is not, so value and gradient of maps built from them are finite
//! at the origin.

#[cfg(doc)]
use crate::numerics::Limits;
use crate::rows::{Function, Rows};

/// $\sqrt x$, with value and gradient 0 where $x \le 0$.
pub fn sqrt_or_zero<T: Rows>(x: T) -> T {
    x.function(Function::SqrtOrZero)
}

/// $\tanh(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn tanhc<T: Rows>(q: T) -> T {
    q.function(Function::Tanhc)
}

/// $\operatorname{artanh}(\sqrt q)/\sqrt q$ for $0 \le q < 1$; the root saturates at
/// [`Limits::boundary_gap`] below 1.
pub fn artanhc<T: Rows>(q: T) -> T {
    q.function(Function::Artanhc)
}

/// $\sin(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn sinc<T: Rows>(q: T) -> T {
    q.function(Function::Sinc)
}

/// $\cos(\sqrt q)$ for $q \ge 0$.
pub fn cos_sqrt<T: Rows>(q: T) -> T {
    q.function(Function::CosSqrt)
}

/// $\operatorname{asinh}(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn asinhc<T: Rows>(q: T) -> T {
    q.function(Function::Asinhc)
}

/// $\operatorname{asinh}(\sqrt q)$, with value and gradient 0 where $q \le 0$.
pub fn asinh_sqrt<T: Rows>(q: T) -> T {
    q.function(Function::AsinhSqrt)
}

/// $\sinh(\sqrt q)/\sqrt q$ for $q \ge 0$.
pub fn sinhc<T: Rows>(q: T) -> T {
    q.function(Function::Sinhc)
}

/// $\cosh(\sqrt q)$ for $q \ge 0$.
pub fn cosh_sqrt<T: Rows>(q: T) -> T {
    q.function(Function::CoshSqrt)
}

/// $\arcsin(\sqrt q)/\sqrt q$ for $0 \le q < 1$.
pub fn arcsinc<T: Rows>(q: T) -> T {
    q.function(Function::Arcsinc)
}
