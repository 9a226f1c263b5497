//! `qvm-tangle plan`: what the documents mean against what was last written, and what to do about it.

mod earlier;
mod host;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::format::FormatArgument;
use super::output::{Console, for_people, result};
use super::permission::RunPurpose;
use super::rehearse::{demand_network, demand_trust};
use super::request::request_for;
use super::{Outcome, Shared};
use crate::build::{self, Built, BuiltDocument};
use crate::path::slashed;
use crate::plan::{self, Circumstances, DocumentState, PlannedOutput};
use crate::report::json::pretty;
use crate::report::plan::{PlannedDocument, human, markdown, report};
use crate::workspace::{Failure, quoted, shown};
use earlier::Earlier;

/// What was typed after `plan`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Org files and folders; `-` for standard input; without any, the configured documents
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Compare with a git revision, instead of what was last written here
    #[arg(long, value_name = "REV", conflicts_with = "host")]
    against: Option<String>,
    /// Compare with this host: runs the new `status.sh` and `up.sh --dry-run`, which change nothing
    #[arg(long)]
    host: bool,
}

/// Prints the plan of each document.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    let purpose = if arguments.host { RunPurpose::Rehearse } else { RunPurpose::Compile };
    let request = request_for(shared, &arguments.files, purpose)?;
    if arguments.host {
        demand_trust(&request)?;
    }
    let built = output.watched("documents", |progress| build::build_watched(&request, progress))?;
    if built.has_error() {
        output.diagnostics_alone(&built)?;
        return Ok(Outcome::of_errors(&built));
    }
    let compile = shared.command(&[], &named(shared, &arguments.files));
    let plans = if arguments.host {
        planned_for_host(&built, &compile)?
    } else {
        let earlier = Earlier::of(shared, request, &built, arguments.against.as_deref())?;
        planned(&built, &earlier, &compile)
    };
    result(&match shared.format {
        FormatArgument::Json => pretty(&report(&plans)),
        FormatArgument::Markdown => markdown(&plans),
        _ => for_people(human(&plans)),
    })?;
    Ok(Outcome::Clean)
}

/// The files as a command names them: what stands on standard input is saved first.
fn named(shared: &Shared, files: &[PathBuf]) -> Vec<PathBuf> {
    let saved = |file: &PathBuf| match &shared.stdin_filename {
        Some(name) if file.as_os_str() == "-" => name.clone(),
        Some(_) | None => file.clone(),
    };
    files.iter().map(saved).collect()
}

/// The documents of a run whose outputs differ from the disk.
fn differing(built: &Built) -> BTreeSet<usize> {
    built.changes().into_iter().map(|(document, _)| document).collect()
}

fn planned(built: &Built, earlier: &Earlier, compile: &str) -> Vec<PlannedDocument> {
    let differing = differing(built);
    let as_it_is = |path: &Path| path.to_owned();
    let as_it_was = |path: &Path| earlier.place(path);
    let plan_one = |(index, old, against): (Option<usize>, Option<&BuiltDocument>, &str)| {
        let new = index.and_then(|index| built.documents.get(index));
        let differs = index.is_some_and(|index| differing.contains(&index));
        let folder = new.map(|new| folder(new, &as_it_is)).or_else(|| Some(folder(old?, &as_it_was)));
        let circumstances = circumstances(differs.then_some(compile), folder.unwrap_or_default());
        let before = old.map(|document| state(document, &as_it_was)).unwrap_or_default();
        let after = new.map(|document| state(document, &as_it_is)).unwrap_or_default();
        PlannedDocument {
            shown: new.or(old).map(|document| document.input.shown.clone()).unwrap_or_default(),
            against: against.to_owned(),
            plan: plan::plan(&before, &after, &circumstances),
            no_output: new.map(BuiltDocument::reasons_for_no_output).unwrap_or_default(),
        }
    };
    earlier.pairs().map(plan_one).collect()
}

/// A host has networks; of other documents there is nothing to ask.
fn planned_for_host(built: &Built, compile: &str) -> Result<Vec<PlannedDocument>, Failure> {
    let differing = differing(built);
    demand_network(built, "there is nothing to ask a host")?;
    let mut plans = Vec::new();
    for (index, document) in built.documents.iter().enumerate() {
        let networks = &document.compilation.networks;
        if networks.is_empty() {
            continue;
        }
        let folder = folder(document, &|path| path.to_owned());
        let circumstances = circumstances(differing.contains(&index).then_some(compile), folder);
        let ask = |network| Ok((network, host::ask(document, network, &circumstances)?));
        let views = networks.iter().map(ask).collect::<Result<_, Failure>>()?;
        plans.push(PlannedDocument {
            shown: document.input.shown.clone(),
            against: "this host".to_owned(),
            plan: plan::plan_host(views, &circumstances),
            no_output: Vec::new(),
        });
    }
    Ok(plans)
}

/// The scripts lie where they did.
fn circumstances(compile: Option<&str>, folder: String) -> Circumstances {
    Circumstances { compile: compile.map(str::to_owned), old_folder: folder.clone(), folder }
}

/// A document's networks and outputs, with names below the folder of the scripts.
fn state<'a>(document: &'a BuiltDocument, place: &dyn Fn(&Path) -> PathBuf) -> DocumentState<'a> {
    let base = &document.loaded.inputs().surroundings.base;
    let outputs = document.compilation.artifacts.iter().map(|artifact| {
        let shown = shown(&place(&artifact.path));
        let name = artifact.path.strip_prefix(base).map_or_else(|_| shown.clone(), slashed);
        (name, PlannedOutput { shown, text: &artifact.text, producer: artifact.producer })
    });
    DocumentState { networks: &document.compilation.networks, outputs: outputs.collect() }
}

/// The folder of a document's scripts, as a command begins with it.
fn folder(document: &BuiltDocument, place: &dyn Fn(&Path) -> PathBuf) -> String {
    let base = place(&document.loaded.inputs().surroundings.base);
    match shown(&base).as_str() {
        "." => String::new(),
        below => format!("{}/", quoted(Path::new(below))),
    }
}
