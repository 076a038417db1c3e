//! Texts of the command line that stand for quantities.

use std::error::Error;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::SignedDuration;

use super::server::Ratio;

/// A parser of the mock's names that lists them in `--help`.
pub(super) fn one_of<T, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T>
where
    T: Clone + Copy + Send + Sync + 'static + FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.map(name)).try_map(|text| text.parse::<T>())
}

/// A time with its unit, such as `500ms` or `1h 30m`; seconds if it has none. Not zero.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const EXPECTED: &str = "expected a time greater than 0, such as 90, 1.5s, 500ms, 10m or 1h 30m";
    // Time-outs are added to the present: a thousand years of them are enough.
    const MOST: Duration = Duration::from_secs(1000 * 366 * 86_400);
    let parsed = match text.trim().parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => text.trim().parse::<SignedDuration>().ok().and_then(|time| time.try_into().ok()),
    };
    match parsed {
        Some(time) if !time.is_zero() => Ok(time.min(MOST)),
        _ => Err(EXPECTED.to_owned()),
    }
}

/// Seconds, possibly none.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// A number of bytes, possibly with a unit, such as `64KiB` or `10 GB`. Not zero.
pub(super) fn size<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let expected = || "expected a number of bytes greater than 0, such as 5000000, 64KiB or 10GB".to_owned();
    let size = text.parse::<ByteSize>().map_err(|_| expected())?.as_u64();
    T::try_from(size).ok().filter(|_| size > 0).ok_or_else(expected)
}

/// A number greater than 0, or `none`.
pub(super) fn ratio(text: &str) -> Result<Ratio, String> {
    match text.parse() {
        Ok(number @ 1..) => Ok(Ratio(Some(number))),
        _ if text == "none" => Ok(Ratio(None)),
        _ => Err("expected a number greater than 0, or `none`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn times_have_a_unit_or_are_seconds() {
        let good = [("90", 90_000), ("0.5", 500), ("1.5s", 1500), ("10m", 600_000), ("1h 30m", 5_400_000)];
        for (text, milliseconds) in good {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for bad in ["", "0", "0s", "-1", "-1s", "1x", "NaN", "inf", "never", "1e400"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert!(std::time::Instant::now().checked_add(duration("1e15").unwrap()).is_some());
    }

    #[test]
    fn sizes_have_a_unit_or_are_bytes() {
        for (text, bytes) in [("5000", 5000), ("64KiB", 65_536), ("10 GB", 10_000_000_000), ("1k", 1000)] {
            assert_eq!(size::<u64>(text), Ok(bytes), "{text}");
        }
        for bad in ["", "0", "-1", "1 parsec", "0KiB"] {
            assert!(size::<u64>(bad).is_err() && size::<NonZeroU64>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_ratio_can_be_lifted() {
        assert_eq!((ratio("200"), ratio("none")), (Ok(Ratio(Some(200))), Ok(Ratio(None))));
        for bad in ["0", "-1", "None", ""] {
            assert!(ratio(bad).is_err(), "{bad}");
        }
    }
}
