//! A rehearsal that stays up until it is stopped, the shells inside, and the one after each run of `watch`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use super::{Project, Ran, three_guests};

/// What a shell inside says to some commands.
fn typed(project: &Project, place: &[&str], commands: &str) -> Ran {
    let arguments = [&["rehearse", "--shell"], place].concat();
    let mut command = project.command(&arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut shell = command.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(commands.as_bytes()).unwrap();
    Ran::of(shell.wait_with_output().unwrap())
}

#[test]
fn it_stays_up_until_it_is_stopped() {
    let project = Project::new(&three_guests());
    let kept = project.run(&["rehearse", "--trust", "--keep", "network.org"]);
    assert_eq!(kept.code, 0, "{}", kept.err);
    assert!(kept.err.ends_with("`qvm-tangle rehearse --stop` ends it\n"), "{}", kept.err);

    let asks = "hostname -I; curl -sS http://www.example.net/; echo; curl -sS http://10.42.0.2:8080/cp/meta-data\n";
    let guest = typed(&project, &["cp"], asks);
    for seen in ["10.42.0.10", "198.51.100.2\n", "local-hostname: cp.qvm0.lan"] {
        assert!(guest.out.contains(seen), "no {seen}: {}{}", guest.out, guest.err);
    }
    let host = typed(&project, &[], "id -un; ./status.sh >/dev/null && echo all holds; ls /home; env\n");
    assert!(host.out.starts_with("root\nall holds\nperson\n"), "{}{}", host.out, host.err);
    assert!(!host.out.contains("XDG_STATE_HOME"), "{}", host.out);
    let nobody = typed(&project, &["nobody"], "");
    assert_eq!(nobody.code, 2);
    assert!(nobody.err.contains("there is no guest `nobody` in the rehearsal: name one of cp, wk-1, wk-2"));

    let again = project.run(&["rehearse", "--trust", "--keep", "network.org"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("the rehearsal of network.org is up"), "{}", again.err);
    let stopped = project.run(&["rehearse", "--stop"]);
    assert_eq!((stopped.code, &stopped.err[..]), (0, "the rehearsal of network.org has ended\n"));
    assert_eq!(project.run(&["rehearse", "--stop"]).err, "no rehearsal is up\n");
    let gone = typed(&project, &["cp"], "");
    assert_eq!((gone.code, gone.err.contains("rehearse --keep")), (2, true), "{}", gone.err);
}

#[test]
fn nothing_stays_up_that_nobody_would_find() {
    let project = Project::new(&three_guests());
    project.write("state/qvm-tangle/rehearsal.json/in-the-way", "");
    let ran = project.run(&["rehearse", "--trust", "--keep", "network.org"]);
    assert_eq!((ran.code, ran.err.lines().count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("cannot be written: is a directory"), "{}", ran.err);
}

#[test]
fn each_run_of_watch_is_rehearsed() {
    let project = Project::new(&three_guests());
    let mut command = project.command(&["watch", "--rehearse", "--trust", "--out-dir", "given", "network.org"]);
    let mut watch = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("facts hold, 0 do not")));
    assert!(lines.any(|line| line.starts_with("watching 1 document")));
    project.write("network.org", &three_guests().replace("wk-2", "wk-9"));
    assert!(lines.any(|line| line.contains("facts hold, 0 do not")));
    watch.kill().unwrap();
    watch.wait().unwrap();
    let refused = project.run(&["watch", "--rehearse", "network.org"]);
    assert_eq!((refused.code, refused.err.contains("is not trusted")), (2, true), "{}", refused.err);
}
