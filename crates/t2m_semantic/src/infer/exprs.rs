//! Expressions other than calls.

use t2m_syntax::{Node, NodeId, ast};

use super::stmts::Interp;
use crate::classes::Role;
use crate::facts::Entity;
use crate::intern::Inner;
use crate::kind::{Evidence, Fact, Kind, NumpyKind, TensorKind};
use crate::lattice::{is_nothing_yet, known, nothing_yet, present};
use crate::library::Gives;

impl<'p> Interp<'_, 'p> {
    /// Notes the fact of an expression; of several visits what they have in common.
    pub(super) fn note(&mut self, expr: &ast::Expr, fact: &Fact) {
        match self.record.entry(NodeId::from(expr)) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(*fact);
            }
            std::collections::hash_map::Entry::Occupied(mut entry) => {
                if entry.get() != fact {
                    let joined = self.world.join(entry.get(), fact);
                    entry.insert(joined);
                }
            }
        }
    }

    /// Notes what is learned about an expression after it was noted.
    pub(super) fn renote(&mut self, expr: &ast::Expr, fact: &Fact) {
        if let Some(here) = self.record.get_mut(&NodeId::from(expr)) {
            *here = *fact;
        }
    }

    pub(super) fn eval(&mut self, expr: &'p ast::Expr) -> Fact {
        if let ast::Expr::Constant(constant) = expr {
            return Fact::of_constant(&constant.value);
        }
        let fact = self.value(expr);
        let is_told = std::mem::take(&mut self.is_told);
        if !self.frame.env.dead && !is_told {
            self.note(expr, &fact);
        }
        fact
    }

    /// What a name of a library or the project is, which readers of the facts look up themselves unless it is a value.
    fn told(&mut self, expr: &'p ast::Expr) -> Option<Fact> {
        let entity = *self.entity(expr)?;
        let fact = self.of_entity(&entity);
        self.is_told = fact == Fact::new(Kind::of_entity(&entity), Evidence::Constructed);
        Some(fact)
    }

    fn value(&mut self, expr: &'p ast::Expr) -> Fact {
        match expr {
            ast::Expr::Name(name) => self.name(expr, name.id.as_str()),
            ast::Expr::Attribute(attribute) => self.attribute(expr, attribute),
            ast::Expr::Call(call) => self.call(call),
            ast::Expr::Subscript(subscript) => self.subscript(subscript),
            ast::Expr::BinOp(e) => {
                let left = self.eval(&e.left);
                let right = self.eval(&e.right);
                let (left, right) = (self.as_operand(&e.left, left), self.as_operand(&e.right, right));
                self.own_operator(&left, e.op).unwrap_or_else(|| self.binary(&left, &right, e.op))
            }
            ast::Expr::UnaryOp(e) => {
                let mut operand = self.eval(&e.operand);
                if !matches!(e.op, ast::UnaryOp::Not) {
                    operand = self.as_operand(&e.operand, operand);
                }
                self.unary(e.op, &operand)
            }
            ast::Expr::Compare(e) => {
                let facts: Vec<_> = std::iter::once(&*e.left).chain(&e.comparators).map(|expr| self.eval(expr)).collect();
                self.compare(&facts, &e.ops)
            }
            ast::Expr::BoolOp(e) => self.bool_op(e),
            ast::Expr::IfExp(e) => {
                self.eval(&e.test);
                let before = self.frame.env.clone();
                self.narrow(&e.test, true);
                let body = self.eval(&e.body);
                let then = std::mem::replace(&mut self.frame.env, before);
                self.narrow(&e.test, false);
                let orelse = self.eval(&e.orelse);
                let is_dead = (then.dead, self.frame.env.dead);
                self.meet(then);
                if is_device(&e.body) && is_device(&e.orelse) {
                    return Fact::new(Kind::Device, Evidence::Constructed);
                }
                match is_dead {
                    (false, true) => body,
                    (true, false) => orelse,
                    _ => self.world.meet(&body, &orelse),
                }
            }
            ast::Expr::NamedExpr(e) => {
                let fact = self.eval(&e.value);
                self.assign(&e.target, &fact);
                fact
            }
            ast::Expr::Lambda(e) => {
                let args = &e.args;
                for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
                    if let Some(default) = &arg.default {
                        self.eval(default);
                    }
                }
                let names = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs).map(|arg| &arg.def);
                let names: Vec<_> = names.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref()).map(|arg| arg.arg.as_str()).collect();
                let outer = self.frame.env.clone();
                for name in names {
                    self.frame.env.set(name, Fact::default());
                }
                // The body runs later: what is assigned more than once is whatever it ever is.
                self.frame.env.weaken(&self.frame.writes, self.world);
                self.eval(&e.body);
                self.frame.env = outer;
                Fact::default()
            }
            ast::Expr::Tuple(e) => {
                let mut facts = Vec::new();
                let mut is_open = false;
                for element in &e.elts {
                    let fact = self.eval(element);
                    match (element, starred_length(element)) {
                        (ast::Expr::Starred(_), Some(length)) => facts.extend(std::iter::repeat_n(self.world.item(&fact), length)),
                        (ast::Expr::Starred(_), None) => is_open = true,
                        _ => facts.push(fact),
                    }
                }
                if is_open {
                    return Fact::new(Kind::seq(Kind::Unknown), Evidence::Constructed);
                }
                let evidence = facts.iter().map(|fact| fact.evidence).filter(|evidence| *evidence != Evidence::Nothing).min();
                Fact::new(Kind::tuple(facts.into_iter().map(|fact| fact.kind)), evidence.unwrap_or(Evidence::Constructed))
            }
            ast::Expr::List(e) => {
                let item = self.items(&e.elts);
                Fact::new(Kind::list(item.kind), item.evidence)
            }
            ast::Expr::Set(e) => {
                self.items(&e.elts);
                Fact::new(Kind::Other, Evidence::Constructed)
            }
            ast::Expr::Dict(e) => {
                e.keys.iter().flatten().for_each(|key| _ = self.eval(key));
                let merges = e.keys.iter().any(Option::is_none);
                let item = self.items(&e.values);
                if merges {
                    return Fact::new(Kind::dict(Kind::Unknown), Evidence::Constructed);
                }
                Fact::new(Kind::dict(item.kind), item.evidence)
            }
            ast::Expr::ListComp(e) => {
                let item = self.comprehension(&e.generators, &[&e.elt]);
                Fact::new(Kind::list(item.kind), item.evidence.max(Evidence::Assumed))
            }
            ast::Expr::GeneratorExp(e) => {
                let item = self.comprehension(&e.generators, &[&e.elt]);
                Fact::new(Kind::seq(item.kind), item.evidence.max(Evidence::Assumed))
            }
            ast::Expr::SetComp(e) => {
                self.comprehension(&e.generators, &[&e.elt]);
                Fact::new(Kind::Other, Evidence::Constructed)
            }
            ast::Expr::DictComp(e) => {
                let item = self.comprehension(&e.generators, &[&e.key, &e.value]);
                Fact::new(Kind::dict(item.kind), item.evidence.max(Evidence::Assumed))
            }
            ast::Expr::JoinedStr(_) => {
                Node::Expr(expr).for_each_child(&mut |child| {
                    if let Node::Expr(child) = child {
                        self.eval(child);
                    }
                });
                Fact::new(Kind::Str, Evidence::Constructed)
            }
            ast::Expr::Starred(e) => self.eval(&e.value),
            ast::Expr::Slice(e) => {
                [&e.lower, &e.upper, &e.step].into_iter().flatten().for_each(|bound| _ = self.eval(bound));
                Fact::default()
            }
            ast::Expr::Yield(e) => {
                let item = e.value.as_deref().map_or_else(Fact::default, |value| self.eval(value));
                self.yield_item(&item);
                Fact::default()
            }
            ast::Expr::YieldFrom(e) => {
                let items = self.eval(&e.value);
                let item = self.world.item(&items);
                self.yield_item(&item);
                Fact::default()
            }
            ast::Expr::Await(_) | ast::Expr::FormattedValue(_) => {
                Node::Expr(expr).for_each_child(&mut |child| {
                    if let Node::Expr(child) = child {
                        self.eval(child);
                    }
                });
                Fact::default()
            }
            ast::Expr::Constant(constant) => Fact::of_constant(&constant.value),
        }
    }

    /// What all elements of a display have in common.
    fn items(&mut self, elements: &'p [ast::Expr]) -> Fact {
        let mut joined: Option<Fact> = None;
        for element in elements {
            let fact = self.eval(element);
            let fact = if let ast::Expr::Starred(_) = element { self.world.item(&fact) } else { fact };
            joined = Some(joined.map_or_else(|| fact, |joined| self.world.join(&joined, &fact)));
        }
        match joined {
            Some(fact) if fact.kind.is_unknown() => Fact::new(Kind::Unknown, Evidence::Constructed),
            Some(fact) => fact,
            None => Fact::new(nothing_yet(), Evidence::Constructed),
        }
    }

    fn comprehension(&mut self, generators: &'p [ast::Comprehension], elements: &[&'p ast::Expr]) -> Fact {
        // Targets are local to the comprehension, names that `:=` binds are not, but those rarely matter.
        let outer = self.frame.env.clone();
        self.frame.comprehensions += 1;
        for generator in generators {
            let iterated = self.eval(&generator.iter);
            let item = self.world.item(&iterated);
            self.assign(&generator.target, &item);
            for test in &generator.ifs {
                self.eval(test);
                self.narrow(test, true);
            }
        }
        let mut last = Fact::default();
        for element in elements {
            last = self.eval(element);
        }
        self.frame.env = outer;
        self.frame.comprehensions -= 1;
        last
    }

    fn bool_op(&mut self, e: &'p ast::ExprBoolOp) -> Fact {
        let is_and = matches!(e.op, ast::BoolOp::And);
        let before = self.frame.env.clone();
        let mut joined: Option<Fact> = None;
        for (index, value) in e.values.iter().enumerate() {
            let mut fact = self.eval(value);
            let is_last = index + 1 == e.values.len();
            if !is_last && !is_and {
                // `x or default`: the left side counts where it is not None
                fact.kind = *present(&fact.kind);
                if fact.kind == Kind::None {
                    self.narrow(value, is_and);
                    continue;
                }
            }
            joined = Some(joined.map_or_else(|| fact, |joined| self.world.join(&joined, &fact)));
            self.narrow(value, is_and);
        }
        self.frame.env = before;
        joined.unwrap_or_default()
    }

    fn name(&mut self, expr: &'p ast::Expr, name: &'p str) -> Fact {
        if let Some(fact) = self.frame.env.get(name) {
            return *fact;
        }
        if self.is_local(name) {
            return self.told(expr).unwrap_or_default();
        }
        if let Some(fact) = self.captured.iter().rev().find_map(|names| names.get(name)) {
            return *fact;
        }
        if let Some((file, name)) = self.world.values[self.file.0 as usize].get(&NodeId::from(expr)) {
            let (file, name) = (*file, *name);
            return self.global(file, name).unwrap_or_default();
        }
        if let Some(fact) = self.told(expr) {
            return fact;
        }
        let before = self.global(self.file, name);
        self.found.reads_module = true;
        match (self.module.get(name), before) {
            (Some(fact), Some(before)) if !self.frame.is_global(name) => self.world.join(&before, fact),
            (Some(fact), None) => *fact,
            (_, before) => before.unwrap_or_default(),
        }
    }

    /// Whether the function binds the name itself, so that no outer one is meant.
    fn is_local(&self, name: &str) -> bool {
        let Some(function) = self.frame.function else { return false };
        let (file, site) = self.world.sites[function.0 as usize];
        self.world.names(file).scope(site.scope).bindings.contains_key(name)
    }

    fn of_entity(&self, entity: &Entity) -> Fact {
        if let Entity::Library(name) = entity {
            if self.world.library.dtype(name).is_some() {
                return Fact::new(Kind::DType, Evidence::Constructed);
            }
            if let Some(kind) = self.world.library.constant(name) {
                return Fact::new(kind, Evidence::Constructed);
            }
        }
        known(Kind::of_entity(entity), Evidence::Constructed)
    }

    fn attribute(&mut self, expr: &'p ast::Expr, attribute: &'p ast::ExprAttribute) -> Fact {
        // Ex) `torch.nn`: its parts are names, not values
        if let Some(fact) = self.told(expr) {
            return fact;
        }
        let object = self.eval(&attribute.value);
        self.attribute_of(&object, attribute.attr.as_str())
    }

    pub(super) fn attribute_of(&mut self, object: &Fact, name: &'p str) -> Fact {
        let kind = present(&object.kind);
        let known_as = |kind: Kind| known(kind, object.evidence);
        match kind {
            Kind::Tensor(tensor) => match self.world.library.attribute(name) {
                Some(gives) => known_as(of_tensor(gives, *tensor)),
                // The annotation was wrong.
                None => self.field(name),
            },
            // Of the context of an `autograd.Function`.
            Kind::Unknown if name == "saved_tensors" => Fact::new(Kind::Seq(Inner::new(Kind::TENSOR)), Evidence::Used),
            Kind::Unknown if name == "grad" && self.is_in_optimizer() => Fact::new(Kind::TENSOR, Evidence::Used),
            Kind::Unknown => {
                let fact = self.field(name);
                if fact.kind.is_unknown() { self.telling_attribute(name) } else { fact }
            }
            Kind::Parameter => {
                self.world.library.attribute(name).map(|gives| known_as(of_tensor(gives, TensorKind::default()))).unwrap_or_default()
            }
            Kind::Instance(class) => {
                if let Some(fact) = self.attr(*class, name) {
                    return fact;
                }
                if let Some(method) = self.world.definitions.method(*class, name) {
                    let info = self.world.definitions.function(method);
                    if info.role == Role::Property {
                        return self.result(method);
                    }
                    return Fact::new(Kind::Function(method), Evidence::Constructed);
                }
                match self.world.definitions.torch_base(*class) {
                    Some(base) => known_as(self.layer_attribute(base, name)),
                    None => self.field(name),
                }
            }
            Kind::Layer(layer) => known_as(self.layer_attribute(layer, name)),
            Kind::Module | Kind::Sequential | Kind::ModuleList(_) if name == "training" => Fact::new(Kind::Bool, Evidence::Constructed),
            Kind::Class(class) => {
                if let Some(method) = self.world.definitions.method(*class, name) {
                    return Fact::new(Kind::Function(method), Evidence::Constructed);
                }
                self.attr(*class, name).unwrap_or_default()
            }
            Kind::Device => match name {
                "type" => Fact::new(Kind::Str, object.evidence),
                _ => Fact::default(),
            },
            Kind::Ndarray => match name {
                "shape" => known_as(Kind::seq(Kind::Int)),
                "ndim" | "size" => known_as(Kind::Int),
                "T" => known_as(Kind::Ndarray),
                _ => Fact::default(),
            },
            // Ex) `x.max(dim=1).values`
            Kind::Tuple(kinds) if matches!(name, "values" | "indices") && kinds.len() == 2 => {
                known_as(kinds[usize::from(name == "indices")])
            }
            Kind::Library(class) => self.world.library.object_attribute(class, name).map(known_as).unwrap_or_default(),
            Kind::Module => self.telling_attribute(name),
            _ => Fact::default(),
        }
    }

    /// Whether this is a method of an optimizer of the project's own: `for p in group["params"]: p.grad`
    fn is_in_optimizer(&self) -> bool {
        let class = self.frame.function.and_then(|function| self.world.definitions.function(function).class);
        class.is_some_and(|class| self.world.definitions.class(class).is_optimizer())
    }

    fn telling_attribute(&self, name: &str) -> Fact {
        self.world.library.telling_attribute(name).map_or_else(Fact::default, |kind| known(kind, Evidence::Used))
    }

    fn layer_attribute(&self, layer: &str, name: &str) -> Kind {
        if name == "training" {
            return Kind::Bool;
        }
        let is_plain = matches!(
            layer,
            "torch.nn.Module" | "torch.nn.Sequential" | "torch.nn.ModuleList" | "torch.nn.ModuleDict" | "torch.nn.Identity"
        );
        match self.world.library.layer_attribute(name) {
            Some(Gives::Kind(kind)) if !is_plain => *kind,
            _ => Kind::Unknown,
        }
    }

    fn subscript(&mut self, subscript: &'p ast::ExprSubscript) -> Fact {
        let container = self.eval(&subscript.value);
        let container = self.as_operand(&subscript.value, container);
        let index = self.eval(&subscript.slice);
        let is_slice = matches!(*subscript.slice, ast::Expr::Slice(_));
        let kind = match present(&container.kind) {
            Kind::Tensor(tensor) if index.kind != Kind::Str => {
                Kind::Tensor(TensorKind { rank: indexed_rank(tensor.rank, &subscript.slice, &index), dtype: tensor.dtype })
            }
            Kind::Parameter => Kind::TENSOR,
            Kind::Size if is_slice => Kind::Size,
            Kind::Size => Kind::Int,
            Kind::Tuple(kinds) if is_slice => match self.world.item(&container).kind {
                Kind::Unknown => Kind::Unknown,
                _ if kinds.is_empty() => Kind::Unknown,
                item => Kind::seq(item),
            },
            Kind::Tuple(kinds) => match position(&subscript.slice, kinds.len()) {
                Some(at) => kinds[at],
                None => self.world.item(&container).kind,
            },
            kind @ (Kind::List(_) | Kind::Seq(_) | Kind::ModuleList(_) | Kind::Sequential | Kind::Str) if is_slice => *kind,
            Kind::List(_) | Kind::Seq(_) | Kind::ModuleList(_) | Kind::Sequential => self.world.item(&container).kind,
            Kind::Dict(item) | Kind::ModuleDict(item) if !is_nothing_yet(item) => **item,
            Kind::Str => Kind::Str,
            Kind::Ndarray if keeps_axes(&subscript.slice) => Kind::Ndarray,
            Kind::Ndarray | Kind::Numpy(NumpyKind { is_number: false, .. }) => Kind::Numpy(NumpyKind { is_number: false, is_float: false }),
            Kind::Instance(class) => match self.world.definitions.torch_base(*class) {
                Some("torch.nn.Sequential" | "torch.nn.ModuleList") if !is_slice => Kind::Module,
                _ => match self.world.definitions.method(*class, "__getitem__") {
                    Some(method) => return self.result(method),
                    None => Kind::Unknown,
                },
            },
            _ => Kind::Unknown,
        };
        known(kind, container.evidence)
    }
}

