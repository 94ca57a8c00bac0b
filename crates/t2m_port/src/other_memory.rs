//! Whether an expression surely reads other memory than what a tensor stands for. Both are followed to the places that they may be taken from: names, attributes
//! and items, through bindings, loops, containers and closures. What meets, or can't be followed, may be the same memory.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use crate::body_bindings::{self, Binding, Way};
use crate::cx::Cx;
use crate::fresh_values::is_fresh;
use crate::view_names::VIEWS;
use crate::{held_views, receiver, storage, views};

/// What an expression reads of the memory of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// Nothing.
    Apart,
    /// Something that is called may read it, in a way that the text does not tell.
    Open,
    /// A place that may hold it.
    Seen,
}

/// What `arg` may read of the tensor that `owner` stands for.
pub(crate) fn reading<'a>(cx: &Cx<'a>, owner: &'a ast::Expr, arg: &'a ast::Expr) -> Reading {
    let mut read = Places::new(cx);
    read.read(Node::Expr(arg));
    if read.found.is_empty() && !read.calls_unknown && !read.calls_project {
        return Reading::Apart;
    }
    let mut own = Places::new(cx);
    own.hold(owner, &[]);
    let is_met = own.found.iter().any(|place| read.found.iter().any(|other| place.meets(other)));
    let is_lost = own.is_endless() || read.is_endless();
    if is_met {
        Reading::Seen
    } else if is_lost || read.calls_unknown && own.is_reachable || read.calls_project && own.is_global {
        Reading::Open
    } else {
        Reading::Apart
    }
}

/// What is taken of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Attribute(&'a str),
    Key(&'a str),
    Number(u64),
    /// Whatever item.
    Any,
}

impl Step<'_> {
    fn may_be(self, other: Self) -> bool {
        self == other || self == Step::Any || other == Step::Any
    }
}

/// `self.state`, `"m"` of `self.state["m"]`
#[derive(PartialEq, Eq)]
struct Place<'a> {
    root: &'a str,
    steps: Vec<Step<'a>>,
}

impl<'a> Place<'a> {
    /// Whether one may be the other one, or hold it. A gradient has memory of its own.
    fn meets(&self, other: &Self) -> bool {
        let shorter = self.steps.len().min(other.steps.len());
        let beyond = self.steps.get(shorter).or(other.steps.get(shorter));
        self.root == other.root
            && self.steps.iter().zip(&other.steps).all(|(own, other)| own.may_be(*other))
            && beyond != Some(&Step::Attribute("grad"))
    }

    /// The place that a target is, as it is written.
    fn of(expr: &'a ast::Expr) -> Option<Self> {
        match expr {
            ast::Expr::Name(name) => Some(Self { root: &name.id, steps: Vec::new() }),
            ast::Expr::Attribute(attribute) => {
                let mut place = Self::of(&attribute.value)?;
                if attribute.attr.as_str() != "data" {
                    place.steps.push(Step::Attribute(&attribute.attr));
                }
                Some(place)
            }
            ast::Expr::Subscript(item) => {
                let mut place = Self::of(&item.value)?;
                place.steps.push(key(&item.slice));
                Some(place)
            }
            _ => None,
        }
    }
}

fn key(index: &ast::Expr) -> Step<'_> {
    match index {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Str(text) => Step::Key(text.as_str()),
            ast::Constant::Int(number) => number.to_string().parse().map_or(Step::Any, Step::Number),
            _ => Step::Any,
        },
        _ => Step::Any,
    }
}

/// More are not followed.
const LIMIT: usize = 200;

