//! What surely has a gradient: the names and attributes that a value comes from on every path. Statements are read backwards from what is returned, or from the
//! loss: a value that nothing goes on from with gradients, that is detached or computed under `no_grad` asks for nothing.

use std::collections::BTreeSet;

use t2m_semantic::{FileFacts, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Node, node};

use super::flow::{self, Flow, Names};
use super::mentions::Mentions;
use super::taint::DETACHED;
use super::turns;
use crate::cx::Cx;
use crate::hard_uses::compares_values;
use crate::rules::contexts::{GradMode, NO_GRAD, grad_mode};
use crate::rules::last_name;

/// Names, and attributes (`true`).
pub(super) type Used<'a> = BTreeSet<(bool, &'a str)>;

/// Methods that tell what they are given to somebody.
const TELLS: &[&str] = &["log", "print", "write", "info", "debug", "warning", "add_scalar", "set_postfix", "set_description"];

/// What is reached from a place to the end, on each path.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach<'a> {
    /// All that is used.
    pub(super) used: Used<'a>,
    /// Callees, their plain arguments and what loops run over alone: what is used as a whole.
    pub(super) whole: Used<'a>,
    /// Names whose values are used, as they are bound in front of the place.
    needed: Names<'a>,
    /// No path from here comes to its end: `raise`.
    is_lost: bool,
}

impl<'a> Reach<'a> {
    fn meet(self, other: Self) -> Self {
        match (self.is_lost, other.is_lost) {
            (true, _) => other,
            (_, true) => self,
            _ => Self {
                used: self.used.intersection(&other.used).copied().collect(),
                whole: self.whole.intersection(&other.whole).copied().collect(),
                needed: self.needed.intersection(&other.needed).copied().collect(),
                is_lost: false,
            },
        }
    }

    fn join(&mut self, other: Self) {
        self.used.extend(other.used);
        self.whole.extend(other.whole);
        self.needed.extend(other.needed);
    }

    /// Keeps what is reached without this place, and some layers.
    fn keep(&mut self, without: &Self, layers: &Names<'a>) {
        let is_kept = |used: &(bool, &'a str), without: &Used<'a>| without.contains(used) || used.0 && layers.contains(used.1);
        self.used.retain(|used| is_kept(used, &without.used));
        self.whole.retain(|used| is_kept(used, &without.whole));
        self.needed.retain(|name| without.needed.contains(name));
    }

    /// The name of something that is used as a whole.
    fn whole(&mut self, expr: &'a ast::Expr) {
        match expr {
            ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "forward" | "__call__") => self.whole(&e.value),
            ast::Expr::Attribute(e) => _ = self.whole.insert((true, e.attr.as_str())),
            ast::Expr::Name(name) => _ = self.whole.insert((false, name.id.as_str())),
            ast::Expr::Starred(e) => self.whole(&e.value),
            _ => {}
        }
    }
}

/// Where the paths go on that leave a turn of a loop.
struct Turn<'a> {
    next: Reach<'a>,
    behind: Reach<'a>,
}

pub(super) struct Sure<'c, 'a> {
    cx: &'c Cx<'a>,
    /// Of the file of the statements.
    facts: &'a FileFacts,
    /// Follows the functions that are called.
    called: Option<&'c Mentions<'c, 'a>>,
    /// Names that loops and comprehensions bind: an index of that name goes through all items.
    turns: Names<'a>,
    /// Names that the statements bind, where others belong to a caller: what is put into those goes on.
    own: Option<Names<'a>>,
    /// What the callers of the function say, such as how many layers to run.
    given: Names<'a>,
    /// The function, where the statements are its body.
    def: Option<&'a ast::StmtFunctionDef>,
    /// The attributes that anybody asks for; what is kept in others goes nowhere.
    asked: Option<&'c Used<'a>>,
}

