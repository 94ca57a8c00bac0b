//! Decisions that a driver could take, at random: nothing here depends on what the code means.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::Action;
use t2m_syntax::{Decision, Decisions, Edit, Node, NodeId, Piece, Prec, SourceFile, precedence, ranges};

use super::Choices;

/// A decision on every node that changes nothing.
pub(crate) fn no_ops(file: &SourceFile) -> Decisions<'_> {
    let mut decisions = Decisions::default();
    walk(file, &mut |node| match node {
        Node::Stmt(stmt) => {
            decisions.stmt_mut(stmt);
        }
        Node::Expr(expr) => {
            decisions.exprs.insert(NodeId::from(expr), Decision::Edit(Vec::new()));
        }
    });
    decisions
}

/// Operators, attributes, calls of one argument and conditions are built anew from the same parts: the tree stays, but for ranges.
pub(crate) fn rebuilt(file: &SourceFile) -> Decisions<'_> {
    let mut decisions = Decisions::default();
    each_value(file, &mut |expr, _| {
        if let Some((pieces, prec)) = same_parts(expr) {
            decisions.exprs.insert(NodeId::from(expr), Decision::Build(pieces, prec));
        }
    });
    decisions
}

fn same_parts(expr: &ast::Expr) -> Option<(Vec<Piece<'_>>, Prec)> {
    let part = |child| Piece::Expr(child, precedence::slot(Node::Expr(expr), child));
    let prec = precedence::of_tree(expr);
    let pieces = match expr {
        ast::Expr::BinOp(e) => vec![part(&e.left), Piece::text(format!(" {} ", operator(e.op))), part(&e.right)],
        ast::Expr::BoolOp(e) => {
            let word = if e.op == ast::BoolOp::And { " and " } else { " or " };
            join(e.values.iter().map(part), word)
        }
        ast::Expr::UnaryOp(e) => {
            let word = match e.op {
                ast::UnaryOp::Not => "not ",
                ast::UnaryOp::USub => "-",
                ast::UnaryOp::UAdd => "+",
                ast::UnaryOp::Invert => "~",
            };
            vec![Piece::text(word), part(&e.operand)]
        }
        ast::Expr::IfExp(e) => vec![part(&e.body), Piece::text(" if "), part(&e.test), Piece::text(" else "), part(&e.orelse)],
        ast::Expr::Attribute(e) => vec![part(&e.value), Piece::text(format!(".{}", e.attr))],
        ast::Expr::Subscript(e) if !matches!(&*e.slice, ast::Expr::Slice(_) | ast::Expr::Tuple(_)) => {
            vec![part(&e.value), Piece::text("["), part(&e.slice), Piece::text("]")]
        }
        ast::Expr::Call(e) if e.keywords.is_empty() => {
            let mut pieces = vec![part(&e.func), Piece::text("(")];
            pieces.extend(join(e.args.iter().map(part), ", "));
            pieces.push(Piece::text(")"));
            pieces
        }
        _ => return None,
    };
    Some((pieces, prec))
}

fn join<'a>(parts: impl Iterator<Item = Piece<'a>>, word: &str) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    for part in parts {
        if !pieces.is_empty() {
            pieces.push(Piece::text(word));
        }
        pieces.push(part);
    }
    pieces
}

fn operator(op: ast::Operator) -> &'static str {
    match op {
        ast::Operator::Add => "+",
        ast::Operator::Sub => "-",
        ast::Operator::Mult => "*",
        ast::Operator::MatMult => "@",
        ast::Operator::Div => "/",
        ast::Operator::Mod => "%",
        ast::Operator::Pow => "**",
        ast::Operator::LShift => "<<",
        ast::Operator::RShift => ">>",
        ast::Operator::BitOr => "|",
        ast::Operator::BitXor => "^",
        ast::Operator::BitAnd => "&",
        ast::Operator::FloorDiv => "//",
    }
}

/// Deletions, builds, edits, moved suites and lines above and below, wherever a driver may decide on them.
pub(crate) fn anything<'a>(file: &'a SourceFile, choices: &mut Choices<'_>) -> Decisions<'a> {
    let mut decisions = Decisions::default();
    each_value(file, &mut |expr, is_decorator| {
        let decision = match choices.below(12) {
            1 => Decision::Build(vec![Piece::text("new")], Prec::Atom),
            2 if !is_decorator => {
                let parts = Node::Expr(expr).children().into_iter().filter_map(argument);
                let mut pieces = vec![Piece::text("call(")];
                pieces.extend(join(parts, ", "));
                pieces.push(Piece::text(")"));
                Decision::Build(pieces, Prec::Atom)
            }
            3 if !is_decorator => match Node::Expr(expr).children().into_iter().find_map(operand) {
                Some(child) => Decision::Build(vec![Piece::Expr(child, Prec::Arith), Piece::text(" + 1")], Prec::Arith),
                None => return,
            },
            4 => match parts_of_call(file, expr) {
                Some(edits) => Decision::Edit(edits),
                None => return,
            },
            5 => match same_parts(expr) {
                Some((pieces, prec)) => Decision::Build(pieces, prec),
                None => return,
            },
            _ => return,
        };
        decisions.exprs.insert(NodeId::from(expr), decision);
    });
    walk(file, &mut |node| {
        let Node::Stmt(stmt) = node else { return };
        if file.slice(stmt.range()).starts_with("elif") {
            return;
        }
        let suites = t2m_syntax::node::suites(stmt);
        let decision = match (choices.below(10), &suites[..]) {
            (1, _) => Action::Delete,
            (2, [body, ..]) => Action::Replace(vec![Piece::Suite(body, 0)]),
            (3, [body, ..]) => Action::Replace(vec![Piece::text("if new:"), Piece::NewLine(1), Piece::Suite(body, 1)]),
            (4, [body, ..]) => Action::Replace(vec![
                Piece::text("def new():"),
                Piece::NewLine(1),
                Piece::Suite(body, 1),
                Piece::NewLine(0),
                Piece::text("new()"),
            ]),
            (5, []) => Action::Replace(vec![Piece::text("new")]),
            (6, _) => {
                decisions.stmt_mut(stmt).before.push("# TODO above".into());
                return;
            }
            (7, _) => {
                decisions.stmt_mut(stmt).after.push(vec![Piece::text("below()")]);
                return;
            }
            _ => return,
        };
        decisions.stmt_mut(stmt).action = decision;
    });
    decisions
}

