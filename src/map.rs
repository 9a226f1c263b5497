//! The source map: from a byte of an output to the Org text it came from, and the other way.
//!
//! Every [`Artifact`] carries the origin of each of its bytes; this module answers questions about them. It stays
//! outside the outputs: nothing in a generated file serves the map. [`align`] carries a line of an older text of an output
//! over to the present one, [`mention`] finds places such as `x.sh:12:3` in what other programs print.

pub mod align;
pub mod mention;

use std::ops::Range;

use crate::artifact::{Artifact, Origin, OriginKind, Producer};
use crate::source::Span;

/// A run of output bytes and the source it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The bytes of the output.
    pub output: Range<usize>,
    /// The place in an Org source: the cell, the block's line, or the declaration that led to the output.
    pub document: Span,
    /// The place in a template, for what a template gave.
    pub template: Option<Span>,
    /// What the bytes are.
    pub made: MadeFrom,
}

/// What a run of output bytes was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MadeFrom {
    /// A source block, or its header arguments.
    Block,
    /// A value of the document, which a template placed.
    Value,
    /// The text of a template itself.
    Template,
    /// The picture of the network, but for the values in it.
    Picture,
}

impl MadeFrom {
    /// The word in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Value => "value",
            Self::Template => "template",
            Self::Picture => "picture",
        }
    }
}

/// Where one byte came from; an offset at or after the end counts as the last byte. None for an empty output.
///
/// The newline of a line that has text counts as the byte before it: it belongs to what the line says.
pub fn at(artifact: &Artifact, offset: usize) -> Option<Mapping> {
    let bytes = artifact.text.as_bytes();
    let mut offset = offset.min(bytes.len().checked_sub(1)?);
    if bytes[offset] == b'\n' && offset > 0 && bytes[offset - 1] != b'\n' {
        offset -= 1;
    }
    runs(artifact, offset..offset + 1).next()
}

/// Where the bytes of a range came from, run by run.
pub fn within(artifact: &Artifact, range: Range<usize>) -> Vec<Mapping> {
    runs(artifact, range).collect()
}

/// The bytes that came from a place of an Org source, run by run.
///
/// Text of a template belongs to no place of the document, although the bridge list led to it.
pub fn made_from(artifact: &Artifact, place: Span) -> Vec<Mapping> {
    let mut found = Vec::new();
    let mut start = 0;
    for origin in &artifact.origins {
        let end = origin.end as usize;
        let source = match origin.way {
            OriginKind::Placed(value) => Some(value),
            OriginKind::Copied | OriginKind::Derived => (artifact.producer == Producer::Blocks).then_some(origin.from),
        };
        if let Some(source) = source.filter(|source| overlap(*source, place)) {
            let output = if origin.way == OriginKind::Copied { common(source, place, start) } else { start..end };
            found.extend(runs(artifact, output));
        }
        start = end;
    }
    found
}

/// Whether two spans share a byte; an empty one counts as the byte after it.
fn overlap(a: Span, b: Span) -> bool {
    let end = |span: Span| span.end.max(span.start + 1);
    a.source == b.source && a.start < end(b) && b.start < end(a)
}

/// The output bytes, from `start` on, that copy what `source` shares with `place`.
fn common(source: Span, place: Span, start: usize) -> Range<usize> {
    let from = source.start.max(place.start) - source.start;
    let to = source.end.min(place.end.max(place.start + 1)) - source.start;
    start + from as usize..start + to as usize
}

/// The runs that a range of output bytes touches, cut to it.
fn runs(artifact: &Artifact, range: Range<usize>) -> impl Iterator<Item = Mapping> {
    let origins = artifact.origins.from_offset(range.start);
    let mut start = origins.start();
    origins.map_while(move |origin| {
        let run = start..origin.end as usize;
        start = run.end;
        (run.start < range.end).then(|| mapping(artifact, &origin, &run, &range))
    })
}

fn mapping(artifact: &Artifact, origin: &Origin, run: &Range<usize>, range: &Range<usize>) -> Mapping {
    let output = run.start.max(range.start)..run.end.min(range.end);
    let from = match origin.way {
        OriginKind::Copied => origin.from.within(output.start - run.start..output.end - run.start),
        OriginKind::Derived | OriginKind::Placed(_) => origin.from,
    };
    let declared = artifact.declared;
    match (artifact.producer, origin.way) {
        (Producer::Blocks, _) => Mapping { output, document: from, template: None, made: MadeFrom::Block },
        (Producer::Template, OriginKind::Placed(value)) => {
            Mapping { output, document: value, template: Some(from), made: MadeFrom::Value }
        }
        (Producer::Template, OriginKind::Copied | OriginKind::Derived) => {
            Mapping { output, document: declared, template: Some(from), made: MadeFrom::Template }
        }
        (Producer::Graph, OriginKind::Placed(value)) => {
            Mapping { output, document: value, template: None, made: MadeFrom::Value }
        }
        (Producer::Graph, OriginKind::Copied | OriginKind::Derived) => {
            Mapping { output, document: declared, template: None, made: MadeFrom::Picture }
        }
    }
}

