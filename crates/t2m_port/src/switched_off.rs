//! Which functions of the project may run while gradients are switched off: those that a `no_grad` block or function reaches by calls, by name.
//!
//! Only `torch.is_grad_enabled()` asks for it.

use rustc_hash::FxHashSet;
use t2m_semantic::{Entity, Facts, FileFacts, FileId, Project};
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::asking_functions::{CALLED, Edge, gotten};
use crate::cx::Cx;
use crate::grad_managers::GradManagers;
use crate::rules::{NO_GRAD, last_name};
use crate::shared::Shared;

/// What only the run knows is called.
const ANYTHING: &str = "*";

/// What each file that switches gradients off calls there.
#[derive(Debug, Default)]
pub(crate) struct SwitchedOff<'a> {
    files: Vec<(FileId, Called<'a>)>,
}

#[derive(Debug, Default)]
struct Called<'a> {
    names: FxHashSet<&'a str>,
    /// A statement switches them for whatever follows.
    anywhere: bool,
    /// A block or a function switches them.
    switches: bool,
}

impl<'a> SwitchedOff<'a> {
    pub(crate) fn new(project: &'a Project, facts: &'a Facts, shared: &Shared<'a>) -> Self {
        let managers = shared.grad_managers(facts);
        let mut files = Vec::new();
        for id in project.ids() {
            let source = &project.file(id).source;
            let names_one = || NO_GRAD.iter().any(|name| source.text.contains(name.trim_start_matches("torch.")));
            if !managers.is_empty() || names_one() {
                let mut found = Found { facts, managers, shared, called: Called::default(), kept: FxHashSet::default() };
                t2m_syntax::node::statements(&source.suite, &mut |stmt| found.keep(id, stmt));
                t2m_syntax::node::statements(&source.suite, &mut |stmt| found.note(id, stmt));
                files.push((id, found.called));
            }
        }
        Self { files }
    }

    /// Whether a file near this one switches gradients off anywhere.
    pub(crate) fn is_near(&self, cx: &Cx<'a>) -> bool {
        self.files
            .iter()
            .any(|(file, called)| cx.shared.are_connected(cx.project_facts, *file, cx.id) && (called.anywhere || called.switches))
    }

    /// Whether one of some functions of a file may run where gradients are off.
    pub(crate) fn may_run(&self, cx: &Cx<'a>, functions: &[&str]) -> bool {
        // Scripts of one folder do not call each other.
        let own = self.files.iter().filter(|(file, _)| cx.shared.are_connected(cx.project_facts, *file, cx.id));
        let own: Vec<&Called<'a>> = own.map(|(_, called)| called).collect();
        if own.iter().any(|called| called.anywhere) {
            return true;
        }
        let calls = cx.shared.survey.calls_by_name();
        let mut reached: FxHashSet<&'a str> = own.iter().flat_map(|called| &called.names).copied().collect();
        let mut open: Vec<&'a str> = reached.iter().copied().collect();
        let values = cx.shared.function_values(cx.project_facts);
        while let Some(name) = open.pop() {
            if name == ANYTHING || values.is_open(name) {
                return true;
            }
            // What is no function of the project may be one that was read as a value.
            if CALLED.contains(&name) {
                open.extend(values.names().filter(|value| reached.insert(value)));
            }
            open.extend(calls.get(name).into_iter().flatten().copied().filter(|called| reached.insert(called)));
        }
        functions.iter().any(|name| reached.contains(name))
    }
}

struct Found<'a, 'm> {
    facts: &'a Facts,
    managers: &'m GradManagers,
    shared: &'m Shared<'a>,
    called: Called<'a>,
    /// Names that hold a context until it is entered.
    kept: FxHashSet<&'a str>,
}

