//! Runs of the samplers: seeds, resumption, adaptation, divergence, bad starts.

use burn::store::RecordError;
use burn::tensor::{Bytes, DType, Device, Tensor};
use geom_core::numerics::{squared_norm, to_vec_f64};
use geom_core::{Euclidean, Hyperboloid, Manifold, PoincareBall};
use geom_optim::samplers::{
    Chains, HamiltonianMonteCarloConfig, Iteration, RiemannianLangevinConfig, Sampler, SamplerError,
};

const SEED: u64 = 11;

fn normal<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    squared_norm(x).mul_scalar(-0.5)
}

fn hamiltonian() -> HamiltonianMonteCarloConfig {
    HamiltonianMonteCarloConfig::new()
        .with_leapfrog_steps(3)
        .with_burn_in(30)
}

/// Six points on the hyperboloid, and a density with its peak elsewhere.
fn hyperbolic(dtype: DType) -> (Hyperboloid, Tensor<2>, impl Fn(Tensor<2>) -> Tensor<2>) {
    let hyperboloid = Hyperboloid::new(1.0);
    let row = |x, y| {
        hyperboloid.project(Tensor::from_data(
            [[0.0, x, y]],
            (&Device::default(), dtype),
        ))
    };
    let start = row(0.1, -0.2).repeat_dim(0, 6);
    let density = {
        let (hyperboloid, center) = (hyperboloid.clone(), row(-0.4, 0.3));
        move |x| hyperboloid.distance(x, center.clone()).square().neg()
    };
    (hyperboloid, start, density)
}

/// Everything that a run leaves, compared bit for bit.
fn trace<const D: usize>(draws: &[Tensor<D>], iterations: &[Iteration]) -> Vec<u64> {
    let draws = draws.iter().flat_map(|draw| to_vec_f64(draw.clone()));
    let records = iterations.iter().flat_map(|record| {
        [
            record.step_size,
            record.acceptance,
            record.log_density,
            record.number as f64,
        ]
    });
    draws.chain(records).map(f64::to_bits).collect()
}

/// Runs to `first` draws, saves and loads, and runs on: the same as not stopping.
fn assert_resumes<S: Sampler>(
    sampler: &S,
    start: Tensor<2>,
    density: impl Fn(Tensor<2>) -> Tensor<2>,
    reload: impl Fn(Chains<2>) -> Chains<2>,
) {
    let fresh = || sampler.start(start.clone(), SEED, &density).unwrap();
    let mut chains = fresh();
    let whole = sampler.run(&mut chains, 12, &density);

    // In the middle of the burn-in, and after some draws.
    let mut chains = fresh();
    let mut iterations = Vec::new();
    for _ in 0..7 {
        iterations.push(sampler.step(&mut chains, &density));
    }
    let mut chains = reload(chains);
    let first = sampler.run(&mut chains, 5, &density);
    let mut chains = reload(chains);
    let second = sampler.run(&mut chains, 7, &density);

    let draws = [first.draws, second.draws].concat();
    iterations.extend(first.iterations);
    iterations.extend(second.iterations);
    assert_eq!(
        trace(&draws, &iterations),
        trace(&whole.draws, &whole.iterations)
    );
}

#[test]
fn saved_chains_go_on_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chains.bpk");
    let device = Device::default();
    for dtype in [DType::F32, DType::F64] {
        let (hyperboloid, start, density) = hyperbolic(dtype);
        let sampler = hamiltonian().init(hyperboloid.clone());
        assert_resumes(&sampler, start.clone(), &density, |chains| {
            chains.save(&path).unwrap();
            Chains::load(&path, &device).unwrap()
        });
        let langevin = RiemannianLangevinConfig::new(0.2)
            .with_burn_in(10)
            .init(hyperboloid);
        assert_resumes(&langevin, start, &density, |chains| {
            Chains::from_bytes(chains.to_bytes().unwrap(), &device).unwrap()
        });
    }
}

