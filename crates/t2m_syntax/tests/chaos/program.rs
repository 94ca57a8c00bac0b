//! Programs in every formatting that Python allows: line ends, tabs, BOM, form feeds, comments and continuations in odd places, one-line suites, f-strings.

use super::Choices;

/// Deepest nesting of statements and of expressions.
const DEPTH: usize = 5;

/// Binding strengths, as far as the generator needs them.
const NAMED: usize = 0;
const TEST: usize = 1;
const OR: usize = 2;
const COMPARE: usize = 5;
const BIT_OR: usize = 6;
const UNARY: usize = 12;
const POWER: usize = 13;
const AWAIT: usize = 14;
const ATOM: usize = 15;

const BINARY: [(&str, usize); 9] = [("or", OR), ("and", 3), ("|", BIT_OR), ("^", 7), ("&", 8), ("<<", 9), ("+", 10), ("@", 11), ("//", 11)];

/// A program made of the choices.
pub(crate) fn program(choices: &mut Choices<'_>) -> String {
    let newline = choices.pick(&["\n", "\r\n", "\r"]);
    let tabs = choices.once_in(3);
    let mut writer = Writer { choices, newline, tabs, depth: 0, brackets: 0, field: None, comments: 0 };
    let mut text = String::new();
    if writer.choices.once_in(8) {
        text.push('\u{feff}');
    }
    if writer.choices.once_in(8) {
        text += "# -*- coding: utf-8 -*-";
        text += newline;
    }
    let n = 1 + writer.choices.below(4);
    for _ in 0..n {
        text += &writer.statement("");
    }
    if writer.choices.once_in(4) {
        let len = text.trim_end_matches(['\n', '\r']).len();
        text.truncate(len);
    }
    text
}

struct Writer<'c, 'b> {
    choices: &'c mut Choices<'b>,
    newline: &'static str,
    /// Indentation is by tabs: the parser takes none behind spaces.
    tabs: bool,
    depth: usize,
    /// Open brackets: line breaks and comments are free inside.
    brackets: usize,
    /// The quote of the f-string that is being written.
    field: Option<char>,
    comments: usize,
}

