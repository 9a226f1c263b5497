//! From source blocks to files, byte for byte as Emacs' `org-babel-tangle-file` makes them (Org 9.8).
//!
//! The rule numbers (T-001 to T-123) are those of the tangling specification. The order of work is the order of the
//! modules: which blocks are visited (`candidates`, `outline`), what their header arguments say (`arguments`), their text
//! (`text`) and what is put into it (`expansion`), and the files it goes to (`targets`). `checks` reports what Emacs would
//! pass over in silence. Where Emacs would stop, or would run something, there is an error and the caller writes nothing.
//! `ask` answers an editor, `detangle` goes the other way.

mod arguments;
mod ask;
mod candidates;
mod checks;
mod detangle;
mod element_names;
mod expansion;
mod languages;
mod left_out;
mod outline;
mod path;
mod targets;
mod text;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::diagnostic::Diagnostic;
use crate::org::{Document, HeadingId, Keyword, SourceBlock};
use arguments::inherit::{self, Inheritance};
use arguments::parameters::Parameters;
use arguments::settings::{self, BlockSettings};
use arguments::setup;
use candidates::{BlockVisit, candidates};
use expansion::noweb::{self, Noweb};
use expansion::variables::{self, Elements};
use outline::HeadingStates;
use targets::assemble::{Assembly, BlockEntry};
use targets::target;
use text::Text;
use text::body::{self, Point};
use text::comments::{self, Place};

pub use arguments::keys::{ArgumentName, KEYS};
pub use arguments::setup::{SetupFiles, read_setup_files, setup_files};
pub use ask::{
    NowebReference, ReferenceText, argument_at, argument_values, meaning, reference_at, reference_names, references_in,
};
pub(crate) use detangle::org_line;
pub use detangle::{Detangled, detangle};
pub use element_names::{ElementMention, MentionRole, element_mentions, same_element, section_ids};
pub use languages::{Languages, Support};
pub use left_out::{LeftOutReason, left_out};
pub use targets::assemble::{LinkedText, LinkedTexts, TangledFile};

/// What a document's text depends on besides itself; the shell fills it in.
#[derive(Debug, Clone, Default)]
pub struct TangleEnvironment {
    /// Absolute, normalised path of the document.
    pub document: PathBuf,
    /// Absolute folder that relative targets are in: the document's own, or the out-dir.
    pub base: PathBuf,
    /// What `~` stands for; absolute.
    pub home: PathBuf,
    /// Where absolute targets and those under `~` are put instead, if anywhere (`--destdir`).
    pub destdir: Option<PathBuf>,
    /// Whose Babel support counts as loaded.
    pub languages: Languages,
    /// The user's shell: it decides the form of variables in shell blocks (rule T-109). `sh` if empty.
    pub shell: String,
    /// Setup files that were read; see [`read_setup_files`].
    pub setup_files: SetupFiles,
    /// What Emacs calls this kind of machine, for Lisp that asks; `gnu/linux` if empty.
    pub system_type: String,
    /// Emacs' own folder, with a slash at its end, for Lisp that asks; `~/.emacs.d/` if empty.
    pub emacs_directory: String,
    /// The environment, for Lisp that asks for a variable.
    pub environment: BTreeMap<String, String>,
    /// Names of variables that are set and that only a trusted document may read.
    pub withheld: BTreeSet<String>,
}

impl TangleEnvironment {
    /// The folder the document is in.
    fn document_folder(&self) -> PathBuf {
        self.document.parent().map(Path::to_owned).unwrap_or_default()
    }
}

/// A diagnostic was reported that makes this block, or this file, impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AlreadyReported;

/// A block that goes to a file, with what its header arguments say.
#[derive(Clone, Copy)]
struct WantedBlock<'b, 's> {
    candidate: BlockVisit,
    block: &'b SourceBlock<'s>,
    parameters: &'b Parameters<'s>,
    settings: &'b BlockSettings,
}

/// What all blocks of a document share.
struct Tangling<'s, 'd> {
    document: &'d Document<'s>,
    surroundings: &'d TangleEnvironment,
    inheritance: Inheritance<'s, 'd>,
    outline: HeadingStates<'s, 'd>,
    candidates: Vec<BlockVisit>,
    noweb: Noweb<'s>,
    elements: OnceCell<Elements>,
}

/// What the blocks of a document give.
#[derive(Debug, Default)]
pub struct Tangled {
    /// The files, in the order in which they are first named.
    pub artifacts: Vec<Artifact>,
    /// The texts between link comments, by the path of their file, each file's in order.
    pub linked: LinkedTexts,
}

