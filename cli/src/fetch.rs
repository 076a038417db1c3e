//! `fetch`: a response from a server.

use std::cell::OnceCell;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Instant;

use remote_sessions::client::{Body, Client};
use remote_sessions::{AsyncReader, Builder, Summary};
use tokio::runtime::Runtime;

use crate::arguments::{FetchArguments, ServerArguments};
use crate::connection::{client, retries, runtime};
use crate::delivery::{Delivery, deliver};
use crate::exit::Failure;
use crate::interrupt;
use crate::lock::Lock;
use crate::precautions;
use crate::progress::{Measure, Progress, Start};
use crate::resumption::Resumption;

pub(crate) fn run(arguments: &FetchArguments) -> u8 {
    let since = Instant::now();
    if let Some(limit) = arguments.server.timeouts.max_time {
        interrupt::limit(limit);
    }
    // Held to the end of the run: what another one delivers meanwhile would be forgotten.
    let lock = OnceCell::new();
    let resumption = || Resumption::new(&arguments.resumption, &source(&arguments.server));
    let refuse = || {
        precautions::addresses(&arguments.server)?;
        precautions::files(
            &arguments.output,
            &arguments.resumption,
            &precautions::inputs(&arguments.server),
        )?;
        if let Some(path) = &arguments.resumption.checkpoint {
            let _first = lock.set(Lock::take(path)?);
        }
        Ok(())
    };
    deliver(&arguments.output, refuse, resumption, |delivery| {
        let prepared = client(&arguments.server, retries(&arguments.retries), since);
        let prepared = prepared.and_then(|client| Ok((client, runtime()?)));
        let (client, runtime) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return (delivery, None, Err(failure)),
        };
        let ended = fetch(&runtime, &client, &arguments.output.settings(), delivery);
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

fn fetch(
    runtime: &Runtime,
    client: &Client,
    settings: &Builder,
    mut delivery: Delivery,
) -> (Delivery, Option<Summary>, Result<(), Failure>) {
    // Nothing is written before the response is here: whoever waits may see that something waits.
    let mut waiting = Progress::new(Measure::Bytes(None), Start::AtOnce);
    let opening = async { client.remote_sessions_with(settings).await.map_err(Failure::without_response) };
    let opened = runtime.block_on(unless_asked(opening));
    waiting.clear();
    let reader = match opened {
        Ok(reader) => reader,
        Err(failure) => return (delivery, None, Err(failure)),
    };
    if !delivery.is_on_terminal() {
        delivery.progress = Progress::new(Measure::Bytes(reader.get_ref().wire_length()), Start::Late);
    }
    // As a task beside that of the connection: they take turns with no look at the sockets in
    // between, which each waking of `block_on` itself would cost.
    let (reader, delivery, ended) = match runtime.block_on(runtime.spawn(drive(reader, delivery))) {
        Ok(driven) => driven,
        Err(panicked) => resume_unwind(panicked.into_panic()),
    };
    (delivery, Some(reader.summary()), ended)
}

/// In one future for all items: one for each would cost more than reading the item.
async fn drive(
    mut reader: AsyncReader<Body>,
    mut delivery: Delivery,
) -> (AsyncReader<Body>, Delivery, Result<(), Failure>) {
    let all = poll_fn(|context| poll_all(&mut reader, &mut delivery, context));
    let ended = unless_asked(all).await;
    (reader, delivery, ended)
}

/// Delivers what is at hand. A future of the reader may be dropped at any time, so none is kept.
fn poll_all(
    reader: &mut AsyncReader<Body>,
    delivery: &mut Delivery,
    context: &mut Context<'_>,
) -> Poll<Result<(), Failure>> {
    /// Batches between two looks at the counts, where no wait gives an occasion.
    const STRIDE: u32 = 16;
    loop {
        for _ in 0..STRIDE {
            match reader.poll_item(context) {
                Poll::Ready(Ok(true)) => delivery.take(reader.batch())?,
                Poll::Ready(Ok(false)) => return Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {
                    // Sessions are not held back while the server takes its time.
                    delivery.flush()?;
                    look(reader, delivery);
                    return Poll::Pending;
                }
            }
        }
        look(reader, delivery);
    }
}

/// Tells those who want to know how far the run has come.
fn look(reader: &AsyncReader<Body>, delivery: &mut Delivery) {
    delivery.note(reader.summary());
    delivery.progress.update(reader.get_ref().wire_bytes(), delivery.sessions());
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
