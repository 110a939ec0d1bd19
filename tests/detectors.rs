//! How well each detector finds the outliers of the classical tabular sets, against what scikit-learn reaches on them. The
//! sets are not part of the project: they are read from `$STRAYLINE_SHARED/data`, else from `../shared/data`, and the test
//! says so when they are not there. Every threshold lies a little below what was reached.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and talk like tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use strayline::detect::{FitOptions, Kind, Model, never_cancelled, raw_scores};
use strayline::finding::evaluate::{average_precision, roc_auc, steps};
use strayline::native::table::{Table, read};

/// Values beyond which a set is left out: the test is to take seconds.
const MOST_VALUES: usize = 250_000;

fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("STRAYLINE_SHARED").map_or_else(beside, PathBuf::from).join("data");
    if folder.join("tabular").is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not there", folder.join("tabular").display());
    None
}

/// The sets by name, without the largest ones.
fn tables(folder: &Path) -> BTreeMap<String, Table> {
    let mut tables = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join("tabular")).unwrap() {
        let path = entry.unwrap().path();
        let table = read(&path, Some("label")).unwrap();
        if table.rows.values.len() <= MOST_VALUES {
            tables.insert(path.file_stem().unwrap().to_str().unwrap().to_owned(), table);
        }
    }
    tables
}

/// ROC-AUC and average precision, means over seeds.
fn measure(table: &Table, kind: Kind, seeds: u64) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for seed in 0..seeds {
        let reference = FitOptions::reference_for(table.rows.rows(), table.rows.columns);
        let options = FitOptions { seed, reference, ..FitOptions::default() };
        let model = Model::fit(kind, &table.rows, &options, &mut never_cancelled).unwrap();
        let scores = raw_scores(model.detector(), &table.rows.values, &mut never_cancelled).unwrap();
        let labels: Vec<bool> = table.anomalous.as_ref().unwrap().iter().map(|label| label.unwrap()).collect();
        let steps = steps(&scores, &labels);
        sums[0] += roc_auc(&steps).unwrap() / seeds as f64;
        sums[1] += average_precision(&steps).unwrap() / seeds as f64;
    }
    sums
}

/// Means over the sets.
fn means(tables: &BTreeMap<String, Table>, kind: Kind) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for table in tables.values() {
        let figures = measure(table, kind, 1);
        for (sum, figure) in sums.iter_mut().zip(figures) {
            *sum += figure / tables.len() as f64;
        }
    }
    println!("{}: mean ROC-AUC {:.4}, mean average precision {:.4}", kind.name(), sums[0], sums[1]);
    sums
}

/// ROC-AUC of the reference with its standard deviation over seeds, by set.
fn reference(folder: &Path, algorithm: &str) -> BTreeMap<String, (f64, f64)> {
    let mut reader = csv::Reader::from_path(folder.join("reference/tabular.csv")).unwrap();
    let records =
        reader.records().map(Result::unwrap).filter(|record| &record[4] == algorithm && !record[1].is_empty());
    records.map(|record| (record[0].to_owned(), (record[5].parse().unwrap(), record[6].parse().unwrap()))).collect()
}

/// Every set within three standard deviations and 0.01 of scikit-learn, and the mean within 0.005.
#[track_caller]
fn check_against_the_reference(kind: Kind, algorithm: &str, seeds: u64) {
    let Some(folder) = shared() else { return };
    let tables = tables(&folder);
    let reference = reference(&folder, algorithm);
    let mut difference = 0.0;
    for (name, table) in &tables {
        let (expected, deviation) = reference[name];
        let found = measure(table, kind, seeds)[0];
        assert!((found - expected).abs() <= 3.0 * deviation + 0.01, "{name}: {found:.4}, expected {expected:.4}");
        difference += (found - expected) / tables.len() as f64;
    }
    println!("{}: {difference:+.4} from {algorithm}, mean over {} sets", kind.name(), tables.len());
    assert!(difference.abs() <= 0.005, "{difference}");
}

#[test]
fn one_class_svm_is_scikit_learns() {
    check_against_the_reference(Kind::OneClassSvm, "OCSVM", 1);
}

#[test]
fn local_outlier_factor_is_scikit_learns() {
    check_against_the_reference(Kind::Lof, "LOF", 1);
}

#[test]
fn nearest_neighbour_distance_is_the_references() {
    check_against_the_reference(Kind::Knn, "KNN5", 1);
}

#[test]
fn robust_z_is_the_references() {
    check_against_the_reference(Kind::RobustZ, "RobustZ", 1);
}

#[test]
fn isolation_forest_is_scikit_learns() {
    check_against_the_reference(Kind::IsolationForest, "IForest", 10);
}

#[test]
fn means_are_no_worse_than_they_were() {
    let Some(folder) = shared() else { return };
    let tables = tables(&folder);
    assert_eq!(tables.len(), 19);
    // The autoencoder of the reference has a mean ROC-AUC of 0.721 on these sets, its best detector (kNN) 0.757, its forest 0.737.
    for (kind, auc, precision) in
        [(Kind::Autoencoder, 0.725, 0.38), (Kind::Rarity, 0.69, 0.375), (Kind::Ensemble, 0.75, 0.435)]
    {
        let [found_auc, found_precision] = means(&tables, kind);
        assert!(found_auc >= auc && found_precision >= precision, "{}", kind.name());
    }
}
