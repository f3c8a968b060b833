//! The log of a run of either kind.

use std::path::Path;

use geom::train::storage;

use crate::error::CliError;
use crate::run_facts::RunFacts;

/// Points of a curve in a picture, at most.
const POINTS: usize = 2000;

/// What the log of a run holds, each against the epoch.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) loss: Vec<(f64, f64)>,
    /// The first validation score; of a graph network alone.
    pub(super) score: Vec<(f64, f64)>,
    /// Every so many epochs are there.
    pub(super) every: usize,
}

impl Log {
    /// Reads the log in the folder of a run.
    pub(super) fn read(facts: &RunFacts) -> Result<Self, CliError> {
        let path = Path::new(&facts.run).join("log.csv");
        let damaged = |reason: String| CliError::DamagedLog {
            path: path.clone(),
            reason,
        };
        let bytes = storage::read(&path)?;
        let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
        parse(&text).map_err(damaged)
    }
}

fn parse(text: &str) -> Result<Log, String> {
    let mut lines = text.lines();
    let heading: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let column = |name: &str| heading.iter().position(|column| *column == name);
    let (Some(epoch), Some(loss)) = (column("epoch"), column("loss")) else {
        return Err("its first line does not name epoch and loss".to_owned());
    };
    let score = column("val_1");
    let rows: Vec<&str> = lines.collect();
    if rows.is_empty() {
        return Err("it has no epochs".to_owned());
    }
    let every = rows.len().div_ceil(POINTS);
    let mut log = Log {
        every,
        ..Log::default()
    };
    for (index, row) in rows.iter().enumerate() {
        if index % every != 0 && index + 1 != rows.len() {
            continue;
        }
        let fields: Vec<&str> = row.split(',').collect();
        let number = |column: usize| {
            let number = fields
                .get(column)
                .and_then(|field| field.parse::<f64>().ok());
            // The heading is line 1.
            number.ok_or_else(|| format!("line {}: {row:?}", index + 2))
        };
        log.loss.push((number(epoch)?, number(loss)?));
        if let Some(score) = score {
            log.score.push((number(epoch)?, number(score)?));
        }
    }
    // A network's diverged epochs have no numbers to draw.
    let is_finite = |point: &(f64, f64)| point.0.is_finite() && point.1.is_finite();
    log.loss.retain(is_finite);
    log.score.retain(is_finite);
    Ok(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_of_both_kinds_are_read_by_their_headings() {
        let log = parse("epoch,loss,rate,seconds\n1,2.5,0.1,0.01\n2,1.5,0.1,0.01\n").unwrap();
        assert_eq!(log.loss, [(1.0, 2.5), (2.0, 1.5)]);
        assert!(log.score.is_empty());
        let log = parse("epoch,loss,val_1,val_2,seconds\n1,2.5,0.75,0.5,0.01\n").unwrap();
        assert_eq!(log.score, [(1.0, 0.75)]);
        for wrong in [
            "",
            "epoch,loss\n",
            "epoch,loss\n1,much\n",
            "epoch,loss\n1\n",
            "1,2\n3,4\n",
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn long_logs_are_thinned_and_keep_their_end() {
        let rows = (1..=5001).map(|epoch| format!("{epoch},{epoch}\n"));
        let log = parse(&format!("epoch,loss\n{}", rows.collect::<String>())).unwrap();
        assert_eq!((log.every, log.loss.len()), (3, 1668));
        assert_eq!(log.loss.last(), Some(&(5001.0, 5001.0)));
    }
}
