//! Rendering: a network and templates give the scripts, rules and configurations of the network.
//!
//! A template is called `<output>.<language>.j2`: `bridge-up.sh.shell.j2` gives `bridge-up.sh`, and each of its
//! placeholders is quoted for bash. Names may have folders in them. A template whose file name begins with `_` gives no
//! output; others include it, and its own language counts in it, so that nft rules in a shell script are quoted for nft.
//!
//! With `for_each` a template gives one output for each row of a list of the model (`guests`, `services`, …) or of a
//! table with a `#+NAME:`. The row is `row` in the template, and `{name}` in the output's path stands for the row's
//! `name` (any column can stand there): `cloud-init/{name}/meta-data.yaml.j2`.
//!
//! The comment at the top of a template says what it needs and what its output reads and writes: see [`header`].
//!
//! A later template replaces an earlier one of the same output or part. What templates see is made by [`model`]; how values
//! are written is in [`quote`].

mod builtin;
mod engine;
pub mod guard;
mod header;
pub mod model;
pub mod quote;
mod select;
mod values;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::artifact::{Artifact, Origin, Origins, Producer};
use crate::diagnostic::{Code, Diagnostic};
use crate::network::Network;
use crate::parallel::{Progress, side_by_side};
use crate::source::{Source, SourceId, Sources, Span, Spanned};
pub use builtin::{add_builtin, is_asked_for, is_builtin, optional_outputs, output_of};
use engine::{Engine, EngineValues, Fault, RenderedPiece, TemplateRefusal};
use header::Header;
use model::{ModelNode, model, model_above};
use select::{SelectedOutput, select};

/// A template: its name below the `templates` folder, its text, and whether it gives an output a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// `<output>.<language>.j2`, with `/` between folders.
    pub name: String,
    /// Its text.
    pub source: SourceId,
    /// The list or table whose rows get an output each.
    pub for_each: Option<String>,
}

/// What one document's rendering needs.
#[derive(Debug, Clone, Copy)]
pub struct RenderRequest<'a> {
    /// The network of the document.
    pub network: &'a Network,
    /// The document's file name, without folders.
    pub document: &'a str,
    /// What [`add_builtin`] gave.
    pub builtin: &'a [Template],
    /// The templates beside the configuration, which replace built-in ones of the same output.
    pub own: &'a [Template],
    /// The heading above each block that is tangled to a script, for scripts that speak of it.
    pub headings: &'a [ScriptHeading],
    /// The absolute folder that outputs are relative to.
    pub folder: &'a Path,
}

/// A script that a block of the document gives, and the heading that the block stands under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptHeading {
    /// The script's path as the document writes it.
    pub path: Spanned<String>,
    /// The heading's text.
    pub heading: Spanned<String>,
}

/// A model of this many values takes longer to render than a thread to start.
const LARGE: usize = 10_000;

/// What the names of templates begin with that lie above the folders of several networks.
const ABOVE: &str = "above/";

/// Renders every output that the network has a use for, in the order of their paths.
///
/// What is wrong with a template or cannot be quoted goes to `found`, at the bridge list or the value, with the place in
/// the template as a label.
pub fn render(request: &RenderRequest<'_>, sources: &Sources, found: &mut Vec<Diagnostic>) -> Vec<Artifact> {
    let model = model(request.network, request.document).with_headings(request.headings, request.network.folder());
    render_model(request, &model, sources, found)
}

/// Renders every output of all networks of a document, of which the request has the first; of several, each has a folder with
/// the name of its bridge, and above these lies what is for all of them.
pub fn render_all(
    networks: &[Network],
    request: &RenderRequest<'_>,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> Vec<Artifact> {
    let mut all = Vec::new();
    for network in networks {
        let folder = network.folder().map_or_else(|| request.folder.to_owned(), |name| request.folder.join(name));
        all.append(&mut render(&RenderRequest { network, folder: &folder, ..*request }, sources, found));
    }
    if networks.len() > 1 {
        all.append(&mut render_above(networks, request, sources, found));
        all.sort_by(|one, other| one.path.cmp(&other.path));
    }
    all
}

fn render_above(
    networks: &[Network],
    request: &RenderRequest<'_>,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> Vec<Artifact> {
    let model = model_above(networks, request.document);
    render_templates(request, &model, |template| template.name.starts_with(ABOVE), sources, found)
}