/// Tangles a document. The texts are right only if no error was found.
pub fn tangle<'d>(
    document: &'d Document<'d>,
    surroundings: &'d TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Tangled {
    let mut assembly = Assembly::default();
    let keywords = setup::all_keywords(&document.keywords, surroundings, found);
    let tangling = Tangling::of(document, &keywords, surroundings, found);
    checks::arguments(document, &keywords, found);
    checks::blocks(document, &tangling.outline, found);
    for &candidate in &tangling.candidates {
        let block = &document.blocks[candidate.block];
        if !tangling.outline.is_skipped(block.heading) {
            // What is wrong with one block must not hide what is wrong with the next.
            let _refused = tangling.block(candidate, block, &mut assembly, found);
        }
    }
    if tangling.noweb.has_searched() {
        tangling.check_archived(found);
    }
    found.extend(tangling.inheritance.refused().map(inherit::overlong));
    targets::finish(assembly, found)
}

impl<'s, 'd> Tangling<'s, 'd> {
    /// What the blocks of a document share; `keywords` are its own and those of its setup files.
    fn of(
        document: &'d Document<'s>,
        keywords: &[Keyword<'s>],
        surroundings: &'d TangleEnvironment,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let outline = HeadingStates::new(document, keywords);
        Self {
            document,
            surroundings,
            inheritance: Inheritance::new(document, keywords),
            candidates: candidates(document, &outline, found),
            outline,
            noweb: Noweb::default(),
            elements: OnceCell::new(),
        }
    }

    fn block(
        &self,
        candidate: BlockVisit,
        block: &SourceBlock<'s>,
        assembly: &mut Assembly,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(), AlreadyReported> {
        let parameters = Parameters::of(block, &self.inheritance);
        settings::check_common(&parameters, found)?;
        if !target::is_wanted(&parameters, block, found)? {
            return Ok(());
        }
        settings::check_lisp(&parameters, found)?;
        let language = block.language.map_or("", |language| language.value);
        let settings = BlockSettings::read(&parameters, language, self.surroundings, found)?;
        let targets = target::resolve(&parameters, block, self.surroundings, found)?;
        let (text, heading) =
            self.body(&WantedBlock { candidate, block, parameters: &parameters, settings: &settings }, found)?;
        let prose = match heading {
            _ if !settings.comments.org => None,
            None => comments::prose(self.document, candidate),
            Some(heading) => Some(comments::stars(self.document, heading)),
        };
        let mut text = Some(text);
        let last = targets.len().saturating_sub(1);
        for (index, target) in targets.into_iter().enumerate() {
            // The last file may have the text for itself.
            let given = if index == last { text.take().map(Cow::Owned) } else { text.as_ref().map(Cow::Borrowed) };
            let Some(given) = given else { break };
            let link = settings.comments.link.then(|| self.link(candidate, &target.folder));
            let entry = BlockEntry {
                index: candidate.block,
                block,
                settings: &settings,
                prose: prose.as_ref(),
                link: link.as_ref(),
            };
            assembly.add(&target, &entry, given, found)?;
        }
        Ok(())
    }

    /// The search for `:noweb-ref` takes the arguments of archived blocks apart, too.
    fn check_archived(&self, found: &mut Vec<Diagnostic>) {
        let blocks = self.candidates.iter().map(|candidate| &self.document.blocks[candidate.block]);
        let skipped = blocks.filter(|block| self.outline.is_skipped(block.heading));
        for block in skipped.filter(|block| !self.outline.is_commented(block.heading)) {
            let _refused = settings::check_common(&Parameters::of(block, &self.inheritance), found);
        }
    }

    /// A block's text as it goes to its file, and the heading that Emacs has been led to on the way, if it has.
    fn body(
        &self,
        wanted: &WantedBlock<'_, 's>,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(Text<'s>, Option<HeadingId>), AlreadyReported> {
        let mut text = body::plain(wanted.block);
        let mut heading = None;
        if let Some(noweb) = wanted.settings.noweb.as_deref() {
            (text, heading) = noweb::expand(self, wanted, noweb, text, found)?;
        }
        let text = variables::expand(self, wanted, text, found)?;
        let point = if heading.is_none() { Point::InBlock } else { Point::AtHeading };
        Ok((body::finish(text, body::Switches::of(wanted.block), point), heading))
    }

    /// Named elements, collected when the first variable asks.
    fn elements(&self) -> &Elements {
        self.elements.get_or_init(|| Elements::of(self.document, &self.outline))
    }

    /// The begin and the end line with a link back, as a file in `folder` has them.
    fn link(&self, candidate: BlockVisit, folder: &Path) -> (String, String) {
        let link = comments::link(self, Place::Block { block: candidate.block, line: candidate.begin }, folder);
        let file = self.surroundings.document.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let number = || self.document.source.position(candidate.begin).line + 1;
        comments::begin_and_end(&link, &comments::source_name(self, candidate), &file, number)
    }
}

/// The line that starts at an offset, without its newline.
fn line_text<'s>(document: &Document<'s>, start: usize) -> &'s str {
    &document.source.text()[document.source.rest_of_line(start).range()]
}
