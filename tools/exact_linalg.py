"""Functions of matrices and their gradients in 100-digit arithmetic, for the tests of geom-linalg.

    python tools/exact_linalg.py > crates/geom-linalg/tests/data/linalg.json

Every case has a matrix, a function of it, weights W, and the gradient of the sum of W times the function.
Functions of symmetric matrices go through eigenvalues, with divided differences in 100 digits, of which rounding
leaves 50 where eigenvalues are nearly equal; the others through their definitions.
"""

import json
import random
import sys

from mpmath import mp

mp.dps = 100
# Eigenvalues nearer than this are equal: what the decomposition leaves.
EQUAL = mp.mpf(10) ** -45


def matrix(rows):
    return mp.matrix([[mp.mpf(x) for x in row] for row in rows])


def spectral(f, slope, a, weights):
    """The function, and the gradient, by the formula of Daleckii and Krein."""
    n = a.rows
    values, vectors = mp.eigsy(a)
    f_values = [f(x) for x in values]

    def difference(i, j):
        if abs(values[i] - values[j]) < EQUAL:
            return slope((values[i] + values[j]) / 2)
        return (f_values[i] - f_values[j]) / (values[i] - values[j])

    result = vectors * mp.diag(f_values) * vectors.T
    inner = vectors.T * ((weights + weights.T) / 2) * vectors
    inner = mp.matrix(n, n) + mp.matrix([[inner[i, j] * difference(i, j) for j in range(n)] for i in range(n)])
    return result, vectors * inner * vectors.T


def power(p):
    return lambda x: x**p, lambda x: p * x ** (p - 1)


SYMMETRIC = {
    "log": (mp.log, lambda x: 1 / x),
    "exp": (mp.exp, mp.exp),
    "sqrt": power(mp.mpf(1) / 2),
    "inv_sqrt": power(-mp.mpf(1) / 2),
    "inverse": power(-1),
    # The numbers of the format, not the decimal ones.
    "pow 0.3": power(mp.mpf(0.3)),
    "pow -1.7": power(mp.mpf(-1.7)),
}


def exponential(a):
    """By the series of a matrix that is halved, then squared."""
    halvings = 60
    small = a / mp.mpf(2) ** halvings
    term = mp.eye(a.rows)
    result = mp.eye(a.rows)
    for k in range(1, 12):
        term = term * small / k
        result += term
    for _ in range(halvings):
        result = result * result
    return result


def expm(a, weights):
    """The gradient is the upper block of the exponential of a block matrix."""
    n = a.rows
    whole = mp.matrix(2 * n, 2 * n)
    for i in range(n):
        for j in range(n):
            whole[i, j] = whole[n + i, n + j] = a[j, i]
            whole[i, n + j] = weights[i, j]
    both = exponential(whole)
    gradient = mp.matrix([[both[i, n + j] for j in range(n)] for i in range(n)])
    return exponential(a), gradient


def inverse(a, weights):
    x = a**-1
    return x, -(x.T * weights * x.T)


def log_det(a, weights):
    return mp.matrix([[mp.log(mp.det(a))]]), weights[0, 0] * (a**-1).T


def spectra():
    """Positive definite matrices that try a function."""
    draw = random.Random(1)
    noise = [[draw.uniform(-1, 1) for _ in range(4)] for _ in range(4)]
    generic = [[sum(noise[i][k] * noise[j][k] for k in range(4)) + (i == j) for j in range(4)] for i in range(4)]
    # Exactly symmetric.
    generic = [[generic[min(i, j)][max(i, j)] for j in range(4)] for i in range(4)]
    yield "generic", generic
    yield "a multiple of the identity", [[2.5 * (i == j) for j in range(3)] for i in range(3)]
    yield "an eigenvalue twice", [[2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0]]
    yield "nearly twice", [[2.0, 1.0, 1.0], [1.0, 2.0 + 1e-12, 1.0], [1.0, 1.0, 2.0]]
    yield "close", [[2.0, 1.0, 1.0], [1.0, 2.0 + 1e-5, 1.0], [1.0, 1.0, 2.0]]
    scales = [1e-6, 1e-4, 1e-1, 1.0]
    graded = [[generic[i][j] * scales[i] * scales[j] for j in range(4)] for i in range(4)]
    yield "graded, condition 1e12", [[graded[min(i, j)][max(i, j)] for j in range(4)] for i in range(4)]
    yield "two", [[1.0, 0.5], [0.5, 3.0]]
    yield "one", [[0.7]]


def numbers(a):
    return [float(a[i, j]) for i in range(a.rows) for j in range(a.cols)]


def main():
    draw = random.Random(2)
    cases = []

    def add(name, which, rows, function):
        n = len(rows)
        weights = [[draw.uniform(-1, 1) for _ in range(n)] for _ in range(n)]
        result, gradient = function(matrix(rows), matrix(weights))
        cases.append(
            {
                "function": name,
                "matrix": which,
                "n": n,
                "a": [x for row in rows for x in row],
                "weights": [x for row in weights for x in row],
                "result": numbers(result),
                "gradient": numbers(gradient),
            }
        )

    for which, rows in spectra():
        for name, (f, slope) in SYMMETRIC.items():
            add(name, which, rows, lambda a, w: spectral(f, slope, a, w))
        add("log_det", which, rows, log_det)
    for n in (1, 2, 3, 5):
        rows = [[draw.uniform(-2, 2) + 3 * (i == j) for j in range(n)] for i in range(n)]
        add("expm", f"general, {n}", rows, expm)
        add("matrix inverse", f"general, {n}", rows, inverse)
    add("expm", "a Jordan block", [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]], expm)
    add("expm", "large", [[20.0, -30.0], [10.0, -25.0]], expm)
    json.dump({"digits": 50, "cases": cases}, sys.stdout, indent=0)
    print()


if __name__ == "__main__":
    main()
