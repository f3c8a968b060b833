//! Batches of any shape, views, empty tensors, half precision.

use burn::tensor::{DType, Device, Tensor};
use geom_core::numerics::to_vec_f64;
use geom_linalg::*;

use crate::common::cases::{Case, other_cases, spectral_cases};
use crate::common::{any, distance, numbers, one, positive, regular, tensor};

fn ok<T>(result: Result<T, LinalgError>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

fn cases() -> impl Iterator<Item = Case> {
    let few = spectral_cases()
        .into_iter()
        .filter(|case| case.name.ends_with("n = 3"));
    few.chain(other_cases(&[3]))
}

#[test]
fn a_batch_is_its_matrices() {
    for case in cases() {
        let inputs: Vec<Tensor<3>> = case.inputs.iter().map(|(x, _)| x.tensor()).collect();
        let whole = (case.run)(inputs.clone());
        for index in 0..2 {
            let part = inputs.iter().map(|x| {
                let index = index.min(x.dims()[0] - 1);
                x.clone().narrow(0, index, 1)
            });
            for (part, whole) in (case.run)(part.collect()).into_iter().zip(&whole) {
                assert_eq!(
                    to_vec_f64(part),
                    to_vec_f64(whole.clone().narrow(0, index, 1)),
                    "{}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn views_are_their_numbers() {
    for case in cases() {
        let inputs: Vec<Tensor<3>> = case.inputs.iter().map(|(x, _)| x.tensor()).collect();
        let whole = (case.run)(inputs.clone());
        // The same numbers with another layout: turned, and cut out of larger ones.
        let turned = inputs
            .iter()
            .map(|x| x.clone().transpose().mul_scalar(1.0).transpose());
        let cut = inputs.iter().map(|x| {
            let [batch, m, n] = x.dims();
            let wide = Tensor::cat(vec![x.zeros_like(), x.clone(), x.ones_like()], 2);
            let wide = Tensor::cat(vec![wide.zeros_like(), wide], 1);
            wide.slice([0..batch, m..2 * m, n..2 * n])
        });
        for view in [turned.collect::<Vec<_>>(), cut.collect()] {
            for (view, whole) in (case.run)(view).into_iter().zip(&whole) {
                assert_eq!(to_vec_f64(view), to_vec_f64(whole.clone()), "{}", case.name);
            }
        }
    }
}

#[test]
fn leading_axes_are_batch_axes() {
    let a = positive(12, 3, 1).tensor();
    let log = to_vec_f64(ok(sym_log(a.clone())));
    let four = a.clone().reshape([3, 4, 3, 3]);
    let five = a.clone().reshape([2, 3, 2, 3, 3]);
    let matrix = a.clone().reshape([36, 3]).narrow(0, 0, 3);
    let found = ok(sym_log(four.clone()));
    assert_eq!(found.dims(), [3, 4, 3, 3]);
    assert_eq!(to_vec_f64(found), log);
    assert_eq!(to_vec_f64(ok(sym_log(five.clone()))), log);
    assert_eq!(to_vec_f64(ok(sym_log(matrix))), log[..9]);

    let (values, vectors) = ok(eigh(five.clone()));
    assert_eq!(
        (values.dims(), vectors.dims()),
        ([2, 3, 2, 1, 3], [2, 3, 2, 3, 3])
    );
    assert_eq!(ok(log_det(four.clone())).dims(), [3, 4, 1, 1]);

    let leaf = five.clone().autodiff().require_grad();
    let (values, vectors) = ok(eigh(leaf.clone()));
    assert_eq!(
        (values.dims(), vectors.dims()),
        ([2, 3, 2, 1, 3], [2, 3, 2, 3, 3])
    );
    let gradients = (values.sum() + (vectors.clone() * vectors).sum()).backward();
    let gradient = leaf.grad(&gradients).expect("a gradient");
    // The gradient of the trace.
    let eye = one(3).reshape([1, 1, 1, 3, 3]).expand([2, 3, 2, 3, 3]);
    assert!(distance(gradient, eye) < 1e-13);

    // All pairs of matrices and right sides, by broadcasting.
    let b = any([1, 4, 6], 2).tensor().reshape([1, 4, 3, 2]);
    let a = regular(2, 3, 3).tensor().reshape([2, 1, 3, 3]);
    let x = ok(solve(a.clone(), b.clone()));
    assert_eq!(x.dims(), [2, 4, 3, 2]);
    assert!(distance(a.matmul(x), b.expand([2, 4, 3, 2])) < 1e-12);
}

#[test]
fn nothing_is_no_trouble() {
    let options = (&Device::flex(), DType::F64);
    for shape in [[0, 3, 3], [2, 0, 0], [0, 0, 0]] {
        let [batch, n, _] = shape;
        let a = Tensor::<3>::zeros(shape, options);
        assert_eq!(ok(sym_log(a.clone())).dims(), shape);
        assert_eq!(ok(expm(a.clone())).dims(), shape);
        assert_eq!(ok(cholesky(a.clone())).dims(), shape);
        assert_eq!(ok(inverse(a.clone())).dims(), shape);
        assert_eq!(ok(newton_schulz(a.clone(), 3)).dims(), shape);
        assert_eq!(ok(rotation_log(a.clone())).dims(), shape);
        assert_eq!(ok(lyapunov(a.clone(), a.clone())).dims(), shape);
        assert_eq!(ok(solve(a.clone(), a.clone())).dims(), shape);
        assert_eq!(ok(sylvester(a.clone(), a.clone(), a.clone())).dims(), shape);
        let (values, vectors) = ok(eigh(a.clone()));
        assert_eq!((values.dims(), vectors.dims()), ([batch, 1, n], shape));
        let (u, values, v) = ok(svd(a.clone()));
        assert_eq!(
            (u.dims(), values.dims(), v.dims()),
            (shape, [batch, 1, n], shape)
        );
        let (sign, log) = ok(slogdet(a.clone()));
        assert_eq!(
            (to_vec_f64(sign), to_vec_f64(log)),
            (vec![1.0; batch], vec![0.0; batch])
        );

        let leaf = a.autodiff().require_grad();
        let (values, vectors) = ok(eigh(leaf.clone()));
        let loss = ok(sym_exp(leaf.clone())).sum() + values.sum() + vectors.sum();
        let gradients = loss.backward();
        assert_eq!(leaf.grad(&gradients).expect("a gradient").dims(), shape);
    }
    // No right side, no columns.
    let a = regular(2, 3, 1).tensor();
    let none = Tensor::<3>::zeros([2, 3, 0], options);
    assert_eq!(ok(solve(a, none.clone())).dims(), [2, 3, 0]);
    assert_eq!(ok(qr(none)).0.dims(), [2, 3, 0]);
}

#[test]
fn half_precision_is_computed_in_single() {
    let a = positive(3, 4, 4);
    for dtype in [DType::F16, DType::BF16] {
        let half = tensor(&a.numbers, a.shape, dtype);
        let log = ok(sym_log(half.clone()));
        assert_eq!(log.dtype(), dtype);
        let single = ok(sym_log(half.clone().cast(DType::F32))).cast(dtype);
        assert_eq!(to_vec_f64(log), to_vec_f64(single));
        let (values, _) = ok(eigh(half.clone()));
        assert_eq!(values.dtype(), dtype);
        assert_eq!(ok(newton_schulz(half, 4)).dtype(), dtype);
    }
}

#[test]
fn constants_and_tracked_tensors_go_together() {
    let (a, b) = (regular(2, 3, 5), any([2, 3, 2], 6));
    let leaf = a.tensor().autodiff().require_grad();
    // On the tape, but not tracked.
    let constant = b.tensor().autodiff();
    let x = ok(solve(leaf.clone(), constant.clone()));
    let gradients = x.sum().backward();
    assert!(leaf.grad(&gradients).is_some());
    assert!(constant.grad(&gradients).is_none());
    let untracked = ok(solve(a.tensor().autodiff(), constant));
    let plain = ok(solve(a.tensor(), b.tensor()));
    assert_eq!(to_vec_f64(untracked.inner()), to_vec_f64(plain));
}

#[test]
fn threads_do_not_change_a_bit() {
    let a = positive(64, 12, 7).tensor();
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads")
    };
    let [one, many] =
        [1, 4].map(|threads| pool(threads).install(|| to_vec_f64(ok(sym_log(a.clone())))));
    assert_eq!(one, many);
    assert_eq!(numbers(3, 1).len(), 3);
}
