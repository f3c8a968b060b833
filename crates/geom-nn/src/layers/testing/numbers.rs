//! Numbers to test with, the same in every run.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Tensors of both number formats.
pub(crate) const DTYPES: [DType; 2] = [DType::F32, DType::F64];

/// Reproducible normal numbers, on a device without automatic differentiation.
pub(crate) fn normal<const D: usize>(
    shape: [usize; D],
    std: f64,
    seed: u64,
    dtype: DType,
) -> Tensor<D> {
    let rng = ChaCha8Rng::seed_from_u64(seed);
    let noise: Vec<f64> = StandardNormal
        .sample_iter(rng)
        .take(shape.iter().product())
        .collect();
    let noise = Tensor::<1>::from_data(noise.as_slice(), (&Device::flex(), dtype));
    noise.mul_scalar(std).reshape(shape)
}

/// Numbers of both signs in `[-1, 1]` without a pattern, the same in every run.
pub(crate) fn wave<const D: usize>(shape: [usize; D], phase: f64) -> Tensor<D> {
    let size: usize = shape.iter().product();
    let values: Vec<f64> = (0..size)
        .map(|k| (0.7 * (k * k) as f64 + k as f64 + phase).sin())
        .collect();
    Tensor::from_data(
        TensorData::new(values, shape),
        (&Device::flex(), DType::F64),
    )
}

/// A parameter on a device with or without automatic differentiation.
pub(crate) fn param<const D: usize>(value: Tensor<D>, device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(match device.is_autodiff() {
        true => Tensor::from_inner(value),
        false => value,
    })
}

/// The module in `f64` with weights that are the same in every run, and everything else moved away
/// from where it starts, zeros too.
pub(crate) fn varied<M: Module>(module: M) -> M {
    struct Vary(f64);
    impl ModuleMapper for Vary {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            self.0 += 1.0;
            param.map(|value| {
                let noise = wave(value.dims(), self.0);
                match D {
                    1 => value.cast(DType::F64) + noise.mul_scalar(0.2),
                    _ => noise.mul_scalar(0.6),
                }
            })
        }
    }
    module.map(&mut Vary(0.0))
}

/// The module in `f64`.
pub(crate) fn in_f64<M: Module>(module: M) -> M {
    struct Cast;
    impl ModuleMapper for Cast {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| value.cast(DType::F64))
        }
    }
    module.map(&mut Cast)
}
