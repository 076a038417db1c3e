//! Writes seed corpora: `seeds DIRECTORY` makes a directory for each target in it.
//!
//! Small responses of every layout, envelope and population that the mock server knows, and
//! hostile bits made by hand, each behind a few headers (see `recipe`).

use std::error::Error;
use std::fs;
use std::path::Path;

use mock_pam_core::{EnvelopeShape, Layout, Population, Response};

/// One piece; byte by byte in a window of 64; other chunks; small limits, strict, last duplicate.
const HEADERS: [[u8; 8]; 4] = [
    [0, 255, 255, 0, 0, 0, 0, 0],
    [0, 0, 255, 0, 1, 1, 1, 1],
    [8, 10, 255, 0, 7, 64, 0, 255],
    [0x24, 255, 1, 90, 33, 0, 0, 90],
];

/// Bytes that were, or could be, hard for somebody.
const HOSTILE: &[&[u8]] = &[
    b"",
    b" \n",
    b"\xef\xbb\xbf{\"remote_sessions\":[]}",
    b"\xff\xfe{\0",
    b"<br />\n<b>Warning</b>: {closure} in x.php\n{\"remote_sessions\":[{\"id\":1}]}",
    b"{\"code\":200,\"remote_sessions\":[{\"remote_sessions\":[{\"id\":1}]}",
    b"{\"remote_sessions\":{\"0\":{\"id\":1},\"1\":{\"id\":2}}}",
    b"{\"remote_sessions\":{}}",
    b"{\"remote_sessions\":{\"remote_sessions\":[{\"id\":1}]}}",
    b"{\"remote_sessions\":null,\"remote_sessions\":false,\"remote_session\":\"\"}",
    b"{\"remote_sessions\":[{\"code\":1,\"tenant\":2,\"id\":3},{\"tenant\":\"t\",\"remote_sessions\":[1,null,\"x\"]}]}",
    b"{\"code\":404,\"response\":{\"status\":404,\"message\":\"Resource sub not found\",\"error\":true,\"error_code\":4}}",
    b"{\"error\":\"invalid_client\",\"message\":\"Client authentication failed.\"}",
    b"{\"remote_sessions\":[{\"id\":1,\"id\":2},{\"\\u0069d\":3},{\"user\":\"a\",\"id\":\"4\"},{\"id\":-1},{\"id\":1.0}]}",
    b"{\"remote_sessions\":[{\"id\":5,\"device\":\"a\",\"dispositivo\":\"a\"},{\"id\":5,\"device\":\"a\",\"dispositivo\":\"b\"}]}",
    b"{\"remote_sessions\":[{\"id\":1,\"x\":\"\\\\\\\\\\\\\\\"\\u00e9\\ud83d\\ude00\"},{\"id\":1,\"x\":\"\\ud83d\"}]}",
    b"{\"remote_sessions\":[{\"id\":1,\"x\":\"\xc3\xa9\xf0\x9f\x98\x80\"},{\"id\":1,\"x\":\"\xed\xa0\x80\"}]}",
    b"{\"remote_sessions\":[{\"id\":1,\"x\":\"\x01\"}]}",
    b"{\"remote_sessions\":[{\"id\":1,\"x\":[01,+1,.5,1.,NaN]}]}",
    b"{\"remote_sessions\":[{\"id\":1,\"x\":[1e999,-0,9007199254740993,18446744073709551616]}]}",
    b"{\"remote_sessions\":[{\"id\":1}],\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}",
    b"{\"remote_sessions\":[{\"id\":1}]}{}",
    b"{\"remote_sessions\":[{\"id\":1}],\"response\":{\"error\":true}}",
    b"{\"a\":{\"b\":[1,{\"x\":2},[3]]},\"c\":1}",
    b"[{\"a\":[{\"b\":[1]},{\"b\":[2]}]},null]",
    b"[1,\"two\",{\"id\":3},[4],null,true,-5e-6]",
    b"-12.5e+3",
    b"\"\\u0000\\b\\f\\n\\r\\t\\/\"",
    b"{\"\":{\"\":[{},[],\"\",0]}}",
];

