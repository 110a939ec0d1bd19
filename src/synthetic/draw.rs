//! Random numbers of the distributions that logs have.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::common::hash::hash_pair;

/// A source of random numbers.
#[derive(Clone, Debug)]
pub struct Draw(Pcg64Mcg);

impl Draw {
    /// The source with a number of a seed; sources with other numbers are independent of it.
    pub fn new(seed: u64, number: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(hash_pair(seed, number)))
    }

    /// 0..1.
    pub fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// `true` with a probability.
    pub fn happens(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// `from..=to`.
    pub fn number(&mut self, from: u32, to: u32) -> u32 {
        self.0.random_range(from..=to.max(from))
    }

    /// Between two numbers.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.share()
    }

    /// A place in a list of so many, 0 for an empty one.
    pub fn place(&mut self, of: usize) -> usize {
        self.number(0, (of as u32).saturating_sub(1)) as usize
    }

    /// One of a list.
    pub fn one_of(&mut self, list: &[&'static str]) -> &'static str {
        let place = self.place(list.len());
        list.get(place).copied().unwrap_or_default()
    }

    /// A place in a list of weights.
    pub fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.share() * weights.clone().sum::<f64>();
        let mut last = 0;
        for (place, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
            last = place;
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.random()
    }

    /// Exponential with a mean.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.share())
    }

    /// Standard normal (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.share()));
        radius * libm::cos(2.0 * core::f64::consts::PI * self.share())
    }

    /// A time of work: log-normal around a median, and three in a thousand from a Pareto tail that begins where the
    /// log-normal's ends (exponent 2.5, at most ten times its beginning).
    pub fn elapsed(&mut self, median: f64, sigma: f64) -> f64 {
        let tail = self.happens(0.003);
        if tail {
            let far = libm::pow(1.0 - self.share(), -1.0 / 2.5).min(10.0);
            median * libm::exp(2.0 * sigma) * far
        } else {
            median * libm::exp(sigma * self.normal().clamp(-4.0, 4.0))
        }
    }
}
