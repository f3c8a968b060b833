//! The gyrovector calculus of the stereographic models.

use burn::tensor::Tensor;
use geom_macros::half_precision;

use crate::gyro::domain::{at_infinity, quotient};
use crate::gyro::hyperplane;
use crate::gyro::midpoint::{NegativeWeight, midpoint};
use crate::gyro::separation::Point;
use crate::gyro::stereographic;
use crate::manifold::pointed::Pointed;
use crate::metric::Coefficient;
use crate::numerics::{mask_select, norm, squared_norm};

/// The gyrovector operations of the stereographic models of constant curvature $\kappa$: vector
/// algebra with Möbius addition in the place of $+$.
///
/// For $\kappa = 0$ every operation is the one of vector spaces, and each is smooth in $\kappa$
/// there. Points and vectors are `[..., d]` and broadcast; scalars per point are `[..., 1]`.
/// $\ominus x$ is $-x$.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{Gyrovector, Manifold, Stereographic};
///
/// let sphere = Stereographic::new(1.0);
/// let x = Tensor::<1>::from_floats([0.3, 0.4], &Device::flex());
/// let y = Tensor::<1>::from_floats([-0.2, 0.6], &Device::flex());
/// let sum = sphere.mobius_add(x.clone(), y.clone());
/// let rest = sphere.mobius_add(x.clone().neg(), sum) - y;
/// assert!(rest.abs().max().into_scalar::<f32>() < 1e-6);
/// let double = sphere.mobius_scalar_mul(2.0, x.clone()) - sphere.mobius_add(x.clone(), x);
/// assert!(double.abs().max().into_scalar::<f32>() < 1e-6);
/// ```
///
/// # References
/// Ungar (2008), *A Gyrovector Space Approach to Hyperbolic Geometry*; Ganea, Bécigneul, Hofmann
/// (2018), *Hyperbolic Neural Networks*, §2–3; Bachmann, Bécigneul, Ganea (2020), *Constant Curvature
/// Graph Convolutional Networks*, §2–3, for both signs.
#[half_precision]
pub trait Gyrovector: Pointed {
    /// The curvature $\kappa$, signed, as a factor for tensors like `x`.
    fn curvature_coefficient<const D: usize>(&self, x: &Tensor<D>) -> Coefficient<Tensor<D>>;

