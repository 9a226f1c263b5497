//! Header arguments: every key that decides what tangling gives, and some that do not.

use super::{Grammar, Profile};

/// Targets whose folders are there or are asked for; most are shared by blocks.
const TARGETS: &[&str] = &[
    "a.sh",
    "a.sh",
    "a.sh",
    "b.sh",
    "b.sh",
    "c.txt",
    "d.py",
    "yes",
    "\"quoted name.txt\"",
    "two words.txt",
    "name(1).sh",
    "a:b.sh",
    "t",
    "nil",
    "No",
    "ünï.txt",
    "~/home.rc",
    "x\"y\"z.sh",
    "\"tab\\u00e9.txt\"",
    "dir.d",
    "$HOME.sh",
    "*.sh",
    "a,b.sh",
    "#hash",
    "back\\slash",
    "\"half",
    "YES",
    "007x",
    "\"42\"",
];

/// Targets in folders that have to be made.
const DEEP: &[&str] =
    &["out/a.sh :mkdirp yes", "out/deep/b.sh :mkdirp t", "~/.config/deep/rc :mkdirp yes", "sub/../x/c.sh :mkdirp yes"];

/// The same file as another target, named in another way.
const RESPELT: &[&str] = &["./a.sh", "x/../a.sh", ".//b.sh", "\"a.sh\""];

impl Grammar {
    /// The arguments of a property, which many blocks may inherit.
    pub(super) fn inherited_arguments(&mut self) -> String {
        let count = 1 + self.random.below(3);
        self.arguments(count, "")
    }

    /// Some arguments for a block of a language.
    pub(super) fn arguments(&mut self, count: usize, language: &str) -> String {
        let mut arguments = Vec::new();
        if self.chance(if count == 0 { 40 } else { 70 }) {
            arguments.push(self.target());
        }
        for _ in 0..count {
            arguments.push(self.argument(language));
        }
        if self.agrees("T-045") && self.feature(3, "words before the first key") {
            arguments.insert(0, "stray".to_owned());
        }
        let gap = self.pick(&[" ", " ", " ", "  ", "\t"]);
        arguments.join(gap)
    }

    fn target(&mut self) -> String {
        let target = self.any_target();
        // Nor does 9.5 read a quote that is not closed.
        if target.contains("\"half") && !self.agrees("T-045") { ":tangle half".to_owned() } else { target }
    }

