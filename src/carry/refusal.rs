//! Why edits cannot be carried back, at the cell, block or declaration that they are about.

use super::decision::{Decision, EditedThing};
use super::request::{CarriedTemplate, CarryRequest, EditedOutput};
use super::search::Best;
use super::source_edit::EditSet;
use super::trial::{Trial, WantedOutput};
use crate::artifact::OriginKind;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// What is shown of a text in a message.
const MOST_SHOWN: usize = 60;

/// The decisions with those about one cell made one, unless some contradict each other or nothing can be done about any.
pub(super) fn decided(request: &CarryRequest<'_>, all: Vec<Decision>) -> Result<Vec<Decision>, Box<Diagnostic>> {
    let mut decided: Vec<Decision> = Vec::new();
    for decision in all {
        let same = decided.iter_mut().find(|other| is_of_same_place(other, &decision));
        let Some(same) = same else {
            decided.push(decision);
            continue;
        };
        let options = agreeing(&same.options, &decision.options);
        if options.is_empty() && !same.options.is_empty() && !decision.options.is_empty() {
            return Err(Box::new(contradiction(request, same, &decision)));
        }
        // One that knows no way may follow from the other.
        if !decision.options.is_empty() {
            same.options = if same.options.is_empty() { decision.options } else { options };
        }
        same.places.extend(decision.places);
    }
    let knows_none = decided.iter().all(|decision| decision.options.is_empty());
    let refused = decided.iter().find(|decision| knows_none || is_hopeless(decision));
    match refused {
        Some(decision) => Err(Box::new(hopeless(request, decision))),
        None => Ok(decided),
    }
}

/// Whether two decisions are about one cell, or about parts of a template that touch.
fn is_of_same_place(a: &Decision, b: &Decision) -> bool {
    match (&a.what, &b.what) {
        (EditedThing::Value { cell: a, .. }, EditedThing::Value { cell: b, .. }) => a == b,
        (EditedThing::Text { from: one }, EditedThing::Text { from: other }) => {
            let contradict = |(a, b): (&EditSet, &EditSet)| a.iter().any(|a| b.iter().any(|b| a.contradicts(b)));
            one == other || a.options.len() == 1 && a.options.iter().zip(&b.options).any(contradict)
        }
        _ => false,
    }
}

/// The options that both have; else those that can be had together.
fn agreeing(a: &[EditSet], b: &[EditSet]) -> Vec<EditSet> {
    let both: Vec<EditSet> = a.iter().filter(|edits| b.contains(edits)).cloned().collect();
    if !both.is_empty() {
        return both;
    }
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
    let together = pairs.filter(|(a, b)| !a.iter().any(|a| b.iter().any(|b| a.contradicts(b))));
    together.map(|(a, b)| a.iter().chain(b).cloned().collect()).collect()
}

/// Nothing but this decision says what it is about, and no way is known.
fn is_hopeless(decision: &Decision) -> bool {
    let is_value = matches!(decision.what, EditedThing::Value { .. });
    decision.options.is_empty() && !is_value
}

fn hopeless(request: &CarryRequest<'_>, decision: &Decision) -> Diagnostic {
    let refused = |span: Span, message: String, help: &str| {
        let diagnostic = Diagnostic::new(Code::UncarriedEdit, in_document(request, span), message, help);
        let diagnostic = decision.places.iter().take(2).fold(diagnostic, |all, place| all.label(*place, "edited here"));
        if is_in_document(request, span) { diagnostic } else { diagnostic.label(span, "made here") }
    };
    let text = |span: Span| shown(request.inputs.sources.slice(span));
    match &decision.what {
        EditedThing::Value { cell, new } => refused(
            *cell,
            format!("`{}` cannot be carried back: it is made from `{}`", shown(new), text(*cell)),
            "edit what it is made from, or give the value a cell or term of its own (`qvm-tangle show schema` lists them)",
        ),
        EditedThing::Mixed { from } => refused(
            *from,
            "the edit is partly of a value and partly of the text around it: which part is whose cannot be told"
                .to_owned(),
            "edit the value and the text around it one after the other",
        ),
        EditedThing::Computed { from } => refused(
            *from,
            format!(
                "the edited text is worked out from `{}`: there is no text like it to carry the edit to",
                text(*from)
            ),
            "make the change in the document or in the template",
        ),
        EditedThing::Text { from } => refused(
            *from,
            "the edited text cannot be carried back".to_owned(),
            "make the change in the document or in the template",
        ),
    }
}

