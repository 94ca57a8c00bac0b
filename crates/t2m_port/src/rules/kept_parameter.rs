//! `self.weights = [self.w, self.b]`: in PyTorch the list holds the module's own parameters, in MLX an optimizer puts new arrays into the module and not into the list.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, last_name, shared_memory};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::view_names::VIEWS;
use crate::{receiver, storage, views};

pub(super) const RULE: Rule = Rule { name: "kept-parameter", doc: include_str!("kept_parameter.md"), hook: Hook::Stmt(kept) };

/// Methods that put their last argument into a list, dict or set.
const PUTS: &[&str] = &["append", "extend", "insert", "add", "update", "setdefault"];

/// Modules whose children are arrays.
const CONTAINERS: &[&str] = &["torch.nn.ParameterList", "torch.nn.ParameterDict"];

fn kept<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    found(cx, stmt).map(StmtClaim::todo)
}

/// What a statement keeps of its module's parameters in a second place of the module.
pub(super) fn found<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    if let Some(finding) = statistics(cx, stmt).or_else(|| memory(cx, stmt)) {
        return Some(finding);
    }
    let (place, parameter) = match stmt {
        ast::Stmt::Expr(statement) => {
            let ast::Expr::Call(call) = &*statement.value else { return None };
            if let Some(finding) = registered_from(cx, stmt, call) {
                return Some(finding);
            }
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            let place = &*method.value;
            let puts = PUTS.contains(&method.attr.as_str()) && matches!(place, ast::Expr::Attribute(_) | ast::Expr::Subscript(_));
            (place, puts.then(|| parameter_in(cx, call.args.last()?)).flatten()?)
        }
        // `self.all += list(net.parameters())`
        ast::Stmt::AugAssign(assign) if matches!(&*assign.target, ast::Expr::Attribute(_)) => {
            (&*assign.target, all_parameters(cx, &assign.value)?)
        }
        _ => {
            let (place, value) = receiver::assignment(stmt)?;
            let parameter = match (place, value) {
                (ast::Expr::Attribute(_), ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Dict(_) | ast::Expr::ListComp(_))
                | (ast::Expr::Subscript(_), _) => parameter_in(cx, value)?,
                // `self.w = self.add_weight("kernel", value)`
                (ast::Expr::Attribute(_), ast::Expr::Call(call)) if gives_registered(cx, call) => value,
                (ast::Expr::Attribute(_), ast::Expr::Call(call)) if is_container(cx, &call.func) => parameter_in(cx, call.args.first()?)?,
                (ast::Expr::Attribute(_), _) if let Some(items) = registered_items(cx, value) => items,
                (ast::Expr::Attribute(_), _) => all_parameters(cx, value)?,
                _ => return None,
            };
            (place, parameter)
        }
    };
    let module = module_of(place)?;
    receiver::self_class(cx, module).filter(|class| receiver::makes_modules(cx, *class))?;
    // A container of PyTorch's is a module itself.
    let holder = match place {
        ast::Expr::Subscript(item) => &*item.value,
        place => place,
    };
    let kind = cx.kind(holder);
    if matches!(&kind, Kind::Layer(name) if CONTAINERS.contains(&name.as_static())) {
        return is_held(cx, parameter).then(|| {
            let (place, parameter) = (cx.snippet(place), cx.snippet(parameter));
            let reason = format!("`{place}` gives the parameter `{parameter}` a second place: MLX counts and trains the two apart");
            Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help("read the parameter under its own name where it is used")
        });
    }
    if cx.project_facts.is_module(&kind) || matches!(kind, Kind::ModuleList(_)) {
        return None;
    }
    let (place, parameter) = (cx.snippet(place), cx.snippet(parameter));
    let reason = format!(
        "`{place}` keeps the parameter `{parameter}` in a second place: an optimizer of MLX puts a new array into the module, and this one stays what it is"
    );
    Some(Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help("read the parameter under its own name where it is used"))
}

fn is_container<'a>(cx: &Cx<'a>, made: &'a ast::Expr) -> bool {
    CONTAINERS.iter().any(|class| cx.is_qualified(made, class))
}

