//! Lists of arrays that have no names here: `[C] + [p for layer in layers for p in layer.parameters()]`, of layers that are plain classes of the project.
//! The list itself says what is trained, `compat.Arrays(*parameters)`; such a model is written `*parameters`.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{self, MethodCall, method};
use super::model::{Scopes, is_extended, is_place};
use super::trained::array;
use crate::cx::Cx;

/// What stands in front of the list.
pub(super) const STAR: char = '*';

/// What such a list is made of: the names through which a program uses its arrays.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) names: Vec<&'a str>,
    /// Whether some arrays come from `parameters()` of an object.
    has_unnamed: bool,
}

/// How the list is written as a model, if it is one.
pub(super) fn model<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, list: &'a ast::Expr) -> Option<String> {
    let text = cx.source(list);
    let is_short = !text.contains('\n') && matches!(list, ast::Expr::Name(_) | ast::Expr::Call(_));
    (is_short && parts(cx, scopes, list).is_some()).then(|| format!("{STAR}{text}"))
}

/// The names in which a model of this kind is found.
pub(super) fn names<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, model: &str) -> Vec<&'a str> {
    let Some(text) = model.strip_prefix(STAR) else { return Vec::new() };
    let mut found = Vec::new();
    for body in scopes.bodies() {
        events::walk(body, &mut |node| {
            if let Node::Expr(expr) = node
                && found.is_empty()
                && cx.source(expr) == text
                && let Some(parts) = parts(cx, scopes, expr)
            {
                found = parts.names;
            }
        });
    }
    found
}

fn parts<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, list: &'a ast::Expr) -> Option<Parts<'a>> {
    let mut parts = Parts::default();
    parts.list(cx, scopes, list, 2)?;
    parts.has_unnamed.then_some(parts)
}

impl<'a> Parts<'a> {
    fn list(&mut self, cx: &Cx<'a>, scopes: &Scopes<'a>, list: &'a ast::Expr, depth: usize) -> Option<()> {
        match list {
            ast::Expr::Name(name) if depth > 0 && matches!(name.ctx, ast::ExprContext::Load) => {
                let [value] = scopes.values(cx, list)[..] else { return None };
                if scopes.bodies().iter().any(|body| is_extended(cx, body, &name.id)) {
                    return None;
                }
                self.names.push(&name.id);
                self.list(cx, scopes, value, depth - 1)
            }
            ast::Expr::BinOp(e) if e.op == ast::Operator::Add => {
                self.list(cx, scopes, &e.left, depth)?;
                self.list(cx, scopes, &e.right, depth)
            }
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().try_for_each(|item| match item {
                    ast::Expr::Starred(e) => self.list(cx, scopes, &e.value, depth),
                    item => {
                        self.names.push(cx.source(array(cx, item)?));
                        Some(())
                    }
                })
            }
            ast::Expr::Call(call) if cx.source(&*call.func) == "list" && call.keywords.is_empty() && call.args.len() == 1 => {
                self.list(cx, scopes, &call.args[0], depth)
            }
            ast::Expr::Call(_) => {
                let object = plain_object(cx, list)?;
                self.names.push(cx.source(object));
                self.has_unnamed = true;
                Some(())
            }
            ast::Expr::ListComp(e) => {
                // `p for layer in layers for p in layer.parameters()`
                let [layers, arrays] = &e.generators[..] else { return None };
                let (ast::Expr::Name(item), ast::Expr::Name(layer), ast::Expr::Name(array)) = (&*e.elt, &layers.target, &arrays.target)
                else {
                    return None;
                };
                let listed = method(cx, &arrays.iter, "parameters").filter(MethodCall::is_bare)?;
                let is_plain = item.id == array.id && events::is_name(listed.receiver, &layer.id);
                if !is_plain || !layers.ifs.is_empty() || !arrays.ifs.is_empty() || !are_plain_objects(cx, scopes, &layers.iter) {
                    return None;
                }
                self.names.push(cx.source(&layers.iter));
                self.has_unnamed = true;
                Some(())
            }
            _ => None,
        }
    }
}

/// `layers` of `layers = [Linear(30, 20), Tanh()]`, of classes of the project.
fn are_plain_objects<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, layers: &'a ast::Expr) -> bool {
    let ast::Expr::Name(_) = layers else { return false };
    match scopes.values(cx, layers)[..] {
        [ast::Expr::List(list)] => !list.elts.is_empty() && list.elts.iter().all(|item| is_plain(cx, item)),
        _ => false,
    }
}

/// `model` of `model.parameters()`, where it is an object of a class of the project that is no module.
pub(super) fn plain_object<'a>(cx: &Cx<'a>, list: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let listed = method(cx, list, "parameters").filter(MethodCall::is_bare)?;
    (is_place(listed.receiver) && is_plain(cx, listed.receiver)).then_some(listed.receiver)
}

fn is_plain(cx: &Cx<'_>, object: &ast::Expr) -> bool {
    matches!(cx.kind(object), Kind::Instance(class) if !cx.project_facts.is_module_class(class)
        && cx.project_facts.lookup_method(class, "parameters").is_some())
}
