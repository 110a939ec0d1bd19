//! What lasts longer than a session.

use super::draw::Draw;
use super::kind::Kind;
use super::message::rare;
use super::world::{COURSES, SERVICES, TASKS};

const MINUTE: f64 = 60e9;

/// What an episode is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// An instance, and by how much it is slower; 1 for one that fails.
    Instance(usize, u8, f64),
    /// A course, and how many times as many sessions it has.
    Course(usize, f64),
    /// A task that stops.
    Task(usize),
    /// A message that some sessions of a course say, and how many of them still will.
    Message(usize, String, u32),
    /// A service's task that is done so often and takes so long (median in milliseconds).
    Burden(usize, String, u32, f64),
}

/// An episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// What kind of anomaly it is.
    pub kind: Kind,
    /// Its number among all anomalies.
    pub group: u32,
    /// Begins, in nanoseconds since the epoch.
    pub from: i64,
    /// Ends.
    pub to: i64,
    /// Whom it concerns.
    pub about: About,
    /// First and last row (counted from 1), as far as they are known.
    pub rows: Option<(u64, u64)>,
}

impl Episode {
    /// Draws an episode that begins now. `None` if it would concern what another one concerns already.
    pub fn begin(kind: Kind, group: u32, now: i64, active: &[Self], draw: &mut Draw) -> Option<Self> {
        let (about, minutes) = match kind {
            Kind::SlowInstance | Kind::FailingInstance => {
                let service = draw.place(SERVICES.len());
                let instance = draw.number(0, u32::from(SERVICES[service].instances) - 1) as u8;
                let slower = if kind == Kind::SlowInstance { draw.between(3.0, 6.0) } else { 1.0 };
                (About::Instance(service, instance, slower), draw.between(15.0, 30.0))
            }
            Kind::Volume => {
                (About::Course(draw.place(COURSES.len()), draw.between(4.0, 8.0)), draw.between(10.0, 20.0))
            }
            Kind::Silence => (About::Course(draw.place(COURSES.len()), 0.0), draw.between(25.0, 60.0)),
            Kind::VanishedTemplate => (About::Task(draw.place(TASKS.len())), draw.between(360.0, 1440.0)),
            Kind::UnusualTemplate => {
                let median = draw.between(15e3, 60e3);
                // It ends with its last row.
                (About::Burden(draw.place(SERVICES.len()), rare(draw), draw.number(12, 25), median), f64::MAX)
            }
            _ => (About::Message(draw.place(COURSES.len()), rare(draw), draw.number(4, 8)), 1440.0),
        };
        let taken = active.iter().any(|other| match (&other.about, &about) {
            (About::Instance(service, ..), About::Instance(again, ..)) => service == again,
            (About::Course(course, _), About::Course(again, _)) | (About::Task(course), About::Task(again)) => {
                course == again
            }
            _ => false,
        });
        // One task in two goes on, or a log would fall silent.
        let tasks = active.iter().filter(|other| matches!(other.about, About::Task(_))).count();
        if taken || (kind == Kind::VanishedTemplate && tasks >= TASKS.len() / 2) {
            return None;
        }
        let to = now.saturating_add((minutes * MINUTE) as i64);
        Some(Self { kind, group, from: now, to, about, rows: None })
    }

    /// Whether it is going on.
    pub fn is_on(&self, time: i64) -> bool {
        (self.from..self.to).contains(&time)
    }
}

/// What the episodes say of a row of an instance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trouble {
    /// Slow or failing.
    pub kind: Kind,
    /// Number of the anomaly.
    pub group: u32,
    /// How many times longer it takes.
    pub slower: f64,
}

/// The trouble of an instance at a time.
pub fn trouble(active: &[Episode], service: usize, instance: u8, time: i64) -> Option<Trouble> {
    active.iter().filter(|episode| episode.is_on(time)).find_map(|episode| match episode.about {
        About::Instance(other, number, slower) if (other, number) == (service, instance) => {
            Some(Trouble { kind: episode.kind, group: episode.group, slower })
        }
        _ => None,
    })
}

/// How many times as many sessions a course has at a time.
pub fn crowd(active: &[Episode], course: usize, time: i64) -> f64 {
    let factors = active.iter().filter(|episode| episode.is_on(time)).filter_map(|episode| match episode.about {
        About::Course(other, factor) if other == course => Some(factor),
        _ => None,
    });
    factors.product()
}

/// Whether a task has stopped at a time.
pub fn stopped(active: &[Episode], task: usize, time: i64) -> bool {
    active.iter().any(|episode| episode.is_on(time) && episode.about == About::Task(task))
}
