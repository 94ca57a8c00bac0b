//! `copy.deepcopy(layer)`: Python copies neither MLX's functions nor its dtypes, which modules keep: `self.activation = F.relu`.

use rustc_hash::FxHashSet;
use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule, Shape, tied_weight};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "module-copy", doc: include_str!("module_copy.md"), hook: Hook::Expr(&[Shape::Call], copied) };
pub(super) const SHALLOW: Rule =
    Rule { name: "module-copy", doc: include_str!("module_copy.md"), hook: Hook::Expr(&[Shape::Call], copied_shallow) };

/// `copy.copy(layer)`: what is set on the copy is set on the original too, where it is a parameter, a buffer or a module. A tensor's copy shares its memory,
/// which in MLX the array itself alone does.
fn copied_shallow<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = cx.call_of(expr, "copy.copy")?;
    let ([module], []) = (&call.args[..], &call.keywords[..]) else { return None };
    if tied_weight::is_parameter(&cx.kind(module)) {
        let reason = "the copy is a parameter of its own on the memory of the original: MLX's arrays share none";
        let finding = Finding::todo(codes::TIED_WEIGHT, expr.range(), reason);
        return Some(Claim::todo(finding.help("tie them by `compat.tie_weights(module, target, source)`, or write `copy.deepcopy`")));
    }
    if cx.kind(module).is_tensor() && matches!(module, ast::Expr::Name(_) | ast::Expr::Attribute(_)) {
        return Some(Claim::build(vec![Piece::Expr(module, Prec::Atom)], Prec::Atom));
    }
    let reason =
        "a shallow copy shares the dicts of parameters, buffers and submodules with the original in PyTorch; in MLX it has its own";
    cx.project_facts.is_module(&cx.kind(module)).then(|| {
        let finding = Finding::todo(codes::UNSUPPORTED, expr.range(), reason);
        Claim::todo(finding.help("what is set on the copy stays there: set it on the original too, or write `copy.deepcopy`"))
    })
}

fn copied<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = cx.call_of(expr, "copy.deepcopy")?;
    let ([module], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let kind = cx.kind(module);
    let is_concerned = match kind {
        Kind::Unknown => is_listed_as_module(cx, expr),
        kind => cx.project_facts.is_module(&kind) && may_hold_function(cx, &kind, &mut FxHashSet::default()),
    };
    is_concerned.then(|| {
        let (helper, uses) = cx.member(Module::Compat, "clone_module");
        Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses)
    })
}

/// Ex) `nn.ModuleList([copy.deepcopy(layer) for _ in range(n)])`
fn is_listed_as_module<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let up = match cx.parent(expr) {
        Some(Node::Expr(up @ (ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::List(_)))) => up,
        _ => return false,
    };
    let Some(Node::Expr(list)) = cx.parent(up) else { return false };
    ["torch.nn.ModuleList", "torch.nn.Sequential"].iter().any(|class| cx.call_of(list, class).is_some())
}

/// Whether a value may be, or hold, a function or dtype of MLX.
fn may_hold_function(cx: &Cx<'_>, kind: &Kind, seen: &mut FxHashSet<ClassId>) -> bool {
    match kind {
        Kind::Unknown | Kind::Module | Kind::Sequential | Kind::Name(_) | Kind::DType => true,
        Kind::Layer(name) => name.as_static().starts_with("torch.nn.Transformer") || *name == "torch.nn.Module",
        Kind::Optional(inner)
        | Kind::List(inner)
        | Kind::Dict(inner)
        | Kind::Seq(inner)
        | Kind::ModuleList(inner)
        | Kind::ModuleDict(inner) => may_hold_function(cx, inner, seen),
        Kind::Tuple(items) => items.iter().any(|item| may_hold_function(cx, item, seen)),
        Kind::Instance(class) => {
            let classes: Vec<ClassId> = receiver::family(cx, *class).filter(|class| seen.insert(*class)).collect();
            classes
                .into_iter()
                .any(|class| cx.project_facts.class(class).attrs.values().any(|fact| may_hold_function(cx, &fact.kind, seen)))
        }
        _ => false,
    }
}
