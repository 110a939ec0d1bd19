use proptest::prelude::*;

use super::*;

/// What a redactor of default rules makes of a text.
#[track_caller]
fn check(text: &str, expected: &str) {
    let mut redactor = Redactor::default();
    let redacted = redactor.redact(text);
    assert_eq!(redacted.text, expected);
    assert_eq!(redactor.restore(&redacted.text), text);
}

#[test]
fn addresses() {
    check("mail from bob.o'neil+x@mail.example.co.uk, ok", "mail from <EMAIL_1>, ok");
    check("to=<zoë@exämple.org>.", "to=<<EMAIL_1>>.");
    check("git@host is no address; a@b.c neither", "git@host is no address; a@b.c neither");
    check("from 10.0.0.1:8080 to 10.0.0.255, 10.0.0.1", "from <IP_1>:8080 to <IP_2>, <IP_1>");
    check("oid 1.3.6.1.4.1 v1.2.3.4 300.1.1.1 1.2.3", "oid 1.3.6.1.4.1 v1.2.3.4 300.1.1.1 1.2.3");
    check("(192.168.0.1). host_10.1.1.1_eth0", "(<IP_1>). host_<IP_2>_eth0");
    check("[2001:db8::8a2e:370:7334]:443 fe80::1%eth0 ::1", "[<IP6_1>]:443 <IP6_2> <IP6_3>");
    check("::ffff:10.0.0.1 1:2:3:4:5:6:7:8", "<IP6_1> <IP6_2>");
    check("std::vector a::b 12:34:56 1:2:3::4::5 abc::def", "std::vector a::b 12:34:56 1:2:3::4::5 abc::def");
    check("00:1A:2b:3c:4d:5e 00-1a-2b-3c-4d-5e 001a.2b3c.4d5e", "<MAC_1> <MAC_2> <MAC_3>");
    // What could be an address of e-mail goes with the credentials.
    check(
        "https://u:p@host/x https://bob:pw@h.example/x?a=b@c ftp://h/x",
        "https://<LOGIN_1>@host/x https://<LOGIN_2>/x?a=b@c ftp://h/x",
    );
    check(r"line one\n10.0.0.1 said\tbob@example.org", r"line one\n<IP_1> said\t<EMAIL_1>");
}

#[test]
fn keys_and_tokens() {
    for key in [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "github_pat_11ABCDEFG0123456789_abcdefghij",
        "xoxb-123456789012-abcdef",
        "sk_live_0123456789abcdefghij",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
        "AQ.Ab8RN6J0123456789-abcdef_XYZ",
        "sk-proj-0123456789abcdefghij",
        "glpat-0123456789abcdefghij",
        "npm_0123456789abcdefghijABCDEFGHIJ012345",
    ] {
        check(&format!("used {key}, then"), "used <API_KEY_1>, then");
        check(&format!("k=\"{key}\""), "k=\"<API_KEY_1>\"");
    }
    check("sk-learn-is-a-long-package-name AQ.x AKIA", "sk-learn-is-a-long-package-name AQ.x AKIA");
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    check(&format!("t {jwt}."), "t <JWT_1>.");
    check("eyJhbGci alone", "eyJhbGci alone");
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----";
    check(&format!("a {pem} b"), "a <PRIVATE_KEY_1> b");
    check("-----BEGIN EC PRIVATE KEY-----\\nMIIE and cut", "<PRIVATE_KEY_1>");
    check("-----BEGIN CERTIFICATE----- x", "-----BEGIN CERTIFICATE----- x");
}

