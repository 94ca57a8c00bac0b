//! `self.forward = self.fast`: PyTorch finds `forward` on the object, MLX finds `__call__` on the class. The class gets a `__call__` that looks
//! `forward` up, which keeps its name.

use t2m_semantic::ClassId;
use t2m_semantic::classes::assigns_forward;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "replaced-forward", doc: include_str!("replaced_forward.md"), hook: Hook::Stmt(method) };

/// Whether objects of this class may have a `forward` of their own, and all of its bases know.
pub(super) fn dispatches(cx: &Cx<'_>, class: ClassId) -> bool {
    owner(cx, class).is_some()
}

/// The outermost class that sets `self.forward`: where `__call__` belongs.
fn owner(cx: &Cx<'_>, class: ClassId) -> Option<ClassId> {
    if !receiver::makes_modules(cx, class) {
        return None;
    }
    let facts = cx.project_facts;
    let mro = &facts.class(class).mro;
    let at = mro.iter().rposition(|base| facts.class(*base).replaces_forward)?;
    let has_own_forward = |base: &ClassId| facts.class(*base).methods.contains_key("forward");
    let calls_itself = mro.iter().any(|base| facts.class(*base).methods.contains_key("__call__"));
    // A layer of PyTorch's has a `forward` that the port can't name.
    let is_plain = facts.class(class).library_bases.iter().all(|base| base == "torch.nn.Module");
    let is_free = is_plain || mro[..=at].iter().any(has_own_forward);
    (is_free && !calls_itself && !mro[at + 1..].iter().any(has_own_forward)).then(|| mro[at])
}

fn method<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::FunctionDef(def) = stmt else { return None };
    let class = receiver::class_of_body(cx, stmt)?;
    if owner(cx, class) != Some(class) {
        return None;
    }
    let is_place = match cx.project_facts.class(class).methods.contains_key("forward") {
        true => def.name.as_str() == "forward",
        false => is_first_setter(cx, stmt),
    };
    is_place.then(|| {
        let mut claim = StmtClaim::keep();
        claim.decision.after = vec![
            Vec::new(),
            vec![
                Piece::text("def __call__(self, *args, **kwargs):"),
                Piece::NewLine(1),
                Piece::text("return self.forward(*args, **kwargs)"),
            ],
        ];
        claim
    })
}

/// The first method of its class that sets `self.forward`.
fn is_first_setter<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let Some(Node::Stmt(ast::Stmt::ClassDef(class))) = cx.parent(stmt) else { return false };
    class.body.iter().find(|stmt| assigns_forward(stmt)).is_some_and(|first| std::ptr::eq(first, stmt))
}
