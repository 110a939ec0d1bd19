//! A parcel carrier: its services, the courses that sessions take through them, its recurring tasks, and what goes wrong.
//!
//! Texts hold `{names}` of parameters, see [`super::message`].

/// A service.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its name.
    pub name: &'static str,
    /// How many instances it has.
    pub instances: u8,
    /// What it says when it can't do its work.
    pub failure: &'static str,
    /// What it says when something that it depends on is gone.
    pub outage: &'static str,
}

/// How bad a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For developers.
    Debug,
    /// As it should be.
    Info,
    /// To be looked at.
    Warn,
    /// Gone wrong.
    Error,
}

impl Level {
    /// As written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// One step of a course.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Place of its service in [`SERVICES`].
    pub service: usize,
    /// Its level.
    pub level: Level,
    /// Its message.
    pub text: &'static str,
    /// Median in milliseconds and sigma of its log-normal time of work.
    pub took: Option<(f64, f64)>,
    /// The queue that the work came through.
    pub queue: Option<&'static str>,
    /// What it answers.
    pub status: Option<u16>,
    /// How many of the sessions have it, 0..=1.
    pub chance: f64,
    /// Least and most often.
    pub times: (u32, u32),
    /// Whether it may as well come after the step that follows it, which is not the last.
    pub loose: bool,
}

impl Step {
    const fn took(self, median: f64, sigma: f64) -> Self {
        Self { took: Some((median, sigma)), ..self }
    }

    const fn via(self, queue: &'static str) -> Self {
        Self { queue: Some(queue), ..self }
    }

    const fn answers(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    const fn maybe(self, chance: f64) -> Self {
        Self { chance, ..self }
    }

    const fn times(self, least: u32, most: u32) -> Self {
        Self { times: (least, most), ..self }
    }

    const fn loose(self) -> Self {
        Self { loose: true, ..self }
    }

    const fn debug(self) -> Self {
        Self { level: Level::Debug, ..self }
    }

    const fn warn(self) -> Self {
        Self { level: Level::Warn, ..self }
    }

    /// Whether each session of the course has it exactly once.
    pub const fn is_fixed(&self) -> bool {
        self.chance >= 1.0 && self.times.1 == 1
    }
}

const fn step(service: usize, text: &'static str) -> Step {
    Step {
        service,
        level: Level::Info,
        text,
        took: None,
        queue: None,
        status: None,
        chance: 1.0,
        times: (1, 1),
        loose: false,
    }
}

/// A course of steps.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Its part of all sessions.
    pub weight: f64,
    /// Its steps; the first and the last are in every session.
    pub steps: &'static [Step],
    /// What ends it early in some sessions: behind which step, and what is said. The last step follows.
    pub refusal: Option<(usize, Step)>,
}

/// A task that recurs without a session.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Place of its service in [`SERVICES`].
    pub service: usize,
    /// Its message.
    pub text: &'static str,
    /// Mean seconds between two rows.
    pub every: f64,
    /// As of a step.
    pub took: Option<(f64, f64)>,
}

const COUNTER: usize = 0;
const TARIFF: usize = 1;
const LABELER: usize = 2;
const SORTER: usize = 3;
const DEPOT: usize = 4;
const CUSTOMS: usize = 5;
const LOCKER: usize = 6;
const COURIER: usize = 7;
const NOTICES: usize = 8;
const CLAIMS: usize = 9;

const fn service(name: &'static str, instances: u8, failure: &'static str, outage: &'static str) -> Service {
    Service { name, instances, failure, outage }
}

/// All services.
pub const SERVICES: [Service; 10] = [
    service(
        "counter",
        4,
        "Unhandled fault while serving {path}: worker {small} gave up",
        "Session cache at {ip}:6379 hung up in the middle of a reply",
    ),
    service(
        "tariff",
        3,
        "Price table {version} could not be evaluated for zone {zone}",
        "Rate book replica {hub} is read-only, refusing lease {hex}",
    ),
    service(
        "labeler",
        3,
        "Label renderer crashed on sheet {count}, exit status {small}",
        "Printer spool {hub} rejected the handshake from {ip}",
    ),
    service(
        "sorter",
        4,
        "Chute assignment for {parcel} failed its checksum {hex}",
        "Conveyor controller {hub} stopped answering after {big} ticks",
    ),
    service(
        "depot",
        3,
        "Slot ledger write lost at offset {big}, shelf {small}",
        "Slot ledger primary {ip}:5432 went away during commit {hex}",
    ),
    service(
        "customs",
        2,
        "Declaration {hex} is malformed near byte {big}",
        "Authority endpoint for {country} closed the channel, reason code {count}",
    ),
    service(
        "locker",
        3,
        "Bank {small} did not confirm door {count}: latch timeout",
        "Locker network {zone} unreachable, {count} banks offline",
    ),
    service(
        "courier",
        4,
        "Handheld of {plate} sent a broken frame of {big} bytes",
        "Dispatch broker {hub} dropped subscription {hex}",
    ),
    service(
        "notices",
        2,
        "Template engine overflowed its stack on notice {big}",
        "Mail relay {ip}:25 answered 421 to the greeting",
    ),
    service(
        "claims",
        2,
        "Case {big} locked by another clerk, giving way",
        "Archive volume {hub} is full, {percent} % over its share",
    ),
];

