//! Where a name that a region without gradients reads has its value from, by the statements that run before the reading: a name that is bound again
//! stands for another tensor afterwards.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node::suites;

use super::Region;
use super::made_before::parts_within;
use crate::cx::Cx;
use crate::rules::is_off_at;
use crate::rules::kept_values::KEEPERS;
use crate::{receiver, views};

/// How many names are followed, one after the other.
pub(super) const DEEPEST: usize = 4;

/// What gave a name its value.
pub(super) enum Source<'a> {
    /// What the function is given, or computed with gradients.
    Outside,
    /// A statement without gradients, and the value that it binds. Of `for t in [h, h * 2]` the list.
    Bound(&'a ast::Stmt, &'a ast::Expr),
}

/// Whether all ways through some statements bind the name.
#[derive(PartialEq, Eq)]
enum Flow {
    Done,
    GoesOn,
    Open,
}

/// All that a name may have its value from; `None` if that is open.
pub(super) fn sources<'a>(cx: &Cx<'a>, region: &Region<'a>, read: &'a ast::Expr, name: &str) -> Option<Vec<Source<'a>>> {
    let stmt = cx.statement(read)?;
    if cx.ancestors(Node::Expr(read)).take_while(|up| !up.is(Node::Stmt(stmt))).any(|up| binds_within(up, name)) {
        return None;
    }
    let mut found = Vec::new();
    let mut inner = stmt;
    for up in cx.ancestors(Node::Stmt(stmt)) {
        let Node::Stmt(around) = up else { continue };
        let suite = suites(around).into_iter().find(|suite| holds(suite, inner));
        match before(cx, suite.unwrap_or_default(), inner, name, &mut found) {
            Flow::Done => return Some(found),
            Flow::Open => return None,
            Flow::GoesOn => {}
        }
        match around {
            ast::Stmt::FunctionDef(_) => {
                let is_own = region.function.is_some_and(|function| std::ptr::eq(function, around));
                // A name of the function's own that no branch has bound is none from outside.
                if found.is_empty() || around.as_function_def_stmt().is_some_and(|def| receiver::has_parameter(def, name)) {
                    found.push(Source::Outside);
                }
                return is_own.then_some(found);
            }
            ast::Stmt::For(walk) if views::is_same_name(&walk.target, name) && stores(around, name) == 1 && !is_in(&walk.orelse, inner) => {
                let is_display = matches!(&*walk.iter, ast::Expr::List(_) | ast::Expr::Tuple(_));
                found.push(bound(cx, around, &walk.iter));
                return is_display.then_some(found);
            }
            ast::Stmt::If(_) | ast::Stmt::With(_) if !binds_in_head(around, name) => {}
            _ if stores(around, name) == 0 => {}
            _ => return None,
        }
        inner = around;
    }
    match before(cx, &cx.file.suite, inner, name, &mut found) {
        Flow::Done => {}
        Flow::GoesOn => found.push(Source::Outside),
        Flow::Open => return None,
    }
    region.function.is_none().then_some(found)
}

fn holds(suite: &[ast::Stmt], stmt: &ast::Stmt) -> bool {
    suite.iter().any(|own| std::ptr::eq(own, stmt))
}

fn is_in(suite: &[ast::Stmt], stmt: &ast::Stmt) -> bool {
    suite.iter().any(|own| own.range().contains_range(stmt.range()))
}

fn before<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], stmt: &'a ast::Stmt, name: &str, found: &mut Vec<Source<'a>>) -> Flow {
    let at = suite.iter().position(|own| std::ptr::eq(own, stmt)).unwrap_or(0);
    through(cx, &suite[..at], name, found)
}

