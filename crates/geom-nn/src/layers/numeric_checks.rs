//! Checks that the tests of several layers share.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{DType, Device, Gradients, Tensor, TensorData};
use geom_core::numerics::to_vec_f64;

/// Step of central differences: near the cube root of rounding.
const STEP: f64 = 1e-5;
/// What they leave, relative to the derivative or to 1.
const TRUNCATION: f64 = 1e-7;
/// A derivative that a parameter in use exceeds, for a loss of order one.
const IN_USE: f64 = 1e-12;

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

/// Panics unless the tensors agree to `tolerance`, relative to the largest number or to 1.
pub(crate) fn assert_close<const D: usize>(left: Tensor<D>, right: Tensor<D>, tolerance: f64) {
    assert_eq!(left.dims(), right.dims());
    let scale = to_vec_f64(right.clone().abs().max())[0].max(1.0);
    let apart = to_vec_f64((left - right).abs().max())[0];
    assert!(apart <= tolerance * scale, "{apart:e} apart at {scale:e}");
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
fn in_f64<M: Module>(module: M) -> M {
    struct Cast;
    impl ModuleMapper for Cast {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|value| value.cast(DType::F64))
        }
    }
    module.map(&mut Cast)
}

/// Shifts one parameter.
struct Shift(ParamId, f64);

impl ModuleMapper for Shift {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if param.id != self.0 {
            return param;
        }
        let step = self.1;
        param.map(|value| value.clone() + wave(value.dims(), 0.9).mul_scalar(step))
    }
}

/// The derivative along the shift of each parameter.
struct Slopes<'a> {
    gradients: &'a Gradients,
    found: Vec<(ParamId, f64)>,
}

impl ModuleVisitor for Slopes<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.gradients);
        let gradient = gradient.unwrap_or_else(|| panic!("no gradient: {param}"));
        self.found.push((param.id, along(gradient, 0.9)));
    }
}

fn along<const D: usize>(gradient: Tensor<D>, phase: f64) -> f64 {
    let shape = gradient.dims();
    to_vec_f64((gradient * wave(shape, phase)).sum())[0]
}

/// Panics unless the gradients of `layer` with respect to its input and to each of its parameters are
/// what central differences say, and none is zero.
pub(crate) fn check_gradients<M: Module, const A: usize, const B: usize>(
    module: &M,
    input: Tensor<A>,
    layer: impl Fn(&M, Tensor<A>) -> Tensor<B>,
) {
    let loss = |module: &M, input: Tensor<A>| {
        let output = layer(module, input);
        let weights = wave(output.dims(), 0.3);
        (output * weights).sum()
    };
    let agree = |what: &str, slope: f64, at: &dyn Fn(f64) -> Tensor<1>| {
        let [above, below] = [STEP, -STEP].map(|step| to_vec_f64(at(step))[0]);
        let difference = (above - below) / (2.0 * STEP);
        assert!(
            (slope - difference).abs() <= TRUNCATION * slope.abs().max(1.0),
            "{what}: {slope:e}, central difference {difference:e}"
        );
        assert!(slope.abs() > IN_USE, "{what}: no derivative");
    };

    let tracked = module.clone().train();
    let x = input.clone().autodiff().require_grad();
    let gradients = loss(&tracked, x.clone()).backward();
    let slope = along(x.grad(&gradients).expect("the input is a leaf"), 0.9);
    let direction = wave(input.dims(), 0.9);
    agree("input", slope, &|step| {
        loss(module, input.clone() + direction.clone().mul_scalar(step))
    });

    let mut slopes = Slopes {
        gradients: &gradients,
        found: Vec::new(),
    };
    tracked.visit(&mut slopes);
    assert!(!slopes.found.is_empty());
    for (index, (id, slope)) in slopes.found.into_iter().enumerate() {
        agree(&format!("parameter {index}"), slope, &|step| {
            loss(&module.clone().map(&mut Shift(id, step)), input.clone())
        });
    }
}

