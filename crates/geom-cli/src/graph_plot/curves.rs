//! Loss and validation scores against the epoch.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::color;
use crate::disk::canvas::{EDGE, INK, Picture, RIM};
use crate::error::CliError;
use crate::graph_run::GraphRun;

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 900;
/// The height of a panel's heading.
const HEADING: u32 = 48;
/// Pieces of the line at the best epoch.
const DASHES: u32 = 40;

/// The log of a run.
pub(super) struct Log {
    rows: Vec<Row>,
}

struct Row {
    epoch: f64,
    loss: f64,
    scores: [f64; 2],
}

impl Log {
    /// Reads the first `epochs` epochs of a run's log.
    pub(super) fn read(run: &GraphRun, epochs: usize) -> Result<Self, CliError> {
        let lines = run.earlier_log(epochs);
        let damaged = |reason: String| CliError::DamagedDescription {
            path: run.path().join("log.csv"),
            reason,
        };
        if lines.len() < epochs {
            return Err(damaged(format!(
                "it has {} of {epochs} epochs",
                lines.len()
            )));
        }
        // The heading is line 1.
        let row = |(index, line): (usize, &String)| {
            parse(line).ok_or_else(|| damaged(format!("line {}: {line:?}", index + 2)))
        };
        let rows: Result<Vec<Row>, CliError> = lines.iter().enumerate().map(row).collect();
        Ok(Self { rows: rows? })
    }
}

fn parse(line: &str) -> Option<Row> {
    let fields = line.split(',').map(|field| field.parse::<f64>().ok());
    let fields: Vec<f64> = fields.collect::<Option<_>>()?;
    match fields.as_slice() {
        &[epoch, loss, first, second, _seconds] => Some(Row {
            epoch,
            loss,
            scores: [first, second],
        }),
        _ => None,
    }
}

/// What is to be drawn.
pub(super) struct Curves<'a> {
    pub(super) title: String,
    /// The names of both validation scores.
    pub(super) metrics: [&'static str; 2],
    /// The best epoch.
    pub(super) best: usize,
    pub(super) log: &'a Log,
}

/// A curve with its name.
type Curve<'a> = (&'a str, Vec<(f64, f64)>);

impl Picture for Curves<'_> {
    fn size(&self) -> (u32, u32) {
        (WIDTH, HEIGHT)
    }

    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String> {
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        let (above, below) = area.split_vertically((HEIGHT / 2) as i32);
        let curve = |of: &dyn Fn(&Row) -> f64| -> Vec<(f64, f64)> {
            self.log
                .rows
                .iter()
                .map(|row| (row.epoch, of(row)))
                .collect()
        };
        let loss = [("training loss", curve(&|row| row.loss))];
        self.panel(&above, &format!("{}: loss", self.title), &loss, 0)?;
        let [first, second] = self.metrics;
        let first = (first, curve(&|row| row.scores[0]));
        let second = (second, curve(&|row| row.scores[1]));
        // Accuracy and the micro average of F1 are one number.
        let scores = if first.1 == second.1 {
            vec![first]
        } else {
            vec![first, second]
        };
        self.panel(&below, "validation", &scores, 1)
    }
}

