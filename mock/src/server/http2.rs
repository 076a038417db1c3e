//! HTTP/2, by the library below hyper: hyper has no way to say GOAWAY with an error.

use core::future::{pending, poll_fn};
use std::sync::Arc;

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http_body_util::{BodyExt, Full};
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::{Request, Response as Answer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::body::Body;
use super::fault::{End, Framing, Head, Script, visible};
use super::handler::{Deed, FORM, State};
use super::http1::{ARRIVAL, drop_size, drop_time};
use super::link::Link;

/// What one stream can do to all.
#[derive(Clone, Debug)]
enum Blow {
    Close,
    Reset,
    /// With a text for whoever looks for the fault.
    GoAway(Vec<u8>),
}

pub(crate) async fn serve(link: Link, state: Arc<State>) {
    state.connected_by_http2();
    let (abort, farewell) = (link.abort(), link.farewell());
    let Ok(mut connection): Result<Connection<_, Bytes>, _> = h2::server::handshake(link).await else {
        return;
    };
    let (blow, mut blows) = mpsc::unbounded_channel();
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            accepted = connection.accept() => {
                // A client that goes away is its own business.
                let Some(Ok((request, respond))) = accepted else { return };
                streams.spawn(exchange(request, respond, Arc::clone(&state), blow.clone()));
            }
            Some(blow) = blows.recv() => match blow {
                Blow::Close => return,
                Blow::Reset => {
                    abort.set();
                    return;
                }
                Blow::GoAway(text) => farewell.say(&goaway(&text)),
            },
        }
        while streams.try_join_next().is_some() {}
    }
}

/// One request and its answer.
async fn exchange(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    state: Arc<State>,
    blow: mpsc::UnboundedSender<Blow>,
) {
    let (parts, body) = request.into_parts();
    // As a careless server does that says which request went wrong.
    let told = parts.headers.get(AUTHORIZATION).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    let Ok(body) = receive(body).await else { return };
    let request = Request::from_parts(parts, Full::<Bytes>::from(body));
    // The only errors are of a client that went away.
    let _gone = match state.answer(request).await {
        Deed::Answer(answer) => send_answer(answer, &mut respond).await,
        Deed::Script(script) => perform(*script, told, &mut respond, &blow).await,
    };
}

/// The body of a request, or more of it than it may have.
async fn receive(mut body: RecvStream) -> Result<Bytes, h2::Error> {
    let mut whole = Vec::new();
    while whole.len() <= FORM
        && let Some(data) = body.data().await
    {
        let data = data?;
        whole.extend_from_slice(&data);
        body.flow_control().release_capacity(data.len())?;
    }
    Ok(whole.into())
}

async fn send_answer(answer: Answer<Body>, respond: &mut SendResponse<Bytes>) -> Result<(), h2::Error> {
    let (parts, mut body) = answer.into_parts();
    let mut stream = respond.send_response(Answer::from_parts(parts, ()), false)?;
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(data) = frame.into_data() {
            send(&mut stream, data).await?;
        }
    }
    stream.send_data(Bytes::new(), true)
}

async fn perform(
    script: Script,
    told: Vec<u8>,
    respond: &mut SendResponse<Bytes>,
    blow: &mpsc::UnboundedSender<Blow>,
) -> Result<(), h2::Error> {
    let mut stream = match script.head {
        Head::Whole { headers, framing } => respond.send_response(head(headers, framing), false)?,
        Head::Missing if script.end == End::Stall => {
            poll_fn(|context| respond.poll_reset(context)).await?;
            return Ok(());
        }
        Head::Missing | Head::Half => {
            return strike(blow, if script.end == End::Reset { Blow::Reset } else { Blow::Close }).await;
        }
        Head::Foreign => {
            respond.send_reset(Reason::PROTOCOL_ERROR);
            return Ok(());
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
            None => send(&mut stream, piece).await?,
            Some(rate) => drip(&mut stream, piece, rate).await?,
        }
        // A client on the same thread has its turn, lest it be sent a bomb's every byte before it can object.
        tokio::task::yield_now().await;
    }
    if script.end != End::Proper {
        // What ends a stream or a connection overtakes what waits to be sent.
        tokio::time::sleep(ARRIVAL).await;
    }
    match script.end {
        End::Proper => stream.send_data(Bytes::new(), true)?,
        End::Close => strike(blow, Blow::Close).await?,
        End::Reset => strike(blow, Blow::Reset).await?,
        End::GoAway => strike(blow, Blow::GoAway(told)).await?,
        End::BadChunk => stream.send_reset(Reason::PROTOCOL_ERROR),
        End::StreamReset => stream.send_reset(Reason::INTERNAL_ERROR),
        End::Stall => {
            poll_fn(|context| stream.poll_reset(context)).await?;
        }
    }
    Ok(())
}

/// The frame by which a server ends all streams (RFC 9113, section 6.8): the library below has no way to
/// give it a text.
fn goaway(text: &[u8]) -> Vec<u8> {
    const TYPE: u8 = 7;
    const INTERNAL_ERROR: u32 = 2;
    let length = u32::try_from(text.len() + 8).unwrap_or(u32::MAX).to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], TYPE, 0];
    // Of the stream 0, of the whole connection; no stream was the last that was cared for.
    frame.extend([0; 8]);
    frame.extend(INTERNAL_ERROR.to_be_bytes());
    frame.extend_from_slice(text);
    frame
}

/// Ends with the connection: were the stream to end before it, the client would be told so.
async fn strike(blow: &mpsc::UnboundedSender<Blow>, what: Blow) -> Result<(), h2::Error> {
    // Nobody listens any more if the connection is over.
    let _over = blow.send(what);
    pending().await
}

fn head(headers: Vec<(String, String)>, framing: Framing) -> Answer<()> {
    let mut answer = Answer::new(());
    let lengths = match framing {
        Framing::Lengths(lengths) => lengths,
        Framing::Chunks | Framing::Close => Vec::new(),
    };
    let lengths = lengths.into_iter().map(|length| ("content-length".to_owned(), length));
    for (name, value) in headers.into_iter().chain(lengths) {
        let name = HeaderName::try_from(name).expect("the names are fixed");
        let value = HeaderValue::try_from(visible(&value)).expect("visible ASCII");
        answer.headers_mut().append(name, value);
    }
    answer
}

async fn send(stream: &mut SendStream<Bytes>, mut bytes: Bytes) -> Result<(), h2::Error> {
    while !bytes.is_empty() {
        stream.reserve_capacity(bytes.len());
        while stream.capacity() == 0 {
            match poll_fn(|context| stream.poll_capacity(context)).await {
                Some(capacity) => capacity?,
                None => return Err(Reason::CANCEL.into()),
            };
        }
        let part = bytes.split_to(bytes.len().min(stream.capacity()));
        stream.send_data(part, false)?;
    }
    Ok(())
}

/// As over HTTP/1: at a rate in bytes a second, at most twenty times in one.
async fn drip(stream: &mut SendStream<Bytes>, mut piece: Bytes, rate: u64) -> Result<(), h2::Error> {
    while !piece.is_empty() {
        let drop = piece.split_to(piece.len().min(drop_size(rate)));
        let time = drop_time(drop.len(), rate);
        send(stream, drop).await?;
        tokio::time::sleep(time).await;
    }
    Ok(())
}
