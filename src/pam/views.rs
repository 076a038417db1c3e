//! Typed views of a session's texts. Each names the member and the text when it cannot be read.

use alloc::borrow::Cow;
use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::RemoteSession;
use crate::error::ItemError;

/// A date and time as sent: civil time, in the server's own zone unless an offset came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentTime {
    /// Date and time of day.
    pub civil: DateTime,
    /// The offset from UTC, if one was sent; the documented format has none.
    pub offset: Option<Offset>,
}

/// A session's target device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// Host name or address; an IPv6 address without brackets.
    pub host: Cow<'a, str>,
    /// The port, if one was sent.
    pub port: Option<u16>,
}

const START: usize = 8;
const END: usize = 9;

impl RemoteSession<'_> {
    /// `start` as a time; `None` if absent, null or empty.
    ///
    /// # Errors
    /// [`ItemError`] when the text is no date and time.
    ///
    /// ```
    /// let session = remote_sessions::RemoteSession::parse(r#"{"id":1,"start":"2024-05-06 16:05:07"}"#)?;
    /// let start = session.started_at()?.expect("a start");
    /// assert_eq!(start.civil, jiff::civil::datetime(2024, 5, 6, 16, 5, 7, 0));
    /// assert_eq!(start.offset, None);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn started_at(&self) -> Result<Option<SentTime>, ItemError> {
        self.time_at(START)
    }

    /// `end` as a time; `None` for a session in progress.
    ///
    /// # Errors
    /// [`ItemError`] when the text is no date and time.
    pub fn ended_at(&self) -> Result<Option<SentTime>, ItemError> {
        self.time_at(END)
    }

    /// Whether the session is in progress: `end` is absent, null, empty or all zeros.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.at(END).is_none_or(|end| is_no_time(&end.to_str()))
    }

    /// `time` as a duration; `None` if absent, null or empty. Hours are not bounded by 24.
    ///
    /// # Errors
    /// [`ItemError`] when the text is not `hours:minutes:seconds`.
    ///
    /// ```
    /// let session = remote_sessions::RemoteSession::parse(r#"{"id":1,"time":"30:02:52"}"#)?;
    /// assert_eq!(session.duration()?.expect("a duration").as_secs(), 30 * 3600 + 2 * 60 + 52);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn duration(&self) -> Result<Option<Duration>, ItemError> {
        const PLACE: usize = 10;
        let Some(text) = self.at(PLACE).map(|time| time.to_str()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        duration(&text).map(Some).ok_or_else(|| self.unfit(PLACE, "a duration as hours:minutes:seconds"))
    }

    /// `origin_ip` as an address; `None` if absent, null or empty.
    ///
    /// # Errors
    /// [`ItemError`] when the text is no IPv4 or IPv6 address.
    pub fn origin_addr(&self) -> Result<Option<IpAddr>, ItemError> {
        const PLACE: usize = 2;
        let Some(text) = self.at(PLACE).map(|ip| ip.to_str()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| self.unfit(PLACE, "an IP address"))
    }

    /// `device` as host and port; `None` if absent, null or empty. An IPv6 address may stand in
    /// brackets; without them it has no port.
    ///
    /// # Errors
    /// [`ItemError`] when the host is empty, a bracket is not closed or the port is no u16.
    ///
    /// ```
    /// let session = remote_sessions::RemoteSession::parse(r#"{"id":1,"device":"10.66.33.15:3389"}"#)?;
    /// let target = session.target()?.expect("a target");
    /// assert_eq!((&*target.host, target.port), ("10.66.33.15", Some(3389)));
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn target(&self) -> Result<Option<Target<'_>>, ItemError> {
        const PLACE: usize = 4;
        let Some(text) = self.at(PLACE).map(|device| device.to_str()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let found = target(&text).ok_or_else(|| self.unfit(PLACE, "a host with an optional port"))?;
        let (from, to, port) = found;
        let host = match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[from..to]),
            Cow::Owned(text) => Cow::Owned(text[from..to].into()),
        };
        Ok(Some(Target { host, port }))
    }

    /// `prevent_purge` as a truth value; `None` if absent, null or empty. Known words: `Yes`,
    /// `Sim`, `No`, `Não` (in any case, with or without the tilde), `true`, `false`, `1`, `0`.
    ///
    /// # Errors
    /// [`ItemError`] when it is none of these.
    pub fn prevents_purge(&self) -> Result<Option<bool>, ItemError> {
        const PLACE: usize = 11;
        let Some(text) = self.at(PLACE).map(|word| word.to_str()).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        match &*text.to_lowercase() {
            "yes" | "sim" | "true" | "1" => Ok(Some(true)),
            "no" | "não" | "na\u{303}o" | "nao" | "false" | "0" => Ok(Some(false)),
            _ => Err(self.unfit(PLACE, "yes or no in English or Portuguese")),
        }
    }

    fn time_at(&self, place: usize) -> Result<Option<SentTime>, ItemError> {
        let Some(text) = self.at(place).map(|time| time.to_str()).filter(|text| !is_no_time(text)) else {
            return Ok(None);
        };
        sent_time(&text).map(Some).ok_or_else(|| self.unfit(place, "a date and time as 2024-05-06 16:05:07"))
    }
}

