//! The values of a network: names, addresses of machines and ports that have rules of their own.
//!
//! A value of these types can be placed in any script, rule file or configuration that we make: the rules here are
//! those of the kernel and the standards, narrowed to characters that no output language gives a meaning to. Each
//! `parse` says in words why a text is refused, as the second half of a sentence that begins with the text. What
//! must hold between several values is for the rules beside this file.

mod export;
mod interface;
mod mac;
mod machine;
mod mtu;
mod names;
mod path;
mod port;
mod publish;
mod range;
mod service;
mod subnet;
mod subnet6;
mod switch;
#[cfg(test)]
mod testing;

pub use export::{ExportClient, ExportMode, ExportName, ExportPath};
pub use interface::{InterfaceName, NamespaceName, Pin};
pub use mac::MacAddress;
pub use machine::{CpuCount, MemorySize};
pub use mtu::Mtu;
pub use names::{AliasName, DomainName, GuestName, HostName, NamePattern, NameReach};
pub use path::{DiskPath, KeyPath};
pub use port::{HostAccess, HostPort, Port, Protocol};
pub use publish::PublishedPort;
pub use range::AddressRange;
pub use service::ServiceName;
pub use subnet::{HostSubnet, RoutedSubnet, is_public};
pub use subnet6::{Address6, HostSubnet6};
pub use switch::Switch;

/// Refuses an empty text and any character but ASCII letters, digits and the given ones.
fn only_contains(text: &str, others: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    match text.chars().find(|&c| !c.is_ascii_alphanumeric() && !others.contains(c)) {
        Some(c) if c.is_whitespace() => Err("has white space in it".to_owned()),
        Some('`') => Err("has a backquote in it".to_owned()),
        Some(c) if c.is_ascii_graphic() => Err(format!("has `{c}` in it")),
        Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
        None => Ok(()),
    }
}
