//! Parameters that may take no part in a loss: layers under a condition, heads that are chosen by a name, layers that nobody runs.
//! PyTorch has no gradient for them, and its optimizers leave them as they are; MLX gives zeros, which weight decay and momentum go on to move.

use std::collections::BTreeSet;

use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::flow::{self, Names};
use super::part;
use crate::cx::{Cx, contains_word};
use crate::rules::last_name;
use crate::survey::Sort;
use crate::weights::is_stateless;

/// Methods that touch parameters without running them.
const NOT_RUN: &[&str] = &[
    "__init__",
    "init",
    "_init",
    "reset",
    "freeze",
    "unfreeze",
    "extra_repr",
    "configure",
    "tie_",
    "load",
    "get_",
    "set_",
    "__repr__",
    "__str__",
    "string",
    "print",
    "describe",
    "summary",
    "plot",
    "save",
    "num_",
    "count",
];

/// Names, and attributes (`true`).
pub(super) type Used<'a> = BTreeSet<(bool, &'a str)>;

/// Whether some parameter of the model may have no gradient in some step, as far as its classes show; `step` says what the step uses of it.
pub(super) fn may_idle<'a>(cx: &Cx<'a>, model: &Kind, step: &part::Part<'a>) -> bool {
    if !step.is_whole && matches!(model, Kind::Sequential | Kind::Layer(_)) {
        return true;
    }
    let classes = classes(cx, model);
    let mut run = Used::new();
    let mut somewhere = Names::new();
    let mut own: Vec<&'a ast::StmtFunctionDef> = Vec::new();
    for class in &classes {
        let is_own = matches!(model, Kind::Instance(id) if class == id || cx.project_facts.class(*id).mro.contains(class));
        for def in methods(cx, *class) {
            if is_own && def.name.as_str() != "__init__" {
                own.push(def);
                mentioned(&def.body, &mut somewhere);
            } else if !NOT_RUN.iter().any(|stem| def.name.starts_with(stem)) {
                run.extend(Sure::of(&def.body));
                mentioned(&def.body, &mut somewhere);
            }
        }
    }
    // Of its own class those methods run that the step calls, and those that they call.
    if !own.is_empty() {
        run.extend(step.used.iter().filter(|(is_attribute, _)| *is_attribute));
    }
    let is_reached = |def: &ast::StmtFunctionDef, run: &Used<'a>| {
        step.is_whole && matches!(def.name.as_str(), "forward" | "__call__") || run.contains(&(true, def.name.as_str()))
    };
    while let Some(at) = own.iter().position(|def| is_reached(def, &run)) {
        run.extend(Sure::of(&own.swap_remove(at).body));
    }
    let outside = |name: &str| cx.file.suite.iter().any(|stmt| !matches!(stmt, ast::Stmt::ClassDef(_)) && mentions(stmt, name));
    classes.iter().flat_map(|class| trained(cx, *class)).any(|name| {
        let is_mentioned = somewhere.contains(name);
        !run.contains(&(true, name)) && (is_mentioned || !outside(name))
    })
}

/// The module classes that an instance of this kind may consist of.
fn classes(cx: &Cx<'_>, model: &Kind) -> BTreeSet<ClassId> {
    let modules = || cx.project_facts.classes().filter(|(_, class)| class.is_module);
    let mut found: BTreeSet<ClassId> = match model {
        Kind::Instance(class) => [*class].into(),
        Kind::Layer(_) => BTreeSet::new(),
        _ => modules().map(|(id, _)| id).collect(),
    };
    let mut open: Vec<ClassId> = found.iter().copied().collect();
    while let Some(class) = open.pop() {
        let mut next: Vec<ClassId> = cx.project_facts.class(class).mro.clone();
        for def in methods(cx, class) {
            let mut names = Names::new();
            def.body.iter().for_each(|stmt| flow::loads_of_stmt(stmt, &mut names));
            next.extend(modules().filter(|(_, class)| names.contains(class.name.as_str())).map(|(id, _)| id));
        }
        open.extend(next.into_iter().filter(|class| found.insert(*class)));
    }
    found
}

