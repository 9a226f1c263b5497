//! A rule as nft prints it, found again in the file that it was loaded from.

use std::ops::Range;

/// The line of a file that has a rule, or the one that is most like it; nft prints it with counters, in its own order and
/// with names of its own for some numbers.
pub(super) fn line_of(text: &str, rule: &str) -> Option<Range<usize>> {
    let wanted = words(rule);
    let verdict = wanted.iter().rev().find(|word| matches!(**word, "drop" | "reject" | "accept"))?;
    let mut start = 0;
    let lines = text.split('\n').map(|line| {
        let range = start..start + line.len();
        start = range.end + 1;
        (range, words(line))
    });
    let likeness = |words: &[&str]| {
        let common = wanted.iter().filter(|word| words.contains(word)).count();
        common * 100 / wanted.len().max(words.len()).max(1)
    };
    let alike = lines.filter(|(_, words)| words.contains(verdict)).map(|(range, words)| (likeness(&words), range));
    // The first of those that are most alike.
    let best =
        alike.filter(|(likeness, _)| *likeness >= LEAST).min_by_key(|(likeness, range)| (100 - likeness, range.start));
    best.map(|(_, range)| range)
}

/// So much of a line and a rule must be the same, in hundredths.
const LEAST: usize = 60;

/// The words of a rule, less what nft counts and quotes.
fn words(rule: &str) -> Vec<&str> {
    let mut words = rule.split_whitespace().map(|word| word.trim_matches(['"', ';', ',']));
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "packets" | "bytes" => {
                words.next();
            }
            "counter" | "" => {}
            "#" => break,
            _ => kept.push(word),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_rule_is_found_whatever_was_counted() {
        let text = "chain forward {\n\toifname \"qvm0\" ct state established counter drop\n}\n";
        let rule = "oifname \"qvm0\" ct state established counter packets 3 bytes 252 drop";
        assert_eq!(&text[line_of(text, rule).unwrap()], "\toifname \"qvm0\" ct state established counter drop");
        assert_eq!(line_of(text, "accept"), None);
    }
}
