//! A layer that is put into a model behind its optimizer: PyTorch's optimizer holds the parameters that were there when it was made, MLX's gets those of the
//! model at each step.

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::called::{definition, parameter};
use super::events::{argument, is_name, parameters_of, walk};
use super::fresh::walks_back;
use super::model::{Scopes, is_optimizer_class, is_own_optimizer};
use super::new_layer::{DEEPEST, Made, root};
use super::{is_definition, trained};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rules::{Hook, Rule};
use crate::storage;
use crate::views;

pub(in crate::rules) const RULE: Rule = Rule { name: "late-layer", doc: include_str!("../late_layer.md"), hook: Hook::Stmt(late_layer) };

const HELP: &str = "make the optimizer behind it; or freeze the new layer, `layer.freeze()`, if it is not to be trained";

fn late_layer<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if !cx.names_optimizers() {
        return None;
    }
    if let Some((class, made)) = lazy_model(cx, stmt) {
        let reason = format!(
            "`{class}` makes layers when it is called first, which is behind: in PyTorch this optimizer does not train them, in MLX it would"
        );
        let help = "call the model once before the optimizer is made; or make its layers in `__init__`";
        return Some(StmtClaim::todo(Finding::todo(codes::OPTIMIZER, made.range(), reason).help(help)));
    }
    let optimizer = filled(cx, stmt)
        .into_iter()
        .find_map(|place| made_before(cx, stmt, place))
        .or_else(|| replaced(cx, stmt).and_then(|model| made_before(cx, stmt, model).filter(|made| goes_on(cx, stmt, made))))?;
    let reason = format!(
        "`{}` stands before: in PyTorch that optimizer holds the old parameters and does not train the new ones, in MLX it would",
        cx.snippet(optimizer)
    );
    Some(StmtClaim::todo(Finding::todo(codes::OPTIMIZER, stmt.range(), reason).help(HELP)))
}

/// The class of a model that makes layers of its own when it is called, and the optimizer that a statement makes of it before the first call.
fn lazy_model<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(&'a str, &'a ast::Expr)> {
    let ast::Stmt::Assign(s) = stmt else { return None };
    let ast::Expr::Call(call) = &*s.value else { return None };
    if !(cx.qualified(&call.func).is_some_and(is_optimizer_class) || is_own_optimizer(cx, &s.value, call)) {
        return None;
    }
    let model = parameters_of(cx, argument(call, 0, "params")?)?;
    let class = makes_layers(cx, &cx.kind(model), 3)?;
    let scopes = Scopes::around(cx, stmt);
    let mut is_called = false;
    walk(scopes.body(), &mut |node| {
        is_called |= matches!(node, Node::Expr(ast::Expr::Call(call))
            if call.range.end() <= stmt.range().start() && cx.source(&*call.func) == cx.source(model));
    });
    (!is_called).then_some((class, &s.value))
}

/// The class of a module, or of one of its layers, that makes layers when it is called.
fn makes_layers<'a>(cx: &Cx<'a>, kind: &Kind, depth: usize) -> Option<&'a str> {
    let id = match kind {
        Kind::Instance(id) if cx.project_facts.is_module_class(*id) => *id,
        Kind::Optional(inner) | Kind::ModuleList(inner) | Kind::ModuleDict(inner) => return makes_layers(cx, inner, depth),
        _ => return None,
    };
    let class = cx.project_facts.class(id);
    if method_fills(cx, id, "forward", depth) {
        return Some(&class.name);
    }
    let inner = depth.checked_sub(1)?;
    class.attrs.values().find_map(|fact| makes_layers(cx, &fact.kind, inner))
}

/// Whether a method, or one of those that it calls on itself, puts new layers into its module.
fn method_fills(cx: &Cx<'_>, class: ClassId, name: &str, depth: usize) -> bool {
    let Some(id) = cx.project_facts.lookup_method(class, name) else { return false };
    let function = cx.project_facts.function(id);
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let Some(inner) = depth.checked_sub(1) else { return false };
    let mut found = fills(cx, cx.project_facts.file(function.file), &def.body, "self");
    node::statements(&def.body, &mut |stmt| {
        let ast::Stmt::Expr(s) = stmt else { return };
        let ast::Expr::Call(call) = &*s.value else { return };
        if let ast::Expr::Attribute(e) = &*call.func
            && is_name(&e.value, "self")
        {
            found = found || method_fills(cx, class, &e.attr, inner);
        }
    });
    found
}

