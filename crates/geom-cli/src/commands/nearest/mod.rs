//! `geom nearest`: neighbors of nodes, and guesses at their parents and children.

mod names;

use geom::nn::nearest::{DistanceIndex, KSmallest};
use geom::train::embedding::{DirectRelations, EmbeddingCheckpoint, Table, distance_table};
use geom_kernels::real::Real;
use serde::Serialize;

use crate::args::NearestArguments;
use crate::dataset::Loaded;
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_points::{EmbeddingPoints, RunPoints};

/// How many of the nearest nodes farther out may be children.
const CANDIDATES: usize = 50;

/// How many children are guessed.
const CHILDREN: usize = 5;

/// How many true relations are shown in a line.
const SHOWN: usize = 5;

#[derive(Clone, Debug, Serialize)]
struct Neighbor {
    node: String,
    distance: f64,
    /// Distance from the origin: small for general nodes, large for special ones.
    radius: f64,
}

#[derive(Debug, Serialize)]
struct Answer {
    node: String,
    radius: f64,
    nearest: Vec<Neighbor>,
    parent_guess: Option<Neighbor>,
    child_guesses: Vec<Neighbor>,
    /// None if the run has not kept its relations.
    #[serde(flatten)]
    truth: Option<Truth>,
}

/// What `--json` prints of a node of a graph network.
#[derive(Debug, Serialize)]
struct NetworkAnswer {
    node: String,
    radius: f64,
    nearest: Vec<Neighbor>,
    /// The nodes it is linked to in the data.
    links: Vec<String>,
}

/// The direct relations of a node in the data.
#[derive(Debug, Serialize)]
struct Truth {
    parents: Vec<String>,
    children: Vec<String>,
}

/// What is asked of every node.
struct Questions<'a> {
    points: &'a RunPoints,
    k: usize,
    printer: Printer,
}

pub(crate) fn run(arguments: &NearestArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    if arguments.k == 0 {
        return Err(CliError::usage(
            "-k = 0 is out of range: at least 1",
            "it says how many neighbors to show",
        ));
    }
    let asked = match &arguments.file {
        Some(file) => names::read(file, printer)?,
        None => arguments.node.iter().cloned().collect(),
    };
    let points = RunPoints::open(&arguments.run, arguments.dataset.as_deref(), printer)?;
    let places = points.places();
    let nodes: Result<Vec<usize>, _> = asked
        .iter()
        .map(|name| points.place(&places, name))
        .collect();
    let questions = Questions {
        points: &points,
        k: arguments.k,
        printer,
    };
    let nodes = nodes?;
    match points.embedding() {
        Some(embedding) => match &embedding.checkpoint.points {
            Table::F32(values) => questions.of_embedding(embedding, values, &nodes),
            Table::F64(values) => questions.of_embedding(embedding, values, &nodes),
        },
        None => questions.of_network(&nodes),
    }
    Ok(())
}

impl Questions<'_> {
    /// Calls `answer` for each node, and shows how many are done where the answers do not.
    fn each(&self, nodes: &[usize], mut answer: impl FnMut(usize)) {
        let bar = self
            .printer
            .progress_beside_output("answering", nodes.len());
        for &node in nodes {
            answer(node);
            bar.inc(1);
        }
    }

    fn of_embedding<T: Real>(&self, run: &EmbeddingPoints, values: &[T], nodes: &[usize]) {
        let search = Search::new(values, &run.checkpoint);
        self.each(nodes, |node| {
            let mut answer = search.answer(node, self.k);
            answer.truth = run.data.as_ref().map(|data| truth(data, node));
            self.print(&answer);
        });
    }

    fn print(&self, answer: &Answer) {
        let printer = self.printer;
        self.heading(&answer.node, answer.radius, &answer.nearest);
        let guess = match &answer.parent_guess {
            Some(parent) => parent.node.as_str(),
            None => "none, since no node is nearer to the origin",
        };
        printer.answer("parent", format_args!("guess: {guess}"));
        let truth = answer.truth.as_ref();
        if let Some(truth) = truth {
            printer.answer("", format_args!("in the data: {}", listed(&truth.parents)));
        }
        let children = answer.child_guesses.iter();
        let children: Vec<String> = children.map(|child| child.node.clone()).collect();
        printer.answer("children", format_args!("guess: {}", listed(&children)));
        if let Some(truth) = truth {
            printer.answer("", format_args!("in the data: {}", listed(&truth.children)));
        }
        printer.result(answer);
    }

    fn heading(&self, node: &str, radius: f64, nearest: &[Neighbor]) {
        let text = format_args!("{node}  radius {radius:.3}");
        self.printer.answer("node", text);
        for neighbor in nearest {
            self.printer.answer(
                "",
                format_args!(
                    "{:8.4}  radius {:7.3}  {}",
                    neighbor.distance, neighbor.radius, neighbor.node
                ),
            );
        }
    }

    /// The nodes of a graph network have neighbors, and no parents.
    fn of_network(&self, nodes: &[usize]) {
        let points = self.points;
        let name = |node: usize| points.names()[node].clone();
        self.each(nodes, |node| {
            let nearest = points.nearest(node, self.k).into_iter();
            let nearest = nearest.map(|(other, distance)| Neighbor {
                node: name(other),
                distance,
                radius: points.radius(other),
            });
            let links = points.links(node).unwrap_or_default();
            let answer = NetworkAnswer {
                node: name(node),
                radius: points.radius(node),
                nearest: nearest.collect(),
                links: links.into_iter().map(name).collect(),
            };
            self.heading(&answer.node, answer.radius, &answer.nearest);
            let text = format_args!("in the data: {}", listed(&answer.links));
            self.printer.answer("links", text);
            self.printer.result(&answer);
        });
    }
}

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
    match names.len() {
        0 => "none".to_owned(),
        1..=SHOWN => names.join(", "),
        all => format!("{} and {} more", names[..SHOWN].join(", "), all - SHOWN),
    }
}

