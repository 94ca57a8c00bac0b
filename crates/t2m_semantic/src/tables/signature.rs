//! Signatures: Python, copied from the PyTorch docs, with a closed set of kinds as annotations.

use std::sync::OnceLock;

use t2m_syntax::SourceFile;
use t2m_syntax::ast::{self, Ranged};

use crate::kind::DType;

/// A kind word of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word {
    Tensor,
    Scalar,
    Int,
    Float,
    Bool,
    Str,
    None,
    DType,
    Device,
    Axis,
    Axes,
    Shape,
    Size,
    Tensors,
    List,
    Fn,
    Class,
    Module,
    Generator,
    Ndarray,
    Any,
    Ignored,
    Unsupported,
}

const WORDS: &[(&str, Word)] = &[
    ("tensor", Word::Tensor),
    ("scalar", Word::Scalar),
    ("int", Word::Int),
    ("float", Word::Float),
    ("bool", Word::Bool),
    ("str", Word::Str),
    ("none", Word::None),
    ("dtype", Word::DType),
    ("device", Word::Device),
    ("axis", Word::Axis),
    ("axes", Word::Axes),
    ("shape", Word::Shape),
    ("size", Word::Size),
    ("tensors", Word::Tensors),
    ("list", Word::List),
    ("fn", Word::Fn),
    ("class_", Word::Class),
    ("module", Word::Module),
    ("generator", Word::Generator),
    ("ndarray", Word::Ndarray),
    ("any", Word::Any),
    ("ignored", Word::Ignored),
    ("unsupported", Word::Unsupported),
];

impl Word {
    pub fn parse(word: &str) -> Option<Self> {
        let word = if word == "class" { "class_" } else { word };
        WORDS.iter().find(|(name, _)| *name == word).map(|&(_, word)| word)
    }

    pub fn name(self) -> &'static str {
        WORDS.iter().find(|&&(_, word)| word == self).map_or("any", |&(name, _)| name).trim_end_matches('_')
    }
}

/// How a parameter takes arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamStyle {
    PositionalOnly,
    Positional,
    KeywordOnly,
    Variadic,
    VariadicKeywords,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub name: String,
    pub style: ParamStyle,
    /// Empty means `any`.
    pub words: Vec<Word>,
    /// The source text of the default.
    pub default: Option<String>,
}

impl Param {
    pub fn accepts(&self, word: Word) -> bool {
        self.words.contains(&word)
    }
}

/// What a call gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Returns {
    #[default]
    Unknown,
    Tensor(Option<DType>),
    Word(Word),
    Tuple(Vec<Returns>),
    ListOf(Box<Returns>),
    /// The kind of the receiver.
    Same,
}

/// One spelling of a row.
#[derive(Debug, Clone)]
pub struct Signature {
    /// `torch.cat`, `Tensor.view`, `torch.float32`.
    pub name: String,
    pub params: Vec<Param>,
    /// Written without parentheses: an attribute or constant.
    pub is_bare: bool,
    pub returns: Returns,
}

/// A signature that is parsed when somebody asks for more than its name: a port needs few of those that the tables hold.
#[derive(Debug, Clone)]
pub struct LazySignature {
    /// The name of the signature, without parsing.
    pub name: String,
    text: String,
    parsed: OnceLock<Signature>,
}

impl LazySignature {
    pub(super) fn new(text: String) -> Self {
        let end = text.find(['(', ' ', '-']).unwrap_or(text.len());
        Self { name: text[..end].trim().to_owned(), text, parsed: OnceLock::new() }
    }

    /// Parses now.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let signature = Signature::parse(&self.text)?;
        if signature.name != self.name {
            return Err(format!("`{}` has to begin with its name", self.text));
        }
        let _ = self.parsed.set(signature);
        Ok(())
    }
}

impl std::ops::Deref for LazySignature {
    type Target = Signature;

    /// The rows of users are checked when they are read, and those of the program by a test: no signature is left that doesn't parse.
    fn deref(&self) -> &Signature {
        self.parsed.get_or_init(|| {
            Signature::parse(&self.text).unwrap_or_else(|_| Signature {
                name: self.name.clone(),
                params: Vec::new(),
                is_bare: !self.text.contains('('),
                returns: Returns::Unknown,
            })
        })
    }
}

impl Signature {
    pub fn param(&self, name: &str) -> Option<(usize, &Param)> {
        self.params.iter().enumerate().find(|(_, param)| param.name == name)
    }

    /// Parses `torch.cat(tensors: tensors, dim: axis = 0) -> tensor`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = &spell_class(text.trim());
        let (name, rest) = match text.find('(') {
            Some(open) if !text[..open].contains("->") => (text[..open].trim(), &text[open..]),
            _ => {
                let (name, returns) = text.split_once("->").map_or((text.as_str(), ""), |(name, returns)| (name.trim(), returns.trim()));
                let returns = if returns.is_empty() { Returns::Unknown } else { parse_returns_text(returns)? };
                return Ok(Self { name: name.to_owned(), params: Vec::new(), is_bare: true, returns });
            }
        };
        if name.is_empty() || !name.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')) {
            return Err(format!("`{name}` is not a dotted name"));
        }
        let source = format!("def f{rest}: pass\n");
        let file = SourceFile::parse("signature", source).map_err(|error| format!("signature `{text}`: {}", error.message))?;
        let Some(ast::Stmt::FunctionDef(def)) = file.suite.first() else { return Err(format!("`{text}` is not a signature")) };
        let mut params = Vec::new();
        let groups = [(&def.args.posonlyargs, ParamStyle::PositionalOnly), (&def.args.args, ParamStyle::Positional)];
        for (args, style) in groups {
            for arg in args {
                params.push(param(&file, &arg.def, arg.default.as_deref(), style)?);
            }
        }
        if let Some(arg) = &def.args.vararg {
            params.push(param(&file, arg, None, ParamStyle::Variadic)?);
        }
        for arg in &def.args.kwonlyargs {
            params.push(param(&file, &arg.def, arg.default.as_deref(), ParamStyle::KeywordOnly)?);
        }
        if let Some(arg) = &def.args.kwarg {
            params.push(param(&file, arg, None, ParamStyle::VariadicKeywords)?);
        }
        let returns = def.returns.as_deref().map(parse_returns).transpose()?.unwrap_or_default();
        Ok(Self { name: name.to_owned(), params, is_bare: false, returns })
    }
}

