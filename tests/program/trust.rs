//! Documents from others: what they can and cannot do before somebody trusts their folder, and what is shown of files
//! that are not ours.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use crate::support::{Project, Ran};

const BLOCK: &str = "#+begin_src text :tangle notes.txt\nx\n#+end_src\n";

/// A clone in a folder `clone`, beside the person's own `home`.
fn clone(config: &str, document: &str) -> Project {
    Project::new().file("clone/qvm-tangle.toml", config).file("clone/a.org", document).file("home/x", "")
}

/// The program in the clone.
fn run(project: &Project, arguments: &[&str]) -> Ran {
    let mut command = project.command(arguments);
    let output = command.current_dir(project.path("clone")).env("TOKEN", "hunter2").output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[track_caller]
fn check_untrusted(project: &Project, arguments: &[&str], asks: &str) {
    let before = project.snapshot();
    let ran = run(project, arguments);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 1, "one sentence: {}", ran.err);
    let folder = project.path("clone").canonicalize().unwrap();
    let command = format!("run `qvm-tangle trust {}` (in CI: `--trust`)", folder.display());
    for part in [&format!("`qvm-tangle.toml` asks for `{asks}`"), &command] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert_eq!(project.snapshot(), before);
}

#[test]
fn a_configuration_that_reaches_outside_needs_trust() {
    for (config, target) in [
        ("allow-outside = [\"~/.ssh\"]\n", "~/.ssh/config"),
        ("out-dir = \"../home/.config/autostart\"\n", "notes.txt"),
        ("documents = [\"../home/notes.org\"]\n", "notes.txt"),
    ] {
        let document = BLOCK.replace("notes.txt", &format!("{target} :mkdirp yes"));
        let project = clone(config, &document).file("home/notes.org", BLOCK);
        let files: &[&str] = if config.starts_with("documents") { &[] } else { &["a.org"] };
        check_untrusted(&project, files, config.trim_end());
        check_untrusted(&project, &[&["check"], files].concat(), config.trim_end());
        // For one run, and for good.
        assert_eq!(run(&project, &[&["check", "--trust"], files].concat()).code, 3);
        assert_eq!(run(&project, &["trust"]).code, 0);
        let ran = run(&project, files);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(!project.has("clone/notes.txt"));
    }
}

#[test]
fn an_out_dir_through_a_link_needs_trust() {
    let project = clone("out-dir = \"generated\"\n", BLOCK);
    symlink(project.path("home"), project.path("clone/generated")).unwrap();
    check_untrusted(&project, &["a.org"], "out-dir = \"generated\"");
    assert_eq!(run(&project, &["--trust", "a.org"]).code, 0);
    assert!(project.has("home/notes.txt"));
}

#[test]
fn work_below_the_folder_needs_no_trust() {
    let project = clone("documents = [\"a.org\"]\nout-dir = \"generated\"\n", BLOCK);
    assert_eq!(run(&project, &[]).code, 0);
    assert!(!project.has("home/.local"), "nothing is remembered that nobody asked for");
    let plain = Project::new().file("a.org", BLOCK);
    assert_eq!(plain.run(&["a.org"]).code, 0);
}

