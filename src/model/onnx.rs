//! An Isolation Forest as ONNX, for programs that score elsewhere.
//!
//! The input `features` has a row of 32-bit numbers for each row, in the order of the recipe; not-a-number is a missing
//! value. The output `score` is one column: the forest's score, 0..1, higher is more abnormal. The graph does what
//! [`crate::detect::IsolationForest`] does: missing values become the training medians, a `TreeEnsembleRegressor` adds up the
//! path lengths of all trees, and 2^(−mean / c(ψ)) is the score. Sums are of 32-bit numbers here and of 64-bit ones there, so
//! scores agree to six digits.
//!
//! Formats: <https://onnx.ai/onnx/repo-docs/IR.html>, and for the trees
//! <https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html>.

use super::protobuf::Message;
use super::saved::Saved;
use crate::detect::Model;
use crate::detect::isolation_forest::{IsolationForest, TreeNode};

/// Versions of the formats that are written: old ones, which every runtime reads.
const IR_VERSION: u64 = 8;
const OPERATORS: u64 = 13;
const TREE_OPERATORS: u64 = 1;
/// ONNX's number for 32-bit numbers.
const FLOAT: u64 = 1;

/// The forest of a model as ONNX; with another detector a sentence that says so.
pub fn export(model: &Saved) -> Result<Vec<u8>, String> {
    let Model::IsolationForest(forest) = &model.detector else {
        return Err(format!(
            "Only an Isolation Forest can be written as ONNX, and this model is {}. Fit it with --detector isolation-forest.",
            model.about.detector.name()
        ));
    };
    if forest.normaliser() <= 0.0 || model.recipe.features.is_empty() {
        return Err("The forest learned nothing, of one row or no feature: there is nothing to write as ONNX.".into());
    }
    let names: Vec<&str> = model.recipe.features.iter().map(|feature| feature.name.as_str()).collect();
    Ok(of_forest(forest, &names))
}

/// A forest as ONNX; the names of its features go into the model's description.
pub fn of_forest(forest: &IsolationForest, names: &[&str]) -> Vec<u8> {
    let graph = Message::default()
        .message(1, &node("IsNaN", "", &["features"], "missing", &[]))
        .message(1, &node("Where", "", &["missing", "medians", "features"], "filled", &[]))
        .message(1, &node("TreeEnsembleRegressor", "ai.onnx.ml", &["filled"], "length", &trees(forest)))
        .message(1, &node("Mul", "", &["length", "factor"], "exponent", &[]))
        .message(1, &node("Pow", "", &["two", "exponent"], "score", &[]))
        .text(2, "isolation_forest")
        .message(5, &tensor("medians", forest.medians()))
        .message(5, &tensor("factor", &[(-1.0 / (forest.trees() as f64 * forest.normaliser())) as f32]))
        .message(5, &tensor("two", &[2.0]))
        .text(10, &format!("Features: {}", names.join("; ")))
        .message(11, &value("features", names.len()))
        .message(12, &value("score", 1));
    Message::default()
        .int(1, IR_VERSION)
        .text(2, "strayline")
        .message(7, &graph)
        .message(8, &Message::default().text(1, "").int(2, OPERATORS))
        .message(8, &Message::default().text(1, "ai.onnx.ml").int(2, TREE_OPERATORS))
        .into_bytes()
}

fn node(operator: &str, domain: &str, inputs: &[&str], output: &str, attributes: &[Message]) -> Message {
    let mut node = Message::default();
    for input in inputs {
        node = node.text(1, input);
    }
    node = node.text(2, output).text(3, output).text(4, operator);
    for attribute in attributes {
        node = node.message(5, attribute);
    }
    node.text(7, domain)
}

/// A table of any number of rows.
fn value(name: &str, columns: usize) -> Message {
    let rows = Message::default().text(2, "rows");
    let columns = Message::default().int(1, columns as u64);
    let shape = Message::default().message(1, &rows).message(1, &columns);
    let kind = Message::default().message(1, &Message::default().int(1, FLOAT).message(2, &shape));
    Message::default().text(1, name).message(2, &kind)
}

fn tensor(name: &str, values: &[f32]) -> Message {
    Message::default().ints(1, &[values.len() as u64]).int(2, FLOAT).floats(4, values).text(8, name)
}

/// The attributes of the tree operator.
fn trees(forest: &IsolationForest) -> Vec<Message> {
    let (mut tree_ids, mut node_ids, mut modes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut features, mut thresholds) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut leaf_trees, mut leaf_nodes, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
    for tree in 0..forest.trees() {
        for (number, node) in forest.tree(tree).into_iter().enumerate() {
            tree_ids.push(tree as u64);
            node_ids.push(number as u64);
            let (feature, threshold, below, above, mode) = match node {
                TreeNode::Split { feature, threshold, left, right } => (feature, threshold, left, right, "BRANCH_LEQ"),
                TreeNode::Leaf { length } => {
                    leaf_trees.push(tree as u64);
                    leaf_nodes.push(number as u64);
                    lengths.push(length);
                    (0, 0.0, 0, 0, "LEAF")
                }
            };
            features.push(u64::from(feature));
            thresholds.push(threshold);
            left.push(u64::from(below));
            right.push(u64::from(above));
            modes.push(mode);
        }
    }
    let targets = vec![0; lengths.len()];
    vec![
        integers("nodes_treeids", &tree_ids),
        integers("nodes_nodeids", &node_ids),
        integers("nodes_featureids", &features),
        numbers("nodes_values", &thresholds),
        texts("nodes_modes", &modes),
        integers("nodes_truenodeids", &left),
        integers("nodes_falsenodeids", &right),
        integers("target_treeids", &leaf_trees),
        integers("target_nodeids", &leaf_nodes),
        integers("target_ids", &targets),
        numbers("target_weights", &lengths),
        Message::default().text(1, "n_targets").int(3, 1).int(20, 2),
        Message::default().text(1, "aggregate_function").text(4, "SUM").int(20, 3),
    ]
}

fn integers(name: &str, values: &[u64]) -> Message {
    Message::default().text(1, name).ints(8, values).int(20, 7)
}

fn numbers(name: &str, values: &[f32]) -> Message {
    Message::default().text(1, name).floats(7, values).int(20, 6)
}

fn texts(name: &str, values: &[&str]) -> Message {
    let attribute = Message::default().text(1, name);
    values.iter().fold(attribute, |attribute, value| attribute.text(9, value)).int(20, 8)
}
