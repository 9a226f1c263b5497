//! Accepting one finding at one place: `# qvm-tangle: accept CODE: reason`.
//!
//! The comment speaks for the element directly below it, comment and affiliated keyword lines between them allowed:
//! a block to its end line, anything else to the next blank line. Errors cannot be accepted: their output would be
//! wrong or unsafe. A comment that accepts nothing, or gives no reason, is itself a finding.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Severity, closest};
use crate::source::{Source, Span};

struct Acceptance {
    code: Code,
    span: Span,
    scope: Range<usize>,
    used: bool,
}

/// Takes accepted warnings of this source out of the list, and adds what is wrong with the comments themselves.
///
/// A comment for a code that this run did not look for is passed over: it cannot be told whether it is of use.
pub fn apply(source: &Source, diagnostics: &mut Vec<Diagnostic>, is_looked_for: impl Fn(Code) -> bool) {
    let mut remarks = Vec::new();
    let comments: Vec<Range<usize>> = comments(source).collect();
    let scopes = scopes(source.text(), &comments);
    let mut acceptances: Vec<Acceptance> =
        comments.into_iter().zip(scopes).filter_map(|(line, scope)| read(source, line, scope, &mut remarks)).collect();
    acceptances.retain(|acceptance| is_looked_for(acceptance.code));
    acceptances.sort_by_key(|acceptance| (acceptance.code, acceptance.scope.start));
    diagnostics.retain(|diagnostic| {
        let at = diagnostic.span.range().start;
        let before = acceptances.partition_point(|one| (one.code, one.scope.start) <= (diagnostic.code, at));
        // Where two scopes of one code overlap they end together, so the last one before a place tells.
        let accepted = before.checked_sub(1).map(|last| &mut acceptances[last]).filter(|acceptance| {
            diagnostic.span.source == source.id()
                && diagnostic.severity == Severity::Warning
                && acceptance.code == diagnostic.code
                && acceptance.scope.contains(&at)
        });
        match accepted {
            Some(acceptance) => {
                acceptance.used = true;
                false
            }
            None => true,
        }
    });
    remarks.extend(acceptances.iter().filter(|acceptance| !acceptance.used).map(|acceptance| {
        Diagnostic::new(
            Code::UnusedAcceptance,
            acceptance.span,
            format!("nothing below this comment is a `{}`", acceptance.code.name()),
            "remove the comment, or move it directly above the element",
        )
    }));
    diagnostics.append(&mut remarks);
}

const MARK: &str = "# qvm-tangle: accept ";

/// Byte ranges of the lines that accept something.
fn comments(source: &Source) -> impl Iterator<Item = Range<usize>> {
    let text = source.text();
    memchr::memmem::find_iter(text.as_bytes(), MARK).filter_map(move |at| {
        let before = text[..at].trim_end_matches([' ', '\t']);
        let starts_line = before.is_empty() || before.ends_with('\n');
        starts_line.then(|| at..text[at..].find('\n').map_or(text.len(), |newline| at + newline))
    })
}

/// What each comment speaks for. Each looks no further than to the next one, which it leaves the rest to: so many
/// comments still take linear time.
fn scopes(text: &str, comments: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut scopes: Vec<Range<usize>> = Vec::with_capacity(comments.len());
    let mut limit = text.len();
    for comment in comments.iter().rev() {
        let element = element(&text[..limit], comment.end);
        let end = match scopes.last() {
            Some(next) if !element.has_begun => next.end,
            Some(_) | None => element.end,
        };
        scopes.push(comment.end..end);
        limit = text[..comment.start].trim_end_matches([' ', '\t']).len();
    }
    scopes.reverse();
    scopes
}

fn read(source: &Source, line: Range<usize>, scope: Range<usize>, remarks: &mut Vec<Diagnostic>) -> Option<Acceptance> {
    let text = &source.text()[line.clone()];
    let (name, reason) = text[MARK.len()..].split_once(':').unwrap_or((&text[MARK.len()..], ""));
    let name = name.trim();
    let span = source.span(line.clone());
    let Some(code) = Code::from_name(name) else {
        let near = closest(name, Code::ALL.iter().map(|code| code.name()));
        let help = near.map_or_else(
            || "run `qvm-tangle explain` for the list".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let start = text.len() - text[MARK.len()..].trim_start().len();
        let message = format!("there is no diagnostic `{name}`");
        let finding = Diagnostic::new(Code::UnusedAcceptance, span, message, help);
        remarks.push(finding.fix(span.within(start..start + name.len()), near));
        return None;
    };
    if reason.trim().is_empty() {
        remarks.push(Diagnostic::new(
            Code::UnexplainedAcceptance,
            span,
            format!("`{name}` is accepted without a reason"),
            "say why behind a colon",
        ));
    }
    Some(Acceptance { code, span, scope, used: false })
}

/// The element below a comment, as far as the text goes.
struct Element {
    /// Behind its last line.
    end: usize,
    /// Whether there is more than comments and keyword lines.
    has_begun: bool,
}

fn element(text: &str, start: usize) -> Element {
    let mut end = start;
    let mut block = None;
    let mut has_begun = false;
    for line in text[start..].split_inclusive('\n').skip(1) {
        let trimmed = line.trim().to_ascii_lowercase();
        if let Some(kind) = &block {
            end += line.len();
            if trimmed == format!("#+end_{kind}") {
                break;
            }
            continue;
        }
        if trimmed.is_empty() || line.starts_with("* ") || line.starts_with("**") {
            has_begun = true;
            break;
        }
        block = trimmed.strip_prefix("#+begin_").and_then(|rest| rest.split_whitespace().next()).map(ToOwned::to_owned);
        has_begun |= block.is_some() || !trimmed.starts_with('#');
        end += line.len();
    }
    Element { end: end + 1, has_begun }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::source::Sources;

    /// Puts an `edited-output` warning at `here` and says which codes are left.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let at = text.find("here").unwrap();
        let mut found = vec![Diagnostic::new(Code::EditedOutput, sources.get(id).span(at..at + 4), "m", "h")];
        apply(sources.get(id), &mut found, |code| !code.is_from_checkers());
        let codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code.name()).collect();
        assert_eq!(codes, expected, "{text}");
    }

    #[test]
    fn a_comment_speaks_for_the_element_below_it() {
        check("# qvm-tangle: accept edited-output: on purpose\nhere\n", &[]);
        check("# qvm-tangle: accept edited-output: x\n#+begin_src sh\na\n\nhere\n#+end_src\n", &[]);
        check("# qvm-tangle: accept edited-output: x\n\nhere\n", &["edited-output", "unused-acceptance"]);
        check("# qvm-tangle: accept edited-output\nhere\n", &["unexplained-acceptance"]);
        check("# qvm-tangle: accept edited-outptu: x\nhere\n", &["edited-output", "unused-acceptance"]);
        check("# qvm-tangle: accept case-clash: x\nhere\n", &["edited-output", "unused-acceptance"]);
        check("# qvm-tangle: accept checker-warning: x\nhere\n", &["edited-output"]);
        let two = "# qvm-tangle: accept edited-output: x\n#+name: n\n  # qvm-tangle: accept case-clash: y\n";
        check(&format!("{two}#+begin_src sh\nhere\n#+end_src\n"), &["unused-acceptance"]);
        check(&format!("{two}\nhere\n"), &["edited-output", "unused-acceptance", "unused-acceptance"]);
        check("here\n# qvm-tangle: accept edited-output: x\n", &["edited-output", "unused-acceptance"]);
    }
}
