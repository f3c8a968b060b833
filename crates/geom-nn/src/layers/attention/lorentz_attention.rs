//! Attention on the hyperboloid.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Bool, Tensor, TensorCreationOptions};
use geom_core::numerics::sinhc;
use geom_core::{Hyperboloid, Manifold};

use super::head_weights::{
    AttentionActivation, AttentionOutput, HeadWeights, assert_heads, assert_sequences, merge_heads,
    split_heads,
};
use crate::layers::centroid::Centroid;
use crate::layers::linear::lorentz_map::{LorentzMap, lift, space_part};
use crate::layers::slot::SlotFor;

/// Settings of a [`LorentzAttention`].
#[derive(Config, Debug)]
pub struct LorentzAttentionConfig {
    /// The dimension of queries, keys, values and results, whose points have one coordinate more.
    pub d_model: usize,
    /// The number of heads, which divides `d_model`.
    pub n_heads: usize,
    /// How weights come from distances.
    #[config(default = "AttentionActivation::Softmax")]
    pub activation: AttentionActivation,
    /// Whether the four linear maps have biases.
    #[config(default = true)]
    pub bias: bool,
}

impl LorentzAttentionConfig {
    /// Draws the weights; every $\tau$ starts at $1/\sqrt{d/h}$ and every $\gamma$ at 0.
    ///
    /// # Panics
    /// If `d_model` is not a multiple of `n_heads`.
    pub fn init<S: SlotFor<Hyperboloid>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> LorentzAttention<S> {
        assert_heads(self.d_model, self.n_heads);
        let options = options.into();
        let map = || LorentzMap::new(self.d_model, self.d_model, self.bias, &options);
        let sharpness = ((self.d_model / self.n_heads) as f64).sqrt().recip();
        LorentzAttention {
            space,
            query: map(),
            key: map(),
            value: map(),
            output: map(),
            focus: HeadWeights::new(self.n_heads, sharpness, self.activation, options.clone()),
        }
    }
}

/// Attention with several heads on the hyperboloid: queries look at keys by squared Lorentzian
/// distance, and get the Lorentz centroid of values.
///
/// $$ \mu_i = \frac{\sum_j w_{ij}v_j}{\sqrt c\\,\bigl\lvert\lVert\sum_j w_{ij}v_j\rVert_{\mathbb L}
///    \bigr\rvert}, \qquad
///    w_{ij} = f\bigl(\tau(\tfrac2c + 2\langle q_i, k_j\rangle_{\mathbb L}) - \gamma\bigr) $$
///
/// with $f$ an [`AttentionActivation`] and learned $\tau > 0$, $\gamma$ in every head; $\tau$ starts at
/// the $1/\sqrt n$ of the paper. Queries, keys and values come from linear maps of all coordinates,
/// after which the time component is recomputed, and the result of all heads goes through a fourth
/// such map. Heads share the space coordinates, each under a time component of its own; put together,
/// they get a common one.
///
/// For $c \to 0$ it is Euclidean attention with logits $-\tau\lVert q_i - k_j\rVert^2 - \gamma$ and mean
/// values: scaled dot-product attention that prefers short keys. Results do not depend on the order of
/// the keys, and move with that of the queries.
///
/// # Numerics
/// The squared distance is $\tfrac4c\sinh^2(\tfrac{\sqrt c}2 d(q, k))$, without the difference in the
/// formula, which cancels for close points. Distances and centroids need the coordinates of every
/// pair: `batch * queries * keys * d_model` numbers.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, Manifold};
/// use geom_nn::layers::LorentzAttentionConfig;
///
/// let device = Device::flex();
/// let space = Hyperboloid::new(1.0);
/// let attention = LorentzAttentionConfig::new(6, 2).init(space.clone(), &device);
/// let x = space.exp0(Tensor::<3>::ones([4, 5, 6], &device));
/// let output = attention.forward(x.clone(), x.clone(), x, None);
/// assert_eq!(output.context.dims(), [4, 5, 7]);
/// assert!(space.check_point(output.context).is_ok());
/// ```
///
/// # References
/// Chen et al. (2022), *Fully Hyperbolic Neural Networks*, eqs. 6 and 7; Law, Liao, Snell, Zemel
/// (2019), *Lorentzian Distance Learning for Hyperbolic Representations*.
#[derive(Module, Debug)]
pub struct LorentzAttention<S: SlotFor<Hyperboloid> = Hyperboloid> {
    /// The space of queries, keys, values and results.
    pub space: S,
    query: LorentzMap,
    key: LorentzMap,
    value: LorentzMap,
    output: LorentzMap,
    focus: HeadWeights,
}

