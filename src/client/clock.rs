//! Time-outs: which one fired, and how to raise it.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::settings::Timeouts;
use super::trace;
use crate::error::{Error, ErrorKind};

/// The time-outs by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timeout {
    Connect,
    FirstByte,
    Idle,
    Total,
    MinimumRate,
}

impl Timeout {
    /// The error, and the event.
    pub(super) fn fired(self, doing: &str, timeouts: &Timeouts) -> Error {
        let (name, limit, what, remedy) = match self {
            Self::Connect => (
                "connect",
                timeouts.connect,
                "no connection",
                "check the address, the network and the firewall, or raise the connect time-out (`connect`; in the command `--connect-timeout`)",
            ),
            Self::FirstByte => (
                "first-byte",
                timeouts.first_byte,
                "no first byte of the response",
                "raise the first-byte time-out (`first_byte`; in the command `--first-byte-timeout`): the server makes the whole list before it answers",
            ),
            Self::Idle => (
                "idle",
                timeouts.idle,
                "no further byte of the response",
                "check the connection and the load of the server, or raise the idle time-out (`idle`; in the command `--idle-timeout`)",
            ),
            Self::Total => (
                "total",
                timeouts.total.unwrap_or_default(),
                "no end of the response",
                "raise the limit on the total time (`total`; in the command `--max-time`, which counts from the start of the run), or set none",
            ),
            Self::MinimumRate => (
                "minimum-rate",
                timeouts.idle,
                "less than the minimum rate",
                "check the connection, or lower the minimum rate (`minimum_rate`; in the command `--minimum-rate`)",
            ),
        };
        trace::timeout(name, limit, doing);
        let message = match (self, timeouts.minimum_rate) {
            (Self::MinimumRate, Some(rate)) => format!(
                "time-out while {doing}: less than {rate} bytes a second over {limit:?} of waiting (minimum-rate time-out)"
            ),
            _ => format!("time-out while {doing}: {what} within {limit:?} ({name} time-out)"),
        };
        Error::new(ErrorKind::Timeout, message).advise(remedy)
    }
}

/// When the parts of one request are due.
#[derive(Clone, Copy)]
pub(super) struct Deadlines {
    /// For the first byte of the body.
    pub(super) first_byte: Instant,
    /// For its end.
    pub(super) total: Option<Instant>,
}

/// While a body is waited for, the task is woken at least this often: a poll that comes later still
/// was held up by whoever polls, not by the server.
const STEP: Duration = Duration::from_millis(100);

/// Watches over the waiting for a body. Costs nothing while bytes are at hand, and sets a timer
/// no more than once in a [`STEP`].
///
/// Only that time counts which goes by in waiting for the server. Of what the caller does between two
/// polls nothing is known but how long it took, and a caller that blocks the runtime keeps the bytes
/// from coming in as well; so of a wait that lasted longer than it could have, a part counts: enough
/// that a server which sends nothing is found by a few polls, however rare they are.
pub(super) struct Watch {
    timeouts: Timeouts,
    /// The part of the first byte's time that is left for the body.
    first_byte: Duration,
    total: Option<Instant>,
    has_begun: bool,
    /// When the last poll found nothing at hand.
    waiting_since: Option<Instant>,
    /// Waited since the last byte.
    quiet: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    /// Waited, and the bytes that came meanwhile, since the rate was last looked at.
    waited: Duration,
    arrived: u64,
}

impl Watch {
    pub(super) fn new(timeouts: Timeouts, deadlines: Deadlines) -> Self {
        Self {
            timeouts,
            first_byte: deadlines.first_byte.saturating_duration_since(Instant::now()),
            total: deadlines.total,
            has_begun: false,
            waiting_since: None,
            quiet: Duration::ZERO,
            timer: None,
            waited: Duration::ZERO,
            arrived: 0,
        }
    }

    /// Before the next chunk: whether it may still come.
    pub(super) fn before(&self) -> Result<(), Timeout> {
        match self.total {
            Some(total) if Instant::now() >= total => Err(Timeout::Total),
            _ => Ok(()),
        }
    }

    /// A chunk came.
    pub(super) fn arrived(&mut self, bytes: usize) -> Result<(), Timeout> {
        self.count(Instant::now);
        self.quiet = Duration::ZERO;
        self.has_begun |= bytes > 0;
        self.arrived += bytes as u64;
        let Some(rate) = self.timeouts.minimum_rate else { return Ok(()) };
        if self.waited < self.timeouts.idle {
            return Ok(());
        }
        let is_slow = (self.arrived as f64) < rate.get() as f64 * self.waited.as_secs_f64();
        (self.waited, self.arrived) = (Duration::ZERO, 0);
        if is_slow { Err(Timeout::MinimumRate) } else { Ok(()) }
    }

