//! The program as its users meet it: exit codes, streams, writing and checking. Wiring only; each part has its own tests.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use crate::support::Project;

const ONE: &str = "* Notes\n#+begin_src text :tangle notes.txt\nfirst\n#+end_src\n";
const TWO: &str = "* Notes\n#+begin_src text :tangle notes.txt\nsecond\n#+end_src\n";
const CONFIG: &str = "documents = [\"org/a.org\"]\nout-dir = \"generated\"\n";

fn configured(document: &str) -> Project {
    Project::new().file("qvm-tangle.toml", CONFIG).file("org/a.org", document)
}

#[test]
fn a_document_is_tangled_beside_itself_and_the_second_run_writes_nothing() {
    let project = Project::new().file("a.org", ONE);
    let ran = project.run(&["a.org"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""));
    assert!(ran.err.contains("wrote (new) notes.txt"), "{}", ran.err);
    assert_eq!(project.read("notes.txt"), "first\n");
    assert_eq!(project.mode("notes.txt"), 0o644);

    let before = project.snapshot();
    let ran = project.run(&["a.org"]);
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("1 output up to date"), "{}", ran.err);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn the_configuration_names_documents_and_the_output_folder() {
    let project = configured(ONE);
    assert_eq!(project.run(&[]).code, 0);
    assert_eq!(project.read("generated/notes.txt"), "first\n");
    assert!(project.read("generated/qvm-tangle.lock").contains("\"notes.txt\" = { mode = \"0644\""));
    assert!(!project.has("org/notes.txt"));
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn check_reports_every_kind_of_difference_and_writes_nothing() {
    let project = configured(
        "#+begin_src text :tangle changed.txt\nx\n#+end_src\n#+begin_src text :tangle missing.txt\nx\n#+end_src\n\
         #+begin_src text :tangle mode.txt :tangle-mode o600\nx\n#+end_src\n\
         #+begin_src text :tangle stale.txt\nx\n#+end_src\n#+begin_src text :tangle edited.txt\nx\n#+end_src\n",
    );
    assert_eq!(project.run(&[]).code, 0);
    let document = project.read("org/a.org");
    let document = document.replace("changed.txt\nx", "changed.txt\ny").replace(":tangle stale.txt", "");
    project.write("org/a.org", &document);
    project.write("generated/edited.txt", "by hand\n");
    fs::remove_file(project.path("generated/missing.txt")).unwrap();
    fs::set_permissions(project.path("generated/mode.txt"), fs::Permissions::from_mode(0o644)).unwrap();

    let before = project.snapshot();
    let ran = project.run(&["check"]);
    assert_eq!(ran.code, 3);
    for part in [
        "generated/changed.txt: changed (from org/a.org:2:1)",
        "-x\n+y\n",
        "generated/missing.txt: missing",
        "generated/mode.txt: mode 0644, should be 0600",
        "generated/stale.txt: stale",
        "generated/edited.txt: edited by hand",
    ] {
        assert!(ran.out.contains(part), "{part}:\n{}", ran.out);
    }
    assert!(
        ran.err.contains(
            "5 outputs differ from what the document gives:\n- 4 outputs are to be written: run `qvm-tangle`\n"
        ),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("- `generated/edited.txt` was edited by hand"), "{}", ran.err);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn check_names_the_command_that_repairs_it_whole() {
    let project = Project::new();
    project.write("my notes.org", "#+begin_src text :tangle ~/notes.txt\nx\n#+end_src\n");
    let settings = ["--out-dir", "out", "--destdir", "it's", "--languages", "shell,python", "my notes.org"];
    let ran = project.run(&[&["check"], &settings[..]].concat());
    assert_eq!(ran.code, 3);
    let command = r"qvm-tangle --out-dir out --destdir 'it'\''s' --languages 'shell,python' 'my notes.org'";
    assert!(ran.err.contains(&format!("; `{command}` repairs it")), "{}", ran.err);
    assert_eq!(project.run(&settings).code, 0);
    assert_eq!(project.run(&[&["check"], &settings[..]].concat()).code, 0);
}

#[test]
fn help_for_a_link_out_of_the_root_works_to_the_letter() {
    let project = Project::new().file("own/a.org", "#+begin_src text :tangle notes.txt\nx\n#+end_src\n");
    project.write("other/x.txt", "theirs\n");
    symlink(project.path("other/x.txt"), project.path("own/notes.txt")).unwrap();
    let ran = project.run(&["own/a.org"]);
    assert_eq!(ran.code, 1);
    let (_, option) = ran.err.split_once("or allow it: `").expect("the help names an option");
    let (option, _) = option.split_once('`').unwrap();
    let words: Vec<&str> = option.split(' ').chain(["own/a.org"]).collect();
    assert_eq!(project.run(&words).code, 3, "permission to write there is none to overwrite");
    assert_eq!(project.read("other/x.txt"), "theirs\n");
    assert_eq!(project.run(&[&words[..], &["--overwrite", "own/notes.txt"]].concat()).code, 0);
    assert_eq!(project.read("other/x.txt"), "x\n");
}

#[test]
fn targets_that_are_one_file_by_a_link_are_refused_and_the_file_is_kept() {
    let two = "#+begin_src text :tangle a/x.txt\na\n#+end_src\n#+begin_src text :tangle b/x.txt\nb\n#+end_src\n";
    let project = Project::new().file("a.org", two).file("a/x.txt", "theirs\n");
    symlink("a", project.path("b")).unwrap();
    let ran = project.run(&["a.org"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("[linked-targets]"), "{}", ran.err);
    assert_eq!(project.read("a/x.txt"), "theirs\n");
}

#[test]
fn a_kept_edit_names_the_command_that_shows_it() {
    let project = Project::new().file("my notes.org", ONE);
    let settings = ["--out-dir", "out", "my notes.org"];
    assert_eq!(project.run(&settings).code, 0);
    project.write("out/notes.txt", "by hand\n");
    let ran = project.run(&settings);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("(`qvm-tangle check --out-dir out 'my notes.org'` shows it)"), "{}", ran.err);
    assert!(project.run(&[&["check"], &settings[..]].concat()).out.contains("-by hand\n"));
}

#[test]
fn a_hand_edit_is_kept_until_force() {
    let project = configured(ONE);
    project.run(&[]);
    project.write("generated/notes.txt", "by hand\n");
    project.write("org/a.org", TWO);
    let ran = project.run(&[]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("[edited-output]"), "{}", ran.err);
    assert_eq!(project.read("generated/notes.txt"), "by hand\n");
    assert_eq!(project.run(&["--force"]).code, 0);
    assert_eq!(project.read("generated/notes.txt"), "second\n");
    assert_eq!(project.run(&["check"]).code, 0);
}

#[test]
fn stale_outputs_and_folders_of_ours_go_and_those_of_others_stay() {
    let project = configured("#+begin_src text :tangle deep/er/notes.txt\nx\n#+end_src\n");
    project.run(&[]);
    assert!(project.has("generated/deep/er/notes.txt"));
    project.write("org/a.org", "Nothing to tangle.\n");
    project.write("generated/deep/theirs.txt", "not ours\n");
    assert_eq!(project.run(&[]).code, 0);
    assert!(!project.has("generated/deep/er"));
    assert_eq!(project.read("generated/deep/theirs.txt"), "not ours\n");
}

#[test]
fn a_stale_output_that_was_edited_is_kept() {
    let project = configured(ONE);
    project.run(&[]);
    project.write("generated/notes.txt", "by hand\n");
    project.write("org/a.org", "Nothing to tangle.\n");
    assert_eq!(project.run(&[]).code, 3);
    assert_eq!(project.read("generated/notes.txt"), "by hand\n");
}

#[test]
fn a_file_we_did_not_make_is_not_overwritten() {
    let project = configured(ONE).file("generated/notes.txt", "theirs\n");
    assert_eq!(project.run(&[]).code, 3);
    assert_eq!(project.read("generated/notes.txt"), "theirs\n");
}

#[test]
fn nothing_is_written_while_there_is_an_error() {
    let project = configured(&format!("{ONE}#+begin_src text :tangle ../../outside.txt\nx\n#+end_src\n"));
    let before = project.snapshot();
    let ran = project.run(&[]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("[target-outside-root]"), "{}", ran.err);
    assert!(ran.err.contains("nothing was written"), "{}", ran.err);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn targets_outside_need_permission() {
    let project = Project::new().file("org/a.org", "#+begin_src text :tangle ../out/x.txt :mkdirp yes\nx\n#+end_src\n");
    assert_eq!(project.run(&["org/a.org"]).code, 1);
    assert_eq!(project.run(&["--allow-outside", "out", "org/a.org"]).code, 0);
    assert_eq!(project.read("out/x.txt"), "x\n");
}

#[test]
fn a_file_in_another_folder_is_detangled_into_the_document_that_its_links_name() {
    let document = "* Head\n#+begin_src sh :tangle ../out/x.sh :comments link :mkdirp yes\n  echo one\n#+end_src\n";
    let project = Project::new().file("org/a.org", document);
    assert_eq!(project.run(&["--allow-outside", "out", "org/a.org"]).code, 0);
    let detangle = ["detangle", "--allow-outside", "out", "out/x.sh", "--write"];
    let ran = project.run(&detangle);
    assert!(ran.code == 0 && ran.err.contains("no block"), "{}", ran.err);
    project.write("out/x.sh", &project.read("out/x.sh").replace("one", "two"));
    assert_eq!(project.run(&detangle).code, 0);
    assert_eq!(project.read("org/a.org"), document.replace("one", "two"));
}

/// Two blocks that go to one file with link comments, tangled; the second one was edited in the file.
fn edited_in_its_file() -> Project {
    let block = |text: &str| format!("* {text}\n#+begin_src sh :tangle x.sh :comments link\necho {text}\n#+end_src\n");
    let project = Project::new().file("a.org", &format!("{}{}", block("one"), block("two")));
    assert_eq!(project.run(&["--out-dir", "out", "a.org"]).code, 0);
    project.write("out/x.sh", &project.read("out/x.sh").replace("echo two", "echo 2"));
    project
}

#[test]
fn an_edit_is_not_carried_into_a_document_that_was_edited_since() {
    let project = edited_in_its_file();
    let newer = project.read("a.org").replace("echo one", "echo newer");
    project.write("a.org", &newer);
    let before = project.snapshot();
    for arguments in [&["detangle", "out/x.sh"][..], &["detangle", "--write", "out/x.sh"]] {
        let ran = project.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains("error[uncarried-edit]: `out/x.sh` was edited, and so was"), "{}", ran.err);
        assert_eq!(project.snapshot(), before);
    }
    // Carried by hand, it is no edit any more.
    project.write("a.org", &newer.replace("echo two", "echo 2"));
    assert_eq!(project.run(&["--force", "--out-dir", "out", "a.org"]).code, 0);
    let ran = project.run(&["detangle", "out/x.sh"]);
    assert!(ran.code == 0 && ran.err.contains("no block"), "{}", ran.err);
}

#[test]
fn a_document_that_was_edited_alone_is_no_edit_of_the_file() {
    let project = edited_in_its_file();
    project.run(&["--force", "--out-dir", "out", "a.org"]);
    let newer = project.read("a.org").replace("echo one", "echo newer");
    project.write("a.org", &newer);
    let ran = project.run(&["detangle", "--write", "out/x.sh"]);
    assert!(ran.code == 0 && ran.err.contains("no block"), "{}", ran.err);
    assert_eq!(project.read("a.org"), newer);
}

#[test]
fn one_edit_after_the_other_is_carried_back() {
    let project = edited_in_its_file();
    for (old, new) in [("echo 2", "echo 2"), ("echo one", "echo 1"), ("echo 2", "echo 3")] {
        project.write("out/x.sh", &project.read("out/x.sh").replace(old, new));
        let ran = project.run(&["detangle", "--write", "out/x.sh"]);
        assert!(ran.code == 0 && ran.err.contains("changed 1 block of a.org"), "{}", ran.err);
        assert!(project.read("a.org").contains(new));
    }
    assert_eq!(project.run(&["check", "--out-dir", "out", "a.org"]).code, 0);
}

#[test]
fn text_of_no_block_is_told_while_edits_are_carried() {
    let project = edited_in_its_file();
    project.write("out/x.sh", &format!("set -e\n{}", project.read("out/x.sh")));
    project.write("strict.toml", "[levels]\nstray-text = \"error\"\n");
    let strict = project.run(&["detangle", "--config", "strict.toml", "--write", "out/x.sh"]);
    assert!(strict.code == 1 && strict.err.contains("error[stray-text]"), "{}", strict.err);
    let ran = project.run(&["detangle", "--write", "out/x.sh"]);
    assert!(ran.err.contains("warning[stray-text]: line 1 of `out/x.sh` belongs to no block"), "{}", ran.err);
    assert!(ran.code == 0 && ran.err.contains("changed 1 block"), "{}", ran.err);
    // What it differs in besides does not make the document one that was edited since.
    project.write("out/x.sh", &project.read("out/x.sh").replace("echo one", "echo 1"));
    assert_eq!(project.run(&["detangle", "--write", "out/x.sh"]).code, 0);
    assert!(project.read("a.org").contains("echo 1\n"));
}

#[test]
fn without_a_record_the_patch_shows_what_would_be_undone() {
    let project = edited_in_its_file();
    fs::remove_file(project.path("out/qvm-tangle.lock")).unwrap();
    project.forget_state();
    project.write("a.org", &project.read("a.org").replace("echo one", "echo newer"));
    let ran = project.run(&["detangle", "--out-dir", "out", "out/x.sh"]);
    assert!(ran.code == 0 && ran.out.contains("-echo newer\n+echo one\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn a_document_with_errors_is_not_detangled_into() {
    let project = edited_in_its_file();
    let broken = format!("{}#+begin_src sh :tangle ../../z.sh\nx\n#+end_src\n", project.read("a.org"));
    project.write("a.org", &broken);
    let ran = project.run(&["detangle", "--write", "out/x.sh"]);
    assert!(ran.code == 1 && ran.err.contains("[target-outside-root]"), "{}", ran.err);
    assert_eq!(project.read("a.org"), broken);
}

#[test]
fn destdir_takes_what_would_go_home_or_to_the_root() {
    let project = Project::new()
        .file("a.org", "#+begin_src conf :tangle ~/.config/x.conf :tangle-mode o600\nx\n#+end_src\n")
        .file("b.org", "#+begin_src conf :tangle /etc/y.conf\ny\n#+end_src\n");
    assert_eq!(project.run(&["a.org"]).code, 1);
    let ran = project.run(&["--destdir", "stage", "a.org", "b.org"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(project.read("stage/etc/y.conf"), "y\n");
    let home = project.path("home").display().to_string();
    let staged = format!("stage{home}/.config/x.conf");
    assert_eq!(project.read(&staged), "x\n");
    assert_eq!(project.mode(&staged), 0o600);
}

#[test]
fn devices_and_pipes_are_no_targets() {
    let project = Project::new().file("a.org", "#+begin_src text :tangle /dev/null\nx\n#+end_src\n");
    let ran = project.run(&["--allow-outside", "/dev", "a.org"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("is there and is not a regular file"), "{}", ran.err);
}

#[test]
fn a_link_that_leads_out_is_an_error_and_one_that_stays_is_followed() {
    let project = Project::new().file("p/a.org", ONE).file("elsewhere/keep", "");
    symlink(project.path("elsewhere"), project.path("p/sub")).unwrap();
    project.write("p/b.org", "#+begin_src text :tangle sub/x.txt\nx\n#+end_src\n");
    let ran = project.run(&["p/b.org"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("by a symbolic link"), "{}", ran.err);
    assert!(!project.has("elsewhere/x.txt"));

    project.write("p/real.txt", "first\n");
    symlink("real.txt", project.path("p/notes.txt")).unwrap();
    assert_eq!(project.run(&["p/a.org"]).code, 0);
    project.write("p/a.org", &ONE.replace("first", "second"));
    assert_eq!(project.run(&["p/a.org"]).code, 0);
    assert_eq!(project.read("p/real.txt"), "second\n");
    assert!(project.path("p/notes.txt").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn what_the_machine_refuses_is_one_clear_line_and_code_2() {
    let project = Project::new().file("a.org", ONE).file("empty/x.txt", "");
    for (arguments, part) in [
        (&["missing.org"][..], "cannot read `missing.org`: no such file or directory"),
        (&["empty"][..], "`empty` holds no Org file (*.org)"),
        (&["check"][..], "`FILE` is missing"),
        (&["--config", "nowhere.toml", "a.org"][..], "cannot read `nowhere.toml`"),
        (&["--out-dir", "a.org", "a.org"][..], "a.org"),
        (&["explain", "unterminated-blok"][..], "did you mean `unterminated-block`?"),
    ] {
        let ran = project.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(part), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
    assert_eq!(project.run(&["--no-such-option"]).code, 2);
}

#[test]
fn a_damaged_lock_is_an_error_that_says_what_to_do() {
    let project = configured(ONE).file("generated/qvm-tangle.lock", "<<<<<<< ours\n");
    let ran = project.run(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("restore it from version control, or remove it"), "{}", ran.err);
    assert!(!project.has("generated/notes.txt"));
}

#[test]
fn a_document_in_another_encoding_is_refused_and_its_outputs_are_kept() {
    let project = configured(ONE);
    assert_eq!(project.run(&[]).code, 0);
    let utf16 = ONE.encode_utf16().flat_map(u16::to_le_bytes);
    fs::write(project.path("org/a.org"), [0xFF, 0xFE].into_iter().chain(utf16).collect::<Vec<u8>>()).unwrap();
    let before = project.snapshot();
    let ran = project.run(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`org/a.org` is UTF-16; save it as UTF-8"), "{}", ran.err);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn every_format_has_the_same_diagnostic() {
    let project = Project::new().file("a.org", "#+begin_src text :tangle ../x.txt\nx\n#+end_src\n");
    let human = project.run(&["check", "a.org"]);
    assert!(human.err.contains("error[target-outside-root]") && human.err.contains("--> a.org:1:"), "{}", human.err);
    assert!(!human.err.contains('\u{1b}'), "colour is for terminals");
    let short = project.run(&["check", "--format", "short", "a.org"]);
    assert!(short.err.starts_with("a.org:1:"), "{}", short.err);
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "json", "a.org"]).out).unwrap();
    assert_eq!(json["diagnostics"][0]["code"], "target-outside-root");
    assert_eq!(json["diagnostics"][0]["place"]["line"], 1);
    let sarif: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "sarif", "a.org"]).out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "target-outside-root");
    let github = project.run(&["check", "--format", "github", "a.org"]);
    assert!(github.out.starts_with("::error file=a.org,line=1,"), "{}", github.out);
    let coloured = project.run(&["check", "--color", "always", "a.org"]);
    assert!(coloured.err.contains('\u{1b}'));
}

#[test]
fn control_characters_of_a_document_reach_programs_and_no_terminal() {
    let controls: String = (0..0xa0).map(char::from).filter(|c| c.is_control() && !"\r\n".contains(*c)).collect();
    let document = format!("#+begin_src text :tangel {controls} :tangle a.txt\n{controls}\n#+end_src\n");
    let project = Project::new().file("a.org", &document);
    let human = project.run(&["check", "--full-diff", "--color", "never", "a.org"]);
    assert_eq!(human.code, 3, "{}", human.err);
    for text in [&human.err, &human.out] {
        assert!(!text.contains(|c: char| c.is_control() && !"\n\t".contains(c)), "{text:?}");
    }
    assert!(human.out.contains("\\u{8}\t\\u{b}") && human.out.contains("\\u{9b}"), "{}", human.out);
    let report: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "json", "a.org"]).out).unwrap();
    let diff = report["changes"][0]["diff"].as_str().unwrap();
    assert!(diff.ends_with(&format!("\n+{controls}\n")), "{diff:?}");
}

#[test]
fn a_patch_is_exact_for_programs_and_harmless_on_a_terminal() {
    let block = "#+begin_src sh :tangle x.sh :comments link :shebang \"#!/bin/sh\"\nold\n#+end_src\n";
    let project = Project::new().file("a.org", block);
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("x.sh", &project.read("x.sh").replace("old", "\u{1b}[2Jnew"));
    assert!(project.run(&["detangle", "x.sh"]).out.contains("+\u{1b}[2Jnew\n"));
    let program = env!("CARGO_BIN_EXE_qvm-tangle");
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &format!("{program} detangle x.sh"), "/dev/null"]).stdin(std::process::Stdio::null());
    project.in_environment(terminal.current_dir(project.path("")));
    let shown = String::from_utf8(terminal.output().unwrap().stdout).unwrap();
    assert!(shown.contains("+\\u{1b}[2Jnew\r\n"), "{shown:?}");
}

#[test]
fn sarif_is_what_the_standard_says() {
    let project = configured(&format!("{ONE}#+begin_src text :tangle ../../x.txt\nx\n#+end_src\n"));
    for diagnostic in [0, 1] {
        let text = project.run(&["check", "--format", "sarif"]).out;
        let ours: serde_json::Value = serde_json::from_str(&text).unwrap();
        // Types made from the schema of the standard: what they do not know would be gone from the copy.
        let read: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), ours);
        let results = ours["runs"][0]["results"].as_array().unwrap();
        let rule = if diagnostic == 0 { "target-outside-root" } else { "drift" };
        assert_eq!(results[0]["ruleId"], rule);
        project.write("org/a.org", ONE);
    }
}

