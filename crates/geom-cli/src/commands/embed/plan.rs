//! What a run of `geom embed` is going to do, decided before training starts.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use burn::tensor::{DType, Device};
use geom::core::Backend;
use geom::train::embedding::{
    EmbeddingCheckpoint, EmbeddingSettings, HoldoutSettings, Recipe, Route, Space, Table,
};
use geom::train::{Format, SettingConflict};

use crate::args::{EmbedArguments, HoldoutArguments};
use crate::commands::all_processors;
use crate::dataset::{DatasetSpec, Loaded, Reading, file_like};
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_folder::{RunDescription, RunFolder};

/// Everything decided before training starts.
pub(super) struct Plan {
    pub(super) folder: Folder,
    pub(super) description: RunDescription,
    pub(super) data: Loaded,
    pub(super) settings: EmbeddingSettings,
    pub(super) checkpoint: Option<EmbeddingCheckpoint>,
    /// Where the points start, if another run tells.
    pub(super) start: Option<Table>,
    pub(super) device: Option<Device>,
}

/// A new run's folder is made only when training is about to start.
pub(super) enum Folder {
    Existing(RunFolder),
    New { path: Option<PathBuf>, stem: String },
}

impl Plan {
    pub(super) fn new(arguments: &EmbedArguments, printer: Printer) -> Result<Self, CliError> {
        let name = arguments.dataset.as_deref().unwrap_or("wordnet-mammals");
        let rule = arguments.instance_rule;
        let ways = (arguments.closure, arguments.undirected);
        let reading = Reading::of(&arguments.reading);
        let dataset = DatasetSpec::parse(name, ways, rule, reading)?;
        let backend = backend(arguments)?;
        let format = longest_format(arguments, backend)?;
        let holdout = arguments.holdout.settings();
        check_validates(&arguments.holdout, holdout.as_ref())?;
        if let Some(holdout) = &holdout {
            holdout.check()?;
        }
        let mut data = dataset.load(printer)?;
        if let Some(holdout) = &holdout {
            data = data.hold_out(holdout)?;
        }
        let space = arguments.manifold.unwrap_or(Space::PoincareBall);
        let recipe = arguments.recipe.unwrap_or(Recipe::Mined);
        let dim = arguments.dim.unwrap_or(5);
        let mut settings = recipe.settings_for(space, dim, &data.relations);
        settings.dtype = format;
        override_settings(&mut settings, arguments);
        if settings.route == Route::Fast && arguments.threads.is_none() {
            settings.threads = all_processors();
        }
        settings.check()?;
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
            folder: Folder::New {
                path: arguments.folder.out.clone(),
                stem,
            },
            description: RunFolder::describe(dataset, holdout, backend, every),
            data,
            device: device(&settings, backend)?,
            settings,
            checkpoint: None,
            start: None,
        })
    }

    pub(super) fn resumed(
        arguments: &EmbedArguments,
        path: &Path,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let (mut folder, mut description) = RunFolder::open(path)?;
        folder.lock()?;
        let checkpoint = folder.checkpoint()?;
        let mut wanted = checkpoint.settings.clone();
        override_settings(&mut wanted, arguments);
        wanted.check()?;
        let data = folder.data(&description, &checkpoint, printer)?;
        let mut conflicts = checkpoint.settings.conflicts(&wanted);
        let mut differs = |field: &str, run: &str, now: &str| {
            if run != now {
                conflicts.push(SettingConflict {
                    field: field.to_owned(),
                    run: run.to_owned(),
                    now: now.to_owned(),
                });
            }
        };
        if let Some(name) = &arguments.dataset {
            let rule = arguments.instance_rule;
            let before = &description.dataset;
            let ways = (
                before.closure && !arguments.undirected || arguments.closure,
                before.undirected && !arguments.closure || arguments.undirected,
            );
            let given = DatasetSpec::parse(
                name,
                if file_like(name) {
                    ways
                } else {
                    (false, false)
                },
                rule,
                if file_like(name) {
                    before.reading.clone()
                } else {
                    Reading::default()
                },
            )?;
            // Data that moved are the same data: what is in them decides.
            let is_same = given.name == before.name
                || given.is_file() && given.load(printer)?.fingerprint == data.whole();
            if !is_same {
                differs("dataset", &before.name, &given.name);
            }
        }
        if let Some(now) = arguments.holdout.settings() {
            let told = |holdout: &HoldoutSettings| {
                let HoldoutSettings {
                    validation, test, ..
                } = holdout;
                let (rule, seed) = (holdout.rule.name(), holdout.split_seed);
                let keep = holdout.keep.map(|keep| format!(", keeping {keep}"));
                let keep = keep.unwrap_or_default();
                format!("{validation},{test} by rule {rule}, split {seed}{keep}")
            };
            let run = description.holdout.as_ref();
            differs("holdout", &run.map_or("off".to_owned(), told), &told(&now));
        }
        if arguments.undirected && !description.dataset.undirected {
            differs("undirected", "off", "on");
        }
        if arguments.closure && !description.dataset.closure {
            differs("closure", "off", "on");
        }
        let before = description.dataset.reading.given();
        for (field, now) in Reading::of(&arguments.reading).given() {
            let run = before.iter().find(|(name, _)| *name == field);
            differs(field, run.map_or("not given", |(_, run)| run), &now);
        }
        if let Some(rule) = arguments.instance_rule {
            let run = description.dataset.instance_rule;
            differs("instance_rule", run.name(), rule.name());
        }
        if let Some(backend) = arguments.backend {
            differs("backend", description.backend.name(), backend.name());
        }
        CliError::check_conflicts(path, &conflicts)?;
        if let Some(every) = arguments.checkpoint_every {
            check_every(every)?;
            description.checkpoint_every = every;
        }
        check_settled(&checkpoint, &wanted, path)?;
        Ok(Self {
            folder: Folder::Existing(folder),
            device: device(&wanted, description.backend)?,
            description,
            data,
            settings: wanted.clone(),
            checkpoint: Some(EmbeddingCheckpoint {
                settings: wanted,
                ..checkpoint
            }),
            start: None,
        })
    }
}