/// The attribute's name swapped, the last argument gone.
fn parts_of_call<'a>(file: &'a SourceFile, expr: &'a ast::Expr) -> Option<Vec<Edit<'a>>> {
    let ast::Expr::Call(call) = expr else { return None };
    let mut edits = Vec::new();
    if let ast::Expr::Attribute(attribute) = &*call.func {
        edits.push(Edit::text(ranges::attribute_name(attribute), "new"));
    }
    let last = call.keywords.last().map(|keyword| &keyword.value).or(call.args.last())?;
    edits.push(Edit::delete(ranges::argument_with_comma(file, call, last)?));
    Some(edits)
}

/// A child as an argument of a new call.
fn argument<'a>(child: Node<'a>) -> Option<Piece<'a>> {
    operand(child).map(|child| Piece::Expr(child, Prec::Test))
}

fn operand(child: Node<'_>) -> Option<&ast::Expr> {
    match child {
        Node::Expr(ast::Expr::Slice(_) | ast::Expr::Starred(_)) | Node::Stmt(_) => None,
        Node::Expr(ast::Expr::Tuple(tuple)) if tuple.elts.iter().any(ast::Expr::is_slice_expr) => None,
        Node::Expr(child) => Some(child),
    }
}

fn walk<'a>(file: &'a SourceFile, visit: &mut dyn FnMut(Node<'a>)) {
    for stmt in &file.suite {
        Node::Stmt(stmt).walk(visit);
    }
}

/// Expressions that give a value to their parent, with whether they are decorators: targets, patterns, slices and starred items are left out, for nothing else may stand there.
fn each_value<'a>(file: &'a SourceFile, visit: &mut dyn FnMut(&'a ast::Expr, bool)) {
    let mut fixed: Vec<*const ast::Expr> = Vec::new();
    let mut decorators: Vec<*const ast::Expr> = Vec::new();
    walk(file, &mut |node| {
        if let Node::Stmt(stmt) = node {
            let children = node.children();
            let children = children.iter().filter_map(|child| match child {
                Node::Expr(expr) => Some(*expr),
                Node::Stmt(_) => None,
            });
            match stmt {
                // Besides the subject, guards and what stands in patterns, where little may stand.
                ast::Stmt::Match(s) => children.filter(|expr| expr.range().start() >= subject_end(s)).for_each(|expr| {
                    Node::Expr(expr).walk(&mut |node| {
                        if let Node::Expr(expr) = node {
                            fixed.push(expr);
                        }
                    });
                }),
                ast::Stmt::FunctionDef(s) => decorators.extend(s.decorator_list.iter().map(std::ptr::from_ref)),
                ast::Stmt::AsyncFunctionDef(s) => decorators.extend(s.decorator_list.iter().map(std::ptr::from_ref)),
                ast::Stmt::ClassDef(s) => decorators.extend(s.decorator_list.iter().map(std::ptr::from_ref)),
                _ => {}
            }
        }
    });
    walk(file, &mut |node| {
        let Node::Expr(expr) = node else { return };
        let is_load = match expr {
            ast::Expr::Name(e) => e.ctx == ast::ExprContext::Load,
            ast::Expr::Attribute(e) => e.ctx == ast::ExprContext::Load,
            ast::Expr::Subscript(e) => e.ctx == ast::ExprContext::Load,
            ast::Expr::List(e) => e.ctx == ast::ExprContext::Load,
            ast::Expr::Tuple(e) => e.ctx == ast::ExprContext::Load && ranges::is_bracketed(file, e.range),
            ast::Expr::Slice(_) | ast::Expr::Starred(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => false,
            _ => true,
        };
        if is_load && !fixed.iter().any(|other| std::ptr::eq(*other, expr)) {
            visit(expr, decorators.iter().any(|other| std::ptr::eq(*other, expr)));
        }
    });
}

/// Where the subject of `match` ends; the parser gives a bare tuple the range of the whole statement.
fn subject_end(stmt: &ast::StmtMatch) -> t2m_syntax::TextSize {
    match &*stmt.subject {
        ast::Expr::Tuple(tuple) => tuple.elts.last().map_or(tuple.range.start(), |last| last.range().end()),
        subject => subject.range().end(),
    }
}
