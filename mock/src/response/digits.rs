//! Addresses, durations and dates in digits, by table instead of by division where that is faster.

use super::draft::{Address, SPARE_DAYS, START_DAYS};
use super::pieces::write_some;

/// Writes an address; IPv6 in its canonical form.
#[inline]
pub(crate) fn address(address: Address, out: &mut Vec<u8>) {
    match address {
        Address::V4(octets) => {
            // Four bytes are copied for every octet, so that the copy has a constant length.
            for octet in octets {
                let (digits, count) = &OCTETS[usize::from(octet)];
                write_some(digits, *count, out);
            }
            out.truncate(out.len() - 1);
        }
        Address::V6(groups) => {
            let digits = hexadecimal(groups);
            out.extend_from_slice(b"2001:db8:");
            out.extend_from_slice(&digits[4..8]);
            out.push(b':');
            out.extend_from_slice(&digits[8..12]);
            out.extend_from_slice(b"::");
            out.extend_from_slice(&digits[12..]);
        }
    }
}

/// Writes `HH:MM:SS`, with more digits for the hours where they need them.
#[inline]
pub(crate) fn duration(seconds: u32, out: &mut Vec<u8>) {
    let hours = seconds / 3600;
    if hours >= 100 {
        number((hours / 100).into(), out);
    }
    out.extend_from_slice(&clock(hours % 100, seconds % 3600));
}

/// `HH:MM:SS` of less than a hundred hours, and the seconds behind them. (Put together in a register: what is
/// stored in parts is slow to load as a whole.)
#[inline]
pub(crate) fn clock(hours: u32, seconds: u32) -> [u8; 8] {
    let [hours, minutes, seconds] =
        [hours, seconds / 60, seconds % 60].map(|n| u64::from(u16::from_le_bytes(*pair(n))));
    let colon = u64::from(b':');
    (hours | colon << 16 | minutes << 24 | colon << 40 | seconds << 48).to_le_bytes()
}

/// Writes the number of a ticket.
pub(crate) fn itsm(ticket: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(if ticket.is_multiple_of(4) { b"CHG" } else { b"INC" });
    out.push(b'0' + (ticket / 1_000_000) as u8);
    out.extend_from_slice(pair(ticket / 10_000 % 100));
    out.extend_from_slice(pair(ticket / 100 % 100));
    out.extend_from_slice(pair(ticket % 100));
}

#[inline]
pub(crate) fn number(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[inline]
fn pair(number: u32) -> &'static [u8; 2] {
    &PAIRS[number as usize]
}

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Every octet in digits with a full stop behind, and how long that is.
const OCTETS: [([u8; 4], usize); 256] = {
    let mut octets = [([b'.'; 4], 0); 256];
    let mut i = 0;
    while i < 256 {
        let [a, b, c] = [i / 100, i / 10 % 10, i % 10];
        let (a, b, c) = (b'0' + a as u8, b'0' + b as u8, b'0' + c as u8);
        octets[i] = match i {
            0..10 => ([c, b'.', b'.', b'.'], 2),
            10..100 => ([b, c, b'.', b'.'], 3),
            _ => ([a, b, c, b'.'], 4),
        };
        i += 1;
    }
    octets
};

/// Sixteen digits.
#[inline]
pub(crate) fn hexadecimal(value: u64) -> [u8; 16] {
    let (high, low) = (eight_digits((value >> 32) as u32), eight_digits(value as u32));
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

/// Eight digits, all at once; the first one is in the highest byte.
#[inline]
fn eight_digits(value: u32) -> u64 {
    let spread = u64::from(value);
    let spread = (spread | spread << 16) & 0x0000_ffff_0000_ffff;
    let spread = (spread | spread << 8) & 0x00ff_00ff_00ff_00ff;
    let digits = (spread | spread << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // One in each byte whose digit is a letter.
    let letters = (digits + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    digits + 0x3030_3030_3030_3030 + letters * u64::from(b'a' - b'9' - 1)
}

/// Bytes of a day, as text with a space behind it.
pub(crate) const DAY: usize = 11;

/// The days from 2023-01-01 on, as text, with a space behind each.
pub(crate) fn calendar() -> Vec<[u8; DAY]> {
    let (mut year, mut month, mut day) = (2023, 1, 1);
    (0..START_DAYS + SPARE_DAYS)
        .map(|_| {
            let text = format!("{year:04}-{month:02}-{day:02} ");
            day += 1;
            if day > days_of(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
            text.into_bytes().try_into().expect("a date has ten bytes")
        })
        .collect()
}

/// Days of a month; the calendar holds no century that would need the longer rule.
fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_octet_is_written_as_std_does() {
        for octet in 0..=255 {
            let octets = [octet, 0, 255 - octet, octet];
            let expected = std::net::Ipv4Addr::from(octets).to_string();
            assert_eq!(text(|out| address(Address::V4(octets), out)), expected);
        }
    }

    #[test]
    fn version_6_is_canonical() {
        let written = text(|out| address(Address::V6(0x1a2b_3c4d_5e6f), out));
        assert_eq!(written, "2001:db8:1a2b:3c4d::5e6f");
        assert_eq!(written.parse::<std::net::Ipv6Addr>().unwrap().to_string(), written);
    }

    #[test]
    fn hexadecimal_digits_are_written_as_std_does() {
        for value in [0, 1, u64::MAX, 0x0123_4567_89ab_cdef, 0x9a9a_9a9a_a9a9_a9a9, 0xf0f0_f0f0_0f0f_0f0f] {
            assert_eq!(hexadecimal(value), format!("{value:016x}").as_bytes());
        }
    }

    #[test]
    fn durations_grow_digits_when_they_need_them() {
        let cases = [(0, "00:00:00"), (172, "00:02:52"), (359_999, "99:59:59"), (360_000, "100:00:00")];
        for (seconds, expected) in cases {
            assert_eq!(text(|out| duration(seconds, out)), expected);
        }
    }

    #[test]
    fn tickets_have_seven_digits() {
        assert_eq!(text(|out| itsm(1_234_567, out)), "INC1234567");
        assert_eq!(text(|out| itsm(8, out)), "CHG0000008");
    }

    #[test]
    fn the_calendar_knows_leap_years() {
        let days = calendar();
        let day = |index: usize| core::str::from_utf8(&days[index]).unwrap().trim_end();
        assert_eq!((day(0), day(364), day(365)), ("2023-01-01", "2023-12-31", "2024-01-01"));
        assert_eq!((day(365 + 59), day(365 + 60)), ("2024-02-29", "2024-03-01"));
        assert_eq!(day(START_DAYS as usize), "2027-01-01");
    }
}
