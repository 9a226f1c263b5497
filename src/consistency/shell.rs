//! Reading shell code just well enough to know its commands: words, quotes, expansions, arrays, redirections.
//!
//! What cannot be known without running it (a command substitution, a glob) is a piece of its own, so that rules can
//! tell "this word says X" from "this word says something". Nothing here fails: odd code gives odd words, and the
//! rules stay quiet about those.

use std::collections::BTreeMap;
use std::mem;
use std::ops::Range;

use crate::source::{Span, Spanned};

/// Substitutions inside substitutions are read to this depth; deeper ones are just unknown.
const DEEPEST: usize = 8;
/// Arrays are put in again at a second expansion as long as that adds no more than a word for so many bytes of the
/// block: reading stays linear, however often a long array is expanded.
const BYTES_PER_REPEATED_WORD: usize = 4;

/// Braces that expand are closed within as many bytes; looking further for each brace would not be linear.
const LONGEST_BRACES: usize = 256;

/// Words that come before a command without being part of it.
const BEFORE_COMMANDS: &[&str] =
    &["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "esac", "!", "{", "}", "time"];

/// The commands of one block.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// In the order of the text; those inside substitutions come before the command around them.
    pub(super) commands: Vec<Command>,
    /// Bodies of here-documents.
    pub(super) here_documents: Vec<Span>,
}

/// A simple command, arrays already put in the place of their expansions.
#[derive(Debug, Default)]
pub(super) struct Command {
    /// `NAME=value` in front of the command, or alone.
    pub(super) assignments: Vec<Assignment>,
    /// The command's name and arguments. Elements of an array that is never expanded make a command without a name:
    /// its first word is empty.
    pub(super) words: Vec<Word>,
    /// Files that it reads or writes.
    pub(super) redirections: Vec<Redirection>,
}

/// `NAME=value`.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) value: Word,
}

/// `> file` and the like.
#[derive(Debug)]
pub(super) struct Redirection {
    pub(super) writes: bool,
    pub(super) target: Word,
}

/// One word as it is written.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) span: Span,
    pub(super) pieces: Vec<Piece>,
}

/// A part of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as the command gets it.
    Text(String),
    /// `$NAME` or `${NAME}`.
    Variable(String),
    /// Whatever this becomes is known only when it runs.
    Unknown,
}

/// Reads the body of a shell block.
pub(super) fn read(body: Spanned<&str>) -> Script {
    let repeats = body.value.len() / BYTES_PER_REPEATED_WORD;
    let mut reader = Reader { script: Script::default(), arrays: BTreeMap::new(), depth: 0, repeats };
    reader.read(body);
    for (_, array) in mem::take(&mut reader.arrays) {
        if !array.was_expanded {
            let nameless = Word { span: body.span.within(0..0), pieces: Vec::new() };
            let words = std::iter::once(nameless).chain(array.words).collect();
            reader.script.commands.push(Command { words, ..Command::default() });
        }
    }
    reader.script
}

impl Word {
    /// The word's text if all of it is known.
    pub(super) fn literal(&self) -> Option<&str> {
        match &self.pieces[..] {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            [Piece::Variable(_) | Piece::Unknown] | [_, _, ..] => None,
        }
    }

    /// The text at the start of the word, as far as it is known.
    pub(super) fn start(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            Some(Piece::Variable(_) | Piece::Unknown) | None => "",
        }
    }

    /// One spelling for all ways to write the word; none if part of it is unknown.
    pub(super) fn canonical(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Variable(name) => text.extend(["${", name, "}"]),
                Piece::Unknown => return None,
            }
        }
        Some(text)
    }

    fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    /// `NAME=…` parted at its first equals sign, and whether it appends.
    fn assignment(&self) -> Option<(&str, usize)> {
        let text = self.start();
        let equals = text.find('=')?;
        let name = text[..equals].strip_suffix('+').unwrap_or(&text[..equals]);
        is_name(name).then_some((name, equals))
    }
}

/// The name of the command that words call, without its folder, if it is known.
pub(super) fn name_of(words: &[Word]) -> Option<&str> {
    let name = words.first()?.literal()?;
    Some(name.rsplit('/').next().unwrap_or(name))
}

struct Array {
    words: Vec<Word>,
    was_expanded: bool,
}

struct Reader {
    script: Script,
    arrays: BTreeMap<String, Array>,
    depth: usize,
    /// How many words of arrays may still be repeated.
    repeats: usize,
}

