//! The number formats of the CPU kernels, and the lanes they compute in.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use num_traits::{Float, NumAssign};

/// Numbers computed at once. Sixteen `f32` fill one AVX-512 register; sixteen `f64` fill two, which
/// hides latency just as well. The loops over lanes are plain arrays that the compiler vectorises.
pub const LANES: usize = 16;

/// One value per lane.
pub type Lanes<T> = [T; LANES];

/// `f32` or `f64`, with an atomic cell of the same size.
///
/// Lock-free training shares one table between threads (Recht et al. 2011, Hogwild). Relaxed atomic
/// loads and stores compile to plain moves, and keep a lost update a lost update instead of
/// undefined behaviour.
pub trait Real: Float + NumAssign + Default + Debug + Send + Sync + 'static {
    /// The shared cell that holds one number.
    type Cell: Send + Sync + Debug;

    /// Half the distance from 1 to the next number: the nearest a ball point can come to the
    /// boundary, $1 - \lVert x\rVert \ge$ this.
    const BOUNDARY_GAP: Self;

    /// A cell holding `value`.
    fn cell(value: Self) -> Self::Cell;

    /// Reads a cell.
    fn load(cell: &Self::Cell) -> Self;

    /// Writes a cell.
    fn store(cell: &Self::Cell, value: Self);

    /// The nearest number to `value`.
    fn of(value: f64) -> Self;

    /// The number in double precision, exactly.
    fn wide(self) -> f64;
}

macro_rules! real {
    ($float:ty, $cell:ty) => {
        impl Real for $float {
            type Cell = $cell;

            const BOUNDARY_GAP: Self = <$float>::EPSILON / 2.0;

            #[inline(always)]
            fn cell(value: Self) -> Self::Cell {
                <$cell>::new(value.to_bits())
            }

            #[inline(always)]
            fn load(cell: &Self::Cell) -> Self {
                <$float>::from_bits(cell.load(Ordering::Relaxed))
            }

            #[inline(always)]
            fn store(cell: &Self::Cell, value: Self) {
                cell.store(value.to_bits(), Ordering::Relaxed);
            }

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $float
            }

            #[inline(always)]
            fn wide(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

real!(f32, AtomicU32);
real!(f64, AtomicU64);

/// Defines `$name`, which runs `$body` compiled for the widest vectors this processor has.
///
/// `$body` must be `#[inline(always)]`, and so must what it calls in its loops: only then is it
/// compiled again with the features of each variant.
#[macro_export]
macro_rules! vectorized {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident<$($generic:ident: $bound:path),*>($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:path;) => {
        $(#[$meta])*
        $visibility fn $name<$($generic: $bound),*>($($argument: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,fma")]
                fn wide<$($generic: $bound),*>($($argument: $type),*) $(-> $result)? {
                    $body($($argument),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn medium<$($generic: $bound),*>($($argument: $type),*) $(-> $result)? {
                    $body($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx512f")
                    && std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("fma")
                {
                    // SAFETY: the processor has every feature `wide` is compiled for, as just checked.
                    return unsafe { wide($($argument),*) };
                }
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has every feature `medium` is compiled for, as just checked.
                    return unsafe { medium($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_returns_what_was_stored() {
        let cell = <f64 as Real>::cell(1.5);
        f64::store(&cell, -0.25);
        assert_eq!(f64::load(&cell), -0.25);
    }

    #[test]
    fn the_boundary_gap_is_the_last_step_before_one() {
        assert_ne!(1.0 - f32::BOUNDARY_GAP, 1.0);
        assert_eq!(1.0 - f32::BOUNDARY_GAP / 2.0, 1.0);
        assert_ne!(1.0 - f64::BOUNDARY_GAP, 1.0);
        assert_eq!(1.0 - f64::BOUNDARY_GAP / 2.0, 1.0);
    }
}