#[test]
fn a_saved_state_does_not_change_when_the_chains_go_on() {
    let (hyperboloid, start, density) = hyperbolic(DType::F32);
    let sampler = hamiltonian().init(hyperboloid);
    let mut chains = sampler.start(start, SEED, &density).unwrap();
    let kept = chains.clone();
    let before = kept.to_bytes().unwrap().to_vec();
    sampler.run(&mut chains, 3, &density);
    assert_eq!(kept.to_bytes().unwrap().to_vec(), before);
}

#[test]
fn something_else_than_chains_is_refused() {
    let device = Device::default();
    let (hyperboloid, start, density) = hyperbolic(DType::F32);
    let sampler = hamiltonian().init(hyperboloid);
    let chains = sampler.start(start, SEED, &density).unwrap();
    let bytes = chains.to_bytes().unwrap();
    let wrong_rank = Chains::<3>::from_bytes(bytes.clone(), &device);
    assert!(matches!(wrong_rank, Err(RecordError::Validation(_))));
    let cut = Bytes::from_bytes_vec(bytes.to_vec()[..bytes.len() / 2].to_vec());
    assert!(Chains::<2>::from_bytes(cut, &device).is_err());
    assert!(Chains::<2>::load("/nowhere/chains.bpk", &device).is_err());
}

#[test]
fn the_seed_decides_the_run_and_burns_generator_has_no_part_in_it() {
    let (hyperboloid, start, density) = hyperbolic(DType::F64);
    let sampler = hamiltonian().init(hyperboloid);
    let run = |seed: u64| {
        let mut chains = sampler.start(start.clone(), seed, &density).unwrap();
        let samples = sampler.run(&mut chains, 3, &density);
        trace(&samples.draws, &samples.iterations)
    };
    let first = run(1);
    // Burn's generator moves on.
    Tensor::<1>::random([9], burn::tensor::Distribution::Default, &Device::default());
    assert_eq!(run(1), first);
    assert_ne!(run(2), first);
}

#[test]
fn chains_may_have_more_than_one_axis() {
    let config = hamiltonian().init(PoincareBall::new(1.0));
    let flat = Tensor::<2>::zeros([6, 2], (&Device::default(), DType::F64));
    let deep = Tensor::<3>::zeros([2, 3, 2], (&Device::default(), DType::F64));
    let mut rows = config.start(flat, SEED, normal).unwrap();
    let mut grid = config.start(deep, SEED, normal).unwrap();
    config.run(&mut rows, 2, normal);
    config.run(&mut grid, 2, normal);
    assert_eq!(to_vec_f64(rows.points()), to_vec_f64(grid.points()));
    assert_eq!(grid.log_density().dims(), [2, 3, 1]);
}

#[test]
fn burn_in_and_thinning_are_counted() {
    let sampler = hamiltonian()
        .with_burn_in(10)
        .with_thinning(3)
        .init(Euclidean::new());
    let start = Tensor::<2>::zeros([2, 2], &Device::default());
    let mut chains = sampler.start(start, SEED, normal).unwrap();
    let samples = sampler.run(&mut chains, 4, normal);
    assert_eq!((samples.draws.len(), samples.iterations.len()), (4, 22));
    assert_eq!(chains.iteration(), 22);
    let numbers: Vec<u64> = samples
        .iterations
        .iter()
        .map(|record| record.number)
        .collect();
    assert_eq!(numbers, (0..22).collect::<Vec<_>>());
    let burn_in = samples.iterations.iter().filter(|record| record.burn_in);
    assert_eq!(burn_in.count(), 10);
    // The burn-in is over.
    assert_eq!(sampler.run(&mut chains, 4, normal).iterations.len(), 12);
}

