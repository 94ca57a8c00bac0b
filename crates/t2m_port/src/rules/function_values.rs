//! What a value may be that a function gives of which only the run knows which one it is: `fn(n)`, `SCHEDULES[kind](n)`, `getattr(self, "make_" + kind)(n)`.

use t2m_semantic::tables::signature::Returns;
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FunctionInfo, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::computed_argument::{gives_items, is_open, stands_here};
use super::module_array::holds_tensors;
use super::parameter_or_tensor;
use crate::body_bindings::{self, Way};
use crate::cx::Cx;
use crate::given::Sort;
use crate::survey::Store;
use crate::{receiver, sounds, storage, views};

/// Through how many names and calls a value is followed.
const DEPTH: usize = 16;

/// What a value may be.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Made {
    pub(super) tensor: bool,
    pub(super) parameter: bool,
    pub(super) module: bool,
    /// What a function gives that is not known.
    pub(super) open: bool,
    /// Something else, such as a number.
    pub(super) other: bool,
}

impl Made {
    fn of(facts: &Facts, kind: &Kind) -> Self {
        let parameter = *kind == Kind::Parameter || matches!(kind, Kind::Optional(inner) if **inner == Kind::Parameter);
        let (tensor, module) = (holds_tensors(kind), facts.is_module(kind));
        Self { tensor, parameter, module, open: false, other: !(tensor || parameter || module || is_open(kind)) }
    }

    fn or(self, other: Self) -> Self {
        Self {
            tensor: self.tensor || other.tensor,
            parameter: self.parameter || other.parameter,
            module: self.module || other.module,
            open: self.open || other.open,
            other: self.other || other.other,
        }
    }

    /// Whether it is a tensor, whatever the run chooses.
    pub(super) fn is_plain(self) -> bool {
        self.tensor && !self.parameter && !self.module && !self.open
    }

    /// What is computed of it.
    fn computed(self) -> Self {
        Self { tensor: self.tensor || self.parameter, parameter: false, module: false, ..self }
    }

    fn any(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::default(), Self::or)
    }

    const OPEN: Self = Self { tensor: false, parameter: false, module: false, open: true, other: false };
}

/// What a value of unknown kind may be.
pub(super) fn made<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Made {
    if is_open(&cx.kind(value)) { Search { cx, item: None }.value(value, DEPTH) } else { Made::default() }
}

/// Whether a call of a function that the run chooses may give a parameter.
pub(super) fn may_give_parameter<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    Search { cx, item: None }.call(call, DEPTH).parameter
}

/// What one item may be of the tuple that a value of unknown kind is.
pub(super) fn item_made<'a>(cx: &Cx<'a>, value: &'a ast::Expr, item: usize) -> Made {
    if is_open(&cx.kind(value)) { Search { cx, item: Some(item) }.value(value, DEPTH) } else { Made::default() }
}

/// Whether a value of unknown kind is what a function gives, and a tensor in one case and a parameter in none.
pub(super) fn gives_tensor<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let made = made(cx, value);
    made.tensor && !made.parameter
}

/// Whether a call of a method of `self`, which gives something else as far as its class tells, gives a tensor where a subclass has another one in its place.
pub(super) fn gives_tensor_below<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    receiver::self_class(cx, &method.value).is_some_and(|class| given_by_method(cx, class, &method.attr, None).tensor)
}

/// What a method of the object, or one that a subclass has in its place, may give, or one item of the tuple that it gives.
pub(super) fn given_by_method(cx: &Cx<'_>, class: ClassId, method: &str, item: Option<usize>) -> Made {
    Search { cx, item }.methods(class, &|name| name == method, DEPTH)
}

/// What a call changes and gives back: `t.requires_grad_()`, `nn.init.zeros_(t)`.
pub(super) fn given_back<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let changes = |name: &str| name.ends_with('_') && !name.ends_with("__");
    match (cx.qualified(&call.func), &*call.func) {
        (Some(name), _) => call.args.first().filter(|_| name.starts_with("torch.nn.init.") && changes(name)),
        (None, ast::Expr::Attribute(method)) if changes(&method.attr) && receiver::self_class(cx, &method.value).is_none() => {
            Some(&*method.value)
        }
        _ => None,
    }
}

