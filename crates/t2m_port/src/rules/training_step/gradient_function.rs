//! Functions that a step calls between `backward` and `step` for what they do to the gradients: `clip_gradient(optimizer, 0.5)`,
//! `cancel_gradients_last_layer(epoch, model, 1)`. In MLX they get the gradients, a tree of arrays, as one more argument.

use t2m_semantic::FileId;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, SourceFile, TextRange, TextSize, node};

use super::called;
use super::events::{self, argument};
use super::gradient_reads::GradientReads;
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::names::Module;
use crate::rules::{Hook, Rule, SuiteClaims, last_name};
use crate::survey::Store;
use crate::{receiver, storage, views};

pub(crate) const RULE: Rule =
    Rule { name: "gradient-function", doc: include_str!("../gradient_function.md"), hook: Hook::Suite(gradient_functions) };

/// A call of such a function in a step.
pub(super) struct GradientCall<'a> {
    pub(super) stmt: &'a ast::Stmt,
    call: &'a ast::ExprCall,
    /// The model or optimizer that it gets.
    pub(super) owner: &'a ast::Expr,
    pub(super) is_optimizer: bool,
    /// Whether it may leave parameters without a gradient.
    pub(super) drops: bool,
    parameter: &'static str,
    /// Which of several models it is.
    pub(super) part: Option<usize>,
}

impl<'a> GradientCall<'a> {
    /// The one call of a statement that does something to gradients.
    pub(super) fn of(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Self> {
        if !matches!(stmt, ast::Stmt::Expr(_) | ast::Stmt::Assign(_)) {
            return None;
        }
        let mut found = Vec::new();
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let Some((def, _)) = called::definition(cx, call)
                && let Some((shape, parameter)) = shape_of(cx, def)
                && let Some(owner) = shape.owner.given(cx, call, def)
            {
                let Shape { is_optimizer, drops, .. } = shape;
                found.push(Self { stmt, call, owner, is_optimizer, drops, parameter, part: None });
            }
        });
        if found.len() == 1 { found.pop() } else { None }
    }

    /// `clip_gradient(optimizer, 0.5, grads=grads)`
    pub(super) fn claim(&self, cx: &Cx<'a>, gradients: &str) -> StmtClaim<'a> {
        let end = self.call.range.end() - TextSize::from(1);
        let before = cx.file.text[..usize::from(end)].trim_end();
        let comma = match before.as_bytes().last() {
            Some(b'(') => "",
            Some(b',') => " ",
            _ => ", ",
        };
        StmtClaim::edit(vec![Edit::text(TextRange::empty(end), format!("{comma}{}={gradients}", self.parameter))])
    }
}

/// What a function does with gradients.
struct Shape<'a> {
    /// The model or the optimizer whose gradients it goes over.
    owner: Owner<'a>,
    is_optimizer: bool,
    drops: bool,
    walks: Vec<Walk<'a>>,
}

/// Where a function has the model from.
#[derive(Clone, Copy, PartialEq)]
enum Owner<'a> {
    Parameter(usize),
    /// `self.model`
    Attribute(&'a str),
}

impl<'a> Owner<'a> {
    fn of(expr: &'a ast::Expr, args: &ast::Arguments, is_method: bool) -> Option<Self> {
        match expr {
            ast::Expr::Name(name) => args.args.iter().position(|arg| arg.def.arg == name.id).map(Self::Parameter),
            ast::Expr::Attribute(own) if is_method && events::is_name(&own.value, "self") => Some(Self::Attribute(&own.attr)),
            _ => None,
        }
    }

    /// What the caller gives, and for an attribute what the object was made with: `model` of `fgm = FGM(model)`.
    fn given(self, cx: &Cx<'a>, call: &'a ast::ExprCall, def: &ast::StmtFunctionDef) -> Option<&'a ast::Expr> {
        match self {
            Self::Parameter(at) => {
                let skipped = usize::from(takes_self(def));
                argument(call, at.checked_sub(skipped)?, &def.args.args[at].def.arg)
            }
            Self::Attribute(name) => {
                let ast::Expr::Attribute(method) = &*call.func else { return None };
                let ast::Expr::Call(made) = made_by(cx, &method.value)? else { return None };
                let (constructor, _) = called::definition(cx, made)?;
                // Ex) `self.model, self.backup = model, {}`
                let pairs =
                    constructor.body.iter().filter_map(receiver::assignment).flat_map(|(target, value)| views::pairs_of(target, value));
                let mut stored = pairs.filter_map(|(target, value)| {
                    let ast::Expr::Attribute(target) = target else { return None };
                    let own = events::is_name(&target.value, "self") && target.attr.as_str() == name;
                    own.then(|| unwrapped(value)).flatten()
                });
                let parameter = stored.next().filter(|_| stored.next().is_none())?;
                let given = made.args.iter().chain(made.keywords.iter().map(|keyword| &keyword.value));
                given.into_iter().find(|arg| called::parameter(constructor, made, arg) == Some(parameter))
            }
        }
    }
}

