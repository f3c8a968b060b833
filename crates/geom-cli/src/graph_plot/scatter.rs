//! The nodes as points, colored by class.

use geom::data::graph::Names;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::{color, mark};
use super::points::Frame;
use crate::disk::canvas::{EDGE, GROUND, INK, Picture, RIM, arc, disk, simplified};

const WIDTH: i32 = 1360;
const HEIGHT: i32 = 1240;
const MARGIN: i32 = 20;
/// The height of the lines of text above and below.
const LINE: i32 = 48;
/// Half the side of the square that the frame fills.
const HALF: i32 = (HEIGHT - 2 * LINE) / 2 - 4;
const CENTRE: (i32, i32) = (MARGIN + HALF, HEIGHT / 2);
const LEGEND: i32 = MARGIN + 2 * HALF + 30;
/// The share of the plane's frame that points fill.
const FILLED: f64 = 0.95;

/// No more links than this are drawn, evenly chosen.
const MOST_LINKS: usize = 2000;
/// No more classes than this are in the legend.
const MOST_CLASSES: usize = 32;
/// Pictures of more nodes than this have smaller marks.
const MANY_NODES: usize = 4000;

/// What is to be drawn.
pub(super) struct Scatter<'a> {
    pub(super) title: String,
    pub(super) caption: String,
    pub(super) places: &'a [[f64; 2]],
    pub(super) frame: Frame,
    /// Of every node, or empty if no classes are known at all.
    pub(super) classes: &'a [Option<u32>],
    /// What they are called.
    pub(super) names: &'a Names,
    /// To be drawn faintly.
    pub(super) links: &'a [[u32; 2]],
}

impl Picture for Scatter<'_> {
    fn size(&self) -> (u32, u32) {
        (WIDTH as u32, HEIGHT as u32)
    }

    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String> {
        let text = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
        area.fill(&WHITE).map_err(text)?;
        let (x, y) = CENTRE;
        let corners = [(x - HALF, y - HALF), (x + HALF, y + HALF)];
        match self.frame {
            Frame::Disk { .. } => disk(area, CENTRE, HALF),
            Frame::Plane => area
                .draw(&Rectangle::new(corners, GROUND.filled()))
                .and_then(|()| area.draw(&Rectangle::new(corners, RIM.stroke_width(2)))),
        }
        .map_err(text)?;
        let scale = self.scale();
        let pixel = |[x, y]: [f64; 2]| {
            let along = |center: i32, offset: f64| (f64::from(center) + offset).round() as i32;
            let [x, y] = scale([x, y]).map(|share| share * f64::from(HALF));
            (along(CENTRE.0, x), along(CENTRE.1, -y))
        };
        let every = self.links.len().div_ceil(MOST_LINKS).max(1);
        for &[from, to] in self.links.iter().step_by(every) {
            let ends = [from, to].map(|node| self.places[node as usize]);
            let line = match self.frame {
                Frame::Disk { .. } => arc(ends[0], ends[1]),
                Frame::Plane => ends.to_vec(),
            };
            let line = simplified(line.into_iter().map(pixel));
            area.draw(&PathElement::new(line, EDGE.mix(0.3).stroke_width(1)))
                .map_err(text)?;
        }
        for (node, &place) in self.places.iter().enumerate() {
            self.dot(area, self.class(node), pixel(place))?;
        }
        self.legend(area)?;
        write(area, &self.title, (MARGIN, LINE / 2), 22)?;
        let lines = lines(&self.caption);
        for (index, line) in lines.iter().enumerate() {
            // One line in the middle of its room, or two.
            let offset = 20 * index as i32 - 10 * (lines.len() as i32 - 1);
            write(area, line, (MARGIN, HEIGHT - LINE / 2 + offset), 15)?;
        }
        Ok(())
    }
}

