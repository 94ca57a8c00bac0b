//! `torch.autograd.grad(out, x)[0]`: the statements that compute `out` from `x` become a function, which `mx.grad` differentiates with respect to `x`.
//!
//! What has no such shape keeps the TODO of its row.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Nest, Node, Piece, Prec, TextRange};

use super::depends::{are_independent, made_from, tainted};
use super::events::{leaves, walk};
use super::flow::{self, Flow, Names};
use super::model::Scopes;
use super::{build, chained_gradient, holds, in_order, inner_gradient};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::names::Module;
use crate::rules::contexts::is_no_grad;
use crate::rules::freeze_loop::switch;
use crate::rules::{Hook, Rule, SuiteClaims};
use crate::{reached, receiver, views};

pub(in crate::rules) const RULE: Rule =
    Rule { name: "input-gradient", doc: include_str!("../input_gradient.md"), hook: Hook::Suite(gradients) };

const GRAD: &str = "torch.autograd.grad";

fn gradients<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> SuiteClaims<'a> {
    let mut claims = Vec::new();
    if !cx.mentions(GRAD) {
        return claims;
    }
    let mut free = 0;
    let mut is_whole = true;
    let mut inputs = Names::new();
    for (at, stmt) in suite.iter().enumerate() {
        if let Some(gradient) = Gradient::find(cx, suite, at, free) {
            free = at + 1;
            inputs.extend(&gradient.inputs);
            claims.push((stmt, gradient.claim(cx)));
        } else {
            is_whole &= call_in(cx, stmt).is_none();
        }
    }
    if !is_whole && let Some((chained, names)) = chained_gradient::claims(cx, suite) {
        (claims, inputs) = (chained, names.into_iter().collect());
    }
    if let Some(at) =
        claims.iter().position(|(stmt, _)| call_in(cx, stmt).is_some_and(|call| reached::is_differentiated_at(cx, &call.func)))
    {
        let (stmt, claim) = claims.remove(at);
        claims.insert(at, (stmt, inner_gradient::with_compiling_off(cx, stmt, claim)));
    }
    // What is differentiated with respect to is said where it is.
    claims.extend(suite.iter().filter(|stmt| is_switch(cx, stmt, &inputs)).map(|stmt| (stmt, StmtClaim::delete())));
    claims
}

/// `x.requires_grad = True`
fn is_switch<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, inputs: &Names<'a>) -> bool {
    let Some((target @ ast::Expr::Name(name), Some(flag))) = switch(stmt) else { return false };
    let is_item = || {
        cx.ancestors(Node::Stmt(stmt)).any(|up| {
            matches!(up, Node::Stmt(ast::Stmt::For(walk)) if {
                let mut names = Names::new();
                flow::targets(&walk.target, &mut names);
                names.contains(name.id.as_str())
            })
        })
    };
    let kind = cx.kind(target);
    let is_array = kind != Kind::Parameter && kind.is_tensor() || kind.is_unknown() && !is_item();
    stmt.is_assign_stmt() && inputs.contains(name.id.as_str()) && cx.source(flag) == "True" && is_array
}

/// What the outputs are multiplied by before they are added up.
pub(super) enum Weight<'a> {
    /// There is one output.
    None,
    Ones,
    Given(&'a ast::Expr),
}

struct Gradient<'a> {
    /// What the gradient stands for: `torch.autograd.grad(...)[0]`, or the call where all gradients are taken.
    range: TextRange,
    /// `g` of `g, = torch.autograd.grad(...)`.
    single: Option<&'a ast::Expr>,
    /// The names that an assignment gives the gradients to, if it does nothing else.
    target: Option<&'a ast::Expr>,
    inputs: Vec<&'a str>,
    outputs: &'a ast::Expr,
    weight: Weight<'a>,
    /// Whether the outputs are one number without axes.
    is_number: bool,
    /// Whether the gradient is a constant for what is differentiated around it.
    is_stopped: bool,
    /// The statements of the function.
    run: &'a [ast::Stmt],
    /// Values that are used afterwards.
    live: Vec<&'a str>,
}

