//! What was delivered, from one run to the next: `--checkpoint` and `--resume`.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use remote_sessions::{Checkpoint, RemoteSession};

use crate::arguments::ResumptionArguments;
use crate::exit::Failure;
use crate::interrupt;
use crate::messages;
use crate::output::{Replacement, behind_links};
use crate::terminal::escaped;

/// Sessions that may wait for being written, at most, and bytes of their texts and tenants: as soon
/// as either is reached, all are written. So what is held is at most 1 MiB of texts, the one session
/// by which that was reached (1 MiB, with the parser's usual limits), and some 150 bytes for each.
const MOST_PENDING: usize = 4096;
const MOST_PENDING_BYTES: usize = 1024 * 1024;

/// Largest file that is taken for a checkpoint, in bytes: one that is full has some 350 MiB, or 1.5 GiB if all of it
/// is tenants' names of control characters.
const MOST_SAVED: u64 = 2 * 1024 * 1024 * 1024;

/// Knows what earlier runs have delivered, and notes what this one does.
#[derive(Debug)]
pub(crate) struct Resumption {
    known: Option<Checkpoint>,
    kept: Option<Kept>,
    passed_over: u64,
}

/// A checkpoint that grows.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    checkpoint: Checkpoint,
    /// On the way to their destination: delivered as soon as they have been written, not before.
    pending: Vec<(RemoteSession<'static>, Option<Box<str>>)>,
    /// Bytes of the texts and tenants of these.
    pending_bytes: usize,
    is_full: bool,
    /// Between two savings in the middle of a run.
    interval: Duration,
    saved: Instant,
    /// Whether anything has been recorded since.
    is_new: bool,
}

impl Resumption {
    /// What the arguments ask for; none if that is nothing. `source` says which list it is about.
    pub(crate) fn new(arguments: &ResumptionArguments, source: &str) -> Result<Option<Self>, Failure> {
        let known = match &arguments.resume {
            // The first of many runs.
            Some(file) if is_missing(file) && arguments.is_one_file() => None,
            Some(file) => Some(load(file, source)?),
            None => None,
        };
        if let Some(known) = &known {
            messages::inform(&format!("{} sessions have been delivered before", known.items()));
        }
        let kept = arguments.checkpoint.as_ref().map(|path| Kept {
            path: path.clone(),
            // Not what this run finds twice: whatever the list holds is delivered.
            checkpoint: known.clone().unwrap_or_default().with_source(source),
            pending: Vec::new(),
            pending_bytes: 0,
            is_full: false,
            interval: arguments.checkpoint_every,
            saved: Instant::now(),
            is_new: false,
        });
        let wanted = known.is_some() || kept.is_some();
        Ok(wanted.then_some(Self { known, kept, passed_over: 0 }))
    }

    /// Whether it begins with what earlier runs have delivered.
    pub(crate) fn goes_on(&self) -> bool {
        self.known.is_some()
    }

    /// Whether an earlier run has delivered this session; counts it if so.
    pub(crate) fn pass_over(&mut self, session: &RemoteSession<'_>, tenant: Option<&str>) -> bool {
        let is_known = self.known.as_ref().is_some_and(|known| known.has(session, tenant));
        self.passed_over += u64::from(is_known);
        is_known
    }

    pub(crate) fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Notes a session that is on its way; true if it is time to write what is.
    pub(crate) fn note(&mut self, session: &RemoteSession<'_>, tenant: Option<&str>) -> bool {
        let Some(kept) = &mut self.kept else { return false };
        kept.pending_bytes += session.raw().len() + tenant.map_or(0, str::len);
        kept.pending.push((session.clone().into_owned(), tenant.map(Box::from)));
        kept.pending.len() >= MOST_PENDING || kept.pending_bytes >= MOST_PENDING_BYTES
    }

    /// All that was noted has been written.
    pub(crate) fn written(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.record();
        }
    }

    /// Whether it is time to save what has been delivered so far.
    pub(crate) fn is_due(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.is_new && kept.saved.elapsed() >= kept.interval)
    }

    /// Saves what has been delivered so far, lest a run that is killed has delivered in vain. `bytes` says
    /// how far the run has come.
    pub(crate) fn save_so_far(&mut self, bytes: u64) -> Result<(), Failure> {
        let Some(kept) = &mut self.kept else { return Ok(()) };
        kept.checkpoint.set_bytes(bytes);
        let saved = kept.save(Replacement::put);
        // Counted from here: a disk that is slow is not kept busy with this alone.
        (kept.saved, kept.is_new) = (Instant::now(), false);
        saved
    }

    /// Saves what has been delivered, which is safe where it is. `bytes` says how far the run came.
    pub(crate) fn save(self, bytes: u64) -> Result<(), Failure> {
        match self.kept {
            Some(mut kept) => {
                kept.checkpoint.set_bytes(bytes);
                kept.save(Replacement::keep)
            }
            None => Ok(()),
        }
    }
}

