//! What parameters are: by annotation, by the calls in the project, by use, by default, and by the convention of `forward`.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{Node, NodeId, ast};

use super::findings::ParamId;
use super::stored::{self, Reader, Stored, Use};
use super::uses::{cast_of, is_module_method, tensor_arguments};
use super::{World, annotations};
use crate::classes::{ParamForm, Role, is_property, last_name};
use crate::facts::{Entity, FunctionId};
use crate::intern::Inner;
use crate::kind::{Evidence, Fact, Kind};
use crate::lattice::{Classes, known, optional};
use crate::project::FileId;
use crate::resolve::Resolver;

/// What the text of a function says about its parameters and result; computed once.
#[derive(Debug, Default)]
pub(super) struct Hints {
    params: Vec<Hint>,
    returns: Fact,
    /// A decorator that may change what it gives.
    is_wrapped: bool,
    is_generator: bool,
    is_async: bool,
    is_module_method: bool,
    stored: Stored,
}

#[derive(Debug, Default, Clone)]
struct Hint {
    annotation: Fact,
    /// It has an annotation, even if that says nothing to us.
    is_annotated: bool,
    default: Option<Kind>,
    used: bool,
    /// Counted with, as in `range(n)`.
    counts: bool,
}

/// What calls pass for a parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Passed {
    joined: Option<Fact>,
    some_unknown: bool,
}

impl Passed {
    pub(super) fn add(&mut self, world: &World<'_>, fact: &Fact) {
        if fact.kind.is_unknown() {
            self.some_unknown = true;
            return;
        }
        self.joined = Some(match &self.joined {
            Some(joined) => world.join(joined, fact),
            None => *fact,
        });
    }
}

impl Passed {
    pub(super) fn merge(&mut self, world: &World<'_>, other: &Self) {
        self.some_unknown |= other.some_unknown;
        if let Some(fact) = &other.joined {
            self.joined = Some(match &self.joined {
                Some(joined) => world.join(joined, fact),
                None => *fact,
            });
        }
    }
}

pub(super) fn hints(world: &World<'_>) -> Vec<Hints> {
    let of_file = |(_, functions): &(_, Range<usize>)| {
        let resolver = Resolver::new(world.all);
        functions.clone().map(|index| hint(world, &resolver, FunctionId(index as u32))).collect::<Vec<_>>()
    };
    let mut hints: Vec<Hints> = world.definitions.of_file.par_iter().flat_map_iter(of_file).collect();
    for (function, param, how) in stored::parameters(world, &|function| &hints[function].stored) {
        let hint = &mut hints[function].params[param];
        hint.used = true;
        if how == Use::OptionalTensor {
            hint.default.get_or_insert(Kind::None);
        }
    }
    hints
}

