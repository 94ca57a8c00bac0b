//! `self.gate(x) > 0`, `router(x).argmax(1)`: what enters a value through comparisons and choices alone has no gradient in PyTorch, so its optimizers leave it as
//! it is. MLX gives zeros, which weight decay and momentum go on to move.
//!
//! No gradient passes there in any case, so a `stop_gradient` that is not needed changes nothing.

use t2m_semantic::{Kind, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use crate::body_bindings::{self, Binding, Way};
use crate::cx::Cx;
use crate::rules::{is_off_at, last_name};
use crate::survey::Store;
use crate::weights::is_stateless;
use crate::{gradient_names, reached, receiver, storage, views};

/// A value is followed through so many names.
const NAMES: usize = 3;

/// Whether a comparison compares values: `a > b`, but not `a is None`.
pub(crate) fn compares_values(compare: &ast::ExprCompare) -> bool {
    let is_asked = |op: &ast::CmpOp| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn);
    !compare.ops.iter().any(is_asked)
}

/// Whether parameters enter an operand of a comparison or choice that enter through such alone.
pub(crate) fn has_hard_parameters<'a>(cx: &Cx<'a>, operand: &'a ast::Expr) -> bool {
    let is_given = || match operand {
        ast::Expr::Call(call) => is_trained(cx, &call.func) || own_method(cx, call).is_some(),
        // `y` of `def gate(self, y)`, or of `y, z = self.b(x), x`; what a list or the object itself holds
        ast::Expr::Name(_) | ast::Expr::Subscript(_) => cx.kind(operand).is_unknown(),
        ast::Expr::Attribute(own) => cx.kind(operand).is_unknown() && receiver::self_class(cx, &own.value).is_some(),
        _ => false,
    };
    let is_value = cx.kind(operand).is_tensor() || cx.kind(operand) == Kind::Parameter || is_given();
    is_value && sources(cx, operand, NAMES) && reached::is_differentiated_at(cx, operand) && !is_off_at(cx, operand)
}

/// A parameter, a layer or a model.
fn is_trained<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
    // What the class keeps there, where the place itself does not say.
    let kept = || match place {
        ast::Expr::Attribute(read) => {
            receiver::self_class(cx, &read.value).map(|class| cx.project_facts.lookup_attr(class, &read.attr).kind)
        }
        _ => None,
    };
    let kind = match cx.kind(place) {
        Kind::Unknown => kept().unwrap_or(Kind::Unknown),
        kind => kind,
    };
    // Dropout has nothing to train.
    if matches!(kind, Kind::Layer(name) if is_stateless(name.as_static())) {
        return false;
    }
    let is_buffer = || match place {
        ast::Expr::Attribute(read) => receiver::self_class(cx, &read.value).is_some_and(|class| {
            let stores = cx.shared.survey.stores(class, &read.attr);
            stores.iter().any(|store| matches!(store, Store::Whole(put) if cx.call_of(put, "torch.nn.Buffer").is_some()))
        }),
        _ => false,
    };
    let is_container = || matches!(kind, Kind::Sequential | Kind::ModuleList(_) | Kind::ModuleDict(_));
    kind == Kind::Parameter && !is_buffer() || is_container() || receiver::is_module(cx, place) || receiver::layer(cx, place).is_some()
}

