//! Syntax that is newer than our parser, or of notebooks, spelled in the older way for it alone.
//!
//! The older spelling has the same length, so every range of the tree holds in the user's own text, which is what is rendered.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse};
use ruff_text_size::Ranged;

/// What stands for an escape sequence: as many bytes, and in nobody's names.
const ESCAPE: &str = "\u{7ff}";

/// The text as Python 3.11 reads it, as far as it uses one of
/// - [PEP 701](https://peps.python.org/pep-0701/): the same quotes, escapes and line ends in replacement fields, `f"{d["key"]}"`;
/// - [PEP 696](https://peps.python.org/pep-0696/): defaults of type parameters, which become their bounds, `class Box[T : int]`;
/// - [PEP 758](https://peps.python.org/pep-0758/): `except A, B:`, which becomes `except A| B:`.
///
/// and, in a notebook, commands of IPython such as `!ls` and `%timeit f(x)`, which become names that nobody binds.
///
/// None if it is wrong, newer in another way, or can't be spelled in as many bytes.
pub(crate) fn older(text: &str, is_notebook: bool) -> Option<String> {
    let mode = if is_notebook { Mode::Ipython } else { Mode::Module };
    let parsed = parse(text, ParseOptions::from(mode)).ok().filter(|parsed| parsed.errors().is_empty())?;
    let mut spelling = Spelling { text, older: text.as_bytes().to_vec(), open: Vec::new(), list: None };
    let mut last = [TokenKind::EndOfFile; 2];
    for token in parsed.tokens() {
        match (last, token.kind()) {
            (_, TokenKind::Except) => {
                spelling.list = Some(List { depth: 0, separator: TokenKind::Comma, end: TokenKind::Colon, has_bound: true })
            }
            ([TokenKind::Class | TokenKind::Def | TokenKind::Type, TokenKind::Name], TokenKind::Lsqb) => {
                spelling.list = Some(List { depth: 0, separator: TokenKind::Equal, end: TokenKind::Rsqb, has_bound: false });
            }
            _ => spelling.token(token)?,
        }
        last = [last[1], token.kind()];
    }
    let mut commands = Commands::default();
    commands.visit_body(parsed.try_into_module()?.suite());
    commands.0.into_iter().try_for_each(|range| spelling.command(range.into()))?;
    String::from_utf8(spelling.older).ok().filter(|older| older != text)
}

/// Where commands of IPython stand.
#[derive(Default)]
struct Commands(Vec<ruff_text_size::TextRange>);

impl<'a> Visitor<'a> for Commands {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::IpyEscapeCommand(command) = stmt {
            self.0.push(command.range());
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::IpyEscapeCommand(command) = expr {
            self.0.push(command.range());
        }
        visitor::walk_expr(self, expr);
    }
}

/// An f-string that is open.
struct Open {
    quote: u8,
    is_triple: bool,
    /// What its quotes become.
    older: u8,
}

struct Spelling<'t> {
    text: &'t str,
    older: Vec<u8>,
    open: Vec<Open>,
    list: Option<List>,
}

/// What `except` catches, or type parameters, as far as it was read.
struct List {
    /// How many brackets are open in it.
    depth: u32,
    /// What can't stand there for our parser.
    separator: TokenKind,
    end: TokenKind,
    /// Of the type parameter: another one can only be an alternative.
    has_bound: bool,
}

