//! What git's index or a revision holds, laid out as files: what a pre-commit hook must look at, and what a plan compares
//! with.
//!
//! To check it, the index is exported into a scratch folder, and the program moves there. Every path is then the same as in the
//! work tree, seen from the current folder, so that reports need no translation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{CONFIG_NAME, Failure, absolute};
use crate::diagnostic::closest;
use crate::path::normalise;

/// The exported index; the scratch folder goes with it.
#[derive(Debug)]
pub struct Exported {
    #[expect(dead_code, reason = "the folder goes with it")]
    scratch: TempDir,
    /// Where the files lie.
    folder: PathBuf,
    /// The work tree that they stand for.
    top: PathBuf,
}

impl Exported {
    /// Exports the index of the repository around the current folder, and makes its twin the current folder.
    ///
    /// # Errors
    /// There is no repository, no git, or no room.
    pub fn enter() -> Result<Self, Failure> {
        let here = absolute(Path::new(CONFIG_NAME))?;
        let no_index =
            || Failure::Other("this folder is in no git work tree, so there is no index to check".to_owned());
        let prefix = git(&["rev-parse", "--show-prefix"]);
        let prefix = prefix.map_err(|refused| if is_in_work_tree(&here) { refused } else { no_index() })?;
        let top = git(&["rev-parse", "--show-toplevel"])?;
        let filters = unfiltered(".")?;
        let scratch = TempDir::new().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
        let target = format!("--prefix={}/", scratch.path().display());
        // From the top, since checkout-index exports what is below the current folder.
        let filters: Vec<&str> = filters.iter().flat_map(|setting| ["-c", setting]).collect();
        git(&[&filters[..], &["-C", line(&top), "checkout-index", "--all", "--quiet", &target]].concat())?;
        let here = scratch.path().join(line(&prefix));
        std::env::set_current_dir(&here)
            .map_err(|_| Failure::Unusable(PathBuf::from("."), "has no staged files".to_owned()))?;
        let folder = scratch.path().to_owned();
        Ok(Self { top: PathBuf::from(line(&top)), folder, scratch })
    }

    /// Exports a revision of the repository around a folder; the current folder stays.
    ///
    /// # Errors
    /// There is no repository, no git, no such revision, or no room.
    pub fn revision(folder: &Path, revision: &str) -> Result<Self, Failure> {
        let inside = folder.display().to_string();
        let in_folder = |arguments: &[&str]| git(&[&["-C", &inside], arguments].concat());
        let top = in_folder(&["rev-parse", "--show-toplevel"])?;
        let commit = format!("{revision}^{{commit}}");
        // What begins with a hyphen would be an option.
        let found = if revision.starts_with('-') { None } else { in_folder(&["rev-parse", "--verify", &commit]).ok() };
        let found = found.ok_or_else(|| Failure::Other(no_revision(&inside, revision)))?;
        let scratch = TempDir::new().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
        let (index, files) = (scratch.path().join("index"), scratch.path().join("files"));
        std::fs::create_dir(&files).map_err(|reason| Failure::Write(files.clone(), reason))?;
        let filters = unfiltered(&inside)?;
        let filters: Vec<&str> = filters.iter().flat_map(|setting| ["-c", setting]).collect();
        let at_top = [&filters[..], &["-C", line(&top)]].concat();
        git_with(&index, &[&at_top[..], &["read-tree", line(&found)]].concat())?;
        let target = format!("--prefix={}/", files.display());
        git_with(&index, &[&at_top[..], &["checkout-index", "--all", "--quiet", &target]].concat())?;
        Ok(Self { top: PathBuf::from(line(&top)), folder: files, scratch })
    }

    /// Where a file of the work tree lies among the exported ones, whether it is there or not; none if it lies elsewhere.
    pub fn exported(&self, path: &Path) -> Option<PathBuf> {
        let real = real_path(path);
        Some(self.folder.join(real.strip_prefix(&self.top).ok()?))
    }

    /// Where in the work tree a real path of the scratch folder stands for; other paths stay.
    pub fn in_work_tree(&self, path: &Path) -> PathBuf {
        let scratch = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        path.strip_prefix(scratch).map_or_else(|_| path.to_owned(), |below| normalise(&self.top.join(below)))
    }
}

