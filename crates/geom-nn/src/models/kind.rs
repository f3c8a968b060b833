//! The names of models.

use std::fmt;
use std::str::FromStr;

use geom_core::{ManifoldKind, SpaceName};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The models that a [`NodeEncoder`](super::NodeEncoder) can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelKind {
    /// [`Hgcn`](super::Hgcn).
    Hgcn,
    /// [`Hnn`](super::Hnn).
    Hnn,
    /// [`Gcn`](super::Gcn).
    Gcn,
    /// [`Gat`](super::Gat).
    Gat,
    /// [`Sgc`](super::Sgc).
    Sgc,
    /// [`Hnn`](super::Hnn) in flat space.
    Mlp,
    /// [`NodeTable`](super::NodeTable), the shallow embedding.
    Shallow,
    /// [`HyboNet`](super::HyboNet).
    #[serde(rename = "hybonet")]
    HyboNet,
    /// [`KappaGcn`](super::KappaGcn).
    KappaGcn,
}

impl ModelKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Hgcn,
        Self::Hnn,
        Self::Gcn,
        Self::Gat,
        Self::Sgc,
        Self::Mlp,
        Self::Shallow,
        Self::HyboNet,
        Self::KappaGcn,
    ];

    /// The name on a command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hgcn => "hgcn",
            Self::Hnn => "hnn",
            Self::Gcn => "gcn",
            Self::Gat => "gat",
            Self::Sgc => "sgc",
            Self::Mlp => "mlp",
            Self::Shallow => "shallow",
            Self::HyboNet => "hybonet",
            Self::KappaGcn => "kappa-gcn",
        }
    }

    /// Whether it only exists in flat space.
    pub fn is_flat(self) -> bool {
        matches!(self, Self::Gcn | Self::Gat | Self::Sgc | Self::Mlp)
    }

    /// Whether its last layer can give the classes itself, by averaging their logits over
    /// neighbors; the others need a decoder.
    pub fn ends_in_classes(self) -> bool {
        matches!(self, Self::Gcn | Self::Gat | Self::Sgc)
    }

    /// Its default space.
    pub fn default_space(self) -> SpaceName {
        let kind = match self {
            Self::Gcn | Self::Gat | Self::Sgc | Self::Mlp => ManifoldKind::Euclidean,
            Self::Hgcn | Self::Hnn | Self::Shallow => ManifoldKind::PoincareBall,
            Self::HyboNet => ManifoldKind::Hyperboloid,
            Self::KappaGcn => ManifoldKind::Stereographic,
        };
        kind.into()
    }
}

impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No model has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown model {name:?}; expected one of {}", known())]
pub struct UnknownModel {
    /// The name.
    pub name: String,
}

/// All names, for messages.
fn known() -> String {
    ModelKind::ALL.map(ModelKind::name).join(", ")
}

impl FromStr for ModelKind {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<Self, UnknownModel> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| UnknownModel {
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for kind in ModelKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let error = "hgcm".parse::<ModelKind>().unwrap_err();
        assert!(error.to_string().contains("hgcn"), "{error}");
    }
}
