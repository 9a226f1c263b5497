//! Names that the kernel knows: interfaces and network namespaces, and what may be sent from an interface.

use std::fmt;

use crate::network::value::only_contains;

/// The kernel's `IFNAMSIZ` less the final zero byte.
const LONGEST_INTERFACE: usize = 15;
/// No name of a namespace needs to be longer; it is a file name below `/run/netns`.
const LONGEST_NAMESPACE: usize = 64;

/// The name of a network interface: letters, digits, `_`, `.` and `-`, a letter, digit or `_` first, at most 15 bytes.
///
/// The kernel takes more (any byte but `/`, `:` and white space), but `%` is a pattern to it, `*` and `+` are to nft
/// and iptables, `-` in front is an option to every command, and the rest needs quotes somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceName(String);

/// The name of a network namespace: a file name that no shell, rule file or option gives a meaning to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceName(String);

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

/// FNV-1a folded to 16 bits: the same on every machine and in every release.
fn short_hash(text: &str) -> u32 {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) ^ (hash & 0xffff)
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for NamespaceName {
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

#[cfg(test)]
mod tests {
    use super::{InterfaceName, NamespaceName};
    use crate::network::value::testing::check;

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
    fn namespaces_are_named_after_the_bridge() {
        for (bridge, expected) in [("qvm0", "qvm-svc"), ("lab7", "lab7-svc"), ("br10", "br10-svc"), ("0", "0-svc")] {
            assert_eq!(NamespaceName::of_bridge(&InterfaceName::parse(bridge).unwrap()).as_str(), expected);
        }
    }
}