/// The places that something may be taken from.
struct Places<'c, 'a> {
    cx: &'c Cx<'a>,
    found: Vec<Place<'a>>,
    /// The names that were followed, by where they stand.
    followed: Vec<(TextSize, Vec<Step<'a>>)>,
    /// It is of a caller, of an object or of the module: others may have it too.
    is_reachable: bool,
    is_global: bool,
    /// What it is called with is not known to be a function that reads its arguments alone.
    calls_unknown: bool,
    /// A function or method of the project is called, which may read what is global.
    calls_project: bool,
}

impl<'c, 'a> Places<'c, 'a> {
    fn new(cx: &'c Cx<'a>) -> Self {
        Self {
            cx,
            found: Vec::new(),
            followed: Vec::new(),
            is_reachable: false,
            is_global: false,
            calls_unknown: false,
            calls_project: false,
        }
    }

    fn is_endless(&self) -> bool {
        self.followed.len() > LIMIT
    }

    /// All that is read by an expression, or by the statements of a function that it calls.
    fn read(&mut self, node: Node<'a>) {
        let mut exprs = Vec::new();
        node.walk(&mut |node| {
            if let Node::Expr(expr) = node {
                exprs.push(expr);
            }
        });
        for expr in exprs {
            match expr {
                ast::Expr::Call(call) => self.call(call),
                ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => self.chain(expr),
                _ => {}
            }
        }
    }

    /// `self.m` of `self.m.sum()` and `self` of `self.norm()`, but not `self` of `self.m`.
    fn chain(&mut self, expr: &'a ast::Expr) {
        let cx = self.cx;
        let is_stored = |place: &ast::Expr| match place {
            ast::Expr::Name(name) => !name.ctx.is_load(),
            ast::Expr::Attribute(attribute) => !attribute.ctx.is_load(),
            ast::Expr::Subscript(item) => !item.ctx.is_load(),
            _ => false,
        };
        if is_stored(expr) || views::is_metadata(cx, expr) || receiver::is_callee(cx, expr) && !expr.is_name_expr() {
            return;
        }
        match cx.parent(expr) {
            Some(Node::Expr(ast::Expr::Subscript(item))) if std::ptr::eq(&*item.value, expr) => {}
            // `k` of `own[k]`
            Some(Node::Expr(ast::Expr::Subscript(_))) if self.is_gone_through(expr) => {}
            Some(Node::Expr(up @ ast::Expr::Attribute(attribute))) => {
                if receiver::is_callee(cx, up) {
                    self.hold(if self.is_stored_callable(attribute) { up } else { expr }, &[]);
                }
            }
            Some(Node::Expr(ast::Expr::Call(call))) if asks_no_values(cx, call) => {}
            _ => self.hold(expr, &[]),
        }
    }

    /// A name that a loop binds to keys or numbers.
    fn is_gone_through(&self, expr: &'a ast::Expr) -> bool {
        let ast::Expr::Name(name) = expr else { return false };
        !self.cx.kind(expr).is_tensor()
            && self
                .cx
                .ancestors(Node::Expr(expr))
                .any(|up| matches!(up, Node::Stmt(ast::Stmt::For(walk)) if views::binds(&walk.target, &name.id)))
    }

    /// `self.fc` of `self.fc(x)`, which is no method of the object.
    fn is_stored_callable(&self, attribute: &'a ast::ExprAttribute) -> bool {
        let cx = self.cx;
        let is_method = |class| cx.project_facts.lookup_method(class, &attribute.attr).is_some();
        receiver::class_of(cx, &attribute.value).is_some_and(|class| !is_method(class))
            && cx.tables.lookup(&format!("Module.{}", attribute.attr)).next().is_none()
    }

