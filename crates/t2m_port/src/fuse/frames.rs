//! Values that are followed through names, calls of functions of the same file, and attributes of objects.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use t2m_semantic::{Entity, FunctionId, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::assigned;
use super::flow::{Flow, Region, Term};
use super::form;
use super::functions::{computes_past, definition};
use super::objects::{Object, Stored};
use crate::cx::Cx;
use crate::receiver;

/// How many calls are followed into each other.
const DEPTH: usize = 6;

/// A function whose statements are read as those of its caller, or the place where a pattern is looked for.
pub(super) struct Frame<'a> {
    pub(super) flow: Flow<'a>,
    params: Vec<(&'a str, Option<Val<'a>>)>,
    pub(super) this: Option<Object<'a>>,
    depth: usize,
    /// The place where the pattern is looked for.
    is_root: bool,
    /// What stands around, where this is a branch.
    outer: Option<Val<'a>>,
    seen: Rc<Seen<'a>>,
}

/// What the place where a pattern is looked for has set on the way.
#[derive(Default)]
struct Seen<'a> {
    region: RefCell<Region<'a>>,
    /// Only the length of an axis is asked for, and not what a tensor holds.
    is_measuring: Cell<bool>,
}

/// An expression, read in a frame; or one item of the tuple that it gives.
#[derive(Clone)]
pub(super) struct Val<'a> {
    pub(super) term: Term<'a>,
    pub(super) frame: Rc<Frame<'a>>,
    /// Which of how many.
    pub(super) item: Option<(usize, usize)>,
}

impl<'a> Val<'a> {
    pub(super) fn root(cx: &Cx<'a>, flow: &Flow<'a>, term: Term<'a>) -> Self {
        let class = receiver_of(flow.function).and_then(|_| cx.project_facts.enclosing_class(cx.id, flow.function.range()));
        let this = class.map(|class| Object { class, made: None, path: None });
        let frame = Frame { flow: flow.clone(), params: Vec::new(), this, depth: 0, is_root: true, outer: None, seen: Rc::default() };
        Self { term, frame: Rc::new(frame), item: None }
    }