/// What tells most about a range of output bytes: a block or a value before the text of a template.
///
/// For a line of a script that is what its author can change.
pub fn main_mapping(artifact: &Artifact, range: Range<usize>) -> Option<Mapping> {
    let has_text = |mapping: &Mapping| !artifact.text[mapping.output.clone()].trim().is_empty();
    let mappings = within(artifact, range);
    let is_specific = |mapping: &Mapping| matches!(mapping.made, MadeFrom::Block | MadeFrom::Value);
    let specific = mappings.iter().find(|mapping| is_specific(mapping) && has_text(mapping));
    specific.or_else(|| mappings.iter().find(|mapping| has_text(mapping))).or(mappings.first()).cloned()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{MadeFrom, at, made_from, main_mapping, within};
    use crate::artifact::{Artifact, Origin, OriginKind, Origins, Producer};
    use crate::source::{Sources, Span};

    const DOCUMENT: &str = "| cp | tap0 |\n  echo one\n  echo two\n";
    const TEMPLATE: &str = "ip link add {{ tap }}\n";

    struct Example {
        sources: Sources,
        tangled: Artifact,
        rendered: Artifact,
    }

    /// Two block lines without their indentation, and a template's line with one cell in it.
    fn example() -> Example {
        let mut sources = Sources::default();
        let document = sources.add("n.org", DOCUMENT);
        let template = sources.add("x.sh.shell.j2", TEMPLATE);
        let span = |id, text: &str, part: &str| {
            let start = text.find(part).unwrap();
            let source: &crate::source::Source = sources.get(id);
            source.span(start..start + part.len())
        };
        let copied = |end, from| Origin { end, from, way: OriginKind::Copied };
        let declared = span(document, DOCUMENT, "| cp | tap0 |");
        let artifact = |text: &str, origins: Vec<Origin>, producer| Artifact {
            path: PathBuf::from("/x.sh"),
            mode: None,
            text: text.to_owned(),
            origins: Origins::from_iter(origins),
            declared,
            producer,
            make_folders: false,
            touches: None,
        };
        let tangled = vec![
            copied(9, span(document, DOCUMENT, "echo one\n")),
            copied(17, span(document, DOCUMENT, "echo two")),
            Origin { end: 18, from: declared, way: OriginKind::Derived },
        ];
        let way = OriginKind::Placed(span(document, DOCUMENT, "tap0"));
        let rendered = vec![
            copied(12, span(template, TEMPLATE, "ip link add ")),
            Origin { end: 16, from: span(template, TEMPLATE, "{{ tap }}"), way },
            copied(17, span(template, TEMPLATE, "\n")),
        ];
        Example {
            tangled: artifact("echo one\necho two\n", tangled, Producer::Blocks),
            rendered: artifact("ip link add tap0\n", rendered, Producer::Template),
            sources,
        }
    }

    impl Example {
        fn text(&self, span: Span) -> &str {
            self.sources.slice(span)
        }
    }

    #[test]
    fn a_byte_of_a_block_leads_to_the_same_byte_in_org() {
        let example = example();
        let found = at(&example.tangled, 14).unwrap();
        assert_eq!((example.text(found.document), found.made), ("t", MadeFrom::Block));
        assert_eq!(found.document.start as usize, DOCUMENT.find("two").unwrap());
        let end_of_line = at(&example.tangled, 17).unwrap();
        assert_eq!(end_of_line.document.start as usize, DOCUMENT.find("two").unwrap() + 2);
        assert_eq!(at(&example.tangled, 999), Some(end_of_line));
    }

    #[test]
    fn a_placed_value_leads_to_its_cell_and_its_placeholder() {
        let example = example();
        let found = at(&example.rendered, 13).unwrap();
        assert_eq!((example.text(found.document), found.made), ("tap0", MadeFrom::Value));
        assert_eq!(found.template.map(|span| example.text(span)), Some("{{ tap }}"));
        let found = at(&example.rendered, 3).unwrap();
        assert_eq!((example.text(found.document), found.made), ("| cp | tap0 |", MadeFrom::Template));
        assert_eq!(found.template.map(|span| example.text(span)), Some("l"));
    }

    #[test]
    fn a_line_is_told_by_its_value_rather_than_by_its_template() {
        let example = example();
        assert_eq!(within(&example.rendered, 0..17).len(), 3);
        let found = main_mapping(&example.rendered, 0..17).unwrap();
        assert_eq!(example.text(found.document), "tap0");
    }

    #[test]
    fn an_org_place_leads_to_the_bytes_made_from_it() {
        let example = example();
        let document = example.sources.iter().next().unwrap();
        let two = DOCUMENT.find("  echo two").unwrap();
        let found = made_from(&example.tangled, document.span(two..two + 10));
        assert_eq!(found.len(), 1);
        assert_eq!(&example.tangled.text[found[0].output.clone()], "echo two");
        let cell = DOCUMENT.find("tap0").unwrap();
        let found = made_from(&example.rendered, document.span(cell..cell));
        assert_eq!(&example.rendered.text[found[0].output.clone()], "tap0");
        assert!(made_from(&example.rendered, document.span(0..3)).is_empty());
    }
}
