//! Whose space a layer computes in.

use burn::module::{Module, ModuleDisplay};
use geom_core::Pointed;

/// What a layer holds as its `space`: a manifold of its own, or [`Borrowed`].
///
/// A layer that owns its space has `forward`. Every layer with weights has `forward_in` besides, which
/// takes the space as its first argument, and is all that a layer has whose space is [`Borrowed`].
pub trait SpaceSlot: Module + ModuleDisplay {}

impl<M: Pointed> SpaceSlot for M {}

impl SpaceSlot for Borrowed {}

/// What a layer of one model of space holds as its `space`: that manifold, or [`Borrowed`].
pub trait SlotFor<M>: SpaceSlot {}

impl<M: Pointed> SlotFor<M> for M {}

impl<M: Pointed> SlotFor<M> for Borrowed {}

/// In the place of a space that a layer does not own: it is given one in each `forward_in`.
///
/// A learnable curvature has one owner, as two clones of it would be two values under one parameter id.
/// The owner lends it: a table of points to its classifier, a model to all of its layers.
///
/// # Examples
/// ```
/// use burn::module::Module;
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ManifoldParam, PoincareBall, Pointed, check_unique_parameters};
/// use geom_nn::layers::{Borrowed, UnidirectionalMlr, UnidirectionalMlrConfig};
///
/// /// A table of points and its classifier, with one curvature.
/// #[derive(Module, Debug)]
/// struct Model {
///     points: ManifoldParam<2, PoincareBall>,
///     classes: UnidirectionalMlr<Borrowed>,
/// }
///
/// let device = Device::flex();
/// let ball = PoincareBall::learnable(1.0, &device);
/// let model = Model {
///     points: ManifoldParam::new(ball.exp0(Tensor::ones([5, 2], &device)), ball),
///     classes: UnidirectionalMlrConfig::new(2, 3).init(Borrowed, &device),
/// };
/// assert_eq!(check_unique_parameters(&model), Ok(()));
/// let logits = model.classes.forward_in(model.points.manifold(), model.points.val());
/// assert_eq!(logits.dims(), [5, 3]);
/// ```
#[derive(Module, Debug, Default)]
pub struct Borrowed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_equal, check_gradients, varied, wave};
    use crate::layers::{
        GaneaMlrConfig, LorentzAttentionConfig, LorentzConv2dConfig, LorentzLinear,
        LorentzLinearConfig, LorentzMlr, LorentzMlrConfig, ManifoldBiasConfig, ManifoldGruConfig,
        ManifoldLayerNormConfig, PoincareConv2dConfig, PoincareLinearConfig, TangentLinear,
        TangentLinearConfig, UnidirectionalMlrConfig,
    };
    use burn::tensor::{Device, Tensor};
    use geom_core::{Hyperboloid, PoincareBall, Stereographic, check_unique_parameters};

    /// Holds a layer without a space of its own to the one that owns it: `$owner` and `$borrower` have
    /// the weights of [`varied`].
    macro_rules! assert_same {
        ($config:expr, $space:expr, $($argument:expr),+) => {{
            let (device, space) = (Device::flex(), $space);
            let owner = varied($config.init(space.clone(), &device));
            let borrower = varied($config.init(Borrowed, &device));
            assert_equal(
                owner.forward($($argument.clone()),+),
                borrower.forward_in(&space, $($argument.clone()),+),
            );
        }};
    }

    #[test]
    fn a_layer_computes_in_a_borrowed_space_what_it_does_in_its_own() {
        let (ball, hyperboloid) = (PoincareBall::new(0.7), Hyperboloid::new(0.7));
        let v: Tensor<2> = wave([5, 3], 0.1);
        let (x, y) = (ball.exp0(v.clone()), hyperboloid.exp0(v));
        assert_same!(TangentLinearConfig::new(3, 2), ball.clone(), x);
        assert_same!(ManifoldBiasConfig::new(3), hyperboloid.clone(), y);
        assert_same!(ManifoldLayerNormConfig::new(3), hyperboloid.clone(), y);
        assert_same!(PoincareLinearConfig::new(3, 2), ball.clone(), x);
        assert_same!(UnidirectionalMlrConfig::new(3, 2), ball.clone(), x);
        assert_same!(GaneaMlrConfig::new(3, 2), ball.clone(), x);
        assert_same!(GaneaMlrConfig::new(3, 2), Stereographic::new(0.3), x);
        assert_same!(LorentzLinearConfig::new(3, 2), hyperboloid.clone(), y);
        assert_same!(LorentzMlrConfig::new(3, 2), hyperboloid.clone(), y);
        let words: Tensor<3> = hyperboloid.exp0(wave([2, 4, 3], 0.3));
        assert_same!(
            ManifoldGruConfig::new(3, 2),
            hyperboloid.clone(),
            words,
            None
        );
        let images: Tensor<4> = wave([1, 3, 3, 2], 0.5);
        let config = PoincareConv2dConfig::new(2, 3, [2, 2]);
        assert_same!(config, ball.clone(), ball.exp0(images.clone()));
        let config = LorentzConv2dConfig::new(2, 3, [2, 2]);
        assert_same!(
            config,
            hyperboloid.clone(),
            hyperboloid.exp0(images.clone())
        );
        let attention = LorentzAttentionConfig::new(4, 2);
        let device = Device::flex();
        let owner = varied(attention.init(hyperboloid.clone(), &device));
        let borrower = varied(attention.init(Borrowed, &device));
        let words: Tensor<3> = hyperboloid.exp0(wave([2, 5, 4], 0.3));
        let [q, k, v] = [(); 3].map(|()| words.clone());
        let expected = owner.forward(q.clone(), k.clone(), v.clone(), None).context;
        let lent = borrower.forward_in(&hyperboloid, q, k, v, None).context;
        assert_equal(lent, expected);
    }

    /// Two layers and a classifier with one curvature.
    #[derive(Module, Debug)]
    struct Shared {
        space: Hyperboloid,
        first: TangentLinear<Borrowed>,
        second: LorentzLinear<Borrowed>,
        classes: LorentzMlr<Borrowed>,
    }

    #[test]
    fn one_curvature_gets_the_gradient_of_all_that_borrow_it() {
        let device = Device::flex();
        let model = Shared {
            space: Hyperboloid::learnable(0.7, &device),
            first: TangentLinearConfig::new(3, 2).init(Borrowed, &device),
            second: LorentzLinearConfig::new(2, 2).init(Borrowed, &device),
            classes: LorentzMlrConfig::new(2, 2).init(Borrowed, &device),
        };
        assert_eq!(check_unique_parameters(&model), Ok(()));
        let v: Tensor<2> = wave([5, 3], 0.1);
        check_gradients(varied(model).train(), v, |model, v| {
            let space = &model.space;
            let x = model.first.forward_in(space, space.exp0(v));
            model
                .classes
                .forward_in(space, model.second.forward_in(space, x))
        });
    }

    #[test]
    fn layers_made_with_clones_of_one_curvature_are_found() {
        let device = Device::flex();
        let ball = PoincareBall::learnable(1.0, &device);
        let layer = || TangentLinearConfig::new(2, 2).init(ball.clone(), &device);
        let error = check_unique_parameters(&vec![layer(), layer()]).unwrap_err();
        assert!(error.first.starts_with("0.space."), "{error}");
        assert!(error.second.starts_with("1.space."), "{error}");
    }
}
