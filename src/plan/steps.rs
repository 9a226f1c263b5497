//! What to do, in order: each step with its reason, who can do it, and whom it disturbs.

use std::collections::BTreeSet;

use super::outlook::{GuestOutlook, Stay};
use super::reach::Peer;
use super::state::Circumstances;
use crate::network::Network;
use crate::network::schema::{CLOUD_INIT, DHCP, DNS, NFS, ServiceSchema};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// What to do, in words.
    pub says: String,
    /// What to type; nothing where it is done otherwise.
    pub command: Option<String>,
    /// Who does it.
    pub actor: Actor,
    /// Why.
    pub because: Vec<String>,
    /// Who notices, and what; nobody where it is empty.
    pub disturbs: Vec<String>,
}

/// Who can do a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Any user: the one whom guests and certificates belong to.
    Person,
    /// Root, on the host.
    Root,
    /// Who is in the guest, or at its QEMU.
    Guest,
}

impl Actor {
    /// What programs call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Root => "root",
            Self::Guest => "guest",
        }
    }
}

/// A network where none was.
pub(super) fn of_new(new: &Network, circumstances: &Circumstances) -> Vec<PlannedStep> {
    let mut steps: Vec<PlannedStep> = compile(circumstances).into_iter().collect();
    steps.push(up(circumstances, vec![format!("brings `{}` up, with all that belongs to it", name(new))], Vec::new()));
    if let Some(first) = new.guests.first() {
        let command = format!("{}run-guest.sh {}", here(circumstances), first.name.value);
        steps.push(PlannedStep {
            says: "start the guests".to_owned(),
            command: Some(command),
            actor: Actor::Person,
            because: vec!["nothing of the network starts them".to_owned()],
            disturbs: Vec::new(),
        });
    }
    steps
}

/// An edit of a network whose bridge keeps its name.
pub(super) fn of_edit(stay: &Stay<'_>, guests: &[GuestOutlook], circumstances: &Circumstances) -> Vec<PlannedStep> {
    let carried = reasons_for_up(stay);
    let mut steps: Vec<PlannedStep> = shut_down(guests).into_iter().collect();
    steps.extend(old_namespace(stay, circumstances));
    steps.extend(compile(circumstances));
    steps.extend(take_address_off(stay, guests));
    if !carried.is_empty() {
        steps.push(up(circumstances, carried, disturbed_by_up(stay, guests)));
    }
    steps.extend(start(guests, circumstances));
    steps.extend(boot(guests));
    steps.extend(start_new(stay, guests, circumstances));
    steps
}

/// Guests that were not there before.
fn start_new(stay: &Stay<'_>, guests: &[GuestOutlook], circumstances: &Circumstances) -> Vec<PlannedStep> {
    let known: BTreeSet<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
    let names = stay.new.guests.iter().map(|guest| guest.name.value.as_str());
    let step = |name: &str| PlannedStep {
        says: format!("start `{name}`"),
        command: Some(format!("{}run-guest.sh {name}", here(circumstances))),
        actor: Actor::Person,
        because: vec!["it is new".to_owned()],
        disturbs: Vec::new(),
    };
    names.filter(|name| !known.contains(name)).map(step).collect()
}

/// Another name of the bridge.
pub(super) fn of_renaming(old: &Network, guests: &[GuestOutlook], circumstances: &Circumstances) -> Vec<PlannedStep> {
    let because =
        format!("what these scripts have made is marked with `{}`, and the new ones do not touch it", name(old));
    let mut steps = end(old, guests, circumstances, because);
    steps.extend(compile(circumstances));
    steps.push(up(circumstances, vec!["makes all of it anew, under the new name".to_owned()], Vec::new()));
    steps.extend(start(guests, circumstances));
    steps
}

/// A network that leaves the document.
pub(super) fn of_end(old: &Network, guests: &[GuestOutlook], circumstances: &Circumstances) -> Vec<PlannedStep> {
    let because = format!("takes `{}` away while the scripts for it are there", name(old));
    let mut steps = end(old, guests, circumstances, because);
    steps.extend(compile(circumstances));
    steps
}

fn end(old: &Network, guests: &[GuestOutlook], circumstances: &Circumstances, because: String) -> Vec<PlannedStep> {
    let mut steps: Vec<PlannedStep> = shut_down(guests).into_iter().collect();
    steps.push(PlannedStep {
        disturbs: vec!["all guests are cut off, and no service answers".to_owned()],
        ..by_old_scripts("down.sh", &format!("take `{}` down", name(old)), because, circumstances)
    });
    steps
}

