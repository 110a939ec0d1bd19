//! Formats of programs that are known, one row each. What they write is documented; a format that a program lets its
//! operator choose is not here but learned from the lines.

use super::LinePattern;
use super::notation::compile;

/// A known format.
#[derive(Debug)]
pub(super) struct Known {
    name: &'static str,
    /// Whether an event may go on over further lines.
    joins: bool,
    /// Whether its messages are lines that other programs wrote, in formats of their own.
    pub(super) carries: bool,
    notation: &'static str,
    /// What stands in the level's place where a line, though it has a head, goes on with the event before it.
    more: &'static str,
}

impl Known {
    pub(super) fn pattern(&self) -> Option<LinePattern> {
        let pattern = compile(self.name, self.joins, self.notation)?;
        if self.more.is_empty() {
            return Some(pattern);
        }
        let (before, level) = self.notation.split_once("{level:")?;
        let (_, behind) = level.split_once('}')?;
        let more = compile(self.name, self.joins, &format!("{before}{{level:{}}}{behind}", self.more))?;
        Some(LinePattern { more: more.parts, ..pattern })
    }
}

const fn lines(name: &'static str, notation: &'static str) -> Known {
    Known { name, joins: false, carries: false, notation, more: "" }
}

const fn events(name: &'static str, notation: &'static str) -> Known {
    Known { name, joins: true, carries: false, notation, more: "" }
}

const fn reports(name: &'static str, notation: &'static str, more: &'static str) -> Known {
    Known { more, ..events(name, notation) }
}

const fn carrier(name: &'static str, notation: &'static str) -> Known {
    Known { name, joins: false, carries: true, notation, more: "" }
}

/// What `PostgreSQL` says of a report beside its message (elog.c, `send_message_to_server_log`).
const POSTGRES: &str = "DETAIL|HINT|QUERY|CONTEXT|LOCATION|BACKTRACE|STATEMENT";

