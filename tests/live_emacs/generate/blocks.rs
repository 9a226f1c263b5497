//! Source blocks: the keywords above, the begin line, the end.

use super::{Grammar, Profile};

/// Names of blocks and of references.
const NAMES: &[&str] =
    &["one", "two", "part", "Part", "three words", "a", "bb", "café", "x-y_z", "both", "one:2", "7up"];

/// Languages whose comments Emacs knows; the first is the most frequent.
const COMMENTED: &[&str] = &[
    "python",
    "emacs-lisp",
    "elisp",
    "bash",
    "C",
    "js",
    "css",
    "html",
    "latex",
    "org",
    "conf",
    "makefile",
    "sql",
    "xml",
    "perl",
    "ruby",
    "SH",
    "lisp",
    "fortran",
    "pascal",
    "C++",
    "shell",
    "zsh",
    "awk",
    "java",
    "bibtex",
];

/// Languages without.
const BARE: &[&str] = &["text", "yaml", "nosuch", "json", "lua", "R", "x[y]", "fish", "D", "haskell"];

impl Grammar {
    /// A language, most often one that has comments.
    pub(super) fn language(&mut self) -> &'static str {
        let language = match self.random.below(10) {
            0..=3 => "sh",
            4..=8 => self.pick(COMMENTED),
            _ => self.pick(BARE),
        };
        match language {
            "bibtex" if !self.agrees("T-052") => "sh",
            // With `:tangle yes` it would be the document itself.
            "org" if !self.agrees("T-074") => "conf",
            "zsh" if !self.agrees("T-081") => "bash",
            "haskell" if self.profile == Profile::All && !self.agrees("T-069") => "sh",
            "lisp" if self.profile == Profile::All && !self.agrees("T-112") => "conf",
            // With its support loaded, Java is refused.
            "java" if self.profile == Profile::All => "js",
            // Rewritten in another way.
            "C" | "C++" | "D" if self.profile == Profile::All && !self.agrees("T-113") => "python",
            language => language,
        }
    }

    /// A name that other blocks may have.
    pub(super) fn name(&mut self) -> &'static str {
        self.pick(NAMES)
    }

    /// A source block whose lines are indented.
    pub(super) fn block(&mut self, indent: &str) {
        self.hit("block");
        let indent = match self.random.below(8) {
            0 if indent.is_empty() => self.indentation(&["  ", "    ", "\t"]).to_owned(),
            _ => indent.to_owned(),
        };
        let language = self.language();
        self.affiliated(&indent, language);
        self.begin(&indent, language);
        self.body(&indent);
        self.end(&indent);
    }

    fn affiliated(&mut self, indent: &str, language: &str) {
        if self.feature(35, "#+name") {
            let (key, name) = (self.cased("#+name:"), self.name());
            let gap = self.pick(&[" ", " ", "   ", ""]);
            self.line(&format!("{indent}{key}{gap}{name}"));
        } else if self.feature(3, "#+srcname and its like") {
            let key = self.pick(&["#+srcname:", "#+tblname:", "#+LABEL:", "#+source:"]);
            let name = self.name();
            self.line(&format!("{indent}{key} {name}"));
        }
        if self.feature(15, "#+HEADER") {
            let more = usize::from(self.chance(30) && self.agrees("T-021"));
            for _ in 0..=more {
                let key = self.pick(&["#+HEADER:", "#+header:", "#+headers:", "#+HEADERS:"]);
                let arguments = self.arguments(1, language);
                self.line(&format!("{indent}{key} {arguments}"));
            }
        }
        if self.feature(8, "other keyword above a block") {
            let line = self.pick(&[
                "#+caption: A caption",
                "#+CAPTION[short]: A caption",
                "#+attr_html: :width 10",
                "#+RESULTS: x",
                "#+RESULTS[abc]:",
                "#+plot: ind:1",
                "#+header+: :tangle plus.sh",
            ]);
            self.line(&format!("{indent}{line}"));
        }
        if self.feature(3, "detached keywords") {
            self.line_of(&["", "# a comment between", "Prose between."]);
        }
    }

    fn begin(&mut self, indent: &str, language: &str) {
        let keyword = self.cased("#+begin_src");
        self.push(&format!("{indent}{keyword}"));
        if self.agrees("T-004") && self.feature(2, "no language") {
            self.push_one(&["", " :tangle x", "\tsh :tangle tab.sh"]);
        } else {
            self.push_one(&[" ", " ", " ", "   "]);
            self.push(language);
            self.switches();
            let count = self.random.below(4);
            let arguments = self.arguments(count, language);
            if !arguments.is_empty() {
                self.push_one(&[" ", " ", " ", "  ", "\t"]);
                self.push(&arguments);
            }
        }
        self.push_one(&["", "", "", " ", "  "]);
        self.line("");
    }

    fn switches(&mut self) {
        if !self.feature(14, "switches") {
            return;
        }
        for _ in 0..=self.random.below(2) {
            let switch =
                self.pick(&["-n", "-n 5", "+n", "+n 10", "-k", "-r", "-r", "-i", "-l \"#(%s)\"", "-r -l \"# <%s>\""]);
            if switch == "-i" && !self.agrees("T-019") {
                continue;
            }
            match switch {
                "-i" => self.hit("switch -i"),
                _ if switch.starts_with("-r") => self.hit("switch -r"),
                _ => {}
            }
            self.push(" ");
            self.push(switch);
        }
    }

    fn end(&mut self, indent: &str) {
        let keyword = self.cased("#+end_src");
        if self.feature(2, "words after the end line") {
            self.line(&format!("{indent}{keyword} and words"));
            self.line("more");
        }
        if self.risk(3, "unterminated block") {
            return;
        }
        let indent = if self.feature(4, "end line outdented") { "" } else { indent };
        self.push(&format!("{indent}{keyword}"));
        // They would be a blank line of the prose before the next block.
        if self.agrees("T-064") {
            self.push_one(&["", "", "", "", "  ", "\t"]);
        }
        self.line("");
    }
}
