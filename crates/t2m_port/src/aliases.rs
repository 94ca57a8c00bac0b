//! What the names of a function may stand for, statement by statement: its parameters, or views of them. From that follows what a call of the function writes
//! to, and what it gives back.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;
use t2m_semantic::{FileFacts, FileId, FunctionInfo, Kind, ParamForm, Role};
use t2m_syntax::ast;
use t2m_syntax::{Node, TextRange};

use crate::callee::{Callee, callee_within};
use crate::cx::Cx;
use crate::passed_flags::{self, Flags};
use crate::{changing_layers, storage, viewed_parts, views};

mod bind;
mod search;

/// A function that passes its parameter on to one that passes it on ... is followed so far.
pub(crate) const DEEPEST_CALL: usize = 3;

/// What a call of a function does.
#[derive(Default)]
pub(crate) struct Summary {
    written: Vec<Alias>,
    pub(crate) returned: Vec<Alias>,
    pub(crate) called: Vec<Called>,
    /// What layers with `inplace=True` are given.
    activated: Vec<Alias>,
}

/// What is passed for a parameter is called with what another one stands for: `f(row)` of `for row in rows`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) param: usize,
    /// As which argument.
    pub(crate) at: usize,
    pub(crate) alias: Alias,
}

impl Summary {
    /// Whether it writes to what is passed for a parameter.
    pub(crate) fn writes(&self, param: usize, is_container: bool) -> bool {
        self.written.iter().any(|alias| alias.owner == Owner::Parameter(param) && alias.is_tensor != Some(is_container))
    }

    /// Whether a layer changes what is passed for a parameter.
    pub(crate) fn activates(&self, param: usize) -> bool {
        self.activated.iter().any(|alias| alias.owner == Owner::Parameter(param))
    }

    /// Whether it gives views of what its object holds.
    pub(crate) fn gives_members(&self) -> bool {
        self.returned.iter().any(|alias| alias.is_view && alias.owner == Owner::Member)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// By its number.
    Parameter(usize),
    /// A tensor that the object holds.
    Member,
}

/// What a name stands for: something that lives outside of the function, an item of it, or a view of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) owner: Owner,
    pub(crate) is_view: bool,
    is_item: bool,
    /// `*parts` and `**parts` themselves, which are the function's own.
    is_packed: bool,
    /// Whether the owner is a tensor, where the function has asked.
    is_tensor: Option<bool>,
}

impl Alias {
    pub(crate) fn is_of_parameter(&self, param: usize) -> bool {
        self.owner == Owner::Parameter(param)
    }

    /// A view of what the owner is, or an item of it.
    pub(crate) fn is_part(&self) -> bool {
        self.is_view || self.is_item
    }

    fn of(owner: Owner) -> Self {
        Self { owner, is_view: false, is_item: false, is_packed: false, is_tensor: None }
    }
}

/// A function, the flags that it is called with, and how far it is followed.
type Call = (FileId, TextRange, Flags, usize);

/// What is known of calls so far, of all files.
#[derive(Default)]
pub(crate) struct Summaries(Mutex<FxHashMap<Call, Arc<Summary>>>);

impl Summaries {
    fn get(&self, call: &Call) -> Option<Arc<Summary>> {
        self.0.lock().ok()?.get(call).cloned()
    }

    fn put(&self, call: Call, summary: Arc<Summary>) {
        if let Ok(mut known) = self.0.lock() {
            known.insert(call, summary);
        }
    }
}

/// What a call that passes such flags does. Each call within is followed one step less, so that one of the function itself ends.
pub(crate) fn summary(cx: &Cx<'_>, function: &FunctionInfo, flags: Flags, depth: usize) -> Arc<Summary> {
    let key = (function.file, function.range, flags, depth);
    if let Some(known) = cx.shared.summaries.get(&key) {
        return known;
    }
    let suite = cx.project.file(function.file).source.suite.as_slice();
    let found = match storage::function_at(suite, function.range) {
        Some(def) => Arc::new(Flow::new(cx, function, &key.2, depth).run(def)),
        None => Arc::default(),
    };
    cx.shared.summaries.put(key, Arc::clone(&found));
    found
}

/// What each name may stand for at a place.
type Names<'f> = Vec<(&'f str, Alias)>;

struct Flow<'c, 'a, 'f> {
    cx: &'c Cx<'a>,
    function: &'f FunctionInfo,
    facts: &'c FileFacts,
    flags: &'c Flags,
    depth: usize,
    /// What names stand for where a loop is left.
    left: Names<'f>,
    found: Summary,
}

