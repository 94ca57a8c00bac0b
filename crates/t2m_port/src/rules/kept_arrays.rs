//! `best = model.state_dict()`: PyTorch's tensors change with the model that is trained, MLX's optimizers put new arrays into it.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::read_after_training::{is_change, is_read_after_training, mentions};
use super::{Hook, Rule, given_state, held_parameters, last_name};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{held_views, receiver, stale_views, storage, views};

pub(super) const RULE: Rule = Rule { name: "kept-arrays", doc: include_str!("kept_arrays.md"), hook: Hook::Stmt(kept) };

/// Methods of a module that give its arrays one by one.
const WALKED: [&str; 2] = ["parameters", "named_parameters"];

/// The arrays of a model that an expression gives as they are.
#[derive(Clone, Copy)]
pub(super) struct Arrays<'a> {
    pub(super) at: &'a ast::Expr,
    pub(super) model: &'a ast::Expr,
    /// Views and what is detached: other arrays in MLX, which see nothing that is written into the model's own.
    pub(super) are_others: bool,
}

impl<'a> Arrays<'a> {
    pub(super) fn own(at: &'a ast::Expr, model: &'a ast::Expr) -> Self {
        Self { at, model, are_others: false }
    }
}

pub(super) fn kept<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (target, value) = receiver::assignment(stmt).or_else(|| put(stmt)).or_else(|| recorded(stmt))?;
    if let Some(finding) = leaf(cx, stmt, target, value) {
        return Some(StmtClaim::todo(finding));
    }
    let arrays = match target {
        ast::Expr::Attribute(_) => arrays(cx, value)?,
        // What a local name keeps is old once something has changed the model.
        _ if !cx.may_change_models() => return None,
        _ => arrays(cx, value).or_else(|| local_arrays(cx, value))?,
    };
    let root = root(arrays.model)?;
    let is_seen_later = match target {
        ast::Expr::Name(name) => {
            let is_given = matches!(arrays.model, ast::Expr::Name(_)) && are_parameters(&cx.kind(arrays.model));
            !is_given && is_read_after_training(cx, stmt, value, name.id.as_str(), root, arrays.are_others)
        }
        // `kept[name] = p`
        ast::Expr::Subscript(item) => match &*item.value {
            ast::Expr::Name(name) if !receiver::is_module(cx, &item.value) => {
                is_read_after_training(cx, stmt, value, name.id.as_str(), root, arrays.are_others) || is_read_by_next_call(cx, stmt, name)
            }
            _ => false,
        },
        // What another object keeps is there to be read later; `p.data = ...` writes into an array.
        ast::Expr::Attribute(target) => {
            let is_kept = target.attr.as_str() != "data" && !is_layer(cx, &target.value);
            is_kept && !is_made_here(cx, value, root) && !held_parameters::is_frozen_copy(cx, arrays.model)
        }
        _ => false,
    };
    if !is_seen_later {
        return None;
    }
    let (target, text) = (cx.snippet(target), cx.snippet(arrays.at));
    let reason = format!("`{target}` keeps `{text}`: in PyTorch it changes as the model is trained, in MLX it stays what it is here");
    let asked = if are_parameters(&cx.kind(arrays.model)) { "the model".to_owned() } else { format!("`{}`", cx.snippet(arrays.model)) };
    let help = format!("copy it in the original if this state is meant, or ask {asked} again where it is read");
    Some(StmtClaim::todo(Finding::todo(codes::KEPT_ARRAYS, arrays.at.range(), reason).help(help)))
}

/// Whether what a function puts into a dictionary of the function around it is read by its next call, behind more steps: `drift.append(p.data - prev[n])`.
fn is_read_by_next_call<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, kept: &'a ast::ExprName) -> bool {
    let function = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let Some(function) = function else { return false };
    if !views::bindings(&function.body, &kept.id).is_empty() || receiver::has_parameter(function, &kept.id) {
        return false;
    }
    let mut found = false;
    for other in &function.body {
        Node::Stmt(other).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Subscript(item)) = node {
                found |= item.ctx.is_load() && views::is_same_name(&item.value, &kept.id) && item.range.end() < stmt.range().start();
            }
        });
    }
    found
}