/// Whether a module holds what is read, beside the container: a layer that is made for its parameters alone ends with the function.
fn is_held<'a>(cx: &Cx<'a>, parameter: &'a ast::Expr) -> bool {
    let (mut root, mut held) = (None, false);
    Node::Expr(parameter).walk(&mut |node| {
        if let Node::Expr(expr @ ast::Expr::Name(name)) = node {
            held |= receiver::self_class(cx, expr).is_some() || receiver::is_parameter_around(cx, parameter, &name.id);
            root = root.or(Some(name));
        }
    });
    held || root.is_some_and(|name| is_registered(cx, parameter, &name.id) || is_appended(views::enclosing_body(cx, parameter), &name.id))
}

/// `self.layers.append(fc)`
fn is_appended(body: &[ast::Stmt], name: &str) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node {
                found |= matches!(last_name(&call.func), Some("append" | "add_module"))
                    && call.args.last().is_some_and(|item| views::is_same_name(item, name));
            }
        });
    }
    found
}

/// `self.mean = self.bn.running_mean`, `self.b.running_var = self.a.running_var`: what a norm writes in place in PyTorch.
fn statistics<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    let (place @ ast::Expr::Attribute(target), value @ ast::Expr::Attribute(read)) = receiver::assignment(stmt)? else { return None };
    let is_statistic = matches!(read.attr.as_str(), "running_mean" | "running_var" | "num_batches_tracked");
    let is_own = |object: &'a ast::Expr| {
        let root = root(object);
        receiver::self_class(cx, root).is_some_and(|class| receiver::makes_modules(cx, class))
    };
    let is_second = is_statistic
        && receiver::is_module(cx, &read.value)
        && is_own(&target.value)
        && is_own(&read.value)
        && cx.source(place) != cx.source(value);
    is_second.then(|| {
        let (place, value) = (cx.snippet(place), cx.snippet(value));
        let reason =
            format!("`{place}` is the buffer `{value}` in PyTorch, and moves with it: a norm of MLX puts a new array into its own place");
        Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help(format!("read `{value}` where it is used"))
    })
}

/// `self.start = self.w.data`, `self.register_buffer("ema", self.fc.weight.detach())`: the parameter's memory, which the training of PyTorch writes to.
fn memory<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    let (object, name, value) = match stmt {
        ast::Stmt::Expr(statement) => {
            let ast::Expr::Call(call) = &*statement.value else { return None };
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            let registers = method.attr.as_str() == "register_buffer";
            (&*method.value, receiver::string(call.args.first().filter(|_| registers)?)?, receiver::argument(call, 1, "tensor")?)
        }
        _ => match receiver::assignment(stmt)? {
            (ast::Expr::Attribute(target), value) => (&*target.value, target.attr.as_str(), value),
            _ => return None,
        },
    };
    let owner = memory_in(cx, value).or_else(|| shared_memory::walked(cx, value)).or_else(|| shared_memory::of_tensor(cx, stmt, value))?;
    receiver::self_class(cx, object).filter(|class| receiver::makes_modules(cx, *class))?;
    let is_weight = |owner: &'a ast::Expr| match owner {
        ast::Expr::Attribute(weight) if matches!(weight.attr.as_str(), "weight" | "bias") => {
            receiver::layer(cx, &weight.value).is_some() || is_kept_layer(cx, &weight.value)
        }
        _ => false,
    };
    let is_item = || match owner {
        ast::Expr::Subscript(item) => storage::is_parameter_item(cx, owner) && is_own(cx, &item.value),
        _ => false,
    };
    // Nobody trains the parameter of `self.t = nn.Parameter(t).data`.
    let is_trained = |made: &'a ast::ExprCall| receiver::argument(made, 1, "requires_grad").is_none_or(|flag| cx.source(flag) != "False");
    let is_made_elsewhere =
        || cx.call_of(owner, "torch.nn.Parameter").is_some_and(is_trained) && !value.range().contains_range(owner.range());
    let is_shared = || owner.is_call_expr() && (is_made_elsewhere() || parameters_of(cx, owner).is_some());
    if !(parameter_in(cx, owner).is_some() && is_own_place(cx, owner) || is_weight(owner) || is_item() || is_shared()) {
        return None;
    }
    let (owner, place) = (cx.snippet(owner), format!("{}.{name}", cx.snippet(object)));
    let reason =
        format!("`{place}` is the memory of the parameter `{owner}` in PyTorch, and moves with it; in MLX it stays what it is here");
    let help = format!("copy it in the original if this state is meant, or read `{owner}` where it is used");
    Some(Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help(help))
}

