//! What a reader came to.

/// Items read, their ids and the lengths of their texts added up.
///
/// ```
/// use remote_sessions_benches::Tally;
/// let mut tally = Tally::default();
/// tally.item(3, 40);
/// tally.item(6, 2);
/// assert_eq!(tally, Tally { items: 2, ids: 9, text: 42 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many items there were.
    pub items: u64,
    /// Sum of all ids, wrapping.
    pub ids: u64,
    /// Bytes of the thirteen texts of every item together.
    pub text: u64,
}

impl Tally {
    /// Adds one item: its id and the bytes of its texts.
    #[inline]
    pub fn item(&mut self, id: u64, text: usize) {
        self.items += 1;
        self.ids = self.ids.wrapping_add(id);
        self.text += text as u64;
    }
}
