//! Runs the scripts of the document, and says of each failure at which line it happened.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::mount::mount_bind;

use super::fact::{Fact, FactOutcome, Hint, WORKS};
use super::job::{File, Identities};
use super::layout::{FAILURES, FOLDER, TOOLS};
use super::program::{self, ProgramOutput};

/// Written to the machine: what observes every bash.
const OBSERVER: &str = include_str!("observe.bash");
/// With one user alone nobody can become another one: these do all else that they are asked.
const STAND_INS: &[(&str, &str)] = &[
    ("setpriv", include_str!("as-root/setpriv.bash")),
    ("install", include_str!("as-root/install.bash")),
    ("chgrp", "#!/bin/sh\n"),
    ("python3", include_str!("as-root/python3.bash")),
];
/// The scripts call it by its path, so its stand-in has to be there.
const PYTHON: &str = "/usr/bin/python3";
const LONGEST: Duration = Duration::from_secs(300);
/// So much of what a script says goes into a report.
const LONGEST_SAID: usize = 300;

/// The folder's scripts, as they are run.
pub(super) struct Scripts<'a> {
    files: &'a [File],
    identities: Identities,
}

/// A line of the observer: how a script failed, and by which calls.
struct ScriptFailure {
    status: String,
    is_exit: bool,
    command: String,
    /// File and line, the innermost first.
    calls: Vec<(String, usize)>,
}

impl<'a> Scripts<'a> {
    /// Puts the observer into the machine.
    pub(super) fn new(files: &'a [File], identities: Identities) -> io::Result<Self> {
        fs::write(format!("{TOOLS}/observe.bash"), OBSERVER)?;
        fs::write(FAILURES, "")?;
        // The person's scripts write there as well.
        fs::set_permissions(FAILURES, fs::Permissions::from_mode(0o666))?;
        if identities == Identities::One {
            for (name, text) in STAND_INS {
                let path = format!("{TOOLS}/{name}");
                fs::write(&path, text)?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
            }
            cover_python()?;
        }
        Ok(Self { files, identities })
    }

    /// Whether the folder has a script.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.path == Path::new(name))
    }

    /// Runs a script as it is.
    pub(super) fn run(&self, name: &str, options: &[&str]) -> io::Result<ProgramOutput> {
        let mut command = program::script(&format!("{FOLDER}/{name}"), self.identities);
        program::output(command.args(options).current_dir(FOLDER), "", LONGEST)
    }

    /// Runs a script, and gives the fact that it works; where scripts of the document's own fail inside, one for each.
    pub(super) fn works(&self, name: &str, options: &[&str], claim: &str) -> io::Result<(ProgramOutput, Vec<Fact>)> {
        fs::write(FAILURES, "")?;
        let ran = self.run(name, options)?;
        if ran.status == 0 {
            return Ok((ran, vec![Fact::new(&kind_of(name), claim)]));
        }
        let failures = failures(&fs::read_to_string(FAILURES).unwrap_or_default());
        let mut facts: Vec<Fact> = Vec::new();
        for failure in &failures {
            let Some((file, line)) = failure.calls.iter().find(|(file, _)| self.is_of_block(file)) else { continue };
            let kind = kind_of(file);
            if facts.iter().all(|fact| fact.kind != kind) {
                facts.push(failed(file, failure, &ran).at([Hint::Number(file.clone(), *line)]));
            }
        }
        if facts.is_empty() {
            facts.push(ours_failed(name, claim, &failures, &ran));
        }
        Ok((ran, facts))
    }

    /// Whether a block of the document wrote a file.
    fn is_of_block(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.is_of_block && file.path == Path::new(name))
    }
}

/// Puts python3's stand-in into its place, where there is one.
fn cover_python() -> io::Result<()> {
    let real = format!("{TOOLS}/python3.real");
    if Path::new(PYTHON).exists() {
        fs::write(&real, "")?;
        mount_bind(PYTHON, &real)?;
        mount_bind(format!("{TOOLS}/python3"), PYTHON)?;
    }
    Ok(())
}

/// The kind of the fact that a script works.
pub(super) fn kind_of(script: &str) -> String {
    format!("{script}{WORKS}")
}

