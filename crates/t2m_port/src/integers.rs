//! Integers have no gradient in PyTorch. In MLX it passes through a cast as if it were none, and an index that depends on what is differentiated raises.
//!
//! It matters where floats are computed from the result (`w = x - x.long().float()` has the gradient 1 in PyTorch, and 0 in MLX), and where it selects
//! (`codes[distances.argmin(1)]`).

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Node, Piece, Prec, TextRange, TextSize};

use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::rules::{is_creating_method, is_creation, is_like, is_off_at, last_name};
use crate::{copies, gradient_names, hard_uses, integer_uses, kept_casts, open_functions, reached, receiver, views};

/// The claim on an expression, with `mx.stop_gradient` around integers and copies that have to lose their gradient.
pub(crate) fn without_gradient<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: Claim<'a>) -> Claim<'a> {
    if claim.decision.is_none() || !loses_gradient(cx, expr) {
        return claim;
    }
    stopped(cx, expr, claim)
}

fn stopped<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: Claim<'a>) -> Claim<'a> {
    let Claim { decision, uses, findings } = claim;
    let (stop, more) = cx.member(Module::Core, "stop_gradient");
    let decision = decision.map(|decision| match decision {
        Decision::Build(mut pieces, _) => {
            pieces.insert(0, Piece::text(format!("{stop}(")));
            pieces.push(Piece::text(")"));
            Decision::Build(pieces, Prec::Atom)
        }
        Decision::Edit(mut edits) => {
            edits.insert(0, Edit::text(TextRange::empty(expr.range().start()), format!("{stop}(")));
            edits.push(Edit::text(TextRange::empty(expr.range().end()), ")"));
            Decision::Edit(edits)
        }
    });
    Claim { decision, uses, findings }.uses(more)
}

/// The claim on floats that are written to integers, without their gradient: `i[:] = x * 4`, `i.copy_(x)`.
pub(crate) fn written_without_gradient<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: Option<Claim<'a>>) -> Option<Claim<'a>> {
    if !is_written_to_integers(cx, expr) {
        return claim;
    }
    let decided = claim.unwrap_or_default();
    let decision = Some(decided.decision.unwrap_or_else(|| Decision::Edit(Vec::new())));
    Some(stopped(cx, expr, Claim { decision, ..decided }))
}

fn is_written_to_integers<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let target = match cx.parent(expr) {
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => match &assign.targets[..] {
            [ast::Expr::Subscript(target)] => &*target.value,
            _ => return false,
        },
        Some(Node::Expr(ast::Expr::Call(call))) => match &*call.func {
            ast::Expr::Attribute(method)
                if method.attr.as_str() == "copy_" && call.args.first().is_some_and(|arg| std::ptr::eq(arg, expr)) =>
            {
                &*method.value
            }
            _ => return false,
        },
        _ => return false,
    };
    // What has no known dtype mostly holds integers there; what is computed with `*` and `/` may not.
    let is_float = match cx.kind(expr) {
        Kind::Tensor(from) => from.dtype.map_or_else(|| is_scaled(expr), is_float),
        Kind::Unknown => is_scaled(expr),
        _ => false,
    };
    is_float
        && is_integer(&cx.kind(target))
        && !is_flat(cx, expr)
        && (reached::is_differentiated_at(cx, expr) || reached::is_left_to_callers(cx, expr))
        && !is_off_at(cx, expr)
}

/// `x * 4`, `(x / 2)[0]`
fn is_scaled(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::BinOp(operation) => matches!(operation.op, ast::Operator::Mult | ast::Operator::Div),
        ast::Expr::Subscript(item) => is_scaled(&item.value),
        _ => false,
    }
}

/// Whether an expression makes integers from what may have a gradient, and floats are computed from it or selected by it in code that is differentiated.
fn loses_gradient<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let may_meet = || match is_named_as_integers(cx, expr) {
        true => integer_uses::meet_floats(cx, expr),
        false => integer_uses::may_meet_floats(cx, expr),
    };
    let meets = || is_cast(cx, expr) && may_meet() || is_reduced_in_vain(cx, expr);
    let selects = || (is_choice(cx, expr) || is_place(cx, expr)) && selects(cx, expr, 8);
    if meets() {
        let may_be_called = || reached::is_left_to_callers(cx, expr) || open_functions::is_within(cx, Node::Expr(expr));
        let is_left = || may_be_called() && (!is_cast(cx, expr) || integer_uses::meet_floats(cx, expr));
        return (reached::is_differentiated_at(cx, expr) || is_left()) && !is_off_at(cx, expr);
    }
    // An index without a gradient is right whoever calls.
    if selects() {
        let is_called = || open_functions::is_within(cx, Node::Expr(expr)) && !is_off_at(cx, expr);
        return reached::is_differentiated_at(cx, expr) || is_called();
    }
    let may_be_asked =
        || reached::is_differentiated_at(cx, expr) || open_functions::is_within(cx, Node::Expr(expr)) && !is_off_at(cx, expr);
    copies::is_copy(cx, expr) && may_be_asked() || hard_uses::is_hard_choice(cx, expr)
}

