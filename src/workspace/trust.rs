//! What a person trusts: which folders may reach outside of themselves and run programs.
//!
//! A document and a configuration may come from somebody else. What a configuration asks for is in [`reach`]; whether a
//! person has said yes is remembered outside of the folder, in [`store`], with the hash of the configuration, so that a
//! changed one asks again.

pub mod reach;
pub mod store;

use std::path::{Path, PathBuf};

use super::{CONFIG_NAME, Failure, Project, confine, protected};
use reach::TrustRequirement;
use store::Standing;

/// What somebody trusts: a folder with the configuration in it, or a configuration of another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustSubject {
    /// The real path of the folder, or of the configuration where it has another name than the usual one.
    pub place: PathBuf,
    /// The hash of the configuration; none for a folder without one.
    pub sha256: Option<String>,
}

/// What is asked for and not trusted.
#[derive(Debug)]
pub struct Lack {
    /// The place that `qvm-tangle trust` takes.
    pub place: PathBuf,
    /// Where it is asked for.
    pub file: PathBuf,
    /// The first thing that is asked for.
    pub reach: TrustRequirement,
    /// Whether the place was trusted before its configuration changed.
    pub standing: Standing,
}

impl TrustSubject {
    /// A project's folder and configuration; without a configuration the folder that a document is in.
    pub fn of(project: &Project, document_folder: &Path) -> Self {
        let Some(configuration) = &project.configuration else {
            return Self { place: real(document_folder), sha256: None };
        };
        let path = real(&configuration.path);
        let is_usual = path.file_name().is_some_and(|name| name == CONFIG_NAME);
        let place = path.parent().filter(|_| is_usual).map_or_else(|| path.clone(), Path::to_owned);
        Self { place, sha256: Some(configuration.sha256.clone()) }
    }

    /// Whether somebody trusts it. A folder without a configuration is trusted with one above it that has none either.
    pub fn standing(&self) -> Standing {
        if self.sha256.is_some() {
            return store::standing(&self.place, self.sha256.as_deref());
        }
        let is_trusted = |folder: &Path| store::standing(folder, None) == Standing::Trusted;
        if self.place.ancestors().any(is_trusted) { Standing::Trusted } else { Standing::Unknown }
    }
}

impl Lack {
    /// One sentence: what is asked for, and which command allows it.
    pub fn sentence(&self) -> String {
        let changed = match self.standing {
            Standing::Changed => ", has changed since it was trusted",
            Standing::Unknown | Standing::Trusted => "",
        };
        let place = super::quoted(&self.place);
        format!(
            "asks for `{}`{changed}, and is not trusted: {}; if you trust who wrote it, run `qvm-tangle trust {place}` \
             (in CI: `--trust`)",
            self.reach.asks, self.reach.means
        )
    }
}

/// A path with links resolved, or as it is where there is nothing.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Why nothing may be written in a folder whoever trusts it, as the end of a sentence that begins with the folder.
pub fn refusal(folder: &Path) -> Option<String> {
    protected::refusal(&confine::real_path(folder).unwrap_or_else(|_| folder.to_owned()))
}

/// Trusts a subject from now on.
///
/// # Errors
/// It cannot be remembered.
pub fn trust(subject: &TrustSubject) -> Result<(), Failure> {
    store::remember(&subject.place, subject.sha256.as_deref())
}
