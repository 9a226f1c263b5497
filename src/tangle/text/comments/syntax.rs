//! How each language writes a comment (rules T-081 and T-082).

/// What makes a line a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tangle) struct Syntax {
    /// Before the text, blank included.
    pub(super) start: &'static str,
    /// After the text; empty if the line's end is the comment's.
    pub(super) end: &'static str,
    /// What keeps the text from ending the comment.
    pub(super) quoting: Quoting,
    /// Which lines get the mark, and where.
    pub(super) style: CommentStyle,
}

/// Which lines get the mark, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommentStyle {
    /// Lines that are not blank, where the least indented one starts.
    Indented,
    /// Lines that are not blank, at their start.
    AtStart,
    /// All lines, at their start.
    EveryLine,
    /// As `Indented`; but lines that are all comments already lose their marks.
    Toggling,
}

/// How text that could end a comment is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Not at all: the comment ends with the line.
    None,
    /// A backslash after the first character of the comment's own marks.
    Marks,
    /// A backslash between two hyphens.
    Hyphens,
}

const fn to_line_end(start: &'static str) -> Syntax {
    Syntax { start, end: "", quoting: Quoting::None, style: CommentStyle::Indented }
}

const fn between(start: &'static str, end: &'static str) -> Syntax {
    Syntax { start, end, quoting: Quoting::Marks, style: CommentStyle::Indented }
}

/// Languages that plain Emacs has a mode for, by how the mode comments.
const BY_EMACS: &[(Syntax, &str)] = &[
    (
        to_line_end("# "),
        "sh bash zsh ksh csh dash ash shell screen python perl cperl ruby awk makefile makefile-gmake conf conf-unix \
         conf-toml conf-space conf-colon conf-javaprop toml desktop m4 tcl icon gdb-script sieve",
    ),
    (Syntax { start: "# ", end: "", quoting: Quoting::None, style: CommentStyle::Toggling }, "org"),
    (to_line_end(";; "), "emacs-lisp elisp lisp common-lisp scheme asm"),
    (to_line_end("; "), "conf-windows dns zone"),
    (to_line_end("// "), "C++ c++ cpp objc java js javascript scss idl verilog opascal delphi antlr"),
    (between("/* ", " */"), "C c css"),
    (between("<!-- ", " -->"), "html mhtml sgml"),
    (Syntax { start: "<!-- ", end: " -->", quoting: Quoting::Hyphens, style: CommentStyle::Indented }, "xml nxml"),
    (to_line_end("-- "), "sql sqlite vhdl snmp"),
    (Syntax { start: "%% ", end: "", quoting: Quoting::None, style: CommentStyle::AtStart }, "latex tex LaTeX beamer"),
    (to_line_end("%% "), "prolog"),
    (to_line_end("% "), "ps bibtex-style"),
    (to_line_end("## "), "octave"),
    (to_line_end("! "), "f90 conf-xdefaults dcl"),
    (Syntax { start: "c$$$", end: "", quoting: Quoting::None, style: CommentStyle::EveryLine }, "fortran"),
    (between("{ ", " }"), "pascal"),
    (between("(* ", " *)"), "modula-2"),
    (between("! ", " ;"), "simula"),
    (to_line_end("dnl "), "autoconf"),
    (to_line_end("rem "), "bat"),
    (to_line_end("\\\" "), "nroff"),
    (to_line_end("@c "), "texinfo"),
    (to_line_end("@Comment "), "bibtex"),
    (to_line_end("> "), "mail message"),
];

/// Languages that plain Emacs has no mode for, as their usual modes comment.
const BY_OTHERS: &[(Syntax, &str)] = &[
    (
        to_line_end("# "),
        "fish yaml yml julia nix gnuplot cmake dockerfile elixir nim nushell powershell terraform hcl jq graphql \
         coffee crystal tmux ssh-config systemd nginx gitconfig gitignore ledger just meson bazel starlark puppet ansible \
         jupyter-python ipython",
    ),
    (to_line_end("## "), "R"),
    (
        to_line_end("// "),
        "typescript ts tsx jsx rust go golang php dot graphviz kotlin scala swift dart csharp groovy zig processing \
         protobuf proto jsonc json5 less fsharp D glsl hlsl wgsl solidity stan kdl arduino v cuda",
    ),
    (to_line_end("-- "), "lua haskell elm purescript idris agda ada lean"),
    (between("(* ", " *)"), "ocaml sml coq mathematica"),
    (to_line_end(";; "), "clojure clojurescript racket fennel hy guile wat janet"),
    (to_line_end("; "), "ini nasm autohotkey reg"),
    (to_line_end("%% "), "erlang"),
    (to_line_end("% "), "matlab"),
    (between("<!-- ", " -->"), "markdown md svg vue svelte"),
    (to_line_end("\" "), "vim vimscript viml"),
    (to_line_end("' "), "plantuml vba"),
];

/// How Emacs comments in a language, if it knows it.
pub(in crate::tangle) fn known(language: &str) -> Option<Syntax> {
    find(BY_EMACS, language)
}

/// How a language that Emacs does not know is usually commented.
pub(in crate::tangle) fn usual(language: &str) -> Option<Syntax> {
    find(BY_OTHERS, language)
}

/// Whether Emacs knows the language and that it has no comments.
pub(in crate::tangle) fn has_none(language: &str) -> bool {
    matches!(language, "text" | "fundamental" | "calc" | "ditaa" | "diff" | "outline" | "eshell")
}

fn find(table: &[(Syntax, &str)], language: &str) -> Option<Syntax> {
    table.iter().find(|(_, languages)| languages.split(' ').any(|known| known == language)).map(|(syntax, _)| *syntax)
}