pub(super) fn override_settings(settings: &mut EmbeddingSettings, arguments: &EmbedArguments) {
    macro_rules! take {
        ($($field:ident),*) => {$(
            if let Some(value) = arguments.$field {
                settings.$field = value;
            }
        )*};
    }
    take!(
        model,
        cone_constant,
        cone_margin,
        cone_negatives,
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
        burn_in,
        burn_in_factor,
        dampening,
        init_scale,
        threads,
        seed,
        dtype,
        route
    );
    if let Some(growth) = arguments.growth {
        settings.growth = NonZeroUsize::new(growth);
    }
    if let Some(patience) = arguments.holdout.patience {
        settings.patience = NonZeroUsize::new(patience);
    }
    if let Some(every) = arguments.holdout.validate_every {
        settings.validate_every = every;
    }
}

/// Refuses flags of validation where nothing is held out for it.
pub(crate) fn check_validates(
    holdout: &HoldoutArguments,
    held_out: Option<&HoldoutSettings>,
) -> Result<(), CliError> {
    let validates = held_out.is_some_and(|shares| shares.validation > 0.0);
    for (flag, given) in [
        ("--patience", holdout.patience.is_some()),
        ("--validate-every", holdout.validate_every.is_some()),
    ] {
        if given && !validates {
            return Err(CliError::usage(
                format!("{flag} needs held-out relations for validation"),
                "hold some out, as by --holdout 0.05,0.05",
            ));
        }
    }
    Ok(())
}

/// Refuses to go on with a run whose points are those of its best epoch, not those of its last.
fn check_settled(
    checkpoint: &EmbeddingCheckpoint,
    wanted: &EmbeddingSettings,
    run: &Path,
) -> Result<(), CliError> {
    match &checkpoint.best {
        Some(best) if best.points.is_none() && *wanted != checkpoint.settings => {
            Err(CliError::usage(
                format!(
                    "{} has ended with the points of its best epoch, {}; it cannot go on",
                    run.display(),
                    best.scores.epoch
                ),
                "train again with another --out",
            ))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_every(every: usize) -> Result<(), CliError> {
    if every == 0 {
        return Err(CliError::usage(
            "--checkpoint-every = 0 is out of range: at least 1",
            "the run always ends with one",
        ));
    }
    Ok(())
}

/// The backend of the autodiff route, refused for the other.
fn backend(arguments: &EmbedArguments) -> Result<Backend, CliError> {
    let backend = arguments.backend.unwrap_or(Backend::Flex);
    if route(arguments) == Route::Fast && backend != Backend::Flex {
        return Err(CliError::usage(
            format!("--backend {backend} needs --route autodiff"),
            "the fast route is a CPU kernel of its own",
        ));
    }
    Ok(backend)
}

fn route(arguments: &EmbedArguments) -> Route {
    arguments.route.unwrap_or(Route::Fast)
}

/// The number format where none is asked for: the longest that the backend has.
fn longest_format(arguments: &EmbedArguments, backend: Backend) -> Result<Format, CliError> {
    let f64 = route(arguments) == Route::Fast || backend.supports(DType::F64)?;
    Ok(if f64 { Format::F64 } else { Format::F32 })
}

/// The device of the autodiff route.
fn device(settings: &EmbeddingSettings, backend: Backend) -> Result<Option<Device>, CliError> {
    if settings.route == Route::Fast {
        return Ok(None);
    }
    let device = backend.device()?;
    if settings.dtype == Format::F64 && !backend.supports(DType::F64)? {
        return Err(CliError::usage(
            format!("--backend {backend} computes in f32 only"),
            "leave --dtype out, or use --backend flex",
        ));
    }
    Ok(Some(device))
}
