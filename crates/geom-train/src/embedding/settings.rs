//! What an embedding run is asked to do.

use std::f64::consts::PI;
use std::num::NonZeroUsize;

use geom_core::{ManifoldKind, SettingError};
use geom_nn::losses::EntailmentCones;
use serde::{Deserialize, Serialize};

use super::cone_negatives::ConeNegatives;
use super::schedule::Schedule;
use crate::Format;
use crate::conflict::SettingConflict;

/// The space to embed in: one of those in the table of manifolds, by whose names it is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ManifoldKind", into = "ManifoldKind")]
pub enum Space {
    /// The Poincaré ball of curvature −1.
    PoincareBall,
    /// The hyperboloid (Lorentz model) of curvature −1.
    Hyperboloid,
    /// Euclidean space.
    Euclidean,
}

/// Embeddings are not trained on this manifold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("embeddings are trained in the space poincare-ball, hyperboloid or euclidean, not {kind}")]
pub struct UnsupportedSpace {
    /// The manifold.
    pub kind: ManifoldKind,
}

impl TryFrom<ManifoldKind> for Space {
    type Error = UnsupportedSpace;

    fn try_from(kind: ManifoldKind) -> Result<Self, UnsupportedSpace> {
        match kind {
            ManifoldKind::PoincareBall => Ok(Self::PoincareBall),
            ManifoldKind::Hyperboloid => Ok(Self::Hyperboloid),
            ManifoldKind::Euclidean => Ok(Self::Euclidean),
            kind => Err(UnsupportedSpace { kind }),
        }
    }
}

impl From<Space> for ManifoldKind {
    fn from(space: Space) -> Self {
        match space {
            Space::PoincareBall => Self::PoincareBall,
            Space::Hyperboloid => Self::Hyperboloid,
            Space::Euclidean => Self::Euclidean,
        }
    }
}

impl Space {
    /// The name, as in the table of manifolds.
    pub fn name(self) -> &'static str {
        ManifoldKind::from(self).name()
    }

    /// Coordinates of one point of `dim` intrinsic dimensions.
    pub fn width(self, dim: usize) -> usize {
        match self {
            Self::Hyperboloid => dim.saturating_add(1),
            Self::PoincareBall | Self::Euclidean => dim,
        }
    }

    /// The sectional curvature.
    pub fn curvature(self) -> f64 {
        match self {
            Self::PoincareBall | Self::Hyperboloid => -1.0,
            Self::Euclidean => 0.0,
        }
    }
}

/// What the points of an embedding mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbeddingModel {
    /// Related nodes are near each other.
    #[default]
    Distance,
    /// A child lies in the entailment cone of its parent.
    Cones,
}

impl EmbeddingModel {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Distance, Self::Cones];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Cones => "cones",
        }
    }
}

/// How the steps are computed. Both routes see the same groups, compute the same gradients and take
/// the same steps, to rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Closed-form gradients in one vectorized loop, lock-free threads; the CPU only.
    Fast,
    /// Burn's tensors and automatic differentiation; any device.
    Autodiff,
}

impl Route {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Fast, Self::Autodiff];

    /// The name, in files and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Autodiff => "autodiff",
        }
    }
}

