//! `model.state_dict()` of a model that `nn.DataParallel` wrapped: PyTorch's keys begin with `module.`, and in a port nothing wraps the model.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::parallel_wrapper::makes_wrapper;
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::survey::Store;
use crate::{receiver, views};

pub(super) const RULE: Rule =
    Rule { name: "parallel-keys", doc: include_str!("parallel_keys.md"), hook: Hook::Expr(&[Shape::Call], keyed) };

fn keyed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let prefix = match method.attr.as_str() {
        "state_dict" => "module.",
        "named_parameters" | "named_buffers" => "module",
        "load_state_dict" => "",
        _ => return None,
    };
    let model = &*method.value;
    if !is_wrapped(cx, model) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, &method.attr);
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(model, Prec::Named)];
    match (&call.args[..], &call.keywords[..]) {
        ([], []) if !prefix.is_empty() => pieces.push(Piece::text(format!(", prefix=\"{prefix}\")"))),
        ([state], _) if prefix.is_empty() => {
            let (without, more) = cx.member(Module::Compat, "without_module_prefix");
            let after = TextRange::new(call.func.end(), state.start());
            let edits = vec![
                Edit { range: TextRange::new(call.start(), call.func.end()), pieces: vec![Piece::text(helper)] },
                Edit {
                    range: after,
                    pieces: vec![Piece::text("("), Piece::Expr(model, Prec::Named), Piece::text(format!(", {without}("))],
                },
                Edit::text(TextRange::empty(state.end()), ")"),
            ];
            return Some(Claim::edit(edits).uses(uses).uses(more));
        }
        _ => return None,
    }
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Whether the model is wrapped in any case: where a condition asks for several devices, who runs the port has one.
fn is_wrapped<'a>(cx: &Cx<'a>, model: &'a ast::Expr) -> bool {
    match model {
        ast::Expr::Name(name) => {
            let body = views::enclosing_body(cx, model);
            let own = views::bindings(body, &name.id);
            let is_own = !own.is_empty() || receiver::is_parameter_around(cx, model, &name.id);
            let all = if is_own { own } else { views::bindings(&cx.file.suite, &name.id) };
            match all.iter().rfind(|(at, _)| !is_own || at.range().end() <= model.start()) {
                Some((at @ Node::Stmt(ast::Stmt::Assign(_)), value)) => makes_wrapper(cx, value) && is_done(cx, *at, model),
                _ => false,
            }
        }
        ast::Expr::Attribute(held) => {
            let Some(class) = receiver::self_class(cx, &held.value) else { return false };
            let stores = cx.shared.survey.stores(class, held.attr.as_str());
            !stores.is_empty() && stores.iter().all(|store| matches!(store, Store::Whole(value) if makes_wrapper(cx, value)))
        }
        model => makes_wrapper(cx, model),
    }
}

/// Whether a statement stands under no condition that the use does not stand under.
fn is_done<'a>(cx: &Cx<'a>, at: Node<'a>, used: &'a ast::Expr) -> bool {
    match cx.parent(at) {
        Some(Node::Stmt(ast::Stmt::If(_) | ast::Stmt::Try(_) | ast::Stmt::Match(_))) => false,
        Some(Node::Stmt(up @ (ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::With(_)))) => up.range().contains_range(used.range()),
        _ => true,
    }
}
