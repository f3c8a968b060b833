"""The manifolds of geom-core, to 50 digits: the referee of `compare_with_peers.py`."""

from mpmath import mp, mpf

from exact_geometry import (
    STEP,
    Flat,
    Geometry,
    Product,
    Quadric,
    Scaled,
    Through,
    combine,
    dot,
    push,
    scale,
    vector,
)


def build(config, shape):
    """The geometry of a manifold's configuration, for points of this shape."""
    kinds = {
        "euclidean": lambda: Flat(),
        "poincare-ball": lambda: Stereographic(-config["c"]),
        "stereographic": lambda: Stereographic(config["kappa"]),
        "hyperboloid": lambda: Quadric(-config["c"]),
        "klein-ball": lambda: klein(mpf(config["c"])),
        "half-space": lambda: half_space(mpf(config["c"])),
        "sphere": lambda: Quadric(1),
        "sphere-subspace": lambda: Subsphere(config["complement"]),
        "torus": lambda: Torus(),
        "probability-simplex": lambda: Simplex(),
        "positive-orthant": lambda: orthant(),
        "birkhoff-polytope": lambda: Birkhoff(),
        "oblique": lambda: columns(*shape),
        "scaled": lambda: Scaled(build(config["base"], shape), config["scale"]),
        "power": lambda: side_by_side([(config["base"], shape[-1])] * config["count"]),
        "product": lambda: side_by_side(
            [(part["manifold"], width(part["manifold"], part["dim"])) for part in config["factors"]]
        ),
    }
    return kinds[config["name"]]()


def width(config, dim):
    """The coordinates of a point of `dim` dimensions."""
    return dim + 1 if config["name"] in ("sphere", "hyperboloid", "probability-simplex") else dim


def columns(n, k):
    return Product([(Quadric(1), range(j, n * k, k)) for j in range(k)])


def side_by_side(parts):
    places, start = [], 0
    for config, size in parts:
        places.append((build(config, [size]), range(start, start + size)))
        start += size
    return Product(places)


class Torus(Flat):
    def exp(self, x, v):
        return [wrap(a) for a in super().exp(x, v)]

    def log(self, x, y):
        return [wrap(a) for a in super().log(x, y)]


def wrap(angle):
    return angle - 2 * mp.pi * mp.ceil(angle / (2 * mp.pi) - mpf(1) / 2)


class Subsphere(Quadric):
    """The unit vectors orthogonal to given ones."""

    def __init__(self, normals):
        super().__init__(1)
        self.normals = []
        for normal in map(vector, normals):
            for other in self.normals:
                normal = combine((1, normal), (-dot(normal, other), other))
            self.normals.append(scale(1 / mp.sqrt(dot(normal, normal)), normal))

    def within(self, u):
        return combine((1, u), *((-dot(u, n), n) for n in self.normals))

    def point(self, x):
        return super().point(self.within(x))

    def project_tangent(self, x, u):
        return super().project_tangent(x, self.within(u))