#[test]
fn what_was_typed_is_the_persons_own_word() {
    let project = clone("out-dir = \"../elsewhere\"\n", &BLOCK.replace("notes.txt", "~/notes.txt"));
    let ran = run(&project, &["--out-dir", "out", "--allow-outside", "../home", "a.org"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(project.has("home/notes.txt"));
}

#[test]
fn a_changed_configuration_asks_again() {
    let project = clone("allow-outside = [\"../home\"]\n", BLOCK);
    assert_eq!(run(&project, &["trust"]).code, 0);
    assert_eq!(run(&project, &["a.org"]).code, 0);
    project.write("clone/qvm-tangle.toml", "allow-outside = [\"/\"]\n");
    let ran = run(&project, &["a.org"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("has changed since it was trusted"), "{}", ran.err);
}

#[test]
fn trust_shows_what_it_gives_and_can_be_taken_back() {
    let config = "allow-outside = [\"~/.ssh\"]\n[lint.x]\ncommand = [\"sh\", \"-c\", \"true\", \"{file}\"]\n";
    let project = clone(config, BLOCK);
    let asked =
        ["allow-outside = [\"~/.ssh\"]: files could be written outside of its folder", "[lint.x] command = [\"sh\""];
    let folder = project.path("clone").canonicalize().unwrap().display().to_string();
    for (arguments, head) in [(&["trust", "--show"][..], "is not trusted"), (&["trust"], "is trusted")] {
        let ran = run(&project, arguments);
        assert_eq!(ran.code, 0);
        assert!(ran.out.starts_with(&format!("{folder} {head}\n")), "{}", ran.out);
        assert!(asked.iter().all(|part| ran.out.contains(part)), "{}", ran.out);
    }
    assert_eq!(run(&project, &["trust", "--list"]).out, format!("{folder}\n"));
    let remembered: Vec<_> = project.state("trust").read_dir().unwrap().collect();
    let [Ok(entry)] = &remembered[..] else { panic!("one small file a folder") };
    assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run(&project, &["trust", "--revoke"]).code, 0);
    assert_eq!(run(&project, &["trust", "--list"]).out, "");
    assert_eq!(run(&project, &["a.org"]).code, 2);
}

#[test]
fn a_trusted_folder_does_not_speak_for_documents_elsewhere() {
    let project = clone("allow-outside = [\"../home\"]\n", BLOCK);
    project.write("other/b.org", &BLOCK.replace("notes.txt", "../home/notes.txt"));
    assert_eq!(run(&project, &["trust"]).code, 0);
    let ran = run(&project, &["a.org", "../other/b.org"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(!project.has("home/notes.txt"));
}

#[test]
fn a_checker_of_the_configuration_needs_trust_to_run_and_not_to_compile() {
    let project = Project::new();
    let ran = project.path("ran").display().to_string();
    let command = format!("command = [\"touch\", \"{ran}\", \"{{file}}\"]");
    project.write("clone/qvm-tangle.toml", &format!("[lint.x]\nfiles = [\"*\"]\n{command}\n"));
    project.write("clone/a.org", BLOCK);
    check_untrusted(&project, &["lint", "a.org"], &format!("[lint.x] {command}"));
    assert_eq!(run(&project, &["a.org"]).code, 0);
    assert!(!project.has("ran"));
    assert_eq!(run(&project, &["lint", "--trust", "a.org"]).code, 0);
    assert!(project.has("ran"));
}

#[test]
fn built_in_checkers_run_and_read_nothing_that_an_untrusted_document_names() {
    let project = clone("", "");
    project.write("home/secret", "hunter2 is the word\n");
    let ran = project.path("ran").display().to_string();
    let secret = project.path("home/secret").display().to_string();
    let block = |name: &str, body: &str| format!("#+begin_src text :tangle {name}\n{body}\n#+end_src\n");
    project.write(
        "clone/a.org",
        &[
            block("dnsmasq.conf", &format!("port=53\nconf-script=/usr/bin/touch {ran}\nnonsense")),
            block("a.nft", &format!("table inet x {{}}\ninclude \"{secret}\"\ninclude \"./b.nft\"")),
            block("b.nft", "table inet y {}"),
            block("a.sh", &format!("#!/bin/bash\n. ./b.sh\n. {secret}\necho \"$b\"")),
            block("b.sh", "#!/bin/bash\nb=1\nexport b"),
        ]
        .concat(),
    );
    project.write("clone/.shellcheckrc", "external-sources=true\nsource-path=/\n");
    let said = run(&project, &["lint", "--format", "short", "a.org"]);
    assert!(!project.has("ran"), "dnsmasq ran what the document says");
    assert!(!said.err.contains("hunter2"), "{}", said.err);
    for part in [
        "a.org:3:1: warning[checker-warning]: dnsmasq: this line is not examined: `conf-script` runs or reads",
        "a.org:4:1: error[checker-error]: dnsmasq: bad option",
        "a.org:8:1: warning[checker-warning]: nft: this line is not examined: `include` runs or reads",
    ] {
        assert!(said.err.contains(part), "{part}: {}", said.err);
    }
    // What is among the outputs is followed, what is not is not.
    assert!(!said.err.contains("b is referenced but not assigned"), "{}", said.err);
    assert!(said.err.contains("a.org:17:3: warning[checker-warning]: shellcheck SC1091"), "{}", said.err);
    // In a trusted folder they are asked as ever.
    run(&project, &["lint", "--trust", "a.org"]);
    assert!(project.has("ran"));
}

#[test]
fn a_variable_of_the_environment_needs_trust() {
    for (config, argument) in [
        (Some(""), ":var x=(getenv \"TOKEN\")"),
        (None, ":var x=(or (getenv \"TOKEN\") \"none\")"),
        (None, ":mkdirp yes"),
    ] {
        let mut document = format!("#+begin_src emacs-lisp :tangle out.el {argument}\n(message x)\n#+end_src\n");
        if argument == ":mkdirp yes" {
            document = "#+begin_src text :tangle (concat (getenv \"TOKEN\") \".txt\")\nx\n#+end_src\n".to_owned();
        }
        let project = clone("", &document);
        if config.is_none() {
            fs::remove_file(project.path("clone/qvm-tangle.toml")).unwrap();
        }
        for arguments in [
            &["a.org"][..],
            &["check", "a.org"],
            &["check", "--format", "json", "a.org"],
            &["show", "artifacts", "a.org"],
        ] {
            let ran = run(&project, arguments);
            assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.err);
            assert!(
                ran.out.contains("untrusted-environment") || ran.err.contains("[untrusted-environment]"),
                "{}",
                ran.err
            );
            assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{}{}", ran.out, ran.err);
        }
        assert_eq!(run(&project, &["trust"]).code, 0);
        let ran = run(&project, &["a.org"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
}

#[test]
fn home_and_unset_variables_need_no_trust() {
    let document = "#+begin_src emacs-lisp :tangle a.el :var x=(concat (getenv \"HOME\") (or (getenv \"NOT_SET\") \"-\"))\n\
                    (message x)\n#+end_src\n";
    let project = clone("", document);
    assert_eq!(run(&project, &["a.org"]).code, 0);
}

#[test]
fn nothing_is_written_below_git_nor_over_what_leads_us() {
    let git = [".git/hooks/pre-commit", ".git/config", ".GIT/config", "sub/.Git/x", ".git", "link/hooks/x"];
    for target in git.into_iter().chain(["qvm-tangle.toml", "QVM-TANGLE.TOML", "sub/Qvm-Tangle.lock"]) {
        let project = clone("", &BLOCK.replace("notes.txt", &format!("{target} :mkdirp yes")));
        if target != ".git" {
            fs::create_dir_all(project.path("clone/.git/hooks")).unwrap();
            symlink(".git", project.path("clone/link")).unwrap();
        }
        let before = project.snapshot();
        let ran = run(&project, &["a.org"]);
        assert_eq!(ran.code, 1, "{target}: {}", ran.err);
        assert!(ran.err.contains("error[protected-target]") && ran.err.contains("a.org:1:"), "{}", ran.err);
        assert_eq!(project.snapshot(), before);
        assert_eq!(run(&project, &["--force", "--trust", "a.org"]).code, 1, "trust does not change it");
    }
}

const NETWORK: &str =
    "- Name :: =qvm0=\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|---|---|---|\n| cp | 10.42.0.10 | t0 |\n";

#[test]
fn templates_and_pictures_write_nothing_below_git() {
    let each = "[for-each]\n\".git/hooks/{name}\" = \"guests\"\n";
    for (config, template) in [
        ("", ".git/hooks/pre-commit.shell.j2"),
        (each, ".git/hooks/{name}.shell.j2"),
        ("graph = \".git/hooks/x\"\n", "other.sh.shell.j2"),
        ("graph = \"../x.svg\"\n", "other.sh.shell.j2"),
    ] {
        let project = clone(config, NETWORK);
        fs::create_dir_all(project.path("clone/.git/hooks")).unwrap();
        project.write(&format!("clone/templates/{template}"), "#!/bin/sh\ntrue\n");
        let before = project.snapshot();
        let ran = run(&project, &["a.org"]);
        assert_eq!(ran.code, 1, "{config}{template}: {}", ran.err);
        let code = if config.contains("..") { "target-outside-root" } else { "protected-target" };
        assert!(ran.err.contains(&format!("[{code}]")), "{}", ran.err);
        assert_eq!(project.snapshot(), before);
    }
}

#[test]
fn no_out_dir_is_below_git_not_even_for_a_lock() {
    let project = clone("out-dir = \".Git/hooks\"\n", "nothing to tangle\n");
    fs::create_dir_all(project.path("clone/.git/hooks")).unwrap();
    let before = project.snapshot();
    for arguments in [&["--trust", "a.org"][..], &["--out-dir", ".git", "a.org"]] {
        let ran = run(&project, arguments);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("is git's own"), "{}", ran.err);
    }
    assert_eq!(project.snapshot(), before);
}

#[test]
fn openssl_shows_no_variable_and_no_file() {
    let project = clone("", "");
    project.write("secret", "hunter2 is the word\n");
    let secret = project.path("secret").display().to_string();
    let call = |extension: &str| {
        let body = format!("openssl req -new -x509 -addext '{extension}'");
        project.write("clone/a.org", &format!("#+begin_src sh :tangle a.sh :shebang #!/bin/sh\n{body}\n#+end_src\n"));
        run(&project, &["lint", "--format", "short", "a.org"])
    };
    for extension in
        ["basicConstraints=$ENV::TOKEN", "basicConstraints=${ENV::TOKEN}", &format!("a=b\n.include {secret}")]
    {
        let ran = call(extension);
        assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    }
    // It looks at what it may look at.
    assert!(call("subjectAltNme=DNS:x").err.contains("the extension cannot be read: unknown extension name"));
}

#[test]
fn this_programs_own_memory_is_no_target() {
    let project = clone("", BLOCK);
    let target = format!("{} :mkdirp yes", project.state("trust/x").display());
    project.write("clone/a.org", &BLOCK.replace("notes.txt", &target));
    let ran = run(&project, &["--allow-outside", "/", "a.org"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("is this program's own memory"), "{}", ran.err);
}

#[test]
fn nothing_of_a_configuration_that_is_not_ours_is_printed() {
    let secret = Project::new().file("secret", "TOKEN=hunter2\n");
    for path in ["/proc/self/environ".to_owned(), secret.path("secret").display().to_string()] {
        let project = clone("", BLOCK);
        fs::remove_file(project.path("clone/qvm-tangle.toml")).unwrap();
        symlink(&path, project.path("clone/qvm-tangle.toml")).unwrap();
        for arguments in
            [&["a.org"][..], &["check", "a.org"], &["lint", "a.org"], &["--config", "qvm-tangle.toml", "a.org"]]
        {
            let ran = run(&project, arguments);
            assert_eq!(ran.code, 2);
            assert!(ran.err.contains("`qvm-tangle.toml` is a symbolic link"), "{}", ran.err);
            assert!(!ran.err.contains("hunter2"), "{}", ran.err);
        }
    }
    let project = clone("TOKEN=hunter2\n", BLOCK);
    let ran = run(&project, &["a.org"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "qvm-tangle: `qvm-tangle.toml` is wrong: line 1, column 7: this is not TOML\n")
    );
}

#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let setup = "#+SETUPFILE: setup.org\n";
    for (name, arguments) in [
        ("qvm-tangle.toml", &["a.org"][..]),
        ("out/qvm-tangle.lock", &["--out-dir", "out", "a.org"]),
        ("b.org", &["b.org"]),
        ("setup.org", &["a.org"]),
        (".shellcheckrc", &["lint", "a.org"]),
    ] {
        for device in ["/dev/zero", "fifo"] {
            let project =
                clone("", &format!("{setup}#+begin_src sh :tangle x.sh :shebang #!/bin/sh\ntrue\n#+end_src\n"));
            fs::create_dir_all(project.path("clone/out")).unwrap();
            let path = project.path(&format!("clone/{name}"));
            let _ = fs::remove_file(&path);
            if device == "fifo" {
                assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
            } else {
                symlink(device, &path).unwrap();
            }
            let ran = run(&project, arguments);
            assert_eq!(ran.code, 2, "{name}: {}", ran.err);
            let kind = ["is not a regular file", "is a symbolic link"].iter().any(|kind| ran.err.contains(kind));
            assert!(kind, "{name}, {device}: {}", ran.err);
        }
    }
}

#[test]
fn every_format_shows_control_and_turning_characters_harmlessly() {
    let document = "#+begin_src text :tangle notes.txt :nonsense\u{1b}[2J\u{202e}x y\nab\u{202e}cd\u{1b}[2J\u{9b}m\u{200f}\u{61c}\u{2066}\n#+end_src\n";
    let project = clone("out-dir = \"o\"\n", document);
    for format in ["human", "short", "json", "sarif", "github"] {
        let ran = run(&project, &["check", "--format", format, "a.org"]);
        for text in [ran.out.as_str(), &ran.err] {
            let harmful = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{200f}\u{61c}\u{2066}".contains(c);
            assert!(!text.contains(harmful), "{format}: {text:?}");
        }
        if format == "json" {
            let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
            assert!(json["changes"][0]["diff"].as_str().unwrap().contains("ab\u{202e}cd\u{1b}[2J"), "{json}");
        }
    }
}

#[test]
fn file_names_are_shown_harmlessly() {
    let project = Project::new();
    let name = "a\u{1b}[2J\u{202e}.org";
    project.write(name, "#+begin_src text :nonsense y :tangle x.txt\nx\n#+end_src\n");
    for format in ["human", "short", "github"] {
        for arguments in
            [&["check", "--format", format, name][..], &["check", "--format", format, "none\u{1b}\u{202e}"]]
        {
            let ran = project.run(arguments);
            let harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!ran.out.contains(harmful) && !ran.err.contains(harmful), "{:?} {:?}", ran.out, ran.err);
        }
    }
}

#[track_caller]
fn git(project: &Project, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args([
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ]);
    let output = git.args(arguments).current_dir(project.path("clone")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn git_starts_nothing_that_a_repository_names() {
    let project = clone("", BLOCK).file("clone/.gitattributes", "* filter=x\n").file("clone/notes.txt", "x\n");
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "."]);
    let ran = project.path("ran").display().to_string();
    let program = project.path("program");
    fs::write(&program, format!("#!/bin/sh\ntouch {ran}\ncat\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.display().to_string();
    for (key, value) in [
        ("filter.x.smudge", &program),
        ("filter.x.required", &"true".to_owned()),
        ("core.fsmonitor", &program),
        ("core.pager", &program),
        ("core.hooksPath", &project.path("hooks").display().to_string()),
    ] {
        git(&project, &["config", key, value]);
    }
    fs::create_dir(project.path("hooks")).unwrap();
    for hook in ["post-index-change", "post-checkout"] {
        fs::copy(project.path("program"), project.path("hooks").join(hook)).unwrap();
    }
    let checked = run(&project, &["check", "--staged", "a.org"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    assert!(!project.has("ran"), "git ran a program of the repository");
    git(&project, &["config", "filter.x=y.process", &program]);
    assert_eq!(run(&project, &["check", "--staged", "a.org"]).code, 2, "a name that `-c` cannot say is refused");
    assert!(!project.has("ran"));
}

#[test]
fn what_is_staged_is_trusted_with_its_work_tree() {
    let project = clone("allow-outside = [\"../home\"]\n", BLOCK).file("clone/notes.txt", "x\n");
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "."]);
    assert_eq!(run(&project, &["check", "--staged", "a.org"]).code, 2);
    assert_eq!(run(&project, &["trust"]).code, 0);
    let checked = run(&project, &["check", "--staged", "a.org"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
}
