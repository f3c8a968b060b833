//! Lanes in the registers of x86: AVX-512, and AVX2 with fused products.
//!
//! Operations on arrays leave it to the compiler to find vector instructions, which takes it minutes for
//! what is compiled here and does not always succeed.

use std::arch::x86_64::*;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::number::{Number, Work};

/// `$lanes` numbers in `$count` registers, whole cache lines.
///
/// Invariant of all of these types: they are used only where the processor is known to have the features
/// that their instructions need. `run.rs` names them in functions which it calls after it has asked.
macro_rules! registers {
    (
        $(#[$meta:meta])* $name:ident, $features:literal, $format:ty, $lanes:literal, $register:ty, $count:literal,
        $set:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $sqrt:ident, $max:ident, $min:ident,
        $fmadd:ident, $fnmadd:ident,
        |$x:ident| $magnitude:expr,
        |$mask:ident, $yes:ident, $no:ident| $choose:expr,
        |$sign:ident| $positive:expr
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        #[repr(C, align(64))]
        pub(super) struct $name([$register; $count]);

        registers!(@operator $name, $count, Add add AddAssign add_assign $add);
        registers!(@operator $name, $count, Sub sub SubAssign sub_assign $sub);
        registers!(@operator $name, $count, Mul mul MulAssign mul_assign $mul);
        registers!(@operator $name, $count, Div div DivAssign div_assign $div);

        impl Neg for $name {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                // Exact, and right for zeros.
                Self::all(-0.0) - self
            }
        }

        impl Number for $name {
            type Format = $format;
            type Array = [$format; $lanes];

            const WIDTH: usize = $lanes;

            #[inline(always)]
            fn run<W: Work>(work: W) {
                #[target_feature(enable = $features)]
                #[inline(never)]
                fn featured<W: Work>(work: W) {
                    work.work();
                }
                // SAFETY: the invariant of the type.
                unsafe { featured(work) };
            }

            #[inline(always)]
            fn all(value: $format) -> Self {
                // SAFETY: the invariant of the type.
                Self([unsafe { $set(value) }; $count])
            }

            #[inline(always)]
            fn array(self) -> [$format; $lanes] {
                // SAFETY: both are the same numbers, of which any bits are valid.
                unsafe { std::mem::transmute(self) }
            }

            #[inline(always)]
            fn from_array(array: [$format; $lanes]) -> Self {
                // SAFETY: both are the same numbers, of which any bits are valid.
                unsafe { std::mem::transmute(array) }
            }

            #[inline(always)]
            fn lanes(numbers: &[Self]) -> &[$format] {
                const { assert!(size_of::<Self>() == $lanes * size_of::<$format>()) };
                // SAFETY: the registers in memory are their numbers one after the other, and the
                // assertion confirms that there is nothing else.
                unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), numbers.len() * $lanes) }
            }

            #[inline(always)]
            fn lanes_mut(numbers: &mut [Self]) -> &mut [$format] {
                const { assert!(size_of::<Self>() == $lanes * size_of::<$format>()) };
                // SAFETY: as in `lanes`, and nobody else has the numbers.
                unsafe { std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), numbers.len() * $lanes) }
            }

            #[inline(always)]
            fn times_plus(mut self, factor: Self, term: Self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    self.0[r] = unsafe { $fmadd(self.0[r], factor.0[r], term.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn times_from(mut self, factor: Self, term: Self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    self.0[r] = unsafe { $fnmadd(self.0[r], factor.0[r], term.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn root(mut self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    self.0[r] = unsafe { $sqrt(self.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn magnitude(mut self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    let $x = self.0[r];
                    self.0[r] = unsafe { $magnitude };
                }
                self
            }

            #[inline(always)]
            fn larger(mut self, other: Self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type. The second one is the result unless the first
                    // is larger.
                    self.0[r] = unsafe { $max(other.0[r], self.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn smaller(mut self, other: Self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type. The second one is the result unless the first
                    // is smaller.
                    self.0[r] = unsafe { $min(other.0[r], self.0[r]) };
                }
                self
            }

            #[inline(always)]
            fn choose(mut self, yes: Self, no: Self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    let ($mask, $yes, $no) = (self.0[r], yes.0[r], no.0[r]);
                    self.0[r] = unsafe { $choose };
                }
                self
            }

            #[inline(always)]
            fn any_positive(self) -> bool {
                let mut any = false;
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    let $sign = self.0[r];
                    any |= unsafe { $positive };
                }
                any
            }
        }
    };
    (@operator $name:ident, $count:literal, $trait:ident $function:ident $assign:ident $in_place:ident $of:ident) => {
        impl $trait for $name {
            type Output = Self;

            #[inline(always)]
            fn $function(mut self, other: Self) -> Self {
                for r in 0..$count {
                    // SAFETY: the invariant of the type.
                    self.0[r] = unsafe { $of(self.0[r], other.0[r]) };
                }
                self
            }
        }

        impl $assign for $name {
            #[inline(always)]
            fn $in_place(&mut self, other: Self) {
                *self = $trait::$function(*self, other);
            }
        }
    };
}

registers! {
    /// `f32` in a register of AVX-512.
    WideF32, "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma", f32, 16, __m512, 1,
    _mm512_set1_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_div_ps, _mm512_sqrt_ps,
    _mm512_max_ps, _mm512_min_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps,
    |x| _mm512_abs_ps(x),
    |x, yes, no| _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()), no, yes),
    |x| _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, _mm512_setzero_ps()) != 0
}

registers! {
    /// `f64` in two registers of AVX-512.
    WideF64, "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma", f64, 16, __m512d, 2,
    _mm512_set1_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_div_pd, _mm512_sqrt_pd,
    _mm512_max_pd, _mm512_min_pd, _mm512_fmadd_pd, _mm512_fnmadd_pd,
    |x| _mm512_abs_pd(x),
    |x, yes, no| _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(x, _mm512_setzero_pd()), no, yes),
    |x| _mm512_cmp_pd_mask::<_CMP_GT_OQ>(x, _mm512_setzero_pd()) != 0
}

registers! {
    /// `f64` in one register of AVX-512: slower for small matrices, for which one operation waits for another,
    /// and faster for large ones, of which fewer fill the cache.
    NarrowF64, "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma", f64, 8, __m512d, 1,
    _mm512_set1_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_div_pd, _mm512_sqrt_pd,
    _mm512_max_pd, _mm512_min_pd, _mm512_fmadd_pd, _mm512_fnmadd_pd,
    |x| _mm512_abs_pd(x),
    |x, yes, no| _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_GT_OQ>(x, _mm512_setzero_pd()), no, yes),
    |x| _mm512_cmp_pd_mask::<_CMP_GT_OQ>(x, _mm512_setzero_pd()) != 0
}

registers! {
    /// `f32` in two registers of AVX.
    MediumF32, "avx2,fma", f32, 16, __m256, 2,
    _mm256_set1_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_div_ps, _mm256_sqrt_ps,
    _mm256_max_ps, _mm256_min_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps,
    |x| _mm256_andnot_ps(_mm256_set1_ps(-0.0), x),
    |x, yes, no| _mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps())),
    |x| _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(x, _mm256_setzero_ps())) != 0
}

registers! {
    /// `f64` in two registers of AVX.
    MediumF64, "avx2,fma", f64, 8, __m256d, 2,
    _mm256_set1_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_div_pd, _mm256_sqrt_pd,
    _mm256_max_pd, _mm256_min_pd, _mm256_fmadd_pd, _mm256_fnmadd_pd,
    |x| _mm256_andnot_pd(_mm256_set1_pd(-0.0), x),
    |x, yes, no| _mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_GT_OQ>(x, _mm256_setzero_pd())),
    |x| _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(x, _mm256_setzero_pd())) != 0
}
