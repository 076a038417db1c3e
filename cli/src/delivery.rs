//! From items to sessions in their destination: what `read` and `fetch` share.

use remote_sessions::{
    Batch, Builder, Completeness, Deviation, ErrorKind, Item, ItemError, RemoteSession, ScanPath, Summary,
    Tolerated,
};

use crate::arguments::{OnBadItem, OutputArguments, SummaryFormat};
use crate::exit::{Failure, LOCAL, USAGE};
use crate::interrupt;
use crate::messages;
use crate::output::Output;
use crate::progress::Progress;
use crate::resumption::Resumption;
use crate::summary::{Counts, Report};

/// Bad items that are warned of one by one; after these they are only counted.
const SHOWN: u64 = 10;

/// Takes items, decodes each, sends it on. (Signals are looked for between batches.)
#[derive(Debug)]
pub(crate) struct Delivery {
    output: Output,
    on_bad_item: OnBadItem,
    skipped: u64,
    resumption: Option<Resumption>,
    /// Where the last item ends in the response, for a checkpoint in the middle of a run.
    bytes: u64,
    pub(crate) progress: Progress,
}

impl OutputArguments {
    /// The parser's settings.
    pub(crate) fn settings(&self) -> Builder {
        Builder::new().strict(self.strict).skip_leading_text(self.skip_leading_text)
    }
}

impl Delivery {
    fn new(
        arguments: &OutputArguments,
        resumption: impl FnOnce() -> Result<Option<Resumption>, Failure>,
    ) -> Result<Self, Failure> {
        let output = Output::new(arguments)?;
        let resumption = resumption()?;
        let (on_bad_item, progress) = (arguments.on_bad_item, Progress::hidden());
        Ok(Self { output, on_bad_item, skipped: 0, resumption, bytes: 0, progress })
    }

    /// Whether a progress bar would be in the way of the sessions.
    pub(crate) fn is_on_terminal(&self) -> bool {
        self.output.is_on_terminal()
    }

    #[inline]
    pub(crate) fn take(&mut self, batch: Batch<'_>) -> Result<(), Failure> {
        interrupt::check()?;
        let tenant = batch.tenant();
        if self.resumption.is_some() || self.output.reads_sessions() {
            for item in batch {
                match item.session() {
                    Ok(session) => self.pass_on(&item, &session, tenant)?,
                    Err(bad) => self.bad(bad)?,
                }
            }
            return Ok(());
        }
        for item in batch {
            // Checked all the same, but not put together: nobody would read it.
            match item.session().map(drop) {
                Ok(()) => self.output.item(&item)?,
                Err(bad) => self.bad(bad)?,
            }
        }
        Ok(())
    }

    #[cold]
    fn bad(&mut self, bad: ItemError) -> Result<(), Failure> {
        if self.on_bad_item != OnBadItem::Skip {
            return Err(bad.into());
        }
        self.skipped += 1;
        if self.skipped <= SHOWN {
            messages::warn(&format!("skipped: {bad}"));
        }
        Ok(())
    }

    #[inline(never)]
    fn pass_on(
        &mut self,
        item: &Item<'_>,
        session: &RemoteSession<'_>,
        tenant: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(resumption) = &mut self.resumption else { return self.output.session(item, session) };
        self.bytes = item.offset() + item.raw().len() as u64;
        if resumption.pass_over(session, tenant) {
            return Ok(());
        }
        self.output.session(item, session)?;
        let is_time = resumption.note(session, tenant);
        // The output writes when it likes: what it has written is delivered.
        if is_time || self.output.is_flushed() { self.flush() } else { Ok(()) }
    }

    /// Sessions so far, those on the way included.
    pub(crate) fn sessions(&self) -> u64 {
        self.output.accepted()
    }

    /// Notes how far the run has come, for the last words of a run that is stuck.
    pub(crate) fn note(&self, response: Summary) {
        interrupt::account(|account| {
            account.skipped = self.skipped;
            account.known = self.resumption.as_ref().map_or(0, Resumption::passed_over);
            account.response = Some(response);
        });
    }

    /// Hands over what is pending: to be called before a wait, lest sessions are held back.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.output.flush()?;
        let Some(resumption) = &mut self.resumption else { return Ok(()) };
        resumption.written();
        if self.output.is_durable() && resumption.is_due() {
            self.output.make_safe()?;
            resumption.save_so_far(self.bytes)?;
        }
        Ok(())
    }
}

impl Delivery {
    /// Brings everything to its end, the output first: what a checkpoint says must be true.
    fn end(self, ended: Result<(), Failure>, bytes: u64) -> (Counts, Option<Failure>) {
        let Self { mut output, skipped, mut resumption, .. } = self;
        interrupt::ending();
        // A part of a file that another run replaces was not delivered, though it is kept.
        let is_delivery = ended.is_ok() || output.is_final();
        let is_closed = matches!(ended, Err(Failure::OutputClosed));
        // Nothing was asked for: what the run was given may be what is wrong, the address included.
        let is_delivery = is_delivery && !matches!(ended, Err(Failure::Usage(_)));
        // Nor does what a run has not delivered that failed take the place of what another one has.
        let is_news = output.accepted() > 0 || resumption.as_ref().is_some_and(Resumption::goes_on);
        let is_delivery = is_delivery && (ended.is_ok() || is_news);
        let settled = match &ended {
            Ok(()) => output.finish(),
            Err(_) => output.abandon(),
        };
        let settled = match resumption {
            Some(_) => settled.and_then(|()| output.make_safe()),
            None => settled,
        };
        let known = resumption.as_ref().map_or(0, Resumption::passed_over);
        let saved = match resumption.take() {
            // Nobody knows how much of it a reader has read who went away: all of it comes again.
            Some(mut resumption) if is_delivery && !is_closed && settled.is_ok() && output.is_kept() => {
                if !output.has_lost() {
                    resumption.written();
                }
                resumption.save(bytes)
            }
            _ => Ok(()),
        };
        let counts = Counts { sessions: output.delivered(), skipped, known };
        // If what came before a failure cannot be kept either, that is the lesser news.
        let failure = match ended {
            Ok(()) => settled.and(saved).err(),
            Err(failure) => {
                for lesser in [settled.err(), saved.err()].into_iter().flatten() {
                    if !matches!(lesser, Failure::OutputClosed) {
                        messages::warn(&lesser.to_string());
                    }
                }
                Some(failure)
            }
        };
        (counts, failure)
    }
}

