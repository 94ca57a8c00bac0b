//! The shapes of expressions that rules ask for: most nodes are names, which concern few rules.

use std::sync::LazyLock;

use t2m_syntax::{Node, ast};

use super::{ExprHook, Hook, RULES, StmtHook, SuiteHook};
use crate::cx::Cx;

/// Which sort of expression a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A name that stands for something of a library, of the project or of Python: no local value.
    Name,
    /// A local value's name that is an argument of a call, or an operand in one.
    Argument,
    Attribute,
    Call,
    Subscript,
    Constant,
    /// Operators, comparisons, `and`, `or`, `not`.
    Operation,
    /// `a if b else c`, comprehensions, displays, and all that is rare.
    Other,
}

const SHAPES: usize = Shape::Other as usize + 1;

/// By shape, in the order of precedence: the rule's name and its hook.
type ByShape = [Vec<(&'static str, ExprHook)>; SHAPES];

static BY_SHAPE: LazyLock<ByShape> = LazyLock::new(|| {
    let mut by_shape = ByShape::default();
    for rule in RULES {
        if let Hook::Expr(shapes, hook) = rule.hook {
            shapes.iter().for_each(|shape| by_shape[*shape as usize].push((rule.name, hook)));
        }
    }
    by_shape
});

/// The rules about statements, and those about suites: asked of each, and most of all rules are about expressions.
pub(crate) static ABOUT_STATEMENTS: LazyLock<Vec<(&'static str, StmtHook)>> = LazyLock::new(|| {
    RULES.iter().filter_map(|rule| if let Hook::Stmt(hook) = rule.hook { Some((rule.name, hook)) } else { None }).collect()
});

pub(crate) static ABOUT_SUITES: LazyLock<Vec<(&'static str, SuiteHook)>> = LazyLock::new(|| {
    RULES.iter().filter_map(|rule| if let Hook::Suite(hook) = rule.hook { Some((rule.name, hook)) } else { None }).collect()
});

impl Shape {
    fn of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Self> {
        Some(match expr {
            ast::Expr::Name(_) if cx.entity(expr).is_some() => Self::Name,
            ast::Expr::Name(_) => {
                return matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(_) | ast::Expr::BinOp(_)))).then_some(Self::Argument);
            }
            ast::Expr::Attribute(_) => Self::Attribute,
            ast::Expr::Call(_) => Self::Call,
            ast::Expr::Subscript(_) => Self::Subscript,
            ast::Expr::Constant(_) => Self::Constant,
            ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::BoolOp(_) | ast::Expr::Compare(_) => Self::Operation,
            _ => Self::Other,
        })
    }
}

/// The rules to ask about an expression; `None` where neither a rule nor a row can have anything to say.
pub(crate) fn rules_for<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'static [(&'static str, ExprHook)]> {
    Shape::of(cx, expr).map(|shape| BY_SHAPE[shape as usize].as_slice())
}
