//! Outputs of a model that its loss does not read: `logits, _ = net(x)` or `net(x)[0]`, where `forward` ends with `return self.policy(h), self.value(h)`.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::flow::{self, Flow, Names};
use super::idle;
use super::mentions::Mentions;
use super::sure::Used;
use crate::cx::Cx;

/// Whether an output that is not read on some path is made by layers of its own; `used` is what is read on each.
pub(super) fn are_unread<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    model: &Kind,
    (run, loss): (&'a [ast::Stmt], &'a ast::Expr),
    used: &Used<'a>,
) -> bool {
    let Kind::Instance(class) = model else { return false };
    let Some(forward) = idle::run_methods(cx, &Kind::Instance(*class)).into_iter().find(|def| is_forward_of(cx, *class, def)) else {
        return false;
    };
    let mut returns = Vec::new();
    t2m_syntax::node::statements(&forward.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            returns.push(&**value);
        }
    });
    let [returned] = returns[..] else { return false };
    let given = given(&forward.body, returned);
    let is_by_key = matches!(returned, ast::Expr::DictComp(_));
    if given.len() < 2 && !is_by_key {
        return false;
    }
    let mut reads = Vec::new();
    t2m_syntax::node::statements(run, &mut |stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return };
        let ([target], ast::Expr::Call(call)) = (&assign.targets[..], &*assign.value) else { return };
        if !mentions.is_name(&call.func) {
            return;
        }
        match target {
            ast::Expr::Tuple(targets) if targets.elts.len() == given.len() => {
                let is_read = |target: &ast::Expr| !matches!(target, ast::Expr::Name(name) if !used.contains(&(false, name.id.as_str())));
                reads.push(targets.elts.iter().map(is_read).collect::<Vec<_>>());
            }
            ast::Expr::Name(name) => {
                let is_it = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(own) if own.id == name.id);
                reads.extend(chosen((run, loss), &given, &is_it, &|expr| used.contains(&(false, cx.source(expr)))));
            }
            _ => {}
        }
    });
    // `model(x)[task]`
    let is_run = |expr: &ast::Expr| matches!(expr, ast::Expr::Call(call) if mentions.is_name(&call.func));
    let calls = nodes(run, loss).iter().filter(|expr| is_run(expr)).count();
    let taken = nodes(run, loss).iter().filter(|expr| matches!(expr, ast::Expr::Subscript(e) if is_run(&e.value))).count();
    if taken > 0 && taken == calls {
        reads.extend(chosen((run, loss), &given, &is_run, &|expr| used.contains(&(false, cx.source(expr)))));
    }
    reads.into_iter().any(|are_read| {
        if is_by_key {
            return true;
        }
        let (mut read, mut unread) = (Names::new(), Names::new());
        for ((_, output), is_read) in given.iter().zip(are_read) {
            layers(&forward.body, output, if is_read { &mut read } else { &mut unread });
        }
        unread.difference(&read).next().is_some()
    })
}

/// Which of the outputs are surely read of a value that is only asked for its items; `None` where it is read as a whole.
fn chosen<'a>(
    (run, loss): (&'a [ast::Stmt], &'a ast::Expr),
    given: &[(Key<'a>, &'a ast::Expr)],
    is_it: &dyn Fn(&ast::Expr) -> bool,
    is_used: &dyn Fn(&'a ast::Expr) -> bool,
) -> Option<Vec<bool>> {
    let mut are_read = vec![false; given.len()];
    let mut turns = Names::new();
    t2m_syntax::node::statements(run, &mut |stmt| {
        if let ast::Stmt::For(walk) = stmt {
            flow::targets(&walk.target, &mut turns);
        }
    });
    let (mut reads, mut items) = (0, 0);
    for expr in nodes(run, loss) {
        match expr {
            ast::Expr::Subscript(item) if is_it(&item.value) => {
                items += 1;
                let mut names = Names::new();
                flow::loads(&item.slice, &mut names);
                // All of them, one after the other.
                if names.iter().any(|name| turns.contains(name)) {
                    return None;
                }
                let Some(key) = Key::of(&item.slice, given.len()) else { continue };
                if is_used(expr)
                    && let Some(at) = given.iter().position(|(own, _)| *own == key)
                {
                    are_read[at] = true;
                }
            }
            expr if is_it(expr) && !matches!(expr, ast::Expr::Name(name) if name.ctx.is_store()) => reads += 1,
            _ => {}
        }
    }
    (items > 0 && reads == items).then_some(are_read)
}

