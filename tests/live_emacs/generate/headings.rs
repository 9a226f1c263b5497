//! The start of a document, its headings and their drawers.

use super::Grammar;
use crate::case_file::CaseFile;

const TITLES: &[&str] = &[
    "Harbour",
    "Quay",
    "A  heading   with [1/2] cookie",
    "Half [50%] done",
    "Über café 木",
    "see http://a//b and ../c",
    "Brackets [x] and ]]",
    "with [[https://example.org][a link]] and *bold* ~code~",
    "100% sign",
    "back\\slash \\",
    "COMMENTS are fine",
    "Word COMMENT later",
    "comment lower",
    "#hash",
    "* star",
    "a: colon ::",
    "tab\tinside",
    "TODOs",
];

impl Grammar {
    /// What stands before everything else.
    pub(super) fn start(&mut self) {
        if self.agrees("T-035") && self.feature(6, "blank lines first") {
            self.line("");
        }
        if self.feature(8, "comment first") {
            self.line("# a comment first");
        }
        if self.feature(15, "property drawer of the file") {
            self.drawer();
        }
        let keywords = self.random.below(4);
        for _ in 0..keywords {
            self.keyword();
        }
        if self.chance(30) {
            self.line("");
        }
        if !self.agrees("T-031") {
            self.line("# not a heading in the first line");
        }
    }

    /// A keyword line of the document.
    pub(super) fn keyword(&mut self) {
        let key = self.cased("#+property:");
        match self.random.below(20) {
            0..=7 => {
                self.hit("#+PROPERTY: header-args");
                let arguments = self.inherited_arguments();
                let name = self.cased("header-args");
                let gap = self.pick(&[" ", " ", "  ", "\t"]);
                self.line(&format!("{key}{gap}{name} {arguments}"));
            }
            8..=10 => {
                self.hit("#+PROPERTY: header-args+");
                let arguments = self.inherited_arguments();
                self.line(&format!("{key} header-args+ {arguments}"));
            }
            11..=13 => {
                self.hit("#+PROPERTY: header-args:LANG");
                let (language, arguments) = (self.language(), self.inherited_arguments());
                let plus = self.pick(&["", "", "+"]);
                self.line(&format!("{key} header-args:{language}{plus} {arguments}"));
            }
            14 => self.setup_file(),
            15 => {
                self.hit("#+TODO");
                let line = self.pick(&[
                    "#+TODO: OPEN | SHUT",
                    "#+SEQ_TODO: TODO(t) WAIT(w@/!) | DONE(d)",
                    "#+typ_todo: Ann Bob",
                    "#+TODO: NEXT",
                ]);
                self.line(line);
            }
            16 => {
                self.hit("#+FILETAGS");
                self.line("#+FILETAGS: :ARCHIVE:");
            }
            17 => {
                self.hit("property of a single key");
                self.line("#+PROPERTY: tangle legacy.txt");
            }
            18 => self.line("#+TITLE: A title"),
            _ => self.line("#+INCLUDE: \"nothing.org\""),
        }
    }

    fn setup_file(&mut self) {
        self.hit("#+SETUPFILE");
        let name = self.pick(&["setup.org", "conf/setup.org", "missing.org", "\"quoted.setup\"", "./setup.org"]);
        self.line(&format!("#+SETUPFILE: {name}"));
        if name == "missing.org" {
            return;
        }
        let path = name.trim_matches('"').trim_start_matches("./");
        if self.before.iter().any(|file| file.name == path.as_bytes()) {
            return;
        }
        let whole = std::mem::take(&mut self.text);
        self.before.push(CaseFile { name: path.as_bytes().to_vec(), mode: 0o644, bytes: Vec::new() });
        let file = self.before.len() - 1;
        self.line("# settings");
        for _ in 0..=self.random.below(3) {
            self.keyword();
        }
        if self.chance(30) {
            self.line("* Heading\n:PROPERTIES:\n:header-args: :tangle never.sh\n:END:\n#+begin_src sh :tangle never.sh\n#+end_src");
        }
        let text = std::mem::replace(&mut self.text, whole);
        self.before[file].bytes = text.into_bytes();
    }

