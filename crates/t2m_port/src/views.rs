//! Views: PyTorch's slices and reshapes share memory with their tensor, MLX's are copies. Who writes through one must be told apart from who owns.

use t2m_semantic::kind::DType;
use t2m_semantic::tables::{Case, Then};
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, TextSize, node};

use crate::carried_views;
use crate::cx::Cx;
use crate::fresh_values::{is_fresh, same_tensor};
use crate::given_views;
use crate::held_views;
use crate::kept_casts;
use crate::member_views;
use crate::other_holders;
use crate::receiver;
use crate::same_object;
use crate::storage::{self, Returned};
use crate::turn_values::used_after;
use crate::view_names::VIEWS;

/// The tensor that an expression is a view of, as far as its own text tells: `x` of `x[0].view(-1)`.
pub fn base<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    base_of(cx, expr, false)
}

/// The tensor whose memory an expression may share: that of a view, and that of a cast or `numpy()`, which give the tensor itself where nothing changes.
pub(crate) fn shared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    // NumPy's own views are as they were.
    let is_ndarray = |expr| cx.kind(expr) == Kind::Ndarray;
    base_of(cx, expr, true).filter(|base| !(is_ndarray(expr) && is_ndarray(base)))
}

/// A method that gives a view of its tensor, or perhaps the tensor itself.
pub(crate) fn gives_view(cx: &Cx<'_>, method: &str) -> bool {
    VIEWS.methods.contains(method) || VIEWS.keeps.contains(method) || gives_tensor(cx, method)
}

/// `x.pin_memory()`, `x.requires_grad_()`: its row leaves the tensor.
pub(crate) fn gives_tensor(cx: &Cx<'_>, method: &str) -> bool {
    let is_tensor = |case: &Case| matches!(&case.then, Then::Template(text) if text == "{input}");
    cx.tables.lookup(&format!("Tensor.{method}")).any(|(row, _)| row.cases.iter().any(is_tensor))
}

/// A method of NumPy's arrays, or a function of NumPy by its qualified name, that writes to its array.
pub(crate) fn is_numpy_writer(name: &str) -> bool {
    VIEWS.numpy_writers.contains(name)
}

fn base_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, casts: bool) -> Option<&'a ast::Expr> {
    let inner = match expr {
        // The same array object is no view, unless its owner is one.
        _ if storage::is_alias(cx, expr) => return base(cx, storage::owner(cx, expr)),
        ast::Expr::Subscript(e) if is_basic_index(cx, &e.slice) && may_be_tensor(&cx.kind(&e.value)) => &*e.value,
        // One of those that a function of the project gives: `halves(x)[0]`
        ast::Expr::Subscript(e) if let Some(given) = given_views::item(cx, e) => given,
        // One of several views: `x.chunk(2)[0]`, `list(x.unbind(0))[1]`.
        ast::Expr::Subscript(e) if matches!(&*e.value, ast::Expr::Call(_)) && base_of(cx, &e.value, casts).is_some() => &*e.value,
        ast::Expr::Attribute(e)
            if VIEWS.attributes.contains(e.attr.as_str()) && cx.entity(expr).is_none() && !receiver::is_own_object(cx, &e.value) =>
        {
            &*e.value
        }
        // So is what a cast gives that changes nothing, where it is ported as such.
        ast::Expr::Call(_) if casts && let Some((tensor, _)) = kept_casts::kept(cx, expr) => return base_of(cx, tensor, casts),
        ast::Expr::Call(call) => match cx.qualified(&call.func) {
            Some(name) if VIEWS.functions.contains(name) => first_argument(call)?,
            Some(name) if VIEWS.of_ndarrays.contains(name) => call.args.first().filter(|array| cx.kind(array) == Kind::Ndarray)?,
            Some(_) => return None,
            // `list(x)`: its rows
            None if keeps_items(cx, call) => match call.args.first()? {
                rows if cx.kind(rows).is_tensor() => rows,
                items => base_of(cx, items, casts)?,
            },
            None if let Some(Entity::Function(id)) = cx.entity(&call.func) => match storage::returned_view(cx, *id, call)? {
                Returned::View(base) => base,
                Returned::Same(argument) => return base_of(cx, argument, casts),
            },
            // `nn.Flatten()(x)`, and `nn.Identity()(x)`, which is `x` itself
            None if let Some(layer) = receiver::layer(cx, &call.func) => {
                let given = call.args.first()?;
                match layer.as_static() {
                    layer if VIEWS.viewing_layers.contains(layer) => given,
                    layer if VIEWS.same_layers.contains(layer) => return base_of(cx, given, casts),
                    _ => return None,
                }
            }
            None => match &*call.func {
                ast::Expr::Attribute(method) if VIEWS.methods.contains(method.attr.as_str()) => &*method.value,
                ast::Expr::Attribute(method) if casts && VIEWS.keeps.contains(method.attr.as_str()) && may_keep(cx, expr, call, method) => {
                    &*method.value
                }
                _ => member_views::owner(cx, expr)?,
            },
        },
        // Several views: `[x[i] for i in range(3)]`, `[x[0], x[1]]`.
        ast::Expr::ListComp(e) => base_of(cx, &e.elt, casts)?,
        ast::Expr::List(e) => base_of(cx, e.elts.first()?, casts)?,
        ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => member_views::owner(cx, expr)?,
        _ => return None,
    };
    Some(base_of(cx, inner, casts).unwrap_or_else(|| given_back(cx, inner, storage::detached(cx, expr).is_some())))
}