    /// What a call may read besides what it is given.
    fn call(&mut self, call: &'a ast::ExprCall) {
        let cx = self.cx;
        if cx.qualified(&call.func).is_some() || receiver::layer(cx, &call.func).is_some() {
            return;
        }
        match (cx.entity(&call.func), &*call.func) {
            (Some(Entity::Builtin(_)), _) => {}
            (Some(_), _) => self.calls_project = true,
            (None, ast::Expr::Attribute(method)) => {
                self.calls_project |= cx.shared.has_method(cx.project_facts, &method.attr);
                let is_object = |kind: &Kind| matches!(kind, Kind::Module | Kind::Layer(_) | Kind::Instance(_));
                self.calls_unknown |= self.is_stored_callable(method) && !is_object(&cx.kind(&call.func));
            }
            // What the name stands for is followed.
            (None, ast::Expr::Name(name)) => {
                let is_bound = |body: &'a [ast::Stmt]| {
                    body_bindings::of_body(cx, body).contains_key(name.id.as_str()) || !functions(body, &name.id).is_empty()
                };
                let mut bodies = self.functions_around(&call.func);
                self.calls_unknown |= !bodies.any(|def| is_bound(&def.body));
            }
            (None, _) => self.calls_unknown = true,
        }
    }

    fn functions_around(&self, expr: &'a ast::Expr) -> impl Iterator<Item = &'a ast::StmtFunctionDef> + use<'c, 'a> {
        let scopes: Vec<Node<'a>> = self.cx.scopes(expr).collect();
        scopes.into_iter().filter_map(|up| match up {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
            _ => None,
        })
    }

    /// The places that the value of an expression may be, or of what is taken of it.
    fn hold(&mut self, expr: &'a ast::Expr, steps: &[Step<'a>]) {
        let cx = self.cx;
        if self.is_endless() {
            return;
        }
        let taken = |step: Step<'a>| [&[step], steps].concat();
        match expr {
            ast::Expr::Name(name) => self.name(expr, name, steps),
            ast::Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                if cx.entity(expr).is_some() || cx.qualified(expr).is_some() || views::is_metadata(cx, &attribute.value) {
                    return;
                }
                if name == "data" && !receiver::is_own_object(cx, &attribute.value) {
                    self.hold(&attribute.value, steps);
                } else if VIEWS.attributes.contains(name) || self.is_property(attribute) {
                    self.hold(&attribute.value, &[]);
                } else if !cx.kind(expr).is_number() {
                    self.hold(&attribute.value, &taken(Step::Attribute(name)));
                }
            }
            _ if cx.kind(expr).is_number() || self.is_new(expr) => {}
            ast::Expr::Subscript(item) => self.hold(&item.value, &taken(key(&item.slice))),
            ast::Expr::Call(call) => {
                if let Some(inner) = storage::detached(cx, expr) {
                    return self.hold(inner, steps);
                }
                match &*call.func {
                    ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() => self.hold(&method.value, &[]),
                    func if cx.entity(func).is_none() => self.hold(func, &[]),
                    _ => {}
                }
                call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).for_each(|arg| self.hold(arg, &[]));
            }
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
                let nth = match steps.first() {
                    Some(Step::Number(at)) if !elts.iter().any(ast::Expr::is_starred_expr) => {
                        usize::try_from(*at).ok().and_then(|at| elts.get(at))
                    }
                    _ => None,
                };
                let inner = steps.get(1..).unwrap_or_default();
                match nth {
                    Some(item) => self.hold(item, inner),
                    None => elts.iter().for_each(|item| self.hold(item, inner)),
                }
            }
            ast::Expr::Set(set) => set.elts.iter().for_each(|item| self.hold(item, steps.get(1..).unwrap_or_default())),
            ast::Expr::Dict(dict) => {
                for (own, value) in dict.keys.iter().zip(&dict.values) {
                    let is_asked = |own: &'a ast::Expr| steps.first().is_none_or(|step| key(own).may_be(*step));
                    match own {
                        Some(own) if is_asked(own) => self.hold(value, steps.get(1..).unwrap_or_default()),
                        Some(_) => {}
                        // `{**others}`
                        None => self.hold(value, steps),
                    }
                }
            }
            ast::Expr::ListComp(all) => self.hold(&all.elt, steps.get(1..).unwrap_or_default()),
            ast::Expr::SetComp(all) => self.hold(&all.elt, steps.get(1..).unwrap_or_default()),
            ast::Expr::GeneratorExp(all) => self.hold(&all.elt, steps.get(1..).unwrap_or_default()),
            ast::Expr::DictComp(all) => self.hold(&all.value, steps.get(1..).unwrap_or_default()),
            // Lists are joined; tensors are added.
            ast::Expr::BinOp(both) if !cx.kind(expr).is_tensor() && matches!(both.op, ast::Operator::Add) => {
                let is_list = |kind: Kind| matches!(kind, Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_));
                if is_list(cx.kind(expr)) || is_list(cx.kind(&both.left)) || is_list(cx.kind(&both.right)) {
                    self.hold(&both.left, steps);
                    self.hold(&both.right, steps);
                }
            }
            ast::Expr::BoolOp(all) => all.values.iter().for_each(|value| self.hold(value, steps)),
            ast::Expr::IfExp(choice) => {
                self.hold(&choice.body, steps);
                self.hold(&choice.orelse, steps);
            }
            ast::Expr::NamedExpr(named) => self.hold(&named.value, steps),
            ast::Expr::Starred(starred) => self.hold(&starred.value, steps),
            ast::Expr::UnaryOp(operation) => self.hold(&operation.operand, steps),
            ast::Expr::Lambda(lambda) => self.read(Node::Expr(&lambda.body)),
            _ => {}
        }
    }

    /// What a function of PyTorch has computed. Those of other libraries may give what they hold: `OrderedDict(d)`.
    fn is_new(&self, expr: &'a ast::Expr) -> bool {
        let cx = self.cx;
        match expr {
            ast::Expr::Call(call) => match cx.qualified(&call.func) {
                Some("copy.deepcopy") => true,
                Some(name) => {
                    (name.starts_with("torch.") || name.starts_with("numpy.")) && !name.ends_with(".Parameter") && is_fresh(cx, expr)
                }
                None => is_fresh(cx, expr),
            },
            ast::Expr::Subscript(_) => is_fresh(cx, expr),
            _ => false,
        }
    }

    /// `self.total`, which a method of the object gives.
    fn is_property(&self, attribute: &'a ast::ExprAttribute) -> bool {
        let cx = self.cx;
        match receiver::class_of(cx, &attribute.value) {
            Some(class) => {
                receiver::family(cx, class).any(|class| cx.project_facts.class(class).methods.contains_key(attribute.attr.as_str()))
            }
            None => {
                attribute.attr.as_str() != "grad"
                    && cx.kind(&attribute.value).is_unknown()
                    && cx.shared.has_method(cx.project_facts, &attribute.attr)
            }
        }
    }

    fn name(&mut self, at: &'a ast::Expr, name: &'a ast::ExprName, steps: &[Step<'a>]) {
        let (cx, id) = (self.cx, name.id.as_str());
        let key = (at.range().start(), steps.to_vec());
        if cx.kind(at).is_number() || self.followed.contains(&key) {
            return;
        }
        self.followed.push(key);
        for up in cx.ancestors(Node::Expr(at)) {
            match up {
                Node::Expr(
                    ast::Expr::ListComp(ast::ExprListComp { generators, .. })
                    | ast::Expr::SetComp(ast::ExprSetComp { generators, .. })
                    | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. })
                    | ast::Expr::DictComp(ast::ExprDictComp { generators, .. }),
                ) => {
                    let own = generators.iter().find(|all| views::binds(&all.target, id) && !all.iter.range().contains_range(at.range()));
                    if let Some(all) = own {
                        return self.bound(&all.target, &all.iter, true, id, steps);
                    }
                }
                Node::Expr(ast::Expr::Lambda(lambda)) if receiver::takes(&lambda.args, id) => return self.is_reachable = true,
                Node::Expr(_) => {}
                Node::Stmt(_) => break,
            }
        }
        for (depth, def) in self.functions_around(at).enumerate() {
            let bindings = body_bindings::of_body(cx, &def.body);
            let (bound, inner) = (bindings.get(id), functions(&def.body, id));
            let is_given = receiver::has_parameter(def, id);
            if bound.is_none() && inner.is_empty() && !is_given {
                continue;
            }
            self.add(id, steps);
            self.is_reachable |= is_given || depth > 0;
            for inner in inner {
                inner.body.iter().for_each(|stmt| self.read(Node::Stmt(stmt)));
            }
            let bound = bound.map(Vec::as_slice).unwrap_or_default();
            for binding in bound.iter().filter(|binding| depth > 0 || reaches(cx, binding, bound, at)) {
                self.binding(binding, id, steps);
            }
            return self.stores(&def.body, id, steps);
        }
        if cx.entity(at).is_some() || cx.qualified(at).is_some() {
            return;
        }
        self.add(id, steps);
        (self.is_reachable, self.is_global) = (true, true);
        let bindings = body_bindings::of_body(cx, &cx.file.suite);
        let is_of_module = |stmt: &'a ast::Stmt| {
            !cx.ancestors(Node::Stmt(stmt)).any(|up| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_))))
        };
        for binding in bindings.get(id).into_iter().flatten().filter(|binding| is_of_module(binding.stmt)) {
            self.binding(binding, id, steps);
        }
    }

    fn add(&mut self, root: &'a str, steps: &[Step<'a>]) {
        let place = Place { root, steps: steps.to_vec() };
        if !self.found.contains(&place) {
            self.found.push(place);
        }
    }

    fn binding(&mut self, binding: &Binding<'a>, id: &str, steps: &[Step<'a>]) {
        // `z = y = x * 2`
        if let ast::Stmt::Assign(assign) = binding.stmt
            && assign.targets.len() > 1
        {
            assign.targets.iter().filter(|target| !views::binds(target, id)).for_each(|target| self.hold(target, steps));
        }
        match binding.way {
            Way::Target { target, is_items } => self.bound(target, binding.value, is_items, id, steps),
            Way::Entered { .. } | Way::Named => self.hold(binding.value, steps),
            // See `stores`.
            Way::Put { .. } => {}
        }
    }

    /// What a name is bound to by a target.
    fn bound(&mut self, target: &'a ast::Expr, value: &'a ast::Expr, is_items: bool, id: &str, steps: &[Step<'a>]) {
        let taken = |step: Step<'a>| [&[step], steps].concat();
        if is_items {
            match views::walked_by(self.cx, target, value, id) {
                Some(walked) if target.is_tuple_expr() && std::ptr::eq(walked, value) => {
                    self.hold(value, &[&[Step::Any], &taken(Step::Any)[..]].concat())
                }
                Some(walked) => self.hold(walked, &taken(Step::Any)),
                None => {}
            }
            return;
        }
        match target {
            ast::Expr::Name(_) => self.hold(value, steps),
            ast::Expr::Tuple(parts) if !parts.elts.iter().any(ast::Expr::is_starred_expr) => {
                let at = parts.elts.iter().position(|part| views::is_same_name(part, id));
                let step = at.and_then(|at| u64::try_from(at).ok()).map_or(Step::Any, Step::Number);
                self.hold(value, &taken(step));
            }
            _ => self.hold(value, &taken(Step::Any)),
        }
    }

    /// What the statements of a body put into a place, or into what it holds: `box.n = y`, `rows.append(y)`.
    fn stores(&mut self, body: &'a [ast::Stmt], root: &str, steps: &[Step<'a>]) {
        let asked = |target: &'a ast::Expr| {
            let place = Place::of(target).filter(|place| place.root == root)?;
            place.steps.iter().zip(steps).all(|(own, other)| own.may_be(*other)).then_some(place.steps.len())
        };
        let mut found: Vec<(&'a ast::Expr, usize)> = Vec::new();
        node::statements(body, &mut |stmt| {
            for (target, value, _) in held_views::stored(stmt) {
                let parts = match target {
                    ast::Expr::Tuple(parts) => &parts.elts[..],
                    target => std::slice::from_ref(target),
                };
                let places = parts.iter().filter(|part| part.is_attribute_expr() || part.is_subscript_expr());
                // What a part of a tuple gets is not followed apart.
                found.extend(
                    places.filter_map(|place| asked(place).map(|depth| (value, if target.is_tuple_expr() { usize::MAX } else { depth }))),
                );
            }
            let ast::Stmt::Expr(statement) = stmt else { return };
            let ast::Expr::Call(call) = &*statement.value else { return };
            let ast::Expr::Attribute(method) = &*call.func else { return };
            let puts =
                matches!(method.attr.as_str(), "append" | "appendleft" | "insert" | "add" | "extend" | "setdefault" | "update" | "put");
            if puts && let Some(depth) = asked(&method.value) {
                let values = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                found.extend(values.map(|value| (value, depth + 1)));
            }
        });
        for (value, depth) in found {
            let inner = steps.get(depth..).unwrap_or_default();
            self.hold(value, inner);
            // `box.n = y = x * 2`
            if let Some(Node::Stmt(ast::Stmt::Assign(assign))) = self.cx.parent(value)
                && assign.targets.len() > 1
            {
                assign.targets.iter().filter(|target| target.is_name_expr()).for_each(|target| self.hold(target, inner));
            }
        }
    }
}