impl Writer<'_, '_> {
    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# c{} {}", self.comments, self.choices.pick(&["", "é", "'", "\"", "(", "\t", "\\", ";"])).trim_end().to_owned()
    }

    /// Space between tokens.
    fn gap(&mut self) -> String {
        let (choice, newline) = (self.choices.below(16), self.newline);
        if self.field.is_some() {
            return if choice == 1 { " ".into() } else { String::new() };
        }
        match choice {
            1 => "  ".into(),
            2 => "\t".into(),
            3 if self.brackets > 0 => format!("{newline}  "),
            4 if self.brackets > 0 => format!("  {}{}\t", self.comment(), self.newline),
            5 if self.brackets > 0 => format!("{newline}{}{newline}", self.comment()),
            6 => format!("\\{}  ", self.newline),
            _ => String::new(),
        }
    }

    /// Space that must not be empty.
    fn space(&mut self) -> String {
        format!(" {}", self.gap())
    }

    fn name(&mut self) -> String {
        self.choices.pick(&["x", "y", "é", "torch", "Ωmega", "变量", "_", "self"]).to_owned()
    }

    /// Writes what stands between brackets.
    fn bracketed(&mut self, open: &str, close: &str, inside: impl FnOnce(&mut Self) -> String) -> String {
        self.brackets += 1;
        let text = format!("{open}{}{}{}{close}", self.gap(), inside(self), self.gap());
        self.brackets -= 1;
        text
    }

    // ---- expressions ----------------------------------------------------------------------------

    /// An expression that binds at least as tightly as `min`.
    fn expr(&mut self, min: usize) -> String {
        if self.depth >= DEPTH {
            return self.name();
        }
        self.depth += 1;
        let kind = self.choices.below(24);
        let prec = match kind {
            1 => NAMED,
            2 | 3 => TEST,
            4 => 4,
            5 => COMPARE,
            6 => UNARY,
            7 => POWER,
            23 if self.field.is_none() => AWAIT,
            8 | 9 => BINARY[self.choices.below(BINARY.len())].1,
            _ => ATOM,
        };
        let text = if prec < min { self.bracketed("(", ")", |w| w.expr_of(kind, prec)) } else { self.expr_of(kind, prec) };
        self.depth -= 1;
        text
    }

    fn expr_of(&mut self, kind: usize, prec: usize) -> String {
        match kind {
            1 => format!("{}{}:={}{}", self.name(), self.gap(), self.gap(), self.expr(TEST)),
            2 => format!("lambda{}{}:{}{}", self.space(), self.parameters(false), self.gap(), self.expr(TEST)),
            3 => format!("{}{}if {}{}else {}", self.expr(OR), self.space(), self.expr(OR), self.space(), self.expr(TEST)),
            4 => format!("not{}{}", self.space(), self.expr(4)),
            5 => {
                let op = self.choices.pick(&["<", "==", "is not", "not in", ">="]);
                format!("{}{}{op}{}{}", self.expr(BIT_OR), self.space(), self.space(), self.expr(BIT_OR))
            }
            6 => format!("{}{}{}", self.choices.pick(&["-", "~", "+"]), self.gap(), self.expr(UNARY)),
            23 if prec == AWAIT => format!("await{}{}", self.space(), self.expr(ATOM)),
            7 => format!("{}{}**{}{}", self.expr(AWAIT), self.gap(), self.gap(), self.expr(UNARY)),
            8 | 9 => {
                let ops: Vec<_> = BINARY.iter().filter(|(_, p)| *p == prec).collect();
                let (op, prec) = ops[self.choices.below(ops.len())];
                format!("{}{}{op}{}{}", self.expr(*prec), self.space(), self.space(), self.expr(prec + 1))
            }
            _ => self.atom(kind),
        }
    }

    fn atom(&mut self, kind: usize) -> String {
        match kind {
            10 => {
                let value = self.expr(ATOM);
                let gap = if value.starts_with(|c: char| c.is_ascii_digit()) { " ".to_owned() } else { self.gap() };
                format!("{value}{gap}.{}{}", self.gap(), self.name())
            }
            11 | 12 => {
                let callee = self.expr(ATOM);
                format!("{callee}{}", self.bracketed("(", ")", Self::arguments))
            }
            13 => {
                let value = self.expr(ATOM);
                format!("{value}{}", self.bracketed("[", "]", Self::subscript))
            }
            14 => self.bracketed("[", "]", |w| w.items(true)),
            15 => self.bracketed("(", ")", |w| format!("{}{},{}", w.expr(TEST), w.gap(), w.items(true))),
            16 if self.field.is_none() => self.bracketed("{", "}", |w| format!("{}{}:{}{}", w.expr(TEST), w.gap(), w.gap(), w.expr(TEST))),
            17 => self.bracketed("[", "]", Self::comprehension),
            18 => self.bracketed("(", ")", Self::comprehension),
            19 => self.string(),
            20 => self.fstring(),
            21 => self.choices.pick(&["1", "0x1f", "1_000.5e3", "2j", "None", "...", "True"]).to_owned(),
            22 => format!("{}.size(0)", self.name()),
            _ => self.name(),
        }
    }

    fn items(&mut self, may_be_empty: bool) -> String {
        let n = self.choices.below(3) + usize::from(!may_be_empty);
        let items: Vec<String> = (0..n).map(|_| format!("{}{}", self.expr(TEST), self.gap())).collect();
        items.join(",")
    }

    fn arguments(&mut self) -> String {
        let n = self.choices.below(4);
        let mut arguments: Vec<String> = (0..n).map(|_| self.expr(TEST)).collect();
        match self.choices.below(6) {
            1 => arguments.push(format!("dim{}={}{}", self.gap(), self.gap(), self.expr(TEST))),
            2 => arguments.push(format!("*{}", self.expr(BIT_OR))),
            3 => arguments.push(format!("é={}, **{}", self.expr(TEST), self.expr(BIT_OR))),
            _ => {}
        }
        let arguments: Vec<String> = arguments.into_iter().map(|argument| format!("{argument}{}", self.gap())).collect();
        let comma = if !arguments.is_empty() && self.choices.once_in(4) { "," } else { "" };
        format!("{}{comma}", arguments.join(","))
    }

    fn subscript(&mut self) -> String {
        match self.choices.below(5) {
            1 => format!("{}:{}", self.expr(TEST), self.gap()),
            2 => format!(":, {}::{}", self.expr(TEST), self.expr(TEST)),
            3 => format!("..., {}", self.expr(TEST)),
            4 => format!("::{}, None", self.expr(TEST)),
            _ => self.expr(TEST),
        }
    }

    fn comprehension(&mut self) -> String {
        let (element, target, iterable) = (self.expr(TEST), self.name(), self.expr(OR));
        let condition = if self.choices.once_in(2) { format!("{}if {}", self.space(), self.expr(OR)) } else { String::new() };
        format!("{element}{}for {target} in {iterable}{condition}", self.space())
    }

    fn string(&mut self) -> String {
        if let Some(outer) = self.field {
            let quote = if outer == '"' { '\'' } else { '"' };
            return format!("{quote}k{quote}");
        }
        let newline = self.newline;
        match self.choices.below(6) {
            1 => "r'\\d'".into(),
            2 => format!("'''a{newline}    b # no comment{newline}'''"),
            3 => format!("\"\"\"{newline}\t\"é\"{newline}\"\"\""),
            4 => "b'\\x00'".into(),
            5 => format!("'a' {}\"b\"", self.gap()),
            _ => "'s'".into(),
        }
    }

    fn fstring(&mut self) -> String {
        if self.field.is_some() {
            return self.name();
        }
        let quote = if self.choices.once_in(2) { '\'' } else { '"' };
        let is_long = self.choices.once_in(4);
        self.field = Some(quote);
        let mut text = String::new();
        for _ in 0..=self.choices.below(3) {
            text += self.choices.pick(&["", "a ", "{{", "}} ", "é"]);
            // A field that starts with a brace reads as an escape.
            let value = self.expr(BIT_OR);
            let gap = if value.starts_with('{') { " " } else { "" };
            let spec = match self.choices.below(7) {
                1 => ":>10".to_owned(),
                2 => format!(":>{{{}}}", self.name()),
                3 => "!r".to_owned(),
                4 => "=".to_owned(),
                5 => " = !r:>{x}.{y.size(1)}".to_owned(),
                _ => String::new(),
            };
            text += &format!("{{{gap}{value}{spec}}}");
        }
        if is_long {
            text += self.newline;
        }
        self.field = None;
        let quotes = quote.to_string().repeat(if is_long { 3 } else { 1 });
        format!("f{quotes}{text}{quotes}")
    }

    fn parameters(&mut self, annotated: bool) -> String {
        let annotation = if annotated && self.choices.once_in(2) { format!(": {}", self.expr(TEST)) } else { String::new() };
        match self.choices.below(4) {
            1 => format!("x{annotation}, y={}", self.expr(TEST)),
            2 => format!("x{annotation}, /, *, y={}", self.expr(TEST)),
            3 => format!("*x{annotation}, **y"),
            _ => format!("x{annotation}"),
        }
    }

    // ---- statements -----------------------------------------------------------------------------

    /// A statement with its line, or lines, at `indent`.
    fn statement(&mut self, indent: &str) -> String {
        let mut text = String::new();
        match self.choices.below(8) {
            1 => text += self.newline,
            2 => {
                let column = self.choices.pick(&["", "  ", "\t", "         "]);
                text += &format!("{column}{}{}", self.comment(), self.newline);
            }
            3 if indent.is_empty() => text += &format!("\u{c}{}", self.newline),
            4 => text += &format!("   {}", self.newline),
            _ => {}
        }
        let kind = if self.depth >= DEPTH { 0 } else { self.choices.below(16) };
        self.depth += 1;
        text += indent;
        text += &match kind {
            0..=6 => self.simple_line(),
            _ => self.compound(kind, indent),
        };
        self.depth -= 1;
        text
    }

    /// Simple statements up to the line end.
    fn simple_line(&mut self) -> String {
        let mut text = self.simple();
        while self.choices.once_in(5) {
            text += &format!("{};{}{}", self.gap_inline(), self.gap_inline(), self.simple());
        }
        if self.choices.once_in(8) {
            text += ";";
        }
        text + &self.line_end()
    }

    fn gap_inline(&mut self) -> &'static str {
        self.choices.pick(&["", " ", "\t"])
    }

    fn line_end(&mut self) -> String {
        if self.choices.once_in(3) { format!("  {}{}", self.comment(), self.newline) } else { self.newline.to_owned() }
    }

    fn simple(&mut self) -> String {
        match self.choices.below(17) {
            1 => format!("{}{}={}{}", self.name(), self.gap(), self.gap(), self.expr(TEST)),
            2 => format!("{} = {} = {}, *{}", self.name(), self.name(), self.expr(TEST), self.expr(BIT_OR)),
            3 => format!("{}.{} += {}", self.name(), self.name(), self.expr(TEST)),
            4 => format!("{}[{}] = {}", self.name(), self.expr(TEST), self.expr(TEST)),
            5 => format!("{}: {} = {}", self.name(), self.expr(TEST), self.expr(TEST)),
            6 => "x.cuda()".into(),
            7 => format!("assert{}{}, {}", self.space(), self.expr(TEST), self.string()),
            8 => format!("del{}{}, {}", self.space(), self.name(), self.name()),
            9 => self.choices.pick(&["import os", "from a.b import (c, d as e)", "from . import f"]).to_owned(),
            10 => self.choices.pick(&["pass", "global q", "raise", "..."]).to_owned(),
            11 => format!("raise{}{} from {}", self.space(), self.expr(TEST), self.expr(TEST)),
            12 => self.string(),
            13 => self.fstring(),
            14 => format!("x, (y, *z) = {}", self.expr(TEST)),
            15 => format!("x = yield{}{}", self.space(), self.expr(TEST)),
            _ => self.expr(TEST),
        }
    }

    /// A suite behind its colon: on the same line, or indented.
    fn suite(&mut self, indent: &str) -> String {
        if self.choices.once_in(4) {
            return format!("{}{}", self.gap_inline(), self.simple_line());
        }
        let unit = if self.tabs { "\t" } else { self.choices.pick(&["    ", " ", "  "]) };
        let inner = format!("{indent}{unit}");
        let mut text = self.line_end();
        for _ in 0..=self.choices.below(3) {
            text += &self.statement(&inner);
        }
        text
    }

    fn compound(&mut self, kind: usize, indent: &str) -> String {
        let newline = self.newline;
        match kind {
            7 => {
                let mut text = format!("if{}{}:{}", self.space(), self.expr(NAMED), self.suite(indent));
                if self.choices.once_in(2) {
                    text += &format!("{indent}elif {}:{}", self.expr(TEST), self.suite(indent));
                }
                if self.choices.once_in(2) {
                    text += &format!("{indent}else:{}", self.suite(indent));
                }
                text
            }
            8 => {
                let mut text = format!("for {} in{}{}:{}", self.name(), self.space(), self.expr(TEST), self.suite(indent));
                if self.choices.once_in(3) {
                    text += &format!("{indent}else:{}", self.suite(indent));
                }
                text
            }
            9 => format!("while{}{}:{}", self.space(), self.expr(TEST), self.suite(indent)),
            10 => {
                let items = match self.choices.below(3) {
                    1 => self.bracketed("(", ")", |w| format!("{} as x, {} as y{}", w.expr(TEST), w.expr(TEST), w.gap())),
                    2 => format!("{} as {}, {}", self.expr(ATOM), self.name(), self.expr(ATOM)),
                    _ => self.expr(ATOM),
                };
                format!("with{}{items}:{}", self.space(), self.suite(indent))
            }
            11 | 12 => {
                let mut text = String::new();
                if self.choices.once_in(3) {
                    text += &format!("@{}{}{indent}", self.expr(ATOM), self.line_end());
                }
                let returns = if self.choices.once_in(3) { format!(" -> {}", self.expr(TEST)) } else { String::new() };
                let keyword = if self.choices.once_in(4) { "async def" } else { "def" };
                let parameters = self.bracketed("(", ")", |w| w.parameters(true));
                text + &format!("{keyword} {}{parameters}{returns}:{}", self.name(), self.suite(indent))
            }
            13 => {
                let decorator =
                    if self.choices.once_in(3) { format!("@{}{}{indent}", self.name(), self.line_end()) } else { String::new() };
                let bases = if self.choices.once_in(2) { self.bracketed("(", ")", Self::arguments) } else { String::new() };
                format!("{decorator}class {}{bases}:{}", self.name(), self.suite(indent))
            }
            14 => {
                let finally = if self.choices.once_in(2) { format!("{indent}finally:{}", self.suite(indent)) } else { String::new() };
                let body = self.suite(indent);
                let handler = self.suite(indent);
                format!("try:{body}{indent}except {} as x:{handler}{finally}", self.expr(TEST))
            }
            _ => {
                let pattern = self.choices.pick(&["_", "[a, *b]", "{'k': v, **r}", "A.B(c=d)", "1 | -2", "x.y as z", "(a, b) if a"]);
                let subject = if self.choices.once_in(2) { self.expr(TEST) } else { format!("{}, {}", self.expr(TEST), self.name()) };
                let inner = format!("{indent}{}", if self.tabs { "\t" } else { "  " });
                format!("match {subject}:{newline}{inner}case {pattern}:{}", self.suite(&inner))
            }
        }
    }
}
