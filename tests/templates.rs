//! Templates: the same catalogue for any order and any split of the messages, and accuracy against labelled logs.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and tell like tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Output};

use proptest::prelude::*;
use strayline::template::{Catalog, ShapeTable, ValueKind};

fn table(messages: &[String], limit: usize) -> ShapeTable {
    let mut table = ShapeTable::with_limit(limit);
    for (position, message) in messages.iter().enumerate() {
        table.add(message.as_bytes(), position as u64);
    }
    table
}

fn texts(messages: &[&str]) -> Vec<String> {
    let messages: Vec<String> = messages.iter().map(|&message| message.to_owned()).collect();
    let table = table(&messages, 1000);
    Catalog::build(&table).templates().iter().map(strayline::template::Template::typed_text).collect()
}

/// A message of few words, so that drawn ones have much in common.
fn message() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "user", "opened", "closed", "session", "for", "disk", "is", "full", "alice", "bob", "carol"
        ])
        .prop_map(str::to_owned),
        "[a-z]{3,6}",
        "[a-z]{2,4}[0-9]{1,3}",
        "[0-9]{1,4}",
        prop::sample::select(vec![
            "10.0.0.1",
            "a=b",
            "[x]",
            "\"q r\"",
            "/var/log",
            "1, 2, 3",
            "{\"a\":1}",
            "é",
            "…",
            "("
        ])
        .prop_map(str::to_owned),
    ];
    let name = prop::sample::select(vec![
        "BITS",
        "Print Spooler",
        "Windows Update 4",
        "Cloak of Shadows",
        "Lists/dev",
        "half-open",
        "10.0.0.1:80",
        "[a, b]",
        "[]",
        "vault:7:x",
        "[::]:443",
        "@",
        "7",
        "3, 4",
    ]);
    let sentence = (0..4_usize, name.clone(), name).prop_map(|(sentence, one, two)| match sentence {
        0 => format!("The {one} service entered the {two} state"),
        1 => format!("sent {one} from {two} to the store in time"),
        2 => format!("job={one} moved (reason: {two}) to the end"),
        _ => format!("hero {one} took {two} home with it today"),
    });
    prop_oneof![prop::collection::vec(word, 0..7).prop_map(|words| words.join(" ")), sentence]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_split_give_the_same_catalogue(
        messages in prop::collection::vec(message(), 0..120),
        owners in prop::collection::vec(0..4_usize, 120),
        order in any::<u64>(),
        limit in prop_oneof![Just(5_usize), Just(40), Just(1000)],
    ) {
        let whole = table(&messages, limit);
        let mut shards: Vec<ShapeTable> = (0..4).map(|_| ShapeTable::with_limit(limit)).collect();
        let mut places: Vec<usize> = (0..messages.len()).collect();
        places.sort_by_key(|&place| strayline::common::hash::hash_pair(place as u64, order));
        for place in places {
            shards[owners[place]].add(messages[place].as_bytes(), place as u64);
        }
        shards.rotate_left((order % 4) as usize);
        let mut merged = ShapeTable::with_limit(limit);
        for shard in &shards {
            merged.merge(shard);
        }
        prop_assert_eq!(whole.entries(), merged.entries());
        let (a, b) = (Catalog::build(&whole), Catalog::build(&merged));
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(a.templates().iter().map(|template| template.count).sum::<u64>(), messages.len() as u64);

        // What is kept is the same again.
        let bytes = postcard::to_allocvec(&merged).unwrap();
        let kept: ShapeTable = postcard::from_bytes(&bytes).unwrap();
        prop_assert_eq!(kept.entries(), merged.entries());
        let bytes = postcard::to_allocvec(&a).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<Catalog>(&bytes).unwrap(), &a);
    }

    #[test]
    fn every_message_has_a_template_that_fits_it(messages in prop::collection::vec(message(), 1..60)) {
        let mut table = ShapeTable::default();
        let ids: Vec<u32> = messages.iter().map(|message| table.add(message.as_bytes(), 0)).collect();
        let catalog = Catalog::build(&table);
        for (message, id) in messages.iter().zip(ids) {
            let index = catalog.template_of(table.hashes()[id as usize]);
            prop_assert!(index.is_some());
            prop_assert_eq!(catalog.find(message.as_bytes()), index);
            let parameters = catalog.parameters(message.as_bytes(), index.unwrap());
            prop_assert!(parameters.is_some(), "{message}: {}", catalog.templates()[index.unwrap() as usize].text());
            for parameter in parameters.unwrap() {
                prop_assert!(parameter.start <= parameter.end && parameter.end <= message.len());
            }
        }
    }

    #[test]
    fn any_bytes_are_messages(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let mut table = ShapeTable::default();
        table.add(&bytes, 0);
        prop_assert_eq!(Catalog::build(&table).templates().len(), 1);
    }

    #[test]
    fn marks_of_values_in_any_order_are_messages(text in "[a-f0-9:.,/\\\\\"'{}\\[\\]()<>=~@#$%&*+ -]{0,200}") {
        let mut table = ShapeTable::default();
        table.add(text.as_bytes(), 0);
        prop_assert_eq!(Catalog::build(&table).templates().len(), 1);
    }
}

