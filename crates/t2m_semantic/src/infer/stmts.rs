//! Statements: control flow, assignments, definitions.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{NodeId, ast};

use super::env::Env;
use super::findings::{Findings, Taken};
use super::{Attrs, Methods, World, annotations};
use crate::facts::{ClassId, Entity, FunctionId};
use crate::kind::{Evidence, Fact, Kind};
use crate::lattice::known;
use crate::project::FileId;
use crate::resolve::Resolver;

pub(super) type Names<'p> = FxHashMap<&'p str, Fact>;

/// A function body, class body or module while it is walked.
#[derive(Default)]
pub(super) struct Frame<'p> {
    pub(super) function: Option<FunctionId>,
    pub(super) class: Option<ClassId>,
    /// The class whose body this is.
    pub(super) class_body: Option<ClassId>,
    pub(super) env: Env<'p>,
    /// All that names ever are in this frame, for functions that are defined in it.
    pub(super) writes: Names<'p>,
    pub(super) returns: Option<Fact>,
    /// What a generator gives, one by one.
    pub(super) yields: Option<Fact>,
    /// Names that are annotated as tensors.
    declared: FxHashSet<&'p str>,
    /// How many comprehensions are open.
    pub(super) comprehensions: usize,
    loops: Vec<Loop<'p>>,
    /// Functions defined here, walked when all writes are known.
    pending: Vec<&'p ast::Stmt>,
    globals: Vec<&'p str>,
    /// Casts of what is not known, by the names that hold them: `h = x.half()`.
    pub(super) casts: FxHashMap<&'p str, &'p ast::Expr>,
}

impl Frame<'_> {
    pub(super) fn is_global(&self, name: &str) -> bool {
        self.globals.contains(&name)
    }
}

#[derive(Default)]
struct Loop<'p> {
    breaks: Option<Env<'p>>,
    continues: Option<Env<'p>>,
}

pub(super) struct Interp<'w, 'p> {
    pub(super) world: &'w World<'p>,
    resolver: Resolver<'p>,
    pub(super) found: Findings<'p>,
    /// What was taken, of results also as what.
    pub(super) taken: FxHashMap<Taken<'p>, Option<Fact>>,
    /// What functions of the file give, as walks of this round find them: most are defined above those that call them.
    results: FxHashMap<FunctionId, Fact>,
    pub(super) file: FileId,
    pub(super) frame: Frame<'p>,
    /// Names of the enclosing functions, innermost last.
    pub(super) captured: Vec<Rc<Names<'p>>>,
    /// The module's own names as this round finds them.
    pub(super) module: Arc<Names<'p>>,
    pub(super) record: FxHashMap<NodeId, Fact>,
    /// The last value is that of a name, which need not be recorded.
    pub(super) is_told: bool,
    /// What the annotations of variables say.
    pub(super) annotated: FxHashMap<NodeId, Fact>,
    /// Answers about classes that the world does not have yet.
    pub(super) attrs: Attrs<'p>,
    pub(super) methods: Methods<'p>,
}

impl<'w, 'p> Interp<'w, 'p> {
    pub(super) fn new(world: &'w World<'p>, file: FileId, module: Arc<Names<'p>>, annotated: FxHashMap<NodeId, Fact>) -> Self {
        Self {
            world,
            resolver: Resolver::new(world.all),
            found: Findings::default(),
            taken: FxHashMap::default(),
            results: FxHashMap::default(),
            file,
            frame: Frame::default(),
            captured: Vec::new(),
            module,
            record: FxHashMap::default(),
            is_told: false,
            annotated,
            attrs: Attrs::default(),
            methods: Methods::default(),
        }
    }

    /// Walks the module's own statements; gives its names, and the functions that are to be walked with them.
    pub(super) fn module(&mut self) -> (Names<'p>, Vec<&'p ast::Stmt>) {
        self.suite(self.world.suite(self.file));
        let Frame { writes, mut pending, .. } = std::mem::take(&mut self.frame);
        #[allow(clippy::iter_over_hash_type, reason = "each name is joined by itself")]
        for (name, fact) in &writes {
            self.found.set_global(self.world, name, fact);
        }
        // Loops are walked more than once.
        let mut seen = FxHashSet::default();
        pending.retain(|stmt| seen.insert(NodeId::from(*stmt)));
        (writes, pending)
    }

