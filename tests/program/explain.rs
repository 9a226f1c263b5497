//! `explain`: whole summaries, pages that say what can be done, all rules as JSON.

use std::process::{Command, Stdio};

use qvm_tangle::diagnostic::Code;
use serde_json::Value;

use crate::support::Project;

#[test]
fn the_list_has_one_whole_sentence_for_each_code() {
    let out = Project::new().run(&["explain"]).out;
    assert_eq!(out.lines().count(), Code::ALL.len() + 3);
    assert!(out.lines().all(|line| line.ends_with(['.', ':'])), "{out}");
}

#[test]
fn each_page_says_how_to_fix_accept_and_lower() {
    let project = Project::new();
    let page = |code| project.run(&["explain", code]).out;
    let shebang = page("missing-shebang");
    for part in [
        "`qvm-tangle fix` shows the edit",
        "# qvm-tangle: accept missing-shebang: REASON\n",
        "[levels]\nmissing-shebang = \"allow\"\n",
    ] {
        assert!(shebang.contains(part), "{part}: {shebang}");
    }
    assert!(page("duplicate-address").contains("an error, which cannot be accepted or lowered"));
    assert!(page("unused-acceptance").contains("It cannot be accepted or lowered"));
    assert!(page("drift").contains("`qvm-tangle detangle PATH`"));
}

#[test]
fn what_a_page_says_of_accepting_and_lowering_works() {
    let block = "#+begin_src sh :tangle a.sh\necho\n#+end_src\n";
    let project = Project::new().file("a.org", block);
    let page = project.run(&["explain", "missing-shebang"]).out;
    assert!(project.run(&["a.org"]).err.contains("[missing-shebang]"));
    let comment = page.lines().find(|line| line.starts_with("# qvm-tangle: accept")).unwrap();
    project.write("a.org", &format!("{comment}\n{block}"));
    assert!(!project.run(&["a.org"]).err.contains("warning"));
    project.write("a.org", block);
    let (_, toml) = page.split_once("```toml\n").unwrap();
    project.write("qvm-tangle.toml", toml.split_once("```").unwrap().0);
    assert!(!project.run(&["a.org"]).err.contains("warning"));
}

#[test]
fn all_rules_are_one_list_for_programs() {
    let project = Project::new();
    let all: Value = serde_json::from_str(&project.run(&["explain", "--format", "json"]).out).unwrap();
    let rules = all["rules"].as_array().unwrap();
    assert_eq!(rules.len(), Code::ALL.len() + 3);
    let one: Value =
        serde_json::from_str(&project.run(&["explain", "--format", "json", "missing-shebang"]).out).unwrap();
    assert!(rules.contains(&one));
    assert_eq!(
        (&one["severity"], &one["brings_fix"], &one["acceptable"]),
        (&"warning".into(), &true.into(), &true.into())
    );
}

#[test]
fn with_colour_code_is_code_and_lines_fit() {
    let out = Project::new().run(&["explain", "--color", "always", "block-crosses-heading"]).out;
    assert!(out.contains("\u{1b}[36m#+begin_src\u{1b}[0m"), "{out:?}");
    assert!(!out.contains('`'), "{out}");
    let visible = |line: &str| line.replace("\u{1b}[36m", "").replace("\u{1b}[0m", "");
    assert!(out.lines().all(|line| visible(line).chars().count() <= 80), "{out}");
}

/// What `explain` shows on a terminal of so many columns, without colours and code.
fn on_terminal(columns: &str, variable: Option<&str>, words: &str) -> Vec<String> {
    let project = Project::new();
    let mut command = Command::new("script");
    let program = env!("CARGO_BIN_EXE_qvm-tangle");
    command.args(["-qefc", &format!("stty cols {columns}; {program} explain {words}"), "/dev/null"]);
    command.current_dir(project.path("")).stdin(Stdio::null());
    project.in_environment(&mut command);
    command.env("NO_COLOR", "1").env_remove("COLUMNS").envs(variable.map(|columns| ("COLUMNS", columns)));
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{shown}");
    // The lines of code are indented, and never broken.
    shown.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.starts_with("    ")).collect()
}

#[test]
fn a_page_and_the_list_are_as_wide_as_the_terminal() {
    for (columns, variable, limit) in [("40", None, 40), ("80", None, 80), ("200", None, 100), ("200", Some("60"), 60)]
    {
        for words in ["target-outside-root", ""] {
            let shown = on_terminal(columns, variable, words);
            let widest = shown.iter().map(|line| line.chars().count()).max().unwrap_or_default();
            assert!(widest <= limit && widest > limit * 4 / 5, "{columns} {variable:?} {words}: {widest} {shown:#?}");
        }
    }
    // Words that make no number say nothing.
    assert_eq!(on_terminal("40", Some("wide"), ""), on_terminal("40", None, ""));
}
