//! `qvm-tangle map`: from outputs to documents, back, and through what other programs print.

use crate::support::{Project, Ran};

const DOCUMENT: &str = "\
- Name :: =qvm0=
- Subnet :: 10.42.0.1/24

| Guest | IP         | TAP      |
|-------+------------+----------|
| cp    | 10.42.0.10 | qvm0tap0 |

Some prose in between, and no word of it goes anywhere.
#+begin_src sh
  echo part
#+end_src
#+begin_src sh :tangle made.sh :shebang #!/bin/sh
  echo first

  no-such-command
#+end_src
";

fn project() -> Project {
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"org/n.org\"]\nout-dir = \"out\"\n")
        .file("org/n.org", DOCUMENT);
    assert_eq!(project.run(&["--quiet"]).code, 0);
    project
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

#[track_caller]
fn answer(ran: &Ran) -> &str {
    assert_eq!(ran.code, 0, "{}", ran.err);
    &ran.out
}

#[test]
fn a_line_of_a_block_leads_to_its_line_in_org() {
    let project = project();
    let line = line_of(&project.read("out/made.sh"), "no-such-command");
    assert_eq!(answer(&project.run(&["map", &format!("out/made.sh:{line}:4")])), "org/n.org:15:6: block line\n");
}

#[test]
fn a_line_that_noweb_brought_leads_to_the_block_it_was_written_in() {
    let document = "#+name: part\n#+begin_src sh\n  echo part\n#+end_src\n\
                    #+begin_src sh :tangle made.sh :noweb yes\n  if true; then\n    <<part>>\n  fi\n#+end_src\n";
    let project = Project::new().file("n.org", document);
    assert_eq!(project.run(&["--quiet", "n.org"]).code, 0);
    assert_eq!(project.read("made.sh"), "if true; then\n  echo part\nfi\n");
    assert_eq!(answer(&project.run(&["map", "made.sh:2:3"])), "n.org:3:3: block line\n");
    assert_eq!(answer(&project.run(&["map", "made.sh:3:1"])), "n.org:8:3: block line\n");
    assert_eq!(answer(&project.run(&["map", "--reverse", "n.org:3"])), "made.sh:2:3: echo part\n");
}

#[test]
fn a_rendered_line_leads_to_the_cell_and_the_template() {
    let project = project();
    let line = line_of(&project.read("out/network.nft"), "qvm0tap0");
    let ran = project.run(&["map", &format!("out/network.nft:{line}")]);
    let first = answer(&ran).lines().next().unwrap();
    assert!(first.starts_with("org/n.org:6:24: value `qvm0tap0`, placed by <built-in>/"), "{}", ran.out);
}

#[test]
fn a_cell_leads_to_every_line_made_from_it() {
    let project = project();
    let ran = project.run(&["map", "--reverse", "org/n.org:6:26"]);
    assert!(answer(&ran).lines().any(|line| line.starts_with("out/network.nft:")), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.contains("qvm0tap0")), "{}", ran.out);
    let block = project.run(&["map", "--reverse", "org/n.org:15"]);
    let line = line_of(&project.read("out/made.sh"), "no-such-command");
    assert_eq!(answer(&block), format!("out/made.sh:{line}:1: no-such-command\n"));
    assert_eq!(answer(&project.run(&["map", "--reverse", "org/n.org:3"])), "");
}

#[test]
fn unsaved_text_comes_on_standard_input() {
    let project = project();
    let ran = project.run_with_input(
        &["map", "--reverse", "--stdin-filename", "org/n.org", "--", "-:17:5"],
        &format!("One more.\n\n{DOCUMENT}"),
    );
    assert!(answer(&ran).starts_with("out/made.sh:"), "{}", ran.out);
    assert!(ran.out.ends_with(": no-such-command\n"), "{}", ran.out);
}

#[test]
fn what_tools_print_is_rewritten_and_all_else_is_kept() {
    let project = project();
    let script = project.read("out/made.sh");
    let line = line_of(&script, "no-such-command");
    let cell = line_of(&project.read("out/network.nft"), "qvm0tap0");
    let input = format!(
        "compiling\nout/made.sh:{line}:3: warning: gcc form [SC1]\nout/made.sh: line {line}: bash form\n\
         In out/made.sh line {line}:\nout/made.sh: {line}: dash form\nbad option at line {line} of out/made.sh\n\
         made.sh:{line}: run elsewhere\nbash: line {line}: nameless\nout/network.nft:{cell}:1: a cell\n\
         other.c:3:1: not ours\nlast line {line}"
    );
    let ran = project.run_with_input(&["map", "--script", "out/made.sh", "-"], &input);
    let lines: Vec<&str> = answer(&ran).lines().collect();
    assert_eq!(lines[0], "compiling");
    assert_eq!(lines[1], format!("org/n.org:15:5: warning: gcc form [SC1] [out/made.sh:{line}]"));
    assert_eq!(lines[2], format!("org/n.org:15:3: bash form [out/made.sh:{line}]"));
    assert_eq!(lines[3], format!("In org/n.org:15:3: [out/made.sh:{line}]"));
    assert_eq!(lines[4], format!("org/n.org:15:3: dash form [out/made.sh:{line}]"));
    assert_eq!(lines[5], format!("bad option at org/n.org:15:3 [out/made.sh:{line}]"));
    assert_eq!(lines[6], format!("org/n.org:15:3: run elsewhere [made.sh:{line}]"));
    assert_eq!(lines[7], format!("org/n.org:15:3: nameless [bash:{line}]"));
    assert!(lines[8].starts_with("org/n.org:") && lines[8].contains(&format!("[out/network.nft:{cell}, <built-in>/")));
    assert_eq!(&lines[9..], ["other.c:3:1: not ours", &format!("last line {line}")]);
}

