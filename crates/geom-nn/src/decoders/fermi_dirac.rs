//! The probability of a link by its length.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use geom_core::{Pointed, SettingError};

/// Settings of a [`FermiDirac`] decoder.
#[derive(Config, Copy, Debug)]
pub struct FermiDiracConfig {
    /// The squared distance at which a link is as likely as not.
    #[config(default = 2.0)]
    pub r: f64,
    /// The temperature: how softly the probability falls around `r`.
    #[config(default = 1.0)]
    pub t: f64,
}

impl FermiDiracConfig {
    /// The decoder; it has no weights and needs no device.
    ///
    /// # Panics
    /// If `r` is not finite or `t` not positive and finite; [`try_init`](Self::try_init) is for settings
    /// from outside.
    pub fn init(&self) -> FermiDirac {
        self.try_init().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The decoder, its settings checked.
    ///
    /// # Errors
    /// [`SettingError`] if `r` is not finite or `t` not positive and finite.
    pub fn try_init(&self) -> Result<FermiDirac, SettingError> {
        let Self { r, t } = *self;
        SettingError::check(r.is_finite(), "r", r, "a finite number")?;
        let holds = t.is_finite() && t > 0.0;
        SettingError::check(holds, "t", t, "a positive, finite number")?;
        Ok(FermiDirac { r, t })
    }
}

/// The probability of a link between two points, after the statistics of fermions.
///
/// $$ p(x, y) = \frac{1}{e^{(d(x, y)^2 - r)/t} + 1} $$
///
/// The *squared* distance is the form of the graph networks; Krioukov and others have the distance
/// itself. $r$ is therefore in units of squared distance.
///
/// # Numerics
/// A loss should take the [`logits`](Self::logits), for which nothing overflows:
/// [`link_prediction_loss`](crate::losses::link_prediction_loss). The gradient at coincident points
/// is 0, as it is for any squared distance.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Hyperboloid, numerics::to_vec_f64};
/// use geom_nn::decoders::FermiDiracConfig;
///
/// let device = Device::flex();
/// let decoder = FermiDiracConfig::new().init();
/// let space = Hyperboloid::new(1.0);
/// let x = space.exp0(Tensor::<2>::from_data([[0.0], [0.0]], &device));
/// let y = space.exp0(Tensor::<2>::from_data([[2f64.sqrt()], [3.0]], &device));
/// let logits = decoder.forward(&space, x, y);
/// assert!((to_vec_f64(logits)[1] + 7.0).abs() < 1e-5);
/// let p = decoder.probability(Tensor::<1>::from_data([2.0], &device)).into_scalar::<f32>();
/// assert!((p - 0.5).abs() < 1e-6);
/// ```
///
/// # References
/// Krioukov and others (2010), §IV; Chami, Ying, Ré, Leskovec (2019), §4.
#[derive(Module, Debug)]
pub struct FermiDirac {
    r: f64,
    t: f64,
}

impl FermiDirac {
    /// The squared distance at which a link is as likely as not.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// The temperature.
    pub fn t(&self) -> f64 {
        self.t
    }

    /// The logit of a link between each two points of `space`.
    ///
    /// # Shapes
    /// - `x`, `y`: points `[..., ambient]`, broadcast against each other
    /// - returns: `[..., 1]`
    pub fn forward<S: Pointed, const D: usize>(
        &self,
        space: &S,
        x: Tensor<D>,
        y: Tensor<D>,
    ) -> Tensor<D> {
        self.logits(space.distance(x, y).square())
    }

    /// The logits $(r - d^2)/t$ of squared distances of any shape.
    pub fn logits<const D: usize>(&self, squared_distance: Tensor<D>) -> Tensor<D> {
        squared_distance
            .neg()
            .add_scalar(self.r)
            .mul_scalar(1.0 / self.t)
    }

    /// The probabilities of squared distances of any shape.
    pub fn probability<const D: usize>(&self, squared_distance: Tensor<D>) -> Tensor<D> {
        sigmoid(self.logits(squared_distance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device};
    use geom_core::numerics::to_vec_f64;
    use geom_core::{Euclidean, Hyperboloid, PoincareBall};

    #[test]
    fn the_probability_is_that_of_the_formula() {
        let decoder = FermiDiracConfig::new().with_r(1.5).with_t(0.25).init();
        let squares = [0.0, 1.0, 1.5, 4.0];
        let tensor = Tensor::<1>::from_data(squares, (&Device::flex(), DType::F64));
        for (p, d2) in to_vec_f64(decoder.probability(tensor)).iter().zip(squares) {
            let expected = 1.0 / (((d2 - 1.5) / 0.25f64).exp() + 1.0);
            assert!((p - expected).abs() < 1e-15, "{p} is not {expected}");
        }
    }

    #[test]
    fn coincident_and_far_pairs_have_finite_logits_probabilities_and_gradients() {
        fn check<S: Pointed>(space: &S) {
            let device = Device::flex().autodiff();
            let decoder = FermiDiracConfig::new().init();
            for dtype in [DType::F32, DType::F64] {
                let v =
                    Tensor::<2>::from_data([[0.3, 0.0], [0.0, 0.0], [16.0, 0.0]], (&device, dtype));
                let w = Tensor::<2>::from_data(
                    [[0.3, 0.0], [0.0, 0.0], [0.0, -16.0]],
                    (&device, dtype),
                );
                let (v, w) = (v.require_grad(), w.require_grad());
                let logits = decoder.forward(space, space.exp0(v.clone()), space.exp0(w.clone()));
                assert_eq!(logits.dims(), [3, 1]);
                let gradients = logits.clone().sum().backward();
                for gradient in [v.grad(&gradients), w.grad(&gradients)] {
                    let gradient = to_vec_f64(gradient.unwrap());
                    assert!(gradient.iter().all(|slope| slope.is_finite()));
                    assert_eq!(gradient[..4], [0.0; 4], "coincident points do not move");
                }
                let logits = to_vec_f64(logits);
                assert!((logits[0] - 2.0).abs() < 1e-6 && logits[2] < -400.0);
            }
        }
        check(&Euclidean::new());
        check(&PoincareBall::new(1.0));
        check(&Hyperboloid::new(1.0));

        let device = Device::flex().autodiff();
        let far = Tensor::<1>::from_data([0.0, 1e30], &device).require_grad();
        let decoder = FermiDiracConfig::new().init();
        let probability = decoder.probability(far.clone());
        let gradient = far.grad(&probability.clone().sum().backward()).unwrap();
        assert_eq!(to_vec_f64(probability)[1], 0.0);
        assert_eq!(to_vec_f64(gradient)[1], 0.0);
    }

    #[test]
    fn a_temperature_that_is_not_positive_is_an_error() {
        for (r, t) in [(2.0, 0.0), (2.0, f64::NAN), (f64::INFINITY, 1.0)] {
            assert!(FermiDiracConfig { r, t }.try_init().is_err());
        }
    }
}