impl<'a> Gradient<'a> {
    /// The gradient that a statement asks for; statements before `free` belong to others.
    fn find(cx: &Cx<'a>, suite: &'a [ast::Stmt], at: usize, free: usize) -> Option<Self> {
        let stmt = &suite[at];
        let call = call_in(cx, stmt)?;
        let outputs = only(receiver::argument(call, 0, "outputs")?)?;
        let inputs = names(receiver::argument(call, 1, "inputs")?)?;
        let (weight, is_kept_constant) = options(cx, call)?;
        let (range, single) = taken(cx, stmt, call, inputs.len())?;
        let is_stopped = is_kept_constant && reached::is_differentiated_at(cx, outputs);
        if is_stopped && inputs.len() > 1 {
            return None;
        }
        let bound = (0..at).rev().find(|before| Flow::of(&suite[*before..*before + 1]).bound.iter().any(|name| inputs.contains(name)));
        let first = bound.map_or(0, |bound| bound + 1);
        let start = (first..at).find(|at| reads(cx, &suite[*at], &inputs)).unwrap_or(at);
        let run = &suite[start..at];
        if start < free || !movable(cx, run) {
            return None;
        }
        let mut flow = Flow::of(run);
        flow.read(outputs);
        if let Weight::Given(weight) = weight {
            flow.read(weight);
        }
        let scopes = Scopes::around(cx, stmt);
        let whole = TextRange::new(run.first().unwrap_or(stmt).range().start(), stmt.range().end());
        let tainted = tainted(scopes.body(), whole, &inputs);
        let is_own = |name: &&str| inputs.contains(name);
        let comes_from_outside = flow.exposed.iter().any(|name| tainted.contains(name) && !is_own(name));
        let mut read = Names::new();
        flow::loads(outputs, &mut read);
        let made = made_from(run, &inputs);
        if comes_from_outside
            || !are_independent(scopes.body(), stmt.range().start(), &inputs)
            || !read.iter().any(|name| made.contains(name))
        {
            return None;
        }
        let mut live = flow::read_afterwards(scopes.body(), whole, &flow.bound);
        live.extend(read_beside(stmt, call).intersection(&flow.bound));
        let is_loose = |name: &&str| flow.exposed.contains(*name) || !flow.definite.contains(*name);
        let declared = flow::declared(scopes.body());
        if flow.bound.iter().any(|name| declared.contains(name) || flow.exposed.contains(name)) || live.iter().any(is_loose) {
            return None;
        }
        let live = in_order(run, live);
        let is_number = is_number(cx, outputs, run);
        // `mx.value_and_grad` gives what a function returns beside its value without a gradient.
        let is_value = |name: &str| is_number && matches!(outputs, ast::Expr::Name(own) if own.id.as_str() == name);
        let is_differentiated = !is_kept_constant || reached::is_differentiated_at(cx, outputs);
        if is_differentiated && !live.iter().all(|name| is_value(name)) {
            return None;
        }
        (run.is_empty() || cx.owns_its_lines(stmt)).then_some(Self {
            range,
            single,
            target: target_of(stmt, range),
            inputs,
            outputs,
            weight,
            is_number,
            is_stopped,
            run,
            live,
        })
    }

