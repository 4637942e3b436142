//! The most frequent values with how often they come, in a bounded number of counters: J. Misra and D. Gries (1982), whose summaries can be
//! merged without losing their bound (P. K. Agarwal et al., "Mergeable summaries", 2013).

use nacre_function::{Tuple, UserType, aggregate};
use std::collections::BTreeMap;

const K_MAX: i32 = 1000;
const COUNTERS_MIN: usize = 1024;
const COUNTERS_PER_K: usize = 16;

#[derive(Default, Tuple)]
struct TopK {
    k: Option<i32>,
    /// What every counter may lack at most.
    missed: i64,
    counts: BTreeMap<String, i64>,
}

/// `value` is there `count` times at least, and `count + missed` times at most.
#[derive(UserType)]
struct TopEntry {
    value: String,
    count: i64,
    missed: i64,
}

#[aggregate]
impl TopK {
    fn accumulate(&mut self, value: &str, k: i32) -> Result<(), String> {
        self.ask(k)?;
        match self.counts.get_mut(value) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(value.into(), 1);
                self.reduce();
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: TopK) -> Result<(), String> {
        let Some(k) = other.k else { return Ok(()) };
        self.ask(k)?;
        self.missed += other.missed;
        for (value, count) in other.counts {
            *self.counts.entry(value).or_default() += count;
        }
        self.reduce();
        Ok(())
    }

    fn finish(self) -> Vec<TopEntry> {
        let missed = self.missed;
        let mut found: Vec<_> = self.counts.into_iter().map(|(value, count)| TopEntry { value, count, missed }).collect();
        // Sorted by value as they are: of equal counts the first stay first.
        found.sort_by_key(|entry| std::cmp::Reverse(entry.count));
        found.truncate(self.k.unwrap_or(0) as usize);
        found
    }
}

impl TopK {
    fn ask(&mut self, k: i32) -> Result<(), String> {
        if !(1..=K_MAX).contains(&k) {
            return Err(format!("top_k(value, k) takes a k of 1 to {K_MAX}"));
        }
        if self.k.is_some_and(|before| before != k) {
            return Err("top_k(value, k) takes one k for all rows of a group".into());
        }
        self.k = Some(k);
        Ok(())
    }

    /// The counters that stay when there are too many; twice as many are kept before.
    fn counters(&self) -> usize {
        COUNTERS_MIN.max(self.k.unwrap_or(1) as usize * COUNTERS_PER_K)
    }

    /// Takes from all counters what the first that does not stay has. `counters() + 1` of them lose that much, which is why nothing misses more
    /// than the number of rows divided by `counters() + 1`.
    fn reduce(&mut self) {
        let stay = self.counters();
        if self.counts.len() <= 2 * stay {
            return;
        }
        let mut counts: Vec<i64> = self.counts.values().copied().collect();
        let (_, &mut taken, _) = counts.select_nth_unstable_by(stay, |left, right| right.cmp(left));
        self.counts.retain(|_, count| {
            *count -= taken;
            *count > 0
        });
        self.missed += taken;
    }
}
