//! What names, containers and iterators may hold views of: `a, b = x[0], x[1]`, `rows = list(x)`, `next(iter(x))`, `{"first": x[0]}`.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, NodeId};

use crate::body_bindings::{self, Binding, Way};
use crate::cx::Cx;
use crate::gathered_views::loops;
use crate::given_views::{self, Place};
use crate::{constructed, stale_views, views, walked_views};

/// Names of names of names are followed no further.
const DEEPEST: usize = 4;

/// Where a name, or an item of the container that it stands for, gets its value.
pub(crate) struct Bound<'a> {
    pub(crate) node: Node<'a>,
    pub(crate) value: &'a ast::Expr,
    /// The statements of the function that does so.
    pub(crate) body: &'a [ast::Stmt],
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Whole,
    /// One of the items of the value: of a loop, or unpacked.
    Item,
    /// The item at that place: `b` of `a, b = pair`.
    Nth(usize),
    /// The value is put into the container: `rows.append(x[0])`, `rows["a"] = x[0]`.
    Put,
    /// Its items are: `rows += [x[0]]`.
    PutItems,
    /// `with value as name`, or the part at that place.
    Entered(Option<usize>),
}

impl<'a> Bound<'a> {
    /// Whether the name had another value before.
    pub(crate) fn replaces(&self) -> bool {
        !matches!(self.how, How::Put | How::PutItems)
    }

    /// Whether the name stands for the value itself.
    pub(crate) fn is_whole(&self) -> bool {
        self.how == How::Whole
    }

    /// Whether the name stands for a container, not for one of its items.
    fn is_container(&self, cx: &Cx<'a>) -> bool {
        let is_written = matches!(
            self.value,
            ast::Expr::Tuple(_) | ast::Expr::List(_) | ast::Expr::ListComp(_) | ast::Expr::Dict(_) | ast::Expr::DictComp(_)
        );
        !self.replaces() || self.how == How::Whole && (is_written || is_container(cx, self.value))
    }

    /// Whether it stands in the branch of an `if` that is taken instead of that of `at`.
    pub(crate) fn is_excluded(&self, cx: &Cx<'a>, at: &'a ast::Expr) -> bool {
        let place = self.value.range().start();
        let is_again = || loops(cx, at).any(|around| around.contains(place));
        stale_views::in_first_branch(cx, at, place) && !is_again()
    }

    /// What the name, or its item of that key, may be a view of.
    pub(crate) fn bases(&self, cx: &Cx<'a>, key: Option<&'a ast::Expr>) -> Vec<&'a ast::Expr> {
        self.search(key, Source::of(cx))
    }

    /// The same, and the tensors that stand in containers themselves: what the name is a view of, where it is known to be one.
    pub(crate) fn bases_of_view(&self, cx: &Cx<'a>, key: Option<&'a ast::Expr>) -> Vec<&'a ast::Expr> {
        self.search(key, Source { tensors: true, ..Source::of(cx) })
    }

    /// Those of which it is a view for certain: a view by its own text, or of what is known to be a tensor.
    pub(crate) fn certain_bases(&self, cx: &Cx<'a>, key: Option<&'a ast::Expr>) -> Vec<&'a ast::Expr> {
        self.search(key, Source { explicit: true, ..Source::of(cx) })
    }

    fn search(&self, key: Option<&'a ast::Expr>, source: Source<'_, 'a>) -> Vec<&'a ast::Expr> {
        let mut found = Vec::new();
        match self.how {
            How::Item => source.items(self.value, &mut found),
            How::Nth(at) => source.nth(self.value, at, &mut found),
            How::Whole => source.value(self.value, key, &mut found),
            How::Put => source.element(self.value, &mut found),
            How::PutItems => source.items(self.value, &mut found),
            How::Entered(at) => source.entered(self.value, at, &mut found),
        }
        found
    }
}

