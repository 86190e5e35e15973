//! Tests of `device.rs`.

use super::super::attention::{Distances, Precision};
use super::super::linear::Linear as OnCores;
use super::super::ops::tests::Draw;
use super::*;

/// A small network with weights that look random, and a wider branch.
fn network<L>(distances: bool, pooling: Pooling, make: impl Fn(Plain) -> L) -> Encoder<L> {
    let (d, words, longest) = (64, 50, BRANCH_TOKENS + 20);
    let mut draw = Draw(7);
    let mut some = |n: usize, scale: f32| -> Vec<f32> { (0..n).map(|_| draw.float() * scale).collect() };
    let norm = |gain: Vec<f32>, bias: Vec<f32>| AddNorm { gain, bias, epsilon: 1e-12 };
    let linear = |some: &mut dyn FnMut(usize, f32) -> Vec<f32>, outs: usize, ins: usize, gelu| {
        make(Plain { weight: some(outs * ins, 0.3), ins, bias: some(outs, 0.1), gelu })
    };
    let stack = |some: &mut dyn FnMut(usize, f32) -> Vec<f32>, layers: usize, d: usize, head: usize| {
        let layer = |_| stack::Layer {
            qkv: linear(some, 3 * d, d, false),
            attention_out: linear(some, d, d, false),
            attention_norm: norm(some(d, 1.0), some(d, 0.1)),
            up: linear(some, 96, d, true),
            down: linear(some, d, 96, false),
            output_norm: norm(some(d, 1.0), some(d, 0.1)),
        };
        let layers = (0..layers).map(layer).collect();
        let distances = distances.then(|| Distances::new(&some(32 * (d / head), 0.5), d / head, longest));
        stack::Stack { layers, dims: d, head, distances }
    };
    let own = stack(&mut some, 2, d, 32);
    let join = linear(&mut some, 128, 2 * d, false);
    let branch = stack::Branch { after: 1, join, own: stack(&mut some, 1, 128, 64) };
    Encoder {
        own,
        branch: Some(branch),
        words: Words::Floats(some(words * d, 1.0)),
        positions: some(longest * d, 0.2),
        norm: norm(some(d, 1.0), some(d, 0.1)),
        numbers: Precision::Floats,
        pooling,
    }
}

#[test]
fn tensors_say_what_the_cores_say() {
    let long: Vec<u32> = (0..BRANCH_TOKENS as u32 + 7).map(|n| n * 7 % 50).collect();
    let texts: [&[u32]; 4] = [&[1, 5, 9, 2], &[1, 7, 7, 3, 49, 12, 0, 30, 31, 32, 33, 2], &[4], &long];
    for (distances, pooling) in [(false, Pooling::Mean), (true, Pooling::Mean), (true, Pooling::First)] {
        let on_cores = network(distances, pooling, OnCores::of).pooled(&texts, true).unwrap();
        let plain = network(distances, pooling, |p| p);
        let on_device = OnDevice::new(&plain, Device::Cpu).unwrap();
        let tensors = on_device.pooled(&texts).unwrap();
        assert_eq!((on_cores.len(), tensors.len()), (4 * 192, 4 * 192));
        for (a, b) in on_cores.iter().zip(&tensors) {
            assert!((a - b).abs() < 1e-3, "{a} is not {b}");
        }
        assert!(on_device.pooled(&[&[50]]).is_err(), "no such token");
    }
}
