//! A parameter without points has nothing to step.

use burn::optim::Optimizer;
use burn::optim::momentum::MomentumConfig;
use burn::tensor::{DType, Device, Tensor};
use geom_core::testing::{configurations, example_size};
use geom_core::{Manifold, ManifoldVisitor, PointSize, scope};
use geom_optim::{
    RamsGradConfig, RiemannianAdagradConfig, RiemannianAdamConfig, RiemannianSgdConfig,
};

const DIM: usize = 2;

/// Two steps of one optimizer, on whatever manifold it is brought to.
struct Steps<'a, O>(&'a O, DType, PointSize);

impl<O: Optimizer> ManifoldVisitor for Steps<'_, O> {
    type Output = ();

    fn visit<M: Manifold>(self, manifold: M) {
        let Self(optimizer, dtype, size) = self;
        let point = manifold.point_shape(size).axes().to_vec();
        let mut shape = [1; 5];
        (shape[0], shape[1]) = (3, 0);
        shape[5 - point.len()..].copy_from_slice(&point);
        let (mut x, mut memory) = (Tensor::<5>::zeros(shape, (&Device::default(), dtype)), None);
        for _ in 0..2 {
            let gradient = x.zeros_like();
            (x, memory) = scope::enter(&manifold, || optimizer.step(0.1, x, gradient, memory));
            assert_eq!((x.dims(), x.dtype()), (shape, dtype), "{}", manifold.name());
        }
    }
}

fn assert_steps<O: Optimizer>(optimizer: &O) {
    for manifold in configurations(&[0.7]) {
        for dtype in [DType::F32, DType::F64] {
            let steps = Steps(optimizer, dtype, example_size(&manifold, DIM));
            manifold
                .clone()
                .build(steps)
                .expect("the list holds valid manifolds");
        }
    }
}

#[test]
fn a_parameter_without_points_takes_steps() {
    let momentum = Some(MomentumConfig::new());
    assert_steps(&RiemannianSgdConfig::new().build());
    assert_steps(&RiemannianSgdConfig::new().with_momentum(momentum).build());
    assert_steps(&RiemannianAdamConfig::new().build());
    assert_steps(&RamsGradConfig::new().build());
    assert_steps(&RiemannianAdagradConfig::new().build());
}
