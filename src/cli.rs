//! The command line: what was typed, and which command it means.
//!
//! Exit codes: 0 clean, 1 the document has errors, 2 the job could not be done, 3 outputs differ from what the
//! document gives.
#![expect(clippy::disallowed_methods, reason = "the command line owns the current folder and the environment")]

mod check;
mod detangle;
mod explain;
mod fix;
mod format;
mod github;
mod init;
mod lint;
#[cfg(feature = "lsp")]
mod lsp;
mod map;
mod nothing;
mod output;
mod permission;
mod plan;
mod progress;
mod reference;
mod rehearse;
mod repair;
mod request;
mod rewrite;
mod schema;
mod show;
mod trust;
mod usage;
mod watch;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::build::Built;
use crate::diagnostic::Code;
use crate::render::quote::{Language, QuoteKind};
use crate::report::diff::Length;
use crate::workspace::Failure;
use format::FormatArgument;
use output::Console;

/// A command names at most this many files, else it says `FILE...` as its usage does.
const MOST_FILES: usize = 10;

const EXAMPLES: &str = "\
Examples:
  qvm-tangle network.org                      write everything the document gives, beside it
  qvm-tangle --out-dir generated network.org  write it into a folder, with a lock file
  qvm-tangle check                            compare the configured documents with their outputs (for CI)
  qvm-tangle check --format short -           read a document from standard input
  qvm-tangle fix                              show the edits that diagnostics bring as a patch; --write makes them
  qvm-tangle plan                             what the edit since the last write means, and whom it disturbs
  qvm-tangle rehearse --trust network.org     bring the network up in a private machine, and prove each fact
  qvm-tangle watch                            do so whenever a configured document changes
  qvm-tangle explain duplicate-address        what a diagnostic means
  qvm-tangle show model network.org | jq .    the network as JSON

Exit codes:
  0  nothing to report, everything is up to date or was written
  1  a document has errors; nothing was written
  2  the job could not be done: arguments, unreadable or unwritable files, what needs trust
  3  outputs differ from what the document gives, or a rehearsal finds that a fact does not hold";

/// Compile literate Org documents: tangle their source blocks as Emacs does, and generate the scripts of the network
/// they describe.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    shared: Shared,
    /// Org files and folders of Org files; `-` for standard input; without any, the configured documents
    #[arg(value_name = "FILE|DIR")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    write: write::WriteArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare the outputs on disk with what the documents give; write nothing
    Check {
        /// Org files and folders; without any, the configured documents
        #[arg(value_name = "FILE|DIR")]
        files: Vec<PathBuf>,
        /// Show long differences whole
        #[arg(long)]
        full_diff: bool,
        /// Check what git's index holds, which is what will be committed
        #[arg(long)]
        staged: bool,
    },
    /// Print the script that completes commands and options in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Carry hand edits of outputs back into their document, its cells and blocks, and into templates
    Detangle(detangle::Arguments),
    /// Explain a diagnostic; without a code, list them all
    Explain {
        /// Such as `duplicate-address`
        code: Option<String>,
    },
    /// Make the edits that diagnostics bring with them: shown as a patch, made with --write
    Fix(fix::Arguments),
    /// Begin: write a configuration and a first document where there is nothing yet
    Init(init::Arguments),
    /// Run the checkers that fit each output (ShellCheck, nft, …) and report at the documents' lines
    Lint {
        /// Org files and folders; without any, the configured documents
        #[arg(value_name = "FILE|DIR")]
        files: Vec<PathBuf>,
    },
    /// Serve an editor on standard input and output: diagnostics, jumps, completion, fixes
    #[cfg(feature = "lsp")]
    Lsp {
        /// Accepted because many editors say it; there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Print the manual page of the program, or of a command
    Man {
        /// Such as `check`
        command: Option<String>,
    },
    /// Tell where a line of an output came from, or what a line of a document made
    Map(map::Arguments),
    /// Say what the documents mean against what was last written: guests, names, files, what to run, whom it disturbs
    Plan(plan::Arguments),
    /// Bring the network up in a machine of its own, without root, and prove each fact of it
    Rehearse(rehearse::Arguments),
    /// Show what a document gives: its network, or its outputs
    Show {
        /// What to show
        what: ShowSubject,
        /// An Org file
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Let what comes with a folder reach outside of it and run programs, after showing what it asks for
    Trust(trust::Arguments),
    /// Compile and write whenever a document, or what it is made with, changes
    Watch(watch::Arguments),
}

/// What `show` can show.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShowSubject {
    /// The network's model, as JSON
    Model,
    /// A picture of the networks: SVG, or `--format dot|mermaid|d2|json`
    Graph,
    /// The outputs: path, mode, producer and size, as JSON
    Artifacts,
    /// What a document can say of a network: tables, columns, terms, services; `--format json` for programs
    Schema,
    /// The JSON Schema of the reports that `--format json` gives
    ReportSchema,
    /// The JSON Schema of what `plan --format json` gives
    PlanSchema,
    /// The JSON Schema of what `show graph --format json` gives
    GraphSchema,
    /// The JSON Schema of `qvm-tangle.toml`
    ConfigSchema,
}

