//! Inside of code that is differentiated, what a `no_grad` block or function gives carries no gradient: `mx.stop_gradient` says so.
//!
//! Elsewhere nothing is recorded, and the block goes without a trace (see `erased-context`).

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_semantic::{Entity, Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::contexts::{Condition, GradMode, grad_mode, grad_switch, is_grad, is_no_grad, own_manager};
use super::places::last_name;
use super::{Hook, Rule, hidden_scores, kept_values, returned_arrays, weight_data};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::grad_managers::Switching;
use crate::names::{Module, Uses};
use crate::reached::{
    is_beside_losses, is_beside_losses_of_script, is_called_differentiated_at, is_differentiated, is_method_differentiated,
    is_value_differentiated, records,
};
use crate::{open_functions, receiver, storage};

mod builtin_calls;
pub(super) mod made_before;
pub(super) mod outliving;
mod stored;

use made_before::Made;
pub(crate) use stored::stored_value;
use stored::{adds_gradient, is_buffer_changed, stored_without_gradient};

pub(super) const RULE: Rule = Rule { name: "no-grad", doc: include_str!("no_grad.md"), hook: Hook::Stmt(leaving) };

/// A block or function without gradients, in code that is differentiated.
pub(super) struct Region<'a> {
    range: TextRange,
    /// The function around the block, or the function itself; none at module level.
    pub(super) function: Option<&'a ast::Stmt>,
    is_function: bool,
    /// Whether gradients do flow through it, as far as calls tell, not only through what it may change.
    is_on_the_way: bool,
    /// What decides at run time whether there are gradients: `flag` of `torch.set_grad_enabled(flag)`.
    pub(super) switch: Option<Condition<'a>>,
}