/// `last = w.detach()` of a tensor that an optimizer changes, which is read after its next step.
fn leaf<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr, value: &'a ast::Expr) -> Option<Finding> {
    if !target.is_name_expr() || !cx.may_change_models() {
        return None;
    }
    let bases = held_views::bases(cx, value);
    bases.iter().copied().find_map(|base| {
        let name = base.as_name_expr()?;
        let body = views::enclosing_body(cx, value);
        if !views::bindings(body, &name.id).into_iter().any(|(_, made)| is_leaf(cx, made)) {
            return None;
        }
        let (_, view) = steps(cx, body, &name.id).into_iter().find_map(|step| {
            let found = stale_views::stale_view(cx, base, step);
            found.filter(|(place, _)| stmt.range().contains_range(*place))
        })?;
        let base = cx.snippet(base);
        let reason = format!("`{view}` is `{base}` itself in PyTorch, which the optimizer changes; in MLX it stays what it is here");
        Some(
            Finding::todo(codes::KEPT_ARRAYS, value.range(), reason)
                .help(format!("copy it in the original if this state is meant, or ask `{base}` again where it is read")),
        )
    })
}

/// `torch.zeros(3, requires_grad=True)`, `nn.Parameter(x)`
fn is_leaf<'a>(cx: &Cx<'a>, made: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = made else { return false };
    let asks = |keyword: &ast::Keyword| keyword.arg.as_deref() == Some("requires_grad");
    cx.kind(made) == Kind::Parameter
        || call.keywords.iter().any(asks)
        || matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "requires_grad_")
}

/// The steps of the optimizers of a body that were made of a name.
fn steps<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], leaf: &str) -> Vec<&'a ast::Expr> {
    let holds = |made: &'a ast::Expr| {
        let mut found = false;
        Node::Expr(made).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if views::is_same_name(expr, leaf)));
        found
    };
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| {
        if let ast::Stmt::Expr(statement) = stmt
            && let ast::Expr::Call(call) = &*statement.value
            && let ast::Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "step"
            && let ast::Expr::Name(optimizer) = &*method.value
            && cx.kind(&method.value).is_optimizer()
            && views::bindings(body, &optimizer.id).into_iter().any(|(_, made)| holds(made))
        {
            found.push(&*statement.value);
        }
    });
    found
}

/// `kept.append(p)`: the list, and what it gets.
fn put(stmt: &ast::Stmt) -> Option<(&ast::Expr, &ast::Expr)> {
    let ast::Stmt::Expr(statement) = stmt else { return None };
    let ast::Expr::Call(call) = &*statement.value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let [item] = &call.args[..] else { return None };
    let puts = matches!(&*method.value, ast::Expr::Name(_)) && matches!(method.attr.as_str(), "append" | "extend");
    puts.then_some((&*method.value, item))
}

/// `self.history.append(model.weight.data)`: the values of a weight, kept in a list of an object.
fn recorded(stmt: &ast::Stmt) -> Option<(&ast::Expr, &ast::Expr)> {
    let ast::Stmt::Expr(statement) = stmt else { return None };
    let ast::Expr::Call(call) = &*statement.value else { return None };
    let (ast::Expr::Attribute(method), [item]) = (&*call.func, &call.args[..]) else { return None };
    let are_values = match item {
        ast::Expr::Attribute(data) => data.attr.as_str() == "data",
        ast::Expr::Call(call) => last_name(&call.func) == Some("detach") || call.func.is_name_expr(),
        ast::Expr::ListComp(_) | ast::Expr::DictComp(_) => true,
        _ => false,
    };
    (are_values && method.value.is_attribute_expr() && method.attr.as_str() == "append").then_some((&*method.value, item))
}

/// What only a local name is asked for, as reads of it can be seen: views of weights, what a loop over parameters gives, and whatever else is a list of them.
fn local_arrays<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Arrays<'a>> {
    // Ex) `name` of `for name, p in model.named_parameters()`
    if cx.kind(value) == Kind::Str {
        return None;
    }
    if let ast::Expr::Name(name) = value {
        // `w = model.fc.weight.detach()`
        if let [(Node::Stmt(ast::Stmt::Assign(assign)), bound)] = views::bindings(views::enclosing_body(cx, value), &name.id)[..]
            && matches!(assign.targets[..], [ast::Expr::Name(_)])
            && matches!(bound, ast::Expr::Attribute(_) | ast::Expr::Call(_))
            && (cx.kind(bound).is_tensor() || cx.kind(bound) == Kind::Parameter)
        {
            return arrays(cx, bound).map(|found| Arrays { at: value, ..found });
        }
        let model = cx.ancestors(Node::Expr(value)).find_map(|up| match up {
            Node::Stmt(ast::Stmt::For(walk)) if binds(&walk.target, value) => given(cx, &walk.iter, &WALKED),
            _ => None,
        })?;
        return Some(Arrays::own(value, model));
    }
    match value {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "data" => {
            return local_arrays(cx, &attribute.value).map(|found| Arrays { are_others: true, ..found });
        }
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            return elts.iter().filter(|item| item.is_subscript_expr()).find_map(|item| local_arrays(cx, item));
        }
        ast::Expr::Subscript(item) if item.value.is_call_expr() => {
            return asked(cx, &item.value, &["state_dict"]).map(|model| Arrays::own(value, model));
        }
        // `state["fc.weight"]` of `state = model.state_dict()`
        ast::Expr::Subscript(item) if cx.kind(&item.slice) == Kind::Str => {
            let states = views::bindings(views::enclosing_body(cx, value), &item.value.as_name_expr()?.id);
            let mut states = states.into_iter().filter(|(_, state)| !receiver::is_none(state));
            let (Some((Node::Stmt(ast::Stmt::Assign(_)), state)), None) = (states.next(), states.next()) else { return None };
            return asked(cx, state, &["state_dict"]).map(|model| Arrays::own(value, model));
        }
        _ => {}
    }
    match views::shared(cx, value) {
        // What a function gives is told by its kind alone.
        Some(base @ ast::Expr::Attribute(_)) => arrays(cx, base).map(|found| Arrays { at: value, are_others: true, ..found }),
        _ => None,
    }
}

