//! A small dense network: layers of tanh units, the last one linear, trained on squared errors by Adam.
//!
//! Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015. Rows go through in tiles of [`LANES`], unit by
//! unit inside of a tile, so that the inner loops are the same operation on neighbouring values. All sums have a fixed
//! order.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::blocks::LANES;
use super::exp::tanh;

/// One value per row of a tile.
pub type Lane = [f32; LANES];

/// Adam's decay of the mean of gradients.
const BETA1: f32 = 0.9;
/// Adam's decay of the mean of their squares.
const BETA2: f32 = 0.999;
/// Keeps Adam's division finite.
const EPSILON: f32 = 1e-8;

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    layers: Vec<Layer>,
}

/// Weights of one layer: `outputs` times (`inputs` weights, then one bias).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Layer {
    inputs: usize,
    outputs: usize,
    weights: Vec<f32>,
}

/// What training keeps beside the network.
#[derive(Clone, Debug)]
pub struct Training {
    /// Activations by layer, the input first.
    activations: Vec<Vec<Lane>>,
    gradients: Vec<Vec<f32>>,
    means: Vec<Vec<f32>>,
    squares: Vec<Vec<f32>>,
    steps: u32,
}

impl Network {
    /// A network of layers of these sizes, the input first; weights drawn as Glorot and Bengio (AISTATS 2010) do.
    pub fn new(sizes: &[usize], seed: u64) -> Self {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let layers = sizes.windows(2).map(|pair| {
            let (inputs, outputs) = (pair[0], pair[1]);
            let width = (6.0 / (inputs + outputs).max(1) as f32).sqrt();
            let mut weights = Vec::with_capacity(outputs * (inputs + 1));
            for _ in 0..outputs {
                weights.extend((0..inputs).map(|_| (random.random::<f32>() * 2.0 - 1.0) * width));
                weights.push(0.0);
            }
            Layer { inputs, outputs, weights }
        });
        Self { layers: layers.collect() }
    }

    /// Whether it maps so many numbers to as many, with every weight there.
    pub fn maps(&self, columns: usize) -> bool {
        let whole = |layer: &Layer| {
            let wanted = layer.inputs.checked_add(1).and_then(|inputs| inputs.checked_mul(layer.outputs));
            Some(layer.weights.len()) == wanted
        };
        let ends = self.layers.first().zip(self.layers.last());
        ends.is_some_and(|(first, last)| first.inputs == columns && last.outputs == columns)
            && self.layers.iter().all(whole)
            && self.layers.windows(2).all(|pair| pair[0].outputs == pair[1].inputs)
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights.len()).sum()
    }

    /// Sends a tile through; `activations` becomes the output.
    pub fn forward(&self, activations: &mut Vec<Lane>) {
        for (index, layer) in self.layers.iter().enumerate() {
            *activations = layer.forward(activations, index + 1 < self.layers.len());
        }
    }

    /// What is needed to train it.
    pub fn training(&self) -> Training {
        let zeros: Vec<Vec<f32>> = self.layers.iter().map(|layer| vec![0.0; layer.weights.len()]).collect();
        Training { activations: Vec::new(), gradients: zeros.clone(), means: zeros.clone(), squares: zeros, steps: 0 }
    }

    /// One step of Adam towards a tile's targets. The first `rows` lanes count.
    pub fn learn(&mut self, input: &[Lane], target: &[Lane], rows: usize, rate: f32, training: &mut Training) {
        training.activations.clear();
        training.activations.push(input.to_vec());
        for (index, layer) in self.layers.iter().enumerate() {
            let output = layer.forward(&training.activations[index], index + 1 < self.layers.len());
            training.activations.push(output);
        }
        // Of the mean squared error over rows; the factor 2 / outputs is left to the rate, which Adam makes scale-free.
        let mut slopes: Vec<Lane> = Vec::with_capacity(target.len());
        for (output, target) in training.activations[self.layers.len()].iter().zip(target) {
            let mut slope = [0.0; LANES];
            for lane in 0..rows.min(LANES) {
                slope[lane] = (output[lane] - target[lane]) / rows as f32;
            }
            slopes.push(slope);
        }
        for index in (0..self.layers.len()).rev() {
            let inputs = &training.activations[index];
            slopes = self.layers[index].backward(inputs, &slopes, &mut training.gradients[index], index > 0);
        }
        training.steps += 1;
        // 1 − βᵗ by repeated multiplication would drift; the power of an integer is exact enough and equal everywhere.
        let steps = f64::from(training.steps);
        let correct1 = 1.0 - libm::pow(f64::from(BETA1), steps) as f32;
        let correct2 = 1.0 - libm::pow(f64::from(BETA2), steps) as f32;
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let moments = training.means[index].iter_mut().zip(&mut training.squares[index]);
            for ((weight, &gradient), (mean, square)) in
                layer.weights.iter_mut().zip(&training.gradients[index]).zip(moments)
            {
                *mean = BETA1 * *mean + (1.0 - BETA1) * gradient;
                *square = BETA2 * *square + (1.0 - BETA2) * gradient * gradient;
                *weight -= rate * (*mean / correct1) / ((*square / correct2).sqrt() + EPSILON);
            }
        }
    }
}

