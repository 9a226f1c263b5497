//! `explain`: whole summaries, pages that say what can be done, all rules as JSON.

use qvm_tangle::diagnostic::Code;
use serde_json::Value;

use crate::support::Project;

#[test]
fn the_list_has_one_whole_sentence_for_each_code() {
    let out = Project::new().run(&["explain"]).out;
    assert_eq!(out.lines().count(), Code::ALL.len() + 1);
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
    assert_eq!(rules.len(), Code::ALL.len() + 1);
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
