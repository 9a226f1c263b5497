//! The values of a network: names, addresses of machines and ports that have rules of their own.
//!
//! A value of these types can be placed in any script, rule file or configuration that we make: the rules here are
//! those of the kernel and the standards, narrowed to characters that no output language gives a meaning to. Each
//! `parse` says in words why a text is refused, as the second half of a sentence that begins with the text. What
//! must hold between several values is for the rules beside this file.

mod machine;
mod path;
mod port;
mod subnet;
#[cfg(test)]
mod testing;

use std::fmt;
use std::net::IpAddr;

use crate::source::digits;
pub use machine::{CpuCount, MemorySize};
pub use path::{DiskPath, KeyPath};
pub use port::{HostAccess, HostPort, Port, Protocol};
pub use subnet::HostSubnet;

/// The kernel's `IFNAMSIZ` less the final zero byte.
const LONGEST_INTERFACE: usize = 15;
/// A DNS label's length has six bits.
const LONGEST_LABEL: usize = 63;
/// No name of a namespace needs to be longer; it is a file name below `/run/netns`.
const LONGEST_NAMESPACE: usize = 64;
/// A DNS name's length on the wire is at most 255 bytes, 253 as text.
const LONGEST_NAME: usize = 253;

/// The name of a network interface: letters, digits, `_`, `.` and `-`, a letter, digit or `_` first, at most 15 bytes.
///
/// The kernel takes more (any byte but `/`, `:` and white space), but `%` is a pattern to it, `*` and `+` are to nft
/// and iptables, `-` in front is an option to every command, and the rest needs quotes somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName(String);

/// The name of a guest: one label of a host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestName(String);

/// A full host name such as `cp.qvm0.lan`, as RFC 1123 has it. Kept as written; names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

/// What stands behind the first dot of host names: `qvm0.lan`, or one label such as `lan`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

/// A unicast MAC address; printed in lower case with colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress([u8; 6]);

/// The name of a network namespace: a file name that no shell, rule file or option gives a meaning to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceName(String);

/// The name of a service as written: shown, and given to templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

/// Which forged frames are dropped at a TAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// Nothing is checked.
    Off,
    /// Frames with another source MAC than the guest's are dropped.
    Mac,
    /// Also IPv4 and ARP packets with another source address.
    Address,
}

