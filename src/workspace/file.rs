//! Reads regular files of bounded size, and nothing else.
//!
//! What comes with a folder may be a FIFO, which would wait for ever, a device, which has no end, or a link to a file that
//! is nobody's business here. None of them is opened.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use super::Failure;

/// Whether the last part of a path may be a symbolic link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// It may, as for a document that a person keeps elsewhere.
    Follow,
    /// It may not: what this program is led by stands where it is.
    Refuse,
}

/// Documents and outputs: spans count bytes in 32 bits.
pub const LARGEST_TEXT: u64 = u32::MAX as u64;
/// A lock file: two hundred thousand entries.
pub const LARGEST_LOCK: u64 = 64 << 20;
/// A configuration, a template, a setup file, the settings of a checker.
pub const LARGEST_PART: u64 = 16 << 20;

/// The bytes of a regular file, or none if there is no file.
///
/// # Errors
/// It is no regular file, a link that may not be followed, larger than `limit`, or cannot be read.
pub fn read(path: &Path, links: Links, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
    let failure = |reason| Failure::Read(path.to_owned(), reason);
    let found = match links {
        Links::Follow => fs::metadata(path),
        Links::Refuse => path.symlink_metadata(),
    };
    match found {
        Ok(found) => check_kind(path, &found)?,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => return Err(failure(reason)),
    }
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if links == Links::Refuse {
        flags |= OFlags::NOFOLLOW;
    }
    let mut options = fs::OpenOptions::new();
    let file = options.read(true).custom_flags(flags.bits().cast_signed()).open(path).map_err(failure)?;
    // Somebody may have put another thing there in between.
    let opened = file.metadata().map_err(failure)?;
    check_kind(path, &opened)?;
    let mut bytes = Vec::new();
    // One byte more shows the end. Where there is no room, reading says so.
    let _ = bytes.try_reserve_exact(opened.len().min(limit) as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failure)?;
    if bytes.len() as u64 > limit {
        return Err(Failure::Unusable(path.to_owned(), format!("is larger than {}", size(limit))));
    }
    Ok(Some(bytes))
}

fn check_kind(path: &Path, found: &fs::Metadata) -> Result<(), Failure> {
    let kind = found.file_type();
    let reason = if kind.is_file() {
        return Ok(());
    } else if kind.is_dir() {
        "is a folder"
    } else if kind.is_symlink() {
        "is a symbolic link, which is not followed: put the file itself there"
    } else {
        "is not a regular file"
    };
    Err(Failure::Unusable(path.to_owned(), reason.to_owned()))
}

/// A limit in words.
pub fn size(limit: u64) -> String {
    if limit >= LARGEST_TEXT { "4 GiB".to_owned() } else { format!("{} MiB", limit >> 20) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{LARGEST_PART, Links, read};

    #[track_caller]
    fn check(path: &Path, links: Links, limit: u64, expected: &str) {
        let refused = read(path, links, limit).expect_err("it must be refused").to_string();
        assert!(refused.ends_with(expected), "{refused}");
    }

    #[test]
    fn only_regular_files_of_bounded_size_are_read() {
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("file");
        fs::write(&file, vec![b'x'; 3 << 20]).unwrap();
        assert_eq!(read(&file, Links::Refuse, 3 << 20).unwrap().map(|bytes| bytes.len()), Some(3 << 20));
        check(&file, Links::Follow, 2 << 20, "is larger than 2 MiB");
        assert_eq!(read(&scratch.path().join("none"), Links::Refuse, 1).unwrap(), None);
        check(scratch.path(), Links::Follow, LARGEST_PART, "is a folder");
        check(Path::new("/dev/zero"), Links::Follow, LARGEST_PART, "is not a regular file");
        let link = scratch.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        check(
            &link,
            Links::Refuse,
            LARGEST_PART,
            "is a symbolic link, which is not followed: put the file itself there",
        );
        assert!(read(&link, Links::Follow, LARGEST_PART).unwrap().is_some());
        let fifo = scratch.path().join("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::from(0o600)).unwrap();
        check(&fifo, Links::Follow, LARGEST_PART, "is not a regular file");
    }
}
