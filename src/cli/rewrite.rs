//! Giving a document a new text: the encoding and the line ends of the old one, and nothing that was saved meanwhile lost.

use std::path::Path;

use similar::TextDiff;

use crate::workspace::confine::{Place, Roots};
use crate::workspace::write::{Action, Expected, Step};
use crate::workspace::{Failure, load};

/// A document's new content, not written yet.
pub(super) struct Rewritten {
    place: Place,
    old: Vec<u8>,
    new: Vec<u8>,
    mode: u32,
}

impl Rewritten {
    /// What is done to the file.
    pub(super) fn step(&self) -> Step<'_> {
        let action = Action::Write { bytes: self.new.as_slice().into(), mode: self.mode, make_folders: false };
        Step { place: self.place.clone(), expected: Expected::File(&self.old), action }
    }
}

/// Prepares a document whose text was `old` to have the text `new`.
pub(super) fn rewritten(path: &Path, old: &str, new: &str) -> Result<Rewritten, Failure> {
    let unusable = |reason: &str| Failure::Unusable(path.to_owned(), reason.to_owned());
    let bytes = load::optional(path)?.ok_or_else(|| unusable("is not there"))?;
    let new = encoded_like(&bytes, old, new)
        .ok_or_else(|| unusable("was saved by somebody else meanwhile, or is not UTF-8; convert it first"))?;
    let roots = Roots::new(path.parent().unwrap_or(path), &[])?;
    let place = roots.place(path).map_err(|_| unusable("is a link that leads to another folder"))?;
    Ok(Rewritten { place, old: bytes, new, mode: load::mode(path)? })
}

/// The new text as bytes of the same kind as those the old text was read from; none if these were not UTF-8.
fn encoded_like(bytes: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
    let forms: [fn(&str) -> String; 4] = [
        str::to_owned,
        |text| text.replace('\n', "\r\n"),
        |text| format!("\u{feff}{text}"),
        |text| format!("\u{feff}{}", text.replace('\n', "\r\n")),
    ];
    forms.iter().find(|form| form(old).as_bytes() == bytes).map(|form| form(new).into_bytes())
}

/// The patch that leads from one text of a document to another; empty if there is nothing to do.
pub(super) fn difference(shown: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().header(&format!("a/{shown}"), &format!("b/{shown}")).to_string()
}
