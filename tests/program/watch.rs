//! `qvm-tangle watch`: follows whatever its documents are made from, whoever replaces, breaks or moves it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::Project;

const CONFIG: &str = "documents = [\"org/a.org\"]\nout-dir = \"out\"\n";

/// Far more than any of these tests needs; nothing is right because of it.
const LIMIT: Duration = Duration::from_secs(120);

/// What one is warned of.
const BAD: &str = "\n#+begin_src sh :tangle a.sh\necho\n#+end_src\n";

/// A document that tangles a text to `notes.txt`.
fn notes(text: &str) -> String {
    format!("#+begin_src text :tangle notes.txt\n{text}\n#+end_src\n")
}

fn configured(document: &str) -> Project {
    Project::new().file("qvm-tangle.toml", CONFIG).file("org/a.org", document)
}

/// The program as it watches, and what it has said.
struct Watching<'p> {
    project: &'p Project,
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    /// When runs were, and how long they took.
    times: Vec<String>,
}

/// `14:03:22: 1 document in 12 ms`.
fn is_time(line: &str) -> bool {
    let (clock, rest) = line.split_at_checked(8).unwrap_or_default();
    let is_clock = clock.split(':').count() == 3 && clock.chars().all(|c| c == ':' || c.is_ascii_digit());
    is_clock && rest.starts_with(": ") && rest.ends_with(" ms")
}

impl<'p> Watching<'p> {
    /// Starts watching and waits for the first run.
    fn start(project: &'p Project, arguments: &[&str]) -> Self {
        let mut watching = Self::launch(project, arguments);
        watching.until_said("watching ");
        watching
    }