fn hint(world: &World<'_>, resolver: &Resolver<'_>, id: FunctionId) -> Hints {
    let (file, site) = world.sites[id.0 as usize];
    let info = world.definitions.function(id);
    let read = |annotation: &ast::Expr| annotations::fact(world, resolver, file, site.outer, annotation);
    let args = site.def.args;
    let mut params = Vec::new();
    let mut push = |arg: &ast::ArgWithDefault| {
        let annotation = arg.def.annotation.as_deref().map(read).unwrap_or_default();
        let default = arg.default.as_deref().map(|default| default_kind(world, resolver, file, site.outer, default));
        params.push(Hint { annotation, is_annotated: arg.def.annotation.is_some(), default, used: false, counts: false });
    };
    args.posonlyargs.iter().chain(&args.args).for_each(&mut push);
    if let Some(arg) = &args.vararg {
        let item = arg.annotation.as_deref().map(read).unwrap_or_default();
        let kind = if item.kind.is_unknown() { Kind::Unknown } else { Kind::seq(item.kind) };
        params.push(Hint { annotation: known(kind, item.evidence), ..Hint::default() });
    }
    let mut push = |arg: &ast::ArgWithDefault| {
        let annotation = arg.def.annotation.as_deref().map(read).unwrap_or_default();
        let default = arg.default.as_deref().map(|default| default_kind(world, resolver, file, site.outer, default));
        params.push(Hint { annotation, is_annotated: arg.def.annotation.is_some(), default, used: false, counts: false });
    };
    args.kwonlyargs.iter().for_each(&mut push);
    if args.kwarg.is_some() {
        params.push(Hint { annotation: Fact::new(Kind::dict(Kind::Unknown), Evidence::Constructed), ..Hint::default() });
    }
    let is_module_method = info.class.is_some_and(|class| world.definitions.class(class).is_module);
    let object = info.params.first().filter(|_| is_module_method && info.role == Role::Method);
    let mut scan = Scan {
        world,
        file,
        reader: Reader::new(world, object.map(|param| param.name.as_str())),
        uses: FxHashMap::default(),
        counts: FxHashSet::default(),
        casts: FxHashSet::default(),
        operands: FxHashSet::default(),
    };
    for (index, param) in info.params.iter().enumerate() {
        scan.uses.insert(param.name.as_str(), (index, State::Open));
    }
    // Uses say something of parameters that have no annotation.
    let is_bound = |index| index == 0 && matches!(info.role, Role::Method | Role::Property | Role::ClassMethod);
    if params.iter().enumerate().any(|(index, hint)| hint.annotation.kind.is_unknown() && !is_bound(index)) {
        site.def.body.iter().for_each(|stmt| scan.visit(Node::Stmt(stmt)));
    }
    #[allow(clippy::iter_over_hash_type, reason = "each entry sets its own flag")]
    for (index, state) in scan.uses.values() {
        params[*index].used = *state == State::Used || scan.casts.contains(index) && scan.operands.contains(index);
        params[*index].counts = scan.counts.contains(index);
    }
    let is_wrapped = site.def.decorators.iter().any(|decorator| !is_transparent(world, resolver, id, decorator));
    Hints {
        params,
        returns: site.def.returns.map(read).unwrap_or_default(),
        is_wrapped,
        is_generator: world.names(file).scope(site.scope).yields,
        is_async: site.def.is_async,
        is_module_method,
        stored: scan.reader.stored,
    }
}

/// Whether a decorator leaves the result of a function alone.
fn is_transparent(world: &World<'_>, resolver: &Resolver<'_>, id: FunctionId, decorator: &ast::Expr) -> bool {
    let (file, site) = world.sites[id.0 as usize];
    let name = if let ast::Expr::Call(call) = decorator { &*call.func } else { decorator };
    match resolver.entity(file, site.outer, name) {
        Some(Entity::Builtin(name)) => matches!(name.as_str(), "staticmethod" | "classmethod" | "property"),
        Some(Entity::Library(name)) => world.library.is_transparent_decorator(&name) || is_property(&name),
        Some(Entity::Class(_) | Entity::Function(_)) if is_property(last_name(decorator)) => true,
        Some(Entity::Function(function)) if !matches!(decorator, ast::Expr::Call(_)) => gives_its_argument(world, function),
        _ => false,
    }
}

/// Ex) `def register(fn): REGISTRY[fn.__name__] = fn; return fn`
fn gives_its_argument(world: &World<'_>, function: FunctionId) -> bool {
    let (_, site) = world.sites[function.0 as usize];
    let Some(first) = site.def.args.posonlyargs.iter().chain(&site.def.args.args).next() else { return false };
    let mut returns = Vec::new();
    own_returns(site.def.body, &mut returns);
    !returns.is_empty()
        && returns.iter().all(|value| matches!(value, Some(ast::Expr::Name(name)) if name.id == first.def.arg))
        && world
            .names(world.sites[function.0 as usize].0)
            .scope(site.scope)
            .bindings
            .get(first.def.arg.as_str())
            .is_some_and(|b| b.len() == 1)
}

fn own_returns<'a>(suite: &'a [ast::Stmt], found: &mut Vec<Option<&'a ast::Expr>>) {
    for stmt in suite {
        match stmt {
            ast::Stmt::Return(stmt) => found.push(stmt.value.as_deref()),
            ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => {}
            _ => t2m_syntax::node::suites(stmt).into_iter().for_each(|suite| own_returns(suite, found)),
        }
    }
}