pub(super) fn leaving<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if weight_data::weight(cx, stmt).is_some() {
        return None;
    }
    // The value says so itself: see `kept_values`.
    if kept_values::attribute_target(stmt).is_some() || outliving::added(cx, stmt).is_some() {
        return None;
    }
    if let ast::Stmt::With(with) = stmt {
        return unclear_manager(cx, stmt, with);
    }
    let values: Vec<&'a ast::Expr> = match stmt {
        ast::Stmt::Assign(assign) => vec![&assign.value],
        ast::Stmt::AnnAssign(assign) => assign.value.as_deref().into_iter().collect(),
        ast::Stmt::AugAssign(assign) => vec![&assign.value],
        ast::Stmt::Return(ret) => ret.value.as_deref().into_iter().collect(),
        ast::Stmt::Expr(expr) if in_place_receiver(&expr.value).is_some() => vec![&expr.value],
        _ => return None,
    };
    let value = *values.first()?;
    let region = region(cx, stmt)?;
    let targets: Vec<&'a ast::Expr> = match stmt {
        ast::Stmt::Assign(assign) => assign.targets.iter().collect(),
        ast::Stmt::AnnAssign(assign) => vec![&assign.target],
        ast::Stmt::AugAssign(assign) => vec![&assign.target],
        ast::Stmt::Expr(_) => in_place_receiver(value).into_iter().collect(),
        _ => Vec::new(),
    };
    let changes = matches!(stmt, ast::Stmt::AugAssign(_) | ast::Stmt::Expr(_));
    let is_plain = |target: &&ast::Expr| match target {
        ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Tuple(_) => true,
        ast::Expr::Subscript(item) => is_in_collection(cx, item),
        _ => false,
    };
    let wraps = match stmt {
        ast::Stmt::AugAssign(assign) => {
            matches!(assign.op, ast::Operator::Add | ast::Operator::Sub)
                || made_before::is_made_before(cx, &region, stmt, &assign.target, Made::Likely)
        }
        ast::Stmt::Expr(_) => false,
        _ => targets.iter().all(is_plain),
    };
    let is_read = |target: &'a ast::Expr| {
        let changed = || changes.then(|| made_before::named_outside(cx, &region, stmt, target)).flatten();
        // Whoever calls another method reads what this one adds to.
        let is_own = || matches!(target, ast::Expr::Attribute(own) if receiver::class_of(cx, &own.value).is_some());
        // What only numbers change stays as it is.
        let is_left = || {
            target.is_subscript_expr()
                && (stmt.is_aug_assign_stmt() || adds_gradient(cx, stmt))
                && wrapper(cx, value).is_some()
                && outliving::is_kept(cx, &region, target)
        };
        let is_kept = changes && target.is_attribute_expr() && (!region.is_on_the_way || wraps && is_own() || is_buffer_changed(cx, stmt));
        let is_others = || !changes && target.is_name_expr() && outliving::is_of_others(&region, target);
        is_kept
            || is_used_outside(cx, &region, target)
            || is_left()
            || is_others()
            || changed().is_some_and(|tensor| is_used_outside(cx, &region, tensor))
    };
    if !targets.is_empty() && !targets.iter().any(|target| is_read(target)) {
        return None;
    }
    // `y = h` is `h` itself, with its gradient.
    let (kept, computed) = made_before::parts(cx, &region, value);
    let keeps = region.switch.is_none() && !kept.is_empty() && binds_objects(cx, stmt, &targets, value);
    if keeps && computed.is_empty() {
        return None;
    }
    // The rule about indices and the rows of in-place methods store these.
    if stored_without_gradient(cx, stmt) {
        return None;
    }
    if let ast::Stmt::Expr(_) = stmt
        && region.switch.is_none()
        && targets.iter().all(|target| made_before::is_made_before(cx, &region, stmt, target, Made::Surely))
        && made_before::adds_no_gradient(cx, value)
    {
        return None;
    }
    let is_known = region.switch.is_none_or(|switch| cx.is_pure(switch.test) || wrapper(cx, value).is_none());
    if !wraps && !region.is_on_the_way {
        return None;
    }
    if hidden_scores::hides(cx, stmt) {
        return None;
    }
    if !wraps || !is_known {
        let reason =
            "this changes an array without a gradient inside of code that is differentiated: wrap what it adds in `mx.stop_gradient`";
        return Some(StmtClaim::todo(Finding::todo(codes::NO_GRAD_CHANGE, stmt.range(), reason)));
    }
    if keeps {
        return without_gradients(cx, &computed);
    }
    // What is taken apart may be a tuple, unless its text says that it is none.
    let is_apart = targets.iter().any(|target| target.is_tuple_expr());
    let may_be_tuple = is_apart && value.is_call_expr() && cx.fact(value).evidence < Evidence::Constructed;
    let (text, uses) = match (wrapper(cx, value)?, region.switch) {
        (_, None) if may_be_tuple => cx.member(Module::Compat, "stop_gradient"),
        (Wrapper::Array, None) => cx.member(Module::Core, "stop_gradient"),
        (Wrapper::Tree, None) => cx.member(Module::Compat, "stop_gradient"),
        (_, Some(_)) => cx.member(Module::Compat, "with_gradient_if"),
    };
    let range = value.range();
    if let Some(switch) = region.switch {
        // Off where the test holds, or where it does not.
        let (word, prec) = if switch.negated { ("", Prec::Test) } else { ("not ", Prec::Not) };
        let mut pieces = vec![Piece::text(format!("{text}({word}")), Piece::Expr(switch.test, prec), Piece::text(", ")];
        pieces.extend([Piece::Expr(value, Prec::Test), Piece::text(")")]);
        return Some(StmtClaim::edit(vec![Edit::new(range, pieces)]).uses(uses));
    }
    let (open, close) = match value {
        // A bare tuple needs parentheses of its own.
        ast::Expr::Tuple(_) if !t2m_syntax::ranges::is_bracketed(cx.file, range) => (format!("{text}(("), "))"),
        _ => (format!("{text}("), ")"),
    };
    let pieces = vec![Piece::text(open), Piece::Expr(value, Prec::Tuple), Piece::text(close)];
    Some(StmtClaim::edit(vec![Edit::new(range, pieces)]).uses(uses))
}

