//! A rule as nft prints it, found again in the file that it was loaded from.

use std::ops::Range;

/// The line of a file that has a rule; nft prints it with counters and its own blanks.
pub(super) fn line_of(text: &str, rule: &str) -> Option<Range<usize>> {
    let wanted = words(rule);
    let mut start = 0;
    text.split('\n').find_map(|line| {
        let range = start..start + line.len();
        start = range.end + 1;
        (!wanted.is_empty() && words(line) == wanted).then_some(range)
    })
}

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
