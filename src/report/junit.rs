//! The XML of `JUnit`, as far as its readers agree on it: one suite a document, one case a fact.

use std::fmt::Write as _;

use super::failure::ReportedFailure;
use super::{RenderedReport, Report, is_harmful};
use crate::render::quote::xml_text;

/// The facts of one document.
#[derive(Debug)]
pub struct Suite {
    /// The document, as the user named it.
    pub name: String,
    /// Its facts, in the order in which they were tried.
    pub cases: Vec<Case>,
}

/// One fact.
#[derive(Debug)]
pub struct Case {
    /// What should hold.
    pub name: String,
    /// What kind of fact it is.
    pub kind: String,
    /// Whether it does.
    pub outcome: CaseOutcome,
}

/// What became of a fact.
#[derive(Debug)]
pub enum CaseOutcome {
    /// It holds.
    Passed,
    /// It does not; what was expected and seen.
    Failed(String),
    /// It could not be tried; why.
    Skipped(String),
}

/// The report on standard output.
pub(super) fn report(report: &Report<'_>) -> RenderedReport {
    let results = report.failure.as_ref().map_or_else(|| render(&report.suites), failed);
    RenderedReport { results, ..RenderedReport::default() }
}

/// A run that tried nothing, as the one case that ended with an error.
fn failed(failure: &ReportedFailure) -> String {
    let (rule, place, message) = (failure.rule.name(), quoted(&failure.shown_place()), quoted(&failure.message));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name={place} tests=\"1\" failures=\"0\" \
         errors=\"1\" skipped=\"0\">\n    <testcase classname=\"{rule}\" name={place}><error message={message}/></testcase>\n  \
         </testsuite>\n</testsuites>\n"
    )
}

/// All suites as one XML document.
fn render(suites: &[Suite]) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for suite in suites {
        let number = |is_it: fn(&CaseOutcome) -> bool| suite.cases.iter().filter(|case| is_it(&case.outcome)).count();
        let failures = number(|outcome| matches!(outcome, CaseOutcome::Failed(_)));
        let skipped = number(|outcome| matches!(outcome, CaseOutcome::Skipped(_)));
        let name = quoted(&suite.name);
        let _ = writeln!(
            text,
            "  <testsuite name={name} tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
            suite.cases.len()
        );
        for case in &suite.cases {
            let _ = write!(text, "    <testcase classname={} name={}", quoted(&case.kind), quoted(&case.name));
            let _ = match &case.outcome {
                CaseOutcome::Passed => writeln!(text, "/>"),
                CaseOutcome::Failed(reason) => writeln!(text, "><failure message={}/></testcase>", quoted(reason)),
                CaseOutcome::Skipped(reason) => writeln!(text, "><skipped message={}/></testcase>", quoted(reason)),
            };
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// A value of an attribute, on one line and without what a terminal would obey.
fn quoted(text: &str) -> String {
    let shown = text.chars().map(|c| match c {
        '\n' | '\t' => ' ',
        c if is_harmful(c) => '\u{fffd}',
        c => c,
    });
    format!("\"{}\"", xml_text(&shown.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::{Case, CaseOutcome, Suite, render};

    #[test]
    fn facts_are_cases() {
        let case = |name: &str, outcome| Case { name: name.to_owned(), kind: "lease".to_owned(), outcome };
        let cases = vec![
            case("a", CaseOutcome::Passed),
            case("<b>", CaseOutcome::Failed("\"x\" & y\u{1b}".to_owned())),
            case("c", CaseOutcome::Skipped("no c".to_owned())),
        ];
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  \
            <testsuite name=\"n.org\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n    \
            <testcase classname=\"lease\" name=\"a\"/>\n    \
            <testcase classname=\"lease\" name=\"&#60;b&#62;\"><failure message=\"&#34;x&#34; &#38; y\u{fffd}\"/></testcase>\n    \
            <testcase classname=\"lease\" name=\"c\"><skipped message=\"no c\"/></testcase>\n  </testsuite>\n</testsuites>\n";
        assert_eq!(render(&[Suite { name: "n.org".to_owned(), cases }]), expected);
    }
}
