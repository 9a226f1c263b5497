//! What a job of GitHub Actions tells its steps by its environment: where the repository is, and which file sums the step up.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::report::printable_name;
use crate::workspace::plain;

/// GitHub refuses a longer summary of a step, ours and others' together.
const LONGEST_SUMMARY: u64 = 1024 * 1024;

/// Whether a runner reads what this program prints, and obeys commands in it.
pub(super) fn is_runner() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// What stands before a path to make it one from the root of the repository: GitHub knows of no `working-directory`.
pub(super) fn path_prefix() -> String {
    let root = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from).filter(|root| root.is_absolute());
    let below = || Some(std::env::current_dir().ok()?.strip_prefix(root?).ok()?.display().to_string());
    below().filter(|below| !below.is_empty()).map_or_else(String::new, |below| format!("{below}/"))
}

/// Adds to the step's summary, if there is something to add and a file for it; a line for the log where that fails.
pub(super) fn add_to_summary(text: &str) -> Option<String> {
    let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty() && !text.is_empty())?;
    let refused = add(Path::new(&path), text).err()?;
    Some(format!("the summary of the job could not be written: {}\n", printable_name(&refused)))
}

fn add(path: &Path, text: &str) -> Result<(), String> {
    let length = match fs::metadata(path) {
        Ok(there) if !there.is_file() => return Err("it is no file".to_owned()),
        Ok(there) => there.len(),
        Err(_) => 0,
    };
    if length + text.len() as u64 > LONGEST_SUMMARY {
        return Err("there is no room left in it".to_owned());
    }
    let written = OpenOptions::new().append(true).create(true).open(path).and_then(|mut file| {
        // A whole page in one call: another program of the step may write at the same time.
        file.write_all(text.as_bytes())
    });
    written.map_err(plain)
}
