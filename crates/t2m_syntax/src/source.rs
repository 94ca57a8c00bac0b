//! A parsed Python file with what the tree leaves out: comments, strings, lines and style.

use rustpython_ast::{self as ast, Ranged};
use rustpython_parser::{Mode, Tok, lexer, parse_tokens};

use crate::line_index::{LineColumn, LineIndex};
use crate::newer;
use crate::{TextRange, TextSize};

/// The suffix of notebooks, whose code is a file of its own.
pub const NOTEBOOK: &str = ".ipynb";

/// Text, tree and tokens of one file. Offsets are bytes into `text`.
#[derive(Debug)]
pub struct SourceFile {
    /// As shown to people; not used for IO.
    pub path: String,
    pub text: String,
    pub suite: Vec<ast::Stmt>,
    /// Comments from `#` to before the line end, in order.
    pub comments: Vec<TextRange>,
    /// String tokens, in order, f-strings included.
    pub strings: Vec<TextRange>,
    pub lines: LineIndex,
    /// Where the cells of a notebook start in the text that was made of them, in order; none in other files.
    pub cells: Vec<TextSize>,
    /// Where logical lines start: at their first token, whatever brackets and continuations follow. In order.
    logical_lines: Vec<TextSize>,
    /// The line end that new lines take: that of the first line.
    pub newline: &'static str,
    /// One level of indentation as this file writes it.
    pub indent: String,
}

/// Why a file can't be parsed, and where.
#[derive(Debug, Clone)]
pub struct SyntaxError {
    pub message: String,
    pub offset: TextSize,
}

impl SourceFile {
    /// Lexes and parses; commands of IPython too, if the path is a notebook's. Run it on a deep stack ([`crate::stack::with_deep_stack`]).
    pub fn parse(path: impl Into<String>, text: impl Into<String>) -> Result<Self, SyntaxError> {
        let (path, text) = (path.into(), text.into());
        match Self::of(&path, &text) {
            Ok(file) => Ok(Self { path, text, ..file }),
            Err(error) => {
                let file = newer::older(&text, path.ends_with(NOTEBOOK)).and_then(|older| Self::of(&path, &older).ok());
                file.map(|file| Self { path, text, ..file }).ok_or(error)
            }
        }
    }

