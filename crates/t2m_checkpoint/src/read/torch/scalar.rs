//! Numbers of NumPy among the objects of a pickle: `np.float64(0.5)`, as a mean of losses or a best score is.

use crate::read::pickle::{Arena, Id, Node};
use crate::tree::Tree;

/// `numpy.core.multiarray.scalar(dtype, bytes)`, where the pickle spells the bytes as a text: below protocol 3, which `torch.save` writes.
pub(super) fn number(arena: &Arena, id: Id) -> Option<Tree> {
    let (("numpy.core.multiarray" | "numpy._core.multiarray", "scalar"), [dtype, data]) = arena.call(id)? else { return None };
    let (("numpy", "dtype"), [name, ..]) = arena.call(*dtype)? else { return None };
    // `(version, byte order, ...)`
    let order = arena.state(*dtype).and_then(|state| arena.text(*arena.items(state)?.get(1)?)).unwrap_or("<");
    let (("_codecs", "encode"), [text, encoding]) = arena.call(*data)? else { return None };
    let Node::Text(text) = arena.get(*text) else { return None };
    if arena.text(*encoding) != Some("latin1") {
        return None;
    }
    let mut bytes: Vec<u8> = arena.str(*text).chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?;
    if order == ">" {
        bytes.reverse();
    }
    let whole = |width: usize| (bytes.len() == width).then(|| bytes.iter().rev().fold(0u64, |all, byte| all << 8 | u64::from(*byte)));
    Some(match arena.text(*name)? {
        "b1" => Tree::Bool(whole(1)? != 0),
        "f8" => Tree::Float(f64::from_bits(whole(8)?)),
        "f4" => Tree::Float(f32::from_bits(whole(4)? as u32).into()),
        "i8" => Tree::Int(whole(8)? as i64),
        "i4" => Tree::Int((whole(4)? as u32 as i32).into()),
        "u1" => Tree::Int(i64::from(whole(1)? as u8)),
        _ => return None,
    })
}