#[test]
fn headers_and_pairs() {
    check("Authorization: Bearer abc.def", "Authorization: Bearer <CREDENTIAL_1>");
    check("{\"authorization\":\"Basic dXNlcjpwdw==\"}", "{\"authorization\":\"Basic <CREDENTIAL_1>\"}");
    check("sent bearer a1b2c3d4e5 to", "sent bearer <CREDENTIAL_1> to");
    check("Basic authentication failed; bearer tokens expire", "Basic authentication failed; bearer tokens expire");
    check("Cookie: a=b; c=d\nnext", "Cookie: <CREDENTIAL_1>\nnext");
    check("password=hunter2&x=1", "password=<SECRET_1>&x=1");
    check("{\"db_password\": \"a \\\"b\\\" c\", \"n\": 1}", "{\"db_password\": \"<SECRET_1>\", \"n\": 1}");
    check(r#"{\"clientSecret\":\"x y\",\"n\":1}"#, r#"{\"clientSecret\":\"<SECRET_1>\",\"n\":1}"#);
    check("X-Api-Key: k9 apiKey => 'q' pwd:zz", "X-Api-Key: <SECRET_1> apiKey => '<SECRET_2>' pwd:<SECRET_3>");
    check("password=null token: *** secret=", "password=null token: *** secret=");
    check("user=alice uid:501 userName=\"bob b\"", "user=<USER_1> uid:<USER_2> userName=\"<USER_3>\"");
    check(
        "/home/alice/x C:\\Users\\bob\\y C:\\\\Users\\\\bob",
        "/home/<USER_1>/x C:\\Users\\<USER_2>\\y C:\\\\Users\\\\<USER_2>",
    );
    check("user=alice wrote /home/alice", "user=<USER_1> wrote /home/<USER_1>");
    check("password=a@example.org", "password=<SECRET_1>");
}

#[test]
fn numbers_with_check_digits() {
    check("card 4111 1111 1111 1111, 378282246310005", "card <CARD_1>, <CARD_2>");
    check("5555-5555-5555-4444 and 3782 822463 10005", "<CARD_1> and <CARD_2>");
    check("4111111111111112 0000000000000000", "4111111111111112 0000000000000000");
    check("to GB82WEST12345698765432 or DE89 3704 0044 0532 0130 00 NOW", "to <IBAN_1> or <IBAN_2> NOW");
    check("GB83WEST12345698765432", "GB83WEST12345698765432");
    check("call +49 170 1234567 or +1 (415) 555-0100.", "call <PHONE_1> or <PHONE_2>.");
}

#[test]
fn times_ids_and_durations_stay() {
    for text in [
        "2026-11-21T10:20:30.123456789+01:00 row 4111 took 350 ms",
        "[21/Nov/2026:10:20:30 +0000] 1763720430 1763720430123 1763720430123456 1763720430123456789",
        "20261121102030123 2026-11-21 10:00:00 +1000 12345678 elapsed=12.5ms 0:00:01.5",
        "{\"row\":4111111111,\"duration_ms\":350.25,\"session_id\":\"8c1f\"}",
        "[Times: user=0.05 sys=0.01, real=0.02 secs] user=12ms token: 2026-11-21",
        "123e4567-e89b-12d3-a456-426614174000",
    ] {
        check(text, text);
    }
}

#[test]
fn lookalikes_do_not_stand_for_others() {
    check("<EMAIL_1> is not a@example.org", "<TEXT_1> is not <EMAIL_1>");
    check("<CARD_4111111111111111>", "<CARD_<CARD_1>>");
    check("<TEXT_1><TEXT_2>", "<TEXT_1><TEXT_2>");
}

#[test]
fn pseudonyms_are_the_same_in_all_texts() {
    let mut redactor = Redactor::default();
    assert_eq!(redactor.redact("a@example.org b@example.org").text, "<EMAIL_1> <EMAIL_2>");
    assert_eq!(redactor.redact("b@example.org 10.0.0.1").text, "<EMAIL_2> <IP_1>");
    assert_eq!(redactor.field("user_name", "b c").text, "<USER_1>");
    assert_eq!(redactor.field("note", "b c").text, "b c");
    assert_eq!(
        redactor.restore("I think <EMAIL_2>, not <EMAIL_3>, <IP_1"),
        "I think b@example.org, not <EMAIL_3>, <IP_1"
    );
    let all: Vec<_> = redactor.replacements().collect();
    assert_eq!(all[2], (Rule::Ipv4, "10.0.0.1", "<IP_1>"));
}

#[test]
fn rules_are_switched_one_by_one() {
    let text = "a@example.org 10.0.0.1 123e4567-e89b-12d3-a456-426614174000";
    let mut mail = Redactor::new([Rule::Email], Own::default());
    assert_eq!(mail.redact(text).text, "<EMAIL_1> 10.0.0.1 123e4567-e89b-12d3-a456-426614174000");
    let mut all = Redactor::new(Rule::SWITCHES, Own::default());
    assert_eq!(all.redact(text).text, "<EMAIL_1> <IP_1> <UUID_1>");
    let mut none = Redactor::new([], Own::default());
    assert_eq!(none.redact(text).text, text);
}

#[test]
fn own_words_and_patterns() {
    let mut own = Own::default();
    own.add_word(" Bluebird ").unwrap();
    own.add_pattern(r"PRJ-\d+").unwrap();
    assert_eq!(own.add_word(" "), Err(OwnError::Empty));
    assert_eq!(own.add_pattern("x*"), Err(OwnError::Empty));
    assert_eq!(own.add_pattern(&"x".repeat(600)), Err(OwnError::TooLong(512)));
    assert!(matches!(own.add_pattern("(((("), Err(OwnError::Pattern(_))));
    assert!(matches!(own.add_pattern("(x{900}){900}"), Err(OwnError::Pattern(_))));
    let mut redactor = Redactor::new([Rule::Ipv4], own);
    // A neighbour that is replaced bares the address.
    assert_eq!(redactor.redact("10.0.0.1bluebird BLUEBIRD PRJ-77").text, "<IP_1><PRIVATE_1> <PRIVATE_2> <PRIVATE_3>");
    let long = format!("{}PRJ-12{}", "é".repeat(2046), "é".repeat(5000));
    assert!(!redactor.redact(&long).text.contains("PRJ"));
}

#[test]
fn an_own_word_bares_nothing_of_what_it_stands_in() {
    let mut own = Own::default();
    own.add_word("acme").unwrap();
    let mut redactor = Redactor::new(Rule::SWITCHES, own);
    let safe = redactor.redact("from bob.smith@acme.com, password=hunter2acme99x, acme").text;
    for part in ["bob", "com", "hunter", "99x", "acme"] {
        assert!(!safe.contains(part), "{safe}");
    }
}

#[test]
fn long_runs_take_linear_time() {
    // Each would take minutes if a rule looked back or ahead without bound.
    for piece in [
        "a",
        "1",
        "1.",
        ":",
        "a:",
        "@",
        "a@",
        "eyJ",
        "eyJhbGciOiJI.",
        "://",
        "\"",
        "\\",
        "user=",
        "password=\"",
        "-----BEGIN PRIVATE KEY",
        "+1 ",
        "é",
        "<",
        "<A_1",
        "AA11 ",
    ] {
        let text = piece.repeat(1 << 18);
        let mut redactor = Redactor::default();
        let redacted = redactor.redact(&text);
        assert!(redactor.restore(&redacted.text) == text, "{piece}");
    }
}

/// Text with secrets in it, and pieces that lead or mislead rules.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "a@example.org",
        "10.0.0.1",
        "4111111111111111",
        "::1",
        "fe80::1",
        "00:1a:2b:3c:4d:5e",
        "AKIAIOSFODNN7EXAMPLE",
        "AQ.Ab8RN6J0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "password=",
        "user=",
        "\"",
        "'",
        "\\",
        "\\n",
        " ",
        "\n",
        ".",
        ":",
        "=",
        "@",
        "://",
        "/home/",
        "bob",
        "<EMAIL_1>",
        "<",
        ">",
        "_1>",
        "<IP_",
        "é",
        "Bearer ",
        "Authorization: ",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "GB82WEST12345698765432",
        "+491701234567",
        "1",
        "a",
        "-",
        "_",
        ",",
        "%",
    ];
    let piece = prop_oneof![4 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,4}"];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn restoring_gives_the_text_back(texts in prop::collection::vec(hostile(), 1..4)) {
        let mut redactor = Redactor::new(Rule::SWITCHES, Own::default());
        for text in texts {
            let redacted = redactor.redact(&text);
            prop_assert_eq!(&redactor.restore(&redacted.text), &text);
            for span in &redacted.spans {
                let pseudonym = &redacted.text[span.redacted.clone()];
                prop_assert_eq!(redactor.restore(pseudonym), &text[span.original.clone()]);
            }
        }
    }

    #[test]
    fn nothing_that_a_rule_matches_remains(text in hostile()) {
        let mut redactor = Redactor::new(Rule::SWITCHES, Own::default());
        let redacted = redactor.redact(&text);
        let (mut done, end) = (0, redacted.text.len());
        for span in redacted.spans.iter().map(|span| span.redacted.clone()).chain(std::iter::once(end..end)) {
            let gap = &redacted.text[done..span.start];
            for rule in Rule::SWITCHES {
                let mut found = Vec::new();
                rule.find(gap.as_bytes(), &mut found);
                prop_assert!(found.is_empty(), "{rule:?} in {gap:?} of {:?}", redacted.text);
            }
            done = span.end;
        }
    }

    #[test]
    fn a_secret_among_words_is_never_left(
        before in "[ ,;(\\[{]", after in "[ ,;)\\]}]", noise in "[a-zA-Z0-9 .,:=/-]{0,40}",
        secret in proptest::sample::select(vec!["a.b@example.org", "10.20.30.40", "4111111111111111", "fe80::1:2",
            "00:1a:2b:3c:4d:5e", "AKIAIOSFODNN7EXAMPLE", "AQ.Ab8RN6J0123456789abcdef", "GB82WEST12345698765432"]),
    ) {
        let redacted = Redactor::default().redact(&format!("{noise}{before}{secret}{after}{noise}"));
        prop_assert!(!redacted.text.contains(secret), "{}", redacted.text);
    }
}
