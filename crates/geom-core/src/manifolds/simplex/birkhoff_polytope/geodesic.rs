//! Geodesics of the Birkhoff polytope, by collocation.
//!
//! With $s = \sqrt X$ the Fisher metric is four times the Euclidean one, and a geodesic bends along
//! the normal space only:
//!
//! $$ s'' = -(\alpha_i + \beta_j)\\,s, $$
//!
//! the potentials being those of the matrix $s'^2$ at $s^2$ (see
//! [`doubly_stochastic`](super::doubly_stochastic)). There is no closed form. Its value at the nodes
//! of a Gauss–Legendre rule, integrated twice, gives the path back, whether the velocity at the start
//! or the end point is given; iterating that converges, in about ten rounds. Both problems share
//! their discrete equations, so [`shoot`] and [`connect`] invert each other to rounding.
//!
//! # References
//! Hairer, Lubich, Wanner (2006), *Geometric Numerical Integration*, §II.1.3, for the method.

use std::sync::LazyLock;

use burn::tensor::{Bool, Device, Tensor, TensorData};

use super::doubly_stochastic::{Normal, sums};
use super::gauss_legendre::Rule;
use crate::backend::Backend;
use crate::numerics::{Limits, clip_norm, to_vec_f64};

/// Nodes in time. The error, which falls as the 32nd power of the length, is then below rounding in
/// `f64` for a path of length 2 between matrices with entries above 1e-3.
const NODES: usize = 16;
/// Length of a path in the Fisher metric that one set of nodes resolves; longer ones are taken in
/// pieces.
const PIECE: f64 = 2.0;
/// Coordinates solved for at once: with the nodes 2 MiB in `f64`, which the caches of a core hold.
const CHUNK: usize = 1 << 14;
/// Rounds after which a path that has not settled is left as it is. Within the injectivity radius 12
/// are enough, over its diameter 30.
const MAX_ROUNDS: usize = 64;
/// A round may change a path more than the best one so far, by this factor, before the path counts as
/// diverging: the first rounds need not shrink.
const GROWTH: f64 = 2.0;
/// Changes of so many roundings are the last: the next one would be a fraction of it.
const SETTLED: f64 = 4.0;

static RULE: LazyLock<Rule<NODES>> = LazyLock::new(Rule::new);

/// The [`Rule`] as tensors without a gradient graph, acting on the first axis.
#[derive(Clone)]
struct Integrals {
    nodes: Tensor<4>,
    to_nodes: Tensor<2>,
    twice_to_nodes: Tensor<2>,
    to_end: Tensor<2>,
    twice_to_end: Tensor<2>,
}

impl Integrals {
    /// For tensors like `x`.
    fn like(x: &Tensor<4>) -> Self {
        let tensor = |values: Vec<f64>| {
            let rows = values.len() / NODES;
            let data = TensorData::new(values, [rows, NODES]);
            Tensor::<2>::from_data(data, (&x.device().without_autodiff(), x.dtype()))
        };
        let rule = &*RULE;
        let weight_twice = |weights: &[f64; NODES]| -> Vec<f64> {
            (0..NODES)
                .map(|l| (0..NODES).map(|k| weights[k] * rule.to_nodes[k][l]).sum())
                .collect()
        };
        Self {
            nodes: tensor(rule.nodes.to_vec()).reshape([NODES, 1, 1, 1]),
            to_nodes: tensor(rule.to_nodes.concat()),
            twice_to_nodes: tensor(rule.to_nodes.iter().flat_map(weight_twice).collect()),
            to_end: tensor(rule.to_end.to_vec()),
            twice_to_end: tensor(weight_twice(&rule.to_end)),
        }
    }
}

fn integrate(weights: &Tensor<2>, f: Tensor<4>) -> Tensor<4> {
    let [nodes, batch, n, m] = f.dims();
    let rows = weights.dims()[0];
    weights
        .clone()
        .matmul(f.reshape([nodes, batch * n * m]))
        .reshape([rows, batch, n, m])
}

/// The state of a path besides its start.
#[derive(Clone)]
enum Given {
    /// The velocity at the start.
    Velocity(Tensor<4>),
    /// The end minus the start.
    Chord(Tensor<4>),
}

/// A path through $s$, determined by its acceleration at the nodes.
struct Path {
    start: Tensor<4>,
    given: Given,
    integrals: Integrals,
}

impl Path {
    fn new(start: Tensor<3>, given: Given) -> Self {
        let start = start.unsqueeze_dim::<4>(0);
        let integrals = Integrals::like(&start);
        Self {
            start,
            given,
            integrals,
        }
    }

