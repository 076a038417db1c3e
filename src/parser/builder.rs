//! One builder for the parser and all readers.

use alloc::boxed::Box;

use super::{Driver, Parser};
use crate::envelope::Profile;
use crate::item::{DuplicatePolicy, Field};
use crate::limits::Limits;
use crate::pam;
use crate::scan::Path;
use crate::window::Window;

/// Settings for [`Parser`], [`Reader`](crate::Reader), [`SliceReader`](crate::SliceReader) and
/// [`AsyncReader`](crate::AsyncReader).
///
/// ```
/// use remote_sessions::{Builder, ErrorKind};
/// // The documented sample ends without its outer brackets: strict mode refuses that.
/// let body = br#"{"code":200,"remote_sessions":[{"remote_sessions":[{"id":1}]}"#;
/// let mut reader = Builder::new().strict(true).build(&body[..]);
/// assert!(reader.next_item()?.is_some());
/// assert_eq!(reader.next_item().unwrap_err().kind(), ErrorKind::Unclosed);
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    pub(super) profile: Profile,
    pub(crate) limits: Limits,
    pub(super) strict: bool,
    pub(super) duplicates: DuplicatePolicy,
    pub(super) skip_leading_text: bool,
    pub(super) path: Path,
    pub(super) fields: &'static [(&'static str, Field)],
}

impl Builder {
    /// The list of remote sessions, default limits, not strict.
    pub fn new() -> Self {
        Self {
            profile: pam::profile(),
            limits: Limits::default(),
            strict: false,
            duplicates: DuplicatePolicy::default(),
            skip_leading_text: false,
            path: Path::detected(),
            fields: pam::FIELDS,
        }
    }

    /// Refuses the documented unclosed envelope ([`ErrorKind::Unclosed`](crate::ErrorKind::Unclosed))
    /// instead of accepting it with a note. Recommended for unattended runs: the first page of
    /// several, cut just after it, cannot be told from it.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Bounds on everything that input can grow.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Which of several equal members of a session counts. (What serde makes of those of other items is for
    /// their types to say.)
    pub fn duplicates(mut self, policy: DuplicatePolicy) -> Self {
        self.duplicates = policy;
        self
    }

    /// Skips text before the JSON, such as a PHP warning, up to the first `{` that is followed
    /// (white space aside) by `"` or `}`. Where the root is the list itself
    /// (`items_at` with an empty path): up to the first `[` followed by a string, an object, an
    /// array or its own end, for text may begin with a date in brackets; so a list that begins
    /// with a number, `true`, `false` or `null` is refused. The summary notes what was skipped.
    /// Without effect on [`root_item`](Self::root_item).
    pub fn skip_leading_text(mut self, skip: bool) -> Self {
        self.skip_leading_text = skip;
        self
    }

    /// Takes the items from the arrays found by following these member names from the root,
    /// whatever else the response holds. Arrays on the way are walked through element by
    /// element; with no name at all the root array is the list: see [`root_array`](Self::root_array).
    ///
    /// What is found there has to be an array: `null`, or an object in its place, is an error of the response
    /// ([`ErrorKind::Shape`](crate::ErrorKind::Shape)); that an empty list may be written otherwise is known of
    /// remote sessions only. An empty text is a name as well.
    ///
    /// ```
    /// let body = br#"{"pages":[{"rows":[1,2]},{"next":null},{"rows":[3]}]}"#;
    /// let mut reader = remote_sessions::Builder::new().items_at(["pages", "rows"]).build(&body[..]);
    /// let rows: Vec<u8> = reader.deserialize().collect::<Result<_, _>>()?;
    /// assert_eq!(rows, [1, 2, 3]);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn items_at(mut self, path: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.profile = Profile::path(path);
        self.fields = &[];
        self
    }

    /// Takes the items from an array that is the whole response.
    ///
    /// ```
    /// let mut reader = remote_sessions::Builder::new().root_array().build(&br#"[{"n":1},{"n":2}]"#[..]);
    /// let mut rows = Vec::new();
    /// while let Some(item) = reader.next_item()? {
    ///     rows.push(item.raw().to_owned());
    /// }
    /// assert_eq!(rows, [r#"{"n":1}"#, r#"{"n":2}"#]);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn root_array(self) -> Self {
        self.items_at([""; 0])
    }

    /// Takes the root value as the one item: any JSON text, strictly checked. One only: lines of JSON are no
    /// JSON text.
    pub fn root_item(mut self) -> Self {
        self.profile = Profile::Root;
        self.fields = &[];
        self
    }

    /// Forces the instructions that look at the bytes: for tests and benchmarks. One that this
    /// CPU lacks makes building a parser panic.
    #[doc(hidden)]
    pub fn scan_path(mut self, path: Path) -> Self {
        self.path = path;
        self
    }

    /// A parser without I/O.
    #[must_use]
    pub fn build_parser(&self) -> Parser {
        Parser::new(self)
    }

    /// What a parser is made of: how it reads, a window, and the size of that.
    pub(crate) fn parts(&self) -> (Driver, Window, usize) {
        let limits = self.limits.normalized();
        let window = Window::new(limits.window, limits.item.max(limits.captured_value).max(limits.key));
        (Driver::new(self, &limits), window, limits.window)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
