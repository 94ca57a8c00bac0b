//! Names in a run of statements that becomes a function: what it reads from outside, what it binds, what is read from it afterwards.

use std::collections::BTreeSet;

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

/// Names in alphabetical order: whatever is written from them is the same on every run.
pub(super) type Names<'a> = BTreeSet<&'a str>;

/// What a run of statements does to names.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow<'a> {
    /// Bound on every path.
    pub(super) definite: Names<'a>,
    /// Bound on some path.
    pub(super) bound: Names<'a>,
    /// Read before it is surely bound.
    pub(super) exposed: Names<'a>,
    /// Loops over something are taken to turn at least once.
    turns: bool,
}

impl<'a> Flow<'a> {
    pub(super) fn of(stmts: &'a [ast::Stmt]) -> Self {
        let mut flow = Self::default();
        flow.suite(stmts);
        flow
    }

    /// The same, where loops over something turn at least once.
    pub(super) fn of_turning(stmts: &'a [ast::Stmt]) -> Self {
        let mut flow = Self { turns: true, ..Self::default() };
        flow.suite(stmts);
        flow
    }

    pub(super) fn suite(&mut self, stmts: &'a [ast::Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    /// The expression is read now.
    pub(super) fn read(&mut self, expr: &'a ast::Expr) {
        let mut names = Names::new();
        loads(expr, &mut names);
        self.exposed.extend(names.difference(&self.definite));
        let mut walrus = Names::new();
        Node::Expr(expr).walk(&mut |node| {
            if let Node::Expr(ast::Expr::NamedExpr(e)) = node {
                targets(&e.target, &mut walrus);
            }
        });
        self.bound.extend(walrus);
    }

    fn bind(&mut self, target: &'a ast::Expr) {
        // `x[i] = v` and `x.a = v` read `x`.
        self.read(target);
        let mut names = Names::new();
        targets(target, &mut names);
        self.bind_names(names);
    }

    fn bind_names(&mut self, names: Names<'a>) {
        self.bound.extend(&names);
        self.definite.extend(names);
    }

    /// A path that may not be taken; what it surely binds is the result.
    fn branch(&mut self, walk: impl FnOnce(&mut Self)) -> Names<'a> {
        let mut branch = Self { definite: self.definite.clone(), turns: self.turns, ..Self::default() };
        walk(&mut branch);
        self.bound.extend(branch.bound);
        self.exposed.extend(branch.exposed);
        branch.definite
    }

    fn stmt(&mut self, stmt: &'a ast::Stmt) {
        match stmt {
            ast::Stmt::Assign(s) => {
                self.read(&s.value);
                s.targets.iter().for_each(|target| self.bind(target));
            }
            ast::Stmt::AnnAssign(s) => {
                if let Some(value) = &s.value {
                    self.read(value);
                    self.bind(&s.target);
                }
            }
            ast::Stmt::AugAssign(s) => {
                self.read(&s.value);
                let mut names = Names::new();
                targets(&s.target, &mut names);
                self.exposed.extend(names.difference(&self.definite));
                self.bind(&s.target);
            }
            ast::Stmt::For(s) => {
                self.read(&s.iter);
                let turned = self.branch(|branch| {
                    branch.bind(&s.target);
                    branch.suite(&s.body);
                });
                if self.turns {
                    self.definite.extend(turned);
                }
                self.branch(|branch| branch.suite(&s.orelse));
            }
            ast::Stmt::While(s) => {
                self.read(&s.test);
                self.branch(|branch| branch.suite(&s.body));
                self.branch(|branch| branch.suite(&s.orelse));
            }
            ast::Stmt::If(s) => {
                self.read(&s.test);
                let yes = self.branch(|branch| branch.suite(&s.body));
                let no = self.branch(|branch| branch.suite(&s.orelse));
                self.definite = yes.intersection(&no).copied().collect();
            }
            ast::Stmt::With(s) => {
                for item in &s.items {
                    self.read(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.bind(target);
                    }
                }
                self.suite(&s.body);
            }
            // A name has to be there to be deleted, and is the function's own.
            ast::Stmt::Delete(s) => {
                let mut names = Names::new();
                s.targets.iter().for_each(|target| targets(target, &mut names));
                self.exposed.extend(names.difference(&self.definite));
                s.targets.iter().for_each(|target| self.read(target));
                self.definite.retain(|name| !names.contains(name));
                self.bound.extend(names);
            }
            ast::Stmt::FunctionDef(s) => self.definition(stmt, s.name.as_str()),
            ast::Stmt::AsyncFunctionDef(s) => self.definition(stmt, s.name.as_str()),
            ast::Stmt::ClassDef(s) => self.definition(stmt, s.name.as_str()),
            ast::Stmt::Import(s) => self.imports(&s.names),
            ast::Stmt::ImportFrom(s) => self.imports(&s.names),
            _ => {
                for child in Node::Stmt(stmt).children() {
                    if let Node::Expr(expr) = child {
                        self.read(expr);
                    }
                }
                for suite in node::suites(stmt) {
                    self.branch(|branch| branch.suite(suite));
                }
            }
        }
    }