/// Everything that determines an embedding run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingSettings {
    /// What the points mean.
    #[serde(default)]
    pub model: EmbeddingModel,
    /// The space.
    pub manifold: Space,
    /// Its dimension.
    pub dim: usize,
    /// Passes over all relations.
    pub epochs: usize,
    /// Riemannian length of a unit-gradient step.
    pub lr: f64,
    /// How the rate falls.
    pub schedule: Schedule,
    /// Nodes (with all their relations) whose gradients are summed into one step.
    pub batch_size: usize,
    /// How much more a badly ranked relation counts. With the softmax loss $\ell$ of a relation,
    /// what is minimised is $\ell + \frac{\text{focus}}{2}\ell^2$. The softmax loss alone grows
    /// linearly with distance, so a node with two parents settles at one and gives up the other;
    /// the square makes giving up expensive. 0 is the plain softmax.
    pub focus: f64,
    /// Negatives a node draws each epoch, shared by its relations.
    pub negatives: usize,
    /// How many of them come from the node's mined list; 0 for none.
    pub hard_negatives: usize,
    /// The length of a mined list.
    pub hard_pool: usize,
    /// Epochs with all nodes before the first with mined negatives.
    pub hard_start: usize,
    /// Epochs between two minings.
    pub hard_refresh: usize,
    /// Extra visits in each epoch of a node with several parents, for every parent after the first:
    /// a node with $k$ parents is visited $1 + \text{parent\\_visits}\\,(k-1)$ times. Its parents lie
    /// in different regions, and it alone pulls them together. 0 visits every node once.
    pub parent_visits: usize,
    /// Epochs for which each stage of the growth trains: first the 128 most general nodes, then
    /// twice as many, and so on. None trains all nodes from the beginning, 0 in a file.
    #[serde(with = "crate::zero_is_none::count")]
    pub growth: Option<NonZeroUsize>,
    /// Epochs of burn-in, with negatives by degree and a reduced rate.
    pub burn_in: usize,
    /// The factor on the rate during burn-in.
    pub burn_in_factor: f64,
    /// The exponent on the degree in the law of the burn-in's negatives.
    pub dampening: f64,
    /// Rows start uniformly in a cube around the origin whose corners are this far out.
    pub init_scale: f64,
    /// The constant $K$ of the cones: the smaller, the narrower they are.
    #[serde(default = "constant_of_paper")]
    pub cone_constant: f64,
    /// The least energy $\gamma$ that unrelated pairs should have, with cones.
    #[serde(default = "margin_of_paper")]
    pub cone_margin: f64,
    /// Which end of a relation is replaced for the pairs that are none, with cones.
    #[serde(default)]
    pub cone_negatives: ConeNegatives,
    /// Epochs without a better validation score after which a run with held-out relations ends. None
    /// trains all epochs, 0 in a file.
    #[serde(with = "crate::zero_is_none::count", default)]
    pub patience: Option<NonZeroUsize>,
    /// Epochs between two validations of a run with held-out relations.
    #[serde(default = "every_epoch")]
    pub validate_every: usize,
    /// Worker threads of the fast route. More than one gives up reproducibility, not quality.
    pub threads: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The number format.
    pub dtype: Format,
    /// How the steps are computed.
    #[serde(alias = "path")]
    pub route: Route,
}

/// $K$ of Ganea et al. (2018), also of files of earlier versions, which do not use it.
fn constant_of_paper() -> f64 {
    0.1
}

/// $\gamma$ of theirs.
fn margin_of_paper() -> f64 {
    0.01
}

/// What a file of an earlier version means, whose run validates nothing.
fn every_epoch() -> usize {
    1
}

/// So that counts of relations over all epochs fit their number.
const MOST_EPOCHS: usize = 1_000_000_000;

/// The numbers that a table of all nodes may hold: 16 GiB in double precision.
const MOST_NUMBERS: usize = 1 << 31;

/// Beyond it the square alone counts, and steps are too long for any rate.
const MOST_FOCUS: f64 = 1e6;

/// Beyond it there are hardly any points that have a cone.
const MOST_CONSTANT: f64 = 100.0;

/// So that the buffers of a node fit in memory.
const MOST_NEGATIVES: usize = 65_536;

impl EmbeddingSettings {
    /// The cones of the model, if it has any.
    ///
    /// # Panics
    /// If [`cone_constant`](Self::cone_constant) is none, which [`check`](Self::check) refuses.
    pub fn cones(&self) -> Option<EntailmentCones> {
        let is_cones = self.model == EmbeddingModel::Cones;
        is_cones.then(|| EntailmentCones::new(self.cone_constant))
    }

