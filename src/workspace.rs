//! The only module that reads and writes the project: configuration, documents, templates, outputs, lock.
//!
//! Reading turns files into values for the core; writing is all or nothing (`write`) and never leaves the allowed
//! folders (`confine`). What a difference means is not decided here (`drift`).
#![expect(clippy::disallowed_methods, reason = "this module owns the files")]

pub mod confine;
pub mod file;
pub mod kept;
pub mod load;
mod missing;
pub mod observe;
mod outside;
pub mod protected;
pub mod records;
pub mod run_lock;
pub mod staged;
pub mod state;
pub mod trust;
pub mod write;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigMistake};
use crate::path::normalise;
use crate::record;
use crate::render::quote::{Language, QuoteKind};
use file::Links;
use trust::Lack;
use trust::reach::ReachKind;

/// Name of the configuration file, searched from a document's folder upwards.
pub const CONFIG_NAME: &str = "qvm-tangle.toml";

/// The machine refused: exit code 2. Everything the author of a document can fix is a diagnostic instead.
#[derive(Debug)]
pub enum Failure {
    /// A file or folder could not be read.
    Read(PathBuf, io::Error),
    /// There is no such file or folder; perhaps another one is meant.
    Missing(PathBuf, Option<PathBuf>),
    /// A file or folder could not be written; everything is as it was before.
    Write(PathBuf, io::Error),
    /// Standard output took no more; what was written to files stays written.
    Print(io::Error),
    /// A configuration says what it must not.
    Configuration(PathBuf, ConfigMistake),
    /// A path cannot be what the command needs; why, as a verb phrase.
    Unusable(PathBuf, String),
    /// Something that is no path cannot: an argument, a variable, a program; a sentence.
    Other(String),
    /// A configuration asks for something that needs trust.
    Untrusted(Box<Lack>),
}

impl Failure {
    /// There is no such file or folder.
    pub fn missing(path: &Path) -> Self {
        Self::Missing(path.to_owned(), missing::near(path))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, reason) => write!(f, "cannot read `{}`: {}", shown(path), plain(reason)),
            Self::Missing(path, near) => {
                write!(f, "cannot read `{}`: no such file or directory", shown(path))?;
                near.iter().try_for_each(|near| write!(f, "; did you mean `{}`?", shown(near)))
            }
            Self::Write(path, reason) => {
                write!(f, "cannot write `{}`: {}; nothing was changed", shown(path), plain(reason))
            }
            Self::Print(reason) => write!(f, "cannot write to standard output: {}", plain(reason)),
            Self::Configuration(path, mistake) => write!(f, "`{}` is wrong: {mistake}", shown(path)),
            Self::Unusable(path, reason) => write!(f, "`{}` {reason}", shown(path)),
            Self::Other(sentence) => f.write_str(sentence),
            Self::Untrusted(lack) => write!(f, "`{}` {}", shown(&lack.file), lack.sentence()),
        }
    }
}

/// The system's own words for what went wrong, without Rust's `(os error N)`.
pub fn plain(reason: impl fmt::Display) -> String {
    reason.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// A configuration and the folder that its paths are relative to.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// Absolute folder of the configuration file; none without one.
    pub folder: Option<PathBuf>,
    /// The configuration; the default without a file.
    pub config: Config,
    /// The file that it was read from.
    pub configuration: Option<ConfigurationFile>,
}

/// A configuration file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// Its absolute path.
    pub path: PathBuf,
    /// The hash of its bytes.
    pub sha256: String,
}

impl Project {
    /// A path of the configuration, made absolute; `~` is the home folder.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        let path = with_home(path);
        normalise(&self.folder.as_deref().unwrap_or(Path::new("/")).join(path))
    }

    /// Takes away what leads out of the folder and names programs.
    pub fn drop_reach(&mut self) {
        for reach in trust::reach::asked(self) {
            match reach.kind {
                ReachKind::Documents => self.config.documents.clear(),
                ReachKind::OutDir => self.config.out_dir = None,
                ReachKind::AllowOutside => self.config.allow_outside.clear(),
                ReachKind::Command => self.config.lint.clear(),
            }
        }
    }
}

/// The path with the home folder for a `~` that it begins with.
pub fn with_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(below), Some(home)) => Path::new(&home).join(below),
        (Ok(_), None) | (Err(_), _) => path.to_owned(),
    }
}

/// Reads the configuration at `path`, else the nearest one from `start` upwards.
///
/// # Errors
/// The file is no regular file, cannot be read or says something it must not.
pub fn project(path: Option<&Path>, start: &Path) -> Result<Project, Failure> {
    let found = match path {
        Some(path) => Some(path.to_owned()),
        None => nearest_configuration(start)?,
    };
    let Some(path) = found else { return Ok(Project::default()) };
    let Some(bytes) = file::read(&path, Links::Refuse, file::LARGEST_PART)? else {
        return Err(Failure::missing(&path));
    };
    let sha256 = record::hash(&bytes);
    let wrong = |mistake| Failure::Configuration(path.clone(), mistake);
    let text = std::str::from_utf8(&bytes).map_err(|at| wrong(ConfigMistake::of_bytes(&bytes, at.valid_up_to())))?;
    let config = Config::parse(text).map_err(wrong)?;
    let path = absolute(&path)?;
    let folder = path.parent().map(Path::to_owned);
    Ok(Project { folder, config, configuration: Some(ConfigurationFile { path, sha256 }) })
}

/// The configuration that holds for a path, which may be wrong or none of ours.
///
/// # Errors
/// The current folder is gone.
pub fn nearest_configuration(start: &Path) -> Result<Option<PathBuf>, Failure> {
    Ok(config_places(start)?.into_iter().find(|place| is_there(place)))
}

/// Whether a folder between a project's own and this path has a configuration, so that the path is of that project.
pub fn is_of_project_below(path: &Path, project: &Path) -> bool {
    let is_below = |folder: &&Path| *folder != project && folder.starts_with(project);
    path.ancestors().skip(1).take_while(is_below).any(|folder| is_there(&folder.join(CONFIG_NAME)))
}

/// A link is there, too, and is refused by who reads it: what it leads to is not its folder's.
fn is_there(configuration: &Path) -> bool {
    configuration.symlink_metadata().is_ok()
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

/// A path as messages show it: relative to the current folder where it lies below it, `.` for that folder itself.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let here = here.as_deref().filter(|_| path.is_absolute()).unwrap_or(Path::new("."));
    match path.strip_prefix(here).ok() {
        Some(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Some(below) => below.display().to_string(),
        None => path.display().to_string(),
    }
}

/// A path as a person writes it: with `~` for the home folder.
pub fn with_tilde(path: &Path) -> String {
    let home = std::env::var_os("HOME");
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(below) if below.as_os_str().is_empty() => "~".to_owned(),
        Some(below) => format!("~/{}", below.display()),
        None => path.display().to_string(),
    }
}

/// A path as one word of a command for a shell.
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    // A zero byte, all that quoting refuses, is in no path.
    Language::Shell.quote(&text, QuoteKind::Text).unwrap_or(text)
}
