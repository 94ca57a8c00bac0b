//! `class Lion(torch.optim.Optimizer)`: a base class with PyTorch's `param_groups`, whose `update(model, gradients)` calls `step`.
//! Arrays hold no gradient: the optimizer tells it, `self.grad_of(p)`.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::training_step::is_own_optimizer;
use super::{Holder, Hook, Rule, Shape, last_name, trained_by};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;

pub(super) const RULE: Rule = Rule {
    name: "optimizer-class",
    doc: include_str!("optimizer_class.md"),
    hook: Hook::Expr(&[Shape::Name, Shape::Attribute, Shape::Call], base),
};

const BASE: &str = "torch.optim.Optimizer";

fn base<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let ast::Expr::Attribute(attribute) = expr
        && attribute.ctx.is_load()
        && cx.entity(expr).is_none()
    {
        return gradient(cx, attribute);
    }
    if let ast::Expr::Call(call) = expr {
        return made(cx, call, expr);
    }
    if !cx.is_qualified(expr, BASE) {
        return None;
    }
    let Some(Node::Stmt(ast::Stmt::ClassDef(class))) = cx.parent(expr) else { return None };
    if !class.bases.iter().any(|base| std::ptr::eq(base, expr)) {
        return None;
    }
    if let Some(reason) = obstacle(cx, class) {
        let (text, uses) = cx.member(Module::Optimizers, "Optimizer");
        return Some(Claim::text(text, Prec::Atom).uses(uses).finding(Finding::todo(codes::OPTIMIZER, expr.range(), reason)));
    }
    let (text, uses) = cx.member(Module::Compat, "Optimizer");
    Some(Claim::text(text, Prec::Atom).uses(uses))
}

/// `Lion(model.parameters())`: its base is told whose parameters they are.
fn made<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if !is_own_optimizer(cx, expr, call) {
        return None;
    }
    let class = last_name(&call.func)?;
    let named = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some("params")).map(|keyword| &keyword.value);
    let params = call.args.first().filter(|first| !first.is_starred_expr()).or(named);
    let trained = params.and_then(|params| trained_by(cx, params)).filter(|trained| trained.arrays.is_empty());
    let Some(trained) = trained else {
        let reason = match params {
            Some(params) => format!("`{}` gets `{}`, not the parameters of models that are known", class, cx.snippet(params)),
            None => format!("it is not known what `{}` trains", class),
        };
        return Some(Claim::todo(Finding::todo(codes::OPTIMIZER, call.range, reason)));
    };
    let holder = Holder::of(cx, std::iter::once(&trained.models[..]), &[]);
    let edit = Edit::text(TextRange::empty(call.range.end()), format!(".of({})", holder.text(cx)));
    Some(Claim::edit(vec![edit]).uses(holder.uses))
}

/// Why a class is none that MLX's `update(model, gradients)` could step.
fn obstacle(cx: &Cx<'_>, class: &ast::StmtClassDef) -> Option<String> {
    let steps = class.body.iter().any(|stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == "step"));
    if !steps {
        return Some(format!(
            "`{}` has no `step` of its own: derive it from `mlx.optimizers.Optimizer` and write `init_single` and `apply_single`",
            class.name
        ));
    }
    // A wrapper that steps another optimizer.
    let mut inner = None;
    let mut reads = false;
    for stmt in &class.body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(expr @ ast::Expr::Call(call)) => {
                if let ast::Expr::Attribute(method) = &*call.func
                    && method.attr.as_str() == "step"
                    && matches!(&*method.value, ast::Expr::Attribute(_))
                {
                    inner = Some(cx.snippet(expr));
                }
            }
            Node::Expr(ast::Expr::Attribute(attribute)) => reads |= attribute.attr.as_str() == "grad",
            _ => {}
        });
    }
    if let Some(inner) = inner {
        return Some(format!(
            "it steps another optimizer, `{inner}`: in MLX that takes the model and its gradients, `update(model, gradients)`"
        ));
    }
    (!reads).then(|| {
        format!("`{}` reads no `grad`: derive it from `mlx.optimizers.Optimizer` and write `init_single` and `apply_single`", class.name)
    })
}

/// `p.grad` in a method of such a class, and what is asked of gradients.
fn gradient<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> Option<Claim<'a>> {
    let is_sparse = attribute.attr.as_str() == "is_sparse";
    if attribute.attr.as_str() != "grad" && !is_sparse {
        return None;
    }
    let mut method = None;
    for up in cx.ancestors(Node::Expr(&attribute.value)) {
        match up {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => method = Some(def),
            Node::Stmt(ast::Stmt::ClassDef(class)) => {
                let is_own = class.bases.iter().any(|base| cx.is_qualified(base, BASE));
                if !is_own || obstacle(cx, class).is_some() {
                    return None;
                }
                let is_static =
                    method?.decorator_list.iter().any(|decorator| matches!(cx.source(decorator), "staticmethod" | "classmethod"));
                let own = method?.args.posonlyargs.iter().chain(&method?.args.args).next()?;
                if is_static {
                    return None;
                }
                if is_sparse {
                    return Some(Claim::text("False", Prec::Atom));
                }
                let pieces =
                    vec![Piece::text(format!("{}.grad_of(", own.def.arg)), Piece::Expr(&attribute.value, Prec::Test), Piece::text(")")];
                return Some(Claim::build(pieces, Prec::Atom));
            }
            _ => {}
        }
    }
    None
}
