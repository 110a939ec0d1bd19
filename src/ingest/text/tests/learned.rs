//! Formats that are learned from the lines: none of them has a rule of its own.

use super::super::recognise;
use super::{check, fields};

#[test]
fn java() {
    check(
        "10:30:17.123 [main] INFO  c.e.shop.Shop - opened 3 doors\n10:30:18.000 [pool-1] ERROR c.e.shop.Till - jammed\njava.io.IOException: x\n\tat a.b(C.java:1)\n10:30:19.000 [main] WARN  c.e.shop.Shop - closing\n",
        3,
        &[
            ("time", "10:30:17.123"),
            ("thread", "main"),
            ("level", "INFO"),
            ("logger", "c.e.shop.Shop"),
            ("message", "opened 3 doors"),
        ],
    );
    check(
        "2026-02-06 10:30:17,123 INFO  [main] org.example.Shop: opened\n2026-02-06 10:30:18,123 WARN  [IPC Server handler 1 on 8020] org.example.Till: slow drawer\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17,123"),
            ("level", "INFO"),
            ("thread", "main"),
            ("logger", "org.example.Shop"),
            ("message", "opened"),
        ],
    );
    check(
        "[2026-02-06T10:30:17,123][INFO ][o.e.n.Node               ] [node-1] started {a}\n\
         [2026-02-06T10:30:18,123][WARN ][o.e.m.j.JvmGcMonitorService] [node-1] [gc][41] overhead\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17,123"),
            ("level", "INFO"),
            ("thread", "o.e.n.Node               "),
            ("context", "node-1"),
            ("message", "started {a}"),
        ],
    );
    check(
        "[2026-02-06 10:30:17,123] INFO [Log partition=a-0, dir=/x] Loading producer state (kafka.log.Log)\n\
         [2026-02-06 10:30:18,123] WARN Connection to node 1 could not be established (org.apache.kafka.Net)\n\
         [2026-02-06 10:30:19,123] INFO Kafka version: 3.6 (org.apache.kafka.App)\n",
        3,
        &[
            ("time", "2026-02-06 10:30:17,123"),
            ("level", "INFO"),
            ("message", "[Log partition=a-0, dir=/x] Loading producer state (kafka.log.Log)"),
        ],
    );
    check(
        "INFO  [main] 2026-02-06 10:30:17,123 CassandraDaemon.java:100 - Hostname: h\nWARN  [GossipStage:1] 2026-02-06 10:30:18,123 Gossiper.java:9 - down\n",
        2,
        &[
            ("level", "INFO"),
            ("thread", "main"),
            ("time", "2026-02-06 10:30:17,123"),
            ("logger", "CassandraDaemon.java:100"),
            ("message", "Hostname: h"),
        ],
    );
    check(
        "2026-02-06 10:30:17.123+0000 [id=1]\tINFO\thudson.WebAppMain#run: Jenkins is up\n2026-02-06 10:30:18.123+0000 [id=33]\tWARNING\thudson.model.Run#execute: slow\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17.123+0000"),
            ("thread", "id=1"),
            ("level", "INFO"),
            ("logger", "hudson.WebAppMain#run"),
            ("message", "Jenkins is up"),
        ],
    );
    check(
        "06-Feb-2026 10:30:17.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup in 500 ms\n\
         06-Feb-2026 10:30:18.123 SEVERE [http-nio-1] org.apache.catalina.core.X.invoke Servlet threw\njava.lang.X: y\n\tat z\n",
        2,
        &[
            ("time", "06-Feb-2026 10:30:17.123"),
            ("level", "INFO"),
            ("thread", "main"),
            ("message", "org.apache.catalina.startup.Catalina.start Server startup in 500 ms"),
        ],
    );
    check(
        "10:30:17,123 INFO  [org.jboss.as] (MSC service thread 1-2) WFLYSRV0049: starting\n10:30:18,123 ERROR [org.jboss.msc] (main) MSC000001: Failed\n",
        2,
        &[
            ("time", "10:30:17,123"),
            ("level", "INFO"),
            ("thread", "org.jboss.as"),
            ("context", "MSC service thread 1-2"),
            ("logger", "WFLYSRV0049"),
            ("message", "starting"),
        ],
    );
}

