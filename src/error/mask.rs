//! Texts that no error may repeat.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

type Masked = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Knows what must not be shown, and gives the text without it if it is there.
#[derive(Clone)]
pub(crate) struct Mask(Arc<Masked>);

impl Mask {
    pub(crate) fn new(masked: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(masked))
    }

    /// The masked text; `None` if there is nothing in it to mask.
    pub(crate) fn masked(&self, text: &str) -> Option<String> {
        (self.0)(text)
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask")
    }
}
