//! `x.data`: the values without their gradient.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::places::last_name;
use super::read_after_training::follows_training;
use super::to::sounds_like_module;
use super::weight_data::{is_own, weight};
use super::{Hook, Rule, Shape, is_off_at};
use super::{computed_data, named_data, read_data, written_items};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::view_names::VIEWS;
use crate::{detached_values, handed_data, host_read, in_place, open_functions, reached, receiver, storage, views};

pub(super) const READ: Rule = Rule { name: "data", doc: include_str!("data.md"), hook: Hook::Expr(&[Shape::Attribute, Shape::Call], read) };
pub(super) const WRITE: Rule = Rule { name: "data", doc: include_str!("data.md"), hook: Hook::Stmt(write) };

fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let value = storage::detached(cx, expr)?;
    let is_stored = matches!(expr, ast::Expr::Attribute(attribute) if !attribute.ctx.is_load());
    if is_stored {
        return None;
    }
    if storage::is_alias(cx, expr) || written_items::are_written(cx, expr, value) {
        return Some(Claim::build(vec![Piece::Expr(value, Prec::Tuple)], cx.prec(value)));
    }
    if host_read::ends_outside(cx, expr) && (storage::is_tensor(cx, value) || cx.kind(value).is_unknown() && is_call(expr)) {
        return Some(Claim::build(vec![Piece::Expr(value, Prec::Tuple)], cx.prec(value)));
    }
    // What else has `data` may be an array of NumPy's, a batch, a packed sequence.
    let is_weight = matches!(value, ast::Expr::Attribute(owner) if matches!(owner.attr.as_str(), "weight" | "bias"));
    let is_open = matches!(expr, ast::Expr::Attribute(_)) && cx.kind(value).is_unknown() && cx.entity(value).is_none() && !is_weight;
    if is_open
        && (host_read::ends_outside(cx, expr)
            || calls_tensor_method(cx, expr)
            || is_computed_with(cx, expr)
            || read_data::is_array(cx, expr, value)
            || computed_data::is_apart(cx, expr, value)
            || is_of_model(cx, value))
    {
        let (text, uses) = cx.member(Module::Compat, "data_of");
        let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(value, Prec::Named), Piece::text(")")];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    if !storage::is_tensor(cx, value) {
        return None;
    }
    if asks_form(cx, expr) {
        return Some(Claim::build(vec![Piece::Expr(value, Prec::Tuple)], cx.prec(value)));
    }
    // `x.detach()` has a row.
    if is_call(expr) {
        return None;
    }
    let (text, uses) = cx.member(Module::Core, "stop_gradient");
    let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(value, Prec::Test), Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Whether all that is asked of a value has nothing to do with gradients: its dtype, its shape, its device. Of `x.data > 0` that is not so: the comparison sends
/// zeros back, which become NaN where `x` is steep.
fn asks_form<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let is_first = |call: &ast::ExprCall| matches!((&*call.args, &*call.keywords), ([only], []) if std::ptr::eq(only, expr));
    match cx.parent(expr) {
        Some(Node::Expr(up @ ast::Expr::Attribute(read))) => match read.attr.as_str() {
            // `x.data.type()` is the name of a type, `x.data.type(dtype)` a cast.
            "type" => matches!(cx.parent(up), Some(Node::Expr(ast::Expr::Call(call)))
                if std::ptr::eq(&*call.func, up) && call.args.is_empty() && call.keywords.is_empty()),
            name => VIEWS.forms.contains(name),
        },
        // `mask.type_as(x.data)`
        Some(Node::Expr(ast::Expr::Call(call))) => match &*call.func {
            ast::Expr::Attribute(method) => {
                VIEWS.asks_form.contains(method.attr.as_str())
                    && is_first(call)
                    && cx.entity(&call.func).is_none()
                    && !receiver::is_own_object(cx, &method.value)
                    && !cx.shared.has_method(cx.project_facts, &method.attr)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `out.data.max(1)`
pub(super) fn calls_tensor_method<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(method @ ast::Expr::Attribute(attribute))) = cx.parent(expr) else { return false };
    let is_called = matches!(cx.parent(method), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, method));
    is_called && host_read::keeps_values(cx, &attribute.attr)
}

