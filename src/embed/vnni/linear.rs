//! A linear layer of bytes: product, scale, bias and GELU in one pass.

use super::*;
use crate::embed::ops;

/// Registers of columns in a tile: with [`ROWS`] rows, 24 of the 32 registers hold sums.
const COLUMNS: usize = 3;
const WIDTH: usize = COLUMNS * LANES;

/// Weights in the order in which tiles read them, and what turns sums into values.
pub(in crate::embed) struct Panels {
    vnni: Vnni,
    /// By [`WIDTH`] columns: for every four inputs, four bytes a column.
    lines: Vec<[Line; COLUMNS]>,
    /// By [`WIDTH`] columns: scale, sum of the scaled weights, bias.
    terms: Vec<[[[f32; LANES]; COLUMNS]; 3]>,
    ins: usize,
}

impl Panels {
    /// Packs `outs × ins` weights with the scale, sum and bias of each row; nothing where tiles do not divide them.
    pub fn new(vnni: Vnni, w: &[i8], ins: usize, terms: [&[f32]; 3]) -> Option<Self> {
        let outs = w.len() / ins;
        if !outs.is_multiple_of(WIDTH) || !ins.is_multiple_of(4) {
            return None;
        }
        let fours = w.as_chunks::<4>().0;
        let line = |out: usize, step: usize| -> Line {
            std::array::from_fn(|l| fours[(out + l) * (ins / 4) + step].map(i8::cast_unsigned))
        };
        let panels = (0..outs).step_by(WIDTH);
        let lines = panels
            .clone()
            .flat_map(|out| (0..ins / 4).map(move |step| (out, step)))
            .map(|(out, step)| std::array::from_fn(|c| line(out + c * LANES, step)))
            .collect();
        let terms = panels
            .map(|out| terms.map(|t| std::array::from_fn(|c| std::array::from_fn(|l| t[out + c * LANES + l]))))
            .collect();
        Some(Self { vnni, lines, terms, ins })
    }

    /// `rows × outs` values of `rows × ins` bytes, each row with its step and minimum.
    pub fn apply(&self, bytes: &[u8], steps: &[(f32, f32)], gelu: bool) -> Vec<f32> {
        // SAFETY: there is a `Vnni`.
        unsafe { self.all(bytes, steps, gelu) }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
    fn all(&self, bytes: &[u8], steps: &[(f32, f32)], gelu: bool) -> Vec<f32> {
        let outs = self.terms.len() * WIDTH;
        let rows: Vec<&[[u8; 4]]> =
            bytes.chunks_exact(self.ins).take(steps.len()).map(|row| row.as_chunks().0).collect();
        let mut y: Vec<f32> = Vec::with_capacity(rows.len() * outs);
        let cells = &mut y.spare_capacity_mut()[..rows.len() * outs];
        for (p, (panel, terms)) in self.lines.chunks_exact(self.ins / 4).zip(&self.terms).enumerate() {
            let [scales, row_sums, biases] = terms;
            for from in (0..rows.len()).step_by(ROWS) {
                // Behind the last row the last is worked out again.
                let mut tile = [rows[from]; ROWS];
                for (r, row) in tile.iter_mut().enumerate() {
                    *row = rows[(from + r).min(rows.len() - 1)];
                }
                let sums = product(self.vnni, tile, panel, [_mm512_setzero_si512(); COLUMNS]);
                for (r, sums) in sums.into_iter().enumerate().take(rows.len() - from) {
                    let (step, lo) = steps[from + r];
                    let (step, lo) = (_mm512_set1_ps(step), _mm512_set1_ps(lo));
                    let to = &mut cells[(from + r) * outs + p * WIDTH..][..WIDTH];
                    for (c, to) in to.as_chunks_mut().0.iter_mut().enumerate() {
                        let constant = _mm512_add_ps(_mm512_mul_ps(lo, floats(&row_sums[c])), floats(&biases[c]));
                        let scale = _mm512_mul_ps(floats(&scales[c]), step);
                        let value = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[c]), scale), constant);
                        fill(to, if gelu { rough_gelu(value) } else { value });
                    }
                }
            }
        }
        // SAFETY: every row of every panel was written, and the panels cover the columns.
        unsafe { y.set_len(rows.len() * outs) };
        y
    }
}

/// [`ops::rough_gelu`], sixteen at a time.
#[target_feature(enable = "avx512f")]
#[inline]
fn rough_gelu(x: __m512) -> __m512 {
    let end = _mm512_set1_ps(ops::GATE_END);
    let c = _mm512_max_ps(_mm512_min_ps(x, end), _mm512_sub_ps(_mm512_setzero_ps(), end));
    let u = _mm512_mul_ps(c, c);
    let [first @ .., last] = ops::GATE;
    let mut p = _mm512_set1_ps(last);
    for k in first.iter().rev() {
        p = _mm512_add_ps(_mm512_mul_ps(p, u), _mm512_set1_ps(*k));
    }
    _mm512_mul_ps(x, _mm512_add_ps(_mm512_set1_ps(0.5), _mm512_mul_ps(c, p)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::ops::tests::Draw;

    #[test]
    fn panels_give_the_sums_of_plain_loops() {
        let Some(vnni) = Vnni::here() else {
            println!("skipped: no AVX-512 VNNI here");
            return;
        };
        let mut n = Draw(1);
        for case in 0..60 {
            let (rows, ins, outs) = (n.upto(30) as usize, 4 * n.upto(100) as usize, WIDTH * n.upto(4) as usize);
            let w: Vec<i8> = (0..ins * outs).map(|_| n.upto(256) as u8 as i8).collect();
            let terms: [Vec<f32>; 3] = std::array::from_fn(|_| (0..outs).map(|_| n.float()).collect());
            let [scale, row_sum, bias] = terms.each_ref().map(Vec::as_slice);
            let bytes: Vec<u8> = (0..ins * rows).map(|_| n.upto(256) as u8).collect();
            let steps: Vec<(f32, f32)> = (0..rows).map(|_| (n.float(), n.float())).collect();
            let panels = Panels::new(vnni, &w, ins, [scale, row_sum, bias]).unwrap();
            let gelu = case % 2 == 0;
            let y = panels.apply(&bytes, &steps, gelu);
            assert_eq!(y.len(), rows * outs);
            for (i, y) in y.into_iter().enumerate() {
                let (row, out) = (i / outs, i % outs);
                let pairs = bytes[row * ins..].iter().zip(&w[out * ins..(out + 1) * ins]);
                let sum: i32 = pairs.map(|(&x, &w)| i32::from(x) * i32::from(w)).sum();
                let (step, lo) = steps[row];
                let plain = sum as f32 * (scale[out] * step) + (lo * row_sum[out] + bias[out]);
                let plain = if gelu { ops::rough_gelu(plain) } else { plain };
                assert_eq!(y, plain, "{rows} x {ins} x {outs}, row {row}, column {out}");
            }
        }
        assert!(Panels::new(vnni, &[0; 50 * 4], 4, [&[0.0; 50]; 3]).is_none(), "50 columns are no whole tiles");
    }
}
