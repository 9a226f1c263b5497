//! Where this machine's own memory is: what was written here, what is trusted.
//!
//! It lies outside of every project, so that nothing that comes with a project can change it (XDG Base Directory
//! Specification, `XDG_STATE_HOME`).

use std::path::PathBuf;

use super::Failure;

/// The folder for this program's state: `$XDG_STATE_HOME/qvm-tangle`, else `~/.local/state/qvm-tangle`. It need not
/// exist yet.
///
/// # Errors
/// Neither variable holds an absolute path.
pub fn state_folder() -> Result<PathBuf, Failure> {
    let base = absolute("XDG_STATE_HOME").or_else(|| home().map(|home| home.join(".local/state")));
    base.map(|base| base.join("qvm-tangle")).ok_or_else(|| {
        Failure::Other(
            "`HOME` is not set to an absolute path, so there is no place for this machine's record".to_owned(),
        )
    })
}

/// What tells this boot of the machine from every other one; none where the kernel does not say (random(4)).
pub fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let id = id.trim();
    (!id.is_empty() && !id.contains(' ')).then(|| id.to_owned())
}

/// The person's home folder, if the environment names one.
pub fn home() -> Option<PathBuf> {
    absolute("HOME")
}

fn absolute(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}
