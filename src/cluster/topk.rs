//! The largest of many products, without sorting them all.

/// The `k` of `ids` with the largest products, `own` first, ties by number.
pub(super) fn top(products: &[f32], ids: &[u32], own: u32, k: usize) -> Vec<u32> {
    let mut best = Best::new(own, k);
    best.offer(products, ids);
    best.finish()
}

/// The largest so far of many products that come in parts.
pub(super) struct Best {
    own: u32,
    k: usize,
    kept: Vec<(f32, u32)>,
    /// Most products fall behind this and cost one comparison.
    least: f32,
}

impl Best {
    pub fn new(own: u32, k: usize) -> Self {
        Self { own, k, kept: Vec::with_capacity(5 * k), least: f32::NEG_INFINITY }
    }

    fn better(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
    }

    pub fn offer(&mut self, products: &[f32], ids: &[u32]) {
        for (&s, &j) in products.iter().zip(ids) {
            if s >= self.least || j == self.own {
                self.kept.push((if j == self.own { f32::INFINITY } else { s }, j));
                if self.kept.len() == 5 * self.k {
                    self.kept.select_nth_unstable_by(self.k - 1, Self::better);
                    self.kept.truncate(self.k);
                    self.least = self.kept[self.k - 1].0;
                }
            }
        }
    }

    /// The best, in order.
    pub fn finish(mut self) -> Vec<u32> {
        self.kept.sort_unstable_by(Self::better);
        self.kept.truncate(self.k);
        self.kept.into_iter().map(|(_, j)| j).collect()
    }
}
