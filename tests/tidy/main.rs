//! The rules of the house that a machine can check: who may use whom, what every file says first, what must agree.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the project's own files; a failed step fails the test"
)]

mod code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use code::{Code, Function, ModulePath};

/// Every module, each using only modules before it. `ARCHITECTURE.md` explains the order.
const ORDER: &[&str] = &[
    "path",
    "parallel",
    "source",
    "diagnostic",
    "org",
    "artifact",
    "shell",
    "tangle",
    "network",
    "consistency",
    "render",
    "map",
    "graph",
    "plan",
    "accept",
    "fix",
    "record",
    "drift",
    "compile",
    "carry",
    "config",
    "report",
    "workspace",
    "process",
    "build",
    "lint",
    "rehearse",
    "watch",
    "cli",
    "lsp",
    "main",
];

/// Nobody remembers the order of more.
const MOST_PARAMETERS: usize = 5;

/// The command line starts the editor's server.
const EXCEPTIONS: &[(&str, &str)] = &[("cli", "lsp")];

/// Names that more than one file gives to a type, each with the reason.
const SHARED_TYPE_NAMES: &[(&str, &str)] = &[("Arguments", "what a command takes; clap derives one for each command")];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All wanted files below a folder, sorted.
fn files_below(folder: &Path, is_wanted: fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path, is_wanted));
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension == wanted)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files_below(folder, |path| has_extension(path, "rs"))
}

/// `src/org/scan.rs` belongs to `org`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).unwrap();
    let first = below.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first).to_owned()
}

#[test]
fn a_module_uses_only_modules_before_it() {
    let place = |module: &str| ORDER.iter().position(|name| *name == module);
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let user = module(&path);
        if user == "lib" {
            continue;
        }
        assert!(place(&user).is_some(), "{} is in no line of ORDER", path.display());
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices("crate::") {
            let named: String = text[at + 7..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            let allowed = named == user || EXCEPTIONS.contains(&(&user, &named)) || place(&named) < place(&user);
            if place(&named).is_some() && !allowed {
                wrong.push(format!("{}: `{user}` uses `{named}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file may use the overview above it, and that its parts; any other two must not lead to each other.
#[test]
fn no_files_use_each_other() {
    let files = code::read(&root().join("src"));
    let uses: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> =
        files.iter().map(|(module, code)| (module, used(module, code, &files))).collect();
    let circles: Vec<String> = uses
        .keys()
        .filter(|module| reachable(&uses, module).contains(*module))
        .map(|module| format!("src/{}.rs is part of a circle", module.join("/")))
        .collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// The files whose items a file names, but for those above and below it.
fn used<'f>(module: &ModulePath, code: &Code, files: &'f BTreeMap<ModulePath, Code>) -> BTreeSet<&'f ModulePath> {
    let file = |path: &ModulePath| (1..=path.len()).rev().find_map(|length| files.get_key_value(&path[..length]));
    let others = code.named.iter().filter_map(file).map(|(other, _)| other);
    others.filter(|other| !other.starts_with(module) && !module.starts_with(other)).collect()
}

/// All files that a file leads to, itself only by a circle.
fn reachable<'f>(
    uses: &BTreeMap<&'f ModulePath, BTreeSet<&'f ModulePath>>,
    module: &ModulePath,
) -> BTreeSet<&'f ModulePath> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&ModulePath> = uses[module].iter().copied().collect();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(&uses[next]);
        }
    }
    reached
}

#[test]
fn functions_take_few_parameters_and_no_flags() {
    let is_wrong = |function: &&Function| function.parameters > MOST_PARAMETERS || function.has_flag;
    let mut wrong = Vec::new();
    for (module, code) in code::read(&root().join("src")) {
        let functions = code.functions.iter().filter(is_wrong);
        wrong.extend(functions.map(|function| format!("src/{}.rs: {}", module.join("/"), function.name)));
    }
    assert!(wrong.is_empty(), "more than {MOST_PARAMETERS} parameters, or a `bool`:\n{}", wrong.join("\n"));
}

#[test]
fn a_type_name_stands_in_one_file() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, code) in code::read(&root().join("src")) {
        for name in code.types {
            files.entry(name).or_default().push(format!("src/{}.rs", module.join("/")));
        }
    }
    files.retain(|_, files| files.len() > 1);
    for (name, reason) in SHARED_TYPE_NAMES {
        assert!(files.remove(*name).is_some(), "`{name}` is shared no longer: it was allowed as {reason}");
    }
    let shared: Vec<String> = files.iter().map(|(name, files)| format!("{name}: {}", files.join(", "))).collect();
    assert!(shared.is_empty(), "type names that stand in several files:\n{}", shared.join("\n"));
}

