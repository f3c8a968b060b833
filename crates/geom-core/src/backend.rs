//! The backends of Burn by name: which are compiled in, and which have a device here.

use std::fmt;
use std::str::FromStr;
#[cfg(feature = "wgpu")]
use std::sync::OnceLock;

use burn::tensor::{DType, Device};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A backend, which computes the tensors.
///
/// Each backend is a cargo feature of the same name, of this crate and of every crate of the
/// family that works with tensors; the program chooses among those compiled in.
///
/// | Backend | Runs on | Formats |
/// |---|---|---|
/// | [`Flex`](Self::Flex), the default | any CPU | `f32`, `f64` |
/// | [`NdArray`](Self::NdArray) | any CPU; Burn's older backend | `f32`, `f64` |
/// | [`Wgpu`](Self::Wgpu) | GPUs through Vulkan, Metal or DirectX; CPUs through Mesa's lavapipe | `f32` |
/// | [`Cuda`](Self::Cuda) | NVIDIA GPUs | `f32`, `f64` |
///
/// # Examples
/// ```
/// use burn::tensor::DType;
/// use geom_core::{Backend, BackendError};
///
/// let backend: Backend = "flex".parse()?;
/// assert!(backend.supports(DType::F64)?);
/// // Where the feature `cuda` is off, the error says how to get it.
/// if let Err(error) = Backend::Cuda.device() {
///     assert!(error.to_string().contains("cuda"));
/// }
/// # Ok::<(), BackendError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Burn's CPU backend.
    Flex,
    /// Burn's older CPU backend, which Burn is going to remove.
    NdArray,
    /// Vulkan, Metal or DirectX, through `wgpu`.
    Wgpu,
    /// NVIDIA's CUDA.
    Cuda,
}

impl Backend {
    /// All backends, compiled in or not.
    pub const ALL: [Self; 4] = [Self::Flex, Self::NdArray, Self::Wgpu, Self::Cuda];

    /// Its name, which is that of its cargo feature too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Cuda => "cuda",
        }
    }

    /// Whether its cargo feature was on when this was compiled.
    pub fn is_compiled_in(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::NdArray => cfg!(feature = "ndarray"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::Cuda => cfg!(feature = "cuda"),
        }
    }

    /// The backends that are compiled in.
    pub fn compiled_in() -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(|backend| backend.is_compiled_in())
    }

    /// The backends that are compiled in and have a device here.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::compiled_in().filter(|backend| backend.device().is_ok())
    }

    /// Its default device, opened: what this returns can compute.
    ///
    /// # Errors
    /// [`BackendError::NotCompiledIn`], [`BackendError::NoDevice`].
    pub fn device(self) -> Result<Device, BackendError> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            #[allow(
                deprecated,
                reason = "Burn deprecates this backend; it stays on offer while Burn has it"
            )]
            Self::NdArray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => open_wgpu(),
            #[cfg(feature = "cuda")]
            Self::Cuda => open_cuda(),
            #[allow(
                unreachable_patterns,
                reason = "nothing is left for it when every feature is on"
            )]
            backend => Err(BackendError::NotCompiledIn { backend }),
        }
    }

    /// Whether geometry is computed in `dtype` itself on its default device. Half precision is accepted
    /// everywhere, and computed in `f32`.
    ///
    /// # Errors
    /// As [`device`](Self::device).
    pub fn supports(self, dtype: DType) -> Result<bool, BackendError> {
        let device = self.device()?;
        Ok(match (self, dtype) {
            // Vulkan's f64 has arithmetic and roots, which is what a device means when it reports
            // the format. The exponential, the logarithm and their like exist in f32 alone, and
            // give garbage in f64 without an error.
            (Self::Wgpu, DType::F64) => false,
            (_, DType::F32 | DType::F64) => device.supports_dtype(dtype),
            // `Limits` has no constants for shorter formats.
            _ => false,
        })
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Backend {
    type Err = BackendError;

    fn from_str(name: &str) -> Result<Self, BackendError> {
        Self::ALL
            .into_iter()
            .find(|backend| backend.name() == name)
            .ok_or_else(|| BackendError::Unknown {
                name: name.to_owned(),
            })
    }
}

/// A backend is not available.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BackendError {
    /// There is no backend of that name.
    #[error("unknown backend \"{name}\"; the backends are flex, ndarray, wgpu and cuda")]
    Unknown {
        /// The name given.
        name: String,
    },
    /// Its cargo feature was off.
    #[error("the {backend} backend is not compiled in; its cargo feature is `{backend}`")]
    NotCompiledIn {
        /// The requested backend.
        backend: Backend,
    },
    /// It is compiled in, but this machine has no device for it.
    #[error("the {backend} backend has no device: {reason}; {}", remedy(*.backend))]
    NoDevice {
        /// The requested backend.
        backend: Backend,
        /// The driver's answer.
        reason: String,
    },
}

