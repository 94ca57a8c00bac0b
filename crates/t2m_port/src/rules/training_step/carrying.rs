//! Which values may carry gradients of a model: what it, a part of it or one of its methods gives, what is made of its weights, and whatever is computed
//! from those, in names, attributes, items of containers and results of functions of the file, until it is detached.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use super::called;
use super::events;
use super::flow::{self, Flow, Names};
use super::kept::KEPT;
use super::mentions::Mentions;
use super::model::Scopes;
use crate::cx::Cx;
use crate::gradient_names::GRADIENT_NAMES;
use crate::receiver;
use crate::rules::contexts::is_no_grad;
use crate::rules::last_name;
use crate::rules::no_grad::is_creation;

/// How many functions deep results are looked at.
const DEPTH: usize = 4;

/// The end of every file.
pub(super) const END: TextSize = TextSize::new(u32::MAX);

pub(super) struct Carrying<'m, 'c, 'a> {
    mentions: &'m Mentions<'c, 'a>,
    /// Names that carry gradients, and attributes as they are written: `z`, `self.z`.
    names: Names<'a>,
    /// The functions that are being looked at, the innermost last.
    within: Vec<&'a ast::StmtFunctionDef>,
    given: Given,
}

/// What a function gives.
#[derive(Default)]
struct Given {
    carries: bool,
    /// Each item, where all results are tuples of one length.
    items: Option<Vec<bool>>,
    is_seen: bool,
}

impl Given {
    fn add(&mut self, carries: bool, items: Option<Vec<bool>>) {
        let merged = match (self.items.take(), items) {
            _ if !self.is_seen => None,
            (Some(own), Some(more)) if own.len() == more.len() => Some(own.iter().zip(&more).map(|(a, b)| *a || *b).collect()),
            _ => None,
        };
        self.items = merged;
        self.carries |= carries;
    }
}

impl<'m, 'c, 'a> Carrying<'m, 'c, 'a> {
    /// Some names carry gradients from the start.
    pub(super) fn from(mentions: &'m Mentions<'c, 'a>, names: Names<'a>) -> Self {
        Self { mentions, names, within: Vec::new(), given: Given::default() }
    }

    /// The same behind some statements, as far as they begin before `until`.
    pub(super) fn behind(mut self, suite: &'a [ast::Stmt], until: TextSize) -> Self {
        self.suite(suite, until);
        self
    }

