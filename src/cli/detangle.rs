//! `qvm-tangle detangle`: edits of outputs, shown as patches of documents and templates, made with `--write`.

mod templates;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::map::Outputs;
use super::output::{Console, patch};
use super::request::{configured_documents, request};
use super::rewrite::{difference, rewritten};
use super::{Outcome, Shared};
use crate::artifact::Artifact;
use crate::build::{self, Built, BuiltDocument};
use crate::carry::{CarriedBack, CarryRequest, EditedOutput, OwnTemplates, carry, with_templates};
use crate::compile::Inputs;
use crate::diagnostic::{Code, Diagnostic, has_error, sort};
use crate::report::count;
use crate::source::decode;
use crate::workspace::{Failure, Project, absolute, load, project, shown};
use templates::Patched;

/// At most this many outputs that change as well are named.
const MOST_NAMED: usize = 12;

/// What `detangle` takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Outputs that were edited: what a block, a value of the document or a template gave goes back to it
    #[arg(value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Change the documents and templates; without it the patch is only shown
    #[arg(long)]
    write: bool,
}

/// An edited file of one document.
struct EditedFile {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// What was carried back into one document.
struct Carried {
    document: usize,
    back: CarriedBack,
    templates: Vec<Patched>,
}

/// Shows or makes what the edits of some outputs change in their documents and templates.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    let mut outputs = Outputs::new(shared);
    let (run, files) = located(&mut outputs, &arguments.files)?;
    let built = outputs.run(run);
    let project = match built.documents.first() {
        Some(document) => project(shared.config.as_deref(), &document.input.path)?,
        None => Project::default(),
    };
    let mut carried = if built.has_error() { None } else { carry_all(built, files, project.folder.as_deref())? };
    output.errors_alone(built, shared.command(&["check"], &[]))?;
    for carried in carried.iter_mut().flatten().filter(|carried| !carried.templates.is_empty()) {
        let document = &built.documents[carried.document].input.path;
        let also = others(shared, &project, document, &carried.back)?;
        carried.back.also.extend(also);
    }
    let Some(carried) = carried else { return Ok(Outcome::of_errors(built)) };
    if carried.iter().all(|carried| carried.back.is_nothing()) {
        tell_nothing(built, &carried, arguments, output);
        return Ok(Outcome::Clean);
    }
    let what = carried.iter().flat_map(|carried| parts(built, carried)).collect::<Vec<_>>().join(", ");
    if arguments.write {
        write_all(built, &carried)?;
        output.note(&format!("changed {what}"));
    } else {
        carried.iter().try_for_each(|carried| show(built, carried))?;
        output.note(&format!("{what} would change; --write does it"));
    }
    tell_others(shared, &carried, output);
    Ok(Outcome::Clean)
}

/// An output that was edited, for a question about it.
pub(super) struct Edited<'a> {
    pub(super) path: &'a Path,
    pub(super) artifact: &'a Artifact,
    pub(super) text: &'a str,
}

/// Whether the edits of one output of a run can be carried back.
pub(super) fn is_carried_back(built: &Built, index: usize, edited: &Edited<'_>, project: Option<&Path>) -> bool {
    let document = &built.documents[index];
    let is_moved =
        built.recorded(index, edited.path).is_some_and(|recorded| !recorded.wrote_last(&edited.artifact.text));
    let mut sources = document.loaded.sources.clone();
    let file = sources.add(shown(edited.path), edited.text);
    let request = CarryRequest {
        inputs: Inputs { sources: &sources, ..document.loaded.inputs() },
        compilation: &document.compilation,
        edited: &[EditedOutput { artifact: edited.artifact, file: sources.get(file) }],
        levels: &built.levels,
        templates: own_templates(project),
    };
    !is_moved && carry(&request, &mut Vec::new()).is_some_and(|back| !back.is_nothing())
}

fn own_templates(project: Option<&Path>) -> OwnTemplates {
    if project.is_some() { OwnTemplates::Possible } else { OwnTemplates::Unread }
}

