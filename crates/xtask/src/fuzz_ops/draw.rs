//! One draw: a call with its inputs, and the small program that shows it.

use t2m_semantic::tables::signature::{Param, ParamStyle, Returns, Word};

use super::random::Random;
use super::spec::{self, Inputs, Spec};
use super::target::{Base, Target, has_word};

const FOLLOWING: [&str; 16] = [
    " - 5",
    " * 2",
    " / 2",
    " ** 2",
    " * 0.5",
    ".float()",
    ".sum()",
    ".mean()",
    ".dim()",
    ".unsqueeze(0)",
    ".to(torch.float16)",
    ".reshape(-1)",
    ".tolist()",
    ".item()",
    ".max()",
    ".dtype == torch.float32",
];
/// Steps, which a rounding may cross: of results that are whole numbers or bools.
const STEPS: [&str; 8] = [" // 2", " % 3", " > 0", " == 0", ".long()", ".bool()", " - 5", ".argmax()"];

/// How the result is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    Whole,
    First,
    Second,
    Values,
    Indices,
    Unpacked,
}

/// An argument as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Given {
    param: usize,
    text: String,
    /// Not a literal of the program: a parameter of the function around it.
    at_run_time: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Draw {
    pub(super) target: usize,
    /// Names the case, and with it the values of its inputs.
    pub(super) id: String,
    given: Vec<Given>,
    inputs: Inputs,
    /// So many arguments are passed by position, the others by keyword.
    by_position: usize,
    /// `axis=` for `dim=`
    numpy_keywords: bool,
    /// Parameters of the function around the call have annotations.
    typed: bool,
    used: Used,
    /// What is done with the result: what it is shows in what comes of it.
    then: &'static str,
    /// An in-place method whose result is used.
    as_value: bool,
    pub(super) grad: bool,
    pub(super) check: Option<String>,
    pub(super) tol: Option<f64>,
}

/// A draw for a target; none where its signature asks for what can't be drawn.
pub(super) fn draw(targets: &[Target], target: usize, seed: u64, round: usize) -> Option<Draw> {
    let of = &targets[target];
    let id = format!("{} {round}", of.id);
    let random = &mut Random::of(seed, &id);
    let from_example = !of.bases.is_empty() && random.chance(85);
    let base = match from_example {
        true => of.bases[random.below(of.bases.len())].clone(),
        false => fresh(of, random)?,
    };
    let mut draw = Draw {
        target,
        id: format!("{id} of {seed}"),
        given: Vec::new(),
        inputs: base.inputs,
        by_position: 0,
        numpy_keywords: random.chance(4),
        typed: random.chance(70),
        used: used(&of.signature.returns, random),
        then: "",
        as_value: random.chance(15),
        grad: random.chance(15) && !of.settings.no_grad,
        check: of.settings.check.clone().or(base.check.filter(|check| check != "kind")),
        tol: None,
    };
    if from_example {
        spec::vary(&mut draw.inputs, of.broadcasts(), random);
    }
    if draw.inputs.iter().any(|(_, spec)| of.settings.has_ties_beside(spec)) {
        let is_pair = matches!(of.signature.returns, Returns::Tuple(_));
        (draw.used, draw.grad) = (if is_pair { random.of_these([Used::First, Used::Values]) } else { Used::First }, false);
    }
    draw.grad &= !draw.inputs.iter().any(|(_, spec)| of.settings.refuses_gradients_beside(spec));
    if draw.used == Used::Whole && draw.check.is_none() && random.chance(30) {
        let is_whole = matches!(&of.signature.returns, Returns::Tensor(Some(_)));
        draw.then = if is_whole && random.chance(60) { random.of_these(STEPS) } else { random.of_these(FOLLOWING) };
        // `mx.sum` of a bool without axes is a bool, and reductions of empty arrays may hang.
        // Where the largest is NaN, the gradient of MLX is NaN everywhere.
        let is_max_of_nan = draw.grad && draw.then == ".max()";
        let reduces = [".sum()", ".mean()", ".max()", ".argmax()"].contains(&draw.then);
        if is_max_of_nan || reduces && draw.inputs.iter().any(|(_, spec)| spec.is("scalars") || spec.is("empty")) {
            draw.then = "";
        }
    }
    if spec::has_weak(&draw.inputs) || draw.inputs.iter().any(|(_, spec)| of.settings.refuses(spec)) {
        return None;
    }
    let rank = draw.inputs.first().and_then(|(_, spec)| spec.rank()).unwrap_or(2);
    for (index, param) in of.signature.params.iter().enumerate() {
        let texts = base.args.get(index).cloned().unwrap_or_default();
        draw.give(of, index, param, texts, rank, random);
    }
    draw.by_position = random.below(draw.given.len() + 1);
    draw.tol = draw.tolerance(of.settings.tol.or(base.tol));
    Some(draw)
}

