//! One session: the steps of its course with instances, times and messages, and what is wrong with it.

use super::draw::Draw;
use super::episode::{Episode, trouble};
use super::kind::Kind;
use super::message::{Subject, render};
use super::truth::Label;
use super::world::{COURSES, GAVE_UP, Level, RETRY, SERVICES, Step, TURNED_AWAY};

const MILLISECOND: f64 = 1e6;
/// Most that an instance's clock is off, in nanoseconds.
const SKEW: f64 = 1.5 * MILLISECOND;
/// How many steps are tried again although nothing is wrong.
const RETRIED: f64 = 0.004;
/// How many sessions are refused where their course may be.
const REFUSED: f64 = 0.02;

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A session of a course.
    Course(usize),
    /// A recurring task.
    Task(usize),
    /// A task that an episode added, by its anomaly's number.
    Burden(u32),
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// When it was written, by its instance's clock, in nanoseconds since the epoch.
    pub time: i64,
    /// Place in [`SERVICES`].
    pub service: usize,
    /// Number of the instance.
    pub instance: u8,
    /// How bad it is.
    pub level: Level,
    /// The queue that the work came through.
    pub queue: Option<&'static str>,
    /// What was answered.
    pub status: Option<u16>,
    /// What it says.
    pub message: String,
    /// Milliseconds that it took.
    pub elapsed: Option<f64>,
    /// The session that it belongs to.
    pub session: Option<u64>,
    /// The anomaly that it belongs to.
    pub label: Option<Label>,
    /// Where it comes from.
    pub source: Source,
}

/// How far an instance's clock is ahead, in nanoseconds.
pub fn skew(seed: u64, service: usize, instance: u8) -> i64 {
    let mut draw = Draw::new(seed ^ 0x5eed_c10c, (service as u64) << 8 | u64::from(instance));
    draw.between(-SKEW, SKEW) as i64
}

/// What a session is planned from.
#[derive(Debug)]
pub struct Given<'a> {
    /// Of the log.
    pub seed: u64,
    /// Its key.
    pub session: u64,
    /// When it begins.
    pub at: i64,
    /// Place in [`COURSES`].
    pub course: usize,
    /// What goes on meanwhile.
    pub episodes: &'a [Episode],
    /// What is wrong with it.
    pub label: Option<Label>,
    /// A message that it says besides, see [`super::message::render`].
    pub aside: Option<String>,
}

/// One row to come, before it has a time.
#[derive(Clone, Copy, Debug)]
struct Planned {
    step: Step,
    labelled: bool,
    /// How many times as long it takes.
    longer: f64,
}

/// The rows of a session, by their true times.
pub fn plan(given: &Given<'_>, draw: &mut Draw) -> Vec<(i64, Row)> {
    let course = &COURSES[given.course];
    let steps = course_of(course.steps, draw);
    let mut steps: Vec<Planned> =
        steps.into_iter().map(|step| Planned { step, labelled: false, longer: 1.0 }).collect();
    let kind = given.label.map(|label| label.kind);
    if let Some((behind, refusal)) = course.refusal
        && draw.happens(REFUSED)
        && kind.is_none()
        && given.aside.is_none()
    {
        let last = steps.len() - 1;
        steps.drain(behind + 1..last);
        steps.insert(behind + 1, Planned { step: refusal, labelled: false, longer: 1.0 });
    }
    if let Some(kind) = kind {
        spoil(&mut steps, kind, draw);
    }
    let mut writer = Writer { given, draw, subject: Subject::default(), at: given.at, pause: 0.0, rows: Vec::new() };
    writer.subject = Subject::new(writer.draw);
    if kind == Some(Kind::UnusualDuration) {
        let work: f64 = steps.iter().filter_map(|planned| planned.step.took).map(|(median, _)| median).sum();
        let factor = writer.draw.between(20.0, 60.0);
        writer.pause = work * factor / steps.len() as f64;
    }
    let last = steps.len() - 1;
    let aside = given.aside.as_ref().map(|text| (writer.draw.number(0, last.saturating_sub(1) as u32) as usize, text));
    let breaks = (kind == Some(Kind::ErrorCascade)).then(|| writer.draw.number(1, last as u32 - 1) as usize);
    for (place, planned) in steps.iter().enumerate() {
        if breaks == Some(place) {
            let before: Vec<usize> = steps[..place].iter().map(|planned| planned.step.service).collect();
            writer.cascade(planned.step.service, &before);
            break;
        }
        writer.step(planned);
        if let Some((_, text)) = aside.filter(|(after, _)| *after == place) {
            writer.aside(planned.step.service, text);
        }
    }
    if kind == Some(Kind::UnusualDuration)
        && let Some((_, row)) = writer.rows.last_mut()
    {
        row.label = given.label;
    }
    writer.rows
}

