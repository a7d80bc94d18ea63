//! Trying again, within a time that is stated.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::fault::{Again, Fault, Trouble};

/// For how long nobody listening, or an unknown name, is tried again: a server that restarts, not one that is not there.
const BRIEFLY: Duration = Duration::from_secs(3);

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For one request.
    pub timeout: Duration,
    /// For all tries together.
    pub retry_for: Duration,
}

impl Patience {
    /// Calls `attempt` until it succeeds, fails for good, or time is over. `extra` is what the body may take on top;
    /// `pause` is how long the store has asked to wait; `seed` spreads the waits of many that failed together.
    pub async fn run<T, F>(
        &self,
        extra: Duration,
        seed: u64,
        pause: impl Fn() -> Duration,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let start = Instant::now();
        let mut tries = 0u32;
        loop {
            tries += 1;
            let left = self.retry_for.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
            let time = self.timeout.min(left) + extra;
            let mut trouble = match tokio::time::timeout(time, attempt()).await {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(trouble)) => trouble,
                Err(_) => Trouble::new(Fault::Timeout, format!("no answer within {}", seconds(time))).again(Again::Yes),
            };
            let limit = match trouble.again {
                Again::No => return Err(trouble),
                Again::Briefly => self.retry_for.min(BRIEFLY),
                Again::Yes => self.retry_for,
            };
            let wait = backoff(tries, seed).max(pause());
            if start.elapsed() + wait >= limit {
                let asked = pause();
                if asked > Duration::ZERO {
                    trouble.words += &format!("; the store asks to wait {}", seconds(asked));
                }
                if tries > 1 {
                    trouble.words += &format!("; gave up after {tries} tries in {}", seconds(start.elapsed()));
                }
                if trouble.hints.is_empty() {
                    trouble.hints.push("run the command again; nothing is lost and nothing is done twice".into());
                }
                return Err(trouble);
            }
            tokio::time::sleep(wait).await;
        }
    }
}

/// 100 ms, doubled each time up to 3 s, spread by a quarter.
fn backoff(tries: u32, seed: u64) -> Duration {
    let base = 100u64 << (tries - 1).min(5);
    let mixed = (seed ^ u64::from(tries)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let base = base.min(3000);
    Duration::from_millis(base - base / 4 + mixed % (base / 2).max(1))
}

/// `10 s`, `0.5 s`.
fn seconds(time: Duration) -> String {
    let tenths = (time.as_secs_f64() * 10.0).round() / 10.0;
    format!("{tenths} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        for seed in 0..100 {
            assert!((75..=125).contains(&(backoff(1, seed).as_millis() as u64)));
            assert!(backoff(40, seed) <= Duration::from_millis(3750));
        }
        assert_ne!(backoff(3, 1), backoff(3, 2));
        assert_eq!(seconds(Duration::from_millis(10_020)), "10 s");
    }
}