/// A script as it was before the edit: in its folder until the outputs are written.
fn by_old_scripts(script: &str, what: &str, because: String, circumstances: &Circumstances) -> PlannedStep {
    let command = circumstances.compile.as_ref().map(|_| format!("sudo {}{script}", begun(&circumstances.old_folder)));
    let says = match command {
        Some(_) => format!("{what}, before the scripts are written anew"),
        None => format!("{what} by the `{script}` of before the edit: the folder has the new scripts already"),
    };
    PlannedStep { says, command, actor: Actor::Root, because: vec![because], disturbs: Vec::new() }
}

/// The outputs are written, where the disk has others.
pub(super) fn compile(circumstances: &Circumstances) -> Option<PlannedStep> {
    let command = circumstances.compile.clone()?;
    Some(PlannedStep {
        says: "write the outputs".to_owned(),
        command: Some(command),
        actor: Actor::Person,
        because: vec!["the files differ from what the document gives".to_owned()],
        disturbs: Vec::new(),
    })
}

/// `up.sh`.
pub(super) fn up(circumstances: &Circumstances, because: Vec<String>, disturbs: Vec<String>) -> PlannedStep {
    PlannedStep {
        says: "bring the host to the new state".to_owned(),
        command: Some(format!("sudo {}up.sh", here(circumstances))),
        actor: Actor::Root,
        because,
        disturbs,
    }
}

/// The folder as a command begins with it.
fn here(circumstances: &Circumstances) -> String {
    begun(&circumstances.folder)
}

fn begun(folder: &str) -> String {
    if folder.is_empty() { "./".to_owned() } else { folder.to_owned() }
}

fn shut_down(guests: &[GuestOutlook]) -> Option<PlannedStep> {
    by_guests("shut down", guests, |guest| &guest.shut_down, runs_as)
}

/// A step for all guests that have a reason for it, by the names that they have by then.
fn by_guests<'a>(
    what: &str,
    guests: &'a [GuestOutlook],
    reasons: fn(&GuestOutlook) -> &Vec<String>,
    name: fn(&'a GuestOutlook) -> &'a str,
) -> Option<PlannedStep> {
    let concerned = || guests.iter().filter(|guest| !reasons(guest).is_empty());
    let names = names(concerned(), name)?;
    let mut because: Vec<String> = Vec::new();
    for reason in concerned().flat_map(reasons) {
        if !because.contains(reason) {
            because.push(reason.clone());
        }
    }
    Some(PlannedStep {
        says: format!("{what} {names}, if running"),
        command: None,
        actor: Actor::Guest,
        because,
        disturbs: vec![names],
    })
}

fn name_of(guest: &GuestOutlook) -> &str {
    &guest.name
}

/// The name by which a guest runs.
fn runs_as(guest: &GuestOutlook) -> &str {
    guest.former.as_deref().unwrap_or(&guest.name)
}

/// The names of some guests, as a sentence has them; nothing if there is none.
fn names<'a>(guests: impl Iterator<Item = &'a GuestOutlook>, name: fn(&'a GuestOutlook) -> &'a str) -> Option<String> {
    listed(guests.map(|guest| format!("`{}`", name(guest))).collect())
}

/// Some things, as a sentence has them; nothing if there is none.
fn listed(mut things: Vec<String>) -> Option<String> {
    let last = things.pop()?;
    Some(if things.is_empty() { last } else { format!("{} and {last}", things.join(", ")) })
}

/// Nobody takes an old namespace away by a new name.
fn old_namespace(stay: &Stay<'_>, circumstances: &Circumstances) -> Option<PlannedStep> {
    let (was, is) = (&stay.old.bridge.namespace.value, &stay.new.bridge.namespace.value);
    if was == is || stay.old.endpoints.is_empty() {
        return None;
    }
    let because = format!("the services run in `{was}`, which the new scripts do not know");
    let step = by_old_scripts("svc-down.sh", "end the services", because, circumstances);
    Some(PlannedStep { disturbs: vec![format!("{} until `up.sh` has run", no_answer(stay.old))], ..step })
}

