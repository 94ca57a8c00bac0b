//! `optimizer.step(closure)`: a function with its own backward pass, which the optimizer calls. It gives its gradients beside the loss.
//! Most optimizers call it once, and then take them; LBFGS calls it as often as it likes.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, TextRange};

use super::clearing::cleared;
use super::events::{self, method as method_call};
use super::flow::Flow;
use super::loss_name;
use super::model::{self, Scopes};
use super::phase::Place;
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::rules::last_name;

/// Where a closure is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Called<'a> {
    pub(super) stmt: &'a ast::Stmt,
    /// What the step gives is bound to.
    target: Option<&'a ast::Expr>,
    is_whole: bool,
    argument: &'a ast::Expr,
}

#[derive(Debug)]
pub(super) struct Closure<'a> {
    name: String,
    pub(super) optimizer: &'a ast::Expr,
    /// The statement that returns the loss, the last one of the closure.
    pub(super) returns: usize,
    calls: Vec<Called<'a>>,
    /// What clears the gradients around it again.
    zeros: Vec<&'a ast::Stmt>,
    pub(super) is_repeated: bool,
}

/// The closure whose last statement returns the loss of a pass.
pub(super) fn of<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, place: &Place<'a>) -> Option<Closure<'a>> {
    let Place { block, first, last, beside: 0, guard: None, .. } = *place else { return None };
    let (Some(ast::Stmt::FunctionDef(def)), true) = (scopes.function(), first == last) else { return None };
    let args = &def.args;
    // `self.optimizer.step(self.closure)`
    let method = scopes.class.filter(|_| scopes.functions.len() == 1);
    let is_plain = def.decorator_list.is_empty()
        && args.posonlyargs.is_empty()
        && args.args.iter().map(|arg| arg.def.arg.as_str()).eq(method.iter().map(|_| "self"))
        && args.kwonlyargs.is_empty()
        && args.vararg.is_none()
        && args.kwarg.is_none();
    if !is_plain || !std::ptr::eq(def.body.as_ptr(), block.as_ptr()) {
        return None;
    }
    let returns = block.len() - 1;
    let call = super::statement(cx, &block[last], "backward")?;
    let is_loss = matches!(&block[returns], ast::Stmt::Return(s)
    if s.value.as_deref().is_some_and(|value| match loss_name(value) {
        Some(name) => loss_name(call.receiver) == Some(name),
        None => is_sum_again(cx, &block[..returns], call.receiver, value),
    }));
    let others = events::leaves(&block[..returns], false).is_some_and(|(_, word)| word == "return" || word == "yield");
    if !is_loss || others {
        return None;
    }
    let around = match method {
        // Whoever has the object may call its method.
        Some(_) if cx.project.ids().any(|id| id != cx.id && contains_word(&cx.project.file(id).source.text, &def.name)) => return None,
        Some(_) => scopes.module,
        None => scopes.functions.get(1).map_or(scopes.module, |outer| model::body(outer)),
    };
    let name = if method.is_some() { format!("self.{}", def.name) } else { def.name.to_string() };
    let mut found = Closure { name, optimizer: call.receiver, returns, calls: Vec::new(), zeros: Vec::new(), is_repeated: false };
    let mut optimizers: Vec<&'a ast::Expr> = Vec::new();
    let mut is_known = true;
    events::walk(around, &mut |node| match node {
        Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) if last_name(expr) == Some(def.name.as_str()) => {
            let is_it = cx.source(expr) == found.name && is_in(cx, expr, method) && !is_another(cx, expr, def);
            match stepping(cx, expr) {
                Some((optimizer, called)) if is_it => {
                    optimizers.push(optimizer);
                    found.calls.push(called);
                }
                _ => is_known = false,
            }
        }
        _ => {}
    });
    let optimizer = *optimizers.first()?;
    if !is_known || optimizers.iter().any(|other| cx.source(*other) != cx.source(optimizer)) {
        return None;
    }
    found.optimizer = optimizer;
    let classes = model::constructors(cx, scopes, optimizer);
    let repeats = classes.iter().filter(|call| cx.is_qualified(&call.func, "torch.optim.LBFGS")).count();
    if classes.is_empty() || repeats != 0 && repeats != classes.len() {
        return None;
    }
    found.is_repeated = repeats != 0;
    // One call that is a statement of its own becomes two statements.
    if !found.is_repeated && found.calls.iter().any(|called| !called.is_whole) {
        return None;
    }
    t2m_syntax::node::statements(around, &mut |stmt| {
        let is_inside = def.range.contains_range(stmt.range());
        let clears = cleared(cx, stmt).is_some_and(|whose| cx.source(whose) == cx.source(optimizer));
        // A function with a pass of its own clears its own gradients.
        let has_pass = |up: &'a ast::Stmt| super::holds(up, &mut |expr| method_call(cx, expr, "backward").is_some());
        let function = Scopes::around(cx, stmt).function().filter(|up| !up.range().contains_range(def.range));
        if clears && !is_inside && is_in_class(cx, stmt, method) && !function.is_some_and(has_pass) {
            found.zeros.push(stmt);
        }
    });
    Some(found)
}

