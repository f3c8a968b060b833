//! Flags that a run has no use for: a remark, since scripts give all models the same.

use geom::nn::models::ModelKind;
use geom::train::graph::{GraphSettings, GraphTask};

use crate::args::TrainArguments;

/// The flags that were given and change nothing with these settings, of a graph that brings a
/// split of its nodes or not.
pub(super) fn unused(
    arguments: &TrainArguments,
    settings: &GraphSettings,
    has_split: bool,
) -> Vec<&'static str> {
    use ModelKind::*;
    let model = settings.model;
    let classifies = settings.task == GraphTask::Nc;
    let weighs_neighbours = matches!(model, Hgcn | KappaGcn);
    let is_table = model == Shallow;
    // Between the features and the classes such a model has no layer of its own width.
    let has_no_inner_layer =
        classifies && model.ends_in_classes() && (model == Sgc || settings.layers == 1);
    let asks_for_links = !classifies || settings.link_loss > 0.0;
    let flags = [
        (
            "--curvature",
            arguments.curvature.is_some(),
            !settings.manifold.is_euclidean(),
        ),
        ("--dim", arguments.dim.is_some(), !has_no_inner_layer),
        ("--layers", arguments.layers.is_some(), !is_table),
        ("--heads", arguments.heads.is_some(), model == Gat),
        ("--attention", arguments.attention, weighs_neighbours),
        (
            "--neighbours",
            arguments.neighbours.is_some(),
            weighs_neighbours,
        ),
        (
            "--tangent-space",
            arguments.tangent_space.is_some(),
            model == Hgcn,
        ),
        (
            "--activation",
            arguments.activation.is_some(),
            matches!(model, Hgcn | Hnn | Mlp | Gcn | KappaGcn),
        ),
        ("--no-features", arguments.no_features.is_some(), !is_table),
        ("--pretrained", arguments.pretrained.is_some(), !is_table),
        (
            "--normalize-features",
            arguments.normalize_features.is_some(),
            !is_table && settings.use_features,
        ),
        ("--r", arguments.r.is_some(), asks_for_links),
        ("--t", arguments.t.is_some(), asks_for_links),
        ("--dropout", arguments.dropout.is_some(), !is_table),
        (
            "--weight-dropout",
            arguments.weight_dropout.is_some(),
            matches!(model, Hgcn | Hnn | Mlp),
        ),
        (
            "--lr-decay",
            arguments.lr_decay.is_some(),
            settings.lr_decay_every > 0,
        ),
        (
            "--batch-size",
            arguments.batch_size.is_some(),
            settings.batch > 0,
        ),
        (
            "--split-seed",
            arguments.split_seed.is_some(),
            !(classifies && has_split),
        ),
    ];
    let idle = flags.into_iter().filter(|&(_, given, used)| given && !used);
    idle.map(|(flag, ..)| flag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Arguments;
    use crate::args::Command;
    use clap::Parser as _;

    fn of(flags: &str, settings: &GraphSettings, has_split: bool) -> Vec<&'static str> {
        let words = format!("geom train {flags}");
        match Arguments::try_parse_from(words.split(' ')).unwrap().command {
            Command::Train(arguments) => unused(&arguments, settings, has_split),
            _ => unreachable!("the words say train"),
        }
    }

    #[test]
    fn what_changes_nothing_is_named() {
        let all = "--curvature 0.5 --dim 8 --layers 1 --heads 2 --neighbours mean --tangent-space node \
                   --activation tanh --no-features --normalize-features true --r 1 --t 1 --dropout 0.1 \
                   --weight-dropout 0.1 --lr-decay 0.5 --batch full --batch-size 5 --split-seed 3";
        let idle = |model, task| of(all, &GraphSettings::new(model, task), true).len();
        // All of the table but its curvature and dimension.
        assert_eq!(idle(ModelKind::Shallow, GraphTask::Nc), 14);
        // Heads; the decoder of links, the decay, the size of batches and the split.
        assert_eq!(idle(ModelKind::Hgcn, GraphTask::Nc), 6);
        assert_eq!(idle(ModelKind::Hgcn, GraphTask::Lp), 3);
        let mut gcn = GraphSettings::new(ModelKind::Gcn, GraphTask::Nc);
        assert!(of("--dim 8 --split-seed 3", &gcn, false).is_empty());
        gcn.layers = 1;
        assert_eq!(
            of("--dim 8 --split-seed 3", &gcn, true),
            ["--dim", "--split-seed"]
        );
    }
}
