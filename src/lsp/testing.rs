//! What the tests of the capabilities share: a document with a cursor, analysed.

use std::path::Path;

use super::offer::Completion;
use super::view::View;
use crate::build::{BuiltDocument, Input};
use crate::compile;
use crate::workspace::load::{Loaded, Settings};

/// A bridge, two guests, a gateway and services.
pub(super) const NETWORK: &str = "- Name :: qvm0\n- Subnet :: 10.42.0.1/24\n\n| Guest | IP | TAP |\n|---+---+---|\n\
    | cp | 10.42.0.10 | qvm0tap0 |\n| wk-1 | 10.42.0.11 | qvm0tap1 |\n\n\
    | Service | IP | Port | Interface |\n| DHCP | 10.42.0.2 | | veth0 |\n| DNS | | 5300 | |\n\n";

/// Analyses a document; `‸` is the cursor.
#[track_caller]
pub(super) fn with_view(text: &str, ask: impl FnOnce(&View<'_>, usize)) {
    let offset = text.find('‸').expect("the test marks a place");
    let built = built(&text.replace('‸', ""));
    ask(&View::of(&built), offset);
}

/// Completes with the offer that begins so, and compares the line of the cursor.
#[track_caller]
pub(super) fn check_completion(
    completion: impl FnOnce(&View<'_>, usize) -> Option<Completion>,
    text: &str,
    offer: &str,
    expected: &str,
) {
    with_view(text, |view, offset| {
        let found = completion(view, offset).expect("something is offered");
        let texts: Vec<&str> = found.offers.iter().map(|offer| offer.text.as_str()).collect();
        let chosen = texts.iter().find(|text| text.starts_with(offer));
        let chosen = chosen.unwrap_or_else(|| panic!("no {offer} in {texts:?}"));
        let mut text = view.text().to_owned();
        text.replace_range(found.replaced, chosen);
        assert!(text.contains(expected), "{text}");
    });
}

/// An analysed document that no disk has.
pub(super) fn built(text: &str) -> BuiltDocument {
    let path = Path::new("/project/network.org");
    let loaded = Loaded::read(path, Some(text.as_bytes()), &Settings::default()).unwrap();
    let (compilation, mut diagnostics) = compile::compile(&loaded.inputs());
    compile::finish_diagnostics(&loaded.inputs(), &mut diagnostics);
    let input = Input { path: path.to_owned(), shown: "network.org".to_owned(), text: None, is_named: true };
    BuiltDocument { input, loaded, compilation, diagnostics }
}
