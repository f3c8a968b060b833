"""Times geoopt on the shapes of examples/bench_geometry.rs, in the same run, and joins the two.

    cargo build --release --example bench_geometry
    python tools/bench_peers.py target/release/examples/bench_geometry --n 100000 --dim 10 --threads 1

Every figure is a median of processor milliseconds over repetitions. The programs take turns, round by
round, so that both meet the same state of the machine. Prints a Markdown table; --json FILE keeps the
lines of both.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", help="the built example bench_geometry")
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=10)
    parser.add_argument("--dtype", choices=["f32", "f64"], default="f32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--allocator", choices=["keep", "system"], default="system")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="appends every measured line to this file")
    return parser.parse_args()


def ours(options):
    """One run of our program: lines by operation and pass."""
    command = [options.program, "--json", "--n", str(options.n), "--dim", str(options.dim)]
    command += ["--dtype", options.dtype, "--threads", str(options.threads)]
    command += ["--allocator", options.allocator]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    return {(line["op"], line["pass"]): line for line in lines}


class Geoopt:
    """The operations of geoopt."""

    def __init__(self, options):
        import geoopt
        import torch

        torch.set_num_threads(options.threads)
        torch.manual_seed(0)
        self.torch, self.options = torch, options
        dtype = {"f32": torch.float32, "f64": torch.float64}[options.dtype]
        n, dim = options.n, options.dim

        def normal(scale):
            return torch.randn(n, dim, dtype=dtype) * (scale / dim**0.5)

        ball = geoopt.PoincareBall(c=torch.tensor(1.0, dtype=dtype))
        lorentz = geoopt.Lorentz(k=torch.tensor(1.0, dtype=dtype))
        sphere = geoopt.Sphere()
        x, y, v = ball.projx(normal(0.5)), ball.projx(normal(0.6)), normal(0.3)
        first = torch.zeros(n, 1, dtype=dtype)

        def lift(scale):
            space = normal(scale)[:, : dim - 1]
            return lorentz.expmap0(torch.cat([first, space], 1))

        p, q = lift(1.0), lift(1.2)
        w = lorentz.proju(p, v)
        s = sphere.projx(normal(1.0))
        u = sphere.proju(s, v)
        self.operations = {
            "copy": ([x], lambda x: x + 0),
            "ball.distance": ([x, y], ball.dist),
            "ball.mobius_add": ([x, y], ball.mobius_add),
            "ball.exp": ([x, v], ball.expmap),
            "ball.log": ([x, y], ball.logmap),
            "ball.exp0": ([v], ball.expmap0),
            "ball.log0": ([y], ball.logmap0),
            "ball.riemannian_gradient": ([x, v], ball.egrad2rgrad),
            "ball.project": ([x], ball.projx),
            "ball.transport": ([x, y, v], ball.transp),
            "hyperboloid.distance": ([p, q], lorentz.dist),
            "hyperboloid.exp": ([p, w], lorentz.expmap),
            "hyperboloid.log": ([p, q], lorentz.logmap),
            "sphere.exp": ([s, u], sphere.expmap),
        }
        some = min(n, 2000)
        # geoopt holds about fifteen arrays of all differences; beyond half a gigabyte each it runs out of memory.
        if n <= 100_000 and some * some * dim * x.element_size() <= 2**29:
            a, b = x[:some], y[:some]
            self.operations["ball.pairwise"] = (
                [a, b],
                lambda a, b: ball.dist(a.unsqueeze(1), b.unsqueeze(0)),
            )
        self.steps = {}
        for name, make in [
            ("step.riemannian_adam", geoopt.optim.RiemannianAdam),
            ("step.riemannian_sgd", geoopt.optim.RiemannianSGD),
        ]:
            points = geoopt.ManifoldParameter(x.clone(), manifold=ball)
            self.steps[name] = (points, v, make([points], lr=1e-3))

        # The first layer of a model on Cora: plain, and as a Möbius layer.
        nodes, features, hidden = 2708, 1433, 16
        inputs = torch.randn(nodes, features) * (0.3 / features**0.5)
        linear = torch.nn.Linear(features, hidden)
        flat = geoopt.PoincareBall(c=1.0)

        def mobius(x):
            product = flat.mobius_matvec(linear.weight, x)
            return flat.mobius_add(product, flat.expmap0(linear.bias))

        self.linear = {"linear.plain": (inputs, linear), "linear.mobius": (flat.projx(inputs), mobius)}

    def measure(self):
        results = {}
        for name, (inputs, operation) in self.operations.items():
            results[name, "forward"] = self.time(lambda: operation(*inputs))
            if name == "copy":
                continue
            tracked = [x.detach().clone().requires_grad_() for x in inputs]

            def both():
                for x in tracked:
                    x.grad = None
                operation(*tracked).sum().backward()

            results[name, "both"] = self.time(both)
        for name, (points, gradient, optimizer) in self.steps.items():

            def step():
                points.grad = gradient
                optimizer.step()

            results[name, "forward"] = self.time(step)
        for name, (inputs, layer) in self.linear.items():
            tracked = inputs.clone().requires_grad_()

            def both():
                tracked.grad = None
                layer(tracked).sum().backward()

            results[name, "both"] = self.time(both)
        return results

    def time(self, run):
        """Medians of processor and clock milliseconds: of 7 runs and 0.4 seconds at least, or of 3 runs that
        take longer than half a second each."""
        start = time.perf_counter()
        run()
        slow = time.perf_counter() - start > 0.5
        if not slow:
            run()
        cpu, wall, start = [], [], time.perf_counter()
        while len(cpu) < (3 if slow else 7) or time.perf_counter() - start < 0.4:
            clock, processor = time.perf_counter(), time.process_time()
            run()
            cpu.append((time.process_time() - processor) * 1e3)
            wall.append((time.perf_counter() - clock) * 1e3)
        return {"cpu_ms": statistics.median(cpu), "wall_ms": statistics.median(wall)}


def main():
    options = arguments()
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    geoopt = Geoopt(options)
    rounds = [(ours(options), geoopt.measure()) for _ in range(options.rounds)]

    def median(which, key, field):
        values = [turn[which][key][field] for turn in rounds if key in turn[which]]
        return statistics.median(values) if values else None

    names = list(dict.fromkeys(op for op, _ in rounds[0][0]))
    print("| operation | ours | geoopt | geoopt / ours |")
    print("|---|---|---|---|")
    for name in names:
        cells, ratios = [], []
        for which in (0, 1):
            passes = [median(which, (name, side), "cpu_ms") for side in ("forward", "both")]
            cells.append(" / ".join(f"{value:.2f}" for value in passes if value is not None) or "-")
        for side in ("forward", "both"):
            mine, theirs = (median(which, (name, side), "cpu_ms") for which in (0, 1))
            if mine and theirs:
                ratios.append(f"{theirs / mine:.1f}")
        print(f"| {name} | {cells[0]} | {cells[1]} | {' / '.join(ratios) or '-'} |")
    if options.json:
        with open(options.json, "a") as file:
            for turn in rounds:
                for line in turn[0].values():
                    file.write(json.dumps({"library": "geom", **line}) + "\n")
                for (op, side), figures in turn[1].items():
                    shape = {"n": options.n, "d": options.dim, "dtype": options.dtype}
                    shape["threads"] = options.threads
                    line = {"library": "geoopt", "op": op, "pass": side, **shape, **figures}
                    file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    sys.exit(main())
