//! The commands of a script: words put together from tokens, arrays put where they are expanded.

mod unfinished;

use std::collections::BTreeMap;
use std::mem;

use crate::shell::is_name;
use crate::shell::lexer::{ScriptLayout, lex};
use crate::shell::token::{Nesting, Role, Token, TokenKind};
use crate::shell::word::{ShellWord, WordPiece, name_of};
use crate::source::{Span, Spanned};
use unfinished::Unfinished;

/// Arrays are put in again at a second expansion as long as that adds no more than a word for this many bytes of the
/// text: reading stays linear, however often a long array is expanded.
const BYTES_PER_REPEATED_WORD: usize = 4;

/// The commands of one text.
#[derive(Debug, Default)]
pub struct Script {
    /// In the order of the text; those inside substitutions come before the command around them.
    pub commands: Vec<SimpleCommand>,
    /// Bodies of here-documents.
    pub here_documents: Vec<Span>,
}

/// A simple command, arrays already put in the place of their expansions. `for`, `case` and `[[` count as ones whose
/// arguments are the words that they look at.
#[derive(Debug, Default)]
pub struct SimpleCommand {
    /// `NAME=value` in front of the command, or alone.
    pub assignments: Vec<Assignment>,
    /// The command's name and arguments. Elements of an array that is never expanded make a command without a name:
    /// its first word is empty.
    pub words: Vec<ShellWord>,
    /// Files that it reads or writes.
    pub redirections: Vec<Redirection>,
}

/// `NAME=value`.
#[derive(Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// What it is set to.
    pub value: ShellWord,
}

/// `> file` and the like.
#[derive(Debug)]
pub struct Redirection {
    /// Whether the file is written, or read.
    pub writes: bool,
    /// The file.
    pub target: ShellWord,
}

impl Script {
    /// Reads a script.
    pub fn read(text: Spanned<&str>, layout: ScriptLayout) -> Self {
        let mut reader = CommandReader {
            text: text.value,
            span: text.span,
            script: Self::default(),
            arrays: BTreeMap::new(),
            repeats: text.value.len() / BYTES_PER_REPEATED_WORD,
            levels: vec![CommandList::default()],
            words: Vec::new(),
        };
        for token in lex(text.value, &[], layout).tokens {
            reader.token(&token);
        }
        reader.finish();
        reader.end()
    }
}

struct Array {
    words: Vec<ShellWord>,
    was_expanded: bool,
}

/// One list of commands: the script's, or that of a substitution.
#[derive(Default)]
struct CommandList<'t> {
    command: SimpleCommand,
    /// The operator whose word comes next.
    redirection: &'t str,
    /// Whether the command is a `[[` that is still open.
    in_condition: bool,
}

struct CommandReader<'t> {
    text: &'t str,
    span: Span,
    script: Script,
    arrays: BTreeMap<String, Array>,
    /// How many words of arrays may still be repeated.
    repeats: usize,
    levels: Vec<CommandList<'t>>,
    /// Words that have begun, the innermost last.
    words: Vec<Unfinished>,
}

impl<'t> CommandReader<'t> {
    fn token(&mut self, token: &Token) {
        match token.kind {
            TokenKind::Word(role) => self.words.push(Unfinished::new(role, token)),
            TokenKind::WordEnd => self.end_word(),
            TokenKind::Open(Nesting::Substitution) => {
                self.levels.push(CommandList::default());
                self.part(token);
            }
            TokenKind::Close(Nesting::Substitution) => {
                self.finish();
                self.levels.pop();
            }
            TokenKind::Open(Nesting::Subshell)
            | TokenKind::Close(Nesting::Subshell)
            | TokenKind::Operator
            | TokenKind::Newline => self.separate(),
            TokenKind::Redirection => self.level().redirection = &self.text[token.range()],
            TokenKind::HereDocument => self.script.here_documents.push(self.span.within(token.range())),
            TokenKind::Open(_)
            | TokenKind::Close(_)
            | TokenKind::Text
            | TokenKind::Escape
            | TokenKind::Single
            | TokenKind::Ansi
            | TokenKind::Backquoted
            | TokenKind::Variable
            | TokenKind::Special => self.part(token),
            TokenKind::Continuation | TokenKind::Comment | TokenKind::Value(_) => {}
        }
    }

    /// Hands a part of the innermost word to it.
    fn part(&mut self, token: &Token) {
        if let Some(word) = self.words.last_mut() {
            word.take(token, self.text);
        }
    }