impl<'a> Found<'a, '_> {
    /// `context = torch.no_grad() if frozen else nullcontext()`
    fn keep(&mut self, file: FileId, stmt: &'a ast::Stmt) {
        if let ast::Stmt::Assign(assign) = stmt
            && self.switches(self.facts.file(file), &assign.value)
        {
            self.kept.extend(assign.targets.iter().filter_map(last_name));
        }
    }

    fn note(&mut self, file: FileId, stmt: &'a ast::Stmt) {
        let facts = self.facts.file(file);
        match stmt {
            ast::Stmt::With(with) if with.items.iter().any(|item| self.switches(facts, &item.context_expr)) => {
                self.calls(facts, &with.body)
            }
            ast::Stmt::AsyncWith(with) if with.items.iter().any(|item| self.switches(facts, &item.context_expr)) => {
                self.calls(facts, &with.body);
            }
            ast::Stmt::FunctionDef(def) if def.decorator_list.iter().any(|decorator| self.switches(facts, decorator)) => {
                self.called.names.insert(def.name.as_str());
                self.calls(facts, &def.body);
            }
            // The project's own managers say it where they are entered.
            ast::Stmt::Expr(statement) if !self.managers.hold(self.facts, file, &statement.value) => {
                self.called.anywhere |= matches!(&*statement.value, ast::Expr::Call(call)
                    if facts.qualified(&call.func) == Some("torch.set_grad_enabled") && self.switches(facts, &statement.value));
            }
            _ => {}
        }
    }

    /// Whether a context or decorator may switch gradients off.
    fn switches(&self, facts: &FileFacts, context: &ast::Expr) -> bool {
        let (func, argument) = match context {
            ast::Expr::Call(call) => (&*call.func, call.args.first().or_else(|| call.keywords.first().map(|keyword| &keyword.value))),
            ast::Expr::IfExp(choice) => return self.switches(facts, &choice.body) || self.switches(facts, &choice.orelse),
            other => (other, None),
        };
        if last_name(func).is_some_and(|name| self.kept.contains(name)) {
            return true;
        }
        let is = |value: bool| matches!(argument, Some(ast::Expr::Constant(c)) if c.value == ast::Constant::Bool(value));
        match facts.qualified(func) {
            Some("torch.set_grad_enabled") => !is(true),
            Some("torch.inference_mode") => !is(false),
            Some(name) => NO_GRAD.contains(&name),
            None => self.managers.of_call(self.facts, facts, context).is_some(),
        }
    }

    fn calls(&mut self, facts: &FileFacts, body: &'a [ast::Stmt]) {
        self.called.switches = true;
        self.called.names.extend(called_in((self.facts, self.shared), facts, body));
    }
}

/// What statements call that may be of the project, by name.
fn called_in<'a>(project: (&'a Facts, &Shared<'a>), facts: &FileFacts, body: &'a [ast::Stmt]) -> FxHashSet<&'a str> {
    // No class keeps anything under the name that it could call.
    let is_method = |call: &ast::ExprCall| {
        let (all, shared) = project;
        matches!(&*call.func, ast::Expr::Attribute(method) if shared.has_method(all, &method.attr) && shared.owners(all, &method.attr).is_empty())
    };
    let mut called = FxHashSet::default();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            match facts.entity(&call.func) {
                Some(Entity::Builtin(name)) if name.as_str() == "getattr" => match gotten(facts, call) {
                    Some(Edge::Anything) => _ = called.insert(ANYTHING),
                    edge => called.extend(edge.and_then(|edge| edge.name(project.0))),
                },
                Some(Entity::Library(_) | Entity::Builtin(_)) => {}
                Some(Entity::Function(_)) => called.extend(last_name(&call.func)),
                _ if is_method_of_array(facts, call) => {}
                _ if is_method(call) => called.extend(last_name(&call.func)),
                // What is no function of the project may be a module.
                _ => called.extend(last_name(&call.func).into_iter().chain(["forward", "__call__"])),
            }
        });
    }
    called
}

/// `x.mean()`
fn is_method_of_array(facts: &FileFacts, call: &ast::ExprCall) -> bool {
    matches!(&*call.func, ast::Expr::Attribute(method) if facts.fact(&method.value).kind.is_tensor())
}