/// The places that a statement puts new parameters into: `m.fc` of `m.fc = nn.Linear(4, 1)`, `m` of `replace_head(m)` and `m = replace_head(m)`.
fn filled<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Vec<&'a ast::Expr> {
    let mut found = stored(&Made { cx, facts: cx.facts, suite: Scopes::around(cx, stmt).body() }, stmt);
    found.extend(copied_over(cx, stmt));
    let value = match stmt {
        ast::Stmt::Expr(s) => &*s.value,
        ast::Stmt::Assign(s) => &*s.value,
        _ => return found,
    };
    let ast::Expr::Call(call) = value else { return found };
    let owner = match &*call.func {
        ast::Expr::Attribute(e) => Some(&*e.value),
        _ => None,
    };
    let given = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).chain(owner);
    let modules: Vec<&'a ast::Expr> = given.filter(|place| root(place).is_some() && may_be_module(cx, place)).collect();
    if !found.is_empty() || modules.is_empty() {
        return found;
    }
    let Some((def, facts)) = definition(cx, call) else { return found };
    let is_filled = |module: &&'a ast::Expr| parameter(def, call, module).is_some_and(|name| fills(cx, facts, &def.body, name));
    modules.into_iter().filter(is_filled).collect()
}

/// `model` of `model = Net()`, which is another model than the one before.
fn replaced<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let ast::Stmt::Assign(s) = stmt else { return None };
    let [model @ ast::Expr::Name(_)] = &s.targets[..] else { return None };
    let made = Made { cx, facts: cx.facts, suite: Scopes::around(cx, stmt).body() };
    (s.value.is_call_expr() && made.is_new(&s.value, root(model), DEEPEST)).then_some(model)
}

/// What an optimizer was made of, which the caller asks for, is a module where nothing else is known.
fn may_be_module<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
    let kind = cx.kind(place);
    cx.project_facts.is_module(&kind) || kind.is_unknown() && cx.entity(place).is_none()
}

/// Whether an optimizer is what trains behind a statement: another model most often gets an optimizer of its own, by whatever function.
fn goes_on<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, made: &'a ast::Expr) -> bool {
    let Some(optimizer) = held_by(cx, made) else { return false };
    let text = cx.source(optimizer);
    let mut is_used = false;
    node::statements(Scopes::around(cx, stmt).body(), &mut |other| {
        let mentions = || {
            let mut found = false;
            Node::Stmt(other).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if cx.source(expr) == text));
            found
        };
        is_used |= !is_definition(other) && other.range().start() > stmt.range().end() && walks_back(cx, other) && mentions();
    });
    is_used
}

/// `optimizer` of `optimizer = SGD(...)`
fn held_by<'a>(cx: &Cx<'a>, made: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let Some(Node::Stmt(ast::Stmt::Assign(s))) = cx.parent(made) else { return None };
    match &s.targets[..] {
        [target] => Some(target),
        _ => None,
    }
}

/// `model` of `model = copy.deepcopy(model)`, which a later pass uses: its parameters are others than before.
fn copied_over<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let ast::Stmt::Assign(s) = stmt else { return None };
    let (Some(copy), [place]) = (cx.call_of(&s.value, "copy.deepcopy"), &s.targets[..]) else { return None };
    let copied = copy.args.first()?;
    if cx.source(place) != cx.source(copied) || !may_be_module(cx, copied) {
        return None;
    }
    let scopes = Scopes::around(cx, stmt);
    let mut is_trained = false;
    node::statements(scopes.body(), &mut |other| {
        is_trained |= other.range().start() > stmt.range().end() && walks_back(cx, other);
    });
    // Another method may train what the object holds.
    let class = scopes.class.filter(|_| !is_trained && root(place) == Some("self"));
    is_trained |= class.is_some_and(|class| class.body.iter().any(|method| method.is_function_def_stmt() && walks_back(cx, method)));
    is_trained.then_some(place)
}

/// Whether statements put new parameters into what a name stands for.
fn fills<'a>(cx: &Cx<'a>, facts: &'a FileFacts, suite: &'a [ast::Stmt], name: &str) -> bool {
    let made = Made { cx, facts, suite };
    let mut found = false;
    node::statements(suite, &mut |stmt| found |= stored(&made, stmt).into_iter().any(|place| root(place) == Some(name)));
    found
}

