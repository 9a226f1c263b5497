//! Texts for whoever reads them: in Markdown, as we write them, or plain for a client that does not say it takes that.

use lsp_types::{MarkupContent, MarkupKind};

/// What a client takes texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    Markdown,
    Plain,
}

impl Markup {
    /// What a client offers; one that offers nothing takes plain text.
    pub(super) fn choose(offered: Option<&[MarkupKind]>) -> Self {
        let takes_markdown = offered.is_some_and(|kinds| kinds.contains(&MarkupKind::Markdown));
        if takes_markdown { Self::Markdown } else { Self::Plain }
    }

    /// A Markdown text as the client takes it.
    pub(super) fn content(self, markdown: String) -> MarkupContent {
        match self {
            Self::Markdown => MarkupContent { kind: MarkupKind::Markdown, value: markdown },
            Self::Plain => MarkupContent { kind: MarkupKind::PlainText, value: plain(&markdown) },
        }
    }
}

/// The text without marks: those that hovers, completions and explanations are written in.
fn plain(markdown: &str) -> String {
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => lines.push(line.to_owned()),
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => lines.push(without_marks(line)),
        }
    }
    lines.join("\n")
}

/// A line without the marks of code and of bold text; what stands in code is left as it is.
fn without_marks(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        text += &rest[..at].replace("**", "");
        let ticks = rest.len() - at - rest[at..].trim_start_matches('`').len();
        let mark = &rest[at..at + ticks];
        let inside = &rest[at + ticks..];
        let Some(end) = inside.find(mark) else {
            rest = &rest[at..];
            break;
        };
        text += &inside[..end];
        rest = &inside[end + ticks..];
    }
    text + &rest.replace("**", "")
}

#[cfg(test)]
mod tests {
    use lsp_types::MarkupKind;

    use super::{Markup, plain};

    #[test]
    fn marks_go_and_what_stands_in_code_stays() {
        assert_eq!(
            plain("**cp**, a guest\n\n- MAC: `52:54`\n- names: `a`, `b`"),
            "cp, a guest\n\n- MAC: 52:54\n- names: a, b"
        );
        assert_eq!(plain("````sh\necho `a` **b**\n```\n````\n\n… and 2 more"), "echo `a` **b**\n```\n\n… and 2 more");
        assert_eq!(plain("**`:tangle`** `a**b` and ``x`y`` ` end"), ":tangle a**b and x`y ` end");
    }

    #[test]
    fn a_client_that_offers_nothing_takes_plain_text() {
        assert_eq!(Markup::choose(None), Markup::Plain);
        assert_eq!(Markup::choose(Some(&[MarkupKind::PlainText])), Markup::Plain);
        assert_eq!(Markup::choose(Some(&[MarkupKind::PlainText, MarkupKind::Markdown])), Markup::Markdown);
    }
}
