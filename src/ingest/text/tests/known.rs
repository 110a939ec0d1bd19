//! Formats of the table.

use super::super::known::KNOWN;
use super::check;

#[test]
fn every_row_of_the_table_compiles() {
    for known in KNOWN {
        assert!(known.pattern().is_some(), "{known:?}");
    }
}

#[test]
fn web_servers() {
    check(
        concat!(
            r#"203.0.113.9 - bob [06/Feb/2026:10:30:17 +0100] "GET /a?b=\"c\" HTTP/1.1" 200 512"#,
            "\n",
            r#"203.0.113.10 - - [06/Feb/2026:10:30:18 +0100] "-" 408 -"#,
        ),
        2,
        &[
            ("client_ip", "203.0.113.9"),
            ("ident", "-"),
            ("user", "bob"),
            ("time", "06/Feb/2026:10:30:17 +0100"),
            ("method", "GET"),
            ("path", r#"/a?b=\"c\""#),
            ("protocol", "HTTP/1.1"),
            ("status", "200"),
            ("bytes", "512"),
        ],
    );
    check(
        concat!(
            r#"2001:db8::1 - - [06/Feb/2026:10:30:17 +0100] "POST /x HTTP/2.0" 502 0 "-" "curl/8" "10.0.0.1" 0.250"#,
            "\n",
            r#"2001:db8::1 - - [06/Feb/2026:10:30:17 +0100] "\x16\x03\x01" 400 0 "-" "curl/8" "10.0.0.1" 0.000"#,
            "\n",
        ),
        2,
        &[
            ("client_ip", "2001:db8::1"),
            ("ident", "-"),
            ("user", "-"),
            ("time", "06/Feb/2026:10:30:17 +0100"),
            ("method", "POST"),
            ("path", "/x"),
            ("protocol", "HTTP/2.0"),
            ("status", "502"),
            ("bytes", "0"),
            ("referrer", "-"),
            ("user_agent", "curl/8"),
            ("forwarded_for", "10.0.0.1"),
            ("request_time", "0.250"),
        ],
    );
    check(
        r#"www.example.org:443 203.0.113.9 - - [06/Feb/2026:10:30:17 +0100] "GET / HTTP/1.1" 200 5 "http://r/" "M 5.0 (X; Y)""#,
        1,
        &[
            ("server_name", "www.example.org"),
            ("port", "443"),
            ("client_ip", "203.0.113.9"),
            ("ident", "-"),
            ("user", "-"),
            ("time", "06/Feb/2026:10:30:17 +0100"),
            ("method", "GET"),
            ("path", "/"),
            ("protocol", "HTTP/1.1"),
            ("status", "200"),
            ("bytes", "5"),
            ("referrer", "http://r/"),
            ("user_agent", "M 5.0 (X; Y)"),
        ],
    );
    check(
        concat!(
            r#"10.0.0.9 - - [06/Feb/2026:10:30:17 +0000] "GET /v1 HTTP/1.1" 200 612 "-" "Go-http-client/1.1" 466 0.005 "#,
            "[default-svc-80] [] 10.1.2.3:8080 612 0.004 200 5c1e0f8a",
        ),
        1,
        &[
            ("client_ip", "10.0.0.9"),
            ("ident", "-"),
            ("user", "-"),
            ("time", "06/Feb/2026:10:30:17 +0000"),
            ("method", "GET"),
            ("path", "/v1"),
            ("protocol", "HTTP/1.1"),
            ("status", "200"),
            ("bytes", "612"),
            ("referrer", "-"),
            ("user_agent", "Go-http-client/1.1"),
            ("request_length", "466"),
            ("request_time", "0.005"),
            ("service", "default-svc-80"),
            ("upstream_addr", "10.1.2.3:8080"),
            ("upstream_bytes", "612"),
            ("upstream_response_time", "0.004"),
            ("upstream_status", "200"),
            ("request_id", "5c1e0f8a"),
        ],
    );
    check(
        concat!(
            "2026/02/06 10:30:17 [error] 31#32: *5 open() \"/x\" failed (2: No such file), client: 10.0.0.1\n",
            "2026/02/06 10:30:18 [notice] 1#1: start worker processes",
        ),
        2,
        &[
            ("time", "2026/02/06 10:30:17"),
            ("level", "error"),
            ("pid", "31"),
            ("tid", "32"),
            ("connection", "5"),
            ("message", "open() \"/x\" failed (2: No such file), client: 10.0.0.1"),
        ],
    );
    check(
        concat!(
            "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] File does not exist: /x\n",
            "[Fri Sep 09 10:42:30.902022 2011] [:notice] [pid 35708] resuming",
        ),
        2,
        &[
            ("time", "Fri Sep 09 10:42:29.902022 2011"),
            ("logger", "core"),
            ("level", "error"),
            ("pid", "35708"),
            ("tid", "4328636416"),
            ("client", "72.15.99.187"),
            ("message", "File does not exist: /x"),
        ],
    );
}

#[test]
fn balancers_and_clouds() {
    check(
        concat!(
            "Feb  6 12:14:14 lb1 haproxy[14389]: 10.0.1.2:33317 [06/Feb/2026:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 ",
            r#"2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#,
        ),
        1,
        &[
            ("syslog_time", "Feb  6 12:14:14"),
            ("host", "lb1"),
            ("service", "haproxy"),
            ("pid", "14389"),
            ("client_ip", "10.0.1.2"),
            ("client_port", "33317"),
            ("time", "06/Feb/2026:12:14:14.655"),
            ("frontend", "http-in"),
            ("backend", "static"),
            ("server", "srv1"),
            ("request_wait_ms", "10"),
            ("queue_ms", "0"),
            ("connect_ms", "30"),
            ("response_ms", "69"),
            ("elapsed_ms", "109"),
            ("status", "200"),
            ("bytes", "2750"),
            ("termination", "----"),
            ("connections", "1/1/1/1/0"),
            ("queues", "0/0"),
            ("method", "GET"),
            ("path", "/index.html"),
            ("protocol", "HTTP/1.1"),
        ],
    );
    check(
        concat!(
            "https 2018-07-02T22:23:00.186641Z app/my-lb/50dc 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 ",
            r#""GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE TLSv1.2 arn:aws:tg "Root=1-58337281-1d84" "#,
            r#""www.example.com" "arn:aws:acm" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#,
        ),
        1,
        &[
            ("protocol_type", "https"),
            ("time", "2018-07-02T22:23:00.186641Z"),
            ("load_balancer", "app/my-lb/50dc"),
            ("client_ip", "192.168.131.39"),
            ("client_port", "2817"),
            ("target", "10.0.0.1:80"),
            ("request_processing_time", "0.086"),
            ("target_processing_time", "0.048"),
            ("response_processing_time", "0.037"),
            ("status", "200"),
            ("target_status", "200"),
            ("received_bytes", "0"),
            ("bytes", "57"),
            ("method", "GET"),
            ("path", "https://www.example.com:443/"),
            ("protocol", "HTTP/1.1"),
            ("user_agent", "curl/7.46.0"),
            ("ssl_cipher", "ECDHE"),
            ("ssl_protocol", "TLSv1.2"),
            ("target_group", "arn:aws:tg"),
            ("trace_id", "Root=1-58337281-1d84"),
            ("domain", "www.example.com"),
            ("actions", "authenticate,forward"),
            ("error_reason", "-"),
        ],
    );
    check(
        concat!(
            "79a59df900b949e5 bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:user 3E57427F3EX REST.GET.OBJECT a/b.txt ",
            r#""GET /bucket1/a/b.txt HTTP/1.1" 200 - 113 900 7 5 "-" "S3Console/0.4" - s9lz= SigV4 TLS AuthHeader b1 TLSv1.2"#,
        ),
        1,
        &[
            ("bucket_owner", "79a59df900b949e5"),
            ("bucket", "bucket1"),
            ("time", "06/Feb/2019:00:00:38 +0000"),
            ("client_ip", "192.0.2.3"),
            ("requester", "arn:user"),
            ("request_id", "3E57427F3EX"),
            ("operation", "REST.GET.OBJECT"),
            ("key", "a/b.txt"),
            ("method", "GET"),
            ("path", "/bucket1/a/b.txt"),
            ("protocol", "HTTP/1.1"),
            ("status", "200"),
            ("error_code", "-"),
            ("bytes", "113"),
            ("object_size", "900"),
            ("total_time", "7"),
            ("turn_around_time", "5"),
            ("referrer", "-"),
            ("user_agent", "S3Console/0.4"),
        ],
    );
    check(
        concat!(
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n",
            "2 123456789010 eni-12 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n",
        )
        .lines()
        .nth(1)
        .unwrap(),
        1,
        &[
            ("account_id", "123456789010"), ("interface", "eni-12"), ("src_ip", "172.31.16.139"), ("dst_ip", "172.31.16.21"),
            ("src_port", "20641"), ("dst_port", "22"), ("protocol", "6"), ("packets", "20"), ("bytes", "4249"),
            ("time", "1418530010"), ("end_time", "1418530070"), ("action", "ACCEPT"), ("log_status", "OK"),
        ],
    );
}

#[test]
fn fields_named_by_the_file() {
    let log = "#Software: Microsoft Internet Information Services 10.0\n\
        #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip sc-status time-taken\n\
        2026-02-06 10:30:17 10.0.0.1 GET /a - 443 10.0.0.9 200 15\n\
        2026-02-06 10:30:18 10.0.0.1 GET /b q=1 443 10.0.0.9 404 3\n";
    let lines: Vec<&[u8]> = log.lines().map(str::as_bytes).collect();
    let (pattern, share) = super::recognise(&lines).unwrap();
    assert!(share > 0.99 && !pattern.joins_lines() && pattern.is_remark(lines[0]) && !pattern.is_remark(lines[2]));
    let found = super::fields(&pattern, log.lines().nth(2).unwrap());
    let expected = [
        ("time", "2026-02-06 10:30:17"),
        ("s-ip", "10.0.0.1"),
        ("method", "GET"),
        ("path", "/a"),
        ("cs-uri-query", "-"),
        ("s-port", "443"),
        ("client_ip", "10.0.0.9"),
        ("status", "200"),
        ("time_taken", "15"),
    ];
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    let log = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tmethod\tuser_agent\n#types\ttime\tstring\taddr\tstring\tstring\n\
        1591367999.305988\tCMdzit1\t192.168.4.76\tGET\tMozilla 5.0 (X)\n1591368000.1\tC2\t192.168.4.77\t-\t\n\
        1591368001.1\tC2\t192.168.4.77\t-\t-\n1591368002.1\tC2\t192.168.4.77\t-\t-\n";
    let lines: Vec<&[u8]> = log.lines().map(str::as_bytes).collect();
    let (pattern, _) = super::recognise(&lines).unwrap();
    let found = super::fields(&pattern, log.lines().nth(3).unwrap());
    let expected = [
        ("time", "1591367999.305988"),
        ("uid", "CMdzit1"),
        ("client_ip", "192.168.4.76"),
        ("method", "GET"),
        ("user_agent", "Mozilla 5.0 (X)"),
    ];
    assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn syslog() {
    check(
        concat!(
            "<165>1 2026-02-06T10:30:17.003Z web1 api 1234 ID47 ",
            r#"[opentelemetry trace_id="4bf92f3577b34da6a3ce929d0e0e4736" span_id="00f067aa0ba902b7"][x@1 a="b\"]"] started"#,
            "\n",
            "<165>1 2026-02-06T10:30:18.003Z web1 api 1234 - - stopped\n",
            "<165>1 - web1 api - - - without a clock",
        ),
        3,
        &[
            ("priority", "165"),
            ("time", "2026-02-06T10:30:17.003Z"),
            ("host", "web1"),
            ("service", "api"),
            ("pid", "1234"),
            ("event_id", "ID47"),
            ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
            ("span_id", "00f067aa0ba902b7"),
            ("a", r#"b\"]"#),
            (
                "structured_data",
                r#"[opentelemetry trace_id="4bf92f3577b34da6a3ce929d0e0e4736" span_id="00f067aa0ba902b7"][x@1 a="b\"]"]"#,
            ),
            ("message", "started"),
        ],
    );
    check(
        "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8\n<13>Oct  1 22:14:16 mymachine last message repeated 2 times",
        2,
        &[
            ("priority", "34"),
            ("time", "Oct 11 22:14:15"),
            ("host", "mymachine"),
            ("service", "su"),
            ("message", "'su root' failed for lonvick on /dev/pts/8"),
        ],
    );
    check(
        "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0\nJun 14 15:16:02 combo kernel: klogd 1.4.1\n",
        2,
        &[
            ("time", "Jun 14 15:16:01"),
            ("host", "combo"),
            ("service", "sshd(pam_unix)"),
            ("pid", "19939"),
            ("message", "authentication failure; uid=0"),
        ],
    );
    check(
        "2026-02-06T10:30:17.123456+01:00 web1 systemd[1]: Started x.\n2026-02-06T10:30:17.223456+01:00 web1 kernel: [12.5] eth0: up\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17.123456+01:00"),
            ("host", "web1"),
            ("service", "systemd"),
            ("pid", "1"),
            ("message", "Started x."),
        ],
    );
}

#[test]
fn containers() {
    check(
        "2026-02-06T10:30:17.123456789Z stderr F panic: x\n2026-02-06T10:30:17.123456799Z stdout P half a\n",
        2,
        &[("time", "2026-02-06T10:30:17.123456789Z"), ("stream", "stderr"), ("piece", "F"), ("message", "panic: x")],
    );
    check(
        "2026-02-06T10:30:17.123456+00:00 heroku[router]: at=info method=GET\n2026-02-06T10:30:18.1+00:00 app[web.1]: State\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17.123456+00:00"),
            ("service", "heroku"),
            ("instance", "router"),
            ("message", "at=info method=GET"),
        ],
    );
    check(
        "web-1  | ready to accept\ndb-1   | started\nweb-1  | \n",
        3,
        &[("service", "web-1"), ("message", "ready to accept")],
    );
    check(
        "[pod/api-7d4/api] GET /x\n[pod/api-7d5/api] GET /y\n",
        2,
        &[("pod", "api-7d4"), ("container", "api"), ("message", "GET /x")],
    );
    check(
        "[    0.000000] Linux version 6.1\n[   12.512345] usb 1-1: new\n",
        2,
        &[("uptime", "0.000000"), ("message", "Linux version 6.1")],
    );
}