/// `len(x)`, `isinstance(x, torch.Tensor)`
fn asks_no_values<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "len" | "isinstance" | "type" | "id" | "hasattr"))
}

/// The functions of this name that a body defines.
fn functions<'a>(body: &'a [ast::Stmt], name: &str) -> Vec<&'a ast::StmtFunctionDef> {
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| {
        if let ast::Stmt::FunctionDef(def) = stmt
            && def.name.as_str() == name
        {
            found.push(def);
        }
    });
    found
}

/// Whether a name may still have the value of a binding of the same function at a place: nothing that surely runs in between binds it anew.
fn reaches<'a>(cx: &Cx<'a>, binding: &Binding<'a>, all: &[Binding<'a>], at: &'a ast::Expr) -> bool {
    let (start, end) = (at.range().start(), binding.value.range().end());
    let around: Vec<Node<'a>> = cx.ancestors(Node::Expr(at)).collect();
    let is_around = |stmt: &'a ast::Stmt| around.iter().any(|up| up.is(Node::Stmt(stmt)));
    // Whether what runs up to `at` has run the statement before.
    let is_sure = |other: &Binding<'a>| match other.stmt {
        ast::Stmt::For(_) => is_around(other.stmt),
        stmt => match cx.parent(Node::Stmt(stmt)) {
            Some(Node::Stmt(parent)) => {
                let holds = |suite: &&[ast::Stmt]| {
                    let has = |range| suite.iter().any(|stmt| stmt.range().contains_range(range));
                    has(stmt.range()) && has(at.range())
                };
                is_around(parent) && node::suites(parent).iter().any(holds)
            }
            _ => true,
        },
    };
    let replaces = |other: &Binding<'a>| {
        matches!(other.way, Way::Target { .. } | Way::Entered { .. }) && other.value.range().end() <= start && is_sure(other)
    };
    if end <= start {
        return !all.iter().any(|other| other.value.range().start() >= end && replaces(other));
    }
    // In the next turn of a loop.
    let turn = around.iter().rev().find(|up| {
        matches!(up, Node::Stmt(stmt @ (ast::Stmt::For(_) | ast::Stmt::While(_))) if stmt.range().contains_range(binding.stmt.range()) && !std::ptr::eq(*stmt, binding.stmt))
    });
    let Some(turn) = turn else { return false };
    !all.iter().any(|other| turn.range().contains_range(other.value.range()) && replaces(other))
}
