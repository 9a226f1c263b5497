//! The examples of `explain`: the wrong one gives its diagnostic, and the right one does not.

use libtest_mimic::{Failed, Trial};
use qvm_tangle::diagnostic::Code;

use crate::support::Project;

const BRIDGE: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n";
const GUESTS: &str = "\n| Guest | IP | TAP |\n| cp | 10.42.0.77 | ctap0 |\n| wk-1 | 10.42.0.78 | ctap1 |\n";

/// Those whose examples are excerpts, or about other files, options and programs.
const NOT_ALONE: &[Code] = &[
    Code::CaseClash,
    Code::CheckerError,
    Code::CheckerWarning,
    Code::FailedFact,
    Code::FailedScript,
    Code::LinkedTargets,
    Code::MissingFolder,
    Code::MissingSetupFile,
    Code::NowebTooLarge,
    Code::OverlongArguments,
    Code::ProtectedTarget,
    Code::TargetIsDocument,
    Code::TargetNotAFile,
    Code::TargetOutsideRoot,
    Code::UncarriedEdit,
    Code::UnknownOrigin,
    Code::UnprintableTarget,
    Code::UnsupportedLanguage,
    Code::UntrustedEnvironment,
    Code::UnusedAcceptance,
];

/// The first example in Org after a word.
fn example<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("\n{word}"))?;
    let rest = rest.split("\nRight").next()?;
    Some(rest.split_once("```org\n")?.1.split_once("```")?.0)
}

/// Whether a document has a diagnostic of a code.
fn has(document: &str, code: Code) -> bool {
    let project = Project::new().file("network.org", document);
    let ran = project.run(&["--format", "short", "show", "artifacts", "network.org"]);
    ran.err.contains(&format!("[{}]", code.name()))
}

/// An example with the parts of a network that it leaves out.
fn completed(example: &str) -> String {
    let bridge = if example.contains("Subnet ::") { "" } else { BRIDGE };
    let guests = if example.contains("| Guest ") { "" } else { GUESTS };
    format!("{bridge}{example}{guests}")
}

fn tells(text: &str, code: Code) -> Option<bool> {
    let (wrong, right) = (example(text, "Wrong")?, example(text, "Right")?);
    let holds = |wrong: &str, right: &str| has(wrong, code) && !has(right, code);
    Some(holds(wrong, right) || holds(&completed(wrong), &completed(right)))
}

/// One test for each explanation with examples in Org, and one that most have them.
pub(crate) fn trials() -> Vec<Trial> {
    let has_examples = |code: &Code| {
        let text = code.explanation();
        example(text, "Wrong").is_some() && example(text, "Right").is_some()
    };
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(has_examples).collect();
    let count = codes.len();
    let trial = |code: Code| Trial::test(format!("explanation::{}", code.name()), move || check(code));
    let mut trials: Vec<Trial> = codes.into_iter().map(trial).collect();
    trials.push(Trial::test("most_explanations_have_examples_in_org", move || {
        assert!(count > 90, "{count} explanations have examples in Org");
        Ok(())
    }));
    trials
}

fn check(code: Code) -> Result<(), Failed> {
    let tells = tells(code.explanation(), code).ok_or("it has no examples in Org")?;
    match (tells, NOT_ALONE.contains(&code)) {
        (false, false) => Err("its wrong example does not cause it, or its right one does".into()),
        (true, true) => Err("its examples work alone: take it out of `NOT_ALONE`".into()),
        _ => Ok(()),
    }
}
