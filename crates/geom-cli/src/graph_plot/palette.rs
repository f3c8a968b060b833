//! Colors and marks of classes.

use plotters::coord::Shift;
use plotters::prelude::*;

/// Eight colors that people with any of the usual deficiencies tell apart (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(0, 0, 0),
    RGBColor(240, 228, 66),
];

/// Nodes of which no class is known.
const NO_CLASS: RGBColor = RGBColor(150, 150, 150);

/// The color of a line or a class; the ninth has that of the first.
pub(crate) fn color(class: Option<u32>) -> RGBColor {
    match class {
        Some(class) => COLOURS[class as usize % COLOURS.len()],
        None => NO_CLASS,
    }
}

/// The mark of a class at a place: a circle for the first eight, then a square, a triangle, a
/// diamond, and the circle again.
pub(super) fn mark<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    class: Option<u32>,
    (x, y): (i32, i32),
    size: i32,
    style: ShapeStyle,
) -> Result<(), String> {
    let failed = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
    let (corners, turn) = match class.unwrap_or(0) as usize / COLOURS.len() % 4 {
        0 => return area.draw(&Circle::new((x, y), size, style)).map_err(failed),
        1 => (4, 0.125),
        2 => (3, -0.25),
        _ => (4, 0.0),
    };
    // Of about the circle's area.
    let radius = 1.35 * f64::from(size);
    let corner = |corner: usize| {
        let angle = std::f64::consts::TAU * (corner as f64 / corners as f64 + turn);
        let along = |center: i32, share: f64| (f64::from(center) + radius * share).round() as i32;
        (along(x, angle.cos()), along(y, angle.sin()))
    };
    let outline: Vec<_> = (0..corners).map(corner).collect();
    area.draw(&Polygon::new(outline, style)).map_err(failed)
}
