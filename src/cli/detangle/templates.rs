//! The project's own templates that get another text, or are made from built-in ones.

use std::path::{Path, PathBuf};

use crate::build::BuiltDocument;
use crate::carry::{CarriedBack, TemplateBasis};
use crate::cli::rewrite::{Rewritten, created_below, rewritten_below};
use crate::workspace::load::TEMPLATES;
use crate::workspace::{Failure, shown};

/// A template with edits in it.
pub(super) struct Patched {
    /// The folder of the project that it lies in.
    project: PathBuf,
    path: PathBuf,
    basis: TemplateBasis,
    /// Its path as messages show it.
    pub(super) shown: String,
    /// Its text, or that of the built-in one, so far.
    pub(super) old: String,
    /// Its new text.
    pub(super) new: String,
}

/// The templates that edits were carried back to.
pub(super) fn patched(
    document: &BuiltDocument,
    back: &CarriedBack,
    project: Option<&Path>,
) -> Result<Vec<Patched>, Failure> {
    let Some(project) = project else { return Ok(Vec::new()) };
    let of_one = |template: &crate::carry::CarriedTemplate| {
        let path = project.join(TEMPLATES).join(&template.name);
        if template.basis == TemplateBasis::BuiltIn && path.symlink_metadata().is_ok() {
            let reason = "is there and is not the template that was used: nothing is put in its place".to_owned();
            return Err(Failure::Unusable(path, reason));
        }
        Ok(Patched {
            project: project.to_owned(),
            shown: shown(&path),
            path,
            basis: template.basis,
            old: document.loaded.sources.get(template.old).text().to_owned(),
            new: template.text.clone(),
        })
    };
    back.templates.iter().map(of_one).collect()
}

impl Patched {
    /// What happens to it, for a list.
    pub(super) fn told(&self) -> String {
        match self.basis {
            TemplateBasis::Own => self.shown.clone(),
            TemplateBasis::BuiltIn => format!("{} (a copy of the built-in template with the edit)", self.shown),
        }
    }

    /// Its new content, to be written below the project's folder without following links.
    pub(super) fn rewritten(&self) -> Result<Rewritten, Failure> {
        match self.basis {
            TemplateBasis::Own => rewritten_below(&self.project, &self.path, &self.old, &self.new),
            TemplateBasis::BuiltIn => created_below(&self.project, &self.path, &self.new),
        }
    }
}