/// `n.data * 0.005`, `p.add_(q.data, alpha=0.1)`, and `penalty(d, real.data)` of what a function is given: the helper asks what it is.
fn is_computed_with<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::BinOp(_))) => true,
        Some(Node::Expr(ast::Expr::Call(call))) => match &*call.func {
            ast::Expr::Attribute(method) if storage::is_in_place(&method.attr) => cx.entity(&call.func).is_none(),
            callee => matches!(cx.entity(callee), Some(Entity::Function(_))) && is_given(cx, expr),
        },
        _ => false,
    }
}

/// `model(x)`, or a name for it, of what sounds like a module: what it gives is a tensor, or has `data` of its own.
fn is_of_model<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let is_result = |value: &'a ast::Expr| match value {
        ast::Expr::Call(call) => {
            let sounds = || last_name(&call.func).is_some_and(sounds_like_module);
            cx.kind(&call.func).is_unknown() && cx.entity(&call.func).is_none() && sounds() || receiver::is_module(cx, &call.func)
        }
        _ => false,
    };
    match value {
        ast::Expr::Name(name) => {
            let bindings = views::bindings(views::enclosing_body(cx, value), &name.id);
            bindings.iter().any(|(node, value)| matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && is_result(value))
        }
        _ => is_result(value),
    }
}

/// `real` of `real.data`, which the function around is given.
fn is_given<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Attribute(read) = expr else { return false };
    matches!(&*read.value, ast::Expr::Name(name) if receiver::is_parameter_around(cx, expr, &name.id))
}

/// `p.data, q.data = q.data, p.data`
fn several<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [ast::Expr::Tuple(targets)] = &assign.targets[..] else { return None };
    let is_data = |target: &&ast::Expr| match target {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "data" && storage::is_tensor(cx, &attribute.value),
        _ => false,
    };
    let target = targets.elts.iter().find(is_data)?;
    let reason = format!("`{}` is assigned among others; MLX arrays have no `data`", cx.snippet(target));
    Some(Finding::todo(codes::IN_PLACE_VALUE, stmt.range(), reason).help("keep a copy of one, and assign each in a statement of its own"))
}

/// Only tensors have `detach()`.
fn is_call(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Call(_))
}