    fn any_target(&mut self) -> String {
        self.hit(":tangle");
        match self.random.below(100) {
            0..=69 => format!(":tangle {}", self.pick(TARGETS)),
            70..=77 => {
                self.hit(":tangle no");
                format!(":tangle {}", self.pick(&["no", "no", "\"no\"", "\"\""]))
            }
            78..=87 => {
                self.hit(":mkdirp");
                format!(":tangle {}", self.pick(DEEP))
            }
            88..=91 if self.agrees("T-051") => {
                self.hit("target respelt");
                format!(":tangle {}", self.pick(RESPELT))
            }
            92..=95 => self.lisp_target(),
            96..=97 if self.risk(60, "missing folder") => ":tangle missing/a.sh".to_owned(),
            98 if self.risk(60, "target that is no name") => {
                format!(":tangle {}", self.pick(&["", "42", "'x.sh'", "1e3", "."]))
            }
            99 if self.agrees("T-045") => ":tangle \"one\" \"two\"".to_owned(),
            _ => ":tangle a.sh".to_owned(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "one production a key, to be read from top to bottom")]
    fn argument(&mut self, language: &str) -> String {
        match self.random.below(100) {
            0..=15 if self.has_references || self.agrees("T-064") => {
                self.hit(":noweb");
                let value = self.pick(&[
                    "yes",
                    "yes",
                    "yes",
                    "yes",
                    "no-export",
                    "strip-export",
                    "no",
                    "yes tangle",
                    "Yes",
                    "",
                    "tangle",
                    "eval",
                ]);
                let value = if matches!(value, "tangle" | "eval") && !self.agrees("T-088") { "yes" } else { value };
                format!(":noweb {value}")
            }
            16..=17 if self.agrees("T-084") => {
                self.hit(":noweb strip-tangle");
                format!(":noweb {}", self.pick(&["strip-tangle", "strip-tangle yes"]))
            }
            18..=25 => {
                self.hit(":noweb-ref");
                let name = match self.random.below(5) {
                    0 if self.agrees("T-086") => self.name(),
                    1 if self.agrees("T-086") => "both",
                    _ => self.pick(&["ref", "other", "frag", "7", "Ref"]),
                };
                format!(":noweb-ref {name}")
            }
            26..=28 => {
                self.hit(":noweb-sep");
                format!(":noweb-sep {}", self.pick(&["\", \"", "\"\\n--\\n\"", "\"\"", "x", "\"\\n\\n\"", "\" \""]))
            }
            29..=31 if self.agrees("T-090") => {
                self.hit(":noweb-prefix");
                format!(":noweb-prefix {}", self.pick(&["no", "yes", "nil", "", "\"no\"", "t"]))
            }
            32..=37 => {
                self.hit(":shebang");
                format!(
                    ":shebang {}",
                    self.pick(&["#!/bin/sh", "\"#!/usr/bin/env bash\"", "\"\"", "", "not one", "\"#!/a\\n# b\""])
                )
            }
            38..=42 => self.mode(),
            43..=47 => {
                self.hit(":padline");
                format!(":padline {}", self.pick(&["no", "no", "yes", "nope", "", "\"no\""]))
            }
            48..=50 => {
                self.hit(":mkdirp");
                format!(":mkdirp {}", self.pick(&["yes", "no", "t", ""]))
            }
            51..=53 => {
                self.hit(":no-expand");
                format!(":no-expand{}", self.pick(&["", " no", " yes"]))
            }
            54..=67 => self.comments(language),
            68..=71 if self.has_surroundings || self.agrees("T-111") => {
                self.hit(":prologue");
                format!(
                    ":prologue {}",
                    self.pick(&["set -e", "\"set -e\\nset -u\"", "\"  lead\"", "", "\"\"", "# <<one>>"])
                )
            }
            72..=75 if self.has_surroundings || self.agrees("T-111") => {
                self.hit(":epilogue");
                format!(":epilogue {}", self.pick(&["exit 0", "\"tail  \"", "\"a\\n b\"", "\"\\n\""]))
            }
            76..=84 if !self.has_surroundings || self.agrees("T-111") => self.variables(language),
            85..=88 => self.lisp_argument(),
            89..=92 => {
                self.hit("keys without effect");
                self.pick(&[
                    ":results output",
                    ":exports code",
                    ":session *x*",
                    ":eval never",
                    ":TANGLE upper.sh",
                    ":unknown",
                    ":cache yes",
                    ":dir /tmp",
                    ":x [1 2 :tangle no]",
                    ":y \"quoted :tangle no\"",
                    ":z (list :tangle 'no)",
                    ":hlines yes",
                    ":colnames no",
                ])
                .to_owned()
            }
            93 => {
                self.hit(":results and :exports");
                let value =
                    if self.risk(30, ":results that is no text") { self.pick(&["", "5", "1e3"]) } else { "silent" };
                format!("{} {value}", self.pick(&[":results", ":exports"]))
            }
            94 => {
                self.hit("same key twice");
                ":tangle c.txt".to_owned()
            }
            95 if self.agrees("T-045") => {
                self.hit("unbalanced quote or bracket");
                self.pick(&[
                    ":q \"open :padline no",
                    ":q x (open",
                    ":q x [open :x y",
                    ":q \\\" :padline no",
                    ":q a\\",
                    ":q )",
                    ":q x([)] :padline no",
                ])
                .to_owned()
            }
            _ if self.has_references || self.agrees("T-064") => ":noweb yes".to_owned(),
            _ => ":cache no".to_owned(),
        }
    }

    fn mode(&mut self) -> String {
        self.hit(":tangle-mode");
        if self.agrees("T-058") && self.chance(60) {
            self.hit("mode as a text");
            let mode = self.pick(&[
                "o755",
                "o0400",
                "\"o640\"",
                "u+x",
                "a=rw,u+x",
                "go-r",
                "+x",
                "rwxr-xr-x",
                "rw-------",
                "rwsr-sr-x",
                "u=rwx,g=u,o=",
            ]);
            return format!(":tangle-mode {mode}");
        }
        if self.agrees("T-058") && self.risk(20, "mode that is none") {
            return format!(":tangle-mode {}", self.pick(&["755", "0755", "#o755", "o999"]));
        }
        format!(":tangle-mode {}", self.pick(&["(identity #o755)", "(identity #o600)", "493", "(identity #o700)", ""]))
    }

    fn comments(&mut self, language: &str) -> String {
        self.hit(":comments");
        let value = self.pick(&["link", "link", "both", "org", "yes", "no", "whatever", "\"link\"", "links", ""]);
        let value = if self.has_ids && !self.agrees("T-078") { self.pick(&["no", "whatever"]) } else { value };
        if value != "no" && !value.is_empty() && !self.is_risky && has_no_comments(language) {
            return ":comments no".to_owned();
        }
        match value {
            "both" => self.hit(":comments both"),
            "org" => self.hit(":comments org"),
            _ => {}
        }
        if self.agrees("T-096") && self.feature(15, ":comments noweb") {
            return ":comments noweb".to_owned();
        }
        format!(":comments {value}")
    }

    fn variables(&mut self, language: &str) -> String {
        if language == "ruby" && !self.agrees("T-112") {
            return ":eval no".to_owned();
        }
        if !self.profile_takes_variables(language) {
            return ":var x=1".to_owned().replace(":var", if self.is_risky { ":var" } else { ":vars" });
        }
        self.hit(":var");
        let mut assignments = Vec::new();
        for _ in 0..=self.random.below(2) {
            let name = self.pick(&["x", "y", "z", "table"]);
            let value = self.value();
            assignments.push(format!("{name}={value}"));
        }
        format!(":var {}", assignments.join(" "))
    }

    fn value(&mut self) -> String {
        match self.random.below(12) {
            0..=2 => self.pick(&["1", "-2.50", "1e3", ".5", "007", "1.", "12345678901234567890"]).to_owned(),
            3..=6 => self
                .pick(&[
                    "\"two words\"",
                    "\"it's\"",
                    "\"a\\nb\"",
                    "\"\"",
                    "\"q\\\"q\"",
                    "\"back\\\\slash\"",
                    "\"x=y\"",
                    "\"é\"",
                ])
                .to_owned(),
            7..=8 => {
                self.hit("Lisp in :var");
                let text = self.pick(&[
                    "'(1 \"a\" (2 3))",
                    "(+ 1 2)",
                    "'sym",
                    "'()",
                    "(list 1 \"b\")",
                    "`(1 ,(+ 1 1))",
                    "(concat \"a\" \"b\")",
                ]);
                text.to_owned()
            }
            9 => {
                self.hit("table by name in :var");
                let table = self.pick(&[
                    "table",
                    "header",
                    "rules",
                    "header[0,1]",
                    "header[2:3]",
                    "table[,0]",
                    "table[-1,-1]",
                    "rules[*,1]",
                    "table[]",
                ]);
                let table = if table == "table[]" && !self.agrees("T-103") { "table" } else { table };
                if self.is_risky { table.to_owned() } else { "4".to_owned() }
            }
            10 => {
                self.hit("element by name in :var");
                let element = self.pick(&["list", "example", "fixed", "number", "para", "quote", "one[]"]);
                let element = if element == "one[]" && !self.agrees("T-103") { "list" } else { element };
                if self.is_risky { element.to_owned() } else { "5".to_owned() }
            }
            _ if self.risk(30, "value of running code") => "one()".to_owned(),
            _ => "\"plain\"".to_owned(),
        }
    }

    /// Whether a variable is written down or passed over in silence.
    fn profile_takes_variables(&mut self, language: &str) -> bool {
        if language.is_empty() {
            if self.profile == Profile::All {
                self.hit("variable in a loaded language");
            }
            return self.profile == Profile::Vanilla || self.is_risky;
        }
        let is_supported = self.profile == Profile::Vanilla
            || matches!(
                language,
                "sh" | "bash"
                    | "zsh"
                    | "shell"
                    | "fish"
                    | "python"
                    | "emacs-lisp"
                    | "elisp"
                    | "js"
                    | "ruby"
                    | "perl"
                    | "C"
                    | "C++"
                    | "lua"
                    | "css"
                    | "makefile"
                    | "awk"
                    | "text"
                    | "yaml"
                    | "nosuch"
                    | "json"
                    | "conf"
                    | "html"
                    | "xml"
            );
        if !is_supported {
            self.hit("variable in a loaded language");
        }
        is_supported || self.is_risky
    }
}

fn has_no_comments(language: &str) -> bool {
    matches!(language, "text" | "yaml" | "nosuch" | "json" | "lua" | "R" | "x[y]" | "fish" | "D" | "haskell")
}
