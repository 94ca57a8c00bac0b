//! What a class's own methods make its instances hold.

use std::collections::{BTreeMap, BTreeSet};

use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, Entity, FileFacts, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node;

use super::classes::Names;
use super::held::Held;
use super::{Member, Shape, held, layers};
use crate::receiver;
use crate::rules::attribute_name::name_in_port;
use crate::rules::tied_parts::tied_paths;
use crate::survey::is_from_outside;

/// What the class itself says.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) open: bool,
    pub(super) members: BTreeMap<String, Member>,
    /// Attributes that may be missing in the end: deleted, or set to `None`.
    pub(super) removed: BTreeSet<String>,
    /// What is changed inside of attributes, `self.fc.bias = None`, `self.layers[0] = ...`: the attribute, and the name in it, if it is one.
    pub(super) changed: BTreeSet<(String, Option<String>)>,
    pub(super) ties: BTreeMap<String, String>,
    pub(super) possible_ties: BTreeMap<String, String>,
    /// Its `__init__`, and whether that calls the one of its base.
    pub(super) constructor: Option<bool>,
}

struct Reader<'a> {
    names: &'a Names<'a>,
    tables: &'a Tables,
    facts: &'a FileFacts,
    class: ClassId,
    own: Own,
}

pub(super) fn own(names: &Names<'_>, tables: &Tables, class: ClassId, def: &ast::StmtClassDef) -> Own {
    let info = names.facts.class(class);
    let mut reader = Reader { names, tables, facts: names.facts.file(info.file), class, own: Own::default() };
    let source = &names.project.file(info.file).source;
    for stmt in &def.body {
        reader.own.possible_ties.extend(table_of_ties(stmt));
        let ast::Stmt::FunctionDef(method) = stmt else { continue };
        let is_constructor = method.name.as_str() == "__init__";
        if is_constructor {
            let text = source.slice(stmt.range());
            reader.own.constructor = Some(text.contains("__init__(") && (text.contains("super(") || text.contains(".__init__(")));
        }
        let returns = {
            let mut found = false;
            node::statements(&method.body, &mut |stmt| found |= matches!(stmt, ast::Stmt::Return(_)));
            found
        };
        // What every construction runs.
        for stmt in &method.body {
            reader.statement(stmt, is_constructor && !returns);
            for suite in node::suites(stmt) {
                node::statements(suite, &mut |stmt| reader.statement(stmt, false));
            }
        }
    }
    // Attributes that are set in other ways: in tuples, with `:=`.
    for (name, fact) in &info.attrs {
        let name = &reader.private(name);
        if !reader.own.members.contains_key(name) && !info.methods.contains_key(name) {
            match reader.shape(&fact.kind) {
                Some(shape) => reader.member(name, shape, false, Vec::new()),
                None if fact.kind.is_unknown() => reader.member(name, Shape::unknown(), false, Vec::new()),
                None => {}
            }
        }
    }
    let class = reader.class;
    let mangling = reader.mangling();
    let mut own = reader.own;
    for (name, member) in &mut own.members {
        let is_array = member.is == Shape::named("parameter") || member.is == Shape::named("buffer");
        // The helpers that register arrays do the same.
        let is_hidden = is_array && name.starts_with('_') && !name.contains('*');
        let written = name.strip_prefix(&mangling).filter(|rest| rest.starts_with("__")).unwrap_or(name);
        member.name = name_in_port(names.facts, class, written).or_else(|| is_hidden.then(|| format!("{}_", name.trim_start_matches('_'))));
    }
    own
}

/// `model.head = ...`: the attribute of an object that is not `self`. New values of a layer's own parameters are none.
pub(super) fn set_from_outside(stmt: &ast::Stmt) -> impl Iterator<Item = &ast::ExprAttribute> {
    let targets: &[ast::Expr] = match stmt {
        ast::Stmt::Assign(assign) => &assign.targets,
        ast::Stmt::AnnAssign(assign) => std::slice::from_ref(&*assign.target),
        _ => &[],
    };
    targets.iter().filter_map(|target| match target {
        ast::Expr::Attribute(attribute)
            if is_from_outside(target) && !matches!(attribute.attr.as_str(), "weight" | "bias" | "data" | "grad" | "requires_grad") =>
        {
            Some(attribute)
        }
        _ => None,
    })
}