#[test]
fn databases() {
    check(
        "2026-02-06 10:30:17.123 UTC [1234] LOG:  database system is ready\n\
         2026-02-06 10:30:18.123 UTC [1240] app@shop ERROR:  relation \"x\" does not exist at character 15\n\
         2026-02-06 10:30:18.123 UTC [1240] app@shop STATEMENT:  SELECT *\n\t\tFROM x\n\
         2026-02-06 10:30:19.123 UTC [1240] app@shop ERROR:  duplicate key value\n\
         2026-02-06 10:30:19.123 UTC [1240] app@shop DETAIL:  Key (id)=(7) already exists.\n\
         2026-02-06 10:30:19.123 UTC [1240] app@shop HINT:  None.\n\
         2026-02-06 10:30:19.123 UTC [1240] app@shop CONTEXT:  SQL function\n",
        3,
        &[
            ("time", "2026-02-06 10:30:17.123 UTC"),
            ("pid", "1234"),
            ("level", "LOG"),
            ("message", "database system is ready"),
        ],
    );
    check(
        "2026-02-06 10:30:17 CET [1240]: [3-1] user=app,db=shop,app=psql,client=10.0.0.1 ERROR:  deadlock detected\n",
        1,
        &[
            ("time", "2026-02-06 10:30:17 CET"),
            ("pid", "1240"),
            ("user", "app"),
            ("database", "shop"),
            ("client_ip", "10.0.0.1"),
            ("level", "ERROR"),
            ("message", "deadlock detected"),
        ],
    );
    check(
        "2026-02-06T10:30:17.123456Z 0 [System] [MY-010116] [Server] /usr/sbin/mysqld starting\n\
         2026-02-06T10:30:18.123456Z 8 [Warning] [MY-010055] [Server] IP address could not be resolved\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17.123456Z"),
            ("thread", "0"),
            ("level", "System"),
            ("event_id", "MY-010116"),
            ("logger", "Server"),
            ("message", "/usr/sbin/mysqld starting"),
        ],
    );
    check(
        "1:M 06 Feb 2026 10:30:17.123 * Ready to accept connections\n1:C 06 Feb 2026 10:30:18.123 # oO0\n",
        2,
        &[
            ("pid", "1"),
            ("role", "M"),
            ("time", "06 Feb 2026 10:30:17.123"),
            ("mark", "*"),
            ("message", "Ready to accept connections"),
        ],
    );
}

