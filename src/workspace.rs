//! The only module that reads and writes the project: configuration, documents, templates, outputs, lock.
//!
//! Reading turns files into values for the core; writing is all or nothing (`write`) and never leaves the allowed
//! folders (`confine`). What a difference means is not decided here (`drift`).
#![expect(clippy::disallowed_methods, reason = "this module owns the files")]

pub mod confine;
pub mod load;
pub mod observe;
pub mod staged;
pub mod state;
pub mod turn;
pub mod write;

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::config::Config;

/// Name of the configuration file, searched from a document's folder upwards.
pub const CONFIG_NAME: &str = "qvm-tangle.toml";

/// The machine refused: exit code 2. Everything the author of a document can mend is a diagnostic instead.
#[derive(Debug)]
pub enum Failure {
    /// A file or folder could not be read.
    Read(PathBuf, io::Error),
    /// A file or folder could not be written; everything is as it was before.
    Write(PathBuf, io::Error),
    /// Standard output took no more; what was written to files stays written.
    Print(io::Error),
    /// A path cannot be what the command needs.
    Unusable(PathBuf, String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, reason) => write!(f, "cannot read `{}`: {}", shown(path), plain(reason)),
            Self::Write(path, reason) => {
                write!(f, "cannot write `{}`: {}; nothing was changed", shown(path), plain(reason))
            }
            Self::Print(reason) => write!(f, "cannot write to standard output: {}", plain(reason)),
            Self::Unusable(path, reason) => write!(f, "`{}` {reason}", shown(path)),
        }
    }
}

/// The system's own words without Rust's `(os error N)`.
fn plain(reason: &io::Error) -> String {
    let text = reason.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// A configuration and the folder that its paths are relative to.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Absolute folder of the configuration file; none without one.
    pub folder: Option<PathBuf>,
    /// The configuration; the default without a file.
    pub config: Config,
}

impl Project {
    /// A path of the configuration, made absolute.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        normalise(&self.folder.as_deref().unwrap_or(Path::new("/")).join(path))
    }
}

/// Reads the configuration at `path`, else the nearest one from `start` upwards.
///
/// # Errors
/// The file cannot be read or says something it must not.
pub fn project(path: Option<&Path>, start: &Path) -> Result<Project, Failure> {
    let found = match path {
        Some(path) => Some(path.to_owned()),
        None => config_places(start)?.into_iter().find(|path| path.is_file()),
    };
    let Some(path) = found else { return Ok(Project::default()) };
    let text = std::fs::read_to_string(&path).map_err(|reason| Failure::Read(path.clone(), reason))?;
    let config =
        Config::parse(&text).map_err(|reason| Failure::Unusable(path.clone(), format!("is wrong: {reason}")))?;
    let folder = absolute(&path)?.parent().map(Path::to_owned);
    Ok(Project { folder, config })
}

/// Where a configuration may be, the nearest place first.
///
/// # Errors
/// The current folder is gone.
pub fn config_places(start: &Path) -> Result<Vec<PathBuf>, Failure> {
    Ok(absolute(start)?.ancestors().map(|folder| folder.join(CONFIG_NAME)).collect())
}

/// The path made absolute and lexically normalised.
///
/// # Errors
/// The current folder is gone.
pub fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map(|path| normalise(&path)).map_err(|reason| Failure::Read(path.to_owned(), reason))
}

/// Resolves `.` and `..` by text, as Emacs' `expand-file-name` does (rule T-050).
pub fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(part),
        }
    }
    normal
}

/// A path as messages show it: relative to the current folder where it lies below it.
pub fn shown(path: &Path) -> String {
    std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned))
        .unwrap_or_else(|| path.to_owned())
        .display()
        .to_string()
}

/// `path` as seen from `folder`, with `..` where needed and `/` between parts; both absolute and normalised.
pub fn relative(path: &Path, folder: &Path) -> String {
    let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common).map(|_| "..".to_owned());
    let down = path.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A relative path with `/` between its parts.
pub fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{normalise, relative};

    #[test]
    fn paths_are_taken_by_text() {
        assert_eq!(normalise(Path::new("/p/./a/../../b//c/")), Path::new("/b/c"));
        assert_eq!(relative(Path::new("/p/org/a.org"), Path::new("/p/generated")), "../org/a.org");
        assert_eq!(relative(Path::new("/p/a/b"), Path::new("/p")), "a/b");
    }
}