#[test]
fn every_code_in_a_report_can_be_explained() {
    let project = configured(&format!("{ONE}#+begin_src sh :tangel x\n#+end_src\n"));
    let report = project.run(&["check", "--format", "sarif"]).out;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap();
    let codes: Vec<&str> = results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    assert_eq!(codes, ["unknown-argument", "drift"]);
    let list = project.run(&["explain"]).out;
    for code in codes {
        assert!(project.run(&["explain", code]).out.starts_with(&format!("{code} (")), "{code}");
        assert!(list.lines().any(|line| line.starts_with(&format!("{code} "))), "{code}");
    }
}

#[test]
fn the_json_report_has_a_schema() {
    let project = Project::new();
    let schema: serde_json::Value = serde_json::from_str(&project.run(&["show", "report-schema"]).out).unwrap();
    for property in ["version", "diagnostics", "changes"] {
        assert!(schema["properties"][property].is_object(), "{property}");
    }
}

#[test]
fn a_diagnostic_brings_the_edit_that_mends_it() {
    let project = Project::new().file("a.org", "#+begin_src sh :tangel x\n#+end_src\n");
    let report: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "--format", "json", "a.org"]).out).unwrap();
    let fix = &report["diagnostics"][0]["fix"];
    assert_eq!(fix["text"], ":tangle");
    assert_eq!((&fix["place"]["column"], &fix["place"]["end_column"]), (&16.into(), &23.into()));
}

