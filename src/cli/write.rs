//! The main job: compile and write.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::path::{Path, PathBuf};

use super::output::Console;
use super::request::request;
use super::{Outcome, Shared, nothing};
use crate::artifact::Producer;
use crate::build::{self, Applied, Built, OutputChange, Overwrite};
use crate::diagnostic::{Code, Diagnostic, closest};
use crate::drift::ChangeKind;
use crate::render::quote::{Language, QuoteKind};
use crate::report::count;
use crate::source::Span;
use crate::workspace::{Failure, absolute, shown};

/// What the scripts of a network have among them, wherever they lie.
const VALUES: &str = "network.sh";
/// The script that brings a network up, or all networks of a document.
const UP: &str = "up.sh";
/// At most this many warnings are shown in full, and outputs named.
pub(super) const MOST_SHOWN: usize = 10;

/// What the main job takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct WriteArguments {
    /// Overwrite or remove every output that is not what qvm-tangle wrote
    #[arg(long)]
    force: bool,
    /// Overwrite or remove this output, whatever it holds; may be repeated
    #[arg(long, value_name = "PATH")]
    overwrite: Vec<PathBuf>,
    /// Show every warning in full and name every file that is written
    #[arg(long, short)]
    verbose: bool,
}

impl WriteArguments {
    fn overwrite(&self) -> Result<Overwrite, Failure> {
        if self.force {
            return Ok(Overwrite::All);
        }
        let paths: BTreeSet<PathBuf> = self.overwrite.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?;
        Ok(Overwrite::These(paths))
    }
}

/// Compiles, reports, and writes if there is no error.
pub(super) fn run(
    shared: &Shared,
    files: &[PathBuf],
    arguments: &WriteArguments,
    output: &Console,
) -> Result<Outcome, Failure> {
    let request = request(shared, files)?;
    let _turn = build::lock_roots(&request);
    let mut built = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    let overwrite = arguments.overwrite()?;
    check_overwritten(&built, &overwrite)?;
    let check = shared.command(&["check"], files);
    let applied = apply(&mut built, &overwrite, &check)?;
    let most = if arguments.verbose { usize::MAX } else { MOST_SHOWN };
    output.main_diagnostics(&built, most, check)?;
    let Some(applied) = applied else { return Ok(Outcome::of_errors(&built)) };
    print_summary(&built, &applied, most, output);
    nothing::tell(&built, output);
    if let Some(next) = next_step(&built, &applied) {
        output.note(&next);
    }
    // The process ends here, which frees all memory at once.
    mem::forget(built);
    Ok(if applied.kept.is_empty() { Outcome::Clean } else { Outcome::Differs })
}

/// A path that no document gives and no run wrote is a typing mistake.
fn check_overwritten(built: &Built, overwrite: &Overwrite) -> Result<(), Failure> {
    let Overwrite::These(paths) = overwrite else { return Ok(()) };
    match paths.iter().find(|path| !built.concerns(path)) {
        Some(path) if !built.has_error() => {
            let outputs = built.documents.iter().flat_map(|document| &document.compilation.artifacts);
            let outputs: Vec<String> = outputs.map(|artifact| shown(&artifact.path)).collect();
            let near = closest(&shown(path), outputs.iter().map(String::as_str));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let reason = format!("is no output of these documents, so --overwrite cannot name it{hint}");
            Err(Failure::Unusable(path.clone(), reason))
        }
        Some(_) | None => Ok(()),
    }
}

/// Writes, unless a document has an error; that a file is kept is one more diagnostic, which `check` shows.
pub(super) fn apply(built: &mut Built, overwrite: &Overwrite, check: &str) -> Result<Option<Applied>, Failure> {
    if built.has_error() {
        return Ok(None);
    }
    let applied = built.apply(overwrite)?;
    for change in &applied.kept {
        let document = &mut built.documents[change.document];
        let span = change.declared.unwrap_or_else(|| document.loaded.source().span(0..0));
        document.diagnostics.push(kept(change, span, check));
    }
    Ok(Some(applied))
}

