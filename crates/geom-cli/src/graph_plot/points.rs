//! Where the nodes go.

use burn::tensor::Tensor;
use geom::core::numerics::to_vec_f64;
use geom::train::graph::{Inputs, NodeModel};

use crate::disk::layout;

/// The median distance from the center, in units of the curvature's radius, from which on it would be
/// drawn as far out as 0.96 of the disk, where distances are hard to tell apart.
const FAR: f64 = 4.0;
/// Where the median is drawn then: at tanh(1) = 0.76 of the disk.
const SCALED: f64 = 2.0;

/// What the nodes lie in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Frame {
    /// The Poincaré disk.
    Disk {
        /// What distances from the center are multiplied by, so that not all points are at the rim.
        scale: f64,
    },
    /// A flat plane, scaled to the picture.
    Plane,
}

impl Frame {
    /// How points of `dim` dimensions came into it.
    pub(crate) fn caption(self, dim: usize) -> String {
        match self {
            Self::Disk { scale } => {
                let distance = if scale == 1.0 {
                    "true".to_owned()
                } else {
                    format!("times {scale:.3}")
                };
                if dim > 2 {
                    format!(
                        "direction by the two leading axes of log0, distance from the center \
                         {distance}"
                    )
                } else {
                    format!("the Poincaré disk, distance from the center {distance}")
                }
            }
            Self::Plane if dim > 2 => "a plane along the two leading principal axes".to_owned(),
            Self::Plane => "a plane".to_owned(),
        }
    }
}

/// The place of every node's point.
///
/// Points of curved spaces are drawn as those of an embedding: in the disk, in the direction of
/// $\log_0$ along its two leading principal axes, at their distance from the center, if need be
/// scaled.
pub(super) fn places(model: &NodeModel, inputs: &Inputs) -> (Vec<[f64; 2]>, Frame) {
    let encoder = &model.encoder;
    let v = encoder.forward_tangent(&inputs.features, &inputs.graph);
    let [nodes, dim] = v.dims();
    let numbers = to_vec_f64(v.clone());
    let tangents: Vec<Vec<f64>> = (0..nodes)
        .map(|node| numbers[node * dim..][..dim].to_vec())
        .collect();
    let Some(c) = model.negative_curvature() else {
        return (layout::plane(&tangents), Frame::Plane);
    };
    let center: Tensor<2> = encoder.points(v.zeros_like());
    let mut distances = to_vec_f64(encoder.distance(encoder.points(v), center));
    distances
        .iter_mut()
        .for_each(|distance| *distance *= c.sqrt());
    let scale = scale(&distances);
    let in_disk = |distance: &f64| (scale * distance / 2.0).tanh();
    let radii: Vec<f64> = distances.iter().map(in_disk).collect();
    (layout::polar(&tangents, &radii), Frame::Disk { scale })
}

/// 1, or less if most distances are too large for the disk to show.
fn scale(distances: &[f64]) -> f64 {
    let mut ascending = distances.to_vec();
    ascending.sort_by(f64::total_cmp);
    match ascending.get(ascending.len() / 2) {
        Some(&median) if median > FAR => SCALED / median,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_true_unless_most_points_would_be_at_the_rim() {
        assert_eq!(scale(&[0.1, 3.0, 50.0]), 1.0);
        assert_eq!(scale(&[1.0, 20.0, 30.0]), SCALED / 20.0);
        assert_eq!(scale(&[]), 1.0);
    }

    #[test]
    fn the_caption_says_what_was_done() {
        let scaled = Frame::Disk { scale: 0.25 };
        assert!(
            scaled
                .caption(2)
                .ends_with("distance from the center times 0.250")
        );
        let isometric = Frame::Disk { scale: 1.0 };
        assert!(isometric.caption(16).ends_with("true"));
    }
}