/// There is no such revision; perhaps a branch, a tag or a branch elsewhere is meant.
fn no_revision(folder: &str, revision: &str) -> String {
    let names = ["refs/heads", "refs/tags", "refs/remotes"];
    let listed = git(&[&["-C", folder, "for-each-ref", "--format=%(refname:short)"], &names[..]].concat());
    let listed = listed.unwrap_or_default();
    // As many commits are gone back from the one that is meant.
    let (name, back) = revision.split_at(revision.find(['~', '^', '@']).unwrap_or(revision.len()));
    let hint = match closest(name, listed.lines().chain(["HEAD"])) {
        Some(near) if near != name => format!("; did you mean `{near}{back}`?"),
        Some(near) => format!("; `{near}` is there, and has not so many commits before it"),
        None => String::new(),
    };
    format!("git has no revision `{revision}` here{hint}")
}

/// What git prints, without the end of its line.
fn line(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

/// A file's path with its folder's links resolved, as far as the folder exists: a work tree or an index may be reached through
/// a link.
pub fn real_path(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    folder.zip(path.file_name()).map_or_else(|| path.to_owned(), |(folder, name)| folder.join(name))
}

/// Settings that keep the repository's filters from running as files are exported: a committed `.gitattributes` says
/// which file passes through one, and the repository's configuration which program that is.
fn unfiltered(folder: &str) -> Result<Vec<String>, Failure> {
    // Exits with 1 where there is none.
    let names =
        git(&["-C", folder, "config", "--null", "--name-only", "--get-regexp", r"^filter\."]).unwrap_or_default();
    let mut settings = Vec::new();
    for name in names.split('\0').filter_map(|name| name.rsplit_once('.')).map(|(filter, _key)| filter) {
        if name.contains('=') {
            return Err(Failure::Other(format!("`git` has a filter `{name}` that cannot be switched off")));
        }
        settings.extend([format!("{name}.smudge="), format!("{name}.process="), format!("{name}.required=false")]);
    }
    settings.sort();
    settings.dedup();
    Ok(settings)
}

/// So that nothing of a repository's own configuration starts a program: no monitor of its files, no hook, and no fetch
/// of what a partial clone has not.
const HARMLESS: &[&str] = &[
    "--no-optional-locks",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
];

/// Whether a path is in a git work tree.
pub fn is_in_work_tree(path: &Path) -> bool {
    path.ancestors().any(|folder| folder.join(".git").exists())
}

/// Those of some files that version control has: their texts are no secret of this machine.
pub fn tracked(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let in_folder = |folder: &&Path| {
        let patterns = files.iter().filter(|file| file.parent() == Some(*folder));
        let patterns: Vec<String> = patterns.map(|file| format!(":(literal){}", file.display())).collect();
        let mut arguments = vec!["-C", folder.to_str()?, "ls-files", "-z", "--"];
        arguments.extend(patterns.iter().map(String::as_str));
        let names = git(&arguments).ok()?;
        Some(names.split_terminator('\0').map(|name| folder.join(name)).collect::<Vec<_>>())
    };
    folders
        .into_iter()
        .filter(|folder| is_in_work_tree(folder))
        .filter_map(|folder| in_folder(&folder))
        .flatten()
        .collect()
}

fn git(arguments: &[&str]) -> Result<String, Failure> {
    run(Command::new("git"), arguments)
}

/// With an index of our own, so that the repository's stays as it is.
fn git_with(index: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new("git");
    command.env("GIT_INDEX_FILE", index);
    run(command, arguments)
}

fn run(mut command: Command, arguments: &[&str]) -> Result<String, Failure> {
    command.args(HARMLESS).args(arguments).stdin(Stdio::null());
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    let output = command.output().map_err(|reason| Failure::Read("git".into(), reason))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let first = message.lines().next().unwrap_or("failed").trim_start_matches("fatal: ");
    Err(Failure::Other(format!("`git {}` says: {first}", arguments.join(" "))))
}
