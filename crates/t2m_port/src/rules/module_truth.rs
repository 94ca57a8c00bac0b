//! The truth of a module: PyTorch's are true, MLX's are dicts, and those without arrays are false.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange, TextSize};

use super::{Hook, Rule, Shape, module_evidence};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::{Module, Uses};

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
    let (edits, uses) = Test::of(cx, test)?.written(cx, test);
    Some(StmtClaim::edit(edits).uses(uses))
}

fn expression<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::IfExp(choice) => {
            let (edits, uses) = Test::of(cx, &choice.test)?.written(cx, &choice.test);
            Some(Claim::edit(edits).uses(uses))
        }
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::Not) => match Test::of(cx, &unary.operand)? {
            Test::ForNone => Some(Claim::build(vec![Piece::Expr(&unary.operand, Prec::Compare), Piece::text(" is None")], Prec::Compare)),
            Test::AtRunTime => {
                let (edits, uses) = Test::AtRunTime.written(cx, &unary.operand);
                Some(Claim::edit(edits).uses(uses))
            }
        },
        ast::Expr::BoolOp(operation) => boolean(cx, expr, operation),
        ast::Expr::Call(call) => filtered(cx, call).or_else(|| asked(cx, call)).or_else(|| counted(cx, expr, call)),
        ast::Expr::ListComp(all) => chosen(cx, &all.generators),
        ast::Expr::SetComp(all) => chosen(cx, &all.generators),
        ast::Expr::GeneratorExp(all) => chosen(cx, &all.generators),
        ast::Expr::DictComp(all) => chosen(cx, &all.generators),
        _ => None,
    }
}

/// How the truth of a value is asked where it is, or may be, a module.
#[derive(Clone, Copy)]
enum Test {
    /// `norm is not None`
    ForNone,
    /// `compat.is_true(norm)`: it may also be `False` or anything else.
    AtRunTime,
}

impl Test {
    fn of<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Self> {
        if is_module(cx, value) {
            return Some(Self::ForNone);
        }
        module_evidence::is_called_with_tensor(cx, value).then(|| Self::of_unknown(cx, value))
    }

    /// Of a value that is a module or none, as it seems.
    fn of_unknown<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Self {
        if module_evidence::is_none_else(cx, value) { Self::ForNone } else { Self::AtRunTime }
    }

    fn written<'a>(self, cx: &Cx<'a>, value: &'a ast::Expr) -> (Vec<Edit<'a>>, Uses) {
        match self {
            Self::ForNone if value.is_named_expr_expr() => {
                // `(m := find()) is not None`: behind its own parentheses, where it has them.
                let at = value.range();
                let text = &cx.file.text;
                let is_enclosed = text[..at.start().to_usize()].ends_with('(') && text[at.end().to_usize()..].starts_with(')');
                let edit = if is_enclosed {
                    Edit::text(TextRange::empty(at.end() + TextSize::from(1)), " is not None")
                } else {
                    Edit::new(at, vec![Piece::Expr(value, Prec::BitOr), Piece::text(" is not None")])
                };
                (vec![edit], Uses::default())
            }
            Self::ForNone => (vec![Edit::text(TextRange::empty(value.range().end()), " is not None")], Uses::default()),
            Self::AtRunTime => {
                let (helper, uses) = cx.member(Module::Compat, "is_true");
                let around = value.range();
                let open = Edit::text(TextRange::empty(around.start()), format!("{helper}("));
                (vec![open, Edit::text(TextRange::empty(around.end()), ")")], uses)
            }
        }
    }

    /// The test as pieces, of a value that may be written twice.
    fn pieces<'a>(self, cx: &Cx<'a>, value: &'a ast::Expr) -> (Vec<Piece<'a>>, Uses) {
        match self {
            Self::ForNone => (vec![Piece::Expr(value, Prec::BitOr), Piece::text(" is not None")], Uses::default()),
            Self::AtRunTime => {
                let (helper, uses) = cx.member(Module::Compat, "is_true");
                (vec![Piece::text(format!("{helper}(")), Piece::Expr(value, Prec::Named), Piece::text(")")], uses)
            }
        }
    }
}