/// `x.argmax(1)`, `torch.argsort(x)`, `x.max(1)[1]`: places in what may have a gradient.
fn is_choice<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let (call, names): (_, &[&str]) = match expr {
        ast::Expr::Call(call) => (call, &["argmax", "argmin", "argsort"]),
        _ => match second_of(expr) {
            Some(call) => (call, &["max", "min"]),
            None => return false,
        },
    };
    let (name, source) = match (cx.qualified(&call.func), &*call.func) {
        (Some(name), _) => (name.rsplit('.').next().unwrap_or(name), call.args.first()),
        (None, ast::Expr::Attribute(method)) => (method.attr.as_str(), Some(&*method.value)),
        _ => return false,
    };
    let may_be_float = |source: &ast::Expr| match cx.kind(source) {
        Kind::Tensor(from) => from.dtype.is_none_or(is_float),
        kind => kind == Kind::Parameter,
    };
    names.contains(&name) && source.is_some_and(may_be_float)
}

/// Whether `i` of `v, i = x.max(1)` is an index.
pub(crate) fn is_pair_for_index<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let Some(Node::Expr(pair)) = cx.ancestors(Node::Expr(&call.func)).next() else { return false };
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(pair) else { return false };
    let [ast::Expr::Tuple(targets)] = &assign.targets[..] else { return false };
    match &targets.elts[..] {
        [_, ast::Expr::Name(places)] => is_read_after(cx, places, pair, assign.range.end(), &mut |read| selects(cx, read, 6)),
        _ => false,
    }
}

/// The call of `call[1]` and `call.indices`.
fn second_of(expr: &ast::Expr) -> Option<&ast::ExprCall> {
    let pair = match expr {
        ast::Expr::Subscript(item) if matches!(&*item.slice, ast::Expr::Constant(c) if c.value.as_int().is_some_and(|n| n == &1.into())) => {
            &*item.value
        }
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "indices" => &*attribute.value,
        _ => return None,
    };
    pair.as_call_expr()
}

/// `(x * n).long()`, `torch.floor(x).long()`: places that are computed on the spot. Rounding has no gradient, but MLX asks what an index depends on. What
/// has a name already, `position_ids.long()`, mostly came as integers.
fn is_place<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let is_mask = matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Bool));
    match cast_of_floats(cx, expr) {
        Some(ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_)) => !is_mask,
        Some(ast::Expr::Call(call)) => !is_mask && matches!(last_name(&call.func), Some("round" | "floor" | "ceil" | "trunc")),
        _ => false,
    }
}