/// A call from the signature alone: all that it requires.
fn fresh(of: &Target, random: &mut Random) -> Option<Base> {
    let names = ["x", "y", "z", "w", "u", "v"];
    let mut used = Vec::new();
    let mut args = Vec::new();
    for param in &of.signature.params {
        let required = param.default.is_none() && !matches!(param.style, ParamStyle::Variadic | ParamStyle::VariadicKeywords);
        let mut texts = Vec::new();
        if required && of.settings.keep.contains(&param.name) {
            return None;
        }
        if required && param.accepts(Word::Tensor) {
            let name = names.get(used.len())?;
            used.push((*name).to_owned());
            texts.push((*name).to_owned());
        } else if required {
            texts.push(String::new()); // drawn below
        }
        args.push(texts);
    }
    let inputs = spec::fresh(&used, of.broadcasts(), random);
    let rank = inputs.first().and_then(|(_, spec)| spec.rank()).unwrap_or(2);
    for (index, (param, texts)) in of.signature.params.iter().zip(&mut args).enumerate() {
        if texts.first().is_some_and(String::is_empty) {
            *texts = vec![value(param, &of.pool[index], rank, random)?];
        }
    }
    let check = of.bases.first().and_then(|base| base.check.clone());
    let tol = of.bases.iter().filter_map(|base| base.tol).reduce(f64::max);
    Some(Base { args, inputs, check, tol })
}

fn used(returns: &Returns, random: &mut Random) -> Used {
    match returns {
        Returns::Tuple(parts) if parts.len() == 2 => {
            random.of_these([Used::Whole, Used::First, Used::Second, Used::Values, Used::Indices, Used::Unpacked])
        }
        Returns::Unknown => random.of_these([Used::Whole, Used::Whole, Used::Whole, Used::First, Used::Unpacked]),
        _ => Used::Whole,
    }
}

/// A value for a parameter: one that examples use, or one of its words.
fn value(param: &Param, pool: &[String], rank: usize, random: &mut Random) -> Option<String> {
    if random.chance(45)
        && let Some(text) = random.pick(pool)
    {
        return Some(text.clone());
    }
    let words: Vec<Word> = param.words.iter().copied().filter(|word| !matches!(word, Word::Tensor | Word::Unsupported)).collect();
    let Some(word) = random.pick(&words) else { return random.pick(pool).cloned() };
    let axis = |random: &mut Random| {
        let axis = random.below(rank.max(1)) as i64;
        if random.chance(50) { axis - rank.max(1) as i64 } else { axis }.to_string()
    };
    let sizes = |random: &mut Random| {
        let sizes: Vec<String> = (0..random.below(4)).map(|_| random.of_these(["1", "2", "3", "-1", "0", "4"]).to_owned()).collect();
        sequence(&sizes, random)
    };
    Some(match word {
        Word::Axis => axis(random),
        Word::Axes if random.chance(50) => axis(random),
        Word::Axes => {
            let mut axes: Vec<String> = (0..1 + random.below(2)).map(|_| axis(random)).collect();
            axes.dedup();
            sequence(&axes, random)
        }
        Word::Int => random.of_these(["0", "1", "2", "3", "-1", "-2", "5"]).to_owned(),
        Word::Float => random.of_these(["0.0", "1.0", "0.5", "2.0", "-0.5", "1e-5", "1", "0", "3"]).to_owned(),
        Word::Scalar => random.of_these(["0", "1", "2", "-1", "3", "0.5", "-1.5", "2.0", "1e-3", "True"]).to_owned(),
        Word::Bool => random.of_these(["True", "False"]).to_owned(),
        Word::None => "None".to_owned(),
        Word::Shape | Word::Size | Word::List => sizes(random),
        Word::DType => random
            .of_these(["torch.float32", "torch.float16", "torch.int64", "torch.int32", "torch.bool", "torch.uint8", "torch.bfloat16"])
            .to_owned(),
        Word::Device => "'cpu'".to_owned(),
        Word::Any if pool.is_empty() => random.of_these(["0", "1", "2", "0.5", "True", "None"]).to_owned(),
        _ => return random.pick(pool).cloned(),
    })
}

