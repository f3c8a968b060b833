//! The points of a run of `geom embed`.

use std::path::{Path, PathBuf};

use geom::train::embedding::{EmbeddingCheckpoint, Space, Table, distance_table};
use geom_kernels::geometry::poincare;
use geom_kernels::real::Real;

use super::Relation;
use crate::dataset::Loaded;
use crate::error::CliError;
use crate::run_folder::RunFolder;

/// The points of a run, with the relations that it has kept.
pub(crate) struct EmbeddingPoints {
    pub(crate) checkpoint: EmbeddingCheckpoint,
    /// None in runs of earlier versions.
    pub(crate) data: Option<Loaded>,
}

impl EmbeddingPoints {
    /// The run in a folder, and the path of its data.
    pub(super) fn open(path: &Path) -> Result<(PathBuf, Self), CliError> {
        let (folder, description) = RunFolder::open(path)?;
        let checkpoint = folder.checkpoint()?;
        let data = folder.kept(&description, &checkpoint)?;
        let of_data = PathBuf::from(description.dataset.name);
        Ok((of_data, Self { checkpoint, data }))
    }

    pub(super) fn names(&self) -> &[String] {
        &self.checkpoint.vocabulary
    }

    pub(super) fn table(&self) -> &Table {
        &self.checkpoint.points
    }

    fn space(&self) -> (Space, usize) {
        let settings = &self.checkpoint.settings;
        (settings.manifold, settings.dim)
    }

    pub(super) fn columns(&self) -> usize {
        let (space, dim) = self.space();
        space.width(dim)
    }

    /// The geodesic distance of two points.
    pub(super) fn distance(&self, pair: [usize; 2]) -> f64 {
        match self.table() {
            Table::F32(values) => distance(values, self.space(), pair),
            Table::F64(values) => distance(values, self.space(), pair),
        }
    }

    /// The distance of a point from the origin.
    pub(super) fn radius(&self, node: usize) -> f64 {
        match self.table() {
            Table::F32(values) => radius(values, self.space(), node),
            Table::F64(values) => radius(values, self.space(), node),
        }
    }

    /// How two nodes are related in the data.
    pub(super) fn relation(&self, [a, b]: [usize; 2]) -> Option<Relation> {
        let positives = self.data.as_ref()?.positives();
        let (a, b) = (a as u32, b as u32);
        Some(match (positives.contains(a, b), positives.contains(b, a)) {
            (true, true) => Relation::Linked,
            (true, false) => Relation::Below,
            (false, true) => Relation::Above,
            (false, false) => Relation::Unrelated,
        })
    }

    /// The score by which the paper decides whether a node is one of another:
    ///
    /// $$ -\bigl(1 + \alpha(\lVert v\rVert - \lVert u\rVert)\bigr)\\,d(u, v), \qquad \alpha = 1000 $$
    ///
    /// with the norms of points of the ball; those of the hyperboloid are the same points in other
    /// coordinates. In flat space the norm is the radius.
    ///
    /// # References
    /// Nickel and Kiela (2017), section 4, on lexical entailment.
    pub(crate) fn is_a(&self, [u, v]: [f64; 2], distance: f64) -> f64 {
        const ALPHA: f64 = 1000.0;
        let farther = match self.space().0 {
            Space::Euclidean => v - u,
            Space::PoincareBall | Space::Hyperboloid => poincare::norm_difference(u, v),
        };
        // Not -0.
        0.0 - (1.0 + ALPHA * farther) * distance
    }
}

/// The coordinates of one point.
fn row<T: Real>(values: &[T], (space, dim): (Space, usize), node: usize) -> &[T] {
    let width = space.width(dim);
    &values[node * width..][..width]
}

/// As distances from one point to all others are computed, of two alone.
fn distance<T: Real>(values: &[T], space: (Space, usize), [a, b]: [usize; 2]) -> f64 {
    let both = [row(values, space, a), row(values, space, b)].concat();
    let table = distance_table(&both, space.0, space.1);
    let mut keys = table.buffer();
    table.scan(0, &mut keys);
    table.distance(0, keys[1])
}

fn radius<T: Real>(values: &[T], space: (Space, usize), node: usize) -> f64 {
    distance_table(row(values, space, node), space.0, space.1).radius(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::train::embedding::Recipe;

    fn points(space: Space, values: Vec<f64>) -> EmbeddingPoints {
        EmbeddingPoints {
            checkpoint: EmbeddingCheckpoint {
                settings: Recipe::Uniform.settings(space, 2, 2),
                graph: String::new(),
                epochs: 1,
                seconds: 0.0,
                vocabulary: vec!["dog".to_owned(), "animal".to_owned()],
                points: Table::F64(values),
                hard_negatives: None,
                best: None,
            },
            data: None,
        }
    }

    #[test]
    fn the_score_is_that_of_the_paper_in_either_model() {
        // Norms 0.8 and 0.1 on one ray: 2 artanh of them are the radii, and their difference is the distance.
        let ball = points(Space::PoincareBall, vec![0.48, 0.64, 0.06, 0.08]);
        let lifted = [[0.48, 0.64], [0.06, 0.08]].map(|[x, y]: [f64; 2]| {
            let gap = 1.0 - x * x - y * y;
            [2.0 / gap - 1.0, 2.0 * x / gap, 2.0 * y / gap]
        });
        let hyperboloid = points(Space::Hyperboloid, lifted.concat());
        let expected = 2.0 * (0.8f64.atanh() - 0.1f64.atanh());
        for points in [ball, hyperboloid] {
            let radii = [0, 1].map(|node| points.radius(node));
            let distance = points.distance([0, 1]);
            assert!((distance - expected).abs() < 1e-12);
            let score = points.is_a(radii, distance);
            assert!((score - 699.0 * expected).abs() < 1e-9, "{score}");
            let reverse = points.is_a([radii[1], radii[0]], distance);
            assert!((reverse + 701.0 * expected).abs() < 1e-9, "{reverse}");
        }
        let flat = points(Space::Euclidean, vec![3.0, 4.0, 0.0, 0.0]);
        assert_eq!(flat.is_a([5.0, 0.0], flat.distance([0, 1])), 4999.0 * 5.0);
    }

    #[test]
    fn points_near_the_boundary_differ_in_their_norms() {
        let ball = points(Space::PoincareBall, vec![0.0; 4]);
        // tanh(17) and tanh(16.5) differ by 4e-15, of which plain subtraction keeps one digit.
        let score = ball.is_a([34.0, 33.0], 1.0);
        let exact = 2.0 * ((-33.0f64).exp() - (-34.0f64).exp());
        assert!((score + 1.0 - 1000.0 * exact).abs() < 1e-15, "{score}");
    }
}
