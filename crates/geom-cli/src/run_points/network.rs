//! The points of a run of `geom train`.

use std::path::{Path, PathBuf};

use burn::tensor::{Int, Tensor, TensorData};
use geom::core::numerics::to_vec_f64;
use geom::nn::models::NodeEncoder;
use geom::train::Format;
use geom::train::embedding::Table;
use geom::train::graph::GraphTask;

use super::relation::Relation;
use crate::error::CliError;
use crate::graph_run::GraphRun;

/// Pairs whose distances are computed at once.
const CHUNK: usize = 1 << 16;

/// What the best model of a run makes of every node.
pub(super) struct NetworkPoints {
    /// Their names, or their numbers where they have none.
    pub(super) names: Vec<String>,
    pub(super) table: Table,
    pub(super) columns: usize,
    pub(super) radii: Vec<f64>,
    encoder: NodeEncoder,
    points: Tensor<2>,
    /// Each once as `[u, v]` with `u < v`, sorted.
    edges: Vec<[u32; 2]>,
}

impl NetworkPoints {
    /// The run in a folder, and the path of its data.
    pub(super) fn open(path: &Path, dataset: Option<&str>) -> Result<(PathBuf, Self), CliError> {
        let (run, description) = GraphRun::open(path)?;
        let description = description.with_dataset(dataset);
        let settings = run.checkpoint()?.settings().clone();
        if settings.task == GraphTask::NodeClassification && settings.model.ends_in_classes() {
            return Err(CliError::usage(
                format!(
                    "{} has no points: a {} for classes ends in their scores",
                    path.display(),
                    settings.model
                ),
                "geom predict tells the classes; its runs with --task lp have points, and so have hgcn, hnn, mlp, \
                 shallow, hybonet and kappa-gcn for either task",
            ));
        }
        let trainer = run.trainer(&description)?;
        let best = trainer.best().ok_or_else(|| CliError::NoEpoch {
            run: path.to_path_buf(),
        })?;
        let (model, inputs) = (&best.model, trainer.inputs());
        let points = match settings.task {
            // Those whose distances decide.
            GraphTask::LinkPrediction => model.points(&inputs.features, &inputs.graph),
            GraphTask::NodeClassification => {
                let encoder = &model.encoder;
                encoder.points(encoder.forward_tangent(&inputs.features, &inputs.graph))
            }
        };
        let [nodes, columns] = points.dims();
        let values = to_vec_f64(points.clone());
        if let Some(place) = values.iter().position(|value| !value.is_finite()) {
            return Err(CliError::NotFinite {
                what: format!("node {}", place / columns.max(1)),
            });
        }
        let table = match settings.dtype {
            Format::F32 => Table::F32(values.iter().map(|&value| value as f32).collect()),
            Format::F64 => Table::F64(values),
        };
        let v = model
            .encoder
            .forward_tangent(&inputs.features, &inputs.graph);
        let origin = model.encoder.points(v.zeros_like());
        let radii = to_vec_f64(model.encoder.distance(points.clone(), origin));
        let edges = run.graph(&description)?.edges().to_vec();
        let of_data = PathBuf::from(&description.dataset);
        let names = trainer.data().names();
        let points = Self {
            names: (0..nodes as u32)
                .map(|node| names.node(node).into_owned())
                .collect(),
            table,
            columns,
            radii,
            encoder: model.encoder.clone(),
            points,
            edges,
        };
        Ok((of_data, points))
    }

    /// The distances of pairs in the space of the points.
    pub(super) fn distances(&self, pairs: &[[usize; 2]]) -> Vec<f64> {
        let of_chunk = |pairs: &[[usize; 2]]| {
            let [x, y] = [0, 1].map(|side| {
                let nodes: Vec<i32> = pairs.iter().map(|pair| pair[side] as i32).collect();
                let nodes = TensorData::new(nodes, [pairs.len()]);
                let nodes: Tensor<1, Int> = Tensor::from_data(nodes, &self.points.device());
                self.points.clone().select(0, nodes)
            });
            to_vec_f64(self.encoder.distance(x, y))
        };
        pairs.chunks(CHUNK).flat_map(of_chunk).collect()
    }

    pub(super) fn relation(&self, [a, b]: [usize; 2]) -> Relation {
        let edge = [a.min(b) as u32, a.max(b) as u32];
        match self.edges.binary_search(&edge) {
            Ok(_) => Relation::Linked,
            Err(_) => Relation::Unrelated,
        }
    }

    /// The nodes linked to one, ascending.
    pub(super) fn links(&self, node: usize) -> Vec<usize> {
        let node = node as u32;
        let other = |edge: &[u32; 2]| match *edge {
            [u, v] if u == node => Some(v as usize),
            [u, v] if v == node => Some(u as usize),
            _ => None,
        };
        let mut found: Vec<usize> = self.edges.iter().filter_map(other).collect();
        found.sort_unstable();
        found
    }
}