const SHIP: [Step; 9] = [
    step(COUNTER, "Booking opened by customer {customer} from {ip}"),
    step(TARIFF, "Quoted {money} EUR for {weight} kg to zone {zone}").took(14.0, 0.45),
    step(COUNTER, "Quote accepted, voucher {hex}").took(5.0, 0.4).debug(),
    step(LABELER, "Printed label {parcel} on {small} sheets").took(95.0, 0.5).via("q.label-print"),
    step(DEPOT, "Reserved shelf {small} in {hub} until {slot}").took(31.0, 0.55).loose(),
    step(SORTER, "Parcel {parcel} assigned to chute {count}").took(48.0, 0.5).via("q.sort-plan"),
    step(COUNTER, "Pickup wish noted for {slot}").maybe(0.3).took(4.0, 0.35),
    step(NOTICES, "Sent confirmation mail of {bytes} bytes to customer {customer}").took(120.0, 0.6).via("q.mail"),
    step(COUNTER, "Booking {parcel} closed").took(3.0, 0.4).answers(201),
];
const TRACK: [Step; 5] = [
    step(COUNTER, "Lookup of {parcel} asked by {ip}"),
    step(DEPOT, "Trace memo for {parcel} was warm").maybe(0.6).took(1.2, 0.4).debug(),
    step(SORTER, "Collected {count} scans of {parcel}").took(22.0, 0.6),
    step(COUNTER, "Estimated arrival {slot} with {percent} % certainty").took(9.0, 0.5),
    step(COUNTER, "Lookup answered in {bytes} bytes").took(2.0, 0.3).answers(200),
];
const CLEAR: [Step; 7] = [
    step(CUSTOMS, "Declaration for {parcel} to {country} received").via("q.customs-in"),
    step(TARIFF, "Duty of {money} EUR computed under heading {big}").took(26.0, 0.5),
    step(CUSTOMS, "Documents matched, {small} of {small} pages legible").took(180.0, 0.55),
    step(CUSTOMS, "Parcel {parcel} opened for inspection by desk {small}").maybe(0.2).took(900.0, 0.5),
    step(CLAIMS, "Surety {hex} set aside for {money} EUR").took(40.0, 0.45),
    step(CUSTOMS, "Release stamp {hex} issued").took(17.0, 0.4).answers(200),
    step(NOTICES, "Posted clearance letter {big}").took(75.0, 0.5).via("q.mail"),
];
const DROP: [Step; 6] = [
    step(LOCKER, "Code entered at bank {small} in {zone}").answers(200),
    step(LOCKER, "Door {count} swung open").took(610.0, 0.35),
    step(COURIER, "Hand-over of {parcel} signed as {hex}").took(33.0, 0.5),
    step(LOCKER, "Door {count} shut and latched").took(540.0, 0.35),
    step(DEPOT, "Stock of {hub} lowered by {small}").took(12.0, 0.5),
    step(NOTICES, "Pushed collected note to device {hex}").took(52.0, 0.6).via("q.push"),
];
const ROUND: [Step; 6] = [
    step(COURIER, "Vehicle {plate} left {hub}").answers(200),
    step(SORTER, "Route drawn over {count} streets, {weight} km").took(260.0, 0.5).via("q.routes"),
    step(COURIER, "Stop reached, {parcel} delivered to door").times(2, 6).took(85.0, 0.5),
    step(COURIER, "Fuel at {percent} %, detour of {small} km advised").maybe(0.15).took(7.0, 0.4),
    step(DEPOT, "Empties of {plate} counted: {count}").took(38.0, 0.5),
    step(COURIER, "Vehicle {plate} checked in, tour {hex} done").took(11.0, 0.4),
];
const GIVE_BACK: [Step; 7] = [
    step(COUNTER, "Return of {parcel} requested by customer {customer}"),
    step(CLAIMS, "Case {big} filed under reason {count}").took(29.0, 0.5),
    step(LABELER, "Return slip {hex} rendered").took(88.0, 0.5).via("q.label-print"),
    step(DEPOT, "Inbound bay {small} held for {parcel}").took(27.0, 0.5),
    step(TARIFF, "Refund of {money} EUR approved by rule {small}").took(19.0, 0.45),
    step(CLAIMS, "Photo evidence stored at {path}").maybe(0.25).took(140.0, 0.6),
    step(COUNTER, "Return {hex} settled").took(4.0, 0.4).answers(200),
];

