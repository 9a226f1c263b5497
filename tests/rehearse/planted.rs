//! Mistakes that only a running network shows, planted in outputs that a block replaces: each is reported at its line.

use std::fs;

use super::{Project, repository, three_guests};

/// A mistake: an output as a block gives it, with one thing changed.
struct Mistake {
    /// The output.
    output: &'static str,
    /// What stands there, and what the mistake makes of it.
    change: (&'static str, &'static str),
    /// The line that is reported has this text.
    line: &'static str,
    /// The report has this text.
    says: &'static str,
}

#[track_caller]
fn check(mistake: &Mistake) {
    check_in(&three_guests(), mistake);
}

#[track_caller]
fn check_in(document: &str, mistake: &Mistake) {
    let project = Project::new(document);
    assert_eq!(project.run(&["--quiet", "--out-dir", "given", "network.org"]).code, 0);
    let (from, to) = mistake.change;
    let text = project.read(&format!("given/{}", mistake.output));
    assert!(text.contains(from), "{} has no `{from}`:\n{text}", mistake.output);
    let language = if text.starts_with("#!") { "sh" } else { "conf" };
    let block =
        format!("\n#+begin_src {language} :tangle {}\n{}#+end_src\n", mistake.output, text.replacen(from, to, 1));
    let document = document.to_owned() + &block;
    project.write("network.org", &document);
    let ran = project.run(&["rehearse", "--trust", "--format", "short", "network.org"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let number = document.lines().position(|line| line.contains(mistake.line)).unwrap() + 1;
    let place = format!("network.org:{number}:");
    let is_it = |line: &&str| line.starts_with(&place) && line.contains(mistake.says);
    assert!(ran.err.lines().any(|line| is_it(&line)), "expected {place} … {}\n{}", mistake.says, ran.err);
}

#[test]
fn a_rule_that_drops_replies() {
    check(&Mistake {
        output: "network.nft",
        change: (
            "oifname \"qvm0\" ct state established,related accept",
            "oifname \"qvm0\" ct state established,related drop",
        ),
        line: "oifname \"qvm0\" ct state established,related drop",
        says: "`cp` reaches the outside, as the host: expected a page, sent to the host's address, seen no answer",
    });
}

#[test]
fn no_masquerade() {
    check(&Mistake {
        output: "network.nft",
        change: ("oifname != \"qvm0\" masquerade", "oifname != \"qvm0\" accept"),
        line: "type nat hook postrouting",
        says: "seen a page, sent to 10.42.0.10",
    });
}

#[test]
fn nothing_against_forged_addresses() {
    check(&Mistake {
        output: "network.nft",
        change: ("ip saddr @ips iifname . ip saddr != @own", "ip saddr 192.0.2.1 iifname . ip saddr != @own"),
        line: ":tangle network.nft",
        says: "with the address of",
    });
}

#[test]
fn services_that_take_forged_addresses() {
    check(&Mistake {
        output: "network.nft",
        change: ("iifname . ip saddr != @own counter", "iifname . ip saddr != @own ip daddr != 10.42.0.2 counter"),
        line: ":tangle network.nft",
        says: "with the address of `wk-1` reaches no service: expected it is dropped, seen it arrives",
    });
}

#[test]
fn dhcp_for_another_guest() {
    check(&Mistake {
        output: "network.nft",
        change: ("udp dport 67 iifname . @th,288,48 != @clients counter name dhcp drop", ""),
        line: ":tangle network.nft",
        says: "DHCP tells `cp` nothing that is for `wk-1`: expected no answer, seen an offer",
    });
}

#[test]
fn a_guest_that_declines_for_another() {
    check(&Mistake {
        output: "network.nft",
        change: ("udp sport 67 counter name dhcp drop", "udp dport 67 accept"),
        line: ":tangle network.nft",
        says: "keeps its address, though",
    });
}

#[test]
fn ports_of_the_host_that_are_open() {
    check(&Mistake {
        output: "network.nft",
        change: ("counter name to-host drop", "counter name to-host accept"),
        line: "hook input",
        says: "`cp` reaches no port of the host at 10.42.0.1: expected it is dropped, seen it arrives",
    });
}

#[test]
fn guests_that_the_outside_reaches() {
    check(&Mistake {
        output: "network.nft",
        change: (
            "oifname \"qvm0\" counter name from-outside drop",
            "oifname \"qvm0\" counter name from-outside accept",
        ),
        line: "hook forward",
        says: "the outside does not reach `cp` unasked: expected it is dropped, seen it arrives",
    });
}

#[test]
fn a_published_port_that_leads_elsewhere() {
    let document = three_guests() + "\n| Publish | Guest | Port |\n|---+---+---|\n| 8443 | cp | 443 |\n";
    check_in(
        &document,
        &Mistake {
            output: "network.nft",
            change: ("dnat ip to 10.42.0.10:443", "dnat ip to 10.42.0.11:443"),
            line: "dnat ip to 10.42.0.11:443",
            says: "the host reaches `443` of `cp` at port 8443/tcp: expected it arrives, seen it is dropped",
        },
    );
    check_in(
        &document,
        &Mistake {
            output: "network.sh",
            change: ("forward  127.0.0.1:8443 10.42.0.10:443", "forward  127.0.0.1:8443 10.42.0.11:443"),
            line: "10.42.0.11:443",
            says: "a program on the host reaches `443` of `cp` at port 8443/tcp: expected it arrives, seen it is dropped",
        },
    );
}

#[test]
fn a_wrong_option_of_dhcp() {
    check(&Mistake {
        output: "dnsmasq.conf",
        change: ("option:router,10.42.0.1", "option:router,10.42.0.9"),
        line: "option:router,10.42.0.9",
        says: "`cp` is told its gateway: expected 10.42.0.1, seen 10.42.0.9",
    });
}

#[test]
fn a_guest_without_a_lease() {
    check(&Mistake {
        output: "dnsmasq.conf",
        change: ("dhcp-host=52:54:00:2a:00:0b,10.42.0.11,wk-1\n", ""),
        line: "dhcp-range=10.42.0.0",
        says: "`wk-1` gets its address by DHCP: expected 10.42.0.11, seen no answer",
    });
}

#[test]
fn two_leases_interchanged() {
    check(&Mistake {
        output: "dnsmasq.conf",
        change: ("2a:00:0b,10.42.0.11,wk-1", "2a:00:0b,10.42.0.21,wk-1"),
        line: "2a:00:0b,10.42.0.21,wk-1",
        says: "`wk-1` gets its address by DHCP: expected 10.42.0.11, seen 10.42.0.21",
    });
}

#[test]
fn a_name_with_another_address() {
    check(&Mistake {
        output: "hosts",
        change: ("10.42.0.11", "10.42.0.12"),
        line: "10.42.0.12 wk-1",
        says: "finds `wk-1.qvm0.lan`: expected 10.42.0.11, seen 10.42.0.12",
    });
}

#[test]
fn names_at_no_port_that_resolvers_ask() {
    check(&Mistake {
        output: "services.nft",
        change: (
            "ip daddr 10.42.0.2 udp dport 53 redirect to :5300",
            "ip daddr 10.42.0.2 udp dport 54 redirect to :5300",
        ),
        line: "udp dport 54 redirect",
        says: "finds `wk-1.qvm0.lan`: expected 10.42.0.11, seen nothing listens there",
    });
}

#[test]
fn seeds_for_everybody() {
    check(&Mistake {
        output: "seed-server.py",
        change: ("parts[:2] != [\"\", guest]", "False"),
        line: ":tangle seed-server.py",
        says: "does not get the seed of",
    });
}

#[test]
fn a_certificate_without_a_name() {
    check(&Mistake {
        output: "gen-host-cert.sh",
        change: ("DNS:${names_of[$guest]// /,DNS:}", "DNS:${names_of[$guest]%% *}"),
        line: "subjectAltName = DNS:${names_of[$guest]%% *}",
        says: "the certificate of `cp` is accepted for `cp.qvm0`",
    });
}

#[test]
fn a_tap_of_another_bridge() {
    check(&Mistake {
        output: "bridge-up.sh",
        change: (
            "name_guests \"$(guest_names)\"",
            "ip link add br9 type bridge && ip link set qvm0tap1 master br9\nname_guests \"$(guest_names)\"",
        ),
        line: "ip link set qvm0tap1 master br9",
        says: "qvm0tap1 is a port of qvm0: expected it holds, seen br9",
    });
}

#[test]
fn a_script_that_fails_half_way() {
    check(&Mistake {
        output: "svc-up.sh",
        change: ("load_rules services.nft", "ip link set dev no-such-interface up\nload_rules services.nft"),
        line: "ip link set dev no-such-interface up",
        says: "Cannot find device",
    });
}

#[test]
fn something_that_stays_behind() {
    check(&Mistake {
        output: "down.sh",
        change: ("attempt setup-host.sh --down\n", ""),
        line: ":tangle down.sh",
        says: "`down.sh` leaves nothing: expected nothing, seen",
    });
}

#[test]
fn a_template_of_ones_own() {
    let project = Project::new(&three_guests());
    project.write("qvm-tangle.toml", "");
    project.write(
        "templates/hosts.text.j2",
        "{% for guest in guests %}\n{{ bridge.gateway }} {{ guest.hostname }}\n{% endfor %}\n",
    );
    let ran = project.run(&["rehearse", "--trust", "network.org"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("finds `wk-1.qvm0.lan`: expected 10.42.0.11, seen 10.42.0.1"), "{}", ran.err);
    assert!(ran.err.contains("templates/hosts.text.j2:2:"), "{}", ran.err);
}

/// In a network with IPv6.
#[track_caller]
fn check_six(mistake: &Mistake) {
    check_in(&fs::read_to_string(repository("tests/network/documents/dual-stack.org")).unwrap(), mistake);
}

#[test]
fn no_masquerade_of_ipv6() {
    check_six(&Mistake {
        output: "network.nft",
        change: ("ip6 daddr != fd66:6::/64 oifname != \"six0\" masquerade", "ip6 daddr != fd66:6::/64 accept"),
        line: ":tangle network.nft",
        says: "expected a page, sent to 2001:db8:1::2, seen a page, sent to fd66:6::",
    });
}

#[test]
fn nothing_against_forged_addresses_of_ipv6() {
    check_six(&Mistake {
        output: "network.nft",
        change: ("ip6 saddr @ips6 iifname . ip6 saddr != @own6", "ip6 saddr 2001:db8::7 iifname . ip6 saddr != @own6"),
        line: "ip6 saddr 2001:db8::7",
        says: "by IPv6 from no other address than its own: expected it is dropped, seen it arrives",
    });
}

#[test]
fn another_ipv6_address_of_a_name() {
    check_six(&Mistake {
        output: "hosts",
        change: ("fd66:6::beef wk-1", "fd66:6::bee wk-1"),
        line: "fd66:6::bee wk-1",
        says: "finds the IPv6 address of `wk-1.six0.lan`, asked by IPv6: expected fd66:6::beef, seen fd66:6::bee",
    });
}
