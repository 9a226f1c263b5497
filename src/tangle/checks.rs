//! What Emacs passes over in silence and an author wants to know.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::arguments::{Argument, ArgumentText};
use super::assemble::Assembled;
use super::line_span;
use super::outline::Outline;
use crate::diagnostic::{Code, Diagnostic, closest};
use crate::org::{Document, Keyword, Marker, MarkerKind, SourceBlock};
use crate::source::{Span, Spanned};

/// Keys that Org and the language support of Emacs know, without their colon.
const KNOWN_KEYS: &str = "\
    async backend cache classname classpath cmd cmdline colnames comments compile compiler csum database dbhost \
    dbinstance dbpassword dbport dbuser defines dir engine epilogue eval exports file file-desc file-ext \
    file-mode flags header height hlines host imagemagick imoutoptions includes imports lexical libs main mkdirp \
    namespaces no-expand noeval noweb noweb-prefix noweb-ref noweb-sep ns output-dir package padline port post \
    preamble prologue python quote results return rownames sep separator session shebang stdin tangle \
    tangle-directory tangle-mode term title var width wrap";

/// Reports header arguments that nothing knows, in blocks and properties.
pub(super) fn arguments(document: &Document<'_>, keywords: &[Keyword<'_>], found: &mut Vec<Diagnostic>) {
    let mut check = |text: ArgumentText<'_>| text.parse().iter().for_each(|argument| check_key(argument, found));
    for block in &document.blocks {
        check(ArgumentText::of(block.arguments));
        block.affiliated.headers().for_each(|line| check(ArgumentText::of(line.value)));
    }
    let drawers = document.headings.iter().flat_map(|heading| &heading.properties).chain(&document.properties);
    for property in drawers.filter(|property| is_header_args(property.name.value)) {
        check(ArgumentText::of(property.value));
    }
    for keyword in keywords.iter().filter(|keyword| keyword.key.value.eq_ignore_ascii_case("property")) {
        if let Some((_, value)) = super::inherit::name_and_value(keyword).filter(|(name, _)| is_header_args(name)) {
            check(ArgumentText::of(value));
        }
    }
}

fn is_header_args(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.strip_suffix('+').unwrap_or(&name).strip_prefix("header-args"), Some(rest) if rest.is_empty() || rest.starts_with(':'))
}

fn check_key(argument: &Argument<'_>, found: &mut Vec<Diagnostic>) {
    let key = &argument.key.value;
    let Some(name) = key.strip_prefix(':') else { return };
    if KNOWN_KEYS.split(' ').any(|known| known == name) {
        return;
    }
    let help = closest(name, KNOWN_KEYS.split(' '))
        .map_or_else(|| "remove it, or correct its spelling".to_owned(), |near| format!("did you mean `:{near}`?"));
    let message = format!("there is no header argument `{key}`");
    found.push(Diagnostic::new(Code::UnknownArgument, argument.key.span, message, help));
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
        found
            .push(Diagnostic::new(Code::TwoSpellings, *span, message, help).label(target.declared, "first named here"));
    }
    if let Some((extension, span)) = target.usual_extension {
        let message = format!("`:tangle yes` makes `{name}`, since no support for the language is loaded");
        let help = format!("name the file, or load the support with `languages` to get `.{extension}`");
        found.push(Diagnostic::new(Code::UnusualExtension, span, message, help));
    }
    // Files with a leading dot are read by a shell, not run.
    if let Some(span) = target.shell_block.filter(|_| !text.starts_with("#!") && !name.starts_with('.')) {
        let message = format!("shell script `{name}` has no shebang");
        let help = "add `:shebang #!/bin/sh` (or the shell it is written for) to this block";
        found.push(Diagnostic::new(Code::MissingShebang, span, message, help));
    }
}
