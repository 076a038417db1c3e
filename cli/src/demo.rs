//! `demo`: the whole path on this machine, from a server to a table.

use std::fs;
use std::io::{self, Write as _, stdout};
use std::time::{Duration, Instant};

use mock_pam_core::{MockPamCore, Response};
use remote_sessions::client::Client;
use remote_sessions::{Completeness, RemoteSession, Summary};

use crate::arguments::DemoArguments;
use crate::connection::runtime;
use crate::exit::Failure;
use crate::messages;
use crate::mock::{CLIENT_ID, CLIENT_SECRET};
use crate::progress::{Measure, Progress, Start, as_megabytes};
use crate::terminal::escaped;

/// Sessions that are shown.
const SHOWN: usize = 5;

/// Columns of a usual terminal.
const WIDTH: usize = 80;

const HEADINGS: [&str; 6] = ["id", "user", "protocol", "device", "start", "time"];

/// Columns that give way when a row is too long: user and device.
const ELASTIC: [usize; 2] = [1, 3];

type Row = [String; HEADINGS.len()];

pub(crate) fn run(arguments: &DemoArguments) -> u8 {
    let mut progress = Progress::hidden();
    let shown = show(arguments.items, &mut progress);
    progress.clear();
    match shown {
        Ok(()) => 0,
        Err(failure) => {
            if !matches!(failure, Failure::OutputClosed) {
                messages::fail(&failure);
            }
            failure.code()
        }
    }
}

fn show(items: u64, progress: &mut Progress) -> Result<(), Failure> {
    let server = MockPamCore::builder()
        .credentials(CLIENT_ID, CLIENT_SECRET)
        .response(Response::new(items))
        .start_in_thread()
        .map_err(|error| Failure::system("starting the mock server", &error))?;
    let begun = format!(
        "A mock PAM Core at {} lists {items} sessions,\nmade up as they are sent. Fetching them over HTTP:\n",
        server.url()
    );
    print(&begun)?;
    *progress = Progress::new(Measure::Sessions(items), Start::AtOnce);
    let fetched = runtime()?.block_on(fetch(&server.url(), progress))?;
    progress.clear();
    print(&format!("\n{}\n{}", fetched.table(), fetched.account()))
}

/// What was seen of a response.
struct Fetched {
    first: Vec<Row>,
    summary: Summary,
    time: Duration,
}

async fn fetch(url: &str, progress: &Progress) -> Result<Fetched, Failure> {
    const STRIDE: u64 = 1024;
    let client = Client::builder(url).credentials(CLIENT_ID, CLIENT_SECRET.into()).build()?;
    let start = Instant::now();
    let mut reader = client.remote_sessions().await?;
    let mut first = Vec::with_capacity(SHOWN);
    let mut count = 0;
    while let Some(item) = reader.next_item().await? {
        let session = item.session()?;
        if first.len() < SHOWN {
            first.push(row(&session));
        }
        count += 1;
        if count % STRIDE == 0 {
            progress.update(reader.get_ref().wire_bytes(), count);
        }
    }
    Ok(Fetched { first, summary: reader.summary(), time: start.elapsed() })
}

fn row(session: &RemoteSession<'_>) -> Row {
    let text = |text: Option<remote_sessions::Text<'_>>| {
        let text = text.map(|text| text.to_str()).unwrap_or_default();
        if text.is_empty() { "-".to_owned() } else { escaped(&text).into_owned() }
    };
    [
        session.id().to_string(),
        text(session.user()),
        text(session.protocol()),
        text(session.device()),
        text(session.start()),
        if session.is_active() { "active".to_owned() } else { text(session.time()) },
    ]
}

impl Fetched {
    /// The first sessions, in columns that fit a usual terminal.
    fn table(&self) -> String {
        if self.first.is_empty() {
            return "(no sessions)\n".to_owned();
        }
        let headings = HEADINGS.map(str::to_owned);
        let rows = || std::iter::once(&headings).chain(&self.first);
        let mut widths = [0; HEADINGS.len()];
        for row in rows() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let excess = (widths.iter().sum::<usize>() + 2 * (widths.len() - 1)).saturating_sub(WIDTH);
        for _ in 0..excess {
            let [user, device] = ELASTIC;
            let widest = if widths[user] > widths[device] { user } else { device };
            widths[widest] = widths[widest].saturating_sub(1);
        }
        let mut table = String::new();
        for row in rows() {
            table.push_str(&line(row, &widths));
        }
        let more = self.summary.items().saturating_sub(self.first.len() as u64);
        if more > 0 {
            table.push_str(&format!("… and {more} more\n"));
        }
        table
    }

    fn account(&self) -> String {
        let Self { summary, time, .. } = self;
        let seconds = time.as_secs_f64().max(f64::MIN_POSITIVE);
        #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
        let sessions = summary.items() as f64 / seconds;
        let memory = peak_memory().map_or_else(
            || "not known on this system".to_owned(),
            |mebibytes| format!("{mebibytes:.1} MiB, the mock server included (it runs in this process)"),
        );
        let completeness = match summary.completeness() {
            Completeness::Complete => "complete: the response was read to its proper end",
            other => other.as_str(),
        };
        format!(
            "sessions      {}\nbytes         {}\nseconds       {seconds:.3}\n\
             rate          {:.1} MB/s, {sessions:.0} sessions/s\n\
             completeness  {completeness}\npeak memory   {memory}\n",
            summary.items(),
            summary.bytes(),
            as_megabytes(summary.bytes()) / seconds,
        )
    }
}

/// The row in columns; numbers to the right, texts to the left, what is too long cut.
fn line(row: &Row, widths: &[usize; HEADINGS.len()]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in row.iter().zip(widths).enumerate() {
        let cut: String = match cell.chars().count() > width {
            true => cell.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
            false => cell.clone(),
        };
        let cell = if column == 0 { format!("{cut:>width$}") } else { format!("  {cut:<width$}") };
        line.push_str(&cell);
    }
    format!("{}\n", line.trim_end())
}

/// The most memory that this process has held at once, in MiB, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = stdout().lock();
    let written: io::Result<()> = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    written.map_err(|error| Failure::write(&error))
}
