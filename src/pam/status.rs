//! What envelopes say about themselves, gathered in bounded memory.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::api_error::ApiError;
use super::reading::Reading;
use crate::envelope::Sink;
use crate::error::Fault;
use crate::limits::Limits;
use crate::tolerated::{Deviation, Tolerance};

/// A value that may have been sent more than once in one object: the first, the last (which
/// counts) and how many there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated<T> {
    first: Option<T>,
    last: T,
    count: u64,
}

impl<T> Repeated<T> {
    /// The value sent first.
    pub fn first(&self) -> &T {
        self.first.as_ref().unwrap_or(&self.last)
    }

    /// The value sent last: the one that counts.
    pub fn last(&self) -> &T {
        &self.last
    }

    /// How often a value was sent.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn add(slot: &mut Option<Self>, value: T, times: u64) {
        *slot = Some(match slot.take() {
            None => Self { first: None, last: value, count: times },
            Some(seen) => {
                Self { first: Some(seen.first.unwrap_or(seen.last)), last: value, count: seen.count + times }
            }
        });
    }
}

/// The `response` object of an envelope. The Portuguese twins (`mensagem`, `erro`, `cod_erro`)
/// are read where the English member is absent; an error of either counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseStatus {
    /// `status`, like an HTTP status.
    pub status: Option<i64>,
    /// `message`, or `mensagem`.
    pub message: Option<Box<str>>,
    /// `error` or `erro`: true if either is.
    pub error: Option<bool>,
    /// `error_code`, or `cod_erro`.
    pub error_code: Option<i64>,
    /// `detail`.
    pub detail: Option<Box<str>>,
}

/// The `exception` object of an envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// `code`.
    pub code: Option<i64>,
    /// `message`, or the whole value where it was sent as a string.
    pub message: Option<Box<str>>,
    /// `detail`.
    pub detail: Option<Box<str>>,
}

/// What one envelope said about itself.
///
/// ```
/// let body = br#"{"code":200,"response":{"status":200,"error":false},"tenant":"Segura","remote_sessions":[]}"#;
/// let mut reader = remote_sessions::Reader::new(&body[..]);
/// assert!(reader.next_item()?.is_none());
/// let summary = reader.summary();
/// let envelope = &summary.envelopes()[0];
/// assert_eq!((envelope.code(), envelope.status(), envelope.tenant()), (Some(200), Some(200), Some("Segura")));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvelopeStatus {
    codes: Option<Repeated<i64>>,
    responses: Option<Repeated<ResponseStatus>>,
    tenants: Option<Repeated<Box<str>>>,
    exceptions: Option<Repeated<Exception>>,
    /// Root-level `message`, `error_description`, `error`: the texts of a gateway's or token
    /// endpoint's error body.
    texts: [Option<Box<str>>; 3],
    /// Bytes as sent of the first and the last value of each member: what the budget is charged for.
    held: [[usize; 2]; 7],
}

