"""Riemannian geometry to 50 digits, from definitions: what the referee stands on.

Spheres and hyperboloids are quadrics with textbook formulas. Every other curved model is a quadric
seen through a map (`referee.py`). Derivatives are central differences, so that none is anybody's
formula. Points, vectors and covectors are lists of `mpf`.
"""

from mpmath import mp, mpf

# A difference quotient is off by STEP², and one of second order loses two thirds of the digits.
mp.dps = 200
STEP = mpf(10) ** -50


def vector(numbers):
    return [mpf(number) for number in numbers]


def combine(*terms):
    """The sum of scalar-vector pairs: `combine((a, x), (b, y))` is a·x + b·y."""
    return [mp.fsum(a * x[i] for a, x in terms) for i in range(len(terms[0][1]))]


def scale(a, x):
    return [a * number for number in x]


def dot(x, y):
    return mp.fdot(x, y)


def push(f, x, v):
    """The differential of the map `f` at `x`, applied to `v`."""
    ahead, behind = f(combine((1, x), (STEP, v))), f(combine((1, x), (-STEP, v)))
    return combine((1 / (2 * STEP), ahead), (-1 / (2 * STEP), behind))


class Geometry:
    """What follows from `exp`, `log` and `inner`; the defaults fit an open set of flat space."""

    def point(self, x):
        """The point that rounded coordinates stand for."""
        return x

    def project_tangent(self, x, u):
        return u

    def curve(self, x, v):
        """Where to go from `x` to differentiate along `v`."""
        return self.exp(x, v)

    def distance(self, x, y):
        v = self.log(x, y)
        return mp.sqrt(self.inner(x, v, v))

    def midpoint(self, x, y):
        return self.exp(x, scale(mpf(1) / 2, self.log(x, y)))

    def frame(self, x):
        """Orthonormal tangent vectors at `x`, by Gram and Schmidt."""
        frame = []
        for i in range(len(x)):
            e = self.project_tangent(x, vector(int(i == j) for j in range(len(x))))
            for other in frame:
                e = combine((1, e), (-self.inner(x, e, other), other))
            square = self.inner(x, e, e)
            if square > STEP:
                frame.append(scale(1 / mp.sqrt(square), e))
        return frame

    def riemannian_gradient(self, x, covector):
        return combine(*((dot(covector, e), e) for e in self.frame(x)))

    def slope(self, f, x, v):
        """The derivative of a function of one point along a tangent vector."""
        return (f(self.curve(x, scale(STEP, v))) - f(self.curve(x, scale(-STEP, v)))) / (2 * STEP)

    def gradient(self, f, x):
        """The Riemannian gradient of a function of one point."""
        return combine(*((self.slope(f, x, e), e) for e in self.frame(x)))

    def gradient_by_vector(self, f, x, v):
        """The same for a function of a tangent vector at `x`."""
        return combine(*((push(lambda v: [f(v)], v, e)[0], e) for e in self.frame(x)))

    def frechet_mean(self, points, weights, start):
        """The Fréchet mean next to `start`."""

        def objective(x):
            squares = (w * self.distance(x, y) ** 2 for w, y in zip(weights, points))
            return mp.fsum(squares) / 2

        # Each step doubles the digits that are right: 15 at the start, 60 at the end.
        return self.newton_step(objective, self.newton_step(objective, start))

    def newton_step(self, f, x):
        """Towards a stationary point of `f`, by differences of first and second order."""
        frame = self.frame(x)
        units = [[STEP * int(i == j) for j in range(len(frame))] for i in range(len(frame))]

        def at(coordinates):
            return f(self.exp(x, combine(*zip(coordinates, frame))))

        here = at(scale(0, units[0]))
        ahead = [at(unit) for unit in units]
        behind = [at(scale(-1, unit)) for unit in units]
        slope = mp.matrix([(a - b) / (2 * STEP) for a, b in zip(ahead, behind)])
        bend = mp.matrix(len(frame))
        for i, along in enumerate(units):
            for j, across in enumerate(units):
                both = at(combine((1, along), (1, across)))
                bend[i, j] = (both - ahead[i] - ahead[j] + here) / STEP**2
        return self.exp(x, combine(*zip(-mp.lu_solve(bend, slope), frame)))


