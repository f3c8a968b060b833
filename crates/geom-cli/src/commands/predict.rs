//! `geom predict`: the predictions of a graph network for nodes or links.

use burn::tensor::{Int, Tensor, TensorData};
use geom::core::numerics::to_vec_f64;
use geom::train::graph::{GraphTrainer, NodeModel};
use serde::Serialize;

use crate::args::PredictArguments;
use crate::error::CliError;
use crate::graph_run::GraphRun;
use crate::printer::Printer;

/// The prediction for one node.
#[derive(Debug, Serialize)]
struct ClassPrediction {
    node: u32,
    class: usize,
    probability: f64,
}

/// The prediction for one pair.
#[derive(Debug, Serialize)]
struct LinkPrediction {
    nodes: [u32; 2],
    probability: f64,
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Predictions<T> {
    predictions: Vec<T>,
}

pub(crate) fn run(arguments: &PredictArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let (run, description) = GraphRun::open(&arguments.run)?;
    let description = description.with_dataset(arguments.dataset.as_deref());
    let trainer = run.trainer(&description)?;
    let Some(best) = trainer.best() else {
        return Err(CliError::NoEpoch {
            run: arguments.run.clone(),
        });
    };
    match trainer.data().classes() {
        Some(classes) => {
            let nodes: Result<Vec<u32>, _> = arguments
                .nodes
                .iter()
                .map(|text| node(text, &trainer))
                .collect();
            let predictions = classify(&trainer, &best.model, &nodes?, classes)?;
            for ClassPrediction {
                node,
                class,
                probability,
            } in &predictions
            {
                let text = format_args!("class {class}, probability {probability:.4}");
                printer.answer(&node.to_string(), text);
            }
            printer.result(&Predictions { predictions });
        }
        None => {
            let pairs: Result<Vec<[u32; 2]>, _> = arguments
                .nodes
                .iter()
                .map(|text| pair(text, &trainer))
                .collect();
            let predictions = link(&trainer, &best.model, &pairs?)?;
            for LinkPrediction { nodes, probability } in &predictions {
                let label = format!("{}-{}", nodes[0], nodes[1]);
                printer.answer(
                    &label,
                    format_args!("probability of a link {probability:.4}"),
                );
            }
            printer.result(&Predictions { predictions });
        }
    }
    Ok(())
}

/// The number of a node.
fn node(text: &str, trainer: &GraphTrainer) -> Result<u32, CliError> {
    let nodes = trainer.data().nodes();
    let number = text.trim().parse().ok();
    number
        .filter(|&node: &u32| (node as usize) < nodes)
        .ok_or_else(|| {
            CliError::usage(
                format!("{text:?} is no node of {}", trainer.data().name()),
                format!("nodes are numbers from 0 to {}", nodes.saturating_sub(1)),
            )
        })
}

/// The numbers of two nodes.
fn pair(text: &str, trainer: &GraphTrainer) -> Result<[u32; 2], CliError> {
    let Some((from, to)) = text.split_once('-') else {
        return Err(CliError::usage(
            format!("{text:?} is no pair of nodes"),
            "the run predicts links: name pairs, as in --nodes 3-17,5-40",
        ));
    };
    Ok([node(from, trainer)?, node(to, trainer)?])
}

fn classify(
    trainer: &GraphTrainer,
    model: &NodeModel,
    nodes: &[u32],
    classes: usize,
) -> Result<Vec<ClassPrediction>, CliError> {
    let inputs = trainer.inputs();
    let logits = to_vec_f64(model.classes(&inputs.features, &inputs.graph));
    let of_node = |&node: &u32| {
        let row = &logits[node as usize * classes..][..classes];
        if !row.iter().all(|logit| logit.is_finite()) {
            let what = format!("node {node}");
            return Err(CliError::NotFinite { what });
        }
        let better = |best: usize, class: usize| if row[class] > row[best] { class } else { best };
        let class = (1..classes).fold(0, better);
        let sum: f64 = row.iter().map(|logit| (logit - row[class]).exp()).sum();
        Ok(ClassPrediction {
            node,
            class,
            probability: 1.0 / sum,
        })
    };
    nodes.iter().map(of_node).collect()
}

fn link(
    trainer: &GraphTrainer,
    model: &NodeModel,
    pairs: &[[u32; 2]],
) -> Result<Vec<LinkPrediction>, CliError> {
    let inputs = trainer.inputs();
    let points = model.points(&inputs.features, &inputs.graph);
    let end = |side: usize| -> Tensor<1, Int> {
        let nodes: Vec<i32> = pairs.iter().map(|pair| pair[side] as i32).collect();
        Tensor::from_data(TensorData::new(nodes, [pairs.len()]), &points.device())
    };
    let logits = to_vec_f64(model.link_logits(&points, end(0), end(1)));
    let of_pair = |(&nodes, logit): (&[u32; 2], &f64)| {
        if !logit.is_finite() {
            let what = format!("nodes {} and {}", nodes[0], nodes[1]);
            return Err(CliError::NotFinite { what });
        }
        Ok(LinkPrediction {
            nodes,
            probability: 1.0 / (1.0 + (-logit).exp()),
        })
    };
    pairs.iter().zip(&logits).map(of_pair).collect()
}
