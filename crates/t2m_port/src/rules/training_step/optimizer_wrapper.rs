//! A class of the project that holds an optimizer and steps it beside what else it does: `NoamOpt(Adam(...))`, `ScheduledOptim`. Its method gets the model and
//! the gradients, which it gives to `update`.

use t2m_semantic::{ClassId, Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, TextRange};

use super::events::{self, argument};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::rules::{Hook, Rule, SuiteClaims, last_name};

pub(crate) const RULE: Rule =
    Rule { name: "optimizer-wrapper", doc: include_str!("../optimizer_wrapper.md"), hook: Hook::Suite(stepping_methods) };

/// How a class steps the optimizer that it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrapper<'a> {
    class: &'a ast::StmtClassDef,
    method: &'a ast::StmtFunctionDef,
    /// `self.optimizer.step()`
    step: &'a ast::Stmt,
    /// `optimizer` of it.
    pub(super) attr: &'a str,
    /// The parameter of the constructor that is the optimizer.
    given: (usize, &'a str),
}

impl<'a> Wrapper<'a> {
    /// What an expression is an object of.
    pub(super) fn of(cx: &Cx<'a>, object: &ast::Expr) -> Option<Self> {
        let Kind::Instance(class) = cx.kind(object) else { return None };
        if events::is_name(object, "self") { None } else { Self::of_class(cx, class) }
    }

    fn of_class(cx: &Cx<'a>, id: ClassId) -> Option<Self> {
        let info = cx.project_facts.class(id);
        if info.is_optimizer() || cx.project_facts.is_module_class(id) || !info.subclasses.is_empty() || info.mro.len() > 1 {
            return None;
        }
        let (_, class) = *cx.shared.survey.class_statements(info.file).iter().find(|(own, _)| *own == id)?;
        Self::of_statement(cx, class)
    }

    fn of_statement(cx: &Cx<'a>, class: &'a ast::StmtClassDef) -> Option<Self> {
        let methods = || class.body.iter().filter_map(|stmt| if let ast::Stmt::FunctionDef(def) = stmt { Some(def) } else { None });
        let mut found = Vec::new();
        for method in methods().filter(|method| method.name.as_str() != "__init__" && method.decorator_list.is_empty()) {
            found.extend(method.body.iter().filter_map(|stmt| Some((method, stmt, held_optimizer(stmt)?))));
        }
        let (constructor, &[(method, step, attr)]) = (methods().find(|method| method.name.as_str() == "__init__")?, &found[..]) else {
            return None;
        };
        let given = constructor.body.iter().find_map(|stmt| {
            let ast::Stmt::Assign(assign) = stmt else { return None };
            let ([ast::Expr::Attribute(target)], ast::Expr::Name(value)) = (&assign.targets[..], &*assign.value) else { return None };
            let at = constructor.args.args.iter().position(|arg| arg.def.arg == value.id)?;
            (target.attr.as_str() == attr && events::is_name(&target.value, "self") && at > 0).then_some((at - 1, value.id.as_str()))
        })?;
        let args = &method.args;
        let is_plain =
            args.posonlyargs.is_empty() && args.vararg.is_none() && args.args.first().is_some_and(|first| first.def.arg.as_str() == "self");
        // A trainer steps its own optimizer behind its own backward pass.
        let mut is_alone = true;
        events::walk(&class.body, &mut |node| {
            if let Node::Expr(ast::Expr::Attribute(used)) = node {
                is_alone &= used.attr.as_str() != "backward" && !(used.attr == method.name && events::is_name(&used.value, "self"));
            }
        });
        let sounds_so = || [attr, given.1].into_iter().any(sounds_like_optimizer);
        let own = || matches!(step, ast::Stmt::Expr(s) if matches!(&*s.value, ast::Expr::Call(c) if is_optimizer(cx, &c.func)));
        (is_plain && is_alone && (sounds_so() || own())).then_some(Self { class, method, step, attr, given })
    }

