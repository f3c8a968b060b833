//! `geom extend`: new nodes in an embedding that is trained already.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use geom::data::{Relations, edge_list};
use geom::nn::Positives;
use geom::nn::metrics::FilteredRelations;
use geom::train::embedding::{
    EmbeddingCheckpoint, EmbeddingTrainError, Extension, ExtensionSettings, Extent,
};
use serde::Serialize;

use super::eval::Scores;
use super::{OpenRun, all_processors};
use crate::args::ExtendArguments;
use crate::claim::check_free;
use crate::dataset::{Loaded, file_like, read_edges};
use crate::disk;
use crate::error::CliError;
use crate::interrupt::Interrupt;
use crate::numbers::{counted, duration, grouped};
use crate::printer::Printer;
use crate::run_folder::{ExtensionRecord, RunFolder};

/// How much longer the steps of new nodes are than those of the run: they have few epochs to find their
/// place, and nothing else moves. On the nouns the MAP of new leaves was .88 with it and .84 without.
const FASTER: f64 = 4.0;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    extended: String,
    dataset: &'a str,
    nodes: usize,
    relations: usize,
    new_nodes: usize,
    /// Relations that start or end at a new node.
    new_relations: usize,
    /// Relations between nodes of the run that it did not have.
    added_between_old: usize,
    /// Relations of the file that the run has already.
    known_already: usize,
    epochs: usize,
    thawed_epochs: usize,
    seconds: f64,
    /// Of all relations; none without an evaluation.
    #[serde(flatten)]
    scores: Option<Scores>,
    /// Of the relations that start or end at a new node.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Scores>,
    notes: &'a [String],
    run: String,
}

pub(crate) fn run(arguments: &ExtendArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let interrupt = Interrupt::listen(printer, "preparing the data");
    if let Some(out) = &arguments.out {
        check_free(out)?;
    }
    let open = OpenRun::open(&arguments.run, printer)?;
    if open.checkpoint.epochs == 0 {
        let run = arguments.run.display();
        return Err(CliError::usage(
            format!("{run} has not been trained yet"),
            format!("train it by: geom embed --resume {run}"),
        ));
    }
    if open.checkpoint.epochs < open.checkpoint.settings.epochs && open.checkpoint.best.is_none() {
        printer.note(format_args!(
            "{} has done {} of its {} epochs",
            arguments.run.display(),
            open.checkpoint.epochs,
            open.checkpoint.settings.epochs
        ));
    }
    let more = new_relations(arguments, &open, printer)?;
    let joined = join(&open, &more.relations)?;
    let relations = &joined.relations;
    let settings = ExtensionSettings {
        epochs: arguments.epochs,
        thawed_epochs: arguments.thaw,
        lr: arguments.lr.unwrap_or(FASTER * open.checkpoint.settings.lr),
        threads: arguments.threads.unwrap_or_else(all_processors),
        seed: arguments.seed,
    };
    let mut extension = Extension::new(relations, &open.checkpoint, settings.clone())?;
    let (offsets, targets) = extension.new_relations();
    let new = Positives::new(&offsets, &targets);
    let counts = Counts::of(&open.data, &joined, &more.relations, new);
    printer.line(
        "run",
        format_args!(
            "{}: {} nodes, {} relations",
            arguments.run.display(),
            grouped(open.data.relations.num_nodes() as u64),
            grouped(open.data.relations.num_relations() as u64)
        ),
    );
    printer.line(
        "new",
        format_args!(
            "{}, {} that start or end there",
            counted(extension.new_nodes() as u64, "node"),
            counted(new.relations() as u64, "relation")
        ),
    );
    let mut notes = more.notes;
    notes.extend(counts.remarks(arguments.thaw > 0));
    for note in counts.remarks(arguments.thaw > 0) {
        printer.note(note);
    }

    interrupt.leave("placing the new nodes", None);
    let start = Instant::now();
    train(&mut extension, printer, &arguments.run)?;
    let seconds = start.elapsed().as_secs_f64();
    printer.line("placed", format_args!("in {}", duration(seconds)));
    let checkpoint = extension.checkpoint(seconds);

    let record = ExtensionRecord {
        run: absolute(&arguments.run),
        dataset: absolute(Path::new(&arguments.dataset)),
        new_nodes: extension.new_nodes(),
        new_relations: new.relations(),
        epochs: settings.epochs,
        thawed_epochs: settings.thawed_epochs,
        lr: settings.lr,
        seed: settings.seed,
    };
    let folder = save(arguments, &open, record, &joined, &checkpoint)?;
    let run = folder.path().to_path_buf();
    let (mut scores, mut of_new) = (None, None);
    if !arguments.no_eval {
        interrupt.leave("evaluating", Some(run.clone()));
        let (all, threads) = (Extent::All, settings.threads);
        let whole = Scores::of(&checkpoint, &joined, all, threads, printer)?;
        let filtered = FilteredRelations {
            ranked: new,
            known: joined.known(),
        };
        let new = Scores::of_part(&checkpoint, filtered, all, threads, printer)?;
        printer.line("result", &whole);
        printer.line("new nodes", &new);
        (scores, of_new) = (Some(whole), Some(new));
    }
    let summary = Summary {
        extended: arguments.run.display().to_string(),
        dataset: &arguments.dataset,
        nodes: relations.num_nodes(),
        relations: relations.num_relations(),
        new_nodes: extension.new_nodes(),
        new_relations: new.relations(),
        added_between_old: counts.between_old,
        known_already: counts.known_already,
        epochs: settings.epochs,
        thawed_epochs: settings.thawed_epochs,
        seconds,
        scores,
        new: of_new,
        notes: &notes,
        run: run.display().to_string(),
    };
    folder.write_json("result.json", &summary)?;
    if !arguments.no_plot {
        interrupt.leave("drawing", Some(run.clone()));
        let paths = ["disk.svg", "disk.png"].map(|name| run.join(name));
        disk::draw(&checkpoint, &joined, &paths, disk::DEFAULT_LABELS)?;
    }
    printer.line("saved", run.display());
    printer.result(&summary);
    Ok(())
}

