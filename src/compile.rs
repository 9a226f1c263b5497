//! The pipeline on one screen: from the texts of one document to its outputs and diagnostics.

pub mod no_output;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::accept;
use crate::artifact::Artifact;
use crate::consistency;
use crate::diagnostic::{self, Code, Diagnostic};
use crate::graph::{self, PicturedDocument};
use crate::network::{self, Network};
use crate::org::{Document, ParsedDocument, SourceBlock};
use crate::render::{self, ScriptHeading, Template};
use crate::source::{Sources, Spanned};
use crate::tangle::{self, LinkedTexts, TangleEnvironment, Tangled};

/// A document of this many bytes takes longer to compile than a thread to start.
const LARGE: usize = 1 << 20;

/// Everything that compiling one document needs.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The document, its setup files and all templates.
    pub sources: &'a Sources,
    /// The document.
    pub document: &'a ParsedDocument,
    /// Offset of the first character of the document that cannot be written back, if any (rule T-025).
    pub unwritable: Option<usize>,
    /// The document's file name without folders.
    pub file_name: &'a str,
    /// Where the document and its outputs are, and what else tangling depends on.
    pub surroundings: &'a TangleEnvironment,
    /// The templates in this program.
    pub builtin_templates: &'a [Template],
    /// The project's templates, which replace built-in ones.
    pub own_templates: &'a [Template],
    /// Absolute path for a picture of the network, if one is wanted.
    pub graph: Option<&'a Path>,
    /// The document as seen from the folder of the picture, `/` between parts.
    pub seen_from_graph: &'a str,
}

/// What one document gives.
#[derive(Debug)]
pub struct Compilation {
    /// Outputs: targets in the order in which blocks first name them, then templates' outputs by path. Only worth
    /// writing if no diagnostic is an error.
    pub artifacts: Vec<Artifact>,
    /// The texts between link comments in tangled files, by the path of their file.
    pub linked: LinkedTexts,
    /// The networks, if the document describes any without mistakes.
    pub networks: Vec<Network>,
}

/// Compiles one document. Diagnostics have their codes' own severities and are in no order yet: see [`finish_diagnostics`].
pub fn compile(inputs: &Inputs<'_>) -> (Compilation, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let source = inputs.document.source();
    if let Some(at) = inputs.unwritable {
        found.push(Diagnostic::new(
            Code::UnwritableText,
            source.span(at..at),
            "the file is neither UTF-8 nor Latin-1 from here on",
            "convert it to UTF-8 with `iconv`",
        ));
    }
    found.extend_from_slice(inputs.document.diagnostics());
    let document = inputs.document.document();
    let mut tangle = || tangle::tangle(document, inputs.surroundings, &mut found);
    let understand = || NetworkPhase::of(document, inputs);
    let is_large = source.text().len() >= LARGE;
    let (Tangled { artifacts: tangled, linked }, understood) =
        if is_large { side_by_side(tangle, understand) } else { (tangle(), understand()) };
    let NetworkPhase { networks, rendered, texts, found: mut more } = understood;
    found.append(&mut more);
    report_misplaced(&tangled, &rendered, (&networks, &inputs.surroundings.base), &mut found);
    let artifacts = merge(tangled, rendered);
    report_files_for_folders(&artifacts, (&networks, &inputs.surroundings.base), &mut found);
    consistency::check(texts, &networks, &artifacts, &mut found);
    report_case_clashes(&artifacts, &mut found);
    drop_repeated(&mut found);
    (Compilation { artifacts, linked, networks }, found)
}

/// Does two things that do not depend on each other.
fn side_by_side<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    // Where no thread can start, the closure that was to run in it is lost, so it takes the work only when it runs.
    let other = Mutex::new(Some(other));
    let run_other = || other.lock().ok().and_then(|mut work| work.take()).map(|work| work());
    thread::scope(|scope| {
        let worker = thread::Builder::new().spawn_scoped(scope, run_other);
        let one = one();
        let done = worker.ok().and_then(|worker| worker.join().expect("a panic ends the program"));
        (one, done.or_else(run_other).expect("it is done once"))
    })
}

/// What a document means, whatever its blocks tangle to.
struct NetworkPhase<'d, 's> {
    networks: Vec<Network>,
    /// What templates make of the networks, and their picture.
    rendered: Vec<Artifact>,
    texts: consistency::Texts<'d, 's>,
    found: Vec<Diagnostic>,
}

impl<'d, 's> NetworkPhase<'d, 's> {
    fn of(document: &'d Document<'s>, inputs: &Inputs<'_>) -> Self {
        let mut found = Vec::new();
        let networks = network::read(document, &mut found);
        let texts = consistency::Texts::of(document, &networks);
        let rendered = render(&networks, document, inputs, &mut found);
        Self { networks, rendered, texts, found }
    }
}