/// All places that bind the name, in the function around `at` or in a comprehension, and all that put something into what it stands for, in source order.
pub(crate) fn bounds<'a>(cx: &Cx<'a>, name: &str, key: Option<&'a ast::Expr>, at: &'a ast::Expr) -> Vec<Bound<'a>> {
    for up in cx.ancestors(Node::Expr(at)) {
        let generators = match up {
            Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
            Node::Expr(ast::Expr::SetComp(e)) => &e.generators,
            Node::Expr(ast::Expr::DictComp(e)) => &e.generators,
            Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
            _ => continue,
        };
        let walk = generators
            .iter()
            .find_map(|walk| views::walked_by(cx, &walk.target, &walk.iter, name).filter(|_| views::binds(&walk.target, name)));
        if let Some(value) = walk {
            return vec![Bound { node: up, value, body: views::enclosing_body(cx, at), how: How::Item }];
        }
    }
    for body in bodies(cx, name, at) {
        let found = bounds_in(cx, body, name, key);
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// The statements of the functions around a place in which a name may be bound, the innermost first.
fn bodies<'a>(cx: &Cx<'a>, name: &str, at: &'a ast::Expr) -> Vec<&'a [ast::Stmt]> {
    let mut bodies = Vec::new();
    for up in cx.scopes(at) {
        if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up {
            bodies.push(def.body.as_slice());
            let args = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
            if args.map(|arg| &arg.def.arg).any(|own| own.as_str() == name) {
                return bodies;
            }
        }
    }
    if bodies.is_empty() {
        bodies.push(&cx.file.suite);
    }
    bodies
}

fn bounds_in<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, key: Option<&'a ast::Expr>) -> Vec<Bound<'a>> {
    let names = body_bindings::of_body(cx, body);
    let Some(bindings) = names.get(name) else { return Vec::new() };
    let bound = |binding: &Binding<'a>| {
        let (value, how) = match binding.way {
            Way::Target { target: ast::Expr::Name(_), is_items: false } | Way::Named => (binding.value, How::Whole),
            Way::Target { target, is_items: true } => (views::walked_by(cx, target, binding.value, name)?, How::Item),
            Way::Target { target, is_items: false } => (binding.value, place_in(target, name).map_or(How::Item, How::Nth)),
            Way::Entered { target } => (binding.value, How::Entered(place_in(target, name))),
            Way::Put { key: Some(own), .. } if !may_be_key(key, own) => return None,
            Way::Put { is_items, .. } => (binding.value, if is_items { How::PutItems } else { How::Put }),
        };
        Some(Bound { node: Node::Stmt(binding.stmt), value, body, how })
    };
    bindings.iter().filter_map(bound).collect()
}

/// Which part of a value that is unpacked a name gets.
fn place_in(target: &ast::Expr, name: &str) -> Option<usize> {
    let (ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. })) = target else { return None };
    let at = elts.iter().position(|elt| views::is_same_name(elt, name))?;
    elts[..at].iter().all(|elt| !elt.is_starred_expr()).then_some(at)
}

/// What a statement stores where, part by part where both sides are written out, and whether the items of the value are stored one after the other.
pub(crate) fn stored(stmt: &ast::Stmt) -> impl DoubleEndedIterator<Item = (&ast::Expr, &ast::Expr, bool)> {
    let (targets, value, is_items): (&[ast::Expr], Option<&ast::Expr>, bool) = match stmt {
        ast::Stmt::Assign(assign) => (&assign.targets, Some(&assign.value), false),
        ast::Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_deref(), false),
        ast::Stmt::For(loop_) => (std::slice::from_ref(&*loop_.target), Some(&loop_.iter), true),
        _ => (&[], None, false),
    };
    let parts = move |target, value| if is_items { views::pair(target, value) } else { views::pairs_of(target, value) };
    let all = value.into_iter().flat_map(move |value| targets.iter().flat_map(move |target| parts(target, value)));
    all.map(move |(target, value)| (target, value, is_items))
}

/// `row` and `slot(0)` of `with slot(0) as row`
pub(crate) fn entered(stmt: &ast::Stmt) -> impl Iterator<Item = (&ast::Expr, &ast::Expr)> {
    let items = if let ast::Stmt::With(with) = stmt { with.items.as_slice() } else { &[] };
    items.iter().filter_map(|item| Some((item.optional_vars.as_deref()?, &item.context_expr)))
}