#[test]
fn python_and_openstack() {
    check(
        "2026-02-06 10:30:17,123 - app.shop - INFO - opened\n2026-02-06 10:30:18,123 - app.till - ERROR - jammed\nTraceback (most recent call last):\n  File \"a\"\nValueError: x\n",
        2,
        &[("time", "2026-02-06 10:30:17,123"), ("column 2", "app.shop"), ("level", "INFO"), ("message", "opened")],
    );
    check(
        "2026-02-06 10:30:17.123 | INFO     | __main__:<module>:1 - opened\n2026-02-06 10:30:18.123 | WARNING  | app.till:run:12 - slow\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17.123"),
            ("level", "INFO"),
            ("logger", "__main__:<module>:1"),
            ("message", "opened"),
        ],
    );
    check(
        "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi_compute.wsgi.server [req-38101a0b - - -] 10.11.10.1 \"GET /v2 HTTP/1.1\" status: 200\n\
         nova-compute.log.1.2017-05-16_13:55:31 2017-05-16 00:00:04.500 2931 INFO nova.compute.manager [-] [instance: b9000564] VM Started\n",
        2,
        &[
            ("column 1", "nova-api.log.1.2017-05-16_13:53:08"),
            ("time", "2017-05-16 00:00:00.008"),
            ("pid", "25746"),
            ("level", "INFO"),
            ("logger", "nova.osapi_compute.wsgi.server"),
            ("thread", "req-38101a0b - - -"),
            ("message", "10.11.10.1 \"GET /v2 HTTP/1.1\" status: 200"),
        ],
    );
    check(
        "[2026-02-06 10:30:17 +0000] [1234] [INFO] Starting gunicorn 20.1.0\n[2026-02-06 10:30:18 +0000] [1235] [CRITICAL] WORKER TIMEOUT (pid:9)\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17 +0000"),
            ("pid", "1234"),
            ("level", "INFO"),
            ("message", "Starting gunicorn 20.1.0"),
        ],
    );
}

#[test]
fn go_and_rust() {
    check(
        "2026/02/06 10:30:17 listening on :8080\n2026/02/06 10:30:18 http: TLS handshake error\npanic: x\n",
        2,
        &[("time", "2026/02/06 10:30:17"), ("message", "listening on :8080")],
    );
    check(
        "2026/02/06 10:30:17.123456 main.go:23: listening\n2026/02/06 10:30:18.123456 db.go:7: lost\n",
        2,
        &[("time", "2026/02/06 10:30:17.123456"), ("logger", "main.go:23"), ("message", "listening")],
    );
    check(
        "2026-02-06T10:30:17.123Z\tINFO\tapp/main.go:10\tlistening on 80\n2026-02-06T10:30:18.123Z\tWARN\tapp/db.go:7\tslow query\t{\"ms\": 5}\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17.123Z"),
            ("level", "INFO"),
            ("logger", "app/main.go:10"),
            ("message", "listening on 80"),
        ],
    );
    check(
        "[2026-02-06T10:30:17Z INFO  shop::till] opened\n[2026-02-06T10:30:18Z ERROR shop] jammed\n",
        2,
        &[("time", "2026-02-06T10:30:17Z"), ("level", "INFO"), ("logger", "shop::till"), ("message", "opened")],
    );
    check(
        "2026-02-06T10:30:17.123456Z  INFO shop::till: opened door=3\n2026-02-06T10:30:18.123456Z ERROR shop: jammed\n",
        2,
        &[
            ("time", "2026-02-06T10:30:17.123456Z"),
            ("level", "INFO"),
            ("logger", "shop::till"),
            ("message", "opened door=3"),
        ],
    );
}

