//! Entailment cones pair by pair on the CPU, with gradients in closed form.

use geom_kernels::geometry::cones;

use super::entailment_cones::EntailmentCones;

impl EntailmentCones {
    /// The energy $E(x, y)$ of two points of the unit ball, as [`energy`](Self::energy) has it for tensors.
    pub fn energy_of_pair(&self, x: &[f64], y: &[f64]) -> f64 {
        cones::energy(self.k, x, y)
    }

    /// [`energy_of_pair`](Self::energy_of_pair), and its Euclidean gradients in `by_x` and `by_y`.
    ///
    /// Where the energy is 0, so are the gradients; on the axis of the cone the part across is taken as 0.
    ///
    /// # Panics
    /// If the four are not of one length.
    pub fn energy_and_gradient(
        &self,
        x: &[f64],
        y: &[f64],
        by_x: &mut [f64],
        by_y: &mut [f64],
    ) -> f64 {
        cones::energy_and_gradient(self.k, x, y, by_x, by_y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, Tensor};
    use geom_core::PoincareBall;
    use geom_core::numerics::to_vec_f64;

    /// Pairs all over the ball, some next to its boundary, some inside the least radius.
    fn pairs() -> Vec<([f64; 3], [f64; 3])> {
        let point = |seed: u32| {
            let turn = |rate: f64| (rate * f64::from(seed)).sin();
            let raw = [turn(1.7), turn(2.3), turn(3.1)];
            let length = raw.iter().map(|x| x * x).sum::<f64>().sqrt();
            let radius = [0.05, 0.12, 0.3, 0.6, 0.9, 0.999, 1.0 - 1e-6][seed as usize % 7];
            raw.map(|value| value / length * radius)
        };
        let seeds = (1..15).flat_map(|i| (1..15).map(move |j| (i, j)));
        seeds.map(|(i, j)| (point(i), point(100 + 3 * j))).collect()
    }

    #[test]
    fn the_energy_is_that_of_tensors() {
        let cones = EntailmentCones::new(0.1);
        let (mut xs, mut ys) = (Vec::new(), Vec::new());
        for (x, y) in pairs() {
            xs.extend(x);
            ys.extend(y);
        }
        let tensor = |values: &[f64]| {
            let device = Device::flex();
            Tensor::<1>::from_data(values, (&device, DType::F64)).reshape([-1, 3])
        };
        let ball = PoincareBall::new(1.0);
        let expected = to_vec_f64(cones.energy::<_, 2>(&ball, tensor(&xs), tensor(&ys)));
        for ((x, y), expected) in pairs().iter().zip(expected) {
            let found = cones.energy_of_pair(x, y);
            assert!(
                (found - expected).abs() < 1e-12,
                "{found} is not {expected}"
            );
        }
    }
}
