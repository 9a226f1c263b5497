//! What programs read where a run cannot be done, and what GitHub is told: its limits, its escapes, its summary.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::{Project, Ran, ran};

const ONE: &str = "#+begin_src text :tangle notes.txt\nfirst\n#+end_src\n";

const NETWORK: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|--+--+--|\n\
    | cp | 10.42.0.10 | qvm0tap0 |\n";

/// Configurations that are wrong, each with the line, the column and a part of what is wrong.
const BROKEN: &[(&str, usize, usize, &str)] = &[
    ("out-dir = \"out\"\n[levels\n", 2, 8, "this is not TOML"),
    ("documents = [\"a.org\"]\nout_dir = \"out\"\n", 2, 1, "did you mean `out-dir`?"),
    ("graph = 1\n", 1, 9, "`graph` is an integer where a string is expected"),
    (
        "[levels]\nmissing-shebang = \"allow\"\nunterminated-blok = \"error\"\n",
        3,
        1,
        "did you mean `unterminated-block`?",
    ),
    ("# \u{e4}\u{f6}\noptional-outputs = [\"inventory.yaml\", \"hosts\"]\n", 2, 39, "name 2 is none of"),
];

/// Every command that reports about documents, but `plan`, whose formats are its own.
const COMMANDS: &[&[&str]] =
    &[&["a.org"], &["check", "a.org"], &["lint", "a.org"], &["rehearse", "a.org"], &["fix", "a.org"]];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn run(project: &Project, command: &[&str], format: &str) -> Ran {
    project.run(&[command, &["--format", format]].concat())
}

#[test]
fn a_broken_configuration_has_its_place_in_every_format() {
    for (text, line, column, part) in BROKEN {
        let project = Project::new().file("a.org", ONE).file("qvm-tangle.toml", text);
        for command in COMMANDS {
            let ran = run(&project, command, "json");
            let failure = json(&ran.out)["failure"].clone();
            assert_eq!(ran.code, 2, "{command:?}");
            assert_eq!(
                (&failure["code"], &failure["path"]),
                (&"invalid-configuration".into(), &"qvm-tangle.toml".into())
            );
            assert_eq!((&failure["line"], &failure["column"]), (&Value::from(*line), &Value::from(*column)), "{text}");
            assert!(failure["message"].as_str().unwrap().contains(part), "{failure}");
            assert!(ran.err.starts_with("qvm-tangle: `qvm-tangle.toml` is wrong: line "), "{}", ran.err);

            let sarif = json(&run(&project, command, "sarif").out)["runs"][0].clone();
            assert_eq!(sarif["invocations"][0]["executionSuccessful"], false);
            let notification = &sarif["invocations"][0]["toolConfigurationNotifications"][0];
            let region = |of: &Value| of["locations"][0]["physicalLocation"]["region"]["startLine"].clone();
            assert_eq!(
                (region(notification), region(&sarif["results"][0])),
                ((*line).into(), (*line).into()),
                "{sarif}"
            );

            let github = run(&project, command, "github");
            let start = format!("::error file=qvm-tangle.toml,line={line},col={column},title=invalid-configuration::");
            assert!(github.out.starts_with(&start), "{}", github.out);
            assert_eq!(github.err, "");

            let short = run(&project, command, "short");
            let start = format!("qvm-tangle.toml:{line}:{column}: error[invalid-configuration]: ");
            assert!(short.err.starts_with(&start) && short.out.is_empty(), "{}", short.err);
        }
        let junit = run(&project, &["rehearse", "a.org"], "junit").out;
        assert!(junit.contains("errors=\"1\"") && junit.contains("<error message="), "{junit}");
    }
}

