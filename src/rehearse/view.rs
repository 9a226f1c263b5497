//! What is seen of the file system inside the machine: programs and libraries, read-only; a copy of `/etc`; devices that
//! are nobody's; and folders that are new.
//!
//! It is made from nothing rather than by hiding: what is not listed here (homes, sockets, mounts, data) is not there.
//! Once the old root is gone, nothing inside can come back to it.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_remount, unmount};
use rustix::process::pivot_root;

use super::job::{File, Identities};
use super::layout::{FOLDER, HOME, OUTSIDE, PERSON, TOOLS};

/// Where the new root is put together: in a folder that every system has, on a file system of its own.
const NEW: &str = "/tmp";
/// Programs and libraries, wherever distributions have them.
const PROGRAMS: &[&str] = &["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix/store", "gnu/store"];
/// It is the host's memory: enough for what sixty guests need many times over, and no more.
const ROOM: &CStr = c"mode=755,size=512m,nr_inodes=200k";
const DEVICES: &[&str] = &["null", "zero", "full", "random", "urandom", "net/tun"];
const FOLDERS: &[&str] =
    &["proc", "sys", "run", "var/lib", "var/log", "var/cache", "mnt", "old", "dev/net", "dev/shm", "rehearsal/sys"];

/// A step that failed, and the system's reason.
pub(super) type FailedStep = (&'static str, io::Error);

/// Makes the machine's own root the root of this process. Folders that the host shares are there, and empty.
pub(super) fn enter<'a>(
    files: &[File],
    shared: impl Iterator<Item = &'a Path>,
    identities: Identities,
) -> Result<(), FailedStep> {
    let new = Path::new(NEW);
    let as_io = |step| move |errno: rustix::io::Errno| (step, io::Error::from(errno));
    let failed = |step| move |reason: io::Error| (step, reason);
    let flags = MountFlags::NODEV | MountFlags::NOSUID;
    mount("tmpfs", new, "tmpfs", flags, ROOM).map_err(as_io("a file system in memory"))?;
    make_folders(new).map_err(failed("folders"))?;
    for name in PROGRAMS {
        show(name, new).map_err(failed("programs, read-only"))?;
    }
    make_read_only(new).map_err(failed("programs, read-only"))?;
    for name in DEVICES {
        show_device(name, new).map_err(failed(if *name == "net/tun" { "/dev/net/tun" } else { "devices" }))?;
    }
    let own = flags | MountFlags::NOEXEC;
    mount("proc", new.join("proc"), "proc", own, None).map_err(as_io("/proc"))?;
    // `ip netns exec` takes away what is at /sys before it mounts its own there, which the kernel allows only where there is
    // another one.
    for place in ["sys", "rehearsal/sys"] {
        mount("sysfs", new.join(place), "sysfs", own, None).map_err(as_io("/sys"))?;
    }
    copy(Path::new("/etc"), &new.join("etc")).map_err(failed("a copy of /etc"))?;
    settle_etc(&new.join("etc"), identities).map_err(failed("a copy of /etc"))?;
    lay_out(files, &below(new, FOLDER)).map_err(failed("the files of the document"))?;
    for folder in shared.filter_map(|folder| folder.strip_prefix("/").ok()) {
        make_shared(&new.join(folder)).map_err(failed("folders to share"))?;
    }
    pivot_root(new, new.join("old")).map_err(as_io("a root of its own"))?;
    rustix::process::chdir("/").map_err(as_io("a root of its own"))?;
    unmount("/old", UnmountFlags::DETACH).map_err(as_io("a root of its own"))?;
    fs::remove_dir("/old").map_err(failed("a root of its own"))
}

fn below(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

fn make_folders(new: &Path) -> io::Result<()> {
    for folder in FOLDERS.iter().copied().chain(["root/", FOLDER, TOOLS, HOME]) {
        fs::create_dir_all(below(new, folder))?;
    }
    for folder in ["tmp", "var/tmp"] {
        fs::create_dir_all(new.join(folder))?;
        fs::set_permissions(new.join(folder), fs::Permissions::from_mode(0o1777))?;
    }
    symlink("/run", new.join("var/run"))?;
    for (name, target) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
        symlink(format!("/proc/self/fd{target}"), new.join("dev").join(name))?;
    }
    Ok(())
}

