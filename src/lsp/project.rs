//! The symbols of a project: headings, blocks and guests of all its documents, open or not.

use std::path::Path;

use super::symbols::{Symbol, symbols};
use crate::network;
use crate::org::{self, Document};
use crate::source::Sources;
use crate::source::decode::{decode, undecodable};
use crate::workspace::Failure;
use crate::workspace::file::{self, LARGEST_TEXT, Links};

/// No editor shows more in one list.
pub(super) const MAXIMUM_SYMBOLS: usize = 1000;

/// A symbol and the names of those that hold it.
#[derive(Debug)]
pub(super) struct PlacedSymbol {
    pub(super) symbol: Symbol,
    pub(super) container: Option<String>,
}

/// The symbols of a document that fit a query, top to bottom.
pub(super) fn matching(all: Vec<Symbol>, query: &str) -> Vec<PlacedSymbol> {
    let mut found = Vec::new();
    let mut open: Vec<(Symbol, Option<String>)> = all.into_iter().rev().map(|symbol| (symbol, None)).collect();
    while let Some((mut symbol, container)) = open.pop() {
        let children = std::mem::take(&mut symbol.children);
        let above =
            container.as_ref().map_or_else(|| symbol.name.clone(), |above| format!("{above} / {}", symbol.name));
        open.extend(children.into_iter().rev().map(|child| (child, Some(above.clone()))));
        if fits(&symbol.name, query) {
            found.push(PlacedSymbol { symbol, container });
        }
    }
    found
}

/// Whether the letters of a query stand in a name, in their order and whatever their case.
fn fits(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).all(|wanted| letters.any(|c| c == wanted))
}

/// Reads a document that is not open; nothing comes of one that is not there or no text.
///
/// # Errors
/// The file cannot be read.
pub(super) fn with_document<T>(
    path: &Path,
    ask: impl FnOnce(&Document<'_>, Vec<Symbol>) -> T,
) -> Result<Option<T>, Failure> {
    let Some(bytes) = file::read(path, Links::Follow, LARGEST_TEXT)?.filter(|bytes| undecodable(bytes).is_none())
    else {
        return Ok(None);
    };
    let mut sources = Sources::default();
    let id = sources.add("", decode(bytes).text);
    let parsed = org::parse(sources.shared(id));
    let document = parsed.document();
    let guests = network::declared_guests(document);
    Ok(Some(ask(document, symbols(document, &guests))))
}

#[cfg(test)]
mod tests {
    use super::{fits, matching};
    use crate::lsp::symbols::symbols;
    use crate::lsp::testing::{NETWORK, built};
    use crate::lsp::view::View;

    #[test]
    fn a_query_names_letters_in_their_order() {
        for query in ["", "wk", "w1", "WK-1", "k 1"] {
            assert!(fits("wk-1", query), "{query}");
        }
        assert!(!fits("wk-1", "1k") && !fits("wk-1", "wk-12"));
    }

    #[test]
    fn what_fits_says_what_it_is_in() {
        let built = built(&format!("{NETWORK}* One\n** Two\n#+name: part\n#+begin_src sh\n#+end_src\n"));
        let view = View::of(&built);
        let found = matching(symbols(view.document, &view.guests), "t");
        let shown: Vec<_> =
            found.iter().map(|found| (found.symbol.name.as_str(), found.container.as_deref())).collect();
        assert_eq!(shown, [("Two", Some("One")), ("part", Some("One / Two"))]);
    }
}
