//! `install_requires=["torch>=1.8", ...]` of a `setup.py`: its strings are entries of a dependency file, and change as those do.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange, TextSize};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::dependencies::{Distributions, Fate, Requirement, oldest_python, without_item};
use crate::finding::Finding;

pub(super) const RULE: Rule = Rule {
    name: "setup-requirements",
    doc: include_str!("setup_requirements.md"),
    hook: Hook::Expr(&[Shape::Constant, Shape::Other], requirements),
};

const SETUP: [&str; 2] = ["setuptools.setup", "distutils.core.setup"];

fn requirements<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if !SETUP.iter().any(|name| cx.mentions(name)) {
        return None;
    }
    match expr {
        ast::Expr::Constant(constant) => python(cx, expr, constant.value.as_str()?),
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => list(cx, expr, elts),
        _ => None,
    }
}

fn list<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, items: &'a [ast::Expr]) -> Option<Claim<'a>> {
    if !holds_requirements(cx, expr) {
        return None;
    }
    let known = Distributions::builtin();
    let (mut edits, mut findings) = (Vec::new(), Vec::new());
    for item in items {
        let Some((start, text)) = literal(cx, item) else { continue };
        let Some(requirement) = Requirement::parse(text) else { continue };
        let part = |at: usize| start + TextSize::new(u32::try_from(at).unwrap_or_default());
        let at = TextRange::new(part(requirement.range.start), part(requirement.range.end));
        let entry = cx.file.slice(at);
        match known.fate(&requirement.name) {
            Fate::Replaced => {
                let new = known.requirement(requirement.is_bound());
                findings.push(Finding::note(codes::DEPENDENCY, at, format!("`{entry}` is `{new}` in the port")));
                edits.push(Edit::text(at, new));
            }
            Fate::Dropped => {
                let whole = without_item(&cx.file.text, item.range().into());
                let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
                findings.push(Finding::note(codes::DEPENDENCY, at, format!("`{entry}` is not needed in the port")));
                edits.push(Edit::text(TextRange::new(size(whole.start), size(whole.end)), ""));
            }
            Fate::NeedsTorch | Fate::Kept => {}
        }
    }
    if edits.is_empty() {
        return None;
    }
    Some(findings.into_iter().fold(Claim::edit(edits), Claim::finding))
}

/// Whether a list stands where `setup` takes requirements, or under a name that says so.
fn holds_requirements<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    for up in cx.ancestors(Node::Expr(expr)) {
        match up {
            Node::Expr(ast::Expr::Call(call)) => {
                let is_setup = cx.qualified(&call.func).is_some_and(|name| SETUP.contains(&name));
                let keyword = call.keywords.iter().find(|keyword| keyword.value.range().contains_range(expr.range()));
                let name = keyword.and_then(|keyword| keyword.arg.as_ref()).map_or("", |name| name.as_str());
                return is_setup && matches!(name, "install_requires" | "extras_require" | "setup_requires" | "tests_require");
            }
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                let is_told = |name: &str| ["requir", "depend", "install", "extra"].iter().any(|word| name.to_lowercase().contains(word));
                return assign.targets.iter().any(|target| is_told(cx.source(target)));
            }
            Node::Stmt(_) => return false,
            Node::Expr(_) => {}
        }
    }
    false
}

/// `python_requires=">=3.8"`, where MLX needs a later one.
fn python<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, specifier: &str) -> Option<Claim<'a>> {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return None };
    let is_asked = |keyword: &ast::Keyword| keyword.value.range() == expr.range() && keyword.arg.as_deref() == Some("python_requires");
    if !call.keywords.iter().any(is_asked) || !cx.qualified(&call.func).is_some_and(|name| SETUP.contains(&name)) {
        return None;
    }
    let wanted = &Distributions::builtin().mlx.python;
    let oldest = oldest_python(specifier)?;
    let least: u32 = wanted.rsplit('.').next()?.parse().ok()?;
    let (start, text) = literal(cx, expr).filter(|(_, text)| *text == specifier)?;
    if oldest.minor >= least || !cx.text_has("torch") {
        return None;
    }
    let new = format!("{}{wanted}{}", &text[..oldest.range.start], &text[oldest.range.end..]);
    let at = TextRange::at(start, TextSize::of(text));
    Some(Claim::edit(vec![Edit::text(at, new)]).finding(Finding::note(codes::DEPENDENCY, at, format!("MLX needs Python {wanted}"))))
}

/// A string without prefix and escapes, and where its text starts.
fn literal<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(TextSize, &'a str)> {
    let ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(value), .. }) = expr else { return None };
    let source = cx.source(expr);
    let text = source.get(1..source.len() - 1)?;
    (source.starts_with(['"', '\'']) && text == value).then_some((expr.range().start() + TextSize::new(1), text))
}
