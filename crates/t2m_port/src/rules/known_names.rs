//! Texts that a name may hold, where they are written in the file: `for name in ("mean", "std")`, `kind = "max"`, `STATS = ["mean", "std"]`.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::safe_names::{class_body, is_call_of, only_reads, stores};
use crate::body_bindings::{self, Way};
use crate::cx::Cx;
use crate::{receiver, views};

/// What an expression may be.
pub(super) struct Names<'a> {
    pub(super) texts: Vec<&'a str>,
    /// It may be nothing else.
    pub(super) are_all: bool,
}

impl<'a> Names<'a> {
    const NONE: Self = Self { texts: Vec::new(), are_all: false };

    /// Those of expressions that are texts.
    fn of(values: impl IntoIterator<Item = &'a ast::Expr>) -> Self {
        let mut names = Self { texts: Vec::new(), are_all: true };
        for value in values {
            names = names.or(match receiver::string(value) {
                Some(text) => Self { texts: vec![text], are_all: true },
                None => Self::NONE,
            });
        }
        names
    }

    fn or(mut self, other: Self) -> Self {
        self.texts.extend(other.texts);
        Self { texts: self.texts, are_all: self.are_all && other.are_all }
    }

    fn only_if(self, are_all: bool) -> Self {
        Self { are_all: self.are_all && are_all, ..self }
    }
}

/// The texts that an expression may be, as far as they are written.
pub(super) fn known_names<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> Names<'a> {
    match name {
        ast::Expr::IfExp(choice) => known_names(cx, &choice.body).or(known_names(cx, &choice.orelse)),
        ast::Expr::Name(variable) => of_variable(cx, variable, name),
        // `names[i]`
        ast::Expr::Subscript(item) => items(cx, &item.value, None),
        _ => Names::of([name]),
    }
}

fn of_variable<'a>(cx: &Cx<'a>, variable: &'a ast::ExprName, name: &'a ast::Expr) -> Names<'a> {
    let id = variable.id.as_str();
    let bound = |body: &'a [ast::Stmt]| {
        Names::of(
            views::bindings(body, id)
                .into_iter()
                .filter(|(node, _)| !matches!(node, Node::Stmt(ast::Stmt::For(_))))
                .map(|(_, value)| value),
        )
    };
    if let Some((target, iter, body)) = walked_by(cx, variable, name) {
        let walked = of_items(cx, target, iter, id);
        // `if name == "sum": name = "std"`
        return if stores(body, id) == 0 { walked } else { walked.or(bound(body)).only_if(false) };
    }
    if let Some(default) = default(cx, name, id) {
        return Names::of(default).or(bound(views::enclosing_body(cx, name))).only_if(false);
    }
    let body = views::enclosing_body(cx, name);
    let own = views::bindings(body, id);
    if own.is_empty() && stores(body, id) == 0 {
        return cx.only_assignment(id).map_or(Names::NONE, |assign| Names::of([&*assign.value]));
    }
    let is_plain =
        |node: &Node<'a>| matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(ast::Expr::is_name_expr));
    let are_all = stores(body, id) == own.len() && own.iter().all(|(node, _)| is_plain(node));
    bound(body).only_if(are_all)
}

/// The default of a parameter of this name, where there is such a parameter: who calls may give another one.
fn default<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> Option<Option<&'a ast::Expr>> {
    let args = cx.scopes(at).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) if receiver::takes(&def.args, name) => Some(&*def.args),
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) if receiver::takes(&def.args, name) => Some(&*def.args),
        Node::Expr(ast::Expr::Lambda(lambda)) if receiver::takes(&lambda.args, name) => Some(&*lambda.args),
        _ => None,
    })?;
    let own = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).find(|arg| arg.def.arg.as_str() == name);
    Some(own.and_then(|arg| arg.default.as_deref()))
}

/// What the loop or comprehension around goes through that binds the name: its target, what it goes through, and its body.
fn walked_by<'a>(cx: &Cx<'a>, variable: &ast::ExprName, name: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr, &'a [ast::Stmt])> {
    let is_it = |target: &ast::Expr| views::binds(target, &variable.id);
    cx.ancestors(Node::Expr(name)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::For(walk)) if is_it(&walk.target) => Some((&*walk.target, &*walk.iter, &walk.body[..])),
        Node::Expr(
            ast::Expr::ListComp(ast::ExprListComp { generators, .. })
            | ast::Expr::SetComp(ast::ExprSetComp { generators, .. })
            | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. })
            | ast::Expr::DictComp(ast::ExprDictComp { generators, .. }),
        ) => generators.iter().find(|all| is_it(&all.target)).map(|all| (&all.target, &all.iter, &[][..])),
        _ => None,
    })
}

