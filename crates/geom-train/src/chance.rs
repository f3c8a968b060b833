//! What guessing scores, in closed form.

/// The average precision of a random order of `all` examples, `positives` of which are true, on average over
/// all orders:
///
/// $$ \frac1n\Bigl[H_n + \frac{k-1}{n-1}(n - H_n)\Bigr], \qquad H_n = \sum_{i=1}^n \frac1i $$
///
/// for $k$ of $n$. An example at place $i$ is true with probability $k/n$, and then each of the $i-1$ before
/// it with probability $(k-1)/(n-1)$; the precision there is their number by $i$.
pub(crate) fn average_precision(positives: usize, all: usize, harmonic: f64) -> f64 {
    if positives >= all {
        return 1.0;
    }
    let (k, n) = (positives as f64, all as f64);
    (harmonic + (k - 1.0) / (n - 1.0) * (n - harmonic)) / n
}

/// $H_n$, summed from its small end.
pub(crate) fn harmonic(n: usize) -> f64 {
    (1..=n).rev().map(|i| 1.0 / i as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over all ways to choose which places are true.
    fn over_all_orders(positives: u32, all: u32) -> f64 {
        let orders = (0u32..1 << all).filter(|order| order.count_ones() == positives);
        let precision = |order: u32| {
            let places = (0..all).filter(move |place| order >> place & 1 == 1);
            let share = |place: u32| {
                let before = (order & ((2 << place) - 1)).count_ones();
                f64::from(before) / f64::from(place + 1)
            };
            places.map(share).sum::<f64>() / f64::from(positives)
        };
        let (count, sum) = orders.fold((0, 0.0), |(count, sum), order| {
            (count + 1, sum + precision(order))
        });
        sum / f64::from(count)
    }

    #[test]
    fn it_is_the_mean_over_all_orders() {
        for all in 1..10u32 {
            for positives in 1..=all {
                let (k, n) = (positives as usize, all as usize);
                let closed = average_precision(k, n, harmonic(n));
                let expected = over_all_orders(positives, all);
                assert!((closed - expected).abs() < 1e-14, "{positives} of {all}");
            }
        }
    }
}
