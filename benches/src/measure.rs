//! What one reader needs for one response in a file: time and, in a process of its own, memory.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::readers::{ours, rivals};
use crate::{Corpus, Tally, scan_path};

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Measured {
    /// `measured`, to tell these lines from others in the same file.
    pub kind: String,
    /// Who it was.
    pub reader: String,
    /// Bytes of the response.
    pub bytes: u64,
    /// Seconds from opening the file to the end of the work.
    pub seconds: f64,
    /// Most memory that the process ever held, in KiB; what a process needs to exist included.
    pub peak: u64,
    /// The CPU path that this project's readers took.
    pub path: String,
}

impl Measured {
    /// Billions of bytes a second.
    pub fn speed(&self) -> f64 {
        self.bytes as f64 / self.seconds / 1e9
    }
}

/// Those that [`read`] knows. Streams first, then those that hold the whole response.
pub const READERS: [&str; 8] = [
    "nothing",
    "ours-borrowed-sent",
    "ours-owned-sent",
    "serde_json-reader-owned",
    "struson-reader",
    "serde_json-slice-borrowed",
    "sonic-rs-borrowed",
    "simd-json-borrowed",
];

/// Reads a file as a program would that wants nothing else; none for an unknown reader.
///
/// # Errors
/// Those of the file.
pub fn read(reader: &str, path: &Path) -> io::Result<Option<Tally>> {
    let file = || File::open(path);
    Ok(Some(match reader {
        "nothing" => Tally::default(),
        "ours-borrowed-sent" => ours::borrowed_sent(file()?),
        "ours-owned-sent" => ours::owned_sent(file()?),
        "serde_json-reader-owned" => {
            rivals::serde_json_reader::<false>(BufReader::with_capacity(64 * 1024, file()?))
        }
        "struson-reader" => rivals::struson_reader(file()?),
        "serde_json-slice-borrowed" => rivals::serde_json_slice::<false>(&std::fs::read(path)?),
        "sonic-rs-borrowed" => rivals::sonic_borrowed::<false>(&std::fs::read(path)?),
        "simd-json-borrowed" => rivals::SimdJson::read_owned::<false>(std::fs::read(path)?),
        _ => return Ok(None),
    }))
}

/// Does the work once and says what it took. The peak is the process's: call this once in a
/// process that did nothing before.
///
/// # Errors
/// Those of `work`, and of asking for the peak (known on Linux only).
pub fn measure<T>(
    reader: &str,
    path: &Path,
    work: impl FnOnce() -> io::Result<T>,
) -> io::Result<(Measured, T)> {
    let bytes = std::fs::metadata(path)?.len();
    let start = Instant::now();
    let result = work()?;
    let seconds = start.elapsed().as_secs_f64();
    let (reader, kind) = (reader.to_owned(), "measured".to_owned());
    Ok((Measured { kind, reader, bytes, seconds, peak: peak()?, path: scan_path().to_owned() }, result))
}

/// Writes a compact response of about that many bytes, in constant memory.
///
/// # Errors
/// Those of the file.
pub fn generate(path: &Path, bytes: u64) -> io::Result<u64> {
    let sample = Corpus::generate(Default::default(), Default::default(), 1_000_000);
    let items = sample.expected().map_or(1, |tally| tally.items);
    let items = (bytes as f64 * items as f64 / sample.bytes().len() as f64) as u64;
    mock_pam_core::Response::new(items.max(1)).chunk_size(1 << 20).write_to(&mut File::create(path)?)
}

/// Most resident memory that this process ever had, in KiB.
fn peak() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    number.ok_or_else(|| io::Error::other("expected a line VmHWM in /proc/self/status, found none"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_reads_the_same_file() {
        let path = std::env::temp_dir().join(format!("remote-sessions-measure-{}.json", std::process::id()));
        let bytes = generate(&path, 300_000).expect("a file");
        assert!((270_000..330_000).contains(&bytes));
        let items: Vec<_> = READERS[1..]
            .iter()
            .map(|reader| read(reader, &path).expect("readable").expect("a known reader").items)
            .collect();
        assert!(items[0] > 500 && items.iter().all(|count| *count == items[0]), "{items:?}");
        assert_eq!(read("nobody", &path).expect("no error"), None);
        let (measured, ()) = measure("nothing", &path, || Ok(())).expect("Linux");
        assert!(measured.peak > 0 && measured.bytes == bytes);
        std::fs::remove_file(&path).expect("removable");
    }
}
