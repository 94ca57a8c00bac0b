//! Permutes the axes of an array in memory, in tiles that fit the cache.

use std::ops::Range;

/// Elements along one side of a tile that is walked element by element.
const TILE: usize = 64;

/// `out`, row by row of `shape`, gets the elements of `from`, in which axis `i` steps by `steps[i]` elements of `size` bytes.
pub(crate) fn permute(from: &[u8], out: &mut [u8], shape: &[usize], steps: &[usize], size: usize) {
    match size {
        1 => sized::<1, 64>(from, out, shape, steps),
        2 => sized::<2, 32>(from, out, shape, steps),
        4 => sized::<4, 16>(from, out, shape, steps),
        8 => sized::<8, 8>(from, out, shape, steps),
        _ => sized::<16, 4>(from, out, shape, steps),
    }
}

/// Elements of `N` bytes, of which `LINE` fill a line of the cache.
fn sized<const N: usize, const LINE: usize>(from: &[u8], out: &mut [u8], shape: &[usize], steps: &[usize]) {
    let from = from.as_chunks::<N>().0;
    let out = out.as_chunks_mut::<N>().0;
    let Some((&width, outer)) = shape.split_last() else {
        out[0] = from[0];
        return;
    };
    let step = steps[outer.len()];
    // The axis along which `from` is contiguous, if it isn't the last: it and the last one are walked in tiles.
    let fast = (0..outer.len()).find(|&i| steps[i] == 1 && step > 1);
    let mut out_steps = vec![1; shape.len()];
    for i in (0..outer.len()).rev() {
        out_steps[i] = out_steps[i + 1] * shape[i + 1];
    }
    let rest: Vec<usize> = (0..outer.len()).filter(|&i| Some(i) != fast).collect();
    let mut index = vec![0; rest.len()];
    let (mut a, mut b) = (0, 0);
    loop {
        match fast {
            Some(fast) => tiles::<N, LINE>(&from[a..], &mut out[b..], (shape[fast], out_steps[fast]), (width, step)),
            None => {
                let row = &mut out[b..b + width];
                match step {
                    0 => row.fill(from[a]),
                    1 => row.copy_from_slice(&from[a..a + width]),
                    _ => row.iter_mut().zip(from[a..].iter().step_by(step)).for_each(|(to, value)| *to = *value),
                }
            }
        }
        let mut k = rest.len();
        loop {
            if k == 0 {
                return;
            }
            k -= 1;
            let axis = rest[k];
            index[k] += 1;
            a += steps[axis];
            b += out_steps[axis];
            if index[k] < shape[axis] {
                break;
            }
            index[k] = 0;
            a -= shape[axis] * steps[axis];
            b -= shape[axis] * out_steps[axis];
        }
    }
}

/// `out[i * row + j] = from[j * step + i]` for `i < height`, `j < width`.
fn tiles<const N: usize, const LINE: usize>(
    from: &[[u8; N]],
    out: &mut [[u8; N]],
    (height, row): (usize, usize),
    (width, step): (usize, usize),
) {
    let (squares_down, squares_along) = (height - height % LINE, width - width % LINE);
    for j in (0..squares_along).step_by(LINE) {
        for i in (0..squares_down).step_by(LINE) {
            square::<N, LINE>(&from[j * step + i..], step, &mut out[i * row + j..], row);
        }
    }
    if squares_along < width {
        edge(from, out, (0..squares_down, row), (squares_along..width, step));
    }
    if squares_down < height {
        edge(from, out, (squares_down..height, row), (0..width, step));
    }
}

/// A square with sides of one line: each line is read once and written once, so that it doesn't matter that rows whose distance is a power of two drive one another out of the cache.
fn square<const N: usize, const LINE: usize>(from: &[[u8; N]], step: usize, out: &mut [[u8; N]], row: usize) {
    let mut lines = [[[0; N]; LINE]; LINE];
    for (j, line) in lines.iter_mut().enumerate() {
        line.copy_from_slice(&from[j * step..j * step + LINE]);
    }
    for i in 0..LINE {
        out[i * row..i * row + LINE].iter_mut().zip(&lines).for_each(|(to, line)| *to = line[i]);
    }
}

fn edge<const N: usize>(from: &[[u8; N]], out: &mut [[u8; N]], (down, row): (Range<usize>, usize), (along, step): (Range<usize>, usize)) {
    for j0 in along.clone().step_by(TILE) {
        let j1 = (j0 + TILE).min(along.end);
        for i0 in down.clone().step_by(TILE) {
            for i in i0..(i0 + TILE).min(down.end) {
                let values = from[j0 * step + i..].iter().step_by(step);
                out[i * row + j0..i * row + j1].iter_mut().zip(values).for_each(|(to, value)| *to = *value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::permute;

    /// Squares of whole lines, and what is left beside them.
    #[test]
    fn a_matrix_is_transposed() {
        let (height, width) = (200usize, 135usize);
        for size in [1usize, 2, 4, 8, 16] {
            let from: Vec<u8> = (0..height * width * size).map(|i| (i * 7 + i / 251) as u8).collect();
            let mut out = vec![0; from.len()];
            permute(&from, &mut out, &[height, width], &[1, height], size);
            for i in 0..height {
                for j in 0..width {
                    let (a, b) = ((j * height + i) * size, (i * width + j) * size);
                    assert_eq!(out[b..b + size], from[a..a + size], "{size} bytes, row {i}, column {j}");
                }
            }
        }
    }

    /// Every order of axes, against the definition.
    #[test]
    fn every_order_is_that_of_the_definition() {
        let dims = [3usize, 70, 5, 2];
        let steps = [700usize, 10, 2, 1];
        let orders = (0..256).map(|n: usize| [n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6 & 3]);
        for order in orders.filter(|order| (0..4).all(|axis| order.contains(&axis))) {
            for size in [1usize, 2, 4, 8, 16] {
                let from: Vec<u8> = (0..2100 * size).map(|i| (i * 7 + i / 251) as u8).collect();
                let shape = order.map(|axis| dims[axis]);
                let step = order.map(|axis| steps[axis]);
                let mut expected: Vec<u8> = Vec::new();
                for n in 0..2100usize {
                    let mut rest = n;
                    let mut at = 0;
                    for axis in (0..4).rev() {
                        at += rest % shape[axis] * step[axis];
                        rest /= shape[axis];
                    }
                    expected.extend(&from[at * size..(at + 1) * size]);
                }
                let mut out = vec![0; from.len()];
                permute(&from, &mut out, &shape, &step, size);
                assert!(out == expected, "{order:?} {size}");
            }
        }
    }
}