class Flat(Geometry):
    def exp(self, x, v):
        return combine((1, x), (1, v))

    def log(self, x, y):
        return combine((1, y), (-1, x))

    def inner(self, x, v, w):
        return dot(v, w)

    def transport(self, x, y, v):
        return v


class Quadric(Geometry):
    """⟨x, x⟩ = 1/κ with ⟨x, y⟩ = sign(κ)·x₀y₀ + x₁y₁ + …: a sphere or a hyperboloid."""

    def __init__(self, kappa):
        self.kappa = mpf(kappa)
        self.root = mp.sqrt(abs(self.kappa))

    def product(self, x, y):
        return mp.sign(self.kappa) * x[0] * y[0] + dot(x[1:], y[1:])

    def point(self, x):
        if self.kappa > 0:
            return scale(1 / (self.root * mp.sqrt(dot(x, x))), x)
        return [mp.sqrt(dot(x[1:], x[1:]) - 1 / self.kappa), *x[1:]]

    def project_tangent(self, x, u):
        return combine((1, u), (-self.kappa * self.product(x, u), x))

    def inner(self, x, v, w):
        return self.product(v, w)

    def exp(self, x, v):
        t = mp.sqrt(self.product(v, v)) * self.root
        if t == 0:
            return x
        cosine, sine = (mp.cos(t), mp.sin(t)) if self.kappa > 0 else (mp.cosh(t), mp.sinh(t))
        return combine((cosine, x), (sine / t, v))

    def log(self, x, y):
        cosine = self.kappa * self.product(x, y)
        toward = combine((1, y), (-cosine, x))
        sine = self.root * mp.sqrt(self.product(toward, toward))
        if sine == 0:
            return scale(0, x)
        t = mp.atan2(sine, cosine) if self.kappa > 0 else mp.asinh(sine)
        return scale(t / sine, toward)

    def transport(self, x, y, v):
        share = self.kappa * self.product(y, v) / (1 + self.kappa * self.product(x, y))
        return combine((1, v), (-share, x), (-share, y))


class Through(Geometry):
    """A geometry in the coordinates of a chart: `there` leads to `base`, `back` from it."""

    def __init__(self, base, there, back):
        self.base, self.there, self.back = base, there, back

    def inner(self, x, v, w):
        there = push(self.there, x, v), push(self.there, x, w)
        return self.base.inner(self.there(x), *there)

    def exp(self, x, v):
        return self.back(self.base.exp(self.there(x), push(self.there, x, v)))

    def log(self, x, y):
        there = self.there(x)
        return push(self.back, there, self.base.log(there, self.there(y)))

    def distance(self, x, y):
        return self.base.distance(self.there(x), self.there(y))

    def transport(self, x, y, v):
        x, y, v = self.there(x), self.there(y), push(self.there, x, v)
        return push(self.back, y, self.base.transport(x, y, v))


class Scaled(Geometry):
    def __init__(self, base, factor):
        self.base, self.factor = base, mpf(factor)
        for verb in ("point", "project_tangent", "exp", "log", "transport"):
            setattr(self, verb, getattr(base, verb))

    def inner(self, x, v, w):
        return self.factor**2 * self.base.inner(x, v, w)


class Product(Geometry):
    """Factors with the places of their coordinates."""

    def __init__(self, parts):
        self.parts = parts

    def each(self, verb, *arguments):
        result = [mpf(0)] * len(arguments[0])
        for geometry, places in self.parts:
            part = getattr(geometry, verb)(*([a[i] for i in places] for a in arguments))
            for i, number in zip(places, part):
                result[i] = number
        return result

    def inner(self, x, v, w):
        return mp.fsum(
            geometry.inner(*([a[i] for i in places] for a in (x, v, w)))
            for geometry, places in self.parts
        )

    def point(self, x):
        return self.each("point", x)

    def project_tangent(self, x, u):
        return self.each("project_tangent", x, u)

    def exp(self, x, v):
        return self.each("exp", x, v)

    def log(self, x, y):
        return self.each("log", x, y)

    def transport(self, x, y, v):
        return self.each("transport", x, y, v)
