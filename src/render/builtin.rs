//! The templates in this program: one table of them, and when each gives an output.

use crate::network::{Network, ServiceKind};
use crate::render::Template;
use crate::render::model::redirected;
use crate::source::Sources;

/// One template of this program.
struct Builtin {
    /// File name below `templates/`.
    name: &'static str,
    text: &'static str,
    /// The list whose rows get an output each.
    for_each: Option<&'static str>,
    /// Whether a network has a use for the output.
    needed: fn(&Network) -> bool,
}

/// Every template: the outputs, then the parts that they include.
const BUILTIN: &[Builtin] = &[
    output("bridge-down.sh.shell.j2", include_str!("../../templates/bridge-down.sh.shell.j2"), None, always),
    output("bridge-up.sh.shell.j2", include_str!("../../templates/bridge-up.sh.shell.j2"), None, always),
    output(
        "cloud-init/user-data.yaml.j2",
        include_str!("../../templates/cloud-init/user-data.yaml.j2"),
        None,
        has_seeds,
    ),
    output(
        "cloud-init/{name}/meta-data.yaml.j2",
        include_str!("../../templates/cloud-init/{name}/meta-data.yaml.j2"),
        Some("guests"),
        has_seeds,
    ),
    output("gen-ca-cert.sh.shell.j2", include_str!("../../templates/gen-ca-cert.sh.shell.j2"), None, has_guests),
    output("gen-ca-keypair.sh.shell.j2", include_str!("../../templates/gen-ca-keypair.sh.shell.j2"), None, has_guests),
    output("gen-host-cert.sh.shell.j2", include_str!("../../templates/gen-host-cert.sh.shell.j2"), None, has_guests),
    output("network.nft.nft.j2", include_str!("../../templates/network.nft.nft.j2"), None, always),
    output("run-guest.sh.shell.j2", include_str!("../../templates/run-guest.sh.shell.j2"), None, has_guests),
    output("services.nft.nft.j2", include_str!("../../templates/services.nft.nft.j2"), None, has_redirects),
    output("setup-guest.sh.shell.j2", include_str!("../../templates/setup-guest.sh.shell.j2"), None, has_guests),
    output("setup-host.sh.shell.j2", include_str!("../../templates/setup-host.sh.shell.j2"), None, always),
    output("status.sh.shell.j2", include_str!("../../templates/status.sh.shell.j2"), None, always),
    output("svc-down.sh.shell.j2", include_str!("../../templates/svc-down.sh.shell.j2"), None, has_endpoints),
    output("svc-up.sh.shell.j2", include_str!("../../templates/svc-up.sh.shell.j2"), None, has_endpoints),
    output("tap-down.sh.shell.j2", include_str!("../../templates/tap-down.sh.shell.j2"), None, has_guests),
    output("tap-up.sh.shell.j2", include_str!("../../templates/tap-up.sh.shell.j2"), None, has_guests),
    output(
        "{name}.conf.dnsmasq.j2",
        include_str!("../../templates/{name}.conf.dnsmasq.j2"),
        Some("dnsmasq"),
        has_dnsmasq,
    ),
    part("_certificates.shell.j2", include_str!("../../templates/_certificates.shell.j2")),
    part("_conduct.shell.j2", include_str!("../../templates/_conduct.shell.j2")),
    part("_dnsmasq-configuration.shell.j2", include_str!("../../templates/_dnsmasq-configuration.shell.j2")),
    part("_dnsmasq.dnsmasq.j2", include_str!("../../templates/_dnsmasq.dnsmasq.j2")),
    part("_dnsmasq.shell.j2", include_str!("../../templates/_dnsmasq.shell.j2")),
    part("_firewalld.shell.j2", include_str!("../../templates/_firewalld.shell.j2")),
    part("_fresh.shell.j2", include_str!("../../templates/_fresh.shell.j2")),
    part("_host-certificate.shell.j2", include_str!("../../templates/_host-certificate.shell.j2")),
    part("_host-names.shell.j2", include_str!("../../templates/_host-names.shell.j2")),
    part("_interfaces.shell.j2", include_str!("../../templates/_interfaces.shell.j2")),
    part("_iptables.shell.j2", include_str!("../../templates/_iptables.shell.j2")),
    part("_links.shell.j2", include_str!("../../templates/_links.shell.j2")),
    part("_managed-again.shell.j2", include_str!("../../templates/_managed-again.shell.j2")),
    part("_namespace.shell.j2", include_str!("../../templates/_namespace.shell.j2")),
    part("_nfs.shell.j2", include_str!("../../templates/_nfs.shell.j2")),
    part("_port.shell.j2", include_str!("../../templates/_port.shell.j2")),
    part("_put.shell.j2", include_str!("../../templates/_put.shell.j2")),
    part("_qvm-dir.shell.j2", include_str!("../../templates/_qvm-dir.shell.j2")),
    part("_redirects.nft.j2", include_str!("../../templates/_redirects.nft.j2")),
    part("_root.shell.j2", include_str!("../../templates/_root.shell.j2")),
    part("_rules.nft.j2", include_str!("../../templates/_rules.nft.j2")),
    part("_seed-server.py.text.j2", include_str!("../../templates/_seed-server.py.text.j2")),
    part("_seeds.shell.j2", include_str!("../../templates/_seeds.shell.j2")),
    part("_service.shell.j2", include_str!("../../templates/_service.shell.j2")),
    part("_set-up.shell.j2", include_str!("../../templates/_set-up.shell.j2")),
    part("_start.shell.j2", include_str!("../../templates/_start.shell.j2")),
    part("_tap-arguments.shell.j2", include_str!("../../templates/_tap-arguments.shell.j2")),
    part("_tap-names.shell.j2", include_str!("../../templates/_tap-names.shell.j2")),
    part("_taps.shell.j2", include_str!("../../templates/_taps.shell.j2")),
    part("_unmanaged.shell.j2", include_str!("../../templates/_unmanaged.shell.j2")),
    part("_user-data.yaml.j2", include_str!("../../templates/_user-data.yaml.j2")),
    part("_veth.shell.j2", include_str!("../../templates/_veth.shell.j2")),
];

