//! `copy.deepcopy(config)`, `asdict(config)`, `pickle.dumps(config)`: Python neither copies nor pickles the dtypes of MLX.

use rustc_hash::FxHashSet;
use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "dtype-copy", doc: include_str!("dtype_copy.md"), hook: Hook::Expr(&[Shape::Call], copied) };

const COPIES: &[&str] = &["copy.deepcopy", "dataclasses.asdict", "dataclasses.astuple", "pickle.dump", "pickle.dumps"];

fn copied<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = COPIES.iter().find_map(|name| cx.call_of(expr, name))?;
    let value = call.args.first().filter(|value| !value.is_starred_expr())?;
    if !holds_dtype(cx, value) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "copyable");
    let pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(value, Prec::Test), Piece::text(")")];
    Some(Claim::edit(vec![Edit::new(value.range(), pieces)]).uses(uses))
}

/// A dict of many kinds of values has no kind that tells of one of them, so displays are looked into: those that are written there, and those of a name.
fn holds_dtype<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let named = match value {
        ast::Expr::Name(name) => cx.only_assignment(&name.id).map(|assign| &*assign.value),
        _ => None,
    };
    [Some(value), named].into_iter().flatten().any(|value| display_holds_dtype(cx, value))
}

fn display_holds_dtype<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Dict(dict) => dict.values.iter().any(|item| display_holds_dtype(cx, item)),
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().any(|item| display_holds_dtype(cx, item))
        }
        ast::Expr::Call(call) if cx.is_qualified(&call.func, "dict") => call.keywords.iter().any(|kw| display_holds_dtype(cx, &kw.value)),
        value => kind_holds_dtype(cx, &cx.kind(value), &mut FxHashSet::default()),
    }
}

fn kind_holds_dtype(cx: &Cx<'_>, kind: &Kind, seen: &mut FxHashSet<ClassId>) -> bool {
    match kind {
        Kind::DType => true,
        Kind::Optional(inner) | Kind::List(inner) | Kind::Dict(inner) | Kind::Seq(inner) => kind_holds_dtype(cx, inner, seen),
        Kind::Tuple(items) => items.iter().any(|item| kind_holds_dtype(cx, item, seen)),
        Kind::Instance(class) => {
            let classes: Vec<ClassId> = receiver::family(cx, *class).filter(|class| seen.insert(*class)).collect();
            classes.into_iter().any(|class| cx.project_facts.class(class).attrs.values().any(|fact| kind_holds_dtype(cx, &fact.kind, seen)))
        }
        _ => false,
    }
}