/// Renders with a tree of values in place of the one made from the network, which still says what is needed.
pub fn render_model(
    request: &RenderRequest<'_>,
    model: &ModelNode,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> Vec<Artifact> {
    render_templates(request, model, |template| !template.name.starts_with(ABOVE), sources, found)
}

fn render_templates(
    request: &RenderRequest<'_>,
    model: &ModelNode,
    is_wanted: impl Fn(&Template) -> bool,
    sources: &Sources,
    found: &mut Vec<Diagnostic>,
) -> Vec<Artifact> {
    let wanted = |templates: &[Template]| templates.iter().filter(|template| is_wanted(template)).cloned().collect();
    let (builtin, own): (Vec<_>, Vec<_>) = (wanted(request.builtin), wanted(request.own));
    let request = &RenderRequest { builtin: &builtin, own: &own, ..*request };
    let RenderRequest { builtin, own, .. } = *request;
    let mut texts: HashMap<_, _> =
        builtin.iter().map(|template| (template.name.clone(), Arc::clone(sources.shared(template.source)))).collect();
    texts.retain(|name, _| own.iter().all(|template| template.name != *name));
    let values = EngineValues::new(model, texts);
    let mut engine = Engine::new(&values);
    let mut broken = false;
    for template in own {
        if let Err(refusal) = engine.add(&template.name, sources.get(template.source).text()) {
            found.push(diagnostic(refusal, template, request, sources));
            broken = true;
        }
    }
    // A template that includes a broken one would be reported as well, for no fault of its own.
    if broken {
        return Vec::new();
    }
    let selected = select(request, model, sources, found);
    let rendered = if own.is_empty() && values.leaves() >= LARGE {
        let engines = Mutex::new(vec![engine]);
        let engines = || engines.lock().unwrap_or_else(PoisonError::into_inner);
        side_by_side(&selected, &Progress::default(), |output| {
            let free = engines().pop();
            let mut engine = free.unwrap_or_else(|| Engine::new(&values));
            let artifact = artifact(&mut engine, output, request, sources);
            engines().push(engine);
            artifact
        })
    } else {
        selected.iter().map(|output| artifact(&mut engine, output, request, sources)).collect()
    };
    let mut artifacts = Vec::new();
    for (output, rendered) in selected.iter().zip(rendered) {
        match rendered {
            Ok(artifact) => artifacts.push(artifact),
            Err(refusal) => found.push(diagnostic(refusal, output.template, request, sources)),
        }
    }
    artifacts
}

/// Renders one output.
fn artifact(
    engine: &mut Engine,
    SelectedOutput { path, template, row }: &SelectedOutput<'_>,
    request: &RenderRequest<'_>,
    sources: &Sources,
) -> Result<Artifact, TemplateRefusal> {
    // Our own templates give a few lines a row.
    let measured = if request.own.is_empty() { Ok(()) } else { engine.measure(&template.name, *row) };
    let rendered = measured.and_then(|()| engine.render(&template.name, *row))?;
    Ok(Artifact {
        path: request.folder.join(path.strip_prefix(ABOVE).unwrap_or(path)),
        mode: Some(if rendered.text.starts_with("#!") { 0o755 } else { 0o644 }),
        origins: origins(&rendered.pieces, request, sources),
        text: rendered.text,
        declared: request.network.bridge.span,
        producer: Producer::Template,
        make_folders: true,
        touches: Header::of(sources.get(template.source).text()).map(|header| header.touches),
    })
}

fn origins<'p>(pieces: &'p [RenderedPiece], request: &RenderRequest<'_>, sources: &Sources) -> Origins {
    let mut last: Option<(&Arc<str>, Option<&Source>)> = None;
    let origin = |piece: &'p RenderedPiece| {
        let template = &piece.template;
        // Most pieces are of the same template as the one before.
        let source = match last {
            Some((name, source)) if Arc::ptr_eq(name, template) => source,
            Some(_) | None => named(template, request, sources),
        };
        last = Some((template, source));
        Origin {
            end: u32::try_from(piece.end).expect("fuel runs out long before 4 GiB of output"),
            from: source.map_or(request.network.bridge.span, |source| source.span(piece.range.clone())),
            way: piece.way,
        }
    };
    pieces.iter().map(origin).collect()
}

/// The text of the template of that name, as the engine knows it: the last one given.
fn named<'s>(name: &str, request: &RenderRequest<'_>, sources: &'s Sources) -> Option<&'s Source> {
    let templates = request.builtin.iter().chain(request.own);
    templates.rev().find(|template| template.name == name).map(|template| sources.get(template.source))
}

/// A refusal as a diagnostic: at the value if one is to blame, else at the bridge list, which led to the template.
fn diagnostic(
    refusal: TemplateRefusal,
    template: &Template,
    request: &RenderRequest<'_>,
    sources: &Sources,
) -> Diagnostic {
    let TemplateRefusal { fault, message, place } = refusal;
    let declared = request.network.bridge.span;
    let about = format!("template `{}`: {message}", template.name);
    let place = place.and_then(|(name, range)| Some(named(&name, request, sources)?.span(range)));
    let place: Span = place.unwrap_or_else(|| sources.get(template.source).span(0..0));
    match fault {
        Fault::Template => {
            Diagnostic::new(Code::BrokenTemplate, declared, about, "correct the template where the label points")
                .label(place, "this part")
        }
        Fault::Undefined => Diagnostic::new(
            Code::UndefinedVariable,
            declared,
            about,
            "correct the name in the template; `qvm-tangle show model` prints every name there is",
        )
        .label(place, "used here"),
        Fault::Endless => Diagnostic::new(
            Code::EndlessTemplate,
            declared,
            about,
            "take the loop or the include that repeats itself out of the template",
        )
        .label(place, "stopped here"),
        Fault::Unquotable(value) => Diagnostic::new(
            Code::UnquotableValue,
            value.unwrap_or(declared),
            message,
            "change the value, or take it out of the template",
        )
        .label(place, "placed here"),
    }
}
