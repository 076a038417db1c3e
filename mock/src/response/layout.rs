//! How the same sessions can be written down.

use core::fmt;
use core::str::FromStr;

/// How items are written: white space, escapes, member order, spelling of values.
///
/// [`Compact`](Layout::Compact), [`Pretty`](Layout::Pretty) and [`Shuffled`](Layout::Shuffled) carry the same
/// sessions, and so do [`Php`](Layout::Php) and [`Utf8`](Layout::Utf8), whose texts go beyond ASCII.
///
/// ```
/// use mock_pam_core::Layout;
///
/// assert_eq!("php".parse(), Ok(Layout::Php));
/// assert_eq!(Layout::Utf8.to_string(), "utf8");
/// assert_eq!(Layout::ALL.len(), 6);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// No white space at all.
    #[default]
    Compact,
    /// Four spaces a level and one member a line, as PHP's `JSON_PRETTY_PRINT` does.
    Pretty,
    /// No white space; `\/` for a slash and `\uXXXX` for whatever is not ASCII: PHP's default. The texts hold both.
    Php,
    /// No white space; accents, CJK and emoji as raw UTF-8.
    Utf8,
    /// No white space; every item has its members in another order.
    Shuffled,
    /// No white space; every documented alternative spelling, mixed from item to item: ids as integers, flags as
    /// booleans, 0 or 1, numeric requests, the four spellings of a session in progress, older member names,
    /// unknown members.
    Dirty,
}

impl Layout {
    /// Every layout, in the order of their declaration.
    pub const ALL: [Self; 6] =
        [Self::Compact, Self::Pretty, Self::Php, Self::Utf8, Self::Shuffled, Self::Dirty];

    /// The lower-case name that [`FromStr`] understands.
    ///
    /// ```
    /// assert_eq!(mock_pam_core::Layout::Pretty.name(), "pretty");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Pretty => "pretty",
            Self::Php => "php",
            Self::Utf8 => "utf8",
            Self::Shuffled => "shuffled",
            Self::Dirty => "dirty",
        }
    }

    /// Whether the texts go beyond ASCII and hold slashes.
    pub(crate) const fn is_international(self) -> bool {
        matches!(self, Self::Php | Self::Utf8)
    }
}

/// How the items are wrapped.
///
/// ```
/// use mock_pam_core::EnvelopeShape;
///
/// assert_eq!("pages".parse(), Ok(EnvelopeShape::Pages));
/// assert_eq!(EnvelopeShape::Late.to_string(), "late");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnvelopeShape {
    /// One envelope: `code`, `response`, `tenant`, `remote_sessions`.
    #[default]
    Flat,
    /// An outer envelope with `code` and `response`, whose list holds one inner envelope as in
    /// [`Flat`](EnvelopeShape::Flat).
    Nested,
    /// One envelope with the items first; `code`, `response` and `tenant` follow them.
    Late,
    /// As [`Nested`](EnvelopeShape::Nested), with several inner envelopes one after another, each with a tenant and
    /// a status of its own.
    Pages,
    /// As [`Nested`](EnvelopeShape::Nested), but the last `]` and `}` are missing, as in the vendor's own sample:
    /// the response ends with the inner envelope's `}` and a newline.
    Unclosed,
}

impl EnvelopeShape {
    /// Every shape, in the order of their declaration.
    pub const ALL: [Self; 5] = [Self::Flat, Self::Nested, Self::Late, Self::Pages, Self::Unclosed];

    /// The lower-case name that [`FromStr`] understands.
    ///
    /// ```
    /// assert_eq!(mock_pam_core::EnvelopeShape::Flat.name(), "flat");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Nested => "nested",
            Self::Late => "late",
            Self::Pages => "pages",
            Self::Unclosed => "unclosed",
        }
    }

    /// Whether an outer envelope holds inner ones.
    pub(crate) const fn is_nested(self) -> bool {
        matches!(self, Self::Nested | Self::Pages | Self::Unclosed)
    }
}

/// What the sessions look like: which members, how long, how often null.
///
/// There is more than one so that nothing is tuned to one of them without being noticed.
///
/// ```
/// use mock_pam_core::Population;
///
/// assert_eq!("wide".parse(), Ok(Population::Wide));
/// assert_eq!(Population::default(), Population::Varied);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Population {
    /// The fourteen documented members in the documented order, about 340 bytes an item in compact; some sessions in
    /// progress, `request` and `ITSM` mostly null, a long name now and then, a few backslashes.
    #[default]
    Varied,
    /// Twelve members, every value of equal length from item to item, no null, no escape, UUIDs as `session_id`.
    Uniform,
    /// Twenty members in another order, six of them unknown (some with nested values); many nulls; about twice as
    /// long as [`Varied`](Population::Varied).
    Wide,
}

impl Population {
    /// Every population, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Varied, Self::Uniform, Self::Wide];

    /// The lower-case name that [`FromStr`] understands.
    ///
    /// ```
    /// assert_eq!(mock_pam_core::Population::Uniform.name(), "uniform");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Varied => "varied",
            Self::Uniform => "uniform",
            Self::Wide => "wide",
        }
    }
}

/// A name that is none of those expected.
///
/// ```
/// use mock_pam_core::Layout;
///
/// let error = "xml".parse::<Layout>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"expected one of compact, pretty, php, utf8, shuffled, dirty, found "xml""#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    expected: Vec<&'static str>,
    found: String,
}

impl UnknownName {
    pub(crate) fn new(expected: Vec<&'static str>, found: &str) -> Self {
        Self { expected, found: found.chars().take(64).collect() }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = self.expected.join(", ");
        write!(f, "expected one of {expected}, found {:?}", self.found)
    }
}

impl core::error::Error for UnknownName {}

/// `Display` and `FromStr` by `name()` and `ALL`.
macro_rules! named {
    ($($kind:ty),*) => {$(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $kind {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                Self::ALL
                    .into_iter()
                    .find(|kind| kind.name() == text)
                    .ok_or_else(|| {
                        UnknownName::new(Self::ALL.map(Self::name).to_vec(), text)
                    })
            }
        }
    )*};
}

named!(Layout, EnvelopeShape, Population);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for layout in Layout::ALL {
            assert_eq!(layout.to_string().parse(), Ok(layout));
        }
        for shape in EnvelopeShape::ALL {
            assert_eq!(shape.to_string().parse(), Ok(shape));
        }
        for population in Population::ALL {
            assert_eq!(population.to_string().parse(), Ok(population));
        }
    }

    #[test]
    fn other_names_are_refused() {
        for text in ["", "Compact", " flat", "nested ", "varied,"] {
            assert!(text.parse::<Layout>().is_err());
            assert!(text.parse::<EnvelopeShape>().is_err());
            assert!(text.parse::<Population>().is_err());
        }
    }
}
