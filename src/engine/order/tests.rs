use proptest::prelude::*;

use super::*;
use crate::record::column::Categories;

fn data(segments: &BTreeMap<SegmentId, Segment>) -> Data<'_> {
    Data { segments, texts: None, times: None }
}

/// A segment of one category, one number and one time column.
fn segment(part: u32, rows: &[(Option<u8>, f64, i64)]) -> Segment {
    let mut names = Categories::default();
    for (name, ..) in rows {
        names.push(name.map(|name| format!("n{name}")).as_deref().map(str::as_bytes));
    }
    Segment {
        id: SegmentId { file: part / 3, part: part % 3 },
        start: 0,
        end: rows.len() as u64,
        offsets: (0..rows.len() as u32).collect(),
        columns: vec![
            Column::Category(names),
            Column::Number(Numbers::pack(&rows.iter().map(|row| row.1).collect::<Vec<_>>())),
            Column::Time(Times::pack(&rows.iter().map(|row| row.2).collect::<Vec<_>>())),
            Column::Unkept,
        ],
        issues: Vec::new(),
        scores: rows.iter().map(|row| row.1 as f32).collect(),
        predicted: Vec::new(),
        templates: Vec::new(),
        durations: Vec::new(),
        origin: crate::record::origin::Origin::default(),
    }
}

fn row() -> impl Strategy<Value = (Option<u8>, f64, i64)> {
    let number =
        prop_oneof![4 => (-3..4_i32).prop_map(f64::from), 1 => Just(f64::NAN), 1 => Just(-0.0), 1 => any::<f64>()];
    let time = prop_oneof![4 => 0..9_i64, 1 => Just(NO_TIME), 1 => any::<i64>()];
    (prop::option::of(0..12_u8), number, time)
}

proptest! {
    #[test]
    fn pages_of_any_split_are_those_of_one_sort(
        segments in prop::collection::vec(prop::collection::vec(row(), 0..700), 1..9),
        split in prop::collection::vec(0..4_usize, 9),
        by in prop_oneof![(0..4_u32).prop_map(SortBy::Column), Just(SortBy::Score)],
        descending in any::<bool>(), kept in 1..4_u32, from in 0..3000_u64, count in 1..400_u64,
    ) {
        let sort = Sort { by, descending };
        let segments: Vec<Segment> = (0_u32..).zip(&segments).map(|(part, rows)| segment(part, rows)).collect();
        let filter = if kept == 1 { Filter::All } else { Filter::Where(kept) };
        let shows = |_: SegmentId, row: u32| row.is_multiple_of(kept);

        let whole: BTreeMap<SegmentId, Segment> = segments.iter().map(|segment| (segment.id, segment.clone())).collect();
        let mut expected: Vec<SortKey> = Vec::new();
        for segment in &segments {
            let rows = (0..segment.rows() as u32).filter(|&row| shows(segment.id, row));
            expected.extend(rows.map(|row| key_of(sort, segment.id, row, data(&whole))));
        }
        expected.sort_by(|a, b| sort.compare(a, b));

        let mut shards: Vec<BTreeMap<SegmentId, Segment>> = vec![BTreeMap::new(); 4];
        for (segment, shard) in segments.into_iter().zip(split) {
            shards[shard].insert(segment.id, segment);
        }
        let orders: Vec<(Order, BTreeMap<SegmentId, Segment>)> = shards
            .into_iter()
            .filter(|shard| !shard.is_empty())
            .map(|shard| {
                let mut order = Order::new(sort, data(&shard));
                order.narrow(filter, shows);
                (order, shard)
            })
            .collect();
        let ruler = Ruler::new(sort, orders.iter().map(|(order, shard)| order.fences(filter, data(shard))).collect());
        prop_assert_eq!(ruler.rows(), expected.len() as u64);
        let (low, high) = ruler.window(from, count);
        let windows: Vec<Window> = orders.iter().map(|(order, shard)| order.window(filter, low, high, data(shard))).collect();
        let rows: usize = windows.iter().map(|window| window.keys.len()).sum();
        prop_assert!(rows <= count as usize + 2 * FENCE * (orders.len() + 1), "{} rows for {}", rows, count);
        let page = ruler.place(windows, from, count);
        let wanted: Vec<SortKey> = expected.iter().skip(from as usize).take(count as usize).cloned().collect();
        prop_assert_eq!(page, wanted);
    }
}

#[test]
fn missing_values_come_last_in_both_directions_and_equal_ones_keep_their_places() {
    let rows =
        [(Some(2), 5.0, 1), (None, f64::NAN, NO_TIME), (Some(1), -1.0, 1), (Some(2), 0.0, 9), (Some(2), -0.0, 3)];
    let shard: BTreeMap<_, _> = [segment(0, &rows)].into_iter().map(|segment| (segment.id, segment)).collect();
    let order = |by, descending| {
        let order = Order::new(Sort { by, descending }, data(&shard));
        order.window(Filter::All, None, None, data(&shard)).keys.into_iter().map(|key| key.row).collect::<Vec<_>>()
    };
    assert_eq!(order(SortBy::Column(0), false), [2, 0, 3, 4, 1]);
    assert_eq!(order(SortBy::Column(0), true), [0, 3, 4, 2, 1]);
    assert_eq!(order(SortBy::Column(1), false), [2, 3, 4, 0, 1]);
    assert_eq!(order(SortBy::Column(2), true), [3, 4, 0, 2, 1]);
    assert_eq!(order(SortBy::Column(3), true), [0, 1, 2, 3, 4], "a column that can't be sorted keeps the files' order");
}
