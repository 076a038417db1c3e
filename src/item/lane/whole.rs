//! Items that are arrays or strings: nothing is known of what is in them but where they end.

use super::{Current, Lane, Seen, escapes};
use crate::item::stride::{Object, Progress, Strode, stride_whole};
use crate::window::View;

impl Lane {
    /// Looks at the array or string of a list that begins at `offset`; from where it came to before, if
    /// it did.
    #[inline(never)]
    pub(super) fn look_at_whole(
        &mut self,
        view: View<'_>,
        offset: u64,
        depth: usize,
        begun: Option<Progress>,
    ) -> Seen {
        let from = view.index(offset);
        let mut progress = begun.unwrap_or_else(Progress::none);
        self.index.seek(view, offset + progress.at as u64);
        self.index.look_ahead(view);
        loop {
            let known = self.index.known();
            let object = Object {
                bytes: &view.padded[from..],
                end: known - from,
                quotes: self.index.quotes(),
                #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
                origin: from as u32,
                depth,
            };
            match stride_whole(object, &self.limits, &mut progress) {
                Strode::Object(layout) => {
                    if escapes(&self.index, &self.limits, view, from, layout.length).is_none() {
                        return Seen::Unclear;
                    }
                    let item = &mut self.batch[0];
                    (item.from, item.length, item.quotes) = (from, layout.length, layout.quotes);
                    (self.given, self.ready, self.current) = (1, 1, Current::Unknown);
                    return Seen::Item(layout.length);
                }
                Strode::Refused => return Seen::Unclear,
                Strode::Incomplete if known == view.filled() => {
                    return self.wait(view, offset, progress);
                }
                Strode::Incomplete => {
                    if !self.look_further(view, offset, progress.at) {
                        return Seen::Unclear;
                    }
                }
            }
        }
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

    fn seen(path: Path, element: &str, at_hand: usize) -> Seen {
        let mut padded = format!("[{element}]").into_bytes();
        padded.resize(1 + at_hand, b' ');
        padded.resize(padded.len() + PADDING, b'"');
        let mut lane = Lane::new(path, &[], &Limits::default()).expect("a path with a lane");
        lane.look(View::new(&padded, 1 + at_hand, 0), 1, 100)
    }

    #[test]
    fn arrays_and_strings_are_items_as_soon_as_they_are_all_there() {
        let long = format!("[{}0]", "[\"]\\\"\",-1.5e3,{ \"a\":[null]}], ".repeat(500));
        let elements = ["[]", "[1,\"]\",{\"a\":[ ]}]", "\"\"", "\"a\\\"],\"", &long];
        for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
            for element in elements {
                let few: Vec<_> = (1..element.len()).filter(|at| *at < 70 || at % 997 == 0).collect();
                for at_hand in few {
                    assert_eq!(
                        seen(path, element, at_hand),
                        Seen::Unfinished,
                        "{path:?} {at_hand} {element}"
                    );
                }
                assert_eq!(seen(path, element, element.len()), Seen::Item(element.len()), "{path:?}");
            }
            for wrong in ["[1,]", "[01]", "[\"\u{1}\"]", "\"\\x\"", "[1 2]", "[{\"a\"}]", "\"\\ud800\""] {
                assert_eq!(seen(path, wrong, wrong.len()), Seen::Unclear, "{path:?} {wrong}");
            }
        }
    }
}