impl<'c, 'a> Sure<'c, 'a> {
    /// What the results of a function surely come from.
    pub(super) fn of_function(cx: &'c Cx<'a>, facts: &'a FileFacts, def: &'a ast::StmtFunctionDef) -> Reach<'a> {
        Self::of_method(cx, facts, def, None)
    }

    /// The same for a method whose object is asked for some attributes alone: `self.aux_loss = ...` goes on where the loss has it.
    pub(super) fn of_method(cx: &'c Cx<'a>, facts: &'a FileFacts, def: &'a ast::StmtFunctionDef, asked: Option<&'c Used<'a>>) -> Reach<'a> {
        let mut sure = Self::new((cx, facts), None, &def.body, Some(Flow::of(&def.body).bound), parameters(def));
        (sure.asked, sure.def) = (asked, Some(def));
        if def.decorator_list.iter().any(|decorator| sure.may_be_off(decorator)) {
            return Reach::default();
        }
        sure.suite(&def.body, Reach::default(), None)
    }

    /// What the loss behind some statements surely comes from.
    pub(super) fn of_run(cx: &'c Cx<'a>, called: Option<&'c Mentions<'c, 'a>>, run: &'a [ast::Stmt], loss: &'a ast::Expr) -> Reach<'a> {
        let sure = Self::new((cx, cx.facts), called, run, None, Names::new());
        let mut reach = Reach::default();
        sure.expr(loss, &mut reach);
        sure.suite(run, reach, None)
    }

    fn new(
        (cx, facts): (&'c Cx<'a>, &'a FileFacts),
        called: Option<&'c Mentions<'c, 'a>>,
        suite: &'a [ast::Stmt],
        own: Option<Names<'a>>,
        given: Names<'a>,
    ) -> Self {
        let mut turns = Names::new();
        for stmt in suite {
            Node::Stmt(stmt).walk(&mut |node| match node {
                Node::Stmt(ast::Stmt::For(s)) if !are_given(&s.iter) && !counts(&s.iter, &given) => flow::targets(&s.target, &mut turns),
                Node::Expr(ast::Expr::ListComp(e)) => comprehension(&e.generators, &mut turns),
                Node::Expr(ast::Expr::DictComp(e)) => comprehension(&e.generators, &mut turns),
                Node::Expr(ast::Expr::GeneratorExp(e)) => comprehension(&e.generators, &mut turns),
                _ => {}
            });
        }
        Self { cx, facts, called, turns, own, given, def: None, asked: None }
    }

    fn suite(&self, suite: &'a [ast::Stmt], after: Reach<'a>, turn: Option<&Turn<'a>>) -> Reach<'a> {
        suite.iter().rev().fold(after, |after, stmt| self.stmt(stmt, after, turn))
    }

    fn stmt(&self, stmt: &'a ast::Stmt, mut after: Reach<'a>, turn: Option<&Turn<'a>>) -> Reach<'a> {
        match stmt {
            ast::Stmt::Return(s) => {
                let mut reach = Reach::default();
                s.value.iter().for_each(|value| self.expr(value, &mut reach));
                return reach;
            }
            ast::Stmt::Raise(_) => return Reach { is_lost: true, ..Reach::default() },
            ast::Stmt::Continue(_) => return turn.map_or(after, |turn| turn.next.clone()),
            ast::Stmt::Break(_) => return turn.map_or(after, |turn| turn.behind.clone()),
            ast::Stmt::Assign(s) => self.assign(&s.targets, &s.value, &mut after),
            ast::Stmt::AnnAssign(s) => {
                s.value.iter().for_each(|value| self.assign(std::slice::from_ref(&*s.target), value, &mut after));
            }
            ast::Stmt::AugAssign(s) if self.is_needed(&s.target, &after) => self.expr(&s.value, &mut after),
            ast::Stmt::Expr(s) => self.alone(&s.value, &mut after),
            ast::Stmt::If(s) => {
                let (yes, no) = (self.suite(&s.body, after.clone(), turn), self.suite(&s.orelse, after, turn));
                after = yes.meet(no);
                self.asked(&s.test, &mut after);
            }
            ast::Stmt::For(s) if may_be_empty(&s.iter) => self.asked(&s.iter, &mut after),
            ast::Stmt::For(s) => {
                let mut items = Names::new();
                flow::targets(&s.target, &mut items);
                let mut body = self.turns(&s.body, &after);
                if self.def.is_some_and(|def| turns::may_be_none(self.cx, self.facts, def, &s.iter)) {
                    body.keep(&after, &turns::chosen(&s.body, &items));
                }
                let are_needed = items.iter().any(|item| body.needed.contains(item));
                after.join(body);
                after.needed.retain(|name| !items.contains(name));
                // Who returns from within a turn leaves out what comes behind.
                if are_needed && !may_return(&s.body) {
                    after.whole(&s.iter);
                    self.expr(&s.iter, &mut after);
                }
            }
            ast::Stmt::While(s) => {
                let body = self.turns(&s.body, &after);
                after.join(body);
                self.asked(&s.test, &mut after);
            }
            ast::Stmt::With(s) => {
                if s.items.iter().any(|item| self.may_be_off(&item.context_expr)) {
                    if leaves(&s.body) {
                        return Reach::default();
                    }
                    let bound = Flow::of(&s.body).definite;
                    after.needed.retain(|name| !bound.contains(name));
                } else {
                    after = self.suite(&s.body, after, turn);
                }
                s.items.iter().for_each(|item| self.asked(&item.context_expr, &mut after));
            }
            ast::Stmt::Try(s) => {
                let after = self.suite(&s.finalbody, after, turn);
                let after = self.suite(&s.orelse, after, turn);
                return self.suite(&s.body, after, turn);
            }
            ast::Stmt::Match(s) => {
                let cases = s.cases.iter().map(|case| self.suite(&case.body, after.clone(), turn));
                after = cases.reduce(Reach::meet).unwrap_or(after);
                self.asked(&s.subject, &mut after);
            }
            ast::Stmt::FunctionDef(s) => after.join(Self::of_function(self.cx, self.facts, s)),
            ast::Stmt::Assert(s) => self.asked(&s.test, &mut after),
            _ => {}
        }
        after
    }

    /// The turns of a loop: all are taken to turn, and more than once.
    fn turns(&self, body: &'a [ast::Stmt], behind: &Reach<'a>) -> Reach<'a> {
        let turned = |next: Reach<'a>| {
            let turn = Turn { next: next.clone(), behind: behind.clone() };
            self.suite(body, next, Some(&turn))
        };
        let mut once = turned(behind.clone());
        if !once.needed.is_subset(&behind.needed) {
            let mut next = once.clone();
            next.join(behind.clone());
            next.is_lost = false;
            once.join(turned(next));
        }
        once
    }

    fn assign(&self, targets: &'a [ast::Expr], value: &'a ast::Expr, after: &mut Reach<'a>) {
        if targets.iter().any(|target| self.is_needed(target, after)) {
            let mut bound = Names::new();
            targets.iter().for_each(|target| flow::targets(target, &mut bound));
            after.needed.retain(|name| !bound.contains(name));
            self.expr(value, after);
        }
    }

    fn is_needed(&self, target: &'a ast::Expr, after: &Reach<'a>) -> bool {
        match target {
            ast::Expr::Name(name) => after.needed.contains(name.id.as_str()),
            ast::Expr::Tuple(e) => e.elts.iter().any(|target| self.is_needed(target, after)),
            ast::Expr::List(e) => e.elts.iter().any(|target| self.is_needed(target, after)),
            ast::Expr::Starred(e) => self.is_needed(&e.value, after),
            ast::Expr::Subscript(e) => self.goes_on(&e.value, after),
            ast::Expr::Attribute(_) => self.is_asked_for(target),
            _ => true,
        }
    }

    /// Whether somebody may ask the object for what a place below one of its attributes gets.
    fn is_asked_for(&self, place: &ast::Expr) -> bool {
        match (self.asked, member(place)) {
            (Some(asked), Some(name)) => asked.contains(&(true, name)),
            _ => true,
        }
    }

    /// Whether what is put into a place goes on.
    fn goes_on(&self, place: &'a ast::Expr, after: &Reach<'a>) -> bool {
        let Some(root) = root(place) else { return true };
        root == "self" && self.is_asked_for(place)
            || after.needed.contains(root)
            || self.own.as_ref().is_some_and(|own| !own.contains(root))
    }

    /// A statement that is an expression: `losses.append(loss)`, `h.detach_()`.
    fn alone(&self, expr: &'a ast::Expr, after: &mut Reach<'a>) {
        let ast::Expr::Call(call) = expr else {
            return self.expr(expr, after);
        };
        let name = last_name(&call.func).unwrap_or_default();
        // `self.losses.append(loss)` changes an attribute, `self.log(loss)` is a method of the object's own.
        let changed = match &*call.func {
            ast::Expr::Attribute(method) if member(&method.value).is_some() => &*method.value,
            func => func,
        };
        let is_own = matches!(changed, ast::Expr::Attribute(e) if std::ptr::eq(changed, &*call.func) && is_self(&e.value));
        if let ast::Expr::Attribute(method) = &*call.func
            && let ast::Expr::Name(array) = &*method.value
            && name == "detach_"
        {
            after.needed.remove(array.id.as_str());
            return;
        }
        let changes = |arg: &'a ast::Expr| matches!(arg, ast::Expr::Name(_)) && !self.kind(arg).is_tensor() && self.goes_on(arg, after);
        let args = || call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
        let fills = || call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some("out") && self.goes_on(&keyword.value, after));
        if !TELLS.iter().any(|stem| name.starts_with(stem)) && (is_own || self.goes_on(changed, after) || args().any(changes) || fills()) {
            self.expr(expr, after);
        }
    }

    /// What is only asked has no gradient; but who asks for a layer (`if self.down is not None:`) runs it if it is there.
    fn asked(&self, expr: &'a ast::Expr, reach: &mut Reach<'a>) {
        let mut asked = Reach::default();
        self.expr(expr, &mut asked);
        reach.used.extend(asked.used.into_iter().filter(|(is_attribute, _)| *is_attribute));
    }

    fn children(&self, node: Node<'a>, reach: &mut Reach<'a>) {
        for child in node.children() {
            if let Node::Expr(expr) = child {
                self.expr(expr, reach);
            }
        }
    }

    fn expr(&self, expr: &'a ast::Expr, reach: &mut Reach<'a>) {
        match expr {
            ast::Expr::Call(call) if self.facts.qualified(&call.func) == Some("itertools.islice") => {
                call.args.iter().skip(1).for_each(|arg| self.expr(arg, reach));
            }
            ast::Expr::Call(call) => {
                let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                if !matches!(&*call.func, ast::Expr::Attribute(e) if self.is_detached(e)) {
                    std::iter::once(&*call.func).chain(args).for_each(|used| reach.whole(used));
                }
                self.children(Node::Expr(expr), reach);
                // What the step's own functions do with it: `self.compute_loss(batch)`.
                if let Some(ast::Stmt::FunctionDef(def)) = self.called.and_then(|called| called.named_function(&call.func)) {
                    let results = Self::of_function(self.cx, self.facts, def);
                    reach.used.extend(results.used);
                    reach.whole.extend(results.whole);
                }
            }
            ast::Expr::IfExp(e) => {
                let (mut yes, mut no) = (Reach::default(), Reach::default());
                self.expr(&e.body, &mut yes);
                self.expr(&e.orelse, &mut no);
                reach.join(yes.meet(no));
                self.asked(&e.test, reach);
            }
            ast::Expr::BoolOp(e) => e.values.iter().take(1).for_each(|value| self.expr(value, reach)),
            // `self.gate(x) > 0`
            ast::Expr::Compare(e) if compares_values(e) && self.are_arrays(e) => {}
            ast::Expr::Compare(_) => {
                let mut asked = Reach::default();
                self.children(Node::Expr(expr), &mut asked);
                reach.used.extend(asked.used.into_iter().filter(|(is_attribute, _)| *is_attribute));
            }
            // An output that is chosen: `model(x)["mask"]`, see `outputs`.
            ast::Expr::Subscript(e) if self.own.is_none() && matches!(&*e.value, ast::Expr::Name(_) | ast::Expr::Call(_)) => {
                reach.used.insert((false, self.cx.source(expr)));
                self.children(Node::Expr(expr), reach);
            }
            // One of several.
            ast::Expr::Subscript(e) if is_listed(&e.value) && !self.is_plain(&e.slice) => {
                self.expr(&e.slice, reach);
            }
            // Some of them: `[layer for i, layer in enumerate(self.layers) if i < depth]`
            ast::Expr::ListComp(e) if self.are_chosen(&e.generators) => {}
            ast::Expr::GeneratorExp(e) if self.are_chosen(&e.generators) => {}
            ast::Expr::Attribute(e) if self.is_detached(e) || self.is_integer_cast(e) => {}
            ast::Expr::Attribute(e) => {
                reach.used.insert((true, e.attr.as_str()));
                self.expr(&e.value, reach);
            }
            ast::Expr::Name(name) if matches!(name.ctx, ast::ExprContext::Load) => {
                reach.used.insert((false, name.id.as_str()));
                reach.needed.insert(name.id.as_str());
            }
            _ => self.children(Node::Expr(expr), reach),
        }
    }

    /// `h.detach()`; `data` of something else than an array may be anything.
    fn is_detached(&self, attribute: &ast::ExprAttribute) -> bool {
        let name = attribute.attr.as_str();
        DETACHED.contains(&name)
            && !matches!(&*attribute.value, ast::Expr::Name(owner) if owner.id.as_str() == "self")
            && (name != "data" || matches!(self.kind(&attribute.value), kind if kind.is_tensor() || kind == Kind::Parameter))
    }

    /// Whether a comparison is one of arrays.
    fn are_arrays(&self, compare: &ast::ExprCompare) -> bool {
        std::iter::once(&*compare.left).chain(&compare.comparators).any(|side| self.is_array(side))
    }

    /// `self.t.long()`, `x.argsort()`
    fn is_integer_cast(&self, attribute: &ast::ExprAttribute) -> bool {
        matches!(attribute.attr.as_str(), "long" | "int" | "bool" | "byte" | "short" | "argmin" | "argsort" | "nonzero")
            && self.is_array(&attribute.value)
    }

    fn is_array(&self, expr: &ast::Expr) -> bool {
        matches!(self.kind(expr), kind if kind.is_tensor() || kind == Kind::Parameter)
    }

    fn kind(&self, expr: &ast::Expr) -> Kind {
        self.facts.fact(expr).kind
    }

    /// Whether a context or decorator may switch gradients off: `no_grad()`, `set_grad_enabled(self.tune)`.
    fn may_be_off(&self, context: &'a ast::Expr) -> bool {
        let (func, argument) = match context {
            ast::Expr::Call(call) => (&*call.func, call.args.first().or_else(|| call.keywords.first().map(|keyword| &keyword.value))),
            other => (other, None),
        };
        if self.facts.qualified(func).is_some_and(|name| NO_GRAD.contains(&name)) {
            return !matches!(argument, Some(ast::Expr::Constant(c)) if c.value == ast::Constant::Bool(self.records(func)));
        }
        // The project's own managers, and choices between several.
        std::ptr::eq(self.facts, self.cx.facts) && matches!(grad_mode(self.cx, context), Some(GradMode::Off | GradMode::OffIf(_)))
    }

    /// What the argument of a switch is where gradients are recorded.
    fn records(&self, switch: &ast::Expr) -> bool {
        self.facts.qualified(switch) == Some("torch.set_grad_enabled")
    }

    /// Whether a condition that depends on what the caller says leaves out items.
    fn are_chosen(&self, generators: &'a [ast::Comprehension]) -> bool {
        let mut read = Names::new();
        generators.iter().flat_map(|generator| &generator.ifs).for_each(|test| flow::loads(test, &mut read));
        read.iter().any(|name| self.given.contains(name))
    }

    /// An index that is written out, or goes through all items.
    fn is_plain(&self, index: &'a ast::Expr) -> bool {
        let mut read = Names::new();
        flow::loads(index, &mut read);
        read.iter().all(|name| self.turns.contains(name)) && !matches!(index, ast::Expr::Attribute(_) | ast::Expr::Call(_))
    }
}

