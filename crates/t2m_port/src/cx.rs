//! What a rule sees: the original file, the facts, and the claims on the nodes below.

use std::cell::{Cell, OnceCell, RefCell};

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, Entity, Fact, Facts, FileFacts, FileId, FunctionId, Kind, Project};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Node, NodeId, Prec, SourceFile, TextRange, precedence, ranges};

use crate::asking_functions;
use crate::body_bindings::Bindings;
use crate::callee::{Below, Callee};
use crate::claim::{Claim, Origin, StmtClaim};
use crate::given_views;
use crate::held_views;
use crate::masks::MaskUses;
use crate::names::{Module, ModuleNames, Uses};
use crate::per_body::PerBody;
use crate::recent::Recent;
use crate::rules::is_optimizer_class;
use crate::shared::Shared;
use crate::taken_views::ByBase;

/// Claims by node, in the order in which they were made.
pub(crate) type ClaimMap<C> = IndexMap<NodeId, (C, Origin), FxBuildHasher>;

/// The view of one file while it is being decided.
pub struct Cx<'a> {
    pub file: &'a SourceFile,
    pub id: FileId,
    pub project: &'a Project,
    pub project_facts: &'a Facts,
    pub facts: &'a FileFacts,
    pub tables: &'a Tables,
    pub names: ModuleNames,
    pub(crate) shared: &'a Shared<'a>,
    /// Claims so far. Children are decided before their parents.
    pub(crate) exprs: ClaimMap<Claim<'a>>,
    pub(crate) stmts: ClaimMap<StmtClaim<'a>>,
    /// The node that is being decided and all around it, outermost first.
    path: Vec<Node<'a>>,
    /// Those of them that are scopes of names.
    scopes: Vec<Node<'a>>,
    /// Of all nodes; filled when the first is asked for that is not found from the path.
    parents: OnceCell<FxHashMap<NodeId, Node<'a>>>,
    library_names: OnceCell<FxHashSet<&'static str>>,
    /// Behind which values parameters are asked for: one search of the text for all that are shown.
    parameter_places: OnceCell<Vec<usize>>,
    /// What the text of the file was searched for.
    searched: RefCell<Vec<(&'static str, bool)>>,
    pub(crate) body_bindings: PerBody<Bindings<'a>>,
    pub(crate) taken_views: PerBody<ByBase<'a>>,
    pub(crate) bases: held_views::Bases<'a>,
    pub(crate) given: given_views::Given<'a>,
    names_optimizers: OnceCell<bool>,
    given_masks: OnceCell<FxHashSet<(FunctionId, usize)>>,
    mask_uses: OnceCell<MaskUses<'a>>,
    may_change_models: OnceCell<bool>,
    callers: OnceCell<asking_functions::Reader<'a, 'a>>,
    fresh: Cell<u32>,
    entities: Recent<Option<&'a Entity>>,
    pub(crate) callees: Recent<Option<Callee<'a>>>,
    pub(crate) below: Below<'a>,
    pub(crate) self_classes: Recent<Option<ClassId>>,
    has_lambdas: OnceCell<bool>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(project: &'a Project, project_facts: &'a Facts, tables: &'a Tables, id: FileId, shared: &'a Shared<'a>) -> Self {
        let file = &project.file(id).source;
        let facts = project_facts.file(id);
        let (exprs, stmts) = (ClaimMap::default(), ClaimMap::default());
        Self {
            file,
            id,
            project,
            project_facts,
            facts,
            tables,
            names: shared.survey.module_names(id),
            shared,
            exprs,
            stmts,
            path: Vec::new(),
            scopes: Vec::new(),
            parents: OnceCell::new(),
            library_names: OnceCell::new(),
            parameter_places: OnceCell::new(),
            searched: RefCell::default(),
            body_bindings: PerBody::default(),
            taken_views: PerBody::default(),
            bases: held_views::Bases::default(),
            given: given_views::Given::default(),
            names_optimizers: OnceCell::new(),
            given_masks: OnceCell::new(),
            mask_uses: OnceCell::new(),
            may_change_models: OnceCell::new(),
            callers: OnceCell::new(),
            fresh: Cell::new(0),
            entities: Recent::default(),
            callees: Recent::default(),
            below: Below::default(),
            self_classes: Recent::default(),
            has_lambdas: OnceCell::new(),
        }
    }

    /// Parameters of functions that calls in the file give a mask.
    pub(crate) fn given_masks(&self) -> &FxHashSet<(FunctionId, usize)> {
        self.given_masks.get_or_init(|| crate::masks::given(self))
    }

    /// What the statements of the file may run.
    pub(crate) fn callers(&self) -> &asking_functions::Reader<'a, 'a> {
        self.callers.get_or_init(|| asking_functions::Reader::new(self.project_facts, self.shared, self.facts))
    }

    /// Where names are used as only masks are.
    pub(crate) fn mask_uses(&self) -> &MaskUses<'a> {
        self.mask_uses.get_or_init(|| crate::masks::uses(self))
    }

    /// Whether the file calls anything that trains a model, or loads a state into it.
    pub(crate) fn may_change_models(&self) -> bool {
        let changes = |name: &str| matches!(name, "backward" | "load_state_dict") || self.shared.trains(name);
        *self.may_change_models.get_or_init(|| self.shared.survey.called_in(self.id).any(changes))
    }

    // ---- the tree ------------------------------------------------------------------------------

    pub(crate) fn enter(&mut self, node: Node<'a>) {
        self.path.push(node);
        if is_scope(&node) {
            self.scopes.push(node);
        }
    }

    /// The functions and classes around what is being decided, outermost first.
    pub(crate) fn open_scopes(&self) -> &[Node<'a>] {
        &self.scopes
    }

    pub(crate) fn leave(&mut self) {
        if self.path.pop().is_some_and(|node| is_scope(&node)) {
            self.scopes.pop();
        }
    }

    pub fn parent(&self, node: impl Into<Node<'a>>) -> Option<Node<'a>> {
        let node = node.into();
        // Rules ask for what is around the node that they decide, or not far from it.
        if let Some(at) = self.path.iter().rposition(|on_path| on_path.is(node)) {
            return at.checked_sub(1).map(|above| self.path[above]);
        }
        let range = node.range();
        let around = self.path.iter().rev().find(|on_path| covers(**on_path, range)).copied();
        let around = around.or_else(|| self.top_statement(range).map(Node::Stmt).filter(|top| !top.is(node)));
        let mut below = Vec::new();
        match around.filter(|around| parents_below(*around, node, &mut below)) {
            Some(_) => below.pop(),
            None => self.recorded_parent(node),
        }
    }

    fn recorded_parent(&self, node: Node<'a>) -> Option<Node<'a>> {
        self.parents.get_or_init(|| parents(self.file)).get(&node.id()).copied()
    }

    /// The statement of the module that holds a place.
    fn top_statement(&self, range: TextRange) -> Option<&'a ast::Stmt> {
        let suite = &self.file.suite;
        let at = suite.partition_point(|stmt| stmt.range().start() <= range.start());
        // A decorator stands before the range of what it decorates.
        let mut near = suite[at.saturating_sub(1)..].iter().take(2);
        near.find(|stmt| covers(Node::Stmt(stmt), range))
    }

    /// The innermost statement around an expression.
    pub fn statement(&self, expr: &'a ast::Expr) -> Option<&'a ast::Stmt> {
        let mut node = Node::Expr(expr);
        loop {
            match self.parent(node)? {
                Node::Stmt(stmt) => return Some(stmt),
                up => node = up,
            }
        }
    }

    /// The parents of a node, innermost first.
    pub fn ancestors(&self, node: Node<'a>) -> impl Iterator<Item = Node<'a>> {
        // Those that are not on the path are found in one go, from the innermost one on it down.
        let mut below = Vec::new();
        let mut at = self.path.iter().rposition(|on_path| on_path.is(node));
        if at.is_none() {
            let range = node.range();
            let place = self.path.iter().rposition(|on_path| covers(*on_path, range));
            let around = place.map(|place| self.path[place]);
            let around = around.or_else(|| self.top_statement(range).map(Node::Stmt).filter(|top| !top.is(node)));
            if around.is_some_and(|around| parents_below(around, node, &mut below)) {
                at = place;
            } else {
                below.clear();
                below.extend(std::iter::successors(self.recorded_parent(node), |node| self.recorded_parent(*node)));
                below.reverse();
            }
        }
        let on_path = &self.path[..at.unwrap_or(0)];
        below.into_iter().rev().chain(on_path.iter().rev().copied())
    }

    /// The functions, classes and lambdas around an expression, the innermost first.
    pub(crate) fn scopes(&self, expr: &'a ast::Expr) -> impl Iterator<Item = Node<'a>> {
        // Within what is being decided, lambdas alone make scopes.
        let is_below = self.path.last().is_some_and(|node| {
            let is_simple = match node {
                Node::Expr(_) => true,
                Node::Stmt(stmt) => t2m_syntax::node::suites(stmt).is_empty(),
            };
            let has_lambdas = || *self.has_lambdas.get_or_init(|| holds(&self.file.text, "lambda"));
            let holds_lambda = || has_lambdas() && holds(self.file.slice(node.range()), "lambda");
            is_simple && node.range().contains_range(expr.range()) && !holds_lambda()
        });
        let around = if is_below { None } else { Some(self.ancestors(Node::Expr(expr)).filter(is_scope)) };
        let on_path = self.scopes.iter().rev().copied().filter(move |node| is_below && !node.is(Node::Expr(expr)));
        on_path.chain(around.into_iter().flatten())
    }

    pub fn source(&self, node: &impl Ranged) -> &'a str {
        self.file.slice(node.range())
    }

    /// The source of an expression for a message: one line, and not a long one.
    pub fn snippet(&self, node: &impl Ranged) -> String {
        const LIMIT: usize = 40;
        let text = self.source(node).split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() <= LIMIT {
            return text;
        }
        text.chars().take(LIMIT).chain("...".chars()).collect()
    }

    // ---- facts ---------------------------------------------------------------------------------

    /// The canonical name of a library entity: `torch.nn.functional.softmax`.
    pub fn qualified(&self, expr: &ast::Expr) -> Option<&'a str> {
        match self.entity(expr)? {
            Entity::Library(name) => Some(name.as_static()),
            _ => None,
        }
    }

    pub fn entity(&self, expr: &ast::Expr) -> Option<&'a Entity> {
        match expr {
            ast::Expr::Name(_) | ast::Expr::Attribute(_) => {
                let id = NodeId::from(expr);
                self.entities.get(id, || self.facts.entity_of(id))
            }
            _ => None,
        }
    }

    /// Whether the text of the file has this in it, be it in a comment. What is asked at many nodes is searched for once.
    pub(crate) fn text_has(&self, what: &'static str) -> bool {
        let mut searched = self.searched.borrow_mut();
        // The same literal stands at the same place: nothing is compared letter by letter.
        if let Some((_, has)) = searched.iter().find(|(own, _)| std::ptr::eq(*own, what)) {
            return *has;
        }
        let has = holds(&self.file.text, what);
        searched.push((what, has));
        has
    }

    /// Whether a library entity is named anywhere in the file. A rule about few of them asks this before it walks.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.library_names().contains(name)
    }

    fn library_names(&self) -> &FxHashSet<&'static str> {
        self.library_names.get_or_init(|| self.facts.library_names().collect())
    }

    /// Whether the file names a class of optimizers, PyTorch's or one of the project's own.
    pub(crate) fn names_optimizers(&self) -> bool {
        *self.names_optimizers.get_or_init(|| {
            let is_own = |class| self.project_facts.class(class).is_optimizer();
            self.library_names().iter().any(|name| is_optimizer_class(name)) || self.facts.named_classes().any(is_own)
        })
    }

    pub fn is_qualified(&self, expr: &ast::Expr, name: &str) -> bool {
        self.qualified(expr) == Some(name)
    }

    /// Kind and evidence; a literal is known by its look.
    pub fn fact(&self, expr: &ast::Expr) -> Fact {
        // A generator is no sequence: it can't be measured, indexed, or walked twice.
        if matches!(expr, ast::Expr::GeneratorExp(_)) {
            return Fact::default();
        }
        let fact = self.facts.fact(expr);
        if fact.kind.is_unknown() { literal_fact(expr).unwrap_or(fact) } else { fact }
    }

    pub fn kind(&self, expr: &ast::Expr) -> Kind {
        self.fact(expr).kind
    }

    /// A call of this qualified name.
    pub fn call_of(&self, expr: &'a ast::Expr, name: &str) -> Option<&'a ast::ExprCall> {
        match expr {
            ast::Expr::Call(call) if self.is_qualified(&call.func, name) => Some(call),
            _ => None,
        }
    }

    // ---- claims --------------------------------------------------------------------------------

    pub fn claim(&self, expr: &ast::Expr) -> Option<&Claim<'a>> {
        self.exprs.get(&NodeId::from(expr)).map(|(claim, _)| claim)
    }

    pub fn stmt_claim(&self, stmt: &ast::Stmt) -> Option<&StmtClaim<'a>> {
        self.stmts.get(&NodeId::from(stmt)).map(|(claim, _)| claim)
    }

    /// How tightly the expression binds once it is rendered. Ask for children only.
    pub fn prec(&self, expr: &ast::Expr) -> Prec {
        match self.claim(expr).and_then(|claim| claim.decision.as_ref()) {
            Some(Decision::Build(_, prec)) => *prec,
            _ => precedence::of(self.file, expr),
        }
    }

    /// Whether evaluating the expression twice, or in another order, is the same: names, constants, attributes and subscripts of those.
    pub fn is_simple(&self, expr: &ast::Expr) -> bool {
        crate::effects::is_simple(expr)
    }

    /// Whether evaluating the expression has no effect: it may be moved or left out.
    pub fn is_pure(&self, expr: &ast::Expr) -> bool {
        crate::effects::is_pure(self, expr)
    }

    /// The assignment of a name to which nothing else in the file gives a value, in whatever scope. Imports and definitions are not looked at.
    pub(crate) fn only_assignment(&self, name: &str) -> Option<&'a ast::StmtAssign> {
        self.shared.survey.only_assignment(self.id, name)
    }

    /// Whether any parameter of the project is complex.
    pub(crate) fn has_complex_parameters(&self) -> bool {
        self.shared.has_complex_parameters(self.project_facts)
    }

    /// Whether a value is asked for what modules alone have, somewhere in this file: `model.parameters()`.
    pub(crate) fn has_parameters(&self, value: &str) -> bool {
        let places = self.parameter_places.get_or_init(|| crate::asked::parameter_places(&self.file.text));
        places.iter().any(|&end| is_word_end(&self.file.text[..end], value))
    }

    // ---- new text ------------------------------------------------------------------------------

    /// `mx.square` under this file's name for `mx`, with what it uses.
    pub fn member(&self, module: Module, name: &str) -> (String, Uses) {
        let uses = if module == Module::Compat { Uses::default().helper(name) } else { Uses::default().module(module) };
        (format!("{}.{name}", self.names.of(module)), uses)
    }

    /// A local name that the file does not have yet: `stem`, `stem_2`, ...
    pub fn fresh_name(&self, stem: &str) -> String {
        loop {
            let n = self.fresh.get() + 1;
            let name = if n == 1 { stem.to_owned() } else { format!("{stem}_{n}") };
            if !contains_word(&self.file.text, &name) {
                return name;
            }
            self.fresh.set(n);
        }
    }

    /// Whether a line of the suite can be inserted around this statement: it starts its line, and nothing follows on it.
    pub fn owns_its_lines(&self, stmt: &ast::Stmt) -> bool {
        self.file.starts_line(ranges::decorated(self.file, stmt).start()) && self.ends_its_line(stmt)
    }

    /// Whether no other statement follows on the line.
    pub fn ends_its_line(&self, stmt: &ast::Stmt) -> bool {
        let rest = &self.file.text[stmt.range().end().to_usize()..];
        let rest = rest.trim_start_matches([' ', '\t', '\u{c}']);
        rest.is_empty() || rest.starts_with(['\n', '\r', '#'])
    }
}