#[test]
fn typed_templates() {
    assert_eq!(
        texts(&["User 123 logged in from 10.0.0.1", "User 7 logged in from 192.168.1.12"]),
        ["User <num> logged in from <ip>"]
    );
    assert_eq!(texts(&["free 5.2 KB", "free 1.4 KB"]), ["free <num> KB"]);
    let timeouts = ["timeout after 5003ms", "timeout after 5ms"];
    assert_eq!(texts(&timeouts), ["timeout after <num>ms"]);
    assert_eq!(texts(&["sent 1.5MiB of 20MiB", "sent 7MiB of 20.0MiB"]), ["sent <num>MiB of <num>MiB"]);
    assert_eq!(texts(&["timeout after 5003ms", "timeout after 5s"]), ["timeout after <duration>"]);
    // A value is all of it: the unit is shown only where kinds are named.
    let catalog = Catalog::build(&table(&timeouts.map(str::to_owned), 100));
    assert_eq!(catalog.templates()[0].text(), "timeout after <*>");
    let value = catalog.parameters(b"timeout after 12ms", 0).unwrap()[0];
    assert_eq!((value.start, value.end), (14, 18));
    assert_eq!(texts(&["link eth0 up", "link eth0 up"]), ["link eth0 up"]);
    assert_eq!(texts(&["state changed to ready", "state changed to broken"]).len(), 2);
    // Of many the number varies, not the name.
    assert_eq!(
        texts(&["no reply from osd.6 since noon", "no reply from osd.17 since noon"]),
        ["no reply from osd.<num> since noon"]
    );
    // A code says which message it is; numbers of orders before the same text are values.
    let coded = ["UT005023: no answer to /a", "UT005023: no answer to /b", "KC-SERVICES0013: no answer to /b at all"];
    assert_eq!(texts(&coded), ["UT005023: no answer to <path>", "KC-SERVICES0013: no answer to <path> at all"]);
    let orders: Vec<String> = (0..9).map(|at| format!("ORD{}: shipped to a depot", 10_023 + 7 * at)).collect();
    assert_eq!(texts(&orders.iter().map(String::as_str).collect::<Vec<_>>()).len(), 1);
}

#[test]
fn an_unknown_message_fits_a_template_or_none() {
    let users = ["alice", "bob", "carol", "dave", "erin", "frank"];
    let messages: Vec<String> = users.iter().map(|user| format!("session opened for user {user} by 5")).collect();
    let catalog = Catalog::build(&table(&messages, 100));
    assert_eq!(catalog.templates().len(), 1);
    assert_eq!(catalog.templates()[0].text(), "session opened for user <*> by <*>");
    let other = b"session opened for user mallory by 17";
    assert_eq!(catalog.find(other), Some(0));
    let parameters = catalog.parameters(other, 0).unwrap();
    let values: Vec<(&[u8], ValueKind)> =
        parameters.iter().map(|parameter| (&other[parameter.start..parameter.end], parameter.kind)).collect();
    assert_eq!(values, [(&b"mallory"[..], ValueKind::Any), (&b"17"[..], ValueKind::Number)]);
    assert_eq!(catalog.find(b"something else happened"), None);
}

