//! What of a model's parameters a value holds, through displays, comprehensions, loops, calls that put items together, and names: `[(v, now[k]) for k, v in ...]`.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use super::held_parameters::{Way, is_lazy, puts};
use super::kept_arrays::{self, Arrays};
use super::last_name;
use crate::callee::callee;
use crate::cx::Cx;
use crate::view_names::VIEWS;
use crate::{receiver, storage, views};

/// Through how many names, displays and calls values are followed.
const DEPTH: usize = 12;

/// What holds parameters of a model.
#[derive(Clone)]
pub(super) enum Held<'a> {
    Array(Arrays<'a>),
    /// A list, or whatever gives such items one by one.
    Many(Box<Held<'a>>),
    /// A dictionary, by its values.
    Map(Box<Held<'a>>),
    Tuple(Vec<Option<Held<'a>>>),
    /// A function or an object that reads what it holds by itself.
    Object(Arrays<'a>),
}

impl<'a> Held<'a> {
    /// The first parameters that are held, those of other models before the object's own.
    fn arrays(&self) -> Option<Arrays<'a>> {
        let all = self.all();
        let is_own = |arrays: &&Arrays<'a>| kept_arrays::root(arrays.model) == Some("self");
        all.iter().find(|arrays| !is_own(arrays)).or(all.first()).copied()
    }

    fn into_object(self) -> Option<Self> {
        self.arrays().map(Self::Object)
    }

    /// All parameters that are held.
    pub(super) fn all(&self) -> Vec<Arrays<'a>> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all
    }

    fn collect(&self, into: &mut Vec<Arrays<'a>>) {
        match self {
            Self::Array(arrays) | Self::Object(arrays) => into.push(*arrays),
            Self::Many(item) | Self::Map(item) => item.collect(into),
            Self::Tuple(parts) => parts.iter().flatten().for_each(|part| part.collect(into)),
        }
    }

    fn item(self) -> Option<Self> {
        match self {
            Self::Many(item) => Some(*item),
            Self::Tuple(parts) => parts.into_iter().flatten().next(),
            Self::Array(arrays) => Some(Self::other(arrays)),
            Self::Map(_) => None,
            Self::Object(arrays) => Some(Self::Object(arrays)),
        }
    }

    fn values(self) -> Option<Self> {
        match self {
            Self::Map(item) => Some(*item),
            Self::Object(arrays) => Some(Self::Object(arrays)),
            _ => None,
        }
    }

    fn other(arrays: Arrays<'a>) -> Self {
        Self::Array(Arrays { are_others: true, ..arrays })
    }

    fn many(item: Self) -> Self {
        Self::Many(Box::new(item))
    }

    fn map(item: Self) -> Self {
        Self::Map(Box::new(item))
    }

    fn part(&self, at: usize) -> Option<Self> {
        match self {
            Self::Tuple(parts) => parts.get(at).cloned().flatten(),
            whole => whole.clone().item(),
        }
    }
}

/// What a name in a target gets of a value.
pub(super) fn given_to<'a>(target: &ast::Expr, value: &Held<'a>, name: &str) -> Option<Held<'a>> {
    match target {
        ast::Expr::Name(own) => (own.id.as_str() == name).then(|| value.clone()),
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            let at = elts.iter().position(|part| views::binds(part, name))?;
            match &elts[at] {
                ast::Expr::Starred(rest) => given_to(&rest.value, &Held::many(value.part(at)?), name),
                part => given_to(part, &value.part(at)?, name),
            }
        }
        _ => None,
    }
}

/// What comprehensions and lambdas around an expression bind, innermost last.
type Around<'a> = Vec<(&'a ast::Expr, Option<Held<'a>>)>;

pub(super) fn held<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Held<'a>> {
    Reader { cx }.read(value, &Vec::new(), DEPTH)
}

