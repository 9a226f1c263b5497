//! Permission bits of a target (rules T-057 to T-059).

use crate::source::digits;
use crate::tangle::arguments::lisp::Lisp;

/// What `+x` and its like are applied to.
const BASE: u32 = 0o644;

/// The bits that a `:tangle-mode` text asks for; none if Emacs does not know the form.
pub(in crate::tangle) fn parse(text: &str) -> Option<u32> {
    octal(text).or_else(|| symbolic(text, BASE)).or_else(|| listed(text))
}

/// The bits that a number asks for: only one whose octal form has three digits is taken.
pub(in crate::tangle) fn from_number(number: &Lisp) -> Option<u32> {
    let Lisp::Integer(digits) = number else { return None };
    digits.parse().ok().filter(|mode| (0o100..=0o777).contains(mode))
}

/// `o755` or `o0755`.
fn octal(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('o')?;
    let digits = if digits.len() == 4 { digits.strip_prefix('0')? } else { digits };
    digits::octal(digits).filter(|_| digits.len() == 3)
}

/// `u+x`, `a=rw,u+x`: chmod's language, never masked.
fn symbolic(text: &str, base: u32) -> Option<u32> {
    let mut mode = base;
    for clause in text.split(',') {
        let actions = clause.trim_start_matches(['u', 'g', 'o', 'a']);
        let who = who_bits(&clause[..clause.len() - actions.len()]);
        let mut rest = actions;
        (!rest.is_empty()).then_some(())?;
        while let Some(action) = rest.chars().next() {
            matches!(action, '+' | '-' | '=').then_some(())?;
            let rights = &rest[1..];
            let end = rights.find(['+', '-', '=']).unwrap_or(rights.len());
            mode = apply(mode, action, who, right_bits(&rights[..end], mode)?);
            rest = &rights[end..];
        }
    }
    Some(mode)
}

fn apply(mode: u32, action: char, who: u32, rights: u32) -> u32 {
    match action {
        '+' => mode | rights & who,
        '-' => mode & !(rights & who),
        _ => mode & !who | rights & who,
    }
}

/// The bits that a clause may touch; a set-id bit goes with its class, the sticky bit with `o` and `a`.
fn who_bits(who: &str) -> u32 {
    if who.is_empty() {
        // Emacs leaves out what the umask takes away; with the usual one the output is the same on every machine.
        return 0o7777 & !0o022;
    }
    who.chars().fold(0, |bits, c| {
        bits | match c {
            'u' => 0o4700,
            'g' => 0o2070,
            'o' => 0o1007,
            _ => 0o7777,
        }
    })
}

/// The bits that letters stand for, in all classes.
fn right_bits(rights: &str, mode: u32) -> Option<u32> {
    rights.chars().try_fold(0, |bits, c| {
        Some(
            bits | match c {
                'r' => 0o444,
                'w' => 0o222,
                'X' if mode & 0o111 == 0 => 0,
                'x' | 'X' => 0o111,
                's' => 0o6000,
                't' => 0o1000,
                // Emacs copies a class together with its set-id bit, and so do we.
                'u' => (mode & 0o4700) + (mode & 0o4700) / 0o10 + (mode & 0o4700) / 0o100,
                'g' => (mode & 0o2070) + (mode & 0o2070) / 0o10 + (mode & 0o2070) * 0o10,
                'o' => (mode & 0o1007) + (mode & 0o1007) * 0o10 + (mode & 0o1007) * 0o100,
                _ => return None,
            },
        )
    })
}

/// `rwxr-x---`, as `ls` prints; an `s` is taken for set-id without `x`.
fn listed(text: &str) -> Option<u32> {
    let letters = ["r", "w", "xs", "r", "w", "xs", "r", "w", "x"];
    let fits = text.len() == 9 && text.chars().zip(letters).all(|(c, known)| c == '-' || known.contains(c));
    fits.then_some(())?;
    let parts = ["u=", "g=", "o="].iter().zip([0..3, 3..6, 6..9]);
    let clauses: Vec<String> = parts.map(|(class, range)| format!("{class}{}", text[range].replace('-', ""))).collect();
    symbolic(&clauses.join(","), 0)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[track_caller]
    fn check(text: &str, expected: Option<u32>) {
        assert_eq!(parse(text), expected, "{text}");
    }

    #[test]
    fn modes_are_octal_symbolic_or_listed() {
        check("o755", Some(0o755));
        check("o0400", Some(0o400));
        check("o999", None);
        check("o7555", None);
        check("755", None);
        check("o+75", None);
        check("o0-75", None);
        check("u+x", Some(0o744));
        check("a=rw,u+x", Some(0o766));
        check("u=rwx,g=u,o=", Some(0o770));
        check("+x", Some(0o755));
        check("+w", Some(0o644));
        check("=rwx,o-r", Some(0o751));
        check("go-r", Some(0o600));
        check("", None);
        check("rwxr-xr-x", Some(0o755));
        check("rwsr-sr-x", Some(0o6645));
        check("rwxr-xr-t", None);
    }
}
