//! What attention by distance is made of, in every model: weights from distances, and heads.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Bool, Tensor, TensorCreationOptions};

use crate::layers::weights;

/// Stands for the logit of a hidden key: below any that a distance can give, and finite, so that
/// differences of it are numbers.
const HIDDEN: f64 = -1e30;

/// How logits $s_{ij}$ of query $i$ and key $j$ become weights. Only their ratios matter to the mean
/// of the values.
#[derive(Config, Debug, Copy, PartialEq)]
pub enum AttentionActivation {
    /// $w_{ij} = e^{s_{ij}}/\sum_k e^{s_{ik}}$.
    Softmax,
    /// $w_{ij} = 1/(1 + e^{-s_{ij}})$: keys do not compete, and have a learned threshold.
    Sigmoid,
}

/// What attention returns.
#[derive(Clone, Debug)]
pub struct AttentionOutput {
    /// A point for every query, `[batch, queries, ambient]`.
    pub context: Tensor<3>,
    /// The weights, `[batch, heads, queries, keys]`; those of hidden keys are 0.
    pub weights: Tensor<4>,
}

/// Weights from distances $\delta_{ij}$: logits $s_{ij} = -\tau\delta_{ij} - \gamma$ for each head,
/// then an [`AttentionActivation`].
///
/// The softmax does not depend on $\gamma$, and has none.
#[derive(Module, Debug)]
pub(crate) struct HeadWeights {
    /// $\ln\tau$, `[heads]`
    log_sharpness: Param<Tensor<1>>,
    /// $\gamma$, `[heads]`
    threshold: Option<Param<Tensor<1>>>,
}

impl HeadWeights {
    pub(crate) fn new(
        heads: usize,
        sharpness: f64,
        activation: AttentionActivation,
        options: TensorCreationOptions,
    ) -> Self {
        let learned = |value: f64| weights::constant([heads], value, options.clone());
        Self {
            log_sharpness: learned(sharpness.ln()),
            threshold: (activation == AttentionActivation::Sigmoid).then(|| learned(0.0)),
        }
    }

    pub(crate) fn heads(&self) -> usize {
        self.log_sharpness.shape()[0]
    }

    /// # Shapes
    /// - `distance`: `[batch, heads, queries, keys]`
    /// - `hidden`: `[batch or 1, queries or 1, keys]`, true where a key is hidden from a query
    /// - returns: like `distance`
    pub(crate) fn forward(
        &self,
        distance: Tensor<4>,
        hidden: Option<Tensor<3, Bool>>,
    ) -> Tensor<4> {
        let shape = distance.dims();
        let per_head = |value: &Param<Tensor<1>>| value.val().reshape([1, shape[1], 1, 1]);
        let logits = (distance * per_head(&self.log_sharpness).exp()).neg();
        let hidden = hidden.map(|hidden| expand_mask(hidden, shape));
        match &self.threshold {
            Some(threshold) => {
                let weights = sigmoid(logits - per_head(threshold));
                match hidden {
                    Some(hidden) => weights.mask_fill(hidden, 0.0),
                    None => weights,
                }
            }
            None => softmax(logits, hidden),
        }
    }
}

fn expand_mask(hidden: Tensor<3, Bool>, shape: [usize; 4]) -> Tensor<4, Bool> {
    let [batch, _, queries, keys] = shape;
    let [b, q, k] = hidden.dims();
    assert!(
        (b == batch || b == 1) && (q == queries || q == 1) && k == keys,
        "a mask is [{batch} or 1, {queries} or 1, {keys}], got shape {:?}",
        hidden.dims()
    );
    hidden.unsqueeze_dim::<4>(1).expand(shape)
}

/// The softmax over keys that are not hidden; zeros where all are.
fn softmax(logits: Tensor<4>, hidden: Option<Tensor<4, Bool>>) -> Tensor<4> {
    let logits = match &hidden {
        Some(hidden) => logits.mask_fill(hidden.clone(), HIDDEN),
        None => logits,
    };
    let largest = logits.clone().detach().max_dim(3);
    let weights = (logits - largest).exp();
    let weights = match hidden {
        Some(hidden) => weights.mask_fill(hidden, 0.0),
        None => weights,
    };
    let total = weights.clone().sum_dim(3);
    let none = total.clone().equal_elem(0.0);
    weights / total.mask_fill(none, 1.0)
}

/// Coordinates dealt out to heads: `[batch, sequence, d]` to `[batch, heads, sequence, d / heads]`.
pub(crate) fn split_heads(x: Tensor<3>, heads: usize) -> Tensor<4> {
    let [batch, sequence, d] = x.dims();
    x.reshape([batch, sequence, heads, d / heads])
        .swap_dims(1, 2)
}

/// Coordinates of all heads, one after the other: undoes [`split_heads`].
pub(crate) fn merge_heads(x: Tensor<4>) -> Tensor<3> {
    let [batch, heads, sequence, d] = x.dims();
    x.swap_dims(1, 2).reshape([batch, sequence, heads * d])
}

