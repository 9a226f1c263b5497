//! `qvm-tangle rehearse`: brings the network up in a machine of its own, before anybody runs it as root.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::output::Console;
use super::permission::RunPurpose;
use super::{Outcome, Shared, request};
use crate::build::{self, BuildRequest, Built, Trust};
use crate::compile::no_output;
use crate::diagnostic::Levels;
use crate::rehearse::fact::{Fact, FactOutcome};
use crate::rehearse::kept::KeptMachine;
use crate::rehearse::{self, AfterRehearsal, FactCounts};
use crate::report::count;
use crate::report::junit::{Case, CaseOutcome, Suite};
use crate::workspace::{Failure, quoted};

/// At most this many documents are named.
const MOST_NAMED: usize = 3;
const STOP: &str = "`qvm-tangle rehearse --stop`";

/// What was typed after `rehearse`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Org files and folders; `-` for standard input; without any, the configured documents
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Leave the network up until `rehearse --stop`, whatever holds
    #[arg(long)]
    keep: bool,
    /// Enter the network that `--keep` left up: the host, or the guest that is named
    #[arg(long, value_name = "GUEST", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["files", "keep"])]
    shell: Option<String>,
    /// End what `--keep` left up
    #[arg(long, conflicts_with_all = ["files", "keep", "shell"])]
    stop: bool,
    /// Be the process inside the machine
    #[arg(long, hide = true)]
    pub(super) inside: bool,
}

/// Reports each fact that does not hold; the document's own errors come first, since without outputs nothing can run.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    if arguments.stop {
        return stop(output);
    }
    if let Some(guest) = &arguments.shell {
        return enter(Some(guest.as_str()).filter(|guest| !guest.is_empty()));
    }
    let request = request::request_for(shared, &arguments.files, RunPurpose::Rehearse)?;
    demand_trust(&request)?;
    let end = if arguments.keep { AfterRehearsal::Kept } else { AfterRehearsal::AtOnce };
    if let Some(kept) = KeptMachine::find()?.filter(|_| end == AfterRehearsal::Kept) {
        return Err(Failure::Other(format!("the rehearsal of {} is up: end it with {STOP}", kept.document)));
    }
    let mut built = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    if built.has_error() {
        output.diagnostics(&built)?;
        return Ok(Outcome::of_errors(&built));
    }
    demand_network(&built, "there is nothing to rehearse")?;
    if end == AfterRehearsal::Kept && built.documents.len() != 1 {
        return Err(Failure::Other("`--keep` is for one document: name it".to_owned()));
    }
    rehearse(&mut built, &request.levels, end, output)?;
    if end == AfterRehearsal::Kept {
        output.note(&format!("it stays up: `qvm-tangle rehearse --shell [GUEST]` goes in, and {STOP} ends it"));
    }
    Ok(if built.has_error() { Outcome::Differs } else { Outcome::Clean })
}

/// A rehearsal runs what documents say.
pub(super) fn demand_trust(request: &BuildRequest) -> Result<(), Failure> {
    if request.trust == Trust::Given {
        return Ok(());
    }
    let document = request.documents.first().map(|input| input.path.clone()).unwrap_or_default();
    let folder = quoted(document.parent().unwrap_or(&document));
    let reason = format!(
        "is not trusted, and a rehearsal runs what it says: if you trust who wrote it, run `qvm-tangle trust {folder}` \
         (in CI: `--trust`)"
    );
    Err(Failure::Unusable(document, reason))
}

/// One of the documents has to describe a network; what there is none for, the end of the sentence says.
pub(super) fn demand_network(built: &Built, so: &str) -> Result<(), Failure> {
    if built.documents.iter().any(rehearse::has_network) {
        return Ok(());
    }
    let named: Vec<String> =
        built.documents.iter().map(|document| format!("`{}`", document.input.shown)).take(MOST_NAMED).collect();
    let more = built.documents.len().saturating_sub(MOST_NAMED);
    let (more, verb) = match (named.len(), more) {
        (1, _) => (String::new(), "describes"),
        (_, 0) => (String::new(), "describe"),
        (_, more) => (format!(" and {}", count(more, "more document")), "describe"),
    };
    let reason = match &built.documents[..] {
        [document] => no_output::network(&document.loaded.inputs()).map(|reason| format!(": {reason}")),
        _ => None,
    };
    let reason = reason.unwrap_or_default();
    Err(Failure::Other(format!("{}{more} {verb} no network, so {so}{reason}", named.join(", "))))
}

/// Rehearses documents without errors, and reports their facts in place of their diagnostics.
pub(super) fn rehearse(
    built: &mut Built,
    levels: &Levels,
    end: AfterRehearsal,
    output: &Console,
) -> Result<(), Failure> {
    let several = built.documents.len() > 1;
    let (mut facts, mut suites) = (Vec::new(), Vec::new());
    for document in &mut built.documents {
        // Of several documents, some may only be tangled.
        if several && !rehearse::has_network(document) {
            document.diagnostics.clear();
            continue;
        }
        let found = output.watched("steps", |progress| rehearse::rehearse(document, levels, end, progress))?;
        suites.push(Suite { name: document.input.shown.clone(), cases: found.iter().map(case).collect() });
        facts.extend(found);
    }
    output.rehearsed(built, suites)?;
    for (reason, number) in not_tried_by_reason(&facts) {
        output.note(&format!("not tried: {}: {reason}", count(number, "fact")));
    }
    let FactCounts { hold, fail, not_tried } = FactCounts::of(&facts);
    output.note(&format!("{} hold, {fail} do not, {not_tried} not tried", count(hold, "fact")));
    Ok(())
}

fn stop(output: &Console) -> Result<Outcome, Failure> {
    match KeptMachine::find()? {
        Some(kept) => {
            kept.stop()?;
            output.note(&format!("the rehearsal of {} has ended", kept.document));
        }
        None => output.note("no rehearsal is up"),
    }
    Ok(Outcome::Clean)
}

/// Ends as the shell does: well, whatever its last command was.
fn enter(guest: Option<&str>) -> Result<Outcome, Failure> {
    let none = || Failure::Other("no rehearsal is up: begin one with `qvm-tangle rehearse --keep`".to_owned());
    let mut command = KeptMachine::find()?.ok_or_else(none)?.shell(guest)?;
    let program = command.get_program().display().to_string();
    let ended = command.status();
    ended.map(|_| Outcome::Clean).map_err(|reason| Failure::Other(format!("{program} cannot be started: {reason}")))
}

fn case(fact: &Fact) -> Case {
    let outcome = match &fact.outcome {
        FactOutcome::Holds => CaseOutcome::Passed,
        FactOutcome::Fails { expected, seen } => CaseOutcome::Failed(format!("expected {expected}, seen {seen}")),
        FactOutcome::NotTried(reason) => CaseOutcome::Skipped(reason.clone()),
    };
    Case { name: fact.claim.clone(), kind: fact.kind.clone(), outcome }
}

/// Why facts were not tried, and how many for each reason.
fn not_tried_by_reason(facts: &[Fact]) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for fact in facts {
        if let FactOutcome::NotTried(reason) = &fact.outcome {
            *reasons.entry(reason.as_str()).or_default() += 1;
        }
    }
    reasons
}