#[test]
fn services() {
    check(
        "2026-02-06 10:30:17.123456+00:00 [info] <0.222.0> Server startup complete\n2026-02-06 10:30:18.123456+00:00 [warning] <0.1234.0> closing AMQP\n  details\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17.123456+00:00"),
            ("level", "info"),
            ("thread", "0.222.0"),
            ("message", "Server startup complete"),
        ],
    );
    check(
        "[06-Feb-2026 10:30:17] NOTICE: fpm is running, pid 1\n[06-Feb-2026 10:30:18] WARNING: [pool www] child 12 said\n",
        2,
        &[("time", "06-Feb-2026 10:30:17"), ("level", "NOTICE"), ("message", "fpm is running, pid 1")],
    );
    check(
        "[2026-02-06 10:30:17] production.ERROR: Undefined variable {\"userId\":1}\n[2026-02-06 10:30:18] production.INFO: ok [] []\n[stacktrace]\n#0 /var/www/x.php(12): y()\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17"),
            ("logger", "production.ERROR"),
            ("message", "Undefined variable {\"userId\":1}"),
        ],
    );
    check(
        "2026-02-06T10:30:17.123Z [worker-1] info: job 17 done\n2026-02-06T10:30:18.123Z [worker-2] error: job 18 failed\n    at Object.<anonymous> (/app/x.js:1:1)\n",
        2,
        &[("time", "2026-02-06T10:30:17.123Z"), ("thread", "worker-1"), ("level", "info"), ("message", "job 17 done")],
    );
    check(
        "[10:30:17 INF] Now listening on: http://localhost:5000\n[10:30:18 ERR] Failed\nSystem.InvalidOperationException: x\n   at A.B()\n",
        2,
        &[("time", "10:30:17"), ("level", "INF"), ("message", "Now listening on: http://localhost:5000")],
    );
    check(
        "2026-02-06 10:30:17.1234|INFO|App.Shop|Opened the door\n2026-02-06 10:30:18.1234|ERROR|App.Till|Jammed | again\n",
        2,
        &[
            ("time", "2026-02-06 10:30:17.1234"),
            ("level", "INFO"),
            ("logger", "App.Shop"),
            ("message", "Opened the door"),
        ],
    );
    check(
        "[10:30:17] [Server thread/INFO]: Starting minecraft server\n[10:30:18] [Server thread/WARN]: Can't keep up!\n",
        2,
        &[("time", "10:30:17"), ("thread", "Server thread/INFO"), ("message", "Starting minecraft server")],
    );
}

