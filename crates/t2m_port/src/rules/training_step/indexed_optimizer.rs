//! One of several optimizers by its number or key, made beside the models that they train: `opts = [Adam(m.parameters()) for m in models]`, and
//! `opts[i].step()` in a loop that has the model as `models[i]`, or by a name of its own: `for i, model in enumerate(models)`.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::each_optimizer::{bodies_of, made};
use super::events::{self, argument, is_name};
use super::flow::{self, Flow, Names};
use super::model::{Scopes, Trained, is_optimizer_class, is_own_optimizer, is_place};
use super::trained;
use crate::cx::Cx;

/// `opts[i]`
pub(super) fn is_it(optimizer: &ast::Expr) -> bool {
    matches!(optimizer, ast::Expr::Subscript(item) if is_place(&item.value) && item.slice.is_name_expr())
}

/// The model of `opts[i]`, where the optimizers are made in the order, or under the keys, of their models.
pub(super) fn model<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> Trained {
    found(cx, scopes, optimizer).map_or(Trained::Unknown, |model| Trained::Models(vec![model], Vec::new()))
}

fn found<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> Option<String> {
    let ast::Expr::Subscript(item) = optimizer else { return None };
    let ast::Expr::Name(key) = &*item.slice else { return None };
    let (models, is_keyed) = models_of(cx, made(cx, scopes, &item.value)?)?;
    // A name means the same in the function that makes both; attributes of `self` in all methods.
    let is_local = models.is_name_expr() && item.value.is_name_expr();
    let is_own = |place: &ast::Expr| matches!(place, ast::Expr::Attribute(e) if is_name(&e.value, "self"));
    if !(is_local || is_own(models) && is_own(&item.value)) || !stays(cx, scopes, models) {
        return None;
    }
    let turn = cx.ancestors(Node::Expr(optimizer)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(turn)) if binds(&turn.target, &key.id) => Some(turn),
        _ => None,
    })?;
    if Flow::of(&turn.body).bound.contains(key.id.as_str()) {
        return None;
    }
    let named = named_beside(cx, turn, key, models, is_keyed);
    let item_text = format!("{}[{}]", cx.source(models), key.id);
    let model = match named {
        Some(name) if !Flow::of(&turn.body).bound.contains(name) => name.to_owned(),
        _ => item_text.clone(),
    };
    only_own(cx, scopes, optimizer, models, &item_text)
        .then_some(model)
        .filter(|model| *model == item_text || !mentions(cx, turn, &item_text))
}

/// What the optimizers of a comprehension are made of, one for each, and whether they have its keys.
fn models_of<'a>(cx: &Cx<'a>, made: &'a ast::Expr) -> Option<(&'a ast::Expr, bool)> {
    let (value, generators, key) = match made {
        ast::Expr::ListComp(e) => (&*e.elt, &e.generators, None),
        ast::Expr::DictComp(e) => (&*e.value, &e.generators, Some(&*e.key)),
        _ => return None,
    };
    let [generator] = &generators[..] else { return None };
    let ast::Expr::Call(call) = value else { return None };
    let is_optimizer = cx.qualified(&call.func).is_some_and(is_optimizer_class) || is_own_optimizer(cx, value, call);
    if !generator.ifs.is_empty() || generator.is_async || !is_optimizer {
        return None;
    }
    let trains = |name: &ast::Expr| {
        argument(call, 0, "params")
            .and_then(|params| trained::of(cx, params))
            .is_some_and(|found| found.arrays.is_empty() && matches!(&found.models[..], [one] if one == cx.source(name)))
    };
    match (key, &generator.target, &generator.iter) {
        (None, one @ ast::Expr::Name(_), models) if is_place(models) && trains(one) => Some((models, false)),
        // `for name, model in models.items()`
        (Some(key), ast::Expr::Tuple(pair), ast::Expr::Call(items)) => {
            let [name @ ast::Expr::Name(_), one @ ast::Expr::Name(_)] = &pair.elts[..] else { return None };
            let models = method_of(items, "items")?;
            (cx.source(name) == cx.source(key) && is_place(models) && trains(one)).then_some((models, true))
        }
        _ => None,
    }
}

