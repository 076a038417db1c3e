//! Byte strings made in advance, and how they are appended to what is written.

/// Byte strings of different lengths, one behind the other.
#[derive(Debug)]
pub(super) struct Pieces {
    /// All of them, and [`BLOCK`] bytes more, so that one can be copied as a block wherever it lies.
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

/// What most pieces fit in. Copying that much is quicker than asking how much it should be.
const BLOCK: usize = 64;

impl Pieces {
    #[inline]
    pub(super) fn piece(&self, index: usize) -> &[u8] {
        &self.bytes[self.ends[index] as usize..self.ends[index + 1] as usize]
    }

    /// Appends one.
    #[inline]
    pub(super) fn write(&self, index: usize, out: &mut Vec<u8>) {
        self.write_but(0, index, out);
    }

    /// Appends one without its last bytes.
    #[inline]
    pub(super) fn write_but(&self, fewer: usize, index: usize, out: &mut Vec<u8>) {
        let (from, end) = (self.ends[index] as usize, self.ends[index + 1] as usize - fewer);
        match self.bytes[from..].first_chunk::<BLOCK>() {
            Some(block) if end - from <= BLOCK => write_some(block, end - from, out),
            _ => out.extend_from_slice(&self.bytes[from..end]),
        }
    }
}

impl FromIterator<Vec<u8>> for Pieces {
    fn from_iter<I: IntoIterator<Item = Vec<u8>>>(pieces: I) -> Self {
        let mut all = Self { bytes: Vec::new(), ends: vec![0] };
        for piece in pieces {
            all.bytes.extend_from_slice(&piece);
            all.ends.push(all.bytes.len() as u32);
        }
        all.bytes.resize(all.bytes.len() + BLOCK, 0);
        all
    }
}

/// Appends the first bytes of a block: a copy of one length, whatever their number.
#[inline]
pub(super) fn write_some<const N: usize>(block: &[u8; N], length: usize, out: &mut Vec<u8>) {
    let before = out.len();
    out.extend_from_slice(block);
    out.truncate(before + length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_are_written_whole() {
        let lengths = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 2];
        let pieces = || lengths.iter().enumerate().map(|(i, length)| vec![b'a' + i as u8; *length]);
        let all: Pieces = pieces().collect();
        for (index, piece) in pieces().enumerate() {
            assert_eq!(all.piece(index), piece);
            let mut out = b"before".to_vec();
            all.write(index, &mut out);
            assert_eq!(out, [b"before", piece.as_slice()].concat());
            for fewer in 0..=piece.len().min(2) {
                let mut out = Vec::new();
                all.write_but(fewer, index, &mut out);
                assert_eq!(out, piece[..piece.len() - fewer]);
            }
        }
    }
}
