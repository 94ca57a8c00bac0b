//! What files tell each other, gathered in one walk over each before any is ported: who calls whom, and what classes do with their attributes.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, Facts, FileFacts, FileId, FunctionId, FunctionInfo, Kind, Project, Role};
use t2m_syntax::{Node, TextRange, TextSize, ast};

use crate::array_use::{self, ArrayUse};
use crate::asked;
use crate::assigned::{Assigned, Assignments};
use crate::constructed;
use crate::given;
use crate::inplace_layers;
use crate::joined_names::Joined;
use crate::names::ModuleNames;
use crate::reached_methods::{self, Called};
use crate::receiver;
use crate::rules::tied_parts::ties;
use crate::rules::{last_name, may_lack_arrays};
use crate::sounds::sounds_like_loss;
use crate::taken_names::TakenNames;
use crate::told_lists::{self, Told};
use crate::written_arguments;

/// What an attribute is declared as; in one class a buffer, in another a parameter: a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Parameter,
    Buffer,
}

/// A statement or call that puts something into an attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Store<'a> {
    /// `self.name = value`
    Whole(&'a ast::Expr),
    /// `self.name[key] = value`
    Item(&'a ast::Expr),
    /// `self.name += value`
    Augmented(&'a ast::Expr),
    /// `self.name.append(value)`: the method and its last argument.
    Method(&'a str, &'a ast::Expr),
    /// `self.name[key].append(value)`, `self.name[key][0] = value`
    Inner(&'a ast::Expr),
}

/// What stands in a class statement, nested classes included.
#[derive(Debug, Default)]
pub(crate) struct Members<'a> {
    /// Names with a value in the class body itself.
    bound: FxHashSet<&'a str>,
    declared: FxHashMap<&'a str, Sort>,
    pub(crate) stores: FxHashMap<&'a str, Vec<Store<'a>>>,
    array_uses: FxHashMap<&'a str, ArrayUse>,
    /// Attributes into which a function inside of a method puts what it is called with: a hook keeps what a layer gives.
    hooked: FxHashSet<&'a str>,
}

#[derive(Debug, Default)]
pub(crate) struct FileSurvey<'a> {
    /// The last names of all that is called, and properties that are read.
    called: FxHashSet<&'a str>,
    /// Called names by function.
    calls: Vec<(&'a str, Vec<&'a str>)>,
    pub(crate) classes: FxHashMap<ClassId, Members<'a>>,
    compares_names: bool,
    taken: TakenNames<'a>,
    /// Names of the file that one assignment alone gives a value.
    once: Assigned<'a>,
    class_statements: Vec<(ClassId, &'a ast::StmtClassDef)>,
    /// Functions, and what they call.
    functions: Vec<(FunctionId, &'a ast::Stmt, Vec<Called<'a>>)>,
    /// Names of attributes of other objects than `self` that are written to.
    pub(crate) written_members: FxHashSet<String>,
    stores_from_outside: Vec<&'a ast::Stmt>,
    /// What is added to an attribute of anything but plain `self`, by its name: `model.loss += loss`.
    pub(crate) augmented: FxHashMap<&'a str, Vec<&'a ast::Expr>>,
    /// Names of attributes that are assigned to anything but plain `self`, by `setattr` too, where no helper sets them.
    pub(crate) assigned: FxHashSet<&'a str>,
    /// Names of attributes of anything but plain `self` whose lists and dictionaries get more items: `model.losses.append(loss)`.
    pub(crate) grown: FxHashSet<&'a str>,
    /// Whether the file makes layers that are MLX's own in the port and may have no bias.
    pub(crate) omits_bias: bool,
    /// Second names of parameters: `weight` of `head.weight = emb.weight`, and what they are names of.
    pub(crate) ties: FxHashSet<&'a str>,
    /// Names of functions that are registered as hooks of modules, or make what is: `hook`, of `layer.register_forward_hook(self.hook)`.
    pub(crate) hooks: FxHashSet<&'a str>,
    /// Names of attributes that layers are asked for and MLX's own may lack.
    pub(crate) asked: FxHashSet<&'a str>,
    told_lists: told_lists::Found<'a>,
    given: given::Found<'a>,
    /// Names of functions that are called with all parameters of a module.
    pub(crate) given_parameters: FxHashSet<&'a str>,
    /// Whether anything that sounds like a loss is asked for its parameters: `criterion.parameters()`.
    pub(crate) trains_losses: bool,
    /// Whether what layers give is kept before the next layer is called, by a loop or a hook.
    pub(crate) gathers_between_layers: bool,
    /// Whether something is made or called with a flag that stands for `inplace`.
    pub(crate) makes_changing_layers: bool,
    /// Where a name is given a new shape in place, `x.unsqueeze_(0)`, in source order.
    reshaped: Vec<TextSize>,
}

#[derive(Debug)]
pub(crate) struct Survey<'a> {
    files: Vec<FileSurvey<'a>>,
    joined: Joined<'a>,
    told_lists: Told<'a>,
    given: given::Found<'a>,
}

impl<'a> Survey<'a> {
    pub(crate) fn new(project: &'a Project, facts: &'a Facts, tables: &'a Tables) -> Self {
        let ids: Vec<FileId> = project.ids().collect();
        let wanted = asked::Wanted::new(tables, facts);
        let has_lists = ids.iter().any(|id| project.file(*id).source.text.contains("ModuleList"));
        let is_property = |function: &&FunctionInfo| function.role == Role::Property;
        let properties =
            facts.functions().map(|(_, function)| function).filter(is_property).map(|function| function.name.as_str()).collect();
        let of_file = |id: &FileId| {
            let mut surveyor = Surveyor {
                id: *id,
                tables,
                facts,
                of_file: facts.file(*id),
                found: FileSurvey::default(),
                assignments: Assignments::default(),
                called: Vec::new(),
                properties: &properties,
                classes: Vec::new(),
                params: Vec::new(),
                calls: reached_methods::Reader::default(),
                arrays: array_use::Reader::new(tables, facts, facts.file(*id)),
                asked: asked::Reader::new(tables, facts.file(*id), &wanted),
                told_lists: has_lists.then(|| told_lists::Reader::new(*id, facts, &project.file(*id).source.text)),
            };
            project.file(*id).source.suite.iter().for_each(|stmt| surveyor.visit(Node::Stmt(stmt)));
            let called = surveyor.called.into_iter().collect();
            FileSurvey { once: surveyor.assignments.only(), called, ..surveyor.found }
        };
        let mut files: Vec<FileSurvey<'_>> = ids.par_iter().map(of_file).collect();
        let mut joined = Joined::default();
        ids.iter().zip(&mut files).for_each(|(id, file)| joined.take(*id, file));
        let told_lists = Told::by(&files.iter().map(|file| &file.told_lists).collect::<Vec<_>>());
        let mut given = given::Found::default();
        files.iter_mut().for_each(|file| given.extend(std::mem::take(&mut file.given)));
        Self { files, joined, told_lists, given }
    }

    /// The last names of all that a file calls, and of the properties that it reads.
    pub(crate) fn called_in(&self, file: FileId) -> impl Iterator<Item = &'a str> {
        self.files[file.0 as usize].called.iter().copied()
    }

    /// By which names the port of a file has its modules.
    pub(crate) fn module_names(&self, file: FileId) -> ModuleNames {
        self.files[file.0 as usize].taken.module_names()
    }

    /// The assignment of a name to which nothing else in the file gives a value, in whatever scope.
    pub(crate) fn only_assignment(&self, file: FileId, name: &str) -> Option<&'a ast::StmtAssign> {
        self.files[file.0 as usize].once.get(name).copied()
    }

    /// Whether a name is given a new shape in place within a range of a file.
    pub(crate) fn reshapes_within(&self, file: FileId, range: TextRange) -> bool {
        let places = &self.files[file.0 as usize].reshaped;
        places.get(places.partition_point(|place| *place < range.start())).is_some_and(|place| range.contains(*place))
    }

    /// The class statements of a file, in source order.
    pub(crate) fn class_statements(&self, file: FileId) -> &[(ClassId, &'a ast::StmtClassDef)] {
        &self.files[file.0 as usize].class_statements
    }

    /// The statements of all functions of the project, with their files.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (FunctionId, FileId, &'a ast::Stmt)> {
        let files = self.files.iter().zip(0..);
        files.flat_map(|(file, index)| file.functions.iter().map(move |(id, stmt, _)| (*id, FileId(index), *stmt)))
    }

    /// What the functions of the project call.
    pub(crate) fn calls_of_functions(&self) -> impl Iterator<Item = (FunctionId, &[Called<'a>])> {
        self.files.iter().flat_map(|file| &file.functions).map(|(id, _, calls)| (*id, calls.as_slice()))
    }

    /// Whether anything is written to through an attribute of this name of an object other than `self`: `view.k[0] = 1`.
    pub(crate) fn writes_member(&self, name: &str) -> bool {
        self.joined.written_members.contains(name)
    }

    /// Whether some optimizer of the project may train what sounds like a loss.
    pub(crate) fn trains_losses(&self) -> bool {
        self.joined.trains_losses
    }

    /// Whether any file makes layers that are MLX's own in the port and may have no bias: `nn.Linear(3, 2, bias=False)`.
    pub(crate) fn omits_bias(&self) -> bool {
        self.joined.omits_bias
    }

    /// Whether any file gives a parameter of this name a second one, or another one this name.
    pub(crate) fn ties(&self, name: &str) -> bool {
        self.joined.ties.contains(name)
    }

    /// Whether any file puts more into a list or dictionary that is an attribute of this name, of anything but plain `self`.
    pub(crate) fn grows_outside(&self, name: &str) -> bool {
        self.joined.grown.contains(name)
    }

    /// Whether any file registers a function of this name as a hook of a module, or what it makes.
    pub(crate) fn is_hook(&self, function: &str) -> bool {
        self.joined.hooks.contains(function)
    }

    /// The assignments of a file to an attribute of anything but plain `self`, in source order.
    pub(crate) fn stores_from_outside(&self, file: FileId) -> &[&'a ast::Stmt] {
        &self.files[file.0 as usize].stores_from_outside
    }

    /// What files add to an attribute of this name, of anything but plain `self`.
    pub(crate) fn augmented_from_outside(&self, name: &str) -> &[(FileId, &'a ast::Expr)] {
        self.joined.augmented.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether any file assigns an attribute of this name to anything but plain `self`: `layer.p = 0.1`.
    pub(crate) fn assigns(&self, name: &str) -> bool {
        self.joined.assigned.contains(name)
    }

    /// Whether any file asks a layer for an attribute of this name, which MLX's own may lack: `hasattr(m, "bias")`.
    pub(crate) fn asks(&self, name: &str) -> bool {
        self.joined.asked.contains(name)
    }

    /// Whether any file keeps what layers give before the next layer is called, which may change it.
    pub(crate) fn gathers_between_layers(&self) -> bool {
        self.joined.gathers_between_layers
    }

    /// Whether the project may make layers that change what they are given: `nn.ReLU(inplace=True)`.
    pub(crate) fn makes_changing_layers(&self) -> bool {
        self.joined.makes_changing_layers
    }

    /// Where the project tells a list from an `nn.ModuleList`, which is a class of its own then.
    pub(crate) fn told_lists(&self) -> &Told<'a> {
        &self.told_lists
    }

    /// What callers give the functions of the project.
    pub(crate) fn given(&self) -> &given::Found<'a> {
        &self.given
    }

    /// Whether a function of this name is called with all parameters of a module: `self.add_penalty(net.parameters())`.
    pub(crate) fn is_given_parameters(&self, function: &str) -> bool {
        self.joined.given_parameters.contains(function)
    }

    /// Functions of the whole project by name, each with the names that it calls.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'a str, &[&'a str])> {
        self.files.iter().flat_map(|file| &file.calls).map(|(name, called)| (*name, called.as_slice()))
    }

    /// Whether a file has `function.__name__ == ...` or `function.__name__ in ...`.
    pub(crate) fn compares_names(&self, file: FileId) -> bool {
        self.files[file.0 as usize].compares_names
    }

    /// Whether the class body itself gives the name a value.
    pub(crate) fn binds(&self, facts: &Facts, class: ClassId, name: &str) -> bool {
        self.members(facts, class).is_some_and(|members| members.bound.contains(name))
    }

    /// What the class itself declares an attribute as.
    pub(crate) fn declared(&self, facts: &Facts, class: ClassId, name: &str) -> Option<Sort> {
        self.members(facts, class)?.declared.get(name).copied()
    }

    /// Whether the class itself declares a parameter, by whatever name.
    pub(crate) fn declares_parameters(&self, facts: &Facts, class: ClassId) -> bool {
        self.members(facts, class).is_some_and(|members| members.declared.values().any(|sort| *sort == Sort::Parameter))
    }

    /// What is put into an attribute of this name, of whatever object, within the class itself; in source order.
    pub(crate) fn stores(&self, facts: &Facts, class: ClassId, name: &str) -> &[Store<'a>] {
        self.members(facts, class).and_then(|members| members.stores.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The classes in which something is put into an attribute of this name, in no order.
    pub(crate) fn storing(&self, name: &str) -> &[ClassId] {
        self.joined.storing.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a hook of the class puts what a layer gives into an attribute of this name.
    pub(crate) fn is_hooked(&self, facts: &Facts, class: ClassId, name: &str) -> bool {
        self.members(facts, class).is_some_and(|members| members.hooked.contains(name))
    }

    /// How the class itself uses an attribute of this name, of whatever object.
    pub(crate) fn array_use(&self, facts: &Facts, class: ClassId, name: &str) -> ArrayUse {
        self.members(facts, class).and_then(|members| members.array_uses.get(name)).copied().unwrap_or_default()
    }

    fn members(&self, facts: &Facts, class: ClassId) -> Option<&Members<'a>> {
        self.files[facts.class(class).file.0 as usize].classes.get(&class)
    }
}

struct Surveyor<'a, 'w> {
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

impl<'a> Surveyor<'a, '_> {
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
            Node::Expr(ast::Expr::Call(call)) => {
                self.called.extend(last_name(&call.func));
                self.found.gathers_between_layers |= last_name(&call.func) == Some("register_forward_hook");
                self.found.makes_changing_layers |= inplace_layers::may_ask_for_changes(call);
                let asks = |arg: &ast::Expr| matches!(arg, ast::Expr::Call(arg) if matches!(last_name(&arg.func), Some("parameters" | "named_parameters")));
                if call.args.iter().any(asks) {
                    self.found.given_parameters.extend(last_name(&call.func));
                }
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
            Node::Expr(_) => {}
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

    fn call(&mut self, call: &'a ast::ExprCall) {
        self.found.omits_bias |= self.may_omit_bias(call);
        if let (ast::Expr::Name(name), [object, attribute, _]) = (&*call.func, &call.args[..])
            && name.id.as_str() == "setattr"
            && !matches!(object, ast::Expr::Name(object) if object.id.as_str() == "self")
        {
            receiver::string(attribute).into_iter().for_each(|name| self.assign(object, name));
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

/// What calls a hook with the module first.
pub(crate) fn registers_hook(method: &str) -> bool {
    method.starts_with("register_")
        && (method.ends_with("forward_hook") || method.ends_with("forward_pre_hook") || method.ends_with("backward_hook"))
}

/// `model.head`: the attribute of an object that is not `self`.
pub(crate) fn is_from_outside(target: &ast::Expr) -> bool {
    matches!(target, ast::Expr::Attribute(attribute) if !matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self"))
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
