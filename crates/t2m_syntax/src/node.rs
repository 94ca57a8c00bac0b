//! Nodes, their identity, and the exhaustive child walker.
//!
//! Only statements and expressions are nodes: keywords, parameters, `with` items, comprehensions, patterns and handlers are seen through, because their ranges are
//! not always their own. So are the parts of f-strings that carry the whole string's range.

use ast::Ranged;
use rustpython_ast as ast;

use crate::{TextRange, TextSize};

/// A borrowed statement or expression.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    Stmt(&'a ast::Stmt),
    Expr(&'a ast::Expr),
}

/// Identity of a node inside of its file: class and range are unique among the nodes that [`Node::children`] yields,
/// except that an expression statement and its value differ by class alone.
///
/// One number, because there are many: the class, where the node starts, and where it ends. A text has less than 2 GiB.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u64);

impl NodeId {
    const STMT: u64 = 1 << 63;

    fn new(class: u64, range: TextRange) -> Self {
        Self(class | u64::from(range.start().to_u32()) << 32 | u64::from(range.end().to_u32()))
    }

    pub fn range(self) -> TextRange {
        let (start, end) = ((self.0 & !Self::STMT) >> 32, self.0 & u64::from(u32::MAX));
        TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32))
    }

    pub fn is_stmt(self) -> bool {
        self.0 & Self::STMT != 0
    }
}

impl std::fmt::Debug for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", if self.is_stmt() { "Stmt" } else { "Expr" }, self.range())
    }
}

impl<'a> From<&'a ast::Stmt> for Node<'a> {
    fn from(stmt: &'a ast::Stmt) -> Self {
        Self::Stmt(stmt)
    }
}

impl<'a> From<&'a ast::Expr> for Node<'a> {
    fn from(expr: &'a ast::Expr) -> Self {
        Self::Expr(expr)
    }
}

impl From<&ast::Stmt> for NodeId {
    fn from(stmt: &ast::Stmt) -> Self {
        Node::Stmt(stmt).id()
    }
}

impl From<&ast::Expr> for NodeId {
    fn from(expr: &ast::Expr) -> Self {
        Node::Expr(expr).id()
    }
}

impl<'a> Node<'a> {
    pub fn range(self) -> TextRange {
        match self {
            Self::Stmt(stmt) => stmt.range(),
            Self::Expr(expr) => expr.range(),
        }
    }

    pub fn id(self) -> NodeId {
        match self {
            Self::Stmt(stmt) => NodeId::new(NodeId::STMT, stmt.range()),
            Self::Expr(expr) => NodeId::new(0, expr.range()),
        }
    }

