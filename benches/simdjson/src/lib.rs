//! simdjson's On-Demand as a reader beside those of `remote-sessions-benches`.
//!
//! The only `unsafe` of all benchmark packages is here, and only because C++ can be called in no
//! other way: the five functions of `bridge.cpp`, once per kernel.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt;
use core::ptr::NonNull;

use remote_sessions_benches::{Corpus, Reader, Tally, Texts};

/// Which of simdjson's kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// AVX-512.
    Icelake,
    /// AVX2.
    Haswell,
}

/// Which of On-Demand's ways to the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Way {
    /// `find_field`, in the documented order.
    Documented = 0,
    /// `find_field`, in the order of the first item.
    Ordered = 1,
    /// `find_field_unordered`.
    Unordered = 2,
    /// Every field as it comes, its name compared.
    Each = 3,
}

type Read =
    unsafe extern "C" fn(*mut c_void, *const u8, usize, usize, c_int, bool, *const u8, *mut u64) -> c_int;

/// The bridge's functions for one kernel.
struct Functions {
    new: unsafe extern "C" fn() -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    read: Read,
    version: unsafe extern "C" fn() -> *const c_char,
    error: unsafe extern "C" fn(c_int) -> *const c_char,
}

macro_rules! functions {
    ($name:ident: $new:ident $free:ident $read:ident $version:ident $error:ident) => {
        // SAFETY: these are the signatures of the definitions in bridge.cpp, where `bool`,
        // `size_t` and fixed-width integers have the ABI of their Rust namesakes.
        unsafe extern "C" {
            fn $new() -> *mut c_void;
            fn $free(parser: *mut c_void);
            fn $read(
                parser: *mut c_void,
                json: *const u8,
                length: usize,
                capacity: usize,
                way: c_int,
                unescape: bool,
                order: *const u8,
                tally: *mut u64,
            ) -> c_int;
            fn $version() -> *const c_char;
            fn $error(code: c_int) -> *const c_char;
        }
        static $name: Functions =
            Functions { new: $new, free: $free, read: $read, version: $version, error: $error };
    };
}

functions!(ICELAKE: on_demand_icelake_new on_demand_icelake_free on_demand_icelake_read
    on_demand_icelake_version on_demand_icelake_error);
functions!(HASWELL: on_demand_haswell_new on_demand_haswell_free on_demand_haswell_read
    on_demand_haswell_version on_demand_haswell_error);

impl Kernel {
    fn functions(self) -> &'static Functions {
        match self {
            Self::Icelake => &ICELAKE,
            Self::Haswell => &HASWELL,
        }
    }
}

/// What was compiled with what: one line of the results.
#[derive(Clone, Debug, serde::Serialize)]
pub struct About {
    /// `about`, to tell this line from others in the same file.
    pub kind: &'static str,
    /// simdjson's version.
    pub simdjson: &'static str,
    /// The C++ compiler.
    pub compiler: &'static str,
}

impl About {
    /// This program.
    pub fn new() -> Self {
        Self { kind: "about", simdjson: version(), compiler: env!("BRIDGE_COMPILER") }
    }
}

impl Default for About {
    fn default() -> Self {
        Self::new()
    }
}

/// simdjson's version, as its header states it.
pub fn version() -> &'static str {
    // SAFETY: the function takes nothing and returns a string literal of the C++ program, which
    // ends in a zero byte and lives as long as the program.
    let version = unsafe { CStr::from_ptr((HASWELL.version)()) };
    version.to_str().unwrap_or("unknown")
}

/// An On-Demand parser, whose buffers are kept from response to response.
pub struct OnDemand {
    kernel: Kernel,
    parser: NonNull<c_void>,
}

impl OnDemand {
    /// None if this CPU cannot run the kernel.
    pub fn new(kernel: Kernel) -> Option<Self> {
        // The bridge asks simdjson, but is itself compiled for the kernel's CPU: ask first.
        let runs = match kernel {
            Kernel::Icelake => {
                std::is_x86_feature_detected!("avx512vbmi2")
                    && std::is_x86_feature_detected!("avx512vpopcntdq")
            }
            Kernel::Haswell => std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("bmi2"),
        };
        if !runs {
            return None;
        }
        // SAFETY: the function takes nothing, and the CPU has the instructions (asked above).
        let parser = unsafe { (kernel.functions().new)() };
        NonNull::new(parser).map(|parser| Self { kernel, parser })
    }

    /// Reads a response. `order` counts only for [`Way::Ordered`], see [`Corpus::order`].
    ///
    /// # Panics
    /// If simdjson refuses it.
    pub fn read(&mut self, corpus: &Corpus, way: Way, order: &[u8; 14], texts: Texts) -> Tally {
        let padded = corpus.padded();
        let length = corpus.bytes().len();
        self.read_bytes(padded, length, way, order, texts).unwrap_or_else(|error| {
            panic!("expected {way:?} to read {}, found: {error}", corpus.name());
        })
    }

