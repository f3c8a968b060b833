//! The number formats of the CPU kernels, and the lanes they compute in.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use num_traits::{Float, NumAssign};

use crate::transpose::registers::{self, Columns, QUAD, ROWS, Rows};

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

    /// Whether the numbers have 64 bits.
    const DOUBLE: bool;

    /// Adding and taking away this number rounds to a whole one: three halves of $2^{23}$ or $2^{52}$.
    const ROUNDER: Self;

    /// Arguments of the exponential that stay clear of overflow and of subnormal results.
    const MAX_EXPONENT: Self;

    /// The leading digits of $\log 2$: few enough that their multiples by an exponent are exact.
    const LN_2_HIGH: Self;

    /// The rest of $\log 2$, beyond the digits of the format.
    const LN_2_LOW: Self;

    /// Terms of the series of $e^r - 1$ for $|r| \le \tfrac12\log 2$.
    const EXP_TERMS: usize;

    /// Terms of the series of the logarithm between $\sqrt{1/2}$ and $\sqrt 2$.
    const LN_TERMS: usize;

    /// Terms of the series of sine and cosine up to $\pi/4$.
    const SIN_TERMS: usize;

    /// Terms of the series of the inverse tangent up to $\tan\tfrac\pi{16}$.
    const ATAN_TERMS: usize;

    /// $\pi/2$ in three parts; multiples of the first two by whole numbers up to
    /// [`MAX_ANGLE`](Self::MAX_ANGLE) are exact.
    const HALF_PI: [Self; 3];

    /// Angles up to here are reduced by [`HALF_PI`](Self::HALF_PI) to rounding.
    const MAX_ANGLE: Self;

    /// Below this squared argument a series of four terms replaces the closed form of a function of
    /// a square: $\varepsilon^{1/4}$.
    const SERIES: Self;

    /// $2^n$ for whole `n` between the exponents of the smallest and the largest normal number.
    fn power_of_two(n: Self) -> Self;

    /// $(e, m)$ with $x = 2^e m$ and $m$ in $[\sqrt{1/2}, \sqrt 2)$, for positive normal numbers.
    fn split_exponent(self) -> (Self, Self);

    /// Rows as columns, in AVX registers.
    ///
    /// # Safety
    /// The processor must have AVX.
    unsafe fn columns_avx(rows: Rows<'_, Self>) -> Columns<Self>;

    /// Columns as rows, in AVX registers.
    ///
    /// # Safety
    /// The processor must have AVX.
    unsafe fn rows_avx(columns: [&[Self; ROWS]; QUAD]) -> [[Self; QUAD]; ROWS];

    /// A cell holding `value`.
    fn cell(value: Self) -> Self::Cell;

    /// Reads a cell.
    fn load(cell: &Self::Cell) -> Self;

    /// Writes a cell.
    fn store(cell: &Self::Cell, value: Self);

    /// The nearest number to `value`.
    fn from_f64(value: f64) -> Self;

    /// The number in double precision, exactly.
    fn into_f64(self) -> f64;
}

macro_rules! real {
    ($float:ty, $cell:ty, $columns:ident, $rows:ident, { $($constants:tt)* }, $split:item) => {
        impl Real for $float {
            type Cell = $cell;

            $($constants)*

            #[inline(always)]
            fn power_of_two(n: Self) -> Self {
                // The low bits of the mantissa of this sum are `n` in two's complement.
                let counted = (n + Self::ROUNDER).to_bits();
                let mantissa = <$float>::MANTISSA_DIGITS - 1;
                <$float>::from_bits((counted << mantissa).wrapping_add((1.0 as $float).to_bits()))
            }

            #[inline(always)]
            unsafe fn columns_avx(rows: Rows<'_, Self>) -> Columns<Self> {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the caller vouches for AVX.
                return unsafe { registers::avx::$columns(rows) };
                #[cfg(not(target_arch = "x86_64"))]
                return registers::columns(rows);
            }

            #[inline(always)]
            unsafe fn rows_avx(columns: [&[Self; ROWS]; QUAD]) -> [[Self; QUAD]; ROWS] {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the caller vouches for AVX.
                return unsafe { registers::avx::$rows(columns) };
                #[cfg(not(target_arch = "x86_64"))]
                return registers::rows(columns);
            }

            #[inline(always)]
            $split

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
            fn from_f64(value: f64) -> Self {
                value as $float
            }

            #[inline(always)]
            fn into_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

/// The bits of $\sqrt{1/2}$, from which on mantissas are counted.
const ROOT_HALF_F32: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
const ROOT_HALF_F64: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();

real!(
    f32,
    AtomicU32,
    columns_f32,
    rows_f32,
    {
        const DOUBLE: bool = false;
        const ROUNDER: Self = 12_582_912.0;
        const MAX_EXPONENT: Self = 87.0;
        const LN_2_HIGH: Self = 0.693_359_4;
        const LN_2_LOW: Self = -2.121_944_4e-4;
        const EXP_TERMS: usize = 7;
        const LN_TERMS: usize = 4;
        const SIN_TERMS: usize = 5;
        const ATAN_TERMS: usize = 6;
        const HALF_PI: [Self; 3] = [1.570_312_5, 4.837_513e-4, 7.549_79e-8];
        const MAX_ANGLE: Self = 512.0;
        const SERIES: Self = 0.018_581_36;
    },
    fn split_exponent(self) -> (Self, Self) {
        let above = self.to_bits().wrapping_sub(ROOT_HALF_F32);
        let exponent = (above as i32) >> (f32::MANTISSA_DIGITS - 1);
        let mantissa = above & ((1 << (f32::MANTISSA_DIGITS - 1)) - 1);
        (exponent as f32, f32::from_bits(mantissa + ROOT_HALF_F32))
    }
);
real!(
    f64,
    AtomicU64,
    columns_f64,
    rows_f64,
    {
        const DOUBLE: bool = true;
        const ROUNDER: Self = 6_755_399_441_055_744.0;
        const MAX_EXPONENT: Self = 708.0;
        const LN_2_HIGH: Self = 0.693_147_180_369_123_8;
        const LN_2_LOW: Self = 1.908_214_929_270_587_7e-10;
        const EXP_TERMS: usize = 14;
        const LN_TERMS: usize = 10;
        const SIN_TERMS: usize = 9;
        const ATAN_TERMS: usize = 12;
        const HALF_PI: [Self; 3] = [
            1.570_796_326_734_125_6,
            6.077_100_506_303_966e-11,
            2.022_266_248_795_950_6e-21,
        ];
        const MAX_ANGLE: Self = 1_048_576.0;
        const SERIES: Self = 1.220_703_125e-4;
    },
    fn split_exponent(self) -> (Self, Self) {
        let above = self.to_bits().wrapping_sub(ROOT_HALF_F64);
        // Vector units convert no 64-bit integers: the exponent, made positive, is put into the low
        // bits of a number whose mantissa counts.
        const OFFSET: u64 = 2048;
        let raised = (above >> (f64::MANTISSA_DIGITS - 1)).wrapping_add(OFFSET) & (2 * OFFSET - 1);
        let counter = (1u64 << (f64::MANTISSA_DIGITS - 1)) as f64;
        let exponent = f64::from_bits(counter.to_bits() | raised) - (counter + OFFSET as f64);
        let mantissa = above & ((1 << (f64::MANTISSA_DIGITS - 1)) - 1);
        (exponent, f64::from_bits(mantissa + ROOT_HALF_F64))
    }
);

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