impl Spelling<'_> {
    fn token(&mut self, token: &Token) -> Option<()> {
        let range = std::ops::Range::<usize>::from(token.range());
        match token.kind() {
            TokenKind::FStringStart => {
                let is_triple = token.is_triple_quoted_string();
                let quote = self.text.as_bytes()[range.end - 1];
                let older = self.free_quote(quote, is_triple)?;
                self.requote(range, quote, older);
                self.open.push(Open { quote, is_triple, older });
            }
            TokenKind::FStringEnd => {
                let Open { quote, older, .. } = self.open.pop()?;
                self.requote(range, quote, older);
            }
            TokenKind::FStringMiddle if self.open.len() > 1 => {
                let quote = self.open.last()?.older;
                self.content(range, quote)?;
            }
            TokenKind::String if !self.open.is_empty() => {
                if self.string(token, range.clone()).is_none() {
                    // A name that nobody binds: some value.
                    self.older[range].fill(b'_');
                }
            }
            TokenKind::Comment if self.is_in_line() => return None,
            TokenKind::NonLogicalNewline if self.is_in_line() => self.older[range].fill(b' '),
            kind => self.listed(kind, range),
        }
        Some(())
    }

    /// A name, or members of one where the command goes on in the next line.
    fn command(&mut self, range: std::ops::Range<usize>) -> Option<()> {
        let bytes = &self.text.as_bytes()[range.clone()];
        let end = range.start + bytes.iter().rposition(|byte| !byte.is_ascii_whitespace())? + 1;
        let mut start = range.start;
        while let Some(next) = self.text[start..end].find("\\\n") {
            let line_end = start + next;
            self.older[start..line_end].fill(b'_');
            *self.older[start + 1..line_end].last_mut()? = b'.';
            start = line_end + 2;
        }
        (start < end && !self.text[start..end].contains(['\n', '\r'])).then(|| self.older[start..end].fill(b'_'))
    }

    fn listed(&mut self, kind: TokenKind, range: std::ops::Range<usize>) {
        let Some(list) = &mut self.list else { return };
        match kind {
            _ if list.depth == 0 && kind == list.end => self.list = None,
            _ if list.depth == 0 && kind == list.separator => self.older[range].fill(if list.has_bound { b'|' } else { b':' }),
            TokenKind::Colon if list.depth == 0 => list.has_bound = true,
            TokenKind::Comma if list.depth == 0 => list.has_bound = false,
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => list.depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => list.depth = list.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// A string inside of an f-string.
    fn string(&mut self, token: &Token, range: std::ops::Range<usize>) -> Option<()> {
        let prefix = self.text[range.clone()].find(['"', '\''])?;
        let quote = self.text.as_bytes()[range.start + prefix];
        let older = self.free_quote(quote, token.is_triple_quoted_string())?;
        let width = if token.is_triple_quoted_string() { 3 } else { 1 };
        let content = range.start + prefix + width..range.end - width;
        self.requote(range.start..content.start, quote, older);
        self.requote(content.end..range.end, quote, older);
        self.content(content, older)
    }

    /// Whether an f-string is open that may not hold a line end.
    fn is_in_line(&self) -> bool {
        self.open.iter().any(|open| !open.is_triple)
    }

    /// The quote that a string inside of the open ones may have: its own if it can be.
    fn free_quote(&self, quote: u8, is_triple: bool) -> Option<u8> {
        let is_free = |quote: &u8| self.open.iter().all(|open| open.is_triple && !is_triple || open.older != *quote);
        let other = if quote == b'"' { b'\'' } else { b'"' };
        [quote, other].into_iter().find(is_free)
    }

    fn requote(&mut self, range: std::ops::Range<usize>, quote: u8, older: u8) {
        self.older[range].iter_mut().filter(|byte| **byte == quote).for_each(|byte| *byte = older);
    }

    /// The content of a string inside of an f-string: it may hold no quote of those around it, and no `\`.
    fn content(&mut self, range: std::ops::Range<usize>, own: u8) -> Option<()> {
        let is_taken = |byte: u8| byte == own || self.open.iter().any(|open| !open.is_triple && open.older == byte);
        let bytes = &self.text.as_bytes()[range.clone()];
        if bytes.iter().any(|byte| is_taken(*byte) || self.is_in_line() && matches!(byte, b'\n' | b'\r')) {
            return None;
        }
        let mut at = 0;
        while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'\\') {
            at += next;
            bytes.get(at + 1).filter(|byte| byte.is_ascii())?;
            self.older[range.start + at..range.start + at + 2].copy_from_slice(ESCAPE.as_bytes());
            at += 2;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn what_is_newer_gets_another_spelling_of_the_same_length() {
        for (newer, spelling) in [
            ("f\"{d[\"a\"]}\"\n", Some("f\"{d['a']}\"\n")),
            ("f'{d['a']:>{w['b']}}' 'c'\n", Some("f'{d[\"a\"]:>{w[\"b\"]}}' 'c'\n")),
            ("f\"{f\"{x}\"}\"\n", Some("f\"{f'{x}'}\"\n")),
            ("f\"{'\\n'.join(x)}\\n\"\n", Some("f\"{'\u{7ff}'.join(x)}\\n\"\n")),
            ("f\"{f(\n    x,\n)}\"\n", Some("f\"{f(     x, )}\"\n")),
            ("f\"\"\"{\"\"\"a\"\"\"}\"\"\"\n", Some("f\"\"\"{'''a'''}\"\"\"\n")),
            ("try: pass\nexcept A, f(B, C)[0]: pass\n", Some("try: pass\nexcept A| f(B, C)[0]: pass\n")),
            ("class A[T = int, S: (int, str) = f(int, b=1)]: pass\n", Some("class A[T : int, S: (int, str) | f(int, b=1)]: pass\n")),
            ("type B[T = list[int]] = A[T]\n", Some("type B[T : list[int]] = A[T]\n")),
            // There are but two quotes.
            ("f\"{f\"{d[\"a\"]}\"}\"\n", Some("f\"{f'{d[___]}'}\"\n")),
            ("f\"{d[\"it's\"]}\"\n", Some("f\"{d[______]}\"\n")),
            // Nothing is newer, four strings, a comment, or an error.
            ("f\"{d['a']}\"\n", None),
            ("f\"{f\"{f\"{x}\"}\"}\"\n", None),
            ("f\"{x # why\n}\"\n", None),
            ("f\"{d[\"a\"\"\n", None),
        ] {
            assert_eq!(older(newer, false).as_deref(), spelling, "{newer}");
        }
    }

    #[test]
    fn commands_of_notebooks_become_names() {
        for (text, spelling) in [
            ("!ls\nif x:\n    %timeit f(x)  # c\n", "___\nif x:\n    _________________\n"),
            ("files = !ls *.py\nx.shape?\n??f\n", "files = ________\n________\n___\n"),
            ("%%time\n!pip install \\\n    mlx\n", "______\n____________.\\\n_______\n"),
        ] {
            assert_eq!(older(text, true).as_deref(), Some(spelling), "{text}");
            assert_eq!(older(text, false), None);
        }
    }
}
