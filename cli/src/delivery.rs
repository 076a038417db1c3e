//! From items to sessions in their destination: what `read` and `fetch` share.

use remote_sessions::{Builder, Completeness, Deviation, ErrorKind, Item, ScanPath, Summary, Tolerated};

use crate::arguments::{OnBadItem, OutputArguments, SummaryFormat};
use crate::exit::{Failure, USAGE};
use crate::output::Output;
use crate::progress::Progress;
use crate::summary::Report;

/// Bad items that are warned of one by one; after these they are only counted.
const SHOWN: u64 = 10;

/// Takes items, decodes each, sends it on.
#[derive(Debug)]
pub(crate) struct Delivery {
    output: Output,
    on_bad_item: OnBadItem,
    skipped: u64,
    pub(crate) progress: Progress,
}

impl OutputArguments {
    /// The parser's settings.
    pub(crate) fn settings(&self) -> Builder {
        Builder::new().strict(self.strict).skip_leading_text(self.skip_leading_text)
    }
}

impl Delivery {
    pub(crate) fn new(arguments: &OutputArguments) -> Result<Self, Failure> {
        let output = Output::new(arguments)?;
        Ok(Self { output, on_bad_item: arguments.on_bad_item, skipped: 0, progress: Progress::hidden() })
    }

    /// Whether a progress bar would be in the way of the sessions.
    pub(crate) fn is_on_terminal(&self) -> bool {
        self.output.is_on_terminal()
    }

    pub(crate) fn take(&mut self, item: Item<'_>) -> Result<(), Failure> {
        match item.session() {
            Ok(session) => self.output.session(item, &session),
            Err(bad) if self.on_bad_item == OnBadItem::Skip => {
                self.skipped += 1;
                if self.skipped <= SHOWN {
                    self.progress.warn(&format!("skipped: {bad}"));
                }
                Ok(())
            }
            Err(bad) => Err(bad.into()),
        }
    }

    /// Sessions so far, those on the way included.
    pub(crate) fn sessions(&self) -> u64 {
        self.output.accepted()
    }

    /// Hands over what is pending: to be called before a wait, lest sessions are held back.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.output.flush()
    }
}

/// Runs a delivery from its making to the last line on standard error, and gives the exit code.
/// `run` says what is known of the response along with how it ended.
pub(crate) fn deliver(
    arguments: &OutputArguments,
    run: impl FnOnce(&mut Delivery) -> (Option<Summary>, Result<(), Failure>),
) -> u8 {
    let mut delivery = match Delivery::new(arguments) {
        Ok(delivery) => delivery,
        Err(failure) => return close(arguments, &Progress::hidden(), 0, 0, None, Some(failure)),
    };
    if arguments.verbose {
        delivery.progress.line(&format!("scanning with {}", ScanPath::detected().as_str()));
    }
    let (response, ended) = run(&mut delivery);
    delivery.progress.clear();
    let Delivery { mut output, skipped, progress, .. } = delivery;
    let failure = match ended {
        Ok(()) => output.finish().err(),
        Err(failure) => {
            // If what came before the failure cannot be written either, that is the lesser news.
            let _lost = output.abandon();
            Some(failure)
        }
    };
    close(arguments, &progress, output.delivered(), skipped, response, failure)
}

fn close(
    arguments: &OutputArguments,
    progress: &Progress,
    delivered: u64,
    skipped: u64,
    response: Option<Summary>,
    failure: Option<Failure>,
) -> u8 {
    // Whoever closed the output early wants to hear nothing more.
    if !matches!(failure, Some(Failure::OutputClosed)) {
        if skipped > SHOWN {
            progress.warn(&format!("skipped {skipped} bad items, of which only the first {SHOWN} are shown"));
        }
        if let Some(response) = &response {
            warn_of_deviations(progress, response, arguments.strict);
            warn_of_truncation(progress, response, failure.as_ref());
        }
        if let Some(failure) = &failure {
            progress.fail(failure);
        }
    }
    let code = failure.as_ref().map_or(0, Failure::code);
    if arguments.summary == Some(SummaryFormat::Json) && code != USAGE {
        let report = Report::new(delivered, skipped, response.as_ref(), failure.as_ref());
        progress.line(&report.to_json());
    }
    code
}

fn warn_of_deviations(progress: &Progress, response: &Summary, strict: bool) {
    for seen in response.tolerated() {
        // In strict mode that is the error.
        if !(seen.deviation == Deviation::UnclosedEnvelope && strict) {
            progress.warn(&describe(seen));
        }
    }
}

/// A server's error outranks the truncation it came with, which is not to go unsaid.
fn warn_of_truncation(progress: &Progress, response: &Summary, failure: Option<&Failure>) {
    let said = matches!(failure, Some(Failure::Response(error))
        if matches!(error.kind(), ErrorKind::Truncated | ErrorKind::Interrupted));
    if response.completeness() == Completeness::Truncated && !said {
        progress.warn("the response is truncated as well");
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
