//! The one walk over a file, node by node, that notes what the [`super::Survey`] tells.

use rustc_hash::FxHashSet;
use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FileId, Kind};
use t2m_syntax::{Node, ast};

use super::{FileSurvey, Sort, Store, is_from_outside, registers_hook};
use crate::array_use;
use crate::asked;
use crate::asking_functions;
use crate::assigned::Assignments;
use crate::constructed;
use crate::hidden_calls;
use crate::inplace_layers;
use crate::large_integers;
use crate::reached_methods;
use crate::receiver;
use crate::rules::tied_parts::ties;
use crate::rules::{last_name, may_lack_arrays};
use crate::sounds::sounds_like_loss;
use crate::told_lists;
use crate::written_arguments;

/// The walk over one file.
pub(super) struct Surveyor<'a, 'w> {
    id: FileId,
    tables: &'a Tables,
    facts: &'a Facts,
    of_file: &'a FileFacts,
    found: FileSurvey<'a>,
    assignments: Assignments<'a>,
    /// Names called so far in the functions that are open.
    called: Vec<&'a str>,
    /// The names of all properties of the project.
    properties: &'w FxHashSet<&'a str>,
    /// The classes around the node.
    classes: Vec<ClassId>,
    /// The parameters of the functions around the node, of each by itself.
    params: Vec<&'a ast::Arguments>,
    calls: reached_methods::Reader<'a>,
    arrays: array_use::Reader<'a>,
    asked: asked::Reader<'a, 'w>,
    told_lists: Option<told_lists::Reader<'a>>,
}

impl<'a, 'w> Surveyor<'a, 'w> {
    pub(super) fn new(
        id: FileId,
        facts: &'a Facts,
        tables: &'a Tables,
        properties: &'w FxHashSet<&'a str>,
        asked: asked::Reader<'a, 'w>,
        told_lists: Option<told_lists::Reader<'a>>,
    ) -> Self {
        Self {
            id,
            tables,
            facts,
            of_file: facts.file(id),
            found: FileSurvey::default(),
            assignments: Assignments::default(),
            called: Vec::new(),
            properties,
            classes: Vec::new(),
            params: Vec::new(),
            calls: reached_methods::Reader::default(),
            arrays: array_use::Reader::new(tables, facts, facts.file(id)),
            asked,
            told_lists,
        }
    }

