//! The text of each target, put together block by block (rules T-056 to T-059, T-068 to T-071).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::artifact::{Artifact, Producer};
use crate::diagnostic::Diagnostic;
use crate::org::SourceBlock;
use crate::source::Span;
use crate::tangle::arguments::settings::BlockSettings;
use crate::tangle::targets::target::Target;
use crate::tangle::text::comments;
use crate::tangle::text::comments::Syntax;
use crate::tangle::text::{Text, TextBuilder};
use crate::tangle::{AlreadyReported, languages};

/// The targets so far, in the order in which they were first named.
#[derive(Default)]
pub(in crate::tangle) struct Assembly {
    pub(super) targets: Vec<Assembled>,
    by_path: HashMap<PathBuf, usize>,
}

/// Where a block's text between its two link comments stands in a file, as ranges of bytes; each part is ended by a newline
/// that belongs to none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedText {
    /// Index of the block in the document.
    pub block: usize,
    /// The begin comment, which can have several lines.
    pub begin: Range<usize>,
    /// The lines between.
    pub text: Range<usize>,
    /// The end comment.
    pub end: Range<usize>,
}

/// A file that blocks give, with its linked texts.
#[derive(Debug, Clone, Copy)]
pub struct TangledFile<'a> {
    /// Its absolute path.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// The texts between link comments in it, in order.
    pub linked: &'a [LinkedText],
}

/// The texts between link comments, by the absolute path of their file.
pub type LinkedTexts = BTreeMap<PathBuf, Vec<LinkedText>>;

impl<'a> TangledFile<'a> {
    /// The file that blocks give for an absolute path; empty if none of them goes there.
    pub fn at(path: &'a Path, artifacts: &'a [Artifact], linked: &'a LinkedTexts) -> Self {
        let is_it = |artifact: &&Artifact| artifact.path == path && artifact.producer == Producer::Blocks;
        match artifacts.iter().find(is_it) {
            Some(artifact) => {
                let linked = linked.get(path).map(Vec::as_slice).unwrap_or_default();
                Self { path, text: &artifact.text, linked }
            }
            None => Self { path, text: "", linked: &[] },
        }
    }
}