/// Ex) `"cuda"`, `"cuda:0"`, `"cpu"`
fn is_device(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Str(text), .. }) => {
            matches!(text.split(':').next(), Some("cuda" | "cpu" | "mps" | "xpu"))
        }
        ast::Expr::IfExp(e) => is_device(&e.body) && is_device(&e.orelse),
        _ => false,
    }
}

fn of_tensor(gives: &Gives, tensor: TensorKind) -> Kind {
    match gives {
        Gives::Kind(kind) => *kind,
        Gives::Same => Kind::Tensor(tensor),
        _ => Kind::Unknown,
    }
}

/// An index that leaves an array an array: with a slice, `None` or `...`.
fn keeps_axes(index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Slice(_) => true,
        ast::Expr::Constant(constant) => matches!(constant.value, ast::Constant::None | ast::Constant::Ellipsis),
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(keeps_axes),
        _ => false,
    }
}

/// A constant position in a sequence of `len` items.
fn position(index: &ast::Expr, len: usize) -> Option<usize> {
    let number = |expr: &ast::Expr| match expr {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(value), .. }) => value.to_string().parse::<usize>().ok(),
        _ => None,
    };
    let at = match index {
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => len.checked_sub(number(&unary.operand)?)?,
        index => number(index)?,
    };
    (at < len).then_some(at)
}

