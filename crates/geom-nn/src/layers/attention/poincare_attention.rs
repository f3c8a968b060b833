//! Attention on the Poincaré ball.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Bool, Tensor, TensorCreationOptions};
use geom_core::{Gyrovector, Manifold, PoincareBall};

use super::head_weights::{
    AttentionActivation, AttentionOutput, HeadWeights, assert_heads, assert_sequences, merge_heads,
    split_heads,
};
use crate::layers::combine::beta::rescale;
use crate::layers::linear::tangent_map::TangentMap;
use crate::layers::slot::SlotFor;

/// Settings of a [`PoincareAttention`].
#[derive(Config, Debug)]
pub struct PoincareAttentionConfig {
    /// The dimension of queries, keys, values and results.
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

impl PoincareAttentionConfig {
    /// Draws the weights; every $\tau$ starts at 1 and every $\gamma$ at 0.
    ///
    /// # Panics
    /// If `d_model` is not a multiple of `n_heads`.
    pub fn init<S: SlotFor<PoincareBall>>(
        &self,
        space: S,
        options: impl Into<TensorCreationOptions>,
    ) -> PoincareAttention<S> {
        assert_heads(self.d_model, self.n_heads);
        let options = options.into();
        let map = || TangentMap::new(self.d_model, self.d_model, self.bias, &options);
        PoincareAttention {
            space,
            query: map(),
            key: map(),
            value: map(),
            output: map(),
            focus: HeadWeights::new(self.n_heads, 1.0, self.activation, options.clone()),
        }
    }
}

/// Attention with several heads on the Poincaré ball: queries look at keys by distance, and get the
/// weighted gyro-midpoint of values.
///
/// $$ c_i = \tfrac12 \otimes \frac{\sum_j w_{ij}\lambda_{v_j}v_j}{\sum_j w_{ij}(\lambda_{v_j} - 1)},
///    \qquad w_{ij} = f\bigl(-\tau\\,d(q_i, k_j) - \gamma\bigr) $$
///
/// with $f$ an [`AttentionActivation`] and learned $\tau > 0$, $\gamma$ in every head. Queries, keys
/// and values come from $x \mapsto W \otimes x \oplus \exp_0(b)$, and the result of all heads goes
/// through a fourth such map. Heads are dealt out by the β-split and put together by the
/// β-concatenation: coordinates of $\log_0$, divided and multiplied by $\beta_d/\beta_{d/h}$ with
/// $\beta_n = \mathrm B(\tfrac n2, \tfrac12)$, so that points of a head lie as far out as those of the
/// model.
///
/// For $c \to 0$ it is Euclidean attention with logits
/// $-2\tau\\,\tfrac{\beta_{d/h}}{\beta_d}\lVert q_i - k_j\rVert - \gamma$ and mean values; the 2 is the
/// unit of length of the ball. Results do not depend on the order of the keys, and move with that of
/// the queries.
///
/// # Numerics
/// Distances are exact to rounding for close points and for points at the edge alike, and so are
/// midpoints; for that, both need the coordinates of every pair:
/// `batch * queries * keys * d_model` numbers.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Manifold, PoincareBall};
/// use geom_nn::layers::PoincareAttentionConfig;
///
/// let device = Device::flex();
/// let ball = PoincareBall::new(1.0);
/// let attention = PoincareAttentionConfig::new(6, 2).init(ball.clone(), &device);
/// let x = ball.project(Tensor::<3>::ones([4, 5, 6], &device).mul_scalar(0.1));
/// // The last word of every sequence is padding.
/// let padding = Tensor::from_data([[[false, false, false, false, true]]], &device);
/// let output = attention.forward(x.clone(), x.clone(), x, Some(padding));
/// assert!(ball.check_point(output.context).is_ok());
/// assert_eq!(output.weights.dims(), [4, 2, 5, 5]);
/// ```
///
/// # References
/// Shimizu, Mukuta, Harada (2021), *Hyperbolic Neural Networks++*, §3.3, §3.5; Gulcehre et al. (2019),
/// *Hyperbolic Attention Networks*, for weights by distance.
#[derive(Module, Debug)]
pub struct PoincareAttention<S: SlotFor<PoincareBall> = PoincareBall> {
    /// The space of queries, keys, values and results.
    pub space: S,
    query: TangentMap,
    key: TangentMap,
    value: TangentMap,
    output: TangentMap,
    focus: HeadWeights,
}

impl PoincareAttention {
    /// The context of every query. Attention of a sequence to itself takes it three times.
    ///
    /// # Shapes
    /// - `query`: `[batch, queries, d_model]`
    /// - `key`, `value`: `[batch, keys, d_model]`
    /// - `hidden`: `[batch or 1, queries or 1, keys]`, true where a key is hidden from a query:
    ///   `[batch, 1, keys]` for padding, `[1, queries, keys]` for an order in time
    /// - returns: context `[batch, queries, d_model]`, weights `[batch, n_heads, queries, keys]`
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

impl<S: SlotFor<PoincareBall>> PoincareAttention<S> {
    /// [`forward`](Self::forward) on a ball that another module owns.
    pub fn forward_in(
        &self,
        space: &PoincareBall,
        query: Tensor<3>,
        key: Tensor<3>,
        value: Tensor<3>,
        hidden: Option<Tensor<3, Bool>>,
    ) -> AttentionOutput {
        let [width, _] = self.query.weight.shape().dims();
        assert_sequences(&query, &key, &value, width);
        let query = self.split(space, self.query.forward(space, query));
        let key = self.split(space, self.key.forward(space, key));
        let value = self.split(space, self.value.forward(space, value));
        let pairs = |x: Tensor<4>, axis| x.unsqueeze_dim::<5>(axis);
        let distance = space
            .distance(pairs(query, 3), pairs(key, 2))
            .squeeze_dim(4);
        let weights = self.focus.forward(distance, hidden);
        let means = space.weighted_midpoint(pairs(value, 2), pairs(weights.clone(), 4), 3);
        let context = self.merge(space, means.squeeze_dim(3));
        AttentionOutput {
            context: self.output.forward(space, context),
            weights,
        }
    }