impl Curves<'_> {
    /// Curves under a heading that names them, with colors from `colors` on and the best epoch
    /// marked.
    fn panel<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        heading: &str,
        curves: &[Curve<'_>],
        colors: u32,
    ) -> Result<(), String> {
        let text = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
        let (top, rest) = area.split_vertically(HEADING as i32);
        self.heading(&top, heading, curves, colors)?;
        let values = || {
            curves
                .iter()
                .flat_map(|(_, curve)| curve.iter().map(|p| p.1))
        };
        let low = values().fold(f64::INFINITY, f64::min);
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        // A level line is drawn in the middle.
        let room = if high > low { 0.05 * (high - low) } else { 0.5 };
        let last = self.log.rows.last().map_or(1.0, |row| row.epoch);
        let (y_range, x_range) = ((low - room)..(high + room), 0.0..last.max(1.0) * 1.02);
        let mut chart = ChartBuilder::on(&rest)
            .margin_right(24)
            .margin_bottom(4)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(x_range, y_range.clone())
            .map_err(text)?;
        let label = ("sans-serif", 15).into_font().color(&INK);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(EDGE.mix(0.25))
            .light_line_style(WHITE)
            .axis_style(RIM)
            .x_labels(10)
            .y_labels(6)
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .x_desc("epoch")
            .label_style(label.clone())
            .axis_desc_style(label)
            .draw()
            .map_err(text)?;
        let best = self.best as f64;
        let at = |share: f64| (best, y_range.start + share * (y_range.end - y_range.start));
        let dashes = (0..DASHES).map(|dash| {
            let [from, to] =
                [0.0, 0.5].map(|part| at((f64::from(dash) + part) / f64::from(DASHES)));
            PathElement::new(vec![from, to], INK.stroke_width(1))
        });
        chart.draw_series(dashes).map_err(text)?;
        for ((_, curve), number) in curves.iter().zip(colors..) {
            let color = color(Some(number));
            let line = PathElement::new(curve.clone(), color.stroke_width(2));
            chart.draw_series([line]).map_err(text)?;
            let at_best = curve.iter().filter(|point| point.0 == best);
            let dots = at_best.map(|&point| Circle::new(point, 6, color.filled()));
            chart.draw_series(dots).map_err(text)?;
        }
        Ok(())
    }

    /// The heading, the name of every curve beside a piece of it, and what it was at the best epoch.
    fn heading<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        heading: &str,
        curves: &[Curve<'_>],
        colors: u32,
    ) -> Result<(), String> {
        const GAP: i32 = 34;
        let middle = HEADING as i32 / 2;
        let mut x = 24;
        // Each piece of text begins where the one before ends, so that none covers another.
        let mut write = |text: &str, size: i32, after: i32| -> Result<i32, String> {
            let place = Pos::new(HPos::Left, VPos::Center);
            let style = ("sans-serif", size).into_font().color(&INK).pos(place);
            let failed = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
            let (width, _) = area.estimate_text_size(text, &style).map_err(failed)?;
            x += after;
            area.draw_text(text, &style, (x, middle)).map_err(failed)?;
            x += width as i32;
            Ok(x)
        };
        let mut end = write(heading, 20, 0)?;
        let mut pieces = Vec::new();
        for ((name, curve), number) in curves.iter().zip(colors..) {
            let piece = [(end + GAP, middle), (end + 2 * GAP - 6, middle)];
            pieces.push((piece, color(Some(number)).stroke_width(3)));
            let at_best = curve.iter().find(|point| point.0 == self.best as f64);
            let value = at_best.map_or(String::new(), |point| format!(" {:.4}", point.1));
            end = write(&format!("{name}{value}"), 16, 2 * GAP)?;
        }
        let piece = [(end + GAP, middle), (end + 2 * GAP - 6, middle)];
        let failed = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
        write(&format!("at the best epoch, {}", self.best), 16, 2 * GAP)?;
        for (piece, style) in pieces {
            area.draw(&PathElement::new(piece.to_vec(), style))
                .map_err(failed)?;
        }
        let [from, to] = piece;
        for start in (from.0..to.0).step_by(11) {
            let dash = vec![(start, middle), ((start + 6).min(to.0), middle)];
            area.draw(&PathElement::new(dash, INK.stroke_width(1)))
                .map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_has_five_numbers() {
        let row = parse("7,0.25,0.9,0.8,0.01234").unwrap();
        assert_eq!((row.epoch, row.loss, row.scores), (7.0, 0.25, [0.9, 0.8]));
        assert!(parse("7,0.25,0.9,0.8").is_none());
        assert!(parse("7,0.25,much,0.8,0.1").is_none());
    }
}
