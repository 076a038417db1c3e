//! What stands before, between and after the items.

use super::json::{Json, Printer};
use super::{EnvelopeShape, Layout};

/// What an envelope says about itself: its `code`, `response` and `exception`.
///
/// ```
/// use mock_pam_core::Status;
///
/// let status = Status::error(404, 4, "Resource sub not found");
/// assert_eq!((status.code, status.error), (404, true));
/// assert!(!Status::ok().error);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The top-level `code`.
    pub code: i64,
    /// `response.status`, which need not agree with `code`.
    pub status: i64,
    /// `response.message` and `response.mensagem`.
    pub message: String,
    /// `response.error` and `response.erro`, which need not agree with the numbers.
    pub error: bool,
    /// `response.error_code` and `response.cod_erro`.
    pub error_code: i64,
    /// `response.detail`; null if none.
    pub detail: Option<String>,
    /// The top-level `exception`; left out if none.
    pub exception: Option<Exception>,
}

/// The member `exception` of an envelope.
///
/// ```
/// use mock_pam_core::{Exception, Status};
///
/// let status = Status::ok().exception(Exception::new(500, "Unexpected error."));
/// assert_eq!(status.exception.unwrap().code, 500);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// `exception.code`.
    pub code: i64,
    /// `exception.message`.
    pub message: String,
    /// `exception.detail`; null if none.
    pub detail: Option<String>,
}

impl Exception {
    /// An exception without details.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    fn to_json(&self) -> Json {
        Json::Object(vec![
            ("code", Json::Number(self.code)),
            ("message", Json::text(&self.message)),
            ("detail", self.detail.as_ref().map_or(Json::Null, Json::text)),
        ])
    }
}

impl Status {
    /// Code 200, status 200, no message, no error.
    #[must_use]
    pub fn ok() -> Self {
        Self {
            code: 200,
            status: 200,
            message: String::new(),
            error: false,
            error_code: 0,
            detail: Some(String::new()),
            exception: None,
        }
    }

    /// An error with the same number as `code` and as `response.status`.
    #[must_use]
    pub fn error(code: i64, error_code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            status: code,
            message: message.into(),
            error: true,
            error_code,
            detail: None,
            exception: None,
        }
    }

    /// The same status with an exception beside it.
    #[must_use]
    pub fn exception(mut self, exception: Exception) -> Self {
        self.exception = Some(exception);
        self
    }

    /// The members that an envelope begins with.
    pub(crate) fn members(&self) -> Vec<(&'static str, Json)> {
        let response = Json::Object(vec![
            ("status", Json::Number(self.status)),
            ("message", Json::text(&self.message)),
            ("error", Json::Bool(self.error)),
            ("error_code", Json::Number(self.error_code)),
            ("detail", self.detail.as_ref().map_or(Json::Null, Json::text)),
            ("mensagem", Json::text(&self.message)),
            ("erro", Json::Bool(self.error)),
            ("cod_erro", Json::Number(self.error_code)),
        ]);
        let mut members = vec![("code", Json::Number(self.code)), ("response", response)];
        if let Some(exception) = &self.exception {
            members.push(("exception", exception.to_json()));
        }
        members
    }
}

impl Default for Status {
    fn default() -> Self {
        Self::ok()
    }
}

/// Writes the wrapping of one response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrapping {
    printer: Printer,
    shape: EnvelopeShape,
}

impl Wrapping {
    pub(crate) fn new(layout: Layout, shape: EnvelopeShape) -> Self {
        Self { printer: Printer::new(layout), shape }
    }

    /// Depth of an envelope's members.
    fn depth(self) -> usize {
        if self.shape.is_nested() { 3 } else { 1 }
    }

    /// What comes before everything else.
    pub(crate) fn start(self, outer: &Status, out: &mut Vec<u8>) {
        if self.shape.is_nested() {
            out.push(b'{');
            self.members(&outer.members(), 1, out);
            self.list(1, out);
        }
    }

    /// What comes before the items of one envelope.
    pub(crate) fn open(self, first: bool, status: &Status, tenant: &str, empty: bool, out: &mut Vec<u8>) {
        let depth = self.depth();
        if !first {
            out.push(b',');
        }
        if self.shape.is_nested() {
            self.printer.line(depth - 1, out);
        }
        out.push(b'{');
        if self.shape != EnvelopeShape::Late {
            self.members(&with_tenant(status, tenant), depth, out);
        }
        self.list(depth, out);
        if !empty {
            self.printer.line(depth + 1, out);
        }
    }

    /// What comes between two items.
    pub(crate) fn between(self) -> Vec<u8> {
        let mut out = b",".to_vec();
        self.printer.line(self.depth() + 1, &mut out);
        out
    }

    /// What comes after the items of one envelope.
    pub(crate) fn close(self, status: &Status, tenant: &str, empty: bool, out: &mut Vec<u8>) {
        let depth = self.depth();
        if !empty {
            self.printer.line(depth, out);
        }
        out.push(b']');
        if self.shape == EnvelopeShape::Late {
            out.push(b',');
            self.members(&with_tenant(status, tenant), depth, out);
            out.pop();
        }
        self.printer.line(depth - 1, out);
        out.push(b'}');
    }

    /// What comes after everything else.
    pub(crate) fn end(self, out: &mut Vec<u8>) {
        match self.shape {
            EnvelopeShape::Unclosed => out.push(b'\n'),
            EnvelopeShape::Nested | EnvelopeShape::Pages => {
                self.printer.line(1, out);
                out.push(b']');
                self.printer.line(0, out);
                out.push(b'}');
            }
            EnvelopeShape::Flat | EnvelopeShape::Late => (),
        }
    }

    /// Members, each with a comma behind.
    fn members(self, members: &[(&'static str, Json)], depth: usize, out: &mut Vec<u8>) {
        for (name, value) in members {
            self.printer.line(depth, out);
            self.printer.name(name, out);
            self.printer.value(value, depth, out);
            out.push(b',');
        }
    }

    fn list(self, depth: usize, out: &mut Vec<u8>) {
        self.printer.line(depth, out);
        self.printer.name("remote_sessions", out);
        out.push(b'[');
    }
}

fn with_tenant(status: &Status, tenant: &str) -> Vec<(&'static str, Json)> {
    let mut members = status.members();
    members.push(("tenant", Json::text(tenant)));
    members
}