    /// Checks what cones are made of, and that nothing is asked which they do not have.
    fn check_model(&self) -> Result<(), SettingError> {
        SettingError::check(
            self.cone_constant > 0.0 && self.cone_constant <= MOST_CONSTANT,
            "cone_constant",
            self.cone_constant,
            "above 0 and at most 100",
        )?;
        SettingError::check(
            (0.0..=PI).contains(&self.cone_margin),
            "cone_margin",
            self.cone_margin,
            "an angle from 0 to pi",
        )?;
        if self.model == EmbeddingModel::Distance {
            return Ok(());
        }
        let with = |what: &str| format!("{what} with `model` cones");
        SettingError::check(
            self.manifold == Space::PoincareBall,
            "manifold",
            self.manifold.name(),
            with(Space::PoincareBall.name()),
        )?;
        let is_f64 = self.dtype == Format::F64;
        SettingError::check(is_f64, "dtype", "f32", with("f64"))?;
        let is_fast = self.route == Route::Fast;
        SettingError::check(is_fast, "route", "autodiff", with("fast"))?;
        for (field, value, wanted) in [
            ("threads", self.threads, 1),
            ("batch_size", self.batch_size, 1),
            ("hard_negatives", self.hard_negatives, 0),
            ("growth", self.growth.map_or(0, NonZeroUsize::get), 0),
            ("burn_in", self.burn_in, 0),
        ] {
            SettingError::check(value == wanted, field, value, with(&wanted.to_string()))?;
        }
        SettingError::check(self.focus == 0.0, "focus", self.focus, with("0"))
    }

    /// Checks every value against its range.
    ///
    /// # Errors
    /// [`SettingError`] for the first value out of range.
    pub fn check(&self) -> Result<(), SettingError> {
        let positive =
            |name, value: usize| SettingError::check(value > 0, name, value, "at least 1");
        let counts = [
            ("epochs", self.epochs),
            ("hard_start", self.hard_start),
            ("growth", self.growth.map_or(0, NonZeroUsize::get)),
            ("burn_in", self.burn_in),
            ("patience", self.patience.map_or(0, NonZeroUsize::get)),
            ("validate_every", self.validate_every),
        ];
        for (name, value) in counts {
            SettingError::check(value <= MOST_EPOCHS, name, value, "at most 1000000000")?;
        }
        for (name, value) in [("negatives", self.negatives), ("hard_pool", self.hard_pool)] {
            SettingError::check(value <= MOST_NEGATIVES, name, value, "at most 65536")?;
        }
        self.check_model()?;
        positive("dim", self.dim)?;
        positive("epochs", self.epochs)?;
        positive("batch_size", self.batch_size)?;
        positive("negatives", self.negatives)?;
        positive("threads", self.threads)?;
        positive("validate_every", self.validate_every)?;
        SettingError::check(
            self.lr.is_finite() && self.lr > 0.0,
            "lr",
            self.lr,
            "a finite number above 0",
        )?;
        SettingError::check(
            self.threads <= 1024,
            "threads",
            self.threads,
            "at most 1024",
        )?;
        SettingError::check(self.dim <= 4096, "dim", self.dim, "at most 4096")?;
        SettingError::check(
            self.burn_in_factor.is_finite() && self.burn_in_factor > 0.0,
            "burn_in_factor",
            self.burn_in_factor,
            "a finite number above 0",
        )?;
        SettingError::check(
            self.dampening.is_finite() && self.dampening >= 0.0,
            "dampening",
            self.dampening,
            "a finite number, 0 (uniform) or above",
        )?;
        SettingError::check(
            (0.0..=MOST_FOCUS).contains(&self.focus),
            "focus",
            self.focus,
            "from 0 (the plain softmax) to 1000000",
        )?;
        SettingError::check(
            self.init_scale.is_finite() && self.init_scale > 0.0 && self.init_scale < 1.0,
            "init_scale",
            self.init_scale,
            "above 0 and below 1; points that all coincide have no gradient",
        )?;
        // Far enough from the root of the least number that squares of differences are numbers still.
        let least = match self.dtype {
            Format::F32 => 1e-15,
            Format::F64 => 1e-140,
        };
        SettingError::check(
            self.init_scale >= least,
            "init_scale",
            self.init_scale,
            format!(
                "at least {least:e} in this `dtype`, or squares of differences are 0 and all points coincide"
            ),
        )?;
        SettingError::check(
            self.parent_visits <= 100,
            "parent_visits",
            self.parent_visits,
            "at most 100",
        )?;
        SettingError::check(
            self.hard_negatives <= self.negatives,
            "hard_negatives",
            self.hard_negatives,
            "at most `negatives`, of which they are a part",
        )?;
        if self.hard_negatives > 0 {
            SettingError::check(
                self.hard_pool >= self.hard_negatives,
                "hard_pool",
                self.hard_pool,
                "at least `hard_negatives`, which are drawn from it",
            )?;
            positive("hard_refresh", self.hard_refresh)?;
        }
        SettingError::check(
            self.route == Route::Fast || self.threads == 1,
            "threads",
            self.threads,
            "1 on `route` autodiff, where the device has its own threads",
        )
    }