    fn claim(&self, cx: &Cx<'a>) -> StmtClaim<'a> {
        let inputs = self.inputs.join(", ");
        let argnums = match self.inputs.len() {
            1 => String::new(),
            n => format!(", argnums=({})", (0..n).map(|at| at.to_string()).collect::<Vec<_>>().join(", ")),
        };
        let (grad, mut uses) = cx.member(Module::Core, if self.live.is_empty() { "grad" } else { "value_and_grad" });
        let (stop, stop_uses) = cx.member(Module::Core, "stop_gradient");
        let (open, close) = if self.is_stopped { (format!("{stop}("), ")") } else { (String::new(), "") };
        if self.is_stopped {
            uses.extend(&stop_uses);
        }
        if self.run.is_empty() {
            let mut pieces = vec![Piece::text(format!("{open}{grad}(lambda {inputs}: "))];
            pieces.extend(self.value());
            pieces.push(Piece::text(format!("{argnums})({inputs}){close}")));
            return self.written(cx, pieces).uses(uses);
        }
        let own = if let ast::Expr::Name(name) = self.outputs { format!("{}_of", name.id) } else { "value_of".to_owned() };
        let function = build::unused(cx, &[&own, "outputs_of", "function_of"]);
        let mut footer = vec![Piece::text("return ")];
        footer.extend(self.value());
        let is_value = |name: &&&str| matches!(self.outputs, ast::Expr::Name(own) if own.id.as_str() == **name && self.is_number);
        let value = self.live.iter().find(is_value).copied();
        let others: Vec<&str> = self.live.iter().copied().filter(|name| Some(*name) != value).collect();
        let more: String = others.iter().map(|name| format!(", {name}")).collect();
        footer.push(Piece::text(more.clone()));
        let call = format!("{grad}({function}{argnums})({inputs})");
        let mut nest = Nest { header: format!("def {function}({inputs}):"), stmts: self.run, footer, below: None, first: Vec::new() };
        let value = value.unwrap_or("_");
        let values = if more.is_empty() { value.to_owned() } else { format!("({value}{more})") };
        if let Some(target) = self.target.filter(|_| !self.live.is_empty() && !self.is_stopped) {
            let several = matches!(target, ast::Expr::Tuple(_)) && self.single.is_none() && !cx.source(target).starts_with('(');
            let target = self.single.unwrap_or(target);
            let target = if several { format!("({})", cx.source(target)) } else { cx.source(target).to_owned() };
            let mut claim = StmtClaim::replace(vec![Piece::text(format!("{values}, {target} = {call}"))]);
            claim.nest = Some(nest);
            return claim.uses(uses);
        }
        let taken = if self.live.is_empty() {
            call
        } else {
            let gradient = build::unused(cx, &[&format!("{}_grad", self.inputs[0]), "input_grad", "gradient"]);
            nest.below = Some(vec![Piece::text(format!("{values}, {gradient} = {call}"))]);
            gradient
        };
        let mut claim = self.written(cx, vec![Piece::text(format!("{open}{taken}{close}"))]);
        claim.nest = Some(nest);
        claim.uses(uses)
    }

    /// The statement with something in the place of the gradient.
    fn written(&self, cx: &Cx<'a>, pieces: Vec<Piece<'a>>) -> StmtClaim<'a> {
        match self.single {
            Some(target) => {
                let mut whole = vec![Piece::text(format!("{} = ", cx.source(target)))];
                whole.extend(pieces);
                StmtClaim::replace(whole)
            }
            None => StmtClaim { gradients: vec![(self.range, pieces)], ..StmtClaim::keep() },
        }
    }

    /// The one number whose gradient is asked for.
    fn value(&self) -> Vec<Piece<'a>> {
        match self.weight {
            Weight::None if self.is_number => vec![Piece::Expr(self.outputs, Prec::Test)],
            Weight::None | Weight::Ones => vec![Piece::Expr(self.outputs, Prec::Atom), Piece::text(".sum()")],
            Weight::Given(weight) => vec![
                Piece::text("("),
                Piece::Expr(self.outputs, Prec::Unary),
                Piece::text(" * "),
                Piece::Expr(weight, Prec::Unary),
                Piece::text(").sum()"),
            ],
        }
    }
}

/// The call of `torch.autograd.grad` in a statement without suites, if there is one.
pub(super) fn call_in<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::ExprCall> {
    if !matches!(stmt, ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_) | ast::Stmt::AugAssign(_) | ast::Stmt::Return(_) | ast::Stmt::Expr(_))
    {
        return None;
    }
    let mut calls = Vec::new();
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(expr) = node
            && let Some(call) = cx.call_of(expr, GRAD)
        {
            calls.push(call);
        }
    });
    let [call] = calls[..] else { return None };
    // What is computed now: not in a lambda, and once.
    let is_later = cx.ancestors(Node::Expr(call.func.as_ref())).take_while(|up| !up.is(Node::Stmt(stmt))).any(|up| {
        matches!(
            up,
            Node::Expr(
                ast::Expr::Lambda(_) | ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::IfExp(_) | ast::Expr::BoolOp(_)
            )
        )
    });
    (!is_later).then_some(call)
}