/// `self.w` of `self.w.data`, `self.w.detach().t()`, `w.data[0]` behind `w = self.w`, and in displays of such.
fn memory_in<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match value {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().find_map(|item| memory_in(cx, item))
        }
        ast::Expr::Dict(dict) => dict.values.iter().find_map(|item| memory_in(cx, item)),
        value => memory_of(cx, value, false, DEPTH),
    }
}

/// Through how many names, views and detaching steps memory is followed.
pub(super) const DEPTH: usize = 8;

pub(super) fn memory_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr, is_detached: bool, depth: usize) -> Option<&'a ast::Expr> {
    let depth = depth.checked_sub(1)?;
    if let Some(inner) = storage::detached(cx, value) {
        return memory_of(cx, inner, true, depth);
    }
    if let ast::Expr::Subscript(item) = value
        && views::is_written_index(&item.slice)
        && !storage::is_parameter_item(cx, value)
    {
        return memory_of(cx, &item.value, is_detached, depth);
    }
    let viewed = match value {
        ast::Expr::Attribute(read) if VIEWS.attributes.contains(read.attr.as_str()) => Some(&*read.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if VIEWS.methods.contains(method.attr.as_str()) => Some(&*method.value),
            _ => None,
        },
        _ => None,
    };
    if let Some(viewed) = viewed {
        return memory_of(cx, viewed, is_detached, depth);
    }
    // A name that gets the parameter above, and nothing else.
    if let ast::Expr::Name(name) = value
        && let [(Node::Stmt(ast::Stmt::Assign(assign)), bound)] = &views::bindings(views::enclosing_body(cx, value), &name.id)[..]
        && matches!(&assign.targets[..], [ast::Expr::Name(_)])
        && matches!(bound, ast::Expr::Attribute(_) | ast::Expr::Subscript(_) | ast::Expr::Call(_))
        && bound.range().end() < value.range().start()
        && let Some(memory) = memory_of(cx, bound, is_detached, depth)
        && is_own_place(cx, memory)
    {
        return Some(memory);
    }
    is_detached.then_some(value)
}

/// `self.fc.weight`
pub(super) fn is_own_place<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
    place.is_attribute_expr() && receiver::self_class(cx, root(place)).is_some()
}

/// `emb`, beside `self.emb = emb`
fn is_kept_layer<'a>(cx: &Cx<'a>, layer: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = layer else { return false };
    is_registered(cx, layer, &name.id)
}

/// `self` of `self.layers[0].norm`
pub(super) fn root(place: &ast::Expr) -> &ast::Expr {
    match place {
        ast::Expr::Attribute(attribute) => root(&attribute.value),
        ast::Expr::Subscript(item) => root(&item.value),
        place => place,
    }
}

/// `setattr(self, f"w{i}", w)` of an item of `self.ws`, a list of parameters that is no module.
pub(super) fn registered_from<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, call: &'a ast::ExprCall) -> Option<Finding> {
    let object = match (&*call.func, &call.args[..]) {
        (ast::Expr::Name(name), [object, _, _]) if name.id.as_str() == "setattr" => object,
        (ast::Expr::Attribute(method), [_, _]) if matches!(method.attr.as_str(), "register_parameter" | "__setattr__") => &*method.value,
        _ => return None,
    };
    receiver::self_class(cx, object).filter(|class| receiver::makes_modules(cx, *class))?;
    let item = call.args.last()?;
    let list = match item {
        ast::Expr::Subscript(item) => &*item.value,
        ast::Expr::Name(name) => cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
            Node::Stmt(ast::Stmt::For(walk)) => walked(&walk.target, &walk.iter, &name.id),
            _ => None,
        })?,
        _ => return None,
    };
    let is_own = matches!(list, ast::Expr::Attribute(place) if receiver::self_class(cx, &place.value).is_some());
    let holds_parameters = match cx.kind(list) {
        Kind::List(item) | Kind::Dict(item) | Kind::Seq(item) => *item == Kind::Parameter,
        Kind::Tuple(items) => items.contains(&Kind::Parameter),
        _ => false,
    };
    (is_own && holds_parameters).then(|| {
        let (list, item) = (cx.snippet(list), cx.snippet(item));
        let reason = format!(
            "`{list}` keeps the parameter `{item}` in a second place: an optimizer of MLX puts a new array into the module, and this one stays what it is"
        );
        Finding::todo(codes::KEPT_ARRAYS, stmt.range(), reason).help("make the list an `nn.ParameterList`, or read the parameters under their own names")
    })
}