    fn launch(project: &'p Project, arguments: &[&str]) -> Self {
        let mut command = project.command(&["watch"]);
        let mut child = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            thread::spawn(move || {
                BufReader::new(stream).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
            });
        }
        Self { project, child, lines, said: Vec::new(), times: Vec::new() }
    }

    /// Waits for a line that begins like this, and gives all lines up to it since the last call.
    #[track_caller]
    fn until_said(&mut self, start: &str) -> Vec<String> {
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|line: &String| line.starts_with(start)) {
            let line = self.lines.recv_timeout(LIMIT).ok();
            assert!(line.is_some(), "never said {start:?}, but {lines:?} after {:?}", self.said);
            let (times, others): (Vec<_>, Vec<_>) = line.into_iter().partition(|line| is_time(line));
            self.times.extend(times);
            lines.extend(others);
        }
        self.said.extend(lines.iter().cloned());
        lines
    }

    #[track_caller]
    fn until(&self, what: &str, condition: impl Fn(&Project) -> bool) {
        let latest = Instant::now() + LIMIT;
        while !condition(self.project) {
            assert!(Instant::now() < latest, "never: {what}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until an output has this text.
    #[track_caller]
    fn until_reads(&self, path: &str, text: &str) {
        self.until(&format!("{path} reads {text:?}"), |project| {
            fs::read_to_string(project.path(path)).is_ok_and(|found| found == text)
        });
    }

    /// Ends it as Ctrl-C does; gives the exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        self.said.extend(self.lines.iter());
        code
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_change_is_written_and_told() {
    let project = configured(&notes("first"));
    let mut watching = Watching::start(&project, &[]);
    assert_eq!(watching.said, ["wrote (new) out/notes.txt", "watching 1 document; Ctrl-C ends it"]);
    project.write("org/a.org", &notes("second"));
    assert_eq!(watching.until_said("wrote "), ["wrote out/notes.txt"]);
    assert_eq!(project.read("out/notes.txt"), "second\n");
    assert_eq!(watching.times.len(), 2, "{:?}", watching.times);
    assert!(watching.times.iter().all(|time| time[8..].starts_with(": 1 document in ")), "{:?}", watching.times);
    project.write("org/a.org", "Nothing to tangle.\n");
    assert_eq!(watching.until_said("removed "), ["removed out/notes.txt"]);
}

#[test]
fn the_time_is_that_of_the_place_and_programs_get_none() {
    let project = configured(&notes("first"));
    let hour = |zone: &str| {
        let mut command = project.command(&["watch"]);
        let mut child = command.env("TZ", zone).stderr(Stdio::piped()).spawn().unwrap();
        let first = BufReader::new(child.stderr.take().unwrap()).lines().next().unwrap().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_time(&first), "{first}");
        first[..2].parse::<i32>().unwrap()
    };
    // An hour may end between the two.
    let ahead = (hour("XXX-9") - hour("UTC0")).rem_euclid(24);
    assert!(matches!(ahead, 8 | 9), "{ahead}");
    let mut watching = Watching::launch(&project, &["--format", "json"]);
    watching.until_said("}");
    assert!(watching.times.is_empty() && watching.said[0] == "{", "{:?}", watching.said);
}

#[test]
fn the_screen_is_cleared_on_request_and_only_on_a_terminal() {
    const CLEAR: &str = "\u{1b}[H\u{1b}[2J";
    let project = configured(&format!("{}{BAD}", notes("first")));
    let watching = Watching::start(&project, &["--clear"]);
    assert!(!watching.said.concat().contains(CLEAR), "{:?}", watching.said);
    // Each in a project of its own: what one of two has written, the other has nothing to say of.
    let on_terminal = |arguments: &str| {
        let project = configured(&format!("{}{BAD}", notes("first")));
        let mut command = Command::new("script");
        let program = env!("CARGO_BIN_EXE_qvm-tangle");
        command.args(["-qefc", &format!("{program} watch {arguments}"), "/dev/null"]).env("TERM", "xterm");
        command.current_dir(project.path("")).stdin(Stdio::null()).stdout(Stdio::piped());
        project.in_environment(&mut command);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut shown: Vec<String> = Vec::new();
        let mut until = |part: &str| {
            while !shown.last().is_some_and(|line| line.contains(part)) {
                shown.push(lines.next().unwrap());
            }
        };
        until("Ctrl-C");
        project.write("org/a.org", &format!("{}{BAD}", notes("second")));
        until("wrote out/notes.txt");
        child.kill().unwrap();
        child.wait().unwrap();
        shown.join("\n")
    };
    assert!(!on_terminal("").contains(CLEAR));
    let shown = on_terminal("--clear");
    let screens: Vec<&str> = shown.split(CLEAR).collect();
    assert_eq!(screens.len(), 3, "{shown:?}");
    // What a screen shows is how things stand: also a warning that was there before.
    assert!(screens[1..].iter().all(|screen| screen.contains("missing-shebang")), "{shown:?}");
}

#[test]
fn it_ends_cleanly() {
    for signal in ["-INT", "-TERM"] {
        let project = configured(&notes("first"));
        let watching = Watching::start(&project, &[]);
        assert_eq!(watching.end(signal), Some(0));
        let names = fs::read_dir(project.path("out")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, ["notes.txt", "qvm-tangle.lock"]);
    }
}

#[test]
fn a_run_that_hangs_can_be_ended() {
    for signal in ["-INT", "-TERM"] {
        let project = configured(&notes("first"));
        fs::create_dir(project.path("out")).unwrap();
        // Another run that writes there and does not end: ours waits for its turn.
        let mut other =
            Command::new("flock").arg(project.path("out")).arg("cat").stdin(Stdio::piped()).spawn().unwrap();
        let watching = Watching::launch(&project, &[]);
        watching.until("it waits for its turn", |project| {
            let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
            let inode = std::os::unix::fs::MetadataExt::ino(&project.path("out").metadata().unwrap());
            locks.lines().any(|line| line.contains("->") && line.contains(&format!(":{inode} ")))
        });
        assert_eq!(watching.end(signal), Some(0));
        assert!(!project.has("out/notes.txt"));
        drop(other.stdin.take());
        other.wait().unwrap();
    }
}

#[test]
fn editors_that_replace_the_file_are_followed() {
    let project = configured(&notes("0"));
    let watching = Watching::start(&project, &[]);
    let (document, other) = (project.path("org/a.org"), project.path("org/.a.org.swp"));
    for round in 1..4 {
        // As most editors: a new file is renamed over the old one.
        fs::write(&other, notes(&format!("{round} renamed"))).unwrap();
        fs::rename(&other, &document).unwrap();
        watching.until_reads("out/notes.txt", &format!("{round} renamed\n"));
        // As Emacs and Vim may: the old file becomes the backup, the new one is written in its place.
        fs::rename(&document, project.path("org/a.org~")).unwrap();
        fs::write(&document, notes(&format!("{round} backed up"))).unwrap();
        watching.until_reads("out/notes.txt", &format!("{round} backed up\n"));
        // As scripts: the file is removed and made anew.
        fs::remove_file(&document).unwrap();
        fs::write(&document, notes(&format!("{round} anew"))).unwrap();
        watching.until_reads("out/notes.txt", &format!("{round} anew\n"));
    }
}

#[test]
fn a_broken_document_is_told_of_once_and_its_outputs_are_kept() {
    let broken = |text: &str| notes(text) + "#+begin_src text :tangle ../../x.txt\nx\n#+end_src\n";
    let project = configured(&notes("first"));
    let mut watching = Watching::launch(&project, &["--format", "short"]);
    watching.until_reads("out/notes.txt", "first\n");
    project.write("org/a.org", &broken("second"));
    assert_eq!(watching.until_said("org/a.org:4:").len(), 1);
    // The same diagnostic of other texts is no news; a diagnostic at another place is.
    for text in ["third", "fourth"] {
        project.write("org/a.org", &broken(text));
    }
    project.write("org/a.org", &format!("\n{}", broken("fifth")));
    let said = watching.until_said("org/a.org:5:");
    assert!(said[0].contains("error[target-outside-root]"), "{said:?}");
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(project.read("out/notes.txt"), "first\n");
    project.write("org/a.org", &notes("sixth"));
    watching.until_reads("out/notes.txt", "sixth\n");
}

#[test]
fn a_document_that_is_mended_without_a_change_is_told_of() {
    let project = configured(&notes("first"));
    let mut watching = Watching::start(&project, &[]);
    project.write("org/a.org", &(notes("first") + "#+begin_src text :tangle ../../x.txt\nx\n#+end_src\n"));
    watching.until_said("1 error; nothing was written");
    project.write("org/a.org", &notes("first"));
    assert_eq!(watching.until_said("1 output"), ["1 output up to date"]);
}

#[test]
fn a_document_may_go_and_come_back() {
    let project = configured(&notes("first"));
    let mut watching = Watching::start(&project, &[]);
    fs::remove_file(project.path("org/a.org")).unwrap();
    watching.until_said("qvm-tangle: cannot read `org/a.org`");
    assert_eq!(project.read("out/notes.txt"), "first\n");
    // With its folder, under another name, and back.
    fs::rename(project.path("org"), project.path("away")).unwrap();
    project.write("away/a.org", &notes("second"));
    fs::rename(project.path("away"), project.path("org")).unwrap();
    watching.until_reads("out/notes.txt", "second\n");
    // The folder is another one now; is it watched?
    project.write("org/a.org", &notes("third"));
    watching.until_reads("out/notes.txt", "third\n");
}

#[test]
fn new_folders_and_documents_of_a_folder_are_found() {
    let project = Project::new().file("book/a.org", &notes("first"));
    let watching = Watching::start(&project, &["book"]);
    project.write("book/b.org", &notes("b").replace("notes", "b"));
    watching.until_reads("book/b.txt", "b\n");
    project.write("book/new/deep/c.org", &notes("c"));
    watching.until_reads("book/new/deep/notes.txt", "c\n");
    project.write("book/new/deep/c.org", &notes("d"));
    watching.until_reads("book/new/deep/notes.txt", "d\n");
    // A whole folder that is moved in.
    project.write("elsewhere/in/e.org", &notes("e"));
    fs::rename(project.path("elsewhere"), project.path("book/elsewhere")).unwrap();
    watching.until_reads("book/elsewhere/in/notes.txt", "e\n");
    project.write("book/elsewhere/in/e.org", &notes("f"));
    watching.until_reads("book/elsewhere/in/notes.txt", "f\n");
    // A document that goes does not disturb the others.
    fs::remove_dir_all(project.path("book/new")).unwrap();
    project.write("book/a.org", &notes("second"));
    watching.until_reads("book/notes.txt", "second\n");
}

#[test]
fn a_new_document_of_a_configured_folder_is_found() {
    let project = configured(&notes("first"));
    project.write("qvm-tangle.toml", "documents = [\"org\"]\nout-dir = \"out\"\n");
    let watching = Watching::start(&project, &[]);
    project.write("org/deep/b.org", &notes("b").replace("notes", "b"));
    watching.until_reads("out/b.txt", "b\n");
}

#[test]
fn setup_files_are_followed_before_and_after_they_exist() {
    let document = "#+setupfile: setup/one.org\n#+begin_src text :tangle notes.txt\nx\n#+end_src\n";
    let shebang = |name: &str| format!("#+property: header-args :shebang #!/bin/{name}\n");
    let project = configured(document);
    let watching = Watching::start(&project, &[]);
    project.write("org/setup/one.org", "#+setupfile: two.org\n");
    project.write("org/setup/two.org", &shebang("one"));
    watching.until_reads("out/notes.txt", "#!/bin/one\nx\n");
    project.write("org/setup/two.org", &shebang("two"));
    watching.until_reads("out/notes.txt", "#!/bin/two\nx\n");
}

#[test]
fn templates_come_change_and_go() {
    let network = "- Name :: =qvm0=\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP         | TAP      |\n\
                   |-------+------------+----------|\n| cp    | 10.42.0.10 | qvm0tap0 |\n";
    let project = configured(network);
    let watching = Watching::start(&project, &[]);
    project.write("templates/hello.text.j2", "hello {{ bridge.name }}\n");
    watching.until_reads("out/hello", "hello qvm0\n");
    project.write("templates/hello.text.j2", "bye {{ bridge.name }}\n");
    watching.until_reads("out/hello", "bye qvm0\n");
    fs::remove_dir_all(project.path("templates")).unwrap();
    watching.until("hello is gone", |project| !project.has("out/hello"));
}

#[test]
fn the_configuration_is_followed_and_may_be_wrong_for_a_while() {
    let project = configured(&notes("first"));
    let mut watching = Watching::start(&project, &[]);
    project.write("qvm-tangle.toml", "out-dri = 3\n");
    let said = watching.until_said("qvm-tangle: `qvm-tangle.toml` is wrong");
    assert_eq!(said.len(), 1, "{said:?}");
    project.write("other/b.org", &notes("other"));
    project.write("qvm-tangle.toml", "documents = [\"other/b.org\"]\nout-dir = \"made\"\n");
    watching.until_reads("made/notes.txt", "other\n");
    project.write("other/b.org", &notes("others"));
    watching.until_reads("made/notes.txt", "others\n");
}

#[test]
fn a_configuration_that_comes_later_counts() {
    let project = Project::new().file("org/a.org", &notes("first"));
    let watching = Watching::start(&project, &["org/a.org"]);
    project.write("qvm-tangle.toml", "out-dir = \"out\"\n");
    watching.until_reads("out/notes.txt", "first\n");
}

#[test]
fn no_run_follows_from_what_it_writes_or_others_do() {
    let project = configured(&notes("0"));
    // Programs get a report of every run, so that runs can be counted.
    let mut watching = Watching::launch(&project, &["--format", "json"]);
    let runs = |lines: &[String]| lines.iter().filter(|line| line.starts_with('{')).count();
    assert_eq!(runs(&watching.until_said("}")), 1);
    for round in 1..5 {
        project.write("out/by-hand.txt", "x\n");
        fs::write(project.path("org/other.txt"), "x\n").unwrap();
        fs::write(project.path("org/next"), notes(&round.to_string())).unwrap();
        fs::rename(project.path("org/next"), project.path("org/a.org")).unwrap();
        assert_eq!(runs(&watching.until_said("}")), 1);
        watching.until_reads("out/notes.txt", &format!("{round}\n"));
    }
    assert_eq!(runs(&watching.said), 5);
}

#[test]
fn what_cannot_be_watched_is_said_at_once() {
    let project = Project::new().file("empty/x.txt", "");
    for (arguments, part) in [
        (&["watch", "-"][..], "`-` cannot be watched"),
        (&["watch"][..], "`FILE` is missing"),
        (&["watch", "empty"][..], "`empty` holds no Org file"),
    ] {
        let ran = project.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}
