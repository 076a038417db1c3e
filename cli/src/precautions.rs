//! What is refused before anything is shown, sent or written.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::arguments::{OutputArguments, ResumptionArguments, ServerArguments};
use crate::exit::Failure;
use crate::output::{behind_links, is_writable, partial};
use crate::terminal::escaped;

/// Refuses addresses that may hold a secret; says nothing of what is in them.
pub(crate) fn addresses(arguments: &ServerArguments) -> Result<(), Failure> {
    let usage = |message: &str| Err(Failure::Usage(message.to_owned()));
    if arguments.url.contains(['@', '?', '#']) {
        return usage(
            "expected an address without user name, password, query and fragment for --url, found one of them",
        );
    }
    for (name, path) in [("--path", &arguments.path), ("--token-path", &arguments.token_path)] {
        if path.as_ref().is_some_and(|path| path.contains(['?', '#'])) {
            return usage(&format!(
                "expected a path without query and fragment for {name}, found one of them"
            ));
        }
    }
    if arguments.proxy.proxy.as_ref().is_some_and(|proxy| proxy.contains('@')) {
        return usage(
            "expected an address without user name and password for --proxy, found one of them: these \
             belong into the variable HTTPS_PROXY or ALL_PROXY, which other users cannot see",
        );
    }
    Ok(())
}

/// Refuses files that would be lost.
pub(crate) fn files(output: &OutputArguments, resumption: &ResumptionArguments) -> Result<(), Failure> {
    let file = output.output.as_deref().filter(|path| path.as_os_str() != "-");
    let ours = [("--checkpoint", &resumption.checkpoint), ("--resume", &resumption.resume)];
    for (name, path) in ours {
        // Standard output may be a file as well.
        let (Some(path), file) = (path, file.unwrap_or(Path::new("/dev/stdout"))) else { continue };
        let partial = output.keep_partial.then(|| behind_links(file).map(|target| partial(&target)));
        let partial = partial.and_then(Result::ok);
        if is_same(path, file) || partial.is_some_and(|partial| is_same(path, &partial)) {
            return Err(Failure::Usage(format!(
                "expected another file for {name} than for the sessions, found {} for both",
                shown(path)
            )));
        }
    }
    if let Some(path) = &resumption.checkpoint {
        checkpoint(path)?;
    }
    match (file, &resumption.resume) {
        (Some(file), Some(_)) if !output.append && holds_something(file) => Err(Failure::Usage(format!(
            "expected --append beside --resume, or an output file that does not exist yet, found {}: \
             what it holds would be replaced by what is new alone",
            shown(file)
        ))),
        _ => Ok(()),
    }
}

impl ResumptionArguments {
    /// Whether what is resumed from is what is written, however it is spelled.
    pub(crate) fn is_one_file(&self) -> bool {
        match (&self.checkpoint, &self.resume) {
            (Some(checkpoint), Some(resume)) => is_same(checkpoint, resume),
            _ => false,
        }
    }
}

/// A checkpoint is replaced as a whole: nothing but a file can be.
fn checkpoint(path: &Path) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(Failure::Usage(format!(
            "expected a regular file for --checkpoint, found something else: {}",
            shown(path)
        )));
    }
    let writable = behind_links(path).and_then(|target| is_writable(&target));
    writable.map_err(|error| Failure::local("writing the checkpoint", path, &error))
}

fn holds_something(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.len() > 0)
}

/// Whether two paths lead to one file, which need not exist yet.
fn is_same(one: &Path, other: &Path) -> bool {
    if let (Ok(one), Ok(other)) = (fs::metadata(one), fs::metadata(other))
        && is_same_inode(&one, &other)
    {
        return true;
    }
    match (resolved(one), resolved(other)) {
        (Ok(one), Ok(other)) => one == other,
        // Where it cannot be made out nothing can be written either.
        _ => one == other,
    }
}

#[cfg(unix)]
fn is_same_inode(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same_inode(_one: &Metadata, _other: &Metadata) -> bool {
    false
}

/// The one path of a file, of which only the directory has to exist.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let target = behind_links(path)?;
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => fs::canonicalize(parent)?,
        _ => fs::canonicalize(".")?,
    };
    // `..` at the end is a directory, of which the whole path has one spelling.
    target.file_name().map_or_else(|| fs::canonicalize(path), |name| Ok(directory.join(name)))
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string()).into_owned()
}
