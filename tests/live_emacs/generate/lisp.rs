//! Lisp in header arguments: the pure expressions that are run, and some that only Emacs can run.

use super::Grammar;

impl Grammar {
    /// `:tangle` with Lisp that gives a name, or `no`.
    pub(super) fn lisp_target(&mut self) -> String {
        if self.risk(40, "Lisp that only Emacs can run") {
            let expression =
                self.pick(&["(upcase \"a.sh\")", "(format \"%s.sh\" 1)", "(shell-command-to-string \"printf a.sh\")"]);
            return format!(":tangle {expression}");
        }
        self.hit("Lisp in :tangle");
        let expression = match self.random.below(5) {
            0 => {
                let condition = self.condition(2);
                format!("(if {condition} \"lisp.sh\" \"no\")")
            }
            1 => {
                let stem = self.text_expression(1);
                format!("(concat \"l-\" {stem} \".sh\")")
            }
            2 => {
                let absolute = if self.agrees("T-051") { "l.sh" } else { "absolute.sh" };
                match self.random.below(7) {
                    0 => format!("(expand-file-name \"{absolute}\" \"~\")"),
                    1 => format!("(expand-file-name \"{absolute}\")"),
                    2 => format!("(concat default-directory \"{absolute}\")"),
                    3 => "(concat (file-name-directory buffer-file-name) \"m.sh\")".to_owned(),
                    4 => "(concat (file-name-sans-extension \"l.org\") \".sh\")".to_owned(),
                    5 => "(file-name-nondirectory \"/x/l.sh\")".to_owned(),
                    _ => "(concat (file-name-base (buffer-file-name)) \".lisp\")".to_owned(),
                }
            }
            3 => {
                let condition = self.condition(2);
                format!("(when {condition} \"when.sh\")").replace("(when", "(or (when") + " \"or.sh\")"
            }
            _ => self
                .pick(&[
                    "(identity \"i.sh\")",
                    "'\"quoted.sh\"",
                    "(or nil \"o.sh\")",
                    "(and t \"and.sh\")",
                    "(progn 1 \"p.sh\")",
                ])
                .to_owned(),
        };
        format!(":tangle {expression}")
    }

    /// Another argument with Lisp.
    pub(super) fn lisp_argument(&mut self) -> String {
        if self.risk(20, "Lisp that only Emacs can run") {
            return self
                .pick(&[":shebang (format \"#!%s\" \"/bin/sh\")", ":comments (downcase \"NO\")", ":mkdirp (ignore)"])
                .to_owned();
        }
        self.hit("Lisp in other arguments");
        match self.random.below(9) {
            0 => {
                let text = self.text_expression(2);
                format!(":shebang (concat \"#!\" {text})")
            }
            1 => {
                let condition = self.condition(2);
                format!(":padline (if {condition} \"yes\" \"no\")")
            }
            2 => {
                let condition = self.condition(1);
                format!(":mkdirp (if {condition} \"yes\" \"no\")")
            }
            3 if self.has_surroundings || self.agrees("T-111") => {
                let text = self.text_expression(2);
                format!(":prologue {text}")
            }
            4 if self.has_surroundings || self.agrees("T-111") => {
                let text = self.text_expression(2);
                format!(":epilogue {text}")
            }
            5 => {
                let condition = self.condition(1);
                format!(":tangle-mode (if {condition} #o755 #o644)")
            }
            6 => {
                let condition = self.condition(1);
                format!(":comments (if {condition} \"no\" \"whatever\")")
            }
            7 => {
                let condition = self.condition(1);
                format!(":results (if {condition} \"silent\" \"output\")")
            }
            _ if !self.has_references && !self.agrees("T-064") => ":padline \"yes\"".to_owned(),
            _ => {
                let condition = self.condition(1);
                format!(":noweb (if {condition} \"yes\" \"no\")")
            }
        }
    }

    /// An expression that is used for being nil or not.
    fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "t",
                    "nil",
                    "(eq system-type 'gnu/linux)",
                    "(eq system-type 'windows-nt)",
                    "(getenv \"LIVE_EMACS\")",
                    "(getenv \"NONE\")",
                    "(eq 1 1)",
                    "(equal \"a\" \"a\")",
                    "(eq 'a 'b)",
                    "buffer-file-name",
                    "(member \"b\" '(\"a\" \"b\"))",
                    "(string= \"a\" 'a)",
                    "(file-name-directory \"plain\")",
                    "(equal '(1 \"a\") (list 1 \"a\"))",
                    "(memq 'x '(y x))",
                    "(null '())",
                ])
                .to_owned();
        }
        let (one, two) = (self.condition(depth - 1), self.condition(depth - 1));
        match self.random.below(6) {
            0 => format!("(and {one} {two})"),
            1 => format!("(or {one} {two})"),
            2 => format!("(not {one})"),
            // A label format reaches to the line's last quote, and 9.5 runs what is left after it.
            3 if !self.agrees("T-019") => format!("(cond ({one} {two}))"),
            3 => format!("(cond ({one} {two}) (t nil))"),
            4 => format!("(unless {one} {two})"),
            _ => one,
        }
    }

    /// An expression that gives a text.
    fn text_expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "\"a\"",
                    "\"b c\"",
                    "\"\"",
                    "(getenv \"LIVE_EMACS\")",
                    "\"x\\ny\"",
                    "(file-name-base \"d/e.f.g\")",
                    "(file-name-nondirectory \"d/\")",
                ])
                .to_owned();
        }
        let (one, two, condition) =
            (self.text_expression(depth - 1), self.text_expression(depth - 1), self.condition(1));
        match self.random.below(5) {
            0 => format!("(concat {one} {two})"),
            1 => format!("(if {condition} {one} {two})"),
            2 => format!("(or nil {one})"),
            3 => format!("(progn {two} {one})"),
            _ => one,
        }
    }
}
