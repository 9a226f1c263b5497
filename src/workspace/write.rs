//! Writes a set of files: all or none, each whole, each with its final mode from its first byte.
//!
//! 1. Every new file is made under a temporary name in its own folder, with its mode. Every file to be replaced or
//!    removed gets a second name (a hard link), so that step 3 can be undone.
//! 2. The new files are filled and synced, all together: one after the other each would wait for a journal of its own.
//! 3. The temporary files are renamed over their targets; the first failure puts everything back.
//!
//! Folders are opened below the root without following any link (`openat2`), so a link swapped in after the check is
//! refused by the kernel. Temporary names are fixed, so a killed run leaves nothing that the next one does not reuse.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::mem;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, ResolveFlags};

use super::Failure;
use super::confine::Place;

/// So many new files are kept open before they are filled: a process may not have many.
const MOST_EMPTY: usize = 256;
/// So many are filled at a time.
const FILLING: usize = 16;

/// One thing to do to one file.
#[derive(Debug)]
pub struct Step<'a> {
    /// The file.
    pub place: Place,
    /// What the step was decided on.
    pub seen: Seen<'a>,
    /// What to do.
    pub action: Action<'a>,
}

/// What was at a place when a step was decided. If something else is there by now, somebody has just put it there, and
/// the step would lose it.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    /// Nothing.
    Nothing,
    /// A file with this content.
    File(&'a [u8]),
    /// Whatever is there may go.
    Anything,
}

/// What is done to a file.
#[derive(Debug)]
pub enum Action<'a> {
    /// Give it this content and mode; missing folders are made if `make_folders` says so.
    Write {
        /// The whole content.
        bytes: &'a [u8],
        /// Permission bits.
        mode: u32,
        /// Whether missing folders are made.
        make_folders: bool,
    },
    /// Give it this mode.
    SetMode(u32),
    /// Remove it.
    Remove,
}

/// Carries out all steps or none.
///
/// Gives the folders that were made, outermost first, as real paths.
///
/// # Errors
/// The first thing that could not be done; every file is as it was before.
pub fn write(steps: &[Step<'_>]) -> Result<Vec<PathBuf>, Failure> {
    let mut transaction = Transaction::default();
    match transaction.run(steps) {
        Ok(()) => {
            transaction.finish();
            Ok(transaction.made_folders)
        }
        Err(failure) => {
            transaction.undo();
            Err(failure)
        }
    }
}

/// Removes what a killed run may have left beside a file.
pub fn clean(place: &Place) {
    if let Ok(target) = open_way(place).and_then(|folder| Target::new(folder.into(), place)) {
        target.forget();
    }
}

/// Removes a folder if it is empty; keeps it otherwise.
pub fn remove_empty_folder(place: &Place) {
    if let Ok(target) = open_way(place).and_then(|folder| Target::new(folder.into(), place)) {
        let _ = rustix::fs::unlinkat(&target.folder, &target.name, AtFlags::REMOVEDIR);
    }
}

/// A file named by an open folder, so that nobody can exchange the way to it.
struct Target {
    folder: Arc<OwnedFd>,
    name: String,
    path: PathBuf,
}

#[derive(Default)]
struct Transaction<'a> {
    staged: Vec<Staged>,
    /// New files that have no content yet.
    empty: Vec<New<'a>>,
    /// Folders that were opened, by their real paths.
    folders: BTreeMap<PathBuf, Arc<OwnedFd>>,
    made_folders: Vec<PathBuf>,
}

/// A new file, the content that it is to have, and the target it is for.
struct New<'a> {
    file: File,
    bytes: &'a [u8],
    target: PathBuf,
}

