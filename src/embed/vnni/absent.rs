//! What stands in for the products of AVX-512 VNNI where processors are of another kind: nothing of it can be made.

/// A processor with AVX-512 VNNI: there is none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Vnni {}

impl Vnni {
    /// Nothing.
    pub fn here() -> Option<Self> {
        None
    }
}

pub(super) mod linear {
    use super::Vnni;

    /// Weights for those products.
    pub(in crate::embed) struct Panels(Vnni);

    impl Panels {
        /// Cannot be called.
        pub fn new(vnni: Vnni, _w: &[i8], _ins: usize, _terms: [&[f32]; 3]) -> Option<Self> {
            Some(Self(vnni))
        }

        /// Cannot be called.
        pub fn apply(&self, _bytes: &[u8], _steps: &[(f32, f32)], _gelu: bool) -> Vec<f32> {
            match self.0 {}
        }
    }
}

pub(super) mod attention {
    use super::Vnni;

    /// Room for nothing.
    #[derive(Default)]
    pub(in crate::embed) struct Buffers;

    /// Cannot be called.
    pub(in crate::embed) fn head(
        vnni: Vnni,
        _text: &[f32],
        _dims: usize,
        _offset: usize,
        _out: &mut [f32],
        _buffers: &mut Buffers,
    ) {
        match vnni {}
    }
}
