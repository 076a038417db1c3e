//! JSON values as `serde_json` sees them.

use serde_json::Value;

/// What `serde_json` makes of a text: its value, a refusal, or nothing that could be compared.
/// Three differences are meant: a number out of a float's range keeps its text in the library,
/// which counts depth by its own limit, and accepts a byte order mark.
pub fn judged(text: &[u8]) -> Option<Option<Value>> {
    if text.starts_with(b"\xef\xbb\xbf") {
        return None;
    }
    match serde_json::from_slice(text) {
        Ok(value) => Some(Some(value)),
        Err(error) => {
            let error = error.to_string();
            let is_meant =
                error.starts_with("number out of range") || error.starts_with("recursion limit exceeded");
            (!is_meant).then_some(None)
        }
    }
}

/// Equal but for the last bits of a float, which `serde_json` rounds by a faster rule.
pub fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.0 == other.0 && alike(one.1, other.1))
        }
        (Value::Number(one), Value::Number(other)) => {
            let floats = (one.as_f64().unwrap_or(f64::NAN), other.as_f64().unwrap_or(f64::NAN));
            one == other || (floats.0 - floats.1).abs() <= floats.0.abs() * 1e-14 + f64::MIN_POSITIVE
        }
        _ => one == other,
    }
}
