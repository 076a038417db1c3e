//! What is refused before anything is shown, sent or written.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::arguments::{Format, HeaderSource, OutputArguments, ResumptionArguments, ServerArguments};
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

/// Refuses files that would be lost. `inputs` are those that the run reads, each with its option.
pub(crate) fn files(
    output: &OutputArguments,
    resumption: &ResumptionArguments,
    inputs: &[(&str, &Path)],
) -> Result<(), Failure> {
    let file = destination(output)?;
    let ours = [("--checkpoint", &resumption.checkpoint), ("--resume", &resumption.resume)];
    for (name, path) in ours {
        // Standard output may be a file as well.
        let (Some(path), file) = (path, file.unwrap_or(Path::new("/dev/stdout"))) else { continue };
        is_no_directory(name, path)?;
        if is_overwritten(path, file, output) {
            return Err(Failure::Usage(format!(
                "expected another file for {name} than for the sessions, found {} for both",
                shown(path)
            )));
        }
    }
    for (name, input) in inputs {
        let written = [("-o", file), ("--checkpoint", resumption.checkpoint.as_deref())];
        for (option, written) in written {
            if written.is_some_and(|written| is_overwritten(input, written, output)) {
                return Err(Failure::Usage(format!(
                    "expected another file for {option} than for {name}, found one file for both"
                )));
            }
        }
    }
    if let Some(path) = &resumption.checkpoint {
        if output.format == Format::None {
            return Err(Failure::Usage(
                "expected a format that writes sessions beside --checkpoint, found none: what nobody got \
                 would be recorded as delivered (if that is what you want, send them to the null device)"
                    .to_owned(),
            ));
        }
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

/// Refuses what a run would read and write at the same time. (A file that is replaced as a whole may be
/// the input itself.)
pub(crate) fn input(output: &OutputArguments, input: &Path) -> Result<(), Failure> {
    let Some(file) = destination(output)? else { return Ok(()) };
    let input = if input.as_os_str() == "-" { Path::new("/dev/stdin") } else { input };
    match (output.append && is_same(input, file), is_partial(input, file, output)) {
        (false, false) => Ok(()),
        (true, _) => Err(Failure::Usage(
            "expected another file for --append than the input, found one file for both".to_owned(),
        )),
        (_, true) => Err(Failure::Usage(
            "expected another file for -o: what --keep-partial keeps would take the place of the input"
                .to_owned(),
        )),
    }
}

/// The files that a run reads besides the checkpoint.
pub(crate) fn inputs(server: &ServerArguments) -> Vec<(&'static str, &Path)> {
    let ServerArguments { credentials, tls, header, .. } = server;
    let named = [
        ("--client-secret-file", &credentials.client_secret_file),
        ("--token-file", &credentials.token_file),
        ("--ca-file", &tls.ca_file),
        ("--client-cert", &tls.client_cert),
        ("--client-key", &tls.client_key),
    ];
    let named = named.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)));
    let headers = header.iter().filter_map(|header| match &header.source {
        HeaderSource::File(path) => Some(("--header", path.as_path())),
        HeaderSource::Value(_) => None,
    });
    named.chain(headers).collect()
}

/// The file of `-o`; none for standard output.
fn destination(output: &OutputArguments) -> Result<Option<&Path>, Failure> {
    let Some(file) = output.output.as_deref().filter(|path| path.as_os_str() != "-") else { return Ok(None) };
    if output.format == Format::None {
        return Err(Failure::Usage(
            "expected a format that writes sessions beside -o, found none: the file would be emptied"
                .to_owned(),
        ));
    }
    is_no_directory("-o", file)?;
    Ok(Some(file))
}

/// Whether `path` is what is written to `file`, or what may be kept of it.
fn is_overwritten(path: &Path, file: &Path, output: &OutputArguments) -> bool {
    is_same(path, file) || is_partial(path, file, output)
}

fn is_partial(path: &Path, file: &Path, output: &OutputArguments) -> bool {
    let target = output.keep_partial.then(|| behind_links(file).ok()).flatten();
    target.is_some_and(|target| is_same(path, &partial(&target)))
}

/// A path that ends with a slash is a directory's, whether there is one or not.
fn is_no_directory(option: &str, path: &Path) -> Result<(), Failure> {
    let text = path.as_os_str().as_encoded_bytes();
    if text.last().is_some_and(|&last| std::path::is_separator(last.into())) {
        return Err(Failure::Usage(format!(
            "expected a file for {option}, found the path of a directory: {}",
            shown(path)
        )));
    }
    Ok(())
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
    if path.as_os_str() == "-" {
        return Err(Failure::Usage("expected a file for --checkpoint, found `-`".to_owned()));
    }
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
