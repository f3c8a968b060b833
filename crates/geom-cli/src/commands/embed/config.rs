//! A file of flags for `geom embed`: `--config`.

use std::path::Path;

use clap::{Arg, CommandFactory as _, Parser as _};
use geom::train::storage;
use toml::{Table, Value};

use crate::args::{Arguments, Command, EmbedArguments, HoldoutArguments, ReadingArguments};
use crate::error::{CliError, Failure};

/// Flags that are of one call, not of what is trained.
const NOT_IN_FILES: [&str; 6] = ["config", "out", "resume", "json", "quiet", "help"];

/// The arguments with those of the file that `--config` names, where the command line leaves them out.
pub(super) fn with_file(arguments: EmbedArguments) -> Result<EmbedArguments, CliError> {
    let Some(path) = arguments.config.clone() else {
        return Ok(arguments);
    };
    let text = storage::read_text(&path)?;
    let file = parse(&path, &text)?;
    Ok(merged(arguments, file))
}

/// The arguments that a file stands for.
fn parse(path: &Path, text: &str) -> Result<EmbedArguments, CliError> {
    let at = path.display();
    let wrong = |message: String, hint: &str| CliError::usage(format!("{at}: {message}"), hint);
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let hint = "write one flag in each line, as in: epochs = 100";
        wrong(error.to_string().trim_end().to_owned(), hint)
    })?;
    let program = Arguments::command();
    let flags: Vec<&Arg> = program
        .find_subcommand("embed")
        .into_iter()
        .flat_map(clap::Command::get_arguments)
        .filter(|flag| {
            flag.get_long()
                .is_some_and(|long| !NOT_IN_FILES.contains(&long))
        })
        .collect();
    let mut line = vec!["geom".to_owned(), "embed".to_owned()];
    for (key, value) in &table {
        let flag = flags.iter().find(|flag| {
            let aliases = flag.get_all_aliases().unwrap_or_default();
            flag.get_long() == Some(key.as_str()) || aliases.contains(&key.as_str())
        });
        let Some(flag) = flag else {
            return Err(unknown(path, key, &flags));
        };
        let takes_value = flag.get_action().takes_values();
        line.push(match (value, takes_value) {
            (Value::Boolean(false), false) => continue,
            (Value::Boolean(true), false) => format!("--{key}"),
            (Value::String(text), true) => format!("--{key}={text}"),
            (Value::Integer(number), true) => format!("--{key}={number}"),
            (Value::Float(number), true) => format!("--{key}={number}"),
            (_, true) => {
                let hint = "a number, or a text in quotes";
                return Err(wrong(
                    format!("{key} = {value} is no value of a flag"),
                    hint,
                ));
            }
            (_, false) => {
                return Err(wrong(
                    format!("{key} = {value} is neither true nor false"),
                    "write true",
                ));
            }
        });
    }
    match Arguments::try_parse_from(line) {
        Ok(Arguments {
            command: Command::Embed(file),
        }) => Ok(*file),
        // The line begins with that command.
        Ok(_) => Err(wrong(
            "it is of another command".to_owned(),
            "see geom embed --help",
        )),
        Err(error) => {
            let said = Failure::of_parser(&error.render().to_string(), error.exit_code()).error;
            Err(wrong(said.message, &said.hint.unwrap_or_default()))
        }
    }
}

fn unknown(path: &Path, key: &str, flags: &[&Arg]) -> CliError {
    let names = || flags.iter().filter_map(|flag| flag.get_long());
    let hint = if NOT_IN_FILES.contains(&key) {
        format!("--{key} is of one call: give it on the command line")
    } else {
        let plain = key.replace('_', "-");
        match geom::data::nearest_name(&plain, names()) {
            Some(name) => format!("did you mean {name:?}?"),
            None => "keys are the flags of geom embed without dashes before them".to_owned(),
        }
    };
    CliError::usage(format!("{}: there is no {key:?}", path.display()), hint)
}

