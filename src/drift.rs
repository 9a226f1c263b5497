//! Compares what the documents give with what is on disk.
//!
//! Pure: the workspace observes the disk and reads the records, this module decides what each difference means and
//! whether the file is ours to replace or to remove. That is a matter of hashes, never of time or of what a file says.

mod cause;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::record::Entry;
use crate::source::{Span, decode};
pub use cause::causes;

/// What reports call a difference where a diagnostic has its code. It is no diagnostic: no level changes it.
pub const CODE: &str = "drift";

/// What a difference means and what to do, in Markdown.
pub const EXPLANATION: &str = include_str!("drift/explanation.md");

/// What an output's path holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnDisk {
    /// Nothing.
    Missing,
    /// A regular file.
    File {
        /// Its whole content.
        bytes: Vec<u8>,
        /// Its permission bits.
        mode: u32,
    },
}

/// One difference between documents and disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Absolute path of the file.
    pub path: &'a Path,
    /// What differs.
    pub kind: ChangeKind,
    /// The text on disk; lossy where it is not UTF-8, empty where there is none.
    pub old: Cow<'a, str>,
    /// Why no report may show the texts, if so.
    pub hidden: Option<Hidden>,
    /// What the documents give; none where they no longer give the file.
    pub artifact: Option<&'a Artifact>,
}

impl Change<'_> {
    /// The text that the documents give, empty where they give none.
    pub fn new_text(&self) -> &str {
        self.artifact.map_or("", |artifact| &artifact.text)
    }

    /// The declaration in the document, if it still has one.
    pub fn declared(&self) -> Option<Span> {
        self.artifact.map(|artifact| artifact.declared)
    }
}

/// Why a report shows no text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// No record has the file: a document could name any file of the person's.
    NotOurs,
    /// Its mode keeps it from others, and reports end up in logs.
    Private,
}

impl Hidden {
    /// The reason, as a sentence for people.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NotOurs => "its text is not shown, since no record says that qvm-tangle wrote it",
            Self::Private => "its text is not shown, since its mode keeps it from others",
        }
    }
}

/// The kinds of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The file is not there.
    Missing,
    /// The file has an older text of ours.
    Changed,
    /// The text is right, the permission bits are not.
    WrongMode {
        /// Bits on disk.
        old: u32,
        /// Bits the document asks for.
        new: u32,
    },
    /// The file is ours, and the documents no longer give it.
    Stale,
    /// A committed lock says that the file is ours, this machine did not write it, and the documents no longer give it.
    Unconfirmed,
    /// The documents give another text, and the one on disk is not what we wrote.
    Edited,
    /// The documents give another text, and we never wrote the file.
    NotOurs,
    /// The documents no longer give the file, and it was edited by hand since we wrote it.
    StaleEdited,
}

impl ChangeKind {
    /// The value in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::WrongMode { .. } => "wrong-mode",
            Self::Stale => "stale",
            Self::Unconfirmed => "unconfirmed",
            Self::Edited => "edited",
            Self::NotOurs => "not-ours",
            Self::StaleEdited => "stale-edited",
        }
    }

    /// What people read after the file's name.
    pub fn description(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::WrongMode { .. } => "wrong mode",
            Self::Stale => "stale: the document no longer gives it",
            Self::Unconfirmed => {
                "stale: the document no longer gives it, and only the committed lock says that qvm-tangle wrote it"
            }
            Self::Edited => "edited by hand since qvm-tangle wrote it",
            Self::NotOurs => "different, and not made by qvm-tangle",
            Self::StaleEdited => "stale: the document no longer gives it, and it was edited by hand",
        }
    }

    /// The permission bits on disk and those asked for, where they are the difference.
    pub fn modes(self) -> Option<[u32; 2]> {
        if let Self::WrongMode { old, new } = self { Some([old, new]) } else { None }
    }

    /// Whether a run without `--force` or `--overwrite` leaves the file alone.
    pub fn is_kept(self) -> bool {
        match self {
            Self::Edited | Self::NotOurs | Self::StaleEdited | Self::Unconfirmed => true,
            Self::Missing | Self::Changed | Self::WrongMode { .. } | Self::Stale => false,
        }
    }

    /// Whether the documents no longer give the file.
    pub fn is_stale(self) -> bool {
        match self {
            Self::Stale | Self::StaleEdited | Self::Unconfirmed => true,
            Self::Missing | Self::Changed | Self::WrongMode { .. } | Self::Edited | Self::NotOurs => false,
        }
    }
}