impl InterfaceName {
    /// Reads an interface name, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        only_contains(text, "_.-")?;
        if text.starts_with(['.', '-']) {
            return Err("does not begin with a letter, a digit or `_`".to_owned());
        }
        if text.len() > LONGEST_INTERFACE {
            return Err(format!("has {} bytes where the kernel takes {LONGEST_INTERFACE}", text.len()));
        }
        match text {
            "all" | "default" => Err("means every interface in `/proc/sys/net`".to_owned()),
            "lo" => Err("is the loopback interface".to_owned()),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of a veth's end on the host: `qvm0svc` for the first of bridge `qvm0`, `qvm0svc2` for the second.
    ///
    /// A bridge whose name leaves no room for that is cut and told apart from others by four digits of its hash.
    #[must_use]
    pub fn host_end(&self, number: usize) -> Self {
        let suffix = if number <= 1 { "svc".to_owned() } else { format!("svc{number}") };
        let room = LONGEST_INTERFACE.saturating_sub(suffix.len());
        if self.0.len() <= room {
            return Self(format!("{self}{suffix}"));
        }
        let kept = &self.0[..room.saturating_sub(4)];
        Self(format!("{kept}{:04x}{suffix}", short_hash(&self.0)))
    }

    /// The name as a label of host names: itself if it is legal there.
    ///
    /// Else what a label may not have becomes `-`, and a name of digits alone, which would make the host name look
    /// like an address, gets `br` in front.
    pub fn label(&self) -> String {
        let label = self.0.replace(['_', '.'], "-");
        match label.trim_matches('-') {
            "" => "br".to_owned(),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => format!("br{digits}"),
            label => label.to_owned(),
        }
    }
}

impl GuestName {
    /// Reads a guest's name, or says why it is none.
    ///
    /// Names that dnsmasq would take for a lease time or an order in `dhcp-host` are refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        is_label(text)?;
        let number = text.strip_suffix(['s', 'm', 'h', 'd', 'w', 'S', 'M', 'H', 'D', 'W']).unwrap_or(text);
        if number.bytes().all(|byte| byte.is_ascii_digit()) && text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("is a lease time to dnsmasq".to_owned());
        }
        match text.to_ascii_lowercase().as_str() {
            "infinite" => Err("is a lease time to dnsmasq".to_owned()),
            "ignore" => Err("is an order to dnsmasq".to_owned()),
            "localhost" => Err("is every machine's name for itself".to_owned()),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl HostName {
    /// Reads a host name, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        is_name(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The name of a guest in a domain, or why the two together are none.
    pub fn of(guest: &GuestName, domain: &DomainName) -> Result<Self, String> {
        Self::parse(&format!("{guest}.{domain}"))
    }

    /// The short second name of a guest: behind the dot stands the bridge as [`InterfaceName::label`] has it.
    pub fn alias(guest: &GuestName, bridge: &InterfaceName) -> Self {
        Self(format!("{guest}.{}", bridge.label()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DomainName {
    /// Reads a domain, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        is_name(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The domain of a bridge whose document names none: `qvm0.lan`.
    pub fn of_bridge(bridge: &InterfaceName) -> Self {
        Self(format!("{}.lan", bridge.label()))
    }

    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MacAddress {
    /// Reads six octets in hexadecimal, parted by `:` or `-`, or says why they are no interface's address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut octets = [0; 6];
        let mut parts = text.split(separator);
        for octet in &mut octets {
            *octet = parts.next().and_then(hexadecimal_octet).ok_or("is not six octets such as `52:54:00:2a:00:0a`")?;
        }
        if parts.next().is_some() {
            return Err("has more than six octets".to_owned());
        }
        if octets[0] & 1 == 1 {
            return Err("is a group address: the first octet is odd".to_owned());
        }
        if octets == [0; 6] {
            return Err("stands for no address".to_owned());
        }
        Ok(Self(octets))
    }

    /// The stable address of a machine that was given none: QEMU's prefix and the last three octets of its IP address.
    pub fn from_address(address: IpAddr) -> Self {
        let [fourth, third, second] = match address {
            IpAddr::V4(address) => last_octets(&address.octets()),
            IpAddr::V6(address) => last_octets(&address.octets()),
        };
        Self([0x52, 0x54, 0x00, second, third, fourth])
    }

    /// The six octets.
    pub fn octets(self) -> [u8; 6] {
        self.0
    }
}

impl NamespaceName {
    /// Reads the name of a namespace, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        match text.chars().find(|&c| !is_allowed(c)) {
            Some('`') => Err("has a backquote in it".to_owned()),
            Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
            None if text.starts_with(['.', '-']) => Err("does not begin with a letter, a digit or `_`".to_owned()),
            None if text.len() > LONGEST_NAMESPACE => Err(format!("has more than {LONGEST_NAMESPACE} bytes")),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The namespace of a bridge whose document names none: `qvm-svc` for `qvm0`, `lab7-svc` for `lab7`.
    ///
    /// A final zero stands for "the first of its kind" only after a letter: `br10` is not another name of `br1`.
    pub fn of_bridge(bridge: &InterfaceName) -> Self {
        let name = bridge.as_str();
        let stem = name.strip_suffix('0').filter(|stem| stem.ends_with(|c: char| c.is_ascii_alphabetic()));
        Self(format!("{}-svc", stem.unwrap_or(name)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ServiceName {
    /// Reads a service's name, or says why it is none: what a shell would take for more than a word is refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.chars().find(|&c| !c.is_alphanumeric() && !" _.-/+".contains(c)) {
            Some('`') => Err("has a backquote in it".to_owned()),
            Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
            None if text.starts_with('-') => Err("begins with `-`".to_owned()),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Pin {
    /// Reads what to pin, or says why it is nothing that can be.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "off" => Ok(Self::Off),
            "mac" => Ok(Self::Mac),
            "address" => Ok(Self::Address),
            _ => Err("is not one of the three ways to pin a port".to_owned()),
        }
    }
}

/// Refuses an empty text and any character but ASCII letters, digits and the given ones.
fn only_contains(text: &str, others: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    match text.chars().find(|&c| !c.is_ascii_alphanumeric() && !others.contains(c)) {
        Some(c) if c.is_whitespace() => Err("has white space in it".to_owned()),
        Some('`') => Err("has a backquote in it".to_owned()),
        Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
        None => Ok(()),
    }
}

/// FNV-1a folded to 16 bits: the same on every machine and in every release.
fn short_hash(text: &str) -> u32 {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) ^ (hash & 0xffff)
}

/// One part of a host name between dots.
fn is_label(text: &str) -> Result<(), String> {
    only_contains(text, "-")?;
    if text.len() > LONGEST_LABEL {
        return Err(format!("has {} bytes where a part of a host name takes {LONGEST_LABEL}", text.len()));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("has `-` at an end".to_owned());
    }
    Ok(())
}

/// Labels joined by dots, the last of which is not a number: that would be an address.
fn is_name(text: &str) -> Result<(), String> {
    only_contains(text, ".-")?;
    if text.len() > LONGEST_NAME {
        return Err(format!("has {} bytes where a host name takes {LONGEST_NAME}", text.len()));
    }
    let mut last = "";
    for label in text.split('.') {
        is_label(label).map_err(|reason| match label {
            "" => "has nothing before or behind a dot".to_owned(),
            _ => format!("has the part `{label}`, which {reason}"),
        })?;
        last = label;
    }
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("ends in a number, as an address does".to_owned());
    }
    Ok(())
}

/// The last three octets of an address, the very last first.
fn last_octets(octets: &[u8]) -> [u8; 3] {
    let mut last = [0; 3];
    last.iter_mut().zip(octets.iter().rev()).for_each(|(last, octet)| *last = *octet);
    last
}

/// One or two hexadecimal digits.
fn hexadecimal_octet(text: &str) -> Option<u8> {
    digits::hexadecimal(text).filter(|_| text.len() <= 2).and_then(|octet| u8::try_from(octet).ok())
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for GuestName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for NamespaceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Off => "off",
            Self::Mac => "mac",
            Self::Address => "address",
        })
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(out, "{separator}{octet:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::check;
    use super::{DomainName, GuestName, HostName, InterfaceName, MacAddress, NamespaceName};

    #[test]
    fn interface_names_are_what_the_kernel_and_every_output_take() {
        for name in ["qvm0", "br-lan", "eth0.5", "_x", "7", "a12345678901234"] {
            check(InterfaceName::parse, name, Ok(name));
        }
        check(InterfaceName::parse, "a123456789012345", Err("has 16 bytes where the kernel takes 15"));
        check(InterfaceName::parse, "", Err("is empty"));
        check(InterfaceName::parse, "..", Err("does not begin with a letter, a digit or `_`"));
        check(InterfaceName::parse, "-x", Err("does not begin with a letter, a digit or `_`"));
        check(InterfaceName::parse, "a/b", Err("has `/` in it"));
        check(InterfaceName::parse, "tap%d", Err("has `%` in it"));
        check(InterfaceName::parse, "a b", Err("has white space in it"));
        check(InterfaceName::parse, "$(id)", Err("has `$` in it"));
        check(InterfaceName::parse, "`id`", Err("has a backquote in it"));
        check(InterfaceName::parse, "zwölf", Err("has `ö` in it"));
        check(InterfaceName::parse, "all", Err("means every interface in `/proc/sys/net`"));
        check(InterfaceName::parse, "lo", Err("is the loopback interface"));
    }

    #[test]
    fn guest_names_are_labels_that_dnsmasq_takes_for_names() {
        for name in ["cp", "wk-1", "A", "2nd", "1a1h", "dim"] {
            check(GuestName::parse, name, Ok(name));
        }
        check(GuestName::parse, "wk_1", Err("has `_` in it"));
        check(GuestName::parse, "a.b", Err("has `.` in it"));
        check(GuestName::parse, "wk-", Err("has `-` at an end"));
        check(GuestName::parse, "12", Err("is a lease time to dnsmasq"));
        check(GuestName::parse, "45m", Err("is a lease time to dnsmasq"));
        check(GuestName::parse, "infinite", Err("is a lease time to dnsmasq"));
        check(GuestName::parse, "localhost", Err("is every machine's name for itself"));
        check(GuestName::parse, &"a".repeat(64), Err("has 64 bytes where a part of a host name takes 63"));
    }

    #[test]
    fn host_names_and_domains_follow_rfc_1123() {
        check(HostName::parse, "cp.qvm0.lan", Ok("cp.qvm0.lan"));
        check(HostName::parse, "3com.COM", Ok("3com.COM"));
        check(HostName::parse, "cp..lan", Err("has nothing before or behind a dot"));
        check(HostName::parse, "cp.lan.", Err("has nothing before or behind a dot"));
        check(HostName::parse, "cp.-x.lan", Err("has the part `-x`, which has `-` at an end"));
        check(HostName::parse, "10.0.0.1", Err("ends in a number, as an address does"));
        check(HostName::parse, &"a.".repeat(127), Err("has 254 bytes where a host name takes 253"));
        check(DomainName::parse, "lan", Ok("lan"));
        check(DomainName::parse, "qvm0;reboot", Err("has `;` in it"));
    }

    #[test]
    fn mac_addresses_are_those_of_one_interface() {
        check(MacAddress::parse, "52-54-00-2A-0-0a", Ok("52:54:00:2a:00:0a"));
        check(MacAddress::parse, "01:00:5e:00:00:01", Err("is a group address: the first octet is odd"));
        check(MacAddress::parse, "00:00:00:00:00:00", Err("stands for no address"));
        check(MacAddress::parse, "52:54:00:2a:00", Err("is not six octets such as `52:54:00:2a:00:0a`"));
        check(MacAddress::parse, "52:54:00:2a:00:+1", Err("is not six octets such as `52:54:00:2a:00:0a`"));
        check(MacAddress::parse, "52:54:00:2a:00:0a:0b", Err("has more than six octets"));
        assert_eq!(MacAddress::from_address([10, 42, 0, 10].into()).to_string(), "52:54:00:2a:00:0a");
        assert_eq!(MacAddress::from_address("fd42::a:b".parse().unwrap()).to_string(), "52:54:00:0a:00:0b");
    }

    #[test]
    fn host_ends_fit_and_differ() {
        let end = |bridge, number| InterfaceName::parse(bridge).unwrap().host_end(number).to_string();
        assert_eq!([end("qvm0", 1), end("qvm0", 2)], ["qvm0svc", "qvm0svc2"]);
        assert_eq!(end("twelve-bytes", 1), "twelve-bytessvc");
        let long = [end("a-long-bridge-1", 1), end("a-long-bridge-2", 1), end("a-long-bridge-2", 10)];
        for (index, name) in long.iter().enumerate() {
            check(InterfaceName::parse, name, Ok(name));
            assert!(!long[..index].contains(name), "{name} is the end of two bridges");
        }
    }

    #[test]
    fn a_bridge_of_any_name_gives_legal_aliases_and_domains() {
        for (bridge, alias, domain) in [
            ("qvm0", "cp.qvm0", "qvm0.lan"),
            ("br_lab.5", "cp.br-lab-5", "br-lab-5.lan"),
            ("42", "cp.br42", "br42.lan"),
            ("_-", "cp.br", "br.lan"),
        ] {
            let bridge = InterfaceName::parse(bridge).unwrap();
            let alias_of = HostName::alias(&GuestName::parse("cp").unwrap(), &bridge);
            check(HostName::parse, alias_of.as_str(), Ok(alias));
            check(DomainName::parse, DomainName::of_bridge(&bridge).as_str(), Ok(domain));
        }
    }

    #[test]
    fn namespaces_are_named_after_the_bridge() {
        for (bridge, expected) in [("qvm0", "qvm-svc"), ("lab7", "lab7-svc"), ("br10", "br10-svc"), ("0", "0-svc")] {
            assert_eq!(NamespaceName::of_bridge(&InterfaceName::parse(bridge).unwrap()).as_str(), expected);
        }
    }
}