/// Blocks with a mistake for each tool.
const MISTAKES: &str = "\
#+begin_src sh :tangle run.sh :shebang #!/bin/bash
  echo one
  no-such-command $1
#+end_src
#+begin_src text :tangle rules.nft
  table inet x {
    nonsense
  }
#+end_src
#+begin_src text :tangle dnsmasq.conf
  port=53
  nonsense=1
#+end_src
#+begin_src python :tangle tool.py
  def fail():
      raise ValueError
  fail()
#+end_src
#+begin_src makefile :tangle Makefile
  all:
  \tfalse
#+end_src
";

/// What a tool prints, through `map -`.
fn through_map(project: &Project, command: &[&str]) -> String {
    let mut tool = std::process::Command::new(command[0]);
    tool.args(&command[1..]).current_dir(project.path("")).env("LC_ALL", "C");
    let said = tool.output().expect("tests/run installs the tools");
    let said = [said.stdout, said.stderr].concat();
    let ran = project.run_with_input(&["map", "-"], std::str::from_utf8(&said).unwrap());
    answer(&ran).to_owned()
}

#[test]
fn what_real_tools_print_leads_to_the_lines_of_the_blocks() {
    let project = Project::new().file("n.org", MISTAKES);
    assert_eq!(project.run(&["--quiet", "n.org"]).code, 0);
    let absolute = project.path("run.sh").display().to_string();
    for (command, part) in [
        (&["bash", "run.sh"][..], "n.org:3:3: no-such-command: command not found [run.sh:3]\n"),
        (&["bash", &absolute], &format!("n.org:3:3: no-such-command: command not found [{absolute}:3]\n")),
        (&["dash", "./run.sh"], "n.org:3:3: no-such-command: not found [./run.sh:3]\n"),
        (&["shellcheck", "--format=gcc", "run.sh"], "n.org:3:19: note: Double quote to prevent globbing"),
        (&["shellcheck", "--format=tty", "--color=never", "run.sh"], "In n.org:3:3: [run.sh:3]\nno-such-command $1\n"),
        (&["shellcheck", "--color=always", "run.sh"], "\u{1b}[1mIn n.org:3:3:\u{1b}[0m [run.sh:3]\n"),
        (&["unshare", "-rn", "nft", "-c", "-f", "rules.nft"], "n.org:7:5: Error: syntax error"),
        (&["dnsmasq", "--test", "--conf-file=dnsmasq.conf"], "bad option at n.org:12:3 [dnsmasq.conf:2]\n"),
        (&["python3", "tool.py"], "  File \"n.org\", line 16, in fail ["),
        (&["python3", "tool.py"], "  File \"n.org\", line 17, in <module> ["),
        (&["make"], "make: *** [n.org:21:3: all] Error 1 [Makefile:2]\n"),
    ] {
        let said = through_map(&project, command);
        assert!(said.contains(part), "{command:?}\n{part}\n{said}");
    }
}

#[test]
fn an_output_that_fell_behind_is_followed_by_what_its_lines_say() {
    let project = project();
    let line = line_of(&project.read("out/made.sh"), "no-such-command");
    project.write("org/n.org", &DOCUMENT.replace("  echo first\n", "  echo first\n  echo second\n  echo third\n"));
    assert_eq!(answer(&project.run(&["map", &format!("out/made.sh:{line}:1")])), "org/n.org:17:3: block line\n");
}

#[test]
fn the_document_is_found_without_lock_and_configuration() {
    let project = Project::new().file("n.org", DOCUMENT);
    assert_eq!(project.run(&["--quiet", "n.org"]).code, 0);
    let ran = project.run(&["map", "made.sh:2"]);
    assert!(answer(&ran).starts_with("n.org:13:3: block line"), "{}", ran.out);

    let elsewhere = Project::new().file("n.org", DOCUMENT);
    assert_eq!(elsewhere.run(&["--quiet", "--out-dir", "made", "n.org"]).code, 0);
    assert!(answer(&elsewhere.run(&["map", "made/made.sh:2"])).starts_with("n.org:13:3: "));
}

#[test]
fn a_file_that_no_document_gives_is_named() {
    let project = project().file("out/other.sh", "x\n");
    let ran = project.run(&["map", "out/other.sh:1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`out/other.sh` is no output of a document"), "{}", ran.err);
    project.write("org/n.org", &DOCUMENT.replace("10.42.0.10", "nonsense"));
    let ran = project.run(&["map", "out/bridge-up.sh:1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`org/n.org` has errors"), "{}", ran.err);
    let ran = project.run(&["map", "--reverse", "org/n.org:6:26"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("gives nothing here as things are: `org/n.org` has errors"), "{}", ran.err);
}

#[test]
fn programs_get_json() {
    let project = project();
    let ran = project.run(&["map", "--format", "json", "out/made.sh:2:6"]);
    let json: serde_json::Value = serde_json::from_str(answer(&ran)).unwrap();
    let mapping = &json["mappings"][0];
    assert_eq!((&json["version"], &mapping["made"]), (&1.into(), &"block".into()));
    assert_eq!((&mapping["text"], &mapping["output"]["column"]), (&"echo first".into(), &6.into()));
    assert_eq!((&mapping["document"]["line"], &mapping["document"]["column"]), (&13.into(), &8.into()));
}