#[test]
fn libraries() {
    check(
        "I0206 10:30:17.123456    1234 server.go:12] Started kubelet\nE0206 10:30:18.123456    1234 server.go:99] failed\ngoroutine 1 [running]:\n",
        2,
        &[
            ("level", "I"),
            ("time", "I0206 10:30:17.123456"),
            ("tid", "1234"),
            ("logger", "server.go:12"),
            ("message", "Started kubelet"),
        ],
    );
    check(
        "--------- beginning of main\n02-06 10:30:17.123  1702  2395 D WindowManager: relayout\n02-06 10:30:17.124  1702  2395 I : x\n"
            .lines()
            .skip(1)
            .collect::<Vec<_>>()
            .join("\n")
            .as_str(),
        2,
        &[
            ("time", "02-06 10:30:17.123"), ("pid", "1702"), ("tid", "2395"), ("level", "D"), ("logger", "WindowManager"),
            ("message", "relayout"),
        ],
    );
    check(
        "D/dalvikvm(  123): GC_CONCURRENT freed\nI/ActivityManager( 1234): Start\n",
        2,
        &[("level", "D"), ("logger", "dalvikvm"), ("pid", "123"), ("message", "GC_CONCURRENT freed")],
    );
    check(
        "2026-02-06 10:30:17.123  INFO 1234 --- [           main] c.e.demo.DemoApplication                 : Starting Demo\n\
         2026-02-06 10:30:18.123 ERROR 1234 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet]    : Servlet failed\n\n\
         java.lang.IllegalStateException: x\n\tat c.e.A.b(A.java:5) ~[classes!/:na]\nCaused by: java.io.IOException: y\n\t... 3 more\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17.123"),
            ("level", "INFO"),
            ("pid", "1234"),
            ("thread", "main"),
            ("logger", "c.e.demo.DemoApplication"),
            ("message", "Starting Demo"),
        ],
    );
    check(
        "2026-02-06T10:30:17.123+01:00  INFO 1234 --- [demo] [           main] c.e.demo.DemoApplication : Starting Demo\n",
        1,
        &[
            ("time", "2026-02-06T10:30:17.123+01:00"),
            ("level", "INFO"),
            ("pid", "1234"),
            ("service", "demo"),
            ("thread", "main"),
            ("logger", "c.e.demo.DemoApplication"),
            ("message", "Starting Demo"),
        ],
    );
    check(
        "2026-02-06 10:30:17.123  INFO [shop,4bf92f3577b34da6,00f067aa0ba902b7] 1 --- [nio-1] c.e.Shop  : sold\n",
        1,
        &[
            ("time", "2026-02-06 10:30:17.123"),
            ("level", "INFO"),
            ("service", "shop"),
            ("trace_id", "4bf92f3577b34da6"),
            ("span_id", "00f067aa0ba902b7"),
            ("pid", "1"),
            ("thread", "nio-1"),
            ("logger", "c.e.Shop"),
            ("message", "sold"),
        ],
    );
    check(
        "I, [2026-02-06T10:30:17.123456 #1234]  INFO -- : [a1b2] Started GET \"/\" for 127.0.0.1\n\
         D, [2026-02-06T10:30:17.223456 #1234] DEBUG -- api: done\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17.123456"),
            ("pid", "1234"),
            ("level", "INFO"),
            ("message", "[a1b2] Started GET \"/\" for 127.0.0.1"),
        ],
    );
    check(
        "[pid: 1234|app: 0|req: 1/1] 127.0.0.1 () {28 vars in 300 bytes} [Fri Feb  6 10:30:17 2026] GET /x => generated 10 bytes in 5 msecs (HTTP/1.1 200) 2 headers in 70 bytes (1 switches on core 0)\n",
        1,
        &[
            ("pid", "1234"),
            ("client_ip", "127.0.0.1"),
            ("time", "Fri Feb  6 10:30:17 2026"),
            ("method", "GET"),
            ("path", "/x"),
            ("bytes", "10"),
            ("elapsed_ms", "5"),
            ("protocol", "HTTP/1.1"),
            ("status", "200"),
        ],
    );
    check(
        "WARNING:root:disk is full\nERROR:app.db:lost\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: x\n",
        2,
        &[("level", "WARNING"), ("logger", "root"), ("message", "disk is full")],
    );
    check(
        "[2026-02-06 10:30:17,123: INFO/MainProcess] Connected to amqp\n[2026-02-06 10:30:18,123: WARNING/ForkPoolWorker-1] slow\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17,123"),
            ("level", "INFO"),
            ("thread", "MainProcess"),
            ("message", "Connected to amqp"),
        ],
    );
    check(
        "info: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://localhost:5000\nfail: App.Db[0]\n      lost\n",
        2,
        &[
            ("level", "info"),
            ("logger", "Microsoft.Hosting.Lifetime"),
            ("event_id", "14"),
            ("message", "Now listening on: http://localhost:5000"),
        ],
    );
}