    fn imports(&mut self, names: &'a [ast::Alias]) {
        let local = |alias: &'a ast::Alias| match &alias.asname {
            Some(name) => name.as_str(),
            None => alias.name.split('.').next().unwrap_or_default(),
        };
        self.bind_names(names.iter().map(local).collect());
    }

    /// A nested function may run at once: what it reads counts as read here.
    fn definition(&mut self, stmt: &'a ast::Stmt, name: &'a str) {
        let mut names = Names::new();
        loads_of_stmt(stmt, &mut names);
        self.exposed.extend(names.difference(&self.definite));
        self.bind_names([name].into());
    }
}

/// The plain names that a target binds.
pub(super) fn targets<'a>(target: &'a ast::Expr, names: &mut Names<'a>) {
    match target {
        ast::Expr::Name(name) => {
            names.insert(name.id.as_str());
        }
        ast::Expr::Tuple(e) => e.elts.iter().for_each(|e| targets(e, names)),
        ast::Expr::List(e) => e.elts.iter().for_each(|e| targets(e, names)),
        ast::Expr::Starred(e) => targets(&e.value, names),
        _ => {}
    }
}

/// The names that an expression reads, without those that its comprehensions and lambdas bind.
pub(super) fn loads<'a>(expr: &'a ast::Expr, names: &mut Names<'a>) {
    let own = match expr {
        ast::Expr::ListComp(e) => generators(&e.generators),
        ast::Expr::SetComp(e) => generators(&e.generators),
        ast::Expr::DictComp(e) => generators(&e.generators),
        ast::Expr::GeneratorExp(e) => generators(&e.generators),
        ast::Expr::Lambda(e) => parameters(&e.args),
        ast::Expr::Name(name) if matches!(name.ctx, ast::ExprContext::Load) => {
            names.insert(name.id.as_str());
            return;
        }
        _ => Names::new(),
    };
    let mut inner = Names::new();
    for child in Node::Expr(expr).children() {
        if let Node::Expr(child) = child {
            loads(child, &mut inner);
        }
    }
    names.extend(inner.difference(&own));
}

fn generators(generators: &[ast::Comprehension]) -> Names<'_> {
    let mut names = Names::new();
    generators.iter().for_each(|generator| targets(&generator.target, &mut names));
    names
}

fn parameters(args: &ast::Arguments) -> Names<'_> {
    let all = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| arg.def.arg.as_str());
    let stars = args.vararg.iter().chain(&args.kwarg).map(|arg| arg.arg.as_str());
    all.chain(stars).collect()
}

