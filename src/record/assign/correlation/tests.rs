use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn plain_ids_are_cleaned_like_any(text in "[0aF-]{0,40}|[0-9a-f]{16}-[0-9a-f]{16}(-[01])?|[a-zA-Z0-9_.:=-]{0,60}") {
        prop_assert_eq!(clean_id(text.as_bytes()), clean_any(text.as_bytes()));
    }
}

#[test]
fn ids_are_cleaned() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    for (text, expected) in [
        (TRACE, Some(TRACE)),
        ("4BF92F3577B34DA6A3CE929D0E0E4736", Some(TRACE)),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Some(TRACE)),
        ("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", Some(TRACE)),
        ("4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1-05e3ac9a4f6e3b90", Some(TRACE)),
        ("4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1", Some(TRACE)),
        ("projects/shop/traces/4bf92f3577b34da6a3ce929d0e0e4736", Some(TRACE)),
        (
            "Root=1-67891233-abcdef012345678912345678;Parent=463ac35c9f6413ad;Sampled=1",
            Some("1-67891233-abcdef012345678912345678"),
        ),
        ("Self=1-1-1;Root=1-2-3", Some("1-2-3")),
        ("A1B2C3D4-0000-4000-8000-00000000ABCD", Some("a1b2c3d4-0000-4000-8000-00000000abcd")),
        ("12345678901234567890", Some("12345678901234567890")),
        (" req-7 ", Some("req-7")),
        ("\"REQ-7\"", Some("REQ-7")),
        ("ABC", Some("ABC")),
        ("::1", Some("::1")),
        ("a=b", Some("a=b")),
        ("projects/shop", Some("projects/shop")),
        ("0", None),
        ("00000000000000000000000000000000", None),
        ("00000000-0000-0000-0000-000000000000", None),
        ("-", None),
        ("", None),
        ("\"\"", None),
        ("null", None),
        ("Unknown", None),
    ] {
        let found = clean_id(text.as_bytes());
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{text:?}");
    }
    for byte in 0..=255_u8 {
        for length in 0..70 {
            let _ = clean_id(&vec![byte; length]);
            let mut text = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_vec();
            if let Some(place) = text.get_mut(length) {
                *place = byte;
                let _ = clean_id(&text);
                let _ = clean_id(&text[length..]);
            }
        }
    }
}