/// The run that gives all of the files, and the files of each of its documents.
fn located(outputs: &mut Outputs<'_>, files: &[PathBuf]) -> Result<(usize, BTreeMap<usize, Vec<EditedFile>>), Failure> {
    let mut found: Vec<(EditedFile, [usize; 2])> = Vec::new();
    for file in files {
        let path = absolute(file)?;
        let Some(bytes) = load::optional(&path)? else {
            return Err(Failure::missing(file));
        };
        let Some(place) = outputs.place(&path)? else {
            let reason =
                "is no output of a document here; name its folder with --out-dir, or its project with --config";
            return Err(Failure::Unusable(file.clone(), reason.to_owned()));
        };
        if found.iter().all(|(known, _)| known.path != path) {
            found.push((EditedFile { path, bytes }, place));
        }
    }
    let first = found.first().map_or(0, |(_, [run, _])| *run);
    let mut by_document: BTreeMap<usize, Vec<EditedFile>> = BTreeMap::new();
    if found.iter().all(|(_, [run, _])| *run == first) {
        for (file, [_, document]) in found {
            by_document.entry(document).or_default().push(file);
        }
        return Ok((first, by_document));
    }
    let places: Vec<[usize; 2]> = found.iter().map(|(_, place)| *place).collect();
    let run = outputs.together(&places, &found[0].0.path)?;
    for (file, _) in found {
        let gives = |document: &BuiltDocument| document.outputs().any(|output| output == file.path);
        let documents = run.map(|run| &outputs.run(run).documents);
        let Some(document) = documents.and_then(|documents| documents.iter().position(gives)) else {
            let reason = "belongs to another project than the file before it; carry it back in a call of its own";
            return Err(Failure::Unusable(file.path, reason.to_owned()));
        };
        by_document.entry(document).or_default().push(file);
    }
    Ok((run.unwrap_or(first), by_document))
}

/// Carries the edits of all files back; none if those of one cannot be.
fn carry_all(
    built: &mut Built,
    files: BTreeMap<usize, Vec<EditedFile>>,
    project: Option<&Path>,
) -> Result<Option<Vec<Carried>>, Failure> {
    let mut all = Some(Vec::new());
    for (document, files) in files {
        let back = carry_one(built, document, files, project);
        let templates = match &back {
            Some(back) => templates::patched(&built.documents[document], back, project)?,
            None => Vec::new(),
        };
        match (&mut all, back) {
            (Some(all), Some(back)) => all.push(Carried { document, back, templates }),
            (all, _) => *all = None,
        }
    }
    if let Some(all) = all.as_ref().filter(|all| all.len() > 1)
        && all.iter().any(|carried| !carried.templates.is_empty())
    {
        let reason = "edits of templates are carried back for one document at a time; name its outputs alone";
        return Err(Failure::Other(reason.to_owned()));
    }
    Ok(all)
}

fn carry_one(built: &mut Built, index: usize, files: Vec<EditedFile>, project: Option<&Path>) -> Option<CarriedBack> {
    let wrote = |file: &EditedFile| built.recorded(index, &file.path).is_some_and(|known| known.wrote(&file.bytes));
    // Where a file that we wrote differs, the document was edited and not the file.
    let files: Vec<EditedFile> = files.into_iter().filter(|file| !wrote(file)).collect();
    let recorded: Vec<_> = files.iter().map(|file| built.recorded(index, &file.path).cloned()).collect();
    let levels = built.levels.clone();
    let document = &mut built.documents[index];
    let mut ids = Vec::new();
    for EditedFile { path, bytes } in files {
        let id = document.loaded.sources.add(shown(&path), decode::decode(bytes).text);
        ids.push((path, id));
    }
    let edited: Vec<EditedOutput<'_>> = ids
        .iter()
        .filter_map(|(path, id)| {
            let artifact = document.compilation.artifacts.iter().find(|artifact| artifact.path == *path)?;
            Some(EditedOutput { artifact, file: document.loaded.sources.get(*id) })
        })
        .collect();
    let request = CarryRequest {
        inputs: document.loaded.inputs(),
        compilation: &document.compilation,
        edited: &edited,
        levels: &levels,
        templates: own_templates(project),
    };
    let mut found = Vec::new();
    let moved = |(edited, recorded): (&EditedOutput<'_>, &Option<crate::drift::Recorded>)| {
        let is_moved = recorded.as_ref().is_some_and(|recorded| {
            edited.artifact.text != edited.file.text() && !recorded.wrote_last(&edited.artifact.text)
        });
        is_moved.then(|| (edited.artifact.path.clone(), moved_on(edited)))
    };
    let moved: Vec<(PathBuf, Diagnostic)> = edited.iter().zip(&recorded).filter_map(moved).collect();
    let back = carry(&request, &mut found);
    let changes = |path: &Path| back.as_ref().is_none_or(|back| back.gives.iter().any(|(known, _)| known == path));
    let moved: Vec<Diagnostic> = moved.into_iter().filter(|(path, _)| changes(path)).map(|(_, told)| told).collect();
    if !moved.is_empty() {
        // What else is in the way comes of it.
        found = moved;
    }
    levels.apply(&mut found);
    document.diagnostics.append(&mut found);
    sort(&mut document.diagnostics);
    back.filter(|_| !has_error(&document.diagnostics))
}

