//! Statements that change the weights, or which of them are trained: inside of the loss function their effect on the gradients would be another one.

use t2m_semantic::{Entity, FileId, FunctionId};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::called;
use super::events;
use super::flow::{self, Names};
use super::mentions::Mentions;
use super::root_of;
use crate::cx::Cx;
use crate::rules::freeze_loop::switch;
use crate::rules::last_name;
use crate::storage;

/// Methods of modules, PyTorch's and those that people write.
const METHODS: &[&str] = &["load_state_dict", "apply", "requires_grad_", "load", "restore", "copy_to", "store"];
const STEMS: &[&str] = &["freeze", "unfreeze", "reset_parameters", "init_weights", "_init_weights", "set_requires_grad", "toggle_grad"];

/// Whether a statement changes weights of the model.
pub(super) fn changed<'a>(mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt) -> bool {
    let cx = mentions.cx;
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| match node {
        // `for p in model.parameters(): p.requires_grad = False`
        Node::Stmt(ast::Stmt::For(s)) if mentions.in_expr(&s.iter) => {
            let parts = names_of_parts(mentions, s);
            found |= s.body.iter().any(|stmt| changes_place(stmt, &|place| parts.contains(root_of(cx, place))));
        }
        Node::Expr(ast::Expr::Call(call)) => found |= is_change(mentions, call),
        _ => {}
    });
    found || changes_place(stmt, &|place| mentions.is_below(place) && mentions.in_place(place))
}

/// What a loop over parts of the model binds to them. What it walks beside is none of them, where no gradient goes on from the parts into it:
/// `for p, slow in zip(model.parameters(), ema.parameters()): slow.data.mul_(0.9).add_(p.data, alpha=0.1)`
fn names_of_parts<'a>(mentions: &Mentions<'_, 'a>, turn: &'a ast::StmtFor) -> Names<'a> {
    let cx = mentions.cx;
    let mut parts = Names::new();
    if let (ast::Expr::Tuple(targets), ast::Expr::Call(call)) = (&*turn.target, &*turn.iter)
        && let Some(Entity::Builtin(name)) = cx.entity(&call.func)
        && name == "zip"
        && targets.elts.len() == call.args.len()
        && !call.args.iter().chain(&targets.elts).any(ast::Expr::is_starred_expr)
    {
        let own = targets.elts.iter().zip(&call.args).filter(|(_, walked)| mentions.in_expr(walked));
        own.for_each(|(target, _)| flow::targets(target, &mut parts));
        let is_detached = |name: &'a ast::Expr| matches!(cx.parent(name), Some(Node::Expr(ast::Expr::Attribute(e))) if matches!(e.attr.as_str(), "data" | "detach"));
        let mut are_detached = true;
        events::walk(&turn.body, &mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(name)) = node
                && parts.contains(name.id.as_str())
            {
                are_detached &= is_detached(expr);
            }
        });
        if are_detached {
            return parts;
        }
    }
    flow::targets(&turn.target, &mut parts);
    parts
}

/// `model.load_state_dict(state)`, `freeze(model)`, `self.freeze_body()`, `nn.init.zeros_(model.fc.bias)`
fn is_change<'a>(mentions: &Mentions<'_, 'a>, call: &'a ast::ExprCall) -> bool {
    let cx = mentions.cx;
    let takes_model = || call.args.iter().any(|arg| mentions.in_expr(arg));
    if cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.nn.init.")) {
        return takes_model();
    }
    match &*call.func {
        ast::Expr::Attribute(e) => {
            let name = e.attr.as_str();
            let of_model = mentions.is_below(&e.value);
            // What gives a value may be the forward pass itself.
            let is_alone = name == "load_state_dict" || mentions.is_statement(call);
            of_model && (METHODS.contains(&name) && is_alone || has_stem(name))
                || of_model
                    && mentions.is_statement(call)
                    && match called::definition(cx, call) {
                        Some((def, _)) => changes_parameters(def),
                        None => cx.shared.only_changes_parameters(name),
                    }
                || !of_model && has_stem(name) && (takes_model() || mentions.is_on_self(&e.value) && !switches_others(mentions, call))
        }
        ast::Expr::Name(name) => {
            takes_model()
                && (has_stem(&name.id)
                    || mentions.named_function(&call.func).is_some_and(sets_requires_grad)
                    || mentions.is_statement(call) && writes_weights(cx, (cx.id, &call.func), &mut Vec::new()))
        }
        _ => false,
    }
}

/// `self.set_requires_grad([self.netD_A, self.netD_B], False)`: it is told what it switches, and that is no part of the model.
fn switches_others<'a>(mentions: &Mentions<'_, 'a>, call: &'a ast::ExprCall) -> bool {
    let is_attribute = |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(e) if events::is_name(&e.value, "self"));
    let is_told = match call.args.first() {
        Some(ast::Expr::List(list)) => !list.elts.is_empty() && list.elts.iter().all(is_attribute),
        Some(first) => is_attribute(first),
        None => false,
    };
    is_told && mentions.named_function(&call.func).is_none_or(|def| !mentions.in_stmt(def))
}