    /// No chunk is at hand: wakes the task when one of the time-outs is due, or a step is over.
    pub(super) fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<Timeout> {
        loop {
            let now = Instant::now();
            self.count(|| now);
            let (part, limit) = self.limit();
            let left = limit.saturating_sub(self.quiet);
            let (which, due) = match self.total {
                Some(total) if total < far(now, left) => (Timeout::Total, total),
                _ => (part, far(now, left)),
            };
            if due <= now {
                return Poll::Ready(which);
            }
            self.waiting_since = Some(now);
            let next = due.min(now + step(limit));
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
            // A timer that rings too early is set anew then: that is rarer than a chunk.
            if timer.is_elapsed() || timer.deadline() > next {
                timer.as_mut().reset(next);
            }
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// What is waited for, and how long it may take.
    fn limit(&self) -> (Timeout, Duration) {
        match self.has_begun {
            true => (Timeout::Idle, self.timeouts.idle),
            false => (Timeout::FirstByte, self.first_byte),
        }
    }

    /// Counts the time since a poll that found nothing at hand, as far as the server took it.
    fn count(&mut self, now: impl FnOnce() -> Instant) {
        let Some(since) = self.waiting_since.take() else { return };
        let gap = now().saturating_duration_since(since);
        let (_, limit) = self.limit();
        let step = step(limit);
        // A timer may be late by itself.
        let is_held_up = gap > 2 * step;
        self.quiet += if is_held_up { gap.min(step.max(limit / 4)) } else { gap };
        // What the server takes for the first byte has a limit of its own.
        if self.has_begun {
            self.waited += if is_held_up { step } else { gap };
        }
    }
}

/// After how long the task is woken, of a wait that may last so long.
fn step(limit: Duration) -> Duration {
    STEP.min(limit / 4).max(Duration::from_millis(1))
}

/// A moment that much later, or some decades where that is no moment.
pub(super) fn far(from: Instant, later: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 366 * 86_400);
    from.checked_add(later).unwrap_or_else(|| from + DECADES)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::num::NonZeroU64;

    use tokio::time::{advance, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// An idle time-out of two seconds, and a hundred bytes a second at least.
    fn watch() -> Watch {
        let timeouts = Timeouts {
            first_byte: 4 * SECOND,
            idle: 2 * SECOND,
            minimum_rate: NonZeroU64::new(100),
            ..Timeouts::default()
        };
        Watch::new(timeouts, Deadlines { first_byte: Instant::now() + timeouts.first_byte, total: None })
    }

    /// One that has begun.
    fn begun() -> Watch {
        let mut watch = watch();
        watch.arrived(1).unwrap();
        watch
    }

    /// One poll that finds nothing at hand.
    async fn poll_once(watch: &mut Watch) -> Option<Timeout> {
        poll_fn(|context| {
            Poll::Ready(match watch.poll_due(context) {
                Poll::Ready(timeout) => Some(timeout),
                Poll::Pending => None,
            })
        })
        .await
    }

    /// Waits as a task does, which is woken: for so long, or to the time-out.
    async fn wait(watch: &mut Watch, time: Duration) -> Option<Timeout> {
        tokio::time::timeout(time, poll_fn(|context| watch.poll_due(context))).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_the_server_counts_to_the_millisecond() {
        for (mut watch, timeout, limit) in [(watch(), Timeout::FirstByte, 4), (begun(), Timeout::Idle, 2)] {
            let since = Instant::now();
            assert_eq!(wait(&mut watch, 60 * SECOND).await, Some(timeout));
            let took = since.elapsed();
            assert!(took >= limit * SECOND && took < limit * SECOND + STEP, "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_of_the_consumer_is_not_the_servers() {
        let mut watch = begun();
        // Ten seconds between two polls, forty times; each time something has come meanwhile.
        for _ in 0..40 {
            assert_eq!(poll_once(&mut watch).await, None);
            advance(10 * SECOND).await;
            watch.arrived(3000).unwrap();
            advance(10 * SECOND).await;
            watch.arrived(0).unwrap();
        }
        // A consumer that has blocked the runtime finds nothing at first.
        assert_eq!(poll_once(&mut watch).await, None);
        advance(10 * SECOND).await;
        assert_eq!(poll_once(&mut watch).await, None);
        watch.arrived(3000).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_before_the_first_byte_is_not_the_servers_either() {
        let mut watch = watch();
        advance(60 * SECOND).await;
        assert_eq!(wait(&mut watch, SECOND).await, None);
        advance(60 * SECOND).await;
        assert_eq!(poll_once(&mut watch).await, None);
        // And what the server took for it is no matter of the rate.
        watch.arrived(1).unwrap();
        assert_eq!(watch.waited, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_server_is_found_by_whoever_polls_rarely() {
        let mut watch = begun();
        let mut polls = 0;
        let found = loop {
            if let Some(found) = poll_once(&mut watch).await {
                break found;
            }
            polls += 1;
            sleep(10 * SECOND).await;
        };
        assert_eq!((found, polls), (Timeout::Idle, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_drips_is_found_by_whoever_waits_for_it() {
        for pause in [Duration::ZERO, SECOND] {
            let mut watch = begun();
            let mut drops = 0;
            // A byte after each half second of waiting; a consumer that takes its time between them.
            let found = loop {
                assert_eq!(wait(&mut watch, SECOND / 2).await, None);
                drops += 1;
                if let Err(found) = watch.arrived(1) {
                    break found;
                }
                advance(pause).await;
            };
            assert!(found == Timeout::MinimumRate && (4..=5).contains(&drops), "{found:?} after {drops}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_keeps_the_rate_is_never_found() {
        let mut watch = begun();
        for _ in 0..100 {
            assert_eq!(wait(&mut watch, SECOND / 2).await, None);
            watch.arrived(51).unwrap();
        }
    }
}