/// `losses` of `losses["a"].append`
fn root(place: &ast::Expr) -> Option<&str> {
    match place {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(e) => root(&e.value),
        ast::Expr::Subscript(e) => root(&e.value),
        ast::Expr::Call(e) => root(&e.func),
        _ => None,
    }
}

fn is_self(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "self")
}

/// `losses` of `self.losses["a"]`
pub(super) fn member(place: &ast::Expr) -> Option<&str> {
    match place {
        ast::Expr::Attribute(e) if is_self(&e.value) => Some(&e.attr),
        ast::Expr::Attribute(e) => member(&e.value),
        ast::Expr::Subscript(e) => member(&e.value),
        _ => None,
    }
}

fn comprehension<'a>(generators: &'a [ast::Comprehension], turns: &mut Names<'a>) {
    let all = generators.iter().filter(|generator| !are_given(&generator.iter));
    all.for_each(|generator| flow::targets(&generator.target, turns));
}

/// Whether chance says how often a loop turns: `range(4, random.randint(4, 6))`. All others are taken to turn at least once.
fn may_be_empty(iter: &ast::Expr) -> bool {
    let mut is_drawn = false;
    if let ast::Expr::Call(call) = iter
        && matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "range")
    {
        call.args.iter().for_each(|arg| {
            Node::Expr(arg).walk(&mut |node| {
                let Node::Expr(ast::Expr::Call(drawn)) = node else { return };
                is_drawn |= last_name(&drawn.func).is_some_and(|name| name.contains("rand"));
            });
        });
    }
    is_drawn
}

