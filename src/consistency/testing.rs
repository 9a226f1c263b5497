//! What the tests of these rules share: a network, its outputs, and diagnostics as short lines.

use crate::artifact::{Artifact, Origin, OriginKind, Producer, Touches};
use crate::consistency;
use crate::diagnostic::{self, Diagnostic};
use crate::org::{self, Document};
use crate::source::Sources;
use crate::{network, source};

/// A bridge and two guests, `cp` and `wk-1`.
pub(super) const NETWORK: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n\
    | cp | 10.42.0.10 | qvm0tap0 |\n| wk-1 | 10.42.0.11 | qvm0tap1 |\n\n\
    | Service | IP | Port | Interface |\n| DNS | 10.42.0.2 | | veth0 |\n\n";

/// A shell block that is tangled.
pub(super) fn tangled(body: &str) -> String {
    format!("#+begin_src sh :tangle x.sh\n{body}\n#+end_src\n")
}

/// A shell block that is only shown.
pub(super) fn shown(body: &str) -> String {
    format!("#+begin_src sh\n{body}\n#+end_src\n")
}

/// Compares the diagnostics in a document, each as its code and the text it stands at.
#[track_caller]
pub(super) fn check(text: &str, expected: &[&str]) {
    check_with_templates(text, &[], expected);
}

/// As [`check`], with outputs of templates by name and text; what a block tangles to replaces them. Lines `reads: …`,
/// `writes: …` and `certifies: …` in the text say what the head of the template would.
#[track_caller]
pub(super) fn check_with_templates(text: &str, templates: &[(&str, &str)], expected: &[&str]) {
    let found = diagnostics(text, templates);
    let found: Vec<_> = found.iter().map(|(code, place, _)| format!("{code} {place}")).collect();
    assert_eq!(found, expected, "\n{text}");
}

/// Code, text and help of every diagnostic in a document.
pub(super) fn diagnostics(text: &str, templates: &[(&str, &str)]) -> Vec<(&'static str, String, String)> {
    let mut sources = Sources::default();
    let id = sources.add("network.org", text);
    let mut found = Vec::new();
    let parsed = org::parse(sources.shared(id));
    found.extend_from_slice(parsed.diagnostics());
    let document = parsed.document();
    let networks = network::read(document, &mut found);
    let mut artifacts = artifacts_of_blocks(document);
    let span = document.source.span(0..0);
    let is_tangled = |name: &str| artifacts.iter().any(|artifact| artifact.path.ends_with(name));
    let rendered = templates.iter().filter(|(name, _)| !is_tangled(name));
    let rendered: Vec<_> = rendered.map(|(name, text)| artifact(name, text, span, Producer::Template)).collect();
    artifacts.extend(rendered);
    let texts = consistency::Texts::of(document, &networks);
    consistency::check(texts, &networks, &artifacts, &mut found);
    diagnostic::sort(&mut found);
    let shown = |diagnostic: &Diagnostic| {
        (diagnostic.code.name(), sources.slice(diagnostic.span).trim_end().to_owned(), diagnostic.help.clone())
    };
    found.iter().map(shown).collect()
}

/// What the blocks that name a target would be tangled to.
fn artifacts_of_blocks(document: &Document<'_>) -> Vec<Artifact> {
    let target = |arguments: &str| {
        arguments.split_once(":tangle ").map(|(_, name)| name.split(' ').next().unwrap_or_default().to_owned())
    };
    let blocks = document.blocks.iter().filter_map(|block| Some((block, target(block.arguments.value)?)));
    blocks.map(|(block, name)| artifact(&name, block.body.value, block.body.span, Producer::Blocks)).collect()
}

fn artifact(name: &str, text: &str, from: source::Span, producer: Producer) -> Artifact {
    let end = u32::try_from(text.len()).unwrap();
    Artifact {
        path: format!("/out/{name}").into(),
        mode: None,
        text: text.to_owned(),
        origins: std::iter::once(Origin { end, from, way: OriginKind::Copied }).collect(),
        declared: from,
        producer,
        make_folders: false,
        touches: touches(text),
    }
}

fn touches(text: &str) -> Option<Touches> {
    let paths = |name: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix(name));
        lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
    };
    let says =
        text.lines().any(|line| ["reads: ", "writes: ", "certifies: "].iter().any(|name| line.starts_with(name)));
    says.then(|| Touches {
        reads: paths("reads: "),
        writes: paths("writes: "),
        certifies: paths("certifies: ").into_iter().next(),
    })
}
