//! `qvm-tangle watch`: compiles and writes whenever something changes that the documents are made from.
//!
//! A run that writes nothing and finds what the one before it found says nothing, so that the last words on the screen
//! are how things stand; the time beside them says since when. Programs get the report of every run.

use std::path::PathBuf;
use std::time::Instant;

use jiff::ZonedDateTime;

use super::output::{self, Console};
use super::permission::RunPurpose;
use super::request::{folders, request, request_for, start};
use super::{Outcome, Shared, nothing, rehearse, write};
use crate::build::{self, BuildRequest, Built, Overwrite};
use crate::diagnostic::Levels;
use crate::rehearse::AfterRehearsal;
use crate::report::count;
use crate::watch::inputs::{WatchedInputs, WatchedTree};
use crate::watch::{Next, Watch};
use crate::workspace::load::TEMPLATES;
use crate::workspace::run_lock::RunLock;
use crate::workspace::{Failure, absolute, config_places};

/// What was typed after `watch`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Org files and folders; without any, the configured documents
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    /// Rehearse the networks after each run that wrote something
    #[arg(long)]
    rehearse: bool,
    /// Clear the terminal before each run that has something to say
    #[arg(long)]
    clear: bool,
}

/// What all runs have in common.
struct WatchSession<'a> {
    watch: &'a Watch,
    /// The command that checks what was written.
    check: &'a str,
    output: &'a Console,
    /// Whether the screen shows the last run alone.
    clears: bool,
    /// The levels of what is found, if networks are rehearsed.
    rehearsed: Option<Levels>,
}

/// A run that has written nothing yet.
struct PendingRun {
    began: Instant,
    /// What it has read, as far as it came.
    read: WatchedInputs,
    built: Result<Built, Failure>,
    lock: Option<RunLock>,
}

/// Runs until somebody asks the program to end.
pub(super) fn run(shared: &Shared, arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    let files = &arguments.files;
    if files.iter().any(|file| file.as_os_str() == "-") {
        return Err(Failure::Other("`-` cannot be watched: name files or folders".to_owned()));
    }
    let mut watch = Watch::new()?;
    let first = request(shared, files)?;
    let mut inputs = inputs(shared, files, &first)?;
    let mut rehearsed = None;
    if arguments.rehearse {
        rehearse::demand_trust(&request_for(shared, files, RunPurpose::Rehearse)?)?;
        rehearsed = Some(first.levels.clone());
    }
    let check = shared.command(&["check"], files);
    let clears = arguments.clear && output.shows_progress;
    let mut found = None;
    loop {
        watch.start(&inputs)?;
        let session = WatchSession { watch: &watch, check: &check, output, clears, rehearsed: rehearsed.clone() };
        let PendingRun { began, read, built, lock } = compile(shared, files, &inputs);
        // What was not watched before it was read may have changed in between.
        if read != inputs {
            inputs = read;
            continue;
        }
        let is_first = found.is_none();
        found = Some(session.conclude(built, began, found.as_deref())?);
        drop(lock);
        if is_first {
            let number = count(first.documents.len(), "document");
            output.note(&format!("watching {number}; Ctrl-C ends it"));
        }
        if watch.wait() == Next::Stop {
            return Ok(Outcome::Clean);
        }
    }
}

/// Where a run fails before all its inputs are known, they are taken to be those of the run before as well.
fn compile(shared: &Shared, files: &[PathBuf], before: &WatchedInputs) -> PendingRun {
    let began = Instant::now();
    let requested = request(shared, files).and_then(|request| Ok((inputs(shared, files, &request)?, request)));
    let (mut read, request) = match requested {
        Ok(requested) => requested,
        Err(failure) => return PendingRun { began, read: before.clone(), built: Err(failure), lock: None },
    };
    let lock = build::lock_roots(&request);
    let built = build::build(&request);
    match &built {
        Ok(built) => read.files.extend(built.documents.iter().flat_map(|document| document.loaded.setup_files())),
        Err(_) => read.extend(before),
    }
    PendingRun { began, read, built, lock: Some(lock) }
}

/// What a run reads but for the files that its documents name.
fn inputs(shared: &Shared, files: &[PathBuf], request: &BuildRequest) -> Result<WatchedInputs, Failure> {
    let mut inputs = WatchedInputs::default();
    match &shared.config {
        Some(config) => inputs.files.extend([absolute(config)?]),
        None => inputs.files.extend(config_places(start(shared, files))?),
    }
    inputs.files.extend(request.documents.iter().map(|document| document.path.clone()));
    let trees = folders(shared, files)?.into_iter().map(|folder| WatchedTree { folder, extension: "org" });
    inputs.trees.extend(trees);
    if let Some(project) = &request.project_folder {
        inputs.trees.insert(WatchedTree { folder: project.join(TEMPLATES), extension: "j2" });
    }
    Ok(inputs)
}

impl WatchSession<'_> {
    /// Writes what differs and says what is new since the run before, whose diagnostics were `before`; gives those of this
    /// one.
    fn conclude(&self, built: Result<Built, Failure>, began: Instant, before: Option<&str>) -> Result<String, Failure> {
        let write = |mut built: Built| {
            let applied = self.watch.write(|| write::apply(&mut built, &Overwrite::nothing(), self.check));
            applied.map(|applied| (built, applied))
        };
        match built.and_then(write) {
            Ok((built, applied)) => {
                let found = output::diagnostics_in_full(&built);
                let is_new = before != Some(&found);
                let applied = applied.filter(|applied| is_new || !applied.done.is_empty());
                if is_new || applied.is_some() {
                    self.head(&count(built.documents.len(), "document"), began);
                }
                if is_new || self.output.format.is_for_programs() || self.clears && applied.is_some() {
                    self.output.main_diagnostics(&built, write::MOST_SHOWN, self.check.to_owned())?;
                }
                if let Some(applied) = applied {
                    write::print_summary(&built, &applied, write::MOST_SHOWN, self.output);
                    nothing::tell(&built, self.output);
                    self.rehearse(built);
                }
                Ok(found)
            }
            Err(failure) => {
                let found = failure.to_string();
                if before != Some(&found) {
                    self.head("failed", began);
                    self.output.failure(&failure);
                }
                Ok(found)
            }
        }
    }

    /// Says when the run was and how long it took, above what it found. What scrolled away stays where the terminal keeps it.
    fn head(&self, what: &str, began: Instant) {
        if self.clears {
            output::message("\u{1b}[H\u{1b}[2J");
        }
        let (now, took) = (ZonedDateTime::now().strftime("%H:%M:%S"), began.elapsed().as_millis());
        self.output.note(&format!("{now}: {what} in {took} ms"));
    }

    /// What cannot be rehearsed is said, and watched on.
    fn rehearse(&self, mut built: Built) {
        let Some(levels) = &self.rehearsed else { return };
        if let Err(failure) = rehearse::rehearse(&mut built, levels, AfterRehearsal::AtOnce, self.output) {
            self.output.failure(&failure);
        }
    }
}
