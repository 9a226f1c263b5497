//! Where outputs may go: inside the root, or a folder that the user allowed by name.
//!
//! A target is checked twice: by its text, and by where symbolic links really lead. What is found here is held to when
//! writing: `write` opens folders without following any link, so one swapped in later is refused by the kernel.

use std::io;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::path::normalise;

/// Absolute, normalised folders that outputs may lie in; the first is the root.
#[derive(Debug, Clone)]
pub struct Roots {
    folders: Vec<Folder>,
}

#[derive(Debug, Clone)]
struct Folder {
    named: PathBuf,
    /// With links resolved, as far as the folder exists.
    real: PathBuf,
}

/// A target's real place: `root` and `relative` hold no symbolic link and no `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfinedPath {
    /// The real path of the allowed folder it lies in.
    pub root: PathBuf,
    /// The rest of the path.
    pub relative: PathBuf,
}

/// Why a target cannot be used; becomes a diagnostic at its declaration.
#[derive(Debug, PartialEq, Eq)]
pub enum TargetRefusal {
    /// The path as written is outside every allowed folder.
    Outside,
    /// A symbolic link on the way leads outside; the path is where to.
    LinkOutside(PathBuf),
    /// The path or a link in it cannot be resolved.
    Unresolvable(String),
    /// A name in it is longer than the file system takes.
    TooLong,
}

impl ConfinedPath {
    /// The whole real path.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.relative)
    }
}

impl Roots {
    /// Roots of one run. The folders need not exist yet.
    ///
    /// # Errors
    /// A folder on the way to one cannot be read.
    pub fn new(root: &Path, allowed: &[PathBuf]) -> Result<Self, Failure> {
        let folders = std::iter::once(root)
            .chain(allowed.iter().map(PathBuf::as_path))
            .map(|named| match real_path(named) {
                Ok(real) => Ok(Folder { named: named.to_owned(), real }),
                Err(reason) => Err(Failure::Read(named.to_owned(), reason)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { folders })
    }

    /// The folder that messages name.
    pub fn root(&self) -> &Path {
        &self.folders[0].named
    }

    /// The first of them with its links resolved.
    pub fn real_root(&self) -> &Path {
        &self.folders[0].real
    }

    /// Whether a path, as it is written, lies in one of them.
    pub fn allow(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| path.starts_with(&folder.named) || path.starts_with(&folder.real))
    }

    /// The real place of an absolute, normalised path.
    ///
    /// # Errors
    /// Says why the path must not be written.
    pub fn place(&self, path: &Path) -> Result<ConfinedPath, TargetRefusal> {
        if !self.allow(path) {
            return Err(TargetRefusal::Outside);
        }
        let real = real_path(path).map_err(|reason| match reason.kind() {
            io::ErrorKind::InvalidFilename => TargetRefusal::TooLong,
            _ => TargetRefusal::Unresolvable(super::plain(&reason)),
        })?;
        self.folders
            .iter()
            .find_map(|folder| {
                let relative = real.strip_prefix(&folder.real).ok()?.to_owned();
                Some(ConfinedPath { root: folder.real.clone(), relative })
            })
            .ok_or(TargetRefusal::LinkOutside(real))
    }
}

/// The path with every link resolved that exists; parts that do not exist yet are kept as they are.
pub(super) fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut missing = Vec::new();
    let mut existing = path.to_owned();
    loop {
        match existing.canonicalize() {
            Ok(mut real) => {
                real.extend(missing.iter().rev());
                return Ok(normalise(&real));
            }
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
                if existing.symlink_metadata().is_ok() {
                    return Err(io::Error::other(format!("`{}` is a link that leads nowhere", existing.display())));
                }
                match (existing.parent().map(Path::to_owned), existing.file_name()) {
                    (Some(parent), Some(name)) => {
                        missing.push(name.to_owned());
                        existing = parent;
                    }
                    (None, _) | (_, None) => return Err(reason),
                }
            }
            Err(reason) => return Err(reason),
        }
    }
}