fn default_kind(world: &World<'_>, resolver: &Resolver<'_>, file: FileId, scope: u32, default: &ast::Expr) -> Kind {
    match default {
        ast::Expr::Constant(constant) => Fact::of_constant(&constant.value).kind,
        ast::Expr::UnaryOp(unary) => match default_kind(world, resolver, file, scope, &unary.operand) {
            kind if kind.is_number() => kind,
            _ => Kind::Unknown,
        },
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => match resolver.entity(file, scope, default) {
            Some(Entity::Library(name)) if world.library.dtype(&name).is_some() => Kind::DType,
            Some(entity) => Kind::of_entity(&entity),
            None => Kind::Unknown,
        },
        ast::Expr::Tuple(tuple) => {
            let kinds: Vec<_> = tuple.elts.iter().map(|element| default_kind(world, resolver, file, scope, element)).collect();
            if kinds.iter().any(Kind::is_unknown) { Kind::Unknown } else { Kind::tuple(kinds) }
        }
        _ => Kind::Unknown,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Used,
    /// Assigned, or asked for its type: what follows says nothing about the argument.
    Closed,
}

struct Scan<'w, 'p> {
    world: &'w World<'p>,
    file: FileId,
    reader: Reader<'w, 'p>,
    uses: FxHashMap<&'w str, (usize, State)>,
    counts: FxHashSet<usize>,
    /// Cast as tensors and modules are: `x.float()`.
    casts: FxHashSet<usize>,
    /// Used as no module is: `x + 1`, `x[0]`, `x.shape`.
    operands: FxHashSet<usize>,
}

impl Scan<'_, '_> {
    fn close(&mut self, expr: &ast::Expr, even_if_used: bool) {
        if let ast::Expr::Name(name) = expr
            && let Some((_, state)) = self.uses.get_mut(name.id.as_str())
            && (even_if_used || *state == State::Open)
        {
            *state = State::Closed;
        }
    }

    /// The parameter that a name is, if nothing has been assigned to it yet.
    fn open(&mut self, expr: &ast::Expr) -> Option<&mut (usize, State)> {
        let ast::Expr::Name(name) = expr else { return None };
        self.uses.get_mut(name.id.as_str()).filter(|(_, state)| *state != State::Closed)
    }

    /// The operand of an operator, an index or an attribute that modules lack.
    fn operand(&mut self, expr: &ast::Expr) {
        let index = self.open(cast_of(expr).unwrap_or(expr)).map(|(index, _)| *index);
        self.operands.extend(index);
    }

    fn operands(&mut self, expr: &ast::Expr) {
        match expr {
            ast::Expr::BinOp(e) => [&e.left, &e.right].into_iter().for_each(|operand| self.operand(operand)),
            ast::Expr::UnaryOp(e) if !matches!(e.op, ast::UnaryOp::Not) => self.operand(&e.operand),
            ast::Expr::Subscript(e) => self.operand(&e.value),
            ast::Expr::Attribute(e)
                if cast_of(&e.value).is_some()
                    && self.world.library.method(e.attr.as_str()).is_some()
                    && !is_module_method(e.attr.as_str()) =>
            {
                self.operand(&e.value);
            }
            ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "shape" | "ndim") => self.operand(&e.value),
            ast::Expr::Call(_) => {
                if let Some(cast) = cast_of(expr) {
                    let index = self.open(cast).map(|(index, _)| *index);
                    self.casts.extend(index);
                }
            }
            _ => {}
        }
    }

    /// What the library's functions say about their arguments.
    fn arguments(&mut self, call: &ast::ExprCall) {
        let world = self.world;
        let Some(Entity::Library(function)) = world.entities[self.file.0 as usize].get(&NodeId::from(&*call.func)) else { return };
        // NumPy takes tensors too, but code that calls it may have arrays.
        if function.starts_with("numpy.") {
            call.args.iter().for_each(|arg| self.close(arg, true));
        }
        for argument in tensor_arguments(world.tables, function, call) {
            if let Some((_, state)) = self.open(argument) {
                *state = State::Used;
            } else if let Some(cast) = cast_of(argument) {
                self.operand(cast);
            }
        }
    }

    /// The parameters in the arithmetic of an argument that says how far to count.
    fn count(&mut self, expr: &ast::Expr) {
        match expr {
            ast::Expr::Name(name) => self.counts.extend(self.uses.get(name.id.as_str()).map(|(index, _)| *index)),
            ast::Expr::BinOp(operation) => {
                self.count(&operation.left);
                self.count(&operation.right);
            }
            ast::Expr::UnaryOp(operation) => self.count(&operation.operand),
            _ => {}
        }
    }

    fn visit(&mut self, node: Node<'_>) {
        if let Node::Expr(expr) = node {
            self.operands(expr);
            let callee = match expr {
                ast::Expr::Call(call) => {
                    self.arguments(call);
                    self.world.entities[self.file.0 as usize].get(&NodeId::from(&*call.func))
                }
                _ => None,
            };
            self.reader.visit(expr, callee);
        }
        match node {
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_))
            | Node::Expr(ast::Expr::Lambda(_)) => {
                return;
            }
            Node::Stmt(ast::Stmt::Assign(stmt)) => {
                self.visit(Node::Expr(&stmt.value));
                if let [target] = &stmt.targets[..]
                    && let Some(name) = self.reader.attribute(target)
                    && let Some((parameter, _)) = self.open(&stmt.value).copied()
                {
                    self.reader.keeps(name, parameter);
                }
                // `x = x.float()` leaves it the tensor or module that it was.
                if let (Some(ast::Expr::Name(cast)), [ast::Expr::Name(target)]) = (cast_of(&stmt.value), &stmt.targets[..])
                    && cast.id == target.id
                {
                    return;
                }
                stmt.targets.iter().for_each(|target| self.visit(Node::Expr(target)));
                return;
            }
            Node::Stmt(ast::Stmt::AugAssign(stmt)) => return self.visit(Node::Expr(&stmt.value)),
            Node::Expr(expr @ ast::Expr::Name(name)) if !matches!(name.ctx, ast::ExprContext::Load) => self.close(expr, false),
            Node::Expr(ast::Expr::Call(call)) => match &*call.func {
                ast::Expr::Name(name) if matches!(name.id.as_str(), "isinstance" | "hasattr" | "type" | "callable" | "is_tensor") => {
                    call.args.iter().for_each(|arg| self.close(arg, true));
                }
                ast::Expr::Name(name) if matches!(name.id.as_str(), "range" | "arange") => call.args.iter().for_each(|arg| self.count(arg)),
                ast::Expr::Attribute(attribute) => {
                    let method = attribute.attr.as_str();
                    if method == "arange" {
                        call.args.iter().for_each(|arg| self.count(arg));
                    }
                    if method == "is_tensor" {
                        call.args.iter().for_each(|arg| self.close(arg, true));
                    }
                    if let ast::Expr::Name(name) = &*attribute.value
                        && self.world.tells_tensor(self.file, method, call)
                        && let Some((_, state)) = self.uses.get_mut(name.id.as_str())
                        && *state == State::Open
                    {
                        *state = State::Used;
                    }
                }
                _ => {}
            },
            _ => {}
        }
        node.for_each_child(&mut |child| self.visit(child));
    }
}

