//! A response of the shape of the vendor's sample: nested, pretty, two outer brackets missing.

use std::fmt::Write as _;

/// The response. Its last two lines are those of the inner envelope.
pub(crate) fn sample() -> String {
    let status = r#""code": 200,
    "response": {
        "status": 200,
        "message": "",
        "error": false,
        "error_code": 0,
        "detail": "",
        "mensagem": "",
        "erro": false,
        "cod_erro": 0
    },"#;
    let mut text = format!(
        "{{\n    {status}\n    \"remote_sessions\": [\n      {{\n    {status}\n    \"tenant\": \"Acme\",\n    \"remote_sessions\": ["
    );
    for (place, item) in items().iter().enumerate() {
        let separator = if place == 0 { "" } else { "," };
        write!(text, "{separator}\n        {{").unwrap();
        for (place, (name, value)) in item.iter().enumerate() {
            let separator = if place == 0 { "" } else { "," };
            write!(text, "{separator}\n            \"{name}\": {value}").unwrap();
        }
        text.push_str("\n        }");
    }
    text.push_str("\n    ]\n }\n");
    text
}

/// The items as NDJSON has them.
pub(crate) fn lines() -> Vec<String> {
    let member = |(name, value): &(&str, &str)| format!("\"{name}\":{value}");
    items()
        .iter()
        .map(|item| format!("{{{}}}", item.iter().map(member).collect::<Vec<_>>().join(",")))
        .collect()
}

fn items() -> [[(&'static str, &'static str); 14]; 2] {
    let item = |id, credential, device, protocol, hash, [start, end, time]: [&'static str; 3]| {
        [
            ("id", id),
            ("user", "\"Operator\""),
            ("origin_ip", "\"192.0.2.7\""),
            ("credential", credential),
            ("device", device),
            ("protocol", protocol),
            ("proxy", "\"Web Proxy\""),
            ("session_id", hash),
            ("start", start),
            ("end", end),
            ("time", time),
            ("prevent_purge", "\"No\""),
            ("request", "null"),
            ("ITSM", "null"),
        ]
    };
    [
        item(
            "\"3\"",
            "\"backup\"",
            "\"198.51.100.4:3389\"",
            "\"rdp\"",
            "\"0a1b2c3d4e5f60718293a4b5c6d7e8f901234567\"",
            ["\"2025-03-01 08:00:01\"", "\"2025-03-01 08:02:03\"", "\"00:02:02\""],
        ),
        item(
            "\"6\"",
            "\"deploy\"",
            "\"198.51.100.9:22\"",
            "\"ssh\"",
            "\"f0e1d2c3b4a5968778695a4b3c2d1e0f98765432\"",
            ["\"2025-03-01 09:10:00\"", "\"2025-03-01 09:10:42\"", "\"00:00:42\""],
        ),
    ]
}