/// The methods that may run in a forward pass of the model; where its class is not known, those of the classes that the file names.
pub(super) fn run_methods<'a>(cx: &Cx<'a>, model: &Kind) -> Vec<&'a ast::StmtFunctionDef> {
    let mut all = classes(cx, model);
    if !matches!(model, Kind::Instance(_) | Kind::Layer(_)) {
        let is_named = |class: &ClassId| {
            let class = cx.project_facts.class(*class);
            contains_word(&cx.file.text, &class.name) && cx.shared.are_connected(cx.project_facts, cx.id, class.file)
        };
        let named: Vec<ClassId> = all.iter().copied().filter(is_named).collect();
        if !named.is_empty() {
            all = named.into_iter().flat_map(|class| classes(cx, &Kind::Instance(class))).collect();
        }
    }
    let all = all.into_iter().flat_map(|class| methods(cx, class));
    all.filter(|def| !NOT_RUN.iter().any(|stem| def.name.starts_with(stem))).collect()
}

fn methods<'a>(cx: &Cx<'a>, class: ClassId) -> impl Iterator<Item = &'a ast::StmtFunctionDef> {
    let info = cx.project_facts.class(class);
    let suite = &cx.project.file(info.file).source.suite;
    let mut body: &'a [ast::Stmt] = &[];
    node::statements(suite, &mut |stmt| {
        if let ast::Stmt::ClassDef(def) = stmt
            && def.range == info.range
        {
            body = &def.body;
        }
    });
    body.iter().filter_map(|stmt| match stmt {
        ast::Stmt::FunctionDef(def) => Some(def),
        _ => None,
    })
}

/// Attributes with parameters that every instance has.
fn trained<'a>(cx: &Cx<'a>, class: ClassId) -> Vec<&'a str> {
    let info = cx.project_facts.class(class);
    let is_trained = |name: &str| {
        cx.shared.survey.declared(cx.project_facts, class, name) == Some(Sort::Parameter)
            || info.attrs.get(name).is_some_and(|fact| holds_parameters(cx, &fact.kind))
    };
    let mut found = Vec::new();
    for def in methods(cx, class).filter(|def| def.name.as_str() == "__init__") {
        // What is made under a condition is run under the same one.
        for stmt in &def.body {
            let ast::Stmt::Assign(assign) = stmt else { continue };
            let places = assign.targets.iter().flat_map(|target| match target {
                // `self.a, self.b = nn.Linear(2, 3), nn.Linear(3, 4)`
                ast::Expr::Tuple(all) => &all.elts[..],
                target => std::slice::from_ref(target),
            });
            for target in places {
                if let ast::Expr::Attribute(place) = target
                    && is_trained(place.attr.as_str())
                {
                    found.push(place.attr.as_str());
                }
            }
        }
    }
    found
}

fn holds_parameters(cx: &Cx<'_>, kind: &Kind) -> bool {
    match kind {
        Kind::Parameter => true,
        Kind::Layer(name) => !is_stateless(name) && !name.ends_with("Loss"),
        Kind::Instance(class) => cx.project_facts.is_module_class(*class) && !cx.project_facts.class(*class).name.ends_with("Loss"),
        Kind::Module | Kind::ModuleList(_) | Kind::ModuleDict(_) | Kind::Sequential => true,
        _ => false,
    }
}

/// The attributes of `self` below a node.
pub(super) fn attributes<'a>(at: Node<'a>, names: &mut Names<'a>) {
    at.walk(&mut |node| {
        if let Node::Expr(ast::Expr::Attribute(e)) = node
            && matches!(&*e.value, ast::Expr::Name(name) if name.id.as_str() == "self")
        {
            names.insert(e.attr.as_str());
        }
    });
}

fn mentions(stmt: &ast::Stmt, name: &str) -> bool {
    let mut found = Names::new();
    mentioned(std::slice::from_ref(stmt), &mut found);
    found.contains(name)
}