struct Staged {
    target: Target,
    /// The permission bits it had; none if it did not exist. A file that existed has a second name to put back.
    old_mode: Option<u32>,
    kind: StagedKind,
    done: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StagedKind {
    Replace,
    SetMode(u32),
    Remove,
}

impl<'a> Transaction<'a> {
    fn run(&mut self, steps: &[Step<'a>]) -> Result<(), Failure> {
        // A folder that one step makes may be where the file of an earlier step goes.
        for step in steps {
            if let Action::Write { make_folders: true, .. } = step.action {
                self.make_folders(&step.place).map_err(|reason| Failure::Write(step.place.path(), reason))?;
            }
        }
        for step in steps {
            let staged = self.stage(step).map_err(|reason| Failure::Write(step.place.path(), reason))?;
            self.staged.push(staged);
            if self.empty.len() >= MOST_EMPTY {
                self.fill()?;
            }
        }
        self.fill()?;
        for staged in &mut self.staged {
            staged.commit().map_err(|reason| Failure::Write(staged.target.path.clone(), reason))?;
            staged.done = true;
        }
        Ok(())
    }

    fn stage(&mut self, step: &Step<'a>) -> io::Result<Staged> {
        let target = Target::new(self.folder(&step.place)?, &step.place)?;
        target.forget();
        let present = rustix::fs::statat(&target.folder, &target.name, AtFlags::SYMLINK_NOFOLLOW).ok();
        let old_mode = present.map(|stat| stat.st_mode & 0o7777);
        match target.prepare(step, old_mode) {
            Ok(new) => self.empty.extend(new),
            Err(refused) => {
                target.forget();
                return Err(refused);
            }
        }
        let kind = match step.action {
            Action::Write { .. } => StagedKind::Replace,
            Action::SetMode(mode) => StagedKind::SetMode(mode),
            Action::Remove => StagedKind::Remove,
        };
        Ok(Staged { target, old_mode, kind, done: false })
    }

    /// The folder that a file is in.
    fn folder(&mut self, place: &Place) -> io::Result<Arc<OwnedFd>> {
        let path = place.path().parent().map(Path::to_owned).unwrap_or_default();
        if let Some(folder) = self.folders.get(&path) {
            return Ok(Arc::clone(folder));
        }
        let folder = Arc::new(open_way(place)?);
        self.folders.insert(path, Arc::clone(&folder));
        Ok(folder)
    }

    /// Gives the new files their content and makes it last.
    fn fill(&mut self) -> Result<(), Failure> {
        let empty = mem::take(&mut self.empty);
        thread::scope(|scope| {
            let shares = empty.chunks(empty.len().div_ceil(FILLING).max(1));
            let workers: Vec<_> = shares.map(|share| scope.spawn(|| share.iter().try_for_each(New::fill))).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("writing does not panic"))
        })
    }

