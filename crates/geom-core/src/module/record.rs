//! Saving and loading modules together with the geometry of their parameters.
//!
//! Burn's records hold numbers and no geometry: a ball of curvature −1 loaded into a model of
//! curvature −2, or into one on the hyperboloid, goes unnoticed there. [`save`] writes beside the
//! record which manifold each parameter lives on, and [`load`] refuses a record whose manifolds
//! differ from the model's.
//!
//! # Examples
//! ```
//! use burn::tensor::{Device, Tensor};
//! use geom_core::record::{self, RecordError};
//! use geom_core::{ManifoldParam, PoincareBall};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("points.geom");
//! let points = Tensor::<2>::from_floats([[0.3, 0.4]], &Device::flex());
//! let saved = ManifoldParam::new(points.clone(), PoincareBall::new(1.0));
//! record::save(&saved, &path)?;
//!
//! let same = ManifoldParam::new(points.zeros_like(), PoincareBall::new(1.0));
//! let loaded = record::load(&same, &path)?;
//! assert_eq!(loaded.val().into_data(), points.clone().into_data());
//!
//! let other = ManifoldParam::new(points, PoincareBall::new(2.0));
//! assert!(matches!(record::load(&other, &path), Err(RecordError::DifferentManifold { .. })));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Format
//! One safetensors file: the tensor `record` holds the bytes of Burn's own record, the metadata key
//! `geom-manifolds` a JSON list of `{path, manifold, parameters}`.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::store::{ModuleRecord, RecordError as BurnRecordError};
use burn::tensor::{Bytes, Tensor};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::module::scope;

const RECORD: &str = "record";
const MANIFOLDS: &str = "geom-manifolds";

/// Why a module could not be saved or loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is damaged, or not a record of this library.
    #[error("{} is not a geom record: {reason}", path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
        /// The missing part.
        reason: String,
    },
    /// A parameter of the record lives on another manifold than that of the model.
    #[error(
        "parameter {parameter}: the record has it on {record}, the model on {model}; \
         build the model with the record's manifold"
    )]
    DifferentManifold {
        /// Path of the parameter in the module.
        parameter: String,
        /// The record's manifold with its metric parameters.
        record: String,
        /// The model's.
        model: String,
    },
    /// Burn refused the record: other parameters or shapes than the model's.
    #[error("the record does not fit the model: {0}")]
    Module(String),
}

/// The manifold of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterGeometry {
    /// Path of the parameter in the module.
    pub path: String,
    /// [`Manifold::name`](crate::Manifold::name).
    pub manifold: String,
    /// [`Manifold::metric_parameters`](crate::Manifold::metric_parameters).
    pub parameters: Vec<f64>,
}

impl ParameterGeometry {
    fn describe(&self) -> String {
        format!("{} {:?}", self.manifold, self.parameters)
    }
}

/// The parameters of a module that live on a manifold, in the order of a traversal.
pub fn geometry<M: Module>(module: &M) -> Vec<ParameterGeometry> {
    let mut collect = Collect::default();
    module.visit(&mut collect);
    collect.found
}

#[derive(Default)]
struct Collect {
    path: Vec<String>,
    found: Vec<ParameterGeometry>,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, _param: &Param<Tensor<D>>) {
        if let Some(manifold) = scope::current() {
            self.found.push(ParameterGeometry {
                path: self.path.join("."),
                manifold: manifold.name().to_owned(),
                parameters: manifold.metric_parameters(),
            });
        }
    }
}

