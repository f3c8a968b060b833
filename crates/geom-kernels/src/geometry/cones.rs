//! Entailment cones, pair by pair, with gradients in closed form.
//!
//! Points are those of the unit ball; $K > 0$ is the constant of the cones.
//!
//! # References
//! Ganea, Bécigneul, Hofmann (2018), *Hyperbolic Entailment Cones for Learning Hierarchical Embeddings*,
//! eqs. 26, 28, 33.

use std::f64::consts::FRAC_PI_2;

use super::vectors::dot;

/// Two points of the unit ball, and what energy and gradients are made of.
struct Pair<'a> {
    k: f64,
    x: &'a [f64],
    y: &'a [f64],
    /// $\lVert x\rVert$
    length: f64,
    /// $1 - \lVert x\rVert^2$, of factors as the energy of tensors has it
    alpha: f64,
    /// $\langle\hat x, \delta\rangle$ with $\delta = y - x$
    along: f64,
    /// $\lVert\delta - \langle\hat x, \delta\rangle\hat x\rVert$
    across: f64,
    /// $\lVert\delta\rVert^2$
    square: f64,
}

impl<'a> Pair<'a> {
    fn new(k: f64, x: &'a [f64], y: &'a [f64]) -> Self {
        let length = dot(x, x).sqrt();
        let mut pair = Self {
            k,
            x,
            y,
            length,
            alpha: (1.0 - length) * (1.0 + length),
            along: 0.0,
            across: 0.0,
            square: 0.0,
        };
        for axis in 0..x.len() {
            let delta = y[axis] - x[axis];
            pair.along += pair.ray(axis) * delta;
            pair.square += delta * delta;
        }
        let across: f64 = (0..x.len()).map(|axis| pair.off_ray(axis).powi(2)).sum();
        pair.across = across.sqrt();
        pair
    }

    /// $\hat x$; 0 at the origin, whose cone is the whole space.
    fn ray(&self, axis: usize) -> f64 {
        if self.length > 0.0 {
            self.x[axis] / self.length
        } else {
            0.0
        }
    }

    /// $\delta - \langle\hat x, \delta\rangle\hat x$
    fn off_ray(&self, axis: usize) -> f64 {
        self.y[axis] - self.x[axis] - self.along * self.ray(axis)
    }

    fn opposite(&self) -> f64 {
        self.alpha * self.across
    }

    fn adjacent(&self) -> f64 {
        self.alpha * self.along - self.length * self.square
    }

    /// $\Xi(x, y)$; 0 where both are one point.
    fn angle(&self) -> f64 {
        if self.square == 0.0 {
            return 0.0;
        }
        self.opposite().atan2(self.adjacent())
    }

    /// Whether the cone is narrower than a half-space.
    fn is_cone(&self) -> bool {
        self.k * self.alpha < self.length
    }

    /// $(\lVert x\rVert - K\alpha)(\lVert x\rVert + K\alpha)$, which is not negative for a cone.
    fn legs(&self) -> f64 {
        let opposite = self.k * self.alpha;
        (self.length - opposite) * (self.length + opposite)
    }

    /// $\psi(x)$
    fn half_aperture(&self) -> f64 {
        if self.is_cone() {
            (self.k * self.alpha).atan2(self.legs().sqrt())
        } else {
            FRAC_PI_2
        }
    }
}

/// The energy $E(x, y) = \max(0, \Xi(x, y) - \psi(x))$: how far $y$ is outside the cone at $x$, with the angle
/// $\Xi$ at $x$ between the ray from the origin and the geodesic to $y$, and the half aperture $\psi$. The
/// cone of the origin is the whole space.
pub fn energy(k: f64, x: &[f64], y: &[f64]) -> f64 {
    let pair = Pair::new(k, x, y);
    if pair.length == 0.0 {
        return 0.0;
    }
    (pair.angle() - pair.half_aperture()).max(0.0)
}

