//! Diagnostics as the protocol's diagnostics, each at its own file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lsp_types::{Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, NumberOrString, Uri};

use super::places::LocationConverter;
use crate::diagnostic::{self, Label, Severity};
use crate::report::printable;

/// Whether a client shows labels at their own places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    /// It does.
    Apart,
    /// It shows nothing but messages.
    InMessage,
}

/// All diagnostics of a document by file; the document's own list is there even if it is empty.
pub(super) fn by_file(places: &LocationConverter<'_>, labels: Labels) -> BTreeMap<Uri, Vec<Diagnostic>> {
    let mut files = BTreeMap::from([(places.uri.clone(), Vec::new())]);
    for diagnostic in &places.built.diagnostics {
        // What cannot be shown where it stands is better shown at the document's start than not at all.
        let here = || places.built.loaded.source().span(0..0);
        let location = places.location(diagnostic.span).or_else(|| places.location(here()));
        if let Some(location) = location {
            let diagnostic = Diagnostic { range: location.range, ..translated(places, diagnostic, labels) };
            files.entry(location.uri).or_default().push(diagnostic);
        }
    }
    files
}

/// One diagnostic.
pub(super) fn translated(
    places: &LocationConverter<'_>,
    diagnostic: &diagnostic::Diagnostic,
    labels: Labels,
) -> Diagnostic {
    let mut message = format!("{}\nhelp: {}", diagnostic.message, diagnostic.help);
    let mut related = Vec::new();
    for label in &diagnostic.labels {
        match places.location(label.span).filter(|_| labels == Labels::Apart) {
            Some(location) => {
                related
                    .push(DiagnosticRelatedInformation { location, message: printable(&label.message).into_owned() });
            }
            None => write_label(&mut message, places, label),
        }
    }
    Diagnostic {
        range: places.range(diagnostic.span),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(diagnostic.code.name().to_owned())),
        source: Some("qvm-tangle".to_owned()),
        message: printable(&message).into_owned(),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}

fn write_label(message: &mut String, places: &LocationConverter<'_>, label: &Label) {
    let place = diagnostic::place(&places.built.loaded.sources, label.span);
    let _ = write!(message, "\n{place}: {}", label.message);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use lsp_types::Uri;

    use super::{Labels, by_file};
    use crate::build::BuiltDocument;
    use crate::lsp::places::LocationConverter;
    use crate::lsp::position::Encoding;
    use crate::lsp::testing::{NETWORK, built};

    fn places<'a>(built: &'a BuiltDocument, uri: &'a Uri) -> LocationConverter<'a> {
        const NONE: &BTreeMap<PathBuf, Uri> = &BTreeMap::new();
        LocationConverter { built, guests: &[], uri, open: NONE, encoding: Encoding::Utf16 }
    }

    #[test]
    fn a_diagnostic_keeps_its_place_help_and_labels() {
        let built = built(&format!("Süd\n{}", NETWORK.replace("10.42.0.11", "10.42.0.10")));
        let uri = "file:///project/network.org".parse().unwrap();
        let places = places(&built, &uri);
        let files = by_file(&places, Labels::Apart);
        let [diagnostic] = &files[&uri][..] else { panic!("one diagnostic: {files:?}") };
        assert_eq!(
            (diagnostic.range.start.line, diagnostic.range.start.character, diagnostic.range.end.character),
            (7, 9, 19)
        );
        assert_eq!(
            diagnostic.message,
            "address `10.42.0.10` is taken\nhelp: write another one, such as `10.42.0.11`, which is free"
        );
        let related = diagnostic.related_information.as_ref().unwrap();
        assert_eq!((related[0].message.as_str(), related[0].location.range.start.line), ("this guest has it", 6));

        let files = by_file(&places, Labels::InMessage);
        let diagnostic = &files[&uri][0];
        assert!(diagnostic.message.ends_with(".org:7:8: this guest has it"), "{}", diagnostic.message);
        assert_eq!(diagnostic.related_information, None);
    }

    #[test]
    fn a_clean_document_has_an_empty_list() {
        let built = built(NETWORK);
        let uri = "file:///project/network.org".parse().unwrap();
        let places = places(&built, &uri);
        assert_eq!(by_file(&places, Labels::Apart), BTreeMap::from([(uri.clone(), Vec::new())]));
    }
}
