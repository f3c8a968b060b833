"""How far out the peers' maps come back, what is left of small distances, and what is known to be
wrong with them."""

import geoopt
import torch
from geoopt.manifolds.lorentz import math as lorentz

import peers
import referee
from exact_geometry import vector

# Shares of the radius that a round trip may be off.
TOLERANCES = (0.01, 0.1)
DIRECTIONS = 12
SEED = 0


def hyperbolic_peers(name):
    """The peers' own models of curvature -1, in both number formats."""
    models = {
        "poincare-ball": (lambda: geoopt.PoincareBall(), lambda: peers.PoincareBall(3)),
        "hyperboloid": (lambda: geoopt.Lorentz(), lambda: peers.Hyperboloid(3)),
    }
    if name not in models:
        return {}
    ours, theirs = models[name]
    return {"geoopt": peers.geoopt_verbs(ours()), "geomstats": peers.geomstats_verbs(theirs())}


def round_trips(verbs, name, radii):
    """As in the Rust example: from the origin for a distance, and back."""
    torch.manual_seed(SEED)
    width = 4 if name == "hyperboloid" else 3
    origin = torch.zeros(DIRECTIONS, width)
    # Half as long on the ball, whose metric is 4⟨v, w⟩ at the origin.
    unit = 1.0 if name == "hyperboloid" else 0.5
    if name == "hyperboloid":
        origin[:, 0] = 1
    for radius in radii:
        v = torch.randn(DIRECTIONS, width)
        v -= v * origin
        v *= unit * radius / v.norm(dim=-1, keepdim=True)
        try:
            y = verbs["exp"](origin, v)
            back = verbs["log"](origin, y)
            distance = verbs["distance"](origin, y).flatten()
            length = verbs["inner"](origin, back, back).flatten().sqrt()
            apart = verbs["distance"](verbs["exp"](origin, back), y)
        except ValueError:
            # geomstats refuses points that it finds off the manifold.
            break
        errors = [distance - radius, length - radius, apart]
        yield {
            "radius": radius,
            "distance": distance.max().item(),
            "errors": [e.abs().max().item() for e in errors],
        }


def reach(trips):
    """The radius up to which all errors stay below each tolerance, and the largest distance."""
    trips = list(trips)

    def until(tolerance):
        good = 0.0
        for trip in trips:
            # Written so that not a number ends it.
            if not all(e is not None and e <= tolerance * trip["radius"] for e in trip["errors"]):
                break
            good = trip["radius"]
        return good

    held = [trip["distance"] for trip in trips if trip["distance"] is not None]
    return [*map(until, TOLERANCES), max((d for d in held if d < float("inf")), default=0.0)]


def close_errors(name, close, dtype):
    """The largest relative error of the distances of close points: ours, and each peer's."""
    geometry = referee.build({"name": name, "c": 1}, [3])
    x, y = ([geometry.point(vector(row)) for row in close[side]] for side in "xy")
    exact = [float(geometry.distance(*pair)) for pair in zip(x, y)]
    x, y = (torch.tensor(close[side], dtype=dtype) for side in "xy")
    distances = {"ours": [row[0] for row in close["distance"]]} | {
        library: verbs["distance"](x, y).flatten().tolist()
        for library, verbs in hyperbolic_peers(name).items()
    }
    return {
        library: max(abs(a / b - 1) for a, b in zip(rows, exact))
        for library, rows in distances.items()
    }


