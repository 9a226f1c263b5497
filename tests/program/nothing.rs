//! Documents that are named and give nothing: the program says so and why.

use crate::support::Project;

#[track_caller]
fn check(document: &str, reason: &str) {
    let project = Project::new().file("notes.org", document);
    for arguments in [&["notes.org"][..], &["check", "notes.org"]] {
        let ran = project.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
        assert!(ran.err.contains(&format!("notes.org gives no output:\n{reason}\n")), "{}", ran.err);
        assert!(!ran.err.contains("0 outputs"), "{}", ran.err);
    }
}

#[test]
fn a_document_without_outputs_says_why() {
    check("* Notes\nText.\n", "- it has no source block");
    check("#+begin_src sh\nx\n#+end_src\n", "- the source block at line 1 has no `:tangle FILE`");
    let two = "#+begin_src sh\nx\n#+end_src\n";
    check(&format!("* A\n{two}{two}"), "- 2 source blocks, the first at line 2, have no `:tangle FILE`");
    check("#+begin_src sh :tangle no\nx\n#+end_src\n", "- the source block at line 1 has `:tangle no`");
    check(
        "#+property: header-args :tangle yes\n\n#+begin_src\nx\n#+end_src\n",
        "- the source block at line 3 has `:tangle yes` and no language to name the file after: write `:tangle FILE`",
    );
    check(
        "* COMMENT A\n#+begin_src sh :tangle a.sh\nx\n#+end_src\n",
        "- the source block at line 2 stands under a heading with COMMENT or ARCHIVE",
    );
}

#[test]
fn tables_with_other_columns_are_told_what_a_network_needs() {
    check(
        "| Machine | Address    |\n|---------+------------|\n| web     | 10.42.0.10 |\n",
        "- it has no source block\n- the table at line 1 has the columns `Machine`, `Address`; a network needs a list with the \
         terms `Name`, `Subnet` and a table with the columns `Guest`, `IP`, `TAP`",
    );
}

#[test]
fn among_documents_of_a_folder_those_that_give_nothing_are_prose() {
    let project =
        Project::new().file("a.org", "#+begin_src text :tangle a.txt\nx\n#+end_src\n").file("b.org", "Prose.\n");
    let ran = project.run(&["."]);
    assert!(!ran.err.contains("gives no output"), "{}", ran.err);
    let ran = project.run(&["a.org", "b.org"]);
    assert!(ran.err.contains("b.org gives no output:\n- it has no source block\n"), "{}", ran.err);
}

#[test]
fn other_commands_say_so_as_well() {
    let table = "| Machine | Address |\n|--+--|\n| web | 10.42.0.10 |\n";
    let project = Project::new().file("notes.org", table).file("p.org", "Prose.\n");
    let columns = "the table at line 1 has the columns `Machine`, `Address`; a network needs a list with";
    let plan = project.run(&["plan", "notes.org"]);
    assert!(
        plan.out.contains("  it gives no output:\n  - it has no source block\n  - the table at line 1"),
        "{}",
        plan.out
    );
    let markdown = project.run(&["plan", "--format", "markdown", "notes.org"]);
    assert!(markdown.out.contains("It gives no output: it has no source block; the table"), "{}", markdown.out);
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["plan", "--format", "json", "p.org"]).out).unwrap();
    assert_eq!(json["documents"][0]["no_output"], serde_json::json!(["it has no source block"]));
    let model = project.run(&["show", "model", "notes.org"]);
    assert_eq!(model.out, "null\n");
    assert!(model.err.starts_with(&format!("notes.org describes no network: {columns}")), "{}", model.err);
    let artifacts = project.run(&["show", "artifacts", "--format", "json", "p.org"]);
    assert_eq!(
        (artifacts.out.as_str(), artifacts.err.as_str()),
        ("[]\n", "p.org gives no output:\n- it has no source block\n")
    );
    for command in [&["rehearse", "--trust"][..], &["plan", "--host", "--trust"]] {
        let one = project.run(&[command, &["notes.org"]].concat());
        assert!(one.code == 2 && one.err.contains(&format!(": {columns}")), "{}", one.err);
        let two = project.run(&[command, &["notes.org", "p.org"]].concat());
        assert_eq!(two.code, 2);
        assert!(
            two.err.starts_with("qvm-tangle: `notes.org`, `p.org` describe no network, so there is nothing to "),
            "{}",
            two.err
        );
    }
    assert!(!project.run(&["lint", "p.org"]).err.contains("examined"));
}

#[test]
fn what_show_prints_is_what_was_asked_for_alone() {
    let network = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|--+--+--|\n| cp | 10.42.0.10 | qvm0tap0 |\n\n\
        #+begin_src sh :tangle own.sh\necho\n#+end_src\n";
    let project = Project::new().file("n.org", network);
    for what in ["model", "artifacts"] {
        let ran = project.run(&["show", what, "--format", "json", "n.org"]);
        let shown: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert!(shown.is_object() || shown.is_array(), "{shown}");
        assert!(ran.err.contains("1 warning"), "{}", ran.err);
    }
    assert_eq!(project.run(&["show", "model", "--format", "sarif", "n.org"]).code, 2);
}

#[test]
fn a_picture_of_no_network_is_told_as_such() {
    let project = Project::new().file("a.org", "#+begin_src text :tangle a.txt\nx\n#+end_src\n");
    let ran = project.run(&["show", "graph", "a.org"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "a.org describes no network\n"));
}
