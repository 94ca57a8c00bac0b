//! What an expression of a function may stand for: a parameter, or a view of one.

use t2m_semantic::Kind;
use t2m_syntax::ast;

use super::{Alias, Flow, Names, Owner};
use crate::passed_flags;
use crate::view_names::VIEWS;
use crate::{storage, views};

impl Flow<'_, '_, '_> {
    /// What an expression may stand for.
    pub(super) fn aliases(&self, expr: &ast::Expr, names: &Names<'_>) -> Vec<Alias> {
        let mut found = Vec::new();
        self.search(expr, names, false, &mut found);
        found
    }

    pub(super) fn search(&self, expr: &ast::Expr, names: &Names<'_>, is_view: bool, found: &mut Vec<Alias>) {
        match expr {
            ast::Expr::Name(name) => {
                let own = names.iter().filter(|(known, _)| *known == name.id.as_str()).map(|(_, alias)| alias);
                found.extend(own.map(|alias| Alias { is_view: is_view || alias.is_view, ..*alias }));
            }
            ast::Expr::NamedExpr(named) => self.search(&named.value, names, is_view, found),
            ast::Expr::IfExp(choice) => {
                let truth = passed_flags::truth(self.flags, self.function, &choice.test);
                if truth != Some(false) {
                    self.search(&choice.body, names, is_view, found);
                }
                if truth != Some(true) {
                    self.search(&choice.orelse, names, is_view, found);
                }
            }
            ast::Expr::BoolOp(e) => e.values.iter().for_each(|value| self.search(value, names, is_view, found)),
            ast::Expr::Attribute(e) if self.is_held(expr, e) => found.push(Alias { is_view, ..Alias::of(Owner::Member) }),
            ast::Expr::Attribute(e) if e.attr.as_str() == "data" => self.search(&e.value, names, is_view, found),
            ast::Expr::Attribute(e) if VIEWS.attributes.contains(e.attr.as_str()) => self.search(&e.value, names, true, found),
            ast::Expr::Subscript(item) if self.is_packed(&item.value, names) => {
                let known = found.len();
                self.search(&item.value, names, is_view, found);
                found[known..].iter_mut().for_each(|alias| (alias.is_item, alias.is_packed) = (true, false));
            }
            ast::Expr::Subscript(item) if self.is_part_of_object(item) => found.push(Alias { is_view: true, ..Alias::of(Owner::Member) }),
            ast::Expr::Subscript(item) if views::is_written_index(&item.slice) || self.facts.fact(&item.slice).kind == Kind::Int => {
                self.search(&item.value, names, true, found);
            }
            ast::Expr::Call(call) => self.given(call, names, is_view, found),
            _ => {}
        }
    }

    /// What a call gives.
    pub(super) fn given(&self, call: &ast::ExprCall, names: &Names<'_>, is_view: bool, found: &mut Vec<Alias>) {
        if let Some(name) = self.facts.qualified(&call.func) {
            if VIEWS.functions.contains(name) {
                views::first_argument(call).into_iter().for_each(|arg| self.search(arg, names, true, found));
            }
            return;
        }
        if let Some(callee) = self.callee(call) {
            let passed = self.passed(callee, call, names);
            let is_own = callee.object(call).is_some_and(|object| self.is_object(object));
            if passed.is_empty() && !is_own {
                return;
            }
            for given in &self.summary(callee, call).returned {
                let is_view = is_view || given.is_view;
                match given.owner {
                    Owner::Parameter(at) => {
                        let own = passed.iter().filter(|(param, _)| *param == at).flat_map(|(_, aliases)| aliases);
                        found.extend(own.map(|alias| Alias { is_view: is_view || alias.is_view, ..*alias }));
                    }
                    Owner::Member if is_own => found.push(Alias { is_view, ..Alias::of(Owner::Member) }),
                    Owner::Member => {}
                }
            }
            return;
        }
        let ast::Expr::Attribute(method) = &*call.func else { return };
        let name = method.attr.as_str();
        if name == "detach" || storage::is_in_place(name) || views::gives_tensor(self.cx, name) {
            self.search(&method.value, names, is_view, found);
        } else if VIEWS.methods.contains(name) {
            self.search(&method.value, names, true, found);
        }
    }
}