#[test]
fn the_step_size_adapts_to_the_acceptance_asked_for() {
    /// A thousand iterations settle the step size to some percent, and with it the acceptance; its mean
    /// over 32 chains and 100 iterations has a standard error of less than one percent.
    const SETTLED: f64 = 0.05;
    let start = Tensor::<2>::zeros([32, 4], (&Device::default(), DType::F64));
    for first in [1e-3, 10.0] {
        for target in [0.65, 0.9] {
            let sampler = hamiltonian()
                .with_step_size(first)
                .with_target_acceptance(Some(target))
                .with_burn_in(1000)
                .init(PoincareBall::new(1.0));
            // In the distance: a density of the coordinates, bounded on a ball of infinite volume, has
            // no integral, and its chains end at the edge, where every step is accepted.
            let density = |x: Tensor<2>| {
                let distance = PoincareBall::new(1.0).distance(x.clone(), x.zeros_like());
                distance.square().mul_scalar(-10.0)
            };
            let mut chains = sampler.start(start.clone(), SEED, density).unwrap();
            let samples = sampler.run(&mut chains, 100, density);
            let rate = samples.acceptance_rate();
            let off = (rate - target).abs();
            assert!(off < SETTLED, "{first} to {target}: {rate}");
            let kept: Vec<f64> = samples.iterations[1000..]
                .iter()
                .map(|record| record.step_size)
                .collect();
            let spread = kept.iter().map(|step| step / chains.step_size() - 1.0);
            assert!(spread.clone().all(|jitter| jitter.abs() <= 0.1));
            assert!(spread.fold(0.0, f64::max) > 0.05);
        }
    }
}

#[test]
fn without_a_target_the_step_size_stays() {
    let sampler = hamiltonian()
        .with_step_size(0.25)
        .with_jitter(0.0)
        .with_target_acceptance(None)
        .init(Euclidean::new());
    let start = Tensor::<2>::zeros([2, 2], &Device::default());
    let mut chains = sampler.start(start, SEED, normal).unwrap();
    let samples = sampler.run(&mut chains, 5, normal);
    assert!(
        samples
            .iterations
            .iter()
            .all(|record| record.step_size == 0.25)
    );
    chains.set_step_size(0.5);
    assert_eq!(sampler.step(&mut chains, normal).step_size, 0.5);
}

#[test]
fn divergent_moves_are_counted_and_not_made() {
    // The well is so narrow that the step leaves it at once, except in the second chain, whose
    // density is flat.
    let device = Device::default();
    let steepness = Tensor::<2>::from_data([[1e8], [0.0], [1e8]], (&device, DType::F64));
    let density = |x: Tensor<2>| normal(x) * steepness.clone();
    let start = Tensor::<2>::zeros([3, 2], (&device, DType::F64));
    let sampler = hamiltonian()
        .with_step_size(0.5)
        .with_target_acceptance(None)
        .with_burn_in(0)
        .init(PoincareBall::new(1.0));
    let mut chains = sampler.start(start, SEED, density).unwrap();
    let samples = sampler.run(&mut chains, 4, density);
    assert_eq!(samples.divergences(), 8);
    assert!((samples.acceptance_rate() - 1.0 / 3.0).abs() < 1e-12);
    let points = to_vec_f64(chains.points());
    assert_eq!([points[0], points[1], points[4], points[5]], [0.0; 4]);
    assert!(points[2] != 0.0 && points[3] != 0.0);
}

#[test]
fn a_density_that_turns_into_nan_stops_no_other_chain() {
    // No number for positive coordinates.
    let density = |x: Tensor<2>| {
        let outside = x.clone().greater_elem(0.0);
        normal(x.mask_fill(outside, f64::NAN))
    };
    let start = Tensor::<2>::full([16, 1], -1.0, (&Device::default(), DType::F64));
    let langevin = RiemannianLangevinConfig::new(0.8).init(Euclidean::new());
    let mut chains = langevin.start(start.clone(), SEED, density).unwrap();
    let samples = langevin.run(&mut chains, 50, density);
    assert!(samples.divergences() > 0 && samples.acceptance_rate() > 0.5);
    assert!(to_vec_f64(chains.points()).iter().all(|&x| x <= 0.0));

    let sampler = hamiltonian().with_step_size(0.5).init(Euclidean::new());
    let mut chains = sampler.start(start, SEED, density).unwrap();
    let samples = sampler.run(&mut chains, 50, density);
    assert!(samples.divergences() > 0 && samples.acceptance_rate() > 0.1);
    assert!(to_vec_f64(chains.points()).iter().all(|&x| x <= 0.0));
}

