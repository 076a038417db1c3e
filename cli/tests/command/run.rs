//! One run of the command, and what came of it.

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use serde_json::Value;

/// Whoever started the tests may have told them to ignore SIGINT, as shells do with what runs in the background,
/// and the command keeps to that. What is caught here is not ignored in what is started from here.
#[cfg(target_os = "linux")]
fn heed_interrupts() {
    use signal_hook::consts::SIGINT;
    static HEEDED: std::sync::Once = std::sync::Once::new();
    HEEDED.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status").expect("a process's status");
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).expect("a mask");
        let ignored = u64::from_str_radix(ignored.trim(), 16).expect("a hexadecimal mask");
        if ignored >> (SIGINT - 1) & 1 == 1 {
            signal_hook::flag::register(SIGINT, std::sync::Arc::default())
                .expect("a signal that can be caught");
        }
    });
}

/// The command with these arguments, in an environment without settings.
pub(crate) fn command(arguments: &[&str]) -> Command {
    #[cfg(target_os = "linux")]
    heed_interrupts();
    let mut command = Command::new(env!("CARGO_BIN_EXE_remote-sessions"));
    for name in ["URL", "CLIENT_ID", "CLIENT_SECRET", "SCAN"] {
        command.env_remove(format!("REMOTE_SESSIONS_{name}"));
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.args(arguments);
    command
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `read` (or whatever the arguments say) with `input` on standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Run {
    Run::of(command(arguments), input)
}

impl Run {
    pub(crate) fn of(mut command: Command, input: &[u8]) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        thread::scope(|scope| {
            // A command that ends before it has read everything closes the pipe: no fault here.
            scope.spawn(move || drop(pipe.write_all(input)));
            Self::ended(child)
        })
    }

    pub(crate) fn ended(child: Child) -> Self {
        let output = child.wait_with_output().expect("the command ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8 comes out");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// The last line of standard error, which is to be the summary.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        let line = self.err.lines().last().expect("a line");
        assert!(self.err.ends_with('\n'), "{}", self.err);
        let summary: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(summary["schema"], 1);
        summary
    }

    /// Checks exit code, the summary's completeness and number of sessions, and its error's kind.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, completeness: &str, sessions: u64, error: Option<&str>) -> Value {
        let summary = self.summary();
        assert_eq!(self.code, Some(code), "{}", self.err);
        assert_eq!(summary["completeness"], completeness, "{summary}");
        assert_eq!(summary["sessions"], sessions, "{summary}");
        assert_eq!(summary["error"]["kind"].as_str(), error, "{summary}");
        if error.is_some() {
            assert!(self.err.contains("error: "), "{}", self.err);
        } else {
            assert!(!self.err.lines().any(|line| line.starts_with("error: ")), "{}", self.err);
        }
        summary
    }
}

/// A running command whose output is read while it runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) input: Option<ChildStdin>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::of(command(arguments))
    }

    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let input = child.stdin.take();
        Self { child, input }
    }

    /// Ends its input and waits for its end.
    pub(crate) fn end(mut self) -> Run {
        drop(self.input.take());
        self.wait()
    }

    /// Waits for its end, its input open.
    pub(crate) fn wait(mut self) -> Run {
        let out = self.child.stdout.take().map(text).unwrap_or_default();
        let err = self.child.stderr.take().map(text).unwrap_or_default();
        Run { code: self.child.wait().expect("the command ends").code(), out, err }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("an open input");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the command reads");
    }

    /// One line of standard output, byte by byte: nothing is taken that belongs to later lines.
    pub(crate) fn line(&mut self) -> String {
        let output = self.child.stdout.as_mut().expect("a pipe");
        let mut line = Vec::new();
        let mut byte = [0];
        while output.read(&mut byte).expect("a readable pipe") == 1 && byte != *b"\n" {
            line.push(byte[0]);
        }
        String::from_utf8(line).expect("UTF-8")
    }
}

fn text(mut pipe: impl Read) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).expect("UTF-8 comes out");
    text
}

/// Nothing that a test started outlives it.
impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
