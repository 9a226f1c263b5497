//! Noweb references: `<<name>>` in a body stands for other blocks (rules T-084 to T-096).

mod lookup;
pub(in crate::tangle) mod reference;
mod rope;

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::org::HeadingId;
use crate::source::{Span, Spanned};
use crate::tangle::arguments::parameters::{Parameters, allows_noweb};
use crate::tangle::arguments::settings::Comments;
use crate::tangle::text::Text;
use crate::tangle::text::body;
use crate::tangle::text::comments;
use crate::tangle::text::comments::{Place, Syntax};
use crate::tangle::{AlreadyReported, Tangling, WantedBlock};
use lookup::{DocumentNames, ReferenceTarget};
use reference::references;
use rope::{Filler, Rope};

/// How deep references may be nested: Emacs gives up before that.
const MAX_DEPTH: usize = 200;
/// How long all expanded bodies of a document may be: a few blocks that each double another ask for more than any machine
/// has. A long document may have more, so that the bound stands in no serious document's way.
const MAX_LENGTH: usize = 64 << 20;
const MAX_TIMES_DOCUMENT: usize = 16;
/// What the comments around an inserted block count: they are made for each place that it goes to.
const LENGTH_OF_MARKS: usize = 300;
/// No longer text is shown to an editor.
const LONGEST_SHOWN: usize = 1 << 20;
/// At most this many references to nothing are compared with the names there are; each takes a look at all of them.
const MOST_HINTS: usize = 50;
/// Longer names are nobody's slip.
const LONGEST_HINT: usize = 64;

/// Expands references for one document.
#[derive(Debug, Default)]
pub(in crate::tangle) struct Noweb<'s> {
    state: RefCell<ExpansionState<'s>>,
}

#[derive(Debug, Default)]
struct ExpansionState<'s> {
    names: Option<DocumentNames>,
    /// Expanded bodies of referenced blocks, so that each is expanded once however often it is referred to. Empty
    /// again when names change their meaning.
    expanded: HashMap<usize, ExpandedText<'s>>,
    /// The same for names that several blocks share.
    joined: HashMap<String, ExpandedText<'s>>,
    /// Bodies of blocks in which nothing is expanded.
    plain: HashMap<usize, Rope<'s>>,
    /// Arguments of referenced blocks.
    parameters: HashMap<usize, Rc<Parameters<'s>>>,
    /// How many bytes all tangled bodies together have that were expanded, and all bodies that references were looked for
    /// in: where comments mark what is inserted, one is looked through for each place that it goes to.
    length: usize,
    /// How many references to nothing were met.
    hints: usize,
    /// How many blocks were marked by comments: such a text depends on where the reference stands.
    marked: usize,
}

/// A text that was expanded.
#[derive(Debug, Clone)]
struct ExpandedText<'s> {
    text: Rope<'s>,
    /// The heading whose id it refers to last, which is where Emacs goes on from.
    heading: Option<HeadingId>,
}

/// The block whose references are being expanded.
struct Referrer<'a> {
    block: usize,
    /// Whether the text before a reference is repeated on each line.
    repeats_prefix: bool,
    /// Whether inserted blocks stand between comments.
    marks: bool,
    /// How its language writes these, once it was asked for: a block that inserts nothing needs none.
    syntax: OnceCell<Syntax>,
    /// Blocks whose references are being expanded, the tangled one first.
    above: &'a [usize],
}

impl Noweb<'_> {
    /// The section of the heading that has an id.
    pub(in crate::tangle) fn section(&self, tangling: &Tangling<'_, '_>, id: &str) -> Option<Range<usize>> {
        let mut state = self.state.borrow_mut();
        state.names.get_or_insert_with(|| DocumentNames::of(tangling)).section_of_id(id, tangling)
    }

    /// Whether some name was looked for in the arguments of every block.
    pub(in crate::tangle) fn has_searched(&self) -> bool {
        self.state.borrow().names.as_ref().is_some_and(DocumentNames::is_complete)
    }

    /// The name that a reference to nothing is probably meant to have.
    fn closest(&self, name: &str) -> Option<String> {
        let mut state = self.state.borrow_mut();
        state.hints += 1;
        let may_hint = state.hints <= MOST_HINTS && name.len() <= LONGEST_HINT;
        let names = state.names.as_ref().filter(|_| may_hint)?;
        closest(name, names.known()).map(str::to_owned)
    }
}