impl Scatter<'_> {
    /// The class by which a node is colored; without classes, all look like the first.
    fn class(&self, node: usize) -> Option<u32> {
        match self.classes.get(node) {
            Some(class) => *class,
            None => Some(0),
        }
    }

    /// From places to the square from -1 to 1: the disk as it is, a plane about its middle.
    fn scale(&self) -> impl Fn([f64; 2]) -> [f64; 2] {
        let (middle, length) = match self.frame {
            Frame::Disk { .. } => ([0.0; 2], 1.0),
            Frame::Plane => {
                let range = |axis: usize| {
                    let coordinates = self.places.iter().map(|place| place[axis]);
                    let low = coordinates.clone().fold(f64::INFINITY, f64::min);
                    let high = coordinates.fold(f64::NEG_INFINITY, f64::max);
                    (low, high)
                };
                let ranges = [range(0), range(1)];
                let middle = ranges.map(|(low, high)| (low + high) / 2.0);
                let widest = ranges.map(|(low, high)| high - low);
                let half = widest[0].max(widest[1]) / 2.0;
                (middle, half.max(f64::MIN_POSITIVE) / FILLED)
            }
        };
        move |[x, y]| [(x - middle[0]) / length, (y - middle[1]) / length]
    }

    /// The mark of one node.
    fn dot<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, Shift>,
        class: Option<u32>,
        place: (i32, i32),
    ) -> Result<(), String> {
        let size = if self.places.len() > MANY_NODES { 3 } else { 4 };
        mark(area, class, place, size, color(class).mix(0.8).filled())
    }

    fn legend<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String> {
        const STEP: i32 = 28;
        let mut classes: Vec<Option<u32>> = self.classes.to_vec();
        // Those without a class, if any, come last.
        classes.sort_unstable_by_key(|class| (class.is_none(), *class));
        classes.dedup();
        let mut y = LINE + STEP;
        let mut line = |text: &str, class: Option<Option<u32>>| {
            match class {
                Some(class) => mark(area, class, (LEGEND, y), 6, color(class).filled())?,
                None => {
                    let ends = vec![(LEGEND - 10, y), (LEGEND + 10, y)];
                    area.draw(&PathElement::new(ends, EDGE.mix(0.6).stroke_width(2)))
                        .map_err(|error| error.to_string())?;
                }
            }
            let at = (LEGEND + 20, y);
            y += STEP;
            write(area, text, at, 17)
        };
        if classes.is_empty() {
            line("node", Some(Some(0)))?;
        }
        for &class in classes.iter().take(MOST_CLASSES) {
            match class {
                Some(number) => line(&called(self.names, number), Some(class))?,
                None => line("no class", Some(class))?,
            }
        }
        if !self.links.is_empty() {
            line("test link", None)?;
        }
        if classes.len() > MOST_CLASSES {
            let more = format!("{} more classes", classes.len() - MOST_CLASSES);
            write(area, &more, (LEGEND - 10, y), 15)?;
        }
        Ok(())
    }
}

/// The caption in one line, or in two where one would leave the picture.
fn lines(caption: &str) -> Vec<&str> {
    const FITS: usize = 170;
    if caption.len() <= FITS {
        return vec![caption];
    }
    let breaks = caption.match_indices("; ").map(|(at, _)| at);
    match breaks.filter(|&at| at <= FITS).last() {
        Some(at) => vec![&caption[..at + 1], &caption[at + 2..]],
        None => vec![caption],
    }
}

/// What the legend calls a class.
fn called(names: &Names, class: u32) -> String {
    const SHOWN: usize = 24;
    match names.classes() {
        Some(_) => {
            let name = names.class(class);
            let shown: String = name.chars().take(SHOWN).collect();
            if shown.len() < name.len() {
                shown + "…"
            } else {
                shown
            }
        }
        None => format!("class {class}"),
    }
}

fn write<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    text: &str,
    at: (i32, i32),
    size: i32,
) -> Result<(), String> {
    let place = Pos::new(HPos::Left, VPos::Center);
    let style = ("sans-serif", size).into_font().color(&INK).pos(place);
    area.draw_text(text, &style, at)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_caption_takes_two_lines() {
        let (first, second) = ("a".repeat(100), "b".repeat(60));
        assert_eq!(lines(&format!("{first}; b")), [format!("{first}; b")]);
        let long = format!("{first}; {second}; c; {second}");
        assert_eq!(
            lines(&long),
            [format!("{first}; {second}; c;"), second.clone()]
        );
    }
}