/// Says what was done: each output of a few, else how many.
pub(super) fn print_summary(built: &Built, applied: &Applied, most: usize, output: &Console) {
    if applied.done.len() > most {
        output.note(&counted(&applied.done));
    } else {
        for change in &applied.done {
            output.note(&format!("{} {}", done(change.kind), shown(&change.path)));
        }
    }
    for path in &applied.released {
        output.note(&format!("left {} alone: no document gives it any more, and it was there before", shown(path)));
    }
    let folders = |is_it: fn(ChangeKind) -> bool| -> Vec<String> {
        let values = applied.done.iter().filter(|change| change.path.ends_with(VALUES) && is_it(change.kind));
        values.filter_map(|change| Some(format!("`{}/`", shown(change.path.parent()?)))).collect()
    };
    let (from, to) = (folders(ChangeKind::is_stale), folders(|kind| kind == ChangeKind::Missing));
    if !from.is_empty() && !to.is_empty() {
        output.note(&format!("the scripts have moved from {} to {}", from.join(", "), to.join(", ")));
    }
    if applied.done.is_empty() && applied.kept.is_empty() {
        let outputs: usize = built.documents.iter().map(|document| document.compilation.artifacts.len()).sum();
        if outputs > 0 {
            output.note(&format!("{} up to date", count(outputs, "output")));
        }
    }
}

fn done(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Missing => "wrote (new)",
        ChangeKind::Changed | ChangeKind::Edited | ChangeKind::NotOurs => "wrote",
        ChangeKind::WrongMode { .. } => "set the mode of",
        ChangeKind::Stale | ChangeKind::StaleEdited | ChangeKind::Unconfirmed => "removed",
    }
}

/// Many outputs by what was done with them, and the folder they lie in.
fn counted(changes: &[OutputChange]) -> String {
    let what = |kind| match done(kind) {
        "wrote (new)" => ("wrote", "new output"),
        verb => (verb, "output"),
    };
    let mut numbers: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for change in changes {
        *numbers.entry(what(change.kind)).or_default() += 1;
    }
    let parts: Vec<String> =
        numbers.iter().rev().map(|((verb, noun), number)| format!("{verb} {}", count(*number, noun))).collect();
    let mut folder = changes[0].path.parent();
    while let Some(narrow) = folder.filter(|folder| !changes.iter().all(|change| change.path.starts_with(folder))) {
        folder = narrow.parent();
    }
    let place = match folder.map(shown) {
        Some(folder) if folder != "." => format!("below {folder}"),
        _ => "below this folder".to_owned(),
    };
    format!("{} {place}; --verbose names them", parts.join(", "))
}

/// What a person does next where scripts of a network have changed.
fn next_step(built: &Built, applied: &Applied) -> Option<String> {
    let artifacts = built.documents.iter().flat_map(|document| &document.compilation.artifacts);
    let of_networks: BTreeSet<&Path> =
        artifacts.filter(|it| it.producer == Producer::Template).map(|it| it.path.as_path()).collect();
    let is_of_network = |change: &&OutputChange| of_networks.contains(change.path.as_path());
    let changed = applied.done.iter().find(is_of_network).filter(|_| applied.kept.is_empty())?;
    let outputs = built.documents[changed.document].compilation.artifacts.iter().map(|artifact| &artifact.path);
    // Above the networks of a document lies one for all of them.
    let up = outputs.filter(|path| path.ends_with(UP)).min_by_key(|path| path.components().count())?;
    let is_new = applied.done.iter().any(|change| change.path == *up && change.kind == ChangeKind::Missing);
    let effect = if is_new { "brings the network up" } else { "brings the network to what the document says" };
    let command = Language::Shell.quote(&shown(up), QuoteKind::Text).ok()?;
    let command = if command.contains('/') { command } else { format!("./{command}") };
    Some(format!("next: `sudo {command}` {effect}; with `--dry-run` it shows its commands"))
}

/// What to say of a file that was kept; `check` is the command that shows it.
fn kept(change: &OutputChange, span: Span, check: &str) -> Diagnostic {
    let path = shown(&change.path);
    let give_up = format!("`--overwrite {path}`");
    let (message, help) = match change.kind {
        ChangeKind::StaleEdited => (
            format!("`{path}` is no longer made here, and was edited by hand; it is kept"),
            format!("remove it, or let it go with {give_up}"),
        ),
        ChangeKind::Unconfirmed => (
            format!("`{path}` is no longer made here, and only the committed lock says that it was; it is kept"),
            format!("let it go with {give_up}, or trust this folder with `qvm-tangle trust`"),
        ),
        ChangeKind::NotOurs => (
            format!("`{path}` is there and was not made by qvm-tangle; it is kept as it is"),
            format!("choose another file name, move the file away, or replace it with {give_up}"),
        ),
        ChangeKind::Edited
        | ChangeKind::Missing
        | ChangeKind::Changed
        | ChangeKind::WrongMode { .. }
        | ChangeKind::Stale => (
            format!("`{path}` was edited by hand; it is kept as it is"),
            format!("carry the edit into the document (`{check}` shows it), or give it up with {give_up}"),
        ),
    };
    Diagnostic::new(Code::EditedOutput, span, message, help)
}