    pub(super) fn expr(&self) -> &'a ast::Expr {
        self.term.expr
    }

    pub(super) fn with(&self, expr: &'a ast::Expr) -> Self {
        Self { term: self.term.with(expr), frame: Rc::clone(&self.frame), item: None }
    }

    /// Another expression of the same function.
    pub(super) fn at(&self, term: Term<'a>) -> Self {
        Self { term, frame: Rc::clone(&self.frame), item: None }
    }

    /// The expression, read in the last statement of a branch that stands where it stood.
    pub(super) fn within(&self, body: &'a [ast::Stmt]) -> Self {
        let frame = Frame {
            flow: Flow::new(self.frame.flow.function, body, &[]),
            params: Vec::new(),
            this: self.frame.this.clone(),
            depth: self.frame.depth,
            is_root: false,
            outer: Some(self.clone()),
            seen: Rc::clone(&self.frame.seen),
        };
        let term = Term { expr: self.term.expr, at: body.len().saturating_sub(1) };
        Self { term, frame: Rc::new(frame), item: None }
    }

    pub(super) fn is_at_root(&self) -> bool {
        self.frame.is_root
    }

    /// Whether the expression is `self` of its frame.
    pub(super) fn is_this(&self) -> bool {
        matches!(self.expr(), ast::Expr::Name(name) if self.frame.this.is_some() && receiver_of(self.frame.flow.function) == Some(name.id.as_str()))
    }

    /// What a name stands for, what a call of a function of the file returns.
    pub(super) fn resolve(&self, cx: &Cx<'a>) -> Self {
        let mut val = self.clone();
        while let Some(next) = val.step(cx) {
            val = next;
        }
        val
    }

    fn step(&self, cx: &Cx<'a>) -> Option<Self> {
        match self.expr() {
            ast::Expr::Name(name) => self.named(cx, &name.id),
            ast::Expr::Tuple(tuple) => {
                let (index, of) = self.item?;
                (tuple.elts.len() == of && !tuple.elts.iter().any(|elt| matches!(elt, ast::Expr::Starred(_))))
                    .then(|| self.with(&tuple.elts[index]))
            }
            ast::Expr::Call(call) => {
                self.mapped(cx, call).or_else(|| self.followed(cx, call).map(|(val, _)| Self { item: self.item, ..val }))
            }
            _ => None,
        }
    }

    fn named(&self, cx: &Cx<'a>, name: &str) -> Option<Self> {
        let Some(index) = self.frame.flow.setter(name, self.term.at) else {
            let given = self.frame.params.iter().find(|(param, _)| *param == name);
            if let (None, Some(outer)) = (given, &self.frame.outer) {
                let here = Self { item: self.item, ..outer.with(self.expr()) };
                return Some(here.named(cx, name).unwrap_or(here));
            }
            let (_, given) = given?;
            let given = given.clone()?;
            return (self.item.is_none() || given.item.is_none()).then(|| Self { item: self.item.or(given.item), ..given });
        };
        let stmt = &self.frame.flow.suite[index];
        let (names, value) = assigned::assigned_names(stmt)?;
        if self.frame.is_root {
            let seen = &self.frame.seen;
            seen.region.borrow_mut().may_go(index, names.clone(), !seen.is_measuring.get());
        } else if !self.frame.seen.is_measuring.get() && !self.frame.flow.leaves_alone(cx, name, index, self.term.at) {
            return None;
        }
        let item = match stmt {
            ast::Stmt::Assign(assign) if matches!(&assign.targets[..], [ast::Expr::Tuple(_)]) => {
                Some((names.iter().position(|target| *target == name)?, names.len()))
            }
            _ => None,
        };
        if item.is_some() && self.item.is_some() {
            return None;
        }
        Some(Self { term: Term { expr: value, at: index }, frame: Rc::clone(&self.frame), item: item.or(self.item) })
    }

    /// One item of `map(lambda t: t.view(...), (q, k, v))`: what the lambda makes of one of them.
    fn mapped(&self, cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Self> {
        let (ast::Expr::Lambda(lambda), items) = (call.args.first()?, call.args.get(1)?) else { return None };
        let is_map = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "map") && call.args.len() == 2;
        let [param] = &lambda.args.args[..] else { return None };
        let item = self.item.filter(|_| is_map)?;
        let given = Self { item: Some(item), ..self.with(items) };
        let frame = Frame {
            flow: Flow::new(self.frame.flow.function, &[], &[]),
            params: vec![(param.def.arg.as_str(), Some(given))],
            this: self.frame.this.clone(),
            depth: self.frame.depth,
            is_root: false,
            outer: Some(self.clone()),
            seen: Rc::clone(&self.frame.seen),
        };
        Some(Self { term: Term { expr: &lambda.body, at: 0 }, frame: Rc::new(frame), item: None })
    }

    /// What a call of a function of this file returns, and the function, if its body only computes.
    pub(super) fn followed(&self, cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(Self, &'a ast::StmtFunctionDef)> {
        self.followed_past(cx, call, &|_| false)
    }

    /// The same, where statements such as `if n == 1: return x` make no difference.
    pub(super) fn followed_past(
        &self,
        cx: &Cx<'a>,
        call: &'a ast::ExprCall,
        is_idle: &dyn Fn(&ast::Stmt) -> bool,
    ) -> Option<(Self, &'a ast::StmtFunctionDef)> {
        let (function, this) = self.callee(cx, call)?;
        let is_quiet = |decorator: &ast::Expr| {
            let name = match decorator {
                ast::Expr::Call(call) => cx.qualified(&call.func),
                _ => cx.qualified(decorator),
            };
            matches!(name, Some("torch.no_grad" | "torch.inference_mode"))
                || matches!(cx.entity(decorator), Some(Entity::Builtin(name)) if name.as_str() == "staticmethod")
        };
        let (def, stmt) = definition(cx, function)?;
        if self.frame.depth >= DEPTH || !def.decorator_list.iter().all(is_quiet) {
            return None;
        }
        let is_static = def.decorator_list.iter().any(|decorator| matches!(cx.entity(decorator), Some(Entity::Builtin(_))));
        let frame = Rc::new(self.frame_of(def, stmt, Some((self, call)), this.filter(|_| !is_static))?);
        let (last, _) = def.body.split_last()?;
        let ast::Stmt::Return(last) = last else { return None };
        if !computes_past(cx, function, DEPTH, is_idle) {
            return None;
        }
        let term = Term { expr: last.value.as_deref()?, at: def.body.len() - 1 };
        Some((Self { term, frame, item: None }, def))
    }

    /// The function that is called, and its `self`.
    fn callee(&self, cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<(FunctionId, Option<Object<'a>>)> {
        if let Some(Entity::Function(id)) = cx.entity(&call.func) {
            return Some((*id, None));
        }
        if let Some(object) = self.with(&call.func).object(cx) {
            return Some((cx.project_facts.lookup_method(object.class, "forward")?, Some(object)));
        }
        let ast::Expr::Attribute(method) = &*call.func else { return None };
        let object = self.with(&method.value).object(cx)?;
        Some((cx.project_facts.lookup_method(object.class, &method.attr)?, Some(object)))
    }

    /// The object that an expression is: `self`, or what the class of `self` puts into an attribute.
    fn object(&self, cx: &Cx<'a>) -> Option<Object<'a>> {
        if self.is_this() {
            let this = self.frame.this.clone()?;
            let path = if self.is_at_root() { Some(self.clone()) } else { this.path };
            return Some(Object { path, ..this });
        }
        let ast::Expr::Attribute(attribute) = self.expr() else { return None };
        let (made, _) = self.with(&attribute.value).object(cx)?.stored(cx, &attribute.attr)?;
        let ast::Expr::Call(call) = made.expr() else { return None };
        let Some(Entity::Class(class)) = cx.entity(&call.func) else { return None };
        (cx.kind(self.expr()) == Kind::Instance(*class) || cx.kind(self.expr()).is_unknown()).then_some(())?;
        Some(Object { class: *class, made: Some(made), path: self.is_at_root().then(|| self.clone()) })
    }

    /// The frame of a function: called so, or by whoever.
    pub(super) fn frame_of(
        &self,
        def: &'a ast::StmtFunctionDef,
        stmt: &'a ast::Stmt,
        called: Option<(&Self, &'a ast::ExprCall)>,
        this: Option<Object<'a>>,
    ) -> Option<Frame<'a>> {
        let args = &def.args;
        if called.is_some() && (args.vararg.is_some() || args.kwarg.is_some()) {
            return None;
        }
        let mut params = Vec::new();
        let all = args.posonlyargs.iter().chain(&args.args);
        let places = all.skip(usize::from(this.is_some())).map(|arg| (arg, true)).chain(args.kwonlyargs.iter().map(|arg| (arg, false)));
        for (place, (arg, is_positional)) in places.enumerate() {
            let name = arg.def.arg.as_str();
            let given = match called {
                Some((caller, call)) => {
                    if call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) || call.keywords.iter().any(|kw| kw.arg.is_none()) {
                        return None;
                    }
                    let place = if is_positional { place } else { usize::MAX };
                    let given = receiver::argument(call, place, name).map(|given| caller.with(given));
                    // Of defaults, only literals are the same wherever they are read.
                    given.or_else(|| {
                        arg.default
                            .as_deref()
                            .filter(|default| matches!(default, ast::Expr::Constant(_)))
                            .map(|default| caller.with(default))
                    })
                }
                None => None,
            };
            params.push((name, given));
        }
        let flow = Flow::new(stmt, &def.body, &[]);
        Some(Frame { flow, params, this, depth: self.frame.depth + 1, is_root: false, outer: None, seen: Rc::clone(&self.frame.seen) })
    }

    /// An attribute of an object: what its class puts there.
    pub(super) fn attribute(&self, cx: &Cx<'a>) -> Option<(Val<'a>, Stored)> {
        let ast::Expr::Attribute(attribute) = self.expr() else { return None };
        self.with(&attribute.value).object(cx)?.stored(cx, &attribute.attr)
    }

    /// How the value is written where the pattern is looked for.
    pub(super) fn named_at_root(&self, cx: &Cx<'a>) -> Option<RootName<'a>> {
        if self.item.is_none() {
            if form::number(self.expr()).is_some() {
                return Some(RootName { of: None, text: cx.source(self.expr()).to_owned() });
            }
            if self.is_at_root() {
                return Some(RootName { of: Some(self.clone()), text: String::new() });
            }
            if let ast::Expr::Attribute(attribute) = self.expr()
                && let Some(object) = self.with(&attribute.value).object(cx)
                && let Some(path) = object.path.clone()
                && object.stored(cx, &attribute.attr).is_some()
            {
                return Some(RootName { of: Some(path), text: format!(".{}", attribute.attr) });
            }
            // `self.dim = dim`
            if let (ast::Expr::Name(name), Some(object)) = (self.expr(), &self.frame.this)
                && let Some(path) = object.path.clone()
                && self.frame.flow.setter(&name.id, self.frame.flow.suite.len()).is_none()
                && let Some(kept) = object.keeps(cx, self, &name.id)
            {
                return Some(RootName { of: Some(path), text: format!(".{kept}") });
            }
        }
        self.step(cx)?.named_at_root(cx)
    }

    /// What a parameter was given, and no further: the expression of the caller.
    pub(super) fn resolve_params(&self, cx: &Cx<'a>) -> Self {
        let mut val = self.clone();
        while !val.is_at_root() && matches!(val.expr(), ast::Expr::Name(_)) {
            match val.step(cx) {
                Some(next) => val = next,
                None => break,
            }
        }
        val
    }

    /// Whether it goes back to what the caller gave.
    pub(super) fn comes_from_caller(&self, cx: &Cx<'a>) -> bool {
        let mut found = false;
        Node::Expr(self.expr()).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(name)) = node {
                let here = self.with(expr);
                found |=
                    self.is_at_root()
                        || self.frame.params.iter().any(|(param, _)| {
                            *param == name.id.as_str() && self.frame.flow.setter(name.id.as_str(), self.term.at).is_none()
                        });
                found |= !found && here.step(cx).is_some_and(|next| next.comes_from_caller(cx));
            }
        });
        found
    }

    /// Whether the name is a parameter of the function where the pattern is looked for.
    pub(super) fn is_param(&self, name: &str) -> bool {
        let ast::Stmt::FunctionDef(def) = self.frame.flow.function else { return false };
        let args = &def.args;
        args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).any(|arg| arg.def.arg.as_str() == name)
    }

    pub(super) fn function_name(&self) -> Option<&'a str> {
        match self.frame.flow.function {
            ast::Stmt::FunctionDef(def) => Some(def.name.as_str()),
            _ => None,
        }
    }

    /// What the names on the way to the match were set by.
    pub(super) fn seen(&self) -> Region<'a> {
        self.frame.seen.region.borrow().clone()
    }

    /// Looks only at how long axes are: what tensors hold may change.
    pub(super) fn measuring<T>(&self, look: impl FnOnce() -> T) -> T {
        let was = self.frame.seen.is_measuring.replace(true);
        let found = look();
        self.frame.seen.is_measuring.set(was);
        found
    }

    /// Whether two values are the same for sure.
    pub(super) fn same(&self, cx: &Cx<'a>, other: &Self) -> bool {
        let (a, b) = (self.resolve(cx), other.resolve(cx));
        if a.item != b.item {
            return false;
        }
        if let (Some(a), Some(b)) = (form::number(a.expr()), form::number(b.expr())) {
            return a == b;
        }
        if a.frame.is_same(cx, &b.frame) {
            let is_one = std::ptr::eq(a.expr(), b.expr()) && a.term.at == b.term.at;
            if is_one || a.frame.flow.same(cx, a.term, b.term) {
                return true;
            }
        }
        match (a.expr(), b.expr()) {
            (ast::Expr::Attribute(x), ast::Expr::Attribute(y)) => {
                x.attr == y.attr && a.item.is_none() && (a.with(&x.value).is_same_object(cx, &b.with(&y.value)))
            }
            (ast::Expr::BinOp(x), ast::Expr::BinOp(y)) => {
                x.op == y.op && a.with(&x.left).same(cx, &b.with(&y.left)) && a.with(&x.right).same(cx, &b.with(&y.right))
            }
            _ => false,
        }
    }

    fn is_same_object(&self, cx: &Cx<'a>, other: &Self) -> bool {
        let path = |val: &Self| val.object(cx).and_then(|object| object.path).map(|path| cx.source(path.expr()));
        path(self).is_some_and(|name| path(other) == Some(name))
    }
}