struct Reader<'c, 'a> {
    cx: &'c Cx<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn read(&self, value: &'a ast::Expr, around: &Around<'a>, depth: usize) -> Option<Held<'a>> {
        let depth = depth.checked_sub(1)?;
        let read = |value: &'a ast::Expr| self.read(value, around, depth);
        let item = |value: &'a ast::Expr| if is_lazy(value) { None } else { read(value) };
        match value {
            ast::Expr::Name(name) => self.name(value, name, around, depth),
            ast::Expr::NamedExpr(named) => read(&named.value),
            ast::Expr::Starred(all) => read(&all.value)?.item(),
            ast::Expr::IfExp(choice) => read(&choice.body).or_else(|| read(&choice.orelse)),
            ast::Expr::BoolOp(choice) => choice.values.iter().find_map(read),
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Set(ast::ExprSet { elts, .. }) => {
                Some(Held::many(elts.iter().find_map(item)?))
            }
            ast::Expr::Tuple(tuple) => {
                if tuple.elts.iter().any(ast::Expr::is_starred_expr) {
                    return Some(Held::many(tuple.elts.iter().find_map(item)?));
                }
                let parts: Vec<_> = tuple.elts.iter().map(item).collect();
                parts.iter().any(Option::is_some).then_some(Held::Tuple(parts))
            }
            ast::Expr::Dict(dict) => dict.keys.iter().zip(&dict.values).find_map(|(key, part)| match key {
                Some(_) => Some(Held::map(item(part)?)),
                None => read(part).filter(|held| matches!(held, Held::Map(_))),
            }),
            ast::Expr::ListComp(all) => self.comprehension(&all.elt, &all.generators, around, depth).map(Held::many),
            ast::Expr::SetComp(all) => self.comprehension(&all.elt, &all.generators, around, depth).map(Held::many),
            ast::Expr::GeneratorExp(all) => self.comprehension(&all.elt, &all.generators, around, depth).map(Held::many),
            ast::Expr::DictComp(all) => self.comprehension(&all.value, &all.generators, around, depth).map(Held::map),
            ast::Expr::BinOp(sum) if matches!(sum.op, ast::Operator::Add | ast::Operator::BitOr) => {
                let list = |side| read(side).filter(|held| matches!(held, Held::Many(_) | Held::Map(_) | Held::Tuple(_)));
                list(&*sum.left).or_else(|| list(&*sum.right))
            }
            ast::Expr::Subscript(of) => match read(&of.value)? {
                held @ (Held::Many(_) | Held::Tuple(_)) if of.slice.is_slice_expr() => Some(held),
                Held::Map(item) | Held::Many(item) => Some(*item),
                Held::Tuple(parts) => match receiver::number(&of.slice) {
                    Some(at) if at >= 0.0 => parts.into_iter().nth(at as usize).flatten(),
                    _ => parts.into_iter().flatten().next(),
                },
                Held::Array(arrays) => views::is_written_index(&of.slice).then(|| Held::other(arrays)),
                held @ Held::Object(_) => Some(held),
            },
            ast::Expr::Attribute(read_of) => match kept_arrays::arrays(self.cx, value) {
                Some(arrays) => Some(Held::Array(arrays)),
                None if is_weight_of_model(self.cx, read_of) => Some(Held::Array(Arrays::own(value, &read_of.value))),
                None => match read(&read_of.value)? {
                    Held::Array(arrays) if read_of.attr.as_str() == "data" || VIEWS.attributes.contains(read_of.attr.as_str()) => {
                        Some(Held::other(arrays))
                    }
                    _ => None,
                },
            },
            ast::Expr::Lambda(lambda) => self.function(&lambda.args, &[Node::Expr(&lambda.body)], depth),
            ast::Expr::Call(call) => self.call(value, call, around, depth),
            _ => None,
        }
    }

