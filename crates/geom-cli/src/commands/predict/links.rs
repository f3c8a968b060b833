//! Links between nodes.

use std::fmt;

use burn::tensor::{Int, Tensor, TensorData};
use geom::core::numerics::to_vec_f64;
use geom::data::graph::LinkSplit;
use geom::train::graph::{GraphTrainer, MissingLinks, NodeModel};
use serde::Serialize;

use crate::error::CliError;
use crate::printer::Printer;

/// More links than anybody looks at.
const MOST: usize = 1_000_000;

/// The prediction for one pair.
#[derive(Debug, Serialize)]
pub(super) struct LinkPrediction {
    nodes: [u32; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    names: Option<[String; 2]>,
    probability: f64,
    /// The part that holds the link, if there is one in the data.
    link: Option<&'static str>,
}

impl LinkPrediction {
    pub(super) fn label(&self) -> String {
        match &self.names {
            Some([from, to]) => format!("{from} - {to}"),
            None => format!("{}-{}", self.nodes[0], self.nodes[1]),
        }
    }
}

impl fmt::Display for LinkPrediction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "probability of a link {:.4}", self.probability)?;
        match self.link {
            Some(part) => write!(f, "; a link in the data ({part})"),
            None => Ok(()),
        }
    }
}

/// How probable links between some pairs are.
pub(super) fn predict(
    trainer: &GraphTrainer,
    model: &NodeModel,
    pairs: &[[u32; 2]],
    split: &LinkSplit,
) -> Result<Vec<LinkPrediction>, CliError> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let (inputs, names) = (trainer.inputs(), trainer.data().names());
    let points = model.points(&inputs.features, &inputs.graph);
    let end = |side: usize| -> Tensor<1, Int> {
        let nodes: Vec<i32> = pairs.iter().map(|pair| pair[side] as i32).collect();
        Tensor::from_data(TensorData::new(nodes, [pairs.len()]), &points.device())
    };
    let logits = to_vec_f64(model.link_logits(&points, end(0), end(1)));
    let parts = [
        ("train", split.train_pos()),
        ("val", split.val_pos()),
        ("test", split.test_pos()),
    ];
    let mut links: Vec<([u32; 2], &'static str)> = parts
        .into_iter()
        .flat_map(|(part, links)| links.iter().map(move |&link| (link, part)))
        .collect();
    links.sort_unstable();
    let of_pair = |(&nodes, logit): (&[u32; 2], &f64)| {
        let [u, v] = nodes;
        if !logit.is_finite() {
            let what = format!("nodes {} and {}", names.node(u), names.node(v));
            return Err(CliError::NotFinite { what });
        }
        let link = [u.min(v), u.max(v)];
        let found = links.binary_search_by(|(other, _)| other.cmp(&link));
        Ok(LinkPrediction {
            nodes,
            names: names
                .nodes()
                .map(|_| nodes.map(|node| names.node(node).into_owned())),
            probability: 1.0 / (1.0 + (-logit).exp()),
            link: found.ok().map(|index| links[index].1),
        })
    };
    pairs.iter().zip(&logits).map(of_pair).collect()
}

/// The most probable links that the graph lacks.
pub(super) fn missing(
    trainer: &GraphTrainer,
    model: &NodeModel,
    most: usize,
    printer: Printer,
) -> Result<MissingLinks, CliError> {
    if !(1..=MOST).contains(&most) {
        return Err(CliError::usage(
            format!("--top = {most} is out of range: 1 to {MOST}"),
            "it says how many links to look for",
        ));
    }
    let template = "{prefix:<9} {wide_bar} {pos}/{len} nodes  {eta} left";
    let nodes = trainer.data().nodes() as u64;
    let bar = printer.progress_of("comparing pairs", nodes, template);
    bar.set_prefix("compare");
    let found = trainer.missing_links(model, most, &mut |done| bar.inc(done as u64));
    drop(bar);
    found.ok_or_else(|| {
        CliError::usage(
            "--top is for runs that predict links",
            "the run predicts classes",
        )
    })
}
