//! `nn.ModuleList(blocks)` copies what it gets into a list of its own. A list needs no copy; a tuple would hide its modules from MLX.
//! Where the project tells lists from it, and where it is or may be empty and would be missed, it is a class of its own.

use rustc_hash::FxHashSet;
use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, node};

use super::Call;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::rules::last_name;
use crate::{receiver, told_lists};

pub(super) fn module_list<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let modules = call.argument("modules");
    let target = target(cx, call.call);
    let is_told = cx.shared.survey.told_lists().everywhere
        || may_be_empty(cx, call.call, modules)
        || target.is_some_and(|target| told_lists::is_told(cx, target) || is_empty(modules) && stays_empty(cx, target));
    if is_told {
        let (class, uses) = cx.member(Module::Compat, "ModuleList");
        return Ok(Some(Claim::edit(vec![Edit::text(call.call.func.range(), class)]).uses(uses)));
    }
    Ok(match modules {
        None | Some(ast::Expr::List(_) | ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_)) => None,
        Some(ast::Expr::Constant(_)) => None,
        Some(modules) if matches!(cx.kind(modules), Kind::List(_)) => None,
        Some(modules) => Some(Claim::build(vec![Piece::text("list("), Piece::Expr(modules, Prec::Named), Piece::text(")")], Prec::Atom)),
    })
}

/// The attribute that it is assigned to, also as one of two choices.
fn target<'a>(cx: &Cx<'a>, made: &'a ast::ExprCall) -> Option<&'a ast::ExprAttribute> {
    let mut around = cx.ancestors(Node::Expr(&made.func)).skip(1).skip_while(|up| matches!(up, Node::Expr(ast::Expr::IfExp(_))));
    let Some(Node::Stmt(stmt)) = around.next() else { return None };
    match receiver::assignment(stmt)? {
        (ast::Expr::Attribute(target), _) => Some(target),
        _ => None,
    }
}

fn is_empty(modules: Option<&ast::Expr>) -> bool {
    modules.is_none_or(|modules| matches!(modules, ast::Expr::List(list) if list.elts.is_empty()))
}

/// Whether nothing else is ever put into the attribute: an empty list would be no child of an MLX module.
fn stays_empty<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute) -> bool {
    let (name, survey) = (target.attr.as_str(), &cx.shared.survey);
    receiver::self_class(cx, &target.value).is_some_and(|class| survey.stores(class, name).len() == 1 && !survey.grows_outside(name))
}

/// Whether it may have no module when the program runs, as far as the project writes it out: with `depth=0`, `nn.ModuleList([nn.Linear(2, 2) for _ in range(depth)])`.
fn may_be_empty<'a>(cx: &Cx<'a>, made: &'a ast::ExprCall, modules: Option<&'a ast::Expr>) -> bool {
    let Some(zero) = &cx.shared.survey.told_lists().counted else { return false };
    match modules.filter(|modules| !matches!(modules, ast::Expr::List(list) if list.elts.is_empty())) {
        None => !is_filled(cx, made, zero),
        Some(modules) => may_lack_items(modules, zero),
    }
}

type Names<'a> = FxHashSet<&'a str>;

/// Ex) `range(depth)`, `range(depth - 1)`, `zip(sizes[:-1], sizes[1:])`, `[f(i) for i in sizes]`
fn may_lack_items(expr: &ast::Expr, zero: &Names<'_>) -> bool {
    match expr {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().all(|item| matches!(item, ast::Expr::Starred(inner) if may_lack_items(&inner.value, zero)))
        }
        ast::Expr::ListComp(ast::ExprListComp { generators, .. }) | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. }) => {
            generators.iter().any(|part| !part.ifs.is_empty() || may_lack_items(&part.iter, zero))
        }
        ast::Expr::Subscript(item) => matches!(&*item.slice, ast::Expr::Slice(_)),
        ast::Expr::BinOp(e) => match e.op {
            ast::Operator::Sub | ast::Operator::FloorDiv => true,
            ast::Operator::Add => may_lack_items(&e.left, zero) && may_lack_items(&e.right, zero),
            _ => may_lack_items(&e.left, zero) || may_lack_items(&e.right, zero),
        },
        ast::Expr::Call(call) => match (last_name(&call.func), &call.args[..]) {
            (Some("range"), [start, stop, ..]) if is_number(start) && is_number(stop) => false,
            (Some("range"), [start, _, ..]) if !matches!(start, ast::Expr::Constant(c) if c.value.as_int().is_some_and(|n| *n == 0.into())) => {
                true
            }
            (Some("range"), [_, counted] | [counted]) => may_lack_items(counted, zero),
            (Some("enumerate" | "reversed" | "zip" | "list" | "len"), items) => items.iter().any(|items| may_lack_items(items, zero)),
            _ => false,
        },
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => last_name(expr).is_some_and(|name| zero.contains(name)),
        ast::Expr::Constant(c) => c.value.as_int().is_some_and(|n| *n == 0.into()),
        _ => false,
    }
}

fn is_number(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(_))
}

/// Whether the statements behind the one that makes it put something into it: `blocks.append(block)`, alone or in a loop that turns.
fn is_filled<'a>(cx: &Cx<'a>, made: &'a ast::ExprCall, zero: &Names<'_>) -> bool {
    let Some(Node::Stmt(stmt)) = cx.ancestors(Node::Expr(&made.func)).nth(1) else { return false };
    let Some((target, _)) = receiver::assignment(stmt) else { return false };
    let around = cx.ancestors(Node::Stmt(stmt)).find_map(|up| if let Node::Stmt(up) = up { Some(node::suites(up)) } else { None });
    let suites = around.unwrap_or_else(|| vec![&cx.file.suite]);
    let holds = |suite: &&&'a [ast::Stmt]| suite.iter().any(|one| std::ptr::eq(one, stmt));
    suites.iter().find(holds).is_some_and(|suite| fills(cx, suite, cx.source(target), zero))
}

fn fills<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], target: &str, zero: &Names<'_>) -> bool {
    suite.iter().any(|stmt| match stmt {
        ast::Stmt::Expr(e) => match &*e.value {
            ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method)
                if matches!(method.attr.as_str(), "append" | "insert" | "extend") && cx.source(&*method.value) == target),
            _ => false,
        },
        ast::Stmt::AugAssign(more) => cx.source(&*more.target) == target,
        ast::Stmt::For(turns) => !may_lack_items(&turns.iter, zero) && fills(cx, &turns.body, target, zero),
        ast::Stmt::If(choice) => fills(cx, &choice.body, target, zero) && fills(cx, &choice.orelse, target, zero),
        ast::Stmt::With(with) => fills(cx, &with.body, target, zero),
        _ => false,
    })
}
