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
                "raise the limit on the total time (`total`; in the command `--max-time`), or set none",
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

/// Watches over the waiting for a body. Costs nothing while bytes are at hand, and sets a timer
/// no more than once in an idle time-out.
pub(super) struct Watch {
    timeouts: Timeouts,
    deadlines: Deadlines,
    has_begun: bool,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Waited, and the bytes that came meanwhile, since the rate was last looked at.
    waited: Duration,
    arrived: u64,
}

impl Watch {
    pub(super) fn new(timeouts: Timeouts, deadlines: Deadlines) -> Self {
        Self {
            timeouts,
            deadlines,
            has_begun: false,
            waiting_since: None,
            timer: None,
            waited: Duration::ZERO,
            arrived: 0,
        }
    }

    /// Before the next chunk: whether it may still come.
    pub(super) fn before(&self) -> Result<(), Timeout> {
        match self.deadlines.total {
            Some(total) if Instant::now() >= total => Err(Timeout::Total),
            _ => Ok(()),
        }
    }

    /// A chunk came.
    pub(super) fn arrived(&mut self, bytes: usize) -> Result<(), Timeout> {
        self.has_begun |= bytes > 0;
        self.arrived += bytes as u64;
        let Some(since) = self.waiting_since.take() else { return Ok(()) };
        let Some(rate) = self.timeouts.minimum_rate else { return Ok(()) };
        self.waited += since.elapsed();
        if self.waited < self.timeouts.idle {
            return Ok(());
        }
        let is_slow = (self.arrived as f64) < rate.get() as f64 * self.waited.as_secs_f64();
        (self.waited, self.arrived) = (Duration::ZERO, 0);
        if is_slow { Err(Timeout::MinimumRate) } else { Ok(()) }
    }

    /// No chunk is at hand: wakes the task when one of the time-outs is due.
    pub(super) fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<Timeout> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let (part, due) = match self.has_begun {
            true => (Timeout::Idle, far(since, self.timeouts.idle)),
            false => (Timeout::FirstByte, self.deadlines.first_byte),
        };
        let (which, due) = match self.deadlines.total {
            Some(total) if total < due => (Timeout::Total, total),
            _ => (part, due),
        };
        loop {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            // A timer that rings too early is set anew then: that is rarer than a chunk.
            if timer.deadline() > due {
                timer.as_mut().reset(due);
            }
            match timer.as_mut().poll(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) if Instant::now() >= due => return Poll::Ready(which),
                Poll::Ready(()) => timer.as_mut().reset(due),
            }
        }
    }
}

/// A moment that much later, or some decades where that is no moment.
pub(super) fn far(from: Instant, later: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 366 * 86_400);
    from.checked_add(later).unwrap_or_else(|| from + DECADES)
}