/// Where a statement itself stores new parameters.
fn stored<'a>(made: &Made<'_, 'a>, stmt: &'a ast::Stmt) -> Vec<&'a ast::Expr> {
    match stmt {
        ast::Stmt::Assign(s) => {
            let places = s.targets.iter().filter(|target| {
                let owner = match target {
                    ast::Expr::Attribute(e) => &*e.value,
                    ast::Expr::Subscript(e) => &*e.value,
                    _ => return false,
                };
                made.is_new(&s.value, root(target), DEEPEST) || made.is_module(owner) && made.is_copy(&s.value)
            });
            places.chain(made.parametrized(&s.value)).collect()
        }
        ast::Stmt::Expr(s) => {
            let ast::Expr::Call(call) = &*s.value else { return Vec::new() };
            let Some(place) = target_of_store(call) else { return made.parametrized(&s.value).into_iter().collect() };
            // A plain list of modules is none.
            let kind = made.facts.fact(place).kind;
            let is_module = matches!(&*call.func, ast::Expr::Name(_)) || kind.is_layer() || !may_be_list(&kind);
            let is_new = call
                .args
                .last()
                .is_some_and(|value| made.is_new(value, root(place), DEEPEST) || made.is_module(place) && made.is_copy(value));
            if is_module && is_new { vec![place] } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// `m` of `setattr(m, "fc", layer)`, `m.add_module("fc", layer)` and `m.append(layer)`.
fn target_of_store(call: &ast::ExprCall) -> Option<&ast::Expr> {
    match &*call.func {
        ast::Expr::Name(name) if name.id.as_str() == "setattr" => call.args.first(),
        ast::Expr::Attribute(e) => {
            let stores =
                matches!(e.attr.as_str(), "append" | "insert" | "add_module" | "register_module" | "register_parameter" | "__setattr__");
            stores.then_some(&*e.value)
        }
        _ => None,
    }
}

fn may_be_list(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Seq(_) | Kind::Unknown)
}

/// The optimizer that was made of a place's parameters before a statement, and is not made anew before the next pass.
fn made_before<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, place: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let scopes = Scopes::around(cx, stmt);
    let text = cx.source(place);
    let own = optimizers(cx, scopes.body(), text);
    let is_behind = |made: &&&'a ast::Expr| made.range().start() > stmt.range().end();
    let made = match own.iter().rfind(|made| !is_behind(made)) {
        Some(made) => made,
        None => made_at_first(cx, &scopes, place)?,
    };
    let holder = held_by(cx, made).map(|holder| cx.source(holder));
    let anew = own.iter().find(is_behind).map(|anew| anew.range());
    if let Some(anew) = anew.or_else(|| holder.and_then(|holder| bound_behind(cx, &scopes, stmt, holder))) {
        let between = |other: &ast::Stmt| other.range().start() > stmt.range().end() && other.range().end() < anew.start();
        let mut is_used = false;
        node::statements(scopes.body(), &mut |other| is_used |= between(other) && walks_back(cx, other));
        if !is_used {
            return None;
        }
    }
    // `new = nn.Linear(4, 2)` that this optimizer was made of, too; `optimizer.add_param_group({"params": model.fc.parameters()})`
    let is_its_own = stored_name(stmt).is_some_and(|name| is_mentioned_before(scopes.body(), name, stmt, made));
    let is_added = holder.is_some_and(|holder| is_added_to(cx, &scopes, stmt, holder, place));
    (!is_its_own && !is_added).then_some(made)
}

/// The optimizer that the constructor makes: it is there before other methods run.
fn made_at_first<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, place: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let class = scopes.class.filter(|_| root(place) == Some("self"))?;
    let init = class.body.iter().find_map(|method| method.as_function_def_stmt().filter(|def| def.name.as_str() == "__init__"))?;
    let ast::Stmt::FunctionDef(method) = scopes.function()? else { return None };
    let mut is_part = method.name == init.name;
    walk(&init.body, &mut |node| {
        is_part |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr == method.name && is_name(&e.value, "self"));
    });
    if is_part { None } else { optimizers(cx, &init.body, cx.source(place)).last().copied() }
}