/// `x` of `nn.Identity()(x)`, the same tensor, and of `same(x).detach()`, where a function may give it back; any other expression is what it is.
fn given_back<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, by_functions: bool) -> &'a ast::Expr {
    let ast::Expr::Call(call) = expr else { return expr };
    let is_same = cx.qualified(&call.func).is_none()
        && receiver::layer(cx, &call.func).is_some_and(|layer| VIEWS.same_layers.contains(layer.as_static()));
    let by_function = || by_functions.then(|| same_object::given_argument(cx, call)).flatten();
    call.args.first().filter(|_| is_same).or_else(by_function).map_or(expr, |given| given_back(cx, given, by_functions))
}

/// `list(x.chunk(2))`: the same views in another container.
fn keeps_items(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "list" | "tuple")) && call.args.len() == 1
}

/// The tensor that a function of PyTorch is called with: `torch.relu_(x)`, `torch.relu_(input=x)`.
pub(crate) fn first_argument(call: &ast::ExprCall) -> Option<&ast::Expr> {
    let input = || call.keywords.iter().find(|keyword| keyword.arg.as_ref().is_some_and(|name| name == "input"));
    call.args.first().or_else(|| input().map(|keyword| &keyword.value))
}

/// Ex) `view`, `unsqueeze`
pub(crate) fn only_reshapes(method: &str) -> bool {
    VIEWS.reshapes.contains(method)
}

/// Ex) `to`, `float`, `long`
pub(crate) fn is_cast(method: &str) -> bool {
    VIEWS.keeps.contains(method)
}

/// Whether a cast may change nothing: the dtypes are not known to differ, and no copy is asked for.
fn may_keep<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, method: &'a ast::ExprAttribute) -> bool {
    if call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some("copy")) {
        return false;
    }
    match (cx.kind(&method.value), cx.kind(expr)) {
        (Kind::Tensor(from), Kind::Tensor(to)) => from.dtype.is_none() || to.dtype.is_none() || from.dtype == to.dtype,
        (from, _) => from.is_tensor() || from.is_unknown(),
    }
}

/// Items of lists and dictionaries are the objects themselves, not views.
pub(crate) fn may_be_tensor(kind: &Kind) -> bool {
    kind.is_tensor() || kind.is_unknown() || matches!(kind, Kind::Optional(inner) if may_be_tensor(inner))
}