/// Whether a parameter or model whose other uses are hard, too, stands in an expression, or in what its names are bound to.
fn sources<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let mut found = false;
    let mut names: Vec<&'a ast::Expr> = Vec::new();
    Node::Expr(expr).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Call(call)) if call.func.is_name_expr() && is_trained(cx, &call.func) => {
            found = found || is_hard_model(cx, &call.func);
        }
        Node::Expr(place @ ast::Expr::Attribute(attribute)) if receiver::self_class(cx, &attribute.value).is_some() => {
            found = found || is_trained(cx, place) && is_hard_member(cx, place, &attribute.attr);
            // `self.g` of `self.g = self.b(x)`
            if depth > 0 && !found && !is_trained(cx, place) && !receiver::is_callee(cx, place) {
                found = stored(cx, place, &attribute.attr).into_iter().any(|value| sources(cx, value, depth - 1));
            }
        }
        Node::Expr(ast::Expr::Call(call)) if depth > 0 && !found && own_method(cx, call).is_some() => {
            let mut returned = Vec::new();
            node::statements(own_method(cx, call).map_or(&[][..], |def| &def.body), &mut |stmt| {
                if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
                    returned.push(&**value);
                }
            });
            found = returned.into_iter().any(|value| sources(cx, value, depth - 1));
        }
        Node::Expr(name @ ast::Expr::Name(_)) => names.push(name),
        _ => {}
    });
    let Some(next) = depth.checked_sub(1).filter(|_| !found) else { return found };
    names.into_iter().any(|name| {
        let ast::Expr::Name(own) = name else { return false };
        let kind = cx.kind(name);
        let may_be_value = kind.is_tensor() || kind.is_unknown() || matches!(kind, Kind::Dict(_) | Kind::List(_) | Kind::Tuple(_));
        may_be_value
            && match bound_above(cx, name, &own.id) {
                Some(value) => sources(cx, value, next),
                None => given_to(cx, name, &own.id).into_iter().any(|given| sources(cx, given, next)),
            }
    })
}

/// What the methods of the class around put into an attribute of the object.
fn stored<'a>(cx: &Cx<'a>, place: &'a ast::Expr, name: &str) -> Vec<&'a ast::Expr> {
    let class = class_around(cx, place);
    let mut values = Vec::new();
    node::statements(class.map_or(&[], |class| &class.body[..]), &mut |stmt| {
        if let Some((ast::Expr::Attribute(target), value)) = receiver::assignment(stmt)
            && target.attr.as_str() == name
            && views::is_same_name(&target.value, "self")
        {
            values.push(value);
        }
    });
    values
}

fn class_around<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> Option<&'a ast::StmtClassDef> {
    cx.ancestors(Node::Expr(place)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::ClassDef(class)) => Some(class),
        _ => None,
    })
}

/// What a name is bound to last above, one for one.
fn bound_above<'a>(cx: &Cx<'a>, read: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
    let bindings = body_bindings::of_body(cx, views::enclosing_body(cx, read));
    let mut above = bindings.get(name)?.iter().rev().filter(|bound| bound.value.range().end() < read.range().start());
    match above.next()? {
        Binding { way: Way::Target { target, is_items: false }, value, .. } => {
            let pairs = views::pairs_of(target, value);
            pairs.into_iter().find(|(target, _)| views::is_same_name(target, name)).map(|(_, value)| value)
        }
        Binding { way: Way::Named, value, .. } => Some(value),
        _ => None,
    }
}

/// What methods of the object pass for a parameter of the method around: `self.b(x)` of `self.gate(self.b(x))`.
fn given_to<'a>(cx: &Cx<'a>, read: &'a ast::Expr, name: &str) -> Vec<&'a ast::Expr> {
    let mut ups = cx.ancestors(Node::Expr(read)).filter_map(|up| if let Node::Stmt(stmt) = up { Some(stmt) } else { None });
    let Some(ast::Stmt::FunctionDef(def)) = ups.find(|up| up.is_function_def_stmt()) else { return Vec::new() };
    let Some(ast::Stmt::ClassDef(class)) = ups.next() else { return Vec::new() };
    let Some(place) = def.args.args.iter().position(|arg| arg.def.arg.as_str() == name).and_then(|at| at.checked_sub(1)) else {
        return Vec::new();
    };
    let mut given = Vec::new();
    // Who calls it has its name, too; nobody calls most `forward`s.
    if !is_written_twice(cx.file.slice(class.range), &def.name) {
        return given;
    }
    for stmt in &class.body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && matches!(&*call.func, ast::Expr::Attribute(own) if own.attr == def.name && views::is_same_name(&own.value, "self"))
            {
                given.extend(receiver::argument(call, place, name));
            }
        });
    }
    given
}