/// Runs a delivery from its making to the last line on standard error, and gives the exit code.
/// `refuse` comes before anything is touched; `resumption` says what earlier runs delivered, once no
/// other run appends any more; `run` gives the delivery back, with what is known of the response and
/// how it ended.
pub(crate) fn deliver(
    arguments: &OutputArguments,
    refuse: impl FnOnce() -> Result<(), Failure>,
    resumption: impl FnOnce() -> Result<Option<Resumption>, Failure>,
    run: impl FnOnce(Delivery) -> (Delivery, Option<Summary>, Result<(), Failure>),
) -> u8 {
    interrupt::watch();
    interrupt::account(|account| account.report = arguments.summary.is_some());
    let prepared = refuse().and_then(|()| Delivery::new(arguments, resumption));
    let delivery = match prepared {
        Ok(delivery) => delivery,
        Err(failure) => return close(arguments, Counts::default(), None, Some(failure)),
    };
    messages::inform(&format!("scanning with {}", ScanPath::detected().as_str()));
    let (mut delivery, response, ended) = run(delivery);
    delivery.progress.clear();
    let bytes = response.as_ref().map_or(0, Summary::bytes);
    let (counts, failure) = delivery.end(ended, bytes);
    close(arguments, counts, response, failure)
}

fn close(
    arguments: &OutputArguments,
    counts: Counts,
    response: Option<Summary>,
    failure: Option<Failure>,
) -> u8 {
    let code = failure.as_ref().map_or(0, Failure::code);
    interrupt::last_words_with(code);
    // Whoever closed the output early wants to hear nothing more.
    if !matches!(failure, Some(Failure::OutputClosed)) {
        let skipped = counts.skipped;
        if skipped > SHOWN {
            messages::warn(&format!(
                "skipped {skipped} bad items, of which only the first {SHOWN} are shown"
            ));
        }
        if let Some(response) = &response {
            warn_of_deviations(response, arguments.strict);
            warn_of_truncation(response, failure.as_ref());
        }
        if let Some(failure) = &failure {
            messages::fail(failure);
        }
    }
    if arguments.summary == Some(SummaryFormat::Json) && code != USAGE {
        let report = Report::new(counts, response.as_ref(), failure.as_ref());
        // Whoever asked for it goes by it.
        if messages::line(&report.to_json()).is_err() && code == 0 {
            interrupt::last_words_with(LOCAL);
            return LOCAL;
        }
    }
    code
}

fn warn_of_deviations(response: &Summary, strict: bool) {
    for seen in response.tolerated() {
        // In strict mode that is the error.
        if !(seen.deviation == Deviation::UnclosedEnvelope && strict) {
            messages::warn(&describe(seen));
        }
    }
}

/// A server's error outranks the truncation it came with, which is not to go unsaid.
fn warn_of_truncation(response: &Summary, failure: Option<&Failure>) {
    let said = matches!(failure, Some(Failure::Response(error))
        if matches!(error.kind(), ErrorKind::Truncated | ErrorKind::Interrupted));
    if response.completeness() == Completeness::Truncated && !said {
        messages::warn("the response is truncated as well");
    }
}

fn describe(seen: &Tolerated) -> String {
    let at = seen.first_offset;
    let what = match seen.deviation {
        Deviation::UnclosedEnvelope => {
            return format!(
                "unclosed envelope: the response ends at byte {at} without its two outer brackets, \
                 as the vendor's sample does; --strict refuses that"
            );
        }
        Deviation::LeadingText => return "leading text: skipped text before the JSON".to_owned(),
        Deviation::ByteOrderMark => "a byte order mark before the JSON",
        Deviation::DuplicateMember => "an envelope's member more than once in one object",
        Deviation::EmptyObjectForList => "`{}` in place of an empty list",
        Deviation::NumericObjectForList => "an object with numeric keys in place of a list",
        Deviation::EnvelopeForList => "one envelope in place of a list of envelopes",
        Deviation::NullForList => "`null` in place of an empty list",
        Deviation::FalseForList => "`false` in place of an empty list",
        Deviation::EmptyTextForList => "`\"\"` in place of an empty list",
        Deviation::ArrayForObject => "`[]` in place of an object of an envelope",
        Deviation::StatusAsText => "a status of another type than documented",
        Deviation::UnreadableStatus => "a status of a type that cannot be read",
        other => other.as_str(),
    };
    let times = if seen.count == 1 { "once".to_owned() } else { format!("{} times", seen.count) };
    format!("tolerated {times}: {what}, first at byte {at}")
}
