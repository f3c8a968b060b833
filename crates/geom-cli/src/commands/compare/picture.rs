//! The curves of several runs.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::log::Log;
use crate::disk::canvas::{EDGE, INK, Picture, RIM};
use crate::graph_plot::color;
use crate::run_facts::RunFacts;

const WIDTH: u32 = 1200;
/// Of a panel with curves.
const PANEL: u32 = 420;
/// The heading of a panel.
const HEADING: i32 = 44;
/// A line of the legend.
const LINE: i32 = 26;
/// Colors come again after so many runs; lines are then dashed.
const COLORS: usize = 8;
/// From this ratio of the largest to the smallest on, a curve is drawn over a logarithmic axis.
const WIDE: f64 = 50.0;

/// A name with the curve of a panel.
type Curve<'a> = (usize, &'a [(f64, f64)]);

/// What is to be drawn.
pub(super) struct Curves {
    /// With what came of each.
    names: Vec<String>,
    logs: Vec<Log>,
}

impl Curves {
    pub(super) fn new(facts: &[RunFacts], logs: Vec<Log>) -> Self {
        let name = |facts: &RunFacts| format!("{}: {}", facts.run, facts.headline());
        Self {
            names: facts.iter().map(name).collect(),
            logs,
        }
    }

    /// The step by which the longest log was thinned, if one was.
    pub(super) fn thinned(&self) -> Option<usize> {
        let most = self.logs.iter().map(|log| log.every).max();
        most.filter(|&every| every > 1)
    }

    fn has_scores(&self) -> bool {
        self.logs.iter().any(|log| !log.score.is_empty())
    }

    fn legend_height(&self) -> i32 {
        LINE * self.names.len() as i32 + 20
    }
}

impl Picture for Curves {
    fn size(&self) -> (u32, u32) {
        let panels = if self.has_scores() { 2 } else { 1 };
        (WIDTH, self.legend_height() as u32 + panels * PANEL)
    }

    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String> {
        area.fill(&WHITE).map_err(|error| error.to_string())?;
        let (legend, panels) = area.split_vertically(self.legend_height());
        self.legend(&legend)?;
        let loss: Vec<Curve<'_>> = self
            .logs
            .iter()
            .map(|log| &log.loss[..])
            .enumerate()
            .collect();
        let scores = self.logs.iter().map(|log| &log.score[..]).enumerate();
        let scores: Vec<Curve<'_>> = scores.filter(|(_, curve)| !curve.is_empty()).collect();
        let (above, below) = panels.split_vertically(PANEL as i32);
        panel(&above, "training loss", &loss)?;
        if scores.is_empty() {
            return Ok(());
        }
        panel(
            &below,
            "validation score: accuracy or area under the ROC curve",
            &scores,
        )
    }
}

