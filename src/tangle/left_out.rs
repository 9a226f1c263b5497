//! Why blocks go to no file: for a document that gives nothing.

use super::arguments::parameters::{ArgumentValue, Parameters};
use super::arguments::setup;
use super::{TangleEnvironment, Tangling};
use crate::org::{Document, SourceBlock};
use crate::source::Span;

/// Why a block goes to no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOutReason {
    /// Nothing says where it goes.
    NoTarget,
    /// `:tangle no`.
    SaysNo,
    /// `:tangle yes` names the file after the language, and there is none.
    NoLanguage,
    /// It stands under a heading with COMMENT or the tag ARCHIVE.
    Skipped,
}

/// The blocks that go to no file, each with the reason.
pub fn left_out<'d>(document: &'d Document<'d>, surroundings: &'d TangleEnvironment) -> Vec<(Span, LeftOutReason)> {
    let keywords = setup::all_keywords(&document.keywords, surroundings, &mut Vec::new());
    let tangling = Tangling::of(document, &keywords, surroundings, &mut Vec::new());
    let blocks = document.blocks.iter();
    blocks.filter_map(|block| Some((block.begin, reason(&tangling, block)?))).collect()
}

fn reason<'d>(tangling: &Tangling<'d, 'd>, block: &SourceBlock<'d>) -> Option<LeftOutReason> {
    if tangling.outline.is_skipped(block.heading) {
        return Some(LeftOutReason::Skipped);
    }
    let parameters = Parameters::of(block, &tangling.inheritance);
    match parameters.get(":tangle").map(|argument| argument.meaning()) {
        None => Some(LeftOutReason::NoTarget),
        Some(ArgumentValue::Text(text)) if text == "no" => Some(LeftOutReason::SaysNo),
        Some(ArgumentValue::Text(text)) if text == "yes" && block.language.is_none() => Some(LeftOutReason::NoLanguage),
        Some(ArgumentValue::Text(_) | ArgumentValue::Lisp(_) | ArgumentValue::Number(_) | ArgumentValue::Nothing) => {
            None
        }
    }
}