/// `rows` and `x[0]` of `rows.append(x[0])`
pub(crate) fn added(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    let ast::Stmt::Expr(stmt) = stmt else { return None };
    let ast::Expr::Call(call) = &*stmt.value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let ast::Expr::Name(list) = &*method.value else { return None };
    let adds = matches!(method.attr.as_str(), "append" | "insert" | "extend");
    Some((list.id.as_str(), call.args.last()?)).filter(|_| adds)
}

/// What the values of a file, or their items, may be views of, as far as it was asked for: each write in a function asks for all that stand in front of it.
#[derive(Default)]
pub(crate) struct Bases<'a>(RefCell<FxHashMap<(NodeId, Of), Exprs<'a>>>);

/// What of a value is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Whole,
    Items,
    Nth(usize),
}

type Exprs<'a> = Rc<[&'a ast::Expr]>;

impl<'a> Bases<'a> {
    fn get(&self, value: &'a ast::Expr, of: Of, find: impl FnOnce(&mut Vec<&'a ast::Expr>)) -> Exprs<'a> {
        let key = (NodeId::from(value), of);
        if let Some(known) = self.0.borrow().get(&key) {
            return known.clone();
        }
        let mut found = Vec::new();
        find(&mut found);
        let found: Exprs<'a> = found.into();
        self.0.borrow_mut().insert(key, found.clone());
        found
    }
}

/// All that a value, or an item of it, may be a view of.
pub(crate) fn bases<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Exprs<'a> {
    cx.bases.get(value, Of::Whole, |found| Source::of(cx).value(value, None, found))
}

/// All that the items of a value may be views of.
pub(crate) fn bases_of_items<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Exprs<'a> {
    cx.bases.get(value, Of::Items, |found| Source::of(cx).items(value, found))
}

/// All that one part of a value may be a view of, where it is unpacked.
pub(crate) fn bases_of_part<'a>(cx: &Cx<'a>, value: &'a ast::Expr, at: usize) -> Exprs<'a> {
    cx.bases.get(value, Of::Nth(at), |found| Source::of(cx).nth(value, at, found))
}

/// All that `with value` may give a view of.
pub(crate) fn bases_of_entered<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    Source::of(cx).entered(value, None, &mut found);
    found
}

/// Whether a name, or its item of that key, holds a view at `at` for certain: one by its own text, or of what is known to be a tensor.
pub(crate) fn holds_certain_view<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, key: Option<&'a ast::Expr>, at: &'a ast::Expr) -> bool {
    let mut found = Vec::new();
    Source { explicit: true, ..Source::of(cx) }.name(name, key, at, &mut found);
    let is_one = || key.is_some() || !bounds(cx, &name.id, None, at).iter().any(|bound| bound.is_container(cx));
    !found.is_empty() && is_one()
}

#[derive(Clone, Copy)]
struct Source<'c, 'a> {
    cx: &'c Cx<'a>,
    depth: usize,
    /// Views by their own text alone, and those of what is known to be a tensor.
    explicit: bool,
    /// The tensors that stand in containers, too, not only what they are views of.
    tensors: bool,
}

impl<'c, 'a> Source<'c, 'a> {
    fn of(cx: &'c Cx<'a>) -> Self {
        Self { cx, depth: DEEPEST, explicit: false, tensors: false }
    }