fn contradiction(request: &CarryRequest<'_>, a: &Decision, b: &Decision) -> Diagnostic {
    let (span, message) = match (&a.what, &b.what) {
        (EditedThing::Value { cell, new }, EditedThing::Value { new: other, .. }) if new != other => {
            (*cell, format!("two edits of one value contradict each other: `{}` and `{}`", shown(new), shown(other)))
        }
        (EditedThing::Value { cell, .. }, _) => (*cell, "two edits of one value contradict each other".to_owned()),
        (EditedThing::Text { from } | EditedThing::Computed { from } | EditedThing::Mixed { from }, _) => {
            (*from, "two edits of one text contradict each other: it stands in the outputs several times".to_owned())
        }
    };
    let mut diagnostic =
        Diagnostic::new(Code::UncarriedEdit, in_document(request, span), message, "make both edits the same");
    for (decision, label) in [(a, "edited here"), (b, "and here")] {
        diagnostic = match decision.places.first() {
            Some(place) => diagnostic.label(*place, label),
            None => diagnostic,
        };
    }
    diagnostic
}

/// The best that could be done does not give the edited files.
pub(super) fn unproven(
    request: &CarryRequest<'_>,
    decisions: &[Decision],
    best: &Best,
    wanted: &[WantedOutput<'_>],
) -> Diagnostic {
    let lost = decisions.iter().find(|decision| decision.options.is_empty());
    let (Some(trial), None) = (&best.trial, lost) else {
        return lost.map_or_else(|| unknown(request), |decision| hopeless(request, decision));
    };
    if let Some(error) = trial.errors.first() {
        return with_error(request, decisions, error);
    }
    wanted.iter().find_map(|wanted| other_text(request, decisions, trial, wanted)).unwrap_or_else(|| unknown(request))
}

fn with_error(request: &CarryRequest<'_>, decisions: &[Decision], error: &Diagnostic) -> Diagnostic {
    let span = decisions.first().map_or_else(|| start(request), |decision| about(request, decision));
    let message = format!("with the edit carried back there would be an error: {}", error.message);
    let diagnostic = Diagnostic::new(Code::UncarriedEdit, span, message, error.help.clone());
    let place = decisions.first().and_then(|decision| decision.places.first());
    place.map_or(diagnostic.clone(), |place| diagnostic.label(*place, "edited here"))
}

/// Says what a file would have instead of what it was edited to.
fn other_text(
    request: &CarryRequest<'_>,
    decisions: &[Decision],
    trial: &Trial,
    wanted: &WantedOutput<'_>,
) -> Option<Diagnostic> {
    let (number, has) = trial.first_difference(wanted)?;
    let file = request.edited.iter().find(|edited| edited.artifact.path == wanted.artifact.path)?.file;
    let name = file.path();
    let Some(output) = trial.output(wanted) else {
        let message = format!("the edit cannot be carried back: the document would no longer give `{name}`");
        return Some(Diagnostic::new(Code::UncarriedEdit, start(request), message, "make the change in the document"));
    };
    let line = file.line(number).map(|range| file.span(range));
    let cell = cell_at(output, number);
    let near = decisions.iter().find(|decision| match (&decision.what, cell) {
        (EditedThing::Value { cell: edited, .. }, Some(cell)) => edited.start == cell.start,
        _ => false,
    });
    let near = near.or(decisions.first());
    let span = near.map_or_else(|| start(request), |decision| about(request, decision));
    let message = match has.as_str() {
        "" => format!("the edit cannot be carried back: `{name}` would end or be empty at line {number}"),
        has => format!("the edit cannot be carried back: line {number} of `{name}` would then be `{}`", shown(has)),
    };
    let help = "edit every place that comes from there in the same way, or make the change in the document";
    let mut diagnostic = Diagnostic::new(Code::UncarriedEdit, span, message, help);
    if let Some(place) = near.and_then(|decision| decision.places.first()) {
        diagnostic = diagnostic.label(*place, "edited here");
    }
    Some(match line {
        Some(line) => diagnostic.label(line, "this line would be another one"),
        None => diagnostic,
    })
}

/// The first cell in a line of an output.
fn cell_at(output: &crate::artifact::Artifact, number: usize) -> Option<Span> {
    let start: usize = output.text.split_inclusive('\n').take(number - 1).map(str::len).sum();
    let end = output.text[start..].find('\n').map_or(output.text.len(), |at| start + at);
    let mut from = output.origins.from_offset(start);
    from.by_ref().take_while(|origin| (origin.end as usize) <= end).find_map(|origin| match origin.way {
        OriginKind::Placed(cell) => Some(cell),
        OriginKind::Copied | OriginKind::Derived => None,
    })
}

/// A template was edited where none of the project's own is read.
pub(super) fn no_project(request: &CarryRequest<'_>, template: &CarriedTemplate) -> Diagnostic {
    let file = request.edited.first().map(|edited| edited.file);
    let message = format!(
        "the edited text is that of the built-in template `{}`, and without a `qvm-tangle.toml` a project has none of its own",
        template.name
    );
    let help = "make an empty `qvm-tangle.toml` beside the document: then a patched copy goes to `templates/` there";
    let diagnostic = Diagnostic::new(Code::UncarriedEdit, declared(request), message, help);
    file.map_or(diagnostic.clone(), |file| diagnostic.label(file.span(0..0), "edited"))
}

/// Little is left of what the document gives.
pub(super) fn written_anew(edited: EditedOutput<'_>) -> Diagnostic {
    Diagnostic::new(
        Code::UncarriedEdit,
        edited.artifact.declared,
        format!("most of what the document gives for `{}` is gone: that is no edit to carry back", edited.file.path()),
        "make a block or a template of your own that gives the text",
    )
    .label(edited.file.rest_of_line(0), "this text")
}

pub(super) fn too_many(edited: EditedOutput<'_>, number: usize) -> Diagnostic {
    Diagnostic::new(
        Code::UncarriedEdit,
        edited.artifact.declared,
        format!("`{}` has {number} edits: too many to carry back", edited.file.path()),
        "make the change in the document",
    )
    .label(edited.file.rest_of_line(0), "this text")
}

/// Nothing more is known than that it does not work.
pub(super) fn unknown(request: &CarryRequest<'_>) -> Diagnostic {
    Diagnostic::new(
        Code::UncarriedEdit,
        declared(request),
        "no edit of the document or of a template was found that gives the edited text",
        "make the change in the document",
    )
}

fn declared(request: &CarryRequest<'_>) -> Span {
    request.edited.first().map_or_else(|| start(request), |edited| edited.artifact.declared)
}

fn start(request: &CarryRequest<'_>) -> Span {
    request.inputs.document.source().span(0..0)
}

fn is_in_document(request: &CarryRequest<'_>, span: Span) -> bool {
    span.source == request.inputs.document.source().id()
}

/// A place of the document: the declaration for one that lies elsewhere.
fn in_document(request: &CarryRequest<'_>, span: Span) -> Span {
    if is_in_document(request, span) { span } else { declared(request) }
}

fn about(request: &CarryRequest<'_>, decision: &Decision) -> Span {
    let (EditedThing::Value { cell: span, .. }
    | EditedThing::Text { from: span }
    | EditedThing::Computed { from: span }
    | EditedThing::Mixed { from: span }) = &decision.what;
    in_document(request, *span)
}

/// The first line of a text, cut where it is long.
fn shown(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().replace('`', "'");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