/// Writes the parameters of a module and their geometry. An earlier file stays whole until the new
/// one is.
///
/// # Errors
/// [`RecordError::File`], or [`RecordError::Module`] if Burn cannot write the record.
pub fn save<M: Module>(module: &M, path: impl AsRef<Path>) -> Result<(), RecordError> {
    let path = path.as_ref();
    let manifolds = serde_json::to_string(&geometry(module)).map_err(|error| file(path, error))?;
    let record = module.clone().into_record().into_bytes();
    let record = record.map_err(|error| refused(&error))?;
    let view = TensorView::new(Dtype::U8, vec![record.len()], &record)
        .map_err(|error| RecordError::Module(error.to_string()))?;
    let metadata = HashMap::from([(MANIFOLDS.to_owned(), manifolds)]);
    let bytes = safetensors::serialize([(RECORD, view)], Some(metadata))
        .map_err(|error| RecordError::Module(error.to_string()))?;
    geom_files::write(path, |out| out.write_all(&bytes)).map_err(|error| file(path, error))
}

/// A copy of `module` with the parameters of a file.
///
/// # Errors
/// - [`RecordError::File`] and [`RecordError::NotARecord`] for the file
/// - [`RecordError::DifferentManifold`], naming the first parameter whose manifold differs; a
///   learnable curvature is loaded first, so it is no difference
/// - [`RecordError::Module`] for parameters missing, left over, or of another shape
pub fn load<M: Module>(module: &M, path: impl AsRef<Path>) -> Result<M, RecordError> {
    let path = path.as_ref();
    let bytes = fs::read(path).map_err(|error| file(path, error))?;
    let not_a_record = |reason: String| RecordError::NotARecord {
        path: path.to_owned(),
        reason,
    };
    let (_, header) =
        SafeTensors::read_metadata(&bytes).map_err(|e| not_a_record(e.to_string()))?;
    let manifolds = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(MANIFOLDS))
        .ok_or_else(|| not_a_record(format!("it has no `{MANIFOLDS}`")))?;
    let saved: Vec<ParameterGeometry> =
        serde_json::from_str(manifolds).map_err(|e| not_a_record(e.to_string()))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| not_a_record(e.to_string()))?;
    let record = file
        .tensor(RECORD)
        .map_err(|e| not_a_record(e.to_string()))?;
    let record = Bytes::from_bytes_vec(record.data().to_vec());

    compare(&saved, &geometry(module), |saved, model| {
        saved.manifold == model.manifold && saved.parameters.len() == model.parameters.len()
    })?;
    let record = ModuleRecord::from_bytes(record).map_err(|error| refused(&error))?;
    let loaded = module
        .clone()
        .try_load_record(record)
        .map_err(|error| refused(&error))?;
    // Whatever trains now has the values of the record; what still differs is fixed.
    compare(&saved, &geometry(&loaded), |saved, model| {
        saved.parameters == model.parameters
    })?;
    Ok(loaded)
}

/// Compares the manifolds of equal paths, and finds those that only one side has.
fn compare(
    saved: &[ParameterGeometry],
    model: &[ParameterGeometry],
    agree: impl Fn(&ParameterGeometry, &ParameterGeometry) -> bool,
) -> Result<(), RecordError> {
    let difference = |path: &str, saved: Option<&ParameterGeometry>, model: Option<_>| {
        let describe = |side: Option<&ParameterGeometry>| {
            side.map_or_else(|| "no manifold".to_owned(), ParameterGeometry::describe)
        };
        Err(RecordError::DifferentManifold {
            parameter: path.to_owned(),
            record: describe(saved),
            model: describe(model),
        })
    };
    for entry in model {
        match saved.iter().find(|saved| saved.path == entry.path) {
            Some(saved) if agree(saved, entry) => (),
            saved => return difference(&entry.path, saved, Some(entry)),
        }
    }
    for entry in saved {
        if !model.iter().any(|model| model.path == entry.path) {
            return difference(&entry.path, Some(entry), None);
        }
    }
    Ok(())
}

fn file(path: &Path, source: impl Into<io::Error>) -> RecordError {
    RecordError::File {
        path: path.to_owned(),
        source: source.into(),
    }
}

fn refused(error: &BurnRecordError) -> RecordError {
    RecordError::Module(error.to_string())
}