/// `bool(self.norm)`
fn asked<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ([module], []) = (&call.args[..], &call.keywords[..]) else { return None };
    (is_builtin(cx, &call.func, "bool") && is_module(cx, module))
        .then(|| Claim::build(vec![Piece::Expr(module, Prec::Compare), Piece::text(" is not None")], Prec::Compare))
}

/// `any(norms)`, `all(m.act for m in blocks)`, `map(bool, norms)`
fn counted<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    if !call.keywords.is_empty() {
        return None;
    }
    let of_all = |items: &'a ast::Expr| [Piece::text("module is not None for module in "), Piece::Expr(items, Prec::Or)];
    match &call.args[..] {
        [items] if is_builtin(cx, &call.func, "any") || is_builtin(cx, &call.func, "all") => match items {
            ast::Expr::GeneratorExp(ast::ExprGeneratorExp { elt, .. }) | ast::Expr::ListComp(ast::ExprListComp { elt, .. }) => {
                is_module(cx, elt).then(|| Claim::edit(vec![is_not_none(elt)]))
            }
            items => items_are_modules(cx, items).then(|| Claim::edit(vec![Edit::new(items.range(), of_all(items).to_vec())])),
        },
        [asks, items] if is_builtin(cx, &call.func, "map") && is_builtin(cx, asks, "bool") && items_are_modules(cx, items) => {
            // The only argument of a call needs no parentheses of its own.
            let is_alone = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(up))) if up.args.len() == 1 && up.keywords.is_empty());
            let [open, close] = if is_alone { ["", ""] } else { ["(", ")"] };
            let mut pieces = vec![Piece::text(open)];
            pieces.extend(of_all(items));
            pieces.push(Piece::text(close));
            Some(Claim::build(pieces, Prec::Atom))
        }
        _ => None,
    }
}

/// `[m for m in (self.conv, self.norm) if m]`
fn chosen<'a>(cx: &Cx<'a>, generators: &'a [ast::Comprehension]) -> Option<Claim<'a>> {
    let (mut edits, mut uses) = (Vec::new(), Uses::default());
    for test in generators.iter().flat_map(|all| &all.ifs) {
        if let Some((edit, used)) = Test::of(cx, test).map(|how| how.written(cx, test)) {
            edits.extend(edit);
            uses.extend(&used);
        }
    }
    (!edits.is_empty()).then(|| Claim::edit(edits).uses(uses))
}

/// `filter(None, [conv, norm, act])` keeps what is true.
fn filtered<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ([chooses, items], []) = (&call.args[..], &call.keywords[..]) else { return None };
    if !is_builtin(cx, &call.func, "filter") || !holds_modules(cx, items) {
        return None;
    }
    match chooses {
        // `filter(lambda m: m, layers)`
        ast::Expr::Lambda(lambda) => {
            let given = lambda.args.args.first().map(|arg| &arg.def.arg);
            let is_same = matches!((&*lambda.body, given), (ast::Expr::Name(body), Some(given)) if body.id == *given);
            is_same.then(|| Claim::edit(vec![is_not_none(&lambda.body)]))
        }
        _ if cx.kind(chooses) == Kind::None || is_builtin(cx, chooses, "bool") => {
            Some(Claim::edit(vec![Edit::text(chooses.range(), "lambda module: module is not None")]))
        }
        _ => None,
    }
}

/// Whether a list has modules among its items. What is not known goes into a container of modules.
fn holds_modules<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> bool {
    let is_module = |item: &ast::Expr| cx.project_facts.is_module(&cx.kind(item));
    let has_module = match items {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().any(is_module),
        items => items_are_modules(cx, items),
    };
    has_module || is_spread_into_container(cx, items)
}

