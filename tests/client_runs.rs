//! Many runs with faults chosen by chance, each resumed from its checkpoint until the list is
//! complete: no run hangs, none that is cut looks complete, no item comes twice or is lost.
//!
//! 300 runs unless `REMOTE_SESSIONS_FAULT_RUNS` says how many; `REMOTE_SESSIONS_FAULT_SEED` says
//! with which seed they begin.
#![cfg(all(feature = "client", feature = "checkpoint"))]

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use mock_pam_core::{Encoding, EnvelopeShape, Fault, Layout, MockPamCore, Response, Tls};
use remote_sessions::client::{Client, Retries, Timeouts};
use remote_sessions::{Builder, Checkpoint, Completeness, Error};
use tokio::time::timeout;

/// A run that takes longer than this hangs: every time-out in it is far shorter.
const HANGS: Duration = Duration::from_secs(60);

/// More faults than this are not set for one list.
const FAULTS: u64 = 3;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// Shapes whose end can be told from a cut.
const SHAPES: [EnvelopeShape; 4] =
    [EnvelopeShape::Flat, EnvelopeShape::Nested, EnvelopeShape::Late, EnvelopeShape::Pages];

fn server(seed: u64) -> (mock_pam_core::Builder, Response) {
    let response = Response::new(200 + seed % 300)
        .seed(seed)
        .envelope(SHAPES[(seed % 4) as usize])
        .layout(Layout::ALL[(seed / 4 % Layout::ALL.len() as u64) as usize]);
    let server = MockPamCore::builder().response(response.clone());
    let server = match seed / 3 % 4 {
        0 => server,
        at => server.encoding(Encoding::ALL[at as usize - 1]),
    };
    let server = match seed % 5 {
        0 => server.tls(Tls::Valid).http2(),
        1 => server.tls(Tls::Valid),
        _ => server,
    };
    (server, response)
}

fn client(server: &MockPamCore) -> Client {
    let (mut timeouts, mut retries) = (Timeouts::default(), Retries::default());
    (timeouts.first_byte, timeouts.idle) = (Duration::from_millis(500), Duration::from_millis(100));
    timeouts.total = Some(Duration::from_secs(2));
    (retries.tries, retries.within) = (2, Duration::from_millis(10));
    let builder = Client::builder(server.url())
        .credentials("mock-client", "mock-secret".into())
        .timeouts(timeouts)
        .retries(retries);
    let builder = match server.ca_pem() {
        Some(pem) => builder.ca_certificates(pem.as_bytes()),
        None => builder,
    };
    builder.build().unwrap()
}

/// One run from this checkpoint on: what was delivered, and how it ended.
async fn run(client: &Client, checkpoint: &mut Checkpoint, delivered: &mut Vec<String>) -> Result<(), Error> {
    let mut reader = client.remote_sessions_with(&Builder::new().strict(true)).await?;
    loop {
        match reader.next_with_tenant().await? {
            Some((item, tenant)) => {
                let session = item.session().expect("no item of the mock is odd");
                if !checkpoint.has(&session, tenant) {
                    delivered.push(identity(session.id(), session.session_id().map(|id| id.to_str().into())));
                    checkpoint.record(&session, tenant)?;
                }
            }
            None => {
                assert_eq!(reader.summary().completeness(), Completeness::Complete);
                return Ok(());
            }
        }
    }
}

fn identity(id: u64, session_id: Option<String>) -> String {
    format!("{id} {}", session_id.unwrap_or_default())
}

/// A list with some faults, resumed until it is complete. How often it ended how.
async fn resume(seed: u64) -> BTreeMap<String, u32> {
    let (server, response) = server(seed);
    let server = server.start().await.unwrap();
    let faults: Vec<_> = (0..=seed % FAULTS).map(|at| Fault::seeded(seed * FAULTS + at)).collect();
    for fault in &faults {
        server.add_fault(fault.clone().times(1));
    }
    let client = client(&server);
    let (mut checkpoint, mut delivered, mut ends) = (Checkpoint::new(), Vec::new(), BTreeMap::new());
    let mut errors = Vec::new();
    let mut is_complete = false;
    // Each fault strikes once and spoils one run at most; but on a machine that has much to do, the
    // short time-outs fire without any.
    for _ in 0..faults.len() + 30 {
        let saved = serde_json::to_string(&checkpoint).unwrap();
        checkpoint = serde_json::from_str(&saved).unwrap();
        let before = delivered.len();
        let outcome = timeout(HANGS, run(&client, &mut checkpoint, &mut delivered)).await;
        let outcome = outcome.unwrap_or_else(|_| panic!("seed {seed} hangs: {faults:?}"));
        assert_eq!(checkpoint.items(), delivered.len() as u64);
        let end = match outcome {
            Ok(()) => "complete".to_owned(),
            Err(error) => {
                assert!(error.remedy().is_some(), "seed {seed}: {error}");
                errors.push(error.to_string());
                error.kind().to_string()
            }
        };
        *ends.entry(end.clone()).or_default() += 1;
        if end == "complete" {
            is_complete = true;
            break;
        }
        assert!(delivered.len() >= before);
    }
    let expected: Vec<_> =
        response.sessions().map(|session| identity(session.id, session.session_id)).collect();
    assert!(is_complete, "seed {seed}: still not complete after {faults:?}: {errors:#?}");
    // In order, once each, whole: what "complete" has to mean.
    assert!(
        delivered == expected,
        "seed {seed}: {} of {} items: {faults:?}",
        delivered.len(),
        expected.len()
    );
    ends
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "how the runs ended is worth knowing")]
async fn row_24_seeded_faults_end_in_a_complete_list_without_repetition() {
    let runs = number("REMOTE_SESSIONS_FAULT_RUNS", 300);
    let first = number("REMOTE_SESSIONS_FAULT_SEED", 0);
    let mut all = BTreeMap::<String, u32>::new();
    let mut running = futures_util::stream::iter(first..first + runs).map(resume).buffer_unordered(16);
    while let Some(ends) = running.next().await {
        for (end, count) in ends {
            *all.entry(end).or_default() += count;
        }
    }
    eprintln!("{runs} lists: {all:?}");
    assert_eq!(u64::from(all["complete"]), runs);
    // The faults do strike, before and after the first item.
    if runs >= 100 {
        for kind in ["interrupted", "transport", "timeout", "api", "authentication"] {
            assert!(all.get(kind).is_some_and(|count| *count > 0), "no run ended with {kind}: {all:?}");
        }
    }
}