impl EnvelopeStatus {
    /// `code`, which counts: the last one.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.codes.as_ref().map(|codes| codes.last)
    }

    /// `response.status`.
    #[must_use]
    pub fn status(&self) -> Option<i64> {
        self.response().and_then(|response| response.status)
    }

    /// `tenant`.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.tenants.as_ref().map(|tenants| &*tenants.last)
    }

    /// The message that is not empty: of the response, of the exception, or of an error body.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        let response = self.response().and_then(|response| response.message.as_deref());
        let exception = self.exception().and_then(|exception| exception.message.as_deref());
        let texts = self.texts.iter().map(Option::as_deref);
        [response, exception].into_iter().chain(texts).flatten().find(|text| !text.is_empty())
    }

    /// `response.error` or `response.erro`.
    #[must_use]
    pub fn error(&self) -> Option<bool> {
        self.response().and_then(|response| response.error)
    }

    /// The `response` object that counts.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseStatus> {
        self.responses.as_ref().map(Repeated::last)
    }

    /// The `exception` that counts, if one was sent that is not empty.
    #[must_use]
    pub fn exception(&self) -> Option<&Exception> {
        self.exceptions.as_ref().map(Repeated::last).filter(|exception| **exception != Exception::default())
    }

    /// Every `code`: first, last, how many.
    #[must_use]
    pub fn codes(&self) -> Option<&Repeated<i64>> {
        self.codes.as_ref()
    }

    /// Every `response`: first, last, how many.
    #[must_use]
    pub fn responses(&self) -> Option<&Repeated<ResponseStatus>> {
        self.responses.as_ref()
    }

    /// Every `tenant`: first, last, how many.
    #[must_use]
    pub fn tenants(&self) -> Option<&Repeated<Box<str>>> {
        self.tenants.as_ref()
    }

    /// Every `exception`: first, last, how many.
    #[must_use]
    pub fn exceptions(&self) -> Option<&Repeated<Exception>> {
        self.exceptions.as_ref()
    }

    /// Bytes as sent of all its values.
    fn held(&self) -> usize {
        self.held.iter().flatten().sum()
    }

    /// The error that this status amounts to, by any of the documented signs.
    ///
    /// `bare` for a root object without a list, whose texts alone are an error.
    fn api_error(&self, bare: bool) -> Option<ApiError> {
        let code = self.code().filter(|&code| code >= 400);
        let status = self.status().filter(|&status| status >= 400);
        let text = bare && self.texts.iter().flatten().any(|text| !text.is_empty());
        let found = code.is_some()
            || status.is_some()
            || text
            || self.error() == Some(true)
            || self.exception().is_some();
        found.then(|| {
            let response = self.response();
            let exception = self.exception();
            let error_code = response.and_then(|response| response.error_code);
            let detail =
                [response.and_then(|r| r.detail.as_deref()), exception.and_then(|e| e.detail.as_deref())];
            ApiError::new(self.message().unwrap_or_default())
                .with_code(code.or(status).or_else(|| exception.and_then(|exception| exception.code)))
                .with_error_code(error_code)
                .with_detail(detail.into_iter().flatten().find(|detail| !detail.is_empty()))
                .with_tenant(self.tenant())
        })
    }
}

/// The statuses of all envelopes: of the open ones, of the first ones and the last one, and the
/// first error found. Bounded by [`Limits::envelopes`] times [`Limits::captured_value`].
#[derive(Debug)]
pub(crate) struct Statuses {
    /// Innermost last, with its number in the order of opening. (Boxed: they are large, and not moved when
    /// there is another.)
    open: Vec<(u64, Box<EnvelopeStatus>)>,
    /// Closed ones that are among the first.
    kept: Vec<(u64, Box<EnvelopeStatus>)>,
    /// The one closed that opened last, where it is none of these.
    latest: Option<(u64, Box<EnvelopeStatus>)>,
    total: u64,
    error: Option<ApiError>,
    most: usize,
    /// Bytes as sent of all values in the open ones and the kept ones.
    held: usize,
    budget: usize,
    #[cfg(feature = "client")]
    mask: Option<crate::error::Mask>,
}