/// Whether a sequence is known to hold modules, or modules and `None`.
fn items_are_modules<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> bool {
    match items {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            let is_none = |item: &ast::Expr| cx.kind(item) == Kind::None;
            elts.iter().all(|item| is_none(item) || is_true(cx, &cx.kind(item))) && !elts.iter().all(is_none)
        }
        items => match cx.kind(items) {
            Kind::List(item) | Kind::Seq(item) | Kind::ModuleList(item) => is_true(cx, &item),
            Kind::Tuple(items) => !items.is_empty() && items.iter().all(|item| is_true(cx, item)),
            Kind::Sequential => true,
            _ => false,
        },
    }
}

fn is_builtin(cx: &Cx<'_>, callee: &ast::Expr, name: &str) -> bool {
    matches!(cx.entity(callee), Some(Entity::Builtin(builtin)) if builtin.as_str() == name)
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
        let (mut edits, mut uses) = (Vec::new(), Uses::default());
        for value in &operation.values {
            if let Some((edit, used)) = Test::of(cx, value).map(|how| how.written(cx, value)) {
                edits.extend(edit);
                uses.extend(&used);
            }
        }
        return (!edits.is_empty()).then(|| Claim::edit(edits).uses(uses));
    }
    // All but the last operand are tested, and one of them is the value.
    let (last, tested) = operation.values.split_last()?;
    let test = |value: &'a ast::Expr| {
        // `norm or nn.Identity()`: what stands for a module is one.
        let is_open = || operation.op == ast::BoolOp::Or && module_evidence::is_open(cx, value) && is_module(cx, last);
        Test::of(cx, value).or_else(|| is_open().then(|| Test::of_unknown(cx, value)))
    };
    match (operation.op, tested) {
        (ast::BoolOp::Or, [value]) if cx.is_simple(value) => {
            let (condition, uses) = test(value)?.pieces(cx, value);
            let mut pieces = vec![Piece::Expr(value, Prec::Or), Piece::text(" if ")];
            pieces.extend(condition);
            pieces.extend([Piece::text(" else "), Piece::Expr(last, Prec::Test)]);
            Some(Claim::build(pieces, Prec::Test).uses(uses))
        }
        _ if tested.iter().any(|value| is_module(cx, value)) => {
            let reason = "the truth of a module decides here: an MLX module without arrays is false";
            Some(Claim::todo(Finding::todo(codes::MODULE_TRUTH, expr.range(), reason)))
        }
        _ => None,
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

/// A module, or a module or None.
fn is_module<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let is_value = match expr {
        ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => cx.entity(expr).is_none(),
        ast::Expr::Call(call) if gets_module(call) => return true,
        ast::Expr::Call(_) | ast::Expr::NamedExpr(_) => true,
        _ => false,
    };
    if !is_value {
        return false;
    }
    is_true(cx, &cx.kind(expr))
}

/// Whether all values of a kind are modules that are true, or `None`. Containers are false when they are empty, in PyTorch and in the port.
fn is_true(cx: &Cx<'_>, kind: &Kind) -> bool {
    match kind {
        Kind::Optional(inner) => is_true(cx, inner),
        Kind::Instance(class) => {
            let base = cx.project_facts.torch_base(*class);
            cx.project_facts.is_module_class(*class)
                && cx.project_facts.lookup_method(*class, "__bool__").is_none()
                && cx.project_facts.lookup_method(*class, "__len__").is_none()
                && !matches!(base, Some("torch.nn.Sequential" | "torch.nn.ModuleList" | "torch.nn.ModuleDict"))
        }
        Kind::Layer(_) | Kind::Module => true,
        _ => false,
    }
}

/// `self._modules.get("norm")`
fn gets_module(call: &ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    method.attr.as_str() == "get" && matches!(&*method.value, ast::Expr::Attribute(held) if held.attr.as_str() == "_modules")
}