pub(super) fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let Some(finding) = several(cx, stmt) {
        return Some(StmtClaim::todo(finding));
    }
    let (target, is_whole) = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => (target, true),
            _ => return None,
        },
        ast::Stmt::AugAssign(assign) => (&*assign.target, false),
        _ => return None,
    };
    let ast::Expr::Attribute(attribute) = target else { return None };
    let is_data = attribute.attr.as_str() == "data" && !receiver::is_own_object(cx, &attribute.value);
    if is_data
        && is_whole
        && let Some(claim) = named_data::write(cx, stmt, &attribute.value)
    {
        return Some(claim);
    }
    if !is_data || !(storage::is_tensor(cx, &attribute.value) || is_taken_for_tensor(cx, stmt, target)) {
        return None;
    }
    // Inside of code that is differentiated, a weight keeps its gradient: see `weight-data`.
    if is_own(&attribute.value) && weight(cx, stmt).is_some() {
        return None;
    }
    if is_whole && let Some(finding) = follows(cx, stmt, &attribute.value) {
        return Some(StmtClaim::todo(finding));
    }
    match &*attribute.value {
        // The array is replaced where its module, or its list of parameters, holds it.
        ast::Expr::Attribute(_) | ast::Expr::Subscript(_)
            if attribute.value.is_attribute_expr() || storage::is_parameter_item(cx, &attribute.value) =>
        {
            let range = TextRange::new(attribute.value.range().end(), target.range().end());
            let claim = StmtClaim::edit(vec![Edit::delete(range)]);
            Some(match shared_between_modules(cx, stmt, &attribute.value) {
                Some(finding) if finding.is_todo => StmtClaim::todo(finding),
                Some(note) => claim.finding(note),
                None => claim,
            })
        }
        target @ ast::Expr::Name(name)
            if is_whole
                && keeps_shape(cx, stmt, &name.id)
                && in_place::may_lack_axes(cx, target)
                && (handed_data::is_parameter(cx, target) || !may_be_differentiated(cx, target)) =>
        {
            written_by(cx, "assign_", target, stmt)
        }
        // What is computed keeps the gradient that it has.
        target @ ast::Expr::Name(_) if is_whole && !handed_data::is_parameter(cx, target) && may_be_differentiated(cx, target) => {
            written_by(cx, "set_data", target, stmt)
        }
        ast::Expr::Name(name) if keeps_shape(cx, stmt, &name.id) => Some(StmtClaim::edit(vec![Edit::text(
            TextRange::new(attribute.value.range().end(), target.range().end()),
            if is_whole { "[:]" } else { "" },
        )])),
        // `p.data = shadow[name]`, `p.data = sample(p.shape)`: most often of the same shape and dtype, which the run sees.
        target @ ast::Expr::Name(name) if is_whole && !is_cast(cx, stmt, &name.id) => written_by(cx, "set_data", target, stmt),
        // `shadow[name].data = 0.9 * shadow[name].data + 0.1 * p.data`: an item of a dictionary is the array itself.
        target @ ast::Expr::Subscript(item)
            if is_whole && cx.is_pure(target) && matches!(cx.kind(&item.value), Kind::Dict(_)) && gives_new(stmt) =>
        {
            written_by(cx, "set_data", target, stmt)
        }
        _ => {
            let reason = if is_whole {
                "the array that a name stands for can't be replaced everywhere: assign it through its module, or write `[:] =` if shape and dtype stay"
            } else {
                "the array that a name stands for changes in place: write it through its module"
            };
            Some(StmtClaim::todo(Finding::todo(codes::UNSUPPORTED, target.range(), reason)))
        }
    }
}

fn may_be_differentiated<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    (reached::is_differentiated_at(cx, expr) || open_functions::is_within(cx, Node::Expr(expr))) && !is_off_at(cx, expr)
}

/// Arithmetic lies in a memory of its own.
fn gives_new(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::Assign(assign) if assign.value.is_bin_op_expr())
}

/// `new.weight.data = old.weight.data`: of another module, which most often ends there.
fn shared_between_modules<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> Option<Finding> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let source @ ast::Expr::Attribute(read) = storage::owner(cx, &assign.value) else { return None };
    let is_weight = matches!(read.attr.as_str(), "weight" | "bias") || cx.kind(source) == Kind::Parameter;
    (is_weight && cx.source(source) != cx.source(target)).then(|| {
        let is_followed = follows_training(cx, stmt, target, source);
        let (target, source) = (cx.snippet(target), cx.snippet(source));
        if is_followed {
            let reason = format!("in PyTorch `{target}` lies in the memory of `{source}` from here on: an update of one changes the other");
            let help = format!("write `{target}.data.copy_({source}.data)` where a copy is meant, and port again");
            return Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help);
        }
        let reason =
            format!("in PyTorch `{target}` lies in the memory of `{source}` from here on; in MLX an optimizer changes one of them alone");
        Finding::note(codes::TIED_WEIGHT, stmt.range(), reason)
    })
}

/// `q.data = p.data` of two parameters that loops give, and of two of one module: from then on PyTorch's optimizer changes both.
fn follows<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> Option<Finding> {
    if let Some(finding) = super::tied_weight::shares_memory(cx, stmt) {
        return Some(finding);
    }
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let is_data = matches!(&*assign.value, ast::Expr::Attribute(read) if read.attr.as_str() == "data");
    let source = storage::detached(cx, &assign.value).filter(|_| is_data)?;
    let (ast::Expr::Name(to), ast::Expr::Name(from)) = (target, source) else { return None };
    let are_parameters = cx.kind(target) == Kind::Parameter && cx.kind(source) == Kind::Parameter;
    (are_parameters && to.id != from.id).then(|| {
        let reason = format!("in PyTorch `{}` lies in the memory of `{}` from here on: an update of one changes the other", to.id, from.id);
        let help = format!("write `{}.data.copy_({}.data)` where a copy is meant, and port again", to.id, from.id);
        Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason).help(help)
    })
}

