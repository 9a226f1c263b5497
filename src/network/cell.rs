//! One cell or list item as a typed value.
//!
//! Every kind of value has one entry here: what it is called, how it is read, and what to write instead. A text that
//! is refused is reported where it stands and read as nothing, so that no rule trips over it a second time.

use std::net::Ipv4Addr;

use crate::diagnostic::{Code, Diagnostic};
use crate::network::value::{DomainName, GuestName, HostName, InterfaceName, MacAddress, Port};
use crate::source::Spanned;

/// What messages quote at most of a cell.
const LONGEST_QUOTE: usize = 48;

/// How one kind of value is read from a cell and what is said if it cannot be.
pub(super) struct Kind<T> {
    code: Code,
    what: &'static str,
    help: &'static str,
    parse: fn(&str) -> Result<T, String>,
}

/// What stands in a cell that may be left empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given<T> {
    /// The cell is empty, or the table has no such column.
    Nothing,
    /// The cell holds something that was reported.
    Refused,
    /// The cell holds a value.
    Value(Spanned<T>),
}

pub(super) const INTERFACE: Kind<InterfaceName> = Kind {
    code: Code::InvalidInterfaceName,
    what: "interface name",
    help: "use at most 15 letters, digits, `_`, `.` and `-`, such as `qvm0tap0`",
    parse: InterfaceName::parse,
};

pub(super) const GUEST: Kind<GuestName> = Kind {
    code: Code::InvalidGuestName,
    what: "guest name",
    help: "use at most 63 letters, digits and `-`, such as `wk-1`",
    parse: GuestName::parse,
};

pub(super) const HOST: Kind<HostName> = Kind {
    code: Code::InvalidHostName,
    what: "host name",
    help: "write the guest's name, a dot and the domain, such as `wk-1.qvm0.lan`",
    parse: HostName::parse,
};

pub(super) const DOMAIN: Kind<DomainName> = Kind {
    code: Code::InvalidDomain,
    what: "domain",
    help: "write parts of letters, digits and `-` joined by dots, such as `qvm0.lan`",
    parse: DomainName::parse,
};

pub(super) const ADDRESS: Kind<Ipv4Addr> = Kind {
    code: Code::InvalidAddress,
    what: "address",
    help: "write an IPv4 address such as `10.42.0.10`",
    parse: parse_address,
};

pub(super) const MAC: Kind<MacAddress> = Kind {
    code: Code::InvalidMac,
    what: "MAC address",
    help: "write six octets such as `52:54:00:2a:00:0a`, or leave the cell empty to have one made",
    parse: MacAddress::parse,
};

pub(super) const PORT: Kind<Port> = Kind {
    code: Code::InvalidPort,
    what: "port",
    help: "write a number from 1 to 65535, or leave the cell empty for the service's own port",
    parse: Port::parse,
};

pub(super) const SERVICE: Kind<String> = Kind {
    code: Code::InvalidServiceName,
    what: "service name",
    help: "use letters, digits, spaces and `_`, `.`, `-`, `/`, `+`, such as `cloud-init`",
    parse: parse_service_name,
};

impl<T> Kind<T> {
    /// A kind of value that only one table has.
    pub(super) const fn new(
        code: Code,
        what: &'static str,
        help: &'static str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Self {
        Self { code, what, help, parse }
    }

    /// Reads a cell that must hold a value; `missing` says whose value it is.
    pub(super) fn required(
        &self,
        cell: Spanned<&str>,
        missing: impl FnOnce() -> String,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<T>> {
        match self.optional(Some(cell), found) {
            Given::Value(value) => Some(value),
            Given::Refused => None,
            Given::Nothing => {
                found.push(Diagnostic::new(Code::MissingValue, cell.span, missing(), self.help));
                None
            }
        }
    }

    /// Reads a cell that may be empty or not there at all.
    pub(super) fn optional(&self, cell: Option<Spanned<&str>>, found: &mut Vec<Diagnostic>) -> Given<T> {
        let Some(cell) = cell.filter(|cell| !cell.value.is_empty()) else { return Given::Nothing };
        match (self.parse)(cell.value) {
            Ok(value) => Given::Value(Spanned::new(value, cell.span)),
            Err(reason) => {
                let message = format!("{} `{}` {reason}", self.what, quote(cell.value));
                found.push(Diagnostic::new(self.code, cell.span, message, self.help));
                Given::Refused
            }
        }
    }
}

impl<T> Given<T> {
    /// A cell that had to hold a value: what is not there was refused.
    pub(super) fn read(value: Option<Spanned<T>>) -> Self {
        value.map_or(Self::Refused, Self::Value)
    }

    /// The value, if there is one.
    pub(super) fn value(&self) -> Option<&Spanned<T>> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing | Self::Refused => None,
        }
    }

    /// The value, or the one that is meant by an empty cell; none if the cell was refused.
    pub(super) fn or_derive(self, derive: impl FnOnce() -> Spanned<T>) -> Option<Spanned<T>> {
        match self {
            Self::Value(value) => Some(value),
            Self::Nothing => Some(derive()),
            Self::Refused => None,
        }
    }
}

/// The text as messages quote it: on one line and not endless.
pub(super) fn quote(text: &str) -> String {
    let mut quoted: String = text.chars().take(LONGEST_QUOTE).flat_map(printable).collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quoted.push('…');
    }
    quoted
}

/// The character itself, or an escape for what would move the cursor.
fn printable(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

fn parse_address(text: &str) -> Result<Ipv4Addr, String> {
    let refused = match text.split_once('/') {
        Some(_) => "has a prefix length; only the bridge's term `Subnet` takes one",
        None => "is not four numbers from 0 to 255 joined by dots",
    };
    text.parse().map_err(|_| refused.to_owned())
}

/// Names of services are shown and given to templates; what a shell would take for more than a word is refused.
fn parse_service_name(text: &str) -> Result<String, String> {
    match text.chars().find(|&c| !c.is_alphanumeric() && !" _.-/+".contains(c)) {
        Some('`') => Err("has a backquote in it".to_owned()),
        Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
        None if text.starts_with('-') => Err("begins with `-`".to_owned()),
        None => Ok(text.to_owned()),
    }
}
