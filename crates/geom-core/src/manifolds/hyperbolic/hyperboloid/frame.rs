//! Points of the hyperboloid as boosts of the origin.

use burn::tensor::Tensor;

use crate::calculus::pairwise::{squared_distance_with_differences, table};
use crate::gyro::Point;
use crate::numerics::{clip_factor_detached, clip_squarable, dot, squared_norm};
use crate::rows::Rows;

/// A point in coordinates of curvature −1, with the boost that carries the origin to it.
///
/// The boost identifies the tangent space at the point with that at the origin,
/// $\\{0\\}\times\mathbb R^d$, isometrically.
pub(crate) struct Frame<T> {
    /// $X_s$, `[..., d]`.
    pub(crate) space: T,
    /// $X_0$, `[..., 1]`.
    pub(crate) time: T,
}

impl<T: Rows> Frame<T> {
    /// The time component of `x` is not read.
    pub(crate) fn new(x: T) -> Self {
        let space = spatial(x);
        let time = time_component(space.clone());
        Self { space, time }
    }

    pub(crate) fn time_plus_one(&self) -> T {
        self.time.clone().add_scalar(1.0)
    }

    /// $p = X_s/(1 + X_0)$, for which $1 - \lVert p\rVert^2 = 2/(1 + X_0)$ holds exactly.
    pub(crate) fn stereographic(&self) -> Point<T> {
        let scale = self.time_plus_one().recip();
        Point {
            x: self.space.clone() * scale.clone(),
            alpha: scale.mul_scalar(2.0),
        }
    }

    /// $q - p$ of two points in stereographic coordinates, from the difference $\delta = Y_s - X_s$:
    ///
    /// $$ q - p = \frac{1}{1 + F_0}\Bigl(\delta - \frac{N_s\\,(Y_0 - X_0)}{1 + N_0}\Bigr), \qquad
    ///    Y_0 - X_0 = \frac{\langle\delta, X_s + Y_s\rangle}{X_0 + Y_0}, $$
    ///
    /// where $N$ is the point nearer to the origin and $F$ the other one.
    ///
    /// The coordinates $p$ and $q$ themselves are rounded, and close points differ by less than that.
    /// The formula holds with $N$ and $F$ exchanged, too, but there two large numbers cancel: of
    /// a point as far out as the number format goes, nothing would be left.
    pub(crate) fn stereographic_difference(&self, other: &Self) -> T {
        let delta = other.space.clone() - self.space.clone();
        let sum = other.space.clone() + self.space.clone();
        let rise = dot(delta.clone(), sum) / (self.time.clone() + other.time.clone());
        let [x, y] = [self, other].map(Self::time_plus_one);
        let x_is_nearer = x.clone().lower_equal(y.clone());
        let y_is_nearer = T::opposite(x_is_nearer.clone());
        let nearer = T::mask_select(x_is_nearer.clone(), x.clone(), y.clone());
        let farther = T::mask_select(x_is_nearer.clone(), y, x);
        let tilt = rise / nearer;
        let of_x = tilt.clone().mask_fill(y_is_nearer, 0.0);
        let of_y = tilt.mask_fill(x_is_nearer, 0.0);
        (delta - self.space.clone() * of_x - other.space.clone() * of_y) / farther
    }

    /// Tangent coordinates at the origin, `[..., d]`: $w = v_s - X_s v_0/(1 + X_0)$.
    pub(crate) fn at_origin(&self, v: T) -> T {
        let space = spatial(v.clone());
        self.space.assert_one_width(&space);
        space - self.space.clone() * (temporal(v) / self.time_plus_one())
    }

    /// The spatial part of the tangent vector `v`, and its coordinates at the origin. Both are
    /// shortened where they are much longer than the longest step.
    ///
    /// The first is made from the second: the coordinates of `v` itself are rounded, and a long
    /// geodesic would multiply what they have of a normal part, or of another length.
    pub(crate) fn step(&self, v: T) -> (T, T) {
        let step = self.at_origin(v);
        let factor = clip_factor_detached(&step, step.limits().max_step.sinh());
        let step = step * factor;
        let (_, space) = self.boosted(step.clone());
        (space, step)
    }

    /// The tangent vector with these coordinates at the origin.
    pub(crate) fn at_point(&self, w: T) -> T {
        let (time, space) = self.boosted(w);
        concat_time(time, space)
    }

    /// The parts of [`at_point`](Self::at_point):
    /// $v_0 = \langle X_s, w\rangle$, $v_s = w + X_s v_0/(1 + X_0)$.
    fn boosted(&self, w: T) -> (T, T) {
        let time = dot(self.space.clone(), w.clone());
        let space = w + self.space.clone() * (time.clone() / self.time_plus_one());
        (time, space)
    }
}

impl<const D: usize> Frame<Tensor<D>> {
    /// $\lVert q - p\rVert^2$ of all pairs in stereographic coordinates, `[n, m]`, from their
    /// [differences](Self::stereographic_difference).
    pub(crate) fn stereographic_squared_distances(&self, other: &Self) -> Tensor<2> {
        let [x, y] = [self, other].map(Self::table);
        let (p, q) = (x.stereographic().x, y.stereographic().x);
        let (still_x, still_y) = (x.detached(), y.detached());
        squared_distance_with_differences(p, q, |start, rows| {
            let block = still_x.rows(start, rows).along(0);
            block.stereographic_difference(&still_y.along(1))
        })
    }

    fn table(&self) -> Frame<Tensor<2>> {
        Frame {
            space: table(self.space.clone()),
            time: table(self.time.clone()),
        }
    }
}

impl Frame<Tensor<2>> {
    fn detached(self) -> Self {
        Self {
            space: self.space.detach(),
            time: self.time.detach(),
        }
    }

    fn rows(&self, start: usize, rows: usize) -> Self {
        Self {
            space: self.space.clone().narrow(0, start, rows),
            time: self.time.clone().narrow(0, start, rows),
        }
    }

    /// The same points along this one of two batch axes.
    fn along(&self, axis: usize) -> Frame<Tensor<3>> {
        Frame {
            space: self.space.clone().unsqueeze_dim(1 - axis),
            time: self.time.clone().unsqueeze_dim(1 - axis),
        }
    }
}

/// The first coordinate, `[..., 1]`.
pub(crate) fn temporal<T: Rows>(x: T) -> T {
    x.first()
}

/// The other coordinates, `[..., d]`.
pub(crate) fn spatial<T: Rows>(x: T) -> T {
    x.rest()
}

/// $\sqrt{1 + \lVert X_s\rVert^2}$.
pub(crate) fn time_component<T: Rows>(space: T) -> T {
    squared_norm(space).add_scalar(1.0).sqrt()
}

/// Puts the time component before the others.
pub(crate) fn concat_time<T: Rows>(time: T, space: T) -> T {
    T::prepend(time, space)
}

/// The point over spatial coordinates of curvature −1, which have squares, kept within
/// [`Limits::max_radius`](crate::Limits::max_radius).
pub(crate) fn lift<T: Rows>(space: T) -> T {
    let longest = space.limits().max_radius.sinh();
    let space = clip_squarable(space, longest);
    concat_time(time_component(space.clone()), space)
}
