//! The memory of what is trusted: one small file a place, named by a hash of the place's path, outside of every project.

use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::record::hash;
use crate::workspace::Failure;
use crate::workspace::file::{self, Links};
use crate::workspace::state::state_folder;

/// Whether somebody trusts a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Yes, with the configuration that is there now.
    Trusted,
    /// It was trusted with another configuration.
    Changed,
    /// Nobody has said so.
    Unknown,
}

/// One place that was trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Its real path; for people, since the file's name decides.
    pub place: String,
    /// The hash of the configuration, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
}

/// No entry comes near it.
const LARGEST_ENTRY: u64 = 64 << 10;

/// How a place stands with a configuration of this hash. What cannot be read counts for nothing.
pub fn standing(place: &Path, sha256: Option<&str>) -> Standing {
    match entry(place).ok().and_then(|path| remembered(&path)) {
        Some(remembered) if remembered.sha256.as_deref() == sha256 => Standing::Trusted,
        Some(_) => Standing::Changed,
        None => Standing::Unknown,
    }
}

/// Trusts a place with a configuration of this hash.
///
/// # Errors
/// The memory cannot be written.
pub fn remember(place: &Path, sha256: Option<&str>) -> Result<(), Failure> {
    let path = entry(place)?;
    let folder = path.parent().unwrap_or(&path);
    let failure = |reason| Failure::Write(path.clone(), reason);
    let remembered = Remembered { place: place.display().to_string(), sha256: sha256.map(str::to_owned) };
    let text = toml::to_string(&remembered).expect("two texts are TOML");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failure)?;
    // Written beside and renamed, so that a reader sees the old entry or the new one; it is 0600 from the start.
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failure)?;
    new.as_file().set_permissions(fs::Permissions::from_mode(0o600)).map_err(failure)?;
    new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(failure)?;
    new.persist(&path).map(drop).map_err(|refused| Failure::Write(path.clone(), refused.error))
}

/// Trusts a place no longer; tells whether it was trusted.
///
/// # Errors
/// The memory cannot be written.
pub fn forget(place: &Path) -> Result<bool, Failure> {
    let path = entry(place)?;
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(reason) => Err(Failure::Write(path, reason)),
    }
}

/// Every place that is trusted, by path.
///
/// # Errors
/// The memory cannot be read.
pub fn all() -> Result<Vec<Remembered>, Failure> {
    let folder = folder()?;
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(reason) => return Err(Failure::Read(folder, reason)),
    };
    let mut all: Vec<Remembered> = entries.flatten().filter_map(|entry| remembered(&entry.path())).collect();
    all.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(all)
}

fn folder() -> Result<PathBuf, Failure> {
    Ok(state_folder()?.join("trust"))
}

fn entry(place: &Path) -> Result<PathBuf, Failure> {
    Ok(folder()?.join(hash(place.as_os_str().as_bytes())))
}

fn remembered(path: &Path) -> Option<Remembered> {
    let bytes = file::read(path, Links::Refuse, LARGEST_ENTRY).ok()??;
    toml::from_str(&String::from_utf8(bytes).ok()?).ok()
}