impl World<'_> {
    /// Sets the facts of all parameters and results from what is written alone, before anything is walked.
    pub(super) fn settle_signatures(&mut self) {
        for function in 0..self.definitions.functions.len() {
            let id = FunctionId(function as u32);
            self.settle_returns(id, self.gives_nothing(id).then(|| Fact::new(Kind::None, Evidence::Constructed)));
            for param in 0..self.definitions.functions[function].params.len() {
                self.settle_param((FunctionId(function as u32), param as u32), None);
            }
        }
    }

    /// Whether a function ends without a `return` that has a value, as most constructors and setters do.
    fn gives_nothing(&self, id: FunctionId) -> bool {
        let (file, site) = self.sites[id.0 as usize];
        !self.names(file).scope(site.scope).returns && !matches!(site.def.body.last(), Some(ast::Stmt::Raise(_)))
    }

    /// Sets the fact of a parameter from hints and what calls pass; whether it has changed.
    pub(super) fn settle_param(&mut self, (id, index): ParamId, passed: Option<&Passed>) -> bool {
        let fact = self.param(id, index as usize, passed);
        let here = &mut self.definitions.functions[id.0 as usize].params[index as usize].fact;
        let changes = *here != fact;
        *here = fact;
        changes
    }

    /// Whether calls may say what a parameter is: an annotation that says something counts alone.
    pub(super) fn asks_callers(&self, id: FunctionId, index: usize) -> bool {
        let hint = &self.hints[id.0 as usize].params[index];
        let form = self.definitions.function(id).params[index].form;
        hint.annotation.kind.is_unknown() && !matches!(form, ParamForm::Variadic | ParamForm::Keywords)
    }

    fn param(&self, id: FunctionId, index: usize, passed: Option<&Passed>) -> Fact {
        let info = self.definitions.function(id);
        let param = &info.params[index];
        if index == 0
            && let Some(class) = info.class
            && !matches!(param.form, ParamForm::Variadic | ParamForm::Keywords)
        {
            match info.role {
                Role::Method | Role::Property => return Fact::new(Kind::Instance(class), Evidence::Constructed),
                Role::ClassMethod => return Fact::new(Kind::Class(class), Evidence::Constructed),
                Role::Static | Role::Function => {}
            }
        }
        let hint = &self.hints[id.0 as usize].params[index];
        if !hint.annotation.kind.is_unknown() {
            return match &hint.default {
                Some(Kind::None) => Fact::new(optional(hint.annotation.kind), hint.annotation.evidence),
                _ => hint.annotation,
            };
        }
        let is_function = || info.class.is_some_and(|class| self.definitions.class(class).is_autograd_function());
        // Where the context of an `autograd.Function` stands: its methods are static, or of the class.
        let context = usize::from(info.role == Role::ClassMethod);
        if info.name == "backward" && index > context && is_function() {
            return match param.form {
                ParamForm::Variadic => Fact::new(Kind::Seq(Inner::new(Kind::TENSOR)), Evidence::Called),
                _ => Fact::new(Kind::TENSOR, Evidence::Called),
            };
        }
        if matches!(param.form, ParamForm::Variadic | ParamForm::Keywords) {
            return Fact::default();
        }
        let or_none = |kind: Kind| if hint.default == Some(Kind::None) { optional(kind) } else { kind };
        if let Some(Passed { joined: Some(fact), some_unknown: false }) = passed
            && hint.default.as_ref().is_none_or(|default| !default.is_unknown())
        {
            let kind = hint.default.as_ref().map_or_else(|| fact.kind, |default| self.join_kinds(&fact.kind, default));
            if !kind.is_unknown() && kind != Kind::None {
                return Fact::new(kind, fact.evidence.min(Evidence::Called));
            }
        }
        if hint.used {
            return Fact::new(or_none(Kind::TENSOR), Evidence::Used);
        }
        match &hint.default {
            Some(kind @ (Kind::Class(_) | Kind::Name(_))) if self.is_module(kind) => {
                return Fact::new(Kind::ModuleClass, Evidence::Assumed);
            }
            _ if hint.is_annotated => return Fact::default(),
            // As `torch` itself names it: none is the default, which callers may leave.
            Some(Kind::None) if param.name == "dtype" => return Fact::new(optional(Kind::DType), Evidence::Assumed),
            Some(kind @ (Kind::Int | Kind::Float | Kind::Bool | Kind::Str | Kind::DType | Kind::Tuple(_))) => {
                let agrees = passed.and_then(|passed| passed.joined.as_ref()).is_none_or(|fact| fact.kind == *kind);
                return if agrees { Fact::new(*kind, Evidence::Assumed) } else { Fact::default() };
            }
            Some(_) => return Fact::default(),
            None => {}
        }
        let is_forward = info.name == "forward"
            && match info.role {
                Role::Method => self.hints[id.0 as usize].is_module_method,
                Role::Static | Role::ClassMethod => index > context && is_function(),
                _ => false,
            }
            && !["device", "dtype"].iter().any(|word| param.name.ends_with(word));
        let may_be_tensor = passed.and_then(|passed| passed.joined.as_ref()).is_none_or(|fact| fact.kind.is_tensor());
        if is_forward && hint.counts {
            return Fact::new(Kind::Int, Evidence::Assumed);
        }
        if is_forward && may_be_tensor && param.form != ParamForm::KeywordOnly {
            return Fact::new(Kind::TENSOR, Evidence::Assumed);
        }
        Fact::default()
    }

    pub(super) fn is_generator(&self, id: FunctionId) -> bool {
        self.hints[id.0 as usize].is_generator
    }

    /// What a function gives, from what its `return`s and `yield`s give.
    pub(super) fn result_of(&self, id: FunctionId, returned: Option<Fact>) -> Fact {
        let hints = &self.hints[id.0 as usize];
        if hints.is_async || hints.is_generator && hints.is_wrapped {
            return Fact::default();
        }
        if hints.is_generator {
            return returned.unwrap_or_default();
        }
        let inferred = if hints.is_wrapped { Fact::default() } else { returned.unwrap_or_default() };
        if inferred.kind.is_unknown() || (inferred.evidence < Evidence::Annotated && !hints.returns.kind.is_unknown()) {
            return hints.returns;
        }
        inferred
    }
}
