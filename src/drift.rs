//! Compares what the documents give with what is on disk.
//!
//! Pure: the workspace observes the disk, this module decides what each difference means and whether the file is ours
//! to replace. With a lock that is a matter of hashes, never of time. Without one (outputs beside the document) a
//! tangled target is replaced as Emacs does, and a rendered one if it carries our header.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::artifact::{Artifact, Producer};
use crate::lock::Entry;
use crate::source::{Span, decode};

/// What reports call a difference where a finding has its code. It is no diagnostic: no level changes it.
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
    pub kind: Kind,
    /// The text on disk; lossy where it is not UTF-8, empty where there is none.
    pub old: Cow<'a, str>,
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

/// The kinds of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
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
    /// The documents give another text, and the one on disk is not ours: edited by hand, or never made by us.
    Edited,
    /// The documents no longer give the file, and it was edited by hand since.
    StaleEdited,
}

impl Kind {
    /// The adjective in reports and the value in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::WrongMode { .. } => "wrong-mode",
            Self::Stale => "stale",
            Self::Edited => "edited",
            Self::StaleEdited => "stale-edited",
        }
    }

    /// What people read behind the file's name.
    pub fn description(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::WrongMode { .. } => "wrong mode",
            Self::Stale => "stale: the document no longer gives it",
            Self::Edited => "edited by hand, or not made by qvm-tangle",
            Self::StaleEdited => "stale: the document no longer gives it, and it was edited by hand",
        }
    }

    /// Whether a run without `--force` leaves the file alone.
    pub fn is_kept(self) -> bool {
        match self {
            Self::Edited | Self::StaleEdited => true,
            Self::Missing | Self::Changed | Self::WrongMode { .. } | Self::Stale => false,
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

/// What earlier runs recorded: entries by absolute path, of the documents compiled now; none without an out-dir.
pub type Recorded = BTreeMap<PathBuf, Entry>;

/// Compares every artifact with its place on disk, and every recorded file with the artifacts.
///
/// `on_disk` has an entry for each artifact's path and for each recorded path. The result is sorted by path.
pub fn compare<'a>(
    artifacts: &'a [Artifact],
    on_disk: &'a BTreeMap<PathBuf, OnDisk>,
    recorded: Option<&Recorded>,
    modes: Modes,
) -> Vec<Change<'a>> {
    let mut changes: Vec<Change<'_>> = artifacts
        .iter()
        .filter_map(|artifact| compare_one(artifact, on_disk.get(&artifact.path)?, recorded, modes))
        .chain(stale(artifacts, on_disk, recorded))
        .collect();
    changes.sort_by_key(|change| change.path);
    changes
}

fn compare_one<'a>(
    artifact: &'a Artifact,
    on_disk: &'a OnDisk,
    recorded: Option<&Recorded>,
    modes: Modes,
) -> Option<Change<'a>> {
    let (kind, old) = match on_disk {
        OnDisk::Missing => (Kind::Missing, Cow::Borrowed("")),
        OnDisk::File { bytes, mode } if same_text(bytes, &artifact.text) => {
            let new = artifact.mode.filter(|&asked| modes.differ(asked, *mode))?;
            (Kind::WrongMode { old: *mode, new }, Cow::Borrowed(artifact.text.as_str()))
        }
        OnDisk::File { bytes, .. } => {
            let kind = if is_ours(artifact, bytes, recorded) { Kind::Changed } else { Kind::Edited };
            (kind, String::from_utf8_lossy(bytes))
        }
    };
    Some(Change { path: &artifact.path, kind, old, artifact: Some(artifact) })
}

/// Files that an earlier run recorded and no artifact names.
fn stale<'a>(
    artifacts: &'a [Artifact],
    on_disk: &'a BTreeMap<PathBuf, OnDisk>,
    recorded: Option<&Recorded>,
) -> Vec<Change<'a>> {
    let made: BTreeSet<&Path> = artifacts.iter().map(|artifact| artifact.path.as_path()).collect();
    let gone = recorded.into_iter().flatten().filter(|(path, _)| !made.contains(path.as_path()));
    gone.filter_map(|(path, entry)| {
        let (path, OnDisk::File { bytes, .. }) = on_disk.get_key_value(path)? else { return None };
        let kind = if entry.wrote(bytes) { Kind::Stale } else { Kind::StaleEdited };
        Some(Change { path, kind, old: String::from_utf8_lossy(bytes), artifact: None })
    })
    .collect()
}