/// Where the reader stands in one text.
struct Cursor<'t> {
    text: &'t str,
    span: Span,
    at: usize,
    /// Delimiters of here-documents whose bodies start on the next line, and whether their tabs are dropped.
    pending: Vec<(String, bool)>,
}

impl Reader {
    fn read(&mut self, body: Spanned<&str>) {
        let mut cursor = Cursor { text: body.value, span: body.span, at: 0, pending: Vec::new() };
        let mut command = Command::default();
        while let Some(byte) = cursor.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => cursor.at += 1,
                b'\\' if cursor.rest().starts_with("\\\n") => cursor.at += 2,
                b'#' => cursor.skip_to_line_end(),
                b'\n' => {
                    cursor.at += 1;
                    self.finish(&mut command);
                    self.script.here_documents.extend(cursor.here_documents());
                }
                b';' | b'(' | b')' | b'|' => {
                    cursor.at += 1;
                    self.finish(&mut command);
                }
                b'&' if !cursor.rest().starts_with("&>") => {
                    cursor.at += 1;
                    self.finish(&mut command);
                }
                b'<' | b'>' | b'&' => self.redirection(&mut cursor, &mut command),
                _ => self.word(&mut cursor, &mut command),
            }
        }
        self.finish(&mut command);
    }

    /// Ends a command: what `export` and its like declare are assignments too.
    fn finish(&mut self, command: &mut Command) {
        let mut command = mem::take(command);
        if matches!(name_of(&command.words), Some("export" | "local" | "declare" | "readonly" | "typeset")) {
            let (declared, others) = command.words.into_iter().partition(|word| word.assignment().is_some());
            command.words = others;
            let declared: Vec<Word> = declared;
            command.assignments.extend(declared.into_iter().filter_map(into_assignment));
        }
        if !command.words.is_empty() || !command.assignments.is_empty() || !command.redirections.is_empty() {
            self.script.commands.push(command);
        }
    }

    fn redirection(&mut self, cursor: &mut Cursor<'_>, command: &mut Command) {
        let rest = cursor.rest();
        let operators = ["<<<", "<<-", "&>>", "<<", "<(", ">(", "&>", ">>", ">|", "<>", ">&", "<&", "<", ">"];
        let Some(operator) = operators.into_iter().find(|operator| rest.starts_with(operator)) else {
            cursor.at += 1;
            return;
        };
        if operator.ends_with('(') {
            return self.word(cursor, command);
        }
        cursor.at += operator.len();
        cursor.skip_blanks();
        let target = self.read_word(cursor);
        match operator {
            "<<" | "<<-" => {
                let delimiter = target.canonical().unwrap_or_default();
                cursor.pending.push((delimiter, operator == "<<-"));
            }
            "<<<" | "<&" => {}
            // `>&2` and `2>&1` name no file.
            ">&" if target.start().starts_with(|c: char| c.is_ascii_digit() || c == '-') => {}
            _ => command.redirections.push(Redirection { writes: operator != "<", target }),
        }
    }

    /// Reads one word into the command: an assignment, an array, or an argument.
    fn word(&mut self, cursor: &mut Cursor<'_>, command: &mut Command) {
        let start = cursor.at;
        let word = self.read_word(cursor);
        if cursor.at == start {
            // Nothing that a word can begin with: never stand still.
            cursor.at += cursor.rest().chars().next().map_or(1, char::len_utf8);
            return;
        }
        let is_first = command.words.is_empty();
        if let Some((name, equals)) = word.assignment()
            && cursor.peek() == Some(b'(')
            && equals + 1 == word.start().len()
        {
            let name = name.to_owned();
            let appends = word.start()[..equals].ends_with('+');
            return self.array(cursor, name, appends);
        }
        if is_first && word.assignment().is_some() {
            command.assignments.extend(into_assignment(word));
        } else if is_first && word.literal().is_some_and(|text| BEFORE_COMMANDS.contains(&text)) {
            // The command itself comes next.
        } else if let Some(name) = expanded_array(&word, cursor.text, cursor.span) {
            self.expand(&name, word, command);
        } else if word.literal().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            && matches!(cursor.peek(), Some(b'<' | b'>'))
        {
            // The number in front of a redirection.
        } else {
            command.words.push(word);
        }
    }

    /// The elements of `name=( … )`.
    fn array(&mut self, cursor: &mut Cursor<'_>, name: String, appends: bool) {
        cursor.at += 1;
        let mut words = Vec::new();
        while let Some(byte) = cursor.peek() {
            match byte {
                b')' => {
                    cursor.at += 1;
                    break;
                }
                b' ' | b'\t' | b'\r' | b'\n' => cursor.at += 1,
                b'#' => cursor.skip_to_line_end(),
                _ => {
                    let start = cursor.at;
                    let word = self.read_word(cursor);
                    if cursor.at == start {
                        cursor.at += 1;
                    } else {
                        words.push(word);
                    }
                }
            }
        }
        match self.arrays.get_mut(&name) {
            Some(array) if appends => array.words.append(&mut words),
            Some(_) | None => {
                self.arrays.insert(name, Array { words, was_expanded: false });
            }
        }
    }

    /// Puts an array's elements where it is expanded.
    fn expand(&mut self, name: &str, word: Word, command: &mut Command) {
        let Some(array) = self.arrays.get_mut(name) else { return command.words.push(word) };
        if mem::replace(&mut array.was_expanded, true) {
            let Some(left) = self.repeats.checked_sub(array.words.len()) else { return command.words.push(word) };
            self.repeats = left;
        }
        command.words.extend(array.words.iter().cloned());
    }

    /// Reads a word up to what ends it.
    fn read_word(&mut self, cursor: &mut Cursor<'_>) -> Word {
        let start = cursor.at;
        let mut word = Word { span: cursor.span, pieces: Vec::new() };
        while let Some(byte) = cursor.peek() {
            match byte {
                b'<' | b'>' if cursor.rest()[1..].starts_with('(') && cursor.at == start => {
                    cursor.at += 1;
                    self.substitution(cursor, &mut word);
                }
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                b'\\' => cursor.escape(&mut word),
                b'\'' => cursor.single_quoted(&mut word),
                b'"' => self.double_quoted(cursor, &mut word),
                b'$' => self.dollar(cursor, &mut word),
                b'`' => cursor.backquoted(&mut word),
                b'*' | b'?' => {
                    cursor.at += 1;
                    word.pieces.push(Piece::Unknown);
                }
                b'{' => cursor.brace(&mut word),
                _ => cursor.plain(&mut word),
            }
        }
        word.span = cursor.span.within(start..cursor.at);
        word
    }

    fn double_quoted(&mut self, cursor: &mut Cursor<'_>, word: &mut Word) {
        cursor.at += 1;
        while let Some(byte) = cursor.peek() {
            match byte {
                b'"' => {
                    cursor.at += 1;
                    return;
                }
                b'\\' => cursor.escape_in_quotes(word),
                b'$' => self.dollar(cursor, word),
                b'`' => cursor.backquoted(word),
                _ => {
                    let rest = cursor.rest();
                    let length = rest.find(['"', '\\', '$', '`']).unwrap_or(rest.len());
                    word.push_text(&rest[..length]);
                    cursor.at += length;
                }
            }
        }
    }

    fn dollar(&mut self, cursor: &mut Cursor<'_>, word: &mut Word) {
        let rest = &cursor.rest()[1..];
        let name = rest.bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        if rest.starts_with('(') {
            cursor.at += 1;
            self.substitution(cursor, word);
        } else if rest.starts_with('{') {
            cursor.parameter(word);
        } else if rest.starts_with('\'') {
            cursor.at += 1;
            cursor.single_quoted(&mut Word { span: word.span, pieces: Vec::new() });
            word.pieces.push(Piece::Unknown);
        } else if is_name(&rest[..name]) {
            word.pieces.push(Piece::Variable(rest[..name].to_owned()));
            cursor.at += 1 + name;
        } else if rest.starts_with(|c: char| c.is_ascii_digit() || "@*#?$!-".contains(c)) {
            word.pieces.push(Piece::Unknown);
            cursor.at += 2;
        } else {
            word.push_text("$");
            cursor.at += 1;
        }
    }

    /// `( … )` behind `$`, `<` or `>`: unknown as a text, but its commands are read.
    fn substitution(&mut self, cursor: &mut Cursor<'_>, word: &mut Word) {
        word.pieces.push(Piece::Unknown);
        let inside = cursor.parenthesised();
        if self.depth < DEEPEST {
            self.depth += 1;
            self.read(Spanned::new(&cursor.text[inside.clone()], cursor.span.within(inside)));
            self.depth -= 1;
        }
    }
}