    /// The file but for its path and text.
    fn of(path: &str, text: &str) -> Result<Self, SyntaxError> {
        let mut comments = Vec::new();
        let mut strings = Vec::new();
        let mut indent: Option<TextRange> = None;
        let mut logical_lines = Vec::new();
        let mut is_new_line = true;
        let tokens = lexer::lex(text, Mode::Module).inspect(|token| {
            if let Ok((token, range)) = token {
                match token {
                    Tok::Comment(_) => comments.push(*range),
                    Tok::String { .. } => strings.push(*range),
                    Tok::Indent if indent.is_none() => indent = Some(*range),
                    _ => {}
                }
                match token {
                    Tok::Newline => is_new_line = true,
                    Tok::Comment(_) | Tok::NonLogicalNewline | Tok::Indent | Tok::Dedent | Tok::EndOfFile => {}
                    _ if std::mem::take(&mut is_new_line) => logical_lines.push(range.start()),
                    _ => {}
                }
            }
        });
        let module = parse_tokens(tokens, Mode::Module, path)
            .map_err(|error| SyntaxError { message: error.error.to_string(), offset: error.offset })?;
        let ast::Mod::Module(module) = module else {
            return Err(SyntaxError { message: "not a module".into(), offset: TextSize::new(0) });
        };
        if let Some(offset) = crate::targets::wrong(&module.body) {
            return Err(SyntaxError { message: "this can't be assigned to".into(), offset });
        }
        // There are many files.
        [&mut comments, &mut strings].into_iter().for_each(Vec::shrink_to_fit);
        logical_lines.shrink_to_fit();
        let lines = LineIndex::new(text);
        let indent = indent
            .map(|range| {
                let start = lines.line_start(lines.line(range.end())).to_usize();
                text[start..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect::<String>()
            })
            .filter(|indent| !indent.is_empty())
            .unwrap_or_else(|| "    ".into());
        let newline = newline_style(text);
        Ok(Self {
            newline,
            path: String::new(),
            suite: module.body,
            comments,
            strings,
            lines,
            cells: Vec::new(),
            logical_lines,
            indent,
            text: String::new(),
        })
    }

    /// The text of a range; nothing of one that belongs to another file, which is a bug of the caller's.
    pub fn slice(&self, range: TextRange) -> &str {
        let text = self.text.get(range.start().to_usize()..range.end().to_usize());
        debug_assert!(text.is_some(), "{range:?} lies outside of {}", self.path);
        text.unwrap_or_default()
    }

    pub fn line_column(&self, offset: TextSize) -> LineColumn {
        self.lines.line_column(&self.text, offset)
    }

    /// The first token of the logical line that holds `offset`.
    pub fn logical_line(&self, offset: TextSize) -> TextSize {
        let i = self.logical_lines.partition_point(|start| *start <= offset);
        i.checked_sub(1).map_or(TextSize::new(0), |i| self.logical_lines[i])
    }

    /// Whether more than white space stands in front of a place on its line.
    pub(crate) fn is_within_line(&self, start: usize) -> bool {
        let before = self.text.as_bytes()[..start].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
        // A byte order mark is no text.
        before.is_some_and(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r'))
    }

    /// The last logical line that starts in `range`.
    pub(crate) fn last_logical_line(&self, range: TextRange) -> Option<TextSize> {
        let i = self.logical_lines.partition_point(|start| *start < range.end());
        self.logical_lines.get(i.checked_sub(1)?).copied().filter(|start| *start >= range.start())
    }

    /// Whether these statements stand in one cell. Outside of notebooks, all do.
    pub fn in_one_cell(&self, stmts: &[ast::Stmt]) -> bool {
        let cell = |at: TextSize| self.cells.partition_point(|start| *start <= at);
        match stmts {
            [first, .., last] => cell(first.start()) == cell(last.start()),
            _ => true,
        }
    }

    /// The white space in front of the logical line that holds `offset`.
    pub fn indentation(&self, offset: TextSize) -> &str {
        let first = self.logical_line(offset);
        let start = self.lines.line_start(self.lines.line(first)).to_usize();
        let white = &self.text[start..first.to_usize()];
        white.trim_start_matches(['\u{feff}', '\u{c}'])
    }

    /// Whether a logical line starts at `offset`.
    pub fn starts_line(&self, offset: TextSize) -> bool {
        self.logical_lines.binary_search(&offset).is_ok()
    }

    /// What the line that holds `offset` is indented by, whether a logical line starts there or not.
    pub(crate) fn line_indentation(&self, offset: TextSize) -> &str {
        let line = &self.text[self.lines.line_start(self.lines.line(offset)).to_usize()..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    /// Whether nothing but white space stands before `offset` on its line.
    pub(crate) fn is_first_on_line(&self, offset: TextSize) -> bool {
        let start = self.lines.line_start(self.lines.line(offset)).to_usize();
        self.text[start..offset.to_usize()].chars().all(|c| matches!(c, ' ' | '\t'))
    }

    /// Indices into `comments` of those that lie within `range`.
    pub fn comments_in(&self, range: TextRange) -> std::ops::Range<usize> {
        let start = self.comments.partition_point(|c| c.start() < range.start());
        let end = self.comments.partition_point(|c| c.start() < range.end());
        start..end.max(start)
    }

    /// The string token that holds `offset`, if any.
    pub fn string_at(&self, offset: TextSize) -> Option<TextRange> {
        let i = self.strings.partition_point(|s| s.end() <= offset);
        self.strings.get(i).copied().filter(|s| s.start() <= offset)
    }
}

fn newline_style(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(i) if text[i..].starts_with("\r\n") => "\r\n",
        Some(i) if text[i..].starts_with('\r') => "\r",
        _ => "\n",
    }
}
