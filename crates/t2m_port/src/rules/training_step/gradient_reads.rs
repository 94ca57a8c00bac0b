//! `p.grad` between `backward` and `step`: loops over parameters become loops over the gradients, which are a tree of arrays under the same names.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::Action;
use t2m_syntax::{Edit, Node, Prec};

use super::build::unused;
use super::events::{self, method};
use super::mentions::Mentions;
use super::model::Scopes;
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::gradient_names;
use crate::names::{Module, Uses};
use crate::rules::{SuiteClaims, last_name};

/// What a statement between `backward` and `step` reads of the gradients.
#[derive(Default)]
pub(super) struct GradientReads<'a> {
    loops: Vec<Loop<'a>>,
    /// `model.fc.weight.grad`
    arrays: Vec<Array<'a>>,
    /// `p.grad /= n`, `p.grad = p.grad / n`: the array stays, and gets other values.
    writes: Vec<Write<'a>>,
}

/// A statement that gives a gradient other values.
struct Write<'a> {
    stmt: &'a ast::Stmt,
    target: &'a ast::Expr,
    parameter: &'a str,
    is_whole: bool,
}

/// What puts values one behind the other.
const KEEP_ORDER: &[&str] = &["append", "extend", "insert", "print", "write", "info", "debug", "cat", "concat", "hstack"];

/// What takes all gradients alike.
const MIX: &[&str] = &["sum", "max", "min", "mean", "norm", "vector_norm", "any", "all", "set", "fsum"];

/// `for p in model.parameters()`, as a statement or in a comprehension.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loop<'a> {
    /// What binds the parameter, and that name.
    target: &'a ast::Expr,
    pub(super) parameter: &'a str,
    /// `name` of `for name, p in model.named_parameters()`.
    pub(super) name: Option<&'a ast::Expr>,
    pub(super) iter: &'a ast::Expr,
    /// Whose parameters they are.
    model: Option<&'a ast::Expr>,
    /// Which of several models.
    part: Option<usize>,
    /// Whether other lists are walked beside: `zip(model.parameters(), masks)`, `enumerate(model.parameters())`.
    is_beside: bool,
}

struct Array<'a> {
    expr: &'a ast::Expr,
    path: Vec<&'a str>,
    part: Option<usize>,
}