    /// The statements and expressions directly below, in source order.
    pub fn children(self) -> Vec<Node<'a>> {
        let mut children = Vec::new();
        self.for_each_child(&mut |child| children.push(child));
        children
    }

    /// Visits the statements and expressions directly below, in source order.
    pub fn for_each_child(self, visit: &mut dyn FnMut(Node<'a>)) {
        if self.is_in_source_order() {
            return self.fields(visit);
        }
        let mut children = Vec::new();
        self.fields(&mut |child| children.push(child));
        children.sort_by_key(|child| child.range().start());
        children.into_iter().for_each(visit);
    }

    /// Visits the statements and expressions directly below in the order of the fields that hold them.
    fn fields(self, visit: &mut dyn FnMut(Node<'a>)) {
        match self {
            Self::Stmt(stmt) => Children(visit).stmt(stmt),
            Self::Expr(expr) => Children(visit).below(expr),
        }
    }

    /// Whether the fields of such a node stand in source order; the most frequent ones only.
    fn is_in_source_order(self) -> bool {
        match self {
            Self::Stmt(stmt) => match stmt {
                ast::Stmt::FunctionDef(def) => is_plain(&def.args),
                ast::Stmt::AsyncFunctionDef(def) => is_plain(&def.args),
                ast::Stmt::ClassDef(class) => class.keywords.is_empty(),
                ast::Stmt::Match(_) => false,
                _ => true,
            },
            Self::Expr(expr) => match expr {
                // Ex) `f(key=1, *args)`
                ast::Expr::Call(call) => match (call.args.last(), call.keywords.first()) {
                    (Some(last), Some(first)) => last.range().end() <= first.value.range().start(),
                    _ => true,
                },
                ast::Expr::Lambda(lambda) => is_plain(&lambda.args),
                ast::Expr::Name(_)
                | ast::Expr::Constant(_)
                | ast::Expr::Attribute(_)
                | ast::Expr::Subscript(_)
                | ast::Expr::BinOp(_)
                | ast::Expr::BoolOp(_)
                | ast::Expr::UnaryOp(_)
                | ast::Expr::Compare(_)
                | ast::Expr::Starred(_)
                | ast::Expr::Slice(_)
                | ast::Expr::Tuple(_)
                | ast::Expr::List(_) => true,
                _ => false,
            },
        }
    }

    /// This node and all below, parents before children, in source order.
    pub fn walk(self, visit: &mut dyn FnMut(Node<'a>)) {
        visit(self);
        self.for_each_child(&mut |child| child.walk(visit));
    }
}

/// Whether the annotations and defaults of parameters stand in source order for sure: those of `*args` come last among the fields.
fn is_plain(args: &ast::Arguments) -> bool {
    args.vararg.is_none() || args.kwonlyargs.is_empty()
}

/// These statements and all statements below, outer ones first, in source order.
pub fn statements<'a>(suite: &'a [ast::Stmt], visit: &mut dyn FnMut(&'a ast::Stmt)) {
    for stmt in suite {
        visit(stmt);
        for inner in suites(stmt) {
            statements(inner, visit);
        }
    }
}

/// The suites of a compound statement, in source order; empty ones left out.
pub fn suites(stmt: &ast::Stmt) -> Vec<&[ast::Stmt]> {
    let mut suites: Vec<&[ast::Stmt]> = match stmt {
        ast::Stmt::FunctionDef(s) => vec![&s.body],
        ast::Stmt::AsyncFunctionDef(s) => vec![&s.body],
        ast::Stmt::ClassDef(s) => vec![&s.body],
        ast::Stmt::For(s) => vec![&s.body, &s.orelse],
        ast::Stmt::AsyncFor(s) => vec![&s.body, &s.orelse],
        ast::Stmt::While(s) => vec![&s.body, &s.orelse],
        ast::Stmt::If(s) => vec![&s.body, &s.orelse],
        ast::Stmt::With(s) => vec![&s.body],
        ast::Stmt::AsyncWith(s) => vec![&s.body],
        ast::Stmt::Match(s) => s.cases.iter().map(|case| &case.body[..]).collect(),
        ast::Stmt::Try(s) => try_suites(&s.body, &s.handlers, &s.orelse, &s.finalbody),
        ast::Stmt::TryStar(s) => try_suites(&s.body, &s.handlers, &s.orelse, &s.finalbody),
        ast::Stmt::Return(_)
        | ast::Stmt::Delete(_)
        | ast::Stmt::Assign(_)
        | ast::Stmt::TypeAlias(_)
        | ast::Stmt::AugAssign(_)
        | ast::Stmt::AnnAssign(_)
        | ast::Stmt::Raise(_)
        | ast::Stmt::Assert(_)
        | ast::Stmt::Import(_)
        | ast::Stmt::ImportFrom(_)
        | ast::Stmt::Global(_)
        | ast::Stmt::Nonlocal(_)
        | ast::Stmt::Expr(_)
        | ast::Stmt::Pass(_)
        | ast::Stmt::Break(_)
        | ast::Stmt::Continue(_) => Vec::new(),
    };
    suites.retain(|suite| !suite.is_empty());
    suites
}

fn try_suites<'a>(
    body: &'a [ast::Stmt],
    handlers: &'a [ast::ExceptHandler],
    orelse: &'a [ast::Stmt],
    finalbody: &'a [ast::Stmt],
) -> Vec<&'a [ast::Stmt]> {
    let handlers = handlers.iter().map(|ast::ExceptHandler::ExceptHandler(handler)| &handler.body[..]);
    std::iter::once(body).chain(handlers).chain([orelse, finalbody]).collect()
}

/// Tells the children of a node, field by field.
struct Children<'v, 'a>(&'v mut dyn FnMut(Node<'a>));

