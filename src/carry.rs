//! The way back through templates: edits of any output, carried into the document and the project's templates.
//!
//! The source map says of each edited byte where it came from: an edit in a value is one of its cell, an edit of a block's
//! text one of the block, an edit of a template's text one of the template. What the map leaves open, such as an addition
//! between two parts, or a value that is made from its cell, is tried out. Compiling decides: the document with the edits
//! must give exactly the edited files and have no error, else nothing is carried back.
//!
//! Files with link comments go the way of `tangle::detangle`.

mod block;
mod cell;
mod decision;
mod hunk;
mod output;
mod refusal;
mod request;
mod search;
mod source_edit;
mod trial;
mod unquoted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::compile::{Compilation, Inputs};
use crate::diagnostic::{Diagnostic, Levels};
use crate::source::{SourceId, Span};
use crate::tangle::{self, Detangled, TangledFile};
use decision::OpenEdits;
use hunk::is_written_anew;
use search::{Best, MOST_TRIALS, search};
use source_edit::SourceEdit;
use trial::{Trial, WantedOutput, tried, tried_with};

pub use request::{CarriedBack, CarriedTemplate, CarryRequest, EditedOutput, OwnTemplates, TemplateBasis};

/// An output with more edits than this was written anew, not edited.
const MOST_EDITS: usize = 1_000;

/// Carries the edits of outputs back; none if anything is in the way, which goes to `found`.
pub fn carry(request: &CarryRequest<'_>, found: &mut Vec<Diagnostic>) -> Option<CarriedBack> {
    let linked = linked(request, found)?;
    let others: Vec<EditedOutput<'_>> = request
        .edited
        .iter()
        .copied()
        .filter(|edited| !is_linked(request, edited.artifact) && edited.artifact.text != edited.file.text())
        .collect();
    if let Some(anew) = others.iter().find(|edited| is_written_anew(&edited.artifact.text, edited.file.text())) {
        found.push(refusal::written_anew(*anew));
        return None;
    }
    let fixed = fixed_edits(&linked);
    if fixed.is_empty() && others.is_empty() {
        return Some(CarriedBack::default());
    }
    let detangled = linked.iter().filter(|(_, detangled)| !detangled.changed.is_empty());
    let wanted = detangled.map(|(artifact, detangled)| WantedOutput { artifact, text: &detangled.gives });
    let wanted: Vec<WantedOutput<'_>> = wanted
        .chain(others.iter().map(|edited| WantedOutput { artifact: edited.artifact, text: edited.file.text() }))
        .collect();
    let open = OpenEdits::new(request, &others);
    let readings = open.numbers_of_readings();
    if readings.len() > MOST_EDITS {
        found.push(refusal::too_many(others[0], readings.len()));
        return None;
    }
    let solution = solve(request, &open, &readings, &fixed, &wanted);
    match solution {
        Ok((trial, edits)) => carried(request, trial, &edits, &wanted, found),
        Err(refused) => {
            found.push(*refused);
            None
        }
    }
}

/// What edited templates change of another document, which has no errors: the outputs that become different, or the first error.
pub fn with_templates(
    inputs: &Inputs<'_>,
    compilation: &Compilation,
    levels: &Levels,
    templates: &[CarriedTemplate],
) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let (anew, errors) = tried_with(inputs, levels, templates);
    match errors.into_iter().next() {
        Some(error) => Err(Box::new(error)),
        None => Ok(changed(&compilation.artifacts, &anew.artifacts)),
    }
}

/// Whether a file has link comments.
fn is_linked(request: &CarryRequest<'_>, artifact: &Artifact) -> bool {
    request.compilation.linked.get(&artifact.path).is_some_and(|texts| !texts.is_empty())
}

/// What the edits of files with link comments change.
fn linked<'a>(request: &CarryRequest<'a>, found: &mut Vec<Diagnostic>) -> Option<Vec<(&'a Artifact, Detangled)>> {
    let Inputs { document, surroundings, .. } = request.inputs;
    let Compilation { artifacts, linked, .. } = request.compilation;
    let mut all = Vec::new();
    for EditedOutput { artifact, file } in request.edited {
        if is_linked(request, artifact) {
            let given = TangledFile::at(&artifact.path, artifacts, linked);
            let detangled = tangle::detangle(document.document(), surroundings, given, file, found);
            all.push((*artifact, detangled));
        }
    }
    all.into_iter().map(|(artifact, detangled)| Some((artifact, detangled?))).collect()
}

fn fixed_edits(linked: &[(&Artifact, Detangled)]) -> Vec<SourceEdit> {
    let bodies = linked.iter().flat_map(|(_, detangled)| detangled.changed.iter().zip(&detangled.bodies));
    bodies.map(|(span, body)| SourceEdit { span: *span, text: body.clone() }).collect()
}