/// Whether a statement gives places the objects themselves that its value is written with, and copies none: `y = h`, `y, z = h, h * 2`, `return h`.
fn binds_objects<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, targets: &[&'a ast::Expr], value: &'a ast::Expr) -> bool {
    let is_display = matches!(value, ast::Expr::Tuple(_) | ast::Expr::List(_));
    let is_place = |target: &&ast::Expr| match target {
        ast::Expr::Name(_) => true,
        ast::Expr::Subscript(item) => is_in_collection(cx, item),
        ast::Expr::Tuple(parts) => is_display && parts.elts.iter().all(ast::Expr::is_name_expr),
        _ => false,
    };
    match stmt {
        ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_) => targets.iter().all(is_place),
        // `rows += [h]`
        ast::Stmt::AugAssign(_) => is_display,
        ast::Stmt::Return(_) => true,
        _ => false,
    }
}

/// The parts of a value, each without its gradient.
fn without_gradients<'a>(cx: &Cx<'a>, parts: &[&'a ast::Expr]) -> Option<StmtClaim<'a>> {
    let (mut edits, mut uses) = (Vec::new(), Uses::default());
    for part in parts {
        let (text, more) = match wrapper(cx, part) {
            Some(Wrapper::Array) => cx.member(Module::Core, "stop_gradient"),
            Some(Wrapper::Tree) => cx.member(Module::Compat, "stop_gradient"),
            None => continue,
        };
        let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(part, Prec::Tuple), Piece::text(")")];
        edits.push(Edit::new(part.range(), pieces));
        uses.extend(&more);
    }
    (!edits.is_empty()).then(|| StmtClaim::edit(edits).uses(uses))
}

/// `with grad_mode(flag):` of the project's own, which switches by what is known at run time.
fn unclear_manager<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, with: &'a ast::StmtWith) -> Option<StmtClaim<'a>> {
    let item = with.items.iter().find(|item| own_manager(cx, &item.context_expr) == Some(Switching::Perhaps))?;
    let function = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(up @ ast::Stmt::FunctionDef(_)) => Some(up),
        _ => None,
    })?;
    let is_concerned = (is_differentiated(cx, function) || is_method_differentiated(cx, function)) && !is_off_at(cx, &item.context_expr);
    is_concerned.then(|| {
        let reason =
            "this may switch gradients off inside of code that is differentiated: wrap what the block gives in `mx.stop_gradient` then";
        StmtClaim::todo(Finding::todo(codes::NO_GRAD_CHANGE, item.context_expr.range(), reason))
    })
}

/// Whether a function stands for another one that the function around it is given: `inner` of a decorator.
fn is_wrapper<'a>(cx: &Cx<'a>, function: &'a ast::Stmt, def: &'a ast::StmtFunctionDef) -> bool {
    let outer = cx.ancestors(Node::Stmt(function)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(outer)) => Some(outer),
        _ => None,
    });
    let Some(outer) = outer else { return false };
    let mut calls = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| {
            calls |= matches!(node, Node::Expr(ast::Expr::Call(call))
                if matches!(&*call.func, ast::Expr::Name(name) if receiver::has_parameter(outer, &name.id)));
        });
    }
    calls
}

/// An item of a dictionary or list, which is no part of an array. Ex) `losses["acc"]`
fn is_in_collection(cx: &Cx<'_>, item: &ast::ExprSubscript) -> bool {
    receiver::string(&item.slice).is_some() || matches!(cx.kind(&item.value), Kind::Dict(_) | Kind::List(_))
}

/// `torch.zeros(n)`, also with what moves or casts it: `torch.zeros(n).to(device)`.
fn makes_array(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    if let Some(name) = cx.qualified(&call.func) {
        return (CREATION.functions.contains(name) || CREATION.like.contains(name))
            && !call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("requires_grad"));
    }
    matches!(&*call.func, ast::Expr::Attribute(method) if CREATION.methods.contains(method.attr.as_str()) && makes_array(cx, &method.value))
}

/// What makes an array without a gradient (`mappings/names/creation.toml`).
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Creation {
    functions: FxHashSet<String>,
    /// Those that ask their first argument for its shape and dtype only.
    like: FxHashSet<String>,
    /// Methods that ask their tensor for its dtype only.
    by_method: FxHashSet<String>,
    /// Methods that give the same values elsewhere, in another dtype or shape.
    methods: FxHashSet<String>,
}