impl Layer {
    fn forward(&self, inputs: &[Lane], bent: bool) -> Vec<Lane> {
        let mut outputs = Vec::with_capacity(self.outputs);
        for weights in self.weights.chunks_exact(self.inputs + 1) {
            let mut sums = [weights[self.inputs]; LANES];
            for (input, &weight) in inputs.iter().zip(weights) {
                for (sum, &value) in sums.iter_mut().zip(input) {
                    *sum += weight * value;
                }
            }
            if bent {
                for sum in &mut sums {
                    *sum = tanh(*sum);
                }
            }
            outputs.push(sums);
        }
        outputs
    }

    /// Writes the gradient of the weights; gives the slopes at the inputs, which are tanh units when `bent`.
    fn backward(&self, inputs: &[Lane], slopes: &[Lane], gradient: &mut [f32], bent: bool) -> Vec<Lane> {
        let width = self.inputs + 1;
        let mut below = vec![[0.0; LANES]; if bent { self.inputs } else { 0 }];
        let rows = self.weights.chunks_exact(width).zip(gradient.chunks_exact_mut(width));
        for ((weights, gradient), slope) in rows.zip(slopes) {
            for (gradient, input) in gradient.iter_mut().zip(inputs) {
                *gradient = dot(slope, input);
            }
            gradient[self.inputs] = slope.iter().sum();
            for (below, &weight) in below.iter_mut().zip(weights) {
                for (below, &slope) in below.iter_mut().zip(slope) {
                    *below += weight * slope;
                }
            }
        }
        for (below, input) in below.iter_mut().zip(inputs) {
            for (below, &value) in below.iter_mut().zip(input) {
                *below *= 1.0 - value * value;
            }
        }
        below
    }
}

/// The sum of products, eight at a time.
fn dot(a: &Lane, b: &Lane) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    for (a, b) in a.iter().zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean squared error of the first `rows` lanes, halved: what `learn` descends.
    fn loss(network: &Network, input: &[Lane], target: &[Lane], rows: usize) -> f64 {
        let mut output = input.to_vec();
        network.forward(&mut output);
        let pairs = output.iter().zip(target).flat_map(|(output, target)| output.iter().zip(target).take(rows));
        pairs.map(|(output, target)| f64::from(output - target) * f64::from(output - target)).sum::<f64>()
            / 2.0
            / rows as f64
    }

    fn tile(units: usize, seed: u64) -> Vec<Lane> {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        (0..units).map(|_| std::array::from_fn(|_| random.random::<f32>() * 2.0 - 1.0)).collect()
    }

    #[test]
    fn gradients_are_slopes_of_the_loss() {
        let (input, target) = (tile(4, 1), tile(2, 2));
        let network = Network::new(&[4, 3, 3, 2], 3);
        let mut training = network.training();
        network.clone().learn(&input, &target, 20, 0.01, &mut training);
        for (layer, gradient) in training.gradients.iter().enumerate() {
            for (place, &gradient) in gradient.iter().enumerate() {
                let moved = |by: f32| {
                    let mut moved = network.clone();
                    moved.layers[layer].weights[place] += by;
                    loss(&moved, &input, &target, 20)
                };
                let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                assert!((slope - f64::from(gradient)).abs() < 1e-3, "{layer} {place}: {slope} {gradient}");
            }
        }
    }

    #[test]
    fn it_learns() {
        let input = tile(2, 5);
        let target: Vec<Lane> = vec![std::array::from_fn(|lane| input[0][lane] * input[1][lane])];
        let mut network = Network::new(&[2, 8, 1], 1);
        let before = loss(&network, &input, &target, LANES);
        let mut training = network.training();
        for _ in 0..2000 {
            network.learn(&input, &target, LANES, 0.01, &mut training);
        }
        let after = loss(&network, &input, &target, LANES);
        assert!(after < before / 50.0, "{before} {after}");
    }
}
