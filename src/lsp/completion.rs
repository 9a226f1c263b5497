//! What can be written at a place: header arguments and their values, names of blocks in references, what the
//! network's schema has, guests.

use super::offer::{ChoiceKind, Completion, CompletionChoice};
use super::schema;
use super::subject::is_word;
use super::view::{View, touches};
use crate::tangle::{self, ArgumentName, KEYS};

/// What can be written at an offset.
pub(super) fn completion(view: &View<'_>, offset: usize) -> Option<Completion> {
    let start = view.text()[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let before = &view.text()[start..offset];
    if view.is_in_body(offset) {
        return reference(view, before, offset);
    }
    if let Some(arguments) = arguments_start(before) {
        return argument(view, &before[arguments..], offset);
    }
    schema::completion(view, offset).or_else(|| guest(view, before, offset))
}

/// Where the header arguments of a line begin.
fn arguments_start(line: &str) -> Option<usize> {
    let blanks = line.len() - line.trim_start().len();
    let lower = line[blanks..].to_ascii_lowercase();
    let word = lower.split([' ', '\t']).next().unwrap_or_default();
    let is_argument_word = matches!(word, "#+begin_src" | "#+header:" | "#+headers:") || is_header_args(word);
    let end = blanks + word.len();
    if is_argument_word {
        return Some(end);
    }
    let name = lower[word.len()..].trim_start().split([' ', '\t']).next().unwrap_or_default();
    let is_property = word == "#+property:" && name.starts_with("header-args");
    is_property.then(|| line.len() - lower[word.len()..].trim_start().len() + name.len())
}

/// `:header-args:` of a property drawer.
fn is_header_args(word: &str) -> bool {
    word.strip_prefix(":header-args").is_some_and(|rest| rest.ends_with(':'))
}

/// A key if the word at the cursor begins with a colon, else a value of the last key.
fn argument(view: &View<'_>, before: &str, offset: usize) -> Option<Completion> {
    let word = word_before(before, |c| !c.is_whitespace());
    if let Some(begun) = word.strip_prefix(':') {
        // The colon stays as it is: to most editors it is no part of the word that an offer replaces.
        let end = end_of_word(view, offset, |c| c.is_alphanumeric() || c == '-');
        let offers = KEYS.iter().map(key_offer).collect();
        return Some(Completion { replaced: offset - begun.len()..end, offers });
    }
    let words = before[..before.len() - word.len()].split_whitespace();
    let key = words.rev().find_map(|word| word.strip_prefix(':'))?;
    let key = KEYS.iter().find(|known| known.name == key)?;
    let end = end_of_word(view, offset, |c| !c.is_whitespace());
    Some(Completion { replaced: offset - word.len()..end, offers: values(view, key) })
}

fn key_offer(key: &'static ArgumentName) -> CompletionChoice {
    CompletionChoice {
        text: key.name.to_owned(),
        detail: "header argument".to_owned(),
        meaning: key.meaning.to_owned(),
        kind: ChoiceKind::Argument,
    }
}

fn values(view: &View<'_>, key: &'static ArgumentName) -> Vec<CompletionChoice> {
    let usual = key.values.iter().map(|value| (*value).to_owned());
    let names = if key.name == "noweb-ref" { reference_names(view) } else { Vec::new() };
    let offer = |text| CompletionChoice {
        text,
        detail: format!("value of :{}", key.name),
        meaning: String::new(),
        kind: ChoiceKind::Value,
    };
    usual.chain(names).map(offer).collect()
}

/// Names of blocks after `<<`, each with the `>>` that is not there yet.
fn reference(view: &View<'_>, before: &str, offset: usize) -> Option<Completion> {
    let open = before.rfind("<<")? + 2;
    let typed = &before[open..];
    if typed.contains(">>") || typed.starts_with([' ', '\t']) {
        return None;
    }
    let end = end_of_word(view, offset, |c| !c.is_whitespace() && !matches!(c, '<' | '>'));
    let is_closed = view.text()[end..].starts_with(">>");
    let (end, close) = if is_closed { (end, "") } else { (offset, ">>") };
    let offer = |name| CompletionChoice {
        text: format!("{name}{close}"),
        detail: "block".to_owned(),
        meaning: String::new(),
        kind: ChoiceKind::Block,
    };
    let offers = reference_names(view).into_iter().map(offer).collect();
    Some(Completion { replaced: offset - typed.len()..end, offers })
}

fn reference_names(view: &View<'_>) -> Vec<String> {
    let inputs = view.built.loaded.inputs();
    tangle::reference_names(view.document, inputs.surroundings)
}

/// Guests and their host names, in prose and in tables but for the one that declares them.
fn guest(view: &View<'_>, before: &str, offset: usize) -> Option<Completion> {
    let word = word_before(before, is_word);
    let in_table = view.document.tables.iter().find(|table| touches(table.span, offset));
    let declares = in_table
        .is_some_and(|table| view.guests.iter().any(|guest| touches(table.span, guest.name.span.range().start)));
    let in_prose = view.document.prose.iter().any(|span| touches(*span, offset));
    if word.is_empty() || declares || !(in_prose || in_table.is_some()) {
        return None;
    }
    let offer = |text: String, detail: String| CompletionChoice {
        text,
        detail,
        meaning: String::new(),
        kind: ChoiceKind::Guest,
    };
    let offers = view.guests.iter().flat_map(|guest| {
        let name = guest.name.value.to_string();
        let host = guest.words.iter().find(|word| word.starts_with(&format!("{name}."))).cloned();
        let detail = format!("host name of {name}");
        std::iter::once(offer(name, "guest".to_owned())).chain(host.map(|host| offer(host, detail)))
    });
    let end = end_of_word(view, offset, is_word);
    Some(Completion { replaced: offset - word.len()..end, offers: offers.collect() })
}

fn word_before(before: &str, belongs: impl Fn(char) -> bool) -> &str {
    &before[before.trim_end_matches(belongs).len()..]
}

fn end_of_word(view: &View<'_>, offset: usize, belongs: impl Fn(char) -> bool) -> usize {
    let rest = &view.text()[offset..];
    offset + rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::completion;
    use crate::lsp::testing::{NETWORK, check_completion, with_view};

    #[track_caller]
    fn check(text: &str, offer: &str, expected: &str) {
        check_completion(completion, text, offer, expected);
    }

    #[track_caller]
    fn check_none(text: &str) {
        with_view(text, |view, offset| assert!(completion(view, offset).is_none(), "{text}"));
    }

    const NAMED: &str = "#+name: part\n#+begin_src sh\ndate\n#+end_src\n";

    #[test]
    fn header_arguments_and_their_values() {
        check("#+begin_src sh :tan‸ :mkdirp yes\n#+end_src\n", "tangle-mode", "sh :tangle-mode :mkdirp");
        check("#+begin_src sh :‸\n#+end_src\n", "shebang", "sh :shebang\n");
        check("#+header: :no‸\n", "noweb", "+header: :noweb");
        check("#+PROPERTY: header-args:sh :m‸\n", "mkdirp", "header-args:sh :mkdirp\n");
        check("* A\n:PROPERTIES:\n:header-args: :noweb ‸\n:END:\n", "strip", ":noweb strip-export\n");
        check("#+begin_src sh :comments li‸\n#+end_src\n", "link", ":comments link\n");
        check("  #+BEGIN_SRC sh :tangle x :results o‸\n  #+END_SRC\n", "output", ":results output\n");
        check(&format!("{NAMED}#+begin_src sh :noweb-ref ‸\n#+end_src\n"), "part", ":noweb-ref part\n");
        check_none("#+begin_src ‸\n#+end_src\n");
        check_none("#+title: :‸\n");
    }

    #[test]
    fn names_of_blocks_inside_a_reference() {
        check(&format!("{NAMED}#+begin_src sh\n<<‸\n#+end_src\n"), "part", "\n<<part>>\n");
        check(&format!("{NAMED}#+begin_src sh\nx <<p‸>>\n#+end_src\n"), "part", "x <<part>>\n");
        check(&format!("{NAMED}#+begin_src sh\nx <<p‸rt>> y\n#+end_src\n"), "part", "x <<part>> y\n");
        check_none(&format!("{NAMED}#+begin_src sh\n<<part>> ‸\n#+end_src\n"));
    }

    #[test]
    fn guests_in_prose_and_in_other_tables() {
        check(&format!("{NETWORK}See =w‸=.\n"), "wk-1", "See =wk-1=.\n");
        check(&format!("{NETWORK}| Who |\n| wk‸ |\n"), "wk-1.", "| wk-1.qvm0.lan |\n");
        check_none(&format!("{NETWORK}See ‸.\n"));
        check_none(&NETWORK.replace("| wk-1", "| w‸"));
    }
}