/// All expressions of a step.
fn nodes<'a>(run: &'a [ast::Stmt], loss: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for node in run.iter().map(Node::Stmt).chain([Node::Expr(loss)]) {
        node.walk(&mut |node| {
            if let Node::Expr(expr) = node {
                found.push(expr);
            }
        });
    }
    found
}

#[derive(PartialEq)]
enum Key<'a> {
    At(usize),
    Named(&'a str),
}

impl<'a> Key<'a> {
    fn of(index: &'a ast::Expr, len: usize) -> Option<Self> {
        let number = |value: &ast::Expr| match value {
            ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(at), .. }) => at.to_string().parse::<usize>().ok(),
            _ => None,
        };
        match index {
            ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(name), .. }) => Some(Self::Named(name)),
            ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::USub => Some(Self::At(len.checked_sub(number(&e.operand)?)?)),
            _ => Some(Self::At(number(index)?)),
        }
    }
}

/// The single outputs of what a function returns: of a tuple, or of a dict that it writes out or fills by name.
fn given<'a>(body: &'a [ast::Stmt], returned: &'a ast::Expr) -> Vec<(Key<'a>, &'a ast::Expr)> {
    let named = |e: &'a ast::ExprDict| {
        e.keys.iter().zip(&e.values).filter_map(|(key, output)| Some((Key::of(key.as_ref()?, 0)?, output))).collect::<Vec<_>>()
    };
    let mut found = match returned {
        ast::Expr::Tuple(e) => return e.elts.iter().enumerate().map(|(at, output)| (Key::At(at), output)).collect(),
        ast::Expr::Dict(e) => return named(e),
        _ => Vec::new(),
    };
    let ast::Expr::Name(name) = returned else { return found };
    for stmt in body {
        let ast::Stmt::Assign(assign) = stmt else { continue };
        match (&assign.targets[..], &*assign.value) {
            ([ast::Expr::Name(target)], ast::Expr::Dict(e)) if target.id == name.id => found = named(e),
            ([ast::Expr::Subscript(item)], _) if matches!(&*item.value, ast::Expr::Name(own) if own.id == name.id) => {
                found.extend(Key::of(&item.slice, 0).map(|key| (key, &*assign.value)));
            }
            _ => {}
        }
    }
    found
}

fn is_forward_of(cx: &Cx<'_>, class: t2m_semantic::ClassId, def: &ast::StmtFunctionDef) -> bool {
    def.name.as_str() == "forward" && cx.project_facts.class(class).range.contains_range(def.range())
}

/// The attributes of `self` that an output is made by.
fn layers<'a>(body: &'a [ast::Stmt], output: &'a ast::Expr, found: &mut Names<'a>) {
    let mut needed = Names::new();
    flow::loads(output, &mut needed);
    idle::attributes(Node::Expr(output), found);
    for stmt in body.iter().rev().filter(|stmt| !matches!(stmt, ast::Stmt::Return(_))) {
        if Flow::of(std::slice::from_ref(stmt)).bound.intersection(&needed).next().is_some() || calls_on(stmt, &needed) {
            flow::loads_of_stmt(stmt, &mut needed);
            idle::attributes(Node::Stmt(stmt), found);
        }
    }
}

/// `outputs.append(self.out(h))`
fn calls_on(stmt: &ast::Stmt, names: &Names<'_>) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && let ast::Expr::Attribute(method) = &*call.func
        {
            found |= matches!(&*method.value, ast::Expr::Name(name) if names.contains(name.id.as_str()));
        }
    });
    found
}