/// `model.scale.data = torch.clamp(model.scale.data, 0, 5)`: an operation on tensors takes what stands there; `model.scale.data *= 2` of what a class of
/// the project makes a parameter.
fn is_taken_for_tensor<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> bool {
    if let ast::Expr::Attribute(data) = target
        && (is_parameter_somewhere(cx, &data.value) || storage::is_parameter_item(cx, &data.value) || is_walked_parameter(cx, &data.value))
    {
        return true;
    }
    let ast::Stmt::Assign(assign) = stmt else { return false };
    if matches!(target, ast::Expr::Attribute(data) if detached_values::is_arithmetic(cx, &data.value)) {
        return true;
    }
    // `self.parent.data = torch.relu(self.parent.data)`, where a class beside it has such an attribute: what holds it may be one of its objects.
    if matches!(target, ast::Expr::Attribute(data) if !data.value.is_name_expr()) && receiver::is_attribute_of_own_class(cx, "data") {
        return false;
    }
    let mut found = false;
    Node::Expr(&assign.value).walk(&mut |node| {
        if let Node::Expr(read) = node {
            found |= matches!(read, ast::Expr::Attribute(_)) && cx.source(read) == cx.source(target) && cx.kind(read).is_tensor();
        }
    });
    found
}

/// `q` of `for p, q in zip(chain(a.parameters(), a.buffers()), ...)`
fn is_walked_parameter<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    let walked = cx.ancestors(Node::Expr(value)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(walk)) if views::binds(&walk.target, &name.id) => {
            views::walked_by(cx, &walk.target, &walk.iter, &name.id)
        }
        _ => None,
    });
    let mut found = false;
    if let Some(walked) = walked.filter(|_| cx.kind(value).is_unknown()) {
        Node::Expr(walked).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Attribute(method)) if matches!(method.attr.as_str(), "parameters" | "buffers"));
        });
    }
    found
}

/// An attribute of an object that isn't known, which a module class of the project makes a parameter.
fn is_parameter_somewhere<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Attribute(attribute) = value else { return false };
    let mut kinds = cx.shared.kinds_of_attribute(cx.project_facts, &attribute.attr);
    cx.kind(value).is_unknown() && cx.entity(value).is_none() && kinds.any(|kind| kind == Kind::Parameter)
}

/// `compat.HELPER(target, value)`
fn written_by<'a>(cx: &Cx<'a>, helper: &str, target: &'a ast::Expr, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let (helper, uses) = cx.member(Module::Compat, helper);
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(target, Prec::Named),
        Piece::text(", "),
        Piece::Expr(&assign.value, Prec::Named),
        Piece::text(")"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `p.data = p.data.half()`: of another dtype on purpose. What else is cast, `p.data = torch.from_numpy(w).float()`, may well get the dtype that is there.
fn is_cast<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> bool {
    let ast::Stmt::Assign(assign) = stmt else { return false };
    let ast::Expr::Call(call) = &*assign.value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let casts = views::is_cast(&method.attr) || matches!(method.attr.as_str(), "to" | "type");
    casts && views::is_same_name(storage::owner(cx, &method.value), name)
}

/// `p.data = p.data * 2` and `p.data -= x`: arithmetic with the array itself, whose shape and dtype stay.
fn keeps_shape<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> bool {
    fn has_operand<'a>(cx: &Cx<'a>, value: &'a ast::Expr, name: &str) -> bool {
        match value {
            ast::Expr::BinOp(e) if e.op != ast::Operator::MatMult => has_operand(cx, &e.left, name) || has_operand(cx, &e.right, name),
            ast::Expr::UnaryOp(e) => has_operand(cx, &e.operand, name),
            value => views::is_same_name(storage::owner(cx, value), name),
        }
    }
    match stmt {
        ast::Stmt::Assign(assign) => has_operand(cx, &assign.value, name),
        ast::Stmt::AugAssign(_) => true,
        _ => false,
    }
}