/// `model.conv.weight = nn.Parameter(...)`, `self.fc.weight.data = ...`: the attributes whose arrays may have another shape then. `*` for a layer that has no name
/// there.
pub(super) fn reshaped(stmt: &ast::Stmt, found: &mut BTreeSet<String>) {
    let ast::Stmt::Assign(assign) = stmt else { return };
    for target in &assign.targets {
        let ast::Expr::Attribute(mut array) = target.clone() else { continue };
        if let ("data", ast::Expr::Attribute(inner)) = (array.attr.as_str(), &*array.value) {
            array = inner.clone();
        }
        if !layers::is_held(array.attr.as_str()) {
            continue;
        }
        let mut layer = &*array.value;
        while let ast::Expr::Subscript(item) = layer {
            layer = &item.value;
        }
        match layer {
            ast::Expr::Attribute(layer) => _ = found.insert(layer.attr.to_string()),
            // Its own, of a class that inherits the layer.
            ast::Expr::Name(name) if name.id.as_str() == "self" => {}
            _ => _ = found.insert("*".to_owned()),
        }
    }
}

impl Member {
    fn hold(&mut self, held: Held) {
        if let Some(shape) = held.shape {
            self.shapes.insert(held.name.clone(), shape);
        }
        self.holds.push(held.name);
    }
}

