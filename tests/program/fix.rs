//! `fix`: the edits of diagnostics as one patch, and made with `--write`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::Project;

/// A port that DHCP cannot have, which is safe to remove, and an address of another subnet, for which there is a guess.
const MISTAKEN: &str = "- Name :: qvm0\n- Subnet :: 192.168.7.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
    | cp | 192.168.8.10 | qvm0tap0 |\n\n| Service | IP | Port | Interface |\n|---+---+---+---|\n\
    | DHCP | 192.168.7.2 | 68 | veth0 |\n\n| x|1 |\n";

/// The same with the safe edit made.
const SAFE: &str = "- Name :: qvm0\n- Subnet :: 192.168.7.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
    | cp | 192.168.8.10 | qvm0tap0 |\n\n| Service |          IP | Port | Interface |\n\
    |---------+-------------+------+-----------|\n| DHCP    | 192.168.7.2 |      | veth0     |\n\n| x|1 |\n";

#[test]
fn safe_edits_are_shown_as_a_patch_and_made_with_write() {
    let project = Project::new().file("a.org", MISTAKEN);
    let ran = project.run(&["fix", "a.org"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.starts_with("--- a/a.org\n+++ b/a.org\n@@"), "{}", ran.out);
    assert!(ran.out.contains("-| DHCP | 192.168.7.2 | 68 | veth0 |\n"), "{}", ran.out);
    assert_eq!(
        ran.err,
        "1 edit would be made; --write does it; 1 more with --unsafe, which may change what the document means\n"
    );
    assert_eq!(project.read("a.org"), MISTAKEN);

    let ran = project.run(&["fix", "--write", "a.org"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("error[address-outside-subnet]"), "{}", ran.err);
    assert!(ran.err.contains("made 1 edit; 1 more with --unsafe"), "{}", ran.err);
    assert_eq!(project.read("a.org"), SAFE);
    assert!(!project.has("up.sh"), "fix writes outputs");
}

#[test]
fn unsafe_edits_are_made_when_asked_for_until_nothing_is_left() {
    let project = Project::new().file("a.org", MISTAKEN);
    let ran = project.run(&["fix", "--unsafe", "--write", "a.org"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "made 2 edits\n"));
    assert!(project.read("a.org").contains("| cp    | 192.168.7.10 | qvm0tap0 |\n"), "{}", project.read("a.org"));
    let ran = project.run(&["fix", "--unsafe", "a.org"]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "", "nothing to fix\n"));

    // Two errors, one after the other: the table is read once its column has its name.
    let hidden = MISTAKEN.replace("| Guest | IP | TAP |", "| Guest | IP | TPA |");
    let project = Project::new().file("a.org", &hidden);
    assert_eq!(project.run(&["fix", "--unsafe", "--write", "a.org"]).err, "made 3 edits\n");
    assert_eq!(project.run(&["a.org"]).code, 0);
}

#[test]
fn encoding_line_ends_and_mode_stay_and_no_document_is_changed_if_one_cannot_be() {
    let project = Project::new();
    let dos = format!("\u{feff}{}", MISTAKEN.replace('\n', "\r\n"));
    fs::write(project.path("dos.org"), &dos).unwrap();
    fs::set_permissions(project.path("dos.org"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(project.run(&["fix", "--write", "dos.org"]).code, 1);
    assert!(project.read("dos.org").starts_with("\u{feff}- Name :: qvm0\r\n"), "{:?}", project.read("dos.org"));
    assert!(project.read("dos.org").contains("|      | veth0"), "{:?}", project.read("dos.org"));
    assert_eq!(project.mode("dos.org"), 0o640);

    fs::write(project.path("latin.org"), [MISTAKEN.as_bytes(), b"\nStra\xdfe\n"].concat()).unwrap();
    project.write("a.org", MISTAKEN);
    let before = project.snapshot();
    let ran = project.run(&["fix", "--write", "a.org", "latin.org"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("latin.org") && ran.err.contains("not UTF-8"), "{}", ran.err);
    assert!(project.snapshot() == before);
}

#[test]
fn a_link_that_leads_elsewhere_is_not_written_through() {
    let project = Project::new().file("real/a.org", MISTAKEN);
    fs::create_dir(project.path("docs")).unwrap();
    std::os::unix::fs::symlink("../real/a.org", project.path("docs/a.org")).unwrap();
    let ran = project.run(&["fix", "--write", "docs/a.org"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_eq!(project.read("real/a.org"), MISTAKEN);
}
