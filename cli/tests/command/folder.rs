//! A directory for one test.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::run::{Run, command};

pub(crate) struct Folder(TempDir);

/// A directory with these files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> Folder {
    let folder = Folder(tempfile::tempdir().expect("a directory"));
    for (name, text) in files {
        fs::write(folder.path(name), text).expect("a file");
    }
    folder
}

impl Folder {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path as an argument.
    pub(crate) fn name(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().expect("UTF-8")
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a readable file")
    }

    /// What is in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).expect("a directory");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
        names.sort();
        names
    }

    /// Waits until what is in it is as wanted.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&[String]) -> bool) {
        while !wanted(&self.names()) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    /// Runs the command in it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut command = command(arguments);
        command.current_dir(self.0.path());
        Run::of(command, b"")
    }
}
