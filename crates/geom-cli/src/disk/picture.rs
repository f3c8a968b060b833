//! The drawing of an embedding of relations.

use geom::train::embedding::{EmbeddingCheckpoint, EmbeddingModel, EmbeddingSettings, Space};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::canvas::{EDGE, INK, Picture, arc, disk, simplified};
use crate::dataset::Loaded;

const SIZE: u32 = 1200;
const MARGIN: f64 = 48.0;
const RADIUS: f64 = (SIZE as f64 - 2.0 * MARGIN) / 2.0;

/// Pictures of more edges than this show only those among the nodes with the most descendants.
const MOST_EDGES: usize = 6000;

/// What is to be drawn.
pub(super) struct Scene<'a> {
    pub(super) points: &'a [[f64; 2]],
    pub(super) edges: &'a [(u32, u32)],
    pub(super) descendants: &'a [u32],
    pub(super) data: &'a Loaded,
    pub(super) checkpoint: &'a EmbeddingCheckpoint,
    pub(super) labels: usize,
}

impl Picture for Scene<'_> {
    fn size(&self) -> (u32, u32) {
        (SIZE, SIZE)
    }

    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String> {
        paint(area, self)
    }
}

fn paint<B: DrawingBackend>(area: &DrawingArea<B, Shift>, scene: &Scene<'_>) -> Result<(), String> {
    let text = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
    area.fill(&WHITE).map_err(text)?;
    let center = (SIZE as i32 / 2, SIZE as i32 / 2);
    disk(area, center, RADIUS as i32).map_err(text)?;

    // Nodes with many descendants first in importance: they get edges, size and names.
    let mut by_importance: Vec<u32> = (0..scene.points.len() as u32).collect();
    by_importance.sort_by_key(|&node| (std::cmp::Reverse(scene.descendants[node as usize]), node));
    let mut importance = vec![0usize; scene.points.len()];
    for (place, &node) in by_importance.iter().enumerate() {
        importance[node as usize] = place;
    }

    let mut edges: Vec<(u32, u32)> = scene.edges.to_vec();
    edges.sort_by_key(|&(child, parent)| (importance[child as usize], importance[parent as usize]));
    edges.truncate(MOST_EDGES);
    for &(child, parent) in edges.iter().rev() {
        let ends = [child, parent].map(|node| scene.points[node as usize]);
        let line = match scene.checkpoint.settings.manifold {
            Space::Euclidean => ends.to_vec(),
            Space::PoincareBall | Space::Hyperboloid => arc(ends[0], ends[1]),
        };
        let curve = simplified(line.into_iter().map(pixel));
        area.draw(&PathElement::new(curve, EDGE.mix(0.35).stroke_width(1)))
            .map_err(text)?;
    }
    let largest = f64::from(scene.descendants.iter().copied().max().unwrap_or(0)).max(1.0);
    for &node in by_importance.iter().rev() {
        let share = f64::from(scene.descendants[node as usize] + 1).ln() / (largest + 1.0).ln();
        let size = if scene.points.len() > MOST_EDGES {
            1.0 + 5.0 * share
        } else {
            2.0 + 5.0 * share
        };
        let place = pixel(scene.points[node as usize]);
        area.draw(&Circle::new(
            place,
            size.round() as i32,
            color(share).filled(),
        ))
        .map_err(text)?;
    }
    names(area, scene, &by_importance)?;
    caption(area, scene)
}

/// Names the most important nodes whose names do not cover each other.
fn names<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scene: &Scene<'_>,
    by_importance: &[u32],
) -> Result<(), String> {
    const HEIGHT: i32 = 17;
    let mut taken: Vec<[i32; 4]> = Vec::new();
    for &node in by_importance {
        if taken.len() >= scene.labels {
            break;
        }
        let (x, y) = pixel(scene.points[node as usize]);
        let style = ("sans-serif", 15).into_font().color(&INK);
        let measured = |text: &str| match area.estimate_text_size(text, &style) {
            Ok((width, _)) => width as i32,
            Err(_) => text.chars().count() as i32 * 9,
        };
        // Right of its point, or left where the picture ends and there is more room.
        let [to_the_right, to_the_left] = [SIZE as i32 - 4 - (x + 8), x - 8 - 4];
        let name = label(scene.data.relations.name(node));
        let is_left = measured(&name) > to_the_right && to_the_left > to_the_right;
        let room = if is_left { to_the_left } else { to_the_right };
        let name = fitted(&name, room, measured);
        let width = measured(&name);
        let left = if is_left { x - 8 - width } else { x + 8 };
        let frame = [left, y - HEIGHT / 2, left + width, y + HEIGHT / 2];
        let free = taken
            .iter()
            .all(|t| frame[0] > t[2] || t[0] > frame[2] || frame[1] > t[3] || t[1] > frame[3]);
        if !free {
            continue;
        }
        taken.push(frame);
        let place = Pos::new(HPos::Left, VPos::Center);
        // A halo keeps the name legible over edges and points.
        for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1)] {
            let style = ("sans-serif", 15).into_font().color(&WHITE).pos(place);
            area.draw_text(&name, &style, (left + dx, y + dy))
                .map_err(|error| error.to_string())?;
        }
        let style = ("sans-serif", 15).into_font().color(&INK).pos(place);
        area.draw_text(&name, &style, (left, y))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A name as it is shown. Those of WordNet carry a sense that a picture has no need of, and underscores for
