//! Which model a training step trains: the one whose parameters its optimizer was built from.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, NodeId, node};

use super::events::{self, argument};
use super::flow::Flow;
use super::handed;
use super::indexed_optimizer;
use super::optimizer_wrapper::Wrapper;
use super::reaching::{Assigned, reaching};
use super::trained;
use crate::cx::Cx;
use crate::receiver;
use crate::rules::last_name;
use crate::sounds::sounds_like_loss;

/// The definitions around a suite, innermost first.
pub(super) struct Scopes<'a> {
    pub(super) functions: Vec<&'a ast::Stmt>,
    pub(super) class: Option<&'a ast::StmtClassDef>,
    pub(super) module: &'a [ast::Stmt],
}

impl<'a> Scopes<'a> {
    pub(super) fn around(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Self {
        let mut scopes = Self { functions: Vec::new(), class: None, module: &cx.file.suite };
        for node in cx.ancestors(Node::Stmt(stmt)) {
            match node {
                Node::Stmt(def @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) if scopes.class.is_none() => {
                    scopes.functions.push(def);
                }
                Node::Stmt(ast::Stmt::ClassDef(class)) if scopes.class.is_none() => scopes.class = Some(class),
                _ => {}
            }
        }
        scopes
    }

    /// The body in which the suite's names live.
    pub(super) fn body(&self) -> &'a [ast::Stmt] {
        self.functions.first().map_or(self.module, |def| body(def))
    }

    /// The innermost function around.
    pub(super) fn function(&self) -> Option<&'a ast::Stmt> {
        self.functions.first().copied()
    }

    /// The bodies in which names are looked up, innermost first.
    pub(super) fn bodies(&self) -> Vec<&'a [ast::Stmt]> {
        self.functions.iter().map(|def| body(def)).chain([self.module]).collect()
    }

    /// The body that binds a name: of a function around, else the module's.
    pub(super) fn body_of(&self, name: &str) -> &'a [ast::Stmt] {
        let binds = |def: &&&'a ast::Stmt| has_parameter(def, name) || Flow::of(body(def)).bound.contains(name);
        self.functions.iter().find(binds).map_or(self.module, |def| body(def))
    }

    /// Which of the functions around binds a name for itself.
    pub(super) fn local(&self, place: &ast::Expr) -> Option<usize> {
        let ast::Expr::Name(name) = place else { return None };
        let at =
            self.functions.iter().position(|def| has_parameter(def, &name.id) || Flow::of(body(def)).bound.contains(name.id.as_str()))?;
        let def = self.functions[at];
        let is_shared = |stmt: &ast::Stmt| match stmt {
            ast::Stmt::Global(s) => s.names.iter().any(|own| own.as_str() == name.id.as_str()),
            ast::Stmt::Nonlocal(s) => s.names.iter().any(|own| own.as_str() == name.id.as_str()),
            _ => false,
        };
        let mut is_own = !has_parameter(def, &name.id);
        node::statements(body(def), &mut |stmt| is_own &= !is_shared(stmt));
        is_own.then_some(at)
    }

    /// Whether a name means something here.
    pub(super) fn sees(&self, name: &str) -> bool {
        self.functions.iter().any(|def| has_parameter(def, name))
            || self.bodies().into_iter().any(|body| Flow::of(body).bound.contains(name))
    }

    fn is_parameter(&self, name: &str) -> bool {
        self.functions.first().is_some_and(|def| has_parameter(def, name))
    }

    /// The values that `place` (a name or `self.x`) is bound to, each with the function that binds it.
    pub(super) fn values(&self, cx: &Cx<'a>, place: &ast::Expr) -> Vec<&'a ast::Expr> {
        let mut values = Vec::new();
        match place {
            ast::Expr::Name(name) => {
                let bodies = self.functions.iter().map(|def| (body(def), has_parameter(def, &name.id))).chain([(self.module, false)]);
                for (depth, (suite, is_parameter)) in bodies.enumerate() {
                    let mut found = Vec::new();
                    assigned(cx, suite, cx.source(place), &mut found);
                    values.extend(match depth {
                        0 => reaching(suite, &found, place.range()),
                        // A function may be called whenever.
                        _ => found.into_iter().map(|(_, value)| value).collect(),
                    });
                    if is_parameter || !values.is_empty() {
                        break;
                    }
                }
            }
            ast::Expr::Attribute(_) => {
                for method in self.class.into_iter().flat_map(|class| &class.body) {
                    if matches!(method, ast::Stmt::FunctionDef(_)) {
                        let mut found = Vec::new();
                        assigned(cx, body(method), cx.source(place), &mut found);
                        values.extend(found.into_iter().map(|(_, value)| value));
                    }
                }
            }
            ast::Expr::Subscript(item) if is_item(place) => {
                let items: Vec<&'a ast::Expr> =
                    self.values(cx, &item.value).into_iter().filter_map(|all| item_of(cx, all, &item.slice)).collect();
                let bodies: Vec<&'a [ast::Stmt]> = match &*item.value {
                    ast::Expr::Name(_) => self.bodies(),
                    _ => self.class.into_iter().flat_map(|class| &class.body).map(body).collect(),
                };
                let mut found = Vec::new();
                for suite in bodies {
                    // Any of them may be meant.
                    if stores_anywhere(cx, suite, &item.value) {
                        return Vec::new();
                    }
                    assigned(cx, suite, cx.source(place), &mut found);
                }
                values.extend(items);
                values.extend(found.into_iter().map(|(_, value)| value));
            }
            _ => {}
        }
        values
    }
}

