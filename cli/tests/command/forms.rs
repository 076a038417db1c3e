//! The forms of output, against what the generator says it wrote.

use mock_pam_core::{EnvelopeShape, Layout, Population, Response, Session};
use serde_json::Value;

use crate::run::run;

#[test]
fn csv_cells_hold_what_was_sent() {
    for layout in Layout::ALL {
        for population in Population::ALL {
            let response = Response::new(120).layout(layout).population(population);
            let run = run(&["read", "--format", "csv", "--raw-csv"], &response.to_vec());
            assert_eq!(run.code, Some(0), "{}", run.err);
            let mut reader = csv::Reader::from_reader(run.out.as_bytes());
            let header = "id,user,origin_ip,credential,device,protocol,proxy,session_id,start,end,time,prevent_purge,request,ITSM";
            assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>().join(","), header);
            let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
            let expected: Vec<_> = response.sessions().map(cells).collect();
            assert_eq!(records.len(), expected.len());
            for (record, expected) in records.iter().zip(expected) {
                assert_eq!(record.iter().collect::<Vec<_>>(), expected, "{layout} {population}");
            }
        }
    }
}

fn cells(session: Session) -> Vec<String> {
    let texts = [
        session.user,
        session.origin_ip,
        session.credential,
        session.device,
        session.protocol,
        session.proxy,
        session.session_id,
        session.start,
        session.end,
        session.time,
        session.prevent_purge,
        session.request,
        session.itsm,
    ];
    std::iter::once(session.id.to_string()).chain(texts.map(Option::unwrap_or_default)).collect()
}

#[test]
fn hostile_29_csv_keeps_to_rfc_4180_and_neutralises_formulas() {
    let body =
        r#"{"remote_sessions":[{"id":1,"user":"=1+1","device":"a,\"b\"\r\nc","proxy":"-2","time":null}]}"#;
    let header = "id,user,origin_ip,credential,device,protocol,proxy,session_id,start,end,time,prevent_purge,request,ITSM\r\n";
    let neutral = run(&["read", "--format", "csv"], body.as_bytes());
    assert_eq!(neutral.out, format!("{header}1,'=1+1,,,\"a,\"\"b\"\"\r\nc\",,'-2,,,,,,,\r\n"));
    let raw = run(&["read", "--format", "csv", "--raw-csv"], body.as_bytes());
    assert_eq!(raw.out, format!("{header}1,=1+1,,,\"a,\"\"b\"\"\r\nc\",,-2,,,,,,,\r\n"));
    let empty = run(&["read", "--format", "csv"], br#"{"remote_sessions":[]}"#);
    assert_eq!((empty.code, empty.out.as_str()), (Some(0), header));
}

#[test]
fn ndjson_loses_nothing_of_an_item() {
    let item = "{ \"z\" : [ 1.50 , -0 , 1E+2 ],\t\"id\":\n\"3\" , \"\\u0061\\/\" : \" a \\\" : \\\\\", \"z\" : {\r\n} }";
    let body = format!("{{\"remote_sessions\":[{item}]}}");
    let line = "{\"z\":[1.50,-0,1E+2],\"id\":\"3\",\"\\u0061\\/\":\" a \\\" : \\\\\",\"z\":{}}\n";
    assert_eq!(run(&["read"], body.as_bytes()).out, line);
}

/// Members keep their order and their unknown companions; each line is one value.
#[test]
fn ndjson_keeps_every_member_in_its_order() {
    for layout in [Layout::Pretty, Layout::Shuffled, Layout::Dirty] {
        let response =
            Response::new(100).layout(layout).population(Population::Wide).envelope(EnvelopeShape::Pages);
        let run = run(&["read"], &response.to_vec());
        for (line, session) in run.lines().into_iter().zip(response.sessions()) {
            let value: Value = serde_json::from_str(line).unwrap();
            assert_eq!(value.as_object().unwrap().len(), session.names.len());
            let mut rest = line;
            for name in session.names {
                let at = rest.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name} in {line}"));
                rest = &rest[at + name.len()..];
            }
        }
        assert_eq!(run.lines().len(), 100);
    }
}

#[test]
fn no_form_still_checks_everything() {
    let good = run(&["read", "--format", "none", "--summary", "json"], &Response::new(50).to_vec());
    good.is(0, "complete", 50, None);
    assert_eq!(good.out, "");
    let bad = run(&["read", "--format", "none"], br#"{"remote_sessions":[{"id":-1}]}"#);
    assert_eq!((bad.code, bad.out.as_str()), (Some(3), ""));
}