/// # Panics
/// If `d_model` is not a multiple of `heads`.
pub(crate) fn assert_heads(d_model: usize, heads: usize) {
    assert!(
        heads > 0 && d_model.is_multiple_of(heads) && d_model > 0,
        "the dimension of a model is a positive multiple of its heads, got {d_model} and {heads}"
    );
}

/// # Panics
/// If these are not queries, keys and values of points with `width` coordinates.
pub(crate) fn assert_sequences(
    query: &Tensor<3>,
    key: &Tensor<3>,
    value: &Tensor<3>,
    width: usize,
) {
    let [batch, _, _] = query.dims();
    let [_, keys, _] = key.dims();
    assert!(
        query.dims()[2] == width
            && key.dims() == [batch, keys, width]
            && value.dims() == [batch, keys, width],
        "attention takes points with {width} coordinates, [batch, queries, {width}] and as many keys \
         as values, got shapes {:?}, {:?} and {:?}",
        query.dims(),
        key.dims(),
        value.dims()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_close, varied, wave};
    use burn::tensor::Device;
    use geom_core::numerics::to_vec_f64;

    /// Rounding of a dozen operations on numbers of order one.
    const ROUNDING: f64 = 1e-14;

    fn focus(activation: AttentionActivation) -> HeadWeights {
        varied(HeadWeights::new(
            2,
            0.5,
            activation,
            (&Device::flex()).into(),
        ))
    }

    fn distance() -> Tensor<4> {
        wave([3, 2, 4, 5], 0.1).abs()
    }

    #[test]
    fn the_softmax_is_burns_over_the_keys_that_are_seen() {
        let focus = focus(AttentionActivation::Softmax);
        let seen = focus.forward(distance().narrow(3, 0, 3), None);
        let sharpness = focus.log_sharpness.val().exp().reshape([1, 2, 1, 1]);
        let logits = (distance().narrow(3, 0, 3) * sharpness).neg();
        assert_close(
            seen.clone(),
            burn::tensor::activation::softmax(logits, 3),
            ROUNDING,
        );
        let last_two = [[[false, false, false, true, true]]];
        let hidden = Tensor::<3, Bool>::from_data(last_two, &Device::flex());
        let all = focus.forward(distance(), Some(hidden));
        assert_close(all.clone().narrow(3, 0, 3), seen, 0.0);
        assert_eq!(to_vec_f64(all.narrow(3, 3, 2).abs().max()), [0.0]);
    }

    #[test]
    fn a_query_that_sees_no_key_has_weights_zero_and_finite_gradients() {
        let hidden = Tensor::<3, Bool>::from_data([[[true; 5]]], &Device::flex());
        for activation in [AttentionActivation::Softmax, AttentionActivation::Sigmoid] {
            let distance = distance().autodiff().require_grad();
            let focus = focus(activation).train();
            let weights = focus.forward(distance.clone(), Some(hidden.clone()));
            let gradients = weights.clone().sum().backward();
            assert_eq!(to_vec_f64(weights.abs().max()), [0.0]);
            let gradient = to_vec_f64(distance.grad(&gradients).expect("a leaf"));
            assert!(gradient.iter().all(|&g| g == 0.0), "{activation:?}");
        }
    }

    #[test]
    fn causal_masks_differ_by_query() {
        let focus = focus(AttentionActivation::Sigmoid);
        let later = (0..20).map(|at| at % 5 > at / 5).collect::<Vec<_>>();
        let later = burn::tensor::TensorData::new(later, [1, 4, 5]);
        let hidden = Tensor::<3, Bool>::from_data(later, &Device::flex());
        let weights = focus.forward(distance(), Some(hidden));
        for (at, weight) in to_vec_f64(weights).into_iter().enumerate() {
            let (query, key) = (at / 5 % 4, at % 5);
            assert_eq!(weight == 0.0, key > query, "{query} {key}");
        }
    }

    #[test]
    fn heads_that_are_split_merge_to_what_they_were() {
        let x = wave([2, 5, 6], 0.0);
        let heads = split_heads(x.clone(), 3);
        assert_eq!(heads.dims(), [2, 3, 5, 2]);
        let second = heads.clone().narrow(1, 1, 1).reshape([2, 5, 2]);
        assert_close(second, x.clone().narrow(2, 2, 2), 0.0);
        assert_close(merge_heads(heads), x, 0.0);
    }

    #[test]
    #[should_panic(expected = "a mask is [3 or 1, 4 or 1, 5], got shape [3, 5, 1]")]
    fn a_mask_of_another_shape_is_refused() {
        let hidden = Tensor::<3, Bool>::full([3, 5, 1], true, &Device::flex());
        focus(AttentionActivation::Softmax).forward(distance(), Some(hidden));
    }
}