#[test]
fn every_file_says_first_what_it_is_responsible_for() {
    for folder in ["src", "tests", "benches"] {
        let folder = root().join(folder);
        for path in if folder.exists() { rust_files(&folder) } else { Vec::new() } {
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//! "), "{} does not open with `//!`", path.display());
        }
    }
}

#[test]
fn there_are_no_unfinished_places() {
    for path in rust_files(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        for word in ["todo!", "unimplemented!", "// TODO", "FIXME"] {
            assert!(!text.contains(word), "{} has a `{word}`", path.display());
        }
        assert!(path.file_name().unwrap() != "mod.rs", "{}: no mod.rs", path.display());
    }
}

/// All shell scripts and templates of such.
fn shell_files(folder: &Path) -> Vec<PathBuf> {
    files_below(folder, |path| {
        let is_script = || fs::read_to_string(path).is_ok_and(|text| text.starts_with("#!/usr/bin/env bash"));
        has_extension(path, "sh") || path.to_string_lossy().ends_with(".shell.j2") || is_script()
    })
}

/// Under `pipefail` the writer's end by SIGPIPE counts as a failure, and comes or does not come as time wants it.
#[test]
fn no_reader_of_a_pipe_stops_early() {
    let stops_early = |command: &str| {
        let mut words = command.split_whitespace();
        let is_short = |word: &&str| word.starts_with('-') && !word.starts_with("--");
        match words.next() {
            Some("head") => true,
            Some("grep") => words.take_while(is_short).any(|word| word.contains(['q', 'm'])),
            Some("awk") => command.contains("exit"),
            _ => false,
        }
    };
    let mut wrong = Vec::new();
    for path in [".ci", "packaging", "templates", "tests"].iter().flat_map(|folder| shell_files(&root().join(folder))) {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split_once("# ").map_or(line, |(code, _)| code);
            if code.split(" | ").skip(1).any(stops_early) && !code.ends_with("|| true") {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "write `grep -q PATTERN <(COMMAND)` instead:\n{}", wrong.join("\n"));
}

#[test]
fn the_package_has_what_builds_and_explains_the_program_and_nothing_else() {
    let cargo = std::process::Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let packed = String::from_utf8(cargo.stdout).unwrap();
    let named =
        ["src/main.rs", "templates/up.sh.shell.j2", "editors/emacs/qvm-tangle.el", "LICENSE-MIT", "LICENSE-APACHE"];
    for name in named {
        assert!(packed.lines().any(|line| line == name), "the package lacks {name}");
    }
    let surplus: Vec<&str> =
        packed.lines().filter(|line| line.starts_with("tests/") || line.contains("fixtures")).collect();
    assert!(surplus.is_empty(), "{surplus:?}");
}

#[test]
fn the_version_agrees_with_the_changelog() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let versions: Vec<&str> =
        changelog.lines().filter_map(|line| line.strip_prefix("## [")?.split(']').next()).collect();
    assert_eq!(versions.first(), Some(&"Unreleased"));
    let released = versions.get(1).copied().unwrap_or(env!("CARGO_PKG_VERSION"));
    assert_eq!(released, env!("CARGO_PKG_VERSION"), "Cargo.toml and the newest release of the changelog differ");
}

#[test]
fn architecture_stays_short_and_names_every_module() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() <= 120, "ARCHITECTURE.md has more than 120 lines");
    for path in rust_files(&root().join("src")) {
        let name = module(&path);
        assert!(
            matches!(name.as_str(), "lib" | "main") || text.contains(&format!("`src/{name}.rs`")),
            "ARCHITECTURE.md does not name src/{name}.rs"
        );
    }
}

/// The walks name functions as `module::path::function`; a method stands after its file, without its type.
#[test]
fn the_walks_of_architecture_name_functions_that_there_are() {
    let files = code::read(&root().join("src"));
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let walks = text.split_once("## Two walks").unwrap().1.split("\n## ").next().unwrap();
    let named: Vec<&str> = walks.split('`').skip(1).step_by(2).filter(|span| span.contains("::")).collect();
    assert!(named.len() > 20, "the walks name few functions");
    let is_there = |name: &str| {
        let path: ModulePath = name.split("::").map(str::to_owned).collect();
        let (function, module) = path.split_last().unwrap();
        files.get(module).is_some_and(|code| code.functions.iter().any(|known| known.name == *function))
    };
    let missing: Vec<&&str> = named.iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "no such functions: {missing:?}");
}
