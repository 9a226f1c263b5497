//! The folder that the checkers run in: all outputs of a document, laid out as they will be, and ShellCheck's settings.

use std::fs;
use std::path::{Path, PathBuf};

use super::CheckerMessage;
use super::checker::CheckerJob;
use super::confine::{self, Confined};
use crate::artifact::Artifact;
use crate::build::Trust;
use crate::workspace::Failure;
use crate::workspace::file::{self, Links};

/// The folder, which nobody else can read, and what was left out of it.
pub(super) struct Scratch {
    folder: tempfile::TempDir,
    /// What was left out for each job.
    left_out: Vec<Vec<CheckerMessage>>,
}

impl Scratch {
    pub(super) fn new(
        jobs: &[CheckerJob<'_>],
        artifacts: &[Artifact],
        root: &Path,
        trust: &Trust,
    ) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
        for artifact in artifacts {
            write(&folder.path().join(below(artifact, root)), &artifact.text)?;
        }
        // Always one: ShellCheck would look for it in the folders above, which anybody may write to.
        write(&folder.path().join(SHELLCHECK), &shellcheck_settings(root, trust)?)?;
        let left_out = match trust {
            Trust::Given => jobs.iter().map(|_| Vec::new()).collect(),
            Trust::Withheld(_) => confine(jobs, folder.path())?,
        };
        Ok(Self { folder, left_out })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What was left out of the outputs, for each job.
    pub(super) fn left_out(self) -> Vec<Vec<CheckerMessage>> {
        self.left_out
    }
}

/// An output's path in the folder.
pub(super) fn below(artifact: &Artifact, root: &Path) -> PathBuf {
    artifact.path.strip_prefix(root).unwrap_or(&artifact.path).to_owned()
}

/// Writes the outputs again without what their checkers would run or read.
fn confine(jobs: &[CheckerJob<'_>], folder: &Path) -> Result<Vec<Vec<CheckerMessage>>, Failure> {
    let may_include = |path: &Path| jobs.iter().any(|job| job.checker.name == "nft" && job.below == path);
    let mut left_out = Vec::new();
    for job in jobs {
        let Confined { text, messages } = confine::confine(job.checker, &job.artifact.text, &may_include);
        if !messages.is_empty() {
            write(&folder.join(&job.below), &text)?;
        }
        left_out.push(messages);
    }
    Ok(left_out)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.map_err(|reason| Failure::Write(path.to_owned(), reason))
}

const SHELLCHECK: &str = ".shellcheckrc";

/// The settings that ShellCheck would find for the outputs: from their folder upwards, else the person's own.
fn shellcheck_settings(root: &Path, trust: &Trust) -> Result<String, Failure> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let own = [home.map(|home| home.join(SHELLCHECK)), config.map(|config| config.join("shellcheckrc"))];
    for path in root.ancestors().map(|folder| folder.join(SHELLCHECK)).chain(own.into_iter().flatten()) {
        let bytes = match file::read(&path, Links::Follow, file::LARGEST_PART) {
            Ok(Some(bytes)) => bytes,
            // What this person may not read, ShellCheck could not read either.
            Ok(None) | Err(Failure::Read(..)) => continue,
            Err(failure) => return Err(failure),
        };
        let text = String::from_utf8_lossy(&bytes);
        return Ok(match trust {
            Trust::Given => text.into_owned(),
            Trust::Withheld(_) => confine::shellcheck_settings(&text),
        });
    }
    Ok(String::new())
}