impl<'t> Cursor<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    fn skip_to_line_end(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    /// Characters that mean only themselves, up to the next that may mean more.
    fn plain(&mut self, word: &mut Word) {
        let rest = self.rest();
        let special = |c: char| " \t\n\r;&|()<>\\'\"$`*?{".contains(c);
        let length = rest.find(special).unwrap_or(rest.len());
        word.push_text(&rest[..length]);
        self.at += length;
    }

    /// `\` and the character it protects; a protected newline is nothing.
    fn escape(&mut self, word: &mut Word) {
        self.at += 1;
        if let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            if c != '\n' {
                word.push_text(c.encode_utf8(&mut [0; 4]));
            }
        }
    }

    /// Inside double quotes a backslash protects only what would mean something there.
    fn escape_in_quotes(&mut self, word: &mut Word) {
        let protects = self.rest()[1..].starts_with(['$', '`', '"', '\\', '\n']);
        if protects {
            return self.escape(word);
        }
        word.push_text("\\");
        self.at += 1;
    }

    fn single_quoted(&mut self, word: &mut Word) {
        let inside = &self.rest()[1..];
        let length = inside.find('\'').unwrap_or(inside.len());
        word.push_text(&inside[..length]);
        self.at = (self.at + length + 2).min(self.text.len());
    }

    fn backquoted(&mut self, word: &mut Word) {
        let inside = &self.rest()[1..];
        let length = inside.find('`').unwrap_or(inside.len());
        word.pieces.push(Piece::Unknown);
        self.at = (self.at + length + 2).min(self.text.len());
    }

    /// `${NAME}` is a variable; anything done to it makes it unknown.
    fn parameter(&mut self, word: &mut Word) {
        let inside = &self.rest()[2..];
        let length = inside.find('}').unwrap_or(inside.len());
        let name = &inside[..length];
        word.pieces.push(if is_name(name) { Piece::Variable(name.to_owned()) } else { Piece::Unknown });
        self.at = (self.at + length + 3).min(self.text.len());
    }

    /// `{a,b}` and `{1..3}` become several words; any other brace means itself.
    fn brace(&mut self, word: &mut Word) {
        let inside = &self.rest()[1..];
        let end = inside.bytes().take(LONGEST_BRACES).position(|byte| byte == b'}' || byte.is_ascii_whitespace());
        let expands = |length: &usize| {
            let list = &inside.as_bytes()[..*length];
            inside.as_bytes()[*length] == b'}' && (list.contains(&b',') || list.windows(2).any(|two| two == b".."))
        };
        if let Some(length) = end.filter(expands) {
            word.pieces.push(Piece::Unknown);
            self.at += length + 2;
        } else {
            word.push_text("{");
            self.at += 1;
        }
    }

    /// Steps over `( … )` and gives what stands inside; quotes hide parentheses.
    fn parenthesised(&mut self) -> Range<usize> {
        let start = self.at + 1;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return start..self.at - 1;
                    }
                }
                b'\\' => self.at += self.rest().chars().next().map_or(0, char::len_utf8),
                b'\'' | b'"' => {
                    let quote = char::from(byte);
                    self.at += self.rest().find(quote).map_or(self.rest().len(), |length| length + 1);
                }
                _ => {}
            }
        }
        start.min(self.at)..self.at
    }

    /// Steps over the bodies of the here-documents that were announced on the line above.
    fn here_documents(&mut self) -> Vec<Span> {
        let mut bodies = Vec::new();
        for (delimiter, drops_tabs) in mem::take(&mut self.pending) {
            let start = self.at;
            let mut end = self.text.len();
            while self.at < self.text.len() {
                let line_start = self.at;
                self.skip_to_line_end();
                let line = &self.text[line_start..self.at];
                self.at = (self.at + 1).min(self.text.len());
                let line = if drops_tabs { line.trim_start_matches('\t') } else { line };
                if line.trim_start_matches(' ') == delimiter {
                    end = line_start;
                    break;
                }
            }
            bodies.push(self.span.within(start..end));
        }
        bodies
    }
}