fn mentioned<'a>(suite: &'a [ast::Stmt], names: &mut Names<'a>) {
    for stmt in suite {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Attribute(e)) = node {
                names.insert(e.attr.as_str());
            }
        });
    }
}

/// Whether every one of several models is used on each path through the statements.
pub(super) fn uses_all<'a>(run: &'a [ast::Stmt], loss: &'a ast::Expr, models: &[String]) -> bool {
    let used = Sure::of(run);
    let mut read = Names::new();
    flow::loads(loss, &mut read);
    let is_used = |name: &str| used.contains(&(false, name)) || used.contains(&(true, name)) || read.contains(name);
    models.iter().all(|model| model.rsplit('.').next().is_some_and(is_used))
}

/// Finds the names and attributes that are used on every path.
pub(super) struct Sure<'a> {
    /// Callees, their plain arguments and what loops run over alone: what is used as a whole.
    is_whole: bool,
    /// Names that loops and comprehensions bind: an index of that name goes through all items.
    turns: Names<'a>,
}

impl<'a> Sure<'a> {
    pub(super) fn of(suite: &'a [ast::Stmt]) -> Used<'a> {
        Self::with(suite, None, false)
    }

    /// The same with what an expression behind the statements uses.
    pub(super) fn with(suite: &'a [ast::Stmt], last: Option<&'a ast::Expr>, is_whole: bool) -> Used<'a> {
        let mut sure = Self { is_whole, turns: Names::new() };
        for stmt in suite {
            Node::Stmt(stmt).walk(&mut |node| match node {
                Node::Stmt(ast::Stmt::For(s)) if !are_given(&s.iter) => flow::targets(&s.target, &mut sure.turns),
                Node::Expr(ast::Expr::ListComp(e)) => sure.comprehension(&e.generators),
                Node::Expr(ast::Expr::DictComp(e)) => sure.comprehension(&e.generators),
                Node::Expr(ast::Expr::GeneratorExp(e)) => sure.comprehension(&e.generators),
                _ => {}
            });
        }
        let mut used = sure.suite(suite);
        last.into_iter().for_each(|last| sure.expr(last, &mut used));
        used
    }

    fn comprehension(&mut self, generators: &'a [ast::Comprehension]) {
        let all = generators.iter().filter(|generator| !are_given(&generator.iter));
        all.for_each(|generator| flow::targets(&generator.target, &mut self.turns));
    }

    fn suite(&self, suite: &'a [ast::Stmt]) -> Used<'a> {
        let mut names = Used::new();
        for (at, stmt) in suite.iter().enumerate() {
            match stmt {
                ast::Stmt::If(s) => {
                    self.expr(&s.test, &mut names);
                    let rest = self.suite(&suite[at + 1..]);
                    let path = |branch: &'a [ast::Stmt]| {
                        let mut path = self.suite(branch);
                        if !leaves(branch) {
                            path.extend(&rest);
                        }
                        path
                    };
                    let (yes, no) = (path(&s.body), path(&s.orelse));
                    match (fails(&s.body), fails(&s.orelse)) {
                        (true, _) => names.extend(no),
                        (_, true) => names.extend(yes),
                        _ => names.extend(yes.intersection(&no)),
                    }
                    return names;
                }
                ast::Stmt::For(s) if may_be_empty(&s.iter) => self.expr(&s.iter, &mut names),
                ast::Stmt::For(s) => {
                    if self.is_whole {
                        Self::whole(&s.iter, &mut names);
                        self.expr(&s.iter, &mut names);
                    }
                    let body = self.suite(&s.body);
                    let mut items = Names::new();
                    flow::targets(&s.target, &mut items);
                    if items.iter().any(|item| body.contains(&(false, *item))) {
                        self.expr(&s.iter, &mut names);
                    }
                    names.extend(body);
                }
                ast::Stmt::While(s) => {
                    self.expr(&s.test, &mut names);
                    names.extend(self.suite(&s.body));
                }
                ast::Stmt::Return(_) | ast::Stmt::Continue(_) | ast::Stmt::Break(_) | ast::Stmt::Raise(_) => {
                    self.children(Node::Stmt(stmt), &mut names);
                    return names;
                }
                ast::Stmt::With(_) | ast::Stmt::FunctionDef(_) | ast::Stmt::Try(_) => {
                    self.children(Node::Stmt(stmt), &mut names);
                    node::suites(stmt).into_iter().take(1).for_each(|suite| names.extend(self.suite(suite)));
                }
                _ => self.children(Node::Stmt(stmt), &mut names),
            }
        }
        names
    }

