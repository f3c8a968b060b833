//! A space that is chosen at run time.

use burn::module::Module;
use burn::tensor::Tensor;
use geom_core::{Euclidean, Hyperboloid, PoincareBall, Stereographic};

use super::OriginChart;

/// A space of constant curvature, or a product of such, known at run time: what a configuration file
/// or a command line names.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_nn::spaces::{OriginChart, SpaceConfig};
///
/// let config: SpaceConfig = "product:poincare=2,euclidean=3".parse().unwrap();
/// let space = config.init(1.0, false, &Device::flex()).unwrap();
/// let x = space.exp0(Tensor::<2>::ones([4, 5], &Device::flex()));
/// assert_eq!(x.dims(), [4, 5]);
/// ```
#[derive(Module, Debug)]
// A space is a few words, and a box per layer would cost an allocation for nothing.
#[allow(clippy::large_enum_variant)]
pub enum Space {
    /// [`Euclidean`].
    Euclidean(Euclidean),
    /// [`PoincareBall`].
    PoincareBall(PoincareBall),
    /// [`Hyperboloid`].
    Hyperboloid(Hyperboloid),
    /// [`Stereographic`].
    Stereographic(Stereographic),
    /// Several of them side by side.
    Product(ProductSpace),
}

/// Spaces side by side: coordinates are those of the factors, one after the other, and
/// $d(x, y)^2 = \sum_k d_k(x_k, y_k)^2$.
///
/// # References
/// Gu, Sala, Gunel, Ré (2019), *Learning Mixed-Curvature Representations in Product Spaces*, §3.
#[derive(Module, Debug)]
pub struct ProductSpace {
    pub(super) factors: Vec<Space>,
    pub(super) dims: Vec<usize>,
}

/// Evaluates `$call` with `$space` bound to the space inside.
macro_rules! inside {
    ($any:expr, $space:ident => $call:expr) => {
        match $any {
            Space::Euclidean($space) => $call,
            Space::PoincareBall($space) => $call,
            Space::Hyperboloid($space) => $call,
            Space::Stereographic($space) => $call,
            Space::Product($space) => $call,
        }
    };
}

impl OriginChart for Space {
    fn ambient_dim(&self, dim: usize) -> usize {
        inside!(self, space => OriginChart::ambient_dim(space, dim))
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::exp0(space, v))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::log0(space, x))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::translate(space, x, v))
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::distance(space, x, y))
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::exp(space, x, v))
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        inside!(self, space => OriginChart::log(space, x, y))
    }
}

impl ProductSpace {
    /// The parts of `x` that belong to the factors, each of `width(factor, dim)` coordinates.
    fn parts<const D: usize>(
        &self,
        x: Tensor<D>,
        width: impl Fn(&Space, usize) -> usize,
    ) -> Vec<Tensor<D>> {
        let mut start = 0;
        self.factors
            .iter()
            .zip(&self.dims)
            .map(|(space, &dim)| {
                let part = x.clone().narrow(D - 1, start, width(space, dim));
                start += width(space, dim);
                part
            })
            .collect()
    }

    fn vectors<const D: usize>(&self, v: Tensor<D>) -> Vec<Tensor<D>> {
        self.parts(v, |_, dim| dim)
    }

    fn points<const D: usize>(&self, x: Tensor<D>) -> Vec<Tensor<D>> {
        self.parts(x, |space, dim| space.ambient_dim(dim))
    }

    /// `map` in every factor.
    fn each<const D: usize>(
        &self,
        x: Vec<Tensor<D>>,
        y: Vec<Tensor<D>>,
        map: impl Fn(&Space, Tensor<D>, Tensor<D>) -> Tensor<D>,
    ) -> Tensor<D> {
        let pairs = x.into_iter().zip(y);
        let parts = self.factors.iter().zip(pairs);
        Tensor::cat(
            parts.map(|(space, (x, y))| map(space, x, y)).collect(),
            D - 1,
        )
    }
}

impl OriginChart for ProductSpace {
    /// # Panics
    /// If `dim` is not the sum of the factors' dimensions.
    fn ambient_dim(&self, dim: usize) -> usize {
        let sum: usize = self.dims.iter().sum();
        assert_eq!(dim, sum, "dimension of a product space");
        let parts = self.factors.iter().zip(&self.dims);
        parts.map(|(space, &dim)| space.ambient_dim(dim)).sum()
    }

    fn exp0<const D: usize>(&self, v: Tensor<D>) -> Tensor<D> {
        let v = self.vectors(v);
        self.each(v.clone(), v, |space, v, _| space.exp0(v))
    }

    fn log0<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let x = self.points(x);
        self.each(x.clone(), x, |space, x, _| space.log0(x))
    }

    fn translate<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.each(self.points(x), self.vectors(v), Space::translate)
    }

    fn distance<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let parts = self.each(self.points(x), self.points(y), Space::distance);
        geom_core::numerics::norm(parts)
    }

    fn exp<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.each(self.points(x), self.points(v), OriginChart::exp)
    }

    fn log<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        self.each(self.points(x), self.points(y), OriginChart::log)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::testing::{assert_equal, normal};
    use crate::spaces::SpaceConfig;
    use burn::tensor::DType;
    use burn::tensor::Device;

    #[test]
    fn a_product_measures_the_root_of_the_sum_of_squares() {
        let device = Device::flex();
        let config: SpaceConfig = "product:hyperboloid=2,euclidean=3".parse().unwrap();
        let space = config.init(1.0, false, &device).unwrap();
        let [v, w]: [Tensor<2>; 2] = [1, 2].map(|seed| normal([6, 5], 0.5, seed, DType::F64));
        let [x, y] = [v.clone(), w.clone()].map(|v| space.exp0(v));
        assert_eq!(x.dims(), [6, 6]);
        let hyperboloid = Hyperboloid::new(1.0);
        let first = OriginChart::distance(
            &hyperboloid,
            x.clone().narrow(1, 0, 3),
            y.clone().narrow(1, 0, 3),
        );
        let second = (v - w).narrow(1, 2, 3).square().sum_dim(1);
        let expected = (first.square() + second).sqrt();
        assert_equal(space.distance(x, y), expected);
    }
}