    pub(super) fn method(&self) -> &'a str {
        self.method.name.as_str()
    }

    /// Whether a method clears the gradients of the optimizer: `def zero_grad(self): self.optimizer.zero_grad()`.
    pub(super) fn clears(&self) -> bool {
        self.class.body.iter().any(|stmt| {
            let ast::Stmt::FunctionDef(def) = stmt else { return false };
            let is_own = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::Expr(s) if matches!(&*s.value, ast::Expr::Call(c)
                if last_name(&c.func) == Some("zero_grad") && matches!(&*c.func, ast::Expr::Attribute(e) if is_own_attribute(&e.value, self.attr))));
            def.name.as_str() == "zero_grad" && def.body.iter().any(is_own)
        })
    }

    /// The optimizer that a call of the class gets: `Adam(...)` of `NoamOpt(512, 4000, Adam(...))`.
    pub(super) fn made(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
        let Some(Entity::Class(class)) = cx.entity(&call.func) else { return None };
        let (at, name) = Self::of_class(cx, *class)?.given;
        argument(call, at, name)
    }

    /// What the new parameters are called.
    fn parameters(&self, cx: &Cx<'_>) -> Option<[&'static str; 2]> {
        let text = cx.source(self.method);
        let free = |names: [&'static str; 3]| names.into_iter().find(|name| !contains_word(text, name));
        Some([free(["model", "module", "trained_model"])?, free(["grads", "gradients", "model_grads"])?])
    }
}

/// The wrapper whose stepping method a statement calls: `optimizer.step_and_update_lr()`.
pub(super) fn stepped<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let ast::Stmt::Expr(expr) = stmt else { return None };
    let ast::Expr::Call(call) = &*expr.value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let wrapper = Wrapper::of(cx, &method.value)?;
    (wrapper.method() == method.attr.as_str() && call.args.is_empty() && call.keywords.is_empty()).then_some(&*method.value)
}

/// `optimizer` of `self.optimizer.step()`.
fn held_optimizer(stmt: &ast::Stmt) -> Option<&str> {
    let ast::Stmt::Expr(expr) = stmt else { return None };
    let ast::Expr::Call(call) = &*expr.value else { return None };
    let ast::Expr::Attribute(step) = &*call.func else { return None };
    let ast::Expr::Attribute(held) = &*step.value else { return None };
    let is_step = step.attr.as_str() == "step" && call.args.is_empty() && call.keywords.is_empty();
    // A scheduler is stepped as well.
    let is_other = held.attr.to_lowercase().contains("sched");
    (is_step && !is_other && events::is_name(&held.value, "self")).then_some(held.attr.as_str())
}

/// `opt`, `_optimizer`, `gen_opt`
pub(super) fn sounds_like_optimizer(name: &str) -> bool {
    let name = name.trim_matches('_').to_lowercase();
    name == "opt" || name.ends_with("_opt") || name.contains("optim")
}

fn is_own_attribute(expr: &ast::Expr, attr: &str) -> bool {
    matches!(expr, ast::Expr::Attribute(own) if own.attr.as_str() == attr && events::is_name(&own.value, "self"))
}

fn is_optimizer(cx: &Cx<'_>, step: &ast::Expr) -> bool {
    matches!(step, ast::Expr::Attribute(step) if matches!(cx.kind(&step.value), Kind::Optimizer(_)))
}

/// `def step(self, model, grads)` and `self.optimizer.update(model, grads)`
fn stepping_methods<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> SuiteClaims<'a> {
    let mut claims = Vec::new();
    for stmt in suite {
        let ast::Stmt::ClassDef(class) = stmt else { continue };
        if !cx.source(stmt).contains(".step()") {
            continue;
        }
        let Some(wrapper) = cx.project_facts.class_of_stmt(cx.id, stmt).and_then(|id| Wrapper::of_class(cx, id)) else { continue };
        let Some([model, gradients]) = wrapper.parameters(cx) else { continue };
        let Some(method) = class.body.iter().find(|own| own.range() == wrapper.method.range) else { continue };
        let Some(first) = wrapper.method.args.args.first() else { continue };
        let end = TextRange::empty(first.def.range.end());
        claims.push((method, StmtClaim::edit(vec![Edit::text(end, format!(", {model}, {gradients}"))])));
        let text = format!("self.{}.update({model}, {gradients})", wrapper.attr);
        claims.push((wrapper.step, StmtClaim::replace(vec![Piece::text(text)])));
    }
    claims
}