/// The list whose items a loop gives this name: `for i, w in enumerate(self.ws)`, `for k, w in self.ws.items()`.
fn walked<'a>(target: &'a ast::Expr, items: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
    match (target, items) {
        (ast::Expr::Tuple(targets), ast::Expr::Call(call)) => match &*call.func {
            ast::Expr::Name(function) if function.id.as_str() == "enumerate" => walked(targets.elts.get(1)?, call.args.first()?, name),
            ast::Expr::Name(function) if function.id.as_str() == "zip" => {
                targets.elts.iter().zip(&call.args).find_map(|(target, items)| walked(target, items, name))
            }
            ast::Expr::Attribute(method) if method.attr.as_str() == "items" => walked(targets.elts.get(1)?, &method.value, name),
            _ => None,
        },
        (_, ast::Expr::Call(call)) => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "values" => walked(target, &method.value, name),
            _ => None,
        },
        _ => views::is_same_name(target, name).then_some(items),
    }
}

/// What takes parameters out of an `nn.ParameterList`: `self.ws[0]`, `list(self.ws)`, `ws + [w]` of a list that is made one.
fn registered_items<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match value {
        ast::Expr::Subscript(item) => (storage::is_parameter_item(cx, value) && is_own(cx, &item.value)).then_some(value),
        ast::Expr::Starred(items) => is_parameter_list(cx, &items.value).then_some(value),
        ast::Expr::Call(call) => {
            let copies =
                matches!(last_name(&call.func), Some("list" | "tuple")) && call.args.first().is_some_and(|of| is_parameter_list(cx, of));
            copies.then_some(value)
        }
        ast::Expr::BinOp(e) if e.op == ast::Operator::Add => made_list(cx, &e.left).or_else(|| made_list(cx, &e.right)),
        ast::Expr::Name(_) => made_list(cx, value),
        _ => None,
    }
}

fn is_own<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
    matches!(place, ast::Expr::Attribute(place) if receiver::self_class(cx, &place.value).is_some())
}

fn is_parameter_list<'a>(cx: &Cx<'a>, list: &'a ast::Expr) -> bool {
    is_own(cx, list) && matches!(cx.kind(list), Kind::Layer(name) if name.as_static() == "torch.nn.ParameterList")
}

/// A list that the function around gives an `nn.ParameterList`.
fn made_list<'a>(cx: &Cx<'a>, list: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = list else { return None };
    if !matches!(cx.kind(list), Kind::List(item) | Kind::Seq(item) if *item == Kind::Parameter) {
        return None;
    }
    let mut found = false;
    t2m_syntax::node::statements(views::enclosing_body(cx, list), &mut |stmt| {
        if let Some((ast::Expr::Attribute(_), ast::Expr::Call(made))) = receiver::assignment(stmt) {
            found |=
                cx.is_qualified(&made.func, "torch.nn.ParameterList") && made.args.iter().any(|arg| views::is_same_name(arg, &name.id));
        }
    });
    found.then_some(list)
}

/// `self` of `self.table["w"]`
fn module_of(place: &ast::Expr) -> Option<&ast::Expr> {
    match place {
        ast::Expr::Attribute(attribute) if matches!(&*attribute.value, ast::Expr::Name(_)) => Some(&attribute.value),
        ast::Expr::Subscript(item) => module_of(&item.value),
        _ => None,
    }
}

/// A parameter that a module holds, as a value or as an item of a display.
fn parameter_in<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match value {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().find_map(|item| parameter_in(cx, item))
        }
        ast::Expr::Dict(dict) => dict.values.iter().find_map(|item| parameter_in(cx, item)),
        ast::Expr::Attribute(attribute) => {
            let is_weight =
                || matches!(attribute.attr.as_str(), "weight" | "bias") && cx.project_facts.is_module(&cx.kind(&attribute.value));
            (cx.kind(value) == Kind::Parameter || is_weight()).then_some(value)
        }
        ast::Expr::ListComp(all) => parameter_in(cx, &all.elt).or_else(|| all_parameters(cx, value)),
        ast::Expr::Starred(_) | ast::Expr::Subscript(_) => registered_items(cx, value),
        ast::Expr::Call(call) if gives_registered(cx, call) || gets_registered(cx, call) => Some(value),
        ast::Expr::Name(name) => {
            let is_one = cx.kind(value) == Kind::Parameter && is_registered(cx, value, &name.id);
            (is_one || is_given_parameters(cx, value, &name.id)).then_some(value)
        }
        _ => all_parameters(cx, value).or_else(|| parameters_of(cx, value)),
    }
}