/// Reads each edit in its likeliest way, then one after the other in other ways.
fn solve(
    request: &CarryRequest<'_>,
    open: &OpenEdits<'_>,
    readings: &[usize],
    fixed: &[SourceEdit],
    wanted: &[WantedOutput<'_>],
) -> Result<(Trial, Vec<SourceEdit>), Box<Diagnostic>> {
    let attempt = |edits: &[&SourceEdit]| {
        let all: Vec<&SourceEdit> = fixed.iter().chain(edits.iter().copied()).collect();
        let trial = tried(&request.inputs, request.levels, &all)?;
        let distance = trial.distance(wanted);
        Some((trial, distance))
    };
    let mut left = MOST_TRIALS;
    let mut refused: Option<(usize, Box<Diagnostic>)> = None;
    for chosen in ways(readings) {
        let decisions = refusal::decided(request, open.decisions(&chosen));
        let (distance, diagnostic) = match decisions {
            Ok(decisions) => match search(&decisions, &mut left, attempt) {
                Best { trial: Some(trial), edits, distance: 0 } => {
                    return Ok((trial, fixed.iter().cloned().chain(edits).collect()));
                }
                best => (best.distance, Box::new(refusal::unproven(request, &decisions, &best, wanted))),
            },
            Err(diagnostic) => (usize::MAX, diagnostic),
        };
        if refused.as_ref().is_none_or(|(least, _)| distance < *least) {
            refused = Some((distance, diagnostic));
        }
    }
    Err(refused.map_or_else(|| Box::new(refusal::unknown(request)), |(_, diagnostic)| diagnostic))
}

/// The likeliest reading of all edits, then each that differs from it in one, then all that differ.
fn ways(readings: &[usize]) -> Vec<Vec<usize>> {
    let first = vec![0; readings.len()];
    let mut ways = vec![first.clone()];
    let other =
        |reading: usize| readings.iter().map(|number| reading.min(number.saturating_sub(1))).collect::<Vec<_>>();
    ways.extend((1..readings.iter().copied().max().unwrap_or(0)).map(other));
    for (index, number) in readings.iter().enumerate() {
        for reading in 1..*number {
            let mut way = first.clone();
            way[index] = reading;
            ways.push(way);
        }
    }
    ways.dedup();
    ways.truncate(MOST_TRIALS);
    ways
}

fn carried(
    request: &CarryRequest<'_>,
    trial: Trial,
    edits: &[SourceEdit],
    wanted: &[WantedOutput<'_>],
    found: &mut Vec<Diagnostic>,
) -> Option<CarriedBack> {
    let inputs = &request.inputs;
    let templates: Vec<CarriedTemplate> =
        trial.templates.iter().filter_map(|(source, text)| template(inputs, *source, text)).collect();
    let builtin = templates.iter().find(|template| template.basis == TemplateBasis::BuiltIn);
    if let Some(template) = builtin.filter(|_| request.templates == OwnTemplates::Unread) {
        found.push(refusal::no_project(request, template));
        return None;
    }
    let old = inputs.document.source();
    let (blocks, cells) = counted(request, edits);
    let is_wanted = |path: &Path| wanted.iter().any(|wanted| wanted.artifact.path == path);
    Some(CarriedBack {
        also: changed(&request.compilation.artifacts, &trial.compilation.artifacts)
            .into_iter()
            .filter(|path| !is_wanted(path))
            .collect(),
        document: (trial.document != old.text()).then_some(trial.document),
        templates,
        blocks,
        cells,
        gives: wanted.iter().map(|wanted| (wanted.artifact.path.clone(), wanted.text.to_owned())).collect(),
    })
}

fn template(inputs: &Inputs<'_>, source: SourceId, text: &str) -> Option<CarriedTemplate> {
    let of = |templates: &[crate::render::Template], basis| {
        let template = templates.iter().find(|template| template.source == source)?;
        Some(CarriedTemplate { name: template.name.clone(), old: source, text: text.to_owned(), basis })
    };
    of(inputs.own_templates, TemplateBasis::Own).or_else(|| of(inputs.builtin_templates, TemplateBasis::BuiltIn))
}

/// How many blocks, and how many other places of the document are edited.
fn counted(request: &CarryRequest<'_>, edits: &[SourceEdit]) -> (usize, usize) {
    let document = request.inputs.document.document();
    let block = |span: &Span| document.blocks.iter().position(|block| holds(block.span, *span));
    let mut places: Vec<(Option<usize>, Span)> = edits
        .iter()
        .filter(|edit| edit.span.source == document.source.id() && !edit.is_empty())
        .map(|edit| (block(&edit.span), edit.span))
        .map(|(block, span)| if block.is_some() { (block, document.source.span(0..0)) } else { (block, span) })
        .collect();
    places.sort();
    places.dedup();
    let blocks = places.iter().filter(|(block, _)| block.is_some()).count();
    (blocks, places.len() - blocks)
}

fn holds(whole: Span, part: Span) -> bool {
    whole.start <= part.start && part.end <= whole.end
}

/// Texts and modes by their paths.
fn by_path(artifacts: &[Artifact]) -> BTreeMap<&Path, (&str, Option<u32>)> {
    artifacts.iter().map(|artifact| (artifact.path.as_path(), (artifact.text.as_str(), artifact.mode))).collect()
}

/// The outputs that are not the same any more, those that come and go among them.
fn changed(old: &[Artifact], new: &[Artifact]) -> Vec<PathBuf> {
    let (before, after) = (by_path(old), by_path(new));
    let paths: BTreeSet<&Path> = before.keys().chain(after.keys()).copied().collect();
    paths.into_iter().filter(|path| before.get(path) != after.get(path)).map(Path::to_owned).collect()
}

#[cfg(test)]
mod tests;