impl<'a> GradientReads<'a> {
    /// All that a statement reads of the gradients; `None` if it does more than that.
    pub(super) fn of(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt) -> Option<Self> {
        let mut reads = Self::default();
        let mut are_known = true;
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr @ ast::Expr::Attribute(gradient)) = node else { return };
            if gradient.attr.as_str() != "grad" {
                return;
            }
            let is_known = gradient.ctx.is_load() || reads.write(cx, expr, &gradient.value);
            are_known &= is_known && reads.add(cx, mentions, stmt, expr, &gradient.value);
        });
        are_known.then_some(reads)
    }

    fn add(&mut self, cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt, expr: &'a ast::Expr, array: &'a ast::Expr) -> bool {
        if let Some(own) = mentions.models().iter().position(|model| model == cx.source(array)) {
            self.arrays.push(Array { expr, path: Vec::new(), part: Some(own) });
            return !is_written(cx, expr);
        }
        if let ast::Expr::Name(name) = array {
            let Some(mut found) = Loop::around(cx, expr, &name.id) else { return false };
            let is_inside = stmt.range().contains_range(found.iter.range());
            let model = method(cx, found.iter, if found.name.is_some() { "named_parameters" } else { "parameters" });
            let part =
                model.filter(|call| call.is_bare()).and_then(|call| super::checks::part(mentions, &[cx.source(call.receiver).to_owned()]));
            let Some(part) = part.filter(|_| is_inside) else { return false };
            found.part = part;
            if !self.loops.iter().any(|one| std::ptr::eq(one.iter, found.iter)) {
                self.loops.push(found);
            }
            return true;
        }
        let mut path = Vec::new();
        let mut place = array;
        while let ast::Expr::Attribute(attribute) = place {
            path.insert(0, attribute.attr.as_str());
            place = &attribute.value;
            if let Some(part) = super::checks::part(mentions, &[cx.source(place).to_owned()]).filter(|_| !is_written(cx, expr)) {
                self.arrays.push(Array { expr, path, part });
                return true;
            }
        }
        false
    }

    /// Notes a statement that writes the gradient of a loop's parameter, if it can be written in place.
    fn write(&mut self, cx: &Cx<'a>, target: &'a ast::Expr, array: &'a ast::Expr) -> bool {
        let (Some(Node::Stmt(stmt)), ast::Expr::Name(parameter)) = (cx.parent(target), array) else { return false };
        let is_whole = match stmt {
            ast::Stmt::AugAssign(_) => false,
            // Another array takes the place of the old one, which nobody else may hold.
            ast::Stmt::Assign(s) if s.targets.len() == 1 && computes_anew(cx, &s.value) && !is_held(cx, stmt) => true,
            _ => return false,
        };
        self.writes.push(Write { stmt, target, parameter: &parameter.id, is_whole });
        true
    }

    /// A loop of a function that gets the gradients.
    pub(super) fn add_loop(&mut self, target: &'a ast::Expr, iter: &'a ast::Expr) {
        self.loops.extend(Loop::of_any(target, iter));
    }

    /// The claims on what reads `gradients`; several models have a part of them each.
    pub(super) fn claims(&self, cx: &Cx<'a>, gradients: &dyn Fn(Option<usize>) -> String) -> SuiteClaims<'a> {
        let mut claims: SuiteClaims<'a> = Vec::new();
        let mut add = |at: &'a ast::Expr, text: String, uses: Uses| {
            let Some(stmt) = cx.statement(at) else { return };
            let found = claims.iter().position(|(other, _)| std::ptr::eq(*other, stmt)).unwrap_or_else(|| {
                claims.push((stmt, StmtClaim::keep()));
                claims.len() - 1
            });
            let claim = &mut claims[found].1;
            claim.inner.push((at.range(), text));
            claim.uses.extend(&uses);
        };
        for one in &self.loops {
            let (text, uses) = one.iterated(cx, &gradients(one.part));
            add(one.iter, text, uses);
        }
        for array in &self.arrays {
            let path: String = array.path.iter().map(|name| format!("[\"{name}\"]")).collect();
            add(array.expr, gradients(array.part) + &path, Uses::default());
        }
        for write in &self.writes {
            let text = gradient_name(cx, write.parameter) + if write.is_whole { "[...]" } else { "" };
            claims.push((write.stmt, StmtClaim::edit(vec![Edit::text(write.target.range(), text)])));
        }
        for (stmt, claim) in &mut claims {
            if let ast::Stmt::For(_) = stmt {
                let loops = self.loops.iter().filter(|one| matches!(one.scope(cx), Some(Node::Stmt(up)) if std::ptr::eq(up, *stmt)));
                let edits = loops.filter_map(|one| Some(one.edits(cx, text_of(claim, one.iter)?))).flatten().collect();
                claim.decision.action = Action::Edit(edits);
            }
        }
        claims
    }
}

/// What an expression below a statement becomes, by the claim on the statement.
fn text_of<'c>(claim: &'c StmtClaim<'_>, expr: &ast::Expr) -> Option<&'c str> {
    claim.inner.iter().find(|(range, _)| *range == expr.range()).map(|(_, text)| text.as_str())
}