/// The one value of a name, or of an attribute of `self`.
fn made_by<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match object {
        ast::Expr::Name(name) => {
            let own = views::bindings(views::enclosing_body(cx, object), &name.id);
            let all = if own.is_empty() { views::bindings(&cx.file.suite, &name.id) } else { own };
            if let [(_, value)] = all[..] { Some(value) } else { None }
        }
        ast::Expr::Attribute(own) => {
            let class = receiver::self_class(cx, &own.value)?;
            match cx.shared.survey.stores(class, &own.attr) {
                [Store::Whole(value)] => Some(value),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `model`, also of `model.module if hasattr(model, "module") else model`
fn unwrapped(value: &ast::Expr) -> Option<&str> {
    match value {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::IfExp(choice) => match (&*choice.body, &*choice.orelse) {
            (ast::Expr::Attribute(module), ast::Expr::Name(name)) if module.attr.as_str() == "module" => {
                events::is_name(&module.value, &name.id).then_some(name.id.as_str())
            }
            _ => None,
        },
        _ => None,
    }
}

fn takes_self(def: &ast::StmtFunctionDef) -> bool {
    def.args.args.first().is_some_and(|first| first.def.arg.as_str() == "self")
}

/// `for name, p in model.named_parameters()`, with what is around it where an optimizer has groups.
struct Walk<'a> {
    target: &'a ast::Expr,
    iter: &'a ast::Expr,
    whole: TextRange,
    /// `for group in optimizer.param_groups`
    groups: Option<&'a ast::Stmt>,
}

/// The shape of a function that is called in steps alone, and what its new parameter is called.
fn shape_of<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef) -> Option<(Shape<'a>, &'static str)> {
    let shape = Shape::of(def)?;
    let file = cx.project.files.iter().find(|file| {
        let found = storage::function_at(&file.source.suite, def.range);
        found.is_some_and(|found| std::ptr::eq(found, def))
    })?;
    let text = file.source.slice(def.range);
    let parameter = ["grads", "gradients", "model_grads"].into_iter().find(|name| !contains_word(text, name))?;
    is_called_in_steps(cx, &def.name, takes_self(def)).then_some((shape, parameter))
}

impl<'a> Shape<'a> {
    fn of(def: &'a ast::StmtFunctionDef) -> Option<Self> {
        let args = &def.args;
        let is_method = takes_self(def);
        if args.vararg.is_some() || args.kwarg.is_some() || !args.kwonlyargs.is_empty() || !args.posonlyargs.is_empty() {
            return None;
        }
        let position = |expr: &'a ast::Expr| Owner::of(expr, args, is_method);
        let (mut walks, mut owners) = (Vec::new(), Vec::new());
        let mut add = |target: &'a ast::Expr, iter: &'a ast::Expr, whole: TextRange| {
            if let ast::Expr::Call(call) = iter
                && call.args.is_empty()
                && call.keywords.is_empty()
                && let ast::Expr::Attribute(method) = &*call.func
                && matches!(method.attr.as_str(), "parameters" | "named_parameters")
                && let Some(at) = position(&method.value)
            {
                owners.push((at, false));
                walks.push(Walk { target, iter, whole, groups: None });
            }
        };
        events::walk(&def.body, &mut |node| match node {
            Node::Stmt(ast::Stmt::For(s)) => add(&s.target, &s.iter, s.range),
            Node::Expr(ast::Expr::ListComp(e)) => e.generators.iter().for_each(|one| add(&one.target, &one.iter, e.range)),
            Node::Expr(ast::Expr::GeneratorExp(e)) => e.generators.iter().for_each(|one| add(&one.target, &one.iter, e.range)),
            _ => {}
        });
        node::statements(&def.body, &mut |stmt| {
            if let ast::Stmt::For(groups) = stmt
                && let (ast::Expr::Name(group), ast::Expr::Attribute(list)) = (&*groups.target, &*groups.iter)
                && list.attr.as_str() == "param_groups"
                && let Some(at) = position(&list.value)
                && let [ast::Stmt::For(walk)] = &groups.body[..]
                && let ast::Expr::Subscript(item) = &*walk.iter
                && events::is_name(&item.value, &group.id)
                && matches!(&*item.slice, ast::Expr::Constant(key) if key.value.as_str().is_some_and(|key| key == "params"))
            {
                owners.push((at, true));
                walks.push(Walk { target: &walk.target, iter: &walk.iter, whole: walk.range, groups: Some(stmt) });
            }
        });
        let &(owner, is_optimizer) = owners.first()?;
        let found = Self { owner, is_optimizer, drops: false, walks };
        (owners.iter().all(|one| *one == (owner, is_optimizer))).then_some(found)?.checked(def)
    }

    /// Whether gradients are all that the loops look at.
    fn checked(mut self, def: &'a ast::StmtFunctionDef) -> Option<Self> {
        let mut dropped: Vec<TextRange> = Vec::new();
        node::statements(&def.body, &mut |stmt| dropped.extend(dropped_gradient(stmt).map(|(gradient, _)| gradient)));
        self.drops = !dropped.is_empty();
        let (mut is_plain, mut gradients, mut names) = (true, 0, 0);
        events::walk(&def.body, &mut |node| match node {
            Node::Expr(expr @ ast::Expr::Attribute(gradient)) if gradient.attr.as_str() == "grad" => {
                let is_known = self.walk_of(&gradient.value).is_some();
                let is_load = gradient.ctx.is_load() || dropped.contains(&expr.range());
                is_plain &= is_known && is_load;
                gradients += 1;
            }
            Node::Expr(ast::Expr::Attribute(method)) => {
                is_plain &= !matches!(method.attr.as_str(), "backward" | "step" | "zero_grad");
            }
            Node::Expr(expr @ ast::Expr::Name(name)) if name.ctx.is_load() => {
                names += usize::from(self.walk_of(expr).is_some());
            }
            _ => {}
        });
        // A dropped gradient needs the name of its parameter.
        let has_names = self.walks.iter().all(|walk| walk.target.is_tuple_expr());
        // A list of an optimizer's has no names to find gradients by.
        is_plain &= gradients > 0 && (names == gradients || !self.is_optimizer && !self.drops);
        is_plain &= !self.drops || has_names && !self.is_optimizer;
        is_plain &= !self.is_optimizer || def.body.iter().all(only_clamps);
        is_plain.then_some(self)
    }

    /// The loop that binds a parameter.
    fn walk_of(&self, parameter: &ast::Expr) -> Option<&Walk<'a>> {
        let ast::Expr::Name(parameter) = parameter else { return None };
        self.walks.iter().find(|walk| {
            let bound = match walk.target {
                ast::Expr::Tuple(pair) => pair.elts.last().filter(|_| pair.elts.len() == 2),
                one => Some(one),
            };
            walk.whole.contains_range(parameter.range) && bound.is_some_and(|bound| events::is_name(bound, &parameter.id))
        })
    }
}

