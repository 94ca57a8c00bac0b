//! `if kept: self.register_buffer("t", t)`, `else: self.t = t`: the second is no buffer, whatever the first one makes of the name.

use t2m_semantic::{ClassId, FunctionId};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::last_name;
use crate::cx::Cx;
use crate::survey::Sort;
use crate::{receiver, storage, views};

/// Through how many methods that others call a registration is followed.
const DEPTH: usize = 3;

/// Whether the class registers a buffer of this name, or another class of its family, and nothing says that the object at hand has it where the statement is
/// run: in another branch, in one that leaves the function above, in a method that is called in one, in a subclass.
pub(super) fn is_registered_instead<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, class: ClassId, name: &str) -> bool {
    let survey = &cx.shared.survey;
    let is_declared = receiver::family(cx, class).any(|class| survey.declared(class, name).is_some());
    is_declared && is_registered(cx, class, name) && !is_always_registered(cx, stmt, class, name, Sort::Buffer)
}

/// `if isinstance(t, torch.Tensor): self.register_buffer("t", t)`, `else: self.t = t`: the choice tells that it is no tensor there.
pub(super) fn is_told<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> bool {
    let value = cx.source(value);
    cx.ancestors(Node::Stmt(stmt)).any(|up| {
        let Node::Stmt(ast::Stmt::If(choice)) = up else { return false };
        let mut told = false;
        Node::Expr(&choice.test).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let [asked, class] = &call.args[..]
            {
                let asks = views::is_same_name(&call.func, "isinstance") && cx.source(class).contains("Tensor");
                told |= asks && cx.source(asked) == value;
            }
        });
        told
    })
}

fn is_registered(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let all = receiver::family(cx, class).flat_map(|class| cx.project_facts.class(class).methods.values());
    all.filter_map(|id| definition(cx, *id)).any(|def| {
        let mut found = false;
        for stmt in &def.body {
            Node::Stmt(stmt).walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if registers(call, name)));
        }
        found
    })
}

fn definition<'a>(cx: &Cx<'a>, id: FunctionId) -> Option<&'a ast::StmtFunctionDef> {
    let function = cx.project_facts.function(id);
    let source = &cx.project.file(function.file).source;
    if !["register_buffer", "Parameter(", "super()"].iter().any(|made| source.text.contains(made)) {
        return None;
    }
    storage::function_at(&source.suite, function.range)
}

/// Whether the object has it where the statement is run, whatever the run chooses; a parameter may come behind the statement, too.
pub(super) fn is_always_registered<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, class: ClassId, name: &str, sort: Sort) -> bool {
    let search = Search { cx, class, name, sort };
    let mut below = Node::Stmt(stmt);
    for up in cx.ancestors(below) {
        let Node::Stmt(up) = up else { continue };
        for suite in node::suites(up) {
            if let Some(at) = suite.iter().position(|stmt| below.is(Node::Stmt(stmt)))
                && (search.always(&suite[..at], class, DEPTH) || sort == Sort::Parameter && search.always(&suite[at + 1..], class, DEPTH))
            {
                return true;
            }
        }
        match up {
            // What the constructor registers is there in other methods.
            ast::Stmt::FunctionDef(def) => {
                return def.name.as_str() != "__init__" && search.by_method("__init__", DEPTH);
            }
            ast::Stmt::ClassDef(_) => return false,
            _ => below = Node::Stmt(up),
        }
    }
    false
}

/// Of objects of the class, or of one that inherits from it.
struct Search<'c, 'a> {
    cx: &'c Cx<'a>,
    class: ClassId,
    name: &'c str,
    sort: Sort,
}

