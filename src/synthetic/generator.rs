//! Sessions, tasks and episodes, interleaved by time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::draw::Draw;
use super::episode::{About, Episode, crowd, stopped};
use super::kind::Kind;
use super::message::{Subject, rare, render};
use super::plan::{Given, Row, Source, plan, skew};
use super::settings::{Limit, Settings};
use super::truth::{Label, Truth};
use super::world::{COURSES, Level, SERVICES, TASKS};
use crate::common::hash::hash_pair;

const SECOND: f64 = 1e9;
const DAY: i64 = 86_400_000_000_000;
/// Sessions per second, on average over a week.
const LOAD: f64 = 0.25;
/// Streams of random numbers: of arrivals, of tasks, of the places of anomalies; those from here on are sessions'.
const FIRST_SESSION: u64 = 1 << 16;

/// A row that waits for its time; the number keeps rows of one time in the order in which they were made.
#[derive(Debug)]
struct Waiting(i64, u64, Row);

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// When anomalies of a kind come: one in each stretch of as many sessions as there are per anomaly, at a drawn place of it.
#[derive(Clone, Debug)]
struct Turn {
    kind: Kind,
    rate: f64,
    draw: Draw,
    stretch: f64,
    next: f64,
}

impl Turn {
    fn new(kind: Kind, settings: &Settings) -> Self {
        let draw = Draw::new(settings.seed, 16 + kind.index() as u64);
        let mut turn = Self { kind, rate: settings.rates.of(kind), draw, stretch: 0.0, next: f64::INFINITY };
        turn.draw_next();
        turn
    }

    fn draw_next(&mut self) {
        // What is to stand out from what is usual needs something usual before it, and after it.
        let (from, to) = if self.kind.is_episode() { (0.3, 0.8) } else { (0.0, 1.0) };
        let place = self.draw.between(from, to);
        self.next = if self.rate > 0.0 { (self.stretch + place) / self.rate } else { f64::INFINITY };
        self.stretch += 1.0;
    }
}

/// The rows of a synthetic log, one after the other.
#[derive(Debug)]
pub struct Generator {
    settings: Settings,
    limit: u64,
    arrivals: Draw,
    tasks: Draw,
    turns: Vec<Turn>,
    episodes: Vec<Episode>,
    /// When the next session begins; never, once no more shall.
    next_session: Option<i64>,
    next_tasks: BinaryHeap<Reverse<(i64, usize)>>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    made: u64,
    sessions: u64,
    written: u64,
    groups: u32,
    counts: [u64; Kind::COUNT],
    /// The last row of each course and of each task.
    last_of_course: [u64; COURSES.len()],
    last_of_task: [u64; TASKS.len()],
    truths: Vec<Truth>,
}

impl Generator {
    /// At the beginning of a log.
    pub fn new(settings: Settings) -> Self {
        let mut tasks = Draw::new(settings.seed, 2);
        let begin = |draw: &mut Draw, every: f64| settings.start.saturating_add((draw.wait(every) * SECOND) as i64);
        let next_tasks = TASKS.iter().enumerate().map(|(place, task)| Reverse((begin(&mut tasks, task.every), place)));
        let next_tasks = next_tasks.collect();
        Self {
            limit: if let Limit::Rows(rows) = settings.limit { rows } else { u64::MAX },
            arrivals: Draw::new(settings.seed, 1),
            tasks,
            turns: Kind::ALL.iter().map(|kind| Turn::new(*kind, &settings)).collect(),
            episodes: Vec::new(),
            next_session: Some(settings.start),
            next_tasks,
            waiting: BinaryHeap::new(),
            made: 0,
            sessions: 0,
            written: 0,
            groups: 0,
            counts: [0; Kind::COUNT],
            last_of_course: [0; COURSES.len()],
            last_of_task: [0; TASKS.len()],
            truths: Vec::new(),
            settings,
        }
    }

    /// Begins no more sessions; those that are on are finished.
    pub fn close(&mut self) {
        self.next_session = None;
        self.limit = self.limit.min(self.planned());
    }

