//! Of which models an optimizer trains parameters, by the first argument of its constructor: `model.parameters()`, several lists joined, groups with settings of
//! their own. Lists that are built step by step are followed to the modules that they come from. Arrays that no module holds are in a list by name: `[w, b]`.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, NodeId};

use super::called;
use super::events::{self, method, parameters_of};
use super::model::{Scopes, body, is_extended, is_model, is_optimizer_class, is_own_optimizer, is_place};
use super::unnamed;
use crate::cx::Cx;
use crate::rules::parallel_wrapper::place_text;

/// The models of an optimizer, as they are written where it is made.
#[derive(Debug)]
pub(crate) struct TrainedModels {
    pub(crate) models: Vec<String>,
    /// Those of them that are arrays.
    pub(crate) arrays: Vec<String>,
    /// All their parameters, with the same settings.
    pub(crate) is_whole: bool,
}

pub(crate) fn of<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<TrainedModels> {
    let stmt = cx.statement(params)?;
    let scopes = Scopes::around(cx, stmt);
    // Ex) `model.head`, `*params`
    let is_seen = |place: &String| {
        let root = place.trim_start_matches('*').split(['.', '[']).next().unwrap_or_default();
        scopes.sees(root) || is_bound_around(cx, params, root)
    };
    if let Some(found) = whole(cx, &scopes, params, 2) {
        let texts = |wanted: &dyn Fn(&Part<'a>) -> bool| distinct(found.iter().filter(|one| wanted(one)).map(|one| one.text(cx)));
        let models = texts(&|_| true);
        return models.iter().all(is_seen).then(|| TrainedModels {
            models,
            arrays: texts(&|one| matches!(one, Part::Array(_) | Part::List(_))),
            is_whole: true,
        });
    }
    let mut sources =
        Sources { cx, scopes: &scopes, models: BTreeSet::new(), arrays: BTreeSet::new(), followed: FxHashSet::default(), is_lost: false };
    sources.expr(params);
    let mut models = outermost(sources.models);
    let arrays: Vec<String> = sources.arrays.into_iter().collect();
    models.extend(arrays.iter().cloned());
    (!sources.is_lost && !models.is_empty() && models.iter().all(is_seen)).then_some(TrainedModels { models, arrays, is_whole: false })
}

/// What an optimizer trains that is made of `params`, with the groups that are added to it later on.
pub(crate) fn with_added<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<TrainedModels> {
    let mut found = of(cx, params)?;
    let groups = added_groups(cx, params);
    if groups.is_empty() {
        return Some(found);
    }
    let mut models: BTreeSet<String> = found.models.iter().filter(|model| !found.arrays.contains(model)).cloned().collect();
    for group in groups {
        let more = of(cx, group)?;
        models.extend(more.models.iter().filter(|model| !more.arrays.contains(model)).cloned());
        found.arrays.extend(more.arrays);
    }
    found.models = outermost(models);
    found.models.extend(found.arrays.iter().cloned());
    found.is_whole = false;
    Some(found)
}

/// `group` of `optimizer.add_param_group(group)`, where `optimizer` is what is made of `params`.
fn added_groups<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let Some(stmt @ ast::Stmt::Assign(made)) = cx.statement(params) else { return Vec::new() };
    let [target @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))] = &made.targets[..] else { return Vec::new() };
    let scopes = Scopes::around(cx, stmt);
    let bodies: Vec<&'a [ast::Stmt]> = match target {
        ast::Expr::Name(_) => vec![scopes.body()],
        _ => scopes.class.into_iter().flat_map(|class| &class.body).map(body).collect(),
    };
    let mut groups = Vec::new();
    for suite in bodies {
        events::walk(suite, &mut |node| {
            if let Node::Expr(expr) = node
                && let Some(adds) = method(cx, expr, "add_param_group")
                && cx.source(adds.receiver) == cx.source(target)
            {
                groups.extend(events::argument(adds.call, 0, "param_group"));
            }
        });
    }
    groups
}