/// Integer arrays and masks copy; ints, slices, `None` and `...` give views.
pub(crate) fn is_basic_index<'a>(cx: &Cx<'a>, index: &'a ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(items) => items.elts.iter().all(|item| is_basic_index(cx, item)),
        ast::Expr::List(_) => false,
        index => match cx.kind(index) {
            // PyTorch takes a whole number without axes as it is: `x[scores.argmax()]` is a view.
            Kind::Tensor(tensor) => tensor.rank == Some(0) && tensor.dtype.is_some_and(|dtype| dtype != DType::Bool),
            kind => !kind.is_tensor() && kind != Kind::Str && !crate::masks::is_mask(cx, index),
        },
    }
}

/// A tensor that `name`, or its item of that key, written in place at `at`, may be a view of, and that is still used afterwards: the place where it was bound,
/// and the base.
pub fn shared_base<'a>(
    cx: &Cx<'a>,
    name: &'a ast::ExprName,
    key: Option<&'a ast::Expr>,
    at: &'a ast::Expr,
) -> Option<(TextRange, &'a str)> {
    used_base(cx, name, key, at, at.range().start(), DEEPEST)
}

/// Views of views under names of their own are followed no further.
const DEEPEST: usize = 4;

/// The same for what the name stands for at `before`.
fn used_base<'a>(
    cx: &Cx<'a>,
    name: &'a ast::ExprName,
    key: Option<&'a ast::Expr>,
    at: &'a ast::Expr,
    before: TextSize,
    depth: usize,
) -> Option<(TextRange, &'a str)> {
    let next = depth.checked_sub(1)?;
    // What is written is the tensor of a name, or a view of it: `rows = x` and then `rows = rows.view(-1, 2)`.
    let mut is_view = depth < DEEPEST;
    let mut own = None;
    for bound in held_views::bounds(cx, &name.id, key, at).into_iter().rev() {
        let (node, value) = (bound.node, bound.value);
        // What is bound to `self.act(row)` was another one when that was called.
        let is_bound_by_it = || matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && value.range() == at.range();
        // The turn before has bound it.
        let is_behind = matches!(node, Node::Stmt(_)) && value.range().start() > before;
        let is_carried = is_behind && depth == DEEPEST && carried_views::is_carried(cx, &name.id, key, &bound, at);
        if is_behind && !is_carried || is_bound_by_it() || bound.is_excluded(cx, at) {
            continue;
        }
        let mut is_own = false;
        let mut bases = if is_view { bound.bases_of_view(cx, key) } else { bound.bases(cx, key) };
        // `x = x[rows].view(-1)`: what an array selects is nobody else's, whatever is read by that name later.
        bases.retain(|base| !is_fresh(cx, base));
        // `state = self.state[p]` in front of `state["step"]`: what has items by name is no tensor.
        if bound.replaces() && value.is_subscript_expr() && key.is_some_and(|key| cx.kind(key) == Kind::Str) {
            bases.clear();
        }
        // `rows = state["a"]` in front of `row = rows[0]`: the tensor itself, by another name.
        let is_other_name = || matches!(value, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_));
        if is_view && bases.is_empty() && bound.replaces() && is_other_name() && !is_fresh(cx, value) {
            bases.push(value);
        }
        // `z = same(y)` in front of `w = z.detach()`
        if is_view
            && bases.is_empty()
            && bound.replaces()
            && let ast::Expr::Call(call) = value
        {
            bases.extend(same_object::given_argument(cx, call));
        }
        for base in bases {
            match base {
                base if is_same_name(base, &name.id) => is_own = true,
                base @ (ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_))
                    if used_after(cx, bound.body, base, at)
                        || other_holders::hold(cx, bound.body, base, at)
                        || crate::receiver::self_class(cx, base).is_some()
                        || is_view_of_callers(cx, &bound, key, base, at) =>
                {
                    return Some((value.range(), cx.source(base)));
                }
                // `row = columns[0]` of `columns = x.T`
                ast::Expr::Name(viewed) => {
                    if let Some((_, base)) = used_base(cx, viewed, None, at, value.range().start(), next) {
                        return Some((value.range(), base));
                    }
                }
                _ => {}
            }
        }
        if is_carried {
            continue;
        }
        // Where this binding always runs before the write, earlier ones are gone.
        let always = || cx.parent(node).is_none_or(|parent| cx.ancestors(Node::Expr(at)).any(|up| up.id() == parent.id()));
        if !is_own && bound.replaces() && always() {
            return None;
        }
        if is_own && is_new_view(cx, value, &name.id) {
            is_view = true;
            own = is_assigned_view(cx, node, value, name).then_some(value.range()).or(own);
        }
    }
    // `x = x.view(-1)` of a parameter: the caller's tensor is what is written to.
    own.filter(|_| crate::receiver::is_parameter_around(cx, at, &name.id)).map(|bound| (bound, name.id.as_str()))
}

