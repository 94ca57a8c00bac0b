//! Inputs as cases write them: `f32[2,3] > 0`.

use std::fmt;

use super::random::Random;

pub(super) const FLOATS: [&str; 3] = ["f32", "f16", "bf16"];
const SIZES: [usize; 7] = [0, 1, 1, 2, 3, 4, 5];
const MOST_ELEMENTS: usize = 4000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spec {
    Tensor {
        dtype: String,
        shape: Vec<usize>,
        /// What stands behind the shape: ` > 0`.
        bounds: String,
    },
    /// A NumPy expression: kept as it is.
    Other(String),
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tensor { dtype, shape, bounds } => {
                let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
                write!(f, "{dtype}[{}]{bounds}", sizes.join(","))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl Spec {
    pub(super) fn parse(text: &str) -> Self {
        let other = || Self::Other(text.to_owned());
        let Some((dtype, rest)) = text.split_once('[') else { return other() };
        let Some((sizes, bounds)) = rest.split_once(']') else { return other() };
        if !["f32", "f16", "bf16", "f64", "c64", "bool", "i64", "i32", "i16", "i8", "u8"].contains(&dtype) {
            return other();
        }
        let shape: Option<Vec<usize>> =
            sizes.split(',').map(str::trim).filter(|size| !size.is_empty()).map(|size| size.parse().ok()).collect();
        match shape {
            Some(shape) => Self::Tensor { dtype: dtype.to_owned(), shape, bounds: bounds.trim_end().to_owned() },
            None => other(),
        }
    }

    pub(super) fn floats(shape: Vec<usize>) -> Self {
        Self::Tensor { dtype: "f32".to_owned(), shape, bounds: String::new() }
    }

    pub(super) fn rank(&self) -> Option<usize> {
        match self {
            Self::Tensor { shape, .. } => Some(shape.len()),
            Self::Other(_) => None,
        }
    }

    pub(super) fn is_tensor(&self) -> bool {
        matches!(self, Self::Tensor { .. }) || matches!(self, Self::Other(text) if text.starts_with("np."))
    }

    pub(super) fn dtype(&self) -> Option<&str> {
        match self {
            Self::Tensor { dtype, .. } => Some(dtype),
            Self::Other(_) => None,
        }
    }

    pub(super) fn is_float(&self) -> bool {
        self.dtype().is_some_and(|dtype| FLOATS.contains(&dtype))
    }

    /// Whether it is of a dtype, or of a sort, that `tests/fuzz-ops.toml` names, or of both: `bool scalars`.
    pub(super) fn is(&self, words: &str) -> bool {
        words.split(' ').all(|word| self.is_one(word))
    }

    fn is_one(&self, word: &str) -> bool {
        match (self, word) {
            (Self::Tensor { dtype, .. }, "integers") => dtype == "bool" || dtype.starts_with(['i', 'u']),
            (Self::Tensor { shape, .. }, "empty") => shape.contains(&0),
            (Self::Tensor { shape, .. }, "scalars") => shape.is_empty(),
            (Self::Tensor { shape, .. }, "ones") => shape.contains(&1),
            (Self::Tensor { dtype, .. }, word) => dtype == word,
            (Self::Other(text), "integers") => text.starts_with("np.") && !text.contains("float") && !text.contains('.'),
            (Self::Other(_), _) => false,
        }
    }

    fn set_dtype(&mut self, to: &str) {
        if let Self::Tensor { dtype, .. } = self {
            to.clone_into(dtype);
        }
    }
}

/// The inputs of a draw, by name.
pub(super) type Inputs = Vec<(String, Spec)>;

/// A tensor without axes among others of another dtype: its dtype doesn't count in PyTorch, which the port sees only where it knows the rank.
pub(super) fn has_weak(inputs: &Inputs) -> bool {
    let tensors = || inputs.iter().filter(|(_, spec)| spec.dtype().is_some());
    tensors().any(|(_, weak)| weak.is("scalars") && tensors().any(|(_, other)| other.dtype() != weak.dtype()))
}

/// Other sizes, ranks and dtypes, so that what fitted together mostly still does.
pub(super) fn vary(inputs: &mut Inputs, broadcasts: bool, random: &mut Random) {
    let before = inputs.clone();
    match random.below(10) {
        0..=3 => resize(inputs, random),
        4 => more_axes(inputs, random),
        5 => fewer_axes(inputs),
        6 if broadcasts => stretch_one(inputs, random),
        _ => {}
    }
    let elements = |spec: &Spec| matches!(spec, Spec::Tensor { shape, .. } if shape.iter().product::<usize>() > MOST_ELEMENTS);
    if inputs.iter().any(|(_, spec)| elements(spec)) {
        *inputs = before;
    }
    match random.below(10) {
        0..=1 => {
            let to = random.of_these(["f16", "bf16", "i64", "i32", "u8", "bool", "i64", "f16", "i8"]);
            for (_, spec) in inputs.iter_mut().filter(|(_, spec)| spec.is_float()) {
                spec.set_dtype(to);
            }
        }
        2 => {
            let at = random.below(inputs.len());
            let to = random.of_these(["f16", "i64", "i32", "u8", "bool", "f32", "bf16"]);
            if let Some((_, spec)) = inputs.get_mut(at) {
                spec.set_dtype(to);
            }
        }
        _ => {}
    }
}

/// Each size becomes another one, the same in all inputs.
fn resize(inputs: &mut Inputs, random: &mut Random) {
    let mut to: Vec<(usize, usize)> = Vec::new();
    for (_, spec) in inputs {
        let Spec::Tensor { shape, .. } = spec else { continue };
        for size in shape {
            let new = match to.iter().find(|(from, _)| from == size) {
                Some(&(_, new)) => new,
                None if random.chance(50) => *size,
                None => random.of_these(SIZES),
            };
            to.push((*size, new));
            *size = new;
        }
    }
}

fn more_axes(inputs: &mut Inputs, random: &mut Random) {
    let size = random.of_these([1, 2, 2, 3, 0]);
    for (_, spec) in inputs {
        if let Spec::Tensor { shape, .. } = spec {
            shape.insert(0, size);
        }
    }
}

fn fewer_axes(inputs: &mut Inputs) {
    for (_, spec) in inputs {
        if let Spec::Tensor { shape, .. } = spec
            && !shape.is_empty()
        {
            shape.remove(0);
        }
    }
}

/// One input is broadcast, or broadcasts the others: sizes of one, or axes that are not there.
fn stretch_one(inputs: &mut Inputs, random: &mut Random) {
    let at = random.below(inputs.len());
    if let Some((_, Spec::Tensor { shape, .. })) = inputs.get_mut(at) {
        match random.below(3) {
            0 => shape.iter_mut().for_each(|size| *size = if random.chance(50) { 1 } else { *size }),
            1 => drop(shape.drain(..random.below(shape.len() + 1))),
            _ => shape.clear(),
        }
    }
}

/// Inputs from nothing: of one shape, or of shapes that broadcast.
pub(super) fn fresh(names: &[String], broadcasts: bool, random: &mut Random) -> Inputs {
    let rank = random.of_these([0, 1, 1, 2, 2, 2, 3, 3, 4]);
    let shape: Vec<usize> = (0..rank).map(|_| random.of_these(SIZES)).collect();
    let mut inputs: Inputs = names.iter().map(|name| (name.clone(), Spec::floats(shape.clone()))).collect();
    vary(&mut inputs, broadcasts, random);
    inputs
}

/// One step towards `f32[2,3]`: all of them.
pub(super) fn simpler(inputs: &Inputs) -> Vec<Inputs> {
    let mut found = Vec::new();
    for (index, (_, spec)) in inputs.iter().enumerate() {
        let Spec::Tensor { dtype, shape, bounds } = spec else { continue };
        let mut with = |dtype: &str, shape: Vec<usize>| {
            let mut inputs = inputs.clone();
            inputs[index].1 = Spec::Tensor { dtype: dtype.to_owned(), shape, bounds: bounds.clone() };
            found.push(inputs);
        };
        if dtype != "f32" {
            with("f32", shape.clone());
        }
        for (axis, &size) in shape.iter().enumerate() {
            if size > 2 || size == 0 {
                let mut smaller = shape.clone();
                smaller[axis] = 2;
                with(dtype, smaller);
            }
        }
    }
    // All together: what has to fit stays fitting.
    let all = |change: &dyn Fn(&mut Spec)| {
        let mut inputs = inputs.clone();
        inputs.iter_mut().for_each(|(_, spec)| change(spec));
        inputs
    };
    found.push(all(&|spec| {
        if spec.is_float() {
            spec.set_dtype("f32");
        }
    }));
    found.push(all(&|spec| {
        if let Spec::Tensor { shape, .. } = spec
            && !shape.is_empty()
        {
            shape.remove(0);
        }
    }));
    found.retain(|simpler| simpler != inputs);
    found
}

/// How far from plain the inputs are.
pub(super) fn weight(inputs: &Inputs) -> usize {
    let of = |spec: &Spec| match spec {
        Spec::Tensor { dtype, shape, .. } => {
            let sizes: usize = shape.iter().map(|&size| if size == 0 { 4 } else { size.min(6) }).sum();
            usize::from(dtype != "f32") * 4 + shape.len() * 2 + sizes
        }
        Spec::Other(_) => 6,
    };
    inputs.iter().map(|(_, spec)| of(spec)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_is_read_and_written() {
        for text in ["f32[2,3]", "i64[4] < 10", "bool[]", "f32[2,3] > 0 < 1"] {
            let spec = Spec::parse(text);
            assert!(spec.rank().is_some(), "{text}");
            assert_eq!(spec.to_string(), text);
        }
        assert!(Spec::parse("np.array([1.0, 2.0])").rank().is_none());
    }

    #[test]
    fn sizes_that_were_the_same_stay_the_same() {
        for draw in 0..200 {
            let mut inputs = vec![("x".to_owned(), Spec::parse("f32[7,9]")), ("y".to_owned(), Spec::parse("f32[9,7]"))];
            resize(&mut inputs, &mut Random::of(1, &draw.to_string()));
            let (Spec::Tensor { shape: x, .. }, Spec::Tensor { shape: y, .. }) = (&inputs[0].1, &inputs[1].1) else { panic!("tensors") };
            assert_eq!((x[0], x[1]), (y[1], y[0]));
        }
    }
}
