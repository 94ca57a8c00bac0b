//! Parameters that may take no part in a loss: layers under a condition, heads that are chosen by a name, layers that nobody runs.
//! PyTorch has no gradient for them, and its optimizers leave them as they are; MLX gives zeros, which weight decay and momentum go on to move.

use std::collections::BTreeSet;

use t2m_semantic::{ClassId, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::flow::{self, Names};
use super::part;
use super::sure::{self, Sure, Used};
use super::weights_alone;
use crate::cx::{Cx, contains_word};
use crate::rules::freeze_loop::switch;
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

/// Whether some parameter of the model may have no gradient in some step, as far as its classes show; `step` says what the step uses of it.
pub(super) fn may_idle<'a>(cx: &Cx<'a>, model: &Kind, step: &part::Part<'a>) -> bool {
    if !step.is_whole && matches!(model, Kind::Sequential | Kind::Layer(_)) {
        return true;
    }
    let classes = classes(cx, model);
    let mut somewhere = Names::new();
    let mut run = run_parts(cx, model, step, &classes, None, &mut somewhere);
    // What a pass keeps in an attribute, such as `self.aux_loss`, goes on where something asks for it.
    if classes.iter().any(|class| keeps(cx, *class)) {
        let mut asked: Used<'a> = step.used.clone();
        for _ in 0..ROUNDS {
            run = run_parts(cx, model, step, &classes, Some(&asked), &mut somewhere);
            let known = asked.len();
            asked.extend(run.all.iter().copied());
            if asked.len() == known {
                break;
            }
        }
    }
    let outside = |name: &str| cx.file.suite.iter().any(|stmt| !matches!(stmt, ast::Stmt::ClassDef(_)) && mentions(stmt, name));
    classes.iter().any(|class| {
        trained(cx, *class).into_iter().any(|(name, made)| {
            let is_mentioned = somewhere.contains(name);
            if !run.has(cx, &classes, *class, name) {
                return is_mentioned || !outside(name);
            }
            let facts = cx.project_facts.file(cx.project_facts.class(*class).file);
            let passes = || classes.iter().flat_map(|class| methods(cx, *class)).filter(|def| may_run(def));
            weights_alone::has_bias(cx, facts, made) && !step.used.contains(&(true, name)) && weights_alone::are_read(passes(), name)
        })
    })
}

/// Whether a method may be a part of a pass.
fn may_run(def: &ast::StmtFunctionDef) -> bool {
    !NOT_RUN.iter().any(|stem| def.name.starts_with(stem))
}

/// The attributes that surely have a gradient.
#[derive(Default)]
struct Run<'a> {
    all: Used<'a>,
    /// What the step itself uses, and methods of any class by another name than `self`: `block.attn(x)`.
    of_others: Used<'a>,
    /// What the methods of a class use of their own object.
    own: Vec<(ClassId, Used<'a>)>,
}

impl<'a> Run<'a> {
    fn add(&mut self, class: ClassId, def: &'a ast::StmtFunctionDef, used: Used<'a>) {
        let mut others = Names::new();
        def.body.iter().for_each(|stmt| attributes_of_others(Node::Stmt(stmt), &mut others));
        self.of_others.extend(used.iter().filter(|(is_attribute, name)| *is_attribute && others.contains(name)));
        self.all.extend(used.iter().copied());
        self.own.push((class, used));
    }

    /// Whether an attribute of a class has one: two classes may call unlike things by one name.
    fn has(&self, cx: &Cx<'_>, classes: &BTreeSet<ClassId>, class: ClassId, name: &str) -> bool {
        let is_a = |object: &ClassId, class: ClassId| *object == class || cx.project_facts.class(*object).mro.contains(&class);
        let may_be_one = |other: ClassId| classes.iter().any(|object| is_a(object, class) && is_a(object, other));
        self.of_others.contains(&(true, name)) || self.own.iter().any(|(other, used)| used.contains(&(true, name)) && may_be_one(*other))
    }
}

/// An attribute that is kept in another class's attribute, and so on: longer chains are taken to end.
const ROUNDS: usize = 4;

/// The attributes that surely have a gradient in the parts of a model that a step runs; what the methods mention at all is in `somewhere`.
fn run_parts<'a>(
    cx: &Cx<'a>,
    model: &Kind,
    step: &part::Part<'a>,
    classes: &BTreeSet<ClassId>,
    asked: Option<&Used<'a>>,
    somewhere: &mut Names<'a>,
) -> Run<'a> {
    let mut run = Run::default();
    let mut own: Vec<(ClassId, &'a FileFacts, &'a ast::StmtFunctionDef)> = Vec::new();
    for class in classes {
        let is_own = matches!(model, Kind::Instance(id) if class == id || cx.project_facts.class(*id).mro.contains(class));
        let facts = cx.project_facts.file(cx.project_facts.class(*class).file);
        for def in methods(cx, *class) {
            if is_own && def.name.as_str() != "__init__" {
                own.push((*class, facts, def));
                mentioned(&def.body, somewhere);
            } else if may_run(def) {
                run.add(*class, def, Sure::of_method(cx, facts, def, asked).used);
                mentioned(&def.body, somewhere);
            }
        }
    }
    // Of its own class those methods run that the step calls, and those that they call.
    if !own.is_empty() {
        let used = step.used.iter().filter(|(is_attribute, _)| *is_attribute);
        used.for_each(|used| _ = (run.all.insert(*used), run.of_others.insert(*used)));
    }
    let is_reached = |def: &ast::StmtFunctionDef, run: &Used<'a>| {
        step.is_whole && matches!(def.name.as_str(), "forward" | "__call__") || run.contains(&(true, def.name.as_str()))
    };
    while let Some(at) = own.iter().position(|(_, _, def)| is_reached(def, &run.all)) {
        let (class, facts, def) = own.swap_remove(at);
        run.add(class, def, Sure::of_method(cx, facts, def, asked).used);
    }
    run
}