    pub(super) fn walk(mut self, suite: &'a [ast::Stmt]) -> FileSurvey<'a> {
        suite.iter().for_each(|stmt| self.visit(Node::Stmt(stmt)));
        let handed = self.calls.handed();
        FileSurvey { handed, once: self.assignments.only(), called: self.called.into_iter().collect(), ..self.found }
    }

    /// The name of what a call may run of the project: `kwargs.update(mask=mask)` of a dictionary runs none of its methods, and `self.head(x)` of a layer no
    /// function `head`.
    fn called_name(&self, call: &'a ast::ExprCall) -> Option<&'a str> {
        let is_data = |kind: Kind| matches!(kind, Kind::Dict(_) | Kind::List(_) | Kind::Tuple(_) | Kind::Seq(_) | Kind::Str);
        let is_layer = |kind: Kind| matches!(kind, Kind::Layer(_) | Kind::Sequential | Kind::ModuleList(_));
        match &*call.func {
            ast::Expr::Attribute(method) => match self.of_file.fact(&method.value).kind {
                kind if is_data(kind) => None,
                Kind::Instance(class) if is_layer(self.facts.lookup_attr(class, &method.attr).kind) => None,
                _ => Some(method.attr.as_str()),
            },
            callee if is_layer(self.of_file.fact(callee).kind) => None,
            callee => last_name(callee),
        }
    }

    fn visit(&mut self, node: Node<'a>) {
        self.found.taken.note(node);
        self.assignments.note(node);
        self.asked.read(node, &mut self.found.asked);
        self.found.given.read(node, self.id, self.facts, self.of_file);
        let calls = self.calls.depth();
        self.calls.read(self.facts, self.of_file, node);
        constructed::note_written_member(node, &mut self.found.written_members);
        let scopes = self.told_lists.as_ref().map(told_lists::Reader::depth);
        if let Some(reader) = &mut self.told_lists {
            reader.read(node, &mut self.found.told_lists);
        }
        let (called, classes, params, names) = (self.called.len(), self.classes.len(), self.params.len(), self.arrays.depth());
        if !self.classes.is_empty() {
            self.array_uses(node);
        }
        match node {
            Node::Stmt(stmt @ ast::Stmt::ClassDef(def)) => {
                if let Some(class) = self.facts.class_of_stmt(self.id, stmt) {
                    self.classes.push(class);
                    self.found.class_statements.push((class, def));
                    let bound = bound(&def.body).collect();
                    self.found.classes.entry(class).or_default().bound = bound;
                }
            }
            Node::Stmt(stmt) => {
                self.statement(stmt);
                if let ast::Stmt::FunctionDef(def) = stmt {
                    self.params.push(&def.args);
                }
            }
            Node::Expr(ast::Expr::Lambda(lambda)) => self.params.push(&lambda.args),
            Node::Expr(number @ (ast::Expr::Constant(_) | ast::Expr::BinOp(_))) if !self.found.holds_large => {
                self.found.holds_large = large_integers::is_written(number);
            }
            Node::Expr(ast::Expr::Call(call)) => {
                if !self.is_computation(&call.func) {
                    self.called.extend(self.called_name(call));
                }
                self.called.extend(hidden_calls::begun_with(self.facts, self.of_file, call));
                self.found.gathers_between_layers |= last_name(&call.func) == Some("register_forward_hook");
                self.found.makes_changing_layers |= inplace_layers::may_ask_for_changes(call);
                let asks = |arg: &ast::Expr| matches!(arg, ast::Expr::Call(arg) if matches!(last_name(&arg.func), Some("parameters" | "named_parameters")));
                if call.args.iter().any(asks) {
                    self.found.given_parameters.extend(last_name(&call.func));
                }
                large_integers::note_call(call, &mut self.found.given_large, &mut self.found.given_huge);
                self.call(call);
            }
            Node::Expr(ast::Expr::Compare(compare)) => {
                self.found.compares_names |= is_name(&compare.left) || compare.comparators.iter().any(is_name);
            }
            Node::Expr(target @ ast::Expr::Attribute(attribute)) if attribute.ctx.is_store() && is_from_outside(target) => {
                self.assign(&attribute.value, attribute.attr.as_str());
            }
            // A property runs where it is read.
            Node::Expr(ast::Expr::Attribute(attribute)) if self.properties.contains(attribute.attr.as_str()) => {
                self.called.push(attribute.attr.as_str());
            }
            Node::Expr(expr) => {
                let method = hidden_calls::operator(self.facts, self.of_file, expr);
                self.called.extend(method.map(|method| self.facts.function(method).name.as_str()));
            }
        }
        node.for_each_child(&mut |child| self.visit(child));
        self.classes.truncate(classes);
        self.params.truncate(params);
        if let (Some(reader), Some(depth)) = (&mut self.told_lists, scopes) {
            reader.leave(depth);
        }
        let name = match node {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => def.name.as_str(),
            Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => def.name.as_str(),
            _ => return,
        };
        self.arrays.leave(names);
        let calls = self.calls.leave(calls);
        if let Node::Stmt(stmt) = node
            && let Some(id) = self.facts.function_of_stmt(self.id, stmt)
        {
            self.found.functions.push((id, stmt, calls));
        }
        let mut names = self.called[called..].to_vec();
        names.sort_unstable();
        names.dedup();
        self.found.calls.push((name, names));
    }

    /// Whether a library's function is called that runs nothing of the project, whatever the project calls by the same name: `torch.zeros`.
    fn is_computation(&self, func: &ast::Expr) -> bool {
        matches!(self.of_file.entity(func), Some(Entity::Library(name)) if !asking_functions::may_call(name))
    }

    fn statement(&mut self, stmt: &'a ast::Stmt) {
        self.found.gathers_between_layers |= inplace_layers::gathers(self.of_file, stmt);
        let targets: &[ast::Expr] = match stmt {
            ast::Stmt::Assign(assign) => &assign.targets,
            ast::Stmt::AnnAssign(assign) => std::slice::from_ref(&*assign.target),
            _ => &[],
        };
        for (target, value, _) in ties(self.of_file, stmt) {
            self.found.ties.extend([target, value].into_iter().filter_map(last_name));
        }
        if targets.iter().any(is_from_outside) {
            self.found.stores_from_outside.push(stmt);
        }
        targets.iter().filter(|target| target.is_subscript_expr()).for_each(|target| self.grow(target));
        if let ast::Stmt::AugAssign(assign) = stmt
            && let ast::Expr::Attribute(target) = &*assign.target
            && is_from_outside(&assign.target)
        {
            self.found.augmented.entry(target.attr.as_str()).or_default().push(&assign.value);
        }
        if self.classes.is_empty() {
            return;
        }
        match stmt {
            ast::Stmt::Assign(assign) => {
                assign.targets.iter().for_each(|target| self.items(target, &assign.value));
                if let [target] = &assign.targets[..] {
                    self.whole(target, &assign.value);
                }
            }
            ast::Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.whole(&assign.target, value);
                }
            }
            ast::Stmt::AugAssign(assign) => self.store(&assign.target, Store::Augmented(&assign.value)),
            _ => {}
        }
    }

