//! `plan`: what each kind of edit means, what it is compared with, and what stands in the way.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::support::{Project, Ran};

const NETWORK: &str = "\
Some prose.

- Name :: qvm0
- Subnet :: 10.42.0.1/24

| Guest | IP         | TAP      | MAC               |
|-------+------------+----------+-------------------|
| cp    | 10.42.0.10 | qvm0tap0 |                   |
| wk-1  | 10.42.0.11 | qvm0tap1 | 02:00:00:00:00:0b |
| wk-2  | 10.42.0.12 | qvm0tap2 |                   |

| Service    |        IP | Port | Interface |
|------------+-----------+------+-----------|
| Gateway    | 10.42.0.1 |      | qvm0      |
|------------+-----------+------+-----------|
| DHCP       | 10.42.0.2 |      | veth0     |
| DNS        |           |      |           |
| cloud-init |           |      |           |
";

const CONFIG: &str = "documents = [\"a.org\"]\nout-dir = \"out\"\n";

fn project() -> Project {
    Project::new().file("qvm-tangle.toml", CONFIG).file("a.org", NETWORK)
}

/// A project whose document was written.
fn written() -> Project {
    let project = project();
    assert_eq!(project.run(&["--quiet"]).code, 0);
    project
}

fn git(project: &Project, arguments: &[&str]) {
    let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "core.hooksPath=/dev/null"];
    let mut git = Command::new("git");
    git.args(identity).args(arguments).current_dir(project.path("")).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let done = git.output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A project whose document and outputs are in version control, and which this machine knows nothing of.
fn committed() -> Project {
    let project = written();
    git(&project, &["init", "--quiet"]);
    git(&project, &["add", "--all"]);
    git(&project, &["commit", "--quiet", "--message", "first"]);
    project.forget_state();
    project
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// The plan for the first document.
fn plan(project: &Project, options: &[&str]) -> Value {
    json(&project.run(&[&["plan", "--format", "json"], options].concat()))["documents"][0].clone()
}

fn texts(list: &Value, key: &str) -> Vec<String> {
    list.as_array().unwrap().iter().filter_map(|it| Some(it[key].as_str()?.to_owned())).collect()
}

/// What the edits are, each with the name of its subject.
fn edits(plan: &Value) -> Vec<String> {
    let Some(network) = plan["networks"].get(0) else { return Vec::new() };
    let all = network["edits"].as_array().unwrap().iter();
    all.map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["name"].as_str().unwrap())).collect()
}

#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) -> Value {
    let project = written();
    assert!(NETWORK.contains(from), "{from}");
    project.write("a.org", &NETWORK.replace(from, to));
    let plan = plan(&project, &[]);
    assert_eq!(edits(&plan), expected);
    plan
}

fn commands(plan: &Value) -> Vec<String> {
    texts(&plan["networks"][0]["steps"], "command")
}