/// Options that every command takes.
#[derive(Debug, Args)]
struct Shared {
    /// Folder for relative targets, instead of the document's own
    #[arg(long, global = true, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Configuration file, instead of the nearest `qvm-tangle.toml` above the document
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How diagnostics are shown
    #[arg(long, global = true, value_enum, default_value_t)]
    format: FormatArgument,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
    /// Say nothing but diagnostics
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Treat warnings as errors
    #[arg(long, global = true, value_name = "WHAT")]
    deny: Option<Denied>,
    /// The path of the document that is read from standard input
    #[arg(long, global = true, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// A folder outside the root that targets may lead to; may be repeated
    #[arg(long, global = true, value_name = "DIR")]
    allow_outside: Vec<PathBuf>,
    /// Put targets written as absolute or `~` paths below this folder, as `make install` does
    #[arg(long, global = true, value_name = "DIR")]
    destdir: Option<PathBuf>,
    /// Whose Babel support to act as if loaded: `none`, `all`, or a list such as `shell,python`
    #[arg(long, global = true, value_name = "LIST")]
    languages: Option<String>,
    /// Trust what the configuration and the documents ask for, in this run only: for CI
    #[arg(long, global = true)]
    trust: bool,
}

impl Shared {
    /// A command with the same documents and settings, for a shell.
    fn command(&self, words: &[&str], files: &[PathBuf]) -> String {
        let words = words.iter().map(|&word| word.to_owned());
        let files: Vec<String> = match files.len() {
            0..=MOST_FILES => files.iter().map(|file| file.display().to_string()).collect(),
            _ => vec!["FILE...".to_owned()],
        };
        words.chain(self.settings()).chain(files).fold("qvm-tangle".to_owned(), |command, word| {
            // A zero byte, all that it refuses, cannot be typed.
            format!("{command} {}", Language::Shell.quote(&word, QuoteKind::Text).unwrap_or(word))
        })
    }

    /// The options given that decide what a document gives and where, as words of a command line.
    fn settings(&self) -> Vec<String> {
        let paths = [
            ("--out-dir", self.out_dir.as_slice()),
            ("--config", self.config.as_slice()),
            ("--stdin-filename", self.stdin_filename.as_slice()),
            ("--allow-outside", &self.allow_outside),
            ("--destdir", self.destdir.as_slice()),
        ];
        let mut words = Vec::new();
        for (option, values) in paths {
            words.extend(values.iter().flat_map(|value| [option.to_owned(), value.display().to_string()]));
        }
        words.extend(self.languages.iter().flat_map(|list| ["--languages".to_owned(), list.clone()]));
        words.extend(self.trust.then(|| "--trust".to_owned()));
        words
    }
}

/// What `--deny` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// Every warning.
    Warnings,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Clean,
    HasErrors,
    /// A document asks for what needs trust.
    Untrusted,
    /// The editor went away without shutting the server down.
    #[cfg(feature = "lsp")]
    Abandoned,
    Differs,
}

impl Outcome {
    /// How a run ends of which a document has an error.
    fn of_errors(built: &Built) -> Self {
        let mut all = built.documents.iter().flat_map(|document| &document.diagnostics);
        let lacks_trust = all.any(|diagnostic| diagnostic.code == Code::UntrustedEnvironment);
        if lacks_trust { Self::Untrusted } else { Self::HasErrors }
    }
}

/// Runs the command that was typed.
pub fn run() -> ExitCode {
    let arguments = usage::parse();
    if matches!(&arguments.command, Some(Command::Rehearse(rehearsal)) if rehearsal.inside) {
        return crate::rehearse::inside::run();
    }
    let output = Console::new(&arguments.shared);
    match dispatch(&arguments, &output) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::HasErrors) => ExitCode::from(1),
        Ok(Outcome::Untrusted) => ExitCode::from(2),
        #[cfg(feature = "lsp")]
        Ok(Outcome::Abandoned) => ExitCode::from(1),
        Ok(Outcome::Differs) => ExitCode::from(3),
        Err(failure) => {
            output.failure(&failure);
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: &Arguments, output: &Console) -> Result<Outcome, Failure> {
    let shared = &arguments.shared;
    match &arguments.command {
        None => {
            usage::check_words(&arguments.files)?;
            write::run(shared, &arguments.files, &arguments.write, output)
        }
        Some(Command::Check { files, full_diff, staged }) => {
            let length = if *full_diff { Length::Full } else { Length::Cut };
            let check = check::Check { shared, files, length, output };
            if *staged { check.staged() } else { check.on_disk() }
        }
        Some(Command::Completions { shell }) => reference::completions(*shell),
        Some(Command::Detangle(arguments)) => detangle::run(shared, arguments, output),
        Some(Command::Explain { code }) => explain::run(code.as_deref(), output),
        Some(Command::Fix(arguments)) => fix::run(shared, arguments, output),
        Some(Command::Init(arguments)) => init::run(arguments, output),
        Some(Command::Lint { files }) => lint::run(shared, files, output),
        #[cfg(feature = "lsp")]
        Some(Command::Lsp { stdio: _ }) => Ok(lsp::run(shared)),
        Some(Command::Man { command }) => reference::man(command.as_deref()),
        Some(Command::Map(arguments)) => map::run(shared, arguments, output),
        Some(Command::Plan(arguments)) => plan::run(shared, arguments, output),
        Some(Command::Rehearse(arguments)) => rehearse::run(shared, arguments, output),
        Some(Command::Show { what, file }) => show::run(*what, shared, file.as_slice(), output),
        Some(Command::Trust(arguments)) => trust::run(shared, arguments, output),
        Some(Command::Watch(arguments)) => watch::run(shared, arguments, output),
    }
}