    /// `self.h[i] = h`, `x, self.h[i] = step(x)`
    fn items(&mut self, target: &'a ast::Expr, value: &'a ast::Expr) {
        match target {
            ast::Expr::Subscript(item) => self.store(&item.value, Store::Item(value)),
            ast::Expr::Tuple(targets) => targets.elts.iter().for_each(|target| self.items(target, value)),
            _ => {}
        }
    }

    fn whole(&mut self, target: &'a ast::Expr, value: &'a ast::Expr) {
        self.store(target, Store::Whole(value));
        if let (ast::Expr::Attribute(target), Some(sort)) = (target, made(self.of_file, value)) {
            self.declare(target.attr.as_str(), sort);
        }
    }

    /// `setattr(self, "name", value)`
    fn set_own(&mut self, name: &'a str, value: &'a ast::Expr) {
        for class in &self.classes {
            self.found.classes.entry(*class).or_default().stores.entry(name).or_default().push(Store::Whole(value));
        }
        if let Some(sort) = made(self.of_file, value) {
            self.declare(name, sort);
        }
    }

    /// Notes an attribute that is assigned to what may be a layer of PyTorch, unless a helper sets it there.
    fn assign(&mut self, object: &'a ast::Expr, name: &'a str) {
        let is_handled = match self.of_file.fact(object).kind {
            Kind::Instance(_) => true,
            Kind::Layer(_) | Kind::Module => self.tables.lookup(&format!("Layer.{name}")).any(|(row, _)| row.store.is_some()),
            _ => false,
        };
        if !is_handled {
            self.found.assigned.insert(name);
        }
    }

    /// An object of a class of the project that is no module: settings, as a rule.
    fn is_plain_object(&self, object: &'a ast::Expr) -> bool {
        matches!(self.of_file.fact(object).kind, Kind::Instance(class) if !self.facts.is_module_class(class))
    }

    fn call(&mut self, call: &'a ast::ExprCall) {
        self.found.omits_bias |= self.may_omit_bias(call);
        if let (ast::Expr::Name(name), [object, attribute, value]) = (&*call.func, &call.args[..])
            && name.id.as_str() == "setattr"
            && !matches!(object, ast::Expr::Name(object) if object.id.as_str() == "self")
        {
            receiver::string(attribute).into_iter().for_each(|name| self.assign(object, name));
            if !value.is_constant_expr() && !self.is_plain_object(object) {
                self.found.set_by_name.insert(receiver::string(attribute).unwrap_or("*"));
            }
        }
        if let (ast::Expr::Name(function), [ast::Expr::Name(object), attribute, value]) = (&*call.func, &call.args[..])
            && function.id.as_str() == "setattr"
            && object.id.as_str() == "self"
            && let Some(name) = receiver::string(attribute)
        {
            self.set_own(name, value);
        }
        let ast::Expr::Attribute(method) = &*call.func else { return };
        // The critic of an actor is a network.
        let is_loss = |name: &str| sounds_like_loss(name) && !name.contains("critic");
        self.found.trains_losses |= method.attr.as_str() == "parameters" && last_name(&method.value).is_some_and(is_loss);
        if registers_hook(method.attr.as_str()) {
            receiver::argument(call, 0, "hook").into_iter().for_each(|hook| self.hook(hook));
        }
        if matches!(method.attr.as_str(), "append" | "extend" | "insert" | "setdefault" | "update") {
            self.grow(&method.value);
        }
        if method.value.is_name_expr() && written_arguments::is_reshape(self.tables, &method.attr) {
            self.found.reshaped.push(call.range.start());
        }
        if self.classes.is_empty() {
            return;
        }
        let sort = match method.attr.as_str() {
            "register_buffer" => Sort::Buffer,
            "register_parameter" => Sort::Parameter,
            name @ ("append" | "extend" | "insert" | "setdefault" | "update") => {
                return call.args.last().into_iter().for_each(|value| self.store(&method.value, Store::Method(name, value)));
            }
            _ => return,
        };
        if let Some(name) = receiver::argument(call, 0, "name").and_then(receiver::string) {
            self.declare(name, sort);
            if let Some(value) = receiver::argument(call, 1, "param").filter(|_| sort == Sort::Parameter) {
                self.set_own(name, value);
            }
        }
    }

