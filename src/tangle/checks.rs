//! What Emacs passes over in silence and an author wants to know.

use super::arguments::{Argument, ArgumentText};
use super::assemble::Assembled;
use crate::diagnostic::{Code, Diagnostic, closest};
use crate::org::{Document, Keyword};

/// Keys that Org and the language support of Emacs know, without their colon.
const KNOWN_KEYS: &[&str] = &[
    "async",
    "backend",
    "cache",
    "classname",
    "classpath",
    "cmd",
    "cmdline",
    "colnames",
    "comments",
    "compile",
    "compiler",
    "csum",
    "database",
    "dbhost",
    "dbinstance",
    "dbpassword",
    "dbport",
    "dbuser",
    "defines",
    "dir",
    "engine",
    "epilogue",
    "eval",
    "exports",
    "file",
    "file-desc",
    "file-ext",
    "file-mode",
    "flags",
    "header",
    "height",
    "hlines",
    "host",
    "imagemagick",
    "imoutoptions",
    "includes",
    "imports",
    "lexical",
    "libs",
    "main",
    "mkdirp",
    "namespaces",
    "no-expand",
    "noeval",
    "noweb",
    "noweb-prefix",
    "noweb-ref",
    "noweb-sep",
    "ns",
    "output-dir",
    "package",
    "padline",
    "port",
    "post",
    "preamble",
    "prologue",
    "python",
    "quote",
    "results",
    "return",
    "rownames",
    "sep",
    "separator",
    "session",
    "shebang",
    "stdin",
    "tangle",
    "tangle-directory",
    "tangle-mode",
    "term",
    "title",
    "var",
    "width",
    "wrap",
];

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
    if KNOWN_KEYS.contains(&name) {
        return;
    }
    let help = closest(name, KNOWN_KEYS.iter().copied())
        .map_or_else(|| "remove it, or correct its spelling".to_owned(), |near| format!("did you mean `:{near}`?"));
    let message = format!("there is no header argument `{key}`");
    found.push(Diagnostic::new(Code::UnknownArgument, argument.key.span, message, help));
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
    if let [(first, first_span), rest @ ..] = &target.spellings[..] {
        for (spelling, span) in rest {
            let message = format!("`{spelling}` is the same file as `{first}`");
            let help = format!("write `{first}` here too");
            found
                .push(Diagnostic::new(Code::TwoSpellings, *span, message, help).label(*first_span, "first named here"));
        }
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