/// Rule T-072: a target that differs only in its encoding or line ends counts as the same.
fn same_text(bytes: &[u8], text: &str) -> bool {
    // Only a carriage return, a byte order mark or another encoding can make other bytes the same text.
    let may_differ = || bytes.contains(&b'\r') || !bytes.is_ascii();
    bytes == text.as_bytes() || (may_differ() && decode::decode(bytes.to_vec()).text == text)
}

fn is_ours(artifact: &Artifact, bytes: &[u8], recorded: Option<&Recorded>) -> bool {
    match recorded {
        Some(entries) => entries.get(&artifact.path).is_some_and(|entry| entry.wrote(bytes)),
        None => match artifact.producer {
            Producer::Blocks => true,
            Producer::Template | Producer::Graph => has_our_header(bytes),
        },
    }
}

/// Every rendered file says on its first lines that qvm-tangle generated it.
fn has_our_header(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(400)];
    String::from_utf8_lossy(head).contains("qvm-tangle")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::{Kind, Modes, OnDisk, Recorded, compare};
    use crate::artifact::{Artifact, Producer};
    use crate::lock::Entry;
    use crate::source::Sources;

    fn artifact(text: &str, mode: Option<u32>, producer: Producer) -> Artifact {
        let mut sources = Sources::default();
        let id = sources.add("a.org", "x");
        Artifact {
            path: PathBuf::from("/p/a.sh"),
            mode,
            text: text.to_owned(),
            origins: crate::artifact::Origins::default(),
            declared: sources.get(id).span(0..1),
            producer,
            make_folders: false,
            touches: None,
        }
    }

    #[track_caller]
    fn check(artifact: &Artifact, disk: OnDisk, wrote: Option<&str>, expected: Option<Kind>) {
        let on_disk = BTreeMap::from([(artifact.path.clone(), disk)]);
        let recorded =
            wrote.map(|text| Recorded::from([(artifact.path.clone(), Entry::new(text.as_bytes(), 0o644, "a.org"))]));
        let changes = compare(std::slice::from_ref(artifact), &on_disk, recorded.as_ref(), Modes::Exact);
        assert_eq!(changes.first().map(|change| change.kind), expected);
    }

    fn file(text: &str) -> OnDisk {
        OnDisk::File { bytes: text.as_bytes().to_vec(), mode: 0o644 }
    }

    #[test]
    fn a_hash_tells_our_text_from_a_hand_edit() {
        let new = artifact("new\n", None, Producer::Blocks);
        check(&new, OnDisk::Missing, None, Some(Kind::Missing));
        check(&new, file("new\n"), None, None);
        check(&new, file("new\r\n"), None, None);
        check(&new, file("old\n"), Some("old\n"), Some(Kind::Changed));
        check(&new, file("edited\n"), Some("old\n"), Some(Kind::Edited));
        check(
            &artifact("new\n", Some(0o755), Producer::Blocks),
            file("new\n"),
            Some("new\n"),
            Some(Kind::WrongMode { old: 0o644, new: 0o755 }),
        );
    }

    #[test]
    fn without_a_lock_only_rendered_files_need_our_header() {
        check(&artifact("new\n", None, Producer::Blocks), file("old\n"), None, Some(Kind::Changed));
        check(&artifact("new\n", None, Producer::Template), file("old\n"), None, Some(Kind::Edited));
        let ours = "# Generated by qvm-tangle from a.org\n";
        check(&artifact("new\n", None, Producer::Template), file(ours), None, Some(Kind::Changed));
    }

    #[test]
    fn a_recorded_file_that_no_artifact_names_is_stale() {
        let path = PathBuf::from("/p/old.sh");
        let recorded = Recorded::from([(path.clone(), Entry::new(b"ours\n", 0o644, "a.org"))]);
        for (text, kind) in [("ours\n", Kind::Stale), ("edited\n", Kind::StaleEdited)] {
            let on_disk = BTreeMap::from([(path.clone(), file(text))]);
            assert_eq!(compare(&[], &on_disk, Some(&recorded), Modes::Exact)[0].kind, kind);
        }
        assert_eq!(compare(&[], &BTreeMap::from([(path, OnDisk::Missing)]), Some(&recorded), Modes::Exact), []);
    }
}
