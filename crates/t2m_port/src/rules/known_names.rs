//! Texts that a name may hold, where they are written in the file: `for name in ("mean", "std")`, `kind = "max"`, `STATS = ["mean", "std"]`.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::{receiver, views};

/// All texts that an expression may be, if they are known.
pub(super) fn known_names<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> Option<Vec<&'a str>> {
    match name {
        ast::Expr::IfExp(choice) => Some([known_names(cx, &choice.body)?, known_names(cx, &choice.orelse)?].concat()),
        ast::Expr::Name(variable) => match walked_by(cx, variable, name) {
            Some(items) => texts(cx, items),
            None if receiver::is_parameter_around(cx, name, &variable.id) => None,
            None => {
                let own = views::bindings(views::enclosing_body(cx, name), &variable.id);
                let all = if own.is_empty() {
                    vec![&*cx.only_assignment(&variable.id)?.value]
                } else {
                    own.into_iter().map(|(_, value)| value).collect()
                };
                all.into_iter().map(receiver::string).collect()
            }
        },
        _ => Some(vec![receiver::string(name)?]),
    }
}

/// What the loop or comprehension around goes through that binds the name.
pub(super) fn walked_by<'a>(cx: &Cx<'a>, variable: &ast::ExprName, name: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let is_it = |target: &ast::Expr| matches!(target, ast::Expr::Name(target) if target.id == variable.id);
    cx.ancestors(Node::Expr(name)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(walk)) if is_it(&walk.target) => Some(&*walk.iter),
        Node::Expr(
            ast::Expr::ListComp(ast::ExprListComp { generators, .. })
            | ast::Expr::SetComp(ast::ExprSetComp { generators, .. })
            | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. })
            | ast::Expr::DictComp(ast::ExprDictComp { generators, .. }),
        ) => generators.iter().find(|all| is_it(&all.target)).map(|all| &all.iter),
        _ => None,
    })
}

/// The texts of a list that is written there, or at the one place that gives its name a value.
fn texts<'a>(cx: &Cx<'a>, items: &'a ast::Expr) -> Option<Vec<&'a str>> {
    let written = match items {
        ast::Expr::Name(name) => &cx.only_assignment(&name.id)?.value,
        ast::Expr::Attribute(attribute) => of_class(cx, attribute)?,
        _ => items,
    };
    let (ast::Expr::Tuple(ast::ExprTuple { elts, .. })
    | ast::Expr::List(ast::ExprList { elts, .. })
    | ast::Expr::Set(ast::ExprSet { elts, .. })) = written
    else {
        return None;
    };
    elts.iter().map(receiver::string).collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty())
}

/// `self.STATS`: what the body of the class gives the name, in this file.
fn of_class<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> Option<&'a ast::Expr> {
    let class = receiver::self_class(cx, &attribute.value)?;
    let info = cx.project_facts.class(class);
    let is_it = |stmt: &&'a ast::Stmt| matches!(stmt, ast::Stmt::ClassDef(def) if def.range() == info.range);
    let ast::Stmt::ClassDef(def) = cx.file.suite.iter().find(is_it)? else { return None };
    def.body.iter().find_map(|stmt| {
        let (target, value) = receiver::assignment(stmt)?;
        matches!(target, ast::Expr::Name(name) if name.id == attribute.attr).then_some(value)
    })
}
