//! Replacement fields: new text must not hold the quote of its string, and `{x=}` prints its own source.

use crate::TextRange;
use crate::ranges;
use crate::source::SourceFile;

/// Turns the quotes of new text for the expression at `range`, which stands in a string token, into ones that are legal there:
/// none of the string's own, unless the expression holds them already, which Python 3.12 allows.
pub(crate) fn fit(file: &SourceFile, range: TextRange, text: &mut String) {
    let Some(quote) = quote_at(file, range.start().to_usize()) else { return };
    if file.slice(range).contains(quote) {
        return;
    }
    let other = if quote == '"' { '\'' } else { '"' };
    if text.contains(quote) && !text.contains(other) {
        *text = text.replace(quote, &other.to_string());
    }
}

fn quote_at(file: &SourceFile, offset: usize) -> Option<char> {
    let token = file.string_at((offset as u32).into())?;
    file.slice(token).chars().find(|c| matches!(c, '"' | '\''))
}

/// A self-documenting field, `{x.size(0) = }`.
pub(crate) struct DebugSpecifier {
    /// What the field prints in front of the value.
    pub(crate) literal: String,
    /// The value was printed by `repr`, as no conversion and no format was given.
    pub(crate) needs_repr: bool,
    /// After the `=` and the space that follows it.
    pub(crate) end: usize,
}

pub(crate) fn debug_specifier(file: &SourceFile, expr: TextRange) -> Option<DebugSpecifier> {
    let bytes = file.text.as_bytes();
    let outer = ranges::outer_parens(file, expr);
    let equals = ranges::skip_trivia(file, outer.end().to_usize());
    if bytes.get(equals) != Some(&b'=') || bytes.get(equals + 1) == Some(&b'=') {
        return None;
    }
    let end = ranges::skip_trivia(file, equals + 1);
    let open = file.text[..outer.start().to_usize()].rfind('{')?;
    let literal = literal(file, open, &file.text[open + 1..end]);
    Some(DebugSpecifier { literal, needs_repr: bytes.get(end) == Some(&b'}'), end })
}

/// Source text as a part of the f-string around `offset` that is no field. What Python 3.12 allows in fields alone is escaped.
fn literal(file: &SourceFile, offset: usize, text: &str) -> String {
    let text = text.replace('{', "{{").replace('}', "}}");
    let token = file.string_at((offset as u32).into()).map_or("", |token| file.slice(token));
    // Nothing can be escaped in a raw string: what would need it breaks the law of parsing, and is told.
    let is_raw = token.split(['"', '\'']).next().is_some_and(|prefix| prefix.contains(['r', 'R']));
    if is_raw || token.contains("\"\"\"") || token.contains("'''") {
        return text;
    }
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    match quote_at(file, offset) {
        Some(quote) => text.replace(quote, &format!("\\{quote}")),
        None => text,
    }
}
