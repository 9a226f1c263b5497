//! What the scripts of our own templates write below `QVM_DIR` when they run.
//!
//! Reading it off the scripts would take a shell: their paths pass through variables and functions. A test holds the
//! table to the templates.

use std::path::Path;

/// Every script by its file name, with what it writes; `*` for what is only known when it runs.
const WRITTEN: &[(&str, &[&str])] = &[
    ("bridge-down.sh", &[]),
    ("bridge-up.sh", &[]),
    ("gen-ca-cert.sh", &["certs/ca/cert.pem", "ca-cert/qvm-ca.pem"]),
    ("gen-ca-keypair.sh", &["certs/ca/priv.pem", "certs/ca/pub.pem"]),
    ("gen-host-cert.sh", &["certs/hosts/*"]),
    ("run-guest.sh", &[]),
    ("setup-guest.sh", &[]),
    ("setup-host.sh", &[]),
    ("status.sh", &[]),
    ("svc-down.sh", &[]),
    ("svc-up.sh", &["svc/*"]),
    ("tap-down.sh", &[]),
    ("tap-up.sh", &[]),
];

/// What the script writes; none if it is not one of ours.
pub(super) fn written_by(path: &Path) -> Option<&'static [&'static str]> {
    let name = path.file_name()?.to_str()?;
    WRITTEN.iter().find(|(script, _)| *script == name).map(|(_, written)| *written)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test reads the project's templates, which the core never does")]
mod tests {
    use super::WRITTEN;

    #[test]
    fn every_script_of_a_template_is_listed_with_what_it_writes() {
        let mut listed: Vec<&str> = WRITTEN.iter().map(|(script, _)| *script).collect();
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(script) = name.strip_suffix(".shell.j2").filter(|script| !script.starts_with('_')) else {
                continue;
            };
            let text = std::fs::read_to_string(&path).unwrap();
            let entry = WRITTEN.iter().find(|(name, _)| *name == script);
            let (_, written) = entry.unwrap_or_else(|| panic!("{script} is not in the table"));
            for path in *written {
                let folder = path.rsplit_once('/').map_or(*path, |(folder, _)| folder);
                assert!(text.contains(&format!("$QVM_DIR/{folder}")), "{script} does not mention {folder}");
            }
            listed.retain(|name| *name != script);
        }
        assert!(listed.is_empty(), "no templates make {listed:?}");
    }
}