/// `p.grad` of `p.grad = None`, and `p`.
fn dropped_gradient(stmt: &ast::Stmt) -> Option<(TextRange, &str)> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target @ ast::Expr::Attribute(gradient)] = &assign.targets[..] else { return None };
    let ast::Expr::Name(parameter) = &*gradient.value else { return None };
    let is_none = receiver::is_none(&assign.value);
    (is_none && gradient.attr.as_str() == "grad").then_some((target.range(), parameter.id.as_str()))
}

/// Whether statements change gradients value by value: those of other parameters that come along don't count.
fn only_clamps(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::For(s) => s.orelse.is_empty() && s.body.iter().all(only_clamps),
        ast::Stmt::If(s) => s.orelse.is_empty() && s.body.iter().all(only_clamps),
        ast::Stmt::Expr(s) => match &*s.value {
            ast::Expr::Call(call) => last_name(&call.func).is_some_and(|name| matches!(name, "clamp_" | "clip_")),
            value => value.is_constant_expr(),
        },
        _ => false,
    }
}

/// Whether all that the project does with a name is to call it between a `backward` and a `step`.
fn is_called_in_steps(cx: &Cx<'_>, name: &str, is_method: bool) -> bool {
    let (mut calls, mut is_known) = (0, true);
    for (id, file) in cx.project.ids().zip(&cx.project.files) {
        if !contains_word(&file.source.text, name) {
            continue;
        }
        let places = called_in_steps(&file.source, name);
        events::walk(&file.source.suite, &mut |node| {
            let Node::Expr(expr) = node else { return };
            let is_it = match expr {
                // A name of another file may be anything.
                ast::Expr::Name(own) => {
                    !is_method && own.id.as_str() == name && (has_definition(&file.source, name) || is_function(cx, id, expr))
                }
                ast::Expr::Attribute(own) => own.attr.as_str() == name && (is_method || is_function(cx, id, expr)),
                _ => false,
            };
            if is_it {
                calls += 1;
                is_known &= places.iter().any(|place| place.contains_range(expr.range()));
            }
        });
    }
    is_known && calls > 0
}

