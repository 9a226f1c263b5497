//! The words of a shell script, as far as commands and their arguments can be told without running it.
//!
//! Not a shell: no word that needs an expansion is known, only that it needs one. Good enough to see which options a
//! script gives to a program, directly or by way of an array (`openssl req "${args[@]}"`).

use std::collections::HashMap;

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// What the shell makes of it, if that can be told without running it.
    pub(super) text: Option<String>,
    /// Offset of its first byte in the script.
    pub(super) start: usize,
    /// Offset behind its last byte.
    pub(super) end: usize,
    /// The array it stands for: `"${NAME[@]}"`.
    array: Option<String>,
}

/// The simple commands of a script, arrays filled in.
pub(super) fn commands(script: &str) -> Vec<Vec<Word>> {
    let mut arrays: HashMap<String, Vec<Word>> = HashMap::new();
    let mut commands = Vec::new();
    let mut command: Vec<Word> = Vec::new();
    let mut reader = Reader { script, at: 0 };
    while let Some(token) = reader.next() {
        match token {
            Token::Word(word) => match word.array.as_ref().map(|name| arrays.get(name)) {
                Some(Some(words)) => command.extend(words.iter().cloned()),
                Some(None) | None => command.push(word),
            },
            Token::ArrayStart(name) => {
                arrays.insert(name, reader.array());
            }
            Token::End => commands.push(std::mem::take(&mut command)),
        }
    }
    commands.push(command);
    commands.retain(|command| !command.is_empty());
    commands
}

enum Token {
    Word(Word),
    /// `NAME=(`.
    ArrayStart(String),
    /// What ends a command.
    End,
}

struct Reader<'s> {
    script: &'s str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.script[self.at..].chars().next()
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.script[self.at..];
            if rest.starts_with("\\\n") {
                self.at += 2;
            } else if rest.starts_with([' ', '\t']) {
                self.at += 1;
            } else if rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return;
            }
        }
    }

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let first = self.peek()?;
        if matches!(first, '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>') {
            self.at += 1;
            return Some(Token::End);
        }
        let word = self.word();
        let name = word.text.as_deref().and_then(|text| text.strip_suffix('='));
        if let Some(name) = name.filter(|_| self.peek() == Some('(')) {
            self.at += 1;
            return Some(Token::ArrayStart(name.trim_end_matches('+').to_owned()));
        }
        Some(Token::Word(word))
    }

    /// The words up to the parenthesis that closes an array.
    fn array(&mut self) -> Vec<Word> {
        let mut words = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                None => return words,
                Some(')') => {
                    self.at += 1;
                    return words;
                }
                Some('\n' | ';' | '&' | '|' | '(' | '<' | '>') => self.at += 1,
                Some(_) => words.push(self.word()),
            }
        }
    }

    fn word(&mut self) -> Word {
        let start = self.at;
        let mut text = String::new();
        let mut is_known = true;
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                '\'' => {
                    let rest = &self.script[self.at + 1..];
                    let end = rest.find('\'').unwrap_or(rest.len());
                    text.push_str(&rest[..end]);
                    self.at = (self.at + end + 2).min(self.script.len());
                }
                '"' => {
                    self.at += 1;
                    is_known &= self.double_quoted(&mut text);
                }
                '\\' => {
                    self.at += 1;
                    if let Some(next) = self.peek() {
                        text.push(next);
                        self.at += next.len_utf8();
                    }
                }
                '$' | '`' | '*' | '?' | '[' | '~' => {
                    is_known = false;
                    self.at += 1;
                    self.braces();
                }
                other => {
                    text.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
        let raw = &self.script[start..self.at];
        let array = raw.strip_prefix("\"${").and_then(|rest| rest.strip_suffix("[@]}\"")).map(str::to_owned);
        Word { text: is_known.then_some(text), start, end: self.at, array }
    }

    /// The rest of `${…}` or `$(…)`, as far as brackets tell.
    fn braces(&mut self) {
        let (open, close) = match self.peek() {
            Some('{') => ('{', '}'),
            Some('(') => ('(', ')'),
            Some(_) | None => return,
        };
        let mut depth = 0;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            depth += usize::from(c == open);
            if c == close {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
        }
    }

    /// Up to the closing quote; whether all of it is known.
    fn double_quoted(&mut self, text: &mut String) -> bool {
        let mut is_known = true;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '"' => return is_known,
                '\\' => {
                    if let Some(next) = self.peek() {
                        if !matches!(next, '"' | '\\' | '$' | '`') {
                            text.push('\\');
                        }
                        text.push(next);
                        self.at += next.len_utf8();
                    }
                }
                '$' | '`' => {
                    is_known = false;
                    self.braces();
                }
                other => text.push(other),
            }
        }
        is_known
    }
}

#[cfg(test)]
mod tests {
    use super::commands;

    /// Each command as its words, `?` for those that need an expansion.
    #[track_caller]
    fn check(script: &str, expected: &[&str]) {
        let found: Vec<String> = commands(script)
            .iter()
            .map(|command| command.iter().map(|word| word.text.as_deref().unwrap_or("?")).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, expected, "{script:?}");
    }

    #[test]
    fn commands_are_found_with_their_words() {
        check("a b # c\nd 'e f' \"g\\\"h\" i\\ j", &["a b", "d e f g\"h i j"]);
        check("a && b | c; (d)\n", &["a", "b", "c", "d"]);
        check("a $b \"${c}d\" \"$(e f)\" `g`h i", &["a ? ? ? ? i"]);
    }

    #[test]
    fn arrays_are_filled_in() {
        check(
            "args=(\n  -x # why\n  \"y z\"\n)\nopenssl req \"${args[@]}\" -q \\\n  -r",
            &["openssl req -x y z -q -r"],
        );
        check("a \"${unknown[@]}\"", &["a ?"]);
    }

    #[test]
    fn broken_scripts_end() {
        for script in ["'", "\"", "a=(", "${", "$(", "\\", "a 'b", "\"$("] {
            let _ = commands(script);
        }
    }
}
