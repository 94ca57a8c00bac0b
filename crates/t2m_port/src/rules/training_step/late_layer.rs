//! A layer that is put into a model behind its optimizer: PyTorch's optimizer holds the parameters that were there when it was made, MLX's gets those of the
//! model at each step.

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::called::{definition, parameter};
use super::events::{argument, is_name, parameters_of, walk};
use super::fresh::walks_back;
use super::model::{Scopes, is_optimizer_class, is_own_optimizer};
use super::{is_definition, trained};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rules::{Hook, Rule};
use crate::storage;
use crate::weights::is_stateless;

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
    let optimizer = filled(cx, stmt).into_iter().find_map(|place| made_before(cx, stmt, place))?;
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
    let mut found = fills(cx.project_facts.file(function.file), &def.body, "self");
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

/// The places that a statement puts new parameters into: `m.fc` of `m.fc = nn.Linear(4, 1)`, `m` of `replace_head(m)`.
fn filled<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Vec<&'a ast::Expr> {
    let mut found = stored(cx.facts, stmt);
    found.extend(copied_over(cx, stmt));
    let ast::Stmt::Expr(s) = stmt else { return found };
    let ast::Expr::Call(call) = &*s.value else { return found };
    if !found.is_empty() {
        return found;
    }
    let Some((def, facts)) = definition(cx, call) else { return found };
    let owner = match &*call.func {
        ast::Expr::Attribute(e) => Some(&*e.value),
        _ => None,
    };
    let modules = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).chain(owner);
    let is_filled = |module: &&'a ast::Expr| {
        let is_module = cx.project_facts.is_module(&cx.kind(module));
        is_module && parameter(def, call, module).is_some_and(|name| fills(facts, &def.body, name))
    };
    modules.filter(is_filled).collect()
}

/// `model` of `model = copy.deepcopy(model)`, which a later pass uses: its parameters are others than before.
fn copied_over<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let ast::Stmt::Assign(s) = stmt else { return None };
    let (Some(copy), [place]) = (cx.call_of(&s.value, "copy.deepcopy"), &s.targets[..]) else { return None };
    let copied = copy.args.first()?;
    if cx.source(place) != cx.source(copied) || !cx.project_facts.is_module(&cx.kind(copied)) {
        return None;
    }
    let mut is_trained = false;
    node::statements(Scopes::around(cx, stmt).body(), &mut |other| {
        is_trained |= other.range().start() > stmt.range().end() && walks_back(cx, other);
    });
    is_trained.then_some(place)
}

/// Whether statements put new parameters into what a name stands for.
fn fills(facts: &FileFacts, suite: &[ast::Stmt], name: &str) -> bool {
    let mut found = false;
    node::statements(suite, &mut |stmt| found |= stored(facts, stmt).into_iter().any(|place| root(place) == Some(name)));
    found
}

/// Where a statement itself stores new parameters.
fn stored<'a>(facts: &FileFacts, stmt: &'a ast::Stmt) -> Vec<&'a ast::Expr> {
    match stmt {
        ast::Stmt::Assign(s) => {
            let places = s.targets.iter().filter(|target| {
                matches!(target, ast::Expr::Attribute(_) | ast::Expr::Subscript(_)) && is_new(facts, &s.value, root(target))
            });
            places.collect()
        }
        ast::Stmt::Expr(s) => {
            let ast::Expr::Call(call) = &*s.value else { return Vec::new() };
            let place = match (&*call.func, &call.args[..]) {
                (ast::Expr::Name(name), [place, ..]) if name.id.as_str() == "setattr" => place,
                (ast::Expr::Attribute(e), _)
                    if matches!(e.attr.as_str(), "append" | "insert" | "add_module" | "register_module" | "register_parameter") =>
                {
                    &*e.value
                }
                _ => return Vec::new(),
            };
            // A plain list of modules is none.
            let is_module =
                matches!(&*call.func, ast::Expr::Name(_)) || facts.fact(place).kind.is_layer() || !may_be_list(&facts.fact(place).kind);
            let is_new = call.args.last().is_some_and(|value| is_new(facts, value, root(place)));
            if is_module && is_new { vec![place] } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

fn may_be_list(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Seq(_) | Kind::Unknown)
}

/// Whether a value is made here and has something to train. A layer around those of the model itself may have nothing new.
fn is_new(facts: &FileFacts, value: &ast::Expr, model: Option<&str>) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    match facts.qualified(&call.func) {
        Some("torch.nn.Parameter" | "torch.nn.parameter.Parameter") => true,
        Some("torch.nn.Sequential" | "torch.nn.ModuleList") => {
            let items = call.args.iter().flat_map(|arg| match arg {
                ast::Expr::List(list) => &list.elts[..],
                arg => std::slice::from_ref(arg),
            });
            items.into_iter().any(|item| is_new(facts, item, model))
        }
        Some(name) => {
            let is_layer =
                name.strip_prefix("torch.nn.").is_some_and(|class| class.starts_with(char::is_uppercase) && !class.contains('.'));
            is_layer && !name.ends_with("Loss") && !name.ends_with("DataParallel") && !is_stateless(name)
        }
        None => {
            let is_class = matches!(facts.entity(&call.func), Some(t2m_semantic::Entity::Class(_)));
            // `m.fc = LoRA(m.fc)` has, `m.fc = Wrapper(m.fc)` may have not.
            is_class
                && facts.fact(value).kind != Kind::Unknown
                && !model.is_some_and(|model| call.args.iter().any(|arg| root(arg) == Some(model)))
        }
    }
}

/// The name that a place begins with: `m` of `m.layers[0].fc`.
fn root(place: &ast::Expr) -> Option<&str> {
    match place {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(e) => root(&e.value),
        ast::Expr::Subscript(e) => root(&e.value),
        _ => None,
    }
}

/// The optimizer that was made of a place's parameters before a statement, and is not made anew before the next pass.
fn made_before<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, place: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let scopes = Scopes::around(cx, stmt);
    let text = cx.source(place);
    let own = optimizers(cx, scopes.body(), text);
    let is_behind = |made: &&&'a ast::Expr| made.range().start() > stmt.range().end();
    if let Some(anew) = own.iter().find(is_behind) {
        let between = |other: &ast::Stmt| other.range().start() > stmt.range().end() && other.range().end() < anew.range().start();
        let mut is_used = false;
        node::statements(scopes.body(), &mut |other| is_used |= between(other) && walks_back(cx, other));
        if !is_used {
            return None;
        }
    }
    if let Some(made) = own.iter().rfind(|made| !is_behind(made)) {
        return Some(made);
    }
    // What the constructor makes is there before other methods run.
    let class = scopes.class.filter(|_| root(place) == Some("self"))?;
    let init = class.body.iter().find_map(|method| method.as_function_def_stmt().filter(|def| def.name.as_str() == "__init__"))?;
    let ast::Stmt::FunctionDef(method) = scopes.function()? else { return None };
    let mut is_part = method.name == init.name;
    walk(&init.body, &mut |node| {
        is_part |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr == method.name && is_name(&e.value, "self"));
    });
    if is_part { None } else { optimizers(cx, &init.body, text).last().copied() }
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