/// The arrays that a function of this file gives of a model that it gets: `def get_params(model): return [p.data for p in model.parameters()]`.
fn given_back<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Arrays<'a>> {
    let Some(Entity::Function(id)) = cx.entity(&call.func) else { return None };
    let function = cx.project_facts.function(*id);
    if function.file != cx.id {
        return None;
    }
    let def = storage::function_at(&cx.file.suite, function.range)?;
    let ast::Stmt::Return(ast::StmtReturn { value: Some(given), .. }) = def.body.last()? else { return None };
    let mut calls_on = false;
    Node::Expr(given).walk(&mut |node| {
        calls_on |= matches!(node, Node::Expr(ast::Expr::Call(call)) if matches!(cx.entity(&call.func), Some(Entity::Function(_))));
    });
    if calls_on || !matches!(&**given, ast::Expr::ListComp(_) | ast::Expr::DictComp(_)) {
        return None;
    }
    let found = arrays(cx, given)?;
    let at = def.args.args.iter().position(|arg| views::is_same_name(found.model, arg.def.arg.as_str()))?;
    let model = call.args.get(at).filter(|model| root(model).is_some())?;
    Some(Arrays { model, ..found })
}

/// The models of `model.parameters()`, also of what chains or sifts such calls.
fn given<'a>(cx: &Cx<'a>, items: &'a ast::Expr, methods: &[&str]) -> Option<&'a ast::Expr> {
    if let Some(model) = asked(cx, items, methods) {
        return Some(model);
    }
    let ast::Expr::Call(call) = items else { return None };
    match last_name(&call.func)? {
        "chain" | "enumerate" | "zip" | "filter" => call.args.iter().find_map(|arg| given(cx, arg, methods)),
        _ => None,
    }
}

