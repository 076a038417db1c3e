//! The client against a PAM Core that misbehaves: what can go wrong on the way, and what must come of it.
//! The numbers are those of the rows of the contract that each test keeps.
#![cfg(feature = "client")]

use mock_pam_core::{Fault, MockPamCore, Response};
use remote_sessions::client::{Client, ClientBuilder};
use remote_sessions::{Completeness, Error, ErrorKind, Reader};

#[path = "transport/certificates.rs"]
mod certificates;
#[path = "transport/encodings.rs"]
mod encodings;
#[path = "transport/errors.rs"]
mod errors;
#[path = "transport/framing.rs"]
mod framing;
#[path = "transport/heads.rs"]
mod heads;
#[path = "transport/redirects.rs"]
mod redirects;
#[path = "transport/waiting.rs"]
mod waiting;

/// A client that knows the mock's credentials and trusts its authority.
fn builder(server: &MockPamCore) -> ClientBuilder {
    let builder = Client::builder(server.url()).credentials("mock-client", "mock-secret".into());
    match server.ca_pem() {
        Some(pem) => builder.ca_certificates(pem.as_bytes()),
        None => builder,
    }
}

fn client(server: &MockPamCore) -> Client {
    builder(server).build().unwrap()
}

/// What came of a list: how many items, each the next one of the response, and the end.
#[derive(Debug)]
struct Outcome {
    items: usize,
    end: Result<(), Error>,
}

impl Outcome {
    #[track_caller]
    fn error(&self) -> &Error {
        self.end.as_ref().expect_err("the list cannot be had whole")
    }

    /// A fault of the connection: of one kind before the first item, of another after it.
    #[track_caller]
    fn assert_broken(&self, fault: &Fault) {
        let expected = if self.items == 0 { ErrorKind::Transport } else { ErrorKind::Interrupted };
        let error = self.error();
        assert_eq!(error.kind(), expected, "{fault}: {error}");
        assert!(error.remedy().is_some(), "{fault}");
    }
}

/// Reads the list of `server` to its end. Whatever happens, what comes is a prefix of `response`, an error stays, and
/// only a whole list is called complete.
async fn fetch(client: &Client, response: &Response) -> Outcome {
    let mut reader = match client.remote_sessions().await {
        Ok(reader) => reader,
        Err(error) => return Outcome { items: 0, end: Err(error) },
    };
    let mut expected = response.sessions();
    let mut items = 0;
    let end = loop {
        match reader.next_item().await {
            Ok(Some(item)) => {
                let session = item.session().unwrap();
                let expected = expected.next().expect("no more items than were sent");
                assert_eq!(session.id(), expected.id);
                assert_eq!(session.user().map(|text| text.to_str().into_owned()), expected.user);
                items += 1;
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let again = reader.next_item().await.map(|item| item.is_some());
    match (&end, again) {
        (Ok(()), again) => {
            assert_eq!(reader.summary().completeness(), Completeness::Complete);
            assert_eq!((items, again.unwrap()), (response.items() as usize, false));
        }
        (Err(error), again) => {
            assert_eq!(again.unwrap_err().to_string(), error.to_string(), "an error stays");
            assert!(matches!(
                reader.summary().completeness(),
                Completeness::Truncated | Completeness::Failed
            ));
        }
    }
    assert_eq!(reader.summary().items(), items as u64);
    Outcome { items, end }
}

/// One list of a server with that fault, by HTTP/1 without TLS.
async fn fetch_with(fault: &Fault, response: &Response) -> Outcome {
    let server =
        MockPamCore::builder().response(response.clone()).fault(fault.clone()).start().await.unwrap();
    let outcome = fetch(&client(&server), response).await;
    assert_eq!(server.log().faults, 1, "{fault}");
    outcome
}

/// How many items are whole in the first so many bytes of a body.
fn whole_items(body: &[u8], bytes: usize) -> usize {
    let mut reader = Reader::new(&body[..bytes]);
    let mut items = 0;
    while let Ok(Some(_)) = reader.next_item() {
        items += 1;
    }
    items
}

/// Offsets of every class: nothing, the envelope's head, before, in and after the first item, between others, behind
/// the last one, one byte short of the end, the end.
fn offsets(body: &[u8]) -> Vec<usize> {
    let text = core::str::from_utf8(body).unwrap();
    let list = text.find('[').unwrap() + 1;
    let first_end = text[list..].find("},{").unwrap() + list + 1;
    let last_end = text.rfind("}]").unwrap() + 1;
    let len = body.len();
    vec![
        0,
        1,
        list - 1,
        list,
        list + 1,
        list + 20,
        first_end - 1,
        first_end,
        first_end + 1,
        first_end + 2,
        len / 2,
        last_end - 1,
        last_end,
        last_end + 1,
        len - 1,
        len,
    ]
}