/// Whether a method changes parameters of its module, or which of them are trained; other attributes of `self` may be values of the forward pass.
fn changes_parameters(def: &ast::StmtFunctionDef) -> bool {
    let is_array = |place: &ast::Expr| matches!(place, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "data" | "weight" | "bias"));
    let mut found = false;
    node::statements(&def.body, &mut |stmt| {
        found |= switch(stmt).is_some() || changes_place(stmt, &is_array);
        let ast::Stmt::For(walk) = stmt else { return };
        let ast::Expr::Call(call) = &*walk.iter else { return };
        if last_name(&call.func).is_some_and(|name| matches!(name, "parameters" | "named_parameters")) {
            let mut parts = Names::new();
            flow::targets(&walk.target, &mut parts);
            found |= walk.body.iter().any(|stmt| changes_place(stmt, &|place| base(place).is_some_and(|name| parts.contains(name))));
        }
    });
    found
}

fn sets_requires_grad(def: &ast::Stmt) -> bool {
    changes_place(def, &|place| matches!(place, ast::Expr::Attribute(e) if e.attr.as_str() == "requires_grad"))
}

/// Whether a name stands for a function of the project that fills or changes weights of a model that it is given, itself or through others, in whatever file.
fn writes_weights<'a>(cx: &Cx<'a>, (file, name): (FileId, &ast::Expr), visited: &mut Vec<FunctionId>) -> bool {
    let Some(Entity::Function(id)) = cx.project_facts.file(file).entity(name) else { return false };
    if visited.contains(id) {
        return false;
    }
    visited.push(*id);
    let function = cx.project_facts.function(*id);
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let mut parts: Names<'_> = def.args.args.iter().map(|arg| arg.def.arg.as_str()).collect();
    let mut writes = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            // `p` of `for name, p in model.named_parameters()`
            Node::Stmt(ast::Stmt::For(s)) if is_part(&s.iter, &parts) => flow::targets(&s.target, &mut parts),
            Node::Expr(ast::Expr::ListComp(e)) => {
                let loops = e.generators.iter().filter(|one| is_part(&one.iter, &parts));
                let targets: Vec<_> = loops.map(|one| &one.target).collect();
                targets.into_iter().for_each(|target| flow::targets(target, &mut parts));
            }
            Node::Expr(ast::Expr::Call(call)) => {
                let takes_part = || call.args.iter().any(|arg| is_part(arg, &parts));
                writes |= match &*call.func {
                    // `model.apply(init)`, `layer.reset_parameters()`
                    ast::Expr::Attribute(e) if is_part(&e.value, &parts) => METHODS.contains(&e.attr.as_str()) || has_stem(&e.attr),
                    // `nn.init.zeros_(layer.bias)`
                    func if last_name(func).is_some_and(storage::is_in_place) => call.args.first().is_some_and(|arg| is_part(arg, &parts)),
                    func => takes_part() && writes_weights(cx, (function.file, func), visited),
                };
            }
            _ => {}
        });
    }
    let is_gradient = |place: &ast::Expr| matches!(place, ast::Expr::Attribute(e) if e.attr.as_str() == "grad");
    writes || def.body.iter().any(|stmt| changes_place(stmt, &|place| !is_gradient(place) && is_part(place, &parts)))
}

fn is_part(expr: &ast::Expr, parts: &Names<'_>) -> bool {
    base(expr).is_some_and(|name| parts.contains(name))
}

fn has_stem(name: &str) -> bool {
    STEMS.iter().any(|stem| name.starts_with(stem))
}

/// The name that an expression starts with: `model` of `model.layers[0].parameters()`, `enumerate(model.layers)`.
pub(super) fn base(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(e) => base(&e.value),
        ast::Expr::Subscript(e) => base(&e.value),
        ast::Expr::Call(e) => match &*e.func {
            ast::Expr::Name(_) => e.args.first().and_then(base),
            func => base(func),
        },
        _ => None,
    }
}

/// Whether the statement assigns below a place, or calls a method in place on it.
pub(super) fn changes_place(stmt: &ast::Stmt, is_place: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Stmt(ast::Stmt::AugAssign(s)) => found |= is_place(&s.target),
        Node::Expr(expr @ ast::Expr::Attribute(e)) if matches!(e.ctx, ast::ExprContext::Store) => found |= is_place(expr),
        Node::Expr(expr @ ast::Expr::Subscript(e)) if matches!(e.ctx, ast::ExprContext::Store) => found |= is_place(expr),
        Node::Expr(ast::Expr::Call(call)) => {
            if let ast::Expr::Attribute(method) = &*call.func {
                let name = method.attr.as_str();
                found |= name.ends_with('_') && !name.ends_with("__") && is_place(&method.value);
            }
        }
        _ => {}
    });
    found
}