/// The more a format says of a line, the earlier it stands: of those that fit equally well the first is taken.
#[rustfmt::skip]
pub(super) const KNOWN: &[Known] = &[
    // kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format
    lines("Ingress NGINX access log", "{client_ip} {ident} {user:any} [{time}] {:request} {status:number} {bytes:number} {referrer:quoted} {user_agent:quoted} {request_length:number} {request_time:decimal} [{service}] [{:any}] {upstream_addr} {upstream_bytes} {upstream_response_time} {upstream_status} {request_id}"),
    // httpd.apache.org/docs/2.4/logs.html#accesslog, nginx.org/en/docs/http/ngx_http_log_module.html; with the virtual host
    // before it, and with what is often added behind it: the forwarded address, the time taken.
    lines("Web server access log", "{?{server_name}:{port:number} ?}{client_ip} {ident} {user:any} [{time}] {:request} {status:number} {bytes}{? {referrer:quoted} {user_agent:quoted}?}{? {forwarded_for:quoted}?}{? {request_time:decimal}?}{? {extra:rest}?}"),
    lines("Web server access log with virtual host", "{server_name} {client_ip} {ident} {user:any} [{time}] {:request} {status:number} {bytes}{? {referrer:quoted} {user_agent:quoted}?}{? {forwarded_for:quoted}?}{? {request_time:decimal}?}{? {extra:rest}?}"),
    // nginx.org/en/docs/ngx_core_module.html#error_log
    events("nginx error log", "{time:dated} [{level}] {pid:number}#{tid:number}: {?*{connection:number} ?}{message:rest}"),
    // httpd.apache.org/docs/2.4/mod/core.html#errorlogformat
    events("Apache error log", "[{time:ctime}] [{?{logger}:?}{?:?}{level}] [pid {pid:number}{?:tid {tid:number}?}] {?[client {client}] ?}{message:rest}"),
    // httpd.apache.org/docs/2.2/logs.html#errorlog
    events("Apache error log", "[{time:ctime}] [{level}] {?[client {client}] ?}{message:rest}"),
    // docs.haproxy.org, 8.2.3 HTTP log format
    lines("HAProxy HTTP log", "{?<{priority:number}>?}{syslog_time:time} {?{host:name} ?}{:tag}{client_ip}:{client_port:number} [{time}] {frontend} {backend}/{server} {request_wait_ms}/{queue_ms}/{connect_ms}/{response_ms}/{elapsed_ms} {status:number} {bytes} {} {} {termination} {connections} {queues} {?{{{:any}}} ?}{?{{{:any}}} ?}{:request}"),
    // docs.haproxy.org, 8.2.2 TCP log format
    lines("HAProxy TCP log", "{?<{priority:number}>?}{syslog_time:time} {?{host:name} ?}{:tag}{client_ip}:{client_port:number} [{time}] {frontend} {backend}/{server} {queue_ms}/{connect_ms}/{elapsed_ms} {bytes} {termination} {connections} {queues}"),
    // wiki.squid-cache.org/Features/LogFormat
    lines("Squid access log", "{time} {elapsed_ms:number} {client_ip} {cache_result}/{status:number} {bytes:number} {method} {path} {user} {peer} {content_type}"),
    // docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
    lines("AWS load balancer access log", "{protocol_type} {time:iso} {load_balancer} {client_ip}:{client_port} {target} {request_processing_time} {target_processing_time} {response_processing_time} {status} {target_status} {received_bytes:number} {bytes:number} {:request} {user_agent:quoted} {ssl_cipher} {ssl_protocol} {target_group} {trace_id:quoted}{? {domain:quoted} {:quoted} {} {} {actions:quoted} {:quoted} {error_reason:quoted}{:rest}?}"),
    // docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html
    lines("AWS classic load balancer access log", "{time:iso} {load_balancer} {client_ip}:{client_port} {target} {request_processing_time} {target_processing_time} {response_processing_time} {status} {target_status} {received_bytes:number} {bytes:number} {:request}{? {user_agent:quoted} {ssl_cipher} {ssl_protocol}?}"),
    // docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
    lines("Amazon S3 access log", "{bucket_owner} {bucket} [{time}] {client_ip} {requester} {request_id} {operation} {key} {:request} {status} {error_code} {bytes} {object_size} {total_time} {turn_around_time} {referrer:quoted} {user_agent:quoted}{:rest}"),
    // docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html, version 2
    lines("VPC flow log", "{:number} {account_id} {interface} {src_ip} {dst_ip} {src_port} {dst_port} {protocol} {packets} {bytes} {time} {end_time} {action:ACCEPT|REJECT|-} {log_status:OK|NODATA|SKIPDATA}"),
    // github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
    carrier("Kubernetes container log", "{time:iso} {stream:stdout|stderr} {piece:F|P} {message:rest}"),
    // RFC 5424
    lines("Syslog (RFC 5424)", "<{priority:number}>1 {?- ?}{?{time:iso} ?}{host} {service} {pid} {event_id} {structured_data:structured}{? {?\u{feff}?}{message:rest}?}"),
    // devcenter.heroku.com/articles/logging
    carrier("Heroku log", "{time:iso} {service:app|heroku}[{instance}]: {message:rest}"),
    // RFC 3164; freedesktop.org/software/systemd/man/latest/journalctl.html, output short; with the time as rsyslog writes it
    lines("Syslog", "{?<{priority:number}>~?}{time:month} {host:name} {?{:tag}?}{message:rest}"),
    lines("Syslog with ISO time", "{?<{priority:number}>~?}{time:iso} {host:name} {:tag}{message:rest}"),
    // postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX
    reports("PostgreSQL log", "{time:iso} [{pid:number}]{?:?} {?[{:number}-{:number}] ?}{?{user}@{database} ?}{?user={user:any},db={database:any},app={:any},client={client_ip} ?}{level:DEBUG5|DEBUG4|DEBUG3|DEBUG2|DEBUG1|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC}: {message:rest}", POSTGRES),
    // docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.overview.parameter-groups.html
    reports("PostgreSQL log (Amazon RDS)", "{time:iso}:{?{client_ip}({client_port:number})?}:{user:any}@{database:any}:[{pid:number}]:{level:DEBUG5|DEBUG4|DEBUG3|DEBUG2|DEBUG1|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC}: {message:rest}", POSTGRES),
    // dev.mysql.com/doc/refman/8.4/en/error-log-format.html; mariadb.com/kb/en/error-log
    events("MySQL error log", "{time:iso} {thread:number} [{level}] {?[{event_id}] [{logger}] ?}{message:rest}"),
    // dev.mysql.com/doc/refman/8.4/en/slow-query-log.html; mariadb.com/kb/en/slow-query-log-overview
    events("MySQL slow query log", "# Time: {time:iso}{?\n# User@Host: {user:any}[{:any}] @ {?{host:name} ?}[{client_ip:any}]{? Id:~{thread:number}?}?}{?\n# Query_time: {query_time:decimal} Lock_time: {lock_time:decimal} Rows_sent: {rows_sent:number} Rows_examined: {rows_examined:number}?}{message:rest}"),
    // redis.io, src/server.c: serverLogRaw
    lines("Redis log", "{pid:number}:{role:X|C|S|M|signal-handler} {time:dated} {mark:.|-|*|#} {message:rest}"),
    // pkg.go.dev/k8s.io/klog/v2, github.com/google/glog
    events("klog or glog", "{level:=I|W|E|F|D}{time:glog} {tid:number} {logger}] {message:rest}"),
    // developer.android.com/tools/logcat#outputFormat: threadtime, time, brief
    lines("Android logcat", "{time:short} {pid:number} {tid:number} {level:V|D|I|W|E|F|A|S} {logger:any}: {message:rest}"),
    lines("Android logcat", "{time:short} {level:V|D|I|W|E|F|A|S}/{logger:any}(~{pid:number}): {message:rest}"),
    lines("Android logcat", "{level:V|D|I|W|E|F|A|S}/{logger:any}(~{pid:number}): {message:rest}"),
    // docs.spring.io/spring-boot/reference/features/logging.html#features.logging.log-format
    events("Spring Boot log", "{time} {level} {pid:number} --- [{service:any}] [~{thread:any}] {?[{trace_id:any}-{span_id}] ?}{logger}~: {message:rest}"),
    events("Spring Boot log", "{time} {level} {?[{service:any},{trace_id:any},{span_id:any}] ?}{pid:number} --- [~{thread:any}] {logger}~: {message:rest}"),
    // ruby-doc.org/stdlib, Logger::Formatter; guides.rubyonrails.org
    events("Ruby logger", "{:D|I|W|E|F|A}, [{time}{? ?}#{pid:number}] {level:DEBUG|INFO|WARN|ERROR|FATAL|ANY} --~{service:any}: {message:rest}"),
    // uwsgi-docs.readthedocs.io/en/latest/LogFormat.html
    lines("uWSGI log", "[pid: {pid:number}|app: {:any}|req: {:any}] {client_ip} ({user:any}) {{{:any}}} [{time}] {method} {path} => generated {bytes:number} bytes in {elapsed_ms:number} msecs ({protocol} {status:number}) {:rest}"),
    // docs.python.org/3/library/logging.html#logging.BASIC_FORMAT
    events("Python logging", "{level:DEBUG|INFO|WARNING|ERROR|CRITICAL}:{logger}:{message:rest}"),
    // github.com/linux-audit/audit-documentation/wiki/SPEC-Audit-Event-Parsing
    lines("Linux audit log", "{?node={host} ?}type={event_type} msg=audit({time:decimal}:{audit_id:number}):{? ?}{message:rest}"),
    // chromium.googlesource.com/chromium/src, base/logging.cc: InitWithChromiumPrefix
    events("Chromium log", "[{?{pid:number}:{tid:number}:?}{time:short}:{level}:{logger}] {message:rest}"),
    // cockroachlabs.com/docs/stable/log-formats: crdb-v2 and crdb-v1
    events("CockroachDB log", "{level:=I|W|E|F}{time:glog} {tid:number} {?{channel:number}@?}{logger}:{line:number} ⋮ [{tags:any}] {?{counter:number} ?}{message:rest}"),
    events("CockroachDB log", "{level:=I|W|E|F}{time:glog} {tid:number} {logger}:{line:number} {?[{tags:any}] ?}{?{counter:number} ?}{message:rest}"),
    // docs.asterisk.org/Operation/Logging
    events("Asterisk log", "[{time}] {level:NOTICE|WARNING|ERROR|DEBUG|VERBOSE|SECURITY|DTMF}[{tid:number}]{?[{call_id}]?}: {logger:any}: {message:rest}"),
    // docs.celeryq.dev/en/stable/userguide/configuration.html#worker-log-format
    events("Celery log", "[{time}: {level}/{thread}] {message:rest}"),
    // learn.microsoft.com/dotnet/core/extensions/console-log-formatter, simple
    events(".NET console log", "{time} {level:trce|dbug|info|warn|fail|crit}: {logger}[{event_id:number}]{? ?}{message:rest}"),
    events(".NET console log", "{level:trce|dbug|info|warn|fail|crit}: {logger}[{event_id:number}]{? ?}{message:rest}"),
    // docs.docker.com/compose; kubernetes.io/docs/reference/kubectl, logs --prefix
    carrier("Docker Compose log", "{service:name} | {message:rest}"),
    carrier("Kubernetes logs with prefix", "[pod/{pod}/{container}] {message:rest}"),
    // man7.org/linux/man-pages/man1/dmesg.1.html
    lines("Kernel ring buffer", "{?<{priority:number}>?}[~{uptime:decimal}] {message:rest}"),
];
