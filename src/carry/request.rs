//! What is asked of carrying back, and what comes of it.

use std::path::PathBuf;

use crate::artifact::Artifact;
use crate::compile::{Compilation, Inputs};
use crate::diagnostic::Levels;
use crate::source::{Source, SourceId};

/// An output that was edited, and its text as it is now.
#[derive(Debug, Clone, Copy)]
pub struct EditedOutput<'a> {
    /// What the document gives.
    pub artifact: &'a Artifact,
    /// What it was edited to.
    pub file: &'a Source,
}

/// What carrying back needs.
#[derive(Debug, Clone, Copy)]
pub struct CarryRequest<'a> {
    /// What the document is compiled from; its sources hold the edited files as well.
    pub inputs: Inputs<'a>,
    /// What it gives; it has no errors.
    pub compilation: &'a Compilation,
    /// The outputs that were edited.
    pub edited: &'a [EditedOutput<'a>],
    /// What each code weighs.
    pub levels: &'a Levels,
    /// Whether a template of the project's own is read.
    pub templates: OwnTemplates,
}

/// Whether a project can have templates of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnTemplates {
    /// It has a configuration, and they lie beside it.
    Possible,
    /// There is no configuration, so that none is read.
    Unread,
}

/// What edits of outputs change.
#[derive(Debug, Default)]
pub struct CarriedBack {
    /// The document's new text; none if it stays as it is.
    pub document: Option<String>,
    /// Templates with a new text.
    pub templates: Vec<CarriedTemplate>,
    /// How many blocks and cells of the document change.
    pub blocks: usize,
    /// Cells, items and other places that are no block.
    pub cells: usize,
    /// The edited outputs and what they are from then on.
    pub gives: Vec<(PathBuf, String)>,
    /// Other outputs that become different with it.
    pub also: Vec<PathBuf>,
}

impl CarriedBack {
    /// Whether nothing was edited.
    pub fn is_nothing(&self) -> bool {
        self.document.is_none() && self.templates.is_empty()
    }
}

/// A template with edits in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedTemplate {
    /// Its name below `templates/`.
    pub name: String,
    /// The text so far: its source.
    pub old: SourceId,
    /// Its new text.
    pub text: String,
    /// Whose it was so far.
    pub basis: TemplateBasis,
}

/// Whose template was edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateBasis {
    /// The project's own.
    Own,
    /// The built-in one: the project gets one of its own.
    BuiltIn,
}