/// The rank after indexing with integers, slices, `None` and `...`; anything else may do anything.
fn indexed_rank(rank: Option<u8>, slice: &ast::Expr, index: &Fact) -> Option<u8> {
    let parts = if let ast::Expr::Tuple(tuple) = slice { tuple.elts.as_slice() } else { std::slice::from_ref(slice) };
    let mut rank = i16::from(rank?);
    for part in parts {
        match part {
            ast::Expr::Slice(_) => {}
            ast::Expr::Constant(constant) => match constant.value {
                ast::Constant::Int(_) => rank -= 1,
                ast::Constant::None => rank += 1,
                ast::Constant::Ellipsis => {}
                _ => return None,
            },
            ast::Expr::UnaryOp(unary) if matches!(*unary.operand, ast::Expr::Constant(_)) => rank -= 1,
            _ if parts.len() == 1 && index.kind == Kind::Int => rank -= 1,
            _ => return None,
        }
    }
    u8::try_from(rank).ok()
}

/// How many items a starred slice gives, if its bounds say so: `*x.shape[-2:]`, `*sizes[:3]`.
fn starred_length(expr: &ast::Expr) -> Option<usize> {
    let ast::Expr::Starred(starred) = expr else { return None };
    let ast::Expr::Subscript(subscript) = &*starred.value else { return None };
    let ast::Expr::Slice(slice) = &*subscript.slice else { return None };
    let number = |expr: &ast::Expr| match expr {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(value), .. }) => value.to_string().parse().ok(),
        _ => None,
    };
    match (slice.lower.as_deref(), slice.upper.as_deref(), &slice.step) {
        (None, Some(upper), None) => number(upper),
        (Some(ast::Expr::UnaryOp(ast::ExprUnaryOp { op: ast::UnaryOp::USub, operand, .. })), None, None) => number(operand),
        _ => None,
    }
}