impl Reader<'_> {
    /// What Python puts in front of `self.__name`.
    fn mangling(&self) -> String {
        format!("_{}", self.names.facts.class(self.class).name.trim_start_matches('_'))
    }

    /// An attribute as Python stores it, and PyTorch's state names it.
    fn private(&self, name: &str) -> String {
        if name.starts_with("__") && !name.ends_with("__") { format!("{}{name}", self.mangling()) } else { name.to_owned() }
    }

    fn statement(&mut self, stmt: &ast::Stmt, always: bool) {
        let mut is_tie = false;
        for (_, target, source, certain) in tied_paths(self.facts, stmt).into_iter().filter(|(root, ..)| is_self(root)) {
            let ties = if always && certain { &mut self.own.ties } else { &mut self.own.possible_ties };
            ties.insert(target, source);
            is_tie |= certain;
        }
        if is_tie {
            return;
        }
        if let Some((target, value)) = receiver::assignment(stmt) {
            self.assigned(target, value, always);
        }
        let changes = if self.adds_child(stmt, always) { Vec::new() } else { held::changes(self.facts, stmt) };
        for (name, part) in changes {
            let name = self.private(name);
            self.own.changed.insert((name, part));
        }
        match stmt {
            ast::Stmt::Expr(ast::StmtExpr { value, .. }) if matches!(&**value, ast::Expr::Call(_)) => {
                if let ast::Expr::Call(call) = &**value {
                    self.called(call, always);
                }
            }
            // `register = lambda name, value: self.register_buffer(name, value.float())`
            _ if node::suites(stmt).is_empty() && self.registers_inside(stmt) => self.own.open = true,
            ast::Stmt::Delete(stmt) => {
                let gone: Vec<String> = stmt.targets.iter().filter_map(own_attribute).map(|name| self.private(name)).collect();
                self.own.removed.extend(gone);
            }
            _ => {}
        }
    }

    /// `self.net.add_module("conv", nn.Conv2d(...))`: one child more, which every instance has.
    fn adds_child(&mut self, stmt: &ast::Stmt, always: bool) -> bool {
        let ast::Stmt::Expr(ast::StmtExpr { value, .. }) = stmt else { return false };
        let ast::Expr::Call(call) = &**value else { return false };
        let ast::Expr::Attribute(method) = &*call.func else { return false };
        if !always || !matches!(method.attr.as_str(), "add_module" | "register_module") {
            return false;
        }
        let name = receiver::argument(call, 0, "name").and_then(receiver::string);
        let (Some(attribute), Some(name), Some(child)) = (own_attribute(&method.value), name, receiver::argument(call, 1, "module")) else {
            return false;
        };
        let attribute = self.private(attribute);
        let Some(member) = self.own.members.get_mut(&attribute) else { return false };
        let front = format!("{name}.");
        // One in the place of another.
        if name.contains('*') || member.holds.iter().any(|held| held.starts_with(&front) || held.starts_with('*')) {
            return false;
        }
        let holds = held::holds(self.tables, self.facts, child);
        holds.iter().filter(|held| !held.name.contains('*')).for_each(|held| member.hold(held.below(&front)));
        true
    }

    /// Whether a part of a statement registers something on the module.
    fn registers_inside(&self, stmt: &ast::Stmt) -> bool {
        const CALLS: [&str; 4] = ["self.register_buffer(", "self.register_parameter(", "self.add_module(", "self.register_module("];
        let source = &self.names.project.file(self.names.facts.class(self.class).file).source;
        let text = source.slice(stmt.range());
        text.contains("self.") && CALLS.iter().any(|call| text.contains(call))
    }

    fn assigned(&mut self, target: &ast::Expr, value: &ast::Expr, always: bool) {
        // `self._modules["conv"] = nn.Conv2d(...)`
        if let ast::Expr::Subscript(item) = target
            && own_attribute(&item.value) == Some("_modules")
        {
            match pattern(&item.slice) {
                Some(name) => self.member(&name, self.value(value).0.unwrap_or_else(Shape::unknown), false, Vec::new()),
                None => self.own.open = true,
            }
            return;
        }
        let Some(name) = own_attribute(target).map(|name| self.private(name)) else { return };
        let name = name.as_str();
        let (shape, mut can_be_none) = self.value(value);
        can_be_none |= self.own.members.contains_key(name);
        if can_be_none {
            self.own.removed.insert(name.to_owned());
        }
        if let Some(shape) = shape {
            let holds = held::holds(self.tables, self.facts, value);
            self.member(name, shape, always, holds);
        }
    }

    /// What a value holds, `None` for what is no part of a state; and whether it may be none of it.
    fn value(&self, value: &ast::Expr) -> (Option<Shape>, bool) {
        match value {
            ast::Expr::IfExp(choice) => {
                let (a, b) = (self.value(&choice.body).0, self.value(&choice.orelse).0);
                let differs = a.is_none() || b.is_none();
                (if let (Some(a), Some(b)) = (a.clone(), b.clone()) { Some(a.or(b)) } else { a.or(b) }, differs)
            }
            ast::Expr::Constant(_) => (None, true),
            ast::Expr::Call(call) if self.facts.qualified(&call.func) == Some("torch.nn.Sequential") => {
                (Some(self.sequential(call)), false)
            }
            value if receiver::parameter(self.facts, value).is_some() => (Some(Shape::named("parameter")), false),
            ast::Expr::Call(call) if self.facts.qualified(&call.func) == Some("torch.nn.Buffer") => {
                (Some(Shape::named(if is_saved(call) { "buffer" } else { "unsaved" })), false)
            }
            value => {
                let kind = self.facts.fact(value).kind;
                let shape = self.shape(&kind).or_else(|| kind.is_unknown().then(Shape::unknown));
                let is_certain = !matches!(kind, Kind::Optional(_) | Kind::Unknown);
                (shape, !is_certain)
            }
        }
    }

    /// `nn.Sequential(a, b)` or `nn.Sequential(OrderedDict([("name", a)]))`
    fn sequential(&self, call: &ast::ExprCall) -> Shape {
        let any = Shape::named("torch.nn.Sequential");
        let child = |value: &ast::Expr| self.value(value).0.unwrap_or_else(Shape::unknown);
        let pairs = |list: &[ast::Expr]| -> Option<Vec<(String, Shape)>> {
            list.iter()
                .map(|pair| match pair {
                    ast::Expr::Tuple(pair) => match &pair.elts[..] {
                        [name, value] => Some((receiver::string(name)?.to_owned(), child(value))),
                        _ => None,
                    },
                    _ => None,
                })
                .collect()
        };
        if let [ast::Expr::Call(dict)] = &call.args[..]
            && self.facts.qualified(&dict.func).is_some_and(|name| name.ends_with("OrderedDict"))
        {
            return match &dict.args[..] {
                [ast::Expr::List(list)] => pairs(&list.elts).map_or(any, |pairs| {
                    // A number that is not the place of its child would mean another one in MLX.
                    let is_place = |(place, (name, _)): &(usize, &(String, Shape))| name.parse() == Ok(*place) || !is_number(name);
                    let renamed = pairs.iter().enumerate().filter(|pair| !is_place(pair));
                    let names = renamed.map(|(_, (name, _))| (name.clone(), format!("{name}_"))).collect();
                    Shape::Children { children: pairs.into_iter().collect(), names }
                }),
                _ => any,
            };
        }
        let is_plain = |arg: &ast::Expr| !matches!(arg, ast::Expr::Starred(_)) && self.names.facts.is_module(&self.facts.fact(arg).kind);
        if call.args.is_empty() || !call.args.iter().all(is_plain) {
            return any;
        }
        let children = call.args.iter().enumerate().map(|(i, arg)| (i.to_string(), child(arg))).collect();
        Shape::Children { children, names: BTreeMap::new() }
    }

    fn shape(&self, kind: &Kind) -> Option<Shape> {
        let item = |inner: &Kind| Box::new(self.shape(inner).unwrap_or_else(Shape::unknown));
        Some(match kind {
            Kind::Layer(name) => Shape::named(name),
            Kind::Instance(class) if self.names.facts.is_module_class(*class) => Shape::Named(self.names.of(*class).to_owned()),
            Kind::Module => Shape::unknown(),
            Kind::ModuleList(inner) => Shape::List { list: item(inner) },
            // Others may be put in later.
            Kind::ModuleDict(_) => Shape::Dict { dict: Box::new(Shape::unknown()) },
            Kind::Sequential => Shape::named("torch.nn.Sequential"),
            Kind::Parameter => Shape::named("parameter"),
            Kind::Tensor(_) => Shape::named("unsaved"),
            Kind::Optional(inner) => self.shape(inner)?,
            _ => return None,
        })
    }

    fn member(&mut self, name: &str, is: Shape, required: bool, holds: Vec<Held>) {
        match self.own.members.get_mut(name) {
            Some(there) => {
                // What is registered by name stays what it is: an assignment gives it a new value.
                let is_registered = matches!(&there.is, Shape::Named(kind) if kind == "buffer" || kind == "parameter");
                if !(is_registered && (is == Shape::named("unsaved") || is == Shape::unknown())) {
                    there.is = there.is.clone().or(is);
                }
                there.required = false;
                there.holds.clear();
            }
            None => {
                let mut member = Member { is, name: None, required, holds: Vec::new(), shapes: BTreeMap::new() };
                holds.into_iter().for_each(|held| member.hold(held));
                self.own.members.insert(name.to_owned(), member);
            }
        }
    }

    /// `self.blocks.add_module("pad", nn.ReLU())`: a list with children that have names.
    fn named_item(&mut self, call: &ast::ExprCall) {
        let ast::Expr::Attribute(method) = &*call.func else { return };
        let (Some(list), "add_module" | "register_module") = (own_attribute(&method.value), method.attr.as_str()) else { return };
        let list = self.private(list);
        let is_list = self.own.members.get(&list).is_some_and(|member| member.is.is_list());
        let name = receiver::argument(call, 0, "name");
        if !is_list || name.and_then(receiver::string).is_some_and(is_number) {
            return;
        }
        let child = receiver::argument(call, 1, "module").and_then(|module| self.value(module).0).unwrap_or_else(Shape::unknown);
        self.member(&list, Shape::Dict { dict: Box::new(child) }, false, Vec::new());
    }

    fn called(&mut self, call: &ast::ExprCall, always: bool) {
        let (is_own, method) = match &*call.func {
            ast::Expr::Attribute(method) => (is_self(&method.value), method.attr.as_str()),
            ast::Expr::Name(_) if matches!(self.facts.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "setattr") => {
                (call.args.first().is_some_and(is_self), "setattr")
            }
            _ => return,
        };
        if !is_own {
            self.named_item(call);
            return;
        }
        let (name, value) = match method {
            "register_buffer" => (receiver::argument(call, 0, "name"), receiver::argument(call, 1, "tensor")),
            "register_parameter" => (receiver::argument(call, 0, "name"), receiver::argument(call, 1, "param")),
            "add_module" | "register_module" => (receiver::argument(call, 0, "name"), receiver::argument(call, 1, "module")),
            "setattr" => (call.args.get(1), call.args.get(2)),
            _ => return,
        };
        let is_none = value.is_none_or(|value| matches!(value, ast::Expr::Constant(_)));
        let shape = match method {
            "register_buffer" => Some(Shape::named(if is_saved(call) { "buffer" } else { "unsaved" })),
            "register_parameter" => Some(Shape::named("parameter")),
            "setattr" => value.and_then(|value| self.value(value).0),
            _ => Some(value.and_then(|value| self.value(value).0).unwrap_or_else(Shape::unknown)),
        };
        let Some(shape) = shape else { return };
        let holds = match value {
            Some(value) if method != "setattr" => held::holds(self.tables, self.facts, value),
            _ => Vec::new(),
        };
        match name.and_then(pattern) {
            Some(name) => {
                // Registered under a name that was assigned before: this says what it is.
                if method != "setattr" {
                    self.own.members.remove(&name);
                }
                let is_one = !name.contains('*');
                self.member(&name, shape, always && is_one && !is_none && method != "setattr", holds);
                if is_none {
                    self.own.removed.insert(name);
                }
            }
            None => self.own.open = true,
        }
    }
}

