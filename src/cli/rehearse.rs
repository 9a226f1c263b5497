//! `qvm-tangle rehearse`: brings the network up in a machine of its own, before anybody runs it as root.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::output::Output;
use super::permission::Purpose;
use super::{Ending, Shared, request};
use crate::build::{self, Trust};
use crate::rehearse::fact::{Fact, Outcome};
use crate::rehearse::{self, Counts};
use crate::report::count;
use crate::report::junit::{Case, CaseOutcome, Suite};
use crate::workspace::{Failure, quoted};

/// What was typed after `rehearse`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Org files and folders; `-` for standard input; without any, the configured documents
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Be the process inside the machine
    #[arg(long, hide = true)]
    pub(super) inside: bool,
}

/// Reports each fact that does not hold; the document's own errors come first, since without outputs nothing can run.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Output) -> Result<Ending, Failure> {
    let request = request::request_for(shared, &arguments.files, Purpose::Rehearse)?;
    if request.trust != Trust::Given {
        let document = request.documents.first().map(|input| input.path.clone()).unwrap_or_default();
        let folder = quoted(document.parent().unwrap_or(&document));
        let reason = format!(
            "is not trusted, and a rehearsal runs what it says: if you trust who wrote it, run `qvm-tangle trust {folder}` \
             (in CI: `--trust`)"
        );
        return Err(Failure::Unusable(document, reason));
    }
    let mut built = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    if built.has_error() {
        output.findings(&built)?;
        return Ok(Ending::of_errors(&built));
    }
    let several = built.documents.len() > 1;
    let (mut facts, mut suites) = (Vec::new(), Vec::new());
    for document in &mut built.documents {
        // Of several documents, some may only be tangled.
        if several && !rehearse::has_network(document) {
            document.diagnostics.clear();
            continue;
        }
        let found = output.watched("steps", |progress| rehearse::rehearse(document, &request.levels, progress))?;
        suites.push(Suite { name: document.input.shown.clone(), cases: found.iter().map(case).collect() });
        facts.extend(found);
    }
    output.rehearsed(&built, suites)?;
    for (reason, number) in not_tried_by_reason(&facts) {
        output.note(&format!("not tried: {}: {reason}", count(number, "fact")));
    }
    let Counts { hold, fail, not_tried } = Counts::of(&facts);
    output.note(&format!("{} hold, {fail} do not, {not_tried} not tried", count(hold, "fact")));
    Ok(if built.has_error() { Ending::Differs } else { Ending::Clean })
}

fn case(fact: &Fact) -> Case {
    let outcome = match &fact.outcome {
        Outcome::Holds => CaseOutcome::Passed,
        Outcome::Fails { expected, seen } => CaseOutcome::Failed(format!("expected {expected}, seen {seen}")),
        Outcome::NotTried(reason) => CaseOutcome::Skipped(reason.clone()),
    };
    Case { name: fact.claim.clone(), kind: fact.kind.clone(), outcome }
}

/// Why facts were not tried, and how many for each reason.
fn not_tried_by_reason(facts: &[Fact]) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for fact in facts {
        if let Outcome::NotTried(reason) = &fact.outcome {
            *reasons.entry(reason.as_str()).or_default() += 1;
        }
    }
    reasons
}