/// spaces; any other is shown as it is.
fn label(name: &str) -> String {
    let sense = name.rsplit_once(".n.").map(|(_, number)| number);
    let is_of_wordnet =
        sense.is_some_and(|number| number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit()));
    if !is_of_wordnet {
        return name.to_owned();
    }
    name.strip_suffix(".n.01").unwrap_or(name).replace('_', " ")
}

/// The text, or as much of its beginning as there is room for.
fn fitted(text: &str, room: i32, measured: impl Fn(&str) -> i32) -> String {
    /// More of a name tells no more.
    const LONGEST: i32 = 320;
    let room = room.min(LONGEST);
    if measured(text) <= room {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().take(LONGEST as usize).collect();
    loop {
        let shortened = kept.iter().collect::<String>() + "…";
        if measured(&shortened) <= room || kept.pop().is_none() {
            return shortened;
        }
    }
}

fn caption<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    scene: &Scene<'_>,
) -> Result<(), String> {
    let line = caption_of(
        &scene.checkpoint.settings,
        scene.points.len(),
        scene.checkpoint.epochs,
    );
    let style = ("sans-serif", 15)
        .into_font()
        .color(&INK)
        .pos(Pos::new(HPos::Left, VPos::Center));
    area.draw_text(&line, &style, (12, SIZE as i32 - 16))
        .map_err(|error| error.to_string())
}

/// What is shown, and what direction and distance from the center mean.
fn caption_of(settings: &EmbeddingSettings, nodes: usize, epochs: usize) -> String {
    let model = match settings.model {
        EmbeddingModel::Distance => "",
        EmbeddingModel::Cones => "entailment cones, which open away from the center, ",
    };
    let axes = match (settings.manifold, settings.dim) {
        (Space::Euclidean, 3..) => {
            "direction by the two leading principal axes, distance from the center to scale"
        }
        (Space::Euclidean, _) => "to scale",
        (_, 3..) => "direction by the two leading axes of log0, distance from the center true",
        (_, 2) => "coordinates of the Poincaré disk",
        (_, _) => "the coordinate of the Poincaré disk from left to right",
    };
    format!(
        "{model}{}, dimension {}, {nodes} nodes, epoch {epochs}; {axes}",
        settings.manifold.name(),
        settings.dim
    )
}

fn pixel([x, y]: [f64; 2]) -> (i32, i32) {
    let center = f64::from(SIZE) / 2.0;
    (
        (center + RADIUS * x).round() as i32,
        (center - RADIUS * y).round() as i32,
    )
}

/// From blue for leaves to orange for the root, also apart in brightness.
fn color(share: f64) -> RGBColor {
    let mix = |a: f64, b: f64| (a + (b - a) * share).round() as u8;
    RGBColor(mix(70.0, 224.0), mix(130.0, 108.0), mix(190.0, 20.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geom::train::embedding::Recipe;

    #[test]
    fn the_caption_tells_the_model_and_what_its_axes_are() {
        let cones = EmbeddingSettings::of_cones(5);
        assert_eq!(
            caption_of(&cones, 1180, 300),
            "entailment cones, which open away from the center, poincare-ball, dimension 5, 1180 nodes, epoch 300; \
             direction by the two leading axes of log0, distance from the center true"
        );
        let disk = Recipe::Uniform.settings(Space::Hyperboloid, 2, 9);
        assert_eq!(
            caption_of(&disk, 9, 1),
            "hyperboloid, dimension 2, 9 nodes, epoch 1; coordinates of the Poincaré disk"
        );
        let flat = Recipe::Uniform.settings(Space::Euclidean, 3, 9);
        assert!(caption_of(&flat, 9, 1).ends_with("distance from the center to scale"));
    }

    #[test]
    fn only_names_of_wordnet_lose_their_sense_and_their_underscores() {
        assert_eq!(label("domestic_dog.n.01"), "domestic dog");
        assert_eq!(label("dog.n.03"), "dog.n.03");
        for name in ["foo_bar", "a.n.b_c", "x_y.n.1"] {
            assert_eq!(label(name), name);
        }
    }

    #[test]
    fn long_names_are_cut_to_the_room_there_is() {
        let measured = |text: &str| text.chars().count() as i32 * 10;
        assert_eq!(fitted("mammal", 60, measured), "mammal");
        assert_eq!(fitted("mammal", 59, measured), "mamm…");
        assert_eq!(fitted("mammal", 0, measured), "…");
        assert!(fitted(&"x".repeat(100_000), 5_000, measured).len() < 50);
    }
}