impl Statuses {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            open: Vec::new(),
            kept: Vec::new(),
            latest: None,
            total: 0,
            error: None,
            most: limits.envelopes,
            held: 0,
            budget: limits.envelopes.saturating_mul(limits.captured_value),
            #[cfg(feature = "client")]
            mask: None,
        }
    }

    /// From now on, no text is kept with anything in it that this masks.
    #[cfg(feature = "client")]
    pub(crate) fn hide(&mut self, mask: crate::error::Mask) {
        self.mask = Some(mask);
    }

    /// How many envelopes there were.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The kept statuses in the order in which the envelopes began.
    pub(crate) fn kept(&self) -> Vec<EnvelopeStatus> {
        let mut all: Vec<_> = self
            .kept
            .iter()
            .chain(&self.latest)
            .chain(&self.open)
            .filter(|(number, _)| self.keeps(*number))
            .collect();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, status)| EnvelopeStatus::clone(status)).collect()
    }

    /// The tenant of the innermost open envelope, if it has said so already. Not that of an outer
    /// one: an inner one may still name its own.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.open.last().and_then(|(_, status)| status.tenant())
    }

    /// The first error that an envelope reported, open ones included.
    pub(crate) fn error(&self) -> Option<ApiError> {
        self.error.clone().or_else(|| self.open.iter().find_map(|(_, status)| status.api_error(false)))
    }

    /// Whether an envelope is among the first ones or is the last one.
    fn keeps(&self, number: u64) -> bool {
        number + 1 == self.total || self.is_early(number)
    }

    fn is_early(&self, number: u64) -> bool {
        number < (self.most - 1) as u64
    }
}

impl Sink for Statuses {
    fn open(&mut self) {
        let number = self.total;
        self.total += 1;
        // There is another last one now.
        if let Some((_, status)) = self.latest.take() {
            self.held -= status.held();
        }
        self.open.push((number, Box::default()));
    }

    fn member(
        &mut self,
        member: usize,
        value: &str,
        offset: u64,
        times: u64,
        tolerance: &mut Tolerance,
    ) -> Result<(), Fault> {
        if self.held + value.len() > self.budget {
            return Err(Fault::limit(
                "the kept texts of all envelopes within their limit in bytes",
                self.budget,
            ));
        }
        let sent = value.len();
        // In the text as it was sent: what masks it knows how JSON spells it.
        #[cfg(feature = "client")]
        let masked = self.mask.as_ref().and_then(|mask| mask.masked(value));
        #[cfg(feature = "client")]
        let value = masked.as_deref().unwrap_or(value);
        let Some((_, status)) = self.open.last_mut() else { return Ok(()) };
        // The first value stays, each later one takes the place of the one before.
        let [first, last] = &mut status.held[member];
        let held = if *first > 0 { last } else { first };
        self.held = self.held - *held + sent;
        *held = sent;
        let mut reading = Reading { offset, tolerance };
        let before = match member {
            0 => {
                let count = status.codes.as_ref().map_or(0, Repeated::count);
                if let Some(code) = reading.integer(value) {
                    Repeated::add(&mut status.codes, code, times);
                }
                count
            }
            1 => {
                let count = status.responses.as_ref().map_or(0, Repeated::count);
                if let Some(response) = reading.response(value) {
                    Repeated::add(&mut status.responses, response, times);
                }
                count
            }
            2 => {
                let count = status.tenants.as_ref().map_or(0, Repeated::count);
                if let Some(tenant) = reading.text(value) {
                    Repeated::add(&mut status.tenants, tenant, times);
                }
                count
            }
            3 => {
                let count = status.exceptions.as_ref().map_or(0, Repeated::count);
                if let Some(exception) = reading.exception(value) {
                    Repeated::add(&mut status.exceptions, exception, times);
                }
                count
            }
            // In the order of preference as a message: `message`, `error_description`, `error`.
            text => {
                let slot = &mut status.texts[[0, 2, 1][text - 4]];
                let count = u64::from(slot.is_some());
                if value.starts_with('"') {
                    *slot = reading.text(value);
                }
                count
            }
        };
        tolerance.note_times(Deviation::DuplicateMember, offset, if before > 0 { times } else { times - 1 });
        Ok(())
    }

    fn close(&mut self, has_list: bool) {
        let Some((number, status)) = self.open.pop() else { return };
        if self.error.is_none() {
            self.error = status.api_error(!has_list && self.open.is_empty());
        }
        if self.is_early(number) {
            self.kept.push((number, status));
        } else if self.keeps(number) {
            self.latest = Some((number, status));
        } else {
            self.held -= status.held();
        }
    }
}
