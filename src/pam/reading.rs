//! The values of envelope members, read leniently; what had to be tolerated is noted.

use alloc::boxed::Box;

use super::status::{Exception, ResponseStatus};
use crate::item::{Members, Text};
use crate::tolerated::{Deviation, Tolerance};

/// Reads the values of one captured member; says what had to be tolerated.
pub(super) struct Reading<'t> {
    pub(super) offset: u64,
    pub(super) tolerance: &'t mut Tolerance,
}

impl Reading<'_> {
    fn note(&mut self, deviation: Deviation) {
        self.tolerance.note(deviation, self.offset);
    }

    pub(super) fn integer(&mut self, value: &str) -> Option<i64> {
        let text = match value.as_bytes() {
            b"null" | b"\"\"" => return None,
            [b'"', ..] => {
                self.note(Deviation::StatusAsText);
                Text::of(value).to_str()
            }
            _ => value.into(),
        };
        let number = text.parse().ok().or_else(|| integral(text.parse().ok()?));
        if number.is_none() {
            self.note(Deviation::UnreadableStatus);
        }
        number
    }

    fn boolean(&mut self, value: &str) -> Option<bool> {
        match value {
            "true" => return Some(true),
            "false" => return Some(false),
            "null" | "\"\"" => return None,
            _ => {}
        }
        let text = Text::of(value).to_str();
        let known = match &*text {
            "1" => Some(true),
            "0" => Some(false),
            word if word.eq_ignore_ascii_case("true") => Some(true),
            word if word.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        self.note(if known.is_some() { Deviation::StatusAsText } else { Deviation::UnreadableStatus });
        known
    }

    pub(super) fn text(&mut self, value: &str) -> Option<Box<str>> {
        match value.as_bytes()[0] {
            b'n' => None,
            b'{' | b'[' => {
                self.note(Deviation::UnreadableStatus);
                None
            }
            _ => Some(Text::of(value).to_str().into()),
        }
    }

    /// The members of an object; nothing where `null`, `""` or `[]` stands for it.
    fn object<'v>(&mut self, value: &'v str) -> Option<Members<'v>> {
        let members = Members::of(value);
        if members.is_none() {
            let empty = value.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(']'));
            match value {
                "null" | "\"\"" | "false" => {}
                _ if empty => self.note(Deviation::ArrayForObject),
                _ => self.note(Deviation::UnreadableStatus),
            }
        }
        members
    }

    pub(super) fn response(&mut self, value: &str) -> Option<ResponseStatus> {
        let (mut response, mut twin) = (ResponseStatus::default(), ResponseStatus::default());
        for member in self.object(value)? {
            match &*member.name().to_str() {
                "status" => response.status = self.integer(member.value),
                "message" => response.message = self.text(member.value),
                "error" => response.error = self.boolean(member.value),
                "error_code" => response.error_code = self.integer(member.value),
                "detail" => response.detail = self.text(member.value),
                "mensagem" => twin.message = self.text(member.value),
                "erro" => twin.error = self.boolean(member.value),
                "cod_erro" => twin.error_code = self.integer(member.value),
                _ => {}
            }
        }
        response.message = response.message.filter(|text| !text.is_empty()).or(twin.message);
        response.error = if twin.error == Some(true) { twin.error } else { response.error.or(twin.error) };
        response.error_code = response.error_code.or(twin.error_code);
        Some(response)
    }

    pub(super) fn exception(&mut self, value: &str) -> Option<Exception> {
        if value.starts_with('"') && value.len() > 2 {
            return Some(Exception { message: self.text(value), ..Exception::default() });
        }
        let mut exception = Exception::default();
        let mut members = 0;
        for member in self.object(value)? {
            members += 1;
            match &*member.name().to_str() {
                "code" => exception.code = self.integer(member.value),
                "message" => exception.message = self.text(member.value),
                "detail" => exception.detail = self.text(member.value),
                _ => {}
            }
        }
        // An exception that says nothing readable is an exception all the same.
        if members > 0 && exception == Exception::default() {
            exception.message = Some(Box::default());
        }
        Some(exception)
    }
}

/// A float that is a whole number: `2e2` is a way to write 200.
fn integral(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let whole = (number.abs() < 9e15).then_some(number as i64)?;
    #[expect(clippy::cast_precision_loss, clippy::float_cmp, reason = "exact below 2^53")]
    (whole as f64 == number).then_some(whole)
}
