//! How the fields of settings are called on the command line.
//!
//! The libraries name fields; only this file knows which flag sets which.

use geom::train::{SettingConflict, SettingError};

/// Every field of the settings of embeddings and graph networks, with the flag that sets it.
const FLAGS: [(&str, &str); 62] = [
    ("activation", "--activation"),
    ("batch_size", "--batch-size"),
    ("batching", "--batch"),
    ("burn_in", "--burn-in"),
    ("burn_in_factor", "--burn-in-factor"),
    ("cone_constant", "--cone-constant"),
    ("cone_margin", "--cone-margin"),
    ("cone_negatives", "--cone-negatives"),
    ("curvature", "--curvature"),
    ("dampening", "--dampening"),
    ("decoder_radius", "--decoder-radius"),
    ("decoder_temperature", "--decoder-temperature"),
    ("dim", "--dim"),
    ("dropout", "--dropout"),
    ("dtype", "--dtype"),
    ("epochs", "--epochs"),
    ("focus", "--focus"),
    ("gradient_clipping", "--gradient-clipping"),
    ("growth", "--growth"),
    ("hard_negatives", "--hard-negatives"),
    ("hard_pool", "--hard-pool"),
    ("hard_refresh", "--hard-refresh"),
    ("hard_start", "--hard-start"),
    ("heads", "--heads"),
    ("holdout", "--holdout"),
    ("holdout_keep", "--holdout-keep"),
    ("holdout_rule", "--holdout-rule"),
    ("init_scale", "--init-scale"),
    ("layers", "--layers"),
    ("learn_curvature", "--curvature learn"),
    ("link_loss", "--link-loss"),
    ("lr", "--lr"),
    ("lr_decay", "--lr-decay"),
    ("lr_decay_every", "--lr-decay-every"),
    ("manifold", "--manifold"),
    ("min_epochs", "--min-epochs"),
    ("model", "--model"),
    ("negatives", "--negatives"),
    ("neighbors", "--neighbors"),
    ("normalize_features", "--normalize-features"),
    ("parent_visits", "--parent-visits"),
    ("patience", "--patience"),
    ("protocol", "--protocol"),
    ("route", "--route"),
    ("schedule", "--schedule"),
    ("seed", "--seed"),
    ("split_seed", "--split-seed"),
    ("tangent_space", "--tangent-space"),
    ("task", "--task"),
    ("threads", "--threads"),
    ("use_features", "--use-features"),
    ("validate_every", "--validate-every"),
    ("weight_decay", "--weight-decay"),
    ("weight_dropout", "--weight-dropout"),
    // Of runs, not of their settings.
    ("backend", "--backend"),
    ("closure", "--closure"),
    ("columns", "--columns"),
    ("dataset", "--dataset"),
    ("delimiter", "--delimiter"),
    ("header", "--header"),
    ("instance_rule", "--instance-rule"),
    ("undirected", "--undirected"),
];

/// The flag that sets a field.
fn flag_of(field: &str) -> Option<&'static str> {
    let known = FLAGS.iter().find(|(name, _)| *name == field);
    known.map(|(_, flag)| *flag)
}

/// The flag that sets a field, or the field itself where there is none.
pub(crate) fn flag_or_field(field: &str) -> &str {
    flag_of(field).unwrap_or(field)
}

/// A text whose fields stand in backticks, with their flags instead.
fn with_flags(text: &str) -> String {
    let words = text.split('`').enumerate();
    let words = words.map(|(index, word)| match index % 2 {
        1 => flag_or_field(word),
        _ => word,
    });
    words.collect()
}

/// A setting out of range, by its flag.
pub(crate) fn out_of_range(error: &SettingError) -> String {
    let SettingError { field, value, rule } = error;
    let (flag, rule) = (flag_or_field(field), with_flags(rule));
    format!("{flag} = {value} is out of range: {rule}")
}

/// A contradiction to a run, by the flag that makes it.
pub(crate) fn contradiction(conflict: &SettingConflict) -> String {
    let SettingConflict { field, run, now } = conflict;
    format!("{} is {run} in the run, {now} now", flag_or_field(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Arguments;
    use clap::CommandFactory as _;
    use geom::nn::models::ModelKind;
    use geom::train::embedding::{Recipe, Space};
    use geom::train::graph::{GraphSettings, GraphTask};
    use serde::Serialize;

    fn fields(settings: &impl Serialize) -> Vec<String> {
        let value = serde_json::to_value(settings).unwrap();
        let names = value.as_object().unwrap().keys();
        names.map(|name| name.replace('-', "_")).collect()
    }

    /// Every field has a flag, and the command takes it.
    fn assert_flags(command: &str, fields: &[String]) {
        let program = Arguments::command();
        let command = program.find_subcommand(command).unwrap();
        for field in fields {
            let flag = flag_of(field).unwrap_or_else(|| panic!("{field} has no flag"));
            let long = flag.trim_start_matches("--").split(' ').next();
            let known = command
                .get_arguments()
                .any(|argument| argument.get_long() == long);
            assert!(known, "geom {} has no {flag}", command.get_name());
        }
    }

    #[test]
    fn every_field_has_a_flag_of_its_command() {
        let embedding = Recipe::Mined.settings(Space::PoincareBall, 5, 100);
        assert_flags("embed", &fields(&embedding));
        let graph = GraphSettings::new(ModelKind::Hgcn, GraphTask::NodeClassification);
        assert_flags("train", &fields(&graph));
    }

    #[test]
    fn fields_in_rules_become_flags() {
        let error = SettingError {
            field: "hard_negatives",
            value: "9".to_owned(),
            rule: "at most `negatives`, of which they are a part".into(),
        };
        let text =
            "--hard-negatives = 9 is out of range: at most --negatives, of which they are a part";
        assert_eq!(out_of_range(&error), text);
    }
}
