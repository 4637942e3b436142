//! How many different values there are, in 16 KiB at most: HyperLogLog (P. Flajolet et al., 2007) with 2^14 registers, and the estimator of
//! O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, which has no bias at any size and needs no tables.

use nacre_function::{Newtype, aggregate};
use std::f64::consts::LN_2;
use xxhash_rust::xxh3::xxh3_64;

const INDEX_BITS: u32 = 14;
const REGISTERS: usize = 1 << INDEX_BITS;
/// The bits of a hash that are left for a register's rank, which is at most one more.
const RANK_BITS: u32 = 64 - INDEX_BITS;

/// The registers, a byte each; as long as few are set, those alone: sorted entries of ENTRY bytes, the index and the rank. So the length tells
/// which, and a group with few values is a short state.
#[derive(Default, Newtype)]
struct DistinctCount(Vec<u8>);

const ENTRY: usize = 3;
const SPARSE_BYTES_MAX: usize = REGISTERS / 8 * ENTRY;

#[aggregate]
impl DistinctCount {
    fn accumulate(&mut self, value: &[u8]) {
        let hash = xxh3_64(value);
        let index = (hash >> RANK_BITS) as usize;
        // Zeros before the first one among the lower bits, and one.
        let rank = ((hash << INDEX_BITS) | 1 << (INDEX_BITS - 1)).leading_zeros() + 1;
        self.raise(index, rank as u8);
    }

    fn merge(&mut self, mut other: DistinctCount) {
        if other.is_dense() && !self.is_dense() {
            std::mem::swap(self, &mut other);
        }
        other.each(|index, rank| self.raise(index, rank));
    }

    fn finish(&self) -> i64 {
        let mut counts = [0; RANK_BITS as usize + 2];
        let mut set = 0;
        self.each(|_, rank| {
            counts[usize::from(rank).min(RANK_BITS as usize + 1)] += 1;
            set += 1;
        });
        counts[0] += REGISTERS as u32 - set;
        estimate(&counts).round() as i64
    }
}

impl DistinctCount {
    fn is_dense(&self) -> bool {
        self.0.len() == REGISTERS
    }

    fn raise(&mut self, index: usize, rank: u8) {
        if self.is_dense() {
            let register = &mut self.0[index];
            *register = rank.max(*register);
            return;
        }
        match self.place_of(index) {
            Ok(at) => self.0[at + 2] = rank.max(self.0[at + 2]),
            Err(at) => {
                let [high, low] = (index as u16).to_be_bytes();
                self.0.splice(at..at, [high, low, rank]);
            }
        }
        if self.0.len() > SPARSE_BYTES_MAX {
            let mut registers = vec![0; REGISTERS];
            self.each(|index, rank| registers[index] = rank);
            self.0 = registers;
        }
    }

    /// Where the entry of a register stands, or would.
    fn place_of(&self, index: usize) -> Result<usize, usize> {
        let (mut from, mut to) = (0, self.0.len() / ENTRY);
        while from < to {
            let middle = (from + to) / 2;
            match self.entry(middle).0.cmp(&index) {
                std::cmp::Ordering::Equal => return Ok(middle * ENTRY),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        Err(from * ENTRY)
    }

    fn entry(&self, number: usize) -> (usize, u8) {
        let at = number * ENTRY;
        (usize::from(u16::from_be_bytes([self.0[at], self.0[at + 1]])), self.0[at + 2])
    }

    /// Every register of a sparse sketch that is set, every one of a dense sketch.
    fn each(&self, mut what: impl FnMut(usize, u8)) {
        if self.is_dense() {
            self.0.iter().enumerate().for_each(|(index, rank)| what(index, *rank));
        } else {
            (0..self.0.len() / ENTRY).map(|number| self.entry(number)).for_each(|(index, rank)| what(index, rank));
        }
    }
}

/// Ertl's improved raw estimate (algorithm 6), of how many registers have each rank.
fn estimate(counts: &[u32; RANK_BITS as usize + 2]) -> f64 {
    let registers = REGISTERS as f64;
    let share = |rank: usize| f64::from(counts[rank]) / registers;
    let mut z = registers * tau(1.0 - share(RANK_BITS as usize + 1));
    for rank in (1..=RANK_BITS as usize).rev() {
        z = 0.5 * (z + f64::from(counts[rank]));
    }
    z += registers * sigma(share(0));
    registers * registers / (2.0 * LN_2 * z)
}

/// Corrects for registers that are not set: infinite if none is.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * y;
        y += y;
        if sum == before {
            return sum;
        }
    }
}

/// Corrects for registers that can't be raised any more.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        y *= 0.5;
        sum -= (1.0 - x).powi(2) * y;
        if sum == before {
            return sum / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sketches of `count` values, all different from those of other seeds.
    fn sketch(seed: u64, count: u64) -> DistinctCount {
        let mut made = DistinctCount::default();
        (0..count).for_each(|number| made.accumulate(&(seed << 32 | number).to_le_bytes()));
        made
    }

    /// Ranges of sizes in which the classic estimator is biased lie between the third and the sixth.
    #[test]
    fn no_bias_and_an_error_as_promised() {
        for (count, sketches) in [(1, 20), (100, 400), (2_000, 400), (10_000, 300), (41_000, 200), (82_000, 100), (1_000_000, 20)] {
            let errors: Vec<f64> = (0..sketches).map(|seed| sketch(seed, count).finish() as f64 / count as f64 - 1.0).collect();
            let mean = errors.iter().sum::<f64>() / sketches as f64;
            let deviation = (errors.iter().map(|error| error * error).sum::<f64>() / sketches as f64).sqrt();
            let promised = 1.04 / (REGISTERS as f64).sqrt();
            println!("{count}: mean error {mean:.5}, deviation {deviation:.5}");
            // Beside the rounding to whole numbers.
            assert!(mean.abs() < 3.0 * promised / (sketches as f64).sqrt() + 0.5 / count as f64, "{count} values: {mean} on average");
            assert!(deviation < 1.3 * promised, "{count} values: {deviation}");
        }
    }

    #[test]
    fn parts_merge_to_the_whole() {
        for count in [10, 3_000, 100_000] {
            let whole = sketch(1, count);
            let mut parts: Vec<DistinctCount> = (0..3).map(|_| DistinctCount::default()).collect();
            (0..count).for_each(|number| parts[(number * number % 7 % 3) as usize].accumulate(&(1 << 32 | number).to_le_bytes()));
            let mut merged = DistinctCount::default();
            parts.into_iter().for_each(|part| merged.merge(part));
            assert!(merged.0 == whole.0);
        }
    }
}
