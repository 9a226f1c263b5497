//! What a run produces: one file's path, mode and text, and where every byte of the text came from.
//!
//! A *target* is declared in Org, an artifact is what we made for it. Both producers (tangling and rendering) give
//! artifacts; what happens to them on disk is for `drift` and `workspace`.

mod origins;

use std::path::PathBuf;

use crate::source::Span;
pub use origins::Origins;

/// One output file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Absolute, lexically normalised path.
    pub path: PathBuf,
    /// Permission bits the document asks for; none means 0644 for a new file and the present mode for an old one.
    pub mode: Option<u32>,
    /// The whole text, UTF-8, lines ended by LF.
    pub text: String,
    /// Which source text gave which part of `text`: the first piece starts at 0, no gaps.
    pub origins: Origins,
    /// The declaration that led to this file: the `:tangle` value or block, or the bridge list for a template's output.
    pub declared: Span,
    /// Who made it.
    pub producer: Producer,
    /// Whether missing folders above it are made (`:mkdirp`; always for rendered files).
    pub make_folders: bool,
    /// What it reads and writes when it runs, if its template says so.
    pub touches: Option<Touches>,
}

/// Paths below the folder that all scripts share, `*` for a part that is known only when a script runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touches {
    /// What it cannot run without.
    pub reads: Vec<String>,
    /// What is there afterwards.
    pub writes: Vec<String>,
    /// The list whose rows it makes certificates for.
    pub certifies: Option<String>,
}

/// What made an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Producer {
    /// Source blocks with `:tangle`.
    Blocks,
    /// A template and the network's model.
    Template,
    /// The picture of the network.
    Graph,
}

/// A run of output bytes with one origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Offset after the last output byte of this run; it starts where the run before it ends.
    pub end: u32,
    /// The source text it came from: a part of an Org document or of a template.
    pub from: Span,
    /// How they came from it.
    pub way: OriginKind,
}

/// How output bytes came from a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginKind {
    /// They are the same bytes.
    Copied,
    /// They were made from it: quoted, generated.
    Derived,
    /// They are a value that was placed there: that of this Org cell or item.
    Placed(Span),
}