const fn output(
    name: &'static str,
    text: &'static str,
    for_each: Option<&'static str>,
    needed: fn(&Network) -> bool,
) -> Builtin {
    Builtin { name, text, for_each, needed }
}

const fn part(name: &'static str, text: &'static str) -> Builtin {
    output(name, text, None, always)
}

/// What the paths of built-in templates begin with in messages.
const FOLDER: &str = "<built-in>/";

/// Whether a path that messages show is that of a built-in template, which is no file.
pub fn is_builtin(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// Adds the texts of all built-in templates, so that messages can show them.
pub fn add_builtin(sources: &mut Sources) -> Vec<Template> {
    let template = |builtin: &Builtin| Template {
        name: builtin.name.to_owned(),
        source: sources.add(format!("{FOLDER}{}", builtin.name), builtin.text),
        for_each: builtin.for_each.map(str::to_owned),
    };
    BUILTIN.iter().map(template).collect()
}

/// Whether a network has a use for an output of that name; what is not built in is always of use.
pub(crate) fn is_needed(output: &str, network: &Network) -> bool {
    let makes = |builtin: &&Builtin| {
        builtin.name.strip_suffix(".j2").and_then(|name| name.rsplit_once('.')).is_some_and(|(name, _)| name == output)
    };
    BUILTIN.iter().find(makes).is_none_or(|builtin| (builtin.needed)(network))
}

fn always(_: &Network) -> bool {
    true
}

fn has_guests(network: &Network) -> bool {
    !network.guests.is_empty()
}

fn has_endpoints(network: &Network) -> bool {
    !network.endpoints.is_empty()
}

fn has_dnsmasq(network: &Network) -> bool {
    has(network, ServiceKind::Dhcp) || has(network, ServiceKind::Dns)
}

fn has_redirects(network: &Network) -> bool {
    redirected(network).next().is_some()
}

fn has_seeds(network: &Network) -> bool {
    has(network, ServiceKind::CloudInit)
}

fn has(network: &Network, kind: ServiceKind) -> bool {
    network.services.iter().any(|service| service.kind == kind)
}
