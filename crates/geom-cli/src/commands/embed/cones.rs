//! A run of `geom embed --model cones`, which starts from the points of another.

use std::path::Path;

use geom::core::Backend;
use geom::train::embedding::{
    EmbeddingModel, EmbeddingSettings, HeldOutPart, HoldoutSettings, cone_start,
};

use super::plan::{Folder, Plan, check_every, check_validates, override_settings};
use crate::args::EmbedArguments;
use crate::dataset::Loaded;
use crate::error::CliError;
use crate::printer::Printer;
use crate::run_folder::{RunDescription, RunFolder};

/// The run that cones are to start from, if cones are asked for.
pub(super) fn start_of(arguments: &EmbedArguments) -> Result<Option<&Path>, CliError> {
    if arguments.model == Some(EmbeddingModel::Cones) {
        let Some(run) = &arguments.init else {
            return Err(CliError::usage(
                "--model cones needs a distance run to start from",
                "train one, and name its folder by --init",
            ));
        };
        refuse_unused(arguments)?;
        return Ok(Some(run));
    }
    for (flag, given) in [
        ("--init", arguments.init.is_some()),
        ("--cone-constant", arguments.cone_constant.is_some()),
        ("--cone-margin", arguments.cone_margin.is_some()),
        ("--cone-negatives", arguments.cone_negatives.is_some()),
    ] {
        if given {
            return Err(CliError::usage(
                format!("{flag} is for --model cones"),
                "leave it out, or add --model cones",
            ));
        }
    }
    Ok(None)
}

/// Refuses flags that cones have no use for, or whose values are those of the run.
fn refuse_unused(arguments: &EmbedArguments) -> Result<(), CliError> {
    let reading = &arguments.reading;
    let holdout = &arguments.holdout;
    let of_run = [
        ("--dataset", arguments.dataset.is_some()),
        ("--closure", arguments.closure),
        ("--undirected", arguments.undirected),
        ("--columns", reading.columns.is_some()),
        ("--delimiter", reading.delimiter.is_some()),
        ("--header", reading.header.is_some()),
        ("--instance-rule", arguments.instance_rule.is_some()),
        ("--manifold", arguments.manifold.is_some()),
        ("--dim", arguments.dim.is_some()),
        ("--holdout", holdout.holdout.is_some()),
        ("--holdout-keep", holdout.holdout_keep.is_some()),
        ("--holdout-rule", holdout.holdout_rule.is_some()),
        ("--split-seed", holdout.split_seed.is_some()),
    ];
    let of_distances = [
        ("--recipe", arguments.recipe.is_some()),
        ("--hard-pool", arguments.hard_pool.is_some()),
        ("--hard-start", arguments.hard_start.is_some()),
        ("--hard-refresh", arguments.hard_refresh.is_some()),
        ("--burn-in-factor", arguments.burn_in_factor.is_some()),
        ("--dampening", arguments.dampening.is_some()),
        ("--init-scale", arguments.init_scale.is_some()),
        ("--backend", arguments.backend.is_some()),
        ("--eval-sample", arguments.eval_sample.is_some()),
    ];
    let given = |flags: &[(&'static str, bool)]| {
        let flag = flags.iter().find(|(_, given)| *given);
        flag.map(|(flag, _)| *flag)
    };
    if let Some(flag) = given(&of_run) {
        return Err(CliError::usage(
            format!("{flag} does not go with --init"),
            "leave it out: data, dimension and held-out relations are those of the run",
        ));
    }
    if let Some(flag) = given(&of_distances) {
        return Err(CliError::usage(
            format!("{flag} does not go with --model cones"),
            "leave it out: cones have no use for it",
        ));
    }
    Ok(())
}

impl Plan {
    /// Cones that start from the points of the distance run at `path`, with its data.
    pub(super) fn of_cones(
        arguments: &EmbedArguments,
        path: &Path,
        printer: Printer,
    ) -> Result<Self, CliError> {
        let (folder, description) = RunFolder::open(path)?;
        let checkpoint = folder.checkpoint()?;
        let run = &checkpoint.settings;
        let refuse = |what: &str, hint: String| {
            Err(CliError::usage(format!("{} {what}", path.display()), hint))
        };
        let hyperbolic = || "cones start from a distance run in hyperbolic space".to_owned();
        if run.model == EmbeddingModel::Cones {
            return refuse("is a run of cones", hyperbolic());
        }
        if checkpoint.epochs == 0 {
            let hint = format!("train it by: geom embed --resume {}", path.display());
            return refuse("has not been trained yet", hint);
        }
        let mut settings = EmbeddingSettings::of_cones(run.dim);
        override_settings(&mut settings, arguments);
        settings.check()?;
        let Some(start) = cone_start(&checkpoint.points, run, &settings) else {
            return refuse("is in flat space", hyperbolic());
        };
        let holdout = description.holdout;
        check_validates(&arguments.holdout, holdout.as_ref())?;
        let every = arguments
            .checkpoint_every
            .unwrap_or_else(|| settings.epochs.div_ceil(20));
        check_every(every)?;
        let data = folder.data(&description, &checkpoint, printer)?;
        if !has_both_parts(&data) {
            return refuse(
                "holds out relations for one part alone",
                "cones choose their threshold by one part and are tested by the other: train a run with both, as by \
                 --holdout 0.05,0.05"
                    .to_owned(),
            );
        }
        let stem = format!("{}-cones-{}d", description.dataset.short_name(), run.dim);
        Ok(Self {
            folder: Folder::New {
                path: arguments.folder.out.clone(),
                stem,
            },
            description: of_run(description, holdout, path, every),
            data,
            device: None,
            settings,
            checkpoint: None,
            start: Some(start),
        })
    }
}

/// Whether there is a held-out relation in each part, if any is held out.
fn has_both_parts(data: &Loaded) -> bool {
    data.held_out.as_ref().is_none_or(|held_out| {
        let parts = [HeldOutPart::Validation, HeldOutPart::Test];
        parts
            .iter()
            .all(|&part| held_out.part(part).relations() > 0)
    })
}

/// The description of cones with the data of another run.
fn of_run(
    run: RunDescription,
    holdout: Option<HoldoutSettings>,
    path: &Path,
    every: usize,
) -> RunDescription {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    RunDescription {
        init: Some(absolute.display().to_string()),
        extensions: run.extensions,
        ..RunFolder::describe(run.dataset, holdout, Backend::Flex, every)
    }
}