/// `optimizers["g"]`, `self.optimizers[0]`
pub(super) fn is_item(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Subscript(item) if is_place(&item.value) && matches!(&*item.slice, ast::Expr::Constant(_)))
}

/// The value of a display under a constant.
fn item_of<'a>(cx: &Cx<'a>, all: &'a ast::Expr, key: &ast::Expr) -> Option<&'a ast::Expr> {
    match all {
        ast::Expr::Dict(dict) => {
            let is_it = |own: &Option<ast::Expr>| matches!((own, key), (Some(ast::Expr::Constant(own)), ast::Expr::Constant(key)) if own.value == key.value);
            dict.keys.iter().zip(&dict.values).rev().find(|(own, _)| is_it(own)).map(|(_, value)| value)
        }
        ast::Expr::List(_) | ast::Expr::Tuple(_) => {
            let elts = if let ast::Expr::List(list) = all { &list.elts } else { &all.as_tuple_expr()?.elts };
            let at: usize = cx.source(key).parse().ok()?;
            elts.iter().all(|item| !item.is_starred_expr()).then(|| elts.get(at))?
        }
        _ => None,
    }
}

/// `optimizers[name] = ...` of a name that is not known, `optimizers.reverse()`.
pub(super) fn stores_anywhere(cx: &Cx<'_>, suite: &[ast::Stmt], holder: &ast::Expr) -> bool {
    let mut found = false;
    events::walk(suite, &mut |node| {
        if let Node::Expr(ast::Expr::Subscript(item)) = node {
            let is_known = matches!(&*item.slice, ast::Expr::Constant(_));
            found |= !item.ctx.is_load() && !is_known && cx.source(&*item.value) == cx.source(holder);
        }
        if let Node::Expr(ast::Expr::Call(call)) = node
            && let ast::Expr::Attribute(method) = &*call.func
        {
            let moves =
                matches!(method.attr.as_str(), "insert" | "reverse" | "pop" | "remove" | "sort" | "clear" | "update" | "setdefault");
            found |= moves && cx.source(&*method.value) == cx.source(holder);
        }
    });
    found
}

pub(super) fn body(def: &ast::Stmt) -> &[ast::Stmt] {
    match def {
        ast::Stmt::FunctionDef(s) => &s.body,
        ast::Stmt::AsyncFunctionDef(s) => &s.body,
        _ => &[],
    }
}

/// The statements that change what a name holds: `params += ...`, `params.append(p)`, `params[k] = p`, a loop over it.
pub(super) fn is_extended(cx: &Cx<'_>, suite: &[ast::Stmt], name: &str) -> bool {
    let is_it = |place: &ast::Expr| cx.source(place) == name;
    let mut found = false;
    for stmt in suite {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= match node {
                Node::Stmt(ast::Stmt::AugAssign(s)) => is_it(&s.target),
                Node::Expr(ast::Expr::Subscript(e)) => matches!(e.ctx, ast::ExprContext::Store | ast::ExprContext::Del) && is_it(&e.value),
                Node::Expr(ast::Expr::Call(call)) => matches!(&*call.func, ast::Expr::Attribute(e)
                    if is_it(&e.value) && matches!(e.attr.as_str(), "append" | "extend" | "insert" | "add" | "update" | "remove" | "pop" | "clear")),
                _ => false,
            };
        });
    }
    found
}

