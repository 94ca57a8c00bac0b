//! What all files of a port look up in the whole project: the survey, and what is computed from it once, when it is first asked for.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::kind::TensorKind;
use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, Facts, FileId, Kind, Project};

use crate::aliases::Summaries;
use crate::asked_gradients::Asked;
use crate::complex_parameters;
use crate::cx::Cx;
use crate::functions_as_values::Values;
use crate::grad_managers::GradManagers;
use crate::own_methods::OwnMethods;
use crate::reached::Reached;
use crate::reached_methods::ReachedMethods;
use crate::rules::{OpenMembers, Switchers, stores_parameters};
use crate::survey::Survey;
use crate::switched_off::SwitchedOff;

pub(crate) struct Shared<'a> {
    pub(crate) reached: Reached<'a>,
    pub(crate) survey: Survey<'a>,
    methods: OnceLock<FxHashSet<&'a str>>,
    functions: OnceLock<FxHashSet<&'a str>>,
    own_methods: OnceLock<OwnMethods<'a>>,
    owners: OnceLock<FxHashMap<&'a str, Vec<ClassId>>>,
    overrides_train: OnceLock<bool>,
    only_modules_forward: OnceLock<bool>,
    trainers: OnceLock<FxHashSet<&'a str>>,
    optimizers: OnceLock<FxHashSet<&'a str>>,
    project: &'a Project,
    names_float16: OnceLock<bool>,
    has_vector_losses: OnceLock<bool>,
    has_complex_parameters: OnceLock<bool>,
    connected: OnceLock<Vec<usize>>,
    grad_managers: OnceLock<GradManagers>,
    switchers: OnceLock<Switchers<'a>>,
    switched_off: OnceLock<SwitchedOff<'a>>,
    function_values: OnceLock<Values<'a>>,
    open_members: OnceLock<OpenMembers>,
    asks_for_parameters: OnceLock<bool>,
    asked: OnceLock<Asked<'a>>,
    pub(crate) summaries: Summaries,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(project: &'a Project, facts: &'a Facts, tables: &'a Tables) -> Self {
        Self {
            reached: Reached::new(project),
            survey: Survey::new(project, facts, tables),
            methods: OnceLock::new(),
            functions: OnceLock::new(),
            own_methods: OnceLock::new(),
            owners: OnceLock::new(),
            overrides_train: OnceLock::new(),
            only_modules_forward: OnceLock::new(),
            trainers: OnceLock::new(),
            optimizers: OnceLock::new(),
            project,
            names_float16: OnceLock::new(),
            has_vector_losses: OnceLock::new(),
            has_complex_parameters: OnceLock::new(),
            connected: OnceLock::new(),
            grad_managers: OnceLock::new(),
            switchers: OnceLock::new(),
            switched_off: OnceLock::new(),
            function_values: OnceLock::new(),
            open_members: OnceLock::new(),
            asks_for_parameters: OnceLock::new(),
            asked: OnceLock::new(),
            summaries: Summaries::default(),
        }
    }

    /// Whether a function of this name may run inside of code that is differentiated.
    pub(crate) fn is_reached(&self, name: &str) -> bool {
        self.reached.contains(&self.survey, name)
    }

    /// Whether callers of functions of this name are not all shown.
    pub(crate) fn is_open(&self, name: &str) -> bool {
        self.reached.is_open(&self.survey, name)
    }

    /// Whether anything that the project does not show may call functions of this name: whoever is given an object or a function.
    pub(crate) fn is_handed(&self, name: &str) -> bool {
        self.reached.is_handed(&self.survey, name)
    }

    /// What gradients may flow through of classes that are no modules, too.
    pub(crate) fn methods_reached(&self, facts: &'a Facts) -> &ReachedMethods {
        self.reached.methods(facts, &self.survey)
    }

    /// The same, but for what only prepares a step.
    pub(crate) fn holds_loss(&self, name: &str) -> bool {
        self.reached.holds_loss(&self.survey, name)
    }

    /// Whether methods of this name only change the parameters of their module.
    pub(crate) fn only_changes_parameters(&self, name: &str) -> bool {
        self.reached.only_changes_parameters(name)
    }

    /// Whether a function of this name calls `backward`, itself or through others, by their names.
    pub(crate) fn trains(&self, name: &str) -> bool {
        self.trainers.get_or_init(|| callers(&self.survey, "backward")).contains(name)
    }

    /// Whether an optimizer of the project has this name.
    pub(crate) fn is_optimizer(&self, facts: &'a Facts, name: &str) -> bool {
        let all = || facts.classes().filter(|(_, class)| class.is_optimizer()).map(|(_, class)| class.name.as_str()).collect();
        self.optimizers.get_or_init(all).contains(name)
    }

    /// The project's own context managers that switch gradients off.
    pub(crate) fn grad_managers(&self, facts: &Facts) -> &GradManagers {
        self.grad_managers.get_or_init(|| GradManagers::new(self.project, facts))
    }

    /// What runs while gradients are switched off.
    pub(crate) fn switched_off(&self, facts: &'a Facts) -> &SwitchedOff<'a> {
        self.switched_off.get_or_init(|| SwitchedOff::new(self.project, facts, self))
    }

    /// Functions that are read as values.
    pub(crate) fn function_values(&self, facts: &'a Facts) -> &Values<'a> {
        self.function_values.get_or_init(|| Values::new(self.project, facts, self))
    }

    /// The classes whose members get names that only the run knows.
    pub(crate) fn open_members(&self, cx: &Cx<'a>) -> &OpenMembers {
        self.open_members.get_or_init(|| OpenMembers::new(cx))
    }

    /// Whether the port asks of what a module gets whether it was made a parameter.
    pub(crate) fn asks_for_parameters(&self, cx: &Cx<'a>) -> bool {
        *self.asks_for_parameters.get_or_init(|| self.open_members(cx).set_given() || stores_parameters(cx))
    }

    /// Where the project asks whether gradients are on.
    pub(crate) fn asked(&self, cx: &Cx<'a>) -> &Asked<'a> {
        self.asked.get_or_init(|| Asked::new(cx))
    }

    /// The functions that freeze or train parameters when they are called.
    pub(crate) fn switchers(&self, facts: &'a Facts) -> &Switchers<'a> {
        self.switchers.get_or_init(|| Switchers::new(self.project, facts, &self.survey))
    }

    /// Whether any file of the project names float16, in code or in words.
    pub(crate) fn names_float16(&self) -> bool {
        *self.names_float16.get_or_init(|| self.project.files.iter().any(|file| names_float16(&file.source.text)))
    }

    /// Whether any loss of the project, by its name, gives a tensor with one dimension: `loss = torch.zeros(1)`, `loss += ...`
    pub(crate) fn has_vector_losses(&self, facts: &Facts) -> bool {
        let is_loss = |name: &str| name.to_ascii_lowercase().contains("loss");
        *self.has_vector_losses.get_or_init(|| {
            facts.functions().any(|(_, function)| {
                let is_vector = matches!(function.returns.kind, Kind::Tensor(TensorKind { rank: Some(1), .. }));
                is_vector && (is_loss(&function.name) || function.class.is_some_and(|class| is_loss(&facts.class(class).name)))
            })
        })
    }

    /// Whether any parameter of the project is complex.
    pub(crate) fn has_complex_parameters(&self, facts: &Facts) -> bool {
        *self.has_complex_parameters.get_or_init(|| complex_parameters::are_made(self.project, facts))
    }

    /// Whether imports connect two files, directly or over others.
    pub(crate) fn are_connected(&self, facts: &Facts, one: FileId, other: FileId) -> bool {
        let part = self.connected.get_or_init(|| {
            let mut part: Vec<usize> = (0..self.project.files.len()).collect();
            loop {
                let mut changed = false;
                for id in self.project.ids() {
                    for import in facts.file(id).project_imports() {
                        let (a, b) = (id.0 as usize, import.file.0 as usize);
                        let least = part[a].min(part[b]);
                        changed |= part[a] != least || part[b] != least;
                        (part[a], part[b]) = (least, least);
                    }
                }
                if !changed {
                    return part;
                }
            }
        });
        part[one.0 as usize] == part[other.0 as usize]
    }

    /// Whether a class of the project defines a method of this name.
    pub(crate) fn has_method(&self, facts: &'a Facts, name: &str) -> bool {
        let all = || facts.classes().flat_map(|(_, class)| class.methods.keys().map(String::as_str)).collect();
        self.methods.get_or_init(all).contains(name)
    }

    /// The methods of the project's plain classes that tensors have too.
    pub(crate) fn own_methods(&self, facts: &'a Facts) -> &OwnMethods<'a> {
        self.own_methods.get_or_init(|| OwnMethods::new(facts))
    }

    /// Whether the project defines a function or method of this name.
    pub(crate) fn has_function(&self, facts: &'a Facts, name: &str) -> bool {
        let all = || facts.functions().map(|(_, function)| function.name.as_str()).collect();
        self.functions.get_or_init(all).contains(name)
    }

    /// The classes of the project that have an attribute of this name themselves, in order.
    pub(crate) fn owners(&self, facts: &'a Facts, name: &str) -> &[ClassId] {
        let all = || {
            let mut owners: FxHashMap<&str, Vec<ClassId>> = FxHashMap::default();
            facts.classes().for_each(|(id, class)| class.attrs.keys().for_each(|name| owners.entry(name).or_default().push(id)));
            owners
        };
        self.owners.get_or_init(all).get(name).map_or(&[], Vec::as_slice)
    }

    /// What an attribute of this name is in the classes of the project that have one themselves.
    pub(crate) fn kinds_of_attribute(&self, facts: &'a Facts, name: &str) -> impl Iterator<Item = Kind> {
        self.owners(facts, name).iter().filter_map(move |class| Some(facts.class(*class).attrs.get(name)?.kind))
    }

    /// Whether a module class of the project has a `train` of its own, to which a mode can be passed.
    pub(crate) fn overrides_train(&self, facts: &'a Facts) -> bool {
        *self.overrides_train.get_or_init(|| {
            let trains = facts.classes().filter(|(_, class)| class.is_module).filter_map(|(_, class)| class.methods.get("train"));
            trains.into_iter().any(|method| facts.function(*method).params.len() > 1)
        })
    }

    /// Whether the project has modules, and no other class that defines `forward`.
    pub(crate) fn only_modules_forward(&self, facts: &'a Facts) -> bool {
        *self.only_modules_forward.get_or_init(|| {
            let mut owners = facts.classes().filter(|(_, class)| class.methods.contains_key("forward")).peekable();
            // `forward` of an `autograd.Function` is called by its `apply`.
            owners.peek().is_some()
                && owners.all(|(_, class)| class.is_module || class.library_bases.iter().any(|base| base == "torch.autograd.Function"))
        })
    }
}

/// Ex) `torch.float16`, `"fp16"`, `model.half()`; not `torch.bfloat16`, which overflows no sooner than float32.
fn names_float16(text: &str) -> bool {
    [".half()", "torch.half", "HalfTensor", "fp16"].iter().any(|name| text.contains(name))
        || text.match_indices("float16").any(|(at, _)| !text[..at].ends_with('b'))
}

/// The functions that call a name, and those that call them.
fn callers<'a>(survey: &Survey<'a>, name: &'a str) -> FxHashSet<&'a str> {
    let mut by_called: FxHashMap<&str, Vec<&'a str>> = FxHashMap::default();
    survey.calls().for_each(|(caller, called)| called.iter().for_each(|called| by_called.entry(called).or_default().push(caller)));
    let (mut found, mut open) = (FxHashSet::default(), vec![name]);
    while let Some(called) = open.pop() {
        open.extend(by_called.get(called).into_iter().flatten().filter(|caller| found.insert(**caller)));
    }
    found
}
