//! Orthonormal bases of linear subspaces, computed once and in `f64`.

use burn::tensor::Tensor;

use crate::error::GeometryError;
use crate::numerics::{Limits, to_vec_f64};

/// A linear subspace by an orthonormal basis of itself or of its orthogonal complement.
pub(crate) struct Subspace {
    /// The basis.
    pub(crate) rows: Vec<Vec<f64>>,
    /// Whether the rows span the subspace, or what is orthogonal to it.
    spanned: bool,
    ambient: usize,
}

impl Subspace {
    /// From vectors `[k, n]`, by Gram–Schmidt.
    ///
    /// # Errors
    /// [`GeometryError::DependentVectors`].
    pub(crate) fn new(vectors: Tensor<2>, spanned: bool) -> Result<Self, GeometryError> {
        let [count, ambient] = vectors.dims();
        let tolerance = Limits::of(vectors.dtype()).membership;
        let values = to_vec_f64(vectors);
        let mut rows = Vec::with_capacity(count);
        for index in 0..count {
            let vector = values[index * ambient..(index + 1) * ambient].to_vec();
            let mut rest = scaled(vector.clone(), norm(&vector).recip());
            // The second pass takes off what rounding left in the first.
            for _ in 0..2 {
                remove(&mut rest, &rows);
            }
            let remainder = norm(&rest);
            if remainder.is_nan() || remainder <= tolerance {
                return Err(GeometryError::DependentVectors {
                    index,
                    remainder,
                    tolerance,
                });
            }
            rows.push(scaled(rest, remainder.recip()));
        }
        Ok(Self {
            rows,
            spanned,
            ambient,
        })
    }

    /// From a basis that is orthonormal already.
    pub(crate) fn from_orthonormal(rows: Vec<Vec<f64>>, spanned: bool, ambient: usize) -> Self {
        Self {
            rows,
            spanned,
            ambient,
        }
    }

    /// What together with the unit vector `first` of the subspace is an orthonormal basis of it.
    pub(crate) fn complete(&self, first: Vec<f64>) -> Vec<Vec<f64>> {
        let mut basis = vec![first];
        while basis.len() < self.dimension() {
            basis.push(self.closest_axis(&basis));
        }
        basis.split_off(1)
    }

    pub(crate) fn dimension(&self) -> usize {
        match self.spanned {
            true => self.rows.len(),
            false => self.ambient - self.rows.len(),
        }
    }

    /// Two orthonormal vectors of a subspace of dimension 2 or more: the projection of the
    /// coordinate axis closest to it, and the same for what is orthogonal to the first.
    pub(crate) fn axes(&self) -> [Vec<f64>; 2] {
        let first = self.closest_axis(&[]);
        let second = self.closest_axis(std::slice::from_ref(&first));
        [first, second]
    }

    fn closest_axis(&self, taken: &[Vec<f64>]) -> Vec<f64> {
        let squares = |rows: &[Vec<f64>], i: usize| rows.iter().map(|r| r[i] * r[i]).sum::<f64>();
        let share = |i: usize| {
            let along = squares(&self.rows, i);
            let inside = if self.spanned { along } else { 1.0 - along };
            inside - squares(taken, i)
        };
        // Backwards, so that the first of equals wins.
        let closest = (0..self.ambient)
            .rev()
            .max_by(|&i, &j| share(i).total_cmp(&share(j)));
        let mut axis = vec![0.0; self.ambient];
        if let Some(closest) = closest {
            axis[closest] = 1.0;
        }
        for _ in 0..2 {
            axis = self.project(axis);
            remove(&mut axis, taken);
            let length = norm(&axis);
            axis = scaled(axis, length.recip());
        }
        axis
    }

    fn project(&self, u: Vec<f64>) -> Vec<f64> {
        let mut rest = u.clone();
        remove(&mut rest, &self.rows);
        match self.spanned {
            true => u.iter().zip(rest).map(|(u, rest)| u - rest).collect(),
            false => rest,
        }
    }
}

/// Takes the part along orthonormal `rows` off `u`.
fn remove(u: &mut [f64], rows: &[Vec<f64>]) {
    for row in rows {
        let along: f64 = row.iter().zip(&*u).map(|(a, b)| a * b).sum();
        u.iter_mut().zip(row).for_each(|(u, r)| *u -= along * r);
    }
}

fn scaled(mut u: Vec<f64>, factor: f64) -> Vec<f64> {
    u.iter_mut().for_each(|u| *u *= factor);
    u
}

fn norm(u: &[f64]) -> f64 {
    u.iter().map(|u| u * u).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData};

    /// Rounding of sums of a handful of products of order one.
    const ROUNDING: f64 = 1e-15;

    fn subspace<const K: usize, const N: usize>(
        vectors: [[f64; N]; K],
        spanned: bool,
    ) -> Result<Subspace, GeometryError> {
        let data = TensorData::from(vectors);
        Subspace::new(
            Tensor::from_data(data, (&Device::flex(), DType::F64)),
            spanned,
        )
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn almost_parallel_vectors_become_orthonormal() {
        let basis = subspace([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0 + 1e-9]], true);
        let rows = basis.expect("independent in f64").rows;
        assert!(dot(&rows[0], &rows[1]).abs() < ROUNDING);
        assert!((norm(&rows[1]) - 1.0).abs() < ROUNDING);
    }

    #[test]
    fn a_vector_in_the_span_of_the_others_is_named() {
        let index = |result: Result<Subspace, GeometryError>| match result.map(|_| ()) {
            Err(GeometryError::DependentVectors { index, .. }) => index,
            other => panic!("{other:?}"),
        };
        let sum = [[1.0, 2.0, 3.0], [0.5, -1.0, 0.0], [1.5, 1.0, 3.0]];
        assert_eq!(index(subspace(sum, true)), 2);
        assert_eq!(index(subspace(sum, false)), 2);
        assert_eq!(index(subspace([[1.0, 2.0], [0.0, 0.0]], true)), 1);
        assert_eq!(index(subspace([[f64::NAN, 2.0], [0.0, 1.0]], true)), 0);
        assert_eq!(index(subspace([[1.0, f64::INFINITY]], false)), 0);
    }

    #[test]
    fn the_axes_are_orthonormal_and_in_the_subspace() {
        let vectors = [[1.0, 2.0, 3.0, 4.0, 5.0], [0.3, -0.2, 0.9, 0.0, 0.1]];
        for spanned in [true, false] {
            let subspace = subspace(vectors, spanned).expect("independent");
            let [first, second] = subspace.axes();
            assert!(dot(&first, &second).abs() < ROUNDING);
            for axis in [first, second] {
                assert!((norm(&axis) - 1.0).abs() < ROUNDING);
                let inside = subspace.project(axis.clone());
                let off = axis.iter().zip(&inside).map(|(a, b)| (a - b).abs());
                assert!(off.fold(0.0, f64::max) < ROUNDING);
            }
        }
    }

    #[test]
    fn the_axes_of_a_coordinate_subspace_are_coordinate_axes() {
        let subspace = subspace([[0.0, 0.0, 2.0, 0.0]], false).expect("independent");
        assert_eq!(subspace.dimension(), 3);
        assert_eq!(
            subspace.axes(),
            [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
        );
    }
}
