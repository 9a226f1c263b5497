//! `qvm-tangle fix`: the edits that diagnostics bring with them, shown as a patch of the documents, made with `--write`.

use std::path::PathBuf;

use super::output::{Console, patch};
use super::request::request;
use super::rewrite::{difference, rewritten};
use super::{Outcome, Shared};
use crate::build::{self, BuildRequest, Built, BuiltDocument};
use crate::fix::{self, Extent};
use crate::report::count;
use crate::workspace::{Failure, write};

/// An edit may let a rule see more, which then brings its own; so often a document is looked at again.
const MOST_ROUNDS: usize = 8;

/// What `fix` takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Org files and folders; without any, the configured documents
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Change the documents; without it the patch is only shown
    #[arg(long)]
    write: bool,
    /// Make the edits, too, that may change what the document means: look at the patch first
    #[arg(long)]
    r#unsafe: bool,
}

impl Arguments {
    fn extent(&self) -> Extent {
        if self.r#unsafe { Extent::All } else { Extent::Safe }
    }
}

/// Shows or makes the edits of all documents.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    let mut request = request(shared, &arguments.files)?;
    let old = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    let (edits, new) = fixed(&mut request, &old, arguments.extent())?;
    let left = new.as_ref().unwrap_or(&old);
    let unsafe_edits = if arguments.r#unsafe { 0 } else { edits_in(left, Extent::All) };
    if edits > 0 && arguments.write {
        write_all(&old, left)?;
        output.diagnostics_alone(left)?;
    } else {
        old.documents
            .iter()
            .zip(&left.documents)
            .try_for_each(|(old, new)| patch(&difference(&old.input.shown, text(old), text(new))))?;
    }
    print_summary(edits, unsafe_edits, arguments, output);
    let on_disk = if arguments.write { left } else { &old };
    Ok(if on_disk.has_error() { Outcome::of_errors(on_disk) } else { Outcome::Clean })
}

/// Makes edits until none is left: how many, and the run over the new texts, if there were any.
fn fixed(request: &mut BuildRequest, first: &Built, extent: Extent) -> Result<(usize, Option<Built>), Failure> {
    let (mut edits, mut last) = (0, None);
    for _ in 0..MOST_ROUNDS {
        let built = last.as_ref().unwrap_or(first);
        let mut number = 0;
        for (input, document) in request.documents.iter_mut().zip(&built.documents) {
            if let Some(fixed) = fix::apply(document.loaded.source(), &document.diagnostics, extent) {
                number += fixed.number;
                input.text = Some(fixed.text.into_bytes());
            }
        }
        if number == 0 {
            break;
        }
        edits += number;
        last = Some(build::build(request)?);
    }
    Ok((edits, last))
}

/// Gives each document that changed its new text: all of them or none.
fn write_all(old: &Built, new: &Built) -> Result<(), Failure> {
    let pairs = old.documents.iter().zip(&new.documents).filter(|(old, new)| text(old) != text(new));
    let rewritten: Vec<_> =
        pairs.map(|(old, new)| rewritten(&old.input.path, text(old), text(new))).collect::<Result<_, _>>()?;
    write::write(rewritten.iter().map(super::rewrite::Rewritten::step).collect())
}

fn text(document: &BuiltDocument) -> &str {
    document.loaded.source().text()
}

fn edits_in(built: &Built, extent: Extent) -> usize {
    let is_made = |document: &BuiltDocument| {
        let own = document.loaded.source().id();
        let fixes = document.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
        fixes.filter(|fix| fix.span.source == own && extent.has(fix)).count()
    };
    built.documents.iter().map(is_made).sum()
}

fn print_summary(edits: usize, unsafe_edits: usize, arguments: &Arguments, output: &Console) {
    let done = match (edits, arguments.write) {
        (0, _) => "nothing to fix".to_owned(),
        (_, true) => format!("made {}", count(edits, "edit")),
        (_, false) => format!("{} would be made; --write does it", count(edits, "edit")),
    };
    let more = match unsafe_edits {
        0 => String::new(),
        more => format!("; {more} more with --unsafe, which may change what the document means"),
    };
    output.note(&format!("{done}{more}"));
}
