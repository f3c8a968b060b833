//! Where the nodes go.

use burn::tensor::Tensor;
use geom::core::numerics::to_vec_f64;
use geom::train::graph::{Inputs, NodeModel};
use geom_kernels::geometry::{norm, of_length, poincare};

use super::centered::{about_the_mean, spread};
use crate::disk::layout;

/// The median distance from the center, in units of the curvature's radius, from which on it would be
/// drawn as far out as 0.96 of the disk, where distances are hard to tell apart.
const FAR: f64 = 4.0;
/// The median distance below which points would be drawn as one spot.
const NEAR: f64 = 1.0;
/// Where the median is drawn then: at tanh(1) = 0.76 of the disk.
const SCALED: f64 = 2.0;

/// What the nodes lie in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Frame {
    /// The Poincaré disk.
    Disk {
        /// What distances from the center are multiplied by, so that points are neither all at the rim
        /// nor in one spot.
        scale: f64,
        /// Whether the center is the mean of the points, not the origin.
        is_mean: bool,
    },
    /// A flat plane, scaled to the picture.
    Plane,
}

impl Frame {
    /// How points of `dim` dimensions came into it.
    pub(crate) fn caption(self, dim: usize) -> String {
        match self {
            Self::Disk { scale, is_mean } => {
                let center = if is_mean { "mean" } else { "origin" };
                let distance = if scale == 1.0 {
                    "true".to_owned()
                } else {
                    format!("times {scale:.3}")
                };
                if dim > 2 {
                    format!(
                        "the {center} at the center, direction by the two axes that tell classes apart, \
                         distance from the center {distance}"
                    )
                } else {
                    format!(
                        "the Poincaré disk about the {center}, distance from the center {distance}"
                    )
                }
            }
            Self::Plane if dim > 2 => "a plane along the two leading principal axes".to_owned(),
            Self::Plane => "a plane".to_owned(),
        }
    }
}

/// The place of every node's point.
///
/// Points of curved spaces are drawn in the disk about their mean, in the direction of $\log$ there along
/// two axes, at their distance from it, if need be scaled. The axes are those along which the means of the
/// classes differ the most.
pub(super) fn places(
    model: &NodeModel,
    inputs: &Inputs,
    classes: &[Option<u32>],
) -> (Vec<[f64; 2]>, Frame) {
    let encoder = &model.encoder;
    let v = encoder.forward_tangent(&inputs.features, &inputs.graph);
    let [nodes, dim] = v.dims();
    let numbers = to_vec_f64(v.clone());
    let mut tangents: Vec<Vec<f64>> = (0..nodes)
        .map(|node| numbers[node * dim..][..dim].to_vec())
        .collect();
    let Some(c) = model.negative_curvature() else {
        return (layout::plane(&tangents), Frame::Plane);
    };
    let center: Tensor<2> = encoder.points(v.zeros_like());
    let distances = to_vec_f64(encoder.distance(encoder.points(v), center));
    // Vectors as long as the distances, in units of the curvature's radius.
    for (v, distance) in tangents.iter_mut().zip(&distances) {
        *v = of_length(v, distance * c.sqrt());
    }
    let about_mean = about_the_mean(&tangents);
    let is_mean = about_mean.is_some();
    let tangents = about_mean.unwrap_or(tangents);
    let distances: Vec<f64> = tangents.iter().map(|v| norm(v)).collect();
    let scale = scale(&distances);
    let in_disk = |distance: &f64| poincare::norm_at(scale * distance);
    let radii: Vec<f64> = distances.iter().map(in_disk).collect();
    let places = layout::polar_along(&spread(&tangents, classes), &tangents, &radii);
    (places, Frame::Disk { scale, is_mean })
}

/// 1, or less if most distances are too large for the disk to show, or more if they are too small.
fn scale(distances: &[f64]) -> f64 {
    let mut ascending = distances.to_vec();
    ascending.sort_by(f64::total_cmp);
    match ascending.get(ascending.len() / 2) {
        Some(&median) if median > FAR || (0.0 < median && median < NEAR) => SCALED / median,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_true_unless_most_points_would_be_at_the_rim_or_in_one_spot() {
        assert_eq!(scale(&[0.1, 3.0, 50.0]), 1.0);
        assert_eq!(scale(&[0.1, 0.25, 50.0]), SCALED / 0.25);
        assert_eq!(scale(&[0.0, 0.0, 0.0]), 1.0);
        assert_eq!(scale(&[1.0, 20.0, 30.0]), SCALED / 20.0);
        assert_eq!(scale(&[]), 1.0);
    }

    #[test]
    fn the_caption_says_what_was_done() {
        let scaled = Frame::Disk {
            scale: 0.25,
            is_mean: true,
        };
        assert!(
            scaled
                .caption(2)
                .ends_with("distance from the center times 0.250")
        );
        let isometric = Frame::Disk {
            scale: 1.0,
            is_mean: false,
        };
        assert!(isometric.caption(16).ends_with("true"));
    }
}
