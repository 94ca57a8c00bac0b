//! Values that come into a loss function from outside, and were computed from its model there: before the block, in whoever calls the function, in
//! another method that kept them in an attribute. PyTorch trains what made them; the loss function takes them as constants.

use t2m_semantic::{Entity, FileId, FunctionId};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::carrying::{Carrying, END};
use super::flow::{Flow, Names};
use super::mentions::Mentions;
use super::model::{self, Scopes, body, is_place};
use super::{Step, called, events, flow, handed, is_definition, region};
use crate::cx::Cx;
use crate::receiver;
use crate::rules::contexts::is_no_grad;
use crate::rules::last_name;

/// How many calls up arguments are followed.
const DEPTH: usize = 2;

/// Why the step can't be ported, if its loss carries gradients of such a value.
pub(super) fn check<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, step: &Step<'a>) -> Result<(), String> {
    let is_array = |model: &String| step.watched_arrays.contains(model) || step.updates.iter().any(|update| update.arrays.contains(model));
    if step.models.is_empty() || step.models.iter().any(is_array) {
        return Ok(());
    }
    let run = step.run();
    let first = run.first().unwrap_or(step.place.own());
    let mut names = names_before(cx, mentions, &step.models, first);
    let is_carried = |name: &str| step.carried.as_ref().is_some_and(|carried| carried.names.contains(name));
    names.retain(|name| !is_carried(name) && !mentions.names().contains(name));
    names.retain(|name| !name.contains('.') || !region::assigns(cx, mentions, run, name));
    let nothing = Mentions::of(cx, mentions.scopes, &[]);
    for name in names {
        let inside = Carrying::from(&nothing, Names::from([name])).behind(run, END);
        if step.losses().any(|loss| inside.value(loss)) {
            return Err(format!(
                "its loss goes on from `{name}`, which `{}` gave outside of this block: compute that from its inputs inside of the loss function",
                step.models.join("` and `")
            ));
        }
    }
    Ok(())
}

/// The names and attributes that carry gradients of the models in front of a statement.
pub(super) fn names_before<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, models: &[String], stmt: &'a ast::Stmt) -> Names<'a> {
    let begins = Incoming { cx, scopes: mentions.scopes, models }.names(DEPTH);
    Carrying::from(mentions, begins).behind(mentions.scopes.body(), stmt.range().start()).into_names()
}

/// A place in the code, with the names that the trained models have there.
struct Incoming<'s, 'a> {
    cx: &'s Cx<'a>,
    scopes: &'s Scopes<'a>,
    models: &'s [String],
}

