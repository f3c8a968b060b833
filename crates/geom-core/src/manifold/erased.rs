//! A manifold without its type: what optimizers see of the geometry of a step.

use std::fmt;
use std::rc::Rc;

use burn::tensor::Tensor;

use crate::manifold::Manifold;
use crate::metric::MetricParameter;
use crate::rows::RowVerbs;

/// The one rank that erased verbs take: a batch axis and up to five point axes.
const RANK: usize = 6;

/// Writes an erased manifold from one list of what it can do: the object-safe trait, its
/// implementation by every manifold, and the methods for tensors of any rank.
macro_rules! erase {
    (
        facts { $($fact:ident -> $Fact:ty;)+ }
        verbs { $($verb:ident($x:ident $(, $tensor:ident)*);)+ }
        following { $($follow:ident($previous:ident: $Previous:ty, $y:ident $(, $followed:ident)*);)+ }
    ) => {
        /// What a step needs of a manifold, with the tensor rank erased.
        ///
        /// Points are flattened to rank [`RANK`]: `[n, 1, 1, 1, 1, d]` for vector manifolds,
        /// `[n, 1, 1, 1, rows, columns]` for matrix manifolds. [`ErasedManifold`] does the flattening.
        trait Erased {
            fn point_rank(&self) -> usize;
            $(fn $fact(&self) -> $Fact;)+
            $(fn $verb(&self, $x: Tensor<RANK> $(, $tensor: Tensor<RANK>)*) -> Tensor<RANK>;)+
            $(fn $follow(
                &self,
                $previous: $Previous,
                $y: Tensor<RANK> $(, $followed: Tensor<RANK>)*
            ) -> Tensor<RANK>;)+
        }

        impl<M: Manifold> Erased for M {
            fn point_rank(&self) -> usize {
                M::POINT_RANK
            }
            $(fn $fact(&self) -> $Fact {
                Manifold::$fact(self)
            })+
            $(fn $verb(&self, $x: Tensor<RANK> $(, $tensor: Tensor<RANK>)*) -> Tensor<RANK> {
                Manifold::$verb(self, $x $(, $tensor)*)
            })+
            $(fn $follow(
                &self,
                $previous: $Previous,
                $y: Tensor<RANK> $(, $followed: Tensor<RANK>)*
            ) -> Tensor<RANK> {
                Manifold::$follow(self, $previous, $y $(, $followed)*)
            })+
        }

        impl ErasedManifold<'_> {
            $(
                #[doc = concat!("[`Manifold::", stringify!($fact), "`].")]
                pub fn $fact(&self) -> $Fact {
                    self.erased().$fact()
                }
            )+
            $(
                #[doc = concat!("[`Manifold::", stringify!($verb), "`].")]
                pub fn $verb<const D: usize>(
                    &self,
                    $x: Tensor<D> $(, $tensor: Tensor<D>)*
                ) -> Tensor<D> {
                    let dims = $x.dims();
                    let result = self.erased().$verb(self.flatten($x) $(, self.flatten($tensor))*);
                    self.restore(dims, result)
                }
            )+
            $(
                #[doc = concat!("[`Manifold::", stringify!($follow), "`].")]
                pub fn $follow<const D: usize>(
                    &self,
                    $previous: $Previous,
                    $y: Tensor<D> $(, $followed: Tensor<D>)*
                ) -> Tensor<D> {
                    let dims = $y.dims();
                    let result = self.erased().$follow(
                        $previous,
                        self.flatten($y) $(, self.flatten($followed))*
                    );
                    self.restore(dims, result)
                }
            )+
        }
    };
}

erase! {
    facts {
        name -> &'static str;
        sectional_curvature -> Option<f64>;
        is_flat -> bool;
        is_ambient_flat -> bool;
        metric -> Vec<MetricParameter>;
        row_verbs -> Option<&'static RowVerbs>;
        metric_parameters -> Vec<f64>;
    }
    verbs {
        exp(x, v);
        retract(x, v);
        inner(x, v, w);
        inner_by_factor(x, v, w);
        project(x);
        project_tangent(x, u);
        riemannian_gradient(x, gradient);
        transport(x, y, v);
    }
    following {
        follow_metric_tangent(previous: &[MetricParameter], x, v);
    }
}