    /// Makes each missing folder of the way, opening the way again below the root each time.
    fn make_folders(&mut self, place: &Place) -> io::Result<()> {
        if !place.root.exists() {
            self.make_root(&place.root)?;
        }
        let root = open_folder(&place.root)?;
        let folders: Vec<&Path> =
            place.relative.ancestors().skip(1).filter(|path| !path.as_os_str().is_empty()).collect();
        for folder in folders.into_iter().rev() {
            match rustix::fs::mkdirat(&root, folder, Mode::from_raw_mode(0o777)) {
                Ok(()) => self.made_folders.push(place.root.join(folder)),
                Err(rustix::io::Errno::EXIST) => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        Ok(())
    }

    fn make_root(&mut self, root: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = root.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            std::fs::create_dir(folder)?;
            self.made_folders.push(folder.to_owned());
        }
        Ok(())
    }

    fn finish(&self) {
        for staged in &self.staged {
            staged.target.forget();
        }
        for folder in self.folders.values() {
            // The renames are atomic; syncing the folder makes them last. Some file systems refuse, which loses nothing.
            let _ = rustix::fs::openat(folder, ".", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
                .and_then(rustix::fs::fsync);
        }
    }

    fn undo(&mut self) {
        for staged in self.staged.iter().rev() {
            staged.undo();
            staged.target.forget();
        }
        for folder in self.made_folders.drain(..).rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
}

impl New<'_> {
    fn fill(&self) -> Result<(), Failure> {
        let filled = (&self.file).write_all(self.bytes).and_then(|()| self.file.sync_all());
        filled.map_err(|reason| Failure::Write(self.target.clone(), reason))
    }
}

impl Staged {
    fn commit(&self) -> io::Result<()> {
        let Target { folder, name, .. } = &self.target;
        match self.kind {
            StagedKind::Replace => rustix::fs::renameat(folder, self.target.new_name(), folder, name)?,
            StagedKind::SetMode(mode) => self.target.set_mode(mode)?,
            StagedKind::Remove => rustix::fs::unlinkat(folder, name, AtFlags::empty())?,
        }
        Ok(())
    }

    /// Best effort: the file system has already refused once, and there is nobody left to tell.
    fn undo(&self) {
        let Target { folder, name, .. } = &self.target;
        if !self.done {
            return;
        }
        match (self.kind, self.old_mode) {
            (StagedKind::SetMode(_), Some(mode)) => {
                let _ = self.target.set_mode(mode);
            }
            (StagedKind::Replace | StagedKind::Remove, Some(_)) => {
                let _ = rustix::fs::renameat(folder, self.target.old_name(), folder, name);
            }
            (StagedKind::Replace | StagedKind::SetMode(_) | StagedKind::Remove, None) => {
                let _ = rustix::fs::unlinkat(folder, name, AtFlags::empty());
            }
        }
    }
}

impl Target {
    fn new(folder: Arc<OwnedFd>, place: &Place) -> io::Result<Self> {
        let name = place.relative.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| io::Error::other("the path names no file"))?.to_owned();
        Ok(Self { folder, name, path: place.path() })
    }

    /// Everything that can fail before files are filled; gives the new file, if there is one.
    fn prepare<'a>(&self, step: &Step<'a>, old_mode: Option<u32>) -> io::Result<Option<New<'a>>> {
        let new = match step.action {
            Action::Write { bytes, mode, .. } => {
                let file = self.create(&self.new_name(), Mode::from_raw_mode(mode))?;
                Some(New { file, bytes, target: self.path.clone() })
            }
            Action::SetMode(_) | Action::Remove => None,
        };
        if let Some(mode) = old_mode {
            self.keep(Mode::from_raw_mode(mode))?;
        }
        let unchanged = match step.seen {
            Seen::Anything => true,
            Seen::Nothing => old_mode.is_none(),
            Seen::File(bytes) => old_mode.is_some() && self.kept_bytes()? == bytes,
        };
        if unchanged { Ok(new) } else { Err(io::Error::other("it has changed while this run was at work; run again")) }
    }

    /// Gives the file its second name: a hard link, or a copy where the file system or the file's owner forbids links.
    fn keep(&self, mode: Mode) -> io::Result<()> {
        let old_name = self.old_name();
        if rustix::fs::linkat(&self.folder, &self.name, &self.folder, &old_name, AtFlags::empty()).is_ok() {
            return Ok(());
        }
        io::copy(&mut self.open_file(&self.name)?, &mut self.create(&old_name, mode)?).map(drop)
    }

    /// The content of the file's second name.
    fn kept_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_file(&self.old_name())?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(rustix::fs::openat(&self.folder, name, flags, Mode::empty())?))
    }

    /// A new file that has its mode before it has its first byte.
    fn create(&self, name: &str, mode: Mode) -> io::Result<File> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.folder, name, flags, Mode::from_raw_mode(0o600))?;
        rustix::fs::fchmod(&file, mode)?;
        Ok(File::from(file))
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        rustix::fs::chmodat(&self.folder, &self.name, Mode::from_raw_mode(mode), AtFlags::empty())?;
        Ok(())
    }

    /// Removes the temporary names.
    fn forget(&self) {
        for name in [self.new_name(), self.old_name()] {
            let _ = rustix::fs::unlinkat(&self.folder, name, AtFlags::empty());
        }
    }

    fn new_name(&self) -> String {
        format!(".{}.qvm-tangle-new", self.name)
    }

    fn old_name(&self) -> String {
        format!(".{}.qvm-tangle-old", self.name)
    }
}

