//! Tries edits out: the document and the templates with them, compiled.

use super::request::CarriedTemplate;
use super::source_edit::{SourceEdit, with_edits};
use crate::artifact::Artifact;
use crate::compile::{Compilation, Inputs, compile, finish_diagnostics};
use crate::diagnostic::{Diagnostic, Levels, Severity};
use crate::fix::with_tables_aligned;
use crate::org;
use crate::render::Template;
use crate::source::{SourceId, Sources};

/// What an output is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct WantedOutput<'a> {
    /// What the document gives for it so far.
    pub(super) artifact: &'a Artifact,
    /// Its text as it was edited.
    pub(super) text: &'a str,
}

/// Templates with edits: the source of the text each had, and the new one.
pub(super) type EditedTemplates = Vec<(SourceId, String)>;

/// What some edits give.
pub(super) struct Trial {
    /// The document's text with them.
    pub(super) document: String,
    /// Templates with them.
    pub(super) templates: EditedTemplates,
    /// The outputs.
    pub(super) compilation: Compilation,
    /// What is wrong with the document then.
    pub(super) errors: Vec<Diagnostic>,
}

/// Compiles with edits; none if they contradict each other.
pub(super) fn tried(inputs: &Inputs<'_>, levels: &Levels, edits: &[&SourceEdit]) -> Option<Trial> {
    let mut sources: Sources = inputs.sources.clone();
    let of = |id: SourceId| edits.iter().copied().filter(|edit| edit.span.source == id).collect::<Vec<_>>();
    let source = inputs.document.source();
    let (text, made) = with_edits(source.text(), &of(source.id()))?;
    let text = with_tables_aligned(text, &made);
    let id = sources.add(source.path(), text.as_str());
    let document = org::parse(sources.shared(id));
    let (own_templates, templates) = templates(inputs, &mut sources, of)?;
    let anew = Inputs { sources: &sources, document: &document, own_templates: &own_templates, ..*inputs };
    let (compilation, mut found) = compile(&anew);
    levels.apply(&mut found);
    finish_diagnostics(&anew, &mut found);
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    Some(Trial { document: text, templates, compilation, errors: found })
}

/// The project's templates with edits; one that replaces a built-in template is new among them.
fn templates<'e>(
    inputs: &Inputs<'_>,
    sources: &mut Sources,
    edits: impl Fn(SourceId) -> Vec<&'e SourceEdit>,
) -> Option<(Vec<Template>, EditedTemplates)> {
    let mut own = inputs.own_templates.to_vec();
    let mut edited = Vec::new();
    for template in inputs.builtin_templates.iter().chain(inputs.own_templates) {
        let edits = edits(template.source);
        if edits.is_empty() {
            continue;
        }
        let old = inputs.sources.get(template.source);
        let (text, _) = with_edits(old.text(), &edits)?;
        let anew = Template { source: sources.add(old.path(), text.as_str()), ..template.clone() };
        match own.iter_mut().find(|known| known.source == template.source) {
            Some(known) => *known = anew,
            None => own.push(anew),
        }
        edited.push((template.source, text));
    }
    Some((own, edited))
}

/// What a document gives with other templates, and what is wrong with it then.
pub(super) fn tried_with(
    inputs: &Inputs<'_>,
    levels: &Levels,
    templates: &[CarriedTemplate],
) -> (Compilation, Vec<Diagnostic>) {
    let mut sources: Sources = inputs.sources.clone();
    let mut own = inputs.own_templates.to_vec();
    for template in templates {
        let source = sources.add(template.name.as_str(), template.text.as_str());
        let is_it = |other: &&Template| other.name == template.name;
        let known = own.iter().chain(inputs.builtin_templates).find(is_it).cloned();
        own.retain(|other| other.name != template.name);
        let for_each = known.and_then(|known| known.for_each);
        own.push(Template { name: template.name.clone(), source, for_each });
    }
    let anew = Inputs { sources: &sources, own_templates: &own, ..*inputs };
    let (compilation, mut found) = compile(&anew);
    levels.apply(&mut found);
    finish_diagnostics(&anew, &mut found);
    found.retain(|diagnostic| diagnostic.severity == Severity::Error);
    (compilation, found)
}

impl Trial {
    /// The output of that path.
    pub(super) fn output(&self, wanted: &WantedOutput<'_>) -> Option<&Artifact> {
        self.compilation.artifacts.iter().find(|artifact| artifact.path == wanted.artifact.path)
    }

    /// How far it is from what is wanted: nothing if it is that.
    pub(super) fn distance(&self, wanted: &[WantedOutput<'_>]) -> usize {
        let lines = |text: &str| text.lines().count();
        let of_one = |wanted: &WantedOutput<'_>| match self.output(wanted) {
            Some(output) if output.text == wanted.text => 0,
            Some(output) => {
                let pairs = output.text.lines().zip(wanted.text.lines());
                let other = pairs.filter(|(a, b)| a != b).count();
                1 + other + lines(&output.text).abs_diff(lines(wanted.text))
            }
            None => 1 + 2 * lines(wanted.text),
        };
        let errors = self.errors.len().min(100) * 10_000;
        errors + wanted.iter().map(of_one).sum::<usize>()
    }

    /// The first line that is another one than is wanted, from 1, with the text it has here.
    pub(super) fn first_difference(&self, wanted: &WantedOutput<'_>) -> Option<(usize, String)> {
        let output = self.output(wanted).map_or("", |output| output.text.as_str());
        if output == wanted.text {
            return None;
        }
        let mut lines = output.lines();
        let mut wanted = wanted.text.lines();
        for number in 1.. {
            match (lines.next(), wanted.next()) {
                (Some(here), Some(there)) if here == there => {}
                (here, _) => return Some((number, here.unwrap_or_default().to_owned())),
            }
        }
        None
    }
}