/// What stands for itself, or alone in a list.
pub(super) fn only(expr: &ast::Expr) -> Option<&ast::Expr> {
    match expr {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => match &elts[..] {
            [one] => Some(one),
            _ => None,
        },
        one => Some(one),
    }
}

/// `x`, `[x, y]`
pub(super) fn names(expr: &ast::Expr) -> Option<Vec<&str>> {
    fn id(expr: &ast::Expr) -> Option<&str> {
        if let ast::Expr::Name(name) = expr { Some(name.id.as_str()) } else { None }
    }
    match expr {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) if !elts.is_empty() => {
            elts.iter().map(id).collect()
        }
        one => Some(vec![id(one)?]),
    }
}

/// The weight of the outputs, and whether the gradient is a constant: without `create_graph`. Settings that change what comes out are none.
pub(super) fn options<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(Weight<'a>, bool)> {
    const NAMES: &[&str] = &["outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "only_inputs"];
    let is_known = |keyword: &ast::Keyword| match keyword.arg.as_deref() {
        Some("allow_unused" | "materialize_grads" | "is_grads_batched") => cx.source(&keyword.value) == "False",
        Some(name) => NAMES.contains(&name),
        None => false,
    };
    if call.args.len() > NAMES.len() || !call.keywords.iter().all(is_known) {
        return None;
    }
    let weight = match receiver::argument(call, 2, "grad_outputs").map(|weight| only(weight)) {
        None => Weight::None,
        Some(None) => return None,
        Some(Some(weight)) => match weight {
            ast::Expr::Constant(constant) if constant.value == ast::Constant::None => Weight::None,
            ast::Expr::Call(made) if matches!(cx.qualified(&made.func), Some("torch.ones_like" | "torch.ones")) => Weight::Ones,
            ast::Expr::Name(_) => Weight::Given(weight),
            _ => return None,
        },
    };
    let is_constant = receiver::argument(call, 4, "create_graph").is_none_or(|flag| cx.source(flag) == "False");
    Some((weight, is_constant))
}

/// How a statement takes the gradients: the expression that stands for one, or for all, and the target of `g, = torch.autograd.grad(...)`.
pub(super) fn taken<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    call: &'a ast::ExprCall,
    inputs: usize,
) -> Option<(TextRange, Option<&'a ast::Expr>)> {
    let node = match cx.parent(&*call.func)? {
        Node::Expr(node) => node,
        Node::Stmt(_) => return None,
    };
    match cx.parent(node)? {
        Node::Expr(ast::Expr::Subscript(item)) if inputs == 1 && receiver::number(&item.slice) == Some(0.0) => Some((item.range, None)),
        Node::Stmt(ast::Stmt::Assign(assign)) => {
            let [ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. })] = &assign.targets[..] else {
                return None;
            };
            let are_plain = elts.len() == inputs && !elts.iter().any(|target| matches!(target, ast::Expr::Starred(_)));
            match &elts[..] {
                _ if !are_plain => None,
                [one] => Some((stmt.range(), Some(one))),
                _ => Some((call.range, None)),
            }
        }
        _ => None,
    }
}

/// The target of an assignment of just that value: a name, or several.
fn target_of(stmt: &ast::Stmt, value: TextRange) -> Option<&ast::Expr> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target] = &assign.targets[..] else { return None };
    let are_names = match target {
        ast::Expr::Name(_) => true,
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            elts.iter().all(ast::Expr::is_name_expr)
        }
        _ => false,
    };
    (are_names && (assign.value.range() == value || stmt.range() == value)).then_some(target)
}