/// Where the place of an optimizer gets another one behind a statement.
fn bound_behind<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, stmt: &'a ast::Stmt, holder: &str) -> Option<TextRange> {
    let mut found = None;
    node::statements(scopes.body(), &mut |other| {
        let ast::Stmt::Assign(s) = other else { return };
        let is_behind = other.range().start() > stmt.range().end() && found.is_none();
        let binds = |target: &ast::Expr| match target {
            ast::Expr::Tuple(targets) => targets.elts.iter().any(|target| cx.source(target) == holder),
            target => cx.source(target) == holder,
        };
        if is_behind && s.targets.iter().any(binds) {
            found = Some(other.range());
        }
    });
    found
}

/// The name whose value a statement stores.
fn stored_name(stmt: &ast::Stmt) -> Option<&str> {
    let value = match stmt {
        ast::Stmt::Assign(s) => &*s.value,
        ast::Stmt::Expr(s) => {
            let call = s.value.as_call_expr()?;
            target_of_store(call)?;
            call.args.last()?
        }
        _ => return None,
    };
    value.as_name_expr().map(|name| name.id.as_str())
}

/// Whether the value that a name has at a statement was there, and was used, before the optimizer was made.
fn is_mentioned_before(suite: &[ast::Stmt], name: &str, stmt: &ast::Stmt, made: &ast::Expr) -> bool {
    let bound = views::bindings(suite, name);
    let Some((_, value)) = bound.iter().rfind(|(_, value)| value.range().end() < stmt.range().start()) else { return false };
    let mut found = false;
    walk(suite, &mut |node| {
        found |= matches!(node, Node::Expr(expr) if is_name(expr, name)
            && expr.range().start() > value.range().end() && expr.range().end() <= made.range().end());
    });
    found
}

/// Whether an optimizer gets the parameters of a place as a group of their own, behind the statement that made them.
fn is_added_to<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, stmt: &'a ast::Stmt, holder: &str, place: &'a ast::Expr) -> bool {
    let mut found = false;
    walk(scopes.body(), &mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && call.range.start() > stmt.range().end()
            && let ast::Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "add_param_group"
            && cx.source(&*method.value) == holder
        {
            Node::Expr(call.args.first().unwrap_or(&call.func)).walk(&mut |inner| {
                found |= matches!(inner, Node::Expr(expr) if cx.source(expr) == cx.source(place) || cx.source(expr) == stored_name(stmt).unwrap_or_default());
            });
        }
    });
    found
}

/// The optimizers that statements make of parameters at a place, in order; functions inside of them are others.
fn optimizers<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], place: &str) -> Vec<&'a ast::Expr> {
    let mut made = Vec::new();
    each_own(suite, &mut |stmt| {
        for child in Node::Stmt(stmt).children() {
            let Node::Expr(_) = child else { continue };
            child.walk(&mut |node| {
                let Node::Expr(value @ ast::Expr::Call(call)) = node else { return };
                if !(cx.qualified(&call.func).is_some_and(is_optimizer_class) || is_own_optimizer(cx, value, call)) {
                    return;
                }
                let Some(trained) = argument(call, 0, "params").and_then(|params| trained::of(cx, params)) else { return };
                if trained.models.iter().any(|model| meets(cx, suite, model, place)) {
                    made.push(value);
                }
            });
        }
    });
    made
}

/// The statements of a body, without those of functions and classes in it.
fn each_own<'a>(suite: &'a [ast::Stmt], visit: &mut dyn FnMut(&'a ast::Stmt)) {
    for stmt in suite.iter().filter(|stmt| !is_definition(stmt)) {
        visit(stmt);
        node::suites(stmt).into_iter().for_each(|inner| each_own(inner, visit));
    }
}

/// Whether a place is a model, a part of it or what holds it: `self.model.fc` and `model`, where `self.model = model`.
fn meets<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], model: &str, place: &str) -> bool {
    let is_below = |place: &str, above: &str| place.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    if is_below(place, model) || is_below(model, place) {
        return true;
    }
    let mut found = false;
    each_own(suite, &mut |stmt| {
        if let ast::Stmt::Assign(s) = stmt
            && cx.source(&*s.value) == model
        {
            found |= s.targets.iter().any(|target| is_below(place, cx.source(target)));
        }
    });
    found
}
