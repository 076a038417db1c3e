//! JSON text without the white space between its tokens.

use alloc::vec::Vec;

use super::quotes::{BLOCK, Carry, escaped};
use super::{Classify, Masks};

/// Appends a JSON text that has passed the grammar, less the white space between its tokens.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn minify<C: Classify>(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len());
    let mut carry = Carry::default();
    // Bytes from here on are to be kept whole: most texts are one such stretch.
    let mut whole = 0;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        // SAFETY: the caller vouches for the instructions.
        let keep = unsafe { keep::<C>(block, &mut carry) };
        if keep != u64::MAX {
            out.extend_from_slice(&text[whole..number * BLOCK]);
            // SAFETY: as above.
            unsafe { pack::<C>(block, keep, out) };
            whole = (number + 1) * BLOCK;
        }
    }
    out.extend_from_slice(&text[whole..text.len() - rest.len()]);
    if !rest.is_empty() {
        let mut block = [b' '; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        // SAFETY: as above.
        unsafe {
            let keep = keep::<C>(&block, &mut carry) & (u64::MAX >> (BLOCK - rest.len()));
            pack::<C>(&block, keep, out);
        }
    }
}

/// One bit for each byte that is not white space between tokens: outside of strings the grammar
/// lets nothing else below 0x21 pass.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
unsafe fn keep<C: Classify>(block: &[u8; BLOCK], carry: &mut Carry) -> u64 {
    // SAFETY: the caller vouches for the instructions.
    let (Masks { mut quote, backslash, .. }, blank) = unsafe { (C::masks(block), C::blanks(block)) };
    if backslash | carry.escaped != 0 {
        quote &= !escaped(backslash, carry);
    }
    // SAFETY: as above.
    let in_string = unsafe { C::parity(quote) } ^ carry.in_string;
    carry.in_string = (in_string.cast_signed() >> 63).cast_unsigned();
    !blank | in_string
}

/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
unsafe fn pack<C: Classify>(block: &[u8; BLOCK], keep: u64, out: &mut Vec<u8>) {
    let mut packed = [0; BLOCK];
    // SAFETY: the caller vouches for the instructions.
    unsafe { C::pack(block, keep, &mut packed) };
    out.extend_from_slice(&packed[..keep.count_ones() as usize]);
}

/// The bytes whose bits are set, moved together, a run at a time.
#[inline(always)]
pub(super) fn pack_runs(block: &[u8; BLOCK], mut keep: u64, packed: &mut [u8; BLOCK]) {
    let mut to = 0;
    while keep != 0 {
        let from = keep.trailing_zeros() as usize;
        let length = (!(keep >> from)).trailing_zeros() as usize;
        packed[to..to + length].copy_from_slice(&block[from..from + length]);
        to += length;
        keep &= u64::MAX.checked_shl((from + length) as u32).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use crate::scan::Path;
    use alloc::string::String;
    use alloc::vec::Vec;

    /// The same by going byte by byte.
    fn naive(text: &str) -> String {
        let (mut inside, mut escaped) = (false, false);
        let kept = text.chars().filter(|&character| {
            let keep = inside || !matches!(character, ' ' | '\n' | '\r' | '\t');
            if character == '"' && !escaped {
                inside = !inside;
            }
            escaped = inside && character == '\\' && !escaped;
            keep
        });
        kept.collect()
    }

    #[test]
    fn hostile_14_every_path_drops_what_the_naive_one_drops() {
        for text in [
            "",
            " ",
            "{}",
            r#"{ "a" : "x , \" : y\\" , "b" : [ 1 , { } ] }"#,
            "[\r\n\t1 ,\n 2\n]",
            r#"{"\/ é\u00e9 ":true ,"x\\" : " \\\" "}"#,
            r#""a b""#,
        ] {
            for lead in 0..130 {
                for tail in [0, 1, 63, 64, 100] {
                    let text =
                        alloc::format!("[ \"{}\",{text:?} , {text} {}]", " x".repeat(lead), " ".repeat(tail));
                    for path in [Path::Avx512, Path::Avx2, Path::Portable, Path::Scalar] {
                        if path.is_available() {
                            let mut out = Vec::from(b"before".as_slice());
                            path.minify(&text, &mut out);
                            assert_eq!(
                                String::from_utf8(out).unwrap(),
                                alloc::format!("before{}", naive(&text)),
                                "{path:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