    fn without_autodiff(&self) -> Self {
        let start = self.start.clone().without_autodiff();
        let given = match self.given.clone() {
            Given::Velocity(w) => Given::Velocity(w.without_autodiff()),
            Given::Chord(h) => Given::Chord(h.without_autodiff()),
        };
        Self {
            start,
            given,
            integrals: self.integrals.clone(),
        }
    }

    fn is_autodiff(&self) -> bool {
        let (Given::Velocity(given) | Given::Chord(given)) = &self.given;
        self.start.is_autodiff() || given.is_autodiff()
    }

    fn start_velocity(&self, f: Tensor<4>) -> Tensor<4> {
        match self.given.clone() {
            Given::Velocity(w) => w,
            Given::Chord(h) => h - integrate(&self.integrals.twice_to_end, f),
        }
    }

    fn end_velocity(&self, f: Tensor<4>) -> Tensor<4> {
        self.start_velocity(f.clone()) + integrate(&self.integrals.to_end, f)
    }

    fn end(&self, f: Tensor<4>) -> Tensor<4> {
        self.start.clone()
            + self.start_velocity(f.clone())
            + integrate(&self.integrals.twice_to_end, f)
    }

    /// Positions and velocities at the nodes.
    fn at_nodes(&self, f: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let w = self.start_velocity(f.clone());
        let position = self.start.clone()
            + w.clone() * self.integrals.nodes.clone()
            + integrate(&self.integrals.twice_to_nodes, f.clone());
        (position, w + integrate(&self.integrals.to_nodes, f))
    }

    /// The acceleration at the nodes for which the path is a geodesic.
    fn solve(&self) -> Tensor<4> {
        let still = self.without_autodiff();
        let (f, settled, rounds) = still.fixed_point_on_cpu();
        if !self.is_autodiff() {
            return f;
        }
        // The derivative of a fixed point converges as fast as the fixed point does.
        let normals = NormalSpaces::at(still.at_nodes(f.clone()).0);
        let settled = per_path(&settled, &f.device()).expand(f.dims());
        let mut tracked = f.clone();
        for _ in 0..rounds {
            let (s, v) = self.at_nodes(tracked);
            tracked = f
                .clone()
                .mask_where(settled.clone(), normals.acceleration(s, v));
        }
        tracked
    }

    fn on(&self, device: &Device) -> Self {
        let given = match self.given.clone() {
            Given::Velocity(w) => Given::Velocity(w.to_device(device)),
            Given::Chord(h) => Given::Chord(h.to_device(device)),
        };
        Self::new(self.start.clone().to_device(device).squeeze_dim(0), given)
    }

    /// [`fixed_point`](Self::fixed_point) on the CPU, if its backend is compiled in: every round waits for the
    /// result of the one before, and a GPU would wait longer than it computes.
    fn fixed_point_on_cpu(&self) -> (Tensor<4>, Vec<bool>, usize) {
        let device = self.start.device();
        match Backend::Flex.device() {
            Ok(cpu) if cpu != device => {
                let (f, settled, rounds) = self.on(&cpu).fixed_point();
                (f.to_device(&device), settled, rounds)
            }
            _ => self.fixed_point(),
        }
    }

    /// The acceleration, which paths settled, and after how many rounds.
    fn fixed_point(&self) -> (Tensor<4>, Vec<bool>, usize) {
        let [_, batch, n, _] = self.start.dims();
        let rounding = Limits::of(self.start.dtype()).epsilon;
        let start = self.start.clone();
        let mut f = start.zeros_like().expand([NODES, batch, n, n]);
        let mut best = vec![f64::INFINITY; batch];
        let mut settled = vec![false; batch];
        for round in 1..=MAX_ROUNDS {
            let (s, v) = self.at_nodes(f.clone());
            let next = NormalSpaces::at(s.clone()).acceleration(s, v);
            let changes = lengths(next.clone() - f.clone());
            let scales = lengths(self.start_velocity(f.clone()));
            let mut accepted = vec![false; batch];
            let mut done = true;
            for path in 0..batch {
                let (change, scale) = (changes[path], scales[path]);
                // Also false where it is not a number.
                accepted[path] = change < GROWTH * best[path];
                let shrinks = change < best[path];
                best[path] = best[path].min(change);
                settled[path] = best[path] <= rounding.sqrt() * scale;
                let last = change <= SETTLED * rounding * scale;
                done &= last || !accepted[path] || (settled[path] && !shrinks);
            }
            let mask = per_path(&accepted, &start.device()).expand([NODES, batch, n, n]);
            f = f.mask_where(mask, next);
            if done {
                return (f, settled, round);
            }
        }
        (f, settled, MAX_ROUNDS)
    }
}

