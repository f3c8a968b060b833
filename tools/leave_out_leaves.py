"""Parts a table of relations by leaving leaves out, to see how well `geom extend` places them again.

    python tools/leave_out_leaves.py closure.csv.gz OUT --share 0.1 --seed 1

Leaves are nodes that no relation ends at. Writes OUT/base.csv with the relations of all other nodes,
OUT/more.csv with those of the leaves left out, OUT/names.txt with their names, and OUT/whole.csv with all.
"""

import argparse
import csv
import gzip
import pathlib
import random


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="CSV of child and ancestor, with a header; .gz too")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--share", type=float, default=0.1, help="of all nodes")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    opened = gzip.open if arguments.table.endswith(".gz") else open
    with opened(arguments.table, "rt", encoding="utf-8", newline="") as file:
        rows = [(row[0], row[1]) for row in csv.reader(file)][1:]
    nodes = sorted({name for row in rows for name in row})
    inner = {ancestor for _, ancestor in rows}
    leaves = [name for name in nodes if name not in inner]
    count = min(round(arguments.share * len(nodes)), len(leaves))
    left_out = set(random.Random(arguments.seed).sample(leaves, count))
    arguments.out.mkdir(parents=True, exist_ok=True)
    parts = {
        "base.csv": [row for row in rows if row[0] not in left_out],
        "more.csv": [row for row in rows if row[0] in left_out],
        "whole.csv": rows,
    }
    kept = {name for row in parts["base.csv"] for name in row}
    lost = {ancestor for _, ancestor in parts["more.csv"]} - kept
    for name, part in parts.items():
        with open(arguments.out / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["child", "parent"])
            writer.writerows(part)
    (arguments.out / "names.txt").write_text("".join(name + "\n" for name in sorted(left_out)))
    print(f"{len(nodes)} nodes, {len(leaves)} leaves, {count} left out; {len(parts['more.csv'])} relations,")
    print(f"{len(lost)} ancestors of theirs that the rest does not name")


if __name__ == "__main__":
    main()
