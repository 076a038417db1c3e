//! `check`: the way to the list, step by step.

use std::io::{Write as _, stdout};
use std::time::Instant;

use remote_sessions::client::{CheckOutcome, CheckStep, Checked, Retries};

use crate::arguments::ServerArguments;
use crate::connection::{client, runtime};
use crate::exit::Failure;
use crate::fetch::unless_asked;
use crate::interrupt;
use crate::messages;
use crate::precautions;
use crate::terminal::escaped;

pub(crate) fn run(arguments: &ServerArguments) -> u8 {
    interrupt::watch();
    if let Some(limit) = arguments.timeouts.max_time {
        interrupt::limit(limit);
    }
    let checked = check(arguments);
    let code = checked.as_ref().err().map_or(0, Failure::code);
    interrupt::last_words_with(code);
    match checked {
        Ok(()) | Err(Failure::OutputClosed) => {}
        Err(failure) => messages::fail(&failure),
    }
    code
}

fn check(arguments: &ServerArguments) -> Result<(), Failure> {
    precautions::addresses(arguments)?;
    // Each step is taken once.
    let client = client(arguments, Retries::default(), Instant::now())?;
    let (mut whom, mut unwritten) = (None, None);
    let steps = client.check(|checked| {
        if let Err(failure) = print(&line(checked)) {
            unwritten.get_or_insert(failure);
        }
        whom = checked.whom_to_ask();
    });
    let runtime = runtime()?;
    let ended = runtime.block_on(unless_asked(async { steps.await.map_err(Failure::without_response) }));
    // A name that is still being looked up is waited for by nobody.
    runtime.shutdown_background();
    if let (Some(whom), Err(Failure::Response(_) | Failure::Busy(_))) = (whom, &ended) {
        // Beside the error and its remedy, which say what: this says who.
        let _unread = print(&format!("ask: {}\n", whom));
    }
    ended.and(unwritten.map_or(Ok(()), Err))
}

/// One step, in columns.
fn line(checked: &Checked) -> String {
    let (verdict, word) = match &checked.outcome {
        CheckOutcome::Passed(found) => ("ok", found.clone()),
        CheckOutcome::Skipped(reason) => ("skipped", (*reason).to_owned()),
        CheckOutcome::Failed(error) => ("FAILED", error.message().to_owned()),
        // There may be more to come to.
        _ => ("unknown", String::new()),
    };
    let milliseconds = checked.elapsed.as_secs_f64() * 1000.0;
    format!("{:<13} {verdict:<8} {milliseconds:>9.1} ms  {}\n", name(checked.step), escaped(&word))
}

fn name(step: CheckStep) -> String {
    step.to_string()
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|error| Failure::write(&error))
}
