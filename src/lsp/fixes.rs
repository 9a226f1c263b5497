//! Quick fixes: the edits that diagnostics bring along.

use std::ops::Range;

use super::view::View;
use crate::diagnostic::{Diagnostic, Fix};
use crate::fix::{self, Extent};
use crate::source::Span;

/// The diagnostics that touch a range and can be fixed, each with its edit and what an editor calls it.
pub(super) fn fixes<'a>(view: &View<'a>, range: Range<usize>) -> Vec<(&'a Diagnostic, &'a Fix, String)> {
    let id = view.document.source.id();
    let touches = |span: Span| span.range().start <= range.end && range.start <= span.range().end;
    let here =
        view.built.diagnostics.iter().filter(|diagnostic| diagnostic.span.source == id && touches(diagnostic.span));
    here.filter_map(|diagnostic| {
        let fix = diagnostic.fix.as_ref()?;
        Some((diagnostic, fix, title(fix, view.built.loaded.sources.slice(fix.span))))
    })
    .collect()
}

/// What to replace, and with what, to make all edits that need no look at them; none if there are none.
pub(super) fn fix_all(view: &View<'_>) -> Option<(Span, String)> {
    let source = view.document.source;
    let fixed = fix::apply(source, &view.built.diagnostics, Extent::Safe)?;
    let (old, new) = (source.text(), fixed.text.as_str());
    let same = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(old, new)| old == new).map(|(old, _)| old.len_utf8()).sum()
    };
    let start = same(&mut old.chars().zip(new.chars()));
    let end = same(&mut old[start..].chars().rev().zip(new[start..].chars().rev()));
    Some((source.span(start..old.len() - end), new[start..new.len() - end].to_owned()))
}

