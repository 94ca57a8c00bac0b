//! `if kept: self.register_buffer("t", t)`, `else: self.t = t`: the second is no buffer, whatever the first one makes of the name.

use t2m_semantic::ClassId;
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use crate::cx::Cx;
use crate::{receiver, storage, views};

/// Through how many methods that others call a registration is followed.
const DEPTH: usize = 3;

/// Whether the class registers a buffer of this name, and nothing says that it has where the statement is run: in another branch, in one that leaves the
/// function above, in a method that is called in one.
pub(super) fn is_registered_instead<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, class: ClassId, name: &str) -> bool {
    cx.text_has("register_buffer") && is_registered_here(cx, class, name) && !is_registered_above(cx, stmt, class, name)
}

/// Whether a method of this file registers it, of the class, its bases and its subclasses.
fn is_registered_here(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    methods(cx, class).any(|def| {
        let mut found = false;
        node::statements(&def.body, &mut |stmt| found |= registers(stmt, name));
        found
    })
}

fn methods<'a>(cx: &Cx<'a>, class: ClassId) -> impl Iterator<Item = &'a ast::StmtFunctionDef> + use<'a> {
    let (facts, file, suite) = (cx.project_facts, cx.id, cx.file.suite.as_slice());
    let all = receiver::family(cx, class).flat_map(|class| facts.class(class).methods.values());
    all.map(|id| facts.function(*id))
        .filter(move |function| function.file == file)
        .filter_map(|function| storage::function_at(suite, function.range))
}

fn is_registered_above<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, class: ClassId, name: &str) -> bool {
    let mut below = Node::Stmt(stmt);
    for up in cx.ancestors(below) {
        let Node::Stmt(up) = up else { continue };
        for suite in node::suites(up) {
            if let Some(at) = suite.iter().position(|stmt| below.is(Node::Stmt(stmt)))
                && always_registers(cx, &suite[..at], class, name, DEPTH)
            {
                return true;
            }
        }
        match up {
            // What the constructor registers is there in other methods.
            ast::Stmt::FunctionDef(def) => {
                return def.name.as_str() != "__init__"
                    && methods(cx, class).any(|other| {
                        !std::ptr::eq(other, def) && is_set_up(cx, class, other) && always_registers(cx, &other.body, class, name, DEPTH)
                    });
            }
            ast::Stmt::ClassDef(_) => return false,
            _ => below = Node::Stmt(up),
        }
    }
    false
}

/// A constructor, or what a constructor of the file may call.
fn is_set_up(cx: &Cx<'_>, class: ClassId, def: &ast::StmtFunctionDef) -> bool {
    let name = def.name.as_str();
    let calls = |by: &ast::StmtFunctionDef| {
        let mut found = false;
        by.body.iter().for_each(|stmt| {
            Node::Stmt(stmt)
                .walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Attribute(method)) if method.attr.as_str() == name));
        });
        found
    };
    name == "__init__" || methods(cx, class).any(|by| by.name.as_str() == "__init__" && calls(by))
}

/// Whether the statements register the buffer on all ways through them.
fn always_registers(cx: &Cx<'_>, suite: &[ast::Stmt], class: ClassId, name: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let always = |suite: &[ast::Stmt]| always_registers(cx, suite, class, name, depth);
    for stmt in suite {
        let found = match stmt {
            ast::Stmt::Expr(_) if registers(stmt, name) => true,
            // `self.set_up(t)`, `super().__init__()`
            ast::Stmt::Expr(statement) => match &*statement.value {
                ast::Expr::Call(call) => match &*call.func {
                    ast::Expr::Attribute(method) if is_own(&method.value) => methods(cx, class)
                        .any(|def| def.name == method.attr && !def.body.iter().any(|own| std::ptr::eq(own, stmt)) && always(&def.body)),
                    _ => false,
                },
                _ => false,
            },
            ast::Stmt::With(with) => always(&with.body),
            ast::Stmt::If(choice) => always(&choice.body) && always(&choice.orelse),
            ast::Stmt::For(_) | ast::Stmt::While(_) => false,
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

/// `self`, `super()`
fn is_own(object: &ast::Expr) -> bool {
    views::is_same_name(object, "self") || matches!(object, ast::Expr::Call(call) if views::is_same_name(&call.func, "super"))
}

fn may_leave(stmt: &ast::Stmt) -> bool {
    let mut leaves = false;
    node::statements(std::slice::from_ref(stmt), &mut |stmt| leaves |= matches!(stmt, ast::Stmt::Return(_)));
    leaves
}

/// `self.register_buffer("t", t)`
fn registers(stmt: &ast::Stmt, name: &str) -> bool {
    let ast::Stmt::Expr(statement) = stmt else { return false };
    let ast::Expr::Call(call) = &*statement.value else { return false };
    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "register_buffer")
        && receiver::argument(call, 0, "name").and_then(receiver::string) == Some(name)
}
