//! What is known about the nodes of a graph.

use burn::tensor::{Distribution, Int, Tensor, TensorData};

use super::matrix::SparseMatrix;
use crate::random;

/// The features of nodes, `[nodes, d]`: dense, or sparse as bags of words are.
///
/// A first layer multiplies them by its weight, and for hyperbolic layers too that is all it does
/// with their columns: $\exp_0$, $\log_0$ and normalization only scale rows. So they stay sparse,
/// forward, backward and in dropout.
#[derive(Clone, Debug)]
pub enum Features {
    /// Every number.
    Dense(Tensor<2>),
    /// The nonzeros.
    Sparse(SparseMatrix),
}

impl Features {
    /// The number of nodes and of features.
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Dense(x) => x.dims(),
            Self::Sparse(x) => [x.pattern().rows(), x.pattern().columns()],
        }
    }

    /// The same features on the device that tracks gradients.
    pub fn autodiff(self) -> Self {
        match self {
            Self::Dense(x) => Self::Dense(x.autodiff()),
            Self::Sparse(x) => Self::Sparse(x.autodiff()),
        }
    }

    /// The features of some nodes, in the order given.
    ///
    /// # Panics
    /// If one of them is out of range.
    pub fn select(&self, nodes: &[u32]) -> Self {
        match self {
            Self::Dense(x) => {
                let index: Vec<i32> = nodes.iter().map(|&node| node as i32).collect();
                let index = TensorData::new(index, [nodes.len()]);
                let index = Tensor::<1, Int>::from_data(index, &x.device());
                Self::Dense(x.clone().select(0, index))
            }
            Self::Sparse(x) => Self::Sparse(x.select(nodes)),
        }
    }

    /// The product with a weight `[d, d_output]`.
    pub fn matmul(&self, weight: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Dense(x) => x.clone().matmul(weight),
            Self::Sparse(x) => x.matmul(weight),
        }
    }

    /// The squared norm of each node's features, `[nodes, 1]`.
    pub fn row_squared_norms(&self) -> Tensor<2> {
        match self {
            Self::Dense(x) => x.clone().square().sum_dim(1),
            Self::Sparse(x) => x.row_squared_norms(),
        }
    }

    /// Dropout, with this probability of losing a number.
    pub fn dropout(&self, probability: f64) -> Self {
        match self {
            Self::Dense(x) => {
                let keep = 1.0 - probability;
                let mask = random::like(x, Distribution::Bernoulli(keep));
                Self::Dense(x.clone() * mask.mul_scalar(1.0 / keep))
            }
            Self::Sparse(x) => Self::Sparse(x.dropout(probability)),
        }
    }
}
