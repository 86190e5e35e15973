//! Weights as they are read, before a processor or a GPU takes them in its own order.

use candle_core::{Result, Tensor};

/// Weights of a linear layer as they are (`outs × ins`, row-major), with the GELU after it where there is one.
pub(super) struct Plain {
    pub weight: Vec<f32>,
    pub ins: usize,
    pub bias: Vec<f32>,
    pub gelu: bool,
}

/// Finds a tensor by its name.
pub(super) type Get<'a> = &'a dyn Fn(&str) -> Result<Tensor>;