impl<'c, 'a, 'f> Flow<'c, 'a, 'f> {
    fn new(cx: &'c Cx<'a>, function: &'f FunctionInfo, flags: &'c Flags, depth: usize) -> Self {
        let facts = cx.project_facts.file(function.file);
        Self { cx, function, facts, flags, depth, left: Names::new(), found: Summary::default() }
    }

    fn run(mut self, def: &'f ast::StmtFunctionDef) -> Summary {
        let is_method = matches!(self.function.role, Role::Method | Role::Property | Role::ClassMethod);
        let params = self.function.params.iter().enumerate().skip(usize::from(is_method));
        let names = params.map(|(at, info)| {
            let is_packed = matches!(info.form, ParamForm::Variadic | ParamForm::Keywords);
            (info.name.as_str(), Alias { is_packed, ..Alias::of(Owner::Parameter(at)) })
        });
        let names = names.collect();
        self.block(&def.body, names);
        self.found
    }

    /// What the names stand for behind some statements, unless these leave the function or the loop.
    fn block(&mut self, body: &'f [ast::Stmt], mut names: Names<'f>) -> Option<Names<'f>> {
        for stmt in body {
            names = self.stmt(stmt, names)?;
        }
        Some(names)
    }

    fn stmt(&mut self, stmt: &'f ast::Stmt, mut names: Names<'f>) -> Option<Names<'f>> {
        match stmt {
            ast::Stmt::If(choice) => {
                self.expr(&choice.test, &mut names);
                match passed_flags::truth(self.flags, self.function, &choice.test) {
                    Some(true) => self.block(&choice.body, names),
                    Some(false) => self.block(&choice.orelse, names),
                    None => {
                        let body = self.block(&choice.body, asked(&choice.test, true, names.clone()));
                        either(body, self.block(&choice.orelse, asked(&choice.test, false, names)))
                    }
                }
            }
            ast::Stmt::For(ast::StmtFor { target, iter, body, orelse, .. })
            | ast::Stmt::AsyncFor(ast::StmtAsyncFor { target, iter, body, orelse, .. }) => {
                self.expr(iter, &mut names);
                let names = self.turns(names, body, &mut |flow, names| flow.bind_items(target, iter, names));
                self.block(orelse, names)
            }
            ast::Stmt::While(ast::StmtWhile { test, body, orelse, .. }) => {
                let names = self.turns(names, body, &mut |flow, names| flow.expr(test, names));
                self.block(orelse, names)
            }
            ast::Stmt::With(ast::StmtWith { items, body, .. }) | ast::Stmt::AsyncWith(ast::StmtAsyncWith { items, body, .. }) => {
                for item in items {
                    self.expr(&item.context_expr, &mut names);
                    if let Some(target) = &item.optional_vars {
                        self.bind(target, &item.context_expr, &mut names);
                    }
                }
                self.block(body, names)
            }
            ast::Stmt::Try(ast::StmtTry { body, handlers, orelse, finalbody, .. })
            | ast::Stmt::TryStar(ast::StmtTryStar { body, handlers, orelse, finalbody, .. }) => {
                let done = self.block(body, names.clone());
                // An error may come at any place.
                let failed = either(done.clone(), Some(names)).unwrap_or_default();
                let mut end = done.and_then(|names| self.block(orelse, names));
                for ast::ExceptHandler::ExceptHandler(handler) in handlers {
                    let handled = self.block(&handler.body, failed.clone());
                    end = either(end, handled);
                }
                let leaves = end.is_none();
                let end = self.block(finalbody, end.unwrap_or(failed))?;
                (!leaves).then_some(end)
            }
            ast::Stmt::Match(choice) => {
                self.expr(&choice.subject, &mut names);
                let mut end = Some(names.clone());
                for case in &choice.cases {
                    let names = self.block(&case.body, names.clone());
                    end = either(end, names);
                }
                end
            }
            ast::Stmt::FunctionDef(inner) => {
                names.retain(|(name, _)| !crate::receiver::has_parameter(inner, name));
                inner.body.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |node| self.visit(node, &names)));
                Some(names)
            }
            ast::Stmt::Return(ast::StmtReturn { value, .. }) => {
                if let Some(value) = value {
                    self.expr(value, &mut names);
                    let given = self.aliases(value, &names);
                    self.found.returned.extend(given);
                }
                None
            }
            ast::Stmt::Raise(_) => None,
            ast::Stmt::Break(_) | ast::Stmt::Continue(_) => {
                self.left.extend(names);
                None
            }
            ast::Stmt::Assign(assign) => {
                self.simple(stmt, &mut names);
                let pairs: Vec<_> = assign.targets.iter().flat_map(|target| views::pairs_of(target, &assign.value)).collect();
                let before = names.clone();
                pairs.into_iter().for_each(|(target, value)| self.bind_from(target, value, &before, &mut names));
                Some(names)
            }
            ast::Stmt::AnnAssign(ast::StmtAnnAssign { target, value: Some(value), .. }) => {
                self.simple(stmt, &mut names);
                self.bind(target, value, &mut names);
                Some(names)
            }
            ast::Stmt::ClassDef(_) => Some(names),
            _ => {
                self.simple(stmt, &mut names);
                Some(names)
            }
        }
    }

    /// The turns of a loop, each of which finds what the one before left, and what names stand for behind it.
    fn turns(&mut self, mut names: Names<'f>, body: &'f [ast::Stmt], start: &mut dyn FnMut(&mut Self, &mut Names<'f>)) -> Names<'f> {
        let around = std::mem::take(&mut self.left);
        // What is new comes back once: names of names of names are rare.
        for _ in 0..2 {
            let mut turn = names.clone();
            start(self, &mut turn);
            let end = self.block(body, turn);
            let known = names.len();
            names = either(Some(names), end).unwrap_or_default();
            let left = std::mem::take(&mut self.left);
            names = either(Some(names), Some(left)).unwrap_or_default();
            if names.len() == known {
                break;
            }
        }
        self.left = around;
        names
    }

    /// A statement without others in it.
    fn simple(&mut self, stmt: &'f ast::Stmt, names: &mut Names<'f>) {
        self.visit(Node::Stmt(stmt), names);
        Node::Stmt(stmt).for_each_child(&mut |child| {
            if let Node::Expr(expr) = child {
                self.expr(expr, names);
            }
        });
    }

    /// All that an expression evaluates.
    fn expr(&mut self, expr: &'f ast::Expr, names: &mut Names<'f>) {
        if let ast::Expr::IfExp(choice) = expr
            && let Some(truth) = passed_flags::truth(self.flags, self.function, &choice.test)
        {
            return self.expr(if truth { &choice.body } else { &choice.orelse }, names);
        }
        self.visit(Node::Expr(expr), names);
        Node::Expr(expr).for_each_child(&mut |child| {
            if let Node::Expr(part) = child {
                self.expr(part, names);
            }
        });
        if let ast::Expr::NamedExpr(named) = expr {
            self.bind(&named.target, &named.value, names);
        }
    }

    /// Notes what is written to at a node.
    fn visit(&mut self, node: Node<'f>, names: &Names<'f>) {
        if names.is_empty() {
            return;
        }
        let noted = RefCell::new(Vec::new());
        // A view by a name of its own is told of where it is written to.
        let note = |aliases: Vec<Alias>| noted.borrow_mut().extend(aliases.into_iter().filter(|alias| !alias.is_view && !alias.is_packed));
        // Each candidate is noted, and none is what is looked for.
        storage::writes_to(node, &|expr| {
            note(self.aliases(views::below_views(expr), names));
            false
        });
        if let Node::Expr(ast::Expr::Call(call)) = node {
            if let ast::Expr::Lambda(lambda) = &*call.func {
                let mut inner = names.clone();
                lambda.args.args.iter().zip(&call.args).for_each(|(param, arg)| {
                    inner.extend(self.aliases(arg, names).into_iter().map(|alias| (param.def.arg.as_str(), alias)));
                });
                Node::Expr(&lambda.body).walk(&mut |node| self.visit(node, &inner));
            }
            self.note_called(call, names);
            if self.is_layer_in_place(call) {
                let given = call.args.first().map(|arg| self.aliases(views::below_views(arg), names)).unwrap_or_default();
                self.found.activated.extend(given.into_iter().filter(|alias| !alias.is_part()));
            }
            if self.works_in_place(call) {
                views::first_argument(call).into_iter().for_each(|arg| note(self.aliases(views::below_views(arg), names)));
            }
            if let Some(callee) = self.callee(call) {
                let passed = self.passed(callee, call, names);
                if !passed.is_empty() {
                    let summary = self.summary(callee, call);
                    self.pass_on(&summary, &passed);
                    let activated = passed.iter().filter(|(param, _)| summary.activates(*param)).flat_map(|(_, aliases)| aliases);
                    self.found.activated.extend(activated.filter(|alias| !alias.is_part()));
                    // What the parameter is, there it was asked for.
                    let is_written = |param, alias: &Alias| {
                        [true, false].into_iter().any(|is_tensor| alias.is_tensor != Some(!is_tensor) && summary.writes(param, !is_tensor))
                    };
                    // Ex) `fill(x[0:2])`: what is written to the view is written back.
                    for (param, arg) in callee.numbered(call) {
                        let aliases = self.aliases(self.below_items(arg), names);
                        note(aliases.into_iter().filter(|alias| is_written(param, alias)).collect());
                    }
                }
            }
        }
        // `rows[0] = row` changes a tensor, but no tensor that a list holds.
        let is_store = matches!(node, Node::Stmt(ast::Stmt::Assign(_)));
        for mut alias in noted.into_inner() {
            if is_store && !alias.is_item {
                if alias.is_tensor == Some(false) {
                    continue;
                }
                alias.is_tensor = Some(true);
            }
            if !self.found.written.contains(&alias) {
                self.found.written.push(alias);
            }
        }
    }

    /// `x` of `x[0:2].view(-1)`
    fn below_items<'e>(&self, expr: &'e ast::Expr) -> &'e ast::Expr {
        match views::below_views(expr) {
            ast::Expr::Subscript(item) if views::is_written_index(&item.slice) || self.facts.fact(&item.slice).kind == Kind::Int => {
                self.below_items(&item.value)
            }
            expr => expr,
        }
    }

    /// `for_each(f, rows)`, which calls it.
    fn pass_on(&mut self, summary: &Summary, passed: &[(usize, Vec<Alias>)]) {
        let given = |param: usize| passed.iter().filter(move |(own, _)| *own == param).flat_map(|(_, aliases)| aliases.iter().copied());
        for called in &summary.called {
            let Owner::Parameter(of) = called.alias.owner else { continue };
            for function in given(called.param).filter(|alias| !alias.is_part()) {
                let Owner::Parameter(param) = function.owner else { continue };
                for own in given(of) {
                    let (is_view, is_item) = (own.is_view || called.alias.is_view, own.is_item || called.alias.is_item);
                    let called = Called { param, at: called.at, alias: Alias { is_view, is_item, ..own } };
                    if !self.found.called.contains(&called) {
                        self.found.called.push(called);
                    }
                }
            }
        }
    }

    /// `f(row)` of a parameter `f`
    fn note_called(&mut self, call: &ast::ExprCall, names: &Names<'f>) {
        let ast::Expr::Name(function) = &*call.func else { return };
        let own = names.iter().filter(|(name, alias)| *name == function.id.as_str() && !alias.is_part());
        let params: Vec<usize> = own
            .filter_map(|(_, alias)| match alias.owner {
                Owner::Parameter(param) => Some(param),
                Owner::Member => None,
            })
            .collect();
        for param in params {
            for (at, arg) in call.args.iter().enumerate() {
                for alias in self.aliases(arg, names) {
                    let called = Called { param, at, alias };
                    if !self.found.called.contains(&called) {
                        self.found.called.push(called);
                    }
                }
            }
        }
    }

    /// `self.act(x)` with `self.act = nn.ReLU(inplace=True)`
    fn is_layer_in_place(&self, call: &ast::ExprCall) -> bool {
        let ast::Expr::Attribute(layer) = &*call.func else { return false };
        let is_one = |class| changing_layers::is_changing_attribute(self.cx, class, &layer.attr);
        self.is_object(&layer.value) && self.function.class.is_some_and(is_one)
    }

    /// `F.relu(x, inplace=True)`
    fn works_in_place(&self, call: &ast::ExprCall) -> bool {
        let Some(name) = self.facts.qualified(&call.func).filter(|name| name.starts_with("torch.nn.functional.")) else { return false };
        let flag = self.cx.tables.lookup(name).find_map(|(_, signature)| signature.param("inplace"));
        let given = flag.and_then(|(at, param)| crate::receiver::argument(call, at, &param.name));
        given.is_some_and(|flag| passed_flags::truth(self.flags, self.function, flag) == Some(true))
    }

    /// `*parts` or `**parts`, whose items are what the caller passed.
    fn is_packed(&self, expr: &ast::Expr, names: &Names<'_>) -> bool {
        names.iter().any(|(name, alias)| alias.is_packed && views::is_same_name(expr, name))
    }

    /// `self`
    fn is_object(&self, expr: &ast::Expr) -> bool {
        let own = self.function.params.first().filter(|_| matches!(self.function.role, Role::Method | Role::Property));
        own.is_some_and(|own| views::is_same_name(expr, &own.name))
    }

    /// `self.rows`, a tensor
    fn is_held(&self, expr: &ast::Expr, member: &ast::ExprAttribute) -> bool {
        let is_tensor = |class| self.cx.project_facts.lookup_attr(class, &member.attr).kind.is_tensor();
        self.is_object(&member.value) && (self.facts.fact(expr).kind.is_tensor() || self.function.class.is_some_and(is_tensor))
    }

    /// `self.rows[i]` of a tensor, and `self.rows[..., :2]` of what is one by that.
    fn is_part_of_object(&self, item: &ast::ExprSubscript) -> bool {
        let ast::Expr::Attribute(member) = &*item.value else { return false };
        let is_number = || matches!(self.facts.fact(&item.slice).kind, Kind::Int | Kind::Unknown);
        self.is_object(&member.value) && (viewed_parts::is_array_index(&item.slice) || is_number() && self.is_held(&item.value, member))
    }

    fn callee(&self, call: &ast::ExprCall) -> Option<Callee<'a>> {
        (self.depth > 0).then(|| callee_within(self.cx, self.function, call))?
    }

    /// The arguments that stand for something, by their parameters.
    fn passed(&self, callee: Callee<'a>, call: &ast::ExprCall, names: &Names<'_>) -> Vec<(usize, Vec<Alias>)> {
        let all = callee.numbered(call).map(|(param, arg)| (param, self.aliases(arg, names)));
        all.filter(|(_, aliases)| !aliases.is_empty()).collect()
    }

    fn summary(&self, callee: Callee<'a>, call: &ast::ExprCall) -> Arc<Summary> {
        let flags = passed_flags::of_call(self.cx, callee, call, &|arg| passed_flags::flag(self.flags, self.function, arg));
        summary(self.cx, callee.function, flags, self.depth - 1)
    }
}