fn sequence(items: &[String], random: &mut Random) -> String {
    match (random.chance(50), items) {
        (true, _) => format!("[{}]", items.join(", ")),
        (false, [one]) => format!("({one},)"),
        (false, _) => format!("({})", items.join(", ")),
    }
}

impl Draw {
    /// What half precision rounds is seen in all that comes of it, also where the result is wider.
    fn tolerance(&self, said: Option<f64>) -> Option<f64> {
        let has = |dtype: &str, name: &str| {
            self.inputs.iter().any(|(_, spec)| spec.dtype() == Some(dtype))
                || self.then.contains(name)
                || self.given.iter().any(|given| given.text.contains(name))
        };
        let half = if has("bf16", "bfloat16") { Some(8e-2) } else { (has("f16", "float16") || has("f16", ".half()")).then_some(1e-2) };
        // Sums of many numbers that cancel out keep fewer digits than their parts.
        let is_sum = self.then == ".sum()";
        let half = half.map(|tolerance| if is_sum { 4.0 * tolerance } else { tolerance });
        half.into_iter().chain(is_sum.then_some(2e-4)).chain(said).reduce(f64::max)
    }

    fn give(&mut self, of: &Target, index: usize, param: &Param, mut texts: Vec<String>, rank: usize, random: &mut Random) {
        let is_tensor = texts.iter().any(|text| self.inputs.iter().any(|(name, _)| has_word(text, name)));
        let optional = param.default.is_some();
        let is_receiver = index == 0 && of.signature.name.starts_with("Tensor.");
        let drawn = |random: &mut Random| value(param, &of.pool[index], rank, random);
        if of.settings.keep.contains(&param.name) {
            // as in the example
        } else if param.style == ParamStyle::Variadic {
            if !texts.is_empty() && !is_tensor && random.chance(30) {
                for text in &mut texts {
                    *text = drawn(random).unwrap_or_else(|| text.clone());
                }
            }
            if texts.len() > 1 && random.chance(25) {
                texts = vec![sequence(&texts, random)];
            }
        } else if param.style == ParamStyle::VariadicKeywords {
            return;
        } else if texts.is_empty() {
            if !optional || !random.chance(25) {
                return;
            }
            texts.extend(drawn(random));
        } else if optional && random.chance(12) && !is_receiver {
            return;
        } else if !is_tensor && random.chance(40) {
            texts = drawn(random).map_or(texts, |text| vec![text]);
        } else if is_tensor && index > 0 && param.words.len() > 1 && random.chance(10) {
            texts = drawn(random).map_or(texts, |text| vec![text]);
        }
        for text in texts {
            // What is passed on as None at run time is a TypeError of MLX, not a number.
            let inline = is_tensor
                || of.settings.keep.contains(&param.name)
                || param.accepts(Word::DType)
                || text.contains("torch.")
                || text.is_empty()
                || text.contains("lambda")
                || ["()", "[]"].contains(&text.as_str());
            self.given.push(Given { param: index, text, at_run_time: !inline && random.chance(30) });
        }
    }

