//! What git's index holds, laid out as files: what a pre-commit hook must look at.
//!
//! The index is exported into a scratch folder, and the program moves there. Every path is then the same as in the
//! work tree, seen from the current folder, so that reports need no translation.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::Failure;

/// The exported index; the scratch folder goes with it.
#[derive(Debug)]
pub struct Exported {
    _scratch: TempDir,
}

impl Exported {
    /// Exports the index of the repository around the current folder, and makes its twin the current folder.
    ///
    /// # Errors
    /// There is no repository, no git, or no room.
    pub fn enter() -> Result<Self, Failure> {
        let prefix = git(&["rev-parse", "--show-prefix"])?;
        let top = git(&["rev-parse", "--show-toplevel"])?;
        let scratch = TempDir::new().map_err(|reason| Failure::Write(std::env::temp_dir(), reason))?;
        let target = format!("--prefix={}/", scratch.path().display());
        // From the top, since checkout-index exports what is below the current folder.
        git(&["-C", top.trim_end(), "checkout-index", "--all", "--quiet", &target])?;
        let here = scratch.path().join(prefix.trim_end());
        std::env::set_current_dir(&here)
            .map_err(|_| Failure::Unusable(PathBuf::from("."), "has no staged files".to_owned()))?;
        Ok(Self { _scratch: scratch })
    }
}

/// Whether a path is in a git work tree.
pub fn is_in_work_tree(path: &Path) -> bool {
    path.ancestors().any(|folder| folder.join(".git").exists())
}

fn git(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git").args(arguments).output().map_err(|reason| Failure::Read("git".into(), reason))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let first = message.lines().next().unwrap_or("failed").trim_start_matches("fatal: ");
    Err(Failure::Unusable(format!("git {}", arguments.join(" ")).into(), format!("says: {first}")))
}
