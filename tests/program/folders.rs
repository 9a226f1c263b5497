//! Several documents and whole folders, and the line on a terminal that says how far a long run is.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::Project;

fn tangling(name: &str) -> String {
    format!("#+begin_src text :tangle {name}\nx\n#+end_src\n")
}

#[test]
fn a_folder_stands_for_its_org_files_and_hidden_ones_do_not_count() {
    let project = Project::new()
        .file("notes/a.org", &tangling("a.txt"))
        .file("notes/deep/b.org", &tangling("b.txt"))
        .file("notes/.hidden/c.org", &tangling("c.txt"))
        .file("notes/.d.org", &tangling("d.txt"))
        .file("notes/e.txt", &tangling("e.txt"));
    symlink("..", project.path("notes/deep/up")).unwrap();
    let ran = project.run(&["notes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.err, "wrote (new) notes/a.txt\nwrote (new) notes/deep/b.txt\n");
    assert_eq!(project.run(&["notes/.hidden"]).err, "wrote (new) notes/.hidden/c.txt\n", "who names it means it");
}

#[test]
fn a_configured_folder_stands_for_its_org_files_too() {
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"notes\", \"notes/a.org\"]\nout-dir = \"out\"\n")
        .file("notes/a.org", &tangling("a.txt"))
        .file("notes/deep/b.org", &tangling("b.txt"));
    let ran = project.run(&[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "wrote (new) out/a.txt\nwrote (new) out/b.txt\n"));
    assert_eq!(project.run(&["check"]).code, 0);
    fs::remove_file(project.path("out/qvm-tangle.lock")).unwrap();
    assert!(project.run(&["map", "out/b.txt:1"]).out.starts_with("notes/deep/b.org:2:1"), "found without a lock, too");

    fs::remove_dir_all(project.path("notes")).unwrap();
    fs::create_dir(project.path("notes")).unwrap();
    let ran = project.run(&["check"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "qvm-tangle: `notes` holds no Org file (*.org)\n"));
}

#[test]
fn a_document_that_is_named_twice_is_taken_once() {
    let project = Project::new().file("a.org", &tangling("a.txt"));
    let ran = project.run(&["a.org", "./a.org", "."]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "wrote (new) a.txt\n"));
}