/// Items' texts with views that are hard to read.
const ITEMS: &[&str] = &[
    r#"{"id":"18446744073709551615","start":"2024-05-06T16:05:07.5-03:00","end":"0000-00-00 00:00:00"}"#,
    r#"{"id":1,"time":"100:59:59.123456789","device":"[fe80::1%eth0]:22","origin_ip":"::ffff:1.2.3.4"}"#,
    r#"{"id":1,"prevent_purge":"N\u00e3o","request":-1.5e3,"ITSM":"","device":"a:b:c","time":"1:2"}"#,
    r#"{"id":1,"prevent_purge":1,"x":{"a":[1e999,{}]},"x":-0,"end":"2024-02-30 25:00:00Z"}"#,
    r#"{"id":1,"credencial":"a","credential":"\u0061","start":"+99999-01-01 00:00:00"}"#,
    r#"[1]"#,
];

/// What may come again and again, between what comes once.
const LONG: &[[&str; 3]] = &[
    ["{\"remote_sessions\":[", "{\"id\":1,\"user\":\"a\"},", "{\"id\":2}]}"],
    ["{\"remote_sessions\":[", "{\"id\":\"x\"},", "{\"id\":2}]}"],
    ["{\"remote_sessions\":[{\"id\":1}", " ", "]}"],
    ["{\"remote_sessions\":[", "{\"tenant\":\"t\",\"remote_sessions\":[{\"id\":1}]},", "null]}"],
    [
        "{\"remote_sessions\":[",
        "{\"status\":{\"error\":true,\"message\":\"m\"},\"remote_sessions\":[]},",
        "{\"id\":1}]}",
    ],
    ["{\"remote_sessions\":[", "[", ""],
    ["{\"remote_sessions\":[{\"id\":1,\"x\":\"", "a\\\"", "\"}]}"],
    ["{\"remote_sessions\":[{\"id\":1", ",\"x\":1", "}]}"],
    ["{\"x\":\"", "abc \\u00e9\\\\", "\",\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"x\":[0", ",{\"a\":[1,2.5e3,null],\"b\":\"\"}", "],\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"x\":{\"\":0", ",\"name\":\"\"", "},\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"remote_sessions\":{", "\"7\":{\"id\":1},", "\"8\":{\"id\":1}}}"],
    ["{\"tenant\":\"t\",", "\"a\":\"b\",", "\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"tenant\":\"", "t", "\",\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"", "k", "\":1,\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"x\":", "9", ",\"remote_sessions\":[{\"id\":1}]}"],
    ["", "<b>Warning</b>: x\n", "{\"remote_sessions\":[{\"id\":1}]}"],
    ["{\"remote_sessions\":[{\"id\":1}]}", "\r\n", ""],
    ["[", "{\"id\":1},", "{\"id\":1}]"],
    ["{\"a\":{\"b\":[1", ",{\"x\":[2]}", "]}}"],
];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).ok_or("expected a directory as the argument")?;
    let directory = Path::new(&directory);
    let bodies = bodies();
    for target in ["split_equals_whole", "limits", "async_reader"] {
        let headed = bodies.iter().enumerate().flat_map(|(number, body)| {
            // All headers for the short ones, one each for the others.
            let headers = HEADERS.iter().enumerate();
            headers
                .filter(move |(at, _)| body.len() < 200 || number % 4 == *at)
                .map(|(_, header)| [header, &body[..]].concat())
        });
        write(&directory.join(target), headed)?;
    }
    write(
        &directory.join("paths_agree"),
        items().into_iter().enumerate().map(|(number, item)| {
            let shapes = [0, 0x41, 0xc2, 0x80, 0xff, 0x7f][number % 6];
            [&[0, 255, 255, 0, shapes, number as u8, (number * 31) as u8, b'"'], &item[..]].concat()
        }),
    )?;
    write(&directory.join("paths_agree-values"), values())?;
    write(&directory.join("split_equals_whole-limits"), limits())?;
    write(&directory.join("limits-long"), LONG.iter().flat_map(long))?;
    write(&directory.join("against_serde_json"), bodies.iter().cloned().chain(items()))?;
    write(&directory.join("item_types"), items())?;
    write(&directory.join("sessions"), (1..=160).map(noise))?;
    Ok(())
}