impl LorentzAttention {
    /// The context of every query. Attention of a sequence to itself takes it three times.
    ///
    /// # Shapes
    /// - `query`: `[batch, queries, d_model + 1]`
    /// - `key`, `value`: `[batch, keys, d_model + 1]`
    /// - `hidden`: `[batch or 1, queries or 1, keys]`, true where a key is hidden from a query:
    ///   `[batch, 1, keys]` for padding, `[1, queries, keys]` for an order in time
    /// - returns: context `[batch, queries, d_model + 1]`, weights `[batch, n_heads, queries, keys]`
    ///
    /// # Numerics
    /// The context of a query that sees no key is the image of the origin.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn forward(
        &self,
        query: Tensor<3>,
        key: Tensor<3>,
        value: Tensor<3>,
        hidden: Option<Tensor<3, Bool>>,
    ) -> AttentionOutput {
        self.forward_in(&self.space, query, key, value, hidden)
    }
}

impl<S: SlotFor<Hyperboloid>> LorentzAttention<S> {
    /// [`forward`](Self::forward) on a hyperboloid that another module owns.
    pub fn forward_in(
        &self,
        space: &Hyperboloid,
        query: Tensor<3>,
        key: Tensor<3>,
        value: Tensor<3>,
        hidden: Option<Tensor<3, Bool>>,
    ) -> AttentionOutput {
        let [_, d_model] = self.query.weight.shape().dims();
        assert_sequences(&query, &key, &value, d_model + 1);
        let query = self.heads(space, &self.query, query);
        let key = self.heads(space, &self.key, key);
        let value = self.heads(space, &self.value, value);
        let pairs = |x: Tensor<4>, axis| x.unsqueeze_dim::<5>(axis);
        let distance = squared_distance(space, pairs(query, 3), pairs(key, 2));
        let weights = self.focus.forward(distance.squeeze_dim(4), hidden);
        let values = pairs(value, 2);
        let means = Centroid::centroid(space, values, pairs(weights.clone(), 4), 3);
        let means = space_part(means, d_model / self.focus.heads());
        let context = merge_heads(means.squeeze_dim(3));
        let context = self.output.forward(space, context);
        AttentionOutput {
            context: lift(space, context),
            weights,
        }
    }

    /// The points of every head, `[batch, heads, sequence, d_model / heads + 1]`.
    fn heads(&self, space: &Hyperboloid, map: &LorentzMap, x: Tensor<3>) -> Tensor<4> {
        let [_, d_model] = map.weight.shape().dims();
        let y = map.forward(space, space_part(x, d_model));
        lift(space, split_heads(y, self.focus.heads()))
    }
}

