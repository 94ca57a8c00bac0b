//! `out = self.relu(x)` with `nn.ReLU(inplace=True)` changes `x`, too, which the rest of the function may read. MLX's layers change nothing.

use t2m_semantic::{ClassId, FileFacts};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::survey::Store;
use crate::{receiver, views};

pub(super) const RULE: Rule = Rule { name: "inplace-layer", doc: include_str!("inplace_layer.md"), hook: Hook::Expr(&[Shape::Call], call) };

fn call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(layer) = &*call.func else { return None };
    let [argument @ ast::Expr::Name(name)] = &call.args[..] else { return None };
    let class = receiver::self_class(cx, &layer.value)?;
    let how = receiver::family(cx, class).find_map(|class| in_place(cx, class, &layer.attr))?;
    let stmt = cx.statement(expr)?;
    let stored = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target @ ast::Expr::Name(_)] if std::ptr::eq(&*assign.value, expr) => Some(target),
            _ => None,
        },
        _ => None,
    };
    if stored.is_some_and(|target| views::is_same_name(target, &name.id)) {
        return None;
    }
    let leaves = matches!(stmt, ast::Stmt::Return(_))
        || matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(|t| views::is_same_name(t, &name.id)));
    let alias = views::alias_read_after(cx, name, argument);
    if alias.is_none() && !is_read_beside(cx, stmt, argument, name) && (leaves || !views::read_after(cx, name, argument)) {
        return None;
    }
    if stored.is_some() && alias.is_none() && how == InPlace::Layer {
        let at = TextRange::empty(expr.range().start());
        return Some(Claim::edit(vec![Edit::text(at, format!("{} = ", name.id))]));
    }
    let read = alias.unwrap_or(name.id.as_str());
    let reason = format!(
        "`{}` changes `{}` in place, and `{read}` is read beside or afterwards; MLX gives a new array",
        cx.snippet(&*call.func),
        name.id
    );
    let help = format!("store the result in `{}` first, if the change is meant", name.id);
    Some(Claim::todo(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help(help)))
}

/// What changes the input of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InPlace {
    /// The layer itself: `nn.ReLU(inplace=True)`.
    Layer,
    /// The first layer of an `nn.Sequential`.
    First,
}

/// How the layer changes its input that the class itself makes of an attribute.
fn in_place(cx: &Cx<'_>, class: ClassId, name: &str) -> Option<InPlace> {
    let facts = cx.project_facts.file(cx.project_facts.class(class).file);
    cx.shared.survey.stores(cx.project_facts, class, name).iter().find_map(|store| match store {
        Store::Whole(ast::Expr::Call(call)) => changes_input(facts, call),
        _ => None,
    })
}

fn changes_input(facts: &FileFacts, call: &ast::ExprCall) -> Option<InPlace> {
    let is_true = |value: &ast::Expr| matches!(value, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true));
    if call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("inplace") && is_true(&kw.value)) {
        return Some(InPlace::Layer);
    }
    match (facts.qualified(&call.func)?, call.args.first()?) {
        ("torch.nn.ReLU" | "torch.nn.ReLU6" | "torch.nn.SELU" | "torch.nn.SiLU" | "torch.nn.Hardswish", first) => {
            is_true(first).then_some(InPlace::Layer)
        }
        ("torch.nn.Sequential", ast::Expr::Call(first)) => changes_input(facts, first).map(|_| InPlace::First),
        _ => None,
    }
}

/// Whether the statement reads the values of the name elsewhere: `x + self.relu(x)`.
fn is_read_beside<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, argument: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let mut found = false;
    if !t2m_syntax::node::suites(stmt).is_empty() {
        return false;
    }
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(read @ ast::Expr::Name(other)) = node {
            let is_other = other.id == name.id && other.ctx.is_load() && read.range() != argument.range();
            found |= is_other && !asks_for_shape(cx, read) && !is_done(cx, read, argument);
        }
    });
    found
}

/// Ex) `x.shape`, `x.size(0)`
fn asks_for_shape<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    matches!(cx.parent(read), Some(Node::Expr(ast::Expr::Attribute(attribute)))
        if matches!(attribute.attr.as_str(), "shape" | "size" | "dtype" | "device" | "ndim" | "dim"))
}

/// Whether a call has taken the value before the argument is evaluated: `self.fc(x) + self.relu(x)`.
fn is_done<'a>(cx: &Cx<'a>, read: &'a ast::Expr, argument: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(read)).any(|up| matches!(up, Node::Expr(ast::Expr::Call(call)) if call.range.end() <= argument.range().start()))
}