/// The guests with something under a key.
fn guests_with(plan: &Value, key: &str) -> Vec<String> {
    let all = plan["networks"][0]["guests"].as_array().unwrap().iter();
    let some = all.filter(|guest| !guest[key].as_array().unwrap().is_empty());
    some.map(|guest| guest["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn nothing_changes_where_nothing_was_edited() {
    let project = written();
    let ran = project.run(&["plan"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "a.org, compared with what was last written\n  nothing changes\n"));
    let plan = check("Some prose.", "Other prose.", &[]);
    assert_eq!((texts(&plan["files"], "path"), plan["networks"].as_array().unwrap().len()), (Vec::new(), 0));
}

#[test]
fn a_guest_that_comes_disturbs_nobody_but_who_asks_dnsmasq_at_that_moment() {
    let plan = check("| wk-2 ", "| wk-3 | 10.42.0.13 | qvm0tap3 | |\n| wk-2 ", &["guest-added wk-3"]);
    assert_eq!(commands(&plan), ["qvm-tangle", "sudo out/up.sh", "out/run-guest.sh wk-3"]);
    assert!(guests_with(&plan, "loses").is_empty() && guests_with(&plan, "boot").is_empty());
    let up = &plan["networks"][0]["steps"][1];
    assert_eq!(up["actor"], "root");
    assert_eq!(up["disturbs"][0], "DHCP and DNS: no answer for a moment, while dnsmasq starts again");
    assert_eq!(up["disturbs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_guest_that_goes_is_shut_down_first() {
    let plan = check("| wk-2  | 10.42.0.12 | qvm0tap2 |                   |\n", "", &["guest-removed wk-2"]);
    let steps = &plan["networks"][0]["steps"];
    assert_eq!(steps[0]["says"], "shut down `wk-2`, if running");
    assert_eq!(steps[0]["because"][0], "`up.sh` does not take `qvm0tap2` away while a guest runs on it");
    let follows = texts(&plan["networks"][0]["follows"], "says").join("\n");
    for part in ["`wk-2.qvm0.lan` leads nowhere", "the lease of 10.42.0.12 is forgotten", "certs/hosts/wk-2` stays"] {
        assert!(follows.contains(part), "{follows}");
    }
}

#[test]
fn a_guest_with_another_address_is_cut_off_only_where_its_mac_address_follows() {
    let moved = check("10.42.0.10", "10.42.0.20", &["guest-renumbered cp"]);
    assert_eq!(guests_with(&moved, "start"), ["cp"]);
    assert_eq!(moved["networks"][0]["guests"][0]["loses"].as_array().unwrap().len(), 4);
    let kept = check("10.42.0.11", "10.42.0.21", &["guest-renumbered wk-1"]);
    assert_eq!(guests_with(&kept, "boot"), ["wk-1"]);
    assert_eq!(kept["networks"][0]["guests"][1]["loses"], Value::from(vec!["services"]));
}

#[test]
fn a_guest_is_the_same_by_its_tap_or_its_mac_address() {
    let plan = check("| wk-2 ", "| worker ", &["guest-renamed worker"]);
    assert_eq!(plan["networks"][0]["guests"][2]["former"], "wk-2");
    assert!(texts(&plan["networks"][0]["follows"], "says").join("\n").contains("QVM_DIR/disks/worker.qcow2"));
    let both = "| worker  | 10.42.0.31 | qvm0tap9 | 02:00:00:00:00:0b |";
    let from = "| wk-1  | 10.42.0.11 | qvm0tap1 | 02:00:00:00:00:0b |";
    check(from, both, &["guest-renamed worker", "guest-renumbered worker"]);
}

#[test]
fn what_only_qemu_is_started_with_needs_no_root() {
    let from = "| MAC               |\n|-------+------------+----------+-------------------|\n\
                | cp    | 10.42.0.10 | qvm0tap0 |                   |";
    let to = "| MAC               | Memory |\n|-------+------------+----------+-------------------|\n\
              | cp    | 10.42.0.10 | qvm0tap0 |                   | 4G |";
    let plan = check(from, to, &["guest-changed cp"]);
    assert_eq!(commands(&plan), ["qvm-tangle", "out/run-guest.sh cp"]);
}

#[test]
fn services_that_move_are_looked_for_at_their_old_address_by_all() {
    let plan =
        check("10.42.0.2 ", "10.42.0.3 ", &["service-moved DHCP", "service-moved DNS", "service-moved cloud-init"]);
    assert_eq!(guests_with(&plan, "loses"), ["cp", "wk-1", "wk-2"]);
    assert_eq!(guests_with(&plan, "start"), ["cp", "wk-1", "wk-2"], "QEMU has the address of the seeds");
    check("| DNS        |           |      |", "| DNS        |           | 5300 |", &["service-moved DNS"]);
    check("| DNS        |           |      |           |\n", "", &["service-removed DNS"]);
}

#[test]
fn another_address_of_the_bridge_is_in_the_way_of_up_sh() {
    let project = written();
    project.write("a.org", &NETWORK.replace("10.42.0.1/24", "10.42.0.254/24").replace("10.42.0.1 ", "10.42.0.254 "));
    let plan = plan(&project, &[]);
    assert_eq!(commands(&plan), ["qvm-tangle", "sudo ip addr del 10.42.0.1/24 dev qvm0", "sudo out/up.sh"]);
    assert_eq!(guests_with(&plan, "boot"), ["cp", "wk-1", "wk-2"]);
}

#[test]
fn another_bridge_is_made_anew_after_the_old_scripts_took_theirs_away() {
    let plan = {
        let project = written();
        project.write("a.org", &NETWORK.replace("qvm0 ", "lab0 ").replace("qvm0\n", "lab0\n"));
        plan(&project, &[])
    };
    assert_eq!(edits(&plan), ["network-renamed lab0", "network-changed lab0"]);
    let steps = &plan["networks"][0]["steps"];
    assert_eq!(steps[0]["actor"], "guest");
    assert_eq!(commands(&plan)[..3], ["sudo out/down.sh", "qvm-tangle", "sudo out/up.sh"]);
    assert_eq!(steps[1]["disturbs"][0], "all guests are cut off, and no service answers");
    assert_eq!(guests_with(&plan, "loses"), ["cp", "wk-1", "wk-2"]);
}

#[test]
fn terms_of_the_bridge_list_and_further_names_are_told() {
    let term = |term: &str| format!("- Subnet :: 10.42.0.1/24\n- {term}");
    for (added, what) in
        [("Host access :: 22", "host access"), ("Pin :: address", "pin"), ("Domain :: x.lan", "domain")]
    {
        let plan = check("- Subnet :: 10.42.0.1/24", &term(added), &["network-changed qvm0"]);
        assert_eq!(plan["networks"][0]["edits"][0]["values"][0]["what"], what);
        assert!(commands(&plan).contains(&"sudo out/up.sh".to_owned()));
    }
    let keys = check("- Subnet :: 10.42.0.1/24", &term("SSH key :: ~/.ssh/x.pub"), &["network-changed qvm0"]);
    assert_eq!(guests_with(&keys, "boot"), ["cp", "wk-1", "wk-2"]);
    let reserved =
        check("- Subnet :: 10.42.0.1/24", &term("Reserved :: 10.42.0.200-10.42.0.220"), &["network-changed qvm0"]);
    assert!(commands(&reserved).is_empty(), "nothing on the host depends on it");
    let names = "Some prose.\n\n#+NAME: names\n| Name | IP |\n|--+--|\n| api | 10.42.0.10 |\n";
    check("Some prose.\n", names, &["name-added api.qvm0.lan"]);
}

#[test]
fn published_ports_and_shared_folders_are_told() {
    let ports = |row: &str| format!("Some prose.\n\n#+NAME: publish\n| Publish | Guest | Port |\n|--+--+--|\n{row}\n");
    check("Some prose.\n", &ports("| 8443 | cp | 443 |"), &["port-added 8443/tcp"]);
    let shares =
        "Some prose.\n\n#+NAME: exports\n| Export | Path | Guests | Mode |\n|--+--+--+--|\n| data | x | cp | rw |\n";
    let nfs = NETWORK.replace("| DNS ", "| NFS        |           |      |           |\n| DNS ");
    let project = Project::new().file("qvm-tangle.toml", CONFIG).file("a.org", &nfs);
    assert_eq!(project.run(&["--quiet"]).code, 0);
    project.write("a.org", &nfs.replace("Some prose.\n", shares));
    assert_eq!(edits(&plan(&project, &[])), ["export-added data"]);
}

#[test]
fn a_first_compilation_is_a_plan_for_all_of_it() {
    let project = project();
    let ran = project.run(&["plan"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("a.org, compared with nothing: it was never written here\n"), "{}", ran.out);
    let plan = plan(&project, &[]);
    assert_eq!(edits(&plan).len(), 7);
    assert_eq!(commands(&plan), ["qvm-tangle", "sudo out/up.sh", "out/run-guest.sh cp"]);
    assert!(!project.has("out"), "a plan writes nothing");
}

#[test]
fn without_a_memory_the_newest_revision_counts_and_any_may_be_named() {
    let project = committed();
    project.write("a.org", &NETWORK.replace("10.42.0.10", "10.42.0.20"));
    let newest = plan(&project, &[]);
    assert_eq!((newest["against"].as_str(), edits(&newest)), (Some("HEAD"), vec!["guest-renumbered cp".to_owned()]));
    assert_eq!(texts(&newest["files"], "path").len(), 7, "{}", newest["files"]);
    git(&project, &["commit", "--quiet", "--all", "--message", "second"]);
    assert_eq!(edits(&plan(&project, &[])), Vec::<String>::new());
    let earlier = plan(&project, &["--against", "HEAD~1"]);
    assert_eq!(edits(&earlier), ["guest-renumbered cp"]);
    // The index and the work tree are as they were.
    assert_eq!(project.run(&["plan", "--against", "HEAD~1", "a.org"]).code, 0);
    let status =
        Command::new("git").args(["status", "--short", "a.org"]).current_dir(project.path("")).output().unwrap();
    assert!(status.stdout.is_empty());
}

#[test]
fn a_revision_has_its_own_templates_and_configuration() {
    let project = committed();
    project.write("templates/notes.txt.text.j2", "{{ bridge.name }}\n");
    assert_eq!(texts(&plan(&project, &["--against", "HEAD"])["files"], "path"), ["out/notes.txt"]);
}

#[test]
fn no_revision_and_no_repository_are_said_in_so_many_words() {
    let project = committed();
    for revision in ["nonsense", "--all", "HEAD:a.org"] {
        let ran = project.run(&["plan", &format!("--against={revision}")]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(&format!("git has no revision `{revision}` here")), "{}", ran.err);
    }
    let project = written();
    project.forget_state();
    let ran = project.run(&["plan"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("there is nothing to compare it with"), "{}", ran.err);
    assert!(project.run(&["plan", "--against", "HEAD"]).err.contains("no git work tree"));
}

#[test]
fn a_renamed_document_is_compared_with_what_it_was() {
    let project = written();
    project.write("qvm-tangle.toml", &CONFIG.replace("a.org", "b.org"));
    std::fs::rename(project.path("a.org"), project.path("b.org")).unwrap();
    project.write("b.org", &NETWORK.replace("10.42.0.10", "10.42.0.20"));
    assert_eq!(edits(&plan(&project, &[])), ["guest-renumbered cp"]);
    let project = committed();
    project.write("qvm-tangle.toml", &CONFIG.replace("a.org", "b.org"));
    std::fs::rename(project.path("a.org"), project.path("b.org")).unwrap();
    assert_eq!(edits(&plan(&project, &["--against", "HEAD"])), Vec::<String>::new());
}

#[test]
fn each_document_of_a_run_has_its_plan() {
    let project = written().file("qvm-tangle.toml", &CONFIG.replace("\"a.org\"", "\"a.org\", \"notes.org\""));
    project.write("notes.org", "#+begin_src sh :tangle notes.sh\ntrue\n#+end_src\n");
    project.write("a.org", &NETWORK.replace("| wk-2 ", "| worker "));
    let all = json(&project.run(&["plan", "--format", "json"]));
    let documents = all["documents"].as_array().unwrap();
    assert_eq!(documents.iter().map(|it| it["path"].as_str().unwrap()).collect::<Vec<_>>(), ["a.org", "notes.org"]);
    assert_eq!(texts(&documents[1]["files"], "kind"), ["added"]);
    assert_eq!(documents[1]["compile"], "qvm-tangle");
}

#[test]
fn unsaved_text_is_planned() {
    let project = written();
    let text = NETWORK.replace("10.42.0.10", "10.42.0.20");
    let ran = project.run_with_input(&["plan", "--format", "json", "--stdin-filename", "a.org", "-"], &text);
    assert_eq!(edits(&json(&ran)["documents"][0]), ["guest-renumbered cp"]);
}

#[test]
fn a_document_with_errors_has_no_plan() {
    let project = written();
    project.write("a.org", &NETWORK.replace("10.42.0.11", "10.42.0.10"));
    let ran = project.run(&["plan"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("error[duplicate-address]"), "{}", ran.err);
}

#[test]
fn the_kept_text_is_private_and_the_one_of_the_last_write() {
    let project = written();
    let kept = |project: &Project| {
        let entries = std::fs::read_dir(project.state("texts")).map(|all| all.flatten().map(|it| it.path()).collect());
        entries.unwrap_or_else(|_| Vec::new())
    };
    let [file] = &kept(&project)[..] else { panic!("one text is kept") };
    let text = || std::fs::read_to_string(file).unwrap().split_once('\n').unwrap().1.to_owned();
    assert_eq!(text(), NETWORK);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(project.state("texts").metadata().unwrap().permissions().mode() & 0o777, 0o700);
    // A document with an error is not written, and its text not kept.
    project.write("a.org", &NETWORK.replace("10.42.0.11", "10.42.0.10"));
    assert_eq!(project.run(&[]).code, 1);
    assert_eq!(text(), NETWORK);
    // One without a network is none that anybody plans.
    project.write("a.org", "nothing\n");
    assert_eq!(project.run(&["--force"]).code, 0);
    assert!(kept(&project).is_empty());
    // One that is too long is not kept.
    project.write("a.org", &format!("{NETWORK}\n{}\n", "# long\n".repeat(200_000)));
    assert_eq!(project.run(&[]).code, 0);
    assert!(kept(&project).is_empty());
}

#[test]
fn a_kept_text_that_is_not_whole_is_none() {
    let project = written();
    project.write("a.org", &NETWORK.replace("10.42.0.11", "10.42.0.21"));
    assert_eq!(edits(&plan(&project, &[])), ["guest-renumbered wk-1"]);
    let file = std::fs::read_dir(project.state("texts")).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    let zeros = [&whole[..200], &vec![0; whole.len() - 200]].concat();
    for torn in [&b""[..], &whole[..200], &whole[..whole.len() - 1], &zeros, &vec![0; whole.len()], NETWORK.as_bytes()]
    {
        std::fs::write(&file, torn).unwrap();
        let ran = project.run(&["plan"]);
        assert_eq!(ran.code, 2, "{}", torn.len());
        assert!(ran.err.contains("there is nothing to compare it with"), "{}", ran.err);
    }
    // The next write makes it anew.
    assert_eq!(project.run(&[]).code, 0);
    project.write("a.org", &NETWORK.replace("10.42.0.11", "10.42.0.31"));
    assert_eq!(edits(&plan(&project, &[])), ["guest-renumbered wk-1"]);
}

#[test]
fn markdown_is_a_comment_and_other_formats_are_refused() {
    let project = written();
    project.write("a.org", &NETWORK.replace("| wk-2 ", "| worker "));
    let ran = project.run(&["plan", "--format", "markdown"]);
    assert_eq!(ran.code, 0);
    for part in [
        "### Plan for `a.org`\n",
        "| guest `worker` | renamed | name wk-2 -> worker |\n",
        "**What to do**\n",
        "</details>\n",
    ] {
        assert!(ran.out.contains(part), "{}", ran.out);
    }
    for format in ["short", "sarif", "github"] {
        assert_eq!(project.run(&["plan", "--format", format]).code, 2);
    }
    assert_eq!(project.run(&["check", "--format", "markdown"]).code, 2);
}

#[test]
fn the_json_is_as_its_schema_says() {
    let project = written();
    project.write("a.org", &NETWORK.replace("10.42.0.10", "10.42.0.20"));
    let schema: Value = serde_json::from_str(&project.run(&["show", "plan-schema"]).out).unwrap();
    let said = json(&project.run(&["plan", "--format", "json"]));
    let places = [
        (&schema["properties"], &said),
        (&schema["$defs"]["PlanEntry"]["properties"], &said["documents"][0]),
        (&schema["$defs"]["NetworkEntry"]["properties"], &said["documents"][0]["networks"][0]),
        (&schema["$defs"]["StepEntry"]["properties"], &said["documents"][0]["networks"][0]["steps"][0]),
        (&schema["$defs"]["GuestEntry"]["properties"], &said["documents"][0]["networks"][0]["guests"][0]),
    ];
    for (known, object) in places {
        for key in object.as_object().unwrap().keys() {
            assert!(known.get(key).is_some(), "the schema does not know `{key}`");
        }
    }
}

#[test]
fn a_host_is_asked_only_by_scripts_that_somebody_trusts() {
    let ran = written().run(&["plan", "--host"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("is not trusted"), "{}", ran.err);
}
