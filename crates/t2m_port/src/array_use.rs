//! What methods do with the attributes of their object that only arrays, or numbers in their place, can stand: beside a tensor, in a call that takes tensors, indexed along axes.

use t2m_semantic::tables::Tables;
use t2m_semantic::tables::signature::{Param, Returns, Word};
use t2m_semantic::{Entity, Evidence, Facts, FileFacts, FunctionInfo, ParamForm, ParamInfo};
use t2m_syntax::{Node, ast};

/// How a class uses an attribute as an array.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ArrayUse {
    /// Ex) `x * self.scale`, `torch.mul(x, self.scale)`, where `x` is a tensor
    pub(crate) beside_tensor: bool,
    /// Indexed by a tensor or along several axes: `self.table[:, 0]`.
    pub(crate) indexed: bool,
}

type Note = fn(&mut ArrayUse);
const BESIDE: Note = |uses| uses.beside_tensor = true;
const INDEXED: Note = |uses| uses.indexed = true;

/// Reads nodes in source order, and remembers which names stand for an attribute.
pub(crate) struct Reader<'a> {
    tables: &'a Tables,
    facts: &'a Facts,
    of_file: &'a FileFacts,
    /// `w = self.w`: the name and the attribute, innermost function last.
    aliases: Vec<(&'a str, &'a str)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(tables: &'a Tables, facts: &'a Facts, of_file: &'a FileFacts) -> Self {
        Self { tables, facts, of_file, aliases: Vec::new() }
    }

    /// How many names are known: what [`Self::leave`] takes at the end of a function.
    pub(crate) fn depth(&self) -> usize {
        self.aliases.len()
    }

    pub(crate) fn leave(&mut self, depth: usize) {
        self.aliases.truncate(depth);
    }

    /// Tells `note` the attributes that a node uses as arrays.
    pub(crate) fn read(&mut self, node: Node<'a>, note: &mut dyn FnMut(&'a str, Note)) {
        match node {
            Node::Stmt(ast::Stmt::Assign(assign)) => {
                if let [target] = &assign.targets[..] {
                    self.bind(target, &assign.value);
                }
            }
            Node::Stmt(ast::Stmt::For(stmt)) => self.bind_item(&stmt.target, &stmt.iter),
            Node::Stmt(ast::Stmt::AugAssign(stmt)) => self.beside(&stmt.value, &stmt.target, note),
            Node::Expr(
                ast::Expr::ListComp(ast::ExprListComp { generators, .. })
                | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. }),
            ) => generators.iter().for_each(|of| self.bind_item(&of.target, &of.iter)),
            Node::Expr(ast::Expr::BinOp(e)) => {
                self.beside(&e.left, &e.right, note);
                self.beside(&e.right, &e.left, note);
            }
            Node::Expr(ast::Expr::Compare(e)) => {
                if let [right] = &e.comparators[..] {
                    self.beside(&e.left, right, note);
                    self.beside(right, &e.left, note);
                }
            }
            Node::Expr(ast::Expr::Subscript(e)) => {
                if let Some(name) = self.place(&e.value)
                    && (has_axes(&e.slice) || self.is_tensor(&e.slice))
                {
                    note(name, INDEXED);
                }
            }
            Node::Expr(ast::Expr::Call(call)) => self.call(node, call, note),
            _ => {}
        }
    }

    /// The attribute that an expression reads, or reads an item of.
    fn place(&self, expr: &'a ast::Expr) -> Option<&'a str> {
        match expr {
            ast::Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
            ast::Expr::Name(name) => {
                self.aliases.iter().rev().find(|(alias, _)| *alias == name.id.as_str()).map(|(_, attribute)| *attribute)
            }
            ast::Expr::Subscript(item) => self.place(&item.value),
            // `self.weight.sum()`, `self.table.view(1, -1)`
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(method)
                    if call.keywords.is_empty() && call.args.iter().all(is_number) && self.is_array_method(&method.attr) =>
                {
                    self.place(&method.value)
                }
                _ => None,
            },
            // `self.weight if self.weight is not None else 1.0`
            ast::Expr::IfExp(choice) => self.place(&choice.body).or_else(|| self.place(&choice.orelse)),
            _ => None,
        }
    }

    fn is_array_method(&self, name: &str) -> bool {
        let gives_tensor = |returns: &Returns| matches!(returns, Returns::Tensor(_) | Returns::Same);
        self.tables.has_member(name)
            && self.tables.lookup(&format!("Tensor.{name}")).any(|(_, signature)| !signature.is_bare && gives_tensor(&signature.returns))
    }

    fn is_tensor(&self, expr: &ast::Expr) -> bool {
        self.of_file.fact(expr).kind.is_tensor()
    }

    /// `operand` where the other one is a tensor.
    fn beside(&self, operand: &'a ast::Expr, other: &'a ast::Expr, note: &mut dyn FnMut(&'a str, Note)) {
        if let Some(name) = self.place(operand)
            && self.is_tensor(other)
        {
            note(name, BESIDE);
        }
    }

    fn call(&self, node: Node<'a>, call: &'a ast::ExprCall, note: &mut dyn FnMut(&'a str, Note)) {
        if let Some(function) = self.of_file.qualified(&call.func) {
            if function.starts_with("torch.") {
                self.arguments(function, 0, call, note);
            }
            return;
        }
        if let Some(Entity::Function(function)) = self.of_file.entity(&call.func) {
            return self.arguments_of_project(self.facts.function(*function), call, note);
        }
        let ast::Expr::Attribute(method) = &*call.func else { return };
        if !self.tables.has_member(method.attr.as_str()) {
            return;
        }
        let name = || format!("Tensor.{}", method.attr);
        if self.is_tensor(&method.value) {
            if !call.args.is_empty() || !call.keywords.is_empty() {
                self.arguments(&name(), 1, call, note);
            }
        } else if let Some(receiver) = self.place(&method.value)
            && matches!(node, Node::Expr(result) if self.is_tensor(result))
            && self.tables.contains(&name())
        {
            note(receiver, BESIDE);
        }
    }

    /// What stands where a function takes a tensor.
    fn arguments(&self, function: &str, receivers: usize, call: &'a ast::ExprCall, note: &mut dyn FnMut(&'a str, Note)) {
        let Some((_, signature)) = self.tables.lookup(function).find(|(_, signature)| !signature.is_bare) else { return };
        let placed = call.args.iter().enumerate().map(|(at, value)| (signature.params.get(at + receivers), value));
        let by_name = |keyword: &'a ast::Keyword| signature.param(self.tables.keyword(keyword.arg.as_ref()?)).map(|(_, param)| param);
        let named = call.keywords.iter().map(|keyword| (by_name(keyword), &keyword.value));
        for (param, value) in placed.chain(named) {
            let takes = |word| param.is_some_and(|param: &Param| param.accepts(word));
            match value {
                ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) if takes(Word::Tensors) => {
                    elts.iter().for_each(|item| self.operands(item, note));
                }
                _ if takes(Word::Tensor) || takes(Word::Tensors) => self.operands(value, note),
                _ => {}
            }
        }
    }

    /// What stands where a function of the project takes a tensor, as far as it says.
    fn arguments_of_project(&self, function: &FunctionInfo, call: &'a ast::ExprCall, note: &mut dyn FnMut(&'a str, Note)) {
        let is_tensor = |param: &ParamInfo| param.fact.kind.is_tensor() && param.fact.evidence >= Evidence::Used;
        let is_placed = |param: &&ParamInfo| matches!(param.form, ParamForm::PositionalOnly | ParamForm::Normal);
        let placed = call.args.iter().zip(function.params.iter().take_while(is_placed));
        placed.filter(|(_, param)| is_tensor(param)).for_each(|(value, _)| self.operands(value, note));
        for keyword in &call.keywords {
            let is_meant = |param: &&ParamInfo| keyword.arg.as_ref().is_some_and(|name| name.as_str() == param.name);
            if function.params.iter().find(is_meant).is_some_and(is_tensor) {
                self.operands(&keyword.value, note);
            }
        }
    }

    /// The attributes in the arithmetic of what is a tensor.
    fn operands(&self, expr: &'a ast::Expr, note: &mut dyn FnMut(&'a str, Note)) {
        match expr {
            ast::Expr::BinOp(e) => [&e.left, &e.right].into_iter().for_each(|operand| self.operands(operand, note)),
            ast::Expr::UnaryOp(e) => self.operands(&e.operand, note),
            ast::Expr::Compare(e) => self.operands(&e.left, note),
            _ => {
                if let Some(name) = self.place(expr) {
                    note(name, BESIDE);
                }
            }
        }
    }

    /// `w = self.w`, `a, b = self.a, self.b`; a name that gets something else stands for no attribute any more.
    fn bind(&mut self, target: &'a ast::Expr, value: &'a ast::Expr) {
        match (target, value) {
            (ast::Expr::Name(name), _) => {
                let place = self.place(value);
                let name = name.id.as_str();
                self.aliases.retain(|(alias, _)| *alias != name);
                self.aliases.extend(place.map(|attribute| (name, attribute)));
            }
            (ast::Expr::Tuple(targets), ast::Expr::Tuple(values)) if targets.elts.len() == values.elts.len() => {
                targets.elts.iter().zip(&values.elts).for_each(|(target, value)| self.bind(target, value));
            }
            (ast::Expr::Tuple(targets), _) => targets.elts.iter().for_each(|target| self.bind(target, value)),
            _ => {}
        }
    }

    /// `for a in self.arrays`, `for i, a in enumerate(self.arrays)`
    fn bind_item(&mut self, target: &'a ast::Expr, items: &'a ast::Expr) {
        if let (ast::Expr::Call(call), ast::Expr::Tuple(targets)) = (items, target)
            && let Some(Entity::Builtin(function)) = self.of_file.entity(&call.func)
        {
            match function.as_str() {
                "enumerate" => {
                    if let ([_, item], [items, ..]) = (&targets.elts[..], &call.args[..]) {
                        self.bind(item, items);
                    }
                }
                "zip" => targets.elts.iter().zip(&call.args).for_each(|(target, items)| self.bind(target, items)),
                _ => {}
            }
            return;
        }
        self.bind(target, items);
    }
}

fn is_number(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Constant(_) => true,
        ast::Expr::UnaryOp(e) => is_number(&e.operand),
        _ => false,
    }
}

/// Ex) `x[None, :]`, `x[..., 0]`
fn has_axes(index: &ast::Expr) -> bool {
    let is_axis = |item: &ast::Expr| match item {
        ast::Expr::Slice(_) => true,
        ast::Expr::Constant(constant) => matches!(constant.value, ast::Constant::None | ast::Constant::Ellipsis),
        _ => false,
    };
    matches!(index, ast::Expr::Tuple(tuple) if tuple.elts.iter().any(is_axis))
}
