//! Vectors that somebody else made: read from a file, or come with the samples.

use std::path::Path;

use candle_core::{DType, Tensor};

use super::{EmbedError, Embedded, Embedder, Progress};
use crate::linalg::{Vectors, at_length_one};

/// Stands for an embedder that is not here: it has a name, and refuses every new text.
pub struct VectorsOnly {
    id: String,
    dims: usize,
}

impl VectorsOnly {
    /// The maker of some vectors, named after them.
    pub fn of(vectors: &Vectors) -> Self {
        let mut h = blake3::Hasher::new();
        for v in vectors.as_slice() {
            h.update(&v.to_le_bytes());
        }
        Self { id: format!("given/{}", &h.finalize().to_hex()[..12]), dims: vectors.dims() }
    }

    /// One that an earlier session named.
    pub fn named(id: String, dims: usize) -> Self {
        Self { id, dims }
    }
}

impl Embedder for VectorsOnly {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn dims(&self) -> usize {
        self.dims
    }

    fn precision(&self) -> String {
        "as given".into()
    }

    fn embed(&self, _: &[&str], _: &Progress) -> Result<Embedded, EmbedError> {
        Err(EmbedError::NoTextModel)
    }
}

/// Reads the rows of an `.npy` file, or of the one matrix in a `.safetensors` file (`n × d`, any kind of float), at length one.
/// Rows of zeros stay zeros: they stand for blank texts.
///
/// # Errors
/// One sentence naming the file and what is wrong with it.
pub fn read_vectors(path: &Path) -> Result<Vectors, EmbedError> {
    let bad = |why: String| EmbedError::Given { path: path.to_path_buf(), why };
    if !path.exists() {
        return Err(bad("there is no such file".into()));
    }
    let is = |e: &str| path.extension().is_some_and(|x| x.eq_ignore_ascii_case(e));
    let unreadable = |e: candle_core::Error| bad(format!("it cannot be read ({e})"));
    let tensor = if is("npy") {
        Tensor::read_npy(path).map_err(unreadable)?
    } else if is("safetensors") {
        let all = candle_core::safetensors::load(path, &candle_core::Device::Cpu).map_err(unreadable)?;
        let mut matrices: Vec<(String, Tensor)> = all.into_iter().filter(|(_, t)| t.rank() == 2).collect();
        matrices.sort_by(|a, b| a.0.cmp(&b.0));
        match matrices.len() {
            1 => matrices.remove(0).1,
            n => return Err(bad(format!("it holds {n} matrices; give a file with one"))),
        }
    } else {
        return Err(bad("vectors are read from .npy and .safetensors files".into()));
    };
    let (n, d) =
        tensor.dims2().map_err(|_| bad(format!("its shape is {:?}; one row a sample is needed", tensor.dims())))?;
    if n == 0 || d < 2 {
        return Err(bad(format!("its shape is {n} × {d}; one row a sample is needed")));
    }
    let data: Vec<f32> = tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1()).map_err(unreadable)?;
    at_length_one(d, data).map_err(|row| bad(format!("row {} holds a number that is not finite", row + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn matrices_are_read_and_bad_ones_named() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let t = Tensor::new(&[[3f32, 4.0], [0.0, 0.0], [1.0, 0.0]], &Device::Cpu).unwrap();
        t.write_npy(at("a.npy")).unwrap();
        let v = read_vectors(&at("a.npy")).unwrap();
        assert_eq!((v.len(), v.dims(), v.row(0), v.row(1)), (3, 2, &[0.6, 0.8][..], &[0.0, 0.0][..]));
        t.to_dtype(DType::F16).unwrap().save_safetensors("x", at("a.safetensors")).unwrap();
        assert_eq!(read_vectors(&at("a.safetensors")).unwrap(), v);
        let says = |name: &str| read_vectors(&at(name)).unwrap_err().to_string();
        Tensor::new(&[1f32, 2.0], &Device::Cpu).unwrap().write_npy(at("flat.npy")).unwrap();
        assert!(says("flat.npy").ends_with("its shape is [2]; one row a sample is needed"), "{}", says("flat.npy"));
        Tensor::new(&[[1f32, f32::NAN]], &Device::Cpu).unwrap().write_npy(at("nan.npy")).unwrap();
        assert!(says("nan.npy").ends_with("row 1 holds a number that is not finite"));
        assert!(says("none.npy").ends_with("there is no such file"));
        std::fs::write(at("junk.npy"), b"junk").unwrap();
        assert!(says("junk.npy").contains("it cannot be read"));
    }
}