#[test]
fn what_cannot_be_read_stops_the_run_before_anything_is_written() {
    let project = Project::new().file("a.org", &tangling("a.txt")).file("closed/b.org", &tangling("b.txt"));
    symlink("loop.org", project.path("loop.org")).unwrap();
    let ran = project.run(&["a.org", "loop.org"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(
        ran.err.starts_with("qvm-tangle: cannot read `loop.org`: too many levels of symbolic links"),
        "{}",
        ran.err
    );

    fs::set_permissions(project.path("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = project.command(&["."]);
    if rustix::process::geteuid().is_root() {
        // Permissions do not bind root, unless it gives its capabilities up.
        command = Command::new("setpriv");
        command.args(["--bounding-set", "-all", env!("CARGO_BIN_EXE_qvm-tangle"), "."]).current_dir(project.path(""));
    }
    let output = command.output().unwrap();
    fs::set_permissions(project.path("closed"), fs::Permissions::from_mode(0o755)).unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.starts_with("qvm-tangle: cannot read `closed`: permission denied"), "{message}");
    assert!(!project.has("a.txt"));
}

/// A project with two checks, the second of which takes as long as the test wants: it reads a named pipe.
fn slow_project() -> Project {
    let project = Project::new().file("a.org", &format!("{}{}", tangling("a.txt"), tangling("b.txt")));
    let pipe = project.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let fast = "[lint.fast]\nfiles = [\"a.txt\"]\ncommand = [\"true\", \"{file}\"]\n";
    let slow =
        format!("[lint.slow]\nfiles = [\"b.txt\"]\ncommand = [\"sed\", \"d\", \"{}\", \"{{file}}\"]\n", pipe.display());
    project.file("qvm-tangle.toml", &format!("{fast}{slow}"))
}

/// The program on a terminal that `script` makes.
fn on_terminal(project: &Project, options: &str, terminal: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_qvm-tangle");
    let mut command = Command::new("script");
    command.args(["-qefc", &format!("{program} lint --trust {options} a.org"), "/dev/null"]);
    command.current_dir(project.path("")).env("TERM", terminal);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_long_run_says_on_a_terminal_how_far_it_is() {
    let project = slow_project();
    let mut child = on_terminal(&project, "", "xterm");
    let mut shown = Vec::new();
    let mut terminal = child.stdout.take().unwrap();
    while !String::from_utf8_lossy(&shown).contains("\r1 of 2 checks\u{1b}[K") {
        let mut bytes = [0; 256];
        let count = terminal.read(&mut bytes).unwrap();
        assert!(count > 0, "the run has ended and said only {:?}", String::from_utf8_lossy(&shown));
        shown.extend(&bytes[..count]);
    }
    project.write("pipe", "go on\n");
    terminal.read_to_end(&mut shown).unwrap();
    assert!(child.wait().unwrap().success());
    let shown = String::from_utf8(shown).unwrap();
    let (line, rest) = shown.rsplit_once("\r\u{1b}[K").expect("the line is taken away");
    assert!(line.ends_with("checks\u{1b}[K"), "{shown:?}");
    assert_eq!(rest, "2 outputs examined by fast, slow\r\n");
}

#[test]
fn nobody_else_is_told() {
    let cases = [("--quiet", "xterm"), ("--format json", "xterm"), ("--format short", "xterm"), ("", "dumb")];
    let mut runs: Vec<(Project, Child)> = cases
        .iter()
        .map(|(options, terminal)| {
            let project = slow_project();
            let child = on_terminal(&project, options, terminal);
            (project, child)
        })
        .collect();
    let project = slow_project();
    let mut piped = project.command(&["lint", "--trust", "a.org"]);
    let piped = piped.env("TERM", "xterm").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    runs.push((project, piped));
    // Three times as long as a run on a terminal is silent.
    thread::sleep(Duration::from_millis(1500));
    for (project, child) in runs {
        project.write("pipe", "go on\n");
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{shown}");
        assert!(!shown.contains("checks\u{1b}"), "{shown:?}");
    }
}

#[test]
fn scripts_move_when_a_document_comes_to_describe_several_networks() {
    let lab = |number: u8| {
        format!(
            "* Lab {number}\n- Name :: lab{number}\n- Subnet :: 10.{number}.0.1/24\n\n\
             | Guest | IP | TAP |\n|--|\n| g{number} | 10.{number}.0.6 | l{number}g |\n"
        )
    };
    let project = Project::new().file("qvm-tangle.toml", "out-dir = \"out\"\n").file("a.org", &lab(7));
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("a.org", &(lab(7) + &lab(8)));
    let ran = project.run(&["a.org"]);
    assert!(ran.err.contains("the scripts have moved from `out/` to `out/lab7/`, `out/lab8/`"), "{}", ran.err);
    assert!(!project.path("out/network.sh").exists() && project.path("out/lab8/network.sh").exists());
    // A block that stood in for an output has to move with it, also where it is the person's own alone.
    for name in ["network.nft", "cloud-init/user-data"] {
        let block = format!("#+begin_src conf :tangle {name}\nx\n#+end_src\n");
        project.write("a.org", &(lab(7) + &lab(8) + &block));
        let ran = project.run(&["check", "a.org"]);
        assert!(ran.code == 1 && ran.err.contains("misplaced-output"), "{name}: {}", ran.err);
        project.write("a.org", &(lab(7) + &lab(8) + &block.replace(":tangle ", ":tangle lab7/")));
        assert!(!project.run(&["check", "a.org"]).err.contains("misplaced-output"), "{name}");
    }
    project.write("a.org", &lab(7));
    assert!(project.run(&["a.org"]).err.contains("to `out/`"));
    assert!(project.path("out/network.sh").exists() && !project.path("out/lab7").exists());
}

#[test]
fn a_folder_with_a_configuration_of_its_own_is_another_project() {
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\".\"]\n")
        .file("a.org", &tangling("a.txt"))
        .file("lab/qvm-tangle.toml", "documents = [\"b.org\"]\nout-dir = \"out\"\n")
        .file("lab/b.org", &tangling("b.txt"))
        .file("lab/deep/c.org", &tangling("c.txt"));
    assert_eq!(project.run(&[]).err, "wrote (new) a.txt\n", "who configures a folder knows what is in it");
    let ran = project.run(&["."]);
    let told = "1 output up to date\npassed over `lab`, a project of its own: give it a run of its own\n";
    assert_eq!((ran.code, ran.err.as_str()), (0, told));
    assert_eq!(project.run(&["."]).out, "");
    assert_eq!(project.run(&["lab"]).err, "wrote (new) lab/out/b.txt\nwrote (new) lab/out/c.txt\n");

    for (named, refused, other) in [
        (["a.org", "lab/b.org"], "lab/b.org` belongs to `lab/qvm-tangle.toml", "goes by `qvm-tangle.toml`"),
        (["a.org", "lab"], "lab/b.org` belongs to `lab/qvm-tangle.toml", "goes by `qvm-tangle.toml`"),
        (["lab/b.org", "a.org"], "a.org` belongs to `qvm-tangle.toml", "goes by `lab/qvm-tangle.toml`"),
    ] {
        let ran = project.run(&named);
        let said =
            format!("qvm-tangle: `{refused}`, and this run {other}: give it a run of its own, or say `--config`\n");
        assert_eq!((ran.code, ran.err), (2, said));
    }
    assert_eq!(project.run(&["--config", "qvm-tangle.toml", "a.org", "lab/b.org"]).err, "wrote (new) lab/b.txt\n");

    fs::remove_file(project.path("a.org")).unwrap();
    let ran = project.run(&["."]);
    let said = "qvm-tangle: `.` holds no Org file (*.org) but those of another project, `lab`\n";
    assert_eq!((ran.code, ran.err.as_str()), (2, said));
}

#[test]
fn a_document_elsewhere_may_have_a_configuration_where_the_first_has_none() {
    let project = Project::new()
        .file("a.org", &tangling("a.txt"))
        .file("lab/qvm-tangle.toml", "")
        .file("lab/b.org", &tangling("b.txt"))
        .file("notes/c.org", &tangling("c.txt"));
    let ran = project.run(&["a.org", "lab/b.org"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("this run has no configuration"), "{}", ran.err);
    assert_eq!(project.run(&["lab/b.org", "notes/c.org"]).code, 0, "one without goes by that of the first");
}

#[test]
fn what_a_project_below_wrote_to_the_same_place_is_not_stale() {
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"a.org\", \"old.org\"]\n")
        .file("a.org", &tangling("~/.config/a"))
        .file("old.org", &tangling("~/.config/old"))
        .file("laptop/qvm-tangle.toml", "documents = [\"b.org\"]\n")
        .file("laptop/b.org", &tangling("~/.config/b"));
    fs::create_dir_all(project.path("home/.config")).unwrap();
    let run = |config: &str| project.run(&["--allow-outside", "~/.config", "--config", config]);
    assert_eq!(run("qvm-tangle.toml").code, 0);
    assert_eq!(run("laptop/qvm-tangle.toml").err, "wrote (new) home/.config/b\n");
    project.write("qvm-tangle.toml", "documents = [\"a.org\"]\n");
    fs::remove_file(project.path("old.org")).unwrap();
    assert_eq!(run("qvm-tangle.toml").err, "removed home/.config/old\n", "its own go");
    assert_eq!(run("laptop/qvm-tangle.toml").err, "1 output up to date\n");

    // The document goes as well, and then the project.
    project.write("laptop/c.org", &tangling("~/.config/c"));
    fs::rename(project.path("laptop/c.org"), project.path("laptop/b.org")).unwrap();
    assert_eq!(run("qvm-tangle.toml").err, "1 output up to date\n");
    assert!(project.has("home/.config/b"));
    fs::remove_dir_all(project.path("laptop")).unwrap();
    assert_eq!(run("qvm-tangle.toml").err, "removed home/.config/b\n");
}

#[test]
fn nor_what_it_wrote_to_the_same_output_folder() {
    let project = Project::new()
        .file("qvm-tangle.toml", "documents = [\"a.org\"]\nout-dir = \"out\"\n")
        .file("a.org", &tangling("a.txt"))
        .file("lab/qvm-tangle.toml", "documents = [\"b.org\"]\n")
        .file("lab/b.org", &tangling("b.txt"));
    assert_eq!(project.run(&[]).code, 0);
    assert_eq!(project.run(&["--config", "lab/qvm-tangle.toml", "--out-dir", "out"]).code, 0);
    assert_eq!(project.run(&["check"]).code, 0);
    assert_eq!(project.run(&[]).err, "1 output up to date\n");
    assert_eq!((project.read("out/a.txt"), project.read("out/b.txt")), ("x\n".to_owned(), "x\n".to_owned()));
}

#[test]
fn a_hint_names_few_files_and_does_not_repeat_many() {
    let names: Vec<String> = (10..21).map(|number| format!("{number}.org")).collect();
    let project =
        names.iter().fold(Project::new(), |project, name| project.file(name, &tangling(&name.replace("org", "txt"))));
    let check = |named: &[String]| {
        let arguments: Vec<&str> = ["check"].into_iter().chain(named.iter().map(String::as_str)).collect();
        project.run(&arguments).err
    };
    assert!(check(&names).contains("`qvm-tangle FILE...` repairs it"), "{}", check(&names));
    assert!(check(&names[..10]).contains("`qvm-tangle 10.org 11.org 12.org "), "{}", check(&names[..10]));
}