impl<'a> Loop<'a> {
    /// The loop that binds a name, if it goes over parameters.
    fn around(cx: &Cx<'a>, expr: &'a ast::Expr, parameter: &str) -> Option<Self> {
        cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
            Node::Stmt(ast::Stmt::For(walk)) => Self::of(cx, &walk.target, &walk.iter, parameter),
            Node::Expr(up) => generators(up).iter().find_map(|one| Self::of(cx, &one.target, &one.iter, parameter)),
            _ => None,
        })
    }

    fn of(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr, parameter: &str) -> Option<Self> {
        Self::all_of(cx, target, iter).into_iter().find(|found| found.parameter == parameter)
    }

    /// What a target binds where several lists are walked together, one by one.
    pub(super) fn all_of(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr) -> Vec<Self> {
        if let (ast::Expr::Tuple(targets), ast::Expr::Call(call)) = (target, iter)
            && let Some(Entity::Builtin(name)) = cx.entity(&call.func)
            && !call.args.iter().any(ast::Expr::is_starred_expr)
        {
            let beside = |pairs: &mut dyn Iterator<Item = (&'a ast::Expr, &'a ast::Expr)>| {
                let all = pairs.flat_map(|(target, iter)| Self::all_of(cx, target, iter));
                all.map(|one| Self { is_beside: true, ..one }).collect()
            };
            match (name.as_str(), &targets.elts[..], &call.args[..]) {
                ("zip", targets, lists) if targets.len() == lists.len() => return beside(&mut targets.iter().zip(lists)),
                ("enumerate", [_, target], [list, ..]) => return beside(&mut std::iter::once((target, list))),
                _ => {}
            }
        }
        Self::of_any(target, iter).into_iter().collect()
    }

    /// What a target binds: a parameter, or its name and the parameter.
    fn of_any(target: &'a ast::Expr, iter: &'a ast::Expr) -> Option<Self> {
        let (name, parameter) = match target {
            ast::Expr::Tuple(pair) => match &pair.elts[..] {
                [name @ ast::Expr::Name(_), last] => (Some(name), last),
                _ => return None,
            },
            one => (None, one),
        };
        let ast::Expr::Name(parameter) = parameter else { return None };
        let model = match iter {
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(method) => Some(&*method.value),
                _ => None,
            },
            _ => None,
        };
        Some(Self { target, parameter: parameter.id.as_str(), name, iter, model, part: None, is_beside: false })
    }

    /// The statement or comprehension that goes over it.
    fn scope(&self, cx: &Cx<'a>) -> Option<Node<'a>> {
        let mut up = cx.parent(self.iter)?;
        while let Node::Expr(call @ ast::Expr::Call(_)) = up
            && self.is_beside
        {
            up = cx.parent(call)?;
        }
        Some(up)
    }

    /// What the loop goes over: the gradients, and the parameters too where it looks at them.
    pub(super) fn iterated(&self, cx: &Cx<'a>, gradients: &str) -> (String, Uses) {
        let helper = match (self.model, self.name) {
            (Some(_), None) if !self.reads_gradients_alone(cx) => "parameters_with_gradients",
            (Some(_), Some(_)) if !self.reads_gradients_alone(cx) => "named_parameters_with_gradients",
            (Some(_), _) if self.keeps_order(cx) => "named_gradients",
            _ => {
                let (flatten, uses) = cx.member(Module::Utils, "tree_flatten");
                return (format!("{flatten}({gradients})"), uses);
            }
        };
        let (helper, uses) = cx.member(Module::Compat, helper);
        let model = self.model.map_or("", |model| cx.source(model));
        (format!("{helper}({model}, {gradients})"), uses)
    }

    /// `for _, p_grad in tree_flatten(grads)`
    pub(super) fn edits(&self, cx: &Cx<'a>, iter: &str) -> [Edit<'a>; 2] {
        let gradient = gradient_name(cx, self.parameter);
        let target = match (self.name.map(|name| cx.source(name)), self.reads_gradients_alone(cx)) {
            (name, true) => format!("{}, {gradient}", name.unwrap_or("_")),
            (Some(name), false) => format!("{name}, {}, {gradient}", self.parameter),
            (None, false) => format!("{}, {gradient}", self.parameter),
        };
        let target = if self.is_beside { format!("({target})") } else { target };
        [Edit::text(self.target.range(), target), Edit::text(self.iter.range(), iter.to_owned())]
    }

    /// Whether the order of the gradients shows. MLX has them as they were assigned, PyTorch a module's own parameters before those of its children.
    fn keeps_order(&self, cx: &Cx<'a>) -> bool {
        match cx.parent(self.iter) {
            Some(scope @ Node::Stmt(_)) => {
                let (mut is_kept, mut is_dropped) = (false, false);
                scope.walk(&mut |node| match node {
                    // A gradient is dropped by its name in MLX.
                    Node::Stmt(ast::Stmt::Assign(s)) => {
                        let is_gradient = |target: &ast::Expr| matches!(target, ast::Expr::Attribute(e) if e.attr.as_str() == "grad");
                        is_dropped |= s.targets.iter().any(is_gradient) && !s.value.is_bin_op_expr();
                    }
                    Node::Expr(ast::Expr::Call(call)) => is_kept |= last_name(&call.func).is_some_and(|name| KEEP_ORDER.contains(&name)),
                    Node::Expr(ast::Expr::Yield(_)) | Node::Stmt(ast::Stmt::Break(_)) => is_kept = true,
                    _ => {}
                });
                is_kept && !is_dropped
            }
            Some(up @ Node::Expr(ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_))) => {
                let mut consumers = cx.ancestors(up).map_while(|up| if let Node::Expr(expr) = up { Some(expr) } else { None });
                !consumers
                    .any(|expr| matches!(expr, ast::Expr::Call(call) if last_name(&call.func).is_some_and(|name| MIX.contains(&name))))
            }
            _ => false,
        }
    }

    /// Whether nothing but the gradients of the parameters is used.
    fn reads_gradients_alone(&self, cx: &Cx<'a>) -> bool {
        // What is walked beside has an item for each parameter.
        let Some(scope) = cx.parent(self.iter).filter(|_| !self.is_beside) else { return false };
        let mut are_gradients = true;
        scope.walk(&mut |node| {
            let Node::Expr(expr @ ast::Expr::Name(name)) = node else { return };
            if name.id.as_str() == self.parameter && !self.target.range().contains_range(name.range) {
                are_gradients &= matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(e))) if e.attr.as_str() == "grad");
            }
        });
        are_gradients
    }
}

