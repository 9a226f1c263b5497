//! Hostile documents: every prefix, byte flips, deletions, repetitions and splices of every fixture, at least 100,000 a
//! run. None may panic, and no accepted target may lie outside its root. Each shape and each run of the tables is a test of
//! its own.
//!
//! Seeded, so that a failure can be repeated: it prints the seed's number and the document. `HOSTILE_INPUTS` asks for
//! more.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "the test reads fixtures; a document that breaks the program fails the test"
)]

#[path = "../common/random.rs"]
mod random;
mod runs;
mod shapes;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use libtest_mimic::{Arguments, Trial};
use qvm_tangle::compile::{self, Inputs};
use qvm_tangle::diagnostic;
use qvm_tangle::org;
use qvm_tangle::render;
use qvm_tangle::report::{ReportStyle, github, human, is_harmful, short};
use qvm_tangle::source::{Sources, decode};
use qvm_tangle::tangle::TangleEnvironment;
use random::Random;
use runs::{Case, RUNS, Run};
use shapes::{SHAPES, Shape};

const INPUTS: usize = 100_000;

fn main() {
    let shapes = SHAPES.iter().map(|shape| test("shapes", shape.name, move || check_shape(shape)));
    let runs = RUNS.iter().map(|run| test("memory", run.name, move || check_run(run)));
    let documents = Trial::test("no-document-panics-or-leaves-its-root", || {
        check_documents();
        Ok(())
    });
    libtest_mimic::run(&Arguments::from_args(), shapes.chain(runs).chain([documents]).collect()).exit();
}

/// A test that panics if it fails.
fn test(table: &str, name: &str, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(format!("{table}/{}", name.replace(' ', "-")), || {
        run();
        Ok(())
    })
}

/// Bytes that mean something to Org, to Emacs' header arguments or to a shell.
const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    "\t",
    "\u{1b}[2J",
    "\u{9b}",
    "\u{202e}",
    "\u{2066}",
    " ",
    "|",
    "|-",
    "*",
    "* ",
    ",",
    ":",
    " :: ",
    "\"",
    "'",
    "`",
    "(",
    ")",
    "[",
    "]",
    "<<",
    ">>",
    "#+",
    "#+begin_src sh :tangle ",
    "#+end_src",
    "#+NAME: ",
    ":PROPERTIES:\n",
    ":END:\n",
    "$(id)",
    ";",
    "\\",
    "%",
    "\0",
    "é",
    "\u{feff}",
    "..",
    "/",
    "~",
    ":noweb yes",
    ":var x=",
    ":comments both",
    ":header-args+: ",
    "{{ x }}",
    "{% raw %}",
];

fn fixtures(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            fixtures(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "org") {
            found.push(fs::read(&path).unwrap());
        }
    }
}

fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut corpus = Vec::new();
    fixtures(&root.join("tests/fixtures"), &mut corpus);
    fixtures(&root.join("org"), &mut corpus);
    assert!(corpus.len() > 30, "the fixtures are gone");
    corpus
}

