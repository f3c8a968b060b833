//! The state of a sampler.

use std::path::Path;

use burn::optim::{RecordState, StateSink, StateSource, join_path};
use burn::store::RecordError;
use burn::tensor::{Bool, Bytes, Device, Tensor, TensorData};
use burn_pack::{Reader, Writer};
use geom_core::numerics::to_vec_f64;

use super::dual_averaging::DualAveraging;
use super::target::Evaluation;
use crate::state_tensors;

/// Chains that advance together: where they stand, and all that decides how they go on.
///
/// A [sampler](super::Sampler) starts and moves them. Saved and loaded chains go on bit for bit, on
/// the same backend and with the same density. Files are in Burn's burnpack format.
///
/// # Examples
/// ```
/// use burn::tensor::{Device, Tensor};
/// use geom_core::Euclidean;
/// use geom_core::numerics::to_vec_f64;
/// use geom_optim::samplers::{Chains, RiemannianLangevinConfig, Sampler};
///
/// let normal = |x: Tensor<2>| x.square().sum_dim(1).mul_scalar(-0.5);
/// let sampler = RiemannianLangevinConfig::new(0.3).try_init(Euclidean::new())?;
/// let start = Tensor::zeros([4, 2], &Device::default());
/// let mut chains = sampler.start(start, 1, normal)?;
/// sampler.run(&mut chains, 5, normal);
///
/// let mut loaded = Chains::from_bytes(chains.to_bytes()?, &Device::default())?;
/// sampler.run(&mut chains, 5, normal);
/// sampler.run(&mut loaded, 5, normal);
/// assert_eq!(to_vec_f64(loaded.points()), to_vec_f64(chains.points()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Chains<const D: usize> {
    pub(crate) points: Tensor<D>,
    pub(crate) density: Evaluation<D>,
    pub(crate) seed: u64,
    pub(crate) iteration: u64,
    pub(crate) step_size: f64,
    pub(crate) adaptation: DualAveraging,
}

impl<const D: usize> Chains<D> {
    pub(crate) fn new(
        points: Tensor<D>,
        density: Evaluation<D>,
        seed: u64,
        step_size: f64,
    ) -> Self {
        Self {
            points,
            density,
            seed,
            iteration: 0,
            step_size,
            adaptation: DualAveraging::new(step_size),
        }
    }

    /// Where the chains stand, `[..., d]`.
    pub fn points(&self) -> Tensor<D> {
        self.points.clone()
    }

    /// The log-density there, `[..., 1]`.
    pub fn log_density(&self) -> Tensor<D> {
        self.density.log_density.clone()
    }

    pub(crate) fn mean_log_density(&self) -> f64 {
        let values = to_vec_f64(self.log_density());
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// The number of iterations made, burn-in included.
    pub fn iteration(&self) -> u64 {
        self.iteration
    }

    /// The step size of the next iteration.
    pub fn step_size(&self) -> f64 {
        self.step_size
    }

    /// Sets the step size of the next iterations, for a schedule of one's own: the decreasing steps
    /// of stochastic-gradient Langevin dynamics, say. A sampler that adapts the step size goes on
    /// doing so until the end of its burn-in.
    ///
    /// # Panics
    /// If `step_size` is not positive and finite.
    pub fn set_step_size(&mut self, step_size: f64) {
        assert!(
            step_size > 0.0 && step_size.is_finite(),
            "a step size is positive and finite, got {step_size}"
        );
        self.step_size = step_size;
    }

    /// Moves the chains for which `accepted` holds to `points`; the others stay.
    pub(crate) fn accept(&mut self, accepted: &[bool], points: Tensor<D>, density: Evaluation<D>) {
        let (shape, one_each) = (self.points.dims(), self.density.log_density.dims());
        let flags = TensorData::new(accepted.to_vec(), one_each);
        let mask = Tensor::<D, Bool>::from_data(flags, &self.points.device());
        let wide = mask.clone().expand(shape);
        let select = |old: &Tensor<D>, new| old.clone().mask_where(wide.clone(), new);
        self.points = select(&self.points, points);
        let gradient = select(&self.density.gradient, density.gradient);
        let old = self.density.log_density.clone();
        let log_density = old.mask_where(mask, density.log_density);
        self.density = Evaluation {
            log_density,
            gradient,
        };
    }

    /// The chains as bytes in burnpack format.
    ///
    /// # Errors
    /// [`RecordError`] if they cannot be encoded.
    pub fn to_bytes(&self) -> Result<Bytes, RecordError> {
        Ok(self.writer().into_bytes()?)
    }

    /// Chains from the bytes of [`to_bytes`](Self::to_bytes).
    ///
    /// # Errors
    /// [`RecordError`] if the bytes are damaged, or hold something else.
    pub fn from_bytes(bytes: Bytes, device: &Device) -> Result<Self, RecordError> {
        Self::read(Reader::from_bytes(bytes)?, device)
    }

    /// Writes the chains to a burnpack file, replacing it as a whole.
    ///
    /// # Errors
    /// [`RecordError`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), RecordError> {
        Ok(self.writer().write_to_file(path)?)
    }