/// Which permission bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Modes {
    /// All of them.
    #[default]
    Exact,
    /// The owner's execute bit alone: version control keeps no other, and a checkout's umask decides the rest.
    ExecuteBit,
}

impl Modes {
    fn differ(self, a: u32, b: u32) -> bool {
        match self {
            Self::Exact => a != b,
            Self::ExecuteBit => (a ^ b) & 0o100 != 0,
        }
    }
}

/// Whether what lies in the project's folder may be believed: a committed lock says which files are ours to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FolderTrust {
    /// The person said so.
    Trusted,
    /// Nobody said so.
    #[default]
    Untrusted,
}

/// How strictly files are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Which permission bits count.
    pub modes: Modes,
    /// Whether the project's folder is trusted.
    pub trust: FolderTrust,
}

/// What the records say of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// The lock of the output folder.
    pub lock: Option<Entry>,
    /// This machine's record.
    pub machine: Option<Entry>,
}

impl Recorded {
    /// The entries that there are.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lock.iter().chain(&self.machine)
    }

    /// Whether this text, and surely no other, is what we wrote last.
    pub fn wrote_last(&self, text: &str) -> bool {
        self.entries().any(|entry| entry.wrote_last(text))
    }

    /// Whether these are bytes that we wrote.
    pub fn wrote(&self, bytes: &[u8]) -> bool {
        self.entries().any(|entry| entry.wrote(bytes))
    }

    /// What it means that the documents no longer give the file; nothing where it is not ours to speak of.
    fn stale(&self, bytes: &[u8], trust: FolderTrust) -> Option<ChangeKind> {
        let by_machine = self.machine.as_ref().filter(|entry| !entry.adopted);
        if by_machine.is_some_and(|entry| entry.wrote(bytes)) {
            return Some(ChangeKind::Stale);
        }
        match (&self.lock, trust) {
            (Some(entry), FolderTrust::Trusted) if entry.wrote(bytes) => Some(ChangeKind::Stale),
            (Some(entry), FolderTrust::Untrusted) if entry.wrote(bytes) => Some(ChangeKind::Unconfirmed),
            (Some(_), _) => Some(ChangeKind::StaleEdited),
            (None, _) => by_machine.map(|_| ChangeKind::StaleEdited),
        }
    }
}

/// Compares every artifact with its place on disk, and every recorded file with the artifacts.
///
/// `on_disk` has an entry for each artifact's path and for each recorded path. The result is sorted by path.
pub fn compare<'a>(
    artifacts: &'a [Artifact],
    on_disk: &'a BTreeMap<PathBuf, OnDisk>,
    recorded: &BTreeMap<PathBuf, Recorded>,
    policy: Policy,
) -> Vec<Change<'a>> {
    let mut changes: Vec<Change<'_>> = artifacts
        .iter()
        .filter_map(|artifact| {
            compare_one(artifact, on_disk.get(&artifact.path)?, recorded.get(&artifact.path), policy)
        })
        .chain(stale(artifacts, on_disk, recorded, policy.trust))
        .collect();
    changes.sort_by_key(|change| change.path);
    changes
}

fn compare_one<'a>(
    artifact: &'a Artifact,
    on_disk: &'a OnDisk,
    recorded: Option<&Recorded>,
    policy: Policy,
) -> Option<Change<'a>> {
    let (kind, old) = match on_disk {
        OnDisk::Missing => (ChangeKind::Missing, Cow::Borrowed("")),
        OnDisk::File { bytes, mode } if same_text(bytes, &artifact.text) => {
            let new = artifact.mode.filter(|&asked| policy.modes.differ(asked, *mode))?;
            (ChangeKind::WrongMode { old: *mode, new }, Cow::Borrowed(artifact.text.as_str()))
        }
        OnDisk::File { bytes, .. } => {
            let kind = match recorded {
                Some(recorded) if recorded.wrote(bytes) => ChangeKind::Changed,
                Some(_) => ChangeKind::Edited,
                None => ChangeKind::NotOurs,
            };
            (kind, String::from_utf8_lossy(bytes))
        }
    };
    let hidden = if is_private(artifact.mode, on_disk) {
        Some(Hidden::Private)
    } else {
        hidden_unless_ours(kind, recorded, policy.trust)
    };
    Some(Change { path: &artifact.path, kind, old, hidden, artifact: Some(artifact) })
}