/// Whether the integers are an index, directly or under a name: `x[i]`, `F.embedding(i, w)`.
fn selects<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Subscript(subscript))) if std::ptr::eq(&*subscript.slice, expr) => true,
        // `i, j = x.argmax(1), n`
        Some(Node::Expr(up @ ast::Expr::Tuple(_))) => match unpacked_name(cx, up, expr) {
            Some((name, stmt)) => is_read_after(cx, name, expr, stmt.range.end(), &mut |read| selects(cx, read, next)),
            None => selects(cx, up, next),
        },
        Some(Node::Expr(up @ ast::Expr::Subscript(_) | up @ ast::Expr::List(_))) => selects(cx, up, next),
        // `i + 1`
        Some(Node::Expr(up @ ast::Expr::BinOp(_) | up @ ast::Expr::UnaryOp(_))) => is_integer(&cx.kind(up)) && selects(cx, up, next),
        // `t if forced else i`
        Some(Node::Expr(up @ ast::Expr::IfExp(choice))) => !std::ptr::eq(&*choice.test, expr) && selects(cx, up, next),
        Some(Node::Expr(method @ ast::Expr::Attribute(_))) => match cx.parent(method) {
            Some(Node::Expr(up @ ast::Expr::Call(call))) if std::ptr::eq(&*call.func, method) => {
                is_integer(&cx.kind(up)) && selects(cx, up, next)
            }
            _ => false,
        },
        Some(Node::Expr(up @ ast::Expr::Call(call))) => match last_name(&call.func) {
            Some("embedding" | "index_select" | "take" | "take_along_dim") => true,
            // `torch.cat([i, j], 1)`
            Some("cat" | "concat" | "stack" | "hstack" | "vstack") if cx.qualified(&call.func).is_some() => {
                !matches!(cx.kind(up), Kind::Tensor(tensor) if tensor.dtype.is_some_and(is_float)) && selects(cx, up, next)
            }
            // `tokens.append(i)`, of which `tokens[-1]` selects
            Some("append") => match &*call.func {
                ast::Expr::Attribute(method) => match &*method.value {
                    ast::Expr::Name(list) => is_read_after(cx, list, expr, call.range.end(), &mut |read| selects(cx, read, next)),
                    _ => false,
                },
                _ => false,
            },
            // `torch.clamp(i, 0, 3)`
            Some(_) if cx.qualified(&call.func).is_some() => is_integer(&cx.kind(up)) && selects(cx, up, next),
            _ => is_project_call(cx, &call.func),
        },
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => is_read(cx, assign, &mut |read| selects(cx, read, next)),
        // `(i := x.argmax(1))`: the value of the whole, or a later reading.
        Some(Node::Expr(up @ ast::Expr::NamedExpr(named))) => {
            selects(cx, up, next) || is_named_read(cx, named, &mut |read| selects(cx, read, next))
        }
        _ => false,
    }
}

/// The name that one of several values is bound to, and the statement that does.
pub(crate) fn unpacked_name<'a>(cx: &Cx<'a>, tuple: &'a ast::Expr, value: &ast::Expr) -> Option<(&'a ast::ExprName, &'a ast::StmtAssign)> {
    let ast::Expr::Tuple(values) = tuple else { return None };
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(tuple) else { return None };
    let [ast::Expr::Tuple(targets)] = &assign.targets[..] else { return None };
    let at = values.elts.iter().position(|item| std::ptr::eq(item, value)).filter(|_| values.elts.len() == targets.elts.len())?;
    Some((targets.elts.get(at)?.as_name_expr()?, assign))
}

/// A function, method or module of the project, or one that a function is passed: it may select by what it is given.
fn is_project_call<'a>(cx: &Cx<'a>, callee: &'a ast::Expr) -> bool {
    match cx.kind(callee) {
        Kind::Function(_) => return true,
        kind if cx.project_facts.is_module(&kind) => return true,
        _ => {}
    }
    match callee {
        // `self.codes(i)`: modules that take places are embeddings.
        ast::Expr::Attribute(method) if receiver::self_class(cx, &method.value).is_some() => true,
        // `decoder.step(i, hidden)`
        ast::Expr::Attribute(method) => {
            let owner = cx.kind(&method.value);
            cx.project_facts.is_module(&owner) || owner.is_unknown() && cx.shared.has_method(cx.project_facts, &method.attr)
        }
        ast::Expr::Name(name) => cx.kind(callee).is_unknown() && receiver::is_parameter_around(cx, callee, &name.id),
        _ => false,
    }
}

/// Whether some later reading of what an assignment binds is such; in a loop, the next time round.
fn is_read<'a>(cx: &Cx<'a>, assign: &'a ast::StmtAssign, is_such: &mut dyn FnMut(&'a ast::Expr) -> bool) -> bool {
    let [target] = &assign.targets[..] else { return false };
    match target {
        ast::Expr::Name(name) => is_read_after(cx, name, &assign.value, assign.range.end(), is_such),
        _ if is_place_of_names(target) => is_place_read(cx, target, is_such),
        _ => false,
    }
}

/// `self.codes`, `state.batch["labels"]`
pub(crate) fn is_place_of_names(target: &ast::Expr) -> bool {
    match target {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(attribute) => is_place_of_names(&attribute.value),
        ast::Expr::Subscript(item) => {
            is_place_of_names(&item.value) && matches!(&*item.slice, ast::Expr::Constant(key) if key.value.is_str())
        }
        _ => false,
    }
}

