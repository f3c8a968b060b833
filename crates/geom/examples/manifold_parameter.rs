//! An ordinary layer and points of a manifold in one Burn module, trained by one optimizer.
//!
//! A linear layer maps eight features into the Poincaré disk; a class is the nearest of four points
//! there. The points and the weights train together.
//!
//! ```text
//! cargo run --release --example manifold_parameter
//! ```
//!
//! Expected: every sample in its class, all prototypes still in the ball, in a few seconds.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::optim::GradientsParams;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Distribution, Int, Tensor};
use geom::prelude::*;

const CLASSES: usize = 4;
const FEATURES: usize = 8;
const SAMPLES: usize = 200;
const STEPS: usize = 150;

#[derive(Module, Debug)]
struct Prototypes {
    linear: Linear,
    /// `[CLASSES, 2]`, one point of the disk a class.
    points: ManifoldParam<2, PoincareBall>,
}

impl Prototypes {
    fn new(device: &Device) -> Self {
        let ball = PoincareBall::new(1.0);
        let start = Tensor::random([CLASSES, 2], Distribution::Normal(0.0, 0.05), device);
        Self {
            linear: LinearConfig::new(FEATURES, 2).init(device),
            points: ManifoldParam::new(start, ball),
        }
    }

    /// Minus the distance of every sample to every prototype, `[samples, CLASSES]`.
    fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let ball = self.points.manifold();
        let samples = ball.exp0(self.linear.forward(features));
        let distances = ball.distance(
            samples.unsqueeze_dim::<3>(1),
            self.points.val().unsqueeze_dim::<3>(0),
        );
        distances.squeeze_dim::<2>(2).neg()
    }
}

/// Noise around one centre a class.
fn samples(device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
    let labels =
        Tensor::<1, Int>::arange(0..SAMPLES as i64, device).remainder_scalar(CLASSES as i64);
    let centers = Tensor::<2>::random([CLASSES, FEATURES], Distribution::Normal(0.0, 1.0), device);
    let noise = Tensor::<2>::random([SAMPLES, FEATURES], Distribution::Normal(0.0, 0.3), device);
    (centers.select(0, labels.clone()) + noise, labels)
}

fn main() {
    let device = Device::default().autodiff();
    device.seed(0);
    let (features, labels) = samples(&device);
    let mut model = Prototypes::new(&device);
    let mut optimizer = RiemannianAdamConfig::new().init();

    for step in 1..=STEPS {
        let log_likelihood = log_softmax(model.forward(features.clone()), 1);
        let of_labels = log_likelihood.gather(1, labels.clone().unsqueeze_dim(1));
        let loss = of_labels.mean().neg();
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(0.05, model, gradients);
        if step % 50 == 0 {
            let loss = loss.into_scalar::<f32>();
            println!("step {step:3}  loss {loss:.4}");
        }
    }

    let model = model.valid();
    model
        .points
        .manifold()
        .check_point(model.points.val())
        .expect("every step ends on the ball");
    let predicted = model
        .forward(features.inner())
        .argmax(1)
        .squeeze_dim::<1>(1);
    let right = predicted
        .equal(labels.inner())
        .int()
        .sum()
        .into_scalar::<i64>();
    println!("{right} of {SAMPLES} samples are in their class");
}