/// Whether a class puts anything into its attributes outside of its constructor.
fn keeps(cx: &Cx<'_>, class: ClassId) -> bool {
    let mut found = false;
    for def in methods(cx, class).filter(|def| may_run(def)) {
        node::statements(&def.body, &mut |stmt| {
            let targets = match stmt {
                ast::Stmt::Assign(s) => &s.targets[..],
                ast::Stmt::AnnAssign(s) => std::slice::from_ref(&*s.target),
                ast::Stmt::AugAssign(s) => std::slice::from_ref(&*s.target),
                // `self.losses.append(loss)`
                ast::Stmt::Expr(s) => match &*s.value {
                    ast::Expr::Call(call) => match &*call.func {
                        ast::Expr::Attribute(method) => std::slice::from_ref(&*method.value),
                        _ => return,
                    },
                    _ => return,
                },
                _ => return,
            };
            found |= targets.iter().any(|target| sure::member(target).is_some());
        });
    }
    found
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
    all.filter(|def| may_run(def)).collect()
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

/// Attributes with parameters that every instance has, and what they get.
fn trained<'a>(cx: &Cx<'a>, class: ClassId) -> Vec<(&'a str, &'a ast::Expr)> {
    let info = cx.project_facts.class(class);
    let is_trained = |name: &str| {
        cx.shared.survey.declared(class, name) == Some(Sort::Parameter)
            || info.attrs.get(name).is_some_and(|fact| holds_parameters(cx, &fact.kind))
    };
    let mut found = Vec::new();
    for def in methods(cx, class).filter(|def| def.name.as_str() == "__init__") {
        // What is made under a condition is run under the same one.
        let frozen = frozen(def);
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
                    && !frozen.contains(place.attr.as_str())
                {
                    found.push((place.attr.as_str(), &*assign.value));
                }
            }
        }
    }
    found
}

/// The attributes that a constructor freezes, as a whole and for good: `for p in self.target.parameters(): p.requires_grad = False`.
fn frozen(def: &ast::StmtFunctionDef) -> Names<'_> {
    let mut found = Names::new();
    for stmt in &def.body {
        let says_no = |stmt: &ast::Stmt| {
            switch(stmt).filter(|(_, flag)| matches!(flag, Some(ast::Expr::Constant(c)) if c.value == ast::Constant::Bool(false))).is_some()
        };
        let place = match stmt {
            ast::Stmt::For(walk) => {
                let Some(inner) = walk.body.iter().find(|stmt| says_no(stmt)) else { continue };
                let Some((ast::Expr::Name(item), _)) = switch(inner) else { continue };
                match (&*walk.target, &*walk.iter) {
                    (ast::Expr::Name(own), list) if own.id == item.id => list,
                    // `for q, k in zip(self.encoder_q.parameters(), self.encoder_k.parameters()):`
                    (ast::Expr::Tuple(items), ast::Expr::Call(zip)) => {
                        let at = items.elts.iter().position(|own| matches!(own, ast::Expr::Name(own) if own.id == item.id));
                        match at.and_then(|at| zip.args.get(at)) {
                            Some(list) if matches!(&*zip.func, ast::Expr::Name(name) if name.id.as_str() == "zip") => list,
                            _ => continue,
                        }
                    }
                    _ => continue,
                }
            }
            stmt if says_no(stmt) => match switch(stmt) {
                Some((place, _)) => place,
                None => continue,
            },
            _ => continue,
        };
        // `self.target` itself, or `self.target.parameters()`.
        let owner = match place {
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(method) if method.attr.as_str() == "parameters" && call.args.is_empty() => &*method.value,
                _ => continue,
            },
            place => place,
        };
        if let ast::Expr::Attribute(e) = owner
            && matches!(&*e.value, ast::Expr::Name(name) if name.id.as_str() == "self")
        {
            found.insert(e.attr.as_str());
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

/// The attributes of anything but `self` below a node.
fn attributes_of_others<'a>(at: Node<'a>, names: &mut Names<'a>) {
    at.walk(&mut |node| {
        if let Node::Expr(ast::Expr::Attribute(e)) = node
            && !matches!(&*e.value, ast::Expr::Name(name) if name.id.as_str() == "self")
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
pub(super) fn uses_all<'a>(cx: &Cx<'a>, run: &'a [ast::Stmt], loss: &'a ast::Expr, models: &[String]) -> bool {
    let used = Sure::of_run(cx, None, run, loss).used;
    let is_used = |name: &str| used.contains(&(false, name)) || used.contains(&(true, name));
    models.iter().all(|model| model.rsplit('.').next().is_some_and(is_used))
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