/// Opens the folder that a place is in, below its root and by no link.
fn open_way(place: &Place) -> io::Result<OwnedFd> {
    let root = open_folder(&place.root)?;
    let Some(way) = place.relative.parent().filter(|way| !way.as_os_str().is_empty()) else { return Ok(root) };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    Ok(rustix::fs::openat2(&root, way, flags, Mode::empty(), resolve)?)
}

/// Opens a folder of a path without links, as `confine` gave it.
fn open_folder(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    use super::{Action, Seen, Step, write};
    use crate::workspace::confine::Place;

    fn place(root: &Path, relative: &str) -> Place {
        Place { root: root.canonicalize().unwrap(), relative: PathBuf::from(relative) }
    }

    fn file<'a>(root: &Path, relative: &str, text: &'a str, mode: u32) -> Step<'a> {
        let action = Action::Write { bytes: text.as_bytes(), mode, make_folders: true };
        Step { place: place(root, relative), seen: Seen::Anything, action }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn files_get_their_content_their_mode_and_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let made = write(&[file(root, "a/b/secret", "x\n", 0o600), file(root, "run.sh", "y\n", 0o755)]).unwrap();
        assert_eq!(made.len(), 2);
        assert_eq!(std::fs::read_to_string(root.join("a/b/secret")).unwrap(), "x\n");
        assert_eq!(root.join("a/b/secret").metadata().unwrap().permissions().mode() & 0o7777, 0o600);
        assert_eq!(names(root), ["a", "run.sh"]);
    }

    #[test]
    fn a_failure_half_way_puts_everything_back() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("one"), "old one\n").unwrap();
        std::fs::write(root.join("gone"), "old gone\n").unwrap();
        std::fs::create_dir_all(root.join("taken/inside")).unwrap();
        let steps = [
            file(root, "one", "new one\n", 0o600),
            file(root, "deep/two", "new two\n", 0o644),
            Step { place: place(root, "gone"), seen: Seen::File(b"old gone\n"), action: Action::Remove },
            // A folder cannot be replaced by a file, and a folder has no second name: this step fails.
            file(root, "taken", "never\n", 0o644),
        ];
        write(&steps).unwrap_err();
        assert_eq!(names(root), ["gone", "one", "taken"]);
        assert_eq!(std::fs::read_to_string(root.join("one")).unwrap(), "old one\n");
        assert_eq!(std::fs::read_to_string(root.join("gone")).unwrap(), "old gone\n");
    }

    #[test]
    fn what_somebody_has_just_saved_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("new"), "just made\n").unwrap();
        std::fs::write(root.join("edited"), "just edited\n").unwrap();
        for (name, seen) in [("new", Seen::Nothing), ("edited", Seen::File(b"old\n")), ("gone", Seen::File(b"old\n"))] {
            write(&[file(root, "other", "x\n", 0o644), Step { seen, ..file(root, name, "ours\n", 0o644) }])
                .unwrap_err();
        }
        assert_eq!(names(root), ["edited", "new"]);
        assert_eq!(std::fs::read_to_string(root.join("new")).unwrap(), "just made\n");
        assert_eq!(std::fs::read_to_string(root.join("edited")).unwrap(), "just edited\n");
    }

    #[test]
    fn a_link_swapped_in_after_the_check_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let step = file(folder.path(), "sub/file", "x\n", 0o644);
        std::os::unix::fs::symlink(outside.path(), folder.path().join("sub")).unwrap();
        write(&[step]).unwrap_err();
        assert_eq!(names(outside.path()), [""; 0]);
    }
}
