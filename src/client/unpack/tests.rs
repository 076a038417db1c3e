use std::io::Write;

use bytes::Bytes;
use zstd_safe::{InBuffer, OutBuffer};

use super::format::ZSTD_WINDOW;
use super::{CHUNK, Unpacker};
use crate::client::encoding::Encoding;

const PACKED: [Encoding; 3] = [Encoding::Gzip, Encoding::Brotli, Encoding::Zstd];

fn pack(encoding: Encoding, bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    match encoding {
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
            encoder.write_all(bytes).unwrap();
            return encoder.finish().unwrap();
        }
        Encoding::Brotli => {
            let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 5, 22);
            encoder.write_all(bytes).unwrap();
        }
        _ => {
            packed = vec![0; zstd_safe::compress_bound(bytes.len())];
            let mut context = zstd_safe::CCtx::create();
            context.set_parameter(zstd_safe::CParameter::ChecksumFlag(true)).unwrap();
            let size = context.compress2(&mut packed[..], bytes).unwrap();
            packed.truncate(size);
        }
    }
    packed
}

/// What comes out of these chunks, and how it ends.
fn unpack<'c>(
    encoding: Encoding,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> (Vec<u8>, Result<(), String>) {
    let mut unpacker = Unpacker::new(encoding).unwrap();
    let mut all = Vec::new();
    for chunk in chunks {
        unpacker.push(Bytes::copy_from_slice(chunk));
        while let Some(unpacked) = unpacker.next() {
            match unpacked {
                Ok(unpacked) => {
                    assert!((1..=CHUNK).contains(&unpacked.len()));
                    all.extend_from_slice(&unpacked);
                }
                Err(error) => return (all, Err(error.to_string())),
            }
        }
    }
    (all, unpacker.finish().map_err(|error| error.to_string()))
}

/// Some chunks' worth, of which a part packs well.
fn sample() -> Vec<u8> {
    let mut state = 7u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    noise.take(100_000).chain(std::iter::repeat_n(b' ', 3 * CHUNK)).collect()
}

#[test]
fn row_20_any_chunks_give_the_same_bytes() {
    let sample = sample();
    for encoding in PACKED {
        let packed = pack(encoding, &sample);
        for size in [1, 7, 1000, 65_536, packed.len()] {
            let (bytes, end) = unpack(encoding, packed.chunks(size));
            assert!(bytes == sample && end.is_ok(), "{encoding}, chunks of {size}: {end:?}");
        }
        let empty = pack(encoding, b"");
        assert_eq!(unpack(encoding, empty.chunks(1)), (vec![], Ok(())), "{encoding}");
    }
}

#[test]
fn row_20_a_cut_at_any_byte_gives_what_was_before_and_an_error() {
    let text = b"some text, some text, and some more of the same text";
    for encoding in PACKED {
        let packed = pack(encoding, text);
        for cut in 0..packed.len() {
            let (bytes, end) = unpack(encoding, [&packed[..cut]]);
            assert!(text.starts_with(&bytes) && end.is_err(), "{encoding}, cut at {cut}");
        }
    }
}

#[test]
fn row_20_a_fault_comes_after_what_was_before_it() {
    let sample = sample();
    for encoding in PACKED {
        let mut packed = pack(encoding, &sample);
        let end = packed.len();
        packed.extend_from_slice(b"junk that follows");
        for size in [1, 1000, packed.len()] {
            let (bytes, outcome) = unpack(encoding, packed.chunks(size));
            assert!(bytes == sample && outcome.is_err(), "{encoding}, chunks of {size}: {outcome:?}");
        }
        // Something in the middle.
        packed.truncate(end);
        for byte in &mut packed[end / 2..end / 2 + 40] {
            *byte ^= 0x55;
        }
        let (bytes, outcome) = unpack(encoding, packed.chunks(1000));
        // Brotli has no checksum: what is well formed passes.
        let is_noticed = outcome.is_err() || encoding == Encoding::Brotli;
        assert!(is_noticed && bytes[..10_000] == sample[..10_000], "{encoding}: {outcome:?}");
    }
}

