//! What we wrote, so that a later run knows its own work: in an output folder's lock, and on this machine.
//!
//! `qvm-tangle.lock` is committed: it says the same on every host and merges well. A machine's record lies outside of
//! every project (`workspace::records`) and has all that was written here. Both are TOML with one line a file, sorted by
//! path. A hash is of the bytes we wrote: a file whose bytes have it is ours to replace, any other is not.

pub mod unsynced;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::source::decode::decode;
use crate::source::digits;

/// Name of the lock file in the output folder.
pub const LOCK_NAME: &str = "qvm-tangle.lock";

/// How every record begins.
pub const FIRST_WORDS: &str = "# Written by qvm-tangle: the files it made ";

const VERSION: u32 = 1;

/// Everything we made below one folder. Paths are relative to it, with `/` between their parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    version: u32,
    /// The folder, in a machine's record; a lock lies in its folder and does not name it.
    #[serde(default)]
    pub root: Option<String>,
    /// Folders we made.
    #[serde(default)]
    pub folders: BTreeSet<String>,
    /// Other hashes of files since the last run that ended: what runs were about to write, or what they replaced, each with
    /// its note after a space if it is not synced ([`unsynced`]); empty unless a run was killed.
    #[serde(default)]
    pub pending: BTreeMap<String, BTreeSet<String>>,
    /// Temporary names, in their folders, of files that a run writes, replaces or removes; empty unless one was killed.
    #[serde(default)]
    pub temporary: BTreeMap<String, String>,
    /// Files we made.
    #[serde(default)]
    pub files: BTreeMap<String, Entry>,
}

/// What we remember of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Permission bits in octal, such as `0755`.
    pub mode: String,
    /// SHA-256 of the bytes we wrote, in hexadecimal.
    pub sha256: String,
    /// The document it comes from: relative to the output folder in a lock, absolute in a machine's record.
    pub origin: String,
    /// Whether the text was there already when we first gave it: such a file is ours to replace, but not to remove.
    #[serde(default)]
    pub adopted: bool,
    /// The note of a text that was not synced when it was written; in a machine's record alone.
    #[serde(default)]
    pub unsynced: Option<String>,
    /// Other hashes the file may have: what runs that were killed were about to write.
    #[serde(skip)]
    pub pending: BTreeSet<String>,
    /// The notes of texts of which a power cut may have left a part.
    #[serde(skip)]
    pub torn: BTreeSet<String>,
}

impl Record {
    /// A record of nothing yet.
    pub fn empty() -> Self {
        Self { version: VERSION, ..Self::default() }
    }

    /// Reads a record's text.
    ///
    /// Paths that lead out of the record's folder are passed over: no run writes them.
    ///
    /// # Errors
    /// Says what is wrong with it: not ours, damaged, or of a later version.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut record: Self = toml::from_str(text).map_err(|refused| refused.message().to_owned())?;
        if record.version != VERSION {
            return Err(format!("it has version {}, this program knows version {VERSION}", record.version));
        }
        if let Some((path, _)) = record.files.iter().find(|(_, entry)| entry.is_damaged()) {
            return Err(format!("the entry of `{path}` is damaged"));
        }
        record.files.retain(|path, _| is_inside(path));
        record.folders.retain(|path| is_inside(path));
        record.pending.retain(|path, _| is_inside(path));
        record.temporary.retain(|path, _| is_inside(path));
        record.adopt_pending();
        Ok(record)
    }

    /// Takes no file for torn that was written under this boot, which still lasts; none at all if that is not known.
    pub fn rule_out_torn(&mut self, boot: Option<&str>) {
        for entry in self.files.values_mut() {
            entry.torn.retain(|note| boot.is_some_and(|boot| !unsynced::is_of(note, boot)));
        }
    }

    /// A run was killed: each file may have the hash from before it or the one from after it.
    fn adopt_pending(&mut self) {
        for entry in self.files.values_mut() {
            entry.torn.extend(entry.unsynced.clone());
        }
        for (path, pending) in &self.pending {
            let hashes: BTreeSet<String> = pending.iter().map(|text| parted(text).0.to_owned()).collect();
            let unknown = || Entry {
                mode: "0644".to_owned(),
                sha256: hashes.first().cloned().unwrap_or_default(),
                ..Entry::default()
            };
            let entry = self.files.entry(path.clone()).or_insert_with(unknown);
            entry.torn.extend(pending.iter().filter_map(|text| parted(text).1).map(str::to_owned));
            entry.pending = hashes;
        }
    }

    /// The record's text: the same for the same content, one line a file. What holds for an unfinished run alone stands
    /// last, so that cutting it off finishes the run.
    pub fn print(&self) -> String {
        let mut text = FIRST_WORDS.to_owned();
        text.push_str(match self.root {
            None => "here. Commit this file; do not edit it.\n",
            Some(_) => "on this machine. Do not edit this file.\n",
        });
        let _ = writeln!(text, "version = {}", self.version);
        if let Some(root) = &self.root {
            let _ = writeln!(text, "root = {}", quoted(root));
        }
        let _ = writeln!(text, "folders = {}", list(&self.folders));
        text.push_str("\n[files]\n");
        for (path, Entry { mode, sha256, origin, adopted, unsynced, .. }) in &self.files {
            let [path, mode, sha256, origin] = [path, mode, sha256, origin].map(|word| quoted(word));
            let adopted = if *adopted { ", adopted = true" } else { "" };
            let _ = write!(text, "{path} = {{ mode = {mode}, sha256 = {sha256}, origin = {origin}{adopted}");
            if let Some(note) = unsynced {
                let _ = write!(text, ", unsynced = {}", quoted(note));
            }
            text.push_str(" }\n");
        }
        if !self.pending.is_empty() {
            text.push_str("\n[pending]\n");
        }
        for (path, hashes) in &self.pending {
            let _ = writeln!(text, "{} = {}", quoted(path), list(hashes));
        }
        if !self.temporary.is_empty() {
            text.push_str("\n[temporary]\n");
        }
        for (path, name) in &self.temporary {
            let _ = writeln!(text, "{} = {}", quoted(path), quoted(name));
        }
        text
    }
}