    fn split(&self, space: &PoincareBall, x: Tensor<3>) -> Tensor<4> {
        let heads = self.focus.heads();
        let v = space.log0(x);
        let d = v.dims()[2];
        space.exp0(split_heads(rescale(v, d, d / heads), heads))
    }

    fn merge(&self, space: &PoincareBall, x: Tensor<4>) -> Tensor<3> {
        let v = merge_heads(space.log0(x));
        let d = v.dims()[2];
        space.exp0(rescale(v, d / self.focus.heads(), d))
    }
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
    fn attention(ball: PoincareBall, activation: AttentionActivation) -> PoincareAttention {
        let config = PoincareAttentionConfig::new(6, 3).with_activation(activation);
        varied(config.init(ball, &Device::flex()))
    }

    #[test]
    fn contexts_are_points_in_either_format() {
        let ball = PoincareBall::new(0.7);
        for activation in ACTIVATIONS {
            let attention = attention(ball.clone(), activation);
            let [q, k, v] = sequences(&ball);
            let output = attention.forward(q, k, v, None);
            assert_eq!(output.context.dims(), [2, 5, 6]);
            assert!(ball.check_point(output.context).is_ok());
        }
        let attention = PoincareAttentionConfig::new(6, 3).init(ball.clone(), &Device::flex());
        let [q, k, v] = sequences(&ball).map(|x| x.cast(DType::F32));
        let output = attention.forward(q, k, v, Some(padding()));
        assert!(ball.check_point(output.context).is_ok());
    }

