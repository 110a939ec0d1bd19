use super::*;
use proptest::prelude::*;

/// What a text is read as, in canonical form.
#[track_caller]
fn check(text: &str, canonical: &str) {
    let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(parsed.expr.to_string(), canonical, "{text}: {:?}", parsed.expr);
}

#[track_caller]
fn fails(text: &str, at: usize, about: &str) {
    let Err(error) = parse(text) else { panic!("{text} is understood") };
    assert!(error.at == at && error.message.contains(about), "{text}: {error:?}");
}

#[test]
fn searches() {
    check("", "");
    check("  * ", "");
    check("timeout", "timeout");
    check("connection  timeout", "connection timeout");
    check("\"connection timeout\" -retry", "\"connection timeout\" -retry");
    check("level:error AND service:pay*", "level:error service:pay*");
    check("a b OR c", "(a b) OR c");
    check("a (b OR c)", "a (b OR c)");
    check("((a)) NOT (b || c)", "a -(b OR c)");
    check("--a !b", "a -b");
    check("level:>=warn duration:>1.5s", "level:>=warn duration:>1.5s");
    check("time:>2026-02-06T10:30:00 time:<-3h", "time:>2026-02-06T10:30:00 time:<-3h");
    check("x:[1 TO 5} y:{* TO \"b c\"]", "x:[1 TO 5} y:{* TO \"b c\"]");
    check("exists(user) user:* -exists(\"a b\")", "exists(user) exists(user) -exists(\"a b\")");
    check("service in (a, \"b c\" d*)", "service in (a, \"b c\", d*)");
    check("service:(a OR b)", "service in (a, b)");
    check("service:(a)", "service:a");
    check("*:x", "*:x");
    check("/a b\\/c/i /\\d+/", "/a b\\/c/i /\\d+/");
    check("path:/api/v1/users", "path:\"/api/v1/users\"");
    check("a\\:b \\*", "\"a:b\" \"*\"");
    check("anomaly \"anomaly\"", "anomaly \"anomaly\"");
    check("error in production", "error \"in\" production");
    check("status:=200", "status:=200");
    check("t:-5", "t:-5");
    check("-t:-5", "-t:-5");
    check("\"response time\":>5 level: error", "\"response time\":>5 level:error");
}

#[test]
fn conditions_of_other_languages() {
    check("level:error and service:pay or -(status>=500)", "(level:error service:pay) OR -status:>=500");
    check("status >= 500 and level:error", "status:>=500 level:error");
    check("service in (a, b) and (x or y)", "service in (a, b) x \"or\" y");
    check("message:\"disk full\" or exists(user)", "message:\"disk full\" OR exists(user)");
    check("a:1 or b:2 and c:3", "a:1 OR (b:2 c:3)");
    check("* and level:error", "level:error");
    check("user=42 or id=7", "user=42 \"or\" id=7");
    check("level:info and", "level:info \"and\"");
    let deep = format!("a:1{}{}", " and (b:2 or (c:3".repeat(15), "))".repeat(15));
    assert!(parse(&deep).is_ok(), "in no time");
    check("salt and pepper level:info", "salt \"and\" pepper level:info");
    check("level:info and \"pepper\"", "level:info \"and\" pepper");
    check("level!=error", "-level:error");
    check("level != error timeout", "-level:error timeout");
    check("-level!=error", "level:error");
    check("level:!=error level: != info", "-level:error -level:info");
    check("service!=pay* \"a b\"!=c", "-service:pay* -\"a b\":c");
    check("level!=(a, b)", "-level in (a, b)");
    check("status>=500 status <= 599", "status:>=500 status:<=599");
    check("duration>2s duration < 5", "duration:>2s duration:<5");
    // What is no condition stays text.
    check("a->b x>y List<u8> a => b", "\"a->b\" \"x>y\" \"List<u8>\" a \"=>\" b");
    check("a=b&c!=d a\\!=b wow! !x", "\"a=b&c!=d\" \"a!=b\" wow! -x");
    check("user=42 timeout -retry", "user=42 timeout -retry");
}

#[test]
fn a_unit_belongs_to_its_number() {
    fails("duration:>2 s", 12, "write 2s. To search for the text itself, put it in quotes: \"s\"");
    fails("a (took:1.5  min)", 13, "write 1.5min");
    fails("time:>-3 h", 9, "write -3h");
    check("duration:[100 ms TO 2 s]", "duration:[100ms TO 2s]");
    check("duration:>2s \"s\" web1 s", "duration:>2s \"s\" web1 \"s\"");
    check("service:web1 s x:s", "service:web1 \"s\" x:s");
    check("status:>400 slow", "status:>400 slow");
}

