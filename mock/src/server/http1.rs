//! HTTP/1: hyper, until an answer is to go wrong; then the bytes are written by hand.

use core::convert::Infallible;
use core::fmt::Write as _;
use core::future::pending;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::fault::{End, Framing, Head, Script};
use super::handler::{Deed, State};
use super::link::Link;

/// The most that is made ahead of what the client takes, in bytes, beyond the sockets' own buffers.
const AHEAD: usize = 256 * 1024;

/// What was written has arrived after this long, on the way that it has in a test.
pub(crate) const ARRIVAL: Duration = Duration::from_millis(10);

pub(crate) async fn serve(link: Link, state: Arc<State>) {
    let (takeover, mut taken_over) = mpsc::unbounded_channel();
    let service = service_fn(move |request| {
        let (state, takeover) = (Arc::clone(&state), takeover.clone());
        async move {
            match state.answer(request).await {
                Deed::Answer(answer) => Ok::<_, Infallible>(answer),
                Deed::Script(script) => {
                    // The other end is the loop below, which drops this service right away.
                    let _ended = takeover.send(script);
                    pending().await
                }
            }
        }
    });
    let mut connection = http1::Builder::new()
        // A test's clock may jump by hours while a request is on its way.
        .header_read_timeout(None)
        .max_buf_size(AHEAD)
        .writev(true)
        .serve_connection(TokioIo::new(link), service);
    let script = tokio::select! {
        // A client that goes away is its own business; tests see it from the client's side.
        _gone = &mut connection => return,
        script = taken_over.recv() => script,
    };
    if let Some(script) = script {
        let link = connection.into_parts().io.into_inner();
        let _gone = perform(*script, link).await;
    }
}

/// Writes an answer as the script has it. The connection ends with it.
async fn perform(script: Script, mut link: Link) -> io::Result<()> {
    let framing = match script.head {
        Head::Missing => Framing::Close,
        Head::Half => {
            link.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: applica").await?;
            Framing::Close
        }
        Head::Foreign => {
            link.write_all(b"SSH-2.0-OpenSSH_9.6\r\n").await?;
            Framing::Close
        }
        Head::Whole { headers, framing } => {
            link.write_all(head(&headers, &framing).as_bytes()).await?;
            framing
        }
    };
    let mut limit = script.limit;
    let mut pieces = script.pieces;
    while limit > 0
        && let Some(mut piece) = pieces.next()
    {
        piece.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        limit -= piece.len() as u64;
        match script.rate {
            None => send(&mut link, &framing, &piece).await?,
            Some(rate) => drip(&mut link, &framing, piece, rate).await?,
        }
        // A client on the same thread has its turn, lest it be sent a bomb's every byte before it can object.
        tokio::task::yield_now().await;
    }
    link.flush().await?;
    match script.end {
        End::Proper => {
            if framing == Framing::Chunks {
                link.write_all(b"0\r\n\r\n").await?;
            }
            link.shutdown().await
        }
        End::Close => link.shutdown().await,
        End::BadChunk => {
            link.write_all(b"what?\r\nnothing\r\n").await?;
            link.shutdown().await
        }
        End::Stall => stall(&mut link).await,
        End::Reset | End::StreamReset | End::GoAway => {
            // A reset takes along whatever is still on its way.
            tokio::time::sleep(ARRIVAL).await;
            link.abort().set();
            Ok(())
        }
    }
}

fn head(headers: &[(String, String)], framing: &Framing) -> String {
    let mut head = String::from("HTTP/1.1 200 OK\r\nconnection: close\r\n");
    let mut header =
        |name: &str, value: &str| write!(head, "{name}: {value}\r\n").expect("a String takes all");
    for (name, value) in headers {
        header(name, value);
    }
    match framing {
        Framing::Chunks => header("transfer-encoding", "chunked"),
        Framing::Lengths(lengths) => lengths.iter().for_each(|length| header("content-length", length)),
        Framing::Close => {}
    }
    head.push_str("\r\n");
    head
}

async fn send(link: &mut Link, framing: &Framing, piece: &[u8]) -> io::Result<()> {
    // An empty chunk would be the last one.
    if *framing != Framing::Chunks || piece.is_empty() {
        return link.write_all(piece).await;
    }
    let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
    chunk.extend_from_slice(piece);
    chunk.extend_from_slice(b"\r\n");
    link.write_all(&chunk).await
}

/// Sends at a rate in bytes a second, at most twenty times in one.
async fn drip(link: &mut Link, framing: &Framing, mut piece: Bytes, rate: u64) -> io::Result<()> {
    while !piece.is_empty() {
        let drop = piece.split_to(piece.len().min(drop_size(rate)));
        send(link, framing, &drop).await?;
        link.flush().await?;
        tokio::time::sleep(drop_time(drop.len(), rate)).await;
    }
    Ok(())
}

pub(crate) fn drop_size(rate: u64) -> usize {
    usize::try_from((rate / 20).max(1)).unwrap_or(usize::MAX)
}

pub(crate) fn drop_time(bytes: usize, rate: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 / rate as f64)
}

/// Waits until the client goes away.
async fn stall(link: &mut Link) -> io::Result<()> {
    let mut ignored = [0; 1024];
    while link.read(&mut ignored).await? > 0 {}
    Ok(())
}