    /// Reads chains from a file of [`save`](Self::save).
    ///
    /// # Errors
    /// [`RecordError`] if the file cannot be read, is damaged, or holds something else.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self, RecordError> {
        Self::read(Reader::from_file(path)?, device)
    }

    fn writer(&self) -> Writer {
        let mut sink = StateSink::default();
        self.state_flatten("", &mut sink);
        let tensors = sink.tensors.into_iter().map(|(name, data)| {
            let (bytes, shape, dtype) = data.into_parts();
            burn_pack::Tensor::new(name, dtype, shape, None, bytes)
        });
        let writer = Writer::new(tensors.collect());
        let scalars = sink.scalars.into_iter();
        scalars.fold(writer, |writer, (name, value)| {
            writer.with_scalar(&name, value)
        })
    }

    fn read(reader: Reader, device: &Device) -> Result<Self, RecordError> {
        let mut source = StateSource::new(reader.scalars().clone());
        for tensor in reader.into_tensors()? {
            let (name, dtype, shape, _, bytes) = tensor.into_parts()?;
            source.insert_tensor(name, TensorData::from_bytes(bytes, shape, dtype));
        }
        Self::state_unflatten("", &mut source, device).ok_or_else(|| {
            RecordError::Validation(format!("these are not the chains of a sampler, rank {D}"))
        })
    }
}

impl<const D: usize> RecordState for Chains<D> {
    fn state_flatten(&self, prefix: &str, out: &mut StateSink) {
        state_tensors::push(out, prefix, "points", &self.points);
        state_tensors::push(out, prefix, "log_density", &self.density.log_density);
        state_tensors::push(out, prefix, "gradient", &self.density.gradient);
        out.push_scalar(prefix, "seed", self.seed.into());
        out.push_scalar(prefix, "iteration", self.iteration.into());
        out.push_scalar(prefix, "step_size", self.step_size.into());
        let prefix = join_path(prefix, "adaptation");
        self.adaptation.state_flatten(&prefix, out);
    }

    fn state_unflatten(prefix: &str, source: &mut StateSource, device: &Device) -> Option<Self> {
        let points = state_tensors::take(source, prefix, "points", device)?;
        let log_density: Tensor<D> = state_tensors::take(source, prefix, "log_density", device)?;
        let gradient: Tensor<D> = state_tensors::take(source, prefix, "gradient", device)?;
        let one_each = log_density.dims().into_iter().zip(points.dims());
        let fits = one_each
            .into_iter()
            .all(|(one, all)| one == all || one == 1);
        if gradient.dims() != points.dims() || !fits {
            return None;
        }
        Some(Self {
            points,
            density: Evaluation {
                log_density,
                gradient,
            },
            seed: source.take_scalar(prefix, "seed")?.try_into().ok()?,
            iteration: source.take_scalar(prefix, "iteration")?.try_into().ok()?,
            step_size: source.take_scalar(prefix, "step_size")?.try_into().ok()?,
            adaptation: DualAveraging::state_unflatten(
                &join_path(prefix, "adaptation"),
                source,
                device,
            )?,
        })
    }
}
