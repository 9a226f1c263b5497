//! Where a thing is made: the blocks that a reference names, what gives an output, a guest's row. And everywhere it is named.

use super::subject::{CursorSubject, at, of_word, words};
use super::view::View;
use crate::artifact::{Artifact, Producer};
use crate::source::Span;
use crate::tangle;

/// The places that make what stands at an offset.
pub(super) fn definition(view: &View<'_>, offset: usize) -> Vec<Span> {
    match at(view, offset) {
        Some(CursorSubject::Reference(reference)) => {
            let inputs = view.built.loaded.inputs();
            tangle::meaning(view.document, inputs.surroundings, reference).places
        }
        Some(CursorSubject::Name(name)) => vec![name.span],
        Some(CursorSubject::Guest(index, _)) => vec![view.guests[index].name.span],
        Some(CursorSubject::Output(index, _)) => vec![made_by(view, &view.artifacts()[index])],
        Some(CursorSubject::Argument(..) | CursorSubject::Service(..)) | None => Vec::new(),
    }
}

/// What gives an output: a project's own template, else the declaration in the document.
pub(super) fn made_by(view: &View<'_>, artifact: &Artifact) -> Span {
    own_template(view, artifact).unwrap_or(artifact.declared)
}

fn own_template(view: &View<'_>, artifact: &Artifact) -> Option<Span> {
    let inputs = view.built.loaded.inputs();
    let is_part = |name: &str| name.rsplit('/').next().is_some_and(|file| file.starts_with('_'));
    let mut own = inputs.own_templates.iter().filter(|template| !is_part(&template.name));
    let template = own.find(|template| {
        artifact.producer == Producer::Template
            && artifact.origins.iter().any(|origin| origin.from.source == template.source)
    })?;
    Some(inputs.sources.get(template.source).span(0..0))
}

/// Every place that names what stands at an offset.
pub(super) fn references(view: &View<'_>, offset: usize) -> Vec<Span> {
    match at(view, offset) {
        Some(CursorSubject::Reference(reference)) => references_to(view, reference.name.value),
        Some(CursorSubject::Name(name)) => references_to(view, name.value),
        Some(CursorSubject::Guest(index, _)) => {
            mentions(view, |subject| matches!(subject, CursorSubject::Guest(other, _) if *other == index))
        }
        Some(CursorSubject::Output(index, _)) => {
            mentions(view, |subject| matches!(subject, CursorSubject::Output(other, _) if *other == index))
        }
        Some(CursorSubject::Argument(..) | CursorSubject::Service(..)) | None => Vec::new(),
    }
}

fn references_to(view: &View<'_>, name: &str) -> Vec<Span> {
    let blocks = view.document.blocks.iter().enumerate();
    let all = blocks.flat_map(|(index, block)| tangle::references_in(view.document.source, index, block));
    // Names of blocks are looked up without letter case.
    all.filter(|other| other.name.value.eq_ignore_ascii_case(name)).map(|other| other.span).collect()
}

fn mentions(view: &View<'_>, is_meant: impl Fn(&CursorSubject<'_>) -> bool) -> Vec<Span> {
    let subjects = words(view).filter_map(|word| of_word(view, word)).filter(|subject| is_meant(subject));
    subjects
        .filter_map(|subject| match subject {
            CursorSubject::Guest(_, span) | CursorSubject::Output(_, span) => Some(span),
            CursorSubject::Reference(_)
            | CursorSubject::Name(_)
            | CursorSubject::Argument(..)
            | CursorSubject::Service(..) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{definition, references};
    use crate::lsp::testing::{NETWORK, with_view};
    use crate::lsp::view::View;
    use crate::source::Span;

    /// What stands at the places of an answer, each with its line.
    fn shown(view: &View<'_>, places: &[Span]) -> Vec<String> {
        let show = |place: &Span| {
            let source = view.built.loaded.sources.get(place.source);
            format!("{} {}", source.position(place.start as usize).line, source.slice(*place))
        };
        places.iter().map(show).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        with_view(text, |view, offset| assert_eq!(shown(view, &definition(view, offset)), expected, "{text}"));
    }

    const BLOCKS: &str = "#+name: part\n#+begin_src sh\ndate\n#+end_src\n";

    #[test]
    fn a_reference_leads_to_its_block() {
        check(
            &format!("{BLOCKS}#+begin_src sh :tangle x.sh :noweb yes\n<<pa‸rt>>\n#+end_src\n"),
            &["2 #+begin_src sh"],
        );
        check(&format!("{BLOCKS}#+begin_src sh :tangle x.sh :noweb yes\n<<pa‸t>>\n#+end_src\n"), &[]);
    }

    #[test]
    fn a_script_leads_to_what_makes_it() {
        let block = "#+begin_src sh :tangle x.sh\ndate\n#+end_src\n";
        check(&format!("Run =./x.‸sh=.\n{block}"), &["2 x.sh"]);
        check(&format!("{block}#+begin_src sh\nsh ./x.sh‸\n#+end_src\n"), &["1 x.sh"]);
        check(&format!("{NETWORK}Run =bridge-‸up.sh=.\n"), &["1 - Name :: qvm0\n- Subnet :: 10.42.0.1/24"]);
        check("Run =other‸.sh=.\n", &[]);
    }

    #[test]
    fn a_guest_leads_to_its_row() {
        check(&format!("{NETWORK}See =wk-‸1=.\n"), &["7 wk-1"]);
        check(&format!("{NETWORK}| Who |\n| w‸k-1 |\n"), &["7 wk-1"]);
        check(&format!("{NETWORK}At 10.42.0.1‸1 and wk-1.\n"), &["7 wk-1"]);
        check(&format!("{NETWORK}See c‸p.qvm0.lan.\n"), &["6 cp"]);
        check(&format!("{NETWORK}#+begin_src sh\nc‸p a b\n#+end_src\n"), &[]);
    }

    #[test]
    fn a_guest_is_found_while_the_document_is_broken() {
        let broken = NETWORK.replace("10.42.0.11", "10.42.0.10");
        check(&format!("{broken}See =wk-‸1=.\n"), &["7 wk-1"]);
    }

    #[test]
    fn every_mention_is_a_reference() {
        with_view(&format!("{NETWORK}See =c‸p=, cp.qvm0.lan and 10.42.0.10; cpu is none.\n"), |view, offset| {
            let found = shown(view, &references(view, offset));
            let rest = ["6 cp", "6 10.42.0.10", "6 qvm0tap0", "13 cp", "13 cp.qvm0.lan", "13 10.42.0.10"];
            assert_eq!(found, rest);
        });
        let block = "#+begin_src sh :noweb yes\n<<part>>\n<<Part>>\n#+end_src\n";
        with_view(&format!("#+name: pa‸rt\n{}{block}", &BLOCKS["#+name: part\n".len()..]), |view, offset| {
            assert_eq!(shown(view, &references(view, offset)), ["6 <<part>>", "7 <<Part>>"]);
        });
    }
}
