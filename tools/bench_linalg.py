"""Times PyTorch on the shapes of examples/bench_linalg.rs, in the same run, and joins the two.

    cargo build --release --example bench_linalg
    python tools/bench_linalg.py target/release/examples/bench_linalg --shapes 10000x3,1000x16,50x64 --threads 1

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


def shapes(text):
    return [tuple(int(size) for size in shape.split("x")) for shape in text.split(",")]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", help="the built example bench_linalg")
    default = "10000x3,10000x4,1000x16,200x32,50x64,10x128"
    parser.add_argument("--shapes", type=shapes, default=default, help=f"batch x n, by default {default}")
    parser.add_argument("--dtype", choices=["f32", "f64"], default="f32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--allocator", choices=["keep", "system"], default="system")
    parser.add_argument("--op", help="only operations whose names begin like this")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="appends every measured line to this file")
    return parser.parse_args()


def ours(options, batch, n):
    """One run of our program: lines by operation and pass."""
    command = [options.program, "--json", "--batch", str(batch), "--n", str(n)]
    command += ["--dtype", options.dtype, "--threads", str(options.threads)]
    command += ["--allocator", options.allocator]
    if options.op:
        command += ["--op", options.op]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    return {(line["op"], line["pass"]): line for line in lines}


class PyTorch:
    """The operations of PyTorch, composed where it has none of that name."""

    def __init__(self, options, batch, n):
        import torch

        torch.set_num_threads(options.threads)
        torch.manual_seed(0)
        dtype = {"f32": torch.float32, "f64": torch.float64}[options.dtype]
        linalg = torch.linalg
        noise = torch.randn(batch, n, n, dtype=dtype)
        positive = noise @ noise.mT / n + torch.eye(n, dtype=dtype)
        right = torch.randn(batch, n, 1, dtype=dtype)

        def of_values(f):
            def function(a):
                values, vectors = linalg.eigh(a)
                return (vectors * f(values).unsqueeze(-2)) @ vectors.mT

            return function

        def positive_qr(a):
            q, r = linalg.qr(a)
            sign = torch.sign(torch.diagonal(r, dim1=-2, dim2=-1))
            return q * sign.unsqueeze(-2), r * sign.unsqueeze(-1)

        def polar(a):
            u, values, vh = linalg.svd(a, full_matrices=False)
            return u @ vh, (vh.mT * values.unsqueeze(-2)) @ vh

        self.operations = {
            "eigh": ([positive], linalg.eigh),
            "eigvalsh": ([positive], linalg.eigvalsh),
            "log": ([positive], of_values(torch.log)),
            "exp": ([positive], of_values(torch.exp)),
            "sqrt": ([positive], of_values(torch.sqrt)),
            "cholesky": ([positive], linalg.cholesky),
            "solve": ([positive, right], linalg.solve),
            "inverse": ([positive], linalg.inv),
            "slogdet": ([positive], lambda a: linalg.slogdet(a)[1]),
            "qr": ([noise], positive_qr),
            "svd": ([noise], lambda a: linalg.svd(a, full_matrices=False)),
            "singular_values": ([noise], linalg.svdvals),
            "polar": ([noise], polar),
            "expm": ([noise / n**0.5], linalg.matrix_exp),
        }
        if options.op:
            self.operations = {k: v for k, v in self.operations.items() if k.startswith(options.op)}

    def measure(self):
        results = {}
        for name, (inputs, operation) in self.operations.items():
            results[name, "forward"] = measure(lambda: operation(*inputs))
            tracked = [x.detach().clone().requires_grad_() for x in inputs]

            def both():
                for x in tracked:
                    x.grad = None
                values = operation(*tracked)
                values = [values] if hasattr(values, "sum") else values
                sum(x.sum() for x in values).backward()

            results[name, "both"] = measure(both)
        return results


def measure(run):
    """Medians of processor and clock milliseconds."""
    run(), run()
    cpu, wall, start = [], [], time.perf_counter()
    while len(cpu) < 7 or time.perf_counter() - start < 0.4:
        clock, processor = time.perf_counter(), time.process_time()
        run()
        cpu.append((time.process_time() - processor) * 1e3)
        wall.append((time.perf_counter() - clock) * 1e3)
    return {"cpu_ms": statistics.median(cpu), "wall_ms": statistics.median(wall)}


def main():
    options = arguments()
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))
    lines = []
    print("| operation | batch × n | ours, ms | PyTorch, ms | PyTorch / ours |")
    print("|---|---|---|---|---|")
    for batch, n in options.shapes:
        torch = PyTorch(options, batch, n)
        rounds = [(ours(options, batch, n), torch.measure()) for _ in range(options.rounds)]

        def median(which, key):
            values = [turn[which][key]["cpu_ms"] for turn in rounds if key in turn[which]]
            return statistics.median(values) if values else None

        for name in dict.fromkeys(op for op, _ in rounds[0][0]):
            cells, ratios = [], []
            for which in (0, 1):
                passes = [median(which, (name, side)) for side in ("forward", "both")]
                cells.append(" / ".join(f"{value:.2f}" for value in passes if value is not None) or "-")
            for side in ("forward", "both"):
                mine, theirs = (median(which, (name, side)) for which in (0, 1))
                if mine and theirs:
                    ratios.append(f"{theirs / mine:.1f}")
            print(f"| {name} | {batch} × {n} | {cells[0]} | {cells[1]} | {' / '.join(ratios) or '-'} |")
        for turn in rounds:
            lines += [{"library": "geom", **line} for line in turn[0].values()]
            shape = {"batch": batch, "n": n, "dtype": options.dtype, "threads": options.threads}
            for (op, side), figures in turn[1].items():
                lines.append({"library": "torch", "op": op, "pass": side, **shape, **figures})
    if options.json:
        with open(options.json, "a") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