#[test]
fn whatever_cannot_be_done_leaves_a_whole_document() {
    let project =
        Project::new().file("a.org", ONE).file("n.org", NETWORK).file("own/qvm-tangle.toml", "out-dir = \"../x\"\n");
    project.write("own/b.org", ONE);
    let failures: &[&[&str]] = &[
        &["check", "nope.org"],
        &["check", "a.org/x"],
        &["check"],
        &["own/b.org"],
        &["rehearse", "n.org"],
        &["check", "--languages", "klingon", "a.org"],
        &["--overwrite", "x.txt", "a.org"],
        &["plan", "a.org", "--against", "HEAD"],
        &["map", "nope.sh:1"],
        &["explain", "no-such-code"],
        &["show", "model", "nope.org"],
        &["lits"],
        // What is wrong with the command line itself.
        &["check", "--nosuch", "a.org"],
        &["check", "--color", "mauve", "a.org"],
        &["--force", "check", "a.org"],
    ];
    for command in failures {
        let ran = run(&project, command, "json");
        let report = json(&ran.out);
        assert_eq!((ran.code, &report["failure"]["code"]), (2, &"failed-run".into()), "{command:?}: {}", ran.err);
        assert!(!report["failure"]["message"].as_str().unwrap().is_empty(), "{command:?}");
        assert_eq!(report["diagnostics"], Value::Array(Vec::new()), "{command:?}");
        assert!(ran.err.contains(report["failure"]["message"].as_str().unwrap()), "{command:?}: {}", ran.err);
    }
    // Several documents of one stream: `watch` goes on after a failure.
    let schema = json(&project.run(&["show", "report-schema"]).out);
    for field in ["code", "message", "path", "line", "column"] {
        assert!(schema["$defs"]["FailureEntry"]["properties"][field].is_object(), "{field}");
    }
}

#[test]
fn a_failure_is_sarif_as_the_standard_says() {
    let project = Project::new().file("a.org", "Prose.\n").file("qvm-tangle.toml", "x = 1\n");
    for command in
        [&["check", "a.org"][..], &["check", "--config", "nope.toml"], &["check", "--config", "/dev/null", "a.org"]]
    {
        let text = run(&project, command, "sarif").out;
        // Types made from the schema of the standard: what they do not know would be gone from the copy.
        let read: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), json(&text));
    }
}

#[test]
fn each_rule_of_a_report_is_explained() {
    let project = Project::new();
    for code in ["invalid-configuration", "failed-run", "drift"] {
        assert!(project.run(&["explain", code]).out.starts_with(&format!("{code} (error)\n\n")));
    }
}

#[test]
fn no_information_address_is_made_up() {
    let driver =
        json(&run(&Project::new().file("a.org", ONE), &["check", "a.org"], "sarif").out)["runs"][0]["tool"]["driver"]
            .clone();
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let address = manifest.lines().find_map(|line| line.strip_prefix("repository = \"")?.strip_suffix('"'));
    assert_eq!(driver["informationUri"].as_str(), address);
}

/// What GitHub's runner takes for commands in a log, with its own rules: whether a line is one, and where none are obeyed.
fn obeyed(log: &str) -> Vec<String> {
    let mut stopped: Option<String> = None;
    let mut obeyed = Vec::new();
    for line in log.lines() {
        if let Some(token) = &stopped {
            if line.trim() == format!("::{token}::") {
                stopped = None;
            }
            continue;
        }
        let start = line.trim_start();
        if start.starts_with("::") || line.contains("##[") {
            obeyed.push(start.to_owned());
            stopped = start.strip_prefix("::stop-commands::").map(str::to_owned);
        }
    }
    assert_eq!(stopped, None, "commands stay unheard:\n{log}");
    obeyed
}

fn is_ours(command: &str) -> bool {
    ["::error ", "::warning ", "::notice ", "::group::", "::endgroup::", "::stop-commands::"]
        .iter()
        .any(|ours| command.starts_with(ours))
}

#[test]
fn of_ten_thousand_diagnostics_ten_of_a_level_are_annotations() {
    let mut document = String::new();
    for number in 0..10_000 {
        let _ = write!(document, "#+begin_src sh :tangle {number}.sh\necho\n#+end_src\n");
    }
    for number in 0..12 {
        let _ =
            write!(document, "#+begin_src sh :tangle /tmp/nowhere/{number}.sh :shebang #!/bin/sh\necho\n#+end_src\n");
    }
    let ran = run(&Project::new().file("a.org", &document), &["check", "a.org"], "github");
    let commands = obeyed(&ran.out);
    assert!(commands.iter().all(|command| is_ours(command)), "{commands:?}");
    let number = |level: &str| commands.iter().filter(|command| command.starts_with(&format!("::{level} "))).count();
    assert_eq!((number("warning"), number("error")), (10, number("error").min(10)), "{commands:?}");
    let counted = ran.out.lines().find(|line| line.contains("since GitHub shows 10 of a level")).unwrap();
    assert!(counted.contains("9990 more warnings"), "{counted}");
    assert_eq!(ran.out.lines().filter(|line| line.contains("warning[missing-shebang]")).count(), 9990);
    assert!(ran.out.len() < 4_000_000, "{}", ran.out.len());
}