pub(super) fn has_parameter(def: &ast::Stmt, name: &str) -> bool {
    let args = match def {
        ast::Stmt::FunctionDef(s) => &s.args,
        ast::Stmt::AsyncFunctionDef(s) => &s.args,
        _ => return false,
    };
    let starred = [&args.vararg, &args.kwarg].into_iter().flatten().any(|arg| arg.arg.as_str() == name);
    starred || args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name)
}

/// The values assigned to `place` in a body, nested functions left out.
fn assigned<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], place: &str, values: &mut Vec<Assigned<'a>>) {
    for stmt in suite {
        match stmt {
            ast::Stmt::Assign(s) if s.targets.iter().any(|target| cx.source(target) == place) => values.push((stmt, &s.value)),
            // `opt_g, opt_d = Adam(...), Adam(...)`
            ast::Stmt::Assign(s) => {
                for target in &s.targets {
                    if let (ast::Expr::Tuple(targets), ast::Expr::Tuple(items)) = (target, &*s.value)
                        && targets.elts.len() == items.elts.len()
                    {
                        let pairs = targets.elts.iter().zip(&items.elts);
                        values.extend(pairs.filter(|(target, _)| cx.source(*target) == place).map(|(_, value)| (stmt, value)));
                    }
                }
            }
            ast::Stmt::AnnAssign(s) if cx.source(&*s.target) == place => values.extend(s.value.as_deref().map(|value| (stmt, value))),
            ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => {}
            _ => t2m_syntax::node::suites(stmt).into_iter().for_each(|suite| assigned(cx, suite, place, values)),
        }
    }
}

/// What is known of the optimizer's model.
pub(super) enum Trained {
    /// As they are written where the step stands; most often one. The second list are those of them that are arrays.
    Models(Vec<String>, Vec<String>),
    /// The optimizer comes from elsewhere.
    Unknown,
    /// It was built over something else than one model's parameters.
    Other(String),
}

/// The model of an optimizer, by its constructor in this file.
pub(super) fn of_optimizer<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> Trained {
    of_optimizer_within(cx, scopes, optimizer, 3)
}

/// Arguments are followed to their calls, `depth` functions up.
pub(super) fn of_optimizer_within<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr, depth: usize) -> Trained {
    if indexed_optimizer::is_it(optimizer) {
        return indexed_optimizer::model(cx, scopes, optimizer);
    }
    let mut models: BTreeSet<(Vec<String>, Vec<String>)> = BTreeSet::new();
    for call in constructors(cx, scopes, optimizer) {
        let Some(params) = argument(call, 0, "params") else { return Trained::Other("its arguments are starred".into()) };
        let Some(trained) = trained::with_added(cx, params) else {
            return Trained::Other(format!(
                "it was built over `{}`, not over the parameters of models that have names",
                cx.snippet(params)
            ));
        };
        let (mut named, mut arrays) = (Vec::new(), Vec::new());
        for model in &trained.models {
            let Some(here) = place(cx, scopes, model, optimizer, call) else {
                return Trained::Other(format!("its model `{model}` has no name here"));
            };
            if trained.arrays.contains(model) {
                arrays.push(here.clone());
            }
            named.push(here);
        }
        models.insert((named, arrays));
    }
    if models.is_empty() && depth > 0 {
        return match scopes.class {
            Some(_) => handed::models(cx, scopes, optimizer, depth - 1),
            None => through_calls(cx, scopes, optimizer, depth - 1),
        };
    }
    match models.len() {
        0 => Trained::Unknown,
        1 => models.pop_first().map_or(Trained::Unknown, |(models, arrays)| Trained::Models(models, arrays)),
        _ => Trained::Other("it is built over different models".into()),
    }
}

/// The calls that make an optimizer.
pub(super) fn constructors<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> Vec<&'a ast::ExprCall> {
    let mut values = Vec::new();
    // An item of a list may be made right there.
    let made = if optimizer.is_call_expr() { vec![optimizer] } else { scopes.values(cx, optimizer) };
    made.into_iter().for_each(|value| alternatives(value, &mut values));
    // `NoamOpt(512, 4000, Adam(...))`
    let held = values.iter().filter_map(|value| if let ast::Expr::Call(call) = value { Wrapper::made(cx, call) } else { None });
    let mut inner = Vec::new();
    for held in held {
        if let Some(stmt) = cx.statement(held) {
            inner.extend(constructors(cx, &Scopes::around(cx, stmt), held));
        }
    }
    let calls = values.into_iter().filter_map(|value| match value {
        ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(is_optimizer_class) || is_own_optimizer(cx, value, call) => {
            Some(call)
        }
        _ => None,
    });
    calls.chain(inner).collect()
}

