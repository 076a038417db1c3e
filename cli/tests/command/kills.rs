//! kill -9 at random moments: the target is absent, old or complete, never torn.

#![cfg(unix)]

use std::collections::HashSet;
use std::env;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use mock_pam_core::{MockPamCore, Response};

use crate::folder::folder;
use crate::run::{Running, command};

/// How many kills there are, unless this variable says otherwise.
const VARIABLE: &str = "REMOTE_SESSIONS_KILLS";
const USUAL: u64 = 30;

#[expect(clippy::print_stderr, reason = "how many kills struck is worth knowing in a long run")]
#[test]
fn hostile_31_a_kill_tears_no_file() {
    const SECRET: &str = "mock-secret";
    let kills = env::var(VARIABLE).ok().map_or(USUAL, |text| text.parse().expect("a number of kills"));
    let lists = [Response::new(20_000).seed(1), Response::new(20_000).seed(2)];
    let server = MockPamCore::builder().credentials("id", SECRET).start_in_thread().unwrap();
    let folder = folder(&[]);
    let out = folder.name("out");
    let fetch = ["fetch", "--url", &server.url(), "--client-id", "id", "-q", "-o", &out];
    let start = || {
        let mut command = command(&fetch);
        command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
        Running::of(command)
    };
    let mut took = Duration::ZERO;
    let texts = lists.clone().map(|list| {
        server.set_response(list);
        let began = Instant::now();
        assert_eq!(start().end().code, Some(0));
        took = began.elapsed();
        folder.text("out")
    });
    assert_ne!(texts[0], texts[1]);

    let mut random = Random(kills ^ 0x9e37_79b9_7f4a_7c15);
    let (mut killed, mut ended) = (0, 0);
    let mut present = texts[1].clone();
    // From before the first connection to about the end. Where that is depends on what else the machine
    // does: nine of ten kills are to strike, and some to come just when the file takes its place.
    let mut longest = took;
    for kill in 0..kills {
        let place = usize::from(kill % 2 == 1);
        server.set_response(lists[place].clone());
        if random.below(8) == 0 {
            std::fs::remove_file(&out).unwrap_or_default();
            present = String::new();
        }
        let mut running = start();
        let micros = u64::try_from(longest.as_micros()).expect("not ages") + 1;
        thread::sleep(Duration::from_micros(random.below(micros)));
        running.child.kill().unwrap();
        let done = running.child.wait().unwrap().code() == Some(0);
        let left = std::fs::read_to_string(&out).unwrap_or_default();
        assert!(left == present || left == texts[place], "kill {kill}: a torn file of {} bytes", left.len());
        assert!(
            !done || left == texts[place],
            "kill {kill}: a run that ended well has put its file in place"
        );
        present = left;
        *(if done { &mut ended } else { &mut killed }) += 1;
        longest = if done { longest * 9 / 10 } else { longest * 101 / 100 };
    }
    eprintln!("{killed} runs were killed, {ended} had ended before");
    assert!(kills < 10 || killed > kills / 2, "kills came too late: {killed} of {kills} struck");
}

/// Lines that are appended may come twice after a kill, but none is lost and none is torn.
#[test]
fn hostile_31_a_kill_loses_no_line() {
    const SECRET: &str = "mock-secret";
    let list = Response::new(3000);
    let server =
        MockPamCore::builder().credentials("id", SECRET).response(list.clone()).start_in_thread().unwrap();
    let folder = folder(&[]);
    let (out, state) = (folder.name("out"), folder.name("state"));
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut rounds = 0;
    loop {
        let url = server.url();
        let mut command =
            command(&["fetch", "--url", &url, "--client-id", "id", "-q", "-o", &out, "--append"]);
        command.args(["--checkpoint", &state, "--resume", &state]);
        command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
        let mut running = Running::of(command);
        rounds += 1;
        // In the end there is none.
        if rounds <= 12 {
            thread::sleep(Duration::from_micros(random.below(40_000)));
            let signal = if rounds % 2 == 0 { "-KILL" } else { "-TERM" };
            let sent = Command::new("kill").args([signal, &running.child.id().to_string()]).status();
            // It may have ended before.
            assert!(sent.is_ok(), "there is `kill`");
        }
        if running.child.wait().unwrap().code() == Some(0) && rounds > 12 {
            break;
        }
        assert!(rounds < 20, "the last runs are not killed");
    }
    let expected = crate::run::run(&["read"], &list.to_vec()).out;
    let lines: HashSet<_> = expected.lines().map(str::to_owned).collect();
    let text = folder.text("out");
    let delivered: HashSet<_> = text.lines().map(str::to_owned).collect();
    assert!(text.ends_with('\n'));
    assert_eq!(delivered.len(), lines.len());
    assert!(delivered == lines, "nothing is lost, nothing is torn");
}

/// Moments that no two runs share (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}
