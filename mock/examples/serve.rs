//! Runs a server until it is interrupted.
//!
//! ```text
//! cargo run --release -p mock-pam-core --example serve [ITEMS [LAYOUT [ENVELOPE [FAULT ...]]]]
//! ```
#![allow(clippy::print_stdout)]

use mock_pam_core::{FaultPlan, MockPamCore, Response};

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut response = Response::new(arguments.next().map_or(Ok(1_000_000), |text| text.parse())?);
    if let Some(layout) = arguments.next() {
        response = response.layout(layout.parse()?);
    }
    if let Some(shape) = arguments.next() {
        response = response.envelope(shape.parse()?);
    }
    let mut server = MockPamCore::builder().credentials("demo", "demo").response(response).gzip(true);
    for fault in arguments {
        server = server.fault(fault.parse::<FaultPlan>()?);
    }
    let server = server.start_in_thread()?;
    let url = server.url();
    println!(
        "token: curl -d grant_type=client_credentials -d client_id=demo -d client_secret=demo {url}/iso/oauth2/token"
    );
    println!("list:  curl -H 'Authorization: Bearer TOKEN' {url}/api/pam/session/remotesessions");
    loop {
        std::thread::park();
    }
}
