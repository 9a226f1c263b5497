//! Accepting one diagnostic at one place: `# qvm-tangle: accept CODE: reason`.
//!
//! The comment speaks for the element directly below it, comment and keyword lines between them allowed. Errors cannot be
//! accepted: their output would be wrong or unsafe. A comment that accepts nothing, or gives no reason, is itself a warning.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::org::{Directive, Document};
use crate::source::{Source, Span};

struct Acceptance {
    code: Code,
    span: Span,
    scope: Range<usize>,
    used: bool,
}

/// Takes accepted warnings of this document out of the list, and adds what is wrong with the comments themselves.
///
/// A comment for a code that this run did not look for is passed over: it cannot be told whether it is of use.
pub fn apply(document: &Document<'_>, diagnostics: &mut Vec<Diagnostic>, is_looked_for: impl Fn(Code) -> bool) {
    let mut own = Vec::new();
    let read = |directive: &Directive| read(document.source, *directive, &mut own);
    let mut acceptances: Vec<Acceptance> = document.directives.iter().filter_map(read).collect();
    acceptances.retain(|acceptance| is_looked_for(acceptance.code));
    acceptances.sort_by_key(|acceptance| (acceptance.code, acceptance.scope.start));
    let mut accepted = accepted(document.source, diagnostics, &mut acceptances).into_iter();
    diagnostics.retain(|_| accepted.next() != Some(true));
    own.extend(acceptances.iter().filter(|acceptance| !acceptance.used).map(unused));
    diagnostics.append(&mut own);
}

/// Which diagnostics lie in an acceptance of their code; `acceptances` are sorted by code and start.
///
/// Elements lie in each other or side by side, so those around a place are the ones on a stack that have not ended yet.
fn accepted(source: &Source, diagnostics: &[Diagnostic], acceptances: &mut [Acceptance]) -> Vec<bool> {
    let start = |diagnostic: &Diagnostic| diagnostic.span.range().start;
    let can_be =
        |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Warning && diagnostic.span.source == source.id();
    let mut warnings: Vec<(usize, &Diagnostic)> =
        diagnostics.iter().enumerate().filter(|(_, diagnostic)| can_be(diagnostic)).collect();
    warnings.sort_by_key(|(_, diagnostic)| (diagnostic.code, start(diagnostic)));
    let mut accepted = vec![false; diagnostics.len()];
    let (mut next, mut open) = (0, Vec::new());
    for (index, diagnostic) in warnings {
        let place = (diagnostic.code, start(diagnostic));
        while acceptances.get(next).is_some_and(|one| (one.code, one.scope.start) <= place) {
            open.push(next);
            next += 1;
        }
        let speaks = |one: &Acceptance| one.code == diagnostic.code && one.scope.contains(&place.1);
        while open.pop_if(|last| !speaks(&acceptances[*last])).is_some() {}
        if let Some(&last) = open.last() {
            acceptances[last].used = true;
            accepted[index] = true;
        }
    }
    accepted
}

fn unused(acceptance: &Acceptance) -> Diagnostic {
    let name = acceptance.code.name();
    let (message, help) = match acceptance.code.severity() {
        Severity::Error => (
            format!("`{name}` is an error, and only warnings can be accepted"),
            "remove the comment, and fix what the error says",
        ),
        Severity::Warning => (
            format!("nothing below this comment is a `{name}`"),
            "remove the comment, or move it directly above the element",
        ),
    };
    Diagnostic::new(Code::UnusedAcceptance, acceptance.span, message, help)
}

const MARK: &str = "# qvm-tangle: accept ";

fn read(source: &Source, directive: Directive, own: &mut Vec<Diagnostic>) -> Option<Acceptance> {
    let span = directive.span;
    let text = source.slice(span);
    let accepted = text.strip_prefix(MARK)?;
    let (name, reason) = accepted.split_once(':').unwrap_or((accepted, ""));
    let name = name.trim();
    let Some(code) = Code::from_name(name) else {
        let near = Code::near(name);
        let help = near.map_or_else(
            || "run `qvm-tangle explain` for the list".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let start = text.len() - accepted.trim_start().len();
        let message = format!("there is no diagnostic `{name}`");
        let unknown = Diagnostic::new(Code::UnusedAcceptance, span, message, help);
        own.push(unknown.fix(span.within(start..start + name.len()), near));
        return None;
    };
    if reason.trim().is_empty() {
        own.push(Diagnostic::new(
            Code::UnexplainedAcceptance,
            span,
            format!("`{name}` is accepted without a reason"),
            "say why after a colon",
        ));
    }
    Some(Acceptance { code, span, scope: span.range().end..directive.reach as usize, used: false })
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::diagnostic::{Code, Diagnostic};
    use crate::org::parse;
    use crate::source::Sources;

    /// Puts an `edited-output` warning at `here` and says which codes are left.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let at = text.find("here").unwrap();
        let mut found = vec![Diagnostic::new(Code::EditedOutput, sources.get(id).span(at..at + 4), "m", "h")];
        apply(parse(sources.shared(id)).document(), &mut found, |code| !code.is_from_checkers());
        let codes: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code.name()).collect();
        assert_eq!(codes, expected, "{text}");
    }

    #[test]
    fn an_error_cannot_be_accepted_and_the_comment_says_so() {
        let mut sources = Sources::default();
        let id = sources.add("a.org", "# qvm-tangle: accept target-outside-root: x\nhere\n");
        let span = sources.get(id).span(44..48);
        let mut found = vec![Diagnostic::new(Code::TargetOutsideRoot, span, "m", "h")];
        apply(parse(sources.shared(id)).document(), &mut found, |_| true);
        let messages: Vec<&str> = found.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
        assert_eq!(messages, ["m", "`target-outside-root` is an error, and only warnings can be accepted"]);
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
        check("# qvm-tangle: accept edited-output: x\n**Note** here\n", &[]);
        check("# qvm-tangle: accept edited-output: x\n* here\n", &["edited-output", "unused-acceptance"]);
        check("# qvm-tangle: accept edited-output: x\n#+title: t\n# comment\n- a\n  #+begin_quote\n\n  here\n", &[]);
        check(
            "# qvm-tangle: accept edited-output: x\n#+begin_quote\na\n#+end_quote\nhere\n",
            &["edited-output", "unused-acceptance"],
        );
        check("#+begin_example\n# qvm-tangle: accept edited-output: x\nhere\n#+end_example\n", &["edited-output"]);
        check(
            "#+begin_quote\n# qvm-tangle: accept edited-output: x\n#+end_quote\nhere\n",
            &["edited-output", "unused-acceptance"],
        );
        let nested =
            "# qvm-tangle: accept edited-output: x\n#+begin_quote\n# qvm-tangle: accept edited-output: y\na\n\n";
        check(&format!("{nested}here\n#+end_quote\n"), &["unused-acceptance"]);
        check("here\n# qvm-tangle: accept edited-output: x\n", &["edited-output", "unused-acceptance"]);
    }
}