/// A lock may come with a document and name any file; only a hash that fits shows that its text is known to it already.
fn hidden_unless_ours(kind: ChangeKind, recorded: Option<&Recorded>, trust: FolderTrust) -> Option<Hidden> {
    let is_known = recorded.is_some_and(|recorded| recorded.machine.is_some());
    match kind {
        ChangeKind::Edited | ChangeKind::NotOurs | ChangeKind::StaleEdited => {
            (!is_known && trust == FolderTrust::Untrusted).then_some(Hidden::NotOurs)
        }
        ChangeKind::Missing
        | ChangeKind::Changed
        | ChangeKind::WrongMode { .. }
        | ChangeKind::Stale
        | ChangeKind::Unconfirmed => None,
    }
}

/// Whether the mode that is asked for, or the one on disk, keeps the file from everybody but its owner.
fn is_private(asked: Option<u32>, on_disk: &OnDisk) -> bool {
    let keeps = |mode: u32| mode & 0o044 == 0;
    let present = match on_disk {
        OnDisk::Missing => None,
        OnDisk::File { mode, .. } => Some(*mode),
    };
    asked.is_some_and(keeps) || present.is_some_and(keeps)
}

/// Files that an earlier run recorded and no artifact names.
fn stale<'a>(
    artifacts: &'a [Artifact],
    on_disk: &'a BTreeMap<PathBuf, OnDisk>,
    recorded: &BTreeMap<PathBuf, Recorded>,
    trust: FolderTrust,
) -> Vec<Change<'a>> {
    let made: BTreeSet<&Path> = artifacts.iter().map(|artifact| artifact.path.as_path()).collect();
    let gone = recorded.iter().filter(|(path, _)| !made.contains(path.as_path()));
    gone.filter_map(|(path, recorded)| {
        let (path, found @ OnDisk::File { bytes, .. }) = on_disk.get_key_value(path)? else { return None };
        let kind = recorded.stale(bytes, trust)?;
        let hidden = if is_private(None, found) {
            Some(Hidden::Private)
        } else {
            hidden_unless_ours(kind, Some(recorded), trust)
        };
        Some(Change { path, kind, old: String::from_utf8_lossy(bytes), hidden, artifact: None })
    })
    .collect()
}

