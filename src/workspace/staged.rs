//! What git's index holds, laid out as files: what a pre-commit hook must look at.
//!
//! The index is exported into a scratch folder, and the program moves there. Every path is then the same as in the
//! work tree, seen from the current folder, so that reports need no translation.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Failure;
use crate::path::normalise;

/// The exported index; the scratch folder goes with it.
#[derive(Debug)]
pub struct Exported {
    scratch: TempDir,
    top: PathBuf,
}

impl Exported {
    /// Exports the index of the repository around the current folder, and makes its twin the current folder.
    ///
    /// # Errors
    /// There is no repository, no git, or no room.
    pub fn enter() -> Result<Self, Failure> {
        let prefix = git(&["rev-parse", "--show-prefix"])?;
        let top = git(&["rev-parse", "--show-toplevel"])?;
        let filters = unfiltered()?;
        let scratch = TempDir::new().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
        let target = format!("--prefix={}/", scratch.path().display());
        // From the top, since checkout-index exports what is below the current folder.
        let filters: Vec<&str> = filters.iter().flat_map(|setting| ["-c", setting]).collect();
        git(&[&filters[..], &["-C", line(&top), "checkout-index", "--all", "--quiet", &target]].concat())?;
        let here = scratch.path().join(line(&prefix));
        std::env::set_current_dir(&here)
            .map_err(|_| Failure::Unusable(PathBuf::from("."), "has no staged files".to_owned()))?;
        Ok(Self { top: PathBuf::from(line(&top)), scratch })
    }

    /// Where in the work tree a real path of the scratch folder stands for; other paths stay.
    pub fn in_work_tree(&self, path: &Path) -> PathBuf {
        let scratch = self.scratch.path().canonicalize().unwrap_or_else(|_| self.scratch.path().to_owned());
        path.strip_prefix(scratch).map_or_else(|_| path.to_owned(), |below| normalise(&self.top.join(below)))
    }
}

/// What git prints, without the end of its line.
fn line(text: &str) -> &str {
    text.strip_suffix('\n').unwrap_or(text)
}

/// Settings that keep the repository's filters from running as files are exported: a committed `.gitattributes` says
/// which file passes through one, and the repository's configuration which program that is.
fn unfiltered() -> Result<Vec<String>, Failure> {
    // Exits with 1 where there is none.
    let names = git(&["config", "--null", "--name-only", "--get-regexp", r"^filter\."]).unwrap_or_default();
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
    let mut command = Command::new("git");
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