/// The body of a tangled block with its references expanded, or removed if `:noweb` says so, and the heading that Emacs
/// is left at if it followed a reference to one.
pub(in crate::tangle) fn expand<'s>(
    tangling: &Tangling<'s, '_>,
    block: &WantedBlock<'_, 's>,
    value: &str,
    text: Text<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<(Text<'s>, Option<HeadingId>), AlreadyReported> {
    if value == "strip-tangle" {
        let ranges: Vec<_> = references(text.as_str()).into_iter().map(|reference| reference.range).collect();
        return Ok((body::without_ranges(text, &ranges), None));
    }
    if references(text.as_str()).is_empty() {
        return Ok((text, None));
    }
    let candidate = block.candidate;
    let place = Place::Block { block: candidate.block, line: candidate.begin };
    let mut expansion = Expansion { tangling, found, place, place_changes: 0 };
    let referrer = Referrer::new(candidate.block, block.parameters, block.settings.comments, &[]);
    let rope = expansion.expand(text, &referrer)?;
    tangling.noweb.state.borrow_mut().length += rope.len();
    Ok((rope.write(), expansion.place.heading()))
}

/// The places that a name in a block stands for, and their text.
pub(in crate::tangle) fn meaning(
    tangling: &Tangling<'_, '_>,
    block: usize,
    name: Spanned<&str>,
) -> (Vec<Span>, Option<String>) {
    let document = tangling.document;
    let place = Place::Block { block, line: document.blocks[block].begin.range().start };
    let mut expansion = Expansion { tangling, found: &mut Vec::new(), place, place_changes: 0 };
    let meaning = expansion.look_up(name.value);
    let places = match &meaning {
        ReferenceTarget::Section(_, range) => vec![document.source.span(range.clone())],
        ReferenceTarget::Named { block, .. } => vec![document.blocks[*block].begin],
        ReferenceTarget::Blocks(blocks) => blocks.iter().map(|block| document.blocks[*block].begin).collect(),
        ReferenceTarget::File | ReferenceTarget::Nothing => Vec::new(),
    };
    let referrer = Referrer { block, repeats_prefix: true, marks: false, syntax: OnceCell::new(), above: &[] };
    let text = expansion.text_of(meaning, name.value, name.span, &referrer);
    let shown = text.ok().filter(|text| text.len() <= LONGEST_SHOWN);
    (places, shown.map(|text| text.write().as_str().to_owned()))
}

/// Every name that a reference can have, sorted.
pub(in crate::tangle) fn names(tangling: &Tangling<'_, '_>) -> Vec<String> {
    let mut names = DocumentNames::of(tangling);
    names.complete(tangling);
    names.known().into_iter().map(str::to_owned).collect()
}

struct Expansion<'s, 'd, 'f> {
    tangling: &'f Tangling<'s, 'd>,
    found: &'f mut Vec<Diagnostic>,
    /// Where Emacs stands: links are made there.
    place: Place,
    /// How often it has gone to a heading.
    place_changes: usize,
}

impl<'a> Referrer<'a> {
    fn new(block: usize, parameters: &Parameters<'_>, comments: Comments, above: &'a [usize]) -> Self {
        let prefix = parameters.get(":noweb-prefix").map(|_| parameters.unevaluated(":noweb-prefix"));
        let repeats_prefix = match prefix {
            None => true,
            Some(value) => value.is_some_and(|value| value != "no" && value != "nil"),
        };
        Self { block, repeats_prefix, marks: comments.noweb, syntax: OnceCell::new(), above }
    }
}

