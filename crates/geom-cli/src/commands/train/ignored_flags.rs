//! Flags without effect on a run: a remark, since scripts give all models the same.

use geom::train::graph::GraphSettings;

use crate::args::TrainArguments;
use crate::flags::flag_or_field;

/// The flags that were given and change nothing with these settings, of a graph that brings a
/// split of its nodes or not.
pub(super) fn ignored_flags(
    arguments: &TrainArguments,
    settings: &GraphSettings,
    has_split: bool,
) -> Vec<&'static str> {
    let ignored = settings.ignored_fields(has_split);
    let given = [
        ("curvature", arguments.curvature.is_some()),
        ("dim", arguments.dim.is_some()),
        ("layers", arguments.layers.is_some()),
        ("heads", arguments.heads.is_some()),
        ("neighbors", arguments.neighbors.is_some()),
        ("tangent_space", arguments.tangent_space.is_some()),
        ("activation", arguments.activation.is_some()),
        ("use_features", arguments.use_features.is_some()),
        ("normalize_features", arguments.normalize_features.is_some()),
        ("decoder_radius", arguments.decoder_radius.is_some()),
        (
            "decoder_temperature",
            arguments.decoder_temperature.is_some(),
        ),
        ("dropout", arguments.dropout.is_some()),
        ("weight_dropout", arguments.weight_dropout.is_some()),
        ("lr_decay", arguments.lr_decay.is_some()),
        ("batch_size", arguments.batch_size.is_some()),
        ("split_seed", arguments.split_seed.is_some()),
    ];
    let given = given.into_iter().filter(|&(_, is_given)| is_given);
    let mut flags: Vec<&'static str> = given
        .filter(|(field, _)| ignored.contains(field))
        .map(|(field, _)| flag_or_field(field))
        .collect();
    // These set no field of their own.
    for (flag, is_given, field) in [
        ("--attention", arguments.attention, "neighbors"),
        ("--no-features", arguments.no_features, "use_features"),
        (
            "--pretrained",
            arguments.pretrained.is_some(),
            "use_features",
        ),
    ] {
        if is_given && ignored.contains(&field) {
            flags.push(flag);
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use geom::nn::models::ModelKind;
    use geom::train::graph::GraphTask;

    use super::*;
    use crate::args::{Arguments, Command};

    fn of(flags: &str, settings: &GraphSettings, has_split: bool) -> Vec<&'static str> {
        let words = format!("geom train {flags}");
        match Arguments::try_parse_from(words.split(' ')).unwrap().command {
            Command::Train(arguments) => ignored_flags(&arguments, settings, has_split),
            _ => unreachable!("the words say train"),
        }
    }

    #[test]
    fn every_ignored_field_is_told_by_its_flag() {
        let all = "--curvature 0.5 --dim 8 --layers 1 --heads 2 --neighbors mean --tangent-space node \
                   --activation tanh --use-features false --normalize-features true --decoder-radius 1 --decoder-temperature 1 --dropout 0.1 \
                   --weight-dropout 0.1 --lr-decay 0.5 --batch full --batch-size 5 --split-seed 3";
        for model in ModelKind::ALL {
            for task in [GraphTask::NodeClassification, GraphTask::LinkPrediction] {
                let settings = GraphSettings::new(model, task);
                let told = of(all, &settings, true).len();
                assert_eq!(told, settings.ignored_fields(true).len(), "{model}");
                assert!(of("--epochs 3", &settings, true).is_empty());
            }
        }
    }

    #[test]
    fn flags_without_a_field_follow_the_one_they_change() {
        let shallow = GraphSettings::new(ModelKind::Shallow, GraphTask::NodeClassification);
        let flags = of(
            "--attention --no-features --pretrained run",
            &shallow,
            false,
        );
        assert_eq!(flags, ["--attention", "--no-features", "--pretrained"]);
    }
}
