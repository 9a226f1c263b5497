//! Looks at the places that artifacts would take: confinement, what is there, what is in the way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::confine::{ConfinedPath, Roots, TargetRefusal};
use super::file::{self, LARGEST_TEXT, Links};
use super::{Failure, outside, protected};
use crate::artifact::Artifact;
use crate::diagnostic::{Code, Diagnostic};
use crate::drift::OnDisk;
use crate::path::normalise;

/// The real place and the content of every path that was asked for and may be written.
#[derive(Debug, Default)]
pub struct Observed {
    /// What each path holds.
    pub on_disk: BTreeMap<PathBuf, OnDisk>,
    /// Where each path really is.
    pub places: BTreeMap<PathBuf, ConfinedPath>,
    /// The target that has each real path.
    targets: BTreeMap<PathBuf, PathBuf>,
    /// Folders below which missing folders are made without `:mkdirp`: the out-dir and the destdir are ours.
    made: Vec<PathBuf>,
}

impl Observed {
    /// Nothing yet; `made` are the folders below which missing folders are made without `:mkdirp`: the out-dir and the
    /// destdir are ours.
    pub fn new(made: Vec<PathBuf>) -> Self {
        Self { made, ..Self::default() }
    }

    /// Whether missing folders above an output are made.
    pub fn makes_folders(&self, artifact: &Artifact) -> bool {
        artifact.make_folders || self.made.iter().any(|folder| artifact.path.starts_with(folder))
    }

    /// The folder that is missing (rule T-055): none if some block of this or an earlier target has `:mkdirp`.
    fn check_folder(&self, artifact: &Artifact, place: &ConfinedPath, made: &mut BTreeSet<PathBuf>) -> Option<PathBuf> {
        let real = place.path();
        let folder = real.parent()?;
        if self.makes_folders(artifact) {
            made.extend(folder.ancestors().map(normalise));
            return None;
        }
        (!folder.is_dir() && !made.contains(folder)).then(|| folder.to_owned())
    }

    /// Looks at the artifacts of one document; what is wrong with a target goes to `found`.
    ///
    /// `document` is the absolute path of the Org file.
    ///
    /// # Errors
    /// A file that is there cannot be read.
    pub fn artifacts(
        &mut self,
        artifacts: &[Artifact],
        document: &Path,
        roots: &Roots,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(), Failure> {
        let document = document.canonicalize().ok();
        let mut folders_made = BTreeSet::new();
        let mut folders_missing = BTreeSet::new();
        outside::report(artifacts, roots, found);
        for artifact in artifacts.iter().filter(|artifact| roots.allow(&artifact.path)) {
            let place = check_path(artifact, roots);
            let place = match place.and_then(|place| self.claim(artifact, place, document.as_deref())) {
                Ok(place) => place,
                Err(diagnostic) => {
                    found.push(*diagnostic);
                    continue;
                }
            };
            if let Some(folder) = self.check_folder(artifact, &place, &mut folders_made) {
                // Making it for the first target makes it for the rest.
                if folders_missing.insert(folder.clone()) {
                    found.push(missing_folder(artifact, &folder));
                }
                continue;
            }
            match read(&place)? {
                Some(on_disk) => {
                    self.on_disk.insert(artifact.path.clone(), on_disk);
                    self.places.insert(artifact.path.clone(), place);
                }
                None => found.push(Diagnostic::new(
                    Code::TargetNotAFile,
                    artifact.declared,
                    format!("`{}` is there and is not a regular file", super::shown(&artifact.path)),
                    "choose another file name, or move what is there out of the way",
                )),
            }
        }
        Ok(())
    }

    /// Takes a real path for an artifact, unless it is another's or what this program itself is led by.
    fn claim(
        &mut self,
        artifact: &Artifact,
        place: ConfinedPath,
        document: Option<&Path>,
    ) -> Result<ConfinedPath, Box<Diagnostic>> {
        let refuse =
            |code, message: String, help| Err(Box::new(Diagnostic::new(code, artifact.declared, message, help)));
        let (path, real) = (&artifact.path, place.path());
        if document == Some(&real) {
            let message = "this block would overwrite the document it stands in".to_owned();
            return refuse(Code::TargetIsDocument, message, "choose another file name, or write `:tangle no`");
        }
        if let Some(why) = protected::refusal(&real) {
            let message = format!("`{}` {why}", super::shown(path));
            return refuse(Code::ProtectedTarget, message, "choose another file name");
        }
        match self.targets.insert(real, path.clone()) {
            Some(other) if other != *path => {
                let (path, other) = (super::shown(path), super::shown(&other));
                let message = format!("`{path}` and `{other}` are one file, by a symbolic link");
                let help = "take the link away, or write one of the two alone";
                refuse(Code::LinkedTargets, message, help)
            }
            Some(_) | None => Ok(place),
        }
    }

    /// Looks at a file that an earlier run recorded; one that is no longer where it may be, or by now a link to a target, is
    /// left out.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn recorded(&mut self, path: &Path, roots: &Roots) -> Result<(), Failure> {
        // Most recorded files that no document gives are gone; looking at them is cheaper than resolving their paths.
        if self.on_disk.contains_key(path) || path.symlink_metadata().is_err() {
            return Ok(());
        }
        let Ok(place) = roots.place(path) else { return Ok(()) };
        let real = place.path();
        if self.targets.contains_key(&real) || protected::refusal(&real).is_some() {
            return Ok(());
        }
        if let Some(on_disk) = read(&place)? {
            self.on_disk.insert(path.to_owned(), on_disk);
            self.places.insert(path.to_owned(), place);
        }
        Ok(())
    }
}

