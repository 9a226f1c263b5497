//! Messages that told something else than what was wrong: each says what is so, and its help works.

use crate::support::Project;

const SH: &str = "#!/bin/sh\necho\n#+end_src\n";

/// What `check` says of a document.
fn said(document: &str) -> String {
    Project::new().file("a.org", document).run(&["check", "a.org"]).err
}

#[track_caller]
fn check(document: &str, parts: &[&str], absent: &[&str]) {
    let said = said(document);
    for part in parts {
        assert!(said.contains(part), "{part}:\n{said}");
    }
    for part in absent {
        assert!(!said.contains(part), "{part}:\n{said}");
    }
}

#[test]
fn an_acceptance_above_an_error_says_that_errors_cannot_be_accepted() {
    let document = format!("# qvm-tangle: accept target-outside-root: x\n#+begin_src sh :tangle /etc/x.sh\n{SH}");
    check(&document, &["error[target-outside-root]", "only warnings can be accepted"], &["nothing below"]);
}

#[test]
fn an_inherited_yes_that_names_the_document_is_told_at_the_block() {
    let document = "#+property: header-args :tangle yes\n\n* One\n#+begin_src org\nx\n#+end_src\n";
    check(document, &["[target-is-document]", "--> a.org:4:1", "`:tangle no`"], &["a.org:1:"]);
    let own = "#+begin_src org :tangle yes\nx\n#+end_src\n";
    check(own, &["[target-is-document]", "--> a.org:1:25"], &[]);
}

#[test]
fn quotes_are_advised_only_where_a_text_can_be_meant() {
    for call in ["(concat system-name \".sh\")", "(system-name)", "(my-function \"a\")"] {
        let document = format!("#+begin_src sh :tangle {call}\n{SH}");
        check(&document, &["[lisp-needed]", "help: write the value itself\n"], &["double quotes"]);
    }
    for text in ["'up.sh'", "(my file).sh"] {
        check(&format!("#+begin_src sh :tangle {text}\n{SH}"), &["[lisp-needed]", "needs double quotes"], &[]);
    }
}

#[test]
fn an_octal_number_of_another_language_is_told_as_emacs_writes_it() {
    let document = |mode| format!("#+begin_src sh :tangle a.sh :tangle-mode {mode}\n{SH}");
    check(
        &document("(identity #0755)"),
        &["an octal number is written `#o755`", "write the mode itself, such as `o755`"],
        &["quotes"],
    );
    check(&document("(identity #o755)"), &["1 output differs"], &["error"]);
    check(&document("o755"), &["1 output differs"], &["error"]);
}

#[test]
fn a_variable_of_another_file_is_told_as_such() {
    let document = format!("#+begin_src sh :tangle a.sh :var t=other.org:hosts\n{SH}");
    check(&document, &["`hosts` of the file `other.org`", "a variable can refer to this document only"], &["is named"]);
}

#[test]
fn a_call_of_a_block_that_is_not_there_says_so() {
    let of = |name| format!("#+begin_src sh :tangle a.sh :noweb yes\n<<{name}()>>\n{SH}");
    check(&of("nosuch"), &["calls `nosuch`, and nothing in this document has that name"], &["result of running"]);
    let there = "#+name: there\n#+begin_src sh\necho\n#+end_src\n";
    check(&format!("{there}{}", of("there")), &["the result of running a block", "write `<<there>>`"], &[]);
    check(&format!("{there}{}", of("thera")), &["write `<<there>>` if that block's text is meant"], &[]);
}

#[test]
fn a_folder_without_documents_has_a_name() {
    let project = Project::new().file("empty/notes.txt", "");
    let here = project.path("");
    let here = here.to_str().unwrap().trim_end_matches('/');
    assert_eq!(project.run(&["check", here]).err, "qvm-tangle: `.` holds no Org file (*.org)\n");
    assert_eq!(project.run(&["empty"]).err, "qvm-tangle: `empty` holds no Org file (*.org)\n");
}

#[test]
fn a_block_that_crosses_a_heading_is_one_diagnostic() {
    let document = format!("* One\n#+begin_src sh :tangle a.sh\necho\n* Two\n#+begin_src sh :tangle b.sh\n{SH}");
    check(&document, &["[block-crosses-heading]", "1 error; "], &["unterminated-block"]);
}

#[test]
fn a_shebang_below_a_link_comment_is_told_as_such() {
    let document = format!("#+begin_src sh :tangle a.sh :comments link\n{SH}");
    check(
        &document,
        &[
            "the shebang of `a.sh` is not its first line",
            "take `#!/bin/sh` out of the block, and add `:shebang #!/bin/sh`",
        ],
        &["has no shebang"],
    );
    let fixed = "#+begin_src sh :tangle a.sh :comments link :shebang #!/bin/sh\necho\n#+end_src\n";
    check(fixed, &["1 output differs"], &["warning"]);
}

#[test]
fn a_second_bridge_is_taken_for_a_second_network_first() {
    let bridge = |name: &str| format!("- Name :: {name}\n- Subnet :: 10.42.0.1/24\n\nText.\n\n");
    let guests = "| Guest | IP         | TAP |\n|-\n| cp    | 10.42.0.10 | t0  |\n";
    check(
        &format!("{}{}{guests}", bridge("qvm0"), bridge("qvm1")),
        &[
            "[ambiguous-table]",
            "help: give each network a heading of its own, with its tables; if there is one network,",
        ],
        &[],
    );
}

#[test]
fn the_header_of_a_difference_has_no_empty_folder() {
    let project = Project::new().file("a.org", "#+begin_src text :tangle out/x.txt :mkdirp yes\nx\n#+end_src\n");
    project.write("elsewhere/keep", "");
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("a.org", "#+begin_src text :tangle out/x.txt :mkdirp yes\ny\n#+end_src\n");
    let mut check = project.command(&["check", "../a.org"]);
    let ran = crate::support::ran(&check.current_dir(project.path("elsewhere")).output().unwrap());
    let path = project.path("out/x.txt");
    assert!(ran.out.contains(&format!("--- a{}\n+++ b{0}\n", path.display())), "{}", ran.out);
}

#[test]
fn many_targets_without_permission_are_one_error_with_the_line_to_paste() {
    let block = |index| format!("#+begin_src text :tangle ~/.config/app/{index}.txt :mkdirp yes\nx\n#+end_src\n");
    let document: String = (0..31).map(block).collect();
    let project = Project::new().file("docs/a.org", &document);
    let ran = project.run(&["docs/a.org"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("31 targets below `~/.config/app` are outside the output folder"), "{}", ran.err);
    assert!(ran.err.contains("1 error; nothing was written"), "{}", ran.err);
    let line = ran.err.split('`').find(|part| part.starts_with("allow-outside = ")).unwrap();
    project.write("docs/qvm-tangle.toml", line);
    assert_eq!(project.run(&["--trust", "docs/a.org"]).code, 0);
    assert!(project.has("home/.config/app/30.txt"));
}

#[test]
fn a_name_that_no_file_can_have_is_told_in_few_words() {
    for (length, message) in
        [(300, "has a name that is longer than its file system takes"), (5000, "…` is longer than a path may be")]
    {
        let document = format!("#+begin_src text :tangle {}\nx\n#+end_src\n", "x".repeat(length));
        let ran = Project::new().file("a.org", &document).run(&["a.org"]);
        assert_eq!(ran.code, 1);
        assert!(ran.err.starts_with("error[target-not-a-file]: ") && ran.err.contains(message), "{}", ran.err);
        assert!(ran.err.len() < 1500 && ran.err.contains("choose a shorter name"), "{}", ran.err);
    }
}
