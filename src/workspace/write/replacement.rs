//! One file that is replaced, made, removed or given another mode, in steps that can be taken back.
//!
//! The new file and the target change places in one step of the kernel (`RENAME_EXCHANGE`, rename(2)), and what comes
//! out is looked at: what another program saved at the last moment is put back at once. Where the kernel or the file
//! system cannot exchange, the target gets a second name first and is looked at right before the rename.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

use super::{Action, Expected};
use crate::workspace::confine::ConfinedPath;

/// A file in an open folder, so that nobody can exchange the way to it.
#[derive(Debug)]
pub(super) struct Replacement<'a> {
    pub(super) place: ConfinedPath,
    /// Name in its folder.
    pub(super) name: String,
    /// Where the new file is once it is whole, and the old one afterwards.
    pub(super) temporary: String,
    pub(super) expected: Expected<'a>,
    pub(super) action: Action<'a>,
    /// The new file's number, to know it again.
    pub(super) new: Option<(u64, u64)>,
    pub(super) state: ReplacementState,
}

/// How far a replacement is.
#[derive(Debug)]
pub(super) enum ReplacementState {
    /// The target is as it was; the new file, if there is one, may lack some of its content.
    Prepared,
    /// The target is as it was, and the new file is whole.
    Complete,
    /// The target is as wanted, and nothing of the old one is kept, since there was none.
    Made,
    /// The target is as wanted, the old file has the temporary name, and this is how it looked then.
    Kept(Stat),
    /// The target has another mode; this was the old one.
    ModeSet(Mode),
}

/// What somebody else did makes a step impossible.
pub(super) fn changed() -> io::Error {
    io::Error::other("it has changed while this run was at work; run again")
}

