//! The header arguments that Org and the language support of Emacs know, with what each does.
//!
//! Sorted by name. Meanings tell what tangling makes of an argument; most only matter where Emacs runs the block, which
//! tangling never does.

/// One header argument.
#[derive(Debug)]
pub struct ArgumentName {
    /// Its name without the colon.
    pub name: &'static str,
    /// What it does, in a sentence or two of Markdown.
    pub meaning: &'static str,
    /// The values that it usually takes; none where anything goes.
    pub values: &'static [&'static str],
}

const YES_NO: &[&str] = &["yes", "no"];
const RUN: &str = "How Emacs runs the block; tangling passes it over.";
const RESULT: &str = "What Emacs does with the result of running the block; tangling passes it over.";
const LANGUAGE: &str = "An argument of some languages when Emacs runs the block; tangling passes it over.";
const C: &str = "Part of the program that Emacs wraps around C, C++ and D when variables are given.";

/// Every header argument.
pub const KEYS: &[ArgumentName] = &[
    key("async", RUN, YES_NO),
    key("backend", LANGUAGE, &[]),
    key("cache", "Whether Emacs keeps the result until the block changes; tangling passes it over.", YES_NO),
    key("classname", LANGUAGE, &[]),
    key("classpath", LANGUAGE, &[]),
    key("cmd", LANGUAGE, &[]),
    key("cmdline", RUN, &[]),
    key("colnames", "Whether the first row of a table given by `:var` is its column names.", &["yes", "no", "nil"]),
    key(
        "comments",
        "Comments in the target: `link` puts links back to the document around the block (`detangle` and jumps need \
         them), `org` the prose before it, `both` both, `noweb` also marks what references insert.",
        &["no", "link", "yes", "org", "both", "noweb"],
    ),
    key("compile", LANGUAGE, &[]),
    key("compiler", LANGUAGE, &[]),
    key("csum", LANGUAGE, &[]),
    key("database", LANGUAGE, &[]),
    key("dbhost", LANGUAGE, &[]),
    key("dbinstance", LANGUAGE, &[]),
    key("dbpassword", LANGUAGE, &[]),
    key("dbport", LANGUAGE, &[]),
    key("dbuser", LANGUAGE, &[]),
    key("defines", C, &[]),
    key("dir", "The folder in which Emacs runs the block; tangling passes it over.", &[]),
    key("engine", LANGUAGE, &[]),
    key("epilogue", "Text after the block, in the target too.", &[]),
    key(
        "eval",
        "Whether Emacs may run the block; tangling passes it over.",
        &["yes", "no", "never", "query", "never-export", "query-export", "no-export"],
    ),
    key(
        "exports",
        "What an export of the document shows; tangling passes it over.",
        &["code", "results", "both", "none"],
    ),
    key("file", RESULT, &[]),
    key("file-desc", RESULT, &[]),
    key("file-ext", RESULT, &[]),
    key("file-mode", RESULT, &[]),
    key("flags", LANGUAGE, &[]),
    key("header", LANGUAGE, &[]),
    key("height", LANGUAGE, &[]),
    key("hlines", "Whether a table given by `:var` keeps its rules.", YES_NO),
    key("host", LANGUAGE, &[]),
    key("imagemagick", LANGUAGE, &[]),
    key("imoutoptions", LANGUAGE, &[]),
    key("imports", LANGUAGE, &[]),
    key("includes", C, &[]),
    key("lexical", LANGUAGE, YES_NO),
    key("libs", LANGUAGE, &[]),
    key("main", "Whether C, C++ and D code is wrapped in `main` when variables are given.", YES_NO),
    key("mkdirp", "Whether missing folders above the target are made.", YES_NO),
    key("namespaces", C, &[]),
    key("no-expand", "Keeps variables and references of the block as they are written.", &[]),
    key("noeval", RUN, &[]),
    key(
        "noweb",
        "Whether references `<<name>>` are expanded when tangling: `yes`, `tangle`, `no-export` and `strip-export` \
         do, `strip-tangle` takes them out, `no` and `eval` leave them.",
        &["yes", "no", "tangle", "no-export", "strip-export", "strip-tangle", "eval"],
    ),
    key("noweb-prefix", "Whether the text before a reference is repeated on each line that it inserts.", YES_NO),
    key("noweb-ref", "A name under which references find this block; blocks of one name are put together.", &[]),
    key("noweb-sep", "What stands between blocks of one `:noweb-ref`; a newline without it.", &[]),
    key("ns", LANGUAGE, &[]),
    key("output-dir", RESULT, &[]),
    key("package", LANGUAGE, &[]),
    key("padline", "Whether a blank line parts this block from the one before it in the target.", YES_NO),
    key("port", LANGUAGE, &[]),
    key("post", RESULT, &[]),
    key("preamble", LANGUAGE, &[]),
    key("prologue", "Text before the block, in the target too.", &[]),
    key("python", LANGUAGE, &[]),
    key("quote", LANGUAGE, YES_NO),
    key(
        "results",
        RESULT,
        &["value", "output", "silent", "none", "replace", "append", "prepend", "raw", "drawer", "verbatim", "table"],
    ),
    key("return", LANGUAGE, &[]),
    key("rownames", "Whether the first column of a table given by `:var` is its row names.", YES_NO),
    key("sep", RESULT, &[]),
    key("separator", LANGUAGE, &[]),
    key("session", "The session in which Emacs runs the block; tangling passes it over.", &["none"]),
    key(
        "shebang",
        "The first line of the target, such as `#!/bin/sh`; it also makes the target executable.",
        &["#!/bin/sh", "#!/usr/bin/env bash", "#!/usr/bin/env python3"],
    ),
    key("stdin", RUN, &[]),
    key(
        "tangle",
        "The file that the block goes to: a path, relative to the output folder; `yes` for the document's own name; \
         `no` for none. Blocks with one target are put together in the document's order.",
        &["yes", "no"],
    ),
    key("tangle-directory", "A folder for targets, of some additions to Org; Org itself passes it over.", &[]),
    key(
        "tangle-mode",
        "The permission bits of the target, as `o755`, `rwxr-xr-x` or `u+x`.",
        &["o644", "o755", "o600", "o400"],
    ),
    key("term", LANGUAGE, &[]),
    key("title", LANGUAGE, &[]),
    key("var", "A variable that is set before the block's text, in the target too: `:var NAME=VALUE`.", &[]),
    key("width", LANGUAGE, &[]),
    key("wrap", RESULT, &[]),
];