/// Panics unless `layer` has finite values and gradients for points from the origin, all in one place,
/// to the outermost there are; in `f32` with the weights as they are drawn, in `f64` with others.
pub(crate) fn check_edges<M: Module, const A: usize, const B: usize>(
    module: &M,
    shape: [usize; A],
    layer: impl Fn(&M, Tensor<A>) -> Tensor<B>,
) {
    struct Finite<'a>(&'a Gradients);
    impl ModuleVisitor for Finite<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = param.val().grad(self.0);
            assert!(is_finite(gradient.expect("a parameter")), "{param}");
        }
    }
    fn is_finite<const D: usize>(x: Tensor<D>) -> bool {
        to_vec_f64(x).iter().all(|x| x.is_finite())
    }
    let drawn = (module.clone(), DType::F32);
    for (module, dtype) in [drawn, (varied(module.clone()), DType::F64)] {
        let module = module.train();
        for length in [0.0, 1e-30, 1.0, 1e3] {
            let v = wave(shape, 0.1).mul_scalar(length).cast(dtype);
            let v = v.autodiff().require_grad();
            let output = layer(&module, v.clone());
            let gradients = output.clone().sum().backward();
            assert!(is_finite(output.inner()), "values, {dtype:?} {length:e}");
            let gradient = v.grad(&gradients).expect("the input is a leaf");
            assert!(is_finite(gradient), "gradients, {dtype:?} {length:e}");
            module.visit(&mut Finite(&gradients));
        }
    }
}

/// Panics unless a module that is drawn computes the same as another after it has loaded the other's
/// record, and something else before.
pub(crate) fn check_record<M: Module, const D: usize>(
    init: impl Fn() -> M,
    compute: impl Fn(&M) -> Tensor<D>,
) {
    let saved = varied(init());
    let expected = to_vec_f64(compute(&saved));
    let other = in_f64(init());
    assert_ne!(to_vec_f64(compute(&other)), expected);
    let loaded = other.load_record(saved.into_record());
    assert_eq!(to_vec_f64(compute(&loaded)), expected);
}

/// The convolution of images of vectors, by its definition.
///
/// # Shapes
/// - `image`: `[batch, height, width, d_input]`
/// - `kernel`: `[kernel_height, kernel_width, d_input, d_output]`
/// - `bias`: `[d_output]`
/// - returns: `[batch, out_height, out_width, d_output]`
pub(crate) fn convolution(
    image: Tensor<4>,
    kernel: Tensor<4>,
    bias: Tensor<1>,
    stride: [usize; 2],
    padding: [usize; 2],
) -> Tensor<4> {
    let [batch, height, width, d_input] = image.dims();
    let [rows, columns, _, d_output] = kernel.dims();
    let out_height = (height + 2 * padding[0] - rows) / stride[0] + 1;
    let out_width = (width + 2 * padding[1] - columns) / stride[1] + 1;
    let [image, kernel] = [image, kernel].map(to_vec_f64);
    let bias = to_vec_f64(bias);
    let mut values = Vec::new();
    for b in 0..batch {
        for (y, x, k) in (0..out_height)
            .flat_map(|y| (0..out_width).map(move |x| (y, x)))
            .flat_map(|(y, x)| (0..d_output).map(move |k| (y, x, k)))
        {
            let mut sum = bias[k];
            for (i, j) in (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))) {
                let (Some(row), Some(column)) = (
                    (y * stride[0] + i).checked_sub(padding[0]),
                    (x * stride[1] + j).checked_sub(padding[1]),
                ) else {
                    continue;
                };
                if row >= height || column >= width {
                    continue;
                }
                for d in 0..d_input {
                    let pixel = image[((b * height + row) * width + column) * d_input + d];
                    sum += pixel * kernel[((i * columns + j) * d_input + d) * d_output + k];
                }
            }
            values.push(sum);
        }
    }
    Tensor::from_data(
        TensorData::new(values, [batch, out_height, out_width, d_output]),
        (&Device::flex(), DType::F64),
    )
}