    /// Checks what depends on the number of nodes, before any memory is taken for them.
    pub(crate) fn check_for(&self, nodes: usize) -> Result<(), SettingError> {
        let fits = |each: usize| nodes.saturating_mul(each) <= MOST_NUMBERS;
        let width = self.manifold.width(self.dim);
        let rule = |what: &str| {
            let most = MOST_NUMBERS / nodes.max(1);
            format!("at most {most} for {nodes} nodes; {what} hold up to {MOST_NUMBERS} numbers")
        };
        SettingError::check(fits(width), "dim", self.dim, rule("tables"))?;
        SettingError::check(
            self.hard_negatives == 0 || fits(self.hard_pool),
            "hard_pool",
            self.hard_pool,
            rule("mined lists"),
        )
    }

    /// The learning rate of `epoch` (from 0), when all nodes are active from epoch `grown` on. The
    /// schedule begins there.
    pub(crate) fn rate(&self, epoch: usize, grown: usize) -> f64 {
        let burn_in = if epoch < self.burn_in {
            self.burn_in_factor
        } else {
            1.0
        };
        self.lr
            * burn_in
            * self
                .schedule
                .factor(epoch.saturating_sub(grown), self.epochs - grown)
    }

    /// Whether negatives are to be mined before `epoch` (from 0), when all nodes are active from
    /// epoch `grown` on.
    pub(crate) fn mines_before(&self, epoch: usize, grown: usize) -> bool {
        let start = grown + self.hard_start;
        self.hard_negatives > 0
            && epoch >= start
            && (epoch - start).is_multiple_of(self.hard_refresh)
    }

    /// Each setting that changes what training computes and differs from `other`. Threads, route
    /// and format of the same run may not change either; only patience may change, and the number of epochs
    /// grow when the rate does not depend on it.
    pub fn conflicts(&self, other: &Self) -> Vec<SettingConflict> {
        let fields = |settings: &Self| match serde_json::to_value(settings) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => serde_json::Map::new(),
        };
        let theirs = fields(other);
        fields(self)
            .into_iter()
            .filter(|(field, value)| {
                let free = field == "epochs"
                    && self.schedule == Schedule::Constant
                    && other.epochs >= self.epochs;
                // Whoever is more or less patient computes the same on the way.
                let free = free || field == "patience";
                !free && theirs.get(field) != Some(value)
            })
            .map(|(field, run)| SettingConflict {
                now: theirs.get(&field).map_or("nothing".to_owned(), text_of),
                run: text_of(&run),
                field,
            })
            .collect()
    }
}

/// A value without the quotes of JSON.
fn text_of(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
