//! One walk over a file that opens scopes and notes every binding.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{Node, NodeId, ast};

use super::{Binding, ClassSite, Def, FileNames, FunctionSite, Import, MODULE, Scope, ScopeId, ScopeKind, Sites, Star, Target};

pub(super) fn build(suite: &[ast::Stmt]) -> (FileNames<'_>, Sites<'_>) {
    let mut builder = Builder { names: FileNames::default(), sites: Sites::new(), scope: MODULE, class: None };
    builder.open(ScopeKind::Module, None);
    builder.suite(suite);
    (builder.names, builder.sites)
}

struct Builder<'p> {
    names: FileNames<'p>,
    sites: Sites<'p>,
    scope: ScopeId,
    /// The class whose body is walked right now.
    class: Option<u32>,
}

impl<'p> Builder<'p> {
    fn open(&mut self, kind: ScopeKind, parent: Option<ScopeId>) -> ScopeId {
        self.names.scopes.push(Scope {
            kind,
            parent,
            bindings: FxHashMap::default(),
            globals: FxHashSet::default(),
            nonlocals: FxHashSet::default(),
            yields: false,
            returns: false,
        });
        self.names.scopes.len() as ScopeId - 1
    }

    /// Walks `inside` in a new scope.
    fn within(&mut self, kind: ScopeKind, class: Option<u32>, inside: impl FnOnce(&mut Self)) -> ScopeId {
        let scope = self.open(kind, Some(self.scope));
        let outer = (std::mem::replace(&mut self.scope, scope), std::mem::replace(&mut self.class, class));
        inside(self);
        (self.scope, self.class) = outer;
        scope
    }

    fn bind(&mut self, name: &'p str, target: Target<'p>) {
        self.bind_in(self.scope, name, target);
    }

    fn bind_in(&mut self, scope: ScopeId, name: &'p str, target: Target<'p>) {
        let here = self.names.scope(scope);
        let scope = if here.globals.contains(name) {
            MODULE
        } else if here.nonlocals.contains(name) {
            self.owner_of_nonlocal(scope, name)
        } else {
            scope
        };
        let id = self.names.bindings.len() as u32;
        self.names.bindings.push(Binding { target, scope });
        self.names.scopes[scope as usize].bindings.entry(name).or_default().push(id);
    }

    /// A class body reads the names around it, until it binds them. Ex) `def dist(self, group: dist.Group): ...`
    fn scope_of_load(&self, name: &str) -> ScopeId {
        let here = self.names.scope(self.scope);
        if here.kind != ScopeKind::Class || here.bindings.contains_key(name) {
            return self.scope;
        }
        let mut around = here.parent;
        while let Some(id) = around.filter(|id| self.names.scope(*id).kind == ScopeKind::Class) {
            around = self.names.scope(id).parent;
        }
        around.unwrap_or(MODULE)
    }

    fn owner_of_nonlocal(&self, scope: ScopeId, name: &str) -> ScopeId {
        let mut current = self.names.scope(scope).parent;
        while let Some(id) = current {
            let here = self.names.scope(id);
            if here.kind == ScopeKind::Function && here.bindings.contains_key(name) {
                return id;
            }
            current = here.parent;
        }
        scope
    }

    fn suite(&mut self, suite: &'p [ast::Stmt]) {
        // A `global` counts for the whole body, also above itself.
        for stmt in suite {
            self.stmt(stmt);
        }
    }

    fn declare(&mut self, suite: &'p [ast::Stmt]) {
        for stmt in suite {
            match stmt {
                ast::Stmt::Global(s) => {
                    let scope = &mut self.names.scopes[self.scope as usize];
                    scope.globals.extend(s.names.iter().map(|name| name.as_str()));
                }
                ast::Stmt::Nonlocal(s) => {
                    let scope = &mut self.names.scopes[self.scope as usize];
                    scope.nonlocals.extend(s.names.iter().map(|name| name.as_str()));
                }
                ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => {}
                _ => t2m_syntax::node::suites(stmt).into_iter().for_each(|suite| self.declare(suite)),
            }
        }
    }