fn is_written_twice(text: &str, name: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), name.as_bytes()).nth(1).is_some()
}

/// The method of the object that a call runs: `score` of `self.score(x)`.
fn own_method<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::StmtFunctionDef> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let class = receiver::self_class(cx, &method.value)?;
    let function = cx.project_facts.function(cx.project_facts.lookup_method(class, &method.attr)?);
    storage::function_at(&cx.file.suite, function.range).filter(|_| function.file == cx.id && function.role == Role::Method)
}

/// Where the methods of the object call a method of this name.
fn own_calls<'a>(class: &'a ast::StmtClassDef, name: &str) -> Vec<&'a ast::Expr> {
    let mut calls = Vec::new();
    for stmt in &class.body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Call(call)) = node
                && matches!(&*call.func, ast::Expr::Attribute(own) if own.attr.as_str() == name && views::is_same_name(&own.value, "self"))
            {
                calls.push(expr);
            }
        });
    }
    calls
}

/// `self.gate`, all whose uses in the methods of its class are hard.
fn is_hard_member<'a>(cx: &Cx<'a>, place: &'a ast::Expr, name: &str) -> bool {
    class_around(cx, place).is_some_and(|class| {
        are_hard(cx, &class.body, &|expr| {
            matches!(expr, ast::Expr::Attribute(own) if own.attr.as_str() == name && own.ctx.is_load() && views::is_same_name(&own.value, "self"))
        })
    })
}

/// `router`, all whose calls in the file are hard.
fn is_hard_model<'a>(cx: &Cx<'a>, model: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = model else { return false };
    let body = views::enclosing_body(cx, model);
    let is_bound_here = !views::bindings(body, &name.id).is_empty();
    let body = if is_bound_here { body } else { cx.file.suite.as_slice() };
    are_hard(cx, body, &|expr| matches!(expr, ast::Expr::Call(call) if views::is_same_name(&call.func, &name.id)))
}

fn are_hard<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], is_use: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let mut uses: Vec<&'a ast::Expr> = Vec::new();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr) = node
                && is_use(expr)
            {
                uses.push(expr);
            }
        });
    }
    uses.into_iter().all(|used| is_hard(cx, used, NAMES))
}