    /// Rows written, and rows that are sure to come.
    pub fn planned(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Rows written.
    pub fn rows(&self) -> u64 {
        self.written
    }

    /// Sessions begun.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// Anomalies injected of a kind.
    pub fn injected(&self, kind: Kind) -> u64 {
        self.counts[kind.index()]
    }

    /// What has become known of the anomalies since the last call.
    pub fn take_truths(&mut self) -> Vec<Truth> {
        std::mem::take(&mut self.truths)
    }

    fn number(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }

    fn begin_session(&mut self, at: i64) {
        let draw = &mut self.arrivals;
        let crowds: Vec<f64> = (0..COURSES.len()).map(|course| crowd(&self.episodes, course, at)).collect();
        let weights = COURSES.iter().zip(&crowds).map(|(course, crowd)| course.weight * crowd);
        let all: f64 = weights.clone().sum();
        let course = draw.weighted(weights);
        let gap = draw.wait(1.0 / (LOAD * load(at) * all.max(0.05)));
        self.next_session = Some(at.saturating_add((gap * SECOND) as i64));

        let mut label = None;
        let due = |turn: &Turn| turn.next <= self.sessions as f64;
        let due: Vec<usize> = (0..self.turns.len()).filter(|place| due(&self.turns[*place])).collect();
        for place in due {
            let kind = self.turns[place].kind;
            if kind.is_episode() {
                let group = self.groups + 1;
                // Where it would concern what another one does, it comes later.
                let Some(episode) = Episode::begin(kind, group, at, &self.episodes, &mut self.turns[place].draw) else {
                    continue;
                };
                self.begin_episode(episode, at);
                self.counts[kind.index()] += 1;
            } else if label.is_none() {
                label = Some(Label { kind, group: self.number(), root: false });
            } else {
                continue;
            }
            self.turns[place].draw_next();
        }

        let session = hash_pair(self.settings.seed, FIRST_SESSION + self.sessions);
        let mut draw = Draw::new(session, 0);
        let mut aside = None;
        if let Some(Label { kind: Kind::RareTemplate, .. }) = label {
            aside = Some(rare(&mut draw));
        } else if label.is_none() {
            for episode in &mut self.episodes {
                if let About::Message(about, text, left) = &mut episode.about
                    && (*about, *left > 0) == (course, true)
                    && draw.happens(0.3)
                {
                    *left -= 1;
                    aside = Some(text.clone());
                    label = Some(Label { kind: episode.kind, group: episode.group, root: false });
                    break;
                }
            }
        }
        let given = Given { seed: self.settings.seed, session, at, course, episodes: &self.episodes, label, aside };
        let rows = plan(&given, &mut draw);
        if self.planned() + rows.len() as u64 > self.limit {
            // What is left is filled with rows of tasks.
            self.next_session = None;
            return;
        }
        self.sessions += 1;
        if let Some(label) = label.filter(|label| !label.kind.is_episode()) {
            self.counts[label.kind.index()] += 1;
        }
        for (time, row) in rows {
            self.wait(time, row);
        }
    }

    fn begin_episode(&mut self, episode: Episode, at: i64) {
        self.groups = episode.group;
        if let About::Burden(..) = episode.about {
            self.next_tasks.push(Reverse((at, TASKS.len() + episode.group as usize)));
        }
        self.episodes.push(episode);
    }

    /// The next row of a task that an episode added.
    fn burden_row(&mut self, time: i64, group: u32) -> Option<Row> {
        let place = self.episodes.iter().position(|episode| episode.group == group)?;
        let About::Burden(service, text, left, median) = &mut self.episodes[place].about else { return None };
        if *left == 0 {
            let episode = self.episodes.remove(place);
            self.tell(&episode, None);
            return None;
        }
        *left -= 1;
        let (service, text, median) = (*service, text.clone(), *median);
        let mut draw = self.tasks.clone();
        let elapsed = cents(draw.elapsed(median, 1.1));
        let next = time.saturating_add(((elapsed / 1e3 + draw.between(20.0, 60.0)) * SECOND) as i64);
        self.next_tasks.push(Reverse((next, TASKS.len() + group as usize)));
        let row = self.lone_row(time, (service, 0), &text, Some(elapsed), Source::Burden(group), &mut draw);
        self.tasks = draw;
        (self.planned() < self.limit).then_some(row)
    }

    fn wait(&mut self, time: i64, row: Row) {
        self.made += 1;
        self.waiting.push(Reverse(Waiting(time, self.made, row)));
    }

    fn lone_row(
        &self,
        time: i64,
        (service, instance): (usize, u8),
        text: &str,
        elapsed: Option<f64>,
        source: Source,
        draw: &mut Draw,
    ) -> Row {
        Row {
            time: time.saturating_add(skew(self.settings.seed, service, instance)),
            service,
            instance,
            level: if elapsed.is_some() { Level::Info } else { Level::Debug },
            queue: None,
            status: None,
            message: render(text, &Subject::default(), "", draw),
            elapsed,
            session: None,
            label: None,
            source,
        }
    }

    fn task_row(&mut self, time: i64, place: usize) -> Option<Row> {
        let Some(task) = TASKS.get(place) else { return self.burden_row(time, (place - TASKS.len()) as u32) };
        let mut draw = self.tasks.clone();
        let next = time.saturating_add((task.every * draw.between(0.6, 1.4) * SECOND) as i64);
        self.next_tasks.push(Reverse((next, place)));
        let instance = draw.number(0, u32::from(SERVICES[task.service].instances) - 1) as u8;
        let elapsed = task.took.map(|(median, sigma)| cents(draw.elapsed(median, sigma)));
        let row = self.lone_row(time, (task.service, instance), task.text, elapsed, Source::Task(place), &mut draw);
        self.tasks = draw;
        (self.planned() < self.limit && !stopped(&self.episodes, place, time)).then_some(row)
    }

    /// The next row, by time; `None` at the end.
    pub fn next_row(&mut self) -> Option<Row> {
        while self.written < self.limit {
            let row = self.waiting.peek().map_or(i64::MAX, |Reverse(row)| row.0);
            let task = self.next_tasks.peek().map_or(i64::MAX, |Reverse(task)| task.0);
            match self.next_session {
                Some(at) if at <= row.min(task) => self.begin_session(at),
                _ if task < row => {
                    let Some(Reverse((time, place))) = self.next_tasks.pop() else { break };
                    if let Some(row) = self.task_row(time, place) {
                        return Some(self.write(time, row));
                    }
                }
                _ => {
                    let Some(Reverse(Waiting(time, _, row))) = self.waiting.pop() else { break };
                    return Some(self.write(time, row));
                }
            }
        }
        for episode in std::mem::take(&mut self.episodes) {
            self.tell(&episode, None);
        }
        None
    }

    /// Counts a row, and notes what it means for the truth.
    fn write(&mut self, time: i64, row: Row) -> Row {
        self.written += 1;
        let number = self.written;
        if let (Some(label), Some(session)) = (row.label, row.session) {
            self.truths.push(Truth {
                summary: None,
                row: number,
                line: number - 1,
                last_row: None,
                kind: label.kind.name(),
                correlation_id: Some(session_name(session)),
                service: SERVICES[row.service].name,
                instance: Some(instance_name(row.service, row.instance)),
                group: label.group,
                root: label.root,
            });
        }
        for place in (0..self.episodes.len()).rev() {
            let episode = &mut self.episodes[place];
            let concerned = match (&episode.about, row.source) {
                (About::Course(course, _), Source::Course(other)) => *course == other,
                (About::Task(task), Source::Task(other)) => *task == other,
                (About::Burden(..), Source::Burden(group)) => episode.group == group,
                _ => false,
            };
            let silent = matches!(episode.kind, Kind::Silence | Kind::VanishedTemplate);
            if concerned && episode.is_on(time) && !silent {
                episode.rows = Some((episode.rows.map_or(number, |rows| rows.0), number));
            }
            // What was silent is told by the first row after it.
            if time > episode.to && (concerned || !silent) {
                let episode = self.episodes.remove(place);
                self.tell(&episode, concerned.then_some(number));
            }
        }
        match row.source {
            Source::Course(course) => self.last_of_course[course] = number,
            Source::Task(task) => self.last_of_task[task] = number,
            Source::Burden(_) => {}
        }
        row
    }

    /// Notes an episode that is over and has no sessions. `back`: the first row of what was silent.
    fn tell(&mut self, episode: &Episode, back: Option<u64>) {
        let (service, rows) = match episode.about {
            About::Course(course, 0.0) => {
                (own_service(course), (self.last_of_course[course], back.unwrap_or(self.written)))
            }
            About::Task(task) => (TASKS[task].service, (self.last_of_task[task], back.unwrap_or(self.written))),
            About::Course(course, _) => match episode.rows {
                Some(rows) => (own_service(course), rows),
                None => return,
            },
            About::Burden(service, ..) => match episode.rows {
                Some(rows) => (service, rows),
                None => return,
            },
            About::Instance(..) | About::Message(..) => return,
        };
        let row = rows.0.max(1);
        self.truths.push(Truth {
            summary: Some("episode"),
            row,
            line: row - 1,
            last_row: Some(rows.1),
            kind: episode.kind.name(),
            correlation_id: None,
            service: SERVICES[service].name,
            instance: None,
            group: episode.group,
            root: false,
        });
    }
}

/// Two digits after the point, as timers write them.
fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The service that says most of a course.
fn own_service(course: usize) -> usize {
    let steps = COURSES[course].steps;
    let mut counts = [0_u32; SERVICES.len()];
    for step in steps {
        counts[step.service] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().position(|count| *count == most).unwrap_or(0)
}

/// How many times as many sessions as on average: waves of the day, and quieter ends of weeks.
fn load(at: i64) -> f64 {
    let of_day = at.rem_euclid(DAY) as f64 / DAY as f64;
    let wave = 1.0 + 0.6 * libm::sin(2.0 * core::f64::consts::PI * (of_day - 0.375));
    // The epoch began on a Thursday.
    let weekday = (at.div_euclid(DAY) + 3).rem_euclid(7);
    wave * if weekday >= 5 { 0.6 } else { 1.16 }
}

/// An instance as written.
pub fn instance_name(service: usize, instance: u8) -> String {
    format!("{}.eu{}-{}", SERVICES[service].name, instance % 2 + 1, char::from(b'a' + instance))
}

/// A session's key as written.
pub fn session_name(session: u64) -> String {
    format!("px-{session:016x}")
}
