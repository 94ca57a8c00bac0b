//! `eval("nn." + name)`, `m = eval(m) if isinstance(m, str) else m`: the text says `nn` and means PyTorch's, where the port's is MLX's, with layers for channels last.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::{receiver, views};

pub(super) const RULE: Rule =
    Rule { name: "evaluated-text", doc: include_str!("evaluated_text.md"), hook: Hook::Expr(&[Shape::Call], evaluated) };

fn evaluated<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ([text], []) = (&call.args[..], &call.keywords[..]) else { return None };
    if !matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_static() == "eval") {
        return None;
    }
    let start = start(text);
    let is_told = start.is_some_and(|start| start.contains('.'));
    if !is_told && (start.is_some() || text.is_constant_expr() || !becomes_layer(cx, expr)) {
        return None;
    }
    let module = names_of_torch(cx).into_iter().find(|(name, of)| match start {
        Some(start) => start.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')),
        None => *of == "torch.nn" && !name.contains('.'),
    });
    let (name, of) = module?;
    if of != "torch.nn" || name.contains('.') {
        let reason = format!("the text that `eval` gets names `{of}`, which the port has not");
        return Some(Claim::todo(Finding::todo(codes::UNMAPPED, expr.range(), reason)));
    }
    let (helper, uses) = cx.member(Module::Compat, "layer_in_text");
    let more = if name == "nn" { ")".to_owned() } else { format!(", \"{name}\")") };
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(text, Prec::Named), Piece::text(more)];
    if start.is_some() {
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    // Other texts name classes of the project.
    if !cx.is_pure(text) {
        let reason = format!("a text that `eval` gets may name layers of `{name}`, which is MLX's own here: bind it to a name first");
        return Some(Claim::todo(Finding::todo(codes::UNMAPPED, expr.range(), reason)));
    }
    pieces.extend([Piece::text(" or "), Piece::text("eval("), Piece::Expr(text, Prec::Named), Piece::text(")")]);
    Some(Claim::build(pieces, Prec::Or).uses(uses))
}

/// What a text begins with, as far as the program says: `nn.` of `"nn." + name`, `f"nn.{name}"`, `"nn.%s" % name` and `"nn.{}".format(name)`.
fn start(text: &ast::Expr) -> Option<&str> {
    match text {
        ast::Expr::Constant(constant) => constant.value.as_str().map(String::as_str),
        ast::Expr::JoinedStr(text) => start(text.values.first()?),
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Add | ast::Operator::Mod) => start(&e.left),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "format" => start(&method.value),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a layer, or a class of layers, may be what comes out: it is called, or kept where layers are. Numbers of a configuration are passed on or compared.
fn becomes_layer<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Call(call))) => std::ptr::eq(&*call.func, expr) || last_name(&call.func) == Some("append"),
        Some(Node::Expr(up @ ast::Expr::IfExp(choice))) => !std::ptr::eq(&*choice.test, expr) && becomes_layer(cx, up),
        Some(Node::Expr(up @ ast::Expr::BoolOp(_))) => becomes_layer(cx, up),
        Some(Node::Expr(ast::Expr::ListComp(all))) => std::ptr::eq(&*all.elt, expr),
        Some(Node::Stmt(ast::Stmt::Return(_))) => true,
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => match &assign.targets[..] {
            [ast::Expr::Name(name)] => is_called(views::enclosing_body(cx, expr), &|func| views::is_same_name(func, &name.id)),
            [target @ ast::Expr::Attribute(to)] => {
                receiver::self_class(cx, &to.value).is_some() && is_called(&cx.file.suite, &|func| cx.source(func) == cx.source(target))
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_called(body: &[ast::Stmt], is_it: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if is_it(&call.func)));
    }
    found
}

/// Modules of torch that texts name.
const MODULES: &[&str] = &["torch", "torch.nn", "torch.nn.functional", "torch.optim"];

/// What the file calls modules of torch: `nn` and `torch.nn`, `F` and `torch.nn.functional`. The longer name of two that a text begins with comes first.
fn names_of_torch<'a>(cx: &Cx<'a>) -> Vec<(&'a str, &'static str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let mut add = |name: &'a str, of: &str| {
        if let Some(of) = MODULES.iter().find(|module| **module == of)
            && !found.iter().any(|(other, _)| *other == name)
        {
            found.push((name, of));
        }
    };
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::Import(import)) => {
                for alias in &import.names {
                    add(alias.asname.as_ref().unwrap_or(&alias.name), &alias.name);
                }
            }
            Node::Stmt(ast::Stmt::ImportFrom(import)) if let Some(module) = &import.module => {
                for alias in &import.names {
                    add(alias.asname.as_ref().unwrap_or(&alias.name), &format!("{module}.{}", alias.name));
                }
            }
            // What other files give this one by `*`.
            Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) => {
                if let Some(of) = cx.qualified(expr) {
                    add(cx.source(expr), of);
                }
            }
            _ => {}
        });
    }
    if found.iter().any(|(name, _)| *name == "torch") {
        found.extend(MODULES[1..].iter().map(|module| (*module, *module)));
    }
    found.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    found
}
