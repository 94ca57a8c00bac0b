//! What files tell each other, gathered in one walk over each before any is ported: who calls whom, and what classes do with their attributes.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, Facts, FileId, FunctionId, FunctionInfo, Project, Role};
use t2m_syntax::{TextRange, TextSize, ast};

use crate::array_use::ArrayUse;
use crate::asked;
use crate::assigned::Assigned;
use crate::given;
use crate::joined_names::Joined;
use crate::names::ModuleNames;
use crate::reached_methods::Called;
use crate::taken_names::TakenNames;
use crate::told_lists::{self, Told};

mod surveyor;

use surveyor::Surveyor;

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
    /// Functions that are read as values, for others to call.
    pub(crate) handed: FxHashSet<FunctionId>,
    /// Names of attributes of other objects than `self` that are written to.
    pub(crate) written_members: FxHashSet<String>,
    stores_from_outside: Vec<&'a ast::Stmt>,
    /// Names of attributes of anything but plain `self` that `setattr` sets, `*` for a name that only the run knows.
    pub(crate) set_by_name: FxHashSet<&'a str>,
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
    /// Whether a large integer stands anywhere in the file.
    pub(crate) holds_large: bool,
    /// Names of functions that are called with a large integer.
    pub(crate) given_large: FxHashSet<&'a str>,
    /// The same for integers that seldom count anything.
    pub(crate) given_huge: FxHashSet<&'a str>,
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
    /// What stands in each class of the project.
    members: Vec<Option<Members<'a>>>,
    joined: Joined<'a>,
    told_lists: Told<'a>,
    given: given::Found<'a>,
    calls_by_name: OnceLock<CallsByName<'a>>,
}

/// What functions call, over all of a name.
pub(crate) type CallsByName<'a> = FxHashMap<&'a str, Vec<&'a str>>;

impl<'a> Survey<'a> {
    pub(crate) fn new(project: &'a Project, facts: &'a Facts, tables: &'a Tables) -> Self {
        let ids: Vec<FileId> = project.ids().collect();
        let wanted = asked::Wanted::new(tables, facts);
        let has_lists = ids.iter().any(|id| project.file(*id).source.text.contains("ModuleList"));
        let is_property = |function: &&FunctionInfo| function.role == Role::Property;
        let properties =
            facts.functions().map(|(_, function)| function).filter(is_property).map(|function| function.name.as_str()).collect();
        let of_file = |id: &FileId| {
            let told_lists = has_lists.then(|| told_lists::Reader::new(*id, facts, &project.file(*id).source.text));
            let asked = asked::Reader::new(tables, facts.file(*id), &wanted);
            let surveyor = Surveyor::new(*id, facts, tables, &properties, asked, told_lists);
            surveyor.walk(&project.file(*id).source.suite)
        };
        let mut files: Vec<FileSurvey<'_>> = ids.par_iter().map(of_file).collect();
        let mut joined = Joined::default();
        ids.iter().zip(&mut files).for_each(|(id, file)| joined.take(*id, file));
        let mut members: Vec<Option<Members<'a>>> = facts.classes().map(|_| None).collect();
        #[allow(clippy::iter_over_hash_type, reason = "each has its own place")]
        for (class, own) in files.iter_mut().flat_map(|file| std::mem::take(&mut file.classes)) {
            members[class.0 as usize] = Some(own);
        }
        let told_lists = Told::by(&files.iter().map(|file| &file.told_lists).collect::<Vec<_>>());
        let mut given = given::Found::default();
        files.iter_mut().for_each(|file| given.extend(std::mem::take(&mut file.given)));
        Self { files, members, joined, told_lists, given, calls_by_name: OnceLock::new() }
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

    /// Whether anything reads a function as a value: `{"mean": self.mean}`, `train(net, weighted)`.
    pub(crate) fn hands_over(&self, function: FunctionId) -> bool {
        self.joined.handed.contains(&function)
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

    /// Whether any file may put a module in the place of an attribute of this name by `setattr`; `*` asks for names that only the run knows.
    pub(crate) fn sets_by_name(&self, name: &str) -> bool {
        self.joined.set_by_name.contains(name)
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

    /// Whether a large integer stands anywhere in the file.
    pub(crate) fn holds_large(&self, file: FileId) -> bool {
        self.files[file.0 as usize].holds_large
    }

    /// Whether a function of this name is called with a large integer: `mixed(ids, 2654435761)`.
    pub(crate) fn is_given_large(&self, function: &str) -> bool {
        self.joined.given_large.contains(function)
    }

    pub(crate) fn is_given_huge(&self, function: &str) -> bool {
        self.joined.given_huge.contains(function)
    }

    /// Functions of the whole project by name, each with the names that it calls.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&'a str, &[&'a str])> {
        self.files.iter().flat_map(|file| &file.calls).map(|(name, called)| (*name, called.as_slice()))
    }

    /// The same for all functions of a name together, each called name once.
    pub(crate) fn calls_by_name(&self) -> &CallsByName<'a> {
        self.calls_by_name.get_or_init(|| {
            let mut all = CallsByName::default();
            for (name, called) in self.calls() {
                all.entry(name).or_default().extend(called);
            }
            #[allow(clippy::iter_over_hash_type, reason = "each name by itself")]
            for called in all.values_mut() {
                called.sort_unstable();
                called.dedup();
            }
            all
        })
    }

    /// Whether a file has `function.__name__ == ...` or `function.__name__ in ...`.
    pub(crate) fn compares_names(&self, file: FileId) -> bool {
        self.files[file.0 as usize].compares_names
    }

    /// Whether the class body itself gives the name a value.
    pub(crate) fn binds(&self, class: ClassId, name: &str) -> bool {
        self.members(class).is_some_and(|members| members.bound.contains(name))
    }

    /// What the class itself declares an attribute as.
    pub(crate) fn declared(&self, class: ClassId, name: &str) -> Option<Sort> {
        self.members(class)?.declared.get(name).copied()
    }

    /// Whether the class itself declares a parameter, by whatever name.
    pub(crate) fn declares_parameters(&self, class: ClassId) -> bool {
        self.members(class).is_some_and(|members| members.declared.values().any(|sort| *sort == Sort::Parameter))
    }

    /// What is put into an attribute of this name, of whatever object, within the class itself; in source order.
    pub(crate) fn stores(&self, class: ClassId, name: &str) -> &[Store<'a>] {
        self.members(class).and_then(|members| members.stores.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The classes in which something is put into an attribute of this name, in no order.
    pub(crate) fn storing(&self, name: &str) -> &[ClassId] {
        self.joined.storing.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a hook of the class puts what a layer gives into an attribute of this name.
    pub(crate) fn is_hooked(&self, class: ClassId, name: &str) -> bool {
        self.members(class).is_some_and(|members| members.hooked.contains(name))
    }

    /// How the class itself uses an attribute of this name, of whatever object.
    pub(crate) fn array_use(&self, class: ClassId, name: &str) -> ArrayUse {
        self.members(class).and_then(|members| members.array_uses.get(name)).copied().unwrap_or_default()
    }

    fn members(&self, class: ClassId) -> Option<&Members<'a>> {
        self.members[class.0 as usize].as_ref()
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