/// Whoever serves it may write to it.
fn make_shared(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777))
}

/// Shows a folder of the host's at its place; a link stays the link that it is.
fn show(name: &str, new: &Path) -> io::Result<()> {
    let (from, to) = (Path::new("/").join(name), new.join(name));
    match from.symlink_metadata() {
        Ok(found) if found.is_symlink() => symlink(fs::read_link(&from)?, &to),
        Ok(found) if found.is_dir() => {
            fs::create_dir_all(&to)?;
            Ok(mount_bind_recursive(&from, &to)?)
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Every mount that was shown so far; flags that the host has set cannot be taken away, and need not.
fn make_read_only(new: &Path) -> io::Result<()> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(4);
        let (Some(place), Some(options)) = (words.next(), words.next()) else { continue };
        let place = PathBuf::from(place.replace("\\040", " "));
        if !place.starts_with(new) || place == new {
            continue;
        }
        let kept = options.split(',').map(flag).fold(MountFlags::empty(), |all, one| all | one);
        let wanted = kept | MountFlags::BIND | MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
        mount_remount(&place, wanted, "")?;
    }
    Ok(())
}

fn flag(option: &str) -> MountFlags {
    match option {
        "noexec" => MountFlags::NOEXEC,
        "noatime" => MountFlags::NOATIME,
        "nodiratime" => MountFlags::NODIRATIME,
        "relatime" => MountFlags::RELATIME,
        _ => MountFlags::empty(),
    }
}

fn show_device(name: &str, new: &Path) -> io::Result<()> {
    let (from, to) = (Path::new("/dev").join(name), new.join("dev").join(name));
    fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&to)?;
    Ok(mount_bind(from, to)?)
}

/// What this user can read of a folder. Links are copied as links; sockets, devices and what is secret stay out.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    for entry in entries.filter_map(Result::ok) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_dir() {
            copy(&source, &target)?;
        } else if kind.is_file() {
            // What others may not read is a secret of the host's: not even a person who may read it needs it here.
            let is_public = entry.metadata().is_ok_and(|found| found.permissions().mode() & 0o004 != 0);
            if is_public && fs::copy(&source, &target).is_ok() {
                fs::set_permissions(&target, fs::Permissions::from_mode(0o644))?;
            }
        }
    }
    Ok(())
}

/// The machine's own name, nameserver and users.
fn settle_etc(etc: &Path, identities: Identities) -> io::Result<()> {
    let read = |name: &str| fs::read_to_string(etc.join(name)).unwrap_or_default();
    let person = format!("person:x:{PERSON}:{PERSON}::{HOME}:/bin/bash\n");
    let (mut users, mut groups) = (String::new(), String::new());
    for (name, all) in [("passwd", &mut users), ("group", &mut groups)] {
        let is_other = |line: &&str| line.split(':').nth(2) != Some("1000");
        all.extend(read(name).lines().filter(is_other).map(|line| format!("{line}\n")));
    }
    match identities {
        Identities::Many => {
            users.push_str(&person);
            groups.push_str("person:x:1000:\n");
        }
        // dnsmasq becomes another user, and another group, wherever it finds one.
        Identities::One => {
            users = format!("root:x:0:0:root:{HOME}:/bin/bash\nnobody:x:0:0::/:/bin/sh\n");
            groups.clear();
        }
    }
    let names = ["passwd", "group", "resolv.conf", "hosts", "hostname", "nsswitch.conf"];
    let texts = [
        users,
        groups,
        format!("nameserver {OUTSIDE}\n"),
        "127.0.0.1 localhost\n127.0.1.1 host\n".to_owned(),
        "host\n".to_owned(),
        "passwd: files\ngroup: files\nhosts: files dns\n".to_owned(),
    ];
    for (name, text) in names.iter().zip(texts) {
        // It may be a link into the old root.
        let _ = fs::remove_file(etc.join(name));
        fs::write(etc.join(name), text)?;
    }
    Ok(())
}

fn lay_out(files: &[File], folder: &Path) -> io::Result<()> {
    for file in files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, &file.text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(file.mode))?;
    }
    Ok(())
}