    fn children(&self, node: Node<'a>, names: &mut Used<'a>) {
        for child in node.children() {
            if let Node::Expr(expr) = child {
                self.expr(expr, names);
            }
        }
    }

    /// The name of something that is used as a whole.
    fn whole(expr: &'a ast::Expr, names: &mut Used<'a>) {
        match expr {
            ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "forward" | "__call__") => Self::whole(&e.value, names),
            ast::Expr::Attribute(e) => names.extend([(true, e.attr.as_str())]),
            ast::Expr::Name(name) => names.extend([(false, name.id.as_str())]),
            ast::Expr::Starred(e) => Self::whole(&e.value, names),
            _ => {}
        }
    }

    fn expr(&self, expr: &'a ast::Expr, names: &mut Used<'a>) {
        match expr {
            ast::Expr::Call(call) if self.is_whole => {
                let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                std::iter::once(&*call.func).chain(args).for_each(|used| Self::whole(used, names));
                self.children(Node::Expr(expr), names);
            }
            ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_) | ast::Expr::DictComp(_) if self.is_whole => {
                self.children(Node::Expr(expr), names);
            }
            ast::Expr::Attribute(e) if self.is_whole => self.expr(&e.value, names),
            ast::Expr::Name(_) if self.is_whole => {}
            ast::Expr::IfExp(e) => {
                self.expr(&e.test, names);
                let (mut yes, mut no) = (Used::new(), Used::new());
                self.expr(&e.body, &mut yes);
                self.expr(&e.orelse, &mut no);
                names.extend(yes.intersection(&no));
            }
            ast::Expr::BoolOp(e) => e.values.iter().take(1).for_each(|value| self.expr(value, names)),
            // One of several.
            ast::Expr::Subscript(e) if matches!(&*e.value, ast::Expr::Attribute(_)) && !self.is_plain(&e.slice) => {
                self.expr(&e.slice, names);
            }
            ast::Expr::Attribute(e) => {
                names.insert((true, e.attr.as_str()));
                self.expr(&e.value, names);
            }
            ast::Expr::Name(name) if matches!(name.ctx, ast::ExprContext::Load) => names.extend([(false, name.id.as_str())]),
            _ => self.children(Node::Expr(expr), names),
        }
    }

    /// An index that is written out, or goes through all items.
    fn is_plain(&self, index: &'a ast::Expr) -> bool {
        let mut read = Names::new();
        flow::loads(index, &mut read);
        read.iter().all(|name| self.turns.contains(name)) && !matches!(index, ast::Expr::Attribute(_) | ast::Expr::Call(_))
    }
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

fn fails(suite: &[ast::Stmt]) -> bool {
    matches!(suite.last(), Some(ast::Stmt::Raise(_)))
}

/// The kind of a model by an expression that names it.
pub(super) fn kind_of<'a>(cx: &Cx<'a>, stmts: &'a [ast::Stmt], loss: &'a ast::Expr, model: &str) -> Kind {
    let mut kind = Kind::Unknown;
    let nodes = stmts.iter().map(Node::Stmt).chain([Node::Expr(loss)]);
    for node in nodes {
        node.walk(&mut |node| {
            if let Node::Expr(expr) = node
                && kind == Kind::Unknown
                && expr.range().len().to_usize() == model.len()
                && cx.source(expr) == model
            {
                kind = cx.kind(expr);
            }
        });
    }
    kind
}