    /// What stands in a container.
    fn element(self, value: &'a ast::Expr, found: &mut Vec<&'a ast::Expr>) {
        let may_be_tensor = || matches!(value, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && is_open(self.cx.kind(value));
        if self.tensors && may_be_tensor() {
            found.push(value);
        }
        self.value(value, None, found);
    }

    fn value(self, value: &'a ast::Expr, key: Option<&'a ast::Expr>, found: &mut Vec<&'a ast::Expr>) {
        match value {
            // A cast that is chosen by a condition is one that changes something: `x.float() if x.dtype == torch.half else x`
            ast::Expr::IfExp(e) => {
                for branch in [&*e.body, &*e.orelse] {
                    if views::shared(self.cx, branch).is_none() || views::base(self.cx, branch).is_some() {
                        self.value(branch, key, found);
                    }
                }
            }
            ast::Expr::BoolOp(e) => e.values.iter().for_each(|value| self.value(value, None, found)),
            // `[x[0]] * 2`, `rows + [x[0]]`
            ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Add | ast::Operator::Mult) && is_container(self.cx, value) => {
                [&*e.left, &*e.right].into_iter().for_each(|side| self.value(side, None, found));
            }
            ast::Expr::Starred(all) => self.items(&all.value, found),
            ast::Expr::NamedExpr(e) => self.value(&e.value, key, found),
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => match key.and_then(number) {
                Some(at) if elts.iter().all(|item| !item.is_starred_expr()) => {
                    elts.get(at).into_iter().for_each(|item| self.element(item, found));
                }
                _ => elts.iter().for_each(|item| self.element(item, found)),
            },
            ast::Expr::Dict(e) => {
                let pairs = e.keys.iter().zip(&e.values);
                let fit = pairs.filter(|(own, _)| own.as_ref().is_none_or(|own| may_be_key(key, own)));
                fit.for_each(|(_, value)| self.element(value, found));
            }
            ast::Expr::ListComp(ast::ExprListComp { elt, .. }) | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { elt, .. }) => {
                self.value(elt, None, found);
            }
            ast::Expr::DictComp(e) => self.value(&e.value, None, found),
            ast::Expr::Name(name) => self.name(name, key, value, found),
            // An item of a container is what was put into it.
            ast::Expr::Subscript(item) if is_container(self.cx, &item.value) => self.value(&item.value, Some(&item.slice), found),
            ast::Expr::Call(call) if let Some(Entity::Builtin(builtin)) = self.cx.entity(&call.func) => match builtin.as_str() {
                "next" | "list" | "tuple" | "reversed" | "sorted" | "iter" | "max" | "min" => {
                    call.args.first().into_iter().for_each(|of| self.items(of, found));
                }
                "dict" => {
                    call.args.first().into_iter().for_each(|of| self.items(of, found));
                    call.keywords.iter().for_each(|item| self.element(&item.value, found));
                }
                _ => {}
            },
            // `(lambda: x[0])()`
            ast::Expr::Call(call) if let ast::Expr::Lambda(lambda) = &*call.func => self.value(&lambda.body, None, found),
            ast::Expr::Call(call) if let Some((container, key)) = taken(self.cx, call) => self.value(container, key, found),
            ast::Expr::Call(call)
                if let Some(held) = constructed::generated(self.cx, call)
                    && !held.is_empty() =>
            {
                let place = key.and_then(given_views::place_of);
                self.arguments(&held, place, found);
            }
            _ => match views::shared(self.cx, value) {
                // A view of what a comprehension takes out of another tensor: `[row.view(-1) for row in x]`
                Some(base) if self.is_item_of_comprehension(base) => Source { tensors: true, ..self }.value(base, None, found),
                Some(base) if !self.explicit || views::is_explicit(self.cx, value) || self.cx.kind(base).is_tensor() => {
                    found.push(base);
                    // `rows[0][1]`, `rows.pop()[1]`: a view of what stands in the container.
                    if is_item(self.cx, base) {
                        Source { tensors: true, ..self }.value(base, None, found);
                    }
                }
                Some(_) => {}
                None => self.given(value, key.and_then(given_views::place_of), found),
            },
        }
    }

    /// `map(lambda i: x[i], range(3))`, `map(lambda row: row[:2], x)`
    fn mapped(self, call: &'a ast::ExprCall, found: &mut Vec<&'a ast::Expr>) {
        let Some((ast::Expr::Lambda(lambda), walked)) = call.args.split_first() else { return };
        let mut given = Vec::new();
        self.value(&lambda.body, None, &mut given);
        for base in given {
            let is_it = |parameter: &ast::ArgWithDefault| views::is_same_name(base, &parameter.def.arg);
            match lambda.args.args.iter().position(is_it) {
                Some(at) => walked.get(at).into_iter().for_each(|of| self.items(of, found)),
                None => found.push(base),
            }
        }
    }

    /// What a function of the project gives.
    fn given(self, value: &'a ast::Expr, place: Option<Place<'a>>, found: &mut Vec<&'a ast::Expr>) {
        self.views(given_views::views(self.cx, value), place, found);
    }

    /// `with value as name`
    fn entered(self, value: &'a ast::Expr, at: Option<usize>, found: &mut Vec<&'a ast::Expr>) {
        match value {
            ast::Expr::Call(call) if self.cx.is_qualified(&call.func, "contextlib.nullcontext") => {
                call.args.first().into_iter().for_each(|given| self.value(given, None, found));
            }
            value => self.views(walked_views::entered(self.cx, value), at.map(Place::Number), found),
        }
    }

    fn views(self, views: Vec<given_views::View<'a>>, place: Option<Place<'a>>, found: &mut Vec<&'a ast::Expr>) {
        let is_certain = |view: &given_views::View<'a>| !self.explicit || view.is_explicit || self.cx.kind(view.base).is_tensor();
        let at_place = views.into_iter().filter(|view| given_views::may_be_at(view.place, place));
        found.extend(at_place.filter(is_certain).map(|view| view.base));
    }

    /// What an object, or its item, was made of.
    fn arguments(self, held: &[constructed::Held<'a>], place: Option<Place<'a>>, found: &mut Vec<&'a ast::Expr>) {
        for (at, held) in held.iter().enumerate() {
            match held.argument {
                ast::Expr::Starred(all) => self.items(&all.value, found),
                argument if given_views::may_be_at(Some(Place::Number(at)), place) => self.element(argument, found),
                _ => {}
            }
        }
    }

    /// One part of what is unpacked.
    fn nth(self, value: &'a ast::Expr, at: usize, found: &mut Vec<&'a ast::Expr>) {
        let place = Place::Number(at);
        match value {
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. })
                if elts.iter().all(|elt| !elt.is_starred_expr()) =>
            {
                elts.get(at).into_iter().for_each(|item| self.element(item, found));
            }
            ast::Expr::Call(call) if let Some(held) = constructed::generated(self.cx, call) => self.arguments(&held, Some(place), found),
            ast::Expr::Call(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)
                if !self.cx.kind(value).is_tensor() && !given_views::views(self.cx, value).is_empty() =>
            {
                self.given(value, Some(place), found);
            }
            _ => self.items(value, found),
        }
    }

    fn items(self, value: &'a ast::Expr, found: &mut Vec<&'a ast::Expr>) {
        let kind = self.cx.kind(value);
        match value {
            ast::Expr::Call(call) if let Some(Entity::Builtin(builtin)) = self.cx.entity(&call.func) => match builtin.as_str() {
                "list" | "tuple" | "reversed" | "sorted" | "iter" => call.args.first().into_iter().for_each(|of| self.items(of, found)),
                "enumerate" | "zip" => call.args.iter().for_each(|of| self.items(of, found)),
                "filter" => call.args.get(1).into_iter().for_each(|of| self.items(of, found)),
                "map" => self.mapped(call, found),
                _ => {}
            },
            // `views.values()`, and `views.items()` of `views = {"a": x[:2]}`
            ast::Expr::Call(call)
                if let ast::Expr::Attribute(method) = &*call.func
                    && matches!(method.attr.as_str(), "values" | "items")
                    && method.value.is_name_expr() =>
            {
                self.value(&method.value, None, found);
            }
            _ if let parts = walked_views::items(self.cx, value)
                && !parts.is_empty() =>
            {
                self.views(parts, None, found);
            }
            // `rows` of `rows = iter(x)`
            ast::Expr::Name(name) if self.bounds_of(value).iter().any(|bound| self.is_builtin_call(bound.value)) => {
                self.name(name, None, value, found);
            }
            _ if kind.is_tensor() => found.push(views::base(self.cx, value).unwrap_or(value)),
            // Who walks over a name of unknown kind, and writes to what comes, walks over a tensor, or over a list of them.
            ast::Expr::Name(name) if kind.is_unknown() => {
                let known = found.len();
                self.name(name, None, value, found);
                if found.len() == known && !self.explicit {
                    found.push(value);
                }
            }
            _ => self.value(value, None, found),
        }
    }

    fn name(self, name: &'a ast::ExprName, key: Option<&'a ast::Expr>, at: &'a ast::Expr, found: &mut Vec<&'a ast::Expr>) {
        let Some(depth) = self.depth.checked_sub(1) else { return };
        for bound in bounds(self.cx, &name.id, key, at).into_iter().rev() {
            if bound.value.range().start() > at.range().start() && !matches!(bound.node, Node::Expr(_)) || bound.is_excluded(self.cx, at) {
                continue;
            }
            let inner = Source { depth, ..self };
            match bound.how {
                How::Item => inner.items(bound.value, found),
                How::Nth(at) => inner.nth(bound.value, at, found),
                How::Whole => inner.value(bound.value, key, found),
                How::Put => {
                    // `rows[i] = rows[i].view(-1)` puts another one in the place of the item.
                    let known = found.len();
                    inner.element(bound.value, found);
                    let is_own =
                        |base: &ast::Expr| matches!(base, ast::Expr::Subscript(item) if views::is_same_name(&item.value, &name.id));
                    let put = found.split_off(known);
                    found.extend(put.into_iter().filter(|base| !is_own(base)));
                }
                How::PutItems => inner.items(bound.value, found),
                How::Entered(at) => inner.entered(bound.value, at, found),
            }
            let always = || self.cx.parent(bound.node).is_none_or(|parent| self.cx.ancestors(Node::Expr(at)).any(|up| up.is(parent)));
            if bound.replaces() && always() {
                return;
            }
        }
    }

    fn bounds_of(self, value: &'a ast::Expr) -> Vec<Bound<'a>> {
        match value {
            ast::Expr::Name(name) => bounds(self.cx, &name.id, None, value),
            _ => Vec::new(),
        }
    }

    fn is_builtin_call(self, value: &ast::Expr) -> bool {
        matches!(value, ast::Expr::Call(call) if matches!(self.cx.entity(&call.func), Some(Entity::Builtin(_))))
    }

    fn is_item_of_comprehension(self, base: &'a ast::Expr) -> bool {
        self.bounds_of(base).iter().any(|bound| matches!(bound.node, Node::Expr(_)))
    }
}