    pub(super) fn entity(&self, expr: &ast::Expr) -> Option<&Entity> {
        self.world.entities[self.file.0 as usize].get(&NodeId::from(expr))
    }

    fn suite(&mut self, suite: &'p [ast::Stmt]) {
        for stmt in suite {
            self.stmt(stmt);
        }
    }

    fn function_id(&self, stmt: &ast::Stmt) -> Option<FunctionId> {
        self.world.definitions.function_by_stmt.get(&(self.file, NodeId::from(stmt))).copied()
    }

    /// Walks the body of a function with what its parameters are known to be.
    pub(super) fn function(&mut self, stmt: &'p ast::Stmt) {
        let Some(id) = self.function_id(stmt) else { return };
        let (_, site) = self.world.sites[id.0 as usize];
        let info = self.world.definitions.function(id);
        let mut frame = Frame { function: Some(id), class: info.class.or(self.frame.class), ..Frame::default() };
        let args = site.def.args;
        let names = args.posonlyargs.iter().chain(&args.args).map(|arg| &arg.def);
        let names = names.chain(args.vararg.as_deref()).chain(args.kwonlyargs.iter().map(|arg| &arg.def)).chain(args.kwarg.as_deref());
        for (name, param) in names.zip(&info.params) {
            frame.env.set(name.arg.as_str(), param.fact);
            frame.writes.insert(name.arg.as_str(), param.fact);
            if param.fact.evidence == Evidence::Annotated && param.fact.kind.is_tensor() {
                frame.declared.insert(name.arg.as_str());
            }
        }
        let outer = std::mem::replace(&mut self.frame, frame);
        self.suite(site.def.body);
        if !self.frame.env.dead && !self.world.is_abstract(id) {
            self.give(&Fact::new(Kind::None, Evidence::Constructed));
        }
        let inner = std::mem::replace(&mut self.frame, outer);
        let items = inner.yields.map(|item| Fact::new(Kind::seq(item.kind), item.evidence));
        self.found.returns.push((id, if self.world.is_generator(id) { items } else { inner.returns }));
        if !inner.pending.is_empty() {
            self.captured.push(Rc::new(inner.writes));
            let class = std::mem::replace(&mut self.frame.class, inner.class);
            inner.pending.into_iter().for_each(|stmt| self.function(stmt));
            self.frame.class = class;
            self.captured.pop();
        }
    }

    fn give(&mut self, fact: &Fact) {
        self.frame.returns = Some(match &self.frame.returns {
            Some(returns) => self.world.join(returns, fact),
            None => *fact,
        });
    }

    /// An item of a generator.
    pub(super) fn yield_item(&mut self, fact: &Fact) {
        if !self.frame.env.dead {
            self.frame.yields = Some(self.frame.yields.map_or(*fact, |items| self.world.join(&items, fact)));
        }
    }

    fn class_body(&mut self, stmt: &'p ast::Stmt, def: &'p ast::StmtClassDef) {
        let class = self.world.definitions.class_by_stmt.get(&(self.file, NodeId::from(stmt))).copied();
        // The body sees the names around it, and what it defines itself.
        let env = self.frame.env.clone();
        let frame = Frame { class, class_body: class, env, function: self.frame.function, ..Frame::default() };
        let outer = std::mem::replace(&mut self.frame, frame);
        self.suite(&def.body);
        let inner = std::mem::replace(&mut self.frame, outer);
        // Methods don't see the names of the class body.
        for method in inner.pending {
            self.frame.pending.push(method);
        }
    }

    pub(super) fn set_attr(&mut self, class: ClassId, name: &'p str, fact: &Fact) {
        self.found.set_attr(self.world, class, name, fact);
    }

    /// What a function gives.
    pub(super) fn result(&mut self, function: FunctionId) -> Fact {
        let fact = self.results.get(&function).copied().unwrap_or_else(|| self.world.definitions.function(function).returns);
        self.taken.insert(Taken::Function(function), Some(fact));
        fact
    }

    /// Takes over what functions give, for the walks that follow.
    pub(super) fn know_results(&mut self, returned: &[(FunctionId, Option<Fact>)]) {
        self.results.extend(returned.iter().map(|(id, fact)| (*id, self.world.result_of(*id, *fact))));
    }