/// A hash of a record, and the note that may stand after it.
fn parted(pending: &str) -> (&str, Option<&str>) {
    pending.split_once(' ').map_or((pending, None), |(hash, note)| (hash, Some(note)))
}

/// A JSON string without control characters is a TOML basic string, which may be a key and stays on one line.
fn quoted(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}

fn list(words: &BTreeSet<String>) -> String {
    format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
}

/// Whether a relative path of names alone: it leads nowhere else.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

impl Entry {
    /// Records a file as it is written.
    pub fn new(text: &[u8], mode: u32, origin: &str) -> Self {
        Self { mode: format!("{mode:04o}"), sha256: hash(text), origin: origin.to_owned(), ..Self::default() }
    }

    /// Whether these are the bytes we wrote, line ends aside: a checkout may turn LF into CR LF. What a power cut left of
    /// them is ours as well.
    pub fn wrote(&self, bytes: &[u8]) -> bool {
        let ours = |hash: &String| *hash == self.sha256 || self.pending.contains(hash);
        ours(&hash(bytes))
            || ours(&hash(decode(bytes.to_vec()).text.as_bytes()))
            || self.torn.iter().any(|note| unsynced::is_torn(note, bytes))
    }

    /// The note of the text with this hash, if that was written and not synced.
    pub fn note_of(&self, sha256: &str) -> Option<&str> {
        self.unsynced.as_deref().filter(|_| self.sha256 == sha256)
    }

    /// Whether this text, and surely no other, is what we wrote last: a run that was killed may have written another.
    pub fn wrote_last(&self, text: &str) -> bool {
        let hash = hash(text.as_bytes());
        self.sha256 == hash && self.pending.iter().all(|pending| *pending == hash)
    }

    fn is_damaged(&self) -> bool {
        digits::octal(&self.mode).is_none()
            || self.sha256.len() != 64
            || !self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// SHA-256 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    push_hash(&mut digits, bytes, 64);
    digits
}

/// Appends this many digits of the hash of some bytes.
fn push_hash(text: &mut String, bytes: &[u8], digits: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in &Sha256::digest(bytes)[..digits / 2] {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{Entry, Record, hash};

    #[test]
    fn what_is_printed_is_read_back() {
        let mut record = Record::empty();
        record.files.insert("odd \"name\"\\'.sh".to_owned(), Entry::new(b"x\n", 0o755, "../org/a.org"));
        record.files.insert("bridge-up.sh".to_owned(), Entry::new(b"", 0o644, "../org/a.org"));
        record.folders.insert("cloud-init/cp".to_owned());
        assert_eq!(Record::parse(&record.print()), Ok(record.clone()));
        assert!(record.files["bridge-up.sh"].wrote(b""));
        assert!(!record.files["bridge-up.sh"].wrote(b"edited"));
        let adopted = Entry { adopted: true, ..Entry::new(b"y\n", 0o644, "/p/a.org") };
        record.files.insert("mine".to_owned(), adopted);
        record.root = Some("/p".to_owned());
        assert_eq!(Record::parse(&record.print()), Ok(record));
    }

    #[test]
    fn a_killed_run_leaves_it_open_which_text_was_written_last() {
        let entry = Entry::new(b"old\n", 0o644, "a.org");
        assert!(entry.wrote_last("old\n") && !entry.wrote_last("new\n"));
        let killed = Entry { pending: [hash(b"new\n")].into(), ..entry };
        assert!(!killed.wrote_last("old\n") && !killed.wrote_last("new\n"));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_passed_over() {
        let hash = hash(b"x\n");
        let mut text = String::from("version = 1\nfolders = [\"/etc\", \"..\", \"a/../..\", \"a\"]\n[files]\n");
        for path in ["/etc/passwd", "../up", "a/../../b", "", "./a", "kept"] {
            let _ = writeln!(text, "\"{path}\" = {{ mode = \"0644\", sha256 = \"{hash}\", origin = \"a.org\" }}");
        }
        let record = Record::parse(&text).unwrap();
        assert_eq!(record.files.keys().collect::<Vec<_>>(), ["kept"]);
        assert_eq!(record.folders.iter().collect::<Vec<_>>(), ["a"]);
    }

    #[track_caller]
    fn check_refused(text: &str, part: &str) {
        let refused = Record::parse(text).expect_err("the record is damaged");
        assert!(refused.contains(part), "{refused}");
    }

    #[test]
    fn a_damaged_record_is_refused() {
        check_refused("not toml", "");
        check_refused("version = 9\n", "version 9");
        for entry in ["mode = \"0644\", sha256 = \"12\"", "mode = \"+644\", sha256 = \"12\""] {
            check_refused(&format!("version = 1\n[files]\n\"a\" = {{ {entry}, origin = \"o\" }}\n"), "entry of `a`");
        }
    }
}