    #[test]
    fn without_curvature_it_is_attention_by_distance() {
        // For vectors of order one and a curvature of 1e-6.
        const CURVATURE: f64 = 1e-4;
        let ball = PoincareBall::new(1e-6);
        for activation in ACTIVATIONS {
            let attention = attention(ball.clone(), activation);
            let inputs = sequences(&ball);
            let linear = |map: &TangentMap, x: Tensor<3>| {
                let bias = map.bias.as_ref().expect("by default").val();
                x.matmul(map.weight.val().unsqueeze()) + bias.unsqueeze()
            };
            let [q, k, v] = [
                (&attention.query, &inputs[0]),
                (&attention.key, &inputs[1]),
                (&attention.value, &inputs[2]),
            ]
            .map(|(map, x)| split_heads(linear(map, x.clone()), 3));
            // B(1, 1/2) = 2 and B(3, 1/2) = 16/15.
            let unit = 2.0 * 2.0 / (16.0 / 15.0);
            let apart: Tensor<5> = q.unsqueeze_dim::<5>(3) - k.unsqueeze_dim::<5>(2);
            let distance = apart.square().sum_dim(4).sqrt().squeeze_dim::<4>(4);
            let weights = attention.focus.forward(distance.mul_scalar(unit), None);
            let total = weights.clone().sum_dim(3);
            let context = merge_heads((weights / total).matmul(v));
            let expected = linear(&attention.output, context);
            let [q, k, v] = inputs;
            let context = attention.forward(q, k, v, None).context;
            assert_close(context, expected, CURVATURE);
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_that_of_queries_is_kept() {
        let ball = PoincareBall::new(0.7);
        for activation in ACTIVATIONS {
            let attention = attention(ball.clone(), activation);
            check_order(&ball, |[q, k, v], hidden| {
                attention.forward(q, k, v, hidden)
            });
        }
    }

    #[test]
    fn a_hidden_key_changes_nothing() {
        let ball = PoincareBall::new(0.7);
        for activation in ACTIVATIONS {
            let attention = attention(ball.clone(), activation);
            check_hidden(&ball, |[q, k, v], hidden| {
                attention.forward(q, k, v, hidden)
            });
        }
    }

    #[test]
    fn a_query_that_sees_no_key_gets_the_image_of_the_origin() {
        let ball = PoincareBall::new(0.7);
        let attention = attention(ball.clone(), AttentionActivation::Softmax);
        let [q, k, v] = sequences(&ball);
        let nothing = Tensor::<3, Bool>::full([1, 1, 4], true, &Device::flex());
        let context = attention.forward(q.clone(), k, v, Some(nothing)).context;
        let expected = attention.output.forward(&ball, q.zeros_like());
        assert_close(context, expected, ROUNDING);
    }

    #[test]
    fn gradients_are_derivatives_that_of_the_curvature_too() {
        for activation in ACTIVATIONS {
            let ball = PoincareBall::learnable(0.7, &Device::flex());
            let attention = attention(ball, activation);
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
            let ball = PoincareBall::learnable(0.7, &Device::flex());
            let config = PoincareAttentionConfig::new(6, 3).with_activation(activation);
            let attention = config.init(ball, &Device::flex());
            check_edges(&attention, [2, 4, 6], |attention, v| {
                let x = attention.space.exp0(v);
                let output = attention.forward(x.clone(), x.clone(), x, Some(padding()));
                assert!(attention.space.check_point(output.context.clone()).is_ok());
                output.context
            });
        }
    }

    #[test]
    fn records_bring_it_back() {
        let device = Device::flex();
        let config = PoincareAttentionConfig::new(6, 3);
        let init = || config.init(PoincareBall::learnable(0.7, &device), &device);
        check_record(init, |attention| {
            let [q, k, v] = sequences(&attention.space);
            attention.forward(q, k, v, None).context
        });
    }

    #[test]
    #[should_panic(expected = "a positive multiple of its heads, got 6 and 4")]
    fn heads_that_do_not_divide_the_dimension_are_refused() {
        PoincareAttentionConfig::new(6, 4).init(PoincareBall::new(1.0), &Device::flex());
    }

    #[test]
    #[should_panic(expected = "as many keys as values")]
    fn more_keys_than_values_are_refused() {
        let ball = PoincareBall::new(1.0);
        let [q, k, _] = sequences(&ball);
        attention(ball, AttentionActivation::Softmax).forward(q.clone(), k, q, None);
    }
}
