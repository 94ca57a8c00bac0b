//! Views that an object keeps: `self.first = self.x[0]`. One method writes to the tensor, or to the view, and another one reads what PyTorch changed with it.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use crate::cx::Cx;
use crate::{held_views, receiver, views};

/// An attribute of `self` that holds a view of another one.
struct Kept<'a> {
    /// Where it is bound.
    at: &'a ast::Stmt,
    view: &'a str,
    base: Base<'a>,
}

#[derive(PartialEq, Eq)]
enum Base<'a> {
    Attribute(&'a str),
    /// What the caller passed: `x` of `self.first = x[0]`.
    Parameter(&'a str),
}

/// An attribute that holds a view of `written`, an attribute of `self` that `at` writes to: where it is bound, and how it is written.
pub(crate) fn stale_view<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let base = own(written)?;
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

/// The attribute of which `target`, an attribute of `self` that `at` writes to, is a view: where that is bound, and how the base is written.
pub(crate) fn base<'a>(cx: &Cx<'a>, target: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let view = own(target)?;
    let body = views::enclosing_body(cx, at);
    let is_other = is_bound(cx, body, view, at, &|other| other.end() < at.range().start());
    let lost = kept(cx, at).into_iter().find(|kept| kept.view == view && (!is_other || contains(body, kept.at)))?;
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
    let mut found = Vec::new();
    for method in class.into_iter().flat_map(|class| &class.body) {
        let ast::Stmt::FunctionDef(method) = method else { continue };
        node::statements(&method.body, &mut |stmt| {
            for (target, value) in
                held_views::stored(stmt).into_iter().filter(|(_, _, is_items)| !is_items).map(|(target, value, _)| (target, value))
            {
                for view in targets(target) {
                    let viewed = views::base(cx, value).filter(|base| cx.kind(base).is_tensor() || views::is_explicit(cx, value));
                    // `self.h, self.c = self.state`
                    let rows = || (target.is_tuple_expr() && cx.kind(value).is_tensor()).then_some(value);
                    let base = viewed.or_else(rows).and_then(|base| {
                        let kept = own(base).or_else(|| stored_as(&method.body, base)).map(Base::Attribute);
                        kept.or_else(|| passed(method, base).map(Base::Parameter))
                    });
                    found.extend(base.filter(|base| *base != Base::Attribute(view)).map(|base| Kept { at: stmt, view, base }));
                }
            }
        });
    }
    found
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