/// `self.rotary` and `.base`, or an expression as it stands there, or a number.
pub(super) struct RootName<'a> {
    pub(super) of: Option<Val<'a>>,
    pub(super) text: String,
}

impl<'a> Frame<'a> {
    /// Whether names have the same values in both: one function, called with the same.
    fn is_same(&self, cx: &Cx<'a>, other: &Self) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        let path = |frame: &Self| frame.this.as_ref().map(|this| (this.class, this.path.as_ref().map(|path| cx.source(path.expr()))));
        std::ptr::eq(self.flow.function, other.flow.function)
            && !self.is_root
            && path(self) == path(other)
            && self.params.iter().zip(&other.params).all(|((_, a), (_, b))| match (a, b) {
                (Some(a), Some(b)) => a.same(cx, b),
                (None, None) => true,
                _ => false,
            })
    }

    pub(super) fn nowhere(stmt: &'a ast::Stmt) -> Self {
        Self { flow: Flow::new(stmt, &[], &[]), params: Vec::new(), this: None, depth: 0, is_root: false, outer: None, seen: Rc::default() }
    }
}

/// The name of the first parameter of a method.
fn receiver_of(function: &ast::Stmt) -> Option<&str> {
    let ast::Stmt::FunctionDef(def) = function else { return None };
    def.args.posonlyargs.iter().chain(&def.args.args).next().map(|arg| arg.def.arg.as_str()).filter(|name| *name == "self")
}