/// `up.sh` refuses a bridge with another address than the document's.
fn take_address_off(stay: &Stay<'_>, guests: &[GuestOutlook]) -> Vec<PlannedStep> {
    let (old, new) = (&stay.old.bridge, &stay.new.bridge);
    let of_four = (old.gateway_with_prefix(), new.gateway_with_prefix());
    // Where the network has no IPv6 any more, it goes by itself.
    let six = old.six.as_ref().zip(new.six.as_ref());
    let of_six = six.map(|(old, new)| (old.gateway_with_prefix(), new.gateway_with_prefix()));
    [of_four].into_iter().chain(of_six).filter_map(|(was, is)| take_off(stay, guests, &was, &is)).collect()
}

fn take_off(stay: &Stay<'_>, guests: &[GuestOutlook], was: &str, is: &str) -> Option<PlannedStep> {
    let bridge = stay.new.bridge.name.value.as_str();
    let running = guests.iter().filter(|guest| guest.shut_down.is_empty());
    let by = if was.contains(':') { " by IPv6" } else { "" };
    (was != is).then(|| PlannedStep {
        says: format!("take the old address off `{bridge}`"),
        command: Some(format!("sudo ip addr del {was} dev {bridge}")),
        actor: Actor::Root,
        because: vec![format!("`up.sh` gives `{bridge}` the address {is} only where it has no other")],
        disturbs: names(running, name_of)
            .map(|names| format!("{names}: host and outside are out of reach{by} until `up.sh` has run"))
            .into_iter()
            .collect(),
    })
}

/// Why `up.sh` has something to do; nothing if it has not.
fn reasons_for_up(stay: &Stay<'_>) -> Vec<String> {
    let Stay { old, new, outputs } = stay;
    let mut because = Vec::new();
    let taps = |network: &Network| network.guests.iter().map(|guest| guest.tap().value.clone()).collect::<Vec<_>>();
    let (was, is) = (taps(old), taps(new));
    let known: BTreeSet<_> = was.iter().collect();
    let kept: BTreeSet<_> = is.iter().collect();
    because.extend(is.iter().filter(|tap| !known.contains(tap)).map(|tap| format!("makes the TAP `{tap}`")));
    because.extend(was.iter().filter(|tap| !kept.contains(tap)).map(|tap| format!("takes the TAP `{tap}` away")));
    let address = new.bridge.gateway_with_prefix();
    if old.bridge.gateway_with_prefix() != address {
        because.push(format!("gives `{}` its address {address}", name(new)));
    }
    let ends = |network: &Network| {
        let end = |end: &crate::network::Endpoint| {
            let addresses: Vec<_> = end.addresses.iter().map(|address| address.value).collect();
            (end.interface.value.clone(), end.mac.value, addresses)
        };
        network.endpoints.iter().map(end).collect::<Vec<_>>()
    };
    if ends(old) != ends(new) || old.bridge.namespace.value != new.bridge.namespace.value {
        because.push("plugs the services in at their addresses".to_owned());
    }
    because.extend(new_texts(&outputs.carried()));
    let restarted: Vec<String> = restarted(stay).into_iter().map(|(name, _)| name).collect();
    if !restarted.is_empty() {
        because.push(format!("starts {} again", restarted.join(", ")));
    }
    if because.is_empty() && has_other_keys(old, new) {
        because.push("gives the seeds the SSH keys".to_owned());
    }
    if because.is_empty() && has_other_certificates(old, new) {
        because.push("has certificates made".to_owned());
    }
    because
}

/// Maximum number of files named in a reason.
const MOST_NAMED: usize = 4;

fn new_texts(files: &[String]) -> Option<String> {
    let mut named: Vec<String> = files.iter().take(MOST_NAMED).map(|file| format!("`{file}`")).collect();
    if files.len() > MOST_NAMED {
        named.push(format!("{} more", files.len() - MOST_NAMED));
    }
    let verb = if files.len() == 1 { "says" } else { "say" };
    Some(format!("{} {verb} something else", listed(named)?))
}

fn has_other_keys(old: &Network, new: &Network) -> bool {
    let keys = |network: &Network| {
        let keys = network.fields.values(&crate::network::schema::BRIDGE_SSH_KEY);
        keys.iter().map(|key| key.value.to_string()).collect::<Vec<_>>()
    };
    new.has(&CLOUD_INIT) && keys(old) != keys(new)
}

