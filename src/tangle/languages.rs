//! Whose Babel support to act as if loaded, and what follows from that (section 0.2, rules T-052, T-098, T-113).

use crate::diagnostic::closest;

/// The languages whose support counts as loaded. Emacs Lisp is always among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Languages {
    /// What `emacs -Q --batch` gives.
    #[default]
    None,
    /// Every language that Emacs brings.
    All,
    /// These, as `org-babel-do-load-languages` names them.
    List(Vec<Support>),
}

/// The support for one family of languages: one `ob-….el` of Emacs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Support(usize);

/// Name of the support, and the languages it serves with the extensions it gives them.
type LanguageSupport = (&'static str, &'static [(&'static str, Option<&'static str>)]);

/// What Emacs brings (rule T-052 has the extensions). A language without one keeps its name as extension.
const SUPPORT: &[LanguageSupport] = &[
    ("awk", &[("awk", Some("awk"))]),
    ("C", &[("C", None), ("cpp", None), ("C++", Some("cpp")), ("D", Some("d"))]),
    ("calc", &[("calc", None)]),
    ("clojure", &[("clojure", Some("clj")), ("clojurescript", Some("cljs"))]),
    ("csharp", &[("csharp", Some("cs"))]),
    ("css", &[("css", None)]),
    ("dot", &[("dot", None)]),
    ("forth", &[("forth", None)]),
    ("fortran", &[("fortran", Some("F90"))]),
    ("gnuplot", &[("gnuplot", None)]),
    ("groovy", &[("groovy", Some("groovy"))]),
    ("haskell", &[("haskell", Some("hs"))]),
    ("java", &[("java", Some("java"))]),
    ("js", &[("js", None)]),
    ("julia", &[("julia", Some("jl"))]),
    ("latex", &[("latex", Some("tex"))]),
    ("lilypond", &[("LilyPond", Some("ly")), ("lilypond", None)]),
    ("lisp", &[("lisp", Some("lisp"))]),
    ("lua", &[("lua", Some("lua"))]),
    ("makefile", &[("makefile", None)]),
    ("matlab", &[("matlab", None)]),
    ("maxima", &[("maxima", Some("max"))]),
    ("ocaml", &[("ocaml", Some("ml"))]),
    ("octave", &[("octave", None)]),
    ("org", &[("org", None)]),
    ("perl", &[("perl", Some("pl"))]),
    ("processing", &[("processing", Some("pde"))]),
    ("python", &[("python", Some("py"))]),
    ("R", &[("R", None)]),
    ("ruby", &[("ruby", Some("rb"))]),
    ("scheme", &[("scheme", None)]),
    ("sed", &[("sed", Some("sed"))]),
    (
        "shell",
        &[
            ("sh", None),
            ("bash", None),
            ("zsh", None),
            ("fish", None),
            ("csh", None),
            ("ash", None),
            ("dash", None),
            ("ksh", None),
            ("mksh", None),
            ("posh", None),
            ("shell", None),
        ],
    ),
    ("sql", &[("sql", None)]),
    ("sqlite", &[("sqlite", None)]),
];

impl Languages {
    /// Reads the value of `--languages` or of `languages` in the configuration.
    ///
    /// # Errors
    /// Names the first word that is no language, with the closest one.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut list = Vec::new();
        for word in words {
            match word {
                "all" => return Ok(Self::All),
                "none" | "emacs-lisp" | "elisp" => {}
                _ => list.push(Support::of_word(word)?),
            }
        }
        list.sort_unstable();
        list.dedup();
        Ok(if list.is_empty() { Self::None } else { Self::List(list) })
    }

    /// Whether support for a block's language is loaded.
    pub(super) fn know(&self, language: &str) -> bool {
        matches!(language, "emacs-lisp" | "elisp")
            || Support::of_language(language).is_some_and(|support| self.load(support))
    }

    /// Whether an empty line comes before a block of a language that says nothing of it (rule T-069).
    pub(super) fn pad(&self, language: &str) -> bool {
        language != "haskell" || !self.know(language)
    }

    /// The extension of `:tangle yes` for a language.
    pub(super) fn extension<'l>(&self, language: &'l str) -> &'l str {
        match language {
            "emacs-lisp" | "elisp" => "el",
            "bibtex" => "bib",
            _ => self.loaded_extension(language).unwrap_or(language),
        }
    }

    fn loaded_extension(&self, language: &str) -> Option<&'static str> {
        let support = Support::of_language(language).filter(|&support| self.load(support))?;
        SUPPORT[support.0].1.iter().find(|(name, _)| *name == language)?.1
    }

    fn load(&self, support: Support) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::List(list) => list.contains(&support),
        }
    }
}

impl Support {
    fn of_language(language: &str) -> Option<Self> {
        SUPPORT.iter().position(|(_, languages)| languages.iter().any(|(name, _)| *name == language)).map(Self)
    }

    fn of_word(word: &str) -> Result<Self, String> {
        let by_name = SUPPORT.iter().position(|(name, _)| name.eq_ignore_ascii_case(word)).map(Self);
        by_name.or_else(|| Self::of_language(word)).ok_or_else(|| {
            let near = closest(word, SUPPORT.iter().map(|(name, _)| *name));
            let hint = near.map_or_else(
                || "use `none`, `all` or names such as `shell,python,C`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            format!("there is no support for a language `{word}`; {hint}")
        })
    }
}

/// The extension that loading its support would give a language, if that differs from its name.
pub(super) fn usual_extension(language: &str) -> Option<&'static str> {
    Languages::All.loaded_extension(language).filter(|extension| *extension != language)
}

/// Languages of the shell family.
pub(super) fn is_shell(language: &str) -> bool {
    matches!(language, "sh" | "bash" | "zsh" | "fish" | "csh" | "ash" | "dash" | "ksh" | "mksh" | "posh" | "shell")
}

/// What a script in a shell's language should begin with.
pub(super) fn shebang(language: &str, code: &str) -> String {
    // Arrays, tests and here-strings that a plain shell stops at.
    const BASH: [&str; 4] = ["=(", "[@]", "[[ ", "<<<"];
    match language {
        "sh" | "shell" if BASH.iter().any(|mark| code.contains(mark)) => "#!/usr/bin/env bash".to_owned(),
        "sh" | "shell" => "#!/bin/sh".to_owned(),
        other => format!("#!/usr/bin/env {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Languages, shebang};

    #[test]
    fn a_script_runs_in_the_shell_it_is_written_for() {
        assert_eq!(shebang("sh", "echo one"), "#!/bin/sh");
        assert_eq!(shebang("sh", "args=(one)\necho \"${args[@]}\""), "#!/usr/bin/env bash");
        assert_eq!(shebang("zsh", "echo one"), "#!/usr/bin/env zsh");
    }

    #[test]
    fn a_loaded_language_has_its_extension() {
        assert_eq!(Languages::None.extension("python"), "python");
        assert_eq!(Languages::All.extension("python"), "py");
        assert_eq!(Languages::None.extension("elisp"), "el");
        let list = Languages::parse(["shell", "python"]).unwrap();
        assert_eq!((list.extension("python"), list.extension("ruby"), list.know("bash")), ("py", "ruby", true));
        assert_eq!(
            Languages::parse(["pyhton"]).unwrap_err(),
            "there is no support for a language `pyhton`; did you mean `python`?"
        );
    }
}