/// What names stand for where a condition has been asked: `isinstance(parts, list)`.
fn asked<'f>(test: &ast::Expr, holds: bool, mut names: Names<'f>) -> Names<'f> {
    match test {
        ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::Not => return asked(&e.operand, !holds, names),
        ast::Expr::BoolOp(e) if holds == (e.op == ast::BoolOp::And) => {
            return e.values.iter().fold(names, |names, part| asked(part, holds, names));
        }
        _ => {}
    }
    let ast::Expr::Call(call) = test else { return names };
    if let ([value, class], true) = (&call.args[..], views::is_same_name(&call.func, "isinstance")) {
        let mut names_tensor = false;
        Node::Expr(class).walk(&mut |node| {
            names_tensor |= match node {
                Node::Expr(ast::Expr::Name(name)) => name.id.contains("Tensor"),
                Node::Expr(ast::Expr::Attribute(member)) => member.attr.contains("Tensor"),
                _ => false,
            }
        });
        // `isinstance(x, (Tensor, list))` says nothing of a tensor.
        let is_tensor = match (names_tensor, holds) {
            (true, true) if class.is_tuple_expr() => None,
            (true, holds) => Some(holds),
            (false, true) => Some(false),
            (false, false) => None,
        };
        let Some(is_tensor) = is_tensor else { return names };
        let is_it = |name: &str, alias: &Alias| views::is_same_name(value, name) && !alias.is_item;
        names.retain(|(name, alias)| !is_it(name, alias) || alias.is_tensor != Some(!is_tensor));
        names.iter_mut().filter(|(name, alias)| is_it(name, alias)).for_each(|(_, alias)| alias.is_tensor = Some(is_tensor));
    }
    names
}

/// What names stand for behind one of two ways.
fn either<'f>(one: Option<Names<'f>>, other: Option<Names<'f>>) -> Option<Names<'f>> {
    match (one, other) {
        (Some(mut one), Some(other)) => {
            for entry in other {
                if !one.contains(&entry) {
                    one.push(entry);
                }
            }
            Some(one)
        }
        (one, other) => one.or(other),
    }
}
