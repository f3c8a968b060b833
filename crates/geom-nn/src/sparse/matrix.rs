//! A sparse matrix: a pattern with a value per nonzero.

use burn::tensor::{Distribution, Int, Tensor, TensorCreationOptions, TensorData};

use super::pattern::Pattern;
use super::sparse_matmul;
use crate::random;

/// A sparse matrix on a device.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::sparse::{Pattern, SparseMatrix};
///
/// let device = Device::flex();
/// let pattern = Pattern::new(vec![0, 1, 2], vec![1, 0], 2).unwrap();
/// let swap = SparseMatrix::new(pattern, &[1.0, 1.0], &device);
/// let x = Tensor::<2>::from_floats([[1.0], [2.0]], &device);
/// swap.matmul(x).into_data().assert_eq(&[[2.0f32], [1.0]].into(), true);
/// ```
#[derive(Clone, Debug)]
pub struct SparseMatrix {
    pattern: Pattern,
    /// `[entries, 1]`.
    values: Tensor<2>,
}

impl SparseMatrix {
    /// The matrix with the given values, one per entry of the pattern.
    ///
    /// # Panics
    /// If there are more or fewer values than entries.
    pub fn new(
        pattern: Pattern,
        values: &[f32],
        options: impl Into<TensorCreationOptions>,
    ) -> Self {
        assert_eq!(values.len(), pattern.entries(), "values of {pattern:?}");
        let data = TensorData::new(values.to_vec(), [values.len(), 1]);
        let values = Tensor::from_data(data, options);
        Self { pattern, values }
    }

    /// Where the nonzeros are.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// The nonzeros, `[entries, 1]`.
    pub fn values(&self) -> Tensor<2> {
        self.values.clone()
    }

    /// The same matrix on the device that tracks gradients.
    pub fn autodiff(self) -> Self {
        Self {
            pattern: self.pattern,
            values: self.values.autodiff(),
        }
    }

    /// Some rows, in the order given.
    ///
    /// # Panics
    /// If one of them is out of range.
    pub fn select(&self, rows: &[u32]) -> Self {
        let (offsets, indices) = (self.pattern.offsets(), self.pattern.indices());
        let mut taken = Vec::new();
        let mut chosen_offsets = vec![0];
        let mut chosen = Vec::new();
        for &row in rows {
            let bounds = offsets[row as usize]..offsets[row as usize + 1];
            chosen.extend_from_slice(&indices[bounds.clone()]);
            taken.extend(bounds.map(|entry| entry as i32));
            chosen_offsets.push(chosen.len());
        }
        let count = taken.len();
        let taken = TensorData::new(taken, [count]);
        let taken = Tensor::<1, Int>::from_data(taken, &self.values.device());
        Self {
            pattern: Pattern::from_rows(chosen_offsets, chosen, self.pattern.columns()),
            values: self.values.clone().select(0, taken),
        }
    }

    /// The product $A x$.
    ///
    /// # Shapes
    /// - `x`: `[columns, d]`
    /// - returns: `[rows, d]`
    pub fn matmul(&self, x: Tensor<2>) -> Tensor<2> {
        sparse_matmul(&self.pattern, self.values.clone(), x)
    }

    /// The squared norm of every row, `[rows, 1]`.
    pub fn row_squared_norms(&self) -> Tensor<2> {
        super::edge_scatter(
            &self.pattern,
            self.values.clone().square(),
            super::EdgeEnd::Target,
        )
    }

    /// Each value set to 0 with a probability, and divided by the other probability otherwise.
    ///
    /// On a zero it would do nothing, so this is dropout of the whole matrix, at the cost of its
    /// nonzeros.
    pub fn dropout(&self, probability: f64) -> Self {
        let keep = 1.0 - probability;
        let values = self.values.clone();
        let mask = random::like(&values, Distribution::Bernoulli(keep));
        Self {
            pattern: self.pattern.clone(),
            values: values * mask.mul_scalar(1.0 / keep),
        }
    }
}