impl<'a> Children<'_, 'a> {
    fn expr(&mut self, expr: &'a ast::Expr) {
        (self.0)(Node::Expr(expr));
    }

    fn exprs(&mut self, exprs: &'a [ast::Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn option(&mut self, expr: &'a Option<Box<ast::Expr>>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn suite(&mut self, stmts: &'a [ast::Stmt]) {
        stmts.iter().for_each(|stmt| (self.0)(Node::Stmt(stmt)));
    }

    fn keywords(&mut self, keywords: &'a [ast::Keyword]) {
        keywords.iter().for_each(|keyword| self.expr(&keyword.value));
    }

    fn arguments(&mut self, arguments: &'a ast::Arguments) {
        let ast::Arguments { range: _, posonlyargs, args, vararg, kwonlyargs, kwarg } = arguments;
        for arg in posonlyargs.iter().chain(args).chain(kwonlyargs) {
            self.option(&arg.def.annotation);
            self.option(&arg.default);
        }
        for arg in [vararg, kwarg].into_iter().flatten() {
            self.option(&arg.annotation);
        }
    }

    fn comprehensions(&mut self, generators: &'a [ast::Comprehension]) {
        for ast::Comprehension { range: _, target, iter, ifs, is_async: _ } in generators {
            self.expr(target);
            self.expr(iter);
            self.exprs(ifs);
        }
    }

    fn with_items(&mut self, items: &'a [ast::WithItem]) {
        for ast::WithItem { range: _, context_expr, optional_vars } in items {
            self.expr(context_expr);
            self.option(optional_vars);
        }
    }

    fn type_params(&mut self, params: &'a [ast::TypeParam]) {
        for param in params {
            match param {
                ast::TypeParam::TypeVar(param) => self.option(&param.bound),
                ast::TypeParam::ParamSpec(_) | ast::TypeParam::TypeVarTuple(_) => {}
            }
        }
    }

    fn handlers(&mut self, handlers: &'a [ast::ExceptHandler]) {
        for ast::ExceptHandler::ExceptHandler(handler) in handlers {
            self.option(&handler.type_);
            self.suite(&handler.body);
        }
    }

    fn pattern(&mut self, pattern: &'a ast::Pattern) {
        match pattern {
            ast::Pattern::MatchValue(p) => self.expr(&p.value),
            ast::Pattern::MatchSingleton(_) | ast::Pattern::MatchStar(_) => {}
            ast::Pattern::MatchSequence(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
            ast::Pattern::MatchMapping(p) => {
                self.exprs(&p.keys);
                p.patterns.iter().for_each(|p| self.pattern(p));
            }
            ast::Pattern::MatchClass(p) => {
                self.expr(&p.cls);
                p.patterns.iter().chain(&p.kwd_patterns).for_each(|p| self.pattern(p));
            }
            ast::Pattern::MatchAs(p) => p.pattern.iter().for_each(|p| self.pattern(p)),
            ast::Pattern::MatchOr(p) => p.patterns.iter().for_each(|p| self.pattern(p)),
        }
    }

    fn function(
        &mut self,
        decorators: &'a [ast::Expr],
        type_params: &'a [ast::TypeParam],
        args: &'a ast::Arguments,
        returns: &'a Option<Box<ast::Expr>>,
        body: &'a [ast::Stmt],
    ) {
        self.exprs(decorators);
        self.type_params(type_params);
        self.arguments(args);
        self.option(returns);
        self.suite(body);
    }

    fn stmt(&mut self, stmt: &'a ast::Stmt) {
        match stmt {
            ast::Stmt::FunctionDef(s) => self.function(&s.decorator_list, &s.type_params, &s.args, &s.returns, &s.body),
            ast::Stmt::AsyncFunctionDef(s) => {
                self.function(&s.decorator_list, &s.type_params, &s.args, &s.returns, &s.body);
            }
            ast::Stmt::ClassDef(s) => {
                self.exprs(&s.decorator_list);
                self.type_params(&s.type_params);
                self.exprs(&s.bases);
                self.keywords(&s.keywords);
                self.suite(&s.body);
            }
            ast::Stmt::Return(s) => self.option(&s.value),
            ast::Stmt::Delete(s) => self.exprs(&s.targets),
            ast::Stmt::Assign(s) => {
                self.exprs(&s.targets);
                self.expr(&s.value);
            }
            ast::Stmt::TypeAlias(s) => {
                self.expr(&s.name);
                self.type_params(&s.type_params);
                self.expr(&s.value);
            }
            ast::Stmt::AugAssign(s) => {
                self.expr(&s.target);
                self.expr(&s.value);
            }
            ast::Stmt::AnnAssign(s) => {
                self.expr(&s.target);
                self.expr(&s.annotation);
                self.option(&s.value);
            }
            ast::Stmt::For(s) => {
                self.expr(&s.target);
                self.expr(&s.iter);
                self.suite(&s.body);
                self.suite(&s.orelse);
            }
            ast::Stmt::AsyncFor(s) => {
                self.expr(&s.target);
                self.expr(&s.iter);
                self.suite(&s.body);
                self.suite(&s.orelse);
            }
            ast::Stmt::While(s) => {
                self.expr(&s.test);
                self.suite(&s.body);
                self.suite(&s.orelse);
            }
            ast::Stmt::If(s) => {
                self.expr(&s.test);
                self.suite(&s.body);
                self.suite(&s.orelse);
            }
            ast::Stmt::With(s) => {
                self.with_items(&s.items);
                self.suite(&s.body);
            }
            ast::Stmt::AsyncWith(s) => {
                self.with_items(&s.items);
                self.suite(&s.body);
            }
            ast::Stmt::Match(s) => {
                // The range of a bare tuple subject runs over the whole statement: see through it.
                match &*s.subject {
                    ast::Expr::Tuple(tuple) if tuple.range.end() >= s.range.end() => self.exprs(&tuple.elts),
                    subject => self.expr(subject),
                }
                for ast::MatchCase { range: _, pattern, guard, body } in &s.cases {
                    self.pattern(pattern);
                    self.option(guard);
                    self.suite(body);
                }
            }
            ast::Stmt::Raise(s) => {
                self.option(&s.exc);
                self.option(&s.cause);
            }
            ast::Stmt::Try(s) => {
                self.suite(&s.body);
                self.handlers(&s.handlers);
                self.suite(&s.orelse);
                self.suite(&s.finalbody);
            }
            ast::Stmt::TryStar(s) => {
                self.suite(&s.body);
                self.handlers(&s.handlers);
                self.suite(&s.orelse);
                self.suite(&s.finalbody);
            }
            ast::Stmt::Assert(s) => {
                self.expr(&s.test);
                self.option(&s.msg);
            }
            ast::Stmt::Expr(s) => self.expr(&s.value),
            ast::Stmt::Import(_)
            | ast::Stmt::ImportFrom(_)
            | ast::Stmt::Global(_)
            | ast::Stmt::Nonlocal(_)
            | ast::Stmt::Pass(_)
            | ast::Stmt::Break(_)
            | ast::Stmt::Continue(_) => {}
        }
    }

    /// The children of an expression.
    fn below(&mut self, expr: &'a ast::Expr) {
        match expr {
            ast::Expr::BoolOp(e) => self.exprs(&e.values),
            ast::Expr::NamedExpr(e) => {
                self.expr(&e.target);
                self.expr(&e.value);
            }
            ast::Expr::BinOp(e) => {
                self.expr(&e.left);
                self.expr(&e.right);
            }
            ast::Expr::UnaryOp(e) => self.expr(&e.operand),
            ast::Expr::Lambda(e) => {
                self.arguments(&e.args);
                self.expr(&e.body);
            }
            ast::Expr::IfExp(e) => {
                self.expr(&e.test);
                self.expr(&e.body);
                self.expr(&e.orelse);
            }
            ast::Expr::Dict(e) => {
                e.keys.iter().flatten().for_each(|key| self.expr(key));
                self.exprs(&e.values);
            }
            ast::Expr::Set(e) => self.exprs(&e.elts),
            ast::Expr::ListComp(e) => {
                self.expr(&e.elt);
                self.comprehensions(&e.generators);
            }
            ast::Expr::SetComp(e) => {
                self.expr(&e.elt);
                self.comprehensions(&e.generators);
            }
            ast::Expr::DictComp(e) => {
                self.expr(&e.key);
                self.expr(&e.value);
                self.comprehensions(&e.generators);
            }
            ast::Expr::GeneratorExp(e) => {
                self.expr(&e.elt);
                self.comprehensions(&e.generators);
            }
            ast::Expr::Await(e) => self.expr(&e.value),
            ast::Expr::Yield(e) => self.option(&e.value),
            ast::Expr::YieldFrom(e) => self.expr(&e.value),
            ast::Expr::Compare(e) => {
                self.expr(&e.left);
                self.exprs(&e.comparators);
            }
            ast::Expr::Call(e) => {
                self.expr(&e.func);
                self.exprs(&e.args);
                self.keywords(&e.keywords);
            }
            ast::Expr::FormattedValue(e) => {
                self.expr(&e.value);
                self.option_fstring(&e.format_spec);
            }
            ast::Expr::JoinedStr(e) => self.fstring(&e.values),
            ast::Expr::Constant(_) | ast::Expr::Name(_) => {}
            ast::Expr::Attribute(e) => self.expr(&e.value),
            ast::Expr::Subscript(e) => {
                self.expr(&e.value);
                self.expr(&e.slice);
            }
            ast::Expr::Starred(e) => self.expr(&e.value),
            ast::Expr::List(e) => self.exprs(&e.elts),
            ast::Expr::Tuple(e) => self.exprs(&e.elts),
            ast::Expr::Slice(e) => {
                self.option(&e.lower);
                self.option(&e.upper);
                self.option(&e.step);
            }
        }
    }

    /// The replacement fields of an f-string; its literal parts have no range of their own.
    fn fstring(&mut self, values: &'a [ast::Expr]) {
        for value in values {
            if let ast::Expr::FormattedValue(field) = value {
                self.expr(&field.value);
                self.option_fstring(&field.format_spec);
            }
        }
    }

    fn option_fstring(&mut self, spec: &'a Option<Box<ast::Expr>>) {
        if let Some(ast::Expr::JoinedStr(spec)) = spec.as_deref() {
            self.fstring(&spec.values);
        }
    }
}
