//! The lines of a block.

use super::Grammar;

impl Grammar {
    /// The body of a block whose lines stand after `indent`.
    pub(super) fn body(&mut self, indent: &str) {
        let extra = match self.random.below(10) {
            0..=5 => "",
            6 => "  ",
            7 => "    ",
            8 => self.indentation(&["\t"]),
            _ => self.indentation(&["   ", " \t", "        "]),
        };
        let indent = if self.feature(4, "body outdented") { "" } else { indent };
        for _ in 0..self.random.below(6) {
            let line = self.body_line();
            if line.is_empty() && (self.chance(70) || !self.agrees("T-064")) {
                self.line("");
                continue;
            }
            // A reference to nothing leaves its indentation.
            let may_vanish = line.starts_with("<<") && line.ends_with(">>");
            let own = match self.random.below(12) {
                _ if may_vanish && !self.agrees("T-064") => "",
                0 => "  ",
                1 => self.indentation(&["\t", "    ", " "]),
                _ => "",
            };
            self.push(indent);
            self.push(extra);
            self.push(own);
            self.push(&line);
            if (!line.ends_with(">>") || self.agrees("T-064")) && self.feature(6, "trailing blanks") {
                self.push_one(&[" ", "   ", "\t"]);
            }
            self.line("");
        }
        if extra.contains('\t') {
            self.hit("tabs in indentation");
        }
    }

    fn code(&mut self) -> String {
        self.lines += 1;
        format!("echo {}", self.lines)
    }

    fn body_line(&mut self) -> String {
        let code = self.code();
        match self.random.below(60) {
            0..=3 if !self.has_references || self.agrees("T-064") => {
                self.hit("blank line in a body");
                String::new()
            }
            4..=16 => self.reference(),
            17..=19 => {
                self.hit("comma escapes");
                self.pick(&[
                    ",* heading",
                    ",** two",
                    ",#+begin_src sh",
                    ",#+end_src",
                    ",,* kept",
                    ",# no",
                    ",not",
                    ",,,#+x: y",
                    ", *",
                ])
                .to_owned()
            }
            20..=22 => {
                self.hit("code reference");
                let label = self.pick(&[
                    "(ref:first)",
                    "(ref:has space)",
                    "(ref:a-b_1)",
                    "#(alpha)",
                    "# <delta>",
                    "(ref:)",
                    "(ref:a) tail",
                ]);
                let gap = self.pick(&[" ", "   ", "", "\t"]);
                format!("{code}{gap}{label}")
            }
            23..=24 => {
                self.hit("Unicode in a body");
                self.pick(&[
                    "echo 'café – 木'",
                    "echo \u{a0}no-break",
                    "\u{3000}wide",
                    "e\u{301} combining",
                    "🐚 shell",
                ])
                .to_owned()
            }
            25 => {
                self.hit("control characters in a body");
                self.pick(&["\u{c}", "a\u{c}b", "\u{1b}[0m", "\u{7f}"]).to_owned()
            }
            26 => {
                self.hit("looks like Org in a body");
                self.pick(&[
                    "# comment",
                    ": fixed",
                    "| a | b |",
                    "- item",
                    "#+name: inner",
                    "*bold*",
                    "#+PROPERTY: header-args :tangle no",
                    "[fn:2] x",
                    "\\begin{x}",
                    "#+begin_example",
                    "CLOCK:",
                ])
                .to_owned()
            }
            27 => {
                self.hit("closes something in a body");
                self.pick(&[":END:", "#+end_quote", "#+end_example", "#+end:", "\\end{x}", "#+end_note"]).to_owned()
            }
            28 => {
                self.hit("comment signs in a body");
                self.pick(&["/* C */", "<!-- html -->", "# sh", ";; el"]).to_owned()
            }
            29 if self.risk(60, "heading in a body") => "* heading".to_owned(),
            30 if self.risk(60, "begin line in a body") => "#+begin_src sh :tangle inner.sh".to_owned(),
            31 => "$x and ${y}".to_owned(),
            32 => "if true; then".to_owned(),
            _ => code,
        }
    }

    /// A line with references.
    fn reference(&mut self) -> String {
        self.hit("noweb reference");
        let (one, two) = (self.referred(), self.referred());
        match self.random.below(14) {
            0 => format!("# <<{one}>>"),
            1 => format!("  - <<{one}>> end"),
            2 => {
                self.hit("two references on a line");
                format!("<<{one}>> and <<{two}>>")
            }
            3 => {
                self.hit("two references on a line");
                format!("<<{one}>><<{two}>> tail")
            }
            4 => {
                self.hit("what is no reference");
                self.pick(&[
                    "<< one>>",
                    "<<one >>",
                    "<<>>",
                    "x << 2 && y >> 3",
                    "cat <<EOF >>one",
                    "\\<<one>>",
                    "<<<one>>>",
                ])
                .to_owned()
            }
            5 if self.risk(50, "value of running code") => format!("<<{one}(x=1)>>"),
            6 if self.agrees("T-064") => format!("\t<<{one}>>"),
            _ => format!("<<{one}>>"),
        }
    }

    /// What a reference names: a block, a heading's id, nothing.
    fn referred(&mut self) -> String {
        match self.random.below(20) {
            0 => self.pick(&["the-id", "ANCHOR", "anchor", "x y", "beta"]).to_owned(),
            1 => {
                self.hit("undefined reference");
                "undefined".to_owned()
            }
            2 => self.name().to_uppercase(),
            3..=8 if self.agrees("T-086") => self.pick(&["ref", "other", "both", "frag"]).to_owned(),
            3..=8 => self.pick(&["ref", "other", "frag"]).to_owned(),
            _ => self.name().to_owned(),
        }
    }
}
