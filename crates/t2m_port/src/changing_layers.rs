//! Whether what is called is a layer that changes what it is given: `self.act`, `self.acts[0]`, `act` of `for act in self.acts`, and a `Sequential`
//! whose first layer does.

use t2m_semantic::{ClassId, FileFacts};
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::inplace_layers::changes_input;
use crate::survey::Store;
use crate::{receiver, views};

/// What makes layers, and the file in which that stands.
type Made<'a> = (&'a ast::Expr, &'a FileFacts);

/// Names of names are followed no further.
const DEEPEST: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// What it gives is what it was given: one layer.
    Result,
    /// Others compute with that: `nn.Sequential(nn.ReLU(inplace=True), nn.Linear(2, 2))`.
    Input,
}

pub(crate) fn change_of_argument<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> Option<Change> {
    // Most calls are those of functions and methods.
    if cx.entity(func).is_some() || !cx.shared.survey.makes_changing_layers() {
        return None;
    }
    makers(cx, func, DEEPEST).into_iter().find_map(|made| change(cx, made))
}

/// Whether an attribute of a class is such a layer.
pub(crate) fn is_changing_attribute(cx: &Cx<'_>, class: ClassId, attr: &str) -> bool {
    cx.shared.survey.makes_changing_layers() && stored(cx, class, attr).into_iter().any(|made| change(cx, made).is_some())
}

/// The calls that may have made what is called.
fn makers<'a>(cx: &Cx<'a>, func: &'a ast::Expr, depth: usize) -> Vec<Made<'a>> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    match func {
        ast::Expr::Call(_) => vec![(func, cx.facts)],
        ast::Expr::Attribute(layer) => receiver::class_of(cx, &layer.value).map(|class| stored(cx, class, &layer.attr)).unwrap_or_default(),
        ast::Expr::Subscript(item) => {
            let at = receiver::number(&item.slice).filter(|at| *at >= 0.0);
            let layers = makers(cx, &item.value, depth);
            layers.into_iter().flat_map(|(made, facts)| items(made, at.map(|at| at as usize)).map(move |item| (item, facts))).collect()
        }
        ast::Expr::Name(name) => {
            let mut found = Vec::new();
            for (node, value) in views::bindings(views::enclosing_body(cx, func), &name.id) {
                match node {
                    Node::Stmt(ast::Stmt::For(walk)) => {
                        let walked = views::walked_by(cx, &walk.target, value, &name.id).map(|walked| makers(cx, walked, depth));
                        let all = walked.into_iter().flatten();
                        found.extend(all.flat_map(|(made, facts)| items(made, None).map(move |item| (item, facts))));
                    }
                    _ => found.extend(makers(cx, value, depth)),
                }
            }
            found
        }
        ast::Expr::List(_) | ast::Expr::Tuple(_) => vec![(func, cx.facts)],
        ast::Expr::IfExp(choice) => [&*choice.body, &*choice.orelse].into_iter().flat_map(|made| makers(cx, made, depth)).collect(),
        _ => Vec::new(),
    }
}

/// What a class puts into an attribute.
fn stored<'a>(cx: &Cx<'a>, class: ClassId, attr: &str) -> Vec<Made<'a>> {
    let facts = cx.project_facts;
    let mut found = Vec::new();
    // Most names are those of methods, and some families have a thousand classes.
    if cx.shared.survey.storing(attr).is_empty() {
        return found;
    }
    for class in receiver::family(cx, class) {
        let of_file = facts.file(facts.class(class).file);
        for store in cx.shared.survey.stores(class, attr) {
            match store {
                Store::Whole(ast::Expr::IfExp(choice)) => found.extend([(&*choice.body, of_file), (&*choice.orelse, of_file)]),
                Store::Whole(value) => found.push((*value, of_file)),
                _ => {}
            }
        }
    }
    found
}

/// The layers of `nn.ModuleList([a, b])`, `nn.Sequential(a, b)`, `[a, b]`, or the one at a place.
fn items(made: &ast::Expr, at: Option<usize>) -> impl Iterator<Item = &ast::Expr> {
    let all = match made {
        ast::Expr::Call(call) => match call.args.first() {
            Some(ast::Expr::List(list)) => list.elts.as_slice(),
            // `[nn.ReLU(inplace=True) for _ in range(3)]`
            Some(ast::Expr::ListComp(comp)) => std::slice::from_ref(&*comp.elt),
            _ => call.args.as_slice(),
        },
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.as_slice(),
        _ => &[],
    };
    let is_written_out = all.iter().all(|item| !item.is_starred_expr()) && all.len() > 1;
    all.iter().enumerate().filter(move |(own, _)| !is_written_out || at.is_none_or(|at| at == *own)).map(|(_, item)| item)
}

/// `nn.ReLU(inplace=True)`, `nn.Sequential(nn.ReLU(inplace=True), nn.Linear(2, 2))`
fn change(cx: &Cx<'_>, (made, facts): Made<'_>) -> Option<Change> {
    let ast::Expr::Call(call) = made else { return None };
    match facts.qualified(&call.func)? {
        "torch.nn.Sequential" => items(made, None).next().and_then(|first| change(cx, (first, facts))).map(|_| Change::Input),
        _ => changes_input(cx, facts, call).then_some(Change::Result),
    }
}