#[test]
fn further_servers() {
    check(
        "2018-01-01 10:00:00.123456 I | etcdserver: starting member\n2018-01-01 10:00:01.123456 W | rafthttp: lost the stream\n",
        2,
        &[
            ("time", "2018-01-01 10:00:00.123456"),
            ("level", "I"),
            ("logger", "etcdserver"),
            ("message", "starting member"),
        ],
    );
    check(
        "2024-01-01T10:00:00.123Z [INFO]  agent: Joining cluster\n2024-01-01T10:00:00.123Z [ERROR] agent.http: Request error: x\n",
        2,
        &[("time", "2024-01-01T10:00:00.123Z"), ("level", "INFO"), ("logger", "agent"), ("message", "Joining cluster")],
    );
    check(
        "2019-02-13T18:00:00.123+0000 I NETWORK  [conn1] received client\n2019-02-13T18:00:01.123+0000 W STORAGE  [initandlisten] XFS\n",
        2,
        &[
            ("time", "2019-02-13T18:00:00.123+0000"),
            ("level", "I"),
            ("logger", "NETWORK"),
            ("thread", "conn1"),
            ("message", "received client"),
        ],
    );
    check(
        "2024-01-01 10:00:00,123 fail2ban.filter         [12]: INFO    [sshd] Found 1.2.3.4\n\
         2024-01-01 10:00:00,123 fail2ban.actions        [12]: NOTICE  [sshd] Ban 1.2.3.4\n",
        2,
        &[
            ("time", "2024-01-01 10:00:00,123"),
            ("column 2", "fail2ban.filter"),
            ("pid", "12"),
            ("level", "INFO"),
            ("thread", "sshd"),
            ("message", "Found 1.2.3.4"),
        ],
    );
    check(
        "[2024-01-01 10:00:00.123][1][info][main] [source/server.cc:249] initializing\n\
         [2024-01-01 10:00:00.123][12][warning][misc] [source/x.cc:29] deprecated\n",
        2,
        &[
            ("time", "2024-01-01 10:00:00.123"),
            ("pid", "1"),
            ("level", "info"),
            ("thread", "main"),
            ("context", "source/server.cc:249"),
            ("message", "initializing"),
        ],
    );
    check(
        "####<Jan 2, 2024 10:00:00 AM CET> <Notice> <Server> <host1> <Server state changed>\n\
         ####<Jan 2, 2024 10:00:01 AM CET> <Error> <Deployer> <host1> <Failure>\n",
        2,
        &[
            ("time", "Jan 2, 2024 10:00:00 AM CET"),
            ("level", "Notice"),
            ("thread", "Server"),
            ("context", "host1"),
            ("message", "<Server state changed>"),
        ],
    );
    check(
        "[2024/01/01 10:00:00.123 +00:00] [INFO] [server.go:123] [\"start server\"] [port=4000]\n\
         [2024/01/01 10:00:00.223 +00:00] [WARN] [txn.go:12] [\"slow txn\"] [time=4s]\n",
        2,
        &[
            ("time", "2024/01/01 10:00:00.123 +00:00"),
            ("level", "INFO"),
            ("thread", "server.go:123"),
            ("message", "[\"start server\"] [port=4000]"),
        ],
    );
    check(
        "01-Jan-2024 10:00:00.123 queries: info: client 10.0.0.1#1234: query\n01-Jan-2024 10:00:01.123 general: error: zone x: failed\n",
        2,
        &[
            ("time", "01-Jan-2024 10:00:00.123"),
            ("logger", "queries"),
            ("level", "info"),
            ("message", "client 10.0.0.1#1234: query"),
        ],
    );
    check(
        "INFO:     Application startup complete.\nINFO:     10.0.0.1:1 - \"GET / HTTP/1.1\" 200 OK\nERROR:    Exception\nTraceback (most recent call last):\n  File\n",
        3,
        &[("level", "INFO"), ("message", "Application startup complete.")],
    );
}

#[test]
fn machines() {
    let cbs: Vec<String> = (0..30)
        .map(|n| {
            let component = if n % 3 == 0 { "CSI" } else { "CBS" };
            format!("2016-09-28 04:30:{:02}, Info                  {component}    Loaded Servicing Stack v{n}", n + 10)
        })
        .collect();
    check(
        &cbs.join("\n"),
        30,
        &[
            ("time", "2016-09-28 04:30:10"),
            ("level", "Info"),
            ("logger", "CSI"),
            ("message", "Loaded Servicing Stack v0"),
        ],
    );
    check(
        "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam_unix)[2915]: session closed for user root\n\
         - 1131566462 2005.11.09 tbird-admin1 Nov 9 12:01:02 local@tbird-admin1 postfix/postdrop[10896]: warning: unable\n",
        2,
        &[
            ("time", "1131566461"),
            ("column 2", "2005.11.09"),
            ("column 3", "dn228"),
            ("column 4", "Nov 9 12:01:01"),
            ("column 5", "dn228/dn228"),
            ("service", "crond(pam_unix)"),
            ("pid", "2915"),
            ("message", "session closed for user root"),
        ],
    );
    check(
        "134681 node-246 unix.hw state_change.unavailable 1077804742 1 Component State Change: Component is unavailable\n\
         350766 node-109 unix.hw state_change.unavailable 1084680778 1 Component State Change: Component is in\n",
        2,
        &[
            ("column 1", "134681"),
            ("column 2", "node-246"),
            ("column 3", "unix.hw"),
            ("column 4", "state_change.unavailable"),
            ("time", "1077804742"),
            ("message", "1 Component State Change: Component is unavailable"),
        ],
    );
    let unified: Vec<String> = (0..24)
        .map(|n| {
            format!(
                "2026-02-06 10:30:{}.123456+0100 0x{n:<8x} {:<11} 0x0                  {:<6} 0    kernel: (AppleACPI) wake {n}",
                n + 10,
                if n % 5 == 1 { "Error" } else { "Default" },
                120 + n * 7
            )
        })
        .collect();
    check(
        &unified.join("\n"),
        24,
        &[
            ("time", "2026-02-06 10:30:10.123456+0100"),
            ("column 2", "0x0"),
            ("level", "Default"),
            ("column 4", "0x0"),
            ("pid", "120"),
            ("tid", "0"),
            ("logger", "kernel"),
            ("message", "(AppleACPI) wake 0"),
        ],
    );
}