static CREATION: LazyLock<Creation> = LazyLock::new(|| read_names("creation"));

/// `torch.zeros(n)`
pub(crate) fn is_creation(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    cx.qualified(&call.func).is_some_and(|name| CREATION.functions.contains(name))
}

/// `x.new_zeros(n)`
pub(crate) fn is_creating_method(name: &str) -> bool {
    CREATION.by_method.contains(name)
}

/// `torch.zeros_like(x)` and the like, whose values come from elsewhere than from `x`.
pub(crate) fn is_like(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    cx.qualified(&call.func).is_some_and(|name| CREATION.like.contains(name))
}

/// Whether a statement may switch gradients off for what follows, in whatever function: `torch.set_grad_enabled(False)` in code that is differentiated.
pub(super) fn switches_off<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Expr(statement) = stmt else { return false };
    let is_off = is_no_grad(cx, &statement.value) || grad_switch(cx, &statement.value).is_some();
    let is_managed = || cx.shared.grad_managers(cx.project_facts).hold(cx.project_facts, cx.id, &statement.value);
    is_off
        && cx.call_of(&statement.value, "torch.set_grad_enabled").is_some()
        && !is_managed()
        && is_called_differentiated_at(cx, &statement.value)
}

/// Whether gradients are known to be off at an expression, by a block or a decorator around it.
pub(crate) fn is_off_at<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    for up in cx.ancestors(Node::Expr(expr)) {
        match up {
            // What a `with` line asks is asked before the block.
            Node::Stmt(ast::Stmt::With(with)) if !with.items.iter().any(|item| item.context_expr.range().contains_range(expr.range())) => {
                if with.items.iter().any(|item| is_grad(cx, &item.context_expr) || grad_switch(cx, &item.context_expr).is_some()) {
                    return false;
                }
                if with.items.iter().any(|item| is_no_grad(cx, &item.context_expr)) {
                    return true;
                }
            }
            Node::Stmt(ast::Stmt::FunctionDef(def)) => return def.decorator_list.iter().any(|decorator| is_no_grad(cx, decorator)),
            Node::Stmt(ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)) => return false,
            _ => {}
        }
    }
    false
}

pub(super) enum Wrapper {
    Array,
    /// A tuple, or something of unknown kind.
    Tree,
}

/// Methods that only strings have: what they give is text.
const OF_STRINGS: &[&str] = &["strip", "lstrip", "rstrip", "lower", "upper", "title", "join", "format", "startswith", "endswith"];

/// How the value loses its gradient; `None` if it has none.
pub(super) fn wrapper(cx: &Cx<'_>, value: &ast::Expr) -> Option<Wrapper> {
    let is_stopped = |call: &ast::ExprCall| last_name(&call.func) == Some("detach");
    match cx.kind(value) {
        Kind::Tensor(_) if matches!(value, ast::Expr::Call(call) if is_stopped(call)) => None,
        Kind::Tensor(tensor) => tensor.dtype.is_none_or(is_differentiable).then_some(Wrapper::Array),
        Kind::Parameter => Some(Wrapper::Array),
        Kind::List(item) | Kind::Seq(item) | Kind::Dict(item) if item.is_number() => None,
        Kind::Unknown | Kind::Optional(_) | Kind::Tuple(_) | Kind::List(_) | Kind::Seq(_) | Kind::Dict(_) => match value {
            ast::Expr::Constant(_) | ast::Expr::JoinedStr(_) | ast::Expr::Compare(_) | ast::Expr::Lambda(_) => None,
            ast::Expr::Dict(dict) if dict.values.is_empty() => None,
            ast::Expr::List(list) if list.elts.iter().all(ast::Expr::is_constant_expr) => None,
            ast::Expr::Call(call) if let Some(Entity::Builtin(name)) = cx.entity(&call.func) => {
                builtin_calls::gives_computed(cx, name.as_str(), call).then_some(Wrapper::Tree)
            }
            ast::Expr::Call(call) if is_stopped(call) || last_name(&call.func).is_some_and(|name| OF_STRINGS.contains(&name)) => None,
            _ => Some(Wrapper::Tree),
        },
        _ => None,
    }
}