fn number(key: &ast::Expr) -> Option<usize> {
    match key {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(number), .. }) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// Two literals tell apart; whatever else may be the same.
pub(crate) fn may_be_key(asked: Option<&ast::Expr>, own: &ast::Expr) -> bool {
    match (asked, own) {
        (Some(ast::Expr::Constant(asked)), ast::Expr::Constant(own)) => asked.value == own.value,
        _ => true,
    }
}

/// `rows` of `rows.pop()`, `found` and `"a"` of `found.get("a")`: the container, and the key that tells its items apart.
fn taken<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(&'a ast::Expr, Option<&'a ast::Expr>)> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let takes = matches!(method.attr.as_str(), "pop" | "popleft" | "get" | "setdefault") && is_container(cx, &method.value);
    // Other items of a list had that number before.
    let key = call.args.first().filter(|_| matches!(cx.kind(&method.value), Kind::Dict(_)));
    takes.then_some((&method.value, key))
}

/// Whether an expression is an item of a container.
fn is_item<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Subscript(item) => is_container(cx, &item.value),
        ast::Expr::Call(call) => taken(cx, call).is_some(),
        _ => false,
    }
}

fn is_open(kind: Kind) -> bool {
    kind.is_tensor() || kind.is_unknown()
}

/// A list, a tuple or a dictionary.
pub(crate) fn is_container(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_) | Kind::Dict(..))
}