    /// The list of commands that is read.
    fn level(&mut self) -> &mut CommandList<'t> {
        if self.levels.is_empty() {
            self.levels.push(CommandList::default());
        }
        self.levels.last_mut().expect("one was just put there")
    }

    /// Ends a command, unless what ends it stands in `[[ … ]]`.
    fn separate(&mut self) {
        if !self.level().in_condition {
            self.finish();
        }
    }

    /// Ends a command: what `export` and its like declare are assignments too.
    fn finish(&mut self) {
        let mut command = mem::take(self.level()).command;
        if matches!(name_of(&command.words), Some("export" | "local" | "declare" | "readonly" | "typeset")) {
            let (declared, others) = command.words.into_iter().partition(|word| word.assignment().is_some());
            command.words = others;
            let declared: Vec<ShellWord> = declared;
            command.assignments.extend(declared.into_iter().filter_map(into_assignment));
        }
        if !command.words.is_empty() || !command.assignments.is_empty() || !command.redirections.is_empty() {
            self.script.commands.push(command);
        }
    }

    fn end_word(&mut self) {
        let Some(unfinished) = self.words.pop() else { return };
        let role = unfinished.role;
        let (word, elements) = unfinished.finish(self.text, self.span);
        if let Some(elements) = elements {
            return self.add_array(&word, elements);
        }
        match role {
            Role::Element => {
                if let Some(array) = self.words.last_mut() {
                    array.elements.get_or_insert_default().push(word);
                }
            }
            Role::Keyword => self.keyword(word),
            Role::Assignment(_) => self.level().command.assignments.extend(into_assignment(word)),
            Role::Target => self.add_redirection(word),
            Role::Name | Role::Pattern | Role::Delimiter | Role::Descriptor => {}
            Role::Command | Role::Argument | Role::Item => match self.expanded_array(&word) {
                Some(name) => self.expand(&name, word),
                None => self.level().command.words.push(word),
            },
            Role::Subject | Role::Operand | Role::Regex => self.level().command.words.push(word),
        }
    }

    fn keyword(&mut self, word: ShellWord) {
        match word.literal() {
            Some("[[") => {
                self.finish();
                let level = self.level();
                level.in_condition = true;
                level.command.words.push(word);
            }
            Some("]]") => self.level().in_condition = false,
            Some("for" | "select" | "case") => {
                self.finish();
                self.level().command.words.push(word);
            }
            Some("in") => {}
            _ => self.finish(),
        }
    }

    fn add_redirection(&mut self, target: ShellWord) {
        let operator = mem::take(&mut self.level().redirection);
        let names_file = match operator {
            "<<<" | "<&" => false,
            // `>&2` and `2>&1` name no file.
            ">&" => !target.start().starts_with(|c: char| c.is_ascii_digit() || c == '-'),
            _ => true,
        };
        if names_file {
            self.level().command.redirections.push(Redirection { writes: operator != "<", target });
        }
    }

    /// The elements of `name=( … )`.
    fn add_array(&mut self, word: &ShellWord, mut elements: Vec<ShellWord>) {
        let Some((name, equals)) = word.assignment() else { return };
        let appends = word.start()[..equals].ends_with('+');
        match self.arrays.get_mut(name) {
            Some(array) if appends => array.words.append(&mut elements),
            Some(_) | None => {
                self.arrays.insert(name.to_owned(), Array { words: elements, was_expanded: false });
            }
        }
    }

    /// The name in a word that is `"${name[@]}"` and nothing else.
    fn expanded_array(&self, word: &ShellWord) -> Option<String> {
        if word.pieces != [WordPiece::Unknown] {
            return None;
        }
        let start = word.span.range().start.checked_sub(self.span.range().start)?;
        let written = self.text.get(start..start + word.span.range().len())?.trim_matches('"');
        let name = written.strip_prefix("${")?.strip_suffix("[@]}")?;
        is_name(name).then(|| name.to_owned())
    }

    /// Puts an array's elements where it is expanded.
    fn expand(&mut self, name: &str, word: ShellWord) {
        let repeats = self.repeats;
        let elements = self.arrays.get_mut(name).and_then(|array| {
            let left = if array.was_expanded { repeats.checked_sub(array.words.len())? } else { repeats };
            array.was_expanded = true;
            Some((array.words.clone(), left))
        });
        match elements {
            Some((elements, left)) => {
                self.repeats = left;
                self.level().command.words.extend(elements);
            }
            None => self.level().command.words.push(word),
        }
    }

    /// Elements of arrays that are never expanded are words of something.
    fn end(mut self) -> Script {
        for (_, array) in mem::take(&mut self.arrays) {
            if !array.was_expanded {
                let nameless = ShellWord { span: self.span.within(0..0), pieces: Vec::new() };
                let words = std::iter::once(nameless).chain(array.words).collect();
                self.script.commands.push(SimpleCommand { words, ..SimpleCommand::default() });
            }
        }
        self.script
    }
}

