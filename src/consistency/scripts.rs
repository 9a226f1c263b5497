//! `unknown-script`: a script that prose names as =name.sh= and that no block or template makes.

use std::collections::BTreeSet;

use crate::consistency::facts::Facts;
use crate::consistency::mentions::Mentions;
use crate::consistency::prose::literals;
use crate::diagnostic::{Code, Diagnostic};

/// Reports scripts that are named and not made.
///
/// In a document without a network only names near to one that is made are reported: prose about other people's
/// scripts is none of our business.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    let made: BTreeSet<&str> = facts
        .artifacts
        .iter()
        .filter_map(|artifact| artifact.path.file_name()?.to_str())
        .filter(|name| name.strip_suffix(".sh").is_some())
        .collect();
    if made.is_empty() {
        return;
    }
    let mut unknown = Mentions::default();
    for literal in facts.texts.prose.iter().flat_map(|&text| literals(text)) {
        let mut at = 0;
        for word in literal.value.split_ascii_whitespace() {
            let start = at + literal.value[at..].find(word).unwrap_or_default();
            at = start + word.len();
            if let Some(name) = script_name(word).filter(|name| !made.contains(name)) {
                unknown.add(name, literal.span.within(at - name.len()..at));
            }
        }
    }
    let has_network = !facts.networks.is_empty();
    let candidates: Vec<&str> = made.iter().copied().collect();
    let describe = |name: &str, near: Option<&str>| {
        let message = format!("no block or template makes `{name}`");
        let help = match near {
            Some(near) => format!("write `{near}` if that is meant, or tangle a block to `{name}`"),
            None => format!("tangle a block to `{name}`, or drop the mention"),
        };
        (has_network || near.is_some()).then_some((message, help))
    };
    unknown.report(Code::UnknownScript, &candidates, describe, found);
}

/// The name of a script in this project: no pattern, and in no folder of somebody else's.
fn script_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix("./").unwrap_or(word);
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let stem = name.strip_suffix(".sh")?;
    (!stem.is_empty() && stem.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{NETWORK, check, check_with_templates, tangled};

    #[test]
    fn scripts_that_prose_names_are_made() {
        let text = format!("{NETWORK}Run =./x.sh=, =sudo up.sh --now= and ~y.sh~.\n{}", tangled("date"));
        check(&text, &["unknown-script up.sh", "unknown-script y.sh"]);
        check_with_templates(&text, &[("up.sh", ""), ("y.sh", "")], &[]);
    }

    #[test]
    fn patterns_and_other_peoples_scripts_are_left_alone() {
        let rest = "=gen-*.sh= =/etc/profile.d/a.sh= =~/b.sh= =$c.sh= =tests/d.sh= e.sh =.sh=";
        check(&format!("{NETWORK}{rest}\n{}", tangled("date")), &[]);
        check(&format!("{NETWORK}=a.sh=\n"), &[]);
        check(&format!("=install.sh= =xx.sh=\n{}", tangled("date")), &["unknown-script xx.sh"]);
    }
}