/// A text of the file that differs may be an edit or what the document had before: carried back, it could undo newer text.
fn moved_on(edited: &EditedOutput<'_>) -> Diagnostic {
    let file = edited.file.path();
    Diagnostic::new(
        Code::UncarriedEdit,
        edited.artifact.declared,
        format!(
            "`{file}` was edited, and so was this document since the file was written: no edit can be told from older text"
        ),
        "carry the edit into the document by hand (`qvm-tangle check` shows it), then renew the file with `--force`",
    )
}

/// The outputs of the project's other documents that edited templates change; each of them must still be without errors.
fn others(shared: &Shared, project: &Project, document: &Path, back: &CarriedBack) -> Result<Vec<PathBuf>, Failure> {
    let mut documents = configured_documents(project)?;
    documents.retain(|other| other != document && other.is_file());
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let built = build::build(&request(shared, &documents)?)?;
    let mut also = Vec::new();
    for other in built.documents.iter().filter(|other| !has_error(&other.diagnostics)) {
        let changed = with_templates(&other.loaded.inputs(), &other.compilation, &built.levels, &back.templates)
            .map_err(|error| {
                let reason =
                    format!("would have an error with the edited template: {}; nothing was changed", error.message);
                Failure::Unusable(other.input.path.clone(), reason)
            })?;
        also.extend(changed);
    }
    Ok(also)
}

/// What changes, one part for the document and one for each template.
fn parts(built: &Built, Carried { document, back, templates }: &Carried) -> Vec<String> {
    let numbers = [(back.blocks, "block"), (back.cells, "cell")].into_iter().filter(|(number, _)| *number > 0);
    let numbers: Vec<String> = numbers.map(|(number, noun)| count(number, noun)).collect();
    let of_document = (!numbers.is_empty())
        .then(|| format!("{} of {}", numbers.join(" and "), built.documents[*document].input.shown));
    of_document.into_iter().chain(templates.iter().map(Patched::told)).collect()
}

fn show(built: &Built, Carried { document, back, templates }: &Carried) -> Result<(), Failure> {
    let document = &built.documents[*document];
    let old = document.loaded.source().text();
    let new = back.document.as_deref().unwrap_or(old);
    patch(&difference(&document.input.shown, old, new))?;
    templates.iter().try_for_each(|template| patch(&difference(&template.shown, &template.old, &template.new)))
}

fn tell_nothing(built: &Built, carried: &[Carried], arguments: &Arguments, output: &Console) {
    let documents: Vec<&str> =
        carried.iter().map(|carried| built.documents[carried.document].input.shown.as_str()).collect();
    let files: Vec<String> = arguments.files.iter().map(|file| file.display().to_string()).collect();
    output.note(&format!("no block, cell or template of {} was edited in {}", documents.join(", "), files.join(", ")));
}

fn tell_others(shared: &Shared, carried: &[Carried], output: &Console) {
    let also: Vec<String> = carried.iter().flat_map(|carried| &carried.back.also).map(|path| shown(path)).collect();
    if also.is_empty() {
        return;
    }
    let more = match also.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {}", count(more, "other output")),
    };
    let named = also.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    output.note(&format!("also changes: {named}{more}; run `{}` afterwards", shared.command(&[], &[])));
}

/// Writes documents and templates: all of them or none.
fn write_all(built: &Built, carried: &[Carried]) -> Result<(), Failure> {
    let documents = carried.iter().filter_map(|carried| Some((carried, carried.back.document.as_deref()?)));
    let documents: Vec<_> = documents
        .map(|(carried, new)| {
            let document = &built.documents[carried.document];
            rewritten(&document.input.path, document.loaded.source().text(), new)
        })
        .collect::<Result<_, _>>()?;
    let templates: Vec<_> =
        carried.iter().flat_map(|carried| &carried.templates).map(Patched::rewritten).collect::<Result<_, _>>()?;
    let steps = documents.iter().chain(&templates).map(super::rewrite::Rewritten::step).collect();
    let gives: Vec<(PathBuf, String)> = carried.iter().flat_map(|carried| carried.back.gives.clone()).collect();
    built.write_back(steps, &gives)
}