fn is_assigned_view<'a>(cx: &Cx<'a>, node: Node<'a>, value: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let Node::Stmt(ast::Stmt::Assign(assign)) = node else { return false };
    let mut pairs = assign.targets.iter().flat_map(|target| pairs_of(target, &assign.value));
    let is_assigned = pairs.any(|(target, part)| is_same_name(target, &name.id) && std::ptr::eq(part, value));
    is_assigned && (is_explicit(cx, value) || base(cx, value).is_some_and(|base| cx.kind(base).is_tensor()))
}

/// Whether `x.view(-1)` and its like bind a name to another array in MLX: casts of what has the dtype, and calls that leave the tensor, do not. Nor do the
/// views of complex numbers count, which stand under `if torch.is_complex(x)`.
fn is_new_view<'a>(cx: &Cx<'a>, value: &'a ast::Expr, name: &str) -> bool {
    let leaves = match value {
        ast::Expr::Call(call) => {
            same_tensor(cx, call).is_some() || cx.qualified(&call.func).is_some_and(|name| VIEWS.of_complex.contains(name))
        }
        _ => false,
    };
    !leaves && base(cx, value).is_some_and(|base| is_same_name(base, name))
}

/// What a loop walks over with the name `id`: `ys` of `for i, (x, y) in enumerate(zip(xs, ys))`.
pub(crate) fn walked_by<'a>(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr, id: &str) -> Option<&'a ast::Expr> {
    if let (ast::Expr::Call(call), ast::Expr::Tuple(names)) = (iter, target)
        && let Some(Entity::Builtin(builtin)) = cx.entity(&call.func)
    {
        return match builtin.as_str() {
            "zip" => names.elts.iter().zip(&call.args).find_map(|(name, arg)| binds(name, id).then(|| walked_by(cx, name, arg, id))?),
            "enumerate" => walked_by(cx, names.elts.get(1)?, call.args.first()?, id),
            _ => None,
        };
    }
    Some(iter)
}

/// The statements that bind a name, with what they bind it to, in source order.
pub fn bindings<'a>(body: &'a [ast::Stmt], name: &str) -> Vec<(Node<'a>, &'a ast::Expr)> {
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| {
        let (targets, value): (&'a [ast::Expr], &'a ast::Expr) = match stmt {
            ast::Stmt::Assign(assign) => (&assign.targets, &assign.value),
            ast::Stmt::For(loop_) => (std::slice::from_ref(&*loop_.target), &loop_.iter),
            _ => return,
        };
        if targets.iter().any(|target| binds(target, name)) {
            found.push((Node::Stmt(stmt), value));
        }
    });
    found
}

/// A view by its own text, of whatever: `x.view(-1)`, `x.T`, `x[1:, 0]`. Strings split, and lists are sliced into copies.
pub fn is_explicit(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Call(call) => match (&*call.func, cx.qualified(&call.func)) {
            (_, Some(name)) => VIEWS.functions.contains(name),
            (ast::Expr::Attribute(method), None) => {
                let name = method.attr.as_str();
                name != "split" && (VIEWS.methods.contains(name) || VIEWS.keeps.contains(name))
            }
            _ => false,
        },
        ast::Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "T" | "mT"),
        ast::Expr::Subscript(subscript) => {
            matches!(&*subscript.slice, ast::Expr::Tuple(tuple) if tuple.elts.iter().any(|elt| elt.is_slice_expr() || is_ellipsis(elt)))
        }
        _ => false,
    }
}

