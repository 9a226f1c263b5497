//! What a host lacks of a network, by the answers of `status.sh` and of a dry run of `up.sh`, and what to do about it.

use super::state::Circumstances;
use super::steps::{Actor, PlannedStep, compile, up};
use crate::network::Network;

/// What a host lacks of a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostView {
    /// How many facts hold.
    pub holds: usize,
    /// The facts that do not, as `status.sh` says them.
    pub lacks: Vec<String>,
    /// The commands that `up.sh` would run.
    pub runs: Vec<String>,
    /// Why it would stop there.
    pub refuses: Option<String>,
}

/// What to do so that the host has all of a network.
pub(super) fn steps(network: &Network, view: &HostView, circumstances: &Circumstances) -> Vec<PlannedStep> {
    let bridge = network.bridge.name.value.as_str();
    let mut steps: Vec<PlannedStep> = shut_down(view).into_iter().collect();
    steps.extend(compile(circumstances));
    steps.extend(take_address_off(view, bridge));
    if !view.runs.is_empty() || view.refuses.is_some() {
        let because = match view.runs.len() {
            0 => "does what is missing".to_owned(),
            number => format!("runs {}", count(number)),
        };
        steps.push(up(circumstances, vec![because], disturbed(view)));
    }
    steps.extend(boot(view));
    steps.extend(renew_boot_copy(view, circumstances));
    steps
}

fn count(number: usize) -> String {
    if number == 1 { "1 command".to_owned() } else { format!("{number} commands") }
}

/// What stands between two words in a fact that does not hold.
fn between<'a>(view: &'a HostView, before: &str, after: &str) -> Option<&'a str> {
    let part = |fact: &'a String| fact.split_once(before)?.1.split(after).next();
    view.lacks.iter().find_map(part)
}

fn shut_down(view: &HostView) -> Option<PlannedStep> {
    let left = between(view, "of what has gone from the document there is none, not ", ":")?;
    let names: Vec<String> = left.split_whitespace().map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    Some(PlannedStep {
        says: format!("shut down the guests on {names}, if running"),
        command: None,
        actor: Actor::Guest,
        because: vec![format!("`up.sh` does not take {names} away while a guest runs there")],
        disturbs: vec![format!("the guests on {names}")],
    })
}

fn take_address_off(view: &HostView, bridge: &str) -> Option<PlannedStep> {
    let found = between(view, &format!("{bridge} has the address "), ":")?;
    let (wanted, present) = found.split_once(", not ")?;
    let because = vec![format!("`up.sh` gives `{bridge}` the address {wanted} only where it has no other")];
    Some(PlannedStep {
        says: format!("take the old address off `{bridge}`"),
        command: Some(format!("sudo ip addr del {present} dev {bridge}")),
        actor: Actor::Root,
        because,
        disturbs: vec!["all guests: host and outside are out of reach until `up.sh` has run".to_owned()],
    })
}

fn disturbed(view: &HostView) -> Vec<String> {
    let mut all = Vec::new();
    for command in &view.runs {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words[..] {
            ["ip", "link", "delete", "dev", name] => all.push(format!("what is plugged into `{name}` is cut off")),
            ["ip", "-n", _, "addr", "del", address, ..] => all.push(format!("no service is at {address} any more")),
            ["nft", "-f", _] => all.push(
                "a guest that runs with another MAC or IP address than the document's is cut off, or loses what it may \
                 not reach; nobody else loses a packet"
                    .to_owned(),
            ),
            _ => all.extend(restarted(command)),
        }
    }
    all
}

fn restarted(command: &str) -> Option<String> {
    let programs = [
        ("dnsmasq --keep-in-foreground", "DHCP and DNS: no answer for a moment, while dnsmasq starts"),
        ("seed-server.py ", "cloud-init: no answer for a moment, while the server of the seeds starts"),
        ("ganesha.nfsd -F", "NFS: no answer for a moment, while nfs-ganesha starts"),
    ];
    let known = programs.into_iter().find(|(program, _)| command.contains(program) && command.contains("setpriv"));
    known.map(|(_, says)| says.to_owned())
}

fn boot(view: &HostView) -> Option<PlannedStep> {
    let waits = |fact: &String| fact.split_once(" runs with its newest seed").map(|(guest, _)| format!("`{guest}`"));
    let names: Vec<String> = view.lacks.iter().filter_map(waits).collect();
    let names = names.join(", ");
    (!names.is_empty()).then(|| PlannedStep {
        says: format!("boot {names} again"),
        command: None,
        actor: Actor::Guest,
        because: vec!["the seed that it runs with is not its newest".to_owned()],
        disturbs: vec![names.clone()],
    })
}

fn renew_boot_copy(view: &HostView, circumstances: &Circumstances) -> Option<PlannedStep> {
    view.lacks.iter().find(|fact| fact.starts_with("what comes up at boot is what lies here"))?;
    let renewed = up(circumstances, vec!["root's copy, which comes up at boot, is older".to_owned()], Vec::new());
    Some(PlannedStep { command: renewed.command.map(|command| format!("{command} --boot")), ..renewed })
}

#[cfg(test)]
mod tests {
    use super::{HostView, disturbed, shut_down, take_address_off};

    fn view(lacks: &str, runs: &str) -> HostView {
        HostView { lacks: vec![lacks.to_owned()], runs: vec![runs.to_owned()], ..HostView::default() }
    }

    #[test]
    fn facts_that_do_not_hold_say_what_up_sh_would_refuse() {
        let gone = view("of what has gone from the document there is none, not qvm0tap2: run sudo ./bridge-up.sh", "");
        assert!(shut_down(&gone).unwrap().says.contains("`qvm0tap2`"));
        let moved = view("qvm0 has the address 10.42.0.1/24, not 10.42.0.9/24: run sudo ./bridge-up.sh", "");
        let step = take_address_off(&moved, "qvm0").unwrap();
        assert_eq!(step.command.as_deref(), Some("sudo ip addr del 10.42.0.9/24 dev qvm0"));
        let absent = view("qvm0 has the address 10.42.0.1/24: run sudo ./bridge-up.sh", "");
        assert_eq!(take_address_off(&absent, "qvm0"), None);
    }

    #[test]
    fn commands_say_whom_they_disturb() {
        assert_eq!(disturbed(&view("", "sysctl -qw net.ipv4.ip_forward=1")), Vec::<String>::new());
        assert!(disturbed(&view("", "ip link delete dev qvm0tap2"))[0].contains("qvm0tap2"));
        assert!(disturbed(&view("", "setpriv --x dnsmasq --keep-in-foreground --user=dnsmasq"))[0].contains("DHCP"));
    }
}
