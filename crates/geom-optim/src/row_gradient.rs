//! The gradient of the few rows of a table that a batch touches.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};

/// A sparse gradient of a table: which rows, and the gradient of each.
///
/// Every row appears once. A batch that touches a row several times goes through
/// [`coalesce`](Self::coalesce).
///
/// # Shapes
/// - rows: `[b]`; values: `[b, d]`
///
/// # Examples
///
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// use geom_optim::RowGradient;
///
/// let device = Device::default();
/// let rows = Tensor::<1, Int>::from_data([7, 2, 7], &device);
/// let values = Tensor::<2>::from_data([[1.0, 0.0], [0.0, 5.0], [2.0, 1.0]], &device);
///
/// let gradient = RowGradient::coalesce(rows, values);
/// assert_eq!(gradient.rows().into_data().iter::<i64>().collect::<Vec<_>>(), [2, 7]);
/// assert_eq!(gradient.values().into_data().iter::<f32>().collect::<Vec<_>>(), [0.0, 5.0, 3.0, 1.0]);
/// ```
#[derive(Clone, Debug)]
pub struct RowGradient {
    rows: Tensor<1, Int>,
    values: Tensor<2>,
}

impl RowGradient {
    /// A gradient whose rows are known to be different from each other.
    ///
    /// This is not checked, because it would read `rows` back from the device. With a row given
    /// twice, which of its values counts depends on the backend.
    ///
    /// # Panics
    /// If `rows` and `values` differ in length.
    pub fn from_unique(rows: Tensor<1, Int>, values: Tensor<2>) -> Self {
        assert_lengths_match(&rows, &values);
        Self { rows, values }
    }

    /// Sums the gradients of rows that appear more than once; the rows come out in ascending order.
    ///
    /// The result is the same on every run and every backend that adds as IEEE 754 does: for each row
    /// the summands are taken in the order given and added as a balanced tree, never by atomic
    /// additions.
    ///
    /// # Numerics
    /// A row given $k$ times is summed in $\lceil\log_2 k\rceil$ levels, so the rounding error grows
    /// with $\log k$.
    ///
    /// # Cost
    /// `rows` is read back to the host. $O(b \log b)$ there and $O(b\\,d)$ on the device, in at most
    /// $\log_2 b$ passes.
    ///
    /// # Panics
    /// If `rows` and `values` differ in length, or a row is negative.
    pub fn coalesce(rows: Tensor<1, Int>, values: Tensor<2>) -> Self {
        assert_lengths_match(&rows, &values);
        let given: Vec<i64> = rows.to_data().iter::<i64>().collect();
        let mut order: Vec<usize> = (0..given.len()).collect();
        order.sort_by_key(|&position| given[position]);

        // Runs of equal rows in `order`: the row, and how many summands it still has.
        let mut runs: Vec<(i64, usize)> = Vec::new();
        for &position in &order {
            let row = given[position];
            assert!(row >= 0, "row {row} of a table is negative");
            match runs.last_mut() {
                Some((last, count)) if *last == row => *count += 1,
                _ => runs.push((row, 1)),
            }
        }

        let index = |positions: Vec<i64>| {
            let count = positions.len();
            Tensor::<1, Int>::from_data(
                TensorData::new(positions, [count]),
                (&rows.device(), rows.dtype()),
            )
        };
        let mut values = values.select(
            0,
            index(order.iter().map(|&position| position as i64).collect()),
        );
        while runs.iter().any(|&(_, count)| count > 1) {
            let level = Level::pair_up(&mut runs);
            let right = values.clone().select(0, index(level.right));
            let left = values.select(0, index(level.left));
            // Every target appears once, so the order of additions is that of the tree.
            values = left.select_assign(0, index(level.target), right, IndexingUpdateOp::Add);
        }
        let unique = index(runs.into_iter().map(|(row, _)| row).collect());
        Self {
            rows: unique,
            values,
        }
    }

    /// The rows, `[b]`.
    pub fn rows(&self) -> Tensor<1, Int> {
        self.rows.clone()
    }

    /// The gradient of each row, `[b, d]`.
    pub fn values(&self) -> Tensor<2> {
        self.values.clone()
    }

    /// The rows and their gradients.
    pub(crate) fn into_parts(self) -> (Tensor<1, Int>, Tensor<2>) {
        (self.rows, self.values)
    }
}

fn assert_lengths_match(rows: &Tensor<1, Int>, values: &Tensor<2>) {
    let ([rows], [values, _]) = (rows.dims(), values.dims());
    assert_eq!(
        rows, values,
        "a row gradient needs one value per row, got {rows} rows and {values} values"
    );
}

/// One level of the summation tree: positions in the current values that are added pairwise.
struct Level {
    /// The first of each pair, and the odd ones out; the values of the next level.
    left: Vec<i64>,
    /// The second of each pair.
    right: Vec<i64>,
    /// For each of `right`, its partner's position in `left`.
    target: Vec<i64>,
}

impl Level {
    /// Pairs neighbors within each run and halves the runs.
    fn pair_up(runs: &mut [(i64, usize)]) -> Self {
        let mut level = Self {
            left: Vec::new(),
            right: Vec::new(),
            target: Vec::new(),
        };
        let mut start = 0;
        for (_, count) in runs {
            for offset in (0..*count).step_by(2) {
                if offset + 1 < *count {
                    level.right.push(start + offset as i64 + 1);
                    level.target.push(level.left.len() as i64);
                }
                level.left.push(start + offset as i64);
            }
            start += *count as i64;
            *count = count.div_ceil(2);
        }
        level
    }
}
