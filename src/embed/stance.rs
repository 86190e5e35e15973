//! Where a text stands: layers that go off from the embedder's third and follow a larger model, and the directions of their
//! mean in which a text differs from the opposite opinion, learned from labelled statements (`assets/stance/README.md`:
//! data, scripts, licences).

use candle_core::Device;
use candle_core::safetensors::SliceSafetensors;

use super::{EmbedError, ops};

/// The directions, and layers of 8 bits like those of the embedder.
pub(super) static FITTED: &[u8] = include_bytes!("../../assets/stance/stance.safetensors");

/// Layers of the embedder on which those of [`FITTED`] build.
pub(super) const AFTER: usize = 3;

/// A linear map from the branch's mean token (`d`) to stance directions.
pub(super) struct StanceSpace {
    /// What each input adds to the directions (`d × dims`).
    directions: Vec<f32>,
    dims: usize,
}

impl StanceSpace {
    pub fn load() -> Result<Self, EmbedError> {
        let map = SliceSafetensors::new(FITTED)?.load("directions", &Device::Cpu)?;
        let by_input = map.to_dtype(candle_core::DType::F32)?.t()?.contiguous()?;
        Ok(Self { dims: map.dims2()?.0, directions: by_input.flatten_all()?.to_vec1()? })
    }

    /// Number of directions.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Where a text stands, of its unit vector.
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
