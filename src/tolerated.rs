//! What was accepted although it is not as documented, by kind.

/// A deviation from the documented response that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Deviation {
    /// A UTF-8 byte order mark before the JSON.
    ByteOrderMark,
    /// Text before the JSON, skipped on request.
    LeadingText,
    /// The outer list and object were not closed, as in the vendor's sample.
    UnclosedEnvelope,
    /// A known envelope member stood more than once in one object.
    DuplicateMember,
    /// `{}` in place of an empty list.
    EmptyObjectForList,
    /// An object with numeric keys in place of a list.
    NumericObjectForList,
    /// One envelope in place of a list of envelopes.
    EnvelopeForList,
    /// `null` in place of an empty list.
    NullForList,
    /// `false` in place of an empty list.
    FalseForList,
    /// `""` in place of an empty list.
    EmptyTextForList,
    /// `[]` in place of an object of an envelope.
    ArrayForObject,
    /// An envelope's number or boolean was sent as a string, or a boolean as a number.
    StatusAsText,
    /// An envelope member had a type that cannot be read, and was passed over.
    UnreadableStatus,
}

impl Deviation {
    const ALL: [Self; 13] = [
        Self::ByteOrderMark,
        Self::LeadingText,
        Self::UnclosedEnvelope,
        Self::DuplicateMember,
        Self::EmptyObjectForList,
        Self::NumericObjectForList,
        Self::EnvelopeForList,
        Self::NullForList,
        Self::FalseForList,
        Self::EmptyTextForList,
        Self::ArrayForObject,
        Self::StatusAsText,
        Self::UnreadableStatus,
    ];

    /// The stable name, as in the command's `--summary json`.
    ///
    /// ```
    /// assert_eq!(remote_sessions::Deviation::UnclosedEnvelope.as_str(), "unclosed_envelope");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte_order_mark",
            Self::LeadingText => "leading_text",
            Self::UnclosedEnvelope => "unclosed_envelope",
            Self::DuplicateMember => "duplicate_member",
            Self::EmptyObjectForList => "empty_object_for_list",
            Self::NumericObjectForList => "numeric_object_for_list",
            Self::EnvelopeForList => "envelope_for_list",
            Self::NullForList => "null_for_list",
            Self::FalseForList => "false_for_list",
            Self::EmptyTextForList => "empty_text_for_list",
            Self::ArrayForObject => "array_for_object",
            Self::StatusAsText => "status_as_text",
            Self::UnreadableStatus => "unreadable_status",
        }
    }
}

impl core::fmt::Display for Deviation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How often one kind of [`Deviation`] was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tolerated {
    /// What was accepted.
    pub deviation: Deviation,
    /// How often.
    pub count: u64,
    /// The byte of the response at which it was first seen.
    pub first_offset: u64,
}

/// One counter for each kind: constant memory whatever the response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tolerance([Option<(u64, u64)>; Deviation::ALL.len()]);

impl Tolerance {
    pub(crate) fn note(&mut self, deviation: Deviation, offset: u64) {
        self.note_times(deviation, offset, 1);
    }

    pub(crate) fn note_times(&mut self, deviation: Deviation, offset: u64, times: u64) {
        if times > 0 {
            self.0[deviation as usize].get_or_insert((0, offset)).0 += times;
        }
    }

    /// What was seen, in the order of [`Deviation`].
    pub(crate) fn seen(&self) -> impl Iterator<Item = Tolerated> + '_ {
        Deviation::ALL.iter().zip(&self.0).filter_map(|(&deviation, seen)| {
            seen.map(|(count, first_offset)| Tolerated { deviation, count, first_offset })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn counts_by_kind_and_keeps_the_first_place() {
        let mut tolerance = Tolerance::default();
        tolerance.note(Deviation::UnreadableStatus, 9);
        tolerance.note(Deviation::NullForList, 5);
        tolerance.note_times(Deviation::NullForList, 7, 2);
        let seen: Vec<_> = tolerance.seen().collect();
        let expected = [(Deviation::NullForList, 3, 5), (Deviation::UnreadableStatus, 1, 9)];
        assert_eq!(seen.len(), 2);
        for (seen, (deviation, count, first_offset)) in seen.into_iter().zip(expected) {
            assert_eq!(seen, Tolerated { deviation, count, first_offset });
        }
        for (place, deviation) in Deviation::ALL.iter().enumerate() {
            assert_eq!(*deviation as usize, place);
        }
    }

    #[test]
    fn names_are_the_variants_in_lower_case() {
        for deviation in Deviation::ALL {
            let lower = |mut name: String, letter: char| {
                if letter.is_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.extend(letter.to_lowercase());
                name
            };
            let name = format!("{deviation:?}").chars().fold(String::new(), lower);
            assert_eq!(deviation.as_str(), name);
        }
    }
}