#[test]
fn prose_has_no_head() {
    for text in [
        "Dear team,\nall is well.\nYours truly, me\n",
        "generating core.4900\nciod: Error loading /p/gb1: invalid\nmachine check interrupt\n",
        "2 apples\n3 pears\n10 figs\n",
        "",
        "\n\n",
        "error\n",
    ] {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let found = recognise(&lines);
        assert!(found.is_none(), "{text}: {found:?}");
    }
}

#[test]
fn a_level_that_no_sampled_line_has_is_one_all_the_same() {
    for [info, warn, error] in [
        ["[INFO ]", "[WARN ]", "[ERROR]"],
        ["|INFO|", "|WARN|", "|ERROR|"],
        ["|I|", "|W|", "|E|"],
        ["INFO |", "WARN |", "ERROR|"],
        ["<info >", "<warn >", "<error>"],
    ] {
        let line =
            |level: &str, n: usize| format!("13.03.2026 06:00:{n:02},054 {level} <pump-{n}> lab.Pump :: depth {n}");
        let sampled: Vec<String> = (10..40).map(|n| line(if n == 20 { warn } else { info }, n)).collect();
        let lines: Vec<&[u8]> = sampled.iter().map(String::as_bytes).collect();
        let Some((pattern, _)) = recognise(&lines) else { panic!("not recognised: {info}") };
        let found = fields(&pattern, &line(error, 41));
        let level = error.trim_matches(['[', ']', '|', '<', '>']);
        let value = |name: &str| found.iter().find(|field| field.0 == name).map_or("", |field| field.1.as_str());
        assert_eq!((value("level"), value("time")), (level, "13.03.2026 06:00:41,054"), "{error}: {found:?}");
        assert_eq!(value("message").split("depth ").last(), Some("41"), "{error}: {found:?}");
    }
}

#[test]
fn an_instance_behind_its_service() {
    let lines = |instances: [&str; 3]| -> String {
        let [one, two, three] = instances;
        format!(
            "2025-11-04 06:00:13.588 INFO  dispo {one}: cut planned\n2025-11-04 06:00:15.009 WARN  scale {two}: cut weighed\n\
             2025-11-04 06:00:15.681 INFO  dispo {three}: cut planned\n"
        )
    };
    let head = [("time", "2025-11-04 06:00:13.588"), ("level", "INFO")];
    let named = [("service", "dispo"), ("instance", "dp-1"), ("message", "cut planned")];
    check(&lines(["dp-1", "wg-2", "dp-2"]), 3, &[&head[..], &named].concat());
    // A name that stands behind two words is no instance of either, nor is one without a number.
    let tagged = [("column 3", "dispo"), ("logger", "n-1"), ("message", "cut planned")];
    check(&lines(["n-1", "n-1", "n-2"]), 3, &[&head[..], &tagged].concat());
    let tagged = [("column 3", "dispo"), ("logger", "Planner"), ("message", "cut planned")];
    check(&lines(["Planner", "Weigher", "Planner"]), 3, &[&head[..], &tagged].concat());
}
