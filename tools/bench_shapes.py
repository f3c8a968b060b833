"""Measures the geometry beside geoopt on many shapes, and makes one document of the measurements.

    python tools/bench_shapes.py measure target/release/examples/bench_geometry LINES.jsonl
    python tools/bench_shapes.py tables LINES.jsonl > docs/geometry-benchmark.md

`measure` calls bench_peers.py once a shape, smallest first, and passes over the shapes that LINES has
already. The lines of several rounds of one shape are summed up by their medians.
"""

import argparse
import collections
import itertools
import json
import os
import statistics
import subprocess
import sys

DIMS = (2, 10, 64, 128)
COUNTS = (1_000, 100_000, 1_000_000)
FORMATS = ("f32", "f64")
# One array of a shape; geoopt holds about 25 of them in a backward pass.
LARGEST_BYTES = 600e6


def shapes(threads):
    for n, dtype, dim in itertools.product(COUNTS, FORMATS, DIMS):
        if n * dim * {"f32": 4, "f64": 8}[dtype] <= LARGEST_BYTES:
            yield n, dtype, dim, threads


def read(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [json.loads(line) for line in file]


def measure(options):
    done = {(line["n"], line["dtype"], line["d"], line["threads"]) for line in read(options.lines)}
    peers = os.path.join(os.path.dirname(__file__), "bench_peers.py")
    for threads in options.threads:
        for shape in shapes(threads):
            if shape in done:
                continue
            n, dtype, dim, _ = shape
            command = [sys.executable, peers, options.program, "--n", str(n), "--dim", str(dim)]
            command += ["--dtype", dtype, "--threads", str(threads), "--rounds", "1"]
            command += ["--allocator", "keep", "--json", options.lines]
            print(shape, file=sys.stderr, flush=True)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def medians(lines, field):
    found = collections.defaultdict(list)
    for line in lines:
        shape = line["n"], line["dtype"], line["d"], line["threads"]
        found[line["library"], shape, line["op"], line["pass"]].append(line[field])
    return {key: statistics.median(values) for key, values in found.items()}


def number(value):
    return f"{value:.2g}" if value < 1 else f"{value:.3g}" if value < 100 else f"{value:.0f}"


def cell(times, shape, op):
    """Our times, forward / both, and how many times as long the peer takes."""
    ours, ratios = [], []
    for side in ("forward", "both"):
        mine, theirs = (times.get((who, shape, op, side)) for who in ("geom", "geoopt"))
        if mine is not None:
            ours.append(number(mine))
        if mine and theirs:
            ratios.append(f"{theirs / mine:.1f}")
    if not ours:
        return "–"
    return " / ".join(ours) + (f" ({' / '.join(ratios)})" if ratios else "")


def tables(options):
    lines = read(options.lines)
    cpu, wall = medians(lines, "cpu_ms"), medians(lines, "wall_ms")
    print(HEADER)
    groups = sorted({(key[1][3], key[1][0], key[1][1]) for key in cpu})
    ops = list(dict.fromkeys(line["op"] for line in lines if line["library"] == "geom"))
    slower = []
    for threads, n, dtype in groups:
        dims = sorted({key[1][2] for key in cpu if (key[1][3], key[1][0], key[1][1]) == (threads, n, dtype)})
        times = cpu if threads == 1 else wall
        kind = "processor" if threads == 1 else "clock"
        words = "one thread" if threads == 1 else f"{threads} threads"
        print(f"\n## {n:,} points, {dtype}, {words} ({kind} milliseconds)\n")
        print("| | " + " | ".join(f"d = {dim}" for dim in dims) + " |")
        print("|---" * (len(dims) + 1) + "|")
        for op in ops:
            cells = [cell(times, (n, dtype, dim, threads), op) for dim in dims]
            if any(c != "–" for c in cells):
                print(f"| {op} | " + " | ".join(cells) + " |")
        for dim, op, side in itertools.product(dims, ops, ("forward", "both")):
            mine, theirs = (times.get((who, (n, dtype, dim, threads), op, side)) for who in ("geom", "geoopt"))
            if mine and theirs and theirs < mine and not op.startswith("linear.plain"):
                slower.append((n, dtype, dim, words, op, side, mine, theirs))
    print("\n## Slower than geoopt\n")
    print("| points | format | d | threads | operation | pass | ours | geoopt |\n|---|---|---|---|---|---|---|---|")
    for n, dtype, dim, words, op, side, mine, theirs in slower:
        print(f"| {n:,} | {dtype} | {dim} | {words} | {op} | {side} | {number(mine)} | {number(theirs)} |")
    print("\n## Two threads against one\n")
    print("Clock time of one thread over that of two, forward / forward and backward.\n")
    print("| | " + " | ".join(f"{n:,} × {d}, {t}" for n, t, d in SCALED) + " |\n|---" + "|---" * len(SCALED) + "|")
    for op in ops:
        cells = []
        for n, dtype, dim in SCALED:
            ratios = []
            for side in ("forward", "both"):
                one, two = (wall.get(("geom", (n, dtype, dim, t), op, side)) for t in (1, 2))
                if one and two:
                    ratios.append(f"{one / two:.2f}")
            cells.append(" / ".join(ratios) or "–")
        if any(c != "–" for c in cells):
            print(f"| {op} | " + " | ".join(cells) + " |")


SCALED = [(100_000, "f32", 10), (100_000, "f64", 10), (1_000_000, "f32", 10), (1_000_000, "f64", 10)]

HEADER = """# Geometry beside geoopt, shape by shape

Made by `python tools/bench_shapes.py`, from one round of each shape: our program, then geoopt, each the median of
repetitions. A cell holds our milliseconds, forward / forward and backward, and in brackets how many times as long geoopt
takes. With one thread they are those of the processor, with two those of the clock. `linear.*`, `ball.pairwise` (2,000 by
2,000 points) and `kmeans` (2,000 points) do not depend on the number of points. [Benchmarks](benchmarks.md) says on what
machine, and what the targets were."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("measure")
    command.add_argument("program", help="the built example bench_geometry")
    command.add_argument("lines", help="the file to which measured lines are appended")
    command.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    command.set_defaults(run=measure)
    command = commands.add_parser("tables")
    command.add_argument("lines")
    command.set_defaults(run=tables)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
