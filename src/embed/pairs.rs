//! Products of bytes for x86-64 processors from before 2013, which know neither AVX2 nor anything newer: in the 16-bit products
//! that all have, summed by pairs. (rten-gemm's loops for any processor are ten times slower there.)

/// Rows of a tile.
const ROWS: usize = 4;
/// Columns of a tile: two registers of four.
const WIDTH: usize = 8;

/// Weights in the order in which tiles read them.
pub(super) struct Pairs {
    /// By [`WIDTH`] columns: for every two inputs, two weights a column.
    lines: Vec<[[i16; 8]; 2]>,
    outs: usize,
    ins: usize,
}

impl Pairs {
    /// Whether this processor is one of those.
    pub fn wanted() -> bool {
        #[cfg(target_arch = "x86_64")]
        return !is_x86_feature_detected!("avx2");
        #[cfg(not(target_arch = "x86_64"))]
        false
    }

    /// Packs `outs × ins` weights; nothing where tiles do not divide them.
    pub fn new(w: &[i8], ins: usize) -> Option<Self> {
        let outs = w.len() / ins;
        if !outs.is_multiple_of(WIDTH) || !ins.is_multiple_of(2) {
            return None;
        }
        let line = |out: usize, input: usize| -> [i16; 8] {
            std::array::from_fn(|i| i16::from(w[(out + i / 2) * ins + input + i % 2]))
        };
        let panels = (0..outs).step_by(WIDTH).flat_map(|out| (0..ins).step_by(2).map(move |input| (out, input)));
        let lines = panels.map(|(out, input)| [line(out, input), line(out + 4, input)]).collect();
        Some(Self { lines, outs, ins })
    }

    /// `rows × outs` sums of `rows × ins` bytes.
    pub fn sums(&self, bytes: &[u8], sums: &mut Vec<i32>) {
        let words: Vec<[i16; 2]> = bytes.as_chunks().0.iter().map(|[a, b]| [i16::from(*a), i16::from(*b)]).collect();
        let rows: Vec<&[[i16; 2]]> = words.chunks_exact(self.ins / 2).collect();
        sums.clear();
        sums.resize(rows.len() * self.outs, 0);
        for (p, panel) in self.lines.chunks_exact(self.ins / 2).enumerate() {
            for from in (0..rows.len()).step_by(ROWS) {
                // Behind the last row the last is worked out again.
                let tile = std::array::from_fn(|r| rows[(from + r).min(rows.len() - 1)]);
                for (r, sum) in product(tile, panel).into_iter().enumerate().take(rows.len() - from) {
                    sums[(from + r) * self.outs + p * WIDTH..][..WIDTH].copy_from_slice(sum.as_flattened());
                }
            }
        }
    }
}

/// Sums of rows times a panel.
fn product(rows: [&[[i16; 2]]; ROWS], panel: &[[[i16; 8]; 2]]) -> [[[i32; 4]; 2]; ROWS] {
    #[cfg(target_arch = "x86_64")]
    if let Some(sse) = pulp::core_arch::x86::Sse2::try_new() {
        let mut sums = [[sse._mm_setzero_si128(); 2]; ROWS];
        let [a, b, c, d] = rows;
        for ((((lines, a), b), c), d) in panel.iter().zip(a).zip(b).zip(c).zip(d) {
            let columns = lines.map(pulp::cast);
            for (sums, two) in sums.iter_mut().zip([a, b, c, d]) {
                let two = sse._mm_set1_epi32(pulp::cast(*two));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = sse._mm_add_epi32(*sum, sse._mm_madd_epi16(two, column));
                }
            }
        }
        return sums.map(|row| row.map(pulp::cast));
    }
    rows.map(|row| {
        let mut sums = [[0; 4]; 2];
        for (two, lines) in row.iter().zip(panel) {
            for (sums, line) in sums.iter_mut().zip(lines) {
                for (sum, pair) in sums.iter_mut().zip(line.as_chunks::<2>().0) {
                    *sum += i32::from(two[0]) * i32::from(pair[0]) + i32::from(two[1]) * i32::from(pair[1]);
                }
            }
        }
        sums
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::ops::tests::Draw;

    #[test]
    fn pairs_give_the_sums_of_plain_loops() {
        let mut draw = Draw(3);
        for _ in 0..40 {
            let (rows, ins, outs) = (draw.upto(20) as usize, 2 * draw.upto(100) as usize, 8 * draw.upto(5) as usize);
            let w: Vec<i8> = (0..ins * outs).map(|_| draw.upto(256) as u8 as i8).collect();
            let bytes: Vec<u8> = (0..ins * rows).map(|_| draw.upto(256) as u8).collect();
            let mut sums = vec![7; 3];
            Pairs::new(&w, ins).unwrap().sums(&bytes, &mut sums);
            let plain: Vec<i32> = bytes
                .chunks(ins)
                .flat_map(|x| w.chunks(ins).map(|w| x.iter().zip(w).map(|(&x, &w)| i32::from(x) * i32::from(w)).sum()))
                .collect();
            assert_eq!(sums, plain, "{rows} x {ins} x {outs}");
        }
        assert!(Pairs::new(&[0; 20], 2).is_none(), "ten columns are no whole tiles");
    }
}