fn title(fix: &Fix, old: &str) -> String {
    let new = fix.text.trim();
    match (old.trim(), new) {
        ("", _) => format!("Add `{new}`"),
        (old, "") => format!("Remove `{old}`"),
        (old, _) => format!("Replace `{old}` with `{new}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{fix_all, fixes};
    use crate::diagnostic::Code;
    use crate::lsp::testing::{NETWORK, built, with_view};
    use crate::lsp::view::View;

    /// Applies the fix at the cursor; the diagnostic must be gone then, and the text must have a part.
    #[track_caller]
    fn check(text: &str, code: Code, title: &str, part: &str) {
        with_view(text, |view, offset| {
            let found = fixes(view, offset..offset);
            let fitting = found.iter().find(|(diagnostic, ..)| diagnostic.code == code);
            let (_, fix, called) = fitting.unwrap_or_else(|| panic!("no fix: {:?}", view.built.diagnostics));
            assert_eq!(called, title);
            let mut text = view.text().to_owned();
            text.replace_range(fix.span.range(), &fix.text);
            assert!(text.contains(part), "{text}");
            let fixed = built(&text);
            let view = View::of(&fixed);
            assert!(
                view.built.diagnostics.iter().all(|diagnostic| diagnostic.code != code),
                "{:?}",
                view.built.diagnostics
            );
        });
    }

    #[test]
    fn the_next_free_address() {
        let title = "Replace `10.42.0.10` with `10.42.0.11`";
        let twice = NETWORK.replace("10.42.0.11", "=10.42.0.1‸0=");
        check(&twice, Code::DuplicateAddress, title, "| wk-1 | =10.42.0.11= |");
        let outside = NETWORK.replace("10.42.0.11", "10.9.0.1‸0");
        check(&outside, Code::AddressOutsideSubnet, "Replace `10.9.0.10` with `10.42.0.11`", "10.42.0.11");
        let below = "| Guest | IP | TAP |\n| cp | 10.42.0.1 | t0 |\n\n- Name :: qvm0\n- Subnet :: 10.42.0.1‸/24\n";
        check(below, Code::DuplicateAddress, "Replace `10.42.0.1/24` with `10.42.0.2/24`", ":: 10.42.0.2/24\n");
    }

    #[test]
    fn all_safe_fixes_at_once_with_their_tables_aligned() {
        let text =
            NETWORK.replace("| DHCP | 10.42.0.2 | |", "| DHCP | 10.42.0.2 | 68 |").replace("| cp |", "| wk-1‸ |");
        with_view(&text, |view, _| {
            let (span, new) = fix_all(view).expect("the port is wrong");
            let mut text = view.text().to_owned();
            text.replace_range(span.range(), &new);
            assert!(text.contains("| DHCP    | 10.42.0.2 |      | veth0     |\n"), "{text}");
            assert!(text.contains("| wk-1 | 10.42.0.10 | qvm0tap0 |\n"), "a guess is made: {text}");
        });
        with_view(&format!("{NETWORK}‸"), |view, _| assert_eq!(fix_all(view), None));
    }

    #[test]
    fn the_closest_name() {
        check(
            "#+begin_src sh :tan‸gel x.sh :shebang #!/bin/sh\n#+end_src\n",
            Code::UnknownArgument,
            "Replace `:tangel` with `:tangle`",
            "sh :tangle x.sh",
        );
        let slip = NETWORK.replace("| TAP |", "| TPA‸ |");
        check(&slip, Code::MissingColumn, "Replace `TPA` with `TAP`", "| TAP |");
        let slip = NETWORK.replace("| DNS |", "| DSN‸ |");
        check(&slip, Code::UnknownService, "Replace `DSN` with `DNS`", "| DNS |");
        let script = format!("{NETWORK}Run =brige-u‸p.sh=.\n");
        check(&script, Code::UnknownScript, "Replace `brige-up.sh` with `bridge-up.sh`", "=bridge-up.sh=");
        let host = format!("{NETWORK}See pc.qvm‸0.lan.\n");
        check(&host, Code::UnknownHostName, "Replace `pc.qvm0.lan` with `cp.qvm0.lan`", "cp.qvm0.lan");
        let reference = "#+name: part\n#+begin_src sh\ndate\n#+end_src\n\
            #+begin_src sh :tangle x :noweb yes :shebang #!/bin/sh\n<<pa‸tr>>\n#+end_src\n";
        check(reference, Code::UndefinedReference, "Replace `<<patr>>` with `<<part>>`", "<<part>>");
        let code = "# qvm-tangle: accept missing-sheb‸ng: sourced\n#+begin_src sh :tangle x.sh\ndate\n#+end_src\n";
        check(code, Code::UnusedAcceptance, "Replace `missing-shebng` with `missing-shebang`", "missing-shebang:");
    }

    #[test]
    fn what_else_is_known_to_the_letter() {
        let bash = "#+begin_src bash :tangle x.sh‸\ndate\n#+end_src\n";
        check(bash, Code::MissingShebang, "Add `:shebang #!/usr/bin/env bash`", ".sh :shebang #!/usr/bin/env bash\n");
        let number = "#+begin_src sh :tangle x :shebang #!/bin/sh :prologue 1‸2\n#+end_src\n";
        check(number, Code::NumberForText, "Replace `12` with `\"12\"`", ":prologue \"12\"");
        let gateway = NETWORK.replace("| DHCP", "| Gateway | 10.42.0.9‸ | | qvm0 |\n|--|\n| DHCP");
        check(&gateway, Code::GatewayMismatch, "Replace `10.42.0.9` with `10.42.0.1`", "| 10.42.0.1 | | qvm0 |");
        let port = NETWORK.replace("| DHCP | 10.42.0.2 | |", "| DHCP | 10.42.0.2 | 68‸ |");
        check(&port, Code::InvalidPort, "Remove `68`", "| DHCP | 10.42.0.2 |  |");
        let spelling =
            "#+begin_src sh :tangle x :shebang #!/bin/sh\n#+end_src\n#+begin_src sh :tangle ./x‸\n#+end_src\n";
        check(spelling, Code::TwoSpellings, "Replace `./x` with `x`", "sh :tangle x\n");
    }
}
