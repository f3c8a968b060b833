//! The constructors that every model of constant curvature has.

/// Gives a model `struct Model { curvature: … }` its constructors and its curvature, with their docs:
/// `curved_model!(PoincareBall, "ball")` for one of curvature $-c$ with $c > 0$, and
/// `curved_model!(Stereographic, "model", signed)` for one of any curvature $\kappa$.
macro_rules! curved_model {
    ($Model:ident, $noun:literal) => {
        $crate::manifolds::hyperbolic::constructors::curved_model!(
            $Model,
            $noun,
            Curvature,
            c,
            "$-c$",
            "curvature magnitude",
            "not positive and finite",
            "InvalidCurvature"
        );
    };
    ($Model:ident, $noun:literal, signed) => {
        $crate::manifolds::hyperbolic::constructors::curved_model!(
            $Model,
            $noun,
            SignedCurvature,
            kappa,
            "$\\kappa$",
            "curvature",
            "not finite",
            "InvalidSignedCurvature"
        );
    };
    (
        $Model:ident, $noun:literal, $Curvature:ident, $c:ident, $symbol:literal, $parameter:literal,
        $fault:literal, $error:literal
    ) => {
        impl $Model {
            #[doc = concat!("The ", $noun, " of curvature ", $symbol, ".")]
            ///
            /// # Panics
            #[doc = concat!("If `", stringify!($c), "` is ", $fault, ";")]
            /// [`try_new`](Self::try_new) is for values from outside.
            pub fn new($c: f64) -> Self {
                Self::with_curvature($crate::metric::$Curvature::fixed($c))
            }

            #[doc = concat!("The ", $noun, " of curvature ", $symbol, ", checked.")]
            ///
            /// # Errors
            #[doc = concat!("[`", $error, "`](crate::GeometryError::", $error, ")")]
            #[doc = concat!("if `", stringify!($c), "` is ", $fault, ".")]
            pub fn try_new($c: f64) -> Result<Self, $crate::GeometryError> {
                $crate::metric::$Curvature::try_fixed($c).map(Self::with_curvature)
            }

            #[doc = concat!("The ", $noun, " whose curvature trains, starting at ", $symbol, ".")]
            ///
            /// `options` is a `&Device`, or `(&device, dtype)` for other than the default dtype.
            ///
            /// # Panics
            #[doc = concat!("If `", stringify!($c), "` is ", $fault, ";")]
            /// [`try_learnable`](Self::try_learnable) is for values from outside.
            pub fn learnable(
                $c: f64,
                options: impl Into<burn::tensor::TensorCreationOptions>,
            ) -> Self {
                Self::with_curvature($crate::metric::$Curvature::learnable($c, options))
            }

            #[doc = concat!("The ", $noun, " whose curvature trains, checked.")]
            ///
            /// # Errors
            #[doc = concat!("[`", $error, "`](crate::GeometryError::", $error, ")")]
            #[doc = concat!("if `", stringify!($c), "` is ", $fault, ".")]
            pub fn try_learnable(
                $c: f64,
                options: impl Into<burn::tensor::TensorCreationOptions>,
            ) -> Result<Self, $crate::GeometryError> {
                $crate::metric::$Curvature::try_learnable($c, options).map(Self::with_curvature)
            }

            #[doc = concat!("The ", $noun, " of a given curvature.")]
            pub fn with_curvature(curvature: $crate::metric::$Curvature) -> Self {
                Self { curvature }
            }

            #[doc = concat!("The ", $parameter, ".")]
            pub fn curvature(&self) -> &$crate::metric::$Curvature {
                &self.curvature
            }
        }
    };
}
pub(crate) use curved_model;