/// Whether a node, or one of its decorators, holds a place.
fn covers(node: Node<'_>, range: TextRange) -> bool {
    if node.range().contains_range(range) {
        return true;
    }
    let decorators = match node {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => &def.decorator_list,
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => &def.decorator_list,
        Node::Stmt(ast::Stmt::ClassDef(class)) => &class.decorator_list,
        _ => return false,
    };
    decorators.iter().any(|decorator| decorator.range().contains_range(range))
}

/// The nodes around a node up to `around`, the innermost last, sought along those whose range holds it; `false` where ranges don't tell.
fn parents_below<'a>(mut around: Node<'a>, node: Node<'a>, found: &mut Vec<Node<'a>>) -> bool {
    let range = node.range();
    loop {
        found.push(around);
        let (mut is_parent, mut next) = (false, None);
        around.for_each_child(&mut |child| {
            is_parent |= child.is(node);
            if next.is_none() && covers(child, range) {
                next = Some(child);
            }
        });
        match next {
            _ if is_parent => return true,
            Some(child) => around = child,
            None => return false,
        }
    }
}

fn parents(file: &SourceFile) -> FxHashMap<NodeId, Node<'_>> {
    fn below<'a>(node: Node<'a>, parents: &mut FxHashMap<NodeId, Node<'a>>) {
        node.for_each_child(&mut |child| {
            parents.insert(child.id(), node);
            below(child, parents);
        });
    }
    // About one node in ten bytes of text.
    let mut parents = FxHashMap::with_capacity_and_hasher(file.text.len() / 10, FxBuildHasher);
    file.suite.iter().for_each(|stmt| below(Node::Stmt(stmt), &mut parents));
    parents
}

