//! [`NumpyRandom`]: NumPy's legacy stream of random numbers.

/// Words of the state of MT19937.
const WORDS: usize = 624;
/// Distance of the words that are combined.
const SHIFT: usize = 397;

/// The generator behind `np.random.seed` and `np.random.shuffle`: MT19937, to the bit.
///
/// The published splits were made with it, and can be remade only by following it step for step.
///
/// # Examples
/// ```
/// use geom_data::graph::NumpyRandom;
/// // np.random.seed(1234); x = np.arange(5); np.random.shuffle(x)
/// let mut random = NumpyRandom::new(1234);
/// let mut x = [0, 1, 2, 3, 4];
/// random.shuffle(&mut x);
/// assert_eq!(x, [4, 0, 1, 2, 3]);
/// ```
///
/// # References
/// Matsumoto, Nishimura (1998), *Mersenne Twister*. NumPy's `RandomState`, whose stream is frozen.
#[derive(Clone)]
pub struct NumpyRandom {
    state: [u32; WORDS],
    next: usize,
}

impl std::fmt::Debug for NumpyRandom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NumpyRandom")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl NumpyRandom {
    /// The stream after `np.random.seed(seed)`.
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for word in 1..WORDS {
            let last = state[word - 1];
            state[word] = (last ^ (last >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(word as u32);
        }
        Self { state, next: WORDS }
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == WORDS {
            self.refill();
        }
        let mut bits = self.state[self.next];
        self.next += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    fn refill(&mut self) {
        const UPPER: u32 = 0x8000_0000;
        let state = &mut self.state;
        let twist = |high: u32, low: u32, far: u32| {
            let mixed = (high & UPPER) | (low & !UPPER);
            let odd = if mixed & 1 == 0 { 0 } else { 0x9908_b0df };
            far ^ (mixed >> 1) ^ odd
        };
        for word in 0..WORDS - SHIFT {
            state[word] = twist(state[word], state[word + 1], state[word + SHIFT]);
        }
        for word in WORDS - SHIFT..WORDS - 1 {
            state[word] = twist(state[word], state[word + 1], state[word + SHIFT - WORDS]);
        }
        state[WORDS - 1] = twist(state[WORDS - 1], state[0], state[SHIFT - 1]);
        self.next = 0;
    }

    /// A number in `0..=largest`, all alike likely: the first of the stream, cut to as many bits as
    /// `largest` has, that is not above it.
    pub fn interval(&mut self, largest: u32) -> u32 {
        if largest == 0 {
            return 0;
        }
        let mask = u32::MAX >> largest.leading_zeros();
        loop {
            let value = self.next_u32() & mask;
            if value <= largest {
                return value;
            }
        }
    }

    /// `np.random.shuffle` along the first axis.
    ///
    /// # Panics
    /// With more than `u32::MAX` items.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        let largest = items.len().saturating_sub(1);
        let largest = u32::try_from(largest).expect("at most u32::MAX items to shuffle");
        for i in (1..=largest).rev() {
            items.swap(i as usize, self.interval(i) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_the_published_generator() {
        // First outputs of mt19937ar.c for init_genrand(5489), and the 10,000th, which the C++
        // standard states for std::mt19937.
        let mut random = NumpyRandom::new(5489);
        let first = [random.next_u32(), random.next_u32(), random.next_u32()];
        assert_eq!(first, [3_499_211_612, 581_869_302, 3_890_346_734]);
        let ten_thousandth = (3..10_000).map(|_| random.next_u32()).last();
        assert_eq!(ten_thousandth, Some(4_123_659_995));
    }

    #[test]
    fn intervals_end_at_their_largest_number() {
        let mut random = NumpyRandom::new(0);
        assert_eq!(random.interval(0), 0);
        let mut seen = [0; 6];
        for _ in 0..600 {
            seen[random.interval(5) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| count > 50), "{seen:?}");
    }
}
