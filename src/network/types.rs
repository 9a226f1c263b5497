//! What a cell of the network's tables can hold: for each type of value what it is called, how it is read, what is said
//! of a text that it refuses, and how templates may write it.
//!
//! The rules of each type are in `value`; here they are put into the words of diagnostics.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::diagnostic::Code;
use crate::network::value::{
    Address6, AddressRange, AliasName, CpuCount, DiskPath, DomainName, ExportClient, ExportMode, ExportName,
    ExportPath, GuestName, HostAccess, HostName, HostSubnet, HostSubnet6, InterfaceName, KeyPath, MacAddress,
    MemorySize, Mtu, NamePattern, NamespaceName, Pin, Port, PublishedPort, RoutedSubnet, ServiceName, Switch,
};

/// A value that a cell can hold; prints in its normal form, which reads as the same value.
pub trait CellValue: fmt::Display + Sized {
    /// What diagnostics and the schema say of it.
    const TYPE: ValueType;

    /// Reads the text of a cell, or says why it is none, as the second half of a sentence that begins with the text.
    fn from_cell(text: &str) -> Result<Self, String>;
}

/// What is to be said of a type of values.
#[derive(Debug, Clone, Copy)]
pub struct ValueType {
    /// The code of a text that it refuses.
    pub code: Code,
    /// What it is called.
    pub what: &'static str,
    /// One step that makes a refused text right; `{example}` stands for an example in backticks.
    pub help: &'static str,
    /// The only values there are, or those with a meaning of their own; empty where any text of the right form will do.
    pub choices: &'static [&'static str],
    /// How outputs may write it.
    pub written: Written,
}

/// How an output may write a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Any text: quoted wherever the language has quotes.
    Text,
    /// An address or an identifier: never quoted where quotes would make it something else.
    Word,
    /// A number.
    Number,
}

impl ValueType {
    const fn text(code: Code, what: &'static str, help: &'static str) -> Self {
        Self { code, what, help, choices: &[], written: Written::Text }
    }

    const fn word(code: Code, what: &'static str, help: &'static str) -> Self {
        Self { written: Written::Word, ..Self::text(code, what, help) }
    }

    const fn number(code: Code, what: &'static str, help: &'static str) -> Self {
        Self { written: Written::Number, ..Self::text(code, what, help) }
    }

    const fn choices(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }
}

impl CellValue for InterfaceName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidInterfaceName,
        "interface name",
        "use at most 15 letters, digits, `_`, `.` and `-`, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for GuestName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidGuestName,
        "guest name",
        "use at most 63 letters, digits and `-`, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for HostName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidHostName,
        "host name",
        "write the guest's name, a dot and the domain, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for AliasName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidHostName,
        "name",
        "write a name that the domain follows, or a full one, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for NamePattern {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidHostName,
        "name",
        "write a name that the domain follows, a full one, or one that begins with `*.`, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for DomainName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidDomain,
        "domain",
        "write parts of letters, digits and `-` joined by dots, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

/// IPv4; what holds an address takes either kind.
impl CellValue for IpAddr {
    const TYPE: ValueType = ValueType::word(Code::InvalidAddress, "address", "write an IPv4 address such as {example}");

    fn from_cell(text: &str) -> Result<Self, String> {
        let refused = match text.split_once('/') {
            Some(_) => "has a prefix length; only the bridge's term `Subnet` takes one",
            None => "is not four numbers from 0 to 255 joined by dots",
        };
        text.parse().map(|address: Ipv4Addr| Self::V4(address)).map_err(|_| refused.to_owned())
    }
}

impl CellValue for Address6 {
    const TYPE: ValueType =
        ValueType::word(Code::InvalidAddress, "address", "write an IPv6 address of the subnet, such as {example}");

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for AddressRange {
    const TYPE: ValueType = ValueType::word(
        Code::InvalidRange,
        "range",
        "write its first and its last address with `-` between them, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for MacAddress {
    const TYPE: ValueType = ValueType::word(
        Code::InvalidMac,
        "MAC address",
        "write six octets such as {example}, or leave the cell empty to have one made",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for Port {
    const TYPE: ValueType = ValueType::number(
        Code::InvalidPort,
        "port",
        "write a number from 1 to 65535, or leave the cell empty for the usual one",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for PublishedPort {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidPublishedPort,
        "published port",
        "write a port of the host, with one of its addresses and `:` before it where that is meant, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for ServiceName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidServiceName,
        "service name",
        "use letters, digits, spaces and `_`, `.`, `-`, `/`, `+`, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for HostSubnet {
    const TYPE: ValueType = ValueType::word(
        Code::InvalidSubnet,
        "subnet",
        "write the host's own address and the prefix length, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for RoutedSubnet {
    const TYPE: ValueType = ValueType::word(
        Code::InvalidSubnet,
        "range",
        "write the name of a network and the prefix length, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for HostSubnet6 {
    const TYPE: ValueType = ValueType::word(
        Code::InvalidSubnet,
        "IPv6 subnet",
        "write the host's own IPv6 address and `/64`, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for NamespaceName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidNamespace,
        "namespace",
        "use at most 64 letters, digits, `_`, `.` and `-`, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for Pin {
    const TYPE: ValueType =
        ValueType::word(Code::InvalidPin, "pin", "write `off`, `mac` or `address`").choices(&["off", "mac", "address"]);

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for Switch {
    const TYPE: ValueType =
        ValueType::word(Code::InvalidSwitch, "value", "write `on` or `off`").choices(&["on", "off"]);

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for CpuCount {
    const TYPE: ValueType =
        ValueType::number(Code::InvalidNumber, "number of processors", "write a whole number such as {example}");

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for MemorySize {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidSize,
        "amount of memory",
        "write a number and a unit as QEMU takes them, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for Mtu {
    const TYPE: ValueType =
        ValueType::number(Code::InvalidMtu, "MTU", "write the bytes of the largest packet, such as {example}");

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for DiskPath {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidPath,
        "path",
        "write an absolute path, or one below the folder of the disks, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for ExportName {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidExport,
        "name of a share",
        "write the name that guests mount it by, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for ExportPath {
    const TYPE: ValueType = ValueType::text(
        Code::InvalidPath,
        "path",
        "write the absolute path of a folder with files to share, or a name for one of the network's own, such as {example}",
    );

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for ExportClient {
    const TYPE: ValueType =
        ValueType::text(Code::InvalidGuestName, "guest name", "write names of guests, or `*` for all of them")
            .choices(&["*"]);

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for ExportMode {
    const TYPE: ValueType = ValueType::word(Code::InvalidExport, "mode", "write `ro` or `rw`").choices(&["ro", "rw"]);

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for KeyPath {
    const TYPE: ValueType =
        ValueType::text(Code::InvalidPath, "path", "write the path of a public key, such as {example}");

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}

impl CellValue for HostAccess {
    const TYPE: ValueType =
        ValueType::text(Code::InvalidHostAccess, "host access", "write `off`, `on`, or ports such as {example}")
            .choices(&["off", "on"]);

    fn from_cell(text: &str) -> Result<Self, String> {
        Self::parse(text)
    }
}
