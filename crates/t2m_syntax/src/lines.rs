//! What stands on the lines around a statement.

use crate::TextSize;
use crate::source::SourceFile;

/// What follows a statement on its last line.
pub(crate) struct LineRest {
    /// Before the line break: after a trailing comment.
    pub(crate) end: usize,
    /// After the line break.
    pub(crate) next: usize,
    /// Another statement follows on this line.
    pub(crate) shared: bool,
}

pub(crate) fn skip_spaces(file: &SourceFile, at: usize) -> usize {
    let rest = &file.text[at.min(file.text.len())..];
    at + (rest.len() - rest.trim_start_matches([' ', '\t', '\u{c}']).len())
}

pub(crate) fn line_rest(file: &SourceFile, at: usize) -> LineRest {
    let text = &file.text;
    let after = skip_spaces(file, at);
    let shared = !matches!(text.as_bytes().get(after), None | Some(b'\n' | b'\r' | b'#'));
    let end = text[after..].find(['\n', '\r']).map_or(text.len(), |i| after + i);
    let next = if text[end..].starts_with("\r\n") { end + 2 } else { (end + 1).min(text.len()) };
    LineRest { end, next, shared }
}

/// The offset after the `;` that may stand behind the last statement of a suite; nothing but a comment follows it.
pub(crate) fn skip_semicolon(file: &SourceFile, at: usize) -> usize {
    let semicolon = skip_spaces(file, at);
    if file.text.as_bytes().get(semicolon) == Some(&b';') { semicolon + 1 } else { at }
}

/// The offset after the line at `at`, if it is blank.
pub(crate) fn blank_line(file: &SourceFile, at: usize) -> Option<usize> {
    let rest = line_rest(file, at);
    (at < file.text.len() && file.text[at..rest.end].trim().is_empty()).then_some(rest.next)
}

/// Whether a statement stands on the line of its suite's header: `if a: b`.
pub(crate) fn follows_header(file: &SourceFile, start: TextSize) -> bool {
    const HEADERS: [&str; 14] =
        ["async", "case", "class", "def", "elif", "else", "except", "finally", "for", "if", "match", "try", "while", "with"];
    let line = file.logical_line(start);
    let text = &file.text[line.to_usize()..start.to_usize()];
    let word = text.find(|c: char| !c.is_alphanumeric() && c != '_').map_or(text, |end| &text[..end]);
    line != start && HEADERS.contains(&word)
}

/// Whether a text is nothing but comments and blank lines.
pub(crate) fn is_code_free(text: &str) -> bool {
    text.split(['\n', '\r']).all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}

pub(crate) fn ends_with_blank_line(text: &str) -> bool {
    ["\n\n", "\r\n\r\n", "\r\r"].iter().any(|end| text.ends_with(end))
}

/// The start of the line of `first`, or of the comment lines directly above it.
pub(crate) fn leading_comments(file: &SourceFile, first: TextSize) -> usize {
    let mut line = file.lines.line(first);
    let mut start = line;
    while line > 0 {
        let (from, to) = (file.lines.line_start(line - 1).to_usize(), file.lines.line_start(line).to_usize());
        let text = file.text[from..to].trim();
        line -= 1;
        if text.starts_with('#') && file.string_at(TextSize::new(from as u32)).is_none() {
            start = line;
        } else if !text.is_empty() {
            break;
        }
    }
    file.lines.line_start(start).to_usize()
}
