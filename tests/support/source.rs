//! The crate's own source text: its string literals and SQL statements.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::fs;
use std::path::{Path, PathBuf};

/// A piece of Rust source, as far as it matters here.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// A constant that holds an SQL statement.
#[derive(Debug)]
pub struct Statement {
    /// The file below `src`, and the constant: `catalog/pool.rs BY_KEY`.
    pub name: String,
    pub sql: String,
}

/// Every Rust file below `folder` of `src`, tests left out.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&source().join(folder), &mut found);
    found.sort();
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        if path.is_dir() && !path.ends_with("tests") {
            collect(&path, found);
        } else if is_rust && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The path below `src`.
pub fn short(path: &Path) -> String {
    path.strip_prefix(source()).expect("below src").to_string_lossy().into_owned()
}

/// The tokens of a file up to its tests. Comments, characters and lifetimes are left out.
pub fn tokens(path: &Path) -> Vec<Token> {
    let text = fs::read_to_string(path).expect("source");
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let source: Vec<char> = text[..end].chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        at += match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['"', ..] => literal(rest, &mut tokens),
            ['r', '"', ..] | ['r', '#', ..] if raw_literal(rest).is_some() => {
                let (text, length) = raw_literal(rest).expect("checked");
                tokens.push(Token::Text(text));
                length
            }
            ['\'', '\\', _, '\'', ..] => 4,
            ['\'', _, '\'', ..] => 3,
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let word: String =
                    rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').collect();
                let length = word.chars().count();
                tokens.push(Token::Word(word));
                length
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(Token::Sign(*c));
                }
                1
            }
            [] => 1,
        };
    }
    tokens
}

/// Reads a string literal; returns its length in the source.
fn literal(source: &[char], tokens: &mut Vec<Token>) -> usize {
    let mut text = String::new();
    let mut at = 1;
    while source[at] != '"' {
        match (source[at], source.get(at + 1)) {
            ('\\', Some('\n')) => {
                at += 1;
                while source[at].is_whitespace() {
                    at += 1;
                }
                continue;
            }
            ('\\', Some(escaped)) => {
                text.push(if *escaped == 'n' { '\n' } else { *escaped });
                at += 2;
                continue;
            }
            (c, _) => text.push(c),
        }
        at += 1;
    }
    tokens.push(Token::Text(text));
    at + 1
}

fn raw_literal(source: &[char]) -> Option<(String, usize)> {
    let hashes = source[1..].iter().take_while(|c| **c == '#').count();
    if source.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let start = 2 + hashes;
    let length = source[start..].windows(end.len()).position(|window| window == end)?;
    Some((source[start..start + length].iter().collect(), start + length + end.len()))
}

/// Whether a text is a statement with a plan.
pub fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    matches!(first, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "WITH")
}

/// The SQL statements of a file: constants that are a literal, or a call of a macro of the same
/// file that joins literals.
///
/// # Panics
/// When SQL stands anywhere else, where it would be forgotten.
pub fn statements(path: &Path) -> Vec<Statement> {
    let tokens = tokens(path);
    let mut statements = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let item = &tokens[at..];
        let length = match item {
            [Token::Word(word), ..] if word == "macro_rules" => length_of_macro(item),
            [Token::Word(word), Token::Word(name), Token::Sign(':'), ..] if word == "const" => {
                let end = Token::Sign(';');
                let length = item.iter().position(|token| *token == end).expect("end of constant");
                let sql = value(&item[..length], &tokens);
                if is_statement(&sql) {
                    statements.push(Statement { name: format!("{} {name}", short(path)), sql });
                }
                length
            }
            [Token::Text(text), ..] if is_statement(text) => {
                panic!("{}: a statement that is no constant: {text}", short(path))
            }
            _ => 1,
        };
        at += length.max(1);
    }
    statements
}

/// The text of a constant's value: its literals, or what a macro of the file makes of them.
fn value(constant: &[Token], file: &[Token]) -> String {
    let call = constant.windows(2).position(|pair| match pair {
        [Token::Word(name), Token::Sign('!')] => name != "concat",
        _ => false,
    });
    let Some(call) = call else { return texts(constant) };
    let Token::Word(name) = &constant[call] else { unreachable!() };
    let start = file
        .windows(3)
        .position(|at| {
            matches!(at, [Token::Word(w), Token::Sign('!'), Token::Word(n)]
                if w == "macro_rules" && n == name)
        })
        .unwrap_or_else(|| panic!("the macro {name} is not in the file that uses it"));
    let body = &file[start..];
    let body = &body[4..length_of_macro(body) - 1];
    let given = &constant[call + 3..constant.len() - 1];
    let expanded = arms(body).into_iter().find_map(|(pattern, text)| expand(pattern, text, given));
    expanded.unwrap_or_else(|| panic!("no arm of the macro {name} takes {given:?}"))
}

/// The patterns and bodies of a macro.
fn arms(mut body: &[Token]) -> Vec<(&[Token], &[Token])> {
    let mut arms = Vec::new();
    while !body.is_empty() {
        let pattern = group(body);
        let rest = &body[pattern.len() + 2 + "=>".len()..];
        let text = group(rest);
        arms.push((pattern, text));
        body = &rest[text.len() + 2..];
        if let [Token::Sign(';'), rest @ ..] = body {
            body = rest;
        }
    }
    arms
}

/// What stands in the brackets at the beginning.
fn group(tokens: &[Token]) -> &[Token] {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('(' | '{') => depth += 1,
            Token::Sign(')' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &tokens[1..at];
        }
    }
    panic!("a bracket without end")
}

/// The text an arm makes, if it takes what is given.
fn expand(pattern: &[Token], body: &[Token], given: &[Token]) -> Option<String> {
    let (mut pattern, mut given, mut values) = (pattern, given, Vec::new());
    loop {
        match (pattern, given) {
            ([], []) => break,
            (
                [Token::Sign('$'), Token::Word(name), Token::Sign(':'), Token::Word(_), more @ ..],
                [Token::Text(text), rest @ ..],
            ) => {
                values.push((name, text));
                (pattern, given) = (more, rest);
            }
            ([a, more @ ..], [b, rest @ ..]) if a == b => (pattern, given) = (more, rest),
            _ => return None,
        }
    }
    let mut text = String::new();
    for (at, token) in body.iter().enumerate() {
        match token {
            Token::Text(literal) => text.push_str(literal),
            Token::Word(word) if at > 0 && body[at - 1] == Token::Sign('$') => {
                text.push_str(values.iter().find(|(name, _)| *name == word)?.1);
            }
            _ => {}
        }
    }
    Some(text)
}

fn texts(tokens: &[Token]) -> String {
    let text = |token: &Token| match token {
        Token::Text(text) => Some(text.clone()),
        _ => None,
    };
    tokens.iter().filter_map(text).collect()
}

/// How many tokens `macro_rules! name { ... }` is.
fn length_of_macro(tokens: &[Token]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') if depth == 1 => return at + 1,
            Token::Sign('}') => depth -= 1,
            _ => {}
        }
    }
    panic!("a macro without end")
}
