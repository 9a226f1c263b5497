//! Files beside a document that have the text of its outputs: second copies, which nothing keeps up to date.
//!
//! Org's own tangling knows nothing of an out-dir and writes them there. They are told of and left alone: nobody but their
//! author knows whether something uses them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::BuiltDocument;
use crate::artifact::{Artifact, Producer};
use crate::diagnostic::{Code, Diagnostic};
use crate::workspace::file::{self, Links};
use crate::workspace::shown;

/// At most this many blocks are shown with their copies.
const MOST_SHOWN: usize = 5;

/// Tells each document whose relative targets lie in `out_dir` of the copies beside it.
pub(super) fn report(documents: &mut [BuiltDocument], out_dir: &Path) {
    let given: BTreeSet<PathBuf> = documents.iter().flat_map(BuiltDocument::outputs).map(Path::to_owned).collect();
    for document in documents {
        let beside = document.input.path.parent().unwrap_or(out_dir);
        let mut copies: Vec<(&Artifact, PathBuf)> = document
            .compilation
            .artifacts
            .iter()
            .filter_map(|artifact| Some((artifact, copy(artifact, out_dir, beside)?)))
            .filter(|(_, copy)| !given.contains(copy))
            .collect();
        copies.sort_by_key(|(artifact, _)| artifact.declared.start);
        document.diagnostics.extend(diagnostic(&copies, out_dir));
    }
}

/// The file that Org would write for an output of blocks, if it is there and has the very text.
fn copy(artifact: &Artifact, out_dir: &Path, beside: &Path) -> Option<PathBuf> {
    let target = artifact.path.strip_prefix(out_dir).ok()?;
    let path = beside.join(target);
    // Empty files, such as `__init__.py`, are alike without being copies.
    if artifact.producer != Producer::Blocks || path == artifact.path || artifact.text.trim().is_empty() {
        return None;
    }
    let limit = artifact.text.len() as u64;
    let found = file::read(&path, Links::Refuse, limit).ok()??;
    (found == artifact.text.as_bytes()).then_some(path)
}

fn diagnostic(copies: &[(&Artifact, PathBuf)], out_dir: &Path) -> Option<Diagnostic> {
    let (first, rest) = copies.split_first()?;
    let (artifact, copy) = first;
    let message = match rest.len() {
        0 => format!("`{}` is a second copy of `{}`", shown(copy), shown(&artifact.path)),
        1 => format!("`{}` and another file are second copies of outputs", shown(copy)),
        others => format!("`{}` and {others} other files are second copies of outputs", shown(copy)),
    };
    let help =
        format!("remove what Org's own tangling wrote beside the document: the outputs are in `{}`", shown(out_dir));
    let found = Diagnostic::new(Code::SecondCopy, artifact.declared, message, help);
    Some(rest.iter().take(MOST_SHOWN).fold(found, |found, (artifact, copy)| {
        found.label(artifact.declared, format!("`{}` is a copy of this one", shown(copy)))
    }))
}