    /// What the function around the call is called. Rows ask whether gradients may flow, which a name tells.
    fn name(&self) -> &'static str {
        if self.grads().is_empty() { "f" } else { "forward" }
    }

    /// The function around the call.
    pub(super) fn function(&self, targets: &[Target]) -> String {
        let of = &targets[self.target];
        let call = self.call(of);
        let mut params: Vec<String> = Vec::new();
        for (input, spec) in self.used_inputs() {
            let typed = self.typed && spec.is_tensor();
            params.push(if typed { format!("{input}: torch.Tensor") } else { input.clone() });
        }
        for (index, given) in self.given.iter().enumerate().filter(|(_, given)| given.at_run_time) {
            let kind = kind_of(&given.text);
            params.push(if self.typed && !kind.is_empty() { format!("r{index}: {kind}") } else { format!("r{index}") });
        }
        let receiver = self.given.iter().find(|given| given.param == 0).map_or("x", |given| given.text.as_str());
        let body = match self.used {
            _ if of.in_place && !self.as_value => format!("{call}\n    return {receiver}"),
            _ if of.in_place => format!("t = {call}\n    return t, {receiver}"),
            Used::Whole if self.then.starts_with(' ') => format!("return ({call}){}", self.then),
            Used::Whole => format!("return {call}{}", self.then),
            Used::First => format!("return {call}[0]"),
            Used::Second => format!("return {call}[1]"),
            Used::Values => format!("return {call}.values"),
            Used::Indices => format!("return {call}.indices"),
            Used::Unpacked => format!("a, b = {call}\n    return a, b"),
        };
        format!("def {}({}):\n    {body}\n", self.name(), params.join(", "))
    }

    fn call(&self, of: &Target) -> String {
        let written = |index: usize, given: &Given| if given.at_run_time { format!("r{index}") } else { given.text.clone() };
        let mut given = self.given.iter().enumerate().peekable();
        let name = match of.signature.name.strip_prefix("Tensor.") {
            Some(method) => {
                let receiver = match given.next_if(|(_, given)| given.param == 0) {
                    Some((index, first)) => written(index, first),
                    None => "x".to_owned(),
                };
                let plain =
                    receiver.starts_with(char::is_alphabetic) && receiver.chars().all(|c| c.is_alphanumeric() || "_.[]".contains(c));
                if plain { format!("{receiver}.{method}") } else { format!("({receiver}).{method}") }
            }
            None => of.signature.name.replacen("torch.nn.functional.", "F.", 1),
        };
        if of.signature.is_bare {
            return name;
        }
        let mut args = Vec::new();
        let mut positional = true;
        // What stands before `*sizes` can't be a keyword.
        let is_spread = |given: &Given| of.signature.params[given.param].style == ParamStyle::Variadic;
        let by_position = if self.given.iter().any(is_spread) { usize::MAX } else { self.by_position };
        let mut next = usize::from(of.signature.name.starts_with("Tensor."));
        for (index, arg) in given {
            let param = &of.signature.params[arg.param];
            let variadic = is_spread(arg);
            positional &= match param.style {
                ParamStyle::Variadic | ParamStyle::PositionalOnly => true,
                ParamStyle::Positional => index < by_position && arg.param == next,
                _ => false,
            };
            next = arg.param + usize::from(!variadic);
            let text = written(index, arg);
            if positional {
                args.push(text);
                continue;
            }
            let keyword = match param.name.as_str() {
                "dim" if self.numpy_keywords => "axis",
                "keepdim" if self.numpy_keywords => "keepdims",
                name => name,
            };
            args.push(format!("{keyword}={text}"));
        }
        format!("{name}({})", args.join(", "))
    }

    fn used_inputs(&self) -> impl Iterator<Item = &(String, Spec)> {
        self.inputs.iter().filter(|(name, _)| self.given.iter().any(|given| has_word(&given.text, name)))
    }

    /// How the function is called, on both sides.
    pub(super) fn use_of(&self) -> String {
        let inputs = self.used_inputs().map(|(name, _)| name.clone());
        let values = self.given.iter().filter(|given| given.at_run_time).map(|given| given.text.clone());
        format!("{}({})", self.name(), inputs.chain(values).collect::<Vec<_>>().join(", "))
    }

    pub(super) fn specs(&self) -> Vec<(String, String)> {
        self.used_inputs().map(|(name, spec)| (name.clone(), spec.to_string())).collect()
    }

    /// Whether the call passes an input of one of these dtypes or sorts: `bool`, or `x: bool` where one input is meant.
    pub(super) fn has_input(&self, sorts: &[String]) -> bool {
        self.used_inputs().any(|(name, spec)| {
            sorts.iter().any(|sort| match sort.split_once(": ") {
                Some((meant, sort)) => meant == name && spec.is(sort),
                None => spec.is(sort),
            })
        })
    }

    /// The float inputs, if gradients are compared.
    pub(super) fn grads(&self) -> Vec<&str> {
        let floats = self.used_inputs().filter(|(_, spec)| spec.is_float()).map(|(name, _)| name.as_str());
        if self.grad { floats.collect() } else { Vec::new() }
    }

    /// The call alone, where everything is written out.
    pub(super) fn example(&self, targets: &[Target]) -> Option<String> {
        let of = &targets[self.target];
        let plain = self.typed
            && self.used == Used::Whole
            && self.then.is_empty()
            && !of.in_place
            && self.given.iter().all(|given| !given.at_run_time);
        plain.then(|| self.call(of))
    }

    /// One step simpler each.
    pub(super) fn simpler(&self, targets: &[Target]) -> Vec<Draw> {
        let params = &targets[self.target].signature.params;
        let mut found = Vec::new();
        let mut push = |change: &dyn Fn(&mut Draw)| {
            let mut draw = self.clone();
            change(&mut draw);
            found.push(draw);
        };
        for index in 0..self.given.len() {
            let given = &self.given[index];
            if given.at_run_time {
                push(&|draw| draw.given[index].at_run_time = false);
            }
            if params[given.param].default.is_some() {
                push(&|draw| drop(draw.given.remove(index)));
            }
        }
        push(&|draw| draw.typed = true);
        push(&|draw| draw.given.iter_mut().for_each(|given| given.at_run_time = false));
        push(&|draw| draw.by_position = usize::MAX);
        push(&|draw| draw.numpy_keywords = false);
        push(&|draw| draw.used = Used::Whole);
        push(&|draw| draw.then = "");
        push(&|draw| draw.as_value = false);
        push(&|draw| draw.grad = false);
        for inputs in spec::simpler(&self.inputs) {
            push(&|draw| draw.inputs = inputs.clone());
        }
        found.retain(|draw| draw.weight() < self.weight());
        found
    }

    /// How far from plain it is.
    pub(super) fn weight(&self) -> usize {
        let run_time = self.given.iter().filter(|given| given.at_run_time).count();
        let keywords = self.given.len().saturating_sub(self.by_position);
        let odd = [!self.typed, self.numpy_keywords, self.used != Used::Whole, !self.then.is_empty(), self.as_value, self.grad];
        spec::weight(&self.inputs) + self.given.len() * 4 + run_time * 3 + keywords + odd.iter().filter(|is| **is).count() * 2
    }
}

/// The annotation that a careful author would write.
fn kind_of(text: &str) -> &'static str {
    match text {
        "True" | "False" => "bool",
        "None" => "",
        text if text.parse::<i64>().is_ok() => "int",
        text if text.parse::<f64>().is_ok() => "float",
        text if text.starts_with(['\'', '"']) => "str",
        text if text.starts_with('(') => "tuple",
        text if text.starts_with('[') => "list",
        _ => "",
    }
}