class Stereographic(Through):
    """The stereographic projection of a quadric; at κ = 0 flat space with metric 4⟨v, w⟩."""

    def __init__(self, kappa):
        self.kappa = mpf(kappa)
        if self.kappa == 0:
            super().__init__(Flat(), lambda x: scale(2, x), lambda x: scale(mpf(1) / 2, x))
            return
        quadric = Quadric(kappa)

        def there(x):
            factor = self.conformal_factor(x)
            return [(factor - 1) / quadric.root, *scale(factor, x)]

        def back(x):
            return scale(1 / (1 + quadric.root * x[0]), x[1:])

        super().__init__(quadric, there, back)

    def conformal_factor(self, x):
        return 2 / (1 + self.kappa * dot(x, x))

    def origin(self, like):
        return scale(0, like)

    def mobius_scalar_mul(self, r, x):
        origin = self.origin(x)
        return self.exp(origin, scale(mpf(r), self.log(origin, x)))

    def mobius_matvec(self, matrix, x):
        v = self.log(self.origin(x), x)
        return self.exp(self.origin(x), [dot(v, vector(column)) for column in zip(*matrix)])

    def mobius_pointwise_mul(self, w, x):
        v = self.log(self.origin(x), x)
        return self.exp(self.origin(x), [a * b for a, b in zip(w, v)])

    def mobius_add(self, x, y):
        """x ⊕ y, by transport: the geodesic of `y` from the origin, started at `x`."""
        origin = self.origin(x)
        return self.exp(x, self.transport(origin, x, self.log(origin, y)))

    def mobius_sub(self, x, y):
        return self.mobius_add(x, scale(-1, y))

    def gyration(self, x, y, v):
        """⊖(x ⊕ y) ⊕ (x ⊕ (y ⊕ v)), which is linear in `v`: short vectors are inside every ball."""
        short = scale(STEP, v)
        turned = self.mobius_add(
            scale(-1, self.mobius_add(x, y)), self.mobius_add(x, self.mobius_add(y, short))
        )
        return scale(1 / STEP, turned)

    def mobius_coadd(self, x, y):
        return self.mobius_add(x, self.gyration(x, scale(-1, y), y))

    def mobius_cosub(self, x, y):
        return self.mobius_coadd(x, scale(-1, y))

    def antipode(self, x):
        if self.kappa <= 0:
            return scale(-1, x)
        return self.back(scale(-1, self.there(x)))

    def weighted_midpoint(self, points, weights):
        """The weighted sum on the quadric, scaled back to it."""
        total = combine(*((w, self.there(x)) for w, x in zip(weights, points)))
        if self.kappa == 0:
            return self.back(scale(1 / mp.fsum(weights), total))
        length = mp.sqrt(abs(self.kappa * self.base.product(total, total)))
        return self.back(scale(1 / length, total))

    def signed_distance_to_hyperplane(self, x, p, a):
        """On the quadric it is a plane through 0, and ⟨x, normal⟩ the sine of an angle."""
        normal = scale(1 / mp.sqrt(self.inner(p, a, a)), a)
        if self.kappa == 0:
            return self.inner(p, combine((1, x), (-1, p)), normal)
        sine = self.base.root * self.base.product(self.there(x), push(self.there, p, normal))
        return (mp.asin(sine) if self.kappa > 0 else mp.asinh(sine)) / self.base.root


def klein(c):
    root = mp.sqrt(mpf(c))

    def there(x):
        height = 1 / mp.sqrt(1 - c * dot(x, x))
        return [height / root, *scale(height, x)]

    return Through(Quadric(-c), there, lambda x: scale(1 / (root * x[0]), x[1:]))


def half_space(c):
    root = mp.sqrt(mpf(c))

    def there(x):
        square, height = dot(x, x), x[-1]
        unit = [
            (square + 1) / (2 * height),
            *scale(1 / height, x[:-1]),
            (square - 1) / (2 * height),
        ]
        return scale(1 / root, unit)

    def back(x):
        height = 1 / (root * (x[0] - x[-1]))
        return [*scale(root * height, x[1:-1]), height]

    return Through(Quadric(-c), there, back)


def orthant():
    return Through(Flat(), lambda x: [mp.log(a) for a in x], lambda x: [mp.exp(a) for a in x])


class Simplex(Through):
    """Distributions, as the sphere of radius 2 under squaring."""

    def __init__(self):
        super().__init__(
            Quadric(mpf(1) / 4),
            lambda p: [2 * mp.sqrt(a) for a in p],
            lambda s: [a * a / 4 for a in s],
        )

    def point(self, p):
        return scale(1 / mp.fsum(p), p)

    def project_tangent(self, p, u):
        return combine((1, u), (-mp.fsum(u), p))


class Birkhoff(Geometry):
    """Doubly stochastic n × n matrices, row by row; geodesics have no closed form."""

    exp = log = distance = midpoint = frechet_mean = None

    def curve(self, x, v):
        return combine((1, x), (1, v))

    def inner(self, x, v, w):
        return mp.fsum(a * b / p for p, a, b in zip(x, v, w))

    def project_tangent(self, x, u):
        """u - (α_i + β_j) x without row and column sums; one β is 0, and one equation implied."""
        n = int(mp.sqrt(len(x)))
        system, sums = mp.matrix(2 * n - 1), mp.matrix(2 * n - 1, 1)
        for i in range(n):
            for j in range(n):
                for line in (i, n + j):
                    if line < 2 * n - 1:
                        sums[line] += u[n * i + j]
                        system[line, i] += x[n * i + j]
                        if j < n - 1:
                            system[line, n + j] += x[n * i + j]
        shift = [*mp.lu_solve(system, sums), mpf(0)]
        return [
            u[n * i + j] - (shift[i] + shift[n + j]) * x[n * i + j]
            for i in range(n)
            for j in range(n)
        ]

    def transport(self, x, y, v):
        """Of the documentation: v/(2√x) as it is, projected at y."""
        moved = [mp.sqrt(b / a) * c for a, b, c in zip(x, y, v)]
        return self.project_tangent(y, moved)
