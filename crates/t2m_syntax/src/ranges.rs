//! Ranges that the tree does not carry: identifiers, argument separators, brackets, decorated statements.

use ast::Ranged;
use rustpython_ast as ast;

use crate::source::SourceFile;
use crate::{TextRange, TextSize};

fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
}

/// The next offset at or after `offset` that is neither white space, comment nor line continuation.
pub fn skip_trivia(file: &SourceFile, offset: usize) -> usize {
    let bytes = file.text.as_bytes();
    let mut at = offset;
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => at += 1,
            b'\\' if matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) => at += 2,
            b'#' => {
                while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r') {
                    at += 1;
                }
            }
            _ => break,
        }
    }
    at
}

/// Where the trivia before `offset` begins: the end of the last character that is not white space or comment.
pub fn skip_trivia_back(file: &SourceFile, offset: usize) -> usize {
    let bytes = file.text.as_bytes();
    let mut at = offset;
    loop {
        while at > 0 && matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') {
            at -= 1;
        }
        let i = file.comments.partition_point(|c| c.end().to_usize() < at);
        match file.comments.get(i) {
            // Ex) `# ends in \`: no line continuation.
            Some(comment) if comment.end().to_usize() == at && comment.start().to_usize() < at => at = comment.start().to_usize(),
            _ if at > 0 && bytes[at - 1] == b'\\' && matches!(bytes.get(at), Some(b'\n' | b'\r')) => at -= 1,
            _ => return at,
        }
    }
}

/// `masked_fill` of `x.masked_fill`.
pub fn attribute_name(attribute: &ast::ExprAttribute) -> TextRange {
    let end = attribute.range.end().to_usize();
    range(end - attribute.attr.len(), end)
}

/// `dim` of `dim=1`; `None` for `**kwargs`.
pub fn keyword_name(keyword: &ast::Keyword) -> Option<TextRange> {
    let name = keyword.arg.as_ref()?;
    let start = keyword.range.start().to_usize();
    Some(range(start, start + name.len()))
}

/// The name after `def` or `class`.
pub fn definition_name(file: &SourceFile, stmt: &ast::Stmt) -> Option<TextRange> {
    let (name, keywords): (&str, &[&str]) = match stmt {
        ast::Stmt::FunctionDef(s) => (&s.name, &["def"]),
        ast::Stmt::AsyncFunctionDef(s) => (&s.name, &["async", "def"]),
        ast::Stmt::ClassDef(s) => (&s.name, &["class"]),
        _ => return None,
    };
    let mut at = stmt.range().start().to_usize();
    for keyword in keywords {
        at = skip_trivia(file, at);
        at += file.text[at..].strip_prefix(keyword).map(|_| keyword.len())?;
    }
    let at = skip_trivia(file, at);
    file.text[at..].starts_with(name).then(|| range(at, at + name.len()))
}

/// A statement with its decorators: from the first `@`.
pub fn decorated(file: &SourceFile, stmt: &ast::Stmt) -> TextRange {
    let decorators = match stmt {
        ast::Stmt::FunctionDef(s) => &s.decorator_list,
        ast::Stmt::AsyncFunctionDef(s) => &s.decorator_list,
        ast::Stmt::ClassDef(s) => &s.decorator_list,
        _ => return stmt.range(),
    };
    let Some(first) = decorators.first() else { return stmt.range() };
    let mut at = outer_parens(file, first.range()).start().to_usize();
    while at > 0 && file.text.as_bytes()[at - 1] != b'@' {
        at -= 1;
    }
    TextRange::new(TextSize::new(at.saturating_sub(1) as u32), stmt.range().end())
}

