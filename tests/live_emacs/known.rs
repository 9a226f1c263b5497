//! Where Org 9.5, Debian's, answers otherwise than the reference, and where we refuse or go on on purpose.
//!
//! Nothing else is tolerated. The first table is used when documents are made: with an Org 9.8 as judge it does not
//! count. The other two are looked up by the code that we report.

use qvm_tangle::diagnostic::Code;

/// Something that is generated only for the reference.
pub(crate) struct Difference {
    /// The rule of the tangling specification.
    pub(crate) rule: &'static str,
    /// What 9.5 does.
    #[expect(dead_code, reason = "for people")]
    pub(crate) reason: &'static str,
}

const fn difference(rule: &'static str, reason: &'static str) -> Difference {
    Difference { rule, reason }
}

/// What 9.5 does otherwise.
pub(crate) const OF_9_5: &[Difference] = &[
    difference("T-004", "never tangles a block without language"),
    difference("T-014", "takes a begin line without language for none"),
    difference("T-015", "takes other texts for priorities, and looks for COMMENT after them in another way"),
    difference("T-019", "ignores the switch `-i`"),
    difference("T-021", "lets the first of several `#+HEADER:` lines win"),
    difference(
        "T-031",
        "applies properties of a heading in the first line to the whole file, and loses the file's own below a skipped level",
    ),
    difference("T-033", "does not let `nil` hide a `#+PROPERTY:` line"),
    difference("T-034", "lets the first of two equal properties count"),
    difference("T-035", "knows no property drawer of the file below a blank line"),
    difference("T-045", "reads a value that starts with a quote as Lisp, and stops if that is not one string"),
    difference("T-051", "compares targets as they are written"),
    difference("T-052", "has no extension for `bibtex`"),
    difference("T-058", "knows numbers and Lisp as modes, no texts"),
    difference("T-060", "sets modes anew and replaces files that are there"),
    difference("T-064", "splits tabs that reach beyond the common indentation, and empties longer blank lines"),
    difference("T-069", "has no `:padline no` for Haskell with its support loaded"),
    difference("T-074", "overwrites the document"),
    difference(
        "T-078",
        "prefers a `CUSTOM_ID` to a block's name, knows the file's own, and loses its place when one is referred to",
    ),
    difference("T-079", "fills no `%link` in names"),
    difference("T-081", "has no mode for `zsh`"),
    difference("T-084", "lets references stay with `strip-tangle`"),
    difference("T-086", "has no cache, so that a block's name always wins over `:noweb-ref`"),
    difference("T-088", "expands nested references if their block allows evaluation"),
    difference("T-090", "knows no `:noweb-prefix`"),
    difference("T-096", "writes other links around references, and no empty line"),
    difference("T-103", "keeps nested lists in the value of a list, and knows no `[]`"),
    difference("T-111", "ignores prologue and epilogue where a language's support rewrites the body"),
    difference("T-112", "writes tables in Ruby on one line, and Common Lisp without package"),
    difference("T-113", "rewrites C with other empty lines"),
];

/// Errors of ours where Emacs goes on: allowed only if the document has what they are about.
pub(crate) const REFUSED: &[(Code, Evidence)] = &[
    (Code::LispNeeded, Evidence::Feature("Lisp that only Emacs can run")),
    (Code::CodeNeeded, Evidence::Feature("value of running code")),
    (Code::UnsupportedLanguage, Evidence::Feature("variable in a loaded language")),
    (Code::UnprintableTarget, Evidence::ControlCharacterInTarget),
];

/// What makes an error of ours legitimate.
pub(crate) enum Evidence {
    /// The grammar used this.
    Feature(&'static str),
    /// Emacs wrote a file with such a name.
    ControlCharacterInTarget,
}

/// Warnings of ours that stand for an error of Emacs', by a part of its message.
pub(crate) const GONE_ON: &[(Code, &str)] =
    &[(Code::AssumedCommentSyntax, "No comment syntax is defined"), (Code::AssumedCommentSyntax, "-mode")];