    pub(super) fn into_names(self) -> Names<'a> {
        self.names
    }

    fn cx(&self) -> &'c Cx<'a> {
        self.mentions.cx
    }

    // ---- values --------------------------------------------------------------------------------

    pub(super) fn value(&self, expr: &'a ast::Expr) -> bool {
        match expr {
            ast::Expr::Constant(_) | ast::Expr::Compare(_) | ast::Expr::Lambda(_) | ast::Expr::JoinedStr(_) => false,
            ast::Expr::Name(name) => self.names.contains(name.id.as_str()),
            ast::Expr::Attribute(e) => {
                !GRADIENT_NAMES.names.contains(e.attr.as_str())
                    && (self.names.contains(self.cx().source(expr)) || self.is_weight(expr) || self.value(&e.value))
            }
            ast::Expr::Subscript(e) => !self.is_index(e) && self.value(&e.value),
            ast::Expr::Call(call) => self.given_by(expr, call).carries,
            ast::Expr::ListComp(e) => self.comprehension(&e.generators, &e.elt),
            ast::Expr::SetComp(e) => self.comprehension(&e.generators, &e.elt),
            ast::Expr::GeneratorExp(e) => self.comprehension(&e.generators, &e.elt),
            ast::Expr::DictComp(e) => self.comprehension(&e.generators, &e.value),
            ast::Expr::IfExp(e) => self.value(&e.body) || self.value(&e.orelse),
            ast::Expr::UnaryOp(e) => !matches!(e.op, ast::UnaryOp::Not) && self.value(&e.operand),
            _ => Node::Expr(expr).children().into_iter().any(|child| matches!(child, Node::Expr(child) if self.value(child))),
        }
    }

    /// Each of the items of a tuple, or of a call that gives one.
    fn items(&self, expr: &'a ast::Expr) -> Option<Vec<bool>> {
        match expr {
            ast::Expr::Tuple(e) => Some(e.elts.iter().map(|e| self.value(e)).collect()),
            ast::Expr::Call(call) => self.given_by(expr, call).items,
            _ => None,
        }
    }

    /// `model.fc.weight`: an array that is trained.
    fn is_weight(&self, expr: &'a ast::Expr) -> bool {
        let ast::Expr::Attribute(e) = expr else { return false };
        if !self.mentions.is_part(expr) {
            return false;
        }
        match self.cx().kind(expr) {
            Kind::Parameter => true,
            Kind::Unknown | Kind::Tensor(_) => matches!(e.attr.as_str(), "weight" | "bias"),
            _ => false,
        }
    }

    /// `q.max(1)[1]`
    fn is_index(&self, item: &ast::ExprSubscript) -> bool {
        let is_second =
            matches!(&*item.slice, ast::Expr::Constant(c) if matches!(&c.value, ast::Constant::Int(at) if at.to_string() == "1"));
        let ast::Expr::Call(call) = &*item.value else { return false };
        is_second && last_name(&call.func).is_some_and(|name| GRADIENT_NAMES.with_index.contains(name))
    }

    /// What a comprehension gives: `[h.detach() for h in hidden]` carries nothing.
    fn comprehension(&self, generators: &'a [ast::Comprehension], item: &'a ast::Expr) -> bool {
        let mut inner = Carrying { within: self.within.clone(), ..Carrying::from(self.mentions, self.names.clone()) };
        for generator in generators {
            inner.turn(&generator.target, &generator.iter);
        }
        inner.value(item)
    }

    fn arguments(call: &'a ast::ExprCall) -> impl Iterator<Item = &'a ast::Expr> {
        call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value))
    }

    fn given_by(&self, expr: &'a ast::Expr, call: &'a ast::ExprCall) -> Given {
        let plain = |carries: bool| Given { carries, items: None, is_seen: true };
        if gives_none(self.cx(), &self.cx().kind(expr)) || is_creation(self.cx(), call) {
            return plain(false);
        }
        if self.cx().qualified(&call.func).is_some_and(|name| name.starts_with("numpy.") || name.starts_with("torch.optim.")) {
            return plain(false);
        }
        let is_in_model = match &*call.func {
            ast::Expr::Attribute(e) => self.mentions.is_name(&e.value) || self.mentions.is_part(&e.value),
            _ => false,
        };
        let name = last_name(&call.func).unwrap_or_default();
        let is_listed = GRADIENT_NAMES.names.contains(name) || call.func.is_name_expr() && GRADIENT_NAMES.builtins.contains(name);
        if is_listed && !self.mentions.is_name(&call.func) {
            return plain(false);
        }
        if self.mentions.is_run(call) && !is_in_model {
            return plain(true);
        }
        if is_in_model && GRADIENT_NAMES.of_modules.contains(name) {
            return plain(false);
        }
        if let Some((def, is_here)) = self.definition(call) {
            if def.decorator_list.iter().any(|decorator| is_no_grad(self.cx(), decorator)) {
                return plain(false);
            }
            return match is_here {
                true => self.results(call, def, is_in_model),
                false => plain(!cuts(self.cx(), def) && (is_in_model || Self::arguments(call).any(|arg| self.enters(arg)))),
            };
        }
        if is_in_model {
            return plain(self.mentions.is_run(call) || !call.args.is_empty() && !name.starts_with("get_") && !name.starts_with("set_"));
        }
        let on = match &*call.func {
            ast::Expr::Attribute(e) => self.value(&e.value),
            func => self.value(func),
        };
        plain(on || Self::arguments(call).any(|arg| self.value(arg)))
    }

    /// The model, or a value that carries its gradients, as an argument.
    fn enters(&self, arg: &'a ast::Expr) -> bool {
        self.mentions.is_name(arg) || self.value(arg)
    }

    /// The function that a call runs, and whether it stands in this file.
    fn definition(&self, call: &'a ast::ExprCall) -> Option<(&'a ast::StmtFunctionDef, bool)> {
        if let Some(ast::Stmt::FunctionDef(def)) = self.mentions.named_function(&call.func) {
            return Some((def, true));
        }
        let is_class = matches!(self.cx().entity(&call.func), Some(t2m_semantic::Entity::Class(_)));
        let (def, facts) = called::definition(self.cx(), call).filter(|_| !is_class)?;
        Some((def, std::ptr::eq(facts, self.cx().facts)))
    }

    /// What a function of this file gives for the arguments of a call.
    fn results(&self, call: &'a ast::ExprCall, def: &'a ast::StmtFunctionDef, is_in_model: bool) -> Given {
        let nothing = Given::default();
        // What calls itself gives what its other results give.
        if self.within.iter().any(|own| std::ptr::eq(*own, def)) {
            return nothing;
        }
        let Some(first) = def.body.first() else { return nothing };
        if self.within.len() >= DEPTH {
            let carries = is_in_model || Self::arguments(call).any(|arg| self.enters(arg));
            return Given { carries, items: None, is_seen: true };
        }
        let is_on_self = matches!(&*call.func, ast::Expr::Attribute(e) if events::is_name(&e.value, "self"));
        let (mut models, mut names) = (Vec::new(), Names::new());
        if is_in_model && !is_on_self {
            models.push("self".to_owned());
        }
        for model in self.mentions.models() {
            let root = model.split('.').next().unwrap_or_default();
            if is_on_self && root == "self" || !receiver::has_parameter(def, root) {
                models.push(model);
            }
        }
        for arg in Self::arguments(call) {
            let parameter = called::parameter(def, call, arg);
            if self.mentions.is_name(arg) {
                models.extend(parameter.map(str::to_owned));
            } else if self.value(arg) {
                match parameter {
                    Some(parameter) => names.insert(parameter),
                    None => return Given { carries: !cuts(self.cx(), def), items: None, is_seen: true },
                };
            }
        }
        if is_on_self {
            names.extend(self.names.iter().filter(|name| name.starts_with("self.")));
        }
        models.retain(|model| !model.is_empty());
        if models.is_empty() && names.is_empty() {
            return nothing;
        }
        let scopes = Scopes::around(self.cx(), first);
        let mentions = Mentions::of(self.cx(), &scopes, &models);
        let within = self.within.iter().copied().chain([def]).collect();
        let inner = Carrying { within, ..Carrying::from(&mentions, names) };
        inner.behind(&def.body, END).given
    }

    // ---- statements ----------------------------------------------------------------------------

    fn suite(&mut self, suite: &'a [ast::Stmt], until: TextSize) {
        for stmt in suite.iter().take_while(|stmt| stmt.range().start() < until) {
            self.stmt(stmt, until);
        }
    }

    fn stmt(&mut self, stmt: &'a ast::Stmt, until: TextSize) {
        match stmt {
            ast::Stmt::Assign(s) => s.targets.iter().for_each(|target| self.assign(target, &s.value)),
            ast::Stmt::AnnAssign(s) => {
                if let Some(value) = &s.value {
                    self.assign(&s.target, value);
                }
            }
            ast::Stmt::AugAssign(s) if self.value(&s.value) => self.bind(&s.target, true),
            ast::Stmt::Expr(s) => self.effect(&s.value),
            ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) => self.give(value),
            ast::Stmt::With(s) if s.items.iter().any(|item| is_no_grad(self.cx(), &item.context_expr)) => {
                let bound = Flow::of(&s.body).bound;
                self.names.retain(|name| !bound.contains(name));
            }
            ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_) => {}
            ast::Stmt::If(s) => {
                let before = self.names.clone();
                self.suite(&s.body, until);
                let behind = std::mem::replace(&mut self.names, before);
                self.suite(&s.orelse, until);
                self.names.extend(behind);
            }
            ast::Stmt::For(s) => {
                self.turn(&s.target, &s.iter);
                self.turns(stmt, until);
            }
            ast::Stmt::While(_) => self.turns(stmt, until),
            ast::Stmt::With(s) => self.suite(&s.body, until),
            _ => self.branches(stmt, until),
        }
    }

    /// What one turn of a loop leaves, the next one reads.
    fn turns(&mut self, stmt: &'a ast::Stmt, until: TextSize) {
        for _ in 0..2 {
            self.branches(stmt, until);
        }
    }

    fn branches(&mut self, stmt: &'a ast::Stmt, until: TextSize) {
        let before = self.names.clone();
        node::suites(stmt).into_iter().for_each(|suite| self.suite(suite, until));
        // Where the walk ends inside, that is what there is.
        if !stmt.range().contains(until) {
            self.names.extend(before);
        }
    }

    fn turn(&mut self, target: &'a ast::Expr, iter: &'a ast::Expr) {
        let mut carries = self.value(iter);
        Node::Expr(iter).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let ast::Expr::Attribute(e) = &*call.func
            {
                carries |= matches!(e.attr.as_str(), "parameters" | "named_parameters") && self.mentions.is_below(&e.value);
            }
        });
        self.bind(target, carries);
    }

    fn give(&mut self, value: &'a ast::Expr) {
        let items = self.items(value);
        let carries = items.as_ref().map_or_else(|| self.value(value), |items| items.contains(&true));
        if !self.given.is_seen {
            self.given = Given { carries, items, is_seen: true };
        } else {
            self.given.add(carries, items);
        }
    }

    /// `outputs.append(y)`, `yield y`
    fn effect(&mut self, value: &'a ast::Expr) {
        match value {
            ast::Expr::Yield(ast::ExprYield { value: Some(value), .. }) => {
                let carries = self.value(value);
                self.given = Given { carries: carries || self.given.carries, items: None, is_seen: true };
            }
            ast::Expr::Call(call) => {
                let ast::Expr::Attribute(e) = &*call.func else { return };
                if !Self::arguments(call).any(|arg| self.value(arg)) {
                    return;
                }
                let keeps = match self.definition(call) {
                    Some((def, _)) => !cuts(self.cx(), def),
                    None => KEPT.grows.contains(e.attr.as_str()) || e.attr.ends_with('_'),
                };
                if keeps && !gives_none(self.cx(), &self.cx().kind(&e.value)) && !self.mentions.is_name(&e.value) {
                    self.bind_held(&e.value);
                }
            }
            _ => {}
        }
    }

    fn assign(&mut self, target: &'a ast::Expr, value: &'a ast::Expr) {
        if let ast::Expr::Tuple(targets) = target
            && let Some(items) = self.items(value)
            && items.len() == targets.elts.len()
            && !targets.elts.iter().any(|target| matches!(target, ast::Expr::Starred(_)))
        {
            targets.elts.iter().zip(items).for_each(|(target, carries)| self.bind(target, carries));
            return;
        }
        let carries = self.value(value);
        self.bind(target, carries);
    }

    fn bind(&mut self, target: &'a ast::Expr, carries: bool) {
        match target {
            ast::Expr::Tuple(e) => e.elts.iter().for_each(|e| self.bind(e, carries)),
            ast::Expr::List(e) => e.elts.iter().for_each(|e| self.bind(e, carries)),
            ast::Expr::Starred(e) => self.bind(&e.value, carries),
            ast::Expr::Subscript(e) if carries && !gives_none(self.cx(), &self.cx().kind(&e.value)) => self.bind_held(&e.value),
            ast::Expr::Name(_) | ast::Expr::Attribute(_) => {
                let place = self.cx().source(target);
                if carries {
                    self.bind_held(target);
                } else {
                    self.names.remove(place);
                    // `self.z.mean` goes with `self.z`.
                    self.names.retain(|name| !name.strip_prefix(place).is_some_and(|rest| rest.starts_with('.')));
                }
            }
            _ => {}
        }
    }

    /// Something is put into a place; an object that holds it may be handed on.
    fn bind_held(&mut self, place: &'a ast::Expr) {
        let mut names = Names::new();
        flow::targets(place, &mut names);
        match place {
            ast::Expr::Subscript(e) => self.bind_held(&e.value),
            ast::Expr::Attribute(e) => {
                names.insert(self.cx().source(place));
                if let ast::Expr::Name(root) = &*e.value
                    && !matches!(root.id.as_str(), "self" | "cls")
                    && !self.mentions.is_name(&e.value)
                {
                    names.insert(root.id.as_str());
                }
            }
            ast::Expr::Name(name) => {
                names.insert(name.id.as_str());
            }
            _ => {}
        }
        self.names.extend(names);
    }
}

