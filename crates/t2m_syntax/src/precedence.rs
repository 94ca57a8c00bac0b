//! How tightly expressions bind, and how loose a child each slot of a parent accepts.

use ast::Ranged;
use rustpython_ast as ast;

use crate::source::SourceFile;
use crate::{Node, ranges};

/// Binding strength, loosest first (the order of the Python reference, section "Operator precedence").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Prec {
    /// A bare tuple, a starred item, `yield`: only where a display or statement takes it.
    Tuple,
    Named,
    /// `lambda` and `a if b else c`.
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Unary,
    Power,
    Await,
    /// Names, calls, attributes, subscripts, displays, literals.
    Atom,
}

fn operator(op: ast::Operator) -> Prec {
    match op {
        ast::Operator::Add | ast::Operator::Sub => Prec::Arith,
        ast::Operator::Mult | ast::Operator::MatMult | ast::Operator::Div | ast::Operator::Mod | ast::Operator::FloorDiv => Prec::Term,
        ast::Operator::Pow => Prec::Power,
        ast::Operator::LShift | ast::Operator::RShift => Prec::Shift,
        ast::Operator::BitOr => Prec::BitOr,
        ast::Operator::BitXor => Prec::BitXor,
        ast::Operator::BitAnd => Prec::BitAnd,
    }
}

fn bool_operator(op: ast::BoolOp) -> Prec {
    match op {
        ast::BoolOp::And => Prec::And,
        ast::BoolOp::Or => Prec::Or,
    }
}

/// Binding strength of an expression as it stands in its source (without enclosing parentheses).
pub fn of(file: &SourceFile, expr: &ast::Expr) -> Prec {
    match expr {
        ast::Expr::Tuple(_) | ast::Expr::GeneratorExp(_) if ranges::is_bracketed(file, expr.range()) => Prec::Atom,
        _ => of_tree(expr),
    }
}

/// Binding strength by the tree alone: tuples and generators count as bare. For templates.
pub fn of_tree(expr: &ast::Expr) -> Prec {
    match expr {
        ast::Expr::Tuple(_) | ast::Expr::GeneratorExp(_) => Prec::Tuple,
        ast::Expr::Starred(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) | ast::Expr::Slice(_) => Prec::Tuple,
        ast::Expr::NamedExpr(_) => Prec::Named,
        ast::Expr::Lambda(_) | ast::Expr::IfExp(_) => Prec::Test,
        ast::Expr::BoolOp(e) => bool_operator(e.op),
        ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => Prec::Not,
        ast::Expr::UnaryOp(_) => Prec::Unary,
        ast::Expr::Compare(_) => Prec::Compare,
        ast::Expr::BinOp(e) => operator(e.op),
        ast::Expr::Await(_) => Prec::Await,
        ast::Expr::Constant(e) => match &e.value {
            // `1.real` and `-1 ** 2` read differently from what is meant.
            ast::Constant::Int(_) | ast::Constant::Float(_) | ast::Constant::Complex { .. } => Prec::Await,
            _ => Prec::Atom,
        },
        ast::Expr::Dict(_)
        | ast::Expr::Set(_)
        | ast::Expr::ListComp(_)
        | ast::Expr::SetComp(_)
        | ast::Expr::DictComp(_)
        | ast::Expr::Call(_)
        | ast::Expr::FormattedValue(_)
        | ast::Expr::JoinedStr(_)
        | ast::Expr::Attribute(_)
        | ast::Expr::Subscript(_)
        | ast::Expr::Name(_)
        | ast::Expr::List(_) => Prec::Atom,
    }
}

/// One step tighter: for the side of an operator that does not associate.
fn tighter(prec: Prec) -> Prec {
    match prec {
        Prec::Tuple => Prec::Named,
        Prec::Named => Prec::Test,
        Prec::Test => Prec::Or,
        Prec::Or => Prec::And,
        Prec::And => Prec::Not,
        Prec::Not => Prec::Compare,
        Prec::Compare => Prec::BitOr,
        Prec::BitOr => Prec::BitXor,
        Prec::BitXor => Prec::BitAnd,
        Prec::BitAnd => Prec::Shift,
        Prec::Shift => Prec::Arith,
        Prec::Arith => Prec::Term,
        Prec::Term => Prec::Unary,
        Prec::Unary => Prec::Power,
        Prec::Power => Prec::Await,
        Prec::Await | Prec::Atom => Prec::Atom,
    }
}

/// The loosest child that `parent` accepts where `child` stands.
pub fn slot(parent: Node<'_>, child: &ast::Expr) -> Prec {
    let is = |slot: &ast::Expr| std::ptr::eq(slot, child);
    match parent {
        Node::Stmt(stmt) => match stmt {
            ast::Stmt::Expr(_) | ast::Stmt::Return(_) | ast::Stmt::Assign(_) | ast::Stmt::AugAssign(_) => Prec::Tuple,
            ast::Stmt::For(s) if is(&s.iter) => Prec::Tuple,
            ast::Stmt::If(_) | ast::Stmt::While(_) => Prec::Named,
            _ => Prec::Test,
        },
        Node::Expr(expr) => match expr {
            ast::Expr::BoolOp(e) => tighter(bool_operator(e.op)),
            ast::Expr::NamedExpr(_) => Prec::Test,
            ast::Expr::BinOp(e) if e.op == ast::Operator::Pow => {
                if is(&e.left) {
                    Prec::Await
                } else {
                    Prec::Unary
                }
            }
            ast::Expr::BinOp(e) => {
                if is(&e.left) {
                    operator(e.op)
                } else {
                    tighter(operator(e.op))
                }
            }
            ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => Prec::Not,
            ast::Expr::UnaryOp(_) => Prec::Unary,
            ast::Expr::Lambda(_) => Prec::Test,
            ast::Expr::IfExp(e) if is(&e.orelse) => Prec::Test,
            ast::Expr::IfExp(_) => Prec::Or,
            ast::Expr::Compare(_) => Prec::BitOr,
            ast::Expr::Await(_) => Prec::Atom,
            ast::Expr::Call(e) if is(&e.func) => Prec::Atom,
            ast::Expr::Call(e) if e.keywords.iter().any(|keyword| is(&keyword.value)) => Prec::Test,
            ast::Expr::Attribute(_) => Prec::Atom,
            ast::Expr::Subscript(e) if is(&e.value) => Prec::Atom,
            ast::Expr::Subscript(_) => Prec::Tuple,
            ast::Expr::Starred(_) => Prec::BitOr,
            ast::Expr::ListComp(e) if is(&e.elt) => Prec::Named,
            ast::Expr::ListComp(_) | ast::Expr::SetComp(_) | ast::Expr::DictComp(_) | ast::Expr::GeneratorExp(_) => Prec::Or,
            ast::Expr::Call(_) | ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Set(_) => Prec::Named,
            ast::Expr::Dict(e) if e.keys.iter().zip(&e.values).any(|(key, value)| key.is_none() && is(value)) => Prec::BitOr,
            ast::Expr::JoinedStr(_) | ast::Expr::FormattedValue(_) => Prec::Test,
            ast::Expr::Dict(_) | ast::Expr::Slice(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => Prec::Test,
            ast::Expr::Constant(_) | ast::Expr::Name(_) => Prec::Atom,
        },
    }
}