/// `_tied_weights_keys = {"head.weight": "emb.weight"}` in the body of a class: a method ties under these names, as the model's configuration says.
fn table_of_ties(stmt: &ast::Stmt) -> Vec<(String, String)> {
    let Some((ast::Expr::Name(_), ast::Expr::Dict(table))) = receiver::assignment(stmt) else { return Vec::new() };
    let is_weight = |path: &&str| {
        path.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_'))
            && path.rsplit('.').next().is_some_and(|name| matches!(name, "weight" | "bias"))
    };
    let pair = |(key, value): (&Option<ast::Expr>, &ast::Expr)| {
        let (target, source) = (key.as_ref().and_then(receiver::string)?, receiver::string(value)?);
        (is_weight(&target) && is_weight(&source)).then(|| (target.to_owned(), source.to_owned()))
    };
    table.keys.iter().zip(&table.values).filter_map(pair).collect()
}

/// `persistent=False`, or anything but `True`, may not be saved.
fn is_saved(call: &ast::ExprCall) -> bool {
    let persistent = receiver::argument(call, 2, "persistent");
    persistent.is_none_or(|value| matches!(value, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(true)))
}

fn is_self(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Name(name) if name.id.as_str() == "self")
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// `self.name`
fn own_attribute(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Attribute(attribute) if is_self(&attribute.value) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// A name, with `*` for what an f-string puts in.
fn pattern(name: &ast::Expr) -> Option<String> {
    let ast::Expr::JoinedStr(text) = name else { return receiver::string(name).map(str::to_owned) };
    let mut pattern = String::new();
    for part in &text.values {
        match receiver::string(part) {
            Some(text) => pattern.push_str(text),
            None if !pattern.ends_with('*') => pattern.push('*'),
            None => {}
        }
    }
    (pattern != "*").then_some(pattern)
}
