//! The exhaustive child walker: what stands directly below a node, field by field.

use ast::Ranged;
use rustpython_ast as ast;

use crate::Node;

/// Visits the statements and expressions directly below in the order of the fields that hold them.
pub(crate) fn each<'a>(node: Node<'a>, visit: &mut dyn FnMut(Node<'a>)) {
    match node {
        Node::Stmt(stmt) => Children(visit).stmt(stmt),
        Node::Expr(expr) => Children(visit).below(expr),
    }
}

/// Whether the fields of such a node stand in source order; the most frequent ones only.
pub(crate) fn are_in_source_order(node: Node<'_>) -> bool {
    match node {
        Node::Stmt(stmt) => match stmt {
            ast::Stmt::FunctionDef(def) => is_plain(&def.args),
            ast::Stmt::AsyncFunctionDef(def) => is_plain(&def.args),
            ast::Stmt::ClassDef(class) => class.keywords.is_empty(),
            ast::Stmt::Match(_) => false,
            _ => true,
        },
        Node::Expr(expr) => match expr {
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

/// Whether the annotations and defaults of parameters stand in source order for sure: those of `*args` come last among the fields.
fn is_plain(args: &ast::Arguments) -> bool {
    args.vararg.is_none() || args.kwonlyargs.is_empty()
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

    /// The children of a statement.
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
