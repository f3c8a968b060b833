"""Generates a hierarchy in which most nodes have several parents.

    python tools/many_parents.py OUT.tsv --nodes 28000 --extra 0.8 --seed 1

Writes lines of child and parent. A node's first parent is drawn among all earlier nodes; Poisson(EXTRA)
others are reached from it by three steps to a random parent or child, or with --anywhere drawn as it is.
"""

import argparse
import math
import random


def poisson(rng, mean):
    limit, count, product = math.exp(-mean), 0, 1.0
    while True:
        product *= rng.random()
        if product <= limit:
            return count
        count += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--nodes", type=int, default=28_000)
    parser.add_argument("--extra", type=float, default=0.8, help="parents after the first, in the mean")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--anywhere", action="store_true", help="draws all parents among all earlier nodes")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    parents, children = [[]], [[]]
    with open(arguments.out, "w", encoding="utf-8") as file:
        for node in range(1, arguments.nodes):
            first = rng.randrange(node)
            chosen = {first}
            for _ in range(poisson(rng, arguments.extra)):
                if arguments.anywhere:
                    chosen.add(rng.randrange(node))
                    continue
                other = first
                for _ in range(3):
                    near = parents[other] + children[other]
                    if near:
                        other = rng.choice(near)
                chosen.add(other)
            parents.append(sorted(chosen))
            children.append([])
            for parent in chosen:
                children[parent].append(node)
                file.write(f"n{node}\tn{parent}\n")


if __name__ == "__main__":
    main()