#[test]
fn lines_of_other_formats_in_containers() {
    check(
        "2026-02-06T10:30:17.5Z stderr F I0206 10:30:17.123456    1 server.go:12] Started\n\
         2026-02-06T10:30:18.5Z stderr F E0206 10:30:18.123456    1 server.go:99] failed\n\
         2026-02-06T10:30:18.6Z stderr F goroutine 1 [running]:\n",
        3,
        &[
            ("time", "2026-02-06T10:30:17.5Z"),
            ("stream", "stderr"),
            ("piece", "F"),
            ("level", "I"),
            ("time 2", "I0206 10:30:17.123456"),
            ("tid", "1"),
            ("logger", "server.go:12"),
            ("message", "Started"),
        ],
    );
    check(
        "web-1  | 10.0.0.1 - - [06/Feb/2026:10:30:17 +0100] \"GET / HTTP/1.1\" 200 5\n\
         web-1  | 10.0.0.1 - - [06/Feb/2026:10:30:18 +0100] \"GET /x HTTP/1.1\" 404 5\n\
         db-1   | ready\n",
        3,
        &[
            ("service", "web-1"),
            ("client_ip", "10.0.0.1"),
            ("ident", "-"),
            ("user", "-"),
            ("time", "06/Feb/2026:10:30:17 +0100"),
            ("method", "GET"),
            ("path", "/"),
            ("protocol", "HTTP/1.1"),
            ("status", "200"),
            ("bytes", "5"),
        ],
    );
}