/// What of a value is a model's own arrays: `model.state_dict()`, `list(model.parameters())`, `model.fc.weight.data`, and displays with such items.
pub(super) fn arrays<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Arrays<'a>> {
    match value {
        ast::Expr::Dict(dict) => dict.values.iter().find_map(|item| arrays(cx, item)),
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().find_map(|item| match item {
                ast::Expr::Starred(all) => given(cx, &all.value, &WALKED).map(|model| Arrays::own(value, model)),
                item => arrays(cx, item),
            })
        }
        ast::Expr::BinOp(sum) if sum.op == ast::Operator::Add && matches!(cx.kind(value), Kind::List(_) | Kind::Unknown) => {
            let list = |side| matches!(cx.kind(side), Kind::List(_)).then(|| arrays(cx, side)).flatten();
            let found = list(&*sum.left).or_else(|| list(&*sum.right))?;
            Some(Arrays { at: value, ..found })
        }
        // What another function was given of `model.parameters()`.
        ast::Expr::Name(_) if are_parameters(&cx.kind(value)) => Some(Arrays::own(value, value)),
        ast::Expr::Call(call) => {
            if let Some(model) = asked(cx, value, &["state_dict"]) {
                return Some(Arrays::own(value, model));
            }
            // Ex) `weights_of(model)`, a function of the project.
            if let Some(model @ ast::Expr::Name(_)) = call.args.first().filter(|_| are_parameters(&cx.kind(value)))
                && matches!(cx.entity(&call.func), Some(Entity::Function(_)))
            {
                return Some(Arrays::own(value, model));
            }
            if let Some(model) = given_state::model(cx, call).filter(|model| may_be_model(cx, model) || holds_model(cx, call, model)) {
                return Some(Arrays::own(value, model));
            }
            if let Some(found) = given_back(cx, call) {
                return Some(Arrays { at: value, ..found });
            }
            match (&*call.func, &call.args[..]) {
                // `.detach()`, and a copy of the dictionary that holds the same tensors.
                (ast::Expr::Attribute(method), []) if method.attr.as_str() == "detach" => {
                    arrays(cx, &method.value).map(|found| Arrays { are_others: true, ..found })
                }
                (ast::Expr::Attribute(method), []) if method.attr.as_str() == "copy" => {
                    arrays(cx, &method.value).filter(|_| !is_array(cx, &method.value))
                }
                // `getattr(model, "weight")`
                (func, [model, name]) if last_name(func) == Some("getattr") && receiver::string(name).is_some() => {
                    let is_weight = matches!(receiver::string(name), Some("weight" | "bias")) && may_be_model(cx, model)
                        || receiver::is_module(cx, model) && (is_array(cx, value) || cx.kind(value) == Kind::Parameter);
                    is_weight.then(|| Arrays::own(value, model))
                }
                // `model.get_parameter("fc.weight")`
                (ast::Expr::Attribute(method), [_]) if matches!(method.attr.as_str(), "get_parameter" | "get_buffer") => {
                    may_be_model(cx, &method.value).then(|| Arrays::own(value, &method.value))
                }
                // `next(model.parameters())`
                (func, [items]) if last_name(func) == Some("next") => {
                    given(cx, items, &["parameters"]).map(|model| Arrays::own(value, model))
                }
                (func, [items]) if matches!(last_name(func), Some("list" | "tuple" | "dict" | "OrderedDict" | "copy")) => {
                    if matches!(items, ast::Expr::Name(_)) && are_parameters(&cx.kind(items)) {
                        return Some(Arrays::own(value, items));
                    }
                    // A list of a dictionary holds its names alone.
                    let keeps_items = matches!(last_name(func), Some("dict" | "OrderedDict" | "copy"));
                    let model = given(cx, items, if keeps_items { &["parameters", "named_parameters", "state_dict"] } else { &WALKED })?;
                    Some(Arrays::own(value, model))
                }
                _ => None,
            }
        }
        // `dict(model.named_parameters())["fc.weight"]`, `model._parameters["weight"]`
        ast::Expr::Subscript(item) => match &*item.value {
            ast::Expr::Call(call) if matches!(last_name(&call.func), Some("dict" | "list")) => {
                arrays(cx, &item.value).map(|found| Arrays { at: value, ..found })
            }
            ast::Expr::Attribute(own) if matches!(own.attr.as_str(), "_parameters" | "_buffers") => {
                may_be_model(cx, &own.value).then(|| Arrays::own(value, &own.value))
            }
            _ => None,
        },
        ast::Expr::ListComp(all) => of_all(cx, value, &all.elt, &all.generators),
        ast::Expr::DictComp(all) => of_all(cx, value, &all.value, &all.generators),
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "data" => {
            arrays(cx, &attribute.value).map(|found| Arrays { are_others: true, ..found })
        }
        ast::Expr::Attribute(attribute)
            if receiver::is_module(cx, &attribute.value) && (is_array(cx, value) || is_given_parameter(cx, value)) =>
        {
            Some(Arrays::own(value, &attribute.value))
        }
        // A layer of a module whose layers are not known.
        ast::Expr::Attribute(attribute)
            if matches!(attribute.attr.as_str(), "weight" | "bias")
                && (is_layer(cx, &attribute.value) || is_changed_here(cx, &attribute.value)) =>
        {
            Some(Arrays::own(value, &attribute.value))
        }
        _ => None,
    }
}

/// `net.scale` behind `net.scale = nn.Parameter(w)`, of a layer of PyTorch's.
fn is_given_parameter<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let mut found = false;
    if cx.kind(value).is_unknown() && cx.text_has("Parameter") {
        node::statements(views::enclosing_body(cx, value), &mut |stmt| {
            if let Some((target @ ast::Expr::Attribute(_), given)) = receiver::assignment(stmt) {
                found |= cx.source(target) == cx.source(value) && cx.kind(given) == Kind::Parameter;
            }
        });
    }
    found
}

/// `net[0]`, `net.encoder.fc`
pub(super) fn is_layer<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    receiver::is_module(cx, expr)
        || cx.kind(expr).is_unknown()
            && match expr {
                ast::Expr::Subscript(item) => is_layer(cx, &item.value),
                ast::Expr::Attribute(attribute) => is_layer(cx, &attribute.value),
                _ => false,
            }
}

