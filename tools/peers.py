"""The same verbs in geoopt and geomstats.

A peer is a dictionary from the names that `crates/geom-core/examples/sample_geometry/main.rs` gives its
results to functions of tensors with a batch axis; what a peer cannot do is not in it. `GEOOPT` and
`GEOMSTATS` build one from a manifold's configuration; supporting a manifold is one entry.
"""

import os

os.environ.setdefault("GEOMSTATS_BACKEND", "pytorch")

import geoopt
import torch
from geomstats.geometry.euclidean import Euclidean
from geomstats.geometry.hyperboloid import Hyperboloid
from geomstats.geometry.hypersphere import Hypersphere
from geomstats.geometry.nfold_manifold import NFoldManifold
from geomstats.geometry.poincare_ball import PoincareBall
from geomstats.geometry.poincare_half_space import PoincareHalfSpace
from geomstats.geometry.positive_reals import PositiveReals
from geomstats.geometry.product_manifold import ProductManifold
from geomstats.information_geometry.categorical import CategoricalDistributions
from geomstats.learning.frechet_mean import FrechetMean

import referee

# The residual at which geomstats' iteration stops, near what f64 resolves.
RESIDUAL = 1e-13
ITERATIONS = 1000


def geoopt_verbs(manifold):
    return {
        "distance": manifold.dist,
        "exp": manifold.expmap,
        "log": manifold.logmap,
        "transport": manifold.transp,
        # Without `keepdim`, that of the stereographic models multiplies all rows with all rows.
        "inner": lambda x, v, w: manifold.inner(x, v, w, keepdim=True),
        "project_tangent": manifold.proju,
        # Some manifolds overwrite the gradient they are given.
        "riemannian_gradient": lambda x, g: manifold.egrad2rgrad(x, g.clone()),
    }


def geoopt_gyrovector(manifold):
    """Stereographic models; without the projection that keeps points away from the boundary."""

    def weighted_midpoint(x, weights):
        return manifold.weighted_midpoint(x, weights, reducedim=[0], keepdim=True)

    return geoopt_verbs(manifold) | {
        "exp": lambda x, v: manifold.expmap(x, v, project=False),
        "midpoint": lambda x, y: manifold.geodesic(torch.tensor(0.5), x, y),
        "mobius_add": lambda x, y: manifold.mobius_add(x, y, project=False),
        "mobius_sub": lambda x, y: manifold.mobius_sub(x, y, project=False),
        "mobius_coadd": lambda x, y: manifold.mobius_coadd(x, y, project=False),
        "mobius_cosub": lambda x, y: manifold.mobius_cosub(x, y, project=False),
        "mobius_scalar_mul": lambda r, x: manifold.mobius_scalar_mul(r, x, project=False),
        "mobius_matvec": lambda m, x: manifold.mobius_matvec(m.T, x, project=False),
        "mobius_pointwise_mul": lambda w, x: manifold.mobius_pointwise_mul(w, x, project=False),
        "antipode": manifold.antipode,
        "gyration": manifold.gyration,
        "signed_distance_to_hyperplane": lambda x, p, a: manifold.dist2plane(x, p, a, signed=True),
        "weighted_midpoint": weighted_midpoint,
    }


def geomstats_verbs(space, transport=False):
    def mean(x, weights):
        mean = FrechetMean(space)
        if hasattr(mean, "optimizer"):
            # Steps of fixed length diverge where curvature is far from 0.
            mean.method = "adaptive"
            mean.set(epsilon=RESIDUAL, max_iter=ITERATIONS)
        return mean.fit(x, weights=weights).estimate_[None]

    metric = space.metric
    verbs = {
        "distance": metric.dist,
        "exp": lambda x, v: metric.exp(v, x),
        "log": lambda x, y: metric.log(y, x),
        "inner": lambda x, v, w: metric.inner_product(v, w, x),
        "project_tangent": lambda x, u: space.to_tangent(u, x),
        "frechet_mean": mean,
    }
    if transport:
        verbs["transport"] = lambda x, y, v: metric.parallel_transport(v, x, end_point=y)
    return verbs


def through(verbs, there, back):
    """A peer in other coordinates: `there` leads to the peer's, `back` from them."""

    def push(f, x, v):
        return torch.func.jvp(f, (x,), (v,))[1]

    def log(x, y):
        return push(back, there(x), verbs["log"](there(x), there(y)))

    def transport(x, y, v):
        return push(back, there(y), verbs["transport"](there(x), there(y), push(there, x, v)))

    mapped = {
        "distance": lambda x, y: verbs["distance"](there(x), there(y)),
        "exp": lambda x, v: back(verbs["exp"](there(x), push(there, x, v))),
        "log": log,
        "transport": transport,
        "inner": lambda x, v, w: verbs["inner"](there(x), push(there, x, v), push(there, x, w)),
        "frechet_mean": lambda x, weights: back(verbs["frechet_mean"](there(x), weights)),
        "project_tangent": lambda x, u: u,
    }
    return {name: mapped[name] for name in mapped if name in verbs}


