//! `class Lion(torch.optim.Optimizer)`: a base class with PyTorch's `param_groups`, whose `update(model, gradients)` calls `step`.
//! Arrays hold no gradient: the optimizer tells it, `self.grad_of(p)`.

use t2m_semantic::{ClassId, Entity};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, SourceFile, TextRange, node};

use super::training_step::{is_optimizer_class, is_own_optimizer};
use super::{Holder, Hook, Rule, Shape, last_name, trained_by};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::rows;

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
    let is_base = cx.is_qualified(expr, BASE);
    if !is_base && cx.qualified(expr).is_some_and(is_optimizer_class) {
        return compared(cx, expr).or_else(|| overridden(cx, expr));
    }
    let is_derived = || matches!(cx.entity(expr), Some(Entity::Class(id)) if cx.project_facts.class(*id).is_optimizer());
    if !is_base && !is_derived() {
        return None;
    }
    let Some(Node::Stmt(stmt @ ast::Stmt::ClassDef(class))) = cx.parent(expr) else { return None };
    if !class.bases.iter().any(|base| std::ptr::eq(base, expr)) {
        return None;
    }
    let reason = obstacle(cx, cx.project_facts.class_of_stmt(cx.id, stmt)?);
    let todo = reason.map(|reason| Finding::todo(codes::OPTIMIZER, expr.range(), reason));
    match (todo, is_base) {
        (Some(todo), true) => {
            let (text, uses) = cx.member(Module::Optimizers, "Optimizer");
            Some(Claim::text(text, Prec::Atom).uses(uses).finding(todo))
        }
        (None, true) => {
            let (text, uses) = cx.member(Module::Compat, "Optimizer");
            Some(Claim::text(text, Prec::Atom).uses(uses))
        }
        (todo, false) => todo.map(Claim::todo),
    }
}

/// `type(optimizer) is torch.optim.SGD`, `cls in (SGD, Adam)`
fn compared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let outer = match cx.parent(expr) {
        Some(Node::Expr(items @ (ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::Set(_)))) => cx.parent(items),
        outer => outer,
    };
    let Some(Node::Expr(ast::Expr::Compare(_))) = outer else { return None };
    let reason = "several classes take the place of this one in the port: ask with `isinstance`";
    Some(Claim::todo(Finding::todo(codes::OPTIMIZER, expr.range(), reason)))
}

/// `class Logged(torch.optim.Adam)`: other defaults are no matter, but MLX's `update` calls no `step`, and what methods ask for is named otherwise.
fn overridden<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let Some(Node::Stmt(ast::Stmt::ClassDef(class))) = cx.parent(expr) else { return None };
    let own = class.body.iter().find_map(|stmt| match stmt {
        ast::Stmt::FunctionDef(def) if def.name.as_str() != "__init__" => Some(&def.name),
        _ => None,
    })?;
    let reason = format!(
        "`{own}` is written for PyTorch's optimizer, with its `step`, groups and states: MLX's has `update(model, gradients)` and `apply_single`"
    );
    let is_base = class.bases.iter().any(|base| std::ptr::eq(base, expr));
    let name = cx.qualified(expr).filter(|_| is_base)?;
    // The class is made when the file is imported.
    Some(rows::serve(cx, expr, name).finding(Finding::todo(codes::OPTIMIZER, expr.range(), reason)))
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

/// Why a class is none that MLX's `update(model, gradients)` could step. A base may leave `step` to its subclasses, and they may leave it to their base.
fn obstacle(cx: &Cx<'_>, id: ClassId) -> Option<String> {
    let class = cx.project_facts.class(id);
    let family = || class.mro.iter().chain(&class.subclasses);
    if !family().any(|member| cx.project_facts.class(*member).methods.contains_key("step")) {
        return Some(format!(
            "`{}` has no `step` of its own: derive it from `mlx.optimizers.Optimizer` and write `init_single` and `apply_single`",
            class.name
        ));
    }
    if let Some(inner) = class.mro.iter().find_map(|base| inner_step(cx, *base)) {
        return Some(format!(
            "it steps another optimizer, `{inner}`: in MLX that takes the model and its gradients, `update(model, gradients)`"
        ));
    }
    (!family().any(|member| reads_gradients(cx, *member))).then(|| {
        format!("`{}` reads no `grad`: derive it from `mlx.optimizers.Optimizer` and write `init_single` and `apply_single`", class.name)
    })
}

/// The step of another optimizer in a wrapper of it.
fn inner_step(cx: &Cx<'_>, id: ClassId) -> Option<String> {
    let mut inner = None;
    walk(cx, id, &mut |source, node| {
        if let Node::Expr(expr @ ast::Expr::Call(call)) = node
            && let ast::Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "step"
            && matches!(&*method.value, ast::Expr::Attribute(_))
        {
            inner = Some(source.text[expr.range()].to_owned());
        }
    });
    inner
}

fn reads_gradients(cx: &Cx<'_>, id: ClassId) -> bool {
    let mut reads = false;
    walk(cx, id, &mut |_, node| reads |= matches!(node, Node::Expr(ast::Expr::Attribute(attribute)) if attribute.attr.as_str() == "grad"));
    reads
}

/// All nodes of a class of the project.
fn walk<'a>(cx: &Cx<'a>, id: ClassId, visit: &mut dyn FnMut(&'a SourceFile, Node<'a>)) {
    let class = cx.project_facts.class(id);
    let source = &cx.project.file(class.file).source;
    node::statements(&source.suite, &mut |stmt| {
        if stmt.is_class_def_stmt() && stmt.range() == class.range {
            Node::Stmt(stmt).walk(&mut |node| visit(source, node));
        }
    });
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
            Node::Stmt(stmt @ ast::Stmt::ClassDef(_)) => {
                let id = cx.project_facts.class_of_stmt(cx.id, stmt)?;
                if !cx.project_facts.class(id).is_optimizer() || obstacle(cx, id).is_some() {
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
