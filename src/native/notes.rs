//! What is odd about a table of numbers, and what became of it.

use super::cli::quoted;
use super::table::Table;
use crate::common::number::count;
use crate::common::text::{parse_number, some_of};

/// Most columns that are named.
const NAMED: usize = 5;

/// One sentence for each thing that makes scores mean less than they seem to.
pub(super) fn notes(table: &Table) -> Vec<String> {
    let (rows, columns) = (table.rows.rows(), table.rows.columns);
    let mut notes = Vec::new();
    if rows == 1 {
        notes.push("There is one row, and nothing to compare it with.".to_owned());
    }
    if table.names.iter().all(|name| parse_number(name.as_bytes()).is_some()) {
        notes.push(
            "The first row was taken for the names of the columns, and holds numbers alone: put names above it."
                .to_owned(),
        );
    }
    let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); columns];
    let (mut missing, mut infinite) = (0_u64, 0_u64);
    for row in table.rows.values.chunks_exact(columns.max(1)) {
        for ((least, most), &value) in ranges.iter_mut().zip(row) {
            missing += u64::from(value.is_nan());
            infinite += u64::from(value.is_infinite());
            (*least, *most) = (least.min(value), most.max(value));
        }
    }
    let named = |columns: &[usize]| {
        let names: Vec<&str> = columns.iter().take(NAMED).map(|&column| table.names[column].as_str()).collect();
        let more = if columns.len() > NAMED { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    };
    let of = |is: &dyn Fn(f32, f32) -> bool| -> Vec<usize> {
        (0..columns).filter(|&column| is(ranges[column].0, ranges[column].1)).collect()
    };
    let (empty, constant) = (of(&|least, most| least > most), of(&|least, most| least.to_bits() == most.to_bits()));
    if rows > 1 && empty.len() + constant.len() == columns {
        notes.push("All rows are equal: none stands out.".to_owned());
    } else if rows > 1 && !constant.is_empty() {
        notes.push(format!("Of no weight, as no row stands out by them: {}.", named(&constant)));
    }
    if !empty.is_empty() {
        notes.push(format!("Without a single number: {}.", named(&empty)));
    }
    if missing > 0 {
        notes.push(format!("Cells without a number: {}.", count(missing)));
    }
    if infinite > 0 {
        notes.push(format!("Infinite numbers, or beyond 3.4e38, which stand beyond all others: {}.", count(infinite)));
    }
    let is_flag = |value: f32| value.is_nan() || [0.0, 1.0].contains(&value);
    if table.anomalous.is_none()
        && let [flags] = of(&|least, most| least < most && is_flag(least) && is_flag(most))[..]
        && table.rows.values.chunks_exact(columns).all(|row| is_flag(row[flags]))
    {
        let name = &table.names[flags];
        notes.push(format!(
            "{name} has only 0 and 1. If it says which rows are anomalous, --label {} measures the scores by it instead.",
            quoted(name)
        ));
    }
    if let Some(anomalous) = &table.anomalous {
        let called = anomalous.iter().filter(|label| **label == Some(true)).count();
        let without = anomalous.iter().filter(|label| label.is_none()).count();
        if table.assumed > 0 {
            notes.push(format!(
                "Rows without a label, which count as ordinary because no row is labelled so: {}.",
                count(table.assumed)
            ));
        }
        if without > 0 {
            notes.push(format!("Rows without a label, which are scored and not measured: {}.", count(without as u64)));
        }
        if !table.other_labels.is_empty() {
            notes.push(format!(
                "Labels are {}: numbers above 0 count as anomalous. If they mean something else, write 0 and 1 instead.",
                some_of(table.other_labels.iter().map(String::as_str))
            ));
        }
        if called == 0 || called + without == rows {
            let which = if called == 0 { "no row" } else { "every row" };
            notes.push(format!("The label calls {which} anomalous, so that there is nothing to measure."));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Matrix;

    #[test]
    fn what_is_odd_is_said() {
        const N: f32 = f32::NAN;
        let table = |columns: usize, values: &[f32], labels: Option<&[Option<bool>]>| Table {
            rows: Matrix { columns, values: values.to_vec() },
            names: ["cpu", "memory", "disk"][..columns].iter().map(|name| (*name).to_owned()).collect(),
            anomalous: labels.map(<[Option<bool>]>::to_vec),
            largest: vec![None; columns],
            assumed: 0,
            other_labels: Vec::new(),
        };
        let minus = Table {
            other_labels: vec!["-1".to_owned(), "1".to_owned()],
            ..table(1, &[1.0, 2.0], Some(&[Some(true), Some(false)]))
        };
        for (table, expected) in [
            (table(2, &[1.0, 2.0, 3.0, 4.0], Some(&[Some(true), Some(false)])), vec![]),
            (table(2, &[1.0, 2.0], None), vec!["There is one row, and nothing to compare it with."]),
            (table(2, &[1.0, 2.0, 1.0, 2.0], None), vec!["All rows are equal: none stands out."]),
            (table(2, &[1.0, 2.0, 3.0, 2.0], None), vec!["Of no weight, as no row stands out by them: memory."]),
            (
                table(2, &[1.0, N, 3.0, N, f32::INFINITY, N], None),
                vec![
                    "Without a single number: memory.",
                    "Cells without a number: 3.",
                    "Infinite numbers, or beyond 3.4e38, which stand beyond all others: 1.",
                ],
            ),
            (
                table(1, &[1.0, 2.0], Some(&[Some(false), Some(false)])),
                vec!["The label calls no row anomalous, so that there is nothing to measure."],
            ),
            (
                table(1, &[1.0, 2.0, 3.0], Some(&[Some(true), None, Some(false)])),
                vec!["Rows without a label, which are scored and not measured: 1."],
            ),
            (
                table(2, &[1.5, 0.0, 2.5, 1.0, 3.5, 0.0], None),
                vec![
                    "memory has only 0 and 1. If it says which rows are anomalous, --label memory measures the scores by it instead.",
                ],
            ),
            (table(2, &[1.5, 0.0, 2.5, 1.0, 3.5, 0.5], None), vec![]),
            (
                minus,
                vec![
                    "Labels are -1, 1: numbers above 0 count as anomalous. If they mean something else, write 0 and 1 instead.",
                ],
            ),
        ] {
            assert_eq!(notes(&table), expected);
        }
    }
}