/// The names of a function's parameters.
fn parameters(def: &ast::StmtFunctionDef) -> Names<'_> {
    let args = def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
    args.map(|arg| arg.def.arg.as_str()).filter(|name| *name != "self").collect()
}

/// Whether the caller says how often a loop turns: `range(depth)`, but not `range(len(layers))`.
fn counts<'a>(iter: &'a ast::Expr, given: &Names<'a>) -> bool {
    let ast::Expr::Call(call) = iter else { return false };
    let is_range = matches!(&*call.func, ast::Expr::Name(name) if name.id.as_str() == "range");
    let is_given = |arg: &'a ast::Expr| match arg {
        ast::Expr::Name(name) => given.contains(name.id.as_str()),
        ast::Expr::BinOp(e) => {
            [&e.left, &e.right].into_iter().any(|side| matches!(&**side, ast::Expr::Name(name) if given.contains(name.id.as_str())))
        }
        _ => false,
    };
    is_range && call.args.iter().any(is_given)
}

/// `self.layers`, `list(self.layers)`
fn is_listed(value: &ast::Expr) -> bool {
    match value {
        ast::Expr::Attribute(_) => true,
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Name(name) if matches!(name.id.as_str(), "list" | "tuple"))
                && matches!(&call.args[..], [ast::Expr::Attribute(_)])
        }
        _ => false,
    }
}

/// Whether a turn of a loop may return.
fn may_return(body: &[ast::Stmt]) -> bool {
    let mut found = false;
    node::statements(body, &mut |stmt| found |= stmt.is_return_stmt());
    found
}

/// Whether a loop runs over what the caller gives, which may leave out some: `for key, x in inputs.items()`.
fn are_given(iter: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = iter else { return false };
    matches!(&*call.func, ast::Expr::Attribute(e)
        if matches!(e.attr.as_str(), "items" | "keys") && matches!(&*e.value, ast::Expr::Name(_)))
}

fn leaves(suite: &[ast::Stmt]) -> bool {
    let is_last =
        |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::Return(_) | ast::Stmt::Continue(_) | ast::Stmt::Break(_) | ast::Stmt::Raise(_));
    suite.last().is_some_and(|stmt| is_last(stmt) || matches!(stmt, ast::Stmt::If(s) if leaves(&s.body) && leaves(&s.orelse)))
}