/// The direct relations of a node, and the nodes whose direct relation it is.
fn truth(data: &Loaded, index: usize) -> Truth {
    let (node, positives) = (index as u32, data.known());
    let (mut search, mut direct) = (DirectRelations::new(positives), Vec::new());
    let name = |node: u32| data.relations.name(node).to_owned();
    let mut children = Vec::new();
    for child in 0..positives.nodes() as u32 {
        if positives.contains(child, node) {
            search.of(child, &mut direct);
            if direct.binary_search(&node).is_ok() {
                children.push(name(child));
            }
        }
    }
    search.of(node, &mut direct);
    Truth {
        parents: direct.iter().map(|&parent| name(parent)).collect(),
        children,
    }
}

/// Distances from one node to all.
struct View<'a, T: Real> {
    table: &'a DistanceIndex<T>,
    index: usize,
    keys: Vec<T>,
}

impl<'a, T: Real> View<'a, T> {
    fn new(table: &'a DistanceIndex<T>, index: usize) -> Self {
        let mut keys = table.buffer();
        table.scan(index, &mut keys);
        keys[index] = T::infinity();
        Self { table, index, keys }
    }

    fn distance(&self, other: usize) -> f64 {
        self.table.distance(self.index, self.keys[other])
    }

    /// The guess at the parent: of the nodes nearer to the origin, the one with the least *distance less
    /// radius*. An ancestor lies on the way to the origin, where distance and radius add up to the node's own
    /// radius; the least difference then is that of the last one on the way.
    fn parent(&self, radii: &[f64]) -> Option<usize> {
        let nearer = (0..radii.len()).filter(|&other| radii[other] < radii[self.index]);
        let score = |other: usize| self.distance(other) - radii[other];
        nearer.min_by(|&a, &b| score(a).total_cmp(&score(b)))
    }
}

/// All points of a run, laid out for questions.
struct Search<'a, T: Real> {
    names: &'a [String],
    table: DistanceIndex<T>,
    radii: Vec<f64>,
}

impl<'a, T: Real> Search<'a, T> {
    fn new(values: &[T], checkpoint: &'a EmbeddingCheckpoint) -> Self {
        let (space, dim) = (checkpoint.settings.manifold, checkpoint.settings.dim);
        let table = distance_table(values, space, dim);
        Self {
            names: &checkpoint.vocabulary,
            radii: (0..table.rows()).map(|row| table.radius(row)).collect(),
            table,
        }
    }

    /// What the points alone say of a node. Its children are the nearest of those farther out whose parent
    /// it is guessed to be.
    fn answer(&self, index: usize, k: usize) -> Answer {
        let Self {
            names,
            table,
            radii,
        } = self;
        let view = View::new(table, index);
        let neighbor = |other: usize| Neighbor {
            node: names[other].clone(),
            distance: view.distance(other),
            radius: radii[other],
        };
        let nearest = |keys: &[T], count: usize| -> Vec<usize> {
            let mut smallest = KSmallest::new(count.min(table.rows()));
            smallest.offer_all(keys);
            let mut found = Vec::new();
            smallest.take(&mut found);
            found.iter().map(|&(_, other)| other as usize).collect()
        };
        let mut farther_out = view.keys.clone();
        for (key, radius) in farther_out.iter_mut().zip(radii) {
            if *radius <= radii[index] {
                *key = T::infinity();
            }
        }
        let is_child = |&other: &usize| View::new(table, other).parent(radii) == Some(index);
        Answer {
            node: names[index].clone(),
            radius: radii[index],
            nearest: nearest(&view.keys, k).into_iter().map(neighbor).collect(),
            parent_guess: view.parent(radii).map(neighbor),
            child_guesses: nearest(&farther_out, CANDIDATES)
                .into_iter()
                .filter(is_child)
                .take(CHILDREN)
                .map(neighbor)
                .collect(),
            truth: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::train::embedding::{Recipe, Space};

    #[test]
    fn a_parent_is_the_last_node_on_the_way_to_the_origin() {
        // On a line from the origin: root, parent, the node, its child; and a stranger at about the radius
        // of the node, in another direction.
        let points = vec![0.0, 0.0, 0.6, 0.0, 0.8, 0.0, 0.9, 0.0, 0.5, 0.6];
        let names = ["root", "parent", "node", "child", "stranger"];
        let checkpoint = EmbeddingCheckpoint {
            settings: Recipe::Uniform.settings(Space::PoincareBall, 2, 5),
            graph: String::new(),
            epochs: 1,
            seconds: 0.0,
            vocabulary: names.map(str::to_owned).to_vec(),
            points: Table::F64(points.clone()),
            hard_negatives: None,
            best: None,
        };
        let answer = Search::new(&points, &checkpoint).answer(2, 2);
        assert_eq!(answer.nearest.len(), 2);
        assert_eq!(answer.parent_guess.unwrap().node, "parent");
        let children: Vec<_> = answer.child_guesses.iter().map(|c| &c.node[..]).collect();
        assert_eq!(children, ["child"]);
    }
}
