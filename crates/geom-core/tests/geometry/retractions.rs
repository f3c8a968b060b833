//! Manifolds with a retraction and no geodesics in closed form: the suite tries what they promise, and no more.
#![cfg(feature = "testing")]

use std::collections::BTreeSet;

use burn::module::Module;
use burn::tensor::{DType, Device, Tensor};
use geom_core::testing::{
    Ellipsoid, Measurement, check_retraction, measure_manifold, measure_retraction,
};
use geom_core::{
    GeometryError, Hyperboloid, Manifold, PoincareBall, PointShape, PointSize, Sphere,
};

const DIM: usize = 4;

/// What is not as it should be, and nobody calls who knows that there are no geodesics.
#[derive(Clone, Copy, PartialEq)]
enum Mistake {
    None,
    TooFast,
    DriftsAside,
    InverseIsTooShort,
    NotFinite,
}

/// The ellipsoid as its user writes it, without `exp`, `log` and distances, with a mistake.
#[derive(Module, Debug)]
struct WithoutGeodesics {
    ellipsoid: Ellipsoid,
    mistake: usize,
}

impl WithoutGeodesics {
    fn new(mistake: Mistake) -> Self {
        let ellipsoid = Ellipsoid;
        let mistake = mistake as usize;
        Self { ellipsoid, mistake }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.mistake == mistake as usize
    }
}

impl Manifold for WithoutGeodesics {
    const POINT_RANK: usize = 1;

    fn name(&self) -> &'static str {
        "ellipsoid without geodesics"
    }

    fn exp<const D: usize>(&self, _x: Tensor<D>, _v: Tensor<D>) -> Tensor<D> {
        panic!("there are no geodesics")
    }

    fn log<const D: usize>(&self, _x: Tensor<D>, _y: Tensor<D>) -> Tensor<D> {
        panic!("there are no geodesics")
    }

    fn retract<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let v = if self.has(Mistake::TooFast) {
            v.mul_scalar(1.01)
        } else if self.has(Mistake::DriftsAside) {
            let aside = self.ellipsoid.project_tangent(x.clone(), x.ones_like());
            v + aside.mul_scalar(1e-4)
        } else {
            v
        };
        self.ellipsoid.retract(x, v)
    }

    fn inverse_retract<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>) -> Tensor<D> {
        let v = self.ellipsoid.inverse_retract(x, y);
        if self.has(Mistake::InverseIsTooShort) {
            return v.mul_scalar(0.99);
        }
        v
    }

    fn inner<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.inner(x, v, w)
    }

    fn project<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.project(x)
    }

    fn project_tangent<const D: usize>(&self, x: Tensor<D>, u: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.project_tangent(x, u)
    }

    fn riemannian_gradient<const D: usize>(&self, x: Tensor<D>, gradient: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.riemannian_gradient(x, gradient)
    }

    fn transport<const D: usize>(&self, x: Tensor<D>, y: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.transport(x, y, v)
    }

    fn origin<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.ellipsoid.origin(shape, device)
    }

    fn point_violation<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.point_violation(x)
    }

    fn tangent_violation<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        self.ellipsoid.tangent_violation(x, v)
    }

    fn sectional_curvature(&self) -> Option<f64> {
        None
    }

    fn injectivity_radius(&self, point: &[usize]) -> f64 {
        self.ellipsoid.injectivity_radius(point)
    }

    fn try_point_shape(&self, size: PointSize) -> Result<PointShape, GeometryError> {
        self.ellipsoid.try_point_shape(size)
    }

    fn norm<const D: usize>(&self, x: Tensor<D>, v: Tensor<D>) -> Tensor<D> {
        let norm = self.ellipsoid.norm(x, v);
        if self.has(Mistake::NotFinite) {
            // The root at 0 has no gradient.
            return norm.clone() + (norm.clone() - norm).sqrt();
        }
        norm
    }
}

fn failures(measurements: Vec<Measurement>) -> Vec<Measurement> {
    let fails = |m: &Measurement| !m.passes();
    measurements.into_iter().filter(fails).collect()
}

fn laws(failures: &[Measurement]) -> BTreeSet<&'static str> {
    failures.iter().map(|m| m.law).collect()
}

fn broken(mistake: Mistake) -> Vec<Measurement> {
    let manifold = WithoutGeodesics::new(mistake);
    failures(measure_retraction(
        &manifold,
        DIM,
        &Device::flex(),
        DType::F64,
    ))
}

#[test]
fn a_retraction_keeps_its_laws_and_nobody_asks_for_geodesics() {
    let device = Device::flex();
    for dtype in [DType::F32, DType::F64] {
        check_retraction(&WithoutGeodesics::new(Mistake::None), DIM, &device, dtype);
        check_retraction(&Ellipsoid, DIM, &device, dtype);
        // Whoever has geodesics has a retraction, too.
        check_retraction(&Sphere::new(), DIM, &device, dtype);
        check_retraction(&PoincareBall::new(2.0), DIM, &device, dtype);
        check_retraction(&Hyperboloid::new(0.5), DIM, &device, dtype);
    }
}

#[test]
fn a_retraction_in_the_place_of_exp_is_no_geodesic() {
    let found = failures(measure_manifold(
        &Ellipsoid,
        DIM,
        &Device::flex(),
        DType::F64,
    ));
    let found = laws(&found);
    assert!(found.contains("exp moves at constant speed"), "{found:?}");
    assert!(
        !found.contains("inverse_retract undoes retract"),
        "{found:?}"
    );
}

#[test]
fn mistakes_of_a_retraction_are_named() {
    let found = broken(Mistake::TooFast);
    let found = laws(&found);
    assert!(
        found.contains("retract begins with its vector"),
        "{found:?}"
    );
    let found = broken(Mistake::DriftsAside);
    let found = laws(&found);
    assert!(found.contains("retract(x, 0) = x"), "{found:?}");
    let found = broken(Mistake::InverseIsTooShort);
    let found = laws(&found);
    assert!(
        found.contains("inverse_retract undoes retract"),
        "{found:?}"
    );
    assert!(
        found.contains("retract undoes inverse_retract"),
        "{found:?}"
    );
}

#[test]
fn of_a_law_about_several_verbs_the_one_that_breaks_it_is_named() {
    let found = broken(Mistake::NotFinite);
    let verbs: BTreeSet<_> = found
        .iter()
        .filter(|m| m.law == "values and gradients are finite")
        .map(|m| m.verb)
        .collect();
    assert_eq!(verbs, BTreeSet::from([Some("norm")]), "{found:?}");
    let said = found[0].to_string();
    assert!(
        said.starts_with("values and gradients are finite, norm ["),
        "{said}"
    );
}
