//! Names that no document, template or picture may write: what leads this program, git and this machine's memory.
//!
//! Names are compared as a file system without case would compare them, since such a file system may lie below.

use std::ffi::OsStr;
use std::path::Path;

use super::CONFIG_NAME;
use super::state::state_folder;
use crate::record::LOCK_NAME;

/// Why a real path must not be written, as the end of a sentence that begins with the path.
pub(super) fn refusal(real: &Path) -> Option<String> {
    if is_git_own(real) {
        return Some(
            "is git's own: what stands below a `.git` can run programs, so no document may write it".to_owned(),
        );
    }
    let name = plain(real.file_name().unwrap_or_default());
    if [CONFIG_NAME, LOCK_NAME].contains(&name.as_str()) {
        return Some("decides what a run may do, so no document may write it".to_owned());
    }
    let state = state_folder().ok()?;
    let state = state.canonicalize().unwrap_or(state);
    real.starts_with(state).then(|| "is this program's own memory, so no document may write it".to_owned())
}

/// Whether a real path is a `.git` or lies below one.
pub fn is_git_own(real: &Path) -> bool {
    real.components().any(|part| is_git(part.as_os_str()))
}

/// `.git` in any letter case, with characters that some file systems pass over, and by its short name on others: what
/// git refuses as well.
fn is_git(name: &OsStr) -> bool {
    let name = plain(name);
    matches!(name.trim_end_matches(['.', ' ']), ".git" | "git~1")
}

/// A name in lower case, without the characters that HFS+ ignores.
fn plain(name: &OsStr) -> String {
    let is_ignored =
        |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    name.to_string_lossy().chars().filter(|&c| !is_ignored(c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::refusal;

    #[test]
    fn protected_names_are_known_in_any_spelling() {
        for path in [
            "/p/.git/hooks/pre-commit",
            "/p/.git",
            "/p/sub/.GIT/config",
            "/p/.g\u{200c}it/config",
            "/p/.git./config",
            "/p/git~1/config",
            "/p/qvm-tangle.toml",
            "/p/QVM-Tangle.Toml",
            "/p/out/qvm-tangle.lock",
        ] {
            assert!(refusal(Path::new(path)).is_some(), "{path}");
        }
    }

    #[test]
    fn other_names_are_free() {
        for path in ["/p/.gitignore", "/p/.github/x", "/p/git/x", "/p/my.git/x", "/p/not-qvm-tangle.toml", "/p/x.lock"]
        {
            assert_eq!(refusal(Path::new(path)), None, "{path}");
        }
    }
}
