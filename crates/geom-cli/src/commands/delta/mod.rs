//! `geom delta`: how far data are from a tree, and which space suits them.

mod advice;
mod hierarchy;
mod network;

use std::path::Path;

use geom::data::graph;
use geom::nn::metrics::{
    MetricError, SampledHyperbolicity, delta_hyperbolicity, sampled_delta_hyperbolicity,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::args::DeltaArguments;
use crate::dataset::{DatasetSpec, Reading};
use crate::error::CliError;
use crate::graph_run;
use crate::numbers::{counted, grouped};
use crate::printer::Printer;

use advice::{Advice, Subject};
use hierarchy::Hierarchy;
use network::{Network, NetworkFacts};

/// Nodes of a component whose δ is computed exactly without being asked for: well below a second.
const SMALL: usize = 400;

/// As many quadruples as published figures are from.
const SAMPLES: usize = 50_000;

/// The least that are drawn.
const LEAST_SAMPLES: usize = 200;

/// Nodes and entries that the searches of a sample pass over, together, unless more are asked for.
const WORK: usize = 500_000_000;

/// δ, as `--json` prints it.
#[derive(Clone, Debug, Serialize)]
struct Delta {
    /// Of the largest component, which alone is measured.
    nodes: usize,
    /// None if only samples were drawn.
    exact: Option<f64>,
    diameter: Option<u32>,
    /// What quadruples drawn at random tell.
    sampled: Sampled,
}

#[derive(Clone, Debug, Serialize)]
struct Sampled {
    samples: usize,
    seed: u64,
    /// The largest that was seen: at most δ.
    maximum: f64,
    /// At least δ.
    upper_bound: f64,
    /// With 95 % confidence, at most this share of all quadruples is above `maximum`.
    exceeding: f64,
    mean: f64,
    standard_error: f64,
    mean_distance: f64,
    /// The mean by the mean distance: 0 in trees.
    relative: f64,
}

impl Sampled {
    fn new(sampled: SampledHyperbolicity, seed: u64) -> Self {
        Self {
            samples: sampled.samples,
            seed,
            maximum: sampled.maximum,
            upper_bound: sampled.upper_bound,
            exceeding: sampled.exceeding,
            mean: sampled.mean,
            standard_error: sampled.standard_error,
            mean_distance: sampled.mean_distance,
            relative: sampled.mean / sampled.mean_distance,
        }
    }
}

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct Summary {
    data: String,
    /// None of a network.
    hierarchy: Option<Hierarchy>,
    network: NetworkFacts,
    /// None if fewer than four nodes are connected.
    delta: Option<Delta>,
    advice: Advice,
    notes: Vec<String>,
}

pub(crate) fn run(arguments: &DeltaArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if arguments.samples == Some(0) {
        return Err(CliError::usage(
            "--samples = 0 is out of range: at least 1",
            "leave it out",
        ));
    }
    let Loaded {
        network,
        hierarchy,
        subject,
        notes,
    } = load(arguments, printer)?;
    let facts = network.facts();
    let delta = delta(&network, &facts, arguments, printer)?;
    let relative = delta.as_ref().map(|delta| delta.sampled.relative);
    let distance = delta.as_ref().map(|delta| delta.sampled.mean_distance);
    let advice = Advice::of(&subject, &facts, relative, distance);
    say(
        &arguments.data,
        hierarchy.as_ref(),
        &facts,
        delta.as_ref(),
        printer,
    );
    let mut label = "advice";
    for line in &advice.reasons {
        printer.answer(label, line);
        label = "";
    }
    for command in &advice.commands {
        printer.answer("try", command);
    }
    printer.result(&Summary {
        data: arguments.data.clone(),
        hierarchy,
        network: facts,
        delta,
        advice,
        notes,
    });
    Ok(())
}

/// Data of either kind, as a graph without directions.
struct Loaded {
    network: Network,
    hierarchy: Option<Hierarchy>,
    subject: Subject,
    notes: Vec<String>,
}

fn load(arguments: &DeltaArguments, printer: Printer) -> Result<Loaded, CliError> {
    let name = &arguments.data;
    let is_graph = graph::is_named(name) || Path::new(name).is_dir();
    if is_graph {
        if arguments.undirected {
            return Err(CliError::usage(
                format!("--undirected does not apply to {name}, whose links have no direction"),
                "leave it out",
            ));
        }
        let reading = printer.progress_of("reading", 0, "reading   {spinner} {elapsed}");
        let graph = graph_run::load(name)?;
        drop(reading);
        for note in graph.notes() {
            printer.note(note);
        }
        return Ok(Loaded {
            network: Network::new(graph.num_nodes(), graph.edges().iter().copied()),
            hierarchy: None,
            subject: Subject::Graph {
                data: name.clone(),
                has_classes: graph.labels().is_some(),
            },
            notes: graph.notes().to_vec(),
        });
    }
    let spec = DatasetSpec::parse(
        name,
        (false, arguments.undirected),
        None,
        Reading::default(),
    )?;
    let data = spec.load(printer)?;
    let mut notes = data.notes.clone();
    let nodes = data.relations.num_nodes();
    let found = match arguments.undirected {
        true => None,
        false => hierarchy::direct_relations(&data),
    };
    if found.is_none() && !arguments.undirected {
        let note = "the relations run in circles: they are taken as links of a network, as by --undirected";
        printer.note(note);
        notes.push(note.to_owned());
    }
    let (network, hierarchy) = match found {
        Some((hierarchy, direct)) => (Network::new(nodes, direct.into_iter()), Some(hierarchy)),
        None => {
            let pairs = data.relations.pairs().map(|(u, v)| [u, v]);
            (Network::new(nodes, pairs), None)
        }
    };
    let subject = Subject::Relations {
        data: name.clone(),
        is_file: spec.is_file(),
        is_closed: hierarchy.as_ref().map(|hierarchy| hierarchy.closed),
    };
    Ok(Loaded {
        network,
        hierarchy,
        subject,
        notes,
    })
}

/// δ of the largest component, exactly if it is small or asked for, and by quadruples drawn at random.
fn delta(
    network: &Network,
    facts: &NetworkFacts,
    arguments: &DeltaArguments,
    printer: Printer,
) -> Result<Option<Delta>, CliError> {
    let failed = |error: MetricError| match error {
        MetricError::TooLarge { nodes, limit } => CliError::usage(
            format!(
                "--exact is for components of at most {} nodes; this one has {}",
                grouped(limit as u64),
                grouped(nodes as u64)
            ),
            "leave it out: quadruples are drawn at random then",
        ),
        other => CliError::usage(other.to_string(), "see the data"),
    };
    if facts.largest_component < 4 {
        return Ok(None);
    }
    let graph = network.adjacency();
    let measuring = printer.progress_of("measuring", 0, "measuring {spinner} {elapsed}");
    let exact = match arguments.exact || facts.largest_component <= SMALL {
        true => Some(delta_hyperbolicity(graph).map_err(failed)?),
        false => None,
    };
    let seed = arguments.seed;
    let samples = arguments.samples.unwrap_or_else(|| {
        // A search from three of the four nodes of each passes over the whole graph.
        let each = 3 * (graph.nodes() + graph.entries());
        let searches = graph.nodes().min(3 * SAMPLES);
        if searches.saturating_mul(each / 3) <= WORK {
            SAMPLES
        } else {
            (WORK / each.max(1)).clamp(LEAST_SAMPLES, SAMPLES)
        }
    });
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let sampled = sampled_delta_hyperbolicity(graph, samples, &mut rng).map_err(failed)?;
    drop(measuring);
    Ok(Some(Delta {
        nodes: sampled.nodes,
        exact: exact.map(|exact| exact.delta),
        diameter: exact.map(|exact| exact.diameter),
        sampled: Sampled::new(sampled, seed),
    }))
}

fn say(
    data: &str,
    hierarchy: Option<&Hierarchy>,
    facts: &NetworkFacts,
    delta: Option<&Delta>,
    printer: Printer,
) {
    if let Some(hierarchy) = hierarchy {
        let text = format_args!("{data}: {}", hierarchy.counts());
        printer.answer("hierarchy", text);
        printer.answer("depth", hierarchy.depths());
        printer.answer("children", hierarchy.branching());
    } else {
        let text = format_args!(
            "{data}: {}, {}",
            counted(facts.nodes as u64, "node"),
            counted(facts.edges as u64, "link")
        );
        printer.answer("network", text);
    }
    printer.answer("degree", facts.degrees());
    if facts.components > 1 {
        printer.answer("parts", facts.parts());
    }
    let Some(delta) = delta else {
        printer.answer("delta", "none: fewer than four nodes are connected");
        return;
    };
    let sampled = &delta.sampled;
    let samples = counted(sampled.samples as u64, "quadruple");
    match (delta.exact, delta.diameter) {
        (Some(exact), Some(diameter)) => {
            printer.answer("delta", format_args!("{exact}, exact; the diameter is {diameter}"));
        }
        _ => printer.answer(
            "delta",
            format_args!(
                "between {} and {}, sampled: {} is the largest of {samples}, and with 95 % confidence at \
                 most {:.3} % of all are above it",
                sampled.maximum,
                sampled.upper_bound,
                sampled.maximum,
                100.0 * sampled.exceeding
            ),
        ),
    }
    printer.answer(
        "mean",
        format_args!(
            "{:.4} ± {:.4} of {samples} drawn with seed {}; {:.4} of the mean distance {:.3}",
            sampled.mean,
            sampled.standard_error,
            sampled.seed,
            sampled.relative,
            sampled.mean_distance
        ),
    );
}