    fn comprehension(
        &self,
        item: &'a ast::Expr,
        generators: &'a [ast::Comprehension],
        around: &Around<'a>,
        depth: usize,
    ) -> Option<Held<'a>> {
        let mut inner = around.clone();
        for generator in generators {
            let given = self.read(&generator.iter, &inner, depth).and_then(Held::item);
            inner.push((&generator.target, given));
        }
        self.read(item, &inner, depth)
    }

    /// Defaults, and names from around that a function reads when it is called.
    fn function(&self, args: &'a ast::Arguments, body: &[Node<'a>], depth: usize) -> Option<Held<'a>> {
        let none = Vec::new();
        let all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
        let mut found = all.filter_map(|arg| arg.default.as_deref()).find_map(|default| self.read(default, &none, depth));
        for part in body {
            part.walk(&mut |node| {
                if let Node::Expr(read @ ast::Expr::Name(name)) = node
                    && found.is_none()
                    && name.ctx.is_load()
                    && !receiver::takes(args, &name.id)
                    && !views::is_metadata(self.cx, read)
                {
                    found = self.read(read, &none, depth);
                }
            });
        }
        found.and_then(Held::into_object)
    }

    /// The names from around that a function within reads: they are looked up in the body around.
    fn closure(&self, args: &'a ast::Arguments, parts: &[Node<'a>], body: &'a [ast::Stmt], depth: usize) -> Option<Held<'a>> {
        let mut found = None;
        for part in parts {
            part.walk(&mut |node| {
                if let Node::Expr(read @ ast::Expr::Name(name)) = node
                    && found.is_none()
                    && name.ctx.is_load()
                    && !receiver::takes(args, &name.id)
                    && !views::is_metadata(self.cx, read)
                {
                    found = self.bound(body, read, &name.id, None, depth);
                }
            });
        }
        found.and_then(Held::into_object)
    }

    fn call(&self, value: &'a ast::Expr, call: &'a ast::ExprCall, around: &Around<'a>, depth: usize) -> Option<Held<'a>> {
        let read = |value: &'a ast::Expr| self.read(value, around, depth);
        let own = |methods: &[&str]| kept_arrays::asked(self.cx, value, methods).map(|model| Held::Array(Arrays::own(value, model)));
        if let Some(array) = own(&["parameters"]) {
            return Some(Held::many(array));
        }
        if let Some(array) = own(&["named_parameters"]) {
            return Some(Held::many(Held::Tuple(vec![None, Some(array)])));
        }
        if let Some(array) = own(&["state_dict"]) {
            return Some(Held::map(array));
        }
        let first = || call.args.first();
        match (&*call.func, last_name(&call.func)?) {
            (ast::Expr::Attribute(method), called) if self.cx.entity(&call.func).is_none() => match (read(&method.value), called) {
                (Some(held), "items") => Some(Held::many(Held::Tuple(vec![None, Some(held.values()?)]))),
                (Some(held), "values") => Some(Held::many(held.values()?)),
                (Some(held), "get" | "pop") => held.clone().values().or_else(|| held.item()),
                (Some(held @ (Held::Map(_) | Held::Many(_))), "copy") => Some(held),
                (Some(Held::Array(arrays)), called) if matches!(called, "detach" | "numpy" | "cpu") || VIEWS.methods.contains(called) => {
                    Some(Held::other(arrays))
                }
                (Some(_), _) => None,
                (None, "chain" | "from_iterable") => call.args.iter().find_map(read),
                (None, _) => self.given(value, call, around, depth),
            },
            (_, "list" | "tuple" | "sorted" | "reversed" | "iter" | "set" | "deque") => Some(Held::many(read(first()?)?.item()?)),
            (_, "dict" | "OrderedDict") => {
                if let Some(held) = first().and_then(read) {
                    return match held {
                        Held::Map(_) => Some(held),
                        held => Some(Held::map(held.item()?.part(1)?)),
                    };
                }
                call.keywords.iter().find_map(|keyword| read(&keyword.value)).map(Held::map)
            }
            (_, "copy") => read(first()?).filter(|held| !matches!(held, Held::Array(_))),
            (_, "next") => read(first()?)?.item(),
            (_, "enumerate") => Some(Held::many(Held::Tuple(vec![None, Some(read(first()?)?.item()?)]))),
            (_, "chain" | "from_iterable") => call.args.iter().find_map(read),
            (_, "filter") => read(call.args.get(1)?),
            (_, "map") => {
                let (ast::Expr::Lambda(lambda), items) = (first()?, call.args.get(1)?) else { return None };
                let mut inner = around.clone();
                let given = read(items)?.item()?;
                let target = lambda.args.args.first()?.def.arg.as_str();
                // A lambda has no expression for what it binds: its argument is looked up by name.
                self.mapped(&lambda.body, target, &given, &mut inner, depth)
            }
            (_, "zip") => {
                if let [ast::Expr::Starred(all)] = &call.args[..] {
                    let Held::Tuple(parts) = read(&all.value)?.item()? else { return None };
                    return Some(Held::Tuple(parts.into_iter().map(|part| part.map(Held::many)).collect()));
                }
                let parts: Vec<_> = call.args.iter().map(|arg| read(arg).and_then(Held::item)).collect();
                parts.iter().any(Option::is_some).then(|| Held::many(Held::Tuple(parts)))
            }
            (_, "partial") => {
                let given = call.args.iter().skip(1).chain(call.keywords.iter().map(|keyword| &keyword.value));
                given.into_iter().find_map(read).and_then(Held::into_object)
            }
            _ => self.given(value, call, around, depth),
        }
    }

    /// `p.data` of `map(lambda p: p.data, items)`
    fn mapped(&self, body: &'a ast::Expr, target: &str, given: &Held<'a>, around: &mut Around<'a>, depth: usize) -> Option<Held<'a>> {
        let mut below = views::below_views(body);
        let mut is_view = !std::ptr::eq(below, body);
        while let ast::Expr::Attribute(data) = below
            && data.attr.as_str() == "data"
        {
            (below, is_view) = (views::below_views(&data.value), true);
        }
        match below {
            ast::Expr::Name(name) if name.id.as_str() == target => match given {
                Held::Array(arrays) if is_view => Some(Held::many(Held::other(*arrays))),
                given => Some(Held::many(given.clone())),
            },
            ast::Expr::Subscript(item) if views::is_same_name(&item.value, target) => {
                Some(Held::many(given.part(receiver::number(&item.slice).map_or(1, |at| at as usize))?))
            }
            ast::Expr::Subscript(_) => self.read(body, around, depth).map(Held::many),
            _ => None,
        }
    }

    /// What a function or a class of the project gives of what it is given.
    fn given(&self, value: &'a ast::Expr, call: &'a ast::ExprCall, around: &Around<'a>, depth: usize) -> Option<Held<'a>> {
        if let Some(arrays) = kept_arrays::arrays(self.cx, value) {
            return Some(Held::Object(arrays));
        }
        let Some(Entity::Class(class)) = self.cx.entity(&call.func) else { return None };
        if receiver::makes_modules(self.cx, *class) || self.cx.project_facts.class(*class).is_optimizer() {
            return None;
        }
        let callee = callee(self.cx, call)?;
        let function = callee.function;
        let def = storage::function_at(&self.cx.project.file(function.file).source.suite, function.range)?;
        callee.passed(call).find_map(|(param, given)| {
            if is_lazy(given) || !stores(&def.body, param) {
                return None;
            }
            self.read(given, around, depth).and_then(Held::into_object)
        })
    }

    fn name(&self, value: &'a ast::Expr, name: &'a ast::ExprName, around: &Around<'a>, depth: usize) -> Option<Held<'a>> {
        let id = name.id.as_str();
        if let Some((target, given)) = around.iter().rev().find(|(target, _)| views::binds(target, id)) {
            return given_to(target, given.as_ref()?, id);
        }
        if matches!(self.cx.kind(value), Kind::Str | Kind::Int | Kind::Float | Kind::Bool | Kind::Number) {
            return None;
        }
        let body = views::enclosing_body(self.cx, value);
        let mut made = None;
        for other in body {
            if let ast::Stmt::FunctionDef(def) = other
                && def.name.as_str() == id
            {
                let parts: Vec<_> = def.body.iter().map(Node::Stmt).collect();
                made = made.or_else(|| self.closure(&def.args, &parts, body, depth));
            }
        }
        if made.is_some() {
            return made;
        }
        self.bound(body, value, id, Some(value.range().start()), depth)
    }

    /// What a body binds a name to, above a place or at its end.
    fn bound(&self, body: &'a [ast::Stmt], value: &'a ast::Expr, id: &str, at: Option<TextSize>, depth: usize) -> Option<Held<'a>> {
        let depth = depth.checked_sub(1)?;
        let none = Vec::new();
        let bound = views::bindings(body, id).into_iter().rev().find(|(_, bound)| at.is_none_or(|at| bound.range().end() <= at));
        let (stmt, bound) = bound?;
        let found = match stmt {
            Node::Stmt(ast::Stmt::For(walk)) => {
                let items = self.read(bound, &none, depth)?.item()?;
                given_to(&walk.target, &items, id)
            }
            Node::Stmt(ast::Stmt::Assign(assign)) => assign.targets.iter().find_map(|target| {
                views::pairs_of(target, bound)
                    .find(|(target, _)| views::binds(target, id))
                    .and_then(|(target, given)| given_to(target, &self.read(given, &none, depth)?, id))
            }),
            _ => None,
        };
        found.or_else(|| self.collected(body, id, value, depth))
    }

    /// What a list or a dictionary gets above, one by one.
    fn collected(&self, body: &'a [ast::Stmt], id: &str, before: &'a ast::Expr, depth: usize) -> Option<Held<'a>> {
        let mut found = None;
        node::statements(body, &mut |stmt| {
            if found.is_some() || stmt.range().end() > before.range().start() {
                return;
            }
            for (place, item, way) in puts(stmt) {
                let is_it = match place {
                    ast::Expr::Subscript(item) => views::is_same_name(&item.value, id),
                    place => views::is_same_name(place, id),
                };
                if is_it && found.is_none() {
                    found = self.read(item, &Vec::new(), depth).map(|held| match way {
                        Way::All => held,
                        Way::Item => Held::many(held),
                        Way::Value => Held::map(held),
                    });
                }
            }
        });
        found
    }
}

/// Whether a constructor keeps what it is given: `self.w = w`.
fn stores(body: &[ast::Stmt], param: &str) -> bool {
    let mut found = false;
    node::statements(body, &mut |stmt| {
        if let Some((ast::Expr::Attribute(place), value)) = receiver::assignment(stmt) {
            found |= views::is_same_name(&place.value, "self") && views::is_same_name(value, param);
        }
    });
    found
}

/// `model.weight` of an argument that nothing tells, where the function around hands it to one that calls it and trains.
fn is_weight_of_model<'a>(cx: &Cx<'a>, read: &'a ast::ExprAttribute) -> bool {
    let ast::Expr::Name(model) = &*read.value else { return false };
    if !matches!(read.attr.as_str(), "weight" | "bias") || !cx.kind(&read.value).is_unknown() {
        return false;
    }
    let mut found = false;
    for stmt in views::enclosing_body(cx, &read.value) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr @ ast::Expr::Call(call)) = node else { return };
            found |= views::is_same_name(&call.func, &model.id) || is_asked(expr, &model.id) || calls_it(cx, call, &model.id);
        });
    }
    found
}

/// `model.parameters()`
fn is_asked(call: &ast::Expr, model: &str) -> bool {
    let ast::Expr::Call(call) = call else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    matches!(method.attr.as_str(), "parameters" | "named_parameters" | "state_dict" | "zero_grad" | "load_state_dict")
        && views::is_same_name(&method.value, model)
}

/// Whether a function of the project calls what it is given there: `step(model, x)`.
fn calls_it<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, model: &str) -> bool {
    if !call.args.iter().any(|arg| views::is_same_name(arg, model)) || !last_name(&call.func).is_some_and(|name| cx.shared.trains(name)) {
        return false;
    }
    let Some(callee) = callee(cx, call) else { return false };
    let function = callee.function;
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let Some((param, _)) = callee.passed(call).find(|(_, given)| views::is_same_name(given, model)) else { return false };
    let mut found = false;
    for stmt in &def.body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Call(call)) = node {
                found |= views::is_same_name(&call.func, param) || is_asked(expr, param);
            }
        });
    }
    found
}
