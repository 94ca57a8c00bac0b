//! `self.head.weight = self.emb.weight`: one parameter under two names.

use t2m_semantic::{Entity, FileFacts, Kind, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::module_array::is_option;
use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "tied-weight", doc: include_str!("tied_weight.md"), hook: Hook::Stmt(tie) };

fn tie<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let ast::Stmt::Expr(s) = stmt
        && let ast::Expr::Call(call) = &*s.value
    {
        return by_name(cx, call);
    }
    if let Some(finding) = shares_memory(cx, stmt) {
        return Some(StmtClaim::todo(finding));
    }
    let (target, value) = tied(cx.facts, stmt)?;
    let todo = |reason: &str| Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)));
    let (Some((root, target)), Some((source_root, source))) = (path(target), path(value)) else {
        return todo("weights are tied under computed names: use `compat.tie_weights(module, target, source)`");
    };
    let root = name_of(root);
    if root != name_of(source_root) {
        return todo("weights of two modules are tied: use `compat.tie_weights` on a module that holds both");
    }
    let (helper, uses) = cx.member(Module::Compat, "tie_weights");
    let text = format!("{helper}({root}, \"{target}\", \"{source}\")");
    Some(StmtClaim::replace(vec![Piece::text(text)]).uses(uses))
}

/// `a.weight = b.weight`: the two sides.
fn tied<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target @ ast::Expr::Attribute(to)] = &assign.targets[..] else { return None };
    let value @ ast::Expr::Attribute(from) = &*assign.value else { return None };
    let is_weight = |name: &str| matches!(name, "weight" | "bias");
    let kind = facts.fact(value).kind;
    let may_tie = kind == Kind::Parameter || is_weight(&to.attr) && is_weight(&from.attr);
    (may_tie && (kind.is_unknown() || kind.is_tensor())).then_some((target, value))
}

/// `self.dec.weight = nn.Parameter(self.enc.weight.t())`: a parameter of its own on the memory of another that the module keeps.
fn shares_memory<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let ([target @ ast::Expr::Attribute(_)], ast::Expr::Call(call)) = (&assign.targets[..], &*assign.value) else { return None };
    if !cx.is_qualified(&call.func, "torch.nn.Parameter") {
        return None;
    }
    let made_of = call.args.first()?;
    let source = crate::views::base(cx, made_of).unwrap_or(made_of);
    let is_parameter = matches!(source, ast::Expr::Attribute(from) if matches!(from.attr.as_str(), "weight" | "bias"))
        || cx.kind(source) == Kind::Parameter;
    let ((root, to), (source_root, from)) = (path(target)?, path(source)?);
    // What the module gets in the place of the old one is held once.
    let is_kept = name_of(root) == "self" && name_of(source_root) == "self" && to != from && !from.is_empty();
    (is_parameter && is_kept).then(|| {
        let reason = format!(
            "in PyTorch `{}` lies in the memory of `{}`: an update of one changes the other",
            cx.snippet(target),
            cx.snippet(source)
        );
        let help = "compute it from the other in `__call__`, or tie it with `compat.tie_weights`";
        Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help)
    })
}

/// The module whose parameter is tied, the path of that below it, and of what it is tied to.
pub(crate) fn tied_paths<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Option<(&'a ast::Expr, String, String)> {
    let (target, value) = tied(facts, stmt)?;
    let ((root, target), (source_root, source)) = (path(target)?, path(value)?);
    (name_of(root) == name_of(source_root)).then_some((root, target, source))
}

/// `setattr(parent, name, parameter)` in a method: the module that the method belongs to tells whether it holds the array elsewhere.
fn by_name<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<StmtClaim<'a>> {
    let [object, name, value] = &call.args[..] else { return None };
    if !matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if *builtin == "setattr")
        || matches!(name, ast::Expr::Constant(_))
        || !receiver::is_module(cx, object)
    {
        return None;
    }
    let kind = cx.kind(value);
    let is_gotten = matches!(value, ast::Expr::Call(call)
        if matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "get_parameter"));
    // What is made here is held nowhere else.
    let is_made = matches!(value, ast::Expr::Call(call) if cx.qualified(&call.func).is_some());
    if is_made || is_option(cx, value) || !(kind.is_unknown() || kind == Kind::Parameter || is_gotten) {
        return None;
    }
    let root = method_of_module(cx, call)?;
    let (helper, uses) = cx.member(Module::Compat, "set_attribute");
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(object, Prec::Test),
        Piece::text(", "),
        Piece::Expr(name, Prec::Test),
        Piece::text(", "),
        Piece::Expr(value, Prec::Test),
        Piece::text(format!(", {root})")),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// The name of `self` in the method of a module around a call.
fn method_of_module<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a str> {
    let method = cx.ancestors(Node::Expr(&call.func)).find_map(|up| match up {
        Node::Stmt(stmt @ ast::Stmt::FunctionDef(_)) => Some(stmt),
        _ => None,
    })?;
    let function = cx.project_facts.function(cx.project_facts.function_of_stmt(cx.id, method)?);
    let class = function.class.filter(|class| function.role == Role::Method && receiver::makes_modules(cx, *class));
    class.and(function.params.first()).map(|param| param.name.as_str())
}

fn name_of(root: &ast::Expr) -> &str {
    if let ast::Expr::Name(name) = root { name.id.as_str() } else { "" }
}

/// `self.layers[0].weight`: the name at the root and the path below it, `layers.0.weight`.
fn path(expr: &ast::Expr) -> Option<(&ast::Expr, String)> {
    let join = |(root, path): (_, String), name: &str| (root, if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") });
    match expr {
        ast::Expr::Name(_) => Some((expr, String::new())),
        ast::Expr::Attribute(attribute) => Some(join(path(&attribute.value)?, &attribute.attr)),
        ast::Expr::Subscript(subscript) => match &*subscript.slice {
            ast::Expr::Constant(constant) => match &constant.value {
                ast::Constant::Int(index) => Some(join(path(&subscript.value)?, &index.to_string())),
                ast::Constant::Str(key) => Some(join(path(&subscript.value)?, key)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