/// A script of ours failed: what it said may name a file of the document's, else its own line is the place.
fn ours_failed(name: &str, claim: &str, failures: &[ScriptFailure], ran: &ProgramOutput) -> Fact {
    let first = failures.iter().find(|failure| failure.is_exit).or(failures.first());
    let fact = Fact::new(&kind_of(name), claim);
    let seen = seen(&ran.err);
    let Some(failure) = first else {
        let seen = format!("status {}: {seen}", ran.status);
        return fact.found(FactOutcome::Fails { expected: "status 0".to_owned(), seen }).at([Hint::file(name)]);
    };
    let call = failure.calls.iter().find(|(file, _)| file != "lib.sh").or(failure.calls.first());
    let at = call.map(|(file, line)| Hint::Number(file.clone(), *line));
    let fact = fact.found(FactOutcome::Fails { expected: "status 0".to_owned(), seen: seen.clone() });
    fact.at([Hint::Message(seen)]).at(at).at([Hint::file(name)])
}

/// A script of the document's own failed.
fn failed(script: &str, failure: &ScriptFailure, ran: &ProgramOutput) -> Fact {
    let said = seen(part_of(&ran.err, script));
    let seen = format!("`{}` ended with status {}: {said}", failure.command, failure.status);
    let outcome = FactOutcome::Fails { expected: "status 0".to_owned(), seen };
    Fact::new(&kind_of(script), format!("`{script}` works")).found(outcome)
}

/// Whether a command that was shown calls one of the scripts, be it as the person.
pub(super) fn is_call(line: &str) -> bool {
    line.starts_with("# ") && line.contains("bash /")
}

/// What was said after a script was started and before the next command was shown; all of it, if that is not there.
fn part_of<'a>(said: &'a str, script: &str) -> &'a str {
    let start = said.match_indices("# ").find_map(|(at, _)| {
        let (line, rest) = said[at..].split_once('\n')?;
        (is_call(line) && line.ends_with(script)).then_some(rest)
    });
    let part = start.map(|rest| rest.split("\n# ").next().unwrap_or(rest));
    part.filter(|part| !part.trim().is_empty() && !part.starts_with("# ")).unwrap_or(said)
}

/// What a script said that tells most: no commands that it showed, no marks of progress; what is for developers of a
/// library only if there is nothing else.
fn seen(said: &str) -> String {
    let is_telling = |line: &&str| !line.starts_with("# ") && line.contains(char::is_alphabetic);
    let lines: Vec<&str> = said.lines().filter(is_telling).collect();
    let is_plain = |line: &&&str| !line.contains(":error:");
    let plain: Vec<&str> = lines.iter().filter(is_plain).copied().collect();
    let mut text =
        if plain.is_empty() { &lines } else { &plain }.iter().copied().take(3).collect::<Vec<_>>().join("; ");
    if let Some((end, _)) = text.char_indices().nth(LONGEST_SAID) {
        text.truncate(end);
        text.push('…');
    }
    if text.is_empty() { "it said nothing".to_owned() } else { text }
}

fn failures(text: &str) -> Vec<ScriptFailure> {
    let below = |path: &str| {
        path.strip_prefix(FOLDER).map_or_else(|| path.to_owned(), |path| path.trim_start_matches('/').to_owned())
    };
    let call = |word: &str| {
        let (file, line) = word.rsplit_once(':')?;
        Some((below(file).trim_start_matches("./").to_owned(), line.parse().ok()?))
    };
    let failure = |line: &str| {
        let mut words = line.split('\t');
        let (status, how, command) = (words.next()?.to_owned(), words.next()?, words.next()?.to_owned());
        Some(ScriptFailure { status, is_exit: how == "exit", command, calls: words.filter_map(call).collect() })
    };
    text.lines().filter_map(failure).collect()
}

#[cfg(test)]
mod tests {
    use super::failures;

    #[test]
    fn a_failure_names_its_calls() {
        let found = failures("1\texit\texit 1\t/rehearsal/folder/lib.sh:2\t/rehearsal/folder/up.sh:7\n");
        assert!(found[0].is_exit);
        assert_eq!(found[0].calls, [("lib.sh".to_owned(), 2), ("up.sh".to_owned(), 7)]);
        assert!(failures("torn\n").is_empty());
    }
}
