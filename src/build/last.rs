//! The texts of the documents of a run at their last write: kept after each write, for plans.
//!
//! A text goes before its outputs are written and comes after, so that a run that is killed leaves none, and never a wrong
//! one. Documents without a network have none: nobody plans them.

use std::path::{Path, PathBuf};

use super::{Built, BuiltDocument};
use crate::network::{self, Network};
use crate::workspace::kept;
use crate::workspace::load::{Loaded, Settings};

/// A document and its root whose text is to be kept once its outputs are written.
pub(super) type Unkept<'a> = (&'a BuiltDocument, &'a Path);

/// Forgets the texts that are about to be another one, and gives the documents whose texts are not kept.
pub(super) fn forget(built: &Built) -> Vec<Unkept<'_>> {
    let mut unkept = Vec::new();
    for (document, root) in documents(built) {
        let kept = kept::read(root, &document.input.path);
        let has_network = !document.compilation.networks.is_empty();
        if has_network && kept.as_deref() == Some(document.loaded.source().text().as_bytes()) {
            continue;
        }
        if kept.is_some() {
            kept::forget(root, &document.input.path);
        }
        unkept.extend(has_network.then_some((document, root)));
    }
    unkept
}

/// Keeps the texts that were written.
pub(super) fn keep(unkept: &[Unkept<'_>]) {
    for (document, root) in unkept {
        kept::keep(root, &document.input.path, document.loaded.source().text());
    }
    if !unkept.is_empty() {
        kept::drop_oldest();
    }
}

/// The path and text of a document at its last write. Where it was written under another name, the outputs tell which: that
/// of a document which is no longer there.
pub(super) fn written(built: &Built, document: usize) -> Option<(PathBuf, Vec<u8>)> {
    let (path, root) = (&built.documents.get(document)?.input.path, built.roots.get(document)?);
    let own = kept::read(root, path).map(|text| (path.clone(), text));
    let former = || {
        let entries = built.recorded.get(document)?.values().filter_map(|recorded| recorded.machine.as_ref());
        let mut origins = entries.map(|entry| Path::new(&entry.origin)).filter(|origin| is_gone(origin));
        origins.find_map(|origin| Some((origin.to_owned(), kept::read(root, origin)?)))
    };
    own.or_else(former)
}

/// The networks of a document as they were at its last write; none where that is not known.
pub(super) fn networks(built: &Built, document: usize, settings: &Settings) -> Option<Vec<Network>> {
    let (path, text) = written(built, document)?;
    let loaded = Loaded::read(&path, Some(&text), settings).ok()?;
    Some(network::read(loaded.document().document(), &mut Vec::new()))
}

fn is_gone(origin: &Path) -> bool {
    origin.is_absolute() && origin.symlink_metadata().is_err()
}

fn documents(built: &Built) -> impl Iterator<Item = (&BuiltDocument, &Path)> {
    built.documents.iter().zip(built.roots.iter().map(PathBuf::as_path))
}
