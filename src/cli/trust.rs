//! `qvm-tangle trust`: lets what comes with a folder reach outside of it, and shows what that is.

use std::path::{Path, PathBuf};

use super::output::{Console, result};
use super::{Outcome, Shared};
use crate::report::{printable, printable_name};
use crate::workspace::trust::reach::asked;
use crate::workspace::trust::store::{self, Standing};
use crate::workspace::trust::{TrustSubject, trust};
use crate::workspace::{CONFIG_NAME, Failure, Project, absolute, project, quoted, shown};

/// What `trust` takes besides the options that every command takes.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The folder; its configuration is the nearest one from there upwards
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Trust it no longer
    #[arg(long, conflicts_with_all = ["list", "show"])]
    revoke: bool,
    /// Show what it asks for, and trust nothing
    #[arg(long, conflicts_with = "list")]
    show: bool,
    /// List what is trusted
    #[arg(long)]
    list: bool,
}

/// What everybody gets who is trusted, whatever the configuration says.
const ALWAYS: &str = "  its documents may read every variable of the environment
  `lint` lets its checkers follow what outputs include, and run what they name";

/// Trusts a folder, or takes that back, or tells about it.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    if arguments.list {
        return list().map(|()| Outcome::Clean);
    }
    let folder = absolute(&arguments.folder)?;
    // What is gone, or was a file, may have been trusted as well.
    if arguments.revoke {
        return revoke(shared, &folder, output);
    }
    if !folder.exists() {
        return Err(Failure::missing(&arguments.folder));
    }
    if !folder.is_dir() {
        let above = shown(folder.parent().unwrap_or(&folder));
        let reason = format!("is a file, and folders are trusted: `qvm-tangle trust {}`", quoted(Path::new(&above)));
        return Err(Failure::Unusable(folder, reason));
    }
    let project = project(shared.config.as_deref(), &folder)?;
    let subject = TrustSubject::of(&project, &folder);
    let place = subject.place.display();
    if !arguments.show {
        trust(&subject)?;
    }
    let head = match (arguments.show, subject.standing()) {
        (false, _) => format!("{place} is trusted"),
        (true, Standing::Trusted) => format!("{place} is trusted already"),
        (true, Standing::Changed) => format!("{place} was trusted with another configuration"),
        (true, Standing::Unknown) => format!("{place} is not trusted"),
    };
    result(&format!("{}\n{}", printable(&head), description(&project)))?;
    if !arguments.show {
        output.note("`qvm-tangle trust --revoke` takes it back; a changed configuration asks again");
    }
    Ok(Outcome::Clean)
}

/// What a project asks for, one line each.
fn description(project: &Project) -> String {
    let mut lines: Vec<String> = Vec::new();
    for reach in asked(project) {
        lines.push(format!("  {}: {}", reach.asks, reach.means));
    }
    if project.configuration.is_none() {
        lines.push(format!("  it has no {CONFIG_NAME}"));
    } else if lines.is_empty() {
        lines.push(format!("  its {CONFIG_NAME} asks for nothing outside of its folder, and names no program"));
    }
    let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
    format!("{}\n{ALWAYS}\n", lines.join("\n"))
}

/// Also where the configuration cannot be read any more.
fn revoke(shared: &Shared, folder: &Path, output: &Console) -> Result<Outcome, Failure> {
    let project = project(shared.config.as_deref(), folder).unwrap_or_default();
    let places = [TrustSubject::of(&project, folder).place, TrustSubject::of(&Project::default(), folder).place];
    let mut is_revoked = false;
    for place in &places {
        is_revoked |= store::forget(place)?;
    }
    let what = if is_revoked { "is no longer trusted" } else { "was not trusted" };
    output.note(&format!("{} {what}", places[0].display()));
    Ok(Outcome::Clean)
}

fn list() -> Result<(), Failure> {
    let all = store::all()?;
    let lines: Vec<_> = all.iter().map(|remembered| printable_name(&remembered.place)).collect();
    result(&if lines.is_empty() { String::new() } else { lines.join("\n") + "\n" })
}