/// What a name is bound to.
#[derive(Default)]
struct Bound<'a> {
    whole: Vec<&'a ast::Expr>,
    /// What it is one item of after the other.
    items: Vec<&'a ast::Expr>,
    /// Something else, too: a caller gives it.
    is_open: bool,
}

struct Search<'c, 'a> {
    cx: &'c Cx<'a>,
    /// The item of a tuple that is asked about.
    item: Option<usize>,
}

impl<'a> Search<'_, 'a> {
    fn of(&self, kind: &Kind) -> Made {
        match (self.item, kind) {
            (Some(item), Kind::Tuple(kinds)) => match kinds.get(item) {
                Some(kind) if !is_open(kind) => Made::of(self.cx.project_facts, kind),
                _ => Made::OPEN,
            },
            _ => Made::of(self.cx.project_facts, kind),
        }
    }

    fn value(&self, value: &'a ast::Expr, depth: usize) -> Made {
        let kind = self.cx.kind(value);
        if !is_open(&kind) {
            return self.of(&kind);
        }
        let Some(depth) = depth.checked_sub(1) else { return Made::default() };
        let of = |part: &'a ast::Expr| self.value(part, depth);
        match value {
            ast::Expr::Name(name) => {
                let bound = self.bound(value, &name.id);
                Made::any(bound.whole.into_iter().chain(bound.items).map(of))
            }
            ast::Expr::Attribute(read) => match receiver::self_class(self.cx, &read.value) {
                Some(class) => {
                    let stands_here = |put: &&'a ast::Expr| !std::ptr::eq(*put, value) && stands_here(self.cx, value, put);
                    let stored = self.stored(class, &read.attr).into_iter().chain(self.stored_beside(value, &read.attr));
                    Made::any(stored.filter(stands_here).map(of))
                }
                None if matches!(read.attr.as_str(), "T" | "mT" | "H" | "mH" | "data" | "real" | "imag") => of(&read.value).computed(),
                None => Made::default(),
            },
            ast::Expr::IfExp(e) => of(&e.body).or(of(&e.orelse)),
            ast::Expr::BoolOp(e) => Made::any(e.values.iter().map(of)),
            ast::Expr::UnaryOp(e) if e.op != ast::UnaryOp::Not => of(&e.operand).computed(),
            // `dim // heads` and `1 << bits` are what programs do with numbers.
            ast::Expr::BinOp(e) => match e.op {
                ast::Operator::FloorDiv | ast::Operator::LShift | ast::Operator::RShift => Made::default(),
                _ => of(&e.left).or(of(&e.right)).computed(),
            },
            ast::Expr::Subscript(e) => of(&e.value),
            ast::Expr::Starred(e) => of(&e.value),
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => Made::any(elts.iter().map(of)),
            ast::Expr::Dict(e) => Made::any(e.values.iter().map(of)),
            ast::Expr::ListComp(e) => of(&e.elt),
            ast::Expr::GeneratorExp(e) => of(&e.elt),
            ast::Expr::DictComp(e) => of(&e.value),
            ast::Expr::Call(call) => self.call(call, depth),
            _ => Made::default(),
        }
    }

    fn call(&self, call: &'a ast::ExprCall, depth: usize) -> Made {
        let of = |part: &'a ast::Expr| self.value(part, depth);
        if let Some(same) = given_back(self.cx, call) {
            return of(same);
        }
        match self.cx.entity(&call.func) {
            Some(Entity::Builtin(name)) if gives_items(name) => {
                let named = call.keywords.iter().map(|keyword| &keyword.value);
                let given = Made::any(call.args.iter().chain(named.filter(|_| name == "dict")).map(of));
                return match call.args.first() {
                    Some(function) if name == "map" => match self.result(function, depth) {
                        made if made.parameter && !made.open => made,
                        made => given.or(made),
                    },
                    _ => given,
                };
            }
            Some(Entity::Library(name)) => match (name.as_static(), &call.args[..]) {
                ("copy.deepcopy" | "copy.copy", [copied, ..]) => return of(copied),
                ("functools.reduce", [function, items @ ..]) => {
                    return Made::any(items.iter().map(of)).or(self.result(function, depth)).computed();
                }
                _ => {}
            },
            _ => {}
        }
        if let ast::Expr::Attribute(method) = &*call.func
            && self.cx.entity(&call.func).is_none()
            && sounds::gives_tensor(self.cx, &method.attr)
            && let found = of(&method.value)
            && (found.tensor || found.parameter)
        {
            return found.computed();
        }
        self.result(&call.func, depth)
    }

    /// What a call of a function gives.
    fn result(&self, function: &'a ast::Expr, depth: usize) -> Made {
        let Some(depth) = depth.checked_sub(1) else { return Made::default() };
        let of = |function: &'a ast::Expr| self.result(function, depth);
        match self.cx.entity(function) {
            Some(Entity::Function(id)) => return self.function(self.cx.project_facts.function(*id), depth),
            Some(Entity::Library(name)) => return self.library(name.as_static()),
            Some(Entity::Class(class)) => return Made { module: self.cx.project_facts.is_module_class(*class), ..Made::default() },
            Some(_) => return Made::default(),
            None => {}
        }
        if self.cx.project_facts.is_module(&self.cx.kind(function)) {
            return Made::default();
        }
        match function {
            ast::Expr::Lambda(lambda) => self.value(&lambda.body, depth),
            ast::Expr::IfExp(e) => of(&e.body).or(of(&e.orelse)),
            ast::Expr::BoolOp(e) => Made::any(e.values.iter().map(of)),
            ast::Expr::Name(name) => {
                let bound = self.named(function, &name.id);
                let items = bound.items.into_iter().map(|table| self.item(table, None, depth));
                let known = Made::any(bound.whole.into_iter().map(of).chain(items)).or(self.given(function, name.id.as_str()));
                // What the file takes from elsewhere is no choice of the run.
                if bound.is_open { known.or(Made::OPEN) } else { known }
            }
            ast::Expr::Subscript(item) => self.item(&item.value, Some(&item.slice), depth),
            ast::Expr::Attribute(member) => self.member(member, depth),
            ast::Expr::Call(call) => self.made_function(call, depth),
            // What a table has beside its functions.
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => Made::any(elts.iter().map(of)),
            ast::Expr::Constant(_) | ast::Expr::JoinedStr(_) => Made::default(),
            _ => Made::OPEN,
        }
    }

    /// `self._sin`, `type(self).make`, or a function that the object keeps.
    fn member(&self, member: &'a ast::ExprAttribute, depth: usize) -> Made {
        let object = match &*member.value {
            ast::Expr::Attribute(class) if class.attr.as_str() == "__class__" => &*class.value,
            ast::Expr::Call(call) if matches!(self.cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "type") => {
                call.args.first().unwrap_or(&member.value)
            }
            object => object,
        };
        let name = member.attr.as_str();
        let Some(class) = receiver::self_class(self.cx, object) else { return self.of_registry(object, name, depth) };
        let is_method = receiver::family(self.cx, class).any(|class| self.cx.project_facts.class(class).methods.contains_key(name));
        if is_method {
            return self.methods(class, &|own| own == name, depth);
        }
        let stored = self.stored(class, name);
        if stored.is_empty() { Made::OPEN } else { Made::any(stored.into_iter().map(|put| self.result(put, depth))) }
    }

    /// A method of an object that is no module: `KERNELS.build(name, 3)`.
    fn of_registry(&self, object: &'a ast::Expr, method: &str, depth: usize) -> Made {
        match self.cx.kind(object) {
            Kind::Instance(class) if !receiver::makes_modules(self.cx, class) => self.methods(class, &|name| name == method, depth),
            _ => Made::default(),
        }
    }

    /// What a call of what another call gives: `partial(torch.ones, n)()`, `getattr(self, "make_" + kind)(n)`, `schedule(kind)(n)`.
    fn made_function(&self, call: &'a ast::ExprCall, depth: usize) -> Made {
        match (self.cx.entity(&call.func), &call.args[..]) {
            (Some(Entity::Library(name)), [function, ..]) if name.as_static() == "functools.partial" => self.result(function, depth),
            (Some(Entity::Builtin(name)), [object, member, ..]) if name == "getattr" => match self.cx.qualified(object) {
                Some("torch") => Made { tensor: true, ..Made::default() },
                Some(_) => Made::default(),
                None => match (receiver::self_class(self.cx, object), Spelling::of(member)) {
                    (Some(class), Some(spelling)) => self.methods(class, &|name| spelling.fits(name), depth).or(Made::OPEN),
                    _ => Made::OPEN,
                },
            },
            (Some(Entity::Builtin(_)), _) => Made::default(),
            (Some(Entity::Function(id)), _) => self.returned(self.cx.project_facts.function(*id), depth),
            // An object that is called.
            (Some(Entity::Class(class)), _) if !self.cx.project_facts.is_module_class(*class) => {
                self.methods(*class, &|name| name == "__call__", depth)
            }
            (Some(_), _) => Made::default(),
            (None, args) => match &*call.func {
                // `SCHEDULES.get(kind)(n)`
                ast::Expr::Attribute(get) if matches!(get.attr.as_str(), "get" | "pop" | "setdefault") && !args.is_empty() => {
                    let otherwise = Made::any(args[1..].iter().map(|function| self.result(function, depth)));
                    match self.cx.kind(&get.value) {
                        Kind::Instance(_) => Made::OPEN,
                        _ => self.item(&get.value, Some(&args[0]), depth).or(otherwise),
                    }
                }
                _ => Made::OPEN,
            },
        }
    }

    /// What the functions give that a function of this file gives.
    fn returned(&self, function: &FunctionInfo, depth: usize) -> Made {
        if function.file != self.cx.id {
            return Made::OPEN;
        }
        let Some(def) = storage::function_at(&self.cx.file.suite, function.range) else { return Made::OPEN };
        let mut found = Made::OPEN;
        node::statements(&def.body, &mut |stmt| {
            if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
                found = found.or(self.result(value, depth));
            }
        });
        found
    }

    /// What a call of an item of a table of functions gives.
    fn item(&self, table: &'a ast::Expr, key: Option<&'a ast::Expr>, depth: usize) -> Made {
        let Some(depth) = depth.checked_sub(1) else { return Made::OPEN };
        let of = |function: &'a ast::Expr| self.result(function, depth);
        let in_table = |table: &'a ast::Expr| self.item(table, key, depth);
        match table {
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => Made::any(elts.iter().map(of)),
            // A table that others fill.
            ast::Expr::Dict(dict) if dict.values.is_empty() => Made::OPEN,
            ast::Expr::Dict(dict) => Made::any(dict.values.iter().map(of)),
            ast::Expr::ListComp(e) => of(&e.elt),
            ast::Expr::GeneratorExp(e) => of(&e.elt),
            ast::Expr::DictComp(e) => of(&e.value),
            ast::Expr::IfExp(e) => in_table(&e.body).or(in_table(&e.orelse)),
            ast::Expr::BoolOp(e) => Made::any(e.values.iter().map(in_table)),
            ast::Expr::Name(name) => {
                let bound = self.named(table, &name.id);
                let is_open = bound.is_open || bound.whole.is_empty();
                let known = Made::any(bound.whole.into_iter().map(in_table)).or(self.given(table, name.id.as_str()));
                if is_open { known.or(Made::OPEN) } else { known }
            }
            ast::Expr::Attribute(member) => match receiver::self_class(self.cx, &member.value) {
                Some(class) => Made::any(self.stored(class, &member.attr).into_iter().map(in_table)).or(Made::OPEN),
                None => Made::OPEN,
            },
            ast::Expr::Call(call) => self.item_of_call(call, key, depth),
            _ => Made::OPEN,
        }
    }

    /// The same of a table that a call gives: `dict(a=f)`, `globals()`, `TABLE.items()`, `zip(names, functions)`.
    fn item_of_call(&self, call: &'a ast::ExprCall, key: Option<&'a ast::Expr>, depth: usize) -> Made {
        let in_table = |table: &'a ast::Expr| self.item(table, key, depth);
        match self.cx.entity(&call.func) {
            Some(Entity::Builtin(name)) if name == "dict" && !call.keywords.is_empty() => {
                Made::any(call.keywords.iter().map(|keyword| self.result(&keyword.value, depth)))
            }
            Some(Entity::Builtin(name)) if name == "globals" => {
                let Some(spelling) = key.and_then(Spelling::of) else { return Made::OPEN };
                let functions = self.cx.project_facts.functions().map(|(_, function)| function);
                let fit =
                    functions.filter(|function| function.file == self.cx.id && function.class.is_none() && spelling.fits(&function.name));
                Made::any(fit.map(|function| self.function(function, depth))).or(Made::OPEN)
            }
            Some(Entity::Builtin(name)) if gives_items(name) && name != "map" && !call.args.is_empty() => {
                Made::any(call.args.iter().map(in_table))
            }
            _ => match &*call.func {
                ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "items" | "values" | "copy") => in_table(&method.value),
                _ => Made::OPEN,
            },
        }
    }

    /// What a name stands for: what it is bound to in the function around, or the default of an argument, or what the file assigns it once.
    fn named(&self, at: &'a ast::Expr, name: &str) -> Bound<'a> {
        let mut bound = self.bound(at, name);
        if !bound.is_open && bound.whole.is_empty() && bound.items.is_empty() {
            let assigned = || self.cx.only_assignment(name).map(|assign| &*assign.value);
            bound.whole.extend(self.default_of(at, name).or_else(assigned));
        }
        bound.is_open |= receiver::is_parameter_around(self.cx, at, name);
        bound
    }

    /// The values that a name is bound to above in the function around, or in the comprehension around.
    fn bound(&self, at: &'a ast::Expr, name: &str) -> Bound<'a> {
        let mut found = Bound::default();
        let mut above = self.cx.ancestors(Node::Expr(at)).peekable();
        while let Some(up) = above.next() {
            let walks: &[ast::Comprehension] = match up {
                Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
                Node::Expr(ast::Expr::SetComp(e)) => &e.generators,
                Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
                Node::Expr(ast::Expr::DictComp(e)) => &e.generators,
                Node::Expr(ast::Expr::Lambda(lambda)) if receiver::takes(&lambda.args, name) => {
                    match above.peek().and_then(|call| self.given_to(call, lambda, name)) {
                        Some(items) => found.items.push(items),
                        None => found.is_open = true,
                    }
                    return found;
                }
                Node::Stmt(_) => break,
                Node::Expr(_) => &[],
            };
            if let Some(walk) = walks.iter().find(|walk| views::binds(&walk.target, name)) {
                found.items.push(&walk.iter);
                return found;
            }
        }
        let bindings = body_bindings::of_body(self.cx, views::enclosing_body(self.cx, at));
        let all = bindings.get(name).map_or(&[][..], Vec::as_slice);
        for bound in all.iter().filter(|bound| bound.value.range().end() < at.range().start()) {
            match bound.way {
                Way::Target { target, is_items: false } => {
                    let pairs = views::pairs_of(target, bound.value);
                    let own = pairs.into_iter().find(|(target, _)| views::is_same_name(target, name));
                    match own.map(|(_, value)| value).or_else(|| target.is_tuple_expr().then_some(bound.value)) {
                        Some(value) => found.whole.push(value),
                        None => found.is_open = true,
                    }
                }
                Way::Target { is_items: true, .. } => found.items.push(bound.value),
                Way::Named => found.whole.push(bound.value),
                Way::Entered { .. } => found.is_open = true,
                // More items of a table.
                Way::Put { .. } => {}
            }
        }
        found
    }

    /// The items that a lambda is called with one after the other: `rows` of `map(lambda row: row, rows)`, `reduce(lambda all, row: all, rows)`.
    fn given_to(&self, call: &Node<'a>, lambda: &ast::ExprLambda, name: &str) -> Option<&'a ast::Expr> {
        let Node::Expr(ast::Expr::Call(call)) = call else { return None };
        let place = lambda.args.args.iter().position(|arg| arg.def.arg.as_str() == name)?;
        match self.cx.entity(&call.func)? {
            Entity::Builtin(function) if function == "map" => call.args.get(place + 1),
            Entity::Library(function) if function.as_static() == "functools.reduce" && place == 1 => call.args.get(1),
            _ => None,
        }
    }

    /// What the function around puts into an attribute of the object as one of several targets: `self.betas, self.n = make(n), n`.
    fn stored_beside(&self, read: &'a ast::Expr, name: &str) -> Vec<&'a ast::Expr> {
        let mut found = Vec::new();
        let is_it = |target: &'a ast::Expr| matches!(target, ast::Expr::Attribute(own) if own.attr.as_str() == name && receiver::self_class(self.cx, &own.value).is_some());
        node::statements(views::enclosing_body(self.cx, read), &mut |stmt| {
            let ast::Stmt::Assign(assign) = stmt else { return };
            for target in assign.targets.iter().filter(|target| target.is_tuple_expr()) {
                let pairs = views::pairs_of(target, &assign.value);
                found.extend(pairs.into_iter().filter_map(|(target, value)| match target {
                    ast::Expr::Tuple(targets) => targets.elts.iter().any(is_it).then_some(value),
                    target => is_it(target).then_some(value),
                }));
            }
        });
        found
    }

    /// The default of an argument of the function around.
    fn default_of(&self, at: &'a ast::Expr, name: &str) -> Option<&'a ast::Expr> {
        let def = self.cx.scopes(at).find_map(|up| if let Node::Stmt(ast::Stmt::FunctionDef(def)) = up { Some(def) } else { None })?;
        let mut all = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
        all.find(|arg| arg.def.arg.as_str() == name)?.default.as_deref()
    }

    /// What methods of this file put into an attribute of the object as it is.
    fn stored(&self, class: ClassId, name: &str) -> Vec<&'a ast::Expr> {
        let classes = receiver::family(self.cx, class).filter(|class| self.cx.project_facts.class(*class).file == self.cx.id);
        let stores = classes.flat_map(|class| self.cx.shared.survey.stores(class, name));
        stores.filter_map(|store| if let Store::Whole(put) = store { Some(*put) } else { None }).collect()
    }

    fn methods(&self, class: ClassId, fits: &dyn Fn(&str) -> bool, depth: usize) -> Made {
        let facts = self.cx.project_facts;
        let found = receiver::family(self.cx, class).flat_map(|class| &facts.class(class).methods).filter(|(name, _)| fits(name));
        Made::any(found.map(|(_, method)| self.function(facts.function(*method), depth)))
    }

    /// By what is known of it, or of one of the values that it returns.
    fn function(&self, function: &FunctionInfo, depth: usize) -> Made {
        let (kind, is_known) = (&function.returns.kind, !is_open(&function.returns.kind));
        let source = &self.cx.project.file(function.file).source;
        let may_be_parameter = || self.item.is_none() && !matches!(kind, Kind::Parameter) && source.text.contains("Parameter(");
        if is_known && !may_be_parameter() {
            return self.of(kind);
        }
        let Some(def) = storage::function_at(&source.suite, function.range) else {
            return if is_known { self.of(kind) } else { Made::OPEN };
        };
        let facts = self.cx.project_facts.file(function.file);
        let Some(depth) = depth.checked_sub(1) else { return Made::OPEN };
        let mut found = if is_known { self.of(kind) } else { Made::default() };
        node::statements(&def.body, &mut |stmt| {
            let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt else { return };
            let kind = facts.fact(value).kind;
            if self.item.is_none() && parameter_or_tensor::is_made(facts, &def.body, value) {
                found.parameter = true;
            }
            if !is_known {
                let is_near = function.file == self.cx.id && self.item.is_none();
                found = found.or(match is_open(&kind) {
                    true if is_near => self.value(value, depth).or(Made::OPEN),
                    true => Made::OPEN,
                    false => self.of(&kind),
                });
            }
        });
        found.or(self.decorated(def, facts))
    }

    /// What the project's own decorators of a function may make of what it gives.
    fn decorated(&self, def: &'a ast::StmtFunctionDef, facts: &FileFacts) -> Made {
        let mut found = Made::default();
        for decorator in &def.decorator_list {
            let decorator = if let ast::Expr::Call(call) = decorator { &*call.func } else { decorator };
            let Some(Entity::Function(id)) = facts.entity(decorator) else { continue };
            let own = self.cx.project_facts.function(*id);
            let Some(def) = storage::function_at(&self.cx.project.file(own.file).source.suite, own.range) else { continue };
            let facts = self.cx.project_facts.file(own.file);
            node::statements(&def.body, &mut |stmt| {
                if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
                    let kind = facts.fact(value).kind;
                    found = found.or(if is_open(&kind) { Made::OPEN } else { self.of(&kind) });
                }
            });
        }
        found
    }

    /// What the functions give that callers pass for an argument.
    fn given(&self, at: &'a ast::Expr, name: &str) -> Made {
        if !receiver::is_parameter_around(self.cx, at, name) {
            return Made::default();
        }
        let Some(function) = self.cx.project_facts.enclosing_function(self.cx.id, at.range()) else { return Made::default() };
        let gets = |sort| self.cx.shared.survey.given().gets(function, name, sort);
        Made { tensor: gets(Sort::MakesTensor), parameter: gets(Sort::MakesParameter), ..Made::default() }
    }

    fn library(&self, name: &str) -> Made {
        if matches!(name, "torch.nn.Parameter" | "torch.nn.parameter.Parameter") {
            return Made { parameter: true, ..Made::default() };
        }
        let gives = self.cx.tables.lookup(name).any(|(_, signature)| !signature.is_bare && matches!(signature.returns, Returns::Tensor(_)));
        let is_class = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
        let module = name.strip_prefix("torch.nn.").is_some_and(|name| name.rsplit('.').next().is_some_and(is_class));
        Made { tensor: gives, module, ..Made::default() }
    }
}

/// What is known of a name that the run puts together: `"make_" + kind`, `f"{kind}_schedule"`.
struct Spelling<'a> {
    start: &'a str,
    end: &'a str,
}

impl<'a> Spelling<'a> {
    fn of(name: &'a ast::Expr) -> Option<Self> {
        let (start, end) = match name {
            ast::Expr::BinOp(e) if e.op == ast::Operator::Add => (receiver::string(&e.left), receiver::string(&e.right)),
            ast::Expr::JoinedStr(text) => (
                text.values.first().and_then(receiver::string),
                text.values.last().filter(|_| text.values.len() > 1).and_then(receiver::string),
            ),
            _ => (None, None),
        };
        (start.is_some() || end.is_some()).then(|| Self { start: start.unwrap_or_default(), end: end.unwrap_or_default() })
    }

    fn fits(&self, name: &str) -> bool {
        name.len() > self.start.len() + self.end.len() && name.starts_with(self.start) && name.ends_with(self.end)
    }
}