/// A manifold without its type, for tensors of any rank.
///
/// The methods are those of [`Manifold`]. It is what an optimizer gets from the
/// [scope](crate::scope), whose parameters are not known to it by type, and what
/// [`ErasedManifold::of`] makes for code that holds the manifold and shares its steps with
/// optimizers.
///
/// # Shapes
/// Points have up to five axes. The batch axes of the first argument are those of the result, and
/// all tensors have as many points.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::{ErasedManifold, PoincareBall};
///
/// let ball = PoincareBall::new(1.0);
/// let erased = ErasedManifold::of(&ball);
/// let x = Tensor::<2>::zeros([4, 2], &Device::flex());
/// assert_eq!(erased.name(), "poincare-ball");
/// assert_eq!(erased.inner(x.clone(), x.clone(), x).dims(), [4, 1]);
/// ```
#[derive(Clone)]
pub struct ErasedManifold<'a> {
    handle: Handle<'a>,
}

#[derive(Clone)]
enum Handle<'a> {
    Borrowed(&'a dyn Erased),
    Shared(Rc<dyn Erased>),
}

impl<'a> ErasedManifold<'a> {
    /// The manifold as it is: where its curvature is tracked by automatic differentiation, so are
    /// results.
    pub fn of<M: Manifold>(manifold: &'a M) -> Self {
        let handle = Handle::Borrowed(manifold);
        Self { handle }
    }

    /// The manifold, owned.
    pub(crate) fn shared<M: Manifold>(manifold: M) -> ErasedManifold<'static> {
        let handle = Handle::Shared(Rc::new(manifold));
        ErasedManifold { handle }
    }

    /// [`Manifold::POINT_RANK`].
    pub fn point_rank(&self) -> usize {
        self.erased().point_rank()
    }

    fn erased(&self) -> &dyn Erased {
        match &self.handle {
            Handle::Borrowed(manifold) => *manifold,
            Handle::Shared(manifold) => manifold.as_ref(),
        }
    }

    fn flatten<const D: usize>(&self, x: Tensor<D>) -> Tensor<RANK> {
        let dims = x.dims();
        let point = self.point_rank();
        assert!(
            point <= D && point < RANK,
            "points of {} have {point} axes, got shape {dims:?}",
            self.name(),
        );
        let mut shape = [1; RANK];
        shape[0] = dims[..D - point].iter().product();
        shape[RANK - point..].copy_from_slice(&dims[D - point..]);
        reshaped(x, shape)
    }

    /// The batch axes of `dims` before the point axes of the result, which a reduction leaves with
    /// size 1.
    fn restore<const D: usize>(&self, dims: [usize; D], result: Tensor<RANK>) -> Tensor<D> {
        let point = self.point_rank();
        let mut shape = dims;
        shape[D - point..].copy_from_slice(&result.dims()[RANK - point..]);
        reshaped(result, shape)
    }
}

/// `x` in another shape. Burn takes an axis of size 0 for one that is to stay as it is, so that no shape
/// of tensors without elements can be asked for; there is nothing to keep of those.
fn reshaped<const D: usize, const E: usize>(x: Tensor<D>, shape: [usize; E]) -> Tensor<E> {
    match x.dims().contains(&0) {
        true => Tensor::zeros(shape, (&x.device(), x.dtype())),
        false => x.reshape(shape),
    }
}

impl fmt::Debug for ErasedManifold<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErasedManifold").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Tensor};

    use super::ErasedManifold;
    use crate::numerics::to_vec_f64;
    use crate::{Euclidean, Manifold, Oblique, Power, Product, Sphere};

    #[test]
    fn points_of_several_axes_keep_their_shape() {
        let frames = Power::new(Power::new(Oblique::new(), 2), 3);
        let erased = ErasedManifold::of(&frames);
        let x: Tensor<5> = frames.origin([7, 3, 2, 4, 5], &Device::flex());
        let v = frames.project_tangent(x.clone(), x.ones_like());
        let (ours, theirs) = (
            erased.exp(x.clone(), v.clone()),
            frames.exp(x.clone(), v.clone()),
        );
        assert_eq!(to_vec_f64(ours), to_vec_f64(theirs));
        let inner = erased.inner(x.clone(), v.clone(), v.clone());
        assert_eq!(inner.dims(), [7, 1, 1, 1, 1]);
        // One number a column.
        let shares = erased.inner_by_factor(x, v.clone(), v);
        assert_eq!(shares.dims(), [7, 3, 2, 1, 5]);
    }

    #[test]
    fn an_erased_manifold_is_written_by_its_name() {
        let product = Product::new(Sphere::new(), 2, Euclidean::new(), 1);
        let text = format!("{:?}", ErasedManifold::of(&product));
        assert_eq!(text, r#"ErasedManifold("product")"#);
    }
}
