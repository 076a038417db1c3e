//! The way from bytes that were checked to `&str` without checking them again.

/// Bytes that have passed the grammar (or a faster path that accepts the same), as text.
///
/// A second validation would cost about as much as the whole parse.
#[inline]
pub(crate) fn checked(bytes: &[u8]) -> &str {
    debug_assert!(core::str::from_utf8(bytes).is_ok(), "only text that was found to be UTF-8 gets here");
    // SAFETY: callers pass whole values, member names or string insides of a response, which are
    // given out only after `grammar` (byte by byte: RFC 3629, section 4) or the lane (`is_utf8` on
    // every block with a byte above 0x7f, simdutf8 where that is in doubt) has accepted them. Outside of strings both accept
    // ASCII only, and the ends of the slices lie next to ASCII bytes (quotes, brackets, digits), so
    // no character is cut. The differential tests and fuzz targets hold both to std's verdict.
    unsafe { core::str::from_utf8_unchecked(bytes) }
}