/// The relations of the file, read as the data of the run were.
fn new_relations(
    arguments: &ExtendArguments,
    open: &OpenRun,
    printer: Printer,
) -> Result<Loaded, CliError> {
    if !file_like(&arguments.dataset) {
        return Err(CliError::usage(
            format!("{} is no edge list", arguments.dataset),
            "name a .csv, .tsv or .graphml file with the relations of the new nodes",
        ));
    }
    let options = edge_list::Options {
        closure: false,
        undirected: open.description.dataset.undirected,
        ..edge_list::Options::default()
    };
    let more = read_edges(&arguments.dataset, &options, printer)?;
    if more.relations.is_weighted() != open.data.relations.is_weighted() {
        return Err(CliError::usage(
            match more.relations.is_weighted() {
                true => format!(
                    "the relations of {} have weights, those of the run have none",
                    arguments.dataset
                ),
                false => format!(
                    "the relations of the run have weights, those of {} have none",
                    arguments.dataset
                ),
            },
            "give both weights, or neither",
        ));
    }
    if more.relations.is_weighted() && open.data.held_out.is_some() {
        return Err(CliError::usage(
            "a run with weights and held-out relations cannot be extended: what the closure would add \
             depends on what is held out",
            "extend a run without one of them",
        ));
    }
    Ok(more)
}

/// The relations of both, closed if those of the run are; what the run holds out stays held out.
fn join(open: &OpenRun, more: &Relations) -> Result<Loaded, CliError> {
    let train = &open.data.relations;
    let dataset = &open.description.dataset;
    let is_closed = dataset.closure || !dataset.is_file();
    let close = |relations: Relations| match is_closed {
        true => relations.closure(),
        false => Ok(relations),
    };
    let Some(held_out) = &open.data.held_out else {
        return Ok(Loaded::kept(close(train.with(more))?));
    };
    let names = held_out.pairs();
    let held_back = Relations::from_pairs(names.map(|(u, v)| (train.name(u), train.name(v))));
    let whole = close(train.with(&held_back).with(more))?;
    let (relations, held_out) = held_out
        .of_more(train, &whole)
        .ok_or(EmbeddingTrainError::OtherData)?;
    Ok(Loaded {
        held_out: Some(held_out),
        ..Loaded::kept(relations)
    })
}

/// What became of the relations of the file.
struct Counts {
    between_old: usize,
    known_already: usize,
}

impl Counts {
    fn of(old: &Loaded, joined: &Loaded, more: &Relations, new: Positives<'_>) -> Self {
        let between_old = joined.known().relations() - old.known().relations() - new.relations();
        let known = |&(u, v): &(u32, u32)| {
            let ends = [u, v].map(|node| old.relations.id(more.name(node)));
            matches!(ends, [Some(u), Some(v)] if old.known().contains(u, v))
        };
        Self {
            between_old,
            known_already: more.pairs().filter(known).count(),
        }
    }

    fn remarks(&self, is_thawed: bool) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.known_already > 0 {
            remarks.push(format!(
                "{} of the file are in the run already",
                counted(self.known_already as u64, "relation")
            ));
        }
        if self.between_old > 0 && !is_thawed {
            remarks.push(format!(
                "{} between nodes of the run are new and move nothing, since these nodes stay; --thaw lets \
                 them move",
                counted(self.between_old as u64, "relation")
            ));
        }
        remarks
    }
}

fn train(extension: &mut Extension<'_>, printer: Printer, run: &Path) -> Result<(), CliError> {
    let template = "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}";
    let bar = printer.progress_of("placing", extension.planned_epochs() as u64, template);
    bar.set_prefix("epoch");
    // Ctrl-C ends the program.
    let never = AtomicBool::new(false);
    while !extension.is_finished() {
        match extension.epoch_until(&never) {
            Ok(Some(report)) => {
                bar.set_position(report.epoch as u64);
                bar.set_message(format!("loss {:.4}", report.loss));
            }
            Ok(None) => break,
            Err(error) => {
                bar.abandon();
                let checkpoint = run.join("checkpoint.safetensors");
                return Err(CliError::Diverged { error, checkpoint });
            }
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// Makes the folder of the new run.
fn save(
    arguments: &ExtendArguments,
    open: &OpenRun,
    record: ExtensionRecord,
    joined: &Loaded,
    checkpoint: &EmbeddingCheckpoint,
) -> Result<RunFolder, CliError> {
    let mut description = open.description.clone();
    description.extensions.push(record);
    let stem = format!("{}-extended", description.dataset.short_name());
    let folder = RunFolder::create(arguments.out.clone(), &stem, &description)?;
    folder.keep(joined)?;
    folder.write_log(&[], &[])?;
    checkpoint.save(&folder.checkpoint_path())?;
    Ok(folder)
}

fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    path.display().to_string()
}