#[test]
fn a_uniform_density_accepts_everything_and_the_step_size_stays_finite() {
    let constant = |x: Tensor<2>| x.zeros_like().sum_dim(1);
    let sampler = hamiltonian().with_burn_in(300).init(Euclidean::new());
    let start = Tensor::<2>::zeros([4, 2], (&Device::default(), DType::F64));
    let mut chains = sampler.start(start, SEED, constant).unwrap();
    let samples = sampler.run(&mut chains, 5, constant);
    assert_eq!(samples.acceptance_rate(), 1.0);
    assert!(chains.step_size().is_finite());
    assert!(to_vec_f64(chains.points()).iter().all(|x| x.is_finite()));
}

#[test]
fn a_start_without_density_is_an_error() {
    let sampler = hamiltonian().init(Euclidean::new());
    let start = Tensor::<2>::from_floats([[1.0], [-2.0]], &Device::default());
    // Zero density left of the origin.
    let error = sampler
        .start(start.clone(), SEED, |x| {
            let outside = x.clone().lower_elem(0.0);
            x.mask_fill(outside, f64::NEG_INFINITY)
        })
        .unwrap_err();
    let value = f64::NEG_INFINITY;
    assert_eq!(error, SamplerError::NoDensity { chain: 1, value });
    assert!(error.to_string().contains("chain 1 is -inf"));
    // A finite density whose gradient is infinite.
    let edge = Tensor::<2>::from_floats([[1.0], [0.0]], &Device::default());
    let error = sampler.start(edge, SEED, |x| x.sqrt()).unwrap_err();
    assert_eq!(error, SamplerError::NoGradient { chain: 1 });
}

#[test]
fn a_start_off_the_manifold_is_an_error() {
    let sampler = hamiltonian().init(PoincareBall::new(1.0));
    let start = Tensor::<2>::from_floats([[0.5, 0.0], [0.9, 0.8]], &Device::default());
    match sampler.start(start, SEED, normal) {
        Err(SamplerError::NotOnManifold(error)) => assert_eq!(error.row, 1),
        other => panic!("{other:?}"),
    }
}

#[test]
fn chains_on_the_tape_are_taken_off_it() {
    let device = Device::default().autodiff();
    let sampler = hamiltonian().init(PoincareBall::learnable(1.0, &device));
    let start = Tensor::<2>::zeros([2, 2], &device).require_grad();
    let mut chains = sampler.start(start, SEED, normal).unwrap();
    let samples = sampler.run(&mut chains, 2, normal);
    assert!(samples.draws.iter().all(|draw| !draw.is_autodiff()));
}

#[test]
#[should_panic(expected = "a log-density has one number per point: expected shape [2, 1]")]
fn a_log_density_of_the_wrong_shape_is_refused() {
    let sampler = hamiltonian().init(Euclidean::new());
    let start = Tensor::<2>::zeros([2, 2], &Device::default());
    let _ = sampler.start(start, SEED, |x| x);
}

#[test]
#[should_panic(expected = "a step size is positive and finite, got -1")]
fn a_negative_step_size_is_refused() {
    let sampler = hamiltonian().init(Euclidean::new());
    let start = Tensor::<2>::zeros([2, 2], &Device::default());
    sampler
        .start(start, SEED, normal)
        .unwrap()
        .set_step_size(-1.0);
}