/// Whether a value is a new array, of the dtype of a gradient that it is computed from: `p.grad / n`, `0.9 * p.grad + noise`.
fn computes_anew<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_gradient = |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "grad");
    let ast::Expr::BinOp(own) = value else { return false };
    let sides = [&*own.left, &*own.right];
    cx.qualified(value).is_none() && sides.into_iter().any(|side| is_gradient(side) || computes_anew(cx, side))
}

/// Whether something in the function around a statement may keep the array of a gradient: `grads.append(p.grad)`.
fn is_held<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let mut is_held = false;
    let mut visit = |node: Node<'a>| {
        if let Node::Expr(expr @ ast::Expr::Attribute(gradient)) = node {
            is_held |= gradient.attr.as_str() == "grad" && gradient.ctx.is_load() && is_kept(cx, expr);
        }
    };
    events::walk(Scopes::around(cx, stmt).body(), &mut visit);
    is_held
}

/// Whether the array of an expression may get another name.
fn is_kept<'a>(cx: &Cx<'a>, array: &'a ast::Expr) -> bool {
    match cx.parent(array) {
        Some(Node::Expr(ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::Compare(_))) => false,
        Some(Node::Expr(data @ ast::Expr::Attribute(up))) if up.attr.as_str() == "data" => is_kept(cx, data),
        // `p.grad.norm()`, `p.grad.shape`
        Some(Node::Expr(ast::Expr::Attribute(up))) => !gradient_names::gives_new_value(&up.attr),
        // `torch.randn_like(p.grad)`
        Some(Node::Expr(ast::Expr::Call(call))) => {
            !cx.qualified(&call.func).is_some_and(|name| name.ends_with("_like") || name.ends_with(".norm"))
        }
        Some(Node::Stmt(ast::Stmt::If(_) | ast::Stmt::AugAssign(_))) => false,
        _ => true,
    }
}

/// `model.fc.weight.grad.zero_()`, which rules about statements write.
fn is_written<'a>(cx: &Cx<'a>, gradient: &'a ast::Expr) -> bool {
    let Some(ast::Stmt::Expr(stmt)) = cx.statement(gradient) else { return false };
    matches!(&*stmt.value, ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.ends_with('_')))
}

fn gradient_name(cx: &Cx<'_>, parameter: &str) -> String {
    unused(cx, &[&format!("{parameter}_grad"), &format!("grad_of_{parameter}"), "gradient_of_parameter"])
}

/// A gradient that is read, or a comprehension over gradients, in a statement of a step that is ported.
pub(super) fn inner<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Attribute(gradient) if matches!(gradient.attr.as_str(), "grad" | "data") => {
            if let Some(text) = cx.statement(expr).and_then(|stmt| text_of(cx.stmt_claim(stmt)?, expr)) {
                return Some(Claim::text(text.to_owned(), Prec::Atom));
            }
            let ast::Expr::Name(name) = &*gradient.value else { return None };
            if gradient.attr.as_str() == "data" {
                return None;
            }
            let found = Loop::around(cx, expr, &name.id)?;
            text_of(cx.stmt_claim(cx.statement(found.iter)?)?, found.iter)?;
            Some(Claim::text(gradient_name(cx, &name.id), Prec::Atom))
        }
        ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::SetComp(_) | ast::Expr::DictComp(_) => {
            let claim = cx.stmt_claim(cx.statement(expr)?).filter(|claim| !claim.inner.is_empty())?;
            let loops = generators(expr).iter().flat_map(|one| Loop::all_of(cx, &one.target, &one.iter));
            let edits: Vec<_> = loops.filter_map(|found| Some(found.edits(cx, text_of(claim, found.iter)?))).flatten().collect();
            (!edits.is_empty()).then(|| Claim::edit(edits))
        }
        _ => None,
    }
}

/// What the loop goes over that binds the name of a gradient's parameter.
pub(super) fn iterated<'a>(cx: &Cx<'a>, gradient: &'a ast::Expr, name: &ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = name else { return None };
    Loop::around(cx, gradient, &name.id).map(|found| found.iter)
}

fn generators(expr: &ast::Expr) -> &[ast::Comprehension] {
    match expr {
        ast::Expr::ListComp(e) => &e.generators,
        ast::Expr::GeneratorExp(e) => &e.generators,
        ast::Expr::SetComp(e) => &e.generators,
        ast::Expr::DictComp(e) => &e.generators,
        _ => &[],
    }
}