impl<'a> Incoming<'_, 'a> {
    /// The names and attributes that carry gradients of the models where the function around starts.
    fn names(&self, depth: usize) -> Names<'a> {
        let Some(function) = self.scopes.function() else { return Names::new() };
        let mut names = self.of_outer_scopes(function);
        names.extend(self.of_functions(function));
        let mut own = Flow::of(body(function)).bound;
        own.retain(|name| !flow::declared(body(function)).contains(name));
        names.retain(|name| !own.contains(name) && !takes(function, name));
        if depth > 0 {
            names.extend(self.of_methods(depth));
            names.extend(self.of_callers(depth));
        }
        names
    }

    /// The models that are seen outside of the function under the same names.
    fn seen_outside(&self, function: &ast::Stmt) -> Vec<String> {
        let own = Flow::of(body(function)).bound;
        let is_own = |root: &str| root == "self" || takes(function, root) || own.contains(root);
        self.models.iter().filter(|model| !is_own(model.split('.').next().unwrap_or_default())).cloned().collect()
    }

    /// Names of the functions around, and of the module.
    fn of_outer_scopes(&self, function: &'a ast::Stmt) -> Names<'a> {
        let models = self.seen_outside(function);
        let mut names = Names::new();
        if models.is_empty() {
            return names;
        }
        let mut inner = function;
        for outer in self.scopes.functions.iter().skip(1).copied() {
            let Some(first) = body(outer).first() else { continue };
            let scopes = Scopes::around(self.cx, first);
            let mentions = Mentions::of(self.cx, &scopes, &models);
            names = Carrying::from(&mentions, names).behind(body(outer), inner.range().start()).into_names();
            inner = outer;
        }
        let scopes = Scopes { functions: Vec::new(), class: None, module: self.scopes.module };
        let mentions = Mentions::of(self.cx, &scopes, &models);
        names.extend(Carrying::from(&mentions, Names::new()).behind(scopes.module, END).into_names());
        names
    }

    /// What other functions of the file leave in what the module holds: `policy.saved.append(log_prob)`.
    fn of_functions(&self, function: &'a ast::Stmt) -> Names<'a> {
        let models = self.seen_outside(function);
        let mut names = Names::new();
        for def in self.scopes.module.iter().filter(|stmt| matches!(stmt, ast::Stmt::FunctionDef(_)) && !std::ptr::eq(*stmt, function)) {
            let text = self.cx.source(def);
            if !models.iter().any(|model| text.contains(model.as_str())) || text.contains(".backward(") || stops(self.cx, def) {
                continue;
            }
            let Some(first) = body(def).first() else { continue };
            let scopes = Scopes::around(self.cx, first);
            let mentions = Mentions::of(self.cx, &scopes, &models);
            let mut left = Carrying::from(&mentions, Names::new()).behind(body(def), END).into_names();
            let declared = flow::declared(body(def));
            let own = Flow::of(body(def)).bound;
            let is_own = |name: &str| {
                let root = name.split('.').next().unwrap_or_default();
                takes(def, root) || own.contains(root) && !declared.contains(root)
            };
            left.retain(|name| !is_own(name));
            names.extend(left);
        }
        names
    }

    /// Attributes of `self` that other methods fill. What a method with a pass of its own leaves has lost its graph.
    fn of_methods(&self, depth: usize) -> Names<'a> {
        let mut names = Names::new();
        let (Some(class), Some(function)) = (self.scopes.class, self.scopes.functions.last()) else { return names };
        if !self.cx.source(*function).contains("self.") {
            return names;
        }
        for _ in 0..2 {
            for def in class.body.iter().filter(|stmt| matches!(stmt, ast::Stmt::FunctionDef(_)) && !std::ptr::eq(*stmt, *function)) {
                let text = self.cx.source(def);
                let Some(first) = body(def).first() else { continue };
                if !text.contains("self.") || text.contains(".backward(") || stops(self.cx, def) {
                    continue;
                }
                let scopes = Scopes::around(self.cx, first);
                let models: Vec<String> = self.models.iter().filter(|model| !takes(def, model)).cloned().collect();
                let there = Incoming { cx: self.cx, scopes: &scopes, models: &models };
                let mut begins = there.of_callers(depth - 1);
                begins.extend(names.iter());
                let mentions = Mentions::of(self.cx, &scopes, &models);
                let mut left = Carrying::from(&mentions, begins).behind(body(def), END).into_names();
                left.retain(|name| name.starts_with("self.") && !self.models.iter().any(|model| model == name));
                names.extend(left);
            }
        }
        names
    }

    /// Parameters for which a caller hands such a value over.
    fn of_callers(&self, depth: usize) -> Names<'a> {
        let mut names = Names::new();
        let Some(function @ ast::Stmt::FunctionDef(def)) = self.scopes.function() else { return names };
        let mut parameters = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
        if depth == 0 || parameters.all(|arg| arg.def.arg.as_str() == "self") {
            return names;
        }
        let called = format!("{}(", def.name);
        // Its own head is one.
        if self.cx.file.text.matches(&called).nth(1).is_some() {
            self.add_calls_of(self.cx, function, depth, &mut names);
        }
        if depth < DEPTH || self.scopes.functions.len() > 1 {
            return names;
        }
        let Cx { project, project_facts, tables, shared, id: own, .. } = *self.cx;
        let is_caller =
            |id: &FileId| *id != own && project.file(*id).source.text.contains(&called) && shared.are_connected(project_facts, own, *id);
        for id in project.ids().filter(is_caller) {
            self.add_calls_of(&Cx::new(project, project_facts, tables, id, shared), function, depth, &mut names);
        }
        names
    }

    /// The same for the calls of one file.
    fn add_calls_of(&self, there: &Cx<'a>, function: &'a ast::Stmt, depth: usize, names: &mut Names<'a>) {
        let ast::Stmt::FunctionDef(def) = function else { return };
        let is_here = there.id == self.cx.id;
        let mut calls = Vec::new();
        events::walk(&there.file.suite, &mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && (!call.args.is_empty() || !call.keywords.is_empty())
                && !(is_here && def.range.contains_range(call.range))
                && self.is_call_of(there, function, def, call)
            {
                calls.push(call);
            }
        });
        for call in calls {
            let Some(stmt) = there.statement(&call.func) else { continue };
            let scopes = Scopes::around(there, stmt);
            if scopes.function().is_some_and(|caller| stops(there, caller)) || is_within_no_grad(there, stmt) {
                continue;
            }
            let models = self.models_of(there, function, def, call);
            if models.is_empty() {
                continue;
            }
            let begins = Incoming { cx: there, scopes: &scopes, models: &models }.names(depth - 1);
            let mentions = Mentions::of(there, &scopes, &models);
            let before = Carrying::from(&mentions, begins).behind(scopes.body(), stmt.range().start());
            for arg in call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)) {
                if let Some(parameter) = called::parameter(def, call, arg)
                    && !names.contains(parameter)
                    && before.value(arg)
                {
                    names.insert(parameter);
                }
            }
        }
    }

    fn is_call_of(&self, there: &Cx<'a>, function: &'a ast::Stmt, def: &'a ast::StmtFunctionDef, call: &'a ast::ExprCall) -> bool {
        let is_it = |id: FunctionId| {
            let called = self.cx.project_facts.function(id);
            called.file == self.cx.id && called.range == def.range
        };
        let is_here = there.id == self.cx.id;
        match &*call.func {
            func if last_name(func) != Some(def.name.as_str()) => false,
            func if !is_here && matches!(there.entity(func), Some(Entity::Function(id)) if is_it(*id)) => true,
            ast::Expr::Name(_) => is_here && (self.scopes.class.is_none() || self.scopes.functions.len() > 1),
            ast::Expr::Attribute(e) => {
                let is_method = |class: &&ast::StmtClassDef| class.body.iter().any(|stmt| std::ptr::eq(stmt, function));
                if self.scopes.class.filter(is_method).is_none() {
                    return false;
                }
                match receiver::class_of(there, &e.value) {
                    Some(class) => self.cx.project_facts.lookup_method(class, &def.name).is_some_and(is_it),
                    // Of objects that nothing is known of, those that can't be anything else.
                    None => {
                        let is_enough = call.args.len() + 1 >= def.args.args.len();
                        is_here && there.kind(&e.value).is_unknown() && is_enough && !is_common(&def.name)
                    }
                }
            }
            _ => false,
        }
    }

    /// What the models are called where the function is called.
    fn models_of(&self, there: &Cx<'a>, function: &'a ast::Stmt, def: &'a ast::StmtFunctionDef, call: &'a ast::ExprCall) -> Vec<String> {
        let mut found = self.seen_outside(function);
        for model in self.models {
            let (root, rest) = model.split_at(model.find('.').unwrap_or(model.len()));
            if root == "self"
                && let ast::Expr::Attribute(e) = &*call.func
            {
                if is_place(&e.value) {
                    found.push(format!("{}{rest}", there.source(&*e.value)));
                }
                found.extend(self.handed(there, model));
                continue;
            }
            let handed = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
            let mut handed = handed.filter(|arg| called::parameter(def, call, arg) == Some(root));
            if let Some(arg) = handed.next()
                && is_place(arg)
            {
                found.push(format!("{}{rest}", there.source(arg)));
            }
        }
        found.dedup();
        found
    }

    /// What the makers of the class's objects hand over as `self.net`.
    fn handed(&self, there: &Cx<'a>, model: &str) -> Vec<String> {
        let Some(class) = self.scopes.class else { return Vec::new() };
        let init = class.body.iter().find(|stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == "__init__"));
        let Some(init @ ast::Stmt::FunctionDef(def)) = init else { return Vec::new() };
        let stored = handed::attributes(self.cx, init);
        let Some((_, name)) = stored.into_iter().find(|(attribute, _)| *attribute == model) else { return Vec::new() };
        let is_it = |id: FunctionId| {
            let own = self.cx.project_facts.function(id);
            own.file == self.cx.id && own.range == def.range
        };
        let mut found = Vec::new();
        events::walk(&there.file.suite, &mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let Some(Entity::Class(made)) = there.entity(&call.func)
                && self.cx.project_facts.lookup_method(*made, "__init__").is_some_and(is_it)
            {
                let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                let passed = args.filter(|arg| called::parameter(def, call, arg) == Some(name));
                found.extend(passed.map(model::moved).filter(|arg| is_place(arg)).map(|arg| there.source(arg).to_owned()));
            }
        });
        found
    }
}

/// Names that methods of many other classes have.
fn is_common(name: &str) -> bool {
    matches!(name, "update" | "step" | "append" | "add" | "forward" | "__call__" | "run" | "get" | "write" | "log" | "backward")
}

fn takes(function: &ast::Stmt, name: &str) -> bool {
    matches!(function, ast::Stmt::FunctionDef(def) if receiver::has_parameter(def, name))
}

/// Whether a function records no gradients.
fn stops(cx: &Cx<'_>, function: &ast::Stmt) -> bool {
    matches!(function, ast::Stmt::FunctionDef(def) if def.decorator_list.iter().any(|decorator| is_no_grad(cx, decorator)))
}

fn is_within_no_grad<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let outer = cx.ancestors(Node::Stmt(stmt)).filter_map(|up| match up {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    });
    outer
        .take_while(|stmt| !is_definition(stmt))
        .any(|stmt| matches!(stmt, ast::Stmt::With(with) if with.items.iter().any(|item| is_no_grad(cx, &item.context_expr))))
}
