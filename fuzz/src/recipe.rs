//! Settings and chunk sizes from the first bytes of an input; the rest is the response. Plain
//! bytes, so that a response can be put into a corpus as it is, behind a header.

use remote_sessions::{Builder, DuplicatePolicy, Limits, ScanPath};

/// Bytes of the header.
pub const HEADER: usize = 8;

/// How to read a response, and in which chunks.
///
/// | byte | meaning |
/// |---|---|
/// | 0 | bits 0–1: sessions, root item, items at `a` `b`, items at the root; bit 2: strict; bit 3: skip leading text; bits 4–5: duplicates; bits 6–7: the CPU path, where a target takes one |
/// | 1 | window: 64 and this many bytes, or (from 128) the default |
/// | 2 | under 128: which limit is small |
/// | 3 | how small |
/// | 4–7 | sizes of chunks, over and over; all 0: one piece |
///
/// `limits`, `async_reader` and `paths_agree` take some of these for something else, which they say.
#[derive(Clone, Copy, Debug)]
pub struct Recipe([u8; HEADER]);

impl Recipe {
    /// Takes the header off an input.
    pub fn split(data: &[u8]) -> Option<(Self, &[u8])> {
        let (header, body) = data.split_first_chunk()?;
        Some((Self(*header), body))
    }

    /// One byte of the header, for what a target decides by itself.
    pub fn byte(self, place: usize) -> u8 {
        self.0[place]
    }

    /// What the parser is set to, but for the window.
    pub fn settings(self) -> Builder {
        let [flags, ..] = self.0;
        let builder = match flags & 3 {
            0 => Builder::new(),
            1 => Builder::new().root_item(),
            2 => Builder::new().items_at(["a", "b"]),
            _ => Builder::new().items_at([""; 0]),
        };
        let duplicates = match flags >> 4 & 3 {
            1 => DuplicatePolicy::First,
            2 => DuplicatePolicy::Last,
            _ => DuplicatePolicy::Error,
        };
        builder
            .strict(flags & 4 != 0)
            .skip_leading_text(flags & 8 != 0)
            .duplicates(duplicates)
            .limits(self.limits())
    }

    /// How the bytes are looked at, by a target that does so once: the fastest way that this CPU has, or one of the next.
    pub fn path(self) -> ScanPath {
        let available = ScanPath::ALL.into_iter().filter(|path| path.is_available());
        available.cycle().nth(usize::from(self.0[0] >> 6)).unwrap_or(ScanPath::Scalar)
    }

    /// The same with a small window, if the header asks for one.
    pub fn in_a_small_window(self) -> Builder {
        let mut limits = self.limits();
        if self.0[1] < 128 {
            limits.window = 64 + usize::from(self.0[1]);
        }
        self.settings().limits(limits)
    }

    /// Default limits, or small ones.
    pub fn limits(self) -> Limits {
        let mut limits = Limits::default();
        let [_, _, one, two, ..] = self.0.map(usize::from);
        if one < 128 {
            // Mostly one at a time: else the first one reached hides the others.
            match one & 7 {
                0 => limits.item = two,
                1 => limits.item = two * 4,
                2 => limits.depth = two & 15,
                3 => limits.key = two & 63,
                4 => limits.number = two & 31,
                5 => limits.captured_value = two,
                6 => limits.envelopes = two & 3,
                _ => (limits.item, limits.depth, limits.key, limits.number) = (two * 4, 6, 15, 12),
            }
        }
        limits
    }

    /// The response in its chunks.
    pub fn chunks(self, body: &[u8]) -> impl Iterator<Item = &[u8]> {
        let sizes: [u8; 4] = self.0[4..].try_into().unwrap_or_default();
        let whole = sizes == [0; 4];
        let mut sizes = sizes.into_iter().cycle();
        let mut rest = body;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let size = if whole { rest.len() } else { usize::from(sizes.next()?) };
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            Some(chunk)
        })
    }
}
