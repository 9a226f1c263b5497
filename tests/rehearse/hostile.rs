//! A document that means harm: it may do in the machine what it likes, and reaches nothing of the person's.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::process::Command;

use super::{Project, ran, three_guests};

/// Looks for everything that a script could want of the person's, and says what it has found by failing with it.
const THIEF: &str = r#"#!/usr/bin/env bash
found=()
for path in "$SECRET_HOME" "$SECRET_SOCKET" /root/.ssh /home/*/.ssh/id_* /run/user /run/dbus /run/systemd /run/docker.sock \
  /var/run/docker.sock /var/lib/* /tmp/* /mnt/* /media /srv /boot /opt /etc/shadow /etc/ssh/ssh_host_ed25519_key /dev/kvm /dev/sda \
  /dev/kmsg /dev/tty /proc/1/root/tests; do
  [[ ! -e $path || $path == /home/person/* || $path == /var/lib/qvm ]] || found+=("$path")
done
[[ -z ${SECRET_TOKEN-} ]] || found+=(environment)
for fd in /proc/self/fd/*; do
  [[ $(readlink "$fd") != *secret* ]] || found+=("descriptor ${fd##*/}")
done
for port in "$(cat /proc/net/tcp | wc -l)"; do :; done
if (exec 3<>/dev/tcp/127.0.0.1/PORT) 2>/dev/null; then found+=(network); fi
for file in /usr/bin/stolen /etc/../usr/stolen /proc/sys/kernel/hostname-of-host /sys/kernel/stolen; do
  if (: >"$file") 2>/dev/null; then found+=("wrote $file"); fi
done
mount -o remount,rw,bind /usr 2>/dev/null && touch /usr/stolen 2>/dev/null && found+=('wrote /usr')
((${#found[@]} == 0)) || { echo "FOUND ${found[*]}" >&2; false; exit 1; }
# Nothing was found: say so by the same way, so that silence is no proof.
echo "NOTHING FOUND" >&2
exit 1
"#;

#[test]
fn a_script_reaches_nothing_of_the_persons() {
    let project = Project::new("");
    fs::create_dir_all(project.path("home/.ssh")).unwrap();
    project.write("home/.ssh/id_ed25519", "secret");
    let _socket = UnixListener::bind(project.path("secret.socket")).unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let thief = THIEF
        .replace("$SECRET_HOME", &project.path("home/.ssh/id_ed25519").display().to_string())
        .replace("$SECRET_SOCKET", &project.path("secret.socket").display().to_string())
        .replace("PORT", &port);
    project
        .write("network.org", &format!("{}\n#+begin_src sh :tangle setup-host.sh\n{thief}#+end_src\n", three_guests()));
    // A descriptor and a variable that the program inherits, as from a careless shell.
    project.write("secret.txt", "secret");
    let mut command = Command::new("bash");
    let program = env!("CARGO_BIN_EXE_qvm-tangle");
    command.args(["-c", "exec 7<secret.txt; exec \"$0\" rehearse --trust network.org", program]);
    command.current_dir(project.path("")).env("SECRET_TOKEN", "secret").env("HOME", project.path("home"));
    let ran = ran(&mut command);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("NOTHING FOUND"), "{}", ran.err);
    assert!(!ran.err.contains("; FOUND") && !ran.err.contains(": FOUND"), "{}", ran.err);
}

/// Takes what there is of memory and processes, and says how much that was.
const GLUTTON: &str = r#"#!/usr/bin/env bash
head -c 2G /dev/zero >/tmp/zeros 2>/dev/null || true
kib=$(du -k /tmp/zeros | cut -f 1)
((kib <= 524288)) || echo "TOOK $kib KiB" >&2
(($(ulimit -u) <= 10000)) || echo "TOOK $(ulimit -u) processes" >&2
(($(ulimit -v) <= 4194304)) || echo "TOOK $(ulimit -v) KiB for one" >&2
rm -f /tmp/zeros
echo "HAD ENOUGH" >&2
exit 1
"#;

#[test]
fn a_script_does_not_take_all_that_the_host_has() {
    let document = format!("{}\n#+begin_src sh :tangle setup-host.sh\n{GLUTTON}#+end_src\n", three_guests());
    let ran = Project::new(&document).run(&["rehearse", "--trust", "network.org"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("HAD ENOUGH") && !ran.err.contains("TOOK "), "{}", ran.err);
}

#[test]
fn a_script_that_does_not_stop_speaking_is_stopped() {
    let endless = "#!/usr/bin/env bash\nexec yes\n";
    let document = format!("{}\n#+begin_src sh :tangle up.sh\n{endless}#+end_src\n", three_guests());
    let ran = Project::new(&document).run(&["rehearse", "--trust", "network.org"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("status 124"), "{}", &ran.err[..ran.err.len().min(2000)]);
}

#[test]
fn a_folder_that_nobody_trusts_is_not_rehearsed() {
    let ran = Project::new(&three_guests()).run(&["rehearse", "network.org"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("is not trusted") && ran.err.contains("qvm-tangle trust"), "{}", ran.err);
}
