//! `conv = torch.conv2d` in a class body: PyTorch's function is built in, and an attribute of an object gives it as it is. What stands for it in the
//! port is a Python function, which would take the object as its first argument.

use t2m_semantic::tables::Section;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, TextRange};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "class-function", doc: include_str!("class_function.md"), hook: Hook::Stmt(assigned) };

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Name(_), value) = receiver::assignment(stmt)? else { return None };
    let name = cx.qualified(value)?;
    let is_function = cx.tables.lookup(name).next().is_some_and(|(row, signature)| row.section == Section::Function && !signature.is_bare);
    let Node::Stmt(ast::Stmt::ClassDef(class)) = cx.parent(stmt)? else { return None };
    // A field of a dataclass is set on each object, where nothing is bound.
    if !is_function || !class.decorator_list.is_empty() {
        return None;
    }
    let (start, end) = (TextRange::empty(value.range().start()), TextRange::empty(value.range().end()));
    Some(StmtClaim::edit(vec![Edit::text(start, "staticmethod("), Edit::text(end, ")")]))
}