def reshaped(verbs, there, back):
    """A peer that wants points and vectors arranged in another shape."""
    points = {"exp", "log", "transport", "project_tangent", "riemannian_gradient"}

    def wrap(name, verb):
        def call(*tensors):
            result = verb(*map(there, tensors))
            return back(result) if name in points else result

        return call

    def mean(x, weights):
        return back(verbs["frechet_mean"](there(x), weights))

    wrapped = {name: wrap(name, verb) for name, verb in verbs.items()}
    return wrapped | ({"frechet_mean": mean} if "frechet_mean" in verbs else {})


def on_klein_ball(c, verbs):
    def there(x):
        height = (1 - c * x.square().sum(-1, keepdim=True)).rsqrt()
        return torch.cat((height / c**0.5, height * x), -1)

    return through(verbs, there, lambda x: x[..., 1:] / (c**0.5 * x[..., :1]))


def on_half_space(c, verbs):
    def there(x):
        square, height = x.square().sum(-1, keepdim=True), x[..., -1:]
        unit = torch.cat((square + 1, 2 * x[..., :-1], square - 1), -1) / (2 * height)
        return unit / c**0.5

    def back(x):
        height = 1 / (c**0.5 * (x[..., :1] - x[..., -1:]))
        return torch.cat((c**0.5 * height * x[..., 1:-1], height), -1)

    return through(verbs, there, back)


def on_circles(verbs):
    return through(
        verbs,
        lambda x: torch.stack((x.cos(), x.sin()), -1).flatten(-2),
        lambda p: torch.atan2(p[..., 1::2], p[..., 0::2]),
    )


def diagonal(verbs):
    """Positive numbers as diagonal matrices."""
    return reshaped(verbs, torch.diag_embed, lambda m: m.diagonal(dim1=-2, dim2=-1))


def columns(verbs, shape):
    """Columns of a matrix as rows of its transpose."""
    n, k = shape
    return reshaped(
        verbs,
        lambda x: x.reshape(-1, n, k).transpose(-1, -2),
        lambda x: x.transpose(-1, -2).reshape(-1, n * k),
    )


def blocks(verbs, *shape):
    return reshaped(verbs, lambda x: x.reshape(-1, *shape), lambda x: x.flatten(1))


def geoopt_circles(d):
    return geoopt.ProductManifold(*[(geoopt.Sphere(), 2)] * d)


def geoopt_manifold(config):
    """The manifold of vectors that is a factor or a base."""
    return {
        "euclidean": lambda: geoopt.Euclidean(ndim=1),
        "poincare-ball": lambda: geoopt.PoincareBall(c=config["c"]),
        "sphere": lambda: geoopt.Sphere(),
    }[config["name"]]()


def geomstats_space(config, dim):
    """As `geoopt_manifold`; hyperbolic spaces are of curvature -1."""
    return {
        "euclidean": lambda: Euclidean(dim),
        "poincare-ball": lambda: PoincareBall(dim),
        "sphere": lambda: Hypersphere(dim),
    }[config["name"]]()


def factors(config):
    return [(part["manifold"], part["dim"]) for part in config["factors"]]


def geoopt_product(config):
    parts = [(geoopt_manifold(part), referee.width(part, dim)) for part, dim in factors(config)]
    return geoopt_verbs(geoopt.ProductManifold(*parts))


def geoopt_power(config, shape):
    parts = [(geoopt_manifold(config["base"]), shape[-1])] * config["count"]
    return geoopt_verbs(geoopt.ProductManifold(*parts))


def geoopt_scaled(config):
    """There, tangent vectors are as long in coordinates as they are in the metric."""
    factor = config["scale"]
    verbs = geoopt_verbs(geoopt.Scaled(geoopt_manifold(config["base"]), factor))
    return verbs | {
        "exp": lambda x, v: verbs["exp"](x, factor * v),
        "log": lambda x, y: verbs["log"](x, y) / factor,
        "inner": lambda x, v, w: verbs["inner"](x, factor * v, factor * w),
        "riemannian_gradient": lambda x, g: verbs["riemannian_gradient"](x, g) / factor,
    }


