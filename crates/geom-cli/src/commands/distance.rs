//! `geom distance`: how far nodes are apart, and whether one is below the other.

use std::path::Path;

use geom::data::edge_list;
use serde::Serialize;

use crate::args::DistanceArguments;
use crate::error::CliError;
use crate::printer::{Printer, print};
use crate::run_points::{Relation, RunPoints};

/// Pairs that are answered at once.
const CHUNK: usize = 4096;

/// What `--json` prints of a pair.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    a: &'a str,
    b: &'a str,
    distance: f64,
    radius_a: f64,
    radius_b: f64,
    /// The score of "a is a b", and of "b is an a"; none in a graph network.
    is_a: Option<f64>,
    is_a_reversed: Option<f64>,
    /// In the data of the run; none if it has not kept them.
    relation: Option<Relation>,
}

pub(crate) fn run(arguments: &DistanceArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let asked = match (&arguments.file, &arguments.a, &arguments.b) {
        (Some(file), ..) => read(file, printer)?,
        (None, Some(a), Some(b)) => vec![[a.clone(), b.clone()]],
        // The parser asks for both.
        _ => Vec::new(),
    };
    let points = RunPoints::open(&arguments.run, arguments.dataset.as_deref(), printer)?;
    let places = points.places();
    let mut pairs = Vec::with_capacity(asked.len());
    for [a, b] in &asked {
        pairs.push([points.place(&places, a)?, points.place(&places, b)?]);
    }
    let is_table = arguments.file.is_some();
    if is_table && !printer.is_json() {
        print(&heading(points.embedding().is_some()));
    }
    let bar = printer.progress_beside_output("answering", pairs.len());
    for chunk in pairs.chunks(CHUNK) {
        let distances = points.distances(chunk);
        for (&pair, distance) in chunk.iter().zip(distances) {
            let answer = answer(&points, pair, distance)?;
            match (printer.is_json(), is_table) {
                (true, _) => printer.result(&answer),
                (false, true) => print(&line(&answer)),
                (false, false) => say(&answer, printer),
            }
        }
        bar.inc(chunk.len() as u64);
    }
    Ok(())
}

/// The pairs of a table, in its order.
fn read(path: &Path, printer: Printer) -> Result<Vec<[String; 2]>, CliError> {
    let (pairs, repairs) = edge_list::read_pairs(path)?;
    let at = path.display();
    if !repairs.is_empty() {
        printer.note(format_args!("repaired {at}: {repairs}"));
    }
    for doubt in &repairs.doubts {
        printer.note(format_args!("{at}: {doubt}"));
    }
    if pairs.has_weights {
        printer.note(format_args!("{at}: weights have no effect on distances"));
    }
    Ok(pairs.iter().map(|pair| pair.map(str::to_owned)).collect())
}

fn answer<'a>(
    points: &'a RunPoints,
    pair: [usize; 2],
    distance: f64,
) -> Result<Answer<'a>, CliError> {
    let [a, b] = pair.map(|node| points.names()[node].as_str());
    if !distance.is_finite() {
        let what = format!("the distance of {a} and {b}");
        return Err(CliError::NotFinite { what });
    }
    let [radius_a, radius_b] = pair.map(|node| points.radius(node));
    let is_a = |radii| Some(points.embedding()?.is_a(radii, distance));
    Ok(Answer {
        a,
        b,
        distance,
        radius_a,
        radius_b,
        is_a: is_a([radius_a, radius_b]),
        is_a_reversed: is_a([radius_b, radius_a]),
        relation: points.relation(pair),
    })
}

fn say(answer: &Answer<'_>, printer: Printer) {
    let Answer { a, b, .. } = answer;
    printer.answer("distance", format_args!("{:.4}", answer.distance));
    printer.answer(
        "radius",
        format_args!("{:.4} {a}, {:.4} {b}", answer.radius_a, answer.radius_b),
    );
    if let (Some(is_a), Some(reversed)) = (answer.is_a, answer.is_a_reversed) {
        let text = format_args!("{is_a:.4} that {a} is a {b}, {reversed:.4} the other way round");
        printer.answer("is-a", text);
    }
    match answer.relation {
        Some(relation) => printer.answer("data", relation.in_words([a, b])),
        None => printer.answer("data", "not kept by this run"),
    }
}

fn heading(has_scores: bool) -> String {
    let score = if has_scores { "        is-a  " } else { "" };
    format!("distance  radius A  radius B  {score}relation   A  B\n")
}

/// A row of the table; names come last, as they can be long.
fn line(answer: &Answer<'_>) -> String {
    let score = answer.is_a.map(|score| format!("{score:12.4}  "));
    let relation = match answer.relation {
        Some(Relation::Below) => "below",
        Some(Relation::Above) => "above",
        Some(Relation::Linked) => "linked",
        Some(Relation::Unrelated) => "unrelated",
        None => "-",
    };
    format!(
        "{:8.4}  {:8.4}  {:8.4}  {}{relation:<9}  {}  {}\n",
        answer.distance,
        answer.radius_a,
        answer.radius_b,
        score.unwrap_or_default(),
        answer.a,
        answer.b
    )
}
