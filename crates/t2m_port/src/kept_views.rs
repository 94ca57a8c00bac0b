//! Views that an object keeps: `self.first = self.x[0]`. One method writes to the tensor, or to the view, and another one reads what PyTorch changed with it.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use crate::cx::Cx;
use crate::{held_views, placed, receiver, views};

/// An attribute of `self` that holds a view of another one.
struct Kept<'a> {
    /// Where it is bound.
    at: &'a ast::Stmt,
    view: &'a str,
    base: Base<'a>,
    /// It is a container that holds the view: `self.rows[i] = self.x[i]`.
    is_item: bool,
    /// It is one whatever the base is, or the base is a tensor: `self.x[i]` may be an item of a list.
    is_certain: bool,
}

#[derive(PartialEq, Eq)]
enum Base<'a> {
    Attribute(&'a str),
    /// What the caller passed: `x` of `self.first = x[0]`.
    Parameter(&'a str),
}

/// An attribute that holds a view of `written`, an attribute of `self` that `at` writes to: where it is bound, and how it is written.
pub(crate) fn stale_view<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let Some(base) = own(written) else { return stale_outside(cx, written) };
    let body = views::enclosing_body(cx, at);
    let (start, end) = (at.range().start(), at.range().end());
    let is_stale = |kept: &Kept<'a>| {
        let taken = kept.at.range();
        let is_here = contains(body, kept.at);
        // `self.x = ...` behind the view is another tensor, and `self.first = ...` behind the write another view.
        let is_apart = is_bound(cx, body, base, at, &|other| other.end() < start && (!is_here || other.start() > taken.end()));
        let is_taken_again = is_bound(cx, body, kept.view, at, &|other| other.start() > end);
        !is_apart && (!is_taken_again || is_in_loop(cx, at))
    };
    let stale = kept(cx, at).into_iter().find(|kept| kept.base == Base::Attribute(base) && is_stale(kept))?;
    Some((stale.at.range(), format!("self.{}", stale.view)))
}

/// Whether a method keeps a view of an attribute of `self` that only arrays have.
pub(crate) fn is_viewed_as_array<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let Some(base) = own(written) else { return false };
    kept(cx, at).into_iter().any(|kept| kept.base == Base::Attribute(base) && kept.is_certain)
}

/// The attribute of which `target`, an attribute of `self` that `at` writes to, is a view: where that is bound, and how the base is written.
pub(crate) fn base<'a>(cx: &Cx<'a>, target: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    base_of(cx, target, false, at)
}

/// The same for an item of `target`: `self.rows[0].add_(1)`.
pub(crate) fn base_of_item<'a>(cx: &Cx<'a>, target: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    base_of(cx, target, true, at)
}

fn base_of<'a>(cx: &Cx<'a>, target: &'a ast::Expr, is_item: bool, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let Some(view) = own(target) else { return base_outside(cx, target, is_item, at) };
    let body = views::enclosing_body(cx, at);
    let is_other = is_bound(cx, body, view, at, &|other| other.end() < at.range().start());
    let lost = kept(cx, at)
        .into_iter()
        .find(|kept| kept.view == view && kept.is_item == is_item && kept.is_certain && (!is_other || contains(body, kept.at)))?;
    let base = match lost.base {
        Base::Attribute(base) => format!("self.{base}"),
        Base::Parameter(base) => base.to_owned(),
    };
    Some((lost.at.range(), base))
}

/// All of them in the class around a place.
fn kept<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> Vec<Kept<'a>> {
    let class = cx.ancestors(Node::Expr(at)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(class),
        _ => None,
    });
    class.map(|class| kept_in(cx, class)).unwrap_or_default()
}

/// The views that the object keeps to which an attribute belongs, and the object: `row.view` of a class of the same file.
fn kept_outside<'a>(cx: &Cx<'a>, member: &'a ast::Expr) -> Option<(&'a ast::ExprAttribute, Vec<Kept<'a>>)> {
    let member = member.as_attribute_expr()?;
    let Kind::Instance(class) = cx.kind(&member.value) else { return None };
    let statements = cx.shared.survey.class_statements(cx.id).iter();
    let family: Vec<_> = receiver::family(cx, class).collect();
    let kept = statements.filter(|(own, _)| family.contains(own)).flat_map(|(_, class)| kept_in(cx, class)).collect();
    Some((member, kept))
}

/// `grid.cells += 1` of a class with `self.row = self.cells[i]`
fn stale_outside<'a>(cx: &Cx<'a>, written: &'a ast::Expr) -> Option<(TextRange, String)> {
    let (member, kept) = kept_outside(cx, written)?;
    let stale = kept.into_iter().find(|kept| kept.base == Base::Attribute(&member.attr))?;
    Some((stale.at.range(), format!("{}.{}", cx.source(&*member.value), stale.view)))
}

/// `grid.row += 1` of such a class
fn base_outside<'a>(cx: &Cx<'a>, target: &'a ast::Expr, is_item: bool, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let (member, kept) = kept_outside(cx, target)?;
    let mut is_other = false;
    node::statements(views::enclosing_body(cx, at), &mut |stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return };
        is_other |= assign.range.end() < at.range().start() && assign.targets.iter().any(|own| cx.source(own) == cx.source(target));
    });
    if is_other {
        return None;
    }
    kept.into_iter().find_map(|kept| match kept.base {
        Base::Attribute(base) if kept.view == member.attr.as_str() && kept.is_item == is_item && kept.is_certain => {
            Some((kept.at.range(), format!("{}.{base}", cx.source(&*member.value))))
        }
        _ => None,
    })
}