    fn read_bytes(
        &mut self,
        padded: &[u8],
        length: usize,
        way: Way,
        order: &[u8; 14],
        texts: Texts,
    ) -> Result<Tally, String> {
        assert!(length + Corpus::PADDING <= padded.len(), "simdjson reads 64 bytes past the end");
        assert!(order.iter().all(|&place| place < 14), "places of documented members");
        let mut tally = [0u64; 3];
        let functions = self.kernel.functions();
        // SAFETY: the parser came from `new` of the same kernel, is not freed before `drop`, and
        // is not used by anybody else while `&mut self` lasts. `padded` is readable for its whole
        // length, which includes the 64 bytes past `length` that simdjson asks for (asserted).
        // `order` has 14 entries under 14 (asserted), `tally` room for the three numbers. The
        // bridge keeps no pointer: the next call gives the parser a new document.
        let code = unsafe {
            (functions.read)(
                self.parser.as_ptr(),
                padded.as_ptr(),
                length,
                padded.len(),
                way as c_int,
                texts == Texts::Unescaped,
                order.as_ptr(),
                tally.as_mut_ptr(),
            )
        };
        if code != 0 {
            // SAFETY: takes any number; returns a string of the C++ program that is never freed.
            let message = unsafe { CStr::from_ptr((functions.error)(code)) };
            return Err(message.to_string_lossy().into_owned());
        }
        let [items, ids, text] = tally;
        Ok(Tally { items, ids, text })
    }
}

impl Drop for OnDemand {
    fn drop(&mut self) {
        // SAFETY: the parser came from `new` of the same kernel and is used by nobody any more.
        unsafe { (self.kernel.functions().free)(self.parser.as_ptr()) }
    }
}

impl fmt::Debug for OnDemand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnDemand").field("kernel", &self.kernel).finish_non_exhaustive()
    }
}

/// On-Demand in every way that can read this response, for all kernels that this CPU can run.
pub fn readers(corpus: &Corpus) -> Vec<Reader<'static>> {
    use Kernel::{Haswell, Icelake};
    use Texts::{AsSent, Unescaped};
    let ways = [
        ("on-demand-icelake-documented-sent", Icelake, Way::Documented, AsSent),
        ("on-demand-icelake-documented-unescaped", Icelake, Way::Documented, Unescaped),
        ("on-demand-icelake-ordered-sent", Icelake, Way::Ordered, AsSent),
        ("on-demand-icelake-ordered-unescaped", Icelake, Way::Ordered, Unescaped),
        ("on-demand-icelake-unordered-sent", Icelake, Way::Unordered, AsSent),
        ("on-demand-icelake-each-sent", Icelake, Way::Each, AsSent),
        ("on-demand-icelake-each-unescaped", Icelake, Way::Each, Unescaped),
        ("on-demand-haswell-documented-sent", Haswell, Way::Documented, AsSent),
        ("on-demand-haswell-documented-unescaped", Haswell, Way::Documented, Unescaped),
        ("on-demand-haswell-ordered-sent", Haswell, Way::Ordered, AsSent),
        ("on-demand-haswell-ordered-unescaped", Haswell, Way::Ordered, Unescaped),
        ("on-demand-haswell-unordered-sent", Haswell, Way::Unordered, AsSent),
        ("on-demand-haswell-each-sent", Haswell, Way::Each, AsSent),
        ("on-demand-haswell-each-unescaped", Haswell, Way::Each, Unescaped),
    ];
    let order = corpus.order();
    let documented = order.is_sorted();
    let fixed = !matches!(corpus.layout(), mock_pam_core::Layout::Shuffled | mock_pam_core::Layout::Dirty);
    let fits = |way| match way {
        Way::Documented => fixed && documented,
        Way::Ordered => fixed && !documented,
        Way::Unordered => !fixed,
        Way::Each => true,
    };
    ways.into_iter()
        .filter(|(_, _, way, _)| fits(*way))
        .filter_map(|(name, kernel, way, texts)| {
            let mut parser = OnDemand::new(kernel)?;
            Some(Reader::new(name, texts, move |corpus| parser.read(corpus, way, &order, texts)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mock_pam_core::{Layout, Population};
    use remote_sessions_benches::readers::{check, ours};

    #[test]
    fn every_way_does_the_same_work_as_ours() {
        for population in Population::ALL {
            for layout in Layout::ALL {
                let corpus = Corpus::generate(population, layout, 200_000);
                let mut all = ours::all();
                all.extend(readers(&corpus));
                check(&mut all, &corpus);
            }
        }
    }

    #[test]
    fn what_simdjson_refuses_is_no_result() {
        let Some(mut parser) = OnDemand::new(Kernel::Haswell) else { return };
        let corpus = Corpus::new("cut", br#"{"remote_sessions":[{"id":"3","user":"a"#.to_vec());
        let order = corpus.order();
        let result =
            parser.read_bytes(corpus.padded(), corpus.bytes().len(), Way::Documented, &order, Texts::AsSent);
        assert!(result.is_err());
    }
}