/// Whether a comprehension around an expression binds a name: `[Adam(m.parameters()) for m in models]`.
fn is_bound_around<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    let around = cx.ancestors(Node::Expr(expr)).map_while(|up| match up {
        Node::Expr(up) => Some(up),
        Node::Stmt(_) => None,
    });
    around.into_iter().any(|up| match up {
        ast::Expr::ListComp(e) => e.generators.iter().any(|generator| binds(&generator.target, name)),
        ast::Expr::SetComp(e) => e.generators.iter().any(|generator| binds(&generator.target, name)),
        ast::Expr::DictComp(e) => e.generators.iter().any(|generator| binds(&generator.target, name)),
        ast::Expr::GeneratorExp(e) => e.generators.iter().any(|generator| binds(&generator.target, name)),
        ast::Expr::Lambda(e) => {
            e.args.posonlyargs.iter().chain(&e.args.args).chain(&e.args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name)
        }
        _ => false,
    })
}

/// The names of the arrays that a list holds, and nothing else: `[w, b]`, or a name of such a list.
pub(crate) fn arrays_of<'a>(cx: &Cx<'a>, list: &'a ast::Expr) -> Option<Vec<String>> {
    if !matches!(list, ast::Expr::Name(_) | ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Call(_)) {
        return None;
    }
    of(cx, list).filter(|found| found.is_whole && found.models == found.arrays).map(|found| found.arrays)
}

/// Something whose parameters a list holds, as it is written.
enum Part<'a> {
    Model(&'a ast::Expr),
    Array(&'a ast::Expr),
    /// Arrays without names, as the list that holds them.
    List(String),
}

impl<'a> Part<'a> {
    fn text(&self, cx: &Cx<'a>) -> String {
        match self {
            Self::Model(place) | Self::Array(place) => place_text(cx, place),
            Self::List(list) => list.clone(),
        }
    }
}

/// An item of a list of parameters that is an array with a name, and no part of a module: `w`, `self.delta`, `x.requires_grad_()`.
pub(super) fn array<'a>(cx: &Cx<'a>, item: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let same = method(cx, item, "requires_grad_").filter(|same| !cx.project_facts.is_module(&cx.kind(same.receiver)));
    let item = same.map_or(item, |same| same.receiver);
    let kind = cx.kind(item);
    let is_array = kind.is_tensor() || kind == Kind::Parameter || same.is_some();
    let is_free = match item {
        ast::Expr::Name(_) => cx.entity(item).is_none(),
        ast::Expr::Attribute(e) => events::is_name(&e.value, "self") && !cx.project_facts.is_module(&cx.kind(&e.value)),
        _ => false,
    };
    (is_array && is_free).then_some(item)
}

/// The models whose parameters a list holds, all of them.
fn whole<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, params: &'a ast::Expr, depth: usize) -> Option<Vec<Part<'a>>> {
    if let Some(model) = parameters_of(cx, params) {
        return is_place(model).then(|| vec![Part::Model(model)]);
    }
    if let Some(list) = unnamed::model(cx, scopes, params) {
        return Some(vec![Part::List(list)]);
    }
    let joined = |parts: &mut dyn Iterator<Item = &'a ast::Expr>| {
        parts
            .map(|part| whole(cx, scopes, part, depth))
            .collect::<Option<Vec<_>>>()
            .map(|parts| parts.into_iter().flatten().collect::<Vec<_>>())
            .filter(|all| !all.is_empty())
    };
    match params {
        ast::Expr::Name(name) if depth > 0 => match scopes.values(cx, params)[..] {
            [value] if !scopes.bodies().iter().any(|body| is_extended(cx, body, &name.id)) => whole(cx, scopes, value, depth - 1),
            _ => None,
        },
        // `Adam(self.params)`: an iterator is used up by what reads it first.
        ast::Expr::Attribute(_) if depth > 0 => {
            let class = scopes.class?;
            let is_extended = || class.body.iter().any(|method| is_extended(cx, body(method), cx.source(params)));
            match scopes.values(cx, params)[..] {
                [value] if !is_extended() && (is_list(value) || makes_optimizer(cx, params)) => {
                    let own = |stmt: &'a ast::Stmt| Scopes::around(cx, stmt).function().map(Ranged::range);
                    let is_beside = own(cx.statement(value)?) == own(cx.statement(params)?);
                    let parts = whole(cx, scopes, value, depth - 1)?;
                    (is_beside || parts.iter().all(|part| part.text(cx).starts_with("self."))).then_some(parts)
                }
                _ => None,
            }
        }
        // `list(a.parameters()) + list(b.parameters())`
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Add) => joined(&mut [&*e.left, &*e.right].into_iter()),
        // `itertools.chain(a.parameters(), b.parameters())`
        ast::Expr::Call(call) if call.keywords.is_empty() && matches!(cx.source(&*call.func), "itertools.chain" | "chain") => {
            joined(&mut call.args.iter())
        }
        ast::Expr::Call(call) if call.keywords.is_empty() && matches!(cx.source(&*call.func), "list" | "tuple" | "iter") => {
            joined(&mut call.args.iter())
        }
        // `[*a.parameters(), *b.parameters()]`, `[w, b]`
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) if !elts.is_empty() => {
            let parts = elts.iter().map(|item| match item {
                ast::Expr::Starred(e) => whole(cx, scopes, &e.value, depth),
                item => array(cx, item).map(|array| vec![Part::Array(array)]),
            });
            Some(parts.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// What can be read many times.
fn is_list(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::ListComp(_) => true,
        ast::Expr::BinOp(e) => is_list(&e.left),
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Name(name) if matches!(name.id.as_str(), "list" | "tuple")),
        _ => false,
    }
}