def probes():
    """Limitations of the peers: library, what it is, what it gives, what is right."""
    torch.manual_seed(SEED)
    ball, hyperboloid, sphere = geoopt.PoincareBall(), geoopt.Lorentz(), geoopt.Sphere()
    x = torch.tensor([[0.3, 0.4]])
    p = hyperboloid.expmap0(torch.tensor([[0.0, 1.0, 2.0]]))
    pole = torch.tensor([[1.0, 0.0, 0.0]])

    def slope(f, at):
        at = at.clone().requires_grad_()
        return torch.autograd.grad(f(at).sum(), at)[0].norm().item()

    yield (
        "geoopt",
        "`PoincareBall`, `Stereographic`: `inner` of 5 rows without `keepdim`, shape",
        tuple(ball.inner(x.repeat(5, 1), x.repeat(5, 1)).shape),
        (5,),
    )
    yield (
        "geoopt",
        "`PoincareBall.projx`: distance from the origin of the outermost point, f32",
        ball.dist0(ball.projx(torch.tensor([1.0, 0.0], dtype=torch.float32))).item(),
        17.3,
    )
    yield ("geoopt", "the same, f64", ball.dist0(ball.projx(torch.tensor([1.0, 0.0]))).item(), 37.4)
    yield ("geoopt", "`Lorentz.dist` of a point from itself", hyperboloid.dist(p, p).item(), 0)
    yield (
        "geoopt",
        "`Lorentz.dist`: length of its gradient there",
        slope(lambda q: hyperboloid.dist(q, p), p),
        0,
    )
    yield (
        "geoopt",
        "`Lorentz.random_normal(std=2)`: distance of the outermost of 10,000 points from "
        "the origin",
        hyperboloid.dist0(hyperboloid.random_normal(10_000, 3, std=2.0)).max().item(),
        "unbounded",
    )
    gradient = torch.ones(1, 3)
    hyperboloid.egrad2rgrad(p, gradient)
    yield (
        "geoopt",
        "`Lorentz.egrad2rgrad`: a gradient (1, 1, 1) after the call",
        tuple(gradient[0].tolist()),
        (1.0, 1.0, 1.0),
    )
    quarter = torch.tensor(0.25)
    narrow = geoopt.PoincareBall(c=4.0)
    y = torch.tensor([[0.2, 0.1]])
    lifted = lorentz.poincare_to_lorentz(y, k=quarter)
    yield (
        "geoopt",
        "`poincare_to_lorentz` of a point of `PoincareBall(c=4)`: distance from the origin",
        geoopt.Lorentz(k=0.25).dist0(lifted).item(),
        narrow.dist0(y).item(),
    )
    edge = lorentz.poincare_to_lorentz(torch.tensor([[0.9999, 0.0]]), k=torch.tensor(1.0))
    yield (
        "geoopt",
        "`poincare_to_lorentz` of (0.9999, 0), k = 1: Minkowski square",
        lorentz.inner(edge, edge).item(),
        -1,
    )
    polar = lorentz.project_polar(torch.tensor([[1.0, 0.0, 0.7]]), k=quarter)
    yield (
        "geoopt",
        "`project_polar`, k = 1/4: Minkowski square",
        lorentz.inner(polar, polar).item(),
        -0.25,
    )
    yield ("geoopt", "`Sphere.dist` of a point from itself", sphere.dist(pole, pole).item(), 0)
    yield ("geoopt", "the same, f32", sphere.dist(pole.float(), pole.float()).item(), 0)
    yield (
        "geoopt",
        "`Sphere.expmap`: length of its gradient at v = 0",
        slope(lambda v: sphere.expmap(pole, v), torch.zeros(1, 3)),
        3**0.5,
    )
    far = torch.tensor([[3e4, 0.0]])
    kappa = 1e-9
    yield (
        "geoopt",
        "`Stereographic(k=1e-9).dist0` of a point of norm 3e4",
        geoopt.Stereographic(k=kappa).dist0(far).item(),
        float(
            referee.build({"name": "stereographic", "kappa": kappa}, [2]).distance(
                vector([0, 0]), vector([3e4, 0])
            )
        ),
    )
    polytope = geoopt.BirkhoffPolytope()
    matrix = polytope.random(1, 3, 3)
    v = polytope.proju(matrix, torch.randn(1, 3, 3))
    yield (
        "geoopt",
        "`BirkhoffPolytope.proju` of a tangent vector: relative change",
        ((polytope.proju(matrix, v) - v).norm() / v.norm()).item(),
        0,
    )
    yield (
        "geoopt",
        "`BirkhoffPolytope.random`: largest error of a row or column sum",
        max((matrix.sum(axis) - 1).abs().max().item() for axis in (-1, -2)),
        0,
    )

    space = peers.PoincareBall(2)
    origin = torch.zeros(1, 2)
    yield (
        "geomstats",
        "`PoincareBall.dist`: distance of the outermost point from the origin",
        space.metric.dist(origin, torch.tensor([[1 - 1e-16, 0.0]])).item(),
        37.4,
    )
    yield (
        "geomstats",
        "`PoincareBall.dist`: length of its gradient at x = y",
        slope(lambda q: space.metric.dist(q, x), x),
        0,
    )
    yield (
        "geomstats",
        "`PoincareBall.exp` of (1e-7, 0) at the origin",
        space.metric.exp(torch.tensor([[1e-7, 0.0]]), origin)[0, 0].item(),
        1e-7,
    )
    back = space.metric.retraction(torch.tensor([[0.1, 0.0]]), x)
    yield (
        "geomstats",
        "`PoincareBall.retraction` at (0.3, 0.4) along (0.1, 0): first coordinate",
        back[0, 0].item(),
        "above 0.3",
    )
