//! The truth of a module: PyTorch's are true, MLX's are dicts, and those without arrays are false.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) const STMT: Rule = Rule { name: "module-truth", doc: include_str!("module_truth.md"), hook: Hook::Stmt(statement) };
pub(super) const EXPR: Rule = Rule {
    name: "module-truth",
    doc: include_str!("module_truth.md"),
    hook: Hook::Expr(&[Shape::Call, Shape::Operation, Shape::Other], expression),
};

fn statement<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let test = match stmt {
        ast::Stmt::If(s) => &*s.test,
        ast::Stmt::While(s) => &*s.test,
        ast::Stmt::Assert(s) => &*s.test,
        _ => return None,
    };
    is_module(cx, test).then(|| StmtClaim::edit(vec![is_not_none(test)]))
}

fn expression<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::IfExp(choice) if is_module(cx, &choice.test) => Some(Claim::edit(vec![is_not_none(&choice.test)])),
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::Not) && is_module(cx, &unary.operand) => {
            Some(Claim::build(vec![Piece::Expr(&unary.operand, Prec::Compare), Piece::text(" is None")], Prec::Compare))
        }
        ast::Expr::BoolOp(operation) => boolean(cx, expr, operation),
        ast::Expr::Call(call) => filtered(cx, call).or_else(|| asked(cx, call)),
        ast::Expr::ListComp(all) => chosen(cx, &all.generators),
        ast::Expr::SetComp(all) => chosen(cx, &all.generators),
        ast::Expr::GeneratorExp(all) => chosen(cx, &all.generators),
        ast::Expr::DictComp(all) => chosen(cx, &all.generators),
        _ => None,
    }
}

/// `bool(self.norm)`
fn asked<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ([module], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let is_bool = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "bool");
    (is_bool && is_module(cx, module))
        .then(|| Claim::build(vec![Piece::Expr(module, Prec::Compare), Piece::text(" is not None")], Prec::Compare))
}

/// `[m for m in (self.conv, self.norm) if m]`
fn chosen<'a>(cx: &Cx<'a>, generators: &'a [ast::Comprehension]) -> Option<Claim<'a>> {
    let edits: Vec<_> = generators.iter().flat_map(|all| &all.ifs).filter(|test| is_module(cx, test)).map(is_not_none).collect();
    (!edits.is_empty()).then(|| Claim::edit(edits))
}

/// `filter(None, [conv, norm, act])` keeps what is true.
fn filtered<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ([none, items], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let is_filter = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "filter");
    if !is_filter || cx.kind(none) != Kind::None || !holds_modules(cx, items) {
        return None;
    }
    Some(Claim::edit(vec![Edit::text(none.range(), "lambda module: module is not None")]))
}

/// Whether a list has modules among its items. What is not known goes into a container of modules.
fn holds_modules<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> bool {
    let is_module = |kind: Kind| match kind {
        Kind::Optional(inner) => cx.project_facts.is_module(&inner),
        kind => cx.project_facts.is_module(&kind),
    };
    let has_module = match items {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().any(|item| is_module(cx.kind(item)))
        }
        _ => matches!(cx.kind(items), Kind::List(item) | Kind::Seq(item) if is_module(*item)),
    };
    has_module || is_spread_into_container(cx, items)
}

/// `nn.Sequential(*filter(None, items))`, `nn.ModuleList(filter(None, items))`
fn is_spread_into_container<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> bool {
    let container =
        cx.ancestors(Node::Expr(items)).skip(1).find(|node| !matches!(node, Node::Expr(ast::Expr::Starred(_) | ast::Expr::List(_))));
    let Some(Node::Expr(ast::Expr::Call(call))) = container else { return false };
    cx.qualified(&call.func).is_some_and(|name| matches!(name, "torch.nn.Sequential" | "torch.nn.ModuleList"))
}

fn boolean<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, operation: &'a ast::ExprBoolOp) -> Option<Claim<'a>> {
    if is_tested(cx, expr) {
        let edits: Vec<_> = operation.values.iter().filter(|value| is_module(cx, value)).map(is_not_none).collect();
        return (!edits.is_empty()).then(|| Claim::edit(edits));
    }
    // All but the last operand are tested, and one of them is the value.
    let (last, tested) = operation.values.split_last()?;
    if !tested.iter().any(|value| is_module(cx, value)) {
        return None;
    }
    match (operation.op, tested) {
        (ast::BoolOp::Or, [value]) if cx.is_simple(value) => {
            let pieces = vec![
                Piece::Expr(value, Prec::Or),
                Piece::text(" if "),
                Piece::Expr(value, Prec::BitOr),
                Piece::text(" is not None else "),
                Piece::Expr(last, Prec::Test),
            ];
            Some(Claim::build(pieces, Prec::Test))
        }
        _ => {
            let reason = "the truth of a module decides here: an MLX module without arrays is false";
            Some(Claim::todo(Finding::todo(codes::MODULE_TRUTH, expr.range(), reason)))
        }
    }
}

fn is_not_none<'a>(expr: &'a ast::Expr) -> Edit<'a> {
    Edit::text(TextRange::empty(expr.range().end()), " is not None")
}

/// Whether only the truth of the expression counts.
fn is_tested<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Stmt(ast::Stmt::If(_) | ast::Stmt::While(_))) => true,
        Some(Node::Stmt(ast::Stmt::Assert(s))) => std::ptr::eq(&*s.test, expr),
        Some(Node::Expr(ast::Expr::IfExp(choice))) => std::ptr::eq(&*choice.test, expr),
        Some(Node::Expr(ast::Expr::UnaryOp(unary))) => matches!(unary.op, ast::UnaryOp::Not),
        Some(Node::Expr(parent @ ast::Expr::BoolOp(_))) => is_tested(cx, parent),
        _ => false,
    }
}

/// A module, or a module or None. Containers are false when they are empty, in PyTorch and in the port.
fn is_module<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    if !matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)) || cx.entity(expr).is_some() {
        return false;
    }
    let kind = match cx.kind(expr) {
        Kind::Optional(inner) => *inner,
        kind => kind,
    };
    match kind {
        Kind::Instance(class) => {
            let base = cx.project_facts.torch_base(class);
            cx.project_facts.is_module_class(class)
                && cx.project_facts.lookup_method(class, "__bool__").is_none()
                && cx.project_facts.lookup_method(class, "__len__").is_none()
                && !matches!(base, Some("torch.nn.Sequential" | "torch.nn.ModuleList" | "torch.nn.ModuleDict"))
        }
        Kind::Layer(_) | Kind::Module => true,
        _ => false,
    }
}