/// Whether a value is what the loss was computed of, once more: `loss = style + content`, `return style + content`
fn is_sum_again<'a>(cx: &Cx<'a>, block: &'a [ast::Stmt], loss: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    let ast::Expr::Name(loss) = loss else { return false };
    let binds = |stmt: &ast::Stmt| Flow::of(std::slice::from_ref(stmt)).bound.contains(loss.id.as_str());
    let Some(at) = block.iter().rposition(binds) else { return false };
    let is_same = matches!(&block[at], ast::Stmt::Assign(s) if matches!(&s.targets[..], [ast::Expr::Name(_)]) && cx.source(&*s.value) == cx.source(value));
    let mut names: Vec<&str> = Vec::new();
    if !is_same || !are_operators(value, &mut names) || names.contains(&loss.id.as_str()) {
        return false;
    }
    // Nothing gives a part of it another value in between.
    !block[at + 1..].iter().any(|stmt| {
        let mut changes = Flow::of(std::slice::from_ref(stmt)).bound.iter().any(|name| names.contains(name));
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Attribute(method)) = node
                && let ast::Expr::Name(name) = &*method.value
            {
                changes |= names.contains(&name.id.as_str()) && (method.attr.ends_with('_') || method.attr.as_str() == "data");
            }
        });
        changes
    })
}

fn are_operators<'a>(value: &'a ast::Expr, names: &mut Vec<&'a str>) -> bool {
    match value {
        ast::Expr::Name(name) => {
            names.push(&name.id);
            true
        }
        ast::Expr::Constant(_) => true,
        ast::Expr::UnaryOp(e) => are_operators(&e.operand, names),
        ast::Expr::BinOp(e) => are_operators(&e.left, names) && are_operators(&e.right, names),
        _ => false,
    }
}

/// Whether a function around the name has a closure of its own with that name.
fn is_another<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, def: &'a ast::StmtFunctionDef) -> bool {
    let inner = cx.statement(expr).map(|stmt| Scopes::around(cx, stmt).functions).unwrap_or_default();
    let own = inner.into_iter().filter(|up| !up.range().contains_range(def.range));
    own.into_iter().any(|up| Flow::of(model::body(up)).bound.contains(def.name.as_str()))
}

fn is_in<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, class: Option<&'a ast::StmtClassDef>) -> bool {
    class.is_none_or(|class| class.range.contains_range(expr.range())) && cx.statement(expr).is_some()
}

fn is_in_class<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, class: Option<&'a ast::StmtClassDef>) -> bool {
    class.is_none_or(|class| class.range.contains_range(stmt.range()) && Scopes::around(cx, stmt).class.is_some())
}

/// `optimizer.step(closure)` around the closure's name.
fn stepping<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> Option<(&'a ast::Expr, Called<'a>)> {
    let Some(Node::Expr(expr @ ast::Expr::Call(call))) = cx.parent(name) else { return None };
    let step = method_call(cx, expr, "step").filter(|_| call.keywords.is_empty() && call.args.len() == 1)?;
    let is_argument = call.args.iter().any(|arg| std::ptr::eq(arg, name));
    let stmt = cx.statement(expr)?;
    let (target, is_whole) = match stmt {
        ast::Stmt::Expr(s) => (None, std::ptr::eq(&*s.value, expr)),
        ast::Stmt::Assign(s) => match &s.targets[..] {
            [target @ ast::Expr::Name(_)] => (Some(target), std::ptr::eq(&*s.value, expr)),
            _ => (None, false),
        },
        _ => (None, false),
    };
    (is_argument && model::is_place(step.receiver)).then_some((step.receiver, Called { stmt, target, is_whole, argument: name }))
}

impl<'a> Closure<'a> {
    /// `return loss, grads`, the calls, and what clears gradients beside them.
    pub(super) fn claims(
        &self,
        cx: &Cx<'a>,
        returns: &'a ast::Stmt,
        (loss, gradients, free): (&str, &str, &str),
        models: &str,
        update: &dyn Fn(&str) -> StmtClaim<'a>,
    ) -> Vec<(&'a ast::Stmt, StmtClaim<'a>)> {
        let mut claims = vec![(returns, StmtClaim::replace(vec![Piece::text(format!("return {loss}, {gradients}"))]))];
        claims.extend(self.zeros.iter().map(|zero| (*zero, StmtClaim::delete())));
        for called in &self.calls {
            if self.is_repeated {
                let at = TextRange::empty(called.argument.range().start());
                claims.push((called.stmt, StmtClaim::edit(vec![Edit::text(at, format!("{models}, "))])));
                continue;
            }
            let target = called.target.map_or(free, |target| cx.source(target));
            let mut claim = update(target);
            let mut pieces = vec![Piece::text(format!("{target}, {gradients} = {}()", self.name)), Piece::NewLine(0)];
            if let t2m_syntax::piece::Action::Replace(text) = std::mem::take(&mut claim.decision.action) {
                pieces.extend(text);
            }
            claim.decision.action = t2m_syntax::piece::Action::Replace(pieces);
            claims.push((called.stmt, claim));
        }
        claims
    }
}
