//! What binds the names of a body, and what puts something into what they stand for: found once for each body, asked for name by name.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use t2m_syntax::ast;
use t2m_syntax::node;

use crate::cx::Cx;
use crate::{held_views, placed};

/// A statement that gives a name, or an item of what it stands for, a value.
#[derive(Clone, Copy)]
pub(crate) struct Binding<'a> {
    pub(crate) stmt: &'a ast::Stmt,
    pub(crate) value: &'a ast::Expr,
    pub(crate) way: Way<'a>,
}

#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// The target is the name, or has it in it; a loop binds it to one item of the value after the other.
    Target { target: &'a ast::Expr, is_items: bool },
    /// `with value as target`
    Entered { target: &'a ast::Expr },
    /// What the name stands for gets the value, or its items, under a key.
    Put { key: Option<&'a ast::Expr>, is_items: bool },
    /// `(name := value)`
    Named,
}

pub(crate) type Bindings<'a> = FxHashMap<&'a str, Vec<Binding<'a>>>;

/// All bindings of the body and of what is nested in it, by name, in source order.
pub(crate) fn of_body<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> Rc<Bindings<'a>> {
    cx.body_bindings.get(body, || find(cx, body))
}

fn find<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> Bindings<'a> {
    let mut names = Bindings::default();
    let has_walrus = cx.text_has(":=");
    node::statements(body, &mut |stmt| {
        let stored = held_views::stored(stmt).map(|(target, value, is_items)| (target, value, Way::Target { target, is_items }));
        let entered = held_views::entered(stmt).map(|(target, value)| (target, value, Way::Entered { target }));
        for (target, value, way) in stored.chain(entered) {
            let mut bind = |name| names.entry(name).or_default().push(Binding { stmt, value, way });
            if let ast::Expr::Name(name) = target {
                bind(name.id.as_str());
            } else {
                let mut bound = Vec::new();
                names_in(target, &mut bound);
                bound.into_iter().for_each(bind);
            }
        }
        placed::placed(cx, stmt, &mut |placed| {
            if let ast::Expr::Name(name) = placed.holder {
                let way = Way::Put { key: placed.key, is_items: placed.is_items };
                names.entry(name.id.as_str()).or_default().push(Binding { stmt, value: placed.value, way });
            }
        });
        if has_walrus {
            placed::named(stmt, &mut |target, value| {
                if let ast::Expr::Name(name) = target {
                    names.entry(name.id.as_str()).or_default().push(Binding { stmt, value, way: Way::Named });
                }
            });
        }
    });
    names
}

/// The names that a target binds, each once.
fn names_in<'a>(target: &'a ast::Expr, names: &mut Vec<&'a str>) {
    match target {
        ast::Expr::Name(name) if !names.contains(&name.id.as_str()) => names.push(name.id.as_str()),
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            elts.iter().for_each(|elt| names_in(elt, names));
        }
        ast::Expr::Starred(starred) => names_in(&starred.value, names),
        _ => {}
    }
}
