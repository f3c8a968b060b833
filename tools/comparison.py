"""One quantity after the other, as we, the peers and the referee compute it."""

import logging
from dataclasses import dataclass
from functools import partial

import torch
from mpmath import mp, mpf

import peers
import referee
from exact_geometry import dot, vector

# Relative differences above this are disagreements: rounding grows by e^(2r) = 3e3 at the largest
# radius compared, and by 1e6 between points 1e-6 apart.
AGREE = 1e-9
PEERS = {"geoopt": peers.GEOOPT, "geomstats": peers.GEOMSTATS}

# What each verb takes, by the names that the inputs have.
VERBS = {
    "distance": "x y",
    "exp": "x v",
    "log": "x y",
    "midpoint": "x y",
    "transport": "x y v",
    "inner": "x v w",
    "project_tangent": "x u",
    "riemannian_gradient": "x u",
    "mobius_add": "x y",
    "mobius_sub": "x y",
    "mobius_coadd": "x y",
    "mobius_cosub": "x y",
    "mobius_scalar_mul": "factor x",
    "mobius_matvec": "matrix x",
    "mobius_pointwise_mul": "u x",
    "antipode": "x",
    "gyration": "x y v",
    "signed_distance_to_hyperplane": "x y u",
}
# Verbs of a whole sample of points with weights.
STATISTICS = ("frechet_mean", "weighted_midpoint")


@dataclass
class Comparison:
    """The worst row of one quantity, as one library computes it."""

    manifold: dict
    regime: str
    quantity: str
    library: str
    absolute: float
    relative: float
    # The coordinate that is off most: theirs, ours, the referee's.
    value: float
    ours: float
    exact: str

    @property
    def agrees(self):
        return self.relative <= AGREE


def compare(record, constants):
    """All comparisons of one manifold in one regime."""
    torch.set_default_dtype(torch.float64)
    # geomstats reports means that stop short of RESIDUAL; what they are off by is measured here.
    logging.disable(logging.WARNING)
    config, shape = record["manifold"], record["point_shape"]
    geometry = referee.build(config, shape)
    inputs = record["inputs"] | constants
    exact_inputs = exact_rows(geometry, record["inputs"], constants)
    verbs = {name: peers.build(builders, config, shape) for name, builders in PEERS.items()}
    comparisons = []
    for quantity, ours in record["ours"].items():
        exact = exact_values(geometry, quantity, exact_inputs, ours)
        if exact is None:
            continue
        candidates = {"ours": ours}
        candidates |= {name: peer_values(verbs[name], quantity, inputs) for name in verbs}
        if " by " in quantity:
            # Automatic differentiation returns covectors; only tangent vectors compare.
            base = exact_inputs["y" if quantity.endswith("y") else "x"]
            candidates = {name: raised(geometry, base, rows) for name, rows in candidates.items()}
        for library, rows in candidates.items():
            if rows is None:
                continue
            absolute, relative, row, place = worst(rows, exact)
            comparisons.append(
                Comparison(
                    config,
                    record["regime"],
                    quantity,
                    library,
                    absolute,
                    relative,
                    float(rows[row][place]),
                    float(candidates["ours"][row][place]),
                    mp.nstr(exact[row][place], 17),
                )
            )
    return comparisons


def worst(rows, exact):
    """The largest difference, and the row and the coordinate that have it."""
    errors = []
    for i, (row, target) in enumerate(zip(rows, exact, strict=True)):
        differences = [abs(mpf(a) - b) for a, b in zip(row, target, strict=True)]
        # Not a number is the largest error there is.
        differences = [mp.inf if mp.isnan(d) else d for d in differences]
        absolute, length = mp.norm(differences), mp.norm(target)
        relative = absolute / length if length else (mp.inf if absolute else mpf(0))
        place = max(range(len(row)), key=differences.__getitem__)
        errors.append((float(absolute), float(relative), i, place))
    return max(errors, key=lambda e: e[1])


def raised(geometry, base, rows):
    """Covectors to tangent vectors; rows that are not finite stay."""
    return rows and [
        geometry.riemannian_gradient(x, vector(g)) if all(map(mp.isfinite, g)) else g
        for x, g in zip(base, rows)
    ]


def exact_rows(geometry, inputs, constants):
    """The points that rounded inputs stand for, vectors that are tangent there, and constants."""
    rows = {name: [vector(row) for row in numbers] for name, numbers in inputs.items()}
    rows |= {name: [geometry.point(x) for x in rows[name]] for name in "xy"}
    for name in "vw":
        rows[name] = [geometry.project_tangent(x, v) for x, v in zip(rows["x"], rows[name])]
    repeat = {name: [constants[name]] * len(rows["x"]) for name in ("factor", "matrix")}
    return rows | repeat | {"weights": constants["weights"]}


def exact_values(geometry, quantity, rows, ours):
    """What the referee computes, row by row; None where it has no such verb."""
    name, _, variable = quantity.partition(" by ")
    verb = getattr(geometry, name, None)
    if verb is None:
        return None
    if name == "frechet_mean":
        # Newton's method from our mean: a mean that is none is far from where it ends.
        start = geometry.point(vector(ours[0]))
        return [verb(rows["x"], rows["weights"], start)]
    if name in STATISTICS:
        return [verb(rows["x"], rows["weights"])]
    if variable:
        gradient = partial(exact_gradient, geometry, name, variable)
        return [gradient(*row) for row in zip(*(rows[name] for name in "xyvu"))]
    values = [verb(*row) for row in zip(*(rows[name] for name in VERBS[name].split()))]
    return [value if isinstance(value, list) else [value] for value in values]


def exact_gradient(geometry, verb, variable, x, y, v, u):
    def call(*arguments):
        value = getattr(geometry, verb)(*arguments)
        return value if verb == "distance" else dot(u, value)

    if verb == "exp" and variable == "x":
        # The vector follows the tangent space of the moving point.
        return geometry.gradient(lambda x: call(x, geometry.project_tangent(x, v)), x)
    if variable == "v":
        return geometry.gradient_by_vector(lambda v: call(x, v), x, v)
    if variable == "x":
        return geometry.gradient(lambda x: call(x, y), x)
    return geometry.gradient(lambda y: call(x, y), y)


def peer_values(verbs, quantity, inputs):
    """What a peer computes, row by row, or its gradient; None where it has no such verb."""
    verb, _, variable = quantity.partition(" by ")
    if verb not in verbs:
        return None
    tensors = {name: torch.tensor(numbers) for name, numbers in inputs.items()}
    if verb in STATISTICS:
        return verbs[verb](tensors["x"], tensors["weights"]).tolist()
    if variable:
        return peer_gradient(verbs, verb, variable, tensors)
    values = verbs[verb](*(tensors[name] for name in VERBS[verb].split()))
    return values.reshape(len(tensors["x"]), -1).tolist()


def peer_gradient(verbs, verb, variable, tensors):
    tracked = tensors | {variable: tensors[variable].requires_grad_()}
    arguments = [tracked[name] for name in VERBS[verb].split()]
    if verb == "exp" and variable == "x":
        arguments[1] = verbs["project_tangent"](*arguments)
    values = verbs[verb](*arguments)
    if verb != "distance":
        values = values.reshape(tracked["u"].shape) * tracked["u"]
    return torch.autograd.grad(values.sum(), tracked[variable])[0].tolist()
