//! The documents that every run of the tests rehearses.

use std::fs;
use std::process::Command;

use super::{Project, Ran, ran, repository, three_guests};

/// Facts that hold, that do not, and that were not tried, as the last line says.
#[track_caller]
fn counts(ran: &Ran) -> [usize; 3] {
    let last = ran.err.lines().last().unwrap_or_default();
    let numbers: Vec<usize> = last.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers.len(), 3, "no counts:\n{}", ran.err);
    [numbers[0], numbers[1], numbers[2]]
}

fn rehearsed(document: &str) -> Ran {
    let project = Project::new(&fs::read_to_string(repository(document)).unwrap());
    project.run(&["rehearse", "--trust", "network.org"])
}

/// Its own blocks for certificates ask this openssl for what only a newer one has; all else holds.
#[test]
fn the_persons() {
    let ran = rehearsed("tests/fixtures/seed/network.org");
    assert_eq!(ran.code, 3, "{}", ran.err);
    for place in ["network.org:92:3", "network.org:112:3", "network.org:146:3"] {
        assert!(ran.err.contains(place), "{place} is not named:\n{}", ran.err);
    }
    let [hold, fail, _] = counts(&ran);
    assert!(hold > 100 && fail == 3, "{}", ran.err);
}

#[test]
fn the_repositorys() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qvm-tangle"));
    let ran = ran(command.args(["rehearse", "--trust", "org/network.org"]).current_dir(repository("")));
    assert_eq!((ran.code, counts(&ran)[1..].to_vec()), (0, vec![0, 5]), "{}", ran.err);
    assert!(counts(&ran)[0] > 130, "{}", ran.err);
}

#[test]
fn the_one_that_init_writes() {
    let ran = rehearsed("src/cli/init/network.org");
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
    assert!(counts(&ran)[0] > 80, "{}", ran.err);
}

#[test]
fn one_with_several_interfaces_of_services() {
    let ran = rehearsed("tests/network/documents/other-names.org");
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
}

#[test]
fn one_whose_guests_reach_ports_of_the_host() {
    for (access, claim) in [("on", "any port"), ("22, 53/udp", "port 53/udp"), ("22, 53/udp", "port 22/tcp")] {
        let document = three_guests().replace("- Subnet ::", &format!("- Host access :: {access}\n- Subnet ::"));
        let ran = Project::new(&document).run(&["rehearse", "--trust", "--format", "junit", "network.org"]);
        assert_eq!(ran.code, 0, "{}", ran.out);
        assert!(ran.out.contains(&format!("`cp` reaches {claim} of the host")), "{}", ran.out);
    }
}

#[test]
fn one_with_published_ports() {
    let ran = rehearsed("tests/network/documents/publish.org");
    assert_eq!((ran.code, counts(&ran)[1..].to_vec()), (0, vec![0, 5]), "{}", ran.err);
}

#[test]
fn one_with_large_packets() {
    let ran = rehearsed("tests/network/documents/mtu.org");
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
    assert!(counts(&ran)[0] > 90, "{}", ran.err);
}

/// Each whole network that a page shows, as one would copy it.
#[test]
fn those_of_the_book() {
    let mut count = 0;
    for page in ["kubernetes", "from-scripts"] {
        let text = fs::read_to_string(repository(&format!("docs/src/how-to/{page}.md"))).unwrap();
        let examples = text.split("```org\n").skip(1).filter_map(|rest| rest.split("```").next());
        for example in examples.filter(|example| example.contains("- Subnet ::")) {
            let ran = Project::new(example).run(&["rehearse", "--trust", "network.org"]);
            assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{page}\n{}", ran.err);
            assert!(counts(&ran)[0] > 80, "{page}\n{}", ran.err);
            count += 1;
        }
    }
    assert_eq!(count, 3, "networks in the pages");
}

/// What lies elsewhere is nothing that the machine has.
#[test]
fn one_with_a_file_elsewhere() {
    let document = format!("{}\n#+begin_src conf :tangle ../elsewhere.conf\na = 1\n#+end_src\n", three_guests());
    let project = Project::new("");
    project.write("below/network.org", &document);
    let allowed = ["--allow-outside", "."];
    let ran = project.run(&[&["rehearse", "--trust"], &allowed[..], &["below/network.org"]].concat());
    assert_eq!(counts(&ran)[1..], [0, 6], "{}", ran.err);
    assert!(ran.err.contains("not tried: 1 fact: it lies outside the folder of the scripts"), "{}", ran.err);
}