#[test]
fn an_editor_sends_its_unsaved_text() {
    let project = configured(ONE);
    project.run(&[]);
    let ran = project.run_with_input(&["check", "--stdin-filename", "org/a.org", "-"], TWO);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("+second"), "{}", ran.out);
}

#[test]
fn levels_and_deny_raise_a_warning() {
    let clash = "#+begin_src text :tangle a.txt\nx\n#+end_src\n#+begin_src text :tangle A.txt\nx\n#+end_src\n";
    let project = Project::new().file("a.org", clash);
    assert_eq!(project.run(&["check", "--quiet", "a.org"]).code, 3);
    assert_eq!(project.run(&["--deny", "warnings", "a.org"]).code, 1);
    project.write("qvm-tangle.toml", "[levels]\ncase-clash = \"error\"\n");
    assert_eq!(project.run(&["a.org"]).code, 1);
    project.write("qvm-tangle.toml", "[levels]\ncase-clash = \"allow\"\n");
    let ran = project.run(&["--deny", "warnings", "a.org"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn check_needs_no_right_to_write() {
    let project = configured(ONE);
    project.run(&[]);
    for path in ["", "generated", "org"] {
        fs::set_permissions(project.path(path), fs::Permissions::from_mode(0o555)).unwrap();
    }
    // Permissions do not bind root, unless it gives its capabilities up.
    let mut check = if rustix::process::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set", "-all", env!("CARGO_BIN_EXE_qvm-tangle"), "check"]);
        command.current_dir(project.path(""));
        command
    } else {
        project.command(&["check"])
    };
    let mut touch = Command::new(check.get_program());
    touch.args(check.get_args().take(2)).args(["touch", "new"]).current_dir(project.path("generated"));
    if rustix::process::geteuid().is_root() {
        assert!(!touch.status().unwrap().success(), "the folder is not read-only, so this test would prove nothing");
    }
    let output = check.output().unwrap();
    for path in ["", "generated", "org"] {
        fs::set_permissions(project.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs git in the project; the machine's own settings do not count.
fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(project.path(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn a_hook_checks_what_will_be_committed() {
    let project = configured(ONE);
    git(&project, &["init", "--quiet"]);
    assert_eq!(project.run(&[]).code, 0);
    // The output was never added: a check of the disk passes, and a check of the index does not.
    git(&project, &["add", "org", "qvm-tangle.toml", "generated/qvm-tangle.lock"]);
    assert_eq!(project.run(&["check"]).code, 0);
    let ran = project.run(&["check", "--staged"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.out.contains("generated/notes.txt: missing (from org/a.org:2:"), "{}", ran.out);
    git(&project, &["add", "generated"]);
    assert_eq!(project.run(&["check", "--staged"]).code, 0);
    // A change that is not staged does not count.
    project.write("org/a.org", TWO);
    assert_eq!(project.run(&["check", "--staged"]).code, 0);
    assert_eq!(project.run(&["check"]).code, 3);
}

#[test]
fn a_checkout_with_another_umask_is_up_to_date() {
    let project = configured(&ONE.replace(":tangle notes.txt", ":tangle notes.txt :tangle-mode o755"));
    assert_eq!(project.run(&[]).code, 0);
    git(&project, &["init", "--quiet"]);
    fs::set_permissions(project.path("generated/notes.txt"), fs::Permissions::from_mode(0o775)).unwrap();
    assert_eq!(project.run(&["check"]).code, 0);
    fs::set_permissions(project.path("generated/notes.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(project.run(&["check"]).code, 3);
    assert_eq!(project.run(&[]).code, 0);
    assert_eq!(project.mode("generated/notes.txt"), 0o755);
}

#[test]
fn the_end_of_a_run_says_what_happened_and_what_is_next() {
    let project = Project::new().file("network.org", include_str!("../fixtures/seed/network.org"));
    let ran = project.run(&["--out-dir", "made", "network.org"]);
    assert_eq!(ran.code, 0);
    assert_eq!(ran.err.matches("warning[").count(), 10, "{}", ran.err);
    let end: Vec<&str> = ran.err.lines().rev().take(3).collect();
    assert_eq!(end[0], "next: `sudo made/up.sh` brings the network up; with `--dry-run` it shows its commands");
    assert_eq!(end[1], "wrote 35 new outputs below made; --verbose names them");
    assert_eq!(end[2], "11 warnings (`qvm-tangle check --out-dir made network.org` shows 1 more)");

    let checked = project.run(&["check", "--out-dir", "made", "network.org"]);
    assert_eq!(checked.err.matches("warning[").count(), 11, "{}", checked.err);
    let again = project.run(&["--out-dir", "made", "--verbose", "network.org"]);
    assert_eq!(again.err.matches("warning[").count(), 11, "{}", again.err);
    assert!(again.err.ends_with("35 outputs up to date\n"), "nothing is next: {}", again.err);
}

#[test]
fn an_edit_of_a_network_names_its_outputs_and_how_to_apply_them() {
    let project = Project::new().file("network.org", include_str!("../fixtures/seed/network.org"));
    assert_eq!(project.run(&["network.org"]).code, 0);
    let document = project.read("network.org").replace("10.42.0.11", "10.42.0.31");
    project.write("network.org", &document);
    let ran = project.run(&["network.org"]);
    assert!(ran.err.contains("\nwrote dnsmasq.conf\nwrote hosts\n"), "{}", ran.err);
    assert!(ran.err.contains("\nnext: `sudo ./up.sh` brings the network to what the document says"), "{}", ran.err);
    project.write("network.org", &document.replace("# The generated certificate file", "# The certificate"));
    let ran = project.run(&["network.org"]);
    assert!(ran.err.ends_with("wrote gen-host-cert.sh\n"), "a block is nothing for up.sh to say: {}", ran.err);
}

#[test]
fn what_is_about_something_else_counts_warnings_and_shows_errors() {
    let project = Project::new().file("network.org", include_str!("../fixtures/seed/network.org"));
    let ran = project.run(&["show", "artifacts", "network.org"]);
    assert_eq!(ran.err, "11 warnings (`qvm-tangle check network.org` shows them)\n");
    let all = project.run(&["--format", "short", "show", "artifacts", "network.org"]).err;
    assert_eq!(all.matches("warning[").count(), 11, "{all}");
    let broken = project.read("network.org").replace("10.42.0.11", "10.42.0.10");
    project.write("network.org", &broken);
    let ran = project.run(&["show", "artifacts", "network.org"]);
    assert!(ran.err.contains("error[duplicate-address]") && !ran.err.contains("warning["), "{}", ran.err);
}

#[test]
fn a_kept_output_is_told_even_after_many_warnings() {
    let project = Project::new().file("network.org", include_str!("../fixtures/seed/network.org"));
    assert_eq!(project.run(&["network.org"]).code, 0);
    project.write("hosts", "by hand\n");
    let ran = project.run(&["network.org"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("warning[edited-output]: `hosts` was edited by hand"), "{}", ran.err);
    assert!(!ran.err.contains("next: "), "{}", ran.err);
}