impl Replacement<'_> {
    /// Makes the new file with its mode and no content; none where the action needs no new file.
    pub(super) fn create(&mut self, folder: &OwnedFd) -> io::Result<Option<File>> {
        let Action::Write { mode, .. } = &self.action else { return Ok(None) };
        let file = create(folder, &partial(&self.temporary))?;
        let stat = rustix::fs::fstat(&file)?;
        self.new = Some((stat.st_dev, stat.st_ino));
        rustix::fs::fchmod(&file, Mode::from_raw_mode(*mode))?;
        Ok(Some(file))
    }

    /// The new file has its whole content: from now on a killed run's file is known by its hash.
    pub(super) fn complete(&mut self, folder: &OwnedFd) -> io::Result<()> {
        if self.new.is_some() {
            move_to_free(folder, &partial(&self.temporary), &self.temporary)?;
            self.state = ReplacementState::Complete;
        }
        Ok(())
    }

    /// Takes the step, unless the target is not what the step was decided on.
    pub(super) fn commit(&mut self, folder: &OwnedFd) -> io::Result<()> {
        match (&self.action, look(folder, &self.name)?) {
            (Action::Write { .. }, None) => self.appear(folder),
            (Action::Write { .. }, Some(_)) => self.exchange(folder),
            (Action::Remove, Some(_)) => self.disappear(folder),
            (Action::SetMode(mode), Some(stat)) => {
                let (old, new) = (Mode::from_raw_mode(stat.st_mode & 0o7777), Mode::from_raw_mode(*mode));
                rustix::fs::chmodat(folder, &self.name, new, AtFlags::empty())?;
                self.state = ReplacementState::ModeSet(old);
                Ok(())
            }
            (Action::Remove | Action::SetMode(_), None) => Err(changed()),
        }
    }

    /// Refuses if the old file is not as it was when it was looked at: a program may have it open and write into it.
    pub(super) fn check(&self, folder: &OwnedFd) -> io::Result<()> {
        let ReplacementState::Kept(then) = &self.state else { return Ok(()) };
        match look(folder, &self.temporary)? {
            Some(now) if is_same(then, &now) => Ok(()),
            Some(_) | None => Err(changed()),
        }
    }

    /// Takes the step back, as far as nobody else has taken one since.
    pub(super) fn undo(&mut self, folder: &OwnedFd) {
        match &self.state {
            ReplacementState::Prepared | ReplacementState::Complete => {}
            ReplacementState::Made => {
                if self.is_new(folder, &self.name) {
                    let _ = rustix::fs::unlinkat(folder, &self.name, AtFlags::empty());
                }
            }
            ReplacementState::Kept(_) => self.put_back(folder),
            ReplacementState::ModeSet(mode) => {
                let _ = rustix::fs::chmodat(folder, &self.name, *mode, AtFlags::empty());
            }
        }
    }

    /// Removes what stands under the temporary name: the new file that is not wanted, or the old one.
    ///
    /// A name that was taken before belongs to somebody else.
    pub(super) fn forget(&self, folder: &OwnedFd) {
        let name = match (&self.state, self.new) {
            (ReplacementState::Prepared, None) => return,
            (ReplacementState::Prepared, Some(_)) => partial(&self.temporary),
            _ => self.temporary.clone(),
        };
        let _ = rustix::fs::unlinkat(folder, name, AtFlags::empty());
    }

    /// Gives the new file its name where there was none.
    fn appear(&mut self, folder: &OwnedFd) -> io::Result<()> {
        if !matches!(self.expected, Expected::Nothing | Expected::Anything) {
            return Err(changed());
        }
        move_to_free(folder, &self.temporary, &self.name)?;
        self.state = ReplacementState::Made;
        Ok(())
    }

    fn exchange(&mut self, folder: &OwnedFd) -> io::Result<()> {
        match rustix::fs::renameat_with(folder, &self.temporary, folder, &self.name, RenameFlags::EXCHANGE) {
            Ok(()) => {}
            Err(refused) if lacks_flags(refused) => return self.replace(folder),
            Err(refused) => return Err(refused.into()),
        }
        let stat = look(folder, &self.temporary)?.ok_or_else(changed)?;
        if self.is_expected(folder, &self.temporary, &stat)? {
            self.state = ReplacementState::Kept(stat);
            return Ok(());
        }
        rustix::fs::renameat_with(folder, &self.temporary, folder, &self.name, RenameFlags::EXCHANGE)?;
        Err(changed())
    }

    /// The same without an exchange: the old file gets a second name, then the new one takes the first.
    fn replace(&mut self, folder: &OwnedFd) -> io::Result<()> {
        let kept = format!("{}-old", self.temporary);
        let _ = rustix::fs::unlinkat(folder, &kept, AtFlags::empty());
        if rustix::fs::linkat(folder, &self.name, folder, &kept, AtFlags::empty()).is_err() {
            copy(folder, &self.name, &kept)?;
        }
        let stat = look(folder, &kept)?.ok_or_else(changed)?;
        let is_expected = self.is_expected(folder, &self.name, &stat)?;
        if !is_expected {
            let _ = rustix::fs::unlinkat(folder, &kept, AtFlags::empty());
            return Err(changed());
        }
        if let Err(refused) = rustix::fs::renameat(folder, &self.temporary, folder, &self.name) {
            let _ = rustix::fs::unlinkat(folder, &kept, AtFlags::empty());
            return Err(refused.into());
        }
        self.temporary = kept;
        // A rename or a link changes nothing that is compared.
        self.state = ReplacementState::Kept(stat);
        Ok(())
    }

    fn disappear(&mut self, folder: &OwnedFd) -> io::Result<()> {
        rustix::fs::renameat(folder, &self.name, folder, &self.temporary)?;
        let stat = look(folder, &self.temporary)?.ok_or_else(changed)?;
        if self.is_expected(folder, &self.temporary, &stat)? {
            self.state = ReplacementState::Kept(stat);
            return Ok(());
        }
        move_to_free(folder, &self.temporary, &self.name)?;
        Err(changed())
    }

    /// Brings the old file back to its name, unless somebody has put another one there by now.
    fn put_back(&self, folder: &OwnedFd) {
        if self.new.is_none() {
            let _ = move_to_free(folder, &self.temporary, &self.name);
        } else if self.is_new(folder, &self.name) {
            let _ = rustix::fs::renameat(folder, &self.temporary, folder, &self.name);
        }
    }

    fn is_new(&self, folder: &OwnedFd, name: &str) -> bool {
        let found = look(folder, name).ok().flatten();
        found.is_some_and(|stat| Some((stat.st_dev, stat.st_ino)) == self.new)
    }

    fn is_expected(&self, folder: &OwnedFd, name: &str, stat: &Stat) -> io::Result<bool> {
        if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::RegularFile {
            return Ok(false);
        }
        match self.expected {
            Expected::Anything => Ok(true),
            Expected::Nothing => Ok(false),
            Expected::File(bytes) => Ok(u64::try_from(stat.st_size).is_ok_and(|size| size == bytes.len() as u64)
                && holds(open_file(folder, name)?, bytes)?),
        }
    }
}

