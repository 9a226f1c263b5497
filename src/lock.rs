//! `qvm-tangle.lock`: what we wrote into an output folder, so that a later run knows its own work.
//!
//! TOML with one line a file, sorted by path, so that it merges well and says the same on every host. The hash is of
//! the bytes we wrote: a file whose bytes have it is ours to replace or remove, any other is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::source::decode::decode;
use crate::source::digits;

/// Name of the lock file in the output folder.
pub const FILE_NAME: &str = "qvm-tangle.lock";

const VERSION: u32 = 1;

/// Everything we made in one output folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u32,
    /// Folders we made, relative to the output folder, `/` between parts.
    #[serde(default)]
    pub folders: BTreeSet<String>,
    /// Hashes of files that runs were about to write since the last one that ended; empty unless a run was killed.
    #[serde(default)]
    pub pending: BTreeMap<String, BTreeSet<String>>,
    /// Files we made, by path relative to the output folder (absolute where it lies outside).
    #[serde(default)]
    pub files: BTreeMap<String, Entry>,
}

/// What we remember of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Permission bits in octal, such as `0755`.
    pub mode: String,
    /// SHA-256 of the bytes we wrote, in hexadecimal.
    pub sha256: String,
    /// The document it comes from, relative to the output folder.
    pub origin: String,
    /// Other hashes the file may have: what runs that were killed were about to write.
    #[serde(skip)]
    pub pending: BTreeSet<String>,
}

impl Lock {
    /// A lock that records nothing yet.
    pub fn empty() -> Self {
        Self { version: VERSION, ..Self::default() }
    }

    /// Reads a lock file's text.
    ///
    /// # Errors
    /// Says what is wrong with it: not ours, damaged, or of a later version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut lock: Self = toml::from_str(text).map_err(|refused| refused.message().to_owned())?;
        if lock.version != VERSION {
            return Err(format!("it has version {}, this program knows version {VERSION}", lock.version));
        }
        let damaged = |entry: &&Entry| {
            digits::octal(&entry.mode).is_none()
                || entry.sha256.len() != 64
                || !entry.sha256.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if let Some((path, _)) = lock.files.iter().find(|(_, entry)| damaged(entry)) {
            return Err(format!("the entry of `{path}` is damaged"));
        }
        lock.adopt_pending();
        Ok(lock)
    }

    /// A run was killed: each file may have the hash from before it or the one from behind it.
    fn adopt_pending(&mut self) {
        for (path, hashes) in &self.pending {
            let unknown = || Entry {
                mode: "0644".to_owned(),
                sha256: hashes.first().cloned().unwrap_or_default(),
                origin: String::new(),
                pending: BTreeSet::new(),
            };
            self.files.entry(path.clone()).or_insert_with(unknown).pending.clone_from(hashes);
        }
    }

    /// The lock file's text: the same for the same content, one line a file.
    pub fn print(&self) -> String {
        let mut text =
            String::from("# Written by qvm-tangle: the files it made here. Commit this file; do not edit it.\n");
        // A JSON string without control characters is a TOML basic string, which may be a key and stays on one line.
        let quoted = |word: &str| serde_json::Value::from(word).to_string();
        let _ = writeln!(text, "version = {}", self.version);
        let folders: Vec<String> = self.folders.iter().map(|folder| quoted(folder)).collect();
        let _ = writeln!(text, "folders = [{}]", folders.join(", "));
        if !self.pending.is_empty() {
            text.push_str("\n[pending]\n");
        }
        for (path, hashes) in &self.pending {
            let hashes: Vec<String> = hashes.iter().map(|hash| quoted(hash)).collect();
            let _ = writeln!(text, "{} = [{}]", quoted(path), hashes.join(", "));
        }
        text.push_str("\n[files]\n");
        for (path, Entry { mode, sha256, origin, .. }) in &self.files {
            let _ = writeln!(
                text,
                "{} = {{ mode = {}, sha256 = {}, origin = {} }}",
                quoted(path),
                quoted(mode),
                quoted(sha256),
                quoted(origin)
            );
        }
        text
    }
}

impl Entry {
    /// Records a file as it is written.
    pub fn new(text: &[u8], mode: u32, origin: &str) -> Self {
        Self { mode: format!("{mode:04o}"), sha256: hash(text), origin: origin.to_owned(), pending: BTreeSet::new() }
    }

    /// Whether these are the bytes we wrote, line ends aside: a checkout may turn LF into CR LF.
    pub fn wrote(&self, bytes: &[u8]) -> bool {
        let ours = |hash: &String| *hash == self.sha256 || self.pending.contains(hash);
        ours(&hash(bytes)) || ours(&hash(decode(bytes.to_vec()).text.as_bytes()))
    }

    /// Whether this text, and surely no other, is what we wrote last: a run that was killed may have written another.
    pub fn wrote_last(&self, text: &str) -> bool {
        let hash = hash(text.as_bytes());
        self.sha256 == hash && self.pending.iter().all(|pending| *pending == hash)
    }
}

/// SHA-256 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Entry, Lock, hash};

    #[test]
    fn what_is_printed_is_read_back() {
        let mut lock = Lock::empty();
        lock.files.insert("odd \"name\"\\'.sh".to_owned(), Entry::new(b"x\n", 0o755, "../org/a.org"));
        lock.files.insert("bridge-up.sh".to_owned(), Entry::new(b"", 0o644, "../org/a.org"));
        lock.folders.insert("cloud-init/cp".to_owned());
        assert_eq!(Lock::parse(&lock.print()), Ok(lock.clone()));
        assert!(lock.files["bridge-up.sh"].wrote(b""));
        assert!(!lock.files["bridge-up.sh"].wrote(b"edited"));
    }

    #[test]
    fn a_killed_run_leaves_it_open_which_text_was_written_last() {
        let entry = Entry::new(b"old\n", 0o644, "a.org");
        assert!(entry.wrote_last("old\n") && !entry.wrote_last("new\n"));
        let killed = Entry { pending: [hash(b"new\n")].into(), ..entry };
        assert!(!killed.wrote_last("old\n") && !killed.wrote_last("new\n"));
    }

    #[track_caller]
    fn check_refused(text: &str, part: &str) {
        let refused = Lock::parse(text).expect_err("the lock is damaged");
        assert!(refused.contains(part), "{refused}");
    }

    #[test]
    fn a_damaged_lock_is_refused() {
        check_refused("not toml", "");
        check_refused("version = 9\n", "version 9");
        check_refused(
            "version = 1\n[files]\n\"a\" = { mode = \"0644\", sha256 = \"12\", origin = \"o\" }\n",
            "entry of `a`",
        );
    }
}