    fn stmt(&mut self, stmt: &'p ast::Stmt) {
        match stmt {
            ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) => {
                if let Some(def) = Def::of(stmt) {
                    self.function(stmt, def);
                }
            }
            ast::Stmt::ClassDef(def) => self.class_def(stmt, def),
            ast::Stmt::Import(s) => {
                for (index, alias) in s.names.iter().enumerate() {
                    let module = alias.name.as_str();
                    let local = alias.asname.as_ref().map_or_else(|| module.split('.').next().unwrap_or(module), |name| name.as_str());
                    self.import(stmt, index, local, (0, module, None), alias.asname.is_some());
                }
            }
            ast::Stmt::ImportFrom(s) => {
                let level = s.level.map_or(0, |level| level.to_usize());
                let module = s.module.as_ref().map_or("", |module| module.as_str());
                for (index, alias) in s.names.iter().enumerate() {
                    let member = alias.name.as_str();
                    if member == "*" {
                        self.names.stars.push(Star { stmt: NodeId::from(stmt), level, module });
                        continue;
                    }
                    let local = alias.asname.as_ref().map_or(member, |name| name.as_str());
                    self.import(stmt, index, local, (level, module, Some(member)), alias.asname.is_some());
                }
            }
            ast::Stmt::Assign(s) => {
                self.expr(&s.value);
                let target = value_target(&s.value);
                for name in &s.targets {
                    self.target(name, target);
                    self.exported(name, &s.value);
                }
            }
            ast::Stmt::AnnAssign(s) => {
                self.expr(&s.annotation);
                if let Some(value) = &s.value {
                    self.expr(value);
                }
                match &s.value {
                    // In the body of a class, an annotation alone makes no name: `constraints: dict[str, constraints.Constraint]` is about what is outside.
                    None if self.names.scope(self.scope).kind == ScopeKind::Class && s.target.is_name_expr() => {}
                    value => self.target(&s.target, value.as_deref().map_or(Target::Value, value_target)),
                }
            }
            ast::Stmt::AugAssign(s) => {
                self.expr(&s.value);
                self.exported(&s.target, &s.value);
                self.target(&s.target, Target::Value);
            }
            ast::Stmt::TypeAlias(s) => {
                self.bounds(&s.type_params);
                self.expr(&s.value);
                self.target(&s.name, Target::Value);
            }
            ast::Stmt::Match(s) => {
                for case in &s.cases {
                    self.pattern(&case.pattern);
                }
                self.children(Node::Stmt(stmt));
            }
            ast::Stmt::Try(s) => {
                self.handler_names(&s.handlers);
                self.children(Node::Stmt(stmt));
            }
            ast::Stmt::TryStar(s) => {
                self.handler_names(&s.handlers);
                self.children(Node::Stmt(stmt));
            }
            ast::Stmt::Return(s) => {
                self.names.scopes[self.scope as usize].returns |= s.value.is_some();
                self.children(Node::Stmt(stmt));
            }
            ast::Stmt::For(_)
            | ast::Stmt::AsyncFor(_)
            | ast::Stmt::With(_)
            | ast::Stmt::AsyncWith(_)
            | ast::Stmt::Delete(_)
            | ast::Stmt::While(_)
            | ast::Stmt::If(_)
            | ast::Stmt::Raise(_)
            | ast::Stmt::Assert(_)
            | ast::Stmt::Expr(_) => self.children(Node::Stmt(stmt)),
            ast::Stmt::Global(_) | ast::Stmt::Nonlocal(_) | ast::Stmt::Pass(_) | ast::Stmt::Break(_) | ast::Stmt::Continue(_) => {}
        }
    }

    fn children(&mut self, node: Node<'p>) {
        node.for_each_child(&mut |child| match child {
            Node::Stmt(stmt) => self.stmt(stmt),
            Node::Expr(expr) => self.expr(expr),
        });
    }

    fn handler_names(&mut self, handlers: &'p [ast::ExceptHandler]) {
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            if let Some(name) = &handler.name {
                self.bind(name.as_str(), Target::Value);
            }
        }
    }

    fn import(&mut self, stmt: &'p ast::Stmt, index: usize, local: &'p str, from: (usize, &'p str, Option<&'p str>), has_asname: bool) {
        let (level, module, member) = from;
        let id = self.names.imports.len() as u32;
        let stmt = NodeId::from(stmt);
        self.names.imports.push(Import { stmt, index, scope: self.scope, local, level, module, member, has_asname });
        self.bind(local, Target::Import(id));
    }

    fn function(&mut self, stmt: &'p ast::Stmt, def: Def<'p>) {
        def.decorators.iter().for_each(|decorator| self.expr(decorator));
        self.bounds(def.type_params);
        self.signature(def.args);
        if let Some(returns) = def.returns {
            self.expr(returns);
        }
        let id = self.names.functions.len() as u32;
        let (outer, class) = (self.scope, self.class);
        self.names.functions.push(FunctionSite { def, stmt: NodeId::from(stmt), outer, scope: outer, class });
        self.bind(def.name, Target::Function(id));
        let scope = self.within(ScopeKind::Function, None, |this| {
            this.declare(def.body);
            this.params(def.args);
            this.suite(def.body);
        });
        self.names.functions[id as usize].scope = scope;
    }

    fn class_def(&mut self, stmt: &'p ast::Stmt, def: &'p ast::StmtClassDef) {
        def.decorator_list.iter().for_each(|decorator| self.expr(decorator));
        self.bounds(&def.type_params);
        def.bases.iter().for_each(|base| self.expr(base));
        def.keywords.iter().for_each(|keyword| self.expr(&keyword.value));
        let id = self.names.classes.len() as u32;
        self.names.classes.push(ClassSite { def, stmt: NodeId::from(stmt), outer: self.scope, scope: self.scope });
        self.bind(def.name.as_str(), Target::Class(id));
        let scope = self.within(ScopeKind::Class, Some(id), |this| {
            this.declare(&def.body);
            this.suite(&def.body);
        });
        self.names.classes[id as usize].scope = scope;
    }

    /// Ex) `def f[T: Tensor](x: T)`
    fn bounds(&mut self, params: &'p [ast::TypeParam]) {
        for param in params {
            if let ast::TypeParam::TypeVar(ast::TypeParamTypeVar { bound: Some(bound), .. }) = param {
                self.expr(bound);
            }
        }
    }

    /// Annotations and defaults: evaluated where the function is defined.
    fn signature(&mut self, args: &'p ast::Arguments) {
        for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
            if let Some(annotation) = &arg.def.annotation {
                self.expr(annotation);
            }
            if let Some(default) = &arg.default {
                self.expr(default);
            }
        }
        for arg in [&args.vararg, &args.kwarg].into_iter().flatten() {
            if let Some(annotation) = &arg.annotation {
                self.expr(annotation);
            }
        }
    }

    fn params(&mut self, args: &'p ast::Arguments) {
        for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
            self.bind(arg.def.arg.as_str(), Target::Value);
        }
        for arg in [&args.vararg, &args.kwarg].into_iter().flatten() {
            self.bind(arg.arg.as_str(), Target::Value);
        }
    }

    fn expr(&mut self, expr: &'p ast::Expr) {
        match expr {
            ast::Expr::Name(name) => {
                if matches!(name.ctx, ast::ExprContext::Load) {
                    self.sites.push((expr, self.scope_of_load(&name.id)));
                } else {
                    self.bind(name.id.as_str(), Target::Value);
                }
            }
            ast::Expr::Attribute(attribute) => {
                self.expr(&attribute.value);
                if matches!(attribute.ctx, ast::ExprContext::Store) && attribute.attr.as_str() == "forward" {
                    self.names.forward_stores.push(attribute.range.start());
                } else if matches!(attribute.ctx, ast::ExprContext::Store) && attribute.attr.starts_with('_') {
                    self.names.hidden_stores.push(attribute.range.start());
                }
                if let ast::Expr::Name(_) | ast::Expr::Attribute(_) = &*attribute.value {
                    self.sites.push((expr, self.scope));
                }
            }
            ast::Expr::NamedExpr(named) => {
                self.expr(&named.value);
                if let ast::Expr::Name(name) = &*named.target {
                    let mut scope = self.scope;
                    while self.names.scope(scope).kind == ScopeKind::Comprehension {
                        scope = self.names.scope(scope).parent.unwrap_or(MODULE);
                    }
                    self.bind_in(scope, name.id.as_str(), Target::Value);
                }
            }
            ast::Expr::Lambda(lambda) => {
                self.signature(&lambda.args);
                self.within(ScopeKind::Lambda, None, |this| {
                    this.params(&lambda.args);
                    this.expr(&lambda.body);
                });
            }
            ast::Expr::ListComp(comp) => self.comprehension(&comp.generators, [&*comp.elt].as_slice()),
            ast::Expr::SetComp(comp) => self.comprehension(&comp.generators, [&*comp.elt].as_slice()),
            ast::Expr::GeneratorExp(comp) => self.comprehension(&comp.generators, [&*comp.elt].as_slice()),
            ast::Expr::DictComp(comp) => self.comprehension(&comp.generators, [&*comp.key, &*comp.value].as_slice()),
            ast::Expr::Yield(_) | ast::Expr::YieldFrom(_) => {
                self.names.scopes[self.scope as usize].yields = true;
                self.children(Node::Expr(expr));
            }
            _ => self.children(Node::Expr(expr)),
        }
    }

    fn comprehension(&mut self, generators: &'p [ast::Comprehension], elements: &[&'p ast::Expr]) {
        if let Some(first) = generators.first() {
            self.expr(&first.iter);
        }
        self.within(ScopeKind::Comprehension, None, |this| {
            for (i, generator) in generators.iter().enumerate() {
                if i > 0 {
                    this.expr(&generator.iter);
                }
                this.expr(&generator.target);
                generator.ifs.iter().for_each(|test| this.expr(test));
            }
            elements.iter().for_each(|element| this.expr(element));
        });
    }

    /// Binds the names of an assignment target; `target` says what a single name stands for.
    fn target(&mut self, expr: &'p ast::Expr, target: Target<'p>) {
        match expr {
            ast::Expr::Name(name) => self.bind(name.id.as_str(), target),
            _ => self.expr(expr),
        }
    }

    fn pattern(&mut self, pattern: &'p ast::Pattern) {
        let mut capture = |name: &'p Option<ast::Identifier>| {
            if let Some(name) = name {
                self.bind(name.as_str(), Target::Value);
            }
        };
        match pattern {
            ast::Pattern::MatchValue(_) | ast::Pattern::MatchSingleton(_) => {}
            ast::Pattern::MatchStar(p) => capture(&p.name),
            ast::Pattern::MatchSequence(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
            ast::Pattern::MatchMapping(p) => {
                capture(&p.rest);
                p.patterns.iter().for_each(|p| self.pattern(p));
            }
            ast::Pattern::MatchClass(p) => p.patterns.iter().chain(&p.kwd_patterns).for_each(|p| self.pattern(p)),
            ast::Pattern::MatchAs(p) => {
                capture(&p.name);
                p.pattern.iter().for_each(|p| self.pattern(p));
            }
            ast::Pattern::MatchOr(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
        }
    }

    fn exported(&mut self, target: &'p ast::Expr, value: &'p ast::Expr) {
        let is_all = matches!(target, ast::Expr::Name(name) if name.id.as_str() == "__all__");
        if !is_all || self.scope != MODULE {
            return;
        }
        let (ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. })) = value else { return };
        let names = elts.iter().filter_map(|element| match element {
            ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(name), .. }) => Some(name.as_str()),
            _ => None,
        });
        self.names.exported.get_or_insert_default().extend(names);
    }
}

fn value_target(value: &ast::Expr) -> Target<'_> {
    match value {
        ast::Expr::Name(_) => Target::Alias(value),
        ast::Expr::Attribute(_) if is_chain(value) => Target::Alias(value),
        ast::Expr::Subscript(item) if is_own_module(item) => Target::Alias(value),
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::None, .. }) => Target::None,
        _ => Target::Value,
    }
}

/// `sys.modules[__name__]`: a module speaks of itself.
fn is_own_module(item: &ast::ExprSubscript) -> bool {
    is_chain(&item.value) && matches!(&*item.slice, ast::Expr::Name(name) if name.id.as_str() == "__name__")
}

/// Ex) `torch.nn.Linear`
pub(crate) fn is_chain(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(attribute) => is_chain(&attribute.value),
        _ => false,
    }
}
