//! Paths of files on the host that a network uses.
//!
//! They end up in command lines of QEMU and in scripts that run as root, so what could lead elsewhere than it looks is
//! refused.

use std::fmt;

/// The longest path that Linux opens.
const LONGEST: usize = 4095;

/// A file of a disk: absolute, or below the folder of the disks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskPath(String);

/// The file of a public key: absolute, below somebody's home (`~/`), or below the folder of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPath(String);

impl DiskPath {
    /// Reads the path of a disk, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('~') {
            return Err("begins with `~`, which means nothing to QEMU".to_owned());
        }
        if text.contains(',') {
            return Err("has `,` in it, which ends a file name to QEMU".to_owned());
        }
        is_file_path(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl KeyPath {
    /// Reads the path of a public key, or says why it is none.
    ///
    /// What it names is given to guests, so a path that does not say it is a public key's is refused: the private one
    /// lies beside it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let below_home = text.strip_prefix("~/");
        if text.starts_with('~') && below_home.is_none() {
            return Err("is in the home folder of somebody else".to_owned());
        }
        is_file_path(below_home.unwrap_or(text))?;
        if let Some(c) = text.chars().find(|c| "\"\\%$".contains(*c)) {
            return Err(format!("has `{c}` in it, which means something else to ssh"));
        }
        if text.strip_suffix(".pub").is_none() {
            return Err("does not end in `.pub`, as public keys do".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// Refuses what names no file, or another one than it looks like.
fn is_file_path(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_control()) {
        Some(c) => return Err(format!("has `{}` in it", c.escape_debug())),
        None if text.len() > LONGEST => return Err(format!("has more than {LONGEST} bytes")),
        None if text.ends_with('/') => return Err("names a folder".to_owned()),
        None => {}
    }
    let below = text.strip_prefix('/').unwrap_or(text);
    match below.split('/').find(|part| matches!(*part, "" | "." | "..")) {
        Some("") => Err("has nothing between two `/`".to_owned()),
        Some(part) => Err(format!("has the part `{part}`")),
        None => Ok(()),
    }
}

impl fmt::Display for DiskPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{DiskPath, KeyPath};
    use crate::network::value::testing::check;

    #[test]
    fn a_disk_is_a_file_that_is_where_it_looks() {
        for path in ["cp.qcow2", "lab/cp.qcow2", "/var/lib/disks/a b.img", "it's $(x)"] {
            check(DiskPath::parse, path, Ok(path));
        }
        check(DiskPath::parse, "../cp.qcow2", Err("has the part `..`"));
        check(DiskPath::parse, "./cp.qcow2", Err("has the part `.`"));
        check(DiskPath::parse, "/a//b", Err("has nothing between two `/`"));
        check(DiskPath::parse, "disks/", Err("names a folder"));
        check(DiskPath::parse, "~/cp.qcow2", Err("begins with `~`, which means nothing to QEMU"));
        check(DiskPath::parse, "a,format=raw", Err("has `,` in it, which ends a file name to QEMU"));
        check(DiskPath::parse, "a\tb", Err("has `\\t` in it"));
    }

    #[test]
    fn a_key_is_a_public_one() {
        for path in ["~/.ssh/id_ed25519.pub", "/home/a/key.pub", "keys/a.pub"] {
            check(KeyPath::parse, path, Ok(path));
        }
        check(KeyPath::parse, "~/.ssh/id_ed25519", Err("does not end in `.pub`, as public keys do"));
        check(KeyPath::parse, "~root/.ssh/a.pub", Err("is in the home folder of somebody else"));
        check(KeyPath::parse, "~/%h.pub", Err("has `%` in it, which means something else to ssh"));
        check(KeyPath::parse, "~/../a.pub", Err("has the part `..`"));
    }
}
