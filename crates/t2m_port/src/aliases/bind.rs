//! Names that a statement binds to what a parameter stands for, or to parts of it.

use t2m_syntax::ast;

use super::{Flow, Names, either};
use crate::views;

impl<'f> Flow<'_, '_, 'f> {
    pub(super) fn bind(&self, target: &'f ast::Expr, value: &'f ast::Expr, names: &mut Names<'f>) {
        let before = names.clone();
        self.bind_from(target, value, &before, names);
    }

    pub(super) fn bind_from(&self, target: &'f ast::Expr, value: &'f ast::Expr, before: &Names<'f>, names: &mut Names<'f>) {
        match target {
            ast::Expr::Name(name) => {
                names.retain(|(known, _)| *known != name.id.as_str());
                names.extend(self.aliases(value, before).into_iter().map(|alias| (name.id.as_str(), alias)));
            }
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
                // Rows of a tensor, or the items of a container that the caller passed.
                let mut items = if value.is_name_expr() { self.aliases(value, before) } else { Vec::new() };
                items.iter_mut().for_each(|alias| (alias.is_item, alias.is_packed) = (true, false));
                for target in elts {
                    let target = if let ast::Expr::Starred(starred) = target { &*starred.value } else { target };
                    let ast::Expr::Name(name) = target else { continue };
                    names.retain(|(known, _)| *known != name.id.as_str());
                    names.extend(items.iter().map(|alias| (name.id.as_str(), *alias)));
                }
            }
            _ => {}
        }
    }

    /// `for part in parts`, `for part in (first, second)`, `for i, part in enumerate(parts)`
    pub(super) fn bind_items(&self, target: &'f ast::Expr, iter: &'f ast::Expr, names: &mut Names<'f>) {
        match (target, iter) {
            (_, ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. })) => {
                let before = names.clone();
                let mut all = Names::new();
                for value in elts {
                    for (target, value) in views::pairs_of(target, value) {
                        let mut turn = before.clone();
                        self.bind_from(target, value, &before, &mut turn);
                        all = either(Some(all), Some(turn)).unwrap_or_default();
                    }
                }
                *names = all;
            }
            (_, ast::Expr::Call(call)) => match (target, &*call.func) {
                (ast::Expr::Tuple(targets), ast::Expr::Name(builtin)) if builtin.id.as_str() == "zip" => {
                    targets.elts.iter().zip(&call.args).for_each(|(target, arg)| self.bind_items(target, arg, names));
                }
                (ast::Expr::Tuple(targets), ast::Expr::Name(builtin)) if builtin.id.as_str() == "enumerate" => {
                    let pair = targets.elts.get(1).zip(call.args.first());
                    pair.into_iter().for_each(|(target, arg)| self.bind_items(target, arg, names));
                }
                // `parts.values()`, `parts.items()`
                (_, ast::Expr::Attribute(method)) => {
                    let item = match (target, method.attr.as_str()) {
                        (item, "values") => Some(item),
                        (ast::Expr::Tuple(pair), "items") => pair.elts.get(1),
                        _ => None,
                    };
                    match item {
                        Some(item) => self.bind_item(item, &method.value, names),
                        None => self.bind_item(target, iter, names),
                    }
                }
                _ => self.bind_item(target, iter, names),
            },
            _ => self.bind_item(target, iter, names),
        }
    }

    pub(super) fn bind_item(&self, target: &'f ast::Expr, value: &'f ast::Expr, names: &mut Names<'f>) {
        self.bind(target, value, names);
        names
            .iter_mut()
            .filter(|(name, _)| views::is_same_name(target, name))
            .for_each(|(_, alias)| (alias.is_item, alias.is_packed) = (true, false));
    }
}
