//! Pictures of a run of a graph network: where its nodes are, and how it got there.

mod centered;
mod curves;
mod palette;
mod points;
mod scatter;

use std::path::{Path, PathBuf};

use geom::train::graph::{Targets, TaskData};

use crate::disk::canvas;
use crate::error::CliError;
use crate::graph_run::{GraphDescription, GraphRun, curvatures, describe};

pub(crate) use palette::color;
use points::Frame;

/// Draws both pictures of a run, in both formats into its folder, or in that of `out` beside it.
/// Tells which files, and where the points went.
pub(crate) fn draw(
    run: &GraphRun,
    description: &GraphDescription,
    out: Option<&Path>,
) -> Result<(Vec<PathBuf>, Frame), CliError> {
    if let Some(out) = out {
        canvas::check_format(out)?;
    }
    let trainer = run.trainer(description)?;
    let best = trainer.best().ok_or_else(|| CliError::NoEpoch {
        run: run.path().to_path_buf(),
    })?;
    let log = curves::Log::read(run, trainer.epochs())?;
    let (data, settings) = (trainer.data(), trainer.settings());
    let graph = run.graph(description)?;
    let classes = match graph.labels() {
        Some(labels) => labels.classes().to_vec(),
        None => Vec::new(),
    };
    let (places, frame) = points::places(&best.model, trainer.inputs(), &classes);
    // The number that is published.
    let (name, score) = match data.classes() {
        Some(2) => ("F1", best.test.headline()),
        _ => (best.test.names()[0], best.test.headline()),
    };
    let scatter = scatter::Scatter {
        title: format!(
            "{} on {}: best epoch {}, test {name} {score:.4}",
            settings.model,
            data.name(),
            best.epoch
        ),
        caption: format!(
            "{}{}; {}; {}",
            describe(settings),
            curvatures(settings, &best.model),
            frame.caption(settings.dim),
            if classes.is_empty() {
                "no classes are known"
            } else {
                "colors are the classes in the data"
            }
        ),
        places: &places,
        frame,
        classes: &classes,
        names: data.names(),
        links: test_links(data),
    };
    let curves = curves::Curves {
        title: format!("{} on {}", settings.model, data.name()),
        metrics: best.val.names(),
        best: best.epoch,
        log: &log,
    };
    let files = files(run.path(), out);
    for (embedding, progress) in &files {
        canvas::write(embedding, &scatter)?;
        canvas::write(progress, &curves)?;
    }
    let files = files.into_iter().flat_map(|(a, b)| [a, b]).collect();
    Ok((files, frame))
}

/// The links that the model was asked for at the end; none if classes are.
fn test_links(data: &TaskData) -> &[[u32; 2]] {
    match data.targets() {
        Targets::Links(split) => split.test_pos(),
        Targets::Classes(_) => &[],
    }
}

/// The files of both pictures in each format.
fn files(run: &Path, out: Option<&Path>) -> Vec<(PathBuf, PathBuf)> {
    match out {
        Some(out) => {
            let stem = out.file_stem().unwrap_or_default().to_string_lossy();
            let beside = |what: &str| {
                let mut path = out.with_file_name(format!("{stem}-{what}"));
                if let Some(end) = out.extension() {
                    path.as_mut_os_string().push(".");
                    path.as_mut_os_string().push(end);
                }
                path
            };
            vec![(beside("embedding"), beside("curves"))]
        }
        None => ["svg", "png"]
            .map(|end| {
                let inside = |what: &str| run.join(format!("{what}.{end}"));
                (inside("embedding"), inside("curves"))
            })
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_file_becomes_two_beside_each_other() {
        let files = files(Path::new("run"), Some(Path::new("some/my.run.svg")));
        let expected = ("some/my.run-embedding.svg", "some/my.run-curves.svg");
        assert_eq!(files, [(expected.0.into(), expected.1.into())]);
    }
}