/// Kinds whose values carry no gradient.
fn gives_none(cx: &Cx<'_>, kind: &Kind) -> bool {
    match kind {
        Kind::Tensor(tensor) => tensor.dtype.is_some_and(|dtype| !dtype.name().contains("float") && !dtype.name().contains("complex")),
        Kind::Layer(_)
        | Kind::Module
        | Kind::ModuleList(_)
        | Kind::ModuleDict(_)
        | Kind::Sequential
        | Kind::Optimizer(_)
        | Kind::Scheduler(_)
        | Kind::Loader
        | Kind::Dataset
        | Kind::DType
        | Kind::Device
        | Kind::Size
        | Kind::Int
        | Kind::Bool
        | Kind::Number
        | Kind::Str
        | Kind::None
        | Kind::Ndarray
        | Kind::Numpy(_)
        | Kind::Class(_)
        | Kind::ModuleClass => true,
        Kind::Instance(_) => cx.project_facts.is_module(kind),
        _ => false,
    }
}

/// Whether a function stops gradients somewhere: what it gives and keeps is likely to be detached.
fn cuts(cx: &Cx<'_>, def: &ast::StmtFunctionDef) -> bool {
    let mut found = def.decorator_list.iter().any(|decorator| is_no_grad(cx, decorator));
    events::walk(&def.body, &mut |node| {
        if let Node::Expr(ast::Expr::Attribute(e)) = node {
            found |= GRADIENT_NAMES.cuts.contains(e.attr.as_str());
        }
    });
    found
}
