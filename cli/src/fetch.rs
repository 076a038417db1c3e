//! `fetch`: a response from a server.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use remote_sessions::client::{Body, Client};
use remote_sessions::{AsyncReader, Summary};

use crate::arguments::{FetchArguments, ServerArguments};
use crate::connection::{client, runtime};
use crate::delivery::{Delivery, deliver};
use crate::exit::Failure;
use crate::interrupt;
use crate::precautions;
use crate::progress::{Measure, Progress, Start};
use crate::resumption::Resumption;

pub(crate) fn run(arguments: &FetchArguments) -> u8 {
    let resumption = || Resumption::new(&arguments.resumption, &source(&arguments.server));
    let refuse = || {
        precautions::addresses(&arguments.server)?;
        precautions::files(&arguments.output, &arguments.resumption)
    };
    deliver(&arguments.output, refuse, resumption, |delivery| {
        let prepared = client(&arguments.server).and_then(|client| Ok((client, runtime()?)));
        let (client, runtime) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return (None, Err(failure)),
        };
        if let Some(limit) = arguments.server.timeouts.max_time {
            interrupt::limit(limit);
        }
        let ended = runtime.block_on(fetch(&client, arguments, delivery));
        // A name that is still being looked up is waited for by nobody.
        runtime.shutdown_background();
        ended
    })
}

/// Which list it is, for checkpoints: where it is, without what the server takes for the same.
fn source(server: &ServerArguments) -> String {
    /// What `--path` says by default.
    const USUAL: &str = "api/pam/session/remotesessions";
    let base = server.url.trim().trim_end_matches('/');
    match server.path.as_deref().map(|path| path.trim().trim_start_matches('/')) {
        Some(path) if path != USUAL => format!("{base} {path}"),
        _ => base.to_owned(),
    }
}

async fn fetch(
    client: &Client,
    arguments: &FetchArguments,
    delivery: &mut Delivery,
) -> (Option<Summary>, Result<(), Failure>) {
    // Nothing is written before the response is here: whoever waits may see that something waits.
    let mut waiting = Progress::new(Measure::Bytes(None), Start::AtOnce);
    let settings = arguments.output.settings();
    let opening = async { client.remote_sessions_with(&settings).await.map_err(Failure::without_response) };
    let opened = unless_asked(opening).await;
    waiting.clear();
    let mut reader = match opened {
        Ok(reader) => reader,
        Err(failure) => return (None, Err(failure)),
    };
    if !delivery.is_on_terminal() {
        delivery.progress = Progress::new(Measure::Bytes(reader.get_ref().wire_length()), Start::Late);
    }
    let ended = drive(&mut reader, delivery).await;
    (Some(reader.summary()), ended)
}

async fn drive(reader: &mut AsyncReader<Body>, delivery: &mut Delivery) -> Result<(), Failure> {
    /// Items between two looks at the counts, where no wait gives an occasion.
    const STRIDE: u64 = 256;
    for count in 1.. {
        let mut waited = false;
        {
            let mut next = pin!(reader.next_with_tenant());
            let item = poll_fn(|context| {
                let polled = next.as_mut().poll(context).map_err(Failure::from);
                if polled.is_pending() {
                    waited = true;
                    // Sessions are not held back while the server takes its time.
                    if let Err(failure) = delivery.flush() {
                        return Poll::Ready(Err(failure));
                    }
                }
                polled
            });
            match unless_asked(item).await? {
                Some((item, tenant)) => delivery.take(item, tenant)?,
                None => break,
            }
        }
        if waited || count % STRIDE == 0 {
            delivery.note(reader.summary());
            delivery.progress.update(reader.get_ref().wire_bytes(), delivery.sessions());
        }
    }
    Ok(())
}

/// Waits for a result or for a signal, whichever comes first.
pub(crate) async fn unless_asked<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let (mut work, mut asked) = (pin!(work), pin!(interrupt::asked()));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(result),
        Poll::Pending => asked.as_mut().poll(context).map(Err),
    })
    .await
}