fn render(
    networks: &[Network],
    document: &Document<'_>,
    inputs: &Inputs<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Artifact> {
    let Some(network) = networks.first() else { return Vec::new() };
    let request = render::RenderRequest {
        network,
        document: inputs.file_name,
        builtin: inputs.builtin_templates,
        own: inputs.own_templates,
        headings: &script_headings(document),
        folder: &inputs.surroundings.base,
    };
    let mut rendered = render::render_all(networks, &request, inputs.sources, found);
    if let Some(path) = inputs.graph {
        rendered.extend(graph::artifacts(networks, pictured(document, inputs), path));
    }
    rendered
}

/// What pictures of a document's networks are about.
pub fn pictured<'a>(document: &'a Document<'a>, inputs: &Inputs<'a>) -> PicturedDocument<'a> {
    PicturedDocument { document, name: inputs.file_name, path: inputs.seen_from_graph }
}

/// The blocks whose own header arguments name a script.
fn script_headings(document: &Document<'_>) -> Vec<ScriptHeading> {
    let script = |block: &SourceBlock<'_>| {
        let target = block.arguments.value.split_whitespace().skip_while(|word| *word != ":tangle").nth(1)?;
        let path = target.trim_matches('"').strip_suffix(".sh").map(|path| format!("{path}.sh"))?;
        let heading = &document.headings.get(block.heading?.0)?.text;
        Some(ScriptHeading { path: Spanned::new(path, block.arguments.span), heading: heading.map(str::to_owned) })
    };
    document.blocks.iter().filter_map(script).collect()
}

/// The document has the last word: a tangled file replaces a template's output of the same path.
fn merge(tangled: Vec<Artifact>, rendered: Vec<Artifact>) -> Vec<Artifact> {
    let paths: BTreeSet<PathBuf> = tangled.iter().map(|artifact| artifact.path.clone()).collect();
    let kept = rendered.into_iter().filter(|artifact| !paths.contains(&artifact.path));
    tangled.into_iter().chain(kept).collect()
}

/// Blocks that stand in for an output of one network, and lie where none of several networks has it.
fn report_misplaced(
    tangled: &[Artifact],
    rendered: &[Artifact],
    (networks, base): (&[Network], &Path),
    found: &mut Vec<Diagnostic>,
) {
    let folders: Vec<&str> = networks.iter().filter_map(Network::folder).collect();
    let paths: BTreeSet<&Path> = rendered.iter().map(|artifact| artifact.path.as_path()).collect();
    for artifact in tangled.iter().filter(|artifact| !paths.contains(artifact.path.as_path())) {
        let Ok(name) = artifact.path.strip_prefix(base) else { continue };
        // What is the person's own there, such as user-data, is no template's output.
        let is_seed = name.starts_with("cloud-init");
        let of = folders.iter().find(|folder| is_seed || paths.contains(base.join(folder).join(name).as_path()));
        if let Some(folder) = of {
            let name = name.display();
            let message = format!("`{name}` stands in for no output: each network of the document has one of its own");
            let help = format!("write `:tangle {folder}/{name}`, or the folder of another one of its networks");
            found.push(Diagnostic::new(Code::MisplacedOutput, artifact.declared, message, help));
        }
    }
}

/// Bridges that are called as a file is that lies where their folder would.
fn report_files_for_folders(
    artifacts: &[Artifact],
    (networks, base): (&[Network], &Path),
    found: &mut Vec<Diagnostic>,
) {
    let paths: BTreeSet<&Path> = artifacts.iter().map(|artifact| artifact.path.as_path()).collect();
    let named = networks
        .iter()
        .filter(|network| network.folder().is_some_and(|name| paths.contains(base.join(name).as_path())));
    found.extend(named.map(|network| {
        let name = &network.bridge.name;
        let message =
            format!("`{}` is the name of an output, and the network's files need a folder of that name", name.value);
        Diagnostic::new(Code::NetworkClash, name.span, message, "give the bridge another name")
    }));
}

/// Two targets that are one file where letter case does not count.
fn report_case_clashes(artifacts: &[Artifact], found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<String, &Artifact> = BTreeMap::new();
    for artifact in artifacts {
        let Some(first) = seen.insert(artifact.path.to_string_lossy().to_lowercase(), artifact) else { continue };
        let name = |artifact: &Artifact| artifact.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.push(
            Diagnostic::new(
                Code::CaseClash,
                artifact.declared,
                format!("`{}` and `{}` are one file where letter case does not count", name(artifact), name(first)),
                "choose names that differ in more than letter case",
            )
            .label(first.declared, "the other one"),
        );
    }
}

/// A begin line that Emacs stops at is also one without an end: the error says enough.
fn drop_repeated(found: &mut Vec<Diagnostic>) {
    let crossing = found.iter().filter(|diagnostic| diagnostic.code == Code::BlockCrossesHeading);
    let starts: BTreeSet<_> = crossing.map(|diagnostic| (diagnostic.span.source, diagnostic.span.start)).collect();
    let is_repeated = |diagnostic: &Diagnostic| {
        diagnostic.code == Code::UnterminatedBlock && starts.contains(&(diagnostic.span.source, diagnostic.span.start))
    };
    found.retain(|diagnostic| !is_repeated(diagnostic));
}

/// Takes out what the document accepts and sorts the rest; severities must be final.
pub fn finish_diagnostics(inputs: &Inputs<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let is_ours = |code: Code| !code.is_from_checkers() && !code.is_from_rehearsals();
    accept::apply(inputs.document.document(), diagnostics, is_ours);
    diagnostic::sort(diagnostics);
}
