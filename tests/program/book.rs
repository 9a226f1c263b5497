//! What the book shows is so: examples in Org compile, command lines parse, configurations and templates are read.
//!
//! Two pages are run as they stand. `docs/src/tutorial.md` is, too, by `tests/network/guest-facts/tutorial.sh`; links are looked up
//! by `tests/book/run`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory as _;
use qvm_tangle::cli::Arguments;
use qvm_tangle::config::Config;

use crate::support::Project;

const BRIDGE: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n";
const GUESTS: &str =
    "\n| Guest | IP | TAP |\n|---+---+---|\n| cp | 10.42.0.77 | ctap0 |\n| wk-1 | 10.42.0.78 | ctap1 |\n";
const SERVICES: &str = "\n| Service | IP | Port | Interface |\n|---+---+---+---|\n| NFS | 10.42.0.3 | | veth0 |\n";

/// A block between fences.
struct Block {
    /// File and line.
    place: String,
    kind: String,
    text: String,
    /// What the comment directly before it says.
    comment: String,
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// All blocks of a kind of the README and of the pages that people write and read from top to bottom.
fn blocks(kind: &str) -> Vec<Block> {
    let mut pages = vec![root("README.md")];
    for folder in ["docs/src", "docs/src/how-to", "docs/src/reference"] {
        pages.extend(root(folder).read_dir().unwrap().map(|entry| entry.unwrap().path()));
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages.iter().flat_map(|page| blocks_of(page)).filter(|block| block.kind == kind).collect()
}

fn blocks_of(page: &Path) -> Vec<Block> {
    let text = fs::read_to_string(page).unwrap();
    let mut blocks = Vec::new();
    let mut comment = "";
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            let body = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
            let body = body.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()));
            let place = format!("{}:{}", page.file_name().unwrap().display(), number + 1);
            let (kind, comment) = (kind.to_owned(), std::mem::take(&mut comment).to_owned());
            blocks.push(Block { place, kind, text: body.collect(), comment });
        } else if let Some(said) = line.strip_prefix("<!-- ").and_then(|said| said.strip_suffix(" -->")) {
            comment = said;
        }
    }
    blocks
}

/// An example with the parts of a network that it leaves out.
fn completed(example: &str) -> String {
    let has = |start: &str| example.lines().any(|line| line.starts_with(start));
    if !has("|") && !has("- ") {
        return example.to_owned();
    }
    let gap = if has("- ") { "" } else { "\n" };
    let missing = |lacks: bool, part: &'static str| if lacks { part } else { "" };
    let bridge = missing(!example.contains("- Subnet ::"), BRIDGE);
    let guests = missing(!has("| Guest "), GUESTS);
    let services = missing(has("| Export "), SERVICES);
    format!("{bridge}{gap}{example}{guests}{services}")
}

#[test]
fn the_examples_in_org_compile_without_a_diagnostic() {
    let examples: Vec<Block> = blocks("org").into_iter().filter(|block| !block.comment.starts_with("in ")).collect();
    assert!(examples.len() > 15, "{} examples in Org", examples.len());
    for Block { place, text, .. } in examples {
        if text.contains("{{#include") || text.contains("REASON") {
            continue;
        }
        let project = Project::new().file("network.org", &completed(&text));
        let arguments =
            ["--quiet", "--languages", "shell", "--allow-outside", "home", "show", "artifacts", "network.org"];
        let ran = project.run(&arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{place}\n{}", completed(&text));
    }
}

#[test]
fn every_command_line_parses() {
    let scripts = blocks("sh").into_iter().chain(blocks("yaml"));
    let mut count = 0;
    for Block { place, text, .. } in scripts {
        for line in text.lines().filter_map(|line| line.split(" #").next()) {
            let Some(at) = line.find("qvm-tangle ").filter(|at| *at == 0 || line[..*at].ends_with(": ")) else {
                continue;
            };
            let words: Vec<&str> = line[at..].split_whitespace().collect();
            let parsed = Arguments::command().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{place}: {line}: {}", parsed.unwrap_err());
            count += 1;
        }
    }
    assert!(count > 25, "{count} command lines");
}

#[test]
fn every_configuration_is_read() {
    // Editors have configurations of their own.
    for Block { place, text, .. } in blocks("toml").into_iter().filter(|block| !block.place.starts_with("editors.md")) {
        let read = Config::parse(&text);
        assert!(read.is_ok(), "{place}: {}", read.unwrap_err());
    }
}

#[test]
fn the_templates_give_what_is_shown() {
    let page = root("docs/src/how-to/templates.md");
    let project = Project::new();
    assert_eq!(project.run(&["init"]).code, 0);
    let mut outputs = Vec::new();
    for Block { kind, text, comment, place } in blocks_of(&page) {
        match comment.split_once(": ") {
            Some(("template", name)) => project.write(&format!("templates/{name}"), &text),
            Some(("output", name)) => outputs.push((name.to_owned(), text, place)),
            _ if kind == "toml" => {
                let configuration = format!("{}\n{text}", project.read("qvm-tangle.toml"));
                project.write("qvm-tangle.toml", &configuration);
            }
            _ => {}
        }
    }
    let ran = project.run(&["--deny", "warnings"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for (name, text, place) in outputs {
        assert_eq!(project.read(&format!("generated/{name}")), text, "{place}");
    }
    assert!(project.read("generated/notes/one.txt").contains("one has 10.44.0.10"));
    assert!(project.has("generated/inventory.txt"));
}

/// Runs the shell blocks of a page, whose outputs are compared with what it shows.
fn run_page(page: &str, project: &Project) {
    let programs = Path::new(env!("CARGO_BIN_EXE_qvm-tangle")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut python = Command::new("python3");
    python.args([root("tests/book/page.py"), root(page)]).arg("env").current_dir(project.path(""));
    project.in_environment(&mut python);
    let output = python.env("PATH", path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.starts_with("ok ") && !said.contains("not ok"), "{said}");
}

#[test]
fn the_page_about_dotfiles_runs() {
    run_page("docs/src/how-to/dotfiles.md", &Project::new());
}

#[test]
fn the_page_about_tangling_in_emacs_runs() {
    let project =
        Project::new().file("notes.org", "#+begin_src text :tangle a.txt\nx\n#+end_src\n").file("a.txt", "x\n");
    let script = "git init -q && git add . && git -c user.name=a -c user.email=a@b.example commit -qm first";
    let committed = Command::new("bash").args(["-c", script]).current_dir(project.path("")).output().unwrap();
    assert!(committed.status.success(), "{}", String::from_utf8_lossy(&committed.stderr));
    run_page("docs/src/how-to/from-emacs.md", &project);
}