fn into_assignment(mut word: ShellWord) -> Option<Assignment> {
    let (name, equals) = word.assignment().map(|(name, equals)| (name.to_owned(), equals))?;
    if let Some(WordPiece::Text(text)) = word.pieces.first_mut() {
        text.drain(..=equals);
    }
    word.pieces.retain(|piece| *piece != WordPiece::Text(String::new()));
    word.span = word.span.within(equals + 1..word.span.range().len());
    Some(Assignment { name, value: word })
}

#[cfg(test)]
mod tests {
    use super::{Script, SimpleCommand};
    use crate::shell::lexer::ScriptLayout;
    use crate::shell::word::{ShellWord, WordPiece};
    use crate::source::{Sources, Spanned};

    /// A word as a reader would spell it: `?` for what is not known.
    fn spelled(word: &ShellWord) -> String {
        let spell = |piece: &WordPiece| match piece {
            WordPiece::Text(text) => text.clone(),
            WordPiece::Variable(name) => format!("${name}"),
            WordPiece::Unknown => "?".to_owned(),
        };
        word.pieces.iter().map(spell).collect()
    }

    fn shown(command: &SimpleCommand) -> String {
        let assignments = command.assignments.iter().map(|set| format!("{}:={}", set.name, spelled(&set.value)));
        let words = command.words.iter().map(spelled);
        let redirections = command.redirections.iter().map(|redirection| {
            format!("{}{}", if redirection.writes { '>' } else { '<' }, spelled(&redirection.target))
        });
        assignments.chain(words).chain(redirections).collect::<Vec<_>>().join("|")
    }

    fn read(text: &str) -> Script {
        let mut sources = Sources::default();
        let id = sources.add("a.sh", text);
        let source = sources.get(id);
        Script::read(Spanned::new(source.text(), source.span(0..text.len())), ScriptLayout::Indented)
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<_> = read(text).commands.iter().map(shown).collect();
        assert_eq!(found, expected, "\n{text}");
    }

    #[test]
    fn words_are_parted_and_unquoted_as_a_shell_does() {
        check("a 'b c' \"d $e ${f}\" g\\ h i'j'\"k\"", &["a|b c|d $e $f|g h|ijk"]);
        check("a # b\nc#d", &["a", "c#d"]);
        check("a \\\n  b", &["a|b"]);
        check("a\\\nb", &["ab"]);
        check("a; b && c | d & e || f", &["a", "b", "c", "d", "e", "f"]);
        check(
            "zwölf \"ä\" $'x\\'y\\t' $1 \"$@\" ${g:-h} `i` *.j k{l,m} n{o} $",
            &["zwölf|ä|x'y\t|?|?|?|?|?.j|k?|n{o}|$"],
        );
        check("a \"b\\c\\\"\" $\"d\" {e,\"f\"}g '$h'", &["a|b\\c\"|d|?g|$h"]);
    }

    #[test]
    fn expansions_end_where_bash_ends_them() {
        check("a \"${y#\"}\"}\" b", &["a|?|b"]);
        check("a ${QVM_DIR:?}/b \"${QVM_DIR:?not set}\"", &["a|$QVM_DIR/b|$QVM_DIR"]);
        check("a ${b:-'}'} ${c//\\}/x} ${d:-${e}} f", &["a|?|?|?|f"]);
        check("a $((1 + (2))) $[3] b", &["a|?|?|b"]);
    }

    #[test]
    fn words_that_steer_are_no_commands() {
        check("if ! a; then b; else c; fi; while d; do e; done", &["a", "b", "c", "d", "e"]);
        check("f() { a; }; function g { b; }; function h() (c)", &["a", "b", "c"]);
        check("time -p a; coproc b c; coproc d { e; }", &["a", "b|c", "d", "e"]);
        check("echo if then; for", &["echo|if|then", "for"]);
    }