/// Whether the outputs have no axes for sure.
pub(super) fn is_number<'a>(cx: &Cx<'a>, outputs: &'a ast::Expr, run: &'a [ast::Stmt]) -> bool {
    let is_one = |value: &'a ast::Expr| {
        let ast::Expr::Call(call) = value else { return false };
        match (cx.qualified(&call.func), &*call.func) {
            // A loss is averaged, unless it is told otherwise.
            (Some(name), _) if name.starts_with("torch.nn.functional.") => {
                let reduces = name.ends_with("loss") || name.contains("cross_entropy");
                reduces && !call.keywords.iter().any(|kw| matches!(kw.arg.as_deref(), None | Some("reduction" | "reduce")))
            }
            (None, ast::Expr::Attribute(method)) => {
                matches!(method.attr.as_str(), "sum" | "mean") && call.args.is_empty() && call.keywords.is_empty()
            }
            _ => false,
        }
    };
    let given = run.iter().rev().find_map(|stmt| match (stmt, outputs) {
        (ast::Stmt::Assign(assign), ast::Expr::Name(name)) if views::is_same_name(&assign.targets[0], &name.id) => Some(&*assign.value),
        _ => None,
    });
    is_one(outputs) || given.is_some_and(|value| is_one(value) || has_no_axes(cx, value)) || has_no_axes(cx, outputs)
}

pub(super) fn has_no_axes(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    matches!(cx.kind(value), Kind::Tensor(tensor) if tensor.rank == Some(0))
}

/// Whether a statement reads the values of one of the names, and not its shape alone.
pub(super) fn reads<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, names: &[&str]) -> bool {
    if switch(stmt).is_some_and(|(target, _)| matches!(target, ast::Expr::Name(name) if names.contains(&name.id.as_str()))) {
        return false;
    }
    holds(stmt, &mut |expr| {
        let ast::Expr::Name(name) = expr else { return false };
        let is_size = || {
            matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(member)))
                if matches!(member.attr.as_str(), "shape" | "size" | "device" | "dtype" | "ndim" | "dim" | "numel"))
        };
        name.ctx.is_load() && names.contains(&name.id.as_str()) && !is_size()
    })
}

/// Whether statements mean the same inside of a function, and have no gradients of their own.
pub(super) fn movable<'a>(cx: &Cx<'a>, run: &'a [ast::Stmt]) -> bool {
    // A function of another rule begins here, too.
    let is_taken =
        || cx.stmts.values().any(|(claim, _)| claim.nest.as_ref().is_some_and(|nest| std::ptr::eq(nest.stmts.as_ptr(), run.as_ptr())));
    run.is_empty() || is_plain(cx, run) && !is_taken()
}

/// The same, whether or not they are part of another function.
pub(super) fn is_plain<'a>(cx: &Cx<'a>, run: &'a [ast::Stmt]) -> bool {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return true };
    let is_apart = cx.file.starts_line(first.range().start()) && cx.ends_its_line(last) && cx.file.in_one_cell(run);
    if !is_apart || leaves(run, false).is_some() {
        return false;
    }
    let mut is_plain = true;
    walk(run, &mut |node| match node {
        Node::Stmt(ast::Stmt::With(with)) => is_plain &= !with.items.iter().any(|item| is_no_grad(cx, &item.context_expr)),
        Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_)) => is_plain = false,
        Node::Expr(ast::Expr::Attribute(member)) => is_plain &= !matches!(member.attr.as_str(), "backward" | "zero_grad" | "step" | "grad"),
        _ => {}
    });
    is_plain
}

/// What a statement reads beside the call.
pub(super) fn read_beside<'a>(stmt: &'a ast::Stmt, call: &'a ast::ExprCall) -> Names<'a> {
    let mut names = Names::new();
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node
            && name.ctx.is_load()
            && !call.range.contains_range(name.range)
        {
            names.insert(name.id.as_str());
        }
    });
    names
}

/// What stands for `torch.autograd.grad(...)[0]` inside of an expression.
pub(super) fn taken_at<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = match expr {
        ast::Expr::Subscript(item) => &item.value,
        expr => expr,
    };
    cx.call_of(call, "torch.autograd.grad")?;
    let gradients = &cx.stmt_claim(cx.statement(expr)?)?.gradients;
    let (_, pieces) = gradients.iter().find(|(range, _)| *range == expr.range())?;
    Some(Claim::build(pieces.clone(), Prec::Atom))
}