/// The kind of a literal.
pub fn literal_fact(expr: &ast::Expr) -> Option<Fact> {
    use t2m_semantic::Evidence;
    let kind = match expr {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::None => Kind::None,
            ast::Constant::Bool(_) => Kind::Bool,
            ast::Constant::Str(_) => Kind::Str,
            ast::Constant::Int(_) => Kind::Int,
            ast::Constant::Float(_) => Kind::Float,
            _ => return None,
        },
        ast::Expr::JoinedStr(_) => Kind::Str,
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub | ast::UnaryOp::UAdd) => {
            literal_fact(&unary.operand).filter(|fact| matches!(fact.kind, Kind::Int | Kind::Float))?.kind
        }
        ast::Expr::Tuple(tuple) if !tuple.elts.iter().any(|elt| matches!(elt, ast::Expr::Starred(_))) => {
            Kind::tuple(tuple.elts.iter().map(|elt| literal_fact(elt).unwrap_or_default().kind))
        }
        ast::Expr::List(_) | ast::Expr::ListComp(_) => Kind::list(Kind::Unknown),
        ast::Expr::Tuple(_) => Kind::seq(Kind::Unknown),
        _ => return None,
    };
    Some(Fact::new(kind, Evidence::Constructed))
}

fn is_scope(node: &Node<'_>) -> bool {
    let is_definition =
        |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_));
    match node {
        Node::Stmt(stmt) => is_definition(stmt),
        Node::Expr(expr) => expr.is_lambda_expr(),
    }
}

/// Whether a text, which may be a whole file, has this in it.
pub(crate) fn holds(text: &str, what: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), what.as_bytes()).is_some()
}

pub(crate) fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| is_word_end(&text[..at + word.len()], word) && !text[at + word.len()..].chars().next().is_some_and(is_in_word))
}

/// Whether a text ends with a word that begins there.
fn is_word_end(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.chars().next_back().is_some_and(is_in_word))
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
