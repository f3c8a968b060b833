//! `geom embed`: train, evaluate, save, draw.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use geom::train::TrainError;
use geom::train::checkpoint::Checkpoint;
use geom::train::embedding::{
    EmbeddingTrainer, EpochReport, Format, Graph, Recipe, Route, Settings, Space,
};
use serde::Serialize;

use super::all_processors;
use crate::args::{Backend, EmbedArguments};
use crate::commands::eval::evaluate;
use crate::dataset::{DatasetSpec, Loaded};
use crate::disk;
use crate::error::CliError;
use crate::printer::{Printer, duration, grouped};
use crate::run_folder::{RunDescription, RunFolder};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    dataset: &'a str,
    manifold: &'a str,
    dim: usize,
    seed: u64,
    epochs: usize,
    nodes: usize,
    relations: usize,
    seconds: f64,
    relations_per_second: f64,
    evaluation_seconds: f64,
    peak_rss_mb: Option<f64>,
    mean_rank: f64,
    map: f64,
    run: String,
}

pub(crate) fn run(arguments: &EmbedArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let stop = stop_on_interrupt();
    let plan = match &arguments.resume {
        Some(path) => Plan::resumed(arguments, path, printer)?,
        None => Plan::new(arguments, printer)?,
    };
    plan.train(printer, &stop)
}

/// Everything decided before training starts.
struct Plan {
    folder: Folder,
    description: RunDescription,
    data: Loaded,
    settings: Settings,
    checkpoint: Option<Checkpoint>,
    device: Option<Device>,
}

/// A new run's folder is made only when training is about to start.
enum Folder {
    Existing(RunFolder),
    At(PathBuf),
    Numbered(String),
}

impl Plan {
    fn new(arguments: &EmbedArguments, printer: Printer) -> Result<Self, CliError> {
        let name = arguments.dataset.as_deref().unwrap_or("wordnet-mammals");
        let rule = arguments.instance_rule.map(Into::into);
        let dataset = DatasetSpec::parse(name, arguments.closure, rule)?;
        let backend = backend(arguments)?;
        let data = dataset.load(printer)?;
        let space = arguments.manifold.map_or(Space::Poincare, Into::into);
        let recipe = arguments.recipe.map_or(Recipe::Mined, Into::into);
        let mut settings = recipe.settings(
            space,
            arguments.dim.unwrap_or(5),
            data.relations.num_nodes(),
        );
        if settings.path == Route::Fast && arguments.threads.is_none() {
            settings.threads = all_processors();
        }
        if backend == Backend::Wgpu {
            settings.dtype = Format::F32;
        }
        override_settings(&mut settings, arguments);
        settings.validate()?;
        if backend == Backend::Wgpu && settings.dtype == Format::F64 {
            return Err(CliError::usage(
                "--backend wgpu computes in f32 only",
                "leave --dtype out, or use flex or cuda",
            ));
        }
        let every = arguments
            .checkpoint_every
            .unwrap_or_else(|| settings.epochs.div_ceil(20));
        check_every(every)?;
        let stem = format!(
            "{}-{}-{}d",
            dataset.short_name(),
            settings.manifold.name(),
            settings.dim
        );
        Ok(Self {
            folder: arguments
                .out
                .clone()
                .map_or(Folder::Numbered(stem), Folder::At),
            description: RunFolder::describe(dataset, backend, every),
            data,
            device: device(&settings, backend)?,
            settings,
            checkpoint: None,
        })
    }

    fn resumed(
        arguments: &EmbedArguments,
        path: &Path,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let (folder, mut description) = RunFolder::open(path)?;
        let checkpoint = folder.checkpoint()?;
        let mut wanted = checkpoint.settings.clone();
        override_settings(&mut wanted, arguments);
        wanted.validate()?;
        let mut conflicts = checkpoint.settings.conflicts(&wanted);
        let mut differs = |flag: &str, run: &str, now: &str| {
            if run != now {
                conflicts.push(format!("--{flag} is {run} in the run, {now} now"));
            }
        };
        if let Some(name) = &arguments.dataset {
            let rule = arguments.instance_rule.map(Into::into);
            let given = DatasetSpec::parse(name, arguments.closure, rule)?;
            differs("dataset", &description.dataset.name, &given.name);
        }
        if arguments.closure && !description.dataset.closure {
            differs("closure", "off", "on");
        }
        if let Some(rule) = arguments.instance_rule {
            let (run, now): (_, geom::data::wordnet::InstanceRule) =
                (description.dataset.instance_rule, rule.into());
            differs("instance-rule", &format!("{run:?}"), &format!("{now:?}"));
        }
        if let Some(backend) = arguments.backend {
            differs(
                "backend",
                &format!("{:?}", description.backend),
                &format!("{backend:?}"),
            );
        }
        if !conflicts.is_empty() {
            return Err(TrainError::Conflict {
                path: path.to_path_buf(),
                conflicts,
            }
            .into());
        }
        if let Some(every) = arguments.checkpoint_every {
            check_every(every)?;
            description.checkpoint_every = every;
        }
        let data = description.dataset.load_again(&checkpoint, path, printer)?;
        Ok(Self {
            folder: Folder::Existing(folder),
            device: device(&wanted, description.backend)?,
            description,
            data,
            settings: wanted.clone(),
            checkpoint: Some(Checkpoint {
                settings: wanted,
                ..checkpoint
            }),
        })
    }