/// One target so far.
pub(in crate::tangle) struct Assembled {
    pub(in crate::tangle) path: PathBuf,
    pub(super) text: TextBuilder,
    pub(super) linked: Vec<LinkedText>,
    pub(in crate::tangle) declared: Span,
    make_folders: bool,
    /// Modes asked for, the first one first.
    pub(in crate::tangle) modes: Vec<(u32, Span)>,
    has_shebang: bool,
    /// How comments are written at this point.
    syntax: Option<Syntax>,
    /// How the first block names it.
    pub(in crate::tangle) written: String,
    /// How else others do, each spelling where it was first used.
    pub(in crate::tangle) other_spellings: BTreeMap<String, Span>,
    /// The first block's first line and language, if that is a shell's.
    pub(in crate::tangle) shell_block: Option<(Span, String)>,
    /// Set if `:tangle yes` gave an odd extension.
    pub(in crate::tangle) usual_extension: Option<(&'static str, Span)>,
}

/// What one block brings to a target.
pub(in crate::tangle) struct BlockEntry<'a, 's> {
    /// Index of the block in the document.
    pub(in crate::tangle) index: usize,
    pub(in crate::tangle) block: &'a SourceBlock<'s>,
    pub(in crate::tangle) settings: &'a BlockSettings,
    /// The prose before the block, to be made a comment.
    pub(in crate::tangle) prose: Option<&'a Text<'s>>,
    /// The lines before and after the text, to be made comments.
    pub(in crate::tangle) link: Option<&'a (String, String)>,
}

impl Assembly {
    /// Appends a block to a target.
    pub(in crate::tangle) fn add(
        &mut self,
        target: &Target,
        entry: &BlockEntry<'_, '_>,
        text: Cow<'_, Text<'_>>,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(), AlreadyReported> {
        let assembled = self.target(target, entry.block);
        assembled.note(target, entry.settings);
        assembled.append(entry, text, found)
    }

    fn target(&mut self, target: &Target, block: &SourceBlock<'_>) -> &mut Assembled {
        let index = *self.by_path.entry(target.path.clone()).or_insert_with(|| {
            let shell = block.language.map(|language| language.value).filter(|language| languages::is_shell(language));
            self.targets.push(Assembled {
                path: target.path.clone(),
                text: TextBuilder::default(),
                linked: Vec::new(),
                declared: target.declared,
                make_folders: false,
                modes: Vec::new(),
                has_shebang: false,
                syntax: None,
                written: target.written.clone(),
                other_spellings: BTreeMap::new(),
                shell_block: shell.map(|shell| (block.begin, shell.to_owned())),
                usual_extension: target.usual_extension.map(|extension| (extension, target.declared)),
            });
            self.targets.len() - 1
        });
        &mut self.targets[index]
    }
}

impl Assembled {
    /// Appends a block.
    fn append(
        &mut self,
        entry: &BlockEntry<'_, '_>,
        text: Cow<'_, Text<'_>>,
        found: &mut Vec<Diagnostic>,
    ) -> Result<(), AlreadyReported> {
        let span = entry.block.begin;
        self.syntax = comments::syntax_after(self.syntax, entry.block.language.map(|language| language.value));
        if entry.settings.blank_line_before && !self.text.as_str().is_empty() {
            self.text.push_made("\n", span);
        }
        if let Some((shebang, span)) = entry.settings.shebang.as_ref().filter(|_| !self.has_shebang) {
            self.text.push_made(shebang, *span);
            self.text.push_made("\n", *span);
            self.has_shebang = true;
        }
        if let Some(prose) = entry.prose {
            self.push_comment(prose, entry, found)?;
        }
        let Some((begin, end)) = entry.link else {
            self.push(text, span);
            return Ok(());
        };
        let begin = self.push_comment(&Text::made(begin.clone(), span), entry, found)?;
        let text = self.push(text, span);
        let end = self.push_comment(&Text::made(end.clone(), span), entry, found)?;
        self.linked.push(LinkedText { block: entry.index, begin, text, end });
        Ok(())
    }

    /// Appends a text and a newline that the block at `span` led to; gives where the text stands.
    fn push(&mut self, text: Cow<'_, Text<'_>>, span: Span) -> Range<usize> {
        let start = self.text.as_str().len();
        match text {
            Cow::Owned(text) => self.text.push_owned(text),
            Cow::Borrowed(text) => self.text.push(text),
        }
        let end = self.text.as_str().len();
        self.text.push_made("\n", span);
        start..end
    }

    fn push_comment(
        &mut self,
        text: &Text<'_>,
        entry: &BlockEntry<'_, '_>,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Range<usize>, AlreadyReported> {
        let language = entry.block.language.map_or("", |language| language.value);
        let syntax = match self.syntax {
            Some(syntax) => syntax,
            None => *self.syntax.insert(comments::usual_syntax(language, entry.block.begin, found)?),
        };
        let comment = comments::comment(text, syntax, entry.block.begin);
        Ok(self.push(Cow::Owned(comment), entry.block.begin))
    }

    fn note(&mut self, target: &Target, settings: &BlockSettings) {
        self.make_folders |= settings.make_folders;
        if let Some((mode, span)) = settings.mode
            && self.modes.iter().all(|(known, _)| *known != mode)
        {
            self.modes.push((mode, span));
        }
        if target.written != self.written && !self.other_spellings.contains_key(&target.written) {
            self.other_spellings.insert(target.written.clone(), target.declared);
        }
    }

    pub(super) fn into_artifact(self) -> Artifact {
        let (text, origins) = self.text.into_artifact_parts();
        Artifact {
            path: self.path,
            mode: self.modes.first().map(|(mode, _)| *mode),
            text,
            origins,
            declared: self.declared,
            producer: Producer::Blocks,
            make_folders: self.make_folders,
            touches: None,
        }
    }
}