/// All courses.
pub const COURSES: [Course; 6] = [
    Course {
        weight: 0.26,
        steps: &SHIP,
        refusal: Some((1, step(COUNTER, "Booking declined, parcel exceeds {weight} kg").answers(422).warn())),
    },
    Course { weight: 0.30, steps: &TRACK, refusal: None },
    Course { weight: 0.10, steps: &CLEAR, refusal: None },
    Course { weight: 0.14, steps: &DROP, refusal: None },
    Course { weight: 0.10, steps: &ROUND, refusal: None },
    Course {
        weight: 0.10,
        steps: &GIVE_BACK,
        refusal: Some((1, step(CLAIMS, "Return window of {count} days is over").answers(409).warn())),
    },
];

/// All recurring tasks.
pub const TASKS: [Task; 12] = [
    task(COUNTER, "Heartbeat {big} ok, load {percent} %", 60.0, None),
    task(COUNTER, "Dropped {count} stale baskets", 150.0, Some((35.0, 0.5))),
    task(TARIFF, "Rate book {version} refreshed, {big} rows", 180.0, Some((420.0, 0.4))),
    task(LABELER, "Toner at {percent} %, drum {small}", 120.0, None),
    task(SORTER, "Belt speed held at {weight} m/s", 75.0, None),
    task(DEPOT, "Vacuumed {big} pages of the slot ledger", 160.0, Some((1300.0, 0.5))),
    task(DEPOT, "Shelf census: {big} items, {small} strays", 140.0, Some((240.0, 0.4))),
    task(CUSTOMS, "Sanctions list synchronised, etag {hex}", 170.0, Some((650.0, 0.5))),
    task(LOCKER, "Battery of bank {small} reads {weight} V", 90.0, None),
    task(COURIER, "Position fix of {plate} within {count} m", 60.0, None),
    task(NOTICES, "Outbox holds {count} letters, oldest {small} s", 100.0, None),
    task(CLAIMS, "Archived {count} closed cases to {path}", 180.0, Some((310.0, 0.5))),
];

const fn task(service: usize, text: &'static str, every: f64, took: Option<(f64, f64)>) -> Task {
    Task { service, text, every, took }
}

/// What is said before a step is tried again.
pub const RETRY: &str = "{peer} was busy, attempt {small} follows after {count} ms";
/// What a caller says of a service that failed.
pub const GAVE_UP: &str = "Gave up on {peer} after {small} attempts, budget of {big} ms spent";
/// What the first service of a session says then.
pub const TURNED_AWAY: &str = "Turned away with 503 because {peer} is down";

/// Parts of messages that are seen once: who, does what, to what.
pub const RARE: [[&str; 20]; 3] = [
    [
        "Watchdog",
        "Kernel module",
        "Clock daemon",
        "License probe",
        "Certificate store",
        "Entropy pool",
        "Swap manager",
        "Feature switch",
        "Migration runner",
        "Backup agent",
        "Thread governor",
        "Garbage sweeper",
        "Config loader",
        "Audit trail",
        "Key vault",
        "Leader election",
        "Schema registry",
        "Image scanner",
        "Proxy sidecar",
        "Quota keeper",
    ],
    [
        "unexpectedly reverted",
        "postponed",
        "found tampering in",
        "fell behind on",
        "cannot reconcile",
        "force-closed",
        "re-signed",
        "is starving",
        "miscounted",
        "exhausted",
        "quarantined",
        "lost track of",
        "double-booked",
        "refused",
        "rolled over",
        "truncated",
        "overwrote",
        "detached",
        "half-applied",
        "deadlocked on",
    ],
    [
        "the nightly manifest",
        "an orphaned snapshot",
        "tenant mapping",
        "its own journal",
        "the fallback region",
        "a foreign checksum",
        "all pending grants",
        "the standby quorum",
        "a leap second",
        "legacy barcodes",
        "the holiday calendar",
        "an unknown opcode",
        "its heap arena",
        "the trust anchor",
        "a zombie lease",
        "page table entries",
        "the second mirror",
        "an expired token ring",
        "its write barrier",
        "the canary pool",
    ],
];