/// `models` of `models.items()`
fn method_of<'a>(call: &'a ast::ExprCall, name: &str) -> Option<&'a ast::Expr> {
    match &*call.func {
        ast::Expr::Attribute(e) if e.attr.as_str() == name && call.args.is_empty() && call.keywords.is_empty() => Some(&e.value),
        _ => None,
    }
}

/// Whether a list or dictionary of models has the same items where it is made and where it is used.
fn stays<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, models: &'a ast::Expr) -> bool {
    let bodies = bodies_of(scopes, models);
    let is_changed =
        |body: &&'a [ast::Stmt]| super::model::is_extended(cx, body, cx.source(models)) || super::model::stores_anywhere(cx, body, models);
    scopes.values(cx, models).len() <= 1 && !bodies.iter().any(is_changed)
}

fn binds(target: &ast::Expr, name: &str) -> bool {
    let mut names = Names::new();
    flow::targets(target, &mut names);
    names.contains(name)
}

/// The name that a loop gives the model beside its key: `for i, model in enumerate(models)`, `for name, model in models.items()`.
fn named_beside<'a>(cx: &Cx<'a>, turn: &'a ast::StmtFor, key: &ast::ExprName, models: &ast::Expr, is_keyed: bool) -> Option<&'a str> {
    let (ast::Expr::Tuple(pair), ast::Expr::Call(call)) = (&*turn.target, &*turn.iter) else { return None };
    let [first, ast::Expr::Name(model)] = &pair.elts[..] else { return None };
    let over = match is_keyed {
        true => method_of(call, "items")?,
        false if is_name(&call.func, "enumerate") && call.args.len() == 1 && call.keywords.is_empty() => call.args.first()?,
        false => return None,
    };
    (is_name(first, &key.id) && cx.source(over) == cx.source(models)).then_some(model.id.as_str())
}

/// Whether a statement mentions an item by this text.
fn mentions<'a>(cx: &Cx<'a>, turn: &'a ast::StmtFor, item: &str) -> bool {
    let mut found = false;
    events::walk(&turn.body, &mut |node| found |= matches!(node, Node::Expr(expr @ ast::Expr::Subscript(_)) if cx.source(expr) == item));
    found
}

/// Whether the function of a step uses the models as that one item, or to count and go over them: what another of them gives may hold what this one gave.
fn only_own<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr, models: &ast::Expr, item: &str) -> bool {
    let text = cx.source(models);
    // What follows the last turn is none of a step's.
    let turns = scopes.body().iter().find(|stmt| stmt.range().contains_range(optimizer.range())).map(|stmt| stmt.range().end());
    let mut all = true;
    events::walk(scopes.body(), &mut |node| {
        let Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) = node else { return };
        if cx.source(expr) != text || turns.is_some_and(|end| expr.range().start() >= end) {
            return;
        }
        let is_around = |turn: &ast::StmtFor| turn.range.contains_range(optimizer.range());
        let is_header = |turn: &'a ast::StmtFor| is_around(turn) || turn.body.iter().all(only_switches);
        let mut outer = cx.ancestors(Node::Expr(expr));
        all &= match outer.next() {
            Some(Node::Expr(up @ ast::Expr::Subscript(_))) => cx.source(up) == item,
            Some(Node::Expr(ast::Expr::Call(call))) if is_name(&call.func, "len") => true,
            // Stored, or gone over.
            Some(Node::Stmt(ast::Stmt::Assign(s))) => s.targets.iter().any(|target| cx.source(target) == text),
            Some(Node::Stmt(ast::Stmt::For(turn))) => is_header(turn),
            Some(up) => {
                // `enumerate(models)`, `models.items()`, and the comprehension that makes the optimizers.
                std::iter::once(up).chain(outer).any(|up| match up {
                    Node::Stmt(ast::Stmt::For(turn)) => turn.iter.range().contains_range(expr.range()) && is_header(turn),
                    Node::Expr(made) => models_of(cx, made).is_some(),
                    Node::Stmt(_) => false,
                })
            }
            None => false,
        };
    });
    all
}

/// `model.train()`
fn only_switches(stmt: &ast::Stmt) -> bool {
    let ast::Stmt::Expr(s) = stmt else { return false };
    let ast::Expr::Call(call) = &*s.value else { return false };
    matches!(&*call.func, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "train" | "eval" | "to" | "cuda"))
}