/// The steps of a session, in order.
fn course_of(steps: &[Step], draw: &mut Draw) -> Vec<Step> {
    let mut chosen = Vec::with_capacity(steps.len() + 4);
    for step in steps {
        if step.chance < 1.0 && !draw.happens(step.chance) {
            continue;
        }
        let times = draw.number(step.times.0, step.times.1);
        chosen.extend(std::iter::repeat_n(*step, times as usize));
    }
    let loose = chosen.iter().position(|step| step.loose);
    if let Some(place) = loose.filter(|place| place + 2 < chosen.len())
        && draw.happens(0.4)
    {
        chosen.swap(place, place + 1);
    }
    chosen
}

/// Makes the steps wrong. Each course has the fixed steps that this needs.
fn spoil(steps: &mut Vec<Planned>, kind: Kind, draw: &mut Draw) {
    let last = steps.len() - 1;
    let among = |draw: &mut Draw, places: Vec<usize>| {
        let place = draw.place(places.len());
        places.get(place).copied()
    };
    let fixed = |place: &usize| steps[*place].step.is_fixed();
    match kind {
        Kind::DurationSpike => {
            let timed = (0..=last).filter(|place| steps[*place].step.took.is_some()).collect();
            if let Some(place) = among(draw, timed) {
                steps[place].longer = draw.between(12.0, 40.0);
                steps[place].labelled = true;
            }
        }
        Kind::MissingLast => {
            steps.pop();
            if let Some(end) = steps.last_mut() {
                end.labelled = true;
            }
        }
        Kind::MissingMiddle => {
            if let Some(place) = among(draw, (1..last).filter(fixed).collect()) {
                steps.remove(place);
                steps[place - 1].labelled = true;
            }
        }
        Kind::RepeatedSteps => {
            let timed = (1..last).filter(|place| steps[*place].step.took.is_some()).collect();
            if let Some(place) = among(draw, timed) {
                let times = draw.number(8, 25) as usize;
                steps[place].labelled = true;
                let again = steps[place];
                steps.splice(place..place, std::iter::repeat_n(again, times - 1));
            }
        }
        Kind::UnusualOrder => {
            let strict = |place: &usize| {
                let pair = [steps[*place].step, steps[*place + 1].step];
                pair.iter().all(Step::is_fixed) && !pair[0].loose && !pair[1].loose
            };
            let places: Vec<usize> = (0..last).filter(strict).collect();
            if let Some(place) = among(draw, places) {
                steps.swap(place, place + 1);
                steps[place].labelled = true;
                steps[place + 1].labelled = true;
            }
        }
        _ => {}
    }
}

struct Writer<'a> {
    given: &'a Given<'a>,
    draw: &'a mut Draw,
    subject: Subject,
    at: i64,
    /// Milliseconds of waiting before each row, beside what is usual.
    pause: f64,
    rows: Vec<(i64, Row)>,
}