    fn train(self, printer: Printer, stop: &AtomicBool) -> Result<(), CliError> {
        let Self {
            folder,
            description,
            data,
            settings,
            checkpoint,
            device,
        } = self;
        let graph = data.graph();
        let done = checkpoint
            .as_ref()
            .map_or(0, |checkpoint| checkpoint.epochs);
        let mut trainer = match checkpoint {
            Some(checkpoint) => EmbeddingTrainer::resume(graph, checkpoint, device)?,
            None => EmbeddingTrainer::new(graph, settings, device)?,
        };
        let folder = match folder {
            Folder::Existing(folder) => folder,
            Folder::At(path) => RunFolder::create(path, &description)?,
            Folder::Numbered(stem) => RunFolder::create_numbered(&stem, &description)?,
        };
        if !folder.checkpoint_path().exists() {
            // From here on the run can be resumed, whenever it is stopped.
            trainer.checkpoint().save(&folder.checkpoint_path())?;
        }
        introduce(printer, &description, graph, trainer.settings(), done);

        let mut session = Session {
            folder,
            description,
            log: Vec::new(),
            reports: Vec::new(),
            printer,
        };
        session.log = session.folder.earlier_log(done);
        session.epochs(&mut trainer, stop)?;
        session.finish(&trainer, &data)
    }
}

/// A run in progress.
struct Session {
    folder: RunFolder,
    description: RunDescription,
    log: Vec<String>,
    reports: Vec<EpochReport>,
    printer: Printer,
}