#[test]
fn drift_is_one_annotation_at_the_cell_with_the_command_and_folded_differences() {
    let config = "documents = [\"n.org\"]\nout-dir = \"out\"\n";
    let project = Project::new().file("n.org", NETWORK).file("qvm-tangle.toml", config);
    assert_eq!(project.run(&[]).code, 0);
    project.write("n.org", &NETWORK.replace("10.42.0.10", "10.42.0.11"));
    let ran = run(&project, &["check"], "github");
    assert_eq!((ran.code, ran.err.as_str()), (3, ""));
    let commands = obeyed(&ran.out);
    let annotations: Vec<&String> = commands.iter().filter(|command| command.starts_with("::error ")).collect();
    assert!(annotations[0].starts_with("::error file=n.org,line=6,endLine=6,col=8,endColumn="), "{annotations:?}");
    assert!(
        annotations[0].ends_with(" differ from what the document gives%0A`qvm-tangle` repairs it"),
        "{annotations:?}"
    );
    let at_cell = annotations.iter().filter(|it| it.starts_with("::error file=n.org,line=6,endLine=6,col=8,"));
    assert_eq!(at_cell.count(), 1, "{annotations:?}");
    assert!(commands.contains(&"::group::out/hosts is changed".to_owned()), "{commands:?}");
    assert!(ran.out.contains("\n+10.42.0.11"), "{}", ran.out);
    assert_eq!(project.run(&[]).code, 0);
    assert_eq!(run(&project, &["check"], "github").out, "");
}

/// A block whose lines would be commands of the runner.
const HOSTILE: &str = "#+begin_src sh :tangle h.txt\n::stop-commands::x\n::add-mask::a\n##[set-output name=a]b\n\
    ,#+begin_src ::error::x\u{1b}[2J]]>%0A::notice::x\n  ::endgroup::\n```\n<img src=x>\n\n# head\n#+end_src\n";

#[test]
fn nothing_of_a_document_is_a_command_or_markup() {
    let name = "x%0A::error::y,line=7.txt";
    let document = format!("{HOSTILE}#+begin_src text :tangle \"{name}\"\n::add-mask::z\n#+end_src\n");
    let project = Project::new().file("a.org", &document);
    assert_eq!(project.run(&["a.org"]).code, 0);
    // Lines around a change are shown as well, with a blank before them.
    project.write("a.org", &document.replace("a]b", "a]c").replace("::z", "::zz"));
    let summary = project.path("summary.md");
    let output =
        project.command(&["check", "--format", "github", "a.org"]).env("GITHUB_STEP_SUMMARY", &summary).output();
    let ran = ran(&output.unwrap());
    assert_eq!(ran.code, 3, "{}", ran.err);
    let commands = obeyed(&ran.out);
    assert!(commands.iter().all(|command| is_ours(command)), "{commands:?}");
    assert!(commands.iter().any(|command| command.starts_with("::group::x%250A::error::y")), "{commands:?}");
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    let summary = fs::read_to_string(summary).unwrap();
    assert!(summary.contains("````diff\n") && !summary.contains('\u{1b}'), "{summary}");
    let outside = summary.split("````").step_by(2).collect::<String>();
    assert!(!outside.contains("<img") && !outside.contains("\n# head"), "{summary}");
}

#[test]
fn nor_is_it_one_in_a_format_for_people() {
    let project = Project::new().file("a.org", HOSTILE);
    assert_eq!(project.run(&["a.org"]).code, 0);
    project.write("a.org", &HOSTILE.replace("a]b", "a]c"));
    let check = |format: &str, runner: &str| {
        let mut command = project.command(&["check", "--format", format, "a.org"]);
        ran(&command.env("GITHUB_ACTIONS", runner).output().unwrap())
    };
    for format in ["human", "short"] {
        let ran = check(format, "true");
        assert_eq!((obeyed(&ran.out), obeyed(&ran.err)), (Vec::new(), Vec::new()), "{}{}", ran.out, ran.err);
    }
    let shown = check("human", "true").out;
    assert!(
        shown.contains("\n \\u{3a}:add-mask::a\n") && shown.contains("\n+#\\u{23}[set-output name=a]c\n"),
        "{shown}"
    );
    let elsewhere = check("human", "").out;
    assert!(
        elsewhere.contains("\n ::add-mask::a\n") && elsewhere.contains("\n+##[set-output name=a]c\n"),
        "{elsewhere}"
    );
}

