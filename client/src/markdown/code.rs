//! Code in pieces: comments, strings, numbers and the words that most languages keep for themselves.
//!
//! One reader for all languages, in one pass over the text: grammars for each would cost regular expressions that a
//! hostile text can make slow, for colours of four kinds.

use std::ops::Range;

/// Pieces of one code block at most; the rest is plain.
const PIECES_MAX: usize = 500;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// Where it stands in the code.
    pub range: Range<usize>,
}

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    Plain,
    /// A word of the language.
    Word,
    /// A text in quotes.
    Text,
    /// A number.
    Number,
    /// What only people read.
    Comment,
}

/// Words that most of the languages people paste keep for themselves.
const WORDS: &[&str] = &[
    "abstract",
    "alter",
    "and",
    "as",
    "async",
    "await",
    "begin",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "crate",
    "create",
    "def",
    "default",
    "defer",
    "del",
    "delete",
    "do",
    "done",
    "double",
    "drop",
    "echo",
    "elif",
    "else",
    "end",
    "enum",
    "esac",
    "except",
    "export",
    "extends",
    "extern",
    "false",
    "fi",
    "final",
    "finally",
    "float",
    "fn",
    "for",
    "from",
    "func",
    "function",
    "go",
    "if",
    "impl",
    "import",
    "in",
    "include",
    "insert",
    "int",
    "interface",
    "into",
    "is",
    "join",
    "lambda",
    "let",
    "local",
    "long",
    "loop",
    "match",
    "mod",
    "mut",
    "new",
    "nil",
    "not",
    "null",
    "None",
    "NULL",
    "or",
    "package",
    "pass",
    "private",
    "protected",
    "pub",
    "public",
    "raise",
    "return",
    "select",
    "self",
    "Self",
    "set",
    "static",
    "struct",
    "super",
    "switch",
    "table",
    "then",
    "this",
    "throw",
    "trait",
    "true",
    "True",
    "False",
    "try",
    "type",
    "typedef",
    "union",
    "unsafe",
    "update",
    "use",
    "using",
    "values",
    "var",
    "virtual",
    "void",
    "where",
    "while",
    "with",
    "yield",
    "CREATE",
    "DELETE",
    "FROM",
    "GROUP",
    "BY",
    "INSERT",
    "INTO",
    "JOIN",
    "ORDER",
    "SELECT",
    "SET",
    "TABLE",
    "UPDATE",
    "VALUES",
    "WHERE",
    "AND",
    "OR",
    "NOT",
];

/// Languages without code: everything in them is plain.
const WORDLESS: &[&str] = &["text", "txt", "plain", "log", "diff", "md", "markdown"];

/// Reads code. The pieces cover all of it, in order.
pub(super) fn pieces(language: &str, code: &str) -> Vec<Piece> {
    let language = language.split([',', ' ']).next().unwrap_or_default().to_ascii_lowercase();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = if WORDLESS.contains(&language.as_str()) { code.len() } else { 0 };
    let mut done = 0;
    while at < code.len() && pieces.len() < PIECES_MAX {
        let (kind, len) = next(&code[at..], &language);
        if kind == Kind::Plain {
            at += len;
            continue;
        }
        if done < at {
            pieces.push(Piece { kind: Kind::Plain, range: done..at });
        }
        pieces.push(Piece { kind, range: at..at + len });
        at += len;
        done = at;
    }
    if done < code.len() {
        pieces.push(Piece { kind: Kind::Plain, range: done..code.len() });
    }
    pieces
}

/// What the code begins with, and how long that is: never nothing.
fn next(code: &str, language: &str) -> (Kind, usize) {
    let first = code.chars().next().unwrap_or(' ');
    if let Some(len) = comment(code, language) {
        return (Kind::Comment, len);
    }
    match first {
        '"' | '`' => (Kind::Text, quoted(code, first)),
        // A lifetime, or an apostrophe in words, has no second one on its line.
        '\'' if code.lines().next().is_some_and(|line| line[1..].contains('\'')) => {
            (Kind::Text, quoted(code, first))
        }
        c if c.is_ascii_digit() => {
            (Kind::Number, run(code, |c| c.is_ascii_alphanumeric() || c == '.' || c == '_'))
        }
        c if c.is_alphabetic() || c == '_' => {
            let len = run(code, |c| c.is_alphanumeric() || c == '_');
            let kind = if WORDS.contains(&&code[..len]) { Kind::Word } else { Kind::Plain };
            (kind, len)
        }
        c => (Kind::Plain, c.len_utf8()),
    }
}

fn comment(code: &str, language: &str) -> Option<usize> {
    let line = || code.find('\n').unwrap_or(code.len());
    let hash = !matches!(
        language,
        "rust" | "rs" | "c" | "cpp" | "c++" | "h" | "css" | "js" | "ts" | "java" | "go" | "html"
    );
    if code.starts_with("//") || (hash && (code.starts_with("# ") || code.starts_with("#!"))) {
        return Some(line());
    }
    if code.starts_with("-- ") && matches!(language, "sql" | "lua" | "haskell" | "hs") {
        return Some(line());
    }
    let rest = code.strip_prefix("/*")?;
    Some(rest.find("*/").map_or(code.len(), |end| end + 4))
}

/// The length of a text in quotes; one that does not end on its line ends with it.
fn quoted(code: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in code.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if quote != '`' => return at,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    code.len()
}

fn run(code: &str, belongs: impl Fn(char) -> bool) -> usize {
    code.find(|c| !belongs(c)).unwrap_or(code.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(language: &str, code: &str) -> Vec<(Kind, String)> {
        let pieces = pieces(language, code);
        assert_eq!(
            pieces.iter().map(|piece| &code[piece.range.clone()]).collect::<String>(),
            code,
            "all of it"
        );
        let bare = pieces.into_iter().filter(|piece| piece.kind != Kind::Plain);
        bare.map(|piece| (piece.kind, code[piece.range].to_owned())).collect()
    }

    #[test]
    fn words_texts_numbers_and_comments() {
        assert_eq!(
            seen("rust", "let x: &'a str = \"a \\\" b\"; // 3 more\nx.len() + 0x2f"),
            [
                (Kind::Word, "let".into()),
                (Kind::Text, "\"a \\\" b\"".into()),
                (Kind::Comment, "// 3 more".into()),
                (Kind::Number, "0x2f".into()),
            ]
        );
        assert_eq!(seen("sh", "# all\necho 'x'")[0], (Kind::Comment, "# all".into()));
        assert!(seen("text", "if this then that, 20 m").is_empty());
    }

    #[test]
    fn any_code_is_read_in_bounds() {
        for code in [
            "\"".repeat(16_384),
            "'a".repeat(8000),
            "1 ".repeat(8000),
            "/*".repeat(8000),
            "é'ß\"".repeat(3000),
        ] {
            assert!(pieces("", &code).len() <= PIECES_MAX + 2);
            seen("", &code);
        }
    }
}
