//! What Emacs passes over in silence and an author wants to know.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::arguments::{Argument, ArgumentText};
use super::assemble::Assembled;
use super::keys::KEYS;
use super::line_span;
use super::outline::Outline;
use crate::diagnostic::{Code, Diagnostic, closest};
use crate::org::{Document, Keyword, Marker, MarkerKind, SourceBlock};
use crate::source::{Span, Spanned};

/// Reports header arguments that nothing knows, in blocks and properties.
pub(super) fn arguments(document: &Document<'_>, keywords: &[Keyword<'_>], found: &mut Vec<Diagnostic>) {
    for text in argument_texts(document, keywords) {
        text.parse().iter().for_each(|argument| check_key(argument, found));
    }
}

/// Every text of header arguments, of blocks and properties.
pub(super) fn argument_texts<'s>(document: &Document<'s>, keywords: &[Keyword<'s>]) -> Vec<ArgumentText<'s>> {
    let mut texts = Vec::new();
    for block in &document.blocks {
        texts.push(ArgumentText::of(block.arguments));
        texts.extend(block.affiliated.headers().map(|line| ArgumentText::of(line.value)));
    }
    let drawers = document.headings.iter().flat_map(|heading| &heading.properties).chain(&document.properties);
    let properties = drawers.filter(|property| is_header_args(property.name.value));
    texts.extend(properties.map(|property| ArgumentText::of(property.value)));
    let keywords = keywords.iter().filter(|keyword| keyword.key.value.eq_ignore_ascii_case("property"));
    let values = keywords.filter_map(super::inherit::name_and_value).filter(|(name, _)| is_header_args(name));
    texts.extend(values.map(|(_, value)| ArgumentText::of(value)));
    texts
}

fn is_header_args(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.strip_suffix('+').unwrap_or(&name).strip_prefix("header-args"), Some(rest) if rest.is_empty() || rest.starts_with(':'))
}

fn check_key(argument: &Argument<'_>, found: &mut Vec<Diagnostic>) {
    let key = &argument.key.value;
    let Some(name) = key.strip_prefix(':') else { return };
    if KEYS.iter().any(|known| known.name == name) {
        return;
    }
    let near = closest(name, KEYS.iter().map(|known| known.name)).map(|near| format!(":{near}"));
    let help = near
        .as_ref()
        .map_or_else(|| "remove it, or correct its spelling".to_owned(), |near| format!("did you mean `{near}`?"));
    let message = format!("there is no header argument `{key}`");
    let finding = Diagnostic::new(Code::UnknownArgument, argument.key.span, message, help);
    found.push(finding.fix(argument.key.span, near));
}

/// Reports what is odd about the blocks themselves: names used twice, bodies that hold the marks of another block, and
/// line ends of two kinds.
pub(super) fn blocks(document: &Document<'_>, outline: &Outline<'_, '_>, found: &mut Vec<Diagnostic>) {
    let mut named: HashMap<&str, Span> = HashMap::new();
    for block in document.blocks.iter().filter(|block| !outline.is_commented(block.heading)) {
        if let Some(name) = block.affiliated.name() {
            match named.entry(name.value) {
                Entry::Vacant(entry) => drop(entry.insert(name.span)),
                Entry::Occupied(first) => found.push(duplicate_name(name, *first.get())),
            }
        }
        check_markers(document, block, found);
    }
    found.extend(mixed_line_ends(document));
}

fn duplicate_name(name: Spanned<&str>, first: Span) -> Diagnostic {
    let message = format!("another block is named `{}`", name.value);
    let help = "rename one of them; references mean the first";
    Diagnostic::new(Code::DuplicateBlockName, name.span, message, help).label(first, "first named here")
}

/// An unescaped mark inside a body is nearly always the trace of a missing or misspelt end line.
fn check_markers(document: &Document<'_>, block: &SourceBlock<'_>, found: &mut Vec<Diagnostic>) {
    let body = block.body.span.range();
    let line_of = |marker: &Marker| line_span(document, marker.line as usize);
    let first = document.markers.partition_point(|marker| (marker.line as usize) < body.start);
    let inside = document.markers[first..].iter().take_while(|marker| (marker.line as usize) < body.end);
    for marker in inside {
        match marker.kind {
            MarkerKind::Begin => {
                let help =
                    "end the block above it, or put a comma before `#+begin_src` if the line is part of the body";
                found.push(
                    Diagnostic::new(Code::SwallowedBlock, line_of(marker), "this line is swallowed by a block", help)
                        .label(block.begin, "the block begins here"),
                );
                return;
            }
            MarkerKind::End => {
                let help =
                    "remove what stands behind `#+end_src`, or put a comma before it if the line is part of the body";
                found.push(
                    Diagnostic::new(Code::FalseBlockEnd, line_of(marker), "this line does not end the block", help)
                        .label(block.begin, "the block begins here"),
                );
                return;
            }
            MarkerKind::Name => {}
        }
    }
}

/// The first carriage return at the end of a body's line: it goes to the target, and is hardly meant.
fn mixed_line_ends(document: &Document<'_>) -> Option<Diagnostic> {
    memchr::memchr(b'\r', document.source.text().as_bytes())?;
    let mut bodies = document.blocks.iter().map(|block| block.body);
    let (body, at) = bodies.find_map(|body| Some((body, body.value.find("\r\n")?)))?;
    Some(Diagnostic::new(
        Code::MixedLineEnds,
        body.span.within(at..at + 1),
        "this line ends in CR LF and others of the document in LF, so the CR is part of the text",
        "let all lines end alike: `dos2unix` does it",
    ))
}

/// Reports what is odd about a finished target.
pub(super) fn target(target: &Assembled, text: &str, found: &mut Vec<Diagnostic>) {
    let name = target.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    if let [(first, first_span), rest @ ..] = &target.modes[..] {
        for (mode, span) in rest {
            let message = format!("`{name}` is already asked to have mode {first:o}, so {mode:o} has no effect");
            let help = "ask for one mode, at the first block of the file";
            let label = "this one counts";
            found.push(Diagnostic::new(Code::ConflictingModes, *span, message, help).label(*first_span, label));
        }
    }
    for (spelling, span) in &target.other_spellings {
        let first = &target.written;
        let message = format!("`{spelling}` is the same file as `{first}`");
        let help = format!("write `{first}` here too");
        let finding = Diagnostic::new(Code::TwoSpellings, *span, message, help);
        // A value in quotes or from Lisp is not the name alone.
        let fix = (span.range().len() == spelling.len()).then_some(first.as_str());
        found.push(finding.fix(*span, fix).label(target.declared, "first named here"));
    }
    if let Some((extension, span)) = target.usual_extension {
        let message = format!("`:tangle yes` makes `{name}`, since no support for the language is loaded");
        let help = format!("name the file, or load the support with `languages` to get `.{extension}`");
        found.push(Diagnostic::new(Code::UnusualExtension, span, message, help));
    }
    // Files with a leading dot are read by a shell, not run.
    if let Some((span, shebang)) =
        target.shell_block.as_ref().filter(|_| !text.starts_with("#!") && !name.starts_with('.'))
    {
        let message = format!("shell script `{name}` has no shebang");
        let help = "add `:shebang #!/bin/sh` (or the shell it is written for) to this block";
        let end = span.range().len();
        let finding = Diagnostic::new(Code::MissingShebang, *span, message, help);
        found.push(finding.fix(span.within(end..end), Some(format!(" :shebang {shebang}"))));
    }
}