/// `list(net.parameters())`, `[p for p in net.parameters()]`, `dict(net.named_parameters())`: the parameters themselves.
fn all_parameters<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match value {
        ast::Expr::Call(call) => {
            let [items] = &call.args[..] else { return None };
            matches!(last_name(&call.func), Some("list" | "tuple" | "dict" | "OrderedDict")).then(|| parameters_of(cx, items))?
        }
        ast::Expr::ListComp(all) => walked_parameters(cx, &all.elt, &all.generators),
        ast::Expr::GeneratorExp(all) => walked_parameters(cx, &all.elt, &all.generators),
        ast::Expr::DictComp(all) => walked_parameters(cx, &all.value, &all.generators),
        _ => None,
    }
}

/// `net.parameters()`, `filter(lambda item: ..., net.named_parameters())`
pub(super) fn parameters_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = value else { return None };
    match &*call.func {
        ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "parameters" | "named_parameters") => {
            receiver::is_module(cx, &method.value).then_some(value)
        }
        func if last_name(func) == Some("filter") => parameters_of(cx, call.args.last()?),
        _ => None,
    }
}

/// The items of a comprehension over parameters, where they are kept as they are.
fn walked_parameters<'a>(cx: &Cx<'a>, item: &'a ast::Expr, generators: &'a [ast::Comprehension]) -> Option<&'a ast::Expr> {
    let [generator] = generators else { return None };
    let parameters = parameters_of(cx, &generator.iter)?;
    let last = match &generator.target {
        ast::Expr::Tuple(pair) => pair.elts.last()?,
        target => target,
    };
    let ast::Expr::Name(name) = last else { return None };
    let is_kept = match item {
        ast::Expr::Tuple(items) => items.elts.iter().any(|item| views::is_same_name(item, &name.id)),
        item => views::is_same_name(item, &name.id),
    };
    is_kept.then_some(parameters)
}

/// Whether the function around has the name from a caller who gives it parameters: `self.add_penalty(self.fc.parameters())`.
fn is_given_parameters<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let function = cx.ancestors(Node::Expr(at)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let Some(function) = function else { return false };
    let is_parameter = receiver::is_parameter_around(cx, at, name);
    is_parameter && cx.shared.survey.is_given_parameters(&function.name)
}

/// `getattr(self, name)` where the function registers parameters by such names.
fn gets_registered<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let [object, name] = &call.args[..] else { return false };
    let gets = matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if builtin.as_str() == "getattr");
    gets && receiver::string(name).is_none()
        && receiver::self_class(cx, object).is_some()
        && makes_by_name(views::enclosing_body(cx, &call.func))
}

/// `self.register_parameter(name, p)` of a name that is computed.
fn makes_by_name(body: &[ast::Stmt]) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node {
                found |= last_name(&call.func) == Some("register_parameter")
                    && call.args.first().is_some_and(|name| receiver::string(name).is_none());
            }
        });
    }
    found
}

/// A method of the same object that registers the parameter that it gives.
fn gives_registered<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let Some(class) = receiver::self_class(cx, &method.value) else { return false };
    let Some(id) = cx.project_facts.lookup_method(class, &method.attr) else { return false };
    let function = cx.project_facts.function(id);
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    function.returns.kind == Kind::Parameter && registers(&def.body, None)
}

/// Whether the function around an expression gives the module what a name stands for.
fn is_registered<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    registers(views::enclosing_body(cx, at), Some(name))
}

/// `self.register_parameter(key, p)`, `setattr(self, key, p)`, `self.w = p`
fn registers(body: &[ast::Stmt], name: Option<&str>) -> bool {
    let is_it = |value: &ast::Expr| name.is_none_or(|name| views::is_same_name(value, name));
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Call(call)) if matches!(last_name(&call.func), Some("register_parameter" | "setattr" | "__setattr__")) => {
                found |= call.args.last().is_some_and(is_it);
            }
            Node::Stmt(ast::Stmt::Assign(assign)) if name.is_some() => {
                let is_own = |target: &ast::Expr| {
                    matches!(target, ast::Expr::Attribute(attribute) if matches!(&*attribute.value, ast::Expr::Name(of) if of.id.as_str() == "self"))
                };
                found |= is_it(&assign.value) && assign.targets.iter().any(is_own);
            }
            _ => {}
        });
    }
    found
}