/// The offset just after the bracket that closes the one at `open`.
pub fn closing_bracket(file: &SourceFile, open: usize) -> Option<usize> {
    let bytes = file.text.as_bytes();
    let mut depth = 0usize;
    let mut at = open;
    let mut string = file.strings.partition_point(|s| s.end().to_usize() <= open);
    while at < bytes.len() {
        if let Some(token) = file.strings.get(string)
            && token.start().to_usize() == at
        {
            at = token.end().to_usize();
            string += 1;
            continue;
        }
        match bytes[at] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'#' => {
                while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r') {
                    at += 1;
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether `expr` starts with a bracket that closes at its end.
pub fn is_bracketed(file: &SourceFile, expr: TextRange) -> bool {
    matches!(file.text.as_bytes().get(expr.start().to_usize()), Some(b'(' | b'['))
        && closing_bracket(file, expr.start().to_usize()) == Some(expr.end().to_usize())
}

/// `expr` with the parentheses directly around it, if any. The parentheses of a call's only argument count too.
pub fn outer_parens(file: &SourceFile, expr: TextRange) -> TextRange {
    let before = skip_trivia_back(file, expr.start().to_usize());
    let after = skip_trivia(file, expr.end().to_usize());
    let bytes = file.text.as_bytes();
    if before > 0 && bytes[before - 1] == b'(' && bytes.get(after) == Some(&b')') {
        return range(before - 1, after + 1);
    }
    expr
}

/// Whether parentheses stand directly around `expr`.
pub fn is_parenthesized(file: &SourceFile, expr: TextRange) -> bool {
    outer_parens(file, expr) != expr
}

/// `expr` with all of its own parentheses: those of an enclosing call do not count.
pub fn own_parens(file: &SourceFile, expr: &ast::Expr, within: TextRange) -> TextRange {
    let mut inner = whole(file, expr);
    loop {
        let outer = outer_parens(file, inner);
        if outer == inner || outer.start() < within.start() || outer.end() > within.end() {
            return inner;
        }
        inner = outer;
    }
}

/// All of an expression: the parser ends `x := (y)` before the parenthesis.
pub fn whole(file: &SourceFile, expr: &ast::Expr) -> TextRange {
    let ast::Expr::NamedExpr(named) = expr else { return expr.range() };
    let within = range(named.target.range().end().to_usize(), file.text.len());
    TextRange::new(expr.range().start(), own_parens(file, &named.value, within).end())
}

/// From after the opening parenthesis of a call to before the closing one.
pub fn call_arguments(file: &SourceFile, call: &ast::ExprCall) -> Option<TextRange> {
    let end = call.range.end().to_usize();
    let mut open = own_parens(file, &call.func, TextRange::new(call.range.start(), call.range.end())).end().to_usize();
    loop {
        open = skip_trivia(file, open);
        match file.text.as_bytes().get(open)? {
            b'(' if closing_bracket(file, open) == Some(end) => return Some(range(open + 1, end - 1)),
            b')' => open += 1,
            _ => return None,
        }
    }
}

/// The whole of one argument (keyword name and own parentheses included).
pub fn argument(file: &SourceFile, call: &ast::ExprCall, value: &ast::Expr) -> Option<TextRange> {
    let within = call_arguments(file, call)?;
    if let Some(keyword) = call.keywords.iter().find(|keyword| std::ptr::eq(&keyword.value, value)) {
        let value = own_parens(file, value, within);
        return Some(TextRange::new(keyword.range.start(), value.end().max(keyword.range.end())));
    }
    Some(own_parens(file, value, within))
}

/// An argument with one comma beside it, so that deleting the range leaves a well-formed list: the comma (and space) before it,
/// or for a first argument the comma and the space after it.
pub fn argument_with_comma(file: &SourceFile, call: &ast::ExprCall, value: &ast::Expr) -> Option<TextRange> {
    let within = call_arguments(file, call)?;
    let this = argument(file, call, value)?;
    let before = skip_trivia_back(file, this.start().to_usize());
    if before > within.start().to_usize() && file.text.as_bytes()[before - 1] == b',' {
        return Some(range(before - 1, this.end().to_usize()));
    }
    let after = skip_trivia(file, this.end().to_usize());
    if file.text.as_bytes().get(after) == Some(&b',') {
        let next = skip_trivia(file, after + 1).min(within.end().to_usize());
        return Some(range(this.start().to_usize(), next));
    }
    Some(this)
}
