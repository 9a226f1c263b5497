//! Giving a document or a template a new text: the encoding and the line ends of the old one, and nothing that was saved meanwhile lost.

use std::path::Path;

use similar::TextDiff;

use crate::workspace::confine::{ConfinedPath, Roots};
use crate::workspace::write::{Action, Durability, Expected, Step};
use crate::workspace::{Failure, load};

/// The new content of a document or a template, not written yet.
pub(super) struct Rewritten {
    place: ConfinedPath,
    /// None for a file that is new.
    old: Option<Vec<u8>>,
    new: Vec<u8>,
    mode: u32,
}

impl Rewritten {
    /// What is done to the file.
    pub(super) fn step(&self) -> Step<'_> {
        let make_folders = self.old.is_none();
        let (bytes, durability) = (self.new.as_slice().into(), Durability::BeforeUse);
        let action = Action::Write { bytes, mode: self.mode, make_folders, durability };
        let expected = self.old.as_deref().map_or(Expected::Nothing, Expected::File);
        Step { place: self.place.clone(), expected, action }
    }
}

/// Prepares a document whose text was `old` to have the text `new`.
pub(super) fn rewritten(path: &Path, old: &str, new: &str) -> Result<Rewritten, Failure> {
    let roots = Roots::new(path.parent().unwrap_or(path), &[])?;
    let place = roots.place(path).map_err(|_| unusable(path, "is a link that leads to another folder"))?;
    changed(place, path, old, new)
}

/// The same for a file below a folder that no link leads to.
pub(super) fn rewritten_below(folder: &Path, path: &Path, old: &str, new: &str) -> Result<Rewritten, Failure> {
    changed(place_below(folder, path)?, path, old, new)
}

/// Prepares a new file below a folder, where nothing is yet.
pub(super) fn created_below(folder: &Path, path: &Path, text: &str) -> Result<Rewritten, Failure> {
    Ok(Rewritten { place: place_below(folder, path)?, old: None, new: text.as_bytes().to_vec(), mode: 0o644 })
}

/// The place of a path below a folder, if no link is on the way.
fn place_below(folder: &Path, path: &Path) -> Result<ConfinedPath, Failure> {
    let is_linked = || unusable(path, "is reached by a link: edit what it leads to");
    let place = Roots::new(folder, &[])?.place(path).map_err(|_| is_linked())?;
    if path.strip_prefix(folder).is_ok_and(|below| below == place.relative) { Ok(place) } else { Err(is_linked()) }
}

fn changed(place: ConfinedPath, path: &Path, old: &str, new: &str) -> Result<Rewritten, Failure> {
    let bytes = load::optional(path)?.ok_or_else(|| unusable(path, "is not there"))?;
    let new = encoded_like(&bytes, old, new)
        .ok_or_else(|| unusable(path, "was saved by somebody else meanwhile, or is not UTF-8; convert it first"))?;
    Ok(Rewritten { place, old: Some(bytes), new, mode: load::mode(path)? })
}

fn unusable(path: &Path, reason: &str) -> Failure {
    Failure::Unusable(path.to_owned(), reason.to_owned())
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
    let (diff, shown) = (TextDiff::from_lines(old, new), shown.trim_start_matches('/'));
    diff.unified_diff().header(&format!("a/{shown}"), &format!("b/{shown}")).to_string()
}