/// Whether some reading of a place, as it is written, is such: in the function, or of `self` in the class.
pub(crate) fn is_place_read<'a>(cx: &Cx<'a>, target: &'a ast::Expr, is_such: &mut dyn FnMut(&'a ast::Expr) -> bool) -> bool {
    let written = cx.source(target);
    let class = matches!(target, ast::Expr::Attribute(attribute) if receiver::self_class(cx, &attribute.value).is_some());
    let around = cx.ancestors(Node::Expr(target)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(def)) if class => Some(&def.body[..]),
        _ => None,
    });
    let mut found = false;
    for stmt in around.unwrap_or_else(|| views::enclosing_body(cx, target)) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(read) = node else { return };
            let is_loaded = match read {
                ast::Expr::Attribute(attribute) => attribute.ctx.is_load(),
                ast::Expr::Subscript(item) => item.ctx.is_load(),
                _ => false,
            };
            if is_loaded && cx.source(read) == written {
                found = found || is_such(read);
            }
        });
    }
    found
}

/// The same of `(name := value)`.
fn is_named_read<'a>(cx: &Cx<'a>, named: &'a ast::ExprNamedExpr, is_such: &mut dyn FnMut(&'a ast::Expr) -> bool) -> bool {
    let ast::Expr::Name(name) = &*named.target else { return false };
    is_read_after(cx, name, &named.value, named.range.end(), is_such)
}

pub(crate) fn is_read_after<'a>(
    cx: &Cx<'a>,
    name: &'a ast::ExprName,
    value: &'a ast::Expr,
    end: TextSize,
    is_such: &mut dyn FnMut(&'a ast::Expr) -> bool,
) -> bool {
    let around = cx.ancestors(Node::Expr(value)).filter(|up| matches!(up, Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_))));
    let start = around.last().map_or(end, |around| around.range().start());
    let mut found = false;
    for stmt in views::enclosing_body(cx, value) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(other)) = node
                && other.id == name.id
                && other.ctx.is_load()
                && read.range().start() > start
            {
                found = found || is_such(read);
            }
        });
    }
    found
}

/// `x.long()`, `x.to(torch.bool)`, where `x` may hold floats.
fn is_cast<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    // Comparisons and rounding have no gradient in MLX either.
    cast_of_floats(cx, expr).is_some_and(|source| !is_flat(cx, source))
}

/// What a cast makes integers of, where that may hold floats.
fn cast_of_floats<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let source = match (cx.qualified(&call.func), &*call.func) {
        (Some("torch.as_tensor" | "torch.asarray"), _) => call.args.first().filter(|_| is_integer(&cx.kind(expr)))?,
        (None, ast::Expr::Attribute(method)) if views::is_cast(&method.attr) => Some(&*method.value)
            .filter(|_| is_integer(&cx.kind(expr)) || casts_as_integer(cx, call) || is_named_integer(cx, &method.attr))?,
        _ => return None,
    };
    let may_be_float = match cx.kind(source) {
        _ if is_told_by_choice(cx, source) || is_drawn(cx, source) || is_of_integers(cx, source, 6) => false,
        Kind::Tensor(from) => from.dtype.is_none_or(is_float),
        // `(x * 4).to(labels)`, `x.char()`
        Kind::Unknown if cx.qualified(&call.func).is_some() => is_scaled(source),
        Kind::Unknown => !source.is_name_expr() || !matches!(last_name(&call.func), Some("to" | "type")),
        kind => kind == Kind::Parameter,
    };
    may_be_float.then_some(source)
}

/// `torch.bernoulli(p)`, `x.argmax(1)`: no gradient comes through.
fn is_drawn<'a>(cx: &Cx<'a>, source: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = source else { return false };
    let stops = |name: &str| gradient_names::stops(name) && !views::is_cast(name);
    cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.")) && last_name(&call.func).is_some_and(stops)
}

