//! From a fact that does not hold to the place in the document that somebody has to edit.
//!
//! A fact names the places that may be at fault. What the author wrote (a block, a template of the project's own) is
//! likelier than what we made of a value, and a value is likelier than our own templates.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::fact::{Fact, FactOutcome, GuestCell, Hint, WORKS};
use super::rule;
use crate::artifact::{Artifact, Producer};
use crate::build::BuiltDocument;
use crate::diagnostic::{Code, Diagnostic};
use crate::map::{self, MadeFrom, Mapping, mention};
use crate::network::Network;
use crate::network::schema::GUEST_PODS;
use crate::render::is_builtin;
use crate::source::{SourceId, Sources, Span};
use crate::workspace::shown;

/// A place that is at fault.
#[derive(Debug, Clone)]
struct Culprit<'a> {
    /// How likely it is, the likeliest first.
    rank: Rank,
    document: Span,
    template: Option<Span>,
    /// The output, and the bytes of it.
    output: Option<(&'a Artifact, std::ops::Range<usize>)>,
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A line that the author wrote: of a block, or of a template.
    OwnLine,
    /// A file that the author wrote.
    OwnFile,
    /// A value that a template has placed.
    Value,
    /// A cell or a row.
    Cell,
    /// A line of a template of ours, or all that we made.
    Ours,
}

/// Makes diagnostics of all facts that do not hold: those of one kind at one place are one.
pub(super) fn diagnostics(
    document: &mut BuiltDocument,
    network: usize,
    folder: &Path,
    facts: &[Fact],
) -> Vec<Diagnostic> {
    let judge = Judge { document, network, folder };
    let mut found: Vec<(&Fact, Culprit<'_>, usize)> = Vec::new();
    let mut known: HashMap<(&str, Span, Option<Span>), usize> = HashMap::new();
    for fact in facts.iter().filter(|fact| fact.fails()) {
        let culprit = judge.culprit(fact);
        let key = (fact.kind.as_str(), culprit.document, culprit.template);
        if let Some(&index) = known.get(&key) {
            found[index].2 += 1;
        } else {
            known.insert(key, found.len());
            found.push((fact, culprit, 0));
        }
    }
    let drafts: Vec<Draft> = found.into_iter().map(|(fact, culprit, others)| draft(fact, &culprit, others)).collect();
    let sources = &mut document.loaded.sources;
    let mut outputs = HashMap::new();
    drafts.into_iter().map(|draft| draft.finish(sources, &mut outputs)).collect()
}

/// A diagnostic before its output is among the texts that spans can point into.
struct Draft {
    diagnostic: Diagnostic,
    output: Option<(PathBuf, String, std::ops::Range<usize>)>,
}

impl Draft {
    fn finish(self, sources: &mut Sources, outputs: &mut HashMap<PathBuf, SourceId>) -> Diagnostic {
        let Some((path, text, range)) = self.output else { return self.diagnostic };
        let name = shown(&path);
        let id = *outputs.entry(path).or_insert_with(|| sources.add(name, text));
        let span = sources.get(id).span(range);
        self.diagnostic.label(span, "the output's line")
    }
}

fn draft(fact: &Fact, culprit: &Culprit<'_>, others: usize) -> Draft {
    let (expected, seen) = match &fact.outcome {
        FactOutcome::Fails { expected, seen } => (expected.as_str(), seen.as_str()),
        FactOutcome::Holds | FactOutcome::NotTried(_) => ("", ""),
    };
    let is_script = fact.kind.ends_with(WORKS);
    let code = if is_script { Code::FailedScript } else { Code::FailedFact };
    let others = match others {
        0 => String::new(),
        1 => " (and one more such fact)".to_owned(),
        number => format!(" (and {number} more such facts)"),
    };
    let expectation = if is_script { String::new() } else { format!("expected {expected}, seen ") };
    let message = format!("not so: {}: {expectation}{seen}{others}", fact.claim);
    let help = match culprit.rank {
        Rank::OwnLine => "fix this line, or leave the file to the template that comes with qvm-tangle",
        Rank::OwnFile => "fix what this writes, or leave the file to the template that comes with qvm-tangle",
        Rank::Value | Rank::Cell => "write another value here, or fix the output that uses it",
        Rank::Ours => "this comes from a template of qvm-tangle: report it, or replace the template in `templates/`",
    };
    let mut diagnostic = Diagnostic::new(code, culprit.document, message, help);
    if let Some(template) = culprit.template {
        diagnostic = diagnostic.label(template, "this part of the template gave it");
    }
    let output = culprit.output.as_ref().filter(|(artifact, _)| artifact.producer != Producer::Blocks);
    Draft {
        diagnostic,
        output: output.map(|(artifact, range)| (artifact.path.clone(), artifact.text.clone(), range.clone())),
    }
}

struct Judge<'a> {
    document: &'a BuiltDocument,
    /// Which of its networks the facts are about.
    network: usize,
    folder: &'a Path,
}

