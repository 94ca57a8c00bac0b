//! Replacement fields: new text must not hold the quote of its string, and `{x=}` prints its own source.

use crate::TextRange;
use crate::ranges;
use crate::source::SourceFile;

/// Turns the quotes of new text that stands in the string token at `offset` into ones that are legal there (before Python 3.12, none of the string's own).
pub(crate) fn fit(file: &SourceFile, offset: usize, text: &mut String) {
    let Some(quote) = quote_at(file, offset) else { return };
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
    let literal = file.text[open + 1..end].replace('{', "{{").replace('}', "}}");
    Some(DebugSpecifier { literal, needs_repr: bytes.get(end) == Some(&b'}'), end })
}
