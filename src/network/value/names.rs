//! Names of machines: guests, host names and domains, by RFC 1123.

use std::fmt;

use crate::network::value::{InterfaceName, only_contains};

/// A DNS label's length has six bits.
const LONGEST_LABEL: usize = 63;
/// A DNS name's length on the wire is at most 255 bytes, 253 as text.
const LONGEST_NAME: usize = 253;

/// The name of a guest: one label of a host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestName(String);

/// A full host name such as `cp.qvm0.lan`, as RFC 1123 has it. Kept as written; names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

/// What stands after the first dot of host names: `qvm0.lan`, or one label such as `lan`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

/// A further name of a machine: one label, which stands in the domain, or a full host name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasName(String);

/// A further name, or with `*.` before it all names below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern {
    reach: NameReach,
    name: AliasName,
}

/// For which names a row of the name table speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameReach {
    /// For that name.
    Itself,
    /// For all names below it.
    Below,
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

    /// The short second name of a guest: after the dot stands the bridge as [`InterfaceName::label`] has it.
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

impl AliasName {
    /// Reads a further name, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        is_name(text)?;
        let last = text.rsplit('.').next().unwrap_or_default();
        if last.eq_ignore_ascii_case("localhost") {
            return Err("is every machine's name for itself".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// The full host name, or why there is none.
    pub fn in_domain(&self, domain: &DomainName) -> Result<HostName, String> {
        if self.is_short() { HostName::parse(&format!("{self}.{domain}")) } else { HostName::parse(&self.0) }
    }

    /// Whether it has one label, so that the domain follows.
    pub fn is_short(&self) -> bool {
        !self.0.contains('.')
    }
}

impl NamePattern {
    /// Reads a name with or without `*.` before it, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (reach, name) = match text.strip_prefix("*.") {
            Some(rest) => (NameReach::Below, rest),
            None if text == "*" => return Err("is every name there is".to_owned()),
            None => (NameReach::Itself, text),
        };
        Ok(Self { reach, name: AliasName::parse(name)? })
    }

    /// For which names it stands.
    pub fn reach(&self) -> NameReach {
        self.reach
    }

    /// The name, without `*.`.
    pub fn name(&self) -> &AliasName {
        &self.name
    }
}

impl NameReach {
    /// What stands before the name.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Itself => "",
            Self::Below => "*.",
        }
    }
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
            "" => "has nothing before or after a dot".to_owned(),
            _ => format!("has the part `{label}`, which {reason}"),
        })?;
        last = label;
    }
    if last.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("ends in a number, as an address does".to_owned());
    }
    Ok(())
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

impl fmt::Display for AliasName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.reach.prefix(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::{AliasName, DomainName, GuestName, HostName, NamePattern};
    use crate::network::value::InterfaceName;
    use crate::network::value::testing::check;

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
        check(HostName::parse, "cp..lan", Err("has nothing before or after a dot"));
        check(HostName::parse, "cp.lan.", Err("has nothing before or after a dot"));
        check(HostName::parse, "cp.-x.lan", Err("has the part `-x`, which has `-` at an end"));
        check(HostName::parse, "10.0.0.1", Err("ends in a number, as an address does"));
        check(HostName::parse, &"a.".repeat(127), Err("has 254 bytes where a host name takes 253"));
        check(DomainName::parse, "lan", Ok("lan"));
        check(DomainName::parse, "qvm0;reboot", Err("has `;` in it"));
    }

    #[test]
    fn further_names_are_short_or_full() {
        let domain = DomainName::parse("qvm0.lan").unwrap();
        let full = |text| AliasName::parse(text).unwrap().in_domain(&domain).unwrap().to_string();
        assert_eq!(full("api"), "api.qvm0.lan");
        assert_eq!(full("api.example.org"), "api.example.org");
        check(AliasName::parse, "LocalHost", Err("is every machine's name for itself"));
        check(AliasName::parse, "x.localhost", Err("is every machine's name for itself"));
        check(AliasName::parse, "a/b", Err("has `/` in it"));
        check(AliasName::parse, "*.apps", Err("has `*` in it"));
        check(NamePattern::parse, "*.apps", Ok("*.apps"));
        check(NamePattern::parse, "apps", Ok("apps"));
        check(NamePattern::parse, "*", Err("is every name there is"));
        check(NamePattern::parse, "*.", Err("is empty"));
        check(NamePattern::parse, "a.*.b", Err("has `*` in it"));
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
}