fn is_differentiable(dtype: t2m_semantic::kind::DType) -> bool {
    use t2m_semantic::kind::DType;
    matches!(dtype, DType::Float16 | DType::BFloat16 | DType::Float32 | DType::Float64 | DType::Complex64)
}

/// `buf` of `buf.copy_(x)` and `buf.mul_(2).add_(x)`.
pub(super) fn in_place_receiver(expr: &ast::Expr) -> Option<&ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let name = method.attr.as_str();
    let changes = name.ends_with('_') && !name.ends_with("__") && !matches!(name, "requires_grad_" | "detach_");
    changes.then(|| in_place_receiver(&method.value).unwrap_or(&method.value))
}

/// Whether a statement in code that is differentiated is in a region without gradients.
pub(super) fn is_without_gradient<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    region(cx, stmt).is_some_and(|region| region.switch.is_none())
}

/// The innermost region around a statement that is in differentiated code.
pub(super) fn region<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Region<'a>> {
    // `x.data.mul_(2)` is a block of its own.
    let mut block = storage::written_without_gradient(cx, stmt).map(|_| stmt);
    let mut switch: Option<Condition<'a>> = None;
    for up in cx.ancestors(Node::Stmt(stmt)) {
        let Node::Stmt(up) = up else { continue };
        match up {
            ast::Stmt::With(with) if block.is_none() || switch.is_some_and(|switch| switch.keeps_outer) => {
                match with.items.iter().rev().find_map(|item| grad_mode(cx, &item.context_expr)) {
                    Some(GradMode::Off) => (block, switch) = (Some(up), None),
                    Some(GradMode::OffIf(chosen)) if block.is_none() => (block, switch) = (Some(up), Some(chosen)),
                    Some(GradMode::On) if block.is_none() => return None,
                    _ => {}
                }
            }
            ast::Stmt::FunctionDef(def) => {
                let is_function = def.decorator_list.iter().any(|decorator| is_no_grad(cx, decorator));
                if block.is_none() && !is_function {
                    return None;
                }
                let range = block.map_or(up.range(), Ranged::range);
                let is_function = block.is_none();
                let region = |is_on_the_way| Some(Region { range, function: Some(up), is_function, is_on_the_way, switch });
                // Who trains and evaluates with one loop switches around all of a step.
                if switch.is_some() && block.is_some_and(|block| cx.source(block).contains(".backward(")) {
                    return None;
                }
                let in_step = || {
                    !is_function && switch.is_none() && (precedes_backward(cx, range, t2m_syntax::node::suites(up)) || goes_on(def, range))
                };
                let is_constant = || is_beside_losses(cx, range, up);
                if is_differentiated(cx, up) || in_step() && !is_constant() {
                    return region(true);
                }
                // What a training step of its own computes beside its losses is a constant, and `self.data = x` is an attribute like others.
                let is_method =
                    block.is_none_or(|block| block.is_with_stmt()) && !records(cx.source(up)) && is_method_differentiated(cx, up);
                if is_method {
                    return region(is_value_differentiated(cx, up));
                }
                // What a block gives leaves by `return`, inside of it or behind it, or stays in an attribute.
                let is_of_block = block.is_some_and(|block| block.is_with_stmt()) && switch.is_none();
                let gives = || {
                    returned_arrays::gives_computed(cx, def, stmt)
                        || is_of_block && returned_arrays::is_given_back(cx, def, stmt)
                        || returned_arrays::is_kept(cx, def, stmt)
                };
                let may_be_called = || open_functions::is_open(cx, up) || open_functions::is_handed(cx, up);
                let is_open = || (is_function || is_of_block && !gives_itself(def, stmt)) && may_be_called() && gives();
                return (is_wrapper(cx, up, def) || is_open()).then(|| region(false))?;
            }
            ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => return None,
            _ => {}
        }
    }
    let range = block.filter(|_| switch.is_none())?.range();
    let is_in_step = precedes_backward(cx, range, vec![&cx.file.suite]) && !is_beside_losses_of_script(cx, range);
    is_in_step.then_some(Region { range, function: None, is_function: false, is_on_the_way: true, switch })
}

