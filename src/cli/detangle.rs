//! `qvm-tangle detangle`: edits of a tangled file, shown as a patch of the document, applied with `--write`.

use std::path::{Path, PathBuf};

use super::map::Outputs;
use super::output::{Output, patch};
use super::rewrite::{difference, rewritten};
use super::{Ending, Shared};
use crate::artifact::Artifact;
use crate::build::{Built, BuiltDocument};
use crate::compile::Compilation;
use crate::diagnostic::{Code, Diagnostic, has_error, sort};
use crate::report::count;
use crate::source::decode;
use crate::tangle::{self, Detangled, TangledFile};
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
        patch(&difference(&document.input.shown, old, &detangled.text))?;
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

/// Writes the document's new text.
fn write_document(built: &Built, document: &BuiltDocument, output: &Path, new: &Detangled) -> Result<(), Failure> {
    let rewritten = rewritten(&document.input.path, document.loaded.source().text(), &new.text)?;
    built.write_back(rewritten.step(), output, &new.gives)
}