/// `class` is a keyword of Python: as an annotation it is read as `class_`.
fn spell_class(text: &str) -> String {
    let mut spelled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("class") {
        let (before, after) = (&rest[..at], &rest[at + "class".len()..]);
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        let whole = !is_word(before.chars().next_back()) && !is_word(after.chars().next());
        spelled.push_str(before);
        spelled.push_str(if whole { "class_" } else { "class" });
        rest = after;
    }
    spelled + rest
}

fn param(file: &SourceFile, arg: &ast::Arg, default: Option<&ast::Expr>, style: ParamStyle) -> Result<Param, String> {
    let mut words = Vec::new();
    if let Some(annotation) = &arg.annotation {
        annotation_words(annotation, &mut words).map_err(|error| format!("parameter `{}`: {error}", arg.arg))?;
    }
    Ok(Param { name: arg.arg.to_string(), style, words, default: default.map(|expr| file.slice(expr.range()).to_owned()) })
}

fn annotation_words(expr: &ast::Expr, words: &mut Vec<Word>) -> Result<(), String> {
    match expr {
        ast::Expr::BinOp(op) if op.op == ast::Operator::BitOr => {
            annotation_words(&op.left, words)?;
            annotation_words(&op.right, words)
        }
        ast::Expr::Name(name) => {
            let word = Word::parse(&name.id).ok_or_else(|| format!("`{}` is not a kind word; see mappings/README.md", name.id))?;
            words.push(word);
            Ok(())
        }
        ast::Expr::Constant(constant) if constant.value.is_none() => {
            words.push(Word::None);
            Ok(())
        }
        // `[tensor]` and `list[tensor]`: both are sequences of tensors.
        ast::Expr::List(_) => {
            words.push(Word::Tensors);
            Ok(())
        }
        ast::Expr::Subscript(subscript) => match &*subscript.value {
            ast::Expr::Name(name) if name.id.as_str() == "list" => {
                words.push(Word::Tensors);
                Ok(())
            }
            value => annotation_words(value, words),
        },
        _ => Err("the annotation is not made of kind words joined by `|`".into()),
    }
}

fn parse_returns_text(text: &str) -> Result<Returns, String> {
    let file =
        SourceFile::parse("returns", format!("{text}\n")).map_err(|error| format!("return annotation `{text}`: {}", error.message))?;
    match file.suite.first() {
        Some(ast::Stmt::Expr(stmt)) => parse_returns(&stmt.value),
        _ => Err(format!("`{text}` is not a return annotation")),
    }
}

fn parse_returns(expr: &ast::Expr) -> Result<Returns, String> {
    match expr {
        ast::Expr::Name(name) => match name.id.as_str() {
            "tensor" => Ok(Returns::Tensor(None)),
            "tensors" => Ok(Returns::ListOf(Box::new(Returns::Tensor(None)))),
            "same" => Ok(Returns::Same),
            "any" => Ok(Returns::Unknown),
            word => Word::parse(word).map(Returns::Word).ok_or_else(|| format!("`{word}` is not a kind word")),
        },
        ast::Expr::Constant(constant) if constant.value.is_none() => Ok(Returns::Word(Word::None)),
        ast::Expr::Tuple(tuple) => Ok(Returns::Tuple(tuple.elts.iter().map(parse_returns).collect::<Result<_, _>>()?)),
        ast::Expr::List(list) => {
            let item = list.elts.first().ok_or("an empty list is not a return annotation")?;
            Ok(Returns::ListOf(Box::new(parse_returns(item)?)))
        }
        ast::Expr::Subscript(subscript) => match (&*subscript.value, &*subscript.slice) {
            (ast::Expr::Name(list), item) if matches!(list.id.as_str(), "list" | "tuple") => {
                Ok(Returns::ListOf(Box::new(parse_returns(item)?)))
            }
            (ast::Expr::Name(tensor), ast::Expr::Name(dtype)) if tensor.id.as_str() == "tensor" => {
                let dtype = DType::parse(&dtype.id).ok_or_else(|| format!("`{}` is not a dtype", dtype.id))?;
                Ok(Returns::Tensor(Some(dtype)))
            }
            _ => Err("the return annotation is not known".into()),
        },
        // A union says nothing certain.
        ast::Expr::BinOp(_) => Ok(Returns::Unknown),
        _ => Err("the return annotation is not known".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_python() {
        let signature =
            Signature::parse("torch.f(input: tensor, *shape: int|shape, dim: axis = -1, out: none = None) -> (tensor, tensor[int64])")
                .expect("valid");
        assert_eq!(signature.name, "torch.f");
        assert_eq!(signature.params[1].style, ParamStyle::Variadic);
        assert_eq!(signature.params[2].default.as_deref(), Some("-1"));
        assert_eq!(signature.returns, Returns::Tuple(vec![Returns::Tensor(None), Returns::Tensor(Some(DType::Int64))]));
        assert!(Signature::parse("torch.float32").expect("bare").is_bare);
        assert!(Signature::parse("torch.f(x: tesnor)").is_err());
    }
}