/// Byte by byte, no step finds a fault after it has unpacked anything.
#[test]
fn row_20_a_fault_anywhere_takes_nothing_along_whatever_the_chunks() {
    let items = (0..400u32).flat_map(|n| format!("{{\"id\":{n},\"user\":\"u{}\"}},", n * n).into_bytes());
    let text: Vec<u8> = items.collect();
    for encoding in PACKED {
        let packed = pack(encoding, &text);
        for at in 0..packed.len() {
            let mut spoilt = packed.clone();
            spoilt[at] ^= 0x24;
            let (expected, expected_end) = unpack(encoding, spoilt.chunks(1));
            for size in [2, 3, 50, spoilt.len()] {
                let (bytes, end) = unpack(encoding, spoilt.chunks(size));
                let lengths = (bytes.len(), expected.len());
                let is_kept = match encoding {
                    Encoding::Gzip => bytes == expected,
                    // Of a part that is longer than it says, what it says.
                    Encoding::Brotli => bytes.starts_with(&expected),
                    // Of a part that is given piece by piece, the last piece or not.
                    _ => expected.starts_with(&bytes) && lengths.0 + 3 > lengths.1,
                };
                assert!(is_kept, "{encoding}, byte {at}, chunks of {size}: {lengths:?}");
                assert_eq!(end, expected_end, "{encoding}, byte {at}, chunks of {size}");
            }
        }
    }
}

#[test]
fn row_20_a_wrong_checksum_is_called_one_and_comes_after_all_there_is() {
    for sample in [b"a small text".to_vec(), sample()] {
        for (encoding, from_end) in [(Encoding::Gzip, 8), (Encoding::Zstd, 4)] {
            let mut packed = pack(encoding, &sample);
            let at = packed.len() - from_end;
            packed[at] ^= 1;
            for size in [1, 3, 1000, packed.len()] {
                let (bytes, end) = unpack(encoding, packed.chunks(size));
                assert!(bytes == sample, "{encoding}, chunks of {size}");
                let (name, length) = (encoding.name(), sample.len());
                let said = format!(
                    "expected {name} data with the checksum of what they hold, found another checksum after {length} unpacked bytes"
                );
                assert_eq!(end.unwrap_err(), said);
            }
        }
    }
}

#[test]
fn row_20_several_members_are_one_body_but_for_brotli() {
    for encoding in PACKED {
        let packed = [pack(encoding, b"one"), pack(encoding, b""), pack(encoding, b"two")].concat();
        for size in [1, packed.len()] {
            let (bytes, end) = unpack(encoding, packed.chunks(size));
            match encoding {
                Encoding::Brotli => assert!(bytes == b"one" && end.is_err()),
                _ => assert_eq!((&bytes[..], end), (&b"onetwo"[..], Ok(())), "{encoding}"),
            }
        }
    }
}

#[test]
fn a_chunk_that_nobody_holds_is_used_again() {
    let packed = pack(Encoding::Gzip, &vec![b' '; 64 * CHUNK]);
    let mut unpacker = Unpacker::new(Encoding::Gzip).unwrap();
    unpacker.push(packed.into());
    let first = unpacker.next().unwrap().unwrap().as_ptr();
    assert!((0..10).all(|_| unpacker.next().unwrap().unwrap().as_ptr() == first));
    // One that is held is left alone.
    let held = unpacker.next().unwrap().unwrap();
    assert!(unpacker.next().unwrap().unwrap().as_ptr() != first && held.iter().all(|byte| *byte == b' '));
}

#[test]
fn a_window_of_zstd_that_is_too_large_is_refused() {
    let mut context = zstd_safe::CCtx::create();
    context.set_parameter(zstd_safe::CParameter::WindowLog(ZSTD_WINDOW + 1)).unwrap();
    context.set_parameter(zstd_safe::CParameter::ContentSizeFlag(false)).unwrap();
    let mut packed = vec![0; 1000];
    let mut to = OutBuffer::around(&mut packed[..]);
    context
        .compress_stream2(
            &mut to,
            &mut InBuffer::around(b"text"),
            zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_continue,
        )
        .unwrap();
    context
        .compress_stream2(
            &mut to,
            &mut InBuffer::around(b""),
            zstd_safe::zstd_sys::ZSTD_EndDirective::ZSTD_e_end,
        )
        .unwrap();
    let size = to.pos();
    let (bytes, end) = unpack(Encoding::Zstd, [&packed[..size]]);
    assert!(bytes.is_empty() && end.is_err(), "{end:?}");
}