/// An optimizer that a function gets as an argument: where all calls pass one and the model that it was made of.
fn through_calls<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr, depth: usize) -> Trained {
    let (Some(ast::Stmt::FunctionDef(def)), ast::Expr::Name(name), None) = (scopes.functions.first(), optimizer, scopes.class) else {
        return Trained::Unknown;
    };
    let parameters: Vec<&str> = def.args.posonlyargs.iter().chain(&def.args.args).map(|arg| arg.def.arg.as_str()).collect();
    let Some(at) = parameters.iter().position(|parameter| *parameter == name.id.as_str()) else { return Trained::Unknown };
    let mut calls = Vec::new();
    events::walk(scopes.module, &mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && events::is_name(&call.func, &def.name)
        {
            calls.push(call);
        }
    });
    let mut found: BTreeSet<(Vec<String>, Vec<String>)> = BTreeSet::new();
    let own = Flow::of(&def.body).bound;
    for call in calls {
        let named = |at: usize, name: &str| argument(call, at, name);
        let (Some(passed), Some(stmt)) = (named(at, &name.id), cx.statement(&call.func)) else { return Trained::Unknown };
        let there = Scopes::around(cx, stmt);
        let Trained::Models(models, arrays) = of_optimizer_within(cx, &there, passed, depth) else {
            return Trained::Unknown;
        };
        let here = |model: &String| {
            let passed_as = |place: &str| {
                let is_it = |(at, name): &(usize, &&str)| named(*at, name).is_some_and(|passed| cx.source(passed) == place);
                parameters.iter().enumerate().find(is_it).map(|(_, name)| *name)
            };
            // `model.head` where `model` is passed; a name of the module means the same everywhere.
            let mut ends = std::iter::once(model.len()).chain(model.rmatch_indices('.').map(|(at, _)| at));
            let passed = ends.find_map(|end| passed_as(&model[..end]).map(|name| format!("{name}{}", &model[end..])));
            let root = model.split('.').next().unwrap_or_default();
            let is_global = || there.functions.is_empty() && !has_parameter(scopes.functions[0], root) && !own.contains(root);
            passed.or_else(|| is_global().then(|| model.clone()))
        };
        let named_here = |all: &[String]| all.iter().map(here).collect::<Option<Vec<String>>>();
        let (Some(models), Some(arrays)) = (named_here(&models), named_here(&arrays)) else {
            return Trained::Other(format!("its model `{}` has no name here", models.join("` and `")));
        };
        found.insert((models, arrays));
    }
    match found.len() {
        1 => found.pop_first().map_or(Trained::Unknown, |(models, arrays)| Trained::Models(models, arrays)),
        _ => Trained::Unknown,
    }
}

/// `Lion(model.parameters())` of the project's own class.
pub(crate) fn is_own_optimizer(cx: &Cx<'_>, value: &ast::Expr, call: &ast::ExprCall) -> bool {
    if !last_name(&call.func).is_some_and(|name| cx.shared.is_optimizer(cx.project_facts, name)) {
        return false;
    }
    let Kind::Instance(class) = cx.kind(value) else { return false };
    let class = cx.project_facts.class(class);
    // A class, and no function that gives such an optimizer.
    last_name(&call.func) == Some(&class.name) && class.is_optimizer()
}

/// `torch.optim.Adam`, but no scheduler: those are in modules of their own.
pub(crate) fn is_optimizer_class(name: &str) -> bool {
    let is_class = |name: &str| name.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase));
    name.strip_prefix("torch.optim.")
        .is_some_and(|class| is_class(class) && !class.starts_with("lr_scheduler.") && !class.starts_with("swa_utils."))
}

/// `A if c else B`
fn alternatives<'a>(value: &'a ast::Expr, out: &mut Vec<&'a ast::Expr>) {
    if let ast::Expr::IfExp(e) = value {
        alternatives(&e.body, out);
        alternatives(&e.orelse, out);
    } else {
        out.push(value);
    }
}

