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
fn a_picture_of_no_network_is_told_as_such() {
    let project = Project::new().file("a.org", "#+begin_src text :tangle a.txt\nx\n#+end_src\n");
    let ran = project.run(&["show", "graph", "a.org"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "a.org describes no network\n"));
}
