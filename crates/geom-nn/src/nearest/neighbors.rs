//! The nearest points of a table, on any manifold.

use burn::tensor::{Int, Tensor};
use geom_core::Manifold;

/// Distances of pairs that are held at once.
const PAIRS: usize = 1 << 22;

/// For each query the nearest points of a table, the nearest first.
#[derive(Clone, Debug)]
pub struct Neighbors {
    /// Geodesic distances, `[queries, k]`.
    pub distances: Tensor<2>,
    /// Rows of the table, `[queries, k]`.
    pub indices: Tensor<2, Int>,
}

/// The `k` points of `table` that are nearest to each query, exactly: by the distances of all pairs, in
/// parts that fit memory. Queries need not be rows of the table.
///
/// [`DistanceIndex`](super::DistanceIndex) is quicker for the rows of one table of a unit model.
///
/// # Shapes
/// - `queries`: `[n, d]`, `table`: `[m, d]`
/// - the result: `[n, k]`, or `[n, m]` if the table has fewer than `k` rows
///
/// # Panics
/// If the widths differ, or points are matrices.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Pointed};
/// use geom_nn::nearest::neighbors;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(0.25);
/// let table = space.exp0(Tensor::<2>::from_floats([[2.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], &device));
/// let query = space.exp0(Tensor::<2>::from_floats([[1.0, 0.0]], &device));
/// let nearest = neighbors(&space, query, table, 2);
/// assert_eq!(nearest.indices.into_data().iter::<i64>().collect::<Vec<_>>(), [0, 1]);
/// assert!((nearest.distances.into_data().iter::<f32>().next().unwrap() - 1.0).abs() < 1e-5);
/// ```
pub fn neighbors<M: Manifold>(
    manifold: &M,
    queries: Tensor<2>,
    table: Tensor<2>,
    k: usize,
) -> Neighbors {
    let manifold = manifold.valid();
    let (queries, table) = (queries.without_autodiff(), table.without_autodiff());
    let ([count, _], [rows, _]) = (queries.dims(), table.dims());
    let k = k.min(rows);
    if count * k == 0 {
        let device = queries.device();
        return Neighbors {
            distances: Tensor::zeros([count, k], (&device, queries.dtype())),
            indices: Tensor::zeros([count, k], &device),
        };
    }
    let part = (PAIRS / rows).clamp(1, count);
    let (distances, indices) = queries
        .split(part, 0)
        .into_iter()
        .map(|queries| {
            let distances = manifold.pairwise_distance(queries, table.clone());
            let (distances, indices) = distances.sort_with_indices(1);
            (distances.narrow(1, 0, k), indices.narrow(1, 0, k))
        })
        .unzip();
    Neighbors {
        distances: Tensor::cat(distances, 0),
        indices: Tensor::cat(indices, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, Distribution};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Hyperboloid, KleinBall, PoincareBall, Pointed};

    fn check<M: Pointed>(manifold: &M) {
        let draw = |rows, salt: f64| {
            let options = (&Device::flex(), DType::F64);
            let v = Tensor::<2>::random([rows, 3], Distribution::Normal(salt, 1.0), options);
            manifold.exp0(v)
        };
        let (queries, table) = (draw(7, 0.1), draw(40, 0.0));
        let found = neighbors(manifold, queries.clone(), table.clone(), 5);
        let distances = to_vec_f64(found.distances);
        let indices: Vec<usize> = (found.indices.into_data().iter::<i64>())
            .map(|index| index as usize)
            .collect();
        for query in 0..7 {
            let x = queries.clone().narrow(0, query, 1);
            let mut all: Vec<(f64, usize)> = (0..40)
                .map(|row| {
                    let y = table.clone().narrow(0, row, 1);
                    (to_vec_f64(manifold.distance(x.clone(), y))[0], row)
                })
                .collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (place, (distance, row)) in all[..5].iter().enumerate() {
                assert_eq!(indices[query * 5 + place], *row, "{}", manifold.name());
                let error = (distances[query * 5 + place] - distance).abs();
                // Of a few roundings, at distances up to 10.
                assert!(error < 1e-9, "{}: {error:e}", manifold.name());
            }
        }
    }

    #[test]
    fn neighbors_are_those_of_all_distances_whatever_the_curvature() {
        check(&Hyperboloid::new(0.25));
        check(&PoincareBall::new(3.0));
        check(&KleinBall::new(1.0));
    }

    #[test]
    fn a_small_table_gives_all_of_its_rows() {
        let x = Tensor::<2>::zeros([3, 2], &Device::flex());
        let found = neighbors(
            &PoincareBall::new(1.0),
            x.clone(),
            x.clone().narrow(0, 0, 2),
            9,
        );
        assert_eq!(found.distances.dims(), [3, 2]);
        let found = neighbors(
            &PoincareBall::new(1.0),
            x,
            Tensor::zeros([0, 2], &Device::flex()),
            9,
        );
        assert_eq!(found.indices.dims(), [3, 0]);
    }
}