/// How `model`, named where the optimizer is made, is written where the step stands.
fn place<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, text: &str, optimizer: &ast::Expr, made: &ast::ExprCall) -> Option<String> {
    let on_self = text == "self" || text.starts_with("self.");
    let holder = if let ast::Expr::Subscript(item) = optimizer { &item.value } else { optimizer };
    // `optimizers = [Adam(model.parameters())]`
    let is_local = || scopes.functions.first().map_or(scopes.class.is_none(), |own| own.range().contains_range(optimizer.range()));
    if on_self || matches!(holder, ast::Expr::Name(_)) || optimizer.is_call_expr() && is_local() {
        return Some(text.to_owned());
    }
    // `self.optimizer = Adam(model.parameters())`: the method also has `self.model = model`, or `model = self.model`.
    let class = scopes.class?;
    let is_self = |place: &ast::Expr| matches!(place, ast::Expr::Attribute(e) if events::is_name(&e.value, "self"));
    let below = |place: &ast::Expr| text.strip_prefix(cx.source(place)).filter(|rest| rest.is_empty() || rest.starts_with('.'));
    let (mut stored, mut taken) = (None, None);
    for stmt in &class.body {
        let makes = stmt.range().contains_range(made.range);
        pairs(stmt, &mut |target, value| {
            let value = moved(value);
            if is_self(target) && is_place(value) {
                stored = below(value).map(|rest| format!("{}{rest}", cx.source(target))).or(stored.take());
            } else if makes && is_self(value) {
                taken = below(target).map(|rest| format!("{}{rest}", cx.source(value))).or(taken.take());
            }
        });
    }
    stored.or(taken)
}

/// The targets and values of the assignments in a statement: `model, config = self.model, self.config` has two.
pub(super) fn pairs<'a>(stmt: &'a ast::Stmt, visit: &mut dyn FnMut(&'a ast::Expr, &'a ast::Expr)) {
    Node::Stmt(stmt).walk(&mut |node| {
        let Node::Stmt(ast::Stmt::Assign(s)) = node else { return };
        match (&s.targets[..], &*s.value) {
            ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) if targets.elts.len() == values.elts.len() => {
                targets.elts.iter().zip(&values.elts).for_each(|(target, value)| visit(target, value));
            }
            ([target], value) => visit(target, value),
            _ => {}
        }
    });
}

/// `model` of `model.to(device)`
pub(super) fn moved(value: &ast::Expr) -> &ast::Expr {
    match value {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "to" | "cuda" | "float" | "train") => &e.value,
            _ => value,
        },
        value => value,
    }
}

/// A name, or attributes of one.
pub(super) fn is_place(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(e) => is_place(&e.value),
        _ => false,
    }
}

pub(super) fn is_callee<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if NodeId::from(&*call.func) == NodeId::from(expr))
}

/// A module that is no loss.
pub(super) fn is_model(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let kind = cx.kind(expr);
    if !cx.project_facts.is_module(&kind) {
        return false;
    }
    match &kind {
        Kind::Layer(name) => !name.ends_with("Loss"),
        Kind::Instance(class) => {
            !cx.project_facts.class(*class).name.ends_with("Loss") && !has_no_parameters(cx, *class, &mut FxHashSet::default())
        }
        Kind::Module => !sounds_like_loss(cx.source(expr)),
        _ => true,
    }
}

/// Whether a module of this class surely holds nothing that an optimizer could train: a criterion of numbers, buffers and other such modules.
fn has_no_parameters(cx: &Cx<'_>, class: ClassId, seen: &mut FxHashSet<ClassId>) -> bool {
    let facts = cx.project_facts;
    let family: Vec<ClassId> = receiver::family(cx, class).filter(|class| seen.insert(*class)).collect();
    family.into_iter().all(|class| {
        facts.torch_base(class).is_none_or(|base| base == "torch.nn.Module" || base.ends_with("Loss"))
            && !cx.shared.survey.declares_parameters(class)
            && facts.class(class).attrs.values().all(|fact| holds_no_parameters(cx, &fact.kind, seen))
    })
}

pub(super) fn holds_no_parameters(cx: &Cx<'_>, kind: &Kind, seen: &mut FxHashSet<ClassId>) -> bool {
    match kind {
        Kind::Unknown | Kind::Parameter | Kind::Module | Kind::Sequential | Kind::ModuleClass => false,
        Kind::Layer(name) => name.ends_with("Loss"),
        Kind::Instance(class) => !cx.project_facts.is_module_class(*class) || has_no_parameters(cx, *class, seen),
        Kind::Optional(inner) | Kind::ModuleList(inner) | Kind::ModuleDict(inner) => holds_no_parameters(cx, inner, seen),
        // PyTorch looks for parameters in no list, tuple or dictionary of Python's.
        _ => true,
    }
}

impl Scopes<'_> {
    /// Whether a name is surely bound when the innermost function starts.
    pub(super) fn starts_with(&self, name: &str) -> bool {
        self.is_parameter(name)
    }
}
