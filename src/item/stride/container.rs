//! Containers, whatever is in them, without recursion.

use super::{Stop, Stride};

/// Deepest nesting followed here.
pub(super) const DEEPEST: usize = 128;

/// A place in a container where a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) at: usize,
    pub(super) quote: usize,
    /// One bit for each container around it, the innermost one's last: whether that is an object.
    objects: u128,
    depth: usize,
}

impl Stride<'_> {
    /// A container and all in it, without recursion: one bit for each open one.
    pub(super) fn container(&mut self) -> Result<(), Stop> {
        let open = Open { at: self.at, quote: self.quote, objects: 0, depth: 0 };
        match self.object.bytes.get(self.at + 1) {
            Some(b'\n') => self.container_from::<true>(open),
            _ => self.container_from::<false>(open),
        }
    }

    /// The rest of one that was not all there.
    pub(super) fn go_on(&mut self, open: Open) -> Result<(), Stop> {
        self.at = open.at;
        self.container_from::<true>(Open { quote: 0, ..open })
    }

    #[inline(never)]
    fn container_from<const LINES: bool>(&mut self, mut open: Open) -> Result<(), Stop> {
        let ended = self.container_of::<LINES>(&mut open);
        if let Err(Stop::Incomplete) = ended {
            self.open = Some(open);
        }
        ended
    }

    #[inline(always)]
    fn container_of<const LINES: bool>(&mut self, open: &mut Open) -> Result<(), Stop> {
        let Open { mut objects, mut depth, .. } = *open;
        loop {
            *open = Open { at: self.at, quote: self.quote, objects, depth };
            // A value begins here.
            let byte = self.object.bytes[self.at];
            if matches!(byte, b'{' | b'[') {
                // Arrays that begin with an array: all but the last are opened at once.
                let outer = if byte == b'[' { self.repeated(b'[').saturating_sub(1) } else { 0 };
                if depth + outer + 2 > self.object.depth.min(DEEPEST) {
                    return Err(Stop::Refused);
                }
                objects <<= outer;
                depth += outer;
                self.at += outer;
                objects = objects << 1 | u128::from(byte == b'{');
                depth += 1;
                self.at += 1;
                match (self.token_in::<LINES>()?, byte) {
                    (b'}', b'{') | (b']', b'[') => {}
                    (_, b'{') => {
                        self.name()?;
                        continue;
                    }
                    _ => continue,
                }
            } else {
                self.value()?;
            }
            // A value or an empty container's inside ended here.
            loop {
                match (self.token_in::<LINES>()?, objects & 1 == 1) {
                    (token @ b'}', true) | (token @ b']', false) => {
                        // As many arrays as end here, one inside the other.
                        let arrays = depth.min(objects.trailing_zeros() as usize);
                        let ended = if token == b']' { self.repeated(b']').min(arrays) } else { 1 };
                        self.at += ended;
                        objects >>= ended;
                        depth -= ended;
                        if depth == 0 {
                            return Ok(());
                        }
                    }
                    (b',', is_object) => {
                        self.at += 1;
                        self.token_in::<LINES>()?;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    _ => return Err(Stop::Refused),
                }
            }
        }
    }

    /// How many of the byte that is here come one after the other; 32 at most.
    #[inline(always)]
    pub(super) fn repeated(&self, byte: u8) -> usize {
        let rest = &self.object.bytes[self.at..];
        match rest.first_chunk::<32>() {
            // Mostly it is one.
            Some(some) if some[1] == byte => leading(some, byte).min(self.object.end - self.at),
            _ => 1,
        }
    }

    /// [`token`](Stride::token) where lines may be indented.
    #[inline(always)]
    fn token_in<const LINES: bool>(&mut self) -> Result<u8, Stop> {
        if LINES && let Some(b'\n') = self.object.bytes.get(self.at) {
            self.at += 1;
            while let Some(some) = self.object.bytes.get(self.at..).and_then(|rest| rest.first_chunk()) {
                let blanks = leading(some, b' ');
                self.at += blanks;
                if blanks < some.len() {
                    break;
                }
            }
        }
        self.token()
    }
}

/// How many of a byte there are before anything else, with no branch: it is seldom the same number.
#[inline(always)]
pub(super) fn leading(bytes: &[u8; 32], byte: u8) -> usize {
    let eights = bytes.as_chunks::<8>().0;
    eights.iter().rev().fold(0, |behind, eight| {
        let others = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([byte; 8]);
        // The lowest byte that is another; eight if none is.
        let same = (others.trailing_zeros() / 8) as usize;
        same + if same == 8 { behind } else { 0 }
    })
}