impl Writer<'_> {
    fn instance(&mut self, service: usize) -> u8 {
        self.draw.number(0, u32::from(SERVICES[service].instances) - 1) as u8
    }

    /// Writes a row `wait` milliseconds later.
    fn row(&mut self, service: usize, instance: u8, level: Level, text: &str, peer: &str, wait: f64) -> &mut Row {
        self.at = self.at.saturating_add((wait * MILLISECOND) as i64);
        let message = render(text, &self.subject, peer, self.draw);
        let row = Row {
            time: self.at.saturating_add(skew(self.given.seed, service, instance)),
            service,
            instance,
            level,
            queue: None,
            status: None,
            message,
            elapsed: None,
            session: Some(self.given.session),
            label: None,
            source: Source::Course(self.given.course),
        };
        self.rows.push((self.at, row));
        let last = self.rows.len() - 1;
        &mut self.rows[last].1
    }

    /// From one service to the next.
    fn hand_over(&mut self, queue: bool) -> f64 {
        let usual = 3.0 + self.draw.wait(4.0);
        let queued = if queue { self.draw.elapsed(60.0, 0.7) } else { 0.0 };
        self.pause * self.draw.between(0.5, 1.5) + usual + queued
    }

    fn step(&mut self, planned: &Planned) {
        let Step { service, level, text, took, queue, status, .. } = planned.step;
        let mut instance = self.instance(service);
        if let (Some(_), Some(trouble)) = (took, trouble(self.given.episodes, service, instance, self.at))
            && trouble.kind == Kind::FailingInstance
            // A session has one anomaly at most.
            && self.given.label.is_none()
            && self.draw.happens(0.5)
        {
            let label = Label { kind: trouble.kind, group: trouble.group, root: false };
            let wait = self.hand_over(queue.is_some());
            let row = self.row(service, instance, Level::Error, SERVICES[service].failure, "", wait);
            row.label = Some(label);
            row.status = Some(500);
            instance = (instance + 1) % SERVICES[service].instances;
        } else if took.is_some() && self.draw.happens(RETRIED) {
            let wait = self.hand_over(false);
            self.row(service, instance, Level::Warn, RETRY, SERVICES[service].name, wait);
        }
        let wait = self.hand_over(queue.is_some());
        let slow = trouble(self.given.episodes, service, instance, self.at)
            .filter(|trouble| trouble.kind == Kind::SlowInstance && took.is_some());
        let slower = slow.map_or(1.0, |trouble| trouble.slower);
        let elapsed = took.map(|(median, sigma)| {
            let exact = self.draw.elapsed(median, sigma) * planned.longer * slower;
            (exact * 100.0).round() / 100.0
        });
        let label = if planned.labelled {
            self.given.label
        } else {
            slow.map(|trouble| Label { kind: trouble.kind, group: trouble.group, root: false })
        };
        let row = self.row(service, instance, level, text, "", wait + elapsed.unwrap_or(0.0));
        row.elapsed = elapsed;
        row.queue = queue;
        row.status = status;
        row.label = label;
    }

    /// A message that no step has.
    fn aside(&mut self, service: usize, text: &str) {
        let level = [Level::Info, Level::Warn, Level::Error][self.draw.place(3)];
        let instance = self.instance(service);
        let wait = self.hand_over(false);
        self.row(service, instance, level, text, "", wait).label = self.given.label;
    }

    /// A service's dependency fails; it is tried again, and those that wait for it give up one after the other.
    fn cascade(&mut self, service: usize, before: &[usize]) {
        let label = self.given.label;
        let failed = SERVICES[service];
        let instance = self.instance(service);
        let wait = self.hand_over(false) + self.draw.between(200.0, 2000.0);
        let row = self.row(service, instance, Level::Error, failed.outage, "", wait);
        row.label = label.map(|label| Label { root: true, ..label });
        row.status = Some(500);
        let mut callers: Vec<usize> = before.iter().rev().copied().filter(|caller| *caller != service).collect();
        callers.dedup();
        let first = before.first().copied().unwrap_or(service);
        let caller = callers.first().copied().unwrap_or(first);
        for _ in 0..self.draw.number(1, 3) {
            let (instance, wait) = (self.instance(caller), self.hand_over(false) + 50.0);
            self.row(caller, instance, Level::Warn, RETRY, failed.name, wait).label = label;
            let (instance, wait) = (self.instance(service), self.hand_over(false) + 150.0);
            self.row(service, instance, Level::Error, failed.outage, "", wait).label = label;
        }
        let mut peer = failed.name;
        for caller in callers.into_iter().take(3) {
            let (instance, wait) = (self.instance(caller), self.hand_over(false));
            self.row(caller, instance, Level::Error, GAVE_UP, peer, wait).label = label;
            peer = SERVICES[caller].name;
        }
        let (instance, wait) = (self.instance(first), self.hand_over(false));
        let row = self.row(first, instance, Level::Error, TURNED_AWAY, failed.name, wait);
        row.label = label;
        row.status = Some(503);
    }
}