#[test]
fn slow_queries() {
    let query = |time: &str, host: &str, seconds: &str, statement: &str| {
        format!(
            "# Time: {time}\n# User@Host: shop[shop] @ {host} [10.0.0.5]  Id:    12\n# Query_time: {seconds}  Lock_time: \
             0.000123 Rows_sent: 1  Rows_examined: 100000\nuse shop;\nSET timestamp=1772870400;\n{statement};\n"
        )
    };
    let statement = "SELECT *\nFROM orders\nWHERE id = 5\n  AND state IN (1, 2)";
    let log = query("2026-03-07T08:00:00.123456Z", "web1", "2.345678", statement)
        + &query("2026-03-07T08:00:09.5Z", "", "11.5", "SELECT SLEEP(11)")
        + &query("2026-03-07T08:01:00.1Z", "web2", "0.5", statement);
    let message = format!("use shop;\nSET timestamp=1772870400;\n{statement};");
    check(
        &log,
        3,
        &[
            ("time", "2026-03-07T08:00:00.123456Z"),
            ("user", "shop"),
            ("host", "web1"),
            ("client_ip", "10.0.0.5"),
            ("thread", "12"),
            ("query_time", "2.345678"),
            ("lock_time", "0.000123"),
            ("rows_sent", "1"),
            ("rows_examined", "100000"),
            ("message", &message),
        ],
    );
    let without = "# Time: 2026-03-07T08:00:00Z\nSELECT 1;\n# Time: 2026-03-07T08:00:01Z\r\nSELECT 2;\n";
    check(without, 2, &[("time", "2026-03-07T08:00:00Z"), ("message", "SELECT 1;")]);
}