impl Session {
    fn epochs(
        &mut self,
        trainer: &mut EmbeddingTrainer<'_>,
        stop: &AtomicBool,
    ) -> Result<(), CliError> {
        let epochs = trainer.settings().epochs;
        let bar = self.printer.bar(
            trainer.planned_relations(),
            "{prefix:<9} {wide_bar} {msg}  {elapsed_precise}  {eta} left",
        );
        bar.set_position(trainer.trained_relations());
        bar.reset_eta();
        bar.set_prefix("epoch");
        let checkpoint = self.folder.checkpoint_path();
        while !trainer.is_finished() {
            let report = trainer.epoch(&|done| bar.inc(done), Some(&checkpoint));
            let report = match report {
                Ok(report) => report,
                Err(error) => {
                    bar.abandon();
                    return Err(error.into());
                }
            };
            bar.set_message(format!(
                "{}/{epochs}  loss {:.4}  {} relations/s",
                report.epoch,
                report.loss,
                grouped((report.relations as f64 / report.seconds) as u64)
            ));
            self.reports.push(report);
            let interrupted = stop.load(Ordering::Relaxed) && !trainer.is_finished();
            if trainer.is_finished()
                || interrupted
                || report
                    .epoch
                    .is_multiple_of(self.description.checkpoint_every)
            {
                // In this order, so that the log never lacks an epoch of the checkpoint.
                self.folder.write_log(&self.log, &self.reports)?;
                trainer.checkpoint().save(&checkpoint)?;
            }
            if interrupted {
                bar.abandon();
                return Err(CliError::Interrupted {
                    epoch: report.epoch,
                    epochs,
                    run: self.folder.path().to_path_buf(),
                });
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn finish(&self, trainer: &EmbeddingTrainer<'_>, data: &Loaded) -> Result<(), CliError> {
        let settings = trainer.settings();
        let relations = data.relations.num_relations();
        let trained = trainer.trained_relations() as f64;
        self.printer.line(
            "trained",
            format_args!(
                "{} in {}, {} relations/s",
                match settings.epochs {
                    1 => "1 epoch".to_owned(),
                    epochs => format!("{epochs} epochs"),
                },
                duration(trainer.seconds()),
                grouped((trained / trainer.seconds()) as u64)
            ),
        );
        let start = Instant::now();
        let checkpoint = trainer.checkpoint();
        let measured = evaluate(&checkpoint, data, None, settings.threads, self.printer)?;
        let evaluation_seconds = start.elapsed().as_secs_f64();
        self.printer.line(
            "result",
            format_args!(
                "mean rank {:.3}, MAP {:.4}",
                measured.mean_rank, measured.map
            ),
        );

        let summary = Summary {
            dataset: &self.description.dataset.name,
            manifold: settings.manifold.name(),
            dim: settings.dim,
            seed: settings.seed,
            epochs: settings.epochs,
            nodes: data.relations.num_nodes(),
            relations,
            seconds: trainer.seconds(),
            relations_per_second: trained / trainer.seconds(),
            evaluation_seconds,
            peak_rss_mb: peak_rss_mb(),
            mean_rank: measured.mean_rank,
            map: measured.map,
            run: self.folder.path().display().to_string(),
        };
        self.folder.write_json("result.json", &summary)?;
        for name in ["disk.svg", "disk.png"] {
            disk::draw(
                &checkpoint,
                data,
                &self.folder.path().join(name),
                disk::DEFAULT_LABELS,
            )?;
        }
        self.printer.line("saved", self.folder.path().display());
        self.printer.result(&summary);
        Ok(())
    }
}

fn introduce(
    printer: Printer,
    description: &RunDescription,
    graph: Graph<'_>,
    settings: &Settings,
    done: usize,
) {
    printer.line(
        "data",
        format_args!(
            "{}: {} nodes, {} relations",
            description.dataset.short_name(),
            grouped(graph.positives.nodes() as u64),
            grouped(graph.positives.relations() as u64)
        ),
    );
    let negatives = match settings.hard_negatives {
        0 => format!("{} negatives", settings.negatives),
        hard => format!("{} negatives, {hard} of them mined", settings.negatives),
    };
    printer.line(
        "model",
        format_args!(
            "{}, dimension {}, {} epochs, rate {}, {negatives}, seed {}",
            settings.manifold.name(),
            settings.dim,
            settings.epochs,
            settings.lr,
            settings.seed
        ),
    );
    if done > 0 {
        printer.line("resumed", format_args!("after epoch {done}"));
    }
}

fn override_settings(settings: &mut Settings, arguments: &EmbedArguments) {
    macro_rules! take {
        ($($field:ident),*) => {$(
            if let Some(value) = arguments.$field {
                settings.$field = value.into();
            }
        )*};
    }
    take!(
        manifold,
        dim,
        epochs,
        lr,
        schedule,
        batch_size,
        negatives,
        focus,
        hard_negatives,
        hard_pool,
        hard_start,
        hard_refresh,
        parent_visits,
        growth,
        burn_in,
        burn_in_factor,
        dampening,
        init_scale,
        threads,
        seed,
        dtype,
        path
    );
}

fn check_every(every: usize) -> Result<(), CliError> {
    if every == 0 {
        return Err(CliError::usage(
            "--checkpoint-every = 0 is out of range: at least 1",
            "the run always ends with one",
        ));
    }
    Ok(())
}

fn backend(arguments: &EmbedArguments) -> Result<Backend, CliError> {
    let route = arguments.path.map_or(Route::Fast, Into::into);
    match arguments.backend {
        Some(backend) if route == Route::Fast && backend != Backend::Flex => Err(CliError::usage(
            format!(
                "--backend {} needs --path autodiff",
                format!("{backend:?}").to_lowercase()
            ),
            "the fast path is a CPU kernel of its own",
        )),
        Some(backend) => Ok(backend),
        None => Ok(Backend::Flex),
    }
}

/// The device of the autodiff route.
fn device(settings: &Settings, backend: Backend) -> Result<Option<Device>, CliError> {
    if settings.path == Route::Fast {
        return Ok(None);
    }
    #[allow(
        unreachable_patterns,
        reason = "which arms are reachable depends on the features compiled in"
    )]
    #[allow(
        deprecated,
        reason = "Burn deprecates its ndarray backend; it stays on offer while Burn has it"
    )]
    let device = match backend {
        #[cfg(feature = "flex")]
        Backend::Flex => Device::flex(),
        #[cfg(feature = "ndarray")]
        Backend::Ndarray => Device::ndarray(),
        #[cfg(feature = "wgpu")]
        Backend::Wgpu => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        #[cfg(feature = "cuda")]
        Backend::Cuda => Device::cuda(burn::tensor::DeviceIndex::Default),
        _ => {
            let name = format!("{backend:?}").to_lowercase();
            return Err(CliError::usage(
                format!("this program was built without the {name} backend"),
                format!("build it with: cargo build --release -p geom-cli --features {name}"),
            ));
        }
    };
    Ok(Some(device))
}

/// Raised by the first Ctrl-C; the second ends the program at once, leaving the last checkpoint.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    // Without a handler Ctrl-C ends the program at once, which loses nothing already saved.
    let _ = ctrlc::set_handler(move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("\nstopping after this epoch; press Ctrl-C again to stop at once");
    });
    stop
}

/// The largest resident size so far, where the system tells.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}