/// Compiles one document as the program does and looks at what it must hold in any case.
fn compile_one(bytes: &[u8]) {
    let decoded = decode::decode(bytes.to_vec());
    let mut sources = Sources::default();
    let document = sources.add("hostile.org", decoded.text);
    let document = org::parse(sources.shared(document));
    let builtin_templates = render::add_builtin(&mut sources, &[]);
    let surroundings = TangleEnvironment {
        document: PathBuf::from("/root/project/hostile.org"),
        base: PathBuf::from("/root/project"),
        home: PathBuf::from("/home/user"),
        ..TangleEnvironment::default()
    };
    let inputs = Inputs {
        sources: &sources,
        document: &document,
        unwritable: decoded.unwritable,
        file_name: "hostile.org",
        seen_from_graph: "hostile.org",
        surroundings: &surroundings,
        builtin_templates: &builtin_templates,
        own_templates: &[],
        graph: Some(Path::new("/project/network.svg")),
    };
    let (compilation, mut found) = compile::compile(&inputs);
    compile::finish_diagnostics(&inputs, &mut found);
    for diagnostic in found.iter().take(5) {
        let reports = [
            human::render(&sources, diagnostic, ReportStyle::Plain),
            short::render(&sources, diagnostic),
            github::render(&sources, diagnostic),
        ];
        for report in reports {
            let harmful = report.chars().find(|&c| is_harmful(c) && c != '\n');
            assert_eq!(harmful, None, "a report lets through what a terminal obeys:\n{report}");
        }
        let _ = diagnostic::place(&sources, diagnostic.span);
    }
    for artifact in &compilation.artifacts {
        assert!(artifact.path.is_absolute(), "{} is relative", artifact.path.display());
        assert!(
            !artifact.path.components().any(|part| part == std::path::Component::ParentDir),
            "{} has `..` in it",
            artifact.path.display()
        );
        assert_eq!(artifact.origins.last().map_or(0, |origin| origin.end as usize), artifact.text.len());
    }
}

#[track_caller]
fn check(name: &str, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| compile_one(bytes))).is_err() {
        let path = std::env::temp_dir().join(format!("qvm-tangle-{}.org", name.replace(' ', "-")));
        fs::write(&path, bytes).unwrap();
        panic!("{name} breaks the program; the document is in {}", path.display());
    }
}

fn mutate(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(60)).min(bytes.len());
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, random.pick(PIECES).bytes())),
            3 => drop(bytes.splice(at..end, random.pick(PIECES).bytes())),
            4 => {
                let repeated = bytes[at..end].repeat(1 + random.below(4));
                drop(bytes.splice(at..at, repeated));
            }
            5 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                let to = (from + random.below(400)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn check_documents() {
    let corpus = &corpus();
    let wanted = std::env::var("HOSTILE_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    let prefixes: usize = corpus.iter().map(|document| document.len() + 1).sum();
    let seeds = wanted.saturating_sub(prefixes) as u64;
    thread::scope(|scope| {
        for worker in 0..2 {
            scope.spawn(move || {
                for (number, document) in corpus.iter().enumerate() {
                    for end in (worker..=document.len()).step_by(2) {
                        check(&format!("prefix {end} of fixture {number}"), &document[..end]);
                    }
                }
                for seed in (worker as u64..seeds).step_by(2) {
                    check(&format!("seed {seed}"), &mutate(&mut Random(seed), corpus));
                }
            });
        }
    });
    println!("{prefixes} prefixes, {seeds} mutations");
}

/// At the size of the table a quadratic step would take minutes.
fn check_shape(shape: &Shape) {
    check(shape.name, (shape.document)(shape.size).as_bytes());
}

/// Runs the program with this many megabytes of address space; gives its exit code, and what it says if there is none.
fn run_within(memory: usize, case: Case) -> Result<i32, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &case.files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("input"), case.input).unwrap();
    let output = Command::new("prlimit")
        .args([&format!("--as={}", memory << 20), env!("CARGO_BIN_EXE_qvm-tangle")])
        .args(case.arguments)
        .current_dir(folder.path())
        // Each thread's own heap would take address space that nothing is in.
        .env("MALLOC_ARENA_MAX", "1")
        .env("HOME", folder.path())
        .stdin(fs::File::open(folder.path().join("input")).unwrap())
        .stdout(Stdio::null())
        .output()
        .unwrap();
    let said = || String::from_utf8_lossy(&output.stderr).chars().take(2000).collect();
    output.status.code().filter(|&code| code < 4).ok_or_else(said)
}

/// What a run's input and output need, and no more.
fn check_run(run: &Run) {
    let code = run_within(run.memory, (run.case)(run.size));
    assert!(code.is_ok(), "{} takes more than {} MB: {}", run.name, run.memory, code.unwrap_err());
}