#[test]
fn a_full_table_counts_long_shapes_by_family() {
    let messages: Vec<String> =
        (0..500).map(|n| format!("start {}", "word ".repeat(1 + n % 50) + &"x".repeat(n / 50 + 1))).collect();
    let table = table(&messages, 100);
    assert_eq!(table.entries().iter().filter(|entry| entry.tokens > 0).count(), 100);
    assert_eq!(table.entries().iter().map(|entry| entry.count).sum::<u64>(), 500);
    let longest = table.entries().iter().map(|entry| entry.tokens).max().unwrap();
    assert!(longest < 15, "{longest}");
}

#[test]
fn what_a_full_table_folded_still_fits_its_template() {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    let name = |n: usize| -> String { ['n', letter(n), letter(n / 26), 'e'].iter().collect() };
    let messages: Vec<String> = (0..400).map(|n| format!("request of {} was handled by us", name(n))).collect();
    let table = table(&messages, 50);
    let catalog = Catalog::build(&table);
    for message in &messages {
        let template = catalog.find(message.as_bytes()).unwrap();
        assert_eq!(catalog.templates()[template as usize].text(), "request of <*> was handled by us");
    }
}

/// The labelled logs, where they are.
fn labelled() -> Option<PathBuf> {
    let shared = std::env::var_os("STRAYLINE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = shared.join("data/loghub");
    folder.is_dir().then_some(folder)
}

/// As the field's evaluations do: blanks are one, and variables that touch are one.
fn normal(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    while text.contains("<*><*>") {
        text = text.replace("<*><*>", "<*>");
    }
    text
}

/// Grouping accuracy, F1 of groups and F1 of templates (Jiang et al., "A large-scale evaluation for log parsing techniques:
/// how far are we?", 2024).
fn accuracy(predicted: &[(u32, String)], truth: &[String]) -> [f64; 3] {
    let mut members: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    let (mut sizes, mut true_sizes) = (BTreeMap::new(), BTreeMap::new());
    let mut meant: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((group, text), truth) in predicted.iter().zip(truth) {
        members.entry(*group).or_default().insert(truth);
        *sizes.entry(*group).or_insert(0_usize) += 1;
        *true_sizes.entry(truth.as_str()).or_insert(0_usize) += 1;
        meant.entry(normal(text)).or_default().insert(normal(truth));
    }
    let right: Vec<u32> = members
        .iter()
        .filter(|(group, truths)| truths.len() == 1 && sizes[group] == true_sizes[truths.first().unwrap()])
        .map(|(group, _)| *group)
        .collect();
    let lines: usize = right.iter().map(|group| sizes[group]).sum();
    let truths: BTreeSet<String> = truth.iter().map(|truth| normal(truth)).collect();
    let same = meant.iter().filter(|(text, truths)| truths.len() == 1 && truths.contains(*text)).count();
    [
        lines as f64 / truth.len() as f64,
        2.0 * right.len() as f64 / (sizes.len() + true_sizes.len()) as f64,
        2.0 * same as f64 / (meant.len() + truths.len()) as f64,
    ]
}

#[test]
fn accuracy_on_labelled_logs() {
    let Some(folder) = labelled() else {
        println!("skipped: no labelled logs (STRAYLINE_SHARED names their folder)");
        return;
    };
    let mut sum = [0.0; 3];
    let mut systems: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    systems.sort();
    for system in &systems {
        let name = system.file_name().unwrap().to_str().unwrap();
        let mut reader =
            csv::Reader::from_path(system.join(format!("{name}_2k.log_structured_corrected.csv"))).unwrap();
        let header = reader.headers().unwrap().clone();
        let column = |name: &str| header.iter().position(|field| field == name).unwrap();
        let (content, template) = (column("Content"), column("EventTemplate"));
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let mut table = ShapeTable::default();
        let ids: Vec<u32> = records
            .iter()
            .enumerate()
            .map(|(line, record)| table.add(record[content].as_bytes(), line as u64))
            .collect();
        let catalog = Catalog::build(&table);
        let hashes = table.hashes();
        let predicted: Vec<(u32, String)> = ids
            .iter()
            .map(|&id| catalog.template_of(hashes[id as usize]).unwrap())
            .map(|index| (index, catalog.templates()[index as usize].text()))
            .collect();
        let truth: Vec<String> = records.iter().map(|record| record[template].to_owned()).collect();
        let found = accuracy(&predicted, &truth);
        println!("{name:12} GA {:.3} FGA {:.3} FTA {:.3}", found[0], found[1], found[2]);
        for (sum, found) in sum.iter_mut().zip(found) {
            *sum += found / systems.len() as f64;
        }
    }
    println!("mean         GA {:.3} FGA {:.3} FTA {:.3}", sum[0], sum[1], sum[2]);
    assert!(sum[0] >= 0.99 && sum[1] >= 0.975 && sum[2] >= 0.87, "{sum:?}");
}

fn strayline(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strayline")).args(arguments).output().unwrap()
}

fn run(name: &str, content: &str, more: &[&str]) -> Vec<[String; 3]> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (log, out) = (folder.join(name), folder.join(format!("{name}.templates.csv")));
    std::fs::write(&log, content).unwrap();
    let (log, out) = (log.to_str().unwrap().to_owned(), out.to_str().unwrap().to_owned());
    let output = strayline(&[&["templates", &log, "--out", &out], more].concat());
    assert!(output.status.success(), "{output:?}");
    let mut reader = csv::Reader::from_path(out).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["line", "template_id", "template"]);
    reader.records().map(|record| record.unwrap()).map(|record| [0, 1, 2].map(|cell| record[cell].to_owned())).collect()
}