    /// A heading with what belongs to it.
    pub(super) fn heading(&mut self) {
        let mut level = 1 + self.random.below(3) + if self.chance(5) { self.random.below(14) } else { 0 };
        if !self.agrees("T-031") {
            level = level.min(self.level + 1);
        }
        self.level = level;
        self.push(&"*".repeat(level));
        self.push_one(&[" ", " ", " ", " ", "  "]);
        if self.feature(20, "TODO keyword") {
            let word = self.pick(&["TODO", "DONE", "OPEN", "WAIT", "NEXT", "TODOX", "Ann"]);
            self.push(word);
            self.push(" ");
        }
        let has_priority = self.feature(10, "priority");
        if has_priority {
            let priority = self.pick(&["[#A] ", "[#b] ", "[#12] ", "[#A]", "[#a]  "]);
            let is_odd = priority != "[#A] ";
            self.push(if is_odd && !self.agrees("T-015") { "[#B] " } else { priority });
        }
        if (!has_priority || self.agrees("T-015")) && self.feature(8, "COMMENT heading") {
            self.push("COMMENT ");
        }
        if !self.feature(5, "heading without title") {
            let title = self.pick(TITLES);
            self.push(title);
        }
        if self.agrees("T-079") && self.feature(3, "%link in a heading") {
            self.push(" %link %file %source-name %start-line");
        }
        if self.feature(6, "archived heading") {
            self.push_one(&[" :ARCHIVE:", " :x:ARCHIVE:y:", "  :ARCHIVE:"]);
        } else if self.feature(10, "tags") {
            self.push_one(&[" :tag:", " :archive:", "\t:a:b:", " :not a tag:", " :ARCHIVE:x", ":x:"]);
        }
        self.push_one(&["", "", "", " ", "  "]);
        self.line("");
        if self.feature(10, "planning line") {
            self.line_of(&[
                "SCHEDULED: <2030-01-01 Tue>",
                "DEADLINE: <2030-01-01 Tue> CLOSED: [2030-01-01 Tue]",
                "  CLOSED: [2030-01-01 Tue]",
            ]);
        }
        if self.feature(6, "misplaced drawer") {
            self.line_of(&["", "Some text first.", "# a comment"]);
        }
        if self.feature(40, "property drawer") {
            self.drawer();
        }
    }

    /// A property drawer.
    fn drawer(&mut self) {
        let indent = self.indentation(&["", "", "", "  ", "\t"]);
        let begin = self.cased(":properties:");
        self.line(&format!("{indent}{begin}"));
        let mut names: Vec<String> = Vec::new();
        for _ in 0..=self.random.below(3) {
            let property = self.property();
            let name = property[1..].split(": ").next().unwrap_or_default().to_lowercase();
            if names.contains(&name) && !name.ends_with('+') {
                if !self.agrees("T-034") {
                    continue;
                }
                self.hit("property twice in a drawer");
            }
            names.push(name);
            self.line(&format!("{indent}{property}"));
        }
        if self.feature(2, "broken drawer") {
            self.line("not a property");
        }
        let end = self.cased(":end:");
        self.line(&format!("{indent}{end}"));
    }

    fn property(&mut self) -> String {
        match self.random.below(16) {
            0..=5 => {
                self.hit(":header-args:");
                let arguments = self.inherited_arguments();
                let name = self.cased("header-args");
                let trail = self.pick(&["", "", "  "]);
                format!(":{name}: {arguments}{trail}")
            }
            6..=8 => {
                self.hit(":header-args+:");
                let arguments = self.inherited_arguments();
                format!(":header-args+: {arguments}")
            }
            9..=11 => {
                self.hit(":header-args:LANG:");
                let (language, arguments) = (self.language(), self.inherited_arguments());
                let plus = self.pick(&["", "", "+"]);
                format!(":header-args:{language}{plus}: {arguments}")
            }
            12 if self.agrees("T-033") => {
                self.hit(":header-args: nil");
                ":header-args: nil".to_owned()
            }
            12 => ":X: y".to_owned(),
            13 if self.agrees("T-078") || self.has_ids && self.level > 0 => {
                self.hit(":CUSTOM_ID:");
                let id = self.pick(&["the-id", "Anchor", "one", "part", "x y"]);
                format!(":CUSTOM_ID: {id}")
            }
            14 => {
                self.hit(":ID:");
                let id = self.pick(&["1234-abcd", "beta"]);
                format!(":ID: {id}")
            }
            _ => self.pick(&[":X: y", ":tangle: legacy.sh", ":header-args: ", ":empty:"]).to_owned(),
        }
    }
}
