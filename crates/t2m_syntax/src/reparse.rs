//! The output, read by another parser than the input.
//!
//! Ruff's parser takes a tenth of the time, and what one parser takes by mistake the other may not.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ConversionFlag, Expr, InterpolatedStringElement, Parameters, PythonVersion, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse};
use rustc_hash::FxHashSet;

/// What the laws ask of a text.
#[derive(Default)]
pub(crate) struct Reparsed<'t> {
    /// In order, each with its `#`.
    pub(crate) comments: Vec<&'t str>,
    /// Modules that are imported by absolute names.
    pub(crate) imports: Vec<String>,
    /// How many statements are `del NAME` or `class NAME: ...`.
    pub(crate) placeholders: usize,
}

/// None if the text doesn't parse, or only by later versions of Python.
pub(crate) fn reparse<'t>(text: &'t str, placeholder: &str) -> Option<Reparsed<'t>> {
    // What a `\` alone on its line does to indentation, and blanks before tabs, are read differently.
    let is_odd = |line: &str| {
        let rest = line.trim_start_matches([' ', '\t', '\x0c']);
        rest == "\\" || line[..line.len() - rest.len()].contains(" \t")
    };
    if text.split(['\n', '\r']).any(is_odd) {
        return None;
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion::PY311);
    let parsed = parse(text, options).ok()?.try_into_module()?;
    if !parsed.has_no_syntax_errors() {
        return None;
    }
    let mut collector = Collector { found: Reparsed::default(), placeholder, is_other: false };
    collector.visit_body(parsed.suite());
    let Collector { mut found, is_other, .. } = collector;
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    found.comments = comments.map(|token| &text[std::ops::Range::<usize>::from(ruff_text_size::Ranged::range(token))]).collect();
    (!is_other).then_some(found)
}

struct Collector<'t, 'p> {
    found: Reparsed<'t>,
    placeholder: &'p str,
    /// Something stands there that this parser takes and Python may not.
    is_other: bool,
}

impl<'a> Visitor<'a> for Collector<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Delete(s) => {
                let is_placeholder = matches!(&s.targets[..], [Expr::Name(name)] if name.id.as_str() == self.placeholder);
                self.found.placeholders += usize::from(is_placeholder);
            }
            Stmt::ClassDef(s) => self.found.placeholders += usize::from(s.name.as_str() == self.placeholder),
            Stmt::Import(s) => self.found.imports.extend(s.names.iter().map(|alias| alias.name.to_string())),
            Stmt::ImportFrom(s) if s.level == 0 => self.found.imports.extend(s.module.iter().map(ToString::to_string)),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_interpolated_string_element(&mut self, element: &'a InterpolatedStringElement) {
        // Ex) `{x!r }` is read by later versions of Python alone.
        self.is_other |= matches!(element, InterpolatedStringElement::Interpolation(field) if field.conversion != ConversionFlag::None);
        visitor::walk_interpolated_string_element(self, element);
    }

    fn visit_parameters(&mut self, parameters: &'a Parameters) {
        // Ex) `def f(x, x)`
        let mut names = FxHashSet::default();
        self.is_other |= parameters.iter().any(|parameter| !names.insert(parameter.name().as_str()));
        visitor::walk_parameters(self, parameters);
    }
}