/// Whether parameters are what an optimizer is made of.
fn makes_optimizer<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> bool {
    let Some(Node::Expr(value @ ast::Expr::Call(call))) = cx.parent(params) else { return false };
    cx.qualified(&call.func).is_some_and(is_optimizer_class) || is_own_optimizer(cx, value, call)
}

fn distinct(models: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = Vec::new();
    for model in models {
        if !found.contains(&model) {
            found.push(model);
        }
    }
    found
}

/// `model` of `model`, `model.head` and `model.body`; of parts alone what holds them all.
fn outermost(places: BTreeSet<String>) -> Vec<String> {
    let is_below = |place: &str, above: &str| place.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'));
    let tops: Vec<String> = places.iter().filter(|place| !places.iter().any(|above| is_below(place, above))).cloned().collect();
    let [first, rest @ ..] = &tops[..] else { return tops };
    let mut above = first.as_str();
    while let Some((up, _)) = above.rsplit_once('.') {
        above = up;
        // `self` of a trainer is no module.
        if above != "self" && !rest.is_empty() && rest.iter().all(|place| is_below(place, above)) {
            return vec![above.to_owned()];
        }
    }
    tops
}

/// Follows a list of parameters to the modules that they come from.
struct Sources<'c, 'a> {
    cx: &'c Cx<'a>,
    scopes: &'c Scopes<'a>,
    models: BTreeSet<String>,
    /// Arrays that no module holds.
    arrays: BTreeSet<String>,
    /// Names by where they stand: one may be made of what it was before.
    followed: FxHashSet<NodeId>,
    /// Something comes from elsewhere.
    is_lost: bool,
}

const LISTS: &[&str] =
    &["parameters", "named_parameters", "modules", "named_modules", "children", "named_children", "get_parameter", "get_submodule"];

