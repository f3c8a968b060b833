//! Vectors of numbers.

use crate::real::Real;

/// $\langle a, b\rangle$, summed in order.
#[inline(always)]
pub fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut sum = T::zero();
    for (&a, &b) in a.iter().zip(b) {
        sum += a * b;
    }
    sum
}

/// $\lVert v\rVert^2$, summed in order.
#[inline(always)]
pub fn squared_norm<T: Real>(v: &[T]) -> T {
    let mut sum = T::zero();
    for &value in v {
        sum += value * value;
    }
    sum
}

/// $\lVert v\rVert$.
#[inline(always)]
pub fn norm<T: Real>(v: &[T]) -> T {
    squared_norm(v).sqrt()
}

/// The vector in the direction of `v` that has this length; 0 if `v` has none.
pub fn of_length<T: Real>(v: &[T], length: T) -> Vec<T> {
    let own = norm(v);
    if own > T::zero() {
        v.iter().map(|&x| x / own * length).collect()
    } else {
        vec![T::zero(); v.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_gets_any_length_and_keeps_its_direction() {
        assert_eq!(of_length(&[3.0, -4.0], 10.0), [6.0, -8.0]);
        assert_eq!(of_length(&[0.0f32, 0.0], 10.0), [0.0, 0.0]);
        assert_eq!(norm(&of_length(&[1e-100, 0.0], 1e-100)), 1e-100);
    }
}
