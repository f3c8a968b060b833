"""Our geometry beside geoopt and geomstats, with exact arithmetic as the referee.

    python tools/compare_with_peers.py              runs the Rust example, prints Markdown
    python tools/compare_with_peers.py FILE.json    reads what the example printed earlier
    python tools/compare_with_peers.py --full       one line for every quantity compared

The exit status is 1 if anything of ours is off by more than the tolerance. See tools/README.md.
"""

import argparse
import json
import subprocess
import sys
import warnings
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

import torch

import limits
from comparison import AGREE, PEERS, compare

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ["cargo", "run", "--quiet", "-p", "geom-core", "--example", "sample_geometry"]

# Disagreements that are understood: peer, manifolds, verbs, and why.
ROUND = {"sphere", "sphere-subspace", "torus", "oblique", "product"}
CURVED = {"hyperboloid", "klein-ball", "half-space"}
BALLS = {"poincare-ball", "half-space", "scaled", "power", "product"}
REASONS = [
    (
        "geoopt",
        CURVED,
        {"distance", "log", "transport"},
        "arcosh of a number next to 1, kept 1e-15 above it; no vector counts as shorter than 1e-4",
    ),
    ("geoopt", CURVED, {"exp"}, "no vector counts as shorter than 1e-4"),
    (
        "geoopt",
        ROUND,
        {"distance", "log"},
        "cosines are kept 1e-7 below 1, so no distance is below 4.5e-4",
    ),
    ("geoopt", ROUND, {"transport"}, "projects, which is no parallel transport"),
    ("geoopt", {"scaled"}, {"riemannian_gradient"}, "that of the base, not divided by the scale"),
    ("geoopt", {"birkhoff-polytope"}, {"inner"}, "the metric divided by n"),
    (
        "geoopt",
        {"birkhoff-polytope"},
        {"project_tangent"},
        "is the Riemannian gradient, which changes tangent vectors too",
    ),
    (
        "geoopt",
        {"poincare-ball", "stereographic"},
        {"signed_distance_to_hyperplane"},
        "subtracts close points by the textbook formula, which cancels",
    ),
    (
        "geoopt",
        {"stereographic"},
        {"distance", "log", "midpoint"},
        "adds 1e-15 to the magnitude of κ, which is a part of 1e11 of the smallest here",
    ),
    ("geomstats", BALLS, {"distance"}, "arcosh of a number next to 1"),
    ("geomstats", BALLS, {"exp"}, "divides short vectors by 1e-6 in place of their length"),
    (
        "geomstats",
        {"hyperboloid", "klein-ball", "sphere"},
        {"distance"},
        "inverse cosine of a number next to 1",
    ),
    (
        "geomstats",
        {"klein-ball"},
        {"transport"},
        "sums terms e^r times as long as the result, and the Klein model doubles r",
    ),
    (
        "geomstats",
        {"probability-simplex"},
        {"project_tangent"},
        "orthogonal in the coordinates, not in the metric",
    ),
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file", nargs="?", type=Path, help="output of the Rust example")
    arguments.add_argument("--full", action="store_true", help="print every quantity")
    options = arguments.parse_args()
    # Deprecations inside the peers.
    warnings.simplefilter("ignore")
    torch.set_default_dtype(torch.float64)

    sample = json.loads(options.file.read_text() if options.file else run_example())
    with ProcessPoolExecutor() as pool:
        each = pool.map(partial(compare, constants=sample["constants"]), sample["records"])
        comparisons = [comparison for record in each for comparison in record]

    print(versions(), "\n")
    print_agreement(comparisons)
    print_disagreements(comparisons)
    print_reach(sample["reach"])
    print_probes()
    if options.full:
        print_all(comparisons)

    ours = [c for c in comparisons if c.library == "ours"]
    off = [c for c in ours if not c.agrees]
    for c in off:
        print(
            f"OURS IS OFF: {label(c.manifold)}, {c.regime}, {c.quantity}: {c.relative:.1e}, "
            f"{c.ours!r} for {c.exact}",
            file=sys.stderr,
        )
    sys.exit(1 if off or not ours else 0)


def run_example():
    return subprocess.run(EXAMPLE, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def versions():
    names = ("geoopt", "geomstats", "torch", "numpy", "mpmath")
    return "Compared with " + ", ".join(f"{name} {version(name)}" for name in names) + "."


def label(config):
    numbers = [f"{key} = {config[key]:g}" for key in ("c", "kappa", "scale") if key in config]
    return config["name"] + (f" ({', '.join(numbers)})" if numbers else "")


def table(head, rows):
    print("|", " | ".join(head), "|")
    print("|" + "---|" * len(head))
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
    print()


def quantity_list(quantities):
    """`distance (value, by x)` in place of two names."""
    parts = defaultdict(list)
    for quantity in sorted(quantities):
        verb, _, variable = quantity.partition(" by ")
        parts[verb].append(f"by {variable}" if variable else "value")
    return ", ".join(
        f"`{verb}`" + ("" if how == ["value"] else f" ({', '.join(sorted(how, reverse=True))})")
        for verb, how in parts.items()
    )


def print_agreement(comparisons):
    print("### Agreement\n")
    groups = defaultdict(list)
    for c in comparisons:
        groups[c.manifold["name"], c.library].append(c)
    rows = []
    for name in dict.fromkeys(c.manifold["name"] for c in comparisons):
        ours = max(groups[name, "ours"], key=lambda c: c.relative)
        for library in PEERS:
            group = groups[name, library]
            if not group:
                continue
            good = [c for c in group if c.agrees]
            rows.append(
                (
                    name,
                    library,
                    f"{len(good)} of {len(group)}",
                    *(
                        f"{max(getattr(c, kind) for c in good):.0e}"
                        for kind in ("absolute", "relative")
                    ),
                    f"{ours.relative:.0e} (`{ours.quantity}`, {ours.regime})",
                )
            )
    table(
        (
            "Manifold",
            "Peer",
            f"Agree to {AGREE:.0e}",
            "Largest difference of those, absolute",
            "relative",
            "Ours from the referee, at worst",
        ),
        rows,
    )


def reason(c):
    verb = c.quantity.partition(" by ")[0]
    for peer, manifolds, verbs, why in REASONS:
        if c.library == peer and c.manifold["name"] in manifolds and verb in verbs:
            return why
    return "not explained"


def print_disagreements(comparisons):
    print("### Disagreements\n")
    groups = defaultdict(list)
    for c in comparisons:
        if c.library != "ours" and not c.agrees:
            groups[c.library, reason(c)].append(c)
    rows = []
    for (library, why), group in groups.items():
        manifolds = ", ".join(dict.fromkeys(c.manifold["name"] for c in group))
        regimes = ", ".join(dict.fromkeys(c.regime for c in group))
        c = max(group, key=lambda c: c.relative)
        rows.append(
            (
                library,
                f"{manifolds}: {quantity_list({c.quantity for c in group})}",
                regimes,
                why,
                f"`{c.quantity}`, {label(c.manifold)}: {c.value:.10g}, ours {c.ours:.17g}, "
                f"referee {c.exact}",
            )
        )
    table(("Peer", "What", "Where", "Why", "Largest, relatively"), rows)


def print_reach(records):
    print("### Reach\n")
    rows, close = [], []
    for record in records:
        name, dtype = record["manifold"]["name"], record["dtype"].lower()
        torch_dtype = {"f32": torch.float32, "f64": torch.float64}[dtype]
        torch.set_default_dtype(torch_dtype)
        radii = [trip["radius"] for trip in record["round_trips"]]
        trips = {"ours": record["round_trips"]} | {
            library: limits.round_trips(verbs, name, radii)
            for library, verbs in limits.hyperbolic_peers(name).items()
        }
        for library, trip in trips.items():
            rows.append((name, dtype, library, *(f"{r:.1f}" for r in limits.reach(trip))))
        errors = limits.close_errors(name, record["close"], torch_dtype)
        close += [(name, dtype, library, f"{error:.0e}") for library, error in errors.items()]
    torch.set_default_dtype(torch.float64)
    table(
        (
            "Model",
            "Format",
            "Library",
            *(f"Right to {t:.0%} up to" for t in limits.TOLERANCES),
            "Largest distance returned",
        ),
        rows,
    )
    print("### Points 1e-6 apart\n")
    table(("Model", "Format", "Library", "Largest relative error of the distance"), close)


def print_probes():
    print("### Known limitations of the peers\n")
    table(
        ("Peer", "What", "Theirs", "Right"),
        (
            (peer, what, *(f"{a:.6g}" if isinstance(a, float) else a for a in (theirs, right)))
            for peer, what, theirs, right in limits.probes()
        ),
    )


def print_all(comparisons):
    print("### Everything\n")
    table(
        ("Manifold", "Where", "Quantity", "Library", "Absolute", "Relative", "Verdict"),
        (
            (
                label(c.manifold),
                c.regime,
                f"`{c.quantity}`",
                c.library,
                f"{c.absolute:.1e}",
                f"{c.relative:.1e}",
                "agrees" if c.agrees else reason(c),
            )
            for c in comparisons
        ),
    )


if __name__ == "__main__":
    main()