    /// `hook`, `self.hook`, `self.make_hook("fc")`, `partial(hook, "fc")`
    fn hook(&mut self, hook: &'a ast::Expr) {
        match hook {
            ast::Expr::Call(made) => {
                self.found.hooks.extend(last_name(&made.func));
                made.args.iter().filter(|_| last_name(&made.func) == Some("partial")).for_each(|hook| self.hook(hook));
            }
            _ => self.found.hooks.extend(last_name(hook)),
        }
    }

    /// `nn.Linear(3, 2, bias=False)`, `nn.Linear(3, 2, bias)`
    fn may_omit_bias(&self, call: &ast::ExprCall) -> bool {
        let Some(name) = self.of_file.qualified(&call.func).filter(|name| may_lack_arrays(name)) else { return false };
        let places = self.tables.lookup(name).filter_map(|(_, signature)| signature.param("bias"));
        places
            .filter_map(|(at, _)| receiver::argument(call, at, "bias"))
            .any(|bias| !matches!(bias, ast::Expr::Constant(constant) if constant.value.as_bool() == Some(&true)))
    }

    /// Notes that what stands in `place` gets more items, if it is an attribute of something else than `self`.
    fn grow(&mut self, place: &'a ast::Expr) {
        let holder = holder(place);
        if let ast::Expr::Attribute(attribute) = holder
            && is_from_outside(holder)
        {
            self.found.grown.insert(attribute.attr.as_str());
        }
    }

    fn store(&mut self, place: &'a ast::Expr, store: Store<'a>) {
        let store = match (place, store) {
            (ast::Expr::Subscript(_), Store::Item(put) | Store::Augmented(put) | Store::Method(_, put)) => Store::Inner(put),
            (_, store) => store,
        };
        let ast::Expr::Attribute(place) = holder(place) else { return };
        let is_hooked = matches!(store, Store::Item(put) | Store::Method(_, put) | Store::Inner(put) if self.is_given(put));
        for class in &self.classes {
            let members = self.found.classes.entry(*class).or_default();
            members.stores.entry(place.attr.as_str()).or_default().push(store);
            if is_hooked {
                members.hooked.insert(place.attr.as_str());
            }
        }
    }

    /// `output`, `output[0]` in a function inside of a method that is called with it, and with the layer that gives it.
    fn is_given(&self, put: &ast::Expr) -> bool {
        let ast::Expr::Name(name) = holder(put) else { return false };
        let [.., _, inner] = &self.params[..] else { return false };
        inner.args.len() >= 2 && inner.args.iter().skip(1).any(|arg| arg.def.arg == name.id)
    }

    fn array_uses(&mut self, node: Node<'a>) {
        let (classes, found) = (&self.classes, &mut self.found.classes);
        self.arrays.read(node, &mut |name, note| {
            for class in classes {
                note(found.entry(*class).or_default().array_uses.entry(name).or_default());
            }
        });
    }

    fn declare(&mut self, name: &'a str, sort: Sort) {
        for class in &self.classes {
            let here = self.found.classes.entry(*class).or_default().declared.entry(name).or_insert(sort);
            *here = sort.max(*here);
        }
    }
}

/// `self.cache` of `self.cache[key][0]`
fn holder(place: &ast::Expr) -> &ast::Expr {
    match place {
        ast::Expr::Subscript(item) => holder(&item.value),
        place => place,
    }
}

/// Ex) `plan = None`
fn bound(body: &[ast::Stmt]) -> impl Iterator<Item = &str> {
    let targets = body.iter().flat_map(|stmt| match stmt {
        ast::Stmt::Assign(assign) => &assign.targets[..],
        ast::Stmt::AnnAssign(assign) if assign.value.is_some() => std::slice::from_ref(&*assign.target),
        _ => &[],
    });
    targets.filter_map(|target| if let ast::Expr::Name(name) = target { Some(name.id.as_str()) } else { None })
}

fn is_name(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "__name__" | "__qualname__"))
}

/// `nn.Parameter(...)`, also as one of two choices.
fn made(facts: &FileFacts, value: &ast::Expr) -> Option<Sort> {
    match value {
        value if receiver::parameter(facts, value).is_some() || receiver::is_initialised_parameter(facts, value) => Some(Sort::Parameter),
        value if receiver::unmoved_parameter(facts, value).is_some() => Some(Sort::Parameter),
        ast::Expr::Call(call) => (facts.qualified(&call.func)? == "torch.nn.Buffer").then_some(Sort::Buffer),
        ast::Expr::IfExp(choice) => made(facts, &choice.body).or_else(|| made(facts, &choice.orelse)),
        _ => None,
    }
}