fn check_path(artifact: &Artifact, roots: &Roots) -> Result<ConfinedPath, Box<Diagnostic>> {
    let path = &artifact.path;
    let diagnose =
        |code, message: String, help: String| Box::new(Diagnostic::new(code, artifact.declared, message, help));
    let written = path.display().to_string();
    if written.chars().any(char::is_control) {
        return Err(diagnose(
            Code::UnprintableTarget,
            format!("the file name {written:?} has a control character"),
            "use a name of printable characters".to_owned(),
        ));
    }
    roots.place(path).map_err(|refusal| match refusal {
        TargetRefusal::Outside => Box::new(outside::refusal(artifact, roots)),
        TargetRefusal::LinkOutside(real) => diagnose(
            Code::TargetOutsideRoot,
            format!("`{written}` leads out of the output folder by a symbolic link, to `{}`", real.display()),
            outside::help(&real, roots),
        ),
        TargetRefusal::TooLong => diagnose(
            Code::TargetNotAFile,
            format!("`{written}` has a name that is longer than its file system takes"),
            "choose a shorter name: most file systems take 255 bytes between two slashes".to_owned(),
        ),
        TargetRefusal::Unresolvable(reason) => diagnose(
            Code::TargetNotAFile,
            format!("`{written}` cannot be resolved: {reason}"),
            "repair or remove what is in the way".to_owned(),
        ),
    })
}

fn missing_folder(artifact: &Artifact, folder: &Path) -> Diagnostic {
    Diagnostic::new(
        Code::MissingFolder,
        artifact.declared,
        format!("the folder `{}` does not exist", super::shown(folder)),
        "add `:mkdirp yes` to the block, or make the folder",
    )
}

/// What is at a place; none if it is neither a regular file nor free.
fn read(place: &ConfinedPath) -> Result<Option<OnDisk>, Failure> {
    let path = place.path();
    let failure = |reason| Failure::Read(path.clone(), reason);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() => {
            let Some(bytes) = file::read(&path, Links::Refuse, LARGEST_TEXT)? else { return Ok(Some(OnDisk::Missing)) };
            Ok(Some(OnDisk::File { bytes, mode: found.permissions().mode() & 0o7777 }))
        }
        Ok(_) => Ok(None),
        Err(reason) if matches!(reason.kind(), io::ErrorKind::NotFound) => Ok(Some(OnDisk::Missing)),
        Err(reason) if matches!(reason.kind(), io::ErrorKind::NotADirectory) => Ok(None),
        Err(reason) => Err(failure(reason)),
    }
}