/// $-\tfrac2c - 2\langle x, y\rangle_{\mathbb L}$, `[..., 1]`.
fn squared_distance(space: &Hyperboloid, x: Tensor<5>, y: Tensor<5>) -> Tensor<5> {
    let c = space.curvature().coefficient(&x);
    let square = space.distance(x, y).square();
    let chord = sinhc(c.scale(square.clone()).mul_scalar(0.25));
    square * chord.square()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::attention::{
        ACTIVATIONS, check_hidden, check_order, padding, sequences,
    };
    use crate::layers::testing::{
        assert_close, check_edges, check_gradients, check_record, varied, wave,
    };
    use burn::tensor::{DType, Device};

    /// Rounding of a few hundred operations on numbers of order one.
    const ROUNDING: f64 = 1e-12;
    fn attention(hyperboloid: Hyperboloid, activation: AttentionActivation) -> LorentzAttention {
        let config = LorentzAttentionConfig::new(6, 3).with_activation(activation);
        varied(config.init(hyperboloid, &Device::flex()))
    }

    #[test]
    fn contexts_are_points_in_either_format() {
        let hyperboloid = Hyperboloid::new(0.7);
        for activation in ACTIVATIONS {
            let attention = attention(hyperboloid.clone(), activation);
            let [q, k, v] = sequences(&hyperboloid);
            let output = attention.forward(q, k, v, None);
            assert_eq!(output.context.dims(), [2, 5, 7]);
            assert!(hyperboloid.check_point(output.context).is_ok());
        }
        let attention =
            LorentzAttentionConfig::new(6, 3).init(hyperboloid.clone(), &Device::flex());
        let [q, k, v] = sequences(&hyperboloid).map(|x| x.cast(DType::F32));
        let output = attention.forward(q, k, v, Some(padding()));
        assert!(hyperboloid.check_point(output.context).is_ok());
    }

    #[test]
    fn logits_are_those_of_the_minkowski_product() {
        let c = 0.7;
        let hyperboloid = Hyperboloid::new(c);
        let x = hyperboloid.exp0(wave([2, 1, 3, 1, 4], 0.0));
        let y = hyperboloid.exp0(wave([2, 1, 1, 5, 4], 0.4));
        let shape = [2, 1, 3, 5, 5];
        let inner = hyperboloid.minkowski_inner(x.clone().expand(shape), y.clone().expand(shape));
        let textbook = inner.mul_scalar(-2.0).sub_scalar(2.0 / c);
        assert_close(squared_distance(&hyperboloid, x, y), textbook, ROUNDING);
    }

    #[test]
    fn without_curvature_it_is_attention_by_squared_distance() {
        // The time component of vectors of order one rises by √c/2.
        const CURVATURE: f64 = 1e-4;
        let hyperboloid = Hyperboloid::new(1e-10);
        for activation in ACTIVATIONS {
            let attention = attention(hyperboloid.clone(), activation);
            let inputs = sequences(&hyperboloid);
            let linear = |map: &LorentzMap, x: Tensor<3>| {
                let bias = map.bias.as_ref().expect("by default").val();
                let weight = map.weight.val().narrow(0, 1, 6);
                x.matmul(weight.unsqueeze()) + bias.unsqueeze()
            };
            let [q, k, v] = [
                (&attention.query, &inputs[0]),
                (&attention.key, &inputs[1]),
                (&attention.value, &inputs[2]),
            ]
            .map(|(map, x)| split_heads(linear(map, hyperboloid.log0(x.clone())), 3));
            let apart: Tensor<5> = q.unsqueeze_dim::<5>(3) - k.unsqueeze_dim::<5>(2);
            let distance = apart.square().sum_dim(4).squeeze_dim::<4>(4);
            let weights = attention.focus.forward(distance, None);
            let total = weights.clone().sum_dim(3);
            let context = merge_heads((weights / total).matmul(v));
            let expected = linear(&attention.output, context);
            let [q, k, v] = inputs;
            let context = attention.forward(q, k, v, None).context;
            assert_close(hyperboloid.log0(context), expected, CURVATURE);
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_that_of_queries_is_kept() {
        let hyperboloid = Hyperboloid::new(0.7);
        for activation in ACTIVATIONS {
            let attention = attention(hyperboloid.clone(), activation);
            check_order(&hyperboloid, |[q, k, v], hidden| {
                attention.forward(q, k, v, hidden)
            });
        }
    }

    #[test]
    fn a_hidden_key_changes_nothing() {
        let hyperboloid = Hyperboloid::new(0.7);
        for activation in ACTIVATIONS {
            let attention = attention(hyperboloid.clone(), activation);
            check_hidden(&hyperboloid, |[q, k, v], hidden| {
                attention.forward(q, k, v, hidden)
            });
        }
    }

    #[test]
    fn a_query_that_sees_no_key_gets_the_image_of_the_origin() {
        let hyperboloid = Hyperboloid::new(0.7);
        let attention = attention(hyperboloid.clone(), AttentionActivation::Sigmoid);
        let [q, k, v] = sequences(&hyperboloid);
        let nothing = Tensor::<3, Bool>::full([1, 1, 4], true, &Device::flex());
        let context = attention.forward(q, k, v, Some(nothing)).context;
        let image = attention
            .output
            .forward(&hyperboloid, wave([2, 5, 6], 0.0).zeros_like());
        assert_close(context, lift(&hyperboloid, image), ROUNDING);
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        for activation in ACTIVATIONS {
            let hyperboloid = Hyperboloid::learnable(0.7, &Device::flex());
            let attention = attention(hyperboloid, activation);
            check_gradients(attention.train(), wave([2, 4, 6], 0.2), |attention, v| {
                let x = attention.space.exp0(v);
                let output = attention.forward(x.clone(), x.clone(), x, Some(padding()));
                output.context
            });
        }
    }

    #[test]
    fn values_and_gradients_are_finite_from_the_origin_to_the_edge() {
        for activation in ACTIVATIONS {
            let hyperboloid = Hyperboloid::learnable(0.7, &Device::flex());
            let config = LorentzAttentionConfig::new(6, 3).with_activation(activation);
            let attention = config.init(hyperboloid, &Device::flex());
            check_edges(&attention, [2, 4, 6], |attention, v| {
                let x = attention.space.exp0(v);
                let output = attention.forward(x.clone(), x.clone(), x, Some(padding()));
                let context = output.context;
                assert!(attention.space.check_point(context.clone()).is_ok());
                context
            });
        }
    }

    #[test]
    fn records_bring_it_back() {
        let device = Device::flex();
        let config = LorentzAttentionConfig::new(6, 3);
        let init = || config.init(Hyperboloid::learnable(0.7, &device), &device);
        check_record(init, |attention| {
            let [q, k, v] = sequences(&attention.space);
            attention.forward(q, k, v, None).context
        });
    }
}