/// What a target takes out of the items of a list: `name` of `for name, dim in [("sum", 0)]` and of `for i, name in enumerate(names)`.
fn of_items<'a>(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr, id: &str) -> Names<'a> {
    let ast::Expr::Tuple(parts) = target else { return items(cx, iter, None) };
    let at = parts.elts.iter().position(|part| views::is_same_name(part, id));
    match (at, iter) {
        (Some(1), ast::Expr::Call(call)) if is_call_of(cx, iter, &["enumerate"]) => {
            call.args.first().map_or(Names::NONE, |list| items(cx, list, None))
        }
        (Some(at), _) => items(cx, iter, Some(at)),
        (None, _) => Names::NONE,
    }
}

/// The texts of a list that is written there, or at the one place that gives its name a value; or those of its tuples at one place.
fn items<'a>(cx: &Cx<'a>, list: &'a ast::Expr, at: Option<usize>) -> Names<'a> {
    let (written, are_all, more) = match list {
        ast::Expr::Name(name) => {
            let Some(assign) = cx.only_assignment(&name.id) else { return Names::NONE };
            let is_alone = only_reads(cx, &cx.file.suite, &|read| views::is_same_name(read, &name.id));
            (&*assign.value, is_alone, if is_alone { Vec::new() } else { added(cx, list, &name.id) })
        }
        ast::Expr::Attribute(attribute) => match of_class(cx, attribute) {
            Some((value, is_alone)) => (value, is_alone, Vec::new()),
            None => return Names::NONE,
        },
        _ => (list, true, Vec::new()),
    };
    let (ast::Expr::Tuple(ast::ExprTuple { elts, .. })
    | ast::Expr::List(ast::ExprList { elts, .. })
    | ast::Expr::Set(ast::ExprSet { elts, .. })) = written
    else {
        return Names::NONE;
    };
    let part = |item: &'a ast::Expr| match (at, item) {
        (None, item) => item,
        (Some(at), ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. })) => {
            elts.get(at).unwrap_or(item)
        }
        (Some(_), item) => item,
    };
    Names::of(elts.iter().chain(more).map(part)).only_if(are_all && !elts.is_empty())
}

/// What statements put into a list behind its making: `NAMES.append("std")`.
fn added<'a>(cx: &Cx<'a>, list: &'a ast::Expr, name: &str) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for body in [views::enclosing_body(cx, list), &cx.file.suite[..]] {
        let bindings = body_bindings::of_body(cx, body);
        found.extend(bindings.get(name).into_iter().flatten().filter(|put| matches!(put.way, Way::Put { .. })).map(|put| put.value));
    }
    found
}

/// `self.STATS`: what the body of the class gives the name, in this file, and whether nothing else gives it another value.
fn of_class<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> Option<(&'a ast::Expr, bool)> {
    let class = receiver::self_class(cx, &attribute.value)?;
    let (facts, survey, name) = (cx.project_facts, &cx.shared.survey, attribute.attr.as_str());
    let info = facts.class(class);
    let is_it = |stmt: &&'a ast::Stmt| matches!(stmt, ast::Stmt::ClassDef(def) if def.range() == info.range);
    let ast::Stmt::ClassDef(def) = cx.file.suite.iter().find(is_it)? else { return None };
    let value = def.body.iter().find_map(|stmt| {
        let (target, value) = receiver::assignment(stmt)?;
        views::is_same_name(target, name).then_some(value)
    })?;
    let is_list = |read: &ast::Expr| matches!(read, ast::Expr::Attribute(read) if read.attr.as_str() == name);
    let mut is_alone = stores(&def.body, name) == 1 && !survey.assigns(name) && !survey.grows_outside(name) && !survey.sets_by_name(name);
    for other in receiver::family(cx, class) {
        is_alone &= survey.stores(other, name).is_empty()
            && !facts.class(other).methods.contains_key(name)
            && (other == class || !survey.binds(other, name))
            && class_body(cx, other).is_none_or(|body| only_reads(cx, body, &is_list));
    }
    Some((value, is_alone))
}
