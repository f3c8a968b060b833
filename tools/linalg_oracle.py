"""Writes crates/geom-kernels/tests/data/linalg.csv: functions of small matrices, in 60-digit arithmetic.

    pip install mpmath
    python tools/linalg_oracle.py > crates/geom-kernels/tests/data/linalg.csv

One line a result: name, n, the matrix and a direction (what has none: zeros), the result; numbers of a
matrix row by row. Matrices and directions are rounded to doubles before they are used, so that a program
reads exactly what was computed with here.
"""

import random

from mpmath import diag, eighe, expm, inverse, log, matrix, mp, mpf, sqrt

mp.dps = 60
random.seed(20250613)


def rounded(a):
    return a.apply(lambda x: mpf(float(x)))


def uniform():
    return mpf(random.uniform(-1, 1))


def orthogonal(n):
    a = matrix(n, n)
    for i in range(n):
        for j in range(n):
            a[i, j] = uniform()
    q, _ = mp.qr(a)
    return q[:, :n]


def symmetric(a):
    return rounded((a + a.T) / 2)


def of_spectrum(values):
    q = orthogonal(len(values))
    return symmetric(q * diag(values) * q.T)


def graded(n, condition):
    """D B D with a condition of B below ten: small eigenvalues are determined by the entries."""
    b = of_spectrum([mpf(1) + mpf(k) / n for k in range(n)])
    d = diag([mpf(2) ** round(-k * float(log(condition, 2)) / (2 * (n - 1))) for k in range(n)])
    return symmetric(d * b * d)


def direction(n):
    a = matrix(n, n)
    for i in range(n):
        for j in range(n):
            a[i, j] = uniform()
    return symmetric(a)


def spectral(a, f):
    values, q = eighe(a)
    return q * diag([f(x) for x in values]) * q.T


def derivative(a, e, f):
    """The derivative of f in a direction, from four points: exact to h^4, and h costs twelve of 60 digits."""
    h = mpf(10) ** -12 * mp.norm(a, mp.inf)
    values = [spectral(a + k * h * e, f) for k in (-2, -1, 1, 2)]
    return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)


def flat(a):
    return " ".join(mp.nstr(a[i, j], 25) for i in range(a.rows) for j in range(a.cols))


def line(name, a, e, result):
    print(",".join([name, str(a.rows), flat(a), flat(e), flat(result)]))


FUNCTIONS = {
    "log": log,
    "exp": mp.exp,
    "sqrt": sqrt,
    "inverse-sqrt": lambda x: 1 / sqrt(x),
    "inverse": lambda x: 1 / x,
    "power-0.3": lambda x: x ** mpf("0.3"),
    "power--1.7": lambda x: x ** mpf("-1.7"),
    "power-2": lambda x: x**2,
}


def main():
    print("name,n,matrix,direction,result")
    spectra = [
        [mpf(2), mpf(2)],
        [mpf(1), mpf(1) + mpf(2) ** -40],
        [mpf("0.5"), mpf("0.5"), mpf(3)],
        [mpf(1), mpf(1) + mpf(2) ** -26, mpf(1) + mpf(2) ** -50],
        [mpf("0.1"), mpf(1), mpf(1) + mpf(2) ** -30, mpf(7)],
        [mpf("0.3"), mpf("0.9"), mpf("1.7"), mpf("2.5"), mpf(4)],
    ]
    for values in spectra:
        a = of_spectrum(values)
        e = direction(a.rows)
        for name, f in FUNCTIONS.items():
            line(name, a, e * 0, spectral(a, f))
            line(name + "-derivative", a, e, derivative(a, e, f))
    for n in (2, 3, 4, 8, 13):
        a = graded(n, mpf(10) ** 12)
        values, _ = eighe(a)
        line("graded-eigenvalues", a, a * 0, diag(sorted(values)))
        b = matrix(n, n)
        for i in range(n):
            for j in range(n):
                b[i, j] = uniform() * mpf(2) ** (-2 * j)
        b = rounded(b)
        _, values, _ = mp.svd_r(b)
        line("graded-singular-values", b, b * 0, diag(sorted(values, reverse=True)))
    for n, size in ((2, 1), (3, mpf("0.01")), (3, 30), (4, 3), (6, 8)):
        a = matrix(n, n)
        for i in range(n):
            for j in range(n):
                a[i, j] = size * uniform()
        a = rounded(a)
        e = rounded(direction(n) + matrix(n, n))
        line("expm", a, e * 0, expm(a, method="taylor"))
        both = matrix(2 * n, 2 * n)
        for i in range(n):
            for j in range(n):
                both[i, j] = both[n + i, n + j] = a[i, j]
                both[i, n + j] = e[i, j]
        line("expm-derivative", a, e, expm(both, method="taylor")[:n, n:])
        line("inverse-general", a, e * 0, inverse(a))


if __name__ == "__main__":
    main()
