//! What the rules know of OpenSSL's options: one table, for the paths that commands read and write, for what certificates
//! are made with, and for options that the releases in use do not have.
//!
//! `lint` has no table: it asks the program that is installed.

use crate::consistency::effect::Use;

/// One option.
struct OpensslOption {
    /// The subcommand that it is one of; empty for any.
    subcommand: &'static str,
    name: &'static str,
    follows: Follows,
    /// What to do without it in OpenSSL 3.0, if it is newer.
    instead: Option<&'static str>,
}

/// What follows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// The next option.
    Nothing,
    /// A file that is read.
    Read,
    /// A file that is written.
    Written,
    /// A file or folder that may be written.
    Open,
    /// What is neither.
    Text,
    /// Where names and extensions of a certificate may come from, too.
    Extensions,
}

const fn option(name: &'static str, follows: Follows) -> OpensslOption {
    OpensslOption { subcommand: "", name, follows, instead: None }
}

const fn newer(subcommand: &'static str, name: &'static str, follows: Follows, instead: &'static str) -> OpensslOption {
    OpensslOption { subcommand, name, follows, instead: Some(instead) }
}

const OPTIONS: &[OpensslOption] = &[
    option("-CA", Follows::Read),
    option("-CAkey", Follows::Read),
    option("-CAserial", Follows::Open),
    option("-addext", Follows::Text),
    option("-config", Follows::Extensions),
    option("-copy_extensions", Follows::Extensions),
    option("-days", Follows::Text),
    option("-extensions", Follows::Extensions),
    option("-in", Follows::Extensions),
    option("-key", Follows::Read),
    option("-keyout", Follows::Written),
    option("-newkey", Follows::Text),
    option("-out", Follows::Written),
    option("-outdir", Follows::Open),
    option("-passin", Follows::Text),
    option("-passout", Follows::Text),
    option("-reqexts", Follows::Extensions),
    option("-section", Follows::Extensions),
    option("-set_serial", Follows::Text),
    option("-subj", Follows::Text),
    option("-writerand", Follows::Open),
    option("-x509", Follows::Nothing),
    newer(
        "genpkey",
        "-outpubkey",
        Follows::Written,
        "leave it out and write `openssl pkey -in KEY -pubout -out FILE` after it",
    ),
    newer("genpkey", "-verbose", Follows::Nothing, "leave it out"),
    newer("req", "-not_after", Follows::Text, "use `-days`"),
    newer("req", "-not_before", Follows::Text, "leave it out: the certificate holds from now on"),
    newer("req", "-quiet", Follows::Nothing, "leave it out"),
    newer("req", "-x509v1", Follows::Nothing, "use `-x509`"),
    newer("x509", "-not_after", Follows::Text, "use `-days`"),
    newer("x509", "-not_before", Follows::Text, "leave it out: the certificate holds from now on"),
];

fn find(subcommand: &str, name: &str) -> Option<&'static OpensslOption> {
    let fits = |option: &&OpensslOption| option.subcommand.is_empty() || option.subcommand == subcommand;
    OPTIONS.iter().filter(fits).find(|option| option.name == name)
}

/// What follows an option of a subcommand, if the table has it.
pub(super) fn follows(subcommand: &str, name: &str) -> Option<Follows> {
    find(subcommand, name).map(|option| option.follows)
}

/// What to do without an option in OpenSSL 3.0, if it is newer.
pub(super) fn instead_of_newer(subcommand: &str, name: &str) -> Option<&'static str> {
    find(subcommand, name)?.instead
}

/// What `openssl` does to a path after an option, or after none: it writes what options with `out` in their names name,
/// and reads the rest.
pub(super) fn use_of_path(subcommand: Option<&str>, option: Option<&str>) -> Use {
    let (Some(subcommand), Some(option)) = (subcommand.filter(|name| *name != "ca"), option) else {
        return if matches!(subcommand, None | Some("ca")) { Use::Open } else { Use::Read };
    };
    match follows(subcommand, option) {
        Some(Follows::Open) => Use::Open,
        Some(Follows::Written) => Use::Write,
        None if option.contains("out") => Use::Write,
        Some(Follows::Nothing | Follows::Read | Follows::Text | Follows::Extensions) | None => Use::Read,
    }
}
