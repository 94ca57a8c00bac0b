//! A weight that code which is differentiated changes without a gradient: `self.scale.data.copy_(x)` in `forward`.
//!
//! PyTorch takes the gradient of what is computed with the new values for the weight itself. An assignment in MLX makes the weight a function of what is
//! assigned, which loses that gradient: `compat.assign_data_` lets it pass by.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::no_grad::{in_place_receiver, is_without_gradient};
use super::{Hook, Rule, index};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::reached::is_in_loss;
use crate::receiver;
use crate::storage;
use crate::survey::Store;

pub(super) const RULE: Rule = Rule { name: "weight-data", doc: include_str!("weight_data.md"), hook: Hook::Stmt(written) };

fn written<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let weight = weight(cx, stmt)?;
    let is_own = is_own(weight);
    match stmt {
        // The rows of in-place methods store these.
        ast::Stmt::Expr(_) if is_own && is_by_method(stmt) => None,
        ast::Stmt::Assign(assign) if is_own && matches!(&assign.targets[..], [ast::Expr::Attribute(_)]) => {
            Some(by_helper(cx, "set_data", weight, vec![Piece::Expr(&assign.value, Prec::Test)]))
        }
        ast::Stmt::AugAssign(assign) if is_own && !matches!(&*assign.target, ast::Expr::Subscript(_)) => {
            let op = Piece::text(format!(" {} ", index::sign(assign.op)));
            let value = vec![Piece::Expr(weight, Prec::Atom), op, Piece::Expr(&assign.value, Prec::Power)];
            Some(by_helper(cx, "assign_data_", weight, value))
        }
        _ => {
            let name = cx.snippet(weight);
            let reason = format!(
                "this changes `{name}` without a gradient inside of code that is differentiated; in MLX the gradient would follow the change"
            );
            let finding = Finding::todo(codes::NO_GRAD_CHANGE, stmt.range(), reason);
            Some(StmtClaim::todo(finding.help(format!("change `{name}` after the optimizer's update instead"))))
        }
    }
}

/// The weight whose values a statement changes without a gradient, where gradients may be taken of it meanwhile.
pub(crate) fn weight<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let target = match stmt {
        _ if let Some(owner) = storage::written_without_gradient(cx, stmt) => owner,
        ast::Stmt::Expr(statement) => in_place_receiver(&statement.value)?,
        ast::Stmt::AugAssign(assign) => &assign.target,
        _ => return None,
    };
    let is_named = |attribute: &ast::ExprAttribute| matches!(attribute.attr.as_str(), "weight" | "bias");
    let is_weight = cx.kind(target) == Kind::Parameter
        || matches!(target, ast::Expr::Attribute(attribute) if is_named(attribute) || may_be_parameter(cx, attribute));
    let function = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(up @ (ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))) => Some(up),
        _ => None,
    })?;
    (is_weight && is_in_loss(cx, function) && is_without_gradient(cx, stmt)).then_some(target)
}

/// Whether some class of the family makes the attribute a parameter, whatever it is elsewhere: `if learned: self.s = nn.Parameter(s)`, `else: self.register_buffer("s", s)`.
fn may_be_parameter<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> bool {
    let Some(class) = receiver::self_class(cx, &attribute.value) else { return false };
    receiver::family(cx, class).any(|class| {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let stores = cx.shared.survey.stores(class, &attribute.attr);
        stores.iter().any(|store| matches!(store, Store::Whole(value) if receiver::parameter(facts, value).is_some()))
    })
}

/// Whether it is a weight of a module that runs here. One that a loop over all parameters changes may have been used already: PyTorch's gradients of what was
/// computed with it then mix old and new values.
pub(crate) fn is_own(weight: &ast::Expr) -> bool {
    matches!(weight, ast::Expr::Attribute(_))
}

/// `self.scale.data.clamp_(0)`, but not of a part: `self.scale.data[0].fill_(0)`.
fn is_by_method(stmt: &ast::Stmt) -> bool {
    let ast::Stmt::Expr(statement) = stmt else { return false };
    let mut receiver = in_place_receiver(&statement.value);
    while let Some(ast::Expr::Attribute(attribute)) = receiver {
        receiver = Some(&attribute.value);
    }
    matches!(receiver, Some(ast::Expr::Name(_)))
}

/// `compat.HELPER(weight, value)`
fn by_helper<'a>(cx: &Cx<'a>, helper: &str, weight: &'a ast::Expr, value: Vec<Piece<'a>>) -> StmtClaim<'a> {
    let (helper, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(weight, Prec::Named), Piece::text(", ")];
    pieces.extend(value);
    pieces.push(Piece::text(")"));
    StmtClaim::replace(pieces).uses(uses)
}