/// Further keys, without a meaning here: those of one language each, and of well-known packages.
const RARE: &str = "\
    alias antialias args bail batch bg border buffer cmd-line cmdarg cmdargs cmpflag colormodel column \
    compression csv db dbconnection display echo encoding eps family fit fonts graphical-output graphics-pkg \
    headers hline-string horizontal html iminoptions in-file init java javac kernel line list load missing non-graphical-output \
    nullvalue out-file packages pagecentre paper pdf pdfheight pdfpng pdfwidth png pointsize \
    pretty quality readonly readonly-p res ruby scale scheme screenrc select set socket terminal theme timefmt \
    timeind type units useDingbats user version xlabels xmp-option ylabels";

/// Whether anything knows a key.
pub(in crate::tangle) fn is_known(name: &str) -> bool {
    KEYS.iter().any(|key| key.name == name) || RARE.split(' ').any(|rare| rare == name)
}

const fn key(name: &'static str, meaning: &'static str, values: &'static [&'static str]) -> ArgumentName {
    ArgumentName { name, meaning, values }
}

#[cfg(test)]
mod tests {
    use super::KEYS;

    #[test]
    fn each_is_named_once_and_in_order() {
        assert!(KEYS.is_sorted_by(|a, b| a.name < b.name));
    }
}