fn is_no_time(text: &str) -> bool {
    matches!(text, "" | "0000-00-00 00:00:00" | "0000-00-00T00:00:00")
}

/// `2024-05-06 16:05:07`, with `T`, a fraction and an offset where sent. In pieces: jiff's
/// civil parser refuses `Z` and drops offsets.
fn sent_time(text: &str) -> Option<SentTime> {
    let (date, rest) = text.split_once([' ', 'T', 't'])?;
    let split = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(split);
    let date: Date = (date.len() == 10).then(|| date.parse().ok())??;
    let time: Time = (time.len() >= 8).then(|| time.trim_end_matches(' ').parse().ok())??;
    let offset = match zone {
        "" => None,
        "Z" | "z" => Some(Offset::UTC),
        _ => Some(offset(zone)?),
    };
    Some(SentTime { civil: DateTime::from_parts(date, time), offset })
}

/// `+hh:mm`, `+hhmm` or `+hh` (ISO 8601-1, 4.3.13).
fn offset(text: &str) -> Option<Offset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = match text.get(1..)? {
        hours if hours.len() == 2 => (hours, "00"),
        both if both.len() == 4 && both.is_ascii() => both.split_at(2),
        both => both.split_once(':').filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2)?,
    };
    let (hours, minutes): (i32, i32) = (number(hours)?, number(minutes)?);
    (minutes < 60).then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

fn duration(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let (hours, minutes, seconds): (u64, u64, u64) = (number(hours)?, number(minutes)?, number(seconds)?);
    if parts.next().is_some() || minutes >= 60 || seconds >= 60 {
        return None;
    }
    let digits = fraction.len();
    let nanoseconds: u32 = (digits <= 9).then(|| number(fraction))??;
    let nanoseconds = nanoseconds * 10u32.pow(9 - u32::try_from(digits).ok()?);
    let whole = hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds)?;
    Some(Duration::new(whole, nanoseconds))
}