/// A value for each path of the batch, `[1, batch, 1, 1]`.
fn per_path(values: &[bool], device: &Device) -> Tensor<4, Bool> {
    let data = TensorData::new(values.to_vec(), [1, values.len(), 1, 1]);
    Tensor::from_data(data, device)
}

/// The length of each path of the batch.
fn lengths(f: Tensor<4>) -> Vec<f64> {
    to_vec_f64(f.square().sum_dim(0).sum_dim(2).sum_dim(3).sqrt())
}

/// The normal spaces at the nodes: at the path itself, which the rounds leave beside the manifold,
/// and next to it on the manifold, where the acceleration is evaluated. Without that the rounds
/// diverge for paths close to a permutation matrix.
struct NormalSpaces {
    beside: Normal<4>,
    on: Normal<4>,
}

impl NormalSpaces {
    fn at(s: Tensor<4>) -> Self {
        let beside = Normal::at(s.clone().square());
        let on = Normal::at(toward(&beside, s).square());
        Self { beside, on }
    }

    fn acceleration(&self, s: Tensor<4>, v: Tensor<4>) -> Tensor<4> {
        let s = toward(&self.beside, s);
        let v = v.clone() - self.on.potentials(sums(s.clone() * v)) * s.clone();
        self.on.refined(s.clone().square(), v.square()).neg() * s
    }
}

/// One multiplicative Newton step toward unit sums.
fn toward(normal: &Normal<4>, s: Tensor<4>) -> Tensor<4> {
    let missing = sums(s.clone().square()).map(|sum| sum.neg().add_scalar(1.0));
    // Farther than a factor e the linear system says nothing.
    let step = normal.potentials(missing).clamp(-1.0, 1.0);
    s * step.div_scalar(2.0).exp()
}

/// The end of the geodesic that leaves `s` with velocity `w`, after unit time.
///
/// Vectors longer than $2\pi\sqrt n$, twice the diameter of a product of $n$ simplices, are shortened
/// to that.
///
/// # Shapes
/// - `s`, `w`, and the result: `[batch, n, n]`
pub(crate) fn shoot(s: Tensor<3>, w: Tensor<3>) -> Tensor<3> {
    let [batch, n, _] = w.dims();
    let longest = std::f64::consts::PI * (n as f64).sqrt();
    let w = clip_norm(w.reshape([batch, n * n]), longest).reshape([batch, n, n]);
    let [end] = by_chunks(s, w, |mut s, w| {
        let w = w.unsqueeze_dim::<4>(0);
        let speed = lengths(w.clone().without_autodiff());
        let length = 2.0 * speed.into_iter().fold(0.0, f64::max);
        let pieces = (length / PIECE).ceil().max(1.0);
        let mut w = w.div_scalar(pieces);
        for _ in 0..pieces as usize {
            let path = Path::new(s, Given::Velocity(w));
            let f = path.solve();
            s = path.end(f.clone()).squeeze_dim::<3>(0);
            w = path.end_velocity(f);
        }
        [s]
    });
    end
}

/// The velocities at both ends of the geodesic from `s` to `s + chord`.
///
/// # Shapes
/// - `s`, `chord`, and the results: `[batch, n, n]`
pub(crate) fn connect(s: Tensor<3>, chord: Tensor<3>) -> [Tensor<3>; 2] {
    by_chunks(s, chord, |s, chord| {
        let path = Path::new(s, Given::Chord(chord.unsqueeze_dim::<4>(0)));
        let f = path.solve();
        [path.start_velocity(f.clone()), path.end_velocity(f)].map(|w| w.squeeze_dim::<3>(0))
    })
}

/// `solve` on so many paths at a time as fit [`CHUNK`].
fn by_chunks<const N: usize>(
    x: Tensor<3>,
    y: Tensor<3>,
    solve: impl Fn(Tensor<3>, Tensor<3>) -> [Tensor<3>; N],
) -> [Tensor<3>; N] {
    let [batch, n, _] = x.dims();
    let paths = (CHUNK / (n * n)).max(1);
    if batch == 0 {
        return std::array::from_fn(|_| x.clone());
    }
    if batch <= paths {
        return solve(x, y);
    }
    let chunks: Vec<_> = (0..batch)
        .step_by(paths)
        .map(|start| {
            let [x, y] = [&x, &y].map(|t| t.clone().narrow(0, start, paths.min(batch - start)));
            solve(x, y)
        })
        .collect();
    std::array::from_fn(|i| Tensor::cat(chunks.iter().map(|chunk| chunk[i].clone()).collect(), 0))
}