#[test]
fn mistakes_say_where_and_what() {
    fails("a OR", 4, "missing");
    fails("OR a", 0, "missing");
    fails("a AND", 5, "missing");
    fails("AND a", 4, "before AND");
    fails("(a", 0, "never closed");
    fails("x a)", 3, "closes nothing");
    fails("()", 1, "missing");
    fails("x \"abc", 2, "never closed");
    fails("level:", 6, "A value is missing");
    fails("level:>", 7, "missing");
    fails("duration:>1*", 10, "without wildcards");
    fails("x:[1 TO", 7, "missing");
    fails("x:[1 2]", 2, "[10 TO 20]");
    fails(":x", 0, "before the colon");
    fails("a*b:x", 0, "before the colon");
    fails("exists(a b)", 7, "exists(user)");
    fails("service in ()", 13, "empty");
    fails("service in (a", 13, "Close the list");
    fails("*:*", 3, "every row");
    fails("NOT", 3, "missing");
    fails("a\\", 0, "backslash");
    fails(&"(".repeat(40), 32, "too deeply");
    fails(&"x ".repeat(300), 512, "256 terms");
    fails(&"x".repeat(9000), 8192, "characters");
}

fn pattern() -> impl Strategy<Value = Pattern> {
    // Any text, and what the language is made of.
    let piece = prop_oneof![r#"[-a-c5:"\\*()\[\]{},/<>=!& ]{0,5}"#, "(AND|OR|NOT|TO|in|exists|anomaly|ms)", ".{0,4}"];
    prop_oneof![
        4 => prop::collection::vec(piece, 1..4).prop_map(Pattern::glob),
        1 => (r"([a-z/ ]|\\\\|\\d){1,6}", any::<bool>()).prop_map(|(pattern, any_case)| Pattern::Regex { pattern, any_case }),
    ]
}

fn field() -> impl Strategy<Value = Field> {
    prop_oneof![
        4 => "[a-z][a-z_.]{0,5}x".prop_map(Field::Named),
        1 => "[ -~]{1,8}".prop_map(Field::Own),
        1 => ".{0,3}".prop_map(Field::Own),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let text = || prop_oneof!["[-0-9a-z:.]{1,6}", ".{0,5}"];
    let bound = move || (prop::option::of(text()), any::<bool>()).prop_map(|(value, open)| Bound { value, open });
    let comparison =
        prop::sample::select(vec![Comparison::Above, Comparison::AtLeast, Comparison::Below, Comparison::AtMost]);
    prop_oneof![
        Just(Test::Exists),
        pattern().prop_filter("that is Exists", |pattern| !pattern.is_anything()).prop_map(Test::Is),
        text().prop_map(Test::Exactly),
        prop::collection::vec(pattern(), 2..4).prop_map(Test::In),
        (comparison, text()).prop_map(|(comparison, text)| Test::Compare(comparison, text)),
        (bound(), bound()).prop_map(|(low, high)| Test::Between(low, high)),
    ]
}

fn expr() -> impl Strategy<Value = Expr> {
    let term = prop_oneof![
        pattern().prop_filter("that is All", |pattern| !pattern.is_anything()).prop_map(Term::Text),
        Just(Term::Anomaly),
        (field(), test()).prop_map(|(field, test)| Term::Field(field, test)),
        pattern()
            .prop_filter("that is no test", |pattern| !pattern.is_anything())
            .prop_map(|pattern| Term::Field(Field::Any, Test::Is(pattern))),
    ];
    let leaf = prop_oneof![9 => term.prop_map(Expr::Term), 1 => Just(Expr::All)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::and),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::or),
            inner.prop_map(Expr::not),
        ]
    })
}

proptest! {
    #[test]
    fn a_search_is_read_back_from_its_text(expr in expr()) {
        let text = expr.to_string();
        let parsed = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?;
        prop_assert_eq!(&parsed.expr, &expr, "{}", text);
    }

    #[test]
    fn no_text_is_too_much(text in r#"([-a-b5:"\\*()\[\]{},/<>=!& ]|AND|OR|NOT| TO |in |exists| ms|é){0,40}"#) {
        match parse(&text) {
            Ok(parsed) => prop_assert_eq!(parse(&parsed.expr.to_string()).map(|again| again.expr), Ok(parsed.expr)),
            Err(error) => prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at)),
        }
    }
}