/// Rule T-072: a target that differs only in its encoding or line ends counts as the same.
fn same_text(bytes: &[u8], text: &str) -> bool {
    // Only a carriage return, a byte order mark or another encoding can make other bytes the same text.
    let may_differ = || bytes.contains(&b'\r') || !bytes.is_ascii();
    bytes == text.as_bytes() || (may_differ() && decode::decode(bytes.to_vec()).text == text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::{ChangeKind, FolderTrust, Hidden, OnDisk, Policy, Recorded, compare};
    use crate::artifact::{Artifact, Producer};
    use crate::record::Entry;
    use crate::source::Sources;

    fn artifact(text: &str, mode: Option<u32>) -> Artifact {
        let mut sources = Sources::default();
        let id = sources.add("a.org", "x");
        Artifact {
            path: PathBuf::from("/p/a.sh"),
            mode,
            text: text.to_owned(),
            origins: crate::artifact::Origins::default(),
            declared: sources.get(id).span(0..1),
            producer: Producer::Blocks,
            make_folders: false,
            touches: None,
        }
    }

    fn file(text: &str) -> OnDisk {
        OnDisk::File { bytes: text.as_bytes().to_vec(), mode: 0o644 }
    }

    fn entry(text: &str) -> Entry {
        Entry::new(text.as_bytes(), 0o644, "a.org")
    }

    fn adopted(text: &str) -> Entry {
        Entry { adopted: true, ..entry(text) }
    }

    fn recorded(lock: Option<Entry>, machine: Option<Entry>) -> Recorded {
        Recorded { lock, machine }
    }

    #[track_caller]
    fn check(artifact: &Artifact, disk: OnDisk, recorded: Option<Recorded>, expected: Option<ChangeKind>) {
        let on_disk = BTreeMap::from([(artifact.path.clone(), disk)]);
        let recorded = recorded.into_iter().map(|recorded| (artifact.path.clone(), recorded)).collect();
        let changes = compare(std::slice::from_ref(artifact), &on_disk, &recorded, Policy::default());
        assert_eq!(changes.first().map(|change| change.kind), expected);
    }

    #[test]
    fn a_hash_tells_our_text_from_a_hand_edit() {
        let new = artifact("new\n", None);
        check(&new, OnDisk::Missing, None, Some(ChangeKind::Missing));
        check(&new, file("new\n"), None, None);
        check(&new, file("new\r\n"), None, None);
        check(&new, file("old\n"), None, Some(ChangeKind::NotOurs));
        check(&new, file("# by qvm-tangle\n"), None, Some(ChangeKind::NotOurs));
        for known in [recorded(Some(entry("old\n")), None), recorded(None, Some(adopted("old\n")))] {
            check(&new, file("old\n"), Some(known.clone()), Some(ChangeKind::Changed));
            check(&new, file("edited\n"), Some(known), Some(ChangeKind::Edited));
        }
        let mode = ChangeKind::WrongMode { old: 0o644, new: 0o755 };
        check(&artifact("new\n", Some(0o755)), file("new\n"), None, Some(mode));
    }

    #[test]
    fn a_file_that_no_artifact_names_goes_only_if_this_machine_or_a_trusted_lock_says_that_it_is_ours() {
        let path = PathBuf::from("/p/old.sh");
        let cases = [
            (recorded(None, Some(entry("x\n"))), Some(ChangeKind::Stale), Some(ChangeKind::Stale)),
            (recorded(Some(entry("x\n")), None), Some(ChangeKind::Unconfirmed), Some(ChangeKind::Stale)),
            (
                recorded(Some(entry("x\n")), Some(adopted("x\n"))),
                Some(ChangeKind::Unconfirmed),
                Some(ChangeKind::Stale),
            ),
            (recorded(None, Some(adopted("x\n"))), None, None),
            (recorded(None, Some(entry("y\n"))), Some(ChangeKind::StaleEdited), Some(ChangeKind::StaleEdited)),
            (recorded(Some(entry("y\n")), None), Some(ChangeKind::StaleEdited), Some(ChangeKind::StaleEdited)),
        ];
        let on_disk = BTreeMap::from([(path.clone(), file("x\n"))]);
        for (recorded, untrusted, trusted) in cases {
            let recorded = BTreeMap::from([(path.clone(), recorded)]);
            for (trust, expected) in [(FolderTrust::Untrusted, untrusted), (FolderTrust::Trusted, trusted)] {
                let changes = compare(&[], &on_disk, &recorded, Policy { trust, ..Policy::default() });
                assert_eq!(changes.first().map(|change| change.kind), expected, "{recorded:?}");
            }
        }
    }

    #[test]
    fn no_text_of_others_and_no_private_text_is_shown() {
        let on_disk = BTreeMap::from([(PathBuf::from("/p/a.sh"), file("theirs\n"))]);
        let hidden = |mode, recorded: Option<Recorded>| {
            let recorded = recorded.into_iter().map(|known| (PathBuf::from("/p/a.sh"), known)).collect();
            compare(&[artifact("new\n", mode)], &on_disk, &recorded, Policy::default())[0].hidden
        };
        assert_eq!(hidden(None, None), Some(Hidden::NotOurs));
        assert_eq!(hidden(None, Some(recorded(Some(entry("a guess\n")), None))), Some(Hidden::NotOurs));
        assert_eq!(hidden(None, Some(recorded(Some(entry("theirs\n")), None))), None);
        assert_eq!(hidden(None, Some(recorded(None, Some(entry("x\n"))))), None);
        assert_eq!(hidden(Some(0o600), Some(recorded(Some(entry("x\n")), None))), Some(Hidden::Private));
    }
}