fn has_other_certificates(old: &Network, new: &Network) -> bool {
    let pairs = super::meaning::pair_guests(&old.guests, &new.guests);
    pairs.iter().any(|pair| match (pair.old, pair.new) {
        (Some(old), Some(new)) => super::outlook::has_other_certificate(old, new),
        _ => true,
    })
}

/// Processes that `up.sh` starts again, and what does not answer meanwhile.
fn restarted(stay: &Stay<'_>) -> Vec<(String, String)> {
    let Stay { old, new, outputs } = stay;
    let mut all = Vec::new();
    if old.endpoints.is_empty() || new.endpoints.is_empty() {
        return all;
    }
    let processes = outputs.new.outputs.keys().filter_map(|name| name.strip_suffix(".conf"));
    for process in processes.filter(|name| name.starts_with("dnsmasq")) {
        if outputs.differ(&format!("{process}.conf")) || outputs.differ("hosts") {
            all.push((process.to_owned(), names_of(new, &[&DHCP, &DNS]).join(" and ")));
        }
    }
    for known in [&CLOUD_INIT, &NFS] {
        let place = |network: &Network| {
            let rows = network.services.iter().filter(|row| row.schema == Some(known));
            rows.map(|row| (row.address.value, row.port.as_ref().map(|port| port.value))).collect::<Vec<_>>()
        };
        let file = if known.key == NFS.key { "ganesha.conf" } else { "seed-server.py" };
        let is_changed = place(old) != place(new) || outputs.differ(file);
        if new.has(known) && old.has(known) && is_changed {
            all.push((known.program.to_owned(), known.name.to_owned()));
        }
    }
    all
}

fn no_answer(network: &Network) -> String {
    format!("no answer of {}", names_of(network, &[&DHCP, &DNS, &CLOUD_INIT, &NFS]).join(", "))
}

/// The names of those services that a network has.
fn names_of(network: &Network, services: &[&ServiceSchema]) -> Vec<&'static str> {
    services.iter().filter(|service| network.has(service)).map(|service| service.name).collect()
}

fn disturbed_by_up(stay: &Stay<'_>, guests: &[GuestOutlook]) -> Vec<String> {
    let running = guests.iter().filter(|guest| guest.shut_down.is_empty() && !guest.loses.is_empty());
    let lost = |guest: &GuestOutlook| {
        let name = runs_as(guest);
        let what = if guest.loses.len() == Peer::ALL.len() {
            "is cut off".to_owned()
        } else {
            let peers: Vec<&str> = guest.loses.iter().map(|peer| words(*peer)).collect();
            format!("loses {}", peers.join(", "))
        };
        let until = if guest.start.is_empty() { "boots again" } else { "is started again" };
        format!("`{name}` {what} until it {until}: {}", guest.because.join("; "))
    };
    let services = restarted(stay)
        .into_iter()
        .map(|(process, services)| format!("{services}: no answer for a moment, while {process} starts again"));
    running.map(lost).chain(services).collect()
}

fn words(peer: Peer) -> &'static str {
    match peer {
        Peer::Guests => "the other guests",
        Peer::Host => "the host",
        Peer::Outside => "the outside",
        Peer::Services => "the services",
    }
}

fn start(guests: &[GuestOutlook], circumstances: &Circumstances) -> Vec<PlannedStep> {
    let started = guests.iter().filter(|guest| !guest.start.is_empty());
    let step = |guest: &GuestOutlook| {
        let runs_as = runs_as(guest);
        let is_down = !guest.shut_down.is_empty();
        PlannedStep {
            says: if is_down {
                format!("start `{}`", guest.name)
            } else {
                format!(
                    "if `{runs_as}` runs, shut it down and start {}",
                    if runs_as == guest.name.as_str() { "it again".to_owned() } else { format!("`{}`", guest.name) }
                )
            },
            command: Some(format!("{}run-guest.sh {}", here(circumstances), guest.name)),
            actor: Actor::Person,
            because: guest.start.clone(),
            disturbs: if is_down { Vec::new() } else { vec![format!("`{runs_as}`, which starts again")] },
        }
    };
    started.map(step).collect()
}

fn boot(guests: &[GuestOutlook]) -> Option<PlannedStep> {
    by_guests("reboot", guests, |guest| &guest.boot, name_of)
}

fn name(network: &Network) -> &str {
    network.bridge.name.value.as_str()
}