impl Curves {
    /// Each run with a piece of its line.
    fn legend<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String> {
        let failed = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
        for (number, name) in self.names.iter().enumerate() {
            let middle = 10 + LINE * number as i32 + LINE / 2;
            let place = Pos::new(HPos::Left, VPos::Center);
            let style = ("sans-serif", 16).into_font().color(&INK).pos(place);
            // Control characters have no place in a picture either.
            let name = crate::terminal::escaped(name);
            area.draw_text(&name, &style, (80, middle))
                .map_err(failed)?;
            let points = [(24, middle), (70, middle)].map(|(x, y)| (f64::from(x), f64::from(y)));
            for piece in pieces(number, &points, 8.0) {
                let piece: Vec<(i32, i32)> =
                    piece.iter().map(|&(x, y)| (x as i32, y as i32)).collect();
                let style = color(Some(number as u32)).stroke_width(3);
                area.draw(&PathElement::new(piece, style)).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// A line, or for runs whose color another has, every other piece of it.
fn pieces(number: usize, points: &[(f64, f64)], length: f64) -> Vec<Vec<(f64, f64)>> {
    if number < COLORS {
        return vec![points.to_vec()];
    }
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let dashes = ((last.0 - first.0) / length).ceil().clamp(1.0, 400.0) as usize;
    let width = (last.0 - first.0) / dashes as f64;
    let dash = |place: usize| {
        let from = first.0 + place as f64 * width;
        let to = from + width / 2.0;
        let inside = points.iter().filter(|point| from < point.0 && point.0 < to);
        let mut dash = vec![(from, at(points, from))];
        dash.extend(inside);
        dash.push((to, at(points, to)));
        dash
    };
    (0..dashes).map(dash).collect()
}

/// The height of a line of straight pieces.
fn at(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|point| point.0 < x);
    match (
        after.checked_sub(1).map(|before| points[before]),
        points.get(after),
    ) {
        (Some((x0, y0)), Some(&(x1, y1))) if x1 > x0 => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (_, Some(point)) => point.1,
        (Some(point), None) => point.1,
        (None, None) => 0.0,
    }
}

/// Curves under a heading.
fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    heading: &str,
    curves: &[Curve<'_>],
) -> Result<(), String> {
    let failed = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
    let (top, rest) = area.split_vertically(HEADING);
    let values = || {
        curves
            .iter()
            .flat_map(|(_, curve)| curve.iter().map(|p| p.1))
    };
    let smallest = values().fold(f64::INFINITY, f64::min);
    let largest = values().fold(f64::NEG_INFINITY, f64::max);
    let is_wide = smallest > 0.0 && largest / smallest > WIDE;
    let height = |value: f64| if is_wide { value.log10() } else { value };
    let place = Pos::new(HPos::Left, VPos::Center);
    let style = ("sans-serif", 20).into_font().color(&INK).pos(place);
    let axis = if is_wide { ", logarithmic" } else { "" };
    top.draw_text(&format!("{heading}{axis}"), &style, (24, HEADING / 2))
        .map_err(failed)?;
    if !smallest.is_finite() {
        return Ok(());
    }
    let (low, high) = (height(smallest), height(largest));
    // A level line is drawn in the middle.
    let room = if high > low { 0.05 * (high - low) } else { 0.5 };
    let last = curves
        .iter()
        .filter_map(|(_, curve)| curve.last())
        .map(|p| p.0);
    let last = last.fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&rest)
        .margin_right(24)
        .margin_bottom(4)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..last * 1.02, (low - room)..(high + room))
        .map_err(failed)?;
    let label = ("sans-serif", 15).into_font().color(&INK);
    let written = |y: &f64| match is_wide {
        true => format!("{:.3}", 10f64.powf(*y)),
        false => format!("{y:.3}"),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(EDGE.mix(0.25))
        .light_line_style(WHITE)
        .axis_style(RIM)
        .x_labels(10)
        .y_labels(6)
        .x_label_formatter(&|epoch| format!("{epoch:.0}"))
        .y_label_formatter(&written)
        .x_desc("epoch")
        .label_style(label.clone())
        .axis_desc_style(label)
        .draw()
        .map_err(failed)?;
    for &(number, curve) in curves {
        let points: Vec<(f64, f64)> = curve.iter().map(|&(x, y)| (x, height(y))).collect();
        let style = color(Some(number as u32)).stroke_width(2);
        let pieces = pieces(number, &points, last / 60.0);
        let lines = pieces
            .into_iter()
            .map(|piece| PathElement::new(piece, style));
        chart.draw_series(lines).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninth_line_is_dashed_along_itself() {
        let line = [(0.0, 0.0), (2.0, 2.0), (4.0, 0.0)];
        assert_eq!(pieces(7, &line, 1.0), [line.to_vec()]);
        let dashes = pieces(8, &line, 4.0);
        assert_eq!(dashes, [vec![(0.0, 0.0), (2.0, 2.0)]]);
        let dashes = pieces(8, &line, 2.0);
        assert_eq!(dashes[1], [(2.0, 2.0), (3.0, 1.0)]);
        assert!(pieces(9, &[], 1.0).is_empty());
    }
}
