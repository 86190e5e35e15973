//! The directions in which a text differs from its own negation or from the opposite opinion, learned from labelled
//! statements (`assets/stance/README.md`: data, script, licence).

use candle_core::{Device, Tensor};

use super::EmbedError;

static FITTED: &[u8] = include_bytes!("../../assets/stance/stance.safetensors");

/// A linear map from the model's last but one layer (`d`) to stance directions.
pub(super) struct StanceSpace {
    /// One direction after the other (`dims × d`).
    directions: Vec<f32>,
    dims: usize,
}

impl StanceSpace {
    pub fn load() -> Result<Self, EmbedError> {
        let tensors = candle_core::safetensors::load_buffer(FITTED, &Device::Cpu)?;
        let map: &Tensor =
            tensors.get("directions").ok_or_else(|| EmbedError::Model("tensor directions is missing".into()))?;
        Ok(Self { dims: map.dims2()?.0, directions: map.to_dtype(candle_core::DType::F32)?.flatten_all()?.to_vec1()? })
    }

    /// Number of directions.
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Where a unit vector of the layer stands.
    pub fn project(&self, layer: &[f32]) -> Vec<f32> {
        self.directions.chunks_exact(layer.len()).map(|d| d.iter().zip(layer).map(|(a, b)| a * b).sum()).collect()
    }
}