/// Whether no gradient passes from what uses a value.
fn is_hard<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Compare(_))) => true,
        Some(Node::Expr(up @ ast::Expr::Attribute(attribute))) => {
            let is_method = receiver::is_callee(cx, up);
            let keeps = is_method || matches!(attribute.attr.as_str(), "T" | "mT" | "values" | "weight" | "bias");
            gradient_names::stops(&attribute.attr) || keeps && is_hard(cx, up, depth)
        }
        Some(Node::Expr(up @ ast::Expr::Call(call))) => {
            let is_argument = !std::ptr::eq(&*call.func, expr);
            let is_function = |name: &str| {
                (gradient_names::stops(name) || gradient_names::is_plain_builtin(name))
                    && (call.func.is_name_expr() || cx.qualified(&call.func).is_some())
            };
            is_argument && (last_name(&call.func).is_some_and(is_function) || is_hard_argument(cx, call, expr, depth))
                || is_hard(cx, up, depth)
        }
        // `g, h = self.b(x), self.a(x)`
        Some(Node::Expr(up @ ast::Expr::Tuple(values))) if let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(up) => {
            let at = values.elts.iter().position(|value| std::ptr::eq(value, expr));
            match (&assign.targets[..], at, depth.checked_sub(1)) {
                ([ast::Expr::Tuple(targets)], Some(at), Some(next)) if targets.elts.len() == values.elts.len() => {
                    matches!(&targets.elts[at], ast::Expr::Name(name) if are_reads_hard(cx, name, expr, next))
                }
                _ => false,
            }
        }
        // What a method gives whose calls are hard.
        Some(Node::Stmt(ast::Stmt::Return(_))) => {
            let mut ups = cx.ancestors(Node::Expr(expr)).filter_map(|up| if let Node::Stmt(stmt) = up { Some(stmt) } else { None });
            let Some(ast::Stmt::FunctionDef(def)) = ups.find(|up| up.is_function_def_stmt()) else { return false };
            let (Some(ast::Stmt::ClassDef(class)), Some(next)) = (ups.next(), depth.checked_sub(1)) else { return false };
            let calls = own_calls(class, &def.name);
            !calls.is_empty() && calls.into_iter().all(|call| is_hard(cx, call, next))
        }
        // `outs = [self.a(x), self.b(x)]` and `outs[1] > 0`
        Some(Node::Expr(up @ (ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Dict(_))))
            if let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(up)
                && let [ast::Expr::Name(name)] = &assign.targets[..] =>
        {
            let next = depth.checked_sub(1);
            next.is_some_and(|next| key_of(up, expr).is_some_and(|key| are_items_hard(cx, name, up, &key, next)))
        }
        // `if (g := self.b(x)) is not None`
        Some(Node::Expr(up @ ast::Expr::NamedExpr(named))) => match (&*named.target, depth.checked_sub(1)) {
            (ast::Expr::Name(name), Some(next)) => is_hard(cx, up, depth) && are_reads_hard(cx, name, expr, next),
            _ => false,
        },
        // `torch.cat([self.gate(x), x], 1)`
        Some(Node::Expr(up @ (ast::Expr::List(_) | ast::Expr::Tuple(_)))) => {
            matches!(cx.parent(up), Some(Node::Expr(ast::Expr::Call(call))) if cx.qualified(&call.func).is_some()) && is_hard(cx, up, depth)
        }
        Some(Node::Expr(up @ (ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_)))) => is_hard(cx, up, depth),
        Some(Node::Expr(up @ ast::Expr::IfExp(choice))) => std::ptr::eq(&*choice.test, expr) || is_hard(cx, up, depth),
        Some(Node::Expr(up @ ast::Expr::Subscript(item))) => std::ptr::eq(&*item.slice, expr) || is_hard(cx, up, depth),
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => match (&assign.targets[..], depth.checked_sub(1)) {
            ([ast::Expr::Name(name)], Some(next)) => are_reads_hard(cx, name, expr, next),
            // `self.g = self.b(x)`
            ([ast::Expr::Attribute(kept)], Some(next)) if views::is_same_name(&kept.value, "self") => {
                class_around(cx, expr).is_some_and(|class| {
                    let mut reads: Vec<&'a ast::Expr> = Vec::new();
                    for stmt in &class.body {
                        Node::Stmt(stmt).walk(&mut |node| {
                            if let Node::Expr(read @ ast::Expr::Attribute(own)) = node
                                && own.attr == kept.attr
                                && own.ctx.is_load()
                            {
                                reads.push(read);
                            }
                        });
                    }
                    !reads.is_empty() && reads.into_iter().all(|read| is_hard(cx, read, next))
                })
            }
            _ => false,
        },
        _ => false,
    }
}

/// The place of an item in a list or dictionary, as its constant says it.
fn key_of<'a>(display: &'a ast::Expr, item: &'a ast::Expr) -> Option<Key<'a>> {
    let at = |elts: &'a [ast::Expr]| elts.iter().position(|own| std::ptr::eq(own, item)).map(Key::At);
    match display {
        ast::Expr::List(list) => at(&list.elts),
        ast::Expr::Tuple(tuple) => at(&tuple.elts),
        ast::Expr::Dict(dict) => {
            let at = dict.values.iter().position(|own| std::ptr::eq(own, item))?;
            receiver::string(dict.keys.get(at)?.as_ref()?).map(Key::Named)
        }
        _ => None,
    }
}