/// The arguments of the command line, over those of a file.
fn merged(line: EmbedArguments, file: EmbedArguments) -> EmbedArguments {
    macro_rules! over {
        ($($option:ident),*; $($flag:ident),*) => {{
            // In full, so that a new flag is not forgotten.
            let EmbedArguments {
                config,
                folder,
                output,
                eval_sample,
                no_eval,
                reading,
                holdout,
                $($option,)*
                $($flag,)*
            } = line;
            let ReadingArguments {
                columns,
                delimiter,
                header,
            } = reading;
            let HoldoutArguments {
                holdout,
                holdout_keep,
                holdout_rule,
                split_seed,
                patience,
                validate_every,
            } = holdout;
            EmbedArguments {
                config,
                folder,
                output,
                // Either takes the place of the other.
                eval_sample: eval_sample.or(file.eval_sample.filter(|_| !no_eval)),
                no_eval: no_eval || file.no_eval && eval_sample.is_none(),
                reading: ReadingArguments {
                    columns: columns.or(file.reading.columns),
                    delimiter: delimiter.or(file.reading.delimiter),
                    header: header.or(file.reading.header),
                },
                holdout: HoldoutArguments {
                    holdout: holdout.or(file.holdout.holdout),
                    holdout_keep: holdout_keep.or(file.holdout.holdout_keep),
                    holdout_rule: holdout_rule.or(file.holdout.holdout_rule),
                    split_seed: split_seed.or(file.holdout.split_seed),
                    patience: patience.or(file.holdout.patience),
                    validate_every: validate_every.or(file.holdout.validate_every),
                },
                $($option: $option.or(file.$option),)*
                $($flag: $flag || file.$flag,)*
            }
        }};
    }
    over!(
        dataset,
        instance_rule,
        model,
        init,
        cone_constant,
        cone_margin,
        cone_negatives,
        manifold,
        dim,
        recipe,
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
        route,
        backend,
        checkpoint_every;
        closure,
        undirected,
        no_plot
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::train::embedding::{Recipe, Route, Schedule};

    fn embed(line: &[&str]) -> EmbedArguments {
        match Arguments::try_parse_from([&["geom", "embed"], line].concat())
            .unwrap()
            .command
        {
            Command::Embed(arguments) => *arguments,
            other => panic!("{other:?}"),
        }
    }

    fn read(text: &str) -> Result<EmbedArguments, CliError> {
        parse(Path::new("a.toml"), text)
    }

    #[test]
    fn a_flag_has_its_other_names_in_files_too() {
        let routes = ["route", "path"].map(|name| read(&format!("{name} = \"autodiff\"")));
        for file in routes {
            assert_eq!(file.unwrap().route, Some(Route::Autodiff));
        }
    }

    #[test]
    fn a_file_means_what_its_flags_mean() {
        let file = read(
            "dataset = \"my pets.csv\"\nclosure = true\nno-plot = false\nlr = 1e-5\ngrowth = 0\n\
             recipe = \"uniform\"\nschedule = \"linear\"\nno-eval = true\n",
        );
        let file = file.unwrap();
        assert_eq!(file.dataset.as_deref(), Some("my pets.csv"));
        assert_eq!(
            (file.closure, file.no_plot, file.lr),
            (true, false, Some(1e-5))
        );
        assert_eq!((file.growth, file.recipe), (Some(0), Some(Recipe::Uniform)));
        let line = embed(&[
            "--lr",
            "0.5",
            "--no-plot",
            "--eval-sample",
            "7",
            "--out",
            "there",
        ]);
        let both = merged(line, file);
        assert_eq!(
            (both.lr, both.closure, both.no_plot),
            (Some(0.5), true, true)
        );
        assert_eq!((both.eval_sample, both.no_eval), (Some(7), false));
        assert_eq!(both.schedule, Some(Schedule::Linear));
        assert_eq!(both.folder.out.as_deref(), Some(Path::new("there")));
    }

    #[test]
    fn what_a_file_gets_wrong_is_told_by_its_name() {
        for (text, message, hint) in [
            (
                "epoch = 3",
                "there is no \"epoch\"",
                "did you mean \"epochs\"?",
            ),
            (
                "hard_negatives = 3",
                "there is no \"hard_negatives\"",
                "\"hard-negatives\"",
            ),
            ("resume = \"x\"", "there is no \"resume\"", "command line"),
            (
                "epochs = \"many\"",
                "invalid value 'many' for '--epochs",
                "",
            ),
            ("schedule = \"lineal\"", "invalid value 'lineal'", "similar"),
            ("epochs = [1]", "epochs = [1] is no value", "number"),
            ("closure = 1", "neither true nor false", "true"),
            ("[all]\nepochs = 1", "there is no \"all\"", ""),
            ("epochs", "a.toml", "epochs = 100"),
            ("eval-sample = 3\nno-eval = true", "cannot be used with", ""),
        ] {
            let error = read(text).map(|_| ()).unwrap_err();
            let (said, tip) = (error.to_string(), error.hint().unwrap_or_default());
            assert!(
                said.starts_with("a.toml: ") && said.contains(message),
                "{text}: {said}"
            );
            assert!(tip.contains(hint), "{text}: {tip}");
        }
    }
}