/// [`energy`], and its Euclidean gradients in `by_x` and `by_y`.
///
/// With $o = \alpha c$ and $b = \alpha a - \lVert x\rVert s$, where $\alpha = 1 - \lVert x\rVert^2$,
/// $\delta = y - x$, $a = \langle\hat x, \delta\rangle$, $s = \lVert\delta\rVert^2$ and
/// $c = \lVert\delta - a\hat x\rVert$ of direction $\hat c$, the angle is
/// $\Xi = \operatorname{atan2}(o, b)$, so
/// $\mathrm d\Xi = (b\\,\mathrm do - o\\,\mathrm db)/(o^2 + b^2)$ with
///
/// $$ \nabla_y o = \alpha\hat c, \quad \nabla_y b = \alpha\hat x - 2\lVert x\rVert\delta, \quad
///    \nabla_x o = -2cx - \alpha\Bigl(1 + \frac{a}{\lVert x\rVert}\Bigr)\hat c, $$
/// $$ \nabla_x b = -2ax + \alpha\Bigl(\frac{c\hat c}{\lVert x\rVert} - \hat x\Bigr) - s\hat x
///    {}+ 2\lVert x\rVert\delta, \quad
///    \nabla\psi = -\frac{K(1 + \lVert x\rVert^2)}
///    {\lVert x\rVert\sqrt{(\lVert x\rVert - K\alpha)(\lVert x\rVert + K\alpha)}}\hat x. $$
///
/// Where the energy is 0, so are the gradients; on the axis of the cone the part across is taken as 0.
///
/// # Panics
/// If the four are not of one length.
pub fn energy_and_gradient(
    k: f64,
    x: &[f64],
    y: &[f64],
    by_x: &mut [f64],
    by_y: &mut [f64],
) -> f64 {
    assert!(
        [y.len(), by_x.len(), by_y.len()] == [x.len(); 3],
        "points and gradients have as many coordinates"
    );
    by_x.fill(0.0);
    by_y.fill(0.0);
    let pair = Pair::new(k, x, y);
    if pair.length == 0.0 || pair.square == 0.0 {
        return 0.0;
    }
    let energy = pair.angle() - pair.half_aperture();
    if energy <= 0.0 {
        return 0.0;
    }
    let Pair {
        length,
        alpha,
        along,
        across,
        square,
        ..
    } = pair;
    let (opposite, adjacent) = (pair.opposite(), pair.adjacent());
    // The angle does not change with the size of the triangle, whose squares could vanish.
    let size = opposite.abs().max(adjacent.abs());
    let (o, b) = (opposite / size, adjacent / size);
    let scale = ((o * o + b * b) * size).recip();
    let narrowing = if pair.is_cone() {
        k * (1.0 + length * length) / (length * pair.legs().sqrt())
    } else {
        0.0
    };
    for axis in 0..x.len() {
        let (ray, off) = (pair.ray(axis), pair.off_ray(axis));
        let off_unit = if across > 0.0 { off / across } else { 0.0 };
        let delta = y[axis] - x[axis];
        let o_by_y = alpha * off_unit;
        let b_by_y = alpha * ray - 2.0 * length * delta;
        let o_by_x = -2.0 * x[axis] * across - alpha * off_unit * (1.0 + along / length);
        let b_by_x = -2.0 * x[axis] * along + alpha * (off / length - ray) - ray * square
            + 2.0 * length * delta;
        by_y[axis] = (b * o_by_y - o * b_by_y) * scale;
        // The aperture falls with the radius, and the energy grows by that.
        by_x[axis] = (b * o_by_x - o * b_by_x) * scale + narrowing * ray;
    }
    energy
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: f64 = 0.1;

    /// Pairs all over the ball, some next to its boundary, some inside the least radius.
    fn pairs() -> Vec<([f64; 3], [f64; 3])> {
        let point = |seed: u32| {
            let turn = |rate: f64| (rate * f64::from(seed)).sin();
            let raw = [turn(1.7), turn(2.3), turn(3.1)];
            let length = dot(&raw, &raw).sqrt();
            let radius = [0.05, 0.12, 0.3, 0.6, 0.9, 0.999, 1.0 - 1e-6][seed as usize % 7];
            raw.map(|value| value / length * radius)
        };
        let seeds = (1..15).flat_map(|i| (1..15).map(move |j| (i, j)));
        seeds.map(|(i, j)| (point(i), point(100 + 3 * j))).collect()
    }

    #[test]
    fn the_gradient_agrees_with_differences() {
        let mut compared = 0;
        for (x, y) in pairs() {
            let (mut by_x, mut by_y) = ([0.0; 3], [0.0; 3]);
            let found = energy_and_gradient(K, &x, &y, &mut by_x, &mut by_y);
            assert_eq!(found, energy(K, &x, &y));
            if found == 0.0 {
                assert_eq!((by_x, by_y), ([0.0; 3], [0.0; 3]));
                continue;
            }
            for axis in 0..3 {
                for of_x in [true, false] {
                    let point = if of_x { &x } else { &y };
                    let gap = 1.0 - dot(point, point);
                    // Small against the boundary, where everything changes within the gap.
                    let step = 1e-5 * gap;
                    let at = |by: f64| {
                        let mut moved = *point;
                        moved[axis] += by;
                        match of_x {
                            true => energy(K, &moved, &y),
                            false => energy(K, &x, &moved),
                        }
                    };
                    let slope = (at(step) - at(-step)) / (2.0 * step);
                    let found = if of_x { by_x[axis] } else { by_y[axis] };
                    // Rounding of the difference, over its step.
                    let tolerance = 1e-6 * (1.0 + slope.abs()) + 1e-14 / step;
                    assert!((found - slope).abs() < tolerance, "{found} is not {slope}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 500, "{compared}");
    }

    #[test]
    fn on_the_axis_and_at_the_origin_gradients_are_finite() {
        for (x, y) in [
            ([0.5, 0.0], [0.9, 0.0]),
            ([0.5, 0.0], [0.2, 0.0]),
            ([0.5, 0.0], [0.5, 0.0]),
            ([0.0, 0.0], [0.5, 0.0]),
            ([0.5, 0.0], [0.0, 0.0]),
            ([1.0 - 1e-15, 0.0], [-1.0 + 1e-15, 0.0]),
        ] {
            let (mut by_x, mut by_y) = ([0.0; 2], [0.0; 2]);
            let found = energy_and_gradient(K, &x, &y, &mut by_x, &mut by_y);
            assert!(found.is_finite() && found >= 0.0);
            assert!(by_x.iter().chain(&by_y).all(|value| value.is_finite()));
        }
    }
}