    /// The conformal factor $\lambda_x = 2/(1 + \kappa\lVert x\rVert^2)$, `[..., 1]`.
    fn conformal_factor<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        Point::new(&kappa, x).alpha.recip().mul_scalar(2.0)
    }

    /// Möbius addition
    ///
    /// $$ x \oplus y = \frac{(1 - 2\kappa\langle x, y\rangle - \kappa\lVert y\rVert^2)x
    ///                        + (1 + \kappa\lVert x\rVert^2)y}
    ///                      {1 - 2\kappa\langle x, y\rangle + \kappa^2\lVert x\rVert^2\lVert y\rVert^2} $$
    ///
    /// The point where the geodesic of $y$, translated along that of $x$, ends:
    /// $x \oplus y = \exp_x\bigl(\tfrac{2}{\lambda_x}\log_0(y)\bigr)$.
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), eq. 4; Bachmann, Bécigneul, Ganea (2020), §2.
    fn mobius_add<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let [x, y] = [x, y].map(|x| Point::new(&kappa, x));
        stereographic::add(&kappa, x, &y)
    }

    /// Möbius subtraction $x \ominus y = x \oplus (-y)$.
    ///
    /// # Numerics
    /// Evaluated as $-((-x) \oplus y)$ from the difference $y - x$, so that close points keep their
    /// relative precision.
    fn mobius_sub<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let [x, y] = [x, y].map(|x| Point::new(&kappa, x));
        stereographic::subtract(&kappa, x, y)
    }

    /// The gyration $\operatorname{gyr}[x, y]\\,v = \ominus(x\oplus y)\oplus(x\oplus(y\oplus v))$, a
    /// rotation of $v$: what Möbius addition lacks to be associative and commutative.
    ///
    /// # References
    /// Ungar (2008), §3.4.
    fn gyration<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let [x, y] = [x, y].map(|x| Point::new(&kappa, x));
        stereographic::gyration(&kappa, &y.negated(), &x, v)
    }

    /// Möbius coaddition, which is commutative:
    ///
    /// $$ x \boxplus y = x \oplus \operatorname{gyr}[x, \ominus y]\\,y
    ///                 = \frac{\lambda_x x + \lambda_y y}{\lambda_x + \lambda_y - 2}. $$
    ///
    /// # References
    /// Ungar (2008), def. 2.9 and §3.4.
    fn mobius_coadd<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let [x, y] = [x, y].map(|x| Point::new(&kappa, x));
        stereographic::cosubtract(&kappa, &x, &y.negated())
    }

    /// Möbius cosubtraction $x \boxminus y = x \boxplus (-y) = x \ominus \operatorname{gyr}[x, y]\\,y$,
    /// which undoes addition from the right: $(x \oplus y) \boxminus y = x$.
    ///
    /// # Numerics
    /// Evaluated from the difference $y - x$ where that is short, so that close points keep their
    /// relative precision.
    fn mobius_cosub<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let [x, y] = [x, y].map(|x| Point::new(&kappa, x));
        stereographic::cosubtract(&kappa, &x, &y)
    }

    /// Möbius scalar multiplication $r \otimes x = \exp_0(r\log_0(x))$.
    ///
    /// # Shapes
    /// - `r`: a number, or a tensor `[..., 1]`
    /// - `x`, and the result: `[..., d]`
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), eq. 7.
    fn mobius_scalar_mul<const D: usize>(
        &self,
        r: impl Into<Coefficient<Tensor<D>>>,
        x: Tensor<D>,
    ) -> Tensor<D> {
        self.exp0(r.into().scale(self.log0(x)))
    }

    /// Möbius matrix–vector product $M \otimes x = \exp_0(M\log_0(x))$.
    ///
    /// # Shapes
    /// - `matrix`: `[d_input, d_output]`, Burn's layout for weights, so $M$ is its transpose
    /// - `x`: `[..., d_input]`, rank 2 or more
    /// - returns: `[..., d_output]`
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), eq. 27.
    fn mobius_matvec<const D: usize>(&self, matrix: Tensor<2>, x: Tensor<D>) -> Tensor<D> {
        self.exp0(self.log0(x).matmul(matrix.unsqueeze::<D>()))
    }

    /// Möbius pointwise product $\operatorname{diag}(w) \otimes x = \exp_0(w \odot \log_0(x))$.
    ///
    /// # Shapes
    /// - `weights`, `x`, and the result: `[..., d]`
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), §3.2.
    fn mobius_pointwise_mul<const D: usize>(&self, weights: Tensor<D>, x: Tensor<D>) -> Tensor<D> {
        self.exp0(self.log0(x) * weights)
    }

    /// The antipode $-x/(\kappa\lVert x\rVert^2)$ for $\kappa > 0$, the point farthest from $x$; for
    /// $\kappa \le 0$, where none is farthest, the reflection $-x$.
    ///
    /// # Numerics
    /// The antipode of the origin is the outermost point that [`Manifold::project`](crate::Manifold::project) allows, in the
    /// direction $(1, \dots, 1)$.
    fn antipode<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let opposite = |x: Tensor<D>| {
            let q = kappa.scale(squared_norm(x.clone()));
            let origin = q.clone().equal_elem(0.0);
            let outermost = at_infinity(&kappa, x.clone());
            let inverted = quotient(&kappa, x.clone().neg(), q.mask_fill(origin.clone(), 1.0));
            mask_select(origin, outermost, inverted)
        };
        match &kappa {
            Coefficient::Number(kappa) if *kappa <= 0.0 => x.neg(),
            Coefficient::Number(_) => opposite(x),
            Coefficient::Tensor(kappa) => {
                let none = kappa.clone().lower_equal_elem(0.0);
                mask_select(none, x.clone().neg(), opposite(x))
            }
        }
    }

    /// The weighted gyro-midpoint over an axis,
    ///
    /// $$ m = \tfrac12 \otimes \frac{\sum w_i\lambda_i x_i}{\sum |w_i|(\lambda_i - 1)}, $$
    ///
    /// the projection of the weighted mean on the sphere or the hyperboloid: for two points of equal
    /// weight the midpoint of their geodesic, for $\kappa = 0$ the weighted mean. A negative weight
    /// counts $\ominus x$, so the result is continuous in $\kappa$.
    ///
    /// # Shapes
    /// - `x`: `[..., d]`
    /// - `weights`: `[..., 1]`, broadcast against `x`
    /// - returns: the shape of `x`, `axis` reduced to 1
    ///
    /// # Numerics
    /// For $\kappa > 0$, where the halving has two answers, it is the one that positive weights are
    /// nearer to. Where the weights are all 0, the origin.
    ///
    /// # Panics
    /// If `axis` is not a batch axis.
    ///
    /// # Examples
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use geom_core::{Gyrovector, PoincareBall};
    ///
    /// let ball = PoincareBall::new(1.0);
    /// let x = Tensor::<2>::from_floats([[0.1, 0.2], [-0.3, 0.4], [0.5, -0.2]], &Device::flex());
    /// let centroid = ball.weighted_midpoint(x.clone(), Tensor::ones([3, 1], &x.device()), 0);
    /// let expected = Tensor::from_floats([[0.090_912_98, 0.102_609_01]], &x.device());
    /// assert!((centroid - expected).abs().max().into_scalar::<f32>() < 1e-6);
    /// ```
    ///
    /// # References
    /// Ungar (2008), def. 6.86; Bachmann, Bécigneul, Ganea (2020), §3.
    fn weighted_midpoint<const D: usize>(
        &self,
        x: Tensor<D>,
        weights: Tensor<D>,
        axis: usize,
    ) -> Tensor<D> {
        assert_batch_axis(&x, axis);
        let kappa = self.curvature_coefficient(&x);
        midpoint(&kappa, x, weights, NegativeWeight::Reflection, axis)
    }

    /// The [`weighted_midpoint`](Self::weighted_midpoint) in which a negative weight counts the
    /// [`antipode`](Self::antipode), and pushes away from its point:
    ///
    /// $$ m = \tfrac12 \otimes \frac{\sum w_i\lambda_i x_i}{\sum w_i(\lambda_i - 1)}
    ///    \quad\text{for } \kappa > 0. $$
    ///
    /// The same for $\kappa \le 0$, where the antipode is $\ominus x$; at $\kappa = 0$ it jumps, as
    /// the antipode does.
    ///
    /// # Shapes, numerics, panics
    /// As there.
    fn weighted_midpoint_with_antipodes<const D: usize>(
        &self,
        x: Tensor<D>,
        weights: Tensor<D>,
        axis: usize,
    ) -> Tensor<D> {
        assert_batch_axis(&x, axis);
        let kappa = self.curvature_coefficient(&x);
        midpoint(&kappa, x, weights, NegativeWeight::Antipode, axis)
    }

    /// The distance of `x` from the hyperplane through `p` with normal `a`,
    /// $H = \\{z : \langle (-p) \oplus z, a\rangle = 0\\}$, positive on the side that `a` points to:
    ///
    /// $$ d(x, H) = \sin_\kappa^{-1}\frac{2\langle z, a\rangle}{(1 + \kappa\lVert z\rVert^2)\lVert a\rVert},
    ///    \qquad z = (-p) \oplus x, \qquad \sin_\kappa^{-1}(t) = \frac{\arcsin(\sqrt\kappa\\,t)}{\sqrt\kappa}, $$
    ///
    /// with $\operatorname{asinh}(\sqrt{-\kappa}\\,t)/\sqrt{-\kappa}$ for $\kappa < 0$. $H$ consists of
    /// the geodesics through $p$ orthogonal to $a$; on the sphere it is a great subsphere.
    ///
    /// # Shapes
    /// - `x`, `p`, `a`: `[..., d]`, broadcast against each other
    /// - returns: `[..., 1]`
    ///
    /// # Numerics
    /// Exact to rounding next to the hyperplane, at the boundary, and at the poles of a great
    /// subsphere. Where `a` is 0 there is no hyperplane, and the distance is 0.
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), thm. 5.
    fn signed_distance_to_hyperplane<const D: usize>(
        &self,
        x: Tensor<D>,
        p: Tensor<D>,
        a: Tensor<D>,
    ) -> Tensor<D> {
        let kappa = self.curvature_coefficient(&x);
        let [x, p] = [x, p].map(|x| Point::new(&kappa, x));
        hyperplane::signed_distance(&kappa, &x, &p, a)
    }

    /// The absolute value of [`signed_distance_to_hyperplane`](Self::signed_distance_to_hyperplane).
    fn distance_to_hyperplane<const D: usize>(
        &self,
        x: Tensor<D>,
        p: Tensor<D>,
        a: Tensor<D>,
    ) -> Tensor<D> {
        self.signed_distance_to_hyperplane(x, p, a).abs()
    }

    /// $\lVert a\rVert_p$ times the
    /// [`signed_distance_to_hyperplane`](Self::signed_distance_to_hyperplane): the logit of
    /// multinomial logistic regression. For $\kappa = 0$ it is $4\langle x - p, a\rangle$.
    ///
    /// # Shapes
    /// As there.
    ///
    /// # References
    /// Ganea, Bécigneul, Hofmann (2018), eq. 25.
    fn scaled_distance_to_hyperplane<const D: usize>(
        &self,
        x: Tensor<D>,
        p: Tensor<D>,
        a: Tensor<D>,
    ) -> Tensor<D> {
        let length = norm(a.clone()) * self.conformal_factor(p.clone());
        self.signed_distance_to_hyperplane(x, p, a) * length
    }
}

/// # Panics
/// If `axis` is the axis of coordinates, or none.
fn assert_batch_axis<const D: usize>(x: &Tensor<D>, axis: usize) {
    assert!(
        axis + 1 < D,
        "midpoints are taken over a batch axis, one of the first {} of shape {:?}, not axis {axis}",
        D - 1,
        x.dims(),
    );
}