def geomstats_product(config):
    spaces = [geomstats_space(part, dim) for part, dim in factors(config)]
    return geomstats_verbs(ProductManifold(spaces, point_ndim=1))


def geomstats_scaled(config, shape):
    space = geomstats_space(config["base"], shape[-1])
    # geomstats scales the metric, the square of distances.
    space.metric = config["scale"] ** 2 * space.metric
    return geomstats_verbs(space)


def sphere_subspace(config):
    return geoopt_verbs(geoopt.Sphere(complement=torch.tensor(config["complement"]).T))


# From name to builder; a builder takes the configuration and the shape of one point.
GEOOPT = {
    "euclidean": lambda _, shape: geoopt_verbs(geoopt.Euclidean(ndim=1)),
    "poincare-ball": lambda m, _: geoopt_gyrovector(geoopt.PoincareBall(c=m["c"])),
    "stereographic": lambda m, _: geoopt_gyrovector(geoopt.Stereographic(k=m["kappa"])),
    "hyperboloid": lambda m, _: geoopt_verbs(geoopt.Lorentz(k=1 / m["c"])),
    "klein-ball": lambda m, _: on_klein_ball(m["c"], geoopt_verbs(geoopt.Lorentz(k=1 / m["c"]))),
    "half-space": lambda m, _: on_half_space(m["c"], geoopt_verbs(geoopt.Lorentz(k=1 / m["c"]))),
    "sphere": lambda *_: geoopt_verbs(geoopt.Sphere()),
    "sphere-subspace": lambda m, _: sphere_subspace(m),
    "oblique": lambda _, shape: columns(blocks_of_spheres(shape), shape),
    "torus": lambda _, shape: on_circles(geoopt_verbs(geoopt_circles(shape[0]))),
    "positive-orthant": lambda *_: diagonal(geoopt_verbs(geoopt.SymmetricPositiveDefinite())),
    "birkhoff-polytope": lambda _, shape: blocks(birkhoff(), *shape),
    "scaled": lambda m, _: geoopt_scaled(m),
    "power": lambda m, shape: geoopt_power(m, shape),
    "product": lambda m, _: geoopt_product(m),
}
GEOMSTATS = {
    "euclidean": lambda _, shape: geomstats_verbs(Euclidean(shape[0]), transport=True),
    "poincare-ball": lambda m, shape: unit(m) and geomstats_verbs(PoincareBall(shape[0])),
    "hyperboloid": lambda m, shape: unit(m) and hyperboloid(shape[0] - 1),
    "klein-ball": lambda m, shape: unit(m) and on_klein_ball(1, hyperboloid(shape[0])),
    "half-space": lambda m, shape: unit(m) and geomstats_verbs(PoincareHalfSpace(shape[0])),
    "sphere": lambda _, shape: geomstats_verbs(Hypersphere(shape[0] - 1), transport=True),
    "oblique": lambda _, shape: columns(
        geomstats_verbs(NFoldManifold(Hypersphere(shape[0] - 1), shape[1])), shape
    ),
    "torus": lambda _, shape: on_circles(
        blocks(geomstats_verbs(NFoldManifold(Hypersphere(1), shape[0])), shape[0], 2)
    ),
    "probability-simplex": lambda _, shape: geomstats_verbs(CategoricalDistributions(shape[0] - 1)),
    "positive-orthant": lambda _, shape: blocks(
        geomstats_verbs(NFoldManifold(PositiveReals(), shape[0])), shape[0], 1
    ),
    "scaled": lambda m, shape: geomstats_scaled(m, shape),
    "power": lambda m, shape: blocks(
        geomstats_verbs(NFoldManifold(geomstats_space(m["base"], shape[1]), shape[0])), *shape
    ),
    "product": lambda m, _: geomstats_product(m),
}


def unit(config):
    return config["c"] == 1


def hyperboloid(dim):
    return geomstats_verbs(Hyperboloid(dim), transport=True)


def blocks_of_spheres(shape):
    n, k = shape
    manifold = geoopt.ProductManifold(*[(geoopt.Sphere(), n)] * k)
    return reshaped(geoopt_verbs(manifold), lambda x: x.flatten(1), lambda x: x.reshape(-1, k, n))


def birkhoff():
    """Without `expmap`, which is a retraction, and `transp`, another projection than ours."""
    verbs = geoopt_verbs(geoopt.BirkhoffPolytope())
    return {name: verbs[name] for name in ("inner", "project_tangent", "riemannian_gradient")}


def build(builders, config, shape):
    """The peer's verbs for a manifold; none where the peer has no such manifold."""
    builder = builders.get(config["name"])
    return (builder and builder(config, shape)) or {}