impl<'a> Search<'_, 'a> {
    /// Whether statements of a method of `owner` register the buffer on all ways through them.
    fn always(&self, suite: &'a [ast::Stmt], owner: ClassId, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let always = |suite: &'a [ast::Stmt]| self.always(suite, owner, depth);
        for stmt in suite {
            let found = match stmt {
                ast::Stmt::Expr(statement) => match &*statement.value {
                    ast::Expr::Call(call) => self.registers(call) || self.registers_in(call, owner, depth),
                    _ => false,
                },
                stmt if self.sort == Sort::Parameter && self.makes_parameter(stmt) => true,
                ast::Stmt::With(with) => !with.items.iter().any(|item| may_swallow(&item.context_expr)) && always(&with.body),
                ast::Stmt::If(choice) => always(&choice.body) && always(&choice.orelse),
                _ => false,
            };
            if found {
                return true;
            }
            if may_leave(stmt) {
                return false;
            }
        }
        false
    }

    fn registers(&self, call: &ast::ExprCall) -> bool {
        match self.sort {
            Sort::Buffer => registers(call, self.name),
            Sort::Parameter => calls_with(call, "register_parameter", self.name),
        }
    }

    /// `self.f = nn.Parameter(t)`
    fn makes_parameter(&self, stmt: &'a ast::Stmt) -> bool {
        let Some((ast::Expr::Attribute(target), ast::Expr::Call(call))) = receiver::assignment(stmt) else { return false };
        target.attr.as_str() == self.name && views::is_same_name(&target.value, "self") && last_name(&call.func) == Some("Parameter")
    }

    /// `self.set_up(t)` and `super().__init__()`
    fn registers_in(&self, call: &ast::ExprCall, owner: ClassId, depth: usize) -> bool {
        let ast::Expr::Attribute(method) = &*call.func else { return false };
        let (facts, name) = (self.cx.project_facts, method.attr.as_str());
        if views::is_same_name(&method.value, "self") {
            return self.by_method(name, depth);
        }
        let is_super = matches!(&*method.value, ast::Expr::Call(call) if views::is_same_name(&call.func, "super"));
        let above = || facts.class(owner).mro.iter().skip(1).find_map(|class| facts.class(*class).methods.get(name).copied());
        is_super && above().is_some_and(|id| self.by_function(id, depth))
    }

    /// Whether a method does, whichever one of this name an object has.
    fn by_method(&self, name: &str, depth: usize) -> bool {
        let facts = self.cx.project_facts;
        let mut below = facts.class(self.class).subclasses.iter().filter_map(|class| facts.class(*class).methods.get(name).copied());
        let is_here = facts.lookup_method(self.class, name).is_some_and(|id| self.by_function(id, depth));
        is_here && below.all(|id| self.by_function(id, depth))
    }

    fn by_function(&self, id: FunctionId, depth: usize) -> bool {
        let owner = self.cx.project_facts.function(id).class.unwrap_or(self.class);
        definition(self.cx, id).is_some_and(|def| self.always(&def.body, owner, depth))
    }
}

/// Whether what is entered may go on behind the block when a statement in it raises: all but PyTorch's own contexts, `torch.no_grad()`.
fn may_swallow(context: &ast::Expr) -> bool {
    match context {
        ast::Expr::Call(call) => may_swallow(&call.func),
        ast::Expr::Attribute(member) => may_swallow(&member.value),
        context => !views::is_same_name(context, "torch"),
    }
}

fn may_leave(stmt: &ast::Stmt) -> bool {
    let mut leaves = false;
    node::statements(std::slice::from_ref(stmt), &mut |stmt| leaves |= matches!(stmt, ast::Stmt::Return(_)));
    leaves
}

/// `self.register_buffer("t", t)`
fn registers(call: &ast::ExprCall, name: &str) -> bool {
    calls_with(call, "register_buffer", name)
}

fn calls_with(call: &ast::ExprCall, method: &str, name: &str) -> bool {
    matches!(&*call.func, ast::Expr::Attribute(called) if called.attr.as_str() == method)
        && receiver::argument(call, 0, "name").and_then(receiver::string) == Some(name)
}
