//! `qvm-tangle detangle`: edits of a tangled file, shown as a patch of the document, applied with `--write`.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::map::Outputs;
use super::output::{Output, patch};
use super::{Ending, Shared};
use crate::artifact::Artifact;
use crate::build::{Built, BuiltDocument};
use crate::compile::Compilation;
use crate::diagnostic::{Code, Diagnostic, has_error, sort};
use crate::report::count;
use crate::source::decode;
use crate::tangle::{self, Detangled, TangledFile};
use crate::workspace::confine::Roots;
use crate::workspace::write::{Action, Expected, Step};
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
    output.findings_alone(built)?;
    let Some(detangled) = detangled else { return Ok(Ending::of_errors(built)) };
    let document = &built.documents[index];
    let old = document.loaded.source().text();
    if detangled.changed.is_empty() {
        output.note(&format!("no block of {} was edited in {}", document.input.shown, shown(&path)));
        return Ok(Ending::Clean);
    }
    let blocks = count(detangled.changed.len(), "block");
    if !arguments.write {
        let diff = TextDiff::from_lines(old, detangled.text.as_str());
        let (from, to) = (format!("a/{}", document.input.shown), format!("b/{}", document.input.shown));
        patch(&diff.unified_diff().header(&from, &to).to_string())?;
        output.note(&format!("{blocks} would change; --write does it"));
        return Ok(Ending::Clean);
    }
    write_document(built, document, &path, &detangled)?;
    output.note(&format!("changed {blocks} of {}", document.input.shown));
    Ok(Ending::Clean)
}

fn detangle(built: &mut Built, index: usize, path: &Path, bytes: Vec<u8>) -> Option<Detangled> {
    let recorded = built.recorded(index, path).cloned();
    let levels = built.levels.clone();
    let document = &mut built.documents[index];
    if recorded.as_ref().is_some_and(|recorded| recorded.wrote(&bytes)) {
        // Where it differs, the document was edited and not the file.
        let text = document.loaded.source().text().to_owned();
        return Some(Detangled { text, changed: Vec::new(), gives: String::new() });
    }
    let edited = document.loaded.sources.add(shown(path), decode::decode(bytes).text);
    let inputs = document.loaded.inputs();
    let mut found = Vec::new();
    let Compilation { artifacts, linked, .. } = &document.compilation;
    let artifact = artifacts.iter().find(|artifact| artifact.path == path);
    let given = TangledFile::at(path, artifacts, linked);
    let edited = document.loaded.sources.get(edited);
    let detangled = tangle::detangle(inputs.document.document(), inputs.surroundings, given, edited, &mut found);
    levels.apply(&mut found);
    let has_edits = detangled.as_ref().is_some_and(|detangled| !detangled.changed.is_empty());
    if let (Some(recorded), Some(artifact), true) = (recorded, artifact, has_edits)
        && !recorded.entries().any(|entry| entry.wrote_last(&artifact.text))
    {
        found.push(moved_on(artifact));
    }
    document.diagnostics.append(&mut found);
    sort(&mut document.diagnostics);
    detangled.filter(|_| !has_error(&document.diagnostics))
}

/// A text of the file that differs may be an edit or what the document had before: carried back, it could undo newer text.
fn moved_on(artifact: &Artifact) -> Diagnostic {
    let file = shown(&artifact.path);
    Diagnostic::new(
        Code::UncarriedEdit,
        artifact.declared,
        format!(
            "`{file}` was edited, and so was this document since the file was written: no edit can be told from older text"
        ),
        "carry the edit into the document by hand (`qvm-tangle check` shows it), then renew the file with `--force`",
    )
}

/// Writes the document's new text in the encoding and with the line ends that the old one has on disk.
fn write_document(built: &Built, document: &BuiltDocument, output: &Path, new: &Detangled) -> Result<(), Failure> {
    let path = &document.input.path;
    let bytes = load::optional(path)?.unwrap_or_default();
    let Some(text) = encoded_like(&bytes, document.loaded.source().text(), &new.text) else {
        return Err(Failure::Unusable(path.clone(), "is not UTF-8; convert it first".to_owned()));
    };
    let folder = path.parent().unwrap_or(path);
    let roots = Roots::new(folder, &[])?;
    let Ok(place) = roots.place(path) else {
        return Err(Failure::Unusable(path.clone(), "is a link that leads to another folder".to_owned()));
    };
    let mode = load::mode(path)?;
    let action = Action::Write { bytes: text.into(), mode, make_folders: false };
    built.write_back(Step { place, expected: Expected::File(&bytes), action }, output, &new.gives)
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