#[test]
fn the_command_names_the_template_of_each_record() {
    let lines = "user 1 logged in from 10.0.0.1\ndisk full\nuser 22 logged in from 10.9.9.9\n";
    let rows = run("plain.log", lines, &["--typed"]);
    let shown: Vec<(&str, &str)> = rows.iter().map(|row| (row[0].as_str(), row[2].as_str())).collect();
    let user = "user <num> logged in from <ip>";
    assert_eq!(shown, [("0", user), ("1", "disk full"), ("2", user)]);
    assert_eq!(rows[0][1], rows[2][1]);
    assert_ne!(rows[0][1], rows[1][1]);

    let json: Vec<String> = (0..20).map(|n| format!("{{\"level\":\"info\",\"message\":\"job {n} done\"}}\n")).collect();
    assert!(run("rows.jsonl", &json.concat(), &[]).iter().all(|row| row[2] == "job <*> done"));

    let commas = "a,1\n".repeat(10);
    assert_eq!(run("commas.log", &commas, &["--format", "lines"])[0][2], "a,<*>");
}

#[test]
fn each_line_of_a_record_has_its_template() {
    let placed: Vec<String> =
        (0..6).map(|n| format!("2026-02-06 10:30:1{n}.123 INFO [main] app.Shop - order {n} placed\n")).collect();
    let failed = "2026-02-06 10:30:18.123 ERROR [main] app.Shop - order 7 failed\njava.lang.IllegalStateException: closed\n\
                  \tat app.Shop.buy(Shop.java:7)\n\tat app.Shop.main(Shop.java:1)\n";
    let rows = run("trace.log", &format!("{}{failed}{}", placed.concat(), placed[0]), &[]);
    let numbers: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(numbers, (0..11).map(|line| line.to_string()).collect::<Vec<_>>());
    assert!(rows[6..10].iter().all(|row| row[2] == "order <*> failed java.lang.IllegalStateException: closed <*>"));
    assert_eq!(rows[10][2], "order <*> placed");
}

#[test]
fn the_command_says_what_is_wrong() {
    let missing = strayline(&["templates", "no-such-file", "--out", "x.csv"]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no-such-file"));
}