/// Where the host stands in the text, and the port.
fn target(text: &str) -> Option<(usize, usize, Option<u16>)> {
    let (from, to, rest) = if text.starts_with('[') {
        let close = text.find(']')?;
        let _: Ipv6Addr = text[1..close].split('%').next()?.parse().ok()?;
        (1, close, &text[close + 1..])
    } else {
        match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => {
                let _: Ipv6Addr = text.split('%').next()?.parse().ok()?;
                (0, text.len(), "")
            }
            Some((host, _)) => (0, host.len(), &text[host.len()..]),
            None => (0, text.len(), ""),
        }
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(number(port)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    (to > from).then_some((from, to, port))
}

/// Digits only: no sign, no blanks.
fn number<N: core::str::FromStr>(digits: &str) -> Option<N> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString as _;
    use jiff::civil::datetime;

    fn with(member: &str, value: &str) -> RemoteSession<'static> {
        RemoteSession::parse(&format!(r#"{{"id":1,"{member}":{value}}}"#)).unwrap().into_owned()
    }

    #[test]
    fn times_with_and_without_offset() {
        let civil = datetime(2024, 5, 6, 16, 5, 7, 0);
        let half = datetime(2024, 5, 6, 16, 5, 7, 500_000_000);
        let minus_three = Offset::from_seconds(-3 * 3600).unwrap();
        for (sent, civil, offset) in [
            ("2024-05-06 16:05:07", civil, None),
            ("2024-05-06T16:05:07", civil, None),
            ("2024-05-06T16:05:07Z", civil, Some(Offset::UTC)),
            ("2024-05-06 16:05:07.5-03:00", half, Some(minus_three)),
            ("2024-05-06T16:05:07-0300", civil, Some(minus_three)),
            ("2024-05-06 16:05:07 -03", civil, Some(minus_three)),
            ("2024-05-06 16:05:07+05:45", civil, Some(Offset::from_seconds(5 * 3600 + 45 * 60).unwrap())),
        ] {
            let session = with("end", &format!("\"{sent}\""));
            assert_eq!(session.ended_at().unwrap(), Some(SentTime { civil, offset }), "{sent}");
            assert!(!session.is_active());
        }
        for sent in [
            "2024-13-06 16:05:07",
            "2024-05-06",
            "16:05:07",
            "yesterday",
            "2024-05-06 25:00:00",
            "2024-05-06 16:05:07+99:00",
            "2024-05-06 16:05:07+03:60",
            "2024-05-06 16:05:07+003:00",
            "2024-05-06 16:05:07+03:000",
            "0000-00-00",
            "2024-05-06 16:05:07+1é",
        ] {
            let bad = with("start", &format!("\"{sent}\"")).started_at().unwrap_err();
            assert_eq!((bad.member(), bad.offset()), (Some("start"), 16), "{sent}");
        }
    }

    #[test]
    fn a_session_in_progress_has_four_spellings() {
        for end in ["null", "\"\"", "\"0000-00-00 00:00:00\""] {
            let session = with("end", end);
            assert!(session.is_active() && session.ended_at().unwrap().is_none(), "{end}");
        }
        assert!(RemoteSession::parse(r#"{"id":1}"#).unwrap().is_active());
    }

    #[test]
    fn durations_have_unbounded_hours() {
        for (sent, seconds, nanoseconds) in
            [("00:02:52", 172, 0), ("100:00:00", 360_000, 0), ("0:0:1.25", 1, 250_000_000)]
        {
            assert_eq!(
                with("time", &format!("\"{sent}\"")).duration().unwrap(),
                Some(Duration::new(seconds, nanoseconds))
            );
        }
        assert_eq!(with("time", "null").duration().unwrap(), None);
        assert_eq!(with("time", "\"\"").duration().unwrap(), None);
        for sent in [
            "00:60:00",
            "00:00:60",
            "1:2",
            "1:2:3:4",
            "-1:00:00",
            "5123095576030431:00:00",
            "18446744073709551615:00:00",
            "a:b:c",
            "0:0:1.1234567890",
            // Found by fuzzing: these overflowed.
            "0:18446744073709551615:0",
            "0:0:18446744073709551615",
        ] {
            assert_eq!(
                with("time", &format!("\"{sent}\"")).duration().is_err(),
                sent != "5123095576030431:00:00",
                "{sent}"
            );
        }
    }

    #[test]
    fn targets_with_and_without_port_and_brackets() {
        for (sent, host, port) in [
            ("10.66.33.15:3389", "10.66.33.15", Some(3389)),
            ("db-1", "db-1", None),
            ("[fe80::1]:22", "fe80::1", Some(22)),
            ("[::1]", "::1", None),
            ("fe80::1%eth0", "fe80::1%eth0", None),
            (r"srv\/web:80", "srv/web", Some(80)),
        ] {
            let session = with("device", &format!("\"{sent}\""));
            let target = session.target().unwrap().unwrap();
            assert_eq!((&*target.host, target.port), (host, port), "{sent}");
        }
        for sent in [":22", "host:", "host:70000", "host:+1", "[::1", "[::1]22", "[x]:1", "a:b:c", "[]:22"] {
            assert!(with("device", &format!("\"{sent}\"")).target().is_err(), "{sent}");
        }
    }

    #[test]
    fn addresses_and_truths() {
        assert_eq!(
            with("origin_ip", "\"172.20.0.5\"").origin_addr().unwrap().unwrap().to_string(),
            "172.20.0.5"
        );
        assert_eq!(
            with("origin_ip", "\"2001:db8::1\"").origin_addr().unwrap().unwrap().to_string(),
            "2001:db8::1"
        );
        assert!(with("origin_ip", "\"300.1.1.1\"").origin_addr().is_err());
        for (sent, truth) in [
            ("\"No\"", false),
            ("\"N\\u00e3o\"", false),
            ("\"NÃO\"", false),
            ("\"Yes\"", true),
            ("\"Sim\"", true),
            ("true", true),
            ("0", false),
            ("\"1\"", true),
        ] {
            assert_eq!(with("prevent_purge", sent).prevents_purge().unwrap(), Some(truth), "{sent}");
        }
        assert!(
            with("prevent_purge", "\"maybe\"")
                .prevents_purge()
                .unwrap_err()
                .to_string()
                .contains("found `\"maybe\"`")
        );
        assert_eq!(with("prevent_purge", "null").prevents_purge().unwrap(), None);
    }
}