#[derive(PartialEq, Eq)]
enum Key<'a> {
    At(usize),
    Named(&'a str),
}

/// Whether all that reads the item of a container by name does so without a gradient, and nothing reads the container as a whole.
fn are_items_hard<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, value: &'a ast::Expr, key: &Key<'a>, depth: usize) -> bool {
    let mut reads: Vec<&'a ast::Expr> = Vec::new();
    for stmt in views::enclosing_body(cx, value) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(own)) = node
                && own.id == name.id
                && own.ctx.is_load()
            {
                reads.push(read);
            }
        });
    }
    let mut found = false;
    reads.into_iter().all(|read| {
        let Some(Node::Expr(item @ ast::Expr::Subscript(subscript))) = cx.parent(read) else { return false };
        let own = match &*subscript.slice {
            ast::Expr::Constant(place) => match &place.value {
                ast::Constant::Int(at) => usize::try_from(at).ok().map(Key::At),
                ast::Constant::Str(name) => Some(Key::Named(name)),
                _ => None,
            },
            _ => None,
        };
        found |= own.as_ref() == Some(key);
        subscript.ctx.is_load() && own.is_some_and(|own| own != *key || is_hard(cx, item, depth))
    }) && found
}

/// Whether a method of the object compares what it is given, and does nothing else with it: `self.gate(self.b(x))`.
fn is_hard_argument<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, arg: &'a ast::Expr, depth: usize) -> bool {
    let (Some(def), Some(next)) = (own_method(cx, call), depth.checked_sub(1)) else { return false };
    let Some(at) = call.args.iter().position(|given| std::ptr::eq(given, arg)) else { return false };
    let Some(param) = def.args.args.get(at + 1) else { return false };
    let mut reads: Vec<&'a ast::Expr> = Vec::new();
    let mut is_bound_anew = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(own)) = node
                && own.id == param.def.arg
            {
                is_bound_anew |= !own.ctx.is_load();
                reads.push(read);
            }
        });
    }
    !is_bound_anew && !reads.is_empty() && reads.into_iter().all(|read| is_hard(cx, read, next))
}

/// Whether all that reads a name behind its binding does so without a gradient.
fn are_reads_hard<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, value: &'a ast::Expr, depth: usize) -> bool {
    let mut reads: Vec<&'a ast::Expr> = Vec::new();
    let body = views::enclosing_body(cx, value);
    // Where the body itself binds it anew: `g = g > 0`.
    let is_anew = |stmt: &&ast::Stmt| matches!(stmt, ast::Stmt::Assign(anew) if anew.range.start() > value.range().end() && matches!(&anew.targets[..], [target] if views::is_same_name(target, &name.id)));
    let is_here = body.iter().any(|stmt| matches!(stmt, ast::Stmt::Assign(own) if own.range.contains_range(value.range())));
    let end = body.iter().find(is_anew).filter(|_| is_here).map(|stmt| stmt.range().end());
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(own)) = node
                && own.id == name.id
                && own.ctx.is_load()
                && own.range.start() > value.range().end()
                && end.is_none_or(|end| own.range.start() < end)
            {
                reads.push(read);
            }
        });
    }
    !reads.is_empty() && reads.into_iter().all(|read| is_hard(cx, read, depth))
}

/// `self.scores.argmax()`, `torch.argsort(w)`, `self.t.long()` of what enters the value through such alone.
pub(crate) fn is_hard_choice<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let Some(name) = last_name(&call.func).filter(|name| gradient_names::chooses(name)) else { return false };
    let object = match &*call.func {
        func if cx.qualified(func).is_some_and(|torch| torch.starts_with("torch.")) => None,
        ast::Expr::Attribute(method) if method.attr.as_str() == name => Some(&*method.value),
        _ => return false,
    };
    let mut operands = object.into_iter().chain(&call.args).filter(|operand| !operand.is_constant_expr());
    operands.any(|operand| has_hard_parameters(cx, operand))
}