    /// What an attribute of an instance is.
    pub(super) fn attr(&mut self, class: ClassId, name: &'p str) -> Option<Fact> {
        self.taken.insert(Taken::Attr(class, name), None);
        match self.world.attrs.get(&(class, name)) {
            Some(fact) => *fact,
            None => *self.attrs.entry((class, name)).or_insert_with(|| self.world.find_attr(class, name)),
        }
    }

    /// The methods that a call on an instance can reach.
    pub(super) fn methods(&mut self, class: ClassId, name: &'p str) -> Arc<[FunctionId]> {
        match self.world.methods.get(&(class, name)) {
            Some(methods) => methods.clone(),
            None => self.methods.entry((class, name)).or_insert_with(|| self.world.find_methods(class, name).into()).clone(),
        }
    }

    /// What an attribute is by its name alone, whatever has it.
    pub(super) fn field(&mut self, name: &'p str) -> Fact {
        self.taken.insert(Taken::Field(name), None);
        self.world.fields.get(name).copied().unwrap_or_default()
    }

    /// A module-level value of a file.
    pub(super) fn global(&mut self, file: FileId, name: &'p str) -> Option<Fact> {
        self.taken.insert(Taken::Global(file, name), None);
        self.world.globals[file.0 as usize].get(name).cloned()
    }

    /// A value of which nothing is known, in a name that is annotated as a tensor, is one.
    pub(super) fn as_declared(&self, name: &str, fact: &Fact) -> Fact {
        let is_declared = fact.is_open() && self.frame.comprehensions == 0 && self.frame.declared.contains(name);
        if is_declared { Fact::new(Kind::TENSOR, Evidence::Assumed) } else { *fact }
    }

    /// Binds a local name.
    pub(super) fn set(&mut self, name: &'p str, fact: Fact) {
        if let Some(class) = self.frame.class_body
            && self.frame.comprehensions == 0
        {
            self.set_attr(class, name, &fact);
        }
        if self.frame.globals.contains(&name) {
            self.found.set_global(self.world, name, &fact);
            return;
        }
        // Targets of comprehensions are local to them.
        if self.frame.comprehensions > 0 {
            self.frame.env.set(name, fact);
            return;
        }
        match self.frame.writes.get_mut(name) {
            Some(here) if *here == fact => {}
            Some(here) => *here = self.world.join(here, &fact),
            None => {
                self.frame.writes.insert(name, fact);
            }
        }
        self.frame.env.set(name, fact);
    }