    #[test]
    fn loops_and_branches_are_commands_with_the_words_they_look_at() {
        check("for x in a \"$b\"; do c; done; for x; do d; done", &["for|a|$b", "c", "for", "d"]);
        check("for ((i = 0; i < 3; i++)); do a; done", &["for", "a"]);
        check("case $a in b | \"c d\") e ;; (f) g ;& *) h ;;& esac; i", &["case|$a", "e", "g", "h", "i"]);
        check("case a in b) case c in d) e ;; esac ;; esac; f", &["case|a", "case|c", "e", "f"]);
        check("a $(case b in c) d ;; esac) e", &["case|b", "d", "a|?|e"]);
    }

    #[test]
    fn conditions_and_arithmetic_are_no_redirections() {
        check("[[ a < b && c > d ]] && e", &["[[|a|b|c|d", "e"]);
        check("[[ $x =~ re(a b)|c ]]; d", &["[[|$x|=~|re?|c", "d"]);
        check("[[ a == @(b|c) || ( -f d ) ]]; e", &["[[|a|==|@?|-f|d", "e"]);
        check("((a << 2)); b; (( a > $(c) ))", &["b", "c"]);
        check("((a); b); $((c); d)", &["a", "b", "c", "d", "?"]);
    }

    #[test]
    fn assignments_and_redirections_are_told_apart_from_arguments() {
        check("A=1 B=$c d e=f > g 2>&1 < h", &["A:=1|B:=$c|d|e=f|>g|<h"]);
        check("export A=\"$b\"/c", &["A:=$b/c|export"]);
        check("a &> b; c >> d 2>e {f}>g", &["a|>b", "c|>d|>e|>g"]);
        check("a <<< b c; >f if", &["a|c", "if|>f"]);
        check("a[i + 1]=b c", &["a:=b|c"]);
    }

    #[test]
    fn arrays_stand_where_they_are_expanded() {
        check("x=(\n  -a \"b c\" # note\n  -d\n)\ny \"${x[@]}\" z", &["y|-a|b c|-d|z"]);
        check("x=(a); x+=(b)\nc ${x[@]}", &["c|a|b"]);
        check("x=(a b)", &["|a|b"]);
        check("local -A x=([a]=b)\nc \"${x[@]}\"", &["local|-A", "c|=b"]);
        check("y \"${x[@]}\"", &["y|?"]);
        check("x=(a)\nb ${x[@]}; c ${x[@]}", &["b|a", "c|a"]);
        let (array, expansions) = ("w ".repeat(40), "c ${x[@]}\n".repeat(9));
        let words = format!("c{}", "|w".repeat(40));
        let mut expected = vec!["c|?"; 9];
        expected[..2].fill(&words);
        check(&format!("x=({array})\n{expansions}"), &expected);
    }

    #[test]
    fn substitutions_are_read_too() {
        check("a \"$(b \"c)\" $(d))\" e", &["d", "b|c)|?", "a|?|e"]);
        check("a <(b c) > d", &["b|c", "a|?|>d"]);
        check("a $(b # )\n) c", &["b", "a|?|c"]);
    }

    #[test]
    fn here_documents_are_not_commands() {
        check("a <<X b\nnot this\n  X\nc", &["a|b", "c"]);
        check("a <<-'X Y' <<Z\none\n\tX Y\ntwo\nZ\nc", &["a", "c"]);
        check("a <<X\nopen", &["a"]);
        check("$(a <<X\nnot )\nX\n) b", &["a", "?|b"]);
        check("if a <<X; then\nnot\nX\nb; fi", &["a", "b"]);
    }

    #[test]
    fn unfinished_code_is_read_to_its_end() {
        for text in [
            "'a",
            "\"a $",
            "${a",
            "$(a",
            "x=(a",
            "`a",
            "a <",
            "\\",
            "$'",
            "a {",
            "<(",
            "$(((",
            "\"$(\"'",
            "case",
            "case x",
            "case x in",
            "case x in a",
            "case x in a)",
            "[[",
            "[[ a =~",
            "((",
            "for",
            "for ((",
            "a[",
            "x=([",
            "a <<",
            ")",
            "esac",
            ";;",
            "f(",
            "f()",
            "function",
            "coproc",
            "$[",
            "@(",
            "a <<X",
            "\"\\",
            "$'\\",
            "`\\",
            "case x in a) b)",
            "$((a)",
            "((a)",
            "é<é(é",
            "\\é\"\\é\"$'\\é",
            "${",
            "${}",
            "{",
            "[[ a ;",
            "case ; in",
            "x=(;)",
            "a&>",
            "$",
        ] {
            read(text);
        }
    }
}
