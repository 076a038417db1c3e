//! The long texts below the options.

use mock_pam_core::Fault;

use crate::exit::CODES;

pub(super) fn overview() -> String {
    format!(
        "{CODES}\n\n{ENVIRONMENT}\n\nExamples:\n  remote-sessions demo\n{READ_EXAMPLES}\n{FETCH_EXAMPLES}\n\n{TIMER}"
    )
}

pub(super) fn read() -> String {
    format!("{SUMMARY}\n\n{CODES}\n\nExamples:\n{READ_EXAMPLES}")
}

pub(super) fn fetch() -> String {
    format!("{SUMMARY}\n\n{CODES}\n\n{ENVIRONMENT}\n\nExamples:\n{FETCH_EXAMPLES}\n\n{TIMER}")
}

pub(super) fn check() -> String {
    format!("{CHECK_CODES}\n\n{ENVIRONMENT}\n\nExamples:\n{CHECK_EXAMPLES}")
}

pub(super) fn mock() -> String {
    let width = Fault::HELP.iter().map(|(spelling, _)| spelling.len()).max().unwrap_or_default();
    let faults: Vec<_> =
        Fault::HELP.iter().map(|(spelling, line)| format!("  {spelling:<width$}  {line}\n")).collect();
    format!("Faults:\n{}\n{MOCK}", faults.concat())
}

const ENVIRONMENT: &str = "\
Environment:
  REMOTE_SESSIONS_URL            as --url
  REMOTE_SESSIONS_CLIENT_ID      as --client-id
  REMOTE_SESSIONS_CLIENT_SECRET  the client secret, unless --client-secret-file is given
  HTTPS_PROXY, HTTP_PROXY,       the proxy, unless --proxy or --no-proxy is given; NO_PROXY:
  ALL_PROXY, NO_PROXY            the hosts that are reached without it
  SSL_CERT_FILE, SSL_CERT_DIR    the authorities to trust, in place of the system's
  REMOTE_SESSIONS_SCAN           avx512, avx2, portable or scalar: the CPU instructions to use";

const READ_EXAMPLES: &str = "  remote-sessions read saved.json > sessions.ndjson
  remote-sessions read --format csv -o sessions.csv saved.json
  gunzip -c saved.json.gz | remote-sessions read --strict --summary json > sessions.ndjson";

const FETCH_EXAMPLES: &str = "  remote-sessions fetch --url https://pam.example --client-id agent \\
      --client-secret-file secret.txt --strict -o sessions.ndjson
  remote-sessions fetch --format csv > sessions.csv   (all of it from the environment)
  remote-sessions fetch --strict -o sessions.ndjson --append \\
      --checkpoint sessions.state --resume sessions.state   (only what is new)";

const CHECK_EXAMPLES: &str = "  remote-sessions check --url https://pam.example --client-id agent \\
      --client-secret-file secret.txt
  remote-sessions check --ca-file ca.pem   (the rest from the environment)";

const CHECK_CODES: &str = "\
Exit codes:
  0    every step succeeded
  1    local failure: a file, standard output
  2    usage
  3    the list is malformed before its first session
  4    the list is truncated
  5    the server reported an error, or refused the credentials or a redirect was refused
  6    not reached: name, connection, TLS, a time-out or a busy server
  130  ended by SIGINT; 143: by SIGTERM";

const TIMER: &str = "\
Timer:
  Every five minutes, by systemd; docs/operating.md has all of it.
  # remote-sessions.service                 # remote-sessions.timer
  [Service]                                 [Timer]
  Type=oneshot                              OnCalendar=*:0/5
  LoadCredential=secret:/etc/pam/secret     [Install]
  StateDirectory=remote-sessions            WantedBy=timers.target
  Environment=REMOTE_SESSIONS_URL=https://pam.example REMOTE_SESSIONS_CLIENT_ID=agent
  ExecStart=remote-sessions fetch --strict --client-secret-file %d/secret \\
      -o %S/remote-sessions/sessions.ndjson --append \\
      --checkpoint %S/remote-sessions/state --resume %S/remote-sessions/state";

const MOCK: &str = "\
Exit codes:
  0  stopped by a signal (SIGINT, SIGTERM)
  1  the address cannot be listened on, or a certificate not be written
  2  usage

Examples:
  remote-sessions mock --items 10000000
  remote-sessions mock --layout pretty --envelope unclosed --listen 127.0.0.1:8080
  remote-sessions mock --failure not-authorized
  remote-sessions mock --fault status:503+times:2 --fault reset-after:100000+times:1
  remote-sessions mock --tls valid --http2 --encoding zstd";

pub(super) const COMPLETIONS: &str = "\
Examples:
  remote-sessions completions bash > /etc/bash_completion.d/remote-sessions
  remote-sessions completions zsh > ~/.zfunc/_remote-sessions
  remote-sessions completions fish > ~/.config/fish/completions/remote-sessions.fish";

pub(super) const MAN: &str = "\
Examples:
  remote-sessions man fetch | man -l -
  remote-sessions man > /usr/local/share/man/man1/remote-sessions.1
  remote-sessions man fetch > /usr/local/share/man/man1/remote-sessions-fetch.1";

const SUMMARY: &str = "\
The summary is one JSON object with these members:
  schema           1
  sessions         sessions delivered (0 if -o FILE was left as it was, or if it was
                   replaced and then its directory could not be synced: exit code 1)
  skipped          bad items passed over
  known            sessions passed over because --resume knows them
  bytes            bytes of the response, after decompression
  completeness     complete, unclosed_envelope, truncated, or failed: any other end,
                   such as a signal or an output that was closed early
  tolerated        what was accepted although undocumented: kind, count, first_offset
  envelopes        the first 15 and the last: code, status, tenant, message, error
  envelopes_total  how many there were
  error            null, or kind, message, offset, item";
