//! The words and signs of a jaxpr's text.

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A name or a number.
    Word(String),
    Quoted(String),
    Sign(char),
    Line,
    End,
}

/// A word or sign and where it stands, both counted from 1.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) what: What,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The tokens of a text; the last one is its end.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (i, row) in text.lines().enumerate() {
        let chars: Vec<char> = row.chars().collect();
        let mut k = 0;
        while k < chars.len() {
            let start = k;
            let c = chars[k];
            k += 1;
            let what = match c {
                _ if c.is_whitespace() => continue,
                '"' => {
                    let mut word = String::new();
                    while k < chars.len() && chars[k] != '"' {
                        k += usize::from(chars[k] == '\\' && k + 1 < chars.len());
                        word.push(chars[k]);
                        k += 1;
                    }
                    k += 1;
                    What::Quoted(word)
                }
                _ if c.is_alphanumeric() || matches!(c, '_' | '-') => {
                    let number = |c: &char| c.is_ascii_digit();
                    let digits = number(&c) || c == '-' && chars.get(k).is_some_and(number);
                    let belongs = |k: usize| match chars[k] {
                        '.' => digits,
                        '+' | '-' => digits && chars[k - 1] == 'e',
                        c => c.is_alphanumeric() || c == '_',
                    };
                    while k < chars.len() && belongs(k) {
                        k += 1;
                    }
                    What::Word(chars[start..k].iter().collect())
                }
                _ => What::Sign(c),
            };
            tokens.push(Token { what, line: i + 1, column: start + 1 });
        }
        tokens.push(Token { what: What::Line, line: i + 1, column: chars.len() + 1 });
    }
    let (line, column) = tokens.last().map_or((1, 1), |t: &Token| (t.line, t.column));
    tokens.push(Token { what: What::End, line, column });
    tokens
}
