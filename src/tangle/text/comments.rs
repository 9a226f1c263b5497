//! The comments around a block's text: where it comes from, and the prose before it (rules T-075 to T-083).

mod link;
mod region;
mod syntax;

use super::Text;
use crate::diagnostic::{Code, Diagnostic};
use crate::org::{Document, Heading, HeadingId, MarkerKind, SourceBlock};
use crate::source::Span;
use crate::tangle::candidates::BlockVisit;
use crate::tangle::text::body::remove_indentation;
use crate::tangle::{AlreadyReported, Tangling};
pub(in crate::tangle) use link::{Place, link};
pub(in crate::tangle) use region::comment;
pub(in crate::tangle) use syntax::Syntax;

/// The lines `[[LINK][NAME]]` and `NAME ends here`, not yet comments.
///
/// `%link` and its like in a name are filled in as well, as Emacs does by treating the lines as templates; `number` is
/// that of the block's first line.
pub(in crate::tangle) fn begin_and_end(
    link: &str,
    name: &str,
    file: &str,
    number: impl Fn() -> usize,
) -> (String, String) {
    let filled_in = |template: &str| {
        let mut text = template.replace("%source-name", name);
        if text.contains("%start-line") {
            text = text.replace("%start-line", &number().to_string());
        }
        text.replace("%file", file).replace("%link", link)
    };
    (filled_in("[[%link][%source-name]]"), filled_in("%source-name ends here"))
}

/// What a block is called in its comments: its name, or its heading's title and its number.
pub(in crate::tangle) fn source_name(tangling: &Tangling<'_, '_>, candidate: BlockVisit) -> String {
    let block = &tangling.document.blocks[candidate.block];
    if let Some(name) = block.affiliated.any_name() {
        return name.value.value.to_owned();
    }
    let title = block.heading.and_then(|heading| tangling.outline.title(heading));
    format!("{}:{}", title.unwrap_or("No heading"), candidate.number)
}

/// The Org text before a block: from the block or heading line before it (rule T-080); none if it is blank.
pub(in crate::tangle) fn prose<'s>(document: &Document<'s>, candidate: BlockVisit) -> Option<Text<'s>> {
    let heading = document.blocks[candidate.block].heading.map(|id| &document.headings[id.0]);
    let below_heading = heading.map_or(0, |heading| heading.span.range().start + heading.level + 1);
    let start = below_heading.max(end_of_block_before(document, candidate.begin)).min(candidate.begin);
    let prose = document.source.spanned(start..candidate.begin);
    let is_blank = prose.value.chars().all(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    (!is_blank).then(|| remove_indentation(Text::of(prose)))
}

/// What Emacs takes for the prose before a block if it stands on a heading's line: the stars and the blank after them.
pub(in crate::tangle) fn stars<'s>(document: &Document<'s>, heading: HeadingId) -> Text<'s> {
    let Heading { span, level, .. } = &document.headings[heading.0];
    let start = span.range().start;
    Text::of(document.source.spanned(start..start + level + 1))
}

/// After the `#+end_src` of the last begin line that has one before an offset; found by text, not by structure.
fn end_of_block_before(document: &Document<'_>, offset: usize) -> usize {
    let before = document.markers.partition_point(|marker| (marker.line as usize) < offset);
    let mut end = None;
    let mut is_closed = false;
    for marker in document.markers[..before].iter().rev() {
        match marker.kind {
            MarkerKind::End => end = Some(marker.line as usize),
            MarkerKind::Begin if end.is_some() => {
                is_closed = true;
                break;
            }
            MarkerKind::Begin | MarkerKind::Name => {}
        }
    }
    // An end line without a begin line before it ends nothing.
    let Some(end) = end.filter(|_| is_closed) else { return 0 };
    let line = &document.source.text()[end..];
    end + (line.len() - line.trim_start_matches([' ', '\t']).len()) + "#+end_src".len()
}

/// How a language comments where Emacs' own mode for it is needed; a guess is reported, no idea is an error.
pub(in crate::tangle) fn syntax_of(
    block: &SourceBlock<'_>,
    found: &mut Vec<Diagnostic>,
) -> Result<Syntax, AlreadyReported> {
    let language = block.language.map_or("", |language| language.value);
    if let Some(syntax) = syntax::known(language) {
        return Ok(syntax);
    }
    usual_syntax(language, block.begin, found)
}

/// How a language that Emacs has no mode for is usually commented.
pub(in crate::tangle) fn usual_syntax(
    language: &str,
    span: Span,
    found: &mut Vec<Diagnostic>,
) -> Result<Syntax, AlreadyReported> {
    let Some(syntax) = syntax::usual(language) else {
        found.push(Diagnostic::new(
            Code::UnknownCommentSyntax,
            span,
            format!("how `{language}` is commented is not known"),
            "use `:comments no` for this block",
        ));
        return Err(AlreadyReported);
    };
    found.push(Diagnostic::new(
        Code::AssumedCommentSyntax,
        span,
        format!("plain Emacs has no mode for `{language}` and stops here; its usual comments are used"),
        "use `:comments no` if Emacs must be able to tangle the document without further packages",
    ));
    Ok(syntax)
}

/// The comment syntax in force after a block of some language, given the one before it (rule T-082).
pub(in crate::tangle) fn syntax_after(before: Option<Syntax>, language: Option<&str>) -> Option<Syntax> {
    match language {
        Some(language) if syntax::has_none(language) => None,
        Some(language) => syntax::known(language).or(before),
        None => before,
    }
}
