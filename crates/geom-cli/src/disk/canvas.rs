//! What every picture is drawn on: SVG or PNG by the ending of its file, with a font of its own.

use std::path::Path;
use std::sync::OnceLock;

use geom::train::storage;
use geom_kernels::geometry::{norm, of_length, poincare};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::error::CliError;

/// The color of text.
pub(crate) const INK: RGBColor = RGBColor(28, 34, 48);
/// The color of edges.
pub(crate) const EDGE: RGBColor = RGBColor(120, 132, 156);
/// The color of the boundary of a disk or a frame.
pub(crate) const RIM: RGBColor = RGBColor(90, 98, 116);
/// The color of the ground that points lie on.
pub(crate) const GROUND: RGBColor = RGBColor(250, 250, 247);

/// Straight pieces of a drawn geodesic.
const PIECES: usize = 96;

/// Something that can be drawn.
pub(crate) trait Picture {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it on an empty area of that size.
    fn paint<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>) -> Result<(), String>;
}

/// Refuses a file that ends in no picture format.
pub(crate) fn check_format(path: &Path) -> Result<(), CliError> {
    let end = path
        .extension()
        .map(|end| end.to_string_lossy().to_ascii_lowercase());
    match end.as_deref() {
        Some("svg" | "png") => Ok(()),
        _ => Err(CliError::usage(
            format!("{} does not end in a picture format", path.display()),
            "use .svg or .png",
        )),
    }
}

/// Draws `picture` to `path`: in memory first, then in one atomic replacement.
pub(crate) fn write(path: &Path, picture: &impl Picture) -> Result<(), CliError> {
    let failed = |reason: String| CliError::Drawing {
        path: path.to_path_buf(),
        reason,
    };
    load_font().map_err(|()| failed("the built-in font does not load".to_owned()))?;
    let extension = path
        .extension()
        .map(|end| end.to_string_lossy().to_ascii_lowercase());
    let bytes = match extension.as_deref() {
        Some("svg") => svg(picture),
        Some("png") => png(picture),
        _ => return check_format(path),
    };
    let bytes = bytes.map_err(failed)?;
    Ok(storage::write(path, |out| out.write_all(&bytes))?)
}

fn svg(picture: &impl Picture) -> Result<Vec<u8>, String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, picture.size()).into_drawing_area();
        picture.paint(&area)?;
        area.present().map_err(|error| error.to_string())?;
    }
    Ok(text.into_bytes())
}

/// Not by the backend that writes to a file: it has no way to say that the disk is full.
fn png(picture: &impl Picture) -> Result<Vec<u8>, String> {
    let (width, height) = picture.size();
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        picture.paint(&area)?;
        area.present().map_err(|error| error.to_string())?;
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&pixels)?;
        writer.finish()
    });
    written.map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// The program carries its font, so that pictures look the same on a machine without any.
fn load_font() -> Result<(), ()> {
    static LOADED: OnceLock<bool> = OnceLock::new();
    let loaded = LOADED.get_or_init(|| {
        register_font(
            "sans-serif",
            FontStyle::Normal,
            include_bytes!("../../assets/DejaVuSans.ttf"),
        )
        .is_ok()
    });
    if *loaded { Ok(()) } else { Err(()) }
}

/// An empty disk. The rim is what one filled circle leaves of another: the outline of a circle that
/// plotters draws has gaps where it is wider than a pixel.
pub(crate) fn disk<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    center: (i32, i32),
    radius: i32,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    const WIDTH: i32 = 2;
    area.draw(&Circle::new(center, radius, RIM.filled()))?;
    area.draw(&Circle::new(center, radius - WIDTH, GROUND.filled()))
}

/// Points along the hyperbolic geodesic between two points of the disk.
pub(crate) fn arc(a: [f64; 2], b: [f64; 2]) -> Vec<[f64; 2]> {
    let (gap_a, gap_b) = (poincare::gap(&a), poincare::gap(&b));
    let tangent = poincare::seen_from(&a, gap_a, &b, gap_b);
    let length = norm(&tangent);
    if length == 0.0 || !length.is_finite() {
        return vec![a, b];
    }
    (0..=PIECES)
        .map(|piece| {
            let step = length * piece as f64 / PIECES as f64;
            let w = of_length(&tangent, poincare::norm_at(step));
            let point = poincare::add(&a, gap_a, &w, poincare::gap(&w));
            [point[0], point[1]]
        })
        .collect()
}

/// A line through whole pixels without points that change nothing: repeated ones, and those between two
/// others on a straight line.
pub(crate) fn simplified(points: impl Iterator<Item = (i32, i32)>) -> Vec<(i32, i32)> {
    let mut line: Vec<(i32, i32)> = Vec::new();
    for point in points {
        if line.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = line[..] {
            let [first, second] = [(b.0 - a.0, b.1 - a.1), (point.0 - b.0, point.1 - b.1)];
            let is_straight = first.0 * second.1 == first.1 * second.0;
            let is_onward = first.0 * second.0 + first.1 * second.1 > 0;
            if is_straight && is_onward {
                line.pop();
            }
        }
        line.push(point);
    }
    // A line of one point is none.
    if let [only] = line[..] {
        line.push(only);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arc_joins_its_ends_and_stays_inside() {
        let (a, b) = ([0.6, -0.5], [-0.3, 0.8]);
        let arc = arc(a, b);
        let ends = [arc[0], arc[PIECES]];
        for (end, expected) in ends.iter().zip([a, b]) {
            assert!((end[0] - expected[0]).hypot(end[1] - expected[1]) < 1e-12);
        }
        assert!(arc.iter().all(|p| p[0].hypot(p[1]) < 1.0));
    }

    #[test]
    fn a_line_keeps_only_the_points_that_change_it() {
        let line = [(0, 0), (0, 0), (1, 1), (3, 3), (4, 3), (4, 3), (2, 3)];
        assert_eq!(
            simplified(line.into_iter()),
            [(0, 0), (3, 3), (4, 3), (2, 3)]
        );
        assert_eq!(simplified([(5, 5); 9].into_iter()), [(5, 5), (5, 5)]);
    }

    #[test]
    fn an_arc_through_the_center_is_straight() {
        for p in arc([0.5, 0.25], [-0.5, -0.25]) {
            assert!((p[0] - 2.0 * p[1]).abs() < 1e-12);
        }
    }
}
