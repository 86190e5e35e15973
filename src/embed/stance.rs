//! The directions in which a text differs from its own negation or from the opposite opinion, learned from labelled
//! statements (`assets/stance/README.md`: data, script, licence).

use candle_core::{Device, Tensor};

use super::{EmbedError, ops};

static FITTED: &[u8] = include_bytes!("../../assets/stance/stance.safetensors");

/// A linear map from the model's last but one layer (`d`) to stance directions.
pub(super) struct StanceSpace {
    /// What each input adds to the directions (`d × dims`).
    directions: Vec<f32>,
    dims: usize,
}

impl StanceSpace {
    pub fn load() -> Result<Self, EmbedError> {
        let tensors = candle_core::safetensors::load_buffer(FITTED, &Device::Cpu)?;
        let map: &Tensor =
            tensors.get("directions").ok_or_else(|| EmbedError::Model("tensor directions is missing".into()))?;
        let by_input = map.to_dtype(candle_core::DType::F32)?.t()?.contiguous()?;
        Ok(Self { dims: map.dims2()?.0, directions: by_input.flatten_all()?.to_vec1()? })
    }

    /// Number of directions.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Where a unit vector of the layer stands.
    pub fn project(&self, layer: &[f32]) -> Vec<f32> {
        let mut out = vec![0f32; self.dims];
        ops::vectorised(
            #[inline(always)]
            || {
                for (x, weights) in layer.iter().zip(self.directions.chunks_exact(self.dims)) {
                    out.iter_mut().zip(weights).for_each(|(o, w)| *o += x * w);
                }
            },
        );
        out
    }
}