/// What stands below views that are written as methods and attributes: `x` of `x.data`, `x.view(-1).T`.
pub(crate) fn below_views(expr: &ast::Expr) -> &ast::Expr {
    match expr {
        ast::Expr::Attribute(e) if VIEWS.attributes.contains(e.attr.as_str()) => below_views(&e.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if VIEWS.methods.contains(method.attr.as_str()) => below_views(&method.value),
            _ => expr,
        },
        _ => expr,
    }
}

/// The tensor that an expression is a view of whatever else is known, in any file: `x` of `x[0]`, `x.view(-1)`, `x.T`.
pub(crate) fn written_view(expr: &ast::Expr) -> Option<&ast::Expr> {
    let inner = match expr {
        ast::Expr::Subscript(e) if is_written_index(&e.slice) => &*e.value,
        ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "T" | "mT") => &*e.value,
        ast::Expr::Call(call) => match &*call.func {
            // `torch.select(x, 0, -1)`, unless `torch` is another name there.
            ast::Expr::Attribute(function) if is_same_name(&function.value, "torch") => {
                VIEWS.functions.contains(&format!("torch.{}", function.attr)).then(|| first_argument(call))??
            }
            ast::Expr::Attribute(method) if VIEWS.methods.contains(method.attr.as_str()) => &*method.value,
            _ => return None,
        },
        _ => return None,
    };
    Some(written_view(inner).unwrap_or(inner))
}

/// An index by numbers and slices, by its own text: what it takes is a view.
pub(crate) fn is_written_index(index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(items) => items.elts.iter().all(is_written_index),
        ast::Expr::Constant(constant) => !matches!(constant.value, ast::Constant::Str(_)),
        index => matches!(index, ast::Expr::Slice(_) | ast::Expr::UnaryOp(_)),
    }
}

pub(crate) fn is_ellipsis(index: &ast::Expr) -> bool {
    matches!(index, ast::Expr::Constant(constant) if matches!(constant.value, ast::Constant::Ellipsis))
}

/// Whether the last binding of a name before `at` is an explicit view.
pub fn is_bound_to_view<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> bool {
    let before = bindings(enclosing_body(cx, at), &name.id).into_iter().rev().find(|(_, value)| value.range().end() < at.range().start());
    before.is_some_and(|(node, value)| matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && is_explicit(cx, value))
}

/// Whether a later line of the function reads a name.
pub fn read_after<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> bool {
    let end = cx.statement(at).map_or(at.range().end(), |stmt| stmt.range().end());
    let body = enclosing_body(cx, at);
    let Some(read) = reads(body, &name.id).into_iter().find(|read| *read > end) else { return false };
    !bindings(body, &name.id).iter().any(|(_, value)| value.range().start() > end && value.range().end() < read)
}

/// Another name of the same tensor that a later line reads: `identity = x` before, `out + identity` after.
pub(crate) fn alias_read_after<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> Option<&'a str> {
    let body = enclosing_body(cx, at);
    let (start, end) = (at.range().start(), at.range().end());
    let rebound = |name: &str, after: TextSize, before: TextSize| {
        bindings(body, name).iter().any(|(_, value)| value.range().start() > after && value.range().start() < before)
    };
    let mut found = None;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Stmt(ast::Stmt::Assign(assign)) = node else { return };
            let [ast::Expr::Name(alias)] = &assign.targets[..] else { return };
            let is_alias = is_same_name(&assign.value, &name.id) && alias.id != name.id && assign.range.end() < start;
            if !is_alias || rebound(&name.id, assign.range.end(), start) {
                return;
            }
            let read = reads(body, &alias.id).into_iter().find(|read| *read > end);
            if read.is_some_and(|read| !rebound(&alias.id, assign.range.end(), read)) {
                found = Some(alias.id.as_str());
            }
        });
    }
    found
}

