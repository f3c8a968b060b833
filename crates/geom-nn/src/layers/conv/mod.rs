//! Convolution and pooling of images of points.

mod lorentz_conv2d;
mod poincare_conv2d;
mod pooling;
mod windows;

pub use lorentz_conv2d::{LorentzConv2d, LorentzConv2dConfig};
pub use poincare_conv2d::{PoincareConv2d, PoincareConv2dConfig};
pub use pooling::{
    ManifoldAvgPool2d, ManifoldAvgPool2dConfig, ManifoldGlobalAvgPool, ManifoldMaxPool2d,
    ManifoldMaxPool2dConfig,
};
