//! What is computed with one large matrix at a time, on faer.

use super::failure::{Outcome, Reason};
use super::job::{Job, compiled};
use super::product::View;
use super::run::{Input, Output};

/// What a number format brings for matrices that are too large for lanes.
#[allow(
    private_interfaces,
    reason = "what it takes and returns stays in this crate"
)]
pub trait Whole: Sized {
    /// Runs a kernel on a batch.
    #[doc(hidden)]
    fn run(
        job: Job,
        batch: usize,
        threads: usize,
        inputs: &[Input<'_, Self>],
        outputs: Vec<Output<'_, Self>>,
    ) -> Outcome;

    /// $A B$, with transposes.
    #[doc(hidden)]
    fn product(out: &mut [Self], a: View<'_, Self>, b: View<'_, Self>, sizes: [usize; 3]);

    /// The exponential, and its derivative if there is a direction.
    #[doc(hidden)]
    fn expm(
        a: &[Self],
        direction: Option<&[Self]>,
        n: usize,
        out: &mut [Self],
        slope: Option<&mut [Self]>,
    );

    /// Eigenvalues of the symmetric part, ascending, and eigenvectors as columns.
    #[doc(hidden)]
    fn eigh(
        a: &[Self],
        n: usize,
        values: &mut [Self],
        vectors: Option<&mut [Self]>,
    ) -> Result<(), Reason>;
}

macro_rules! whole {
    ($float:ty) => {
        #[allow(
            private_interfaces,
            reason = "what it takes and returns stays in this crate"
        )]
        impl Whole for $float {
            fn run(
                job: Job,
                batch: usize,
                threads: usize,
                inputs: &[Input<'_, Self>],
                outputs: Vec<Output<'_, Self>>,
            ) -> Outcome {
                compiled(job, batch, threads, inputs, outputs)
            }

            fn product(
                out: &mut [Self],
                a: View<'_, Self>,
                b: View<'_, Self>,
                [m, k, n]: [usize; 3],
            ) {
                use faer::linalg::matmul::matmul;
                use faer::{Accum, MatMut, MatRef, Par};
                fn view<'a>(
                    x: View<'a, $float>,
                    rows: usize,
                    columns: usize,
                ) -> MatRef<'a, $float> {
                    let (data, transposed) = x.rows();
                    if transposed {
                        MatRef::from_column_major_slice(data, rows, columns)
                    } else {
                        MatRef::from_row_major_slice(data, rows, columns)
                    }
                }
                matmul(
                    MatMut::from_row_major_slice_mut(out, m, n),
                    Accum::Replace,
                    view(a, m, k),
                    view(b, k, n),
                    1.0,
                    Par::Seq,
                );
            }

            fn expm(
                a: &[Self],
                direction: Option<&[Self]>,
                n: usize,
                out: &mut [Self],
                slope: Option<&mut [Self]>,
            ) {
                super::exponential::whole(a, direction, n, out, slope);
            }

            fn eigh(
                a: &[Self],
                n: usize,
                values: &mut [Self],
                vectors: Option<&mut [Self]>,
            ) -> Result<(), Reason> {
                use faer::dyn_stack::{MemBuffer, MemStack};
                use faer::linalg::evd::{
                    ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch,
                };
                use faer::{Auto, Mat, MatMut, Par, Spec};
                let symmetric =
                    Mat::<$float>::from_fn(n, n, |i, j| 0.5 * a[i * n + j] + 0.5 * a[j * n + i]);
                let wanted = match vectors {
                    Some(_) => ComputeEigenvectors::Yes,
                    None => ComputeEigenvectors::No,
                };
                let parameters: Spec<_, $float> = Spec::new(<_ as Auto<$float>>::auto());
                let scratch = self_adjoint_evd_scratch::<$float>(n, wanted, Par::Seq, parameters);
                let mut memory = MemBuffer::new(scratch);
                let mut diagonal = faer::diag::Diag::<$float>::zeros(n);
                let vectors =
                    vectors.map(|vectors| MatMut::from_row_major_slice_mut(vectors, n, n));
                self_adjoint_evd(
                    symmetric.as_ref(),
                    diagonal.as_mut(),
                    vectors,
                    Par::Seq,
                    MemStack::new(&mut memory),
                    parameters,
                )
                .map_err(|_| Reason::NoConvergence)?;
                for (out, &value) in values.iter_mut().zip(diagonal.column_vector().iter()) {
                    *out = value;
                }
                Ok(())
            }
        }
    };
}

whole!(f32);
whole!(f64);
