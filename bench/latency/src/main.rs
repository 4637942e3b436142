//! Sends point reads and writes at a fixed rate and tells how long they took.
//!
//!     latency-load HOST:PORT KEYSPACE.TABLE ROWS READS_PER_SECOND WRITES_PER_SECOND WARM_UP_SECONDS SECONDS
//!
//! The table has `id int PRIMARY KEY, v bigint, s text`. Open loop: requests are due at times that are fixed
//! beforehand, however long others take, and a request's latency counts from the time when it was due, so a server
//! that stands still for a second is charged for all that were due in it. The answer is one line of JSON.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::{ExecutionError, RequestAttemptError};
use scylla::policies::retry::FallthroughRetryPolicy;
use scylla::client::execution_profile::ExecutionProfile;
use scylla::statement::prepared::PreparedStatement;
use serde_json::json;
use tokio::sync::mpsc;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// More than any server keeps up with; a request that is due then is counted as not sent.
const IN_FLIGHT_MAX: u64 = 20_000;
/// Below this, waiting for the due time is done by looking at the clock.
const SPIN: Duration = Duration::from_micros(60);

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Read,
    Write,
}

/// A request that has ended: when it was due, and when its answer was there.
struct Outcome {
    kind: Kind,
    due: Instant,
    latency: Duration,
    failure: Option<String>,
}

struct Load {
    session: Session,
    read: PreparedStatement,
    write: PreparedStatement,
    rows: u64,
}

impl Load {
    async fn connect(contact: &str, table: &str, rows: u64) -> Result<Load, Box<dyn std::error::Error>> {
        let profile = ExecutionProfile::builder()
            .request_timeout(Some(REQUEST_TIMEOUT))
            .retry_policy(Arc::new(FallthroughRetryPolicy::new()))
            .build();
        let session = SessionBuilder::new()
            .known_node(contact)
            .default_execution_profile_handle(profile.into_handle())
            .build()
            .await?;
        let read = session.prepare(format!("SELECT v, s FROM {table} WHERE id = ?")).await?;
        let write = session.prepare(format!("INSERT INTO {table} (id, v, s) VALUES (?, ?, ?)")).await?;
        Ok(Load { session, read, write, rows })
    }

    async fn run(&self, kind: Kind, number: u64) -> Option<String> {
        // Scrambled, so that neighbours in time are not neighbours in the store.
        let id = (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) % self.rows;
        let done = match kind {
            Kind::Read => self.session.execute_unpaged(&self.read, (id as i32,)).await,
            Kind::Write => {
                let text = format!("row {number}");
                self.session.execute_unpaged(&self.write, (id as i32, number as i64, text)).await
            }
        };
        done.err().map(|failure| short(&failure))
    }
}

fn short(failure: &ExecutionError) -> String {
    match failure {
        ExecutionError::LastAttemptError(RequestAttemptError::DbError(error, _)) => format!("{error}"),
        other => format!("{other}"),
    }
}

fn quantiles(of: &Histogram<u64>) -> serde_json::Value {
    json!({
        "count": of.len(),
        "mean_us": of.mean(),
        "p50_us": of.value_at_quantile(0.5),
        "p90_us": of.value_at_quantile(0.9),
        "p99_us": of.value_at_quantile(0.99),
        "p999_us": of.value_at_quantile(0.999),
        "max_us": of.max(),
    })
}

/// Starts each request when it is due. Runs on a thread of its own, because the runtime's timers are as coarse as
/// what is measured.
fn start_all(
    load: &Arc<Load>,
    runtime: &tokio::runtime::Handle,
    told: &mpsc::UnboundedSender<Outcome>,
    schedule: impl Iterator<Item = (Kind, Duration)>,
    began: Instant,
) -> u64 {
    let in_flight = Arc::new(AtomicU64::new(0));
    let mut not_sent = 0;
    for (number, (kind, after)) in (0..).zip(schedule) {
        let due = began + after;
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if left > SPIN {
                thread::sleep(left - SPIN);
            } else {
                std::hint::spin_loop();
            }
        }
        if in_flight.load(Ordering::Relaxed) >= IN_FLIGHT_MAX {
            not_sent += 1;
            continue;
        }
        in_flight.fetch_add(1, Ordering::Relaxed);
        let (load, told, in_flight) = (load.clone(), told.clone(), in_flight.clone());
        runtime.spawn(async move {
            let failure = load.run(kind, number).await;
            in_flight.fetch_sub(1, Ordering::Relaxed);
            let _ = told.send(Outcome { kind, due, latency: due.elapsed(), failure });
        });
    }
    not_sent
}

/// Reads and writes, each evenly spaced, in the order of their times.
fn schedule(reads: f64, writes: f64, seconds: f64) -> Vec<(Kind, Duration)> {
    let evenly = |kind, rate: f64| {
        (0..(rate * seconds) as u64).map(move |i| (kind, Duration::from_secs_f64((i as f64 + 0.5) / rate)))
    };
    let mut all: Vec<_> = evenly(Kind::Read, reads).chain(evenly(Kind::Write, writes)).collect();
    all.sort_by_key(|(_, due)| *due);
    all
}

async fn measure(words: &[String]) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let [contact, table, rows, reads, writes, warm_up, seconds] = words else {
        return Err("usage: latency-load HOST:PORT TABLE ROWS READS/S WRITES/S WARM_UP_S SECONDS".into());
    };
    let (warm_up, seconds): (f64, f64) = (warm_up.parse()?, seconds.parse()?);
    let load = Arc::new(Load::connect(contact, table, rows.parse()?).await?);
    let planned = schedule(reads.parse()?, writes.parse()?, warm_up + seconds);
    let (told, mut heard) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Handle::current();
    let began = Instant::now() + Duration::from_millis(20);
    let starter = thread::spawn(move || start_all(&load, &runtime, &told, planned.into_iter(), began));

    let counted_from = began + Duration::from_secs_f64(warm_up);
    let mut reads = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let mut writes = Histogram::<u64>::new_with_bounds(1, 60_000_000, 3)?;
    let mut failures = std::collections::BTreeMap::<String, u64>::new();
    while let Some(outcome) = heard.recv().await {
        if outcome.due < counted_from {
            continue;
        }
        if let Some(failure) = outcome.failure {
            *failures.entry(failure).or_default() += 1;
        }
        let histogram = if outcome.kind == Kind::Read { &mut reads } else { &mut writes };
        histogram.saturating_record(outcome.latency.as_micros() as u64);
    }
    let not_sent = starter.join().map_err(|_| "the starting thread failed")?;
    let mut both = reads.clone();
    both.add(&writes)?;
    Ok(json!({
        "reads": quantiles(&reads), "writes": quantiles(&writes), "both": quantiles(&both),
        "failures": failures, "not_sent": not_sent,
    }))
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    match measure(&words).await {
        Ok(figures) => println!("{figures}"),
        Err(failure) => {
            eprintln!("latency-load: {failure}");
            std::process::exit(1);
        }
    }
}
