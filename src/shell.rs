//! Shell code, read once for everybody: tokens, words and commands.
//!
//! [`lex`] walks over the text once and knows of each byte where it stands: in code, in quotes, in arithmetic, in a
//! here-document. [`Script`] has the commands that the tokens make. The guard for placeholders looks at tokens, the rules
//! about what a document says and `lint` look at commands. Bash is what is read; a script for another shell is marked as
//! uncertain where that one would read it differently.
//!
//! Nothing here fails: odd code gives odd tokens, and [`Lexed::uncertain`] says from where on bash may see it differently.

mod command;
mod lexer;
mod token;
mod word;

pub use command::{Assignment, Redirection, Script, SimpleCommand};
pub use lexer::{LazyLexer, Lexed, ScriptLayout, lex};
pub use token::{Context, Nesting, Role, Token, TokenKind};
pub use word::{ShellWord, WordPiece, name_of};

/// Whether a text is a name that a variable can have.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name_length(text.as_bytes()) == text.len()
}

/// How many bytes at the start of a text can belong to a variable's name.
fn name_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}
