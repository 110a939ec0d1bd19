//! What is true of every detector.

use std::ops::ControlFlow;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::*;

fn fit(kind: Kind, rows: &Matrix) -> Model {
    Model::fit(kind, rows, &FitOptions::default(), &mut never_cancelled).unwrap()
}

fn raw(model: &Model, rows: &Matrix) -> Vec<f32> {
    raw_scores(model.detector(), &rows.values, &mut never_cancelled).unwrap()
}

/// A cloud of rows of four features, the last of them one of three codes.
fn cloud(rows: usize) -> Matrix {
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let mut matrix = Matrix::new(4);
    for _ in 0..rows {
        let mut normal = || (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0;
        let row = [normal(), normal(), normal()];
        matrix.push(&[row[0], row[1], row[2], f32::from(random.random_range(0..3_u8))]);
    }
    matrix
}

#[test]
fn a_far_row_scores_highest_and_its_feature_is_the_first_reason() {
    let mut rows = cloud(600);
    rows.push(&[0.1, 30.0, -0.1, 1.0]);
    for kind in Kind::ALL {
        let model = fit(kind, &rows);
        let scores = raw(&model, &rows);
        let higher = scores[..600].iter().filter(|score| **score > scores[600]).count();
        let most = match kind {
            // To rarity, one unseen value is no worse than two seldom ones. A forest sees how a row can be separated, not how
            // far away it is: with one seed or another, up to 9 rows at the edge of all features are easier.
            Kind::Rarity | Kind::IsolationForest => 12,
            _ => 0,
        };
        assert!(higher <= most, "{}: {higher} rows score above {}", kind.name(), scores[600]);
        let reasons = model.detector().explain(rows.row(600));
        assert_eq!(reasons.first().map(|reason| reason.0), Some(1), "{}: {reasons:?}", kind.name());
        let sum: f32 = reasons.iter().map(|reason| reason.1).sum();
        assert!((sum - 1.0).abs() < 1e-4 && reasons.is_sorted_by(|a, b| a.1 >= b.1), "{}: {reasons:?}", kind.name());
    }
}

#[test]
fn odd_input_gets_finite_scores() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let mut random = Pcg64Mcg::seed_from_u64(3);
    let mut odd = cloud(60);
    odd.push(&[nan, nan, nan, nan]);
    odd.push(&[inf, -inf, f32::MAX, f32::MIN]);
    odd.push(&[f32::MIN_POSITIVE, -0.0, nan, inf]);
    let tables = [
        ("odd values", odd),
        ("no rows", Matrix::new(3)),
        ("no columns", Matrix::new(0)),
        ("one row", Matrix { columns: 2, values: vec![1.0, nan] }),
        ("two rows", Matrix { columns: 2, values: vec![1.0, 2.0, 3.0, nan] }),
        ("equal rows", Matrix { columns: 2, values: [4.0, -1.0].repeat(300) }),
        ("nothing but missing values", Matrix { columns: 2, values: vec![nan; 100] }),
        ("infinite values", Matrix { columns: 1, values: [inf, -inf].repeat(40) }),
        ("10,000 columns", Matrix { columns: 10_000, values: (0..120_000).map(|_| random.random()).collect() }),
    ];
    for (name, rows) in tables {
        // The autoencoder has a test of its own for wide rows.
        let kinds = Kind::ALL.into_iter().filter(|&kind| kind != Kind::Autoencoder || rows.columns < 10_000);
        for kind in kinds {
            let model = fit(kind, &rows);
            assert!(model.detector().is_sound(), "{name}, {}", kind.name());
            let scores = raw(&model, &rows);
            assert_eq!(scores.len(), rows.rows(), "{name}, {}", kind.name());
            assert!(scores.iter().all(|score| score.is_finite()), "{name}, {}: {scores:?}", kind.name());
            let mut units = Vec::new();
            model.detector().score(&rows, &mut units);
            assert!(units.iter().all(|unit| (0.0..=1.0).contains(unit)), "{name}, {}: {units:?}", kind.name());
            for row in 0..rows.rows().min(3) {
                let credits = model.detector().attribute(rows.row(row));
                assert_eq!(credits.len(), rows.columns);
                assert!(credits.iter().all(|credit| credit.is_finite()), "{name}, {}: {credits:?}", kind.name());
            }
        }
        if rows.rows() > 1
            && name != "odd values"
            && name != "two rows"
            && rows.columns < 3
            && name != "infinite values"
        {
            for kind in Kind::ALL {
                let scores = raw(&fit(kind, &rows), &rows);
                assert!(
                    scores.windows(2).all(|pair| pair[0].to_bits() == pair[1].to_bits()),
                    "{name}, {}",
                    kind.name()
                );
            }
        }
    }
}

#[test]
fn scores_depend_on_the_row_alone_and_survive_being_sent() {
    let rows = cloud(300);
    for kind in Kind::ALL {
        let model = fit(kind, &rows);
        let sent: Model = postcard::from_bytes(&postcard::to_allocvec(&model).unwrap()).unwrap();
        assert_eq!(sent, model);
        assert!(sent.detector().is_sound(), "{}", kind.name());
        assert_eq!(model, fit(kind, &rows), "{}: fitted twice", kind.name());
        let together = raw(&model, &rows);
        for row in [0, 31, 32, 63, 64, 299] {
            let alone = raw(&sent, &Matrix { columns: 4, values: rows.row(row).to_vec() });
            assert_eq!(alone[0].to_bits(), together[row].to_bits(), "{}: row {row}", kind.name());
        }
    }
}

#[test]
fn work_is_told_of_and_can_be_ended() {
    let rows = cloud(2000);
    for kind in Kind::ALL {
        let mut told = Vec::new();
        let mut listen = |done: f32| {
            told.push(done);
            ControlFlow::Continue(())
        };
        let model = Model::fit(kind, &rows, &FitOptions::default(), &mut listen).unwrap();
        assert!(!told.is_empty() && told.iter().all(|done| (0.0..=1.0).contains(done)), "{}: {told:?}", kind.name());
        let mut stop = |_: f32| ControlFlow::Break(());
        assert_eq!(Model::fit(kind, &rows, &FitOptions::default(), &mut stop), Err(Cancelled), "{}", kind.name());
        assert_eq!(raw_scores(model.detector(), &rows.values, &mut stop), Err(Cancelled));
    }
}

#[test]
fn names_are_read_back() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(Kind::from_name("magic"), None);
}

#[test]
fn a_vote_is_a_share_of_members() {
    let mut rows = cloud(500);
    rows.push(&[20.0, 30.0, -20.0, 1.0]);
    let scores = raw(&fit(Kind::EnsembleVote, &rows), &rows);
    let called = scores.iter().filter(|score| **score > 0.5).count();
    assert!((scores[500] - 1.0).abs() < 1e-6 && (5..50).contains(&called), "{called}");
    let alike = Matrix { columns: 1, values: vec![3.0; 200] };
    assert!(raw(&fit(Kind::EnsembleVote, &alike), &alike).iter().all(|score| *score <= 0.0));
}