    fn stmt(&mut self, stmt: &'p ast::Stmt) {
        match stmt {
            ast::Stmt::FunctionDef(s) => {
                self.signature(&s.decorator_list, &s.args);
                self.frame.env.remove(s.name.as_str());
                self.frame.pending.push(stmt);
            }
            ast::Stmt::AsyncFunctionDef(s) => {
                self.signature(&s.decorator_list, &s.args);
                self.frame.env.remove(s.name.as_str());
                self.frame.pending.push(stmt);
            }
            ast::Stmt::ClassDef(s) => {
                s.decorator_list.iter().chain(&s.bases).for_each(|expr| _ = self.eval(expr));
                s.keywords.iter().for_each(|keyword| _ = self.eval(&keyword.value));
                self.class_body(stmt, s);
            }
            ast::Stmt::Return(s) => {
                let fact = s.value.as_deref().map_or_else(|| Fact::new(Kind::None, Evidence::Constructed), |value| self.eval(value));
                if !self.frame.env.dead {
                    self.give(&fact);
                }
                self.frame.env = Env::dead();
            }
            ast::Stmt::Delete(s) => {
                for target in &s.targets {
                    match target {
                        ast::Expr::Name(name) => self.frame.env.remove(name.id.as_str()),
                        _ => _ = self.eval(target),
                    }
                }
            }
            ast::Stmt::Assign(s) => {
                let fact = self.eval(&s.value);
                for target in &s.targets {
                    self.learn_rank(target, &s.value);
                    self.assign(target, &fact);
                }
                self.note_cast(&s.targets, &s.value, &fact);
            }
            ast::Stmt::AnnAssign(s) => {
                let annotated = self.annotated(&s.annotation);
                if let ast::Expr::Name(name) = &*s.target
                    && annotated.kind.is_tensor()
                {
                    self.frame.declared.insert(name.id.as_str());
                }
                match &s.value {
                    Some(value) => {
                        let fact = self.eval(value);
                        let fact = match (&annotated.kind, &fact.kind) {
                            (Kind::Unknown, _) => fact,
                            (_, Kind::None) => known(crate::lattice::optional(annotated.kind), Evidence::Annotated),
                            (_, Kind::Unknown) => annotated,
                            // Ex) `layers: List[int] = [1, 2]`
                            _ if self.world.join_kinds(&annotated.kind, &fact.kind).is_unknown() => annotated,
                            _ => fact,
                        };
                        self.assign(&s.target, &fact);
                    }
                    // `self.layer: Any` says nothing; what is assigned does.
                    None if annotated.kind.is_unknown() && self.frame.class_body.is_none() => {}
                    None => self.assign(&s.target, &annotated),
                }
            }
            ast::Stmt::AugAssign(s) => {
                let left = self.eval(&s.target);
                let right = self.eval(&s.value);
                // A tensor is changed in place: it keeps its shape and dtype.
                let stays = matches!(left.kind, Kind::Tensor(_)) || self.changes_itself(&left.kind, s.op);
                let fact = if stays { left } else { self.binary(&left, &right, s.op) };
                self.assign(&s.target, &fact);
            }
            ast::Stmt::TypeAlias(s) => _ = self.eval(&s.value),
            ast::Stmt::For(s) => self.for_loop(&s.target, &s.iter, &s.body, &s.orelse),
            ast::Stmt::AsyncFor(s) => self.for_loop(&s.target, &s.iter, &s.body, &s.orelse),
            ast::Stmt::While(s) => {
                self.repeat(&s.body, |this| {
                    this.eval(&s.test);
                    let exit = this.frame.env.clone();
                    this.narrow(&s.test, true);
                    exit
                });
                self.narrow(&s.test, false);
                self.suite(&s.orelse);
            }
            ast::Stmt::If(s) => {
                self.eval(&s.test);
                let before = self.frame.env.clone();
                self.narrow(&s.test, true);
                self.suite(&s.body);
                let then = std::mem::replace(&mut self.frame.env, before);
                self.narrow(&s.test, false);
                self.suite(&s.orelse);
                self.meet(then);
            }
            ast::Stmt::With(s) => self.with(&s.items, &s.body),
            ast::Stmt::AsyncWith(s) => self.with(&s.items, &s.body),
            ast::Stmt::Match(s) => {
                let subject = self.eval(&s.subject);
                let before = self.frame.env.clone();
                let mut after = before.clone();
                for case in &s.cases {
                    self.frame.env = before.clone();
                    self.pattern(&case.pattern, &subject);
                    if let Some(guard) = &case.guard {
                        self.eval(guard);
                        self.narrow(guard, true);
                    }
                    self.suite(&case.body);
                    after = after.join(std::mem::take(&mut self.frame.env), self.world);
                }
                self.frame.env = after;
            }
            ast::Stmt::Raise(s) => {
                s.exc.iter().chain(&s.cause).for_each(|expr| _ = self.eval(expr));
                self.frame.env = Env::dead();
            }
            ast::Stmt::Try(s) => self.try_(&s.body, &s.handlers, &s.orelse, &s.finalbody),
            ast::Stmt::TryStar(s) => self.try_(&s.body, &s.handlers, &s.orelse, &s.finalbody),
            ast::Stmt::Assert(s) => {
                self.eval(&s.test);
                if let Some(message) = &s.msg {
                    self.eval(message);
                }
                self.narrow(&s.test, true);
            }
            ast::Stmt::Import(s) => {
                for alias in &s.names {
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.frame.env.remove(name.split('.').next().unwrap_or(name));
                }
            }
            ast::Stmt::ImportFrom(s) => {
                for alias in &s.names {
                    self.frame.env.remove(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                }
            }
            ast::Stmt::Global(s) => self.frame.globals.extend(s.names.iter().map(|name| name.as_str())),
            ast::Stmt::Nonlocal(s) => {
                // Others assign it too, at any time.
                for name in &s.names {
                    self.frame.env.set(name.as_str(), Fact::default());
                }
            }
            ast::Stmt::Expr(s) => _ = self.eval(&s.value),
            ast::Stmt::Pass(_) => {}
            ast::Stmt::Break(_) => {
                let env = std::mem::replace(&mut self.frame.env, Env::dead());
                if let Some(innermost) = self.frame.loops.last_mut() {
                    let joined = innermost.breaks.take().map_or_else(|| env.clone(), |breaks| breaks.join(env.clone(), self.world));
                    innermost.breaks = Some(joined);
                }
            }
            ast::Stmt::Continue(_) => {
                let env = std::mem::replace(&mut self.frame.env, Env::dead());
                if let Some(innermost) = self.frame.loops.last_mut() {
                    let joined =
                        innermost.continues.take().map_or_else(|| env.clone(), |continues| continues.join(env.clone(), self.world));
                    innermost.continues = Some(joined);
                }
            }
        }
    }

    /// What the annotation of a variable says.
    fn annotated(&mut self, annotation: &'p ast::Expr) -> Fact {
        let scope = self.frame.function.map_or(crate::names::MODULE, |function| self.world.sites[function.0 as usize].1.scope);
        let read = || annotations::fact(self.world, &self.resolver, self.file, scope, annotation);
        *self.annotated.entry(NodeId::from(annotation)).or_insert_with(read)
    }

    fn signature(&mut self, decorators: &'p [ast::Expr], args: &'p ast::Arguments) {
        decorators.iter().for_each(|decorator| _ = self.eval(decorator));
        let all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
        all.filter_map(|arg| arg.default.as_deref()).for_each(|default| _ = self.eval(default));
    }

    pub(super) fn meet(&mut self, other: Env<'p>) {
        let here = std::mem::take(&mut self.frame.env);
        self.frame.env = here.join(other, self.world);
    }

    fn for_loop(&mut self, target: &'p ast::Expr, iter: &'p ast::Expr, body: &'p [ast::Stmt], orelse: &'p [ast::Stmt]) {
        let iterated = self.eval(iter);
        let item = self.world.item(&iterated);
        self.repeat(body, |this| {
            let exit = this.frame.env.clone();
            this.assign(target, &item);
            exit
        });
        self.suite(orelse);
    }

    /// Walks a loop's body until nothing changes, or makes unknown what still does. `head` starts a turn and gives the environment in which the loop ends.
    fn repeat(&mut self, body: &'p [ast::Stmt], mut head: impl FnMut(&mut Self) -> Env<'p>) {
        const TURNS: usize = 3;
        let mut breaks: Option<Env<'p>> = None;
        for turn in 1..=TURNS {
            let start = self.frame.env.clone();
            let exit = head(self);
            self.frame.loops.push(Loop::default());
            self.suite(body);
            let turned = self.frame.loops.pop().unwrap_or_default();
            if let Some(env) = turned.continues {
                self.meet(env);
            }
            if let Some(env) = turned.breaks {
                breaks = Some(match breaks {
                    Some(breaks) => breaks.join(env, self.world),
                    None => env,
                });
            }
            let end = std::mem::take(&mut self.frame.env);
            let mut next = exit.join(end, self.world);
            let settled = next.dead || start.holds_in(&next);
            if turn + 1 >= TURNS && !settled {
                next.widen(&start);
            }
            self.frame.env = next;
            if settled {
                break;
            }
        }
        if let Some(env) = breaks {
            self.meet(env);
        }
    }

    fn with(&mut self, items: &'p [ast::WithItem], body: &'p [ast::Stmt]) {
        for item in items {
            let context = self.eval(&item.context_expr);
            if let Some(target) = &item.optional_vars {
                let entered = match &context.kind {
                    Kind::Optimizer(_) | Kind::Loader => context,
                    _ => Fact::default(),
                };
                self.assign(target, &entered);
            }
        }
        self.suite(body);
    }

    fn try_(&mut self, body: &'p [ast::Stmt], handlers: &'p [ast::ExceptHandler], orelse: &'p [ast::Stmt], finalbody: &'p [ast::Stmt]) {
        let before = self.frame.env.clone();
        self.suite(body);
        let through = self.frame.env.clone();
        // The body may stop anywhere: what it changes is one or the other.
        let broken = before.join(through, self.world);
        self.suite(orelse);
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            let after = std::mem::replace(&mut self.frame.env, broken.clone());
            if let Some(class) = &handler.type_ {
                self.eval(class);
            }
            if let Some(name) = &handler.name {
                self.set(name.as_str(), Fact::default());
            }
            self.suite(&handler.body);
            self.meet(after);
        }
        if finalbody.is_empty() {
            return;
        }
        let is_dead = self.frame.env.dead;
        if is_dead {
            self.frame.env = broken;
        }
        self.suite(finalbody);
        self.frame.env.dead |= is_dead;
    }
}
