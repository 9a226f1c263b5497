//! Network namespaces inside the machine: made and removed by `ip netns`, as the scripts make theirs, and entered by
//! threads.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::program;

/// Makes network namespaces without IPv6, which would bring addresses of its own.
pub(super) fn make(names: &[String]) -> io::Result<()> {
    program::batch(None, names.iter().map(|name| format!("netns add {name}")))?;
    for name in names {
        within(name, || {
            for which in ["all", "default"] {
                // Where the kernel has no IPv6, there is nothing to switch off.
                let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{which}/disable_ipv6"), "1");
            }
        })?;
    }
    Ok(())
}

/// Does something in a namespace, in a thread that ends with it: a thread does not come back from where it went.
pub(super) fn within<T: Send>(name: &str, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let path = Path::new("/run/netns").join(name);
    let entered = move || {
        let space = File::open(&path)?;
        move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(work())
    };
    thread::scope(|scope| {
        let worker = thread::Builder::new().spawn_scoped(scope, entered)?;
        worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread in the machine has ended early")))
    })
}