/// `(mask > 0).sum(1)`, `logits.argmax(-1)`: methods of comparisons and of choices, whatever they are of.
fn is_told_by_choice<'a>(cx: &Cx<'a>, source: &'a ast::Expr) -> bool {
    match source {
        ast::Expr::Compare(_) => true,
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if cx.qualified(&call.func).is_none() => {
                gradient_names::chooses(&method.attr) && !views::is_cast(&method.attr) || is_told_by_choice(cx, &method.value)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `torch.tril(torch.ones(n, n))`: what is made of sizes and numbers alone.
fn is_made<'a>(cx: &Cx<'a>, source: &'a ast::Expr, depth: usize) -> bool {
    let (ast::Expr::Call(call), Some(next)) = (source, depth.checked_sub(1)) else { return false };
    if is_like(cx, call) {
        return true;
    }
    if is_creation(cx, call) {
        return !call.args.iter().any(|arg| cx.kind(arg).is_tensor() || cx.kind(arg) == Kind::Parameter);
    }
    let is_torch = cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch."));
    let of = match &*call.func {
        // `x.new_ones(n, n)`
        ast::Expr::Attribute(method) if !is_torch && is_creating_method(&method.attr) => return true,
        _ if is_torch => call.args.first(),
        ast::Expr::Attribute(method) if cx.kind(&method.value).is_tensor() => Some(&*method.value),
        _ => None,
    };
    let others = call.args.iter().skip(usize::from(is_torch)).chain(call.keywords.iter().map(|keyword| &keyword.value));
    of.is_some_and(|of| is_made(cx, of, next)) && others.into_iter().all(|arg| arg.is_constant_expr() || cx.kind(arg).is_number())
}

/// `mask.cumsum(1)` of an integer mask: what is computed of integers and numbers alone.
fn is_of_integers<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    let is_such = |value: &'a ast::Expr| is_of_integers(cx, value, next);
    let kind = cx.kind(value);
    if value.is_constant_expr() || kind.is_number() || is_integer(&kind) || is_told_by_choice(cx, value) || is_made(cx, value, next) {
        return true;
    }
    match value {
        ast::Expr::BinOp(e) => is_such(&e.left) && is_such(&e.right),
        ast::Expr::UnaryOp(e) => is_such(&e.operand),
        ast::Expr::Subscript(e) => is_such(&e.value),
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, value), &name.id);
            let is_plain = |at: &Node<'a>| matches!(at, Node::Stmt(ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_)));
            !bound.is_empty() && bound.iter().all(|(at, made)| is_plain(at) && !std::ptr::eq(*made, value) && is_such(made))
        }
        ast::Expr::Call(call) => {
            let rest = || call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            let is_setting =
                |arg: &'a ast::Expr| matches!(cx.kind(arg), Kind::None | Kind::Str | Kind::DType | Kind::Device) || is_such(arg);
            match &*call.func {
                _ if cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.")) => {
                    call.args.first().is_some_and(is_such) && rest().all(is_setting)
                }
                ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() => is_such(&method.value) && rest().all(is_setting),
                _ => false,
            }
        }
        _ => false,
    }
}

/// `attention_mask.bool()`, `lengths.sum().int()`: what is called so mostly holds integers, so uses that are not followed need no guard.
fn is_named_as_integers<'a>(cx: &Cx<'a>, cast: &'a ast::Expr) -> bool {
    cast_of_floats(cx, cast).is_some_and(|source| has_name_of_integers(cx, source))
}

fn has_name_of_integers<'a>(cx: &Cx<'a>, source: &'a ast::Expr) -> bool {
    match source {
        ast::Expr::Call(call) => {
            integer_uses::is_name_of_integers(last_name(&call.func).unwrap_or_default())
                || match &*call.func {
                    _ if cx.qualified(&call.func).is_some() => call.args.first().is_some_and(|first| has_name_of_integers(cx, first)),
                    ast::Expr::Attribute(method) => has_name_of_integers(cx, &method.value),
                    _ => false,
                }
        }
        ast::Expr::Subscript(item) => has_name_of_integers(cx, &item.value),
        ast::Expr::BinOp(e) => [&e.left, &e.right].into_iter().all(|side| has_name_of_integers(cx, side) || is_of_integers(cx, side, 4)),
        source => last_name(source).is_some_and(integer_uses::is_name_of_integers),
    }
}

/// `x.char()`, of whatever
fn is_named_integer(cx: &Cx<'_>, method: &str) -> bool {
    kept_casts::given_by(cx, method).is_some_and(|dtype| !is_float(dtype))
}

/// `x.type_as(labels)`, `x.to(labels.dtype)`, where those are integers.
fn casts_as_integer<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let is_other = |arg: &'a ast::Expr| {
        is_integer(&cx.kind(arg))
            || matches!(arg, ast::Expr::Attribute(of) if of.attr.as_str() == "dtype" && is_integer(&cx.kind(&of.value)))
    };
    call.args.iter().any(is_other) || call.keywords.iter().any(|keyword| is_other(&keyword.value))
}