fn bodies() -> Vec<Vec<u8>> {
    let mut bodies: Vec<_> = HOSTILE.iter().map(|bytes| bytes.to_vec()).collect();
    for (turn, layout) in Layout::ALL.into_iter().enumerate() {
        for (place, shape) in EnvelopeShape::ALL.into_iter().enumerate() {
            let number = (turn * 5 + place) as u64;
            let population = Population::ALL[(turn + place) % 3];
            let response = Response::new(1 + number % 5).seed(number).pages(2);
            bodies.push(response.layout(layout).envelope(shape).population(population).to_vec());
        }
    }
    bodies
}

/// Items as they stand in the mock server's lists, and those made by hand.
fn items() -> Vec<Vec<u8>> {
    let mut items: Vec<_> = ITEMS.iter().map(|text| text.as_bytes().to_vec()).collect();
    for layout in Layout::ALL {
        for population in Population::ALL {
            let body =
                Response::new(2).seed(items.len() as u64).layout(layout).population(population).to_vec();
            let mut reader = remote_sessions::Reader::new(&body[..]);
            while let Ok(Some(item)) = reader.next_item() {
                items.push(item.raw().as_bytes().to_vec());
            }
        }
    }
    items
}

/// Each value that `paths_agree` can put in place of another, in several places of two items.
fn values() -> impl Iterator<Item = Vec<u8>> {
    let items =
        [r#"{"id":"7","user":"a","request":5,"x":-1.5}"#, r#"{ "id" : 1 , "end" : null , "time" : "" }"#];
    (0..24u8).flat_map(move |change| {
        let places = [0u8, 60, 120, 180].into_iter();
        places.flat_map(move |place| {
            items.map(|item| [&[0, 255, 255, 0, 0x40, 0, place, change], item.as_bytes()].concat())
        })
    })
}

/// Items that grow by a byte in all respects, under each limit, which each passes in its turn.
fn limits() -> impl Iterator<Item = Vec<u8>> {
    let growing = |size: usize| format!("{{\"{}\":{},\"id\":1}}", "k".repeat(size), "1".repeat(size));
    let items: Vec<_> = (1..30).map(growing).collect();
    let body = format!("{{\"remote_sessions\":[{}]}}", items.join(","));
    (0..8u8).flat_map(move |which| {
        let sizes = [2, 7, 16, 17, 20, 28, 40, 61].into_iter();
        let body = body.clone();
        sizes.map(move |size| [&[0, 30, which, size, 0, 0, 0, 0], body.as_bytes()].concat())
    })
}

/// A response that grows in its middle, as each of the four kinds, in windows of two sizes.
fn long([before, part, after]: &[&str; 3]) -> impl Iterator<Item = Vec<u8>> {
    let body = [*before, *part, *after].concat();
    let (begins, length) = (before.len() as u8, part.len() as u8);
    (0..8u8).map(move |turn| {
        // With text before the JSON, and duplicates of names, let through.
        let flags = 0x28 | turn & 3;
        let window = if turn & 4 == 0 { 0 } else { 255 };
        [&[flags, window, 255, 0, begins, length, turn * 30, 224], body.as_bytes()].concat()
    })
}

/// Bytes for a target that makes its response from them.
fn noise(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = Vec::new();
    for _ in 0..number * 4 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

fn write(directory: &Path, seeds: impl IntoIterator<Item = Vec<u8>>) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(directory)?;
    for (number, seed) in seeds.into_iter().enumerate() {
        fs::write(directory.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}
