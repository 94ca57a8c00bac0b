//! The model of a step whose optimizer comes from elsewhere: the only module that the statements use.

use std::collections::{BTreeMap, BTreeSet};

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{self, method, walk};
use super::mentions::Mentions;
use super::model::{Scopes, body, has_parameter, is_callee, is_model, is_place};
use crate::cx::Cx;
use crate::sounds::sounds_like_loss;

/// What the statements show.
#[derive(Default)]
struct Used<'a> {
    modules: BTreeSet<&'a str>,
    /// What runs: `self.net` of `self.net(x)`.
    run: BTreeSet<&'a str>,
    /// What runs by a method: `self.net` of `self.net.loss(x)`.
    asked: BTreeSet<&'a str>,
    /// Values that are called, of which nothing else is known.
    unknown: BTreeSet<&'a str>,
    /// The same, by the name of a loss.
    losses: BTreeSet<&'a str>,
}

pub(super) fn model<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, stmts: &'a [ast::Stmt]) -> Result<String, String> {
    let treated = treated_as_modules(cx, scopes.body());
    let used = used(cx, scopes, stmts, &treated);
    let mut models: BTreeSet<&'a str> = BTreeSet::new();
    for module in &used.modules {
        // `self.net`, of `self.net.head.parameters()` beside `self.net(x)`: a part is not what is trained because something is said about it alone.
        let owners = || owners(module);
        let whole = owners().filter(|owner| used.run.contains(owner) || used.modules.contains(owner)).last();
        if whole.is_none() && owners().next().is_some() && !used.run.contains(module) && !used.asked.contains(module) {
            return Err(format!(
                "`{module}` alone is known to be a module, and the optimizer comes from elsewhere: whether it trains no more than that is not known"
            ));
        }
        models.insert(whole.unwrap_or(module));
    }
    if models.is_empty() {
        models = used.run.iter().copied().filter(|text| matches!(*text, "model" | "net" | "network" | "self.model" | "self.net")).collect();
    }
    let one = models.first().copied().filter(|_| models.len() == 1);
    // `self.teacher.eval()` says that it is a module, but not that it is trained.
    if let Some(model) = one
        && treated.get(model) == Some(&false)
        && used.unknown.iter().any(|other| *other != model && !owners(other).any(|owner| owner == model))
    {
        models.extend(&used.unknown);
    }
    if let Some(loss) = used.losses.first().filter(|_| cx.shared.survey.trains_losses() && !models.is_empty()) {
        return Err(format!(
            "the optimizer comes from elsewhere, and some optimizer of the project trains a loss: whether this one trains `{loss}` is not known"
        ));
    }
    match (models.len(), models.first()) {
        (1, Some(model)) => Ok((*model).to_owned()),
        (0, _) => Err("no model is known to be used between the start of the step and here".into()),
        _ => {
            let names: Vec<String> = models.iter().map(|name| format!("`{name}`")).collect();
            Err(format!("{} are used, and the optimizer comes from elsewhere: which of them it trains is not known", names.join(" and ")))
        }
    }
}

/// `self.net.head` and `self.net` of `self.net.head.fc`
fn owners(place: &str) -> impl Iterator<Item = &str> {
    let owners = std::iter::successors(Some(place), |place| place.rsplit_once('.').map(|(owner, _)| owner)).skip(1);
    owners.filter(|owner| *owner != "self")
}

fn used<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, stmts: &'a [ast::Stmt], treated: &BTreeMap<&'a str, bool>) -> Used<'a> {
    let lookup = Mentions::of(cx, scopes, &[]);
    // Attributes of `self` are the same in the methods that the statements call.
    let mut bodies = vec![(stmts, false)];
    let mut visited = BTreeSet::new();
    let mut at = 0;
    while let Some(&(suite, _)) = bodies.get(at) {
        at += 1;
        walk(suite, &mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let ast::Expr::Attribute(_) = &*call.func
                && let Some(def) = lookup.named_function(&call.func)
                && visited.insert(cx.source(&*call.func))
            {
                bodies.push((body(def), true));
            }
        });
    }
    let mut used = Used::default();
    let mut visit = |node: Node<'a>, in_method: bool| {
        let Node::Expr(expr) = node else { return };
        if in_method && !cx.source(expr).starts_with("self.") {
            return;
        }
        if !is_place(expr) || cx.entity(expr).is_some() {
            return;
        }
        let text = cx.source(expr);
        if is_callee(cx, expr) {
            let kind = cx.kind(expr);
            let is_value = match expr {
                ast::Expr::Name(name) => scopes.functions.iter().any(|def| has_parameter(def, &name.id)),
                ast::Expr::Attribute(e) => events::is_name(&e.value, "self") && lookup.named_function(expr).is_none(),
                _ => false,
            };
            if is_value && sounds_like_loss(text) && (kind.is_unknown() || kind == Kind::Module) {
                used.losses.insert(text);
            } else if is_value && kind.is_unknown() {
                used.unknown.insert(text);
            }
            used.run.insert(text);
            if let ast::Expr::Attribute(e) = expr
                && matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if !call.args.is_empty())
            {
                used.asked.insert(cx.source(&*e.value));
            }
        }
        // `criterion.train()`: a loss may be treated as a module, too.
        let is_treated = || treated.contains_key(text) && !cx.project_facts.is_module(&cx.kind(expr)) && !sounds_like_loss(text);
        if !is_part(cx, expr) && (is_model(cx, expr) || is_treated()) {
            used.modules.insert(text);
        }
    };
    for (suite, in_method) in bodies {
        walk(suite, &mut |node| visit(node, in_method));
    }
    used
}

/// Part of a longer chain that is a module itself: `self.net` of `self.net.head`; `self` of `self.net`.
fn is_part<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(up @ ast::Expr::Attribute(_))) if is_model(cx, up))
        || events::is_name(expr, "self") && !is_callee(cx, expr)
}

/// What the function calls `.train()`, `.eval()` or `.parameters()` on; whether more is called than `.eval()`.
fn treated_as_modules<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> BTreeMap<&'a str, bool> {
    let mut found = BTreeMap::new();
    walk(body, &mut |node| {
        let Node::Expr(expr) = node else { return };
        for name in ["train", "eval", "parameters"] {
            if let Some(method) = method(cx, expr, name)
                && method.is_bare()
                && is_place(method.receiver)
                && cx.entity(method.receiver).is_none()
            {
                *found.entry(cx.source(method.receiver)).or_insert(false) |= name != "eval";
            }
        }
    });
    found
}