fn into_assignment(mut word: Word) -> Option<Assignment> {
    let (name, equals) = word.assignment().map(|(name, equals)| (name.to_owned(), equals))?;
    if let Some(Piece::Text(text)) = word.pieces.first_mut() {
        text.drain(..=equals);
    }
    word.pieces.retain(|piece| *piece != Piece::Text(String::new()));
    word.span = word.span.within(equals + 1..word.span.range().len());
    Some(Assignment { name, value: word })
}

/// The name in a word that is `"${name[@]}"` and nothing else.
fn expanded_array(word: &Word, text: &str, span: Span) -> Option<String> {
    if word.pieces != [Piece::Unknown] {
        return None;
    }
    let start = word.span.range().start.checked_sub(span.range().start)?;
    let written = text.get(start..start + word.span.range().len())?.trim_matches('"');
    let name = written.strip_prefix("${")?.strip_suffix("[@]}")?;
    is_name(name).then(|| name.to_owned())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::{Command, Piece, Word, read};
    use crate::source::{Sources, Spanned};

    /// A word as a reader would spell it: `?` for what is not known.
    fn spelled(word: &Word) -> String {
        let spell = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => format!("${name}"),
            Piece::Unknown => "?".to_owned(),
        };
        word.pieces.iter().map(spell).collect()
    }

    fn shown(command: &Command) -> String {
        let assignments = command.assignments.iter().map(|set| format!("{}:={}", set.name, spelled(&set.value)));
        let words = command.words.iter().map(spelled);
        let redirections = command.redirections.iter().map(|redirection| {
            format!("{}{}", if redirection.writes { '>' } else { '<' }, spelled(&redirection.target))
        });
        assignments.chain(words).chain(redirections).collect::<Vec<_>>().join("|")
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut sources = Sources::default();
        let id = sources.add("a.sh", text);
        let source = sources.get(id);
        let script = read(Spanned::new(source.text(), source.span(0..text.len())));
        let found: Vec<_> = script.commands.iter().map(shown).collect();
        assert_eq!(found, expected, "\n{text}");
    }

    #[test]
    fn words_are_parted_and_unquoted_as_a_shell_does() {
        check("a 'b c' \"d $e ${f}\" g\\ h i'j'\"k\"", &["a|b c|d $e $f|g h|ijk"]);
        check("a # b\nc#d", &["a", "c#d"]);
        check("a \\\n  b", &["a|b"]);
        check("a; b && c | d & e || f", &["a", "b", "c", "d", "e", "f"]);
        check("zwölf \"ä\" $'x' $1 \"$@\" ${g:-h} `i` *.j k{l,m} n{o} $", &["zwölf|ä|?|?|?|?|?|?.j|k?|n{o}|$"]);
    }

    #[test]
    fn words_that_steer_are_no_commands() {
        check("if ! a; then b; else c; fi; while d; do e; done", &["a", "b", "c", "d", "e"]);
        check("f() { a; }", &["f", "a"]);
    }

    #[test]
    fn assignments_and_redirections_are_told_apart_from_arguments() {
        check("A=1 B=$c d e=f > g 2>&1 < h", &["A:=1|B:=$c|d|e=f|>g|<h"]);
        check("export A=\"$b\"/c", &["A:=$b/c|export"]);
        check("a &> b; c >> d 2>e", &["a|>b", "c|>d|>e"]);
        check("a <<< b c", &["a|c"]);
    }

    #[test]
    fn arrays_stand_where_they_are_expanded() {
        check("x=(\n  -a \"b c\" # note\n  -d\n)\ny \"${x[@]}\" z", &["y|-a|b c|-d|z"]);
        check("x=(a); x+=(b)\nc ${x[@]}", &["c|a|b"]);
        check("x=(a b)", &["|a|b"]);
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
    }

    #[test]
    fn here_documents_are_not_commands() {
        check("a <<X b\nnot this\n  X\nc", &["a|b", "c"]);
        check("a <<-'X Y' <<Z\none\n\tX Y\ntwo\nZ\nc", &["a", "c"]);
        check("a <<X\nopen", &["a"]);
    }

    #[test]
    fn unfinished_code_is_read_to_its_end() {
        for text in ["'a", "\"a $", "${a", "$(a", "x=(a", "`a", "a <", "\\", "$'", "a {", "<(", "$(((", "\"$(\"'"] {
            let mut sources = Sources::default();
            let id = sources.add("a.sh", text);
            let source = sources.get(id);
            read(Spanned::new(source.text(), source.span(0..text.len())));
        }
    }
}