/// The name that a name was bound to, which is used after `at`, or by the caller: `x` of `y = x`.
pub(crate) fn other_name<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> Option<&'a str> {
    let before = bindings(enclosing_body(cx, at), &name.id).into_iter().rev().find(|(_, value)| value.range().end() < at.range().start());
    let (Node::Stmt(ast::Stmt::Assign(_)), value) = before? else { return None };
    let ast::Expr::Name(other) = value else { return None };
    let is_used = other.id != name.id && (read_after(cx, other, at) || crate::receiver::is_parameter_around(cx, at, &other.id));
    is_used.then_some(other.id.as_str())
}

/// The parts of a target with what each gets, where both are written out; else the two as they are.
pub(crate) fn pairs_of<'a>(target: &'a ast::Expr, value: &'a ast::Expr) -> Pairs<'a> {
    match (target, value) {
        (ast::Expr::Tuple(targets), ast::Expr::Tuple(values)) if targets.elts.len() == values.elts.len() => {
            targets.elts.iter().zip(&values.elts)
        }
        (target, value) => pair(target, value),
    }
}

/// Two as they are.
pub(crate) fn pair<'a>(target: &'a ast::Expr, value: &'a ast::Expr) -> Pairs<'a> {
    std::slice::from_ref(target).iter().zip(std::slice::from_ref(value))
}

/// Targets and what they get.
pub(crate) type Pairs<'a> = std::iter::Zip<std::slice::Iter<'a, ast::Expr>, std::slice::Iter<'a, ast::Expr>>;

/// Where a name is read.
pub(crate) fn reads(body: &[ast::Stmt], name: &str) -> Vec<TextSize> {
    let mut found = Vec::new();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Name(read)) = node
                && matches!(read.ctx, ast::ExprContext::Load)
                && read.id.as_str() == name
            {
                found.push(read.range.start());
            }
        });
    }
    found
}

pub(crate) fn is_same_name(expr: &ast::Expr, id: &str) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == id)
}

pub(crate) fn binds(target: &ast::Expr, id: &str) -> bool {
    match target {
        ast::Expr::Name(name) => name.id.as_str() == id,
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|elt| binds(elt, id)),
        ast::Expr::List(list) => list.elts.iter().any(|elt| binds(elt, id)),
        ast::Expr::Starred(starred) => binds(&starred.value, id),
        _ => false,
    }
}

/// Whether a view is one of what the caller passed, who sees the change. An item of what may be a list is no view.
fn is_view_of_callers<'a>(
    cx: &Cx<'a>,
    bound: &held_views::Bound<'a>,
    key: Option<&'a ast::Expr>,
    base: &'a ast::Expr,
    at: &'a ast::Expr,
) -> bool {
    // `batch["boxes"][:, :2]`
    let mut owner = base;
    while let ast::Expr::Attribute(ast::ExprAttribute { value, .. }) | ast::Expr::Subscript(ast::ExprSubscript { value, .. }) = owner {
        owner = value;
    }
    let ast::Expr::Name(name) = owner else { return false };
    crate::receiver::is_parameter_around(cx, at, &name.id)
        && bindings(enclosing_body(cx, at), &name.id).is_empty()
        && (cx.kind(base).is_tensor() || bound.certain_bases(cx, key).iter().any(|certain| std::ptr::eq(*certain, base)))
}

/// `x` of `x.dtype`, `x.size(0)` and `len(x)`: what does not change with the values.
pub(crate) fn is_metadata<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    match cx.parent(name) {
        Some(Node::Expr(ast::Expr::Attribute(read))) => VIEWS.metadata.contains(read.attr.as_str()),
        Some(Node::Expr(ast::Expr::Call(call))) => {
            matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if VIEWS.metadata_builtins.contains(builtin.as_str()))
        }
        _ => false,
    }
}

/// The statements of the innermost function around an expression, or of the module.
pub(crate) fn enclosing_body<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a [ast::Stmt] {
    for node in cx.scopes(expr) {
        match node {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => return &def.body,
            Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => return &def.body,
            _ => {}
        }
    }
    &cx.file.suite
}