impl<'a> Sources<'_, 'a> {
    fn expr(&mut self, expr: &'a ast::Expr) {
        if let Some(call) = LISTS.iter().find_map(|name| method(self.cx, expr, name)) {
            return self.module(call.receiver);
        }
        match expr {
            ast::Expr::Name(name) if matches!(name.ctx, ast::ExprContext::Load) => self.name(expr, &name.id),
            ast::Expr::Attribute(_) | ast::Expr::Subscript(_) if self.is_array_or_module(expr) => self.module(expr),
            // Groups that a function of the project makes of a model.
            ast::Expr::Call(call) => {
                if let ast::Expr::Attribute(e) = &*call.func {
                    self.expr(&e.value);
                }
                for arg in call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)) {
                    if self.is_asked_for_parameters(call, arg) { self.module(arg) } else { self.expr(arg) }
                }
            }
            ast::Expr::Lambda(_) | ast::Expr::Compare(_) => {}
            _ => {
                for child in Node::Expr(expr).children() {
                    if let Node::Expr(child) = child {
                        self.expr(child);
                    }
                }
            }
        }
    }

    /// `param_groups(model, decay)`, where nothing tells what `model` is but that function: it lists its parameters.
    fn is_asked_for_parameters(&self, call: &'a ast::ExprCall, arg: &'a ast::Expr) -> bool {
        let is_given = matches!(arg, ast::Expr::Name(name) if self.scopes.values(self.cx, arg).is_empty() && !self.is_item(arg, &name.id));
        if !is_given || !self.cx.kind(arg).is_unknown() {
            return false;
        }
        let Some((def, _)) = called::definition(self.cx, call) else { return false };
        let Some(parameter) = called::parameter(def, call, arg) else { return false };
        let mut is_asked = false;
        events::walk(&def.body, &mut |node| {
            if let Node::Expr(expr @ ast::Expr::Call(_)) = node {
                is_asked |=
                    LISTS.iter().filter_map(|list| method(self.cx, expr, list)).any(|call| events::is_name(call.receiver, parameter));
            }
        });
        is_asked
    }

    fn is_array_or_module(&self, expr: &'a ast::Expr) -> bool {
        let kind = self.cx.kind(expr);
        kind.is_tensor()
            || matches!(kind, Kind::Parameter)
            || is_model(self.cx, expr)
            || matches!(expr, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "weight" | "bias"))
    }

    /// The module that `expr` is, or that holds it.
    fn module(&mut self, expr: &'a ast::Expr) {
        let mut place = expr;
        // `model.blocks[3]` is held by `model.blocks`, an array by its module.
        while let ast::Expr::Subscript(e) = place {
            place = &e.value;
        }
        if let ast::Expr::Attribute(e) = place
            && !self.cx.project_facts.is_module(&self.cx.kind(place))
            && self.is_array_or_module(place)
        {
            place = &e.value;
        }
        let mut root = place;
        while let ast::Expr::Attribute(e) = root {
            root = &e.value;
        }
        match root {
            ast::Expr::Name(name) if is_place(place) => {
                // `params[name]` is held by what the dict was made from.
                let is_gathered = matches!(expr, ast::Expr::Subscript(_))
                    && matches!(place, ast::Expr::Name(_))
                    && !is_model(self.cx, place)
                    && !self.scopes.values(self.cx, root).is_empty();
                // `losses["center"]` of `losses = {"center": CenterLoss(3)}`: no name of its own holds that module.
                self.is_lost |= is_gathered && self.scopes.values(self.cx, root).into_iter().any(|value| self.makes_modules(value));
                if is_gathered || self.is_item(root, &name.id) {
                    self.name(root, &name.id);
                } else {
                    self.models.insert(place_text(self.cx, place));
                }
            }
            _ => self.is_lost = true,
        }
    }

    /// Whether a dictionary or list that is written out holds modules that are made there.
    fn makes_modules(&self, value: &'a ast::Expr) -> bool {
        let is_made = |item: &ast::Expr| matches!(item, ast::Expr::Call(_)) && self.cx.project_facts.is_module(&self.cx.kind(item));
        match value {
            ast::Expr::Dict(e) => e.values.iter().any(is_made),
            ast::Expr::List(e) => e.elts.iter().any(is_made),
            _ => false,
        }
    }

    /// Whether a loop or a comprehension binds the name.
    fn is_item(&self, at: &'a ast::Expr, name: &str) -> bool {
        let mut found = false;
        self.bound(at, name, &mut |_| found = true);
        found
    }

    /// What the loops and comprehensions that bind a name run over: the one around the name alone, else all loops of the scope.
    fn bound(&self, at: &'a ast::Expr, name: &str, visit: &mut dyn FnMut(&'a ast::Expr)) {
        match self.comprehension(at, name).or_else(|| self.loop_around(at, name)) {
            Some(iter) => visit(iter),
            None => loops(self.scopes.body(), &mut |walk| {
                if binds(&walk.target, name) {
                    visit(&walk.iter);
                }
            }),
        }
    }

    /// What the comprehension around a name that binds it runs over.
    fn comprehension(&self, at: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
        for up in self.cx.ancestors(Node::Expr(at)) {
            let generators = match up {
                Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
                Node::Expr(ast::Expr::DictComp(e)) => &e.generators,
                Node::Expr(ast::Expr::SetComp(e)) => &e.generators,
                Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
                Node::Expr(_) => continue,
                Node::Stmt(_) => return None,
            };
            if let Some(generator) = generators.iter().find(|generator| binds(&generator.target, name)) {
                return Some(&generator.iter);
            }
        }
        None
    }

    /// What the innermost loop in whose body a name stands, and that binds it, runs over: other loops may use the name for other things.
    fn loop_around(&self, at: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
        for up in self.cx.ancestors(Node::Expr(at)) {
            match up {
                Node::Stmt(ast::Stmt::FunctionDef(_)) => return None,
                Node::Stmt(ast::Stmt::For(walk))
                    if binds(&walk.target, name) && walk.body.iter().any(|stmt| stmt.range().contains_range(at.range())) =>
                {
                    return Some(&walk.iter);
                }
                _ => {}
            }
        }
        None
    }

    fn name(&mut self, expr: &'a ast::Expr, name: &'a str) {
        if !self.followed.insert(NodeId::from(expr)) || self.cx.entity(expr).is_some() {
            return;
        }
        // Each comprehension has names of its own.
        if let Some(iter) = self.comprehension(expr, name) {
            self.expr(iter);
            return;
        }
        if is_model(self.cx, expr) && !self.is_item(expr, name) {
            self.models.insert(name.to_owned());
            return;
        }
        let mut sources = self.scopes.values(self.cx, expr);
        self.bound(expr, name, &mut |iter| sources.push(iter));
        events::walk(self.scopes.body_of(name), &mut |node| match node {
            Node::Stmt(ast::Stmt::AugAssign(s)) if events::is_name(&s.target, name) => sources.push(&s.value),
            Node::Stmt(ast::Stmt::Assign(s)) => {
                for target in &s.targets {
                    match target {
                        ast::Expr::Subscript(e) if events::is_name(&e.value, name) => sources.push(&s.value),
                        // `decay, no_decay = [], []`
                        ast::Expr::Tuple(e) if e.elts.iter().any(|e| events::is_name(e, name)) => sources.push(&s.value),
                        _ => {}
                    }
                }
            }
            Node::Expr(ast::Expr::Call(call)) => {
                // `p.copy_(values)` gathers nothing.
                if let ast::Expr::Attribute(e) = &*call.func
                    && is_one_of(&e.value, name)
                    && matches!(e.attr.as_str(), "append" | "extend" | "insert" | "add" | "update" | "setdefault" | "appendleft")
                {
                    sources.extend(&call.args);
                }
            }
            _ => {}
        });
        // A list of parameters that comes as an argument; settings and names of layers come so too.
        self.is_lost |= sources.is_empty() && name.contains("param") && !is_setting(&self.cx.kind(expr));
        let known = self.models.len();
        sources.into_iter().for_each(|source| self.expr(source));
        // `log_sigma = nn.Parameter(torch.zeros(2))` is held by no module.
        let kind = self.cx.kind(expr);
        if (kind.is_tensor() || kind == Kind::Parameter) && self.models.len() == known && !self.is_item(expr, name) {
            match array(self.cx, expr) {
                Some(array) => _ = self.arrays.insert(self.cx.source(array).to_owned()),
                None => self.is_lost = true,
            }
        }
    }
}

