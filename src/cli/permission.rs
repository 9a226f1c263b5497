//! Whether a run may do what reaches beyond its folder: what was asked for, what was typed, who is trusted.
//!
//! Options and files that a person types are the person's own word and need no trust.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Shared;
use crate::build::{Input, Trust};
use crate::workspace::staged::Exported;
use crate::workspace::trust::reach::{ReachKind, TrustRequirement, asked};
use crate::workspace::trust::store::Standing;
use crate::workspace::trust::{Lack, TrustSubject, refusal};
use crate::workspace::{Failure, Project, absolute, project};

/// What a run is for, which decides what of a configuration it would use.
#[derive(Debug, Clone, Copy)]
pub(super) enum RunPurpose<'a> {
    /// To compile.
    Compile,
    /// To run checkers.
    Lint,
    /// To run what the documents give, in a machine of its own.
    Rehearse,
    /// To check git's index, laid out in a folder that stands for the work tree.
    CheckStaged(&'a Exported),
}

/// What a run asks for, and who decides it.
pub(super) struct Permission<'a> {
    pub(super) shared: &'a Shared,
    pub(super) project: &'a Project,
    /// The files that were typed.
    pub(super) files: &'a [PathBuf],
    pub(super) purpose: RunPurpose<'a>,
}

impl Permission<'_> {
    /// Refuses a configuration that asks for what nobody trusts, before anything that it names is read, and an out-dir in
    /// which nobody's lock may stand.
    pub(super) fn check_configuration(&self) -> Result<(), Failure> {
        let typed = self.shared.out_dir.as_deref().map(absolute).transpose()?;
        let configured = || Some(self.project.resolve(self.project.config.out_dir.as_deref()?));
        if let Some(out_dir) = typed.or_else(configured)
            && let Some(reason) = refusal(&out_dir)
        {
            return Err(Failure::Unusable(out_dir, reason));
        }
        let Some(reach) = self.reach() else { return Ok(()) };
        let folder = self.project.folder.as_deref().unwrap_or(Path::new("/"));
        match self.standing(folder) {
            Standing::Trusted => Ok(()),
            standing => Err(self.lack(reach, standing)),
        }
    }

    /// Whether all of these documents are trusted. A configuration speaks for the documents below its folder; where it asks
    /// for something, documents elsewhere must be trusted themselves.
    pub(super) fn check_documents(&self, documents: &[Input]) -> Result<Trust, Failure> {
        let folders: BTreeSet<&Path> = documents.iter().filter_map(|input| input.path.parent()).collect();
        let untrusted = folders.into_iter().map(|folder| self.standing(folder)).find(|it| *it != Standing::Trusted);
        match (untrusted, self.reach()) {
            (None, _) => Ok(Trust::Given),
            (Some(_), None) => Ok(Trust::Withheld(None)),
            (Some(standing), Some(reach)) => Err(self.lack(reach, standing)),
        }
    }

    /// The first thing the configuration asks for that this run would use.
    fn reach(&self) -> Option<TrustRequirement> {
        asked(self.project).into_iter().find(|reach| match reach.kind {
            ReachKind::Documents => self.files.is_empty(),
            ReachKind::OutDir => self.shared.out_dir.is_none(),
            ReachKind::AllowOutside => true,
            ReachKind::Command => matches!(self.purpose, RunPurpose::Lint),
        })
    }

    /// How the documents of a folder stand: with the configuration if it is above them, else with their own.
    fn standing(&self, folder: &Path) -> Standing {
        if self.shared.trust {
            return Standing::Trusted;
        }
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // Documents that the configuration names are its business, wherever they lie.
        let is_covered = self.files.is_empty()
            || self.project.folder.as_deref().is_some_and(|own| real(folder).starts_with(real(own)));
        if is_covered {
            return self.subject(self.project, folder).standing();
        }
        match project(None, folder) {
            Ok(own) => self.subject(&own, folder).standing(),
            Err(_) => Standing::Unknown,
        }
    }

    fn subject(&self, project: &Project, folder: &Path) -> TrustSubject {
        let subject = TrustSubject::of(project, folder);
        match self.purpose {
            RunPurpose::CheckStaged(exported) => {
                TrustSubject { place: exported.in_work_tree(&subject.place), sha256: subject.sha256 }
            }
            RunPurpose::Compile | RunPurpose::Lint | RunPurpose::Rehearse => subject,
        }
    }

    fn lack(&self, reach: TrustRequirement, standing: Standing) -> Failure {
        let folder = self.project.folder.as_deref().unwrap_or(Path::new("/"));
        let file = self.project.configuration.as_ref().map(|file| file.path.clone()).unwrap_or_default();
        let place = self.subject(self.project, folder).place;
        Failure::Untrusted(Box::new(Lack { place, file, reach, standing }))
    }
}