/// A person without numbers of users of their own, whom nobody can give any.
#[test]
fn one_of_a_person_who_is_the_only_user() {
    let project = Project::new(&three_guests());
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", env!("CARGO_BIN_EXE_qvm-tangle"), "rehearse", "--trust", "network.org"]);
    let ran = ran(command.current_dir(project.path("")).env("HOME", project.path("home")));
    assert_eq!((ran.code, counts(&ran)[1..].to_vec()), (0, vec![0, 6]), "{}", ran.err);
    assert!(ran.err.contains("there is one user alone: install uidmap"), "{}", ran.err);
}

#[test]
fn one_without_services() {
    let document = "- Name :: =qvm0=\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
        | a | 10.42.0.10 | qvm0tap0 |\n| b | 10.42.0.11 | qvm0tap1 |\n";
    let ran = Project::new(document).run(&["rehearse", "--trust", "network.org"]);
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
}

#[test]
fn one_of_sixty_guests() {
    let rows = (10..70).map(|n| format!("| g{n} | 10.42.0.{n} | qvm0tap{n} |\n")).collect::<Vec<_>>().concat();
    let services = "| Service | IP | Port | Interface |\n|---+---+---+---|\n| Gateway | 10.42.0.1 | | qvm0 |\n|---+---+---+---|\n\
        | DHCP | 10.42.0.2 | | veth0 |\n| DNS | | 5300 | |\n| NFS | | | |\n| cloud-init | | | |\n";
    let document = format!(
        "- Name :: =qvm0=\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n{rows}\n{services}"
    );
    let ran = Project::new(&document).run(&["rehearse", "--trust", "network.org"]);
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
    assert!(counts(&ran)[0] > 60 * 30, "{}", ran.err);
}

/// Pods of its guests reach each other, the outside and DNS, and no seeds.
#[test]
fn one_whose_guests_have_pods() {
    let document = fs::read_to_string(repository("tests/network/documents/kubernetes.org")).unwrap();
    let ran = Project::new(&document).run(&["rehearse", "--trust", "--format", "junit", "network.org"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    for claim in [
        "`server` reaches the pods of `node-0`",
        "a pod of `node-0` reaches one of another guest",
        "a pod of `node-1` reaches the outside, as the host",
        "a pod of `node-1` reaches no seeds",
        "`server` with an address of the pods of `node-0` reaches nobody",
    ] {
        assert!(ran.out.contains(claim), "{claim} is no fact:\n{}", ran.out);
    }
}

/// Folders of the host are there, and nothing of what is in them.
#[test]
fn one_that_shares_folders() {
    let ran = rehearsed("tests/network/documents/exports.org");
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
}

#[test]
fn those_with_ipv6() {
    for (document, claim) in [
        ("dual-stack", "reaches the outside by IPv6, from the host&#39;s address"),
        ("routed-prefix", "reaches the outside by IPv6, from its own address"),
    ] {
        let project =
            Project::new(&fs::read_to_string(repository(&format!("tests/network/documents/{document}.org"))).unwrap());
        let ran = project.run(&["rehearse", "--trust", "--format", "junit", "network.org"]);
        assert_eq!(ran.code, 0, "{}", ran.out);
        for claim in [claim, "reaches the gateway by IPv6", "asked by IPv6", "from no other address than its own"] {
            assert!(ran.out.contains(claim), "{claim}: {}", ran.out);
        }
    }
}

#[test]
fn one_of_several_networks() {
    let ran = rehearsed("tests/network/documents/two-labs.org");
    assert_eq!((ran.code, counts(&ran)[1]), (0, 0), "{}", ran.err);
    assert!(counts(&ran)[0] > 300, "{}", ran.err);
    let project = Project::new(&fs::read_to_string(repository("tests/network/documents/two-labs.org")).unwrap());
    let kept = project.run(&["rehearse", "--trust", "--keep", "network.org"]);
    assert!(kept.code == 2 && kept.err.contains("one rehearsal can be kept"), "{}", kept.err);
}
