//! Where things are in the machine, and who lives there.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The folder of the scripts.
pub(super) const FOLDER: &str = "/rehearsal/folder";
/// What observes the scripts, and what stands in for programs that cannot work here.
pub(super) const TOOLS: &str = "/rehearsal/tools";
/// What the scripts' failures are written to.
pub(super) const FAILURES: &str = "/rehearsal/failures";
/// The person whom the network is for.
pub(super) const PERSON: u32 = 1000;
/// The person's home.
pub(super) const HOME: &str = "/home/person";
/// Where the servers of the world outside listen.
pub(super) const OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
/// The same by IPv6.
pub(super) const OUTSIDE6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xff, 0, 0, 0, 0, 0x10);