fn kept_in<'a>(cx: &Cx<'a>, class: &'a ast::StmtClassDef) -> Vec<Kept<'a>> {
    let mut found = Vec::new();
    for method in &class.body {
        let ast::Stmt::FunctionDef(method) = method else { continue };
        node::statements(&method.body, &mut |stmt| {
            placed::placed(cx, stmt, &mut |placed| {
                let base = own(placed.holder).and_then(|view| Some((view, base_in(cx, method, placed.value)?)));
                found.extend(base.map(|(view, (base, is_certain))| Kept { at: stmt, view, base, is_item: true, is_certain }));
            });
            for (target, value) in held_views::stored(stmt).filter(|(_, _, is_items)| !is_items).map(|(target, value, _)| (target, value)) {
                let items = written_items(value).into_iter().flatten().filter(|_| !target.is_tuple_expr());
                for (view, item) in items.filter_map(|item| Some((own(target)?, item))) {
                    let base = base_in(cx, method, item).filter(|(base, _)| *base != Base::Attribute(view));
                    found.extend(base.map(|(base, is_certain)| Kept { at: stmt, view, base, is_item: true, is_certain }));
                }
                for view in targets(target) {
                    let viewed = viewed(cx, value);
                    // `self.h, self.c = self.state`
                    let rows = || (target.is_tuple_expr() && cx.kind(value).is_tensor()).then_some((value, true));
                    let base = viewed.or_else(rows).and_then(|(base, is_certain)| Some((held_by(method, base)?, is_certain)));
                    let base = base.filter(|(base, _)| *base != Base::Attribute(view));
                    found.extend(base.map(|(base, is_certain)| Kept { at: stmt, view, base, is_item: false, is_certain }));
                }
            }
        });
    }
    found
}

/// `x[0]` and `x[1]` of `[x[0], x[1]]` and of `{"a": x[0], "b": x[1]}`
fn written_items(value: &ast::Expr) -> Option<&[ast::Expr]> {
    match value {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => Some(elts),
        ast::Expr::Dict(e) => Some(&e.values),
        _ => None,
    }
}

/// What a value may be a view of, and whether it is one for certain.
fn viewed<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<(&'a ast::Expr, bool)> {
    let base = views::base(cx, value)?;
    let is_certain = cx.kind(base).is_tensor() || views::is_explicit(cx, value);
    let may_be_one =
        matches!(value, ast::Expr::Subscript(item) if cx.kind(base).is_unknown() && !matches!(cx.kind(&item.slice), Kind::Str));
    (is_certain || may_be_one).then_some((base, is_certain))
}

/// What a value is a view of, in a method.
fn base_in<'a>(cx: &Cx<'a>, method: &'a ast::StmtFunctionDef, value: &'a ast::Expr) -> Option<(Base<'a>, bool)> {
    viewed(cx, value).and_then(|(base, is_certain)| Some((held_by(method, base)?, is_certain)))
}

fn held_by<'a>(method: &'a ast::StmtFunctionDef, base: &'a ast::Expr) -> Option<Base<'a>> {
    let kept = own(base).or_else(|| stored_as(&method.body, base)).map(Base::Attribute);
    kept.or_else(|| passed(method, base).map(Base::Parameter))
}

/// The attributes of `self` among what is bound: `h` and `c` of `self.h, self.c = ...`
fn targets(target: &ast::Expr) -> Vec<&str> {
    match target {
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            elts.iter().filter_map(own).collect()
        }
        target => own(target).into_iter().collect(),
    }
}

/// `x` of `self.x`
fn own(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Attribute(attribute) if views::is_same_name(&attribute.value, "self") => Some(&attribute.attr),
        _ => None,
    }
}

/// A parameter that still is what the caller passed.
fn passed<'a>(method: &ast::StmtFunctionDef, base: &'a ast::Expr) -> Option<&'a str> {
    let ast::Expr::Name(name) = base else { return None };
    (receiver::has_parameter(method, &name.id) && views::bindings(&method.body, &name.id).is_empty()).then_some(name.id.as_str())
}

/// The attribute in which a function keeps what a name of it holds: `self.x = x`.
fn stored_as<'a>(body: &'a [ast::Stmt], base: &ast::Expr) -> Option<&'a str> {
    let ast::Expr::Name(name) = base else { return None };
    let mut stored = None;
    node::statements(body, &mut |stmt| {
        if let ast::Stmt::Assign(assign) = stmt
            && views::is_same_name(&assign.value, &name.id)
        {
            stored = stored.or_else(|| assign.targets.iter().find_map(own));
        }
    });
    stored
}

/// Whether a function that comes to `at` always binds `self.name` at such a place.
fn is_bound<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, at: &'a ast::Expr, is_there: &dyn Fn(TextRange) -> bool) -> bool {
    let mut bound = false;
    node::statements(body, &mut |stmt| {
        let binds = matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(|target| targets(target).contains(&name)));
        let always = || cx.parent(stmt).is_some_and(|up| cx.ancestors(Node::Expr(at)).any(|around| around.is(up)));
        bound |= binds && is_there(stmt.range()) && always();
    });
    bound
}

fn is_in_loop<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> bool {
    let mut within =
        cx.ancestors(Node::Expr(at)).take_while(|up| !matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))));
    within.any(|up| matches!(up, Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_))))
}

fn contains(body: &[ast::Stmt], stmt: &ast::Stmt) -> bool {
    body.iter().any(|own| own.range().contains_range(stmt.range()))
}