/// The name of a new file that may lack some of its content.
pub(super) fn partial(temporary: &str) -> String {
    format!("{temporary}-part")
}

/// What is at a name, no link followed; none if nothing is.
pub(super) fn look(folder: &OwnedFd, name: &str) -> io::Result<Option<Stat>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(refused) => Err(refused.into()),
    }
}

/// Opens a regular file for reading, no link followed, never waiting for a pipe's other end.
pub(super) fn open_file(folder: &OwnedFd, name: &str) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(folder, name, flags, Mode::empty())?))
}

/// Moves a file to a name that must be free.
pub(super) fn move_to_free(folder: &OwnedFd, from: &str, to: &str) -> io::Result<()> {
    match rustix::fs::renameat_with(folder, from, folder, to, RenameFlags::NOREPLACE) {
        Err(refused) if lacks_flags(refused) => {}
        Err(Errno::EXIST) => return Err(changed()),
        done => return Ok(done?),
    }
    match rustix::fs::linkat(folder, from, folder, to, AtFlags::empty()) {
        Ok(()) => Ok(rustix::fs::unlinkat(folder, from, AtFlags::empty())?),
        Err(Errno::EXIST) => Err(changed()),
        // A file system without links: look, then move.
        Err(_) if look(folder, to)?.is_none() => Ok(rustix::fs::renameat(folder, from, folder, to)?),
        Err(_) => Err(changed()),
    }
}

/// Kernels before 3.15, some file systems and some containers know no flags of a rename.
fn lacks_flags(refused: Errno) -> bool {
    matches!(refused, Errno::INVAL | Errno::NOSYS | Errno::PERM | Errno::NOTSUP)
}

fn copy(folder: &OwnedFd, from: &str, to: &str) -> io::Result<()> {
    let mut old = open_file(folder, from)?;
    let mut new = create(folder, to)?;
    rustix::fs::fchmod(&new, Mode::from_raw_mode(rustix::fs::fstat(&old)?.st_mode & 0o7777))?;
    io::copy(&mut old, &mut new).map(drop)
}

/// Makes a file of a name that must be free; nobody else can read it yet.
fn create(folder: &OwnedFd, name: &str) -> io::Result<File> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(folder, name, flags, Mode::from_raw_mode(0o600))?))
}

/// Whether a file holds exactly these bytes.
fn holds(mut file: File, bytes: &[u8]) -> io::Result<bool> {
    let mut rest = bytes;
    let mut part = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut part)?;
        let Some((expected, after)) = rest.split_at_checked(count) else { return Ok(false) };
        if expected != &part[..count] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(rest.is_empty());
        }
        rest = after;
    }
}

/// Links and renames change only the time of the last change of status, so that is not compared.
fn is_same(a: &Stat, b: &Stat) -> bool {
    let of = |stat: &Stat| (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
    of(a) == of(b)
}