#[test]
fn the_summary_is_appended_and_only_where_github_asks_for_one() {
    let project =
        Project::new().file("a.org", "#+begin_src sh :tangle a.sh\necho\n#+end_src\n").file("s.md", "before\n");
    let check = |format: &str, summary: &str, workspace: &str| {
        let mut command = project.command(&["check", "--format", format, "a.org"]);
        command.env("GITHUB_STEP_SUMMARY", summary).env("GITHUB_WORKSPACE", workspace);
        ran(&command.output().unwrap())
    };
    check("human", "s.md", "");
    assert_eq!(project.read("s.md"), "before\n");
    for _ in 0..2 {
        check("github", "s.md", "");
    }
    let text = project.read("s.md");
    assert!(text.starts_with("before\n### qvm-tangle\n\n<p>0 errors, 1 warning</p>\n"), "{text}");
    assert_eq!(text.matches("<code>missing-shebang</code>").count(), 2, "{text}");
    assert!(text.contains("<li><code>qvm-tangle a.org</code> repairs it</li>"), "{text}");
    // A page that GitHub would refuse, or that cannot be written, changes nothing else.
    project.write("s.md", &"x".repeat(1024 * 1024));
    let full = check("github", "s.md", "");
    assert_eq!((full.code, project.read("s.md").len()), (3, 1024 * 1024));
    assert!(full.out.ends_with("could not be written: there is no room left in it\n"), "{}", full.out);
    let folder = check("github", "/", "");
    assert!(folder.code == 3 && folder.out.ends_with("could not be written: it is no file\n"), "{}", folder.out);
    // Paths are the repository's, wherever the step works.
    let above = project.path("").canonicalize().unwrap();
    let (parent, name) = (above.parent().unwrap(), above.file_name().unwrap().to_str().unwrap());
    let below = check("github", "", parent.to_str().unwrap());
    assert!(below.out.contains(&format!("::warning file={name}/a.org,line=1")), "{}", below.out);
    let git = |words: &[&str]| {
        let mut command = Command::new("git");
        project.in_environment(command.args(words).current_dir(project.path("")));
        assert!(command.output().unwrap().status.success(), "git {words:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "a.org"]);
    let mut staged = project.command(&["check", "--staged", "--format", "github", "a.org"]);
    let staged = ran(&staged.env("GITHUB_WORKSPACE", parent).output().unwrap()).out;
    assert!(staged.contains(&format!("::warning file={name}/a.org,line=1")), "{staged}");
    assert!(check("github", "", "/nowhere").out.contains("::warning file=a.org,line=1"));
}

#[test]
fn a_document_that_gives_nothing_is_told_in_every_format() {
    let project = Project::new().file("notes.org", "Prose.\n").file("a.org", ONE);
    assert_eq!(project.run(&["a.org"]).code, 0);
    for command in [&["check", "a.org", "notes.org"][..], &["a.org", "notes.org"], &["lint", "a.org", "notes.org"]] {
        let report = json(&run(&project, command, "json").out);
        let expected = serde_json::json!([{ "path": "notes.org", "reasons": ["it has no source block"] }]);
        assert_eq!(report["without_output"], expected, "{command:?}");
        let sarif = json(&run(&project, command, "sarif").out);
        let note = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(
            (&note["level"], &note["message"]["text"]),
            (&"note".into(), &"`notes.org` gives no output: it has no source block".into())
        );
        let github = run(&project, command, "github").out;
        assert_eq!(
            github,
            "::notice file=notes.org,title=no output::notes.org gives no output:%0Ait has no source block\n"
        );
        let short = run(&project, command, "short").err;
        assert_eq!(short, "notes.org: note: gives no output: it has no source block\n");
    }
    // What a folder has besides is not asked for.
    assert_eq!(json(&run(&project, &["check", "."], "json").out)["without_output"], Value::Null);
}