/// What some statements leave the name bound to.
fn through<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], name: &str, found: &mut Vec<Source<'a>>) -> Flow {
    for stmt in suite.iter().rev() {
        let flow = match stmt {
            ast::Stmt::Assign(assign) => {
                let mut pair = assign.targets.iter().flat_map(|target| views::pairs_of(target, &assign.value));
                match pair.rfind(|(target, _)| views::is_same_name(target, name)) {
                    Some((_, value)) if stores(stmt, name) == 1 => {
                        found.push(bound(cx, stmt, value));
                        Flow::Done
                    }
                    _ if stores(stmt, name) > 0 => Flow::Open,
                    _ => Flow::GoesOn,
                }
            }
            ast::Stmt::AnnAssign(assign) if views::is_same_name(&assign.target, name) => match &assign.value {
                Some(value) => {
                    found.push(bound(cx, stmt, value));
                    Flow::Done
                }
                None => Flow::GoesOn,
            },
            ast::Stmt::With(with) if !binds_in_head(stmt, name) => through(cx, &with.body, name, found),
            ast::Stmt::If(choice) if stores(stmt, name) > 0 && !binds_in_head(stmt, name) => {
                let flows = [branch(cx, &choice.body, name, found), branch(cx, &choice.orelse, name, found)];
                match flows {
                    [Flow::Open, _] | [_, Flow::Open] => Flow::Open,
                    [Flow::Done, Flow::Done] => Flow::Done,
                    _ => Flow::GoesOn,
                }
            }
            // Another variable of that name.
            ast::Stmt::FunctionDef(def) if def.name.as_str() != name && !cx.source(stmt).contains("nonlocal") => Flow::GoesOn,
            _ if stores(stmt, name) > 0 => Flow::Open,
            _ => Flow::GoesOn,
        };
        if flow != Flow::GoesOn {
            return flow;
        }
    }
    Flow::GoesOn
}

/// The same for a branch, which may leave the function instead.
fn branch<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], name: &str, found: &mut Vec<Source<'a>>) -> Flow {
    match suite.last() {
        Some(ast::Stmt::Return(_) | ast::Stmt::Raise(_)) => Flow::Done,
        Some(ast::Stmt::Break(_) | ast::Stmt::Continue(_)) => Flow::Open,
        _ => through(cx, suite, name, found),
    }
}

fn bound<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> Source<'a> {
    if is_off_at(cx, value) { Source::Bound(stmt, value) } else { Source::Outside }
}

fn binds_within(up: Node<'_>, name: &str) -> bool {
    let generators = match up {
        Node::Expr(ast::Expr::Lambda(_)) => return true,
        Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
        Node::Expr(ast::Expr::SetComp(e)) => &e.generators,
        Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
        Node::Expr(ast::Expr::DictComp(e)) => &e.generators,
        Node::Expr(named @ ast::Expr::NamedExpr(_)) => return count(Node::Expr(named), name) > 0,
        _ => return false,
    };
    generators.iter().any(|generator| views::binds(&generator.target, name))
}

/// Whether the line of a compound statement binds the name: `with a as y`, `if y := f():`.
fn binds_in_head(stmt: &ast::Stmt, name: &str) -> bool {
    stores(stmt, name) > suites(stmt).into_iter().flatten().map(|own| stores(own, name)).sum()
}

/// How often a statement binds the name.
pub(super) fn stores(stmt: &ast::Stmt, name: &str) -> usize {
    count(Node::Stmt(stmt), name)
}

fn count(node: Node<'_>, name: &str) -> usize {
    let mut found = 0;
    node.walk(&mut |node| {
        found += usize::from(matches!(node, Node::Expr(ast::Expr::Name(own)) if own.id.as_str() == name && !own.ctx.is_load()));
    });
    found
}

/// What the sources of a name stand for: tensors from outside, and values that are computed without gradients.
pub(super) struct Origins {
    pub(super) keeps: bool,
    pub(super) computes: bool,
}

pub(super) fn origins<'a>(cx: &Cx<'a>, region: &Region<'a>, sources: &[Source<'a>], depth: usize) -> Origins {
    let mut all = Origins { keeps: false, computes: false };
    for source in sources {
        match source {
            Source::Outside => all.keeps = true,
            Source::Bound(_, value) => {
                let (kept, computed) = parts_within(cx, region, value, depth);
                all.keeps |= !kept.is_empty();
                all.computes |= computed.iter().any(|part| super::wrapper(cx, part).is_some());
            }
        }
    }
    all
}

