//! What `read` and `fetch` have in common: how to parse and where to put the sessions.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// What to write for each session
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Ndjson)]
    pub(crate) format: Format,

    /// Writes to FILE instead of standard output, as a whole or not at all
    ///
    /// A regular file is replaced only after a run that ends with exit code 0, by a new one that
    /// only its owner may read; until then, and after a failure, what was there stays. (Where only
    /// the sync of its directory, the checkpoint or the summary fails, when the new file is in its
    /// place already, that stays, and the exit code is 1.) It may be the input itself (not with
    /// --append). A file that nobody may write to is not replaced. Anything else (a
    /// device, a named pipe) is written to directly. `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Appends to the file of -o instead of replacing it
    ///
    /// Only whole lines stay in it, and they are synced before the run ends, however it ends. No
    /// second run appends at the same time. A last line that an earlier run could not finish is
    /// removed first. A file that begins with anything but a session (for CSV: but the header) is
    /// refused. The CSV header is written only to an empty file.
    #[arg(long, requires = "output")]
    pub(crate) append: bool,

    /// Keeps what a failed run has written, as FILE.partial
    #[arg(long, requires = "output", conflicts_with = "append")]
    pub(crate) keep_partial: bool,

    /// What to do when an item is not a session as documented
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = OnBadItem::Fail)]
    pub(crate) on_bad_item: OnBadItem,

    /// Does not put `'` before CSV cells that a spreadsheet would take for a formula
    ///
    /// Without it cells that begin with = + - @, a tab or a carriage return get a leading `'`.
    #[arg(long)]
    pub(crate) raw_csv: bool,

    /// Prints a summary as the last line of standard error, whatever the exit code but 2
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) summary: Option<SummaryFormat>,

    /// Refuses a response without its two outer closing brackets (exit code 4)
    ///
    /// The vendor's own sample ends like that, so it is accepted with a warning otherwise. A
    /// first page that was cut just after its end looks the same: use this where nobody watches.
    #[arg(long, help_heading = "Input")]
    pub(crate) strict: bool,

    /// Skips text before the JSON, such as a PHP warning
    #[arg(long, help_heading = "Input")]
    pub(crate) skip_leading_text: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Each item's own JSON on a line of its own, nothing lost or reordered
    Ndjson,
    /// The documented members as columns (RFC 4180)
    Csv,
    /// Nothing: only check
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnBadItem {
    /// Stop there, exit code 3
    Fail,
    /// Warn, count, go on
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SummaryFormat {
    /// One JSON object on one line
    Json,
}