impl<'s> Expansion<'s, '_, '_> {
    fn expand(&mut self, text: Text<'s>, referrer: &Referrer<'_>) -> Result<Rope<'s>, AlreadyReported> {
        let references = references(text.as_str());
        if references.is_empty() {
            return Ok(Rope::of(text));
        }
        self.tangling.noweb.state.borrow_mut().length += text.as_str().len();
        let mut filler = Filler::new(text.clone());
        let begin = self.tangling.document.blocks[referrer.block].begin;
        let mut done = 0;
        for reference in references {
            let before = done..reference.range.start;
            filler.push_own(before.clone());
            let mut expansion = self.one(&text, reference.range.clone(), reference.name, referrer)?;
            if referrer.repeats_prefix {
                let line_start = text.as_str()[before].rfind('\n').map_or(done, |at| done + at + 1);
                expansion = Rope::prefixed(expansion, text.part(line_start..reference.range.start), begin);
            }
            done = reference.range.end;
            let length = self.tangling.noweb.state.borrow().length.saturating_add(filler.len());
            if length.saturating_add(expansion.len()) > self.most() {
                return Err(self.refuse_size(&text, reference.range, begin));
            }
            filler.push(expansion);
        }
        filler.push_own(done..text.as_str().len());
        Ok(filler.finish())
    }

    /// What one reference stands for.
    fn one(
        &mut self,
        text: &Text<'s>,
        range: Range<usize>,
        name: Range<usize>,
        referrer: &Referrer<'_>,
    ) -> Result<Rope<'s>, AlreadyReported> {
        let name = &text.as_str()[name];
        let span = text.span_of(range).unwrap_or(self.tangling.document.blocks[referrer.block].begin);
        if name.find('(').is_some_and(|open| name[open..].contains(')')) {
            self.found.push(self.call(name, span));
            return Err(AlreadyReported);
        }
        let meaning = self.look_up(name);
        self.text_of(meaning, name, span, referrer)
    }

    fn text_of(
        &mut self,
        meaning: ReferenceTarget,
        name: &str,
        span: Span,
        referrer: &Referrer<'_>,
    ) -> Result<Rope<'s>, AlreadyReported> {
        match meaning {
            ReferenceTarget::Section(heading, range) => {
                self.go_to(heading);
                Ok(Rope::of(Text::of(self.tangling.document.source.spanned(range))))
            }
            ReferenceTarget::Named { block, end } => {
                // Emacs goes there to look, and comes back.
                let before = (self.place, self.place_changes);
                self.place = Place::Block { block, line: end };
                let text = self.block(block, referrer, name);
                (self.place, self.place_changes) = before;
                text
            }
            ReferenceTarget::Blocks(blocks) => self.blocks(&blocks, referrer, name),
            ReferenceTarget::File => {
                self.found.push(Diagnostic::new(
                    Code::UndefinedValue,
                    span,
                    format!("`{name}` is the id of the whole file, which `<<{name}>>` cannot stand for"),
                    "give the id to a heading, or name a block",
                ));
                Err(AlreadyReported)
            }
            ReferenceTarget::Nothing => {
                self.found.push(self.undefined(name, span));
                Ok(Rope::joined(Vec::new()))
            }
        }
    }

    /// `<<name()>>`, of whose block the result is asked for.
    fn call(&self, name: &str, span: Span) -> Diagnostic {
        let block = name.split(['(', '[']).next().unwrap_or_default();
        if self.tangling.elements().has(block) {
            let message = format!("`<<{name}>>` stands for the result of running a block");
            let help = format!("write `<<{block}>>` for the block's text, or write the result down");
            return Diagnostic::new(Code::CodeNeeded, span, message, help);
        }
        // Names are read when the first one is looked for.
        self.look_up(block);
        let help = match self.tangling.noweb.closest(block) {
            Some(near) => format!("write `<<{near}>>` if that block's text is meant, or write the result down"),
            None => "refer to a block's text with `<<name>>`, or write the result down".to_owned(),
        };
        let message = format!("`<<{name}>>` calls `{block}`, and nothing in this document has that name");
        Diagnostic::new(Code::CodeNeeded, span, message, help)
    }

    fn undefined(&self, name: &str, span: Span) -> Diagnostic {
        let near = self.tangling.noweb.closest(name);
        let help = match &near {
            Some(near) => format!("write `<<{near}>>` if that is meant, or name a block `{name}`"),
            None => "name a block with `#+name:` or `:noweb-ref`, or correct the reference".to_owned(),
        };
        let message = format!("no block is named `{name}`, so `<<{name}>>` gives nothing");
        let fix = near.map(|near| format!("<<{near}>>"));
        Diagnostic::new(Code::UndefinedReference, span, message, help).fix(span, fix)
    }

    fn look_up(&self, name: &str) -> ReferenceTarget {
        let state = &mut *self.tangling.noweb.state.borrow_mut();
        let names = state.names.get_or_insert_with(|| DocumentNames::of(self.tangling));
        let was_complete = names.is_complete();
        let meaning = names.look_up(name, self.tangling);
        if names.is_complete() != was_complete {
            state.expanded.clear();
            state.joined.clear();
        }
        meaning
    }

    /// Several blocks' bodies, with the earlier one's separator between two.
    fn blocks(&mut self, blocks: &[usize], referrer: &Referrer<'_>, name: &str) -> Result<Rope<'s>, AlreadyReported> {
        if let [block] = blocks {
            return self.block(*block, referrer, name);
        }
        let before = self.condition();
        let joined = self.tangling.noweb.state.borrow().joined.get(name).filter(|_| !referrer.marks).cloned();
        if let Some(joined) = joined {
            return Ok(self.reuse(joined));
        }
        let place_changes = self.place_changes;
        // The last one first, as Emacs does: where it stands shows in the links.
        let texts: Result<Vec<_>, _> = blocks.iter().rev().map(|&block| self.block(block, referrer, name)).collect();
        let mut parts = Vec::new();
        for (index, (&block, text)) in blocks.iter().zip(texts?.into_iter().rev()).enumerate() {
            parts.push(text);
            if index + 1 < blocks.len() {
                let parameters = self.parameters(block);
                let separator = parameters.unevaluated(":noweb-sep").map_or_else(|| "\n".to_owned(), Cow::into_owned);
                parts.push(Rope::made(separator, self.tangling.document.blocks[block].begin));
            }
        }
        let joined = Rope::joined(parts);
        if self.condition() == before {
            let expanded = self.expanded(&joined, place_changes);
            self.tangling.noweb.state.borrow_mut().joined.insert(name.to_owned(), expanded);
        }
        Ok(joined)
    }

    /// A text that was expanded after this many changes of place, to be used again.
    fn expanded(&self, text: &Rope<'s>, place_changes: usize) -> ExpandedText<'s> {
        ExpandedText {
            text: text.clone(),
            heading: self.place.heading().filter(|_| self.place_changes > place_changes),
        }
    }

    fn reuse(&mut self, expanded: ExpandedText<'s>) -> Rope<'s> {
        expanded.heading.into_iter().for_each(|heading| self.go_to(heading));
        expanded.text
    }

    fn go_to(&mut self, heading: HeadingId) {
        self.place = Place::Heading(heading);
        self.place_changes += 1;
    }

    /// How the referrer's language writes comments.
    fn syntax(&mut self, referrer: &Referrer<'_>) -> Result<Syntax, AlreadyReported> {
        if let Some(syntax) = referrer.syntax.get() {
            return Ok(*syntax);
        }
        let syntax = comments::syntax_of(&self.tangling.document.blocks[referrer.block], self.found)?;
        Ok(*referrer.syntax.get_or_init(|| syntax))
    }

    fn block(&mut self, block: usize, referrer: &Referrer<'_>, name: &str) -> Result<Rope<'s>, AlreadyReported> {
        let parameters = self.parameters(block);
        let text = if allows_noweb(parameters.unevaluated(":noweb").as_deref()) {
            let above: Vec<usize> = referrer.above.iter().copied().chain([referrer.block]).collect();
            self.check_depth(block, &above, name)?;
            self.expand_block(block, &parameters, &above)?
        } else {
            self.plain(block)
        };
        if !referrer.marks {
            return Ok(text);
        }
        let syntax = self.syntax(referrer)?;
        {
            let mut state = self.tangling.noweb.state.borrow_mut();
            state.marked += 1;
            state.length += LENGTH_OF_MARKS;
        }
        Ok(self.marked(text, block, &parameters, syntax))
    }

    /// A body in which nothing is expanded.
    fn plain(&self, block: usize) -> Rope<'s> {
        let mut state = self.tangling.noweb.state.borrow_mut();
        let made = || Rope::of(body::plain(&self.tangling.document.blocks[block]));
        state.plain.entry(block).or_insert_with(made).clone()
    }

    /// The arguments of a referenced block, which may be referred to often.
    fn parameters(&self, block: usize) -> Rc<Parameters<'s>> {
        let Tangling { document, inheritance, noweb, .. } = self.tangling;
        let mut state = noweb.state.borrow_mut();
        let parameters = state.parameters.entry(block);
        Rc::clone(parameters.or_insert_with(|| Rc::new(Parameters::of(&document.blocks[block], inheritance))))
    }

    /// A text that was expanded under one condition may be used under the same again.
    fn condition(&self) -> (usize, bool) {
        let noweb = &self.tangling.noweb;
        (noweb.state.borrow().marked, noweb.has_searched())
    }

    /// A referenced block's body with its own references expanded.
    fn expand_block(
        &mut self,
        block: usize,
        parameters: &Parameters<'s>,
        above: &[usize],
    ) -> Result<Rope<'s>, AlreadyReported> {
        let before = self.condition();
        let expanded = self.tangling.noweb.state.borrow().expanded.get(&block).cloned();
        if let Some(expanded) = expanded {
            return Ok(self.reuse(expanded));
        }
        let place_changes = self.place_changes;
        if let Some(plain) = self.tangling.noweb.state.borrow().plain.get(&block) {
            return Ok(plain.clone());
        }
        let text = body::plain(&self.tangling.document.blocks[block]);
        if references(text.as_str()).is_empty() {
            return Ok(self.plain(block));
        }
        let comments = Comments::of(parameters.unevaluated(":comments").as_deref());
        let inner = Referrer::new(block, parameters, comments, above);
        let text = self.expand(text, &inner)?;
        if self.condition() == before {
            let expanded = self.expanded(&text, place_changes);
            self.tangling.noweb.state.borrow_mut().expanded.insert(block, expanded);
        }
        Ok(text)
    }

    /// The text between a begin and an end comment (rule T-096).
    fn marked(&self, text: Rope<'s>, block: usize, parameters: &Parameters<'s>, syntax: Syntax) -> Rope<'s> {
        let source_block = &self.tangling.document.blocks[block];
        let span = source_block.begin;
        let name = source_block.affiliated.any_name().map_or("", |name| name.value.value);
        let link = match parameters.unevaluated(":comments").as_deref() {
            Some("no") => String::new(),
            Some(_) | None => comments::link(self.tangling, self.place, &self.folder(parameters)),
        };
        let file = self.tangling.surroundings.document.to_string_lossy();
        let number = || self.tangling.document.source.position(span.range().start).line;
        let (begin, end) = comments::begin_and_end(&link, name, &file, number);
        let comment = |line: String| {
            let comment = comments::comment(&Text::made(line, span), syntax, span);
            comment.as_str().trim_matches([' ', '\t', '\n', '\r']).to_owned() + "\n"
        };
        let end = "\n".to_owned() + &comment(end);
        Rope::joined(vec![Rope::made(comment(begin), span), text, Rope::made(end, span)])
    }

    /// The folder that an inserted block's own target is in, which its link is relative to.
    fn folder(&self, parameters: &Parameters<'s>) -> std::path::PathBuf {
        let base = &self.tangling.surroundings.base;
        let target = parameters.unevaluated(":tangle");
        let folder = target.as_deref().and_then(|name| name.rsplit_once('/')).map(|(folder, _)| format!("{folder}/"));
        match folder.map(|folder| crate::tangle::path::expand(&folder, base, &self.tangling.surroundings.home)) {
            Some(crate::tangle::path::ExpandedPath::Path(path)) => path,
            Some(crate::tangle::path::ExpandedPath::OtherHome | crate::tangle::path::ExpandedPath::Remote) | None => {
                Path::to_owned(base)
            }
        }
    }

    fn check_depth(&mut self, block: usize, above: &[usize], name: &str) -> Result<(), AlreadyReported> {
        let document = self.tangling.document;
        if let Some(start) = above.iter().position(|&known| known == block) {
            let title = |index: &usize| {
                let block = &document.blocks[*index];
                block
                    .affiliated
                    .any_name()
                    .map_or_else(|| "this block".to_owned(), |name| format!("`{}`", name.value.value))
            };
            let chain: Vec<String> = above[start..].iter().chain([&block]).map(title).collect();
            let span = document.blocks[block].begin;
            self.found.push(Diagnostic::new(
                Code::NowebCycle,
                span,
                format!("noweb references lead back to where they started: {}", chain.join(" → ")),
                format!("remove one of the references, such as `<<{name}>>`"),
            ));
            return Err(AlreadyReported);
        }
        if above.len() > MAX_DEPTH {
            self.found.push(Diagnostic::new(
                Code::NowebTooLarge,
                document.blocks[above[0]].begin,
                format!("noweb references are nested more than {MAX_DEPTH} deep"),
                "refer to the inner blocks directly",
            ));
            return Err(AlreadyReported);
        }
        Ok(())
    }

    /// How long all expansions of the document together may be.
    fn most(&self) -> usize {
        // No file may have 4 GiB.
        let length =
            MAX_LENGTH.saturating_add(MAX_TIMES_DOCUMENT.saturating_mul(self.tangling.document.source.text().len()));
        length.min(u32::MAX as usize / 2)
    }

    fn refuse_size(&mut self, text: &Text<'s>, reference: Range<usize>, begin: Span) -> AlreadyReported {
        let name = &text.as_str()[reference.clone()];
        self.found.push(Diagnostic::new(
            Code::NowebTooLarge,
            text.span_of(reference.clone()).unwrap_or(begin),
            format!("with `{name}` the references of this document expand to more text than can be meant"),
            "look for blocks that refer to others several times over",
        ));
        AlreadyReported
    }
}