fn has_definition(file: &SourceFile, name: &str) -> bool {
    file.suite.iter().any(|stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == name))
}

fn is_function(cx: &Cx<'_>, file: FileId, expr: &ast::Expr) -> bool {
    matches!(cx.project_facts.file(file).entity(expr), Some(t2m_semantic::Entity::Function(_)))
}

/// Where statements between a `backward` and a `step` of one suite call a function of this name.
fn called_in_steps(source: &SourceFile, name: &str) -> Vec<TextRange> {
    fn collect(source: &SourceFile, suite: &[ast::Stmt], found: &mut Vec<TextRange>) {
        let has = |stmt: &ast::Stmt, call: &str| matches!(stmt, ast::Stmt::Expr(s) if matches!(&*s.value, ast::Expr::Call(c) if last_name(&c.func) == Some(call)));
        let backward = suite.iter().position(|stmt| has(stmt, "backward"));
        let step = suite.iter().rposition(|stmt| source.slice(stmt.range()).contains(".step("));
        if let (Some(backward), Some(step)) = (backward, step)
            && backward < step
        {
            found.extend(suite[backward + 1..step].iter().map(Ranged::range));
        }
        suite.iter().flat_map(node::suites).for_each(|inner| collect(source, inner, found));
    }
    let mut found = Vec::new();
    if contains_word(&source.text, name) {
        collect(source, &source.suite, &mut found);
    }
    found
}

fn gradient_functions<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> SuiteClaims<'a> {
    let defs = suite.iter().filter_map(|stmt| match stmt {
        ast::Stmt::FunctionDef(def) if cx.source(stmt).contains(".grad") => Some((stmt, def)),
        _ => None,
    });
    defs.filter_map(|(stmt, def)| Some(written(cx, stmt, def, &shape_of(cx, def)?))).flatten().collect()
}

fn written<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    def: &'a ast::StmtFunctionDef,
    (shape, parameter): &(Shape<'a>, &'static str),
) -> SuiteClaims<'a> {
    let mut reads = GradientReads::default();
    shape.walks.iter().for_each(|walk| reads.add_loop(walk.target, walk.iter));
    let mut claims = reads.claims(cx, &|_| (*parameter).to_owned());
    for groups in shape.walks.iter().filter_map(|walk| walk.groups) {
        if let ast::Stmt::For(outer) = groups {
            claims.push((groups, StmtClaim::replace(vec![Piece::Suite(&outer.body, 0)])));
        }
    }
    node::statements(&def.body, &mut |stmt| {
        let Some((gradient, name)) = dropped_gradient(stmt) else { return };
        let walk = shape.walks.iter().filter(|walk| walk.whole.contains_range(gradient)).find_map(|walk| match walk.target {
            ast::Expr::Tuple(pair) if events::is_name(&pair.elts[1], name) => Some(&pair.elts[0]),
            _ => None,
        });
        let Some(path) = walk else { return };
        let (drop, uses) = cx.member(Module::Compat, "drop_gradient");
        let text = format!("{drop}({parameter}, {})", cx.source(path));
        claims.push((stmt, StmtClaim::replace(vec![Piece::text(text)]).uses(uses)));
    });
    if let Some(last) = def.args.args.last() {
        let end = last.default.as_deref().map_or(last.def.range.end(), |default| default.range().end().max(last.def.range.end()));
        let text = if last.default.is_some() { format!(", *, {parameter}") } else { format!(", {parameter}") };
        claims.push((stmt, StmtClaim::edit(vec![Edit::text(TextRange::empty(end), text)])));
    }
    claims
}
