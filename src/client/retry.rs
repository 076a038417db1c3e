//! When a request is made again, and after which pause.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio::time::{Instant, sleep_until};

use super::clock::{Timeout, far};
use super::settings::{Retries, Timeouts};
use super::trace;
use crate::error::{Error, Mask};

/// A request that came to nothing.
#[derive(Clone)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// If it may be made again: the pause that the server asks for, or zero.
    pub(super) again: Option<Duration>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, again: None }
    }
}

impl Failed {
    /// The same with nothing in its error that the mask knows.
    pub(super) fn hiding(self, mask: &Mask) -> Self {
        Self { error: self.error.masked(mask), ..self }
    }

    /// By a response with this head.
    pub(super) fn of_response(error: Error, status: StatusCode, headers: &HeaderMap) -> Self {
        let again = is_busy(status.as_u16().into());
        let pause = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(retry_after);
        Self { error, again: again.then(|| pause.unwrap_or_default()) }
    }
}

/// Whether a status says that it may be otherwise in a while.
pub(super) fn is_busy(status: i64) -> bool {
    // Too many requests; bad gateway, service unavailable, gateway time-out.
    matches!(status, 429 | 502..=504)
}

/// The pause that a `Retry-After` asks for; a date that has passed is no pause.
fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number are too many seconds as well.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// Makes a request until it comes to something, may not be made again, or the tries or the time
/// are used up. Everything has to be over by `total`.
// (Not an async closure: of the futures of those, compilers cannot see that they are `Send`.)
pub(super) async fn persist<T, F: Future<Output = Result<T, Failed>>>(
    retries: &Retries,
    timeouts: &Timeouts,
    total: Option<Instant>,
    mut request: impl FnMut() -> F,
) -> Result<T, Error> {
    let end = far(Instant::now(), retries.within);
    let mut pauses = pauses(retries);
    let mut attempt = 1;
    loop {
        let failed = match request().await {
            Ok(value) => return Ok(value),
            Err(failed) => failed,
        };
        let left = end.saturating_duration_since(Instant::now());
        match (failed.again, pauses.next()) {
            (Some(asked), Some(pause)) if !left.is_zero() => {
                let pause = pause.max(asked).min(left);
                trace::retry(attempt, pause, &failed.error);
                let end_of_pause = far(Instant::now(), pause);
                sleep_until(total.map_or(end_of_pause, |total| total.min(end_of_pause))).await;
                if total.is_some_and(|total| total <= Instant::now()) {
                    return Err(given_up(&failed.error, attempt, timeouts));
                }
                attempt += 1;
            }
            _ if attempt > 1 => {
                let message = format!("{} ({attempt} tries)", failed.error.message());
                return Err(failed.error.reworded(message));
            }
            _ => return Err(failed.error),
        }
    }
}

/// The time for all was over before the next try, which the last one is to blame for.
fn given_up(last: &Error, attempt: u32, timeouts: &Timeouts) -> Error {
    let error = Timeout::Total.fired("waiting for another try", timeouts);
    let tries = if attempt == 1 { "1 try".to_owned() } else { format!("{attempt} tries") };
    let message = format!("{}; {tries}, the last one: {}", error.message(), last.message());
    error.reworded(message).advise(
        "look at what the last try failed at, or raise the limit on the total time (`total`; in the command `--max-time`, which counts from the start of the run)",
    )
}

/// The pauses between the tries: one to two tenths of the time at first, each twice the one before.
fn pauses(retries: &Retries) -> impl Iterator<Item = Duration> + use<> {
    const LONGEST_FIRST: Duration = Duration::from_secs(1);
    ExponentialBuilder::default()
        .with_min_delay((retries.within / 10).min(LONGEST_FIRST))
        .with_max_delay(retries.within)
        .with_jitter()
        .with_max_times(usize::try_from(retries.tries.saturating_sub(1)).unwrap_or(usize::MAX))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_24_retry_after_is_seconds_or_a_date_and_never_negative() {
        let seconds = |value: &str| retry_after(value).map(|pause| pause.as_secs());
        assert_eq!(seconds("120"), Some(120));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("99999999999999999999999"), Some(u64::MAX));
        assert_eq!(seconds("Wed, 21 Oct 2015 07:28:00 GMT"), Some(0));
        let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        assert!(matches!(seconds(&soon), Some(90..=100)));
        let years = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(10 * 366 * 86_400));
        assert!(seconds(&years).unwrap() > 9 * 366 * 86_400);
        for odd in ["", "-1", "soon", "1.5", "+3", "0x10"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }

    #[test]
    fn there_is_a_pause_less_than_there_are_tries() {
        for (tries, expected) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
            let retries = Retries { tries, ..Retries::default() };
            let pauses: Vec<_> = pauses(&retries).collect();
            assert_eq!(pauses.len(), expected);
            assert!(pauses.iter().all(|pause| (1..5).contains(&pause.as_secs())), "{pauses:?}");
        }
    }
}