/// A part of what the function around trains, or loads a state into: `m.fc` beside `train(m, data)`.
fn is_changed_here<'a>(cx: &Cx<'a>, layer: &'a ast::Expr) -> bool {
    let Some(model) = root(layer).filter(|_| layer.is_attribute_expr() && cx.kind(layer).is_unknown()) else { return false };
    let mut found = false;
    for stmt in views::enclosing_body(cx, layer) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if mentions(call, model) && is_change(cx, call, model, true));
        });
    }
    found
}

fn are_parameters(kind: &Kind) -> bool {
    matches!(kind, Kind::List(item) | Kind::Seq(item) if **item == Kind::Parameter)
}

fn is_array(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    cx.kind(expr).is_tensor()
}

/// `v` of `v.cpu()` and `v.to("cpu")`: on the device where it is, the tensor itself.
fn stayed(value: &ast::Expr) -> &ast::Expr {
    let ast::Expr::Call(call) = value else { return value };
    match (&*call.func, &call.args[..]) {
        (ast::Expr::Attribute(e), []) if e.attr.as_str() == "cpu" && call.keywords.is_empty() => stayed(&e.value),
        (ast::Expr::Attribute(e), [ast::Expr::Constant(place)])
            if e.attr.as_str() == "to" && call.keywords.is_empty() && place.value.is_str() =>
        {
            stayed(&e.value)
        }
        (ast::Expr::Attribute(e), []) if e.attr.as_str() == "detach" => match stayed(&e.value) {
            inner @ ast::Expr::Name(_) => inner,
            _ => value,
        },
        _ => value,
    }
}

/// `[p.data for p in model.parameters()]`
fn of_all<'a>(cx: &Cx<'a>, at: &'a ast::Expr, item: &'a ast::Expr, generators: &'a [ast::Comprehension]) -> Option<Arrays<'a>> {
    let [generator] = generators else { return None };
    // `[layer.weight for layer in model.modules()]`
    if let Some(Arrays { model: layer @ ast::Expr::Name(_), .. }) = arrays(cx, item)
        && binds(&generator.target, layer)
    {
        let model = asked(cx, &generator.iter, &["modules", "named_modules", "children", "named_children"]);
        return model.or_else(|| receiver::is_module(cx, &generator.iter).then_some(&generator.iter)).map(|model| Arrays::own(at, model));
    }
    let model = given(cx, &generator.iter, &WALKED).or_else(|| of_state(cx, &generator.iter))?;
    let below = views::below_views(stayed(item));
    let ast::Expr::Name(name) = below else { return None };
    let walked = match &generator.target {
        ast::Expr::Tuple(pair) => pair.elts.last()?,
        target => target,
    };
    views::is_same_name(walked, name.id.as_str()).then_some(Arrays { are_others: !std::ptr::eq(below, item), ..Arrays::own(at, model) })
}

/// The model of `model.state_dict().items()`.
fn of_state<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = items else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    matches!(method.attr.as_str(), "items" | "values").then(|| asked(cx, &method.value, &["state_dict"])).flatten()
}

/// Whether a target binds the name of that expression.
fn binds(target: &ast::Expr, name: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = name else { return false };
    let mut bound = false;
    Node::Expr(target).walk(&mut |node| bound |= matches!(node, Node::Expr(at) if views::is_same_name(at, name.id.as_str())));
    bound
}

/// The model of `model.parameters()`.
pub(super) fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, methods: &[&str]) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let object = &*method.value;
    (methods.contains(&method.attr.as_str()) && may_be_model(cx, object)).then_some(object)
}

/// `trainer.weights()`; what calls itself a `state_dict` may be an average's.
fn holds_model<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, object: &'a ast::Expr) -> bool {
    matches!(cx.kind(object), Kind::Instance(_)) && last_name(&call.func) != Some("state_dict")
}

fn may_be_model<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    receiver::is_module(cx, object)
        || cx.kind(object).is_unknown()
            && !last_name(object).is_some_and(|name| ["optim", "opt", "sched", "scaler"].iter().any(|word| name.contains(word)))
}

/// The name at the head of `self.model.fc`.
pub(super) fn root(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        ast::Expr::Attribute(attribute) => root(&attribute.value),
        ast::Expr::Subscript(item) => root(&item.value),
        _ => None,
    }
}

/// Whether the model is made in the function that keeps its arrays.
pub(super) fn is_made_here<'a>(cx: &Cx<'a>, value: &'a ast::Expr, model: &str) -> bool {
    !views::bindings(views::enclosing_body(cx, value), model).is_empty()
}