/// Whether a statement gives a name both, and the region hands that name on: then what it computes loses its gradient right here.
pub(in crate::rules) fn hands_on<'a>(cx: &Cx<'a>, region: &Region<'a>, stmt: &'a ast::Stmt, targets: &[&'a ast::Expr]) -> bool {
    let Some(function) = region.function else { return false };
    targets.iter().filter_map(|target| named(target)).any(|name| {
        handed(cx, region, function, name, DEEPEST).into_iter().any(|read| {
            let Some(sources) = sources(cx, region, read, name) else { return false };
            let is_source = |source: &Source<'a>| matches!(source, Source::Bound(own, _) if std::ptr::eq(*own, stmt));
            sources.iter().any(is_source) && {
                let Origins { keeps, computes } = origins(cx, region, &sources, DEEPEST);
                keeps && computes
            } || filled(cx, region, read, name).is_some_and(|filled| filled.iter().any(|(own, _)| std::ptr::eq(*own, stmt)))
        })
    })
}

/// `y` of `y = h` and of `y["a"] = h`, and of a tuple the first that is handed on.
fn named(target: &ast::Expr) -> Option<&str> {
    match target {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Subscript(item) => named(&item.value),
        _ => None,
    }
}

/// Where a region without gradients gives a name on as it is: by `return`, within what it returns, to an attribute or a list, or to another name that leaves it.
fn handed<'a>(cx: &Cx<'a>, region: &Region<'a>, function: &'a ast::Stmt, name: &str, depth: usize) -> Vec<&'a ast::Expr> {
    let mut found: Vec<(&'a ast::Expr, &'a [ast::Expr])> = Vec::new();
    Node::Stmt(function).walk(&mut |node| {
        let (value, targets): (_, &'a [ast::Expr]) = match node {
            Node::Stmt(ast::Stmt::Return(ret)) => (ret.value.as_deref(), &[]),
            Node::Stmt(ast::Stmt::Assign(assign)) => (Some(&*assign.value), &assign.targets),
            Node::Stmt(ast::Stmt::AnnAssign(assign)) => (assign.value.as_deref(), std::slice::from_ref(&*assign.target)),
            Node::Stmt(ast::Stmt::AugAssign(assign)) => (Some(&*assign.value), std::slice::from_ref(&*assign.target)),
            Node::Stmt(ast::Stmt::Expr(statement)) => match &*statement.value {
                ast::Expr::Call(call) => match &*call.func {
                    ast::Expr::Attribute(method) if KEEPERS.contains(&method.attr.as_str()) => {
                        (call.args.last(), std::slice::from_ref(&*method.value))
                    }
                    _ => return,
                },
                ast::Expr::Yield(given) => (given.value.as_deref(), &[]),
                _ => return,
            },
            _ => return,
        };
        let Some(value) = value else { return };
        let mut pending = vec![value];
        while let Some(part) = pending.pop() {
            match super::made_before::items(cx, part) {
                Some(items) => pending.extend(items),
                None if views::is_same_name(part, name) => found.push((part, targets)),
                None => {}
            }
        }
    });
    let leaves = |target: &'a ast::Expr| match target {
        ast::Expr::Name(own) if own.id.as_str() == name => false,
        ast::Expr::Name(own) => {
            super::is_used_outside(cx, region, target)
                || depth.checked_sub(1).is_some_and(|next| !handed(cx, region, function, &own.id, next).is_empty())
        }
        _ => true,
    };
    found.retain(|(read, targets)| is_off_at(cx, read) && (targets.is_empty() || targets.iter().any(leaves)));
    found.into_iter().map(|(read, _)| read).collect()
}

