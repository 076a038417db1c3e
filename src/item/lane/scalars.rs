//! Items that are numbers, `true`, `false` or `null`: no index is needed to find them.

use super::{Lane, Seen};
use crate::item::members::is_space;
use crate::scan::{BATCH, Told, scalar_length};
use crate::window::View;

impl Lane {
    /// Looks at the scalars of a list from `offset` on: as many as a batch has room for and are all at
    /// hand, with the byte behind them.
    #[inline(never)]
    pub(super) fn look_at_scalars(&mut self, view: View<'_>, offset: u64) -> Seen {
        // Places in the batch count from where the index stands.
        self.index.seek(view, offset);
        let longest = self.limits.number.min(self.limits.item);
        let (mut at, mut count) = (view.index(offset), 0);
        for item in &mut self.batch[..BATCH] {
            let Some(length) = scalar_at(view.bytes, at).filter(|length| *length <= longest) else { break };
            (item.from, item.length, item.quotes, item.told) = (at, length, 0, Told::Nothing);
            count += 1;
            let Some(next) = next_scalar(view.bytes, at + length) else { break };
            at = next;
        }
        (self.given, self.ready) = (0, count);
        match self.next_ready() {
            Some((_, length)) => Seen::Item(length),
            // One that is cut is short enough for the grammar.
            None => Seen::Unclear,
        }
    }
}

/// The length of the scalar at a place, if what is behind it ends it: of a number more may come.
#[inline(always)]
fn scalar_at(bytes: &[u8], at: usize) -> Option<usize> {
    let length = scalar_length(bytes.get(at..)?)?;
    let behind = *bytes.get(at + length)?;
    (matches!(behind, b',' | b']') || is_space(behind)).then_some(length)
}

/// Where behind a scalar the next one begins, if it is the next element.
#[inline(always)]
fn next_scalar(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut at, mut comma) = (from, false);
    loop {
        match bytes.get(at)? {
            b',' if !comma => comma = true,
            byte if is_space(*byte) => {}
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' if comma => return Some(at),
            _ => return None,
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use crate::Limits;
    use crate::item::lane::{Lane, Seen};
    use crate::scan::Path;
    use crate::window::{PADDING, View};
    use alloc::format;
    use alloc::vec::Vec;

    /// The texts that are found from the first element on, and how often it was looked.
    fn found<'a>(path: Path, list: &'a str, limits: &Limits) -> (Vec<&'a str>, usize) {
        let mut padded = list.as_bytes().to_vec();
        // Behind the bytes at hand stands what may not be taken.
        padded.resize(list.len() + PADDING, b'1');
        let view = View::new(&padded, list.len(), 0);
        let mut lane = Lane::new(path, &[], limits).expect("a path with a lane");
        let (mut found, mut looks, mut at) = (Vec::new(), 0, 1);
        loop {
            let (from, length) = match lane.next_ready() {
                Some((from, length)) => (usize::try_from(from).unwrap(), length),
                None => {
                    lane.go_on();
                    looks += 1;
                    let Seen::Item(length) = lane.look(view, at as u64, 9) else { break };
                    (at, length)
                }
            };
            assert!(lane.known().is_none(), "nothing is known of what is in them");
            found.push(&list[from..from + length]);
            at = from + length + list[from + length..].find(|next| !", \n\t\r".contains(next)).unwrap_or(0);
        }
        (found, looks)
    }

    fn paths() -> impl Iterator<Item = Path> {
        Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar)
    }

    #[test]
    fn scalars_are_found_many_at_a_time_and_up_to_the_last_that_is_known_to_end() {
        const SOME: [&str; 9] = ["0", "-1", "true", "1234567.25e-3", "null", "false", "-0.0", "98765", "1E9"];
        for path in paths() {
            for gap in [",", ", ", " ,\n", "\t,\r\n  "] {
                let elements: Vec<_> = SOME.iter().copied().cycle().take(300).collect();
                let list = format!("[{}", elements.join(gap));
                let (all, looks) = found(path, &list, &Limits::default());
                assert_eq!(all, elements[..299], "{path:?} {gap:?}: more of the last may come");
                assert_eq!(looks, 11, "ten batches, and the last one");
                for end in ["]", ",", " ", "\n", ",}", ",,"] {
                    let list = format!("{list}{end}");
                    assert_eq!(found(path, &list, &Limits::default()).0, elements, "{path:?} {end:?}");
                }
            }
        }
    }

    #[test]
    fn hostile_09_what_is_no_scalar_is_left_to_the_grammar() {
        for path in paths() {
            for wrong in ["01", "1.", "-", "tru", "truee", "nul", "1x", "1\"", "1:", "1}", "1{", "0x1", "1e"]
            {
                let list = format!("[1,2,{wrong},3]");
                assert_eq!(found(path, &list, &Limits::default()).0, ["1", "2"], "{path:?} {wrong}");
            }
            // No batch goes over what is not one comma.
            for (between, looks) in [(",", 2), (" ,\n", 2), (" ", 3), (",,", 3), (" , ,", 3), ("\n", 3)] {
                let list = format!("[1{between}2]");
                assert_eq!(found(path, &list, &Limits::default()).1, looks, "{path:?} {between:?}");
            }
        }
    }

    #[test]
    fn hostile_07_one_is_as_long_as_the_limits_and_no_longer() {
        for path in paths() {
            for limits in [Limits { number: 5, ..Limits::default() }, Limits { item: 5, ..Limits::default() }]
            {
                assert_eq!(found(path, "[12345,false,1]", &limits).0, ["12345", "false", "1"]);
                assert_eq!(found(path, "[1,123456,1]", &limits).0, ["1"]);
            }
        }
    }
}
