//! `qvm-tangle detangle`: edits of a tangled file, shown as a patch of the document, applied with `--write`.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::map::Outputs;
use super::output::{Output, result};
use super::{Ending, Shared};
use crate::build::Built;
use crate::diagnostic::{Severity, sort};
use crate::org;
use crate::report::count;
use crate::source::decode;
use crate::tangle::{self, Detangled};
use crate::workspace::confine::Roots;
use crate::workspace::write::{self, Action, Seen, Step};
use crate::workspace::{Failure, absolute, load, shown};

/// What `detangle` takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A tangled file with link comments that was edited
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Change the document; without it the patch is only shown
    #[arg(long)]
    write: bool,
}

/// Shows or applies what the edits of a file change in its document.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Output) -> Result<Ending, Failure> {
    let path = absolute(&arguments.file)?;
    let Some(bytes) = load::optional(&path)? else {
        return Err(Failure::Unusable(arguments.file.clone(), "is not there".to_owned()));
    };
    let mut outputs = Outputs::new(shared);
    let Some((built, index)) = outputs.built_with(&path)? else {
        let reason = "is no output of a document here; name its folder with --out-dir, or its project with --config";
        return Err(Failure::Unusable(arguments.file.clone(), reason.to_owned()));
    };
    let detangled = if built.has_error() { None } else { detangle(built, index, &path, bytes) };
    output.findings_alone(built);
    let Some(detangled) = detangled else { return Ok(Ending::HasErrors) };
    let document = &built.documents[index];
    let old = document.loaded.document().text();
    if detangled.changed.is_empty() {
        output.note(&format!("no block of {} was edited in {}", document.input.shown, shown(&path)));
        return Ok(Ending::Clean);
    }
    let blocks = count(detangled.changed.len(), "block");
    if !arguments.write {
        let diff = TextDiff::from_lines(old, detangled.text.as_str());
        let (from, to) = (format!("a/{}", document.input.shown), format!("b/{}", document.input.shown));
        result(&diff.unified_diff().header(&from, &to).to_string());
        output.note(&format!("{blocks} would change; --write does it"));
        return Ok(Ending::Clean);
    }
    write_document(&document.input.path, old, &detangled.text)?;
    output.note(&format!("changed {blocks} of {}", document.input.shown));
    Ok(Ending::Clean)
}

fn detangle(built: &mut Built, index: usize, path: &Path, bytes: Vec<u8>) -> Option<Detangled> {
    let document = &mut built.documents[index];
    let edited = document.loaded.sources.add(shown(path), decode::decode(bytes).text);
    let inputs = document.loaded.inputs();
    let parsed = org::parse(document.loaded.document(), &mut Vec::new());
    let mut found = Vec::new();
    let detangled = tangle::detangle(&parsed, inputs.sources, inputs.surroundings, edited, path, &mut found);
    // Tangling's own findings are in the document's already.
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    document.diagnostics.append(&mut found);
    sort(&mut document.diagnostics);
    detangled
}

/// Writes the document's new text in the encoding and with the line ends that the old one has on disk.
fn write_document(path: &Path, old: &str, new: &str) -> Result<(), Failure> {
    let bytes = load::optional(path)?.unwrap_or_default();
    let Some(new) = encoded_like(&bytes, old, new) else {
        return Err(Failure::Unusable(path.to_owned(), "is not UTF-8; convert it first".to_owned()));
    };
    let folder = path.parent().unwrap_or(path);
    let roots = Roots::new(folder, &[])?;
    let Ok(place) = roots.place(path) else {
        return Err(Failure::Unusable(path.to_owned(), "is a link that leads to another folder".to_owned()));
    };
    let mode = load::mode(path)?;
    let action = Action::Write { bytes: &new, mode, make_folders: false };
    write::write(&[Step { place, seen: Seen::File(&bytes), action }])?;
    Ok(())
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
