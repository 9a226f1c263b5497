//! What stands in a section: blocks, and everything that can stand around one or look like one.

use super::Grammar;

impl Grammar {
    /// One element, or some; `depth` is that of what it stands in.
    pub(super) fn element(&mut self, depth: usize) {
        if depth > 2 {
            return self.block("");
        }
        match self.random.below(100) {
            0..=61 => self.block(""),
            62..=65 => self.container(depth),
            66..=69 => self.list(),
            70..=72 => self.opaque(),
            73 => self.unclosed(),
            74..=75 => self.footnote(),
            76..=80 => self.neighbour(),
            81..=84 => self.named_value(),
            85..=88 => {
                let prose = self.pick(&[
                    "Some prose.",
                    "Prose with src_sh{echo inline} in it.",
                    "  Indented prose\n    on two lines.",
                    "A */ comment end, a --> too, and /* a start.",
                    "{{{macro(x)}}} text",
                    "\\begin{none",
                ]);
                self.line(prose);
            }
            89..=92 => self.line(""),
            93 => {
                self.hit("two blank lines");
                self.line("\n");
            }
            94..=95 => self.stray(),
            96..=97 => self.keyword(),
            _ => {
                let word = self.cased("#+begin_src");
                self.hit("empty block");
                self.line(&format!("{word} sh :tangle empty.sh\n#+end_src"));
            }
        }
        if self.chance(45) {
            self.line("");
        }
    }

    /// Something whose contents are elements.
    fn container(&mut self, depth: usize) {
        let (begin, end, name) = [
            ("#+begin_quote", "#+end_quote", "in a quote block"),
            ("#+BEGIN_CENTER", "#+end_center", "in a center block"),
            ("#+begin_note", "#+end_note", "in a special block"),
            ("#+begin: clocktable :x y", "#+end:", "in a dynamic block"),
            (":NOTES:", ":END:", "in a drawer"),
            (":LOGBOOK:", ":end:", "in a drawer"),
            ("#+begin_details", "#+END_details", "in a special block"),
        ][self.random.below(7)];
        self.hit(name);
        self.line(begin);
        for _ in 0..=self.random.below(2) {
            self.element(depth + 1);
        }
        self.line(end);
    }

    /// A plain list with blocks in it.
    fn list(&mut self) {
        self.hit("in a list");
        let bullet = self.pick(&["- ", "+ ", "1. ", "2) ", "  * ", "- [ ] ", "- term :: "]);
        for _ in 0..=self.random.below(3) {
            self.line(&format!("{bullet}item"));
            let indent = match self.random.below(6) {
                0 => self.indentation(&["    ", "      ", "\t"]),
                _ => self.pick(&["   ", "  ", "     "]),
            };
            if self.chance(15) {
                self.line(&format!("{indent}- nested"));
                self.hit("in a nested list");
                self.block(&format!("{indent}  "));
            } else {
                self.block(indent);
            }
            if self.chance(20) {
                self.line("");
            }
        }
    }

    /// Something whose contents are text, a block's marks among it.
    fn opaque(&mut self) {
        let (begin, end, name) = [
            ("#+begin_example", "#+end_example", "block shown in an example"),
            ("#+begin_comment", "#+end_comment", "block in a comment block"),
            ("#+begin_export html", "#+end_export", "block in an export block"),
            ("#+begin_verse", "#+end_verse", "block in a verse block"),
            ("\\begin{align*}", "\\end{align*}", "block in a LaTeX environment"),
        ][self.random.below(5)];
        self.hit(name);
        self.line(begin);
        let escape = self.pick(&["", ","]);
        self.line(&format!("{escape}#+begin_src sh :tangle shown.sh\necho shown\n{escape}#+end_src"));
        self.line(end);
    }

    /// The start of something that has no end.
    fn unclosed(&mut self) {
        self.hit("unclosed element");
        let line = self.pick(&[
            "#+begin_example",
            "#+begin_quote",
            ":DRAWER:",
            "\\begin{equation}",
            "#+begin: dynamic",
            "#+begin_verse",
            "#+begin_note",
        ]);
        self.line(line);
        self.block("");
    }

    fn footnote(&mut self) {
        self.hit("in a footnote definition");
        self.line("[fn:1] A note");
        self.block("");
    }

    /// Lines that a block may follow directly.
    fn neighbour(&mut self) {
        self.hit("neighbours");
        let lines = self.pick(&[
            "| a | b |\n|---+---|\n| 1 | 2 |",
            "# a comment line",
            ": fixed width",
            "-----",
            "CLOCK: [2030-01-01 Tue 10:00]--[2030-01-01 Tue 11:00] =>  1:00",
            "%%(diary-float t 4 2) x",
            "#+RESULTS:\n: 5",
            "#+call: one()",
            "# #+begin_src sh :tangle commented.sh\n# echo\n# #+end_src",
            ": #+begin_src sh :tangle fixed.sh\n: echo\n: #+end_src",
            "| #+begin_src sh :tangle cell.sh |",
            "#+begin_srcsh :tangle glued.sh\necho glued\n#+end_src",
        ]);
        let is_glued = lines.starts_with("#+begin_srcsh");
        self.line(if is_glued && !self.agrees("T-014") { "# glued" } else { lines });
    }

    /// What a variable or a reference may mean beside blocks.
    fn named_value(&mut self) {
        let (feature, text) = [
            ("named table", "#+name: table\n| a | 1 |\n| b | 2.50 |"),
            ("named table", "#+NAME: header\n| name | n |\n|------+---|\n| x y  | 1 |\n|      | 1e2 |"),
            ("named table", "#+name: rules\n|---+---|\n| k | v |\n|---+---|\n| \"q\" | 007 |\n|---+---|"),
            ("named list", "#+name: list\n- eggs\n- milk two\n- 3"),
            ("named example", "#+name: example\n#+begin_example\nline 1\n  line 2\n#+end_example"),
            ("named fixed width", "#+name: fixed\n: fixed 1\n: fixed 2"),
            ("named fixed width", "#+name: number\n: 42"),
            ("named paragraph", "#+name: para\nJust a paragraph\nof two lines."),
            ("named quote", "#+name: quote\n#+begin_quote\nquoted\n#+end_quote"),
        ][self.random.below(9)];
        self.hit(feature);
        self.line(text);
        if self.chance(70) {
            self.line("");
        }
    }

    /// Lines out of place.
    fn stray(&mut self) {
        self.hit("stray line");
        let line = self.pick(&[
            "#+name: one",
            "#+HEADER: :tangle stray.sh",
            ":END:",
            "#+end_quote",
            "#+end_example",
            "#+caption: nothing",
            "\\end{align*}",
            "#+header[x]: :tangle stray.sh",
        ]);
        self.line(line);
        if line.starts_with("#+HEADER") && !self.agrees("T-021") {
            self.line("");
        }
        if self.risk(40, "stray end or begin of a block") {
            let line = self.pick(&["#+end_src", "#+begin_src sh :tangle stray.sh", "#+begin_src"]);
            self.line(if line == "#+begin_src" && !self.agrees("T-014") { "#+end_src" } else { line });
        }
    }
}