/// How to make a device available to a backend.
fn remedy(backend: Backend) -> &'static str {
    match backend {
        Backend::Flex | Backend::NdArray => "it computes on any CPU",
        Backend::Wgpu => {
            "it needs a GPU with its maker's driver, or Mesa's lavapipe, which computes on the CPU \
             (on Debian and Ubuntu the packages libvulkan1 and mesa-vulkan-drivers)"
        }
        Backend::Cuda => "it needs an NVIDIA GPU with NVIDIA's driver (libcuda.so.1)",
    }
}

/// Burn opens devices on first use, and panics where there is none; its options do the same
/// beforehand, with a `Result`.
#[cfg(feature = "wgpu")]
fn open_wgpu() -> Result<Device, BackendError> {
    use burn::tensor::DeviceKind;
    use burn::tensor::wgpu::WgpuInitError;

    static OPENED: OnceLock<Result<Device, BackendError>> = OnceLock::new();
    OPENED
        .get_or_init(|| match Device::wgpu_options().init() {
            Ok(device) => Ok(device),
            // Opened already, by the first tensor that somebody made on it.
            Err(WgpuInitError::Registration { .. }) => Ok(Device::wgpu(DeviceKind::DefaultDevice)),
            Err(error) => Err(BackendError::NoDevice {
                backend: Backend::Wgpu,
                reason: match error {
                    WgpuInitError::AdapterUnavailable { message, .. } => message,
                    other => other.to_string(),
                },
            }),
        })
        .clone()
}

/// Asks the driver how many GPUs there are before Burn opens the first, which would panic.
#[cfg(feature = "cuda")]
fn open_cuda() -> Result<Device, BackendError> {
    use burn::tensor::{DeviceIndex, DeviceType};

    if Device::enumerate(DeviceType::Cuda).is_empty() {
        return Err(BackendError::NoDevice {
            backend: Backend::Cuda,
            reason: "the driver is missing, or lists no GPU".to_owned(),
        });
    }
    Ok(Device::cuda(DeviceIndex::Default))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_and_is_the_one_that_files_have() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse(), Ok(backend));
            let text = serde_json::to_string(&backend).expect("a plain name");
            assert_eq!(text, format!("\"{backend}\""));
            assert_eq!(serde_json::from_str::<Backend>(&text).ok(), Some(backend));
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "vulkan".parse::<Backend>().expect_err("no such name");
        let message = error.to_string();
        assert!(message.contains("\"vulkan\""), "{message}");
        for backend in Backend::ALL {
            assert!(message.contains(backend.name()), "{message}");
        }
    }

    #[test]
    fn a_backend_that_is_not_compiled_in_is_an_error_that_names_its_feature() {
        for backend in Backend::ALL {
            if backend.is_compiled_in() {
                continue;
            }
            let error = BackendError::NotCompiledIn { backend };
            assert_eq!(backend.device(), Err(error.clone()));
            assert_eq!(backend.supports(DType::F32), Err(error.clone()));
            assert!(
                error
                    .to_string()
                    .contains(&format!("feature is `{backend}`"))
            );
        }
    }

    #[test]
    fn a_missing_device_is_an_error_that_says_what_to_install() {
        let error = |backend| BackendError::NoDevice {
            backend,
            reason: "no adapter found".to_owned(),
        };
        let message = error(Backend::Wgpu).to_string();
        for part in [
            "wgpu",
            "no adapter found",
            "libvulkan1",
            "mesa-vulkan-drivers",
        ] {
            assert!(message.contains(part), "{message}");
        }
        assert!(error(Backend::Cuda).to_string().contains("NVIDIA's driver"));
    }

    #[test]
    fn cpu_backends_always_have_a_device_and_both_formats() {
        for backend in [Backend::Flex, Backend::NdArray] {
            if backend.is_compiled_in() {
                assert!(Backend::available().any(|available| available == backend));
                assert_eq!(backend.supports(DType::F32), Ok(true));
                assert_eq!(backend.supports(DType::F64), Ok(true));
            }
        }
    }
}