/// The names that a statement reads from outside of it, with those that its functions read.
pub(super) fn loads_of_stmt<'a>(stmt: &'a ast::Stmt, names: &mut Names<'a>) {
    let own = match stmt {
        ast::Stmt::FunctionDef(s) => function_names(&s.args, &s.body),
        ast::Stmt::AsyncFunctionDef(s) => function_names(&s.args, &s.body),
        _ => Names::new(),
    };
    let mut inner = Names::new();
    for child in Node::Stmt(stmt).children() {
        match child {
            Node::Stmt(child) => loads_of_stmt(child, &mut inner),
            Node::Expr(child) => loads(child, &mut inner),
        }
    }
    if let ast::Stmt::AugAssign(s) = stmt {
        targets(&s.target, &mut inner);
    }
    names.extend(inner.difference(&own));
}

/// Parameters and names bound in a function; a `global` one is not its own.
fn function_names<'a>(args: &'a ast::Arguments, body: &'a [ast::Stmt]) -> Names<'a> {
    let mut names = parameters(args);
    names.extend(Flow::of(body).bound);
    for name in declared(body) {
        names.remove(name);
    }
    names
}

/// Names that `global` or `nonlocal` statements declare, nested functions left out.
pub(super) fn declared(stmts: &[ast::Stmt]) -> Names<'_> {
    let mut names = Names::new();
    for stmt in stmts {
        match stmt {
            ast::Stmt::Global(s) => names.extend(s.names.iter().map(|name| name.as_str())),
            ast::Stmt::Nonlocal(s) => names.extend(s.names.iter().map(|name| name.as_str())),
            ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_) => {}
            _ => names.extend(node::suites(stmt).into_iter().flat_map(declared)),
        }
    }
    names
}

/// The names of `wanted` whose value at the end of `run` may be read somewhere in `scope`: later on, or in the next turn of a loop.
pub(super) fn read_afterwards<'a>(scope: &'a [ast::Stmt], run: TextRange, wanted: &Names<'a>) -> Names<'a> {
    let mut found = Names::new();
    let mut fresh = Names::new();
    readers(scope, run, wanted, &mut fresh, &mut found, false);
    found
}

/// Walks a suite with the names that were bound anew since `run`.
fn readers<'a>(stmts: &'a [ast::Stmt], run: TextRange, wanted: &Names<'a>, fresh: &mut Names<'a>, found: &mut Names<'a>, looped: bool) {
    let is_own = |stmt: &ast::Stmt| run.contains_range(stmt.range());
    let mut is_passed = false;
    for (at, stmt) in stmts.iter().enumerate() {
        let range = stmt.range();
        if is_own(stmt) {
            if looped && !is_passed {
                // The next turn of the loop reads what the last one left.
                let mut flow = Flow { definite: fresh.clone(), ..Flow::default() };
                stmts[at..].iter().take_while(|stmt| is_own(stmt)).for_each(|stmt| flow.stmt(stmt));
                found.extend(flow.exposed.intersection(wanted));
            }
            is_passed = true;
            fresh.clear();
            continue;
        }
        let is_around = range.contains_range(run);
        // Before the run, outside of every loop around it, no value of the run exists yet. Functions may run later.
        let is_before = range.end() <= run.start() && !looped;
        let is_definition = matches!(stmt, ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_));
        if is_before && !is_definition {
            continue;
        }
        if is_around {
            let is_loop = matches!(stmt, ast::Stmt::For(_) | ast::Stmt::AsyncFor(_) | ast::Stmt::While(_));
            let mut bound = Flow::default();
            match stmt {
                ast::Stmt::For(s) => bound.bind(&s.target),
                ast::Stmt::While(s) if is_loop => bound.read(&s.test),
                _ => {}
            }
            found.extend(bound.exposed.intersection(wanted));
            let mut inside = bound.definite;
            for suite in node::suites(stmt) {
                let mut fresh = inside.clone();
                readers(suite, run, wanted, &mut fresh, found, looped || is_loop);
                if suite.iter().any(|stmt| stmt.range().contains_range(run)) {
                    inside = Names::new();
                }
            }
            fresh.clear();
            continue;
        }
        let mut flow = Flow { definite: fresh.clone(), ..Flow::default() };
        flow.stmt(stmt);
        found.extend(flow.exposed.intersection(wanted));
        *fresh = flow.definite;
    }
}