fn is_setting(kind: &Kind) -> bool {
    matches!(kind, Kind::Int | Kind::Float | Kind::Bool | Kind::Number | Kind::Str | Kind::None)
}

/// The name, or one of those that a condition chooses from: `(decay if p.ndim > 1 else no_decay).append(p)`.
fn is_one_of(list: &ast::Expr, name: &str) -> bool {
    match list {
        ast::Expr::IfExp(e) => is_one_of(&e.body, name) || is_one_of(&e.orelse, name),
        list => events::is_name(list, name),
    }
}

/// Whether a target of a loop or comprehension is the name, or holds it.
fn binds(target: &ast::Expr, name: &str) -> bool {
    let mut names = super::flow::Names::new();
    super::flow::targets(target, &mut names);
    names.into_iter().any(|own| own == name)
}

/// The loops of a suite, without those of functions and classes in it.
fn loops<'a>(suite: &'a [ast::Stmt], visit: &mut dyn FnMut(&'a ast::StmtFor)) {
    for stmt in suite.iter().filter(|stmt| !super::is_definition(stmt)) {
        if let ast::Stmt::For(walk) = stmt {
            visit(walk);
        }
        t2m_syntax::node::suites(stmt).into_iter().for_each(|inner| loops(inner, visit));
    }
}