/// Whether what a statement returns or binds may be what the function is given: `normal_(x)` gives `x` itself.
fn gives_itself(def: &ast::StmtFunctionDef, stmt: &ast::Stmt) -> bool {
    let value = match stmt {
        ast::Stmt::Return(ret) => ret.value.as_deref(),
        ast::Stmt::Assign(assign) => Some(&*assign.value),
        _ => None,
    };
    let is_changing =
        |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if last_name(&call.func).is_some_and(|name| name.ends_with('_')));
    def.name.ends_with('_') && value.is_some_and(|value| value.is_name_expr() || is_changing(value) || in_place_receiver(value).is_some())
}

/// Whether a function computes with what a block gave and with other values of its own behind the block: whoever calls it may ask for gradients of those.
/// Ex) `with torch.no_grad(): target = f(y)` and then `(x - target) ** 2`
fn goes_on(function: &ast::StmtFunctionDef, block: TextRange) -> bool {
    let (mut inner, mut outer): (FxHashSet<&str>, FxHashSet<&str>) = (FxHashSet::default(), FxHashSet::default());
    let args = &function.args;
    outer.extend(
        args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| arg.def.arg.as_str()).filter(|name| *name != "self"),
    );
    let mut operations: Vec<&ast::Expr> = Vec::new();
    for stmt in &function.body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Name(name)) if !name.ctx.is_load() => {
                let names = if block.contains_range(name.range) { &mut inner } else { &mut outer };
                names.insert(name.id.as_str());
            }
            Node::Expr(expr @ (ast::Expr::BinOp(_) | ast::Expr::Call(_))) if expr.range().start() > block.end() => operations.push(expr),
            _ => {}
        });
    }
    inner.retain(|name| !outer.contains(name));
    operations.into_iter().any(|operation| {
        let (mut of_block, mut of_others) = (false, false);
        Node::Expr(operation).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Name(name)) = node {
                of_block |= inner.contains(name.id.as_str());
                of_others |= outer.contains(name.id.as_str());
            }
        });
        of_block && of_others
    })
}

/// Whether a statement behind the block, in its suite, calls `backward`: the block is part of a training step.
fn precedes_backward<'a>(cx: &Cx<'a>, block: TextRange, suites: Vec<&'a [ast::Stmt]>) -> bool {
    suites.into_iter().any(|suite| {
        let Some(at) = suite.iter().position(|stmt| stmt.range().contains_range(block)) else { return false };
        if suite[at].range() != block {
            return precedes_backward(cx, block, t2m_syntax::node::suites(&suite[at]));
        }
        // A loop behind the block differentiates its own body: what the block gave is a constant there.
        let is_step = |stmt: &&ast::Stmt| {
            !matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_))
        };
        suite[at + 1..].iter().filter(is_step).any(|stmt| cx.source(stmt).contains(".backward("))
    })
}

/// Whether the value may be read outside of the region: a name in the same function, an attribute anywhere.
pub(super) fn is_used_outside<'a>(cx: &Cx<'a>, region: &Region<'a>, target: &'a ast::Expr) -> bool {
    match target {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|target| is_used_outside(cx, region, target)),
        ast::Expr::Starred(starred) => is_used_outside(cx, region, &starred.value),
        ast::Expr::Subscript(subscript) => is_used_outside(cx, region, &subscript.value),
        ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "data") => is_used_outside(cx, region, &attribute.value),
        ast::Expr::Attribute(_) if region.is_function => true,
        ast::Expr::Name(_) if region.is_function => false,
        _ => {
            let text = cx.source(target);
            let mut used = false;
            let around = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
            around.iter().for_each(|stmt| {
                Node::Stmt(stmt).walk(&mut |node| {
                    if let Node::Expr(expr) = node
                        && !region.range.contains_range(expr.range())
                        && matches!(expr, ast::Expr::Name(name) if name.ctx.is_load())
                            | matches!(expr, ast::Expr::Attribute(attribute) if attribute.ctx.is_load())
                    {
                        used |= cx.source(expr) == text;
                    }
                })
            });
            used
        }
    }
}
