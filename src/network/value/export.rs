//! Folders that the host shares with guests: the name that guests mount one by, where it lies, and what they may do there.
//!
//! The path is used by root's scripts and by a server that may look into every folder, so it has characters alone that
//! mean nothing anywhere, and none of the folders that hold what is secret or the system's own.

use std::fmt;

use crate::network::value::GuestName;
use crate::network::value::only_contains;
use crate::path::LONGEST_PATH;

/// No name of a share is longer.
const LONGEST_NAME: usize = 64;
/// Folders of the system, whose contents are no files to share, or are seen by no service.
const SYSTEM: &[&str] = &[
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib32",
    "lib64",
    "lost+found",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "tmp",
    "usr",
];

/// The name of a share, below the server's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportName(String);

/// The folder of a share: absolute, or below the network's own folder of shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPath(String);

/// Who may mount a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportClient {
    /// Every guest.
    All,
    /// One guest.
    Guest(GuestName),
}

/// What clients may do with a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportMode {
    /// Read.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

impl ExportName {
    /// Reads a name, with or without the `/` that clients have before it, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.strip_prefix('/').unwrap_or(text);
        only_contains(name, "_.-")?;
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err("does not begin with a letter or a digit".to_owned());
        }
        if name.len() > LONGEST_NAME {
            return Err(format!("has more than {LONGEST_NAME} characters"));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name without the `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ExportPath {
    /// Reads the path of a folder, or says why it is none to share.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('~') {
            return Err("begins with `~`, and services see no home".to_owned());
        }
        let whole = if text.len() > 1 { text.strip_suffix('/').unwrap_or(text) } else { text };
        only_contains(whole, "/_.+-")?;
        if whole.len() > LONGEST_PATH {
            return Err(format!("has more than {LONGEST_PATH} bytes"));
        }
        let below = whole.strip_prefix('/').unwrap_or(whole);
        let parts: Vec<&str> = below.split('/').collect();
        match parts.iter().find(|part| matches!(**part, "" | "." | "..") || part.starts_with('-')) {
            Some(&"") if whole == "/" => return Err("is the whole host".to_owned()),
            Some(&"") => return Err("has nothing between two `/`".to_owned()),
            Some(part) => return Err(format!("has the part `{part}`")),
            None => {}
        }
        if whole.starts_with('/') {
            is_shareable(&parts)?;
        }
        Ok(Self(whole.to_owned()))
    }

    /// The path as the document has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a folder of the host's, and not of the network's own.
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }
}

fn is_shareable(parts: &[&str]) -> Result<(), String> {
    match parts {
        ["home" | "root", ..] => Err("is in a home folder, which services do not see".to_owned()),
        ["tmp", ..] | ["var", "tmp", ..] => {
            Err("is a folder for temporary files, of which services have their own".to_owned())
        }
        [first, ..] if SYSTEM.contains(first) => Err("belongs to the system".to_owned()),
        ["var"] | ["var", "lib"] | ["var", "log" | "spool" | "run" | "lock", ..] | ["var", "lib", "qvm", ..] => {
            Err("belongs to the system".to_owned())
        }
        _ => Ok(()),
    }
}

impl ExportClient {
    /// Reads `*` or the name of a guest, or says why a text is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "*" { Ok(Self::All) } else { GuestName::parse(text).map(Self::Guest) }
    }
}

impl ExportMode {
    /// Reads `ro` or `rw`, or says why a text is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "ro" => Ok(Self::ReadOnly),
            "rw" => Ok(Self::ReadWrite),
            _ => Err("is neither `ro` nor `rw`".to_owned()),
        }
    }
}

impl fmt::Display for ExportName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for ExportPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for ExportClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => out.write_str("*"),
            Self::Guest(name) => name.fmt(out),
        }
    }
}

impl fmt::Display for ExportMode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ReadOnly => "ro",
            Self::ReadWrite => "rw",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{ExportClient, ExportMode, ExportName, ExportPath};
    use crate::network::value::testing::check;

    #[test]
    fn a_share_has_a_plain_name() {
        check(ExportName::parse, "data", Ok("data"));
        check(ExportName::parse, "/k8s-volumes_1.0", Ok("k8s-volumes_1.0"));
        check(ExportName::parse, "a/b", Err("has `/` in it"));
        check(ExportName::parse, "..", Err("does not begin with a letter or a digit"));
        check(ExportName::parse, "/", Err("is empty"));
        check(ExportName::parse, "a;}", Err("has `;` in it"));
    }

    #[test]
    fn a_share_lies_where_files_are_to_share() {
        for path in ["data", "k8s/volumes", "/srv/data", "/var/lib/images", "/mnt/disk-1"] {
            check(ExportPath::parse, path, Ok(path));
        }
        check(ExportPath::parse, "/srv/data/", Ok("/srv/data"));
        check(ExportPath::parse, "/", Err("is the whole host"));
        check(ExportPath::parse, "../data", Err("has the part `..`"));
        check(ExportPath::parse, "/srv/../etc", Err("has the part `..`"));
        check(ExportPath::parse, "/srv//x", Err("has nothing between two `/`"));
        check(ExportPath::parse, "-rf", Err("has the part `-rf`"));
        check(ExportPath::parse, "/etc", Err("belongs to the system"));
        check(ExportPath::parse, "/etc/ssl/private", Err("belongs to the system"));
        check(ExportPath::parse, "/var/lib/qvm/other/nfs", Err("belongs to the system"));
        check(ExportPath::parse, "/home/me/src", Err("is in a home folder, which services do not see"));
        check(ExportPath::parse, "~/src", Err("begins with `~`, and services see no home"));
        check(ExportPath::parse, "/srv/a b", Err("has white space in it"));
        check(ExportPath::parse, "/srv/\";}", Err("has `\"` in it"));
        check(ExportPath::parse, "/srv/$(id)", Err("has `$` in it"));
    }

    #[test]
    fn clients_are_guests_that_read_or_write() {
        check(ExportClient::parse, "*", Ok("*"));
        check(ExportClient::parse, "wk-1", Ok("wk-1"));
        check(ExportMode::parse, "RW", Ok("rw"));
        check(ExportMode::parse, "w", Err("is neither `ro` nor `rw`"));
    }
}