/// Whether a function puts items into what a name stands for.
pub(super) fn is_filled(region: &Region<'_>, name: &str) -> bool {
    let mut found = false;
    let is_name = |value: &ast::Expr| views::is_same_name(value, name);
    region.function.into_iter().for_each(|function| {
        Node::Stmt(function).walk(&mut |node| {
            found |= match node {
                Node::Expr(ast::Expr::Subscript(item)) => !item.ctx.is_load() && is_name(&item.value),
                Node::Expr(ast::Expr::Call(call)) => matches!(&*call.func, ast::Expr::Attribute(method)
                    if is_name(&method.value) && KEEPERS.contains(&method.attr.as_str())),
                _ => false,
            };
        });
    });
    found
}

/// Methods of lists and dictionaries that only read.
const READERS: &[&str] = &["get", "items", "keys", "values", "index", "count", "copy"];

/// What a list or dictionary that a function without gradients makes, fills and returns is filled with, if some of it keeps its gradient and some has none:
/// `out = {}`, `out["p"] = p`, `out["t"] = f(p)`, `return out`.
pub(super) fn filled<'a>(cx: &Cx<'a>, region: &Region<'a>, read: &'a ast::Expr, name: &str) -> Option<Vec<(&'a ast::Stmt, &'a ast::Expr)>> {
    let function = region.function.filter(|_| region.is_function)?;
    if !cx.statement(read)?.is_return_stmt() || stores(function, name) != 1 {
        return None;
    }
    let [Source::Bound(stmt, made)] = &sources(cx, region, read, name)?[..] else { return None };
    if !is_container(cx, made) || receiver::has_parameter(function.as_function_def_stmt()?, name) {
        return None;
    }
    let mut fills = vec![(*stmt, *made)];
    let mut reads: Vec<&'a ast::Expr> = Vec::new();
    Node::Stmt(function).walk(&mut |node| {
        if let Node::Expr(own @ ast::Expr::Name(id)) = node
            && id.id.as_str() == name
            && id.ctx.is_load()
        {
            reads.push(own);
        }
    });
    for own in reads {
        let up = cx.parent(own)?;
        match up {
            _ if is_given_back(cx, own) => {}
            Node::Expr(item @ ast::Expr::Subscript(subscript)) if std::ptr::eq(&*subscript.value, own) => {
                if subscript.ctx.is_load() {
                    continue;
                }
                let stmt = cx.statement(item)?;
                let ast::Stmt::Assign(assign) = stmt else { return None };
                fills.push((stmt, &assign.value));
            }
            Node::Expr(method @ ast::Expr::Attribute(attribute)) => {
                let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(method) else { return None };
                match attribute.attr.as_str() {
                    "append" => fills.push((cx.statement(own)?, call.args.first()?)),
                    name if READERS.contains(&name) => {}
                    _ => return None,
                }
            }
            Node::Expr(ast::Expr::Compare(_)) => {}
            Node::Expr(ast::Expr::Call(call)) if is_plain_function(cx, call) => {}
            _ => return None,
        }
    }
    let (mut keeps, mut computes) = (false, false);
    for (_, value) in &fills {
        let (kept, computed) = parts_within(cx, region, value, DEEPEST - 1);
        keeps |= !kept.is_empty();
        computes |= computed.iter().any(|part| super::wrapper(cx, part).is_some());
    }
    (keeps && (computes || fills.len() > 1)).then_some(fills)
}

/// `return out`, `return {"out": out}, n`
fn is_given_back<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    for up in cx.ancestors(Node::Expr(read)) {
        match up {
            Node::Expr(value) if super::made_before::items(cx, value).is_some() => {}
            up => return matches!(up, Node::Stmt(ast::Stmt::Return(_))),
        }
    }
    false
}

/// `len(out)`
fn is_plain_function(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    matches!(cx.entity(&call.func), Some(t2m_semantic::Entity::Builtin(name)) if crate::gradient_names::is_plain_builtin(name.as_static()))
}

/// `{}`, `[h]`, `dict(a=h)`, `OrderedDict()`
fn is_container(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Dict(_) | ast::Expr::List(_) => true,
        ast::Expr::Call(call) => super::made_before::is_gathering(cx, call, &["dict", "list"]),
        _ => false,
    }
}