/// Whether integers that have no gradient either, of a comparison or rounded, are reduced in a way that MLX can't differentiate; or an expression does that to a
/// comparison itself.
fn is_reduced_in_vain<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    if cx.entity(&call.func).is_none() && views::is_cast(&method.attr) && is_integer(&cx.kind(expr)) {
        return is_of_choices(cx, &method.value, 4) && integer_uses::is_reduced_in_vain(cx, expr);
    }
    let reduced = if cx.qualified(&call.func).is_some() { call.args.first() } else { Some(&*method.value) };
    let Some(reduced) = reduced else { return false };
    // Of `x * (x > 0)` floats are reduced, and those have a gradient.
    let is_of_integers = reduced.is_compare_expr() || is_integer(&cx.kind(reduced));
    // `(x > 0).int().max()` stops at the cast.
    let is_cast = matches!(reduced, ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Attribute(own) if views::is_cast(&own.attr)));
    // Of a pair only the first is a value.
    let is_array = cx.kind(expr).is_tensor();
    let raises = || integer_uses::raises(cx, call) || sums_narrowly(cx, expr, call);
    is_of_integers && !is_cast && is_array && raises() && is_of_choices(cx, reduced, 4)
}

/// `(x > 0).sum(dtype=torch.uint8)`: MLX sums in a wider type, and can't go back.
fn sums_narrowly<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall) -> bool {
    let is_narrow = |dtype| matches!(dtype, DType::Bool | DType::UInt8 | DType::Int8 | DType::Int16);
    matches!(last_name(&call.func), Some("sum" | "cumsum"))
        && matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype.is_some_and(is_narrow))
}

/// Whether integers come from comparisons or rounded floats.
fn is_of_choices<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    match value {
        ast::Expr::Compare(compare) => {
            hard_uses::compares_values(compare) && (cx.kind(&compare.left).is_tensor() || cx.kind(value).is_tensor())
        }
        ast::Expr::UnaryOp(operation) => is_of_choices(cx, &operation.operand, next),
        ast::Expr::BinOp(operation) => is_of_choices(cx, &operation.left, next) || is_of_choices(cx, &operation.right, next),
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, value), &name.id);
            bound.iter().any(|(_, bound)| is_of_choices(cx, bound, next))
        }
        ast::Expr::Call(call) if is_flat(cx, value) => {
            !matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "detach")
        }
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if cx.qualified(&call.func).is_none() => is_of_choices(cx, &method.value, next),
            _ => false,
        },
        _ => false,
    }
}

/// `x.round()`, `torch.floor(x)`, `x.detach()`
fn is_flat<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let name = cx.qualified(&call.func).or(match &*call.func {
        ast::Expr::Attribute(method) => Some(method.attr.as_str()),
        _ => None,
    });
    name.and_then(|name| name.rsplit('.').next())
        .is_some_and(|name| matches!(name, "round" | "floor" | "ceil" | "trunc" | "detach" | "sign"))
}

/// A cast to the dtype of what may hold floats: `i.type_as(x)`, `i.to(x)`, `i.to(x.device, x.dtype)`.
pub(crate) fn casts_as_another<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let is_other = |arg: &'a ast::Expr| match cx.kind(arg) {
        Kind::Tensor(tensor) => tensor.dtype.is_none_or(is_float),
        Kind::Parameter | Kind::DType => true,
        Kind::Unknown if method.attr.as_str() == "type_as" => true,
        _ => is_dtype_of_another(cx, arg),
    };
    let named = |keyword: &'a ast::Keyword| keyword.arg.as_deref() == Some("dtype") || is_other(&keyword.value);
    views::is_cast(&method.attr) && (call.args.iter().any(is_other) || call.keywords.iter().any(named))
}

/// `x.dtype`, also under a name, where `x` is not known to hold integers.
fn is_dtype_of_another<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Attribute(dtype) => dtype.attr.as_str() == "dtype" && cx.entity(expr).is_none() && !is_integer(&cx.kind(&dtype.value)),
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, expr), &name.id);
            name.id.as_str() == "dtype" || bound.iter().any(|(_, value)| value.is_attribute_expr() && is_dtype_of_another(cx, value))
        }
        _ => false,
    }
}

pub(crate) fn is_integer(kind: &Kind) -> bool {
    matches!(kind, Kind::Tensor(tensor) if tensor.dtype.is_some_and(|dtype| !is_float(dtype)))
}

pub(crate) fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::Float16 | DType::BFloat16 | DType::Float32 | DType::Float64 | DType::Complex64)
}