impl<'a> Judge<'a> {
    fn culprit(&self, fact: &Fact) -> Culprit<'a> {
        let places = fact.hints.iter().filter_map(|hint| self.place(hint));
        // The first of the best: hints stand in the order of likelihood.
        let best = places.min_by_key(|place| place.rank);
        best.unwrap_or_else(|| self.whole())
    }

    /// What stands for everything: the bridge, since without it there would be no network.
    fn whole(&self) -> Culprit<'a> {
        let network = self.document.compilation.networks.get(self.network);
        let first = self.document.compilation.artifacts.first().map(|artifact| artifact.declared);
        let document = network.map(|network| network.bridge.span).or(first);
        let start = || self.document.loaded.document().source().span(0..0);
        Culprit { rank: Rank::Ours, document: document.unwrap_or_else(start), template: None, output: None }
    }

    fn place(&self, hint: &Hint) -> Option<Culprit<'a>> {
        match hint {
            Hint::Line(file, texts) => {
                let artifact = self.artifact(file)?;
                let line = lines(&artifact.text)
                    .find(|line| texts.iter().all(|text| artifact.text[line.clone()].contains(text)))?;
                self.line(artifact, line)
            }
            Hint::Number(file, number) => self.number(file, *number),
            Hint::Rule(file, rule) => {
                let artifact = self.artifact(file)?;
                self.line(artifact, rule::line_of(&artifact.text, rule)?)
            }
            Hint::File(file) => {
                let artifact = self.artifact(file)?;
                let rank = if self.is_own(artifact) { Rank::OwnFile } else { Rank::Ours };
                Some(Culprit { rank, document: artifact.declared, template: None, output: None })
            }
            Hint::Message(text) => mention::mentions(text).iter().find_map(|mention| {
                let path = mention.paths.iter().find_map(|path| text[path.clone()].rsplit('/').next())?;
                self.number(path, mention.line)
            }),
            Hint::Guest(number, at) => Some(cell(guest_cell(self.network()?, *number, *at)?)),
            Hint::Service(row) => Some(cell(self.network()?.services.get(*row)?.span)),
            Hint::Bridge => Some(cell(self.network()?.bridge.span)),
        }
    }

    fn network(&self) -> Option<&'a Network> {
        self.document.compilation.networks.get(self.network)
    }

    fn number(&self, file: &str, number: usize) -> Option<Culprit<'a>> {
        let artifact = self.artifact(file)?;
        let line = lines(&artifact.text).nth(number.checked_sub(1)?)?;
        self.line(artifact, line)
    }

    fn line(&self, artifact: &'a Artifact, line: std::ops::Range<usize>) -> Option<Culprit<'a>> {
        let Mapping { document, template, made, .. } = map::main_mapping(artifact, line.clone())?;
        let rank = match made {
            MadeFrom::Block => Rank::OwnLine,
            MadeFrom::Value | MadeFrom::Template if self.is_own(artifact) => Rank::OwnLine,
            MadeFrom::Value => Rank::Value,
            MadeFrom::Template | MadeFrom::Picture => Rank::Ours,
        };
        Some(Culprit { rank, document, template, output: Some((artifact, line)) })
    }

    fn artifact(&self, file: &str) -> Option<&'a Artifact> {
        let path = self.folder.join(file);
        self.document.compilation.artifacts.iter().find(|artifact| artifact.path == path)
    }

    fn is_own(&self, artifact: &Artifact) -> bool {
        is_own(artifact, &self.document.loaded.sources)
    }
}

fn cell<'a>(span: Span) -> Culprit<'a> {
    Culprit { rank: Rank::Cell, document: span, template: None, output: None }
}

/// Whether the author wrote an output, by a block or by a template of the project's own.
fn is_own(artifact: &Artifact, sources: &Sources) -> bool {
    match artifact.producer {
        Producer::Blocks => true,
        Producer::Graph => false,
        Producer::Template => map::at(artifact, 0)
            .and_then(|mapping| mapping.template)
            .is_some_and(|span| !is_builtin(sources.get(span.source).path())),
    }
}

fn guest_cell(network: &Network, number: usize, cell: GuestCell) -> Option<Span> {
    let guest = network.guests.get(number)?;
    Some(match cell {
        GuestCell::Name => guest.name.span,
        GuestCell::Address => guest.address().span,
        GuestCell::Tap => guest.tap().span,
        GuestCell::Hostname => guest.hostname.span,
        GuestCell::Mac => guest.mac().span,
        GuestCell::Pods => guest.fields.values(&GUEST_PODS).first()?.span,
    })
}

/// The lines of a text, as ranges without their ends.
fn lines(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut start = 0;
    text.split('\n').map(move |line| {
        let range = start..start + line.len();
        start = range.end + 1;
        range
    })
}