impl Kept {
    fn record(&mut self) {
        self.is_new |= !self.pending.is_empty();
        self.pending_bytes = 0;
        for (session, tenant) in self.pending.drain(..) {
            if self.is_full {
                continue;
            }
            if let Err(error) = self.checkpoint.record(&session, tenant.as_deref()) {
                // To stop here would help nobody: what is not recorded is delivered again.
                messages::warn(&format!("{error}: what follows will be delivered again"));
                self.is_full = true;
            }
        }
    }

    fn save(&self, place: impl FnOnce(Replacement) -> io::Result<()>) -> Result<(), Failure> {
        let write = || {
            let target = behind_links(&self.path)?;
            let mut file = Replacement::new(&target, false)?;
            {
                let mut buffered = BufWriter::new(Writing(&mut file));
                serde_json::to_writer(&mut buffered, &self.checkpoint)?;
                buffered.write_all(b"\n")?;
                buffered.flush()?;
            }
            place(file)
        };
        write().map_err(|error: io::Error| Failure::local("writing the checkpoint", &self.path, &error))
    }
}

struct Writing<'a>(&'a mut Replacement);

impl io::Write for Writing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_missing(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}

fn load(path: &Path, source: &str) -> Result<Checkpoint, Failure> {
    let failed = |error: &io::Error| Failure::local("reading the checkpoint", path, error);
    let file = interrupt::waiting(|| File::open(path)).map_err(|error| failed(&error))?;
    let size = file.metadata().map_err(|error| failed(&error))?.len();
    if size > MOST_SAVED {
        let message = format!(
            "expected a checkpoint of at most {MOST_SAVED} bytes in {}, found a file of {size}",
            shown(path)
        );
        return Err(Failure::Local { message, help: Some(NAME_ANOTHER) });
    }
    // Of what has no size, such as a pipe, no more is held than of a file.
    let file = BufReader::with_capacity(1 << 16, file.take(MOST_SAVED));
    let parsed: Result<Checkpoint, _> = interrupt::waiting(|| serde_json::from_reader(file));
    let checkpoint = parsed.map_err(|error| match error.is_io() {
        true => failed(&error.into()),
        false => no_checkpoint(path, &error),
    })?;
    match checkpoint.source() {
        Some(other) if other != source => Err(Failure::Local {
            message: format!(
                "expected a checkpoint of {}, found one of {} in {}",
                escaped(source),
                // Whatever it holds: no secret is shown.
                if other.contains(['@', '?']) { "another address".into() } else { escaped(other) },
                shown(path)
            ),
            help: Some("keep one checkpoint for each list"),
        }),
        _ => Ok(checkpoint),
    }
}

const NAME_ANOTHER: &str = "name a file that --checkpoint has written, or the last good copy of it";

/// What is there is not shown: the name may be that of a secret's file, by mistake.
fn no_checkpoint(path: &Path, error: &serde_json::Error) -> Failure {
    // Without a place in the file it is the checkpoint's own word, of one that has all its members.
    let own = (error.line() == 0).then(|| error.to_string());
    Failure::Local {
        message: match own {
            Some(own) => format!("reading the checkpoint {} failed: {own}", shown(path)),
            None => format!(
                "expected a checkpoint in {}, found something else in line {}, column {}",
                shown(path),
                error.line(),
                error.column()
            ),
        },
        help: Some(NAME_ANOTHER),
    }
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes sessions until it is time to write them; how many that were.
    fn held(resumption: &mut Resumption, text: &str, tenant: Option<&str>) -> usize {
        (1..=2 * MOST_PENDING)
            .find(|_| resumption.note(&RemoteSession::parse(text).unwrap(), tenant))
            .expect("sooner or later")
    }

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes() {
        let kept = Kept {
            path: PathBuf::new(),
            checkpoint: Checkpoint::new(),
            pending: Vec::new(),
            pending_bytes: 0,
            is_full: false,
            interval: Duration::ZERO,
            saved: Instant::now(),
            is_new: false,
        };
        let mut resumption = Resumption { known: None, kept: Some(kept), passed_over: 0 };
        let large = format!(r#"{{"id":2,"user":"{}"}}"#, "u".repeat(100_000));
        let tenant = "t".repeat(10_000);
        for (text, tenant, most) in [
            (r#"{"id":1}"#, None, MOST_PENDING),
            (large.as_str(), None, MOST_PENDING_BYTES.div_ceil(large.len())),
            (r#"{"id":1}"#, Some(tenant.as_str()), MOST_PENDING_BYTES.div_ceil(tenant.len() + 8)),
        ] {
            assert_eq!(held(&mut resumption, text, tenant), most);
            resumption.written();
            let kept = resumption.kept.as_ref().unwrap();
            assert!(kept.pending.is_empty() && kept.pending_bytes == 0);
        }
    }
}
