//! A call that goes from the end of a chain: where the chain stands on several lines, the others stay as they are.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Piece, SourceFile, TextRange, TextSize, ranges};

/// The edits that take `.contiguous()` from a chain, if all that is left of the expression is the chain before it.
pub(crate) fn shortened<'a>(file: &SourceFile, whole: TextRange, decision: &Decision<'a>) -> Option<Vec<Edit<'a>>> {
    let Decision::Build(pieces, _) = decision else { return None };
    let [Piece::Expr(rest, _)] = &pieces[..] else { return None };
    if rest.range().start() != whole.start() || !file.slice(whole).contains('\n') {
        return None;
    }
    let (dot, name_end) = last_member(file, rest, whole)?;
    let from = start_of_deletion(file, rest.range().end().to_usize(), dot);
    let has_comment = file.comments.iter().any(|comment| comment.start().to_usize() >= from && comment.end() <= whole.end());
    if has_comment {
        return None;
    }
    let size = |at: usize| TextSize::new(at as u32);
    // The name is a part of what is called, and the arguments are not.
    let parts = [TextRange::new(size(from), size(name_end)), TextRange::new(size(name_end), whole.end())];
    Some(parts.into_iter().filter(|part| !part.is_empty()).map(Edit::delete).collect())
}

/// Where `.name` or `.name(...)` behind `rest` starts, and where the name ends.
fn last_member(file: &SourceFile, rest: &ast::Expr, whole: TextRange) -> Option<(usize, usize)> {
    let dot = ranges::skip_trivia(file, rest.range().end().to_usize());
    let member = file.text.get(dot..whole.end().to_usize())?.strip_prefix('.')?;
    let name_len = member.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(member.len());
    let is_call_or_end = member[name_len..].is_empty() || member[name_len..].starts_with('(') && member.ends_with(')');
    (name_len > 0 && is_call_or_end).then_some((dot, dot + 1 + name_len))
}

/// With the line on which the member stands, if nothing else stands before it there.
fn start_of_deletion(file: &SourceFile, rest_end: usize, dot: usize) -> usize {
    let between = &file.text[rest_end..dot];
    let Some(newline) = between.rfind('\n') else { return rest_end };
    let before = between[..newline].trim_end_matches('\r');
    match before.strip_suffix('\\') {
        Some(before) => rest_end + before.trim_end().len(),
        None => rest_end + before.len(),
    }
}
